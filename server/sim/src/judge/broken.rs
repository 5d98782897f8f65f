//! What a judge says of a promise that was broken.

/// Microseconds.
pub(crate) const SECOND: u64 = 1_000_000;

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenPromise {
    /// Which promise, in a word: failures of one class are taken for the same.
    pub class: &'static str,
    /// What happened, in a sentence.
    pub says: String,
}
