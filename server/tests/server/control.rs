//! The control API: who may use it, the clock, crowds, faults, readings and limits.

use claque_server::clock::wall_now;
use claque_wire::client::ClientStyle;
use claque_wire::sign::Credentials;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Client, World, options, wire};

async fn with_headers(world: &World, path: &str, headers: &str) -> u16 {
    let text = format!("GET /_claque/{path} HTTP/1.1\r\n{headers}\r\n");
    world.raw(text.as_bytes()).await.expect("an answer").status
}

#[tokio::test(flavor = "multi_thread")]
async fn it_answers_this_machine_and_its_own_page_only() {
    let world = World::new().await;
    let host = world.host.clone();
    for (headers, status) in [
        (format!("Host: {host}\r\n"), 200),
        ("Host: localhost:1\r\n".to_owned(), 200),
        ("Host: [::1]:1\r\n".to_owned(), 200),
        ("Host: evil.example\r\n".to_owned(), 403),
        ("Host: 10.0.0.1\r\n".to_owned(), 403),
        (format!("Host: {host}\r\nOrigin: http://{host}\r\n"), 200),
        (format!("Host: {host}\r\nOrigin: http://evil.example\r\n"), 403),
        (format!("Host: {host}\r\nOrigin: null\r\n"), 403),
        // A proxy on this machine often shows this machine's name for everybody who reaches it.
        (format!("Host: {host}\r\nX-Forwarded-For: 203.0.113.9\r\n"), 403),
        (format!("Host: {host}\r\nForwarded: for=203.0.113.9\r\n"), 403),
        (format!("Host: {host}\r\nVia: 1.1 proxy\r\n"), 403),
        (format!("Host: {host}\r\nX-Real-IP: 203.0.113.9\r\n"), 403),
    ] {
        assert_eq!(with_headers(&world, "groups", &headers).await, status, "{headers:?}");
    }
    assert_eq!(with_headers(&world, "health", "Host: evil.example\r\n").await, 200, "health is everybody's");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_opens_it_and_its_absence_closes_it() {
    let mut guarded = options();
    guarded.control_token = Some("hush".to_owned());
    let world = World::with(guarded).await;
    assert_eq!(with_headers(&world, "groups", "Host: localhost\r\n").await, 401);
    assert_eq!(with_headers(&world, "groups", "Host: a\r\nAuthorization: Bearer hash\r\n").await, 401);
    assert_eq!(with_headers(&world, "groups", "Host: a\r\nAuthorization: Bearer hush\r\n").await, 200);
    assert_eq!(with_headers(&world, "ready", "Host: a\r\n").await, 200);
    for page in ["", "console"] {
        assert_eq!(with_headers(&world, page, "Host: a\r\n").await, 200, "the page asks for the token");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_can_be_off() {
    let mut off = options();
    off.control = false;
    let world = World::with(off).await;
    assert_eq!(with_headers(&world, "groups", "Host: localhost\r\n").await, 404);
    assert_eq!(with_headers(&world, "", "Host: localhost\r\n").await, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_paths_bodies_and_names_say_what_would_be_right() {
    let world = World::new().await;
    for (method, path, body, status, hint) in [
        ("GET", "nothing", None, 404, "GET health"),
        ("POST", "clock", Some(json!({ "advanced": "1s" })), 400, "advance"),
        ("POST", "clock", Some(json!({ "advance": "1 fortnight" })), 400, "advance"),
        ("POST", "clock", Some(json!({ "advance": "40000d" })), 400, "36500d"),
        ("POST", "clock", Some(json!({ "to": 1 })), 400, "never goes back"),
        ("POST", "clock", Some(json!({ "speed": "fast" })), 400, "10x"),
        ("POST", "faults", Some(json!({ "operation": "Dance" })), 400, "Dance"),
        ("POST", "faults", Some(json!({ "fail": "Teapot" })), 400, "ServerError"),
        ("POST", "readings", Some(json!({ "shaper.window": "never" })), 400, "window-close"),
        ("POST", "limits", Some(json!({ "group_members": 1 })), 400, "group_members_max"),
        ("POST", "crowd", Some(json!({ "app": "a", "group": "g", "join": 1 })), 404, "application"),
        ("POST", "callbacks/replay", Some(json!({ "number": 7 })), 404, "7"),
        ("GET", "feed?after=x", None, 400, "after"),
    ] {
        let reply = world.control_reply(method, path, body.as_ref()).await;
        let error = reply.json()["error"].as_str().unwrap_or_default().to_owned();
        assert_eq!(reply.status, status, "{path}: {error}");
        assert!(error.contains(hint), "{path}: {error:?} does not name {hint:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_clock_moves_only_when_asked_and_answers_when_everything_due_was_sent() {
    let world = World::new().await;
    let app = world.show().await;
    let before = world.get("clock").await;
    assert_eq!(before["frozen"], true);
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    assert_eq!(world.get("clock").await["nowMicros"], before["nowMicros"]);
    world.call("DeleteLiveMessageGroup", json!({ "AppId": app.id, "GroupId": "g", "OperatorId": "h" })).await;
    let moved = world.post("clock", json!({ "advance": "31d" })).await;
    let month = 31 * 86_400 * 1_000_000_u64;
    assert_eq!(moved["nowMicros"].as_u64(), before["nowMicros"].as_u64().map(|now| now + month));
    let gone = json!({ "AppId": app.id, "GroupId": "g" });
    let refused = world.refused("RecoverLiveMessageDeletedGroup", gone).await;
    assert_eq!(refused, (404, "ResourceNotExist".to_owned()));
    let to = moved["unixSeconds"].as_u64().expect("a time") + 60;
    assert_eq!(world.post("clock", json!({ "to": to })).await["unixSeconds"], to);
    let running = world.post("clock", json!({ "speed": "1000x" })).await;
    assert_eq!((&running["frozen"], &running["speed"]["times"]), (&json!(false), &json!(1_000)));
    let later = world.get("clock").await;
    assert!(later["nowMicros"].as_u64() > running["nowMicros"].as_u64());
    assert_eq!(world.post("clock", json!({ "freeze": true })).await["frozen"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_makes_a_supergroup_beside_a_real_client_and_leaves_again() {
    let world = World::new().await;
    let app = world.show().await;
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    let crowd = |join: u32, leave: u32| json!({ "app": app.id, "group": "g", "join": join, "leave": leave });
    let answer = world.post("crowd", crowd(1_999, 0)).await;
    let expected =
        json!({ "crowd": 1_999, "members": 2_000, "joined": 1_999, "left": 0, "sent": 0, "refused": 0 });
    assert_eq!(answer, expected);
    let about = json!({ "AppId": app.id, "GroupId": "g" });
    let seen = world.call("DescribeLiveMessageGroup", about.clone()).await;
    assert_eq!((&seen["OnlineUserCounts"], &seen["SuperLargeGroup"]), (&json!(2_000), &json!(false)));
    world.post("crowd", crowd(1, 0)).await;
    let seen = world.call("DescribeLiveMessageGroup", about.clone()).await;
    assert_eq!((&seen["OnlineUserCounts"], &seen["SuperLargeGroup"]), (&json!(2_001), &json!(true)));
    let events = ada.so_far().await;
    assert_eq!(events.len(), 2_001, "one notice a join");
    assert_eq!(events[2_000]["isBigGroup"], true);
    world.post("crowd", crowd(0, 2_000)).await;
    world.advance("5s").await;
    let notice = ada.event().await;
    assert_eq!((&notice["memberCount"], &notice["isBigGroup"]), (&json!(1), &json!(true)));
    ada.ask("leaveGroup", json!({ "groupId": "g" })).await;
    world.post("join", json!({ "app": app.id, "group": "g", "user": "bob" })).await;
    let seen = world.call("DescribeLiveMessageGroup", about).await;
    assert_eq!(seen["SuperLargeGroup"], false);
    assert_eq!(
        world
            .control_reply("POST", "leave", Some(&json!({ "app": app.id, "group": "g", "user": "eve" })))
            .await
            .status,
        404
    );
    world.post("leave", json!({ "app": app.id, "group": "g", "user": "bob" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_starts_over_as_the_server_was_started() {
    let world = World::new().await;
    let first = world.show().await;
    world.post("limits", json!({ "group_members_max": 5 })).await;
    world.post("readings", json!({ "url.port": "usual-allowed" })).await;
    world.post("faults", json!({ "fail": "ServerError" })).await;
    world.post("reset", json!({ "unixSeconds": 1_700_000_000 })).await;
    assert_eq!(world.get("clock").await["unixSeconds"], 1_700_000_000);
    assert_eq!(world.get("limits").await["group_members_max"], 2_000);
    assert_eq!(world.get("limits").await["public_urls_only"], false, "as the options say");
    assert_eq!(world.get("groups").await["groups"], json!([]));
    let again = world.show().await;
    assert_eq!((again.id, again.key), (first.id, first.key), "the same key gives the same IDs");
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_hit_their_operation_only() {
    let world = World::new().await;
    let with = json!({ "operation": "ListLiveMessageApps", "fail": "ServerError" });
    world.post("faults", with).await;
    assert_eq!(
        world.refused("ListLiveMessageApps", json!({ "SortType": 1 })).await,
        (500, "ServerError".to_owned())
    );
    world.call("ListMessageApp", json!({})).await;
    world.post("faults", json!({ "operation": "ListLiveMessageApps", "drop": true })).await;
    let request = world.signed(ClientStyle::Python, "ListLiveMessageApps", &json!({ "SortType": 1 }));
    assert!(world.raw(&wire(&request)).await.is_none(), "dropped without an answer");
    world.post("faults", json!({ "operation": "ListLiveMessageApps", "delay": "30ms" })).await;
    let start = tokio::time::Instant::now();
    world.call("ListLiveMessageApps", json!({ "SortType": 1 })).await;
    assert!(start.elapsed() >= std::time::Duration::from_millis(30));
    let listed = world.get("faults").await;
    assert_eq!(listed["faults"][0]["delayMicros"], 30_000);
    assert_eq!(world.control_reply("DELETE", "faults", None).await.json(), json!({ "faults": [] }));
}

#[tokio::test(flavor = "multi_thread")]
async fn readings_and_limits_change_while_it_runs() {
    let world = World::new().await;
    let readings = world.post("readings", json!({ "wire.missing-code": "missing" })).await;
    let changed: Vec<&Value> = readings["readings"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|reading| reading["value"] != reading["default"])
        .collect();
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0]["id"], "wire.missing-code");
    assert_eq!(world.refused("DescribeLiveMessageApp", json!({})).await, (400, "MissingAppId".to_owned()));
    world.post("limits", json!({ "account_apps_max": 1 })).await;
    world.app().await;
    let second = world.refused("CreateLiveMessageApp", json!({ "AppName": "second" })).await;
    assert_eq!(second.1, "ErrorTooManyApps");
}

#[tokio::test(flavor = "multi_thread")]
async fn quotas_count_by_the_services_clock() {
    let world = World::new().await;
    world.post("limits", json!({ "call_quotas": false })).await;
    for _ in 0..30 {
        world.app().await;
    }
    world.post("limits", json!({ "call_quotas": true })).await;
    let mut refused = None;
    for number in 0..200 {
        let reply = world.reply("CreateLiveMessageApp", json!({ "AppName": "show" })).await;
        if reply.status != 200 {
            refused = Some((number, reply));
            break;
        }
    }
    let (_, reply) = refused.expect("a second has a bound");
    assert_eq!(reply.json()["Code"], "Throttling.User");
    let message = reply.json()["Message"].as_str().expect("a text").to_owned();
    assert!(message.starts_with("Request was denied due to user flow control: "), "{message}");
    assert!(
        message.contains("clock stands still") && message.contains("claque ctl clock --advance"),
        "{message}"
    );
    assert!(
        reply.header("x-acs-retry-after").is_some_and(|millis| millis.parse::<u64>().is_ok_and(|m| m > 0))
    );
    world.advance("1s").await;
    world.app().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_rule_for_addresses_can_be_switched_on() {
    let local = json!({ "AppName": "show", "EventCallbackUrl": "http://127.0.0.1:3000/hook" });
    let world = World::new().await;
    world.call("CreateLiveMessageApp", local.clone()).await;
    let mut strict = options();
    strict.public_urls_only = true;
    let world = World::with(strict).await;
    assert_eq!(world.refused("CreateLiveMessageApp", local).await, (400, "InputInvalid".to_owned()));
    let public = json!({ "AppName": "show", "EventCallbackUrl": "http://example.com/hook" });
    world.call("CreateLiveMessageApp", public).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_tells_what_happened_and_wakes_who_waits() {
    let world = World::new().await;
    let app = world.show().await;
    let seen = world.get("feed").await;
    let newest = seen["newest"].as_u64().expect("a number");
    let kinds: Vec<&str> = seen["events"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|event| event["operation"].as_str())
        .collect();
    assert_eq!(kinds, ["CreateLiveMessageApp", "CreateLiveMessageGroup"]);
    let path = format!("feed?after={newest}&wait=20");
    let (woken, ()) = tokio::join!(world.get(&path), async {
        world.post("join", json!({ "app": app.id, "group": "g", "user": "ada" })).await;
    });
    assert!(woken["newest"].as_u64() > Some(newest));
    let notices = woken["events"].as_array().expect("a list").iter();
    assert!(notices.clone().any(|event| event["notice"] == "memberchange" && event["count"] == 1), "{woken}");
    let last = world.get("feed?after=0&count=1").await;
    assert_eq!(last["events"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn health_ready_version_metrics_and_console_answer() {
    let world = World::new().await;
    assert_eq!(world.get("health").await["status"], "ok");
    assert_eq!(world.get("ready").await["status"], "ready");
    assert!(world.get("version").await["version"].is_string());
    let metrics = world.control_reply("GET", "metrics", None).await;
    assert!(metrics.header("content-type").is_some_and(|kind| kind.starts_with("text/plain; version=0.0.4")));
    let page = world.control_reply("GET", "", None).await;
    assert!(page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")));
    let mut link = world.link().await;
    let text = "HEAD /_claque/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    link.write_all(text.as_bytes()).await.expect("the server reads");
    let mut head = String::new();
    link.read_to_string(&mut head).await.expect("the server closes");
    assert!(head.contains("Content-Length: 15\r\n") && head.ends_with("\r\n\r\n"), "no body: {head}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_reply_does_not_speak_of_a_clock_that_runs() {
    let world =
        World::with(claque_server::Options { pace: claque_server::clock::ClockPace::REAL, ..options() })
            .await;
    for _ in 0..2_000 {
        let reply = world.reply("CreateLiveMessageApp", json!({ "AppName": "show" })).await;
        if reply.json()["Code"] == "Throttling.User" {
            assert_eq!(reply.json()["Message"], "Request was denied due to user flow control.");
            return;
        }
    }
    // A machine that makes fewer calls in a second than are allowed says nothing here; the frozen clock's test does.
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_elsewhere_read_nothing_either() {
    let ask = async |world: &World, path: &str, site: &str| {
        let text = format!(
            "GET /_claque/{path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer sesame\r\nSec-Fetch-Site: {site}\r\n\r\n",
            world.host
        );
        world.raw(text.as_bytes()).await.expect("an answer").status
    };
    for token in [None, Some("sesame".to_owned())] {
        let world = World::with(claque_server::Options { control_token: token, ..options() }).await;
        for path in ["snapshot", "callbacks", "overview", "metrics", "ledger", "clock", "stream"] {
            for site in ["cross-site", "same-site", "Cross-Site", "anything"] {
                assert_eq!(ask(&world, path, site).await, 403, "{path} {site}");
            }
        }
        for site in ["same-origin", "none"] {
            assert_eq!(ask(&world, "overview", site).await, 200, "{site}");
        }
        // A link that leads to the console shows it; the page itself says nothing.
        assert_eq!(ask(&world, "", "cross-site").await, 200);
        assert_eq!(ask(&world, "health", "cross-site").await, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_have_tokens_and_policies_as_ram_writes_them() {
    let world = World::new().await;
    let policy = json!({
        "Version": "1", "Statement": [{ "Effect": "Allow", "Action": "live:list*", "Resource": "*" }],
    });
    let key = json!({ "id": "viewer", "secret": "hush", "securityToken": "t0ken", "policy": policy });
    world.post("keys", key).await;
    let with = |token: Option<&str>| Credentials {
        access_key_id: "viewer".to_owned(),
        access_key_secret: "hush".to_owned(),
        security_token: token.map(str::to_owned),
    };
    let status = async |operation: &str, with_: &Value, who: &Credentials| {
        let now = wall_now().unix_seconds();
        let request = world.signed_by(ClientStyle::Python, operation, with_, who, now);
        world.raw(&wire(&request)).await.expect("an answer").status
    };
    let (list, create) = (json!({ "SortType": 1 }), json!({ "AppName": "show" }));
    assert_eq!(status("ListLiveMessageApps", &list, &with(Some("t0ken"))).await, 200);
    assert_eq!(status("CreateLiveMessageApp", &create, &with(Some("t0ken"))).await, 403);
    for token in [None, Some("other")] {
        assert_ne!(status("ListLiveMessageApps", &list, &with(token)).await, 200, "{token:?}");
    }
    for (body, part) in [
        (json!({ "id": "a", "secret": "s", "securityToken": "" }), "securityToken: empty"),
        (
            json!({ "id": "a", "secret": "s", "policy": { "Version": "2" , "Statement": [] } }),
            "policy: Version",
        ),
        (json!({ "id": "a", "secret": "" }), "neither may be empty"),
    ] {
        let reply = world.control_reply("POST", "keys", Some(&body)).await;
        assert_eq!(reply.status, 400);
        assert!(reply.json()["error"].as_str().is_some_and(|text| text.contains(part)), "{reply:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_says_how_many_came_and_left() {
    let world = World::new().await;
    let app = world.show().await;
    let crowd = |join: u32, leave: u32| json!({ "app": app.id, "group": "g", "join": join, "leave": leave });
    let came = world.post("crowd", crowd(5, 0)).await;
    assert_eq!((&came["joined"], &came["left"], &came["crowd"]), (&json!(5), &json!(0), &json!(5)));
    let left = world.post("crowd", crowd(0, 3)).await;
    assert_eq!((&left["left"], &left["crowd"], &left["members"]), (&json!(3), &json!(2), &json!(2)));
    assert_eq!(world.post("crowd", crowd(0, 9)).await["left"], 2, "no more than are there");
}
