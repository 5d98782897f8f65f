//! The mutes of one group.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use claque_core::Instant;

/// The mute state of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MuteBooks {
    pub(crate) all: bool,
    pub(crate) users: BTreeSet<Arc<str>>,
    pub(crate) except: BTreeSet<Arc<str>>,
    /// When mutes of the older family end; those of the newer one never do.
    pub(crate) ends: BTreeMap<Arc<str>, Instant>,
}

impl MuteBooks {
    /// Lifts the mutes whose time is over.
    pub(crate) fn expire(&mut self, now: Instant) {
        let over: Vec<Arc<str>> =
            self.ends.iter().filter(|(_, end)| **end <= now).map(|(user, _)| Arc::clone(user)).collect();
        for user in over {
            self.lift(&user);
        }
    }

    pub(crate) fn mute(&mut self, users: impl Iterator<Item = Arc<str>>, until: Option<Instant>) {
        for user in users {
            // The later mute holds: one of the newer family has no end (mute.duration.none), whatever an older one
            // had left.
            self.ends.remove(&user);
            if let Some(until) = until {
                self.ends.insert(Arc::clone(&user), until);
            }
            self.users.insert(user);
        }
    }

    /// Whether everything that can be seen of the mutes is alike.
    pub(crate) fn shows_as(&self, other: &Self) -> bool {
        self.all == other.all && self.users == other.users && self.except == other.except
    }

    /// Whether a list names exactly those who are muted, or those who are excepted.
    pub(crate) fn lists<'n>(&self, shown: impl Iterator<Item = &'n Arc<str>>, muted: bool) -> bool {
        let set = if muted { &self.users } else { &self.except };
        let (mut count, mut known) = (0, true);
        for name in shown {
            count += 1;
            known &= set.contains(name);
        }
        known && count == set.len()
    }

    pub(crate) fn lift(&mut self, user: &str) {
        self.ends.remove(user);
        self.users.remove(user);
    }

    /// Whether mutes silence a user who is not staff.
    pub(crate) fn silence(&self, user: &str, exception_frees: bool) -> bool {
        let excepted = self.except.contains(user);
        // An exception is one to the mute of all. While that is off it frees nobody, by either reading.
        let single = self.users.contains(user) && !(excepted && self.all && exception_frees);
        single || (self.all && !excepted)
    }
}
