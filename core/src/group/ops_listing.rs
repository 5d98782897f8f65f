//! Server-side operations that list and look up: groups by cursor and by page, users of a group, presence.
//!
//! A page token is the position after which the next page begins: the serial of a group, the order of a join. Neither
//! is ever 0 or -1, which mean the first page.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::call::check::{Validated, invalid};
use crate::call::paging::page_of;
use crate::mutants::{Mutant, Mutants, RuleChange};
use crate::state::audience::Member;
use crate::state::service::Service;
use crate::words::account::Caller;
use crate::words::id::{AppIx, GroupIx, UserIx};
use crate::words::operation::Operation;
use crate::words::reading::{ListUsersLink, SupergroupListAnswer, SupergroupPresence};
use crate::words::refusal::{Fault, InputInvalid, Refusal};
use crate::words::request::{
    CheckLiveMessageUsersInGroup, CheckLiveMessageUsersOnline, ListLiveMessageGroupByPage,
    ListLiveMessageGroupUsers, ListLiveMessageGroups,
};
use crate::words::response::{
    GroupCursorPage, GroupNumberPage, GroupView, Presence, Reply, Response, UserPage, UserView,
};
use crate::words::rule::Rule;
use crate::words::tracer::Tracer;

/// Highest number of a page of groups. Rule: `list.group-page.number`
const GROUP_PAGE_NUMBER_MAX: i32 = 10_000;
/// Most groups on a numbered page. Rule: `list.group-page.size`
const GROUP_PAGE_SIZE_MAX: i32 = 50;
/// Groups on a numbered page when no size is given. Rule: `list.group-page.defaults`
const GROUP_PAGE_SIZE: i32 = 20;
/// Fewest and most users on a page. Rule: `list.users.page-size`
const USER_PAGE_SIZES: (i32, i32) = (10, 50);

/// Which groups a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ListedGroups {
    All,
    Existing,
    Deleted,
}

impl<T: Tracer, D: Mutants> Service<T, D> {
    pub(crate) fn list_live_message_groups(
        &mut self,
        caller: &Caller,
        call: ListLiveMessageGroups,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_group_list(&call);
        let center = call.data_center.as_deref();
        let ((status, descending), app) =
            self.enter(caller, Operation::ListLiveMessageGroups, &call.app_id, center, checked)?;
        let mut found = self.listed_groups(app, status, descending);
        let taken = self.mutants.has(Mutant::GroupTokenMinusOneTaken)
            || (descending && self.mutants.has(Mutant::GroupTokenMinusOneTakenDescending));
        let token = call.next_page_token.filter(|token| *token > 0 || (*token == -1 && taken));
        if token.is_none() {
            self.hit(Rule::ListGroupsFirstPage);
        }
        let position = |group: &GroupIx| self.position(*group);
        // The token is a position and not an offset: groups that come or go between two pages shift no other.
        if let Some(token) = token {
            found.retain(|group| if descending { position(group) < token } else { position(group) > token });
            if self.mutants.has(Mutant::CursorSkipsAfterPurge) {
                self.skip_one_after_purge(app, &mut found);
            }
        }
        let size = self.unsized_page();
        // One more than the page is all that is asked: whether there is a next page, not how many.
        let more = found.len() > size;
        found.truncate(size);
        let next_page_token = found.last().filter(|_| more).map(position);
        self.hit(Rule::ListGroupsTokenString);
        let groups = self.listed_views(&found);
        Ok(Reply::Done(Response::Groups(GroupCursorPage { groups, next_page_token })))
    }

    fn check_group_list(&mut self, call: &ListLiveMessageGroups) -> Validated<(ListedGroups, bool)> {
        let status = self.check_status(call.group_status)?;
        self.check_token(call.next_page_token, Rule::ListGroupsFirstPage)?;
        Ok((status, self.check_sort(call.sort_type, Rule::ListGroupsSort)?))
    }

