//! The script: what happens to groups at fixed times, and the messages that it sends at a given rate.

use std::ops::Range;

use claque_core::{
    AddLiveMessageGroupBand, BanLiveMessageGroup, DeleteLiveMessageGroupMessage, Duration,
    ModifyLiveMessageAppDisable, ModifyLiveMessageGroup, Mutants, RemoveLiveMessageGroupBand, Request,
    SendLiveMessageGroup, UnbanLiveMessageGroup,
};
use claque_engine::{Actor, Draws, Queue, below, exponential, mix};
use claque_scenario::{
    AppNumber, Arrivals, GroupNumber, MessageStream, Scenario, ScriptAction, ScriptEvent, StreamOrigin,
};

use crate::network::user_key;
use crate::user::Users;
use crate::world::client::Speech;
use crate::world::credentials::text;
use crate::world::state::stage::StreamState;
use crate::world::{Act, ControlEvent, SCRIPT, World, index};

/// How often the script looks for somebody who is there before it lets a message go.
const SPEAKERS_TRIED: usize = 6;

/// One group of an act of the script, with the draws of the act there.
struct ScriptScene {
    group: u32,
    actor: Actor,
    draws: Draws,
}

impl ScriptScene {
    fn draw(&mut self) -> u64 {
        self.draws.draw()
    }
}

/// By group: the audience that comes for it.
fn regulars(scenario: &Scenario, users: &Users) -> Vec<Vec<Range<u32>>> {
    use claque_scenario::{PopulationKind, PopulationNumber};

    let mut found = vec![Vec::new(); scenario.groups.len()];
    for (number, population) in (0u32..).zip(&scenario.populations) {
        if population.kind != PopulationKind::Audience {
            continue;
        }
        let mut from = users.of_population(index(number)).start;
        for membership in scenario.attendance(PopulationNumber(number)) {
            if let Some(ranges) = found.get_mut(index(membership.group.0)) {
                ranges.push(from..from + membership.users);
            }
            from += membership.users;
        }
    }
    found
}

