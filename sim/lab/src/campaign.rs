//! Campaigns: many seeds of one scenario, over all cores, and what they came to together.
//!
//! Each run is a function of its identity line, so a campaign has no shared state but the counter that hands out seeds:
//! the result does not depend on the number of threads, nor on which machine ran which shard. Parts are merged in any
//! order. A share of the seeds is run a second time on the plain queue, which must give the same hash.

mod beyond;
mod growth;
mod guided;
mod report;
mod statistics;
mod text;
mod transitions;

use std::ops::{ControlFlow, Range};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;

use claque_core::{Mutant, Rule};
use claque_document::units::Permille;
use claque_engine::mix;
use claque_oracle::evidence::EvidenceKind;
use claque_oracle::verdict::Verdict;
use claque_scenario::Scenario;

use claque_scenario::identity::{Fork, Identity};
use claque_scenario::plan::Plan;
use claque_scenario::swarm::{Dimension, swarm};
use claque_sim::observer::Observer;
use claque_sim::run::{QueueKind, RunOptions, RunReport, run_with};

use crate::divergence::first_divergence;

pub use beyond::beyond;
pub use growth::Growth;
pub use guided::{GuidedReport, guided};
pub use report::{CampaignReport, Failed, Twice};
pub use statistics::{CoverageMark, Suppressor};

/// A part of all seeds: shard `number` of `of`, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    number: u64,
    of: u64,
}

impl Shard {
    /// All seeds.
    pub const WHOLE: Self = Self { number: 1, of: 1 };

    /// Whether a seed belongs to the shard: a function of the seed alone.
    #[must_use]
    pub const fn has(self, seed: u64) -> bool {
        // Of the seed alone: no queue hands out work, and a shard finds its seeds on whatever machine it runs.
        mix(seed) % self.of == self.number - 1
    }
}

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let parts =
            word.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((number, of)) if 1 <= number && number <= of => Ok(Self { number, of }),
            _ => Err(format!("`{word}` is not a shard: write K/N with K from 1 to N, such as 2/4")),
        }
    }
}

/// The options of a campaign.
#[derive(Clone, Debug)]
pub struct CampaignOptions {
    /// The identity of its runs, but for the seed.
    pub identity: Identity,
    /// The scenario, with what the identity changes about it; not yet drawn by the swarm.
    pub scenario: Scenario,
    /// A recorded chat, and who watches: taken from here for every run.
    pub model: Plan,
    /// The seeds.
    pub seeds: Range<u64>,
    /// Which of them.
    pub shard: Shard,
    /// Threads at work.
    pub threads: usize,
    /// The share of seeds that are run twice.
    pub twice: Permille,
}

/// The class of a failure, apart from the circumstances: it must stay the same while a failing run is made smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailureClass {
    /// The service broke this rule.
    Rule(Rule),
    /// The service broke one of its own invariants.
    Invariant,
    /// Something panicked.
    Panic,
}

impl FailureClass {
    /// The rule's id, `invariant` or `panic`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Rule(rule) => rule.id(),
            Self::Invariant => "invariant",
            Self::Panic => "panic",
        }
    }

    /// The class that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "invariant" => Some(Self::Invariant),
            "panic" => Some(Self::Panic),
            id => Rule::from_id(id).map(Self::Rule),
        }
    }
}

/// How a run ended.
#[derive(Debug)]
pub struct Ending {
    /// The class of the failure; none when nothing failed.
    pub class: Option<FailureClass>,
    /// The kind of evidence about it; none where nothing failed, or something panicked.
    pub kind: Option<EvidenceKind>,
    /// The sentence about it.
    pub evidence: String,
    /// Its report, unless it panicked.
    pub report: Option<RunReport>,
}

/// Runs a plan, and takes a panic for one more way to fail.
#[must_use]
pub fn end_of(plan: &Plan, mutation: Option<Mutant>, queue: QueueKind) -> Ending {
    end_with(plan, RunOptions { queue, mutation, ..RunOptions::default() })
}

/// Runs a plan in some way, and takes a panic for one more way to fail.
fn end_with(plan: &Plan, options: RunOptions<'_>) -> Ending {
    // A run shares nothing with the next, so one that unwinds leaves nothing half done behind it. Without this one
    // assertion would end a campaign of thousands.
    match catch_unwind(AssertUnwindSafe(|| run_with(plan, options))) {
        Ok(report) => {
            let (class, kind, evidence) = match &report.verdict {
                Verdict::Pass | Verdict::Unknown => (None, None, String::new()),
                Verdict::Fail(failure) => (
                    Some(failure.rule.map_or(FailureClass::Invariant, FailureClass::Rule)),
                    // A rule and the kind of evidence: by the rule alone, a shrinking run slipped from one failure of a
                    // rule into another.
                    Some(failure.evidence.kind()),
                    failure.to_string(),
                ),
            };
            Ending { class, kind, evidence, report: Some(report) }
        }
        Err(thrown) => {
            // A panic with arguments throws a String, one without a &str.
            let said = thrown.downcast_ref::<String>().map(String::as_str);
            let said = said.or_else(|| thrown.downcast_ref::<&str>().copied()).unwrap_or("no words");
            Ending {
                class: Some(FailureClass::Panic),
                kind: None,
                evidence: format!("panic: {said}"),
                report: None,
            }
        }
    }
}

