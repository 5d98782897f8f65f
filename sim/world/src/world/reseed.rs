//! Another future: from a moment on, everything that is drawn is drawn with another seed.

use claque_core::Mutants;
use claque_engine::{Queue, Randomness};

use crate::world::{ControlEvent, World};

impl<D: Mutants, Q: Queue<ControlEvent>> World<'_, D, Q> {
    /// From here on chance is another. What was drawn before stays: who is on the way, is on the way.
    pub(crate) fn on_fork(&mut self) {
        if let Some(future) = self.plan.future {
            self.randomness = Randomness::new(future.seed);
            self.network.redraw(&self.randomness);
        }
    }

    pub(crate) fn schedule_fork(&mut self) {
        if let Some(future) = self.plan.future {
            self.schedule((self.scenario.start + future.at).as_micros(), ControlEvent::Fork);
        }
    }
}
