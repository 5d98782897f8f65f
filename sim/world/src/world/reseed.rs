//! Forks: from a moment on, everything that is drawn is drawn from another seed.

use claque_core::Mutants;
use claque_engine::{Queue, Randomness};
use claque_scenario::identity::Fork;

use crate::world::{ControlEvent, World};

impl<D: Mutants, Q: Queue<ControlEvent>> World<'_, D, Q> {
    /// From here on chance is another. What was drawn before stays: who is on the way, is on the way.
    pub(crate) fn on_fork(&mut self, number: u16) {
        if let Some(fork) = self.plan.forks.get(usize::from(number)) {
            self.randomness = Randomness::new(fork.seed);
            self.network.redraw(&self.randomness);
        }
    }

    pub(crate) fn schedule_forks(&mut self) {
        let during_show = |(_, fork): &(u16, &Fork)| fork.at <= self.scenario.duration;
        // A shrunk show may end before a fork of its run.
        for (number, fork) in (0u16..).zip(&self.plan.forks).filter(during_show).collect::<Vec<_>>() {
            self.schedule((self.scenario.start + fork.at).as_micros(), ControlEvent::Fork(number));
        }
    }
}
