//! Who is logged on and who is in which group; what members and the application's back end are told of it.

use std::collections::{BTreeMap, BTreeSet};

use claque_core::{
    CallbackEvent, ClientRequest, Connected, Defects, GroupIx, Input, Instant, LinkEnd, Login, LogoffReason,
    Notice, NoticeTo, Outcome, Output, Reply, Request, Response, Rule, SessionId, UserIx, limits,
};

use super::group::Standing;
use super::{Model, Seen};

/// A live session.
#[derive(Clone, Copy, Debug)]
pub(super) struct Session {
    pub(super) id: SessionId,
    heartbeat: claque_core::Duration,
    /// When it is logged off unless the client is back; none while the link is up.
    until: Option<Instant>,
}

/// A change of membership, in the order in which it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) group: GroupIx,
    pub(super) user: UserIx,
    pub(super) joined: bool,
    /// By the client's own wish, or by the old family's operation.
    pub(super) wished: bool,
}

impl Model {
    /// Follows logons, logoffs, joins and leaves; gives the changes of membership.
    pub(super) fn follow_people<D: Defects>(&mut self, seen: &Seen<'_, D>) -> Vec<Change> {
        let mut changes = Vec::new();
        match (seen.input, seen.outcome) {
            (Input::Connect(login), Outcome::Connected(Ok(connected))) => {
                self.on_logon(seen, login, connected, &mut changes);
            }
            (Input::Reconnect(session, ..), Outcome::Connected(Ok(_))) => {
                self.on_reconnect(seen.now, *session)
            }
            (Input::Disconnect(session, end), _) => self.on_link_end(seen.now, *session, *end, &mut changes),
            (Input::Client(session, request), Outcome::Client(Ok(_))) => {
                self.on_client(seen, *session, request, &mut changes);
            }
            (Input::Request(_, request), Outcome::Request(Ok(reply))) => {
                self.on_request(seen, request, reply, &mut changes);
            }
            _ => {}
        }
        for output in seen.outputs {
            if let Output::Close(session, reason) = output {
                self.on_close(seen.now, *session, *reason, &mut changes);
            }
        }
        changes
    }

    fn on_logon<D: Defects>(
        &mut self,
        seen: &Seen<'_, D>,
        login: &Login,
        connected: &Connected,
        changes: &mut Vec<Change>,
    ) {
        let user = connected.session.user;
        if let Some(old) = self.sessions.get(&user).copied() {
            let ended = seen.outputs.iter().any(|output| {
                matches!(output, Output::Close(session, LogoffReason::OtherDevice) if *session == old.id)
            });
            if !ended {
                let evidence = format!("user {} logged on twice, and the first session lives on", user.0);
                self.refute(seen.now, Some(Rule::MembershipSessionOnePerUser), evidence);
            }
            self.end(user, changes);
        }
        let heartbeat = login.heartbeat_timeout.unwrap_or(self.config.limits.heartbeat_timeout);
        self.sessions.insert(user, Session { id: connected.session, heartbeat, until: None });
    }

    fn on_reconnect(&mut self, now: Instant, session: SessionId) {
        let Some(known) = self.sessions.get_mut(&session.user).filter(|known| known.id == session) else {
            let evidence = format!("user {} took up a session that is over", session.user.0);
            self.refute(now, Some(Rule::MembershipSessionTimeout), evidence);
            return;
        };
        if let Some(until) = known.until.take() {
            self.overdue.remove(&(until, session.user));
        }
    }

    fn on_link_end(&mut self, now: Instant, session: SessionId, end: LinkEnd, changes: &mut Vec<Change>) {
        let Some(known) = self.sessions.get_mut(&session.user).filter(|known| known.id == session) else {
            return;
        };
        match end {
            LinkEnd::Closed => self.end(session.user, changes),
            LinkEnd::Lost => {
                if known.until.is_none() {
                    let until = now + known.heartbeat;
                    known.until = Some(until);
                    self.overdue.insert((until, session.user));
                }
            }
        }
    }

    fn on_close(
        &mut self,
        now: Instant,
        session: SessionId,
        reason: LogoffReason,
        changes: &mut Vec<Change>,
    ) {
        let Some(known) = self.sessions.get(&session.user).filter(|known| known.id == session) else {
            return;
        };
        if reason == LogoffReason::Timeout {
            let due = known.until;
            if due.is_none_or(|until| now < until) {
                let evidence = format!("user {} is timed out at {now}, due {due:?}", session.user.0);
                self.refute(now, Some(Rule::MembershipSessionTimeout), evidence);
            }
        }
        self.end(session.user, changes);
    }

    /// A session is over: its user is out of every group.
    fn end(&mut self, user: UserIx, changes: &mut Vec<Change>) {
        if let Some(Session { until: Some(until), .. }) = self.sessions.remove(&user) {
            self.overdue.remove(&(until, user));
        }
        let groups: Vec<GroupIx> = self
            .groups
            .iter()
            .filter(|(_, place)| place.members.contains(&user))
            .map(|(group, _)| *group)
            .collect();
        for group in groups {
            self.take_out(group, user, false, changes);
        }
    }

