//! One plan, tried: run, run again, judged. And many seeds on several threads.

use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;

use crate::judge::{BrokenPromise, judge};
use crate::plan::ServerPlan;
use crate::recording;
use crate::run::run;

/// The outcome of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedOutcome {
    /// Everything that was broken.
    pub findings: Vec<BrokenPromise>,
    /// A hash of everything that was seen.
    pub hash: u64,
    /// Observations.
    pub seen: usize,
}

/// Runs a plan and judges it; `twice` runs it again, which must be seen to be the same.
#[must_use]
pub fn try_plan(plan: &ServerPlan, twice: bool) -> SeedOutcome {
    let log = run(plan);
    let hash = log.hash();
    let mut findings = judge(&log);
    recording::judge(&log, &mut findings);
    if twice {
        let again = run(plan);
        if hash != again.hash() {
            let parts = log
                .seen
                .iter()
                .zip(&again.seen)
                .find(|(one, other)| format!("{one:?}") != format!("{other:?}"));
            let says = format!("two runs of seed {} part: {parts:?}", plan.seed);
            findings.push(BrokenPromise { class: "not-repeatable", says });
        }
    }
    SeedOutcome { findings, hash, seen: log.seen.len() }
}

/// Tries seeds on so many threads, each twice, and tells each outcome as it comes, until it is to stop.
pub fn campaign(
    seeds: Range<u64>,
    threads: usize,
    tell: &mut dyn FnMut(u64, SeedOutcome) -> ControlFlow<()>,
) {
    let (next, enough) = (AtomicU64::new(seeds.start), AtomicBool::new(false));
    let (sender, outcomes) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, next, enough, end) = (sender.clone(), &next, &enough, seeds.end);
            scope.spawn(move || {
                while !enough.load(Ordering::Relaxed) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        return;
                    }
                    // The receiver is gone when it has heard enough.
                    if sender.send((seed, try_plan(&ServerPlan::of(seed), true))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for (seed, outcome) in outcomes {
            if tell(seed, outcome).is_break() {
                enough.store(true, Ordering::Relaxed);
            }
        }
    });
}
