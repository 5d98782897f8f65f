//! The arithmetic of mutants: what they put in place of a number, an instant, a list.

use crate::words::client::Cursor;
use crate::words::time::Instant;
use alloc::vec::Vec;

/// The count of members before a change.
pub(crate) fn count_before(count: u64, joined: usize, left: usize) -> u64 {
    count + left as u64 - (joined as u64).min(count)
}

/// A count without what is below a hundred.
pub(crate) const fn hundreds_of(count: u64) -> u64 {
    count - count % 100
}

/// Half of a number.
pub(crate) const fn half(number: u64) -> u64 {
    number / 2
}

/// Half seconds since the epoch.
pub(crate) const fn half_seconds(now: Instant) -> u64 {
    now.as_micros() / 500_000
}

/// The instant before.
pub(crate) const fn just_before(now: Instant) -> Instant {
    Instant::from_micros(now.as_micros().saturating_sub(1))
}

/// How many slots reserved ones take besides their own when several are due at once.
pub(crate) fn taken_twice(reserved: usize) -> u32 {
    if reserved > 1 { u32::try_from(reserved).unwrap_or(u32::MAX) } else { 0 }
}

/// Cursors of a client that has received nothing.
pub(crate) fn anew(cursors: &[Cursor]) -> Vec<Cursor> {
    cursors.iter().map(|cursor| Cursor { high_seq: 0, ..*cursor }).collect()
}
