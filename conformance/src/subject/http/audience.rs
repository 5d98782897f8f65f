//! Audience clients over the WebSocket that `docs/asyncapi.yaml` describes, in the words that cases use.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use claque_core::Login;
use serde_json::{Map, Value as Json, json};
use tungstenite::{Error as WsError, Message, WebSocket};

use super::exchange::{Endpoint, PATIENCE, Stream};
use crate::case::{Channel, ClientVerb};
use crate::subject::{ClientMade, Outcome, SubjectError};

/// What reached a client.
#[derive(Clone, Debug)]
pub(super) enum Heard {
    /// An event.
    Told(Channel, Json),
    /// The answer to the request of that number.
    Answered(u64, Outcome),
}

/// A client's way to the service.
#[derive(Debug)]
struct Link {
    socket: Option<WebSocket<Stream>>,
    /// What the service calls the session; empty before the first logon.
    session: String,
    /// The newest sequence number that arrived, by group.
    cursors: BTreeMap<String, u64>,
    /// Messages that wait to be acknowledged.
    owes: VecDeque<String>,
    /// The group and verb of each request whose answer is to come.
    asked: BTreeMap<u64, (ClientVerb, Option<String>)>,
    heard: Vec<Heard>,
}

/// The clients of a case, by name.
#[derive(Debug)]
pub(super) struct Audience {
    endpoint: Endpoint,
    links: BTreeMap<Arc<str>, Link>,
    next: u64,
}

impl Audience {
    pub(super) const fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, links: BTreeMap::new(), next: 1 }
    }

    /// Forgets all clients; their links end.
    pub(super) fn forget(&mut self) {
        self.links.clear();
    }

    /// Links that are up, as far as the clients know.
    pub(super) fn up(&self) -> u64 {
        self.links.values().filter(|link| link.socket.is_some()).count() as u64
    }

    fn link(&mut self, name: &str) -> Result<&mut Link, SubjectError> {
        self.links.get_mut(name).ok_or_else(|| SubjectError(format!("the client {name} has never logged on")))
    }

    /// Opens a connection that nobody has logged on over.
    fn open(&self) -> Result<WebSocket<Stream>, SubjectError> {
        let failed = |error: String| SubjectError(format!("no audience connection: {error}"));
        let stream = self.endpoint.connect().map_err(failed)?;
        let address = format!("ws://{}{}/audience", self.endpoint.host, self.endpoint.prefix);
        let (socket, _) = tungstenite::client(address, stream).map_err(|error| failed(error.to_string()))?;
        Ok(socket)
    }

    /// Logs on; a session that the client had before is left to the service.
    pub(super) fn log_on(&mut self, name: &str, login: &Login) -> Result<Outcome, SubjectError> {
        let mut socket = self.open()?;
        let outcome = first(&mut socket, "login", &login_params(login))?;
        if let Outcome::Accepted { fields, .. } = &outcome {
            let session = fields.get("session").and_then(Json::as_str).unwrap_or_default().to_owned();
            // What a former session is still told reaches the client before it forgets that session.
            let heard = match self.links.remove(name) {
                None => Vec::new(),
                Some(mut former) => {
                    former.read_until(None, Duration::from_millis(200))?;
                    former.heard
                }
            };
            let link = Link {
                socket: Some(socket),
                session,
                cursors: BTreeMap::new(),
                owes: VecDeque::new(),
                asked: BTreeMap::new(),
                heard,
            };
            self.links.insert(name.into(), link);
            let sid = fields.get("sid").cloned().unwrap_or(Json::Null);
            return Ok(Outcome::accepted(Map::from_iter([("sid".to_owned(), sid)])));
        }
        Ok(outcome)
    }

    /// Takes a session up again over a new connection.
    pub(super) fn reconnect(&mut self, name: &str, fresh: Option<&Login>) -> Result<Outcome, SubjectError> {
        let mut socket = self.open()?;
        let link = self.link(name)?;
        let cursors: Vec<Json> =
            link.cursors.iter().map(|(group, seq)| json!({ "groupId": group, "seqnum": seq })).collect();
        let mut params = json!({ "session": link.session, "cursors": cursors });
        if let Some(fresh) = fresh {
            params["fresh"] = login_params(fresh);
        }
        let outcome = first(&mut socket, "reconnect", &params)?;
        let Outcome::Accepted { fields, .. } = outcome else { return Ok(outcome) };
        link.socket = Some(socket);
        let groups = fields.get("groups").and_then(Json::as_array).cloned().unwrap_or_default();
        let groups: Json = groups.into_iter().map(group_state).collect();
        Ok(Outcome::accepted(Map::from_iter([("groupInfos".to_owned(), groups)])))
    }

    /// Ends a client's link without a word.
    pub(super) fn drop_link(&mut self, name: &str) -> Result<(), SubjectError> {
        self.link(name)?.socket = None;
        Ok(())
    }

    /// Sends a client's request; its number, under which the answer comes.
    pub(super) fn ask(&mut self, action: &ClientMade) -> Result<Asked, SubjectError> {
        let id = self.next;
        let link = self.link(&action.client)?;
        if link.socket.is_none() {
            return self.ask_without_link(action);
        }
        let (method, params) = request(action, link)?;
        let frame = json!({ "id": id, "method": method, "params": params });
        self.next += 1;
        let link = self.link(&action.client)?;
        link.asked.insert(id, (action.verb, action.group.clone()));
        link.write(&frame);
        Ok(Asked::Number(id))
    }

    /// A client whose session or link is gone cannot ask anything: whether it may come back is all there is to learn.
    fn ask_without_link(&mut self, action: &ClientMade) -> Result<Asked, SubjectError> {
        let mut socket = self.open()?;
        let link = self.link(&action.client)?;
        let (method, params) = request(action, link)?;
        let outcome = first(&mut socket, method, &params)?;
        let back = first(&mut socket, "reconnect", &json!({ "session": link.session }))?;
        // The service admits no request over a connection without a session, and says of the session itself whether it lives.
        Ok(Asked::Refused(if matches!(back, Outcome::Refused { .. }) { back } else { outcome }))
    }

    /// The answer to a request, if it comes within a span.
    pub(super) fn answer(
        &mut self,
        name: &str,
        number: u64,
        within: Duration,
    ) -> Result<Option<Outcome>, SubjectError> {
        let link = self.link(name)?;
        link.read_until(Some(number), within)?;
        let at = link
            .heard
            .iter()
            .position(|heard| matches!(heard, Heard::Answered(answered, _) if *answered == number));
        let Some(at) = at else { return Ok(None) };
        let Heard::Answered(_, outcome) = link.heard.remove(at) else { return Ok(None) };
        Ok(Some(outcome))
    }

    /// Everything that reached clients up to this moment, client by client: each is asked for a sign of life, whose answer
    /// comes behind everything else.
    pub(super) fn take_heard(&mut self) -> Result<Vec<(Arc<str>, Heard)>, SubjectError> {
        let mut marks = BTreeMap::new();
        for (name, link) in &mut self.links {
            if link.socket.is_some() {
                let id = self.next;
                self.next += 1;
                link.write(&json!({ "id": id, "method": "heartbeat" }));
                marks.insert(Arc::clone(name), id);
            }
        }
        let mut all = Vec::new();
        for (name, link) in &mut self.links {
            if let Some(mark) = marks.get(name) {
                link.read_until(Some(*mark), PATIENCE)?;
                link.heard.retain(|heard| !matches!(heard, Heard::Answered(number, _) if number == mark));
            }
            all.extend(std::mem::take(&mut link.heard).into_iter().map(|heard| (Arc::clone(name), heard)));
        }
        Ok(all)
    }
}

