//! More of what keeps a rule in part only: what defects make up where nothing is given, keep where it must go, and tell to others
//! than those concerned. Sound, each of these does what the rule says, or nothing.

use alloc::string::String;
use alloc::sync::Arc;

use crate::group::lifecycle::NewGroup;
use crate::member::membership::Tell;
use crate::message::ops_server::ServerSend;
use crate::mutants::{Defects, Mutation};
use crate::state::app::{Audit, LifeCycle};
use crate::state::draft::Draft;
use crate::state::group::{Group, GroupStanding};
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

/// Bytes of information that a join still tells where a defect cuts it.
const CUT_INFO_BYTES: usize = 1_024;

/// What is made up where nothing is given.
impl<T: Tracer, D: Defects> Service<T, D> {
    /// Where an application lives that is created without naming a data centre.
    pub(crate) fn default_center(&self) -> DataCenter {
        if self.defects.has(Mutation::DataCenterDefaultOther) {
            return DataCenter::Singapore;
        }
        let last = self.state.apps.last().filter(|_| self.defects.has(Mutation::DataCenterDefaultOfLast));
        last.map_or_else(DataCenter::default, |app| app.data_center)
    }

    /// How long messages of an application of the older family are kept.
    pub(crate) fn old_life_cycle(&self) -> LifeCycle {
        if self.defects.has(Mutation::OldRetentionDefault90) {
            LifeCycle::Days90
        } else {
            LifeCycle::default()
        }
    }

    pub(crate) fn is_app_name_wanted_by_defect(&self) -> bool {
        self.defects.has(Mutation::AppNameDemanded)
            || (self.defects.has(Mutation::NamelessAppOnce)
                && self.state.apps.iter().any(|app| app.name.is_empty()))
    }

    pub(crate) fn is_group_name_wanted_by_defect(&self) -> bool {
        self.defects.has(Mutation::GroupNameDemanded)
            || (self.defects.has(Mutation::NamelessGroupOnce)
                && self.state.groups.iter().any(|group| group.meta.name.is_empty()))
    }

    pub(crate) fn filled_in_by_defect(&self, mut new: NewGroup) -> NewGroup {
        if new.admins.is_empty()
            && !new.creator.is_empty()
            && self.defects.has(Mutation::AdminsDefaultToCreator)
        {
            new.admins.push(Arc::clone(&new.creator));
        }
        if new.creator.is_empty() && self.defects.has(Mutation::CreatorDefaultsToAdmin) {
            new.creator = new.admins.first().cloned().unwrap_or_default();
        }
        if new.info.is_empty() && self.defects.has(Mutation::InfoDefaultsToName) {
            new.info = Arc::clone(&new.name);
        }
        if new.name.is_empty() && self.defects.has(Mutation::NameDefaultsToId) {
            new.name = Arc::clone(&new.id);
        }
        new
    }

    pub(crate) fn default_weight_by_defect(&self) -> Option<i64> {
        [(Mutation::WeightDefaultFive, 5), (Mutation::WeightDefaultFour, 4), (Mutation::WeightDefaultTwo, 2)]
            .into_iter()
            .find_map(|(defect, weight)| self.defects.has(defect).then_some(weight))
    }

    /// The token after a page of users that nobody follows.
    pub(crate) fn token_of_nobody(&self, held: usize) -> i64 {
        i64::from(held == 0 && self.defects.has(Mutation::UserListEmptyGoesOn))
    }
}

/// Whom and what it reaches besides.
impl<T: Tracer, D: Defects> Service<T, D> {
    pub(crate) fn inform_everywhere_by_defect(&mut self, user_id: &str, info: &str) {
        if self.defects.has(Mutation::UserInfoInEveryApplication) {
            for user in self.state.users.iter_mut().filter(|user| user.id.is(user_id)) {
                user.info = info.into();
            }
        }
    }

    pub(crate) fn is_muted_in_twin_by_defect(&self, group: GroupIx, user: UserIx) -> bool {
        self.defects.has(Mutation::MuteInEveryApplication) && {
            let name = self.group_id(group);
            let twins = self.state.groups.iter().filter(|other| other.meta.group_id == *name);
            twins.map(|twin| twin.mutes().users()).any(|users| users.contains(self.user_id(user)))
        }
    }

    pub(crate) fn log_off_elsewhere_by_defect(&mut self, app: AppIx, user_id: &str) {
        if !self.defects.has(Mutation::SecondDeviceInAnyApplication) {
            return;
        }
        let elsewhere = |(_, user): &(usize, &User)| user.app != app && user.id.is(user_id);
        let found = self.state.users.iter().enumerate().find(elsewhere).map(|(at, _)| UserIx::from_at(at));
        if let Some(session) = found.and_then(|user| self.session_of(user)) {
            self.log_off(session, LogoffReason::OtherDevice, Tell::Group);
        }
    }

