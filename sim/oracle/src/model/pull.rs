//! Recovery: what a client that is back is owed, and that it gets exactly that.

use std::collections::BTreeSet;
use std::sync::Arc;

use claque_core::reading::{HistorySendPage, RecoveryReach, SendOwnCopy};
use claque_core::{
    AppIx, Connected, Cursor, Duration, GroupIx, Input, Instant, Message, Mutants, Outcome, Output, Priority,
    Rule, SessionId, Text, UserIx,
};

use super::{Model, Observed};
use crate::books::group::GroupBooks;
use crate::books::kept::KeptMessage;
use crate::evidence;
use crate::evidence::Few;

/// What decides whether a message can still be pulled.
#[derive(Clone, Copy, Debug)]
pub(super) struct PullReach {
    now: Instant,
    reading: RecoveryReach,
    /// Messages in a recent list.
    recent: usize,
    /// How long messages are kept, and those of the newer family's operations.
    pub(super) retention: Duration,
    pub(super) retention_of_live: Duration,
}

impl PullReach {
    /// Whether a kept message, by its place among them, can be pulled: surely, or possibly.
    fn takes(&self, books: &GroupBooks, at: usize, kept: &KeptMessage, surely: bool) -> bool {
        let retention = if kept.live { self.retention_of_live } else { self.retention };
        let cached = || kept.cached && books.is_recent(at, self.recent, surely);
        !kept.recalled
            && self.now.since(kept.at) < retention
            && match self.reading {
                RecoveryReach::CacheOrStorage => kept.stored || cached(),
                RecoveryReach::StorageOnly => kept.stored,
                RecoveryReach::CacheOnly => cached(),
            }
    }
}

impl Model {
    /// Whether a user is in a group that exists.
    #[must_use]
    pub fn is_member(&self, group: GroupIx, user: UserIx) -> bool {
        self.groups.get(group).is_some_and(|books| books.is_live() && books.members.contains_key(&user))
    }

    /// Whether a HIGH message between two indices cannot surely be pulled, because nothing keeps it any more.
    ///
    /// One that the model has forgotten is among those that it is not sure of.
    ///
    /// Where senders get no copy of what they said, nobody pulls messages of their own.
    #[must_use]
    pub fn may_be_lost(&self, group: GroupIx, user: UserIx, done: u32, owed: u32) -> bool {
        let Some(books) = self.groups.get(group) else { return true };
        let reach = self.reach(self.last, books.app);
        let (done, owed) = (u64::from(done), u64::from(owed));
        let between =
            books.kept.iter().enumerate().filter(|(_, kept)| (done + 1..=owed).contains(&kept.high_index));
        let withheld = self.config.readings.send_own_copy == SendOwnCopy::Withheld;
        let others = between.filter(|(_, kept)| !(withheld && kept.sender == user));
        // Counted and not compared one by one: what is missing here is not kept, was recalled, or was forgotten, and
        // each is a waiver.
        let reachable = others.filter(|(at, kept)| reach.takes(books, *at, kept, true)).count();
        u64::try_from(reachable).is_ok_and(|reachable| reachable < owed.saturating_sub(done))
    }

    pub(super) fn reach(&self, now: Instant, app: Option<AppIx>) -> PullReach {
        let readings = &self.config.readings;
        let retention = self.retention(app);
        let retention_of_live = match readings.history_send_page {
            HistorySendPage::Tier => retention,
            HistorySendPage::ThirtyDays => Duration::from_days(30),
        };
        let recent = usize::try_from(self.config.limits.recent_messages_max).unwrap_or(usize::MAX);
        PullReach { now, reading: readings.recovery_reach, recent, retention, retention_of_live }
    }

    /// After a reconnect, each group gives the HIGH messages beyond the client's cursor, oldest first, once.
    pub(super) fn judge_pulls<D: Mutants>(&mut self, seen: &Observed<'_, D>) {
        let mut given: BTreeSet<GroupIx> = BTreeSet::new();
        let asked = match (seen.input, seen.outcome) {
            (Input::Reconnect(session, _, cursors), Outcome::Connected(Ok(connected))) => {
                self.judge_groups_kept(seen, *session, connected);
                cursors.as_slice()
            }
            _ => &[],
        };
        for output in seen.outputs {
            let Output::Recover(session, group, messages) = output else { continue };
            let Some(cursor) = asked.iter().find(|cursor| cursor.group == *group) else {
                let evidence =
                    evidence!("user ", session.user, " is given messages of group ", *group, " unasked");
                self.refute(seen.now, Some(Rule::RecoveryPullByClient), evidence);
                continue;
            };
            if !given.insert(*group) {
                let said =
                    evidence!("user ", session.user, " is given the messages of group ", *group, " twice");
                self.refute(seen.now, Some(Rule::RecoveryPullByClient), said);
            }
            self.judge_pull(seen, *cursor, messages);
        }
        // No output at all may be one that is missing: an empty pull is judged like any other.
        for cursor in asked.iter().filter(|cursor| !given.contains(&cursor.group)) {
            self.judge_pull(seen, *cursor, &[]);
        }
    }

