//! How far a journal was synced: the side file's two slots.

use alloc::vec::Vec;

use super::frame::{u32_at, u64_at};
use crate::words::time::Instant;

/// A slot has a sector to itself: writing one never tears the other.
const SLOT_BYTES: usize = 512;
const USED_BYTES: usize = 40;
const MAGIC: [u8; 4] = *b"CLQS";

/// How far a journal was synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Synced {
    /// Which file: the checksum of its header.
    pub seed: u32,
    /// The last record.
    pub sequence: u64,
    /// Where it ends. Unit: bytes from the start of the file.
    pub end: u64,
    /// The machine's time at that sync, as far as a caller gave it.
    pub wall: Instant,
}

impl Synced {
    /// Bytes of the file. Unit: bytes.
    pub(super) const FILE_BYTES: usize = 2 * SLOT_BYTES;

    /// The slot that a sync of that record is written to, as an offset and bytes.
    pub(super) fn slot(&self, turn: bool) -> (u64, Vec<u8>) {
        let mut bytes = Vec::with_capacity(USED_BYTES);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&self.seed.to_le_bytes());
        bytes.extend_from_slice(&self.sequence.to_le_bytes());
        bytes.extend_from_slice(&self.end.to_le_bytes());
        bytes.extend_from_slice(&self.wall.as_micros().to_le_bytes());
        bytes.extend_from_slice(&[0; 4]);
        let check = crc32fast::hash(&bytes);
        bytes.extend_from_slice(&check.to_le_bytes());
        (if turn { SLOT_BYTES as u64 } else { 0 }, bytes)
    }

    /// The slot that says most; none when neither checks.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        Self::newest(bytes).map(|(_, newest)| newest)
    }

    /// The slot that says most, and whether it is the second.
    pub(super) fn newest(bytes: &[u8]) -> Option<(bool, Self)> {
        // Both are tried: after a torn write one of them is always whole.
        let slots = [0, SLOT_BYTES].into_iter().filter_map(|at| {
            let slot = bytes.get(at..at + USED_BYTES)?;
            let whole = slot[..4] == MAGIC && crc32fast::hash(&slot[..36]) == u32_at(slot, 36);
            let read = || Self {
                seed: u32_at(slot, 4),
                sequence: u64_at(slot, 8),
                end: u64_at(slot, 16),
                wall: Instant::from_micros(u64_at(slot, 24)),
            };
            whole.then(|| (at > 0, read()))
        });
        // Of two files the later one has the later sequence numbers; of one place in both, either tells the truth.
        slots.max_by_key(|(_, slot)| (slot.sequence, slot.wall))
    }
}
