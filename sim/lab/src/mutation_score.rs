//! The mutation score: runs each mutant, and counts the seeds until the oracle notices.
//!
//! A mutant is caught when a run fails under the rule that the mutant breaks. Seeds in which it shows under another
//! rule are counted apart: the finger points the wrong way.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use claque_core::Mutant;
use claque_sim::run::QueueKind;

use crate::campaign::{CampaignOptions, FailureClass, end_of};

/// The result of a hunt for one mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MutantScore {
    /// The mutant.
    pub mutation: Mutant,
    /// The first seed that reveals it under its rule, with the sentence of the verdict.
    pub caught: Option<(u64, String)>,
    /// The first seed that reveals it under another rule, with what it fails under.
    pub elsewhere: Option<(u64, FailureClass)>,
    /// Runs that it took.
    pub runs: u64,
    /// How long that took by the clock that was given. Unit: microseconds.
    pub micros: u64,
}

/// Hunts each mutant through the seeds in order, until it is caught; one thread for one mutant.
///
/// `clock` gives microseconds since anything; it decides nothing. `wanted` is asked before each run: once it says no, mutants that
/// are not yet caught have no result. `progress` is given each result as it comes.
#[must_use]
pub fn hunt(
    options: &CampaignOptions,
    mutants: &[Mutant],
    (clock, wanted): (&(dyn Fn() -> u64 + Sync), &(dyn Fn() -> bool + Sync)),
    progress: &mut dyn FnMut(&MutantScore),
) -> Vec<MutantScore> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let mut found = std::thread::scope(|scope| {
        for _ in 0..options.threads.max(1) {
            let (next, sender) = (&next, sender.clone());
            scope.spawn(move || {
                // One thread for one mutant, seeds in order: the first seed that catches it is then the same for any
                // number of threads.
                while let Some(mutation) = mutants.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let Some(score) = hunt_one(options, *mutation, (clock, wanted)) else { break };
                    // Nobody listens any more: the hunt goes on all the same.
                    let _sent = sender.send(score);
                }
            });
        }
        drop(sender);
        receiver.into_iter().inspect(|score| progress(score)).collect::<Vec<_>>()
    });
    // They come in whatever order the threads are done.
    found.sort_by_key(|score| score.mutation);
    found
}

fn hunt_one(
    options: &CampaignOptions,
    mutation: Mutant,
    (clock, wanted): (&(dyn Fn() -> u64 + Sync), &(dyn Fn() -> bool + Sync)),
) -> Option<MutantScore> {
    let began = clock();
    let mut score = MutantScore { mutation, caught: None, elsewhere: None, runs: 0, micros: 0 };
    for seed in options.seeds.clone() {
        if !wanted() {
            return None;
        }
        let (plan, _) = options.plan(seed);
        let ending = end_of(&plan, Some(mutation), QueueKind::Wheel);
        score.runs += 1;
        match ending.class {
            Some(FailureClass::Rule(rule)) if rule == mutation.rule() => {
                score.caught = Some((seed, ending.evidence));
                break;
            }
            Some(class) => {
                // The search goes on: a mutant that shows under another rule may be caught under its own by a later
                // seed.
                score.elsewhere.get_or_insert((seed, class));
            }
            None => {}
        }
    }
    score.micros = clock().saturating_sub(began);
    Some(score)
}
