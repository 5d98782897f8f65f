//! Messages: accepted, waiting, delivered, shed; the budget, the ranks and the floor of each type.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use claque_core::reading::{LegacyShaping, PriorityWeight, ShaperFloor, ShaperShedStatistics, ShaperWindow};
use claque_core::{
    ClientReply, ClientRequest, Defects, Duration, Fanout, GroupIx, Input, Instant, Message, Origin, Outcome,
    Output, Priority, Reply, Request, Response, Rule, Shed, Ticket, UserIx, limits,
};

use super::group::{Group, Kept, Standing, TidTrace};
use super::{Model, Seen};

/// Delivered messages that the model remembers of a group, for pulls and lists.
const KEPT_MAX: usize = 50_000;

/// What decides between messages of one second: level, weight, the earlier arrival.
type Rank = (Priority, i64, Reverse<u64>);

/// A message that somebody sends, as far as the model reads it.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    group: GroupIx,
    kind: i64,
    level: Priority,
    weight: i64,
    body: Arc<str>,
    sender: Option<UserIx>,
    /// Whether it is shaped.
    shaped: bool,
    /// The ID that the caller chose.
    tid: Option<Arc<str>>,
}

/// A message whose sender was told success, and which was neither delivered nor shed yet.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    sent: Sent,
    arrival: u64,
}

impl Waiting {
    const fn rank(&self) -> Rank {
        (self.sent.level, self.sent.weight, Reverse(self.arrival))
    }
}

/// The five seconds of a message type.
#[derive(Clone, Debug, Default)]
pub(super) struct Floor {
    last: Option<Instant>,
    /// The first message that has waited since, and the newest.
    waits: Option<(Instant, Arc<str>)>,
}

impl Floor {
    /// Nobody is there: nothing is owed, but the last delivery still counts.
    pub(super) fn rest(&mut self) {
        self.waits = None;
    }

    /// When the newest message must have been delivered: five seconds after the last delivery or the first wait, and
    /// not before the second is over in which the type was heard again.
    fn deadline(&self) -> Option<Instant> {
        let (first, _) = self.waits.as_ref()?;
        let next_second = first.second_start() + Duration::from_secs(1);
        Some((self.last.unwrap_or(*first) + limits::TYPE_FLOOR).max(next_second))
    }
}

/// What one call of the service delivered and shed in a group.
#[derive(Default)]
struct Round {
    /// Each with its rank, and whether it took a slot that was reserved for its type.
    delivered: Vec<(Option<Rank>, bool)>,
    outranked: Vec<Rank>,
}

impl Model {
    /// Follows messages through acceptance, delivery and shedding.
    pub(super) fn follow_traffic<D: Defects>(&mut self, seen: &Seen<'_, D>) {
        let fresh = self.follow_accepted(seen);
        self.follow_answers(seen);
        let mut rounds: BTreeMap<GroupIx, Round> = BTreeMap::new();
        for output in seen.outputs {
            match output {
                Output::Deliver(fanout) => {
                    let outcome = self.on_delivered(seen, fanout);
                    rounds.entry(fanout.group).or_default().delivered.push(outcome);
                }
                Output::Shed(shed) => {
                    if let Some(rank) = self.on_shed(seen.now, shed) {
                        rounds.entry(shed.group).or_default().outranked.push(rank);
                    }
                }
                _ => {}
            }
        }
        if let Some((group, tid, at_once)) = fresh {
            self.judge_at_once(seen.now, group, &tid, at_once);
        }
        if matches!(seen.input, Input::Timeout) && !self.leapt {
            self.judge_ranks(seen.now, &rounds);
        }
        self.judge_floors(seen.now);
    }

