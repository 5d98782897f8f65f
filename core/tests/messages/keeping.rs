//! What is kept: history, recent list, retention, deletion and restore, recall, recovery.

use claque_core::{
    AddLiveMessageGroupBand, ClientRefusal, ClientReply, ClientRequest, CreateLiveMessageApp, Cursor,
    DeleteLiveMessageGroupMessage, Duration, ErrorCode, ListLiveMessageGroupMessages, ListMessage, Notice,
    NoticeTo, Output, Priority, Response, Rule, SendLiveMessageGroup, SendMessageToGroup,
};

use crate::world::{START, Setup, World, bodies, note};

use Priority::{High, Medium, Normal};

#[test]
fn messages_expire_by_their_own_age() {
    for (tier, days) in [(0, 30), (1, 90), (2, 180)] {
        let mut world = World::new();
        world.use_new_app(CreateLiveMessageApp { msg_life_cycle: Some(tier), ..Default::default() });
        let show = world.create("show");
        let [ada] = world.add_members(show, ["ada"]);
        world.said(ada, show, note("old", 1, Normal));
        world.pass(Duration::from_days(1));
        world.said(ada, show, note("new", 1, Normal));
        world.pass(Duration::from_days(days - 1));
        world.now = START + Duration::from_days(days) + Duration::from_micros(0);
        assert_eq!(world.stored("show"), ["new"], "{days} days");
        assert_eq!(world.recent(ada, show), ["new"]);
        world.pass(Duration::from_days(2));
        assert_eq!(world.service.poll_timeout(), None, "everything is freed");
    }
}

#[test]
fn the_instant_before_its_expiry_a_message_is_there() {
    let mut world = World::new();
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    world.said(ada, show, note("x", 1, Normal));
    let span = Duration::from_days(30).as_micros();
    world.pass(Duration::from_micros(span - 1));
    assert_eq!(world.stored("show"), ["x"]);
    world.pass(Duration::from_micros(1));
    assert!(world.stored("show").is_empty());
}

#[test]
fn messages_of_the_back_end_may_expire_after_thirty_days_by_reading() {
    let mut world = World::read("history.send-page", "thirty-days");
    world.use_new_app(CreateLiveMessageApp { msg_life_cycle: Some(1), ..Default::default() });
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    world.said(ada, show, note("audience", 1, Normal));
    world.posted(world.post("show")).expect("a legal send");
    world.pass(Duration::from_days(31));
    assert_eq!(world.stored("show"), ["audience"]);
}

#[test]
fn no_storage_and_no_cache_are_two_switches() {
    let mut world = World::new();
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    for (body, no_storage, no_cache) in
        [("both", false, false), ("stored", false, true), ("cached", true, false), ("none", true, true)]
    {
        let (body, no_storage, no_cache) = (Some(body.to_owned()), Some(no_storage), Some(no_cache));
        let post = SendLiveMessageGroup { body, no_storage, no_cache, ..world.post("show") };
        world.posted(post).expect("a legal send");
    }
    assert_eq!(world.delivered().len(), 4);
    assert_eq!(world.stored("show"), ["both", "stored"]);
    assert_eq!(world.recent(ada, show), ["cached", "both"]);
}

#[test]
fn the_recent_list_is_short() {
    for length in [50, 20, 100] {
        let bound = u32::try_from(length).expect("a small number");
        let mut world = World::with(|config| config.limits.recent_messages_max = bound);
        let show = world.create("show");
        let [ada] = world.add_members(show, ["ada"]);
        for second in 0..3 {
            for number in 0..40 {
                world.said(ada, show, note(&(second * 40 + number).to_string(), 1, Normal));
            }
            world.pass_ms(1_000);
        }
        let mut seen = Vec::new();
        let mut before = 0;
        loop {
            let request = ClientRequest::ListRecentMessages { group: show.into(), before, page_size: 30 };
            let Ok(ClientReply::Messages(page, next)) = world.ask(ada, request) else { panic!("a page") };
            seen.extend(page.iter().map(|message| message.seq));
            before = next.unsigned_abs();
            if next == 0 {
                break;
            }
        }
        assert_eq!(seen, (121 - length..=120).rev().collect::<Vec<u64>>());
    }
}

