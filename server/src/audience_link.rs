//! One audience connection: handshake, logon, requests, heartbeats, events.

use std::sync::Arc;
use std::time::Duration;

use claque_core::{LinkEnd, SessionId};
use claque_wire::audience::{
    Answer, Asked, BadFrame, Logon, LogonMethod, Method, NOT_LOGGED_ON, SessionMethod, salvage_id,
};
use claque_wire::http::HttpRequest;
use futures_util::StreamExt;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as WsError, Message as WsMessage};

use crate::audience::{Frame, Outbox, Reading, pair, write};
use crate::call_log::CallLog;
use crate::connections::Visit;
use crate::driver::{Asking, Handle, Stopped};
use crate::faults::{FaultCode, FaultTarget, FaultedCall, Faults, Strike};
use crate::limits::{FRAME_BYTES_MAX, HttpLimits};

/// A link that has ended is read for so long, because closing it over unread bytes would take the goodbye with it.
const LINGER: Duration = Duration::from_secs(1);
/// The text of a refusal by a fault.
const FAULT_TEXT: &str = "a fault that was asked for through the control API";
/// Frames a second that are no requests, and frames before a logon; the next is read only in the next second.
const IDLE_FRAMES_A_SECOND_MAX: u32 = 64;
/// Requests of one link that may wait for their answers; the next is read only then.
const REQUESTS_AT_ONCE_MAX: usize = 64;

/// Whether a request asks for a WebSocket.
fn is_upgrade(request: &HttpRequest) -> bool {
    let mut words = request.header_values("connection").flat_map(|value| value.split(','));
    // Both headers (RFC 9110, 7.8): a proxy that takes `Connection` for its own link has not asked to switch, and would
    // read frames as answers.
    words.any(|word| word.trim().eq_ignore_ascii_case("upgrade"))
        && request.header("upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
}

/// The answer to a handshake: 101; none: it is no handshake of a WebSocket.
pub(crate) fn accept(request: &HttpRequest) -> Option<String> {
    let key = request.header("sec-websocket-key")?;
    let version = request.header("sec-websocket-version")?;
    (is_upgrade(request) && version == "13" && request.method == "GET").then(|| {
        format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {}\r\n\r\n",
            derive_accept_key(key.as_bytes())
        )
    })
}

/// Runs one connection to its end.
pub(crate) async fn serve<S>(
    link: S,
    ahead: Vec<u8>,
    (driver, faults, calls): (Handle, Arc<Faults>, Arc<CallLog>),
    (bounds, visit): (HttpLimits, &Visit),
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let limits = WebSocketConfig::default()
        .max_message_size(Some(FRAME_BYTES_MAX))
        .max_frame_size(Some(FRAME_BYTES_MAX))
        // What tungstenite writes itself goes to the outbox at once, where the order with other frames is
        // kept.
        .write_buffer_size(0)
        // Its default of 128 KiB for each link would be gigabytes for links that mostly listen.
        .read_buffer_size(1_024);
    // Nobody owes events to a link without a logon: all that waits for it are answers to what it sends.
    let before = bounds.outbox_bytes_before_logon_max.min(bounds.outbox_bytes_max);
    let (outbox, inbox) = pair(before, bounds.outbox_bytes_max);
    let cut = inbox.cut();
    // Split by a lock and not by sockets: with TLS both directions share one state.
    let (half, writer) = tokio::io::split(link);
    // A task of its own: what goes out does not wake what comes in. It ends with this one.
    let mut writing = JoinSet::new();
    writing.spawn(write(writer, inbox, bounds));
    let reading = Reading::new(half, outbox.clone(), visit.all());
    let mut reader = WebSocketStream::from_partially_read(reading, ahead, Role::Server, Some(limits)).await;
    let mut talk = Talk {
        driver: driver.clone(),
        outbox,
        faults,
        calls,
        session: None,
        places: Arc::new(Semaphore::new(REQUESTS_AT_ONCE_MAX)),
        visit,
    };
    let end = tokio::select! {
        // In order, so that a simulated run has one outcome. What a peer said first is taken in before its link ends.
        biased;
        goodbye = talk.read(&mut reader, bounds.logon) => LinkEnding::Said(goodbye),
        written = writing.join_next() => LinkEnding::Written(written),
        too_slow = cut => LinkEnding::Said(too_slow.then_some(Frame::End)),
    };
    if let Some(session) = talk.session {
        // Ahead of the goodbye, which may take seconds: other members learn of the loss when it happens.
        driver.disconnect(session, talk.outbox.link, LinkEnd::Lost).await;
    }
    let written = match end {
        LinkEnding::Written(written) => written,
        LinkEnding::Said(None) => None,
        LinkEnding::Said(Some(frame)) => {
            talk.outbox.put(frame);
            // A peer that does not take it has seen enough of this link.
            tokio::time::timeout(bounds.goodbye, writing.join_next()).await.unwrap_or_default()
        }
    };
    match written {
        Some(Ok(Ok(()))) => drop(tokio::time::timeout(LINGER, end_of(&mut reader.get_mut().half)).await),
        Some(Ok(Err(error))) if error.kind() == std::io::ErrorKind::TimedOut => {
            tracing::warn!(link = talk.outbox.link, "a link is cut: its reader takes nothing");
            visit.stalled();
        }
        Some(_) | None => {}
    }
}

