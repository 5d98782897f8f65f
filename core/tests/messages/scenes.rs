//! A script that walks every rule and reading about messages, as a transcript.

use claque_core::{
    AddLiveMessageGroupBand, ClientRequest, ConsoleRequest, CreateLiveMessageApp, Cursor,
    DeleteLiveMessageGroupMessage, DeleteLiveMessageUserMessage, Duration, GroupIx, HitCounts,
    ListLiveMessageGroupMessages, ListMessage, Login, Output, Priority, SendLiveMessageGroup,
    SendLiveMessageUser, SendMessageToGroup, SendMessageToGroupUsers, SessionId, Ticket, Verdict,
};

use crate::world::{START, Setup, World, note};

use Priority::{High, Medium, Normal};

/// Everything that was said, and which rules decided.
pub(crate) fn story(setup: Setup) -> (String, HitCounts) {
    let scenes: &[fn(Setup) -> World] = &[
        parameters,
        numbers,
        clients,
        activity,
        repeats,
        overload,
        floors,
        two_groups,
        late_joiners,
        retention,
        deletion,
        lists,
        recalls,
        recovery,
        direct_messages,
        review_words,
        review_custom,
        old_family,
        old_lists,
        console,
        staff_lists,
        crate::waits::reviewed,
        crate::waits::histories,
    ];
    let mut noted = String::new();
    let mut hits = HitCounts::default();
    for scene in scenes {
        let world = scene(setup);
        noted.push_str(&world.story);
        hits.merge(world.service.tracer());
    }
    (noted, hits)
}

fn text(length: usize) -> Option<String> {
    Some("x".repeat(length))
}

fn parameters(setup: Setup) -> World {
    let mut world = World::set_up(setup, |_| {});
    let show = world.create("show");
    world.add_members(show, ["ada"]);
    let post = world.post("show");
    for send in [
        SendLiveMessageGroup { sender_id: String::new(), ..post.clone() },
        SendLiveMessageGroup { sender_id: "a_b".into(), ..post.clone() },
        SendLiveMessageGroup { sender_id: "a-b".into(), ..post.clone() },
        SendLiveMessageGroup { sender_meta_info: text(513), ..post.clone() },
        SendLiveMessageGroup { sender_meta_info: text(512), ..post.clone() },
        SendLiveMessageGroup { body: text(15_361), ..post.clone() },
        SendLiveMessageGroup { body: text(15_360), ..post.clone() },
        SendLiveMessageGroup { body: None, ..post.clone() },
        SendLiveMessageGroup { msg_type: None, ..post.clone() },
        SendLiveMessageGroup { msg_tid: text(65), ..post.clone() },
        SendLiveMessageGroup { msg_tid: Some("a-b".into()), ..post.clone() },
        SendLiveMessageGroup { group_id: "nowhere".into(), ..post },
    ] {
        drop(world.posted(send));
    }
    world
}

fn numbers(setup: Setup) -> World {
    let mut world = World::set_up(setup, |config| config.limits.group_types_max = 3);
    let show = world.create("show");
    world.add_members(show, ["ada"]);
    let post = world.post("show");
    for weight in [None, Some(0), Some(1), Some(4), Some(5), Some(6), Some(1_000_000), Some(2_000_000)] {
        drop(world.posted(SendLiveMessageGroup { weight, ..post.clone() }));
    }
    for statics_increase in [Some(0), Some(7), Some(-3), Some(i64::MAX)] {
        drop(world.posted(SendLiveMessageGroup { statics_increase, ..post.clone() }));
    }
    drop(world.posted(SendLiveMessageGroup { no_storage: Some(true), ..post.clone() }));
    for kind in 1..=4 {
        drop(world.posted(SendLiveMessageGroup { msg_type: Some(kind), ..post.clone() }));
    }
    let mute = AddLiveMessageGroupBand {
        app_id: world.id(),
        group_id: "show".into(),
        banned_users: vec!["studio".into()],
        ..Default::default()
    };
    drop(world.call(mute));
    drop(world.posted(post));
    world.stored("show");
    world
}

