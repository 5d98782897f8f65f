//! The one task that owns the state machine. Everything else asks it through a [`Handle`].
//!
//! Commands are taken in batches. Of each batch the inputs are written down, applied, made durable together, and only
//! then answered and delivered: what was acknowledged is on the disk.

use std::collections::{BTreeMap, VecDeque};

use claque_core::journal::Entry;
use claque_core::{
    Caller, ClientRefusal, ClientReply, ClientRequest, Config, Connected, Cursor, HitCounts, Input,
    InputInvalid, Instant, LinkEnd, Login, Operation, Outcome, Output, Readings, Refusal, Reply, Request,
    Response, Service, SessionId, Sound, Ticket, Verdict,
};
use tokio::sync::{mpsc, oneshot, watch};

use crate::audience::Links;
use crate::clock::Clock;
use crate::journal::JournalFile;
use crate::ledger::Ledger;
use crate::outgoing::Outgoing;

/// The service as the server runs it.
pub type LiveService = Service<HitCounts, Sound>;

/// The answer to a server-side call.
pub type Answer = Result<Response, Refusal>;
/// The answer to a client's request.
pub type ClientAnswer = Result<ClientReply, ClientRefusal>;

type Ask = Box<dyn FnOnce(&mut Driver) + Send>;

/// What the driver is asked to do.
pub(crate) enum Command {
    Call(Caller, Request, oneshot::Sender<Answer>),
    Malformed(Caller, Operation, InputInvalid, oneshot::Sender<Refusal>),
    Client(SessionId, ClientRequest, oneshot::Sender<ClientAnswer>),
    Connect(Box<Login>, crate::audience::Outbox, oneshot::Sender<Result<Connected, ClientRefusal>>),
    Reconnect(Box<Comeback>, oneshot::Sender<Result<Connected, ClientRefusal>>),
    Disconnect(SessionId, u64, LinkEnd),
    Verdict(Ticket, Verdict),
    Ask(Ask),
}

/// A lost link that is back.
pub(crate) struct Comeback {
    pub(crate) session: SessionId,
    pub(crate) fresh: Option<Login>,
    pub(crate) cursors: Vec<Cursor>,
    pub(crate) outbox: crate::audience::Outbox,
}

/// What may leave only after the inputs before it are durable.
enum Effect {
    Answer(oneshot::Sender<Answer>, Answer),
    ClientAnswer(oneshot::Sender<ClientAnswer>, ClientAnswer),
    Connected(oneshot::Sender<Result<Connected, ClientRefusal>>, Result<Connected, ClientRefusal>),
    Malformed(oneshot::Sender<Refusal>, Refusal),
    Attach(SessionId, crate::audience::Outbox),
    Output(Box<Output>),
}

/// Asks the driver; cheap to clone.
#[derive(Clone, Debug)]
pub struct Handle {
    commands: mpsc::Sender<Command>,
}

/// The server stopped before it answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