/// What became of a request.
#[derive(Debug)]
pub(super) enum Asked {
    /// It is on its way.
    Number(u64),
    /// It could not be made.
    Refused(Outcome),
}

impl Link {
    /// Writes a frame. A link that is broken is found out when it is read.
    fn write(&mut self, frame: &Json) {
        if let Some(socket) = &mut self.socket {
            let sent = socket.send(Message::text(frame.to_string()));
            // The peer may have closed a moment ago: what it said before is still to be read.
            drop(sent);
        }
    }

    /// Reads until an answer, the end of the link, or the end of a span.
    fn read_until(&mut self, number: Option<u64>, within: Duration) -> Result<(), SubjectError> {
        let Some(socket) = &self.socket else { return Ok(()) };
        socket.get_ref().wait(within).map_err(SubjectError)?;
        loop {
            let Some(socket) = &mut self.socket else { return Ok(()) };
            match socket.read() {
                Ok(Message::Text(text)) => {
                    let frame: Json = serde_json::from_str(&text)
                        .map_err(|error| SubjectError(format!("a frame is no JSON: {error}: {text}")))?;
                    let answered = self.take(&frame);
                    if answered.is_some() && answered == number {
                        return Ok(());
                    }
                }
                Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {}
                Err(WsError::Io(error))
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    return Ok(());
                }
                Ok(Message::Close(_)) | Err(_) => self.socket = None,
            }
        }
    }

    /// Takes a frame; the number of the request that it answers, if it is an answer.
    fn take(&mut self, frame: &Json) -> Option<u64> {
        if let Some(number) = frame.get("id").and_then(Json::as_u64) {
            let (verb, group) = self.asked.remove(&number).unwrap_or((ClientVerb::QueryGroup, None));
            let outcome = outcome(frame);
            if let (ClientVerb::Join, Some(group), Outcome::Accepted { fields, .. }) = (verb, group, &outcome)
            {
                let seq = fields.get("seqnum").and_then(Json::as_u64).unwrap_or(0);
                self.cursors.insert(group, seq);
            }
            self.heard.push(Heard::Answered(number, outcome));
            return Some(number);
        }
        let event = frame.get("event").and_then(Json::as_str).unwrap_or_default();
        let message = || message(frame.get("message").cloned().unwrap_or(Json::Null));
        match event {
            "recvgroupmessage" => {
                let message = message();
                self.passed(&message);
                self.heard.push(Heard::Told(Channel::Delivered, message));
            }
            "recvc2cmessage" => {
                if let Some(ticket) = frame.get("acknowledge").and_then(Json::as_str) {
                    self.owes.push_back(ticket.to_owned());
                }
                let mut message = message();
                if let Some(fields) = message.as_object_mut() {
                    fields.remove("level");
                }
                self.heard.push(Heard::Told(Channel::Direct, message));
            }
            "recovered" => {
                let messages = frame.get("messages").and_then(Json::as_array).cloned().unwrap_or_default();
                for listed in messages {
                    let listed = self::message(listed);
                    self.passed(&listed);
                    self.heard.push(Heard::Told(Channel::Recovered, listed));
                }
            }
            "disconnect" => {
                let code = frame.get("code").cloned().unwrap_or(Json::Null);
                self.heard.push(Heard::Told(Channel::Closed, json!({ "code": code })));
            }
            _ => {
                if event == "exit" {
                    let group = frame.get("groupId").and_then(Json::as_str).unwrap_or_default();
                    self.cursors.remove(group);
                }
                self.heard.push(Heard::Told(Channel::Notices, notice(frame)));
            }
        }
        None
    }

    /// A group's message has arrived: the client has come that far.
    fn passed(&mut self, message: &Json) {
        let group = message.get("groupId").and_then(Json::as_str);
        if let (Some(group), Some(seq)) = (group, message.get("seqnum").and_then(Json::as_u64)) {
            let cursor = self.cursors.entry(group.to_owned()).or_default();
            *cursor = seq.max(*cursor);
        }
    }
}

