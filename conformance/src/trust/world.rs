//! A simulated world, seen by those in it: its back ends' calls, and what the clients of some users send and receive.
//!
//! Nothing is lost on a link that is up, and nothing is under way: what the network of the world does to deliveries is left to
//! [`crate::log::lossy`].

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use claque_core::{
    AccountIx, Caller, ClientRequest, ConsoleRequest, GroupIx, GroupKey, Input, Instant, Limits, Login,
    Notice, NoticeTo, Outcome, Output, Refusal, Reply, Request, Response, SessionId, Ticket, UserIx,
};
use claque_scenario::plan::Plan;
use claque_sim::observer::{ObservedCall, Observer, Scene};
use claque_sim::run::{RunOptions, run_with};
use claque_wire::audience::{Answer, Event, Names, SessionMethod, login_params, session_text};
use claque_wire::decode::arguments;
use claque_wire::endpoint::{Asked, Context, Endpoint};
use claque_wire::envelope::RequestId;
use claque_wire::recorded::app_of_answer;
use claque_wire::xml::Format;
use serde_json::{Map, Value as Json, json};

use crate::audit::{CallLine, ClientLine, Complete, ConsoleLine, Header, Line, LinkState, VERSION};
use crate::subject::given;

/// The one source of such a recording.
const SOURCE: &str = "world";
/// Clients of whom it is written down what they receive; of all it is what they ask.
const CLIENTS_MAX: usize = 8;
/// Observations after which nothing more is written down.
const LINES_MAX: usize = 12_000;

/// Observations of a world.
#[derive(Debug)]
pub struct WorldSeen {
    /// The recording.
    pub lines: Vec<Line>,
    /// The widest bounds that the service had.
    pub limits: Limits,
}

/// Plays a plan and writes down what is seen.
#[must_use]
pub fn record(plan: &Plan) -> WorldSeen {
    let recorder = Rc::new(RefCell::new(Recorder::new(plan)));
    let observer = Some(Box::new(Rc::clone(&recorder)) as Box<dyn Observer>);
    drop(run_with(plan, RunOptions { observer, ..RunOptions::default() }));
    let recorder = recorder.take();
    WorldSeen { limits: recorder.limits.clone(), lines: recorder.finish() }
}

#[derive(Debug)]
struct Client {
    session: SessionId,
    app: String,
    name: String,
    up: bool,
    asked: u64,
    groups: BTreeSet<GroupIx>,
    /// Its receipts are written down, and not only its requests.
    heard: bool,
    /// It is seen in full.
    whole: bool,
    /// The newest sequence number that it received, by group.
    received: BTreeMap<GroupIx, u64>,
}

#[derive(Debug, Default)]
struct Recorder {
    lines: Vec<Line>,
    limits: Limits,
    clients: BTreeMap<UserIx, Client>,
    owed: BTreeMap<Ticket, Owed>,
    apps: Vec<String>,
    began: Option<u64>,
    ended: u64,
    answers: u64,
    full: bool,
}

#[derive(Debug)]
enum Owed {
    Call(usize, Box<Request>),
    Client(UserIx, u64),
}

/// Names that a world knows.
struct Known<'a>(&'a dyn Scene);

impl Names for Known<'_> {
    fn group_id(&self, group: GroupIx) -> &str {
        self.0.group_id(group)
    }

    fn user_id(&self, user: UserIx) -> &str {
        self.0.user_id(user)
    }
}

impl Recorder {
    fn new(plan: &Plan) -> Self {
        Self { limits: plan.scenario.changed_limits(), ..Self::default() }
    }

    fn finish(self) -> Vec<Line> {
        let header = Header { version: VERSION, clock_error_micros: Some(0), delay_max_micros: None };
        let mut lines = vec![Line { header: Some(header), ..Line::of(SOURCE) }];
        lines.extend(self.lines);
        let (from, to) = (self.began.unwrap_or(0), self.ended);
        if self.full {
            return lines;
        }
        let claim = |app: Option<String>, client: Option<String>| Line {
            complete: Some(Complete { app, client, from, to, ..Complete::default() }),
            ..Line::of(SOURCE)
        };
        lines.extend(self.apps.into_iter().map(|app| claim(Some(app), None)));
        let whole = self.clients.into_values().filter(|client| client.whole);
        lines.extend(whole.map(|client| claim(None, Some(client.name))));
        lines
    }