impl Handle {
    async fn ask<R>(&self, command: impl FnOnce(oneshot::Sender<R>) -> Command) -> Result<R, Stopped> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).await.map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }

    /// Makes a server-side call and waits for its answer, through moderation and acknowledgement if need be.
    ///
    /// # Errors
    /// [`Stopped`] when the server stops before the answer.
    pub async fn call(&self, caller: Caller, request: Request) -> Result<Answer, Stopped> {
        self.ask(|reply| Command::Call(caller, request, reply)).await
    }

    /// Reports a call whose parameters could not be read.
    ///
    /// # Errors
    /// [`Stopped`] when the server stops before the answer.
    pub async fn malformed(
        &self,
        caller: Caller,
        operation: Operation,
        input: InputInvalid,
    ) -> Result<Refusal, Stopped> {
        self.ask(|reply| Command::Malformed(caller, operation, input, reply)).await
    }

    /// Does what a client asks and waits for the answer.
    ///
    /// # Errors
    /// [`Stopped`] when the server stops before the answer.
    pub async fn client(&self, session: SessionId, request: ClientRequest) -> Result<ClientAnswer, Stopped> {
        self.ask(|reply| Command::Client(session, request, reply)).await
    }

    pub(crate) async fn connect(
        &self,
        login: Login,
        outbox: crate::audience::Outbox,
    ) -> Result<Result<Connected, ClientRefusal>, Stopped> {
        self.ask(|reply| Command::Connect(Box::new(login), outbox, reply)).await
    }

    pub(crate) async fn reconnect(
        &self,
        back: Comeback,
    ) -> Result<Result<Connected, ClientRefusal>, Stopped> {
        self.ask(|reply| Command::Reconnect(Box::new(back), reply)).await
    }

    pub(crate) async fn disconnect(&self, session: SessionId, link: u64, end: LinkEnd) {
        // A server that stops needs no goodbyes.
        let _ = self.commands.send(Command::Disconnect(session, link, end)).await;
    }

    pub(crate) async fn verdict(&self, ticket: Ticket, verdict: Verdict) {
        let _ = self.commands.send(Command::Verdict(ticket, verdict)).await;
    }

    /// Runs a question on the driver itself, after everything asked before it.
    ///
    /// # Errors
    /// [`Stopped`] when the server stops before the answer.
    pub async fn with<R: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Driver) -> R + Send + 'static,
    ) -> Result<R, Stopped> {
        self.ask(|reply| {
            Command::Ask(Box::new(move |driver: &mut Driver| {
                let _ = reply.send(question(driver));
            }))
        })
        .await
    }
}

/// The owner of the state machine.
pub struct Driver {
    pub(crate) service: LiveService,
    pub(crate) clock: Clock,
    pub(crate) journal: Option<JournalFile>,
    pub(crate) links: Links,
    pub(crate) ledger: Ledger,
    pub(crate) outgoing: Outgoing,
    pub(crate) counters: Counters,
    readings: watch::Sender<Readings>,
    answers: BTreeMap<Ticket, oneshot::Sender<Answer>>,
    client_answers: BTreeMap<Ticket, oneshot::Sender<ClientAnswer>>,
    effects: VecDeque<Effect>,
    commands: mpsc::Receiver<Command>,
}

impl std::fmt::Debug for Driver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driver").field("now", &self.service.now()).finish_non_exhaustive()
    }
}

/// What happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Inputs applied.
    pub inputs: u64,
    /// Server-side calls accepted.
    pub calls_accepted: u64,
    /// Server-side calls refused.
    pub calls_refused: u64,
    /// Group messages fanned out.
    pub fanouts: u64,
    /// Messages shed.
    pub shed: u64,
    /// Journal commits.
    pub commits: u64,
}

/// Commands taken at once.
const BATCH_MAX: usize = 256;

impl Driver {
    /// A driver of a service, and the handle to ask it.
    pub(crate) fn new(
        service: LiveService,
        clock: Clock,
        journal: Option<JournalFile>,
        outgoing: Outgoing,
    ) -> (Self, Handle) {
        let (sender, commands) = mpsc::channel(4_096);
        let readings = service.config().readings.clone();
        let mut driver = Self {
            service,
            clock,
            journal,
            links: Links::default(),
            ledger: Ledger::default(),
            outgoing,
            counters: Counters::default(),
            readings: watch::Sender::new(readings),
            answers: BTreeMap::new(),
            client_answers: BTreeMap::new(),
            effects: VecDeque::new(),
            commands,
        };
        driver.service.subscribe_ledger(true);
        (driver, Handle { commands: sender })
    }

    /// Runs until it is told to stop, every handle is gone, or the journal fails.
    pub(crate) async fn run(mut self, mut stopped: watch::Receiver<bool>) -> std::io::Result<()> {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        loop {
            let due = self.service.poll_timeout().and_then(|at| self.clock.until(at));
            tokio::select! {
                biased;
                taken = self.commands.recv_many(&mut batch, BATCH_MAX) => {
                    if taken == 0 {
                        return self.commit();
                    }
                }
                () = sleep(due) => {}
                _ = stopped.changed() => return self.commit(),
            }
            self.catch_up();
            for command in batch.drain(..) {
                self.obey(command);
            }
            self.commit()?;
            self.release();
        }
    }