    fn check_status(&mut self, status: Option<i32>) -> Validated<ListedGroups> {
        self.hit(Rule::ListGroupsStatus);
        match status.unwrap_or_else(|| i32::from(self.mutants.has(Mutant::StatusDefaultExisting))) {
            0 => Ok(ListedGroups::All),
            1 if self.mutants.has(Mutant::StatusFilterIgnored) => Ok(ListedGroups::All),
            1 => Ok(ListedGroups::Existing),
            2 if self.mutants.has(Mutant::StatusDeletedIgnored) => Ok(ListedGroups::All),
            2 => Ok(ListedGroups::Deleted),
            _ if self.mutants.has(Mutant::StatusAnyAccepted) => Ok(ListedGroups::All),
            _ => Err(invalid("GroupStatus", Fault::NotAllowed, Rule::ListGroupsStatus)),
        }
    }

    fn position(&self, group: GroupIx) -> i64 {
        let serial = self.state.groups[group.at()].meta.serial;
        i64::try_from(serial).expect("fewer than 2^63 groups")
    }

    /// The groups of an application, deleted ones until they are purged. O(groups of the application).
    fn listed_groups(&mut self, app: AppIx, status: ListedGroups, descending: bool) -> Vec<GroupIx> {
        self.hit(Rule::DeletionGroupListed);
        let without_deleted = self.mutants.has(Mutant::DeletedGroupUnlisted);
        let for_a_week = self.mutants.has(Mutant::DeletedGroupListedForWeek);
        let listed = |group: &GroupIx| {
            let without_deleted = without_deleted || (for_a_week && self.deleted_for_a_week(*group));
            let live = self.state.groups[group.at()].is_live();
            match status {
                ListedGroups::All => live || !without_deleted,
                ListedGroups::Existing => live,
                ListedGroups::Deleted => !live && !without_deleted,
            }
        };
        let mut found: Vec<GroupIx> =
            // Kept in the order of creation, so that nothing is sorted.
            self.state.apps[app.at()].groups.iter().copied().filter(listed).collect();
        if self.mutants.changes(Rule::ListGroupsSort, RuleChange::OtherKey) {
            found.sort_by_key(|group| Arc::clone(self.group_id(*group)));
        }
        if descending {
            found.reverse();
        }
        found
    }

    fn listed_views(&mut self, groups: &[GroupIx]) -> Vec<GroupView> {
        self.hit(Rule::ListGroupsFields);
        groups.iter().map(|group| self.group_view(*group)).collect()
    }

    pub(crate) fn list_live_message_group_by_page(
        &mut self,
        caller: &Caller,
        call: ListLiveMessageGroupByPage,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_group_page(&call);
        let center = call.data_center.as_deref();
        let ((status, descending, page_number, page_size), app) =
            self.enter(caller, Operation::ListLiveMessageGroupByPage, &call.app_id, center, checked)?;
        let mut found = self.listed_groups(app, status, descending);
        if self.mutants.has(Mutant::DeletedGroupOfPages) {
            found.retain(|group| self.state.groups[group.at()].is_live());
        }
        self.hit(Rule::ListGroupPageTotal);
        let mut total = found.len();
        let page = self.overlapping_by_mutant(&found, (page_number, page_size));
        let page: Vec<GroupIx> = page.unwrap_or_else(|| page_of(&found, page_number, page_size)).to_vec();
        if self.mutants.has(Mutant::GroupPageTotalIsPage) {
            total = page.len();
        }
        let shown = self.shown_of_page(page_number, page_size, page.len());
        let groups = self.listed_views(&page);
        let total_count = u32::try_from(total).expect("fewer than 2^32 groups");
        Ok(Reply::Done(Response::GroupsByPage(GroupNumberPage {
            groups,
            page_number: shown.0,
            page_size: shown.1,
            total_count,
        })))
    }

