//! A server under mixed load for an hour: does its memory stay flat, and does it give back every descriptor?
//!
//! `cargo build --release --bin claque && cargo run --release -p claque-server --example soak -- --minutes 60`
//!
//! Viewers log on, join, talk on all levels, leave, lose their links and take them up again; signed calls send, delete groups
//! and restore them, make others that are deleted for good, disable and enable an application; virtual members come and go; every event is called back; the journal
//! is compacted all the time. The service's clock is moved on so that 30 days pass in the first quarter: from then on as much
//! expires as is added, and the state has reached its bound. The verdict compares the last quarter with the second: medians
//! of resident memory and of descriptors.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the command line")]

mod support;

use std::path::PathBuf;
use std::process::{ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use support::{App, Draw, Link, Problem, Socket, memory_kib};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

const GROUPS: u64 = 16;
/// Between two looks at the server, and two steps of its clock.
const LOOK: Duration = Duration::from_secs(5);
/// How long messages are kept, and deleted groups.
const MONTH: u64 = 30 * 86_400;
/// What the last quarter may have more than the second. Unit: hundredths; and besides that KiB and descriptors.
const TOLERANCE: u64 = 10;
const TOLERANCE_KIB: u64 = 4 * 1_024;
const TOLERANCE_DESCRIPTORS: u64 = 32;

struct Asked {
    claque: PathBuf,
    minutes: u64,
    viewers: u64,
    seed: u64,
}

fn arguments() -> Result<Asked, Problem> {
    // Beside the folder of this program lies the binary of the same profile.
    let beside = std::env::current_exe()?.ancestors().nth(2).map(|folder| folder.join("claque"));
    let claque = beside.unwrap_or_else(|| "claque".into());
    let mut asked = Asked { claque, minutes: 60, viewers: 200, seed: 1 };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
        match word.as_str() {
            "--claque" => asked.claque = value.into(),
            "--minutes" => asked.minutes = value.parse()?,
            "--viewers" => asked.viewers = value.parse()?,
            "--seed" => asked.seed = value.parse()?,
            other => {
                return Err(format!("no {other}; there are --claque, --minutes, --viewers, --seed").into());
            }
        }
    }
    if asked.minutes == 0 {
        return Err("--minutes is 0; at least 1, which is four quarters of three looks".into());
    }
    Ok(asked)
}

/// What everybody did so far.
#[derive(Default)]
struct Counts {
    logons: AtomicU64,
    reconnects: AtomicU64,
    frames: AtomicU64,
    sends: AtomicU64,
    calls: AtomicU64,
    refused: AtomicU64,
    callbacks: AtomicU64,
    compactions: AtomicU64,
}

fn one(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// A receiver of callbacks that takes every one.
async fn receive(counts: Arc<Counts>) -> Result<String, Problem> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}/events", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((mut link, _)) = listener.accept().await {
            let counts = Arc::clone(&counts);
            tokio::spawn(async move {
                let mut got = Vec::new();
                while link.read_buf(&mut got).await.is_ok_and(|read| read > 0) {
                    while let Some(end) = whole(&got) {
                        got.drain(..end);
                        one(&counts.callbacks);
                        if link.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.is_err() {
                            return;
                        }
                    }
                }
            });
        }
    });
    Ok(address)
}

/// Where the first request ends, if it is whole.
fn whole(bytes: &[u8]) -> Option<usize> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(head) = request.parse(bytes).ok()? else { return None };
    let named = |header: &&httparse::Header<'_>| header.name.eq_ignore_ascii_case("content-length");
    let length = request.headers.iter().find(named).and_then(|header| std::str::from_utf8(header.value).ok());
    let length: usize = length.and_then(|text| text.parse().ok()).unwrap_or(0);
    (bytes.len() >= head + length).then_some(head + length)
}

/// A viewer: one link after the other, for as long as the run takes.
async fn view(host: String, app: App, number: u64, seed: u64, counts: Arc<Counts>) {
    let mut draw = Draw(seed.wrapping_mul(1_000_003).wrapping_add(number));
    let mut session = None;
    loop {
        // A link that ends, from either side, is followed by the next.
        drop(one_link(&host, &app, number, &mut session, &mut draw, &counts).await);
        sleep(Duration::from_millis(20 + draw.below(400))).await;
    }
}