    /// Books what this call's sender was told success for; gives the message, and whether the budget had room for it.
    fn follow_accepted<D: Defects>(&mut self, seen: &Seen<'_, D>) -> Option<(GroupIx, Arc<str>, bool)> {
        let sent = self.sent(seen)?;
        if let (Input::Client(session, ClientRequest::Send(_, send)), Outcome::Client(answer)) =
            (seen.input, seen.outcome)
        {
            self.judge_talk(seen, *session, sent.group, send, answer);
        }
        let accepted = match seen.outcome {
            Outcome::Client(Ok(ClientReply::Sent(tid)))
            | Outcome::Request(Ok(Reply::Done(Response::MessageSent(tid)))) => Some(Arc::clone(tid)),
            Outcome::Client(Ok(ClientReply::Pending(ticket)))
            | Outcome::Request(Ok(Reply::Pending(ticket))) => {
                self.pending.insert(*ticket, sent.clone());
                None
            }
            _ => None,
        };
        let refused = matches!(seen.outcome, Outcome::Client(Err(_)) | Outcome::Request(Err(_)));
        self.judge_send(seen, &sent, refused);
        let tid = accepted?;
        if self.is_dropped(seen.now, &sent, &tid) {
            return None;
        }
        let place = self.groups.get(&sent.group).filter(|place| place.is_active())?;
        let second = seen.now.unix_seconds();
        let used = if place.second.0 == second { place.second.1 } else { 0 };
        let waits = self.config.readings.shaper_window == ShaperWindow::WindowClose;
        let room = !sent.shaped || (used < self.config.limits.group_messages_per_second.max(1) && !waits);
        let group = sent.group;
        self.on_accepted(seen.now, &tid, sent);
        Some((group, tid, room))
    }

    /// The message that this call sends to a group, whatever came of it.
    fn sent<D: Defects>(&self, seen: &Seen<'_, D>) -> Option<Sent> {
        match seen.input {
            Input::Client(session, ClientRequest::Send(key, send)) => Some(Sent {
                group: seen.group(session.user, key)?,
                kind: send.kind,
                level: send.level,
                weight: match send.level {
                    Priority::Normal => 1,
                    Priority::Medium => 5,
                    Priority::High => 1_000_000,
                },
                body: Arc::clone(&send.body),
                sender: Some(session.user),
                shaped: true,
                tid: None,
            }),
            Input::Request(_, Request::SendLiveMessageGroup(call)) => {
                let weight = call.weight.unwrap_or(1);
                Some(Sent {
                    group: seen.group_of(&call.app_id, &call.group_id)?,
                    kind: call.msg_type.unwrap_or(0),
                    level: level_of(weight, self.config.readings.priority_weight),
                    weight,
                    body: call.body.as_deref().unwrap_or_default().into(),
                    sender: seen.user_of(&call.app_id, &call.sender_id),
                    shaped: true,
                    tid: call.msg_tid.as_deref().map(Arc::from),
                })
            }
            Input::Request(_, Request::SendMessageToGroup(call)) => Some(Sent {
                group: seen.group_of(&call.app_id, &call.group_id)?,
                kind: call.kind.unwrap_or(0).into(),
                // The old family knows no levels: the lowest, as for a send without a weight.
                level: Priority::Normal,
                weight: 1,
                body: call.data.as_str().into(),
                sender: seen.user_of(&call.app_id, &call.operator_user_id),
                shaped: self.config.readings.legacy_shaping == LegacyShaping::Shaped,
                tid: None,
            }),
            _ => None,
        }
    }

    /// Whether an accepted message is rightly not sent: its ID was used before, or its type is one too many.
    fn is_dropped(&mut self, now: Instant, sent: &Sent, tid: &Arc<str>) -> bool {
        let Some(place) = self.groups.get_mut(&sent.group) else { return true };
        if sent.tid.is_some() {
            match place.trace_of(now, tid) {
                TidTrace::Unknown => {}
                TidTrace::Kept => return true,
                TidTrace::Faint => {
                    place.unsure.insert(Arc::clone(tid));
                    return true;
                }
            }
        }
        let types_max = u64::from(self.config.limits.group_types_max);
        let full = u64::try_from(place.totals.len()).unwrap_or(u64::MAX) >= types_max;
        full && !place.totals.contains_key(&sent.kind)
    }

