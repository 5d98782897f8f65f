//! Checks of the service's invariants, the time after the show, and the end of a run.

use claque_core::{Defects, GroupIx, Rule};

use crate::engine::Queue;
use crate::model::Model;
use crate::user::Presence;
use crate::world::{Act, Control, World, index};

/// After the show, clients with gaps renew their links over this time. Unit: microseconds.
const RENEW_OVER: u64 = 5_000_000;

impl<D: Defects, Q: Queue<Control>> World<'_, D, Q> {
    pub(crate) fn on_check(&mut self) {
        let now = self.clock();
        if let Some(model) = &mut self.model
            && let Err(violation) = self.service.check_invariants()
        {
            model.refute(now, violation.rule, violation.what);
        }
        if let Some(interval) = self.plan.check_interval {
            self.schedule(self.now + interval.as_micros(), Control::Check);
        }
    }

    /// The show is over: everything heals, and clients that miss HIGH messages renew their links to pull them.
    pub(crate) fn on_settle(&mut self) {
        self.heal();
        for user in 0..self.users.len() {
            if self.users.presence[index(user)] == Presence::Online && self.misses_high(user) {
                let after = self.draw_below(user, RENEW_OVER);
                if self.cut_link(user) {
                    self.later(user, after, Act::Retry);
                }
            }
        }
        self.settling = true;
    }

    fn misses_high(&self, user: u32) -> bool {
        self.seats.of(self.users.seat[index(user)]).any(|seat| {
            let group = self.seats.owner[index(seat)].group;
            self.seats.high[index(seat)].done < self.places[index(group)].high()
        })
    }

    /// Settles accounts once nothing is on its way any more.
    pub(crate) fn finish(&mut self) {
        self.now = self.now.max(self.settled);
        if self.model.as_ref().is_none_or(Model::has_failed) {
            return;
        }
        let now = self.clock();
        let missing = self.high_still_missing();
        for place in &mut self.places {
            place.settle_all(&mut self.seats);
        }
        let checked = self.service.check_invariants();
        let Some(model) = &mut self.model else { return };
        if let Err(violation) = checked {
            model.refute(now, violation.rule, violation.what);
        }
        if let Some((user, group, done, owed)) = missing {
            let what = format!(
                "{} is online and has only the first {done} of the {owed} HIGH messages of {}",
                self.scenario.user_name(user),
                self.service.group_id(GroupIx(group)),
            );
            model.refute(now, Some(Rule::RecoveryHighAfterReconnect), what);
        }
        if let Some((user, group)) = self.seats.unsettled.first().copied() {
            let what = format!(
                "user number {user} did not get every message that {} delivered while it was in, each once ({} such \
                 memberships)",
                self.service.group_id(GroupIx(group)),
                self.seats.unsettled.len()
            );
            model.refute(now, Some(Rule::MessageDeliverAllMembers), what);
        }
        model.finish(now);
    }

    /// A membership of somebody online that misses a HIGH message which could have been pulled.
    fn high_still_missing(&self) -> Option<(u32, u32, u32, u32)> {
        let model = self.model.as_ref()?;
        (0..self.users.len()).filter(|user| self.users.presence[index(*user)] == Presence::Online).find_map(
            |user| {
                self.seats.of(self.users.seat[index(user)]).find_map(|seat| {
                    let group = self.seats.owner[index(seat)].group;
                    let (done, owed) = (self.seats.high[index(seat)].done, self.places[index(group)].high());
                    let excused = model.may_be_lost(GroupIx(group), done, owed);
                    (done < owed && !excused).then_some((user, group, done, owed))
                })
            },
        )
    }
}
