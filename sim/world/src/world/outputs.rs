//! Sending out what the service wants sent: fan-outs, in-flight messages, callbacks, reviews.

use claque_core::{
    Callback, ClientReply, ExitReason, Fanout, GroupIx, Input, LogoffReason, Message, Mutants, Notice,
    NoticeTo, Outcome, Output, Priority, Refusal, Reply, Request, Response, SessionId, Ticket, UserIx,
};
use claque_engine::{Queue, mix};

use crate::network::LinkClass;
use crate::user::NONE;
use crate::world::in_flight::InFlight;
use crate::world::membership::Flight;
use crate::world::numbers::text_number;
use crate::world::{Act, ControlEvent, World, index};

/// Memberships that are routed together, so that their latencies are still in the first cache when they are scheduled.
const ROUTE_PART: usize = 1_024;

impl<D: Mutants, Q: Queue<ControlEvent>> World<'_, D, Q> {
    /// Sends out everything that the last call asked for, in its order.
    pub(crate) fn send_outputs(&mut self) {
        if self.outbox.is_empty() {
            return;
        }
        // Taken out while they are sent, and put back for its memory.
        let mut outputs = std::mem::take(&mut self.outbox);
        for output in outputs.drain(..) {
            self.send_output(output);
        }
        self.outbox = outputs;
    }

    fn send_output(&mut self, output: Output) {
        if self.tenant.is_some() && self.is_tenants(&output) {
            return self.leave_to_tenant(output);
        }
        match output {
            Output::Answer(_, answer) => {
                self.hash.control(self.now, 20, u64::from(answer.is_ok()));
                match answer {
                    Ok(Response::MessageSent(_)) => self.counts.accepted += 1,
                    Ok(_) => {}
                    Err(_) => self.counts.refused += 1,
                }
            }
            Output::ClientAnswer(_, _, answer) => {
                self.hash.control(self.now, 21, u64::from(answer.is_ok()));
                if answer.is_ok() {
                    self.counts.accepted += 1;
                } else {
                    self.counts.refused += 1;
                }
            }
            Output::Callback(callback) => self.send_callback(&callback),
            Output::Close(session, reason) => self.send_close(session, reason),
            Output::Deliver(fanout) => self.send_message(&fanout),
            Output::DeliverTo(sessions, message) => {
                self.hash.control(self.now, 25, message.number.0);
                for session in sessions {
                    self.send_direct(session, &message, None);
                }
            }
            Output::Direct(session, message, ticket) => self.send_direct(session, &message, ticket),
            Output::Moderate(moderation) => self.send_review(&moderation),
            Output::Notice(to, notice, users) => self.send_notice(to, &notice, &users),
            Output::Recover(session, group, messages) => {
                self.hash.control(self.now, 29, messages.iter().map(|message| message.seq).sum());
                self.send_in_flight(session, InFlight::Recover(session, group, messages));
            }
            Output::Shed(shed) => {
                self.hash.control(self.now, 30, text_number(&shed.tid));
                self.counts.shed[level_number(shed.level)] += 1;
            }
            Output::Overdue(_) | Output::Log(_) => {}
        }
    }

    fn send_message(&mut self, fanout: &Fanout) {
        let GroupIx(group) = fanout.group;
        let message = &fanout.message;
        self.hash.control(
            self.now,
            24,
            mix(message.seq ^ u64::from(group) << 40) ^ text_number(&message.tid),
        );
        self.counts.delivered[level_number(message.level)] += 1;
        // Before the message has its number: a member who came since the last one begins at the number before, and is
        // owed this one.
        self.sync(group);
        let view = &mut self.group_views[index(group)];
        // Numbers that begin anew are those of another group, which was created under the ID of one that was purged.
        if message.seq <= view.seq {
            view.high_from = view.high();
        }
        view.delivered += 1;
        view.seq = message.seq;
        view.remember(&message.tid);
        if message.level == Priority::High {
            view.high_seqs.push(message.seq);
        }
        let high = if message.level == Priority::High { view.high() } else { 0 };
        let flight = Flight { sent: self.now, number: view.delivered, high };
        let (generation, sum, members) = (fanout.generation, view.audience_sum, view.memberships.len());
        // One call may deliver a message and then end the session of its last receiver, when both fall due at one
        // instant: by now the audience is another one, and says nothing of the message. (Seed 11129 of a campaign
        // condemned a sound service.)
        if generation == self.service.audience_generation(fanout.group)
            && let Some(model) = &mut self.model
        {
            model.check_audience(fanout.group, members, sum);
        }
        let withheld = fanout.withhold.and_then(|user| self.users.find(user));
        let membership = withheld.and_then(|user| {
            self.group_views[index(group)].membership_of(group, user, &self.memberships, &self.users)
        });
        self.fan_out(group, flight, membership);
    }

    /// Brings what the world knows of a group's audience up to date.
    pub(crate) fn sync(&mut self, group: u32) {
        self.view(group);
        let ix = GroupIx(group);
        let Self { group_views, service, memberships, users, counts, .. } = self;
        let view = &mut group_views[index(group)];
        let generation = service.audience_generation(ix);
        view.sync(group, self.now, generation, service.audience(ix), memberships, users);
        counts.peak_members = counts.peak_members.max(u64::from(service.member_count(ix)));
    }

    /// Puts a message or notice on its way to every membership of a group, but for one from which it is withheld.
    fn fan_out(&mut self, group: u32, flight: Flight, withheld: Option<u32>) {
        let mut cut = Vec::new();
        let Self { group_views, network, route, memberships, users, queue, flights, rare, now, .. } = self;
        let now = *now;
        let view = &mut group_views[index(group)];
        view.fanouts += 1;
        // The group's own count and not the service's: what other groups send moves no draw of this one.
        let message = view.key ^ mix(view.fanouts);
        let slot = flights.insert(now, flight);
        let class_of = |membership: u32| match memberships.owner[index(membership)].user {
            NONE => LinkClass::default(),
            user => users.class(user),
        };
        let (mut longest, mut kept_back) = (0, false);
        let slow = network.has_slow_readers();
        route.begin();
        for part in view.memberships.chunks(ROUTE_PART).zip(view.keys.chunks(ROUTE_PART)) {
            network.route(message, now, part, class_of, route);
            if slow {
                route.read(|membership, latency| {
                    let user = memberships.owner[index(membership)].user;
                    let each = if user == NONE { 0 } else { network.reading_time(users.faults[index(user)]) };
                    if each == 0 {
                        return Some(latency);
                    }
                    let done = rare.reading.read(user, now + u64::from(latency), each);
                    if done.is_none() {
                        cut.push(user);
                    }
                    done.map(|done| u32::try_from(done - now).unwrap_or(u32::MAX))
                });
            }
            kept_back |= withheld.is_some_and(|membership| route.withhold(membership));
            longest = longest.max(route.longest);
            queue.append_fanout(slot, now, &route.memberships, &route.latencies);
        }
        // Second copies after all first ones: of two that land in one tick, the one inserted first is the delivery.
        queue.append_fanout(slot, now, &route.twice, &route.twice_latencies);
        if let Some(membership) = withheld {
            // Where the network had lost it anyway, it is among the lost below: settled twice, it would be a
            // repetition.
            if kept_back {
                memberships.lose(membership, flight.number);
            }
            // What a client said itself it does not miss, whatever becomes of the copy.
            memberships.high[index(membership)].take(flight.high);
        }
        if flight.number != 0 {
            for membership in &route.lost {
                memberships.lose(*membership, flight.number);
            }
        }
        let lands = now + u64::from(longest);
        // A delivery names its message by the slot. Used again too early, the slot would turn what is in flight into
        // another message.
        flights.hold_until(slot, lands);
        view.lands_until = view.lands_until.max(lands);
        self.counts.fanned_out += u64::try_from(view.memberships.len()).unwrap_or(0);
        self.counts.network_lost += u64::try_from(route.lost.len()).unwrap_or(0);
        for user in cut {
            // The service bounds what waits for a reader.
            self.later(user, 1, Act::Lose);
        }
    }

    fn send_notice(&mut self, to: NoticeTo, notice: &Notice, users: &[UserIx]) {
        let count = if let Notice::MemberChange { count, .. } = notice { *count } else { 0 };
        match to {
            NoticeTo::Group(GroupIx(group)) => {
                self.hash.control(self.now, 28, mix(u64::from(group) ^ count << 32));
                if !self.preparing {
                    self.sync(group);
                    self.fan_out(group, Flight { sent: self.now, ..Flight::default() }, None);
                }
            }
            NoticeTo::Users(GroupIx(group)) => {
                self.hash.control(self.now, 31, u64::from(group));
                // No other notice to chosen users changes what a client does.
                if matches!(notice, Notice::Exit(ExitReason::GroupDeleted | ExitReason::Kicked)) {
                    for user in users.iter().filter_map(|user| self.users.find(*user)).collect::<Vec<_>>() {
                        let draw = self.draw(user);
                        let latency = self.network.latency_of(self.users.class(user), self.now, draw);
                        self.schedule(self.now + latency, ControlEvent::Exit(user, group));
                    }
                }
            }
            NoticeTo::Session(session) => {
                self.hash.control(self.now, 32, u64::from(session.user.0));
            }
        }
    }

    fn send_close(&mut self, session: SessionId, reason: LogoffReason) {
        self.hash.control(self.now, 23, u64::from(session.user.0));
        self.send_in_flight(session, InFlight::Close(session, reason));
    }

    fn send_direct(&mut self, session: SessionId, message: &Message, ticket: Option<Ticket>) {
        self.hash.control(self.now, 26, message.number.0);
        self.send_in_flight(session, InFlight::Direct(session, ticket));
    }

    fn send_in_flight(&mut self, session: SessionId, in_flight: InFlight) {
        let Some(user) = self.users.find(session.user) else { return };
        let draw = self.draw(user);
        let latency = self.network.latency_of(self.users.class(user), self.now, draw);
        let number = self.in_flight.put(in_flight);
        self.schedule(self.now + latency, ControlEvent::InFlight(number));
    }

    fn send_callback(&mut self, callback: &Callback) {
        self.hash.control(self.now, 22, text_number(&callback.transaction));
        self.counts.callbacks += 1;
        self.queue_callback(callback);
    }

    /// Takes a message to its receiver.
    pub(crate) fn on_in_flight(&mut self, number: u32) {
        match self.in_flight.take(number) {
            Some(InFlight::Recover(session, group, messages)) => self.on_recovered(session, group, &messages),
            Some(InFlight::Direct(session, ticket)) => self.on_direct(session, ticket),
            Some(InFlight::Close(session, reason)) => self.on_closed(session, reason),
            Some(InFlight::Callback(line, transaction, tried)) => {
                self.retry_callback(line, &transaction, tried);
            }
            Some(InFlight::Answered(line, transaction)) => self.on_answered(line, &transaction),
            // An input that was held back past the time to settle is dropped: nothing new begins any more.
            Some(InFlight::Input(input)) if self.now <= self.settled => {
                let sends = matches!(*input, Input::Request(_, Request::SendLiveMessageGroup(_)));
                let outcome = self.call(*input);
                if sends {
                    self.count_send(&outcome);
                }
            }
            Some(InFlight::Input(_)) | None => {}
        }
    }

    /// Does something to the service later.
    pub(crate) fn input_later(&mut self, after: u64, input: Input) {
        let number = self.in_flight.put(InFlight::Input(Box::new(input)));
        self.schedule(self.now + after, ControlEvent::InFlight(number));
    }

    /// The user behind a session that is still the one its client believes in and whose link is up.
    pub(crate) fn receiver(&self, session: SessionId) -> Option<u32> {
        let user = self.users.find(session.user)?;
        (self.users.hears(user) && self.users.session(user) == session).then_some(user)
    }

    /// Counts the outcome of a send.
    pub(crate) fn count_send(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Client(Ok(ClientReply::Sent(_)))
            | Outcome::Request(Ok(Reply::Done(Response::MessageSent(_)))) => self.counts.accepted += 1,
            Outcome::Client(Err(_)) => self.counts.refused += 1,
            Outcome::Request(Err(refusal)) => {
                self.counts.refused += 1;
                self.counts.throttled += u64::from(matches!(refusal, Refusal::Throttled { .. }));
            }
            Outcome::Client(Ok(_)) | Outcome::Request(Ok(_)) | Outcome::Connected(_) | Outcome::Quiet => {}
        }
    }
}

/// A level as a place in a table, from the lowest.
pub(crate) const fn level_number(level: Priority) -> usize {
    match level {
        Priority::Normal => 0,
        Priority::Medium => 1,
        Priority::High => 2,
    }
}
