//! Random sends, joins, leaves, recalls and pauses: the invariants hold after each, and the budget in each second.

use std::collections::BTreeMap;

use claque_core::{ClientRequest, Output, Priority};
use proptest::prelude::*;

use crate::world::{Setup, World, note};

#[derive(Clone, Debug)]
enum Act {
    Join(usize),
    Leave(usize),
    Pause(u64),
    Post(i64, usize),
    Recall(usize),
    Say(usize, i64, usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        1 => (0_usize..3).prop_map(Act::Join),
        1 => (0_usize..3).prop_map(Act::Leave),
        3 => (1_u64..2_000).prop_map(Act::Pause),
        3 => (0_i64..4, 0_usize..3).prop_map(|(kind, weight)| Act::Post(kind, weight)),
        1 => (0_usize..50).prop_map(Act::Recall),
        9 => (0_usize..3, 0_i64..4, 0_usize..3).prop_map(|(who, kind, level)| Act::Say(who, kind, level)),
    ];
    prop::collection::vec(act, 1..150)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_group_stays_in_order(
        acts in acts(),
        budget in 1_u32..5,
        reading in prop::sample::select(vec![
            ("shaper.window", "outrank"),
            ("shaper.window", "ranked-excess"),
            ("shaper.window", "window-close"),
            ("shaper.window", "immediate-only"),
            ("shaper.floor", "sliding"),
            ("shaper.floor", "fixed"),
            ("shaper.budget-edge", "exclusive"),
            ("group.active", "ever"),
            ("send.type-overflow", "dropped"),
        ]),
    ) {
        let setup = Setup { mutation: None, reading: Some(reading) };
        let mut world = World::set_up(setup, |config| {
            config.limits.group_messages_per_second = budget;
            config.limits.group_types_max = 3;
            config.limits.recent_messages_max = 5;
        });
        let show = world.create("show");
        let sessions = ["ada", "bob", "eve"].map(|user| world.connect(user));
        let mut tids = Vec::new();
        for act in acts {
            match act {
                Act::Join(who) => drop(world.ask(sessions[who], ClientRequest::Join(show.into()))),
                Act::Leave(who) => drop(world.ask(sessions[who], ClientRequest::Leave(show.into()))),
                Act::Pause(millis) => world.pass_ms(millis),
                Act::Post(kind, weight) => {
                    let mut post = world.post("show");
                    (post.msg_type, post.weight) = (Some(kind), Some([1, 5, 1_000_000][weight]));
                    tids.extend(world.posted(post));
                }
                Act::Recall(at) => {
                    if let Some(tid) = tids.get(at).cloned() {
                        drop(world.ask(sessions[0], ClientRequest::DeleteMessage(show.into(), tid)));
                    }
                }
                Act::Say(who, kind, level) => {
                    drop(world.say(sessions[who], show, note("x", kind, Priority::ALL[level])));
                }
            }
        }
        world.pass_ms(60_000);
        let mut seconds: BTreeMap<u64, u32> = BTreeMap::new();
        let mut seq = 0;
        for output in world.take() {
            if let Output::Deliver(fanout) = output {
                prop_assert_eq!(fanout.message.seq, seq + 1);
                seq += 1;
                *seconds.entry(fanout.message.at.unix_seconds()).or_default() += 1;
            }
        }
        prop_assert!(seconds.values().all(|count| *count <= budget), "{:?}", seconds);
    }
}
