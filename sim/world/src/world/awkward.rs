//! Awkward users and callers: beside the crowd, whose clients are well behaved, somebody of its own does what stands on
//! an edge. None of them is a user of the scenario: the world carries nothing to them, and they do not come back.

use std::sync::Arc;

use claque_core::{
    AccountIx, Caller, ClientReply, ClientRequest, ClientSend, CreateLiveMessageApp, DeleteLiveMessageGroup,
    DeleteLiveMessageGroupMessage, DescribeLiveMessageGroup, Duration, GroupKey, Input, LinkEnd,
    ListLiveMessageGroupMessages, ListLiveMessageGroupUsers, ListMuteGroupUser, Login, Mutants,
    MuteGroupUser, Outcome, Priority, RecoverLiveMessageDeletedGroup, Reply, Request, Response,
    SendLiveMessageGroup, SendLiveMessageUser, SessionId, Ticket, client_token,
};
use claque_document::units::Between;
use claque_engine::{Queue, mix};
use claque_scenario::{AwkwardAct, GroupNumber};

use crate::world::client::Speech;
use crate::world::credentials::AppCredentials;
use crate::world::session::SECOND;
use crate::world::{World, index};

/// How long the token of an awkward user holds. Unit: seconds.
const TOKEN_LIFE: u64 = 86_400;

