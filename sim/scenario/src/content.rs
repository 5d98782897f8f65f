//! Whether a file is still the one that it was.

/// The hash by which an identity tells whether a file is still the same: XXH3, 64 bits.
#[must_use]
pub fn content_hash(bytes: &[u8]) -> u64 {
    // Against mistakes, not against forgery: whoever changes a file on purpose can print a new line.
    xxhash_rust::xxh3::xxh3_64(bytes)
}