#[test]
fn lists_have_pages_windows_and_types() {
    let mut world = World::new();
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    for number in 0..25_u64 {
        world.said(ada, show, note(&number.to_string(), i64::from(number % 5 == 0), Normal));
        world.pass_ms(1_000);
    }
    let ten = ListLiveMessageGroupMessages { page_size: Some(10), ..world.query("show") };
    for (sort, first, last) in [(1, "0", "24"), (2, "24", "0")] {
        let mut seen: Vec<String> = Vec::new();
        let mut token = None;
        let mut pages = 0;
        while pages == 0 || token.is_some() {
            let query =
                ListLiveMessageGroupMessages { sort_type: Some(sort), next_page_token: token, ..ten.clone() };
            let page = world.page(query).expect("a legal query");
            seen.extend(bodies(&page));
            token = Some(page.next_page_token).filter(|token| *token != 0);
            pages += 1;
        }
        assert_eq!((pages, seen.len(), &*seen[0], &*seen[24]), (3, 25, first, last));
    }
    let typed = ListLiveMessageGroupMessages { msg_type: Some(1), ..ten.clone() };
    assert_eq!(bodies(&world.page(typed).expect("a legal query")), ["0", "5", "10", "15", "20"]);
    let second = |number: i64| Some(i64::try_from(START.unix_seconds()).expect("a small number") + number);
    let window = ListLiveMessageGroupMessages { begin_time: second(3), end_time: second(5), ..ten.clone() };
    assert_eq!(bodies(&world.page(window.clone()).expect("a legal query")), ["3", "4", "5"]);
    let page = world.page(ListLiveMessageGroupMessages { begin_time: second(23), ..ten.clone() });
    assert_eq!(bodies(&page.expect("a legal query")), ["23", "24"]);
    let reversed = ListLiveMessageGroupMessages { end_time: second(2), ..window };
    let refusal = world.page(reversed).expect_err("a window that ends before it begins");
    assert_eq!((refusal.code(), refusal.rule()), (ErrorCode::InputInvalid, Rule::ListMessagesTimeWindow));
    for size in [None, Some(9), Some(51)] {
        let query = ListLiveMessageGroupMessages { page_size: size, ..ten.clone() };
        assert_eq!(world.page(query).expect_err("a bad size").rule(), Rule::ListMessagesPageSize);
    }
    let token = ListLiveMessageGroupMessages { next_page_token: Some(-2), ..ten };
    assert_eq!(world.page(token).expect_err("a bad token").rule(), Rule::ListMessagesTokenEnd);
}

#[test]
fn clients_replay_the_history_without_joining() {
    let mut world = World::new();
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    for number in 0..12 {
        world.said(ada, show, note(&number.to_string(), 1, Normal));
    }
    let eve = world.connect("eve");
    let ask = |token, page_size| ClientRequest::ListHistory {
        group: show.into(),
        staff: false,
        kind: None,
        descending: true,
        token,
        page_size,
        begin: 0,
        end: 0,
    };
    let Ok(ClientReply::Messages(page, next)) = world.ask(eve, ask(0, 10)) else { panic!("a page") };
    assert_eq!((page.len(), &*page[0].body, next), (10, "11", 3));
    let Ok(ClientReply::Messages(page, 0)) = world.ask(eve, ask(next, 10)) else { panic!("a page") };
    assert_eq!(page.len(), 2);
    for size in [0, 101] {
        assert_eq!(world.ask(eve, ask(0, size)), Err(ClientRefusal::BadParameter));
    }
    let recent = ClientRequest::ListRecentMessages { group: show.into(), before: 0, page_size: 10 };
    assert_eq!(world.ask(eve, recent), Err(ClientRefusal::NotJoined));
}

#[test]
fn the_messages_of_a_deleted_group_are_visible_for_a_week_and_back_after_a_restore() {
    for (value, days) in [("7d", 7), ("30d", 30)] {
        let mut world = World::read("deletion.message-window", value);
        let show = world.create("show");
        let [ada] = world.add_members(show, ["ada"]);
        world.said(ada, show, note("x", 1, High));
        world.delete("show");
        world.pass(Duration::from_micros(Duration::from_days(days).as_micros() - 1));
        assert_eq!(world.stored("show"), ["x"]);
        world.pass(Duration::from_micros(1));
        let query = world.query("show");
        let refusal = world.page(query).expect_err("the window is over");
        assert_eq!(refusal.code(), ErrorCode::ResourceNotExist);
        if days == 7 {
            assert_eq!(refusal.rule(), Rule::DeletionMessagesWindow);
            world.restore("show");
            assert_eq!(world.stored("show"), ["x"], "hidden, not lost");
        }
    }
}

