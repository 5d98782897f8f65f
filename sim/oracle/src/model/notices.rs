//! What is notified of comings and goings: notices to members, callbacks to the application, and the service's own
//! counts.

use std::collections::BTreeMap;

use claque_core::reading::{CallbackGroupDelete, CallbackKick, MembershipNotice, SupergroupNoticeNames};
use claque_core::{
    CallbackEvent, GroupIx, Input, Instant, LogoffReason, Mutants, Notice, NoticeTo, Outcome, Output, Rule,
    UserIx, limits,
};

use super::{Model, Observed};
use crate::books::sessions::{Comings, MembershipCause, MembershipChange};
use crate::evidence;
use crate::evidence::Evidence;

/// An event that is called back.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum CallbackKind {
    Logon,
    Logoff(u8),
    Join(GroupIx),
    Leave(GroupIx),
    Reconnect(Vec<GroupIx>),
}

/// An event that is called back, in words.
fn called_back((user, event): &(UserIx, CallbackKind)) -> Evidence {
    match event {
        CallbackKind::Logon => evidence!(*user, " logged on"),
        CallbackKind::Logoff(reason) => evidence!(*user, " logged off for reason ", u64::from(*reason)),
        CallbackKind::Join(group) => evidence!(*user, " joined ", *group),
        CallbackKind::Leave(group) => evidence!(*user, " left ", *group),
        CallbackKind::Reconnect(groups) => {
            let groups: Vec<Evidence> = groups.iter().map(|group| evidence!(*group)).collect();
            evidence!(*user, " came back to ", groups)
        }
    }
}

/// A membership notice to a group.
#[derive(Clone, Copy, Debug)]
struct CountNotice<'s> {
    count: u64,
    joined: &'s [UserIx],
    left: &'s [UserIx],
    supergroup: bool,
}

/// How many of the changes of one instant may have come after its notice, which names none of them: what it counts may
/// have been so more than once.
fn unnotified_by(notice: &CountNotice<'_>, changes: &[MembershipChange]) -> usize {
    let notified = changes.iter().position(|change| change.count == notice.count);
    let before =
        |first: &MembershipChange| if first.joined { first.count.saturating_sub(1) } else { first.count + 1 };
    match notified {
        _ if changes.first().is_some_and(|first| before(first) == notice.count) => changes.len(),
        Some(at) => changes.len() - at - 1,
        None => 0,
    }
}

impl Model {
    /// A notice of a kind was owed to a group.
    ///
    /// Where one is missing, the kind may be, or all kinds are: what becomes of the next notice of another kind tells.
    pub(super) fn expect_notice(
        &mut self,
        now: Instant,
        kind: Rule,
        notified: bool,
        evidence: impl Fn() -> Evidence,
    ) {
        if notified {
            self.notified.insert(kind);
        // A second kind is missing, too: it is no single kind that is broken, but that notices are sent at all.
        } else if self.unnotified.as_ref().is_some_and(|(_, other, _)| *other != kind) {
            self.refute(now, Some(Rule::MembershipNoticeKinds), evidence!(evidence(), "; nor was it before"));
        } else if self.unnotified.is_none() {
            self.unnotified = Some((now, kind, evidence()));
        }
        let others =
            self.unnotified.as_ref().is_some_and(|(_, kind, _)| self.notified.iter().any(|it| it != kind));
        if others {
            self.judge_unnotified_kind();
        }
    }

    /// A notice of one kind was not sent, and others were.
    pub(super) fn judge_unnotified_kind(&mut self) {
        if let Some((at, kind, evidence)) = self.unnotified.take() {
            self.refute(at, Some(kind), evidence);
        }
    }