    /// Nothing is accepted for a group that is deleted or has nobody in it, and a member is not refused without reason.
    fn judge_send<D: Defects>(&mut self, seen: &Seen<'_, D>, sent: &Sent, refused: bool) {
        let Some(place) = self.groups.get(&sent.group) else { return };
        let wrong = match (place.standing(seen.now), refused) {
            (Standing::Live, false) if !place.is_active() => {
                Some((Rule::MessageSendNeedsActive, "is accepted for a group with nobody in it"))
            }
            (Standing::Deleted(..) | Standing::Purged, false) => {
                Some((Rule::DeletionGroupUnavailable, "is accepted for a deleted group"))
            }
            (Standing::Live, true) => match (seen.input, seen.outcome) {
                (Input::Client(session, _), Outcome::Client(Err(claque_core::ClientRefusal::Temporary))) => {
                    let _ = session;
                    Some((Rule::ShaperShedReportsSuccess, "is refused as if for a moment"))
                }
                _ => None,
            },
            (Standing::Live | Standing::Deleted(..) | Standing::Purged, _) => None,
        };
        let outsider = match seen.input {
            Input::Client(session, _) if !refused => !place.members.contains(&session.user),
            _ => false,
        };
        let wrong = wrong
            .or_else(|| outsider.then_some((Rule::MessageClientSendMemberOnly, "comes from a stranger")));
        if let Some((rule, said)) = wrong {
            self.refute(seen.now, Some(rule), format!("a message to group {} {said}", sent.group.0));
        }
    }

    fn on_accepted(&mut self, now: Instant, tid: &Arc<str>, sent: Sent) {
        self.arrivals += 1;
        let arrival = self.arrivals;
        let Some(place) = self.groups.get_mut(&sent.group) else { return };
        if !place.is_active() {
            return;
        }
        if sent.tid.is_none() && place.trace_of(now, tid) != TidTrace::Unknown {
            let evidence = format!("the fresh message ID {tid} was given before in group {}", sent.group.0);
            self.refute(now, Some(Rule::MessageMsgTidGenerated), evidence);
            return;
        }
        let floor = place.floors.entry(sent.kind).or_default();
        match &mut floor.waits {
            Some((_, newest)) => *newest = Arc::clone(tid),
            None => floor.waits = Some((now, Arc::clone(tid))),
        }
        place.waiting.insert(Arc::clone(tid), Waiting { sent, arrival });
    }

    /// Pending sends are answered, whatever else the call brings.
    fn follow_answers<D: Defects>(&mut self, seen: &Seen<'_, D>) {
        for output in seen.outputs {
            match output {
                Output::Answer(ticket, Ok(Response::MessageSent(tid)))
                | Output::ClientAnswer(_, ticket, Ok(ClientReply::Sent(tid))) => {
                    self.on_answer(seen.now, *ticket, Some(tid));
                }
                Output::Answer(ticket, _) | Output::ClientAnswer(_, ticket, _) => {
                    self.on_answer(seen.now, *ticket, None);
                }
                _ => {}
            }
        }
        // Whose session is gone is not answered: its message may wait under an ID that nobody was told.
        if let Input::Verdict(ticket, _) = seen.input
            && let Some(sent) = self.pending.get(ticket)
            && let Some(floor) =
                self.groups.get_mut(&sent.group).and_then(|place| place.floors.get_mut(&sent.kind))
        {
            floor.rest();
        }
    }

    /// A pending send is answered: when with success, the message is on its way.
    fn on_answer(&mut self, now: Instant, ticket: Ticket, tid: Option<&Arc<str>>) {
        let Some(sent) = self.pending.remove(&ticket) else { return };
        if let Some(tid) = tid
            && !self.is_dropped(now, &sent, tid)
        {
            let placed = self.groups.get(&sent.group).is_some_and(|place| place.delivered.contains(tid));
            if !placed {
                self.on_accepted(now, tid, sent);
            }
        }
    }

