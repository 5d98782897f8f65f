//! Messages: accepted, waiting, delivered, shed; the budget, the ranks and the floor of each type.

use claque_core::reading::{
    LegacyShaping, SendOwnCopy, ShaperFloor, ShaperSenders, ShaperShedStatistics, ShaperWindow,
};
use claque_core::{
    ClientReply, ClientRequest, Duration, Fanout, Input, Instant, Message, Mutants, Origin, Outcome, Output,
    Priority, Reply, Response, Rule, Text,
};

use super::calls::{Effect, MessageSend};
use super::{Model, Observed};
use crate::books::group::{GroupBooks, GroupExistence};
use crate::books::kept::TidTrace;
use crate::books::message::{Fresh, SentMessage, WaitingMessage};
use crate::books::ranks::LateRank;
use crate::evidence;
use crate::evidence::Evidence;

/// How long a message to chosen members may take a slot of its group without anybody seeing it.
const CHOSEN_WITHIN: Duration = Duration::from_secs(30);

impl Model {
    /// Books what this call's sender was answered with success for; gives the message.
    pub(super) fn follow_accepted<D: Mutants>(&mut self, seen: &Observed<'_, D>) -> Option<Fresh> {
        self.note_chosen(seen);
        let sent = self.sent(seen)?;
        if let (Input::Client(session, ClientRequest::Send(_, send)), Outcome::Client(answer)) =
            (seen.input, seen.outcome)
        {
            // Before the acceptance is booked: whether a sender was muted is asked of the state before the send.
            self.judge_talk(seen, *session, sent.group, send, answer);
        }
        let accepted = match seen.outcome {
            Outcome::Client(Ok(ClientReply::Sent(tid)))
            | Outcome::Request(Ok(Reply::Done(Response::MessageSent(tid)))) => Some(tid.clone()),
            Outcome::Client(Ok(ClientReply::Pending(ticket)))
            | Outcome::Request(Ok(Reply::Pending(ticket))) => {
                // The limit of this moment: a reviewer that was asked under one limit is not held to a later one.
                let due = seen.now + self.config.limits.moderation_within;
                self.pending.insert(*ticket, (due, sent.clone()));
                let asks = |output: &Output| matches!(output, Output::Moderate(its) if its.ticket == *ticket);
                if !seen.outputs.iter().any(asks) {
                    let said = evidence!(
                        "a message to group ",
                        sent.group,
                        " waits for a review that nobody is asked for"
                    );
                    self.refute(seen.now, Some(Rule::ModerationRequestContent), said);
                }
                None
            }
            Outcome::Client(_) | Outcome::Connected(_) | Outcome::Quiet | Outcome::Request(_) => None,
        };
        let refused = matches!(seen.outcome, Outcome::Client(Err(_)) | Outcome::Request(Err(_)));
        self.judge_send(seen, &sent, refused);
        let tid = accepted?;
        if self.is_dropped(seen.now, &sent, &tid) {
            return None;
        }
        let books = self.groups.get(sent.group).filter(|books| books.takes())?;
        let second = seen.now.unix_seconds();
        // Before the outputs of this call are followed, in which the message may take the very slot that is asked
        // about.
        let used = books.used_in(second);
        let waits = self.config.readings.shaper_window == ShaperWindow::WindowClose;
        let known = books.full < second;
        let room = !sent.shaped || (known && used < self.budget_of(sent.group) && !waits);
        let group = sent.group;
        self.on_accepted(seen.now, &tid, sent);
        Some(Fresh { group, tid, room })
    }