    /// Logons, logoffs, joins, leaves and reconnects are called back, each once, and nothing else is.
    pub(super) fn judge_callbacks<D: Mutants>(&mut self, seen: &Observed<'_, D>, comings: &Comings) {
        let mut owed = self.events(seen, comings);
        let mut got: Vec<(UserIx, CallbackKind)> = Vec::new();
        for output in seen.outputs {
            let Output::Callback(callback) = output else { continue };
            // A name that no group has must not drop out of the comparison: it stands for a group that nothing is
            // owed of.
            let group = |id: &str| seen.group_in(callback.app, id).unwrap_or(GroupIx(u32::MAX));
            let event = match &callback.event {
                CallbackEvent::Logon => CallbackKind::Logon,
                CallbackEvent::Logoff(reason) => CallbackKind::Logoff(*reason),
                CallbackEvent::Join(id) => CallbackKind::Join(group(id)),
                CallbackEvent::Leave(id) => CallbackKind::Leave(group(id)),
                CallbackEvent::Reconnect(ids) => {
                    let mut groups: Vec<GroupIx> = ids.iter().map(|id| group(id)).collect();
                    groups.sort_unstable();
                    CallbackKind::Reconnect(groups)
                }
            };
            got.push((callback.user, event));
        }
        owed.retain(|(user, _)| seen.app_of(*user).is_some_and(|app| self.is_called_back(app)));
        owed.sort();
        got.sort();
        // As sets: the events of one call have no documented order among different users.
        if owed == got {
            return;
        }
        let uncalled =
            got.iter().any(|(user, _)| seen.app_of(*user).is_none_or(|app| !self.is_called_back(app)));
        let reasons = owed.iter().zip(&got).any(|((_, owed), (_, got))| {
            matches!((owed, got), (CallbackKind::Logoff(one), CallbackKind::Logoff(other)) if one != other)
        });
        let rule = if uncalled {
            Rule::CallbackUrlAbsentOff
        } else if reasons {
            Rule::CallbackLogoffReasons
        } else {
            Rule::CallbackEventKinds
        };
        let listed = |events: &[(UserIx, CallbackKind)]| events.iter().map(called_back).collect::<Vec<_>>();
        let (owed, got) = (listed(&owed), listed(&got));
        let evidence = evidence!("events owed to the receiver of callbacks: ", owed, ", sent: ", got);
        self.refute(seen.now, Some(rule), evidence);
    }

    /// The events that a call owes to the receiver of callbacks.
    fn events<D: Mutants>(&self, seen: &Observed<'_, D>, comings: &Comings) -> Vec<(UserIx, CallbackKind)> {
        let readings = &self.config.readings;
        let mut owed = Vec::new();
        match (seen.input, seen.outcome) {
            (Input::Connect(_), Outcome::Connected(Ok(connected))) => {
                owed.push((connected.session.user, CallbackKind::Logon));
            }
            (Input::Reconnect(session, ..), Outcome::Connected(Ok(_))) => {
                let groups = self.people.groups_of(session.user).to_vec();
                owed.push((session.user, CallbackKind::Reconnect(groups)));
            }
            _ => {}
        }
        for change in &comings.changes {
            // callback.source.client-actions: what the back end does on its own raises no event, a kick aside, on
            // which the documents are silent.
            let raises = match change.cause {
                MembershipCause::Client | MembershipCause::SessionEnd => true,
                MembershipCause::Kick => {
                    readings.callback_kick == CallbackKick::Leave
                        && self.people.session(change.user).is_some()
                }
                MembershipCause::BackEnd | MembershipCause::Disabled => false,
            };
            if raises {
                let event = if change.joined {
                    CallbackKind::Join(change.group)
                } else {
                    CallbackKind::Leave(change.group)
                };
                owed.push((change.user, event));
            }
        }
        for logoff in &comings.logoffs {
            let number = match logoff.reason {
                LogoffReason::Normal => 1,
                LogoffReason::Timeout => 3,
                LogoffReason::OtherDevice => 4,
                // callback.logoff.reasons lists no number for it, and so no event can name it.
                LogoffReason::AppDisabled => continue,
            };
            owed.push((logoff.session.user, CallbackKind::Logoff(number)));
        }
        if readings.callback_group_delete == CallbackGroupDelete::Leave
            // The sessions go on after a deletion: members that the back end put in have none, and nothing is called
            // back of them.
            && let Some((group, users)) = &self.just_deleted
        {
            let online = users.iter().filter(|user| self.people.session(**user).is_some());
            owed.extend(online.map(|user| (*user, CallbackKind::Leave(*group))));
        }
        // A large group is dismissed in slices, each with its events.
        if readings.callback_group_delete == CallbackGroupDelete::Leave {
            for (group, users) in self.later_slices(seen) {
                let online = users.into_iter().filter(|user| self.people.session(*user).is_some());
                owed.extend(online.map(|user| (user, CallbackKind::Leave(group))));
            }
        }
        owed
    }

