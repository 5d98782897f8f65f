//! Logging on and off, lost links, devices, callbacks.

use claque_core::{
    Callback, CallbackEvent, ClientRefusal, ClientRequest, Cursor, DeleteLiveMessageGroup, Duration,
    ExitReason, GroupKey, LinkEnd, Login, LogoffReason, ModifyLiveMessageAppCallback,
    ModifyLiveMessageAppDisable, NoTrace, Notice, NoticeTo, Output, Service, SessionId, Snapshot, Sound,
    client_token,
};

use crate::world::{START, World};

const HOOK: &str = "https://hooks.example/events";

fn with_callbacks() -> World {
    let mut world = World::new();
    set_callback(&mut world, HOOK);
    world.take();
    world
}

fn set_callback(world: &mut World, url: &str) {
    let request = ModifyLiveMessageAppCallback {
        app_id: world.id(),
        event_callback_url: Some(url.into()),
        ..ModifyLiveMessageAppCallback::default()
    };
    world.call(request).expect("the address is legal");
}

fn events(outputs: &[Output]) -> Vec<(&str, CallbackEvent)> {
    let mut found = Vec::new();
    for output in outputs {
        if let Output::Callback(Callback { user_id, event, .. }) = output {
            found.push((&**user_id, event.clone()));
        }
    }
    found
}

fn closes(outputs: &[Output]) -> Vec<(SessionId, LogoffReason)> {
    let mut found = Vec::new();
    for output in outputs {
        if let Output::Close(session, reason) = output {
            found.push((*session, *reason));
        }
    }
    found
}

#[test]
fn events_follow_a_user_through_a_session() {
    let mut world = with_callbacks();
    let group = world.create("show");
    let ada = world.connect("ada");
    world.join(ada, group);
    world.leave(ada, group);
    world.join(ada, group);
    world.disconnect(ada, LinkEnd::Lost);
    world.pass(Duration::from_secs(10));
    let back = world.reconnect(ada, None, &[Cursor { group, high_seq: 0 }]).unwrap();
    assert_eq!(back.groups.len(), 1);
    world.disconnect(ada, LinkEnd::Closed);
    let outputs = world.take();
    let show: std::sync::Arc<str> = "show".into();
    let expected = [
        CallbackEvent::Logon,
        CallbackEvent::Join(show.clone()),
        CallbackEvent::Leave(show.clone()),
        CallbackEvent::Join(show.clone()),
        CallbackEvent::Reconnect(vec![show.clone()]),
        CallbackEvent::Leave(show),
        CallbackEvent::Logoff(1),
    ];
    assert_eq!(events(&outputs), expected.map(|event| ("ada", event)));
    assert!(closes(&outputs).is_empty(), "the client closed its link itself");
}

#[test]
fn one_transaction_and_one_sid_for_each() {
    let mut world = with_callbacks();
    let ada = world.connect("ada");
    world.disconnect(ada, LinkEnd::Closed);
    world.connect("ada");
    let outputs = world.take();
    let mut calls = outputs
        .iter()
        .filter_map(|output| if let Output::Callback(callback) = output { Some(callback) } else { None });
    let (on, off, again) = (calls.next().unwrap(), calls.next().unwrap(), calls.next().unwrap());
    assert_eq!(on.sid, off.sid);
    assert_ne!(on.sid, again.sid);
    assert_ne!(on.transaction, off.transaction);
    assert_eq!((&*on.url, on.at), (HOOK, START));
}

#[test]
fn without_an_address_nothing_is_called_back() {
    let mut world = World::new();
    let group = world.create("show");
    let ada = world.connect("ada");
    world.join(ada, group);
    assert!(events(&world.take()).is_empty());
    set_callback(&mut world, HOOK);
    world.leave(ada, group);
    assert_eq!(events(&world.take()).len(), 1);
    set_callback(&mut world, "");
    world.join(ada, group);
    assert!(events(&world.take()).is_empty());
}