    /// What goes to chosen members only takes a slot and counts, and its delivery is not followed.
    fn note_chosen<D: Mutants>(&mut self, seen: &Observed<'_, D>) {
        if let (Input::Request(_, request), Outcome::Request(Ok(_))) = (seen.input, seen.outcome)
            && let Effect::Send(MessageSend::SendMessageToGroupUsers(call)) = request.into()
            && let Some(group) = seen.group_of(&call.app_id, &call.group_id)
            && let Some(books) = self.groups.get_mut(group)
        {
            let kind = i64::from(call.kind.unwrap_or(0));
            books.chosen = true;
            let types = books.totals.len() + books.floors.len();
            let fits = types < self.config.limits.group_types_max as usize;
            if books.totals.contains_key(&kind) || fits {
                books.count_perhaps(kind, true);
            } else {
                // Its type may be one too many, and then it went nowhere: neither its counter nor its place is known.
                books.perhaps_counted.insert(kind);
                books.floors.entry(kind).or_default().make_unknown();
            }
            // None of those chosen may be there, and then nobody sees when it takes its slot: at once, or by the floor
            // of its type, which may be crowded out for some floors.
            books.full = seen.now.unix_seconds() + CHOSEN_WITHIN.as_secs();
            books.ranks.unclear(seen.now);
            // Its newest message may need a slot like that of any other type.
            books.floors.entry(kind).or_default();
        }
    }

    /// What reaches chosen members has taken a slot and a number like any other message of its group.
    pub(super) fn on_delivered_to_chosen(&mut self, message: &Message) {
        let exempt = self.is_exempt(message.origin);
        let Some(books) = message.group.and_then(|group| self.groups.get_mut(group)) else { return };
        books.take_slot(message.at, exempt);
        // Taken over and not judged: others of its kind may have gone to nobody, and no output showed their numbers.
        books.seq = books.seq.max(message.seq);
        books.high_index = books.high_index.max(message.high_index);
    }

    /// Nothing is accepted for a group that is deleted or has nobody in it, and a member is not refused without reason.
    fn judge_send<D: Mutants>(&mut self, seen: &Observed<'_, D>, sent: &SentMessage, refused: bool) {
        let Some(books) = self.groups.get(sent.group) else { return };
        let wrong = match (books.standing(seen.now), refused) {
            (GroupExistence::Live, false) if !books.takes() => {
                Some((Rule::MessageSendNeedsActive, "is accepted for a group with nobody in it"))
            }
            (GroupExistence::Deleted(..) | GroupExistence::Purged, false) => {
                Some((Rule::DeletionGroupUnavailable, "is accepted for a deleted group"))
            }
            // Refusals are not judged here but for one: a member can be refused for mutes, reviews, types and quotas,
            // and never because the group is over its limit (shaper.shed.reports-success).
            (GroupExistence::Live, true) => match (seen.input, seen.outcome) {
                (Input::Client(session, _), Outcome::Client(Err(claque_core::ClientRefusal::Temporary))) => {
                    let _ = session;
                    Some((Rule::ShaperShedReportsSuccess, "is refused as if for a moment"))
                }
                _ => None,
            },
            (GroupExistence::Live | GroupExistence::Deleted(..) | GroupExistence::Purged, _) => None,
        };
        // Back ends may send under the name of anybody (message.sender.not-member).
        let outsider = !refused
            && matches!(seen.input, Input::Client(session, _) if !books.members.contains_key(&session.user));
        let wrong = wrong.or_else(|| {
            outsider.then_some((Rule::MessageClientSendMemberOnly, "comes from a client that is no member"))
        });
        if let Some((rule, said)) = wrong {
            self.refute(seen.now, Some(rule), evidence!("a message to group ", sent.group, " ", said));
        }
    }

    pub(super) fn on_accepted(&mut self, now: Instant, tid: &Text, sent: SentMessage) {
        self.arrivals += 1;
        let arrival = self.arrivals;
        let Some(books) = self.groups.get_mut(sent.group) else { return };
        if !books.takes() {
            return;
        }
        // Only where the service chose the ID: one that the caller repeats was judged before, as dropped or sent
        // again.
        if sent.tid.is_none() && books.trace_of(now, tid) != TidTrace::Unknown {
            let evidence = evidence!("the fresh message ID ", tid, " was given before in group ", sent.group);
            self.refute(now, Some(Rule::MessageMsgTidGenerated), evidence);
            return;
        }
        if sent.shaped {
            let floor = books.floors.entry(sent.kind).or_default();
            match &mut floor.waits {
                // The first wait stays: the five seconds count from the oldest that nothing newer has followed out,
                // or a stream of new ones would put off the deadline for ever (shaper.floor.no-starvation).
                Some((_, newest)) => *newest = tid.clone(),
                None => floor.waits = Some((now, tid.clone())),
            }
            floor.owed.push_back((arrival, now));
        }
        books.waiting.insert(tid.clone(), WaitingMessage { sent, arrival, since: now });
    }

