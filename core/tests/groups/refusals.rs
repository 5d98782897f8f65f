//! A refused call changes nothing, and of several reasons the first in the documented order is notified.

use std::sync::Arc;

use claque_core::{
    AccountIx, AddLiveMessageGroupBand, Caller, ClientRequest, CreateLiveMessageApp, CreateLiveMessageGroup,
    DeleteLiveMessageGroup, DescribeLiveMessageApp, DescribeLiveMessageGroup, Duration, ErrorCode, GroupKey,
    JoinMessageGroup, KickLiveMessageGroupUser, ListLiveMessageGroupByPage, Login, ModifyLiveMessageAppAudit,
    ModifyLiveMessageAppDisable, ModifyLiveMessageGroup, Policy, RecoverLiveMessageDeletedGroup, Request,
};

use crate::world::World;

fn another_account() -> Caller {
    Caller::ram_user(AccountIx(0), Arc::new(Policy::default()))
}

fn code(world: &mut World, caller: &Caller, request: impl Into<Request>) -> Option<ErrorCode> {
    world.call_as(caller, request).err().map(|refusal| refusal.code())
}

/// A call in which as much as wanted is wrong.
fn wrong(world: &World, parameter: bool, app: bool) -> CreateLiveMessageGroup {
    CreateLiveMessageGroup {
        app_id: if app { "missing".into() } else { world.id() },
        group_id: if parameter { "not legal".into() } else { "fresh".into() },
        ..CreateLiveMessageGroup::default()
    }
}

#[test]
fn parameter_then_permission_then_rate_then_existence_then_quota() {
    let mut world = World::with(|config| {
        config.limits.app_groups_max = 1;
        config.limits.call_quotas = true;
    });
    world.create("show");
    let (owner, another_account) = (world.caller.clone(), another_account());
    for _ in 1..50 {
        let request = wrong(&world, false, false);
        assert_eq!(code(&mut world, &owner, request), Some(ErrorCode::ErrorTooManyGroups));
    }
    let all = wrong(&world, true, true);
    assert_eq!(code(&mut world, &another_account, all), Some(ErrorCode::InputInvalid));
    let no_parameter = wrong(&world, false, true);
    assert_eq!(code(&mut world, &another_account, no_parameter.clone()), Some(ErrorCode::NoAuth));
    assert_eq!(code(&mut world, &owner, no_parameter.clone()), Some(ErrorCode::Throttling));
    world.pass(Duration::from_secs(1));
    assert_eq!(code(&mut world, &owner, no_parameter), Some(ErrorCode::ResourceNotExist));
    let only_quota = wrong(&world, false, false);
    assert_eq!(code(&mut world, &owner, only_quota), Some(ErrorCode::ErrorTooManyGroups));
}

#[test]
fn a_full_application_still_answers_for_names_it_knows() {
    let mut world = World::with(|config| config.limits.app_groups_max = 2);
    world.create("one");
    world.create("two");
    let delete = DeleteLiveMessageGroup { app_id: world.id(), group_id: "one".into(), ..Default::default() };
    world.call(delete).unwrap();
    world.create("three");
    let owner = world.caller.clone();
    for (group_id, expected) in [("two", None), ("one", None), ("four", Some(ErrorCode::ErrorTooManyGroups))]
    {
        let request =
            CreateLiveMessageGroup { app_id: world.id(), group_id: group_id.into(), ..Default::default() };
        assert_eq!(code(&mut world, &owner, request), expected, "{group_id}");
    }
    let (app_id, group_id) = (world.id(), "one".to_owned());
    let recover = RecoverLiveMessageDeletedGroup { app_id, group_id, ..Default::default() };
    assert_eq!(code(&mut world, &owner, recover), Some(ErrorCode::ErrorTooManyGroups));
}

#[test]
fn a_disabled_application_answers_reads_and_refuses_changes() {
    let mut world = World::new();
    world.create("show");
    let app_id = world.id();
    let disable = ModifyLiveMessageAppDisable { app_id, disable: Some(true), ..Default::default() };
    world.call(disable).unwrap();
    let owner = world.caller.clone();
    let request = wrong(&world, false, false);
    assert_eq!(code(&mut world, &owner, request), Some(ErrorCode::NoAuth));
    let request = wrong(&world, true, false);
    assert_eq!(code(&mut world, &owner, request), Some(ErrorCode::InputInvalid));
    let read = DescribeLiveMessageApp { app_id: world.id(), ..Default::default() };
    assert_eq!(code(&mut world, &owner, read), None);
    let (app_id, group_id) = (world.id(), "show".to_owned());
    let read = DescribeLiveMessageGroup { app_id, group_id, ..Default::default() };
    assert_eq!(code(&mut world, &owner, read), None);
}

