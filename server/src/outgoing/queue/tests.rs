//! Tests of the queues: bounds, order, and who gives way.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::{Lane, QueueFull, QueueTurn, Queues, WaitingCall};
use crate::limits::OutgoingLimits;

fn limits() -> OutgoingLimits {
    OutgoingLimits {
        connections_max: 8,
        connections_per_receiver_max: 4,
        waiting_per_receiver_max: 10,
        waiting_bytes_max: 4_000,
        ..OutgoingLimits::default()
    }
}

fn call(receiver: &str, lane: Option<u32>, what: u32) -> WaitingCall<u32> {
    let until = Instant::now() + Duration::from_secs(60);
    WaitingCall { receiver: receiver.into(), lane: lane.map(Lane::User), bytes: 10, until, what }
}

fn sent(queues: &mut Queues<u32>) -> Vec<WaitingCall<u32>> {
    std::iter::from_fn(|| match queues.next(Instant::now())? {
        QueueTurn::Send(call) => Some(call),
        QueueTurn::Expired(call) => panic!("not late: {call:?}"),
    })
    .collect()
}

fn whats(calls: &[WaitingCall<u32>]) -> Vec<u32> {
    calls.iter().map(|call| call.what).collect()
}

/// A receiver that has answered once.
fn known(queues: &mut Queues<u32>, receiver: &str) {
    queues.push(call(receiver, None, 0)).expect("a place");
    let first = sent(queues).pop().expect("a turn");
    queues.tried(receiver, true);
    queues.done(queues.epoch(), (receiver, None, first.bytes), Instant::now());
}

#[test]
fn callbacks_of_one_user_go_one_after_the_other_and_those_of_others_meanwhile() {
    let mut queues = Queues::new(limits(), Arc::default());
    known(&mut queues, "a");
    for (user, what) in [(1, 10), (1, 11), (2, 20), (1, 12)] {
        queues.push(call("a", Some(user), what)).expect("a place");
    }
    let first = sent(&mut queues);
    assert_eq!(whats(&first), [10, 20]);
    // Not taken: it goes again, and before those behind it.
    queues.tried("a", true);
    let mut first = first.into_iter();
    queues.again(queues.epoch(), first.next().expect("the first"));
    assert_eq!(whats(&sent(&mut queues)), [10]);
    queues.tried("a", true);
    queues.done(queues.epoch(), ("a", Some(Lane::User(1)), 10), Instant::now());
    assert_eq!(whats(&sent(&mut queues)), [11]);
}

#[test]
fn a_users_order_holds_over_receivers() {
    let mut queues = Queues::new(limits(), Arc::default());
    queues.push(call("a", Some(1), 1)).expect("a place");
    queues.push(call("b", Some(1), 2)).expect("a place");
    assert_eq!(whats(&sent(&mut queues)), [1]);
    queues.tried("a", true);
    queues.done(queues.epoch(), ("a", Some(Lane::User(1)), 10), Instant::now());
    assert_eq!(whats(&sent(&mut queues)), [2]);
}

#[test]
fn reviews_and_callbacks_share_a_receivers_places_and_take_turns() {
    let mut queues = Queues::new(limits(), Arc::default());
    known(&mut queues, "a");
    for what in 0..5 {
        queues.push(call("a", Some(what), what)).expect("a place");
        queues.push(call("a", None, 100 + what)).expect("a place");
    }
    assert_eq!(queues.push(call("a", None, 7)), Err((QueueFull, 7)), "ten wait");
    assert_eq!(queues.push(call("b", None, 8)), Ok(()), "another's places are its own");
    let first = sent(&mut queues);
    let kinds: Vec<bool> =
        first.iter().filter(|it| &*it.receiver == "a").map(|it| it.lane.is_none()).collect();
    assert_eq!(kinds, [false, true, false, true], "four connections, by turns");
}

#[test]
fn bytes_are_bounded_for_one_receiver_and_in_all() {
    let mut queues = Queues::new(limits(), Arc::default());
    let large = |receiver: &str| WaitingCall { bytes: 900, ..call(receiver, None, 1) };
    assert!(queues.push(large("a")).is_ok());
    assert!(queues.push(large("a")).is_err(), "a quarter of 4,000 for one");
    for receiver in ["b", "c", "d"] {
        assert!(queues.push(large(receiver)).is_ok());
    }
    assert!(queues.push(large("e")).is_err(), "4,000 in all");
}