#[test]
fn a_second_device_ends_the_first() {
    let mut world = with_callbacks();
    let group = world.create("show");
    let first = world.connect("ada");
    world.join(first, group);
    world.take();
    let second = world.connect("ada");
    let outputs = world.take();
    assert_eq!(closes(&outputs), [(first, LogoffReason::OtherDevice)]);
    assert!(events(&outputs).contains(&("ada", CallbackEvent::Logoff(4))));
    assert_eq!(world.service.member_count(group), 0, "the first session has left its groups");
    assert_eq!(world.ask(first, ClientRequest::Join(group.into())), Err(ClientRefusal::NoSession));
    world.join(second, group);
    world.disconnect(first, LinkEnd::Closed);
    assert_eq!(world.service.session_of(second.user), Some(second), "a late goodbye is ignored");
}

#[test]
fn a_lost_link_is_kept_for_the_heartbeat_timeout() {
    let mut world = with_callbacks();
    let group = world.create("show");
    let ada = world.connect("ada");
    world.join(ada, group);
    world.disconnect(ada, LinkEnd::Lost);
    world.take();
    world.pass(Duration::from_micros(98_999_999));
    assert_eq!(world.service.member_count(group), 1);
    assert_eq!(world.ask(ada, ClientRequest::Leave(group.into())), Err(ClientRefusal::NoSession));
    world.pass(Duration::from_micros(1));
    assert_eq!(world.service.member_count(group), 0);
    let outputs = world.take();
    assert_eq!(closes(&outputs), [(ada, LogoffReason::Timeout)]);
    assert_eq!(events(&outputs).last(), Some(&("ada", CallbackEvent::Logoff(3))));
    assert_eq!(world.reconnect(ada, None, &[]), Err(ClientRefusal::NoSession));
}

#[test]
fn a_client_that_came_back_is_not_timed_out() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.disconnect(ada, LinkEnd::Lost);
    world.pass(Duration::from_secs(50));
    world.reconnect(ada, None, &[]).unwrap();
    world.pass(Duration::from_secs(60));
    assert_eq!(world.service.session_of(ada.user), Some(ada));
    world.disconnect(ada, LinkEnd::Lost);
    world.pass(Duration::from_secs(98));
    assert_eq!(world.service.session_of(ada.user), Some(ada), "the timeout begins anew");
    world.pass(Duration::from_secs(1));
    assert_eq!(world.service.session_of(ada.user), None);
}

#[test]
fn heartbeat_timeouts_between_15_and_120_seconds_may_be_asked_for() {
    let mut world = World::new();
    for (seconds, accepted) in [(14, false), (15, true), (120, true), (121, false)] {
        let login = Login { heartbeat_timeout: Some(Duration::from_secs(seconds)), ..world.login("ada", "") };
        let outcome = world.connect_with(&login);
        assert_eq!(outcome.is_ok(), accepted, "{seconds} s");
        assert!(accepted || outcome == Err(ClientRefusal::BadParameter));
    }
}

#[test]
fn a_logon_needs_the_very_values_of_its_token() {
    let mut world = World::new();
    let good = world.login("ada", "");
    for bad in [
        Login { token: "0".repeat(64).into(), ..good.clone() },
        Login { token: good.token.to_uppercase().into(), ..good.clone() },
        Login { user_id: "eve".into(), ..good.clone() },
        Login { role: "admin".into(), ..good.clone() },
        Login { nonce: "AK-1".into(), ..good.clone() },
        Login { timestamp: good.timestamp + 1, ..good.clone() },
        Login { app_sign: "other".into(), ..good.clone() },
        Login { app_id: "other".into(), ..good.clone() },
    ] {
        assert_eq!(world.connect_with(&bad), Err(ClientRefusal::Forbidden), "{bad:?}");
    }
    assert!(world.connect_with(&good).is_ok());
}

#[test]
fn an_expired_token_admits_neither_logon_nor_reconnect() {
    let mut world = World::new();
    let timestamp = START.unix_seconds() + 10;
    let token = |world: &World, timestamp| {
        client_token(&world.app_id, &world.app_key, "ada", "", timestamp, "").into()
    };
    let login = Login { timestamp, token: token(&world, timestamp), ..world.login("ada", "") };
    let ada = world.connect_with(&login).unwrap().session;
    world.pass(Duration::from_secs(10));
    assert_eq!(world.service.session_of(ada.user), Some(ada), "an open session goes on");
    world.disconnect(ada, LinkEnd::Lost);
    assert_eq!(world.reconnect(ada, None, &[]), Err(ClientRefusal::Forbidden));
    assert_eq!(world.connect_with(&login), Err(ClientRefusal::Forbidden));
    let fresh = timestamp + 100;
    let login = Login { timestamp: fresh, token: token(&world, fresh), ..login };
    assert!(world.reconnect(ada, Some(&login), &[]).is_ok());
}

