//! Servers with a data directory: what was acknowledged survives whatever ends them.

use std::path::Path;
use std::time::Duration;

use claque_core::journal::{Entry, Reader};
use claque_server::journal::FILE_NAME;
use claque_server::{Options, ReplayError, StartError, replay, start};
use serde_json::json;
use tempfile::TempDir;

use crate::support::{Client, World, options};

fn durable(directory: &Path) -> Options {
    Options { data: Some(directory.to_owned()), ..options() }
}

async fn world(directory: &Path) -> World {
    World::with(durable(directory)).await
}

/// The bytes of a journal after a small show.
async fn small_journal() -> Vec<u8> {
    let directory = TempDir::new().expect("a directory");
    let world = world(directory.path()).await;
    let app = world.show().await;
    world.post("join", json!({ "app": app.id, "group": "g", "user": "ada" })).await;
    world.stop().await;
    std::fs::read(directory.path().join(FILE_NAME)).expect("the journal")
}

fn offsets(bytes: &[u8]) -> Vec<usize> {
    Reader::new(bytes).expect("a journal").map(|record| record.expect("intact").offset).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_gives_the_equal_state_and_sessions_go_on() {
    let directory = TempDir::new().expect("a directory");
    let first = world(directory.path()).await;
    let app = first.show().await;
    first.post("crowd", json!({ "app": app.id, "group": "g", "join": 3 })).await;
    let ada = Client::in_group(&first, &app, "ada", "g").await;
    let session = ada.session.clone();
    let at = first.get("clock").await["nowMicros"].clone();
    first.post("clock", json!({ "advance": "0s" })).await;
    let digest = first.digest().await;
    first.stop().await;
    let second = world(directory.path()).await;
    let recovered = second.running.recovered.clone().expect("a data directory");
    assert_eq!(format!("{:016x}", recovered.digest), digest);
    assert_eq!(recovered.torn_bytes, 0);
    assert!(second.get("clock").await["nowMicros"].as_u64() >= at.as_u64());
    let mut back = Client::open(&second).await;
    let answer = back.ask("reconnect", json!({ "session": session })).await;
    assert_eq!(answer["groups"][0]["statistics"]["onlineCount"], 4);
    back.vanish_from(&second).await;
    second.advance("200s").await;
    let about = second.call("DescribeLiveMessageGroup", json!({ "AppId": app.id, "GroupId": "g" })).await;
    assert_eq!(about["OnlineUserCounts"], 3, "the crowd needs no link, the lost client is out");
    drop(ada);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_come_back_after_a_restart_times_out() {
    let directory = TempDir::new().expect("a directory");
    let first = world(directory.path()).await;
    let app = first.show().await;
    let _ada = Client::in_group(&first, &app, "ada", "g").await;
    first.stop().await;
    let second = world(directory.path()).await;
    second.advance("98s").await;
    let with = json!({ "AppId": app.id, "UserIds": ["ada"] });
    let online = second.call("CheckLiveMessageUsersOnline", with.clone()).await;
    assert_eq!(online["UserList"][0]["Online"], true);
    second.advance("2s").await;
    let online = second.call("CheckLiveMessageUsersOnline", with).await;
    assert_eq!(online["UserList"][0]["Online"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_tail_at_every_offset_of_the_last_record_is_cut_and_reported() {
    let bytes = small_journal().await;
    let offsets = offsets(&bytes);
    let last = *offsets.last().expect("records");
    for end in last..bytes.len() {
        let directory = TempDir::new().expect("a directory");
        let path = directory.path().join(FILE_NAME);
        std::fs::write(&path, &bytes[..end]).expect("written");
        let opened = claque_server::journal::open(directory.path()).expect("it recovers");
        assert_eq!(
            (opened.cut.as_ref().map_or(0, |cut| cut.bytes), opened.records.len()),
            (end - last, offsets.len() - 1),
            "cut at {end}"
        );
        if let Some(cut) = &opened.cut {
            let kept = std::fs::read(directory.path().join(&cut.name)).expect("it is kept beside");
            assert_eq!(kept, &bytes[last..end]);
        }
        drop(opened);
        assert_eq!(std::fs::read(&path).expect("the journal"), &bytes[..last], "the tail is gone");
    }
    let directory = TempDir::new().expect("a directory");
    std::fs::write(directory.path().join(FILE_NAME), &bytes[..bytes.len() - 1]).expect("written");
    let world = world(directory.path()).await;
    let recovered = world.running.recovered.clone().expect("a data directory");
    assert_eq!(recovered.inputs, offsets.len() - 2, "all but the beginning and the digest at the end");
    assert_eq!(recovered.torn_bytes, bytes.len() - 1 - last);
    assert!(
        recovered.remarks.iter().any(|remark| remark.contains("kept as inputs.journal.cut-")),
        "{recovered:?}"
    );
    world.app().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrupt_middle_refuses_with_the_offset_and_changes_nothing() {
    let bytes = small_journal().await;
    let offsets = offsets(&bytes);
    let (first, second) = (offsets[0], offsets[1]);
    for at in [first, first + 5, first + 9, first + 20, second + 1, second + 13] {
        let directory = TempDir::new().expect("a directory");
        let path = directory.path().join(FILE_NAME);
        let mut broken = bytes.clone();
        broken[at] ^= 1;
        std::fs::write(&path, &broken).expect("written");
        let error = start(durable(directory.path()), None).await.expect_err("it does not start");
        let begins = if at < second { first } else { second };
        let text = error.to_string();
        assert!(text.contains(&format!("corrupt at offset {begins}")), "byte {at}: {text}");
        assert!(text.contains("claque journal inspect") && text.contains("salvage"), "a way out: {text}");
        assert_eq!(std::fs::read(&path).expect("the journal"), broken, "nothing was changed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_never_share_a_directory() {
    let directory = TempDir::new().expect("a directory");
    let first = world(directory.path()).await;
    let error = start(durable(directory.path()), None).await.expect_err("it does not start");
    assert!(error.to_string().contains("another server"), "{error}");
    first.stop().await;
    world(directory.path()).await.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_of_other_accounts_is_refused() {
    let directory = TempDir::new().expect("a directory");
    world(directory.path()).await.stop().await;
    let mut other = durable(directory.path());
    other.config.accounts = vec!["2000".to_owned()];
    let error = start(other, None).await.expect_err("it does not start");
    assert!(matches!(error, StartError::OtherAccounts { .. }));
    assert!(error.to_string().contains("1000") && error.to_string().contains("2000"), "{error}");
}

/// What `shaper.window` is read as.
async fn reading(world: &World) -> String {
    let listed = world.get("readings").await;
    let mut list = listed["readings"].as_array().expect("a list").iter();
    let named = list.find(|reading| reading["id"] == "shaper.window").expect("it is there");
    named["value"].as_str().expect("a word").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_restart_names_holds_above_what_was_kept() {
    let directory = TempDir::new().expect("a directory");
    let first = world(directory.path()).await;
    first.post("readings", json!({ "shaper.window": "window-close" })).await;
    first.stop().await;
    let second = world(directory.path()).await;
    assert_eq!(reading(&second).await, "window-close", "nobody named another");
    second.stop().await;
    let mut named = durable(directory.path());
    named.readings = vec![("shaper.window".to_owned(), "immediate-only".to_owned())];
    named.public_urls_only = true;
    let third = World::with(named).await;
    assert_eq!(reading(&third).await, "immediate-only");
    assert_eq!(third.get("limits").await["public_urls_only"], true);
    third.stop().await;
    let fourth = world(directory.path()).await;
    assert_eq!(reading(&fourth).await, "immediate-only", "and is kept");
    fourth.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_refused_words_than_were_kept_are_remarked_on() {
    let directory = TempDir::new().expect("a directory");
    world(directory.path()).await.stop().await;
    let mut other = durable(directory.path());
    other.config.refused_words = vec!["darn".to_owned()];
    for (options, remarked) in [(durable(directory.path()), false), (other, true)] {
        let world = World::with(options).await;
        assert_eq!(world.running.recovered.clone().expect("a data directory").other_words, remarked);
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_a_journal_is_not_touched() {
    let directory = TempDir::new().expect("a directory");
    let path = directory.path().join(FILE_NAME);
    std::fs::write(&path, "my notes, not a journal").expect("written");
    let error = start(durable(directory.path()), None).await.expect_err("it does not start");
    assert!(error.to_string().contains("not a journal"), "{error}");
    assert_eq!(std::fs::read_to_string(&path).expect("the file"), "my notes, not a journal");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_prefix_of_a_journal_replays() {
    let bytes = small_journal().await;
    let records = Reader::new(&bytes).expect("a journal").map(|record| record.expect("intact").entry);
    let entries: Vec<Entry> = records.filter(|entry| !matches!(entry, Entry::Digest(_))).collect();
    let mut digests: Vec<u64> = (1..=entries.len())
        .map(|count| replay(entries[..count].to_vec()).expect("it begins with a genesis").digest())
        .collect();
    let count = digests.len();
    digests.dedup();
    assert_eq!(digests.len(), count, "every input leaves its mark");
    assert_eq!(replay(entries[1..].to_vec()).map(drop), Err(ReplayError::NoBeginning));
    let twice = [entries.clone(), entries].concat();
    assert_eq!(replay(twice).map(drop), Err(ReplayError::TwoBeginnings));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_is_durable_too() {
    let directory = TempDir::new().expect("a directory");
    let first = world(directory.path()).await;
    first.show().await;
    first.post("reset", json!({})).await;
    first.app().await;
    first.stop().await;
    let second = world(directory.path()).await;
    assert_eq!(second.get("groups").await["groups"], json!([]));
    assert_eq!(second.running.recovered.as_ref().map(|recovered| recovered.inputs), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_on_the_disk() {
    let directory = TempDir::new().expect("a directory");
    let world = world(directory.path()).await;
    let path = directory.path().join(FILE_NAME);
    let mut known = 1;
    for _ in 0..5 {
        world.app().await;
        let bytes = std::fs::read(&path).expect("the journal");
        let count = offsets(&bytes).len();
        assert!(count > known, "the call was written down before it was answered");
        known = count;
    }
    // A control call that changes something is answered as late.
    let app = world.show().await;
    let before = offsets(&std::fs::read(&path).expect("the journal")).len();
    world.post("crowd", json!({ "app": app.id, "group": "g", "join": 10 })).await;
    let after = offsets(&std::fs::read(&path).expect("the journal")).len();
    assert_eq!(after - before, 20, "ten logons and ten joins");
    tokio::time::timeout(Duration::from_secs(10), world.running.stop())
        .await
        .expect("in time")
        .expect("written");
}

/// A show with members, messages and mutes, some of it still waiting for its time.
async fn busy(world: &World) -> crate::support::App {
    let app = world.show().await;
    world.post("crowd", json!({ "app": app.id, "group": "g", "join": 20, "send": 70 })).await;
    let with = json!({ "AppId": app.id, "GroupId": "g", "BannedUsers": ["crowd000003"] });
    world.call("AddLiveMessageGroupBand", with).await;
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compacted_journal_leads_to_the_equal_state() {
    let directory = TempDir::new().expect("a directory");
    let first = world(directory.path()).await;
    let app = busy(&first).await;
    let digest = first.digest().await;
    let sizes = first.post("compact", json!({})).await;
    assert!(
        sizes["bytesBefore"].as_u64() > Some(1_000) && sizes["bytesAfter"].as_u64() > Some(100),
        "{sizes}"
    );
    assert_eq!(first.digest().await, digest, "compaction changes nothing");
    first.post("crowd", json!({ "app": app.id, "group": "g", "join": 5, "send": 10 })).await;
    first.advance("3s").await;
    let digest = first.digest().await;
    first.stop().await;
    let bytes = std::fs::read(directory.path().join(FILE_NAME)).expect("the journal");
    let records = Reader::new(&bytes).expect("a journal");
    let begins = records.into_iter().next().expect("a record").expect("intact").entry;
    assert!(matches!(begins, Entry::Snapshot(..)));
    let second = world(directory.path()).await;
    let recovered = second.running.recovered.expect("a data directory");
    assert_eq!(format!("{:016x}", recovered.digest), digest);
    assert_eq!(
        recovered.inputs,
        5 + 5 + 9 + 1,
        "logons, joins, all messages but the muted member's, the clock"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_journal_is_compacted_by_itself() {
    let directory = TempDir::new().expect("a directory");
    let mut small = durable(directory.path());
    small.compact_bytes = 20_000;
    let first = World::with(small).await;
    let app = first.show().await;
    let body = "x".repeat(2_000);
    for _ in 0..60 {
        let with = json!({ "app": app.id, "group": "g", "join": 1, "leave": 1, "send": 3, "body": body });
        drop(first.control_reply("POST", "crowd", Some(&with)).await);
        first.advance("31d").await;
    }
    let journal = |metrics: String| {
        let line = metrics.lines().find(|line| line.starts_with("claque_journal_bytes ")).map(str::to_owned);
        let line = line.expect("a gauge");
        line.rsplit(' ').next().and_then(|bytes| bytes.parse::<u64>().ok()).expect("a number")
    };
    // It is compacted beside: the last time may be under way yet.
    let mut bytes = u64::MAX;
    for _ in 0..500 {
        let metrics = first.control_reply("GET", "metrics", None).await;
        bytes = journal(String::from_utf8(metrics.body).expect("text"));
        if bytes < 60_000 {
            break;
        }
        first.advance("1s").await;
    }
    assert!(bytes < 60_000, "{bytes} bytes");
    let digest = first.digest().await;
    first.stop().await;
    let second = world(directory.path()).await;
    let recovered = second.running.recovered.expect("a data directory");
    assert_eq!(format!("{:016x}", recovered.digest), digest);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compaction_that_was_interrupted_leaves_the_old_journal() {
    let bytes = small_journal().await;
    let directory = TempDir::new().expect("a directory");
    std::fs::write(directory.path().join(FILE_NAME), &bytes).expect("written");
    std::fs::write(directory.path().join("inputs.journal.new"), &bytes[..20]).expect("written");
    std::fs::write(directory.path().join("inputs.journal.compacted"), &bytes[..20]).expect("written");
    let first = world(directory.path()).await;
    assert_eq!(
        first.running.recovered.as_ref().map(|recovered| recovered.inputs),
        Some(offsets(&bytes).len() - 2)
    );
    let left = |name: &str| directory.path().join(name).exists();
    assert!(!left("inputs.journal.new") && !left("inputs.journal.compacted"), "leftovers go");
    first.post("compact", json!({})).await;
    first.stop().await;
    let second = world(directory.path()).await;
    assert_eq!(second.running.recovered.as_ref().map(|recovered| recovered.inputs), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_beginning_is_never_begun_afresh() {
    let directory = TempDir::new().expect("a directory");
    let first = world(directory.path()).await;
    busy(&first).await;
    first.post("compact", json!({})).await;
    first.stop().await;
    let path = directory.path().join(FILE_NAME);
    let bytes = std::fs::read(&path).expect("the journal");
    for broken in [&bytes[..bytes.len() - 1], &bytes[..40], &bytes[..8], &bytes[..3]] {
        std::fs::write(&path, broken).expect("written");
        let error = start(durable(directory.path()), None).await.expect_err("it does not start");
        assert!(error.to_string().contains("corrupt at offset"), "{} bytes: {error}", broken.len());
        assert_eq!(std::fs::read(&path).expect("the journal"), broken, "nothing was changed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_rewinds_the_world_and_travels_between_servers() {
    let first = World::new().await;
    let app = busy(&first).await;
    let ada = Client::in_group(&first, &app, "ada", "g").await;
    let at = first.get("clock").await["nowMicros"].clone();
    let digest = first.digest().await;
    let snapshot = first.control_reply("GET", "snapshot", None).await;
    assert_eq!(snapshot.header("content-type"), Some("application/octet-stream"));
    first.advance("40d").await;
    first.call("DeleteLiveMessageGroup", json!({ "AppId": app.id, "GroupId": "g", "OperatorId": "h" })).await;
    let restored = restore(&first, &snapshot.body).await;
    assert_eq!(restored.status, 200, "{}", String::from_utf8_lossy(&restored.body));
    assert_eq!(first.get("clock").await["nowMicros"], at, "time is part of the world");
    let mut back = Client::open(&first).await;
    back.ask("reconnect", json!({ "session": ada.session })).await;
    let about = json!({ "AppId": app.id, "GroupId": "g" });
    let seen = first.call("DescribeLiveMessageGroup", about.clone()).await;
    assert_eq!(seen["OnlineUserCounts"], 21);
    let directory = TempDir::new().expect("a directory");
    let other = world(directory.path()).await;
    assert_eq!(restore(&other, &snapshot.body).await.status, 200);
    other.stop().await;
    let other = world(directory.path()).await;
    let seen = other.call("DescribeLiveMessageGroup", about).await;
    assert_eq!(seen["OnlineUserCounts"], 21);
    let again = other.control_reply("GET", "snapshot", None).await;
    let entries = claque_server::journal::read(&snapshot.body).expect("a journal").0;
    let mut state = replay(entries.into_iter().map(|record| record.entry)).expect("a state");
    assert_eq!(format!("{:016x}", state.lasting_digest()), digest);
    assert_ne!(again.body, snapshot.body, "the link is lost there");
}

async fn restore(world: &World, bytes: &[u8]) -> crate::support::Reply {
    let head = format!(
        "POST /_claque/restore HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\r\n",
        world.host,
        bytes.len()
    );
    world.raw(&[head.as_bytes(), bytes].concat()).await.expect("an answer")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_snapshot_restores_nothing() {
    let world = World::new().await;
    world.show().await;
    let digest = world.digest().await;
    let snapshot = world.control_reply("GET", "snapshot", None).await.body;
    let mut flipped = snapshot.clone();
    flipped[60] ^= 1;
    for (bytes, hint) in [
        (b"{}".to_vec(), "not a journal"),
        (snapshot[..snapshot.len() - 1].to_vec(), "never torn"),
        (snapshot[..8].to_vec(), "cut short"),
        (snapshot[..64].to_vec(), "does not begin"),
        (flipped, "does not check"),
    ] {
        let reply = restore(&world, &bytes).await;
        let error = reply.json()["error"].as_str().unwrap_or_default().to_owned();
        assert_eq!(reply.status, 400, "{error}");
        assert!(error.contains(hint), "{error:?} does not name {hint:?}");
    }
    assert_eq!(world.digest().await, digest);
    let mut other = options();
    other.config.accounts = vec!["2000".to_owned()];
    let elsewhere = World::with(other).await;
    assert_eq!(restore(&elsewhere, &snapshot).await.status, 409);
    assert_eq!(
        world.control_reply("POST", "compact", None).await.status,
        409,
        "nothing to compact in memory"
    );
}
