//! What the examples share: signed calls and control calls over one connection, and a WebSocket client that costs little.
#![expect(dead_code, reason = "each example uses a part")]

use claque_core::client_token;
use claque_server::AccessKey;
use claque_server::clock::wall_now;
use claque_wire::argument::{Argument, Arguments};
use claque_wire::client::{ClientStyle, Stamp};
use claque_wire::sign::Credentials;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Whatever went wrong.
pub(crate) type Problem = Box<dyn std::error::Error + Send + Sync>;

/// Numbers drawn by a counter: the same seed draws the same.
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ word >> 31) % bound
    }
}

/// One keep-alive connection.
pub(crate) struct Link {
    host: String,
    stream: TcpStream,
    calls: u64,
    name: String,
}

impl Link {
    pub(crate) async fn open(host: &str, name: String) -> Result<Self, Problem> {
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        Ok(Self { host: host.to_owned(), stream, calls: 0, name })
    }

    async fn exchange(&mut self, bytes: &[u8]) -> Result<(u16, Vec<u8>), Problem> {
        self.stream.write_all(bytes).await?;
        let mut got = Vec::new();
        loop {
            let mut headers = [httparse::EMPTY_HEADER; 32];
            let mut answer = httparse::Response::new(&mut headers);
            if let httparse::Status::Complete(head) = answer.parse(&got)? {
                let status = answer.code.ok_or("no status")?;
                let named =
                    |header: &&httparse::Header<'_>| header.name.eq_ignore_ascii_case("content-length");
                let length = answer.headers.iter().find(named).ok_or("no length")?.value;
                let length: usize = std::str::from_utf8(length)?.parse()?;
                if got.len() >= head + length {
                    return Ok((status, got[head..head + length].to_vec()));
                }
            }
            if self.stream.read_buf(&mut got).await? == 0 {
                return Err("the connection ended".into());
            }
        }
    }

    /// The bytes of a signed call, which no other has.
    pub(crate) fn signed(&mut self, action: &str, with: &Value) -> Result<Vec<u8>, Problem> {
        let mut arguments = Arguments::new();
        for (name, value) in with.as_object().into_iter().flatten() {
            match value {
                Value::Number(number) => arguments.set(name, Argument::Integer(number.as_i64().unwrap_or(0))),
                other => arguments.set(name, Argument::Text(other.as_str().unwrap_or_default().to_owned())),
            }
        }
        let key = AccessKey::development();
        let who = Credentials { access_key_id: key.id, access_key_secret: key.secret, security_token: None };
        self.calls += 1;
        let nonce = format!("{}-{}-{}", self.name, self.calls, wall_now().as_micros());
        let stamp = Stamp { nonce: &nonce, signed_at: wall_now().unix_seconds() };
        let request = ClientStyle::PopCorePost.request(action, &arguments, &self.host, &who, stamp)?;
        let mut bytes = format!("{} {} HTTP/1.1\r\n", request.method, request.target()).into_bytes();
        for (name, value) in &request.headers {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", request.body.len()).as_bytes());
        bytes.extend_from_slice(&request.body);
        Ok(bytes)
    }

    /// A signed call; an error is a link that broke, a refusal is an error too.
    pub(crate) async fn call(&mut self, action: &str, with: &Value) -> Result<Value, Problem> {
        let bytes = self.signed(action, with)?;
        match self.exchange(&bytes).await? {
            (200, body) => Ok(serde_json::from_slice(&body)?),
            (status, body) => {
                Err(format!("{action} refused with {status}: {}", String::from_utf8_lossy(&body)).into())
            }
        }
    }

    /// A control call, as text.
    pub(crate) async fn control_text(
        &mut self,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Result<String, Problem> {
        let body = body.to_string();
        let head = format!(
            "{method} /_claque/{path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\r\n",
            self.host,
            body.len()
        );
        match self.exchange([head.as_bytes(), body.as_bytes()].concat().as_slice()).await? {
            (200, body) => Ok(String::from_utf8(body)?),
            (status, body) => {
                Err(format!("{path} refused with {status}: {}", String::from_utf8_lossy(&body)).into())
            }
        }
    }

    /// A control call.
    pub(crate) async fn control(&mut self, method: &str, path: &str, body: &Value) -> Result<Value, Problem> {
        Ok(serde_json::from_str(&self.control_text(method, path, body).await?)?)
    }

    /// An application, its quotas off.
    pub(crate) async fn application(&mut self) -> Result<App, Problem> {
        let limits = json!({ "call_quotas": false, "app_groups_max": 1_000_000, "group_messages_per_second": 1_000_000 });
        self.control("POST", "limits", &limits).await?;
        let made = self.call("CreateLiveMessageApp", &json!({ "AppName": "show" })).await?;
        let text = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
        Ok(App { id: text("AppId"), key: text("AppKey"), sign: text("AppSign") })
    }
}

/// An application's identity.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) id: String,
    key: String,
    sign: String,
}

impl App {
    /// The frame with which a user logs on.
    pub(crate) fn login(&self, user: &str) -> String {
        let expiry = 4_000_000_000;
        let token = client_token(&self.id, &self.key, user, "AK", expiry, "");
        let params = json!({
            "appId": self.id,
            "appSign": self.sign,
            "user": { "userId": user },
            "userAuth": { "nonce": "AK", "timestamp": expiry, "role": "", "token": token },
        });
        json!({ "id": 1, "method": "login", "params": params }).to_string()
    }
}

/// Reads a process's figure out of `/proc`: a line of `status`, such as `VmRSS`. Unit: KiB.
pub(crate) fn memory_kib(process: u32, name: &str) -> Result<u64, Problem> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such line")?;
    Ok(line.trim_start_matches(':').trim().trim_end_matches(" kB").parse()?)
}

