//! Quantities as people write them in input files, all of them integers.
//!
//! | quantity | written | read as |
//! |---|---|---|
//! | duration | `"30m"`, `"99s"`, `"20ms"`, `"31d"`, `"1h30m"` | whole microseconds; units `us` `ms` `s` `m` `h` `d` |
//! | skew | `"-2s"`, `"+150ms"` | signed whole microseconds |
//! | range | `"20ms..200ms"`, `"4..60"` | both ends inclusive; one value alone is both ends |
//! | rate | `50`, `"50/s"`, `"3/m"`, `"1/30s"` | count per duration; a bare count is per second |
//! | share | `333` | permille, 0 to 1000 |
//! | chance | `200000` | parts per million, 0 to 1000000 |
//!
//! Parsers return a sentence that names the word and what was expected; the caller adds the place.

use std::fmt;
use std::str::FromStr;

use claque_core::Duration;

/// Units of time with their length in microseconds, longest first.
const UNITS: [(&str, u64); 6] = [
    ("d", 86_400_000_000),
    ("h", 3_600_000_000),
    ("m", 60_000_000),
    ("s", 1_000_000),
    ("ms", 1_000),
    ("us", 1),
];

/// What a duration looks like, for messages.
pub const DURATION_FORM: &str =
    "a duration such as \"30m\", \"99s\", \"20ms\" or \"1h30m\" (units: us, ms, s, m, h, d)";

/// Reads a duration: whole numbers, each with its unit, summed.
///
/// # Errors
///
/// A sentence naming the word, when it is empty, has no or an unknown unit, a fraction, or is over 584,000 years.
pub fn parse_duration(word: &str) -> Result<Duration, String> {
    let wrong = || format!("`{word}` is not {DURATION_FORM}");
    let mut rest = word;
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, tail) = rest.split_at_checked(digits).ok_or_else(wrong)?;
        let letters = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(letters).ok_or_else(wrong)?;
        let (_, micros) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        let count: u64 = number.parse().map_err(|_| wrong())?;
        total = count
            .checked_mul(*micros)
            .and_then(|part| total.checked_add(part))
            .ok_or_else(|| format!("`{word}` is longer than {} microseconds", u64::MAX))?;
        rest = tail;
    }
    if word.is_empty() { Err(wrong()) } else { Ok(Duration::from_micros(total)) }
}

/// Writes a duration in the longest unit that divides it, so that [`parse_duration`] reads it back.
#[must_use]
pub fn format_duration(span: Duration) -> String {
    let micros = span.as_micros();
    if micros == 0 {
        return "0s".to_owned();
    }
    UNITS
        .iter()
        .find(|(_, unit)| micros.is_multiple_of(*unit))
        .map_or_else(|| format!("{micros}us"), |(name, unit)| format!("{}{name}", micros / unit))
}

/// A signed span of time: how far a clock is ahead (positive) or behind (negative). Unit: microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Skew(pub i64);

impl FromStr for Skew {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let (negative, size) = match word.strip_prefix('-') {
            Some(size) => (true, size),
            None => (false, word.strip_prefix('+').unwrap_or(word)),
        };
        let micros = parse_duration(size).map_err(|said| said.replacen(size, word, 1))?.as_micros();
        let micros =
            i64::try_from(micros).map_err(|_| format!("`{word}` is over {} microseconds", i64::MAX))?;
        Ok(Self(if negative { -micros } else { micros }))
    }
}

impl fmt::Display for Skew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "+" };
        write!(f, "{sign}{}", format_duration(Duration::from_micros(self.0.unsigned_abs())))
    }
}

/// A range of values, both ends inclusive; `least` is never above `most`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Between<T> {
    least: T,
    most: T,
}

impl<T: Copy + Ord> Between<T> {
    /// The range from the lower to the higher of the two values.
    #[must_use]
    pub fn new(one: T, other: T) -> Self {
        Self { least: one.min(other), most: one.max(other) }
    }

    /// The lowest value.
    #[must_use]
    pub fn least(self) -> T {
        self.least
    }