fn recall(world: &World, tid: &str) -> DeleteLiveMessageGroupMessage {
    DeleteLiveMessageGroupMessage {
        app_id: world.id(),
        group_id: "show".into(),
        message_id: tid.into(),
        ..Default::default()
    }
}

fn notices(world: &mut World) -> Vec<String> {
    let deleted = |output| {
        if let Output::Notice(NoticeTo::Group(_), Notice::MessageDeleted { tid }, _) = output {
            Some(tid.to_string())
        } else {
            None
        }
    };
    world.take().into_iter().filter_map(deleted).collect()
}

#[test]
fn a_recalled_message_is_gone_and_notified_once() {
    let mut world = World::new();
    let show = world.create("show");
    let [ada, bob] = world.add_members(show, ["ada", "bob"]);
    let tids: Vec<_> =
        (0..10).map(|number| world.said(ada, show, note(&number.to_string(), 1, Normal))).collect();
    world.take();
    for _ in 0..2 {
        let Ok(Response::MessageDeleted(answer)) = world.call(recall(&world, &tids[3])) else {
            panic!("done")
        };
        assert_eq!((&*answer.group_id, &answer.message_id), ("show", &tids[3]));
    }
    assert_eq!(notices(&mut world), [tids[3].to_string()]);
    assert_eq!(world.stored("show").len(), 9);
    assert_eq!(world.recent(bob, show).len(), 9);
    assert!(matches!(world.call(recall(&world, "never")), Ok(Response::MessageDeleted(_))));
    assert_eq!(notices(&mut world), [""; 0]);
    let ask = |tid| ClientRequest::DeleteMessage(show.into(), tid);
    assert_eq!(world.ask(bob, ask(tids[4].clone())), Err(ClientRefusal::Forbidden));
    assert_eq!(world.ask(ada, ask(tids[4].clone())), Ok(ClientReply::Done));
    assert_eq!(world.ask(bob, ask(tids[4].clone())), Ok(ClientReply::Done), "it is gone already");
    assert_eq!(notices(&mut world), [tids[4].to_string()]);
    let only_cached =
        SendLiveMessageGroup { msg_tid: Some("cached".into()), no_storage: Some(true), ..world.post("show") };
    world.posted(only_cached).expect("a legal send");
    assert!(world.call(recall(&world, "cached")).is_ok());
    assert_eq!(notices(&mut world), ["cached"]);
}

#[test]
fn a_message_that_waits_can_be_recalled_before_anybody_sees_it() {
    let mut world = World::with(|config| config.limits.group_messages_per_second = 1);
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    world.said(ada, show, note("a", 1, High));
    let tid = world.said(ada, show, note("b", 1, High));
    world.take();
    assert_eq!(world.ask(ada, ClientRequest::DeleteMessage(show.into(), tid.clone())), Ok(ClientReply::Done));
    let shed = world.shed();
    assert_eq!((&shed[0].tid, shed[0].rule), (&tid, Rule::RecallMessageByMsgTid));
    world.pass_ms(10_000);
    assert_eq!(world.delivered().len(), 0);
}

#[test]
fn many_recalls_stay_cheap_and_right() {
    let mut world = World::new();
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    let mut left = 0;
    for second in 0..30_u64 {
        for number in 0..20_u64 {
            let tid = world.said(ada, show, note("x", 1, Normal));
            if (second + number).is_multiple_of(3) {
                world.ask(ada, ClientRequest::DeleteMessage(show.into(), tid)).expect("one's own");
            } else {
                left += 1;
            }
        }
        world.pass_ms(1_000);
    }
    let mut query = world.query("show");
    let mut seen = 0;
    loop {
        let page = world.page(query.clone()).expect("a legal query");
        seen += page.messages.len();
        query.next_page_token = Some(page.next_page_token);
        if page.next_page_token == 0 {
            break;
        }
    }
    assert_eq!(seen, left);
}

fn recovered(world: &mut World) -> Vec<Vec<String>> {
    let missed = |output| {
        if let Output::Recover(_, _, messages) = output {
            Some(messages.iter().map(|message| message.body.to_string()).collect())
        } else {
            None
        }
    };
    world.take().into_iter().filter_map(missed).collect()
}

