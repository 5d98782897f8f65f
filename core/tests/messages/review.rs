//! The review of content: off, built in, and the application's own.

use claque_core::{
    ClientRefusal, ClientReply, ClientRequest, CreateLiveMessageApp, ErrorCode, Output, Priority, Reply,
    Response, Rule, SendLiveMessageGroup, SendLiveMessageUser, SendMessageToGroup, SessionId, Ticket,
    Verdict,
};

use crate::world::{World, note};

fn custom() -> CreateLiveMessageApp {
    CreateLiveMessageApp {
        audit_type: Some(2),
        audit_url: Some("https://review.example/".into()),
        ..Default::default()
    }
}

fn asked(world: &mut World) -> Vec<(Ticket, String)> {
    let asked = |output| {
        if let Output::Moderate(moderation) = output {
            Some((moderation.ticket, moderation.content.to_string()))
        } else {
            None
        }
    };
    world.take().into_iter().filter_map(asked).collect()
}

fn reviewed_group() -> (World, claque_core::GroupIx, SessionId) {
    let mut world = World::new();
    world.use_new_app(custom());
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    world.take();
    (world, show, ada)
}

#[test]
fn the_built_in_review_refuses_words() {
    for mutation in [None, Some(claque_core::Mutant::RejectedToldSent)] {
        let noted = mutation.is_none();
        let setup = crate::world::Setup { mutation, reading: None };
        let mut world = World::set_up(setup, |config| config.refused_words = vec!["Pest".into()]);
        let show = world.create("show");
        let [ada] = world.add_members(show, ["ada"]);
        world.said(ada, show, note("a PEST", 1, Priority::High));
        assert_eq!(world.delivered().len(), 1, "nothing is reviewed unless the application asks");
        world.use_new_app(CreateLiveMessageApp { audit_type: Some(1), ..Default::default() });
        let show = world.create("show");
        let [ada] = world.add_members(show, ["ada"]);
        world.take();
        let outcome = world.say(ada, show, note("a pEsT!", 1, Priority::High));
        assert_eq!(outcome == Err(ClientRefusal::BadParameter), noted);
        let post = SendLiveMessageGroup { body: Some("pest".into()), ..world.post("show") };
        assert_eq!(world.posted(post).is_err(), noted);
        assert_eq!(world.delivered().len(), 0);
        assert!(world.stored("show").is_empty());
        world.said(ada, show, note("a rest", 1, Priority::High));
        let old = SendMessageToGroup {
            app_id: world.id(),
            group_id: "show".into(),
            operator_user_id: "studio".into(),
            kind: Some(1),
            data: "pest".into(),
            skip_audit: Some(true),
        };
        world.call(old.clone()).expect("it asks to skip the review");
        assert_eq!(world.delivered().len(), 2);
        assert_eq!(world.call(SendMessageToGroup { skip_audit: None, ..old }).is_err(), noted);
    }
}

#[test]
fn a_message_waits_for_its_verdict() {
    let (mut world, show, ada) = reviewed_group();
    let send = |world: &mut World, body: &str| match world.say(ada, show, note(body, 1, Priority::High)) {
        Ok(ClientReply::Pending(ticket)) => ticket,
        other => panic!("answered later: {other:?}"),
    };
    let tickets = ["a", "b", "c", "d"].map(|body| send(&mut world, body));
    let content = asked(&mut world);
    assert_eq!(content.iter().map(|(_, text)| &**text).collect::<String>(), "abcd");
    assert_eq!(content[0].0, tickets[0]);
    world.judge(tickets[1], Verdict::Pass);
    world.judge(tickets[0], Verdict::Refuse("rude".into()));
    world.judge(tickets[2], Verdict::Unavailable);
    world.pass_ms(2_999);
    assert_eq!(world.stored("show"), ["b", "c"]);
    world.pass_ms(1);
    assert_eq!(world.stored("show"), ["b", "c", "d"], "a late reviewer lets it through");
    world.judge(tickets[3], Verdict::Refuse("too late".into()));
    let noted = |output| {
        if let Output::ClientAnswer(session, _, outcome) = output {
            Some((session, outcome.map(|_| ())))
        } else {
            None
        }
    };
    let answers: Vec<_> = world.take().into_iter().filter_map(noted).collect();
    let (passed, refused) = ((ada, Ok(())), (ada, Err(ClientRefusal::BadParameter)));
    assert_eq!(answers, [passed, refused, passed, passed]);
}

