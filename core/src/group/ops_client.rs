//! Requests of clients, in one table; and those about groups and mutes, and logging off.
//!
//! The role `admin` creates and closes groups. Creator and administrators of a group mute, and see its mutes and
//! users; for information and lists the role `admin` is enough.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::group::lifecycle::{Creation, NewGroup};
use crate::member::membership::Notify;
use crate::member::session::Occasion;
use crate::mutants::{Mutant, Mutants};
use crate::state::group::GroupStanding;
use crate::state::history::Query;
use crate::state::service::Service;
use crate::words::client::{ClientAnswer, ClientReply, ClientRequest};
use crate::words::id::{AppIx, GroupIx, GroupKey, SessionId, UserIx};
use crate::words::limits::MUTE_USERS_MAX;
use crate::words::output::{LogoffReason, Output};
use crate::words::reading::{
    GroupClientRights, GroupCloseRights, ListPageRange, MuteEmptyList, SupergroupListAnswer,
};
use crate::words::refusal::ClientRefusal;
use crate::words::roll::Roll;
use crate::words::rule::Rule;
use crate::words::tracer::Tracer;

/// Most users on a page that a client lists.
const CLIENT_PAGE_MAX: u32 = 50;

/// For each right of staff, the mutant that gives it to everybody.
const RIGHTS_MUTANTS: &[(Rule, Mutant)] = &[
    (Rule::GroupModifyClientRights, Mutant::AnyoneModifies),
    (Rule::ListMessagesClientRights, Mutant::AnyoneListsMessages),
    (Rule::ListUsersClientRights, Mutant::AnyoneListsUsers),
    (Rule::MuteListClientRights, Mutant::AnyoneListsMutes),
];

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Does what a client asks, if its session lives and its link is up.
    pub(crate) fn client(&mut self, session: SessionId, request: ClientRequest) -> ClientAnswer {
        // Asked once for all requests: no client acts over a link that is down, whatever it asks.
        let live = self.live_session(session).filter(|live| live.is_up());
        let role_admin = live.ok_or(ClientRefusal::NoSession)?.admin;
        let user = session.user;
        match request {
            ClientRequest::Acknowledge(ticket) => self.client_acknowledge(session, ticket),
            ClientRequest::CancelMuteAll(key) => self.client_unmute_all(user, &key),
            ClientRequest::CancelMuteUsers(key, users) => self.client_unmute_users(user, &key, &users),
            ClientRequest::CloseGroup(key) => self.client_close_group(user, role_admin, &key),
            ClientRequest::CreateGroup { group_id, name, info } => {
                self.client_create_group(user, role_admin, group_id, name, info)
            }
            ClientRequest::DeleteMessage(key, tid) => self.client_recall(user, &key, &tid),
            ClientRequest::Join(key) => self.client_join(session, &key),
            ClientRequest::Leave(key) => self.client_leave(session, &key),
            ClientRequest::ListGroupUsers { group, descending, token, page_size } => {
                let group = self.resolve_staffed(user, role_admin, &group, Rule::ListUsersClientRights)?;
                self.client_list_users(group, descending, token, page_size)
            }
            ClientRequest::ListHistory { group, staff, kind, descending, token, page_size, begin, end } => {
                let (asked, window) = (Query { descending, kind, ..Query::default() }, (begin, end));
                let (of, from) = ((&group, staff), (token, page_size));
                self.client_history((session, role_admin), of, asked, window, from)
            }
            ClientRequest::ListMuteUsers(key) => self.client_list_mutes(user, role_admin, &key),
            ClientRequest::ListRecentGroupUsers(key) => {
                let group = self.resolve(user, &key)?;
                self.check_staff_by_mutant(user, group, Mutant::RecentUsersNeedStaff)?;
                self.client_list_users(group, true, 0, CLIENT_PAGE_MAX)
            }
            ClientRequest::ListRecentMessages { group, before, page_size } => {
                self.client_list_recent(user, &group, before, page_size)
            }
            ClientRequest::Logout => self.client_log_off(session),
            ClientRequest::ModifyGroup { group, info, admins } => {
                self.client_modify_group(user, role_admin, &group, info, admins)
            }
            ClientRequest::MuteAll(key) => self.client_mute_all(user, &key),
            ClientRequest::MuteUsers(key, users) => self.client_mute_users(user, &key, users),
            ClientRequest::QueryGroup(key) => {
                let group = self.resolve(user, &key)?;
                Ok(ClientReply::Group(Box::new(self.group_state(group, user, Occasion::Arrival))))
            }
            ClientRequest::Send(key, send) => self.client_send(session, &key, send),
            ClientRequest::SendToUser { receiver, kind, body, skip_audit } => {
                self.client_send_to_user(session, &receiver, kind, body, skip_audit)
            }
        }
    }

    fn client_log_off(&mut self, session: SessionId) -> ClientAnswer {
        self.log_off(session, LogoffReason::Normal, Notify::Group);
        // After the leaves and the logoff: the driver must not close the link before what it has still to carry.
        self.push(Output::Close(session, LogoffReason::Normal));
        Ok(ClientReply::Done)
    }

    fn client_list_mutes(&mut self, user: UserIx, role_admin: bool, key: &GroupKey) -> ClientAnswer {
        let group = self.resolve_staffed(user, role_admin, key, Rule::MuteListClientRights)?;
        self.hit(Rule::MuteDescribeLists);
        let mutes = self.state.groups[group.at()].mutes();
        let (users, mut except) = (mutes.users().list().clone(), mutes.except().list().clone());
        if self.mutants.has(Mutant::ClientMutesWithoutExceptions) {
            except = Roll::default().list().clone();
        }
        Ok(ClientReply::Mutes { all: mutes.all(), users, except })
    }

    fn client_mute_all(&mut self, user: UserIx, key: &GroupKey) -> ClientAnswer {
        let group = self.resolve_muting(user, key)?;
        self.mute_all(group, Vec::new());
        self.take_back_by_mutant(Mutant::MuteByClientUntold);
        Ok(ClientReply::Done)
    }

    fn client_unmute_all(&mut self, user: UserIx, key: &GroupKey) -> ClientAnswer {
        let group = self.resolve_unmuting(user, key)?;
        self.unmute_each_by_mutant(group);
        self.unmute_all(group);
        Ok(ClientReply::Done)
    }

    fn client_mute_users(&mut self, user: UserIx, key: &GroupKey, users: Vec<Arc<str>>) -> ClientAnswer {
        let group = self.resolve_listed(user, key, &users, Rule::MuteAddMax)?;
        self.mute_users(group, users);
        Ok(ClientReply::Done)
    }

    fn client_unmute_users(&mut self, user: UserIx, key: &GroupKey, users: &[Arc<str>]) -> ClientAnswer {
        let group = self.resolve_listed(user, key, users, Rule::MuteRemoveMax)?;
        self.unmute_users(group, users);
        Ok(ClientReply::Done)
    }

    /// The live group that a client means.
    pub(crate) fn resolve(&mut self, user: UserIx, key: &GroupKey) -> Result<GroupIx, ClientRefusal> {
        let app: AppIx = self.state.users[user.at()].app;
        let found = match key {
            // Nothing says that the index is one of this application, or of any group: both are looked at below.
            GroupKey::Index(group) => Some(*group),
            GroupKey::Name(id) => self.find_group(app, id).or_else(|| self.anothers_group_by_mutant(id)),
        };
        let anybodys = self.mutants.has(Mutant::AnothersGroupJoinable);
        let record = found.and_then(|group| self.state.groups.get(group.at()).map(|record| (group, record)));
        let Some((group, record)) = record.filter(|(_, record)| record.app == app || anybodys) else {
            self.hit(Rule::MembershipJoinGroupExists);
            return Err(ClientRefusal::NoGroup);
        };
        match record.standing() {
            GroupStanding::Live => Ok(group),
            GroupStanding::Deleted { .. } => {
                self.hit(Rule::MembershipJoinGroupExists);
                self.hit(Rule::DeletionGroupUnavailable);
                if self.mutants.has(Mutant::DeletedGroupJoinable) {
                    return Ok(group);
                }
                // Distinct from a group that never was, as in the client's codes.
                Err(ClientRefusal::GroupDeleted)
            }
            GroupStanding::Purged => {
                self.hit(Rule::MembershipJoinGroupExists);
                if self.mutants.has(Mutant::PurgedGroupJoinable) {
                    return Ok(group);
                }
                Err(ClientRefusal::NoGroup)
            }
        }
    }

    /// The live group that a client of its staff, or with the role `admin`, means.
    pub(crate) fn resolve_staffed(
        &mut self,
        user: UserIx,
        role_admin: bool,
        key: &GroupKey,
        rule: Rule,
    ) -> Result<GroupIx, ClientRefusal> {
        let group = self.resolve(user, key)?;
        self.hit(rule);
        // The pages differ on whether the role or the place in the group counts: a reading for each right that staff
        // have.
        let allowed = match self.config.readings.group_client_rights {
            GroupClientRights::Either => role_admin || self.is_staff(group, user),
            GroupClientRights::Staff => self.is_staff(group, user),
            GroupClientRights::Role => role_admin,
        };
        let allowed = allowed && !self.is_admin_barred_by_mutant(group, user, role_admin, rule);
        if allowed || self.broken_by(RIGHTS_MUTANTS, rule) || self.is_staff_anywhere_by_mutant(user) {
            Ok(group)
        } else {
            Err(ClientRefusal::Forbidden)
        }
    }

    pub(crate) fn resolve_muting(&mut self, user: UserIx, key: &GroupKey) -> Result<GroupIx, ClientRefusal> {
        let group = self.resolve(user, key)?;
        self.hit(Rule::MuteClientRights);
        if self.mutes_on_clients(group, user) || self.mutants.has(Mutant::AnyoneMutes) {
            Ok(group)
        } else {
            Err(ClientRefusal::Forbidden)
        }
    }

    fn client_join(&mut self, session: SessionId, key: &GroupKey) -> ClientAnswer {
        let user = session.user;
        let group = self.resolve(user, key)?;
        // Joining twice is no error: the answer is the state of the group, which is what the client wants.
        if self.state.users[user.at()].slot_in(group).is_none() {
            if self.is_shut(group) {
                self.hit(Rule::SupergroupReopenNormal);
                return Err(ClientRefusal::NoGroup);
            }
            self.join(session, group);
        } else {
            self.join_again_by_mutant(session, group);
        }
        Ok(ClientReply::Group(Box::new(self.group_state(group, user, Occasion::Arrival))))
    }

    fn client_leave(&mut self, session: SessionId, key: &GroupKey) -> ClientAnswer {
        let group = self.resolve(session.user, key)?;
        if self.state.users[session.user.at()].slot_in(group).is_none() {
            return Err(ClientRefusal::NotJoined);
        }
        self.leave(session, group);
        Ok(ClientReply::Done)
    }

    fn client_create_group(
        &mut self,
        user: UserIx,
        role_admin: bool,
        group_id: Option<Arc<str>>,
        name: Arc<str>,
        info: Arc<str>,
    ) -> ClientAnswer {
        if let Some(id) = group_id.as_ref().filter(|_| !self.skips(Rule::GroupIdBytes, "groupId")) {
            self.check_group_id(id).map_err(|_| ClientRefusal::BadParameter)?;
        }
        if !self.skips(Rule::GroupNameBytes, "groupName") {
            self.check_group_name(&name).map_err(|_| ClientRefusal::BadParameter)?;
        }
        self.check_client_group_info(&info)?;
        self.check_role(role_admin)?;
        let app = self.state.users[user.at()].app;
        // The draw is counted only when the group was created: a refused create must change nothing.
        let (id, draws) = match group_id {
            Some(id) => (id, self.state.sequences.group_ids()),
            None => self.fresh_group_id(app),
        };
        let creator = Arc::clone(self.user_id(user));
        let new = NewGroup { id, name, info, creator, admins: Vec::new() };
        let (group, creation) = self.create_group(app, new).map_err(|_| ClientRefusal::LimitReached)?;
        let already_exists = match creation {
            Creation::Fresh => false,
            Creation::Existing => true,
            Creation::Deleted | Creation::Purged => return Err(ClientRefusal::GroupDeleted),
        };
        self.state.sequences.use_group_ids(draws);
        Ok(ClientReply::GroupCreated { group, group_id: Arc::clone(self.group_id(group)), already_exists })
    }

    fn check_client_group_info(&mut self, info: &str) -> Result<(), ClientRefusal> {
        if self.skips(Rule::GroupInfoBytes, "groupMeta") {
            return Ok(());
        }
        self.check_group_info(info).map_err(|_| ClientRefusal::BadParameter)
    }

    fn check_role(&mut self, role_admin: bool) -> Result<(), ClientRefusal> {
        self.hit(Rule::TokenRoleAdmin);
        if role_admin || self.mutants.has(Mutant::AnyoneCreates) {
            Ok(())
        } else {
            Err(ClientRefusal::Forbidden)
        }
    }

    /// Closes a group, if the reading gives the client that right.
    fn client_close_group(&mut self, user: UserIx, role_admin: bool, key: &GroupKey) -> ClientAnswer {
        let reading = self.config.readings.group_close_rights;
        self.hit(Rule::GroupCloseRights);
        let by_role = role_admin && !self.mutants.has(Mutant::CloseByStaffOnly);
        // Without the role, whether the group exists is no business of a client that may close none.
        if reading == GroupCloseRights::Role && !by_role && !self.mutants.has(Mutant::AnyoneCloses) {
            return Err(ClientRefusal::Forbidden);
        }
        let group = self.resolve(user, key)?;
        let by_place = self.is_closing_staff(group, user);
        let allowed = match reading {
            GroupCloseRights::Either => by_role || by_place,
            GroupCloseRights::Role => by_role,
            GroupCloseRights::Staff => by_place,
        };
        if !allowed && !self.mutants.has(Mutant::AnyoneCloses) {
            return Err(ClientRefusal::Forbidden);
        }
        let by = Arc::clone(self.user_id(user));
        self.raise_leaves_by_mutant(group);
        self.delete_group(group, if self.mutants.has(Mutant::CloserForgotten) { Arc::from("") } else { by });
        self.take_back_by_mutant(Mutant::ClosingUntold);
        self.keep_place_by_mutant(group);
        Ok(ClientReply::Done)
    }

    /// Whether a user has a place in a group that lets it close the group.
    fn is_closing_staff(&self, group: GroupIx, user: UserIx) -> bool {
        if self.mutants.has(Mutant::CloseByRoleOnly) {
            return false;
        }
        let owner = self.state.groups[group.at()].meta.creator == *self.user_id(user);
        if self.mutants.has(Mutant::CloseByOwnerOnly) { owner } else { self.is_staff(group, user) }
    }

    fn client_modify_group(
        &mut self,
        user: UserIx,
        role_admin: bool,
        key: &GroupKey,
        info: Option<Arc<str>>,
        admins: Option<Vec<Arc<str>>>,
    ) -> ClientAnswer {
        if let Some(info) = &info {
            self.check_client_group_info(info)?;
        }
        if let Some(admins) = &admins {
            self.check_admin_count(admins.len(), "admins").map_err(|_| ClientRefusal::LimitReached)?;
            for (at, admin) in admins.iter().enumerate() {
                self.check_admin(admin, at, "admins").map_err(|_| ClientRefusal::BadParameter)?;
            }
        }
        let group = self.resolve_staffed(user, role_admin, key, Rule::GroupModifyClientRights)?;
        self.change_group(group, admins, info);
        self.take_back_by_mutant(Mutant::InfoChangeByClientUntold);
        Ok(ClientReply::Done)
    }

    fn client_list_users(
        &mut self,
        group: GroupIx,
        descending: bool,
        token: i64,
        page_size: u32,
    ) -> ClientAnswer {
        let mut size = page_size;
        if !(1..=CLIENT_PAGE_MAX).contains(&size) {
            if self.config.readings.list_page_range == ListPageRange::Refused {
                return Err(ClientRefusal::BadParameter);
            }
            size = size.clamp(1, CLIENT_PAGE_MAX);
        }
        // The total is exact also where the list is not to be had.
        let total = u64::from(self.state.groups[group.at()].audience.count());
        if self.state.groups[group.at()].is_supergroup() {
            self.hit(Rule::SupergroupListUnavailable);
            if self.config.readings.supergroup_list_answer == SupergroupListAnswer::Refused {
                return Err(ClientRefusal::BadParameter);
            }
            if !self.supergroup_listed_by_mutant(group) && !self.supergroup_listed_to_clients_by_mutant(group)
            {
                return Ok(ClientReply::Users { users: Vec::new(), total, next: 0 });
            }
        }
        let (members, next) = self.page_of_members(group, descending, token, size as usize);
        let next = if next == 0 && self.mutants.has(Mutant::ClientUserListNeverEnds) { 1 } else { next };
        let users = members.iter().map(|member| Arc::clone(self.user_id(member.user))).collect();
        Ok(ClientReply::Users { users, total, next })
    }

    /// The group in which a client mutes or unmutes a list of users.
    fn resolve_listed(
        &mut self,
        user: UserIx,
        key: &GroupKey,
        users: &[Arc<str>],
        rule: Rule,
    ) -> Result<GroupIx, ClientRefusal> {
        self.hit(rule);
        if users.is_empty() && self.config.readings.mute_empty_list == MuteEmptyList::Refused {
            return Err(ClientRefusal::BadParameter);
        }
        for listed in users {
            self.check_any_user(listed, "users", rule).map_err(|_| ClientRefusal::BadParameter)?;
        }
        let lifts = rule == Rule::MuteRemoveMax;
        let group = if lifts { self.resolve_unmuting(user, key) } else { self.resolve_muting(user, key) }?;
        let unbounded = self.skips(rule, "users");
        if users.len() <= MUTE_USERS_MAX as usize || unbounded {
            Ok(group)
        } else {
            Err(ClientRefusal::LimitReached)
        }
    }
}
