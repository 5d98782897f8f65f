//! Who may not talk in a group: those muted one by one, and everybody but the exceptions. The two are independent.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::words::roll::Roll;
use crate::words::time::Instant;

/// Who may not talk. What changes it says whether it changed something: only then is anybody notified.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct GroupMutes {
    all: bool,
    /// Muted individually, by user ID, in order of muting.
    users: Roll,
    /// Exceptions of the whole-group mute.
    except: Roll,
    /// When individual mutes of the old family end; those of the newer one last. Names only users who are muted.
    ends: BTreeMap<Arc<str>, Instant>,
}

/// Adds the names that are not in a list yet; whether there were any.
fn add(list: &mut Roll, names: Vec<Arc<str>>) -> bool {
    // Counted and not asked with `any`, which would stop at the first and leave the others out.
    names.into_iter().filter(|name| list.add(Arc::clone(name))).count() > 0
}

/// Puts other names in place of a list; whether it changed.
fn replace(list: &mut Roll, names: Vec<Arc<str>>) -> bool {
    // The same names in another order are a change: lists are shown in the order of muting.
    let changed = !list.is(&names);
    if changed {
        *list = names.into_iter().collect();
    }
    changed
}

impl GroupMutes {
    /// Whether everybody is muted, but for staff and the exceptions.
    pub(crate) const fn all(&self) -> bool {
        self.all
    }

    /// Who is muted individually.
    pub(crate) const fn users(&self) -> &Roll {
        &self.users
    }

    /// Who may talk while everybody is muted.
    pub(crate) const fn except(&self) -> &Roll {
        &self.except
    }

    /// When individual mutes end, by user.
    pub(crate) const fn ends(&self) -> &BTreeMap<Arc<str>, Instant> {
        &self.ends
    }

    /// Whether there is anybody who may not talk.
    pub(crate) const fn any(&self) -> bool {
        self.all || !self.users.is_empty()
    }

    /// Mutes users for good, whatever was said before.
    pub(crate) fn mute(&mut self, users: Vec<Arc<str>>) -> bool {
        // The newer family's mutes last: one that an older mute's end lifted would end before anybody asked for it.
        for user in &users {
            self.ends.remove(user);
        }
        add(&mut self.users, users)
    }

    /// Mutes users until a time, which takes the place of any time before.
    pub(crate) fn mute_until(&mut self, users: Vec<Arc<str>>, until: Instant) -> bool {
        self.ends.extend(users.iter().map(|user| (Arc::clone(user), until)));
        add(&mut self.users, users)
    }

    /// Lifts an individual mute whose time is over.
    pub(crate) fn end(&mut self, user: &str, now: Instant) -> bool {
        // Looked up anew: timers are never cancelled, and this one may be of a mute that was lifted or prolonged since.
        self.ends.get(user).is_some_and(|end| *end <= now) && self.lift(user)
    }

    /// Lifts an individual mute.
    fn lift(&mut self, user: &str) -> bool {
        self.ends.remove(user);
        self.users.remove(user)
    }

    /// Lifts individual mutes; whether there were any.
    pub(crate) fn lift_each(&mut self, users: &[impl AsRef<str>]) -> bool {
        users.iter().filter(|user| self.lift(user.as_ref())).count() > 0
    }

    /// Sets who is muted individually, for good.
    pub(crate) fn set_users(&mut self, users: Vec<Arc<str>>) -> bool {
        self.ends.clear();
        replace(&mut self.users, users)
    }

    /// Mutes or unmutes everybody. Individual mutes stay.
    pub(crate) const fn set_all(&mut self, all: bool) -> bool {
        let changed = self.all != all;
        self.all = all;
        changed
    }

    /// Sets who is excepted.
    pub(crate) fn set_exceptions(&mut self, users: Vec<Arc<str>>) -> bool {
        replace(&mut self.except, users)
    }

    /// Excepts more users.
    pub(crate) fn add_exceptions(&mut self, users: Vec<Arc<str>>) -> bool {
        add(&mut self.except, users)
    }

    /// Adds users and leaves the ends of their mutes, where a mutant has it so.
    pub(crate) fn keep_ends_by_mutant(&mut self, users: Vec<Arc<str>>) -> bool {
        add(&mut self.users, users)
    }

    /// Takes users off the list and leaves the ends of their mutes, where a mutant has it so.
    pub(crate) fn clear_users_by_mutant(&mut self) -> bool {
        replace(&mut self.users, Vec::new())
    }

    /// Takes one user off the list and leaves the end of the mute, where a mutant has it so.
    pub(crate) fn unlist_by_mutant(&mut self, user: &str) -> bool {
        self.users.remove(user)
    }

    /// Makes every mute last, where a mutant has it so.
    pub(crate) fn forget_ends_by_mutant(&mut self) {
        self.ends.clear();
    }
}
