//! How everything else asks the driver.

use std::sync::Arc;

use claque_core::{
    Caller, ClientRequest, ConsoleRequest, InputInvalid, LinkEnd, Login, Operation, Request, SessionId,
    Ticket, Verdict,
};
use claque_wire::audience::Comeback;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use super::effect::{Asking, CallAnswer, CallNotes, Declined, LoggedOn, Telling};
use super::state::Driver;
use super::status::Status;
use crate::audience::Outbox;
use crate::call_log::CallNote;
use crate::faults::Strike;
use crate::feed::FeedEvent;
use crate::outgoing::Verdicts;

pub(super) type Ask = Box<dyn FnOnce(&mut Driver) -> Telling + Send>;

/// A task for the driver.
pub(crate) enum DriverCommand {
    Call(Caller, Request, CallNotes, oneshot::Sender<CallAnswer>),
    Console(Caller, ConsoleRequest, oneshot::Sender<CallAnswer>),
    Malformed(Caller, Operation, InputInvalid, CallNotes, oneshot::Sender<Declined>),
    Client(SessionId, ClientRequest, Asking),
    Connect(Box<Login>, Outbox, Value, oneshot::Sender<LoggedOn>),
    Reconnect(Box<Comeback>, Outbox, Value, oneshot::Sender<LoggedOn>),
    Disconnect(SessionId, u64, LinkEnd),
    /// The verdict on a review that was asked for in an epoch: one of a service that was replaced since means nothing.
    Verdict(Ticket, Verdict, u64),
    Ask(Ask),
}

/// Asks the driver; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Handle {
    pub(super) commands: mpsc::Sender<DriverCommand>,
    pub(super) status: Arc<Status>,
}

/// The server stopped before it answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stopped;

impl Handle {
    /// Whether the driver keeps up, and what there is to know of it; it is not asked itself.
    pub(crate) fn status(&self) -> Result<(bool, Value), Stopped> {
        if self.commands.is_closed() {
            return Err(Stopped);
        }
        Ok(self.status.read(self.commands.max_capacity() - self.commands.capacity()))
    }

    /// The memory of its state, as it was counted last. Unit: bytes.
    pub(crate) fn kept(&self) -> u64 {
        self.status.kept()
    }

    async fn tell(&self, command: DriverCommand) -> Result<(), Stopped> {
        self.commands.send(command).await.map_err(|_| Stopped)
    }

    async fn ask<R>(&self, command: impl FnOnce(oneshot::Sender<R>) -> DriverCommand) -> Result<R, Stopped> {
        let (reply, answer) = oneshot::channel();
        self.tell(command(reply)).await?;
        answer.await.map_err(|_| Stopped)
    }

    /// Makes a server-side call and waits for its answer, through moderation and acknowledgement if need be.
    pub(crate) async fn call(
        &self,
        caller: Caller,
        request: Request,
        notes: CallNotes,
    ) -> Result<CallAnswer, Stopped> {
        self.ask(|reply| DriverCommand::Call(caller, request, notes, reply)).await
    }

    /// Uses the console and waits for the answer, through moderation if need be.
    pub(crate) async fn console(
        &self,
        caller: Caller,
        request: ConsoleRequest,
    ) -> Result<CallAnswer, Stopped> {
        self.ask(|reply| DriverCommand::Console(caller, request, reply)).await
    }

    /// Reports a call whose parameters could not be read.
    pub(crate) async fn malformed(
        &self,
        caller: Caller,
        operation: Operation,
        input: InputInvalid,
        notes: CallNotes,
    ) -> Result<Declined, Stopped> {
        self.ask(|reply| DriverCommand::Malformed(caller, operation, input, notes, reply)).await
    }

    /// Passes on what a client asks; the answer goes onto its link.
    pub(crate) async fn client(
        &self,
        session: SessionId,
        request: ClientRequest,
        asking: Asking,
    ) -> Result<(), Stopped> {
        self.tell(DriverCommand::Client(session, request, asking)).await
    }

    pub(crate) async fn connect(&self, login: Login, outbox: Outbox, id: Value) -> Result<LoggedOn, Stopped> {
        self.ask(|reply| DriverCommand::Connect(Box::new(login), outbox, id, reply)).await
    }

    pub(crate) async fn reconnect(
        &self,
        back: Comeback,
        outbox: Outbox,
        id: Value,
    ) -> Result<LoggedOn, Stopped> {
        self.ask(|reply| DriverCommand::Reconnect(Box::new(back), outbox, id, reply)).await
    }

    /// Notes that a fault struck a call: what it strikes never reaches the service.
    pub(crate) async fn note_strike(&self, name: &'static str, caller: &str, strike: Strike, log: &CallNote) {
        let effect = strike.effect();
        log.struck(strike.number, &effect);
        let (caller, number) = (Arc::<str>::from(caller), log.number());
        // A server that stops has no feed any more.
        let _ = self
            .with(move |driver| {
                let event = FeedEvent::Struck { name, caller, fault: strike.number, effect, call: number };
                driver.feed.keep(driver.now(), event);
            })
            .await;
    }

    pub(crate) async fn disconnect(&self, session: SessionId, link: u64, end: LinkEnd) {
        // A server that stops needs no goodbyes.
        let _ = self.tell(DriverCommand::Disconnect(session, link, end)).await;
    }

    /// Runs a question on the driver itself, after everything asked before it. The answer is sent when everything that
    /// the question did is durable and out.
    pub(crate) async fn with<R: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Driver) -> R + Send + 'static,
    ) -> Result<R, Stopped> {
        self.ask(|reply| {
            DriverCommand::Ask(Box::new(move |driver: &mut Driver| {
                let answer = question(driver);
                Box::new(move || drop(reply.send(answer)))
            }))
        })
        .await
    }
}

impl Verdicts for Handle {
    async fn bring(&self, ticket: Ticket, verdict: Verdict, epoch: u64) {
        // A server that stops needs no verdict.
        let _ = self.tell(DriverCommand::Verdict(ticket, verdict, epoch)).await;
    }
}