    fn note(&mut self, at: Instant, line: Line) {
        if self.lines.len() >= LINES_MAX {
            self.full = true;
            return;
        }
        self.lines.push(Line { at: Some(at.as_micros()), ..line });
    }

    fn frame(&mut self, at: Instant, user: UserIx, sent: Option<Json>, received: Option<Json>) {
        let Some(client) = self.clients.get(&user) else { return };
        let object = |frame: Option<Json>| frame.and_then(|frame| frame.as_object().cloned());
        let line = ClientLine {
            id: client.name.clone(),
            app: Some(client.app.clone()),
            user: Some(client.name.clone()),
            sent: object(sent),
            received: object(received),
            link: None,
        };
        self.note(at, Line { client: Some(line), ..Line::of(SOURCE) });
    }

    /// Frames go to those whose link is up.
    fn tell(&mut self, at: Instant, user: UserIx, frame: &Json) {
        if self.clients.get(&user).is_some_and(|client| client.up && client.heard) {
            self.frame(at, user, None, Some(frame.clone()));
        }
    }

    fn link(&mut self, at: Instant, user: UserIx, link: LinkState) {
        let Some(client) = self.clients.get_mut(&user) else { return };
        client.up = link == LinkState::Up;
        let line = ClientLine {
            id: client.name.clone(),
            app: Some(client.app.clone()),
            user: Some(client.name.clone()),
            sent: None,
            received: None,
            link: Some(link),
        };
        self.note(at, Line { client: Some(line), ..Line::of(SOURCE) });
    }

    fn connect(&mut self, at: Instant, login: &Login, outcome: &Outcome) {
        let Outcome::Connected(Ok(connected)) = outcome else { return };
        let user = connected.session.user;
        let asked = self.clients.get(&user).map_or(0, |client| client.asked) + 1;
        let groups: BTreeSet<GroupIx> = connected.groups.iter().map(|state| state.group).collect();
        let known = self.clients.get(&user).map(|client| client.whole);
        // An application of the older family has an access token, no signature.
        let heard = self.clients.get(&user).map_or(self.clients.len() < CLIENTS_MAX, |client| client.heard);
        let whole = heard && known.unwrap_or(true) && !login.app_sign.is_empty();
        let client = Client {
            session: connected.session,
            app: login.app_id.to_string(),
            name: login.user_id.to_string(),
            up: true,
            asked,
            groups,
            heard,
            whole,
            received: BTreeMap::new(),
        };
        self.clients.insert(user, client);
        self.link(at, user, LinkState::Up);
        let sent = json!({ "id": asked, "method": "login", "params": login_params(login) });
        self.frame(at, user, Some(sent), None);
        let text = session_text(connected, (&login.app_id, &login.user_id));
        let result = json!({ "id": asked, "result": { "session": text, "sid": &*connected.sid } });
        self.frame(at, user, None, Some(result));
    }

    fn client(
        &mut self,
        at: Instant,
        session: SessionId,
        request: &ClientRequest,
        outcome: &Outcome,
        scene: &dyn Scene,
    ) {
        let user = session.user;
        let Some(client) = self.clients.get_mut(&user).filter(|client| client.session == session) else {
            return;
        };
        client.asked += 1;
        let id = client.asked;
        let (group, params) = params_of(request, scene);
        if let (Outcome::Client(Ok(_)), Some(group)) = (outcome, group) {
            match request {
                ClientRequest::Leave(_) => drop(client.groups.remove(&group)),
                ClientRequest::Join(_) => drop(client.groups.insert(group)),
                _ => {}
            }
        }
        if let (Outcome::Client(Ok(claque_core::ClientReply::Group(state))), ClientRequest::Join(_)) =
            (outcome, request)
        {
            client.groups.insert(state.group);
        }
        let method = SessionMethod::of(request).name();
        self.frame(at, user, Some(json!({ "id": id, "method": method, "params": params })), None);
        let id = json!(id);
        match outcome {
            Outcome::Client(Ok(claque_core::ClientReply::Pending(ticket))) => {
                self.owed.insert(*ticket, Owed::Client(user, id.as_u64().unwrap_or(0)));
            }
            Outcome::Client(Ok(reply)) => {
                let answer = Answer::accepted(&id, reply, &Known(scene)).value();
                self.frame(at, user, None, Some(answer));
            }
            Outcome::Client(Err(refusal)) => {
                let sentence = Answer::sentence(*refusal, None);
                let answer = Answer::refused(&id, refusal.code(), &sentence).value();
                self.frame(at, user, None, Some(answer));
            }
            Outcome::Connected(_) | Outcome::Quiet | Outcome::Request(_) => {}
        }
    }