    /// Judges one delivery; its rank, and whether it took a slot that was reserved for its type.
    fn on_delivered<D: Defects>(&mut self, seen: &Seen<'_, D>, fanout: &Fanout) -> (Option<Rank>, bool) {
        let message = &fanout.message;
        if let Some(ticket) = self.pending_behind(seen, message) {
            self.on_answer(seen.now, ticket, Some(&message.tid));
        }
        let budget = self.config.limits.group_messages_per_second.max(1);
        let exempt =
            message.origin == Origin::Old && self.config.readings.legacy_shaping == LegacyShaping::Exempt;
        let Some(place) = self.groups.get_mut(&fanout.group) else { return (None, false) };
        let second = message.at.unix_seconds();
        if place.second.0 != second {
            place.second = (second, 0);
        }
        place.second.1 += u32::from(!exempt);
        let waited = place.waiting.get(&message.tid).cloned();
        let wrong = wrong_delivery(place, message, waited.as_ref(), budget);
        place.delivered.insert(Arc::clone(&message.tid));
        place.recalled.remove(&message.tid);
        let total = place.totals.entry(message.kind).or_default();
        *total = total.saturating_add_signed(message.increase);
        if self.config.readings.shaper_shed_statistics == ShaperShedStatistics::Counted {
            *total = message.total;
        }
        place.seq = message.seq;
        place.high_index = place.high_index.max(message.high_index);
        let reserved = settle(place, message);
        if let Some((rule, said)) = wrong {
            self.refute(message.at, Some(rule), format!("group {} delivers: {said}", fanout.group.0));
        }
        (waited.map(|waiting| waiting.rank()), reserved)
    }

    /// The pending send whose message is delivered before its answer is seen: in the same call.
    fn pending_behind<D: Defects>(&self, seen: &Seen<'_, D>, message: &Message) -> Option<Ticket> {
        if let Input::Verdict(ticket, _) = seen.input {
            return self.pending.contains_key(ticket).then_some(*ticket);
        }
        let same = |sent: &Sent| {
            Some(sent.group) == message.group
                && sent.kind == message.kind
                && sent.body == message.body
                && sent.sender.is_none_or(|sender| sender == message.sender)
        };
        let waits = self.groups.get(&message.group?)?.waiting.contains_key(&message.tid);
        self.pending.iter().find(|(_, sent)| !waits && same(sent)).map(|(ticket, _)| *ticket)
    }

    /// Judges one shedding; the rank, when better messages took the slots.
    fn on_shed(&mut self, now: Instant, shed: &Shed) -> Option<Rank> {
        let budget = self.config.limits.group_messages_per_second.max(1);
        let at_once = self.config.readings.shaper_window == ShaperWindow::ImmediateOnly;
        let place = self.groups.get_mut(&shed.group)?;
        if place.delivered.contains(&shed.tid) {
            let evidence = format!("message {} is shed and was delivered", shed.tid);
            self.refute(now, Some(Rule::ShaperShedNotDelivered), evidence);
            return None;
        }
        let waited = place.waiting.remove(&shed.tid)?;
        if !place.is_active() || matches!(shed.rule, Rule::MessageSendNoOffline | Rule::RecallMessageByMsgTid)
        {
            return None;
        }
        let newest = place.floors.get(&shed.kind).and_then(|floor| floor.waits.as_ref());
        let newest = newest.is_some_and(|(_, tid)| *tid == shed.tid);
        let better = place.waiting.values().filter(|other| other.rank() > waited.rank()).count();
        let replaced = shed.rule == Rule::ShaperFloorLatestPerType;
        let full = u64::try_from(better).unwrap_or(0) >= u64::from(budget);
        let second_full = place.second == (now.unix_seconds(), budget);
        let wrong = if waited.sent.level != shed.level {
            let (sent, out) = (waited.sent.level.as_str(), shed.level.as_str());
            Some((Rule::PriorityLevelsOrder, format!("was sent with {sent} and is shed as {out}")))
        } else if newest {
            Some((Rule::ShaperFloorLatestPerType, "is the newest of its type".to_owned()))
        } else if !replaced && !full && !second_full && !at_once && !self.leapt {
            Some((
                Rule::ShaperOverloadDiscards,
                format!("is shed while {better} better ones wait for {budget} slots"),
            ))
        } else {
            None
        };
        if let Some((rule, said)) = wrong {
            self.refute(now, Some(rule), format!("message {} of group {} {said}", shed.tid, shed.group.0));
        }
        (!replaced).then(|| waited.rank())
    }

