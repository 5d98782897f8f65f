//! A subject behind an HTTP endpoint: ours, or anybody's.
//!
//! Calls are written and signed by the wire format, and leave byte for byte as they were signed. What the subject can do
//! beyond answering calls, its [`Descriptor`] says: without a control API time really passes, and whatever cannot be seen is
//! not judged.

mod audience;
mod control;
mod exchange;
mod receiver;
mod restart;
mod stopwatch;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration as Span;

use claque_core::{Duration, HitCounts, Instant, Operation, Readings, Rule};
use claque_wire::argument::Arguments;
use claque_wire::audience::{LogonMethod, SessionMethod};
use claque_wire::callback;
use claque_wire::client::Stamp;
use claque_wire::reached;
use claque_wire::sign::Credentials;
use serde_json::{Map, Value as Json, json};

use self::audience::{Asked, Audience};
use self::control::Control;
use self::exchange::{Answer, Endpoint, Exchange, IDLE_MAX, PATIENCE, Pieces, Stream};
use self::receiver::{Posted, Receiver};
use super::audience::{login, proves};
use super::descriptor::Descriptor;
use super::forge;
use super::remembered::Remembered;
use super::words::{
    ACCOUNTS, CallMade, CallerName, Capabilities, ClientMade, Event, Happening, Outcome, Pace, Shared,
    Subject, SubjectError, distrusted, mark, read_answer,
};
use crate::case::{ClientVerb, ConsoleVerb, Setup, Unwilling, ZERO};

/// The least that a documented quota allows in a second.
const CALLS_A_SECOND_LEAST: u64 = 8;

/// Longer than the span that quotas count in.
const SECOND_AND_MORE: Span = Span::from_millis(1_100);

/// An answer that takes longer is owed, where nobody can be asked.
const OWED_AFTER: Span = Span::from_millis(500);

/// Who calls, as far as the environment says.
#[derive(Debug)]
pub struct Callers {
    /// The account's credentials.
    pub account: Credentials,
    /// The credentials of a second account, where there are any.
    pub other: Option<Credentials>,
}

/// A call whose answer has not come yet.
#[derive(Debug)]
struct Waiting {
    number: u64,
    operation: String,
    exchange: Exchange,
}

/// A service behind an HTTP endpoint.
#[derive(Debug)]
pub struct HttpSubject {
    descriptor: Descriptor,
    endpoint: Endpoint,
    callers: Callers,
    control: Option<Control>,
    receiver: Option<Receiver>,
    audience: Audience,
    /// The connection of the last call, while it still stands.
    idle: Option<(Stream, stopwatch::Stopwatch)>,
    now: Instant,
    readings: Readings,
    events: Vec<Event>,
    /// Something was done since the last look at what it led to.
    stirred: bool,
    calls: u64,
    /// Those before this case.
    calls_before: u64,
    /// Cases so far: a nonce that one names is no other's.
    cases: u64,
    /// Makes nonces that no other run makes.
    salt: u64,
    numbers: u64,
    waiting: Vec<Waiting>,
    /// The answer to what is done next may be owed.
    may_owe: bool,
    /// Numbers of clients' requests that wait, with the client and its own number.
    client_waiting: BTreeMap<(Arc<str>, u64), u64>,
    shed_seen: usize,
    remembered: Remembered,
    transactions: BTreeSet<String>,
    newest_callback: Option<Posted>,
    marks: HitCounts,
    /// Started at the moment zero, where time really passes.
    zero: Option<stopwatch::Stopwatch>,
    pace: Pace,
    shared: Shared,
    /// Part of the addresses of receivers that say nothing.
    silent: Option<String>,
    /// Something was not answered within patience, since the reset.
    gave_up: bool,
}

/// A number in lower-case letters and digits.
fn word_of(mut number: u64) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut word = String::new();
    for _ in 0..7 {
        word.push(char::from(DIGITS[usize::try_from(number % 36).unwrap_or(0)]));
        number /= 36;
    }
    word
}

