//! The hash of a file, by which a change of it is noticed.

/// The hash that an identity holds of a file: XXH3, 64 bits.
#[must_use]
pub fn content_hash(bytes: &[u8]) -> u64 {
    // Against mistakes, not against forgery: a person who changes a file on purpose can print a new line.
    xxhash_rust::xxh3::xxh3_64(bytes)
}
