//! The in-process subject: the state machine behind the documented wire format, without sockets, at virtual time.
//!
//! Every call is written as a client library writes it, read by the same code as a server's, decided by the state
//! machine and answered through the same envelope, so that a case sees here exactly what it would see over HTTP.

mod call;
mod callbacks;
mod client;
mod host;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use claque_core::{
    AccountIx, Caller, Config, ConsoleRequest, Duration, GroupIx, HitCounts, Instant, LinkEnd, Moderation,
    Mutant, Mutated, Notice, NoticeTo, Operation, Output, Refusal, Reply, Response, Service, SessionId, Shed,
    Ticket, UserIx, Verdict,
};
use claque_scenario::plan::Plan;
use claque_wire::argument::{Argument, Arguments};
use claque_wire::audience::Event as WireEvent;
use claque_wire::callback;
use claque_wire::delivery::Delivery;
use claque_wire::endpoint::{Asked, Context, Endpoint};
use claque_wire::envelope::{HttpAnswer, RequestId};
use claque_wire::mutation::WireMutation;
use claque_wire::reached;
use claque_wire::sign::replay::ReplayCache;
use claque_wire::xml::Format;
use serde_json::{Map, Value as Json, json};

use self::client::Clients;
use self::host::Host;
use super::audience::Heard;
use super::post::Post;
use super::remembered::Remembered;
use super::words::{
    ACCOUNTS, CallMade, CallerName, Capabilities, ClientMade, Event, Happening, Outcome, Subject,
    SubjectError, distrusted, mark, read_answer,
};
use crate::case::{Channel, ConsoleVerb, Setup, Unwilling};

/// The host name that the in-process endpoint answers under.
const HOST: &str = "in-process";

/// The state machine, driven directly, alone or in a crowd; sound, or a mutant.
#[derive(Debug)]
// One type, of parts that are chosen when it is made: whoever plays a case on it would otherwise compile the service anew.
pub struct CoreSubject {
    name: String,
    host: Host,
    now: Instant,
    clients: Clients,
    events: Vec<Event>,
    /// Marks of rules that the wire format decides.
    marks: HitCounts,
    reviews: VecDeque<Ticket>,
    owed: BTreeMap<Ticket, Owed>,
    /// It was restarted: a caller that waited for an answer gets none.
    restarted: bool,
    calls: u64,
    remembered: Remembered,
    /// The endpoint that calls go through, as in a server; its mutant is one of callbacks and reviews as well.
    endpoint: Endpoint,
    /// The form in which the call at hand asks for its answer.
    asked: Format,
    /// Nonces of signed calls.
    replay: ReplayCache,
    /// The newest callback: address, key, timestamp and signature.
    newest_callback: Option<[String; 4]>,
    /// Callbacks on their way.
    post: Post,
}

/// An answer that is owed.
#[derive(Clone, Debug)]
struct Owed {
    number: u64,
    /// The operation, and who asked; none for a client's request.
    operation: Option<(Operation, By)>,
}

/// By what an operation is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// A call.
    Call,
    /// The console: it is no operation, and what it is answered is not documented.
    Console,
}

impl CoreSubject {
    /// The sound state machine.
    #[must_use]
    pub fn sound() -> Self {
        Self::on("core", Host::alone(None))
    }

    /// The sound state machine behind a mutant of the wire.
    #[must_use]
    pub fn miswired(mutant: WireMutation) -> Self {
        Self { endpoint: Endpoint::broken(mutant), ..Self::on(mutant.id(), Host::alone(None)) }
    }

    /// The state machine with a mutant, under its name.
    #[must_use]
    pub fn mutated(mutant: Mutant) -> Self {
        Self::on(mutant.id(), Host::alone(Some(mutant)))
    }

    /// The state machine in a simulated world, among the crowd of a plan; sound, or with a mutant.
    #[must_use]
    pub fn among(plan: &'static Plan, mutant: Option<Mutant>) -> Self {
        Self::on("crowd", Host::among(plan, mutant))
    }

    fn on(name: &str, host: Host) -> Self {
        Self {
            name: name.to_owned(),
            host,
            now: Instant::EPOCH,
            clients: Clients::default(),
            events: Vec::new(),
            marks: HitCounts::default(),
            reviews: VecDeque::new(),
            owed: BTreeMap::new(),
            restarted: false,
            calls: 0,
            remembered: Remembered::default(),
            endpoint: Endpoint::SOUND,
            asked: Format::Json,
            replay: ReplayCache::default(),
            newest_callback: None,
            post: Post::default(),
        }
    }

