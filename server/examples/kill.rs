//! Kills a server with a data directory at random moments under load, starts it again, and looks for what it had
//! acknowledged.
//!
//! `cargo build --bin claque && cargo run -p claque-server --example kill -- --rounds 500 --seed 1`
//!
//! Each round: calls from several connections, while the journal is compacted all the time; SIGKILL; in every fourth round a start
//! that is killed too; a restart, which must succeed; every acknowledged group and message must be there, in order, and nothing that was never sent; the digest of
//! the running server must equal that of its journal replayed in this process.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the command line")]

mod support;

use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use claque_server::{journal, replay};
use serde_json::{Value, json};
use support::{Draw, Link, Problem};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

const WORKERS: u64 = 4;
/// Messages that a worker sends to one group: below the bound of a second, so that none is shed.
const MESSAGES_MAX: u64 = 40;
const MESSAGE_TYPE: i64 = 10_001;

struct Asked {
    claque: PathBuf,
    rounds: u64,
    seed: u64,
}

fn arguments() -> Result<Asked, Problem> {
    // Beside the folder of this program lies the binary of the same profile.
    let beside = std::env::current_exe()?.ancestors().nth(2).map(|folder| folder.join("claque"));
    let mut asked = Asked { claque: beside.unwrap_or_else(|| "claque".into()), rounds: 20, seed: 1 };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
        match word.as_str() {
            "--claque" => asked.claque = value.into(),
            "--rounds" => asked.rounds = value.parse()?,
            "--seed" => asked.seed = value.parse()?,
            other => return Err(format!("no {other}; there are --claque, --rounds, --seed").into()),
        }
    }
    Ok(asked)
}

/// What one worker asked for in one round, and what of it was acknowledged.
#[derive(Default)]
struct WorkerRound {
    group: String,
    /// The group was acknowledged.
    created: bool,
    /// Messages asked for, in order, and how many of them were acknowledged.
    asked: Vec<String>,
    acknowledged: usize,
}

/// Works until the link breaks.
async fn work(host: String, app: String, round: u64, worker: u64) -> WorkerRound {
    let mut worked = WorkerRound { group: format!("r{round}w{worker}"), ..WorkerRound::default() };
    // The kill ends it in the middle of something: that is what it is for.
    drop(work_on(&host, &app, worker, &mut worked).await);
    worked
}

async fn work_on(host: &str, app: &str, worker: u64, worked: &mut WorkerRound) -> Result<(), Problem> {
    let mut link = Link::open(host, worked.group.clone()).await?;
    let group = json!({ "AppId": app, "GroupId": worked.group, "CreatorId": "host" });
    link.call("CreateLiveMessageGroup", &group).await?;
    worked.created = true;
    let user = format!("user{worker}");
    link.control("POST", "join", &json!({ "app": app, "group": worked.group, "user": user })).await?;
    for number in 0..MESSAGES_MAX {
        let tid = format!("{}m{number}", worked.group);
        worked.asked.push(tid.clone());
        let message = json!({
            "AppId": app, "GroupId": worked.group, "SenderId": "host", "Body": tid, "MsgType": MESSAGE_TYPE,
            "MsgTid": tid,
        });
        link.call("SendLiveMessageGroup", &message).await?;
        worked.acknowledged = worked.asked.len();
    }
    Ok(())
}

/// Compacts until the link breaks, so that a kill comes in the middle of it; how often that was done.
async fn compact(host: String) -> usize {
    let mut done = 0;
    let Ok(mut link) = Link::open(&host, "compaction".to_owned()).await else { return done };
    while link.control("POST", "compact", &json!({})).await.is_ok() {
        done += 1;
    }
    done
}

fn spawn(claque: &Path, data: &Path) -> std::io::Result<Child> {
    Command::new(claque)
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .env("RUST_LOG", "warn")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
}

async fn start(claque: &Path, data: &Path) -> Result<(Child, String), Problem> {
    let mut child = spawn(claque, data).map_err(|error| format!("{}: {error}", claque.display()))?;
    let output = child.stdout.take().ok_or("no output")?;
    let mut lines = BufReader::new(output).lines();
    let ready = tokio::time::timeout(Duration::from_secs(60), lines.next_line()).await??;
    let ready = ready.ok_or("the server did not start")?;
    let host = ready.strip_prefix("ready http://").ok_or_else(|| format!("not ready: {ready}"))?;
    Ok((child, host.to_owned()))
}

