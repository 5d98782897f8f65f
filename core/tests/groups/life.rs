//! The life of a group.

use claque_core::{
    ClientRefusal, ClientRequest, CreateLiveMessageGroup, DeleteLiveMessageGroup, DescribeLiveMessageGroup,
    Duration, ErrorCode, ExitReason, GroupCreated, GroupKey, GroupView, Notice, NoticeTo, Output,
    RecoverLiveMessageDeletedGroup, Response,
};

use crate::world::World;

fn describe(world: &mut World, group_id: &str) -> GroupView {
    let request = DescribeLiveMessageGroup {
        app_id: world.id(),
        group_id: group_id.into(),
        ..DescribeLiveMessageGroup::default()
    };
    let Ok(Response::Group(view)) = world.call(request) else { panic!("a group") };
    view
}

fn delete(world: &mut World, group_id: &str, by: Option<&str>) -> Response {
    let request = DeleteLiveMessageGroup {
        app_id: world.id(),
        group_id: group_id.into(),
        operator_id: by.map(Into::into),
        ..DeleteLiveMessageGroup::default()
    };
    world.call(request).expect("a deletion succeeds")
}

fn recover(world: &World, group_id: &str) -> RecoverLiveMessageDeletedGroup {
    RecoverLiveMessageDeletedGroup {
        app_id: world.id(),
        group_id: group_id.into(),
        ..RecoverLiveMessageDeletedGroup::default()
    }
}

#[test]
fn a_group_is_created_joined_and_left() {
    let mut world = World::new();
    let group = world.create("show");
    let (ada, bob) = (world.connect("ada"), world.connect("bob"));
    world.take();
    let state = world.join(ada, group);
    assert_eq!((&*state.group_id, state.counters.online_user_counts), ("show", 1));
    world.join(bob, group);
    assert_eq!(world.service.member_count(group), 2);
    let expected = Notice::MemberChange { count: 2, joined: vec![bob.user], left: vec![], supergroup: false };
    assert_eq!(world.take().last(), Some(&Output::Notice(NoticeTo::Group(group), expected, vec![])));
    world.leave(ada, group);
    let expected = Notice::MemberChange { count: 1, joined: vec![], left: vec![ada.user], supergroup: false };
    assert_eq!(world.take(), [Output::Notice(NoticeTo::Group(group), expected, vec![])]);
    assert_eq!(world.ask(ada, ClientRequest::Leave(group.into())), Err(ClientRefusal::NotJoined));
    let counters = describe(&mut world, "show").live.unwrap();
    assert_eq!((counters.online_user_counts, counters.total_times), (1, 2));
}

#[test]
fn a_repeated_create_leaves_the_group_untouched() {
    let mut world = World::new();
    world.create("show");
    let again = CreateLiveMessageGroup {
        app_id: world.id(),
        group_id: "show".into(),
        group_name: Some("other".into()),
        ..CreateLiveMessageGroup::default()
    };
    let created = GroupCreated { group_id: "show".into(), already_exists: true, already_delete: false };
    assert_eq!(world.call(again), Ok(Response::GroupCreated(created)));
    assert_eq!(&*describe(&mut world, "show").group_name, "");
}

#[test]
fn a_deleted_group_dismisses_its_members_and_can_be_restored() {
    let mut world = World::new();
    let group = world.create("show");
    let ada = world.connect("ada");
    world.join(ada, group);
    world.take();
    assert_eq!(delete(&mut world, "show", Some("eve")), Response::GroupId("show".into()));
    let exit = Notice::Exit(ExitReason::GroupDeleted);
    assert_eq!(world.take(), [Output::Notice(NoticeTo::Users(group), exit, vec![ada.user])]);
    let view = describe(&mut world, "show");
    assert_eq!(view.live, None);
    let deletion = view.deleted.unwrap();
    assert_eq!((deletion.at, &*deletion.by), (world.now.unix_seconds(), "eve"));
    let join = ClientRequest::Join(GroupKey::from("show"));
    assert_eq!(world.ask(ada, join.clone()), Err(ClientRefusal::GroupDeleted));
    world.pass(Duration::from_days(8));
    delete(&mut world, "show", Some("bob"));
    assert_eq!(&*describe(&mut world, "show").deleted.unwrap().by, "eve", "the first deletion stands");
    let request = recover(&world, "show");
    assert_eq!(world.call(request), Ok(Response::GroupId("show".into())));
    assert_eq!(world.service.member_count(group), 0);
    assert!(world.ask(ada, join).is_ok());
    world.pass(Duration::from_days(40));
    assert!(describe(&mut world, "show").live.is_some(), "a restored group is not purged");
}

#[test]
fn a_group_that_nobody_restores_is_purged_and_its_name_stays_taken() {
    let mut world = World::new();
    world.create("show");
    delete(&mut world, "show", None);
    world.pass(Duration::from_micros(30 * 86_400_000_000 - 1));
    assert!(describe(&mut world, "show").deleted.is_some());
    world.pass(Duration::from_micros(1));
    let request = recover(&world, "show");
    assert_eq!(world.call(request).unwrap_err().code(), ErrorCode::ResourceNotExist);
    let again = CreateLiveMessageGroup {
        app_id: world.id(),
        group_id: "show".into(),
        ..CreateLiveMessageGroup::default()
    };
    let created = GroupCreated { group_id: "show".into(), already_exists: true, already_delete: true };
    assert_eq!(world.call(again), Ok(Response::GroupCreated(created)));
}
