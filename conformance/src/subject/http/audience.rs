//! Audience clients over the WebSocket that `docs/asyncapi.yaml` describes.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use claque_core::Login;
use claque_wire::audience::{Asked as Frame, LogonMethod, Method, PATH, SessionMethod, login_params};
use serde_json::{Map, Value as Json, json};
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Error as WsError, Message, WebSocket};

use super::exchange::{Endpoint, PATIENCE, Stream};
use super::stopwatch::Stopwatch;
use crate::subject::audience::{Heard as Event, Memory, outcome, shown_by};
use crate::subject::words::{ClientMade, Outcome, SubjectError};

/// A frame that reached a client.
#[derive(Clone, Debug)]
pub(super) enum Heard {
    /// An event.
    Event(Event),
    /// The answer to the request of that number.
    Answered(u64, Outcome),
}

/// The documented time without a sign of life after which a link counts as lost.
const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(99);

/// What a link reads at a time. Ten thousand links with the library's own 128 KiB each take more than a gigabyte.
const READ_BUFFER_BYTES: usize = 4 << 10;

/// A client's way to the service.
#[derive(Debug)]
struct Link {
    socket: Option<WebSocket<Stream>>,
    /// Since it said something.
    said: Stopwatch,
    /// How long it may say nothing.
    within: Duration,
    memory: Memory,
    /// The method of each request whose answer is to come.
    asked: BTreeMap<u64, SessionMethod>,
    heard: Vec<Heard>,
    /// Events are kept.
    listens: bool,
}

/// The clients of a case, by name.
#[derive(Debug)]
pub(super) struct Audience {
    endpoint: Endpoint,
    links: BTreeMap<Arc<str>, Link>,
    next: u64,
    /// Since idle links were looked for.
    looked: Stopwatch,
    /// What clients hear is somebody's concern: not while a case is set up, when ten thousand that join are notified of one another.
    listens: bool,
}

/// The time between two looks for idle links.
const LOOK_EVERY: Duration = Duration::from_secs(1);

