//! Notices to the members of a group besides messages: who came and went, mutes, information.
//!
//! In a normal group each change is notified at once (reading `membership.notice`). In a supergroup a notice carries the
//! exact count only, and notices stand at least five seconds apart, also across a shutdown and a second upgrade.

use alloc::vec::Vec;

use crate::mutants::{Mutant, Mutants, count_before, hundreds_of};
use crate::state::group::GroupActivity;
use crate::state::service::Service;
use crate::state::timer::Timer;
use crate::words::id::{GroupIx, UserIx};
use crate::words::limits::SUPERGROUP_NOTICE_INTERVAL_MIN;
use crate::words::output::{Notice, NoticeTo, Output};
use crate::words::reading::{MembershipNotice, SupergroupFirstNotice, SupergroupNoticeNames};
use crate::words::rule::Rule;
use crate::words::time::{Duration, Instant};
use crate::words::tracer::Tracer;

/// How long changes are collected under the reading `membership.notice = one-second`.
const BATCH: Duration = Duration::from_secs(1);

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Notifies the members of a group that a user joined or left, as the kind of group demands.
    pub(crate) fn notify_change(&mut self, group: GroupIx, user: UserIx, joined: bool) {
        match self.state.groups[group.at()].activity() {
            // Nobody is in to be notified.
            GroupActivity::Closed { .. } => {}
            GroupActivity::Open { supergroup: true } => self.notify_supergroup(group, user, joined),
            GroupActivity::Open { supergroup: false } => match self.config.readings.membership_notice {
                MembershipNotice::EachChange => {
                    if self.is_leave_missing_by_mutant(joined) {
                        return;
                    }
                    if self.mutants.has(Mutant::ReopeningUntoldInInterval) && self.is_notice_young(group) {
                        return;
                    }
                    let (joined, left) = if joined {
                        (alloc::vec![user], Vec::new())
                    } else {
                        (Vec::new(), alloc::vec![user])
                    };
                    self.push_change(group, joined, left, false);
                }
                MembershipNotice::OneSecond => self.collect_change(group, user, joined),
            },
        }
    }

    fn push_change(&mut self, group: GroupIx, joined: Vec<UserIx>, left: Vec<UserIx>, supergroup: bool) {
        self.hit(Rule::MembershipNoticeKinds);
        // After the change: the count that members see includes who came and leaves out who went.
        let mut count = u64::from(self.state.groups[group.at()].audience.count());
        if !supergroup {
            self.hit(Rule::MembershipNoticeChange);
            if self.mutants.has(Mutant::MemberNoticeCountStale) {
                count = count_before(count, joined.len(), left.len());
            }
        }
        let notice = Notice::MemberChange { count, joined, left, supergroup };
        self.push(Output::Notice(NoticeTo::Group(group), notice, Vec::new()));
    }

    fn collect_change(&mut self, group: GroupIx, user: UserIx, joined: bool) {
        let due = self.state.now + BATCH;
        let notices = &mut self.state.groups[group.at()].notices;
        // Kept whether or not a timer is set: the notice that is due names all that has changed by then.
        notices.keep(user, joined);
        if !notices.is_waiting() {
            self.wait_for_notice(group, due);
        }
    }

    fn notify_supergroup(&mut self, group: GroupIx, user: UserIx, joined: bool) {
        self.hit(Rule::SupergroupNoticeInterval);
        // By default a supergroup's notices name nobody, and nothing is kept for them: a million joins cost no memory.
        if self.config.readings.supergroup_notice_names == SupergroupNoticeNames::Some {
            self.state.groups[group.at()].notices.keep_few(user, joined);
        }
        let at_once = !joined && self.mutants.has(Mutant::SupergroupLeavesAtOnce);
        if at_once || self.mutants.has(Mutant::SupergroupNoticeEachChange) {
            return self.push_supergroup_notice(group);
        }
        let lists_leaves = !joined && self.mutants.has(Mutant::SupergroupNoticeListsLeaves);
        if lists_leaves || self.mutants.has(Mutant::SupergroupNoticeLists) {
            let (joined, left) =
                if joined { (alloc::vec![user], Vec::new()) } else { (Vec::new(), alloc::vec![user]) };
            if self.state.groups[group.at()].notices.is_waiting() {
                return;
            }
            self.push_change(group, joined, left, true);
        }
        let now = self.state.now;
        let interval = self.supergroup_interval();
        let delayed = self.config.readings.supergroup_first_notice == SupergroupFirstNotice::Delayed;
        let notices = &self.state.groups[group.at()].notices;
        // The notice that is due carries the count of its own moment, so that one is enough however many join until
        // then.
        if notices.is_waiting() {
            return;
        }
        // The first change after a quiet time is notified at once (reading `supergroup.first-notice`); the next have to
        // wait.
        let next = notices.next(interval).unwrap_or(now);
        if next > now {
            self.wait_for_notice(group, next);
        } else if delayed {
            self.wait_for_notice(group, now + interval);
        } else {
            self.push_supergroup_notice(group);
        }
    }

    /// Drops the names that are kept for notices of supergroups, which name nobody from here on. O(groups).
    pub(crate) fn drop_names(&mut self) {
        // Only supergroups: under another reading normal groups collect changes, which are still to be notified.
        for group in self.state.groups.iter_mut().filter(|group| group.is_supergroup()) {
            group.notices.forget();
        }
    }

    fn supergroup_interval(&self) -> Duration {
        if self.mutants.has(Mutant::SupergroupNoticeFourSeconds) {
            return Duration::from_secs(4);
        }
        if self.mutants.has(Mutant::SupergroupNoticeMillisecondEarly) {
            return Duration::from_millis(4_999);
        }
        SUPERGROUP_NOTICE_INTERVAL_MIN
    }

    fn wait_for_notice(&mut self, group: GroupIx, due: Instant) {
        self.state.groups[group.at()].notices.wait();
        self.state.timers.set(due, Timer::MembershipNotice(group));
    }

    /// A deadline set while the group was normal may come before the interval of a supergroup has passed.
    fn push_supergroup_notice_when_due(&mut self, group: GroupIx) {
        // A normal group collects for one second under one reading. Had it become a supergroup within it, its timer
        // would come too early.
        match self.state.groups[group.at()].notices.next(self.supergroup_interval()) {
            Some(next) if next > self.state.now => self.wait_for_notice(group, next),
            _ => self.push_supergroup_notice(group),
        }
    }

    fn push_supergroup_notice(&mut self, group: GroupIx) {
        self.hit(Rule::SupergroupNoticeExactCount);
        self.hit(Rule::SupergroupNoticeNoLists);
        self.hit(Rule::MembershipNoticeKinds);
        let at = &mut self.state.groups[group.at()];
        // Noted before it is built: whatever follows in the same instant must wait its five seconds.
        at.notices.sent(self.state.now);
        let mut count = u64::from(at.audience.count());
        if self.mutants.has(Mutant::SupergroupNoticeRoundedCount) {
            count = hundreds_of(count);
        }
        if self.mutants.has(Mutant::SupergroupNoticeOneLess) {
            count = count.saturating_sub(1);
        }
        let (joined, left) = self.state.groups[group.at()].notices.take_but_one();
        let notice = Notice::MemberChange { count, joined, left, supergroup: true };
        self.push(Output::Notice(NoticeTo::Group(group), notice, Vec::new()));
    }

    /// A supergroup's interval, or the second of a collecting group, has passed.
    pub(crate) fn on_membership_notice(&mut self, group: GroupIx) {
        let at = &mut self.state.groups[group.at()];
        // Whatever comes of it: a timer that fired is set no longer, and the next change sets another.
        at.notices.wake();
        match at.activity() {
            GroupActivity::Closed { .. } => {}
            GroupActivity::Open { supergroup: true } => self.push_supergroup_notice_when_due(group),
            GroupActivity::Open { supergroup: false } => {
                let (joined, left) = at.notices.take();
                // Cleared meanwhile, by an upgrade or because the group closed: then there is nothing to notify.
                if !(joined.is_empty() && left.is_empty()) {
                    self.push_change(group, joined, left, false);
                }
            }
        }
    }

    /// Notifies everybody in a group; nothing happens where nobody is in.
    pub(crate) fn notify_group(&mut self, group: GroupIx, notice: Notice) {
        self.hit(Rule::MembershipNoticeKinds);
        if self.state.groups[group.at()].audience.count() > 0 && !self.mutants.has(Mutant::GroupNoticesUntold)
        {
            self.push(Output::Notice(NoticeTo::Group(group), notice, Vec::new()));
        }
    }
}
