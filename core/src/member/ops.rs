//! Server-side operations on users: kick, extension information.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::member::membership::Notify;
use crate::mutants::{Mutant, Mutants};
use crate::state::service::Service;
use crate::words::account::Caller;
use crate::words::id::GroupIx;
use crate::words::operation::Operation;
use crate::words::output::{ExitReason, Notice, NoticeTo, Output};
use crate::words::reading::{CallbackKick, UserKickAbsent};
use crate::words::refusal::{Missing, Refusal};
use crate::words::request::{KickLiveMessageGroupUser, ModifyLiveMessageUserInfo};
use crate::words::response::{Reply, Response, UserInfoFailure, UserInfoOutcome};
use crate::words::rule::Rule;
use crate::words::tracer::Tracer;

/// The sub-code of a group that is missing or deleted. Rule: `user.info.missing-group-code`
const NO_GROUP: i32 = 440;

impl<T: Tracer, D: Mutants> Service<T, D> {
    pub(crate) fn kick_live_message_group_user(
        &mut self,
        caller: &Caller,
        call: KickLiveMessageGroupUser,
    ) -> Result<Reply, Refusal> {
        let checked = self
            .check_group_id(&call.group_id)
            .and_then(|()| self.check_any_user(&call.kickoff_user, "KickoffUser", Rule::UserKickRemoves));
        let center = call.data_center.as_deref();
        let ((), app) =
            self.enter(caller, Operation::KickLiveMessageGroupUser, &call.app_id, center, checked)?;
        let group = self.live_group(app, &call.group_id, Rule::ErrorResourceNotExistCode)?;
        // Looked up and not interned: a kick of a user nobody has ever heard of must not make it known.
        let member = self
            .find_user(app, &call.kickoff_user)
            .filter(|user| self.state.users[user.at()].slot_in(group).is_some());
        self.hit(Rule::UserKickRemoves);
        let Some(user) = member else {
            return match self.config.readings.user_kick_absent {
                UserKickAbsent::Succeeds => Ok(Reply::Done(Response::Empty)),
                UserKickAbsent::Refused => {
                    Err(Refusal::NotExist { what: Missing::User, rule: Rule::UserKickRemoves })
                }
            };
        };
        if !self.mutants.has(Mutant::KickUntold) {
            self.hit(Rule::MembershipNoticeKinds);
            // Notified before it is taken out, while it is still a member; the others learn of it by the leave that
            // follows.
            let notice = Notice::Exit(ExitReason::Kicked);
            self.push(Output::Notice(NoticeTo::Users(group), notice, alloc::vec![user]));
        }
        if !self.mutants.has(Mutant::KickKeepsMember) {
            let absent = self.mutants.has(Mutant::AbsentKickKeepsSeat) && self.is_link_lost(user);
            if absent {
                self.state.users[user.at()].lose(group);
            } else {
                self.remove_member(user, group, Notify::Group);
            }
            // Its link may be down: it is notified when it is back.
            self.note_exit(user, group, ExitReason::Kicked);
        }
        self.drop_reviews_by_mutant(user, group);
        if let Some(session) = self.session_of(user)
            && self.config.readings.callback_kick == CallbackKick::Leave
        {
            self.call_back_membership(session, group, false);
        }
        Ok(Reply::Done(Response::Empty))
    }

    pub(crate) fn modify_live_message_user_info(
        &mut self,
        caller: &Caller,
        call: ModifyLiveMessageUserInfo,
    ) -> Result<Reply, Refusal> {
        let info = call.user_meta_info.as_deref().unwrap_or_default();
        let checked = self
            .check_any_user(&call.user_id, "UserId", Rule::UserInfoPerGroup)
            .and_then(|()| self.check_user_info(info, "UserMetaInfo", Rule::UserInfoBytes));
        let center = call.data_center.as_deref();
        let ((), app) =
            self.enter(caller, Operation::ModifyLiveMessageUserInfo, &call.app_id, center, checked)?;
        let outcome = UserInfoOutcome { succeeded: Vec::new(), failed: Vec::new() };
        // A user whom a send merely named is none whom information could reach.
        let known = self.find_user(app, &call.user_id).filter(|user| {
            let user = &self.state.users[user.at()];
            user.logons() > 0 || !user.memberships().is_empty()
        });
        let Some(at) = known else {
            self.hit(Rule::UserInfoMissingSucceeds);
            if self.mutants.has(Mutant::UserInfoMissingMakes) {
                let made = self.intern_user(app, &call.user_id);
                self.state.users[made.at()].info = info.into();
            }
            if self.mutants.has(Mutant::UserInfoMissingRefused) {
                let rule = Rule::UserInfoMissingSucceeds;
                return Err(Refusal::NotExist { what: Missing::User, rule });
            }
            return Ok(Reply::Done(Response::UserInfo(outcome)));
        };
        self.hit(Rule::UserInfoListed);
        if !self.mutants.has(Mutant::UserInfoKept) && !self.is_info_ignored_by_mutant(info) {
            self.state.users[at.at()].info = info.into();
            self.inform_everywhere_by_mutant(&call.user_id, info);
        }
        self.hit(Rule::UserInfoPerGroup);
        let user = &self.state.users[at.at()];
        let shown = usize::from(!self.mutants.has(Mutant::UserInfoGroupsUntold)) * self.groups_of(at).count();
        let reached = self.groups_of(at).take(shown).chain(self.removed_from_by_mutant(at));
        let succeeded = reached.map(|group| Arc::clone(self.group_id(group))).collect();
        let gone = |group: &GroupIx| {
            !self.state.groups[group.at()].is_live() || self.mutants.has(Mutant::UserInfoFailsForRestored)
        };
        // A group that the user was in when it was deleted fails with a sub-code of its own; being removed is no
        // failure.
        let failed: Vec<UserInfoFailure> = user
            .ended
            .list()
            .iter()
            .filter(|ended| ended.reason == ExitReason::GroupDeleted)
            .map(|ended| ended.group)
            .filter(gone)
            .map(|group| UserInfoFailure {
                group_id: Arc::clone(self.group_id(group)),
                code: if self.mutants.has(Mutant::UserInfoCodeOther) { 404 } else { NO_GROUP },
                reason: Arc::from("the group does not exist or is deleted"),
            })
            .collect();
        if !failed.is_empty() {
            self.hit(Rule::UserInfoMissingGroupCode);
        }
        Ok(Reply::Done(Response::UserInfo(UserInfoOutcome { succeeded, failed })))
    }
}
