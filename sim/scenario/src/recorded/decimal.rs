//! Decimal numbers read exactly, without a float in between.

/// The most that a number of a recording stands for, either way. Unit: microseconds, far beyond any date.
// So far below 2^127 that a time multiplied by the nanoseconds of a second, as a change of its unit does, never
// overflows.
const MICROS_MAX: i128 = 1 << 85;

/// Reads a signed decimal number of units as whole microseconds; digits past the microsecond are cut off.
///
/// Takes what JSON and XML recordings hold: `12`, `-0.5`, `0.500000`, `1.5e1`. A number beyond any date becomes the
/// largest; `None` for what is no number.
pub(super) fn micros(word: &str, unit: u64) -> Option<i128> {
    let word = word.trim();
    let (negative, word) = match word.strip_prefix('-') {
        Some(word) => (true, word),
        None => (false, word.strip_prefix('+').unwrap_or(word)),
    };
    let (mantissa, exponent) = match word.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (word, 0),
    };
    let (digits, places) = digits(mantissa)?;
    // The value is digits * 10^(exponent - places) units.
    // Saturating: an exponent of ten digits is a legal number of JSON.
    let power = exponent.saturating_sub(i32::try_from(places).unwrap_or(i32::MAX));
    let whole = digits.checked_mul(unit.into());
    let scaled = match whole {
        // A divisor beyond 10^38 leaves nothing of any number that fits.
        Some(whole) if power < 0 => {
            10_u128.checked_pow(power.unsigned_abs()).map_or(Some(0), |divisor| Some(whole / divisor))
        }
        // Before the factor: zero times a number that does not fit is still zero.
        Some(0) => Some(0),
        Some(whole) => 10_u128.checked_pow(power.unsigned_abs()).and_then(|factor| whole.checked_mul(factor)),
        None => None,
    };
    let size =
        scaled.and_then(|scaled| i128::try_from(scaled).ok()).map_or(MICROS_MAX, |size| size.min(MICROS_MAX));
    Some(if negative { -size } else { size })
}

/// Reads `digits[.digits]` as one integer and the number of digits behind the point, of which twelve count.
pub(super) fn digits(word: &str) -> Option<(u128, usize)> {
    let (whole, fraction) = word.split_once('.').unwrap_or((word, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let point_alone = word.contains('.') && fraction.is_empty();
    if whole.is_empty() || point_alone || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    // A picosecond of a second is finer than anything that is kept; recorders that print a binary fraction write
    // forty digits.
    let kept = fraction.get(..12).unwrap_or(fraction);
    let value = |part: &str| {
        part.bytes().fold(0_u128, |value, byte| {
            value.saturating_mul(10).saturating_add(u128::from(byte.saturating_sub(b'0')))
        })
    };
    let places = kept.len();
    let shift = 10_u128.pow(u32::try_from(places).unwrap_or(12));
    Some((value(whole).saturating_mul(shift).saturating_add(value(kept)), places))
}

#[cfg(test)]
mod tests {
    use super::{MICROS_MAX, digits, micros};

    #[test]
    fn seconds_become_whole_microseconds() {
        for (word, expected) in [
            ("0", 0),
            ("12", 12_000_000),
            ("12.9", 12_900_000),
            ("12.900000", 12_900_000),
            ("0.1", 100_000),
            ("9.123456789", 9_123_456),
            ("1.5e1", 15_000_000),
            ("1E-05", 10),
            ("1e-9", 0),
            ("0e99", 0),
            ("33.3333333333333333333333333333333333333333", 33_333_333),
            ("-0.5", -500_000),
            (" +1 ", 1_000_000),
            ("18446744073709551615", 18_446_744_073_709_551_615_000_000),
            ("99999999999999999999999999999999999999999999999", MICROS_MAX),
            ("-1e99", -MICROS_MAX),
            ("1e-2147483648", 0),
        ] {
            assert_eq!(micros(word, 1_000_000), Some(expected), "{word}");
        }
        assert_eq!(micros("1.5", 1_000), Some(1_500), "milliseconds");
    }

    #[test]
    fn what_is_no_decimal_is_refused() {
        for word in ["", ".", "1.", ".5", "--1", "1,5", "1.5.2", "1e", "1e99999999999", "NaN", "inf", "12s"] {
            assert_eq!(micros(word, 1_000_000), None, "{word}");
        }
    }

    #[test]
    fn digits_behind_the_point_are_counted() {
        assert_eq!(digits("1.50"), Some((150, 2)));
        assert_eq!(digits("7"), Some((7, 0)));
    }
}
