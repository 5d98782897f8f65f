//! Operations of the old family on groups: the service chooses their IDs, and the back end puts users in them.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::call::check::{Validated, at_most, invalid};
use crate::call::enter::no_group;
use crate::group::lifecycle::NewGroup;
use crate::member::membership::Notify;
use crate::mutants::{Mutant, Mutants};
use crate::state::audience::Member;
use crate::state::secret::SecretPurpose;
use crate::state::service::Service;
use crate::words::account::Caller;
use crate::words::id::{AppIx, GroupIx, SessionId, UserIx};
use crate::words::limits::LEGACY_CREATOR_CHARS_MAX;
use crate::words::operation::Operation;
use crate::words::output::Notice;
use crate::words::refusal::{Fault, Refusal};
use crate::words::request::{
    CreateMessageGroup, GetMessageGroup, JoinMessageGroup, LeaveMessageGroup, ListMessageGroup,
    ListMessageGroupUser, ListMessageGroupUserById, UpdateMessageGroup,
};
use crate::words::response::{
    OldGroup, OldGroupCreated, OldMember, OldMemberDetail, OldPage, Reply, Response,
};
use crate::words::rule::Rule;
use crate::words::tracer::Tracer;

/// Characters of a group ID that the service makes.
pub(crate) const GROUP_ID_CHARS: usize = 20;

impl<T: Tracer, D: Mutants> Service<T, D> {
    pub(crate) fn create_message_group(
        &mut self,
        caller: &Caller,
        call: CreateMessageGroup,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_old_creator(&call.creator_id);
        let ((), app) = self.enter(caller, Operation::CreateMessageGroup, &call.app_id, None, checked)?;
        self.hit(Rule::LegacyGroupServerId);
        let (mut id, draws) = self.fresh_group_id(app);
        if self.mutants.has(Mutant::OldGroupIdOfCreator) {
            id = Arc::from(&*call.creator_id);
        }
        let empty: Arc<str> = Arc::default();
        let new = NewGroup {
            id,
            name: Arc::clone(&empty),
            info: empty,
            creator: call.creator_id.into(),
            admins: Vec::new(),
        };
        let (group, _) = self.create_group(app, new)?;
        self.state.sequences.use_group_ids(draws);
        let extension = call.extension.unwrap_or_default();
        let meta = &mut self.state.groups[group.at()].meta;
        meta.old_extension.clone_from(&extension);
        let group_id = Arc::clone(&meta.group_id);
        Ok(Reply::Done(Response::OldGroupCreated(OldGroupCreated { group_id, extension })))
    }

    /// A group ID that nobody has, and how many were drawn once it is used.
    pub(super) fn fresh_group_id(&self, app: AppIx) -> (Arc<str>, u64) {
        let scope = self.group_scope(app);
        let mut drawn = self.state.sequences.group_ids();
        if self.mutants.has(Mutant::OldGroupIdRepeats) {
            return self.repeated_group_id(drawn);
        }
        loop {
            let id = self.state.secrets.text(SecretPurpose::GroupId, drawn, GROUP_ID_CHARS);
            drawn += 1;
            if self.state.group_names.find(scope, &id).is_none() {
                return (id, drawn);
            }
        }
    }

    fn check_old_creator(&mut self, creator: &str) -> Validated {
        const NAME: &str = "CreatorId";
        let rule = Rule::LegacyCreatorFormat;
        self.hit(rule);
        if creator.is_empty() {
            return Err(invalid(NAME, Fault::Missing, rule));
        }
        let others = self.user_id_others();
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || others.contains(&byte);
        if self.is_misspelt(rule, creator, legal) {
            return Err(invalid(NAME, Fault::Charset, rule));
        }
        at_most(creator.len(), self.most(rule, LEGACY_CREATOR_CHARS_MAX), NAME, rule)
    }

    pub(crate) fn get_message_group(
        &mut self,
        caller: &Caller,
        call: GetMessageGroup,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_old_group_id(&call.group_id);
        let ((), app) = self.enter(caller, Operation::GetMessageGroup, &call.app_id, None, checked)?;
        let group = self.live_group(app, &call.group_id, Rule::ErrorResourceNotExistCode)?;
        self.hit(Rule::LegacyStatusNormal);
        Ok(Reply::Done(Response::OldGroup(self.old_group_view(group))))
    }

    fn old_group_view(&self, group: GroupIx) -> OldGroup {
        let record = &self.state.groups[group.at()];
        let meta = &record.meta;
        OldGroup {
            app_id: Arc::clone(&self.state.apps[record.app.at()].id),
            group_id: Arc::clone(&meta.group_id),
            creator_id: Arc::clone(&meta.creator),
            create_time: meta.created,
            // Kept beside the facts and not in them: clients of the newer family are never shown it.
            extension: meta.old_extension.clone(),
            is_mute_all: record.mutes().all(),
            status: 1,
        }
    }

