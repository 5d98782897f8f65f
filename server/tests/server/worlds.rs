//! Worlds of one server: each has its own clock, state, readings, faults, ledger, callbacks and keys, and its end is its own.

use std::collections::BTreeSet;
use std::time::Duration;

use claque_server::Options;
use claque_server::clock::wall_now;
use claque_wire::client::ClientStyle;
use claque_wire::sign::Credentials;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::support::{App, Client, Receiver, Reply, World, impatient, nonce, options, read_reply, wire};

/// One world of a server, as its answer tells its user.
struct Side<'a> {
    server: &'a World,
    name: String,
    made: Value,
    who: Credentials,
}

impl<'a> Side<'a> {
    async fn of(server: &'a World, with: Value) -> Self {
        let reply = server.control_reply("POST", "worlds", Some(&with)).await;
        assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.body));
        let made = reply.json();
        let text = |name: &str| made[name].as_str().unwrap_or_else(|| panic!("{name}: {made}")).to_owned();
        let who = Credentials {
            access_key_id: text("accessKeyId"),
            access_key_secret: text("accessKeySecret"),
            security_token: None,
        };
        Self { server, name: text("world"), who, made }
    }

    async fn reply(&self, action: &str, with: Value) -> Reply {
        let now = wall_now().unix_seconds();
        let request = self.server.signed_by(ClientStyle::Python, action, &with, &self.who, now);
        self.server.raw(&wire(&request)).await.expect("an answer")
    }

    async fn call(&self, action: &str, with: Value) -> Value {
        let reply = self.reply(action, with).await;
        assert_eq!(reply.status, 200, "{action}: {}", String::from_utf8_lossy(&reply.body));
        reply.json()
    }

    /// Calls and is refused; the code.
    async fn refused(&self, action: &str, with: Value) -> String {
        let reply = self.reply(action, with).await;
        assert_ne!(reply.status, 200, "{action}");
        reply.json()["Code"].as_str().expect("a code").to_owned()
    }

    async fn control(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        self.server.control_reply(method, &format!("worlds/{}/{path}", self.name), body.as_ref()).await
    }

    async fn get(&self, path: &str) -> Value {
        let reply = self.control("GET", path, None).await;
        assert_eq!(reply.status, 200, "{path}: {}", String::from_utf8_lossy(&reply.body));
        reply.json()
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let reply = self.control("POST", path, Some(body)).await;
        assert_eq!(reply.status, 200, "{path}: {}", String::from_utf8_lossy(&reply.body));
        reply.json()
    }

    async fn now(&self) -> u64 {
        self.get("clock").await["unixSeconds"].as_u64().expect("a time")
    }

    /// An application `show` with a group `g`.
    async fn show(&self, with: Value) -> App {
        let mut app = json!({ "AppName": "show" });
        app.as_object_mut().expect("an object").extend(with.as_object().expect("an object").clone());
        let made = self.call("CreateLiveMessageApp", app).await;
        let text = |name: &str| made[name].as_str().expect("a text").to_owned();
        let app = App { id: text("AppId"), key: text("AppKey"), sign: text("AppSign") };
        let group = json!({ "AppId": app.id, "GroupId": "g", "CreatorId": "host" });
        self.call("CreateLiveMessageGroup", group).await;
        app
    }

    async fn client(&self, app: &App, user: &str) -> Client {
        let mut client =
            Client::open_at(self.server, self.made["audience"].as_str().expect("an address")).await;
        client.log_on(app.login(user)).await;
        client.ask("joinGroup", json!({ "groupId": "g" })).await;
        client
    }
}

