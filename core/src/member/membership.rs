//! Who is in which group: joining, leaving, and what the member count makes of a group.
//!
//! A group opens with its first member and closes with its last. The member past the bound makes it a supergroup,
//! which it stays until the last member has left; the next join opens it as a normal group. Joining and leaving are
//! O(log n) in the user's own groups and independent of the group's size.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::mutants::{Mutant, Mutants};
use crate::state::group::{Group, GroupActivity};
use crate::state::service::Service;
use crate::words::id::{GroupIx, MemberSlot, SessionId, UserIx};
use crate::words::output::{ExitReason, Notice, NoticeTo, Output};
use crate::words::reading::{
    CallbackGroupDelete, StatisticsSessions, SupergroupClosedFlag, SupergroupReopening,
};
use crate::words::response::GroupCounters;
use crate::words::rule::Rule;
use crate::words::tracer::Tracer;

/// Who is notified of a join or leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notify {
    /// Nobody.
    Nobody,
    /// The user concerned.
    User,
    /// The group, as its kind demands.
    Group,
}

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// A client joins a live group that it is not in.
    pub(crate) fn join(&mut self, session: SessionId, group: GroupIx) {
        self.add_member(session.user, group, Notify::Group);
        // After the members were notified: a driver that reads outputs in order sees the join before the back end hears of it.
        self.call_back_membership(session, group, true);
    }

    /// A client leaves a group that it is in.
    pub(crate) fn leave(&mut self, session: SessionId, group: GroupIx) {
        if self.remove_member(session.user, group, Notify::Group) {
            self.call_back_membership(session, group, false);
        }
    }

    /// Adds a user to a live group; false when the user is in it already.
    pub(crate) fn add_member(&mut self, user: UserIx, group: GroupIx, notify: Notify) -> bool {
        // Where it is not found is where it belongs: one search for the question and for the insertion.
        let Err(at) = self.state.users[user.at()].membership(group) else { return false };
        let now = self.state.now;
        let cleared = self.reopens_large_by_mutant(group);
        let record = &mut self.state.groups[group.at()];
        // A group opens as a normal one; that it was a supergroup ended when its last member left.
        let mut reopened = false;
        if let GroupActivity::Closed { supergroup } = record.activity() {
            record.open(supergroup && cleared);
            reopened = supergroup;
        }
        // The slot first, since the user's side of the membership is its number; nothing between the two can fail.
        let slot = record.audience.join(now, user);
        let entry = &mut self.state.users[user.at()];
        entry.add_membership(at, group, slot);
        // A user who is in the group again needs no word of a former end: the notice would put the client out of the
        // group it has just joined.
        if entry.ended.any() && !self.mutants.has(Mutant::ExitOnReturnThoughBack) {
            entry.ended.forget(group);
        }
        if reopened {
            self.hit(Rule::SupergroupReopenNormal);
        }
        self.hit(Rule::StatisticsSessionsTotal);
        // Before anybody is notified: the join that passes the bound is notified in the way of a supergroup already, without
        // names.
        self.upgrade_if_large(group);
        self.notify_of_member(group, user, true, notify);
        true
    }

    /// Whether a group was a supergroup, lost its last member, and admits nobody until it is created again.
    pub(crate) fn is_shut(&self, group: GroupIx) -> bool {
        self.state.groups[group.at()].shut
            && self.config.readings.supergroup_reopening == SupergroupReopening::Create
    }

    /// Makes a group a supergroup when it has more members than a normal one may have.
    fn upgrade_if_large(&mut self, group: GroupIx) {
        let bound = self.config.limits.group_members_max;
        let bound = self.mutants.one_more(Mutant::SupergroupOneLater, bound);
        let bound = self.mutants.one_less(Mutant::SupergroupOneEarlier, bound);
        let members = self.members_for_threshold(group);
        let record = &mut self.state.groups[group.at()];
        // Once a supergroup, the state stays until the last member leaves, however few remain.
        if members <= u64::from(bound) || record.is_supergroup() {
            return;
        }
        // Open, since somebody has just joined.
        record.set_supergroup(true);
        record.notices.forget();
        if self.mutants.has(Mutant::UpgradeDropsWaiting) {
            self.end_delivery(group);
        }
        self.hit(Rule::SupergroupThresholdMembers);
        self.hit(Rule::SupergroupUpgradeClearsList);
    }

    /// Takes a user out of a group; false when the user is not in it.
    pub(crate) fn remove_member(&mut self, user: UserIx, group: GroupIx, notify: Notify) -> bool {
        let Ok(at) = self.state.users[user.at()].membership(group) else { return false };
        // The user's side first: when the group's side runs, and notifies members, this user is already none of them.
        let slot = self.state.users[user.at()].remove_membership(at);
        if self.mutants.has(Mutant::MuteEndsWithLeave) {
            let id = Arc::clone(self.user_id(user));
            self.state.groups[group.at()].change_mutes(|mutes| mutes.unlist_by_mutant(&id));
        }
        if self.is_slot_kept_by_mutant(group) {
            return true;
        }
        self.free_slot(group, slot, user, notify);
        true
    }

    /// Frees a slot, whose membership the user has lost already, and closes a group that got empty.
    fn free_slot(&mut self, group: GroupIx, slot: MemberSlot, user: UserIx, notify: Notify) {
        let reverts_at_half = self.mutants.has(Mutant::SupergroupRevertsAtHalf);
        let reverts = self.mutants.has(Mutant::SupergroupReverts) || reverts_at_half;
        let bound = self.config.limits.group_members_max / (1 + u32::from(reverts_at_half));
        let record = &mut self.state.groups[group.at()];
        // Before the notice, which counts who is left.
        record.audience.leave(slot);
        self.hit(Rule::MembershipLeaveEndsDelivery);
        let record = &mut self.state.groups[group.at()];
        // Nobody is notified of the last leave: a closed group has no members.
        if record.audience.count() == 0 {
            self.close(group);
        } else if record.is_supergroup() {
            if reverts && record.audience.count() <= bound {
                record.set_supergroup(false);
            }
            self.hit(Rule::SupergroupStateSticky);
        }
        self.notify_of_member(group, user, false, notify);
    }

    /// Closes a group that nobody is in: nothing waits for delivery any more.
    fn close(&mut self, group: GroupIx) {
        let mut keep = self.config.readings.supergroup_closed_flag == SupergroupClosedFlag::Kept;
        if self.mutants.has(Mutant::SupergroupFlagLostOnClose) {
            keep = !keep;
        }
        let record = &mut self.state.groups[group.at()];
        assert!(record.audience.count() == 0, "only a group that nobody is in closes");
        // Read before it is closed: the flag may be kept for the description of the group, by reading.
        let supergroup = record.is_supergroup();
        record.close(supergroup && keep);
        // The next member is not notified of a former audience. The time of the last notice stays: the interval
        // holds across a shutdown.
        record.notices.forget();
        if self.mutants.has(Mutant::GroupLimitForgottenWhenEmpty) {
            record.limit = None;
        }
        if supergroup {
            record.shut = self.config.readings.supergroup_reopening == SupergroupReopening::Create;
            self.hit(Rule::SupergroupEmptyShutsDown);
        }
        self.unmute_closed_by_mutant(group);
        // Last: the ledger lists the losses after the close that caused them.
        self.end_delivery(group);
    }

    fn notify_of_member(&mut self, group: GroupIx, user: UserIx, joined: bool, notify: Notify) {
        match notify {
            Notify::Nobody => {}
            Notify::Group => self.notify_change(group, user, joined),
            Notify::User => {
                // A user whom the back end put in a group may never have logged on; there is no link to notify.
                if self.session_of(user).is_none() {
                    return;
                }
                let record = &self.state.groups[group.at()];
                let count = u64::from(record.audience.count());
                let supergroup = record.is_supergroup();
                // A supergroup's notice names nobody, not even the user itself.
                let users = if supergroup { Vec::new() } else { alloc::vec![user] };
                let (joined, left) = if joined { (users, Vec::new()) } else { (Vec::new(), users) };
                let notice = Notice::MemberChange { count, joined, left, supergroup };
                self.push(Output::Notice(NoticeTo::Users(group), notice, alloc::vec![user]));
            }
        }
    }

    /// Notifies members who are out of a group because it was deleted.
    pub(crate) fn notify_deletion(&mut self, group: GroupIx, users: Vec<UserIx>) {
        self.hit(Rule::CallbackGroupDeleteNoLeave);
        if self.config.readings.callback_group_delete == CallbackGroupDelete::Leave
            || self.mutants.has(Mutant::DeletionRaisesLeaves)
        {
            // Events before the notice, where a reading wants them, in the order in which members are taken out.
            for user in &users {
                if let Some(session) = self.session_of(*user) {
                    self.call_back_membership(session, group, false);
                }
            }
        }
        self.hit(Rule::DeletionGroupNotifies);
        if !self.mutants.has(Mutant::DeletionUntold) {
            self.hit(Rule::MembershipNoticeKinds);
            let notice = Notice::Exit(ExitReason::GroupDeleted);
            let users = self.notified_of_end(group, users);
            if self.mutants.has(Mutant::DeletionToldTwice) {
                self.push(Output::Notice(NoticeTo::Users(group), notice.clone(), users.clone()));
            }
            self.push(Output::Notice(NoticeTo::Users(group), notice, users));
        }
    }

    /// The groups that a user is in, in their order.
    pub(crate) fn groups_of(&self, user: UserIx) -> impl Iterator<Item = GroupIx> + '_ {
        let memberships = self.state.users[user.at()].memberships();
        // A deleted group whose members are still being taken out is over for all of them already.
        memberships.iter().map(|(group, _)| *group).filter(|group| !self.is_dismissing(*group))
    }

    /// Takes a user out of all groups, in the order of the groups.
    pub(super) fn leave_all(&mut self, session: SessionId, notify: Notify) {
        let user = session.user;
        // Taken at once and not one by one: each removal from the front would move the rest, and a user may be in
        // thousands.
        let memberships = self.state.users[user.at()].take_memberships();
        // What the client was owed of ended groups ends with the session: a new one starts with what the logon answers.
        self.state.users[user.at()].ended.clear();
        for (at, &(group, slot)) in memberships.iter().enumerate() {
            if self.is_membership_forgotten_by_mutant(at) {
                continue;
            }
            // The members of a deleted group have been notified of its end; a leave beside it would be one notice too many.
            let notify = if self.is_dismissing(group) { Notify::Nobody } else { notify };
            self.free_slot(group, slot, user, notify);
            if notify != Notify::Nobody && !self.mutants.has(Mutant::CallbackLogoffLeavesUntold) {
                self.call_back_membership(session, group, false);
            }
        }
    }

    /// Members, joins and counters per type of a group.
    pub(crate) fn counters(&mut self, group: GroupIx) -> GroupCounters {
        self.hit(Rule::StatisticsOnlineCount);
        self.hit(Rule::StatisticsTypesAmount);
        self.hit(Rule::StatisticsSessionsTotal);
        let by_joins = self.config.readings.statistics_sessions == StatisticsSessions::Joins;
        // Typed, so that the counters are read through a shared borrow while the mutants below ask the service.
        let record: &Group = &self.state.groups[group.at()];
        // The documents speak of sessions and show 50 beside two users online: joins explain that, openings of the
        // group do not.
        let mut total_times = if by_joins { record.audience.joins() } else { record.openings() };
        let mut online_user_counts = u64::from(self.member_count(group));
        if self.mutants.has(Mutant::OnlineOfApplication) {
            online_user_counts = self.members_of_application(record.app);
        }
        if self.mutants.has(Mutant::OnlineCountsJoins) {
            online_user_counts = record.audience.joins();
        }
        let falls = record.is_supergroup() && self.mutants.has(Mutant::SessionsTotalFallsInSupergroup);
        if falls || self.mutants.has(Mutant::SessionsTotalFalls) {
            total_times = u64::from(record.audience.count());
        }
        GroupCounters {
            online_user_counts,
            total_times,
            msg_amount: record.types.totals_after(usize::from(self.mutants.has(Mutant::TypeAmountMissing))),
        }
    }
}
