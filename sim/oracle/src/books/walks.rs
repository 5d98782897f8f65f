//! Lists that are walked through page by page: where each token that was given goes on.

use std::collections::{BTreeMap, VecDeque};

/// Tokens that are remembered of one kind of list, the newest. A walk is a matter of seconds, and a token that is older is
/// one that the model saw nobody given: its page is judged by what does not depend on where it begins.
const WALKS_MAX: usize = 10_000;

/// Where tokens go on.
#[derive(Clone, Debug)]
pub(crate) struct Walks<K> {
    places: BTreeMap<K, u64>,
    /// The tokens, the oldest first.
    given: VecDeque<K>,
}

impl<K> Default for Walks<K> {
    fn default() -> Self {
        Self { places: BTreeMap::new(), given: VecDeque::new() }
    }
}

impl<K: Copy + Ord> Walks<K> {
    /// The place that a token stands for, if it is remembered.
    pub(crate) fn place(&self, token: K) -> Option<u64> {
        self.places.get(&token).copied()
    }

    /// A token was given that goes on behind a place.
    pub(crate) fn note(&mut self, token: K, place: u64) {
        if self.places.insert(token, place).is_none() {
            self.given.push_back(token);
        }
        // Bounded, because a run may last for days and list with every tick.
        if self.given.len() > WALKS_MAX
            && let Some(oldest) = self.given.pop_front()
        {
            self.places.remove(&oldest);
        }
        debug_assert!(self.places.len() == self.given.len(), "each token is remembered in both");
    }
}

#[cfg(test)]
mod tests {
    use super::{WALKS_MAX, Walks};

    #[test]
    fn the_newest_tokens_are_remembered_and_no_more_than_the_bound() {
        let mut walks = Walks::default();
        for token in 0..=WALKS_MAX {
            walks.note(token, 7);
        }
        walks.note(WALKS_MAX, 8);
        assert_eq!(walks.place(0), None, "the oldest gives way");
        assert_eq!((walks.place(1), walks.place(WALKS_MAX)), (Some(7), Some(8)), "the newest place holds");
        assert_eq!(walks.places.len(), WALKS_MAX);
    }
}