    fn check_group_page(
        &mut self,
        call: &ListLiveMessageGroupByPage,
    ) -> Validated<(ListedGroups, bool, i32, i32)> {
        let mut status = self.check_status(call.group_status)?;
        if self.mutants.has(Mutant::StatusOfPagesIgnored) {
            status = ListedGroups::All;
        }
        if call.page_number.is_none() || call.page_size.is_none() {
            self.hit(Rule::ListGroupPageDefaults);
        }
        let number = self.check_page(
            call.page_number.unwrap_or(1),
            (1, GROUP_PAGE_NUMBER_MAX),
            "PageNumber",
            Rule::ListGroupPageNumber,
        )?;
        let default = if self.mutants.has(Mutant::GroupPageDefaultTen) {
            10
        } else if self.mutants.has(Mutant::GroupPageDefaultFifty) {
            50
        } else {
            GROUP_PAGE_SIZE
        };
        let size = self.check_page(
            call.page_size.unwrap_or(default),
            (1, GROUP_PAGE_SIZE_MAX),
            "PageSize",
            Rule::ListGroupPageSize,
        )?;
        let rule = Rule::ListGroupsSort;
        let descending = self.check_sort(call.sort_type, rule)? && !self.skips(rule, "PageNumber");
        Ok((status, descending, number, size))
    }

    pub(crate) fn list_live_message_group_users(
        &mut self,
        caller: &Caller,
        call: ListLiveMessageGroupUsers,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_user_list(&call);
        let center = call.data_center.as_deref();
        let ((descending, size), app) =
            self.enter(caller, Operation::ListLiveMessageGroupUsers, &call.app_id, center, checked)?;
        let group = self.live_group(app, &call.group_id, Rule::ErrorResourceNotExistCode)?;
        // A supergroup's members cannot be listed, since it has forgotten who joined; the answer is empty and not an
        // error, by default.
        let (members, next_page_token) = if self.state.groups[group.at()].is_supergroup() {
            self.hit(Rule::SupergroupListUnavailable);
            if self.config.readings.supergroup_list_answer == SupergroupListAnswer::Refused {
                return Err(Refusal::InputInvalid(InputInvalid {
                    parameter: "GroupId",
                    fault: Fault::NotAllowed,
                    rule: Rule::SupergroupListUnavailable,
                }));
            }
            if self.supergroup_listed_by_mutant(group) {
                self.page_of_members(group, descending, call.next_page_token.unwrap_or(0), size)
            } else {
                (Vec::new(), 0)
            }
        } else {
            self.page_of_members(group, descending, call.next_page_token.unwrap_or(0), size)
        };
        self.hit(Rule::ListUsersFields);
        self.hit(Rule::ListUsersTokenEnd);
        self.hit(Rule::UserInfoListed);
        let view = |member: &Member| UserView {
            user_id: Arc::clone(self.user_id(member.user)),
            user_info: if self.mutants.has(Mutant::ListHidesUserInfo) {
                Arc::from("")
            } else {
                self.user_info(member.user).to_shared()
            },
        };
        let users = members.iter().map(view).collect();
        let group_id = Arc::clone(self.group_id(group));
        Ok(Reply::Done(Response::Users(UserPage { group_id, users, next_page_token })))
    }

    fn check_user_list(&mut self, call: &ListLiveMessageGroupUsers) -> Validated<(bool, usize)> {
        self.check_group_id(&call.group_id)?;
        let size = self.check_page_size(call.page_size, USER_PAGE_SIZES, Rule::ListUsersPageSize)?;
        self.check_token(call.next_page_token, Rule::ListUsersTokenEnd)?;
        let descending = self.check_sort(call.sort_type, Rule::ListUsersSort)?;
        Ok((descending, size))
    }

