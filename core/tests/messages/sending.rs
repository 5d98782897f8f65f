//! Sends of clients, the back end, the old family and the console: what is checked, and in what order.

use claque_core::{
    AccountIx, AddLiveMessageGroupBand, Caller, ClientRefusal, ClientRequest, ConsoleRequest,
    DescribeLiveMessageGroup, ErrorCode, GroupKey, Origin, Output, Priority, Refusal, Reply, Response, Rule,
    SendLiveMessageGroup, SendMessageToGroup, SendMessageToGroupUsers,
};

use crate::world::{World, note};

fn refused(outcome: Result<impl std::fmt::Debug, Refusal>) -> (ErrorCode, Rule) {
    let refusal = outcome.expect_err("a refusal");
    (refusal.code(), refusal.rule())
}

#[test]
fn a_client_reaches_everybody_in_the_group_with_one_fan_out() {
    let mut world = World::new();
    let show = world.create("show");
    let [ada, _bob] = world.add_members(show, ["ada", "bob"]);
    world.take();
    let tid = world.said(ada, show, note("hello", 10_001, Priority::Medium));
    let outputs = world.take();
    let [Output::Deliver(fanout)] = &outputs[..] else { panic!("{outputs:?}") };
    assert_eq!(fanout.group, show);
    assert_eq!(fanout.generation, world.service.audience_generation(show));
    assert_eq!(fanout.withhold, None);
    let message = &fanout.message;
    assert_eq!((&message.tid, &*message.body, message.kind), (&tid, "hello", 10_001));
    assert_eq!((&*message.sender_id, &*message.sender_info), ("ada", "ada's"));
    assert_eq!((message.seq, message.total, message.origin), (1, 1, Origin::Client));
    assert_eq!((message.level, message.high_index), (Priority::Medium, 0));
}

#[test]
fn the_sender_can_be_left_out_by_reading() {
    let mut world = World::read("send.own-copy", "withheld");
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    world.take();
    world.said(ada, show, note("hello", 1, Priority::High));
    let outputs = world.take();
    let [Output::Deliver(fanout)] = &outputs[..] else { panic!("{outputs:?}") };
    assert_eq!(fanout.withhold, Some(ada.user));
}

#[test]
fn sequence_numbers_totals_and_high_indices_count_up() {
    let mut world = World::new();
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    for (kind, level) in
        [(1, Priority::High), (2, Priority::Normal), (1, Priority::High), (1, Priority::Medium)]
    {
        world.said(ada, show, note("x", kind, level));
    }
    let noted: Vec<_> =
        world.delivered().iter().map(|message| (message.seq, message.total, message.high_index)).collect();
    assert_eq!(noted, [(1, 1, 1), (2, 1, 0), (3, 2, 2), (4, 3, 0)]);
}

#[test]
fn clients_are_refused_in_the_documented_order() {
    let mut world = World::new();
    let show = world.create("show");
    let gone = world.create("gone");
    world.delete("gone");
    let [ada] = world.add_members(show, ["ada"]);
    let eve = world.connect("eve");
    let long = "x".repeat(15 * 1_024 + 1);
    let legal = note(&long[1..], 1, Priority::Normal);
    assert_eq!(world.say(eve, gone, note(&long, 1, Priority::Normal)), Err(ClientRefusal::BadParameter));
    assert_eq!(world.say(eve, gone, legal.clone()), Err(ClientRefusal::GroupDeleted));
    assert_eq!(world.say(eve, show, legal.clone()), Err(ClientRefusal::NotJoined));
    let nowhere = ClientRequest::Send(GroupKey::from("nowhere"), legal.clone());
    assert_eq!(world.ask(eve, nowhere), Err(ClientRefusal::NoGroup));
    let mute = AddLiveMessageGroupBand {
        app_id: world.id(),
        group_id: "show".into(),
        banned_users: vec!["ada".into()],
        ..Default::default()
    };
    world.call(mute).expect("a legal mute");
    assert_eq!(world.say(ada, show, legal.clone()), Err(ClientRefusal::Muted));
    let mut pushy = legal;
    pushy.skip_mute_check = true;
    assert_eq!(world.say(ada, show, pushy.clone()), Err(ClientRefusal::Muted), "only the role admin may");
    let login = world.login("ada", "admin");
    let ada = world.connect_with(&login);
    world.ask(ada, ClientRequest::Join(show.into())).expect("the group exists");
    assert!(world.say(ada, show, pushy).is_ok());
}

#[test]
fn the_back_end_sends_under_any_name_and_counts_as_it_says() {
    let mut world = World::new();
    let show = world.create("show");
    world.add_members(show, ["bob"]);
    world.take();
    let post = world.post("show");
    let tid = world
        .posted(SendLiveMessageGroup {
            msg_tid: Some("gift1".into()),
            statics_increase: Some(7),
            weight: Some(1_000_000),
            sender_meta_info: Some("on air".into()),
            ..post.clone()
        })
        .expect("a legal send");
    assert_eq!(&*tid, "gift1");
    world.posted(post).expect("a legal send");
    let delivered = world.delivered();
    assert_eq!(
        (delivered[0].level, delivered[0].total, &*delivered[0].sender_info),
        (Priority::High, 7, "on air")
    );
    assert_eq!(
        (delivered[1].level, delivered[1].total, &*delivered[1].sender_id),
        (Priority::Normal, 8, "studio")
    );
    assert_ne!(delivered[1].tid, delivered[0].tid);
    let describe =
        DescribeLiveMessageGroup { app_id: world.id(), group_id: "show".into(), ..Default::default() };
    let Ok(Response::Group(view)) = world.call(describe) else { panic!("a group") };
    assert_eq!(view.live.expect("a live group").msg_amount, [(10_001, 8)]);
}

