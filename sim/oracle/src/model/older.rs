//! What the older family shows: applications and groups, members, likes, tokens and messages, page by page.

use std::collections::BTreeMap;
use std::sync::Arc;

use claque_core::reading::LegacyLikeTotal;
use claque_core::{
    AppIx, BatchGetOnlineUsers, GroupIx, Input, Instant, ListMessage, ListMessageGroup,
    ListMessageGroupUserById, Mutants, Notice, NoticeTo, OldApp, OldGroup, OldMember, OldMemberDetail,
    OldOnline, OldPage, Outcome, Output, Reply, Request, Response, Rule, SendLike, UserIx,
};

use super::calls::{Effect, GroupChange, OlderAnswer, OlderChange, PeopleChange};
use super::{Model, Observed, WrongAnswer};
use crate::books::app::AppBooks;
use crate::books::group::{GroupBooks, GroupExistence};
use crate::evidence;
use crate::evidence::Evidence;

/// Entries on a page when no size is given, and at the most.
const PAGE_SIZE: i32 = 20;
const PAGE_SIZE_MAX: i32 = 50;
/// The highest number of a page.
const PAGE_NUMBER_MAX: i32 = 100_000;
/// The largest number of likes on the wire.
const LIKES_MAX: u64 = i64::MAX.unsigned_abs();
/// The status of what is in order, and of an application that is disabled.
const STATUS: (i32, i32) = (1, 2);

type FreeMap = BTreeMap<String, String>;

/// A page as it is asked for: its number, its size and its order.
#[derive(Clone, Copy, Debug)]
struct OlderPage {
    number: usize,
    size: usize,
    sort: Option<i32>,
}

/// The number and size of the page that is shown. By a reading (list.page-range) what lies outside its range is taken for the
/// nearest that does not; by the other it is refused.
pub(super) fn shown_page(number: Option<i32>, size: Option<i32>) -> (usize, usize) {
    let length = |given: Option<i32>, usual: i32, most: i32| {
        usize::try_from(given.unwrap_or(usual).clamp(1, most)).expect("it is positive")
    };
    (length(number, 1, PAGE_NUMBER_MAX), length(size, PAGE_SIZE, PAGE_SIZE_MAX))
}

impl OlderPage {
    fn of(number: Option<i32>, size: Option<i32>, sort: Option<i32>) -> Self {
        let (number, size) = shown_page(number, size);
        Self { number, size, sort }
    }

    /// What a page gets wrong: its entries, whether there are more, and how many there are in all.
    fn wrong<T, O>(
        self,
        page: &OldPage<T>,
        mut owed: Vec<O>,
        entry: impl Fn(&T, &O) -> Option<&'static str>,
    ) -> WrongAnswer {
        let Self { number, size, sort } = self;
        if sort == Some(1) {
            owed.reverse();
        }
        let before = number.saturating_sub(1).saturating_mul(size);
        let on_page = owed.get(before.min(owed.len())..).unwrap_or_default();
        let on_page = on_page.get(..size.min(on_page.len())).unwrap_or_default();
        let all = owed.len();
        if usize::try_from(page.total) != Ok(all) {
            return Some((Rule::LegacyPageSize, evidence!("there are ", all, ", and it says ", page.total)));
        }
        if page.items.len() != on_page.len() {
            let said = evidence!(page.items.len(), " entries, not ", on_page.len(), " of ", all);
            return Some((Rule::LegacyPageSize, said));
        }
        let mut entries = page.items.iter().zip(on_page).zip(1_u64..);
        if let Some((what, nth)) =
            entries.find_map(|((shown, owed), nth)| entry(shown, owed).map(|what| (what, nth)))
        {
            let said = evidence!("entry ", nth, " has another ", what, " than belongs there");
            return Some((Rule::LegacyPageSort, said));
        }
        let more = !on_page.is_empty() && before + on_page.len() < all;
        (page.has_more != more).then(|| {
            let said = evidence!(before + on_page.len(), " of ", all, " were shown, more: ", page.has_more);
            (Rule::LegacyPageSize, said)
        })
    }
}

