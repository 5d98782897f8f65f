//! The shrinker put to the test: every mutant is found, made smaller, and must fail the same way afterwards.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use claque_core::Mutant;
use claque_sim::run::QueueKind;

use super::{Shrunk, shrink};
use crate::campaign::{CampaignOptions, FailureClass, end_of};

/// What became of one mutant.
#[derive(Clone, Debug)]
pub struct Surveyed {
    /// The mutant.
    pub mutation: Mutant,
    /// The first seed that reveals it under its own rule, or else in any other way; none where no seed does.
    pub seed: Option<u64>,
    /// The failing run made smaller; none where no seed reveals the mutant.
    pub shrunk: Option<Shrunk>,
    /// Whether the smaller run fails the same way when it is run once more.
    pub fails_again: bool,
    /// How long shrinking took by the clock that was given. Unit: microseconds.
    pub micros: u64,
}

/// Looks for each mutant through the seeds in order, and shrinks the first run that reveals it under its own rule, or
/// else the first that fails at all, with at most `budget` runs; one thread for one mutant.
///
/// `clock` gives microseconds since anything; it decides nothing. `progress` is given each result as it comes. Once `stop` says
/// yes, no further mutant is begun, and those under way get no smaller.
#[must_use]
pub fn survey(
    options: &CampaignOptions,
    mutants: &[Mutant],
    budget: u32,
    (clock, stop): (&(dyn Fn() -> u64 + Sync), &(dyn Fn() -> bool + Sync)),
    progress: &mut dyn FnMut(&Surveyed),
) -> Vec<Surveyed> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let mut all = std::thread::scope(|scope| {
        for _ in 0..options.threads.max(1) {
            let (next, sender) = (&next, sender.clone());
            scope.spawn(move || {
                while let Some(mutation) =
                    mutants.get(next.fetch_add(1, Ordering::Relaxed)).filter(|_| !stop())
                {
                    // Nobody listens any more: the survey goes on all the same.
                    let _sent = sender.send(one(options, *mutation, budget, (clock, stop)));
                }
            });
        }
        drop(sender);
        receiver.into_iter().inspect(|surveyed| progress(surveyed)).collect::<Vec<_>>()
    });
    all.sort_by_key(|surveyed| surveyed.mutation);
    all
}

fn one(
    options: &CampaignOptions,
    mutation: Mutant,
    budget: u32,
    (clock, stop): (&dyn Fn() -> u64, &dyn Fn() -> bool),
) -> Surveyed {
    let own = FailureClass::Rule(mutation.rule());
    let mut revealing = None;
    for seed in options.seeds.clone() {
        let (plan, _) = options.plan(seed);
        match end_of(&plan, Some(mutation), QueueKind::Wheel).class {
            Some(class) if class == own => {
                revealing = Some((seed, plan, class));
                break;
            }
            Some(class) if revealing.is_none() => revealing = Some((seed, plan, class)),
            Some(_) | None => {}
        }
    }
    let Some((seed, plan, class)) = revealing else {
        return Surveyed { mutation, seed: None, shrunk: None, fails_again: false, micros: 0 };
    };
    let began = clock();
    let shrunk = shrink(&plan, Some(mutation), budget, &mut |_, _| {
        if stop() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let micros = clock().saturating_sub(began);
    let fails_again = shrunk.as_ref().is_some_and(|shrunk| {
        // On the reference queue: a shrunk run that hangs on the order of the fast one would reproduce nothing.
        end_of(&shrunk.plan, Some(mutation), QueueKind::Heap).class == Some(class)
            && end_of(&shrunk.plan, None, QueueKind::Wheel).class.is_none()
    });
    Surveyed { mutation, seed: Some(seed), shrunk, fails_again, micros }
}
