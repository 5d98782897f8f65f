//! Unauthenticated clients keep nobody out: refusals that arrive and can be read, places and bytes that have a bound, readers and writers
//! that are too slow.

use std::time::Duration;

use claque_server::Options;
use claque_wire::client::ClientStyle;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::{PATIENCE, Reply, World, options, read_reply, wire};

/// Reads a metric.
pub(crate) async fn metric(world: &World, name: &str) -> u64 {
    for _ in 0..2_000 {
        let reply = world.control_reply("GET", "metrics", None).await;
        if reply.status == 200 {
            let text = String::from_utf8(reply.body).expect("text");
            let value = text.lines().find_map(|line| line.strip_prefix(&format!("claque_{name} ")));
            return value.unwrap_or_else(|| panic!("no {name}")).parse().expect("a number");
        }
    }
    panic!("no place to ask from");
}

async fn until_metric(world: &World, name: &str, least: u64) {
    for _ in 0..2_000 {
        if metric(world, name).await >= least {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{name} never reached {least}");
}

/// Writes and reads one answer.
async fn ask(link: &mut TcpStream, bytes: &[u8]) -> Option<Reply> {
    link.write_all(bytes).await.ok()?;
    answer(link).await
}

async fn answer(link: &mut TcpStream) -> Option<Reply> {
    tokio::time::timeout(PATIENCE, read_reply(link, &mut Vec::new())).await.expect("an answer in time")
}

fn health() -> Vec<u8> {
    b"GET /_claque/health HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec()
}

fn listing(world: &World) -> Vec<u8> {
    wire(&world.signed(ClientStyle::Python, "ListLiveMessageApps", &json!({ "SortType": 1 })))
}

fn assert_envelope(reply: &Reply, status: u16, code: &str, what: &str) {
    let body = reply.json();
    let names: Vec<&String> = body.as_object().expect("an object").keys().collect();
    assert_eq!(names, ["RequestId", "HostId", "Code", "Message", "Recommend"], "{what}");
    assert_eq!((reply.status, body["Code"].as_str()), (status, Some(code)), "{what}: {body}");
    assert_eq!(reply.header("x-acs-request-id"), body["RequestId"].as_str(), "{what}");
    assert!(reply.header("content-type").is_some_and(|its| its.starts_with("application/json")), "{what}");
    assert!(body["Message"].as_str().is_some_and(|text| text.ends_with('.')), "{what}: {body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_is_the_documented_envelope() {
    let world = World::with(Options { control: false, ..options() }).await;
    let long = "x".repeat(330_000);
    let headers = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "a: b\r\n".repeat(101));
    let head = format!("GET / HTTP/1.1\r\nHost: a\r\na: {long}{long}\r\n\r\n");
    let target = format!("GET /?{long} HTTP/1.1\r\nHost: a\r\n\r\n");
    for (request, status, code) in [
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n", 413, "RequestBodyTooLarge"),
        (target.as_str(), 414, "RequestTargetTooLong"),
        (headers.as_str(), 431, "RequestHeadTooLarge"),
        (head.as_str(), 431, "RequestHeadTooLarge"),
        ("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", 404, "InvalidAction.NotFound"),
        ("GET /_claque/health HTTP/1.1\r\nHost: a\r\n\r\n", 404, "InvalidAction.NotFound"),
        ("PUT / HTTP/1.1\r\nHost: a\r\n\r\n", 405, "UnsupportedHTTPMethod"),
        ("OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n", 405, "UnsupportedHTTPMethod"),
        ("DANCE / HTTP/1.1\r\nHost: a\r\n\r\n", 405, "UnsupportedHTTPMethod"),
        ("hello\r\n\r\n", 400, "InvalidRequest"),
        ("GET / HTTP/1.1\r\n\r\n", 400, "InvalidRequest"),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "InvalidRequest"),
        ("GET / HTTP/1.1\r\nHost: a\r\nOrigin: b\r\nOrigin: b\r\n\r\n", 400, "InvalidRequest"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400, "InvalidRequest"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "UnsupportedTransferCoding"),
        ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505, "UnsupportedHTTPVersion"),
        ("GET / HTTP/1.1\r\nHost: a\r\nExpect: more\r\n\r\n", 417, "ExpectationFailed"),
        ("GET / HTTP/1.1\r\nHost: a\r\nOrigin: http://evil.example\r\n\r\n", 403, "Forbidden"),
        ("GET / HTTP/1.1\r\nHost: live.example.com\r\n\r\n", 403, "Forbidden"),
        ("GET /audience HTTP/1.1\r\nHost: a\r\n\r\n", 426, "UpgradeRequired"),
    ] {
        let what = &request[..request.len().min(60)];
        let reply = world.raw(request.as_bytes()).await.expect(what);
        assert_envelope(&reply, status, code, what);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_asked_for_xml_is_refused_in_it() {
    let world = World::new().await;
    for request in [
        "PUT /?Format=XML HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /?Format=XML HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n",
    ] {
        let reply = world.raw(request.as_bytes()).await.expect("an answer");
        let body = String::from_utf8(reply.body).expect("text");
        assert!(body.contains("<Error><RequestId>") && body.contains("<Code>"), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_does_not_come_in_time_is_refused_in_the_envelope() {
    let mut impatient = options();
    (impatient.http.head, impatient.http.grace) = (Duration::from_millis(100), Duration::from_millis(100));
    let world = World::with(impatient).await;
    for request in ["GET / HT", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx"] {
        assert_envelope(
            &world.raw(request.as_bytes()).await.expect("an answer"),
            408,
            "RequestTimeout",
            request,
        );
    }
    assert_eq!(metric(&world, "reads_timed_out_total").await, 2);
    assert_eq!(metric(&world, "requests_refused_total").await, 2);
}

/// As the official libraries do: everything is written before anything is read. A server that closes over unread bytes
/// resets the connection, and the refusal is lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_sends_everything_before_it_reads_learns_that_it_was_too_long() {
    let world = World::new().await;
    let piece = vec![b'x'; 1 << 20];
    for round in 0..20 {
        let mut link = world.link().await;
        let chunked = round % 2 == 1;
        let framing = if chunked { "Transfer-Encoding: chunked" } else { "Content-Length: 33554432" };
        let head = format!("POST / HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n");
        link.write_all(head.as_bytes()).await.expect("the server reads");
        for _ in 0..32 {
            if chunked {
                link.write_all(b"100000\r\n").await.expect("the server goes on reading");
            }
            link.write_all(&piece).await.expect("the server goes on reading");
            if chunked {
                link.write_all(b"\r\n").await.expect("the server goes on reading");
            }
        }
        let reply = answer(&mut link).await.unwrap_or_else(|| panic!("round {round}: no answer"));
        assert_envelope(&reply, 413, "RequestBodyTooLarge", "a long body");
        assert_eq!(reply.header("connection"), Some("close"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_may_not_send_a_body_learns_it_before_any_of_it_is_read() {
    let world = World::with(Options { control_token: Some("hush".to_owned()), ..options() }).await;
    for (request, status) in [
        ("POST /_claque/restore HTTP/1.1\r\nHost: a\r\nContent-Length: 200000000\r\n", 401),
        (
            "POST /_claque/clock HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\nAuthorization: Bearer no\r\n",
            401,
        ),
        ("POST /_claque/restore HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n", 401),
        ("GET /_claque/health HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n", 413),
        ("POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n", 404),
        ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n", 405),
        ("POST / HTTP/1.1\r\nHost: a\r\nOrigin: http://evil.example\r\nContent-Length: 1000\r\n", 403),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n", 413),
    ] {
        for expects in ["", "Expect: 100-continue\r\n"] {
            let reply = world.raw(format!("{request}{expects}\r\n").as_bytes()).await.expect(request);
            assert_eq!((reply.status, reply.header("connection")), (status, Some("close")), "{request}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_waited_for_is_asked_for() {
    let world = World::new().await;
    let request =
        world.signed(ClientStyle::PopCorePost, "CreateLiveMessageApp", &json!({ "AppName": "show" }));
    let text = String::from_utf8(wire(&request)).expect("text");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    assert!(!body.is_empty(), "this style has a body");
    let mut link = world.link().await;
    link.write_all(format!("{head}\r\nExpect: 100-continue\r\n\r\n").as_bytes()).await.expect("open");
    let mut interim = vec![0; 25];
    link.read_exact(&mut interim).await.expect("an answer");
    assert_eq!(interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(ask(&mut link, body.as_bytes()).await.expect("an answer").status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_come_in_order_and_the_connection_stays_where_it_is_certain_what_comes_next() {
    let world = World::new().await;
    let mut link = world.link().await;
    let mut text = b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n".to_vec();
    text.extend_from_slice(&listing(&world));
    text.extend_from_slice(b"PUT / HTTP/1.1\r\nHost: a\r\n\r\n");
    text.extend_from_slice(b"GET /?a=1 HTTP/1.1\r\nHost: a\r\n\r\n");
    text.extend_from_slice(b"POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nxx");
    text.extend_from_slice(&listing(&world));
    link.write_all(&text).await.expect("the server reads");
    let mut ahead = Vec::new();
    for (status, connection) in
        [(404, "keep-alive"), (200, "keep-alive"), (405, "keep-alive"), (400, "keep-alive"), (404, "close")]
    {
        let reply = read_reply(&mut link, &mut ahead).await.expect("an answer");
        assert_eq!((reply.status, reply.header("connection")), (status, Some(connection)));
    }
    assert!(read_reply(&mut link, &mut ahead).await.is_none(), "a body that nobody read ends it");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_head_has_no_body_and_what_is_not_taken_is_named() {
    let world = World::new().await;
    let mut link = world.link().await;
    let text = b"HEAD /_claque/health HTTP/1.1\r\nHost: localhost\r\n\r\nOPTIONS / HTTP/1.1\r\nHost: a\r\n\
        Connection: close\r\n\r\n";
    link.write_all(text).await.expect("the server reads");
    let mut all = String::new();
    tokio::time::timeout(PATIENCE, link.read_to_string(&mut all)).await.expect("it ends").expect("text");
    let (head, rest) = all.split_once("\r\n\r\n").expect("a head");
    assert!(head.contains("Content-Length: 15") && rest.starts_with("HTTP/1.1 405"), "{all}");
    assert!(rest.contains("Allow: GET, POST\r\n"), "{all}");
}

fn few() -> Options {
    let mut few = options();
    few.http.connections_max = 4;
    few
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_say_nothing_give_way_to_those_that_do() {
    let world = World::with(few()).await;
    let mut silent = Vec::new();
    for number in 0..16 {
        let mut link = world.link().await;
        if number % 2 == 0 {
            // One that has begun and does not go on is no better.
            link.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx")
                .await
                .expect("open");
        }
        silent.push(link);
        let reply = world.raw(&health()).await;
        assert_eq!(reply.expect("an answer").status, 200, "a client that watches is answered all the while");
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut known = Vec::new();
    for _ in 0..4 {
        let mut link = world.link().await;
        assert_eq!(ask(&mut link, &listing(&world)).await.expect("an answer").status, 200);
        known.push(link);
    }
    // They are all let in now: none of them gives way, and a client that comes is refused at once.
    let began = tokio::time::Instant::now();
    let mut late = world.link().await;
    let reply = ask(&mut late, &listing(&world)).await.expect("an answer");
    assert_envelope(&reply, 503, "ServiceUnavailable", "the fifth");
    assert_eq!((reply.header("retry-after"), reply.header("connection")), (Some("1"), Some("close")));
    let mut mute = world.link().await;
    assert_envelope(
        &answer(&mut mute).await.expect("an answer unasked"),
        503,
        "ServiceUnavailable",
        "a silent one",
    );
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(world.raw(&health()).await.expect("an answer").status, 200, "the server is well");
    for link in &mut known {
        assert_eq!(ask(link, &listing(&world)).await.expect("an answer").status, 200, "nobody was cut");
    }
    drop(known.pop());
    let gave_way = metric(&world, "connections_gave_way_total").await;
    let turned_away = metric(&world, "connections_turned_away_total").await;
    assert!(gave_way >= 4 && turned_away >= 2 && gave_way + turned_away >= 16, "{gave_way} {turned_away}");
    drop(silent);
    assert_eq!(metric(&world, "connections_max").await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_unauthenticated_clients_send_has_one_bound_and_gives_way_too() {
    let mut small = options();
    (small.http.restore_bytes_max, small.http.buffer_bytes_max) = (1 << 20, 4 << 20);
    let world = World::with(small).await;
    let bound = metric(&world, "buffer_bytes_max").await;
    assert_eq!(bound, 4 << 20);
    let head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n";
    let mut unauthenticated = Vec::new();
    for _ in 0..3 {
        let mut link = world.link().await;
        link.write_all(head).await.expect("open");
        link.write_all(&vec![b'x'; 1_000_000]).await.expect("open");
        unauthenticated.push(link);
    }
    until_metric(&world, "buffer_bytes", 3_000_000).await;
    assert!(metric(&world, "buffer_bytes").await <= bound);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let long = "x".repeat(12_000);
    for round in 0..4 {
        // Four more: what the first three hold would not leave enough.
        let mut link = world.link().await;
        link.write_all(head).await.expect("open");
        drop(link.write_all(&vec![b'x'; 1_000_000]).await);
        unauthenticated.push(link);
        tokio::time::sleep(Duration::from_millis(300)).await;
        let with = json!({ "AppName": format!("a{round}"), "AppId": long });
        let request = world.signed(ClientStyle::PopCorePost, "CreateLiveMessageApp", &with);
        let reply = world.raw(&wire(&request)).await.expect("an answer");
        assert_ne!(reply.status, 503, "{}", String::from_utf8_lossy(&reply.body));
        assert!(metric(&world, "buffer_bytes").await <= bound);
    }
    drop(unauthenticated);
    for _ in 0..2_000 {
        if metric(&world, "buffer_bytes").await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("bytes are held for nobody");
}

/// A client whose own window is as small as can be.
async fn narrow(world: &World) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4_096).expect("a size");
    socket.connect(world.host.parse().expect("an address")).await.expect("the server listens")
}

fn hasty() -> Options {
    let mut hasty = options();
    (hasty.http.grace, hasty.http.rate_min) = (Duration::from_millis(300), 1 << 40);
    hasty.http.link_stall = Duration::from_millis(300);
    hasty
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_reads_its_answers_is_cut() {
    let world = World::with(hasty()).await;
    let mut deaf = narrow(&world).await;
    let asking = async {
        let page = b"GET /_claque/ HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(64);
        // Until the server has closed: it answers no more than it gets rid of, and reads no more than it answers.
        while deaf.write_all(&page).await.is_ok() {}
    };
    tokio::time::timeout(PATIENCE, asking).await.expect("it is cut");
    until_metric(&world, "writes_timed_out_total", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_nobody_reads_is_cut() {
    let mut wide = hasty();
    wide.config.limits.group_members_max = 100_000;
    let world = World::with(wide).await;
    let app = world.show().await;
    let mut deaf = narrow(&world).await;
    let text = b"GET /_claque/stream HTTP/1.1\r\nHost: localhost\r\n\r\n";
    deaf.write_all(text).await.expect("the server reads");
    for _ in 0..600 {
        for what in ["join", "leave"] {
            world.post("crowd", json!({ "app": app.id, "group": "g", what: 500 })).await;
        }
        if metric(&world, "writes_timed_out_total").await > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it is still written to");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audience_link_that_takes_nothing_is_cut() {
    let mut wide = hasty();
    wide.http.outbox_bytes_max = 1 << 30;
    wide.config.limits.group_members_max = 100_000;
    let world = World::with(wide).await;
    let app = world.show().await;
    let url = format!("ws://{}/audience", world.host);
    let (mut socket, _) =
        tokio_tungstenite::client_async(url, narrow(&world).await).await.expect("a WebSocket");
    use futures_util::SinkExt;
    for (id, method, params) in [(1, "login", app.login("deaf")), (2, "joinGroup", json!({ "groupId": "g" }))]
    {
        let frame: Value = json!({ "id": id, "method": method, "params": params });
        socket.send(frame.to_string().into()).await.expect("open");
    }
    world.wait_for_links(1).await;
    for _ in 0..2_000 {
        for what in ["join", "leave"] {
            world.post("crowd", json!({ "app": app.id, "group": "g", what: 500 })).await;
        }
        if metric(&world, "links_stalled_total").await > 0 {
            world.wait_for_links(0).await;
            return;
        }
    }
    panic!("it is still written to");
}
