//! Bodies of the control API, sent to a server: each is answered, in the API's form, and never as the server's own fault.
//!
//! Input: an even first byte: which route (one byte), and the rest is the body; an odd one: which of the bodies below (u16 LE),
//! then three bytes for each change.
#![no_main]

mod tokens;

use std::cell::{Cell, RefCell};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::OnceLock;

use claque_server::clock::ClockPace;
use claque_server::{Options, start};
use libfuzzer_sys::fuzz_target;

/// Routes that take a body, each with one that does something. Not `outgoing`, which would send what follows elsewhere.
const BODIES: [(&str, &str); 14] = [
    ("clock", r#"{"advance": "31d"}"#),
    ("clock", r#"{"to": "2030-01-01T00:00:00Z", "pace": "2/1"}"#),
    (
        "reset",
        r#"{"unixSeconds": 1700000000, "limits": {"group-members-max": 3}, "readings": {"shaper.window": "window-close"}}"#,
    ),
    ("console", r#"{"action": "DeleteApp", "with": {"AppId": "a"}}"#),
    (
        "keys",
        r#"{"id": "k", "secret": "s", "securityToken": "t", "account": "1000", "policy": [{"effect": "Allow", "action": ["live:List*"], "resource": ["*"]}]}"#,
    ),
    (
        "crowd",
        r#"{"app": "a", "group": "g", "join": 3, "leave": 1, "send": 2, "type": 10001, "level": "HIGH", "body": "x", "chatPerSecond": 5, "chatSeconds": 2, "hush": false, "prefix": "c"}"#,
    ),
    (
        "crowd/script",
        r#"{"app": "a", "group": "g", "steps": [{"at": "1s", "over": "2s", "join": 3, "prefix": "c"}, {"at": "2s", "over": "1s", "send": 7}]}"#,
    ),
    ("join", r#"{"app": "a", "group": "g", "user": "u"}"#),
    ("leave", r#"{"app": "a", "group": "g", "user": "u"}"#),
    ("callbacks/replay", r#"{"number": 1}"#),
    (
        "faults",
        r#"{"operation": "SendLiveMessageGroup", "refuse": "Throttling", "times": 3, "per": 4, "delay": "5ms"}"#,
    ),
    ("readings", r#"{"shaper.window": "window-close"}"#),
    ("limits", r#"{"app": "a", "group": "g", "group-messages-per-second": 3}"#),
    ("outage", r#"{"app": "a", "user": "u", "down": true}"#),
];

fn address() -> SocketAddr {
    static ADDRESS: OnceLock<SocketAddr> = OnceLock::new();
    *ADDRESS.get_or_init(|| {
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let options = Options {
                    listen: ([127, 0, 0, 1], 0).into(),
                    pace: ClockPace::Frozen,
                    ..Options::default()
                };
                let mut running = start(options, None).await.expect("it starts");
                sender.send(running.address).expect("somebody waits");
                drop(running.failed().await);
            });
        });
        receiver.recv().expect("an address")
    })
}

/// Sends a request over a connection that stays, and gives status and body.
fn ask(stream: &mut TcpStream, path: &str, body: &str) -> std::io::Result<(u16, Vec<u8>)> {
    let head =
        format!("POST /_claque/{path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(&[head.as_bytes(), body.as_bytes()].concat())?;
    let (mut read, mut piece) = (Vec::new(), [0; 16 * 1_024]);
    loop {
        let count = match stream.read(&mut piece) {
            // The fuzzer's own alarm.
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            count => count?,
        };
        assert!(count > 0, "an answer, not an end: {}", String::from_utf8_lossy(&read));
        read.extend_from_slice(&piece[..count]);
        let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&read[..end]).to_ascii_lowercase();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
        let length: usize = length.expect("a length");
        if read.len() >= end + 4 + length {
            return Ok((status, read.split_off(end + 4)));
        }
    }
}

thread_local! {
    static STREAM: RefCell<Option<TcpStream>> = const { RefCell::new(None) };
    static ASKED: Cell<u32> = const { Cell::new(0) };
}

/// What a failed call must not leave behind: every so often the world is begun afresh, with something in it.
fn world(stream: &mut TcpStream) {
    if ASKED.replace(ASKED.get() + 1) % 64 == 0 {
        let (status, said) = ask(stream, "reset", "{}").expect("an answer");
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&said));
    }
}

fuzz_target!(|bytes: &[u8]| {
    let [kind, rest @ ..] = bytes else { return };
    let (path, body) = if kind & 1 == 0 {
        let [route, body @ ..] = rest else { return };
        (BODIES[usize::from(*route) % BODIES.len()].0, String::from_utf8_lossy(body).into_owned())
    } else {
        let Some(((path, body), edits)) = tokens::chosen(&BODIES, rest) else { return };
        (*path, tokens::changed(body, edits))
    };
    STREAM.with_borrow_mut(|kept| {
        let mut stream = kept.take().unwrap_or_else(|| TcpStream::connect(address()).expect("it listens"));
        world(&mut stream);
        let (status, said) = ask(&mut stream, path, &body).expect("an answer");
        let said = String::from_utf8_lossy(&said).into_owned();
        let right =
            status == 200 || ((400..500).contains(&status) && said.contains("\"error\"")) || status == 503;
        assert!(right, "{path} {body}: {status} {said}");
        *kept = Some(stream);
    });
});
