//! Services that keep a rule in part only: at one entrance of several, the first time, for one role. Sound, each
//! of these does what the rule says, or nothing.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::call::check::Validated;
use crate::call::enter::no_group;
use crate::member::membership::Notify;
use crate::member::session::ROLE_ADMIN;
use crate::mutants::{Mutant, Mutants};
use crate::state::group::{Group, GroupActivity};
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
impl<T: Tracer, D: Mutants> Service<T, D> {
    /// A new callback address of an application that is there, which a mutant leaves unchecked.
    pub(crate) fn check_changed_callback_url(&mut self, url: Option<&str>) -> Validated<Arc<str>> {
        if self.mutants.has(Mutant::CallbackUrlModifiedUnchecked) {
            return Ok(Arc::from(url.unwrap_or_default()));
        }
        self.check_callback_url(url)
    }

    /// Whether a mutant asks for no permission.
    pub(crate) fn is_unasked_by_mutant(&self, operation: Operation) -> bool {
        (self.mutants.has(Mutant::PolicyReadsUnasked) && only_reads(operation))
            || (self.mutants.has(Mutant::PolicyOldUnasked) && operation.family() == Family::Old)
    }

    /// Whether a mutant applies a policy for one application to all.
    pub(crate) fn is_app_ignored_by_mutant(&self, operation: Operation) -> bool {
        self.mutants.has(Mutant::PolicyAppIgnored)
            || (self.mutants.has(Mutant::PolicyAppIgnoredByReads) && only_reads(operation))
    }

    /// Whether a mutant honours a statement whose resource does not fit the action.
    pub(crate) fn is_incompatible_effective_by_mutant(&self, effect: Effect) -> bool {
        self.mutants.has(Mutant::PolicyIncompatibleEffective)
            || self.mutants.has(match effect {
                Effect::Allow => Mutant::PolicyIncompatibleAllows,
                Effect::Deny => Mutant::PolicyIncompatibleDenies,
            })
    }

    /// Whether a mutant counts no call of an operation.
    pub(crate) fn is_call_free_by_mutant(&self, operation: Operation) -> bool {
        self.mutants.has(Mutant::CallQuotaOff)
            || (self.mutants.has(Mutant::CallQuotaReadsFree) && only_reads(operation))
    }

    /// Members of all groups of an application.
    pub(crate) fn members_of_application(&self, app: AppIx) -> u64 {
        let groups = self.state.groups.iter().filter(|group| group.app == app);
        groups.map(|group| u64::from(group.audience.count())).sum()
    }

    /// Whether a mutant takes the kind of a device in any case.
    pub(crate) fn is_device_in_any_case(&self, device: &str) -> bool {
        self.mutants.has(Mutant::OldTokenDeviceAnyCase)
            && ["ios", "android", "web", "pc"].iter().any(|kind| kind.eq_ignore_ascii_case(device))
    }

    /// Number and size that a numbered page of groups tells.
    pub(crate) fn shown_of_page(&self, number: i32, size: i32, held: usize) -> (i32, i32) {
        if self.mutants.has(Mutant::GroupPageNumberOne) {
            return (1, size);
        }
        if self.mutants.has(Mutant::GroupPageSizeOfPage) {
            return (number, i32::try_from(held).unwrap_or(size));
        }
        (number, size)
    }
}

/// Groups and their lives.
impl<T: Tracer, D: Mutants> Service<T, D> {
    /// A mutant's answer to a create under the name of a deleted group.
    pub(crate) fn meet_deleted_by_mutant(&mut self, group: GroupIx) -> Result<(), Refusal> {
        if self.mutants.has(Mutant::CreateDeletedRefused) {
            return Err(no_group(Rule::GroupCreateAlreadyDeleted));
        }
        if self.mutants.has(Mutant::CreateUndeletes) {
            self.state.groups[group.at()].restore();
            let app = self.state.groups[group.at()].app;
            self.state.apps[app.at()].live_groups += 1;
        }
        Ok(())
    }