    /// The highest value.
    #[must_use]
    pub fn most(self) -> T {
        self.most
    }

    /// Reads `"a..b"` or `"a"` with `parse` for each end.
    ///
    /// # Errors
    ///
    /// The sentence of `parse`, or one that says that the ends are the wrong way round.
    pub fn parse(word: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Self, String> {
        let (from, to) = word.split_once("..").unwrap_or((word, word));
        let (least, most) = (parse(from.trim())?, parse(to.trim())?);
        if least > most {
            return Err(format!("`{word}` runs downwards: write `{}..{}`", to.trim(), from.trim()));
        }
        Ok(Self { least, most })
    }
}

impl Between<Duration> {
    /// The point of the range that a uniform 32-bit word stands for: 0 is the least, every point equally likely.
    #[must_use]
    #[inline]
    pub fn uniform(self, word: u32) -> Duration {
        let width = u128::from(self.most.as_micros() - self.least.as_micros()) + 1;
        let step = (width * u128::from(word)) >> 32;
        Duration::from_micros(self.least.as_micros().saturating_add(u64::try_from(step).unwrap_or(u64::MAX)))
    }
}

impl Between<u32> {
    /// The number of the range that a uniform 32-bit word stands for: 0 is the least, every number equally likely.
    #[must_use]
    #[inline]
    pub fn uniform(self, word: u32) -> u32 {
        let width = u64::from(self.most - self.least) + 1;
        let step = (width * u64::from(word)) >> 32;
        self.least.saturating_add(u32::try_from(step).unwrap_or(u32::MAX))
    }
}

/// How often something happens: a count per span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rate {
    count: u32,
    per: Duration,
}

/// What a rate looks like, for messages.
pub const RATE_FORM: &str = "a rate such as 50, \"50/s\", \"3/m\" or \"1/30s\"";

impl Rate {
    /// `count` times a second.
    #[must_use]
    pub const fn per_second(count: u32) -> Self {
        Self { count, per: Duration::from_secs(1) }
    }

    /// `count` times in each `per`; nothing where `per` is empty.
    #[must_use]
    pub const fn new(count: u32, per: Duration) -> Option<Self> {
        if per.as_micros() == 0 { None } else { Some(Self { count, per }) }
    }

    /// How many in each [`Rate::per`].
    #[must_use]
    #[inline]
    pub const fn count(self) -> u32 {
        self.count
    }

    /// The span that the count is for; never empty.
    #[must_use]
    #[inline]
    pub const fn per(self) -> Duration {
        self.per
    }

    /// Occurrences in `span`, rounded down.
    #[must_use]
    pub fn occurrences(self, span: Duration) -> u64 {
        let all = u128::from(span.as_micros()) * u128::from(self.count) / u128::from(self.per.as_micros());
        u64::try_from(all).unwrap_or(u64::MAX)
    }

    /// When occurrence `index` (from 0) falls, evenly spaced from zero; `None` when the rate is zero.
    #[must_use]
    pub fn even(self, index: u64) -> Option<Duration> {
        let micros =
            (u128::from(index) * u128::from(self.per.as_micros())).checked_div(u128::from(self.count))?;
        u64::try_from(micros).ok().map(Duration::from_micros)
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let wrong = || format!("`{word}` is not {RATE_FORM}");
        let (count, per) = word.split_once('/').ok_or_else(wrong)?;
        let count = count.trim().parse().map_err(|_| wrong())?;
        let per = per.trim();
        let spelled =
            if per.starts_with(|c: char| c.is_ascii_digit()) { per.to_owned() } else { format!("1{per}") };
        parse_duration(&spelled).ok().and_then(|span| Self::new(count, span)).ok_or_else(wrong)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per = format_duration(self.per);
        let per =
            per.strip_prefix('1').filter(|unit| UNITS.iter().any(|(name, _)| name == unit)).unwrap_or(&per);
        write!(f, "{}/{per}", self.count)
    }
}

/// A share of a whole. Unit: permille, 0 to 1,000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permille(u16);

impl Permille {
    /// All of it.
    pub const ALL: Self = Self(1_000);

