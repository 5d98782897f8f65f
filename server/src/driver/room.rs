//! How much memory the states of all worlds may take together, and how much each takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant as Monotonic;

use claque_core::Memory;
use serde_json::{Value, json};

use crate::clock::monotonic;

/// The note that goes with `ServerError`.
pub(crate) const NO_ROOM: &str = "what this server keeps takes as much memory as it may (--memory-max); \
    claque ctl memory says what takes it";

/// The memory that the worlds of a server keep together, and its bound.
#[derive(Debug)]
pub(crate) struct Together {
    max: u64,
    bytes: AtomicU64,
    worlds: AtomicU64,
}

impl Together {
    pub(crate) const fn new(max: u64) -> Self {
        Self { max, bytes: AtomicU64::new(0), worlds: AtomicU64::new(0) }
    }

    pub(super) fn is_full(&self) -> bool {
        self.bytes.load(Ordering::Relaxed) >= self.max
    }

    /// Bytes that a world may add before it counts anew: all together less than a part in 64 of the bound.
    pub(super) fn allowance(&self) -> u64 {
        // Divided by the worlds: a thousand that each add a part of the whole would exceed it many times
        // over.
        self.max / 64 / self.worlds.load(Ordering::Relaxed).max(1)
    }
}

/// The memory of one world as it was counted last, and the bound of all.
#[derive(Debug)]
pub(crate) struct MemoryRoom {
    pub(super) together: Arc<Together>,
    /// This world's part of [`Self::together`].
    share: u64,
    pub(super) counted: Memory,
    /// What is kept beside the state, by name, when it was counted last.
    pub(super) logs: Vec<(&'static str, u64)>,
    /// Bytes that commands may have added since.
    pub(super) grown: u64,
    pub(super) full: bool,
    /// Something else than an addition was obeyed since: it may have made room.
    pub(super) touched: bool,
    pub(super) at: Monotonic,
}

impl MemoryRoom {
    pub(super) fn new(together: Arc<Together>) -> Self {
        together.worlds.fetch_add(1, Ordering::Relaxed);
        Self {
            together,
            share: 0,
            counted: Memory::default(),
            logs: Vec::new(),
            grown: 0,
            full: false,
            touched: false,
            at: monotonic(),
        }
    }

    pub(super) fn total(&self) -> u64 {
        self.parts().map(|(_, bytes)| bytes).sum()
    }

    /// Everything that is counted, by name.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.counted.by_name().into_iter().chain(self.logs.iter().copied())
    }

    /// The most that the state may take; `u64::MAX`: there is no bound.
    pub(crate) fn max(&self) -> u64 {
        self.together.max
    }

    /// Counts what this world keeps among that of all.
    pub(super) fn tell(&mut self) {
        let total = self.total();
        // Sums of what others add and take away meanwhile come out right whatever the order.
        self.together.bytes.fetch_add(total.wrapping_sub(self.share), Ordering::Relaxed);
        self.share = total;
        self.full = self.together.is_full();
    }

    /// The memory as the console and the metrics show it.
    pub(crate) fn object(&self) -> Value {
        let parts: serde_json::Map<String, Value> =
            self.parts().map(|(name, bytes)| (name.to_owned(), bytes.into())).collect();
        let max = (self.max() < u64::MAX).then_some(self.max());
        let all = self.together.bytes.load(Ordering::Relaxed);
        json!({
            "bytes": self.total(), "bytesOfAllWorlds": all, "bytesMax": max, "full": self.full, "parts": parts,
        })
    }
}

impl Drop for MemoryRoom {
    fn drop(&mut self) {
        // A world's part is given back with it, or deleted worlds would leave the others without room for
        // ever.
        self.together.bytes.fetch_sub(self.share, Ordering::Relaxed);
        self.together.worlds.fetch_sub(1, Ordering::Relaxed);
    }
}