    /// The group in which everybody is muted, a deleted one where a mutant lets it be.
    pub(crate) fn group_to_mute(&mut self, app: AppIx, group_id: &str) -> Result<GroupIx, Refusal> {
        let found = self.live_group(app, group_id, Rule::ErrorResourceNotExistCode);
        match self.find_group(app, group_id) {
            Some(group) if found.is_err() && self.mutants.has(Mutant::DeletedGroupBanned) => Ok(group),
            Some(_) | None => found,
        }
    }

    /// How long the messages of a deleted group stay visible, a day more or less where a mutant has it so.
    pub(crate) fn deleted_messages_window_by_mutant(&self) -> Duration {
        let window = self.deleted_messages_window();
        let day = Duration::from_days(1);
        if self.mutants.has(Mutant::DeletedMessagesDayMore) {
            return window + day;
        }
        if self.mutants.has(Mutant::DeletedMessagesDayLess) {
            return Duration::from_secs(GROUP_DELETED_MESSAGES_WINDOW.as_secs() - day.as_secs());
        }
        self.message_window_by_mutant(window)
    }

    /// Raises leave events for the members of a group that a client closes, where a mutant has it so.
    pub(crate) fn raise_leaves_by_mutant(&mut self, group: GroupIx) {
        if self.mutants.has(Mutant::ClosingRaisesLeaves) {
            for user in self.state.groups[group.at()].audience.users() {
                if let Some(session) = self.session_of(user) {
                    self.call_back_membership(session, group, false);
                }
            }
        }
    }

    /// Keeps the place of a closed group, where a mutant has it so.
    pub(crate) fn keep_place_by_mutant(&mut self, group: GroupIx) {
        if self.mutants.has(Mutant::ClosedGroupKeepsPlace) {
            let app = self.state.groups[group.at()].app;
            self.state.apps[app.at()].live_groups += 1;
        }
    }

    /// Takes the notice back that was queued last, where a mutant has it so.
    pub(crate) fn take_back_by_mutant(&mut self, mutant: Mutant) {
        if self.mutants.has(mutant) {
            self.take_back();
        }
    }

    /// Whether a mutant reports an older join of a group that cannot be joined as done.
    pub(crate) fn is_old_join_taken_by_mutant(&self, app: AppIx, group_id: &str) -> bool {
        self.mutants.has(Mutant::OldJoinMissingSucceeds)
            || (self.mutants.has(Mutant::OldJoinDeletedSucceeds) && self.find_group(app, group_id).is_some())
    }

    /// Takes a user out of a group as the back end asks; false when the user is not in it.
    pub(crate) fn remove_member_at_request(&mut self, user: UserIx, group: GroupIx, notify: Notify) -> bool {
        if self.mutants.has(Mutant::OldLeaveIgnored) {
            return self.state.users[user.at()].slot_in(group).is_some();
        }
        let left = self.remove_member(user, group, notify);
        if left && self.mutants.has(Mutant::CallbackOnServerLeave) {
            let generation = self.state.users[user.at()].logons();
            self.call_back_membership(SessionId { user, generation }, group, false);
        }
        left
    }
}

