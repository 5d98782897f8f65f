//! Mutes, likes and presence of the old family. Its creator alone mutes in a group, and individual mutes end.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::call::check::{Validated, invalid};
use crate::member::membership::Notify;
use crate::mutants::{Mutant, Mutants};
use crate::state::service::Service;
use crate::words::account::Caller;
use crate::words::id::{AppIx, GroupIx, UserIx};
use crate::words::limits::{LEGACY_MUTE_DEFAULT, LEGACY_ONLINE_USERS_MAX};
use crate::words::operation::Operation;
use crate::words::output::{Notice, NoticeTo, Output};
use crate::words::reading::{LegacyLikeTotal, LegacyMuteOperator};
use crate::words::refusal::{Fault, Refusal};
use crate::words::request::{
    BatchGetOnlineUsers, CancelMuteAllGroupUser, CancelMuteGroupUser, ListMuteGroupUser, MuteAllGroupUser,
    MuteGroupUser, SendLike,
};
use crate::words::response::{OldOnline, Reply, Response};
use crate::words::rule::Rule;
use crate::words::time::Duration;
use crate::words::tracer::Tracer;

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// The group of a call that its creator alone may make; none: the call answers that it did nothing.
    fn group_of_creator(
        &mut self,
        (app, group_id): (AppIx, &str),
        operator: Option<&str>,
        operation: Operation,
    ) -> Result<Option<GroupIx>, Refusal> {
        let rule = Rule::LegacyMuteOperatorCreator;
        let group = self.live_group(app, group_id, Rule::ErrorResourceNotExistCode)?;
        self.hit(rule);
        if self.is_named_creator(group, operator)
            || self.is_operator_taken_by_mutant(group, operator, operation)
        {
            return Ok(Some(group));
        }
        // A list has no field that could say so.
        let lists = operation == Operation::ListMuteGroupUser;
        match self.config.readings.legacy_mute_operator {
            LegacyMuteOperator::Unsuccessful if !lists => Ok(None),
            LegacyMuteOperator::Unsuccessful | LegacyMuteOperator::Refused => {
                Err(Refusal::NoAuth { operation, rule })
            }
        }
    }

    fn is_named_creator(&self, group: GroupIx, operator: Option<&str>) -> bool {
        operator == Some(&*self.state.groups[group.at()].meta.creator)
    }

    fn is_operator_taken_by_mutant(
        &self,
        group: GroupIx,
        operator: Option<&str>,
        operation: Operation,
    ) -> bool {
        let lifts = matches!(operation, Operation::CancelMuteAllGroupUser | Operation::CancelMuteGroupUser);
        let lists = operation == Operation::ListMuteGroupUser;
        let member = || {
            let app = self.state.groups[group.at()].app;
            let user = operator.and_then(|operator| self.find_user(app, operator));
            user.is_some_and(|user| self.is_member(group, user))
        };
        self.mutants.has(Mutant::OldMuteByAnyone)
            || lifts && self.mutants.has(Mutant::OldUnmuteByAnyone)
            || lists && self.mutants.has(Mutant::OldMutedListedToAnyone)
            || self.mutants.has(Mutant::OldMuteByMembers) && member()
    }

    fn check_operator(&mut self, operator: Option<&str>) -> Validated {
        let rule = Rule::LegacyMuteOperatorCreator;
        self.check_any_user(operator.unwrap_or_default(), "OperatorUserId", rule)
    }

    fn check_muted(&mut self, users: &[String], parameter: &'static str) -> Validated {
        let rule = Rule::LegacyMuteWriters;
        if users.is_empty() {
            return Err(invalid(parameter, Fault::Missing, rule));
        }
        users.iter().try_for_each(|user| self.check_any_user(user, parameter, rule))
    }

    /// How long a mute lasts.
    fn check_mute_time(&mut self, seconds: Option<i32>) -> Validated<Duration> {
        /// What a mutant takes for ever: longer than any run.
        const FOR_EVER: Duration = Duration::from_secs(1 << 32);
        self.hit(Rule::LegacyMuteDefaultDuration);
        let usual = LEGACY_MUTE_DEFAULT;
        let asked = match seconds.unwrap_or(0) {
            0 if self.mutants.has(Mutant::OldMuteZeroIsForEver) && seconds.is_some() => FOR_EVER,
            0 if self.mutants.has(Mutant::OldMuteDefaultHour) => Duration::from_secs(3_600),
            0 => usual,
            _ if self.mutants.has(Mutant::OldMuteTimeIgnored) => usual,
            seconds => match u64::try_from(seconds) {
                Ok(seconds) if self.mutants.has(Mutant::OldMuteTimeMilliseconds) => {
                    Duration::from_millis(seconds)
                }
                Ok(seconds) => Duration::from_secs(seconds),
                Err(_) => {
                    let fault = Fault::OutOfRange { given: seconds.into(), low: 0, high: i32::MAX.into() };
                    return Err(invalid("MuteTime", fault, Rule::LegacyMuteDefaultDuration));
                }
            },
        };
        Ok(if self.mutants.has(Mutant::OldMuteNeverEnds) { FOR_EVER } else { asked })
    }

    /// Notifies those whom the caller chose: nobody, some users of it, everybody in it.
    fn broadcast(&mut self, group: GroupIx, notify: Notify, concerned: &[UserIx], notice: Notice) {
        match notify {
            Notify::Nobody => {}
            Notify::Group => self.notify_group(group, notice),
            Notify::User => {
                let there =
                    |user: &&UserIx| self.is_member(group, **user) && self.session_of(**user).is_some();
                let users: Vec<UserIx> = concerned.iter().filter(there).copied().collect();
                if !users.is_empty() {
                    self.push(Output::Notice(NoticeTo::Users(group), notice, users));
                }
            }
        }
    }

    fn broadcast_mutes(&mut self, group: GroupIx, notify: Notify, concerned: &[UserIx], changed: bool) {
        if changed && notify != Notify::Nobody {
            self.broadcast(group, notify, concerned, self.mute_notice(group));
        }
    }

    /// Users of an application by name; those that nobody has seen are left out.
    fn known_users(&self, app: AppIx, names: &[String]) -> Vec<UserIx> {
        names.iter().filter_map(|name| self.find_user(app, name)).collect()
    }

    pub(crate) fn mute_group_user(&mut self, caller: &Caller, call: MuteGroupUser) -> Result<Reply, Refusal> {
        const OPERATION: Operation = Operation::MuteGroupUser;
        let operator = call.operator_user_id.as_deref();
        let checked = self
            .check_old_group_id(&call.group_id)
            .and_then(|()| self.check_operator(operator))
            .and_then(|()| self.check_muted(&call.mute_user_list, "MuteUserList"))
            .and_then(|()| self.check_mute_time(call.mute_time))
            .and_then(|lasts| Ok((lasts, self.check_broadcast(call.broadcast_type)?)));
        let ((lasts, notify), app) = self.enter(caller, OPERATION, &call.app_id, None, checked)?;
        let Some(group) = self.group_of_creator((app, &call.group_id), operator, OPERATION)? else {
            return Ok(Reply::Done(Response::OldSuccess(false)));
        };
        self.hit(Rule::LegacyMuteWriters);
        let mut names = call.mute_user_list;
        if self.mutants.has(Mutant::OldMuteFirstOnly) {
            names.truncate(1);
        }
        // Interned and not only found: a user may be muted before its first logon, and the deadline needs an index.
        let users: Vec<UserIx> = names.iter().map(|name| self.intern_user(app, name)).collect();
        // Counted from the call; a mute that is set again begins anew.
        let until = self.state.now + lasts;
        let changed = self.mute_users_until(group, &users, until);
        self.broadcast_mutes(group, notify, &users, changed);
        Ok(Reply::Done(Response::OldSuccess(true)))
    }

    pub(crate) fn cancel_mute_group_user(
        &mut self,
        caller: &Caller,
        call: CancelMuteGroupUser,
    ) -> Result<Reply, Refusal> {
        const OPERATION: Operation = Operation::CancelMuteGroupUser;
        let operator = call.operator_user_id.as_deref();
        let checked = self
            .check_old_group_id(&call.group_id)
            .and_then(|()| self.check_operator(operator))
            .and_then(|()| self.check_muted(&call.cancel_mute_user_list, "CancelMuteUserList"))
            .and_then(|()| self.check_broadcast(call.broadcast_type));
        let (notify, app) = self.enter(caller, OPERATION, &call.app_id, None, checked)?;
        let Some(group) = self.group_of_creator((app, &call.group_id), operator, OPERATION)? else {
            return Ok(Reply::Done(Response::OldSuccess(false)));
        };
        self.hit(Rule::LegacyMuteWriters);
        let changed = !self.mutants.has(Mutant::OldUnmuteIgnored)
            && self.lift_mutes(group, &call.cancel_mute_user_list);
        if self.mutants.has(Mutant::OldUnmuteLiftsAll) {
            self.set_mute_of_all(group, false);
        }
        let users = self.known_users(app, &call.cancel_mute_user_list);
        self.broadcast_mutes(group, notify, &users, changed);
        Ok(Reply::Done(Response::OldSuccess(true)))
    }

    pub(crate) fn mute_all_group_user(
        &mut self,
        caller: &Caller,
        call: MuteAllGroupUser,
    ) -> Result<Reply, Refusal> {
        let MuteAllGroupUser { app_id, group_id, operator_user_id, broadcast_type } = call;
        let asked = (app_id, group_id, operator_user_id, broadcast_type);
        self.mute_everybody(caller, Operation::MuteAllGroupUser, asked)
    }

    pub(crate) fn cancel_mute_all_group_user(
        &mut self,
        caller: &Caller,
        call: CancelMuteAllGroupUser,
    ) -> Result<Reply, Refusal> {
        let CancelMuteAllGroupUser { app_id, group_id, operator_user_id, broadcast_type } = call;
        let asked = (app_id, group_id, operator_user_id, broadcast_type);
        self.mute_everybody(caller, Operation::CancelMuteAllGroupUser, asked)
    }

    /// Mutes everybody, or lifts that mute. The user concerned is the operator, the only one whom the call names.
    fn mute_everybody(
        &mut self,
        caller: &Caller,
        operation: Operation,
        (app_id, group_id, operator, broadcast_type): (String, String, Option<String>, Option<i32>),
    ) -> Result<Reply, Refusal> {
        let operator = operator.as_deref();
        let checked = self
            .check_old_group_id(&group_id)
            .and_then(|()| self.check_operator(operator))
            .and_then(|()| self.check_broadcast(broadcast_type));
        let (notify, app) = self.enter(caller, operation, &app_id, None, checked)?;
        let Some(group) = self.group_of_creator((app, &group_id), operator, operation)? else {
            return Ok(Reply::Done(Response::OldSuccess(false)));
        };
        self.hit(Rule::LegacyMuteWriters);
        let all = operation == Operation::MuteAllGroupUser;
        let changed =
            !(all && self.mutants.has(Mutant::OldMuteAllIgnored)) && self.set_mute_of_all(group, all);
        if !all && self.mutants.has(Mutant::OldUnmuteAllLiftsUsers) {
            self.unmute_users_by_mutant(group);
        }
        let users: Vec<UserIx> =
            operator.and_then(|operator| self.find_user(app, operator)).into_iter().collect();
        self.broadcast_mutes(group, notify, &users, changed);
        Ok(Reply::Done(Response::OldSuccess(true)))
    }

    fn unmute_users_by_mutant(&mut self, group: GroupIx) {
        let muted = self.state.groups[group.at()].mutes().users();
        let names: Vec<Arc<str>> = muted.list().iter().cloned().collect();
        self.lift_mutes(group, &names);
    }

    pub(crate) fn list_mute_group_user(
        &mut self,
        caller: &Caller,
        call: ListMuteGroupUser,
    ) -> Result<Reply, Refusal> {
        const OPERATION: Operation = Operation::ListMuteGroupUser;
        let operator = call.operator_user_id.as_deref();
        let checked = self
            .check_old_group_id(&call.group_id)
            .and_then(|()| self.check_operator(operator))
            .and_then(|()| self.check_old_page(call.page_num, call.page_size, None));
        let (mut paging, app) = self.enter(caller, OPERATION, &call.app_id, None, checked)?;
        let group = self.group_of_creator((app, &call.group_id), operator, OPERATION)?;
        self.hit(Rule::LegacyMuteList);
        if self.mutants.has(Mutant::OldMutedListFirstPageOnly) {
            paging.number = 1;
        }
        let muted = group.map(|group| self.state.groups[group.at()].mutes().users());
        let mut names: Vec<Arc<str>> =
            muted.into_iter().flat_map(|muted| muted.list().iter().cloned()).collect();
        if self.mutants.has(Mutant::OldMutedListEmpty) {
            names.clear();
        }
        Ok(Reply::Done(Response::OldMuted(paging.cut(names, |name| name))))
    }

    /// How many likes a call adds.
    fn check_likes(&mut self, count: &str) -> Validated<u64> {
        const NAME: &str = "Count";
        let rule = Rule::LegacyLikeCount;
        self.check_present(count, NAME, rule)?;
        let digits = count.bytes().all(|byte| byte.is_ascii_digit());
        // So that the total of a group cannot leave what a number on the wire can hold.
        match count.parse() {
            Ok(likes) if digits && likes <= u64::from(u32::MAX) => Ok(likes),
            Ok(_) if digits => {
                let given = count.parse().unwrap_or(i64::MAX);
                Err(invalid(NAME, Fault::OutOfRange { given, low: 0, high: u32::MAX.into() }, rule))
            }
            _ => Err(invalid(NAME, Fault::Kind, rule)),
        }
    }

    pub(crate) fn send_like(&mut self, caller: &Caller, call: SendLike) -> Result<Reply, Refusal> {
        let checked = self
            .check_old_group_id(&call.group_id)
            .and_then(|()| self.check_likes(&call.count))
            .and_then(|likes| Ok((likes, self.check_broadcast(call.broadcast_type)?)));
        let ((likes, notify), app) = self.enter(caller, Operation::SendLike, &call.app_id, None, checked)?;
        let group = self.live_group(app, &call.group_id, Rule::ErrorResourceNotExistCode)?;
        self.hit(Rule::LegacyLikeCount);
        let added = if self.mutants.has(Mutant::OldLikeCountsCalls) { 1 } else { likes };
        let meta = &mut self.state.groups[group.at()].meta;
        // The total is a signed 64-bit number on the wire, and stops at its end.
        meta.likes = meta.likes.saturating_add(added).min(i64::MAX.unsigned_abs());
        let total = meta.likes;
        let operator = call.operator_user_id.and_then(|operator| self.find_user(app, &operator));
        let concerned: Vec<UserIx> = operator.into_iter().collect();
        self.broadcast(group, notify, &concerned, Notice::Likes(total));
        let answered = match self.config.readings.legacy_like_total {
            _ if self.mutants.has(Mutant::OldLikeToldAsAdded) => likes,
            LegacyLikeTotal::Total => total,
            LegacyLikeTotal::Increment => likes,
        };
        Ok(Reply::Done(Response::OldLikes(answered)))
    }

    pub(crate) fn batch_get_online_users(
        &mut self,
        caller: &Caller,
        call: BatchGetOnlineUsers,
    ) -> Result<Reply, Refusal> {
        let rule = Rule::LegacyOnlineMax;
        let checked = self.check_old_group_id(&call.group_id).and_then(|()| {
            if call.user_ids.is_empty() {
                return Err(invalid("UserIds", Fault::Missing, Rule::LegacyOnlineBatch));
            }
            self.check_named_users(&call.user_ids, LEGACY_ONLINE_USERS_MAX, "UserIds", rule)
        });
        let (names, app) = self.enter(caller, Operation::BatchGetOnlineUsers, &call.app_id, None, checked)?;
        let group = self.live_group(app, &call.group_id, Rule::ErrorResourceNotExistCode)?;
        self.hit(Rule::LegacyOnlineBatch);
        let always = self.mutants.has(Mutant::OldOnlineAlways);
        let unit = if self.mutants.has(Mutant::OldOnlineSeconds) { 1 } else { 1_000 };
        let mut users: Vec<OldOnline> = Vec::new();
        for user in names.iter().filter_map(|name| self.find_user(app, name)) {
            // Who is not in the group is left out of the answer, not shown as offline.
            let Some(slot) = self.state.users[user.at()].slot_in(group) else { continue };
            users.push(OldOnline {
                user_id: Arc::clone(self.user_id(user)),
                join_time: self.state.groups[group.at()].audience.slots()[slot.at()].joined.unix_seconds()
                    * unit,
                online: self.session_of(user).is_some() || always,
            });
        }
        Ok(Reply::Done(Response::OldOnline(users)))
    }
}
