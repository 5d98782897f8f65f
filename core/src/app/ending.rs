//! Endings for many at once, a slice at a time: the sessions and groups of an application that was disabled or deleted, and
//! the memberships of a group that was deleted.
//!
//! A million of them take a second, and another caller must not wait for it. So the call itself ends the first
//! slice, and each other one has a deadline of its own, a microsecond after the one before: a driver does them like whatever is
//! due, and may let others in between. That is the same on every replay. Nobody can use what is still to end: from the call on
//! its session is none, and it is in no deleted group. Only the count of the members of a group goes down slice by slice.

use alloc::vec::Vec;

use crate::member::membership::Notify;
use crate::mutants::{Mutant, Mutants};
use crate::state::group::GroupStanding;
use crate::state::service::Service;
use crate::state::timer::Timer;
use crate::words::id::{AppIx, GroupIx, MemberSlot, UserIx};
use crate::words::output::{ExitReason, LogoffReason};
use crate::words::time::{Duration, Instant};
use crate::words::tracer::Tracer;

/// Sessions, or memberships of one group, that end at once.
const SLICE: usize = 8_192;

/// Users that are passed over at the cost of one session that ends.
const LOOKS: usize = 64;

/// From one slice to the next.
const STEP: Duration = Duration::from_micros(1);

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// When the next slice is due of what a call began to end; none: everything has ended.
    ///
    /// A driver whose clock stands does it all the same.
    #[must_use]
    pub fn ends_at(&self) -> Option<Instant> {
        // Only the next slice can be due then: each sets the one after it.
        let at = self.state.now + STEP;
        self.state.timers.endings(at).next().map(|_| at)
    }

    /// Users, groups and memberships that the slices to come still have to look at.
    #[must_use]
    pub fn left_to_end(&self) -> u64 {
        let left = |timer: &Timer| match *timer {
            Timer::SessionsEnd(_, from) => self.state.users.len().saturating_sub(from.at()),
            Timer::GroupsEnd(app) => self.state.apps[app.at()].groups.len(),
            Timer::MembersEnd(group, _) => self.state.groups[group.at()].audience.count() as usize,
            Timer::ShaperWindow(_)
            | Timer::MembershipNotice(_)
            | Timer::SessionTimeout(_)
            | Timer::GroupPurge(_)
            | Timer::Retention(_)
            | Timer::Ticket(_)
            | Timer::MuteEnd(..) => 0,
        };
        self.state.timers.endings(self.state.now + STEP).map(|timer| left(timer) as u64).sum()
    }

    fn go_on(&mut self, timer: Timer) {
        // A microsecond later and not at once, so that a driver may let other calls in between; a deadline and not a
        // queue, so that a snapshot holds it.
        self.state.timers.set(self.state.now + STEP, timer);
    }

    /// Ends every session of an application that was disabled or deleted, and the groups of a deleted one. No events are
    /// raised.
    pub(super) fn end_sessions(&mut self, app: AppIx) {
        // Slices that are under way reach every session that there is: nobody logs on meanwhile.
        if !self.state.apps[app.at()].availability.is_ending() {
            self.on_sessions_end(app, UserIx(0));
        }
    }

    /// A slice of the sessions of an application, and then of its groups.
    pub(crate) fn on_sessions_end(&mut self, app: AppIx, from: UserIx) {
        // The first slice is always done; a later one that finds the ending over has nothing left to do.
        if from.at() > 0 && !self.state.apps[app.at()].availability.is_ending() {
            return;
        }
        // Users of all applications lie in one table. Passing one over is cheap and ending a session is not, so the
        // slice is measured by both.
        let mut cost = 0;
        for at in from.at()..self.state.users.len() {
            let user = UserIx::from_at(at);
            if cost >= SLICE * LOOKS {
                self.state.apps[app.at()].availability.begin_ending();
                return self.go_on(Timer::SessionsEnd(app, user));
            }
            cost += 1;
            let entry = &self.state.users[at];
            if entry.app == app
                && !self.is_spared_by_mutant(at)
                && let Some(session) = entry.session_id(user)
            {
                // A session costs by its groups: one of a user in a thousand groups is as much as a thousand others.
                cost += LOOKS * entry.memberships().len().max(1);
                // Nobody is notified of these leaves: everybody in the groups of the application is being logged off as
                // well.
                self.log_off(session, LogoffReason::AppDisabled, Notify::Nobody);
            }
        }
        // Before the groups go: no session of the application is left that could see them.
        self.state.apps[app.at()].availability.end();
        if self.state.apps[app.at()].deleted {
            self.on_groups_end(app);
        }
    }

    /// A slice of the groups of a deleted application.
    pub(crate) fn on_groups_end(&mut self, app: AppIx) {
        let groups = &mut self.state.apps[app.at()].groups;
        // Taken from the list as they end, so that the list itself is the progress, and a snapshot between two slices
        // goes on right.
        let slice: Vec<GroupIx> = groups.drain(..groups.len().min(SLICE / 8)).collect();
        for group in slice {
            if self.state.groups[group.at()].is_live() {
                self.state.apps[app.at()].live_groups -= 1;
            }
            self.forget_group(group);
        }
        if !self.state.apps[app.at()].groups.is_empty() {
            self.go_on(Timer::GroupsEnd(app));
        }
    }

    /// Closes a group that is live no more, and takes everybody out of it: the first slice now, the others soon.
    pub(crate) fn dismiss(&mut self, group: GroupIx) {
        let record = &mut self.state.groups[group.at()];
        assert!(!record.is_live(), "nobody is taken out of a live group at once");
        record.close(false);
        record.shut = false;
        record.notices.forget();
        // At once, not with the last slice of members: nothing may be delivered in a deleted group.
        self.end_delivery(group);
        self.on_members_end(group, MemberSlot(0));
    }

    /// A slice of the members of a group that was deleted: they are out of it, and notified unless the group is gone for good.
    pub(crate) fn on_members_end(&mut self, group: GroupIx, from: MemberSlot) {
        let record = &self.state.groups[group.at()];
        let notifies = match record.standing() {
            // It was restored meanwhile, and the members that were left were taken out before.
            GroupStanding::Live => return,
            GroupStanding::Deleted { .. } => true,
            GroupStanding::Purged => false,
        };
        // By slots and not by a list of members: who has left meanwhile is passed over, and nobody can join.
        let slots = record.audience.slots();
        let until = slots.len().min(from.at() + SLICE);
        let window = slots.get(from.at()..until).unwrap_or_default().iter().enumerate();
        let members: Vec<(MemberSlot, UserIx)> = window
            .filter(|(_, member)| member.is_taken())
            .map(|(at, member)| (MemberSlot::from_at(from.at() + at), member.user))
            .collect();
        for &(slot, user) in &members {
            // Both sides of each membership in one go, so that the invariants hold between two slices.
            self.state.groups[group.at()].audience.leave(slot);
            self.state.users[user.at()].lose(group);
            self.note_exit(user, group, ExitReason::GroupDeleted);
        }
        let audience = &mut self.state.groups[group.at()].audience;
        if audience.count() == 0 {
            // A group of a million members must not keep a million free slots for the thirty days until it is purged.
            audience.compact();
        } else if until < audience.slots().len() {
            self.go_on(Timer::MembersEnd(group, MemberSlot::from_at(until)));
        }
        if notifies && !members.is_empty() {
            // One notice for the slice, not one for each member: the driver sends the same bytes to all of them.
            self.notify_deletion(group, members.into_iter().map(|(_, user)| user).collect());
        }
    }

    /// Takes out the members that are left in a deleted group, at once: it is about to be live again.
    pub(crate) fn finish_dismissal(&mut self, group: GroupIx) {
        let slots = self.state.groups[group.at()].audience.slots().len();
        // A restore cannot wait for the slices: were some members still in, they would be members of the restored
        // group, which has none.
        for from in (0..slots).step_by(SLICE) {
            if self.is_dismissing(group) {
                self.on_members_end(group, MemberSlot::from_at(from));
            }
        }
        assert!(!self.is_dismissing(group), "everybody is out");
    }

    /// Whether a group was deleted and some of its members are still to be taken out. For them it is over already.
    pub(crate) fn is_dismissing(&self, group: GroupIx) -> bool {
        let record = &self.state.groups[group.at()];
        let by_mutant = self.mutants.has(Mutant::DeletionKeepsMembers)
            || self.mutants.has(Mutant::DeletionKeepsAllForOne)
            || self.mutants.has(Mutant::LeaveKeepsSeat);
        !record.is_live() && record.audience.count() > 0 && !by_mutant
    }
}
