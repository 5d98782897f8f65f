//! The wheel gives the order of the reference queue, whatever is inserted and when.

use proptest::prelude::*;

use super::{Batch, Delivery, HeapQueue, Queue, TraceHash, Wheel, mix};

const MINUTE: u64 = 60_000_000;
const YEAR: u64 = 365 * 24 * 60 * MINUTE;

/// The course of a control event: everything that it does follows from this and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Act {
    fanout: u32,
    shape: Shape,
    followers: u8,
    seed: u64,
}

/// How latencies or delays are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Network,
    SameTick,
    Now,
    Far,
    Mixed,
}

impl Shape {
    const fn latency(self, draw: u64) -> u32 {
        let draw = draw as u32;
        match self {
            Self::Network => 20_000 + draw % 180_000,
            Self::SameTick => 50_000,
            Self::Now => draw % 3,
            Self::Far => draw % 3_000_000_000,
            Self::Mixed => match draw % 8 {
                0 => 0,
                1 => 1,
                2 => draw % 5_000,
                3 => 500_000 + draw % 2_000_000,
                4 => draw % 3_000_000_000,
                _ => 20_000 + draw % 1_000,
            },
        }
    }

    const fn delay(self, draw: u64) -> u64 {
        match self {
            Self::Network => draw % 300_000,
            Self::SameTick | Self::Now => 0,
            Self::Far => draw % (3 * YEAR),
            Self::Mixed => {
                if draw.is_multiple_of(4) {
                    0
                } else {
                    draw % 3_000_000
                }
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
struct PlayedRun {
    hash: u64,
    events: Vec<(u64, u64)>,
    end: u64,
}

/// Plays a world in which control events and some deliveries cause more of both.
fn play(queue: &mut impl Queue<Act>, start: u64, acts: &[(u64, Act)]) -> PlayedRun {
    let mut played = PlayedRun { hash: 0, events: Vec::new(), end: 0 };
    let mut hash = TraceHash::default();
    for &(delay, act) in acts {
        queue.schedule(start + delay, act);
    }
    let (mut members, mut latencies) = (Vec::new(), Vec::new());
    let mut message = 0;
    // Bounded: each reaction sends two deliveries, which may react in turn, and a play has to end.
    let mut reactions = 200;
    while let Some(batch) = queue.next_batch() {
        match batch {
            Batch::Control { at, control } => {
                assert!(at >= played.end, "time went back from {} to {at}", played.end);
                played.end = at;
                hash.control(at, 1, control.seed);
                played.events.push((at, control.seed));
                members.clear();
                latencies.clear();
                for number in 0..control.fanout {
                    let draw = mix(control.seed ^ u64::from(number));
                    members.push((draw >> 40) as u32 & 0xFF_FFFF);
                    latencies.push(control.shape.latency(draw));
                }
                queue.append_fanout(message, at, &members, &latencies);
                message = (message + 1) % 1_000;
                for follower in 0..control.followers {
                    let seed = mix(control.seed.wrapping_add(u64::from(follower) + 1));
                    let act =
                        Act { fanout: control.fanout / 4, followers: control.followers / 2, seed, ..control };
                    queue.schedule(at + control.shape.delay(seed), act);
                }
            }
            Batch::Deliveries { start, events } => {
                assert!(!events.is_empty());
                let mut reaction = None;
                let mut handled = 0;
                for event in events {
                    handled += 1;
                    let at = event.at(start);
                    assert!(at >= played.end, "time went back from {} to {at}", played.end);
                    played.end = at;
                    hash.delivery(at, *event);
                    played.events.push((at, event.identity()));
                    let draw = mix(event.identity() ^ at);
                    // Drawn from the delivery and its time, not from its place in the run: the two queues cut runs
                    // differently.
                    if draw.is_multiple_of(16) && reactions > 0 {
                        reactions -= 1;
                        reaction = Some((at, draw >> 8, event.member()));
                        break;
                    }
                }
                let left = events.len() - handled;
                queue.give_back(left);
                if let Some((at, draw, member)) = reaction {
                    assert_eq!(queue.now(), at);
                    let shape = if draw.is_multiple_of(2) { Shape::Mixed } else { Shape::Network };
                    queue.append_fanout(
                        message,
                        at,
                        &[member, member],
                        &[shape.latency(draw), shape.latency(draw >> 9)],
                    );
                    queue
                        .schedule(at + shape.delay(draw), Act { fanout: 3, shape, followers: 0, seed: draw });
                }
            }
        }
    }
    assert_eq!(queue.pending_count(), 0);
    played.hash = hash.value();
    played
}

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        Just(Shape::Network),
        Just(Shape::SameTick),
        Just(Shape::Now),
        Just(Shape::Far),
        Just(Shape::Mixed),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    (0u32..400, shape(), 0u8..6, any::<u64>()).prop_map(|(fanout, shape, followers, seed)| Act {
        fanout,
        shape,
        followers,
        seed,
    })
}

fn check_against_reference(start: u64, acts: &[(u64, Act)]) -> PlayedRun {
    let expected = play(&mut HeapQueue::new(start), start, acts);
    // Rates on both sides of ten million a second: wide buckets and narrow ones.
    for rate in [1, 500_000, 50_000_000] {
        let found = play(&mut Wheel::for_rate(start, rate), start, acts);
        assert_eq!(found, expected, "rate {rate}");
    }
    expected
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 96 } else { 512 }))]

    #[test]
    fn the_wheel_has_the_order_of_the_heap(
        start in prop_oneof![Just(0u64), 0..YEAR * 60],
        acts in prop::collection::vec((prop_oneof![0u64..10, 0u64..MINUTE, 0u64..YEAR * 3], act()), 1..10),
    ) {
        check_against_reference(start, &acts);
    }

    #[test]
    fn giving_back_a_whole_run_changes_nothing(latencies in prop::collection::vec(0u32..2_000_000, 1..300)) {
        let members: Vec<u32> = (0..).take(latencies.len()).collect();
        let mut wheel: Wheel<()> = Wheel::new(77);
        wheel.append_fanout(3, 77, &members, &latencies);
        while wheel.pending_count() > 0 {
            let (now, pending) = (wheel.now(), wheel.pending_count());
            let Some(Batch::Deliveries { start, events }) = wheel.next_batch() else { panic!("nothing pending") };
            let first = events.to_vec();
            wheel.give_back(first.len());
            prop_assert_eq!((wheel.now(), wheel.pending_count()), (now, pending));
            prop_assert_eq!(wheel.next_batch(), Some(Batch::Deliveries { start, events: &first }));
        }
    }
}

