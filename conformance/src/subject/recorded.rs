//! A subject that writes down what its clients, callers and receivers see, in the format of `docs/audit-format.md`.
//!
//! One process asks and hears everything, so the recording has one source with one clock, and nothing is under way: what was
//! asked was answered at that moment unless the answer is owed. [`crate::log::lossy`] makes of it what several parties saw.

use std::collections::BTreeMap;

use claque_core::{HitCounts, Instant, Operation};
use claque_engine::Randomness;
use claque_wire::argument::Arguments;
use claque_wire::audience::{LogonMethod, SessionMethod, login_params};
use claque_wire::recorded::app_of_answer;
use serde_json::{Map, Value as Json, json};

use super::audience::{Heard, Memory, login, proves, shown_by};
use super::post::Refusing;
use super::words::{
    CallMade, CallerName, Capabilities, ClientMade, Event, Happening, Outcome, Pace, Subject, SubjectError,
};
use crate::case::{Channel, ClientVerb, ConsoleVerb, Setup, Unwilling};
use crate::log::lossy::drawn;
use crate::log::{CallLine, ClientLine, Complete, ConsoleLine, Header, Line, LinkState, ReviewLine, VERSION};

/// The one source of such a recording.
const SOURCE: &str = "suite";

/// A call takes less than that on each way, where it takes any time. Microseconds.
const WAY_MAX: u64 = 20_000;

/// The account that is not the recording's.
const OTHER_ACCOUNT: &str = "another";

/// The recorder's memory of a client.
#[derive(Debug, Default)]
struct Known {
    app: String,
    user: String,
    asked: u64,
    /// Its knowledge of its session.
    memory: Memory,
}

/// A subject, and what was seen of it.
pub struct Recorded {
    subject: Box<dyn Subject>,
    now: Instant,
    began: Instant,
    lines: Vec<Line>,
    /// Events that the runner has not taken yet.
    events: Vec<Event>,
    clients: BTreeMap<String, Known>,
    /// Of each answer that is owed, the line of its call, or the client and the number of its request.
    owed: BTreeMap<u64, Owed>,
    apps: Vec<String>,
    answers: u64,
    /// Refusals of the next callbacks; else receivers answer 200.
    refusing: Refusing,
    /// Decides how long each call takes on the way there and back; none: no time at all.
    slow: Option<Randomness>,
    /// So many lines are written at the most; then it goes no further.
    lines_max: usize,
}

#[derive(Debug)]
enum Owed {
    Call(usize),
    Client(String, u64),
}

impl std::fmt::Debug for Recorded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorded").field("lines", &self.lines).finish_non_exhaustive()
    }
}

impl Recorded {
    /// Watches a subject.
    #[must_use]
    pub fn new(subject: Box<dyn Subject>) -> Self {
        Self {
            subject,
            now: Instant::EPOCH,
            began: Instant::EPOCH,
            lines: Vec::new(),
            events: Vec::new(),
            clients: BTreeMap::new(),
            owed: BTreeMap::new(),
            apps: Vec::new(),
            answers: 0,
            refusing: Refusing::default(),
            slow: None,
            lines_max: usize::MAX,
        }
    }

    /// The same, with calls and requests that take some milliseconds on each way, as they do where time passes.
    #[must_use]
    pub(crate) fn slowly(self, draws: Randomness) -> Self {
        Self { slow: Some(draws), ..self }
    }

    /// The same, ended behind so many lines: what is asked after that is not done, so that the recording is whole up to its end.
    #[must_use]
    pub(crate) fn at_most(self, lines_max: usize) -> Self {
        Self { lines_max, ..self }
    }

    /// Whether there is room for more.
    fn goes_on(&self) -> Result<(), SubjectError> {
        if self.lines.len() < self.lines_max {
            return Ok(());
        }
        Err(SubjectError(format!("the recording ends at {} lines", self.lines_max)))
    }

    /// Advances time by the way of a call, where ways take time.
    fn travel(&mut self, purpose: &str) -> Result<(), SubjectError> {
        let Some(draws) = &self.slow else { return Ok(()) };
        let micros = 1 + drawn(draws, purpose, self.lines.len() as u64, WAY_MAX);
        self.advance(Instant::from_micros(self.now.as_micros() + micros))
    }

