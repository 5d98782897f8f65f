//! What is told of comings and goings: notices to members, callbacks to the application, and the service's own counts.

use std::collections::BTreeMap;

use claque_core::reading::{CallbackGroupDelete, CallbackKick, MembershipNotice, SupergroupNoticeNames};
use claque_core::{
    CallbackEvent, Defects, GroupIx, Input, Instant, LogoffReason, Notice, NoticeTo, Outcome, Output, Rule,
    UserIx, limits,
};

use super::sessions::{Cause, Change, Comings};
use super::{Model, Seen};

/// An event that is called back.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Logon,
    Logoff(u8),
    Join(GroupIx),
    Leave(GroupIx),
    Reconnect(Vec<GroupIx>),
}

/// A membership notice to a group.
#[derive(Clone, Copy, Debug)]
struct Told<'s> {
    count: u64,
    joined: &'s [UserIx],
    left: &'s [UserIx],
    supergroup: bool,
}

/// How many of the changes of one instant may have come after its notice, which names none of them: what it counts may have
/// been so more than once.
fn untold_by(notice: &Told<'_>, changes: &[Change]) -> usize {
    let told = changes.iter().position(|change| change.count == notice.count);
    let before = |first: &Change| if first.joined { first.count.saturating_sub(1) } else { first.count + 1 };
    match told {
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
        told: bool,
        evidence: impl Fn() -> String,
    ) {
        if told {
            self.told.insert(kind);
        } else if self.untold.as_ref().is_some_and(|(_, other, _)| *other != kind) {
            self.refute(now, Some(Rule::MembershipNoticeKinds), format!("{}; nor was it before", evidence()));
        } else if self.untold.is_none() {
            self.untold = Some((now, kind, evidence()));
        }
        let others = self.untold.as_ref().is_some_and(|(_, kind, _)| self.told.iter().any(|it| it != kind));
        if others {
            self.judge_untold_kind();
        }
    }

    /// A notice of one kind was not told, and others were.
    pub(super) fn judge_untold_kind(&mut self) {
        if let Some((at, kind, evidence)) = self.untold.take() {
            self.refute(at, Some(kind), evidence);
        }
    }

    /// Logons, logoffs, joins, leaves and reconnects are called back, each once, and nothing else is.
    pub(super) fn judge_callbacks<D: Defects>(&mut self, seen: &Seen<'_, D>, comings: &Comings) {
        let mut owed = self.events(seen, comings);
        let mut got: Vec<(UserIx, Event)> = Vec::new();
        for output in seen.outputs {
            let Output::Callback(callback) = output else { continue };
            let group = |id: &str| seen.service.find_group(callback.app, id).unwrap_or(GroupIx(u32::MAX));
            let event = match &callback.event {
                CallbackEvent::Logon => Event::Logon,
                CallbackEvent::Logoff(reason) => Event::Logoff(*reason),
                CallbackEvent::Join(id) => Event::Join(group(id)),
                CallbackEvent::Leave(id) => Event::Leave(group(id)),
                CallbackEvent::Reconnect(ids) => {
                    let mut groups: Vec<GroupIx> = ids.iter().map(|id| group(id)).collect();
                    groups.sort_unstable();
                    Event::Reconnect(groups)
                }
            };
            got.push((callback.user, event));
        }
        owed.retain(|(user, _)| seen.service.app_of(*user).is_some_and(|app| self.is_called_back(app)));
        owed.sort();
        got.sort();
        if owed == got {
            return;
        }
        let uncalled = got
            .iter()
            .any(|(user, _)| seen.service.app_of(*user).is_none_or(|app| !self.is_called_back(app)));
        let reasons = owed.iter().zip(&got).any(|((_, owed), (_, got))| {
            matches!((owed, got), (Event::Logoff(one), Event::Logoff(other)) if one != other)
        });
        let rule = if uncalled {
            Rule::CallbackUrlAbsentOff
        } else if reasons {
            Rule::CallbackLogoffReasons
        } else {
            Rule::CallbackEventKinds
        };
        let evidence = format!("events owed to the receiver of callbacks: {owed:?}, sent: {got:?}");
        self.refute(seen.now, Some(rule), evidence);
    }

    /// The events that a call owes to the receiver of callbacks.
    fn events<D: Defects>(&self, seen: &Seen<'_, D>, comings: &Comings) -> Vec<(UserIx, Event)> {
        let readings = &self.config.readings;
        let mut owed = Vec::new();
        match (seen.input, seen.outcome) {
            (Input::Connect(_), Outcome::Connected(Ok(connected))) => {
                owed.push((connected.session.user, Event::Logon));
            }
            (Input::Reconnect(session, ..), Outcome::Connected(Ok(_))) => {
                let groups = self.people.groups_of(session.user).to_vec();
                owed.push((session.user, Event::Reconnect(groups)));
            }
            _ => {}
        }
        for change in &comings.changes {
            let tells = match change.cause {
                Cause::Client | Cause::SessionEnd => true,
                Cause::Kick => {
                    readings.callback_kick == CallbackKick::Leave
                        && self.people.session(change.user).is_some()
                }
                Cause::BackEnd | Cause::Disabled => false,
            };
            if tells {
                let event =
                    if change.joined { Event::Join(change.group) } else { Event::Leave(change.group) };
                owed.push((change.user, event));
            }
        }
        for logoff in &comings.logoffs {
            let number = match logoff.reason {
                LogoffReason::Normal => 1,
                LogoffReason::Timeout => 3,
                LogoffReason::OtherDevice => 4,
                LogoffReason::AppDisabled => continue,
            };
            owed.push((logoff.session.user, Event::Logoff(number)));
        }
        if readings.callback_group_delete == CallbackGroupDelete::Leave
            && let Some((group, users)) = &self.just_deleted
        {
            let online = users.iter().filter(|user| self.people.session(**user).is_some());
            owed.extend(online.map(|user| (*user, Event::Leave(*group))));
        }
        owed
    }

    /// Members are told of joins and leaves: each change in a normal group, by count and at most every 5 s in a
    /// supergroup.
    pub(super) fn judge_notices<D: Defects>(&mut self, seen: &Seen<'_, D>, changes: &[Change]) {
        let mut told: BTreeMap<GroupIx, (Vec<Change>, Vec<Told<'_>>)> = BTreeMap::new();
        for change in changes {
            told.entry(change.group).or_default().0.push(*change);
        }
        for output in seen.outputs {
            if let Output::Notice(
                NoticeTo::Group(group),
                Notice::MemberChange { count, joined, left, supergroup },
                _,
            ) = output
            {
                let notice = Told { count: *count, joined, left, supergroup: *supergroup };
                told.entry(*group).or_default().1.push(notice);
            }
        }
        for (group, (changes, notices)) in told {
            let supers: Vec<Told<'_>> = notices.iter().filter(|notice| notice.supergroup).copied().collect();
            self.judge_super_notices(seen, group, &changes, &supers);
            self.note_told(seen.now, group, &changes, supers.last());
            if self.config.readings.membership_notice == MembershipNotice::EachChange {
                let normal: Vec<Told<'_>> =
                    notices.iter().filter(|notice| !notice.supergroup).copied().collect();
                self.judge_normal_notices(seen, group, &changes, &normal);
            }
        }
    }

    /// In a normal group, each change is told at once to whoever is left, with the exact count.
    fn judge_normal_notices<D: Defects>(
        &mut self,
        seen: &Seen<'_, D>,
        group: GroupIx,
        changes: &[Change],
        notices: &[Told<'_>],
    ) {
        // What the old family's operations announce is the caller's choice, and a disabled application is silent.
        let owed: Vec<&Change> = changes
            .iter()
            .filter(|change| !change.supergroup && change.count > 0)
            .filter(|change| !matches!(change.cause, Cause::BackEnd | Cause::Disabled))
            .collect();
        if owed.len() != changes.iter().filter(|change| !change.supergroup && change.count > 0).count() {
            return;
        }
        let fits = |(change, notice): (&&Change, &Told<'_>)| {
            let one: &[UserIx] = &[change.user];
            let (joined, left): (&[UserIx], &[UserIx]) = if change.joined { (one, &[]) } else { (&[], one) };
            notice.count == change.count && notice.joined == joined && notice.left == left
        };
        if owed.len() != notices.len() || !owed.iter().zip(notices).all(fits) {
            let owed: Vec<(u32, bool, u64)> =
                owed.iter().map(|change| (change.user.0, change.joined, change.count)).collect();
            let evidence =
                format!("group {}: changes (user, joined, count) {owed:?} told as {notices:?}", group.0);
            self.refute(seen.now, Some(Rule::MembershipNoticeChange), evidence);
        }
    }

    /// In a supergroup, notices stand five seconds apart, list nobody, and carry the count of that moment.
    fn judge_super_notices<D: Defects>(
        &mut self,
        seen: &Seen<'_, D>,
        group: GroupIx,
        changes: &[Change],
        notices: &[Told<'_>],
    ) {
        let (now, due) = (seen.now, matches!(seen.input, Input::Timeout));
        let named = self.config.readings.supergroup_notice_names == SupergroupNoticeNames::Some;
        for notice in notices {
            let leapt = self.leapt;
            let Some(place) = self.groups.get_mut(group) else { return };
            // What was due while the service was away is told late; the next one need not wait for it.
            let last = std::mem::replace(&mut place.last_notice, (!leapt).then_some(now));
            let members = place.count();
            let before = changes
                .first()
                .map(|change| if change.joined { change.count.saturating_sub(1) } else { change.count + 1 });
            let exact = notice.count == members
                || changes.iter().any(|change| change.count == notice.count)
                || (due && before == Some(notice.count));
            let listed = notice.joined.len() + notice.left.len();
            let changed = std::mem::take(&mut place.unnamed) + changes.len();
            let all = if named { changed } else { 1 };
            if listed > 0 && listed >= all {
                let evidence = format!("supergroup {}: a notice lists {listed} users of {changed}", group.0);
                self.refute(now, Some(Rule::SupergroupNoticeNoLists), evidence);
            } else if !exact {
                let evidence =
                    format!("supergroup {}: a notice counts {}, {members} are in it", group.0, notice.count);
                self.refute(now, Some(Rule::SupergroupNoticeExactCount), evidence);
            } else if let Some(last) = last.filter(|_| !leapt)
                && now.since(last) < limits::SUPERGROUP_NOTICE_INTERVAL_MIN
            {
                let evidence = format!("supergroup {}: notices {} apart", group.0, now.since(last));
                self.refute(now, Some(Rule::SupergroupNoticeInterval), evidence);
            }
        }
    }

    /// Takes note of whether a supergroup's count is told.
    fn note_told(&mut self, now: Instant, group: GroupIx, changes: &[Change], told: Option<&Told<'_>>) {
        let Some(place) = self.groups.get_mut(group) else { return };
        if place.supergroup {
            place.unnamed += told.map_or(changes.len(), |notice| untold_by(notice, changes));
        }
        let silent = changes.iter().any(|change| matches!(change.cause, Cause::BackEnd | Cause::Disabled));
        if told.is_some() || silent || !place.supergroup || place.members.is_empty() {
            place.untold = None;
        }
        // What changed after the notice, at the same instant, is told in the next.
        let current = told.is_some_and(|notice| notice.count == place.count());
        if !(current || silent) && place.supergroup && changes.iter().any(|change| change.supergroup) {
            place.untold.get_or_insert(now);
        }
    }

    /// A change of a supergroup's count is told within the interval.
    pub(super) fn judge_untold(&mut self, now: Instant) {
        let second = now.unix_seconds();
        let looked = std::mem::replace(&mut self.counts_looked_at, second) == second;
        if looked || self.leapt {
            return;
        }
        let bound = limits::SUPERGROUP_NOTICE_INTERVAL_MIN;
        let overdue = self.groups.iter().find(|(_, place)| {
            place.is_active() && place.supergroup && place.untold.is_some_and(|since| since + bound < now)
        });
        if let Some((group, place)) = overdue {
            let evidence = format!(
                "supergroup {}: {} members, and that is untold since {}",
                group.0,
                place.count(),
                place.untold.unwrap_or(now)
            );
            self.refute(now, Some(Rule::SupergroupNoticeInterval), evidence);
        }
    }

    /// The service counts the members that the model counts, and calls supergroup what the model calls so.
    pub(super) fn judge_counts<D: Defects>(&mut self, seen: &Seen<'_, D>, changes: &[Change]) {
        let bound = u64::from(self.config.limits.group_members_max);
        for change in changes {
            let Some(place) = self.groups.get(change.group) else { continue };
            let (members, supergroup, joined) = (place.count(), place.supergroup, change.joined);
            let group = change.group;
            let counted = u64::from(seen.service.member_count(group));
            if counted != members {
                let rule = match change.cause {
                    Cause::SessionEnd => Rule::MembershipSessionTimeout,
                    Cause::Kick => Rule::UserKickRemoves,
                    Cause::Client if !joined && counted > members => Rule::MembershipLeaveEndsDelivery,
                    Cause::Client | Cause::BackEnd | Cause::Disabled => Rule::StatisticsOnlineCount,
                };
                let evidence =
                    format!("group {}: the service counts {counted} members of {members}", group.0);
                self.refute(seen.now, Some(rule), evidence);
            } else if members > 0 && seen.service.is_supergroup(group) != supergroup {
                let rule = match (joined, supergroup) {
                    (true, true) => Rule::SupergroupThresholdMembers,
                    (true, false) if members == 1 => Rule::SupergroupReopenNormal,
                    (true, false) => Rule::SupergroupThresholdMembers,
                    (false, _) => Rule::SupergroupStateSticky,
                };
                let evidence = format!(
                    "group {} with {members} members (more than {bound} make a supergroup): the flag should read \
                     {supergroup}",
                    group.0
                );
                self.refute(seen.now, Some(rule), evidence);
            }
        }
    }
}
