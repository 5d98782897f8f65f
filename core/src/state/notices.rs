//! When a group's members were notified of joins and leaves, and of what they are still to be notified.

use alloc::vec::Vec;
use core::mem;

use serde::{Deserialize, Serialize};

use crate::words::id::UserIx;
use crate::words::time::{Duration, Instant};

/// Most names in a notice of a supergroup, under the reading `supergroup.notice-names = some`.
pub(crate) const NAMES_MAX: usize = 20;

/// Users who joined, and users who left.
pub(crate) type Changes = (Vec<UserIx>, Vec<UserIx>);

/// When membership notices went out, and what they are still to say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Notices {
    /// The last notice of a supergroup. Kept over a shutdown: notices of the next supergroup stand apart from it too.
    last: Option<Instant>,
    /// A timer is set.
    waiting: bool,
    /// Changes that no notice has named yet.
    joined: Vec<UserIx>,
    left: Vec<UserIx>,
}

impl Notices {
    /// Whether a timer is set.
    pub(crate) const fn is_waiting(&self) -> bool {
        self.waiting
    }

    /// A timer was set: until it fires, no other is.
    pub(crate) const fn wait(&mut self) {
        self.waiting = true;
    }

    /// The timer fired.
    pub(crate) const fn wake(&mut self) {
        self.waiting = false;
    }

    /// When the next notice of a supergroup may go out at the earliest; none: there was no notice.
    pub(crate) fn next(&self, interval: Duration) -> Option<Instant> {
        self.last.map(|last| last + interval)
    }

    /// A notice of a supergroup goes out.
    pub(crate) fn sent(&mut self, now: Instant) {
        debug_assert!(self.last.is_none_or(|last| last <= now), "a notice goes out after the one before");
        self.last = Some(now);
    }

    /// Keeps a change for the next notice.
    pub(crate) fn keep(&mut self, user: UserIx, joined: bool) {
        if joined {
            self.joined.push(user);
        } else {
            self.left.push(user);
        }
    }

    /// Keeps a change of a supergroup for the next notice, as long as few are kept.
    pub(crate) fn keep_few(&mut self, user: UserIx, joined: bool) {
        // One beyond the bound: the notice leaves one out, so that it never names all who came and went.
        if self.kept() <= NAMES_MAX {
            self.keep(user, joined);
        }
    }

    /// Changes that are kept.
    pub(crate) fn kept(&self) -> usize {
        self.joined.len() + self.left.len()
    }

    /// Takes the changes out, for a notice.
    pub(crate) fn take(&mut self) -> Changes {
        (mem::take(&mut self.joined), mem::take(&mut self.left))
    }

    /// Takes the changes out but for one, for a notice of a supergroup, which never names all.
    pub(crate) fn take_but_one(&mut self) -> Changes {
        let (mut joined, mut left) = self.take();
        if left.pop().is_none() {
            joined.pop();
        }
        (joined, left)
    }

    /// Forgets the changes: no notice will name them.
    pub(crate) fn forget(&mut self) {
        // Fresh lists and not cleared ones: most groups close and stay closed, and their memory is wanted elsewhere.
        self.joined = Vec::new();
        self.left = Vec::new();
    }

    /// Forgets when the last notice went out, where a mutant has it so.
    pub(crate) const fn forget_last_by_mutant(&mut self) {
        self.last = None;
    }
}