fn clients(setup: Setup) -> World {
    let mut world = World::set_up(setup, |_| {});
    let show = world.create("show");
    let [ada, bob] = world.add_members(show, ["ada", "bob"]);
    let eve = world.connect("eve");
    drop(world.say(eve, show, note("hello", 1, Normal)));
    drop(world.say(ada, show, note(&"x".repeat(15_361), 1, Normal)));
    let mut likes = note("likes", 1, Normal);
    likes.repeat = 9;
    drop(world.say(ada, show, likes));
    for number in 0..70 {
        if number % 40 == 0 {
            world.pass_ms(1_000);
        }
        drop(world.say(bob, show, note(&number.to_string(), 2, Medium)));
    }
    for (no_storage, no_cache) in [(true, false), (false, true)] {
        let mut send = note("hidden", 1, High);
        (send.no_storage, send.no_cache) = (no_storage, no_cache);
        drop(world.say(ada, show, send));
    }
    for page_size in [0, 10, 51] {
        drop(world.ask(ada, ClientRequest::ListRecentMessages { group: show.into(), before: 0, page_size }));
    }
    let mut before = 0;
    for _ in 0..4 {
        let list = ClientRequest::ListRecentMessages { group: show.into(), before, page_size: 30 };
        if let Ok(claque_core::ClientReply::Messages(_, next)) = world.ask(ada, list) {
            before = next.unsigned_abs();
        }
    }
    drop(world.ask(eve, ClientRequest::ListRecentMessages { group: show.into(), before: 0, page_size: 10 }));
    world
}

fn activity(setup: Setup) -> World {
    let mut world = World::set_up(setup, |_| {});
    let show = world.create("show");
    let post = world.post("show");
    drop(world.posted(post.clone()));
    let [ada] = world.add_members(show, ["ada"]);
    drop(world.posted(post.clone()));
    drop(world.posted(SendLiveMessageGroup { sender_id: "ada".into(), ..post.clone() }));
    drop(world.ask(ada, ClientRequest::Leave(show.into())));
    drop(world.posted(post));
    world
}

fn repeats(setup: Setup) -> World {
    let mut world = World::set_up(setup, |_| {});
    let show = world.create("show");
    world.add_members(show, ["ada"]);
    let post = SendLiveMessageGroup { msg_tid: Some("once".into()), ..world.post("show") };
    for _ in 0..2 {
        drop(world.posted(post.clone()));
    }
    for _ in 0..3 {
        drop(world.posted(world.post("show")));
    }
    world.stored("show");
    world
}

fn say_all(world: &mut World, group: GroupIx, session: SessionId, sends: &[(&str, i64, Priority)]) {
    for (body, kind, level) in sends {
        drop(world.say(session, group, note(body, *kind, *level)));
    }
}

fn overload(setup: Setup) -> World {
    let mut world = World::set_up(setup, |config| config.limits.group_messages_per_second = 3);
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    for round in 0..4 {
        let sends = [
            ("a", 1, Normal),
            ("b", 1, Normal),
            ("c", 1, Normal),
            ("d", 1, Normal),
            ("e", 1, Medium),
            ("f", 1, Normal),
            ("g", 1, Medium),
            ("h", 1, High),
            ("i", 1, Medium),
        ];
        say_all(&mut world, show, ada, &sends);
        for weight in [6, 8, 7] {
            let body = Some(format!("{round} weighs {weight}"));
            let post = world.post("show");
            drop(world.posted(SendLiveMessageGroup {
                body,
                msg_type: Some(1),
                weight: Some(weight),
                ..post
            }));
        }
        world.pass_ms(600);
    }
    world.pass_ms(9_000);
    world.stored("show");
    world.recent(ada, show);
    world
}

fn floors(setup: Setup) -> World {
    let mut world = World::set_up(setup, |config| config.limits.group_messages_per_second = 2);
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    for tenth in 0..160 {
        let body = tenth.to_string();
        drop(world.say(ada, show, note(&body, 1, High)));
        if tenth % 4 == 1 {
            drop(world.say(ada, show, note(&body, 2, Normal)));
        }
        if tenth == 37 {
            drop(world.say(ada, show, note(&body, 3, Medium)));
        }
        world.pass_ms(100);
    }
    world.pass_ms(10_000);
    // Each message of the back end outranks the one before, so that types get reserved slots only.
    let post = world.post("show");
    for weight in 0..60_i64 {
        let (body, kind) = (Some(format!("gift {weight}")), Some(7));
        drop(world.posted(SendLiveMessageGroup {
            body,
            msg_type: kind,
            weight: Some(1_000_000 + weight),
            ..post.clone()
        }));
        if weight == 21 {
            for kind in 20..25 {
                drop(world.say(ada, show, note("low", kind, Normal)));
            }
        }
        world.pass_ms(125);
    }
    world
}