    /// A page of the members of a group by joining, from a position on; and the position of the next page, 0: none.
    pub(super) fn page_of_members(
        &mut self,
        group: GroupIx,
        descending: bool,
        token: i64,
        size: usize,
    ) -> (Vec<Member>, i64) {
        self.hit(Rule::ListUsersConnected);
        let mut members = self.state.groups[group.at()].audience.by_joining();
        let everybody = self.config.readings.list_users_link == ListUsersLink::Session
            || self.mutants.has(Mutant::ListShowsLostLinks)
            || (token > 0 && self.mutants.has(Mutant::ListShowsLostLinksLater));
        if !everybody {
            // The list is of connected users: who may be back within the timeout is in the group, and not in its list.
            members.retain(|member| !self.is_link_lost(member.user));
        }
        if self.mutants.changes(Rule::ListUsersSort, RuleChange::OtherKey) {
            members.sort_by_key(|member| member.user);
        }
        if descending {
            members.reverse();
        }
        let position = |member: &Member| i64::try_from(member.order).expect("fewer than 2^63 joins");
        let token = self.user_token_by_mutant(descending, token);
        if token > 0 {
            members.retain(
                |member| {
                    if descending { position(member) < token } else { position(member) > token }
                },
            );
        }
        let more = members.len() > size
            || self.mutants.has(Mutant::UserListNeverEnds)
            || (descending && self.mutants.has(Mutant::UserListNeverEndsDescending));
        members.truncate(size);
        let next =
            members.last().filter(|_| more).map_or_else(|| self.token_of_nobody(members.len()), position);
        (members, next)
    }

    /// Whether a user's session lasts while its link is lost.
    pub(crate) fn is_link_lost(&self, user: UserIx) -> bool {
        let session = self.state.users[user.at()].session();
        session.is_some_and(|live| !live.is_up())
    }

    pub(crate) fn check_live_message_users_in_group(
        &mut self,
        caller: &Caller,
        call: CheckLiveMessageUsersInGroup,
    ) -> Result<Reply, Refusal> {
        let checked = self
            .check_group_id(&call.group_id)
            .and_then(|()| self.check_users(&call.user_ids, Rule::UserCheckInGroup));
        let center = call.data_center.as_deref();
        let ((), app) =
            self.enter(caller, Operation::CheckLiveMessageUsersInGroup, &call.app_id, center, checked)?;
        let group = self.live_group(app, &call.group_id, Rule::ErrorResourceNotExistCode)?;
        // The list of a supergroup is cleared, the membership is not: by default a check of single users stays
        // truthful.
        let cleared = self.state.groups[group.at()].is_supergroup()
            && self.config.readings.supergroup_presence == SupergroupPresence::Cleared;
        let any_group = self.mutants.has(Mutant::PresenceIsOnline);
        let present = |id: &str| {
            let user = self.find_user(app, id)?;
            let there = if any_group {
                self.session_of(user).is_some()
            } else {
                self.state.users[user.at()].slot_in(group).is_some()
            };
            (there && !cleared).then_some(())
        };
        let mut named = call.user_ids;
        if self.mutants.has(Mutant::PresenceUnknownLeftOut) {
            named.retain(|id| self.find_user(app, id).is_some());
        }
        let users = presence(named, |id| present(id).is_some());
        Ok(Reply::Done(Response::UsersInGroup(users)))
    }

    pub(crate) fn check_live_message_users_online(
        &mut self,
        caller: &Caller,
        call: CheckLiveMessageUsersOnline,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_users(&call.user_ids, Rule::UserCheckOnline);
        let center = call.data_center.as_deref();
        let ((), app) =
            self.enter(caller, Operation::CheckLiveMessageUsersOnline, &call.app_id, center, checked)?;
        let ever = self.mutants.has(Mutant::OnlineMeansKnown);
        let online = |id: &str| {
            let there = |user| ever || (self.session_of(user).is_some() && !self.is_away_by_mutant(user));
            self.find_user(app, id).is_some_and(there) || self.is_online_elsewhere_by_mutant(id)
        };
        let users = presence(call.user_ids, online);
        Ok(Reply::Done(Response::UsersOnline(users)))
    }

    fn check_users(&mut self, users: &[String], rule: Rule) -> Validated {
        self.hit(rule);
        if users.is_empty() {
            return Err(invalid("UserIds", Fault::Missing, rule));
        }
        users.iter().try_for_each(|user| self.check_any_user(user, "UserIds", rule))
    }
}

fn presence(users: Vec<String>, there: impl Fn(&str) -> bool) -> Vec<Presence> {
    users.into_iter().map(|user| Presence { online: there(&user), user_id: user.into() }).collect()
}
