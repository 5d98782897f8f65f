//! A unit that a worker holds.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::message::Acker;
use async_nats::jetstream::{AckKind, Message};
use tokio::task::JoinHandle;

/// A unit that is this worker's while it says so, and somebody else's if it falls silent.
pub struct Lease {
    unit: u64,
    acker: Arc<Acker>,
    renewal: JoinHandle<()>,
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").field("unit", &self.unit).finish_non_exhaustive()
    }
}

impl Lease {
    /// Takes a message for a lease, and renews it until the lease is gone. Must be called on the queue's runtime.
    pub(super) fn of(unit: u64, message: Message, lasts: Duration) -> Self {
        let (_, acker) = message.split();
        let acker = Arc::new(acker);
        let renewed = Arc::clone(&acker);
        let renewal = tokio::spawn(async move {
            loop {
                // Three times in a lease: two renewals can be lost on the way.
                tokio::time::sleep(lasts / 3).await;
                // One that fails is made up for by the next; if none arrives, somebody else runs the unit, too.
                let _unsent = renewed.ack_with(AckKind::Progress).await;
            }
        });
        Self { unit, acker, renewal }
    }

    /// Its unit.
    #[must_use]
    pub const fn unit(&self) -> u64 {
        self.unit
    }

    /// Says that the unit is done. A server that does not hear of it hands the unit out once more, and the next worker's
    /// result is refused as a second one.
    pub(super) async fn done(self) -> Result<(), String> {
        self.acker.double_ack().await.map_err(|error| error.to_string())
    }

    /// Gives the unit back, for another worker to take.
    pub(super) async fn give_back(self) -> Result<(), String> {
        self.acker.ack_with(AckKind::Nak(None)).await.map_err(|error| error.to_string())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}