    fn call(
        &mut self,
        at: Instant,
        caller: &Caller,
        request: &Request,
        outcome: &Outcome,
        scene: &dyn Scene,
    ) {
        let line = CallLine {
            operation: request.operation().name().to_owned(),
            account: (caller.account != AccountIx(0)).then(|| format!("account {}", caller.account.0)),
            ram_user: caller.policy.as_ref().map(|_| "somebody".to_owned()),
            parameters: given(&arguments(request)),
            answered_at: None,
            status: None,
            answer: None,
        };
        let index = self.lines.len();
        self.note(at, Line { call: Some(line), ..Line::of(SOURCE) });
        match outcome {
            Outcome::Request(Ok(Reply::Pending(ticket))) => {
                self.owed.insert(*ticket, Owed::Call(index, Box::new(request.clone())));
            }
            Outcome::Request(Ok(Reply::Done(response))) => {
                self.answer(at, index, request, Ok(response), scene);
            }
            Outcome::Request(Err(refusal)) => self.answer(at, index, request, Err(refusal), scene),
            Outcome::Client(_) | Outcome::Connected(_) | Outcome::Quiet => {}
        }
    }

    fn console(&mut self, at: Instant, request: &ConsoleRequest, outcome: &Outcome) {
        let (action, parameters) = match request {
            ConsoleRequest::DeleteApp { app_id } => ("DeleteApp", json!({ "AppId": app_id })),
            ConsoleRequest::LimitMessages { app_id, group_id, messages_per_second } => (
                "LimitMessages",
                json!({ "AppId": app_id, "GroupId": group_id, "MessagesPerSecond": messages_per_second }),
            ),
            ConsoleRequest::ModifyApp { app_id, .. } => ("ModifyApp", json!({ "AppId": app_id })),
            ConsoleRequest::ModifyGroup { app_id, group_id, .. } => {
                ("ModifyGroup", json!({ "AppId": app_id, "GroupId": group_id }))
            }
            ConsoleRequest::SendMessage { app_id, group_id, sender_id, body, .. } => (
                "SendMessage",
                json!({ "AppId": app_id, "GroupId": group_id, "SenderId": sender_id, "Body": body }),
            ),
        };
        let line = ConsoleLine {
            action: action.to_owned(),
            parameters: parameters.as_object().cloned().unwrap_or_default(),
            accepted: Some(matches!(outcome, Outcome::Request(Ok(_)))),
            answer: None,
        };
        self.note(at, Line { console: Some(line), ..Line::of(SOURCE) });
    }

    fn answer(
        &mut self,
        at: Instant,
        index: usize,
        request: &Request,
        decided: Result<&Response, &Refusal>,
        scene: &dyn Scene,
    ) {
        self.answers += 1;
        let asked = Asked { id: RequestId(u128::from(self.answers)), host: "world", format: Format::Json };
        let readings = &scene.scenario().readings;
        let answer = match decided {
            Ok(response) => Endpoint::SOUND.accepted(asked, request.operation(), response, readings),
            Err(refusal) => {
                let context = Context { readings, now: at, note: None };
                Endpoint::SOUND.refused(asked, request.operation(), refusal, context)
            }
        };
        let body: Option<Map<String, Json>> = serde_json::from_str(&answer.body).ok();
        if let (Request::CreateLiveMessageApp(_) | Request::CreateMessageApp(_), Some(app)) =
            (request, body.as_ref().and_then(app_of_answer))
        {
            self.apps.push(app.to_owned());
        }
        let Some(call) = self.lines.get_mut(index).and_then(|line| line.call.as_mut()) else { return };
        call.answered_at = Some(at.as_micros());
        call.status = Some(answer.status);
        call.answer = body;
    }

