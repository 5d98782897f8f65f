//! The calendar of input files: dates of the Gregorian calendar in UTC, read as days and written as text.

use claque_core::Instant;

/// Days from 1970-01-01 to a date of the Gregorian calendar; `None` before it.
#[must_use]
pub fn days_since_epoch(year: u16, month: u8, day: u8) -> Option<u64> {
    // Years begin in March here, so that the leap day is the last of its year.
    let (year, month, day) = (i64::from(year), i64::from(month), i64::from(day));
    let shifted = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + day_of_year - 719_468;
    u64::try_from(days).ok()
}

/// A date and time in UTC, after the proleptic Gregorian calendar.
#[must_use]
pub fn date_time(instant: Instant) -> String {
    let (seconds, micros) = (instant.unix_seconds(), instant.as_micros() % 1_000_000);
    // Days are counted from 0000-03-01, so that a leap day ends its year; 400 years have 146,097 days.
    let days = seconds / 86_400 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    let second = seconds % 86_400;
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

#[cfg(test)]
mod tests {
    use super::{Instant, date_time, days_since_epoch};

    #[test]
    fn dates_count_leap_days() {
        assert_eq!(days_since_epoch(1970, 1, 1), Some(0));
        assert_eq!(days_since_epoch(2000, 3, 1), Some(11_017));
        assert_eq!(days_since_epoch(2024, 2, 29), Some(19_782));
        assert_eq!(days_since_epoch(1969, 12, 31), None);
    }

    #[test]
    fn dates_before_and_after_leap_days_are_written_right() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_750_417_200, "2025-06-20T11:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(date_time(Instant::from_unix_seconds(seconds)), text);
        }
        assert_eq!(date_time(Instant::from_micros(1_500_000)), "1970-01-01T00:00:01.500000Z");
    }
}
