//! A viewer: one user's client over one WebSocket at a time, with heartbeats, as the protocol asks.

use std::collections::BTreeMap;
use std::time::Duration;

use claque_wire::audience::reconnect_params;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::backend::CallGate;
use crate::plan::{SpoiltFrame, ViewerAct};
use crate::seen::{LinkOver, SharedLog, Sight};

/// The tokens of viewers expire then. Unit: UNIX seconds.
const EXPIRY: u64 = 4_000_000_000;
/// Others expire so soon. Unit: seconds.
const BRIEF: u64 = 25;
/// The answer to a close frame is waited for so long.
const CLOSED_WITHIN: Duration = Duration::from_secs(5);
/// The forms in which clients ask for a WebSocket: the options of a connection are a list, and case means nothing.
const HANDSHAKES: [&str; 3] = [
    "Upgrade: websocket\r\nConnection: Upgrade\r\n",
    "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n",
    "connection: upgrade\r\nupgrade: WebSocket\r\n",
];

/// What a viewer knows of the application.
#[derive(Clone, Debug, Default)]
pub(crate) struct ViewerApp {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) sign: String,
}

/// What a viewer keeps over the server's lives.
#[derive(Clone, Debug, Default)]
pub(crate) struct ViewerMemory {
    /// Its session, as the last logon named it.
    pub(crate) session: Option<String>,
    /// The newest message of each group.
    pub(crate) cursors: BTreeMap<String, u64>,
    /// Links so far.
    pub(crate) links: u32,
    timeout: u64,
}

/// What a viewer is to do, with the text that it sends if it does.
pub(crate) type Bidden = (ViewerAct, String);

/// A link.
struct Up {
    reader: ReadHalf<DuplexStream>,
    writer: WriteHalf<DuplexStream>,
    ahead: Vec<u8>,
    greeted: bool,
    silent: bool,
    beats: Instant,
    /// The request that began it.
    logon: Json,
}

/// A viewer's client.
pub(crate) struct SimulatedViewer {
    pub(crate) number: usize,
    pub(crate) gate: CallGate,
    pub(crate) shared: SharedLog,
    pub(crate) app: ViewerApp,
    pub(crate) kept: ViewerMemory,
    asked: u64,
    /// A link that a newer one has replaced, until the server has let that one in: its end is reported behind the new one's
    /// beginning, as after a change of networks.
    former: Option<Up>,
}

/// The user ID of a viewer.
pub(crate) fn name(viewer: usize) -> String {
    format!("viewer{viewer}")
}

/// The ID of a group.
pub(crate) fn group_id(group: usize) -> String {
    format!("group{group}")
}

/// What a link brought.
enum Brought {
    Frame(u8, Vec<u8>),
    End,
}

impl SimulatedViewer {
    pub(crate) fn new(
        number: usize,
        gate: CallGate,
        shared: SharedLog,
        app: ViewerApp,
        kept: ViewerMemory,
    ) -> Self {
        Self { number, gate, shared, app, kept, asked: 0, former: None }
    }

    /// Does as it is bidden until nobody bids it anything; gives back what it keeps.
    pub(crate) async fn live(mut self, mut bidden: mpsc::UnboundedReceiver<Bidden>) -> ViewerMemory {
        let mut link: Option<Up> = None;
        loop {
            let Some(up) = &mut link else {
                match bidden.recv().await {
                    None => return self.kept,
                    Some((deed, _)) => link = self.begin(deed).await,
                }
                continue;
            };
            let beat = if up.silent { Duration::from_secs(86_400) } else { Duration::from_secs(5) };
            tokio::select! {
                biased;
                next = bidden.recv() => match next {
                    None => return self.kept,
                    Some((deed, text)) => {
                        if !self.act(up, deed, text).await {
                            link = None;
                        }
                    }
                },
                brought = read(&mut up.reader, &mut up.ahead) => {
                    if !self.take(up, brought).await {
                        link = None;
                    }
                }
                () = tokio::time::sleep_until(up.beats + beat) => {
                    up.beats = Instant::now();
                    self.ask(up, "heartbeat", json!({})).await;
                }
            }
        }
    }

