//! More of what keeps a rule in part only: what mutants make up where nothing is given, keep where it must go, and tell to others
//! than those concerned. Sound, each of these does what the rule says, or nothing.

use alloc::string::String;
use alloc::sync::Arc;

use crate::group::lifecycle::NewGroup;
use crate::member::membership::Notify;
use crate::message::ops_server::ServerSend;
use crate::mutants::{Mutant, Mutants};
use crate::state::app::{Audit, LifeCycle};
use crate::state::draft::Draft;
use crate::state::group::Group;
use crate::state::service::Service;
use crate::state::timer::Timer;
use crate::state::user::User;
use crate::words::account::Statement;
use crate::words::client::{GroupFacts, Login};
use crate::words::data_center::DataCenter;
use crate::words::id::{AppIx, GroupIx, UserIx};
use crate::words::message::{Origin, Priority};
use crate::words::operation::{Family, ResourceKind};
use crate::words::output::{ExitReason, LogoffReason};
use crate::words::response::Deletion;
use crate::words::rule::Rule;
use crate::words::tracer::Tracer;

/// Bytes of information that a join still tells where a mutant cuts it.
const CUT_INFO_BYTES: usize = 1_024;

/// Values that are made up where none is given.
impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Where an application lives that is created without naming a data centre.
    pub(crate) fn default_center(&self) -> DataCenter {
        if self.mutants.has(Mutant::DataCenterDefaultOther) {
            return DataCenter::Singapore;
        }
        let last = self.state.apps.last().filter(|_| self.mutants.has(Mutant::DataCenterDefaultOfLast));
        last.map_or_else(DataCenter::default, |app| app.data_center)
    }

    /// How long messages of an application of the older family are kept.
    pub(crate) fn old_life_cycle(&self) -> LifeCycle {
        if self.mutants.has(Mutant::OldRetentionDefault90) { LifeCycle::Days90 } else { LifeCycle::default() }
    }

    pub(crate) fn is_app_name_wanted_by_mutant(&self) -> bool {
        self.mutants.has(Mutant::AppNameDemanded)
            || (self.mutants.has(Mutant::NamelessAppOnce)
                && self.state.apps.iter().any(|app| app.name.is_empty()))
    }

    pub(crate) fn is_group_name_wanted_by_mutant(&self) -> bool {
        self.mutants.has(Mutant::GroupNameDemanded)
            || (self.mutants.has(Mutant::NamelessGroupOnce)
                && self.state.groups.iter().any(|group| group.meta.name.is_empty()))
    }

    pub(crate) fn filled_in_by_mutant(&self, mut new: NewGroup) -> NewGroup {
        if new.admins.is_empty()
            && !new.creator.is_empty()
            && self.mutants.has(Mutant::AdminsDefaultToCreator)
        {
            new.admins.push(Arc::clone(&new.creator));
        }
        if new.creator.is_empty() && self.mutants.has(Mutant::CreatorDefaultsToAdmin) {
            new.creator = new.admins.first().cloned().unwrap_or_default();
        }
        if new.info.is_empty() && self.mutants.has(Mutant::InfoDefaultsToName) {
            new.info = Arc::clone(&new.name);
        }
        if new.name.is_empty() && self.mutants.has(Mutant::NameDefaultsToId) {
            new.name = Arc::clone(&new.id);
        }
        new
    }

    pub(crate) fn default_weight_by_mutant(&self) -> Option<i64> {
        [(Mutant::WeightDefaultFive, 5), (Mutant::WeightDefaultFour, 4), (Mutant::WeightDefaultTwo, 2)]
            .into_iter()
            .find_map(|(mutant, weight)| self.mutants.has(mutant).then_some(weight))
    }

    /// The token after a page of users that nobody follows.
    pub(crate) fn token_of_nobody(&self, held: usize) -> i64 {
        i64::from(held == 0 && self.mutants.has(Mutant::UserListEmptyGoesOn))
    }
}

/// Whom and what it reaches besides.
impl<T: Tracer, D: Mutants> Service<T, D> {
    pub(crate) fn inform_everywhere_by_mutant(&mut self, user_id: &str, info: &str) {
        if self.mutants.has(Mutant::UserInfoInEveryApplication) {
            for user in self.state.users.iter_mut().filter(|user| user.id.is(user_id)) {
                user.info = info.into();
            }
        }
    }

    pub(super) fn is_muted_in_namesake_by_mutant(&self, group: GroupIx, user: UserIx) -> bool {
        self.mutants.has(Mutant::MuteInEveryApplication) && {
            let name = self.group_id(group);
            let namesakes = self.state.groups.iter().filter(|other| other.meta.group_id == *name);
            namesakes.map(|other| other.mutes().users()).any(|users| users.contains(self.user_id(user)))
        }
    }

