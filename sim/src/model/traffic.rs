//! Messages: accepted, waiting, delivered, shed; the budget, the ranks and the floor of each type.

use std::collections::BTreeMap;
use std::sync::Arc;

use claque_core::reading::{ShaperFloor, ShaperWindow};
use claque_core::{
    ClientReply, ClientRequest, Defects, Duration, Fanout, GroupIx, Input, Instant, Message, Outcome, Output,
    Priority, Reply, Request, Response, Rule, Shed, limits,
};

use super::group::{Kept, Standing};
use super::{Model, Seen};

/// Delivered messages that the model remembers, for pulls and lists. Older ones are not judged.
const KEPT_MAX: usize = 20_000;

/// A message whose sender was told success, and which was neither delivered nor shed yet.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    /// For evidence: what it was sent with.
    level: Priority,
}

/// The five seconds of a message type.
#[derive(Clone, Debug, Default)]
pub(super) struct Floor {
    last: Option<Instant>,
    /// The first message that has waited since, and the newest.
    waits: Option<(Instant, Arc<str>)>,
}

impl Floor {
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
    delivered: Vec<(Priority, bool)>,
    shed: Vec<Priority>,
}

impl Model {
    /// Follows messages through acceptance, delivery and shedding.
    pub(super) fn follow_traffic<D: Defects>(&mut self, seen: &Seen<'_, D>) {
        if let Some((group, tid, kind, level)) = self.accepted(seen) {
            self.on_accepted(seen.now, group, tid, kind, level);
        }
        self.judge_inactive(seen);
        let mut rounds: BTreeMap<GroupIx, Round> = BTreeMap::new();
        for output in seen.outputs {
            match output {
                Output::Deliver(fanout) => {
                    let reserved = self.on_delivered(fanout);
                    let round = rounds.entry(fanout.group).or_default();
                    round.delivered.push((fanout.message.level, reserved));
                }
                Output::Shed(shed) => {
                    self.on_shed(seen.now, shed);
                    rounds.entry(shed.group).or_default().shed.push(shed.level);
                }
                _ => {}
            }
        }
        if matches!(seen.input, Input::Timeout) && !self.leapt {
            self.judge_ranks(seen.now, &rounds);
        }
        self.follow_recalls(seen);
    }

    /// The message that this call's sender was told success for.
    fn accepted<D: Defects>(&self, seen: &Seen<'_, D>) -> Option<(GroupIx, Arc<str>, i64, Priority)> {
        match (seen.input, seen.outcome) {
            (
                Input::Client(session, ClientRequest::Send(key, send)),
                Outcome::Client(Ok(ClientReply::Sent(tid))),
            ) => Some((seen.group(session.user, key)?, Arc::clone(tid), send.kind, send.level)),
            (Input::Request(_, request), Outcome::Request(Ok(Reply::Done(Response::MessageSent(tid))))) => {
                let (group, kind, level) = match request {
                    Request::SendLiveMessageGroup(call) => {
                        let level = match call.weight.unwrap_or(1) {
                            ..5 => Priority::Normal,
                            5..1_000_000 => Priority::Medium,
                            _ => Priority::High,
                        };
                        (seen.group_of(&call.app_id, &call.group_id)?, call.msg_type.unwrap_or(0), level)
                    }
                    // The level of an old-family message is not documented; its fan-out tells.
                    _ => return None,
                };
                Some((group, Arc::clone(tid), kind, level))
            }
            _ => None,
        }
    }

    fn on_accepted(&mut self, now: Instant, group: GroupIx, tid: Arc<str>, kind: i64, level: Priority) {
        let Some(place) = self.groups.get_mut(&group) else { return };
        if place.delivered.contains(&tid) || place.waiting.contains_key(&tid) {
            return;
        }
        let floor = place.floors.entry(kind).or_default();
        match &mut floor.waits {
            Some((_, newest)) => *newest = Arc::clone(&tid),
            None => floor.waits = Some((now, Arc::clone(&tid))),
        }
        place.waiting.insert(tid, Waiting { level });
    }

    /// Nothing is accepted for a group that is deleted or has nobody in it.
    fn judge_inactive<D: Defects>(&mut self, seen: &Seen<'_, D>) {
        let Some((group, tid, ..)) = self.accepted(seen) else { return };
        let Some(place) = self.groups.get(&group) else { return };
        if place.is_active() {
            return;
        }
        let (rule, what) = match place.standing {
            Standing::Live => (Rule::MessageSendNeedsActive, "has nobody in it"),
            Standing::Deleted(_) => (Rule::DeletionGroupUnavailable, "is deleted"),
        };
        self.refute(
            seen.now,
            Some(rule),
            format!("message {tid} is accepted for group {}, which {what}", group.0),
        );
    }

