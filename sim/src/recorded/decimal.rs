//! Decimal numbers read exactly, without a float in between.

/// Reads a decimal number of seconds as whole microseconds; digits past the sixth are cut off.
///
/// Takes what JSON and danmaku files write: `12`, `12.9`, `0.500000`, `1.5e1`. `None` for a sign, anything that is no
/// number, and more than about 584,000 years.
pub(super) fn micros(word: &str) -> Option<u64> {
    let (mantissa, exponent) = match word.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (word, 0),
    };
    let (digits, places) = digits(mantissa)?;
    // The value is digits * 10^(exponent - places) seconds; six more powers of ten make it microseconds.
    let power = exponent.checked_sub(i32::try_from(places).ok()?)?.checked_add(6)?;
    let scaled = if power >= 0 {
        if digits == 0 { 0 } else { digits.checked_mul(10_u128.checked_pow(power.unsigned_abs())?)? }
    } else {
        10_u128.checked_pow(power.unsigned_abs()).map_or(0, |divisor| digits / divisor)
    };
    u64::try_from(scaled).ok()
}

/// Reads `digits[.digits]` as one integer and the number of digits behind the point, at most 30 digits in all.
pub(super) fn digits(word: &str) -> Option<(u128, usize)> {
    let (whole, fraction) = word.split_once('.').unwrap_or((word, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let point_alone = word.contains('.') && fraction.is_empty();
    if whole.is_empty() || point_alone || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let kept = fraction.get(..12).unwrap_or(fraction);
    Some((format!("{whole}{kept}").parse().ok()?, kept.len()))
}

#[cfg(test)]
mod tests {
    use super::{digits, micros};

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
        ] {
            assert_eq!(micros(word), Some(expected), "{word}");
        }
    }

    #[test]
    fn what_is_no_decimal_is_refused() {
        for word in
            ["", ".", "1.", ".5", "-1", "+1", "1,5", "1.5.2", "1e", "1e99", "NaN", "99999999999999999999"]
        {
            assert_eq!(micros(word), None, "{word}");
        }
    }

    #[test]
    fn digits_behind_the_point_are_counted() {
        assert_eq!(digits("1.50"), Some((150, 2)));
        assert_eq!(digits("7"), Some((7, 0)));
    }
}
