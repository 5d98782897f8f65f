//! The date format of signed requests, `yyyy-MM-ddTHH:mm:ssZ`, and seconds since the UNIX epoch.
//!
//! Some clients write a fraction of the second before the `Z`; it is read and counts for nothing, since freshness is a matter
//! of minutes. Integer arithmetic on the proleptic Gregorian calendar; leap seconds do not exist, as in UNIX time.

/// Bytes of a formatted date without its last one, the `Z`.
const SECOND_BYTES: usize = 19;
/// Digits of a fraction at most: nanoseconds.
const FRACTION_DIGITS_MAX: usize = 9;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH_DAYS: i64 = 719_468;
const SECONDS_PER_DAY: u64 = 86_400;

/// Reads `yyyy-MM-ddTHH:mm:ssZ`, with or without a fraction of one to nine digits behind the seconds, into the whole seconds
/// since the UNIX epoch; `None` for anything else, or for times before it.
#[must_use]
pub fn parse(text: &str) -> Option<u64> {
    let (bytes, rest) = text.as_bytes().split_at_checked(SECOND_BYTES)?;
    let fraction = rest.strip_suffix(b"Z")?;
    if !fraction.is_empty() {
        let digits = fraction.strip_prefix(b".")?;
        let plain = digits.iter().all(u8::is_ascii_digit);
        if !plain || digits.is_empty() || digits.len() > FRACTION_DIGITS_MAX {
            return None;
        }
    }
    for (position, mark) in [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')] {
        if bytes[position] != mark {
            return None;
        }
    }
    let number = |from: usize, to: usize| {
        bytes[from..to].iter().try_fold(0_u64, |value, byte| {
            if byte.is_ascii_digit() { Some(value * 10 + u64::from(byte - b'0')) } else { None }
        })
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let real = (1..=12).contains(&month) && day >= 1 && day <= days_in(year, month);
    if !real || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let days = u64::try_from(days_since_epoch(year, month, day)).ok()?;
    Some(days * SECONDS_PER_DAY + hour * 3_600 + minute * 60 + second)
}

/// Writes seconds since the UNIX epoch as `yyyy-MM-ddTHH:mm:ssZ`.
///
/// # Panics
///
/// From the year 10,000 on, which the format cannot express.
#[must_use]
pub fn format(seconds: u64) -> String {
    let (days, rest) = (seconds / SECONDS_PER_DAY, seconds % SECONDS_PER_DAY);
    // Years begin in March here, so that the leap day is the last of its year.
    let shifted = days + EPOCH_DAYS.unsigned_abs();
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    assert!(year < 10_000, "the date format has four digits for the year, {year} has more");
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

fn days_in(year: u64, month: u64) -> u64 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 => 28 + u64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to the given day; negative before it.
fn days_since_epoch(year: u64, month: u64, day: u64) -> i64 {
    // One era is added so that January of the year 0 does not go below zero, and taken off at the end.
    let years = year + 400 - u64::from(month <= 2);
    let (era, year_of_era) = (years / 400, years % 400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era;
    i64::try_from(days).unwrap_or(i64::MAX) - 146_097 - EPOCH_DAYS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_read_and_write_the_same_second() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T23:59:59Z", 951_868_799),
            ("2026-11-23T00:05:18Z", 1_795_392_318),
            ("2100-03-01T00:00:00Z", 4_107_542_400),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] {
            assert_eq!(parse(text), Some(seconds), "{text}");
            assert_eq!(format(seconds), text);
        }
    }

    #[test]
    fn every_day_of_eight_centuries_comes_back() {
        let mut seconds = 0;
        while seconds < 400 * 366 * 2 * SECONDS_PER_DAY {
            assert_eq!(parse(&format(seconds)), Some(seconds));
            seconds += SECONDS_PER_DAY + 1;
        }
    }

    #[test]
    fn a_fraction_of_a_second_is_read_and_left_out() {
        for text in [
            "2026-11-23T00:05:18.1Z",
            "2026-11-23T00:05:18.999Z",
            "2026-11-23T00:05:18.000000Z",
            "2026-11-23T00:05:18.123456789Z",
        ] {
            assert_eq!(parse(text), Some(1_795_392_318), "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_date() {
        for text in [
            "2026-11-23T00:05:18.Z",
            "2026-11-23T00:05:18.1",
            "2026-11-23T00:05:18,1Z",
            "2026-11-23T00:05:18.1234567890Z",
            "2026-11-23T00:05:18.1ZZ",
            "2026-11-23T00:05:18.+1Z",
            "2026-11-23T00:05:18.1+00:00",
            "2026-11-23T00:05:18z",
            "",
            "2026-11-23",
            "2026-11-23T00:05:18",
            "2026-11-23 00:05:18Z",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2100-02-29T00:00:00Z",
            "2026-00-10T00:00:00Z",
            "2026-11-31T00:00:00Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T00:60:00Z",
            "2026-11-23T00:00:60Z",
            "1969-12-31T23:59:59Z",
            "0000-01-01T00:00:00Z",
            "2026-1１-23T00:00:0Z",
            "+026-11-23T00:05:18Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
