//! The counters of a group's message types.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct TypeCounter {
    kind: i64,
    total: u64,
}

/// A counter for each message type that a group has seen, in the order in which it saw them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct TypeCounters(Vec<TypeCounter>);

impl TypeCounters {
    /// The memory of a counter. Unit: bytes.
    pub(crate) const ENTRY_BYTES: u64 = size_of::<TypeCounter>() as u64;

    /// How many types were seen.
    #[inline]
    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether a type was seen.
    #[inline]
    pub(crate) fn knows(&self, kind: i64) -> bool {
        self.0.iter().any(|counter| counter.kind == kind)
    }

    /// The types and their totals.
    #[inline]
    pub(crate) fn iter(&self) -> impl Iterator<Item = (i64, u64)> + '_ {
        self.0.iter().map(|counter| (counter.kind, counter.total))
    }

    /// The types and their totals, without so many of the first. Here in one piece, since each join asks for them: collected from
    /// [`TypeCounters::iter`] the list costs a join forty instructions more.
    #[inline]
    pub(crate) fn totals_after(&self, skipped: usize) -> Vec<(i64, u64)> {
        self.0.iter().skip(skipped).map(|counter| (counter.kind, counter.total)).collect()
    }

    /// Adds to the counter of a type, which stops at a bound; gives the total as it would be without the bound.
    #[inline]
    pub(crate) fn add(&mut self, kind: i64, increase: i64, bound: u64) -> u64 {
        // A list in the order of first appearance, which is what the answers show; thirty at most, so that nothing is
        // gained by a map.
        let at = self.0.iter().position(|counter| counter.kind == kind).unwrap_or_else(|| {
            self.0.push(TypeCounter { kind, total: 0 });
            self.0.len() - 1
        });
        let counter = &mut self.0[at];
        // Saturating and then bounded: clients hold totals in signed 64 bits, and a total that wraps round would be
        // smaller than one already shown.
        let total = counter.total.saturating_add_signed(increase);
        counter.total = total.min(bound);
        total
    }

    /// One value of the list's memory, for prefetching.
    pub(crate) fn touch(&self) -> u64 {
        self.0.first().map_or(0, |counter| counter.total)
    }

    /// Sets the counter of a type, where a mutant has it so.
    pub(crate) fn set_by_mutant(&mut self, kind: i64, total: u64) {
        if let Some(counter) = self.0.iter_mut().find(|counter| counter.kind == kind) {
            counter.total = total;
        }
    }

    /// Forgets all types but the first, where a mutant has it so.
    pub(crate) fn keep_first_by_mutant(&mut self) {
        self.0.truncate(1);
    }
}