impl HttpSubject {
    /// A subject at an endpoint.
    ///
    /// `salt` is a number that no earlier run against the same service had: nonces are made with it.
    ///
    /// # Errors
    /// When the endpoint cannot be understood, or the control API that was declared does not answer.
    pub fn new(
        descriptor: Descriptor,
        endpoint: &str,
        callers: Callers,
        salt: u64,
    ) -> Result<Self, SubjectError> {
        let authorities = descriptor.certificate_authorities.as_deref();
        let endpoint = Endpoint::parse(endpoint, authorities).map_err(SubjectError)?;
        let (mut control, mut receiver) = (None, None);
        if descriptor.capabilities.control {
            let asked = Control::new(endpoint.clone());
            let listening = Receiver::listen().map_err(SubjectError)?;
            let proxy = json!({ "proxy": listening.address.to_string(), "serviceTime": true });
            asked.ask("POST", "outgoing", &proxy)?;
            (control, receiver) = (Some(asked), Some(listening));
        }
        Ok(Self {
            audience: Audience::new(endpoint.clone()),
            descriptor,
            endpoint,
            callers,
            control,
            receiver,
            idle: None,
            now: Instant::EPOCH,
            readings: Readings::default(),
            events: Vec::new(),
            stirred: false,
            calls: 0,
            calls_before: 0,
            cases: 0,
            salt,
            numbers: 0,
            waiting: Vec::new(),
            may_owe: false,
            client_waiting: BTreeMap::new(),
            shed_seen: 0,
            remembered: Remembered::default(),
            transactions: BTreeSet::new(),
            newest_callback: None,
            marks: HitCounts::default(),
            zero: None,
            pace: Pace::default(),
            silent: None,
            gave_up: false,
            shared: Shared { word: word_of(salt), ..Shared::default() },
        })
    }

    /// Makes sure that a caller has credentials.
    fn credentials(&self, caller: &CallerName) -> Result<Credentials, SubjectError> {
        match caller {
            CallerName::Account => Ok(self.callers.account.clone()),
            CallerName::OtherAccount => match (&self.callers.other, &self.control) {
                (Some(other), _) => Ok(other.clone()),
                (None, Some(control)) => self.add_key(control, "suite-other", ACCOUNTS[1], &Json::Null),
                (None, None) => Err(SubjectError("there are no credentials of a second account".to_owned())),
            },
            CallerName::RamUser(policy) => {
                let control = self.control.as_ref();
                let control =
                    control.ok_or_else(|| SubjectError("it knows no RAM users of cases".to_owned()))?;
                let statements = policy.statements.iter().map(|statement| {
                    let effect = match statement.effect {
                        claque_core::Effect::Allow => "Allow",
                        claque_core::Effect::Deny => "Deny",
                    };
                    json!({ "effect": effect, "action": statement.actions, "resource": statement.resources })
                });
                self.add_key(control, "suite-ram-user", ACCOUNTS[0], &statements.collect())
            }
        }
    }

    fn add_key(
        &self,
        control: &Control,
        id: &str,
        account: &str,
        policy: &Json,
    ) -> Result<Credentials, SubjectError> {
        let secret = format!("{id}-{}", self.salt);
        let asked = json!({ "id": id, "secret": secret, "account": account, "policy": policy });
        control.ask("POST", "keys", &asked)?;
        Ok(Credentials { access_key_id: id.to_owned(), access_key_secret: secret, security_token: None })
    }

