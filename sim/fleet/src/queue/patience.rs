//! How long a client waits for servers that do not answer: one may be starting again, or electing a leader, or have lost its
//! streams, which somebody then feeds anew.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::QueueError;

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(500);

/// Counts from the first failure after a success.
pub(super) struct Patience {
    most: Duration,
    failing_since: Option<Instant>,
}

impl Patience {
    pub(super) const fn new(most: Duration) -> Self {
        Self { most, failing_since: None }
    }

    /// Something went well.
    pub(super) const fn restore(&mut self) {
        self.failing_since = None;
    }

    /// Something failed: waits a little, or gives up.
    pub(super) async fn after(&mut self, said: String) -> Result<(), QueueError> {
        let since = *self.failing_since.get_or_insert_with(Instant::now);
        if since.elapsed() >= self.most {
            let most = self.most.as_secs();
            return Err(QueueError::Failed(format!("{said}; it was tried again for {most} s")));
        }
        sleep(PAUSE).await;
        Ok(())
    }
}
