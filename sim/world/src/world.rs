//! The world: the service, its users, the network between them and what goes wrong, driven by one queue.
//!
//! The world owns a [`Service`] and does to it what a crowd of clients and back ends would do. After every call it
//! drains the outputs and turns each into events: a group message becomes one delivery per member of the audience, a
//! deadline becomes a control event, and so on. Nothing here knows a rule of the service; what it must answer is the
//! business of the model, which is shown every input, outcome and output.
//!
//! A run is a pure function of its plan: time comes from the queue, randomness from named draws.
//!
//! Two clocks: the queue counts *show time*, the service's clock is ahead of it by the time jumps so far. A jump of a
//! month moves nothing in the queue; the service's deadlines in it fall due one after the other.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the world acts on a few outcomes and lets the others pass"
)]

mod apps;
mod awkward;
mod awkward_changes;
mod awkward_crowds;
mod backend;
mod backend_call;
mod boundary_actions;
mod client;
mod clock;
mod configuration;
mod crash;
mod credentials;
mod difference;
mod events;
mod fault;
mod fault_concern;
mod group;
mod in_flight;
mod inspect;
mod membership;
mod moderators;
mod names;
mod numbers;
mod older;
mod outputs;
mod receiver;
mod reseed;
mod script;
mod session;
mod settle;
mod setup;
mod state;
mod tenant;

use std::sync::Arc;

use claque_core::{
    AccountIx, Caller, Config, Duration, HitCounts, Input, Instant, Mutants, Outcome, Output, Service,
};
use claque_engine::{Batch, MessageSlots, Queue, Randomness, TraceHash, below};
use claque_oracle::Model;
use claque_oracle::liveness::PendingObligations;
use claque_oracle::verdict::Verdict;
use claque_scenario::plan::{Oracle, Plan};
use claque_scenario::{FaultKind, Scenario};

use crate::input_coverage::InputCoverage;
use crate::network::{FanoutRoute, SimNetwork};
use crate::observer::{Flow, ObservedCall, Observer};
use crate::report::{RunCounts, RunReport, RunTally};
use crate::trace::Trace;
use crate::user::{NONE, Users};

pub use configuration::{preparation_time, service_config};
use credentials::{AppCredentials, Bodies};
pub use difference::first_difference;
use events::{ARRIVAL, BEHAVIOUR, CRASH, ERRAND, FAULT, REVIEW, SCRIPT, WorldTurn};
pub(crate) use events::{Act, ControlEvent, index};
use group::WorldGroup;
use in_flight::InFlightStore;
use membership::{Flight, MembershipTable};
use state::blackbox::Blackbox;
use state::callbacks::CallbackReceiver;
use state::caller::CallerState;
use state::rare::RareStates;
use state::stage::Stage;
use state::tenant::Tenant;

/// A world in the middle of its run.
#[derive(Debug)]
pub(crate) struct World<'p, D, Q> {
    plan: &'p Plan,
    scenario: &'p Scenario,
    service: Service<HitCounts, D>,
    mutants: D,
    /// The journal; none where the scenario has no crash.
    blackbox: Option<Blackbox>,
    queue: Q,
    /// Show time. Unit: microseconds since the UNIX epoch.
    now: u64,
    /// How far the service's clock is ahead of show time. Unit: microseconds.
    ahead: u64,
    /// The end of the show, and of the time to settle.
    ends: u64,
    settled: u64,
    /// The scene is being set: nobody is notified of anything yet.
    preparing: bool,
    /// The show is over.
    settling: bool,
    randomness: Randomness,
    users: Users,
    network: SimNetwork,
    /// By the service's group number.
    group_views: Vec<WorldGroup>,
    /// The service's group number, by number in the scenario; [`NONE`] until it is created.
    groups: Vec<u32>,
    memberships: MembershipTable,
    flights: MessageSlots<Flight>,
    route: FanoutRoute,
    in_flight: InFlightStore,
    hash: TraceHash,
    outbox: Vec<Output>,
    /// The deadline that an event is scheduled for.
    timeout_at: Option<u64>,
    /// Per population: who arrives when, the next one last.
    arrivals: Vec<Vec<(u64, u32)>>,
    /// By application.
    credentials: Vec<AppCredentials>,
    owner: Caller,
    /// Another tenant that uses the service; none: the world has it to itself.
    tenant: Option<Tenant>,
    callers: Vec<CallerState>,
    /// Applications without users that back ends have created.
    spare_apps: Vec<String>,
    /// Groups of older applications that back ends have created: the application, and the ID that the service chose.
    older_groups: Vec<(String, String)>,
    stage: Stage,
    bodies: Bodies,
    no_text: Arc<str>,
    /// How far each clock was set by steps, and other rare states of users.
    rare: RareStates,
    receiver: CallbackReceiver,
    /// Obligations still pending at the end, with their waivers.
    obligations: PendingObligations,
    /// Classes of values that parameters of server-side calls had.
    values: InputCoverage,
    pub(crate) model: Option<Model>,
    pub(crate) trace: Option<Trace>,
    /// The observer, besides the model and the trace.
    observer: Option<Box<dyn Observer>>,
    /// The observer has seen enough: the run gets no verdict.
    stopped: bool,
    pub(crate) counts: RunCounts,
}