    fn take_out(&mut self, group: GroupIx, user: UserIx, wished: bool, changes: &mut Vec<Change>) {
        if self.groups.get_mut(&group).is_some_and(|place| place.leave(user)) {
            changes.push(Change { group, user, joined: false, wished });
        }
    }

    fn take_in(&mut self, group: GroupIx, user: UserIx, changes: &mut Vec<Change>) {
        let bound = self.config.limits.group_members_max;
        if self.groups.get_mut(&group).is_some_and(|place| place.join(user, bound)) {
            changes.push(Change { group, user, joined: true, wished: true });
        }
    }

    fn on_client<D: Defects>(
        &mut self,
        seen: &Seen<'_, D>,
        session: SessionId,
        request: &ClientRequest,
        changes: &mut Vec<Change>,
    ) {
        match request {
            ClientRequest::Join(key) => {
                let Some(group) = seen.group(session.user, key) else { return };
                if self.groups.get(&group).is_some_and(|place| place.standing != Standing::Live) {
                    let evidence = format!("user {} joined the deleted group {}", session.user.0, group.0);
                    self.refute(seen.now, Some(Rule::DeletionGroupUnavailable), evidence);
                }
                self.take_in(group, session.user, changes);
            }
            ClientRequest::Leave(key) => {
                if let Some(group) = seen.group(session.user, key) {
                    self.take_out(group, session.user, true, changes);
                }
            }
            ClientRequest::Logout => self.end(session.user, changes),
            _ => {}
        }
    }

    fn on_request<D: Defects>(
        &mut self,
        seen: &Seen<'_, D>,
        request: &Request,
        reply: &Reply,
        changes: &mut Vec<Change>,
    ) {
        match (request, reply) {
            (Request::KickLiveMessageGroupUser(call), _) => {
                let group = seen.group_of(&call.app_id, &call.group_id);
                if let (Some(group), Some(user)) = (group, seen.user_of(&call.app_id, &call.kickoff_user)) {
                    self.take_out(group, user, false, changes);
                }
            }
            (Request::JoinMessageGroup(call), Reply::Done(Response::OldSuccess(true))) => {
                let group = seen.group_of(&call.app_id, &call.group_id);
                if let (Some(group), Some(user)) = (group, seen.user_of(&call.app_id, &call.user_id)) {
                    self.take_in(group, user, changes);
                }
            }
            (Request::LeaveMessageGroup(call), Reply::Done(Response::OldSuccess(true))) => {
                let group = seen.group_of(&call.app_id, &call.group_id);
                if let (Some(group), Some(user)) = (group, seen.user_of(&call.app_id, &call.user_id)) {
                    self.take_out(group, user, true, changes);
                }
            }
            _ => {}
        }
    }

    /// A session without heartbeats is over when its time is up, and not later.
    pub(super) fn judge_deadlines(&mut self, now: Instant) {
        if let Some((until, user)) = self.overdue.first().copied()
            && until < now
        {
            let evidence = format!("user {} was to be logged off at {until} and lives at {now}", user.0);
            self.refute(now, Some(Rule::MembershipSessionTimeout), evidence);
        }
        self.judge_floors(now);
    }

    /// Logons, logoffs, wished joins and leaves are called back once each, and nothing else is.
    pub(super) fn judge_callbacks<D: Defects>(&mut self, seen: &Seen<'_, D>, changes: &[Change]) {
        let mut wanted: BTreeMap<(UserIx, u8), i64> = BTreeMap::new();
        let mut count = |user: UserIx, event: u8, by: i64| *wanted.entry((user, event)).or_default() += by;
        match (seen.input, seen.outcome) {
            (Input::Connect(_), Outcome::Connected(Ok(connected))) => count(connected.session.user, 1, 1),
            (Input::Reconnect(session, ..), Outcome::Connected(Ok(_))) => count(session.user, 5, 1),
            _ => {}
        }
        let by_client = matches!(seen.input, Input::Client(..));
        for change in changes.iter().filter(|change| change.wished && by_client) {
            count(change.user, if change.joined { 3 } else { 4 }, 1);
        }
        for output in seen.outputs {
            match output {
                Output::Close(session, reason) if reason.callback_number().is_some() => {
                    count(session.user, 2, 1)
                }
                Output::Callback(callback) => {
                    let event = match callback.event {
                        CallbackEvent::Logon => 1,
                        CallbackEvent::Logoff(_) => 2,
                        CallbackEvent::Join(_) => 3,
                        CallbackEvent::Leave(_) => 4,
                        CallbackEvent::Reconnect(_) => 5,
                    };
                    count(callback.user, event, -1);
                }
                _ => {}
            }
        }
        for ((user, event), missing) in wanted {
            let on = seen.service.app_of(user).is_some_and(|app| self.callbacks.get(&app) == Some(&true));
            let asked_off =
                matches!(seen.input, Input::Client(_, ClientRequest::Logout) | Input::Disconnect(..));
            // A client that says goodbye is logged off without a link to close.
            let goodbye = event == 2 && asked_off && missing < 0;
            let kicked = event == 4 && missing < 0 && !by_client;
            if goodbye || kicked || (on && missing == 0) || (!on && missing >= 0) {
                continue;
            }
            let rule = if on { Rule::CallbackEventKinds } else { Rule::CallbackUrlAbsentOff };
            let evidence = format!("user {}, event {event}: {missing} callbacks too few", user.0);
            self.refute(seen.now, Some(rule), evidence);
        }
    }