    fn output(&mut self, at: Instant, output: &Output, scene: &dyn Scene) {
        match output {
            Output::Answer(ticket, decided) => {
                if let Some(Owed::Call(index, request)) = self.owed.remove(ticket) {
                    self.answer(at, index, &request, decided.as_ref(), scene);
                }
            }
            Output::ClientAnswer(_, ticket, decided) => {
                if let Some(Owed::Client(user, id)) = self.owed.remove(ticket) {
                    let id = json!(id);
                    let frame = match decided {
                        Ok(reply) => Answer::accepted(&id, reply, &Known(scene)).value(),
                        Err(refusal) => {
                            Answer::refused(&id, refusal.code(), &Answer::sentence(*refusal, None)).value()
                        }
                    };
                    if self.clients.get(&user).is_some_and(|client| client.up) {
                        self.frame(at, user, None, Some(frame));
                    }
                }
            }
            Output::Close(session, reason) => {
                let Some(client) =
                    self.clients.get_mut(&session.user).filter(|client| client.session == *session)
                else {
                    return;
                };
                client.groups.clear();
                self.tell(at, session.user, &Event::disconnect(*reason).value());
                self.link(at, session.user, LinkState::Lost);
            }
            Output::Deliver(fanout) => {
                let frame = Event::delivered(&fanout.message, scene.group_id(fanout.group)).value();
                for user in members(&self.clients, fanout.group) {
                    if Some(user) != fanout.withhold {
                        if let Some(client) = self.clients.get_mut(&user).filter(|client| client.up) {
                            client.received.insert(fanout.group, fanout.message.seq);
                        }
                        self.tell(at, user, &frame);
                    }
                }
            }
            Output::DeliverTo(sessions, message) => {
                let group = message.group.map_or("", |group| scene.group_id(group));
                let frame = Event::delivered(message, group).value();
                sessions.iter().for_each(|session| self.tell(at, session.user, &frame));
            }
            Output::Direct(session, message, ticket) => {
                self.tell(at, session.user, &Event::direct(message, *ticket).value());
            }
            Output::Notice(to, notice, users) => self.notice(at, *to, notice, users, scene),
            Output::Recover(session, group, messages) => {
                // In the world some of them were still under way when the link broke; here they had arrived.
                let last =
                    self.clients.get(&session.user).and_then(|client| client.received.get(group)).copied();
                let missed: Vec<_> =
                    messages.iter().filter(|message| message.seq > last.unwrap_or(0)).cloned().collect();
                if !missed.is_empty() {
                    let frame = Event::recovered(&missed, scene.group_id(*group)).value();
                    self.tell(at, session.user, &frame);
                }
            }
            Output::Callback(_)
            | Output::Moderate(_)
            | Output::Shed(_)
            | Output::Overdue(_)
            | Output::Log(_) => {}
        }
    }

    fn notice(&mut self, at: Instant, to: NoticeTo, notice: &Notice, users: &[UserIx], scene: &dyn Scene) {
        let (group, whom) = match to {
            NoticeTo::Group(group) => (Some(group), members(&self.clients, group)),
            NoticeTo::Users(group) => (Some(group), users.to_vec()),
            NoticeTo::Session(session) => (None, vec![session.user]),
        };
        let frame = Event::notice(notice, group.map(|group| scene.group_id(group)), &Known(scene)).value();
        for user in whom {
            self.tell(at, user, &frame);
            if let (Notice::Exit(_), Some(group), Some(client)) = (notice, group, self.clients.get_mut(&user))
            {
                client.groups.remove(&group);
            }
        }
    }
}

/// The users who are in a group, as far as they are seen.
fn members(clients: &BTreeMap<UserIx, Client>, group: GroupIx) -> Vec<UserIx> {
    clients.iter().filter(|(_, client)| client.groups.contains(&group)).map(|(user, _)| *user).collect()
}

