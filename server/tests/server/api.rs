//! Who may call, and how calls travel.

use claque_core::{Effect, Policy, Statement};
use claque_server::AccessKey;
use claque_server::clock::wall_now;
use claque_wire::argument::Arguments;
use claque_wire::client::{ClientStyle, Stamp};
use claque_wire::http::HttpRequest;
use claque_wire::sign::Credentials;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::support::{Reply, World, credentials, nonce, options, read_reply, wire};

async fn send(world: &World, request: &HttpRequest) -> Reply {
    world.raw(&wire(request)).await.expect("an answer")
}

fn code(reply: &Reply) -> (u16, String) {
    (reply.status, reply.json()["Code"].as_str().unwrap_or("none").to_owned())
}

fn fault(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_library_is_understood() {
    let world = World::new().await;
    for (number, style) in ClientStyle::ALL.into_iter().enumerate() {
        let request = world.signed(style, "CreateLiveMessageApp", &json!({ "AppName": "show" }));
        let made = send(&world, &request).await;
        assert_eq!(made.status, 200, "{style:?}: {}", String::from_utf8_lossy(&made.body));
        let app = made.json()["AppId"].clone();
        let group = format!("g{number}");
        let with = json!({
            "AppId": app, "GroupId": group, "CreatorId": "host", "Administrators": ["ada", "bob"],
            "GroupInfo": "a b+c*~/?&=%中'()!\"",
        });
        let request = world.signed(style, "CreateLiveMessageGroup", &with);
        assert_eq!(send(&world, &request).await.status, 200, "{style:?}");
        let request =
            world.signed(style, "DescribeLiveMessageGroup", &json!({ "AppId": app, "GroupId": group }));
        let seen = send(&world, &request).await.json();
        assert_eq!(seen["AdminList"], json!(["ada", "bob"]), "{style:?}");
        assert_eq!(seen["GroupInfo"], "a b+c*~/?&=%中'()!\"", "{style:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_cannot_be_attributed_learns_why() {
    let world = World::new().await;
    let with = json!({ "AppName": "show" });
    let now = wall_now().unix_seconds();
    let wrong = Credentials { access_key_secret: "wrong".to_owned(), ..credentials() };
    let unknown = Credentials { access_key_id: "nobody".to_owned(), ..credentials() };
    for style in ClientStyle::ALL {
        let by = |who: &Credentials, at: u64| world.signed_by(style, "CreateLiveMessageApp", &with, who, at);
        let refused = send(&world, &by(&wrong, now)).await;
        assert_eq!(code(&refused), fault(400, "SignatureDoesNotMatch"), "{style:?}");
        let message = refused.json()["Message"].as_str().expect("a message").to_owned();
        assert_eq!(message.matches(':').count(), 1, "one client splits at the only colon: {message}");
        let refused = send(&world, &by(&unknown, now)).await;
        assert_eq!(code(&refused), fault(404, "InvalidAccessKeyId.NotFound"), "{style:?}");
        let refused = send(&world, &by(&credentials(), now - 1_000)).await;
        assert_eq!(code(&refused), fault(400, "InvalidTimeStamp.Expired"), "{style:?}");
        let twice = by(&credentials(), now);
        assert_eq!(send(&world, &twice).await.status, 200, "{style:?}");
        assert_eq!(code(&send(&world, &twice).await), fault(400, "SignatureNonceUsed"), "{style:?}");
        let request = world.signed(style, "DeleteLiveMessageApp", &json!({}));
        let refused = send(&world, &request).await;
        assert_eq!(code(&refused), fault(404, "InvalidAction.NotFound"), "{style:?}");
    }
    let bare = b"GET /?Action=CreateLiveMessageApp HTTP/1.1\r\nHost: a\r\n\r\n";
    let refused = world.raw(bare).await.expect("an answer");
    assert_eq!(refused.status, 400);
    assert!(refused.json()["RequestId"].is_string() && refused.json()["HostId"] == "a", "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_byte_breaks_the_signature() {
    let world = World::new().await;
    let with = json!({ "AppName": "show" });
    let mut request = world.signed(ClientStyle::TypeScript, "CreateLiveMessageApp", &with);
    request.query = request.query.replace("show", "shaw");
    assert_eq!(code(&send(&world, &request).await), fault(400, "SignatureDoesNotMatch"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_elsewhere_call_nothing() {
    let world = World::new().await;
    for (header, value, status) in [
        ("origin", "http://evil.example.com", 403),
        ("origin", "null", 403),
        ("sec-fetch-site", "cross-site", 403),
        ("origin", "http://localhost:3000", 200),
        ("sec-fetch-site", "same-site", 200),
    ] {
        let mut request =
            world.signed(ClientStyle::PopCoreGet, "ListLiveMessageApps", &json!({ "SortType": 1 }));
        request.headers.push((header.to_owned(), value.to_owned()));
        assert_eq!(send(&world, &request).await.status, status, "{header}: {value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_that_everybody_knows_is_not_for_public_names() {
    let mut own = options();
    own.access_keys = vec![AccessKey::parse("mine:hush").expect("a key")];
    let mine = Credentials {
        access_key_id: "mine".to_owned(),
        access_key_secret: "hush".to_owned(),
        security_token: None,
    };
    for (options, key, status) in [(options(), credentials(), 403), (own, mine, 200)] {
        let world = World::with(options).await;
        for (host, status) in [("claque.example.com:8787", status), ("claque:8787", 200)] {
            let (now, none) = (wall_now().unix_seconds(), json!({ "SortType": 1 }));
            let style = ClientStyle::PopCoreGet;
            let mut request = world.signed_by(style, "ListLiveMessageApps", &none, &key, now);
            request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("host"));
            request.headers.push(("host".to_owned(), host.to_owned()));
            assert_eq!(send(&world, &request).await.status, status, "{host}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_methods_and_paths_have_their_answers() {
    let world = World::new().await;
    let put = world.raw(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").await.expect("an answer");
    assert_eq!(put.status, 405);
    let lost = world.raw(b"GET /elsewhere HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("an answer");
    assert_eq!(lost.status, 404);
    assert!(String::from_utf8_lossy(&lost.body).contains("/audience"), "it says where to go");
    let tls = world.raw(&[0x16, 3, 1, 0, 5]).await.expect("an answer");
    assert_eq!(tls.status, 400);
    assert!(String::from_utf8_lossy(&tls.body).contains("http://"), "it says what to change");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_legal_query_passes_and_one_byte_more_is_refused_by_the_rule() {
    let world = World::new().await;
    let app = world.app().await;
    // 32 KB of three-byte characters: 98,304 characters of query.
    let longest = "中".repeat(32 * 1_024 / 3) + "ab";
    assert_eq!(longest.len(), 32 * 1_024);
    for (style, group) in [(ClientStyle::Python, "a"), (ClientStyle::PopCoreGet, "b")] {
        let with = json!({ "AppId": app.id, "GroupId": group, "CreatorId": "host", "GroupInfo": longest });
        let request = world.signed(style, "CreateLiveMessageGroup", &with);
        assert!(request.target().len() > 98_000);
        assert_eq!(send(&world, &request).await.status, 200, "{style:?}");
        let seen = world.call("DescribeLiveMessageGroup", json!({ "AppId": app.id, "GroupId": group })).await;
        assert_eq!(seen["GroupInfo"], Value::String(longest.clone()));
    }
    let with = json!({ "AppId": app.id, "GroupId": "c", "CreatorId": "host", "GroupInfo": longest + "c" });
    assert_eq!(world.refused("CreateLiveMessageGroup", with).await, fault(400, "InputInvalid"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunked_form_body_is_joined_before_it_is_judged() {
    let world = World::new().await;
    let request = world.signed(ClientStyle::TypeScript, "CreateMessageApp", &json!({ "AppName": "show" }));
    let mut text = format!("{} {} HTTP/1.1\r\n", request.method, request.target());
    for (name, value) in &request.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("transfer-encoding: chunked\r\n\r\n");
    let mut link = world.link().await;
    link.write_all(text.as_bytes()).await.expect("the server reads");
    for chunk in request.body.chunks(3) {
        let mut piece = format!("{:x}\r\n", chunk.len()).into_bytes();
        piece.extend_from_slice(chunk);
        piece.extend_from_slice(b"\r\n");
        link.write_all(&piece).await.expect("the server reads");
    }
    link.write_all(b"0\r\n\r\n").await.expect("the server reads");
    let reply = read_reply(&mut link, &mut Vec::new()).await.expect("an answer");
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    assert!(reply.json()["Result"]["AppId"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_carries_many_calls_even_sent_together() {
    let world = World::new().await;
    let mut link = world.link().await;
    let mut ahead = Vec::new();
    for _ in 0..3 {
        let request = world.signed(ClientStyle::Python, "ListLiveMessageApps", &json!({ "SortType": 1 }));
        link.write_all(&wire(&request)).await.expect("the server reads");
        let reply = read_reply(&mut link, &mut ahead).await.expect("an answer");
        assert_eq!((reply.status, reply.header("connection")), (200, Some("keep-alive")));
    }
    let mut both = wire(&world.signed(ClientStyle::Python, "ListLiveMessageApps", &json!({ "SortType": 1 })));
    both.extend(wire(&world.signed(ClientStyle::Python, "ListMessageApp", &json!({}))));
    link.write_all(&both).await.expect("the server reads");
    let first = read_reply(&mut link, &mut ahead).await.expect("an answer").json();
    let second = read_reply(&mut link, &mut ahead).await.expect("an answer").json();
    assert!(first["AppList"].is_array() && second["Result"]["AppList"].is_array(), "{first} {second}");
    let close = world.signed(ClientStyle::Python, "ListLiveMessageApps", &json!({ "SortType": 1 }));
    let text = String::from_utf8(wire(&close)).expect("text");
    let text = text.replace("content-length", "connection: close\r\ncontent-length");
    link.write_all(text.as_bytes()).await.expect("the server reads");
    let reply = read_reply(&mut link, &mut ahead).await.expect("an answer");
    assert_eq!(reply.header("connection"), Some("close"));
    assert!(read_reply(&mut link, &mut ahead).await.is_none(), "the server closes");
}

#[tokio::test(flavor = "multi_thread")]
async fn temporary_keys_need_their_token_and_policies_bind() {
    let mut with_keys = options();
    let policy = Policy {
        statements: vec![Statement {
            effect: Effect::Allow,
            actions: vec!["live:ListLiveMessageApps".to_owned()],
            resources: vec!["*".to_owned()],
        }],
    };
    with_keys.access_keys = vec![
        AccessKey::development(),
        AccessKey {
            id: "sts".to_owned(),
            secret: "sts-secret".to_owned(),
            security_token: Some("token".to_owned()),
            account: 0,
            policy: Some(policy.into()),
        },
    ];
    let world = World::with(with_keys).await;
    let now = wall_now().unix_seconds();
    for style in ClientStyle::ALL {
        let who = |token: Option<&str>| Credentials {
            access_key_id: "sts".to_owned(),
            access_key_secret: "sts-secret".to_owned(),
            security_token: token.map(str::to_owned),
        };
        let with = json!({ "SortType": 1 });
        let ask = |action: &str, token| world.signed_by(style, action, &with, &who(token), now);
        assert_eq!(send(&world, &ask("ListLiveMessageApps", Some("token"))).await.status, 200, "{style:?}");
        for token in [None, Some("other")] {
            let refused = send(&world, &ask("ListLiveMessageApps", token)).await;
            assert_ne!(refused.status, 200, "{style:?} with {token:?}");
        }
        let request = world.signed_by(
            style,
            "CreateLiveMessageApp",
            &json!({ "AppName": "show" }),
            &who(Some("token")),
            now,
        );
        assert_eq!(code(&send(&world, &request).await), fault(403, "NoAuth"), "{style:?}");
    }
}

/// The bytes of a request as a client writes them that takes the server for its proxy.
fn through_proxy(request: &HttpRequest, authority: &str) -> Vec<u8> {
    let text = String::from_utf8(wire(request)).expect("the head is text");
    text.replacen(" /", &format!(" http://{authority}/"), 1).into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_whose_endpoint_stays_the_vendors_reaches_it_as_its_proxy() {
    let mut own = options();
    own.access_keys = vec![AccessKey::parse("mine:hush").expect("a key")];
    let mine = Credentials {
        access_key_id: "mine".to_owned(),
        access_key_secret: "hush".to_owned(),
        security_token: None,
    };
    let world = World::with(own).await;
    let now = wall_now().unix_seconds();
    for style in ClientStyle::ALL {
        let at = |host: &str| {
            let arguments = Arguments::new().with("AppName", "show");
            let nonce = nonce();
            let stamp = Stamp { nonce: &nonce, signed_at: now };
            style.request("CreateLiveMessageApp", &arguments, host, &mine, stamp).expect("it signs")
        };
        let request = at("live.aliyuncs.com");
        let made = world.raw(&through_proxy(&request, "live.aliyuncs.com")).await.expect("an answer");
        assert_eq!(made.status, 200, "{style:?}: {}", String::from_utf8_lossy(&made.body));
        let request = at("live.aliyuncs.com");
        let elsewhere = world.raw(&through_proxy(&request, "ecs.aliyuncs.com")).await.expect("an answer");
        assert_ne!(elsewhere.status, 200, "{style:?}: the two hosts must agree");
    }
    let tunnel = b"CONNECT live.aliyuncs.com:443 HTTP/1.1\r\nHost: live.aliyuncs.com:443\r\n\r\n";
    let refused = world.raw(tunnel).await.expect("an answer");
    assert_eq!(refused.status, 405);
    assert!(String::from_utf8_lossy(&refused.body).contains("http"), "it says what to do");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_asks_for_xml_is_answered_in_it_with_the_same_fields() {
    let world = World::new().await;
    let ask = |action: &str, with: Value| world.signed(ClientStyle::OldPythonXml, action, &with);
    let made = send(&world, &ask("CreateLiveMessageApp", json!({ "AppName": "a<show>" }))).await;
    assert_eq!((made.status, made.header("content-type")), (200, Some("text/xml; charset=utf-8")));
    let body = String::from_utf8(made.body.clone()).expect("it is text");
    assert!(
        body.starts_with(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><CreateLiveMessageAppResponse><RequestId>"
        ),
        "{body}"
    );
    let with = json!({ "AppId": made.json()["AppId"] });
    let seen = send(&world, &ask("DescribeLiveMessageApp", with)).await;
    assert_eq!(seen.json()["AppName"], "a<show>");
    let missing = send(&world, &ask("DescribeLiveMessageApp", json!({ "AppId": "nothing" }))).await;
    assert_eq!(code(&missing), fault(404, "ResourceNotExist"));
    assert!(String::from_utf8_lossy(&missing.body).contains("<Error><RequestId>"));
    let mut forged = ask("ListLiveMessageApps", json!({ "SortType": 1 }));
    forged.query.push_str("&more=1");
    let refused = send(&world, &forged).await;
    assert_eq!(code(&refused), fault(400, "SignatureDoesNotMatch"));
    assert!(String::from_utf8_lossy(&refused.body).contains("<Error><RequestId>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_signed_is_not_carried_out() {
    let world = World::new().await;
    let ask = |action: &str, with: Value| world.signed(ClientStyle::PopCoreGet, action, &with);
    let made = send(&world, &ask("CreateMessageApp", json!({ "AppName": "oldshow" }))).await;
    let app = made.json()["Result"]["AppId"].clone();
    // An empty name is refused, an absent one keeps the old: somebody on the way adds one, and says in headers that the call
    // is another.
    let empty = send(&world, &ask("UpdateMessageApp", json!({ "AppId": app, "AppName": "" }))).await;
    assert_eq!(code(&empty), fault(400, "InputInvalid"), "a signed empty name is one");
    let mut request = ask("UpdateMessageApp", json!({ "AppId": app, "Extension": { "k": "v" } }));
    request.query.push_str("&AppName=&AppConfig=");
    request.headers.retain(|(name, _)| name != "x-acs-action");
    request.headers.push(("x-acs-action".to_owned(), "DeleteMessageApp".to_owned()));
    let changed = send(&world, &request).await;
    assert_eq!(changed.status, 200, "{}", String::from_utf8_lossy(&changed.body));
    let seen = send(&world, &ask("GetMessageApp", json!({ "AppId": app }))).await.json();
    assert_eq!(seen["Result"]["AppName"], "oldshow");
    assert_eq!(seen["Result"]["Extension"], json!({ "k": "v" }));
}
