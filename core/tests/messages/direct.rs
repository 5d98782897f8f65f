//! Messages to one user: online, acknowledged, recalled.

use claque_core::{
    ClientRefusal, ClientReply, ClientRequest, DeleteLiveMessageUserMessage, ErrorCode, Notice, NoticeTo,
    Output, Reply, Response, Rule, SendLiveMessageUser, SessionId, Ticket,
};

use crate::world::World;

fn direct(world: &World) -> SendLiveMessageUser {
    SendLiveMessageUser {
        app_id: world.id(),
        receiver_id: "ada".into(),
        sender_id: "studio".into(),
        body: Some("psst".into()),
        msg_type: Some(3),
        ..Default::default()
    }
}

fn reliable(world: &World) -> SendLiveMessageUser {
    SendLiveMessageUser { high_reliability: Some(true), ..direct(world) }
}

fn pending(world: &mut World) -> Ticket {
    match world.request(reliable(world)) {
        Ok(Reply::Pending(ticket)) => ticket,
        other => panic!("answered later: {other:?}"),
    }
}

fn acknowledge(world: &mut World, session: SessionId, ticket: Ticket) {
    assert_eq!(world.ask(session, ClientRequest::Acknowledge(ticket)), Ok(ClientReply::Done));
}

fn answers(world: &mut World) -> Vec<Result<Response, ErrorCode>> {
    let answer = |output| {
        if let Output::Answer(_, outcome) = output {
            Some(outcome.map_err(|refusal| refusal.code()))
        } else {
            None
        }
    };
    world.take().into_iter().filter_map(answer).collect()
}

#[test]
fn a_message_reaches_a_user_who_is_online() {
    let mut world = World::new();
    for (code, reading) in
        [(ErrorCode::ResourceNotExist, "resource-not-exist"), (ErrorCode::InputInvalid, "input-invalid")]
    {
        let mut world = World::read("user-send.offline-code", reading);
        let refusal = world.call(direct(&world)).expect_err("nobody of that name is online");
        assert_eq!((refusal.code(), refusal.rule()), (code, Rule::MessageUserSendReceiverOnline));
    }
    let ada = world.connect("ada");
    world.take();
    let Ok(Response::MessageSent(tid)) = world.call(direct(&world)) else { panic!("sent") };
    let outputs = world.take();
    let [Output::Direct(session, message, None)] = &outputs[..] else { panic!("{outputs:?}") };
    assert_eq!((*session, &message.tid, message.group, &*message.body), (ada, &tid, None, "psst"));
    assert!(!message.stored);
    for _ in 0..100 {
        world.call(direct(&world)).expect("messages to one user are not shaped");
    }
    assert_eq!(world.take().len(), 100);
    world.ask(ada, ClientRequest::Logout).expect("ada is on");
    assert!(world.call(direct(&world)).is_err());
}

#[test]
fn a_reliable_message_waits_for_its_receiver() {
    let mut world = World::new();
    let ada = world.connect("ada");
    let eve = world.connect("eve");
    let ticket = pending(&mut world);
    acknowledge(&mut world, eve, ticket);
    assert_eq!(answers(&mut world), [], "only its receiver may acknowledge");
    world.pass_ms(2_999);
    acknowledge(&mut world, ada, ticket);
    assert!(matches!(answers(&mut world)[..], [Ok(Response::MessageSent(_))]));
    acknowledge(&mut world, ada, ticket);
    world.pass_ms(5_000);
    assert_eq!(answers(&mut world), [], "one answer only");
    let ticket = pending(&mut world);
    world.pass_ms(3_000);
    assert_eq!(answers(&mut world), [Err(ErrorCode::ServerError)]);
    acknowledge(&mut world, ada, ticket);
    assert_eq!(answers(&mut world), []);
}

#[test]
fn an_old_client_is_not_waited_for() {
    let mut world = World::new();
    let login = claque_core::Login { acknowledges: false, ..world.login("ada", "") };
    world.connect_with(&login);
    assert!(matches!(world.call(reliable(&world)), Ok(Response::MessageSent(_))));
}

#[test]
fn clients_talk_to_each_other() {
    let mut world = World::new();
    let ada = world.connect("ada");
    let bob = world.connect("bob");
    world.take();
    let say = |receiver: &str, body: &str| ClientRequest::SendToUser {
        receiver: receiver.into(),
        kind: 1,
        body: body.into(),
        skip_audit: false,
    };
    assert!(matches!(world.ask(ada, say("bob", "hi")), Ok(ClientReply::Sent(_))));
    let outputs = world.take();
    let [Output::Direct(session, message, None)] = &outputs[..] else { panic!("{outputs:?}") };
    assert_eq!((*session, &*message.sender_id), (bob, "ada"));
    assert_eq!(world.ask(ada, say("eve", "hi")), Err(ClientRefusal::ReceiverOffline));
    assert_eq!(world.ask(ada, say("bob", &"x".repeat(15_361))), Err(ClientRefusal::BadParameter));
}

#[test]
fn the_receiver_of_a_recalled_message_is_notified() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.take();
    let recall = DeleteLiveMessageUserMessage {
        app_id: world.id(),
        message_id: "m1".into(),
        receiver_id: "ada".into(),
        deleter_id: Some("studio".into()),
        ..Default::default()
    };
    assert_eq!(world.call(recall.clone()), Ok(Response::Empty));
    let notice = Notice::MessageDeleted { tid: "m1".into() };
    assert_eq!(world.take(), [Output::Notice(NoticeTo::Session(ada), notice, Vec::new())]);
    let refusal = world.call(DeleteLiveMessageUserMessage { deleter_id: None, ..recall.clone() });
    assert_eq!(refusal.expect_err("nobody deletes").rule(), Rule::RecallUserMessageDeleterRequired);
    let absent = DeleteLiveMessageUserMessage { receiver_id: "eve".into(), ..recall };
    assert_eq!(world.call(absent), Ok(Response::Empty));
    assert!(world.take().is_empty());
}