fn two_groups(setup: Setup) -> World {
    let mut world = World::set_up(setup, |config| config.limits.group_messages_per_second = 2);
    let show = world.create("show");
    let stage = world.create("stage");
    let [ada] = world.add_members(show, ["ada"]);
    let [bob] = world.add_members(stage, ["bob"]);
    for _ in 0..3 {
        say_all(&mut world, show, ada, &[("x", 1, High), ("y", 1, High)]);
        say_all(&mut world, stage, bob, &[("x", 1, High), ("y", 1, High)]);
        world.pass_ms(500);
    }
    world
}

fn late_joiners(setup: Setup) -> World {
    let mut world = World::set_up(setup, |config| config.limits.group_messages_per_second = 1);
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    say_all(&mut world, show, ada, &[("x", 1, High), ("y", 1, High)]);
    drop(world.ask(ada, ClientRequest::Leave(show.into())));
    world.add_members(show, ["bob"]);
    world.pass_ms(8_000);
    world
}

fn retention(setup: Setup) -> World {
    let mut world = World::set_up(setup, |_| {});
    for tier in [0, 1] {
        world.use_new_app(CreateLiveMessageApp { msg_life_cycle: Some(tier), ..Default::default() });
        let show = world.create("show");
        let [ada] = world.add_members(show, ["ada"]);
        drop(world.say(ada, show, note("audience", 1, Normal)));
        drop(world.posted(world.post("show")));
        for days in [29, 1, 1, 100] {
            world.pass(Duration::from_days(days));
            world.stored("show");
        }
    }
    world
}

fn deletion(setup: Setup) -> World {
    let mut world = World::set_up(setup, |_| {});
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    drop(world.say(ada, show, note("x", 1, High)));
    world.delete("show");
    let query = world.query("show");
    for days in [0, 6, 1, 1] {
        world.pass(Duration::from_days(days));
        drop(world.page(query.clone()));
    }
    world.restore("show");
    drop(world.page(query));
    world
}

fn lists(setup: Setup) -> World {
    let mut world = World::set_up(setup, |_| {});
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    for number in 0..52_i64 {
        drop(world.say(ada, show, note(&number.to_string(), number % 3, Normal)));
        world.pass_ms(250);
    }
    let base = world.query("show");
    let second = |number: i64| Some(START.unix_seconds().cast_signed() + number);
    let ten = ListLiveMessageGroupMessages { page_size: Some(10), ..base.clone() };
    for query in [
        ListLiveMessageGroupMessages { page_size: None, ..base.clone() },
        ListLiveMessageGroupMessages { page_size: Some(9), ..base.clone() },
        ListLiveMessageGroupMessages { page_size: Some(51), ..base.clone() },
        ListLiveMessageGroupMessages { sort_type: None, ..base.clone() },
        ListLiveMessageGroupMessages { sort_type: Some(2), ..base.clone() },
        ListLiveMessageGroupMessages { next_page_token: Some(50), ..base.clone() },
        ListLiveMessageGroupMessages { msg_type: Some(2), ..base.clone() },
        ListLiveMessageGroupMessages { begin_time: second(2), end_time: second(3), ..base.clone() },
        ListLiveMessageGroupMessages { begin_time: second(3), end_time: second(2), ..base },
        ten,
    ] {
        drop(world.page(query));
    }
    for (begin, end) in [(2, 3), (3, 2)] {
        let at = |number: u64| START.unix_seconds() + number;
        let list = ClientRequest::ListHistory {
            group: show.into(),
            staff: false,
            kind: None,
            descending: false,
            token: 0,
            page_size: 10,
            begin: at(begin),
            end: at(end),
        };
        drop(world.ask(ada, list));
    }
    world
}

