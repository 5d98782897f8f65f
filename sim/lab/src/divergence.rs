//! The first event in which two runs differ that should be one.
//!
//! The rolling hash covers everything that has happened so far, so once two runs differ it differs for good. Each run
//! stores it every 256 control events; the first checkpoint that differs is found by bisection. Then both runs are done
//! again, and everything between that checkpoint and the one before is written down: calls in the words of the trace,
//! deliveries one by one, and the hash after each event. The first of those lines that differs is the first difference of
//! the runs.

mod kept;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use claque_core::GroupIx;
use claque_scenario::Scenario;
use claque_scenario::plan::Plan;
use claque_sim::observer::{Flow, Landing, ObservedCall, Observer, Scene};
use claque_sim::run::{RunOptions, run_with};

pub use kept::divergence_from_trace;

/// Control events that one checkpoint stands for.
const BLOCK: u64 = 256;
/// Lines before the first different one that are shown.
const CONTEXT: usize = 6;
/// Lines from the first different one on that are shown side by side.
const BESIDE: usize = 12;
/// Characters of a line that fit beside another one.
const COLUMN: usize = 62;

/// One of two runs: its plan, and how it is run.
pub type Side<'s> = (&'s Plan, &'s dyn Fn() -> RunOptions<'static>);

/// The first difference of two runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Divergence {
    /// The control event in which they differ, counted from 1; none when they do not.
    pub event: Option<u64>,
    /// The last lines that both have.
    pub before: Vec<String>,
    /// The first different line of the first run; empty when it had ended.
    pub one: String,
    /// The first different line of the second run; empty when it had ended.
    pub other: String,
    /// How the two go on: the lines of each from the first different one on, beside each other.
    pub beside: Vec<(String, String)>,
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(event) = self.event else { return f.write_str("the runs are the same") };
        writeln!(f, "the runs differ from event {event} on:")?;
        for line in &self.before {
            writeln!(f, "    {line}")?;
        }
        let or_end =
            |line: &str| if line.is_empty() { "the run has ended".to_owned() } else { line.to_owned() };
        write!(f, "  - {}\n  + {}", or_end(&self.one), or_end(&self.other))?;
        if self.beside.len() > 1 {
            f.write_str("\nside by side:")?;
        }
        for (one, other) in self.beside.iter().filter(|_| self.beside.len() > 1) {
            write!(f, "\n  {:COLUMN$} | {}", cut(one), cut(other))?;
        }
        Ok(())
    }
}

/// A line as far as it fits into a column, without the spaces before its time.
fn cut(line: &str) -> String {
    let line = line.trim_start();
    if line.chars().count() <= COLUMN {
        return line.to_owned();
    }
    line.chars().take(COLUMN - 1).chain(['…']).collect()
}

/// Finds the first event in which two runs differ.
///
/// Work: two runs each. Memory: 8 bytes for each 256 events, and the lines of one block for each run. A run that panics
/// has ended there.
#[must_use]
pub fn first_divergence((plan, one): Side<'_>, (other_plan, other): Side<'_>) -> Divergence {
    let (left, right) = (checkpoints(plan, one()), checkpoints(other_plan, other()));
    let length = left.len().min(right.len());
    let pairs: Vec<(u64, u64)> = left.iter().copied().zip(right.iter().copied()).collect();
    // By bisection: a rolling hash that has differed once differs for good.
    let same = pairs.partition_point(|(left, right)| left == right);
    // One run may be the beginning of the other: then the first event that only one of them has is the difference.
    if same == length && left.len() == right.len() {
        return Divergence::default();
    }
    let block = u64::try_from(same).unwrap_or(u64::MAX);
    // Run again rather than remembered: the words of a whole run are many times what it takes in memory, and one block
    // of them is looked at.
    let (left, right) = (block_of(plan, one(), block), block_of(other_plan, other(), block));
    let row = (0..left.len().max(right.len())).find(|row| left.get(*row) != right.get(*row));
    let Some(row) = row else {
        // Only what has no words differs, such as the end of the run.
        return Divergence { event: Some(block * BLOCK + 1), ..Divergence::default() };
    };
    let event = left.get(row).or_else(|| right.get(row)).map(|(event, _)| *event);
    let before = left.iter().take(row).skip(row.saturating_sub(CONTEXT)).map(|(_, line)| line.clone());
    let at =
        |lines: &[(u64, String)], row: usize| lines.get(row).map_or(String::new(), |(_, line)| line.clone());
    let rows = row..left.len().max(right.len()).min(row + BESIDE);
    let beside = rows.map(|row| (at(&left, row), at(&right, row))).collect();
    Divergence { event, before: before.collect(), one: at(&left, row), other: at(&right, row), beside }
}

