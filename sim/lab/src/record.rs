//! The record of a run's inputs: enough to play them again without users and network.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use claque_core::{Config, HitCounts, Input, Instant, Mutant, Outcome, Output, Service, Sound};
use claque_engine::Randomness;
use claque_scenario::plan::Plan;
use claque_sim::observer::{ObservedCall, Observer, Scene};
use claque_sim::run::{RunOptions, run_with};
use claque_sim::{preparation_time, service_config};

/// Everything that was done to the service.
#[derive(Clone, Debug)]
pub struct RunRecord {
    /// The configuration that the service was made with.
    pub config: Config,
    /// When it began.
    pub began: Instant,
    /// The inputs and their times, by the service's clock. That time passes is not written down.
    pub calls: Vec<(Instant, Input)>,
    /// When the last thing happened, things that fell due included.
    pub ended: Instant,
}

/// Runs a plan and writes down what is done to the service, up to the failure where there is one. A panic ends it too.
#[must_use]
pub fn record(plan: &Plan, mutation: Option<Mutant>) -> RunRecord {
    // Shared, since a run that panics takes its observer with it.
    let calls = Rc::new(RefCell::new(CallRecorder::default()));
    let observer = Some(Box::new(Rc::clone(&calls)) as Box<dyn Observer>);
    // A panic is an end like any other here.
    let _ended = catch_unwind(AssertUnwindSafe(|| {
        run_with(plan, RunOptions { mutation, observer, ..RunOptions::default() }).trace_hash
    }));
    let CallRecorder { calls, ended } = calls.take();
    let scenario = &plan.scenario;
    // Groups and applications are made before the show: a service that began with it would be asked for what lies in
    // its past.
    let began = scenario.start.as_micros().saturating_sub(preparation_time(scenario));
    RunRecord {
        config: service_config(scenario, &Randomness::new(plan.seed)),
        began: Instant::from_micros(began),
        calls,
        ended,
    }
}

impl RunRecord {
    /// Begins to play it again, on a sound service.
    #[must_use]
    pub fn replay(&self) -> RecordReplay {
        RecordReplay(Service::new(self.began, self.config.clone(), HitCounts::default(), Sound))
    }
}

/// A service on which a record is played.
// Here and not with whoever plays one: a service is generic, and would be compiled there once more.
#[derive(Debug)]
pub struct RecordReplay(Service<HitCounts, Sound>);

impl RecordReplay {
    /// The service, to look at.
    #[must_use]
    pub const fn service(&self) -> &Service<HitCounts, Sound> {
        &self.0
    }

    /// When something falls due next.
    pub fn due(&mut self) -> Option<Instant> {
        self.0.poll_timeout()
    }

    /// Plays one input.
    ///
    /// # Panics
    /// When the outputs of the one before were not taken.
    pub fn apply(&mut self, at: Instant, input: Input) -> Outcome {
        self.0.apply(at, input)
    }

    /// The outputs since they were taken last.
    pub fn take_outputs(&mut self) -> Vec<Output> {
        core::iter::from_fn(|| self.0.poll_output()).collect()
    }
}

#[derive(Debug, Default)]
struct CallRecorder {
    calls: Vec<(Instant, Input)>,
    ended: Instant,
}

impl Observer for CallRecorder {
    fn on_call(&mut self, call: &ObservedCall<'_>, scene: &dyn Scene) {
        self.ended = scene.clock();
        // Deadlines follow from the rest: who plays the record fires them when they are due, and a record with them
        // would fire them twice.
        if !matches!(call.input, Input::Timeout) {
            self.calls.push((scene.clock(), call.input.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use claque_core::Input;

    use super::record;
    use claque_scenario::Scenario;
    use claque_scenario::plan::Plan;

    #[test]
    fn what_is_recorded_can_be_done_again() {
        let mut scenario = Scenario::builtin("smoke").expect("built in");
        scenario.cut(claque_core::Duration::from_secs(10));
        let record = record(&Plan::new(scenario, 1), None);
        assert!(record.calls.len() > 100 && record.calls.last().is_some_and(|(at, _)| *at <= record.ended));
        let mut replay = record.replay();
        for (at, input) in record.calls {
            while let Some(due) = replay.due().filter(|due| *due <= at) {
                replay.apply(due, Input::Timeout);
                replay.take_outputs();
            }
            replay.apply(at, input);
            replay.take_outputs();
        }
        let service = replay.service();
        let members: u32 = service.groups().map(|group| service.member_count(group)).sum();
        assert!(members > 50, "those who came are in: {members}");
    }
}
