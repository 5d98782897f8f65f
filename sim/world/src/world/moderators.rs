//! What hosts and administrators do again and again: mute, mute all, recall, change the information, remove members.

use std::sync::Arc;

use claque_core::{
    ClientRequest, ConsoleRequest, GroupKey, Input, KickLiveMessageGroupUser, ModifyLiveMessageGroup,
    Mutants, Request, Text,
};
use claque_engine::{Queue, below, exponential};
use claque_scenario::DutyKind;

use crate::user::ClientPresence;
use crate::world::{Act, ControlEvent, World, index};

impl<D: Mutants, Q: Queue<ControlEvent>> World<'_, D, Q> {
    pub(crate) fn plan_duty(&mut self, user: u32, duty: u8) {
        let population = &self.scenario.populations[self.users.population(user)];
        if let Some(duty_of) = population.duties.get(usize::from(duty)) {
            let after = exponential(self.draw(user), duty_of.every.as_micros());
            self.later(user, after, Act::Duty(duty));
        }
    }

    pub(crate) fn on_duty(&mut self, user: u32, duty: u8) {
        let population = &self.scenario.populations[self.users.population(user)];
        let Some(duty_of) = population.duties.get(usize::from(duty)).copied() else { return };
        let draw = self.draw(user);
        let groups = u64::from(self.users.groups(user));
        // Other bits than the duty's own use, or the group would decide whom it is done to.
        let nth = u8::try_from(below(draw.rotate_left(7), groups.max(1))).unwrap_or(0);
        let free = !self.is_cut(user) && !self.is_held(user);
        let online = self.users.presence[index(user)] == ClientPresence::Online && free;
        if let Some(group) = self.users.group(user, nth).filter(|_| online) {
            self.do_duty(user, group, duty_of.kind, duty_of.lasts.as_micros(), draw);
        }
        // Planned whether it was done or not: staff whose link is down has the duty again when it is back.
        self.plan_duty(user, duty);
    }

    fn do_duty(&mut self, user: u32, group: u32, kind: DutyKind, lasts: u64, draw: u64) {
        let key = self.key_of(group);
        let session = self.users.session(user);
        match kind {
            DutyKind::Console => self.use_console(user, group, lasts, draw),
            DutyKind::Kick => {
                if let Some(member) = self.some_member(group, draw) {
                    self.kick(group, member);
                }
            }
            DutyKind::Modify => {
                let info = Some(format!("info {}", below(draw, 1_000_000)).into());
                self.ask(user, ClientRequest::ModifyGroup { group: key, info, admins: None });
            }
            DutyKind::Mute => {
                let members = self.some_members(group, 2, draw);
                if !members.is_empty()
                    && self.ask(user, ClientRequest::MuteUsers(key.clone(), members.clone()))
                {
                    let undo = ClientRequest::CancelMuteUsers(key, members);
                    self.input_later(lasts, Input::Client(session, undo));
                }
            }
            DutyKind::MuteAll => {
                if self.ask(user, ClientRequest::MuteAll(key.clone())) {
                    let undo = ClientRequest::CancelMuteAll(key);
                    self.input_later(lasts, Input::Client(session, undo));
                }
            }
            DutyKind::Recall => self.recall(user, group, key, draw),
        }
    }

    /// Does in the console what no operation does.
    fn use_console(&mut self, user: u32, group: u32, lasts: u64, draw: u64) {
        let (app_id, group_id) = self.name_group(group);
        let number = draw >> 8;
        let request = match below(draw, 5) {
            0 => {
                let limit = |messages_per_second| ConsoleRequest::LimitMessages {
                    app_id: app_id.clone(),
                    group_id: group_id.clone(),
                    messages_per_second,
                };
                // A limit that a scenario did not ask for must end, or all that follows would be shaped by it.
                let back = limit(None);
                self.input_later(lasts, Input::Console(self.owner.clone(), back));
                limit(i64::try_from(below(number, 60)).ok())
            }
            1 => ConsoleRequest::ModifyApp {
                app_id,
                app_name: Some(format!("show {}", below(number, 100))),
                msg_life_cycle: None,
            },
            2 => ConsoleRequest::ModifyApp {
                app_id,
                app_name: None,
                msg_life_cycle: i32::try_from(below(number, 3)).ok(),
            },
            3 => ConsoleRequest::ModifyGroup {
                app_id,
                group_id,
                group_name: Some(format!("stage {}", below(number, 100))),
                creator_id: None,
                administrators: None,
                group_info: Some(format!("info {}", below(number, 1_000_000))),
            },
            _ => ConsoleRequest::SendMessage {
                app_id,
                group_id,
                sender_id: self.scenario.user_name(user),
                sender_info: "of the house".to_owned(),
                kind: "20020".to_owned(),
                body: "said in the console".to_owned(),
            },
        };
        let said = matches!(request, ConsoleRequest::SendMessage { .. });
        let outcome = self.call(Input::Console(self.owner.clone(), request));
        if said {
            self.count_send(&outcome);
        }
    }

    /// Makes a request of a client; whether it was accepted.
    fn ask(&mut self, user: u32, request: ClientRequest) -> bool {
        let outcome = self.call(Input::Client(self.users.session(user), request));
        let done = matches!(outcome, claque_core::Outcome::Client(Ok(_)));
        self.counts.refused += u64::from(!done);
        done
    }

    fn recall(&mut self, user: u32, group: u32, key: GroupKey, draw: u64) {
        if let Some(tid) = self.recent_tid(group, draw) {
            self.ask(user, ClientRequest::DeleteMessage(key, tid));
        }
    }

    /// A message ID that a group of the scenario delivered lately.
    pub(crate) fn recent_tid(&self, group: u32, draw: u64) -> Option<Text> {
        let view = self.group_views.get(index(self.groups[index(group)]))?;
        let count = u64::try_from(view.tids.len()).ok()?;
        let at = usize::try_from(below(draw, count)).ok()?;
        view.tids.get(at).cloned()
    }

    /// The user ID of somebody who is in a group.
    pub(crate) fn some_member(&mut self, group: u32, draw: u64) -> Option<Arc<str>> {
        self.some_members(group, 1, draw).pop()
    }

    /// User IDs of some who are in a group, each once.
    pub(crate) fn some_members(&mut self, group: u32, count: u32, draw: u64) -> Vec<Arc<str>> {
        let number = self.groups[index(group)];
        if self.group_views.get(index(number)).is_none() {
            return Vec::new();
        }
        // The lists may be older than the last join or leave, and a member who has gone cannot be muted.
        self.sync(number);
        let view = &self.group_views[index(number)];
        let all = u64::try_from(view.memberships.len()).unwrap_or(0);
        let mut found: Vec<Arc<str>> = Vec::new();
        for nth in 0..u64::from(count.min(30)) {
            // Mixed with the number, so that a second member needs no second draw.
            let at = usize::try_from(below(claque_engine::mix(draw ^ nth), all)).unwrap_or(0);
            let Some(membership) = view.memberships.get(at) else { break };
            let user = self.memberships.owner[index(*membership)].user;
            if user != crate::user::NONE {
                let name: Arc<str> = self.scenario.user_name(user).into();
                if !found.contains(&name) {
                    found.push(name);
                }
            }
        }
        found
    }

    /// The back end removes a member.
    pub(crate) fn kick(&mut self, group: u32, member: Arc<str>) {
        let (app_id, group_id) = self.name_group(group);
        let data_center = self.data_center(group);
        self.request(KickLiveMessageGroupUser {
            app_id,
            data_center,
            group_id,
            kickoff_user: member.to_string(),
        });
    }

    /// The back end changes a group's extension information.
    pub(crate) fn change_info(&mut self, group: u32, info: String) {
        let (app_id, group_id) = self.name_group(group);
        self.request(ModifyLiveMessageGroup {
            app_id,
            data_center: self.data_center(group),
            group_id,
            modify_info: Some(true),
            group_info: Some(info),
            ..Default::default()
        });
    }

    /// The owner of the applications calls an operation.
    pub(crate) fn request(&mut self, request: impl Into<Request>) {
        self.call(Input::Request(self.owner.clone(), request.into()));
    }
}