    /// The final state of the state machine.
    #[must_use]
    pub fn service(&self) -> &Service<HitCounts, Mutated> {
        self.host.service()
    }

    /// Who calls, as the state machine knows callers.
    fn caller(name: &CallerName) -> Caller {
        match name {
            CallerName::Account => Caller::account(AccountIx(0)),
            CallerName::OtherAccount => Caller::account(AccountIx(1)),
            CallerName::RamUser(policy) => Caller::ram_user(AccountIx(0), Arc::clone(policy)),
        }
    }

    /// The ID of the next answer.
    fn request_id(&mut self) -> RequestId {
        self.calls += 1;
        RequestId(u128::from(self.calls))
    }

    /// The outcome of a call that the state machine decided, over the documented envelope.
    fn answered(
        &mut self,
        (operation, by): (Operation, By),
        decided: Result<Reply, Refusal>,
    ) -> Result<Outcome, SubjectError> {
        match decided {
            Ok(Reply::Done(response)) => self.finished((operation, by), Ok(response)),
            Ok(Reply::Pending(ticket)) => {
                self.calls += 1;
                let owed = Owed { number: self.calls, operation: Some((operation, by)) };
                let number = owed.number;
                self.owed.insert(ticket, owed);
                Ok(Outcome::Pending(number))
            }
            Err(refusal) => self.finished((operation, by), Err(refusal)),
        }
    }

    fn finished(
        &mut self,
        (operation, by): (Operation, By),
        decided: Result<Response, Refusal>,
    ) -> Result<Outcome, SubjectError> {
        let asked = Asked { id: self.request_id(), host: HOST, format: self.asked };
        let readings = self.service().config().readings;
        let (answer, about) = match &decided {
            Ok(response) => {
                if by == By::Call {
                    mark(&mut self.marks, &reached::by_answer(operation, response));
                }
                (self.endpoint.accepted(asked, operation, response, &readings), None)
            }
            Err(refusal) => {
                mark(&mut self.marks, &reached::by_refusal(refusal));
                let about = if let Refusal::InputInvalid(input) = refusal {
                    Some(input.parameter.to_owned())
                } else {
                    None
                };
                let context = Context { readings: &readings, now: self.now, note: None };
                (self.endpoint.refused(asked, operation, refusal, context), about)
            }
        };
        Ok(Self::read(operation.name(), &answer, about))
    }

    /// Reads an answer as a strict client does.
    fn read(operation: &str, answer: &HttpAnswer, about: Option<String>) -> Outcome {
        let named = |(name, value): &(&str, String)| (name.to_ascii_lowercase(), Json::from(value.as_str()));
        let headers: Map<String, Json> = answer.headers.iter().map(named).collect();
        read_answer(operation, (answer.status, headers, answer.body.as_bytes()), about)
    }

    /// Registers that a client's request is owed an answer.
    fn owe_client(&mut self, ticket: Ticket) -> u64 {
        self.calls += 1;
        self.owed.insert(ticket, Owed { number: self.calls, operation: None });
        self.calls
    }

    /// Takes everything that the state machine wants done.
    fn drain(&mut self) -> Result<(), SubjectError> {
        while let Some(output) = self.host.poll_output() {
            self.take(output)?;
        }
        Ok(())
    }

