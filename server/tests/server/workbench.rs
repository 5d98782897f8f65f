//! What the console is worked with: faults by scope, the log of calls, one group, sessions by name, recorded chats.

use serde_json::{Value, json};

use crate::support::{Client, Receiver, World, credentials, impatient, options};

fn list<'a>(object: &'a Value, name: &str) -> &'a Vec<Value> {
    object[name].as_array().unwrap_or_else(|| panic!("no list {name}: {object}"))
}

async fn refused(world: &World, path: &str, body: Value) -> (u16, String) {
    let reply = world.control_reply("POST", path, Some(&body)).await;
    (reply.status, reply.json()["error"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_that_does_nothing_is_refused_and_takes_nothing_away() {
    let world = World::new().await;
    world.post("faults", json!({ "operation": "BanLiveMessageGroup", "fail": "ServerError" })).await;
    for (body, hint) in [
        (json!({}), "delay, drop and fail"),
        (json!({ "operation": "BanLiveMessageGroup" }), "delay, drop and fail"),
        (json!({ "fail": "ServerError", "percent": 0 }), "from 1 to 100"),
        (json!({ "fail": "ServerError", "percent": 101 }), "from 1 to 100"),
        (json!({ "fail": "ServerError", "next": 0 }), "from 1"),
        (json!({ "delay": "2s..1s" }), "shorter"),
        (json!({ "delay": "1s..2d" }), "at most 1d"),
        (json!({ "fail": 412 }), "name a method"),
    ] {
        let (status, error) = refused(&world, "faults", body.clone()).await;
        assert!(status == 400 && error.contains(hint), "{body}: {error}");
    }
    let faults = world.get("faults").await;
    assert_eq!(list(&faults, "faults").len(), 1, "{faults}");
    let all = world.post("faults", json!({ "delay": "1ms" })).await;
    assert_eq!(list(&all, "faults").len(), 2, "all operations are one fault: {all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_strikes_its_group_type_and_caller_so_often_and_is_removed_alone() {
    let world = World::new().await;
    let app = world.show().await;
    world.group(&app, "h").await;
    for group in ["g", "h"] {
        // A send to a group that nobody is in is refused.
        world.post("join", json!({ "app": app.id, "group": group, "user": "bob" })).await;
    }
    let scope = json!({
        "operation": "SendLiveMessageGroup", "group": "g", "type": 7, "next": 2, "fail": "ServerError",
    });
    world.post("faults", scope).await;
    world.post("faults", json!({ "method": "joinGroup", "caller": "eve", "fail": 412 })).await;
    let send = async |group: &str, kind: i64| {
        let with = json!({
            "AppId": app.id, "GroupId": group, "SenderId": "host", "Body": "hello", "MsgType": kind,
        });
        world.reply("SendLiveMessageGroup", with).await.status
    };
    assert_eq!([send("h", 7).await, send("g", 8).await], [200, 200]);
    assert_eq!([send("g", 7).await, send("g", 7).await, send("g", 7).await], [500, 500, 200], "the next two");
    let mut eve = Client::logged_on(&world, app.login("eve")).await;
    assert_eq!(eve.refused("joinGroup", json!({ "groupId": "g" })).await, 412);
    let _ada = Client::in_group(&world, &app, "ada", "g").await;
    let faults = world.get("faults").await;
    let [sends, joins] = &list(&faults, "faults")[..] else { panic!("{faults}") };
    assert_eq!((&sends["struck"], &joins["struck"], &joins["seen"]), (&json!(2), &json!(1), &json!(1)));
    let struck = world.get("feed?count=500").await;
    assert_eq!(list(&struck, "events").iter().filter(|event| event["kind"] == "fault").count(), 3);
    let one = format!("faults?number={}", sends["number"]);
    let left = world.control_reply("DELETE", &one, None).await.json();
    assert_eq!(list(&left, "faults").len(), 1);
    assert_eq!(world.control_reply("DELETE", &one, None).await.status, 404, "it is gone");
    assert_eq!(eve.refused("joinGroup", json!({ "groupId": "g" })).await, 412, "the other one stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_what_was_asked_what_decided_and_what_was_answered() {
    let directory = tempfile::tempdir().expect("a folder");
    let mut kept = options();
    kept.data = Some(directory.path().to_owned());
    let world = World::with(kept).await;
    let app = world.show().await;
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    ada.ask("sendGroupMessage", json!({ "groupId": "g", "type": 7, "data": "hi", "level": 2 })).await;
    let with = json!({ "AppId": app.id, "GroupId": "none", "SenderId": "host", "Body": "b", "MsgType": 7 });
    world.refused("SendLiveMessageGroup", with.clone()).await;
    let of_control = world
        .control_reply(
            "POST",
            "call",
            Some(&json!({ "operation": "SendLiveMessageGroup", "parameters": with })),
        )
        .await;
    assert_eq!(of_control.status, 404, "as the operation answers");
    assert_eq!(of_control.json()["Code"], "ResourceNotExist");
    let log = world.get("calls?count=500").await;
    let calls = list(&log, "calls");
    let named = |name: &str| calls.iter().filter(|call| call["name"] == name).collect::<Vec<_>>();
    let made = named("CreateLiveMessageGroup")[0];
    assert_eq!((&made["status"], &made["refused"]), (&json!(200), &json!(false)));
    assert!(made["journalBytes"].as_u64() > Some(0) && !list(made, "rules").is_empty(), "{made}");
    assert_eq!(made["parameters"]["GroupId"], "g");
    assert!(made["parameters"].get("Signature").is_none(), "{made}");
    let sends = named("SendLiveMessageGroup");
    assert_eq!(sends.len(), 2);
    for (call, caller) in sends.iter().zip([&json!(credentials().access_key_id), &json!("control API")]) {
        assert_eq!((&call["caller"], &call["status"], &call["refused"]), (caller, &json!(404), &json!(true)));
        assert_eq!(call["answer"]["Code"], "ResourceNotExist");
        assert!(list(call, "rules")[0].as_str().is_some_and(|rule| rule.contains('.')), "{call}");
        assert_eq!(call["journalBytes"], Value::Null, "a refusal changes nothing");
    }
    let said = named("sendGroupMessage")[0];
    assert_eq!(
        (&said["client"], &said["caller"], &said["status"]),
        (&json!(true), &json!("ada"), &json!(200))
    );
    assert_eq!(said["parameters"]["data"], "hi");
    let newest = log["newest"].as_u64().expect("a number");
    assert!(list(&world.get(&format!("calls?after={newest}")).await, "calls").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_group_shows_members_messages_and_what_each_second_took() {
    let world = World::new().await;
    let app = world.show().await;
    let of = |more: Value| {
        let mut body = json!({ "app": app.id, "group": "g" });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        body
    };
    let (status, why) = refused(&world, "say", of(json!({ "user": "ada" }))).await;
    assert!(status == 404 && why.contains("not online"), "{why}");
    world.post("join", of(json!({ "user": "ada" }))).await;
    assert!(world.post("say", of(json!({ "user": "ada", "body": "first" }))).await["messageId"].is_string());
    world.post("crowd", of(json!({ "join": 20 }))).await;
    world.post("crowd", of(json!({ "send": 100 }))).await;
    world.advance("10s").await;
    let path = format!("group?app={}&group=g", app.id);
    let group = world.get(&format!("{path}&search=ada&count=5")).await;
    assert_eq!((&group["memberCount"], &group["live"]), (&json!(21), &json!(true)));
    assert_eq!(list(&group, "members").len(), 1);
    assert_eq!(list(&group, "messages").len(), 5, "the newest");
    let sum = |name: &str| list(&group, "rates").iter().filter_map(|it| it[name].as_u64()).sum::<u64>();
    let counters = &world.get("overview").await["counters"];
    assert_eq!(
        (json!(sum("delivered")), json!(sum("shed"))),
        (counters["delivered"].clone(), counters["shed"].clone())
    );
    assert!(sum("shed") > 0 && list(&group, "rates").iter().all(|it| it["delivered"].as_u64() <= Some(50)));
    let found = world.get("sessions?search=ada").await;
    assert_eq!((&found["count"], &found["sessions"][0]["user"]), (&json!(1), &json!("ada")));
    let found = world.get(&format!("sessions?app={}&group=g&count=2", app.id)).await;
    assert_eq!((&found["count"], list(&found, "sessions").len()), (&json!(21), 2));
    for (path, status) in [("group?group=g", 400), ("sessions?group=g", 400), ("sessions?count=x", 400)] {
        assert_eq!(world.control_reply("GET", path, None).await.status, status, "{path}");
    }
    assert_eq!(world.control_reply("GET", &format!("group?app={}&group=h", app.id), None).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_chat_is_said_at_its_times_at_any_speed() {
    const CHAT: &str = "1 0 one\n2 1 two\n40 0 three";
    let world = World::new().await;
    let app = world.show().await;
    let path = |more: &str| format!("crowd/chat?app={}&group=g{more}", app.id);
    let replay = async |path: String, body: &str| {
        let text = format!(
            "POST /_claque/{path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\r\n{body}",
            world.host,
            body.len()
        );
        world.raw(text.as_bytes()).await.expect("an answer")
    };
    let stored = replay(path("&speed=2"), CHAT).await;
    assert_eq!(stored.status, 200, "{}", stored.json());
    assert_eq!((&stored.json()["messages"], &stored.json()["users"]), (&json!(3), &json!(2)));
    assert_eq!(world.get("overview").await["crowdWaiting"], 3);
    world.advance("5s").await;
    let bodies = async || {
        let group = world.get(&format!("group?app={}&group=g", app.id)).await;
        let messages = list(&group, "messages").iter();
        messages
            .map(|it| format!("{} {}", it["user"].as_str().unwrap_or(""), it["body"].as_str().unwrap_or("")))
            .collect::<Vec<_>>()
    };
    assert_eq!(bodies().await, ["chat000000 one", "chat000001 two"]);
    world.advance("16s").await;
    assert_eq!(bodies().await.len(), 3, "40 seconds at double speed");
    for (path, body, hint) in [
        (path(""), "", "empty"),
        (path(""), "no chat at all", "the recording"),
        (path("&speed=fast"), CHAT, "speed"),
        ("crowd/chat?group=g".to_owned(), CHAT, "app"),
        (path("&file=my.txt"), "x", "my.txt"),
    ] {
        let refused = replay(path.clone(), body).await;
        let error = refused.json()["error"].as_str().unwrap_or_default().to_owned();
        assert!(refused.status == 400 && error.contains(hint), "{path}: {error}");
    }
    let of = |name: &str| json!({ "app": app.id, "group": "g", "scenario": name, "users": 4 });
    let stored = world.post("crowd/scenario", of("smoke")).await;
    assert_eq!((&stored["acts"], &stored["leftOut"]), (&json!(4), &json!(["faults"])));
    assert_eq!(world.get("overview").await["virtualCount"], 6, "two of the chat, four of the scenario");
    assert_eq!(refused(&world, "crowd/scenario", of("nothing")).await.0, 400);
    let mut none = options();
    none.shows = None;
    let world = World::with(none).await;
    let app = world.show().await;
    let body = json!({ "app": app.id, "group": "g", "scenario": "smoke" });
    assert_eq!(refused(&world, "crowd/scenario", body).await.0, 501, "it reads none");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_is_led_to_the_console_and_a_call_is_not() {
    let world = World::new().await;
    let get = async |world: &World, target: &str, accept: &str| {
        let text = format!("GET {target} HTTP/1.1\r\nHost: {}\r\nAccept: {accept}\r\n\r\n", world.host);
        world.raw(text.as_bytes()).await.expect("an answer")
    };
    let led = get(&world, "/", "text/html,application/xhtml+xml").await;
    assert_eq!((led.status, led.header("location")), (303, Some("/_claque/")));
    assert_ne!(get(&world, "/", "*/*").await.status, 303);
    assert_ne!(get(&world, "/?Action=ListLiveMessageApps", "text/html").await.status, 303);
    let mut off = options();
    off.control = false;
    assert_ne!(get(&World::with(off).await, "/", "text/html").await.status, 303, "nothing is there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receivers_headers_are_checked_against_the_callback() {
    let world = World::with(impatient()).await;
    let mut receiver = Receiver::new(vec![(200, "{}")]).await;
    let app = world.app_with(json!({ "AppName": "show", "EventCallbackUrl": receiver.url })).await;
    world.group(&app, "g").await;
    world.post("join", json!({ "app": app.id, "group": "g", "user": "ada" })).await;
    let received = receiver.next().await;
    let seen = |name: &str| received.headers[&name.to_lowercase()].as_str().expect("a header").to_owned();
    let (timestamp, signature) = (seen("Ali-Live-Timestamp"), seen("Ali-Live-Signature"));
    let check = async |number: u64, timestamp: &str, signature: &str| {
        let body = json!({ "number": number, "timestamp": timestamp, "signature": signature });
        world.control_reply("POST", "callbacks/check", Some(&body)).await
    };
    assert_eq!(check(1, &timestamp, &signature).await.json()["genuine"], true);
    let wrong = check(1, &timestamp, "0123").await.json();
    assert_eq!((&wrong["genuine"], &wrong["expected"]), (&json!(false), &json!(signature)));
    assert!(wrong["why"].as_str().is_some_and(|why| why.contains("does not match")), "{wrong}");
    assert_eq!(check(1, "soon", &signature).await.json()["expected"], Value::Null);
    assert_eq!(check(99, &timestamp, &signature).await.status, 404);
    let log = world.get("callbacks?count=1").await;
    assert_eq!(list(&log, "callbacks").len(), 1);
}