impl<'p, D: Mutants, Q: Queue<ControlEvent>> World<'p, D, Q> {
    /// A world with its applications and groups created, and everything in the scenario scheduled.
    pub(crate) fn new(
        plan: &'p Plan,
        mutants: D,
        queue: Q,
        trace: Option<Trace>,
        observer: Option<Box<dyn Observer>>,
    ) -> Self {
        let config = service_config(&plan.scenario, &Randomness::new(plan.seed));
        let model = (plan.oracle == Oracle::Full).then(|| Model::new(&config));
        let mut world = Self { model, trace, observer, ..Self::empty(plan, mutants, queue, config) };
        world.prepare();
        world
    }

    /// A world in which nothing stands yet.
    fn empty(plan: &'p Plan, mutants: D, queue: Q, config: Config) -> Self {
        let scenario = &plan.scenario;
        let randomness = Randomness::new(plan.seed);
        let network = SimNetwork::new(scenario, &randomness);
        let start = scenario.start.as_micros();
        let began = start.saturating_sub(preparation_time(scenario));
        let crashes = scenario.faults.iter().any(|fault| matches!(fault.kind, FaultKind::Crash { .. }));
        // A journal costs each input its encoding, which only a crash ever reads.
        let blackbox = crashes.then(|| {
            let draws = randomness.draws(CRASH, claque_engine::Actor::named("disk"), 0);
            Blackbox::new(Instant::from_micros(began), &config, draws)
        });
        let mut service =
            Service::new(Instant::from_micros(began), config, HitCounts::default(), mutants.clone());
        // To everybody else a shed message is a success: without the ledger the model could not tell one that gave way
        // from one that was forgotten.
        service.subscribe_ledger(true);
        let ends = start + scenario.duration.as_micros();
        Self {
            plan,
            scenario,
            service,
            mutants,
            blackbox,
            queue,
            now: began,
            ahead: 0,
            ends,
            settled: ends + scenario.settle.as_micros(),
            preparing: true,
            settling: false,
            users: Users::of(scenario, |population, key| {
                // Named by the user: those with a second group are the same users in a smaller crowd, which shrinking
                // counts on.
                population.second_group.as_u16() > 0
                    && network.takes("second-group", population.second_group, key)
            }),
            network,
            randomness,
            group_views: Vec::new(),
            groups: vec![NONE; scenario.groups.len()],
            memberships: MembershipTable::default(),
            flights: MessageSlots::default(),
            route: FanoutRoute::default(),
            in_flight: InFlightStore::default(),
            hash: TraceHash::default(),
            outbox: Vec::new(),
            timeout_at: None,
            arrivals: Vec::new(),
            credentials: Vec::new(),
            owner: Caller::account(AccountIx(0)),
            tenant: None,
            callers: Vec::new(),
            spare_apps: Vec::new(),
            older_groups: Vec::new(),
            stage: Stage::default(),
            bodies: Bodies::default(),
            no_text: Arc::from(""),
            rare: RareStates::default(),
            receiver: CallbackReceiver::default(),
            obligations: PendingObligations::default(),
            values: InputCoverage::default(),
            model: None,
            trace: None,
            observer: None,
            stopped: false,
            counts: RunCounts::default(),
        }
    }