impl CampaignOptions {
    /// The plan of a seed, and what the swarm drew for it.
    #[must_use]
    pub fn plan(&self, seed: u64) -> (Plan, Vec<Dimension>) {
        self.plan_of(&Recipe { seed, forks: self.identity.forks().to_vec() })
    }

    fn plan_of(&self, recipe: &Recipe) -> (Plan, Vec<Dimension>) {
        let mut plan = self.model.clone();
        plan.seed = recipe.seed;
        plan.forks.clone_from(&recipe.forks);
        plan.scenario = self.scenario.clone();
        let mut drawn = Vec::new();
        if self.identity.is_swarm() {
            let swarm = swarm(&self.scenario, recipe.seed, &recipe.forks, self.identity.readings());
            plan.scenario = swarm.scenario;
            drawn = swarm.drawn;
        }
        (plan, drawn)
    }

    fn mutation(&self) -> Option<Mutant> {
        self.identity.mutant().and_then(Mutant::from_id)
    }

    fn is_run_twice(&self, seed: u64) -> bool {
        // By the seed and not by a count: the same seeds are run twice in whatever shards and order. Another word than
        // the shards', so that no shard has more of them than its share.
        mix(seed ^ 0x7_1CE) % 1_000 < u64::from(self.twice.as_u16())
    }

    /// Runs a seed; and, where the seed is one of those that are run twice, once more on the reference queue.
    #[must_use]
    pub fn run_seed(&self, seed: u64) -> SeedRun {
        self.run_recipe(seed, &Recipe { seed, forks: self.identity.forks().to_vec() }, None)
    }

    /// Runs a recipe, as the run of this number: the number says whether it is run twice.
    fn run_recipe(&self, number: u64, recipe: &Recipe, observer: Option<Box<dyn Observer>>) -> SeedRun {
        let (plan, drawn) = self.plan_of(recipe);
        let mutation = self.mutation();
        let ending = end_with(&plan, RunOptions { mutation, observer, ..RunOptions::default() });
        // On the reference queue, which is slow and obviously right: a second run on the same queue would repeat
        // its mistakes.
        let again = ending.report.as_ref().filter(|_| self.is_run_twice(number)).map(|_| {
            let again = end_of(&plan, self.mutation(), QueueKind::Heap);
            again.report.map_or(0, |again| again.trace_hash)
        });
        SeedRun { plan, drawn, ending, again }
    }

    fn count_run(&self, seed: u64, run: &SeedRun, part: &mut CampaignReport) -> EndedRun {
        part.count(seed, &run.ending, &run.drawn);
        let identity = || {
            let line = self.identity.clone().with_seed(run.plan.seed);
            line.with_forks(run.plan.forks.clone()).to_string()
        };
        if let Some(class) = run.ending.class {
            let events = run.ending.report.as_ref().map_or(0, |report| report.events);
            let evidence = run.ending.evidence.clone();
            part.failures.insert(seed, Failed { identity: identity(), class, evidence, events });
        }
        part.twice += u64::from(run.again.is_some());
        if let Some((hash, again)) = run.differs() {
            let mutation = self.mutation();
            let wheel = || RunOptions { mutation, ..RunOptions::default() };
            let heap = || RunOptions { queue: QueueKind::Heap, mutation, ..RunOptions::default() };
            let parted = first_divergence((&run.plan, &wheel), (&run.plan, &heap));
            part.parted.insert(seed, Twice { identity: identity(), hashes: (hash, again), parted });
        }
        let events = run.ending.report.as_ref().map_or(0, |report| report.events);
        EndedRun { failed: run.ending.class.is_some(), events }
    }
}

/// What makes one run of a campaign: its seed, and the forks of the run in order of time.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Recipe {
    seed: u64,
    forks: Vec<Fork>,
}

/// A run that has just ended, as the progress of a campaign names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndedRun {
    /// Whether it failed.
    pub failed: bool,
    /// Its deliveries and control events; 0 when it panicked.
    pub events: u64,
}

/// A seed that was run.
#[derive(Debug)]
pub struct SeedRun {
    plan: Plan,
    drawn: Vec<Dimension>,
    /// How the run ended.
    pub ending: Ending,
    /// Its hash on the reference queue, where it was run on that, too; 0 when that run panicked.
    again: Option<u64>,
}