    /// Sends a signed call and takes its answer, unless that is owed.
    fn send(&mut self, call: &CallMade) -> Result<Outcome, SubjectError> {
        let mut credentials = self.credentials(&call.caller)?;
        forge::before_signing(call.forged, &mut credentials);
        self.calls += 1;
        let nonce = match &call.sent.nonce {
            Some(name) => format!("{:016x}-{}-{name}", self.salt, self.cases),
            None => format!("{:016x}-{}", self.salt, self.calls),
        };
        let stamp = Stamp { nonce: &nonce, signed_at: call.sent.signed_at(stopwatch::unix_seconds()) };
        let style = call.via.unwrap_or_else(|| self.descriptor.style());
        let mut request = style
            .unusual_request(
                &call.operation,
                &call.arguments,
                &self.endpoint.host,
                &credentials,
                stamp,
                call.sent.unusual(),
            )
            .map_err(|error| SubjectError(format!("the call cannot be written: {error}")))?;
        forge::after_signing(call, &mut request);
        let failed = |error: String| SubjectError(format!("{}: {error}", call.operation));
        let stream = match self.idle.take() {
            Some((stream, since)) if since.passed() < IDLE_MAX => stream,
            Some(_) | None => self.endpoint.connect().map_err(failed)?,
        };
        let pieces = Pieces { packets: call.sent.packets, chunks: call.sent.chunks };
        let sent = Exchange::send(stream, &self.endpoint.prefix, &request, pieces);
        let mut exchange = sent.map_err(failed)?;
        let known = self.waiting.len() as u64;
        let began = stopwatch::Stopwatch::start();
        loop {
            let within = self.await_answer();
            if let Some(answer) = exchange.poll(within).map_err(failed)? {
                return Ok(self.answered(&call.operation, answer, Some(exchange)));
            }
            let owed = match &self.control {
                Some(control) => control.clock(&json!({}))?.calls > known,
                None => self.may_owe,
            };
            if owed {
                self.numbers += 1;
                let operation = call.operation.clone();
                self.waiting.push(Waiting { number: self.numbers, operation, exchange });
                return Ok(Outcome::Pending(self.numbers));
            }
            if began.passed() > PATIENCE {
                self.gave_up = true;
                return Err(failed(format!("no answer within {} s", PATIENCE.as_secs())));
            }
        }
    }

    fn answered(&mut self, operation: &str, answer: Answer, over: Option<Exchange>) -> Outcome {
        if let Some(exchange) = over.filter(|_| answer.keeps) {
            self.idle = Some((exchange.into_stream(), stopwatch::Stopwatch::start()));
        }
        let headers = answer.headers.into_iter().map(|(name, value)| (name, Json::from(value))).collect();
        read_answer(operation, (answer.status, headers, &answer.body), None)
    }

    /// Sends a client's request over its link, and takes the answer unless that is owed.
    fn ask(&mut self, method: SessionMethod, action: &ClientMade) -> Result<Outcome, SubjectError> {
        let number = match self.audience.ask(method, action)? {
            Asked::Refused(outcome) => return Ok(outcome),
            Asked::Number(number) => number,
        };
        let began = stopwatch::Stopwatch::start();
        loop {
            let within = self.await_answer();
            if let Some(outcome) = self.audience.answer(&action.client, number, within)? {
                return Ok(outcome);
            }
            let owed = match &self.control {
                Some(control) => control.clock(&json!({}))?.client_calls > self.client_waiting.len() as u64,
                None => self.may_owe,
            };
            if owed {
                self.numbers += 1;
                self.client_waiting.insert((action.client.as_str().into(), number), self.numbers);
                return Ok(Outcome::Pending(self.numbers));
            }
            if began.passed() > PATIENCE {
                self.gave_up = true;
                let said =
                    format!("{} {}: no answer within {} s", action.client, method.name(), PATIENCE.as_secs());
                return Err(SubjectError(said));
            }
        }
    }

    /// How long an answer is waited for before it is asked whether it is owed; a service that cannot be asked owes it then, if the
    /// documents have it that it may.
    fn await_answer(&self) -> Span {
        if self.control.is_some() {
            Span::from_millis(20)
        } else {
            (self.descriptor.settle() * 4).max(OWED_AFTER)
        }
    }

    fn push(&mut self, what: Happening) {
        self.events.push(Event { at: self.now, what });
    }

    /// Waits until time has come so far, where it really passes. The hour before the first step is a second: that it lets no
    /// quota of the givens reach into the steps is all it is for.
    ///
    /// A moment behind zero is reached by the clock: what was late so far does not make everything later.
    fn wait(&mut self, to: Instant) {
        let span =
            if to == ZERO && self.now < ZERO { Duration::from_millis(1_100) } else { to.since(self.now) };
        match &self.zero {
            Some(zero) if to > ZERO => {
                stopwatch::sleep(Span::from_micros(to.since(ZERO).as_micros()).saturating_sub(zero.passed()));
            }
            Some(_) | None => stopwatch::sleep(Span::from_micros(span.as_micros())),
        }
        if to >= ZERO && self.zero.is_none() {
            self.zero = Some(stopwatch::Stopwatch::start());
        }
    }