    pub(crate) fn log_off_elsewhere_by_mutant(&mut self, app: AppIx, user_id: &str) {
        if !self.mutants.has(Mutant::SecondDeviceInAnyApplication) {
            return;
        }
        let elsewhere = |(_, user): &(usize, &User)| user.app != app && user.id.is(user_id);
        let found = self.state.users.iter().enumerate().find(elsewhere).map(|(at, _)| UserIx::from_at(at));
        if let Some(session) = found.and_then(|user| self.session_of(user)) {
            self.log_off(session, LogoffReason::OtherDevice, Notify::Group);
        }
    }

    pub(crate) fn is_star_overlooked_by_mutant(&self, kind: ResourceKind, statement: &Statement) -> bool {
        kind == ResourceKind::All
            && statement.resources.len() > 1
            && self.mutants.has(Mutant::PolicyStarAmongOthersIgnored)
    }

    pub(crate) fn anothers_group_by_mutant(&self, id: &str) -> Option<GroupIx> {
        let found = self.state.groups.iter().position(|group| *group.meta.group_id == *id);
        found.filter(|_| self.mutants.has(Mutant::AnothersGroupJoinable)).map(GroupIx::from_at)
    }

    pub(crate) fn removed_from_by_mutant(&self, user: UserIx) -> impl Iterator<Item = GroupIx> + '_ {
        let named = self.mutants.has(Mutant::UserInfoNamesRemovedGroups);
        let ended = self.state.users[user.at()].ended.list().iter();
        ended.filter(move |ended| named && ended.reason == ExitReason::Kicked).map(|ended| ended.group)
    }

    pub(crate) fn is_recall_anonymous_by_mutant(&self, receiver: &str) -> bool {
        let online = || self.state.users.iter().any(|user| user.id.is(receiver) && user.session().is_some());
        self.mutants.has(Mutant::UserRecallAnonymous)
            || (self.mutants.has(Mutant::UserRecallAnonymousOffline) && !online())
    }

    pub(crate) fn keep_console_info_by_mutant(&mut self, sender: UserIx, send: &ServerSend) {
        if let Some(info) = &send.sender_info
            && send.origin == Origin::Console
            && self.mutants.has(Mutant::ConsoleInfoSticks)
        {
            self.state.users[sender.at()].info = Arc::clone(info).into();
        }
    }
}

/// Side effects of a refusal, a repetition or an end.
impl<T: Tracer, D: Mutants> Service<T, D> {
    pub(crate) fn switch_review_off_by_mutant(&mut self, app_id: &str) {
        if self.mutants.has(Mutant::CustomReviewRefusedTaken)
            && let Some(app) = self.find_app(app_id)
        {
            self.state.apps[app.at()].audit = Audit::Off;
        }
    }

    pub(crate) fn delete_again_by_mutant(&mut self, app: AppIx, group: Option<GroupIx>, by: &str) {
        if self.mutants.has(Mutant::SecondDeleteFreesPlace) {
            let app = &mut self.state.apps[app.at()];
            app.live_groups = app.live_groups.saturating_sub(1);
        }
        if by.is_empty()
            && self.mutants.has(Mutant::SecondDeleteForgetsDeletor)
            && let Some(group) = group
            && let Some(by) = self.state.groups[group.at()].deletor_by_mutant()
        {
            *by = Arc::from("");
        }
    }

    /// The deletion of a group that was restored.
    pub(crate) fn deletion_remembered_by_mutant(&self, group: GroupIx) -> Option<Deletion> {
        let deleted = |timer: &Timer| *timer == Timer::GroupPurge(group);
        (self.mutants.has(Mutant::DeletionToldAfterRestore) && self.state.timers.holds(deleted))
            .then(|| Deletion { at: self.state.now.unix_seconds(), by: Arc::from("") })
    }

    pub(crate) fn end_session_by_mutant(&mut self, login: &Login) {
        if self.mutants.has(Mutant::ExpiredLogonEndsSession)
            && login.timestamp <= self.state.now.unix_seconds()
            && let Some(app) = self.find_app(&login.app_id)
            && let Some(user) = self.find_user(app, &login.user_id)
            && let Some(session) = self.session_of(user)
        {
            self.log_off(session, LogoffReason::OtherDevice, Notify::Group);
        }
    }

    pub(crate) fn is_stale_token_taken_by_mutant(&self, login: &Login) -> bool {
        self.mutants.has(Mutant::StaleFreshTokenTaken) && login.timestamp <= self.state.now.unix_seconds()
    }

    pub(crate) fn is_removed_by_mutant(&self, user: UserIx, group: GroupIx) -> bool {
        let ended = self.state.users[user.at()].ended.list().iter();
        self.mutants.has(Mutant::ClientHistoryClosedToRemoved)
            && ended.filter(|ended| ended.group == group).any(|ended| ended.reason == ExitReason::Kicked)
    }

