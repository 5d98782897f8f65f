//! One person is one user: by the platform's number where there is one, and by the name where it is missing or masked.

use std::collections::BTreeMap;

use super::reading::{Found, Person};

/// What somebody is called of whom nothing is known.
const UNKNOWN: &str = "(unknown)";

/// Numbers for people, by first appearance.
#[derive(Debug, Default)]
pub(super) struct People {
    /// By name, the one number that goes with it; none where it goes with several.
    numbered: BTreeMap<String, Option<String>>,
    known: BTreeMap<String, u32>,
    names: Vec<String>,
}

impl People {
    /// Learns which names go with which numbers.
    pub(super) fn learn(found: &[Found<'_>]) -> Self {
        let mut numbered: BTreeMap<String, Option<String>> = BTreeMap::new();
        for Found { who, .. } in found {
            let (Some(uid), Some(name)) = (&who.uid, &who.name) else { continue };
            // Names whose middle is hidden are shared.
            if name.contains('*') {
                continue;
            }
            match numbered.get_mut(name.as_ref()) {
                None => {
                    numbered.insert(name.to_string(), Some(uid.to_string()));
                }
                Some(one) if one.as_deref() != Some(uid) => *one = None,
                Some(_) => {}
            }
        }
        Self { numbered, ..Self::default() }
    }

    /// The number of a person.
    pub(super) fn number(&mut self, who: &Person<'_>) -> u32 {
        let by_name = || who.name.as_deref().and_then(|name| self.numbered.get(name)?.clone());
        let id = who
            .uid
            .as_deref()
            .map(str::to_owned)
            .or_else(by_name)
            .or_else(|| who.hash.as_deref().map(str::to_owned));
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

    pub(super) fn into_names(self) -> Vec<String> {
        self.names
    }
}