/// Why a link ends.
enum LinkEnding {
    /// Its reader ends it, with what is still to be written.
    Said(Option<Frame>),
    /// Its writer has ended.
    Written(Option<Result<std::io::Result<()>, JoinError>>),
}

/// Reads and throws away until the peer has ended.
async fn end_of<R: AsyncRead + Unpin>(half: &mut R) {
    let mut nowhere = vec![0; 4 * 1_024];
    while half.read(&mut nowhere).await.is_ok_and(|bytes| bytes > 0) {}
}

/// The effect of a fault on a client's request.
enum ClientFaultEffect {
    /// The link is to be cut.
    Cut,
    /// It was answered with an error.
    Refused,
    /// Nothing.
    Unharmed,
}

/// Frames that nobody asked for: so many in each second.
struct Tally {
    since: Instant,
    count: u32,
}

impl Tally {
    /// Counts one more; waits for the next second if there were enough. The link itself holds its sender back then.
    async fn add(&mut self) {
        self.count += 1;
        // Held back by not reading: the peer's own socket fills, which costs the server nothing.
        if self.count >= IDLE_FRAMES_A_SECOND_MAX {
            tokio::time::sleep_until(self.since + Duration::from_secs(1)).await;
        }
        if self.since.elapsed() >= Duration::from_secs(1) {
            *self = Self { since: Instant::now(), count: 0 };
        }
    }
}

/// The goodbye to a link whose frames cannot be read.
fn unreadable(error: &WsError) -> Frame {
    match error {
        WsError::Capacity(_) => Frame::Close(1009, "a frame has at most 262144 bytes"),
        WsError::Utf8(_) => Frame::Close(1007, "text is UTF-8"),
        WsError::Io(error) if error.kind() == std::io::ErrorKind::OutOfMemory => {
            Frame::Close(1013, "too many bytes wait: try again later")
        }
        // The peer is gone: a close frame would wait for a reader that there is not.
        WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Frame::End,
        WsError::Protocol(_) => Frame::Close(1002, "this is no frame of a client"),
        _ => Frame::End,
    }
}

/// The reading half of a connection.
struct Talk<'a> {
    driver: Handle,
    outbox: Outbox,
    faults: Arc<Faults>,
    calls: Arc<CallLog>,
    session: Option<SessionId>,
    places: Arc<Semaphore>,
    visit: &'a Visit,
}