    /// The share; `None` above 1,000.
    #[must_use]
    pub const fn new(permille: u16) -> Option<Self> {
        if permille > 1_000 { None } else { Some(Self(permille)) }
    }

    /// The number of thousandths.
    #[must_use]
    #[inline]
    pub const fn as_u16(self) -> u16 {
        self.0
    }

    /// Whether a uniform 32-bit word falls into the share.
    #[must_use]
    #[inline]
    pub fn takes(self, word: u32) -> bool {
        (u64::from(word) * 1_000) >> 32 < u64::from(self.0)
    }

    /// The share of `whole`, rounded down.
    #[must_use]
    #[inline]
    pub fn of(self, whole: u64) -> u64 {
        u64::try_from(u128::from(whole) * u128::from(self.0) / 1_000).unwrap_or(u64::MAX)
    }
}

/// A chance. Unit: parts per million, 0 to 1,000,000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ppm(u32);

impl Ppm {
    /// The chance; `None` above 1,000,000.
    #[must_use]
    pub const fn new(ppm: u32) -> Option<Self> {
        if ppm > 1_000_000 { None } else { Some(Self(ppm)) }
    }

    /// The number of millionths.
    #[must_use]
    #[inline]
    pub const fn as_u32(self) -> u32 {
        self.0
    }

    /// Whether a uniform 32-bit word falls into the chance.
    #[must_use]
    #[inline]
    pub fn takes(self, word: u32) -> bool {
        (u64::from(word) * 1_000_000) >> 32 < u64::from(self.0)
    }
}