    /// Members are told of joins and leaves: exactly in a normal group, by count and at most every 5 s in a supergroup.
    pub(super) fn judge_notices<D: Defects>(&mut self, seen: &Seen<'_, D>, changes: &[Change]) {
        for output in seen.outputs {
            let Output::Notice(
                NoticeTo::Group(group),
                Notice::MemberChange { count, joined, left, supergroup },
                _,
            ) = output
            else {
                continue;
            };
            if *supergroup {
                self.judge_super_notice(seen.now, *group, *count, joined.len() + left.len(), changes);
            } else {
                self.judge_normal_notice(seen.now, *group, *count, joined, left);
            }
        }
        for group in changes.iter().map(|change| change.group).collect::<BTreeSet<_>>() {
            let Some(place) = self.groups.get_mut(&group) else { continue };
            let immediate = self.config.readings.membership_notice.value()
                == claque_core::reading::MembershipNotice::default().value();
            if place.supergroup || place.members.is_empty() || !immediate {
                place.told = place.members.clone();
                continue;
            }
            if place.told != place.members && matches!(seen.input, Input::Client(..)) {
                let evidence = format!(
                    "group {}: {} members, and the notices have told of {}",
                    group.0,
                    place.members.len(),
                    place.told.len()
                );
                self.refute(seen.now, Some(Rule::MembershipNoticeChange), evidence);
            } else {
                place.told = place.members.clone();
            }
        }
    }

    fn judge_normal_notice(
        &mut self,
        now: Instant,
        group: GroupIx,
        count: u64,
        joined: &[UserIx],
        left: &[UserIx],
    ) {
        let Some(place) = self.groups.get_mut(&group) else { return };
        place.told.extend(joined);
        left.iter().for_each(|user| drop(place.told.remove(user)));
        if place.told.len() as u64 != count {
            let evidence =
                format!("group {}: a notice counts {count}, its lists lead to {}", group.0, place.told.len());
            self.refute(now, Some(Rule::MembershipNoticeChange), evidence);
        }
    }

    fn judge_super_notice(
        &mut self,
        now: Instant,
        group: GroupIx,
        count: u64,
        listed: usize,
        changes: &[Change],
    ) {
        let leapt = self.leapt;
        let Some(place) = self.groups.get_mut(&group) else { return };
        let last = place.last_notice.replace(now);
        let members = place.members.len() as u64;
        // Several changes at one instant: the count is that of one moment among them.
        let slack = changes.iter().filter(|change| change.group == group).count() as u64;
        let slack = if slack <= 1 { 0 } else { slack };
        if listed > 0 {
            let evidence = format!("supergroup {}: a notice lists {listed} users", group.0);
            self.refute(now, Some(Rule::SupergroupNoticeNoLists), evidence);
        } else if count.abs_diff(members) > slack {
            let evidence = format!("supergroup {}: a notice counts {count}, {members} are in it", group.0);
            self.refute(now, Some(Rule::SupergroupNoticeExactCount), evidence);
        } else if let Some(last) = last.filter(|_| !leapt)
            && now.since(last) < limits::SUPERGROUP_NOTICE_INTERVAL_MIN
        {
            let evidence = format!("supergroup {}: notices {} apart", group.0, now.since(last));
            self.refute(now, Some(Rule::SupergroupNoticeInterval), evidence);
        }
    }

    /// The service counts the members that the model counts, and calls supergroup what the model calls so.
    pub(super) fn judge_counts<D: Defects>(&mut self, seen: &Seen<'_, D>, changes: &[Change]) {
        for group in changes.iter().map(|change| change.group).collect::<BTreeSet<_>>() {
            let Some(place) = self.groups.get(&group) else { continue };
            let (members, supergroup) = (place.members.len(), place.supergroup);
            let counted = seen.service.member_count(group);
            if counted as usize != members {
                let evidence =
                    format!("group {}: the service counts {counted} members of {members}", group.0);
                self.refute(seen.now, Some(Rule::StatisticsOnlineCount), evidence);
            } else if members > 0 && seen.service.is_supergroup(group) != supergroup {
                let rule = if !supergroup && members as u32 <= self.config.limits.group_members_max {
                    Rule::SupergroupReopenNormal
                } else if members as u32 > self.config.limits.group_members_max {
                    Rule::SupergroupThresholdMembers
                } else {
                    Rule::SupergroupStateSticky
                };
                let evidence =
                    format!("group {} with {members} members: supergroup should read {supergroup}", group.0);
                self.refute(seen.now, Some(rule), evidence);
            }
        }
    }
}