/// Users and their rights.
impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Refuses a user who is not staff, where a mutant asks for it.
    pub(crate) fn check_staff_by_mutant(
        &self,
        user: UserIx,
        group: GroupIx,
        mutant: Mutant,
    ) -> Result<(), ClientRefusal> {
        if self.mutants.has(mutant) && !self.is_staff(group, user) {
            return Err(ClientRefusal::Forbidden);
        }
        Ok(())
    }

    fn is_creator(&self, group: GroupIx, user: UserIx) -> bool {
        self.state.groups[group.at()].meta.creator == *self.user_id(user)
    }

    /// Whether a client may mute in a group.
    pub(crate) fn mutes_on_clients(&self, group: GroupIx, user: UserIx) -> bool {
        if self.mutants.has(Mutant::AdminsMayNotMute) {
            return self.is_creator(group, user);
        }
        let role = self.state.users[user.at()].session().is_some_and(|live| live.admin);
        self.is_staff(group, user) || (role && self.mutants.has(Mutant::RoleAdminMutes))
    }

    /// The group in which a client lifts mutes.
    pub(crate) fn resolve_unmuting(
        &mut self,
        user: UserIx,
        key: &GroupKey,
    ) -> Result<GroupIx, ClientRefusal> {
        if self.mutants.has(Mutant::AnyoneUnmutes) {
            return self.resolve(user, key);
        }
        self.resolve_muting(user, key)
    }

    /// Whether a mutant keeps the creator of a group from what the administrators may.
    pub(crate) fn is_creator_barred_by_mutant(&self, group: GroupIx, user: UserIx) -> bool {
        self.mutants.has(Mutant::CreatorMayNotRecall) && self.is_creator(group, user)
    }

    /// Whether a mutant lets a user send on who was removed.
    pub(crate) fn sends_on_by_mutant(&self, user: UserIx, group: GroupIx) -> bool {
        self.mutants.has(Mutant::KickedMaySend)
            && self.state.users[user.at()]
                .ended
                .list()
                .iter()
                .any(|ended| ended.group == group && ended.reason == ExitReason::Kicked)
    }

    /// Whether a role allows control operations.
    pub(crate) fn is_admin_role(&self, role: &str) -> bool {
        role == ROLE_ADMIN
            || (self.mutants.has(Mutant::RoleAdminAnyCase) && role.eq_ignore_ascii_case(ROLE_ADMIN))
            || (self.mutants.has(Mutant::RoleAdminPrefix) && role.starts_with(ROLE_ADMIN))
    }

    /// Whether a mutant takes the signature that a client starts with.
    pub(crate) fn is_signed_by_mutant(&self, login: &Login) -> bool {
        (self.mutants.has(Mutant::AppSignEmptyAdmits) && login.app_sign.is_empty())
            || (self.mutants.has(Mutant::AppSignOfAnyApp)
                && self.state.apps.iter().any(|app| app.sign == login.app_sign))
    }

    /// The reason that a client is given for the end of its session.
    pub(crate) fn shown_reason(&self, reason: LogoffReason) -> LogoffReason {
        let other = reason == LogoffReason::OtherDevice;
        if other && self.mutants.has(Mutant::SecondDeviceReasonTimeout) {
            return LogoffReason::Timeout;
        }
        reason
    }

    /// Whether a mutant takes a user for online who is so elsewhere.
    pub(crate) fn is_online_elsewhere_by_mutant(&self, id: &str) -> bool {
        self.mutants.has(Mutant::OnlineInAnyApplication)
            && self.state.users.iter().any(|user| user.id.is(id) && user.session().is_some())
    }

    /// Whether a mutant takes a user for offline whose link is lost.
    pub(crate) fn is_away_by_mutant(&self, user: UserIx) -> bool {
        let session = self.state.users[user.at()].session();
        self.mutants.has(Mutant::OnlineLinkOnly) && session.is_some_and(|live| !live.is_up())
    }

    /// Whether a mutant takes a user for muted whom another group mutes.
    pub(crate) fn is_muted_elsewhere_by_mutant(&self, group: GroupIx, user: UserIx) -> bool {
        self.is_muted_in_namesake_by_mutant(group, user)
            || self.mutants.has(Mutant::MuteInEveryGroup) && {
                let app = self.state.groups[group.at()].app;
                let ours = self.state.groups.iter().filter(|other| other.app == app);
                ours.map(|other| other.mutes().users()).any(|users| users.contains(self.user_id(user)))
            }
    }

    /// Whether a mutant mutes somebody of the staff.
    pub(crate) fn is_staff_muted_by_mutant(&self, group: GroupIx, user: UserIx, singled_out: bool) -> bool {
        self.mutants.has(Mutant::MuteHoldsForStaff)
            || (singled_out && self.mutants.has(Mutant::StaffExemptFromBanOnly))
            || (self.mutants.has(Mutant::CreatorAloneExempt) && !self.is_creator(group, user))
    }

    /// Whether a mutant keeps a change of mutes from the group.
    pub(crate) fn is_mute_change_unnotified_by_mutant(&self, group: GroupIx) -> bool {
        let record = &self.state.groups[group.at()];
        self.mutants.has(Mutant::MuteChangeUntold)
            || (!record.may_mute() && self.mutants.has(Mutant::UnmuteUntold))
            || (record.is_supergroup() && self.mutants.has(Mutant::MuteUntoldInSupergroup))
    }

    /// Lifts all individual mutes of a group, where a mutant has it so.
    pub(crate) fn unmute_each_by_mutant(&mut self, group: GroupIx) {
        if self.mutants.has(Mutant::ClientUnbanLiftsIndividual) {
            let users: Vec<Arc<str>> =
                self.state.groups[group.at()].mutes().users().list().iter().cloned().collect();
            self.unmute_users(group, &users);
        }
    }
}