/// Asks over a connection that nothing else goes over, and waits for the answer.
fn first(socket: &mut WebSocket<Stream>, method: &str, params: &Json) -> Result<Outcome, SubjectError> {
    let failed = |error: WsError| SubjectError(format!("{method}: {error}"));
    socket.get_ref().wait(PATIENCE).map_err(SubjectError)?;
    let frame = json!({ "id": 0, "method": method, "params": params });
    socket.send(Message::text(frame.to_string())).map_err(failed)?;
    loop {
        let read = socket.read().map_err(failed)?;
        let Message::Text(text) = read else { continue };
        let frame: Json = serde_json::from_str(&text)
            .map_err(|error| SubjectError(format!("{method}: {error}: {text}")))?;
        if frame.get("id").and_then(Json::as_u64) == Some(0) {
            return Ok(outcome(&frame));
        }
    }
}

/// An answer in the words of cases.
fn outcome(frame: &Json) -> Outcome {
    if let Some(error) = frame.get("error") {
        let code = error.get("code").and_then(Json::as_u64).unwrap_or(0);
        return Outcome::Refused {
            status: u16::try_from(code).unwrap_or(0),
            code: code.to_string(),
            message: error.get("message").and_then(Json::as_str).unwrap_or_default().to_owned(),
            about: None,
            headers: Map::new(),
        };
    }
    let Some(Json::Object(result)) = frame.get("result").cloned() else {
        return Outcome::Unreadable { status: 0, body: frame.to_string() };
    };
    let mut result = match group_state(Json::Object(result)) {
        Json::Object(result) => result,
        Json::Array(_) | Json::Bool(_) | Json::Null | Json::Number(_) | Json::String(_) => Map::new(),
    };
    if let Some(users) = result.get_mut("userList") {
        *users = user_ids(users);
    }
    if let Some(Json::Array(messages)) = result.get_mut("messageList") {
        *messages = std::mem::take(messages).into_iter().map(message).collect();
    }
    Outcome::accepted(result)
}

/// The numbers of levels: the documented two, and Claque's own for the level between.
fn message(mut object: Json) -> Json {
    if let Some(level) = object.get_mut("level") {
        let word = match level.as_u64() {
            Some(0) => "NORMAL",
            Some(1) => "HIGH",
            Some(2) => "MEDIUM",
            _ => return object,
        };
        *level = json!(word);
    }
    object
}

fn group_state(mut state: Json) -> Json {
    if let Some(Json::Object(mutes)) = state.get_mut("muteStatus")
        && let Some(own) = mutes.remove("muteSelf")
    {
        mutes.insert("mute".to_owned(), own);
    }
    state
}

