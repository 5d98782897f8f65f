//! Invariants: they hold between calls, whatever was called.

mod messages;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::mutants::Mutants;
use crate::service::drive::Violation;
use crate::state::group::{Group, GroupActivity};
use crate::state::notices::NAMES_MAX;
use crate::state::service::Service;
use crate::state::user::User;
use crate::words::id::{AppIx, GroupIx, MemberSlot, UserIx};
use crate::words::reading::{AppDisabled, SupergroupNoticeNames};
use crate::words::rule::Rule;
use crate::words::tracer::Tracer;

type InvariantResult = Result<(), Violation>;

fn hold(condition: bool, rule: Option<Rule>, what: impl FnOnce() -> String) -> InvariantResult {
    if condition { Ok(()) } else { Err(Violation { rule, what: what() }) }
}

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Checks everything that must hold between calls. O(state).
    ///
    /// # Errors
    /// The first violation found.
    pub fn check_invariants(&self) -> Result<(), Violation> {
        let state = &self.state;
        hold(state.users.len() == state.user_names.len(), None, || "a user without a name".into())?;
        hold(state.groups.len() == state.group_names.len(), None, || "a group without a name".into())?;
        hold(state.apps.len() == state.app_names.len(), None, || "an application without a name".into())?;
        for (at, group) in state.groups.iter().enumerate() {
            self.check_group(GroupIx::from_at(at), group)?;
            self.check_messages(GroupIx::from_at(at), group)?;
        }
        for (at, user) in state.users.iter().enumerate() {
            self.check_user(UserIx::from_at(at), user)?;
        }
        for at in 0..state.apps.len() {
            self.check_app(AppIx::from_at(at))?;
        }
        self.check_pending()
    }

    fn check_group(&self, at: GroupIx, group: &Group) -> InvariantResult {
        let count = group.audience.count();
        let mut taken = 0;
        for (slot, member) in group.audience.slots().iter().enumerate() {
            if !member.is_taken() {
                continue;
            }
            taken += 1;
            let known = self.state.users[member.user.at()].slot_in(at);
            hold(known == Some(MemberSlot::from_at(slot)), Some(Rule::MembershipLeaveEndsDelivery), || {
                format!("group {} has user {} in slot {slot}, the user knows {known:?}", at.0, member.user.0)
            })?;
        }
        hold(taken == count, Some(Rule::StatisticsOnlineCount), || {
            format!("group {} counts {count} members and has {taken}", at.0)
        })?;
        // The free list is walked and not trusted: a slot in it twice would be given to two members.
        let (slots, free) = (group.audience.slots().len(), free_slots(group));
        hold(free.is_some_and(|free| free + count as usize == slots), None, || {
            format!(
                "group {} has {slots} slots, of which {count} are taken, and knows {free:?} to be free",
                at.0
            )
        })?;
        let mutes = group.mutes();
        hold(group.may_mute() || !mutes.any(), Some(Rule::MuteSendBlocked), || {
            format!("group {} mutes somebody and does not know it", at.0)
        })?;
        let stray = mutes.ends().keys().find(|user| !mutes.users().contains(user));
        hold(stray.is_none(), Some(Rule::LegacyMuteDefaultDuration), || {
            format!("group {} is to unmute {stray:?}, who is not muted", at.0)
        })?;
        hold(
            group.is_live() || count == 0 || self.is_dismissing(at),
            Some(Rule::DeletionGroupSessionOver),
            || format!("group {} is deleted and has {count} members", at.0),
        )?;
        let bound = self.config.limits.group_members_max;
        match group.activity() {
            GroupActivity::Closed { .. } => {
                hold(count == 0 || self.is_dismissing(at), Some(Rule::SupergroupEmptyShutsDown), || {
                    format!("group {} is closed and has {count} members", at.0)
                })
            }
            GroupActivity::Open { supergroup } => {
                hold(count > 0, Some(Rule::SupergroupEmptyShutsDown), || {
                    format!("group {} is open and has no members", at.0)
                })?;
                hold(supergroup || count <= bound, Some(Rule::SupergroupThresholdMembers), || {
                    format!("group {} is normal and has {count} members, bound {bound}", at.0)
                })?;
                let listed = group.notices.kept();
                let named = self.config.readings.supergroup_notice_names == SupergroupNoticeNames::Some;
                // One more than is ever named: the notice leaves one out.
                let most = if named { NAMES_MAX + 1 } else { 0 };
                hold(!supergroup || listed <= most, Some(Rule::SupergroupUpgradeClearsList), || {
                    format!("supergroup {} remembers who came and went", at.0)
                })
            }
        }
    }

    fn check_user(&self, at: UserIx, user: &User) -> InvariantResult {
        hold(user.memberships().is_sorted_by(|(a, _), (b, _)| a < b), None, || {
            format!("the memberships of user {} are out of order", at.0)
        })?;
        for (group, slot) in user.memberships() {
            let record = &self.state.groups[group.at()];
            let taken = record.audience.slots().get(slot.at()).is_some_and(|member| member.user == at);
            hold(taken && record.app == user.app, Some(Rule::MembershipLeaveEndsDelivery), || {
                format!("user {} is said to have slot {} of group {}", at.0, slot.0, group.0)
            })?;
        }
        hold(user.session().is_none() || user.logons() > 0, None, || {
            format!("user {} has a session and never logged on", at.0)
        })?;
        let app = &self.state.apps[user.app.at()];
        let disabled =
            app.availability.is_disabled() && self.config.readings.app_disabled != AppDisabled::Logons;
        // While sessions are being ended slice by slice some are still there, by design.
        let shut = (app.deleted || disabled) && !app.availability.is_ending();
        hold(user.session().is_none() || !shut, Some(Rule::AppDisableRefusesUse), || {
            format!("user {} is logged on to an application that is disabled or deleted", at.0)
        })
    }

    fn check_app(&self, at: AppIx) -> InvariantResult {
        let app = &self.state.apps[at.at()];
        let (account, accounts) = (app.account.0, self.config.accounts.len());
        hold((account as usize) < accounts, None, || {
            format!("application {} belongs to account {account} of {accounts}", at.0)
        })?;
        let groups: Vec<&Group> = app.groups.iter().map(|group| &self.state.groups[group.at()]).collect();
        hold(groups.is_sorted_by(|a, b| a.meta.serial < b.meta.serial), Some(Rule::ListGroupsSort), || {
            format!("the groups of application {} are out of order", at.0)
        })?;
        hold(groups.iter().all(|group| group.app == at), Some(Rule::AppScopeSeparates), || {
            format!("application {} lists another's group", at.0)
        })?;
        hold(groups.iter().all(|group| !group.is_purged()), Some(Rule::DeletionWindowPurge), || {
            format!("application {} lists a purged group", at.0)
        })?;
        let live = groups.iter().filter(|group| group.is_live()).count();
        hold(live == app.live_groups as usize, Some(Rule::QuotaGroupsExcludesDeleted), || {
            format!("application {} counts {} live groups and has {live}", at.0, app.live_groups)
        })
    }
}

/// How many slots of a group are found to be free, each by the one freed after it; none when that leads to a slot that is taken, or nowhere.
fn free_slots(group: &Group) -> Option<usize> {
    let slots = group.audience.slots();
    let mut next = u64::from(group.audience.first_free());
    let mut free = 0;
    // At most as often as there are slots: a chain that runs in a circle must end the check, not hang it.
    for _ in slots {
        let Some(at) = next.checked_sub(1) else { break };
        let slot = usize::try_from(at).ok().and_then(|at| slots.get(at)).filter(|slot| !slot.is_taken())?;
        next = slot.order;
        free += 1;
    }
    (next == 0).then_some(free)
}
