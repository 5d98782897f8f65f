//! The scenes about messages that wait before they are delivered, and about the history that clients list.

use claque_core::Priority::Normal;
use claque_core::{
    ClientRequest, ClientSend, CreateLiveMessageApp, ListMessage, Output, SendLiveMessageUser, SessionId,
    Ticket, Verdict,
};

use crate::world::{Setup, World, note};

fn asked(world: &mut World) -> Option<Ticket> {
    world.take().into_iter().find_map(|output| {
        if let Output::Moderate(moderation) = output { Some(moderation.ticket) } else { None }
    })
}

fn history(descending: bool, page_size: u32) -> ClientRequest {
    ClientRequest::ListHistory {
        group: "show".into(),
        staff: false,
        kind: None,
        descending,
        token: 0,
        page_size,
        begin: 0,
        end: 0,
    }
}

/// The first message is reviewed for two seconds, the second passes it.
pub(crate) fn reviewed(setup: Setup) -> World {
    let mut world = World::set_up(setup, |_| {});
    let audit_url = Some("https://review.example/".into());
    world.use_new_app(CreateLiveMessageApp { audit_type: Some(2), audit_url, ..Default::default() });
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    let host = world.connect_with(&world.login("host", "admin"));
    drop(world.ask(host, ClientRequest::Join("show".into())));
    world.take();
    drop(world.say(ada, show, note("first", 10_001, Normal)));
    let first = asked(&mut world);
    world.pass_ms(1_000);
    drop(world.say(host, show, ClientSend { skip_audit: true, ..note("second", 10_001, Normal) }));
    let direct = SendLiveMessageUser {
        app_id: world.id(),
        receiver_id: "ada".into(),
        sender_id: "host".into(),
        body: Some("x".into()),
        msg_type: Some(1),
        ..Default::default()
    };
    world.take();
    drop(world.request(direct));
    let direct = asked(&mut world);
    world.pass_ms(1_000);
    for ticket in [first, direct].into_iter().flatten() {
        world.judge(ticket, Verdict::Pass);
    }
    for sort in [1, 2] {
        let query =
            claque_core::ListLiveMessageGroupMessages { sort_type: Some(sort), ..world.query("show") };
        drop(world.page(query));
    }
    let start = i64::try_from(crate::world::START.unix_seconds()).expect("a time");
    let window =
        claque_core::ListLiveMessageGroupMessages { end_time: Some(start + 1), ..world.query("show") };
    drop(world.page(window));
    for descending in [false, true] {
        drop(world.ask(ada, history(descending, 10)));
    }
    drop(world.call(ListMessage { app_id: world.id(), group_id: "show".into(), ..Default::default() }));
    world
}

/// Clients list stored messages: too many at once, too often, from outside.
pub(crate) fn histories(setup: Setup) -> World {
    let mut world = World::set_up(setup, |config| config.limits.call_quotas = true);
    let show = world.create("show");
    let [ada, bob] = world.add_members(show, ["ada", "bob"]);
    let eve: SessionId = world.connect("eve");
    drop(world.say(ada, show, note("x", 10_001, Normal)));
    for page_size in [9, 10, 30, 31, 100, 101] {
        world.pass_ms(1_000);
        drop(world.ask(ada, history(false, page_size)));
    }
    for session in [ada, ada, ada, bob, eve] {
        drop(world.ask(session, history(false, 10)));
    }
    world.pass_ms(1_000);
    drop(world.ask(ada, history(false, 10)));
    world
}