fn user_ids(users: &Json) -> Json {
    let named = |user: &Json| user.get("userId").cloned().unwrap_or_else(|| user.clone());
    users.as_array().into_iter().flatten().map(named).collect()
}

fn notice(frame: &Json) -> Json {
    let mut notice = frame.clone();
    let Some(fields) = notice.as_object_mut() else { return notice };
    fields.entry("groupId").or_insert_with(|| json!(""));
    for list in ["joinUsers", "leaveUsers"] {
        if let Some(users) = fields.get_mut(list) {
            *users = user_ids(users);
        }
    }
    match fields.get("event").and_then(Json::as_str) {
        Some("deletegroupmessage" | "deletec2cmessage") => {
            let id = fields.remove("messageId").unwrap_or(Json::Null);
            fields.insert("msgId".to_owned(), id);
            fields.insert("event".to_owned(), json!("deletegroupmessage"));
        }
        Some("statistics") => {
            let (online, visits) = (fields.remove("onlineCount"), fields.remove("pv"));
            fields.insert("statistics".to_owned(), json!({ "onlineCount": online, "pv": visits }));
        }
        Some(_) | None => {}
    }
    notice
}

fn login_params(login: &Login) -> Json {
    json!({
        "appId": &*login.app_id,
        "appSign": &*login.app_sign,
        "user": { "userId": &*login.user_id, "userExtension": &*login.user_info },
        "userAuth": {
            "nonce": &*login.nonce, "timestamp": login.timestamp, "role": &*login.role, "token": &*login.token,
        },
        "heartbeatTimeout": login.heartbeat_timeout.map(|span| span.as_secs()),
        "device": login.device,
        "acknowledges": login.acknowledges,
    })
}

/// A request in the words of the protocol.
fn request(action: &ClientMade, link: &mut Link) -> Result<(&'static str, Json), SubjectError> {
    let mut params = action.with.clone();
    if let Some(group) = &action.group {
        params.insert("groupId".to_owned(), json!(group));
    }
    if let Some(level) = params.get_mut("level") {
        *level = match level.as_str() {
            Some("NORMAL") => json!(0),
            Some("HIGH") => json!(1),
            Some("MEDIUM") => json!(2),
            _ => return Err(SubjectError(format!("{level} is no level: HIGH, MEDIUM or NORMAL"))),
        };
    }
    if let Some(order) = params.get_mut("sortType") {
        *order = json!(u8::from(order.as_str() == Some("DESC")));
    }
    let given: BTreeSet<String> = params.keys().cloned().collect();
    let mut absent = |name: &str, value: Json| {
        if !given.contains(name) {
            params.insert(name.to_owned(), value);
        }
    };
    let method = match action.verb {
        ClientVerb::Acknowledge => {
            let ticket = link.owes.pop_front();
            let ticket = ticket
                .ok_or_else(|| SubjectError(format!("{} has nothing to acknowledge", action.client)))?;
            absent("ticket", json!(ticket));
            "acknowledge"
        }
        ClientVerb::CancelMuteAll => "cancelMuteAll",
        ClientVerb::CancelMuteUsers => "cancelMuteUser",
        ClientVerb::CloseGroup => "closeGroup",
        ClientVerb::CreateGroup => "createGroup",
        ClientVerb::DeleteMessage => "deleteMessage",
        ClientVerb::Join => "joinGroup",
        ClientVerb::Leave => "leaveGroup",
        ClientVerb::ListGroupUsers => "listGroupUser",
        ClientVerb::ListHistory => "listHistoryMessage",
        ClientVerb::ListMessages => "listMessage",
        ClientVerb::ListMuteUsers => "listMuteUsers",
        ClientVerb::ListRecentGroupUsers => "listRecentGroupUser",
        ClientVerb::ListRecentMessages => "listRecentMessage",
        ClientVerb::LogOff => "logout",
        ClientVerb::ModifyGroup => "modifyGroup",
        ClientVerb::MuteAll => "muteAll",
        ClientVerb::MuteUsers => "muteUser",
        ClientVerb::QueryGroup => "queryGroup",
        ClientVerb::Send => {
            absent("type", json!(0));
            absent("data", json!(""));
            "sendGroupMessage"
        }
        ClientVerb::SendToUser => {
            absent("type", json!(0));
            absent("data", json!(""));
            absent("receiverId", json!(""));
            "sendC2cMessage"
        }
        ClientVerb::DropLink | ClientVerb::LogOn | ClientVerb::Reconnect => {
            return Err(SubjectError(format!("`{}` is no request", action.verb.word())));
        }
    };
    Ok((method, Json::Object(params)))
}