/// Runs a plan with a watcher; what it has collected counts even when the run panics.
fn watched<W: Observer + 'static>(plan: &Plan, options: RunOptions<'static>, observer: W) -> Rc<RefCell<W>> {
    let observer = Rc::new(RefCell::new(observer));
    let options = RunOptions { observer: Some(Box::new(Rc::clone(&observer))), ..options };
    // A panic is an end like any other here.
    let _ended = catch_unwind(AssertUnwindSafe(|| run_with(plan, options).trace_hash));
    observer
}

fn checkpoints(plan: &Plan, options: RunOptions<'static>) -> Vec<u64> {
    let kept = watched(plan, options, Checkpoints::default());
    let Checkpoints { mut hashes, last } = kept.take();
    // The last, incomplete block counts too, or a difference in the end of a run would go unnoticed.
    hashes.push(last);
    hashes
}

/// Keeps the rolling hash now and then.
#[derive(Debug, Default)]
struct Checkpoints {
    hashes: Vec<u64>,
    last: u64,
}

impl Observer for Checkpoints {
    fn on_event(&mut self, _event: &dyn fmt::Display, scene: &dyn Scene) -> Flow {
        self.last = scene.hash().value();
        if scene.events().is_multiple_of(BLOCK) {
            self.hashes.push(self.last);
        }
        Flow::GoOn
    }
}

fn block_of(plan: &Plan, options: RunOptions<'static>, block: u64) -> Vec<(u64, String)> {
    let scenario = plan.scenario.clone();
    let start = scenario.start.as_micros();
    let (first, last) = (block * BLOCK, (block + 1) * BLOCK);
    let lines = Vec::new();
    let words = Words { scenario, start, first, last, event: 0, groups: BTreeMap::new(), lines };
    watched(plan, options, words).take().lines
}

/// Writes down everything in a range of events.
#[derive(Debug)]
struct Words {
    scenario: Scenario,
    start: u64,
    /// Events from after the first to the last.
    first: u64,
    last: u64,
    /// Events so far.
    event: u64,
    groups: BTreeMap<GroupIx, String>,
    lines: Vec<(u64, String)>,
}

impl Default for Words {
    fn default() -> Self {
        Self {
            scenario: Scenario::builtin(Scenario::DEFAULT).expect("the default scenario is built in"),
            start: 0,
            first: 0,
            last: 0,
            event: 0,
            groups: BTreeMap::new(),
            lines: Vec::new(),
        }
    }
}

impl Words {
    /// Whether what happens next is wanted: it belongs to the event after those that were handled.
    const fn wants(&self) -> bool {
        self.first <= self.event && self.event < self.last
    }

    fn group(&self, group: GroupIx) -> String {
        self.groups.get(&group).cloned().unwrap_or_else(|| format!("group {}", group.0))
    }
}

impl Observer for Words {
    fn on_call(&mut self, call: &ObservedCall<'_>, scene: &dyn Scene) {
        if !self.wants() {
            return;
        }
        // Names are noted while the scene is at hand: a landing is shown without it.
        for group in scene.groups() {
            self.groups.entry(group).or_insert_with(|| scene.group_id(group).to_owned());
        }
        let next = self.event + 1;
        self.lines.extend(scene.lines(call).into_iter().map(|line| (next, line.trim_end().to_owned())));
    }

    fn wants_landings(&self) -> bool {
        self.wants()
    }

    fn on_landing(&mut self, landing: &Landing) {
        let micros = landing.at.saturating_sub(self.start);
        let what =
            if landing.number == 0 { "a notice".to_owned() } else { format!("message {}", landing.number) };
        let user = landing
            .user
            .map_or_else(|| "a member of no population".to_owned(), |user| self.scenario.user_name(user));
        let heard = if landing.heard { "" } else { ", unheard" };
        let line = format!(
            "{:>8}.{:06} ~ {what} of {} reaches {user}{heard}",
            micros / 1_000_000,
            micros % 1_000_000,
            self.group(landing.group)
        );
        self.lines.push((self.event + 1, line));
    }

