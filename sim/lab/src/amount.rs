//! Numbers and times as people read them, the same in every report and on every page.

/// A number with its thousands apart: `1,234,567`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of things, in words: `1 run`, `2,000 runs`, `0 classes`, `3 histories`.
#[must_use]
pub fn counted(number: u64, thing: &str) -> String {
    if number == 1 {
        return format!("1 {thing}");
    }
    let number = grouped(number);
    let vowel_before = |stem: &str| stem.ends_with(['a', 'e', 'i', 'o', 'u']);
    match thing.strip_suffix('y').filter(|stem| !vowel_before(stem)) {
        Some(stem) => format!("{number} {stem}ies"),
        None if ["s", "x", "ch", "sh"].iter().any(|end| thing.ends_with(end)) => {
            format!("{number} {thing}es")
        }
        None => format!("{number} {thing}s"),
    }
}

/// A time in its two largest units: `45 ms`, `12.3 s`, `2 min 3 s`, `3 h 5 min`, `31 d 4 h`. Unit: microseconds.
#[must_use]
pub fn humane(micros: u64) -> String {
    let seconds = micros / 1_000_000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    let two = |large: u64, unit: &str, small: u64, rest: &str| match small {
        0 => format!("{} {unit}", grouped(large)),
        _ => format!("{} {unit} {small} {rest}", grouped(large)),
    };
    if seconds == 0 {
        format!("{} ms", micros / 1_000)
    } else if minutes == 0 {
        format!("{seconds}.{} s", micros / 100_000 % 10)
    } else if hours == 0 {
        two(minutes, "min", seconds % 60, "s")
    } else if days == 0 {
        two(hours, "h", minutes % 60, "min")
    } else {
        two(days, "d", hours % 24, "h")
    }
}

/// How many in a second, of so many in so many microseconds; each as if it had taken at least one.
#[must_use]
pub fn per_second(number: u64, micros: u64) -> u64 {
    u64::try_from(u128::from(number) * 1_000_000 / u128::from(micros.max(1))).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{counted, grouped, humane, per_second};

    #[test]
    fn thousands_are_apart() {
        let texts = [0, 999, 1_000, 1_234_567].map(grouped);
        assert_eq!(texts, ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn one_thing_is_not_many() {
        assert_eq!([0, 1, 2_000].map(|number| counted(number, "run")), ["0 runs", "1 run", "2,000 runs"]);
        let two = ["class", "hash", "history", "replay"].map(|thing| counted(2, thing));
        assert_eq!(two, ["2 classes", "2 hashes", "2 histories", "2 replays"]);
    }

    #[test]
    fn times_have_two_units_at_the_most() {
        let second = 1_000_000;
        let times = [45_999, 12_340_000, 123 * second, 120 * second, 11_100 * second, 2_692_800 * second];
        let texts = times.map(humane);
        assert_eq!(texts, ["45 ms", "12.3 s", "2 min 3 s", "2 min", "3 h 5 min", "31 d 4 h"]);
        assert_eq!(humane(123_154_254_448 * second), "1,425,396 d 11 h");
    }

    #[test]
    fn rates_do_not_overflow() {
        assert_eq!((per_second(300, 2_000_000), per_second(u64::MAX, 0)), (150, u64::MAX));
    }
}
