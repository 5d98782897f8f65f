//! The audience protocol as a whole: every method, event and documented code, heartbeats, expiring tokens, what comes
//! back after a restart, and faults of methods.

use std::collections::BTreeSet;
use std::time::Duration;

use claque_server::Options;
use claque_server::clock::wall_now;
use claque_wire::audience::{CODES, CodeOrigin, EVENTS, Method};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::document::{assert_event, assert_exchange};
use crate::support::{App, Client, World, options};

fn comment(text: &str, level: u8) -> Value {
    json!({ "groupId": "g", "type": 10_001, "data": text, "level": level })
}

fn bodies(list: &Value) -> Vec<&str> {
    let list = list.as_array().expect("a list");
    list.iter().map(|message| message["data"].as_str().expect("a text")).collect()
}

/// Asks every method with parameters that it accepts, in an order that works, and gives back which were asked.
async fn every_method(world: &World, app: &App) -> BTreeSet<String> {
    let mut boss = Client::logged_on(world, app.login_as("boss", "admin", 4_000_000_000)).await;
    let mut bob = Client::in_group(world, app, "bob", "g").await;
    let group = || json!({ "groupId": "g" });
    let mut asked: BTreeSet<String> = ["login".to_owned()].into();
    let of_bob = json!({ "groupId": "g", "userList": ["bob"] });
    let page =
        json!({ "groupId": "g", "type": 10_001, "sortType": "DESC", "pageSize": 10, "nextPageToken": 0 });
    let direct = json!({ "receiverId": "bob", "type": 10_001, "data": "psst", "skipAudit": true });
    for (method, params) in [
        ("createGroup", json!({ "groupId": "h", "groupName": "Second", "groupMeta": "m" })),
        ("closeGroup", json!({ "groupId": "h" })),
        ("joinGroup", group()),
        ("queryGroup", group()),
        ("modifyGroup", json!({ "groupId": "g", "groupMeta": "tonight", "admins": ["boss"] })),
        ("listRecentGroupUser", group()),
        ("listGroupUser", json!({ "groupId": "g", "sortType": 0, "nextPageToken": 0, "pageSize": 50 })),
        ("muteAll", group()),
        ("cancelMuteAll", group()),
        ("muteUser", of_bob.clone()),
        ("listMuteUsers", group()),
        ("cancelMuteUser", of_bob),
        ("sendC2cMessage", direct),
        ("acknowledge", json!({ "ticket": "0" })),
        ("listRecentMessage", json!({ "groupId": "g", "seqnum": 0, "pageSize": 50 })),
        ("listMessage", page.clone()),
        ("listHistoryMessage", page),
        ("heartbeat", Value::Null),
    ] {
        let result = boss.ask(method, params.clone()).await;
        assert_exchange(method, &params, &result);
        asked.insert(method.to_owned());
    }
    let sent = boss.ask("sendGroupMessage", comment("hello", 2)).await;
    boss.ask("deleteMessage", json!({ "groupId": "g", "messageId": sent["messageId"] })).await;
    boss.ask("leaveGroup", group()).await;
    asked.extend(["sendGroupMessage", "deleteMessage", "leaveGroup"].map(str::to_owned));
    assert_exchange("sendGroupMessage", &comment("hello", 2), &sent);
    let mut back = Client::open(world).await;
    let again = json!({ "session": bob.session, "cursors": [{ "groupId": "g", "seqnum": 0 }] });
    let result = back.ask("reconnect", again.clone()).await;
    assert_exchange("reconnect", &again, &result);
    assert_exchange("login", &app.login("bob"), &result);
    back.ask("logout", json!({})).await;
    asked.extend(["reconnect", "logout"].map(str::to_owned));
    bob.close_code().await;
    asked
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_answers() {
    let world = World::new().await;
    let app = world.show().await;
    let asked = every_method(&world, &app).await;
    let all: BTreeSet<String> = Method::all().map(|method| method.name().to_owned()).collect();
    assert_eq!(asked, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_can_be_had() {
    let world = World::new().await;
    let app = world.show().await;
    let now = world.get("clock").await["unixSeconds"].as_u64().expect("a time");
    let mut seen = BTreeSet::new();
    let mut host = Client::in_group(&world, &app, "host", "g").await;
    let mut ada = Client::logged_on(&world, app.login_as("ada", "", now + 60)).await;
    ada.ask("joinGroup", json!({ "groupId": "g" })).await;
    host.ask("muteUser", json!({ "groupId": "g", "userList": ["eve"] })).await;
    host.ask("modifyGroup", json!({ "groupId": "g", "groupMeta": "tonight" })).await;
    let sent = host.ask("sendGroupMessage", comment("oops", 0)).await;
    host.ask("deleteMessage", json!({ "groupId": "g", "messageId": sent["messageId"] })).await;
    let direct =
        json!({ "AppId": app.id, "SenderId": "host", "ReceiverId": "ada", "Body": "x", "MsgType": 10_001 });
    let direct = world.call("SendLiveMessageUser", direct).await;
    let recall = json!({
        "AppId": app.id, "ReceiverId": "ada", "MessageId": direct["MsgTid"], "DeleterId": "host",
    });
    world.call("DeleteLiveMessageUserMessage", recall).await;
    let statistics = json!({
        "AppId": app.id, "GroupId": "g", "UserId": "eve", "BroadCastStatistics": true, "BroadCastType": 1,
    });
    world.post("readings", json!({ "families": "shared" })).await;
    world.call("JoinMessageGroup", statistics).await;
    let like = json!({ "AppId": app.id, "GroupId": "g", "Count": "3", "BroadCastType": 2 });
    world.call("SendLike", like).await;
    world.advance("60s").await;
    seen.extend(names(&ada.so_far().await));
    let session = ada.session.clone();
    ada.vanish();
    world.wait_for_links(1).await;
    host.ask("sendGroupMessage", comment("gift", 1)).await;
    let mut ada = Client::open(&world).await;
    let cursors = json!([{ "groupId": "g", "seqnum": 0 }]);
    ada.ask("reconnect", json!({ "session": session, "cursors": cursors, "fresh": app.login("ada") })).await;
    world
        .call("KickLiveMessageGroupUser", json!({ "AppId": app.id, "GroupId": "g", "KickoffUser": "ada" }))
        .await;
    seen.extend(names(&ada.so_far().await));
    let id = ada.tell("logout", Value::Null).await;
    ada.answer(id).await;
    seen.extend(names(&[ada.until("disconnect").await]));
    assert_eq!(seen, EVENTS.iter().map(|name| (*name).to_owned()).collect());
}

/// The names of events, each held to the document.
fn names(events: &[Value]) -> Vec<String> {
    events.iter().for_each(assert_event);
    events.iter().map(|event| event["event"].as_str().expect("an event").to_owned()).collect()
}

/// The code that a frame is refused with.
async fn code_of(client: &mut Client, text: &str) -> u64 {
    client.send_text(text).await;
    let answer = client.frame().await.expect("the link is up");
    answer["error"]["code"].as_u64().unwrap_or_else(|| panic!("{text}: {answer}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_code_that_the_server_says_has_a_cause() {
    let world = World::with(with_group_max(2)).await;
    let app = world.show().await;
    world.group(&app, "gone").await;
    world
        .call("DeleteLiveMessageGroup", json!({ "AppId": app.id, "GroupId": "gone", "OperatorId": "host" }))
        .await;
    let mut seen = BTreeSet::new();
    let mut ada = Client::open(&world).await;
    let group = |id: &str| json!({ "groupId": id });
    seen.insert(code_of(&mut ada, "not JSON").await);
    seen.insert(ada.refused("joinGroup", group("g")).await);
    seen.insert(ada.refused("reconnect", json!({ "session": "0-7-x" })).await);
    seen.insert(ada.refused("login", json!({ "appId": app.id })).await);
    seen.insert(ada.refused("login", app.login_as("ada", "", 1)).await);
    ada.ask("login", app.login_as("ada", "admin", 4_000_000_000)).await;
    seen.insert(ada.refused("login", app.login("ada")).await);
    seen.insert(ada.refused("sendGroupMessage", comment("x", 0)).await);
    seen.insert(ada.refused("joinGroup", group("none")).await);
    seen.insert(ada.refused("joinGroup", group("gone")).await);
    seen.insert(
        ada.refused("sendC2cMessage", json!({ "receiverId": "eve", "type": 10_001, "data": "x" })).await,
    );
    ada.ask("joinGroup", group("g")).await;
    world
        .call("AddLiveMessageGroupBand", json!({ "AppId": app.id, "GroupId": "g", "BannedUsers": ["ada"] }))
        .await;
    seen.insert(ada.refused("sendGroupMessage", comment("x", 0)).await);
    ada.ask("createGroup", group("h")).await;
    seen.insert(ada.refused("createGroup", group("i")).await);
    world.post("clock", json!({ "freeze": true })).await;
    let stored = json!({ "groupId": "g", "nextPageToken": 0, "pageSize": 10 });
    ada.ask("listHistoryMessage", stored.clone()).await;
    ada.ask("listHistoryMessage", stored.clone()).await;
    seen.insert(ada.refused("listHistoryMessage", stored).await);
    let by_itself = CODES.iter().filter(|code| code.origin == CodeOrigin::Server);
    assert_eq!(seen, by_itself.map(|code| u64::from(code.number)).collect());
}

fn with_group_max(groups: u32) -> Options {
    let mut options = options();
    options.config.limits.app_groups_max = groups;
    options
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_can_be_made_to_fail_to_wait_and_to_cut_the_link() {
    let world = World::new().await;
    let app = world.show().await;
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    for code in CODES.iter().filter(|code| code.origin != CodeOrigin::Client) {
        world.post("faults", json!({ "method": "queryGroup", "fail": code.number })).await;
        let refused = ada.refused("queryGroup", json!({ "groupId": "g" })).await;
        assert_eq!(refused, u64::from(code.number));
    }
    for (body, hint) in [
        (json!({ "method": "queryGroup", "fail": 601 }), "412"),
        (json!({ "method": "queryGroup", "fail": "ServerError" }), "412"),
        (json!({ "method": "dance" }), "dance"),
        (json!({ "method": "login", "operation": "BanLiveMessageGroup" }), "one of them"),
        (json!({ "operation": "BanLiveMessageGroup", "fail": 412 }), "method"),
    ] {
        let reply = world.control_reply("POST", "faults", Some(&body)).await;
        assert_eq!(reply.status, 400);
        let error = reply.json()["error"].as_str().unwrap_or_default().to_owned();
        assert!(error.contains(hint), "{error}");
    }
    let on = world.post("faults", json!({ "method": "queryGroup", "delay": "150ms" })).await;
    let set = &on["faults"][0];
    let effect = (&set["method"], &set["delayMicros"], &set["drop"], &set["fail"]);
    assert_eq!(effect, (&json!("queryGroup"), &json!(150_000), &json!(false), &Value::Null), "{on}");
    let before = wall_now();
    ada.ask("queryGroup", json!({ "groupId": "g" })).await;
    assert!(wall_now().since(before).as_millis() >= 150);
    world.control_reply("DELETE", "faults", None).await;
    let before = wall_now();
    ada.ask("queryGroup", json!({ "groupId": "g" })).await;
    assert!(wall_now().since(before).as_millis() < 150);
    world.post("faults", json!({ "method": "queryGroup", "drop": true })).await;
    ada.tell("queryGroup", json!({ "groupId": "g" })).await;
    assert_eq!(ada.close_code().await, None, "cut without a goodbye");
    world.wait_for_links(0).await;
    let online =
        world.call("CheckLiveMessageUsersOnline", json!({ "AppId": app.id, "UserIds": ["ada"] })).await;
    assert_eq!(online["UserList"][0]["Online"], true, "the session waits for its client");
}

#[tokio::test(flavor = "multi_thread")]
async fn heartbeat_timeouts_are_15_to_120_seconds_and_99_by_default() {
    let world = World::new().await;
    let app = world.show().await;
    let mut client = Client::open(&world).await;
    let login = |seconds: Option<u64>| {
        let mut login = app.login("ada");
        login["heartbeatTimeout"] = seconds.into();
        login
    };
    for wrong in [0, 14, 121, 4_000_000_000] {
        assert_eq!(client.refused("login", login(Some(wrong))).await, 400, "{wrong}");
    }
    for (asked, given) in [(Some(15), 15), (Some(120), 120), (None, 99)] {
        let mut client = Client::open(&world).await;
        let answer = client.ask("login", login(asked)).await;
        assert_eq!(answer["heartbeatTimeout"], given);
        let session = answer["session"].clone();
        client.vanish();
        world.wait_for_links(0).await;
        world.advance(&format!("{}s", given - 1)).await;
        let mut back = Client::open(&world).await;
        let answer = back.ask("reconnect", json!({ "session": session })).await;
        assert_eq!(answer["heartbeatTimeout"], given, "the session keeps its own");
        back.vanish();
        world.wait_for_links(0).await;
        world.advance(&format!("{given}s")).await;
        let mut late = Client::open(&world).await;
        assert_eq!(late.refused("reconnect", json!({ "session": session })).await, 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_silent_for_its_heartbeat_timeout_is_lost() {
    let world = World::new().await;
    let app = world.show().await;
    let login = |user: &str| {
        let mut login = app.login(user);
        login["heartbeatTimeout"] = 15.into();
        login
    };
    let mut silent = Client::logged_on(&world, login("ada")).await;
    let mut alive = Client::logged_on(&world, login("bob")).await;
    let before = wall_now();
    let beats = async {
        for _ in 0..4 {
            tokio::time::sleep(Duration::from_secs(4)).await;
            alive.ask("heartbeat", Value::Null).await;
        }
    };
    let (end, ()) = tokio::join!(silent.close_code(), beats);
    assert_eq!(end, None);
    assert!(wall_now().since(before).as_secs() >= 15);
    world.wait_for_links(1).await;
    alive.ask("heartbeat", Value::Null).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_notified_once_that_its_token_has_expired_and_its_link_stays() {
    let world = World::new().await;
    let app = world.show().await;
    let now = world.get("clock").await["unixSeconds"].as_u64().expect("a time");
    let mut ada = Client::logged_on(&world, app.login_as("ada", "", now + 30)).await;
    world.advance("29s").await;
    assert!(ada.so_far().await.is_empty());
    world.advance("1s").await;
    assert_eq!(names(&ada.so_far().await), ["tokenexpired"]);
    world.advance("1s").await;
    assert!(ada.so_far().await.is_empty(), "once");
    ada.ask("joinGroup", json!({ "groupId": "g" })).await;
    let session = ada.session.clone();
    let fresh = app.login_as("ada", "", now + 60);
    ada.vanish();
    world.wait_for_links(0).await;
    let mut back = Client::open(&world).await;
    assert_eq!(back.refused("reconnect", json!({ "session": session })).await, 403);
    back.ask("reconnect", json!({ "session": session, "fresh": fresh })).await;
    world.advance("28s").await;
    assert!(back.so_far().await.is_empty());
    world.advance("1s").await;
    assert_eq!(names(&back.so_far().await), ["tokenexpired"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn high_messages_sent_during_a_restart_come_back_and_nothing_else_does() {
    let directory = TempDir::new().expect("a directory");
    let durable = || Options { data: Some(directory.path().to_owned()), ..options() };
    let first = World::with(durable()).await;
    let app = first.show().await;
    let mut ada = Client::in_group(&first, &app, "ada", "g").await;
    let mut host = Client::in_group(&first, &app, "host", "g").await;
    host.ask("sendGroupMessage", comment("seen", 1)).await;
    let seen = ada.until("recvgroupmessage").await["message"]["seqnum"].clone();
    let session = ada.session.clone();
    ada.vanish();
    first.wait_for_links(1).await;
    host.ask("sendGroupMessage", comment("gift before", 1)).await;
    first.stop().await;
    let second = World::with(durable()).await;
    for (body, weight) in [("comment", 5), ("gift after", 1_000_000)] {
        let with = json!({
            "AppId": app.id, "GroupId": "g", "SenderId": "host", "Body": body, "MsgType": 10_001, "Weight": weight,
        });
        second.call("SendLiveMessageGroup", with).await;
    }
    let mut back = Client::open(&second).await;
    let cursors = json!([{ "groupId": "g", "seqnum": seen }]);
    let answer = back.ask("reconnect", json!({ "session": session, "cursors": cursors })).await;
    assert_eq!((&answer["session"], &answer["groups"][0]["groupId"]), (&json!(session), &json!("g")));
    let events = back.so_far().await;
    assert_eq!(names(&events), ["recovered"]);
    assert_eq!(bodies(&events[0]["messages"]), ["gift before", "gift after"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_and_levels_are_read_by_number_and_by_name_and_nothing_else() {
    let world = World::new().await;
    let app = world.show().await;
    let mut host = Client::in_group(&world, &app, "host", "g").await;
    for level in [json!(0), json!("NORMAL"), json!(1), json!("HIGH"), json!(2), json!("MEDIUM")] {
        let mut message = comment(&level.to_string(), 0);
        message["level"] = level;
        host.ask("sendGroupMessage", message).await;
    }
    let mut wrong = comment("x", 0);
    wrong["level"] = "URGENT".into();
    assert_eq!(host.refused("sendGroupMessage", wrong).await, 400);
    assert_eq!(host.refused("sendGroupMessage", comment("x", 3)).await, 400);
    let list = |order: Value| json!({ "groupId": "g", "type": 10_001, "sortType": order, "pageSize": 10 });
    for (order, first) in
        [(json!(0), "0"), (json!("ASC"), "0"), (json!(1), "\"MEDIUM\""), (json!("DESC"), "\"MEDIUM\"")]
    {
        let page = host.ask("listMessage", list(order)).await;
        let list = page["messageList"].clone();
        assert_eq!((bodies(&list).len(), bodies(&list)[0]), (6, first));
        let levels: BTreeSet<u64> =
            list.as_array().expect("a list").iter().filter_map(|message| message["level"].as_u64()).collect();
        assert_eq!(levels, [0, 1, 2].into());
    }
    for order in [json!(2), json!("UP"), json!(true)] {
        assert_eq!(host.refused("listMessage", list(order)).await, 400);
    }
    let mut viewer = Client::of(&world, &app, "viewer").await;
    assert_eq!(viewer.refused("listMessage", list(json!(0))).await, 403, "staff's");
    assert_eq!(
        viewer.ask("listHistoryMessage", list(json!(0))).await["messageList"].as_array().map(Vec::len),
        Some(6)
    );
}
