//! The hunt: breaks the service on purpose, and counts the seeds until somebody notices.
//!
//! A defect is caught when a run fails under the rule that the defect breaks. Seeds in which it shows under another
//! rule are counted apart: the finger points the wrong way.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use claque_core::Mutation;
use claque_sim::run::QueueKind;

use crate::campaign::{FailureClass, Options, end_of};

/// What a hunt for one defect came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarry {
    /// The defect.
    pub mutation: Mutation,
    /// The first seed that reveals it under its rule, with the sentence of the verdict.
    pub caught: Option<(u64, String)>,
    /// The first seed that reveals it under another rule, with what it fails under.
    pub astray: Option<(u64, FailureClass)>,
    /// Runs that it took.
    pub runs: u64,
    /// How long that took by the clock that was given. Unit: microseconds.
    pub micros: u64,
}

/// Hunts each defect through the seeds in order, until it is caught; one thread for one defect.
///
/// `clock` gives microseconds since anything; it decides nothing. `progress` is told each result as it comes.
#[must_use]
pub fn hunt(
    options: &Options,
    defects: &[Mutation],
    clock: &(dyn Fn() -> u64 + Sync),
    progress: &mut dyn FnMut(&Quarry),
) -> Vec<Quarry> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let mut found = std::thread::scope(|scope| {
        for _ in 0..options.threads.max(1) {
            let (next, sender) = (&next, sender.clone());
            scope.spawn(move || {
                while let Some(mutation) = defects.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // Nobody listens any more: the hunt goes on all the same.
                    let _told = sender.send(hunt_one(options, *mutation, clock));
                }
            });
        }
        drop(sender);
        receiver.into_iter().inspect(|quarry| progress(quarry)).collect::<Vec<_>>()
    });
    found.sort_by_key(|quarry| quarry.mutation);
    found
}

fn hunt_one(options: &Options, mutation: Mutation, clock: &(dyn Fn() -> u64 + Sync)) -> Quarry {
    let began = clock();
    let mut quarry = Quarry { mutation, caught: None, astray: None, runs: 0, micros: 0 };
    for seed in options.seeds.clone() {
        let (plan, _) = options.plan(seed);
        let ending = end_of(&plan, Some(mutation), QueueKind::Wheel);
        quarry.runs += 1;
        match ending.class {
            Some(FailureClass::Rule(rule)) if rule == mutation.rule() => {
                quarry.caught = Some((seed, ending.evidence));
                break;
            }
            Some(class) if quarry.astray.is_none() => quarry.astray = Some((seed, class)),
            _ => {}
        }
    }
    quarry.micros = clock().saturating_sub(began);
    quarry
}
