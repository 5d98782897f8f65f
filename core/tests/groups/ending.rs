//! What ends for many at once ends a slice at a time, and for everybody from the call on.

use std::collections::BTreeSet;

use claque_core::{
    ClientRefusal, ClientRequest, ConsoleRequest, DeleteLiveMessageGroup, Duration, ExitReason, GroupIx,
    GroupKey, LinkEnd, LogoffReason, ModifyLiveMessageAppDisable, Notice, Output,
    RecoverLiveMessageDeletedGroup, SessionId, UserIx,
};

use crate::world::World;

/// Far more than a slice.
const MANY: u32 = 20_000;

/// A group that many are in, and their sessions.
fn crowded() -> (World, GroupIx, Vec<SessionId>) {
    let mut world = World::lax(None, |_| {});
    world.use_new_app(Default::default());
    let group = world.create("show");
    let sessions: Vec<SessionId> = (0..MANY).map(|user| world.connect(&format!("u{user}"))).collect();
    for session in &sessions {
        world.join(*session, group);
    }
    world.take();
    (world, group, sessions)
}

fn disable(world: &mut World, disable: bool) {
    let request =
        ModifyLiveMessageAppDisable { app_id: world.id(), disable: Some(disable), ..Default::default() };
    world.call(request).expect("the application is there");
}

fn delete(world: &mut World) {
    let request =
        DeleteLiveMessageGroup { app_id: world.id(), group_id: "show".into(), ..Default::default() };
    world.call(request).expect("the group is there");
}

fn closed(outputs: &[Output]) -> Vec<SessionId> {
    let of = |output: &Output| {
        if let Output::Close(session, LogoffReason::AppDisabled) = output { Some(*session) } else { None }
    };
    outputs.iter().filter_map(of).collect()
}

fn noted(outputs: &[Output]) -> Vec<UserIx> {
    let of = |output: &Output| {
        if let Output::Notice(_, Notice::Exit(ExitReason::GroupDeleted), users) = output {
            Some(users.clone())
        } else {
            None
        }
    };
    outputs.iter().filter_map(of).flatten().collect()
}

fn slice(world: &mut World) {
    world.now = world.service.ends_at().expect("there is more to end");
    world.service.handle_timeout(world.now);
    world.drain();
}

#[test]
fn a_disabled_application_refuses_everybody_at_once_whatever_is_still_to_end() {
    let (mut world, group, sessions) = crowded();
    disable(&mut world, true);
    let first = closed(&world.take());
    assert!(!first.is_empty() && first.len() < sessions.len() / 2, "{} sessions at once", first.len());
    assert_eq!(world.service.check_invariants(), Ok(()));
    assert!(world.service.left_to_end() >= u64::from(MANY) / 2);
    for session in [sessions[0], sessions[sessions.len() - 1]] {
        let asked = world.ask(session, ClientRequest::QueryGroup(GroupKey::Index(group)));
        assert_eq!(asked.map(drop), Err(ClientRefusal::NoSession));
        assert_eq!(world.reconnect(session, None, &[]).map(drop), Err(ClientRefusal::NoSession));
        assert_eq!(world.service.session_of(session.user), None);
        assert_eq!(world.service.session_state(session), None);
    }
    let late = world.login(&format!("u{}", MANY - 1), "");
    assert_eq!(world.connect_with(&late).map(drop), Err(ClientRefusal::Forbidden));

    // A link that breaks meanwhile is nothing to anybody, and neither is enabling it again: it takes effect at the end.
    world.disconnect(sessions[sessions.len() - 1], LinkEnd::Lost);
    disable(&mut world, false);
    assert_eq!(world.connect_with(&late).map(drop), Err(ClientRefusal::Forbidden));
    world.restore();
    slice(&mut world);
    let mut all = first;
    all.extend(closed(&world.take()));
    assert!(all.len() < sessions.len());
    assert_eq!(world.service.check_invariants(), Ok(()));
    world.pass(Duration::from_millis(1));
    all.extend(closed(&world.take()));
    assert_eq!(all, sessions, "each session ends once, in the order of users");
    assert_eq!((world.service.ends_at(), world.service.left_to_end()), (None, 0));
    assert_eq!(world.service.member_count(group), 0);
    let back = world.connect_with(&late).expect("it is enabled");
    assert!(back.groups.is_empty());
    world.pass(Duration::from_millis(1));
    assert!(world.service.session_state(back.session).is_some(), "the new session stays");
    assert_eq!(world.service.check_invariants(), Ok(()));
}

