//! The wall's time, in which a peer over HTTP lives.

use std::time::Duration;

/// A span of the wall's time.
#[derive(Debug)]
pub(super) struct Stopwatch(std::time::Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "the peer lives in the wall's time")]
    pub(super) fn start() -> Self {
        Self(std::time::Instant::now())
    }

    pub(super) fn passed(&self) -> Duration {
        self.0.elapsed()
    }
}

#[expect(clippy::disallowed_methods, reason = "the peer lives in the wall's time")]
pub(super) fn sleep(span: Duration) {
    std::thread::sleep(span);
}

/// The wall's time, which signatures are stamped with.
#[expect(clippy::disallowed_methods, reason = "the peer lives in the wall's time")]
pub(super) fn unix_seconds() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
