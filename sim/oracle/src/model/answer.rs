//! Answers of reading operations: they show what happened, and nothing else.

use std::sync::Arc;

use claque_core::reading::{ListUsersLink, SupergroupClosedFlag, SupergroupListAnswer, SupergroupPresence};
use claque_core::{
    AppIx, ClientReply, ClientRequest, Duration, GroupIx, GroupState, GroupView, Input, Mutants, Outcome,
    Presence, Refusal, Reply, Request, Response, Rule, UserIx, UserPage,
};

use super::calls::{GroupAnswer, GroupsAnswer, Shown};
use super::users::UsersAsked;
use super::{Model, Observed, WrongAnswer};
use crate::books::group::{GroupBooks, GroupExistence};
use crate::evidence;
use crate::evidence::Few;

/// Where a page of a list begins.
#[derive(Clone, Copy, Debug)]
enum PageStart {
    /// After the group of a serial.
    After(u64),
    /// With the first.
    First,
    /// After so many, with so many on a page.
    Page { before: usize, size: usize },
}

impl Model {
    /// Judges the answer of a reading operation against the books.
    pub(super) fn judge_answer<D: Mutants>(&mut self, seen: &Observed<'_, D>) {
        match (seen.input, seen.outcome) {
            (Input::Request(_, request), Outcome::Request(Ok(Reply::Done(response)))) => {
                self.judge_response(seen, request, response);
            }
            (Input::Request(_, request), Outcome::Request(Err(refusal))) => {
                self.judge_refusal(seen, request, *refusal);
            }
            (
                Input::Client(session, ClientRequest::ListRecentMessages { group, before, page_size }),
                Outcome::Client(Ok(ClientReply::Messages(list, next))),
            ) => {
                if let Some(group) = seen.group(session.user, group) {
                    self.judge_recent(seen, group, (*before, *page_size), (list, *next));
                }
            }
            (
                Input::Client(session, ClientRequest::ListMuteUsers(key)),
                Outcome::Client(Ok(ClientReply::Mutes { all, users, except })),
            ) => {
                if let Some(group) = seen.group(session.user, key) {
                    self.judge_client_mutes(seen, group, (*all, users, except));
                }
            }
            (
                Input::Client(session, ClientRequest::QueryGroup(key)),
                Outcome::Client(Ok(ClientReply::Group(state))),
            ) => {
                if let Some(group) = seen.group(session.user, key) {
                    self.judge_join(seen, group, session.user, state);
                }
            }
            (
                Input::Client(session, ClientRequest::ListGroupUsers { group, descending, token, page_size }),
                Outcome::Client(Ok(ClientReply::Users { users, total, next })),
            ) => {
                if let Some(group) = seen.group(session.user, group) {
                    let asked = UsersAsked { newest: *descending, token: *token, size: *page_size };
                    self.judge_client_users(seen, group, asked, (users, *total, *next));
                }
            }
            (
                Input::Client(session, ClientRequest::ListRecentGroupUsers(key)),
                Outcome::Client(Ok(ClientReply::Users { users, total, next })),
            ) => {
                if let Some(group) = seen.group(session.user, key) {
                    let asked = UsersAsked { newest: true, token: 0, size: u32::MAX };
                    self.judge_client_users(seen, group, asked, (users, *total, *next));
                }
            }
            (Input::Client(session, ClientRequest::ListHistory { .. }), Outcome::Client(answer)) => {
                self.judge_client_history(seen, session.user, answer);
            }
            _ => {}
        }
    }

