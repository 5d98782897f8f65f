//! Callbacks and reviews against receivers that are slow, broken, silent, many, or not to be called at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use claque_server::{Options, OutgoingLimits};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{App, Client, PATIENCE, Receiver, World, impatient, options};

/// What a receiver does with a connection whose request it has read.
type Doing = fn(TcpStream) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// A receiver that does what it likes.
struct Wild {
    url: String,
    /// Connections that it had, and has.
    all: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Wild {
    async fn new(doing: Doing) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let made = Self { url, all: Arc::default(), open: Arc::default(), most: Arc::default() };
        let (all, open, most) = (Arc::clone(&made.all), Arc::clone(&made.open), Arc::clone(&made.most));
        tokio::spawn(async move {
            while let Ok((mut link, _)) = listener.accept().await {
                all.fetch_add(1, Ordering::Relaxed);
                most.fetch_max(open.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                let open = Arc::clone(&open);
                tokio::spawn(async move {
                    let mut ahead = vec![0; 4_096];
                    if link.read(&mut ahead).await.is_ok_and(|read| read > 0) {
                        doing(link).await;
                    }
                    open.fetch_sub(1, Ordering::Relaxed);
                });
            }
        });
        made
    }
}

async fn say(mut link: TcpStream, text: &str) {
    // The caller may have had enough of it.
    drop(link.write_all(text.as_bytes()).await);
}

/// Reads until the other side closes.
async fn hold(mut link: TcpStream) {
    let mut ahead = [0; 1_024];
    while link.read(&mut ahead).await.is_ok_and(|read| read > 0) {}
}

async fn called_back(world: &World, url: &str) -> App {
    let app = world.app_with(json!({ "AppName": "show", "EventCallbackUrl": url })).await;
    world.group(&app, "g").await;
    app
}

/// Waits until the log's entry of a number says so.
async fn logged(world: &World, number: u64, holds: impl Fn(&Value) -> bool) -> Value {
    let looked = async {
        loop {
            let log = world.get("callbacks").await;
            let list = log["callbacks"].as_array().expect("a list");
            if let Some(entry) = list.iter().find(|entry| entry["number"] == number && holds(entry)) {
                return entry.clone();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, looked).await.expect("it comes to that")
}

async fn gauge(world: &World, name: &str) -> u64 {
    let metrics = world.control_reply("GET", "metrics", None).await;
    let text = String::from_utf8(metrics.body).expect("text");
    let row = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    row.unwrap_or_else(|| panic!("no {name}")).parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_of_200_is_a_success_whatever_stands_behind_it() {
    let doings: [(&str, Doing); 8] = [
        ("nothing", |link| Box::pin(say(link, "HTTP/1.1 200 OK\r\n\r\n"))),
        ("no body", |link| Box::pin(say(link, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))),
        ("an old protocol", |link| Box::pin(say(link, "HTTP/1.0 200 OK\r\n\r\ntaken"))),
        ("chunks", |link| {
            Box::pin(say(
                link,
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ntaken\r\n0\r\n\r\n",
            ))
        }),
        ("less than it says", |link| {
            Box::pin(say(link, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\ntaken"))
        }),
        ("much", |link| {
            Box::pin(async {
                say(
                    link,
                    &format!("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n{}", "x".repeat(300_000)),
                )
                .await;
            })
        }),
        ("no end", |mut link| {
            Box::pin(async move {
                drop(link.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await);
                while link.write_all(&[b'x'; 65_536]).await.is_ok() {}
            })
        }),
        ("a body byte by byte", |mut link| {
            Box::pin(async move {
                drop(link.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").await);
                while link.write_all(b"x").await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            })
        }),
    ];
    for (what, doing) in doings {
        let world = World::with(impatient()).await;
        let receiver = Wild::new(doing).await;
        let app = called_back(&world, &receiver.url).await;
        let _ada = Client::of(&world, &app, "ada").await;
        let entry = logged(&world, 1, |entry| entry["tries"] != json!([])).await;
        assert_eq!((&entry["tries"], &entry["delivered"]), (&json!(["200"]), &json!(true)), "{what}");
        assert_eq!(gauge(&world, "claque_callbacks_delivered_total").await, 1, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_200_is_none_and_no_redirection_is_followed() {
    let world = World::with(impatient()).await;
    let mut elsewhere = Receiver::new(vec![(200, "{}")]).await;
    let elsewhere_url = elsewhere.url.clone();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        for status in ["204 No Content", "201 Created", "302 Found", "307 Temporary Redirect"].iter().cycle()
        {
            let (mut link, _) = listener.accept().await.expect("a connection");
            let mut ahead = vec![0; 4_096];
            drop(link.read(&mut ahead).await);
            let text = format!("HTTP/1.1 {status}\r\nLocation: {elsewhere_url}\r\nContent-Length: 0\r\n\r\n");
            drop(link.write_all(text.as_bytes()).await);
        }
    });
    let app = called_back(&world, &url).await;
    let _ada = Client::of(&world, &app, "ada").await;
    let entry = logged(&world, 1, |entry| entry["givenUp"] == true).await;
    assert_eq!(entry["tries"], json!(["204", "201", "302", "307", "204", "201"]));
    assert_eq!(entry["why"], "not taken in 6 tries");
    assert!(elsewhere.waiting().is_none(), "nobody was sent there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_breaks_off_stalls_or_talks_nonsense_is_tried_again_and_holds_no_connection() {
    let doings: [(&str, Doing, &str); 5] = [
        ("closes", |link| Box::pin(async { drop(link) }), "the connection broke"),
        ("breaks off in the head", |link| Box::pin(say(link, "HTTP/1.1 20")), "the connection broke"),
        ("talks nonsense", |link| Box::pin(say(link, "SSH-2.0-nonsense\r\n\r\n")), "the connection broke"),
        ("says nothing", |link| Box::pin(hold(link)), "no answer within 0.5 s"),
        (
            "answers a byte at a time",
            |mut link| {
                Box::pin(async move {
                    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: yes\r\n\r\n" {
                        if link.write_all(&[*byte]).await.is_err() {
                            return;
                        }
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                })
            },
            "no answer within 0.5 s",
        ),
    ];
    for (what, doing, outcome) in doings {
        let world = World::with(impatient()).await;
        let receiver = Wild::new(doing).await;
        let app = called_back(&world, &receiver.url).await;
        let _ada = Client::of(&world, &app, "ada").await;
        let entry = logged(&world, 1, |entry| entry["givenUp"] == true).await;
        let tries = entry["tries"].as_array().expect("a list");
        assert_eq!(tries.len(), 6, "{what}: {entry}");
        let all = tries.iter().all(|text| text.as_str().is_some_and(|text| text.starts_with(outcome)));
        assert!(all, "{what}: {entry}");
        assert_eq!(gauge(&world, "claque_callbacks_given_up_total").await, 1, "{what}");
        assert_eq!(gauge(&world, "claque_outgoing_connections").await, 0, "{what}");
        let closed = async {
            while receiver.open.load(Ordering::Relaxed) > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, closed).await.expect("every connection ends with its try");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_of_one_user_keep_their_order_over_sessions() {
    let world = World::with(impatient()).await;
    // The logon is taken; the logoff by another device only at its third try.
    let mut receiver = Receiver::new(vec![(200, ""), (500, ""), (500, ""), (200, "")]).await;
    let app = called_back(&world, &receiver.url).await;
    let mut login = app.login("ada");
    let _old = Client::logged_on(&world, login.clone()).await;
    login["device"] = 7.into();
    let _new = Client::logged_on(&world, login).await;
    let mut got = Vec::new();
    for _ in 0..5 {
        let received = receiver.next().await;
        let session = &received.body["eves"][0];
        got.push((session["events"][0]["e"].as_u64().expect("a code"), session["sid"].clone()));
    }
    let (old, new) = (got[0].1.clone(), got[4].1.clone());
    assert_ne!(old, new, "two sessions");
    let expected = [(1, &old), (2, &old), (2, &old), (2, &old), (1, &new)];
    assert!(got.iter().map(|(code, sid)| (*code, sid)).eq(expected), "{got:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_joins_with_a_silent_receiver_are_bounded_counted_and_shown() {
    let world = World::with(Options { outgoing: OutgoingLimits::default(), ..options() }).await;
    let silent = Wild::new(|link| Box::pin(hold(link))).await;
    let app = called_back(&world, &silent.url).await;
    for _ in 0..10 {
        world.post("crowd", json!({ "app": app.id, "group": "g", "join": 10_000 })).await;
    }
    let mut well = Receiver::new(vec![(200, "")]).await;
    let other = called_back(&world, &well.url).await;
    let _bob = Client::of(&world, &other, "bob").await;
    assert_eq!(well.next().await.body["eves"][0]["uid"], "bob", "nobody else waits for it");
    let bounds = OutgoingLimits::default();
    let overview = world.get("overview").await;
    let number = |name: &str| overview["outgoing"][name].as_u64().expect("a number");
    // A logon and a join for each.
    let overflowed = number("callbacksOverflowed");
    assert!(overflowed >= 200_000 - bounds.waiting_per_receiver_max as u64, "{overview}");
    assert!(number("waiting") <= bounds.waiting_per_receiver_max as u64 + 1, "{overview}");
    assert_eq!(gauge(&world, "claque_callbacks_overflowed_total").await, overflowed);
    // Two at once on this side; one that was given up may still be open on the other.
    let most = silent.most.load(Ordering::Relaxed);
    assert!(
        most <= 6,
        "a receiver that has never answered is only asked whether it lives: {most} connections"
    );
    let log = world.get("callbacks").await;
    let list = log["callbacks"].as_array().expect("a list");
    assert_eq!(list.len(), 10_000);
    assert!(log["dropped"].as_u64().is_some_and(|dropped| dropped >= 190_000), "{}", log["dropped"]);
    let given_up = |entry: &&Value| entry["givenUp"] == true && entry["tries"] == json!([]);
    let entry = list.iter().find(given_up).expect("the newest found no place");
    assert!(entry["why"].as_str().is_some_and(|why| why.contains("too many calls wait")), "{entry}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reviews_share_the_places_of_their_receiver_and_are_unavailable_beyond_them() {
    let narrow = OutgoingLimits {
        waiting_per_receiver_max: 4,
        review_within: Duration::from_secs(600),
        ..OutgoingLimits::default()
    };
    let world = World::with(Options { outgoing: narrow, ..options() }).await;
    let silent = Wild::new(|link| Box::pin(hold(link))).await;
    let with = json!({
        "AppName": "show", "AuditType": 2, "AuditUrl": silent.url, "EventCallbackUrl": silent.url,
    });
    let app = world.app_with(with).await;
    world.group(&app, "g").await;
    // Logon and join: two places.
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    let comment = |text: &str| json!({ "groupId": "g", "type": 10001, "data": text });
    for text in ["one", "two"] {
        ada.tell("sendGroupMessage", comment(text)).await;
    }
    // The third finds no place: it passes at once, though the clock stands still.
    let answer = ada.ask("sendGroupMessage", comment("three")).await;
    assert!(answer["messageId"].is_string());
    assert_eq!(ada.until("recvgroupmessage").await["message"]["data"], "three");
    let refused_none = world
        .call(
            "SendLiveMessageGroup",
            json!({ "AppId": app.id, "GroupId": "g", "SenderId": "host", "MsgType": 10001, "Body": "four" }),
        )
        .await;
    assert!(refused_none["MsgTid"].is_string());
    assert_eq!(gauge(&world, "claque_reviews_overflowed_total").await, 2);
    assert_eq!(gauge(&world, "claque_reviews_unavailable_total").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reviewers_reason_reaches_the_sender_and_a_long_answer_is_still_one() {
    let world = World::new().await;
    let rude = r#"{"pass":false,"reason":"calls the host names"}"#;
    let receiver = Receiver::new(vec![(200, rude)]).await;
    let app = world.app_with(json!({ "AppName": "show", "AuditType": 2, "AuditUrl": receiver.url })).await;
    world.group(&app, "g").await;
    let mut ada = Client::in_group(&world, &app, "ada", "g").await;
    let id = ada.tell("sendGroupMessage", json!({ "groupId": "g", "type": 10001, "data": "x" })).await;
    let error = ada.answer(id).await["error"].clone();
    assert_eq!(error["code"], 400);
    assert!(
        error["message"].as_str().is_some_and(|text| text.ends_with(": calls the host names")),
        "{error}"
    );
    let send = json!({ "AppId": app.id, "GroupId": "g", "SenderId": "host", "MsgType": 10001, "Body": "x" });
    let reply = world.reply("SendLiveMessageGroup", send.clone()).await;
    assert_eq!((reply.status, &reply.json()["Code"]), (400, &json!("InputInvalid")));
    let message = reply.json()["Message"].clone();
    assert_eq!(message, "Body was refused by the content moderation: calls the host names.");
    let to_user =
        json!({ "AppId": app.id, "SenderId": "host", "ReceiverId": "ada", "MsgType": 10001, "Body": "x" });
    let reply = world.reply("SendLiveMessageUser", to_user).await;
    assert!(
        reply.json()["Message"].as_str().is_some_and(|text| text.contains("calls the host names")),
        "{reply:?}"
    );

    let long: &'static str = format!("{}{{\"pass\":true}}", " ".repeat(200_000)).leak();
    let receiver = Receiver::new(vec![(200, long)]).await;
    let with = json!({ "AppId": app.id, "AuditType": 2, "AuditUrl": receiver.url });
    world.call("ModifyLiveMessageAppAudit", with).await;
    world.call("SendLiveMessageGroup", send).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_public_addresses_are_connected_to_from_the_moment_that_this_is_asked_for() {
    let world = World::with(impatient()).await;
    let mut receiver = Receiver::new(vec![(200, "")]).await;
    let app = called_back(&world, &receiver.url.replace("127.0.0.1", "localhost")).await;
    let ada = Client::of(&world, &app, "ada").await;
    receiver.next().await;
    logged(&world, 1, |entry| entry["delivered"] == true).await;
    world.post("limits", json!({ "public_urls_only": true })).await;
    let _bob = Client::of(&world, &app, "bob").await;
    let entry = logged(&world, 2, |entry| entry["givenUp"] == true).await;
    let text = entry["tries"][0].as_str().expect("a text");
    assert!(text.contains("is no public address"), "{entry}");
    assert!(receiver.waiting().is_none(), "nobody was called");
    drop(ada);
}

#[tokio::test(flavor = "multi_thread")]
async fn https_receivers_of_an_own_authority_are_trusted_when_it_is_given() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("receivers.pem");
    let tls = claque_server::tls::self_signed(&file).expect("a certificate");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((link, _)) = listener.accept().await {
            let tls = tls.clone();
            tokio::spawn(async move {
                let Ok(mut link) = tls.accept(link).await else { return };
                let mut ahead = vec![0; 4_096];
                drop(link.read(&mut ahead).await);
                drop(link.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await);
                drop(link.flush().await);
                drop(link.read(&mut ahead).await);
            });
        }
    });
    for (host, ca, wanted) in [
        ("localhost", Some(file.clone()), "200"),
        ("127.0.0.1", Some(file), "200"),
        ("localhost", None, "no TLS"),
    ] {
        let world = World::with(Options { callback_ca: ca, ..impatient() }).await;
        let app = called_back(&world, &format!("https://{host}:{port}/hook")).await;
        let _ada = Client::of(&world, &app, "ada").await;
        let entry = logged(&world, 1, |entry| entry["tries"] != json!([])).await;
        assert!(entry["tries"][0].as_str().is_some_and(|text| text.starts_with(wanted)), "{host}: {entry}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_among_a_hundred_that_are_down_is_not_held_up() {
    let mut narrow = impatient();
    narrow.outgoing.connections_max = 16;
    narrow.outgoing.callback_within = Duration::from_secs(3);
    let world = World::with(narrow).await;
    world.post("limits", json!({ "call_quotas": false })).await;
    let mut well = Receiver::new(vec![(200, "")]).await;
    let app = called_back(&world, &well.url).await;
    let _first = Client::of(&world, &app, "first").await;
    well.next().await;
    // Each address of the loopback is a receiver of its own.
    let silent = TcpListener::bind("0.0.0.0:0").await.expect("a port");
    let port = silent.local_addr().expect("an address").port();
    let held = tokio::spawn(async move {
        let mut links = Vec::new();
        while let Ok((link, _)) = silent.accept().await {
            links.push(link);
        }
    });
    for number in 1..=100 {
        let down = called_back(&world, &format!("http://127.0.1.{number}:{port}/hook")).await;
        world.post("crowd", json!({ "app": down.id, "group": "g", "join": 5 })).await;
    }
    let _second = Client::of(&world, &app, "second").await;
    let got = tokio::time::timeout(Duration::from_millis(2_500), well.next())
        .await
        .expect("before any of them is given up");
    assert_eq!(got.body["eves"][0]["uid"], "second");
    assert!(gauge(&world, "claque_outgoing_connections").await <= 16);
    held.abort();
}
