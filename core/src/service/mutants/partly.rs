//! What a service does that keeps a rule in part only: at one entrance of several, the first time, for one role. Sound, each
//! of these does what the rule says, or nothing.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::call::check::Validated;
use crate::call::enter::no_group;
use crate::member::membership::Tell;
use crate::member::session::ROLE_ADMIN;
use crate::mutants::{Defects, Mutation};
use crate::state::group::{Group, GroupActivity, GroupStanding};
use crate::state::service::Service;
use crate::words::account::Effect;
use crate::words::client::Login;
use crate::words::id::{AppIx, GroupIx, GroupKey, SessionId, UserIx};
use crate::words::limits::GROUP_DELETED_MESSAGES_WINDOW;
use crate::words::message::{Message, Origin};
use crate::words::operation::{Family, Operation};
use crate::words::output::{ExitReason, LogoffReason};
use crate::words::refusal::{ClientRefusal, Refusal};
use crate::words::rule::Rule;
use crate::words::time::Duration;
use crate::words::tracer::Tracer;

/// Whether a call of an operation changes nothing, by its name.
fn only_reads(operation: Operation) -> bool {
    ["Check", "Describe", "Get", "List", "Query"].iter().any(|start| operation.name().starts_with(start))
}

/// Applications and calls.
impl<T: Tracer, D: Defects> Service<T, D> {
    /// A new callback address of an application that is there, which a defect leaves unchecked.
    pub(crate) fn check_changed_callback_url(&mut self, url: Option<&str>) -> Validated<Arc<str>> {
        if self.defects.has(Mutation::CallbackUrlModifiedUnchecked) {
            return Ok(Arc::from(url.unwrap_or_default()));
        }
        self.check_callback_url(url)
    }

    /// Whether a defect asks for no permission.
    pub(crate) fn is_unasked_by_defect(&self, operation: Operation) -> bool {
        (self.defects.has(Mutation::PolicyReadsUnasked) && only_reads(operation))
            || (self.defects.has(Mutation::PolicyOldUnasked) && operation.family() == Family::Old)
    }

    /// Whether a defect applies a policy for one application to all.
    pub(crate) fn is_app_ignored_by_defect(&self, operation: Operation) -> bool {
        self.defects.has(Mutation::PolicyAppIgnored)
            || (self.defects.has(Mutation::PolicyAppIgnoredByReads) && only_reads(operation))
    }

    /// Whether a defect honours a statement whose resource does not fit the action.
    pub(crate) fn is_incompatible_effective_by_defect(&self, effect: Effect) -> bool {
        self.defects.has(Mutation::PolicyIncompatibleEffective)
            || self.defects.has(match effect {
                Effect::Allow => Mutation::PolicyIncompatibleAllows,
                Effect::Deny => Mutation::PolicyIncompatibleDenies,
            })
    }

    /// Whether a defect counts no call of an operation.
    pub(crate) fn is_call_free_by_defect(&self, operation: Operation) -> bool {
        self.defects.has(Mutation::CallQuotaOff)
            || (self.defects.has(Mutation::CallQuotaReadsFree) && only_reads(operation))
    }

    /// Members of all groups of an application.
    pub(crate) fn members_of_application(&self, app: AppIx) -> u64 {
        let groups = self.state.groups.iter().filter(|group| group.app == app);
        groups.map(|group| u64::from(group.audience.count())).sum()
    }

    /// Whether a defect takes the kind of a device in any case.
    pub(crate) fn is_device_in_any_case(&self, device: &str) -> bool {
        self.defects.has(Mutation::OldTokenDeviceAnyCase)
            && ["ios", "android", "web", "pc"].iter().any(|kind| kind.eq_ignore_ascii_case(device))
    }

    /// Number and size that a numbered page of groups tells.
    pub(crate) fn told_of_page(&self, number: i32, size: i32, held: usize) -> (i32, i32) {
        if self.defects.has(Mutation::GroupPageNumberOne) {
            return (1, size);
        }
        if self.defects.has(Mutation::GroupPageSizeOfPage) {
            return (number, i32::try_from(held).unwrap_or(size));
        }
        (number, size)
    }
}

