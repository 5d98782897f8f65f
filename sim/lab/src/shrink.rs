//! Shrinking: makes a failing run smaller while it keeps failing the same way.
//!
//! What is made smaller is the scenario, never the randomness: every draw belongs to a name, so the users who are left
//! draws what they drew before, and a smaller run is a part of the larger one rather than another run. Entries are
//! taken out by delta debugging (all, halves, quarters, … single ones), numbers are lowered towards the least. A
//! smaller scenario counts when the run fails under the same rule and costs no more to read; every candidate is a
//! scenario that a file can hold. Where fewer users do not fail under the seed, a few other seeds are tried: the seed
//! is a number like others.

mod numbers;
mod parts;
mod survey;

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::ops::ControlFlow;

use claque_core::{Duration, Mutant};
use claque_engine::mix;
use claque_oracle::evidence::EvidenceKind;
use claque_scenario::Scenario;
use claque_scenario::identity::Fork;
use claque_scenario::plan::Plan;
use claque_sim::run::{QueueKind, RunReport};
use xxhash_rust::xxh3::xxh3_64;

use crate::campaign::{FailureClass, end_of};

use numbers::lowered;
use parts::{ScenarioPart, TIGHT, shorter, tighten};
pub use survey::{Surveyed, survey};

/// Numbers of users that are tried first.
const LEAPS: [NonZeroU32; 6] = [users(4), users(8), users(12), users(24), users(48), users(96)];
/// Other seeds that each of them is tried with.
const LEAP_SEEDS: u64 = 5;
/// A run of so many events can be read: above it, other seeds are tried for a smaller one.
const READABLE: u64 = 200;
/// What such a run is tried with: users, length of the show, and seeds.
const SMALL_USERS: [NonZeroU32; 4] = [users(3), users(6), users(12), users(30)];
const SMALL_SHOWS: [Duration; 3] = [Duration::from_secs(8), Duration::from_secs(20), Duration::from_secs(60)];
const SMALL_SEEDS: u64 = 16;
/// Other seeds that each smaller population is tried with; and so many, and a run without some entry, too, while it cannot be
/// read and costs little.
const FEWER_SEEDS: u64 = 2;
const FEWER_SEEDS_MANY: u64 = 12;
const WITHOUT_SEEDS: u64 = 3;
/// A run of so many events costs little.
const CHEAP: u64 = 20_000;

const fn users(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).expect("more than none")
}

/// How large a failing run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Deliveries and control events until it fails.
    pub events: u64,
    /// Virtual users.
    pub users: u64,
    /// Groups.
    pub groups: u64,
    /// Entries of the scenario: faults, acts of the script, calls, habits and the like; and forks of the run.
    pub steps: u64,
    /// The length of the show.
    pub duration: Duration,
}

impl Size {
    fn of(plan: &Plan, report: Option<&RunReport>) -> Self {
        let scenario = &plan.scenario;
        let wide = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        let steps: usize =
            ScenarioPart::ALL.iter().filter(|part| part.is_step()).map(|part| part.len(scenario)).sum();
        Self {
            events: report.map_or(0, |report| report.events),
            users: u64::from(scenario.users()),
            groups: wide(scenario.groups.len()),
            steps: wide(steps + plan.forks.len()),
            duration: scenario.duration,
        }
    }
}

/// A failing run made smaller.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The smallest plan found that still fails the same way.
    pub plan: Plan,
    /// How: the class that stayed the same.
    pub class: FailureClass,
    /// The sentence about the smallest run.
    pub evidence: String,
    /// How large the run was.
    pub before: Size,
    /// How large it is now.
    pub after: Size,
    /// Runs that it took.
    pub runs: u32,
    /// Whether the budget or its caller ended it: with more runs it might get smaller.
    pub is_cut_short: bool,
}

