//! Names in the order in which they came, each once: who is muted, and who is excepted.
//!
//! A group may mute everybody it has ever seen, one call after the other, and the notice of a change holds the whole
//! list. So a list is shared, not copied: it is a tree whose nodes are copied only where somebody still holds the list as it
//! was. Adding, removing and looking up touch O(log n) of it, however many hold an older one.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::hash::{BuildHasher, Hash, Hasher};

use foldhash::quality::FixedState;
use hashbrown::HashTable;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Children of a node, as a power of two.
const WIDTH_BITS: u32 = 5;
const WIDTH: usize = 1 << WIDTH_BITS;

/// Places of removed names that a list keeps besides as many as it has names.
const HOLES_MIN: u32 = 32;

/// A node of the tree. Only the last of each level is not full.
enum Node {
    Leaf(Vec<Option<Arc<str>>>),
    Branch(Vec<Arc<Self>>),
}

/// A copy that has the room of the original: what grows on must not grow by doubling anew.
fn copied<T: Clone>(list: &Vec<T>) -> Vec<T> {
    // `clone` would give it no spare room, and the next name would copy it a second time.
    let mut copy = Vec::with_capacity(list.capacity());
    copy.extend_from_slice(list);
    copy
}

/// Appends, with room for 4, 8, 16 or all.
fn append<T>(list: &mut Vec<T>, item: T) {
    if list.len() == list.capacity() {
        // By doubling up to a full node of 32 and no further: a list of three mutes stays small, and no node is larger
        // than it may get.
        list.reserve_exact(list.len().max(4));
    }
    list.push(item);
}

impl Clone for Node {
    fn clone(&self) -> Self {
        match self {
            Self::Leaf(names) => Self::Leaf(copied(names)),
            Self::Branch(children) => Self::Branch(copied(children)),
        }
    }
}

/// The child of a node at `height` that place `at` lies in.
const fn child(at: u32, height: u32) -> usize {
    (at >> (height * WIDTH_BITS)) as usize % WIDTH
}

impl Node {
    /// A node of a height that holds one name only.
    fn single(height: u32, name: Arc<str>) -> Self {
        if height == 0 {
            let mut names = Vec::new();
            append(&mut names, Some(name));
            return Self::Leaf(names);
        }
        let mut children = Vec::new();
        append(&mut children, Arc::new(Self::single(height - 1, name)));
        Self::Branch(children)
    }

    fn push(&mut self, height: u32, at: u32, name: Arc<str>) {
        match self {
            Self::Leaf(names) => append(names, Some(name)),
            Self::Branch(children) => match children.get_mut(child(at, height)) {
                Some(below) => Arc::make_mut(below).push(height - 1, at, name),
                None => append(children, Arc::new(Self::single(height - 1, name))),
            },
        }
    }

    fn take(&mut self, height: u32, at: u32) {
        match self {
            // A hole and no removal: positions are what the index knows, and must not shift.
            Self::Leaf(names) => names[child(at, 0)] = None,
            Self::Branch(children) => {
                Arc::make_mut(&mut children[child(at, height)]).take(height - 1, at);
            }
        }
    }

    fn get(&self, height: u32, at: u32) -> Option<&Arc<str>> {
        match self {
            Self::Leaf(names) => names[child(at, 0)].as_ref(),
            Self::Branch(children) => children[child(at, height)].get(height - 1, at),
        }
    }
}

/// Names in order, as they were at a moment. A copy takes O(1).
#[derive(Clone, Default)]
pub struct NameList {
    root: Option<Arc<Node>>,
    height: u32,
    /// Places, those of removed names included.
    places: u32,
    names: u32,
}