    fn take(&mut self, output: Output) -> Result<(), SubjectError> {
        match output {
            Output::Answer(ticket, decided) => return self.take_answer(ticket, decided),
            Output::ClientAnswer(_, ticket, decided) => {
                if let Some(owed) = self.owed.remove(&ticket) {
                    let outcome = self.answered_client(decided.as_ref());
                    self.push(Happening::Answer(owed.number, outcome));
                }
            }
            Output::Callback(callback) => self.call_back(&callback),
            Output::Close(session, reason) => {
                let heard = Heard::event(&WireEvent::disconnect(reason));
                if let Some(client) = self.clients.ended(session) {
                    self.tell_client(&client, &heard);
                }
            }
            Output::Deliver(fanout) => {
                let event = WireEvent::delivered(&fanout.message, self.service().group_id(fanout.group));
                let heard = Heard::event(&event);
                let receivers = self.members(fanout.group).into_iter();
                for user in receivers.filter(|user| Some(*user) != fanout.withhold) {
                    self.tell_user(user, &heard);
                }
            }
            Output::DeliverTo(sessions, message) => {
                let group = message.group.map_or("", |group| &**self.service().group_id(group));
                let heard = Heard::event(&WireEvent::delivered(&message, group));
                for session in sessions {
                    self.tell_session(session, &heard);
                }
            }
            Output::Direct(session, message, ticket) => {
                self.tell_session(session, &Heard::event(&WireEvent::direct(&message, ticket)));
            }
            Output::Moderate(review) => return self.take_review(&review),
            Output::Notice(to, notice, users) => self.take_notice(to, &notice, &users),
            Output::Recover(session, group, messages) => {
                let event = WireEvent::recovered(&messages, self.service().group_id(group));
                let heard = Heard::event(&event);
                self.tell_session(session, &heard);
            }
            Output::Shed(shed) => {
                let group = self.service().group_id(shed.group);
                let app = self.service().app_id(self.service().app_of_group(shed.group));
                let body = shed_entry(&shed, app, group, self.service().user_id(shed.sender));
                self.tell(Channel::Shed, None, Arc::new(body));
            }
            Output::Overdue(_) | Output::Log(_) => {}
        }
        Ok(())
    }

    fn take_review(&mut self, review: &Moderation) -> Result<(), SubjectError> {
        self.reviews.push_back(review.ticket);
        mark(&mut self.marks, &reached::by_moderation());
        let mut asked = callback::moderation_request(&review.content);
        let key = self.remembered.key(self.service().app_id(review.app));
        let readings = self.service().config().readings;
        let now = self.service().now().unix_seconds();
        let mut headers = callback::headers(&readings, &review.url, now, key).to_vec();
        if let Some(mutant) = self.endpoint.mutant() {
            mutant.on_moderation(&mut asked, &mut headers);
        }
        let mut body: Json = serde_json::from_str(&asked)
            .map_err(|error| SubjectError(format!("the review is asked in no JSON: {error}")))?;
        body["headers"] = headers.into_iter().collect();
        body["url"] = Json::from(&*review.url);
        self.tell(Channel::Moderated, None, Arc::new(body));
        Ok(())
    }

    fn take_answer(
        &mut self,
        ticket: Ticket,
        decided: Result<Response, Refusal>,
    ) -> Result<(), SubjectError> {
        let Some(Owed { number, operation: Some(asked) }) = self.owed.remove(&ticket) else {
            if self.restarted {
                return Ok(());
            }
            return Err(SubjectError(format!(
                "an answer came for ticket {}, which nobody waits for",
                ticket.0
            )));
        };
        let outcome = self.finished(asked, decided)?;
        self.push(Happening::Answer(number, outcome));
        Ok(())
    }

    fn take_notice(&mut self, to: NoticeTo, notice: &Notice, users: &[UserIx]) {
        let group = match to {
            NoticeTo::Group(group) | NoticeTo::Users(group) => Some(&**self.service().group_id(group)),
            NoticeTo::Session(_) => None,
        };
        let heard = Heard::event(&WireEvent::notice(notice, group, self.service()));
        match to {
            NoticeTo::Group(group) => {
                for user in self.members(group) {
                    self.tell_user(user, &heard);
                }
            }
            NoticeTo::Users(_) => users.iter().for_each(|user| self.tell_user(*user, &heard)),
            NoticeTo::Session(session) => self.tell_session(session, &heard),
        }
    }

    /// The users in a group, in order of their memberships.
    fn members(&self, group: GroupIx) -> Vec<UserIx> {
        let memberships = self.service().audience(group).iter();
        memberships.filter(|member| member.is_taken()).map(|member| member.user).collect()
    }

    fn tell_user(&mut self, user: UserIx, heard: &Heard) {
        if let Some(session) = self.service().session_of(user) {
            self.tell_session(session, heard);
        }
    }

    /// A send to a session reaches its client while the link is up, and is lost otherwise.
    fn tell_session(&mut self, session: SessionId, heard: &Heard) {
        if let Some(client) = self.clients.hears(session, heard) {
            self.tell_client(&client, heard);
        }
    }

    fn tell_client(&mut self, client: &Arc<str>, heard: &Heard) {
        for body in &heard.bodies {
            self.push(Happening::Sent {
                channel: heard.channel,
                to: Some(Arc::clone(client)),
                body: Arc::clone(body),
                ticket: heard.ticket.clone(),
            });
        }
    }