#[test]
fn hundreds_that_are_down_leave_connections_to_those_that_are_well() {
    let mut queues = Queues::new(OutgoingLimits { waiting_bytes_max: 100_000, ..limits() }, Arc::default());
    for number in 0..300 {
        let name = format!("down-{number}");
        queues.push(call(&name, Some(number), number)).expect("a place");
        queues.push(call(&name, Some(1_000 + number), number)).expect("a place");
    }
    // Each is found out by its first try.
    for _ in 0..200 {
        for call in sent(&mut queues) {
            queues.tried(&call.receiver, false);
            queues.again(queues.epoch(), call);
        }
    }
    assert_eq!(queues.down(), 300);
    let held = sent(&mut queues);
    assert_eq!(held.len(), 2, "a quarter of eight");
    known(&mut queues, "well");
    for user in 0..5 {
        queues.push(call("well", Some(5_000 + user), user)).expect("a place");
    }
    let well = sent(&mut queues);
    assert_eq!(well.iter().filter(|call| &*call.receiver == "well").count(), 4, "as many as one may have");
    assert_eq!(queues.connections(), 6);
}

#[test]
fn a_receiver_that_answers_again_has_all_its_connections() {
    let mut queues = Queues::new(limits(), Arc::default());
    for what in 0..6 {
        queues.push(call("a", Some(what), what)).expect("a place");
    }
    let probes = sent(&mut queues);
    assert_eq!(probes.len(), 2, "nobody knows yet whether it lives");
    for call in probes {
        queues.tried("a", false);
        queues.again(queues.epoch(), call);
    }
    let probes = sent(&mut queues);
    assert_eq!(probes.len(), 2);
    queues.tried("a", true);
    assert_eq!(sent(&mut queues).len(), 3, "four at once, one of which is the other probe");
    for _ in 0..4 {
        queues.tried("a", true);
    }
    assert_eq!(queues.connections(), 0);
}

#[test]
fn what_waited_too_long_needs_no_connection_to_be_given_up() {
    let mut queues = Queues::new(limits(), Arc::default());
    let past = Instant::now();
    for what in 0..4 {
        queues.push(WaitingCall { until: past, ..call("a", Some(what), what) }).expect("a place");
    }
    let later = past + Duration::from_secs(1);
    let mut expired = 0;
    while let Some(QueueTurn::Expired(call)) = queues.next(later) {
        queues.done(queues.epoch(), (&call.receiver, call.lane, call.bytes), Instant::now());
        expired += 1;
    }
    assert_eq!((expired, queues.waiting(), queues.connections()), (4, 0, 0));
}

#[test]
fn what_is_on_its_way_when_all_is_forgotten_gives_its_connection_back_and_no_more() {
    let mut queues = Queues::new(limits(), Arc::default());
    queues.push(call("a", Some(1), 1)).expect("a place");
    queues.push(call("a", Some(1), 2)).expect("a place");
    let (epoch, on_its_way) = (queues.epoch(), sent(&mut queues).pop().expect("a turn"));
    queues.clear();
    queues.push(call("a", Some(1), 3)).expect("a place");
    queues.tried("a", false);
    queues.done(epoch, ("a", on_its_way.lane, on_its_way.bytes), Instant::now());
    assert_eq!((queues.waiting(), queues.connections()), (1, 0));
    assert_eq!(whats(&sent(&mut queues)), [3], "the new world's first is not behind the old one's");
}

#[test]
fn hundreds_that_nobody_knows_yet_leave_half_of_the_connections_to_those_that_are_well() {
    let mut queues = Queues::new(OutgoingLimits { waiting_bytes_max: 100_000, ..limits() }, Arc::default());
    known(&mut queues, "well");
    for number in 0..300 {
        queues.push(call(&format!("new-{number}"), Some(number), number)).expect("a place");
    }
    assert_eq!(sent(&mut queues).len(), 4, "half of eight");
    for user in 0..9 {
        queues.push(call("well", Some(5_000 + user), user)).expect("a place");
    }
    assert_eq!(sent(&mut queues).iter().filter(|call| &*call.receiver == "well").count(), 4);
    // One of the new ones answers: its connection is no longer one of those.
    queues.tried("new-0", true);
    queues.tried("new-1", false);
    assert_eq!(sent(&mut queues).len(), 2);
}
