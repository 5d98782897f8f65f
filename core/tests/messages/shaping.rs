//! The frequency control seen from outside: who waits, who is shed, and that nobody learns of it.

use claque_core::{
    ClientRequest, DescribeLiveMessageGroup, Duration, Instant, Output, Priority, Response, Rule,
    SendMessageToGroup,
};

use crate::world::{START, World, note};

use Priority::{High, Medium, Normal};

fn tight(budget: u32) -> World {
    World::with(|config| config.limits.group_messages_per_second = budget)
}

fn texts(world: &mut World) -> Vec<String> {
    world.delivered().iter().map(|message| message.body.to_string()).collect()
}

fn amount(world: &mut World, group_id: &str) -> Vec<(i64, u64)> {
    let describe =
        DescribeLiveMessageGroup { app_id: world.id(), group_id: group_id.into(), ..Default::default() };
    let Ok(Response::Group(view)) = world.call(describe) else { panic!("a group") };
    view.live.expect("a live group").msg_amount
}

#[test]
fn fifty_messages_go_out_at_once_and_the_next_waits() {
    let mut world = World::new();
    let show = world.create("show");
    let stage = world.create("stage");
    let [ada] = world.add_members(show, ["ada"]);
    world.ask(ada, ClientRequest::Join(stage.into())).expect("the group exists");
    world.take();
    for _ in 0..51 {
        world.said(ada, show, note("x", 1, Medium));
    }
    assert_eq!(world.delivered().len(), 50);
    for _ in 0..50 {
        world.said(ada, stage, note("x", 1, Medium));
    }
    assert_eq!(world.delivered().len(), 50, "each group has its own budget");
    assert_eq!(world.service.poll_timeout(), Some(Instant::from_unix_seconds(START.unix_seconds() + 1)));
    world.pass_ms(1_000);
    assert_eq!(world.delivered().len(), 1);
}

#[test]
fn the_best_take_the_next_second_and_the_rest_is_shed_silently() {
    let mut world = tight(2);
    let show = world.create("show");
    let [ada, bob] = world.add_members(show, ["ada", "bob"]);
    world.take();
    for (body, kind, level) in [
        ("a", 1, Normal),
        ("b", 1, Normal),
        ("c", 1, Normal),
        ("d", 1, Medium),
        ("e", 2, High),
        ("f", 1, Normal),
    ] {
        world.said(ada, show, note(body, kind, level));
    }
    assert_eq!(texts(&mut world), ["a", "b"]);
    world.pass_ms(1_000);
    let outputs = world.outputs.clone();
    assert_eq!(texts(&mut world), ["e", "d"]);
    assert!(!outputs.iter().any(|output| matches!(output, Output::Notice(..))), "nobody is notified");
    assert_eq!(amount(&mut world, "show"), [(1, 3), (2, 1)]);
    assert_eq!(world.recent(bob, show), ["d", "e", "b", "a"]);
    assert_eq!(world.stored("show"), ["a", "b", "d", "e"], "by the time of sending");
    world.pass_ms(1_000);
    assert_eq!(texts(&mut world), ["f"], "the newest of its type has the first free slot");
    assert_eq!(world.service.poll_timeout().map(Instant::unix_seconds), retention(), "no timer is left");
}

/// When the first retention timer of these tests goes off: 30 days on, at a whole hour.
fn retention() -> Option<u64> {
    Some((START.unix_seconds() + 30 * 86_400).div_ceil(3_600) * 3_600)
}

#[test]
fn the_ledger_tells_rule_and_winner() {
    let mut world = tight(1);
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    world.said(ada, show, note("a", 1, Normal));
    let normal = world.said(ada, show, note("b", 1, Normal));
    let medium = world.said(ada, show, note("c", 1, Medium));
    world.said(ada, show, note("d", 1, High));
    let shed = world.shed();
    let noted: Vec<_> = shed.iter().map(|shed| (&shed.tid, shed.rule, shed.winner.clone())).collect();
    assert_eq!(
        noted,
        [(&normal, Rule::PriorityHighFirst, None), (&medium, Rule::PriorityHighFirst, None)],
        "what pushed them out is not delivered yet"
    );
    assert_eq!((shed[1].level, shed[1].weight, shed[1].sender), (Medium, 5, ada.user));
    assert_eq!((&*shed[1].body, shed[1].kind), ("c", 1));
    // At the end of a second it is known what was delivered instead.
    let mut world = tight(3);
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    for _ in 0..2 {
        world.said(ada, show, note("a", 1, Normal));
    }
    world.said(ada, show, note("b", 1, High));
    let medium = world.said(ada, show, note("c", 1, Medium));
    world.said(ada, show, note("d", 1, High));
    let last = world.said(ada, show, note("e", 1, High));
    world.pass_ms(1_000);
    let shed = world.shed();
    let noted: Vec<_> = shed.iter().map(|shed| (&shed.tid, shed.rule, shed.winner.clone())).collect();
    assert_eq!(noted, [(&medium, Rule::PriorityHighFirst, Some(last))]);
    let mut world = tight(1);
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    world.service.subscribe_ledger(false);
    for _ in 0..5 {
        world.said(ada, show, note("x", 1, Normal));
    }
    world.pass_ms(10_000);
    assert!(world.shed().is_empty(), "nobody asked");
}

