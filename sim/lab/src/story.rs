//! The story of a run: what a page or a timeline shows of it, collected while it happens.
//!
//! A [`Story`] watches. It keeps counts for slices of virtual time, when faults were on, who was logged on when, and
//! each step of the service in a few words with what it needed and what it changed. From that it knows the
//! [causal slice](Story::causal_slice) of a failure: the steps that the failing one depends on, and no others.

mod dependencies;
mod series;
mod witnesses;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use claque_core::{GroupIx, Input, Instant, LinkEnd, LogoffReason, Outcome, Output, UserIx};
use claque_oracle::evidence::EvidenceNames;
use claque_oracle::verdict::{Refutation, Verdict};
use claque_scenario::Scenario;
use claque_sim::observer::{Flow, Landing, ObservedCall, Observer, Scene};

pub(crate) use dependencies::group_key;
use dependencies::{Dependencies, DependencyLedger};
use witnesses::Witnesses;

pub use series::{LevelSeries, Series, Slice};
pub use witnesses::CausalSlice;

/// The most steps that are kept in words; what comes before them is forgotten, the counts are not.
const STEPS_MAX: usize = 400_000;

/// Somebody or something that takes part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// A user, by ID.
    User(String),
    /// A caller of server operations.
    BackEnd,
    /// The custom moderation.
    Moderation,
    /// The service itself, when something is due.
    Service,
    /// The members of a group, by the group's ID.
    Group(String),
}

impl Party {
    /// The name that is shown.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::User(name) | Self::Group(name) => name,
            Self::BackEnd => "back end",
            Self::Moderation => "moderation",
            Self::Service => "service",
        }
    }
}

/// Something that the service sent, in a few words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepOutput {
    /// The receiver.
    pub to: Party,
    /// The words.
    pub what: String,
    /// The group whose message it delivers or sheds.
    pub of: Option<Party>,
}

/// One step of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryStep {
    /// Show time. Unit: microseconds.
    pub at: u64,
    /// The service's clock, which time jumps move ahead of show time.
    pub clock: Instant,
    /// Who did something.
    pub who: Party,
    /// The request in words, and its answer.
    pub what: String,
    /// Whether it was refused.
    pub refused: bool,
    /// The service's outputs.
    pub sent: Vec<StepOutput>,
    dependencies: Dependencies,
}

/// A span of time in which something was so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorySpan {
    /// The state that held.
    pub what: String,
    /// From when. Unit: microseconds of show time.
    pub from: u64,
    /// Until when.
    pub until: u64,
}

/// The story of a run.
#[derive(Clone, Debug, Default)]
pub struct Story {
    /// Counts by slices of virtual time.
    pub series: Series,
    /// The steps, in order; the earliest may be forgotten.
    pub steps: Vec<StoryStep>,
    /// Steps that were forgotten.
    pub forgotten: u64,
    /// Faults while they were on.
    pub faults: Vec<StorySpan>,
    /// Sessions by user: the word of a span is `session` or `link down`.
    pub sessions: BTreeMap<String, Vec<StorySpan>>,
    /// The failure, as soon as it was noticed, with the number of the step; that is past the last one when it was
    /// noticed at the end.
    pub failure: Option<(Refutation, usize)>,
    /// Show time of the last event. Unit: microseconds.
    pub ended: u64,
    burning: BTreeMap<u16, u64>,
    open: BTreeMap<(String, &'static str), u64>,
    ledger: DependencyLedger,
    witnesses: Witnesses,
}

/// The names of a scene.
struct SceneNames<'s>(&'s dyn Scene);

impl EvidenceNames for SceneNames<'_> {
    fn user(&self, user: UserIx) -> Option<String> {
        Some(self.0.user_id(user).to_owned())
    }

    fn group(&self, group: GroupIx) -> Option<String> {
        self.0.groups().contains(&group).then(|| self.0.group_id(group).to_owned())
    }

    fn began(&self) -> Option<Instant> {
        Some(self.0.scenario().start)
    }
}

impl StoryStep {
    /// Whether it reads or changes something.
    fn concerns(&self, key: u32) -> bool {
        self.dependencies.reads.contains(&key) || self.dependencies.writes.contains(&key)
    }
}