fn recalls(setup: Setup) -> World {
    let mut world = World::set_up(setup, |_| {});
    let show = world.create("show");
    let [ada, bob] = world.add_members(show, ["ada", "bob"]);
    let mut post = SendLiveMessageGroup { msg_tid: Some("one".into()), ..world.post("show") };
    drop(world.posted(post.clone()));
    let recall = DeleteLiveMessageGroupMessage {
        app_id: world.id(),
        group_id: "show".into(),
        message_id: "one".into(),
        deleter_id: Some("studio".into()),
        ..Default::default()
    };
    drop(world.call(DeleteLiveMessageGroupMessage { deleter_id: None, ..recall.clone() }));
    post.msg_tid = Some("two".into());
    drop(world.posted(post));
    for bad in [
        DeleteLiveMessageGroupMessage { message_id: "a-b".into(), ..recall.clone() },
        DeleteLiveMessageGroupMessage { message_id: "never".into(), ..recall.clone() },
        DeleteLiveMessageGroupMessage { deleter_id: Some("a b".into()), ..recall.clone() },
        DeleteLiveMessageGroupMessage { deleter_info: text(513), ..recall },
    ] {
        drop(world.call(bad));
    }
    drop(world.ask(bob, ClientRequest::DeleteMessage(show.into(), "two".into())));
    world.stored("show");
    drop(world.say(ada, show, note("mine", 1, Normal)));
    let direct = DeleteLiveMessageUserMessage {
        app_id: world.id(),
        message_id: "m1".into(),
        receiver_id: "ada".into(),
        deleter_id: Some("studio".into()),
        ..Default::default()
    };
    drop(world.call(DeleteLiveMessageUserMessage { deleter_id: None, ..direct.clone() }));
    drop(world.call(DeleteLiveMessageUserMessage { receiver_id: "a b".into(), ..direct.clone() }));
    drop(world.call(direct));
    world
}

fn recovery(setup: Setup) -> World {
    let mut world = World::set_up(setup, |_| {});
    let show = world.create("show");
    let [ada, bob] = world.add_members(show, ["ada", "bob"]);
    say_all(&mut world, show, bob, &[("a", 1, High), ("b", 1, High)]);
    world.lose(ada);
    for (body, level, no_storage, no_cache) in [
        ("c", Medium, false, false),
        ("d", High, false, false),
        ("e", High, true, false),
        ("f", High, false, true),
    ] {
        let mut send = note(body, 1, level);
        (send.no_storage, send.no_cache) = (no_storage, no_cache);
        drop(world.say(bob, show, send));
    }
    drop(world.posted(SendLiveMessageGroup {
        sender_id: "ada".into(),
        weight: Some(1_000_000),
        ..world.post("show")
    }));
    world.reconnect(ada, &[Cursor { group: show, high_seq: 2 }]);
    world
}

fn direct_messages(setup: Setup) -> World {
    let mut world = World::set_up(setup, |_| {});
    let ada = world.connect("ada");
    let old = Login { acknowledges: false, ..world.login("old", "") };
    world.connect_with(&old);
    let direct = SendLiveMessageUser {
        app_id: world.id(),
        receiver_id: "ada".into(),
        sender_id: "studio".into(),
        body: Some("psst".into()),
        msg_type: Some(1),
        high_reliability: Some(true),
        ..Default::default()
    };
    for send in [
        SendLiveMessageUser { receiver_id: "a b".into(), ..direct.clone() },
        SendLiveMessageUser { receiver_id: "nobody".into(), ..direct.clone() },
        SendLiveMessageUser { receiver_id: "old".into(), ..direct.clone() },
        SendLiveMessageUser { storage: Some(true), high_reliability: None, ..direct.clone() },
        direct.clone(),
    ] {
        drop(world.request(send));
    }
    drop(world.ask(ada, ClientRequest::Acknowledge(Ticket(1))));
    for _ in 0..2 {
        drop(world.request(direct.clone()));
        world.pass_ms(3_000);
    }
    for _ in 0..20 {
        drop(world.request(SendLiveMessageUser { high_reliability: None, ..direct.clone() }));
    }
    world
}

fn review_words(setup: Setup) -> World {
    let mut world = World::set_up(setup, |config| config.refused_words = vec!["pest".into()]);
    for audit_type in [0, 1] {
        world.use_new_app(CreateLiveMessageApp { audit_type: Some(audit_type), ..Default::default() });
        let show = world.create("show");
        let [ada] = world.add_members(show, ["ada"]);
        drop(world.say(ada, show, note("a PEST", 1, Normal)));
        let post = SendLiveMessageGroup { body: Some("pest".into()), ..world.post("show") };
        drop(world.posted(post));
        for skip_audit in [None, Some(true)] {
            let send = SendMessageToGroup {
                app_id: world.id(),
                group_id: "show".into(),
                operator_user_id: "studio".into(),
                kind: Some(10_001),
                data: "pest".into(),
                skip_audit,
            };
            drop(world.call(send));
        }
    }
    world
}

