//! Through the real kernel: a process that may have few files open goes on serving, journaling and answering each client that
//! watches it. The server runs in a process of its own, which is this test's binary again.

use std::process::Stdio;
use std::time::Duration;

use claque_server::Options;
use claque_server::clock::wall_now;
use claque_wire::client::{ClientStyle, Stamp};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::support::{PATIENCE, Reply, World, arguments, credentials, nonce, options, read_reply, wire};

const DATA: &str = "CLAQUE_TEST_DATA";
const EXHAUST: &str = "CLAQUE_TEST_EXHAUST";

/// The server's process: says where it listens, and ends with its standard input.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs as a process of its own, started by the other tests here"]
async fn server_of_few_descriptors() {
    let Some(data) = std::env::var_os(DATA) else { return };
    let world = World::with(Options { data: Some(data.into()), ..options() }).await;
    say(&format!("listens {}", world.host));
    // Waits on this thread; the server has others.
    let mut input = std::io::stdin();
    let mut byte = [0; 1];
    let mut hoard = Vec::new();
    while std::io::Read::read(&mut input, &mut byte).is_ok_and(|bytes| bytes > 0) {
        if byte[0] == b'+' && std::env::var_os(EXHAUST).is_some() {
            while let Ok(file) = std::fs::File::open("/dev/null") {
                hoard.push(file);
            }
            say(&format!("hoards {}", hoard.len()));
        } else {
            hoard.clear();
        }
    }
}

/// To the test that started this process: on a line of its own, whatever the harness has written.
fn say(what: &str) {
    let mut out = std::io::stdout();
    std::io::Write::write_all(&mut out, format!("\n{what}\n").as_bytes()).expect("a pipe");
    std::io::Write::flush(&mut out).expect("a pipe");
}

struct Outside {
    host: String,
    child: Child,
    lines: tokio::io::Lines<BufReader<tokio::process::ChildStdout>>,
    _data: TempDir,
}

impl Outside {
    async fn start(limit: &str) -> Self {
        let data = TempDir::new().expect("a directory");
        let mut child = Command::new("sh")
            .args(["-c", &format!("ulimit {limit}; exec \"$0\" \"$@\"")])
            .arg(std::env::current_exe().expect("this binary"))
            .args(["--exact", "descriptors::server_of_few_descriptors", "--ignored", "--nocapture"])
            .env(DATA, data.path())
            .env(EXHAUST, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("a shell");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut outside = Self { host: String::new(), child, lines, _data: data };
        outside.host = outside.says("listens ").await;
        outside
    }

    async fn says(&mut self, what: &str) -> String {
        let said = async {
            loop {
                let line = self.lines.next_line().await.expect("a pipe").expect("it runs");
                if let Some(rest) = line.strip_prefix(what) {
                    return rest.to_owned();
                }
            }
        };
        tokio::time::timeout(PATIENCE, said).await.expect("it says so in time")
    }

    async fn tell(&mut self, byte: u8) {
        self.child.stdin.as_mut().expect("a pipe").write_all(&[byte]).await.expect("it runs");
    }

    async fn ask(&self, bytes: &[u8]) -> Option<Reply> {
        let mut link = TcpStream::connect(&self.host).await.ok()?;
        link.write_all(bytes).await.ok()?;
        let mut ahead = Vec::new();
        tokio::time::timeout(Duration::from_secs(5), read_reply(&mut link, &mut ahead)).await.ok()?
    }

    async fn control(&self, method: &str, path: &str) -> Option<Reply> {
        let text =
            format!("{method} /_claque/{path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
        self.ask(text.as_bytes()).await
    }

    async fn metric(&self, name: &str) -> u64 {
        let reply = self.control("GET", "metrics").await.expect("an answer");
        let text = String::from_utf8(reply.body).expect("text");
        let value = text.lines().find_map(|line| line.strip_prefix(&format!("claque_{name} ")));
        value.unwrap_or_else(|| panic!("no {name} in {text}")).parse().expect("a number")
    }

    async fn create(&self, name: &str) -> Option<Reply> {
        let nonce = format!("few-{}", nonce());
        let stamp = Stamp { nonce: &nonce, signed_at: wall_now().unix_seconds() };
        let arguments = arguments(&json!({ "AppName": name }));
        let request = ClientStyle::Python.request(
            "CreateLiveMessageApp",
            &arguments,
            &self.host,
            &credentials(),
            stamp,
        );
        self.ask(&wire(&request.expect("a request"))).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_silent_connections_do_not_keep_64_descriptors_from_working() {
    let outside = Outside::start("-n 64").await;
    assert_eq!(outside.metric("descriptors_max").await, 64);
    let bound = outside.metric("connections_max").await;
    assert!((8..=32).contains(&bound), "{bound}");
    let mut silent = Vec::new();
    for _ in 0..200 {
        silent.push(TcpStream::connect(&outside.host).await.expect("the server listens"));
    }
    for round in 0..10 {
        let health = outside.control("GET", "health").await;
        assert_eq!(health.map(|reply| reply.status), Some(200), "round {round}");
        let made = outside.create(&format!("show{round}")).await;
        assert_eq!(made.map(|reply| reply.status), Some(200), "round {round}");
        silent.push(TcpStream::connect(&outside.host).await.expect("the server listens"));
    }
    let compacted = outside.control("POST", "compact").await.expect("an answer");
    let text = String::from_utf8_lossy(&compacted.body).into_owned();
    assert_eq!(compacted.status, 200, "the journal has descriptors of its own: {text}");
    assert_eq!(outside.metric("accept_errors_total").await, 0);
    assert!(outside.metric("connections_gave_way_total").await > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_soft_limit_is_raised_to_the_hard_one() {
    let outside = Outside::start("-S -n 64; ulimit -H -n 300").await;
    assert_eq!(outside.metric("descriptors_max").await, 300);
    assert!(outside.metric("connections_max").await > 64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_without_any_descriptor_left_neither_spins_nor_ends() {
    let mut outside = Outside::start("-n 128").await;
    outside.tell(b'+').await;
    outside.says("hoards ").await;
    let mut waits = TcpStream::connect(&outside.host).await.expect("the system takes it");
    waits.write_all(b"GET /_claque/health HTTP/1.1\r\nHost: localhost\r\n\r\n").await.expect("open");
    tokio::time::sleep(Duration::from_secs(2)).await;
    outside.tell(b'-').await;
    let reply = tokio::time::timeout(PATIENCE, read_reply(&mut waits, &mut Vec::new())).await;
    assert_eq!(reply.expect("in time").expect("an answer").status, 200, "it was not forgotten");
    let errors = outside.metric("accept_errors_total").await;
    assert!((1..=30).contains(&errors), "{errors} tries in two seconds");
    let made = outside.create("show").await.expect("an answer");
    assert_eq!(made.status, 200);
}