    fn on_event(&mut self, event: &dyn fmt::Display, scene: &dyn Scene) -> Flow {
        if self.wants() {
            let micros = scene.passed().as_micros();
            let line = format!(
                "{:>8}.{:06} * {event}  hash {:016x}",
                micros / 1_000_000,
                micros % 1_000_000,
                scene.hash().value()
            );
            self.lines.push((scene.events(), line));
        }
        self.event = scene.events();
        if self.event > self.last { Flow::Stop } else { Flow::GoOn }
    }
}

#[cfg(test)]
mod tests {
    use claque_core::{Duration, Mutant};

    use super::{Divergence, first_divergence};
    use claque_scenario::Scenario;
    use claque_scenario::identity::Fork;
    use claque_scenario::plan::Plan;
    use claque_sim::run::{QueueKind, RunOptions, run_with};

    fn plan() -> Plan {
        let mut scenario = Scenario::builtin("smoke").expect("built in");
        scenario.cut(Duration::from_secs(20));
        Plan::new(scenario, 3)
    }

    fn broken(mutation: Option<Mutant>) -> RunOptions<'static> {
        RunOptions { mutation, ..RunOptions::default() }
    }

    #[test]
    fn two_runs_with_different_queues_do_not_part_and_watching_changes_no_hash() {
        let heap = || RunOptions { queue: QueueKind::Heap, ..RunOptions::default() };
        assert_eq!(first_divergence((&plan(), &|| broken(None)), (&plan(), &heap)), Divergence::default());
        let observer: Box<dyn claque_sim::observer::Observer> =
            Box::new(std::rc::Rc::new(std::cell::RefCell::new(super::Words {
                last: 9_999,
                ..Default::default()
            })));
        let watched = run_with(&plan(), RunOptions { observer: Some(observer), ..RunOptions::default() });
        assert!(watched.verdict.is_fail() || watched.events > 0);
        let alone = run_with(&plan(), broken(None)).trace_hash;
        let kept = super::watched(&plan(), broken(None), super::Checkpoints::default());
        assert!(kept.borrow().hashes.len() > 3);
        assert_eq!(alone, watched.trace_hash);
    }

    #[test]
    fn both_sides_of_the_first_different_event_are_shown() {
        let plan = plan();
        let right = run_with(&plan, broken(None)).trace_hash;
        let mut crowd = Mutant::ALL.iter().copied().filter(|it| it.crowd());
        let mutation = crowd.find(|it| {
            let report = run_with(&plan, broken(Some(*it)));
            report.trace_hash != right && report.verdict.is_fail()
        });
        assert!(mutation.is_some(), "some mutant shows in twenty seconds");
        let parted = first_divergence((&plan, &|| broken(None)), (&plan, &|| broken(mutation)));
        assert!(
            parted.event.is_some() && parted.one != parted.other && !parted.before.is_empty(),
            "{parted}"
        );
    }

    #[test]
    fn runs_of_two_seeds_part_in_their_first_event_and_go_on_beside_each_other() {
        let (one, other) = (plan(), Plan { seed: 4, ..plan() });
        let parted = first_divergence((&one, &|| broken(None)), (&other, &|| broken(None)));
        assert!(parted.event.is_some_and(|event| event < 100), "{parted}");
        assert!(
            parted.beside.len() > 3 && parted.beside[0] == (parted.one.clone(), parted.other.clone()),
            "{parted}"
        );
        assert!(parted.to_string().lines().any(|line| line.contains(" | ")), "{parted}");
    }

    #[test]
    fn a_fork_parts_no_earlier_than_its_moment() {
        let plan = plan();
        let at = Duration::from_secs(8);
        let forked = Plan { forks: vec![Fork { at, seed: 99 }], ..plan.clone() };
        let hash = |plan: &Plan| run_with(plan, broken(None)).trace_hash;
        assert_ne!(hash(&plan), hash(&forked));
        assert_eq!(hash(&forked), hash(&forked));
        let never = Plan { forks: vec![Fork { at: Duration::from_secs(9_999), seed: 99 }], ..plan.clone() };
        assert_eq!(hash(&plan), hash(&never), "a future that never comes changes nothing");
    }
}
