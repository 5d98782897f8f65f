//! The forms of a seed: a number, hexadecimal digits, or a commit.

use std::fmt;
use std::str::FromStr;

use xxhash_rust::xxh3::xxh3_64;

/// Digits of a git hash that count: as many as its shortest usual abbreviation has.
const GIT_DIGITS: usize = 7;
/// Digits of a whole git hash.
const GIT_DIGITS_MAX: usize = 40;

/// The number that all randomness of a run is keyed with.
///
/// Read, in this order, from
/// 1. a decimal number below 2^64,
/// 2. `0x` and a hexadecimal number below 2^64,
/// 3. a git hash, whole or abbreviated: 7 to 40 hexadecimal digits. The seed is the 64-bit XXH3 of its first seven
///    digits in lower case, so that a commit means the same seed however long it is written. (An abbreviation that
///    happens to have only decimal digits is a decimal number: write one digit more.)
///
/// Written as a decimal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seed(u64);

impl Seed {
    /// The seed with a number.
    #[must_use]
    pub const fn new(value: u64) -> Self {
        Self(value)
    }

    /// The number.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }
}

impl Default for Seed {
    /// The seed of a run that asks for none: 1.
    fn default() -> Self {
        Self(1)
    }
}

impl FromStr for Seed {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        // A number with a sign would parse, and would be a second way to write the same seed.
        if !word.starts_with('+')
            && let Ok(number) = word.parse()
        {
            return Ok(Self(number));
        }
        let hexadecimal = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        if let Some(digits) = word.strip_prefix("0x").filter(|digits| hexadecimal(digits)) {
            return u64::from_str_radix(digits, 16)
                .map(Self)
                .map_err(|_| format!("the seed `{word}` has more than 64 bits"));
        }
        let length = word.len();
        if hexadecimal(word) && (GIT_DIGITS..=GIT_DIGITS_MAX).contains(&length) {
            // Hashed and not read as a number: seeds of seven hexadecimal digits would all lie below 2^28, among
            // those that people type.
            let counting = word.get(..GIT_DIGITS).unwrap_or(word).to_ascii_lowercase();
            return Ok(Self(xxh3_64(counting.as_bytes())));
        }
        Err(format!(
            "`{word}` is not a seed: a seed is a number from 0 and below 2^64, 0x and hexadecimal digits, or a git hash of \
             {GIT_DIGITS} to {GIT_DIGITS_MAX} digits"
        ))
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