    /// Members are notified of joins and leaves: each change in a normal group, by count and at most every 5 s in a
    /// supergroup.
    pub(super) fn judge_notices<D: Mutants>(&mut self, seen: &Observed<'_, D>, changes: &[MembershipChange]) {
        let mut notified: BTreeMap<GroupIx, (Vec<MembershipChange>, Vec<CountNotice<'_>>)> = BTreeMap::new();
        for change in changes {
            notified.entry(change.group).or_default().0.push(*change);
        }
        for output in seen.outputs {
            if let Output::Notice(
                NoticeTo::Group(group),
                Notice::MemberChange { count, joined, left, supergroup },
                _,
            ) = output
            {
                let notice = CountNotice { count: *count, joined, left, supergroup: *supergroup };
                notified.entry(*group).or_default().1.push(notice);
            }
        }
        for (group, (changes, notices)) in notified {
            let supers: Vec<CountNotice<'_>> =
                notices.iter().filter(|notice| notice.supergroup).copied().collect();
            self.judge_super_notices(seen, group, &changes, &supers);
            self.note_notified(seen.now, group, &changes, supers.last());
            if self.config.readings.membership_notice == MembershipNotice::EachChange {
                let normal: Vec<CountNotice<'_>> =
                    notices.iter().filter(|notice| !notice.supergroup).copied().collect();
                self.judge_normal_notices(seen, group, &changes, &normal);
            }
        }
    }

    /// In a normal group, each change is notified at once to the members who are left, with the exact count.
    fn judge_normal_notices<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        group: GroupIx,
        changes: &[MembershipChange],
        notices: &[CountNotice<'_>],
    ) {
        // What the old family's operations announce is the caller's choice, and a disabled application is silent.
        let owed: Vec<&MembershipChange> = changes
            .iter()
            .filter(|change| !change.supergroup && change.count > 0)
            .filter(|change| !matches!(change.cause, MembershipCause::BackEnd | MembershipCause::Disabled))
            .collect();
        // A silent change among others shifts what the notices count, and which of them it shifts is not to be seen.
        if owed.len() != changes.iter().filter(|change| !change.supergroup && change.count > 0).count() {
            return;
        }
        let fits = |(change, notice): (&&MembershipChange, &CountNotice<'_>)| {
            let one: &[UserIx] = &[change.user];
            let (joined, left): (&[UserIx], &[UserIx]) = if change.joined { (one, &[]) } else { (&[], one) };
            notice.count == change.count && notice.joined == joined && notice.left == left
        };
        if owed.len() != notices.len() || !owed.iter().zip(notices).all(fits) {
            let change = |change: &&MembershipChange| {
                let word = if change.joined { " joined" } else { " left" };
                evidence!(change.user, word, ", then ", change.count)
            };
            let notice = |notice: &CountNotice<'_>| {
                let users = |users: &[UserIx]| users.iter().map(|user| evidence!(*user)).collect::<Vec<_>>();
                let (joined, left) = (users(notice.joined), users(notice.left));
                evidence!("joined ", joined, ", left ", left, ", then ", notice.count)
            };
            let owed: Vec<Evidence> = owed.iter().map(change).collect();
            let notices: Vec<Evidence> = notices.iter().map(notice).collect();
            let evidence = evidence!("group ", group, ": the changes ", owed, " are notified as ", notices);
            self.refute(seen.now, Some(Rule::MembershipNoticeChange), evidence);
        }
    }

    /// In a supergroup, notices stand five seconds apart, list nobody, and carry the count of that moment.
    fn judge_super_notices<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        group: GroupIx,
        changes: &[MembershipChange],
        notices: &[CountNotice<'_>],
    ) {
        let (now, due) = (seen.now, matches!(seen.input, Input::Timeout));
        let named = self.config.readings.supergroup_notice_names == SupergroupNoticeNames::Some;
        for notice in notices {
            let leapt = self.leapt;
            let Some(books) = self.groups.get_mut(group) else { return };
            // What was due while the service was away is notified late; the next one need not wait for it.
            let last = std::mem::replace(&mut books.last_notice, (!leapt).then_some(now));
            let members = books.count();
            let before = changes
                .first()
                .map(|change| if change.joined { change.count.saturating_sub(1) } else { change.count + 1 });
            let exact = notice.count == members
                || changes.iter().any(|change| change.count == notice.count)
                // Several deadlines of one instant are one call: a notice that was due then may have counted before
                // the sessions that timed out in it.
                || (due && before == Some(notice.count));
            let listed = notice.joined.len() + notice.left.len();
            // supergroup.notice.no-lists forbids to list everybody, and not to list somebody: how many it could have
            // listed is all since the notice before.
            let changed = std::mem::take(&mut books.unnamed) + changes.len();
            let all = if named { changed } else { 1 };
            if listed > 0 && listed >= all {
                let evidence =
                    evidence!("supergroup ", group, ": a notice lists ", listed, " users of ", changed);
                self.refute(now, Some(Rule::SupergroupNoticeNoLists), evidence);
            } else if !exact {
                let evidence = evidence!(
                    "supergroup ",
                    group,
                    ": a notice counts ",
                    notice.count,
                    ", ",
                    members,
                    " are in it"
                );
                self.refute(now, Some(Rule::SupergroupNoticeExactCount), evidence);
            } else if let Some(last) = last.filter(|_| !leapt)
                && now.since(last) < limits::SUPERGROUP_NOTICE_INTERVAL_MIN
            {
                let apart = now.since(last);
                let evidence =
                    evidence!("supergroup ", group, ": notices ", apart, " apart, at ", last, " and ", now);
                self.refute(now, Some(Rule::SupergroupNoticeInterval), evidence);
            }
        }
    }