/// Groups and their lives.
impl<T: Tracer, D: Defects> Service<T, D> {
    /// What a defect makes of a create under the name of a deleted group.
    pub(crate) fn meet_deleted_by_defect(&mut self, group: GroupIx) -> Result<(), Refusal> {
        if self.defects.has(Mutation::CreateDeletedRefused) {
            return Err(no_group(Rule::GroupCreateAlreadyDeleted));
        }
        if self.defects.has(Mutation::CreateUndeletes) {
            self.state.groups[group.at()].standing = GroupStanding::Live;
            let app = self.state.groups[group.at()].app;
            self.state.apps[app.at()].live_groups += 1;
        }
        Ok(())
    }

    /// The group in which everybody is muted, a deleted one where a defect lets it be.
    pub(crate) fn group_to_mute(&mut self, app: AppIx, group_id: &str) -> Result<GroupIx, Refusal> {
        let found = self.live_group(app, group_id, Rule::ErrorResourceNotExistCode);
        match self.find_group(app, group_id) {
            Some(group) if found.is_err() && self.defects.has(Mutation::DeletedGroupBanned) => Ok(group),
            Some(_) | None => found,
        }
    }

    /// How long the messages of a deleted group stay visible, a day more or less where a defect has it so.
    pub(crate) fn deleted_messages_window_by_defect(&self) -> Duration {
        let window = self.deleted_messages_window();
        let day = Duration::from_days(1);
        if self.defects.has(Mutation::DeletedMessagesDayMore) {
            return window + day;
        }
        if self.defects.has(Mutation::DeletedMessagesDayLess) {
            return Duration::from_secs(GROUP_DELETED_MESSAGES_WINDOW.as_secs() - day.as_secs());
        }
        self.message_window_by_defect(window)
    }

    /// Raises leave events for the members of a group that a client closes, where a defect has it so.
    pub(crate) fn raise_leaves_by_defect(&mut self, group: GroupIx) {
        if self.defects.has(Mutation::ClosingRaisesLeaves) {
            for user in self.state.groups[group.at()].audience.users() {
                if let Some(session) = self.session_of(user) {
                    self.call_back_membership(session, group, false);
                }
            }
        }
    }

    /// Keeps the place of a closed group, where a defect has it so.
    pub(crate) fn keep_place_by_defect(&mut self, group: GroupIx) {
        if self.defects.has(Mutation::ClosedGroupKeepsPlace) {
            let app = self.state.groups[group.at()].app;
            self.state.apps[app.at()].live_groups += 1;
        }
    }

    /// Takes the notice back that was told last, where a defect has it so.
    pub(crate) fn take_back_by_defect(&mut self, defect: Mutation) {
        if self.defects.has(defect) {
            self.take_back();
        }
    }

    /// Whether a defect reports an older join of a group that cannot be joined as done.
    pub(crate) fn is_old_join_taken_by_defect(&self, app: AppIx, group_id: &str) -> bool {
        self.defects.has(Mutation::OldJoinMissingSucceeds)
            || (self.defects.has(Mutation::OldJoinDeletedSucceeds)
                && self.find_group(app, group_id).is_some())
    }

    /// Takes a user out of a group as the back end asks; false when the user is not in it.
    pub(crate) fn unseat_at_request(&mut self, user: UserIx, group: GroupIx, tell: Tell) -> bool {
        if self.defects.has(Mutation::OldLeaveIgnored) {
            return self.state.users[user.at()].slot_in(group).is_some();
        }
        let left = self.unseat(user, group, tell);
        if left && self.defects.has(Mutation::CallbackOnServerLeave) {
            let generation = self.state.users[user.at()].logons();
            self.call_back_membership(SessionId { user, generation }, group, false);
        }
        left
    }
}

/// Users and their rights.
impl<T: Tracer, D: Defects> Service<T, D> {
    /// Refuses whoever is not staff, where a defect asks for it.
    pub(crate) fn check_staff_by_defect(
        &self,
        user: UserIx,
        group: GroupIx,
        defect: Mutation,
    ) -> Result<(), ClientRefusal> {
        if self.defects.has(defect) && !self.is_staff(group, user) {
            return Err(ClientRefusal::Forbidden);
        }
        Ok(())
    }

    fn is_creator(&self, group: GroupIx, user: UserIx) -> bool {
        self.state.groups[group.at()].meta.creator == *self.user_id(user)
    }

