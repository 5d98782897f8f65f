//! What a line's own numbers tell of the clock behind them: its unit, how many digits it has, whether it was set back.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::FixedState;
/// The coarsest reading of a clock that is told from its times: whole seconds. Microseconds.
const GRAIN_MAX: u64 = 1_000_000;
/// Lines of one client that several threads write are in another order than their times by so much at the most. Microseconds.
const DISORDER_MAX: u64 = 1_000_000;

/// Times of these sizes are taken for other units: as microseconds they lie in 1970, or after the year 30,000.
const OTHER_UNITS: [(std::ops::Range<u64>, &str, &str); 3] = [
    (1_000_000_000..5_000_000_000, "seconds", "times 1000000"),
    (1_000_000_000_000..5_000_000_000_000, "milliseconds", "times 1000"),
    (1_000_000_000_000_000_000..5_000_000_000_000_000_000, "nanoseconds", "divided by 1000"),
];

/// Refuses a time that is written in another unit.
pub(super) fn check_unit(name: &str, at: u64) -> Result<(), String> {
    let other = OTHER_UNITS.iter().find(|(range, _, _)| range.contains(&at));
    other.map_or(Ok(()), |(_, unit, way)| {
        Err(format!("`{name}` is {at}, as if in {unit}; microseconds since the UNIX epoch are wanted, that is {at} {way}"))
    })
}

/// The coarsest power of ten that still divides every time so far.
pub(super) const fn coarsest(mut grain: u64, at: u64) -> u64 {
    while grain > 1 && !at.is_multiple_of(grain) {
        grain /= 10;
    }
    grain
}

/// The grain of a clock of which nothing has been seen yet.
pub(super) const GRAIN_UNSEEN: u64 = GRAIN_MAX;

/// By this a line is known again: the same bytes, whoever put them there.
pub(super) fn fingerprint(line: &[u8]) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    hasher.write(line.trim_ascii());
    hasher.finish()
}

/// Whether a client's line stands so far behind a later one that the order of its lines says nothing.
pub(super) fn check_order(id: &str, last: u64, at: u64) -> Result<(), String> {
    if last <= at.saturating_add(DISORDER_MAX) {
        return Ok(());
    }
    Err(format!(
        "the lines of client {id:?} stand in the order in which it saw them, and this one is {} ms older than the one before it; \
         sort them by `at`, or, if the clock was set back, give what follows another source and another client id",
        (last - at) / 1_000
    ))
}
