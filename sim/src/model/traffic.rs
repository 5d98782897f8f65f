//! Messages: accepted, waiting, delivered, shed; the budget, the ranks and the floor of each type.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use claque_core::reading::{LegacyShaping, ShaperFloor, ShaperShedStatistics, ShaperWindow};
use claque_core::{
    ClientReply, ClientRequest, Defects, Duration, Fanout, GroupIx, Input, Instant, Message, Origin, Outcome,
    Output, Priority, Reply, Response, Rule, Shed, limits,
};

use super::group::{Group, Kept, Standing, TidTrace};
use super::people::Change;
use super::sent::{Rank, Sent, Waiting};
use super::{Model, Seen};

/// Delivered messages that the model remembers of a group, for pulls and lists.
const KEPT_MAX: usize = 50_000;

/// The five seconds of a message type.
#[derive(Clone, Debug, Default)]
pub(super) struct Floor {
    last: Option<Instant>,
    /// The first message that has waited since, and the newest.
    pub(super) waits: Option<(Instant, Arc<str>)>,
    /// Something of the type may wait that the model does not know of; until the next delivery.
    pub(super) blurred: bool,
}

impl Floor {
    /// Nobody is there: nothing is owed, but the last delivery still counts.
    pub(super) fn rest(&mut self) {
        self.waits = None;
    }

