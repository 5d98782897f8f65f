//! A long list whose copy is cheap.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use core::hash::{Hash, Hasher};
use core::mem;
use core::ops::Range;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The most values in a block: so many are copied by the first change to a block that a copy of the list shares.
const BLOCK: usize = 128;

/// A queue in blocks that its copies share until one of them changes.
///
/// A copy of a service, such as the one that a snapshot is written from, takes one step for each block and not for each
/// message.
#[derive(Clone, Debug)]
pub(crate) struct Blocks<T> {
    /// The older values; no block is empty.
    full: VecDeque<Arc<VecDeque<T>>>,
    // Not shared: a send adds here, and would else ask each time whether a copy holds the block too.
    newest: VecDeque<T>,
}

/// A place in a list, valid until the list changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    block: usize,
    at: usize,
}

impl Place {
    /// The place of the first value.
    pub(crate) const START: Self = Self { block: 0, at: 0 };
}

impl<T: Clone> Blocks<T> {
    /// Adds a value behind all others.
    #[inline]
    pub(crate) fn push_back(&mut self, value: T) {
        if self.newest.len() == BLOCK {
            // At its full size from the start: a block that grew by and by would be moved six times.
            let full = mem::replace(&mut self.newest, VecDeque::with_capacity(BLOCK));
            self.full.push_back(Arc::new(full));
        }
        self.newest.push_back(value);
    }

    /// Takes the first value out, if it is one of those.
    pub(crate) fn pop_front_if(&mut self, goes: impl FnOnce(&T) -> bool) -> Option<T> {
        let Some(block) = self.full.front_mut() else { return self.newest.pop_front_if(|value| goes(value)) };
        // Asked before the block is taken: most calls find nothing to take, and must not copy a shared block for it.
        if !block.front().is_some_and(goes) {
            return None;
        }
        self.remove(Place::START)
    }

    /// Takes a value out.
    pub(crate) fn remove(&mut self, place: Place) -> Option<T> {
        let Some(block) = self.full.get_mut(place.block) else { return self.newest.remove(place.at) };
        let own = Arc::make_mut(block);
        let value = own.remove(place.at);
        if own.is_empty() {
            self.full.remove(place.block);
        }
        value
    }

    /// Gives back the memory that no value needs.
    pub(crate) fn shrink_to_fit(&mut self) {
        self.full.shrink_to_fit();
        self.newest.shrink_to_fit();
    }
}

impl<T> Blocks<T> {
    /// An empty list.
    pub(crate) const fn new() -> Self {
        Self { full: VecDeque::new(), newest: VecDeque::new() }
    }

    /// How many values there are. O(blocks).
    pub(crate) fn len(&self) -> usize {
        self.full.iter().map(|block| block.len()).sum::<usize>() + self.newest.len()
    }

    /// The first value.
    pub(crate) fn front(&self) -> Option<&T> {
        self.block(0).front()
    }

    /// All values in their order.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + Clone {
        self.full.iter().flat_map(|block| block.iter()).chain(&self.newest)
    }

    /// The place behind the last value.
    pub(crate) fn end(&self) -> Place {
        Place { block: self.full.len(), at: self.newest.len() }
    }

    /// The value at a place.
    pub(crate) fn get(&self, place: Place) -> Option<&T> {
        self.block(place.block).get(place.at)
    }

    /// The value in front of a place.
    pub(crate) fn before(&self, place: Place) -> Option<&T> {
        match place.at.checked_sub(1) {
            Some(at) => self.block(place.block).get(at),
            None => self.full.get(place.block.checked_sub(1)?)?.back(),
        }
    }

    /// The place of the first value that is not one of those, which all stand in front of the others. O(log n).
    pub(crate) fn partition_point(&self, mut within: impl FnMut(&T) -> bool) -> Place {
        let block = self.full.partition_point(|block| block.back().is_some_and(&mut within));
        Place { block, at: self.block(block).partition_point(within) }
    }

    /// The place of the value with a key, by which the list is sorted. O(log n).
    pub(crate) fn find_by_key<K: Ord>(&self, key: &K, mut of: impl FnMut(&T) -> K) -> Option<Place> {
        let place = self.partition_point(|value| of(value) < *key);
        self.get(place).filter(|value| of(value) == *key).map(|_| place)
    }

    /// The values between two places.
    pub(crate) fn range(&self, range: Range<Place>) -> impl DoubleEndedIterator<Item = &T> {
        let Range { start, end } = range;
        (start.block..=end.block).flat_map(move |number| {
            let block = self.block(number);
            let from = if number == start.block { start.at } else { 0 };
            let to = if number == end.block { end.at } else { block.len() };
            block.range(from..to)
        })
    }

    /// A block by its number; the newest stands behind all full ones.
    fn block(&self, number: usize) -> &VecDeque<T> {
        self.full.get(number).map_or(&self.newest, |block| block)
    }
}

