//! Every short sequence of calls in a world so small that all of them can be tried.
//!
//! Two users, a group, another application with a group of the same name, and time that passes to the edges at which something
//! falls due. A state is a service with its model; two sequences that lead to the same state are gone on with once. Each call is
//! judged by the model, and each state is asked for everything that can be read, restarted, and left to itself.
//!
//! A campaign draws long runs of crowds, and may never draw the four calls that show a mistake. Here nothing of so many
//! calls is left out, so what is found is also the shortest that there is.

mod probe;
mod stage;
mod step;

use std::collections::BTreeSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use claque_core::{Mutant, Mutants, Mutated, Rule, Sound};

use stage::{ExploredStage, WrongState};
pub use stage::{SCOPES, ScopeBounds};
use step::{STEPS, StepNumber, names_of, read};

/// Most steps: a sequence is kept in one word.
pub const STEPS_MAX: usize = 8;

/// What to explore.
#[derive(Clone, Copy, Debug)]
pub struct ExploreOptions {
    /// Which small world.
    pub bounds: ScopeBounds,
    /// The longest sequence. Unit: steps, at most [`STEPS_MAX`].
    pub depth: usize,
    /// The mutant that the service has; none: it is sound.
    pub mutation: Option<Mutant>,
    /// Threads at work.
    pub threads: usize,
}

/// A sequence after which something was wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExploreFinding {
    /// The names of the steps.
    pub steps: Vec<&'static str>,
    /// What was done after them to see it: `restart`, `read` or `wait`; none: the last step showed it.
    pub probe: Option<&'static str>,
    /// The rule that is broken; none: an invariant, or something panicked.
    pub rule: Option<Rule>,
    /// What was expected, and what was seen.
    pub says: String,
}

/// All states of one length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExploredLevel {
    /// States that no shorter sequence leads to.
    pub states: u64,
    /// Steps that were taken from the states of the length before.
    pub transitions: u64,
}

/// What an exploration came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exploration {
    /// By length, from the empty sequence on.
    pub levels: Vec<ExploredLevel>,
    /// The first sequence in the order of the steps for each way to fail, of the first length at which anything failed.
    pub findings: Vec<ExploreFinding>,
    /// Sequences that failed.
    pub failed: u64,
}

impl Exploration {
    /// States of every length.
    #[must_use]
    pub fn states(&self) -> u64 {
        self.levels.iter().map(|level| level.states).sum()
    }

    /// Transitions of every length.
    #[must_use]
    pub fn transitions(&self) -> u64 {
        self.levels.iter().map(|level| level.transitions).sum()
    }
}

impl fmt::Display for ExploreFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = self.rule.map_or("invariant", Rule::id);
        write!(f, "{rule} broken after {}", self.steps.join(","))?;
        if let Some(probe) = self.probe {
            write!(f, ", then {probe}")?;
        }
        write!(f, ": {}", self.says)
    }
}

/// The names of all steps.
pub fn step_names() -> impl Iterator<Item = &'static str> {
    STEPS.iter().map(|(name, _)| *name)
}

/// Explores a small world length by length, up to the first at which something is wrong. `progress` is given each length as it
/// is done, with how many states it has, and says whether to go on.
#[must_use]
pub fn explore(options: &ExploreOptions, progress: &mut dyn FnMut(&ExploredLevel) -> bool) -> Exploration {
    match options.mutation {
        None => explore_with(options, &Sound, progress),
        Some(_) => explore_with(options, &Mutated(options.mutation), progress),
    }
}

/// Plays one sequence, given by the names of its steps with commas between them; what is wrong after it, if anything is.
///
/// # Errors
///
/// That a name is no step.
pub fn replay(
    line: &str,
    bounds: ScopeBounds,
    mutation: Option<Mutant>,
) -> Result<Option<ExploreFinding>, String> {
    let steps = read(line)?;
    Ok(match mutation {
        None => replay_with(&steps, bounds, Sound),
        Some(_) => replay_with(&steps, bounds, Mutated(mutation)),
    })
}

fn replay_with<D: Mutants>(steps: &[StepNumber], bounds: ScopeBounds, mutants: D) -> Option<ExploreFinding> {
    for length in 0..=steps.len() {
        let (prefix, probed) = (steps.get(..length)?, length == steps.len());
        let ended = guarded(|| {
            let mut stage = ExploredStage::new(bounds, mutants.clone());
            for step in prefix {
                stage.step(*step);
            }
            let wrong = stage.wrong().map(|wrong| (None, wrong));
            wrong.or_else(|| probe::probe(&stage).filter(|_| probed).map(|(name, wrong)| (Some(name), wrong)))
        });
        if let Some(found) = ended {
            return Some(finding(prefix, found));
        }
    }
    None
}

/// A way in which something is wrong: by a probe, or by the last step.
type FoundWrong = (Option<&'static str>, WrongState);

fn finding(steps: &[StepNumber], (probe, (rule, says)): FoundWrong) -> ExploreFinding {
    ExploreFinding { steps: names_of(steps), probe, rule, says }
}

/// Does something with a service that may break its own assertions, which is one more way to be wrong.
fn guarded(work: impl FnOnce() -> Option<FoundWrong>) -> Option<FoundWrong> {
    // Nothing that the work has touched is looked at again after a panic: it works on copies.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|thrown| {
        let said = thrown.downcast_ref::<String>().map(String::as_str);
        let said = said.or_else(|| thrown.downcast_ref::<&str>().copied()).unwrap_or("no words");
        Some((None, (None, format!("panic: {said}"))))
    })
}