#[test]
fn a_bucket_beyond_sixteen_bits_is_in_order() {
    // 100,000 deliveries within two milliseconds: counts do not fit 16 bits.
    let act = |shape, seed| Act { fanout: 100_000, shape, followers: 0, seed };
    let played =
        check_against_reference(0, &[(0, act(Shape::SameTick, 1)), (1_000, act(Shape::SameTick, 2))]);
    assert!(played.events.len() >= 200_002);
}

#[test]
fn a_million_members_of_one_group_are_in_order() {
    let members: Vec<u32> = (0..1_000_000).collect();
    let latencies: Vec<u32> =
        members.iter().map(|&member| Shape::Network.latency(mix(u64::from(member)))).collect();
    let mut wheel: Wheel<()> = Wheel::for_rate(0, 20_000_000);
    wheel.append_fanout(super::MESSAGE_SLOTS_MAX - 1, 5, &members, &latencies);
    let mut seen = vec![false; members.len()];
    let (mut last, mut count) = ((0, 0), 0);
    while let Some(Batch::Deliveries { start, events }) = wheel.next_batch() {
        for event in events {
            let member = event.member();
            assert_eq!(event.message(), super::MESSAGE_SLOTS_MAX - 1);
            assert_eq!(event.at(start), 5 + u64::from(latencies[member as usize]));
            assert!(!std::mem::replace(&mut seen[member as usize], true), "member {member} twice");
            // One message: at an equal tick, members come in the order of the slice.
            assert!((event.at(start), member) > last || count == 0);
            last = (event.at(start), member);
            count += 1;
        }
    }
    assert_eq!(count, 1_000_000);
}

#[test]
fn a_jump_of_a_century_takes_no_time() {
    let mut wheel: Wheel<u32> = Wheel::new(0);
    for step in 0..1_000 {
        wheel.schedule(100 * YEAR * (step + 1), 1);
    }
    let mut count = 0;
    // Walking the buckets between would take days.
    while let Some(Batch::Control { at, .. }) = wheel.next_batch() {
        wheel.append_fanout(0, at, &[1, 2], &[1, u32::MAX]);
        let mut reached = Vec::new();
        for _ in 0..2 {
            let Some(Batch::Deliveries { start, events }) = wheel.next_batch() else {
                panic!("two are pending")
            };
            reached.extend(events.iter().map(|event| (event.at(start) - at, event.member())));
        }
        assert_eq!(reached, [(1, 1), (u64::from(u32::MAX), 2)]);
        count += 1;
    }
    assert_eq!(count, 1_000);
}

#[test]
fn at_an_equal_tick_deliveries_precede_control_events_even_when_inserted_later() {
    fn check(mut queue: impl Queue<&'static str>) {
        queue.schedule(100, "first");
        queue.schedule(100, "second");
        queue.append_fanout(0, 0, &[1, 2], &[100, 100]);
        let mut story = Vec::new();
        while let Some(batch) = queue.next_batch() {
            match batch {
                Batch::Deliveries { events, .. } => {
                    story.extend(events.iter().map(|event| event.member().to_string()));
                }
                Batch::Control { control, .. } => {
                    story.push(control.to_owned());
                    if control == "first" {
                        queue.schedule(100, "third");
                        queue.append_fanout(1, 100, &[3], &[0]);
                    }
                }
            }
        }
        assert_eq!(story, ["1", "2", "first", "3", "second", "third"]);
    }
    check(HeapQueue::new(0));
    check(Wheel::new(0));
}

#[test]
fn a_delivery_keeps_its_parts() {
    let delivery = Delivery::from_parts(0xFFF, u64::from(super::MESSAGE_SLOTS_MAX - 1) << 30 | 12_345_678);
    assert_eq!(delivery.at(0x1000), 0x1FFF);
    assert_eq!((delivery.message(), delivery.member()), (super::MESSAGE_SLOTS_MAX - 1, 12_345_678));
}