fn review_custom(setup: Setup) -> World {
    let mut world = World::set_up(setup, |_| {});
    let audit_url = Some("https://review.example/".into());
    world.use_new_app(CreateLiveMessageApp { audit_type: Some(2), audit_url, ..Default::default() });
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    for verdict in [Some(Verdict::Pass), Some(Verdict::Refuse("no".into())), Some(Verdict::Unavailable), None]
    {
        world.take();
        drop(world.say(ada, show, note("x", 1, Normal)));
        let ticket = world.take().into_iter().find_map(|output| {
            if let Output::Moderate(moderation) = output { Some(moderation.ticket) } else { None }
        });
        match (ticket, verdict) {
            (Some(ticket), Some(verdict)) => world.judge(ticket, verdict),
            _ => world.pass_ms(3_000),
        }
    }
    world
}

fn old_family(setup: Setup) -> World {
    let mut world = World::set_up(setup, |config| config.limits.group_messages_per_second = 3);
    let show = world.create("show");
    world.add_members(show, ["ada", "bob"]);
    let send = SendMessageToGroup {
        app_id: world.id(),
        group_id: "show".into(),
        operator_user_id: "studio".into(),
        kind: None,
        data: "{}".into(),
        skip_audit: None,
    };
    for _ in 0..4 {
        drop(world.call(send.clone()));
    }
    drop(world.call(SendMessageToGroup { data: "test".into(), ..send.clone() }));
    drop(world.call(SendMessageToGroup { data: String::new(), ..send }));
    for kind in [None, Some(7)] {
        let some = SendMessageToGroupUsers {
            app_id: world.id(),
            group_id: "show".into(),
            operator_user_id: "studio".into(),
            receiver_id_list: vec!["bob".into()],
            kind,
            data: "{}".into(),
            skip_audit: None,
        };
        drop(world.call(some));
    }
    world.pass_ms(9_000);
    world
}

fn old_lists(setup: Setup) -> World {
    let mut world = World::set_up(setup, |_| {});
    let show = world.create("show");
    world.add_members(show, ["ada"]);
    for msg_type in [10_000, 10_001, 10_002] {
        let post = world.post("show");
        drop(world.posted(SendLiveMessageGroup { msg_type: Some(msg_type), ..post }));
    }
    let list = |kind, page_num, page_size| ListMessage {
        app_id: String::new(),
        group_id: "show".into(),
        kind,
        page_num,
        page_size,
        sort_type: Some(1),
    };
    for list in [
        list(None, None, None),
        list(Some(10_000), None, None),
        list(Some(10_001), None, None),
        list(None, Some(0), None),
        list(None, None, Some(51)),
    ] {
        drop(world.call(ListMessage { app_id: world.id(), ..list }));
    }
    world
}

/// The console sends, and gives one group a limit of its own.
fn console(setup: Setup) -> World {
    let mut world = World::set_up(setup, |_| {});
    let (show, other) = (world.create("show"), world.create("other"));
    let [ada] = world.add_members(show, ["ada"]);
    let [bob] = world.add_members(other, ["bob"]);
    for kind in ["abc", "7"] {
        let app_id = world.id();
        drop(world.console(ConsoleRequest::SendMessage {
            app_id,
            group_id: "show".into(),
            sender_id: "host".into(),
            sender_info: "desk".into(),
            kind: kind.into(),
            body: "on air".into(),
        }));
    }
    for limit in [Some(0), Some(2)] {
        let (app_id, group_id) = (world.id(), "show".into());
        let request = ConsoleRequest::LimitMessages { app_id, group_id, messages_per_second: limit };
        drop(world.console(request));
    }
    world.pass(Duration::from_secs(1));
    for number in 0..4 {
        let body = number.to_string();
        drop(world.say(ada, show, note(&body, 1, Normal)));
        drop(world.say(bob, other, note(&body, 1, Normal)));
    }
    world
}

/// Who lists all messages of a group.
fn staff_lists(setup: Setup) -> World {
    let mut world = World::set_up(setup, |_| {});
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    let request = ClientRequest::ListHistory {
        group: show.into(),
        staff: true,
        kind: None,
        descending: false,
        token: 0,
        page_size: 10,
        begin: 0,
        end: 0,
    };
    drop(world.ask(ada, request));
    world
}
