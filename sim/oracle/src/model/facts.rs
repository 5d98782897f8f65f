//! What a group says of itself: name, information, owner and administrators, time of creation; mutes; counters. Each is
//! judged by one function, whichever answer or notice shows it.

use std::sync::Arc;

use claque_core::reading::{CreateAdminItems, StatisticsSessions};
use claque_core::{
    CreateLiveMessageGroup, GroupFacts, GroupIx, GroupView, Mutants, NameList, Notice, NoticeTo, Output, Rule,
};

use super::{Model, Observed, WrongAnswer};
use crate::books::group::{GroupBooks, NewFacts};
use crate::evidence;
use crate::evidence::Few;

/// The facts that an answer shows.
struct Shown<'v> {
    group_id: &'v str,
    name: &'v str,
    info: &'v str,
    creator: &'v str,
    admins: &'v [Arc<str>],
    created: u64,
}

impl<'v> From<&'v GroupView> for Shown<'v> {
    fn from(view: &'v GroupView) -> Self {
        Self {
            group_id: &view.group_id,
            name: &view.group_name,
            info: &view.group_info,
            creator: &view.creator_id,
            admins: &view.admin_list,
            created: view.create_time,
        }
    }
}

impl<'v> From<&'v GroupFacts> for Shown<'v> {
    fn from(facts: &'v GroupFacts) -> Self {
        Self {
            group_id: &facts.group_id,
            name: &facts.name,
            info: &facts.info,
            creator: &facts.creator,
            admins: &facts.admins,
            created: facts.created,
        }
    }
}

impl Model {
    /// The administrators that a list names: by a reading each once, and none without a name.
    pub(super) fn admins_of(&self, given: &[String]) -> Vec<Arc<str>> {
        let distinct = self.config.readings.create_admin_items == CreateAdminItems::Distinct;
        let mut kept: Vec<Arc<str>> = Vec::new();
        for id in given {
            let again = id.is_empty() || kept.iter().any(|other| **other == **id);
            if !(distinct && again) {
                kept.push(id.as_str().into());
            }
        }
        kept
    }

    pub(super) fn facts_of(&self, call: &CreateLiveMessageGroup) -> NewFacts {
        let text = |given: &Option<String>| Arc::from(given.as_deref().unwrap_or_default());
        NewFacts {
            name: text(&call.group_name),
            info: text(&call.group_info),
            creator: text(&call.creator_id),
            admins: self.admins_of(&call.administrators),
        }
    }

    /// What a description or an entry of a list says wrong of a group, whether it lives or is deleted.
    pub(super) fn wrong_view_facts(&self, group: GroupIx, view: &GroupView) -> WrongAnswer {
        let books = self.groups.get(group)?;
        let id = self.names.of_group(group);
        wrong_facts(books, &view.into(), id.as_deref(), Rule::GroupDescribeFields)
    }

    /// What the state of a group that a client is shown says wrong of it.
    pub(super) fn wrong_client_facts(&self, group: GroupIx, facts: &GroupFacts) -> WrongAnswer {
        let books = self.groups.get(group)?;
        let id = self.names.of_group(group);
        wrong_facts(books, &facts.into(), id.as_deref(), Rule::GroupInfoOnJoin)
    }

    /// What counters by type get wrong, but for those that may be higher.
    pub(super) fn wrong_amounts(
        &self,
        books: &GroupBooks,
        amounts: &[(i64, u64)],
        rule: Rule,
    ) -> WrongAnswer {
        let sure = |kind: &i64| !books.perhaps_counted.contains(kind);
        let nonzero = |(kind, total): (i64, u64)| (total > 0 && sure(&kind)).then_some((kind, total));
        let mut shown: Vec<(i64, u64)> = amounts.iter().copied().filter_map(nonzero).collect();
        shown.sort_unstable();
        let known: Vec<(i64, u64)> =
            books.totals.iter().map(|(kind, total)| (*kind, *total)).filter_map(nonzero).collect();
        let counted = self.config.readings.shaper_shed_statistics.value()
            == claque_core::reading::ShaperShedStatistics::NotCounted.value();
        (counted && shown != known)
            .then(|| (rule, evidence!("amounts ", Few(&shown), ", delivered ", Few(&known))))
    }