    fn act(&mut self, action: &ClientMade) -> Result<Outcome, SubjectError> {
        self.stirred = true;
        let now_seconds =
            if self.control.is_some() { self.now.unix_seconds() } else { stopwatch::unix_seconds() };
        match action.verb {
            ClientVerb::Logon(LogonMethod::Login) => {
                self.audience.log_on(&action.client, &login(action, now_seconds))
            }
            ClientVerb::Logon(LogonMethod::Reconnect) => {
                let fresh = proves(action).then(|| login(action, now_seconds));
                let outcome = self.audience.reconnect(&action.client, &action.with, fresh.as_ref())?;
                if matches!(outcome, Outcome::Accepted { .. }) {
                    // The client asked for what it missed by itself, as part of coming back.
                    mark(&mut self.marks, &[Rule::RecoveryPullByClient]);
                }
                Ok(outcome)
            }
            ClientVerb::DropLink => {
                self.audience.drop_link(&action.client)?;
                // The service learns of the loss before anything else happens.
                self.look()?;
                Ok(Outcome::accepted(Map::new()))
            }
            ClientVerb::Ask(method) => self.ask(method, action),
        }
    }

    /// Notes when an action was done, where time really passes.
    fn timed<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> T {
        // What breaks here breaks again where it is looked at. A clock that stands needs no heartbeats.
        drop(self.audience.keep_up(self.control.is_none()));
        let began = self.zero.as_ref().map(stopwatch::Stopwatch::passed);
        let done = act(self);
        if let Some((began, zero)) = began.zip(self.zero.as_ref()) {
            let micros =
                |span: Span| Duration::from_micros(u64::try_from(span.as_micros()).unwrap_or(u64::MAX));
            let ended = zero.passed();
            self.pace.actions.push((micros(began), micros(ended)));
        }
        done
    }
}

impl Subject for HttpSubject {
    fn name(&self) -> &str {
        &self.descriptor.name
    }

    fn capabilities(&self) -> Capabilities {
        let control = self.control.is_some();
        Capabilities {
            virtual_time: control,
            patience: Duration::from_secs(self.descriptor.patience_seconds),
            audience: self.descriptor.capabilities.audience,
            applications: control || self.descriptor.leaves_applications,
            setup: control,
            callbacks: control,
            transport: control,
            restart: control,
            ledger: control,
            reasons: false,
            console: control,
            policies: control,
            other_account: control || self.callers.other.is_some(),
        }
    }

    fn offers(&self, operation: Operation) -> bool {
        self.descriptor.offers(operation)
    }

    fn reach(&self) -> Result<(), SubjectError> {
        // Closed at once, for a service that serves one connection after the other.
        self.endpoint.connect().map(drop).map_err(SubjectError)
    }

    fn reset(&mut self, now: Instant, setup: &Setup) -> Result<(), SubjectError> {
        self.gave_up = false;
        if self.control.is_none() {
            // The next case shares the application: it must find none of these clients online.
            self.audience.log_out();
            if self.calls - self.calls_before > CALLS_A_SECOND_LEAST {
                // What it has used up of a quota must not reach into the next case.
                stopwatch::sleep(SECOND_AND_MORE);
            }
            self.calls_before = self.calls;
        }
        self.audience.forget();
        self.waiting.clear();
        self.client_waiting.clear();
        self.events.clear();
        self.remembered = Remembered::default();
        self.transactions.clear();
        self.newest_callback = None;
        self.shed_seen = 0;
        self.silent = None;
        self.cases += 1;
        self.marks = HitCounts::default();
        self.now = now;
        self.audience.listen(now >= ZERO);
        self.readings = setup.readings;
        self.stirred = false;
        self.zero = None;
        self.pace = Pace::default();
        if let Some(control) = &self.control {
            control.reset(now, setup, &ACCOUNTS)?;
        }
        if let Some(receiver) = &self.receiver {
            receiver.forget();
        }
        Ok(())
    }

    fn advance(&mut self, to: Instant) -> Result<(), SubjectError> {
        assert!(to >= self.now, "time runs backwards: {to} after {}", self.now);
        if to == self.now {
            return Ok(());
        }
        // What a lost link has not yet shown the service belongs to the time before.
        if self.stirred {
            self.look()?;
        }
        match &self.control {
            Some(control) => {
                let span = format!("{}us", to.since(self.now).as_micros());
                control.clock(&json!({ "advance": span }))?;
            }
            None => self.wait(to),
        }
        if self.now < ZERO && to >= ZERO {
            self.audience.listen(true);
        }
        self.now = to;
        self.stirred = true;
        Ok(())
    }

