//! The reference service, driven with what a recording says was done, and held to what the recording says came of it.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use claque_core::{HitCounts, Instant, Operation, Rule};
use claque_wire::argument::{Argument, Arguments};
use claque_wire::audience::{LogonMethod, Method};
use claque_wire::recorded::LEFT_OUT;
use serde_json::{Map, Value as Json, json};

use super::compare::{Closely, Names, difference};
use super::play::End;
use crate::audit::answers::{is_edge, rule_of_answer, rule_of_code};
use crate::audit::recording::{CallSeen, ClientSeen, Ended, Place};
use crate::case::{Channel, ClientVerb, ConsoleVerb, Sent, Setup};
use crate::log::{CallLine, ConsoleLine};
use crate::subject::{
    AppKeys, CallMade, CallerName, ClientMade, Happening, Outcome, Subject, client_frame, made_token,
};

mod heard;

/// Why a recording with such a logon is not done again.
const UNKNOWN_TOKEN: &str = "a logon was refused, and nothing in the recording tells its token";

/// The rules that decided in one step, with how often they had decided before it.
pub(super) type Deciding = Rc<Vec<(Rule, u64)>>;

/// Something that does not come out as it was recorded.
#[derive(Clone, Debug)]
pub(super) struct Differs {
    pub says: String,
    /// The reference refused, and the recording says that it was accepted.
    pub accepted: bool,
    /// The rule that speaks of what differs, if it decided here at all.
    pub about: Option<Rule>,
    /// A line before that led to it, besides the one at hand.
    pub cause: Option<Place>,
    pub deciding: Deciding,
}

/// Why the reference cannot be driven any further: not that something is broken.
#[derive(Clone, Debug)]
pub(super) struct Lost(pub String);

/// Something that is to be sent to somebody.
#[derive(Clone, Debug)]
struct Expected {
    at: Instant,
    body: Json,
    cause: Place,
    deciding: Deciding,
}

impl Expected {
    /// A difference: something else was seen in its place.
    fn differs(self, says: String) -> Differs {
        Differs { says, accepted: false, about: None, cause: Some(self.cause), deciding: self.deciding }
    }
}

/// The answer that the reference owes, to the call or the client's request of a line.
#[derive(Debug)]
enum Owed {
    Call(Place),
    Client(usize, Json, Place),
}

/// The reference service and what it has said that nobody has been seen to hear yet.
pub(super) struct Model {
    subject: Box<dyn Subject>,
    pub closely: Closely,
    names: Names,
    /// By the reference's own IDs.
    keys: BTreeMap<String, (String, String)>,
    /// By the recording's IDs.
    recorded_keys: BTreeMap<String, String>,
    clients: BTreeMap<usize, VecDeque<Expected>>,
    callbacks: VecDeque<Expected>,
    reviews: VecDeque<Expected>,
    by_name: BTreeMap<String, usize>,
    owed: BTreeMap<u64, Owed>,
    /// Answers that came, to what was owed.
    late: Vec<(Owed, Outcome, Deciding)>,
    transactions: Vec<String>,
    /// A callback was refused: those behind it wait.
    pub refused: bool,
    hits: HitCounts,
    deciding: Deciding,
    cause: Place,
}

impl Model {
    pub(super) fn new(
        mut subject: Box<dyn Subject>,
        setup: &Setup,
        began: Instant,
        closely: Closely,
    ) -> Result<Self, Lost> {
        let mut setup = setup.clone();
        // Which calls fall into one second is not known where the clock is not.
        setup.limits.call_quotas &= closely.times && closely.account;
        subject.reset(began, &setup).map_err(|error| Lost(error.0))?;
        Ok(Self {
            subject,
            closely,
            names: Names::default(),
            keys: BTreeMap::new(),
            recorded_keys: BTreeMap::new(),
            clients: BTreeMap::new(),
            callbacks: VecDeque::new(),
            reviews: VecDeque::new(),
            by_name: BTreeMap::new(),
            owed: BTreeMap::new(),
            late: Vec::new(),
            transactions: Vec::new(),
            refused: false,
            hits: HitCounts::default(),
            deciding: Rc::default(),
            cause: Place { file: 0, line: 0 },
        })
    }

    /// An end, with every rule that has decided by then.
    pub(super) fn at_end(&self, end: End) -> End {
        match end {
            End::Differs { at, place, says, lines, rules, .. } => {
                let ever = self.hits.iter().map(|(rule, _)| rule).collect();
                End::Differs { at, place, says, lines, rules, ever }
            }
            End::Explained { .. } | End::Lost { .. } => end,
        }
    }