    /// While the budget lasts, an accepted message is delivered at once.
    fn judge_at_once(&mut self, now: Instant, group: GroupIx, tid: &Arc<str>, room: bool) {
        let Some(place) = self.groups.get(&group) else { return };
        if room && place.is_active() && !place.delivered.contains(tid) {
            let evidence = format!(
                "message {tid} of group {} is held back although only {} were delivered in this second",
                group.0, place.second.1
            );
            self.refute(now, Some(Rule::ShaperBudgetPerSecond), evidence);
        }
    }

    /// At the end of a second nothing is shed for the sake of something lower, reserved slots aside.
    fn judge_ranks(&mut self, now: Instant, rounds: &BTreeMap<GroupIx, Round>) {
        if self.config.readings.shaper_window == ShaperWindow::ImmediateOnly {
            return;
        }
        for (group, round) in rounds {
            let best = round.outranked.iter().max().copied();
            let ranked = round.delivered.iter().filter(|(_, reserved)| !reserved);
            let worst = ranked.filter_map(|(rank, _)| *rank).min();
            if let (Some(best), Some(worst)) = (best, worst)
                && worst < best
            {
                let words = |(level, weight, Reverse(arrival)): Rank| {
                    format!("{} weight {weight} arrival {arrival}", level.as_str())
                };
                let (best_words, worst_words) = (words(best), words(worst));
                let rule = match (worst.0, best.0) {
                    (Priority::Normal, Priority::Medium) => Rule::PriorityLevelsOrder,
                    (worst, best) if worst == best => Rule::PriorityWeightLevels,
                    _ => Rule::PriorityHighFirst,
                };
                let evidence =
                    format!("group {}: [{worst_words}] is delivered and [{best_words}] is shed", group.0);
                self.refute(now, Some(rule), evidence);
            }
        }
    }

    /// The newest message of each type is delivered in its five seconds, as far as the budget has slots for all types.
    pub(super) fn judge_floors(&mut self, now: Instant) {
        // Deadlines are five seconds long: looking once a second is soon enough.
        let second = now.unix_seconds();
        let looked = std::mem::replace(&mut self.floors_looked_at, second) == second;
        if looked || self.leapt || self.config.readings.shaper_floor != ShaperFloor::Sliding {
            return;
        }
        let budget = u64::from(self.config.limits.group_messages_per_second.max(1));
        let mut late = None;
        for (group, place) in self.groups.iter().filter(|(_, place)| place.is_active()) {
            let types = u64::try_from(place.floors.len()).unwrap_or(0);
            let slack = Duration::from_secs(types.div_ceil(budget).saturating_sub(1));
            let overdue = place
                .floors
                .iter()
                .find(|(_, floor)| floor.deadline().is_some_and(|deadline| deadline + slack < now));
            if let Some((kind, floor)) = overdue {
                late = Some((*group, *kind, floor.deadline()));
                break;
            }
        }
        if let Some((group, kind, deadline)) = late {
            let evidence =
                format!("group {}: the newest message of type {kind} was due at {deadline:?}", group.0);
            self.refute(now, Some(Rule::ShaperFloorLatestPerType), evidence);
        }
    }
}