    /// Begins a link, if that is what it is to do.
    async fn begin(&mut self, deed: ViewerAct) -> Option<Up> {
        let (method, params) = match deed {
            ViewerAct::Login(timeout) => {
                self.kept.timeout = timeout;
                ("login", self.login(timeout, EXPIRY))
            }
            ViewerAct::LoginBriefly(timeout) => {
                self.kept.timeout = timeout;
                let expiry = self.shared.now() / 1_000_000 + BRIEF;
                ("login", self.login(timeout, expiry))
            }
            // A client whose link is gone takes its session up again when its user wants something.
            ViewerAct::Back
            | ViewerAct::Join(_)
            | ViewerAct::Leave(_)
            | ViewerAct::Send(..)
            | ViewerAct::Query(_) => match &self.kept.session {
                Some(session) => {
                    let cursors = self.kept.cursors.iter().map(|(group, seq)| (group.as_str(), *seq));
                    ("reconnect", reconnect_params(session, cursors, None))
                }
                None if self.kept.timeout > 0 => ("login", self.login(self.kept.timeout, EXPIRY)),
                None => return None,
            },
            ViewerAct::Break
            | ViewerAct::Close
            | ViewerAct::Spoil(_)
            | ViewerAct::Logout
            | ViewerAct::Pause(_)
            | ViewerAct::FallSilent => return None,
        };
        self.asked += 1;
        let logon = json!({ "id": self.asked, "method": method, "params": params });
        self.kept.links += 1;
        let (reader, mut writer) = tokio::io::split(self.gate.connect());
        let form = HANDSHAKES[usize::try_from(self.kept.links).unwrap_or(0) % HANDSHAKES.len()];
        let hello = format!(
            "GET /audience HTTP/1.1\r\nHost: localhost\r\n{form}\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        drop(writer.write_all(hello.as_bytes()).await);
        Some(Up {
            reader,
            writer,
            ahead: Vec::new(),
            greeted: false,
            silent: false,
            beats: Instant::now(),
            logon,
        })
    }

    fn login(&self, timeout: u64, expiry: u64) -> Json {
        let user = name(self.number);
        // One of them is an administrator.
        let role = if self.number == 1 { "admin" } else { "" };
        let parts = [&self.app.id, &self.app.key, &user, "nonce", &expiry.to_string(), role].concat();
        let token: String = Sha256::digest(parts).iter().map(|byte| format!("{byte:02x}")).collect();
        json!({
            "appId": self.app.id,
            "appSign": self.app.sign,
            "user": { "userId": user },
            "userAuth": { "nonce": "nonce", "timestamp": expiry, "role": role, "token": token },
            "heartbeatTimeout": timeout,
            "device": self.kept.links,
        })
    }

    /// Does something on its link; false: that is gone.
    async fn act(&mut self, up: &mut Up, deed: ViewerAct, text: String) -> bool {
        let in_group = |group: usize| json!({ "groupId": group_id(group) });
        match deed {
            ViewerAct::Login(_) | ViewerAct::LoginBriefly(_) | ViewerAct::Back => {
                // On a link of its own, as after a change of networks.
                self.over(LinkOver::ByViewer);
                if let Some(next) = self.begin(deed).await {
                    self.former = Some(std::mem::replace(up, next));
                    return true;
                }
                return false;
            }
            ViewerAct::Join(group) => self.ask(up, "joinGroup", in_group(group)).await,
            ViewerAct::Leave(group) => self.ask(up, "leaveGroup", in_group(group)).await,
            ViewerAct::Query(group) => self.ask(up, "queryGroup", in_group(group)).await,
            ViewerAct::Send(group, ..) => {
                let params =
                    json!({ "groupId": group_id(group), "type": 20_001, "data": text, "level": "HIGH" });
                self.ask(up, "sendGroupMessage", params).await;
            }
            ViewerAct::Break => {
                self.over(LinkOver::ByViewer);
                return false;
            }
            ViewerAct::Close => {
                self.close(up).await;
                return false;
            }
            ViewerAct::Spoil(how) => self.spoil(up, how).await,
            ViewerAct::Logout => self.ask(up, "logout", json!({})).await,
            ViewerAct::Pause(millis) => {
                self.shared.note(Sight::Paused(self.number, millis * 1_000));
                tokio::time::sleep(Duration::from_millis(millis)).await;
            }
            ViewerAct::FallSilent => {
                up.silent = true;
                self.shared.note(Sight::Silent(self.number));
            }
        }
        true
    }

    /// Closes a link as the standard has it: a close frame, which is answered by one.
    async fn close(&mut self, up: &mut Up) {
        drop(up.writer.write_all(&masked(8, &1_000_u16.to_be_bytes())).await);
        let until = Instant::now() + CLOSED_WITHIN;
        while up.greeted {
            match tokio::time::timeout_at(until, read(&mut up.reader, &mut up.ahead)).await {
                Ok(Brought::Frame(8, _)) => break,
                // What was under way before its close frame.
                Ok(Brought::Frame(1, payload)) => {
                    if let Ok(frame) = serde_json::from_slice(&payload) {
                        self.received(frame);
                    }
                }
                Ok(Brought::Frame(..)) => {}
                // A link on which nobody logs on ends by itself.
                Ok(Brought::End) | Err(_) if self.kept.session.is_none() => break,
                Ok(Brought::End) | Err(_) => {
                    let says = format!("the close frame of viewer{} was not answered by one", self.number);
                    self.shared.note(Sight::Unstandard(says));
                    break;
                }
            }
        }
        self.over(LinkOver::ByViewer);
    }

    /// Sends a frame that ends the link.
    async fn spoil(&self, up: &mut Up, how: SpoiltFrame) {
        if !up.greeted {
            return;
        }
        self.shared.note(Sight::Spoilt(self.number, how));
        let bytes = match how {
            SpoiltFrame::Unmasked => vec![0x81, 2, b'{', b'}'],
            SpoiltFrame::NoText => masked(1, &[0xff, 0xfe]),
            SpoiltFrame::TooLong => [&[0x81, 0xff][..], &(1_u64 << 40).to_be_bytes(), &[1, 2, 3, 4]].concat(),
        };
        drop(up.writer.write_all(&bytes).await);
        // Nothing that is said behind it would be understood.
        up.silent = true;
    }

    async fn ask(&mut self, up: &mut Up, method: &str, params: Json) {
        if !up.greeted || up.silent {
            return;
        }
        self.asked += 1;
        let frame = json!({ "id": self.asked, "method": method, "params": params });
        self.say(up, &frame).await;
    }

    async fn say(&self, up: &mut Up, frame: &Json) {
        self.shared.note(Sight::Frame(self.number, self.kept.links, frame.clone()));
        // A link whose other end is gone is noticed by reading.
        drop(up.writer.write_all(&masked(1, frame.to_string().as_bytes())).await);
    }

    fn over(&self, how: LinkOver) {
        self.shared.note(Sight::Down(self.number, self.kept.links, how));
    }

    /// Takes what its link brought; false: it is gone.
    async fn take(&mut self, up: &mut Up, brought: Brought) -> bool {
        let (kind, payload) = match brought {
            Brought::End => {
                self.over(LinkOver::ByServer(None));
                return false;
            }
            Brought::Frame(kind, payload) => (kind, payload),
        };
        match kind {
            0 => {
                if !payload.starts_with(b"HTTP/1.1 101") {
                    self.garbled(&payload);
                    self.over(LinkOver::ByServer(None));
                    return false;
                }
                up.greeted = true;
                self.shared.note(Sight::Up(self.number, self.kept.links));
                let logon = up.logon.clone();
                self.say(up, &logon).await;
            }
            1 => match serde_json::from_slice::<Json>(&payload) {
                Ok(frame) => self.received(frame),
                Err(_) => self.garbled(&payload),
            },
            8 => {
                let code = payload.get(..2).map(|code| u16::from_be_bytes([code[0], code[1]]));
                drop(up.writer.write_all(&masked(8, &payload)).await);
                self.over(LinkOver::ByServer(code));
                return false;
            }
            9 | 10 => {}
            _ => self.garbled(&payload),
        }
        true
    }

    fn received(&mut self, frame: Json) {
        if let Some(session) = frame["result"]["session"].as_str() {
            self.kept.session = Some(session.to_owned());
            self.former = None;
        }
        // 403: its token has expired.
        if frame["error"]["code"] == 404 || frame["error"]["code"] == 403 {
            // The session is over: the next link begins another.
            self.kept.session = None;
        }
        // How far each group had come when it was joined, and what came since: a client that names no number pulls nothing.
        let joined = frame["result"].as_object().filter(|result| result.contains_key("seqnum"));
        let joined = joined.map(|result| (&result["groupId"], &result["seqnum"]));
        let came =
            (frame["event"] == "recvgroupmessage").then(|| (&frame["groupId"], &frame["message"]["seqnum"]));
        let back = frame["messages"].as_array().and_then(|all| all.last());
        let back = back.map(|message| (&frame["groupId"], &message["seqnum"]));
        if let Some((group, seq)) = joined.or(came).or(back)
            && let (Some(group), Some(seq)) = (group.as_str(), seq.as_u64())
        {
            self.kept.cursors.insert(group.to_owned(), seq);
        }
        self.shared.note(Sight::Received(self.number, self.kept.links, frame));
    }

    fn garbled(&self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
        self.shared.note(Sight::Garbled(self.number, self.kept.links, text));
    }
}

/// A frame of a client. The mask is the same for all: it hides nothing from anybody here.
fn masked(kind: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
    let mut frame = vec![0x80 | kind];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short @ 0..=125), _) => frame.push(0x80 | short),
        (_, Ok(middle)) => {
            frame.push(0x80 | 126);
            frame.extend(middle.to_be_bytes());
        }
        (_, Err(_)) => {
            frame.push(0x80 | 127);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend(MASK);
    frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

/// The next frame, or the head of the answer to the handshake (kind 0). Bytes that were read stay in `ahead` where the wait for
/// more is given up.
async fn read(link: &mut ReadHalf<DuplexStream>, ahead: &mut Vec<u8>) -> Brought {
    loop {
        if let Some(brought) = next_of(ahead) {
            return brought;
        }
        match link.read_buf(ahead).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => return Brought::End,
        }
    }
}

fn next_of(ahead: &mut Vec<u8>) -> Option<Brought> {
    if ahead.first() == Some(&b'H') {
        let end = ahead.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let rest = ahead.split_off(end);
        return Some(Brought::Frame(0, std::mem::replace(ahead, rest)));
    }
    let (kind, short) = (*ahead.first()? & 0x0f, *ahead.get(1)? & 0x7f);
    let (head, length) = match short {
        126 => (4, usize::from(u16::from_be_bytes(ahead.get(2..4)?.try_into().ok()?))),
        127 => (10, usize::try_from(u64::from_be_bytes(ahead.get(2..10)?.try_into().ok()?)).ok()?),
        short => (2, usize::from(short)),
    };
    if ahead.len() < head + length {
        return None;
    }
    let rest = ahead.split_off(head + length);
    let frame = std::mem::replace(ahead, rest);
    Some(Brought::Frame(kind, frame[head..].to_vec()))
}
