//! Audience links: logging on, groups, losing the link and coming back.

use std::time::Duration;

use claque_core::Limits;
use futures_util::SinkExt;
use serde_json::{Value, json};

use crate::support::{Client, PATIENCE, World, options};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_logs_on_joins_and_learns_of_others() {
    let world = World::new().await;
    let app = world.show().await;
    let mut ada = Client::of(&world, &app, "ada").await;
    let state = ada.ask("joinGroup", json!({ "groupId": "g" })).await;
    assert_eq!((&state["groupId"], &state["creator"]), (&json!("g"), &json!("host")));
    assert_eq!(state["statistics"]["onlineCount"], 1);
    let own = ada.event().await;
    assert_eq!((&own["event"], &own["memberCount"]), (&json!("memberchange"), &json!(1)));
    let mut bob = Client::in_group(&world, &app, "bob", "g").await;
    let change = ada.event().await;
    assert_eq!(change["joinUsers"], json!([{ "userId": "bob" }]));
    assert_eq!(change["memberCount"], 2);
    bob.ask("leaveGroup", json!({ "groupId": "g" })).await;
    let change = ada.event().await;
    assert_eq!(change["leaveUsers"], json!([{ "userId": "bob" }]));
    assert_eq!(bob.refused("leaveGroup", json!({ "groupId": "g" })).await, 425);
    let users = ada.ask("listRecentGroupUser", json!({ "groupId": "g" })).await;
    assert_eq!((&users["total"], &users["userList"]), (&json!(1), &json!([{ "userId": "ada" }])));
}