/// A sequence of steps; those beyond its length are 0.
type Steps = [StepNumber; STEPS_MAX];

/// Sequences that are tried before what they lead to is laid together: as many as keep every thread at work.
const BLOCK: usize = 4_096;

/// What one state came to.
#[derive(Debug, Default)]
struct Expanded {
    /// What a probe of it found, or else its transitions: the step, and the state that it leads to.
    probed: Option<ExploreFinding>,
    transitions: u64,
    next: Vec<(StepNumber, u64)>,
    failed: Vec<ExploreFinding>,
}

fn explore_with<D: Mutants + Sync>(
    options: &ExploreOptions,
    mutants: &D,
    progress: &mut dyn FnMut(&ExploredLevel) -> bool,
) -> Exploration {
    let mut exploration = Exploration::default();
    let mut seen: BTreeSet<u64> = BTreeSet::new();
    let mut frontier: Vec<Steps> = vec![Steps::default()];
    let mut level = ExploredLevel { states: 1, transitions: 0 };
    for length in 0..=options.depth.min(STEPS_MAX) {
        exploration.levels.push(level);
        if !progress(&level) {
            break;
        }
        let grows = length < options.depth.min(STEPS_MAX);
        let (mut probed, mut failed, mut next) = (Vec::new(), Vec::new(), Vec::new());
        level = ExploredLevel::default();
        for block in frontier.chunks(BLOCK) {
            let all = expand_all(block, length, grows, &seen, options, mutants);
            for (steps, expanded) in block.iter().zip(all) {
                level.transitions += expanded.transitions;
                probed.extend(expanded.probed);
                failed.extend(expanded.failed);
                for (step, state) in expanded.next {
                    // Here and not where it was found: in the order of the sequences, so that the first of those that lead to one
                    // state is the same for any number of threads.
                    if seen.insert(state) {
                        let mut longer = *steps;
                        longer[length] = step;
                        next.push(longer);
                    }
                }
            }
        }
        // What a probe shows is shown by the shorter sequence.
        let found = if probed.is_empty() { failed } else { probed };
        level.states = u64::try_from(next.len()).unwrap_or(u64::MAX);
        if !found.is_empty() {
            exploration.levels.extend((level.transitions > 0).then_some(level));
            exploration.failed = u64::try_from(found.len()).unwrap_or(u64::MAX);
            exploration.findings = first_of_each(found);
            break;
        }
        frontier = next;
    }
    exploration
}

/// The first finding of each rule; where no rule is broken, of each sentence.
fn first_of_each(found: Vec<ExploreFinding>) -> Vec<ExploreFinding> {
    let mut known = BTreeSet::new();
    let is_new = |finding: &ExploreFinding| {
        let says = if finding.rule.is_some() { String::new() } else { finding.says.clone() };
        known.insert((finding.rule, says))
    };
    found.into_iter().filter(is_new).collect()
}

/// Expands a block of states on all threads, in the order of the block.
fn expand_all<D: Mutants + Sync>(
    block: &[Steps],
    length: usize,
    grows: bool,
    seen: &BTreeSet<u64>,
    options: &ExploreOptions,
    mutants: &D,
) -> Vec<Expanded> {
    let next = AtomicUsize::new(0);
    let mut all: Vec<(usize, Expanded)> = std::thread::scope(|scope| {
        let work = || {
            // One for each thread: the model's names are shared within a thread and not between two.
            let begun = ExploredStage::new(options.bounds, mutants.clone());
            let mut done = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(steps) = block.get(at) else { return done };
                let path = steps.get(..length).unwrap_or_default();
                done.push((at, expand(&begun, path, grows, seen)));
            }
        };
        let workers: Vec<_> = (0..options.threads.max(1)).map(|_| scope.spawn(work)).collect();
        let joined =
            workers.into_iter().map(|worker| worker.join().expect("a worker catches what its states throw"));
        joined.flatten().collect()
    });
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, expanded)| expanded).collect()
}

fn expand<D: Mutants>(
    begun: &ExploredStage<D>,
    path: &[StepNumber],
    grows: bool,
    seen: &BTreeSet<u64>,
) -> Expanded {
    // Played again and not kept: a state takes a hundred kilobytes, and the few steps to it cost less than the thirty from it.
    let mut stage = begun.clone();
    for step in path {
        stage.step(*step);
    }
    let mut expanded = Expanded::default();
    let probed = guarded(|| {
        let begun_wrong = stage.wrong().map(|wrong| (None, wrong));
        begun_wrong.or_else(|| probe::probe(&stage).map(|(name, wrong)| (Some(name), wrong)))
    });
    expanded.probed = probed.map(|found| finding(path, found));
    if !grows || expanded.probed.is_some() {
        return expanded;
    }
    for number in (0..).take(STEPS.len()) {
        let mut after = None;
        let wrong = guarded(|| {
            let mut child = stage.clone();
            if child.step(number) {
                let wrong = child.wrong();
                after = Some(child.fingerprint());
                return wrong.map(|wrong| (None, wrong));
            }
            None
        });
        expanded.transitions += u64::from(after.is_some() || wrong.is_some());
        match (wrong, after) {
            (Some(found), _) => {
                let longer: Vec<StepNumber> = path.iter().copied().chain([number]).collect();
                expanded.failed.push(finding(&longer, found));
            }
            (None, Some(state)) if !seen.contains(&state) => expanded.next.push((number, state)),
            (None, _) => {}
        }
    }
    expanded
}
