//! How long others wait while a server with a large state restores, compacts, is copied and is reset.
//!
//! `cargo run --release -p claque-server --example stops -- [MIB]`
//!
//! A state of about so many MiB (1,024 unless set otherwise) is made, then handed to a server with a data directory and to one
//! without. Meanwhile a thread asks for the server's time over a connection of its own, once a millisecond: what it waits at
//! the most is the longest stop, the machine's own included (see the line `idle`).
#![expect(clippy::print_stdout, reason = "a program for the command line")]
#![expect(clippy::disallowed_methods, reason = "a stopwatch")]

#[path = "support/mod.rs"]
mod support;

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use claque_core::journal::{Entry, Writer};
use claque_core::{
    AccountIx, Caller, ClientRequest, Config, CreateLiveMessageApp, CreateLiveMessageGroup, HitCounts, Login,
    Reply, Request, Response, SendLiveMessageGroup, Service, Sound, client_token,
};
use claque_server::clock::wall_now;
use claque_server::{LiveService, Options, start};
use support::Problem;

/// Groups, users, and bytes of a message's body.
const GROUPS: u32 = 1_000;
const USERS: u32 = 100_000;
const BODY: usize = 900;
/// What a message takes in a snapshot besides its body, about.
const BESIDE: usize = 60;

#[tokio::main]
async fn main() -> Result<(), Problem> {
    let mib: usize = std::env::args().nth(1).map_or(Ok(1_024), |text| text.parse())?;
    let file: Arc<[u8]> = file_of(state((mib << 20) / (BODY + BESIDE))?)?.into();
    println!("a state of {} MiB, {GROUPS} groups, {USERS} users", file.len() >> 20);
    for data in [true, false] {
        println!("{}", if data { "with a data directory" } else { "in memory only" });
        run(data, &file).await?;
    }
    Ok(())
}

fn request(service: &mut LiveService, request: impl Into<Request>) -> Result<Response, Problem> {
    let caller = Caller::account(AccountIx(0));
    let answer = service.handle_request(service.now(), &caller, request.into());
    while service.poll_output().is_some() {}
    match answer {
        Ok(Reply::Done(response)) => Ok(response),
        other => Err(format!("not as planned: {other:?}").into()),
    }
}

/// A service with so many stored messages.
fn state(messages: usize) -> Result<LiveService, Problem> {
    let mut config = Config::default();
    config.limits.call_quotas = false;
    config.limits.group_messages_per_second = 1_000_000;
    let mut service = Service::new(wall_now(), config, HitCounts::default(), Sound);
    let app = CreateLiveMessageApp { app_name: Some("show".into()), ..CreateLiveMessageApp::default() };
    let Response::AppCreated(app) = request(&mut service, app)? else { return Err("no application".into()) };
    let app_id = app.app_id.to_string();
    for group in 0..GROUPS {
        let create = CreateLiveMessageGroup {
            app_id: app_id.clone(),
            group_id: format!("group{group}"),
            creator_id: Some("host".into()),
            ..CreateLiveMessageGroup::default()
        };
        request(&mut service, create)?;
    }
    let found = service.find_app(&app_id).ok_or("no application")?;
    let expiry = service.now().unix_seconds() + 86_400;
    for user in 0..USERS {
        let name = format!("user{user}");
        let login = Login {
            app_id: app.app_id.clone(),
            app_sign: app.app_sign.clone(),
            user_id: name.as_str().into(),
            timestamp: expiry,
            token: client_token(&app.app_id, &app.app_key, &name, "", expiry, "").into(),
            ..Login::default()
        };
        let session = service.handle_connect(service.now(), &login).map_err(|why| why.to_string())?.session;
        let group = service.find_group(found, &format!("group{}", user % GROUPS)).ok_or("no group")?;
        let joined = service.handle_client(service.now(), session, ClientRequest::Join(group.into()));
        joined.map_err(|why| why.to_string())?;
        while service.poll_output().is_some() {}
    }
    for number in 0..messages {
        let at = service.now() + claque_core::Duration::from_micros(2_000);
        service.handle_timeout(at);
        let send = SendLiveMessageGroup {
            app_id: app_id.clone(),
            group_id: format!("group{}", number % GROUPS as usize),
            sender_id: "host".into(),
            body: Some(format!("{number:010}").repeat(BODY / 10)),
            msg_type: Some(10_001),
            ..SendLiveMessageGroup::default()
        };
        request(&mut service, send)?;
    }
    let at = service.now() + claque_core::Duration::from_secs(20);
    service.handle_timeout(at);
    while service.poll_output().is_some() {}
    Ok(service)
}

