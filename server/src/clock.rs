//! The server's clock: the only place of the project that looks at the wall. A tester can freeze it, move it on, or run
//! it faster; it never goes back.

use std::time::Instant as Monotonic;
use std::time::{SystemTime, UNIX_EPOCH};

use claque_core::{Duration, Instant};

/// How the service's time follows the wall's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockPace {
    /// It stands still until it is moved.
    Frozen,
    /// It runs `times / per` times as fast as the wall.
    Running {
        /// Microseconds of service time …
        times: u32,
        /// … in so many microseconds of wall time.
        per: u32,
    },
}

impl ClockPace {
    /// As fast as the wall.
    pub const REAL: Self = Self::Running { times: 1, per: 1 };

    /// Reads a ratio above 0: `10x`, `3/2x`.
    pub(crate) fn ratio(text: &str) -> Option<Self> {
        let ratio = text.strip_suffix('x').unwrap_or(text);
        let (times, per) = ratio.split_once('/').unwrap_or((ratio, "1"));
        match (times.parse::<u32>(), per.parse::<u32>()) {
            (Ok(times @ 1..), Ok(per @ 1..)) => Some(Self::Running { times, per }),
            _ => None,
        }
    }

    /// Reads the name of a pace: `manual`, `real`, or a ratio.
    pub(crate) fn named(text: &str) -> Result<Self, String> {
        match text {
            "manual" => Ok(Self::Frozen),
            "real" => Ok(Self::REAL),
            ratio => Self::ratio(ratio).ok_or_else(|| {
                format!("clock is {text:?}; write manual, real, or a ratio such as 10x or 3/2x")
            }),
        }
    }
}

/// The service's time as a function of the wall's.
#[derive(Clone, Debug)]
pub struct Clock {
    anchor: Instant,
    wall: Monotonic,
    pace: ClockPace,
}

/// The runtime's time: the machine's own, unless a simulator has paused it.
pub(crate) fn monotonic() -> Monotonic {
    tokio::time::Instant::now().into_std()
}

/// The wall's clock, as a server reads it.
#[derive(Clone, Copy, Debug)]
pub enum Wall {
    /// The machine's.
    Machine,
    /// One that showed a time at a moment of the runtime's clock, and goes on with it.
    Simulated {
        /// The time that it showed …
        at: Instant,
        /// … at this moment.
        since: Monotonic,
    },
}

impl Wall {
    /// A clock that shows a time now, and goes on as the runtime's does.
    #[must_use]
    pub fn simulated(at: Instant) -> Self {
        Self::Simulated { at, since: monotonic() }
    }

    /// The time since the UNIX epoch.
    #[must_use]
    pub fn now(self) -> Instant {
        match self {
            Self::Machine => wall_now(),
            Self::Simulated { at, since } => {
                let passed = monotonic().duration_since(since).as_micros();
                at + Duration::from_micros(u64::try_from(passed).unwrap_or(u64::MAX))
            }
        }
    }
}

/// The wall's time since the UNIX epoch; the epoch itself where the machine's clock stands before it.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the server's clock is where the wall may be looked at")]
pub fn wall_now() -> Instant {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant::from_micros(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
}

impl Clock {
    /// A clock that shows `start` at this moment and runs at `pace` from here on.
    #[must_use]
    pub fn new(start: Instant, pace: ClockPace) -> Self {
        Self { anchor: start, wall: monotonic(), pace }
    }

    /// The service's time.
    #[must_use]
    pub fn now(&self) -> Instant {
        match self.pace {
            ClockPace::Frozen => self.anchor,
            ClockPace::Running { times, per } => {
                let elapsed = monotonic().duration_since(self.wall).as_micros();
                // 128 bits and a ratio of integers: no float decides what time it is, and a century at the
                // highest speed overflows nothing.
                let scaled = elapsed * u128::from(times) / u128::from(per.max(1));
                self.anchor + Duration::from_micros(u64::try_from(scaled).unwrap_or(u64::MAX))
            }
        }
    }

    /// How fast it runs.
    #[must_use]
    pub const fn pace(&self) -> ClockPace {
        self.pace
    }

    /// Changes the pace from this moment on.
    pub fn set_pace(&mut self, pace: ClockPace) {
        // Anchored anew: otherwise the time that has passed would be counted again at the new pace.
        *self = Self::new(self.now(), pace);
    }

    /// Moves on by a span, at once.
    ///
    /// # Panics
    /// When the span leads beyond the year 500,000; the control API bounds it.
    pub fn advance(&mut self, span: Duration) {
        *self = Self::new(self.now() + span, self.pace);
    }

    /// Wall time until the service's time reaches `at`; none when it never does (frozen), zero when it has.
    #[must_use]
    pub fn until(&self, at: Instant) -> Option<std::time::Duration> {
        let now = self.now();
        if at <= now {
            return Some(std::time::Duration::ZERO);
        }
        match self.pace {
            ClockPace::Frozen => None,
            ClockPace::Running { times, per } => {
                let wall = u128::from(at.since(now).as_micros()) * u128::from(per) / u128::from(times.max(1));
                // Rounded up: a timer that fires a microsecond early finds nothing due, and would be set
                // again and again.
                Some(std::time::Duration::from_micros(u64::try_from(wall + 1).unwrap_or(u64::MAX)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, ClockPace};
    use claque_core::{Duration, Instant};

    #[test]
    fn a_frozen_clock_moves_only_when_asked() {
        let start = Instant::from_unix_seconds(1_700_000_000);
        let mut clock = Clock::new(start, ClockPace::Frozen);
        assert_eq!(clock.now(), start);
        assert_eq!(clock.until(start + Duration::from_secs(1)), None);
        clock.advance(Duration::from_days(31));
        assert_eq!(clock.now(), start + Duration::from_days(31));
        assert_eq!(clock.until(start), Some(std::time::Duration::ZERO));
    }

    #[test]
    fn a_fast_clock_needs_less_wall_time() {
        let clock = Clock::new(Instant::from_unix_seconds(1), ClockPace::Running { times: 1_000, per: 1 });
        let wall = clock.until(Instant::from_unix_seconds(1_001)).expect("it runs");
        assert!(wall <= std::time::Duration::from_micros(1_000_001), "{wall:?}");
    }
}
