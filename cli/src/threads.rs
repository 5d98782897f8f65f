//! How many threads are at work.

/// Most threads: more than any machine has cores for.
const THREADS_MAX: usize = 1_024;

/// Reads a number of threads.
pub(crate) fn threads(word: &str) -> Result<usize, String> {
    let number = word.parse().ok().filter(|number| (1..=THREADS_MAX).contains(number));
    number.ok_or_else(|| format!("`{word}` is not a number of threads from 1 to {THREADS_MAX}"))
}

/// One for each core.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
