//! Recalls and kicks: what is gone afterwards, and who is notified.

use claque_core::{
    ClientRequest, ExitReason, GroupIx, Input, Mutants, Notice, NoticeTo, Outcome, Output, Rule, Shed, Text,
    UserIx,
};

use super::calls::{Effect, MessageRecall};
use super::{Model, Observed};
use crate::books::kept::KeptMessage;
use crate::books::sessions::{MembershipCause, MembershipChange};
use crate::evidence;

impl<D: Mutants> Observed<'_, D> {
    /// The message that a call recalls.
    pub(super) fn recalled(&self) -> Option<(GroupIx, Text)> {
        match (self.input, self.outcome) {
            (Input::Request(_, request), Outcome::Request(Ok(_))) => {
                let Effect::Recall(recall) = request.into() else { return None };
                let MessageRecall::DeleteLiveMessageGroupMessage(call) = recall;
                let group = self.group_of(&call.app_id, &call.group_id);
                group.map(|group| (group, Text::from(call.message_id.as_str())))
            }
            (Input::Client(session, ClientRequest::DeleteMessage(key, tid)), Outcome::Client(Ok(_))) => {
                self.group(session.user, key).map(|group| (group, tid.clone()))
            }
            _ => None,
        }
    }
}

impl Model {
    /// A recalled message is kept no longer, and everybody in the group is notified once.
    pub(super) fn follow_recalls<D: Mutants>(&mut self, seen: &Observed<'_, D>) {
        let Some((group, tid)) = self.recalls.take() else { return };
        let Some(books) = self.groups.get_mut(group) else { return };
        // It may be waiting for a slot still. Then nobody has seen it, and no notice is owed: what was not delivered
        // cannot be taken back.
        books.waiting.remove(&tid);
        // Its place in the ranking goes to nobody that the books could name.
        books.ranks.unclear(seen.now);
        books.newest_recalled(&tid);
        let forgotten = !books.delivered.contains(&tid) || books.recalled.contains(&tid);
        let kept = books.kept.iter().rev().find(|kept| kept.tid == tid);
        // Whether it is still kept where a recall looks is open once it is old or was cached only.
        let young = |kept: &&KeptMessage| !kept.recalled && seen.now.since(kept.at).as_secs() < 86_400 * 29;
        let sure = kept.filter(young).is_some_and(|kept| kept.stored || books.recent.holds(&tid));
        books.recent.recall(&tid);
        books.kept.iter_mut().filter(|kept| kept.tid == tid).for_each(|kept| kept.recalled = true);
        // Also when nothing was found: recalling succeeds for a message that does not exist
        // (recall.message.idempotent), and whether the service still kept it is what the model may not know.
        books.recalled.insert(tid.clone());
        let notified = seen.outputs.iter().filter(|output| {
            matches!(output, Output::Notice(NoticeTo::Group(of), Notice::MessageDeleted { tid: its }, _)
                if *of == group && *its == tid)
        });
        let notified = notified.count();
        let owed = usize::from(!forgotten && sure && books.is_active());
        let evidence = || {
            evidence!("message ", &tid, " of group ", group, " is recalled, ", notified, " notices say so")
        };
        // More than once is wrong however little is known of the message; that it is missing is wrong only where it
        // surely was kept.
        if notified > 1 {
            self.refute(seen.now, Some(Rule::RecallNoticeMembers), evidence());
        } else if owed == 1 {
            self.expect_notice(seen.now, Rule::RecallNoticeMembers, notified == 1, evidence);
        }
    }

    /// Whether this call recalls the message that is taken out.
    pub(super) fn recalling(&self, shed: &Shed) -> bool {
        self.recalls.as_ref().is_some_and(|(group, tid)| (*group, tid) == (shed.group, &shed.tid))
    }

    /// A user who is removed from a group is notified.
    pub(super) fn judge_kicks<D: Mutants>(&mut self, seen: &Observed<'_, D>, changes: &[MembershipChange]) {
        let notified = |group: GroupIx, user: UserIx| {
            seen.outputs.iter().any(|output| {
                matches!(output, Output::Notice(NoticeTo::Users(of), Notice::Exit(ExitReason::Kicked), users)
                    if *of == group && users.contains(&user))
            })
        };
        // Only users whose session lives: a member that the back end put in has no client that could be notified.
        let unnotified = changes
            .iter()
            .find(|change| change.cause == MembershipCause::Kick && !notified(change.group, change.user))
            .filter(|change| self.people.session(change.user).is_some());
        if let Some(change) = unnotified {
            let evidence =
                evidence!("user ", change.user, " is removed from group ", change.group, " and not notified");
            self.refute(seen.now, Some(Rule::UserKickRemoves), evidence);
        }
    }
}