    fn call(&mut self, call: &CallMade) -> Result<Outcome, SubjectError> {
        self.stirred = true;
        let outcome = self.timed(|subject| subject.send(call))?;
        if let Outcome::Accepted { fields, .. } = &outcome {
            self.remembered.answered(fields);
        }
        Ok(outcome)
    }

    fn console(&mut self, what: ConsoleVerb, arguments: &Arguments) -> Result<Outcome, SubjectError> {
        self.stirred = true;
        let control = self.control.as_ref();
        let control = control.ok_or_else(|| SubjectError("it has no console".to_owned()))?;
        let mut asked = Map::from_iter([("action".to_owned(), json!(what.word()))]);
        for (name, argument) in arguments.iter() {
            asked.insert(name.to_owned(), argument.to_json());
        }
        let answer = control.answer("POST", "console", &Json::Object(asked))?;
        // The console answers in JSON alone.
        Ok(self.answered("", answer, None))
    }

    fn client(&mut self, action: &ClientMade) -> Result<Outcome, SubjectError> {
        self.timed(|subject| subject.act(action))
    }

    fn review(&mut self, answer: Option<(u16, &str)>) -> Result<(), SubjectError> {
        self.look()?;
        self.stirred = true;
        let receiver = self.receiver.as_ref();
        let before = self.waiting.len() + self.client_waiting.len();
        if !receiver.is_some_and(|receiver| receiver.review(answer)) {
            return Err(SubjectError("no review is waiting".to_owned()));
        }
        self.await_verdict(before)
    }

    fn receive_callback(&mut self) -> Result<Outcome, SubjectError> {
        self.look()?;
        let newest = self.newest_callback.as_ref();
        let posted = newest.ok_or_else(|| SubjectError("there was no callback yet".to_owned()))?;
        let app = posted.body.get("appid").and_then(Json::as_str).unwrap_or_default();
        let key = self.remembered.key(app);
        let (timestamp, signature) =
            (posted.header(callback::TIMESTAMP_HEADER), posted.header(callback::SIGNATURE_HEADER));
        match callback::verify(
            &self.readings,
            self.now.unix_seconds(),
            (&posted.url, key),
            (timestamp, signature),
        ) {
            Ok(()) => Ok(Outcome::accepted(Map::new())),
            Err(distrust) => {
                mark(&mut self.marks, &reached::by_distrust(distrust));
                Ok(distrusted(distrust))
            }
        }
    }

    fn refuse_callbacks(&mut self, with: Unwilling, times: u32, of: &str) -> Result<(), SubjectError> {
        let receiver = self.receiver.as_ref();
        let receiver = receiver.ok_or_else(|| SubjectError("its callbacks cannot be answered".to_owned()))?;
        receiver.refuse(with, times, of);
        self.silent = (with == Unwilling::Silence && !of.is_empty()).then(|| of.to_owned());
        Ok(())
    }

    fn restart(&mut self, compacted: bool) -> Result<(), SubjectError> {
        self.end_and_go_on(compacted)
    }

    fn settle_callbacks(&mut self) -> Result<(), SubjectError> {
        self.stirred = true;
        self.await_callbacks()
    }

    fn take_events(&mut self) -> Result<Vec<Event>, SubjectError> {
        if self.stirred {
            self.look()?;
        }
        Ok(std::mem::take(&mut self.events))
    }

    fn hits(&self) -> Option<HitCounts> {
        let mut hits = self.control.as_ref()?.hits()?;
        hits.merge(&self.marks);
        Some(hits)
    }

    fn shared(&mut self) -> Option<&mut Shared> {
        if self.control.is_none() { Some(&mut self.shared) } else { None }
    }

    fn may_owe(&mut self, owed: bool) {
        self.may_owe = owed;
    }

    fn looks_are_dear(&self) -> bool {
        true
    }

    fn gave_up(&self) -> bool {
        self.gave_up
    }

    fn pace(&self) -> Option<&Pace> {
        self.control.is_none().then_some(&self.pace)
    }

    fn check(&self) -> Result<(), SubjectError> {
        Ok(())
    }
}
