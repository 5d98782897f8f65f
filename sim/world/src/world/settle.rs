//! Checks of the service's invariants, the time after the show, and the end of a run.

use claque_core::{GroupIx, Instant, Mutants, Rule};
use claque_document::units::Permille;
use claque_engine::{Actor, Queue, below};
use claque_oracle::liveness::{Obligation, Waiver};
use claque_oracle::{Model, evidence};

use crate::user::ClientPresence;
use crate::world::{Act, ControlEvent, FAULT, World, index};

/// After the show, clients with gaps renew their links over this time. Unit: microseconds.
const RENEW_OVER: u64 = 5_000_000;

impl<D: Mutants, Q: Queue<ControlEvent>> World<'_, D, Q> {
    pub(crate) fn on_check(&mut self) {
        let now = self.clock();
        if let Some(model) = &mut self.model
            && self.blackbox.as_ref().is_none_or(|it| !it.is_down())
            && let Err(violation) = self.service.check_invariants()
        {
            model.refute(now, violation.rule, evidence!(violation.what));
        }
        if let Some(interval) = self.plan.check_interval {
            self.schedule(self.now + interval.as_micros(), ControlEvent::Check);
        }
    }

    /// The show is over: the world heals, but for a part that the seed draws. Clients find out within seconds, and those
    /// that miss HIGH messages renew their links to pull them.
    pub(crate) fn on_settle(&mut self) {
        self.heal();
        self.network.mend();
        let drawn = self.randomness.draw(FAULT, Actor::named("not-healed"), 0);
        // Every other seed heals all of the world: an obligation that only a waiver explains must not hide behind those
        // who never come back.
        let share = [0, 0, 50, 300].get(index(u32::try_from(below(drawn, 4)).unwrap_or(0))).copied();
        let share = Permille::new(share.unwrap_or(0)).unwrap_or_default();
        for user in 0..self.users.len() {
            let online = self.users.presence[index(user)] == ClientPresence::Online;
            let down =
                matches!(self.users.presence[index(user)], ClientPresence::Down | ClientPresence::Muffled);
            if share.as_u16() > 0 && self.network.takes("not-healed", share, self.users.key[index(user)]) {
                self.rare.unhealed.insert(user);
                self.cut_link(user);
            } else if down || (online && self.misses_high(user)) {
                // A client pulls when its link comes back, and at no other time: one that never lost its link must renew
                // it to get what the network kept from it.
                let after = self.draw_below(user, RENEW_OVER);
                if down || self.cut_link(user) {
                    self.later(user, after, Act::Retry);
                }
            }
        }
        self.settling = true;
    }

    pub(crate) fn misses_high(&self, user: u32) -> bool {
        self.memberships.of(self.users.membership[index(user)]).any(|membership| {
            let group = self.memberships.owner[index(membership)].group;
            self.memberships.high[index(membership)].done < self.group_views[index(group)].high()
        })
    }

    /// Settles accounts once nothing is on its way any more.
    pub(crate) fn finish(&mut self) {
        // A service that is broken already owes nothing: the rest would be consequences. Its run ended where it broke, and the
        // time to settle does not pass.
        if self.model.as_ref().is_some_and(Model::has_failed) {
            return;
        }
        self.now = self.now.max(self.settled);
        if self.model.is_none() {
            return;
        }
        let now = self.clock();
        let until = Instant::from_micros(self.settled + self.ahead);
        let missing = self.high_still_missing();
        let unlinked = self.links_still_down();
        self.obligations.waive(Obligation::Callback, Waiver::GivenUp, self.receiver.given_up);
        let uncalled = self.receiver.waiting();
        for view in &mut self.group_views {
            view.settle_all(&mut self.memberships);
        }
        let checked = self.service.check_invariants();
        let Some(model) = &mut self.model else { return };
        if let Err(violation) = checked {
            model.refute(now, violation.rule, evidence!(violation.what));
        }
        if let Some((user, group, done, owed)) = missing {
            let missing = evidence!(
                self.users.session(user).user,
                " is online and has only the first ",
                done,
                " of the ",
                owed,
                " HIGH messages of ",
                GroupIx(group)
            );
            model.refute(now, Some(Rule::RecoveryHighAfterReconnect), missing);
        }
        if let Some((user, group)) = self.memberships.unsettled.first().copied() {
            let unsettled = evidence!(
                self.users.session(user).user,
                " did not get every message that ",
                GroupIx(group),
                " delivered while it was in, each once (",
                self.memberships.unsettled.len(),
                " such memberships)"
            );
            model.refute(now, Some(Rule::MessageDeliverAllMembers), unsettled);
        }
        // What is in flight lands after the time to settle, when the service's deadlines are handled no more: what fell
        // due by then is owed, and nothing later.
        model.finish(until);
        model.owe(until, &mut self.obligations);
        if let Some(user) = unlinked {
            let unlinked = evidence!(self.users.session(user).user, " did not get its link back");
            model.refute(now, None, unlinked);
        }
        if uncalled > 0 {
            model.refute(now, None, evidence!(uncalled, " callbacks were neither answered nor given up"));
        }
        // Last, since the first refutation counts: where a restart lost something, the rule that broke of it says more.
        if let Some((at, rule, what)) = self.blackbox.as_mut().and_then(|it| it.differs.take()) {
            model.refute(at, rule, what);
        }
    }

    /// A user whose link is down although everything that was in its way has healed, and whom the service refused since.
    ///
    /// Clients come back over seconds, and later after each attempt that failed. A client that has not tried when the
    /// time to settle is up could not do better: a scenario may give less time than that.
    fn links_still_down(&mut self) -> Option<u32> {
        let mut found = None;
        for user in 0..self.users.len() {
            if !matches!(self.users.presence[index(user)], ClientPresence::Down | ClientPresence::Muffled) {
                continue;
            }
            let app = self.service.app_of(self.users.session(user).user);
            let waiver = if self.rare.unhealed.contains(&user) {
                Waiver::NotHealed
            } else if self.model.as_ref().is_none_or(|model| model.is_shut(app)) {
                Waiver::AppDisabled
            } else if !self.rare.turned_away.contains(&user) {
                Waiver::NotDue
            } else {
                found = found.or(Some(user));
                continue;
            };
            self.obligations.waive(Obligation::Link, waiver, 1);
        }
        found
    }

    /// A membership of somebody online that misses a HIGH message which could have been pulled.
    fn high_still_missing(&mut self) -> Option<(u32, u32, u32, u32)> {
        let mut found = None;
        let (mut unaware, mut lost, mut early) = (0, 0, 0);
        let model = self.model.as_ref()?;
        for user in 0..self.users.len() {
            if self.users.presence[index(user)] != ClientPresence::Online {
                continue;
            }
            for membership in self.memberships.of(self.users.membership[index(user)]) {
                let group = self.memberships.owner[index(membership)].group;
                let view = &self.group_views[index(group)];
                let from = view.high_from;
                // HIGH messages of a group that had the ID before are not owed to the members of today's.
                let (done, owed) = (self.memberships.high[index(membership)].done.max(from), view.high());
                // The client of a group that ended may not have heard of it yet: nothing is owed there any more.
                if done >= owed || !model.is_member(GroupIx(group), self.users.session(user).user) {
                    continue;
                }
                let knows = self.users.nth_of(user, view.number).filter(|nth| self.users.is_in(user, *nth));
                if knows.is_none() {
                    unaware += 1;
                } else if model.may_be_lost(
                    GroupIx(group),
                    self.users.session(user).user,
                    done - from,
                    owed - from,
                ) {
                    lost += 1;
                } else if self.rare.out_of_time.contains(&user) {
                    early += 1;
                } else {
                    found = found.or(Some((user, group, done, owed)));
                }
            }
        }
        self.obligations.waive(Obligation::High, Waiver::Unaware, unaware);
        self.obligations.waive(Obligation::High, Waiver::NotKept, lost);
        self.obligations.waive(Obligation::High, Waiver::NotDue, early);
        found
    }
}