/// Divides `total` over `weights`, in whole parts that sum to `total`: the method of the largest remainder.
///
/// Ties go to the earlier weight; when all weights are zero, all parts are zero. Work: O(n log n).
#[must_use]
pub fn apportion(total: u64, weights: &[u64]) -> Vec<u64> {
    let sum: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let exact = |weight: &u64| u128::from(total) * u128::from(*weight);
    let narrow = |wide: u128| u64::try_from(wide).unwrap_or(u64::MAX);
    let mut parts: Vec<u64> = weights.iter().map(|weight| narrow(exact(weight) / sum)).collect();
    let mut missing = total - parts.iter().sum::<u64>();
    let mut order: Vec<(u128, usize)> =
        weights.iter().enumerate().map(|(index, weight)| (exact(weight) % sum, index)).collect();
    order.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
    for (_, index) in order {
        if let (Some(part), Some(rest)) = (parts.get_mut(index), missing.checked_sub(1)) {
            *part += 1;
            missing = rest;
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::{Between, Duration, Permille, Ppm, Rate, Skew, apportion, format_duration, parse_duration};
    use proptest::prelude::*;

    #[test]
    fn durations_are_read_in_every_unit() {
        for (word, micros) in [
            ("30m", 1_800_000_000),
            ("99s", 99_000_000),
            ("20ms", 20_000),
            ("7us", 7),
            ("31d", 2_678_400_000_000),
            ("1h30m", 5_400_000_000),
            ("0s", 0),
        ] {
            assert_eq!(parse_duration(word), Ok(Duration::from_micros(micros)), "{word}");
        }
    }

    #[test]
    fn wrong_durations_are_named() {
        for word in ["", "5", "5x", "s", "1.5s", "-1s", "1 s", "5ss"] {
            let said = parse_duration(word).expect_err(word);
            assert_eq!(said, format!("`{word}` is not {}", super::DURATION_FORM));
        }
        assert_eq!(
            parse_duration("999999999999d"),
            Err("`999999999999d` is longer than 18446744073709551615 microseconds".to_owned())
        );
    }

    #[test]
    fn skews_keep_their_sign() {
        assert_eq!("-2s".parse(), Ok(Skew(-2_000_000)));
        assert_eq!("+150ms".parse(), Ok(Skew(150_000)));
        assert_eq!("3m".parse(), Ok(Skew(180_000_000)));
        assert_eq!(Skew(-2_000_000).to_string(), "-2s");
        assert_eq!(Skew::from_str_err("-2"), format!("`-2` is not {}", super::DURATION_FORM));
    }

    impl Skew {
        fn from_str_err(word: &str) -> String {
            word.parse::<Self>().expect_err(word)
        }
    }

    #[test]
    fn ranges_refuse_to_run_downwards() {
        let number = |word: &str| word.parse::<u32>().map_err(|_| format!("`{word}` is not a number"));
        assert_eq!(Between::parse("4..60", number), Ok(Between::new(4, 60)));
        assert_eq!(Between::parse("7", number), Ok(Between::new(7, 7)));
        assert_eq!(Between::parse("9..4", number), Err("`9..4` runs downwards: write `4..9`".to_owned()));
        assert_eq!(Between::parse("x..4", number), Err("`x` is not a number".to_owned()));
    }

    #[test]
    fn uniform_words_cover_the_whole_range() {
        let range = Between::new(Duration::from_millis(20), Duration::from_millis(200));
        assert_eq!(range.uniform(0), Duration::from_millis(20));
        assert_eq!(range.uniform(u32::MAX), Duration::from_millis(200));
        let numbers = Between::new(4_u32, 60);
        assert_eq!((numbers.uniform(0), numbers.uniform(u32::MAX)), (4, 60));
        assert_eq!(Between::new(0, u32::MAX).uniform(u32::MAX), u32::MAX);
    }

    #[test]
    fn rates_are_read_and_spaced_evenly() {
        assert_eq!("50/s".parse(), Ok(Rate::per_second(50)));
        assert_eq!("3/m".parse::<Rate>().expect("valid").occurrences(Duration::from_secs(61)), 3);
        let slow = "1/30s".parse::<Rate>().expect("valid");
        assert_eq!((slow.even(2), slow.to_string()), (Some(Duration::from_secs(60)), "1/30s".to_owned()));
        assert_eq!(Rate::per_second(0).even(1), None);
        assert_eq!(Rate::per_second(50).to_string(), "50/s");
        for word in ["50", "x/s", "5/0s", "5/y", "/s"] {
            assert_eq!(word.parse::<Rate>(), Err(format!("`{word}` is not {}", super::RATE_FORM)), "{word}");
        }
    }

    #[test]
    fn shares_and_chances_take_their_part_of_the_words() {
        assert_eq!((Permille::new(1_001), Ppm::new(1_000_001)), (None, None));
        let third = Permille::new(333).expect("in range");
        assert_eq!((third.of(3_000), third.takes(0), third.takes(u32::MAX)), (999, true, false));
        assert!(Permille::ALL.takes(u32::MAX) && !Permille::default().takes(0));
        assert!(Ppm::new(1_000_000).expect("in range").takes(u32::MAX) && !Ppm::default().takes(0));
    }

    #[test]
    fn parts_go_to_the_largest_remainders() {
        assert_eq!(apportion(10, &[1, 1, 1]), [4, 3, 3]);
        assert_eq!(apportion(7, &[5, 0, 2]), [5, 0, 2]);
        assert_eq!(apportion(7, &[0, 0]), [0, 0]);
    }

    proptest! {
        #[test]
        fn durations_survive_writing(micros in any::<u64>()) {
            let span = Duration::from_micros(micros);
            prop_assert_eq!(parse_duration(&format_duration(span)), Ok(span));
        }

        #[test]
        fn rates_survive_writing(count in any::<u32>(), per in 1_u64..10_000_000_000_000) {
            let rate = Rate::new(count, Duration::from_micros(per)).expect("not empty");
            prop_assert_eq!(rate.to_string().parse(), Ok(rate));
        }

        #[test]
        fn parts_sum_to_the_whole(total in 0_u64..1_000_000_000, weights in prop::collection::vec(0_u64..1_000, 1..80)) {
            let parts = apportion(total, &weights);
            let sum: u64 = parts.iter().sum();
            prop_assert_eq!(sum, if weights.iter().all(|weight| *weight == 0) { 0 } else { total });
            for (part, weight) in parts.iter().zip(&weights) {
                prop_assert!(*weight > 0 || *part == 0);
            }
        }
    }
}