    /// Whether a client may mute in a group.
    pub(crate) fn mutes_on_clients(&self, group: GroupIx, user: UserIx) -> bool {
        if self.defects.has(Mutation::AdminsMayNotMute) {
            return self.is_creator(group, user);
        }
        let role = self.state.users[user.at()].session().is_some_and(|live| live.admin);
        self.is_staff(group, user) || (role && self.defects.has(Mutation::RoleAdminMutes))
    }

    /// The group in which a client lifts mutes.
    pub(crate) fn resolve_unmuting(
        &mut self,
        user: UserIx,
        key: &GroupKey,
    ) -> Result<GroupIx, ClientRefusal> {
        if self.defects.has(Mutation::AnyoneUnmutes) {
            return self.resolve(user, key);
        }
        self.resolve_muting(user, key)
    }

    /// Whether a defect keeps the creator of a group from what the administrators may.
    pub(crate) fn is_creator_barred_by_defect(&self, group: GroupIx, user: UserIx) -> bool {
        self.defects.has(Mutation::CreatorMayNotRecall) && self.is_creator(group, user)
    }

    /// Whether a defect lets a user send on who was removed.
    pub(crate) fn sends_on_by_defect(&self, user: UserIx, group: GroupIx) -> bool {
        self.defects.has(Mutation::KickedMaySend)
            && self.state.users[user.at()]
                .ended
                .list()
                .iter()
                .any(|ended| ended.group == group && ended.reason == ExitReason::Kicked)
    }

    /// Whether a role allows control operations.
    pub(crate) fn is_admin_role(&self, role: &str) -> bool {
        role == ROLE_ADMIN
            || (self.defects.has(Mutation::RoleAdminAnyCase) && role.eq_ignore_ascii_case(ROLE_ADMIN))
            || (self.defects.has(Mutation::RoleAdminPrefix) && role.starts_with(ROLE_ADMIN))
    }

    /// Whether a defect takes the signature that a client starts with.
    pub(crate) fn is_signed_by_defect(&self, login: &Login) -> bool {
        (self.defects.has(Mutation::AppSignEmptyAdmits) && login.app_sign.is_empty())
            || (self.defects.has(Mutation::AppSignOfAnyApp)
                && self.state.apps.iter().any(|app| app.sign == login.app_sign))
    }

    /// The reason that a client is told for the end of its session.
    pub(crate) fn told_reason(&self, reason: LogoffReason) -> LogoffReason {
        let other = reason == LogoffReason::OtherDevice;
        if other && self.defects.has(Mutation::SecondDeviceReasonTimeout) {
            return LogoffReason::Timeout;
        }
        reason
    }

    /// Whether a defect takes a user for online who is so elsewhere.
    pub(crate) fn is_online_elsewhere_by_defect(&self, id: &str) -> bool {
        self.defects.has(Mutation::OnlineInAnyApplication)
            && self.state.users.iter().any(|user| user.id.is(id) && user.session().is_some())
    }

    /// Whether a defect takes a user for offline whose link is lost.
    pub(crate) fn is_away_by_defect(&self, user: UserIx) -> bool {
        let session = self.state.users[user.at()].session();
        self.defects.has(Mutation::OnlineLinkOnly) && session.is_some_and(|live| !live.is_up())
    }

    /// Whether a defect takes a user for muted whom another group mutes.
    pub(crate) fn is_muted_elsewhere_by_defect(&self, group: GroupIx, user: UserIx) -> bool {
        self.is_muted_in_twin_by_defect(group, user)
            || self.defects.has(Mutation::MuteInEveryGroup) && {
                let app = self.state.groups[group.at()].app;
                let ours = self.state.groups.iter().filter(|other| other.app == app);
                ours.map(|other| other.mutes().users()).any(|users| users.contains(self.user_id(user)))
            }
    }

    /// Whether a defect mutes somebody of the staff.
    pub(crate) fn is_staff_muted_by_defect(&self, group: GroupIx, user: UserIx, singled_out: bool) -> bool {
        self.defects.has(Mutation::MuteHoldsForStaff)
            || (singled_out && self.defects.has(Mutation::StaffExemptFromBanOnly))
            || (self.defects.has(Mutation::CreatorAloneExempt) && !self.is_creator(group, user))
    }