impl Talk<'_> {
    /// Reads until the link ends. Gives what is still to be written: nothing where a lost link is what was asked for.
    async fn read<R: AsyncRead + Unpin>(
        &mut self,
        reader: &mut WebSocketStream<Reading<R>>,
        logon_within: Duration,
    ) -> Option<Frame> {
        let mut patience = logon_within;
        let mut logon_due = std::pin::pin!(tokio::time::sleep(logon_within));
        let mut tally = Tally { since: Instant::now(), count: 0 };
        loop {
            let next = tokio::select! {
                // Both may be due at once, and then it is the logon that is missing.
                biased;
                // Whatever it says meanwhile: a connection without a logon has no claim to a place.
                () = &mut logon_due, if self.session.is_none() => {
                    return Some(Frame::Close(1008, "no logon came in time"));
                }
                next = tokio::time::timeout(patience, reader.next()) => next,
            };
            reader.get_mut().message_came();
            let text = match next {
                Ok(Some(Ok(WsMessage::Text(text)))) => text,
                // A close is answered by reading on.
                Ok(Some(Ok(WsMessage::Close(_)))) => continue,
                Ok(Some(Ok(WsMessage::Ping(_) | WsMessage::Pong(_) | WsMessage::Frame(_)))) => {
                    tally.add().await;
                    continue;
                }
                Ok(Some(Ok(WsMessage::Binary(bytes)))) => {
                    tally.add().await;
                    let id = str::from_utf8(&bytes).map_or(Value::Null, salvage_id);
                    self.refuse(&id, 400, "frames are JSON text");
                    continue;
                }
                Ok(Some(Err(error))) => return Some(unreadable(&error)),
                Ok(None) | Err(_) => return Some(Frame::End),
            };
            if self.session.is_none() {
                tally.add().await;
            }
            let asked = match Asked::parse(&text) {
                Ok(asked) => asked,
                Err(bad) => {
                    tally.add().await;
                    self.refuse(&salvage_id(&text), bad.code, &bad.text);
                    continue;
                }
            };
            match self.suffer(&asked).await {
                ClientFaultEffect::Cut => return None,
                ClientFaultEffect::Refused => continue,
                ClientFaultEffect::Unharmed => {}
            }
            match self.obey(asked).await {
                Ok(Some(heartbeat)) => patience = heartbeat,
                Ok(None) => {}
                Err(Stopped) => return Some(Frame::End),
            }
        }
    }

    /// Applies the faults that the control API set on a method.
    async fn suffer(&self, asked: &Asked) -> ClientFaultEffect {
        let Some(method) = self.faults.any().then(|| Method::find(&asked.method)).flatten() else {
            return ClientFaultEffect::Unharmed;
        };
        let caller = match self.session {
            // Asked only while a fault is on: the driver alone knows the names of users.
            Some(session) => {
                self.driver.with(move |driver| driver.service.user_id(session.user).to_string()).await.ok()
            }
            None => asked.params["userId"].as_str().map(str::to_owned),
        };
        let caller = caller.unwrap_or_default();
        let call = FaultedCall {
            target: FaultTarget::Method(method.name()),
            caller: &caller,
            group: asked.params["groupId"].as_str(),
            kind: asked.params["type"].as_i64(),
        };
        let Some(strike) = self.faults.strike(&call) else { return ClientFaultEffect::Unharmed };
        // Not what a logon carries: it has a token.
        let secret = matches!(method, Method::Logon(_));
        let log =
            self.calls.client(method.name(), &caller, if secret { &Value::Null } else { &asked.params });
        self.driver.note_strike(method.name(), &caller, strike, &log).await;
        let Strike { delay, drop, fail, .. } = strike;
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        match fail {
            _ if drop => ClientFaultEffect::Cut,
            Some(FaultCode::Client(code)) => {
                log.answered(code, FAULT_TEXT);
                self.refuse(&asked.id, code, FAULT_TEXT);
                ClientFaultEffect::Refused
            }
            Some(FaultCode::Operation(_)) | None => ClientFaultEffect::Unharmed,
        }
    }

    fn refuse(&self, id: &Value, code: u16, text: &str) {
        self.outbox.text(Answer::refused(id, code, text).text());
    }

    /// Does what a frame asks; after a logon, how long the link may be silent from here on.
    async fn obey(&mut self, asked: Asked) -> Result<Option<Duration>, Stopped> {
        tracing::debug!(link = self.outbox.link, id = %asked.id, method = asked.method, "client request");
        let known = asked.known_method();
        let Asked { id, params, .. } = asked;
        match known {
            Err(bad) => self.refuse(&id, bad.code, &bad.text),
            Ok(Method::Heartbeat) => {
                // Behind every event of the session so far, so that a client can know that it has them all.
                self.driver.with(|_| ()).await?;
                self.outbox.text(Answer::done(&id).text());
            }
            Ok(Method::Logon(method)) => {
                // From here to its answer the link does not give way: a session of nobody's would be left behind.
                if !self.visit.is_heard() {
                    return Err(Stopped);
                }
                match self.log_on(method, &id, params).await? {
                    Ok(silence) => return Ok(Some(silence)),
                    Err(bad) => {
                        if self.session.is_none() {
                            self.visit.waits_for_logon();
                        }
                        self.refuse(&id, bad.code, &bad.text);
                    }
                }
            }
            Ok(Method::Session(method)) => self.ask(method, id, params).await?,
        }
        Ok(None)
    }

    /// Passes on what a session asks; the answer goes onto its link.
    async fn ask(&self, method: SessionMethod, id: Value, params: Value) -> Result<(), Stopped> {
        // Ahead of reading, which takes the parameters apart.
        let log = self.calls.client(method.name(), "", &params);
        match (method.read(params), self.session) {
            (Err(bad), _) => {
                log.answered(bad.code, &bad.text);
                self.refuse(&id, bad.code, &bad.text);
            }
            (Ok(_), None) => self.refuse(&id, NOT_LOGGED_ON.0, NOT_LOGGED_ON.1),
            (Ok(request), Some(session)) => {
                // Waiting here stops reading: a client that asks faster than it is answered holds up itself
                // alone.
                let place = Arc::clone(&self.places).acquire_owned().await;
                let place = place.expect("the semaphore is never closed");
                let asking = Asking { outbox: self.outbox.clone(), id, place, log };
                self.driver.client(session, request, asking).await?;
            }
        }
        Ok(())
    }

    /// Logs on or takes a session up again. The answer of success goes out before any event of the session.
    async fn log_on(
        &mut self,
        method: LogonMethod,
        id: &Value,
        params: Value,
    ) -> Result<Result<Duration, BadFrame>, Stopped> {
        // A second logon on one link would leave the first session without an owner that reports its end.
        if self.session.is_some() {
            return Ok(Err(BadFrame { code: 304, text: "already logged on".to_owned() }));
        }
        let (outbox, id) = (self.outbox.clone(), id.clone());
        let outcome = match Logon::read(method, params) {
            Err(bad) => return Ok(Err(bad)),
            Ok(Logon::Login(login)) => self.driver.connect(login, outbox, id).await?,
            Ok(Logon::Reconnect(back)) => self.driver.reconnect(back, outbox, id).await?,
        };
        match outcome {
            Ok((session, timeout)) => {
                let method = method.name();
                tracing::debug!(link = self.outbox.link, user = session.user.0, method, "logged on");
                // Set before anything else can fail: from here on the end of this link is the session's loss.
                self.session = Some(session);
                self.visit.is_let_in();
                // Silence for the heartbeat timeout is a lost link; the service then waits as long once more.
                Ok(Ok(Duration::from_micros(timeout.as_micros())))
            }
            Err(refusal) => {
                let (code, method) = (refusal.code(), method.name());
                tracing::info!(link = self.outbox.link, code, method, "logon refused");
                Ok(Err(BadFrame { code, text: refusal.to_string() }))
            }
        }
    }
}
