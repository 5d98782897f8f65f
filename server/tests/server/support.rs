//! A running server and everything that talks to it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use claque_core::client_token;
use claque_server::clock::{ClockPace, wall_now};
use claque_server::{Options, OutgoingLimits, Running, start};
use claque_wire::argument::{Argument, Arguments};
use claque_wire::client::{ClientStyle, Stamp};
use claque_wire::http::HttpRequest;
use claque_wire::sign::Credentials;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// Nothing here takes so long; what does is a failure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

static NONCE: AtomicU64 = AtomicU64::new(1);

/// A server and its address.
pub(crate) struct World {
    pub(crate) running: Running,
    pub(crate) host: String,
}

/// As [`options`], for tests that wait until a callback is given up.
pub(crate) fn impatient() -> Options {
    Options {
        outgoing: OutgoingLimits {
            callback_within: Duration::from_millis(500),
            callback_spacing: Duration::from_millis(5),
            ..OutgoingLimits::default()
        },
        ..options()
    }
}

/// Options of a server on any free port, its clock standing still.
pub(crate) fn options() -> Options {
    Options {
        listen: ([127, 0, 0, 1], 0).into(),
        pace: ClockPace::Frozen,
        shows: Some(std::sync::Arc::new(crate::reader::PlainReader)),
        ..Options::default()
    }
}

/// An answer as it came.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// The answer's fields; one in XML is read by the types of the operation that its root names.
    pub(crate) fn json(&self) -> Value {
        if self.header("content-type").is_some_and(|kind| kind.starts_with("text/xml")) {
            let body = String::from_utf8_lossy(&self.body);
            let root = body.split("?>").nth(1).and_then(|rest| rest.strip_prefix('<')?.split('>').next());
            let operation = root.unwrap_or_default().trim_end_matches("Response");
            let fields = claque_wire::xml::read(operation, &body);
            return Value::Object(fields.unwrap_or_else(|| panic!("no answer: {body}")));
        }
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut named = self.headers.iter().filter(|(given, _)| given.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value.as_str())
    }
}

pub(crate) fn credentials() -> Credentials {
    let key = claque_server::AccessKey::development();
    Credentials { access_key_id: key.id, access_key_secret: key.secret, security_token: None }
}

/// A nonce that no call of this process had before.
pub(crate) fn nonce() -> String {
    format!("nonce-{}", NONCE.fetch_add(1, Ordering::Relaxed))
}

/// Arguments out of a JSON object: texts, numbers, booleans, lists of texts, maps.
pub(crate) fn arguments(object: &Value) -> Arguments {
    let mut arguments = Arguments::new();
    for (name, value) in object.as_object().expect("arguments are an object") {
        let argument = match value {
            Value::Bool(value) => Argument::Boolean(*value),
            Value::Number(value) => Argument::Integer(value.as_i64().expect("an integer")),
            Value::String(text) => Argument::Text(text.clone()),
            Value::Array(items) => {
                Argument::List(items.iter().map(|item| item.as_str().expect("a text").to_owned()).collect())
            }
            Value::Object(map) => Argument::Map(map.clone()),
            Value::Null => continue,
        };
        arguments.set(name, argument);
    }
    arguments
}

/// Reads one answer off a connection.
pub(crate) async fn read_reply(link: &mut TcpStream, ahead: &mut Vec<u8>) -> Option<Reply> {
    loop {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut parsed = httparse::Response::new(&mut headers);
        if let httparse::Status::Complete(head) = parsed.parse(ahead).expect("an HTTP answer") {
            let status = parsed.code.expect("a status");
            let headers: Vec<(String, String)> = parsed
                .headers
                .iter()
                .map(|header| (header.name.to_owned(), String::from_utf8_lossy(header.value).into_owned()))
                .collect();
            let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
            let length: usize = length.map_or(0, |(_, value)| value.parse().expect("a length"));
            while ahead.len() < head + length {
                if link.read_buf(ahead).await.ok()? == 0 {
                    return None;
                }
            }
            let body = ahead[head..head + length].to_vec();
            ahead.drain(..head + length);
            return Some(Reply { status, headers, body });
        }
        if link.read_buf(ahead).await.ok()? == 0 {
            return None;
        }
    }
}

