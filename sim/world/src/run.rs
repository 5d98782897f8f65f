//! Runs: a plan in, a report out. No wall clock: the time that a run took is measured outside.

use std::fmt;

use claque_core::{Duration, Mutant, Mutants, Mutated, Sound};
use claque_engine::{HeapQueue, Queue, Wheel};
use claque_scenario::plan::Plan;

use crate::observer::{Flow, Observer};
use crate::trace::Trace;
use crate::world::{ControlEvent, World};

pub use crate::report::{ByLevel, Latencies, RunReport, SupergroupChanges};

/// Which queue orders the events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueueKind {
    /// The production queue.
    #[default]
    Wheel,
    /// The plain binary heap: slow, obviously right, and bound to give the same trace hash.
    Heap,
}

/// How a plan is run, besides the plan.
#[derive(Default)]
pub struct RunOptions<'r> {
    /// Which queue.
    pub queue: QueueKind,
    /// The mutant that the service has; none: it is sound.
    pub mutation: Option<Mutant>,
    /// Where the trace goes.
    pub trace: Option<Trace>,
    /// The observer, if any.
    pub observer: Option<Box<dyn Observer>>,
    /// Is given the virtual time since the start, when the scene is set and now and then, and says whether the run goes on.
    /// One that does not is unjudged, unless a rule was broken before.
    pub progress: Option<&'r mut dyn FnMut(Duration) -> Flow>,
}

impl fmt::Debug for RunOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunOptions")
            .field("queue", &self.queue)
            .field("mutation", &self.mutation)
            .finish_non_exhaustive()
    }
}

/// Runs a plan on the sound service.
#[must_use]
pub fn run(plan: &Plan) -> RunReport {
    run_with(plan, RunOptions::default())
}

/// Runs a plan.
#[must_use]
pub fn run_with(plan: &Plan, options: RunOptions<'_>) -> RunReport {
    match (options.queue, options.mutation) {
        // A type of its own and not a mutant of none: the sound service is compiled without a question about mutants,
        // and its queue inlined into the loop over deliveries.
        (QueueKind::Wheel, None) => run_on(plan, Sound, wheel(plan), options),
        // All else behind a pointer: each pair of types compiles the whole world and service once more.
        (QueueKind::Wheel, Some(_)) => run_on(plan, Mutated(options.mutation), any_wheel(plan), options),
        (QueueKind::Heap, _) => {
            let queue: AnyQueue = Box::new(HeapQueue::new(plan.scenario.start.as_micros()));
            run_on(plan, Mutated(options.mutation), queue, options)
        }
    }
}

/// A queue of whichever kind.
pub(crate) type AnyQueue = Box<dyn Queue<ControlEvent>>;

/// The production queue, for the rate of a plan's deliveries.
// The rate decides the width of buckets, and so the speed alone: above ten million deliveries a second a bucket of 4 ms no
// longer fits the second cache.
fn wheel(plan: &Plan) -> Wheel<ControlEvent> {
    Wheel::for_rate(plan.scenario.start.as_micros(), plan.scenario.deliveries_per_second())
}

pub(crate) fn any_wheel(plan: &Plan) -> AnyQueue {
    Box::new(wheel(plan))
}

fn run_on<D: Mutants, Q: Queue<ControlEvent>>(
    plan: &Plan,
    mutants: D,
    queue: Q,
    options: RunOptions<'_>,
) -> RunReport {
    finish(plan, World::new(plan, mutants, queue, options.trace, options.observer), options.progress)
}

fn finish<D: Mutants, Q: Queue<ControlEvent>>(
    plan: &Plan,
    mut world: World<'_, D, Q>,
    mut progress: Option<&mut dyn FnMut(Duration) -> Flow>,
) -> RunReport {
    let start = plan.scenario.start;
    world.run(&mut |now| {
        // The first comes when the scene is set: measurements begin there, since logons with SHA-256 are set-up.
        let passed = claque_core::Instant::from_micros(now).since(start);
        progress.as_mut().map_or(Flow::GoOn, |progress| progress(passed))
    });
    world.into_report()
}
