//! What only deliberate defects ask of the state: a sound service calls none of it.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::app::callback::Happened;
use crate::group::ops_old::GROUP_ID_CHARS;
use crate::mutants::{Defects, Mutation};
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

impl<T: Tracer, D: Defects> Service<T, D> {
    /// Whether the group, a supergroup then, was told of its members less than an interval ago.
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
        let purged = |group: &Group| group.app == app && matches!(group.standing, GroupStanding::Purged);
        self.state.groups.iter().any(purged)
    }

    /// Whether a defect lets the members of a supergroup be listed.
    pub(crate) fn supergroup_listed_by_defect(&self, group: GroupIx) -> bool {
        let audience = &self.state.groups[group.at()].audience;
        let nobody_left = audience.joins() == u64::from(audience.count());
        self.defects.has(Mutation::SupergroupListed)
            || (nobody_left && self.defects.has(Mutation::UpgradeKeepsList))
    }

    /// Whether all groups of the application together have used up what one group may deliver in this second.
    pub(crate) fn is_budget_used_by_all(&self, group: GroupIx, terms: &ShaperTerms) -> bool {
        let app = &self.state.apps[self.state.groups[group.at()].app.at()];
        let delivered = |group: &GroupIx| self.state.groups[group.at()].shaper.delivered_in(self.state.now);
        app.groups.iter().map(delivered).sum::<u32>() >= terms.budget
    }

    /// Whether all groups of other applications together have used up what one group may deliver in this second.
    pub(crate) fn is_budget_used_by_strangers(&self, group: GroupIx, terms: &ShaperTerms) -> bool {
        let app = self.state.groups[group.at()].app;
        let strangers = self.state.groups.iter().filter(|other| other.app != app);
        strangers.map(|other| other.shaper.delivered_in(self.state.now)).sum::<u32>() >= terms.budget
    }
    /// Whether a group was deleted more than the window of its messages ago.
    pub(crate) fn deleted_for_a_week(&self, group: GroupIx) -> bool {
        match self.state.groups[group.at()].standing {
            GroupStanding::Deleted { at, .. } => self.state.now.since(at) > GROUP_DELETED_MESSAGES_WINDOW,
            GroupStanding::Live | GroupStanding::Purged => false,
        }
    }

    /// The level that a defect takes a suggested weight for.
    pub(crate) fn level_by_defect(&self, weight: i64) -> Option<Priority> {
        if self.defects.has(Mutation::WeightGiftMedium) && weight == WEIGHT_HIGH {
            return Some(Priority::Medium);
        }
        let lower = self.defects.has(Mutation::WeightCommentNormal) && weight == WEIGHT_MEDIUM;
        lower.then_some(Priority::Normal)
    }

    /// Whether a user is staff of some group, where that is enough by a defect.
    pub(crate) fn is_staff_anywhere_by_defect(&self, user: UserIx) -> bool {
        self.defects.has(Mutation::StaffOfAnyGroup)
            && self.groups().any(|group| {
                let meta = &self.state.groups[group.at()].meta;
                let id = self.user_id(user);
                meta.creator == *id || meta.admins.contains(id)
            })
    }

    /// Whether the service has the defect that breaks this rule.
    pub(crate) fn broken_by(&self, defects: &[(Rule, Mutation)], rule: Rule) -> bool {
        defects.iter().any(|(broken, defect)| *broken == rule && self.defects.has(*defect))
    }

    /// Whether a defect keeps a join or a leave from the back end.
    pub(crate) fn leave_untold_by_defect(&self, joined: bool) -> bool {
        (!joined && self.defects.has(Mutation::CallbackLeaveMissing))
            || (joined && self.defects.has(Mutation::CallbackJoinMissing))
    }

    /// Whether a defect calls an application back that has no address.
    pub(crate) fn calls_back_by_defect(&self, app: &App, happened: Happened) -> bool {
        let cleared = app.modified > app.created;
        self.defects.has(Mutation::CallbackWithoutUrl)
            || (cleared && self.defects.has(Mutation::CallbackAfterClear))
            || match happened {
                Happened::Arrival => false,
                Happened::Join => !cleared && self.defects.has(Mutation::CallbackJoinsByDefault),
                Happened::End => {
                    (cleared && self.defects.has(Mutation::CallbackEndsAfterClear))
                        || self.defects.has(Mutation::CallbackEndsWithoutUrl)
                }
            }
    }

    /// Whether a defect lets a muted user talk.
    pub(crate) fn may_talk_by_defect(&self, user: UserIx, all: bool) -> bool {
        let elsewhere = self.state.users[user.at()].session().is_some_and(|live| live.device > 0);
        let second = !all && elsewhere && self.defects.has(Mutation::MutedTalksOnSecondDevice);
        second || self.defects.has(Mutation::MutedMayTalk)
    }

    /// A statement about an account's resources, about those of any where a defect takes it so.
    pub(crate) fn of_any_account_by_defect(&self, statement: &Statement) -> Option<Statement> {
        let widen = |resource: &String| {
            let parts = resource.split(':').enumerate();
            parts.map(|(at, part)| if at == 3 { "*" } else { part }).collect::<Vec<_>>().join(":")
        };
        self.defects.has(Mutation::PolicyAccountIgnored).then(|| Statement {
            resources: statement.resources.iter().map(widen).collect(),
            ..statement.clone()
        })
    }

    /// The refusal that a defect tells before others.
    pub(crate) fn refusal_by_defect(&self, refusals: &[Option<Refusal>]) -> Option<Refusal> {
        let mut told = refusals.iter().flatten().copied();
        if self.defects.has(Mutation::PrecedenceExistenceFirst) {
            told.find(|refusal| refusal.code() == ErrorCode::ResourceNotExist)
        } else if self.defects.has(Mutation::PrecedencePermissionFirst) {
            told.find(|refusal| refusal.code() == ErrorCode::NoAuth)
        } else if self.defects.has(Mutation::PrecedenceRateLast) {
            told.filter(|refusal| refusal.code() != ErrorCode::Throttling).min()
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

    /// Whom a defect leaves to be told of a group's end.
    pub(crate) fn told_of_end(&self, group: GroupIx, users: Vec<UserIx>) -> Vec<UserIx> {
        if !self.defects.has(Mutation::DeletionUntoldToStaff) {
            return users;
        }
        let meta = &self.state.groups[group.at()].meta;
        let is_staff = |user: &UserIx| {
            let id = self.user_id(*user);
            meta.creator == *id || meta.admins.contains(id)
        };
        users.into_iter().filter(|user| !is_staff(user)).collect()
    }

    /// Whether a defect leaves everybody in a group that is deleted.
    pub(crate) fn keeps_members_by_defect(&self, group: GroupIx) -> bool {
        let audience = &self.state.groups[group.at()].audience;
        self.defects.has(Mutation::DeletionKeepsMembers)
            || (self.defects.has(Mutation::DeletionKeepsAllForOne)
                && audience.users().iter().any(|user| self.is_link_lost(*user)))
    }

    /// A place among the accounts that no account has.
    pub(crate) const fn account_of_its_own(&self, account: usize) -> usize {
        account + self.config.accounts.len()
    }

    /// Whether a defect keeps a logoff from the back end.
    pub(crate) fn is_logoff_untold_by_defect(&self, session: SessionId, reason: LogoffReason) -> bool {
        (reason == LogoffReason::OtherDevice
            && self.defects.has(Mutation::SecondDeviceOverLostLinkUntold)
            && self.is_link_lost(session.user))
            || (reason == LogoffReason::Timeout && self.defects.has(Mutation::CallbackTimeoutUntold))
    }

    /// Whether a defect keeps the end of a group from a client that is back.
    pub(crate) fn is_exit_untold_by_defect(&self, reason: ExitReason) -> bool {
        self.defects.has(match reason {
            ExitReason::GroupDeleted => Mutation::DeletionOnReturnUntold,
            ExitReason::Kicked => Mutation::KickOnReturnUntold,
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

    /// Whether a defect refuses the recall of a message that is not there.
    pub(crate) fn is_recall_refused_by_defect(&self, found: bool) -> bool {
        !found && self.defects.has(Mutation::RecallMissingRefused)
    }

    /// Whether a defect takes whatever stands for an ID.
    pub(crate) fn is_unchecked_by_defect(&self, id: &str, defect: Mutation) -> bool {
        !id.is_empty() && self.defects.has(defect)
    }

    /// Whether a defect keeps a leave from the members.
    pub(crate) fn is_leave_missing_by_defect(&self, joined: bool) -> bool {
        !joined && self.defects.has(Mutation::LeaveNoticeMissing)
    }

    /// Takes a group out of its application's list, so that another takes its ID.
    pub(crate) fn forget_deleted_group(&mut self, app: AppIx, group: GroupIx) {
        self.state.apps[app.at()].groups.retain(|other| *other != group);
    }

    /// Keeps a message that was shed.
    pub(crate) fn keep_although_shed(&mut self, group: GroupIx, draft: &Draft) {
        let of_clients = |defect| draft.origin == Origin::Client && self.defects.has(defect);
        let high = |defect| draft.level > Priority::Normal && self.defects.has(defect);
        let stored = self.defects.has(Mutation::ShedStored)
            || of_clients(Mutation::ShedStoredOfClients)
            || high(Mutation::ShedStoredAboveNormal);
        let cached = self.defects.has(Mutation::ShedCached)
            || of_clients(Mutation::ShedCachedOfClients)
            || high(Mutation::ShedCachedAboveNormal);
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
    state.pending.retain(|_, pending| !matches!(pending, Pending::Group { .. }));
}
