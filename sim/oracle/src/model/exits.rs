//! Ends of groups: who may close one, and that a client that could not hear of the end is notified when it is back.

use claque_core::reading::GroupCloseRights;
use claque_core::{
    Connected, Duration, ExitReason, GroupIx, Input, Mutants, Notice, NoticeTo, Outcome, Output, Rule,
    SessionId, UserIx,
};

use super::{Model, Observed};
use crate::evidence;
use crate::evidence::Evidence;

/// How soon all members of a large group are notified of its end.
const DISMISSED_WITHIN: Duration = Duration::from_secs(1);

/// Ends of groups, in words.
fn listed(exits: &[(GroupIx, ExitReason)]) -> Vec<Evidence> {
    exits.iter().map(|(group, reason)| evidence!(*group, " (", format!("{reason:?}"), ")")).collect()
}

impl Model {
    /// The members of large groups that ended before, to whom a slice of it comes with this call.
    pub(super) fn later_slices<D: Mutants>(&self, seen: &Observed<'_, D>) -> Vec<(GroupIx, Vec<UserIx>)> {
        let mut slices = Vec::new();
        // Asked at every call: hardly ever is a large group ending.
        if self.dismissals.is_empty() {
            return slices;
        }
        for output in seen.outputs {
            let Output::Notice(NoticeTo::Users(group), Notice::Exit(ExitReason::GroupDeleted), users) =
                output
            else {
                continue;
            };
            let Some((since, unheard)) = self.dismissals.get(group) else { continue };
            // The deletion itself brings the first slice, and is judged with it.
            if *since == seen.now && matches!(seen.input, Input::Request(..) | Input::Client(..)) {
                continue;
            }
            slices.push((*group, users.iter().copied().filter(|user| unheard.contains(user)).collect()));
        }
        slices
    }

    /// Members of a large group that ended are notified slice by slice, each once, and all of them within a second.
    pub(super) fn follow_dismissals<D: Mutants>(&mut self, seen: &Observed<'_, D>) {
        if self.dismissals.is_empty() {
            return;
        }
        for (group, users) in self.later_slices(seen) {
            for user in users {
                if let Some((_, unheard)) = self.dismissals.get_mut(&group) {
                    unheard.remove(&user);
                }
                // Whether it hears of it is decided now.
                self.people.note_exit(user, group, ExitReason::GroupDeleted);
            }
        }
        let people = &self.people;
        self.dismissals.retain(|_, (_, unheard)| {
            unheard.retain(|user| people.session(*user).is_some());
            !unheard.is_empty()
        });
        let late = self.dismissals.iter().find(|(_, (since, _))| *since + DISMISSED_WITHIN < seen.now);
        if let Some((group, (_, unheard))) = late.filter(|_| !self.leapt) {
            let said = evidence!(
                "group ",
                *group,
                " was deleted, and ",
                unheard.len(),
                " members are not notified that it ended"
            );
            self.refute(seen.now, Some(Rule::DeletionGroupNotifies), said);
        }
    }

    /// A client that is back is notified of each group that ended for it meanwhile, once, and of no other; and of the
    /// state of those that it is in.
    pub(super) fn judge_exits<D: Mutants>(&mut self, seen: &Observed<'_, D>) {
        let (Input::Reconnect(session, _, cursors), Outcome::Connected(Ok(connected))) =
            (seen.input, seen.outcome)
        else {
            return;
        };
        let Connected { groups, .. } = connected;
        self.judge_resumed(seen, session.user, groups);
        let unheard = |group: GroupIx| {
            self.dismissals.get(&group).is_some_and(|(_, unheard)| unheard.contains(&session.user))
        };
        let waits: Vec<GroupIx> =
            cursors.iter().map(|cursor| cursor.group).filter(|group| unheard(*group)).collect();
        let mut owed =
            self.people.take_owed(session.user, |group| cursors.iter().any(|it| it.group == group));
        owed.retain(|(group, _)| !waits.contains(group));
        let mut got: Vec<(GroupIx, ExitReason)> = Vec::new();
        for output in seen.outputs {
            if let Output::Notice(NoticeTo::Users(group), Notice::Exit(reason), users) = output
                && users.contains(&session.user)
            {
                got.push((*group, *reason));
            }
        }
        // No document orders the ends of several groups among each other.
        owed.sort_unstable();
        got.sort_unstable();
        if owed != got {
            let evidence = evidence!(
                "user ",
                session.user,
                " is back: ends of groups owed ",
                listed(&owed),
                ", notified of ",
                listed(&got)
            );
            self.refute(seen.now, Some(Rule::MembershipResumeExits), evidence);
        }
    }

    /// A client closes a group with the role admin, or as its owner or an administrator, as the reading has it.
    pub(super) fn judge_closing<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        session: SessionId,
        group: GroupIx,
    ) {
        let role = self.people.session(session.user).is_some_and(|known| known.admin);
        let user_id = &seen.user_id(session.user);
        let staff = self.groups.get(group).is_some_and(|books| books.is_staff(user_id));
        // Only a closing that succeeded comes here. A refusal is not judged: it may have one of several reasons, and
        // any that applies may be given.
        let allowed = match self.config.readings.group_close_rights {
            GroupCloseRights::Either => role || staff,
            GroupCloseRights::Role => role,
            GroupCloseRights::Staff => staff,
        };
        if !allowed {
            let evidence = evidence!("user ", session.user, " closed group ", group, " without a right to");
            self.refute(seen.now, Some(Rule::GroupCloseRights), evidence);
        }
    }
}
