//! Everything that can happen to a service, as one value: what a journal keeps and a replay feeds back.

use serde::{Deserialize, Serialize};

use crate::mutants::Defects;
use crate::state::service::Service;
use crate::words::account::Caller;
use crate::words::client::{ClientReply, ClientRequest, Connected, Cursor, LinkEnd, Login};
use crate::words::id::{SessionId, Ticket};
use crate::words::limits::Limits;
use crate::words::operation::Operation;
use crate::words::output::Verdict;
use crate::words::reading::{Readings, SupergroupNoticeNames};
use crate::words::refusal::{ClientRefusal, Refusal};
use crate::words::request::{ConsoleRequest, Request};
use crate::words::response::Reply;
use crate::words::time::Instant;
use crate::words::tracer::Tracer;

/// One thing that happened to a service.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Input {
    /// A client's request.
    Client(SessionId, ClientRequest),
    /// A logon.
    Connect(Login),
    /// A console action.
    Console(Caller, ConsoleRequest),
    /// A link ended.
    Disconnect(SessionId, LinkEnd),
    /// A call whose parameters could not be read: it changes the quota only.
    Malformed(Caller, Operation),
    /// A lost link is back.
    Reconnect(SessionId, Option<Login>, alloc::vec::Vec<Cursor>),
    /// A server-side call.
    Request(Caller, Request),
    /// Other bounds from here on.
    SetLimits(Limits),
    /// Other readings from here on.
    SetReadings(Readings),
    /// Time passed: everything due is done.
    Timeout,
    /// The custom moderation answered.
    Verdict(Ticket, Verdict),
}

/// What came of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The answer to a client's request.
    Client(Result<ClientReply, ClientRefusal>),
    /// The answer to a logon or reconnect.
    Connected(Result<Connected, ClientRefusal>),
    /// Nothing is answered.
    Quiet,
    /// The answer to a server-side call or console action.
    Request(Result<Reply, Refusal>),
}

impl<T: Tracer, D: Defects> Service<T, D> {
    /// Takes any input: the same as calling the method that it names.
    ///
    /// # Panics
    /// When `now` is earlier than a time given before.
    pub fn apply(&mut self, now: Instant, input: Input) -> Outcome {
        match input {
            Input::Client(session, request) => Outcome::Client(self.handle_client(now, session, request)),
            Input::Connect(login) => Outcome::Connected(self.handle_connect(now, &login)),
            Input::Console(caller, request) => Outcome::Request(self.handle_console(now, &caller, request)),
            Input::Disconnect(session, end) => {
                self.handle_disconnect(now, session, end);
                Outcome::Quiet
            }
            Input::Malformed(caller, operation) => {
                self.count_malformed(now, &caller, operation);
                Outcome::Quiet
            }
            Input::Reconnect(session, fresh, cursors) => {
                Outcome::Connected(self.handle_reconnect(now, session, fresh.as_ref(), &cursors))
            }
            Input::Request(caller, request) => Outcome::Request(self.handle_request(now, &caller, request)),
            Input::SetLimits(limits) => {
                self.set_limits(now, limits);
                Outcome::Quiet
            }
            Input::SetReadings(readings) => {
                self.set_readings(now, readings);
                Outcome::Quiet
            }
            Input::Timeout => {
                self.handle_timeout(now);
                Outcome::Quiet
            }
            Input::Verdict(ticket, verdict) => {
                self.handle_verdict(now, ticket, verdict);
                Outcome::Quiet
            }
        }
    }

    /// Changes the bounds from here on. What exists already beyond a new bound stays.
    pub fn set_limits(&mut self, now: Instant, limits: Limits) {
        self.begin(now);
        self.config.limits = limits;
        self.fit_groups();
    }

    /// Changes the readings from here on.
    pub fn set_readings(&mut self, now: Instant, readings: Readings) {
        self.begin(now);
        self.config.readings = readings;
        if readings.supergroup_notice_names == SupergroupNoticeNames::Nobody {
            self.drop_names();
        }
        self.fit_groups();
    }
}
