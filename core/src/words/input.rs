//! Everything that can happen to a service, as one value: what a journal keeps and a replay feeds back.

use serde::{Deserialize, Serialize};

use crate::words::account::Caller;
use crate::words::client::{ClientReply, ClientRequest, Connected, Cursor, LinkEnd, Login};
use crate::words::id::{SessionId, Ticket};
use crate::words::limits::Limits;
use crate::words::operation::Operation;
use crate::words::output::Verdict;
use crate::words::reading::Readings;
use crate::words::refusal::{ClientRefusal, Refusal};
use crate::words::request::{ConsoleRequest, Request};
use crate::words::response::Reply;

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

/// The outcome of an input.
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
