//! Answers of reading operations: they show what happened, and nothing else.

use std::sync::Arc;

use claque_core::{
    Defects, Duration, GroupIx, GroupView, Input, MessagePage, Outcome, Presence, Reply, Request, Response,
    Rule, UserPage,
};

use super::group::Standing;
use super::{Model, Seen};

impl Model {
    /// Judges the answer of a reading operation against the books.
    pub(super) fn judge_answer<D: Defects>(&mut self, seen: &Seen<'_, D>) {
        let (Input::Request(_, request), Outcome::Request(Ok(Reply::Done(response)))) =
            (seen.input, seen.outcome)
        else {
            return;
        };
        match (request, response) {
            (Request::DescribeLiveMessageGroup(call), Response::Group(view)) => {
                if let Some(group) = seen.group_of(&call.app_id, &call.group_id) {
                    self.judge_description(seen, group, view);
                }
            }
            (Request::ListLiveMessageGroupUsers(call), Response::Users(page)) => {
                if let Some(group) = seen.group_of(&call.app_id, &call.group_id) {
                    self.judge_users(seen, &call.app_id, group, page);
                }
            }
            (Request::CheckLiveMessageUsersInGroup(call), Response::UsersInGroup(list)) => {
                if let Some(group) = seen.group_of(&call.app_id, &call.group_id) {
                    self.judge_presence(seen, &call.app_id, group, list);
                }
            }
            (Request::CheckLiveMessageUsersOnline(call), Response::UsersOnline(list)) => {
                self.judge_online(seen, &call.app_id, list);
            }
            (Request::ListLiveMessageGroupMessages(call), Response::Messages(page)) => {
                if let Some(group) = seen.group_of(&call.app_id, &call.group_id) {
                    self.judge_messages(seen, group, page);
                }
            }
            _ => {}
        }
    }

    fn judge_description<D: Defects>(&mut self, seen: &Seen<'_, D>, group: GroupIx, view: &GroupView) {
        let Some(place) = self.groups.get(&group) else { return };
        let gone = place.standing != Standing::Live;
        let mut wrong: Option<(Rule, String)> = None;
        if gone != view.deleted.is_some() {
            wrong = Some((Rule::GroupDescribeDeletedOnly, format!("deleted should read {gone}")));
        }
        if let Some(counters) = &view.live {
            if counters.online_user_counts != place.members.len() as u64 {
                let said =
                    format!("{} online, {} are in it", counters.online_user_counts, place.members.len());
                wrong = Some((Rule::StatisticsOnlineCount, said));
            }
            let amounts: Vec<(i64, u64)> =
                counters.msg_amount.iter().copied().filter(|(_, total)| *total > 0).collect();
            let mut sorted = amounts.clone();
            sorted.sort_unstable();
            let known: Vec<(i64, u64)> = place
                .totals
                .iter()
                .map(|(kind, total)| (*kind, *total))
                .filter(|(_, total)| *total > 0)
                .collect();
            if sorted != known {
                wrong =
                    Some((Rule::StatisticsTypesAmount, format!("amounts {sorted:?}, delivered {known:?}")));
            }
            if !place.members.is_empty() && view.super_large_group != place.supergroup {
                let said = format!("SuperLargeGroup should read {}", place.supergroup);
                wrong = Some((Rule::SupergroupFlagDescribed, said));
            }
        }
        if let Some((rule, said)) = wrong {
            self.refute(seen.now, Some(rule), format!("group {} as described: {said}", group.0));
        }
    }

    fn judge_users<D: Defects>(&mut self, seen: &Seen<'_, D>, app_id: &str, group: GroupIx, page: &UserPage) {
        let Some(place) = self.groups.get(&group) else { return };
        if place.supergroup && !place.members.is_empty() {
            if !page.users.is_empty() {
                let evidence = format!("supergroup {} lists {} users", group.0, page.users.len());
                self.refute(seen.now, Some(Rule::SupergroupListUnavailable), evidence);
            }
            return;
        }
        let strangers: Vec<&Arc<str>> = page
            .users
            .iter()
            .map(|user| &user.user_id)
            .filter(|id| seen.user_of(app_id, id).is_none_or(|user| !place.members.contains(&user)))
            .collect();
        if !strangers.is_empty() {
            let evidence = format!("group {} lists {strangers:?}, who are not in it", group.0);
            self.refute(seen.now, Some(Rule::ListUsersFields), evidence);
        }
    }

    fn judge_presence<D: Defects>(
        &mut self,
        seen: &Seen<'_, D>,
        app_id: &str,
        group: GroupIx,
        list: &[Presence],
    ) {
        let Some(place) = self.groups.get(&group) else { return };
        let truthful = self.config.readings.supergroup_presence.value()
            == claque_core::reading::SupergroupPresence::default().value();
        if place.supergroup && !truthful {
            return;
        }
        let wrong = list.iter().find(|presence| {
            let inside =
                seen.user_of(app_id, &presence.user_id).is_some_and(|user| place.members.contains(&user));
            inside != presence.online
        });
        if let Some(presence) = wrong {
            let evidence = format!("{} in group {}: reads {}", presence.user_id, group.0, presence.online);
            self.refute(seen.now, Some(Rule::UserCheckInGroup), evidence);
        }
    }

    fn judge_online<D: Defects>(&mut self, seen: &Seen<'_, D>, app_id: &str, list: &[Presence]) {
        let wrong = list.iter().find(|presence| {
            let online =
                seen.user_of(app_id, &presence.user_id).is_some_and(|user| self.sessions.contains_key(&user));
            online != presence.online
        });
        if let Some(presence) = wrong {
            let evidence = format!("{} online: reads {}", presence.user_id, presence.online);
            self.refute(seen.now, Some(Rule::UserCheckOnline), evidence);
        }
    }

    /// A listed message was delivered, is stored, was not recalled, and has not outlived the longest retention.
    fn judge_messages<D: Defects>(&mut self, seen: &Seen<'_, D>, group: GroupIx, page: &MessagePage) {
        let Some(place) = self.groups.get(&group) else { return };
        let mut wrong: Option<(Rule, String)> = None;
        for listed in &page.messages {
            if place.recalled.contains(&listed.msg_tid) {
                wrong = Some((Rule::RecallMessageByMsgTid, format!("{} was recalled", listed.msg_tid)));
            } else if !place.delivered.contains(&listed.msg_tid) {
                wrong = Some((Rule::ShaperShedNotStored, format!("{} was never delivered", listed.msg_tid)));
            } else if let Some(kept) = place.kept.iter().rev().find(|kept| kept.tid == listed.msg_tid) {
                if !kept.stored {
                    wrong =
                        Some((Rule::HistoryNoStorageSkips, format!("{} was sent unstored", listed.msg_tid)));
                } else if seen.now.since(kept.at) > Duration::from_days(180) {
                    wrong = Some((Rule::HistoryRetentionExpires, format!("{} has expired", listed.msg_tid)));
                }
            }
        }
        let ordered = page.messages.windows(2).all(|pair| pair[0].seq_number != pair[1].seq_number);
        if !ordered {
            wrong = Some((Rule::ListMessagesSort, "a sequence number stands twice".to_owned()));
        }
        if let Some((rule, said)) = wrong {
            self.refute(seen.now, Some(rule), format!("the messages of group {}: {said}", group.0));
        }
    }
}
