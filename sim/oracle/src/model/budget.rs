//! What shows within seconds: messages held back although there was room, seconds that deliver too much, types of which
//! nothing comes. What becomes of them later tells which rule is broken.

use std::collections::BTreeSet;

use claque_core::reading::ShaperFloor;
use claque_core::{Duration, GroupIx, Instant, Rule, Text, limits};

use super::Model;
use crate::books::floor::Floor;
use crate::books::group::GroupBooks;
use crate::books::message::{Fresh, HeldBack};
use crate::evidence;
use crate::evidence::Part;

impl Model {
    /// While the budget lasts, an accepted message is delivered at once. What becomes of one that is not tells which
    /// rule is broken.
    pub(super) fn judge_at_once(&mut self, now: Instant, fresh: &Fresh) {
        let Fresh { group, tid, room } = fresh;
        let Some(books) = self.groups.get(*group) else { return };
        if books.delivered.contains(tid) || !books.takes() {
            return;
        }
        let second = now.unix_seconds();
        let own = books.used_in(second);
        let all = self.groups.values().map(|books| books.used_in(second)).sum();
        let Some(books) = self.groups.get_mut(*group) else { return };
        // Also where there was no room: that something is held back tells a limit that is too high from none at all.
        books.held = second;
        // Not refuted yet: held back for another limit than its group's, shed or lost are three rules, and only what
        // becomes of the message tells which.
        if *room && books.late.is_none() {
            books.late = Some(HeldBack { tid: tid.clone(), since: now, used: (own, all) });
        }
    }

    /// A message for which there was room comes late, or is shed: it was held back for another limit than its group's.
    pub(super) fn judge_late(&mut self, group: GroupIx, tid: &Text) {
        let budget = self.budget_of(group);
        let Some(books) = self.groups.get_mut(group) else { return };
        let Some(late) = books.late.take_if(|late| late.tid == *tid) else { return };
        let (own, all) = late.used;
        // A limit that is one too low holds back the last; whatever comes earlier was counted with others.
        let shared = all >= budget && own + 1 < budget;
        let rule = if shared { Rule::ShaperBudgetPerGroup } else { Rule::ShaperBudgetPerSecond };
        let evidence = evidence!(
            "message ",
            tid,
            " of group ",
            group,
            " is held back although only ",
            own,
            " were delivered in the second from ",
            Part::Second(late.since),
            " (",
            all,
            " in all groups)"
        );
        self.refute(late.since, Some(rule), evidence);
    }

    /// A second is over in which more was delivered than it may: whether there is no limit, or another one.
    pub(super) fn judge_excess(&mut self, group: GroupIx, now: Instant) {
        let budget = self.budget_of(group);
        let Some(books) = self.groups.get_mut(group) else { return };
        // The whole second, and not at the first message too many: how many there are in the end, and whether
        // anything was held back, tells a limit that is off by one from a limit that is missing.
        let over = |(at, _): &mut (Instant, u32)| at.unix_seconds() != now.unix_seconds();
        let Some((at, count)) = books.excess.take_if(over) else { return };
        let limited = books.held == at.unix_seconds() || !books.waiting.is_empty();
        let rule = if limited { Rule::ShaperBudgetPerSecond } else { Rule::ShaperOverloadDiscards };
        let rest = if limited { "" } else { ", and nothing was discarded" };
        let evidence = evidence!(
            "group ",
            group,
            " delivers ",
            count,
            " messages in the second from ",
            Part::Second(at),
            ", ",
            budget,
            " allowed",
            rest
        );
        self.refute(at, Some(rule), evidence);
    }

    /// A message for which there was room has reached nobody, seconds later.
    fn judge_lost(&mut self, now: Instant) {
        let patience = Duration::from_secs(2);
        let lost = self.groups.iter().find_map(|(group, books)| {
            let late = books.late.as_ref().filter(|late| late.since + patience < now)?;
            // A group that emptied or was deleted meanwhile owes its messages to nobody (message.send.no-offline).
            books.takes().then(|| (group, late.tid.clone(), late.since))
        });
        if let Some((group, tid, since)) = lost {
            let evidence =
                evidence!("message ", &tid, " of group ", group, " is accepted and reaches nobody");
            self.refute(since, Some(Rule::MessageDeliverAllMembers), evidence);
        }
    }

