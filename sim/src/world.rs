//! The world: the service, its users, the network between them and what goes wrong, driven by one queue.
//!
//! The world owns a [`Service`] and does to it what a crowd of clients and back ends would do. After every call it
//! drains the outputs and turns each into events: a group message becomes one delivery per member of the audience, a
//! deadline becomes a control event, and so on. Nothing here knows a rule of the service; what it must answer is the
//! business of the model, which is shown every input, outcome and output.
//!
//! A run is a pure function of its plan: time comes from the queue, randomness from named draws.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the world acts on a few outcomes and lets the others pass"
)]

mod backend;
mod client;
mod parcel;
mod place;
mod post;
mod seat;
mod setup;
mod staff;
mod upkeep;

use std::sync::Arc;

use claque_core::{AccountIx, AppIx, Caller, Defects, HitCounts, Input, Instant, Outcome, Output, Service};

use crate::engine::{Batch, MessageSlots, Purpose, Queue, Randomness, TraceHash, below};
use crate::model::Model;
use crate::network::{Network, Route};
use crate::plan::{Oracle, Plan};
use crate::run::{RunReport, Tally};
use crate::trace::Trace;
use crate::user::Users;
use crate::verdict::Verdict;

use parcel::Parcels;
use place::Place;
use seat::{Flight, Seats};

/// What users draw to decide.
const BEHAVIOUR: Purpose = Purpose::named("user.behaviour");
/// When users arrive.
const ARRIVAL: Purpose = Purpose::named("user.arrival");
/// What callers draw.
const ERRAND: Purpose = Purpose::named("caller.errand");
/// What storms draw.
const STORM: Purpose = Purpose::named("storm.message");
/// What faults draw.
const FAULT: Purpose = Purpose::named("fault.course");
/// How the custom moderation judges.
const REVIEW: Purpose = Purpose::named("moderation.review");

/// An event that is not a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control {
    /// The service has something due.
    Timeout,
    /// The next user of a crowd arrives.
    Arrival(u16),
    /// A user acts, unless that life of the client is over.
    User(u32, u16, Act),
    /// A storm's next message.
    Storm(u16),
    /// A caller's next call.
    Caller(u16),
    /// A step of the plan.
    Step(u16),
    /// A fault of the plan begins.
    FaultBegins(u16),
    /// A fault of the plan ends: its place in the plan, and its bit.
    FaultEnds(u16, u8),
    /// The next line of the recorded chat.
    Chat,
    /// Something arrives that carries more than an event can.
    Parcel(u32),
    /// A user learns that a group has ended for the user.
    Exit(u32, u32),
    /// The service checks its invariants.
    Check,
}

/// What a user does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Logs on, and joins.
    Come,
    /// Joins the n-th of the user's groups.
    Join(u8),
    /// Sends out of a habit.
    Speak(u8),
    /// Leaves the groups, and perhaps logs off.
    Leave,
    /// Loses the link.
    Lose,
    /// Tries to take the link up again.
    Retry,
    /// Logs on with a second device.
    Device,
    /// Logs off.
    GoHome,
    /// Does what hosts and administrators do.
    Intervene,
}

/// What a run counts besides deliveries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) controls: u64,
    pub(crate) calls: u64,
    pub(crate) logons: u64,
    pub(crate) joins: u64,
    pub(crate) leaves: u64,
    pub(crate) links_lost: u64,
    pub(crate) reconnects: u64,
    pub(crate) accepted: u64,
    pub(crate) refused: u64,
    /// By level: normal, medium, high.
    pub(crate) shed: [u64; 3],
    /// By level: normal, medium, high.
    pub(crate) delivered: [u64; 3],
    pub(crate) fanned_out: u64,
    pub(crate) network_lost: u64,
    pub(crate) recovered: u64,
    pub(crate) callbacks: u64,
    pub(crate) callbacks_failed: u64,
    pub(crate) reviews: u64,
    pub(crate) throttled: u64,
    pub(crate) unspoken: u64,
    pub(crate) peak_members: u64,
}

