//! The life of a group: created, deleted, restored, purged; and the quota of groups.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;

use crate::mutants::{Mutant, Mutants};
use crate::state::counters::TypeCounters;
use crate::state::group::{Group, GroupMeta, GroupStanding};
use crate::state::history::History;
use crate::state::service::Service;
use crate::state::shaper::Shaper;
use crate::state::timer::Timer;
use crate::words::client::GroupFacts;
use crate::words::id::{AppIx, GroupIx};
use crate::words::limits::{GROUP_DELETED_MESSAGES_WINDOW, GROUP_RESTORE_WINDOW};
use crate::words::reading::{
    CreateQuotaDeleted, CreateQuotaOrder, CreateRepeat, DeletionIdReuse, DeletionLateRestore,
    DeletionMessageWindow, DeletionPurge, MuteAfterRestore,
};
use crate::words::refusal::{Full, Refusal};
use crate::words::rule::Rule;
use crate::words::time::{Duration, Instant};
use crate::words::tracer::Tracer;

/// The checked parameters of a new group.
#[derive(Clone, Debug)]
pub(crate) struct NewGroup {
    pub(crate) id: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) info: Arc<str>,
    pub(crate) creator: Arc<str>,
    pub(crate) admins: Vec<Arc<str>>,
}

/// The group that a create found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Creation {
    /// Nothing: the group is new.
    Fresh,
    /// A live group of that ID.
    Existing,
    /// A group of that ID that was deleted.
    Deleted,
    /// A group of that ID that was deleted and is gone for good: the answer does not say that it exists.
    Purged,
}

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Creates a group, or finds that its ID is taken. Refused only when the quota of groups is used up.
    pub(super) fn create_group(&mut self, app: AppIx, new: NewGroup) -> Result<(GroupIx, Creation), Refusal> {
        let quota_first = self.config.readings.create_quota_order == CreateQuotaOrder::QuotaFirst
            || self.mutants.has(Mutant::CreateQuotaFirst);
        // By default an existing group is found before the quota is asked: a repeated create adds nothing, and must
        // succeed in a full application.
        if quota_first {
            self.check_group_quota(app, Rule::QuotaGroupsPerApp)?;
        }
        self.hit(Rule::GroupIdUnique);
        // IDs are interned under their application, so that equal names of two applications never meet.
        let scope = self.group_scope(app);
        let known = self.state.group_names.find(scope, &new.id).map(GroupIx);
        if let Some(group) = known {
            let purged_free = self.config.readings.deletion_id_reuse == DeletionIdReuse::AfterPurge;
            match self.state.groups[group.at()].standing() {
                GroupStanding::Live => {
                    if !self.mutants.has(Mutant::CreateRepeatMakesSecond) {
                        self.repeat_create(app, group, new);
                        return Ok((group, Creation::Existing));
                    }
                    let (at, by) = (self.state.now, Arc::from(""));
                    self.state.groups[group.at()].delete(at, by);
                    self.dismiss(group);
                    self.finish_dismissal(group);
                }
                // Only this reading frees an ID; by default it stays taken for ever, since the documents tell callers
                // to take another.
                GroupStanding::Purged if purged_free => {}
                // A success in form: the call is not refused, and two flags tell that the ID cannot be used.
                GroupStanding::Deleted { .. } | GroupStanding::Purged => {
                    self.hit(Rule::GroupCreateAlreadyDeleted);
                    self.meet_deleted_by_mutant(group)?;
                    if !self.mutants.has(Mutant::CreateRevivesDeleted) {
                        return Ok((group, self.how_gone(group)));
                    }
                    self.forget_deleted_group(app, group);
                }
            }
        }
        self.check_group_quota(app, Rule::QuotaGroupsPerApp)?;
        self.hit(Rule::AppScopeSeparates);
        self.hit(Rule::GroupAppRequired);
        // The index of an ID never changes, so that a purged ID that is free again comes back under its old one, and
        // its record is replaced.
        let group = GroupIx(self.state.group_names.intern(scope, &new.id));
        // Serial and not index: lists are in the order of creation, and a group that is created anew is the newest.
        let serial = self.state.sequences.next_group_serial();
        // The facts are made anew, since a notice or an answer may still hold the old ones.
        let facts = GroupFacts {
            // The interned text and not the caller's: one copy for all that name the group.
            group_id: Arc::clone(self.state.group_names.name(group.0)),
            name: new.name,
            info: new.info,
            creator: new.creator,
            admins: new.admins,
            created: self.state.now.unix_seconds(),
        };
        let meta = GroupMeta::new(Arc::new(facts), serial);
        let mut fresh = Group::new(app, meta);
        if let Some(former) = self.state.groups.get_mut(group.at()) {
            // The slots go on with their generations: an event under way for a member of the former group must not
            // reach one of this.
            fresh.audience = mem::take(&mut former.audience);
            fresh.audience.begin_anew();
            *former = fresh;
        } else {
            self.state.groups.push(fresh);
        }
        assert!(self.state.groups.len() == self.state.group_names.len(), "every name is a group's");
        let app = &mut self.state.apps[app.at()];
        app.live_groups += 1;
        app.groups.push(group);
        Ok((group, Creation::Fresh))
    }

    /// The answer of a create to the name of a deleted group.
    fn how_gone(&self, group: GroupIx) -> Creation {
        let purged = self.state.groups[group.at()].is_purged();
        if purged && self.config.readings.deletion_id_reuse == DeletionIdReuse::DeletedOnly {
            Creation::Purged
        } else {
            Creation::Deleted
        }
    }

    /// The group may be another application's only where a mutant joins their scopes.
    fn repeat_create(&mut self, app: AppIx, group: GroupIx, new: NewGroup) {
        self.hit(Rule::GroupCreateAlreadyExists);
        // Never but for a mutant that joins the scopes of applications.
        if self.state.groups[group.at()].app != app {
            return;
        }
        // Under this reading a supergroup that everybody has left is reopened by creating it again, and by nothing
        // else.
        if self.is_shut(group) {
            self.hit(Rule::SupergroupReopenNormal);
            let record = &mut self.state.groups[group.at()];
            record.shut = false;
            record.close(false);
        }
        if self.mutants.has(Mutant::CreateRepeatTakesAdmins) && !new.admins.is_empty() {
            self.state.groups[group.at()].meta.admins.clone_from(&new.admins);
        }
        // By default a repetition changes nothing, whatever it names: the answer says that the group existed.
        if self.config.readings.create_repeat == CreateRepeat::Updates
            || self.mutants.has(Mutant::CreateRepeatUpdates)
        {
            // What is absent or empty is not given, and stays.
            let meta = &mut self.state.groups[group.at()].meta;
            if !new.name.is_empty() {
                meta.name = new.name;
            }
            if !new.info.is_empty() {
                meta.info = new.info;
            }
            if !new.creator.is_empty() {
                meta.creator = new.creator;
            }
            if !new.admins.is_empty() {
                meta.admins = new.admins;
            }
        }
    }

    /// Refuses one group more than an application may hold.
    fn check_group_quota(&mut self, app: AppIx, rule: Rule) -> Result<(), Refusal> {
        self.hit(rule);
        self.hit(Rule::QuotaGroupsExcludesDeleted);
        let app = &self.state.apps[app.at()];
        let with_deleted = self.config.readings.create_quota_deleted == CreateQuotaDeleted::Counted
            || self.mutants.has(Mutant::GroupQuotaCountsDeleted);
        // Counted as groups come and go: adding up an application's groups for each create would make a hundred
        // thousand creates quadratic.
        let held = if with_deleted { app.groups.len() } else { app.live_groups as usize };
        let held = held + self.groups_elsewhere_by_mutant(app);
        let bound = self.config.limits.app_groups_max;
        let allowed = self.most(Rule::QuotaGroupsPerApp, bound as usize);
        if held < allowed { Ok(()) } else { Err(Refusal::Full { what: Full::Groups, bound, rule }) }
    }

    /// Deletes a live group: everybody is out and notified; it can be restored until it is purged.
    pub(crate) fn delete_group(&mut self, group: GroupIx, by: Arc<str>) {
        let at = self.state.now;
        let record = &mut self.state.groups[group.at()];
        // Kept in release: a second deletion would count the group out of its application twice.
        assert!(record.is_live(), "only a live group is deleted");
        self.hit(Rule::DeletionGroupOperatorRecorded);
        let by = if self.mutants.has(Mutant::DeletorForgotten) { Arc::from("") } else { by };
        let record = &mut self.state.groups[group.at()];
        record.delete(at, by);
        // The stored messages stay for a restore; the recent list is of a running group and is not.
        record.history.forget_recent();
        let app = record.app;
        // Its place in the quota is free from now on, not when it is purged.
        self.state.apps[app.at()].live_groups -= 1;
        if !self.keeps_members_by_mutant(group) {
            self.hit(Rule::DeletionGroupSessionOver);
            // After the standing has changed: members are notified by a group that is deleted, and nothing that they do
            // meanwhile meets a live one.
            self.dismiss(group);
        }
        // Set once and never moved. A restore and a second deletion set another, and each checks when it fires.
        self.state.timers.set(self.purge_at(at), Timer::GroupPurge(group));
    }

    /// When a group deleted at a time is gone for good.
    fn purge_at(&self, deleted: Instant) -> Instant {
        let days = if self.mutants.has(Mutant::PurgeDayEarly) {
            Duration::from_days(29)
        } else if self.mutants.has(Mutant::PurgeTwoDaysLate) {
            Duration::from_days(32)
        } else {
            GROUP_RESTORE_WINDOW
        };
        let exact = deleted + self.restore_window_by_mutant(days);
        match self.config.readings.deletion_purge {
            DeletionPurge::Exact => exact,
            DeletionPurge::Daily => {
                // "About thirty days": under this reading a sweep once a day, at midnight UTC.
                let day = Duration::from_days(1).as_micros();
                Instant::from_micros(exact.as_micros().div_ceil(day).saturating_mul(day))
            }
        }
    }

    /// How long the messages of a deleted group stay visible.
    pub(crate) const fn deleted_messages_window(&self) -> Duration {
        match self.config.readings.deletion_message_window {
            DeletionMessageWindow::SevenDays => GROUP_DELETED_MESSAGES_WINDOW,
            DeletionMessageWindow::ThirtyDays => GROUP_RESTORE_WINDOW,
        }
    }

    /// Restores a deleted group: settings, counters and stored messages, but no members.
    ///
    /// Refused when the application holds all the groups it may.
    pub(super) fn restore_group(&mut self, group: GroupIx) -> Result<(), Refusal> {
        let record = &self.state.groups[group.at()];
        let app = record.app;
        let Some(at) = record.deleted_at() else { return Ok(()) };
        // Where deleted groups count they have kept their place in the quota, and a restore needs none.
        if self.config.readings.create_quota_deleted == CreateQuotaDeleted::NotCounted
            && !self.mutants.has(Mutant::RestoreIgnoresQuota)
        {
            let room = self.check_group_quota(app, Rule::DeletionRestoreQuota);
            if room.is_err() && self.mutants.has(Mutant::RestoreRefusedRevives) {
                self.state.groups[group.at()].restore();
                self.state.apps[app.at()].live_groups += 1;
            }
            room?;
        }
        self.hit(Rule::DeletionRestoreState);
        self.hit(Rule::DeletionRestoreMessagesKept);
        // Read before the standing changes, which is what knows when it was deleted.
        let late = self.state.now.since(at) >= self.deleted_messages_window();
        let gone = (late && self.config.readings.deletion_late_restore == DeletionLateRestore::Gone)
            || self.mutants.has(Mutant::RestoreLosesMessages)
            || (late && self.mutants.has(Mutant::RestoreLateLosesMessages));
        let unmuted = self.config.readings.mute_after_restore == MuteAfterRestore::Cleared
            || self.mutants.has(Mutant::RestoreLosesMutes);
        let loses_settings = self.mutants.has(Mutant::RestoreLosesInfo);
        let forgets_limit = self.mutants.has(Mutant::RestoreForgetsLimit);
        // A restored group has no members: the members that a slice had still to take out go now.
        self.finish_dismissal(group);
        let record = &mut self.state.groups[group.at()];
        record.restore();
        // Only under one reading. By default what was hidden after seven days is visible again: it was stored before
        // the deletion.
        if gone {
            record.history = History::default();
        }
        if unmuted {
            record.forget_mutes();
        }
        if loses_settings {
            record.meta.info = Arc::from("");
        }
        if forgets_limit {
            record.limit = None;
        }
        if self.mutants.has(Mutant::RestoreLosesAdmins) {
            record.meta.admins = Vec::new();
        }
        if self.mutants.has(Mutant::RestoreLosesCounters) {
            record.types = TypeCounters::default();
        }
        self.state.apps[app.at()].live_groups += 1;
        Ok(())
    }

    /// The restore window of a deleted group has passed, unless it was restored meanwhile.
    pub(crate) fn on_group_purge(&mut self, group: GroupIx) {
        let Some(at) = self.state.groups[group.at()].deleted_at() else { return };
        // Restored and deleted again, it has a later end; this timer is of the former deletion.
        let early = self.purge_at(at) > self.state.now && !self.mutants.has(Mutant::PurgeByFirstDeletion);
        if early || self.mutants.has(Mutant::PurgeNever) {
            return;
        }
        self.hit(Rule::DeletionWindowPurge);
        self.hit(Rule::DeletionGroupListed);
        // The ID stays taken and listed nowhere: its record shrinks to what answers need to say so.
        self.forget_group(group);
        let app = self.state.groups[group.at()].app;
        if !self.mutants.has(Mutant::PurgedGroupListed) {
            self.state.apps[app.at()].groups.retain(|other| *other != group);
        }
    }

    /// Drops what a group holds; only its ID stays taken. Members without a session are out, and not notified.
    pub(crate) fn forget_group(&mut self, group: GroupIx) {
        let record = &mut self.state.groups[group.at()];
        record.purge();
        // Dropped and not emptied: the memory of a purged group is given back.
        record.history = History::default();
        record.types = TypeCounters::default();
        self.dismiss(group);
        let record = &mut self.state.groups[group.at()];
        record.shaper = Shaper::default();
        record.last_slot = None;
        record.forget_mutes();
        let nothing: Arc<str> = Arc::default();
        let facts = GroupFacts {
            group_id: Arc::clone(&record.meta.group_id),
            name: Arc::clone(&nothing),
            info: Arc::clone(&nothing),
            creator: nothing,
            admins: Vec::new(),
            created: record.meta.created,
        };
        *record.meta = GroupMeta::new(Arc::new(facts), record.meta.serial);
    }
}
