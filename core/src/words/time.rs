//! Virtual time: integer microseconds since the UNIX epoch. There is no other clock in this crate.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use core::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

/// A span of time in whole microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Duration(u64);

impl Duration {
    /// The empty span.
    pub const ZERO: Self = Self(0);
    /// The longest span that can be written down (about 584,000 years).
    pub const MAX: Self = Self(u64::MAX);

    /// A span of `micros` microseconds.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// A span of `millis` milliseconds; saturates.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// A span of `seconds` seconds; saturates.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// A span of `days` days of 86,400 seconds each; saturates.
    #[must_use]
    pub const fn from_days(days: u64) -> Self {
        Self::from_secs(days.saturating_mul(86_400))
    }

    /// The span in microseconds.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// The span in whole milliseconds, rounded down.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000
    }

    /// The span in whole seconds, rounded down.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0 / 1_000_000
    }
}

/// A point in virtual time: microseconds since the UNIX epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Instant(u64);

impl Instant {
    /// The UNIX epoch.
    pub const EPOCH: Self = Self(0);
    /// The last point that can be written down.
    pub const MAX: Self = Self(u64::MAX);

    /// The point `micros` microseconds after the UNIX epoch.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// The point `seconds` seconds after the UNIX epoch; saturates.
    #[must_use]
    pub const fn from_unix_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Microseconds since the UNIX epoch.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Whole seconds since the UNIX epoch, as the documents print times.
    #[must_use]
    pub const fn unix_seconds(self) -> u64 {
        self.0 / 1_000_000
    }

    /// The span since `earlier`, or zero where `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration(self.0.saturating_sub(earlier.0))
    }

    /// The start of the whole second that this point lies in.
    #[must_use]
    pub const fn second_start(self) -> Self {
        Self(self.0 - self.0 % 1_000_000)
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        // Saturating everywhere: a time that a caller or a snapshot names may be any number, and a deadline at the end
        // of time simply never comes.
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    fn sub(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Add for Duration {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}s", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

/// The units that a span of time can be written in, with their length in microseconds.
const UNITS: [(&str, u64); 6] = [
    ("us", 1),
    ("ms", 1_000),
    ("s", 1_000_000),
    ("m", 60_000_000),
    ("h", 3_600_000_000),
    ("d", 86_400_000_000),
];

/// A text that is no span of time: its beginning, since it may be of any length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotADuration(Box<str>);

/// So much of a wrong text is repeated. Unit: characters.
const SHOWN_CHARS_MAX: usize = 40;

impl NotADuration {
    fn of(text: &str) -> Self {
        Self(text.chars().take(SHOWN_CHARS_MAX).collect::<String>().into())
    }
}

impl fmt::Display for NotADuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is no span of time: write a whole number and one of us, ms, s, m, h, d, such as 31d or 250ms; at most {}d",
            self.0,
            u64::MAX / 86_400_000_000
        )
    }
}

impl core::error::Error for NotADuration {}

impl core::str::FromStr for Duration {
    type Err = NotADuration;

    fn from_str(text: &str) -> Result<Self, NotADuration> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let wrong = || NotADuration::of(text);
        let (_, micros) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        let number: u64 = number.parse().map_err(|_| wrong())?;
        number.checked_mul(*micros).map(Self).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, NotADuration};

    #[test]
    fn spans_are_a_whole_number_and_a_unit() {
        assert_eq!("31d".parse(), Ok(Duration::from_days(31)));
        assert_eq!("250ms".parse(), Ok(Duration::from_millis(250)));
        for wrong in ["", "5", "s", "1.5s", "-1s", "5 s", "99999999999999d"] {
            assert_eq!(wrong.parse::<Duration>(), Err(NotADuration::of(wrong)), "{wrong:?}");
        }
    }
}