/// A world in the middle of its run.
#[derive(Debug)]
pub(crate) struct World<'p, D, Q> {
    plan: &'p Plan,
    service: Service<HitCounts, D>,
    queue: Q,
    now: u64,
    end: u64,
    randomness: Randomness,
    users: Users,
    network: Network,
    /// By the service's group number.
    places: Vec<Place>,
    /// The service's group number, by position in the plan.
    plan_groups: Vec<u32>,
    seats: Seats,
    flights: MessageSlots<Flight>,
    route: Route,
    parcels: Parcels,
    hash: TraceHash,
    outbox: Vec<Output>,
    /// The deadline that an event is scheduled for.
    timeout_at: Option<u64>,
    /// Per crowd: who arrives when, the next one last.
    arrivals: Vec<Vec<(u64, u32)>>,
    credentials: setup::Credentials,
    owner: Caller,
    callers: Vec<backend::CallerState>,
    storms: Vec<staff::StormState>,
    bodies: setup::Bodies,
    chat_next: usize,
    chat_speakers: Option<Arc<[u32]>>,
    failing: upkeep::Failing,
    /// When the fault behind each bit began.
    fault_began: Vec<u64>,
    pub(crate) model: Option<Model>,
    pub(crate) trace: Option<Trace>,
    pub(crate) counts: Counts,
}

impl<'p, D: Defects, Q: Queue<Control>> World<'p, D, Q> {
    /// A world with its application and groups created, and everything in the plan scheduled.
    pub(crate) fn new(plan: &'p Plan, defects: D, queue: Q, trace: Option<Trace>) -> Self {
        let randomness = Randomness::new(plan.seed);
        let config = setup::service_config(plan, &randomness);
        let model = (plan.oracle == Oracle::Full).then(|| Model::new(&config));
        let began = setup::preparation_begins(plan);
        let mut service = Service::new(Instant::from_micros(began), config, HitCounts::default(), defects);
        service.subscribe_ledger(true);
        let mut world = Self {
            plan,
            service,
            queue,
            now: began,
            end: (plan.start + plan.lasts).as_micros(),
            network: Network::new(&plan.network, &randomness),
            randomness,
            users: Users::of(plan),
            places: Vec::new(),
            plan_groups: Vec::new(),
            seats: Seats::default(),
            flights: MessageSlots::default(),
            route: Route::default(),
            parcels: Parcels::default(),
            hash: TraceHash::default(),
            outbox: Vec::new(),
            timeout_at: None,
            arrivals: Vec::new(),
            credentials: setup::Credentials::default(),
            owner: Caller::account(AccountIx(0)),
            callers: Vec::new(),
            storms: Vec::new(),
            bodies: setup::Bodies::of(plan),
            chat_next: 0,
            chat_speakers: None,
            failing: upkeep::Failing::default(),
            fault_began: vec![0; crate::network::FAULTS_AT_ONCE],
            model,
            trace,
            counts: Counts::default(),
        };
        world.prepare();
        world
    }

    /// Runs until the plan's end, then until everything on its way has landed.
    ///
    /// Stops early when the model is sure that a rule is broken. `progress` is told the virtual time now and then.
    pub(crate) fn run(&mut self, progress: &mut dyn FnMut(u64)) {
        let mut told = 0;
        loop {
            let Self { queue, seats, flights, hash, .. } = self;
            let (at, control) = match queue.next_batch() {
                None => break,
                Some(Batch::Deliveries { start, events }) => {
                    seats.land(start, events, flights.records(), hash);
                    continue;
                }
                Some(Batch::Control { at, control }) => (at, control),
            };
            if at > self.end && !matches!(control, Control::Parcel(_)) {
                continue;
            }
            self.now = at;
            self.counts.controls += 1;
            self.handle(control);
            if self.counts.controls >= told + 4_096 {
                told = self.counts.controls;
                progress(self.now);
            }
            if self.model.as_ref().is_some_and(Model::has_failed) {
                break;
            }
        }
        self.finish();
    }

    fn handle(&mut self, control: Control) {
        match control {
            Control::Timeout => self.on_timeout(),
            Control::Arrival(crowd) => self.on_arrival(crowd),
            Control::User(user, epoch, act) => self.on_user(user, epoch, act),
            Control::Storm(storm) => self.on_storm(storm),
            Control::Caller(caller) => self.on_caller(caller),
            Control::Step(step) => self.on_step(step),
            Control::FaultBegins(fault) => self.on_fault_begins(fault),
            Control::FaultEnds(fault, bit) => self.on_fault_ends(fault, bit),
            Control::Chat => self.on_chat(),
            Control::Parcel(parcel) => self.on_parcel(parcel),
            Control::Exit(user, group) => self.on_exit(user, group),
            Control::Check => self.on_check(),
        }
    }

