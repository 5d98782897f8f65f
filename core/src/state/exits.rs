//! Groups that ended for a user, because they were deleted or the user was removed.
//!
//! Everybody in a deleted group is told so, and so is who is removed. A client whose link is down at that moment hears
//! nothing, and neither does one whose link breaks with the notice under way. Both are told when the link comes back:
//! the first because the service knows that it was away, the second because it still names the group as one of its own.

use alloc::boxed::Box;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::mutants::{Defects, Mutation};
use crate::state::service::Service;
use crate::state::user::Link;
use crate::words::client::Cursor;
use crate::words::id::{GroupIx, SessionId, UserIx};
use crate::words::limits::ENDED_GROUPS_MAX;
use crate::words::output::{ExitReason, Notice, NoticeTo, Output};
use crate::words::rule::Rule;
use crate::words::tracer::Tracer;

/// A group that ended for a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Ended {
    pub(crate) group: GroupIx,
    pub(crate) reason: ExitReason,
    /// The client was told over a link that was up, or there was no session to tell.
    told: bool,
}

/// The groups that ended for a user, until the session ends: the oldest first, each once, at most
/// [`ENDED_GROUPS_MAX`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(clippy::box_collection, reason = "mostly none, and two words less in every user")]
pub(crate) struct Exits(Option<Box<Vec<Ended>>>);

impl Exits {
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    pub(crate) fn list(&self) -> &[Ended] {
        self.0.as_deref().map_or(&[], Vec::as_slice)
    }

    /// Whether there is any, for looking ahead.
    pub(crate) const fn any(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn clear(&mut self) {
        self.0 = None;
    }

    fn add(&mut self, ended: Ended) {
        self.forget(ended.group);
        let list = self.0.get_or_insert_default();
        if list.len() >= ENDED_GROUPS_MAX {
            list.remove(0);
        }
        // Mostly one: a million users may have been in the group that was deleted.
        if list.is_empty() {
            list.reserve_exact(1);
        }
        list.push(ended);
    }

    /// The user is in the group again.
    pub(crate) fn forget(&mut self, group: GroupIx) {
        if let Some(list) = &mut self.0 {
            list.retain(|ended| ended.group != group);
        }
    }

    fn iter_mut(&mut self) -> impl Iterator<Item = &mut Ended> {
        self.0.iter_mut().flat_map(|list| list.iter_mut())
    }
}

impl<T: Tracer, D: Defects> Service<T, D> {
    /// Takes note that a group ended for a user.
    pub(crate) fn note_exit(&mut self, user: UserIx, group: GroupIx, reason: ExitReason) {
        let entry = &mut self.state.users[user.at()];
        let away = entry.session.as_ref().is_some_and(|live| matches!(live.link, Link::Down { .. }));
        let anew = entry.session.is_some() && self.defects.has(Mutation::ExitOnReturnAnew);
        let heard = !away && !anew;
        entry.ended.add(Ended { group, reason, told: heard });
    }

    /// Tells a client that is back of the groups that ended while it could not hear of it, each once.
    ///
    /// `cursors` name the groups that the client takes for its own. What it learned before it does not name.
    pub(crate) fn tell_exits(&mut self, session: SessionId, cursors: &[Cursor]) {
        let repeats = self.defects.has(Mutation::ExitOnReturnRepeated);
        let swapped = self.defects.has(Mutation::ExitOnReturnReason);
        let mut owed: Vec<(GroupIx, ExitReason)> = Vec::new();
        for ended in self.state.users[session.user.at()].ended.iter_mut() {
            let named = || cursors.iter().any(|cursor| cursor.group == ended.group);
            if !ended.told || (named() && !self.defects.has(Mutation::ExitUnderWayLost)) {
                ended.told = !repeats;
                owed.push((ended.group, ended.reason));
            }
        }
        for (group, reason) in owed {
            if self.is_exit_untold_by_defect(reason) {
                continue;
            }
            self.hit(Rule::MembershipResumeExits);
            let reason = match reason {
                ExitReason::GroupDeleted if swapped => ExitReason::Kicked,
                ExitReason::Kicked if swapped => ExitReason::GroupDeleted,
                ExitReason::GroupDeleted | ExitReason::Kicked => reason,
            };
            let to = NoticeTo::Users(group);
            self.push(Output::Notice(to, Notice::Exit(reason), alloc::vec![session.user]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Ended, Exits};
    use crate::words::id::GroupIx;
    use crate::words::limits::ENDED_GROUPS_MAX;
    use crate::words::output::ExitReason;

    fn ended(group: usize) -> Ended {
        Ended { group: GroupIx::from_at(group), reason: ExitReason::Kicked, told: false }
    }

    #[test]
    fn each_group_stands_once_and_the_oldest_goes_beyond_the_bound() {
        let mut exits = Exits::none();
        for group in [0, 1, 0] {
            exits.add(ended(group));
        }
        assert_eq!(exits.list(), [ended(1), ended(0)]);
        for group in 2..ENDED_GROUPS_MAX + 1 {
            exits.add(ended(group));
        }
        assert_eq!(exits.list().len(), ENDED_GROUPS_MAX);
        assert_eq!(exits.list()[0], ended(0), "group 1 was the oldest");
    }

    #[test]
    fn the_list_takes_a_word_in_every_user() {
        assert_eq!(size_of::<Exits>(), size_of::<usize>());
    }
}