    /// Runs until everything has settled, then until everything on its way has landed.
    ///
    /// Stops early when the model is sure that a rule is broken. `progress` is given the virtual time now and then, and says
    /// whether the run goes on.
    pub(crate) fn run(&mut self, progress: &mut dyn FnMut(u64) -> Flow) {
        let mut reported = 0;
        if progress(self.scenario.start.as_micros()) == Flow::Stop {
            self.stopped = true;
            return;
        }
        loop {
            let control = match self.turn() {
                WorldTurn::Over => break,
                WorldTurn::Passed => continue,
                WorldTurn::Handled(control) => control,
            };
            // Before the oracle ends the run: the event that broke a rule is the one that a watcher came for.
            if self.observer.is_some() && self.show_event(control) == Flow::Stop {
                self.stopped = true;
                return;
            }
            // By events and not by time: there is no wall clock here that could say when an impatient reader wants to
            // know.
            if self.counts.controls >= reported + 4_096 {
                reported = self.counts.controls;
                if progress(self.now) == Flow::Stop {
                    self.stopped = true;
                    return;
                }
            }
            // From the first difference on the model's books describe another service: what they said next would be a
            // consequence of it, under some other rule.
            if self.model.as_ref().is_some_and(Model::has_failed) {
                break;
            }
        }
        self.finish();
    }

    /// Takes the next batch from the queue and plays it.
    fn turn(&mut self) -> WorldTurn {
        // Taken apart, so that the batch may stay in the queue's own memory while the memberships change.
        let Self { queue, memberships, flights, hash, observer, .. } = self;
        let (at, control) = match queue.next_batch() {
            None => return WorldTurn::Over,
            Some(Batch::Deliveries { start, events }) => {
                if let Some(observer) = observer.as_mut().filter(|observer| observer.wants_landings()) {
                    memberships.show(start, events, flights.records(), &mut **observer);
                }
                memberships.land(start, events, flights.records(), hash);
                return WorldTurn::Passed;
            }
            Some(Batch::Control { at, control }) => (at, control),
        };
        // What was sent within the time to settle may land after it: a HIGH message that is pulled in the last moment
        // is not lost.
        if at > self.settled && !matches!(control, ControlEvent::InFlight(_)) {
            return WorldTurn::Passed;
        }
        self.now = at;
        self.counts.controls += 1;
        self.handle(control);
        WorldTurn::Handled(control)
    }

    fn handle(&mut self, control: ControlEvent) {
        match control {
            ControlEvent::Timeout => self.on_timeout(),
            ControlEvent::Arrival(population) => self.on_arrival(population),
            ControlEvent::User(user, epoch, act) => self.on_user(user, epoch, act),
            ControlEvent::Stream(stream) => self.on_stream(stream),
            ControlEvent::Call(caller) => self.on_call(caller),
            ControlEvent::Event(event) => self.on_event(event),
            ControlEvent::FaultBegins(fault) => self.on_fault_begins(fault),
            ControlEvent::FaultEnds(bit) => self.on_fault_ends(bit),
            ControlEvent::Chat => self.on_chat(),
            ControlEvent::InFlight(in_flight) => self.on_in_flight(in_flight),
            ControlEvent::Exit(user, group) => self.on_exit(user, group),
            ControlEvent::Check => self.on_check(),
            ControlEvent::Fork(number) => self.on_fork(number),
            // The tenant's own loop waits for it to have been handled.
            ControlEvent::Halt => {}
            ControlEvent::Settle => self.on_settle(),
        }
    }

