//! Awkward changes: the same thing a second time, back to nothing, by somebody of another role, or while its user is away.

use claque_core::{
    BatchGetOnlineUsers, CheckLiveMessageUsersInGroup, ClientReply, ClientRequest, ConsoleRequest, Cursor,
    DescribeLiveMessageGroup, Duration, GroupIx, Input, JoinMessageGroup, KickLiveMessageGroupUser,
    LeaveMessageGroup, LinkEnd, ListLiveMessageGroupUsers, ListMessageGroupUser, Login,
    ModifyLiveMessageGroup, Mutants, Outcome, Priority, SendLiveMessageGroup, SendLiveMessageUser,
};
use claque_document::units::Between;
use claque_engine::{Queue, mix};
use claque_scenario::{GroupNumber, ModerationMode};

use crate::world::client::Speech;
use crate::world::session::SECOND;
use crate::world::{World, index};

/// The heartbeat timeouts that a client may ask for, the least and the greatest and such as lie between.
/// Unit: seconds.
const HEARTBEATS: [u64; 4] = [15, 31, 59, 120];

impl<D: Mutants, Q: Queue<crate::world::ControlEvent>> World<'_, D, Q> {
    /// Users log on with information, with other information and with none; that of the group is changed, emptied and set.
    pub(crate) fn change_information(&mut self, group: u32, count: u32, draw: u64) {
        let Some(app) = self.credentials_of(group) else { return };
        let (app_id, group_id) = self.name_group(group);
        let data_center = self.data_center(group);
        let list = ListLiveMessageGroupUsers {
            app_id: app_id.clone(),
            data_center: data_center.clone(),
            group_id: group_id.clone(),
            page_size: Some(50),
            sort_type: Some(1),
            next_page_token: None,
        };
        let inform = |info: &str| ModifyLiveMessageGroup {
            app_id: app_id.clone(),
            data_center: data_center.clone(),
            group_id: group_id.clone(),
            modify_info: Some(true),
            group_info: Some(info.to_owned()),
            ..Default::default()
        };
        for nth in 0..u64::from(count) {
            let id = format!("informed{}", mix(draw ^ nth) % 6);
            for (device, info) in [(0, "first"), (0, "second"), (1, ""), (1, "third")] {
                let login = Login { user_info: info.into(), ..self.login_of(&app, &id, false, device) };
                let Some(session) = self.log_on_with(login) else { continue };
                self.call(Input::Client(session, ClientRequest::Join(self.key_of(group))));
                self.request(list.clone());
                self.say_as(session, group, "who am I", Priority::Normal);
            }
            for info in ["set", "", "set again", ""] {
                self.request(inform(info));
            }
            self.request(DescribeLiveMessageGroup {
                app_id: app_id.clone(),
                data_center: data_center.clone(),
                group_id: group_id.clone(),
            });
        }
    }

    /// Users with heartbeat timeouts of their own lose the link, come back with a fresh token, and lose it again: for almost as
    /// long as they asked for, and for longer.
    pub(crate) fn return_with_token(&mut self, group: u32, count: u32, draw: u64) {
        let Some(app) = self.credentials_of(group) else { return };
        for nth in 0..u64::from(count) {
            let drawn = mix(draw ^ nth);
            let timeout = HEARTBEATS[usize::try_from(drawn % 4).unwrap_or(0)];
            let id = format!("renewed{}", drawn % 8);
            let login = Login {
                heartbeat_timeout: Some(Duration::from_secs(timeout)),
                ..self.login_of(&app, &id, false, 0)
            };
            // Without a timeout of its own: a token renews the right to come back and nothing else.
            let fresh = self.login_of(&app, &id, false, 0);
            let Some(session) = self.log_on_with(login) else { continue };
            self.call(Input::Client(session, ClientRequest::Join(self.key_of(group))));
            self.call(Input::Disconnect(session, LinkEnd::Lost));
            self.say_for_backend_later(group, drawn);
            self.input_later(2 * SECOND, Input::Reconnect(session, Some(fresh), Vec::new()));
            self.input_later(4 * SECOND, Input::Disconnect(session, LinkEnd::Lost));
            let away = timeout * SECOND;
            let away = if drawn.is_multiple_of(3) { away + SECOND } else { away - SECOND };
            self.input_later(4 * SECOND + away, Input::Reconnect(session, None, Vec::new()));
        }
    }

    /// Members are removed while their link is lost; some are let in again before they are back.
    pub(crate) fn kick_away(&mut self, group: u32, count: u32, draw: u64) {
        let (app_id, group_id) = self.name_group(group);
        let data_center = self.data_center(group);
        for nth in 0..u64::from(count) {
            let id = format!("removed{}", mix(draw ^ nth) % 8);
            let Some(session) = self.extra_member(group, &id, false) else { continue };
            self.call(Input::Disconnect(session, LinkEnd::Lost));
            self.request(KickLiveMessageGroupUser {
                app_id: app_id.clone(),
                data_center: data_center.clone(),
                group_id: group_id.clone(),
                kickoff_user: id.clone(),
            });
            self.request(CheckLiveMessageUsersInGroup {
                app_id: app_id.clone(),
                data_center: data_center.clone(),
                group_id: group_id.clone(),
                user_ids: vec![id],
            });
            self.say_for_backend_later(group, draw.wrapping_add(nth));
            self.input_later(SECOND, Input::Reconnect(session, None, Vec::new()));
            let again = ClientRequest::Join(self.key_of(group));
            self.input_later(SECOND + 10, Input::Client(session, again));
        }
    }

    /// Users join late, lose the link, and recover: what was said before they joined is not for them.
    pub(crate) fn join_late(&mut self, group: u32, count: u32, draw: u64) {
        let number = self.groups[index(group)];
        if self.group_views.get(index(number)).is_none() {
            return;
        }
        let speech = Speech { kind: 20_019, level: Priority::High, bytes: Between::new(1, 20) };
        for nth in 0..u64::from(count) {
            self.speak_for_backend(group, speech, draw.wrapping_add(nth));
        }
        let id = format!("late{}", draw % 8);
        let Some(session) = self.extra_member(group, &id, false) else { return };
        self.call(Input::Client(session, ClientRequest::Leave(self.key_of(group))));
        self.speak_for_backend(group, speech, !draw);
        self.call(Input::Client(session, ClientRequest::Join(self.key_of(group))));
        self.call(Input::Disconnect(session, LinkEnd::Lost));
        self.say_for_backend_later(group, draw);
        // From the beginning: the service, and not the cursor, knows when the membership began. And twice, as a client
        // may that has lost count.
        let cursor = Cursor { group: GroupIx(number), high_seq: 0 };
        let cursors = vec![cursor; if draw & 1 == 0 { 1 } else { 2 }];
        self.input_later(2 * SECOND, Input::Reconnect(session, None, cursors));
    }

    /// A group gets a limit of its own, and the default again, while more is sent than it passes; so much is sent in another
    /// group of the same application.
    pub(crate) fn limit_alone(&mut self, group: u32, count: u32, draw: u64) {
        let (app_id, group_id) = self.name_group(group);
        let app = self.scenario.group(GroupNumber(group)).app;
        let groups = u32::try_from(self.scenario.groups.len()).unwrap_or(0);
        let other =
            (0..groups).find(|other| *other != group && self.scenario.group(GroupNumber(*other)).app == app);
        let speech = Speech { kind: 20_020, level: Priority::Normal, bytes: Between::new(1, 8) };
        let few = Some(1 + i64::try_from(draw % 7).unwrap_or(0));
        let limit = |messages_per_second| ConsoleRequest::LimitMessages {
            app_id: app_id.clone(),
            group_id: group_id.clone(),
            messages_per_second,
        };
        let limits = [few, Some(80), None];
        for (nth, messages_per_second) in (0..).zip(limits) {
            self.input_later(
                nth * 2 * SECOND,
                Input::Console(self.owner.clone(), limit(messages_per_second)),
            );
            // Lowered and raised again while the second lasts: what went out in it stays counted.
            if draw & (1 << nth) != 0 {
                let at = nth * 2 * SECOND + SECOND / 4 + u64::from(count) / 2;
                self.input_later(at, Input::Console(self.owner.clone(), limit(few)));
                self.input_later(at + 1, Input::Console(self.owner.clone(), limit(messages_per_second)));
            }
            for sent in 0..u64::from(count) {
                for group in [Some(group), other].into_iter().flatten() {
                    let request = self.speech_of_backend(group, speech, mix(draw ^ sent) ^ u64::from(group));
                    let after = nth * 2 * SECOND + SECOND / 4 + sent;
                    self.input_later(after, Input::Request(self.owner.clone(), request.into()));
                }
            }
        }
    }

    /// Messages that ask to be spared the review, by who may ask and by who may not, to the group and to one user.
    pub(crate) fn skip_review(&mut self, group: u32, count: u32, draw: u64) {
        let group = self.reviewed_group().unwrap_or(group);
        let (app_id, _) = self.name_group(group);
        let data_center = self.data_center(group);
        for nth in 0..u64::from(count) {
            let admin = mix(draw ^ nth).is_multiple_of(2);
            let Some(session) = self.extra_member(group, if admin { "trusted" } else { "untrusted" }, admin)
            else {
                return;
            };
            for skip_audit in [true, false] {
                let direct = ClientRequest::SendToUser {
                    receiver: "untrusted".into(),
                    kind: 20_021,
                    body: format!("direct {nth} {skip_audit}").into(),
                    skip_audit,
                };
                self.call(Input::Client(session, direct));
                // A text of its own: of those that nobody can tell apart the order is not judged.
                let body = format!("to the group {draw:x} {nth} {skip_audit}");
                let mut send = claque_core::ClientSend::new(20_021, Priority::Normal, body);
                (send.skip_audit, send.no_storage) = (skip_audit, nth % 3 == 2);
                self.call(Input::Client(session, ClientRequest::Send(self.key_of(group), send)));
            }
            for high_reliability in [Some(true), None] {
                self.request(SendLiveMessageUser {
                    app_id: app_id.clone(),
                    data_center: data_center.clone(),
                    receiver_id: "untrusted".to_owned(),
                    sender_id: "backend".to_owned(),
                    body: Some("to one".to_owned()),
                    msg_type: Some(20_021),
                    high_reliability,
                    ..Default::default()
                });
            }
        }
    }

    /// A group whose messages are reviewed.
    pub(crate) fn reviewed_group(&self) -> Option<u32> {
        let mut groups = 0..u32::try_from(self.scenario.groups.len()).unwrap_or(0);
        groups.find(|group| {
            let app = self.scenario.group(GroupNumber(*group)).app;
            let app = self.scenario.apps.get(index(app.0));
            app.is_some_and(|app| app.moderation == ModerationMode::Custom)
        })
    }

    /// Messages whose IDs differ by case alone are different ones; one that is sent again is not.
    pub(crate) fn send_namesakes(&mut self, group: u32, count: u32, draw: u64) {
        let (app_id, group_id) = self.name_group(group);
        let data_center = self.data_center(group);
        for nth in 0..u64::from(count) {
            let tid = format!("case{:x}{nth:x}Same", draw & 0xFFFF_FFFF);
            for msg_tid in [tid.clone(), tid.to_uppercase(), tid] {
                self.request(SendLiveMessageGroup {
                    app_id: app_id.clone(),
                    data_center: data_center.clone(),
                    group_id: group_id.clone(),
                    sender_id: "backend".to_owned(),
                    body: Some("once".to_owned()),
                    msg_type: Some(20_022),
                    msg_tid: Some(msg_tid),
                    ..Default::default()
                });
            }
        }
    }

    /// Staff lists stored messages as often as nobody may.
    pub(crate) fn list_as_staff(&mut self, group: u32, count: u32, draw: u64) {
        let Some(session) = self.extra_member(group, &format!("keeper{}", draw % 4), true) else { return };
        for nth in 0..count + 10 {
            let request = ClientRequest::ListHistory {
                group: self.key_of(group),
                staff: nth % 2 == 0,
                kind: None,
                descending: true,
                token: 0,
                page_size: 20,
                begin: 0,
                end: 0,
            };
            self.call(Input::Client(session, request));
        }
    }

    /// Members join and leave through the older family, told to nobody, to themselves or to all, and it is asked who is there.
    pub(crate) fn come_by_older_calls(&mut self, group: u32, count: u32, draw: u64) {
        let (app_id, group_id) = match self.older_groups.first() {
            Some((app_id, group_id)) if draw.is_multiple_of(2) => (app_id.clone(), group_id.clone()),
            _ => self.name_group(group),
        };
        let away = self.extra_member(group, "elder0", false);
        if let Some(session) = away {
            self.call(Input::Disconnect(session, LinkEnd::Lost));
        }
        for nth in 0..u64::from(count) {
            let (app_id, group_id, user_id) = (app_id.clone(), group_id.clone(), format!("elder{nth}"));
            let broadcast_type = Some(i32::try_from(mix(draw ^ nth) % 3).unwrap_or(0));
            self.log_on_elder(group, &user_id);
            self.request(JoinMessageGroup {
                app_id: app_id.clone(),
                group_id: group_id.clone(),
                user_id: user_id.clone(),
                broadcast_type,
                broadcast_statistics: Some(nth % 2 == 0),
            });
            let user_ids = vec!["elder0".to_owned(), user_id.clone(), "nobody".to_owned()];
            self.request(BatchGetOnlineUsers {
                app_id: app_id.clone(),
                group_id: group_id.clone(),
                user_ids,
            });
            self.request(ListMessageGroupUser {
                app_id: app_id.clone(),
                group_id: group_id.clone(),
                page_num: Some(1),
                page_size: Some(20),
                sort_type: Some(0),
            });
            if nth % 2 == 1 {
                let broadcast_statistics = Some(true);
                let leave =
                    LeaveMessageGroup { app_id, group_id, user_id, broadcast_type, broadcast_statistics };
                self.request(leave);
            }
        }
        if let Some(session) = away {
            self.input_later(SECOND, Input::Reconnect(session, None, Vec::new()));
        }
    }

    /// Somebody who has never joined, and somebody who has left again, try what members may do, more than once.
    pub(crate) fn try_from_outside(&mut self, group: u32, count: u32, draw: u64) {
        let Some(app) = self.credentials_of(group) else { return };
        let left = self.extra_member(group, "gone", false);
        if let Some(session) = left {
            self.say_as(session, group, "before I go", Priority::Normal);
            self.call(Input::Client(session, ClientRequest::Leave(self.key_of(group))));
        }
        let outsider = self.log_on_extra(&app, "outsider", false, 0);
        for nth in 0..u64::from(count) {
            for session in [left, outsider].into_iter().flatten() {
                let key = || self.key_of(group);
                let unknown = format!("unknown{:x}{nth}", draw & 0xFFFF);
                let tries = [
                    ClientRequest::ListRecentMessages { group: key(), before: 0, page_size: 10 },
                    ClientRequest::ListRecentGroupUsers(key()),
                    ClientRequest::QueryGroup(key()),
                    ClientRequest::ListMuteUsers(key()),
                    ClientRequest::DeleteMessage(key(), unknown.as_str().into()),
                    ClientRequest::Leave(key()),
                    ClientRequest::CancelMuteAll(key()),
                    ClientRequest::ModifyGroup { group: key(), info: Some("outside".into()), admins: None },
                ];
                for request in tries {
                    self.call(Input::Client(session, request));
                }
                self.list_history(session, group, nth % 2 == 0, 10);
                self.say_as(session, group, "from outside", Priority::Normal);
            }
        }
        // A member recalls what it does not know, and what somebody else sent.
        let Some(member) = self.extra_member(group, "member", false) else { return };
        let spoken = self.say_as(member, group, "mine", Priority::Normal);
        let Outcome::Client(Ok(ClientReply::Sent(tid))) = spoken else { return };
        let Some(other) = self.extra_member(group, "other", false) else { return };
        for (session, tid) in
            [(member, "nothing".into()), (other, tid.clone()), (member, tid.clone()), (member, tid)]
        {
            let recall = ClientRequest::DeleteMessage(self.key_of(group), tid);
            self.call(Input::Client(session, recall));
        }
    }

    /// A user whom a back end lets in must be logged on.
    fn log_on_elder(&mut self, group: u32, id: &str) {
        if id != "elder0"
            && let Some(app) = self.credentials_of(group)
        {
            self.log_on_extra(&app, id, false, 0);
        }
    }
}
