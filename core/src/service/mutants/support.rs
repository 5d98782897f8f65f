//! Questions that only mutants ask of the state: a sound service calls none of it.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::app::callback::Happened;
use crate::group::ops_old::GROUP_ID_CHARS;
use crate::mutants::{Mutant, Mutants};
use crate::state::app::App;
use crate::state::draft::{Draft, WEIGHT_HIGH, WEIGHT_MEDIUM};
use crate::state::group::{Group, GroupStanding};
use crate::state::secret::SecretPurpose;
use crate::state::service::{Service, ServiceState};
use crate::state::shaper::ShaperTerms;
use crate::state::tickets::Pending;
use crate::state::timer::Timer;
use crate::words::account::Statement;
use crate::words::id::{AppIx, GroupIx, SessionId, UserIx};
use crate::words::limits::{GROUP_DELETED_MESSAGES_WINDOW, SUPERGROUP_NOTICE_INTERVAL_MIN};
use crate::words::message::{Origin, Priority};
use crate::words::output::{ExitReason, LogoffReason};
use crate::words::refusal::{ErrorCode, Refusal};
use crate::words::request::DeleteLiveMessageGroup;
use crate::words::rule::Rule;
use crate::words::tracer::Tracer;

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Whether the group, a supergroup then, was notified of its members less than an interval ago.
    pub(crate) fn is_notice_young(&self, group: GroupIx) -> bool {
        let next = self.state.groups[group.at()].notices.next(SUPERGROUP_NOTICE_INTERVAL_MIN);
        next.is_some_and(|next| next > self.state.now)
    }

    /// Whether the running second of a group has no slot left.
    pub(crate) fn is_exhausted(&self, group: GroupIx) -> bool {
        self.state.groups[group.at()].shaper.delivered_in(self.state.now) >= self.terms_of(group).budget
    }

    /// Whether a group of an application was purged.
    fn has_purged(&self, app: AppIx) -> bool {
        let purged = |group: &Group| group.app == app && group.is_purged();
        self.state.groups.iter().any(purged)
    }

    /// Whether a mutant lets the members of a supergroup be listed.
    pub(crate) fn supergroup_listed_by_mutant(&self, group: GroupIx) -> bool {
        let audience = &self.state.groups[group.at()].audience;
        let nobody_left = audience.joins() == u64::from(audience.count());
        self.mutants.has(Mutant::SupergroupListed)
            || (nobody_left && self.mutants.has(Mutant::UpgradeKeepsList))
    }

    /// Whether all groups of the application together have used up what one group may deliver in this second.
    pub(crate) fn is_budget_used_by_all(&self, group: GroupIx, terms: &ShaperTerms) -> bool {
        let app = &self.state.apps[self.state.groups[group.at()].app.at()];
        let delivered = |group: &GroupIx| self.state.groups[group.at()].shaper.delivered_in(self.state.now);
        app.groups.iter().map(delivered).sum::<u32>() >= terms.budget
    }

    /// Whether all groups of other applications together have used up what one group may deliver in this second.
    pub(crate) fn is_budget_used_by_other_apps(&self, group: GroupIx, terms: &ShaperTerms) -> bool {
        let app = self.state.groups[group.at()].app;
        let others = self.state.groups.iter().filter(|other| other.app != app);
        others.map(|other| other.shaper.delivered_in(self.state.now)).sum::<u32>() >= terms.budget
    }
    /// Whether a group was deleted more than the window of its messages ago.
    pub(crate) fn deleted_for_a_week(&self, group: GroupIx) -> bool {
        match self.state.groups[group.at()].standing() {
            GroupStanding::Deleted { at, .. } => self.state.now.since(*at) > GROUP_DELETED_MESSAGES_WINDOW,
            GroupStanding::Live | GroupStanding::Purged => false,
        }
    }

    /// The level that a mutant takes a suggested weight for.
    pub(crate) fn level_by_mutant(&self, weight: i64) -> Option<Priority> {
        if self.mutants.has(Mutant::WeightGiftMedium) && weight == WEIGHT_HIGH {
            return Some(Priority::Medium);
        }
        let lower = self.mutants.has(Mutant::WeightCommentNormal) && weight == WEIGHT_MEDIUM;
        lower.then_some(Priority::Normal)
    }

    /// Whether a user is staff of some group, where that is enough by a mutant.
    pub(crate) fn is_staff_anywhere_by_mutant(&self, user: UserIx) -> bool {
        self.mutants.has(Mutant::StaffOfAnyGroup)
            && self.groups().any(|group| {
                let meta = &self.state.groups[group.at()].meta;
                let id = self.user_id(user);
                meta.creator == *id || meta.admins.contains(id)
            })
    }

    /// Whether the service has the mutant that breaks this rule.
    pub(crate) fn broken_by(&self, mutants: &[(Rule, Mutant)], rule: Rule) -> bool {
        mutants.iter().any(|(broken, mutant)| *broken == rule && self.mutants.has(*mutant))
    }

    /// Whether a mutant keeps a join or a leave from the back end.
    pub(crate) fn leave_unnotified_by_mutant(&self, joined: bool) -> bool {
        (!joined && self.mutants.has(Mutant::CallbackLeaveMissing))
            || (joined && self.mutants.has(Mutant::CallbackJoinMissing))
    }

    /// Whether a mutant calls an application back that has no address.
    pub(crate) fn calls_back_by_mutant(&self, app: &App, happened: Happened) -> bool {
        let cleared = app.modified > app.created;
        self.mutants.has(Mutant::CallbackWithoutUrl)
            || (cleared && self.mutants.has(Mutant::CallbackAfterClear))
            || match happened {
                Happened::Arrival => false,
                Happened::Join => !cleared && self.mutants.has(Mutant::CallbackJoinsByDefault),
                Happened::End => {
                    (cleared && self.mutants.has(Mutant::CallbackEndsAfterClear))
                        || self.mutants.has(Mutant::CallbackEndsWithoutUrl)
                }
            }
    }

    /// Whether a mutant lets a muted user talk.
    pub(crate) fn may_talk_by_mutant(&self, user: UserIx, all: bool) -> bool {
        let elsewhere = self.state.users[user.at()].session().is_some_and(|live| live.device > 0);
        let second = !all && elsewhere && self.mutants.has(Mutant::MutedTalksOnSecondDevice);
        second || self.mutants.has(Mutant::MutedMayTalk)
    }

    /// A statement about an account's resources, about those of any where a mutant takes it so.
    pub(crate) fn of_any_account_by_mutant(&self, statement: &Statement) -> Option<Statement> {
        let widen = |resource: &String| {
            let parts = resource.split(':').enumerate();
            parts.map(|(at, part)| if at == 3 { "*" } else { part }).collect::<Vec<_>>().join(":")
        };
        self.mutants.has(Mutant::PolicyAccountIgnored).then(|| Statement {
            resources: statement.resources.iter().map(widen).collect(),
            ..statement.clone()
        })
    }

    /// The refusal that a mutant tells before others.
    pub(crate) fn refusal_by_mutant(&self, refusals: &[Option<Refusal>]) -> Option<Refusal> {
        let mut reasons = refusals.iter().flatten().copied();
        if self.mutants.has(Mutant::PrecedenceExistenceFirst) {
            reasons.find(|refusal| refusal.code() == ErrorCode::ResourceNotExist)
        } else if self.mutants.has(Mutant::PrecedencePermissionFirst) {
            reasons.find(|refusal| refusal.code() == ErrorCode::NoAuth)
        } else if self.mutants.has(Mutant::PrecedenceRateLast) {
            reasons.filter(|refusal| refusal.code() != ErrorCode::Throttling).min()
        } else {
            None
        }
    }

    /// Deletes a group although its deletion is refused.
    pub(crate) fn delete_although_refused(&mut self, call: &DeleteLiveMessageGroup) {
        let found = self.find_app(&call.app_id).and_then(|app| self.find_group(app, &call.group_id));
        if let Some(group) = found.filter(|group| self.state.groups[group.at()].is_live()) {
            self.delete_group(group, Arc::from(""));
        }
    }

    /// Whom a mutant leaves to be notified of a group's end.
    pub(crate) fn notified_of_end(&self, group: GroupIx, users: Vec<UserIx>) -> Vec<UserIx> {
        if !self.mutants.has(Mutant::DeletionUntoldToStaff) {
            return users;
        }
        let meta = &self.state.groups[group.at()].meta;
        let is_staff = |user: &UserIx| {
            let id = self.user_id(*user);
            meta.creator == *id || meta.admins.contains(id)
        };
        users.into_iter().filter(|user| !is_staff(user)).collect()
    }

    /// Whether a mutant leaves everybody in a group that is deleted.
    pub(crate) fn keeps_members_by_mutant(&self, group: GroupIx) -> bool {
        let audience = &self.state.groups[group.at()].audience;
        self.mutants.has(Mutant::DeletionKeepsMembers)
            || (self.mutants.has(Mutant::DeletionKeepsAllForOne)
                && audience.users().iter().any(|user| self.is_link_lost(*user)))
    }

    /// A place among the accounts that no account has.
    pub(crate) const fn account_of_its_own(&self, account: usize) -> usize {
        account + self.config.accounts.len()
    }

    /// Whether a mutant keeps a logoff from the back end.
    pub(crate) fn is_logoff_unnotified_by_mutant(&self, session: SessionId, reason: LogoffReason) -> bool {
        (reason == LogoffReason::OtherDevice
            && self.mutants.has(Mutant::SecondDeviceOverLostLinkUntold)
            && self.is_link_lost(session.user))
            || (reason == LogoffReason::Timeout && self.mutants.has(Mutant::CallbackTimeoutUntold))
    }

    /// Whether a mutant keeps the end of a group from a client that is back.
    pub(crate) fn is_exit_unnotified_by_mutant(&self, reason: ExitReason) -> bool {
        self.mutants.has(match reason {
            ExitReason::GroupDeleted => Mutant::DeletionOnReturnUntold,
            ExitReason::Kicked => Mutant::KickOnReturnUntold,
        })
    }

    /// Leaves the first of several groups out once a group of the application was purged.
    pub(crate) fn skip_one_after_purge(&self, app: AppIx, found: &mut Vec<GroupIx>) {
        if found.len() > 1 && self.has_purged(app) {
            found.remove(0);
        }
    }

    /// The group ID drawn last, once more.
    pub(crate) fn repeated_group_id(&self, drawn: u64) -> (Arc<str>, u64) {
        let last = drawn.saturating_sub(1);
        (self.state.secrets.text(SecretPurpose::GroupId, last, GROUP_ID_CHARS), last + 1)
    }

    /// Whether a mutant refuses the recall of a message that is not there.
    pub(crate) fn is_recall_refused_by_mutant(&self, found: bool) -> bool {
        !found && self.mutants.has(Mutant::RecallMissingRefused)
    }

    /// Whether a mutant takes whatever stands for an ID.
    pub(crate) fn is_unchecked_by_mutant(&self, id: &str, mutant: Mutant) -> bool {
        !id.is_empty() && self.mutants.has(mutant)
    }

    /// Whether a mutant keeps a leave from the members.
    pub(crate) fn is_leave_missing_by_mutant(&self, joined: bool) -> bool {
        !joined && self.mutants.has(Mutant::LeaveNoticeMissing)
    }

    /// Takes a group out of its application's list, so that another takes its ID.
    pub(crate) fn forget_deleted_group(&mut self, app: AppIx, group: GroupIx) {
        self.state.apps[app.at()].groups.retain(|other| *other != group);
    }

    /// Keeps a message that was shed.
    pub(crate) fn keep_although_shed(&mut self, group: GroupIx, draft: &Draft) {
        let of_clients = |mutant| draft.origin == Origin::Client && self.mutants.has(mutant);
        let high = |mutant| draft.level > Priority::Normal && self.mutants.has(mutant);
        let stored = self.mutants.has(Mutant::ShedStored)
            || of_clients(Mutant::ShedStoredOfClients)
            || high(Mutant::ShedStoredAboveNormal);
        let cached = self.mutants.has(Mutant::ShedCached)
            || of_clients(Mutant::ShedCachedOfClients)
            || high(Mutant::ShedCachedAboveNormal);
        if stored || cached {
            let draft = Draft { stored, cached, ..draft.clone() };
            self.write(group, draft, false);
        }
    }
}

/// Forgets when sessions without a link end.
pub(crate) fn forget_lost_links(state: &mut ServiceState) {
    state.timers.retain(|timer| !matches!(timer, Timer::SessionTimeout(_)));
}

/// Forgets the messages under review.
pub(crate) fn forget_reviews(state: &mut ServiceState) {
    state.tickets.retain_by_mutant(|pending| !matches!(pending, Pending::Group { .. }));
}