    fn tell(&mut self, channel: Channel, to: Option<Arc<str>>, body: Arc<Json>) {
        self.push(Happening::Sent { channel, to, body, ticket: None });
    }

    fn push(&mut self, what: Happening) {
        self.events.push(Event { at: self.service().now(), what });
    }
}

impl Subject for CoreSubject {
    fn name(&self) -> &str {
        &self.name
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            virtual_time: true,
            patience: Duration::ZERO,
            audience: true,
            applications: true,
            setup: true,
            callbacks: true,
            transport: true,
            restart: true,
            ledger: true,
            reasons: true,
            console: true,
            policies: true,
            other_account: true,
        }
    }

    fn reset(&mut self, now: Instant, setup: &Setup) -> Result<(), SubjectError> {
        let config = Config {
            accounts: ACCOUNTS.map(str::to_owned).to_vec(),
            limits: setup.limits.clone(),
            readings: setup.readings,
            refused_words: setup.refused_words.clone(),
            ..Config::default()
        };
        self.host.begin(now, config);
        self.now = now;
        self.clients = Clients::default();
        self.events.clear();
        self.marks = HitCounts::default();
        self.reviews.clear();
        self.owed.clear();
        self.restarted = false;
        self.calls = 0;
        self.remembered = Remembered::default();
        self.replay = ReplayCache::default();
        self.newest_callback = None;
        let mut delivery = Delivery::default();
        if let Some(mutant) = self.endpoint.mutant() {
            mutant.on_delivery(&mut delivery);
        }
        self.post = Post::new(delivery);
        Ok(())
    }

    fn advance(&mut self, to: Instant) -> Result<(), SubjectError> {
        assert!(to >= self.now, "time runs backwards: {to} after {}", self.now);
        self.now = to;
        while !self.host.advance(to) {
            self.drain()?;
        }
        self.drain()
    }

    fn call(&mut self, call: &CallMade) -> Result<Outcome, SubjectError> {
        let outcome = self.handle_call(call)?;
        self.drain()?;
        Ok(outcome)
    }

    fn console(&mut self, what: ConsoleVerb, arguments: &Arguments) -> Result<Outcome, SubjectError> {
        let request = console_request(what, arguments);
        let operation = request.operation();
        let caller = Self::caller(&CallerName::Account);
        let decided = self.host.act(|service, now| service.handle_console(now, &caller, request));
        let outcome = self.answered((operation, By::Console), decided)?;
        self.drain()?;
        Ok(outcome)
    }

    fn client(&mut self, action: &ClientMade) -> Result<Outcome, SubjectError> {
        let outcome = self.handle_client(action)?;
        self.drain()?;
        Ok(outcome)
    }

    fn review(&mut self, answer: Option<(u16, &str)>) -> Result<(), SubjectError> {
        let ticket =
            self.reviews.pop_front().ok_or_else(|| SubjectError("no review is waiting".to_owned()))?;
        let readings = self.service().config().readings;
        let verdict = answer.map_or(Verdict::Unavailable, |(status, body)| {
            callback::moderation_verdict(&readings, status, body.as_bytes())
        });
        self.host.act(|service, now| service.handle_verdict(now, ticket, verdict));
        self.drain()
    }

    fn receive_callback(&mut self) -> Result<Outcome, SubjectError> {
        let newest = self.newest_callback.as_ref();
        let [url, key, timestamp, signature] =
            newest.ok_or_else(|| SubjectError("there was no callback yet".to_owned()))?;
        let (readings, now) = (self.service().config().readings, self.now.unix_seconds());
        match callback::verify(&readings, now, (url, key), (timestamp, signature)) {
            Ok(()) => Ok(Outcome::accepted(Map::new())),
            Err(distrust) => {
                mark(&mut self.marks, &reached::by_distrust(distrust));
                Ok(distrusted(distrust))
            }
        }
    }

    fn refuse_callbacks(&mut self, with: Unwilling, times: u32, of: &str) -> Result<(), SubjectError> {
        self.post.refuse(with, times, of);
        Ok(())
    }

    /// Nothing but the bytes of a snapshot outlasts it. There is no journal to compact.
    fn restart(&mut self, _compacted: bool) -> Result<(), SubjectError> {
        self.drain()?;
        self.host.restart()?;
        self.restarted = true;
        self.owed.clear();
        self.reviews.clear();
        for session in self.clients.lose_links() {
            self.host.act(|service, now| service.handle_disconnect(now, session, LinkEnd::Lost));
        }
        self.drain()
    }

    fn settle_callbacks(&mut self) -> Result<(), SubjectError> {
        self.settle_post()
    }

    fn take_events(&mut self) -> Result<Vec<Event>, SubjectError> {
        Ok(std::mem::take(&mut self.events))
    }

    fn hits(&self) -> Option<HitCounts> {
        let mut hits = self.host.hits()?;
        hits.merge(&self.marks);
        Some(hits)
    }

    fn check(&self) -> Result<(), SubjectError> {
        // A caller that asks where a rule is decided gets a line: one for each rule that decided, and none for another.
        let hits = self.service().tracer();
        let known =
            |line: Option<(&str, u32)>| line.is_some_and(|(file, line)| file.ends_with(".rs") && line > 0);
        if let Some((rule, _)) = hits.iter().find(|(rule, _)| !known(hits.deciding_line(*rule))) {
            return Err(SubjectError(format!("{} decided, and no line is known for it", rule.id())));
        }
        self.service().check_invariants().map_err(|violation| {
            let rule = violation.rule.map_or("no rule", claque_core::Rule::id);
            SubjectError(format!("an invariant does not hold ({rule}): {}", violation.what))
        })
    }
}