    /// How many sessions a group has had: by a reading joins, or times that it opened.
    pub(super) fn sessions_of(&self, books: &GroupBooks) -> u64 {
        match self.config.readings.statistics_sessions {
            StatisticsSessions::Joins => books.joins,
            StatisticsSessions::Openings => books.openings,
        }
    }

    /// A notice of a change shows what holds from then on.
    pub(super) fn judge_change_notices<D: Mutants>(&mut self, seen: &Observed<'_, D>) {
        for output in seen.outputs {
            let Output::Notice(NoticeTo::Group(group) | NoticeTo::Users(group), notice, _) = output else {
                continue;
            };
            let Some(books) = self.groups.get(*group) else { continue };
            let wrong = match notice {
                Notice::InfoChange { info, admins } if *info != books.info || *admins != books.admins => {
                    Some((Rule::GroupInfoNotified, "information"))
                }
                Notice::MuteChange { all, users, except } => {
                    let same = *all == books.mutes.all
                        && books.mutes.lists(users.iter(), true)
                        && books.mutes.lists(except.iter(), false);
                    (!same).then_some((Rule::MuteChangeNotified, "mutes"))
                }
                Notice::Statistics { online, joins } => {
                    let right = (*online, *joins) == (books.count(), self.sessions_of(books));
                    (!right).then_some((Rule::LegacyBroadcastStatistics, "statistics"))
                }
                // Likes are judged with the call that adds them (`older`).
                Notice::InfoChange { .. }
                | Notice::Exit(_)
                | Notice::Likes(_)
                | Notice::MemberChange { .. }
                | Notice::MessageDeleted { .. } => None,
            };
            if let Some((rule, what)) = wrong {
                let said =
                    evidence!("members of group ", *group, " are notified of other ", what, " than hold");
                self.refute(seen.now, Some(rule), said);
            }
        }
    }

    /// The lists of mutes that a client is shown.
    pub(super) fn judge_client_mutes<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        group: GroupIx,
        (all, users, except): (bool, &NameList, &NameList),
    ) {
        let Some(books) = self.groups.get(group) else { return };
        let same = all == books.mutes.all
            && books.mutes.lists(users.iter(), true)
            && books.mutes.lists(except.iter(), false);
        let wrong = (!same).then(|| {
            let said = evidence!(
                "they read ",
                format!("{all}, {users:?}, {except:?}"),
                ", set were ",
                format!("{:?}", books.mutes)
            );
            (Rule::MuteDescribeLists, said)
        });
        self.refute_answer(seen, group, "mutes as a client lists them", wrong);
    }
}

fn wrong_facts(books: &GroupBooks, shown: &Shown<'_>, group_id: Option<&str>, rule: Rule) -> WrongAnswer {
    let (what, is, owed) = if *shown.info != *books.info {
        ("information", shown.info, &*books.info)
    } else if group_id.is_some_and(|id| id != shown.group_id) {
        ("ID", shown.group_id, group_id.unwrap_or_default())
    } else if *shown.name != *books.name {
        ("name", shown.name, &*books.name)
    } else if *shown.creator != *books.creator {
        ("owner", shown.creator, &*books.creator)
    } else if shown.admins != books.admins {
        let said = evidence!("the administrators are ", format!("{:?}", books.admins), ", not as shown");
        return Some((rule, said));
    } else if shown.created != books.created {
        return Some((rule, evidence!("created at ", books.created, ", not ", shown.created)));
    } else {
        return None;
    };
    Some((rule, evidence!("the ", what, " reads ", is.to_owned(), ", set was ", owed.to_owned())))
}