/// A request as bytes, with the length of its body.
pub(crate) fn wire(request: &HttpRequest) -> Vec<u8> {
    let mut text = format!("{} {} HTTP/1.1\r\n", request.method, request.target());
    for (name, value) in &request.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("content-length: {}\r\n\r\n", request.body.len()));
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(&request.body);
    bytes
}

impl World {
    /// Waits until the server has taken note of so many audience links.
    pub(crate) async fn wait_for_links(&self, count: u64) {
        let wanted = format!("claque_links {count}\n");
        for _ in 0..2_000 {
            let reply = self.control_reply("GET", "metrics", None).await;
            if String::from_utf8_lossy(&reply.body).contains(&wanted) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("never {count} links");
    }

    pub(crate) async fn new() -> Self {
        Self::with(options()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let running = start(options, None).await.expect("the server starts");
        let host = running.address.to_string();
        Self { running, host }
    }

    pub(crate) async fn link(&self) -> TcpStream {
        TcpStream::connect(&self.host).await.expect("the server listens")
    }

    /// Sends bytes as they are over a connection of their own; none: it was closed without an answer.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> Option<Reply> {
        let mut link = self.link().await;
        link.write_all(bytes).await.expect("the server reads");
        let mut ahead = Vec::new();
        tokio::time::timeout(PATIENCE, read_reply(&mut link, &mut ahead)).await.expect("an answer in time")
    }

    /// A signed call in a style, as bytes that were never sent before.
    pub(crate) fn signed(&self, style: ClientStyle, action: &str, with: &Value) -> HttpRequest {
        self.signed_by(style, action, with, &credentials(), wall_now().unix_seconds())
    }

    pub(crate) fn signed_by(
        &self,
        style: ClientStyle,
        action: &str,
        with: &Value,
        who: &Credentials,
        signed_at: u64,
    ) -> HttpRequest {
        let stamp = Stamp { nonce: &nonce(), signed_at };
        style.request(action, &arguments(with), &self.host, who, stamp).expect("a request")
    }

    /// Makes a call and gives the answer whole.
    pub(crate) async fn reply(&self, action: &str, with: Value) -> Reply {
        let request = self.signed(ClientStyle::Python, action, &with);
        self.raw(&wire(&request)).await.expect("an answer")
    }

    /// Makes a call that must be accepted.
    pub(crate) async fn call(&self, action: &str, with: Value) -> Value {
        let reply = self.reply(action, with).await;
        assert_eq!(reply.status, 200, "{action}: {}", String::from_utf8_lossy(&reply.body));
        reply.json()
    }

    /// Makes a call that must be refused; its status and code.
    pub(crate) async fn refused(&self, action: &str, with: Value) -> (u16, String) {
        let reply = self.reply(action, with).await;
        assert_ne!(reply.status, 200, "{action}: {}", String::from_utf8_lossy(&reply.body));
        (reply.status, reply.json()["Code"].as_str().expect("a code").to_owned())
    }

    /// A control call with a JSON body, or none.
    pub(crate) async fn control_reply(&self, method: &str, path: &str, body: Option<&Value>) -> Reply {
        let body = body.map(Value::to_string).unwrap_or_default();
        let text = format!(
            "{method} /_claque/{path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\r\n{body}",
            self.host,
            body.len()
        );
        self.raw(text.as_bytes()).await.expect("an answer")
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let reply = self.control_reply("GET", path, None).await;
        assert_eq!(reply.status, 200, "{path}: {}", String::from_utf8_lossy(&reply.body));
        reply.json()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let reply = self.control_reply("POST", path, Some(&body)).await;
        assert_eq!(reply.status, 200, "{path}: {}", String::from_utf8_lossy(&reply.body));
        reply.json()
    }

    /// An application; its AppId, AppKey and AppSign.
    pub(crate) async fn app(&self) -> App {
        self.app_with(json!({ "AppName": "show" })).await
    }

    pub(crate) async fn app_with(&self, with: Value) -> App {
        let made = self.call("CreateLiveMessageApp", with).await;
        let text = |name: &str| made[name].as_str().expect("a text").to_owned();
        App { id: text("AppId"), key: text("AppKey"), sign: text("AppSign") }
    }

    /// An application with a group `g` owned by `host`.
    pub(crate) async fn show(&self) -> App {
        let app = self.app().await;
        self.group(&app, "g").await;
        app
    }

    pub(crate) async fn group(&self, app: &App, id: &str) {
        self.call("CreateLiveMessageGroup", json!({ "AppId": app.id, "GroupId": id, "CreatorId": "host" }))
            .await;
    }

    /// Moves the clock on.
    pub(crate) async fn advance(&self, span: &str) {
        self.post("clock", json!({ "advance": span })).await;
    }

    pub(crate) async fn digest(&self) -> String {
        self.get("digest").await["digest"].as_str().expect("a text").to_owned()
    }

    /// Audience links that are up.
    async fn links_up(&self) -> u64 {
        let metrics = self.control_reply("GET", "metrics", None).await;
        let text = String::from_utf8(metrics.body).expect("text");
        let value = text.lines().find_map(|line| line.strip_prefix("claque_links "));
        value.expect("a gauge").parse().expect("a number")
    }

    pub(crate) async fn stop(self) {
        self.running.stop().await.expect("the journal was written");
    }
}

/// An application's identity.
#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) sign: String,
}

