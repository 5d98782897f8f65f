//! A guided campaign: up to half of its runs fork a run that did something new, behind the moment at which it did.
//!
//! The run of number n is either the run of seed n, or a fork of a kept run with seed n. What is new is a transition
//! ([`super::transitions`]) that no run has made before. A run with new ones is kept, with the moments of the new
//! transitions; which of the kept runs is forked, and at which of its moments, is drawn by energy: the rarer the
//! transition until now and the fewer forks the run had, the more.
//!
//! Runs are drawn in rounds of a fixed size, from what all rounds before have come to. So the runs of a campaign are the
//! same for every number of threads, and each is a function of its identity line as ever.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use claque_core::Duration;
use claque_engine::{Actor, DrawPurpose, Draws, Randomness};
use claque_scenario::identity::Fork;

use super::transitions::{FirstMade, TRANSITIONS, Transitions};
use super::{CampaignOptions, CampaignReport, EndedRun, Recipe, SeedRun};

/// The purpose of the draws of what is forked.
const CHOICE: DrawPurpose = DrawPurpose::named("guided.choice");
/// Runs of a round. Not the number of threads: what a run is drawn from must not depend on it.
const ROUND: u64 = 32;
/// The most runs that are kept; those with the least energy go.
const KEPT_MAX: usize = 256;
/// The most new transitions that are kept of a run, the rarest first: more would all be near the beginning of the first
/// runs.
const MARKS_MAX: usize = 64;
/// The most forks of a run: behind more of them a line is hard to read.
const FORKS_MAX: usize = 8;
/// How long after a new transition a run is forked at the latest. Unit: milliseconds.
const AFTER: u64 = 2_000;
/// The energy of a transition that one run has made.
const ENERGY: u64 = 1 << 20;

/// A run that did something new.
#[derive(Clone, Debug)]
struct KeptRun {
    recipe: Recipe,
    marks: Vec<FirstMade>,
    /// How often it was forked.
    forked: u64,
}

/// What a guided campaign came to.
#[derive(Clone, Debug, Default)]
pub struct GuidedReport {
    /// The report, by the number of the run: where a failing run forks another one, its line says so.
    pub report: CampaignReport,
    /// Runs that were forks.
    pub forked: u64,
    /// Transitions that some run made.
    pub transitions: u64,
    /// Those of them that forks made first.
    pub transitions_by_forks: u64,
    /// The lines of the runs that were kept at the end.
    pub kept: Vec<String>,
}

/// The state of the search between two rounds.
struct Search<'o> {
    options: &'o CampaignOptions,
    randomness: Randomness,
    /// By transition: runs that made it.
    runs: Vec<u32>,
    kept: Vec<KeptRun>,
    found: GuidedReport,
}

/// Runs a guided campaign: as many runs as there are seeds. `progress` is given after each run how many have ended, and this one,
/// in the order of their numbers; when it breaks off, the round is the last.
///
/// The options' shard has no meaning here: what a run is drawn from are all runs before it.
#[must_use]
pub fn guided(
    options: &CampaignOptions,
    progress: &mut dyn FnMut(u64, EndedRun) -> ControlFlow<()>,
) -> GuidedReport {
    let mut search = Search {
        options,
        randomness: Randomness::new(options.seeds.start),
        runs: vec![0; TRANSITIONS],
        kept: Vec::new(),
        found: GuidedReport::default(),
    };
    let (mut first, mut ended) = (options.seeds.start, 0);
    let mut goes_on = true;
    while goes_on && first < options.seeds.end {
        let end = first.saturating_add(ROUND).min(options.seeds.end);
        let recipes: Vec<Recipe> = (first..end).map(|number| search.draw(number)).collect();
        for (number, (recipe, (run, made))) in
            (first..end).zip(recipes.iter().zip(search.run(first, &recipes)))
        {
            ended += 1;
            let one = options.count_run(number, &run, &mut search.found.report);
            search.learn(recipe, &run, made);
            // Every run of the round counts, also behind the one that was enough: it has been made.
            goes_on &= progress(ended, one).is_continue();
        }
        search.forget();
        first = end;
    }
    search.end()
}