/// The group that a request is about, and its parameters as a frame has them.
fn params_of(request: &ClientRequest, scene: &dyn Scene) -> (Option<GroupIx>, Json) {
    let named = |key: &GroupKey| match key {
        GroupKey::Index(group) => (Some(*group), scene.group_id(*group).to_owned()),
        GroupKey::Name(name) => (None, name.to_string()),
    };
    let group = |key: &GroupKey| {
        let (index, name) = named(key);
        (index, json!({ "groupId": name }))
    };
    match request {
        ClientRequest::Send(key, send) => {
            let (index, name) = named(key);
            let params = json!({
                "groupId": name, "type": send.kind, "data": &*send.body, "level": send.level.as_str(),
                "repeatCount": send.repeat, "noStorage": send.no_storage, "noCache": send.no_cache,
                "skipAudit": send.skip_audit, "skipMuteCheck": send.skip_mute_check,
            });
            (index, params)
        }
        ClientRequest::MuteUsers(key, users) | ClientRequest::CancelMuteUsers(key, users) => {
            let (index, name) = named(key);
            (
                index,
                json!({ "groupId": name, "userList": users.iter().map(|user| &**user).collect::<Vec<_>>() }),
            )
        }
        ClientRequest::DeleteMessage(key, message) => {
            let (index, name) = named(key);
            (index, json!({ "groupId": name, "messageId": &**message }))
        }
        ClientRequest::CreateGroup { group_id, name, info } => {
            (None, json!({ "groupId": group_id.as_deref(), "groupName": &**name, "groupMeta": &**info }))
        }
        ClientRequest::Join(key)
        | ClientRequest::Leave(key)
        | ClientRequest::CloseGroup(key)
        | ClientRequest::QueryGroup(key)
        | ClientRequest::MuteAll(key)
        | ClientRequest::CancelMuteAll(key)
        | ClientRequest::ListMuteUsers(key)
        | ClientRequest::ListRecentGroupUsers(key)
        | ClientRequest::ModifyGroup { group: key, .. }
        | ClientRequest::ListGroupUsers { group: key, .. }
        | ClientRequest::ListHistory { group: key, .. }
        | ClientRequest::ListRecentMessages { group: key, .. } => group(key),
        ClientRequest::Acknowledge(ticket) => (None, json!({ "ticket": ticket.0.to_string() })),
        ClientRequest::Logout => (None, json!({})),
        ClientRequest::SendToUser { receiver, .. } => (None, json!({ "receiverId": &**receiver })),
    }
}

impl Observer for Recorder {
    fn on_call(&mut self, call: &ObservedCall<'_>, scene: &dyn Scene) {
        let at = scene.clock();
        self.began.get_or_insert(at.as_micros());
        self.ended = at.as_micros();
        match call.input {
            Input::Request(caller, request) => self.call(at, caller, request, call.outcome, scene),
            Input::Connect(login) => self.connect(at, login, call.outcome),
            Input::Client(session, request) => self.client(at, *session, request, call.outcome, scene),
            Input::Disconnect(session, _) => {
                if self.clients.get(&session.user).is_some_and(|client| client.session == *session) {
                    self.link(at, session.user, LinkState::Lost);
                }
            }
            Input::Reconnect(session, _, _) => {
                if let (Outcome::Connected(Ok(connected)), Some(client)) =
                    (call.outcome, self.clients.get_mut(&session.user))
                {
                    client.session = connected.session;
                    client.groups = connected.groups.iter().map(|state| state.group).collect();
                    self.link(at, session.user, LinkState::Up);
                }
            }
            Input::Console(_, request) => self.console(at, request, call.outcome),
            Input::SetLimits(limits) => {
                let most = self.limits.group_messages_per_second.max(limits.group_messages_per_second);
                self.limits = Limits { group_messages_per_second: most, ..limits.clone() };
            }
            Input::Malformed(..) | Input::SetReadings(_) | Input::Timeout | Input::Verdict(..) => {}
        }
        for output in call.outputs {
            self.output(at, output, scene);
        }
    }
}
