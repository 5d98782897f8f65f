//! The least rate at which bytes must move: a trickle has an end, and a long transfer at a fair rate has none.

use std::time::Duration;

use tokio::time::Instant;

use super::HttpLimits;

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
