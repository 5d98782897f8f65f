//! Messages: from clients and the back end to members, through shaping, moderation and recovery.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{App, Client, Receiver, World, options};

fn comment(text: &str) -> Value {
    json!({ "groupId": "g", "type": 10_001, "data": text })
}

async fn send(world: &World, app: &App, body: &str) -> Value {
    let with = json!({
        "AppId": app.id, "GroupId": "g", "SenderId": "host", "Body": body, "MsgType": 10_001,
    });
    world.call("SendLiveMessageGroup", with).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_reaches_every_member_and_its_sender_learns_the_id() {
    let world = World::new().await;
    let app = world.show().await;
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    let mut bob = Client::in_group(&world, &app, "bob", "g").await;
    let sent = ada.ask("sendGroupMessage", comment("hello")).await;
    for client in [&mut ada, &mut bob] {
        let got = client.until("recvgroupmessage").await;
        let message = &got["message"];
        assert_eq!((&got["groupId"], &message["data"]), (&json!("g"), &json!("hello")));
        assert_eq!(message["messageId"], sent["messageId"]);
        assert_eq!(message["sender"]["userId"], "ada");
        assert_eq!((&message["seqnum"], &message["totalMsgs"]), (&json!(1), &json!(1)));
    }
    let tid = send(&world, &app, "from the back end").await["MsgTid"].clone();
    let got = bob.until("recvgroupmessage").await;
    assert_eq!((&got["message"]["messageId"], &got["message"]["seqnum"]), (&tid, &json!(2)));
    let mut eve = Client::of(&world, &app, "eve").await;
    assert_eq!(eve.refused("sendGroupMessage", comment("psst")).await, 425);
    let recent = bob.ask("listRecentMessage", json!({ "groupId": "g" })).await;
    assert_eq!(recent["messageList"].as_array().map(Vec::len), Some(2));
    assert_eq!(recent["messageList"][0]["groupId"], "g");
    bob.ask("logout", json!({})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_user_writes_to_another() {
    let world = World::new().await;
    let app = world.show().await;
    let mut ada = Client::of(&world, &app, "ada").await;
    let mut bob = Client::of(&world, &app, "bob").await;
    let with = json!({ "receiverId": "bob", "type": 10_001, "data": "psst" });
    let sent = ada.ask("sendC2cMessage", with.clone()).await;
    let got = bob.until("recvc2cmessage").await;
    assert_eq!((&got["message"]["messageId"], &got["message"]["data"]), (&sent["messageId"], &json!("psst")));
    bob.ask("logout", json!({})).await;
    assert_eq!(ada.refused("sendC2cMessage", with).await, 424);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_highly_reliable_message_waits_for_its_acknowledgement() {
    let world = World::new().await;
    let app = world.show().await;
    let mut bob = Client::of(&world, &app, "bob").await;
    let with = json!({
        "AppId": app.id, "SenderId": "host", "ReceiverId": "bob", "Body": "gift", "MsgType": 10_001,
        "HighReliability": true,
    });
    let (answer, ()) = tokio::join!(world.call("SendLiveMessageUser", with.clone()), async {
        let got = bob.until("recvc2cmessage").await;
        let ticket = got["acknowledge"].as_str().expect("a ticket").to_owned();
        bob.ask("acknowledge", json!({ "ticket": ticket })).await;
    });
    assert!(answer["MsgTid"].is_string());
    let (refused, ()) = tokio::join!(world.refused("SendLiveMessageUser", with), async {
        bob.until("recvc2cmessage").await;
        world.advance("3s").await;
    });
    assert_eq!(refused, (500, "ServerError".to_owned()), "no acknowledgement in three seconds");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_names_every_shed_message_its_rule_and_its_winner() {
    let world = World::new().await;
    let app = world.show().await;
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    let crowd = |send: u32, level: &str| json!({ "app": app.id, "group": "g", "join": 1, "send": send, "level": level });
    let answer = world.post("crowd", crowd(120, "NORMAL")).await;
    assert_eq!((&answer["sent"], &answer["refused"]), (&json!(120), &json!(0)), "nobody learns of a shed");
    world.post("crowd", crowd(30, "HIGH")).await;
    world.advance("30s").await;
    let events = ada.so_far().await;
    let delivered: Vec<&Value> = events.iter().filter(|event| event["event"] == "recvgroupmessage").collect();
    let high = delivered.iter().filter(|event| event["message"]["level"] == 1).count();
    assert_eq!(
        (delivered.len(), high),
        (80, 30),
        "50 at once; each HIGH outranks one of them, and has its slot"
    );
    let ledger = world.get("ledger?group=g").await;
    let shed = ledger["shed"].as_array().expect("a list");
    assert_eq!(shed.len(), 70);
    for entry in shed {
        assert_eq!((&entry["groupId"], &entry["level"]), (&json!("g"), &json!("NORMAL")));
        assert_eq!((&entry["appId"], &entry["type"]), (&json!(app.id), &json!(10_001)));
        assert!(entry["data"].as_str().is_some_and(|text| !text.is_empty()), "{entry}");
        assert!(entry["rule"].as_str().is_some_and(|rule| rule.contains('.')), "{entry}");
        let [at, submitted] =
            ["atMicros", "submittedMicros"].map(|name| entry[name].as_u64().expect("a time"));
        assert!(at - submitted <= 1_000_000, "shed at the end of its second, not of the advance: {entry}");
        let winner = &entry["winner"];
        let was_delivered = delivered.iter().any(|event| event["message"]["messageId"] == *winner);
        assert!(was_delivered || winner.is_null(), "{entry}");
        assert_ne!(entry["rule"], "shaper.floor.latest-per-type", "no type had to wait past its second");
        assert!(delivered.iter().all(|event| event["message"]["messageId"] != entry["messageId"]));
    }
    assert!(shed.iter().any(|entry| !entry["winner"].is_null()), "none has a winner");
    assert_eq!(world.get("ledger?group=other").await["shed"], json!([]));
    assert_eq!(world.get("ledger?app=other&group=g").await["shed"], json!([]));
    let of_both = world.get(&format!("ledger?app={}&group=g", app.id)).await;
    assert_eq!(of_both["shed"].as_array().map(Vec::len), Some(70));
    assert_eq!(of_both["overdue"], json!([]));
    let refused = world.control_reply("GET", "ledger?grp=g", None).await;
    assert_eq!(refused.status, 400);
    let body = String::from_utf8_lossy(&refused.body).into_owned();
    assert!(body.contains("grp") && body.contains("app, group"), "{body}");
    let metrics = world.control_reply("GET", "metrics", None).await;
    assert!(String::from_utf8_lossy(&metrics.body).contains("claque_shed_total 70\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_was_away_pulls_the_high_messages_it_missed() {
    let world = World::new().await;
    let app = world.show().await;
    let mut bob = Client::in_group(&world, &app, "bob", "g").await;
    let ada = Client::in_group(&world, &app, "ada", "g").await;
    let mut gift = comment("gift");
    gift["level"] = 1.into();
    bob.ask("sendGroupMessage", gift.clone()).await;
    let session = ada.session.clone();
    ada.vanish_from(&world).await;
    world.wait_for_links(1).await;
    for _ in 0..3 {
        bob.ask("sendGroupMessage", gift.clone()).await;
        bob.ask("sendGroupMessage", comment("comment")).await;
    }
    let mut back = Client::open(&world).await;
    let cursors = json!([{ "groupId": "g", "seqnum": 1 }]);
    back.ask("reconnect", json!({ "session": session, "cursors": cursors })).await;
    let recovered = back.until("recovered").await;
    let bodies: Vec<&Value> =
        recovered["messages"].as_array().expect("a list").iter().map(|message| &message["data"]).collect();
    assert_eq!(bodies, ["gift", "gift", "gift"]);
    assert_eq!(recovered["messages"][0]["groupId"], "g");
    assert!(back.so_far().await.is_empty(), "nothing else comes back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recalled_message_is_notified_and_gone() {
    let world = World::new().await;
    let app = world.show().await;
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    let tid = send(&world, &app, "oops").await["MsgTid"].clone();
    let with = json!({ "AppId": app.id, "GroupId": "g", "MessageId": tid, "DeleterId": "host" });
    world.call("DeleteLiveMessageGroupMessage", with).await;
    let notice = ada.until("deletegroupmessage").await;
    assert_eq!((&notice["messageId"], &notice["groupId"]), (&tid, &json!("g")));
    let recent = ada.ask("listRecentMessage", json!({ "groupId": "g" })).await;
    assert_eq!(recent["messageList"], json!([]));
}

async fn reviewed(world: &World, receiver: &Receiver) -> App {
    let with = json!({ "AppName": "show", "AuditType": 2, "AuditUrl": receiver.url });
    let app = world.app_with(with).await;
    world.group(&app, "g").await;
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custom_review_decides_and_fails_open() {
    let world = World::new().await;
    let script = vec![
        (200, "{\"pass\":true}"),
        (200, "{\"pass\":false,\"reason\":\"rude\"}"),
        (500, "{\"pass\":false}"),
    ];
    let mut receiver = Receiver::new(script).await;
    let app = reviewed(&world, &receiver).await;
    let mut bob = Client::in_group(&world, &app, "bob", "g").await;
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    ada.ask("sendGroupMessage", comment("one")).await;
    assert_eq!(receiver.next().await.body, json!({ "content": "one" }));
    assert_eq!(bob.until("recvgroupmessage").await["message"]["data"], "one");
    ada.refused("sendGroupMessage", comment("two")).await;
    ada.ask("sendGroupMessage", comment("three")).await;
    assert_eq!(bob.until("recvgroupmessage").await["message"]["data"], "three", "anything but 200 passes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_that_does_not_answer_in_time_passes_by_the_services_clock() {
    let world = World::new().await;
    let mut receiver = Receiver::slow(vec![(200, "{\"pass\":false}")], Duration::from_secs(60)).await;
    let app = reviewed(&world, &receiver).await;
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    ada.early.clear();
    let id = ada.tell("sendGroupMessage", comment("one")).await;
    receiver.next().await;
    assert!(ada.so_far().await.iter().all(|event| event["event"] != "recvgroupmessage"), "it waits");
    world.advance("3s").await;
    let answer = ada.answer(id).await;
    assert!(answer["result"]["messageId"].is_string(), "{answer}");
    assert_eq!(ada.until("recvgroupmessage").await["message"]["data"], "one");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_built_in_review_refuses_listed_words() {
    let mut strict = options();
    strict.config.refused_words = vec!["darn".to_owned()];
    let world = World::with(strict).await;
    let app = world.app_with(json!({ "AppName": "show", "AuditType": 1 })).await;
    world.group(&app, "g").await;
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    ada.refused("sendGroupMessage", comment("well, darn it")).await;
    ada.ask("sendGroupMessage", comment("well, fine")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_chats_on_the_services_time() {
    let world = World::new().await;
    let app = world.show().await;
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    let chat = json!({
        "app": app.id, "group": "g", "join": 3, "chatPerSecond": 10, "chatSeconds": 5, "body": "go!",
    });
    world.post("crowd", chat).await;
    let texts =
        |events: Vec<Value>| events.iter().filter(|event| event["event"] == "recvgroupmessage").count();
    ada.so_far().await;
    world.advance("1s").await;
    let first = texts(ada.so_far().await);
    assert!((9..=11).contains(&first), "{first} in the first second");
    world.advance("1h").await;
    assert_eq!(first + texts(ada.so_far().await), 50 - 1 + usize::from(first == 11), "50 in all");
    let chat = json!({ "app": app.id, "group": "g", "chatPerSecond": 10, "chatSeconds": 5 });
    world.post("crowd", chat).await;
    world.post("crowd", json!({ "app": app.id, "group": "g", "hush": true })).await;
    ada.so_far().await;
    world.advance("1h").await;
    assert_eq!(texts(ada.so_far().await), 0, "hushed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_follows_a_script_on_the_services_time() {
    let world = World::new().await;
    let app = world.show().await;
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    let script = json!({ "app": app.id, "group": "g", "steps": [
        { "at": "0s", "join": 10, "over": "10s", "prefix": "fan" },
        { "at": "10s", "send": 20, "over": "10s", "level": "HIGH", "type": 10_002, "body": "rose", "prefix": "fan" },
        { "at": "30s", "leave": 4, "prefix": "fan" },
        { "at": "40s", "leave": 100, "over": "1s", "prefix": "fan" },
    ] });
    let stored = world.post("crowd/script", script).await;
    assert_eq!(stored["acts"], 134, "{stored}");
    let members = async |expected: u64| {
        let groups = world.get("groups").await;
        assert_eq!(groups["groups"][0]["members"], expected, "{groups}");
    };
    members(2).await;
    world.advance("5s").await;
    members(1 + 6).await;
    world.advance("5s").await;
    ada.so_far().await;
    world.advance("5s").await;
    members(11).await;
    let roses = |events: Vec<Value>| {
        let of = |event: &&Value| event["message"]["data"] == "rose" && event["message"]["level"] == 1;
        events.iter().filter(of).count()
    };
    let first = roses(ada.so_far().await);
    assert!((9..=11).contains(&first), "{first} in five seconds");
    world.advance("15s").await;
    assert_eq!(first + roses(ada.so_far().await), 19, "all but the one at the tenth second");
    members(7).await;
    world.advance("1h").await;
    members(1).await;
    let wrong = json!({ "app": app.id, "group": "g", "steps": [{ "join": 1, "send": 1 }] });
    let reply = world.control_reply("POST", "crowd/script", Some(&wrong)).await;
    assert_eq!(reply.status, 400);
    assert_eq!(reply.json()["error"], "steps[0]: one of join, leave and send, above 0");
    let (long, much) = ("x".repeat(59), json!({ "send": u64::MAX }));
    for (steps, status, part) in [
        (json!([much, much]), 409, "10000000 acts"),
        (json!([{ "join": 1, "prefix": long }]), 400, "at most 58"),
        (json!([{ "send": 1, "body": "x".repeat(15 * 1_024 + 1) }]), 400, "at most 15360"),
    ] {
        let script = json!({ "app": app.id, "group": "g", "steps": steps });
        let reply = world.control_reply("POST", "crowd/script", Some(&script)).await;
        let text = reply.json()["error"].to_string();
        assert!(reply.status == status && text.contains(part), "{} {text}", reply.status);
    }
    members(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_requests_at_once_are_all_answered_in_order() {
    let world = World::new().await;
    let app = world.show().await;
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    let mut ids = Vec::new();
    for number in 0..500 {
        ids.push(ada.tell("sendGroupMessage", comment(&number.to_string())).await);
    }
    for id in ids {
        let answer = ada.answer(id).await;
        assert!(answer["result"]["messageId"].is_string(), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_sees_its_join_answered_before_any_message_of_the_group() {
    let world = World::new().await;
    let app = world.show().await;
    let mut bob = Client::in_group(&world, &app, "bob", "g").await;
    for number in 0..40 {
        let name = format!("late{number}");
        let mut late = Client::of(&world, &app, &name).await;
        let (joined, _) = tokio::join!(
            late.ask("joinGroup", json!({ "groupId": "g" })),
            bob.ask("sendGroupMessage", comment("x")),
        );
        let seq = joined["seqnum"].as_u64().expect("a number");
        for event in late.so_far().await {
            let of_message = event["message"]["seqnum"].as_u64();
            assert!(of_message.is_none_or(|of_message| of_message > seq), "{event} after joining at {seq}");
        }
    }
}