    pub(crate) fn update_message_group(
        &mut self,
        caller: &Caller,
        call: UpdateMessageGroup,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_old_group_id(&call.group_id);
        let ((), app) = self.enter(caller, Operation::UpdateMessageGroup, &call.app_id, None, checked)?;
        let group = self.live_group(app, &call.group_id, Rule::ErrorResourceNotExistCode)?;
        if let Some(extension) = call.extension {
            self.state.groups[group.at()].meta.old_extension = extension;
        }
        Ok(Reply::Done(Response::OldSuccess(true)))
    }

    pub(crate) fn list_message_group(
        &mut self,
        caller: &Caller,
        call: ListMessageGroup,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_old_page(call.page_num, call.page_size, call.sort_type);
        let (paging, app) = self.enter(caller, Operation::ListMessageGroup, &call.app_id, None, checked)?;
        let found: Vec<GroupIx> = match call.user_id.as_deref().filter(|user| !user.is_empty()) {
            None => self.state.apps[app.at()].groups.clone(),
            Some(user) => {
                let user = self.find_user(app, user).map(|user| &self.state.users[user.at()]);
                user.map(|user| user.memberships().iter().map(|(group, _)| *group).collect())
                    .unwrap_or_default()
            }
        };
        let mut live: Vec<GroupIx> =
            found.into_iter().filter(|group| self.state.groups[group.at()].is_live()).collect();
        live.sort_unstable_by_key(|group| self.state.groups[group.at()].meta.serial);
        Ok(Reply::Done(Response::OldGroups(paging.cut(live, |group| self.old_group_view(group)))))
    }

    pub(crate) fn list_message_group_user(
        &mut self,
        caller: &Caller,
        call: ListMessageGroupUser,
    ) -> Result<Reply, Refusal> {
        let checked = self
            .check_old_group_id(&call.group_id)
            .and_then(|()| self.check_old_page(call.page_num, call.page_size, call.sort_type));
        let (paging, app) =
            self.enter(caller, Operation::ListMessageGroupUser, &call.app_id, None, checked)?;
        let group = self.live_group(app, &call.group_id, Rule::ErrorResourceNotExistCode)?;
        let record = &self.state.groups[group.at()];
        if record.is_supergroup() {
            let total = record.audience.count();
            self.hit(Rule::SupergroupListUnavailable);
            if !self.mutants.has(Mutant::SupergroupListedToOld) {
                let nobody = OldPage { items: Vec::new(), has_more: false, total };
                return Ok(Reply::Done(Response::OldMembers(nobody)));
            }
        }
        let record = &self.state.groups[group.at()];
        let show = |member: Member| OldMember {
            user_id: Arc::clone(self.user_id(member.user)),
            join_time: member.joined.unix_seconds(),
        };
        Ok(Reply::Done(Response::OldMembers(paging.cut(record.audience.by_joining(), show))))
    }

    pub(crate) fn list_message_group_user_by_id(
        &mut self,
        caller: &Caller,
        call: ListMessageGroupUserById,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_old_group_id(&call.group_id).and_then(|()| {
            if call.user_id_list.is_empty() {
                return Err(invalid("UserIdList", Fault::Missing, Rule::LegacyMuteBy));
            }
            Ok(())
        });
        let ((), app) =
            self.enter(caller, Operation::ListMessageGroupUserById, &call.app_id, None, checked)?;
        let group = self.live_group(app, &call.group_id, Rule::ErrorResourceNotExistCode)?;
        self.hit(Rule::LegacyMuteBy);
        // Users who are not in the group are left out of the answer.
        let is_member = |user: &UserIx| self.state.users[user.at()].slot_in(group).is_some();
        let items: Vec<OldMemberDetail> = call
            .user_id_list
            .iter()
            .filter_map(|id| self.find_user(app, id).filter(is_member))
            .map(|user| self.old_member_detail(group, user))
            .collect();
        let total = u32::try_from(items.len()).expect("fewer than 2^32 users");
        Ok(Reply::Done(Response::OldMembersById(OldPage { items, has_more: false, total })))
    }