fn gift(app: &App, body: &str) -> Value {
    json!({ "AppId": app.id, "GroupId": "g", "SenderId": "host", "Body": body, "MsgType": 10_001 })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_tells_everything_that_a_world_is_used_with() {
    let server = World::new().await;
    let first = Side::of(&server, json!({})).await;
    let host = &server.host;
    assert_eq!(first.name, "w1");
    assert_eq!(first.made["endpoint"], format!("http://{host}"));
    assert_eq!(first.made["audience"], format!("ws://{host}/_claque/worlds/w1/audience"));
    assert_eq!(first.made["control"], format!("http://{host}/_claque/worlds/w1/"));
    assert_eq!(first.made["account"], "1000");
    let asked =
        json!({ "name": "my_world-2", "clock": "real", "readings": { "shaper.window": "window-close" } });
    let second = Side::of(&server, asked).await;
    assert_eq!(second.name, "my_world-2");
    assert_ne!(first.who.access_key_id, second.who.access_key_id);
    assert_eq!(second.get("clock").await["frozen"], false);
    assert_eq!(first.get("clock").await["frozen"], true, "as the server's own, which stands");
    let window = |readings: &Value| {
        let all = readings["readings"].as_array().expect("a list").clone();
        all.into_iter().find(|one| one["id"] == "shaper.window").expect("a reading")["value"].clone()
    };
    assert_eq!(window(&second.get("readings").await), "window-close");
    assert_ne!(window(&first.get("readings").await), "window-close");
    assert_ne!(window(&server.get("readings").await), "window-close");

    let list = server.get("worlds").await;
    let names: Vec<&str> =
        list["worlds"].as_array().expect("a list").iter().filter_map(|one| one["world"].as_str()).collect();
    assert_eq!(names, ["default", "my_world-2", "w1"]);
    let one = server.get("worlds/w1").await;
    assert_eq!(one["accessKeySecret"], first.made["accessKeySecret"]);
    assert_eq!(one["clock"]["frozen"], true);
    // A client that reaches the server by another name is given that name.
    let text = "POST /_claque/worlds HTTP/1.1\r\nHost: localhost:99\r\nContent-Length: 0\r\n\r\n";
    let made = server.raw(text.as_bytes()).await.expect("an answer").json();
    assert_eq!(made["audience"], "ws://localhost:99/_claque/worlds/w2/audience");
}

/// The sentence of the user: parallel tests stop sharing a clock, and whatever else a test turns.
#[tokio::test(flavor = "multi_thread")]
async fn two_worlds_with_the_same_names_share_nothing() {
    let server = World::with(impatient()).await;
    let (mut hook_a, mut hook_b) =
        (Receiver::new(vec![(200, "{}")]).await, Receiver::new(vec![(200, "{}")]).await);
    let a = Side::of(&server, json!({ "name": "a" })).await;
    let b = Side::of(&server, json!({ "name": "b" })).await;
    let in_a = a.show(json!({ "EventCallbackUrl": hook_a.url })).await;
    let in_b = b.show(json!({ "EventCallbackUrl": hook_b.url })).await;
    let (mut ada_a, mut ada_b) = (a.client(&in_a, "ada").await, b.client(&in_b, "ada").await);

    // A message of one arrives in one, and each receiver hears of its own world.
    a.call("SendLiveMessageGroup", gift(&in_a, "for a")).await;
    a.post("clock", json!({ "advance": "2s" })).await;
    assert_eq!(ada_a.until("recvgroupmessage").await["message"]["data"], "for a");
    assert!(ada_b.so_far().await.iter().all(|event| event["event"] != "recvgroupmessage"));
    for (hook, app) in [(&mut hook_a, &in_a), (&mut hook_b, &in_b)] {
        for _ in 0..2 {
            assert_eq!(hook.next().await.body["appid"], *app.id);
        }
        assert!(hook.waiting().is_none(), "a logon, a join, and nothing of the other world");
    }
    let callbacks = |log: &Value| log["callbacks"].as_array().map(Vec::len);
    assert_eq!(callbacks(&server.get("callbacks").await), Some(0));
    assert_eq!(callbacks(&a.get("callbacks").await), Some(2));

    // Time.
    let (before_a, before_b) = (a.now().await, b.now().await);
    a.post("clock", json!({ "advance": "30d" })).await;
    assert_eq!((a.now().await, b.now().await), (before_a + 30 * 86_400, before_b));

    // Faults.
    a.post("faults", json!({ "operation": "ListLiveMessageApps", "fail": "ServerError" })).await;
    a.post("faults", json!({ "method": "heartbeat", "fail": 412 })).await;
    let list = json!({ "SortType": 1 });
    assert_eq!(a.refused("ListLiveMessageApps", list.clone()).await, "ServerError");
    b.call("ListLiveMessageApps", list.clone()).await;
    server.call("ListLiveMessageApps", list.clone()).await;
    assert_eq!(ada_a.refused("heartbeat", json!({})).await, 412);
    ada_b.ask("heartbeat", json!({})).await;

    // Applications, and a beginning anew.
    assert_eq!(b.refused("SendLiveMessageGroup", gift(&in_a, "lost")).await, "ResourceNotExist");
    let apps = |answer: Value| answer["AppList"].as_array().map_or(0, Vec::len);
    a.post("reset", json!({})).await;
    assert_eq!(ada_a.close_code().await, Some(1012));
    assert_eq!(apps(a.call("ListLiveMessageApps", list.clone()).await), 0);
    assert_eq!(apps(b.call("ListLiveMessageApps", list.clone()).await), 1);
    assert_eq!(apps(server.call("ListLiveMessageApps", list).await), 0);
    ada_b.ask("heartbeat", json!({})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_leads_into_its_own_world_and_no_other() {
    let server = World::new().await;
    let a = Side::of(&server, json!({})).await;
    let b = Side::of(&server, json!({})).await;
    let app = a.show(json!({})).await;
    let list = json!({ "SortType": 1 });

    // The ID of one with the secret of another is nobody's signature.
    let mixed = Credentials { access_key_secret: a.who.access_key_secret.clone(), ..b.who.clone() };
    let now = wall_now().unix_seconds();
    for style in ClientStyle::ALL {
        let request = server.signed_by(style, "ListLiveMessageApps", &list, &mixed, now);
        let reply = server.raw(&wire(&request)).await.expect("an answer");
        assert_eq!(reply.json()["Code"], "SignatureDoesNotMatch", "{style:?}");
        // Every official library finds the world by its key alone.
        let request = server.signed_by(style, "ListLiveMessageApps", &list, &a.who, now);
        let answer = server.raw(&wire(&request)).await.expect("an answer").json();
        assert_eq!(answer["AppList"][0]["AppId"], *app.id, "{style:?}");
        let request = server.signed_by(style, "ListLiveMessageApps", &list, &b.who, now);
        let answer = server.raw(&wire(&request)).await.expect("an answer").json();
        assert_eq!(answer["AppList"].as_array().map_or(0, Vec::len), 0, "{style:?}");
    }

    // A key can be added to a world, and to one only.
    let key = json!({ "id": "reader", "secret": "s" });
    a.post("keys", key.clone()).await;
    let reply = b.control("POST", "keys", Some(key.clone())).await;
    assert_eq!(reply.status, 409);
    let text = reply.json()["error"].as_str().expect("a text").to_owned();
    assert!(text.contains("\"reader\"") && text.contains(&format!("{:?}", a.name)), "{text}");
    assert_eq!(
        server.control_reply("POST", "keys", Some(&key)).await.status,
        409,
        "nor to the default world"
    );
    let reader =
        Credentials { access_key_id: "reader".into(), access_key_secret: "s".into(), ..a.who.clone() };
    let request = server.signed_by(ClientStyle::Python, "ListLiveMessageApps", &list, &reader, now);
    let answer = server.raw(&wire(&request)).await.expect("an answer").json();
    assert_eq!(answer["AppList"][0]["AppId"], *app.id);

    // A nonce is used up in the world of its key, and only there.
    let once = nonce();
    let same = |who: &Credentials| {
        let stamp = claque_wire::client::Stamp { nonce: &once, signed_at: now };
        let with = crate::support::arguments(&list);
        wire(
            &ClientStyle::Python
                .request("ListLiveMessageApps", &with, &server.host, who, stamp)
                .expect("signed"),
        )
    };
    for (who, status) in [(&a.who, 200), (&b.who, 200), (&a.who, 400), (&b.who, 400)] {
        assert_eq!(server.raw(&same(who)).await.expect("an answer").status, status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_a_world_ends_its_links_and_leaves_the_others() {
    let server = World::new().await;
    let a = Side::of(&server, json!({ "name": "a" })).await;
    let b = Side::of(&server, json!({ "name": "b" })).await;
    let (in_a, in_b) = (a.show(json!({})).await, b.show(json!({})).await);
    let (mut ada_a, mut ada_b) = (a.client(&in_a, "ada").await, b.client(&in_b, "ada").await);
    let mut unauthenticated =
        Client::open_at(&server, a.made["audience"].as_str().expect("an address")).await;
    a.post("faults", json!({ "operation": "ListLiveMessageApps", "delay": "300ms" })).await;
    let list = json!({ "SortType": 1 });
    let (waiting, deleted) = tokio::join!(a.reply("ListLiveMessageApps", list.clone()), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        server.control_reply("DELETE", "worlds/a", None).await
    });
    assert_eq!((deleted.status, deleted.body.as_slice()), (204, &b""[..]));
    assert_eq!(deleted.header("content-length"), None);
    assert_eq!(waiting.status, 503, "a call that is under way is answered");
    assert_eq!(ada_a.close_code().await, Some(1001));
    assert_eq!(unauthenticated.close_code().await, None, "the connection ends");
    assert_eq!(a.refused("ListLiveMessageApps", list.clone()).await, "InvalidAccessKeyId.NotFound");
    ada_b.ask("heartbeat", json!({})).await;
    b.call("ListLiveMessageApps", list).await;
    for path in ["worlds/a", "worlds/a/clock", "worlds/a/audience", "worlds/a/stream"] {
        let reply = match path.ends_with("audience") {
            false => server.control_reply("GET", path, None).await,
            true => server
                .raw(handshake(&format!("/_claque/{path}"), &server.host).as_bytes())
                .await
                .expect("one"),
        };
        let text = reply.json()["error"].as_str().expect("a text").to_owned();
        assert!(reply.status == 404 && text.contains("\"a\""), "{path}: {} {text}", reply.status);
    }
    assert_eq!(server.control_reply("DELETE", "worlds/a", None).await.status, 404);
    // Its name and its keys are free again.
    let again = Side::of(&server, json!({ "name": "a" })).await;
    assert_ne!(again.who.access_key_id, a.who.access_key_id);
}

fn handshake(path: &str, host: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_world_is_refused_with_the_reason() {
    let server = World::with(Options { worlds_max: 2, ..options() }).await;
    let long = "x".repeat(65);
    Side::of(&server, json!({ "name": "x".repeat(64) })).await;
    for (with, status, part) in [
        (json!({ "name": long }), 400, "1 to 64"),
        (json!({ "name": "" }), 400, "1 to 64"),
        (json!({ "name": "a/b" }), 400, "\"a/b\""),
        (json!({ "name": "default" }), 409, "\"default\""),
        (json!({ "name": "x".repeat(64) }), 409, "xxx"),
        (json!({ "clock": "sometimes" }), 400, "manual, real"),
        (json!({ "readings": { "no.such": "x" } }), 400, "no reading"),
        (json!({ "limits": { "no_such": 1 } }), 400, "no_such"),
        (json!({ "accounts": [] }), 400, "at least one"),
        (json!({ "accounts": ["x".repeat(257)] }), 400, "at most 256"),
        (json!({ "refusedWords": vec!["x"; 10_001] }), 400, "at most 10000"),
        (json!({ "unixSeconds": u64::MAX }), 400, "unixSeconds"),
        (json!({ "colour": "red" }), 400, "colour"),
    ] {
        let reply = server.control_reply("POST", "worlds", Some(&with)).await;
        let text = reply.json()["error"].as_str().expect("a text").to_owned();
        assert!(reply.status == status && text.contains(part), "{with}: {} {text}", reply.status);
    }
    Side::of(&server, json!({})).await;
    let full = server.control_reply("POST", "worlds", Some(&json!({}))).await;
    let text = full.json()["error"].as_str().expect("a text").to_owned();
    assert!(full.status == 507 && text.contains("--worlds-max"), "{} {text}", full.status);
    assert_eq!(server.control_reply("DELETE", "worlds/default", None).await.status, 409);
    for (method, path) in
        [("PUT", "worlds"), ("POST", "worlds/w1"), ("GET", "worlds/w1/worlds"), ("POST", "worlds/w1/worlds")]
    {
        assert_eq!(server.control_reply(method, path, None).await.status, 404, "{method} {path}");
    }
    let metrics = server.control_reply("GET", "metrics", None).await.body;
    let metrics = String::from_utf8(metrics).expect("text");
    for line in ["claque_worlds 3\n", "claque_worlds_max 3\n", "claque_worlds_created_total 2\n"] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    // The world that is there from the start is one like the others.
    let by_name = server.get("worlds/default/clock").await;
    assert_eq!(by_name["unixSeconds"], server.get("clock").await["unixSeconds"]);
}

/// The doors of the control API are in front of every world, too.
#[tokio::test(flavor = "multi_thread")]
async fn unauthenticated_callers_make_no_worlds_and_look_into_none() {
    let token = Some("open".to_owned());
    let server = World::with(Options { control_token: token, ..options() }).await;
    let asking = |method: &str, path: &str, headers: &str| {
        format!(
            "{method} /_claque/{path} HTTP/1.1\r\nHost: {}\r\n{headers}Content-Length: 0\r\n\r\n",
            server.host
        )
    };
    let known = "Authorization: Bearer open\r\n";
    let made = server.raw(asking("POST", "worlds", known).as_bytes()).await.expect("an answer");
    assert_eq!(made.status, 201);
    let page = format!("{known}Sec-Fetch-Site: cross-site\r\n");
    for (method, path, headers, status) in [
        ("POST", "worlds", "", 401),
        ("GET", "worlds", "", 401),
        ("GET", "worlds/w1", "", 401),
        ("GET", "worlds/w1/clock", "", 401),
        ("GET", "worlds/w9/clock", "", 401),
        ("DELETE", "worlds/w1", "", 401),
        ("POST", "worlds", "Authorization: Bearer other\r\n", 401),
        ("POST", "worlds", page.as_str(), 403),
        ("GET", "worlds/w1/health", "", 200),
        ("GET", "worlds/w1/clock", known, 200),
    ] {
        let reply = server.raw(asking(method, path, headers).as_bytes()).await.expect("an answer");
        assert_eq!(reply.status, status, "{method} {path} {headers}");
    }
    // The audience of a world needs no token, as that of the first one needs none.
    let link = server.raw(handshake("/_claque/worlds/w1/audience", &server.host).as_bytes()).await;
    assert_eq!(link.expect("an answer").status, 101);

    let shut = World::with(Options { control: false, ..options() }).await;
    for path in ["worlds", "worlds/default/audience"] {
        let reply = shut.control_reply("GET", path, None).await;
        assert_eq!(reply.status, 404, "{path}");
    }
}

/// What all worlds keep has one bound; what goes with one is there for the others.
#[tokio::test(flavor = "multi_thread")]
async fn the_bound_of_memory_is_that_of_all_worlds_together() {
    let server = World::with(Options { memory_max: 8 << 20, ..options() }).await;
    let a = Side::of(&server, json!({ "name": "a" })).await;
    let b = Side::of(&server, json!({ "name": "b" })).await;
    let (in_a, in_b) = (a.show(json!({})).await, b.show(json!({})).await);
    // A message to a group in which nobody is would be refused whatever the memory.
    let member = |app: &App| json!({ "app": app.id, "group": "g", "user": "ada" });
    a.post("join", member(&in_a)).await;
    b.post("join", member(&in_b)).await;
    let long = "x".repeat(15_000);
    let mut taken = 0;
    while a.reply("SendLiveMessageGroup", gift(&in_a, &long)).await.status == 200 {
        taken += 1;
        a.post("clock", json!({ "advance": "1s" })).await;
        assert!(taken < 600, "the bound was not met");
    }
    assert!(taken > 400, "{taken} messages of 15,000 bytes in 8 MiB");
    assert_eq!(b.refused("SendLiveMessageGroup", gift(&in_b, &long)).await, "ServerError");
    let memory = b.get("memory").await;
    assert_eq!(memory["full"], true);
    assert!(memory["bytes"].as_u64() < Some(100_000), "b itself keeps little: {memory}");
    assert!(memory["bytesOfAllWorlds"].as_u64() >= Some(8 << 20), "{memory}");
    a.post("reset", json!({})).await;
    b.call("SendLiveMessageGroup", gift(&in_b, &long)).await;
    let in_a = a.show(json!({})).await;
    a.post("join", member(&in_a)).await;
    while a.reply("SendLiveMessageGroup", gift(&in_a, &long)).await.status == 200 {
        a.post("clock", json!({ "advance": "1s" })).await;
    }
    b.post("clock", json!({ "advance": "1s" })).await;
    assert_eq!(b.refused("SendLiveMessageGroup", gift(&in_b, &long)).await, "ServerError");
    assert_eq!(server.control_reply("DELETE", "worlds/a", None).await.status, 204);
    b.call("SendLiveMessageGroup", gift(&in_b, &long)).await;
}

/// Test suites delete a world and make it again, with the key that stands in its file.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_not_carried_out_again_in_the_next_world_of_its_key() {
    let server = World::new().await;
    let with = json!({ "name": "a", "seed": { "key": [{ "id": "own", "secret": "hush" }] } });
    let a = Side::of(&server, with.clone()).await;
    let now = wall_now().unix_seconds();
    let name = json!({ "AppName": "show" });
    let call = wire(&server.signed_by(ClientStyle::Python, "CreateLiveMessageApp", &name, &a.who, now));
    assert_eq!(server.raw(&call).await.expect("an answer").status, 200);
    assert_eq!(server.control_reply("DELETE", "worlds/a", None).await.status, 204);
    Side::of(&server, with).await;
    let again = server.raw(&call).await.expect("an answer");
    assert_eq!((again.status, again.json()["Code"].as_str()), (400, Some("SignatureNonceUsed")));
}

/// Unit: bytes.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").expect("a process has one");
    let pages: u64 = text.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number");
    pages * 4_096
}

/// What all threads of this process have computed so far, in a hundred parts of a second.
fn computed() -> u64 {
    let text = std::fs::read_to_string("/proc/self/stat").expect("a process has one");
    let fields: Vec<&str> = text.rsplit_once(')').expect("a name").1.split(' ').collect();
    [fields[12], fields[13]].iter().map(|ticks| ticks.parse::<u64>().expect("a number")).sum()
}

/// A thousand worlds in one process: what each costs in memory while nobody uses it, and, for the reader, in time.
#[expect(clippy::print_stdout, reason = "how long it took is a figure, not a test")]
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_worlds_are_cheap() {
    const WORLDS: u32 = 1_000;
    let server = World::new().await;
    let mut link = server.link().await;
    let mut ahead = Vec::new();
    let text = format!("POST /_claque/worlds HTTP/1.1\r\nHost: {}\r\nContent-Length: 0\r\n\r\n", server.host);
    let (before, began_at) = (resident(), computed());
    let (mut spans, mut keys) = (Vec::new(), BTreeSet::new());
    for _ in 0..WORLDS {
        let began = tokio::time::Instant::now();
        link.write_all(text.as_bytes()).await.expect("it reads");
        let reply = read_reply(&mut link, &mut ahead).await.expect("an answer");
        spans.push(began.elapsed());
        assert_eq!(reply.status, 201);
        keys.insert(reply.json()["accessKeyId"].as_str().expect("a key").to_owned());
    }
    let each = resident().saturating_sub(before) / u64::from(WORLDS);
    spans.sort_unstable();
    let middle = spans[spans.len() / 2];
    // A hundredth of a second of a thousand is ten microseconds of one.
    let work = Duration::from_micros((computed() - began_at) * 10);
    println!(
        "a world: {middle:?} in the middle, {:?} at the least, {work:?} of computing, {each} bytes",
        spans[0]
    );
    assert_eq!(keys.len(), 1_000);
    assert!(each < 256 * 1_024, "{each} bytes each");
    assert_eq!(server.control_reply("DELETE", "worlds/w500", None).await.status, 204);
    let last = server.get("worlds/w1000/clock").await;
    assert_eq!(last["frozen"], true);
    server.stop().await;
}