/// Processor time that a process has used, in user and kernel mode. Unit: hundredths of a second.
pub(crate) fn processor_ticks(process: u32) -> Result<u64, Problem> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name, in brackets, may hold spaces.
    let behind = text.rsplit_once(')').ok_or("no name")?.1;
    let fields: Vec<&str> = behind.split_whitespace().collect();
    let at = |index: usize| fields.get(index).ok_or("too few fields")?.parse::<u64>().map_err(Problem::from);
    Ok(at(11)? + at(12)?)
}

/// A WebSocket as cheap as can be: frames are masked with zeroes, and read in place.
pub(crate) struct Socket {
    stream: TcpStream,
    got: Vec<u8>,
    /// Where the unread part begins.
    at: usize,
}

impl Socket {
    pub(crate) async fn open(host: &str, path: &str) -> Result<Self, Problem> {
        let mut stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await?;
        let mut got = Vec::new();
        loop {
            if let Some(end) = got.windows(4).position(|four| four == b"\r\n\r\n") {
                if !got.starts_with(b"HTTP/1.1 101") {
                    return Err(String::from_utf8_lossy(&got).into_owned().into());
                }
                return Ok(Self { stream, got, at: end + 4 });
            }
            if stream.read_buf(&mut got).await? == 0 {
                return Err("no handshake".into());
            }
        }
    }

    pub(crate) async fn send(&mut self, text: &str) -> Result<(), Problem> {
        Ok(self.stream.write_all(&frame_of(text)?).await?)
    }

    /// The connection itself; what was read ahead is dropped.
    pub(crate) fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// The next text frame.
    pub(crate) async fn next(&mut self) -> Result<&str, Problem> {
        loop {
            if let Some((begin, end)) = frame(&self.got[self.at..]) {
                let from = self.at;
                self.at += end;
                if self.got[from] & 0x0f == 1 {
                    return Ok(std::str::from_utf8(&self.got[from + begin..from + end])?);
                }
                if self.got[from] & 0x0f == 8 {
                    return Err("the server closed the link".into());
                }
                continue;
            }
            self.got.drain(..self.at);
            self.at = 0;
            if self.stream.read_buf(&mut self.got).await? == 0 {
                return Err("the link ended".into());
            }
        }
    }

    /// The first frame that contains a text.
    pub(crate) async fn until(&mut self, text: &str) -> Result<String, Problem> {
        loop {
            let frame = self.next().await?;
            if frame.contains(text) {
                return Ok(frame.to_owned());
            }
        }
    }

    /// Logs on and joins a group.
    pub(crate) async fn in_group(host: &str, app: &App, user: &str, group: &str) -> Result<Self, Problem> {
        let mut socket = Self::open(host, claque_server::AUDIENCE_PATH).await?;
        socket.send(&app.login(user)).await?;
        accepted(&socket.until("\"id\":1").await?)?;
        let join = json!({ "id": 2, "method": "joinGroup", "params": { "groupId": group } });
        socket.send(&join.to_string()).await?;
        accepted(&socket.until("\"id\":2").await?)?;
        Ok(socket)
    }
}

fn accepted(answer: &str) -> Result<(), Problem> {
    if answer.contains("\"result\"") { Ok(()) } else { Err(answer.to_owned().into()) }
}

/// A text frame as a client sends it.
pub(crate) fn frame_of(text: &str) -> Result<Vec<u8>, Problem> {
    let mut frame = vec![0x81];
    match text.len() {
        short @ 0..=125 => frame.push(0x80 | u8::try_from(short)?),
        long => {
            frame.push(0x80 | 126);
            frame.extend_from_slice(&u16::try_from(long)?.to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(text.as_bytes());
    Ok(frame)
}

/// Where the payload of a whole frame begins and ends.
fn frame(bytes: &[u8]) -> Option<(usize, usize)> {
    let (begin, length) = match bytes.get(1)? & 0x7f {
        126 => (4, usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
        127 => (10, usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?),
        short => (2, usize::from(short)),
    };
    (bytes.len() >= begin + length).then_some((begin, begin + length))
}
