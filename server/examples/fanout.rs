//! One sender, many receivers in one group: deliveries per second, latency, and the server's processor time, for Claque and
//! for its peers. `benches/brokers/run.sh` starts the servers and runs this against each.
//!
//! `fanout KIND HOST:PORT PROCESS [--subscribers 1000] [--messages 1000] [--window 8 | --rate 50]`
//!
//! Each message is 256 bytes and carries its time. With a window that many messages are on their way at once (how fast can it
//! go); with a rate they leave at that pace (how long does it take). All receivers read alike: they look for the mark in
//! whatever arrives and know nothing of framing, so that the client costs the same with every server.
#![expect(clippy::print_stdout, reason = "a program for the command line")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use claque_server::clock::wall_now;
use serde_json::json;
use support::{App, Link, Problem, Socket, processor_ticks};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

const BODY_BYTES: usize = 256;
/// The mark, then microseconds since the UNIX epoch in sixteen digits.
const MARK: &[u8] = b"@T";
const MARK_BYTES: usize = MARK.len() + 16;
/// Messages before the measurement begins.
const WARM_UP: u64 = 20;
/// No delivery for so long: some were lost.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Claque,
    Mqtt,
    Nats,
    SocketIo,
}

struct Asked {
    kind: Kind,
    host: String,
    process: u32,
    subscribers: u64,
    messages: u64,
    window: u64,
    /// Unit: messages per second; 0: as the window lets them.
    rate: u64,
}

fn arguments() -> Result<Asked, Problem> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [kind, host, process, rest @ ..] = words.as_slice() else {
        return Err(
            "fanout KIND HOST:PORT PROCESS [--subscribers N] [--messages N] [--window N | --rate N]".into()
        );
    };
    let kind = match kind.as_str() {
        "claque" => Kind::Claque,
        "mqtt" => Kind::Mqtt,
        "nats" => Kind::Nats,
        "socket-io" => Kind::SocketIo,
        other => return Err(format!("{other:?} is none of claque, mqtt, nats, socket-io").into()),
    };
    let (host, process) = (host.clone(), process.parse()?);
    let mut asked = Asked { kind, host, process, subscribers: 1_000, messages: 1_000, window: 8, rate: 0 };
    for pair in rest.chunks(2) {
        let [word, value] = pair else { return Err("an option without a value".into()) };
        let value: u64 = value.parse()?;
        match word.as_str() {
            "--subscribers" => asked.subscribers = value,
            "--messages" => asked.messages = value,
            "--window" => asked.window = value,
            "--rate" => asked.rate = value,
            other => return Err(format!("no option {other}").into()),
        }
    }
    Ok(asked)
}

/// What receivers have got, and the task that waits for it.
#[derive(Default)]
struct Arrived {
    count: AtomicU64,
    progress: Notify,
}

/// One receiver: latencies of all messages after the warm-up. Unit: microseconds.
async fn receive(mut stream: TcpStream, arrived: Arc<Arrived>, subscribers: u64, all: u64) -> Vec<u32> {
    let mut latencies = Vec::new();
    let mut bytes: Vec<u8> = Vec::with_capacity(64 * 1_024);
    let mut seen = 0;
    while seen < all {
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            break;
        }
        let now = wall_now().as_micros();
        let mut at = 0;
        while let Some(found) = bytes[at..].iter().position(|byte| *byte == MARK[0]) {
            at += found;
            let Some(mark) = bytes.get(at..at + MARK_BYTES) else { break };
            at += 1;
            let sent =
                std::str::from_utf8(&mark[MARK.len()..]).ok().and_then(|text| text.parse::<u64>().ok());
            let Some(sent) = sent.filter(|_| mark.starts_with(MARK)) else { continue };
            at += MARK_BYTES - 1;
            seen += 1;
            if seen > WARM_UP {
                latencies.push(u32::try_from(now.saturating_sub(sent)).unwrap_or(u32::MAX));
            }
            if (arrived.count.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(subscribers) {
                arrived.progress.notify_one();
            }
        }
        // A mark that is cut stays for the next piece.
        let rest =
            bytes[at..].iter().position(|byte| *byte == MARK[0]).map_or(bytes.len(), |found| at + found);
        bytes.drain(..rest);
    }
    latencies
}

/// A connection that is subscribed, or ready to publish.
async fn connect(
    asked: &Asked,
    app: Option<&App>,
    name: &str,
    subscribe: bool,
) -> Result<TcpStream, Problem> {
    let plain = async || -> Result<TcpStream, Problem> {
        let stream = TcpStream::connect(&asked.host).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    };
    Ok(match asked.kind {
        Kind::Claque => {
            let app = app.ok_or("no application")?;
            Socket::in_group(&asked.host, app, name, "g").await?.into_stream()
        }
        Kind::Mqtt => {
            let mut stream = plain().await?;
            let id = u8::try_from(name.len())?;
            let mut hello = vec![0x10, 12 + id, 0, 4, b'M', b'Q', b'T', b'T', 4, 2, 0, 0, 0, id];
            hello.extend_from_slice(name.as_bytes());
            stream.write_all(&hello).await?;
            let mut accepted = [0; 4];
            stream.read_exact(&mut accepted).await?;
            if accepted[3] != 0 {
                return Err(format!("CONNACK {accepted:?}").into());
            }
            if subscribe {
                stream.write_all(&[0x82, 6, 0, 1, 0, 1, b'g', 0]).await?;
                stream.read_exact(&mut [0; 5]).await?;
            }
            stream
        }
        Kind::Nats => {
            let mut stream = plain().await?;
            stream.write_all(b"CONNECT {\"verbose\":false}\r\n").await?;
            stream.write_all(if subscribe { b"SUB g 1\r\nPING\r\n" } else { b"PING\r\n" }).await?;
            until(&mut stream, b"PONG\r\n").await?;
            stream
        }
        Kind::SocketIo => {
            let mut socket = Socket::open(&asked.host, "/socket.io/?EIO=4&transport=websocket").await?;
            socket.until("0{").await?;
            socket.send("40").await?;
            socket.until("40{").await?;
            socket.send(if subscribe { "42[\"join\",\"g\"]" } else { "42[\"ready\"]" }).await?;
            socket.until("42[\"ready\"]").await?;
            socket.into_stream()
        }
    })
}