    /// Whether a message passes the frequency control by.
    fn is_exempt(&self, origin: Origin) -> bool {
        let readings = &self.config.readings;
        let old = origin == Origin::Old && readings.legacy_shaping == LegacyShaping::Exempt;
        let back_end = origin != Origin::Client && readings.shaper_senders == ShaperSenders::MobileOriginated;
        old || back_end
    }

    /// A message is kept from its sender where the reading says so, and from nobody else.
    fn judge_withheld(&mut self, fanout: &Fanout) {
        let message = &fanout.message;
        let withheld = self.config.readings.send_own_copy == SendOwnCopy::Withheld;
        if fanout.withhold != withheld.then_some(message.sender) {
            let said =
                evidence!("message ", &message.tid, " is kept from another than its sender, by the reading");
            self.refute(message.at, Some(Rule::MessageDeliverAllMembers), said);
        }
    }

    /// Judges one delivery.
    pub(super) fn on_delivered(&mut self, fanout: &Fanout) -> LateRank {
        let message = &fanout.message;
        let budget = self.budget_of(fanout.group);
        let exempt = self.is_exempt(message.origin);
        let reading = self.config.readings.shaper_floor;
        // After a leap everything that was due comes at once, and late is no fault of the service.
        let timed = reading != ShaperFloor::Fixed && !self.leapt && !exempt;
        let recent_max = self.recent_max();
        self.judge_excess(fanout.group, message.at);
        self.judge_late(fanout.group, &message.tid);
        self.judge_withheld(fanout);
        let Some(books) = self.groups.get_mut(fanout.group) else {
            return LateRank { rank: None, since: None, newest: false };
        };
        books.take_slot(message.at, exempt);
        books.note_excess(message.at, budget);
        let waited = books.waiting.remove(&message.tid);
        // What is not the newest of its type has its chance as the next second begins, and no other.
        let chance = |since: Instant| {
            since == message.at || since.second_start() + Duration::from_secs(1) == message.at
        };
        let newest = books.may_be_newest(message.kind, &message.tid);
        let late = |waiting: &WaitingMessage| !newest && !chance(waiting.since);
        let discarded = !self.leapt && !exempt && waited.as_ref().is_some_and(late);
        // After the chance was judged: when a message that nobody was notified of was let through is known too
        // roughly for that.
        // An ID that its sender was answered with is none of those that nobody was notified of.
        let named = books.unsure.contains(&message.tid);
        let nameless = waited.is_none();
        let waited = waited.or_else(|| if named { None } else { books.reveal(message) });
        let slack = books.slack(budget, reading);
        let overdue = books
            .floors
            .get(&message.kind)
            .and_then(|floor| floor.deadline(reading))
            .filter(|deadline| timed && books.is_active() && *deadline + slack < message.at);
        self.unknown.count(Rule::MessageDeliverAllMembers, books.unsure.contains(&message.tid));
        self.unknown.count(Rule::StatisticsDeliveryTotal, books.perhaps_counted.contains(&message.kind));
        let wrong = wrong_delivery(books, message, (waited.as_ref(), nameless))
            .or_else(|| {
                let said = || evidence!(&message.tid, ", which was held back and has lost its chance");
                discarded.then(|| (Rule::ShaperShedNotDelivered, said()))
            })
            .or_else(|| {
                // Where the five seconds count from the last delivery, only the newest is promised; what is not
                // surely the newest may come when it likes.
                let counts = reading == ShaperFloor::Sent || books.is_newest(message.kind, &message.tid);
                overdue.filter(|_| counts).map(|due| {
                    let said = evidence!("the newest message of type ", message.kind, ", due at ", due);
                    (Rule::ShaperFloorLatestPerType, said)
                })
            });
        books.delivered.insert(message.tid.clone());
        books.recalled.remove(&message.tid);
        let total = books.totals.entry(message.kind).or_default();
        *total = increased(*total, message.increase);
        if self.config.readings.shaper_shed_statistics == ShaperShedStatistics::Counted {
            // Whether what waited when the last member left counts as shed is open.
            *total = message.total;
            books.perhaps_counted.remove(&message.kind);
        }
        // After a wrong number the books go on from the service's: one wrong number is one failure.
        books.seq = message.seq;
        books.high_index = books.high_index.max(message.high_index);
        // What is exempt from shaping passes by the floors, too.
        let turn = waited.as_ref().map(|waiting| waiting.sent.turn);
        if !exempt {
            settle(books, message, waited.as_ref());
            books.ranks.delivered(message.at, waited.as_ref().map(WaitingMessage::rank));
        }
        books.keep(message, turn);
        books.recent.add(message, recent_max);
        if let Some((rule, said)) = wrong {
            self.refute(message.at, Some(rule), evidence!("group ", fanout.group, " delivers: ", said));
        }
        LateRank {
            rank: waited.as_ref().map(WaitingMessage::rank),
            since: waited.map(|waiting| waiting.since),
            newest: newest || exempt,
        }
    }