    /// Advances time up to a line.
    pub(super) fn advance(&mut self, to: Instant) -> Result<(), Lost> {
        self.subject.advance(to).map_err(|error| Lost(error.0))?;
        self.harvest()
    }

    /// Whether it is certain how many calls fell into a second.
    const fn counts_calls(&self) -> bool {
        self.closely.times && self.closely.account
    }

    /// Sorts what was sent by its receiver.
    fn harvest(&mut self) -> Result<(), Lost> {
        let events = self.subject.take_events().map_err(|error| Lost(error.0))?;
        let hits = self.subject.hits().unwrap_or_default();
        let news: Vec<(Rule, u64)> = hits
            .iter()
            .filter(|(rule, count)| *count > self.hits.of(*rule))
            .map(|(rule, _)| (rule, self.hits.of(rule)))
            .collect();
        if !news.is_empty() {
            self.deciding = Rc::new(news);
        }
        self.hits = hits;
        for event in events {
            match event.what {
                Happening::Answer(number, outcome) => {
                    if let Some(owed) = self.owed.remove(&number) {
                        self.late.push((owed, outcome, Rc::clone(&self.deciding)));
                    }
                }
                Happening::Sent { channel, to, body, ticket } => {
                    let expected = |body| Expected {
                        at: event.at,
                        body,
                        cause: self.cause,
                        deciding: Rc::clone(&self.deciding),
                    };
                    match channel {
                        Channel::Posted => self.callbacks.push_back(expected((*body).clone())),
                        Channel::Moderated => self.reviews.push_back(expected((*body).clone())),
                        Channel::Callbacks | Channel::Shed => {}
                        Channel::Closed
                        | Channel::Delivered
                        | Channel::Direct
                        | Channel::Notices
                        | Channel::Recovered => {
                            let known = to.as_deref().and_then(|to| self.by_name.get(to)).copied();
                            let frame = client_frame(channel, &body, ticket.as_deref());
                            if let (Some(client), Some(frame)) = (known, frame) {
                                self.clients.entry(client).or_default().push_back(expected(frame));
                            }
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn differs(&self, says: String) -> Differs {
        Differs { says, accepted: false, about: None, cause: None, deciding: Rc::clone(&self.deciding) }
    }

    /// A call of the recording's account.
    pub(super) fn call(&mut self, call: &CallSeen) -> Result<Option<Differs>, Lost> {
        self.remember_keys(call);
        let ended = match &call.ended {
            Ended::Refused(_, code)
                if is_edge(code) || (code.starts_with("Throttling") && !self.counts_calls()) =>
            {
                return Ok(None);
            }
            ended => ended.clone(),
        };
        self.cause = call.place;
        let outcome = self.ask(call.operation.name(), &call.given, CallerName::Account)?;
        self.end_call(call.operation, call.place, &ended, outcome)
    }

    /// A call of somebody else: of another account, or of a RAM user of this one.
    pub(super) fn foreign(&mut self, call: &CallLine, place: Place) -> Result<Option<Differs>, Lost> {
        let Some(operation) = Operation::from_name(&call.operation) else { return Ok(None) };
        let code = call.answer.as_ref().and_then(|answer| answer.get("Code")).and_then(Json::as_str);
        // Nobody knows the policies of RAM users.
        let policy = call.ram_user.is_some() && code.is_some();
        if policy || code.is_some_and(is_edge) || (code == Some("Throttling.User") && !self.counts_calls()) {
            return Ok(None);
        }
        self.cause = place;
        let caller = if call.account.is_some() { CallerName::OtherAccount } else { CallerName::Account };
        let outcome = self.ask(&call.operation, &call.parameters, caller)?;
        let ended = super::super::recording::ended(call.status, call.answer.as_ref());
        self.end_call(operation, place, &ended, outcome)
    }

    fn ask(
        &mut self,
        operation: &str,
        given: &Map<String, Json>,
        caller: CallerName,
    ) -> Result<Outcome, Lost> {
        let arguments = self.arguments(given);
        let made = CallMade {
            operation: operation.to_owned(),
            arguments,
            caller,
            via: None,
            forged: None,
            sent: Sent::default(),
        };
        let outcome = self.subject.call(&made).map_err(|error| Lost(error.0))?;
        self.harvest()?;
        Ok(outcome)
    }

    fn arguments(&self, given: &Map<String, Json>) -> Arguments {
        let mut arguments = Arguments::new();
        for (name, value) in given {
            if let Some(value) = Argument::of_json(&self.names.in_value(value)) {
                arguments.set(name, value);
            }
        }
        arguments
    }

    /// Keys that the recording tells: tokens are made of them.
    fn remember_keys(&mut self, call: &CallSeen) {
        let Ended::Accepted(answer) = &call.ended else { return };
        let text = |name: &str| answer.get(name).and_then(Json::as_str);
        if let (Some(app), Some(key)) =
            (text("AppId"), text("AppKey").filter(|key| !key.starts_with(LEFT_OUT)))
        {
            self.recorded_keys.insert(app.to_owned(), key.to_owned());
        }
    }

    fn end_call(
        &mut self,
        operation: Operation,
        place: Place,
        ended: &Ended,
        outcome: Outcome,
    ) -> Result<Option<Differs>, Lost> {
        if let Outcome::Pending(number) = outcome {
            self.owed.insert(number, Owed::Call(place));
            return Ok(None);
        }
        if let Outcome::Accepted { fields, .. } = &outcome {
            let text = |name: &str| fields.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
            if !text("AppKey").is_empty() {
                self.keys.insert(text("AppId"), (text("AppKey"), text("AppSign")));
            }
        }
        Ok(self.same_answer(operation, ended, &outcome))
    }

    /// Compares the answer to a call with the reference's.
    fn same_answer(&mut self, operation: Operation, ended: &Ended, outcome: &Outcome) -> Option<Differs> {
        let what = operation.name();
        // Who has other applications lists them too, and may have no place for another.
        let of_account = matches!(
            operation,
            Operation::ListLiveMessageApps
                | Operation::ListMessageApp
                | Operation::CreateLiveMessageApp
                | Operation::CreateMessageApp
        );
        let refused = !matches!((ended, outcome), (Ended::Accepted(_), Outcome::Accepted { .. }));
        let lists = matches!(operation, Operation::ListLiveMessageApps | Operation::ListMessageApp);
        if of_account && !self.closely.account && (lists || refused) {
            return None;
        }
        let throttled = |code: &str| code.starts_with("Throttling").then(|| operation.calls_rule());
        let (says, accepted, about) = match (ended, outcome) {
            (Ended::Unseen, _) | (_, Outcome::Pending(_)) => return None,
            (Ended::Accepted(seen), Outcome::Accepted { fields, .. }) => {
                let (seen, fields) = (Json::Object(seen.clone()), Json::Object(fields.clone()));
                let wrong = difference(&seen, &fields, &mut self.names, self.closely)?;
                (format!("in the answer to {what}, {wrong}"), false, Some(rule_of_answer(operation)))
            }
            (Ended::Refused(status, code), Outcome::Refused { status: other, code: expected, .. }) => {
                if (status, code) == (other, expected) {
                    return None;
                }
                let about = throttled(code).or_else(|| rule_of_code(expected));
                (
                    format!("{what} was refused with {status} {code}, not with {other} {expected}"),
                    false,
                    about,
                )
            }
            (Ended::Refused(status, code), Outcome::Accepted { .. }) => (
                format!("{what} was refused with {status} {code}, and is legal here"),
                false,
                throttled(code),
            ),
            (Ended::Accepted(_), Outcome::Refused { status, code, about, .. }) => {
                let about = about.as_ref().map(|about| format!(" for its {about}")).unwrap_or_default();
                let says = format!("{what} was accepted, and is to be refused with {status} {code}{about}");
                (says, true, throttled(code))
            }
            (Ended::Unreadable(status), _) => {
                (format!("{what} was answered with {status} and no documented answer"), false, None)
            }
            (_, Outcome::Unreadable { status, .. }) => {
                (format!("{what} cannot be followed: {status}"), false, None)
            }
        };
        Some(Differs { accepted, about, ..self.differs(says) })
    }

    /// An action in the console: what it is answered is not documented, whether it is done is.
    pub(super) fn console(&mut self, line: &ConsoleLine, place: Place) -> Result<Option<Differs>, Lost> {
        self.cause = place;
        let verb = ConsoleVerb::WORDS.iter().find(|(word, _)| *word == line.action).map(|(_, verb)| *verb);
        let verb = verb.ok_or_else(|| Lost(format!("the console has no action {}", line.action)))?;
        let arguments = self.arguments(&line.parameters);
        let outcome = self.subject.console(verb, &arguments).map_err(|error| Lost(error.0))?;
        self.harvest()?;
        let done = match outcome {
            Outcome::Accepted { .. } => true,
            Outcome::Refused { .. } | Outcome::Unreadable { .. } => false,
            Outcome::Pending(number) => {
                self.owed.insert(number, Owed::Call(place));
                return Ok(None);
            }
        };
        let same = line.accepted.is_none_or(|seen| seen == done);
        Ok((!same).then(|| {
            let says = format!(
                "{} in the console {}",
                line.action,
                if done { "was refused, and is legal" } else { "was done, and is to be refused" }
            );
            Differs { accepted: !done, ..self.differs(says) }
        }))
    }

    /// The reviewing service answered the oldest question.
    pub(super) fn reviewed(&mut self, status: u16, body: &str, place: Place) -> Result<(), Lost> {
        self.cause = place;
        self.subject.review(Some((status, body))).map_err(|error| Lost(error.0))?;
        self.harvest()
    }

    /// A client's link was lost.
    pub(super) fn unlink(
        &mut self,
        number: usize,
        id: &str,
        seen: &ClientSeen,
        place: Place,
    ) -> Result<(), Lost> {
        self.cause = place;
        let made = self.made(number, id, seen, ClientVerb::DropLink, None, Map::new());
        self.subject.client(&made).map_err(|error| Lost(error.0))?;
        self.harvest()?;
        if !self.closely.times {
            // What was under way is lost with the link.
            self.clients.remove(&number);
        }
        Ok(())
    }

    fn made(
        &mut self,
        number: usize,
        id: &str,
        seen: &ClientSeen,
        verb: ClientVerb,
        group: Option<String>,
        with: Map<String, Json>,
    ) -> ClientMade {
        self.by_name.insert(id.to_owned(), number);
        let app = self.names.model(seen.app.as_deref().unwrap_or_default());
        let (key, sign) = self.keys.get(&app).cloned().unwrap_or_default();
        let user = seen.user.clone().unwrap_or_default();
        ClientMade {
            client: id.to_owned(),
            user,
            device: 0,
            app: AppKeys { id: app, key, sign },
            verb,
            group,
            with,
        }
    }

    /// A client's request, with the answer that it got; none where nobody saw it.
    pub(super) fn request(
        &mut self,
        (number, id, seen): (usize, &str, &ClientSeen),
        frame: &Map<String, Json>,
        answer: Option<&Map<String, Json>>,
        place: Place,
    ) -> Result<Option<Differs>, Lost> {
        self.cause = place;
        let word = frame.get("method").and_then(Json::as_str).unwrap_or_default();
        let params = frame.get("params").and_then(Json::as_object).cloned().unwrap_or_default();
        let verb = match Method::find(word) {
            Some(Method::Heartbeat) | None => return Ok(None),
            Some(Method::Logon(method)) => ClientVerb::Logon(method),
            Some(Method::Session(method)) => ClientVerb::Ask(method),
        };
        let mut params = self.names.in_fields(&params);
        let made = match verb {
            ClientVerb::Logon(LogonMethod::Login) => {
                let mut made = self.made(number, id, seen, verb, None, Map::new());
                self.present(&mut made, &params, answer)?;
                made
            }
            ClientVerb::Logon(LogonMethod::Reconnect) => {
                let mut made = self.made(number, id, seen, verb, None, Map::new());
                if let Some(fresh) = params.get("fresh").and_then(Json::as_object) {
                    self.present(&mut made, fresh, answer)?;
                }
                // A client may name other numbers than it has come to.
                made.with.extend(params.get("cursors").map(|said| ("cursors".to_owned(), said.clone())));
                made
            }
            ClientVerb::Ask(_) | ClientVerb::DropLink => {
                // A ticket that nobody saw given out names nothing here: the oldest is meant.
                if params.get("ticket").and_then(Json::as_str).is_some_and(|it| !self.names.is_model(it)) {
                    params.remove("ticket");
                }
                let group = params.remove("groupId").and_then(|group| group.as_str().map(str::to_owned));
                self.made(number, id, seen, verb, group, params)
            }
        };
        let outcome = self.subject.client(&made).map_err(|error| Lost(error.0))?;
        self.harvest()?;
        if let Outcome::Pending(owed) = outcome {
            let id = frame.get("id").cloned().unwrap_or_default();
            self.owed.insert(owed, Owed::Client(number, id, place));
            return Ok(None);
        }
        Ok(answer.and_then(|answer| self.same_frame(word, answer, &outcome)))
    }

    /// Fills in what a logon presents: its token is as right or wrong as the one that was recorded.
    fn present(
        &self,
        made: &mut ClientMade,
        params: &Map<String, Json>,
        answer: Option<&Map<String, Json>>,
    ) -> Result<(), Lost> {
        let none = Map::new();
        let part = |name: &str| params.get(name).and_then(Json::as_object).unwrap_or(&none);
        let (user, auth) = (part("user"), part("userAuth"));
        let text = |of: &Map<String, Json>, name: &str| {
            of.get(name).and_then(Json::as_str).unwrap_or_default().to_owned()
        };
        let app = text(params, "appId");
        made.user = text(user, "userId");
        made.device =
            params.get("device").and_then(Json::as_u64).and_then(|it| u32::try_from(it).ok()).unwrap_or(0);
        let known = self.keys.get(&app).cloned();
        let is_known = known.is_some();
        let (key, right_sign) = known.unwrap_or_default();
        let refused = answer.is_none_or(|answer| answer.contains_key("error"));
        let sign = Some(text(params, "appSign")).filter(|sign| !self.is_left_out(sign));
        if sign.is_none() && refused {
            return Err(Lost(UNKNOWN_TOKEN.to_owned()));
        }
        made.app = AppKeys { id: app, key, sign: sign.unwrap_or(right_sign) };
        for name in ["nonce", "role", "timestamp"] {
            if let Some(value) = auth.get(name) {
                made.with.insert(name.to_owned(), value.clone());
            }
        }
        for name in ["heartbeatTimeout", "acknowledges"] {
            if let Some(value) = params.get(name) {
                made.with.insert(name.to_owned(), value.clone());
            }
        }
        made.with.insert(
            "userExtension".to_owned(),
            user.get("userExtension").cloned().unwrap_or_else(|| json!("")),
        );
        let token = text(auth, "token");
        let recorded_app = self.names.recorded(&made.app.id);
        if self.is_left_out(&token) {
            // Whoever was admitted had a right one, and of whoever was not nobody knows why. Those of the older family were given
            // out, and are made of nothing.
            return if refused || !is_known { Err(Lost(UNKNOWN_TOKEN.to_owned())) } else { Ok(()) };
        }
        match self.recorded_keys.get(&recorded_app) {
            Some(key) => {
                let time = auth.get("timestamp").map(Json::to_string).unwrap_or_default();
                let parts =
                    [&*recorded_app, key, &made.user, &text(auth, "nonce"), &time, &text(auth, "role")];
                if made_token(&parts) != token {
                    made.with.insert("token".to_owned(), json!(token));
                }
            }
            // Of the older family tokens were given out; of the newer one nobody knows which are right.
            None if self.keys.contains_key(&made.app.id) && refused => {
                return Err(Lost(UNKNOWN_TOKEN.to_owned()));
            }
            None => drop(made.with.insert("token".to_owned(), json!(token))),
        }
        Ok(())
    }

    /// Whether whoever wrote the recording kept a secret: one that writes down everything says so.
    fn is_left_out(&self, secret: &str) -> bool {
        secret.starts_with(LEFT_OUT) || (secret.is_empty() && !self.closely.times)
    }

    /// Compares the answer to a client's request with the reference's.
    fn same_frame(&mut self, what: &str, answer: &Map<String, Json>, outcome: &Outcome) -> Option<Differs> {
        let code = answer.get("error").map(|error| error.get("code").and_then(Json::as_u64).unwrap_or(0));
        let (says, accepted) = match (answer.get("result"), code, outcome) {
            (_, _, Outcome::Pending(_)) => return None,
            (Some(seen), None, Outcome::Accepted { fields, .. }) => {
                let fields = Json::Object(fields.clone());
                let wrong = difference(seen, &fields, &mut self.names, self.closely)?;
                (format!("in the answer to {what}, {wrong}"), false)
            }
            (_, Some(code), Outcome::Refused { status, .. }) => {
                // How often somebody lists is counted by the clock.
                let timing = !self.closely.times && (code == 412 || *status == 412);
                if code == u64::from(*status) || timing {
                    return None;
                }
                (format!("{what} was refused with {code}, not with {status}"), false)
            }
            (_, Some(412), _) if !self.closely.times => return None,
            (_, Some(code), _) => (format!("{what} was refused with {code}, and is legal here"), false),
            (_, None, Outcome::Refused { status: 412, .. }) if !self.closely.times => return None,
            (_, None, Outcome::Refused { status, .. }) => {
                (format!("{what} was accepted, and is to be refused with {status}"), true)
            }
            (None, None, _) | (_, _, Outcome::Unreadable { .. }) => {
                (format!("{what} has no documented answer"), false)
            }
        };
        Some(Differs { accepted, ..self.differs(says) })
    }
}

/// A request that is owed an answer.
pub(super) enum LateOwed<'a> {
    Call(Place),
    Client(usize, &'a Json),
}

/// The answer that was seen to something.
pub(super) enum Seen {
    Call(Operation, Ended),
    Frame(String, Map<String, Json>),
}