/// The level that a weight stands for.
const fn level_of(weight: i64, reading: PriorityWeight) -> Priority {
    match (reading, weight) {
        (PriorityWeight::Thresholds, 1_000_000..) | (PriorityWeight::Exact, 1_000_000) => Priority::High,
        (PriorityWeight::Thresholds, 5..) | (PriorityWeight::Exact, 5) => Priority::Medium,
        (PriorityWeight::Thresholds | PriorityWeight::Exact, _) => Priority::Normal,
    }
}

/// What is wrong with a delivery, if anything.
fn wrong_delivery(
    place: &Group,
    message: &Message,
    waited: Option<&Waiting>,
    budget: u32,
) -> Option<(Rule, String)> {
    let expected =
        place.totals.get(&message.kind).copied().unwrap_or(0).saturating_add_signed(message.increase);
    if place.second.1 > budget {
        let said = format!("{} messages in one second, {budget} allowed", place.second.1);
        return Some((Rule::ShaperBudgetPerSecond, said));
    }
    if !place.is_live() {
        return Some((Rule::DeletionGroupUnavailable, "it is deleted".to_owned()));
    }
    if place.members.is_empty() {
        return Some((Rule::MessageSendNeedsActive, "nobody is in it".to_owned()));
    }
    if place.unsure.contains(&message.tid) {
        return None;
    }
    if place.trace_of(message.at, &message.tid) == TidTrace::Kept && waited.is_none() {
        return Some((Rule::MessageMsgTidUnique, format!("{} for the second time", message.tid)));
    }
    let Some(waiting) = waited else {
        return Some((Rule::ShaperShedNotDelivered, format!("{}, which nobody waits for", message.tid)));
    };
    let sent = &waiting.sent;
    let sender_differs = sent.sender.is_some_and(|sender| sender != message.sender);
    if (sent.kind, sent.level, &sent.body) != (message.kind, message.level, &message.body) || sender_differs {
        return Some((Rule::MessageDeliverAllMembers, format!("{} differs from what was sent", message.tid)));
    }
    if message.seq <= place.seq {
        let said = format!("sequence number {} after {}", message.seq, place.seq);
        return Some((Rule::ListMessagesFields, said));
    }
    if message.level == Priority::High && message.high_index != place.high_index + 1 {
        let said = format!("HIGH number {} after {}", message.high_index, place.high_index);
        return Some((Rule::RecoveryHighAfterReconnect, said));
    }
    (message.total < expected)
        .then(|| {
            let said = format!("type {}: a running total of {}, not {expected}", message.kind, message.total);
            (Rule::StatisticsDeliveryTotal, said)
        })
        .or_else(|| {
            (message.total > expected).then(|| {
                let said =
                    format!("type {}: a running total of {}, not {expected}", message.kind, message.total);
                (Rule::ShaperShedNotCounted, said)
            })
        })
}

/// Books a delivery; whether it took a slot that was reserved for its type.
fn settle(place: &mut Group, message: &Message) -> bool {
    place.waiting.remove(&message.tid);
    let floor = place.floors.entry(message.kind).or_default();
    let newest = floor.waits.as_ref().is_some_and(|(_, tid)| *tid == message.tid);
    let next_second = message.at.second_start() + Duration::from_secs(1);
    let reserved = newest && floor.deadline().is_some_and(|deadline| deadline <= next_second);
    floor.last = Some(message.at);
    if newest {
        floor.waits = None;
    }
    place.kept.push_back(Kept {
        seq: message.seq,
        tid: Arc::clone(&message.tid),
        sender: message.sender,
        high_index: message.high_index,
        stored: message.stored,
        cached: message.cached,
        at: message.at,
        recalled: false,
    });
    if place.kept.len() > KEPT_MAX {
        place.kept.pop_front();
        place.forgetful = true;
    }
    reserved
}
