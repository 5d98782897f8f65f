//! What the server keeps has a bound: at it whatever adds is refused, everything else goes on, and it ends when something goes.

use claque_server::{Options, start};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{App, Client, World, options};

const BOUND: u64 = 2 << 20;

fn bounded() -> Options {
    Options { memory_max: BOUND, ..options() }
}

fn gift(app: &App, number: u64) -> Value {
    let body = format!("{number:05}").repeat(3_000);
    json!({ "AppId": app.id, "GroupId": "g", "SenderId": "host", "Body": body, "MsgType": 10_001 })
}

/// Sends until it is refused; how many were taken, and the refusal.
async fn fill(world: &World, app: &App) -> (u64, Value) {
    for number in 0..1_000 {
        let reply = world.reply("SendLiveMessageGroup", gift(app, number)).await;
        if reply.status != 200 {
            assert_eq!(reply.status, 500, "{}", String::from_utf8_lossy(&reply.body));
            return (number, reply.json());
        }
        world.advance("1s").await;
    }
    unreachable!("the bound was not met")
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_bound_what_adds_is_refused_and_everything_else_goes_on() {
    let world = World::with(bounded()).await;
    let app = world.show().await;
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    let (taken, refusal) = fill(&world, &app).await;
    // Each takes its body, and two hundred bytes at the most besides; its call stands in a log, cut after four kibibytes.
    let (least, most) = (BOUND / (15_000 + 1_000 + 5_000), BOUND / 15_000);
    assert!((least..=most).contains(&taken), "{taken} messages of 15,000 bytes in {BOUND}");
    assert_eq!(refusal["Code"], "ServerError");
    let message = refusal["Message"].as_str().expect("a message");
    assert!(message.contains("--memory-max"), "it says why, and the way out: {message}");

    let group = json!({ "AppId": app.id, "GroupId": "h", "CreatorId": "host" });
    for (action, with) in [
        ("CreateLiveMessageApp", json!({ "AppName": "more" })),
        ("CreateLiveMessageGroup", group.clone()),
        ("SendLiveMessageGroup", gift(&app, 0)),
        ("SendMessageToGroup", json!({ "AppId": "x", "GroupId": "y", "OperatorUserId": "host", "Type": 1 })),
    ] {
        assert_eq!(world.refused(action, with).await, (500, "ServerError".to_owned()), "{action}");
    }
    assert_eq!(
        ada.refused("sendGroupMessage", json!({ "groupId": "g", "type": 10_001, "data": "x" })).await,
        500
    );
    let crowd = json!({ "app": app.id, "group": "g", "join": 1 });
    assert_eq!(world.control_reply("POST", "crowd", Some(&crowd)).await.status, 507);

    let one = json!({ "app": app.id, "group": "g", "user": "one" });
    assert_eq!(world.control_reply("POST", "join", Some(&one)).await.status, 507);
    let message = json!({
        "action": "SendMessage", "AppId": app.id, "GroupId": "g", "SenderId": "host", "MsgType": 10_001, "Body": "x",
    });
    assert_eq!(world.control_reply("POST", "console", Some(&message)).await.status, 500);
    // Put in store while it may be, and done while there is no room.
    let script =
        json!({ "app": app.id, "group": "g", "steps": [{ "over": "1s", "join": 100, "prefix": "late" }] });
    world.post("crowd/script", script).await;
    world.advance("1s").await;
    assert_eq!(world.get("overview").await["virtualCount"], 0, "nobody of them has come");

    let list = json!({ "AppId": app.id, "GroupId": "g", "PageSize": 10, "SortType": 1 });
    let listed = world.call("ListLiveMessageGroupMessages", list).await;
    assert_eq!(listed["MessageList"].as_array().map(Vec::len), Some(10), "reading goes on");
    let memory = world.get("memory").await;
    assert_eq!((&memory["full"], &memory["bytesMax"]), (&json!(true), &json!(BOUND)));
    assert_eq!(memory["largestGroups"][0]["groupId"], "g", "and what takes it is shown: {memory}");
    assert_eq!(memory["applications"][0]["appId"], *app.id);
    let (parts, bytes) = (&memory["parts"], memory["bytes"].as_u64().expect("bytes"));
    let sum: u64 = parts.as_object().expect("parts").values().filter_map(Value::as_u64).sum();
    assert_eq!(sum, bytes);
    assert!(parts["messages"].as_u64() > Some(bytes / 10 * 7), "messages are what fills it: {parts}");
    let metrics = world.control_reply("GET", "metrics", None).await;
    let metrics = String::from_utf8(metrics.body).expect("text");
    assert!(metrics.contains("claque_memory_bytes{part=\"messages\"} "), "{metrics}");
    assert!(metrics.contains(&format!("claque_memory_bytes_max {BOUND}\n")), "{metrics}");
    assert_eq!(world.get("overview").await["memory"]["full"], true, "the console shows it");

    // The first half of what is kept expires.
    world.advance(&format!("{}s", 30 * 86_400 - taken / 2)).await;
    world.advance("2h").await;
    world.call("CreateLiveMessageGroup", group).await;
    assert_eq!(world.get("memory").await["full"], false);
    ada.vanish();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_journal_holds_beyond_the_bound_is_kept_and_nothing_is_added() {
    let directory = TempDir::new().expect("a directory");
    let data = Some(directory.path().to_owned());
    let first = World::with(Options { data: data.clone(), ..options() }).await;
    let app = first.show().await;
    let link = Client::in_group(&first, &app, "ada", "g").await;
    for number in 0..200 {
        first.call("SendLiveMessageGroup", gift(&app, number)).await;
        first.advance("1s").await;
    }
    drop(link);
    // The end of the link is an input as well: it must have come before the digest is taken.
    let mut looks = 0;
    while first.get("overview").await["sessions"][0]["linkUp"] != false {
        looks += 1;
        assert!(looks < 3_000, "the link's end is never noticed");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let before = first.digest().await;
    first.stop().await;

    let again = World {
        running: start(Options { data, ..bounded() }, None).await.expect("it starts"),
        host: String::new(),
    };
    let again = World { host: again.running.address.to_string(), ..again };
    let memory = again.get("memory").await;
    assert_eq!(memory["full"], true, "{memory}");
    assert_eq!(again.digest().await, before);
    let group = json!({ "AppId": app.id, "GroupId": "h", "CreatorId": "host" });
    assert_eq!(again.refused("CreateLiveMessageGroup", group).await.0, 500);
    again
        .call("DeleteLiveMessageGroup", json!({ "AppId": app.id, "GroupId": "g", "OperatorUserId": "host" }))
        .await;
}