impl NameList {
    /// How many names there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.names as usize
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.names == 0
    }

    /// The names, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<str>> {
        (0..self.places).filter_map(|at| self.get(at))
    }

    fn get(&self, at: u32) -> Option<&Arc<str>> {
        self.root.as_ref()?.get(self.height, at)
    }

    /// Appends a name; returns its place.
    fn push(&mut self, name: Arc<str>) -> u32 {
        let at = self.places;
        self.places = at.checked_add(1).expect("fewer than 2^32 names");
        self.names += 1;
        match &mut self.root {
            None => self.root = Some(Arc::new(Node::single(0, name))),
            // In 64 bits: at full height the shift would be as wide as the position itself.
            Some(root) if u64::from(at) >> ((self.height + 1) * WIDTH_BITS) == 0 => {
                Arc::make_mut(root).push(self.height, at, name);
            }
            Some(root) => {
                let mut children = Vec::new();
                append(&mut children, Arc::clone(root));
                append(&mut children, Arc::new(Node::single(self.height, name)));
                *root = Arc::new(Node::Branch(children));
                self.height += 1;
            }
        }
        at
    }

    fn take(&mut self, at: u32) {
        if let Some(root) = &mut self.root {
            Arc::make_mut(root).take(self.height, at);
            self.names -= 1;
        }
    }
}

impl fmt::Debug for NameList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl PartialEq for NameList {
    fn eq(&self, other: &Self) -> bool {
        self.names == other.names && self.iter().eq(other.iter())
    }
}

impl Eq for NameList {}

impl Hash for NameList {
    /// As the same names in a `Vec`.
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.len());
        self.iter().for_each(|name| name.hash(state));
    }
}

impl Serialize for NameList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let names: Vec<&Arc<str>> = self.iter().collect();
        names.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for NameList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut list = Self::default();
        for name in Vec::<Arc<str>>::deserialize(deserializer)? {
            list.push(name);
        }
        Ok(list)
    }
}

/// A [`NameList`] that each name is in once.
#[derive(Clone, Default)]
pub(crate) struct Roll {
    list: NameList,
    /// Places of the names.
    index: HashTable<u32>,
}

fn key(name: &str) -> u64 {
    FixedState::with_seed(0).hash_one(name)
}

impl Roll {
    /// The names of this moment.
    pub(crate) const fn list(&self) -> &NameList {
        &self.list
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.find(name, || ()).is_some()
    }

    /// The place of a name; `looked` is called for each that it is compared with.
    fn find(&self, name: &str, mut looked: impl FnMut()) -> Option<u32> {
        // The hash alone may agree by chance.
        let same = |at: &u32| {
            looked();
            self.list.get(*at).is_some_and(|other| **other == *name)
        };
        self.index.find(key(name), same).copied()
    }

    /// Adds a name; false when it is there already. Amortised O(log n).
    pub(crate) fn add(&mut self, name: Arc<str>) -> bool {
        if self.contains(&name) {
            return false;
        }
        let hash = key(&name);
        let at = self.list.push(name);
        let list = &self.list;
        self.index.insert_unique(hash, at, |at| list.get(*at).map_or(0, |name| key(name)));
        debug_assert!(self.index.len() == self.list.len(), "each name has one place");
        true
    }

    /// Takes a name out; false when it is not there. Amortised O(log n).
    pub(crate) fn remove(&mut self, name: &str) -> bool {
        let list = &self.list;
        let same = |at: &u32| list.get(*at).is_some_and(|other| **other == *name);
        let Ok(found) = self.index.find_entry(key(name), same) else { return false };
        let (at, _) = found.remove();
        self.list.take(at);
        // Made anew once most of it is holes: each name is moved at most once for each that was removed, which is O(1)
        // on average.
        if self.list.places - self.list.names > HOLES_MIN + self.list.names {
            *self = self.list.iter().cloned().collect();
        }
        debug_assert!(self.index.len() == self.list.len(), "each name has one place");
        true
    }

    /// Whether it consists of just these names, in this order.
    pub(crate) fn is(&self, names: &[Arc<str>]) -> bool {
        self.list.len() == names.len() && self.list.iter().eq(names)
    }
}

impl FromIterator<Arc<str>> for Roll {
    fn from_iter<I: IntoIterator<Item = Arc<str>>>(names: I) -> Self {
        let mut roll = Self::default();
        for name in names {
            roll.add(name);
        }
        roll
    }
}