/// Calls that are refused, each for another reason.
fn refused(world: &World) -> Vec<Request> {
    let (app_id, deleted) = (world.id(), "gone".to_owned());
    let users = |count: usize| (0..count).map(|at| format!("u{at}")).collect::<Vec<_>>();
    let group = || "show".to_owned();
    vec![
        CreateLiveMessageApp { app_name: Some("x".into()), ..Default::default() }.into(),
        CreateLiveMessageApp { data_center: Some("mars".into()), ..Default::default() }.into(),
        CreateLiveMessageApp { audit_type: Some(2), ..Default::default() }.into(),
        CreateLiveMessageApp::default().into(),
        wrong(world, true, false).into(),
        wrong(world, false, true).into(),
        wrong(world, false, false).into(),
        ModifyLiveMessageAppAudit { app_id: app_id.clone(), audit_type: Some(9), ..Default::default() }
            .into(),
        ModifyLiveMessageGroup { app_id: app_id.clone(), group_id: deleted.clone(), ..Default::default() }
            .into(),
        ModifyLiveMessageGroup {
            app_id: app_id.clone(),
            group_id: group(),
            modify_admin: Some(true),
            admin_list: Some(users(4)),
            modify_info: Some(true),
            group_info: Some("new".into()),
            ..Default::default()
        }
        .into(),
        RecoverLiveMessageDeletedGroup {
            app_id: app_id.clone(),
            group_id: deleted.clone(),
            ..Default::default()
        }
        .into(),
        DescribeLiveMessageGroup { app_id: app_id.clone(), group_id: "never".into(), ..Default::default() }
            .into(),
        AddLiveMessageGroupBand {
            app_id: app_id.clone(),
            group_id: group(),
            banned_users: users(31),
            ..Default::default()
        }
        .into(),
        KickLiveMessageGroupUser {
            app_id: app_id.clone(),
            group_id: deleted.clone(),
            kickoff_user: "ada".into(),
            ..Default::default()
        }
        .into(),
        ListLiveMessageGroupByPage { app_id: app_id.clone(), page_size: Some(51), ..Default::default() }
            .into(),
        JoinMessageGroup { app_id, group_id: deleted, user_id: "newcomer".into(), ..Default::default() }
            .into(),
    ]
}

#[test]
fn a_refused_call_changes_nothing() {
    let mut world = World::with(|config| {
        config.limits.app_groups_max = 1;
        config.limits.account_apps_max = 1;
    });
    world.create("gone");
    let delete = DeleteLiveMessageGroup { app_id: world.id(), group_id: "gone".into(), ..Default::default() };
    world.call(delete).unwrap();
    world.create("show");
    world.take();
    let before = world.service.digest();
    for request in refused(&world) {
        let noted = format!("{request:?}");
        assert!(world.call(request).is_err(), "{noted}");
        assert_eq!(world.service.digest(), before, "{noted}");
        assert!(world.take().is_empty(), "{noted}");
    }
    let another_account = another_account();
    let request = DescribeLiveMessageApp { app_id: world.id(), ..Default::default() };
    assert_eq!(code(&mut world, &another_account, request), Some(ErrorCode::NoAuth));
    assert_eq!(world.service.digest(), before);
}

#[test]
fn a_refused_client_changes_nothing() {
    let mut world = World::with(|config| config.limits.app_groups_max = 1);
    let group = world.create("show");
    let (ada, root) = (world.connect("ada"), world.connect_admin("root"));
    world.take();
    let before = world.service.digest();
    let named = |id: &str| GroupKey::from(id);
    let bad = Login { token: "0".into(), ..world.login("newcomer", "") };
    assert!(world.connect_with(&bad).is_err());
    let create =
        |id: &str| ClientRequest::CreateGroup { group_id: Some(id.into()), name: "".into(), info: "".into() };
    for (session, request) in [
        (ada, ClientRequest::Join(named("missing"))),
        (ada, ClientRequest::Leave(group.into())),
        (ada, create("mine")),
        (root, create("not legal")),
        (root, create("more")),
        (ada, ClientRequest::MuteAll(group.into())),
        (ada, ClientRequest::MuteUsers(group.into(), vec!["eve".into()])),
        (ada, ClientRequest::CloseGroup(group.into())),
        (ada, ClientRequest::ListMuteUsers(group.into())),
        (ada, ClientRequest::ModifyGroup { group: group.into(), info: Some("x".into()), admins: None }),
    ] {
        let noted = format!("{request:?}");
        assert!(world.ask(session, request).is_err(), "{noted}");
        assert_eq!(world.service.digest(), before, "{noted}");
        assert!(world.take().is_empty(), "{noted}");
    }
}

#[test]
fn a_snapshot_goes_on_like_its_original() {
    let mut world = World::new();
    let group = world.create("show");
    let ada = world.connect("ada");
    world.join(ada, group);
    let snapshot = world.service.snapshot();
    let mut copy = claque_core::Service::restore(
        snapshot,
        world.service.config().clone(),
        claque_core::HitCounts::default(),
        claque_core::Mutated(None),
    );
    assert_eq!(copy.digest(), world.service.digest());
    world.leave(ada, group);
    assert_ne!(copy.digest(), world.service.digest());
    copy.handle_client(world.now, ada, ClientRequest::Leave(group.into())).unwrap();
    while copy.poll_output().is_some() {}
    assert_eq!(copy.digest(), world.service.digest());
}