    /// Judges one delivery; whether it took a slot that was reserved for its type.
    fn on_delivered(&mut self, fanout: &Fanout) -> bool {
        let message = &fanout.message;
        let budget = self.config.limits.group_messages_per_second;
        let Some(place) = self.groups.get_mut(&fanout.group) else { return false };
        let second = message.at.unix_seconds();
        if place.second.0 != second {
            place.second = (second, 0);
        }
        place.second.1 += 1;
        let mut wrong: Option<(Option<Rule>, String)> = None;
        if place.second.1 > budget {
            let said = format!("{} messages in second {second}, {budget} allowed", place.second.1);
            wrong = Some((Some(Rule::ShaperBudgetPerSecond), said));
        } else if message.seq <= place.seq {
            wrong = Some((None, format!("sequence number {} after {}", message.seq, place.seq)));
        } else if message.level == Priority::High && message.high_index != place.high_index + 1 {
            wrong = Some((None, format!("HIGH number {} after {}", message.high_index, place.high_index)));
        } else if place.standing != Standing::Live {
            wrong = Some((Some(Rule::DeletionGroupUnavailable), "it is deleted".to_owned()));
        } else if !place.delivered.insert(Arc::clone(&message.tid)) {
            wrong = Some((
                Some(Rule::MessageMsgTidUnique),
                format!("message {} for the second time", message.tid),
            ));
        } else {
            let total = place.totals.entry(message.kind).or_default();
            let wanted = total.saturating_add_signed(i64::try_from(message.increase).unwrap_or(i64::MAX));
            if message.total != wanted {
                let said =
                    format!("type {}: a running total of {}, not {wanted}", message.kind, message.total);
                wrong = Some((Some(Rule::StatisticsDeliveryTotal), said));
            }
            *total = message.total;
        }
        place.seq = message.seq;
        place.high_index = place.high_index.max(message.high_index);
        let reserved = settle(place, message);
        if let Some((rule, said)) = wrong {
            self.refute(message.at, rule, format!("group {} delivers: {said}", fanout.group.0));
        }
        reserved
    }

    fn on_shed(&mut self, now: Instant, shed: &Shed) {
        let Some(place) = self.groups.get_mut(&shed.group) else { return };
        let waited = place.waiting.remove(&shed.tid);
        if let Some(waiting) = waited.as_ref().filter(|waiting| waiting.level != shed.level) {
            let (sent, shed_as) = (waiting.level.as_str(), shed.level.as_str());
            let evidence = format!("message {} was sent with {sent} and is shed as {shed_as}", shed.tid);
            self.refute(now, Some(Rule::PriorityLevelsOrder), evidence);
            return;
        }
        let newest = place
            .floors
            .get(&shed.kind)
            .and_then(|floor| floor.waits.as_ref())
            .is_some_and(|(_, tid)| *tid == shed.tid);
        let active = place.is_active();
        if place.delivered.contains(&shed.tid) {
            let evidence = format!("message {} is shed and was delivered", shed.tid);
            self.refute(now, Some(Rule::ShaperShedNotDelivered), evidence);
        } else if newest && active && waited.is_some() {
            let evidence = format!(
                "message {} is shed, the newest of type {} in group {}",
                shed.tid, shed.kind, shed.group.0
            );
            self.refute(now, Some(Rule::ShaperFloorLatestPerType), evidence);
        }
    }

    /// At the end of a second nothing is shed for the sake of something lower, reserved slots aside.
    fn judge_ranks(&mut self, now: Instant, rounds: &BTreeMap<GroupIx, Round>) {
        if self.config.readings.shaper_window == ShaperWindow::ImmediateOnly {
            return;
        }
        for (group, round) in rounds {
            let best = round.shed.iter().max();
            let worst =
                round.delivered.iter().filter(|(_, reserved)| !reserved).map(|(level, _)| level).min();
            if let (Some(best), Some(worst)) = (best, worst)
                && worst < best
            {
                let (best, worst) = (best.as_str(), worst.as_str());
                let evidence =
                    format!("group {}: {worst} is delivered and {best} is shed of one second", group.0);
                self.refute(now, Some(Rule::PriorityHighFirst), evidence);
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
            let slack = Duration::from_secs((place.floors.len() as u64).div_ceil(budget).saturating_sub(1));
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

    fn follow_recalls<D: Defects>(&mut self, seen: &Seen<'_, D>) {
        let recalled = match (seen.input, seen.outcome) {
            (Input::Request(_, Request::DeleteLiveMessageGroupMessage(call)), Outcome::Request(Ok(_))) => {
                seen.group_of(&call.app_id, &call.group_id)
                    .map(|group| (group, Arc::from(call.message_id.as_str())))
            }
            (Input::Client(session, ClientRequest::DeleteMessage(key, tid)), Outcome::Client(Ok(_))) => {
                seen.group(session.user, key).map(|group| (group, Arc::clone(tid)))
            }
            _ => None,
        };
        if let Some((group, tid)) = recalled
            && let Some(place) = self.groups.get_mut(&group)
        {
            place.recalled.insert(tid);
        }
    }
}

/// Books a delivery; whether it took a slot that was reserved for its type.
fn settle(place: &mut super::group::Group, message: &Message) -> bool {
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
        high_index: message.high_index,
        stored: message.stored,
        cached: message.cached,
        at: message.at,
    });
    if place.kept.len() > KEPT_MAX {
        place.kept.pop_front();
    }
    reserved
}
