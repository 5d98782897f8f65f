//! Long buffers, freed without holding up other threads.

use alloc::vec::Vec;

use super::Entry;

/// How much is freed at a time. Unit: bytes.
const STEP: usize = 4 << 20;

/// Frees a buffer that may be as long as a state.
pub fn give_back(mut bytes: Vec<u8>) {
    // Not at once: a system takes a tenth of a second to take a gibibyte back, and until then every other thread waits that
    // asks it for memory.
    while let Some(less) = bytes.len().checked_sub(STEP) {
        bytes.truncate(less);
        bytes.shrink_to_fit();
    }
}

impl Entry {
    /// Frees an entry that may hold a state.
    pub fn give_back(self) {
        if let Self::Snapshot(_, state, _) = self {
            give_back(state);
        }
    }
}