async fn until(stream: &mut TcpStream, text: &[u8]) -> Result<(), Problem> {
    let mut got = Vec::new();
    while !got.windows(text.len()).any(|window| window == text) {
        if stream.read_buf(&mut got).await? == 0 {
            return Err("the link ended".into());
        }
    }
    Ok(())
}

/// One message as its sender writes it.
fn published(kind: Kind) -> Result<Vec<u8>, Problem> {
    let mut body = format!("@T{:016}", wall_now().as_micros());
    body.push_str(&"x".repeat(BODY_BYTES - body.len()));
    Ok(match kind {
        Kind::Claque => {
            let params = json!({ "groupId": "g", "type": 10_001, "data": body, "level": 1 });
            support::frame_of(
                &json!({ "id": 3, "method": "sendGroupMessage", "params": params }).to_string(),
            )?
        }
        Kind::Mqtt => {
            let length = 3 + body.len();
            let mut packet =
                vec![0x30, u8::try_from(length % 128)? | 0x80, u8::try_from(length / 128)?, 0, 1, b'g'];
            packet.extend_from_slice(body.as_bytes());
            packet
        }
        Kind::Nats => format!("PUB g {}\r\n{body}\r\n", body.len()).into_bytes(),
        Kind::SocketIo => support::frame_of(&format!("42[\"say\",\"{body}\"]"))?,
    })
}

async fn measure(asked: &Asked) -> Result<(), Problem> {
    let app = if asked.kind == Kind::Claque {
        let mut link = Link::open(&asked.host, "fanout".to_owned()).await?;
        let app = link.application().await?;
        let group = json!({ "AppId": app.id, "GroupId": "g", "CreatorId": "host" });
        link.call("CreateLiveMessageGroup", &group).await?;
        Some(app)
    } else {
        None
    };
    let arrived = Arc::new(Arrived::default());
    let all = WARM_UP + asked.messages;
    let mut receivers = Vec::new();
    for number in 0..asked.subscribers {
        let stream = connect(asked, app.as_ref(), &format!("user{number}"), true).await?;
        receivers.push(tokio::spawn(receive(stream, Arc::clone(&arrived), asked.subscribers, all)));
    }
    let (mut heard, mut sender) = connect(asked, app.as_ref(), "sender", false).await?.into_split();
    // What comes back to the sender is read and not counted.
    let sink = tokio::spawn(async move { tokio::io::copy(&mut heard, &mut tokio::io::sink()).await });
    // Join notices come to an end.
    tokio::time::sleep(Duration::from_secs(6)).await;
    let (mut begun, mut ticks) = (0, 0);
    for number in 0..=all {
        let window = if number == WARM_UP || number == all { 0 } else { asked.window };
        let due = number.saturating_sub(window) * asked.subscribers;
        while (asked.rate == 0 || window == 0) && arrived.count.load(Ordering::Relaxed) < due {
            let waited = tokio::time::timeout(PATIENCE, arrived.progress.notified()).await;
            if waited.is_err() && arrived.count.load(Ordering::Relaxed) < due {
                let got = arrived.count.load(Ordering::Relaxed);
                return Err(format!("{got} of {due} deliveries arrived").into());
            }
        }
        if number == WARM_UP {
            (begun, ticks) = (wall_now().as_micros(), processor_ticks(asked.process)?);
        }
        if number == all {
            break;
        }
        if asked.rate > 0 && number > WARM_UP {
            let at = begun + (number - WARM_UP) * 1_000_000 / asked.rate;
            tokio::time::sleep(Duration::from_micros(at.saturating_sub(wall_now().as_micros()))).await;
        }
        sender.write_all(&published(asked.kind)?).await?;
    }
    let elapsed = wall_now().as_micros() - begun;
    let ticks = processor_ticks(asked.process)? - ticks;
    let mut latencies = Vec::new();
    for receiver in receivers {
        latencies.extend(receiver.await?);
    }
    sink.abort();
    latencies.sort_unstable();
    let deliveries = asked.messages * asked.subscribers;
    let at = |share: usize| latencies[(latencies.len() - 1) * share / 100];
    println!(
        "{deliveries} deliveries in {} ms: {} per second, p50 {} us, p99 {} us; server {} ms of processor time, {} \
         deliveries per second of it",
        elapsed / 1_000,
        deliveries * 1_000_000 / elapsed.max(1),
        at(50),
        at(99),
        ticks * 10,
        deliveries * 100 / ticks.max(1),
    );
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Problem> {
    measure(&arguments()?).await
}
