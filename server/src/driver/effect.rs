//! The answers that callers wait for, and the effects that wait for the commit.

use std::sync::Arc;

use claque_core::journal::UsedNonce;
use claque_core::{
    ClientRefusal, ClientReply, Connected, Duration, Instant, Output, Refusal, Response, SessionId, UserIx,
};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::audience::Outbox;
use crate::call_log::CallNote;

/// The answer to a server-side call.
pub(crate) type CallAnswer = Result<Response, Declined>;

/// The things that go with a call besides what it asks.
#[derive(Debug)]
pub(crate) struct CallNotes {
    /// The nonce that it used up, where that is to be remembered.
    pub(crate) nonce: Option<UsedNonce>,
    /// Where to write what was decided.
    pub(crate) log: CallNote,
}

/// A refused call.
#[derive(Clone, Debug)]
pub(crate) struct Declined {
    pub(crate) refusal: Refusal,
    /// The service's time, which headers are reckoned from.
    pub(crate) at: Instant,
    /// A note to the caller: a reviewer's reason, or that the clock stands.
    pub(crate) note: Option<Arc<str>>,
}

impl Declined {
    /// A refusal of which nothing else need be known.
    pub(super) const fn bare(refusal: Refusal, at: Instant) -> Self {
        Self { refusal, at, note: None }
    }
}

/// The outcome of a logon or reconnect: the session and its heartbeat timeout.
pub(crate) type LoggedOn = Result<(SessionId, Duration), ClientRefusal>;

/// Sends the answer of a question; runs when everything before it is durable and out.
pub(super) type Telling = Box<dyn FnOnce() + Send>;

/// Where the answer to a client's request goes: onto its link, in order with the events of the session.
#[derive(Debug)]
pub(crate) struct Asking {
    pub(crate) outbox: Outbox,
    /// The request's own ID, repeated in the answer.
    pub(crate) id: Value,
    /// Given back with the answer.
    pub(crate) place: OwnedSemaphorePermit,
    /// Where to write what was decided.
    pub(crate) log: CallNote,
}

/// An effect that may leave only after the inputs before it are durable.
pub(super) enum HeldEffect {
    /// Whether something was written down for it comes last.
    Answer(oneshot::Sender<CallAnswer>, CallAnswer, bool),
    ClientAnswer(Box<Asking>, Result<ClientReply, ClientRefusal>, bool),
    /// A logon succeeded: its answer, then the link belongs to the session.
    Attach(Box<Attaching>),
    LogonRefused(oneshot::Sender<LoggedOn>, ClientRefusal),
    Malformed(oneshot::Sender<Declined>, Declined),
    /// An output, when the service said it, and the audience of that moment where it goes to a whole group.
    Output(Box<Output>, Instant, Option<Arc<[UserIx]>>),
    Tell(Telling, bool),
}

pub(super) struct Attaching {
    pub(super) connected: Connected,
    pub(super) outbox: Outbox,
    pub(super) id: Value,
    pub(super) reply: oneshot::Sender<LoggedOn>,
}