impl Story {
    /// An empty story of a scenario.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        Self { series: Series::of(scenario), ..Self::default() }
    }

    /// Ends what is still going on, and takes note of what broke where it showed at the end only. To be called once the
    /// run is over; without a verdict it panicked.
    pub fn close(&mut self, scenario: &Scenario, verdict: Option<&Verdict>) {
        if let Some(Verdict::Fail(failure)) = verdict {
            // Past the last step where the failure showed at the end only: then its ancestors are the last changes of
            // what its evidence names.
            let at = self.failure.as_ref().map_or(self.steps.len(), |(_, at)| *at);
            self.take_failure(failure.clone(), at);
        }
        for (fault, from) in std::mem::take(&mut self.burning) {
            self.faults.push(fault_span(scenario, fault, from, self.ended));
        }
        for ((user, what), from) in std::mem::take(&mut self.open) {
            let span = StorySpan { what: what.to_owned(), from, until: self.ended };
            self.sessions.entry(user).or_default().push(span);
        }
        self.faults.sort_by(|one, other| (one.from, &one.what).cmp(&(other.from, &other.what)));
    }

    /// The story as it was just before a moment: counts and faults until then, and of the steps the last ones. Also of a run that
    /// goes on. Unit: microseconds of show time.
    #[must_use]
    pub fn until(&self, at: u64, scenario: &Scenario, steps: usize) -> Self {
        let burning = self.burning.iter().map(|(fault, from)| fault_span(scenario, *fault, *from, at));
        let faults = self.faults.iter().cloned().chain(burning).filter(|fault| fault.from < at);
        // Not what happens at the moment itself: a fork there draws it anew, and a run that goes on may not have done all of it.
        let before = self.steps.partition_point(|step| step.at < at);
        let kept = before.saturating_sub(steps)..before;
        Self {
            series: self.series.until(at),
            faults: faults.map(|fault| StorySpan { until: fault.until.min(at), ..fault }).collect(),
            forgotten: self.forgotten + u64::try_from(kept.start).unwrap_or(0),
            steps: self.steps.get(kept).unwrap_or_default().to_vec(),
            ended: self.ended.min(at),
            ..Self::default()
        }
    }

    /// Some steps, and all that they depend on.
    fn ancestors(&self, of: impl Iterator<Item = usize>) -> BTreeSet<usize> {
        let mut wanted: Vec<usize> = of.collect();
        let mut found = BTreeSet::new();
        while let Some(step) = wanted.pop() {
            if !found.insert(step) {
                continue;
            }
            let Some(step_of) = self.steps.get(step) else { continue };
            wanted.extend(step_of.dependencies.reads.iter().filter_map(|key| self.last_change(*key, step)));
        }
        found
    }

    /// The last step before one that changed something.
    fn last_change(&self, key: u32, before: usize) -> Option<usize> {
        let changes = self.ledger.changes(key);
        let forgotten = usize::try_from(self.forgotten).unwrap_or(usize::MAX);
        // The ledger counts from the beginning of the run, the steps from the first that is kept.
        let at = changes.partition_point(|step| *step < before + forgotten);
        changes.get(at.checked_sub(1)?)?.checked_sub(forgotten)
    }

    /// All steps before one that changed something, of those that are kept.
    fn changes(&self, key: u32, before: usize) -> impl Iterator<Item = usize> {
        let forgotten = usize::try_from(self.forgotten).unwrap_or(usize::MAX);
        let kept = self.ledger.changes(key).iter().filter_map(move |step| step.checked_sub(forgotten));
        kept.take_while(move |step| *step < before)
    }

    fn take_failure(&mut self, failure: Refutation, at: usize) {
        self.witnesses = Witnesses::of(&failure.subjects, &self.ledger);
        self.failure = Some((failure, at));
    }

    fn forget(&mut self) {
        if self.steps.len() >= STEPS_MAX {
            let half = STEPS_MAX / 2;
            // Half at a time: dropping the first at each new step would move all the others.
            self.steps.drain(..half);
            self.forgotten += u64::try_from(half).unwrap_or(0);
            if let Some((_, step)) = &mut self.failure {
                *step = step.saturating_sub(half);
            }
        }
    }

    fn begin(&mut self, user: &str, what: &'static str, at: u64) {
        self.open.entry((user.to_owned(), what)).or_insert(at);
    }

    fn end(&mut self, user: &str, what: &'static str, at: u64) {
        if let Some(from) = self.open.remove(&(user.to_owned(), what)) {
            let span = StorySpan { what: what.to_owned(), from, until: at };
            self.sessions.entry(user.to_owned()).or_default().push(span);
        }
    }

    /// Follows who is logged on, and whose link is up.
    fn follow_sessions(&mut self, call: &ObservedCall<'_>, at: u64, scene: &dyn Scene) {
        match (call.input, call.outcome) {
            (Input::Connect(login), Outcome::Connected(Ok(_))) => {
                self.end(&login.user_id, LINK_DOWN, at);
                self.end(&login.user_id, SESSION, at);
                self.begin(&login.user_id, SESSION, at);
            }
            (Input::Reconnect(session, ..), Outcome::Connected(Ok(_))) => {
                self.end(scene.user_id(session.user), LINK_DOWN, at);
            }
            (Input::Disconnect(session, LinkEnd::Lost), _) => {
                self.begin(scene.user_id(session.user), LINK_DOWN, at);
            }
            (Input::Disconnect(session, LinkEnd::Closed), _)
            | (Input::Client(session, claque_core::ClientRequest::Logout), _) => {
                self.end(scene.user_id(session.user), LINK_DOWN, at);
                self.end(scene.user_id(session.user), SESSION, at);
            }
            _ => {}
        }
        for output in call.outputs {
            // The session of another device goes by its user's logon, which has begun a new span already.
            if let Output::Close(session, reason) = output
                && *reason != LogoffReason::OtherDevice
            {
                self.end(scene.user_id(session.user), LINK_DOWN, at);
                self.end(scene.user_id(session.user), SESSION, at);
            }
        }
    }
}

