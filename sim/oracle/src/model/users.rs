//! Lists of members: their order, their pages, and the number that a client is shown.

use std::sync::Arc;

use claque_core::reading::SupergroupListAnswer;
use claque_core::{GroupIx, Mutants, Rule, UserIx, UserView};

use super::{Model, Observed};
use crate::evidence;

/// Most members on a client's page.
const CLIENT_PAGE_MAX: u32 = 50;

/// A page of members that a client asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct UsersAsked {
    pub(super) newest: bool,
    pub(super) token: i64,
    pub(super) size: u32,
}

impl Model {
    /// A page of the members of a normal group begins with who joined first, or last, or goes on after the page before.
    pub(super) fn judge_user_order<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        group: GroupIx,
        (newest, token): (bool, i64),
        (shown, next): (&[Arc<str>], i64),
    ) {
        let Some(books) = self.groups.get(group).filter(|books| !books.supergroup) else { return };
        let after = if token > 0 {
            // A token that the model saw nobody given is not judged.
            let Some(after) = self.user_walks.place((group, token)) else { return };
            Some(after)
        } else {
            None
        };
        let beyond = |joined: u64| match after {
            Some(last) if newest => joined < last,
            Some(last) => joined > last,
            None => true,
        };
        let listed = |user: &UserIx| self.is_listed(*user);
        let mut owed: Vec<(u64, UserIx)> = books
            .members
            .iter()
            .filter(|(user, joined)| beyond(joined.order) && listed(user))
            .map(|(user, joined)| (joined.order, *user))
            .collect();
        owed.sort_unstable();
        if newest {
            owed.reverse();
        }
        let begins = shown.len() <= owed.len()
            && shown.iter().zip(&owed).all(|(shown, (_, user))| *shown == seen.user_id(*user));
        let more = shown.len() < owed.len();
        let wrong = if !begins {
            Some((Rule::ListUsersSort, evidence!("not in the order of joining")))
        } else if more == (next == 0) {
            let said = evidence!(shown.len(), " of ", owed.len(), " users, token ", next.to_string());
            Some((Rule::ListUsersTokenEnd, said))
        } else {
            None
        };
        if let Some((last, _)) = shown.len().checked_sub(1).and_then(|at| owed.get(at)).filter(|_| next > 0) {
            self.user_walks.note((group, next), *last);
        }
        self.refute_answer(seen, group, "user list", wrong);
    }

    /// A list shows of each member the information that was given last.
    pub(super) fn judge_user_infos<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        (app_id, group): (&str, GroupIx),
        users: &[UserView],
    ) {
        let differs = |view: &&UserView| {
            let user = seen.user_of(app_id, &view.user_id);
            user.is_some_and(|user| self.people.info_of(user) != view.user_info)
        };
        if let Some(view) = users.iter().find(differs) {
            let who = seen.who(app_id, &view.user_id);
            let said = evidence!("group ", group, " lists ", who, " with other information than was given");
            self.refute(seen.now, Some(Rule::UserInfoListed), said);
        }
    }

    /// A client's list of members: the number of all is exact also where there is no list.
    pub(super) fn judge_client_users<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        group: GroupIx,
        asked: UsersAsked,
        (users, total, next): (&[Arc<str>], u64, i64),
    ) {
        let Some(books) = self.groups.get(group) else { return };
        let count = books.count();
        if total != count {
            let said = evidence!("a client is shown ", total, " members, ", count, " are in it");
            return self.refute_answer(seen, group, "user list", Some((Rule::StatisticsOnlineCount, said)));
        }
        if books.supergroup {
            let empty = self.config.readings.supergroup_list_answer == SupergroupListAnswer::Empty;
            let wrong = (empty && !(users.is_empty() && next == 0)).then(|| {
                let said = evidence!("a supergroup lists ", users.len(), " users");
                (Rule::SupergroupListUnavailable, said)
            });
            return self.refute_answer(seen, group, "user list", wrong);
        }
        let size = usize::try_from(asked.size.clamp(1, CLIENT_PAGE_MAX)).unwrap_or(usize::MAX);
        let short = next > 0 && users.len() != size;
        self.judge_user_order(seen, group, (asked.newest, asked.token.max(0)), (users, next));
        let wrong = short.then(|| {
            let said = evidence!("a page of ", users.len(), " users, ", size, " were asked for");
            (Rule::ListUsersTokenEnd, said)
        });
        self.refute_answer(seen, group, "user list", wrong);
    }
}