    /// The recording since the last reset, with its claims: nothing is missing of the applications and clients in it.
    #[must_use]
    pub fn recording(&self) -> Vec<Line> {
        let delay_max_micros = Some(0).filter(|_| self.slow.is_none());
        let header = Header { version: VERSION, clock_error_micros: Some(0), delay_max_micros };
        let mut lines = vec![Line { header: Some(header), ..Line::of(SOURCE) }];
        lines.extend(self.lines.iter().cloned());
        let (from, to) = (self.began.as_micros(), self.now.as_micros());
        let claim = |app: Option<&String>, client: Option<&String>| Line {
            complete: Some(Complete {
                app: app.cloned(),
                client: client.cloned(),
                from,
                to,
                ..Complete::default()
            }),
            ..Line::of(SOURCE)
        };
        let whole = Complete { account: Some(true), from, to, ..Complete::default() };
        lines.push(Line { complete: Some(whole), ..Line::of(SOURCE) });
        lines.extend(self.apps.iter().map(|app| claim(Some(app), None)));
        lines.extend(self.clients.keys().map(|client| claim(None, Some(client))));
        lines
    }

    fn note(&mut self, at: Instant, seen: Line) {
        self.lines.push(Line { at: Some(at.as_micros()), ..seen });
    }

    fn request_id(&mut self) -> Json {
        self.answers += 1;
        Json::from(format!("recorded-{}", self.answers))
    }

    /// How a call ended, as its caller reads it.
    fn end_call(&mut self, index: usize, at: Instant, outcome: &Outcome) {
        let id = self.request_id();
        let (status, answer) = match outcome {
            Outcome::Pending(number) => {
                self.owed.insert(*number, Owed::Call(index));
                return;
            }
            Outcome::Accepted { fields, .. } => {
                let mut answer = fields.clone();
                answer.insert("RequestId".to_owned(), id);
                (200, Some(answer))
            }
            Outcome::Refused { status, code, message, .. } => {
                let answer = json!({ "RequestId": id, "Code": code, "Message": message });
                (*status, answer.as_object().cloned())
            }
            Outcome::Unreadable { status, body } => (*status, serde_json::from_str(body).ok()),
        };
        let Some(call) = self.lines.get_mut(index).and_then(|line| line.call.as_mut()) else { return };
        if let (Some(app), true) = (
            answer.as_ref().and_then(app_of_answer),
            matches!(
                Operation::from_name(&call.operation),
                Some(Operation::CreateLiveMessageApp | Operation::CreateMessageApp)
            ),
        ) {
            self.apps.push(app.to_owned());
        }
        call.answered_at = Some(at.as_micros());
        call.status = Some(status);
        call.answer = answer;
    }

    fn client_line(&self, client: &str) -> ClientLine {
        let known = &self.clients[client];
        ClientLine {
            id: client.to_owned(),
            app: Some(known.app.clone()),
            user: Some(known.user.clone()),
            sent: None,
            received: None,
            link: None,
        }
    }

    fn receive(&mut self, at: Instant, client: &str, frame: Json) {
        if !self.clients.contains_key(client) {
            return;
        }
        let seen = ClientLine { received: frame.as_object().cloned(), ..self.client_line(client) };
        self.note(at, Line { client: Some(seen), ..Line::of(SOURCE) });
    }

    fn end_request(&mut self, at: Instant, client: &str, id: u64, outcome: &Outcome) {
        let frame = match outcome {
            Outcome::Pending(number) => {
                self.owed.insert(*number, Owed::Client(client.to_owned(), id));
                return;
            }
            Outcome::Accepted { fields, .. } => json!({ "id": id, "result": fields }),
            Outcome::Refused { status, message, .. } => {
                json!({ "id": id, "error": { "code": status, "message": message } })
            }
            Outcome::Unreadable { body, .. } => json!({ "id": id, "unreadable": body }),
        };
        self.receive(at, client, frame);
    }

    /// Takes what has happened, and writes down what somebody saw of it.
    fn harvest(&mut self) -> Result<(), SubjectError> {
        for event in self.subject.take_events()? {
            match &event.what {
                Happening::Answer(number, outcome) => match self.owed.remove(number) {
                    Some(Owed::Call(index)) => self.end_call(index, event.at, outcome),
                    Some(Owed::Client(client, id)) => self.end_request(event.at, &client, id, outcome),
                    None => {}
                },
                Happening::Sent { channel, to, body, ticket } => {
                    self.hear((event.at, *channel), to.as_deref(), body, ticket.as_deref());
                }
            }
            self.events.push(event);
        }
        Ok(())
    }