#[test]
fn a_group_takes_messages_only_while_somebody_is_in() {
    let mut world = World::new();
    let show = world.create("show");
    let post = world.post("show");
    let empty = (ErrorCode::ResourceNotExist, Rule::MessageSendNeedsActive);
    assert_eq!(refused(world.posted(post.clone())), empty);
    let [ada] = world.add_members(show, ["ada"]);
    world.posted(post.clone()).expect("the group is active");
    world.ask(ada, ClientRequest::Leave(show.into())).expect("ada is in");
    assert_eq!(refused(world.posted(post.clone())), empty);
    let nowhere = SendLiveMessageGroup { group_id: "nowhere".into(), ..post };
    assert_eq!(refused(world.posted(nowhere)), (ErrorCode::ResourceNotExist, Rule::MessageSendGroupMissing));
}

#[test]
fn each_parameter_has_its_bound() {
    let mut world = World::new();
    let show = world.create("show");
    world.add_members(show, ["ada"]);
    let post = world.post("show");
    let text = |length: usize| Some("x".repeat(length));
    let cases = [
        (SendLiveMessageGroup { sender_id: String::new(), ..post.clone() }, Rule::MessageSendRequired),
        (SendLiveMessageGroup { sender_id: "a b".into(), ..post.clone() }, Rule::MessageSenderFormat),
        (SendLiveMessageGroup { sender_meta_info: text(513), ..post.clone() }, Rule::MessageSenderInfoBytes),
        (SendLiveMessageGroup { body: text(15_361), ..post.clone() }, Rule::MessageBodyBytes),
        (SendLiveMessageGroup { msg_tid: text(65), ..post.clone() }, Rule::MessageMsgTidFormat),
        (SendLiveMessageGroup { msg_tid: Some("a-b".into()), ..post.clone() }, Rule::MessageMsgTidFormat),
        (SendLiveMessageGroup { weight: Some(0), ..post.clone() }, Rule::PriorityWeightLevels),
        (
            SendLiveMessageGroup { statics_increase: Some(-1), ..post.clone() },
            Rule::StatisticsIncreaseDefault,
        ),
    ];
    for (send, rule) in cases {
        assert_eq!(refused(world.posted(send)), (ErrorCode::InputInvalid, rule));
    }
    let euro = "\u{20ac}".repeat(5_120);
    let at_limit = SendLiveMessageGroup {
        body: Some(euro),
        sender_meta_info: text(512),
        msg_tid: text(64),
        statics_increase: Some(0),
        ..post
    };
    world.posted(at_limit).expect("everything is at its limit");
    assert_eq!(world.delivered().len(), 1);
}

#[test]
fn a_thirty_first_type_is_refused_and_the_thirty_go_on() {
    let mut world = World::new();
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    for kind in 0..30 {
        world.said(ada, show, note("x", kind, Priority::Normal));
    }
    assert_eq!(world.say(ada, show, note("x", 30, Priority::Normal)), Err(ClientRefusal::BadParameter));
    let post = SendLiveMessageGroup { msg_type: Some(99), ..world.post("show") };
    assert_eq!(refused(world.posted(post)), (ErrorCode::InputInvalid, Rule::MessageTypesMax));
    world.said(ada, show, note("x", 29, Priority::Normal));
    assert_eq!(world.delivered().len(), 31);
}

#[test]
fn types_that_wait_for_a_slot_hold_their_place() {
    let mut world = World::with(|config| {
        config.limits.group_messages_per_second = 1;
        config.limits.group_types_max = 2;
    });
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    world.said(ada, show, note("first", 1, Priority::Normal));
    world.said(ada, show, note("waits", 2, Priority::Normal));
    assert_eq!(world.say(ada, show, note("third", 3, Priority::High)), Err(ClientRefusal::BadParameter));
    world.said(ada, show, note("waits too", 2, Priority::Normal));
    world.pass_ms(20_000);
    assert_eq!(world.say(ada, show, note("third", 3, Priority::High)), Err(ClientRefusal::BadParameter));
}