#[test]
fn a_reconnected_client_gets_the_high_messages_that_it_missed() {
    for (reach, expected) in [
        ("cache-or-storage", &["c", "d", "e"][..]),
        ("storage-only", &["c", "d"]),
        ("cache-only", &["c", "e"]),
    ] {
        let mut world = World::read("recovery.reach", reach);
        let show = world.create("show");
        let stage = world.create("stage");
        let [bob] = world.add_members(show, ["bob"]);
        world.pass_ms(1);
        world.said(bob, show, note("before", 1, High));
        world.pass_ms(1);
        let [ada] = world.add_members(show, ["ada"]);
        world.said(bob, show, note("a", 1, High));
        world.lose(ada);
        let mut kept = note("b", 1, Medium);
        world.said(bob, show, kept.clone());
        for (body, no_storage, no_cache) in
            [("c", false, false), ("d", false, true), ("e", true, false), ("f", true, true)]
        {
            kept = note(body, 1, High);
            (kept.no_storage, kept.no_cache) = (no_storage, no_cache);
            world.said(bob, show, kept);
        }
        world.take();
        let seen = Cursor { group: show, high_seq: 2 };
        world.reconnect(ada, &[seen, seen, Cursor { group: stage, high_seq: 0 }]);
        assert_eq!(recovered(&mut world), [expected.to_vec()], "{reach}");
        world.reconnect(ada, &[Cursor { group: show, high_seq: 0 }]);
        assert!(!recovered(&mut world)[0].contains(&"before".to_owned()), "nothing from before the join");
        world.reconnect(ada, &[Cursor { group: show, high_seq: 99 }]);
        assert_eq!(recovered(&mut world), Vec::<Vec<String>>::new());
    }
}

#[test]
fn the_old_list_has_numbered_pages_and_custom_types_only() {
    let mut world = World::new();
    let show = world.create("show");
    world.add_members(show, ["ada"]);
    for number in 0..25 {
        let send = SendMessageToGroup {
            app_id: world.id(),
            group_id: "show".into(),
            operator_user_id: "studio".into(),
            kind: Some(if number % 2 == 0 { 10_001 } else { 7 }),
            data: number.to_string(),
            skip_audit: None,
        };
        world.call(send).expect("a legal send");
    }
    let list = |world: &mut World, kind, page_num, sort_type| {
        let app_id = world.id();
        world.call(ListMessage {
            app_id,
            group_id: "show".into(),
            kind,
            page_num,
            page_size: None,
            sort_type,
        })
    };
    let Ok(Response::OldMessages(page)) = list(&mut world, None, None, None) else { panic!("a page") };
    assert_eq!((page.items.len(), page.has_more, page.total, &*page.items[0].data), (20, true, 25, "0"));
    let Ok(Response::OldMessages(page)) = list(&mut world, Some(10_001), Some(1), Some(1)) else { panic!() };
    assert_eq!((page.items.len(), page.has_more, &*page.items[0].data), (13, false, "24"));
    let refusal = list(&mut world, Some(10_000), None, None).expect_err("a system type");
    assert_eq!(refusal.rule(), Rule::LegacyListCustomTypes);
    assert_eq!(list(&mut world, None, Some(0), None).expect_err("page 0").rule(), Rule::LegacyPageNumber);
}

#[test]
fn snapshots_keep_everything_that_waits() {
    let mut world = World::with(|config| config.limits.group_messages_per_second = 2);
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    for (number, level) in [Normal, High, Medium, High, Normal, High].into_iter().enumerate() {
        world.said(ada, show, note(&number.to_string(), 1, level));
    }
    world.take();
    let snapshot = world.service.snapshot();
    let config = world.service.config().clone();
    let mut copy = World::set_up(Setup::default(), |copy| *copy = config.clone());
    copy.service = claque_core::Service::restore(
        snapshot,
        config,
        claque_core::HitCounts::default(),
        claque_core::Mutated(None),
    );
    copy.take();
    for world in [&mut world, &mut copy] {
        world.pass_ms(8_000);
    }
    assert_eq!(world.service.digest(), copy.service.digest());
    let (mine, theirs) = (world.delivered(), copy.delivered());
    assert_eq!(mine, theirs);
    assert_eq!(mine.len(), 2);
}

#[test]
fn a_server_side_mute_holds_by_reading() {
    for (value, sent) in [("exempt", true), ("enforced", false)] {
        let mut world = World::read("send.server-mute", value);
        let show = world.create("show");
        world.add_members(show, ["studio"]);
        let mute = AddLiveMessageGroupBand {
            app_id: world.id(),
            group_id: "show".into(),
            banned_users: vec!["studio".into()],
            ..Default::default()
        };
        world.call(mute).expect("a legal mute");
        assert_eq!(world.posted(world.post("show")).is_ok(), sent, "{value}");
    }
}
