//! What happens to groups besides ordinary talk: storms, the recorded chat, interventions of hosts and administrators,
//! and the plan's steps.

use std::sync::Arc;

use claque_core::{
    ClientRequest, Defects, DeleteLiveMessageGroup, Duration, GroupIx, GroupKey, Input,
    ModifyLiveMessageAppAudit, ModifyLiveMessageAppDisable, Outcome, RecoverLiveMessageDeletedGroup, Request,
};

use crate::engine::{Actor, Queue, below, exponential};
use crate::plan::{Plan, Speech, Step, StormPlan};
use crate::user::{NONE, Presence, Role};
use crate::world::{Act, Control, STORM, World, index};

/// How often a storm looks for somebody who is there before it lets a message go.
const SPEAKERS_TRIED: u32 = 4;

/// A storm in the middle of its course.
#[derive(Debug)]
pub(crate) struct StormState {
    actor: Actor,
    position: u32,
    /// The users whose home the group is.
    speakers: Arc<[u32]>,
}

impl StormState {
    pub(crate) fn of(plan: &Plan, storm: &StormPlan) -> Self {
        Self { actor: Actor::named(&storm.name), position: 0, speakers: regulars(plan, storm.group).into() }
    }
}

/// The audience whose first group this is, by user number.
pub(crate) fn regulars(plan: &Plan, group: u32) -> Vec<u32> {
    let mut first = 0;
    let mut found = Vec::new();
    for crowd in plan.crowds.iter().filter(|crowd| !crowd.groups.is_empty()) {
        let homes = (0u32..).zip(crowd.groups.iter().cycle());
        let count = crowd.users;
        found
            .extend(homes.take(index(count)).filter(|(_, home)| **home == group).map(|(nth, _)| first + nth));
        first += count;
    }
    found
}

