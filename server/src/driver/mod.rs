//! The one thread that owns the state machine. Everything else asks it through a [`Handle`].
//!
//! Commands are taken in batches. Of each batch the inputs are written down, applied, made durable together, and only
//! then answered and delivered: what was acknowledged is on the disk.

mod applying;
mod behind;
pub(crate) mod crowd;
mod durable;
mod effect;
mod handle;
mod keeping;
mod memory;
mod outage;
mod release;
mod restoring;
mod room;
mod state;
mod status;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Weak};

use claque_core::{
    ClientRefusal, ClientReply, ClientRequest, Config, Input, Instant, LinkEnd, Operation, Outcome, Output,
    Readings, Refusal, Reply, Response, Rule, SessionId, Ticket, UserIx, Verdict,
};
use claque_wire::audience::Comeback;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot, watch};

pub(crate) use durable::{Durable, Nonces, reason, snapshot_of, within_bound};
pub(crate) use effect::{Asking, CallAnswer, CallNotes, Declined};
pub(crate) use handle::{Handle, Stopped};
pub(crate) use restoring::{Restored, Restoring};
pub(crate) use room::{NO_ROOM, Together};
pub(crate) use state::{CROWD_DEVICE, Driver, Goodbye, InProgress, Kept, SnapshotState, Snapshotted};

use crate::audience::{Links, Outbox};
use crate::call_log::{CallLog, CallNote, Decision};
use crate::clock::{Clock, ClockPace};
use crate::crowd::CrowdSchedule;
use crate::feed::{Feed, FeedEvent};
use crate::ledger::Ledger;
use crate::outgoing::Outgoing;
use crate::rates::GroupRates;
use crate::service::LiveService;
use effect::{Attaching, HeldEffect, LoggedOn};
use handle::DriverCommand;
use room::MemoryRoom;
use state::{Counters, Outages};
use status::Status;

/// Why a journal that cannot be written is tried again: somebody may have made room. Unit: attempts so far apart.
const RETRY: std::time::Duration = std::time::Duration::from_millis(250);

/// The note to a throttled caller of a server whose clock stands.
const CLOCK_STANDS: &str = "this server's clock stands still, so that no new second begins by itself; move it on with \
    claque ctl clock --advance 1s, or let it run with claque ctl clock --resume";

/// Commands taken at once.
const BATCH_MAX: usize = 256;

impl Driver {
    /// A driver of a service, and the handle to ask it.
    pub(crate) fn new(
        service: LiveService,
        made_with: Config,
        clock: Clock,
        journal: Option<Kept>,
        (outgoing, calls): (Outgoing, Arc<CallLog>),
        (together, snapshot_bytes_max): (Arc<Together>, usize),
    ) -> (Self, Handle) {
        let (journal, prepared) = match journal {
            Some((journal, prepared)) => (Some(journal), prepared),
            None => (None, mpsc::unbounded_channel().1),
        };
        // Bounded, so that a driver which is behind holds back its callers, and with them the peers, instead
        // of growing.
        let (sender, commands) = mpsc::channel(4_096);
        let readings = service.config().readings;
        let status = Arc::new(Status::default());
        let mut driver = Self {
            service,
            clock,
            journal,
            links: Links::default(),
            ledger: Ledger::default(),
            feed: Feed::default(),
            crowds: CrowdSchedule::default(),
            outages: Outages::default(),
            outgoing,
            calls,
            counters: Counters::default(),
            snapshot_bytes_max,
            restoring: Weak::new(),
            made_with,
            prepared,
            wrote: false,
            fell_due: false,
            readings: watch::Sender::new(readings),
            answers: BTreeMap::new(),
            client_answers: BTreeMap::new(),
            audiences: BTreeMap::new(),
            orphans: Vec::new(),
            unreviewed: Vec::new(),
            reasons: BTreeMap::new(),
            effects: VecDeque::new(),
            held: Vec::new(),
            behind: None,
            thens: Vec::new(),
            status: Arc::clone(&status),
            room: MemoryRoom::new(together),
            rates: GroupRates::default(),
            rule_counts: Vec::new(),
            commands,
        };
        // Ahead of the first input: what is shed while a world begins belongs into the ledger too.
        driver.service.subscribe_ledger(true);
        driver.count_memory();
        driver.outgoing.public_only(driver.service.config().limits.public_urls_only);
        (driver, Handle { commands: sender, status })
    }