impl<D: Mutants, Q: Queue<ControlEvent>> World<'_, D, Q> {
    pub(crate) fn set_stage(&mut self) {
        self.stage.regulars = regulars(self.scenario, &self.users);
        self.stage.shunned = vec![false; self.scenario.groups.len()];
    }

    pub(crate) fn on_event(&mut self, number: u16) {
        let event = &self.scenario.events[usize::from(number)];
        if self.settling {
            return;
        }
        // The back end cannot reach the service, and tries again when it is back. Acts that change only the clock wait
        // with it, so that acts keep their order.
        if self.is_down() {
            return self.postpone_event(number);
        }
        match event.action {
            ScriptAction::DisableApp(app) => self.disable(app, true),
            ScriptAction::EnableApp(app) => self.disable(app, false),
            ScriptAction::TimeJump { by } => self.jump(by.as_micros()),
            ScriptAction::Awkward { what, count } => {
                self.in_each(event, |world, it| world.be_awkward(what, it.group, count, it.draw()));
            }
            ScriptAction::BudgetBurst { messages } => {
                self.in_each(event, |world, it| world.burst_of_messages(it.group, messages, it.draw()));
            }
            ScriptAction::ChangeAdmins { users } => {
                self.in_each(event, |world, it| world.change_admins(it.group, users, it.draw()));
            }
            ScriptAction::CreateGroup => self.in_each(event, |world, it| world.create_group(it.group)),
            ScriptAction::DeleteDuringSend { messages } => {
                self.in_each(event, |world, it| world.delete_during_send(it.group, messages, it.draw()));
            }
            ScriptAction::DeleteGroup => self.in_each(event, |world, it| world.delete_group(it.group)),
            ScriptAction::DrainGroup { over } => self.in_each(event, |world, it| world.drain(it.group, over)),
            ScriptAction::JoinWave { to, over } => {
                self.in_each(event, |world, it| world.join_wave(it.group, to, over, it.draw()));
            }
            ScriptAction::Kick { users } => self.in_each(event, |world, it| world.kick_some(it, users)),
            ScriptAction::LeaveWave { to, over } => {
                self.in_each(event, |world, it| world.leave_wave(it.group, to, over, it.draw()));
            }
            ScriptAction::Messages(stream) => self.in_each(event, |world, it| world.begin_stream(it, stream)),
            ScriptAction::ModifyGroup { info_bytes } => {
                self.in_each(event, |world, it| world.change_info(it.group, text(info_bytes)));
            }
            ScriptAction::MuteAll => self.in_each(event, |world, it| world.mute_all(it.group)),
            ScriptAction::MuteUsers { users, lasts } => {
                self.in_each(event, |world, it| world.mute_users(it.group, users, lasts, it.draw()));
            }
            ScriptAction::QuotaBurst { calls } => {
                self.in_each(event, |world, it| world.burst_of_calls(it.group, calls));
            }
            ScriptAction::Recall { messages } => {
                self.in_each(event, |world, it| world.recall_recent(it, messages));
            }
            ScriptAction::ReopenGroup { users, over } => {
                self.in_each(event, |world, it| world.reopen(it, users, over));
            }
            ScriptAction::RestoreAtEdge { by } => {
                self.in_each(event, |world, it| world.restore_at_edge(it.group, by));
            }
            ScriptAction::RestoreGroup => self.in_each(event, |world, it| world.restore_group(it.group)),
            ScriptAction::RetentionEdge { by } => {
                self.in_each(event, |world, it| world.list_at_edge(it.group, by, it.draw()));
            }
            ScriptAction::UnmuteAll => self.in_each(event, |world, it| world.unmute_all(it.group)),
        }
    }

    /// Does something in each group of an act.
    fn in_each(&mut self, event: &ScriptEvent, mut act: impl FnMut(&mut Self, &mut ScriptScene)) {
        for group in &event.groups {
            // Event and group together name the draws: an act in two groups draws for each, and an act that is taken
            // out moves no other.
            let actor = Actor::numbered(&event.name, u64::from(group.0));
            let draws = self.randomness.draws(SCRIPT, actor, 0);
            act(self, &mut ScriptScene { group: group.0, actor, draws });
        }
    }

    fn kick_some(&mut self, it: &mut ScriptScene, users: u32) {
        for member in self.some_members(it.group, users, it.draw()) {
            self.kick(it.group, member);
        }
    }

    fn begin_stream(&mut self, it: &ScriptScene, stream: MessageStream) {
        let (group, actor, began) = (it.group, it.actor, self.now);
        // From position 1: the act itself has the draw at 0.
        self.stage.streams.push(StreamState { stream, group, actor, position: 1, sent: 0, began });
        let number = u16::try_from(self.stage.streams.len() - 1).expect("fewer than 65,536 streams");
        self.plan_stream(number);
    }

    /// Members of a group come again.
    pub(crate) fn welcome(&mut self, group: u32) {
        self.stage.shunned[index(group)] = false;
    }

    fn reopen(&mut self, it: &mut ScriptScene, users: u32, over: Duration) {
        self.welcome(it.group);
        self.bring(it.group, u64::from(users), over, it.draw());
    }

    fn unmute_all(&mut self, group: u32) {
        let (app_id, group_id) = self.name_group(group);
        let data_center = self.data_center(group);
        self.request(UnbanLiveMessageGroup { app_id, data_center, group_id });
    }

    /// The members of a group stay away until it is reopened.
    pub(crate) fn shun(&mut self, group: u32) {
        self.stage.shunned[index(group)] = true;
    }

    fn disable(&mut self, app: AppNumber, disable: bool) {
        let Some(secrets) = self.credentials.get(index(app.0)) else { return };
        let request = ModifyLiveMessageAppDisable {
            app_id: secrets.app_id.to_string(),
            data_center: self.scenario.apps.get(index(app.0)).map(|app| app.data_center.as_str().to_owned()),
            disable: Some(disable),
        };
        self.request(request);
    }

    /// Everybody leaves a group, and stays away.
    fn drain(&mut self, group: u32, over: Duration) {
        self.stage.shunned[index(group)] = true;
        for user in 0..self.users.len() {
            if let Some(nth) = self.users.nth_of(user, group).filter(|nth| self.users.is_in(user, *nth)) {
                let after = self.draw_below(user, over.as_micros().max(1));
                self.later(user, after, Act::Leave(nth));
            }
        }
    }

    /// Users join until a group has so many members: those who come for it first, then others.
    fn join_wave(&mut self, group: u32, to: u32, over: Duration, draw: u64) {
        let number = claque_core::GroupIx(self.groups[index(group)]);
        let there = if number.0 == crate::user::NONE { 0 } else { self.service.member_count(number) };
        let wanted = u64::from(to.saturating_sub(there));
        // Those who come for the group first, so that a wave in a small group does not pull users out of others.
        let rest = wanted - self.bring(group, wanted, over, draw).min(wanted);
        let all = self.users.len();
        let first = u32::try_from(below(mix(draw), u64::from(all.max(1)))).unwrap_or(0);
        let mut left = rest;
        for user in (first..all).chain(0..first) {
            if left == 0 {
                break;
            }
            let outsider = self.users.nth_of(user, group).is_none();
            if outsider && self.users.add_group(self.scenario, user, group) {
                self.bring_one(user, over);
                left -= 1;
            }
        }
    }

    /// Brings so many of those who come for a group and are not in it; how many there were.
    pub(crate) fn bring(&mut self, group: u32, count: u64, over: Duration, draw: u64) -> u64 {
        let all = self.stage.regulars_count(group);
        // From a place that is drawn, or the same users would come in every wave.
        let first = below(draw, all.max(1));
        let mut brought = 0;
        for nth in 0..all {
            if brought == count {
                break;
            }
            let Some(user) = self.stage.regular(group, first + nth) else { break };
            if self.users.nth_of(user, group).is_some_and(|nth| !self.users.is_in(user, nth)) {
                self.bring_one(user, over);
                brought += 1;
            }
        }
        brought
    }

    fn bring_one(&mut self, user: u32, over: Duration) {
        let after = self.draw_below(user, over.as_micros().max(1));
        self.later(user, after, Act::Come);
    }

    fn mute_all(&mut self, group: u32) {
        let (app_id, group_id) = self.name_group(group);
        let data_center = self.data_center(group);
        self.request(BanLiveMessageGroup { app_id, data_center, group_id, except_users: Vec::new() });
    }

    fn mute_users(&mut self, group: u32, users: u32, lasts: Duration, draw: u64) {
        let (app_id, group_id) = self.name_group(group);
        let data_center = self.data_center(group);
        let members: Vec<String> =
            self.some_members(group, users, draw).iter().map(ToString::to_string).collect();
        if members.is_empty() {
            return;
        }
        // Made now, and by name: those who are muted at the end of the time may be others, and these must not stay
        // muted.
        let undo = RemoveLiveMessageGroupBand {
            app_id: app_id.clone(),
            data_center: data_center.clone(),
            group_id: group_id.clone(),
            unbanned_users: members.clone(),
        };
        self.request(AddLiveMessageGroupBand { app_id, data_center, group_id, banned_users: members });
        self.input_later(
            lasts.as_micros(),
            claque_core::Input::Request(self.owner.clone(), Request::from(undo)),
        );
    }

    fn change_admins(&mut self, group: u32, users: u32, draw: u64) {
        let (app_id, group_id) = self.name_group(group);
        let data_center = self.data_center(group);
        let admins = self.some_members(group, users, draw).iter().map(ToString::to_string).collect();
        self.request(ModifyLiveMessageGroup {
            app_id,
            data_center,
            group_id,
            modify_admin: Some(true),
            admin_list: Some(admins),
            ..Default::default()
        });
    }

    fn recall_recent(&mut self, it: &mut ScriptScene, messages: u32) {
        let group = it.group;
        let (app_id, group_id) = self.name_group(group);
        for _ in 0..messages {
            if let Some(tid) = self.recent_tid(group, it.draw()) {
                self.request(DeleteLiveMessageGroupMessage {
                    app_id: app_id.clone(),
                    data_center: self.data_center(group),
                    group_id: group_id.clone(),
                    message_id: tid.to_string(),
                    ..Default::default()
                });
            }
        }
    }

    /// Schedules the next message of a stream.
    fn plan_stream(&mut self, number: u16) {
        let state = &mut self.stage.streams[usize::from(number)];
        let rate = state.stream.rate;
        let Some(even) = rate.even(state.sent) else { return };
        let at = match state.stream.arrivals {
            // From the beginning and not from the last message: an interval that is no whole number of microseconds
            // must not add up to a drift.
            Arrivals::Even => state.began + even.as_micros(),
            Arrivals::Poisson => {
                let mean = rate.per().as_micros() / u64::from(rate.count().max(1));
                let draw = self.randomness.draw(SCRIPT, state.actor, state.position);
                state.position += 1;
                self.now + exponential(draw, mean).max(1)
            }
        };
        if at < state.began + state.stream.lasts.as_micros() {
            self.schedule(at, ControlEvent::Stream(number));
        }
    }

    pub(crate) fn on_stream(&mut self, number: u16) {
        if self.settling {
            return;
        }
        let state = &mut self.stage.streams[usize::from(number)];
        state.sent += 1;
        let mut draws = self.randomness.draws(SCRIPT, state.actor, state.position);
        let (stream, group) = (state.stream, state.group);
        // All of them whether they are tried or not: how many users were away must not move the draws of the next
        // message.
        let chosen: [u64; SPEAKERS_TRIED] = std::array::from_fn(|_| draws.draw());
        state.position = draws.position();
        let speech = Speech {
            kind: i64::from(stream.kind.message_type()),
            level: stream.level,
            bytes: stream.body_bytes,
        };
        match stream.from {
            StreamOrigin::Audience => {
                let all = self.stage.regulars_count(group);
                let find = |draw: u64| self.stage.regular(group, below(draw, all.max(1)));
                let speaker = chosen.into_iter().filter_map(find).find(|user| self.can_speak(*user, group));
                match speaker {
                    Some(user) => self.speak(user, group, speech),
                    None => self.counts.unspoken += 1,
                }
            }
            StreamOrigin::Owner => match self.scenario.owner(GroupNumber(group)) {
                Some(user) => self.speak(user, group, speech),
                None => self.counts.unspoken += 1,
            },
            StreamOrigin::Backend => {
                let heavier = self.stage.streams[usize::from(number)].sent - 1;
                let mut request = self.speech_of_backend(group, speech, chosen[0]);
                // Each HIGH message outranks the one before: no slot is free while such a stream is above the limit.
                if stream.level == claque_core::Priority::High {
                    request.weight = request.weight.map(|weight| weight.saturating_add_unsigned(heavier));
                }
                let outcome = self.call(claque_core::Input::Request(self.owner.clone(), request.into()));
                self.count_send(&outcome);
            }
        }
        self.plan_stream(number);
    }

    pub(crate) fn speak_for_backend(&mut self, group: u32, speech: Speech, draw: u64) {
        let request = self.speech_of_backend(group, speech, draw);
        let outcome = self.call(claque_core::Input::Request(self.owner.clone(), request.into()));
        self.count_send(&outcome);
    }

    /// The call that sends a message of the back end.
    pub(crate) fn speech_of_backend(&self, group: u32, speech: Speech, draw: u64) -> SendLiveMessageGroup {
        let (app_id, group_id) = self.name_group(group);
        let weight = match speech.level {
            claque_core::Priority::Normal => 1,
            claque_core::Priority::Medium => 5,
            claque_core::Priority::High => 1_000_000,
        };
        SendLiveMessageGroup {
            app_id,
            data_center: self.data_center(group),
            group_id,
            sender_id: "backend".to_owned(),
            body: Some(self.bodies.body(speech.bytes, draw).to_string()),
            msg_type: Some(speech.kind),
            weight: Some(weight),
            ..Default::default()
        }
    }

    pub(crate) fn on_chat(&mut self) {
        let Some(chat) = &self.plan.chat else { return };
        let Some(line) = chat.get(self.stage.chat_next) else { return };
        self.stage.chat_next += 1;
        let group = self.scenario.chat.0;
        // Every author is spoken for by the same user throughout; where that one is away, the next in line steps in.
        let first = u64::from(user_key("author", line.author));
        let speaker = (0..8)
            .filter_map(|nth| self.stage.regular(group, first + nth))
            .find(|user| self.can_speak(*user, group));
        match speaker {
            Some(user) => self.repeat_line(user, group, line),
            None => self.counts.unspoken += 1,
        }
        if let Some(next) = chat.get(self.stage.chat_next) {
            let at = (self.scenario.start + next.at).as_micros();
            self.schedule(at, ControlEvent::Chat);
        }
    }
}