#[test]
fn a_review_that_ends_with_a_second_leaves_its_slots_to_what_waited() {
    let mut world = World::with(|config| config.limits.group_messages_per_second = 1);
    world.use_new_app(custom());
    let show = world.create("show");
    let [ada] = world.add_members(show, ["ada"]);
    let host = world.connect_with(&world.login("host", "admin"));
    world.ask(host, ClientRequest::Join(show.into())).expect("host joins");
    let reviewed = world.say(ada, show, note("reviewed", 1, Priority::Normal));
    assert!(matches!(reviewed, Ok(ClientReply::Pending(_))));
    world.pass_ms(2_200);
    let spared = |body, level| claque_core::ClientSend { skip_audit: true, ..note(body, 2, level) };
    world.said(host, show, spared("first", Priority::Normal));
    world.said(host, show, spared("gift", Priority::High));
    world.take();
    world.pass_ms(800);
    let bodies = |world: &mut World| {
        world.delivered().iter().map(|message| message.body.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(bodies(&mut world), ["gift"], "it was there first, and it is higher");
    world.pass_ms(1_000);
    assert_eq!(bodies(&mut world), ["reviewed"]);
}

#[test]
fn what_waits_fails_when_its_group_is_gone() {
    let (mut world, show, ada) = reviewed_group();
    let post = SendLiveMessageGroup { msg_tid: Some("m1".into()), ..world.post("show") };
    let Ok(Reply::Pending(first)) = world.request(post.clone()) else { panic!("later") };
    assert!(matches!(world.call(post), Ok(Response::MessageSent(_))), "its ID is known already");
    let Ok(ClientReply::Pending(second)) = world.say(ada, show, note("x", 1, Priority::High)) else {
        panic!()
    };
    world.delete("show");
    world.take();
    world.judge(first, Verdict::Pass);
    world.judge(second, Verdict::Pass);
    let outputs = world.take();
    let [Output::Answer(_, Err(refusal)), Output::ClientAnswer(_, _, Err(ClientRefusal::GroupDeleted))] =
        &outputs[..]
    else {
        panic!("{outputs:?}")
    };
    assert_eq!(
        (refusal.code(), refusal.rule()),
        (ErrorCode::ResourceNotExist, Rule::DeletionGroupUnavailable)
    );
}

#[test]
fn what_waits_fails_when_everybody_has_left() {
    let (mut world, show, ada) = reviewed_group();
    let Ok(Reply::Pending(ticket)) = world.request(world.post("show")) else { panic!("later") };
    let Ok(ClientReply::Pending(mine)) = world.say(ada, show, note("x", 1, Priority::High)) else { panic!() };
    world.ask(ada, ClientRequest::Logout).expect("ada is on");
    world.take();
    world.judge(ticket, Verdict::Pass);
    world.judge(mine, Verdict::Pass);
    let outputs = world.take();
    let [Output::Answer(_, Err(refusal))] = &outputs[..] else { panic!("{outputs:?}") };
    assert_eq!(refusal.rule(), Rule::MessageSendNeedsActive, "and the user who logged off is sent nothing");
}

#[test]
fn a_letter_is_reviewed_and_then_acknowledged_under_one_ticket() {
    let (mut world, _, ada) = reviewed_group();
    let direct = SendLiveMessageUser {
        app_id: world.id(),
        receiver_id: "ada".into(),
        sender_id: "studio".into(),
        high_reliability: Some(true),
        ..Default::default()
    };
    let Ok(Reply::Pending(ticket)) = world.request(direct.clone()) else { panic!("later") };
    world.pass_ms(2_000);
    world.judge(ticket, Verdict::Pass);
    world.pass_ms(2_000);
    assert_eq!(world.ask(ada, ClientRequest::Acknowledge(ticket)), Ok(ClientReply::Done));
    let answered = |output: &Output| matches!(output, Output::Answer(_, Ok(Response::MessageSent(_))));
    assert_eq!(world.take().iter().filter(|output| answered(output)).count(), 1);
    let Ok(Reply::Pending(ticket)) = world.request(direct.clone()) else { panic!("later") };
    world.judge(ticket, Verdict::Refuse("no".into()));
    let Ok(Reply::Pending(lost)) = world.request(direct) else { panic!("later") };
    world.ask(ada, ClientRequest::Logout).expect("ada is on");
    world.judge(lost, Verdict::Pass);
    let rules =
        |output| if let Output::Answer(_, Err(refusal)) = output { Some(refusal.rule()) } else { None };
    let refusals: Vec<_> = world.take().into_iter().filter_map(rules).collect();
    assert_eq!(refusals, [Rule::ModerationVerdictPass, Rule::MessageUserSendReceiverOnline]);
}

#[test]
fn the_role_admin_may_skip_the_review_and_the_back_end_by_reading() {
    let (mut world, show, ada) = reviewed_group();
    let mut send = note("x", 1, Priority::High);
    send.skip_audit = true;
    assert!(matches!(world.say(ada, show, send.clone()), Ok(ClientReply::Pending(_))));
    let login = world.login("root", "admin");
    let root = world.connect_with(&login);
    world.ask(root, ClientRequest::Join(show.into())).expect("the group exists");
    assert!(matches!(world.say(root, show, send), Ok(ClientReply::Sent(_))));
    let mut world = World::read("send.server-moderation", "exempt");
    world.use_new_app(custom());
    let show = world.create("show");
    world.add_members(show, ["ada"]);
    world.posted(world.post("show")).expect("no review");
}