    /// Runs until it is asked to halt, every handle is gone, or the journal fails. `ending` ends the links.
    pub(crate) async fn run(
        mut self,
        mut ending: watch::Receiver<Goodbye>,
        mut halt: watch::Receiver<bool>,
    ) -> std::io::Result<()> {
        // Ahead of the first command: a client that comes back at once must find its session without a link.
        self.lose_links();
        let mut batch = Vec::with_capacity(BATCH_MAX);
        let (mut open, mut ends) = (true, false);
        loop {
            let stalled = self.is_stalled();
            let due = self.next_due().and_then(|at| self.clock.until(at));
            if self.commands.is_empty() && !self.has_to_catch_up() {
                self.status.rest();
            }
            // Without a command nobody would try the disk again, and what was applied would wait for the next
            // caller.
            let due = if stalled { Some(due.unwrap_or(RETRY).min(RETRY)) } else { due };
            let due = if self.has_to_catch_up() { Some(std::time::Duration::ZERO) } else { due };
            tokio::select! {
                // Commands first: what was asked ahead of a halt is still answered. A batch is bounded, so
                // that the clock has its turn behind it.
                biased;
                taken = self.commands.recv_many(&mut batch, BATCH_MAX) => {
                    if taken == 0 {
                        return self.finish();
                    }
                }
                // A pattern and not an arm for `None`: without a journal the channel is closed from the
                // start, and would be ready for ever.
                Some(prepared) = self.prepared.recv() => self.adopt(prepared)?,
                // An error is the world's last owner gone; without the guard a closed channel would make this
                // loop spin.
                changed = ending.changed(), if open => ends |= changed.is_err(),
                _ = halt.changed() => return self.finish(),
                () = sleep(due) => {}
            }
            self.status.work();
            // Room is set aside before anything of the batch is applied: then a full disk refuses calls that
            // have not happened yet.
            if (stalled || !batch.is_empty())
                && let Some(journal) = &mut self.journal
            {
                journal.prepare()?;
            }
            // A caller that waited for slices to end waited for what they wrote down.
            self.wrote = true;
            // Deadlines before commands: what was due by now must have happened for a caller that asks now.
            self.catch_up();
            for command in batch.drain(..) {
                self.obey(command);
            }
            // Here and not above: commands that never cease must not keep the end away.
            let why = *ending.borrow();
            if open && (ends || why.is_some()) {
                open = false;
                self.links.close_all(1001, why.unwrap_or("the server is stopping"));
            }
            if let Some(journal) = &mut self.journal {
                // Between the batch and its commit, so that the digest costs no sync of its own.
                journal.note_digest(&mut self.service, false);
            }
            self.settle()?;
            if let Some(journal) = self.journal.as_mut().filter(|journal| journal.is_long()) {
                journal.compact(None);
            }
            self.tell_what_went();
        }
    }

    /// Makes everything applied so far durable, then lets out what it led to.
    pub(crate) fn settle(&mut self) -> std::io::Result<()> {
        loop {
            // Nothing leaves before it: an answer is the promise that a restart finds what was answered.
            self.commit()?;
            if self.journal.as_ref().is_some_and(Durable::has_unwritten) {
                // A commit that was refused still owes its callers an answer: a client must not hang because
                // a disk is full.
                self.release_unwritten();
            } else {
                self.release();
            }
            for (session, link) in std::mem::take(&mut self.orphans) {
                self.on_disconnect(session, link, LinkEnd::Lost);
            }
            // Somebody waits for each of them: what they lead to goes out now, and leads to no other review.
            let unreviewed = std::mem::take(&mut self.unreviewed);
            if unreviewed.is_empty() {
                break;
            }
            for ticket in unreviewed {
                self.on_verdict(ticket, Verdict::Unavailable);
            }
        }
        self.feed.publish();
        Ok(())
    }