fn file_of(service: LiveService) -> Result<Vec<u8>, Problem> {
    let entry = Entry::Snapshot(service.config().clone(), service.snapshot_bytes(), Vec::new());
    drop(service);
    let (mut bytes, mut writer) = Writer::begin(1);
    writer.append(&mut bytes, &entry)?;
    Ok(bytes)
}

async fn run(data: bool, file: &Arc<[u8]>) -> Result<(), Problem> {
    let directory = tempfile::TempDir::new()?;
    let data = data.then(|| directory.path().to_owned());
    let kept = data.is_some();
    let running =
        start(Options { data, listen: ([127, 0, 0, 1], 0).into(), ..Options::default() }, None).await?;
    let host = running.address.to_string();
    let empty: Arc<[u8]> = Arc::from(*b"");
    let probe = Probe::start(host.clone());
    probe
        .phase("idle", async {
            tokio::time::sleep(Duration::from_secs(2)).await;
            Ok(())
        })
        .await?;
    probe.phase("restore", ask(&host, "POST", "restore", file)).await?;
    if kept {
        probe.phase("compact", ask(&host, "POST", "compact", &empty)).await?;
    }
    probe.phase("snapshot", ask(&host, "GET", "snapshot", &empty)).await?;
    probe.phase("restore over it", ask(&host, "POST", "restore", file)).await?;
    probe.phase("reset", ask(&host, "POST", "reset", &Arc::from(*b"{}"))).await?;
    probe.stop();
    running.stop().await?;
    Ok(())
}

/// A control call, whatever its length.
async fn ask(host: &str, method: &'static str, path: &'static str, body: &Arc<[u8]>) -> Result<(), Problem> {
    let (host, body) = (host.to_owned(), Arc::clone(body));
    // On a thread of its own: a client that copies a gibibyte on the server's workers would be measured with it.
    let asked = tokio::task::spawn_blocking(move || {
        let mut link = std::net::TcpStream::connect(&host)?;
        let head = format!(
            "{method} /_claque/{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        link.write_all(head.as_bytes())?;
        link.write_all(&body)?;
        let (mut start, mut rest, mut length) = (Vec::new(), vec![0; 1 << 20], 0);
        // What is answered is counted and not kept: a snapshot is as large as the state.
        loop {
            match link.read(&mut rest)? {
                0 => return Ok((start, length)),
                read => {
                    start.extend_from_slice(&rest[..read.min(500_usize.saturating_sub(start.len()))]);
                    length += read;
                }
            }
        }
    });
    let (start, length): (Vec<u8>, usize) =
        asked.await?.map_err(|error: std::io::Error| error.to_string())?;
    if start.starts_with(b"HTTP/1.1 200 ") {
        return Ok(());
    }
    Err(format!("{path}, {length} bytes: {}", String::from_utf8_lossy(&start)).into())
}

/// Who asks all the time.
struct Probe {
    longest: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
    asks: std::thread::JoinHandle<()>,
}

impl Probe {
    fn start(host: String) -> Self {
        let (longest, over) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let (seen, ended) = (Arc::clone(&longest), Arc::clone(&over));
        let asks = std::thread::spawn(move || {
            let mut link = std::net::TcpStream::connect(&host).expect("the server listens");
            let request = format!("GET /_claque/clock HTTP/1.1\r\nHost: {host}\r\n\r\n");
            let mut answer = [0; 4_096];
            while !ended.load(Ordering::Relaxed) {
                let began = Instant::now();
                link.write_all(request.as_bytes()).expect("the server reads");
                assert!(link.read(&mut answer).expect("the server answers") > 0, "the server answers");
                let waited = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
                seen.fetch_max(waited, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        Self { longest, over, asks }
    }

    async fn phase(
        &self,
        name: &str,
        what: impl Future<Output = Result<(), Problem>>,
    ) -> Result<(), Problem> {
        self.longest.store(0, Ordering::Relaxed);
        let began = Instant::now();
        what.await?;
        let took = began.elapsed();
        // What was let go is freed, and a caller that waits now has waited for it.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let longest = self.longest.load(Ordering::Relaxed);
        println!(
            "  {name:16} took {:6} ms, others waited {:4} ms at the most",
            took.as_millis(),
            longest.div_ceil(1_000)
        );
        Ok(())
    }

    fn stop(self) {
        self.over.store(true, Ordering::Relaxed);
        self.asks.join().expect("it has seen every answer");
    }
}