    /// What has to show within seconds: the newest message of each type, as far as the budget has slots for all types;
    /// messages for which there was room; seconds in which too much was delivered.
    ///
    /// A type of which nothing comes for another five seconds is not late, but crowded out.
    pub(super) fn judge_seconds(&mut self, now: Instant, over: bool) {
        // Looking once a second is soon enough.
        let second = now.unix_seconds();
        let looked = std::mem::replace(&mut self.seconds_looked_at, second) == second;
        // Each look walks over all groups. A failure that shows a second later is the same failure, and a campaign
        // pays for every look.
        if self.leapt || (looked && !over) {
            return;
        }
        let exceeded = self.groups.iter().find(|(_, books)| books.excess.is_some()).map(|(group, _)| group);
        if let Some(group) = exceeded {
            self.judge_excess(group, if over { now + Duration::from_secs(1) } else { now });
        }
        self.judge_lost(now);
        self.judge_undecided(now);
        let reading = self.config.readings.shaper_floor;
        // Where an interval of the clock begins is stated nowhere, and so no message is surely late.
        if reading == ShaperFloor::Fixed {
            return;
        }
        // While the show lasts a late message may still come, and coming late it breaks another rule than never
        // coming; at the end nothing comes any more.
        let patience = if over { Duration::from_secs(0) } else { limits::TYPE_FLOOR };
        let late = self.groups.iter().filter(|(_, books)| books.is_active()).find_map(|(group, books)| {
            let slack = books.slack(self.budget_of(group), reading) + patience;
            let overdue = |deadline: &Instant| *deadline + slack < now;
            let due = |(kind, floor): (&i64, &Floor)| Some((*kind, floor.deadline(reading).filter(overdue)?));
            books.floors.iter().find_map(due).map(|(kind, due)| (group, kind, due))
        });
        if let Some((group, kind, due)) = late {
            let rule = if over { Rule::ShaperFloorLatestPerType } else { Rule::ShaperFloorNoStarvation };
            let evidence =
                evidence!("group ", group, ": the newest message of type ", kind, " was due at ", due);
            self.refute(now, Some(rule), evidence);
        }
    }
}

impl GroupBooks {
    /// By how much the newest messages of all types may be late where there is not a slot for each: in the five seconds
    /// that a message has, or, where they count from the last delivery, in the second in which several are due at once.
    pub(super) fn slack(&self, budget: u32, reading: ShaperFloor) -> Duration {
        // The rule promises five seconds only as far as they have slots for all types.
        let types = u64::try_from(self.floors.len()).unwrap_or(0);
        let seconds = if reading == ShaperFloor::Sent { limits::TYPE_FLOOR.as_secs() } else { 1 };
        Duration::from_secs(types.div_ceil(u64::from(budget)).saturating_sub(seconds))
    }

    /// A message that waited is recalled: where it was the newest of its type, the newest of those that still wait is.
    pub(super) fn newest_recalled(&mut self, tid: &Text) {
        let Self { floors, waiting, incognito, unsure, .. } = self;
        for (kind, floor) in floors.iter_mut() {
            if floor.waits.as_ref().is_none_or(|(_, newest)| newest != tid) {
                continue;
            }
            // One that waits under an ID that nobody was notified of may be newer.
            if !unsure.is_empty() || incognito.iter().any(|other| other.sent.kind == *kind) {
                floor.make_unknown();
                continue;
            }
            let still = || waiting.iter().filter(|(_, other)| other.sent.shaped && other.sent.kind == *kind);
            let first = still().map(|(_, other)| other.since).min();
            let newest = still().max_by_key(|(_, other)| other.arrival).map(|(tid, _)| tid.clone());
            floor.waits = first.zip(newest);
            let waits: BTreeSet<u64> = still().map(|(_, other)| other.arrival).collect();
            floor.keep_owed(&waits);
        }
    }

    /// Whether a message may be the newest of its type that waits: it is, or what waits cannot be known.
    pub(super) fn may_be_newest(&self, kind: i64, tid: &Text) -> bool {
        self.floors.get(&kind).is_none_or(|floor| floor.unclear_newest) || self.is_newest(kind, tid)
    }

    /// Whether a message surely is the newest of its type and waits.
    pub(super) fn is_newest(&self, kind: i64, tid: &Text) -> bool {
        let floor = self.floors.get(&kind).filter(|floor| !floor.unclear_newest);
        floor.and_then(|floor| floor.waits.as_ref()).is_some_and(|(_, newest)| newest == tid)
    }
}
