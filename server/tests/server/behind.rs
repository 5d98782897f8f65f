//! A server that has much to do at once: it says so, and others are answered meanwhile.

use claque_server::{Options, start};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{App, PATIENCE, World, options};

/// Where the clock of a talkative world begins, in seconds since 1970.
const START: u64 = 4_000_000_000;

/// Acts of the crowd: far more than a slice.
const ACTS: u64 = 60_000;

/// How often something that lasts is done again until somebody was seen to be answered meanwhile: on a machine that is
/// fast, or busy with others, it may be over before its observer has had a turn.
const ROUNDS: u32 = 50;

/// Acts of a round: twice as many as in the one before, so that one of the rounds lasts long enough on any machine.
fn acts_of(round: u32) -> u64 {
    ACTS << (round - 1).min(6)
}

/// An application, of two worlds alike to the bit, and a group of 200 virtual members.
async fn talkative(mut options: Options) -> (World, App) {
    options.config.key = [7; 32];
    let world = World::with(options).await;
    world.post("reset", json!({ "unixSeconds": START })).await;
    let app = world.show().await;
    world.post("crowd", json!({ "app": app.id, "group": "g", "join": 200 })).await;
    (world, app)
}

/// The members have `acts` things to say in the next 30,000 seconds.
async fn have_much_to_say(world: &World, app: &App, acts: u64) {
    let steps = json!([{ "send": acts, "over": "30000s" }]);
    world.post("crowd/script", json!({ "app": app.id, "group": "g", "steps": steps })).await;
}

/// Does something that lasts, and gives what `/ready` showed meanwhile. Others are answered all the time.
async fn meanwhile<R>(world: &World, work: impl Future<Output = R>) -> (R, Vec<Value>) {
    let mut seen = Vec::new();
    let watching = async {
        loop {
            let ready = world.get("ready").await;
            assert_eq!(world.get("health").await["status"], "ok");
            if ready["catchingUp"].is_object() {
                seen.push(ready);
            }
        }
    };
    // Beside the other, since these wait for a slice to end, and would leave few moments to look at.
    let asking = async {
        loop {
            for question in ["groups", "limits"] {
                assert_eq!(world.control_reply("GET", question, None).await.status, 200);
            }
        }
    };
    let ended = async {
        tokio::select! {
            biased;
            () = watching => unreachable!("it goes on watching"),
            () = asking => unreachable!("it goes on asking"),
            ended = work => ended,
        }
    };
    let ended = tokio::time::timeout(3 * PATIENCE, ended).await.expect("it ends");
    (ended, seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_advance_lets_others_in_between_and_comes_to_the_same() {
    let directory = TempDir::new().expect("a directory");
    let durable = Options { data: Some(directory.path().to_owned()), ..options() };
    let (at_once, app) = talkative(durable.clone()).await;
    let mut rounds = 0;
    let (to, seen) = loop {
        rounds += 1;
        assert!(rounds <= ROUNDS, "nobody was answered during {ROUNDS} advances");
        have_much_to_say(&at_once, &app, acts_of(rounds)).await;
        let to = START + u64::from(rounds) * 30_001;
        let far = json!({ "advance": "30001s" });
        let advance = at_once.control_reply("POST", "clock", Some(&far));
        let (advanced, seen) = meanwhile(&at_once, advance).await;
        assert_eq!(advanced.json()["unixSeconds"], to);
        let count = |ready: &Value| ready["catchingUp"]["done"].as_u64();
        if seen.first().map(count) < seen.last().map(count) {
            break (to, seen);
        }
    };
    assert!(seen.iter().all(|ready| ready["status"] == "ready" && ready["oldestWaitMillis"].is_u64()));
    let done: Vec<u64> = seen.iter().filter_map(|ready| ready["catchingUp"]["done"].as_u64()).collect();
    assert!(done.len() == seen.len() && done.is_sorted(), "it goes on: {done:?}");
    assert!(seen.iter().all(|ready| ready["catchingUp"]["toMicros"] == to * 1_000_000), "{seen:?}");
    assert!(at_once.get("ready").await["catchingUp"].is_null());

    let (in_steps, app) = talkative(options()).await;
    for round in 1..=rounds {
        have_much_to_say(&in_steps, &app, acts_of(round)).await;
        for _ in 0..300 {
            in_steps.post("clock", json!({ "advance": "100s" })).await;
        }
        in_steps.post("clock", json!({ "advance": "1s" })).await;
    }
    let digest = at_once.digest().await;
    assert_eq!(in_steps.digest().await, digest, "the same as in small steps");
    at_once.stop().await;
    let again = start(durable, None).await.expect("the server starts");
    assert_eq!(format!("{:016x}", again.recovered.as_ref().expect("a data directory").digest), digest);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_stops_amid_a_long_advance() {
    let (world, app) = talkative(options()).await;
    // More than a machine does before it is asked once.
    have_much_to_say(&world, &app, 20 * ACTS).await;
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
    // The client that asked goes away, and the advance is not waited for.
    let begun = async { while world.get("ready").await["catchingUp"].is_null() {} };
    tokio::time::timeout(PATIENCE, begun).await.expect("the advance is seen");
    drop(link);
    tokio::time::timeout(PATIENCE, world.stop()).await.expect("it stops");
}

/// Virtual members of one group: a dozen slices.
const MEMBERS: u64 = 100_000;

async fn crowded(options: Options) -> (World, App) {
    let world = World::with(options).await;
    let app = world.show().await;
    let crowd = world.post("crowd", json!({ "app": app.id, "group": "g", "join": MEMBERS })).await;
    assert_eq!((&crowd["joined"], &crowd["members"]), (&json!(MEMBERS), &json!(MEMBERS)));
    (world, app)
}

#[tokio::test(flavor = "multi_thread")]
async fn disabling_an_application_of_many_lets_others_in_between_and_outlives_a_restart() {
    let directory = TempDir::new().expect("a directory");
    let durable = Options { data: Some(directory.path().to_owned()), ..options() };
    let (world, app) = crowded(durable.clone()).await;
    let mut rounds = 0;
    let left: Vec<u64> = loop {
        rounds += 1;
        assert!(rounds <= ROUNDS, "nobody was answered during {ROUNDS} disablings");
        let call = world.call("ModifyLiveMessageAppDisable", json!({ "AppId": app.id, "Disable": true }));
        let (answer, seen) = meanwhile(&world, call).await;
        assert_eq!(answer["Disable"], true);
        let left: Vec<u64> =
            seen.iter().filter_map(|ready| ready["catchingUp"]["leftToEnd"].as_u64()).collect();
        if left.first() > Some(&0) {
            break left;
        }
        world.call("ModifyLiveMessageAppDisable", json!({ "AppId": app.id, "Disable": false })).await;
        world.post("crowd", json!({ "app": app.id, "group": "g", "join": MEMBERS })).await;
    };
    assert!(left.iter().rev().is_sorted(), "it goes on: {left:?}");
    // The call was answered when everything had ended, though the clock stands.
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