/// An entry of the ledger.
fn shed_entry(shed: &Shed, app: &str, group: &str, sender: &str) -> Json {
    json!({
        "appId": app,
        "groupId": group,
        "messageId": shed.tid,
        "type": shed.kind,
        "level": shed.level.as_str(),
        "sender": sender,
        "data": shed.body,
        "rule": shed.rule.id(),
        "winner": shed.winner,
    })
}

/// A console action, as the console's form is filled in.
fn console_request(what: ConsoleVerb, arguments: &Arguments) -> ConsoleRequest {
    let given = |name: &str| match arguments.get(name) {
        Some(Argument::Text(text)) => Some(text.clone()),
        Some(Argument::Integer(number)) => Some(number.to_string()),
        Some(Argument::Boolean(truth)) => Some(truth.to_string()),
        Some(Argument::List(_) | Argument::Map(_)) | None => None,
    };
    let text = |name: &str| given(name).unwrap_or_default();
    let list = |name: &str| match arguments.get(name) {
        Some(Argument::List(items)) => Some(items.clone()),
        Some(Argument::Boolean(_) | Argument::Integer(_) | Argument::Map(_) | Argument::Text(_)) | None => {
            None
        }
    };
    let number = |name: &str| match arguments.get(name) {
        Some(Argument::Integer(number)) => Some(i32::try_from(*number).unwrap_or(i32::MAX)),
        Some(Argument::Boolean(_) | Argument::List(_) | Argument::Map(_) | Argument::Text(_)) | None => None,
    };
    match what {
        ConsoleVerb::DeleteApp => ConsoleRequest::DeleteApp { app_id: text("AppId") },
        ConsoleVerb::LimitMessages => ConsoleRequest::LimitMessages {
            app_id: text("AppId"),
            group_id: text("GroupId"),
            messages_per_second: match arguments.get("MessagesPerSecond") {
                Some(Argument::Integer(number)) => Some(*number),
                Some(Argument::Boolean(_) | Argument::List(_) | Argument::Map(_) | Argument::Text(_))
                | None => None,
            },
        },
        ConsoleVerb::ModifyApp => ConsoleRequest::ModifyApp {
            app_id: text("AppId"),
            app_name: given("AppName"),
            msg_life_cycle: number("MsgLifeCycle"),
        },
        ConsoleVerb::ModifyGroup => ConsoleRequest::ModifyGroup {
            app_id: text("AppId"),
            group_id: text("GroupId"),
            group_name: given("GroupName"),
            creator_id: given("CreatorId"),
            administrators: list("Administrators"),
            group_info: given("GroupInfo"),
        },
        ConsoleVerb::SendMessage => ConsoleRequest::SendMessage {
            app_id: text("AppId"),
            group_id: text("GroupId"),
            sender_id: text("SenderId"),
            sender_info: text("SenderMetaInfo"),
            kind: text("MsgType"),
            body: text("Body"),
        },
    }
}