    fn judge_response<D: Mutants>(&mut self, seen: &Observed<'_, D>, request: &Request, response: &Response) {
        let answer = match request.into() {
            Shown::Group(answer) => answer,
            Shown::Groups(answer) => return self.judge_group_pages(seen, answer, response),
            // Judged where they are followed (`apps`, `mutes`).
            Shown::Older(answer) => return self.judge_older(seen, request, answer, response),
            Shown::Apps(_) | Shown::OlderMutes(_) | Shown::Nothing => return,
        };
        match answer {
            GroupAnswer::DescribeLiveMessageGroup(call) => {
                let Response::Group(view) = response else { return };
                if let Some(group) = seen.group_of(&call.app_id, &call.group_id) {
                    let wrong = self.wrong_view(seen, group, view);
                    self.refute_answer(seen, group, "description", wrong);
                }
            }
            GroupAnswer::ListLiveMessageGroupUsers(call) => {
                let Response::Users(page) = response else { return };
                if let Some(group) = seen.group_of(&call.app_id, &call.group_id) {
                    let token = call.next_page_token.unwrap_or(0).max(0);
                    self.judge_users(seen, &call.app_id, group, (page, token == 0));
                    let users: Vec<Arc<str>> =
                        page.users.iter().map(|user| Arc::clone(&user.user_id)).collect();
                    let newest = call.sort_type == Some(2);
                    self.judge_user_order(seen, group, (newest, token), (&users, page.next_page_token));
                }
            }
            GroupAnswer::CheckLiveMessageUsersInGroup(call) => {
                let Response::UsersInGroup(list) = response else { return };
                if let Some(group) = seen.group_of(&call.app_id, &call.group_id) {
                    self.judge_presence(seen, &call.app_id, group, list);
                }
            }
            GroupAnswer::CheckLiveMessageUsersOnline(call) => {
                let Response::UsersOnline(list) = response else { return };
                self.judge_online(seen, &call.app_id, list);
            }
            GroupAnswer::ListLiveMessageGroupMessages(call) => {
                let Response::Messages(page) = response else { return };
                if let Some(group) = seen.group_of(&call.app_id, &call.group_id) {
                    let wrong = self.wrong_messages(seen, group, call, page);
                    self.refute_answer(seen, group, "messages", wrong);
                }
            }
            GroupAnswer::DescribeLiveMessageGroupBand(call) => {
                if let Some(group) = seen.group_of(&call.app_id, &call.group_id) {
                    self.judge_mute_lists(seen, group, response);
                }
            }
        }
    }