impl SeedRun {
    /// The hashes of both runs, where they differ.
    #[must_use]
    pub fn differs(&self) -> Option<(u64, u64)> {
        let hash = self.ending.report.as_ref()?.trace_hash;
        self.again.filter(|again| *again != hash).map(|again| (hash, again))
    }
}

/// Runs a campaign. `progress` is given after each run how many have ended, and this one. When it breaks off, no further seed is
/// begun; the runs under way still count.
#[must_use]
pub fn campaign(
    options: &CampaignOptions,
    progress: &mut dyn FnMut(u64, EndedRun) -> ControlFlow<()>,
) -> CampaignReport {
    // Seeds are handed out one at a time: their runs differ much in length, and ranges would leave threads idle.
    let next = AtomicU64::new(options.seeds.start);
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..options.threads.max(1))
            .map(|_| {
                let (next, sender) = (&next, sender.clone());
                scope.spawn(move || work(options, next, &sender))
            })
            .collect();
        // The workers hold the others: the loop below ends when the last of them is done.
        drop(sender);
        for (count, ended) in (1..).zip(receiver) {
            if progress(count, ended).is_break() {
                // By the counter that hands out seeds: no worker has to ask for anything else.
                next.fetch_max(options.seeds.end, Ordering::Relaxed);
            }
        }
        let mut whole = CampaignReport::default();
        for worker in workers {
            match worker.join() {
                Ok(part) => whole.merge(part),
                // Runs catch their own panics. One that comes here is a fault of the campaign, and must not count as a
                // failed seed.
                Err(thrown) => std::panic::resume_unwind(thrown),
            }
        }
        whole
    })
}

fn work(options: &CampaignOptions, next: &AtomicU64, sender: &mpsc::Sender<EndedRun>) -> CampaignReport {
    let mut part = CampaignReport::default();
    loop {
        // Relaxed: the number is all that threads share. Parts are handed over by joining.
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= options.seeds.end {
            return part;
        }
        if options.shard.has(seed) {
            let ended = options.count_run(seed, &options.run_seed(seed), &mut part);
            // Nobody listens any more: the campaign goes on all the same.
            let _sent = sender.send(ended);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use claque_core::Duration;

    use super::{CampaignOptions, CampaignReport, Shard, campaign};
    use claque_document::units::Permille;
    use claque_scenario::Scenario;
    use claque_scenario::identity::IdentityRequest;
    use claque_scenario::plan::Plan;

    fn options(line: &str) -> CampaignOptions {
        let mut scenario = Scenario::builtin("smoke").expect("built in");
        scenario.cut(Duration::from_secs(15));
        let asked = IdentityRequest::parse(line).expect("a line");
        let identity = asked.resolve(&scenario, None, None).expect("right");
        CampaignOptions {
            identity,
            model: Plan::new(scenario.clone(), 0),
            scenario,
            seeds: 0..6,
            shard: Shard::WHOLE,
            threads: 2,
            twice: Permille::new(500).expect("in range"),
        }
    }

    fn run(options: &CampaignOptions) -> CampaignReport {
        campaign(options, &mut |_, _| ControlFlow::Continue(()))
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let two = options("--scenario smoke --swarm");
        let one = CampaignOptions { threads: 1, ..two.clone() };
        assert_eq!(run(&one).to_string(), run(&two).to_string());
    }

    #[test]
    fn a_campaign_that_is_broken_off_counts_the_runs_that_it_made() {
        let one = CampaignOptions { threads: 1, seeds: 0..1_000_000, ..options("--scenario smoke") };
        let mut enough =
            |count, _| if count < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
        let report = campaign(&one, &mut enough);
        // The worker may have begun further runs before it was stopped, and each is finished and counted.
        assert!((3..100).contains(&report.runs), "{} runs", report.runs);
    }

    #[test]
    fn shards_together_are_the_whole() {
        let whole = options("--scenario smoke --swarm");
        let mut parts = CampaignReport::default();
        for shard in ["2/3", "3/3", "1/3"] {
            parts.merge(run(&CampaignOptions { shard: shard.parse().expect("a shard"), ..whole.clone() }));
        }
        assert_eq!(run(&whole).to_string(), parts.to_string());
        assert_eq!(parts.runs, 6);
    }

    #[test]
    fn runs_on_both_queues_do_not_part() {
        let report = run(&CampaignOptions { twice: Permille::ALL, ..options("--scenario smoke") });
        assert_eq!((report.twice, report.parted.len()), (6, 0));
    }

    #[test]
    fn wrong_shards_are_named() {
        for word in ["0/3", "4/3", "1", "x/2", "1/0"] {
            assert_eq!(
                word.parse::<Shard>(),
                Err(format!("`{word}` is not a shard: write K/N with K from 1 to N, such as 2/4"))
            );
        }
    }
}