    fn hear(
        &mut self,
        (at, channel): (Instant, Channel),
        to: Option<&str>,
        body: &Json,
        ticket: Option<&str>,
    ) {
        match channel {
            Channel::Moderated => {
                let asked = ReviewLine { asked: Some(body.clone()), status: None, body: None };
                return self.note(at, Line { review: Some(asked), ..Line::of(SOURCE) });
            }
            Channel::Posted => {
                let mut request = body.clone();
                let url = body["url"].as_str().unwrap_or_default();
                let answered = match self.refusing.next(url) {
                    None => Some(200),
                    Some(Unwilling::Status(status)) => Some(status),
                    Some(Unwilling::Silence | Unwilling::Breaks) => None,
                };
                request["answered"] = json!(answered);
                return self.note(at, Line { callback: Some(request), ..Line::of(SOURCE) });
            }
            Channel::Callbacks
            | Channel::Closed
            | Channel::Delivered
            | Channel::Direct
            | Channel::Notices
            | Channel::Recovered
            | Channel::Shed => {}
        }
        let (Some(client), Some(frame)) = (to, client_frame(channel, body, ticket)) else { return };
        if let Some(known) = self.clients.get_mut(client) {
            // The subject that was listened to has taken this frame apart already.
            known.memory.note(&Heard::of(frame.clone()).expect("what was heard is an event"));
        }
        self.receive(at, client, frame);
    }

    /// The frame that the client of an action sends.
    fn frame(&mut self, action: &ClientMade, verb: ClientVerb) -> Option<(u64, Json)> {
        let seconds = self.now.unix_seconds();
        let owes = shown_by(action).unwrap_or(&action.client);
        let ticket = (verb == ClientVerb::Ask(SessionMethod::Acknowledge))
            .then(|| self.clients.get_mut(owes)?.memory.ticket(owes).ok())
            .flatten();
        let known = self.clients.entry(action.client.clone()).or_default();
        known.app.clone_from(&action.app.id);
        known.user.clone_from(&action.user);
        known.asked += 1;
        let params = match verb {
            ClientVerb::DropLink => return None,
            ClientVerb::Logon(LogonMethod::Login) => login_params(&login(action, seconds)),
            ClientVerb::Logon(LogonMethod::Reconnect) => {
                let fresh = proves(action).then(|| login(action, seconds));
                known.memory.comeback(&action.with, fresh.as_ref())
            }
            ClientVerb::Ask(_) => {
                let mut params = action.with.clone();
                if let Some(group) = &action.group {
                    params.insert("groupId".to_owned(), json!(group));
                }
                if let Some(ticket) = ticket {
                    params.remove("of");
                    params.insert("ticket".to_owned(), json!(*ticket));
                }
                Json::Object(params)
            }
        };
        let id = known.asked;
        Some((id, json!({ "id": id, "method": verb.word(), "params": params })))
    }

    fn answered(&mut self, action: &ClientMade, outcome: &Outcome) {
        let Some(known) = self.clients.get_mut(&action.client) else { return };
        match (action.verb, outcome) {
            (ClientVerb::Logon(LogonMethod::Login), Outcome::Accepted { fields, .. }) => {
                known.memory = Memory::of(fields);
            }
            (ClientVerb::Ask(method), outcome) => known.memory.answered(method, outcome),
            (ClientVerb::DropLink | ClientVerb::Logon(_), _) => {}
        }
    }
}

/// The frame in which a client receives something; none for what goes to no client.
pub(crate) fn client_frame(channel: Channel, body: &Json, ticket: Option<&str>) -> Option<Json> {
    let group = body.get("groupId").and_then(Json::as_str).unwrap_or_default();
    match channel {
        Channel::Delivered => Some(json!({ "event": "recvgroupmessage", "groupId": group, "message": body })),
        Channel::Recovered => Some(json!({ "event": "recovered", "groupId": group, "messages": [body] })),
        Channel::Direct => {
            let mut frame = json!({ "event": "recvc2cmessage", "message": body });
            if let Some(ticket) = ticket {
                frame["acknowledge"] = json!(ticket);
            }
            Some(frame)
        }
        Channel::Closed | Channel::Notices => Some(body.clone()),
        // What nobody but the service sees, what receivers get, and what is a callback seen a second time.
        Channel::Callbacks | Channel::Moderated | Channel::Posted | Channel::Shed => None,
    }
}

/// Parameters as a recording has them.
pub(crate) fn given(arguments: &Arguments) -> Map<String, Json> {
    arguments.iter().map(|(name, value)| (name.to_owned(), value.to_json())).collect()
}

impl Subject for Recorded {
    fn name(&self) -> &str {
        self.subject.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.subject.capabilities()
    }

    fn offers(&self, operation: Operation) -> bool {
        self.subject.offers(operation)
    }

    fn reset(&mut self, now: Instant, setup: &Setup) -> Result<(), SubjectError> {
        self.subject.reset(now, setup)?;
        self.lines.clear();
        self.events.clear();
        self.clients.clear();
        self.owed.clear();
        self.apps.clear();
        self.refusing = Refusing::default();
        (self.now, self.began) = (now, now);
        Ok(())
    }

    fn advance(&mut self, to: Instant) -> Result<(), SubjectError> {
        // A line that is late does at once what was to be done before.
        let to = to.max(self.now);
        self.goes_on()?;
        self.subject.advance(to)?;
        self.now = to;
        self.harvest()
    }

