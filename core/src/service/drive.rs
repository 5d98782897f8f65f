//! Inputs of a driver to the service: calls, clients' requests, the time.

use alloc::string::String;

use crate::mutants::{Mutants, SlipMoment};
use crate::state::service::Service;
use crate::state::timer::Timer;
use crate::words::account::Caller;
use crate::words::client::{ClientReply, ClientRequest, Connected, Cursor, LinkEnd, Login};
use crate::words::id::{SessionId, Ticket};
use crate::words::operation::Operation;
use crate::words::output::Verdict;
use crate::words::refusal::{ClientRefusal, InputInvalid, Refusal};
use crate::words::request::{ConsoleRequest, Request};
use crate::words::response::Reply;
use crate::words::rule::Rule;
use crate::words::time::Instant;
use crate::words::tracer::Tracer;

/// Something that must hold between calls and does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule at stake, where there is one.
    pub rule: Option<Rule>,
    /// The mistake, with the values.
    pub what: String,
}

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Makes a documented server-side call.
    ///
    /// Work: bounded by the parameters; lists also grow with the group's members or the page. What ends for many at once ends a
    /// slice at a time, the others at deadlines that follow.
    ///
    /// # Errors
    /// The documented refusal of highest precedence. A refused call changes nothing but the caller's quota.
    ///
    /// # Panics
    /// When `now` is earlier than a time given before.
    pub fn handle_request(
        &mut self,
        now: Instant,
        caller: &Caller,
        request: Request,
    ) -> Result<Reply, Refusal> {
        self.begin(now);
        // To hold law 3 in debug builds: a refused call queues nothing.
        let queued = self.queued();
        let outcome =
            if D::MUTATED { self.route_by_mutant(caller, request) } else { self.route(caller, request) };
        if let Err(refusal) = &outcome {
            // The code is a rule of its own, beside the reason: both are covered by one refused call.
            self.hit(refusal.code_rule());
        }
        debug_assert!(outcome.is_ok() || self.queued() == queued, "a refused call queues nothing");
        outcome
    }

    /// Takes note of a call whose parameters could not be read, and says how it is refused.
    ///
    /// The call counts against the quota like any other; a missing permission outranks nothing here, because an
    /// illegal parameter comes first.
    pub fn handle_malformed(
        &mut self,
        now: Instant,
        caller: &Caller,
        operation: Operation,
        input: InputInvalid,
    ) -> Refusal {
        // As any call: the rate is of what is sent, and a caller must not escape it by sending rubbish.
        self.count_malformed(now, caller, operation);
        self.hit(input.rule);
        self.hit(Rule::ErrorInputInvalidCode);
        Refusal::InputInvalid(input)
    }

    pub(super) fn count_malformed(&mut self, now: Instant, caller: &Caller, operation: Operation) {
        self.begin(now);
        self.count_call(caller, operation);
    }

    /// Does everything that is due at or before `now`, in order of its deadline.
    ///
    /// Afterwards [`Self::poll_timeout`] is none or later than `now`. Work: O(log n) a deadline, besides what is due.
    ///
    /// # Panics
    /// When `now` is earlier than a time given before.
    pub fn handle_timeout(&mut self, now: Instant) {
        // Kept in release: with time going back, deadlines that were due would not be, and no replay would be the same.
        assert!(now >= self.state.now, "time runs backwards: {now} after {}", self.state.now);
        while let Some((at, timer)) = self.state.timers.pop_due(now) {
            // Each deadline fires at its own time, not at that of the call that found it due: what it queues carries
            // the time at which it happened.
            self.state.now = self.state.now.max(at);
            self.fire(timer);
        }
        self.state.now = now;
        debug_assert!(self.poll_timeout().is_none_or(|due| due > now), "what was due is done");
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
            // In the order of the enum, which is the order at one instant (`timer.rs`).
            Timer::ShaperWindow(group) => self.on_shaper_window(group),
            Timer::MembershipNotice(group) => self.on_membership_notice(group),
            Timer::SessionTimeout(session) => self.on_session_timeout(session),
            Timer::GroupPurge(group) => self.on_group_purge(group),
            Timer::Retention(group) => self.on_retention(group),
            Timer::Ticket(ticket) => self.on_ticket_timeout(ticket),
            Timer::MuteEnd(group, user) => self.on_mute_end(group, user),
            Timer::SessionsEnd(app, from) => self.on_sessions_end(app, from),
            Timer::GroupsEnd(app) => self.on_groups_end(app),
            Timer::MembersEnd(group, from) => self.on_members_end(group, from),
        }
    }

    /// Starts a call: everything due before it happens first.
    pub(crate) fn begin(&mut self, now: Instant) {
        debug_assert!(!self.has_outputs() || now == self.state.now, "drain the outputs between calls");
        // Before the call: a driver that is late must not let a call overtake what was due before it. The comparison is
        // all that most calls pay.
        if self.state.timers.earliest().is_some_and(|due| due <= now) {
            self.handle_timeout(now);
        }
        assert!(now >= self.state.now, "time runs backwards: {now} after {}", self.state.now);
        self.state.now = now;
    }

    /// Does what the console offers and the server-side operations do not.
    ///
    /// # Errors
    /// As the server-side operation closest to it.
    pub fn handle_console(
        &mut self,
        now: Instant,
        caller: &Caller,
        request: ConsoleRequest,
    ) -> Result<Reply, Refusal> {
        self.begin(now);
        // A mutant looks at what the call is about before the call changes it; without one the compiler leaves this
        // out.
        let seen = if D::MUTATED { self.watch_console(&request) } else { None };
        let outcome = self.console(caller, request);
        if D::MUTATED {
            self.slip(seen, outcome.is_ok());
        }
        if let Err(refusal) = &outcome {
            self.hit(refusal.code_rule());
        }
        outcome
    }

    /// Logs a client on. A session of the same user on another device ends.
    ///
    /// # Errors
    /// 403 when the token does not verify or has expired, 400 when a field is illegal.
    pub fn handle_connect(&mut self, now: Instant, login: &Login) -> Result<Connected, ClientRefusal> {
        self.begin(now);
        if !D::MUTATED {
            let queued = self.queued();
            let outcome = self.connect(login);
            debug_assert!(outcome.is_ok() || self.queued() == queued, "a refused logon queues nothing");
            return outcome;
        }
        let outcome = self.connect(login);
        if let Ok(connected) = &outcome {
            let seen = self.watch_user(connected.session.user, SlipMoment::LoggedOn);
            self.slip(seen, true);
        }
        outcome
    }

    /// Takes a lost link up again, and pulls the HIGH messages that each group delivered beyond its cursor.
    ///
    /// # Errors
    /// 404 when the session is gone, 403 when its token has expired (and no fresh one is given).
    pub fn handle_reconnect(
        &mut self,
        now: Instant,
        session: SessionId,
        fresh: Option<&Login>,
        cursors: &[Cursor],
    ) -> Result<Connected, ClientRefusal> {
        self.begin(now);
        if !D::MUTATED {
            let queued = self.queued();
            let outcome = self.reconnect(session, fresh, cursors);
            debug_assert!(
                outcome.is_ok() || self.queued() == queued,
                "a refused reconnection queues nothing"
            );
            return outcome;
        }
        let seen = self.watch_user(session.user, SlipMoment::LinkBack);
        let mut outcome = self.reconnect(session, fresh, cursors);
        self.slip(seen, outcome.is_ok());
        self.spoil_connected(&mut outcome);
        outcome
    }

    /// Does what a client asks.
    ///
    /// # Errors
    /// The documented client error.
    pub fn handle_client(
        &mut self,
        now: Instant,
        session: SessionId,
        request: ClientRequest,
    ) -> Result<ClientReply, ClientRefusal> {
        self.begin(now);
        if !D::MUTATED {
            let queued = self.queued();
            let outcome = self.client(session, request);
            debug_assert!(outcome.is_ok() || self.queued() == queued, "a refused request queues nothing");
            return outcome;
        }
        let request = self.spoil_client_request(request);
        let seen = self.watch_client(session, &request);
        let mut outcome = self.client(session, request);
        self.slip(seen, outcome.is_ok());
        self.spoil_client_answer(&mut outcome);
        outcome
    }

    /// Takes note that a session's link ended. A session that is gone already is ignored.
    pub fn handle_disconnect(&mut self, now: Instant, session: SessionId, end: LinkEnd) {
        self.begin(now);
        if !D::MUTATED {
            return self.disconnect(session, end);
        }
        let moment = if end == LinkEnd::Lost { SlipMoment::LinkLost } else { SlipMoment::LoggedOff };
        let seen = self.watch_user(session.user, moment);
        self.disconnect(session, end);
        self.slip(seen, true);
    }

    /// Takes the verdict of the custom moderation. A ticket that is no longer waiting is ignored.
    pub fn handle_verdict(&mut self, now: Instant, ticket: Ticket, verdict: Verdict) {
        self.begin(now);
        if !D::MUTATED {
            return self.verdict(ticket, verdict);
        }
        let seen = self.watch_verdict(self.reviewed_by_mutant(ticket));
        self.verdict(ticket, verdict);
        self.slip(seen, true);
    }
}
