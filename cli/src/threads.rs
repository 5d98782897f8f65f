//! How many threads are at work.

use crate::number::number;

/// Most threads: more than any machine has cores for.
const THREADS_MAX: i128 = 1_024;

/// Reads a number of threads.
pub(crate) fn threads(word: &str) -> Result<usize, String> {
    number("number of threads", 1..=THREADS_MAX)(word)
}

/// One for each core.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