/// A session from logon to logoff.
const SESSION: &str = "session";
/// A session without its link.
const LINK_DOWN: &str = "link down";

fn fault_span(scenario: &Scenario, fault: u16, from: u64, until: u64) -> StorySpan {
    let name = scenario.faults.get(usize::from(fault)).map(|fault| fault.name.clone());
    StorySpan { what: name.unwrap_or_else(|| format!("fault {fault}")), from, until }
}

impl Observer for Story {
    fn on_call(&mut self, call: &ObservedCall<'_>, scene: &dyn Scene) {
        let at = scene.passed().as_micros();
        self.ended = self.ended.max(at);
        self.series.count(at, call, scene);
        self.follow_sessions(call, at, scene);
        // Most deadlines come to nothing, and would push what did something out of the story.
        if matches!(call.input, Input::Timeout) && call.outputs.is_empty() && scene.failure().is_none() {
            return;
        }
        self.forget();
        let number = self.steps.len();
        let dependencies = self.ledger.dependencies_of(call, scene);
        let absolute = number + usize::try_from(self.forgotten).unwrap_or(0);
        self.ledger.note(&dependencies, absolute);
        self.steps.push(dependencies::tell((at, scene.clock()), call, scene, dependencies));
        if let Some(failure) = scene.failure().filter(|_| self.failure.is_none()) {
            self.take_failure(failure.clone().named(&SceneNames(scene)), number);
        }
    }

    fn wants_landings(&self) -> bool {
        true
    }

    fn on_landing(&mut self, landing: &Landing) {
        self.series.land(landing);
    }

    fn on_event(&mut self, _event: &dyn fmt::Display, scene: &dyn Scene) -> Flow {
        let at = scene.passed().as_micros();
        self.ended = self.ended.max(at);
        // Compared at each event: faults begin and end in events of their own, and healing ends all of them in one.
        let on: BTreeSet<u16> = scene.faults().into_iter().collect();
        for fault in &on {
            self.burning.entry(*fault).or_insert(at);
        }
        let out: Vec<u16> = self.burning.keys().copied().filter(|fault| !on.contains(fault)).collect();
        for fault in out {
            let from = self.burning.remove(&fault).unwrap_or(at);
            self.faults.push(fault_span(scene.scenario(), fault, from, at));
        }
        if let Some(failure) = scene.failure().filter(|_| self.failure.is_none()) {
            self.take_failure(failure.clone().named(&SceneNames(scene)), self.steps.len());
        }
        Flow::GoOn
    }
}