/// Every acknowledged write of a round is there, in order, and nothing that was never asked for.
async fn verify(link: &mut Link, app: &str, worked: &WorkerRound) -> Result<(), Problem> {
    if !worked.created {
        return Ok(());
    }
    let about = json!({ "AppId": app, "GroupId": worked.group });
    link.call("DescribeLiveMessageGroup", &about).await?;
    let mut seen: Vec<String> = Vec::new();
    let mut token = Value::Null;
    loop {
        let mut page = json!({
            "AppId": app, "GroupId": worked.group, "MsgType": MESSAGE_TYPE, "SortType": 1, "PageSize": 30,
        });
        if token.is_number() {
            page["NextPageToken"] = token;
        }
        let body = link.call("ListLiveMessageGroupMessages", &page).await?;
        let list = body["MessageList"].as_array().cloned().unwrap_or_default();
        seen.extend(list.iter().filter_map(|message| message["MsgTid"].as_str()).map(str::to_owned));
        if body["Hasmore"] != true {
            break;
        }
        token = body["NextPageToken"].clone();
    }
    let group = &worked.group;
    if seen.len() < worked.acknowledged {
        let text =
            format!("{group}: {} messages were acknowledged, {} are there", worked.acknowledged, seen.len());
        return Err(text.into());
    }
    if seen[..] != worked.asked[..seen.len().min(worked.asked.len())] {
        return Err(format!("{group}: other messages than were sent, or another order: {seen:?}").into());
    }
    Ok(())
}

/// The running server's state is the one that its journal leads to.
async fn compare(link: &mut Link, data: &Path) -> Result<(), Problem> {
    link.control("POST", "clock", &json!({ "freeze": true })).await?;
    let live = link.control("GET", "digest", &Value::Null).await?;
    let (records, _) = journal::read(&std::fs::read(data.join(journal::FILE_NAME))?)?;
    let mut service = replay(records.into_iter().map(|record| record.entry))?;
    service.check_invariants().map_err(|violation| violation.what)?;
    let replayed = format!("{:016x}", service.lasting_digest());
    link.control("POST", "clock", &json!({ "resume": true })).await?;
    if live["digest"] == replayed {
        return Ok(());
    }
    Err(format!("the server's digest is {}, its journal's {replayed}", live["digest"]).into())
}

#[derive(Default)]
struct Totals {
    groups: usize,
    messages: usize,
    /// Compactions that ended; each kill but those of idle rounds interrupts another.
    compactions: usize,
    /// Starts that were killed.
    interrupted_starts: usize,
    /// Kills that came before anything was acknowledged.
    idle_rounds: usize,
}

async fn rounds(asked: &Asked, data: &Path) -> Result<Totals, Problem> {
    let mut draw = Draw(asked.seed);
    let mut totals = Totals::default();
    let (mut child, mut host) = start(&asked.claque, data).await?;
    let mut link = Link::open(&host, "first".to_owned()).await?;
    link.control("POST", "limits", &json!({ "call_quotas": false, "app_groups_max": 1_000_000 })).await?;
    let made = link.call("CreateLiveMessageApp", &json!({ "AppName": "show" })).await?;
    let app = made["AppId"].as_str().ok_or("no application")?.to_owned();
    for round in 1..=asked.rounds {
        let workers: Vec<_> =
            (0..WORKERS).map(|worker| tokio::spawn(work(host.clone(), app.clone(), round, worker))).collect();
        let compacting = tokio::spawn(compact(host.clone()));
        tokio::time::sleep(Duration::from_micros(2_000 + draw.below(150_000))).await;
        // SIGKILL: nothing of the process runs any more.
        child.kill().await?;
        let mut worked = Vec::new();
        for worker in workers {
            worked.push(worker.await?);
        }
        totals.compactions += compacting.await?;
        let at = |error: Problem| format!("round {round}: {error}");
        if round % 4 == 0 {
            let mut interrupted = spawn(&asked.claque, data)?;
            tokio::time::sleep(Duration::from_micros(draw.below(40_000))).await;
            interrupted.kill().await?;
            totals.interrupted_starts += 1;
        }
        (child, host) = start(&asked.claque, data).await.map_err(at)?;
        link = Link::open(&host, format!("check{round}")).await.map_err(at)?;
        for worked in &worked {
            verify(&mut link, &app, worked).await.map_err(at)?;
            totals.groups += usize::from(worked.created);
            totals.messages += worked.acknowledged;
        }
        totals.idle_rounds += usize::from(worked.iter().all(|worked| worked.acknowledged == 0));
        compare(&mut link, data).await.map_err(at)?;
        if round % 50 == 0 {
            eprintln!("{round} kills, {} messages", totals.messages);
        }
    }
    child.kill().await?;
    Ok(totals)
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = async {
        let asked = arguments()?;
        let data = tempfile::tempdir()?;
        let totals = rounds(&asked, data.path()).await?;
        Ok::<_, Problem>((asked, totals))
    };
    match outcome.await {
        Ok((asked, totals)) => {
            println!(
                "{} kills, seed {}: {} groups and {} messages acknowledged, none lost; {} compactions ended; {} starts killed, every other \
                 succeeded; every digest equals its journal's ({} kills came before the first message)",
                asked.rounds,
                asked.seed,
                totals.groups,
                totals.messages,
                totals.compactions,
                totals.interrupted_starts,
                totals.idle_rounds
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