    /// Whether the model knows that a message waits which goes out.
    pub(super) fn explains_delivery(&self, fanout: &Fanout) -> bool {
        self.groups.get(fanout.group).is_none_or(|books| {
            books.waiting.contains_key(&fanout.message.tid) || books.unnamed(&fanout.message).is_some()
        })
    }

    /// What is owed and may still come: reviews and floors whose time is not up.
    pub(super) fn not_due(&self, now: Instant) -> (u64, u64) {
        let reviews = self.pending.values().filter(|(due, _)| *due > now).count();
        let waits = |books: &GroupBooks| books.floors.values().filter(|floor| floor.waits.is_some()).count();
        let types = self.groups.values().filter(|books| books.is_active()).map(waits).sum::<usize>();
        (u64::try_from(reviews).unwrap_or(0), u64::try_from(types).unwrap_or(0))
    }
}

/// A counter after an increase: it ends at 2^63 - 1, the largest value of its documented type.
pub(super) fn increased(total: u64, increase: i64) -> u64 {
    total.saturating_add_signed(increase).min(u64::MAX >> 1)
}

/// What is wrong with a delivery, if anything.
fn wrong_delivery(
    books: &GroupBooks,
    message: &Message,
    (waited, nameless): (Option<&WaitingMessage>, bool),
) -> Option<(Rule, Evidence)> {
    let expected = increased(books.totals.get(&message.kind).copied().unwrap_or(0), message.increase);
    // The order of these checks decides which rule is blamed: a message out of a deleted group may have a wrong
    // number and a wrong total, too.
    if !books.is_live() {
        return Some((Rule::DeletionGroupUnavailable, evidence!("it is deleted")));
    }
    if !books.takes() {
        return Some((Rule::MessageSendNeedsActive, evidence!("nobody is in it")));
    }
    if books.unsure.contains(&message.tid) {
        return None;
    }
    if waited.is_none()
        && books.kept.back().is_some_and(|last| (last.seq, &last.tid) == (message.seq, &message.tid))
    {
        return Some((Rule::MessageDeliverAllMembers, evidence!(&message.tid, " once more")));
    }
    if books.trace_of(message.at, &message.tid) == TidTrace::Kept && waited.is_none() {
        return Some((Rule::MessageMsgTidUnique, evidence!(&message.tid, " for the second time")));
    }
    let Some(waiting) = waited else {
        // Another of those that the ledger does not tell apart may have been taken for the one that was shed.
        if books.shed_unseen {
            return None;
        }
        return Some((Rule::ShaperShedNotDelivered, evidence!(&message.tid, ", which nobody waits for")));
    };
    // Of several that nobody was notified of, another may have been taken for one that is gone.
    if !nameless && let Some(wrong) = differs_from_sent(&waiting.sent, message) {
        return Some(wrong);
    }
    // Growing, but not without gaps: what went to chosen members has numbers of the same row, also where none of them
    // was there to receive it.
    if message.seq <= books.seq {
        let said = evidence!("sequence number ", message.seq, " after ", books.seq);
        return Some((Rule::ListMessagesFields, said));
    }
    if books.late.is_some() && message.seq > books.seq + 1 && books.full < message.at.unix_seconds() {
        let said =
            evidence!("number ", message.seq, " after ", books.seq, ": what came between reached nobody");
        return Some((Rule::MessageDeliverAllMembers, said));
    }
    if message.seq != books.seq + 1 && !books.chosen {
        let said = evidence!("sequence number ", message.seq, " after ", books.seq, ", and nothing between");
        return Some((Rule::ListMessagesFields, said));
    }
    if message.level == Priority::High && message.high_index != books.high_index + 1 {
        let said = evidence!("HIGH number ", message.high_index, " after ", books.high_index);
        return Some((Rule::RecoveryHighAfterReconnect, said));
    }
    // More is open here and less is not: what was delivered for certain has been counted.
    if books.perhaps_counted.contains(&message.kind) && message.total >= expected {
        return None;
    }
    // Below and above are two rules: below, a delivery was not counted; above, only something shed can have been.
    (message.total < expected)
        .then(|| {
            let said =
                evidence!("type ", message.kind, ": a running total of ", message.total, ", not ", expected);
            (Rule::StatisticsDeliveryTotal, said)
        })
        .or_else(|| {
            (message.total > expected).then(|| {
                let said = evidence!(
                    "type ",
                    message.kind,
                    ": a running total of ",
                    message.total,
                    ", not ",
                    expected
                );
                (Rule::ShaperShedNotCounted, said)
            })
        })
}