impl<D: Mutants, Q: Queue<crate::world::ControlEvent>> World<'_, D, Q> {
    /// Does something awkward.
    pub(crate) fn be_awkward(&mut self, what: AwkwardAct, group: u32, count: u32, draw: u64) {
        match what {
            AwkwardAct::Bounce => self.bounce(group, count, draw),
            AwkwardAct::CaseIds => self.try_as_namesakes(group, count),
            AwkwardAct::CaseMessages => self.send_namesakes(group, count, draw),
            AwkwardAct::CrowdDeleted => self.delete_under_crowd(group, count, draw),
            AwkwardAct::CrowdDisabled | AwkwardAct::FewDisabled => self.disable_under_crowd(count, draw),
            AwkwardAct::Cursors => self.walk_lists(group, count, draw),
            AwkwardAct::DeviceWhileAway => self.change_device_away(group, count, draw),
            AwkwardAct::EdgeOfSecond => self.change_at_edge(group, count, draw),
            AwkwardAct::HistoryOfStaff => self.list_as_staff(group, count, draw),
            AwkwardAct::HistoryOverLogon => self.list_over_logon(group, count, draw),
            AwkwardAct::Information => self.change_information(group, count, draw),
            AwkwardAct::KickedAway => self.kick_away(group, count, draw),
            AwkwardAct::LateAck => self.acknowledge_late(group, count, draw),
            AwkwardAct::LateJoin => self.join_late(group, count, draw),
            AwkwardAct::LimitAlone => self.limit_alone(group, count, draw),
            AwkwardAct::ManyGroups => self.be_in_many_groups(group, count, draw),
            AwkwardAct::ManyListed => self.list_many_groups(group, count),
            AwkwardAct::ManyMissed => self.miss_many(group, count, draw),
            AwkwardAct::ManyOlderMutes => self.mute_many_of_old(count, draw),
            AwkwardAct::ManyReviews => self.review_many(count, draw),
            AwkwardAct::ManyTypes => self.send_many_types(group, count, draw),
            AwkwardAct::OlderCalls => self.come_by_older_calls(group, count, draw),
            AwkwardAct::OtherAccount => self.call_from_elsewhere(group, count),
            AwkwardAct::Outsiders => self.try_from_outside(group, count, draw),
            AwkwardAct::RecallWaiting => self.recall_waiting(group, count, draw),
            AwkwardAct::ReturnWithToken => self.return_with_token(group, count, draw),
            AwkwardAct::SkipReview => self.skip_review(group, count, draw),
        }
    }

    /// The credentials of the application of a group.
    pub(crate) fn credentials_of(&self, group: u32) -> Option<AppCredentials> {
        self.credentials.get(index(self.scenario.group(GroupNumber(group)).app.0)).cloned()
    }

    /// Logs on a user who is none of the scenario's.
    pub(crate) fn log_on_extra(
        &mut self,
        app: &AppCredentials,
        id: &str,
        admin: bool,
        device: u32,
    ) -> Option<SessionId> {
        self.log_on_with(self.login_of(app, id, admin, device))
    }

    /// What such a user shows to log on.
    pub(crate) fn login_of(&self, app: &AppCredentials, id: &str, admin: bool, device: u32) -> Login {
        let role = if admin { "admin" } else { "" };
        let timestamp = self.clock().unix_seconds() + TOKEN_LIFE;
        let token = client_token(&app.app_id, &app.app_key, id, "", timestamp, role);
        Login {
            app_id: Arc::clone(&app.app_id),
            app_sign: Arc::clone(&app.app_sign),
            user_id: id.into(),
            role: role.into(),
            timestamp,
            token: token.into(),
            acknowledges: true,
            device,
            ..Login::default()
        }
    }

    pub(crate) fn log_on_with(&mut self, login: Login) -> Option<SessionId> {
        match self.call(Input::Connect(login)) {
            Outcome::Connected(Ok(connected)) => Some(connected.session),
            _ => None,
        }
    }

    /// Logs on such a user of a group's application, and joins the group.
    pub(crate) fn extra_member(&mut self, group: u32, id: &str, admin: bool) -> Option<SessionId> {
        let app = self.credentials_of(group)?;
        let session = self.log_on_extra(&app, id, admin, 0)?;
        self.call(Input::Client(session, ClientRequest::Join(self.key_of(group))));
        Some(session)
    }

    /// The group is deleted, restored and joined again within one second, and talked in.
    fn bounce(&mut self, group: u32, count: u32, draw: u64) {
        let speech = Speech { kind: 20_012, level: Priority::High, bytes: Between::new(1, 20) };
        let watcher = self.extra_member(group, &format!("bounced{}", draw % 8), false);
        self.speak_for_backend(group, speech, draw);
        self.delete_group(group);
        self.restore_group(group);
        self.welcome(group);
        self.bring(group, u64::from(count), Duration::from_millis(400), draw);
        if let Some(session) = watcher {
            self.call(Input::Client(session, ClientRequest::Join(self.key_of(group))));
            self.call(Input::Client(session, ClientRequest::QueryGroup(self.key_of(group))));
        }
        for nth in 1..=u64::from(count) {
            self.speak_for_backend(group, speech, draw.wrapping_add(nth));
        }
        if let Some(session) = watcher {
            self.walk_recent(session, group, 10);
        }
    }

    /// Users whose IDs differ from an owner's or administrator's by case alone have no rights of theirs.
    fn try_as_namesakes(&mut self, group: u32, count: u32) {
        let staff: Vec<String> = (0..self.users.len())
            .filter(|user| self.users.nth_of(*user, group).is_some())
            .take(index(count) * 4)
            .map(|user| self.scenario.user_name(user))
            .collect();
        for name in staff {
            let other = name.to_uppercase();
            let Some(session) = self.extra_member(group, &other, false) else { continue };
            let muted: Vec<Arc<str>> = vec![name.as_str().into()];
            let key = || self.key_of(group);
            let tries = [
                ClientRequest::MuteAll(key()),
                ClientRequest::MuteUsers(key(), muted),
                ClientRequest::ModifyGroup { group: key(), info: Some("taken over".into()), admins: None },
                ClientRequest::ListMuteUsers(key()),
                ClientRequest::CloseGroup(key()),
            ];
            for request in tries {
                self.call(Input::Client(session, request));
            }
            self.say_as(session, group, "namesake", Priority::Normal);
            self.call(Input::Client(session, ClientRequest::Logout));
        }
    }

    pub(crate) fn say_as(&mut self, session: SessionId, group: u32, body: &str, level: Priority) -> Outcome {
        let send = ClientSend::new(20_013, level, body);
        let outcome = self.call(Input::Client(session, ClientRequest::Send(self.key_of(group), send)));
        self.count_send(&outcome);
        outcome
    }

    /// Walks through the recent list, from beyond the newest back.
    fn walk_recent(&mut self, session: SessionId, group: u32, page_size: u32) {
        let newest = self.group_views.get(index(self.groups[index(group)])).map_or(0, |view| view.seq);
        let mut before = newest + 5;
        for _ in 0..8 {
            let key = self.key_of(group);
            let request = ClientRequest::ListRecentMessages { group: key, before, page_size };
            let Outcome::Client(Ok(ClientReply::Messages(_, next))) =
                self.call(Input::Client(session, request))
            else {
                return;
            };
            match u64::try_from(next) {
                Ok(next) if next > 0 => before = next,
                _ => return,
            }
        }
    }

    /// Walks through every list page by page, and asks from beyond the newest and before the oldest.
    fn walk_lists(&mut self, group: u32, count: u32, draw: u64) {
        let Some(session) = self.extra_member(group, &format!("reader{}", draw % 8), true) else { return };
        for nth in 0..u64::from(count) {
            self.say_as(session, group, &format!("line {nth}"), Priority::Normal);
        }
        for size in [50, 49, count.clamp(1, 50)] {
            self.walk_recent(session, group, size);
        }
        let seq = self.group_views.get(index(self.groups[index(group)])).map_or(0, |view| view.seq);
        for before in [1, seq, seq + 1, seq + 2] {
            let key = self.key_of(group);
            let request = ClientRequest::ListRecentMessages { group: key, before, page_size: 50 };
            self.call(Input::Client(session, request));
        }
        self.walk_stored(group, draw);
        self.walk_members(group);
        self.call(Input::Client(session, ClientRequest::ListMuteUsers(self.key_of(group))));
        self.call(Input::Client(session, ClientRequest::ListRecentGroupUsers(self.key_of(group))));
        self.call(Input::Client(session, ClientRequest::Logout));
    }

    fn walk_stored(&mut self, group: u32, draw: u64) {
        let (app_id, group_id) = self.name_group(group);
        let now = i64::try_from(self.clock().unix_seconds()).unwrap_or(i64::MAX);
        let windows = [(None, None), (Some(now - 20), Some(now - 1)), (None, Some(now))];
        for (nth, (begin_time, end_time)) in (0_u32..).zip(windows) {
            let mut call = ListLiveMessageGroupMessages {
                app_id: app_id.clone(),
                data_center: self.data_center(group),
                group_id: group_id.clone(),
                page_size: Some(10),
                sort_type: Some(1 + i32::from((draw >> nth) & 1 == 1)),
                msg_type: (nth == 2).then_some(20_001),
                begin_time,
                end_time,
                ..Default::default()
            };
            for _ in 0..6 {
                let outcome = self.call(Input::Request(self.owner.clone(), call.clone().into()));
                let Outcome::Request(Ok(Reply::Done(Response::Messages(page)))) = outcome else { break };
                if page.next_page_token <= 0 {
                    break;
                }
                call.next_page_token = Some(page.next_page_token);
            }
        }
    }

    fn walk_members(&mut self, group: u32) {
        let (app_id, group_id) = self.name_group(group);
        for sort_type in [1, 2] {
            let mut call = ListLiveMessageGroupUsers {
                app_id: app_id.clone(),
                data_center: self.data_center(group),
                group_id: group_id.clone(),
                page_size: Some(10),
                sort_type: Some(sort_type),
                next_page_token: None,
            };
            for _ in 0..5 {
                let outcome = self.call(Input::Request(self.owner.clone(), call.clone().into()));
                let Outcome::Request(Ok(Reply::Done(Response::Users(page)))) = outcome else { break };
                if page.next_page_token <= 0 {
                    break;
                }
                call.next_page_token = Some(page.next_page_token);
            }
        }
    }

    /// A user loses the link, and logs on from another device before anybody has noticed.
    fn change_device_away(&mut self, group: u32, count: u32, draw: u64) {
        let Some(app) = self.credentials_of(group) else { return };
        for nth in 0..u64::from(count) {
            let id = format!("moved{}", mix(draw ^ nth) % 8);
            let Some(first) = self.extra_member(group, &id, false) else { continue };
            self.call(Input::Disconnect(first, LinkEnd::Lost));
            self.say_for_backend_later(group, draw.wrapping_add(nth));
            let Some(second) = self.log_on_extra(&app, &id, false, 1) else { continue };
            self.call(Input::Client(first, ClientRequest::Join(self.key_of(group))));
            self.call(Input::Reconnect(first, None, Vec::new()));
            self.call(Input::Client(second, ClientRequest::Join(self.key_of(group))));
            self.call(Input::Disconnect(second, LinkEnd::Lost));
            // The timeout of the first loss is none of the second.
            self.input_later(SECOND, Input::Reconnect(second, None, Vec::new()));
        }
    }

    pub(crate) fn say_for_backend_later(&mut self, group: u32, draw: u64) {
        let speech = Speech { kind: 20_014, level: Priority::High, bytes: Between::new(1, 20) };
        let request = self.speech_of_backend(group, speech, draw);
        self.input_later(draw % SECOND, Input::Request(self.owner.clone(), request.into()));
    }

    /// Changes in the last tenth of a second, looked at before and after it ends.
    fn change_at_edge(&mut self, group: u32, count: u32, draw: u64) {
        let clock = self.clock().as_micros();
        let left = SECOND - clock % SECOND;
        let late = left + if left > SECOND / 10 { 0 } else { SECOND } - SECOND / 20 - draw % 40_000;
        let (app_id, group_id) = self.name_group(group);
        let data_center = self.data_center(group);
        let owner = self.owner.clone();
        let ask = |world: &mut Self, after: u64, request: Request| {
            world.input_later(after, Input::Request(owner.clone(), request));
        };
        let describe =
            DescribeLiveMessageGroup { app_id: app_id.clone(), data_center: data_center.clone(), group_id };
        for nth in 0..u64::from(count) {
            let own = format!("consoleOwn{}", mix(draw ^ nth) % 6);
            let (app_id, data_center) = (app_id.clone(), data_center.clone());
            let delete = DeleteLiveMessageGroup {
                app_id: app_id.clone(),
                data_center: data_center.clone(),
                group_id: own.clone(),
                operator_id: Some("late".to_owned()),
            };
            let create = claque_core::CreateLiveMessageGroup {
                app_id: app_id.clone(),
                data_center: data_center.clone(),
                group_id: own.clone(),
                group_name: Some("made late".to_owned()),
                ..Default::default()
            };
            let restore = RecoverLiveMessageDeletedGroup {
                app_id: app_id.clone(),
                data_center: data_center.clone(),
                group_id: own.clone(),
            };
            let look = DescribeLiveMessageGroup { app_id, data_center, group_id: own };
            let at = late + nth * 2_000;
            ask(self, at, create.into());
            ask(self, at + 1, look.clone().into());
            ask(self, at + 2, delete.into());
            ask(self, at + 3, look.clone().into());
            ask(self, at + SECOND / 8, look.into());
            if nth.is_multiple_of(2) {
                ask(self, at + SECOND / 7, restore.into());
            }
            self.say_for_backend_later(group, at);
        }
        ask(self, late, describe.clone().into());
        ask(self, late + SECOND / 8, describe.into());
    }

    /// A client lists stored messages as often as it may, logs on anew, and lists again in the same second.
    fn list_over_logon(&mut self, group: u32, count: u32, draw: u64) {
        let Some(app) = self.credentials_of(group) else { return };
        for nth in 0..u64::from(count) {
            let id = format!("lister{}", mix(draw ^ nth) % 8);
            for device in 0..2 {
                let Some(session) = self.log_on_extra(&app, &id, false, device) else { return };
                for descending in [true, false] {
                    self.list_history(session, group, descending, 20);
                }
            }
        }
    }

    /// Messages to users are acknowledged by sessions that are over, by other users, and at last by who has them.
    fn acknowledge_late(&mut self, group: u32, count: u32, draw: u64) {
        let Some(app) = self.credentials_of(group) else { return };
        for nth in 0..u64::from(count) {
            let id = format!("receiver{}", mix(draw ^ nth) % 16);
            let Some(first) = self.log_on_extra(&app, &id, false, 0) else { return };
            let Some(other) = self.log_on_extra(&app, "bystander", false, 0) else { return };
            let Some(ticket) = self.send_reliably(group, &id) else { continue };
            self.acknowledge_as(other, ticket);
            match nth % 4 {
                0 => {
                    self.call(Input::Disconnect(first, LinkEnd::Lost));
                    self.acknowledge_as(first, ticket);
                    self.input_later(SECOND, Input::Reconnect(first, None, Vec::new()));
                    let late = Input::Client(first, ClientRequest::Acknowledge(ticket));
                    self.input_later(SECOND + 10, late);
                }
                1 => {
                    self.call(Input::Client(first, ClientRequest::Logout));
                    self.acknowledge_as(first, ticket);
                }
                2 => {
                    let second = self.log_on_extra(&app, &id, false, 1);
                    self.acknowledge_as(first, ticket);
                    second.into_iter().for_each(|session| self.acknowledge_as(session, ticket));
                }
                _ => self.acknowledge_as(first, ticket),
            }
        }
    }

    fn acknowledge_as(&mut self, session: SessionId, ticket: Ticket) {
        self.call(Input::Client(session, ClientRequest::Acknowledge(ticket)));
    }

    fn send_reliably(&mut self, group: u32, receiver: &str) -> Option<Ticket> {
        let (app_id, _) = self.name_group(group);
        let call = SendLiveMessageUser {
            app_id,
            data_center: self.data_center(group),
            receiver_id: receiver.to_owned(),
            sender_id: "backend".to_owned(),
            body: Some("to be acknowledged".to_owned()),
            msg_type: Some(20_015),
            high_reliability: Some(true),
            ..Default::default()
        };
        match self.call(Input::Request(self.owner.clone(), call.into())) {
            Outcome::Request(Ok(Reply::Pending(ticket))) => Some(ticket),
            _ => None,
        }
    }

    /// Many are muted in a group of the older family, and again for another time.
    fn mute_many_of_old(&mut self, count: u32, draw: u64) {
        let Some((app_id, group_id)) = self.older_groups.first().cloned() else { return };
        let operator_user_id = Some("backend".to_owned());
        let mute = |from: u32, to: u32, seconds: i32| MuteGroupUser {
            app_id: app_id.clone(),
            group_id: group_id.clone(),
            operator_user_id: operator_user_id.clone(),
            mute_user_list: (from..to).map(|nth| format!("muted{nth}")).collect(),
            mute_time: Some(seconds),
            broadcast_type: Some(0),
        };
        let list = |page_num: i32| ListMuteGroupUser {
            app_id: app_id.clone(),
            group_id: group_id.clone(),
            operator_user_id: operator_user_id.clone(),
            page_num: Some(page_num),
            page_size: Some(50),
        };
        let again = i32::try_from(1 + draw % 4).unwrap_or(1);
        for call in [mute(0, count, 30), mute(count / 3, count / 2, again), mute(0, count / 4, 60)] {
            self.request(call);
        }
        let owner = self.owner.clone();
        let lists = [list(1), list(2)].map(|call| Input::Request(owner.clone(), call.into()));
        for after in [0, 2 * SECOND, 5 * SECOND, 31 * SECOND] {
            lists.iter().for_each(|input| self.input_later(after + 1, input.clone()));
        }
    }

    /// One account uses a second up, and another makes its first calls in it.
    fn call_from_elsewhere(&mut self, group: u32, count: u32) {
        let (app_id, group_id) = self.name_group(group);
        let data_center = self.data_center(group);
        let describe: Request = DescribeLiveMessageGroup { app_id, data_center, group_id }.into();
        let bound = describe.operation().calls_per_second();
        for _ in 0..bound + 2 {
            self.call(Input::Request(self.owner.clone(), describe.clone()));
        }
        for _ in 0..count {
            let elsewhere = Caller::account(AccountIx(1));
            self.call(Input::Request(elsewhere.clone(), describe.clone()));
            let create =
                CreateLiveMessageApp { app_name: Some("elsewhere".to_owned()), ..Default::default() };
            self.call(Input::Request(elsewhere, create.into()));
        }
    }

    /// More is sent than a second holds, and taken back while it waits; and what nothing stores is taken back.
    fn recall_waiting(&mut self, group: u32, count: u32, draw: u64) {
        let (app_id, group_id) = self.name_group(group);
        let data_center = self.data_center(group);
        let send = |tid: String, nth: u64, stored: bool| SendLiveMessageGroup {
            app_id: app_id.clone(),
            data_center: data_center.clone(),
            group_id: group_id.clone(),
            sender_id: "backend".to_owned(),
            body: Some("to be taken back".to_owned()),
            msg_type: Some(20_016 + i64::from(nth.is_multiple_of(2))),
            msg_tid: Some(tid),
            weight: Some([1, 5, 1_000_000][usize::try_from(mix(draw ^ nth) % 3).unwrap_or(0)]),
            no_storage: Some(!stored),
            statics_increase: Some(2),
            ..Default::default()
        };
        let tid = |nth: u64| format!("back{:x}{nth:x}", draw & 0xFFFF_FFFF);
        for nth in 0..u64::from(count) {
            self.request(send(tid(nth), nth, nth % 3 != 1));
        }
        for nth in (0..u64::from(count)).rev().step_by(2) {
            self.request(DeleteLiveMessageGroupMessage {
                app_id: app_id.clone(),
                data_center: data_center.clone(),
                group_id: group_id.clone(),
                message_id: tid(nth),
                ..Default::default()
            });
        }
        let describe = DescribeLiveMessageGroup {
            app_id: app_id.clone(),
            data_center: data_center.clone(),
            group_id: group_id.clone(),
        };
        self.request(describe.clone());
        self.input_later(3 * SECOND, Input::Request(self.owner.clone(), describe.into()));
        if let Some(session) = self.extra_member(group, &format!("witness{}", draw % 8), false) {
            self.walk_recent(session, group, 50);
        }
    }

    /// A group by its ID, for an awkward user.
    pub(crate) fn key_by_name(id: &str) -> GroupKey {
        id.into()
    }
}