#[test]
fn a_disabled_application_ends_its_sessions() {
    let mut world = with_callbacks();
    let group = world.create("show");
    let ada = world.connect("ada");
    world.join(ada, group);
    world.take();
    let disable = |world: &World, disable| ModifyLiveMessageAppDisable {
        app_id: world.id(),
        disable: Some(disable),
        ..ModifyLiveMessageAppDisable::default()
    };
    let request = disable(&world, true);
    world.call(request).unwrap();
    let outputs = world.take();
    assert_eq!(closes(&outputs), [(ada, LogoffReason::AppDisabled)]);
    assert!(events(&outputs).is_empty());
    let login = world.login("ada", "");
    assert_eq!(world.connect_with(&login), Err(ClientRefusal::Forbidden));
    let request = disable(&world, false);
    world.call(request).unwrap();
    assert!(world.connect_with(&login).is_ok());
}

#[test]
fn only_the_role_admin_creates_and_closes_groups() {
    let mut world = World::new();
    let (ada, root) = (world.connect("ada"), world.connect_admin("root"));
    let create = ClientRequest::CreateGroup { group_id: Some("g".into()), name: "".into(), info: "".into() };
    assert_eq!(world.ask(ada, create.clone()), Err(ClientRefusal::Forbidden));
    world.ask(root, create).unwrap();
    let close = ClientRequest::CloseGroup(GroupKey::from("g"));
    assert_eq!(world.ask(ada, close.clone()), Err(ClientRefusal::Forbidden));
    world.ask(root, close.clone()).unwrap();
    assert_eq!(world.ask(root, close), Err(ClientRefusal::GroupDeleted));
    let missing = ClientRequest::Join(GroupKey::from("missing"));
    assert_eq!(world.ask(ada, missing), Err(ClientRefusal::NoGroup));
}

#[test]
fn a_client_cannot_reach_a_group_of_another_application() {
    let mut world = World::new();
    let here = world.create("show");
    world.use_new_app(claque_core::CreateLiveMessageApp::default());
    world.create("show");
    let eve = world.connect("eve");
    assert_eq!(world.ask(eve, ClientRequest::Join(here.into())), Err(ClientRefusal::NoGroup));
    world.ask(eve, ClientRequest::Join(GroupKey::from("show"))).unwrap();
    assert_eq!(world.service.member_count(here), 0);
}

#[test]
fn what_ended_while_a_link_was_down_is_notified_after_a_restart_too() {
    let mut world = World::new();
    let group = world.create("show");
    let ada = world.connect("ada");
    world.join(ada, group);
    world.disconnect(ada, LinkEnd::Lost);
    world.pass(Duration::from_secs(1));
    let delete = DeleteLiveMessageGroup {
        app_id: world.id(),
        group_id: "show".into(),
        operator_id: Some("ada".into()),
        ..Default::default()
    };
    world.call(delete).expect("it is deleted");
    world.take();
    let bytes = world.service.snapshot().to_bytes();
    let config = world.service.config().clone();
    let snapshot = Snapshot::from_bytes(&bytes).expect("just made");
    let mut service = Service::restore(snapshot, config, NoTrace, Sound);
    for noted in [true, false] {
        let back = service.handle_reconnect(world.now, ada, None, &[]).expect("the session lives");
        assert_eq!(back.groups, []);
        let mut exits = Vec::new();
        while let Some(output) = service.poll_output() {
            if let Output::Notice(NoticeTo::Users(of), Notice::Exit(reason), users) = output {
                exits.push((of, reason, users));
            }
        }
        let owed = (group, ExitReason::GroupDeleted, vec![ada.user]);
        assert_eq!(exits, if noted { vec![owed] } else { vec![] });
        service.handle_disconnect(world.now, ada, LinkEnd::Lost);
    }
}
