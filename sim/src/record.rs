//! What was done to the service in a run: enough to do it again without users and network.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use claque_core::{Config, Input, Instant, Mutation};

use crate::engine::Randomness;
use crate::plan::Plan;
use crate::run::{RunOptions, run_with};
use crate::watch::{Call, Scene, Watch};
use crate::world::{preparation_time, service_config};

/// Everything that was done to the service.
#[derive(Clone, Debug)]
pub struct Record {
    /// What the service was set up with.
    pub config: Config,
    /// When it began.
    pub began: Instant,
    /// What was done and when, by the service's clock. That time passes is not written down.
    pub calls: Vec<(Instant, Input)>,
}

/// Runs a plan and writes down what is done to the service, up to the failure where there is one. A panic ends it too.
#[must_use]
pub fn record(plan: &Plan, mutation: Option<Mutation>) -> Record {
    let calls = Rc::new(RefCell::new(Calls::default()));
    let watch = Some(Box::new(Rc::clone(&calls)) as Box<dyn Watch>);
    // A panic is an end like any other here.
    let _ended = catch_unwind(AssertUnwindSafe(|| {
        run_with(plan, RunOptions { mutation, watch, ..RunOptions::default() }).trace_hash
    }));
    let scenario = &plan.scenario;
    let began = scenario.start.as_micros().saturating_sub(preparation_time(scenario));
    Record {
        config: service_config(scenario, &Randomness::new(plan.seed)),
        began: Instant::from_micros(began),
        calls: calls.take().0,
    }
}

#[derive(Debug, Default)]
struct Calls(Vec<(Instant, Input)>);

impl Watch for Calls {
    fn on_call(&mut self, call: &Call<'_>, scene: &dyn Scene) {
        if !matches!(call.input, Input::Timeout) {
            self.0.push((scene.clock(), call.input.clone()));
        }
    }
}
