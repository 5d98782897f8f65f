//! Sizes of memory as people write them.

/// Units, the largest first, and how many bytes each has.
const UNITS: [(&str, u64); 7] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("KB", 1_000),
];

/// The least memory that a server is bound to. Unit: bytes.
const LEAST: u64 = 1 << 20;

/// Reads `512MiB`, `2GB`, a number of bytes, or `none`.
///
/// # Errors
/// A sentence, when it is none of these, or less than the least bound.
pub(crate) fn bound(text: &str) -> Result<u64, String> {
    if text == "none" {
        return Ok(u64::MAX);
    }
    let unit = UNITS.iter().find_map(|(unit, bytes)| Some((text.strip_suffix(unit)?, *bytes)));
    let (digits, unit) = unit.unwrap_or((text, 1));
    let number: Option<u64> = digits.trim().parse().ok();
    let bytes = number.and_then(|number| number.checked_mul(unit));
    let bytes = bytes.ok_or_else(|| {
        format!("a size is a whole number of bytes, KiB, MiB, GiB or TiB, or none; not {text}")
    })?;
    if bytes < LEAST { Err(format!("{text} is less than 1MiB, which is the least")) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::bound;

    #[test]
    fn sizes_are_read_as_they_are_written() {
        assert_eq!(bound("512MiB"), Ok(512 << 20));
        assert_eq!(bound("2GB"), Ok(2_000_000_000));
        assert_eq!(bound("1048576"), Ok(1 << 20));
        assert_eq!(bound("none"), Ok(u64::MAX));
        for wrong in ["", "GiB", "1.5GiB", "-1", "20000000TiB", "1048575", "all"] {
            assert!(bound(wrong).is_err(), "{wrong}");
        }
    }
}
