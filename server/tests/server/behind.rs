//! A server that has much to do at once: it says so, and others are answered meanwhile.

use std::time::Duration;

use claque_server::{Options, start};
use serde_json::json;
use tempfile::TempDir;

use crate::support::{PATIENCE, World, options};

/// Acts of the crowd: far more than a slice.
const ACTS: u64 = 60_000;

/// A group of 200 virtual members who have much to say in the next 30,000 seconds. Two of them are alike to the bit.
async fn talkative(mut options: Options) -> World {
    options.config.key = [7; 32];
    let world = World::with(options).await;
    world.post("reset", json!({ "unixSeconds": 4_000_000_000_u64 })).await;
    let app = world.show().await;
    world.post("crowd", json!({ "app": app.id, "group": "g", "join": 200 })).await;
    let steps = json!([{ "send": ACTS, "over": "30000s" }]);
    world.post("crowd/script", json!({ "app": app.id, "group": "g", "steps": steps })).await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_advance_lets_others_in_between_and_comes_to_the_same() {
    let directory = TempDir::new().expect("a directory");
    let durable = Options { data: Some(directory.path().to_owned()), ..options() };
    let at_once = talkative(durable.clone()).await;
    let mut seen = Vec::new();
    let far = json!({ "advance": "30001s" });
    let advance = at_once.control_reply("POST", "clock", Some(&far));
    let asking = async {
        loop {
            let ready = at_once.get("ready").await;
            let asked = at_once.control_reply("GET", "groups", None).await;
            assert_eq!((asked.status, at_once.get("health").await["status"].as_str()), (200, Some("ok")));
            if ready["catchingUp"].is_object() {
                seen.push(ready);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let advanced = async {
        tokio::select! {
            advanced = advance => advanced,
            () = asking => unreachable!("whoever asks goes on"),
        }
    };
    let advanced = tokio::time::timeout(3 * PATIENCE, advanced).await.expect("it ends");
    assert_eq!(advanced.json()["unixSeconds"], 4_000_030_001_u64);
    assert!(seen.len() >= 2, "others were answered while it lasted: {seen:?}");
    assert!(seen.iter().all(|ready| ready["status"] == "ready" && ready["oldestWaitMillis"].is_u64()));
    let done: Vec<u64> = seen.iter().filter_map(|ready| ready["catchingUp"]["done"].as_u64()).collect();
    assert!(done.is_sorted() && done.first() < done.last(), "it goes on: {done:?}");
    let to = 4_000_030_001_000_000_u64;
    assert!(seen.iter().all(|ready| ready["catchingUp"]["toMicros"] == to), "{seen:?}");
    assert!(at_once.get("ready").await["catchingUp"].is_null());

    let in_steps = talkative(options()).await;
    for _ in 0..300 {
        in_steps.post("clock", json!({ "advance": "100s" })).await;
    }
    in_steps.post("clock", json!({ "advance": "1s" })).await;
    let digest = at_once.digest().await;
    assert_eq!(in_steps.digest().await, digest, "the same as in small steps");
    at_once.stop().await;
    let again = start(durable, None).await.expect("the server starts");
    assert_eq!(format!("{:016x}", again.recovered.as_ref().expect("a data directory").digest), digest);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_stops_amid_a_long_advance() {
    let world = talkative(options()).await;
    let host = world.host.clone();
    let asked = tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        let mut link = tokio::net::TcpStream::connect(&host).await.expect("the server listens");
        let body = r#"{"advance":"30001s"}"#;
        let text = format!(
            "POST /_claque/clock HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        link.write_all(text.as_bytes()).await.expect("the server reads");
        link
    });
    let link = asked.await.expect("it asked");
    // Whoever asked goes away, and the advance is not waited for.
    while world.get("ready").await["catchingUp"].is_null() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    drop(link);
    tokio::time::timeout(PATIENCE, world.stop()).await.expect("it stops");
}

/// Virtual members of one group: a dozen slices.
const MEMBERS: u64 = 100_000;

async fn crowded(options: Options) -> (World, crate::support::App) {
    let world = World::with(options).await;
    let app = world.show().await;
    let crowd = world.post("crowd", json!({ "app": app.id, "group": "g", "join": MEMBERS })).await;
    assert_eq!((&crowd["joined"], &crowd["members"]), (&json!(MEMBERS), &json!(MEMBERS)));
    (world, app)
}

/// Does something that ends much, and gives what others were told meanwhile.
async fn meanwhile<R>(world: &World, work: impl Future<Output = R>) -> (R, Vec<serde_json::Value>) {
    let mut seen = Vec::new();
    let asking = async {
        loop {
            let ready = world.get("ready").await;
            assert_eq!(world.control_reply("GET", "limits", None).await.status, 200);
            if ready["catchingUp"].is_object() {
                seen.push(ready["catchingUp"].clone());
            }
        }
    };
    let ended = async {
        tokio::select! {
            biased;
            () = asking => unreachable!("whoever asks goes on"),
            ended = work => ended,
        }
    };
    let ended = tokio::time::timeout(3 * PATIENCE, ended).await.expect("it ends");
    (ended, seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn disabling_an_application_of_many_lets_others_in_between_and_outlives_a_restart() {
    let directory = TempDir::new().expect("a directory");
    let durable = Options { data: Some(directory.path().to_owned()), ..options() };
    let (world, app) = crowded(durable.clone()).await;
    let call = world.call("ModifyLiveMessageAppDisable", json!({ "AppId": app.id, "Disable": true }));
    let (answer, seen) = meanwhile(&world, call).await;
    assert_eq!(answer["Disable"], true);
    let left: Vec<u64> = seen.iter().filter_map(|at| at["leftToEnd"].as_u64()).collect();
    assert!(left.first() > Some(&0), "others were answered while it lasted: {seen:?}");
    assert!(left.iter().rev().is_sorted(), "it goes on: {left:?}");
    // Who asked was answered when everything had ended, though the clock stands.
    let groups = world.control_reply("GET", "groups", None).await.json();
    assert_eq!(groups["groups"][0]["members"], 0, "{groups}");
    assert!(world.get("ready").await["catchingUp"].is_null());
    let digest = world.digest().await;
    world.stop().await;
    let again = start(durable, None).await.expect("the server starts");
    assert_eq!(format!("{:016x}", again.recovered.as_ref().expect("a data directory").digest), digest);
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_a_group_of_many_is_answered_when_everybody_is_out() {
    let (world, app) = crowded(options()).await;
    let call = world.call("DeleteLiveMessageGroup", json!({ "AppId": app.id, "GroupId": "g" }));
    meanwhile(&world, call).await;
    assert!(world.get("ready").await["catchingUp"].is_null(), "nothing is left to end");
    world.call("RecoverLiveMessageDeletedGroup", json!({ "AppId": app.id, "GroupId": "g" })).await;
    let back = world.post("crowd", json!({ "app": app.id, "group": "g", "join": 3 })).await;
    assert_eq!(back["members"], 3);
}
