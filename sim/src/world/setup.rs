//! What stands before the first user comes: the service's configuration, the application, the groups, and everything
//! in the plan that has a time.

use std::sync::Arc;

use claque_core::{
    AppIx, Config, CreateLiveMessageApp, CreateLiveMessageGroup, Defects, Duration, Input, Outcome, Reply,
    Request, Response,
};

use crate::engine::{Actor, Purpose, Queue, Randomness, below};
use crate::plan::{Audit, Plan, Speech};
use crate::user::{NONE, Role, member_id};
use crate::world::backend::CallerState;
use crate::world::place::Place;
use crate::world::staff::StormState;
use crate::world::{ARRIVAL, Control, World, index};

/// The word that the built-in moderation refuses in a simulated world.
pub(crate) const REFUSED_WORD: &str = "forbidden";
/// Distance of two creations before the run begins, so that they keep within the documented rate.
const CREATION_INTERVAL: Duration = Duration::from_millis(25);

/// What clients and back ends need to know of the application.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    pub(crate) app: AppIx,
    pub(crate) app_id: Arc<str>,
    pub(crate) app_key: Arc<str>,
    pub(crate) app_sign: Arc<str>,
}

impl Default for Credentials {
    fn default() -> Self {
        Self { app: AppIx(0), app_id: "".into(), app_key: "".into(), app_sign: "".into() }
    }
}

/// Message bodies, made once.
#[derive(Debug)]
pub(crate) struct Bodies {
    clean: Vec<Arc<str>>,
    refused: Arc<str>,
    refused_ppm: u32,
}

impl Bodies {
    pub(crate) fn of(plan: &Plan) -> Self {
        let refused_ppm = match &plan.app.audit {
            Audit::Off => 0,
            Audit::BuiltIn => 20_000,
            Audit::Custom { refuses_ppm, .. } => *refuses_ppm,
        };
        let longest = plan.crowds.iter().flat_map(|crowd| &crowd.habits).map(|habit| habit.speech.body_bytes);
        let longest =
            longest.chain(plan.storms.iter().map(|storm| storm.speech.body_bytes)).max().unwrap_or(0);
        let text = "0123456789abcdefghijklmnopqrstuvwxyz".repeat(index(longest) / 36 + 1);
        let clean = (0..=longest.min(256)).map(|bytes| Arc::from(&text[..index(bytes)])).collect();
        Self { clean, refused: REFUSED_WORD.into(), refused_ppm }
    }

    /// The body of a message, by a draw.
    pub(crate) fn body(&self, speech: &Speech, draw: u64) -> Arc<str> {
        if self.refused_ppm > 0 && below(draw, 1_000_000) < u64::from(self.refused_ppm) {
            return Arc::clone(&self.refused);
        }
        self.clean.get(index(speech.body_bytes)).map_or_else(
            || "0123456789".repeat(index(speech.body_bytes) / 10 + 1)[..index(speech.body_bytes)].into(),
            Arc::clone,
        )
    }
}

/// The configuration of the service: the plan's, with a key drawn from the seed.
pub(crate) fn service_config(plan: &Plan, randomness: &Randomness) -> Config {
    let mut config = plan.config.clone();
    let mut draws = randomness.draws(Purpose::named("service.key"), Actor::named("service"), 0);
    for part in config.key.chunks_exact_mut(8) {
        part.copy_from_slice(&draws.draw().to_le_bytes());
    }
    if config.refused_words.is_empty() {
        config.refused_words.push(REFUSED_WORD.to_owned());
    }
    config
}

/// When the application is created: early enough for all groups to be there at the start.
pub(crate) fn preparation_begins(plan: &Plan) -> u64 {
    let creations = u64::try_from(plan.groups.len()).expect("a count fits 64 bits") + 2;
    (plan.start - Duration::from_micros(creations * CREATION_INTERVAL.as_micros())).as_micros()
}