    /// Does one thing to the service, shows it to whoever watches, and sends out what comes of it.
    fn call(&mut self, input: Input) -> Outcome {
        let now = Instant::from_micros(self.now);
        if !matches!(input, Input::Timeout) && self.service.poll_timeout().is_some_and(|due| due <= now) {
            self.call(Input::Timeout);
        }
        self.counts.calls += 1;
        let shown = (self.model.is_some() || self.trace.is_some()).then(|| input.clone());
        let kind = post::input_kind(&input);
        let outcome = self.service.apply(now, input);
        while let Some(output) = self.service.poll_output() {
            self.outbox.push(output);
        }
        self.hash.control(self.now, kind, post::outcome_number(&outcome));
        if let Some(input) = &shown {
            if let Some(trace) = &mut self.trace {
                trace.step(now, input, &outcome, &self.outbox, &self.service);
            }
            if let Some(model) = &mut self.model {
                model.observe(now, input, &outcome, &self.outbox, &self.service);
            }
        }
        self.send_outputs();
        self.await_timeout();
        outcome
    }

    /// Schedules the service's next deadline, unless an event is there for it already.
    fn await_timeout(&mut self) {
        let Some(due) = self.service.poll_timeout() else { return };
        let due = due.as_micros().max(self.now);
        if self.timeout_at.is_none_or(|scheduled| due < scheduled) && due <= self.end {
            self.timeout_at = Some(due);
            self.schedule(due, Control::Timeout);
        }
    }

    fn on_timeout(&mut self) {
        if self.timeout_at.is_some_and(|at| at <= self.now) {
            self.timeout_at = None;
        }
        if self.service.poll_timeout().is_some_and(|due| due.as_micros() <= self.now) {
            self.call(Input::Timeout);
        } else {
            self.await_timeout();
        }
    }

    /// Schedules an event; never before the queue's own time, which the preparation precedes.
    fn schedule(&mut self, at: u64, control: Control) {
        let at = at.max(self.queue.now());
        self.queue.schedule(at, control);
    }

    /// Schedules an act of a user's present life.
    fn later(&mut self, user: u32, after: u64, act: Act) {
        let epoch = self.users.epoch[index(user)];
        self.schedule(self.now.saturating_add(after), Control::User(user, epoch, act));
    }

    /// The next draw of a user.
    fn draw(&mut self, user: u32) -> u64 {
        let position = self.users.next_position(user);
        self.randomness.draw(BEHAVIOUR, self.users.actor(user), position)
    }

    /// The next draw of a user, below a bound.
    fn draw_below(&mut self, user: u32, bound: u64) -> u64 {
        below(self.draw(user), bound)
    }

    /// The application, once it is created.
    const fn app(&self) -> AppIx {
        self.credentials.app
    }

    /// The place of a group by the service's number, made when it is new.
    fn place(&mut self, group: u32) -> &mut Place {
        while self.places.len() <= index(group) {
            let next = claque_core::GroupIx::from_at(self.places.len());
            let id = Arc::clone(self.service.group_id(next));
            self.places.push(Place::new(&id, crate::user::NONE));
        }
        &mut self.places[index(group)]
    }

    /// What the run came to.
    pub(crate) fn into_report(self) -> RunReport {
        let landed = &self.seats.landed;
        Tally {
            plan: self.plan,
            users: u64::from(self.users.len()),
            counts: &self.counts,
            landed: [landed.messages, landed.notices, landed.missed, landed.duplicates],
            latencies: &self.seats.latencies,
            rules: self.service.tracer(),
            virtual_time: Instant::from_micros(self.now).since(self.plan.start),
            trace_hash: self.hash.value(),
            verdict: self.model.as_ref().map_or(Verdict::Unknown, Model::verdict),
            bytes: (Users::bytes_per_user(), Seats::bytes_per_seat()),
        }
        .report()
    }
}

/// A dense number as a place in a table.
#[expect(clippy::as_conversions, reason = "u32 fits usize")]
pub(crate) const fn index(number: u32) -> usize {
    number as usize
}