impl<T> Default for Blocks<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// By its values alone: where blocks begin follows from the past, and equal states have equal hashes.
impl<T: Hash> Hash for Blocks<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.len());
        self.iter().for_each(|value| value.hash(state));
    }
}

impl<T: Serialize> Serialize for Blocks<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeSeq;
        let mut values = serializer.serialize_seq(Some(self.len()))?;
        self.iter().try_for_each(|value| values.serialize_element(value))?;
        values.end()
    }
}

impl<'de, T: Clone + Deserialize<'de>> Deserialize<'de> for Blocks<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(VecDeque::deserialize(deserializer)?.into_iter().collect())
    }
}

impl<T: Clone> FromIterator<T> for Blocks<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut list = Self::new();
        values.into_iter().for_each(|value| list.push_back(value));
        list
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// What a list can be asked to do; numbers say where, as a share of the length.
    #[derive(Clone, Debug)]
    enum Act {
        Push(u16),
        PopFront,
        Remove(u16),
        Copy,
    }

    fn act() -> impl Strategy<Value = Act> {
        prop_oneof![
            6 => (1..400_u16).prop_map(Act::Push),
            2 => Just(Act::PopFront),
            2 => any::<u16>().prop_map(Act::Remove),
            1 => Just(Act::Copy),
        ]
    }

    fn hash(value: &impl Hash) -> u64 {
        use core::hash::BuildHasher;
        foldhash::quality::FixedState::with_seed(0).hash_one(value)
    }

    /// The list beside the queue of the standard library: every answer is the same.
    fn same(list: &Blocks<u32>, model: &VecDeque<u32>) {
        assert!(list.iter().eq(model.iter()) && list.iter().rev().eq(model.iter().rev()));
        assert_eq!((list.len(), list.front()), (model.len(), model.front()));
        assert_eq!(hash(list), hash(model), "states hash as before there were blocks");
        let places: Vec<u32> = model.iter().step_by(61).copied().chain([0, u32::MAX]).collect();
        for low in &places {
            let (place, at) =
                (list.partition_point(|value| value < low), model.partition_point(|value| value < low));
            assert_eq!((list.get(place), list.before(place)), (model.get(at), model.range(..at).next_back()));
            assert_eq!(list.find_by_key(low, |value| *value).is_some(), model.binary_search(low).is_ok());
            for high in &places {
                let (end, to) = (
                    list.partition_point(|value| value <= high),
                    model.partition_point(|value| value <= high),
                );
                let (found, wanted) = (list.range(place..end.max(place)), model.range(at..to.max(at)));
                assert!(found.eq(wanted), "{low}..={high}");
                let (found, wanted) = (list.range(place..end.max(place)), model.range(at..to.max(at)));
                assert!(found.rev().eq(wanted.rev()), "{low}..={high}, backwards");
            }
        }
    }

    proptest! {
        #[test]
        fn a_list_in_blocks_is_a_queue_and_its_copies_stay_as_they_were(acts in vec(act(), 1..24)) {
            let (mut list, mut model, mut next) = (Blocks::new(), VecDeque::new(), 0_u32);
            let mut copies = Vec::new();
            for act in acts {
                match act {
                    Act::Push(amount) => for _ in 0..amount {
                        next += 3;
                        list.push_back(next);
                        model.push_back(next);
                    },
                    Act::PopFront => {
                        assert_eq!(list.pop_front_if(|value| value % 2 == 1), model.pop_front_if(|value| *value % 2 == 1));
                        assert_eq!(list.pop_front_if(|_| true), model.pop_front());
                    }
                    Act::Remove(share) if !model.is_empty() => {
                        let at = usize::from(share) * model.len() / (usize::from(u16::MAX) + 1);
                        let place = list.find_by_key(&model[at], |value| *value).expect("it is in the list");
                        assert_eq!(list.remove(place), model.remove(at));
                    }
                    Act::Remove(_) => {}
                    Act::Copy => copies.push((list.clone(), model.clone())),
                }
            }
            list.shrink_to_fit();
            same(&list, &model);
            copies.iter().for_each(|(list, model)| same(list, model));
        }
    }
}
