//! The speed of a replay, against that of the recording.

use std::fmt;
use std::str::FromStr;

use claque_core::Duration;

use super::decimal;

/// A speed: an exact ratio in lowest terms, both parts from 1 to 1,000,000,000.
///
/// Read from a whole number (`3`), a ratio (`3/2`) or a decimal (`1.5`); written as a whole number or a ratio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Speed {
    times: u64,
    over: u64,
}

/// The largest part of a ratio.
const PART_MAX: u128 = 1_000_000_000;

impl Speed {
    /// As it was recorded.
    pub const RECORDED: Self = Self { times: 1, over: 1 };

    /// The ratio of two parts in lowest terms; `None` when a part is zero, or over 1,000,000,000 in lowest terms.
    #[must_use]
    pub fn new(times: u64, over: u64) -> Option<Self> {
        Self::reduced(times.into(), over.into())
    }

    fn reduced(times: u128, over: u128) -> Option<Self> {
        // In lowest terms, so that `6/4`, `1.5` and `3/2` are one speed and make one identity line.
        let (mut larger, mut divisor) = (times, over);
        while divisor != 0 {
            (larger, divisor) = (divisor, larger % divisor);
        }
        let (times, over) = (times.checked_div(larger)?, over.checked_div(larger)?);
        let part =
            |part: u128| u64::try_from(part).ok().filter(|part| (1..=PART_MAX).contains(&u128::from(*part)));
        Some(Self { times: part(times)?, over: part(over)? })
    }

    /// Where a point of the recording falls in the replay, rounded down to a microsecond.
    #[must_use]
    pub fn apply(self, at: Duration) -> Duration {
        // Multiplied first, and in 128 bits: a ratio is exact, and two messages never change their order by rounding
        // down.
        let micros = u128::from(at.as_micros()) * u128::from(self.over) / u128::from(self.times);
        Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }
}

impl Default for Speed {
    fn default() -> Self {
        Self::RECORDED
    }
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let parts = match word.split_once('/') {
            Some((times, over)) => decimal::digits(times)
                .zip(decimal::digits(over))
                // A ratio of decimals would be a second way to write a decimal.
                .filter(|((_, places), (_, other))| *places == 0 && *other == 0)
                .map(|((times, _), (over, _))| (times, over)),
            None => decimal::digits(word).map(|(digits, places)| {
                (digits, 10_u128.pow(u32::try_from(places).expect("a decimal keeps at most 12 places")))
            }),
        };
        parts.and_then(|(times, over)| Self::reduced(times, over)).ok_or_else(|| {
            format!(
                "`{word}` is not a speed: write a number above zero such as 3, 1.5 or 3/2, with parts up to {PART_MAX}"
            )
        })
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.over == 1 { write!(f, "{}", self.times) } else { write!(f, "{}/{}", self.times, self.over) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Speed};
    use proptest::prelude::*;

    #[test]
    fn speeds_are_read_exactly() {
        for (word, times, over) in
            [("3", 3, 1), ("3/2", 3, 2), ("6/4", 3, 2), ("1.5", 3, 2), ("0.1", 1, 10), ("1.000", 1, 1)]
        {
            assert_eq!(word.parse::<Speed>().ok(), Speed::new(times, over), "{word}");
        }
        assert_eq!("6/4".parse::<Speed>().expect("valid").to_string(), "3/2");
    }

    #[test]
    fn what_is_no_speed_is_named() {
        for word in ["", "0", "0/3", "3/0", "-1", "fast", "1/2/3", "1.5/2", "1000000001"] {
            assert_eq!(
                word.parse::<Speed>().expect_err(word),
                format!(
                    "`{word}` is not a speed: write a number above zero such as 3, 1.5 or 3/2, with parts up to 1000000000"
                )
            );
        }
    }

    #[test]
    fn half_again_as_fast_takes_two_thirds_of_the_time() {
        let speed = Speed::new(3, 2).expect("valid");
        assert_eq!(speed.apply(Duration::from_secs(9)), Duration::from_secs(6));
        assert_eq!(Speed::RECORDED.apply(Duration::MAX), Duration::MAX);
    }

    proptest! {
        #[test]
        fn speeds_survive_writing(times in 1_u64..=1_000_000_000, over in 1_u64..=1_000_000_000) {
            let speed = Speed::new(times, over).expect("valid");
            prop_assert_eq!(speed.to_string().parse(), Ok(speed));
        }

        #[test]
        fn replay_keeps_the_order(one in any::<u64>(), other in any::<u64>(), times in 1_u64..1_000, over in 1_u64..1_000) {
            let speed = Speed::new(times, over).expect("valid");
            let (one, other) = (one.min(other), one.max(other));
            prop_assert!(speed.apply(Duration::from_micros(one)) <= speed.apply(Duration::from_micros(other)));
        }
    }
}