    /// Something newer may wait unseen: what is owed cannot be told.
    pub(super) fn blur(&mut self) {
        self.waits = None;
        self.blurred = true;
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
    pub(super) fn follow_traffic<D: Defects>(&mut self, seen: &Seen<'_, D>, changes: &[Change]) {
        let fresh = self.follow_accepted(seen);
        // What passes its review in the very moment in which a second ends belongs to neither second.
        let before = self.arrivals;
        let waited = |(_, _, arrival): &Rank| arrival.0 <= before;
        self.follow_answers(seen);
        // Messages are ranked against each other only where a second ends.
        let ranks = matches!(seen.input, Input::Timeout) && !self.leapt;
        let mut rounds: BTreeMap<GroupIx, Round> = BTreeMap::new();
        for output in seen.outputs {
            match output {
                Output::Deliver(fanout) => {
                    let last_left =
                        |change: &Change| change.group == fanout.group && !change.joined && change.count == 0;
                    let (rank, reserved) = self.on_delivered(fanout, changes.iter().any(last_left));
                    if ranks {
                        let delivered = &mut rounds.entry(fanout.group).or_default().delivered;
                        delivered.push((rank.filter(waited), reserved));
                    }
                }
                Output::Shed(shed) => {
                    if let Some(rank) = self.on_shed(seen.now, shed).filter(waited)
                        && ranks
                    {
                        rounds.entry(shed.group).or_default().outranked.push(rank);
                    }
                }
                _ => {}
            }
        }
        if let Some((group, tid, at_once)) = fresh {
            self.judge_at_once(seen.now, group, &tid, at_once);
        }
        if ranks {
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
                let due = seen.now + self.config.limits.moderation_within;
                self.pending.insert(*ticket, (due, sent.clone()));
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
        let place = self.groups.get(sent.group).filter(|place| place.takes())?;
        let second = seen.now.unix_seconds();
        let used = if place.second.0 == second { place.second.1 } else { 0 };
        let waits = self.config.readings.shaper_window == ShaperWindow::WindowClose;
        let room = !sent.shaped || (used < self.config.limits.group_messages_per_second.max(1) && !waits);
        let group = sent.group;
        self.on_accepted(seen.now, &tid, sent);
        Some((group, tid, room))
    }

    /// Nothing is accepted for a group that is deleted or has nobody in it, and a member is not refused without reason.
    fn judge_send<D: Defects>(&mut self, seen: &Seen<'_, D>, sent: &Sent, refused: bool) {
        let Some(place) = self.groups.get(sent.group) else { return };
        let wrong = match (place.standing(seen.now), refused) {
            (Standing::Live, false) if !place.takes() => {
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
            Input::Client(session, _) if !refused => !place.members.contains_key(&session.user),
            _ => false,
        };
        let wrong = wrong
            .or_else(|| outsider.then_some((Rule::MessageClientSendMemberOnly, "comes from a stranger")));
        if let Some((rule, said)) = wrong {
            self.refute(seen.now, Some(rule), format!("a message to group {} {said}", sent.group.0));
        }
    }

    pub(super) fn on_accepted(&mut self, now: Instant, tid: &Arc<str>, sent: Sent) {
        self.arrivals += 1;
        let arrival = self.arrivals;
        let Some(place) = self.groups.get_mut(sent.group) else { return };
        if !place.takes() {
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
        place.waiting.insert(Arc::clone(tid), Waiting { sent, arrival, since: now });
    }

    /// Judges one delivery; its rank, and whether it took a slot that was reserved for its type.
    ///
    /// Where the last member left in the same call (several deadlines at one instant), the message may have gone out before
    /// that: what is left tells nothing.
    fn on_delivered(&mut self, fanout: &Fanout, emptied: bool) -> (Option<Rank>, bool) {
        let message = &fanout.message;
        let budget = self.config.limits.group_messages_per_second.max(1);
        let exempt =
            message.origin == Origin::Old && self.config.readings.legacy_shaping == LegacyShaping::Exempt;
        let fixed = self.config.readings.shaper_floor == ShaperFloor::Fixed;
        let Some(place) = self.groups.get_mut(fanout.group) else { return (None, false) };
        let second = message.at.unix_seconds();
        if place.second.0 != second {
            place.second = (second, 0);
        }
        place.second.1 += u32::from(!exempt);
        let waited = place.waiting.remove(&message.tid).or_else(|| place.reveal(message));
        let wrong = if emptied { None } else { wrong_delivery(place, message, waited.as_ref(), budget) };
        place.delivered.insert(Arc::clone(&message.tid));
        place.recalled.remove(&message.tid);
        let total = place.totals.entry(message.kind).or_default();
        *total = total.saturating_add_signed(message.increase);
        if self.config.readings.shaper_shed_statistics == ShaperShedStatistics::Counted {
            // Whether what waited when the last member left counts as shed is open.
            *total = message.total;
            place.perhaps_counted.remove(&message.kind);
        }
        place.seq = message.seq;
        place.high_index = place.high_index.max(message.high_index);
        let reserved = settle(place, message, fixed);
        if let Some((rule, said)) = wrong {
            self.refute(message.at, Some(rule), format!("group {} delivers: {said}", fanout.group.0));
        }
        (waited.map(|waiting| waiting.rank()), reserved)
    }

    /// Judges one shedding; the rank, when better messages took the slots.
    fn on_shed(&mut self, now: Instant, shed: &Shed) -> Option<Rank> {
        let budget = self.config.limits.group_messages_per_second.max(1);
        let at_once = self.config.readings.shaper_window == ShaperWindow::ImmediateOnly;
        let counted = self.config.readings.shaper_shed_statistics == ShaperShedStatistics::Counted;
        let place = self.groups.get_mut(shed.group)?;
        if place.unsure.contains(&shed.tid) {
            // Two messages of one ID: which of them this is cannot be told.
            place.count_perhaps(shed.kind, counted);
            return None;
        }
        if place.delivered.contains(&shed.tid) {
            let evidence = format!("message {} is shed and was delivered", shed.tid);
            self.refute(now, Some(Rule::ShaperShedNotDelivered), evidence);
            return None;
        }
        let Some(waited) = place.waiting.remove(&shed.tid).or_else(|| place.reveal_shed(shed)) else {
            place.count_perhaps(shed.kind, counted);
            return None;
        };
        let by_rank = !matches!(shed.rule, Rule::MessageSendNoOffline | Rule::RecallMessageByMsgTid);
        if counted && by_rank {
            let total = place.totals.entry(shed.kind).or_default();
            *total = total.saturating_add_signed(waited.sent.increase);
        }
        if !by_rank {
            place.count_perhaps(shed.kind, counted);
        }
        if shed.rule == Rule::MessageSendNoOffline && place.is_active() {
            let members = place.members.len();
            let evidence = format!(
                "message {} of group {} is taken out as if nobody were there, and {members} are",
                shed.tid, shed.group.0
            );
            self.refute(now, Some(Rule::MessageSendNoOffline), evidence);
            return None;
        }
        if !place.is_active() || matches!(shed.rule, Rule::MessageSendNoOffline | Rule::RecallMessageByMsgTid)
        {
            return None;
        }
        let newest = place.floors.get(&shed.kind).and_then(|floor| floor.waits.as_ref());
        let newest = newest.is_some_and(|(_, tid)| *tid == shed.tid);
        let others = place.waiting.values().chain(&place.incognito);
        let better = others.filter(|other| other.rank() > waited.rank()).count();
        // What was sent under an ID that the group may have forgotten waits perhaps, too.
        let perhaps = better + place.unsure.len();
        let replaced = shed.rule == Rule::ShaperFloorLatestPerType;
        let full = u64::try_from(perhaps).unwrap_or(0) >= u64::from(budget);
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
        let Some(place) = self.groups.get(group) else { return };
        if room && place.takes() && !place.delivered.contains(tid) {
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

    /// What is owed and may still come: reviews and floors whose time is not up.
    pub(super) fn not_due(&self, now: Instant) -> (u64, u64) {
        let reviews = self.pending.values().filter(|(due, _)| *due > now).count();
        let waits = |place: &Group| place.floors.values().filter(|floor| floor.waits.is_some()).count();
        let types = self.groups.values().filter(|place| place.is_active()).map(waits).sum::<usize>();
        (u64::try_from(reviews).unwrap_or(0), u64::try_from(types).unwrap_or(0))
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
                late = Some((group, *kind, floor.deadline()));
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
    if !place.takes() {
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
    if place.perhaps_counted.contains(&message.kind) && message.total >= expected {
        return None;
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
///
/// Where floors go by fixed intervals, any newest message may have a reserved slot.
fn settle(place: &mut Group, message: &Message, fixed: bool) -> bool {
    let floor = place.floors.entry(message.kind).or_default();
    let newest = floor.waits.as_ref().is_some_and(|(_, tid)| *tid == message.tid);
    let next_second = message.at.second_start() + Duration::from_secs(1);
    let blurred = std::mem::take(&mut floor.blurred);
    let reserved =
        blurred || newest && (fixed || floor.deadline().is_some_and(|deadline| deadline <= next_second));
    floor.last = Some(message.at);
    if newest {
        floor.waits = None;
    }
    place.kept.push_back(Kept {
        seq: message.seq,
        tid: Arc::clone(&message.tid),
        sender: message.sender,
        live: message.origin == Origin::Live,
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