    /// Whether a defect keeps a change of mutes from the group.
    pub(crate) fn is_mute_change_untold_by_defect(&self, group: GroupIx) -> bool {
        let place = &self.state.groups[group.at()];
        self.defects.has(Mutation::MuteChangeUntold)
            || (!place.may_mute() && self.defects.has(Mutation::UnmuteUntold))
            || (place.is_supergroup() && self.defects.has(Mutation::MuteUntoldInSupergroup))
    }

    /// Lifts all individual mutes of a group, where a defect has it so.
    pub(crate) fn unmute_each_by_defect(&mut self, group: GroupIx) {
        if self.defects.has(Mutation::ClientUnbanLiftsIndividual) {
            let users: Vec<Arc<str>> =
                self.state.groups[group.at()].mutes().users().list().iter().cloned().collect();
            self.unmute_users(group, &users);
        }
    }
}

/// Messages.
impl<T: Tracer, D: Defects> Service<T, D> {
    /// Whether a defect delivers a message to nobody.
    #[inline(always)]
    pub(crate) fn is_undelivered_by_defect(&self, message: &Message) -> bool {
        (!message.stored && self.defects.has(Mutation::NoStorageUndelivered))
            || (!message.cached && self.defects.has(Mutation::NoCacheUndelivered))
    }

    /// The counters of all types of a group together.
    pub(crate) fn total_of_all(&self, group: GroupIx) -> u64 {
        let types = self.state.groups[group.at()].types.iter();
        types.map(|counter| counter.total).fold(0, u64::saturating_add)
    }

    /// Whether a defect takes messages for a supergroup that shut down.
    pub(crate) fn is_open_though_empty_by_defect(&self, group: GroupIx) -> bool {
        self.defects.has(Mutation::SupergroupTakesWhenEmpty)
            && self.state.groups[group.at()].activity == GroupActivity::Closed { supergroup: true }
    }

    /// Whether a defect takes a message for a group that nobody is in, from where it comes.
    pub(crate) fn is_taken_inactive_by_defect(&self, origin: Origin) -> bool {
        (origin == Origin::Old && self.defects.has(Mutation::OldInactiveTakes))
            || (origin == Origin::Console && self.defects.has(Mutation::ConsoleInactiveTakes))
    }

    /// Whether a defect takes a message ID for used that another group of the application keeps.
    pub(crate) fn is_known_elsewhere_by_defect(&mut self, group: GroupIx, tid: &str) -> bool {
        if !self.defects.has(Mutation::DuplicateOfApplication) {
            return false;
        }
        let app = self.state.groups[group.at()].app;
        let mut ours = self.state.groups.iter_mut().filter(|other| other.app == app);
        ours.any(|other| other.history.find(tid).is_some())
    }

    /// Whether an older message asks to skip the review.
    pub(crate) fn skips_review(&self, asked: Option<bool>, for_some: bool) -> bool {
        if for_some && self.defects.has(Mutation::SkipAuditOfSomeByDefault) {
            return true;
        }
        if for_some && self.defects.has(Mutation::SkipAuditOfSomeIgnored) {
            return false;
        }
        asked == Some(true) || (asked.is_some() && self.defects.has(Mutation::SkipAuditFalseSkips))
    }

    /// Whether a defect lists the messages of all types.
    pub(crate) fn is_type_unasked_by_defect(&self, kind: Option<i64>, after: u64) -> bool {
        (kind == Some(0) && self.defects.has(Mutation::TypeZeroIsAll))
            || (after > 0 && self.defects.has(Mutation::TypeFilterFirstPageOnly))
    }

    /// Recalls messages of that ID in the other groups of an application, where a defect has it so.
    pub(crate) fn recall_elsewhere_by_defect(&mut self, group: GroupIx, tid: &str) {
        self.uncount_by_defect(group, tid);
        let of_application = self.defects.has(Mutation::RecallInEveryGroup);
        let of_name = self.defects.has(Mutation::RecallInEveryApplication);
        if !of_application && !of_name {
            return;
        }
        let app = self.state.groups[group.at()].app;
        let name = Arc::clone(self.group_id(group));
        let meant = |other: &&mut Group| {
            (of_application && other.app == app) || (of_name && other.meta.group_id == name)
        };
        for other in self.state.groups.iter_mut().filter(meant) {
            if let Some(message) = other.history.find(tid) {
                other.history.remove(message.seq);
            }
        }
    }
}