impl Audience {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, links: BTreeMap::new(), next: 1, looked: Stopwatch::start(), listens: true }
    }

    /// Reads what has reached any client, and where it `beats` sends the heartbeat of each that has said nothing for a third of the time
    /// that it may: a long set-up leaves the first of them alone for minutes, and a service cuts who takes nothing.
    pub(super) fn keep_up(&mut self, beats: bool) -> Result<(), SubjectError> {
        if self.looked.passed() < LOOK_EVERY {
            return Ok(());
        }
        self.looked = Stopwatch::start();
        for link in self.links.values_mut().filter(|link| link.socket.is_some()) {
            if beats && link.said.passed() > link.within / 3 {
                link.write(self.next, Method::Heartbeat, Json::Null);
                self.next += 1;
            }
            link.read_what_is_there()?;
        }
        Ok(())
    }

    /// Logs every client off that has a link, and waits until the service has done so.
    pub(super) fn log_out(&mut self) {
        for link in self.links.values_mut() {
            link.write(self.next, Method::Session(SessionMethod::Logout), json!({}));
        }
        for link in self.links.values_mut() {
            // A client that does not answer is left to the service.
            drop(link.read_until(Some(self.next), LOGGED_OUT_WITHIN));
        }
        self.next += 1;
    }

    /// Whether what clients hear from now on is kept. Cursors and tickets are remembered in any case.
    pub(super) fn listen(&mut self, listens: bool) {
        self.listens = listens;
        self.links.values_mut().for_each(|link| link.listens = listens);
    }

    /// Forgets all clients; their links end.
    pub(super) fn forget(&mut self) {
        self.links.clear();
    }

    /// Every link is lost at once.
    pub(super) fn lose_links(&mut self) {
        self.links.values_mut().for_each(|link| link.socket = None);
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
        let address = format!("ws://{}{}{PATH}", self.endpoint.host, self.endpoint.prefix);
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER_BYTES).write_buffer_size(0);
        let opened = tungstenite::client::client_with_config(address, stream, Some(config));
        let (socket, _) = opened.map_err(|error| failed(error.to_string()))?;
        Ok(socket)
    }

    /// Logs on; a session that the client had before is left to the service.
    pub(super) fn log_on(&mut self, name: &str, login: &Login) -> Result<Outcome, SubjectError> {
        let mut socket = self.open()?;
        let outcome = first(&mut socket, Method::Logon(LogonMethod::Login), login_params(login))?;
        let Outcome::Accepted { fields, .. } = &outcome else { return Ok(outcome) };
        // What a former session is still sent reaches the client before it forgets that session.
        let heard = match self.links.remove(name) {
            None => Vec::new(),
            Some(mut former) => {
                former.read_until(None, Duration::from_millis(200))?;
                former.heard
            }
        };
        let memory = Memory::of(fields);
        let within = login
            .heartbeat_timeout
            .map_or(HEARTBEAT_TIMEOUT, |timeout| Duration::from_micros(timeout.as_micros()));
        let said = Stopwatch::start();
        let (socket, listens) = (Some(socket), self.listens);
        let link = Link { socket, said, within, memory, asked: BTreeMap::new(), heard, listens };
        self.links.insert(name.into(), link);
        Ok(outcome)
    }

    /// Takes a session up again over a new connection.
    pub(super) fn reconnect(
        &mut self,
        name: &str,
        with: &Map<String, Json>,
        fresh: Option<&Login>,
    ) -> Result<Outcome, SubjectError> {
        let mut socket = self.open()?;
        let link = self.link(name)?;
        let params = link.memory.comeback(with, fresh);
        let outcome = first(&mut socket, Method::Logon(LogonMethod::Reconnect), params)?;
        if let Outcome::Accepted { .. } = outcome {
            link.socket = Some(socket);
            link.said = Stopwatch::start();
        }
        Ok(outcome)
    }

    /// Ends a client's link without a word.
    pub(super) fn drop_link(&mut self, name: &str) -> Result<(), SubjectError> {
        self.link(name)?.socket = None;
        Ok(())
    }

    /// Sends a client's request; its number, under which the answer comes.
    pub(super) fn ask(&mut self, method: SessionMethod, action: &ClientMade) -> Result<Asked, SubjectError> {
        let id = self.next;
        let shown = match shown_by(action) {
            None => None,
            Some(name) => Some(self.link(name)?.memory.ticket(name)?),
        };
        let link = self.link(&action.client)?;
        let params = link.memory.params(method, action, shown)?;
        if link.socket.is_none() {
            return self.ask_without_link(method, params, &action.client);
        }
        link.asked.insert(id, method);
        link.write(id, Method::Session(method), params);
        self.next += 1;
        Ok(Asked::Number(id))
    }

    /// A client whose session or link is gone cannot ask anything: whether it may come back is all there is to learn.
    fn ask_without_link(
        &mut self,
        method: SessionMethod,
        params: Json,
        client: &str,
    ) -> Result<Asked, SubjectError> {
        let mut socket = self.open()?;
        let comeback = json!({ "session": self.link(client)?.memory.session() });
        let outcome = first(&mut socket, Method::Session(method), params)?;
        let back = first(&mut socket, Method::Logon(LogonMethod::Reconnect), comeback)?;
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
                link.write(id, Method::Heartbeat, Json::Null);
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

/// A service that does not log off within that is not waited for: nothing is judged any more.
const LOGGED_OUT_WITHIN: Duration = Duration::from_secs(10);

/// The outcome of a request.
#[derive(Debug)]
pub(super) enum Asked {
    /// It is on its way.
    Number(u64),
    /// It could not be made.
    Refused(Outcome),
}

impl Link {
    /// Writes a frame. A link that is broken is found out when it is read.
    fn write(&mut self, id: u64, method: Method, params: Json) {
        if let Some(socket) = &mut self.socket {
            let sent = socket.send(Message::text(Frame::text(&json!(id), method, params)));
            // The peer may have closed a moment ago: what it said before is still to be read.
            drop(sent);
            self.said = Stopwatch::start();
        }
    }

    /// Reads until an answer, the end of the link, or the end of a span.
    fn read_until(&mut self, number: Option<u64>, within: Duration) -> Result<(), SubjectError> {
        let Some(socket) = &self.socket else { return Ok(()) };
        socket.get_ref().wait(within).map_err(SubjectError)?;
        self.read(number)
    }

    /// Reads without waiting: even the shortest wait, for ten thousand links one after another, is half a minute.
    fn read_what_is_there(&mut self) -> Result<(), SubjectError> {
        let Some(socket) = &self.socket else { return Ok(()) };
        socket.get_ref().block(false).map_err(SubjectError)?;
        self.read(None)?;
        let Some(socket) = &self.socket else { return Ok(()) };
        socket.get_ref().block(true).map_err(SubjectError)
    }

    /// Reads until an answer, the end of the link, or until nothing comes.
    fn read(&mut self, number: Option<u64>) -> Result<(), SubjectError> {
        loop {
            let Some(socket) = &mut self.socket else { return Ok(()) };
            match socket.read() {
                Ok(Message::Text(text)) => {
                    let frame: Json = serde_json::from_str(&text)
                        .map_err(|error| SubjectError(format!("a frame is no JSON: {error}: {text}")))?;
                    let answered = self.take(frame)?;
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
    fn take(&mut self, frame: Json) -> Result<Option<u64>, SubjectError> {
        if let Some(number) = frame.get("id").and_then(Json::as_u64) {
            let outcome = outcome(frame);
            if let Some(method) = self.asked.remove(&number) {
                self.memory.answered(method, &outcome);
            }
            self.heard.push(Heard::Answered(number, outcome));
            return Ok(Some(number));
        }
        let event = Event::of(frame)?;
        self.memory.note(&event);
        if self.listens {
            self.heard.push(Heard::Event(event));
        }
        Ok(None)
    }
}

/// Asks over a connection that nothing else goes over, and waits for the answer.
fn first(socket: &mut WebSocket<Stream>, method: Method, params: Json) -> Result<Outcome, SubjectError> {
    let name = method.name();
    let failed = |error: WsError| SubjectError(format!("{name}: {error}"));
    socket.get_ref().wait(PATIENCE).map_err(SubjectError)?;
    socket.send(Message::text(Frame::text(&json!(0), method, params))).map_err(failed)?;
    loop {
        let read = socket.read().map_err(failed)?;
        let Message::Text(text) = read else { continue };
        let frame: Json =
            serde_json::from_str(&text).map_err(|error| SubjectError(format!("{name}: {error}: {text}")))?;
        if frame.get("id").and_then(Json::as_u64) == Some(0) {
            return Ok(outcome(frame));
        }
    }
}