impl Search<'_> {
    /// The recipe of the run of a number.
    fn draw(&mut self, number: u64) -> Recipe {
        let mut draws = self.randomness.draws(CHOICE, Actor::numbered("run", number), 0);
        let fresh = Recipe { seed: number, forks: self.options.identity.forks().to_vec() };
        // Half of them begin anew: populations, limits and readings are a seed's from the beginning to the end.
        if draws.below(2) == 0 {
            return fresh;
        }
        self.fork(number, &mut draws).unwrap_or(fresh)
    }

    fn fork(&mut self, number: u64, draws: &mut Draws) -> Option<Recipe> {
        let all: Vec<u64> = self.kept.iter().map(|kept| energy(&self.runs, kept)).collect();
        let place = weighted(&all, draws)?;
        let rarity: Vec<u64> =
            self.kept.get(place)?.marks.iter().map(|mark| rarity(&self.runs, mark)).collect();
        let kept = self.kept.get_mut(place)?;
        let mark = kept.marks.get(weighted(&rarity, draws)?)?;
        kept.forked += 1;
        // In whole milliseconds, as people write times; and behind the transition, which happens first.
        let at = Duration::from_millis(mark.at.as_millis() + 1 + draws.below(AFTER));
        let mut forks = kept.recipe.forks.clone();
        forks.retain(|fork| fork.at < at);
        if at >= self.options.scenario.duration || forks.len() >= FORKS_MAX {
            return None;
        }
        forks.push(Fork { at, seed: number });
        self.found.forked += 1;
        Some(Recipe { seed: kept.recipe.seed, forks })
    }

    /// Runs the recipes of a round on all threads; in their order, each with its transitions.
    fn run(&self, first: u64, recipes: &[Recipe]) -> Vec<(SeedRun, Vec<FirstMade>)> {
        let next = AtomicUsize::new(0);
        let done = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..self.options.threads.max(1) {
                scope.spawn(|| {
                    for place in std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed)) {
                        let Some(recipe) = recipes.get(place) else { return };
                        let transitions = Rc::new(RefCell::new(Transitions::new()));
                        let number = first + u64::try_from(place).expect("fewer than a round");
                        let observer = Box::new(Rc::clone(&transitions));
                        let run = self.options.run_recipe(number, recipe, Some(observer));
                        let made = transitions.borrow_mut().take();
                        done.lock().expect("no run panics here").push((place, (run, made)));
                    }
                });
            }
        });
        let mut done = done.into_inner().expect("no run panics here");
        done.sort_unstable_by_key(|(place, _)| *place);
        done.into_iter().map(|(_, run)| run).collect()
    }

    /// Counts the transitions of a run, and keeps the run where some are new.
    fn learn(&mut self, recipe: &Recipe, run: &SeedRun, made: Vec<FirstMade>) {
        let mut marks = Vec::new();
        for first in made {
            let Some(runs) = self.runs.get_mut(first.transition) else { continue };
            if *runs == 0 {
                self.found.transitions += 1;
                self.found.transitions_by_forks +=
                    u64::from(recipe.forks.len() > self.options.identity.forks().len());
                marks.push(first);
            }
            *runs += 1;
        }
        // A run that failed ends there, and what follows from its forks is the same failure.
        if !marks.is_empty() && run.ending.class.is_none() {
            self.kept.push(KeptRun { recipe: recipe.clone(), marks, forked: 0 });
        }
    }

    /// Keeps the rarest transitions of each run, and the runs with the most energy.
    fn forget(&mut self) {
        let Self { runs, kept, .. } = self;
        for kept in kept.iter_mut().filter(|kept| kept.marks.len() > MARKS_MAX) {
            kept.marks.sort_by_key(|mark| (runs.get(mark.transition).copied(), mark.at));
            kept.marks.truncate(MARKS_MAX);
        }
        // A stable sort: of equals the older ones stay.
        kept.sort_by_cached_key(|kept| std::cmp::Reverse(energy(runs, kept)));
        kept.truncate(KEPT_MAX);
    }

    fn end(self) -> GuidedReport {
        let identity = |kept: &KeptRun| {
            let line = self.options.identity.clone().with_seed(kept.recipe.seed);
            line.with_forks(kept.recipe.forks.clone()).to_string()
        };
        let kept = self.kept.iter().map(identity).collect();
        GuidedReport { kept, ..self.found }
    }
}

/// How rare a transition is.
fn rarity(runs: &[u32], mark: &FirstMade) -> u64 {
    ENERGY / u64::from(runs.get(mark.transition).copied().unwrap_or(0).max(1))
}

/// How much a kept run is worth another fork.
fn energy(runs: &[u32], kept: &KeptRun) -> u64 {
    kept.marks.iter().map(|mark| rarity(runs, mark)).sum::<u64>() / (1 + kept.forked)
}

/// Draws the place of a number by its size; none where all are 0.
fn weighted(numbers: &[u64], draws: &mut Draws) -> Option<usize> {
    let all: u64 = numbers.iter().sum();
    if all == 0 {
        return None;
    }
    let mut ball = draws.below(all);
    numbers.iter().position(|number| match ball.checked_sub(*number) {
        Some(rest) => {
            ball = rest;
            false
        }
        None => true,
    })
}