/// Messages.
impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Whether a mutant delivers a message to nobody.
    #[inline(always)]
    pub(crate) fn is_undelivered_by_mutant(&self, message: &Message) -> bool {
        (!message.stored && self.mutants.has(Mutant::NoStorageUndelivered))
            || (!message.cached && self.mutants.has(Mutant::NoCacheUndelivered))
    }

    /// The counters of all types of a group together.
    pub(crate) fn total_of_all(&self, group: GroupIx) -> u64 {
        let types = self.state.groups[group.at()].types.iter();
        types.map(|(_, total)| total).fold(0, u64::saturating_add)
    }

    /// Whether a mutant takes messages for a supergroup that shut down.
    pub(crate) fn is_open_though_empty_by_mutant(&self, group: GroupIx) -> bool {
        self.mutants.has(Mutant::SupergroupTakesWhenEmpty)
            && self.state.groups[group.at()].activity() == GroupActivity::Closed { supergroup: true }
    }

    /// Whether a mutant takes a message for a group that nobody is in, from where it comes.
    pub(crate) fn is_taken_inactive_by_mutant(&self, origin: Origin) -> bool {
        (origin == Origin::Old && self.mutants.has(Mutant::OldInactiveTakes))
            || (origin == Origin::Console && self.mutants.has(Mutant::ConsoleInactiveTakes))
    }

    /// Whether a mutant takes a message ID for used that another group of the application keeps.
    pub(crate) fn is_known_elsewhere_by_mutant(&mut self, group: GroupIx, tid: &str) -> bool {
        if !self.mutants.has(Mutant::DuplicateOfApplication) {
            return false;
        }
        let app = self.state.groups[group.at()].app;
        let mut ours = self.state.groups.iter_mut().filter(|other| other.app == app);
        ours.any(|other| other.history.find(tid).is_some())
    }

    /// Whether an older message asks to skip the review.
    pub(crate) fn skips_review(&self, asked: Option<bool>, for_some: bool) -> bool {
        if for_some && self.mutants.has(Mutant::SkipAuditOfSomeByDefault) {
            return true;
        }
        if for_some && self.mutants.has(Mutant::SkipAuditOfSomeIgnored) {
            return false;
        }
        asked == Some(true) || (asked.is_some() && self.mutants.has(Mutant::SkipAuditFalseSkips))
    }

    /// Whether a mutant lists the messages of all types.
    pub(crate) fn is_type_unasked_by_mutant(&self, kind: Option<i64>, after: u64) -> bool {
        (kind == Some(0) && self.mutants.has(Mutant::TypeZeroIsAll))
            || (after > 0 && self.mutants.has(Mutant::TypeFilterFirstPageOnly))
    }

    /// Recalls messages of that ID in the other groups of an application, where a mutant has it so.
    pub(crate) fn recall_elsewhere_by_mutant(&mut self, group: GroupIx, tid: &str) {
        self.uncount_by_mutant(group, tid);
        let of_application = self.mutants.has(Mutant::RecallInEveryGroup);
        let of_name = self.mutants.has(Mutant::RecallInEveryApplication);
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