async fn one_link(
    host: &str,
    app: &App,
    number: u64,
    session: &mut Option<String>,
    draw: &mut Draw,
    counts: &Counts,
) -> Result<(), Problem> {
    let group = format!("g{}", number % GROUPS);
    let mut socket = Socket::open(host, claque_server::AUDIENCE_PATH).await?;
    match session.take() {
        Some(former) => {
            let params = json!({ "session": former, "cursors": [{ "groupId": group, "seqnum": 0 }] });
            socket.send(&json!({ "id": 1, "method": "reconnect", "params": params }).to_string()).await?;
            one(&counts.reconnects);
        }
        None => {
            socket.send(&app.login(&format!("viewer{number}"))).await?;
            one(&counts.logons);
        }
    }
    let answer: Value = serde_json::from_str(&socket.until("\"id\":1").await?)?;
    let known = answer["result"]["session"].as_str().ok_or("refused")?.to_owned();
    let frame = |method: &str, with: Value| json!({ "id": 2, "method": method, "params": with }).to_string();
    let about = json!({ "groupId": group });
    socket.send(&frame("joinGroup", about.clone())).await?;
    loop {
        // Whatever comes is read until it is this viewer's turn again.
        let turn = Instant::now() + Duration::from_millis(100 + draw.below(1_500));
        while let Ok(frame) = tokio::time::timeout_at(turn, socket.next()).await {
            frame?;
            one(&counts.frames);
        }
        match draw.below(20) {
            // The link is lost: half of them come back with their session.
            0 => {
                *session = (draw.below(2) == 0).then_some(known);
                return Ok(());
            }
            1 => socket.send(&frame("leaveGroup", about.clone())).await?,
            2 | 3 => socket.send(&frame("joinGroup", about.clone())).await?,
            other => {
                let params = json!({ "groupId": group, "type": 10_001 + other % 3, "data": "hello", "level": other % 3 });
                socket.send(&frame("sendGroupMessage", params)).await?;
                one(&counts.sends);
            }
        }
    }
}

/// The back end: signed calls and control calls, one after the other.
async fn manage(host: String, app: App, seed: u64, counts: Arc<Counts>) {
    let mut draw = Draw(seed);
    let mut made = 0;
    loop {
        let Ok(mut link) = Link::open(&host, format!("back-end-{seed}")).await else { return };
        // A call on a group that is deleted at this moment is refused, and so is a connection that was idle for long.
        while act(&mut link, &app, &mut draw, &mut made, seed, &counts).await.is_ok() {
            sleep(Duration::from_millis(draw.below(10))).await;
        }
        one(&counts.refused);
    }
}

async fn act(
    link: &mut Link,
    app: &App,
    draw: &mut Draw,
    made: &mut u64,
    seed: u64,
    counts: &Counts,
) -> Result<(), Problem> {
    one(&counts.calls);
    let group = format!("g{}", draw.below(GROUPS));
    match draw.below(200) {
        0 => {
            let about = json!({ "AppId": app.id, "GroupId": group });
            link.call("DeleteLiveMessageGroup", &about).await?;
            link.call("RecoverLiveMessageDeletedGroup", &about).await?;
        }
        1 => {
            *made += 1;
            let about =
                json!({ "AppId": app.id, "GroupId": format!("passing-{seed}-{made}"), "CreatorId": "host" });
            link.call("CreateLiveMessageGroup", &about).await?;
            link.call("DeleteLiveMessageGroup", &json!({ "AppId": app.id, "GroupId": about["GroupId"] }))
                .await?;
        }
        2 => {
            let crowd = json!({ "app": app.id, "group": group, "join": 50, "send": 50 });
            link.control("POST", "crowd", &crowd).await?;
            link.control("POST", "crowd", &json!({ "app": app.id, "group": group, "leave": 50 })).await?;
        }
        3 => {
            link.control("POST", "compact", &json!({})).await?;
            one(&counts.compactions);
        }
        4 if draw.below(20) == 0 => {
            for disable in [true, false] {
                let about = json!({ "AppId": app.id, "Disable": disable });
                link.call("ModifyLiveMessageAppDisable", &about).await?;
            }
        }
        other => {
            let weight = [1, 5, 1_000_000][usize::try_from(other % 3)?];
            let message = json!({
                "AppId": app.id, "GroupId": group, "SenderId": "host", "Body": "x".repeat(64), "MsgType": 10_001,
                "Weight": weight,
            });
            link.call("SendLiveMessageGroup", &message).await?;
            one(&counts.sends);
        }
    }
    Ok(())
}

/// What one look found.
#[derive(Clone, Copy)]
struct Look {
    resident_kib: u64,
    descriptors: u64,
    state_bytes: u64,
}