    pub(crate) fn is_admin_barred_by_mutant(
        &self,
        group: GroupIx,
        user: UserIx,
        role_admin: bool,
        rule: Rule,
    ) -> bool {
        rule == Rule::MuteListClientRights
            && self.mutants.has(Mutant::AdminsMayNotListMutes)
            && !role_admin
            && self.state.groups[group.at()].meta.creator != *self.user_id(user)
    }
}

/// Changes of a message's way, and of a supergroup's.
impl<T: Tracer, D: Mutants> Service<T, D> {
    pub(crate) fn is_shed_counted_by_mutant(&self, draft: &Draft) -> bool {
        self.mutants.has(Mutant::ShedCounted)
            || (draft.origin == Origin::Client && self.mutants.has(Mutant::ShedCountedOfClients))
            || (draft.level > Priority::Normal && self.mutants.has(Mutant::ShedCountedAboveNormal))
    }

    pub(crate) fn is_shed_refused_by_mutant(&self, group: GroupIx, origin: Origin) -> bool {
        let refuses = match origin {
            Origin::Old => self.mutants.has(Mutant::ShedRefusedToOld),
            Origin::Live => self.mutants.has(Mutant::ShedRefusedToServer),
            Origin::Client | Origin::Console => false,
        };
        refuses && self.is_exhausted(group)
    }

    pub(crate) fn is_uncounted_by_mutant(&self, origin: Origin) -> bool {
        (origin == Origin::Console && self.mutants.has(Mutant::ConsoleUncounted))
            || (origin == Origin::Old && self.mutants.has(Mutant::OldUncounted))
    }

    /// Takes a slot of each group of the receiver.
    pub(crate) fn take_slots_by_mutant(&mut self, receiver: UserIx, origin: Origin) {
        if !self.mutants.has(Mutant::UserMessagesTakeSlots) || origin == Origin::Client {
            return;
        }
        let groups: alloc::vec::Vec<GroupIx> = self.groups_of(receiver).collect();
        for group in groups {
            let (now, terms) = (self.state.now, self.terms_of(group));
            let shaper = &mut self.state.groups[group.at()].shaper;
            let _admission = shaper.admit(now, &terms, 0, (Priority::Normal, 1), &self.mutants);
        }
    }

    pub(crate) fn is_direct_lost_by_mutant(&self, receiver: UserIx, origin: Origin) -> bool {
        let full = || self.groups_of(receiver).any(|group| self.is_exhausted(group));
        (self.mutants.has(Mutant::UserMessagesShaped) && self.state.sequences.messages().is_multiple_of(16))
            || (origin == Origin::Client && self.mutants.has(Mutant::ClientLettersShaped) && full())
    }

    pub(crate) fn reopens_large_by_mutant(&self, group: GroupIx) -> bool {
        let record = &self.state.groups[group.at()];
        let old = self.state.apps[record.app.at()].family == Family::Old;
        self.mutants.has(Mutant::SupergroupReopensSuper)
            || (old && self.mutants.has(Mutant::SupergroupReopensSuperForOld))
            || (record.openings() > 1 && self.mutants.has(Mutant::SupergroupReopensSuperLater))
    }

    pub(crate) fn is_slot_kept_by_mutant(&self, group: GroupIx) -> bool {
        self.mutants.has(Mutant::LeaveKeepsSeat)
            || (self.state.groups[group.at()].is_supergroup()
                && self.mutants.has(Mutant::SupergroupLeaveKeepsSeat))
    }

    /// Whether a group is described as a supergroup.
    pub(crate) fn is_shown_large(&self, record: &Group) -> bool {
        if self.mutants.has(Mutant::SupergroupFlagByCount) {
            return record.audience.count() > self.config.limits.group_members_max;
        }
        record.is_supergroup() && !self.mutants.has(Mutant::SupergroupFlagHidden)
    }

    pub(crate) fn supergroup_listed_to_clients_by_mutant(&self, group: GroupIx) -> bool {
        let audience = &self.state.groups[group.at()].audience;
        let nobody_left = audience.joins() == u64::from(audience.count());
        self.mutants.has(Mutant::SupergroupListedToClients)
            || (nobody_left && self.mutants.has(Mutant::UpgradeKeepsListForClients))
    }

    pub(crate) fn shorten_info_by_mutant(&self, record: &Group, facts: &mut Arc<GroupFacts>) {
        if record.is_supergroup() && self.mutants.has(Mutant::JoinHidesInfoOfSupergroup) {
            Arc::make_mut(facts).info = Arc::from("");
        }
        if facts.info.len() > CUT_INFO_BYTES && self.mutants.has(Mutant::JoinInfoCut) {
            let cut: String = facts.info.chars().take(CUT_INFO_BYTES / 4).collect();
            Arc::make_mut(facts).info = Arc::from(cut);
        }
    }
}