#[test]
fn other_readings_of_the_window() {
    let send = |world: &mut World| {
        let show = world.create("show");
        let [ada] = world.add_members(show, ["ada"]);
        world.take();
        for (body, level) in [("a", Normal), ("b", High), ("c", Medium), ("d", High), ("e", Normal)] {
            world.said(ada, show, note(body, 1, level));
            world.pass_ms(100);
        }
    };
    let limits = |config: &mut claque_core::Config| config.limits.group_messages_per_second = 2;
    let setup = |value| crate::world::Setup { mutation: None, reading: Some(("shaper.window", value)) };
    let mut close = World::set_up(setup("window-close"), limits);
    send(&mut close);
    assert_eq!(texts(&mut close), Vec::<String>::new());
    close.pass_ms(500);
    assert_eq!(texts(&mut close), ["b", "d"]);
    close.pass_ms(1_000);
    assert_eq!(texts(&mut close), ["e"]);
    let mut immediate = World::set_up(setup("immediate-only"), limits);
    send(&mut immediate);
    assert_eq!(texts(&mut immediate), ["a", "b"]);
    immediate.pass_ms(500);
    assert_eq!(texts(&mut immediate), ["e"], "the next second has a free slot");
}

#[test]
fn nobody_who_joins_later_gets_what_waited() {
    let mut world = tight(1);
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    world.said(ada, show, note("a", 1, High));
    let waits = world.said(ada, show, note("b", 1, High));
    world.take();
    world.ask(ada, ClientRequest::Leave(show.into())).expect("ada is in");
    let shed = world.shed();
    assert_eq!((&shed[0].tid, shed[0].rule, &shed[0].winner), (&waits, Rule::MessageSendNoOffline, &None));
    let [bob] = world.add_members(show, ["bob"]);
    world.said(bob, show, note("c", 1, High));
    assert_eq!(texts(&mut world), Vec::<String>::new(), "the second has no second budget");
    world.pass_ms(1_000);
    assert_eq!(texts(&mut world), ["c"]);
}

#[test]
fn a_shed_message_counts_by_reading_only() {
    for (value, total) in [("not-counted", 2), ("counted", 4)] {
        // One goes at once, the HIGH one as the next second begins.
        let setup = crate::world::Setup { mutation: None, reading: Some(("shaper.shed-statistics", value)) };
        let mut world = World::set_up(setup, |config| config.limits.group_messages_per_second = 1);
        let show = world.create("show");
        let [ada] = world.add_members(show, ["ada"]);
        for _ in 0..3 {
            world.said(ada, show, note("x", 1, Normal));
        }
        world.said(ada, show, note("y", 1, High));
        world.pass_ms(1_000);
        assert_eq!(amount(&mut world, "show"), [(1, total)], "{value}");
    }
}

#[test]
fn the_old_family_passes_the_shaper_by_reading() {
    for (value, count) in [("shaped", 1), ("exempt", 4)] {
        let setup = crate::world::Setup { mutation: None, reading: Some(("legacy.shaping", value)) };
        let mut world = World::set_up(setup, |config| config.limits.group_messages_per_second = 1);
        let show = world.create("show");
        world.add_members(show, ["ada"]);
        world.take();
        for _ in 0..4 {
            let send = SendMessageToGroup {
                app_id: world.id(),
                group_id: "show".into(),
                operator_user_id: "studio".into(),
                kind: Some(20_000),
                data: "x".into(),
                skip_audit: None,
            };
            world.call(send).expect("a legal send");
        }
        assert_eq!(world.delivered().len(), count, "{value}");
    }
}

#[test]
fn other_limits_fit_what_is_there() {
    let mut world = tight(5);
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    for level in [Normal, High] {
        for _ in 0..5 {
            world.said(ada, show, note("x", 1, level));
        }
    }
    world.take();
    let mut limits = world.service.config().limits.clone();
    limits.group_messages_per_second = 2;
    world.service.set_limits(world.now, limits);
    world.pass_ms(1_000);
    assert_eq!(texts(&mut world).len(), 2);
}

#[test]
fn another_reading_of_the_limits_edge_delivers_one_less() {
    for (limit, value, count) in [(3, "inclusive", 3), (3, "exclusive", 2), (1, "exclusive", 1)] {
        let setup = crate::world::Setup { mutation: None, reading: Some(("shaper.budget-edge", value)) };
        let mut world = World::set_up(setup, |config| config.limits.group_messages_per_second = limit);
        let show = world.create("show");
        let [ada] = world.add_members(show, ["ada"]);
        world.take();
        for _ in 0..5 {
            world.said(ada, show, note("x", 1, Normal));
        }
        assert_eq!(world.delivered().len(), count, "{limit}, {value}");
    }
}

#[test]
fn a_reserved_slot_is_booked_under_the_floor_and_what_is_late_is_reported() {
    let mut world = tight(1);
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    // Seven types in one second and one slot a second: the last of them comes after six.
    for kind in 1..=7 {
        world.said(ada, show, note("x", kind, Normal));
    }
    let mut late = Vec::new();
    for _ in 0..7 {
        world.pass_ms(1_000);
        late.extend(world.outputs.iter().filter_map(|output| match output {
            Output::Overdue(late) => Some((late.kind, late.due)),
            _ => None,
        }));
        world.take();
    }
    assert_eq!(late, [(7, START + Duration::from_secs(5))]);
}
