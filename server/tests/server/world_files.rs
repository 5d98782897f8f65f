//! World files: what one says is there from the start, under the same IDs and secrets each time; and what is written down of a
//! world leads to one like it.

use claque_server::clock::wall_now;
use claque_server::{Options, WorldFile, start};
use claque_wire::client::ClientStyle;
use claque_wire::sign::Credentials;
use serde_json::{Value, json};

use crate::support::{App, Client, World, options, wire};

/// As a person writes it.
const SHOW: &str = r#"
ids = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
clock = "manual"
unix-seconds = 1767225600
readings = { "shaper.window" = "window-close" }

[[key]]
id = "backend"
secret = "backend-secret"

[[key]]
id = "viewer"
secret = "viewer-secret"
policy = [{ effect = "Allow", action = ["live:List*"], resource = ["*"] }]

[[application]]
AppName = "show"
MsgLifeCycle = 1

[[application.group]]
GroupId = "stage"
GroupName = "The stage"
CreatorId = "host"
Administrators = ["helper"]
members = ["host", "ada", "bob"]
muted = ["bob"]

[[application.group]]
GroupId = "lobby"
CreatorId = "host"
members = ["ada"]
muted-all = true
may-talk = ["ada"]

[[application]]
AppName = "other"
disabled = true
"#;

async fn seeded(server: &World, with: Value) -> Value {
    let reply = server.control_reply("POST", "worlds", Some(&with)).await;
    assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.body));
    reply.json()
}

async fn call(server: &World, (id, secret): (&str, &str), action: &str, with: Value) -> Value {
    let who =
        Credentials { access_key_id: id.into(), access_key_secret: secret.into(), security_token: None };
    let now = wall_now().unix_seconds();
    let request = server.signed_by(ClientStyle::Python, action, &with, &who, now);
    server.raw(&wire(&request)).await.expect("an answer").json()
}