    fn judge_groups_kept<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        session: SessionId,
        connected: &Connected,
    ) {
        let notified: BTreeSet<GroupIx> = connected.groups.iter().map(|state| state.group).collect();
        let mine: BTreeSet<GroupIx> = self.people.groups_of(session.user).iter().copied().collect();
        if notified != mine {
            let evidence = evidence!(
                "user ",
                session.user,
                " is back and notified of ",
                notified.len(),
                " groups of ",
                mine.len()
            );
            self.refute(seen.now, Some(Rule::MembershipResumeStates), evidence);
        }
    }

    fn judge_pull<D: Mutants>(&mut self, seen: &Observed<'_, D>, cursor: Cursor, messages: &[Arc<Message>]) {
        let Input::Reconnect(session, ..) = seen.input else { return };
        let reach = self.reach(seen.now, seen.app_of(session.user));
        let withheld = self.config.readings.send_own_copy == SendOwnCopy::Withheld;
        let Some(books) = self.groups.get(cursor.group) else { return };
        let Some(member) = books.members.get(&session.user).copied().filter(|_| books.is_live()) else {
            if !messages.is_empty() {
                let evidence =
                    evidence!("user ", session.user, " pulls from group ", cursor.group, ", where it is not");
                self.refute(seen.now, Some(Rule::RecoveryHighAfterReconnect), evidence);
            }
            return;
        };
        if let Some((tid, what)) = changed(books, messages) {
            let said = evidence!(
                "user ",
                session.user,
                " pulls ",
                &tid,
                " with another ",
                what,
                " than was delivered"
            );
            // The ID is the one that its sender was answered with.
            let rule =
                if what == "ID" { Rule::MessageMsgTidGenerated } else { Rule::RecoveryHighAfterReconnect };
            return self.refute(seen.now, Some(rule), said);
        }
        let after = books.kept.partition_point(|kept| kept.seq <= cursor.high_seq);
        // The cursor is the client's word; what came before it joined is none of its own. Of one moment both orders are possible.
        let of_member = |kept: &KeptMessage, surely: bool| {
            kept.seq > member.after || (!surely && kept.at >= member.since)
        };
        // How long a recent list reaches when some of its messages were recalled is open: sure, or at most.
        let owed = |surely: bool| -> Vec<u64> {
            let high = books.kept.range(after..).enumerate().filter(|(_, kept)| kept.high_index > 0);
            high.filter(|(_, kept)| !(withheld && kept.sender == session.user))
                .filter(|(_, kept)| of_member(kept, surely))
                .filter(|(at, kept)| reach.takes(books, after + at, kept, surely))
                .map(|(_, kept)| kept.seq)
                .collect()
        };
        let (least, most) = (owed(true), owed(false));
        let got: Vec<u64> = messages.iter().map(|message| message.seq).collect();
        let all_high = messages.iter().all(|message| message.level == Priority::High);
        // Strictly growing, so that the same message twice is out of order, too.
        let in_order = got.windows(2).all(|pair| pair.first() < pair.last());
        // What was forgotten may have been owed, or not.
        let unknown = |seq: &u64| {
            books.forgotten.is_some_and(|forgotten| (cursor.high_seq + 1..=forgotten.seq).contains(seq))
        };
        self.unknown
            .count(Rule::RecoveryHighAfterReconnect, least.len() != most.len() || got.iter().any(unknown));
        let given: BTreeSet<&u64> = got.iter().collect();
        let may: BTreeSet<&u64> = most.iter().collect();
        // Between what is surely owed and what may be: a list that is exact in the model would condemn a service for
        // how long its recent list reaches.
        let whole = least.iter().all(|seq| given.contains(seq))
            && got.iter().all(|seq| may.contains(seq) || unknown(seq));
        if !all_high || !in_order || !whole {
            let evidence = evidence!(
                "user ",
                session.user,
                " pulls beyond ",
                cursor.high_seq,
                " of group ",
                cursor.group,
                ": owed ",
                Few(&least),
                ", got ",
                Few(&got),
                ", all HIGH: ",
                all_high
            );
            self.refute(seen.now, Some(Rule::RecoveryHighAfterReconnect), evidence);
        }
    }
}

/// The first message that comes otherwise than it went out, and in what: nothing of a message changes while it is kept.
fn changed(books: &GroupBooks, messages: &[Arc<Message>]) -> Option<(Text, &'static str)> {
    messages.iter().find_map(|message| {
        let kept = books.kept_of(message.seq).filter(|kept| !kept.recalled)?;
        differing(&kept.message, message).map(|what| (message.tid.clone(), what))
    })
}

/// What two messages differ in first, if in anything.
fn differing(one: &Message, other: &Message) -> Option<&'static str> {
    let pairs = [
        ("ID", one.tid == other.tid),
        ("type", one.kind == other.kind),
        ("level", one.level == other.level),
        ("body", one.body == other.body),
        ("sender", (one.sender, &one.sender_id) == (other.sender, &other.sender_id)),
        ("information of the sender", one.sender_info == other.sender_info),
        ("time", (one.sent, one.at) == (other.sent, other.at)),
        ("number", (one.number, one.high_index) == (other.number, other.high_index)),
        ("group", one.group == other.group),
        ("counter", (one.total, one.increase) == (other.total, other.increase)),
        (
            "way of keeping",
            (one.stored, one.cached, one.origin) == (other.stored, other.cached, other.origin),
        ),
    ];
    pairs.into_iter().find_map(|(what, same)| (!same).then_some(what))
}

impl GroupBooks {
    /// Whether a kept message, by its place among them, is still in a recent list of so many: surely, or possibly.
    pub(super) fn is_recent(&self, at: usize, recent: usize, surely: bool) -> bool {
        let newer = self.kept.range(at + 1..).filter(|kept| kept.cached && (surely || !kept.recalled));
        newer.take(recent).count() < recent
    }
}