    pub(crate) fn is_star_overlooked_by_defect(&self, kind: ResourceKind, statement: &Statement) -> bool {
        kind == ResourceKind::All
            && statement.resources.len() > 1
            && self.defects.has(Mutation::PolicyStarAmongOthersIgnored)
    }

    pub(crate) fn anothers_group_by_defect(&self, id: &str) -> Option<GroupIx> {
        let found = self.state.groups.iter().position(|group| *group.meta.group_id == *id);
        found.filter(|_| self.defects.has(Mutation::AnothersGroupJoinable)).map(GroupIx::from_at)
    }

    pub(crate) fn removed_from_by_defect(&self, user: UserIx) -> impl Iterator<Item = GroupIx> + '_ {
        let named = self.defects.has(Mutation::UserInfoNamesRemovedGroups);
        let ended = self.state.users[user.at()].ended.list().iter();
        ended.filter(move |ended| named && ended.reason == ExitReason::Kicked).map(|ended| ended.group)
    }

    pub(crate) fn is_recall_anonymous_by_defect(&self, receiver: &str) -> bool {
        let online = || self.state.users.iter().any(|user| user.id.is(receiver) && user.session().is_some());
        self.defects.has(Mutation::UserRecallAnonymous)
            || (self.defects.has(Mutation::UserRecallAnonymousOffline) && !online())
    }

    pub(crate) fn keep_console_info_by_defect(&mut self, sender: UserIx, send: &ServerSend) {
        if let Some(info) = &send.sender_info
            && send.origin == Origin::Console
            && self.defects.has(Mutation::ConsoleInfoSticks)
        {
            self.state.users[sender.at()].info = Arc::clone(info).into();
        }
    }
}

/// What a refusal, a repetition or an end does besides.
impl<T: Tracer, D: Defects> Service<T, D> {
    pub(crate) fn switch_review_off_by_defect(&mut self, app_id: &str) {
        if self.defects.has(Mutation::CustomReviewRefusedTaken)
            && let Some(app) = self.find_app(app_id)
        {
            self.state.apps[app.at()].audit = Audit::Off;
        }
    }

    pub(crate) fn delete_again_by_defect(&mut self, app: AppIx, group: Option<GroupIx>, by: &str) {
        if self.defects.has(Mutation::SecondDeleteFreesPlace) {
            let app = &mut self.state.apps[app.at()];
            app.live_groups = app.live_groups.saturating_sub(1);
        }
        if by.is_empty()
            && self.defects.has(Mutation::SecondDeleteForgetsDeletor)
            && let Some(group) = group
            && let GroupStanding::Deleted { by, .. } = &mut self.state.groups[group.at()].standing
        {
            *by = Arc::from("");
        }
    }

    /// The deletion of a group that was restored.
    pub(crate) fn deletion_remembered_by_defect(&self, group: GroupIx) -> Option<Deletion> {
        let deleted = |timer: &Timer| *timer == Timer::GroupPurge(group);
        (self.defects.has(Mutation::DeletionToldAfterRestore) && self.state.timers.holds(deleted))
            .then(|| Deletion { at: self.state.now.unix_seconds(), by: Arc::from("") })
    }

    pub(crate) fn end_session_by_defect(&mut self, login: &Login) {
        if self.defects.has(Mutation::ExpiredLogonEndsSession)
            && login.timestamp <= self.state.now.unix_seconds()
            && let Some(app) = self.find_app(&login.app_id)
            && let Some(user) = self.find_user(app, &login.user_id)
            && let Some(session) = self.session_of(user)
        {
            self.log_off(session, LogoffReason::OtherDevice, Tell::Group);
        }
    }

    pub(crate) fn is_stale_token_taken_by_defect(&self, login: &Login) -> bool {
        self.defects.has(Mutation::StaleFreshTokenTaken) && login.timestamp <= self.state.now.unix_seconds()
    }

    pub(crate) fn is_removed_by_defect(&self, user: UserIx, group: GroupIx) -> bool {
        let ended = self.state.users[user.at()].ended.list().iter();
        self.defects.has(Mutation::ClientHistoryClosedToRemoved)
            && ended.filter(|ended| ended.group == group).any(|ended| ended.reason == ExitReason::Kicked)
    }

