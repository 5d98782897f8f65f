//! The two clocks of a world: show time, which the queue counts, and the service's clock, which time jumps move ahead of it.

use claque_core::{Input, Instant, Mutants};
use claque_engine::Queue;

use crate::world::{Act, ControlEvent, World, index};

impl<D: Mutants, Q: Queue<ControlEvent>> World<'_, D, Q> {
    /// Schedules the service's next deadline, unless an event is there for it already.
    pub(super) fn await_timeout(&mut self) {
        let Some(due) = self.service.poll_timeout() else { return };
        // A deadline that a time jump passed over is due now, at whatever show time it lay.
        let due = due.as_micros().saturating_sub(self.ahead).max(self.now);
        // Nothing is scheduled beyond the time to settle: the thirty days of a deleted group would keep the run going
        // for a month. A later event that this one overtakes stays in the queue: taking it out would be a search, and
        // it finds nothing due.
        if self.timeout_at.is_none_or(|scheduled| due < scheduled) && due <= self.settled {
            self.timeout_at = Some(due);
            self.schedule(due, ControlEvent::Timeout);
        }
    }

    pub(super) fn on_timeout(&mut self) {
        if self.timeout_at.is_some_and(|at| at <= self.now) {
            self.timeout_at = None;
        }
        if self.is_down() {
            // Nothing falls due until the service is back.
        } else if self.service.poll_timeout().is_some_and(|due| due <= self.clock()) {
            self.call(Input::Timeout);
        } else {
            // The deadline that this event was scheduled for is gone, by an earlier event or a time jump: the next one
            // may have none.
            self.await_timeout();
        }
    }

    /// The service's clock.
    pub(super) const fn clock(&self) -> Instant {
        Instant::from_micros(self.now + self.ahead)
    }

    /// Moves the service's clock ahead while nobody acts, through every deadline on the way.
    pub(super) fn jump(&mut self, by: u64) {
        let target = self.clock().as_micros() + by;
        // One deadline after the other, each at its own time: a jump straight to the target would let a month of
        // purges, expiries and ends of seconds fall on one instant.
        while let Some(due) = self.service.poll_timeout().filter(|due| due.as_micros() <= target) {
            self.ahead = self.ahead.max(due.as_micros() - self.now);
            self.call(Input::Timeout);
        }
        self.ahead = target - self.now;
        self.counts.jumped += by;
        // The event that is scheduled was meant for the clock as it stood before the jump.
        self.timeout_at = None;
        self.await_timeout();
    }

    /// Schedules an event; never before the queue's own time, which the preparation precedes.
    pub(super) fn schedule(&mut self, at: u64, control: ControlEvent) {
        let at = at.max(self.queue.now());
        self.queue.schedule(at, control);
    }

    /// Schedules an act of a user's present life.
    pub(super) fn later(&mut self, user: u32, after: u64, act: Act) {
        // The epoch travels with the act: ending a life voids all that was planned in it without a search of the queue.
        let epoch = self.users.epoch[index(user)];
        self.schedule(self.now.saturating_add(after), ControlEvent::User(user, epoch, act));
    }
}