/// Makes a failing plan smaller with at most `budget` runs; nothing when the plan does not fail.
///
/// `progress` is given, after each run, how many runs there were and how many events are left, and says whether it goes on: what is
/// the smallest run until then is the result.
#[must_use]
pub fn shrink(
    plan: &Plan,
    mutation: Option<Mutant>,
    budget: u32,
    progress: &mut dyn FnMut(u32, u64) -> ControlFlow<()>,
) -> Option<Shrunk> {
    let first = end_of(plan, mutation, QueueKind::Wheel);
    let class = first.class?;
    let mut scenario = plan.scenario.clone();
    // What a scenario expects of a whole run, a smaller one need not reach.
    scenario.expect.clear();
    let whole = scenario.clone();
    let before = Size::of(plan, first.report.as_ref());
    let mut shrinker = Shrinker {
        plan: Plan { scenario, ..plan.clone() },
        mutation,
        class,
        kind: first.kind,
        evidence: first.evidence,
        report: first.report,
        left: budget,
        runs: 0,
        tried: BTreeSet::new(),
        progress,
    };
    shrinker.leap();
    shrinker.pass_until_still();
    // Taking parts away from one run ends where every part is needed for it. Another small run of the same failure may
    // need less.
    while shrinker.is_unreadable() && shrinker.look_elsewhere(&whole) {
        shrinker.pass_until_still();
    }
    let after = Size::of(&shrinker.plan, shrinker.report.as_ref());
    let Shrinker { plan, evidence, left, runs, .. } = shrinker;
    Some(Shrunk { plan, class, evidence, before, after, runs, is_cut_short: left == 0 })
}

struct Shrinker<'p> {
    /// The smallest plan so far.
    plan: Plan,
    mutation: Option<Mutant>,
    class: FailureClass,
    /// The kind of evidence: without it, all failures of one rule would be one, and those without a rule, too.
    kind: Option<EvidenceKind>,
    evidence: String,
    report: Option<RunReport>,
    left: u32,
    runs: u32,
    /// Hashes of scenarios that were tried.
    tried: BTreeSet<u64>,
    progress: &'p mut dyn FnMut(u32, u64) -> ControlFlow<()>,
}