fn free(given: Option<&FreeMap>) -> FreeMap {
    given.cloned().unwrap_or_default()
}

impl Model {
    /// Follows what only the older family's groups have, and the information of users, which both families show.
    pub(super) fn follow_older<D: Mutants>(&mut self, seen: &Observed<'_, D>) {
        let (Input::Request(_, request), Outcome::Request(Ok(Reply::Done(response)))) =
            (seen.input, seen.outcome)
        else {
            return;
        };
        match request.into() {
            Effect::Group(GroupChange::CreateMessageGroup(call)) => {
                let Response::OldGroupCreated(made) = response else { return };
                let group = seen.group_of(&call.app_id, &made.group_id);
                if let Some(books) = group.and_then(|group| self.groups.get_mut(group)) {
                    books.extension = free(call.extension.as_ref());
                }
            }
            Effect::Older(OlderChange::SendLike(call)) => self.follow_likes(seen, call),
            Effect::Older(OlderChange::UpdateMessageGroup(call)) => {
                let group = seen.group_of(&call.app_id, &call.group_id);
                if let (Some(books), Some(given)) =
                    (group.and_then(|group| self.groups.get_mut(group)), &call.extension)
                {
                    books.extension.clone_from(given);
                }
            }
            Effect::People(PeopleChange::ModifyLiveMessageUserInfo(call)) => {
                let Some(user) = seen.user_of(&call.app_id, &call.user_id) else { return };
                let info = call.user_meta_info.as_deref().unwrap_or_default();
                // A user whom a send merely named is none whom information could reach.
                if self.people.logged_on.get(user).is_some() || !self.people.groups_of(user).is_empty() {
                    self.people.set_info(user, info.into());
                }
            }
            Effect::App(_)
            | Effect::Group(_)
            | Effect::Members(_)
            | Effect::Mutes(_)
            | Effect::Send(_)
            | Effect::Recall(_)
            | Effect::Reads
            | Effect::Unfollowed => {}
        }
    }

    /// Likes add up, and those whom the caller chose are notified of the sum.
    fn follow_likes<D: Mutants>(&mut self, seen: &Observed<'_, D>, call: &SendLike) {
        let Some(group) = seen.group_of(&call.app_id, &call.group_id) else { return };
        let Some(books) = self.groups.get_mut(group) else { return };
        let added = call.count.parse().unwrap_or(0);
        books.likes = books.likes.saturating_add(added).min(LIKES_MAX);
        let (likes, active) = (books.likes, books.is_active());
        let notified = seen.outputs.iter().find_map(|output| match output {
            Output::Notice(to, Notice::Likes(number), _) => Some((*to, *number)),
            _ => None,
        });
        let whole = call.broadcast_type == Some(2);
        let what = match notified {
            Some((to, _)) if whole != (to == NoticeTo::Group(group)) => "others than the caller chose",
            Some((_, number)) if number != likes => "another number of likes than there is",
            None if whole && active => "nobody, where the caller chose the group",
            Some(_) | None => return,
        };
        let said = evidence!("likes of group ", group, " are notified to ", what);
        self.refute(seen.now, Some(Rule::LegacyLikeCount), said);
    }

