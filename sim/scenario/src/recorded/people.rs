//! One person is one user: by the platform's number where there is one, and by the name where it is missing or masked.

use std::collections::BTreeMap;

use super::reading::{Found, Person};

/// The name of a person of whom nothing is known.
const UNKNOWN: &str = "(unknown)";

/// Numbers for people, by first appearance.
#[derive(Debug, Default)]
pub(super) struct ChatPeople {
    /// By name, the one number that goes with it; none where it goes with several.
    numbered: BTreeMap<String, Option<String>>,
    /// The same of hashes, which recorders give for some messages of a person and not for others.
    hashed: BTreeMap<String, Option<String>>,
    known: BTreeMap<String, u32>,
    names: Vec<String>,
    /// Messages without anything that shows whose they are.
    unknown: u64,
}

impl ChatPeople {
    /// Learns which names go with which numbers.
    pub(super) fn learn(found: &[Found<'_>]) -> Self {
        let mut people = Self::default();
        for Found { who, .. } in found {
            // Names whose middle is hidden are shared.
            let Some(name) = who.name.as_deref().filter(|name| !name.contains('*')) else { continue };
            if let Some(uid) = &who.uid {
                learn(&mut people.numbered, name, uid);
            }
            if let Some(hash) = &who.hash {
                learn(&mut people.hashed, name, hash);
            }
        }
        people
    }

    /// The number of a person.
    pub(super) fn number(&mut self, who: &Person<'_>) -> u32 {
        let by_name = |known: &BTreeMap<String, Option<String>>| known.get(who.name.as_deref()?)?.clone();
        // A number outranks a hash, even one that only the name leads to: hashes are given for some messages of a
        // person and not for others.
        let id = who
            .uid
            .as_deref()
            .map(str::to_owned)
            .or_else(|| by_name(&self.numbered))
            .or_else(|| who.hash.as_deref().map(str::to_owned))
            .or_else(|| by_name(&self.hashed));
        self.unknown += u64::from(id.is_none() && who.name.is_none());
        // Marked, because somebody may be called by the digits that are somebody else's number.
        let key = match (&id, &who.name) {
            (Some(id), _) => format!("#{id}"),
            (None, Some(name)) => format!("@{name}"),
            (None, None) => String::new(),
        };
        let next = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        *self.known.entry(key).or_insert_with(|| {
            let called = who.name.as_deref().map(str::to_owned).or(id);
            self.names.push(called.unwrap_or_else(|| UNKNOWN.to_owned()));
            next
        })
    }

    /// The number of messages without anything that shows whose they are.
    pub(super) const fn unknown(&self) -> u64 {
        self.unknown
    }

    pub(super) fn into_names(self) -> Vec<String> {
        self.names
    }
}

/// Learns that a name goes with a number, unless it goes with another one, too.
fn learn(known: &mut BTreeMap<String, Option<String>>, name: &str, id: &str) {
    match known.get_mut(name) {
        None => {
            known.insert(name.to_owned(), Some(id.to_owned()));
        }
        // For good: a name that two people have had tells neither of them.
        Some(one) if one.as_deref() != Some(id) => *one = None,
        Some(_) => {}
    }
}
