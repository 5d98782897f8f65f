//! Groups that ended for a user, because they were deleted or the user was removed.
//!
//! Everybody in a deleted group is notified of its end, and so is a user who is removed. A client whose link is down at that moment hears
//! nothing, and neither does one whose link breaks with the notice under way. Both are notified when the link comes back:
//! the first because the service knows that it was away, the second because it still names the group as one of its own.

use crate::mutants::{Mutant, Mutants};
use crate::state::exits::EndedGroup;
use crate::state::service::Service;
use crate::words::client::Cursor;
use crate::words::id::{GroupIx, SessionId, UserIx};
use crate::words::output::{ExitReason, Notice, NoticeTo, Output};
use crate::words::rule::Rule;
use crate::words::tracer::Tracer;
use alloc::vec::Vec;

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Takes note that a group ended for a user.
    pub(crate) fn note_exit(&mut self, user: UserIx, group: GroupIx, reason: ExitReason) {
        let entry = &mut self.state.users[user.at()];
        // Without a session there is nobody to notify, now or later: a new logon learns its groups from scratch.
        let away = entry.session().is_some_and(|live| !live.is_up());
        let anew = entry.session().is_some() && self.mutants.has(Mutant::ExitOnReturnAnew);
        let heard = !away && !anew;
        // Noted even when the client heard of it: its link may have broken with the notice under way, and then its
        // cursors still name the group.
        entry.ended.add(EndedGroup { group, reason, notified: heard });
    }

    /// Notifies a client that is back of the groups that ended while it was away, each once.
    ///
    /// `cursors` name the groups that the client takes for its own. What it learned before it does not name.
    pub(super) fn notify_exits(&mut self, session: SessionId, cursors: &[Cursor]) {
        let repeats = self.mutants.has(Mutant::ExitOnReturnRepeated);
        let swapped = self.mutants.has(Mutant::ExitOnReturnReason);
        // Collected first, because notifying borrows the service; mostly it is empty and allocates nothing.
        let mut owed: Vec<(GroupIx, ExitReason)> = Vec::new();
        for ended in self.state.users[session.user.at()].ended.iter_mut() {
            // A cursor for a group that ended says that the client does not know yet.
            let named = || cursors.iter().any(|cursor| cursor.group == ended.group);
            if !ended.notified || (named() && !self.mutants.has(Mutant::ExitUnderWayLost)) {
                // Notified from here on, unless the client names the group again when it is back the next time.
                ended.notified = !repeats;
                owed.push((ended.group, ended.reason));
            }
        }
        for (group, reason) in owed {
            if self.is_exit_unnotified_by_mutant(reason) {
                continue;
            }
            self.hit(Rule::MembershipResumeExits);
            let reason = match reason {
                ExitReason::GroupDeleted if swapped => ExitReason::Kicked,
                ExitReason::Kicked if swapped => ExitReason::GroupDeleted,
                ExitReason::GroupDeleted | ExitReason::Kicked => reason,
            };
            // To this user and not to the group, which may be live again and full of others.
            let to = NoticeTo::Users(group);
            self.push(Output::Notice(to, Notice::Exit(reason), alloc::vec![session.user]));
        }
    }
}