#[test]
fn disabled_enabled_and_disabled_again_while_sessions_end_lets_nobody_in_and_ends_nobody_twice() {
    let (mut world, _, sessions) = crowded();
    for off in [true, false, true, true, false] {
        disable(&mut world, off);
    }
    world.pass(Duration::from_millis(1));
    assert_eq!(closed(&world.take()), sessions);
    let back = world.connect("u0");
    disable(&mut world, true);
    world.pass(Duration::from_millis(1));
    assert_eq!(closed(&world.take()), [back]);
}

#[test]
fn a_deleted_application_has_neither_sessions_nor_groups_at_the_end() {
    let (mut world, group, sessions) = crowded();
    let app_id = world.id();
    // Deleting one whose sessions end already goes on with them.
    disable(&mut world, true);
    world.console(ConsoleRequest::DeleteApp { app_id }).expect("the application is there");
    assert_eq!(world.service.check_invariants(), Ok(()));
    world.pass(Duration::from_millis(1));
    assert_eq!(closed(&world.take()), sessions);
    assert_eq!(world.service.check_invariants(), Ok(()));
    assert!(world.service.audience(group).len() <= 1, "a group that is gone keeps no slots");
}

#[test]
fn nobody_is_in_a_deleted_group_and_everybody_is_notified_once() {
    let (mut world, group, sessions) = crowded();
    delete(&mut world);
    let first = noted(&world.take());
    assert!(!first.is_empty() && first.len() < sessions.len() / 2, "{} members at once", first.len());
    assert_eq!(world.service.check_invariants(), Ok(()));
    assert_eq!(world.service.member_count(group), 0);
    let [last, before] = [1, 2].map(|back| sessions[sessions.len() - back]);
    assert!(!world.service.is_member(group, last.user));
    let send = world.ask(last, ClientRequest::Leave(GroupKey::Index(group)));
    assert!(send.is_err(), "{send:?}");
    // Who logs off meanwhile hears no more of it; whose link comes back is in no group.
    world.disconnect(last, LinkEnd::Closed);
    world.disconnect(before, LinkEnd::Lost);
    let back = world.reconnect(before, None, &[]).expect("the session lives");
    assert!(back.groups.is_empty());
    world.restore();
    world.pass(Duration::from_millis(1));
    let mut all = first;
    all.extend(noted(&world.take()));
    let expected: Vec<UserIx> = sessions[..sessions.len() - 1].iter().map(|session| session.user).collect();
    assert_eq!(all, expected);
    assert_eq!(world.service.check_invariants(), Ok(()));
    assert!(world.service.audience(group).len() <= 1, "a deleted group keeps no slots");
}

#[test]
fn a_group_that_is_restored_while_its_members_are_taken_out_has_none() {
    let (mut world, group, sessions) = crowded();
    delete(&mut world);
    let request =
        RecoverLiveMessageDeletedGroup { app_id: world.id(), group_id: "show".into(), ..Default::default() };
    world.call(request).expect("it can be restored");
    let noted: BTreeSet<u32> = noted(&world.take()).into_iter().map(|user| user.0).collect();
    assert_eq!(noted.len(), sessions.len());
    assert_eq!(world.service.member_count(group), 0);
    let last = sessions[sessions.len() - 1];
    world.join(last, group);
    world.pass(Duration::from_millis(1));
    assert!(world.service.is_member(group, last.user), "who joins after that stays");
    assert_eq!(world.service.check_invariants(), Ok(()));
}