impl<D: Defects, Q: Queue<Control>> World<'_, D, Q> {
    pub(crate) fn on_storm(&mut self, number: u16) {
        let storm = &self.plan.storms[usize::from(number)];
        let ends = (self.plan.start + storm.at + storm.lasts).as_micros();
        if self.now >= ends || storm.per_second == 0 {
            return;
        }
        let state = &mut self.storms[usize::from(number)];
        let mut draws = self.randomness.draws(STORM, state.actor, state.position);
        let next = exponential(draws.draw(), 1_000_000 / u64::from(storm.per_second)).max(1);
        let mut candidates = [NONE; 4];
        for candidate in candidates.iter_mut().take(index(SPEAKERS_TRIED)) {
            let count = u64::try_from(state.speakers.len()).unwrap_or(0);
            if let Ok(at) = usize::try_from(draws.below(count.max(1))) {
                *candidate = state.speakers.get(at).copied().unwrap_or(NONE);
            }
        }
        state.position = draws.position();
        self.speak_for_one_of(&candidates, storm.group, &storm.speech);
        self.schedule(self.now + next, Control::Storm(number));
    }

    /// Sends a message through the first of some users who is there.
    fn speak_for_one_of(&mut self, candidates: &[u32], group: u32, speech: &Speech) {
        let number = self.plan_groups[index(group)];
        for &user in candidates {
            if user != NONE
                && self.users.presence[index(user)] == Presence::Online
                && self.users.nth_of(user, group).is_some_and(|nth| self.users.is_in(user, nth))
            {
                self.speak(user, GroupKey::Index(GroupIx(number)), speech);
                return;
            }
        }
        self.counts.unspoken += 1;
    }

    pub(crate) fn on_chat(&mut self) {
        let Some(chat) = &self.plan.chat else { return };
        let Some(line) = chat.lines.get(self.chat_next) else { return };
        self.chat_next += 1;
        let speakers = self.chat_speakers();
        let at = index(line.author) % speakers.len().max(1);
        let user = speakers.get(at).copied().unwrap_or(NONE);
        let speech = Speech {
            kind: line.kind,
            level: line.level,
            repeat: 1,
            body_bytes: u32::try_from(line.body.len()).unwrap_or(0),
            ephemeral: 0,
        };
        self.speak_for_one_of(&[user], chat.group, &speech);
        if let Some(next) = chat.lines.get(self.chat_next) {
            let at = (self.plan.start + chat.at + next.at).as_micros();
            self.schedule(at, Control::Chat);
        }
    }

    /// Those who speak the lines of the recorded chat in turn.
    fn chat_speakers(&mut self) -> Arc<[u32]> {
        if self.chat_speakers.is_none() {
            let group = self.plan.chat.as_ref().map_or(0, |chat| chat.group);
            self.chat_speakers = Some(regulars(self.plan, group).into());
        }
        self.chat_speakers.as_ref().map_or_else(|| Arc::from([]), Arc::clone)
    }

    /// Schedules the next intervention of a host or administrator.
    pub(crate) fn plan_intervention(&mut self, user: u32) {
        let home = self.users.home(user, 0);
        let Some(mean) = self.plan.groups[index(home)].staff_interval else { return };
        let after = exponential(self.draw(user), mean.as_micros());
        self.later(user, after, Act::Intervene);
    }

    pub(crate) fn intervene(&mut self, user: u32) {
        if self.users.presence[index(user)] == Presence::Online && self.users.is_in(user, 0) {
            let home = self.users.home(user, 0);
            let number = self.plan_groups[index(home)];
            let key = GroupKey::Index(GroupIx(number));
            let request = self.intervention(user, home, key);
            let session = self.users.session(user);
            let outcome = self.call(Input::Client(session, request));
            if let Outcome::Client(Err(_)) = outcome {
                self.counts.refused += 1;
            }
        }
        self.plan_intervention(user);
    }

    fn intervention(&mut self, user: u32, home: u32, key: GroupKey) -> ClientRequest {
        let choice = self.draw_below(user, 10);
        let speech = Speech::comment();
        let draw = self.draw(user);
        let somebody = || -> Vec<Arc<str>> {
            let crowds = &self.users.crowds;
            let pool: Vec<u32> = crowds
                .iter()
                .filter(|crowd| crowd.role == Role::Audience && crowd.plan.groups.contains(&home))
                .map(|crowd| {
                    crowd.first + u32::try_from(below(draw, u64::from(crowd.plan.users))).unwrap_or(0)
                })
                .collect();
            let one = pool.get(usize::try_from(draw & 7).unwrap_or(0) % pool.len().max(1));
            one.map(|user| self.users.id(*user).into()).into_iter().collect()
        };
        match choice {
            0 | 1 => ClientRequest::MuteUsers(key, somebody()),
            2 | 3 => ClientRequest::CancelMuteUsers(key, somebody()),
            4 => ClientRequest::MuteAll(key),
            5 => ClientRequest::CancelMuteAll(key),
            6 => match self.recent_tid(home, draw) {
                Some(tid) => ClientRequest::DeleteMessage(key, tid),
                None => ClientRequest::QueryGroup(key),
            },
            7 => ClientRequest::ModifyGroup {
                group: key,
                info: Some(format!("info{}", below(draw, 1_000)).into()),
                admins: None,
            },
            8 => ClientRequest::ListRecentMessages { group: key, before: 0, page_size: 20 },
            _ => ClientRequest::Send(
                key,
                claque_core::ClientSend {
                    kind: 10_004,
                    level: claque_core::Priority::High,
                    body: self.bodies.body(&speech, u64::MAX),
                    repeat: 1,
                    no_storage: false,
                    no_cache: false,
                    skip_audit: true,
                    skip_mute_check: true,
                },
            ),
        }
    }

    /// A message ID that a group of the plan delivered lately.
    pub(crate) fn recent_tid(&self, home: u32, draw: u64) -> Option<Arc<str>> {
        let place = self.places.get(index(self.plan_groups[index(home)]))?;
        let count = u64::try_from(place.tids.len()).ok()?;
        let at = usize::try_from(below(draw, count)).ok()?;
        place.tids.get(at).map(Arc::clone)
    }

    pub(crate) fn on_step(&mut self, number: u16) {
        let step = &self.plan.steps[usize::from(number)];
        let app_id = self.credentials.app_id.to_string();
        let group_id = |group: u32| self.plan.groups[index(group)].id.clone();
        match step.step {
            Step::DeleteGroup(group) => self.request(Request::from(DeleteLiveMessageGroup {
                app_id,
                group_id: group_id(group),
                operator_id: Some("operator".to_owned()),
                ..Default::default()
            })),
            Step::RestoreGroup(group) => self.request(Request::from(RecoverLiveMessageDeletedGroup {
                app_id,
                group_id: group_id(group),
                ..Default::default()
            })),
            Step::Drain(group, within) => self.drain(group, within),
            Step::Fill(group, within) => {
                self.everybody(within, Act::Come, |world, user| world.users.nth_of(user, group).is_some());
            }
            Step::SendHome(within) => self.everybody(within, Act::GoHome, |_, _| true),
            Step::CallBack(within) => self.everybody(within, Act::Come, |_, _| true),
            Step::DisableApp(disable) => self.request(Request::from(ModifyLiveMessageAppDisable {
                app_id,
                disable: Some(disable),
                ..Default::default()
            })),
            Step::AuditType(audit) => self.request(Request::from(ModifyLiveMessageAppAudit {
                app_id,
                audit_type: Some(audit),
                ..Default::default()
            })),
        }
    }

    fn request(&mut self, request: Request) {
        self.call(Input::Request(self.owner.clone(), request));
    }

    /// Everybody leaves a group: those who go to no other leave all the same way.
    fn drain(&mut self, group: u32, within: Duration) {
        self.everybody(within, Act::Leave, |world, user| {
            world.users.nth_of(user, group).is_some_and(|nth| world.users.is_in(user, nth))
        });
    }

    /// Schedules an act of everybody who qualifies, evenly within a span.
    fn everybody(&mut self, within: Duration, act: Act, qualifies: impl Fn(&Self, u32) -> bool) {
        for user in self.users.all() {
            if qualifies(self, user) {
                let after = self.draw_below(user, within.as_micros().max(1));
                self.later(user, after, act);
            }
        }
    }
}
