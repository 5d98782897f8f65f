//! Dates and times of day as recorders write them.

use claque_document::calendar::days_since_epoch;

const SECOND: i128 = 1_000_000;
const DAY: i128 = 86_400 * SECOND;

/// A time as a line of a log gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChatStamp {
    /// With its date. Unit: microseconds since 1970, UTC where nothing else is said.
    Date(i128),
    /// Of some day, or since the beginning. Unit: microseconds.
    OfDay(i128),
}

/// Reads `2024-01-01T20:00:00.5+08:00`, `2024-01-01 20:00:00 UTC`, and the like: microseconds since 1970.
pub(super) fn date_time(word: &str) -> Option<i128> {
    let word = word.trim();
    // Recorders agree on the first ten characters alone; what follows is a `T`, a space or nothing, with a zone, a
    // name or neither.
    let (date, rest) = (word.get(..10)?, word.get(10..)?);
    let (year, month, day) = (date.get(..4)?, date.get(5..7)?, date.get(8..10)?);
    let parted = |at: usize| matches!(date.as_bytes().get(at), Some(b'-' | b'/'));
    if !parted(4) || !parted(7) {
        return None;
    }
    let (month, day) = (number(month, 12)?, number(day, 31)?);
    let days = days_since_epoch(number(year, 9_999)?, u8::try_from(month).ok()?, u8::try_from(day).ok()?)?;
    let rest = rest.trim_start_matches(['T', 't', ' ']);
    let end = rest
        .find(|letter: char| !(letter.is_ascii_digit() || matches!(letter, ':' | '.')))
        .unwrap_or(rest.len());
    let (time, zone) = rest.split_at_checked(end)?;
    let time = if time.is_empty() { 0 } else { time_of_day(time)? };
    Some(i128::from(days) * DAY + time - zone_offset(zone.trim())?)
}

/// How far a zone is ahead of UTC. Of names only UTC's are known; others count as UTC.
fn zone_offset(zone: &str) -> Option<i128> {
    let (sign, digits) = match zone.split_at_checked(1) {
        Some(("+", digits)) => (1, digits),
        Some(("-", digits)) => (-1, digits),
        // A zone by name has no offset without a table of all of them, and a chat is a few hours: its messages keep
        // their distances.
        _ => return Some(0),
    };
    let digits: String = digits.chars().filter(|letter| *letter != ':').collect();
    let (hours, minutes) = (digits.get(..2)?, digits.get(2..4).unwrap_or("0"));
    let minutes = i128::from(number(hours, 23)?) * 60 + i128::from(number(minutes, 59)?);
    Some(sign * minutes * 60 * SECOND)
}

/// Reads `20:00:05`, `20:00:05.250`, `0:05`: microseconds.
pub(super) fn time_of_day(word: &str) -> Option<i128> {
    let (negative, word) = word.strip_prefix('-').map_or((false, word), |word| (true, word));
    let (time, fraction) = word.split_once('.').unwrap_or((word, ""));
    let mut seconds = 0_i128;
    let mut parts = 0;
    for part in time.split(':') {
        // The first part may be a span of many hours: `100:00:00` is four days into a recording.
        seconds = seconds * 60 + i128::from(number(part, if parts == 0 { 999 } else { 59 })?);
        parts += 1;
    }
    if !(2..=3).contains(&parts) || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Six digits, filled up with zeros: `.5` is half a second and not five microseconds.
    let micros = fraction.bytes().chain(std::iter::repeat(b'0')).take(6);
    let micros = micros.fold(0_i128, |value, byte| value * 10 + i128::from(byte - b'0'));
    let whole = seconds * SECOND + micros;
    Some(if negative { -whole } else { whole })
}

/// Reads either.
pub(super) fn stamp(word: &str) -> Option<ChatStamp> {
    date_time(word).map(ChatStamp::Date).or_else(|| time_of_day(word.trim()).map(ChatStamp::OfDay))
}

fn number(digits: &str, most: u16) -> Option<u16> {
    // `parse` would take a sign.
    let fits = (1..=4).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|value| fits && *value <= most)
}

#[cfg(test)]
mod tests {
    use super::{ChatStamp, date_time, stamp, time_of_day};

    #[test]
    fn dates_of_recorders_are_read() {
        for (word, seconds) in [
            ("2024-01-01T00:00:00Z", 1_704_067_200),
            ("2024-01-01 00:00:00 UTC", 1_704_067_200),
            ("2024-01-01T08:00:00.0000000+08:00", 1_704_067_200),
            ("2024-01-01T08:00:00+0800", 1_704_067_200),
            ("2023-12-31T19:00:00-05:00", 1_704_067_200),
            ("2024/01/01", 1_704_067_200),
        ] {
            assert_eq!(date_time(word), Some(i128::from(seconds) * 1_000_000), "{word}");
        }
        for word in ["", "2024", "2024-13-01T00:00:00Z", "2024-01-01T25:99:00Z", "éééééééééééé"] {
            assert_eq!(date_time(word), None, "{word}");
        }
    }

    #[test]
    fn times_of_day_are_read() {
        assert_eq!(time_of_day("20:00:05.25"), Some(72_005_250_000));
        assert_eq!(time_of_day("-0:05"), Some(-5_000_000));
        assert_eq!(time_of_day("1:2:3:4"), None);
        assert_eq!(time_of_day("20:61:00"), None);
        assert_eq!(stamp("0:00:05"), Some(ChatStamp::OfDay(5_000_000)));
    }
}
