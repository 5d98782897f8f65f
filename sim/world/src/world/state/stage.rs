//! How far the script has come: streams, regulars, groups that members stay away from.

use std::ops::Range;

use claque_engine::Actor;
use claque_scenario::MessageStream;

use crate::world::events::index;

/// A stream in the middle of its course.
#[derive(Clone, Debug)]
pub(crate) struct StreamState {
    pub(crate) stream: MessageStream,
    pub(crate) group: u32,
    pub(crate) actor: Actor,
    pub(crate) position: u32,
    pub(crate) sent: u64,
    pub(crate) began: u64,
}

/// The script's own state.
#[derive(Debug, Default)]
pub(crate) struct Stage {
    /// By group: the audience that comes for it, by user number.
    pub(crate) regulars: Vec<Vec<Range<u32>>>,
    /// By group: whether its members stay away.
    pub(crate) shunned: Vec<bool>,
    pub(crate) streams: Vec<StreamState>,
    pub(crate) chat_next: usize,
}

impl Stage {
    /// Whether members stay away from a group until it is reopened.
    pub(crate) fn is_shunned(&self, group: u32) -> bool {
        self.shunned.get(index(group)).copied().unwrap_or(false)
    }

    /// The n-th of those who come for a group, counted around.
    pub(crate) fn regular(&self, group: u32, nth: u64) -> Option<u32> {
        let ranges = self.regulars.get(index(group))?;
        let all: u64 = ranges.iter().map(|range| u64::from(range.end - range.start)).sum();
        let mut nth = u32::try_from(nth.checked_rem(all)?).ok()?;
        for range in ranges {
            if nth < range.end - range.start {
                return Some(range.start + nth);
            }
            nth -= range.end - range.start;
        }
        None
    }

    pub(crate) fn regulars_count(&self, group: u32) -> u64 {
        let ranges = self.regulars.get(index(group)).map(Vec::as_slice).unwrap_or_default();
        ranges.iter().map(|range| u64::from(range.end - range.start)).sum()
    }
}