/// What a delivery changes of what was sent, if anything.
pub(super) fn differs_from_sent(sent: &SentMessage, message: &Message) -> Option<(Rule, Evidence)> {
    let sender_differs = sent.sender.is_some_and(|sender| sender != message.sender);
    if (sent.kind, sent.level, &sent.body) != (message.kind, message.level, &message.body)
        || sender_differs
        || sent.sender_info.as_ref().is_some_and(|info| **info != *message.sender_info)
    {
        return Some((
            Rule::MessageDeliverAllMembers,
            evidence!(&message.tid, " differs from what was sent"),
        ));
    }
    if (sent.stored, sent.cached) != (message.stored, message.cached) {
        let rule = if sent.stored == message.stored {
            Rule::MessageNoCacheSkipsRecent
        } else {
            Rule::HistoryNoStorageSkips
        };
        let said = evidence!(&message.tid, " is kept, or cached, in another way than its sender asked for");
        return Some((rule, said));
    }
    if message.sent != sent.at {
        let said = evidence!(&message.tid, " stamped ", message.sent, ", sent at ", sent.at);
        return Some((Rule::MessageTimestampSending, said));
    }
    None
}

/// Books a delivery in the floor of its type.
fn settle(books: &mut GroupBooks, message: &Message, waited: Option<&WaitingMessage>) {
    let floor = books.floors.entry(message.kind).or_default();
    // Of several that wait unseen, only one was delivered; of those alike, it cannot be known which.
    floor.unclear_newest = books.incognito.iter().any(|waiting| waiting.sent.kind == message.kind);
    floor.last = Some(message.at);
    if floor.waits.as_ref().is_some_and(|(_, tid)| *tid == message.tid) {
        floor.waits = None;
    }
    match waited {
        Some(waited) => while floor.owed.pop_front_if(|(arrival, _)| *arrival <= waited.arrival).is_some() {},
        // It may be newer than all that is owed. Taken for older, it would leave obligations that were met.
        None => floor.owed.clear(),
    }
}
