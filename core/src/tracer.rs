//! Who watches which rule decided.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::panic::Location;

use crate::rule::Rule;

/// Told at every deciding line. Must not change what the service does.
pub trait Tracer {
    /// The rule has decided something, at the caller's line.
    #[track_caller]
    fn hit(&mut self, rule: Rule);
}

/// Watches nothing, and compiles to nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTrace;

impl Tracer for NoTrace {
    #[inline(always)]
    fn hit(&mut self, _rule: Rule) {}
}

/// Counts how often each rule decided, by [`Rule`] index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HitCounts(Vec<u64>);

impl HitCounts {
    /// How often a rule decided.
    #[must_use]
    pub fn of(&self, rule: Rule) -> u64 {
        self.0[rule.index()]
    }

    /// Every rule that decided, in the order of [`Rule::ALL`], with its count.
    pub fn iter(&self) -> impl Iterator<Item = (Rule, u64)> + '_ {
        Rule::ALL.iter().map(|rule| (*rule, self.of(*rule))).filter(|(_, count)| *count > 0)
    }

    /// Adds the counts of another run.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine += theirs;
        }
    }

    /// Forgets all counts.
    pub fn clear(&mut self) {
        self.0.fill(0);
    }
}

impl Default for HitCounts {
    fn default() -> Self {
        Self(alloc::vec![0; Rule::ALL.len()])
    }
}

impl Tracer for HitCounts {
    #[inline]
    fn hit(&mut self, rule: Rule) {
        self.0[rule.index()] += 1;
    }
}

/// Remembers at which lines each rule decided.
#[derive(Clone, Debug)]
pub struct DecidingLines(Vec<BTreeSet<(&'static str, u32)>>);

impl DecidingLines {
    /// The file and line of every place where a rule decided so far.
    pub fn of(&self, rule: Rule) -> impl Iterator<Item = (&'static str, u32)> + '_ {
        self.0[rule.index()].iter().copied()
    }
}

impl Default for DecidingLines {
    fn default() -> Self {
        Self(alloc::vec![BTreeSet::new(); Rule::COUNT])
    }
}

impl Tracer for DecidingLines {
    #[track_caller]
    fn hit(&mut self, rule: Rule) {
        let line = Location::caller();
        self.0[rule.index()].insert((line.file(), line.line()));
    }
}

/// Two watchers at once.
impl<A: Tracer, B: Tracer> Tracer for (A, B) {
    #[inline]
    #[track_caller]
    fn hit(&mut self, rule: Rule) {
        self.0.hit(rule);
        self.1.hit(rule);
    }
}