    /// Does one thing to the service, shows it to the observer, and sends out what comes of it.
    fn call(&mut self, input: Input) -> Outcome {
        if self.is_down() {
            self.find_down(input);
            return Outcome::Quiet;
        }
        let now = self.clock();
        // Deadlines before inputs, as the server's driver has it: what fell due by now has happened for a caller that
        // asks now. A call of its own, so that trace, journal and model see it as one.
        if !matches!(input, Input::Timeout) && self.service.poll_timeout().is_some_and(|due| due <= now) {
            self.call(Input::Timeout);
        }
        self.counts.calls += 1;
        // Without oracle, trace and observer nobody is shown an input, and none is cloned.
        let is_shown = self.model.is_some() || self.trace.is_some() || self.observer.is_some();
        let shown = is_shown.then(|| input.clone());
        let kind = numbers::input_kind(&input);
        // Written down before it is applied: of an input that was answered a restart must know.
        if let Some(blackbox) = &mut self.blackbox {
            blackbox.record(now, &input);
        }
        // Each request is turned into JSON for this: a run without the oracle goes without it.
        if let Input::Request(_, request) = &input
            && self.model.is_some()
        {
            self.values.note(request);
        }
        let outcome = self.service.apply(now, input);
        // All of them before any is sent: trace and model look at a call with everything that came of it.
        while let Some(output) = self.service.poll_output() {
            self.outbox.push(output);
        }
        if let Some(blackbox) = &mut self.blackbox {
            blackbox.recorded(now, outcome.is_refused());
            if blackbox.is_long() {
                blackbox.compact(&self.service);
            }
        }
        // Numbers, and not how a type prints: a field more in an answer must not change what every stored seed means.
        self.hash.control(self.now, kind, numbers::outcome_number(&outcome));
        // The answer to come names its ticket alone, so the world's tickets are noted while it is clear who asked.
        if let Some(tenant) = &mut self.tenant {
            tenant.note(&outcome);
        }
        if let Some(input) = &shown {
            if let Some(trace) = &mut self.trace {
                trace.step(now, input, &outcome, &self.outbox, &self.service);
            }
            if let Some(model) = &mut self.model {
                model.observe(now, input, &outcome, &self.outbox, &self.service);
            }
            if self.observer.is_some() {
                // Taken out, since the observer may look at all of the world meanwhile.
                let outputs = std::mem::take(&mut self.outbox);
                self.show_call(&ObservedCall { input, outcome: &outcome, outputs: &outputs });
                self.outbox = outputs;
            }
        }
        self.send_outputs();
        self.await_timeout();
        outcome
    }

    /// The next draw of a user.
    fn draw(&mut self, user: u32) -> u64 {
        // The position is all that a user's randomness keeps: a generator for each would be 304 bytes.
        let position = self.users.next_position(user);
        self.randomness.draw(BEHAVIOUR, self.users.actor(self.scenario, user), position)
    }

    /// The next draw of a user, below a bound.
    fn draw_below(&mut self, user: u32, bound: u64) -> u64 {
        below(self.draw(user), bound)
    }

    /// The view of a group by the service's number, made when it is new.
    fn view(&mut self, group: u32) -> &mut WorldGroup {
        while self.group_views.len() <= index(group) {
            // Views are found by the service's number: groups that back ends made in between have theirs too, and no
            // number in the scenario.
            let next = claque_core::GroupIx::from_at(self.group_views.len());
            let id = Arc::clone(self.service.group_id(next));
            self.group_views.push(WorldGroup::new(&id, NONE));
        }
        &mut self.group_views[index(group)]
    }

    fn verdict(&self) -> Verdict {
        match &self.model {
            // A run that its watcher stopped had no time to settle: that nothing has failed means nothing.
            Some(model) if model.has_failed() || !self.stopped => model.verdict(),
            Some(_) | None => Verdict::Unknown,
        }
    }

    /// The report of the run.
    pub(crate) fn into_report(mut self) -> RunReport {
        let trace_failure = self.trace.take().and_then(|trace| trace.close().err());
        let landed = &self.memberships.landed;
        RunTally {
            plan: self.plan,
            users: u64::from(self.users.len()),
            counts: &self.counts,
            pending: self.obligations.clone(),
            unknown: self.model.as_ref().map(Model::unknown).unwrap_or_default(),
            values: self.values.clone(),
            restarts: self.blackbox.as_ref().map_or(0, |it| it.restarts),
            landed: [landed.messages, landed.notices, landed.missed, landed.duplicates],
            latencies: &self.memberships.latencies,
            rules: self.service.tracer(),
            virtual_time: self.clock().since(self.scenario.start),
            show_time: Duration::from_micros(self.now.saturating_sub(self.scenario.start.as_micros())),
            trace_hash: self.hash.value(),
            trace_failure: trace_failure.map(|error| error.to_string()),
            verdict: self.in_words(self.verdict()),
            bytes: (Users::bytes_per_user(), MembershipTable::bytes_per_membership()),
        }
        .report()
    }
}