    fn old_member_detail(&self, group: GroupIx, user: UserIx) -> OldMemberDetail {
        let user_id = Arc::clone(self.user_id(user));
        let mutes = self.state.groups[group.at()].mutes();
        let excepted =
            mutes.except().contains(&user_id) && !self.mutants.has(Mutant::OldMuteByForgetsExceptions);
        let muted_by_group = mutes.all() && !excepted && !self.mutants.has(Mutant::OldMuteByHidesGroup);
        let muted_by_user = mutes.users().contains(&user_id) && !self.mutants.has(Mutant::OldMuteByHidesUser);
        OldMemberDetail {
            user_id,
            user_extension: self.user_info(user).to_shared(),
            is_mute: muted_by_group || muted_by_user,
            muted_by_group,
            muted_by_user,
        }
    }

    /// Who is notified of a call of the old family: 0 nobody, 1 the user concerned, 2 the group.
    pub(super) fn check_broadcast(&mut self, kind: Option<i32>) -> Validated<Notify> {
        self.hit(Rule::LegacyBroadcastTypes);
        match kind.unwrap_or(0) {
            0 if self.mutants.has(Mutant::OldBroadcastAlways) => Ok(Notify::Group),
            0 => Ok(Notify::Nobody),
            1 if self.mutants.has(Mutant::OldBroadcastUserTellsGroup) => Ok(Notify::Group),
            1 => Ok(Notify::User),
            2 if self.mutants.has(Mutant::OldBroadcastGroupTellsUser) => Ok(Notify::User),
            2 => Ok(Notify::Group),
            _ if self.mutants.has(Mutant::OldBroadcastAnyKind) => Ok(Notify::Nobody),
            _ => Err(invalid("BroadCastType", Fault::NotAllowed, Rule::LegacyBroadcastTypes)),
        }
    }

    pub(crate) fn join_message_group(
        &mut self,
        caller: &Caller,
        call: JoinMessageGroup,
    ) -> Result<Reply, Refusal> {
        let checked = self
            .check_old_group_id(&call.group_id)
            .and_then(|()| self.check_old_user(&call.user_id))
            .and_then(|()| self.check_broadcast(call.broadcast_type));
        let (notify, app) = self.enter(caller, Operation::JoinMessageGroup, &call.app_id, None, checked)?;
        let group = match self.live_group(app, &call.group_id, Rule::LegacyJoinGroupExists) {
            Err(_) if self.is_old_join_taken_by_mutant(app, &call.group_id) => {
                return Ok(Reply::Done(Response::OldSuccess(true)));
            }
            found => found?,
        };
        if self.is_shut(group) {
            self.hit(Rule::SupergroupReopenNormal);
            return Err(no_group(Rule::SupergroupReopenNormal));
        }
        self.hit(Rule::LegacyJoinServerSide);
        self.hit(Rule::CallbackSourceClientActions);
        // The back end puts users in groups before they ever log on: that makes them known.
        let user = self.intern_user(app, &call.user_id);
        if self.mutants.has(Mutant::CallbackOnServerJoin) {
            let generation = self.state.users[user.at()].logons();
            self.call_back_membership(SessionId { user, generation }, group, true);
        }
        if !self.mutants.has(Mutant::OldJoinIgnored) {
            self.add_member(user, group, notify);
        }
        self.broadcast_statistics(group, call.broadcast_statistics);
        Ok(Reply::Done(Response::OldSuccess(true)))
    }

    pub(crate) fn leave_message_group(
        &mut self,
        caller: &Caller,
        call: LeaveMessageGroup,
    ) -> Result<Reply, Refusal> {
        let checked = self
            .check_old_group_id(&call.group_id)
            .and_then(|()| self.check_any_user(&call.user_id, "UserId", Rule::LegacyJoinServerSide))
            .and_then(|()| self.check_broadcast(call.broadcast_type));
        let (notify, app) = self.enter(caller, Operation::LeaveMessageGroup, &call.app_id, None, checked)?;
        let group = self.live_group(app, &call.group_id, Rule::LegacyJoinGroupExists)?;
        self.hit(Rule::LegacyJoinServerSide);
        let user = self.find_user(app, &call.user_id);
        let left = user.is_some_and(|user| self.remove_member_at_request(user, group, notify));
        if left && !self.mutants.has(Mutant::OldLeaveStatisticsUntold) {
            self.broadcast_statistics(group, call.broadcast_statistics);
        }
        Ok(Reply::Done(Response::OldSuccess(left)))
    }

    fn broadcast_statistics(&mut self, group: GroupIx, wanted: Option<bool>) {
        if wanted != Some(true) {
            return;
        }
        self.hit(Rule::LegacyBroadcastStatistics);
        if self.mutants.has(Mutant::OldStatisticsUntold) {
            return;
        }
        let counters = self.counters(group);
        let notice = Notice::Statistics { online: counters.online_user_counts, joins: counters.total_times };
        self.notify_group(group, notice);
    }
}