impl App {
    /// The parameters of a client's logon.
    pub(crate) fn login(&self, user: &str) -> Value {
        self.login_as(user, "", 4_000_000_000)
    }

    pub(crate) fn login_as(&self, user: &str, role: &str, expiry: u64) -> Value {
        let token = client_token(&self.id, &self.key, user, "AK", expiry, role);
        json!({
            "appId": self.id,
            "appSign": self.sign,
            "user": { "userId": user },
            "userAuth": { "nonce": "AK", "timestamp": expiry, "role": role, "token": token },
        })
    }
}

/// An audience link.
pub(crate) struct Client {
    socket: tokio_tungstenite::WebSocketStream<TcpStream>,
    next: u64,
    /// Events that came before an answer.
    pub(crate) early: Vec<Value>,
    pub(crate) session: String,
}

impl Client {
    pub(crate) async fn open(world: &World) -> Self {
        Self::open_at(world, &format!("ws://{}/audience", world.host)).await
    }

    /// A link to an address of the server.
    pub(crate) async fn open_at(world: &World, url: &str) -> Self {
        let (socket, _) =
            tokio_tungstenite::client_async(url, world.link().await).await.expect("a WebSocket");
        Self { socket, next: 1, early: Vec::new(), session: String::new() }
    }

    /// A link on which a user has logged on.
    pub(crate) async fn of(world: &World, app: &App, user: &str) -> Self {
        Self::logged_on(world, app.login(user)).await
    }

    pub(crate) async fn logged_on(world: &World, login: Value) -> Self {
        let mut client = Self::open(world).await;
        client.log_on(login).await;
        client
    }

    pub(crate) async fn log_on(&mut self, login: Value) {
        let answer = self.ask("login", login).await;
        self.session = answer["session"].as_str().expect("a session").to_owned();
    }

    /// A link whose user is in the group.
    pub(crate) async fn in_group(world: &World, app: &App, user: &str, group: &str) -> Self {
        let mut client = Self::of(world, app, user).await;
        client.ask("joinGroup", json!({ "groupId": group })).await;
        client
    }

    pub(crate) async fn send_text(&mut self, text: &str) {
        self.socket.send(Message::Text(text.into())).await.expect("the link is up");
    }

    /// Asks without waiting; the request's ID.
    pub(crate) async fn tell(&mut self, method: &str, params: Value) -> u64 {
        let id = self.next;
        self.next += 1;
        self.send_text(&json!({ "id": id, "method": method, "params": params }).to_string()).await;
        id
    }

    /// The answer to a request, `result` or `error`; events that come first are kept.
    pub(crate) async fn answer(&mut self, id: u64) -> Value {
        loop {
            let frame = self.frame().await.expect("the link is up");
            if frame["id"] == json!(id) {
                return frame;
            }
            assert!(frame["event"].is_string(), "not expected: {frame}");
            self.early.push(frame);
        }
    }

