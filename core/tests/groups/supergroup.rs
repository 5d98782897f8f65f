//! The life of a supergroup, at the documented bound and at a small one.

use claque_core::{
    DescribeLiveMessageGroup, Duration, GroupIx, ListLiveMessageGroupUsers, Notice, NoticeTo, Output,
    Response, SessionId, UserPage, UserView,
};

use crate::world::World;

fn small() -> World {
    World::with(|config| config.limits.group_members_max = 3)
}

fn crowd(world: &mut World, group: GroupIx, count: usize) -> Vec<SessionId> {
    let sessions: Vec<SessionId> = (0..count).map(|at| world.connect(&format!("u{at}"))).collect();
    for session in &sessions {
        world.join(*session, group);
    }
    sessions
}

/// The member counts in supergroup notices.
fn noted(outputs: &[Output]) -> Vec<u64> {
    let mut counts = Vec::new();
    for output in outputs {
        if let Output::Notice(NoticeTo::Group(_), notice, _) = output
            && let Notice::MemberChange { count, joined, left, supergroup } = notice
        {
            assert!(*supergroup && joined.is_empty() && left.is_empty(), "a count and no lists");
            counts.push(*count);
        }
    }
    counts
}

fn users(world: &mut World, group_id: &str) -> UserPage {
    let request = ListLiveMessageGroupUsers {
        app_id: world.id(),
        group_id: group_id.into(),
        page_size: Some(10),
        sort_type: Some(1),
        ..ListLiveMessageGroupUsers::default()
    };
    let Ok(Response::Users(page)) = world.call(request) else { panic!("a page of users") };
    page
}

fn flag(world: &mut World, group_id: &str) -> bool {
    let request = DescribeLiveMessageGroup {
        app_id: world.id(),
        group_id: group_id.into(),
        ..DescribeLiveMessageGroup::default()
    };
    let Ok(Response::Group(view)) = world.call(request) else { panic!("a group") };
    view.super_large_group
}

#[test]
fn two_thousand_members_are_normal_and_one_more_is_not() {
    let mut world = World::lax(None, |_| {});
    world.use_new_app(claque_core::CreateLiveMessageApp::default());
    let group = world.create("big");
    crowd(&mut world, group, 2_000);
    assert!(!world.service.is_supergroup(group));
    let last = world.connect("last");
    assert!(world.join(last, group).supergroup);
    assert_eq!(world.service.member_count(group), 2_001);
    assert_eq!(world.service.check_invariants(), Ok(()));
}

#[test]
fn the_list_is_empty_from_the_upgrade_on_and_the_count_stays_right() {
    let mut world = small();
    let group = world.create("big");
    let sessions = crowd(&mut world, group, 3);
    let expected: Vec<UserView> =
        ["u0", "u1", "u2"].map(|id| UserView { user_id: id.into(), user_info: "".into() }).into();
    assert_eq!(users(&mut world, "big").users, expected);
    let last = world.connect("last");
    world.join(last, group);
    let page = users(&mut world, "big");
    assert_eq!((page.users.len(), page.next_page_token), (0, 0));
    assert_eq!(world.service.member_count(group), 4);
    for session in &sessions {
        world.leave(*session, group);
    }
    assert!(flag(&mut world, "big"), "one member keeps it a supergroup");
    assert!(users(&mut world, "big").users.is_empty());
}

#[test]
fn it_shuts_down_empty_and_reopens_normal() {
    let mut world = small();
    let group = world.create("big");
    let sessions = crowd(&mut world, group, 4);
    for session in &sessions {
        world.leave(*session, group);
    }
    assert!(flag(&mut world, "big"), "the flag stays while the group is shut");
    assert!(!world.join(sessions[0], group).supergroup);
    assert!(!flag(&mut world, "big"));
    assert_eq!(users(&mut world, "big").users.len(), 1);
}

#[test]
fn notices_stand_five_seconds_apart_and_count_exactly() {
    let mut world = small();
    let group = world.create("big");
    let sessions = crowd(&mut world, group, 3);
    world.take();
    let more: Vec<SessionId> = (0..4).map(|at| world.connect(&format!("m{at}"))).collect();
    world.join(more[0], group);
    assert_eq!(noted(&world.take()), [4], "the upgrade is notified at once");
    world.join(more[1], group);
    world.pass(Duration::from_millis(4_999));
    world.join(more[2], group);
    assert!(noted(&world.take()).is_empty());
    world.pass(Duration::from_millis(1));
    assert_eq!(noted(&world.take()), [6]);
    world.pass(Duration::from_secs(60));
    assert!(noted(&world.take()).is_empty(), "nothing changed, nothing is notified");
    world.leave(sessions[0], group);
    world.leave(sessions[1], group);
    assert_eq!(noted(&world.take()), [5], "the first change after quiet is notified at once");
    world.pass(Duration::from_secs(5));
    assert_eq!(noted(&world.take()), [4]);
}

#[test]
fn the_first_change_waits_under_the_other_reading() {
    let mut world = World::with(|config| {
        config.limits.group_members_max = 3;
        config.readings.set("supergroup.first-notice", "delayed").unwrap();
    });
    let group = world.create("big");
    crowd(&mut world, group, 3);
    world.take();
    let last = world.connect("last");
    world.join(last, group);
    assert!(noted(&world.take()).is_empty());
    world.pass(Duration::from_secs(5));
    assert_eq!(noted(&world.take()), [4]);
}

#[test]
fn the_flag_falls_at_the_shutdown_under_the_other_reading() {
    let mut world = World::with(|config| {
        config.limits.group_members_max = 3;
        config.readings.set("supergroup.closed-flag", "cleared").unwrap();
    });
    let group = world.create("big");
    for session in crowd(&mut world, group, 4) {
        world.leave(session, group);
    }
    assert!(!flag(&mut world, "big"));
}

#[test]
fn a_deleted_supergroup_comes_back_normal() {
    let mut world = small();
    let group = world.create("big");
    crowd(&mut world, group, 5);
    let (app_id, group_id) = (world.id(), "big".to_owned());
    let delete = claque_core::DeleteLiveMessageGroup { app_id, group_id, ..Default::default() };
    world.call(delete).unwrap();
    let (app_id, group_id) = (world.id(), "big".to_owned());
    world
        .call(claque_core::RecoverLiveMessageDeletedGroup { app_id, group_id, ..Default::default() })
        .unwrap();
    assert!(!world.service.is_supergroup(group));
    assert_eq!(world.service.member_count(group), 0);
}

#[test]
fn a_deadline_of_the_normal_group_does_not_shorten_the_interval() {
    let mut world = World::with(|config| {
        config.limits.group_members_max = 1;
        config.readings.set("membership.notice", "one-second").unwrap();
    });
    let group = world.create("big");
    let (ada, bob) = (world.connect("ada"), world.connect("bob"));
    world.join(ada, group);
    world.pass(Duration::from_secs(1));
    world.take();
    world.join(bob, group);
    assert_eq!(noted(&world.take()), [2]);
    world.leave(ada, group);
    world.leave(bob, group);
    world.join(ada, group);
    world.join(bob, group);
    world.pass(Duration::from_millis(4_999));
    assert!(noted(&world.take()).is_empty());
    world.pass(Duration::from_millis(1));
    assert_eq!(noted(&world.take()), [2]);
}