#[tokio::test(flavor = "multi_thread")]
async fn logons_that_do_not_verify_are_refused_and_may_be_repeated_on_the_same_link() {
    let world = World::new().await;
    let app = world.show().await;
    let mut client = Client::open(&world).await;
    assert_eq!(client.refused("joinGroup", json!({ "groupId": "g" })).await, 602);
    let mut wrong = app.login("ada");
    wrong["userAuth"]["token"] = "0".repeat(64).into();
    assert_eq!(client.refused("login", wrong).await, 403);
    assert_eq!(client.refused("login", app.login_as("ada", "", 1_000)).await, 403, "expired");
    let mut unsigned = app.login("ada");
    unsigned["appSign"] = "x".into();
    assert_eq!(client.refused("login", unsigned).await, 403);
    let mut hasty = app.login("ada");
    hasty["heartbeatTimeout"] = 14.into();
    assert_eq!(client.refused("login", hasty).await, 400);
    assert_eq!(client.refused("login", json!({ "appId": app.id })).await, 400, "fields are missing");
    client.ask("login", app.login("ada")).await;
    assert_eq!(client.refused("login", app.login("ada")).await, 304);
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_that_are_no_requests_are_answered_and_do_no_harm() {
    let world = World::new().await;
    let app = world.show().await;
    let mut client = Client::of(&world, &app, "ada").await;
    for (text, code) in [("{", 604), ("[]", 604), ("{\"id\":1}", 604), ("{\"method\":\"dance\"}", 400)] {
        client.send_text(text).await;
        let answer = client.frame().await.expect("the link is up");
        assert_eq!(answer["error"]["code"], code, "{text}: {answer}");
    }
    assert_eq!(client.refused("joinGroup", Value::Null).await, 400);
    assert_eq!(client.refused("joinGroup", json!({ "groupId": "none" })).await, 440);
    client.ask("heartbeat", Value::Null).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_websocket_handshake_opens_a_link() {
    let world = World::new().await;
    let plain = world.raw(b"GET /audience HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("an answer");
    assert_eq!((plain.status, plain.header("upgrade")), (426, Some("websocket")));
    let old = b"GET /audience HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 8\r\n\r\n";
    let old = world.raw(old).await.expect("an answer");
    assert_eq!((old.status, old.header("sec-websocket-version")), (426, Some("13")));
    let ask = |version: &str, connection: &str| {
        format!(
            "GET /audience HTTP/{version}\r\nHost: a\r\nUpgrade: websocket\r\n{connection}\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
    };
    for (version, connection, status) in [
        ("1.0", "Connection: Upgrade\r\n", 426),
        ("1.1", "", 426),
        ("1.1", "Connection: keep-alive\r\n", 426),
        ("1.1", "Connection: keep-alive, upgrade\r\n", 101),
    ] {
        let reply = world.raw(ask(version, connection).as_bytes()).await.expect("an answer");
        assert_eq!(reply.status, status, "HTTP/{version} {connection:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_device_ends_the_first() {
    let world = World::new().await;
    let app = world.show().await;
    let mut first = Client::in_group(&world, &app, "ada", "g").await;
    let mut second = Client::of(&world, &app, "ada").await;
    let gone = first.until("disconnect").await;
    assert_eq!(gone["code"], 4);
    assert_eq!(first.close_code().await, Some(1000));
    let state = second.ask("joinGroup", json!({ "groupId": "g" })).await;
    assert_eq!(state["statistics"]["onlineCount"], 1, "the first has left its groups");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_ends_session_and_link() {
    let world = World::new().await;
    let app = world.show().await;
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    ada.ask("logout", json!({})).await;
    assert_eq!(ada.until("disconnect").await["code"], 1);
    assert_eq!(ada.close_code().await, Some(1000));
    let seen =
        world.call("CheckLiveMessageUsersOnline", json!({ "AppId": app.id, "UserIds": ["ada"] })).await;
    assert_eq!(seen["UserList"][0]["Online"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kick_and_a_deletion_tell_why() {
    let world = World::new().await;
    let app = world.show().await;
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    let mut bob = Client::in_group(&world, &app, "bob", "g").await;
    let with = json!({ "AppId": app.id, "GroupId": "g", "KickoffUser": "ada" });
    world.call("KickLiveMessageGroupUser", with).await;
    let exit = ada.until("exit").await;
    assert_eq!((&exit["groupId"], &exit["reason"]), (&json!("g"), &json!(2)));
    world
        .call("DeleteLiveMessageGroup", json!({ "AppId": app.id, "GroupId": "g", "OperatorId": "host" }))
        .await;
    let exit = bob.until("exit").await;
    assert_eq!(exit["reason"], 1);
    assert_eq!(bob.refused("joinGroup", json!({ "groupId": "g" })).await, 441);
}

#[tokio::test(flavor = "multi_thread")]
async fn mutes_and_information_reach_the_members() {
    let world = World::new().await;
    let app = world.show().await;
    let mut host = Client::in_group(&world, &app, "host", "g").await;
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    host.ask("muteUser", json!({ "groupId": "g", "userList": ["ada"] })).await;
    let change = ada.until("mutechange").await;
    assert_eq!(change["status"]["muteUserList"], json!(["ada"]));
    assert_eq!(ada.refused("muteAll", json!({ "groupId": "g" })).await, 403);
    let mutes = host.ask("listMuteUsers", json!({ "groupId": "g" })).await;
    assert_eq!(mutes["muteUserList"], json!(["ada"]));
    host.ask("cancelMuteUser", json!({ "groupId": "g", "userList": ["ada"] })).await;
    host.ask("muteAll", json!({ "groupId": "g" })).await;
    host.ask("cancelMuteAll", json!({ "groupId": "g" })).await;
    host.ask("modifyGroup", json!({ "groupId": "g", "groupMeta": "tonight" })).await;
    assert_eq!(ada.until("infochange").await["info"]["groupMeta"], "tonight");
    assert_eq!(ada.ask("queryGroup", json!({ "groupId": "g" })).await["groupMeta"], "tonight");
    let page = host.ask("listGroupUser", json!({ "groupId": "g", "sortType": 1, "pageSize": 1 })).await;
    assert_eq!((&page["userList"], &page["hasMore"]), (&json!([{ "userId": "ada" }]), &json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_role_admin_creates_and_closes_groups() {
    let world = World::new().await;
    let app = world.show().await;
    let mut admin = Client::logged_on(&world, app.login_as("boss", "admin", 4_000_000_000)).await;
    let made = admin.ask("createGroup", json!({ "groupId": "h", "groupName": "Second" })).await;
    assert_eq!((&made["groupId"], &made["alreadyExist"]), (&json!("h"), &json!(false)));
    assert_eq!(admin.ask("createGroup", json!({ "groupId": "h" })).await["alreadyExist"], true);
    assert!(admin.ask("createGroup", Value::Null).await["groupId"].as_str().is_some_and(|id| !id.is_empty()));
    admin.ask("closeGroup", json!({ "groupId": "h" })).await;
    let mut ada = Client::of(&world, &app, "ada").await;
    assert_eq!(ada.refused("createGroup", json!({ "groupId": "i" })).await, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_link_keeps_the_session_for_the_heartbeat_timeout() {
    let world = World::new().await;
    let app = world.show().await;
    let mut host = Client::in_group(&world, &app, "host", "g").await;
    let ada = Client::in_group(&world, &app, "ada", "g").await;
    host.until("memberchange").await;
    host.until("memberchange").await;
    let session = ada.session.clone();
    ada.vanish_from(&world).await;
    world.wait_for_links(1).await;
    world.advance("98s").await;
    assert!(host.so_far().await.is_empty(), "nobody left");
    let mut back = Client::open(&world).await;
    let answer = back.ask("reconnect", json!({ "session": session })).await;
    assert_eq!(answer["groups"][0]["groupId"], "g");
    assert_eq!(answer["session"], session.as_str());
    back.vanish_from(&world).await;
    world.wait_for_links(1).await;
    world.advance("99s").await;
    let left = host.until("memberchange").await;
    assert_eq!(left["leaveUsers"], json!([{ "userId": "ada" }]));
    let mut late = Client::open(&world).await;
    assert_eq!(late.refused("reconnect", json!({ "session": session })).await, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_was_away_learns_on_its_return_which_groups_ended_and_why() {
    let world = World::new().await;
    let app = world.show().await;
    world.group(&app, "h").await;
    world.group(&app, "stays").await;
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    ada.ask("joinGroup", json!({ "groupId": "h" })).await;
    ada.ask("joinGroup", json!({ "groupId": "stays" })).await;
    let session = ada.session.clone();
    ada.vanish_from(&world).await;
    world.wait_for_links(0).await;
    let with = json!({ "AppId": app.id, "GroupId": "g", "OperatorId": "host" });
    world.call("DeleteLiveMessageGroup", with).await;
    let with = json!({ "AppId": app.id, "GroupId": "h", "KickoffUser": "ada" });
    world.call("KickLiveMessageGroupUser", with).await;
    let mut back = Client::open(&world).await;
    let answer = back.ask("reconnect", json!({ "session": session })).await;
    let states = answer["groups"].as_array().expect("a list of groups");
    let kept: Vec<&Value> = states.iter().map(|state| &state["groupId"]).collect();
    assert_eq!(kept, [&json!("stays")], "what ended is no group of the session");
    let (first, second) = (back.until("exit").await, back.until("exit").await);
    let ended = |exit: &Value| (exit["groupId"].clone(), exit["reason"].clone());
    assert_eq!(ended(&first), (json!("g"), json!(1)), "deleted");
    assert_eq!(ended(&second), (json!("h"), json!(2)), "removed");
    back.vanish_from(&world).await;
    world.wait_for_links(0).await;
    let mut again = Client::open(&world).await;
    again.ask("reconnect", json!({ "session": session })).await;
    let repeated = again.so_far().await;
    assert!(repeated.iter().all(|event| event["event"] != "exit"), "each is sent once: {repeated:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_sessions_own_client_takes_it_up() {
    let world = World::new().await;
    let app = world.show().await;
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    let session = ada.session.clone();
    let mut thief = Client::open(&world).await;
    let (rest, last) = session.split_at(session.len() - 1);
    for wrong in [
        // Another secret, whatever the last letter of this one is.
        format!("{rest}{}", if last == "x" { "y" } else { "x" }),
        session.replace("0-1-", "0-2-"),
        "0-1-".to_owned(),
        "99-1-x".to_owned(),
    ] {
        assert_eq!(thief.refused("reconnect", json!({ "session": wrong })).await, 404, "{wrong}");
    }
    for wrong in ["", "x", "1", "1-2"] {
        assert_eq!(thief.refused("reconnect", json!({ "session": wrong })).await, 400, "{wrong}");
    }
    ada.ask("heartbeat", json!({})).await;
    let mut newer = Client::open(&world).await;
    newer.ask("reconnect", json!({ "session": session })).await;
    assert_eq!(ada.close_code().await, Some(1000), "a session has one link");
    newer.ask("queryGroup", json!({ "groupId": "g" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_needs_a_fresh_one_to_come_back() {
    let world = World::new().await;
    let app = world.show().await;
    let now = world.get("clock").await["unixSeconds"].as_u64().expect("a time");
    let ada = Client::logged_on(&world, app.login_as("ada", "", now + 10)).await;
    let session = ada.session.clone();
    ada.vanish_from(&world).await;
    world.wait_for_links(0).await;
    world.advance("20s").await;
    let mut back = Client::open(&world).await;
    assert_eq!(back.refused("reconnect", json!({ "session": session })).await, 403);
    let of_another = json!({ "session": session, "fresh": app.login("bob") });
    assert_eq!(back.refused("reconnect", of_another).await, 403, "another user's token");
    back.ask("reconnect", json!({ "session": session, "fresh": app.login("ada") })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_is_cut_and_others_are_not() {
    let mut small = options();
    small.http.outbox_bytes_max = 64 * 1_024;
    small.config.limits = Limits { group_members_max: 100_000, ..Limits::default() };
    let world = World::with(small).await;
    let app = world.show().await;
    let mut reader = Client::in_group(&world, &app, "reader", "g").await;
    let mut sleeper = Client::in_group(&world, &app, "sleeper", "g").await;
    let mut cut = false;
    for round in 0..400 {
        world.post("crowd", json!({ "app": app.id, "group": "g", "join": 100 })).await;
        world.post("crowd", json!({ "app": app.id, "group": "g", "leave": 100 })).await;
        reader.so_far().await;
        let metrics = world.control_reply("GET", "metrics", None).await;
        let metrics = String::from_utf8_lossy(&metrics.body).into_owned();
        if metrics.contains("claque_links_cut_total 1\n") {
            assert!(round > 0, "the socket's own buffers hold something");
            cut = true;
            break;
        }
    }
    assert!(cut, "nobody was cut");
    assert_eq!(sleeper.close_code().await, Some(1008), "a client that reads again learns why");
    reader.so_far().await;
    world.wait_for_links(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_on_which_nobody_logs_on_is_ended_whatever_it_says() {
    let mut impatient = options();
    impatient.http.logon = Duration::from_millis(300);
    let world = World::with(impatient).await;
    let app = world.show().await;
    let mut ada = Client::of(&world, &app, "ada").await;
    let mut silent = Client::open(&world).await;
    let talks = async {
        loop {
            let id = silent.tell("heartbeat", json!({})).await;
            match silent.frame().await {
                Some(answer) => assert_eq!(answer["id"], id),
                None => return,
            }
        }
    };
    tokio::time::timeout(PATIENCE, talks).await.expect("it ends");
    ada.so_far().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_end_with_the_protocols_words() {
    let world = World::new().await;
    let app = world.show().await;
    let mut ada = Client::of(&world, &app, "ada").await;
    ada.send_text(&"x".repeat(300_000)).await;
    assert_eq!(ada.close_code().await, Some(1009), "a frame too long");
    let mut ada = Client::of(&world, &app, "ada").await;
    ada.say_goodbye().await;
    assert_eq!(ada.close_code().await, Some(1000), "a goodbye is answered");
    world.wait_for_links(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_and_a_stop_end_links_with_their_reasons() {
    let world = World::new().await;
    let app = world.show().await;
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    world.post("reset", json!({})).await;
    assert_eq!(ada.close_code().await, Some(1012));
    let app = world.show().await;
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    let (code, ()) = tokio::join!(ada.close_code(), world.stop());
    assert_eq!(code, Some(1001));
}

/// The numbers of sessions begin anew with the service, and with them what they are derived from.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_before_a_reset_does_not_come_back_as_another_user() {
    let world = World::new().await;
    let app = world.show().await;
    let eve = Client::of(&world, &app, "eve").await;
    world.post("reset", json!({})).await;
    let app = world.show().await;
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    let number = |session: &str| session.rsplit_once('-').map(|(number, _)| number.to_owned());
    assert_eq!(number(&eve.session), number(&ada.session), "or this test shows nothing");
    let mut back = Client::open(&world).await;
    assert_eq!(back.refused("reconnect", json!({ "session": eve.session, "cursors": [] })).await, 404);
    ada.ask("heartbeat", Value::Null).await;
    assert_eq!(
        back.refused("sendGroupMessage", json!({ "groupId": "g", "type": 1, "data": "x" })).await,
        602
    );
}

/// The goodbye waits behind what a client does not read, and what it sends meanwhile still arrives.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_of_before_a_reset_does_not_speak_in_another_users_name() {
    let mut options = options();
    options.http.goodbye = Duration::from_millis(100);
    let world = World::with(options).await;
    let app = world.show().await;
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4_096).expect("a small buffer");
    let link = socket.connect(world.host.parse().expect("an address")).await.expect("the server listens");
    let url = format!("ws://{}/audience", world.host);
    let (mut eve, _) = tokio_tungstenite::client_async(url, link).await.expect("a WebSocket");
    let text = |text: String| tokio_tungstenite::tungstenite::Message::Text(text.into());
    let logon = json!({ "id": 1, "method": "login", "params": app.login("eve") });
    eve.send(text(logon.to_string())).await.expect("sent");
    world.wait_for_links(1).await;
    // The answers fill the sockets between the two, and the rest waits for the writer.
    for _ in 0..60 {
        let long = json!({ "id": "x".repeat(100_000), "method": "heartbeat" });
        eve.send(text(long.to_string())).await.expect("sent");
    }
    world.post("reset", json!({})).await;
    let app = world.show().await;
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    let said = json!({
        "id": 2, "method": "sendGroupMessage", "params": { "groupId": "g", "type": 1, "data": "said by eve" },
    });
    eve.send(text(said.to_string())).await.expect("the link is still up");
    eve.close(None).await.expect("sent");
    // Everything that it sent has reached the service once the server is through with it.
    for _ in 0..2_000 {
        if crate::unauthenticated::metric(&world, "connections").await <= 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    world.advance("2s").await;
    let seen = ada.so_far().await;
    assert!(seen.iter().all(|event| event["event"] != "recvgroupmessage"), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_no_json_is_answered_under_its_id() {
    let world = World::new().await;
    let app = world.show().await;
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    for (number, broken) in [
        (
            900,
            r#"{"id":900,"method":"sendGroupMessage","params":{"groupId":"g","type":1,"data":"party \ud83c"}}"#,
        ),
        (
            901,
            "{\"id\":901,\"method\":\"sendGroupMessage\",\"params\":{\"groupId\":\"g\",\"type\":1,\"data\":\"bell \u{7}\"}}",
        ),
        (902, r#"{"method":"sendGroupMessage","params":{"data":"\ud83c","id":1},"id":902}"#),
        (903, r#"{"id":903,"method":"sendGroupMessage","params":{"data":"cut of"#),
        (904, r#"{"id":904,"params":{}}"#),
    ] {
        ada.send_text(broken).await;
        let answer = ada.answer(number).await;
        assert_eq!(answer["error"]["code"], 604, "{broken}: {answer}");
    }
    ada.send_text("no JSON at all").await;
    let answer = ada.frame().await.expect("the link is up");
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&Value::Null, &json!(604)));
    ada.ask("sendGroupMessage", json!({ "groupId": "g", "type": 1, "data": "still there" })).await;
}