    fn call(&mut self, call: &CallMade) -> Result<Outcome, SubjectError> {
        self.goes_on()?;
        let begun = self.now;
        self.travel("there")?;
        let outcome = self.subject.call(call)?;
        let (account, ram_user) = match &call.caller {
            CallerName::Account => (None, None),
            CallerName::OtherAccount => (Some(OTHER_ACCOUNT.to_owned()), None),
            CallerName::RamUser(_) => (None, Some("somebody".to_owned())),
        };
        let seen = CallLine {
            operation: call.operation.clone(),
            account,
            ram_user,
            parameters: given(&call.arguments),
            answered_at: None,
            status: None,
            answer: None,
        };
        let index = self.lines.len();
        self.note(begun, Line { call: Some(seen), ..Line::of(SOURCE) });
        self.harvest()?;
        self.travel("back")?;
        self.end_call(index, self.now, &outcome);
        Ok(outcome)
    }

    fn console(&mut self, what: ConsoleVerb, arguments: &Arguments) -> Result<Outcome, SubjectError> {
        let outcome = self.subject.console(what, arguments)?;
        let answer = match &outcome {
            Outcome::Accepted { fields, .. } => Some(fields.clone()),
            Outcome::Pending(_) | Outcome::Refused { .. } | Outcome::Unreadable { .. } => None,
        };
        let seen = ConsoleLine {
            action: what.word().to_owned(),
            parameters: given(arguments),
            accepted: Some(answer.is_some()),
            answer,
        };
        self.note(self.now, Line { console: Some(seen), ..Line::of(SOURCE) });
        self.harvest()?;
        Ok(outcome)
    }

    fn client(&mut self, action: &ClientMade) -> Result<Outcome, SubjectError> {
        self.goes_on()?;
        let sent = self.frame(action, action.verb);
        let seen = match &sent {
            None => ClientLine { link: Some(LinkState::Lost), ..self.client_line(&action.client) },
            Some((_, frame)) => {
                ClientLine { sent: frame.as_object().cloned(), ..self.client_line(&action.client) }
            }
        };
        let travels = sent.is_some();
        self.note(self.now, Line { client: Some(seen), ..Line::of(SOURCE) });
        if travels {
            self.travel("there")?;
        }
        let outcome = self.subject.client(action)?;
        self.answered(action, &outcome);
        if let Some((id, _)) = sent {
            self.end_request(self.now, &action.client, id, &outcome);
        }
        self.harvest()?;
        if travels {
            self.travel("back")?;
        }
        Ok(outcome)
    }

    fn review(&mut self, answer: Option<(u16, &str)>) -> Result<(), SubjectError> {
        // A question that was not answered has no status, and that it will not be is seen all the same.
        let status = Some(answer.map_or(0, |(status, _)| status));
        let answered = ReviewLine { asked: None, status, body: answer.map(|(_, body)| body.to_owned()) };
        self.note(self.now, Line { review: Some(answered), ..Line::of(SOURCE) });
        self.subject.review(answer)?;
        self.harvest()
    }

    fn receive_callback(&mut self) -> Result<Outcome, SubjectError> {
        self.subject.receive_callback()
    }

    fn refuse_callbacks(&mut self, with: Unwilling, times: u32, of: &str) -> Result<(), SubjectError> {
        self.refusing.add(with, times, of);
        self.subject.refuse_callbacks(with, times, of)
    }

    fn restart(&mut self, compacted: bool) -> Result<(), SubjectError> {
        self.subject.restart(compacted)?;
        self.harvest()?;
        // Nobody who waited gets an answer any more, and every client sees its link end.
        self.owed.clear();
        let clients: Vec<String> = self.clients.keys().cloned().collect();
        for client in clients {
            let lost = ClientLine { link: Some(LinkState::Lost), ..self.client_line(&client) };
            self.note(self.now, Line { client: Some(lost), ..Line::of(SOURCE) });
        }
        Ok(())
    }

    fn settle_callbacks(&mut self) -> Result<(), SubjectError> {
        self.subject.settle_callbacks()?;
        self.harvest()
    }

    fn take_events(&mut self) -> Result<Vec<Event>, SubjectError> {
        self.harvest()?;
        Ok(std::mem::take(&mut self.events))
    }

    fn hits(&self) -> Option<HitCounts> {
        self.subject.hits()
    }

    fn gave_up(&self) -> bool {
        self.subject.gave_up()
    }

    fn pace(&self) -> Option<&Pace> {
        self.subject.pace()
    }

    fn check(&self) -> Result<(), SubjectError> {
        self.subject.check()
    }
}