/// What a caller with the file's first key sees of everything.
async fn seen(server: &World) -> Value {
    let who = ("backend", "backend-secret");
    let apps = call(server, who, "ListLiveMessageApps", json!({ "SortType": 1 })).await;
    let list = apps["AppList"].as_array().expect("a list").clone();
    let app = list.iter().find(|app| app["AppName"] == "show").expect("it is there");
    let mut all = json!({});
    for group in ["stage", "lobby"] {
        let of_group = json!({ "AppId": app["AppId"], "GroupId": group });
        let mut parts = Vec::new();
        for action in ["DescribeLiveMessageGroup", "DescribeLiveMessageGroupBand"] {
            parts.push(call(server, who, action, of_group.clone()).await);
        }
        let users = json!({ "AppId": app["AppId"], "GroupId": group, "PageSize": 10, "SortType": 1 });
        parts.push(call(server, who, "ListLiveMessageGroupUsers", users).await);
        for part in &mut parts {
            let part = part.as_object_mut().expect("an object");
            ["RequestId", "Createtime"].iter().for_each(|name| drop(part.remove(*name)));
        }
        all[group] = parts.into();
    }
    let fixed = |app: &Value| {
        json!([
            app["AppId"],
            app["AppKey"],
            app["AppSign"],
            app["AppName"],
            app["Disable"],
            app["MsgLifeCycle"]
        ])
    };
    all["apps"] = list.iter().map(fixed).collect();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_leads_to_the_same_world_each_time() {
    let (first, second) = (World::new().await, World::new().await);
    let made = seeded(&first, json!({ "name": "show", "seed": SHOW })).await;
    assert_eq!(
        (&made["accessKeyId"], &made["accessKeySecret"]),
        (&json!("backend"), &json!("backend-secret"))
    );
    seeded(&second, json!({ "seed": SHOW })).await;
    let (once, twice) = (seen(&first).await, seen(&second).await);
    assert_eq!(once, twice);

    // Everything that the file says is there.
    assert_eq!(once["apps"].as_array().map(Vec::len), Some(2));
    assert_eq!(once["apps"][0][5], 1, "messages are kept as long as it says: {once}");
    assert_eq!(once["apps"][1][4], "true", "the other one is disabled");
    let stage = &once["stage"];
    assert_eq!((&stage[0]["GroupName"], &stage[0]["CreatorId"]), (&json!("The stage"), &json!("host")));
    assert_eq!(stage[0]["AdminList"], json!(["helper"]));
    assert_eq!(stage[1]["BannedUserList"], json!(["bob"]));
    let users: Vec<&Value> =
        stage[2]["UserList"].as_array().expect("a list").iter().map(|one| &one["UserId"]).collect();
    assert_eq!(users, ["host", "ada", "bob"]);
    assert_eq!(
        (&once["lobby"][1]["IsbannedAll"], &once["lobby"][1]["UnbannedUserList"]),
        (&json!(true), &json!(["ada"]))
    );
    let clock = first.get("worlds/show/clock").await;
    assert_eq!((&clock["unixSeconds"], &clock["frozen"]), (&json!(1_767_225_600), &json!(true)));
    let readings = first.get("worlds/show/readings").await;
    let window =
        readings["readings"].as_array().expect("a list").iter().find(|one| one["id"] == "shaper.window");
    assert_eq!(window.expect("a reading")["value"], "window-close");
    let denied =
        call(&first, ("viewer", "viewer-secret"), "CreateLiveMessageApp", json!({ "AppName": "no" })).await;
    assert_eq!(denied["Code"], "NoAuth", "the policy holds: {denied}");

    // A client whose token was made from the file's AppKey is let in, in the place of the member without a link.
    let text = |at: usize| once["apps"][0][at].as_str().expect("a text").to_owned();
    let app = App { id: text(0), key: text(1), sign: text(2) };
    let url = made["audience"].as_str().expect("an address").to_owned();
    let mut ada = Client::open_at(&first, &url).await;
    // The token must outlive the world's time, which is not the wall's.
    ada.log_on(app.login("ada")).await;
    ada.ask("joinGroup", json!({ "groupId": "stage" })).await;

    // Its keys are in use; another world cannot have them.
    let again = first.control_reply("POST", "worlds", Some(&json!({ "seed": SHOW }))).await;
    let why = again.json()["error"].as_str().expect("a text").to_owned();
    assert!(
        again.status == 409 && why.contains("\"backend\"") && why.contains("\"show\""),
        "{} {why}",
        again.status
    );
    assert_eq!(first.control_reply("DELETE", "worlds/show", None).await.status, 204);
    seeded(&first, json!({ "name": "show", "seed": SHOW })).await;
    assert_eq!(seen(&first).await, once);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_down_of_a_world_leads_to_one_like_it() {
    let server = World::new().await;
    seeded(&server, json!({ "name": "one", "seed": SHOW })).await;
    let before = seen(&server).await;
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let written = text(server.control_reply("GET", "worlds/one/export", None).await.body);
    assert!(written.contains("# the key \"viewer\" has a policy"), "what is left out is named: {written}");
    assert_eq!(server.control_reply("DELETE", "worlds/one", None).await.status, 204);
    seeded(&server, json!({ "name": "two", "seed": written })).await;
    assert_eq!(seen(&server).await, before);
    let again = text(server.control_reply("GET", "worlds/two/export", None).await.body);
    let without_remarks =
        |text: &str| text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
    assert_eq!(without_remarks(&again), without_remarks(&written));

    // An application that was deleted leaves a gap, which the file's IDs lead over.
    let who = ("backend", "backend-secret");
    let made = call(&server, who, "CreateLiveMessageApp", json!({ "AppName": "third" })).await;
    let first = before["apps"][0][0].clone();
    let gone = json!({ "action": "DeleteApp", "AppId": first });
    assert_eq!(server.control_reply("POST", "worlds/two/console", Some(&gone)).await.status, 200);
    let written = text(server.control_reply("GET", "worlds/two/export", None).await.body);
    assert_eq!(server.control_reply("DELETE", "worlds/two", None).await.status, 204);
    seeded(&server, json!({ "seed": written })).await;
    let apps = call(&server, who, "ListLiveMessageApps", json!({ "SortType": 1 })).await;
    let ids: Vec<&Value> =
        apps["AppList"].as_array().expect("a list").iter().map(|app| &app["AppId"]).collect();
    assert_eq!(ids, [&before["apps"][1][0], &made["AppId"]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_may_say_more_than_one_second_has_room_for() {
    let server = World::new().await;
    let groups: Vec<Value> =
        (0..120).map(|at| json!({ "GroupId": format!("g{at}"), "CreatorId": "host" })).collect();
    let seed = json!({
        "unix-seconds": 1_767_225_600, "clock": "manual", "application": [{ "AppName": "show", "group": groups }],
    });
    seeded(&server, json!({ "seed": seed })).await;
    assert_eq!(server.get("worlds/w1/clock").await["unixSeconds"], 1_767_225_600);
    assert_eq!(server.get("worlds/w1/groups").await["groups"].as_array().map(Vec::len), Some(120));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_is_refused_whole() {
    let server = World::new().await;
    for (seed, part) in [
        (json!("ids = 3"), "ids"),
        (json!("ids = \"00\""), "64 hexadecimal"),
        (json!("colour = \"red\""), "colour"),
        (json!({ "readings": { "no.such": "x" } }), "no reading"),
        (json!({ "clock": "sometimes" }), "manual, real"),
        (json!({ "key": [{ "id": "", "secret": "s" }] }), "none may be empty"),
        (json!({ "key": [{ "id": "a", "secret": "s", "account": "9" }] }), "\"9\" is none of 1000"),
        (
            json!({ "application": [{ "AppName": "x" }] }),
            "application 1: CreateLiveMessageApp is refused with",
        ),
        (json!({ "application": [{ "AppNam": "show" }] }), "no \"AppNam\"; CreateLiveMessageApp has"),
        (json!({ "application": [{ "AppName": "show", "AppId": "chosen" }] }), "follow from `ids`"),
        (
            json!({ "application": [{ "AppName": "show", "group": [{ "GroupId": "a b" }] }] }),
            "group \"a b\": CreateLiveMessageGroup is refused with",
        ),
        (
            json!({ "application": [{ "AppName": "show", "group": [{ "GroupId": "g", "may-talk": ["a"] }] }] }),
            "may-talk",
        ),
    ] {
        let reply = server.control_reply("POST", "worlds", Some(&json!({ "seed": seed }))).await;
        let why = reply.json()["error"].as_str().expect("a text").to_owned();
        assert!(reply.status == 400 && why.contains(part), "{seed}: {} {why}", reply.status);
    }
    let list = server.get("worlds").await;
    assert_eq!(list["worlds"].as_array().map(Vec::len), Some(1), "nothing is left of any of them");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_world_of_a_server_begins_with_a_file_once() {
    let directory = tempfile::TempDir::new().expect("a directory");
    let file = SHOW.replace("unix-seconds = 1767225600\n", "");
    assert!(
        WorldFile::parse("show.toml", SHOW).and_then(|file| file.begin(&mut options())).is_err(),
        "it begins now"
    );
    let begun = || {
        let mut options = Options { data: Some(directory.path().to_owned()), ..options() };
        WorldFile::parse("show.toml", &file).and_then(|file| file.begin(&mut options)).expect("a file");
        options
    };
    let world = World::with(begun()).await;
    let before = seen(&world).await;
    world.stop().await;
    // What came of it is kept, and not made a second time.
    let again = World::with(begun()).await;
    let after = seen(&again).await;
    assert_eq!((&after["apps"], &after["stage"][1]), (&before["apps"], &before["stage"][1]));
    again.stop().await;

    let mut broken = options();
    let file = WorldFile::parse("show.toml", "[[application]]\nAppName = \"x\"").expect("a file");
    file.begin(&mut broken).expect("it reads");
    let error = start(broken, None).await.expect_err("no such name");
    assert!(error.is_usage() && error.to_string().contains("application 1"), "{error}");
}
