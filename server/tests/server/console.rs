//! What the console lives on: its page, the overview, the stream of events, and outages.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Client, PATIENCE, World, options};

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_one_file_that_may_ask_its_own_server_only() {
    let world = World::new().await;
    for path in ["", "console"] {
        let page = world.control_reply("GET", path, None).await;
        assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("connect-src 'self'"), "{policy}");
        let text = String::from_utf8(page.body).expect("UTF-8");
        assert!(text.starts_with("<!doctype html>") && text.ends_with("</html>\n"));
        for elsewhere in ["src=\"http", "href=\"http", "url(http", "@import", "//cdn"] {
            assert!(!text.contains(elsewhere), "{elsewhere}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overview_counts_clients_before_the_crowd() {
    let world = World::new().await;
    let app = world.show().await;
    world.post("crowd", json!({ "app": app.id, "group": "g", "join": 300 })).await;
    let _ada = Client::in_group(&world, &app, "zoe", "g").await;
    let seen = world.get("overview").await;
    assert_eq!(
        (&seen["sessionCount"], &seen["linksUp"], &seen["virtualCount"]),
        (&json!(301), &json!(1), &json!(300))
    );
    assert_eq!(seen["sessions"].as_array().map(Vec::len), Some(200), "as many as are listed");
    let first = &seen["sessions"][0];
    assert_eq!(
        (&first["user"], &first["virtual"], &first["linkUp"]),
        (&json!("zoe"), &json!(false), &json!(true))
    );
    assert_eq!((&seen["groups"][0]["members"], &seen["clock"]["frozen"]), (&json!(301), &json!(true)));
    assert_eq!(seen["counters"]["accepted"], 2);
}

/// Reads server-sent events until one has the text.
async fn until(link: &mut tokio::net::TcpStream, text: &mut String, wanted: &str) {
    let reading = async {
        let mut bytes = vec![0; 65_536];
        while !text.contains(wanted) {
            let read = link.read(&mut bytes).await.expect("the link is up");
            assert_ne!(read, 0, "the stream ended before {wanted:?}: {text}");
            text.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.unwrap_or_else(|_| panic!("never {wanted:?}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_tells_events_and_states_as_they_come_and_ends_with_the_server() {
    let world = World::new().await;
    let app = world.show().await;
    let mut link = world.link().await;
    let request = format!("GET /_claque/stream?after=1 HTTP/1.1\r\nHost: {}\r\n\r\n", world.host);
    link.write_all(request.as_bytes()).await.expect("the server reads");
    let mut text = String::new();
    until(&mut link, &mut text, "event: state\n").await;
    assert!(text.contains("Content-Type: text/event-stream"), "{text}");
    assert!(text.contains("Cache-Control: no-store\r\n"), "{text}");
    assert!(
        text.contains("CreateLiveMessageGroup") && !text.contains("CreateLiveMessageApp\""),
        "behind number 1: {text}"
    );
    world.post("join", json!({ "app": app.id, "group": "g", "user": "ada" })).await;
    until(&mut link, &mut text, "\"notice\":\"memberchange\"").await;
    until(&mut link, &mut text, "\"virtualCount\":1").await;
    for (path, headers, status) in
        [("stream?after=x", "", 400), ("stream", "Origin: http://evil.example\r\n", 403)]
    {
        let request = format!("GET /_claque/{path} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", world.host);
        assert_eq!(world.raw(request.as_bytes()).await.expect("an answer").status, status);
    }
    let (ended, ()) = tokio::join!(
        tokio::time::timeout(PATIENCE, async {
            let mut rest = Vec::new();
            link.read_to_end(&mut rest).await
        }),
        world.stop()
    );
    assert!(ended.is_ok(), "the stream outlived the server");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_needs_the_token_where_one_is_set_and_is_off_with_the_control_api() {
    let mut guarded = options();
    guarded.control_token = Some("hush".to_owned());
    let mut off = options();
    off.control = false;
    for (options, status) in [(guarded, 401), (off, 404)] {
        let world = World::with(options).await;
        assert_eq!(world.control_reply("GET", "stream", None).await.status, status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_in_an_outage_cannot_come_back_before_it_is_let_out() {
    let world = World::new().await;
    let app = world.show().await;
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    let session = ada.session.clone();
    let outage = |inside: bool| json!({ "app": app.id, "user": "ada", "down": inside });
    let early = world.control_reply("POST", "outage", Some(&outage(false))).await;
    assert_eq!(early.status, 409, "it is in none");
    world.post("outage", outage(true)).await;
    assert_eq!(ada.close_code().await, None, "no goodbye");
    let seen = world.get("overview").await;
    assert_eq!(
        (&seen["sessions"][0]["linkUp"], &seen["sessions"][0]["inOutage"]),
        (&json!(false), &json!(true))
    );
    let mut inside = Client::open(&world).await;
    inside.tell("reconnect", json!({ "session": session })).await;
    assert_eq!(inside.frame().await, None, "not even a refusal");
    world.post("outage", outage(false)).await;
    let mut back = Client::open(&world).await;
    back.ask("reconnect", json!({ "session": session })).await;
    assert_eq!(world.get("overview").await["sessions"][0]["linkUp"], true);
    let unknown = world
        .control_reply("POST", "outage", Some(&json!({ "app": app.id, "user": "eve", "down": true })))
        .await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_that_outlasts_the_session_ends_like_any_other() {
    let world = World::new().await;
    let app = world.show().await;
    let ada = Client::in_group(&world, &app, "ada", "g").await;
    let outage = |down: bool| json!({ "app": app.id, "user": "ada", "down": down });
    world.post("outage", outage(true)).await;
    world.advance("10m").await;
    assert_eq!(world.get("overview").await["sessions"], json!([]), "the session timed out");
    let mut late = Client::open(&world).await;
    assert_eq!(
        late.refused("reconnect", json!({ "session": ada.session })).await,
        404,
        "nothing is left to cut off"
    );
    world.post("outage", outage(false)).await;
    let again = world.control_reply("POST", "outage", Some(&outage(false))).await;
    assert_eq!(again.status, 409, "it had ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_virtual_member_in_an_outage_pulls_the_gift_or_times_out() {
    let world = World::new().await;
    let app = world.show().await;
    for user in ["ada", "bob", "eve"] {
        world.post("join", json!({ "app": app.id, "group": "g", "user": user })).await;
    }
    let outage = async |user: &str, inside: bool| {
        world.post("outage", json!({ "app": app.id, "user": user, "down": inside })).await;
    };
    outage("ada", true).await;
    outage("bob", true).await;
    for (body, weight) in [("comment", 5), ("gift", 1_000_000)] {
        let with = json!({
            "AppId": app.id, "GroupId": "g", "SenderId": "host", "Body": body, "MsgType": 10_001, "Weight": weight,
        });
        world.call("SendLiveMessageGroup", with).await;
    }
    outage("ada", false).await;
    let feed = world.get("feed?count=2000").await;
    let recovered: Vec<&Value> = feed["events"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|event| event["kind"] == "recovered")
        .collect();
    assert_eq!(recovered.len(), 1);
    assert_eq!((&recovered[0]["user"], &recovered[0]["bodies"]), (&json!("ada"), &json!(["gift"])));
    world.advance("99s").await;
    let about = json!({ "AppId": app.id, "UserIds": ["ada", "bob", "eve"] });
    let seen = world.call("CheckLiveMessageUsersOnline", about).await;
    let online: Vec<&Value> =
        seen["UserList"].as_array().expect("a list").iter().map(|user| &user["Online"]).collect();
    assert_eq!(online, [true, false, true]);
    world.post("reset", json!({})).await;
    assert_eq!(world.get("overview").await["sessionCount"], 0);
}

/// The page stands at the path to which its buttons post: reading it needs no token, what the buttons do needs one.
#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_does_what_the_vendors_console_does() {
    let ask = async |world: &World, more: &str| {
        let body = json!({ "action": "DeleteApp", "AppId": "nobody" }).to_string();
        let text = format!(
            "POST /_claque/console HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n{more}\r\n{body}",
            world.host,
            body.len()
        );
        world.raw(text.as_bytes()).await.expect("an answer").status
    };
    let open = World::new().await;
    assert_eq!(ask(&open, "").await, 404, "it is done, and there is no such application");
    assert_eq!(ask(&open, "Sec-Fetch-Site: cross-site\r\n").await, 403);
    let guarded =
        World::with(claque_server::Options { control_token: Some("hush".to_owned()), ..options() }).await;
    assert_eq!(ask(&guarded, "").await, 401);
    assert_eq!(ask(&guarded, "Authorization: Bearer hash\r\n").await, 401);
    assert_eq!(ask(&guarded, "Authorization: Bearer hush\r\nSec-Fetch-Site: same-site\r\n").await, 403);
    assert_eq!(ask(&guarded, "Authorization: Bearer hush\r\n").await, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_vendors_console_changes_applications_and_groups_and_sends() {
    let world = World::new().await;
    let app = world.show().await;
    let asked = async |more: Value| {
        let mut body = json!({ "AppId": app.id });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        world.control_reply("POST", "console", Some(&body)).await
    };
    let done = asked(json!({ "action": "ModifyApp", "AppName": "another", "MsgLifeCycle": 2 })).await;
    assert_eq!(done.status, 200, "{}", done.json());
    let described = world.call("DescribeLiveMessageApp", json!({ "AppId": app.id })).await;
    assert_eq!((&described["AppName"], &described["MsgLifeCycle"]), (&json!("another"), &json!(2)));
    let done = asked(json!({ "action": "ModifyGroup", "GroupId": "g", "GroupName": "the show" })).await;
    assert_eq!(done.status, 200, "{}", done.json());
    let group = world.call("DescribeLiveMessageGroup", json!({ "AppId": app.id, "GroupId": "g" })).await;
    assert_eq!(group["GroupName"], "the show");
    world.post("join", json!({ "app": app.id, "group": "g", "user": "bob" })).await;
    let send = |kind: Value| json!({ "action": "SendMessage", "GroupId": "g", "SenderId": "host", "Body": "hello", "MsgType": kind });
    let refused = asked(send(json!("abc"))).await;
    assert_eq!(
        (refused.status, &refused.json()["Code"]),
        (400, &json!("InputInvalid")),
        "{}",
        refused.json()
    );
    let done = asked(send(json!("10001"))).await;
    assert_eq!(done.status, 200, "{}", done.json());
    let answer = world
        .call(
            "ListLiveMessageGroupMessages",
            json!({ "AppId": app.id, "GroupId": "g", "PageSize": 10, "SortType": 1 }),
        )
        .await;
    assert_eq!(answer["MessageList"].as_array().map(Vec::len), Some(1), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_has_a_limit_of_its_own_and_loses_it_again() {
    let world = World::new().await;
    let (one, other) = (world.show().await, world.show().await);
    let path = format!("limits?app={}&group=g", one.id);
    let limit = "group_messages_per_second";
    assert_eq!(world.get(&path).await[limit], 50);
    let of_it = |value: Value| json!({ "app": one.id, "group": "g", "group_messages_per_second": value });
    assert_eq!(world.post("limits", of_it(json!(3))).await[limit], 3);
    assert_eq!(world.get(&path).await[limit], 3);
    assert_eq!(world.get("limits").await[limit], 50, "that of all groups stays");
    assert_eq!(
        world.get(&format!("limits?app={}&group=g", other.id)).await[limit],
        50,
        "so does a namesake's"
    );
    for (wrong, why) in [
        (json!({ "group": "g", "group_messages_per_second": 3 }), "name one as app"),
        (json!({ "app": one.id, "group": "h", "group_messages_per_second": 3 }), "GET groups"),
        (of_it(json!(0)), "from 1 to"),
        (of_it(json!("many")), "from 1 to"),
        (json!({ "app": one.id, "group": "g", "users": 3 }), "no limit"),
    ] {
        let refused = world.control_reply("POST", "limits", Some(&wrong)).await;
        assert!(matches!(refused.status, 400 | 404), "{wrong}: {}", refused.status);
        assert!(
            refused.json()["error"].as_str().is_some_and(|text| text.contains(why)),
            "{}",
            refused.json()
        );
    }
    assert_eq!(world.post("limits", of_it(Value::Null)).await[limit], 50);
}