    /// After a restart no session has its link any more; virtual members need none.
    fn lose_links(&mut self) {
        let up: Vec<SessionId> = self
            .service
            .links_up()
            .filter(|(_, device)| *device != CROWD_DEVICE)
            .map(|(session, _)| session)
            .collect();
        for session in up {
            self.apply(Input::Disconnect(session, LinkEnd::Lost));
        }
    }

    /// The readings as they change, for the writers of answers.
    pub(crate) fn readings(&self) -> watch::Receiver<Readings> {
        self.readings.subscribe()
    }

    /// The service's time: the clock's, but never earlier than the last input's, nor later than what is done.
    pub(crate) fn now(&self) -> Instant {
        if self.is_behind() { self.service.now() } else { self.goal() }
    }

    fn next_due(&self) -> Option<Instant> {
        [self.service.poll_timeout(), self.crowds.next_due(), self.links.next_expiry()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Counts of what is under way: the conformance suite compares them with what it has seen.
    pub(crate) fn under_way(&self) -> InProgress {
        InProgress {
            calls: self.answers.len(),
            client_calls: self.client_answers.len(),
            links: self.links.up(),
            shed: self.ledger.kept(),
            reviews: self.outgoing.reviews(),
        }
    }

    fn obey(&mut self, command: DriverCommand) {
        // The disk is asked first: while it takes nothing, memory need not be counted for what is refused
        // anyway.
        let taken = !self.is_stalled() && self.may_obey(&command);
        let Some(command) = (if taken { Some(command) } else { self.refuse_changes(command) }) else {
            return;
        };
        match command {
            DriverCommand::Call(caller, request, notes, reply) => {
                let operation = request.operation();
                self.on_call(operation, Input::Request(caller, request), Some(notes), reply);
            }
            DriverCommand::Console(caller, request, reply) => {
                let operation = request.operation();
                self.on_call(operation, Input::Console(caller, request), None, reply);
            }
            DriverCommand::Malformed(caller, operation, input, CallNotes { nonce, log }, reply) => {
                let now = self.now();
                self.counters.inputs += 1;
                if let Some((journal, nonce)) = self.journal.as_mut().zip(nonce) {
                    // The signature was good, so that the nonce is used up, whatever the parameters were.
                    journal.note_nonce(nonce);
                }
                self.watch_rules(&log);
                let refusal = self.service.handle_malformed(now, &caller, operation, input);
                self.collect();
                self.counters.calls_refused += 1;
                let code = Some(refusal.code().as_str());
                self.feed.keep(now, FeedEvent::Call(operation, code, None, log.number()));
                self.note_decision(&log, Some((Some(refusal.rule()), None)), None);
                let declined = self.declined(refusal, None);
                self.effects.push_back(HeldEffect::Malformed(reply, declined));
            }
            DriverCommand::Client(session, request, asking) => self.on_client(session, request, asking),
            DriverCommand::Connect(login, outbox, id, reply) => {
                let mark = self.effects.len();
                let outcome = self.apply(Input::Connect(*login));
                self.on_connected(outcome, mark, (outbox, id, reply), false);
            }
            DriverCommand::Reconnect(back, outbox, id, reply) => self.on_reconnect(*back, outbox, id, reply),
            DriverCommand::Disconnect(session, link, end) => self.on_disconnect(session, link, end),
            DriverCommand::Verdict(ticket, verdict, epoch) => {
                // A ticket is a number that a reset gives out again: a late verdict would decide a review of
                // the new service.
                if epoch == self.outgoing.epoch() {
                    self.on_verdict(ticket, verdict);
                }
            }
            DriverCommand::Ask(question) => {
                // Reset for each question: an answer that only read is not held back by what another command
                // of the batch wrote.
                self.wrote = false;
                let telling = question(self);
                self.effects.push_back(HeldEffect::Tell(telling, self.wrote));
            }
        }
    }

    fn on_verdict(&mut self, ticket: Ticket, verdict: Verdict) {
        let awaited = self.answers.contains_key(&ticket) || self.client_answers.contains_key(&ticket);
        // Kept beside the input: the reason is for the caller alone, and not part of the state that a journal
        // must lead to.
        if let Verdict::Refuse(reason) = &verdict
            && awaited
            && !reason.is_empty()
        {
            self.reasons.insert(ticket, Arc::clone(reason));
        }
        drop(self.apply(Input::Verdict(ticket, verdict)));
    }

    /// A refusal as its caller gets it.
    fn declined(&self, refusal: Refusal, reason: Option<Arc<str>>) -> Declined {
        let stands = matches!(refusal, Refusal::Throttled { .. }) && self.clock.pace() == ClockPace::Frozen;
        let note = if stands { Some(Arc::from(CLOCK_STANDS)) } else { reason };
        Declined { refusal, at: self.service.now(), note }
    }

    fn on_call(
        &mut self,
        operation: Operation,
        input: Input,
        notes: Option<CallNotes>,
        reply: oneshot::Sender<CallAnswer>,
    ) {
        let left = self.service.left_to_end();
        let (nonce, log) = notes.map_or_else(Default::default, |CallNotes { nonce, log }| (nonce, log));
        self.watch_rules(&log);
        let outcome = self.apply_signed(self.now(), input, nonce);
        let wrote = self.wrote;
        let Outcome::Request(outcome) = outcome else { unreachable!("a request's outcome is a request's") };
        let code = outcome.as_ref().err().map(|refusal| refusal.code().as_str());
        let message = match &outcome {
            Ok(Reply::Done(Response::MessageSent(tid))) => Some(tid.clone()),
            Ok(_) | Err(_) => None,
        };
        self.feed.keep(self.service.now(), FeedEvent::Call(operation, code, message, log.number()));
        let refused = outcome.as_ref().err().map(|refusal| (Some(refusal.rule()), None));
        self.note_decision(&log, refused, None);
        match outcome {
            Ok(Reply::Done(response)) => {
                self.counters.calls_accepted += 1;
                let answer = HeldEffect::Answer(reply, Ok(response), wrote);
                let more = self.service.left_to_end();
                // An end for a million sessions takes several slices: the caller is answered when it is true for
                // all of them.
                if more > left || more > 0 && operation == Operation::ModifyLiveMessageAppDisable {
                    self.held.push(answer);
                } else {
                    self.effects.push_back(answer);
                }
            }
            Ok(Reply::Pending(ticket)) => {
                self.counters.calls_accepted += 1;
                self.answers.insert(ticket, reply);
            }
            Err(refusal) => {
                self.counters.calls_refused += 1;
                let declined = self.declined(refusal, None);
                self.effects.push_back(HeldEffect::Answer(reply, Err(declined), wrote));
            }
        }
    }

    /// From here on it is watched which rules decide a call, and whether it writes.
    pub(crate) fn watch_rules(&mut self, log: &CallNote) {
        self.wrote = false;
        if log.is_kept() {
            self.service.tracer().copy_counts(&mut self.rule_counts);
        }
    }

    /// Writes into the log what decided a call since the rules were watched.
    pub(crate) fn note_decision(
        &self,
        log: &CallNote,
        refused: Option<(Option<Rule>, Option<u16>)>,
        user: Option<UserIx>,
    ) {
        log.decided(|| {
            let by = refused.and_then(|(rule, _)| rule);
            let others = self.service.tracer().risen(&self.rule_counts).filter(|rule| Some(*rule) != by);
            Decision {
                at: self.service.now(),
                rules: by.into_iter().chain(others).collect(),
                refused: refused.is_some(),
                code: refused.and_then(|(_, code)| code),
                user: user.map(|user| Arc::clone(self.service.user_id(user))),
                input: self.counters.inputs,
                journal: self.journal.as_ref().filter(|_| self.wrote).map(Durable::bytes),
            }
        });
    }

    fn on_client(&mut self, session: SessionId, request: ClientRequest, asking: Asking) {
        // A reset or a restore gives the numbers of sessions out again. What a link of before still sends, because its
        // peer has not read the goodbye, would be said in another user's name.
        if !self.links.speaks_for(session, asking.outbox.link) {
            let refused = Err(ClientRefusal::NoSession);
            return self.effects.push_back(HeldEffect::ClientAnswer(Box::new(asking), refused, false));
        }
        // Made before the request is given away, with its code put in afterwards: the request may hold a
        // large body.
        let mut event = FeedEvent::client(session.user, &request, asking.log.number());
        let mark = self.effects.len();
        self.watch_rules(&asking.log);
        let outcome = self.apply(Input::Client(session, request));
        let wrote = self.wrote;
        let Outcome::Client(answer) = outcome else {
            unreachable!("a client request's outcome is a client's")
        };
        let refused = answer.as_ref().err().map(|refusal| refusal.code());
        if let FeedEvent::Client(_, _, code, message, _) = &mut event {
            *code = refused;
            *message = if let Ok(ClientReply::Sent(tid)) = &answer { Some(tid.clone()) } else { None };
        }
        self.feed.keep(self.service.now(), event);
        self.note_decision(&asking.log, refused.map(|code| (None, Some(code))), Some(session.user));
        match answer {
            Ok(ClientReply::Pending(ticket)) => drop(self.client_answers.insert(ticket, asking)),
            // The answer goes before the events that the request led to: a member learns first that it has joined.
            answer => self.effects.insert(mark, HeldEffect::ClientAnswer(Box::new(asking), answer, wrote)),
        }
    }

    fn on_reconnect(&mut self, back: Comeback, outbox: Outbox, id: Value, reply: oneshot::Sender<LoggedOn>) {
        if self.is_cut_off(back.session) {
            // No answer at all: the connection ends as the reply is dropped.
            return;
        }
        let Some(cursors) = back.proven_cursors(&self.service) else {
            let refusal = ClientRefusal::NoSession;
            return self.effects.push_back(HeldEffect::LogonRefused(reply, refusal));
        };
        let mark = self.effects.len();
        let outcome = self.apply(Input::Reconnect(back.session, back.fresh, cursors));
        self.on_connected(outcome, mark, (outbox, id, reply), true);
    }

    fn on_connected(
        &mut self,
        outcome: Outcome,
        mark: usize,
        (outbox, id, reply): (Outbox, Value, oneshot::Sender<LoggedOn>),
        back: bool,
    ) {
        let Outcome::Connected(connected) = outcome else { unreachable!("a logon's outcome is a logon's") };
        let effect = match connected {
            Ok(connected) => {
                self.feed.keep(self.service.now(), FeedEvent::Logon(connected.session.user, back));
                HeldEffect::Attach(Box::new(Attaching { connected, outbox, id, reply }))
            }
            Err(refusal) => HeldEffect::LogonRefused(reply, refusal),
        };
        // A former device is notified before the new link takes its place; what is recovered comes over the new one.
        // From the mark on: effects of earlier commands in the batch may close links too, and have nothing to
        // do with this logon.
        let former = self.effects.iter().skip(mark).rposition(
            |effect| matches!(effect, HeldEffect::Output(output, ..) if matches!(**output, Output::Close(..))),
        );
        self.effects.insert(former.map_or(mark, |at| mark + at + 1), effect);
    }

    fn on_disconnect(&mut self, session: SessionId, link: u64, end: LinkEnd) {
        // A link that was replaced by a newer one of the same session ends without consequence.
        if self.links.detach(session, link) {
            self.apply(Input::Disconnect(session, end));
        }
    }
}

async fn sleep(due: Option<std::time::Duration>) {
    match due {
        // Everything else is looked at first, and a timer takes a millisecond at least.
        Some(std::time::Duration::ZERO) => tokio::task::yield_now().await,
        Some(span) => tokio::time::sleep(span).await,
        None => std::future::pending().await,
    }
}