    /// Judges what an answer of the older family shows.
    pub(super) fn judge_older<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        request: &Request,
        answer: OlderAnswer<'_>,
        response: &Response,
    ) {
        if let Some((rule, said)) = self.wrong_older(seen, answer, response) {
            let said = evidence!(request.operation().name(), ": ", said);
            self.refute(seen.now, Some(rule), said);
        }
    }

    fn wrong_older<D: Mutants>(
        &self,
        seen: &Observed<'_, D>,
        answer: OlderAnswer<'_>,
        response: &Response,
    ) -> WrongAnswer {
        let owner = if let Input::Request(caller, _) = seen.input { Some(caller.account) } else { None };
        let listed = |app: &AppBooks| Some(app.account) == owner && !app.deleted;
        match (answer, response) {
            (OlderAnswer::GetMessageApp(call), Response::OldApp(app)) => {
                self.wrong_field(self.wrong_old_app(app, seen.app(&call.app_id)?))
            }
            (OlderAnswer::ListMessageApp(call), Response::OldApps(page)) => {
                let asked = OlderPage::of(call.page_num, call.page_size, call.sort_type);
                let owed = self.old_apps(listed);
                asked.wrong(page, owed, |app, owed| self.wrong_old_app(app, *owed))
            }
            (OlderAnswer::QueryMessageApp(call), Response::OldAppsFound(page)) => {
                let asked = OlderPage::of(call.page_num, call.page_size, call.sort_type);
                let id = call.app_id.as_ref().filter(|id| !id.is_empty());
                let name = call.app_name.as_ref().filter(|name| !name.is_empty());
                let found = |app: &AppBooks| listed(app) && name.is_none_or(|name| *app.name == **name);
                let mut owed = self.old_apps(found);
                owed.retain(|app| id.is_none_or(|id| self.names.of_app(*app).is_none_or(|of| *of == **id)));
                asked.wrong(page, owed, |app, owed| self.wrong_old_app(app, *owed))
            }
            (OlderAnswer::CreateMessageGroup(call), Response::OldGroupCreated(made)) => {
                let same = made.extension == free(call.extension.as_ref());
                self.wrong_field((!same).then_some("extension"))
            }
            (OlderAnswer::SendLike(call), Response::OldLikes(answered)) => {
                let books = self.groups.get(seen.group_of(&call.app_id, &call.group_id)?)?;
                let owed = match self.config.readings.legacy_like_total {
                    LegacyLikeTotal::Total => books.likes,
                    LegacyLikeTotal::Increment => call.count.parse().unwrap_or(0),
                };
                (*answered != owed).then(|| {
                    (Rule::LegacyLikeCount, evidence!("answered ", *answered, " likes, there are ", owed))
                })
            }
            (OlderAnswer::GetMessageToken(call), Response::OldToken(token)) => {
                // How long it is good for is stated nowhere, but that it is good now, and stated in milliseconds.
                let now = seen.now.as_micros() / 1_000;
                let good = token.access_token_expired_time > now && !token.access_token.is_empty();
                (!good).then(|| {
                    let who = seen.who(&call.app_id, &call.user_id);
                    let said = evidence!("a token of ", who, " ends at ", token.access_token_expired_time);
                    (Rule::LegacyTokenExpiryMs, said)
                })
            }
            (OlderAnswer::ListMessage(call), Response::OldMessages(page)) => {
                self.wrong_old_messages(seen, call, page)
            }
            (answer, response) => self.wrong_old_group_answer(seen, answer, response),
        }
    }

    /// What the answers get wrong that are about groups and who is in them.
    fn wrong_old_group_answer<D: Mutants>(
        &self,
        seen: &Observed<'_, D>,
        answer: OlderAnswer<'_>,
        response: &Response,
    ) -> WrongAnswer {
        match (answer, response) {
            (OlderAnswer::GetMessageGroup(call), Response::OldGroup(group)) => {
                let at = seen.group_of(&call.app_id, &call.group_id)?;
                self.wrong_field(self.wrong_old_group(group, at))
            }
            (OlderAnswer::ListMessageGroup(call), Response::OldGroups(page)) => {
                let asked = OlderPage::of(call.page_num, call.page_size, call.sort_type);
                let owed = self.old_groups(seen, call)?;
                asked.wrong(page, owed, |group, owed| self.wrong_old_group(group, *owed))
            }
            (OlderAnswer::ListMessageGroupUser(call), Response::OldMembers(page)) => {
                let books = self.groups.get(seen.group_of(&call.app_id, &call.group_id)?)?;
                let asked = OlderPage::of(call.page_num, call.page_size, call.sort_type);
                wrong_old_members(seen, books, asked, page)
            }
            (OlderAnswer::ListMessageGroupUserById(call), Response::OldMembersById(page)) => {
                self.wrong_old_details(seen, call, page)
            }
            (OlderAnswer::BatchGetOnlineUsers(call), Response::OldOnline(users)) => {
                self.wrong_old_online(seen, call, users)
            }
            (
                OlderAnswer::BatchGetOnlineUsers(_)
                | OlderAnswer::CreateMessageGroup(_)
                | OlderAnswer::GetMessageApp(_)
                | OlderAnswer::GetMessageGroup(_)
                | OlderAnswer::GetMessageToken(_)
                | OlderAnswer::ListMessage(_)
                | OlderAnswer::ListMessageApp(_)
                | OlderAnswer::ListMessageGroup(_)
                | OlderAnswer::ListMessageGroupUser(_)
                | OlderAnswer::ListMessageGroupUserById(_)
                | OlderAnswer::QueryMessageApp(_)
                | OlderAnswer::SendLike(_),
                _,
            ) => Some((Rule::LegacyResponseEnvelope, evidence!("the answer is one of another operation"))),
        }
    }

    fn wrong_field(&self, what: Option<&'static str>) -> WrongAnswer {
        what.map(|what| (Rule::LegacyStatusNormal, evidence!("shows another ", what, " than was set")))
    }

    /// The older family's applications, in the order of their creation.
    fn old_apps(&self, wanted: impl Fn(&AppBooks) -> bool) -> Vec<AppIx> {
        let sees = |app: &AppBooks| self.sees(claque_core::Family::Old, app);
        self.apps.iter().filter(|(_, app)| sees(app) && wanted(app)).map(|(at, _)| *at).collect()
    }

    fn wrong_old_app(&self, shown: &OldApp, at: AppIx) -> Option<&'static str> {
        let books = self.apps.get(&at)?;
        let status = if books.disabled { STATUS.1 } else { STATUS.0 };
        if self.names.of_app(at).is_some_and(|id| id != shown.app_id) {
            Some("ID")
        } else if shown.app_name != books.name {
            Some("name")
        } else if shown.app_config != books.config {
            Some("configuration")
        } else if shown.extension != books.extension {
            Some("extension")
        } else if shown.create_time != books.created.unix_seconds() {
            Some("time of creation")
        } else {
            (shown.status != status).then_some("status")
        }
    }

    /// The groups that exist, of an application or of one user in it, in the order of their creation.
    fn old_groups<D: Mutants>(
        &self,
        seen: &Observed<'_, D>,
        call: &ListMessageGroup,
    ) -> Option<Vec<GroupIx>> {
        let app = seen.app(&call.app_id)?;
        let of_app = |books: &GroupBooks| books.app == Some(app) && books.is_live();
        let all = self.groups.iter().filter(|(_, books)| of_app(books));
        let mut owed: Vec<(u64, GroupIx)> = match call.user_id.as_deref().filter(|user| !user.is_empty()) {
            None => all.map(|(group, books)| (books.serial, group)).collect(),
            Some(user) => {
                let user = seen.user_of(&call.app_id, user);
                let is_in = |books: &GroupBooks| user.is_some_and(|user| books.members.contains_key(&user));
                all.filter(|(_, books)| is_in(books)).map(|(group, books)| (books.serial, group)).collect()
            }
        };
        owed.sort_unstable();
        Some(owed.into_iter().map(|(_, group)| group).collect())
    }

    fn wrong_old_group(&self, shown: &OldGroup, at: GroupIx) -> Option<&'static str> {
        let books = self.groups.get(at)?;
        let app = books.app.and_then(|app| self.names.of_app(app));
        if self.names.of_group(at).is_some_and(|id| id != shown.group_id) {
            Some("ID")
        } else if app.is_some_and(|id| id != shown.app_id) {
            Some("application")
        } else if shown.creator_id != books.creator {
            Some("creator")
        } else if shown.create_time != books.created {
            Some("time of creation")
        } else if shown.extension != books.extension {
            Some("extension")
        } else if shown.is_mute_all != books.mutes.all {
            Some("mute of everybody")
        } else {
            (shown.status != STATUS.0).then_some("status")
        }
    }

    /// Those who were asked for and are in the group, each with who mutes it.
    fn wrong_old_details<D: Mutants>(
        &self,
        seen: &Observed<'_, D>,
        call: &ListMessageGroupUserById,
        page: &OldPage<OldMemberDetail>,
    ) -> WrongAnswer {
        let books = self.groups.get(seen.group_of(&call.app_id, &call.group_id)?)?;
        let found = call.user_id_list.iter().filter_map(|id| seen.user_of(&call.app_id, id));
        let owed: Vec<UserIx> = found.filter(|user| books.members.contains_key(user)).collect();
        let entry = |shown: &OldMemberDetail, user: &UserIx| {
            let id = seen.user_id(*user);
            let group = books.mutes.all && !books.mutes.except.contains(&id);
            let single = books.mutes.users.contains(&id);
            if shown.user_id != id {
                Some("user")
            } else if shown.user_extension != self.people.info_of(*user) {
                Some("extension")
            } else if (shown.muted_by_group, shown.muted_by_user) != (group, single) {
                Some("mute")
            } else {
                (shown.is_mute != (group || single)).then_some("mute")
            }
        };
        // One page, however many were asked for.
        let asked = OlderPage { number: 1, size: owed.len().max(1), sort: None };
        asked.wrong(page, owed, entry).map(|(_, said)| (Rule::LegacyMuteBy, said))
    }

    /// Of those who were asked for, who is in the group, since when, and whether it is connected.
    fn wrong_old_online<D: Mutants>(
        &self,
        seen: &Observed<'_, D>,
        call: &BatchGetOnlineUsers,
        users: &[OldOnline],
    ) -> WrongAnswer {
        let books = self.groups.get(seen.group_of(&call.app_id, &call.group_id)?)?;
        let inside = |id: &str| {
            let user = seen.user_of(&call.app_id, id)?;
            Some((user, books.members.get(&user)?.since))
        };
        let absent = call
            .user_ids
            .iter()
            .find(|id| inside(id).is_some() != users.iter().any(|shown| *shown.user_id == ***id));
        let wrong = |said: Evidence| Some((Rule::LegacyOnlineBatch, said));
        if let Some(id) = absent {
            let said =
                evidence!(seen.who(&call.app_id, id), " is shown as if it were not, or were, in the group");
            return wrong(said);
        }
        let differs = |shown: &&OldOnline| {
            let Some((user, since)) = inside(&shown.user_id) else { return true };
            // Whether a lost link is connected still is stated nowhere.
            let connected = self.people.session(user).map(|session| session.until.is_none());
            let online = connected.is_none_or(|up| up) && connected.is_some();
            shown.join_time != since.unix_seconds() * 1_000
                || (connected != Some(false) && shown.online != online)
        };
        let shown = users.iter().find(differs)?;
        let said = evidence!(
            seen.who(&call.app_id, &shown.user_id),
            " is shown to have joined at ",
            shown.join_time,
            ", connected: ",
            shown.online
        );
        wrong(said)
    }

    /// The stored messages of a group by the time of sending, on numbered pages.
    fn wrong_old_messages<D: Mutants>(
        &self,
        seen: &Observed<'_, D>,
        call: &ListMessage,
        page: &OldPage<claque_core::OldMessage>,
    ) -> WrongAnswer {
        let group = seen.group_of(&call.app_id, &call.group_id)?;
        let books = self.groups.get(group)?;
        if !matches!(books.standing(seen.now), GroupExistence::Live) || books.unordered || books.chosen {
            return None;
        }
        let owed = self.all_stored(seen.now, books, seen.app(&call.app_id), call.kind.map(i64::from))?;
        let asked = OlderPage::of(call.page_num, call.page_size, call.sort_type);
        let entry = |shown: &claque_core::OldMessage, owed: &&crate::books::kept::KeptMessage| {
            let message = &owed.message;
            if shown.message_id != message.tid {
                Some("ID")
            } else if *shown.sender_id != *message.sender_id {
                Some("sender")
            } else if shown.kind != message.kind {
                Some("type")
            } else if shown.data != message.body {
                Some("data")
            } else {
                self.names.of_group(group).is_some_and(|id| id != shown.group_id).then_some("group")
            }
        };
        asked.wrong(page, owed, entry)
    }

    /// What the answer to a change of a user's information names: the groups that show it, and those that are gone.
    pub(super) fn judge_user_info<D: Mutants>(&mut self, seen: &Observed<'_, D>) {
        let (
            Input::Request(_, Request::ModifyLiveMessageUserInfo(call)),
            Outcome::Request(Ok(Reply::Done(Response::UserInfo(outcome)))),
        ) = (seen.input, seen.outcome)
        else {
            return;
        };
        let user = seen.user_of(&call.app_id, &call.user_id);
        let names = |groups: &mut dyn Iterator<Item = GroupIx>| {
            let mut names: Vec<Arc<str>> = groups.filter_map(|group| self.names.of_group(group)).collect();
            names.sort_unstable();
            names
        };
        let mut shown = outcome.succeeded.clone();
        shown.sort_unstable();
        let inside = user.map(|user| self.people.groups_of(user)).unwrap_or_default();
        let what = if shown != names(&mut inside.iter().copied()) {
            Some((Rule::UserInfoPerGroup, "other groups than the user is in"))
        } else {
            // Who has no session was notified of no end, and whether its groups are named is stated nowhere.
            // While a large group is dismissed, its members are out of it one after the other.
            let calm = self.dismissals.is_empty();
            let user = user.filter(|user| calm && self.people.session(*user).is_some());
            let gone = |group: &GroupIx| self.groups.get(*group).is_some_and(|books| !books.is_live());
            let owed = user.map(|user| names(&mut self.people.deleted_for(user).filter(gone)));
            let mut failed: Vec<Arc<str>> =
                outcome.failed.iter().map(|failure| Arc::clone(&failure.group_id)).collect();
            failed.sort_unstable();
            let code = outcome.failed.iter().any(|failure| failure.code != 440 || failure.reason.is_empty());
            let other = owed.is_some_and(|owed| owed != failed);
            (other || code).then_some((Rule::UserInfoMissingGroupCode, "other groups that are gone"))
        };
        if let Some((rule, what)) = what {
            let said = evidence!(
                "the change of information of ",
                seen.who(&call.app_id, &call.user_id),
                " names ",
                what
            );
            self.refute(seen.now, Some(rule), said);
        }
    }
}

/// The members of a group by joining; none of a supergroup, only how many there are.
fn wrong_old_members<D: Mutants>(
    seen: &Observed<'_, D>,
    books: &GroupBooks,
    asked: OlderPage,
    page: &OldPage<OldMember>,
) -> WrongAnswer {
    if books.supergroup && !books.members.is_empty() {
        let right = page.items.is_empty() && !page.has_more && u64::from(page.total) == books.count();
        return (!right).then(|| {
            let said = evidence!(page.items.len(), " members of a supergroup, of ", page.total);
            (Rule::SupergroupListUnavailable, said)
        });
    }
    let mut owed: Vec<(u64, UserIx, Instant)> =
        books.members.iter().map(|(user, joined)| (joined.order, *user, joined.since)).collect();
    owed.sort_unstable();
    asked.wrong(page, owed, |shown, (_, user, since)| {
        if shown.user_id != seen.user_id(*user) {
            Some("user")
        } else {
            (shown.join_time != since.unix_seconds()).then_some("time of joining")
        }
    })
}
