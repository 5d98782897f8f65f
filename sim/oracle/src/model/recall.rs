//! Recalls and kicks: what is gone afterwards, and who is told.

use claque_core::{
    ClientRequest, Defects, ExitReason, GroupIx, Input, Notice, NoticeTo, Outcome, Output, Request, Rule,
    Text, UserIx,
};

use super::messages::Floor;
use super::sessions::{Cause, Change};
use super::{Model, Seen};

impl Model {
    /// A recalled message is kept no longer, and everybody in the group is told once.
    pub(super) fn follow_recalls<D: Defects>(&mut self, seen: &Seen<'_, D>) {
        let recalled = match (seen.input, seen.outcome) {
            (Input::Request(_, Request::DeleteLiveMessageGroupMessage(call)), Outcome::Request(Ok(_))) => {
                let group = seen.group_of(&call.app_id, &call.group_id);
                group.map(|group| (group, Text::from(call.message_id.as_str())))
            }
            (Input::Client(session, ClientRequest::DeleteMessage(key, tid)), Outcome::Client(Ok(_))) => {
                seen.group(session.user, key).map(|group| (group, tid.clone()))
            }
            _ => None,
        };
        let Some((group, tid)) = recalled else { return };
        let Some(place) = self.groups.get_mut(group) else { return };
        place.waiting.remove(&tid);
        place.ranks.unclear(seen.now);
        // Where the newest of a type is taken out, what is owed in its place cannot be told.
        let of_it = |floor: &&mut Floor| floor.waits.as_ref().is_some_and(|(_, newest)| *newest == tid);
        place.floors.values_mut().filter(of_it).for_each(Floor::blur);
        let forgotten = !place.delivered.contains(&tid) || place.recalled.contains(&tid);
        let kept = place.kept.iter().rev().find(|kept| kept.tid == tid);
        // Whether it is still kept where a recall looks is open once it is old or was cached only.
        let sure = kept.is_some_and(|kept| {
            kept.stored && !kept.recalled && seen.now.since(kept.at).as_secs() < 86_400 * 29
        });
        place.kept.iter_mut().filter(|kept| kept.tid == tid).for_each(|kept| kept.recalled = true);
        place.recalled.insert(tid.clone());
        let told = seen.outputs.iter().filter(|output| {
            matches!(output, Output::Notice(NoticeTo::Group(of), Notice::MessageDeleted { tid: its }, _)
                if *of == group && *its == tid)
        });
        let told = told.count();
        let owed = usize::from(!forgotten && sure && place.is_active());
        let evidence = || format!("message {tid} of group {} is recalled, {told} notices say so", group.0);
        if told > 1 {
            self.refute(seen.now, Some(Rule::RecallNoticeMembers), evidence());
        } else if owed == 1 {
            self.expect_notice(seen.now, Rule::RecallNoticeMembers, told == 1, evidence);
        }
    }

    /// Whoever is removed from a group is told so.
    pub(super) fn judge_kicks<D: Defects>(&mut self, seen: &Seen<'_, D>, changes: &[Change]) {
        let told = |group: GroupIx, user: UserIx| {
            seen.outputs.iter().any(|output| {
                matches!(output, Output::Notice(NoticeTo::Users(of), Notice::Exit(ExitReason::Kicked), users)
                    if *of == group && users.contains(&user))
            })
        };
        let untold = changes
            .iter()
            .find(|change| change.cause == Cause::Kick && !told(change.group, change.user))
            .filter(|change| self.people.session(change.user).is_some());
        if let Some(change) = untold {
            let evidence =
                format!("user {} is removed from group {} and not told", change.user.0, change.group.0);
            self.refute(seen.now, Some(Rule::UserKickRemoves), evidence);
        }
    }
}