impl<D: Defects, Q: Queue<Control>> World<'_, D, Q> {
    pub(crate) fn prepare(&mut self) {
        self.create_app();
        self.create_groups();
        self.schedule_arrivals();
        self.schedule_plan();
        self.now = self.plan.start.as_micros();
        self.await_timeout();
    }

    fn create_app(&mut self) {
        let app = &self.plan.app;
        let (audit_type, audit_url) = match &app.audit {
            Audit::Off => (0, None),
            Audit::BuiltIn => (1, None),
            Audit::Custom { url, .. } => (2, Some(url.clone())),
        };
        let request = Request::from(CreateLiveMessageApp {
            app_name: Some(app.name.clone()),
            audit_type: Some(audit_type),
            audit_url,
            event_callback_url: app.callback_url.clone(),
            msg_life_cycle: Some(app.retention),
            ..Default::default()
        });
        let outcome = self.call(Input::Request(self.owner.clone(), request));
        let Outcome::Request(Ok(Reply::Done(Response::AppCreated(created)))) = outcome else { return };
        self.credentials = Credentials {
            app: self.service.find_app(&created.app_id).unwrap_or(AppIx(0)),
            app_id: created.app_id,
            app_key: created.app_key,
            app_sign: created.app_sign,
        };
    }

    fn create_groups(&mut self) {
        let mut admins = 0;
        let mut hosts = 0;
        let plan = self.plan;
        for (position, group) in (0u32..).zip(&plan.groups) {
            self.now += CREATION_INTERVAL.as_micros();
            let creator_id = group.host.then(|| member_id("host", hosts));
            hosts += u32::from(group.host);
            let administrators =
                (0..group.admins).map(|nth| member_id("admin", admins + u32::from(nth))).collect();
            admins += u32::from(group.admins);
            let request = Request::from(CreateLiveMessageGroup {
                app_id: self.credentials.app_id.to_string(),
                group_id: group.id.clone(),
                group_name: Some(format!("{} show", group.id)),
                group_info: Some("i".repeat(index(group.info_bytes))),
                administrators,
                creator_id,
                ..Default::default()
            });
            self.call(Input::Request(self.owner.clone(), request));
            let number = self.service.find_group(self.app(), &group.id).map_or(NONE, |found| found.0);
            self.plan_groups.push(number);
            if number != NONE {
                *self.place(number) = Place::new(&group.id, position);
            }
        }
    }

    fn schedule_arrivals(&mut self) {
        let start = self.plan.start.as_micros();
        for at in 0..self.users.crowds.len() {
            let crowd = &self.users.crowds[at];
            let (from, within) = (crowd.plan.arrive_at.as_micros(), crowd.plan.arrive_within.as_micros());
            let (first, staff) = (crowd.first, crowd.role != Role::Audience);
            let next = self.users.crowds.get(at + 1).map_or(self.users.len(), |next| next.first);
            let mut list: Vec<(u64, u32)> = (first..next)
                .map(|user| {
                    let draw = self.randomness.draw(ARRIVAL, self.users.actor(user), 0);
                    let span = if staff { 1_000_000 } else { within };
                    (start + from + below(draw, span.max(1)), user)
                })
                .collect();
            list.sort_unstable_by(|one, other| other.cmp(one));
            self.arrivals.push(list);
            self.schedule_arrival(u16::try_from(at).expect("fewer than 65,536 crowds"));
        }
    }

    fn schedule_arrival(&mut self, crowd: u16) {
        if let Some((at, _)) = self.arrivals[usize::from(crowd)].last().copied() {
            self.schedule(at, Control::Arrival(crowd));
        }
    }

    pub(crate) fn on_arrival(&mut self, crowd: u16) {
        if let Some((_, user)) = self.arrivals[usize::from(crowd)].pop() {
            self.come(user);
        }
        self.schedule_arrival(crowd);
    }

    fn schedule_plan(&mut self) {
        let plan = self.plan;
        let at = |span: Duration| (plan.start + span).as_micros();
        let number = |place: usize| u16::try_from(place).expect("a plan has fewer than 65,536 entries");
        for (place, storm) in plan.storms.iter().enumerate() {
            self.storms.push(StormState::of(plan, storm));
            self.schedule(at(storm.at), Control::Storm(number(place)));
        }
        for (place, caller) in plan.callers.iter().enumerate() {
            self.callers.push(CallerState::of(caller, &self.owner, &self.credentials));
            self.schedule(at(caller.at), Control::Caller(number(place)));
        }
        for (place, step) in plan.steps.iter().enumerate() {
            self.schedule(at(step.at), Control::Step(number(place)));
        }
        for (place, fault) in plan.faults.iter().enumerate() {
            self.schedule(at(fault.at), Control::FaultBegins(number(place)));
        }
        if let Some(line) =
            plan.chat.as_ref().and_then(|chat| chat.lines.first().map(|line| chat.at + line.at))
        {
            self.schedule(at(line), Control::Chat);
        }
        if let Some(interval) = plan.check_interval {
            self.schedule(at(interval), Control::Check);
        }
    }
}
