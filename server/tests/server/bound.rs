//! The one bound of snapshots, at the bound: compaction, the control route and a restore agree on it, for small states and for
//! those that are replayed beside the server.

use claque_core::journal::{Entry, Reader, SNAPSHOT_BYTES_MAX, SNAPSHOT_FILE_BYTES_MAX};
use claque_server::journal::FILE_NAME;
use claque_server::{HttpLimits, Options};
use serde_json::json;
use tempfile::TempDir;

use crate::support::{Reply, World, options};

/// Longer than what is written while others wait.
const LARGE: usize = 9 << 20;

fn with_bound(directory: Option<&TempDir>, bytes: usize) -> Options {
    let data = directory.map(|directory| directory.path().to_owned());
    // The clock stands, and the service has the key of its journal: the state is the same each time.
    let mut options = Options { data, snapshot_bytes_max: bytes, ..options() };
    options.config.key = [7; 32];
    options
}

/// A group with so many bytes of messages.
async fn fill(world: &World, bytes: usize) {
    world.post("limits", json!({ "call_quotas": false, "group_messages_per_second": 1_000_000 })).await;
    let app = world.show().await;
    world.post("join", json!({ "app": app.id, "group": "g", "user": "ada" })).await;
    let body = "x".repeat(15_000);
    let send =
        json!({ "AppId": app.id, "GroupId": "g", "SenderId": "host", "Body": body, "MsgType": 10_001 });
    for _ in 0..bytes.div_ceil(15_000) {
        world.call("SendLiveMessageGroup", send.clone()).await;
    }
    // Ahead of the machine, so that a restart does not move it.
    world.advance("1h").await;
}

/// Bytes of the state that a snapshot holds.
fn state_bytes(file: &[u8]) -> usize {
    let first = Reader::new(file).expect("a journal").next().expect("a record").expect("intact");
    let Entry::Snapshot(_, state, _) = first.entry else { panic!("a snapshot begins it") };
    state.len()
}

async fn restore(world: &World, bytes: &[u8]) -> Reply {
    let head = format!(
        "POST /_claque/restore HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\r\n",
        world.host,
        bytes.len()
    );
    world.raw(&[head.as_bytes(), bytes].concat()).await.expect("an answer")
}

/// That an answer says how long the state is, how long it may be, and what to do.
fn tells(reply: &Reply, bytes: usize, bound: usize) {
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    assert_eq!(reply.status, 500, "{text}");
    assert!(text.contains(&format!("takes {bytes} bytes, and a snapshot at most {bound}: delete")), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_at_the_bound_is_taken_and_one_byte_more_is_not() {
    for filled in [0, LARGE] {
        let directory = TempDir::new().expect("a directory");
        let world = World::with(with_bound(Some(&directory), SNAPSHOT_BYTES_MAX)).await;
        fill(&world, filled).await;
        // Beyond this nothing changes: the state is as long in each of these servers.
        let file = world.control_reply("GET", "snapshot", None).await.body;
        let bytes = state_bytes(&file);
        assert!(bytes > filled, "{bytes}");
        let digest = world.digest().await;
        world.stop().await;

        for bound in [bytes, bytes - 1] {
            let world = World::with(with_bound(Some(&directory), bound)).await;
            let snapshot = world.control_reply("GET", "snapshot", None).await;
            let elsewhere = World::with(with_bound(None, bound)).await;
            let restored = restore(&elsewhere, &file).await;
            // The journal with its messages, or the snapshot that a compaction left of it.
            let compacted = world.control_reply("POST", "compact", None).await;
            if bound == bytes {
                assert_eq!(state_bytes(&snapshot.body), bytes);
                assert_eq!((restored.status, compacted.status), (200, 200));
                assert_eq!(elsewhere.digest().await, digest);
                assert_eq!(elsewhere.control_reply("GET", "snapshot", None).await.status, 200);
            } else {
                for refused in [&snapshot, &restored, &compacted] {
                    tells(refused, bytes, bound);
                }
                assert_eq!(elsewhere.get("groups").await["groups"], json!([]), "nothing was restored");
            }
            assert_eq!(world.digest().await, digest, "either way the server goes on");
            world.app().await;
            elsewhere.stop().await;
            world.stop().await;
            // The journal is put back as it was, for the next bound.
            let next = World::with(with_bound(Some(&directory), SNAPSHOT_BYTES_MAX)).await;
            assert_eq!(restore(&next, &file).await.status, 200);
            next.stop().await;
        }
        drop(std::fs::read(directory.path().join(FILE_NAME)).expect("the journal"));
    }
}

#[test]
fn what_writes_a_snapshot_and_what_reads_one_have_one_bound() {
    let limits = HttpLimits::default();
    // The header, the frame, and a payload that has room for configuration and nonces besides the state.
    assert_eq!(limits.restore_bytes_max, SNAPSHOT_FILE_BYTES_MAX);
    const { assert!(SNAPSHOT_FILE_BYTES_MAX > SNAPSHOT_BYTES_MAX + (64 << 20)) };
    assert_eq!(Options::default().snapshot_bytes_max, SNAPSHOT_BYTES_MAX);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_snapshot_has_room_among_the_buffers_and_one_byte_more_is_refused() {
    let first = World::new().await;
    fill(&first, 100_000).await;
    let file = first.control_reply("GET", "snapshot", None).await.body;
    for (restore_bytes_max, status) in [(file.len(), 200), (file.len() - 1, 413)] {
        let mut small = options();
        // The buffers are raised to what the longest body needs, whatever was asked for.
        (small.http.restore_bytes_max, small.http.buffer_bytes_max) = (restore_bytes_max, 0);
        let world = World::with(small).await;
        let reply = restore(&world, &file).await;
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        assert_eq!(reply.status, status, "{text}");
        if status == 413 {
            assert!(text.contains(&restore_bytes_max.to_string()), "the bound is named: {text}");
        }
    }
    let metrics = World::new().await.control_reply("GET", "metrics", None).await;
    let metrics = String::from_utf8(metrics.body).expect("text");
    let most = metrics.lines().find_map(|line| line.strip_prefix("claque_buffer_bytes_max "));
    let most: usize = most.expect("a gauge").parse().expect("a number");
    assert!(most >= SNAPSHOT_FILE_BYTES_MAX, "{most}");
}
