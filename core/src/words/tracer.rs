//! Who watches which rule decided.

use alloc::vec::Vec;
use core::panic::Location;

use crate::words::rule::Rule;

/// Receives every deciding line. Must not change what the service does.
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

/// Counts how often each rule decided, and remembers the first line that did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HitCounts {
    counts: Vec<u64>,
    lines: Vec<Option<&'static Location<'static>>>,
}

impl HitCounts {
    /// How often a rule decided.
    #[must_use]
    pub fn of(&self, rule: Rule) -> u64 {
        self.counts[rule.index()]
    }

    /// File and line of the first decision under a rule; none while it has not decided, or was counted from outside.
    #[must_use]
    pub fn deciding_line(&self, rule: Rule) -> Option<(&'static str, u32)> {
        self.lines[rule.index()].map(|line| (line.file(), line.line()))
    }

    /// Every rule that decided, in the order of [`Rule::ALL`], with its count.
    pub fn iter(&self) -> impl Iterator<Item = (Rule, u64)> + '_ {
        Rule::ALL.iter().map(|rule| (*rule, self.of(*rule))).filter(|(_, count)| *count > 0)
    }

    /// Copies the counts, for [`HitCounts::risen`]; the memory of earlier ones is used again.
    pub fn copy_counts(&self, counts: &mut Vec<u64>) {
        counts.clear();
        counts.extend_from_slice(&self.counts);
    }

    /// The rules that decided since their counts were copied, in the order of [`Rule::ALL`].
    pub fn risen<'a>(&'a self, counts: &'a [u64]) -> impl Iterator<Item = Rule> + 'a {
        // Some at a time: of hundreds of rules a handful decides a call, and whoever logs calls asks at each.
        const TOGETHER: usize = 16;
        let parts = self.counts.chunks(TOGETHER).zip(counts.chunks(TOGETHER)).zip(Rule::ALL.chunks(TOGETHER));
        let parts = parts.filter(|((now, before), _)| now != before);
        parts.flat_map(|((now, before), rules)| {
            let both = now.iter().zip(before).zip(rules);
            both.filter(|((now, before), _)| now > before).map(|(_, rule)| *rule)
        })
    }

    /// Adds the counts of another run.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        for (mine, theirs) in self.lines.iter_mut().zip(&other.lines) {
            *mine = mine.or(*theirs);
        }
    }
}

impl Default for HitCounts {
    fn default() -> Self {
        Self { counts: alloc::vec![0; Rule::COUNT], lines: alloc::vec![None; Rule::COUNT] }
    }
}

impl Tracer for HitCounts {
    #[inline]
    #[track_caller]
    fn hit(&mut self, rule: Rule) {
        let count = &mut self.counts[rule.index()];
        if *count == 0 {
            self.lines[rule.index()] = Some(Location::caller());
        }
        *count += 1;
    }
}
