//! Names, interned once: a scope (application or account) and a text give a dense index.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::hash::{BuildHasher, Hash, Hasher};

use foldhash::quality::FixedState;
use hashbrown::HashTable;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An append-only table of (scope, name), in order of first appearance.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameTable {
    entries: Vec<(u32, Arc<str>)>,
    index: HashTable<u32>,
}

fn key(scope: u32, name: &str) -> u64 {
    FixedState::with_seed(0).hash_one((scope, name))
}

impl NameTable {
    /// The index of a name; none when it was never interned.
    pub(crate) fn find(&self, scope: u32, name: &str) -> Option<u32> {
        self.find_where(scope, name, |at| {
            let (its_scope, its_name) = &self.entries[at as usize];
            *its_scope == scope && &**its_name == name
        })
    }

    /// The same, where the caller tells whether an index has that scope and name: from memory that is needed anyway.
    pub(super) fn find_where(&self, scope: u32, name: &str, same: impl Fn(u32) -> bool) -> Option<u32> {
        // Scope and name under one hash: the same name in two applications is two entries.
        self.index.find(key(scope, name), |at| same(*at)).copied()
    }

    /// The index of a name, which is added when it is new.
    pub(crate) fn intern(&mut self, scope: u32, name: &str) -> u32 {
        if let Some(at) = self.find(scope, name) {
            return at;
        }
        // Indices are never reused, so that one that was handed out stays true for ever.
        let at = u32::try_from(self.entries.len()).expect("fewer than 2^32 names");
        self.entries.push((scope, name.into()));
        self.insert_index(at);
        debug_assert!(self.index.len() == self.entries.len(), "each name stands in the index once");
        at
    }

    /// The name at an index.
    pub(crate) fn name(&self, at: u32) -> &Arc<str> {
        &self.entries[at as usize].1
    }

    /// How many names there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    fn insert_index(&mut self, at: u32) {
        let entries = &self.entries;
        let rehash = |at: &u32| {
            let (scope, name) = &entries[*at as usize];
            key(*scope, name)
        };
        let hash = rehash(&at);
        self.index.insert_unique(hash, at, rehash);
    }
}

impl Hash for NameTable {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.entries.hash(state);
    }
}

impl Serialize for NameTable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.entries.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for NameTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries = Vec::<(u32, Arc<str>)>::deserialize(deserializer)?;
        let mut table = Self::default();
        for (scope, name) in entries {
            // The index is not written: it follows from the entries, and a state must have one form.
            table.intern(scope, &name);
        }
        Ok(table)
    }
}
