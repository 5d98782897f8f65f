//! What a client may ask for: by its place in the group, or by the role of its newest token.

use claque_core::reading::GroupClientRights;
use claque_core::{
    ClientRefusal, ClientRequest, GroupIx, GroupKey, Input, Mutants, Outcome, Rule, Text, UserIx,
};

use super::{Model, Observed};
use crate::books::recent::is_kept;
use crate::evidence;

/// The right that a request needs, and the group that it is about; none: the role alone counts.
fn right(request: &ClientRequest) -> Option<(Rule, Option<&GroupKey>)> {
    match request {
        ClientRequest::CreateGroup { .. } => Some((Rule::TokenRoleAdmin, None)),
        ClientRequest::ListGroupUsers { group, .. } => Some((Rule::ListUsersClientRights, Some(group))),
        ClientRequest::ListHistory { group, staff: true, .. } => {
            Some((Rule::ListMessagesClientRights, Some(group)))
        }
        ClientRequest::ListMuteUsers(group) => Some((Rule::MuteListClientRights, Some(group))),
        ClientRequest::ModifyGroup { group, .. } => Some((Rule::GroupModifyClientRights, Some(group))),
        // Mutes and the closing of a group are judged where they are followed (`mutes`, `exits`); the others need no
        // right, and a recall another one (`judge_recall_right`).
        ClientRequest::Acknowledge(_)
        | ClientRequest::CancelMuteAll(_)
        | ClientRequest::CancelMuteUsers(..)
        | ClientRequest::CloseGroup(_)
        | ClientRequest::DeleteMessage(..)
        | ClientRequest::Join(_)
        | ClientRequest::Leave(_)
        | ClientRequest::ListHistory { staff: false, .. }
        | ClientRequest::ListRecentGroupUsers(_)
        | ClientRequest::ListRecentMessages { .. }
        | ClientRequest::Logout
        | ClientRequest::MuteAll(_)
        | ClientRequest::MuteUsers(..)
        | ClientRequest::QueryGroup(_)
        | ClientRequest::Send(..)
        | ClientRequest::SendToUser { .. } => None,
    }
}

impl Model {
    /// Who has no right is refused, and who has it is not. Asked before the call is followed: one that changes the
    /// administrators is made with the rights of before.
    pub(super) fn judge_rights<D: Mutants>(&mut self, seen: &Observed<'_, D>) {
        let (Input::Client(session, request), Outcome::Client(answer)) = (seen.input, seen.outcome) else {
            return;
        };
        if let ClientRequest::DeleteMessage(key, tid) = request {
            return self.judge_recall_right(seen, (session.user, key), tid);
        }
        let Some((rule, key)) = right(request) else { return };
        let Some(known) = self.people.session(session.user).filter(|known| known.id == *session) else {
            return;
        };
        let role = known.admin;
        let allowed = match key {
            None => role,
            Some(key) => {
                let group = seen.group(session.user, key).and_then(|group| self.groups.get(group));
                let Some(books) = group.filter(|books| books.is_live()) else { return };
                let staff = books.is_staff(&seen.user_id(session.user));
                match self.config.readings.group_client_rights {
                    GroupClientRights::Either => role || staff,
                    GroupClientRights::Staff => staff,
                    GroupClientRights::Role => role,
                }
            }
        };
        let said = match answer {
            Ok(_) if !allowed => "has no right to what it asks for, and is served",
            Err(ClientRefusal::Forbidden) if allowed => "has the right to what it asks for, and is refused",
            Ok(_) | Err(_) => return,
        };
        self.refute(seen.now, Some(rule), evidence!("user ", session.user, " ", said));
    }

    /// A client takes back its own messages, and staff everybody's.
    fn judge_recall_right<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        (user, key): (UserIx, &GroupKey),
        tid: &Text,
    ) {
        let Some(group) = seen.group(user, key) else { return };
        let Outcome::Client(answer) = seen.outcome else { return };
        let Some(owner) = self.sender_of(seen, group, tid) else { return };
        let staff = self.groups.get(group).is_some_and(|books| books.is_staff(&seen.user_id(user)));
        let said = match answer {
            Ok(_) if owner != user && !staff => "takes back what another has sent, and is no staff",
            Err(ClientRefusal::Forbidden) if owner == user || staff => "may not take back a message",
            Ok(_) | Err(_) => return,
        };
        self.refute(seen.now, Some(Rule::RecallClientRights), evidence!("user ", user, " ", said));
    }

    /// Who sent a message that a live group surely still has.
    fn sender_of<D: Mutants>(&self, seen: &Observed<'_, D>, group: GroupIx, tid: &Text) -> Option<UserIx> {
        let books = self.groups.get(group).filter(|books| books.is_live() && !books.unsure.contains(tid))?;
        if let Some(waiting) = books.waiting.get(tid) {
            return waiting.sent.sender;
        }
        let spans = self.spans(books.app);
        let kept = books.kept.iter().rev().find(|kept| kept.tid == *tid)?;
        // One that nothing keeps belongs to nobody: anybody may take it back, and nothing comes of it.
        let there = kept.stored && !kept.recalled && is_kept(&kept.message, seen.now, spans);
        there.then_some(kept.sender)
    }
}