impl fmt::Debug for Roll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.list.fmt(f)
    }
}

impl PartialEq for Roll {
    fn eq(&self, other: &Self) -> bool {
        self.list == other.list
    }
}

impl Eq for Roll {}

impl Hash for Roll {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.list.hash(state);
    }
}

impl Serialize for Roll {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.list.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Roll {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<Arc<str>>::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    fn name(number: u32) -> Arc<str> {
        format!("viewer-{number}").into()
    }

    /// The addresses of all nodes.
    fn nodes(node: &Arc<Node>, found: &mut Vec<usize>) {
        found.push(Arc::as_ptr(node) as usize);
        if let Node::Branch(children) = &**node {
            children.iter().for_each(|child| nodes(child, found));
        }
    }

    fn nodes_of(list: &NameList) -> Vec<usize> {
        let mut found = Vec::new();
        list.root.iter().for_each(|root| nodes(root, &mut found));
        found.sort_unstable();
        found
    }

    /// Nodes of `list` that are not those of `held`.
    fn copied_since(list: &NameList, held: &NameList) -> usize {
        let held = nodes_of(held);
        nodes_of(list).iter().filter(|node| held.binary_search(node).is_err()).count()
    }

    #[test]
    fn one_more_of_many_copies_a_path_and_compares_with_few() {
        const NAMES: u32 = 120_000;
        let mut roll = Roll::default();
        let mut compared = 0;
        for number in 0..NAMES {
            let held = roll.list().clone();
            assert!(roll.find(&name(number), || compared += 1).is_none() && roll.add(name(number)));
            assert!(roll.find(&name(number), || compared += 1).is_some());
            if number % 997 == 0 {
                let copied = copied_since(roll.list(), &held);
                assert!(copied <= 8, "{number}: {copied} nodes of the list are new");
            }
        }
        // One for the name itself, and seldom one whose short hash is alike by chance.
        assert!(compared <= 2 * NAMES, "{compared} comparisons for two look-ups of each name");
        for number in (0..NAMES).step_by(7) {
            let held = roll.list().clone();
            assert!(roll.remove(&name(number)) && !roll.contains(&name(number)));
            if number % 997 == 0 {
                let copied = copied_since(roll.list(), &held);
                assert!(copied <= 8, "{number}: {copied} nodes of the list are new");
            }
        }
    }

    #[test]
    fn it_does_what_a_plain_list_does() {
        let mut roll = Roll::default();
        let mut plain: Vec<Arc<str>> = Vec::new();
        let mut held = Vec::new();
        let mut state = 7u32;
        for step in 0..20_000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // It grows in the first half and shrinks in the second, so that holes are closed.
            let adds = (state >> 8) % 10 < if step < 10_000 { 7 } else { 2 };
            let which = name((state >> 12) % 3_000);
            if adds {
                let new = !plain.contains(&which);
                if new {
                    plain.push(Arc::clone(&which));
                }
                assert_eq!(roll.add(which), new);
            } else {
                let before = plain.len();
                plain.retain(|other| *other != which);
                assert_eq!(roll.remove(&which), plain.len() < before);
            }
            if step % 500 == 0 {
                assert!(roll.is(&plain), "step {step}");
                held.push((roll.list().clone(), plain.clone()));
            }
        }
        assert!(
            held.iter().all(|(list, plain)| list.iter().eq(plain)),
            "who holds a list keeps it as it was"
        );
        assert!(roll.list.places <= 2 * roll.list.names + HOLES_MIN + 1);
        let bytes = postcard::to_allocvec(&roll).expect("it can be written");
        assert_eq!(
            bytes,
            postcard::to_allocvec(&plain).expect("it can be written"),
            "the format is a list's"
        );
        assert_eq!(postcard::from_bytes::<Roll>(&bytes).expect("it can be read"), roll);
        let hasher = FixedState::with_seed(1);
        assert_eq!(hasher.hash_one(&roll), hasher.hash_one(&plain), "digests stay what they were");
    }
}