    pub(crate) fn is_admin_barred_by_defect(
        &self,
        group: GroupIx,
        user: UserIx,
        role_admin: bool,
        rule: Rule,
    ) -> bool {
        rule == Rule::MuteListClientRights
            && self.defects.has(Mutation::AdminsMayNotListMutes)
            && !role_admin
            && self.state.groups[group.at()].meta.creator != *self.user_id(user)
    }
}

/// What becomes of a message, and of a supergroup.
impl<T: Tracer, D: Defects> Service<T, D> {
    pub(crate) fn is_shed_counted_by_defect(&self, draft: &Draft) -> bool {
        self.defects.has(Mutation::ShedCounted)
            || (draft.origin == Origin::Client && self.defects.has(Mutation::ShedCountedOfClients))
            || (draft.level > Priority::Normal && self.defects.has(Mutation::ShedCountedAboveNormal))
    }

    pub(crate) fn is_shed_refused_by_defect(&self, group: GroupIx, origin: Origin) -> bool {
        let told = match origin {
            Origin::Old => self.defects.has(Mutation::ShedRefusedToOld),
            Origin::Live => self.defects.has(Mutation::ShedRefusedToServer),
            Origin::Client | Origin::Console => false,
        };
        told && self.is_exhausted(group)
    }

    pub(crate) fn is_uncounted_by_defect(&self, origin: Origin) -> bool {
        (origin == Origin::Console && self.defects.has(Mutation::ConsoleUncounted))
            || (origin == Origin::Old && self.defects.has(Mutation::OldUncounted))
    }

    /// Takes a slot of each group of the receiver.
    pub(crate) fn take_slots_by_defect(&mut self, receiver: UserIx, origin: Origin) {
        if !self.defects.has(Mutation::UserMessagesTakeSlots) || origin == Origin::Client {
            return;
        }
        let groups: alloc::vec::Vec<GroupIx> = self.groups_of(receiver).collect();
        for group in groups {
            let (now, terms) = (self.state.now, self.terms_of(group));
            let shaper = &mut self.state.groups[group.at()].shaper;
            let _admission = shaper.admit(now, &terms, 0, (Priority::Normal, 1), &self.defects);
        }
    }

    pub(crate) fn is_direct_lost_by_defect(&self, receiver: UserIx, origin: Origin) -> bool {
        let full = || self.groups_of(receiver).any(|group| self.is_exhausted(group));
        (self.defects.has(Mutation::UserMessagesShaped) && self.state.messages.is_multiple_of(16))
            || (origin == Origin::Client && self.defects.has(Mutation::ClientLettersShaped) && full())
    }

    pub(crate) fn reopens_large_by_defect(&self, group: GroupIx) -> bool {
        let place = &self.state.groups[group.at()];
        let old = self.state.apps[place.app.at()].family == Family::Old;
        self.defects.has(Mutation::SupergroupReopensSuper)
            || (old && self.defects.has(Mutation::SupergroupReopensSuperForOld))
            || (place.openings > 1 && self.defects.has(Mutation::SupergroupReopensSuperLater))
    }

    pub(crate) fn is_seat_kept_by_defect(&self, group: GroupIx) -> bool {
        self.defects.has(Mutation::LeaveKeepsSeat)
            || (self.state.groups[group.at()].is_supergroup()
                && self.defects.has(Mutation::SupergroupLeaveKeepsSeat))
    }

    /// Whether a group is described as a supergroup.
    pub(crate) fn is_told_large(&self, place: &Group) -> bool {
        if self.defects.has(Mutation::SupergroupFlagByCount) {
            return place.audience.count() > self.config.limits.group_members_max;
        }
        place.is_supergroup() && !self.defects.has(Mutation::SupergroupFlagHidden)
    }

    pub(crate) fn supergroup_listed_to_clients_by_defect(&self, group: GroupIx) -> bool {
        let audience = &self.state.groups[group.at()].audience;
        let nobody_left = audience.joins() == u64::from(audience.count());
        self.defects.has(Mutation::SupergroupListedToClients)
            || (nobody_left && self.defects.has(Mutation::UpgradeKeepsListForClients))
    }

    pub(crate) fn shorten_info_by_defect(&self, place: &Group, facts: &mut Arc<GroupFacts>) {
        if place.is_supergroup() && self.defects.has(Mutation::JoinHidesInfoOfSupergroup) {
            Arc::make_mut(facts).info = Arc::from("");
        }
        if facts.info.len() > CUT_INFO_BYTES && self.defects.has(Mutation::JoinInfoCut) {
            let cut: String = facts.info.chars().take(CUT_INFO_BYTES / 4).collect();
            Arc::make_mut(facts).info = Arc::from(cut);
        }
    }
}
