//! How bytes move: at a least rate, so that a trickle has an end and a long transfer at a fair rate has none; and in turns.

use std::time::Duration;

use tokio::time::Instant;

use crate::limits::HttpLimits;

/// A connection moves no more bytes than this between two looks at whose turn it is: the runtime counts steps, however
/// long they are, and whoever is served by the same thread would wait for a hundred of them. Unit: bytes.
pub(super) const TURN_BYTES_MAX: usize = 64 << 10;

/// A transfer that has begun.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LeastRate {
    began: Instant,
    grace: Duration,
    rate: u64,
}

impl LeastRate {
    pub(crate) fn new(limits: &HttpLimits) -> Self {
        Self { began: Instant::now(), grace: limits.grace, rate: limits.rate_min.max(1) }
    }

    /// When the next byte must have moved, after so many.
    pub(crate) fn due(&self, moved: usize) -> Instant {
        let micros = (moved as u64).saturating_mul(1_000_000) / self.rate;
        // A day is as good as for ever, and overflows nowhere.
        let earned = Duration::from_micros(micros).min(Duration::from_secs(86_400));
        // Reckoned from the beginning, so that a fast start earns time: a mobile client may stall in the
        // middle of a long body.
        self.began + self.grace + earned
    }
}