impl Shrinker<'_> {
    /// Tries a handful of users at once: a failure that needs few of them need not lose them one by one.
    ///
    /// With fewer users other things happen, so low limits and a few other seeds get their chance too.
    fn leap(&mut self) {
        let whole = self.plan.scenario.clone();
        for users in LEAPS.into_iter().filter(|users| users.get() < whole.users()) {
            let [none, crowd, messages] = TIGHT;
            for limits in [crowd, none, messages] {
                let mut candidate = whole.clone();
                candidate.scale(users);
                tighten(&mut candidate, limits);
                if self.any_seed_fails(&candidate, LEAP_SEEDS) {
                    return;
                }
            }
        }
    }

    fn events(&self) -> u64 {
        self.report.as_ref().map_or(0, |report| report.events)
    }

    /// Whether the smallest run so far is too large to be read.
    fn is_unreadable(&self) -> bool {
        self.events() > READABLE
    }

    /// Whether more seeds are worth their runs: there is something to gain, and each costs little.
    fn tries_more_seeds(&self) -> bool {
        self.is_unreadable() && self.events() <= CHEAP
    }

    fn pass_until_still(&mut self) {
        loop {
            let at_first = self.plan.scenario.clone();
            self.pass();
            if self.left == 0 || self.plan.scenario == at_first {
                return;
            }
        }
    }

    /// Tries small crowds and short shows of a scenario, and of the smallest one so far, under other seeds; whether one
    /// fails the same way and costs less.
    fn look_elsewhere(&mut self, whole: &Scenario) -> bool {
        let own = self.plan.seed;
        let so_far = self.plan.scenario.clone();
        for users in SMALL_USERS {
            for show in SMALL_SHOWS {
                let starts = [&so_far, whole].into_iter().flat_map(|it| TIGHT.map(|limits| (it, limits)));
                for (scenario, limits) in starts {
                    let mut candidate = shorter(scenario, show.min(scenario.duration));
                    if users.get() < candidate.users() {
                        candidate.scale(users);
                    }
                    tighten(&mut candidate, limits);
                    if (1..=SMALL_SEEDS).any(|more| self.fails(&candidate, own.wrapping_add(more))) {
                        return true;
                    }
                }
            }
        }
        false
    }

    fn pass(&mut self) {
        self.end_early();
        self.fewer_forks();
        for part in ScenarioPart::ALL {
            self.take_out(part);
            if part == ScenarioPart::Populations {
                self.fewer_users();
            }
        }
        self.fewer_users();
        self.lower();
        self.end_early();
    }

    /// The cost of reading a run. Unit: none, less is better.
    fn cost(plan: &Plan, report: Option<&RunReport>) -> u64 {
        let size = Size::of(plan, report);
        size.events + 100 * size.users + 20 * size.steps + 10 * size.groups
    }

    /// Tries a scenario under the seed and a few others, and keeps the first that fails the same way and costs less.
    fn any_seed_fails(&mut self, candidate: &Scenario, others: u64) -> bool {
        let own = self.plan.seed;
        (0..=others).any(|more| self.fails(candidate, own.wrapping_add(more)))
    }

    /// Tries another scenario under the same seed, and keeps it when the run fails the same way and costs no more.
    fn keeps_failing(&mut self, candidate: &Scenario) -> bool {
        self.fails(candidate, self.plan.seed)
    }

    fn fails(&mut self, candidate: &Scenario, seed: u64) -> bool {
        self.run_fails(candidate, seed, self.plan.forks.clone())
    }

    fn run_fails(&mut self, candidate: &Scenario, seed: u64, forks: Vec<Fork>) -> bool {
        if candidate.groups.is_empty() || candidate.users() == 0 {
            return false;
        }
        let text = candidate.to_toml();
        let chance =
            forks.iter().fold(mix(seed), |hash, fork| mix(hash ^ mix(fork.at.as_micros()) ^ fork.seed));
        if self.left == 0 || !self.tried.insert(xxh3_64(text.as_bytes()) ^ chance) {
            return false;
        }
        // What cannot stand in a file is no scenario, such as an audience whose groups all have weight 0.
        let Ok(candidate) = Scenario::parse(&candidate.name, &text) else { return false };
        self.left -= 1;
        self.runs += 1;
        let plan = Plan { scenario: candidate, seed, forks, ..self.plan.clone() };
        let ending = end_of(&plan, self.mutation, QueueKind::Wheel);
        // Asked after runs that show nothing, too: of those there may be hundreds one after the other.
        let events = self.events();
        if (self.progress)(self.runs, events).is_break() {
            self.left = 0;
        }
        let cost = Self::cost(&plan, ending.report.as_ref());
        let same = ending.class == Some(self.class) && ending.kind == self.kind;
        // As cheap is good enough: two changes that cost nothing alone may make way for one that does.
        if !same || cost > Self::cost(&self.plan, self.report.as_ref()) {
            return false;
        }
        // A run that fails without the mutant as well, such as one that ends before anything can heal, shows nothing of
        // it.
        if self.mutation.is_some() {
            self.runs += 1;
            if end_of(&plan, None, QueueKind::Wheel).class.is_some() {
                return false;
            }
        }
        self.plan = plan;
        self.evidence = ending.evidence;
        self.report = ending.report;
        true
    }

    /// Ends the show right after the failure, or else as early as bisection finds.
    fn end_early(&mut self) {
        let whole = self.plan.scenario.duration;
        if let Some(report) = &self.report {
            let at = Duration::from_millis(report.show_time.as_millis() + 1);
            if at < whole && self.keeps_failing(&shorter(&self.plan.scenario, at)) {
                return;
            }
        }
        let (mut low, mut high) = (0, self.plan.scenario.duration.as_millis());
        while high - low > (high / 16).max(1) {
            let middle = low + (high - low) / 2;
            if self.keeps_failing(&shorter(&self.plan.scenario, Duration::from_millis(middle.max(1)))) {
                high = middle;
            } else {
                low = middle;
            }
        }
    }

    /// Takes forks out, all at once or one by one from the last: without them the run is one seed's.
    fn fewer_forks(&mut self) {
        let scenario = self.plan.scenario.clone();
        if self.plan.forks.len() > 1 && self.run_fails(&scenario, self.plan.seed, Vec::new()) {
            return;
        }
        for number in (0..self.plan.forks.len()).rev() {
            let mut forks = self.plan.forks.clone();
            forks.remove(number);
            self.run_fails(&scenario, self.plan.seed, forks);
        }
    }

    /// Takes entries out: all of them, then halves, quarters, and so on, down to single ones.
    fn take_out(&mut self, part: ScenarioPart) {
        let mut chunk = part.len(&self.plan.scenario);
        while chunk > 0 {
            let mut end = part.len(&self.plan.scenario);
            while end > 0 {
                let start = end.saturating_sub(chunk);
                let candidate = part.without(&self.plan.scenario, start..end);
                // Where it failed the same way, the entries before are still where they were. Who acts in which order is
                // another matter of chance without the entry, so that a run that is still large tries a few seeds.
                let others = if self.tries_more_seeds() { WITHOUT_SEEDS } else { 0 };
                self.any_seed_fails(&candidate, others);
                end = start.min(part.len(&self.plan.scenario));
            }
            chunk = if chunk == 1 { 0 } else { chunk.min(part.len(&self.plan.scenario)).div_ceil(2).max(1) };
            if part.len(&self.plan.scenario) == 0 {
                break;
            }
        }
    }

    /// Lowers the number of users of each population by bisection.
    fn fewer_users(&mut self) {
        for index in 0..self.plan.scenario.populations.len() {
            let users = |scenario: &Scenario| scenario.populations.get(index).map_or(0, |it| it.users);
            let (mut low, mut high) = (0, users(&self.plan.scenario));
            // The least that is known to fail is `high`; the most that is known not to is below `low`.
            while low < high {
                let middle = low + (high - low) / 2;
                let mut candidate = self.plan.scenario.clone();
                if let Some(population) = candidate.populations.get_mut(index) {
                    population.users = middle;
                }
                // Fewer users meet more rarely, and each seed lets others meet.
                let others = if self.tries_more_seeds() { FEWER_SEEDS_MANY } else { FEWER_SEEDS };
                if self.any_seed_fails(&candidate, others) {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
        }
    }

    /// Lowers single numbers as long as that works.
    fn lower(&mut self) {
        let mut number = 0;
        while let Some(candidate) = lowered(&self.plan.scenario, number, self.is_unreadable()) {
            let changed = candidate != self.plan.scenario;
            if !(changed && self.keeps_failing(&candidate)) {
                number += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use claque_core::Mutant;

    use std::ops::ControlFlow;

    use super::{Scenario, end_of, shrink};
    use claque_scenario::plan::Plan;
    use claque_sim::run::QueueKind;

    fn plan(seed: u64) -> Plan {
        Plan::new(Scenario::builtin("smoke").expect("built in"), seed)
    }

    #[test]
    fn a_planted_bug_shrinks_to_a_few_users_and_fails_under_the_same_rule() {
        let mutation = Mutant::from_id("threshold-one-less");
        let mutation = mutation.or_else(|| {
            let mut crowd = Mutant::ALL.iter().copied().filter(|it| it.crowd());
            crowd.find(|it| end_of(&plan(1), Some(*it), QueueKind::Wheel).class.is_some())
        });
        let shrunk = shrink(&plan(1), mutation, 250, &mut |_, _| ControlFlow::Continue(()))
            .expect("the mutant shows in seed 1");
        assert!(shrunk.after.events * 2 < shrunk.before.events, "{:?} {:?}", shrunk.before, shrunk.after);
        assert!(shrunk.after.steps < shrunk.before.steps);
        let text = shrunk.plan.scenario.to_toml();
        let again = Scenario::parse("shrunk", &text).expect("a shrunk scenario is a scenario");
        let ending = end_of(&Plan::new(again, 1), mutation, QueueKind::Wheel);
        assert_eq!(ending.class, Some(shrunk.class));
        assert_eq!(ending.evidence, shrunk.evidence);
    }

    #[test]
    fn who_is_stopped_gives_the_smallest_run_so_far() {
        let mutation = Mutant::from_id("supergroup-notice-four-seconds");
        let mut last = (0, 0);
        let shrunk = shrink(&plan(1), mutation, 6_000, &mut |runs, events| {
            last = (runs, events);
            if runs >= 40 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let shrunk = shrunk.expect("the mutant shows in seed 1");
        // The run that says it may be the smaller one, and is then played without the mutant as well.
        assert!((40..=41).contains(&shrunk.runs) && shrunk.is_cut_short, "{} runs", shrunk.runs);
        assert!(shrunk.after.events <= last.1 && shrunk.after.events < shrunk.before.events);
        let ending = end_of(&shrunk.plan, mutation, QueueKind::Wheel);
        assert_eq!(ending.class, Some(shrunk.class), "it fails the same way");
    }

    #[test]
    fn a_run_that_does_not_fail_is_not_shrunk() {
        let mut quiet = plan(1);
        quiet.scenario.cut(claque_core::Duration::from_secs(5));
        assert!(shrink(&quiet, None, 10, &mut |_, _| ControlFlow::Continue(())).is_none());
    }
}
