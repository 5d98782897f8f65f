//! One audience connection: handshake, logon, requests, heartbeats, events.

use std::sync::Arc;
use std::time::Duration;

use claque_core::{Connected, Cursor, LinkEnd, Login, SessionId, UserIx};
use claque_wire::http::HttpRequest;
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Message as WsMessage, Utf8Bytes};

use super::method::{self, BadFrame};
use super::{Frame, Outbox, frame};
use crate::driver::{Comeback, Handle};
use crate::http::Response;

/// Longest frame that a client may send. Unit: bytes. The longest legal body, escaped, fits.
const FRAME_BYTES_MAX: usize = 256 * 1_024;
/// A client must log on within this span.
const LOGON_WITHIN: Duration = Duration::from_secs(15);

/// Whether a request asks for a WebSocket.
pub(crate) fn is_upgrade(request: &HttpRequest) -> bool {
    request.header("upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
}

/// The answer to a handshake: 101, or why not.
pub(crate) fn accept(request: &HttpRequest) -> Result<String, Response> {
    let key = request.header("sec-websocket-key");
    let version = request.header("sec-websocket-version");
    match (key, version) {
        (Some(key), Some("13")) if request.method == "GET" => Ok(format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {}\r\n\r\n",
            derive_accept_key(key.as_bytes())
        )),
        _ => Err(Response::text(426, "a WebSocket handshake of version 13 is expected here")
            .with("Sec-WebSocket-Version", "13")),
    }
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    id: Value,
    method: String,
    #[serde(default)]
    params: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LoginParams {
    app_id: Arc<str>,
    #[serde(default)]
    app_sign: Arc<str>,
    user: LoginUser,
    user_auth: LoginAuth,
    /// Unit: seconds.
    heartbeat_timeout: Option<u64>,
    #[serde(default)]
    device: u32,
    acknowledges: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LoginUser {
    user_id: Arc<str>,
    #[serde(default)]
    user_extension: Arc<str>,
}

#[derive(Deserialize)]
struct LoginAuth {
    #[serde(default)]
    nonce: Arc<str>,
    timestamp: u64,
    #[serde(default)]
    role: Arc<str>,
    token: Arc<str>,
}

impl LoginParams {
    fn into_login(self) -> Login {
        Login {
            app_id: self.app_id,
            app_sign: self.app_sign,
            user_id: self.user.user_id,
            user_info: self.user.user_extension,
            nonce: self.user_auth.nonce,
            role: self.user_auth.role,
            timestamp: self.user_auth.timestamp,
            token: self.user_auth.token,
            heartbeat_timeout: self.heartbeat_timeout.map(claque_core::Duration::from_secs),
            acknowledges: self.acknowledges.unwrap_or(true),
            device: self.device,
        }
    }
}

#[derive(Deserialize)]
struct ReconnectParams {
    session: String,
    #[serde(default)]
    cursors: Vec<CursorParams>,
    fresh: Option<LoginParams>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CursorParams {
    group_id: String,
    seqnum: u64,
}

/// Runs one connection to its end.
pub(crate) async fn serve<S>(link: S, ahead: Vec<u8>, driver: Handle)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let limits = WebSocketConfig::default()
        .max_message_size(Some(FRAME_BYTES_MAX))
        .max_frame_size(Some(FRAME_BYTES_MAX))
        .write_buffer_size(16 * 1_024)
        .read_buffer_size(4 * 1_024);
    let socket = WebSocketStream::from_partially_read(link, ahead, Role::Server, Some(limits)).await;
    let (mut writer, mut reader) = socket.split();
    let (outbox, mut frames) = Outbox::new();
    let (answers, mut answered) = mpsc::channel::<Frame>(64);
    let mut talk = Talk {
        driver: driver.clone(),
        outbox: Some(outbox.clone()),
        link: outbox.link,
        session: None,
        answers,
    };
    drop(outbox);
    let writing = async move {
        loop {
            let next = tokio::select! {
                biased;
                answer = answered.recv() => answer,
                event = frames.recv() => event,
            };
            let done = match next {
                Some(Frame::Text(text)) => writer.feed(WsMessage::Text(text)).await.is_err(),
                Some(Frame::Close(code, reason)) => {
                    let close = CloseFrame { code: code.into(), reason: Utf8Bytes::from_static(reason) };
                    let _ = writer.send(WsMessage::Close(Some(close))).await;
                    true
                }
                None => true,
            };
            // What queued up while the last frame went out leaves in one write.
            if done || (frames.is_empty() && answered.is_empty() && writer.flush().await.is_err()) {
                break;
            }
        }
    };
    let reading = async { talk.read(&mut reader).await };
    let end = tokio::select! {
        end = reading => end,
        () = writing => LinkEnd::Lost,
    };
    if let Some(session) = talk.session {
        driver.disconnect(session, talk.link, end).await;
    }
}

/// The reading half of a connection.
struct Talk {
    driver: Handle,
    /// Ours until the logon hands it over.
    outbox: Option<Outbox>,
    link: u64,
    session: Option<SessionId>,
    answers: mpsc::Sender<Frame>,
}

impl Talk {
    async fn read<R>(&mut self, reader: &mut R) -> LinkEnd
    where
        R: StreamExt<Item = Result<WsMessage, tokio_tungstenite::tungstenite::Error>> + Unpin,
    {
        let mut patience = LOGON_WITHIN;
        loop {
            let text = match tokio::time::timeout(patience, reader.next()).await {
                Ok(Some(Ok(WsMessage::Text(text)))) => text,
                Ok(Some(Ok(WsMessage::Ping(_) | WsMessage::Pong(_) | WsMessage::Frame(_)))) => continue,
                Ok(Some(Ok(WsMessage::Binary(_)))) => {
                    self.answer(method::error(&Value::Null, 400, "frames are JSON text")).await;
                    continue;
                }
                Ok(Some(Ok(WsMessage::Close(_)))) => return LinkEnd::Lost,
                Ok(Some(Err(_)) | None) | Err(_) => return LinkEnd::Lost,
            };
            let asked: Asked = match serde_json::from_str(&text) {
                Ok(asked) => asked,
                Err(error) => {
                    self.answer(method::error(&Value::Null, 604, &format!("not a request: {error}"))).await;
                    continue;
                }
            };
            if let Some(heartbeat) = self.obey(asked).await {
                patience = heartbeat;
            }
        }
    }

    async fn answer(&self, text: String) {
        // A writer that is gone ends the connection by itself.
        let _ = self.answers.send(Frame::Text(text.into())).await;
    }

    /// Does what a frame asks; after a logon, how long the link may be silent from here on.
    async fn obey(&mut self, asked: Asked) -> Option<Duration> {
        match asked.method.as_str() {
            "login" | "reconnect" => match self.log_on(&asked.method, asked.params).await {
                Ok((connected, silence)) => {
                    let body = json!({ "id": asked.id, "result": connected_object(&connected) });
                    self.answer(body.to_string()).await;
                    return Some(silence);
                }
                Err(bad) => self.answer(method::error(&asked.id, bad.code, &bad.text)).await,
            },
            "heartbeat" => self.answer(json!({ "id": asked.id, "result": {} }).to_string()).await,
            method => {
                let text = self.request(method, &asked.id, asked.params).await;
                self.answer(text).await;
            }
        }
        None
    }

    async fn request(&self, method: &str, id: &Value, params: Value) -> String {
        let request = match method::request(method, params) {
            Ok(request) => request,
            Err(bad) => return method::error(id, bad.code, &bad.text),
        };
        let Some(session) = self.session else {
            return method::error(id, 602, "log on first");
        };
        match self.driver.client(session, request).await {
            Ok(outcome) => {
                let names = self.names(&outcome).await;
                method::reply(id, outcome, |message| {
                    message
                        .group
                        .and_then(|group| names.iter().find(|(ix, _)| *ix == group))
                        .map_or_else(String::new, |(_, name)| name.to_string())
                })
            }
            Err(_) => method::error(id, 500, "the server is stopping"),
        }
    }

    /// The IDs of the groups that a list of messages comes from: one.
    async fn names(&self, outcome: &crate::driver::ClientAnswer) -> Vec<(claque_core::GroupIx, Arc<str>)> {
        let Ok(claque_core::ClientReply::Messages(messages, _)) = outcome else { return Vec::new() };
        let Some(group) = messages.first().and_then(|message| message.group) else { return Vec::new() };
        let name = self.driver.with(move |driver| Arc::clone(driver.service.group_id(group))).await;
        name.map(|name| vec![(group, name)]).unwrap_or_default()
    }

    async fn log_on(&mut self, method: &str, params: Value) -> Result<(Connected, Duration), BadFrame> {
        let bad = |code, text: &str| BadFrame { code, text: text.to_owned() };
        if self.session.is_some() {
            return Err(bad(304, "already logged on"));
        }
        let outbox = self.outbox.clone().ok_or_else(|| bad(601, "this link is used up; open another"))?;
        let stopped = |_| BadFrame { code: 500, text: "the server is stopping".to_owned() };
        let (outcome, heartbeat) = if method == "login" {
            let params: LoginParams = parse(params)?;
            let heartbeat = params.heartbeat_timeout;
            (self.driver.connect(params.into_login(), outbox).await.map_err(stopped)?, heartbeat)
        } else {
            let params: ReconnectParams = parse(params)?;
            let (session, secret) =
                session_id(&params.session).ok_or_else(|| bad(400, "no such form of session"))?;
            let cursors = self.cursors(session, secret.to_owned(), params.cursors).await.map_err(stopped)?;
            let cursors = cursors.ok_or_else(|| bad(404, "the session is gone; log on again"))?;
            let heartbeat = params.fresh.as_ref().and_then(|fresh| fresh.heartbeat_timeout);
            let fresh = params.fresh.map(LoginParams::into_login);
            let back = Comeback { session, fresh, cursors, outbox };
            (self.driver.reconnect(back).await.map_err(stopped)?, heartbeat)
        };
        let connected =
            outcome.map_err(|refusal| BadFrame { code: refusal.code(), text: refusal.to_string() })?;
        self.session = Some(connected.session);
        self.outbox = None;
        // Silence for the heartbeat timeout is a lost link; the service then waits as long once more.
        Ok((connected, Duration::from_secs(heartbeat.unwrap_or(99).clamp(15, 120))))
    }

    /// The cursors by group index; none when the secret is not the session's, or nobody has it.
    async fn cursors(
        &self,
        session: SessionId,
        secret: String,
        params: Vec<CursorParams>,
    ) -> Result<Option<Vec<Cursor>>, crate::driver::Stopped> {
        self.driver
            .with(move |driver| {
                let app = driver.service.app_of(session.user)?;
                if !bool::from(driver.service.sid(session).as_bytes().ct_eq(secret.as_bytes())) {
                    return None;
                }
                let found = params.iter().filter_map(|cursor| {
                    let group = driver.service.find_group(app, &cursor.group_id)?;
                    Some(Cursor { group, high_seq: cursor.seqnum })
                });
                Some(found.collect())
            })
            .await
    }
}

fn parse<T: serde::de::DeserializeOwned>(params: Value) -> Result<T, BadFrame> {
    serde_json::from_value(params).map_err(|error| BadFrame { code: 400, text: error.to_string() })
}

/// A session as clients hold it: user index, generation, and the secret that only its own client was told.
fn session_text(connected: &Connected) -> String {
    let SessionId { user, generation } = connected.session;
    format!("{}-{generation}-{}", user.0, connected.sid)
}

fn session_id(text: &str) -> Option<(SessionId, &str)> {
    let (user, rest) = text.split_once('-')?;
    let (generation, secret) = rest.split_once('-')?;
    let session = SessionId { user: UserIx(user.parse().ok()?), generation: generation.parse().ok()? };
    Some((session, secret))
}

fn connected_object(connected: &Connected) -> Value {
    json!({
        "session": session_text(connected),
        "sid": &*connected.sid,
        "groups": connected.groups.iter().map(frame::group_object).collect::<Vec<_>>(),
    })
}