    /// The readings as they change, for whoever writes answers.
    pub(crate) fn readings(&self) -> watch::Receiver<Readings> {
        self.readings.subscribe()
    }

    /// The service's time: the clock's, but never earlier than the last input's.
    pub(crate) fn now(&self) -> Instant {
        self.clock.now().max(self.service.now())
    }

    /// Does everything that is due by the clock.
    pub(crate) fn catch_up(&mut self) {
        let now = self.now();
        self.service.handle_timeout(now);
        self.collect();
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Call(caller, request, reply) => self.on_call(caller, request, reply),
            Command::Malformed(caller, operation, input, reply) => {
                let now = self.write_down(|| Input::Malformed(caller.clone(), operation));
                let refusal = self.service.handle_malformed(now, &caller, operation, input);
                self.counters.calls_refused += 1;
                self.effects.push_back(Effect::Malformed(reply, refusal));
            }
            Command::Client(session, request, reply) => self.on_client(session, request, reply),
            Command::Connect(login, outbox, reply) => {
                let outcome = self.apply(Input::Connect(*login));
                self.on_connected(outcome, outbox, reply);
            }
            Command::Reconnect(back, reply) => {
                let outcome = self.apply(Input::Reconnect(back.session, back.fresh, back.cursors));
                self.on_connected(outcome, back.outbox, reply);
            }
            Command::Disconnect(session, link, end) => {
                // A link that was replaced by a newer one of the same session ends without consequence.
                if self.links.detach(session, link) {
                    self.apply(Input::Disconnect(session, end));
                }
            }
            Command::Verdict(ticket, verdict) => {
                self.apply(Input::Verdict(ticket, verdict));
            }
            Command::Ask(question) => question(self),
        }
        self.collect();
    }

    fn on_call(&mut self, caller: Caller, request: Request, reply: oneshot::Sender<Answer>) {
        match self.apply(Input::Request(caller, request)) {
            Outcome::Request(Ok(Reply::Done(response))) => {
                self.counters.calls_accepted += 1;
                self.effects.push_back(Effect::Answer(reply, Ok(response)));
            }
            Outcome::Request(Ok(Reply::Pending(ticket))) => {
                self.counters.calls_accepted += 1;
                self.answers.insert(ticket, reply);
            }
            Outcome::Request(Err(refusal)) => {
                self.counters.calls_refused += 1;
                self.effects.push_back(Effect::Answer(reply, Err(refusal)));
            }
            Outcome::Client(_) | Outcome::Connected(_) | Outcome::Quiet => {
                unreachable!("a request's outcome is a request's")
            }
        }
    }

    fn on_client(
        &mut self,
        session: SessionId,
        request: ClientRequest,
        reply: oneshot::Sender<ClientAnswer>,
    ) {
        match self.apply(Input::Client(session, request)) {
            Outcome::Client(Ok(ClientReply::Pending(ticket))) => {
                self.client_answers.insert(ticket, reply);
            }
            Outcome::Client(answer) => self.effects.push_back(Effect::ClientAnswer(reply, answer)),
            Outcome::Request(_) | Outcome::Connected(_) | Outcome::Quiet => {
                unreachable!("a client request's outcome is a client's")
            }
        }
    }

    fn on_connected(
        &mut self,
        outcome: Outcome,
        outbox: crate::audience::Outbox,
        reply: oneshot::Sender<Result<Connected, ClientRefusal>>,
    ) {
        let Outcome::Connected(connected) = outcome else { unreachable!("a logon's outcome is a logon's") };
        if let Ok(connected) = &connected {
            self.effects.push_back(Effect::Attach(connected.session, outbox));
        }
        self.effects.push_back(Effect::Connected(reply, connected));
    }

    /// Writes an input down and applies it. Its outputs wait for the commit.
    pub(crate) fn apply(&mut self, input: Input) -> Outcome {
        let now = self.now();
        let input = if let Some(journal) = &mut self.journal {
            let entry = Entry::Input(now, input);
            journal.append(&entry);
            let Entry::Input(_, input) = entry else { unreachable!("just made") };
            input
        } else {
            input
        };
        if let Input::SetReadings(readings) = &input {
            self.readings.send_replace(readings.clone());
        }
        self.counters.inputs += 1;
        let outcome = self.service.apply(now, input);
        self.collect();
        outcome
    }

    fn write_down(&mut self, input: impl FnOnce() -> Input) -> Instant {
        let now = self.now();
        if let Some(journal) = &mut self.journal {
            journal.append(&Entry::Input(now, input()));
        }
        self.counters.inputs += 1;
        now
    }

    fn collect(&mut self) {
        while let Some(output) = self.service.poll_output() {
            self.effects.push_back(Effect::Output(Box::new(output)));
        }
    }

    /// Makes everything applied so far durable.
    pub(crate) fn commit(&mut self) -> std::io::Result<()> {
        if let Some(journal) = &mut self.journal {
            let written = tokio::task::block_in_place(|| journal.commit()).inspect_err(|error| {
                tracing::error!(%error, path = %journal.path().display(), "the journal cannot be written; stopping");
            })?;
            self.counters.commits += u64::from(written > 0);
        }
        Ok(())
    }

    /// Lets everything out that waited for the commit, in order.
    pub(crate) fn release(&mut self) {
        while let Some(effect) = self.effects.pop_front() {
            // Whoever asked may have gone; then nobody misses the answer.
            match effect {
                Effect::Answer(reply, answer) => drop(reply.send(answer)),
                Effect::ClientAnswer(reply, answer) => drop(reply.send(answer)),
                Effect::Connected(reply, answer) => drop(reply.send(answer)),
                Effect::Malformed(reply, refusal) => drop(reply.send(refusal)),
                Effect::Attach(session, outbox) => self.links.attach(session, outbox),
                Effect::Output(output) => self.let_out(*output),
            }
        }
    }

    fn let_out(&mut self, output: Output) {
        match output {
            Output::Answer(ticket, answer) => {
                if let Some(reply) = self.answers.remove(&ticket) {
                    drop(reply.send(answer));
                }
            }
            Output::ClientAnswer(_, ticket, answer) => {
                if let Some(reply) = self.client_answers.remove(&ticket) {
                    drop(reply.send(answer));
                }
            }
            Output::Callback(callback) => self.outgoing.call_back(callback, &self.service),
            Output::Moderate(moderation) => self.outgoing.moderate(moderation, &self.service),
            Output::Shed(shed) => {
                self.counters.shed += 1;
                self.ledger.keep(&shed, &self.service);
            }
            Output::Log(line) => tracing::info!("{line}"),
            Output::Deliver(fanout) => {
                self.counters.fanouts += 1;
                self.links.deliver(&fanout, &self.service);
            }
            other @ (Output::Close(..)
            | Output::DeliverTo(..)
            | Output::Direct(..)
            | Output::Notice(..)
            | Output::Recover(..)) => self.links.let_out(&other, &self.service),
        }
    }

    /// Starts over with an empty service of the same configuration, at the clock's time.
    pub(crate) fn reset(&mut self, config: Config) -> std::io::Result<()> {
        let now = self.now();
        if let Some(journal) = &mut self.journal {
            journal.restart(&Entry::Genesis(now, config.clone()))?;
        }
        self.links.close_all();
        self.ledger = Ledger::default();
        self.answers.clear();
        self.client_answers.clear();
        self.effects.clear();
        self.service = Service::new(now, config, HitCounts::default(), Sound);
        self.service.subscribe_ledger(true);
        Ok(())
    }
}

async fn sleep(due: Option<std::time::Duration>) {
    match due {
        Some(span) => tokio::time::sleep(span).await,
        None => std::future::pending().await,
    }
}