    /// Takes note of whether a supergroup's count is notified.
    fn note_notified(
        &mut self,
        now: Instant,
        group: GroupIx,
        changes: &[MembershipChange],
        notified: Option<&CountNotice<'_>>,
    ) {
        let Some(books) = self.groups.get_mut(group) else { return };
        if books.supergroup {
            books.unnamed += notified.map_or(changes.len(), |notice| unnotified_by(notice, changes));
        }
        let silent = changes
            .iter()
            .any(|change| matches!(change.cause, MembershipCause::BackEnd | MembershipCause::Disabled));
        // Whether a change that is announced to nobody is owed with the next notice is stated nowhere: what was owed is
        // forgotten with it.
        if notified.is_some() || silent || !books.supergroup || books.members.is_empty() {
            books.unnotified = None;
        }
        // What changed after the notice, at the same instant, is notified in the next.
        let current = notified.is_some_and(|notice| notice.count == books.count());
        if !(current || silent) && books.supergroup && changes.iter().any(|change| change.supergroup) {
            books.unnotified.get_or_insert(now);
        }
    }

    /// A change of a supergroup's count is notified within the interval.
    pub(super) fn judge_unnotified(&mut self, now: Instant) {
        let second = now.unix_seconds();
        let looked = std::mem::replace(&mut self.counts_looked_at, second) == second;
        if looked || self.leapt {
            return;
        }
        let bound = limits::SUPERGROUP_NOTICE_INTERVAL_MIN;
        let overdue = self.groups.iter().find(|(_, books)| {
            books.is_active() && books.supergroup && books.unnotified.is_some_and(|since| since + bound < now)
        });
        if let Some((group, books)) = overdue {
            let evidence = evidence!(
                "supergroup ",
                group,
                ": ",
                books.count(),
                " members, and that is untold since ",
                books.unnotified.unwrap_or(now)
            );
            self.refute(now, Some(Rule::SupergroupNoticeInterval), evidence);
        }
    }

    /// The service counts the members that the model counts, and calls supergroup what the model calls so.
    pub(super) fn judge_counts<D: Mutants>(&mut self, seen: &Observed<'_, D>, changes: &[MembershipChange]) {
        let bound = u64::from(self.config.limits.group_members_max);
        for change in changes {
            let Some(books) = self.groups.get(change.group) else { continue };
            let (members, supergroup, joined) = (books.count(), books.supergroup, change.joined);
            let group = change.group;
            let counted = u64::from(seen.service.member_count(group));
            if counted != members {
                let rule = match change.cause {
                    MembershipCause::SessionEnd => Rule::MembershipSessionTimeout,
                    MembershipCause::Kick => Rule::UserKickRemoves,
                    MembershipCause::Client if !joined && counted > members => {
                        Rule::MembershipLeaveEndsDelivery
                    }
                    MembershipCause::Client | MembershipCause::BackEnd | MembershipCause::Disabled => {
                        Rule::StatisticsOnlineCount
                    }
                };
                let evidence =
                    evidence!("group ", group, ": the service counts ", counted, " members of ", members);
                self.refute(seen.now, Some(rule), evidence);
            // Of an empty group the flag is a reading (supergroup.closed-flag), and is judged where it is shown.
            } else if members > 0 && seen.service.is_supergroup(group) != supergroup {
                let rule = match (joined, supergroup) {
                    (true, true) => Rule::SupergroupThresholdMembers,
                    (true, false) if members == 1 => Rule::SupergroupReopenNormal,
                    (true, false) => Rule::SupergroupThresholdMembers,
                    (false, _) => Rule::SupergroupStateSticky,
                };
                let evidence = evidence!(
                    "group ",
                    group,
                    " with ",
                    members,
                    " members (more than ",
                    bound,
                    " make a supergroup): the flag should read ",
                    supergroup
                );
                self.refute(seen.now, Some(rule), evidence);
            }
        }
    }
}