async fn look(link: &mut Link, process: u32) -> Result<Look, Problem> {
    let memory = link.control("GET", "memory", &Value::Null).await?;
    Ok(Look {
        resident_kib: memory_kib(process, "VmRSS")?,
        descriptors: u64::try_from(std::fs::read_dir(format!("/proc/{process}/fd"))?.count())?,
        state_bytes: memory["bytes"].as_u64().ok_or("no bytes")?,
    })
}

fn median(looks: &[Look], of: impl Fn(&Look) -> u64) -> u64 {
    let mut values: Vec<u64> = looks.iter().map(of).collect();
    values.sort_unstable();
    values[values.len() / 2]
}

/// Whether the last quarter has no more than the second; says both.
fn is_flat(what: &str, unit: &str, [second, last]: [u64; 2], besides: u64) -> bool {
    let most = second + second * TOLERANCE / 100 + besides;
    let flat = last <= most;
    let word = if flat { "flat" } else { "GROWS" };
    println!("{what}: {second} {unit} in the second quarter, {last} in the last, at most {most}: {word}");
    flat
}

async fn start(asked: &Asked, data: &std::path::Path) -> Result<(Child, String), Problem> {
    let mut child = Command::new(&asked.claque)
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .env("RUST_LOG", "error")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("{}: {error}", asked.claque.display()))?;
    let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
    let ready = timeout(Duration::from_secs(60), lines.next_line()).await??.ok_or("it did not start")?;
    let host = ready.strip_prefix("ready http://").ok_or_else(|| format!("not ready: {ready}"))?;
    Ok((child, host.to_owned()))
}

async fn soak(asked: &Asked) -> Result<bool, Problem> {
    let data = tempfile::tempdir()?;
    let (child, host) = start(asked, data.path()).await?;
    let process = child.id().ok_or("no process")?;
    let counts = Arc::new(Counts::default());
    let mut link = Link::open(&host, "soak".to_owned()).await?;
    let app = link.application().await?;
    let hook = receive(Arc::clone(&counts)).await?;
    link.call("ModifyLiveMessageAppCallback", &json!({ "AppId": app.id, "EventCallbackUrl": hook })).await?;
    for number in 0..GROUPS {
        let group = json!({ "AppId": app.id, "GroupId": format!("g{number}"), "CreatorId": "host" });
        link.call("CreateLiveMessageGroup", &group).await?;
    }
    for number in 0..asked.viewers {
        tokio::spawn(view(host.clone(), app.clone(), number, asked.seed, Arc::clone(&counts)));
    }
    for number in 1..=2 {
        tokio::spawn(manage(host.clone(), app.clone(), asked.seed + number, Arc::clone(&counts)));
    }
    let rounds = asked.minutes * 60 / LOOK.as_secs();
    let step = MONTH.div_ceil(rounds / 4);
    let mut looks = Vec::new();
    let began = Instant::now();
    for round in 1..=rounds {
        tokio::time::sleep_until(began + LOOK * u32::try_from(round)?).await;
        link.control("POST", "clock", &json!({ "advance": format!("{step}s") })).await?;
        let found = look(&mut link, process).await?;
        if round % 12 == 0 {
            println!(
                "{:4} min: {} KiB resident, {} descriptors, state {} KiB",
                round / 12,
                found.resident_kib,
                found.descriptors,
                found.state_bytes / 1_024
            );
        }
        looks.push(found);
    }
    let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    println!(
        "{} logons, {} reconnects, {} sends, {} frames received, {} signed calls of which {} refused, {} callbacks, {} compactions",
        of(&counts.logons),
        of(&counts.reconnects),
        of(&counts.sends),
        of(&counts.frames),
        of(&counts.calls),
        of(&counts.refused),
        of(&counts.callbacks),
        of(&counts.compactions),
    );
    let quarter = looks.len() / 4;
    let (second, last) = (&looks[quarter..2 * quarter], &looks[looks.len() - quarter..]);
    let both = |of: fn(&Look) -> u64| [median(second, of), median(last, of)];
    let memory = is_flat("resident memory", "KiB", both(|look| look.resident_kib), TOLERANCE_KIB);
    let descriptors = is_flat("descriptors", "open", both(|look| look.descriptors), TOLERANCE_DESCRIPTORS);
    drop(child);
    Ok(memory && descriptors)
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = async { soak(&arguments()?).await };
    match outcome.await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}