    /// Lists of groups, by token and by number.
    fn judge_group_pages<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        answer: GroupsAnswer<'_>,
        response: &Response,
    ) {
        match answer {
            GroupsAnswer::ListLiveMessageGroups(call) => {
                let Response::Groups(page) = response else { return };
                self.judge_groups(seen, &call.app_id, call.group_status, &page.groups);
                let token = call.next_page_token.filter(|token| *token > 0);
                let order = (call.group_status, call.sort_type == Some(2));
                let Some(app) = seen.app(&call.app_id) else { return };
                let after = token.map(|token| self.walks.place((app, order, token)));
                if let Some(next) = page.next_page_token {
                    let last =
                        page.groups.last().and_then(|view| seen.group_of(&call.app_id, &view.group_id));
                    if let Some(books) = last.and_then(|group| self.groups.get(group)) {
                        self.walks.note((app, order, next), books.serial);
                    }
                }
                let more = page.next_page_token.is_some();
                match after {
                    None => {
                        self.judge_group_list(seen, (app, order), PageStart::First, &page.groups, more);
                    }
                    Some(Some(last)) => {
                        self.judge_group_list(seen, (app, order), PageStart::After(last), &page.groups, more);
                    }
                    Some(None) => {}
                }
            }
            GroupsAnswer::ListLiveMessageGroupByPage(call) => {
                let Response::GroupsByPage(page) = response else { return };
                self.judge_groups(seen, &call.app_id, call.group_status, &page.groups);
                let number = usize::try_from(call.page_number.unwrap_or(1).max(1)).unwrap_or(1);
                let size = usize::try_from(call.page_size.unwrap_or(20).max(1)).unwrap_or(1);
                let before = (number - 1).saturating_mul(size);
                let total = usize::try_from(page.total_count).unwrap_or(0);
                let more = total > before.saturating_add(page.groups.len());
                let order = (call.group_status, call.sort_type == Some(2));
                let asked = (call.page_number.unwrap_or(1), call.page_size.unwrap_or(20));
                // By a reading (list.page-range) what lies outside its range is taken for the nearest that does not.
                let within = (1..=10_000).contains(&asked.0) && (1..=50).contains(&asked.1);
                if within && asked != (page.page_number, page.page_size) {
                    let said = evidence!("the page of groups that is shown says that it is another one");
                    self.refute(seen.now, Some(Rule::ListGroupPageNumber), said);
                }
                if let Some(app) = seen.app(&call.app_id) {
                    let start = PageStart::Page { before, size: if within { size } else { 0 } };
                    self.judge_group_list(seen, (app, order), start, &page.groups, more);
                }
            }
        }
    }

    pub(super) fn refute_answer<D>(
        &mut self,
        seen: &Observed<'_, D>,
        group: GroupIx,
        what: &'static str,
        wrong: WrongAnswer,
    ) {
        if let Some((rule, said)) = wrong {
            self.refute(seen.now, Some(rule), evidence!("the ", what, " of group ", group, ": ", said));
        }
    }

    /// A group that exists, or is deleted and not purged, is found; a purged one is not.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "one operation of each part: whether a group is found is decided in one place for all"
    )]
    fn judge_refusal<D: Mutants>(&mut self, seen: &Observed<'_, D>, request: &Request, refusal: Refusal) {
        let Refusal::NotExist { what: claque_core::Missing::Group, .. } = refusal else { return };
        let (group, needs_live) = match request {
            Request::DescribeLiveMessageGroup(call) => (seen.group_of(&call.app_id, &call.group_id), false),
            Request::ModifyLiveMessageGroup(call) => (seen.group_of(&call.app_id, &call.group_id), true),
            Request::KickLiveMessageGroupUser(call) => (seen.group_of(&call.app_id, &call.group_id), true),
            Request::ListLiveMessageGroupUsers(call) => (seen.group_of(&call.app_id, &call.group_id), true),
            Request::AddLiveMessageGroupBand(call) => (seen.group_of(&call.app_id, &call.group_id), true),
            Request::SendLiveMessageGroup(call) => (seen.group_of(&call.app_id, &call.group_id), true),
            _ => return,
        };
        let Some((group, books)) = group.and_then(|group| Some((group, self.groups.get(group)?))) else {
            return;
        };
        let there = match books.standing(seen.now) {
            GroupExistence::Live => true,
            GroupExistence::Deleted(..) => !needs_live,
            GroupExistence::Purged => false,
        };
        // This judges only that a group is not found; one that is found although it is gone shows in what is answered
        // of it.
        if there && !books.is_at_purge(seen.now) {
            let rule =
                if books.is_live() { Rule::ErrorResourceNotExistCode } else { Rule::DeletionWindowPurge };
            let evidence = evidence!(request.operation().name(), " does not find group ", group);
            self.refute(seen.now, Some(rule), evidence);
        }
    }

    /// What a description or list entry gets wrong.
    fn wrong_view<D: Mutants>(
        &self,
        seen: &Observed<'_, D>,
        group: GroupIx,
        view: &GroupView,
    ) -> WrongAnswer {
        let books = self.groups.get(group)?;
        if books.is_at_purge(seen.now) {
            return None;
        }
        let standing = books.standing(seen.now);
        if standing != GroupExistence::Purged
            && let Some(wrong) = self.wrong_view_facts(group, view)
        {
            return Some(wrong);
        }
        match standing {
            GroupExistence::Purged => {
                Some((Rule::DeletionWindowPurge, evidence!("it is shown although its time has passed")))
            }
            GroupExistence::Deleted(at, by) => match &view.deleted {
                None => Some((Rule::GroupDescribeDeletedOnly, evidence!("it should read as deleted"))),
                Some(deletion) if deletion.at != at.unix_seconds() => {
                    let said = evidence!("deleted at ", at.unix_seconds(), ", not ", deletion.at);
                    Some((Rule::DeletionGroupIdempotent, said))
                }
                // An absent operator is an empty one here; how the absence is written (reading
                // deletion.deletor-absent) shows on the wire only.
                Some(deletion) if deletion.by != by => {
                    let said =
                        evidence!("deleted by ", format!("{by:?}"), ", not ", format!("{:?}", deletion.by));
                    Some((Rule::DeletionGroupOperatorRecorded, said))
                }
                Some(_) if view.live.is_some() => {
                    Some((Rule::GroupDescribeLiveOnly, evidence!("a deleted group shows counters")))
                }
                Some(_) => None,
            },
            GroupExistence::Live if view.deleted.is_some() => {
                Some((Rule::GroupDescribeDeletedOnly, evidence!("it should not read as deleted")))
            }
            GroupExistence::Live => self.wrong_live_view(books, view),
        }
    }

    /// What the flag of a supergroup reads: between its shutdown and its reopening that is open.
    fn shown_flag(&self, books: &GroupBooks) -> bool {
        let kept = self.config.readings.supergroup_closed_flag == SupergroupClosedFlag::Kept;
        books.supergroup && (kept || !books.members.is_empty())
    }

    fn wrong_live_view(&self, books: &GroupBooks, view: &GroupView) -> WrongAnswer {
        let flag = self.shown_flag(books);
        if view.super_large_group != flag {
            let rule = if books.members.is_empty() {
                Rule::SupergroupEmptyShutsDown
            } else {
                Rule::SupergroupFlagDescribed
            };
            return Some((
                rule,
                evidence!("with ", books.members.len(), " members the flag should read ", flag),
            ));
        }
        let Some(counters) = &view.live else {
            return Some((Rule::GroupDescribeLiveOnly, evidence!("a live group shows no counters")));
        };
        if counters.online_user_counts != books.count() {
            let said = evidence!(counters.online_user_counts, " online, ", books.count(), " are in it");
            return Some((Rule::StatisticsOnlineCount, said));
        }
        let times = self.sessions_of(books);
        if counters.total_times != times {
            return Some((
                Rule::StatisticsSessionsTotal,
                evidence!(counters.total_times, " sessions, not ", times),
            ));
        }
        self.wrong_amounts(books, &counters.msg_amount, Rule::StatisticsTypesAmount)
    }

    /// A list of groups shows only groups of the status asked for, each as it is.
    fn judge_groups<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        app_id: &str,
        status: Option<i32>,
        views: &[GroupView],
    ) {
        for view in views {
            let Some(group) = seen.group_of(app_id, &view.group_id) else { continue };
            let Some(books) = self.groups.get(group) else { continue };
            let live = books.is_live();
            let misplaced = match status.unwrap_or(0) {
                1 => !live,
                2 => live,
                _ => false,
            };
            let wrong = if misplaced {
                Some((Rule::ListGroupsStatus, evidence!("it is listed under status ", format!("{status:?}"))))
            } else {
                self.wrong_view(seen, group, view)
            };
            self.refute_answer(seen, group, "list entry", wrong);
        }
    }

    /// A page of a list of groups begins with the oldest, or the newest, or goes on where the page before ended, and
    /// leaves nobody out, whoever came and went meanwhile.
    fn judge_group_list<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        (app, (status, newest)): (AppIx, (Option<i32>, bool)),
        start: PageStart,
        views: &[GroupView],
        more: bool,
    ) {
        let mut owed: Vec<(u64, GroupIx)> = Vec::new();
        for (group, books) in self.groups.iter().filter(|(_, books)| books.app == Some(app)) {
            // One group on the edge makes the whole page open: whether it is listed moves all that follow.
            if books.is_at_purge(seen.now) {
                return;
            }
            let listed = match books.standing(seen.now) {
                GroupExistence::Live => status != Some(2),
                GroupExistence::Deleted(..) => status != Some(1),
                GroupExistence::Purged => false,
            };
            let beyond = match start {
                PageStart::After(last) if newest => books.serial < last,
                PageStart::After(last) => books.serial > last,
                PageStart::First | PageStart::Page { .. } => true,
            };
            if listed && beyond {
                owed.push((books.serial, group));
            }
        }
        owed.sort_unstable();
        if newest {
            owed.reverse();
        }
        let (skipped, size) =
            if let PageStart::Page { before, size } = start { (before, size) } else { (0, 0) };
        let owed: Vec<u32> = owed.into_iter().skip(skipped).map(|(_, group)| group.0).collect();
        let shown: Vec<u32> =
            views.iter().filter_map(|view| seen.group_in(app, &view.group_id)).map(|group| group.0).collect();
        let begins = owed.starts_with(&shown);
        let full = size == 0 || shown.len() == owed.len().min(size);
        if begins && full && more == (shown.len() < owed.len()) {
            return;
        }
        let missing = owed.iter().find(|group| !shown.contains(group) && !more);
        let deleted = missing.and_then(|group| self.groups.get(GroupIx(*group)));
        let rule = match deleted {
            Some(books) if !books.is_live() => Rule::DeletionGroupListed,
            _ if begins => Rule::ListGroupPageTotal,
            _ => Rule::ListGroupsSort,
        };
        let evidence =
            evidence!("groups listed: ", Few(&shown), ", more: ", more, "; there are ", Few(&owed));
        self.refute(seen.now, Some(rule), evidence);
    }

    /// Whether lists of members hold a user, who is in the group.
    pub(super) fn is_listed(&self, user: UserIx) -> bool {
        self.config.readings.list_users_link == ListUsersLink::Session
            || self.people.session(user).is_none_or(|session| session.until.is_none())
    }

    fn judge_users<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        app_id: &str,
        group: GroupIx,
        (page, first): (&UserPage, bool),
    ) {
        self.judge_user_infos(seen, (app_id, group), &page.users);
        let Some(books) = self.groups.get(group) else { return };
        if books.supergroup {
            if !page.users.is_empty()
                && self.config.readings.supergroup_list_answer == SupergroupListAnswer::Empty
            {
                // While nobody has left, a list that was kept looks like one that is made.
                let kept = books.joins == books.count();
                let rule =
                    if kept { Rule::SupergroupUpgradeClearsList } else { Rule::SupergroupListUnavailable };
                let evidence = evidence!("supergroup ", group, " lists ", page.users.len(), " users");
                self.refute(seen.now, Some(rule), evidence);
            }
            return;
        }
        let known =
            |id: &Arc<str>| seen.user_of(app_id, id).is_some_and(|user| books.members.contains_key(&user));
        let outsider = page.users.iter().map(|user| &user.user_id).find(|id| !known(id)).cloned();
        let present = books.members.keys().filter(|user| self.is_listed(**user)).count();
        // Ten is the smallest page that may be asked for: a shorter one that calls itself the last leaves somebody
        // out.
        let few = first && page.next_page_token == 0 && page.users.len() < present.min(10);
        let lost = |id: &Arc<str>| seen.user_of(app_id, id).is_some_and(|user| !self.is_listed(user));
        if let Some(id) = page.users.iter().map(|user| &user.user_id).find(|id| known(id) && lost(id)) {
            let evidence =
                evidence!("group ", group, " lists ", seen.who(app_id, id), ", whose link is lost");
            self.refute(seen.now, Some(Rule::ListUsersConnected), evidence);
            return;
        }
        let wrong = outsider
            .map(|id| (Rule::ListUsersFields, evidence!(seen.who(app_id, &id), " is not in it")))
            .or_else(|| {
                few.then(|| (Rule::ListUsersTokenEnd, evidence!(page.users.len(), " of ", present, " users")))
            });
        self.refute_answer(seen, group, "user list", wrong);
    }

    fn judge_presence<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        app_id: &str,
        group: GroupIx,
        list: &[Presence],
    ) {
        let Some(books) = self.groups.get(group) else { return };
        let cleared =
            books.supergroup && self.config.readings.supergroup_presence == SupergroupPresence::Cleared;
        let inside = |id: &str| {
            !cleared && seen.user_of(app_id, id).is_some_and(|user| books.members.contains_key(&user))
        };
        let wrong = list.iter().find(|presence| inside(&presence.user_id) != presence.online);
        if let Some(presence) = wrong {
            let evidence = evidence!(
                seen.who(app_id, &presence.user_id),
                " in group ",
                group,
                ": reads ",
                presence.online
            );
            self.refute(seen.now, Some(Rule::UserCheckInGroup), evidence);
        }
    }

    fn judge_online<D: Mutants>(&mut self, seen: &Observed<'_, D>, app_id: &str, list: &[Presence]) {
        // A session whose link is lost is neither surely online nor surely off.
        let state = |id: &str| seen.user_of(app_id, id).and_then(|user| self.people.session(user));
        let wrong = list.iter().find(|presence| match state(&presence.user_id) {
            None => presence.online,
            Some(session) => session.until.is_none() && !presence.online,
        });
        if let Some(presence) = wrong {
            let evidence = evidence!(seen.who(app_id, &presence.user_id), " online: reads ", presence.online);
            self.refute(seen.now, Some(Rule::UserCheckOnline), evidence);
        }
    }

    /// A user who joins is given the state of the group.
    pub(super) fn judge_join<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        group: GroupIx,
        user: UserIx,
        state: &GroupState,
    ) {
        let wrong = self.wrong_state(seen, group, user, state);
        self.refute_answer(seen, group, "state as shown on joining", wrong);
    }

    /// A user who is back is given the state of each of its groups.
    pub(super) fn judge_resumed<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        user: UserIx,
        states: &[GroupState],
    ) {
        for state in states {
            let wrong = self.wrong_state(seen, state.group, user, state);
            let wrong = wrong.map(|(_, said)| (Rule::MembershipResumeStates, said));
            self.refute_answer(seen, state.group, "state as shown on returning", wrong);
        }
    }

    /// What the state of a group that a client is given gets wrong.
    fn wrong_state<D: Mutants>(
        &self,
        seen: &Observed<'_, D>,
        group: GroupIx,
        user: UserIx,
        state: &GroupState,
    ) -> WrongAnswer {
        let books = self.groups.get(group).filter(|books| books.is_live())?;
        let user_id = &seen.user_id(user);
        let times = self.sessions_of(books);
        if state.counters.online_user_counts != books.count() || state.counters.total_times != times {
            let counters = &state.counters;
            let said = evidence!(
                "online ",
                counters.online_user_counts,
                " of ",
                books.count(),
                ", sessions ",
                counters.total_times,
                " of ",
                times
            );
            let rule = if counters.online_user_counts == 0 {
                // Whoever has joined is one, at least: the counters are missing.
                Rule::StatisticsJoinCounters
            } else if counters.total_times == times {
                Rule::StatisticsOnlineCount
            } else {
                Rule::StatisticsSessionsTotal
            };
            Some((rule, said))
        } else if let Some(wrong) =
            self.wrong_amounts(books, &state.counters.msg_amount, Rule::StatisticsJoinCounters)
        {
            Some(wrong)
        } else if let Some(wrong) = self.wrong_client_facts(group, &state.facts) {
            Some(wrong)
        } else if !books.chosen && (state.seq, state.high_index) != (books.seq, books.high_index) {
            let said = evidence!(
                "the newest message is number ",
                books.seq,
                " and HIGH number ",
                books.high_index,
                ", not ",
                state.seq,
                " and ",
                state.high_index
            );
            Some((Rule::RecoveryHighAfterReconnect, said))
        } else if (state.muted_all, state.muted_self)
            != (books.mutes.all, books.mutes.users.contains(&**user_id))
        {
            Some((Rule::MuteJoinState, evidence!("the mute state is not what was set")))
        } else if state.supergroup != self.shown_flag(books) {
            let said = evidence!("the flag should read ", self.shown_flag(books));
            Some((Rule::SupergroupThresholdMembers, said))
        } else {
            None
        }
    }

    /// How long an application keeps group messages.
    pub(super) fn retention(&self, app: Option<AppIx>) -> Duration {
        Duration::from_days(match app.and_then(|app| self.apps.get(&app)).map_or(0, |app| app.retention) {
            0 => 30,
            1 => 90,
            _ => 180,
        })
    }
}
