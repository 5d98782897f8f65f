//! Audience links against the protocol itself: frames that no client sends, floods, links on which nobody logs on.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Client, PATIENCE, World, options};
use crate::unauthenticated::metric;

/// A link over which frames go as they are.
async fn raw_link(world: &World) -> TcpStream {
    let mut link = world.link().await;
    let text = format!(
        "GET /audience HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        world.host
    );
    link.write_all(text.as_bytes()).await.expect("the server reads");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(link.read_u8().await.expect("an answer"));
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
    link
}

/// A frame of a client, its mask all zeros.
fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        short @ 0..=125 => frame.push(0x80 | u8::try_from(short).expect("short")),
        long => {
            frame.push(0x80 | 127);
            frame.extend_from_slice(&(long as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}

/// The code of the close frame that comes first.
async fn close_code(link: &mut TcpStream) -> Option<u16> {
    let mut head = [0; 2];
    link.read_exact(&mut head).await.ok()?;
    let mut payload = vec![0; usize::from(head[1])];
    link.read_exact(&mut payload).await.ok()?;
    (head[0] == 0x88).then(|| u16::from_be_bytes([payload[0], payload[1]]))
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_that_no_client_sends_end_the_link_with_the_protocols_code() {
    let world = World::new().await;
    let half = vec![b'x'; 200_000];
    let long_message = [masked(0x01, &half), masked(0x80, &half)].concat();
    for (what, bytes, code) in [
        ("without a mask", vec![0x81, 2, b'{', b'}'], 1002),
        ("a fragmented ping", masked(0x09, b"x"), 1002),
        ("a long ping", masked(0x89, &[0; 200]), 1002),
        ("a reserved bit", masked(0xc1, b"x"), 1002),
        ("an unknown kind", masked(0x83, b"x"), 1002),
        ("a continuation of nothing", masked(0x80, b"x"), 1002),
        ("text that is none", masked(0x81, &[0xff, 0xfe]), 1007),
        ("a long frame", masked(0x81, &vec![b'x'; 300_000]), 1009),
        ("a long message in short frames", long_message, 1009),
    ] {
        let mut link = raw_link(&world).await;
        link.write_all(&bytes).await.expect("the server reads");
        let ended = tokio::time::timeout(PATIENCE, close_code(&mut link)).await.expect("in time");
        assert_eq!(ended, Some(code), "{what}");
    }
}

/// However fast they come, pings are answered at a bounded rate, and who sends them waits.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_pings_is_held_back() {
    let mut patient = options();
    patient.http.logon = Duration::from_secs(3);
    let world = World::with(patient).await;
    let link = raw_link(&world).await;
    let (mut from, mut to) = link.into_split();
    let flood = tokio::spawn(async move {
        let pings = masked(0x89, b"ping").repeat(1_000);
        while to.write_all(&pings).await.is_ok() {}
    });
    let mut answered = Vec::new();
    let all = tokio::time::timeout(PATIENCE, from.read_to_end(&mut answered)).await;
    drop(all.expect("the link ends for want of a logon"));
    let pongs = answered.len() / 6;
    assert!((1..=400).contains(&pongs), "{pongs} in three seconds");
    flood.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn links_on_which_nobody_logs_on_give_way_to_one_that_may() {
    let mut few = options();
    few.http.links_without_logon_max = 3;
    let world = World::with(few).await;
    let app = world.show().await;
    let ada = Client::of(&world, &app, "ada").await;
    let mut silent = Vec::new();
    for _ in 0..9 {
        silent.push(raw_link(&world).await);
        assert!(metric(&world, "links_without_logon").await <= 3);
    }
    let mut bob = Client::of(&world, &app, "bob").await;
    bob.so_far().await;
    for link in &mut silent[..6] {
        let end = tokio::time::timeout(PATIENCE, link.read(&mut [0; 8])).await.expect("in time");
        assert_eq!(end.unwrap_or(0), 0, "it gave way");
    }
    world.wait_for_links(2).await;
    drop(ada);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_goodbye_that_is_not_answered_does_not_keep_the_link() {
    let mut short = options();
    (short.http.logon, short.http.goodbye) = (Duration::from_millis(100), Duration::from_millis(200));
    let world = World::with(short).await;
    let mut link = raw_link(&world).await;
    assert_eq!(close_code(&mut link).await, Some(1008), "no logon came");
    for _ in 0..2_000 {
        // This one asks.
        if metric(&world, "connections").await == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the link is kept");
}

/// What comes of a frame before it is whole lies in memory, too, and its sender has shown no right.
#[tokio::test(flavor = "multi_thread")]
async fn unfinished_frames_of_everybody_have_one_bound() {
    let mut options = options();
    options.http.body_bytes_max = 64 << 10;
    options.http.restore_bytes_max = 64 << 10;
    options.http.buffer_bytes_max = 2 << 20;
    let world = World::with(options).await;
    let bound = metric(&world, "buffer_bytes_max").await;
    let mut unfinished = masked(0x81, &[b'x'; 250_000]);
    unfinished.pop();
    let mut links = Vec::new();
    for _ in 0..bound / 250_000 + 2 {
        let mut link = raw_link(&world).await;
        // The last ones are refused in the middle.
        drop(link.write_all(&unfinished).await);
        links.push(link);
    }
    let mut codes = Vec::new();
    for link in &mut links {
        let closed = tokio::time::timeout(Duration::from_millis(500), close_code(link)).await;
        codes.extend(closed.ok().flatten());
    }
    let held = metric(&world, "buffer_bytes").await;
    assert!(held <= bound && codes.contains(&1013), "{held} of {bound}, {codes:?}");
    drop(links);
    for _ in 0..2_000 {
        if metric(&world, "buffer_bytes").await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("what links held is never given back");
}