    /// Asks, and gives the result.
    pub(crate) async fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.tell(method, params).await;
        let answer = self.answer(id).await;
        assert!(answer["error"].is_null(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// Asks for what must be refused; the code.
    pub(crate) async fn refused(&mut self, method: &str, params: Value) -> u64 {
        let id = self.tell(method, params).await;
        let answer = self.answer(id).await;
        answer["error"]["code"].as_u64().unwrap_or_else(|| panic!("{method} was not refused: {answer}"))
    }

    /// The next frame; none: the link ended.
    pub(crate) async fn frame(&mut self) -> Option<Value> {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("a frame in time")?;
            match next.ok()? {
                Message::Text(text) => return Some(serde_json::from_str(&text).expect("JSON")),
                Message::Close(_) => return None,
                Message::Binary(_) | Message::Frame(_) | Message::Ping(_) | Message::Pong(_) => {}
            }
        }
    }

    /// The next event.
    pub(crate) async fn event(&mut self) -> Value {
        if !self.early.is_empty() {
            return self.early.remove(0);
        }
        self.frame().await.expect("the link is up")
    }

    /// The next event of a kind; others before it are dropped.
    pub(crate) async fn until(&mut self, event: &str) -> Value {
        loop {
            let next = self.event().await;
            if next["event"] == event {
                return next;
            }
        }
    }

    /// Every event up to now: what came before the answer to a heartbeat.
    pub(crate) async fn so_far(&mut self) -> Vec<Value> {
        self.ask("heartbeat", json!({})).await;
        std::mem::take(&mut self.early)
    }

    /// The WebSocket close code; other frames before it are dropped.
    pub(crate) async fn close_code(&mut self) -> Option<u16> {
        loop {
            match tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("an end in time") {
                Some(Ok(Message::Close(close))) => return close.map(|close| close.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// Begins the protocol's end of the link.
    pub(crate) async fn say_goodbye(&mut self) {
        let frame = CloseFrame { code: CloseCode::Normal, reason: "bye".into() };
        self.socket.send(Message::Close(Some(frame))).await.expect("the link is up");
    }

    /// The TCP connection is gone without a goodbye.
    pub(crate) fn vanish(self) {
        drop(self);
    }

    /// The same; returns when the server has noticed.
    pub(crate) async fn vanish_from(self, world: &World) {
        let before = world.links_up().await;
        drop(self);
        let noticed = async {
            while world.links_up().await == before {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, noticed).await.expect("a lost link is noticed");
    }
}

/// A request that a receiver got.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) headers: Map<String, Value>,
    pub(crate) path: String,
    pub(crate) body: Value,
}

/// A receiver of callbacks or reviews on the loopback, which answers by a script: status and body; the last line of the
/// script goes on for ever.
pub(crate) struct Receiver {
    pub(crate) url: String,
    received: tokio::sync::mpsc::UnboundedReceiver<Received>,
}

impl Receiver {
    pub(crate) async fn new(script: Vec<(u16, &'static str)>) -> Self {
        Self::slow(script, Duration::ZERO).await
    }

    /// A receiver that answers only after a while.
    pub(crate) async fn slow(script: Vec<(u16, &'static str)>, wait: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let (sender, received) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut lines = script.into_iter().peekable();
            loop {
                let (mut link, _) = listener.accept().await.expect("a connection");
                let line = lines.next().expect("a script has a line");
                if lines.peek().is_none() {
                    lines = vec![line].into_iter().peekable();
                }
                let sender = sender.clone();
                tokio::spawn(async move {
                    let Some(got) = take(&mut link).await else { return };
                    // The test may be over.
                    drop(sender.send(got));
                    tokio::time::sleep(wait).await;
                    let (status, body) = line;
                    let text = format!(
                        "HTTP/1.1 {status} Scripted\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                        body.len()
                    );
                    drop(link.write_all(text.as_bytes()).await);
                });
            }
        });
        Self { url, received }
    }

    pub(crate) async fn next(&mut self) -> Received {
        tokio::time::timeout(PATIENCE, self.received.recv()).await.expect("a call in time").expect("it runs")
    }

    /// What has come so far and was not asked for yet.
    pub(crate) fn waiting(&mut self) -> Option<Received> {
        self.received.try_recv().ok()
    }
}

async fn take(link: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    loop {
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut parsed = httparse::Request::new(&mut headers);
        if let httparse::Status::Complete(head) = parsed.parse(&bytes).ok()? {
            let path = parsed.path?.to_owned();
            let headers: Map<String, Value> = parsed
                .headers
                .iter()
                .map(|header| {
                    (
                        header.name.to_ascii_lowercase(),
                        String::from_utf8_lossy(header.value).into_owned().into(),
                    )
                })
                .collect();
            let length: usize = headers.get("content-length")?.as_str()?.parse().ok()?;
            if bytes.len() >= head + length {
                let body = serde_json::from_slice(&bytes[head..head + length]).ok()?;
                return Some(Received { headers, path, body });
            }
        }
        if link.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
