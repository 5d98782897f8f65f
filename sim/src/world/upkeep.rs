//! Faults as they begin and end, checks of the service's invariants, and the end of a run.

use claque_core::{Defects, Input, Instant, LinkEnd};

use crate::engine::{Actor, Queue, exponential};
use crate::plan::{Fault, FaultPlan};
use crate::user::Presence;
use crate::world::{Act, Control, FAULT, World, index};

/// What is failing outside the service and its clients.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Failing {
    /// How much longer the custom moderation takes. Unit: microseconds.
    pub(crate) moderation_slow: u64,
    /// Faults that keep the custom moderation down.
    pub(crate) moderation_down: u32,
    /// Faults that make the receiver of callbacks answer with errors.
    pub(crate) callbacks: u32,
}

impl<D: Defects, Q: Queue<Control>> World<'_, D, Q> {
    pub(crate) fn on_fault_begins(&mut self, number: u16) {
        let plan = self.plan;
        let fault = &plan.faults[usize::from(number)];
        let lasts = fault.lasts.max(FaultPlan::LASTS_MIN).as_micros();
        let Some(bit) = self.network.begin(fault.fault) else { return };
        self.fault_began[index(bit)] = self.now;
        match fault.fault {
            Fault::ModerationSlow(wait) => self.failing.moderation_slow += wait.as_micros(),
            Fault::ModerationDown => self.failing.moderation_down += 1,
            Fault::CallbacksFail => self.failing.callbacks += 1,
            _ => self.hit_users(fault, bit, lasts),
        }
        let bit = u8::try_from(bit).expect("a bit of 32");
        self.schedule(self.now + lasts, Control::FaultEnds(number, bit));
    }

    /// Marks everybody whom a fault hits, and begins its course for each.
    fn hit_users(&mut self, fault: &FaultPlan, bit: u32, lasts: u64) {
        let course = Actor::named(&fault.name);
        for user in self.users.all() {
            if !self.network.is_hit(&fault.name, fault.share, self.users.key[index(user)]) {
                continue;
            }
            self.users.class[index(user)] |= 1 << bit;
            let draw = self.randomness.draw(FAULT, course, self.users.key[index(user)]);
            match fault.fault {
                Fault::Disconnects => {
                    self.later(user, crate::engine::below(draw, lasts), Act::Lose);
                }
                Fault::Outage => self.lose_link(user),
                Fault::BrownOut(_, _, mean) => {
                    let after = exponential(draw, mean.as_micros());
                    if after < lasts {
                        self.later(user, after, Act::Lose);
                    }
                }
                Fault::DeafClients => {
                    let patience = self.users.crowd(user).plan.heartbeat;
                    let patience = patience.unwrap_or(claque_core::limits::HEARTBEAT_TIMEOUT).as_micros();
                    if patience < lasts {
                        self.later(user, patience, Act::Lose);
                    }
                }
                Fault::MuteClients => self.muffle(user),
                _ => {}
            }
        }
    }

    /// Nothing that the user sends arrives any more; the service misses its heartbeats.
    fn muffle(&mut self, user: u32) {
        if self.users.presence[index(user)] != Presence::Online {
            return;
        }
        self.users.presence[index(user)] = Presence::Muffled;
        self.call(Input::Disconnect(self.users.session(user), LinkEnd::Lost));
    }

    pub(crate) fn on_fault_ends(&mut self, number: u16, bit: u8) {
        let fault = &self.plan.faults[usize::from(number)];
        self.network.end(u32::from(bit));
        match fault.fault {
            Fault::ModerationSlow(wait) => self.failing.moderation_slow -= wait.as_micros(),
            Fault::ModerationDown => self.failing.moderation_down -= 1,
            Fault::CallbacksFail => self.failing.callbacks -= 1,
            _ => {}
        }
        for user in self.users.all() {
            let class = &mut self.users.class[index(user)];
            if *class >> bit & 1 == 0 {
                continue;
            }
            *class &= !(1 << bit);
            if matches!(fault.fault, Fault::MuteClients)
                && self.users.presence[index(user)] == Presence::Muffled
            {
                let after = self.draw_below(user, 1_000_000);
                self.later(user, after, Act::Retry);
            }
        }
    }

    /// How far a user's clock is off. Unit: microseconds, positive is fast.
    pub(crate) fn clock_shift(&self, user: u32) -> i64 {
        let class = self.users.class[index(user)];
        let since = |bit: u32| self.fault_began.get(index(bit)).map_or(0, |began| self.now - began);
        self.network
            .hitting(class)
            .map(|(bit, fault)| match fault {
                Fault::ClockOffset(offset) => *offset,
                Fault::ClockDrift(ppm) => {
                    let span = i64::try_from(since(bit)).unwrap_or(i64::MAX);
                    span.saturating_mul(i64::from(*ppm)) / 1_000_000
                }
                _ => 0,
            })
            .sum()
    }

    pub(crate) fn on_check(&mut self) {
        let now = Instant::from_micros(self.now);
        if let (Some(model), Err(violation)) = (&mut self.model, self.service.check_invariants()) {
            model.refute(now, violation.rule, violation.what);
        }
        if let Some(interval) = self.plan.check_interval {
            self.schedule(self.now + interval.as_micros(), Control::Check);
        }
    }

    /// Settles accounts once nothing is on its way any more.
    pub(crate) fn finish(&mut self) {
        self.now = self.now.max(self.end);
        if self.model.as_ref().is_none_or(crate::model::Model::has_failed) {
            return;
        }
        let now = Instant::from_micros(self.now);
        for place in &mut self.places {
            place.settle_all(&mut self.seats);
        }
        let checked = self.service.check_invariants();
        let Some(model) = &mut self.model else { return };
        if let Err(violation) = checked {
            model.refute(now, violation.rule, violation.what);
        }
        if let Some((user, group)) = self.seats.unsettled.first() {
            let group_id = self.service.group_id(claque_core::GroupIx(*group));
            let what = format!(
                "user {user} did not get every message that {group_id} delivered while it was in, each once ({} such \
                 memberships)",
                self.seats.unsettled.len()
            );
            model.refute(now, Some(claque_core::Rule::MessageDeliverAllMembers), what);
        }
        model.finish(now);
    }
}