#[test]
fn the_same_id_is_sent_once() {
    let mut world = World::new();
    let show = world.create("show");
    let stage = world.create("stage");
    world.add_members(show, ["ada"]);
    world.add_members(stage, ["bob"]);
    world.take();
    let post = SendLiveMessageGroup { msg_tid: Some("once".into()), ..world.post("show") };
    for _ in 0..3 {
        assert_eq!(&*world.posted(post.clone()).expect("a success"), "once");
    }
    world.posted(SendLiveMessageGroup { group_id: "stage".into(), ..post.clone() }).expect("another group");
    assert_eq!(world.delivered().len(), 2);
    assert_eq!(world.stored("show").len(), 1);
    let mut world = World::read("send.duplicate-msg-tid", "refused");
    let show = world.create("show");
    world.add_members(show, ["ada"]);
    let post = SendLiveMessageGroup { app_id: world.id(), ..post };
    world.posted(post.clone()).expect("the first");
    assert_eq!(refused(world.posted(post)), (ErrorCode::InputInvalid, Rule::MessageMsgTidUnique));
}

#[test]
fn an_id_in_flight_is_known_and_a_shed_one_is_free() {
    let mut world = World::with(|config| config.limits.group_messages_per_second = 1);
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    world.said(ada, show, note("first", 1, Priority::High));
    let post = SendLiveMessageGroup { msg_tid: Some("slow".into()), msg_type: Some(1), ..world.post("show") };
    world.posted(post.clone()).expect("it waits");
    world.posted(post.clone()).expect("it is known");
    world.said(ada, show, note("better", 1, Priority::High));
    let shed = world.shed();
    assert_eq!(shed.len(), 1, "{shed:?}");
    assert_eq!((&*shed[0].tid, shed[0].rule), ("slow", Rule::PriorityHighFirst));
    world.pass_ms(3_000);
    world.take();
    world.posted(post).expect("it is free again");
    assert_eq!(world.delivered().len(), 1);
}

#[test]
fn the_old_family_sends_to_all_and_to_some() {
    let mut world = World::new();
    let show = world.create("show");
    let [ada, bob] = world.add_members(show, ["ada", "bob"]);
    world.connect("eve");
    world.take();
    let send = SendMessageToGroup {
        app_id: world.id(),
        group_id: "show".into(),
        operator_user_id: "studio".into(),
        kind: None,
        data: "{}".into(),
        skip_audit: None,
    };
    let Ok(Response::MessageSent(tid)) = world.call(send.clone()) else { panic!("sent") };
    let delivered = world.delivered();
    assert_eq!((&delivered[0].tid, delivered[0].kind, delivered[0].origin), (&tid, 0, Origin::Old));
    let nameless = SendMessageToGroup { operator_user_id: String::new(), ..send };
    assert_eq!(refused(world.call(nameless)), (ErrorCode::InputInvalid, Rule::LegacySendRequired));
    let some = SendMessageToGroupUsers {
        app_id: world.id(),
        group_id: "show".into(),
        operator_user_id: "studio".into(),
        receiver_id_list: vec!["bob".into(), "eve".into(), "nobody".into(), "ada".into()],
        kind: Some(12_000),
        data: "psst".into(),
        skip_audit: None,
    };
    world.call(some.clone()).expect("a legal send");
    let outputs = world.take();
    let [Output::DeliverTo(sessions, message)] = &outputs[..] else { panic!("{outputs:?}") };
    assert_eq!((&sessions[..], &*message.body), (&[bob, ada][..], "psst"));
    assert_eq!(world.stored("show"), ["{}"], "what is for some is not stored");
    let typeless = SendMessageToGroupUsers { kind: None, ..some };
    assert_eq!(refused(world.call(typeless)), (ErrorCode::InputInvalid, Rule::LegacySendUsersTypeRequired));
}

#[test]
fn the_console_sends_like_the_operation() {
    let mut world = World::new();
    let show = world.create("show");
    let send = ConsoleRequest::SendMessage {
        app_id: world.id(),
        group_id: "show".into(),
        sender_id: "host".into(),
        sender_info: String::new(),
        kind: "5".into(),
        body: "on air".into(),
    };
    assert_eq!(refused(world.console(send.clone())).1, Rule::MessageSendNeedsActive);
    world.add_members(show, ["ada"]);
    world.take();
    assert!(matches!(world.console(send.clone()), Ok(Reply::Done(Response::MessageSent(_)))));
    assert_eq!(world.delivered()[0].origin, Origin::Console);
    world.caller = Caller::account(AccountIx(1));
    assert_eq!(refused(world.console(send)).0, ErrorCode::ResourceNotExist);
}

#[test]
fn a_refused_send_changes_nothing() {
    let mut world = World::new();
    let show = world.create("show");
    world.add_members(show, ["ada"]);
    let before = world.service.digest();
    let post = world.post("show");
    for send in [
        SendLiveMessageGroup { sender_id: "fresh".into(), weight: Some(-4), ..post.clone() },
        SendLiveMessageGroup { group_id: "nowhere".into(), sender_id: "fresh".into(), ..post },
    ] {
        assert!(world.posted(send).is_err());
    }
    let ada = world.service.find_user(world.app(), "ada").and_then(|user| world.service.session_of(user));
    let long = note(&"x".repeat(20_000), 1, Priority::High);
    assert!(world.say(ada.expect("ada is on"), show, long).is_err());
    assert_eq!(world.service.digest(), before);
    world.posted(world.post("show")).expect("a legal send");
    assert_ne!(world.service.digest(), before);
}
