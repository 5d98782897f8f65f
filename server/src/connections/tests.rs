//! The order in which connections give way, and the bytes that all requests together may hold.

use std::sync::Arc;
use std::time::Duration;

use claque_wire::transport::Transport;

use super::{Connections, FREE_BYTES, Held, MadeRoom, PIECE_BYTES};
use crate::limits::HttpLimits;

fn connections(limits: &HttpLimits) -> Arc<Connections> {
    Arc::new(Connections::new(limits, 8, 2, 1_024))
}

#[tokio::test(start_paused = true)]
async fn the_unauthenticated_connection_that_waited_longest_gives_way_and_nobody_else() {
    let all = connections(&HttpLimits::default());
    let (busy, known, first, second) = (all.visit(), all.visit(), all.visit(), all.visit());
    assert!(busy.is_heard());
    known.is_let_in();
    let least = Duration::from_millis(250);
    assert_eq!(all.make_room(least), MadeRoom::Soon(least));
    tokio::time::advance(least).await;
    assert_eq!(all.make_room(least), MadeRoom::Made);
    first.gives_way().await;
    assert!(!first.is_heard(), "it is too late for a request of its own");
    assert!(second.is_heard() && known.is_heard());
    assert_eq!(all.make_room(Duration::ZERO), MadeRoom::None, "a connection that is answered or known stays");
    busy.waits();
    known.waits();
    assert_eq!(
        all.make_room(Duration::ZERO),
        MadeRoom::Made,
        "answered without a right, it is unauthenticated again"
    );
    busy.gives_way().await;
    assert_eq!(all.make_room(Duration::ZERO), MadeRoom::None);
}

#[tokio::test]
async fn the_oldest_link_without_logon_gives_way_to_one_too_many() {
    let all = connections(&HttpLimits { links_without_logon_max: 2, ..HttpLimits::default() });
    let links = [all.visit(), all.visit(), all.visit(), all.visit()];
    for link in &links[..2] {
        link.waits_for_logon();
    }
    links[0].is_let_in();
    links[2].waits_for_logon();
    assert!(all.metrics().contains("claque_links_without_logon 2\n"), "a logon makes room");
    links[3].waits_for_logon();
    tokio::time::timeout(Duration::from_secs(5), links[1].gives_way()).await.expect("the oldest");
    assert!(all.metrics().contains("claque_links_without_logon 2\n"));
    drop(links);
    assert!(all.metrics().contains("claque_links_without_logon 0\n"), "a connection that goes is forgotten");
    assert!(all.metrics().contains("claque_connections_strangers 0\n"));
}

#[tokio::test(start_paused = true)]
async fn what_all_requests_hold_has_one_bound_and_comes_back() {
    let limits =
        HttpLimits { restore_bytes_max: 0, body_bytes_max: 0, buffer_bytes_max: 0, ..HttpLimits::default() };
    let all = connections(&limits);
    let bound = 64 * PIECE_BYTES;
    let (mut one, mut other) = (Held::default(), Held::default());
    all.hold(&mut one, FREE_BYTES).await.expect("of its own");
    assert!(all.metrics().contains("claque_buffer_bytes 0\n"));
    all.hold(&mut one, bound).await.expect("all of it");
    all.hold(&mut one, 1).await.expect("held already");
    assert!(all.metrics().contains(&format!("claque_buffer_bytes {bound}\n")));
    assert_eq!(all.hold(&mut other, FREE_BYTES + 1).await, Err(Transport::TooManyBytes { bound }));
    one.release();
    all.hold(&mut other, FREE_BYTES + 1).await.expect("it came back");
}

#[tokio::test(start_paused = true)]
async fn ordinary_requests_fill_no_more_than_their_pool_and_a_long_one_goes_on_beside_them() {
    let limits = HttpLimits::default();
    let all = connections(&limits);
    let mut long = Held::default();
    let longest = limits.restore_bytes_max;
    all.hold(&mut long, 32 << 20).await.expect("a state begins to come");
    let mut ordinary = Vec::new();
    loop {
        let mut held = Held::default();
        if !all.try_hold(&mut held, limits.body_bytes_max) {
            break;
        }
        ordinary.push(held);
        assert!(ordinary.len() <= 1_000, "bodies of everybody have no bound of their own");
    }
    // 16 MiB of the pool are the long one's beginning.
    assert_eq!(ordinary.len(), (limits.buffer_bytes_max - (16 << 20)) / (1 << 20));
    all.hold(&mut long, longest).await.expect("its rest is of another pool");
    let mut second = Held::default();
    assert!(all.hold(&mut second, limits.body_bytes_max).await.is_err(), "nobody gives way: all are at work");
    long.release();
    all.hold(&mut second, limits.body_bytes_max).await.expect("its beginning came back");
}
