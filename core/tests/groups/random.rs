//! Arbitrary calls: whatever is called, the laws hold.

use claque_core::{
    AddLiveMessageGroupBand, BanLiveMessageGroup, ClientRequest, ClientSend, CreateLiveMessageApp,
    CreateLiveMessageGroup, Cursor, DeleteLiveMessageGroup, DeleteLiveMessageGroupMessage,
    DescribeLiveMessageGroup, Duration, JoinMessageGroup, KickLiveMessageGroupUser, LeaveMessageGroup,
    LinkEnd, ListLiveMessageGroupUsers, ModifyLiveMessageAppCallback, ModifyLiveMessageAppDisable,
    ModifyLiveMessageUserInfo, Priority, RecoverLiveMessageDeletedGroup, Request, SendLiveMessageGroup,
    SessionId, UnbanLiveMessageGroup,
};
use proptest::prelude::{Just, ProptestConfig, Strategy, any};
use proptest::{prop_oneof, proptest};

use crate::world::World;

/// One thing that happens. Users and groups are few, so that things meet.
#[derive(Clone, Debug)]
enum Step {
    Call(Request),
    Connect(usize, bool),
    Disconnect(usize, bool),
    Reconnect(usize),
    Ask(usize, ClientRequest),
    Pass(Duration),
}

const USERS: [&str; 6] = ["ada", "bob", "eve", "fay", "gil", "hal"];
const GROUPS: [&str; 4] = ["one", "two", "three", "not legal"];

fn call(kind: u8, app_id: String, group: usize, user: usize, flag: bool) -> Request {
    let (group_id, name) = (GROUPS[group].to_owned(), USERS[user].to_owned());
    let users = vec![name.clone()];
    match kind {
        0 | 1 => {
            CreateLiveMessageGroup { app_id, group_id, creator_id: Some(name), ..Default::default() }.into()
        }
        2 => {
            DeleteLiveMessageGroup { app_id, group_id, operator_id: Some(name), ..Default::default() }.into()
        }
        3 => RecoverLiveMessageDeletedGroup { app_id, group_id, ..Default::default() }.into(),
        4 => DescribeLiveMessageGroup { app_id, group_id, ..Default::default() }.into(),
        5 => KickLiveMessageGroupUser { app_id, group_id, kickoff_user: name, ..Default::default() }.into(),
        6 => AddLiveMessageGroupBand { app_id, group_id, banned_users: users, ..Default::default() }.into(),
        7 => BanLiveMessageGroup { app_id, group_id, except_users: users, ..Default::default() }.into(),
        8 => UnbanLiveMessageGroup { app_id, group_id, ..Default::default() }.into(),
        15 | 16 => SendLiveMessageGroup {
            app_id,
            group_id,
            sender_id: name,
            msg_tid: flag.then(|| "same".into()),
            weight: Some(if flag { 1_000_000 } else { 1 }),
            ..Default::default()
        }
        .into(),
        17 => DeleteLiveMessageGroupMessage {
            app_id,
            group_id,
            message_id: "same".into(),
            ..Default::default()
        }
        .into(),
        9 | 18.. => JoinMessageGroup {
            app_id,
            group_id,
            user_id: name,
            broadcast_type: Some(2),
            ..Default::default()
        }
        .into(),
        10 => LeaveMessageGroup { app_id, group_id, user_id: name, ..Default::default() }.into(),
        11 => ModifyLiveMessageUserInfo {
            app_id,
            user_id: name,
            user_meta_info: flag.then(|| "info".into()),
            ..Default::default()
        }
        .into(),
        12 => ListLiveMessageGroupUsers {
            app_id,
            group_id,
            page_size: Some(10),
            sort_type: Some(1),
            ..Default::default()
        }
        .into(),
        13 => {
            let event_callback_url = flag.then(|| "https://hooks.example/".into());
            ModifyLiveMessageAppCallback { app_id, event_callback_url, ..Default::default() }.into()
        }
        14 => ModifyLiveMessageAppDisable { app_id, disable: Some(flag), ..Default::default() }.into(),
    }
}

fn ask(kind: u8, group: usize, user: usize) -> ClientRequest {
    let key = || GROUPS[group].into();
    match kind {
        0..=3 | 18.. => ClientRequest::Join(key()),
        12..=17 => {
            let level = Priority::ALL[user % 3];
            let message = ClientSend {
                no_storage: kind == 12,
                no_cache: kind == 13,
                ..ClientSend::new(10_001 + i64::from(kind), level, "hello")
            };
            ClientRequest::Send(key(), message)
        }
        4 | 5 => ClientRequest::Leave(key()),
        6 => ClientRequest::Logout,
        7 => ClientRequest::MuteUsers(key(), vec![USERS[user].into()]),
        8 => ClientRequest::MuteAll(key()),
        9 => ClientRequest::CloseGroup(key()),
        10 => ClientRequest::CreateGroup {
            group_id: Some(GROUPS[group].into()),
            name: "".into(),
            info: "".into(),
        },
        11 => ClientRequest::ListRecentGroupUsers(key()),
    }
}

fn step(app_id: String) -> impl Strategy<Value = Step> {
    let spans = [0, 1, 1_000, 5_000, 50_000, 99_000, 86_400_000, 8 * 86_400_000, 31 * 86_400_000_u64];
    prop_oneof![
        4 => (0..20_u8, 0..4_usize, 0..6_usize, any::<bool>())
            .prop_map(move |(kind, group, user, flag)| Step::Call(call(kind, app_id.clone(), group, user, flag))),
        1 => (0..6_usize, any::<bool>()).prop_map(|(user, admin)| Step::Connect(user, admin)),
        1 => (0..6_usize, any::<bool>()).prop_map(|(user, lost)| Step::Disconnect(user, lost)),
        1 => (0..6_usize).prop_map(Step::Reconnect),
        12 => (0..6_usize, 0..24_u8, 0..4_usize, 0..6_usize)
            .prop_map(|(who, kind, group, user)| Step::Ask(who, ask(kind, group, user))),
        1 => (0..9_usize).prop_map(move |at| Step::Pass(Duration::from_millis(spans[at]))),
        1 => Just(Step::Pass(Duration::from_secs(1))),
    ]
}

fn small() -> World {
    World::with(|config| {
        config.limits.group_members_max = 3;
        config.limits.app_groups_max = 2;
        config.limits.group_messages_per_second = 2;
    })
}

/// Sessions of all users, and a group to begin with.
fn begin(world: &mut World) -> [Option<SessionId>; 6] {
    world.create("one");
    let sessions = USERS.map(|user| Some(world.connect(user)));
    world.take();
    sessions
}

/// Takes a step; whether it was refused.
fn take(world: &mut World, sessions: &mut [Option<SessionId>; 6], step: &Step) -> bool {
    match step {
        Step::Call(request) => world.call(request.clone()).is_err(),
        Step::Connect(user, admin) => {
            let login = world.login(USERS[*user], if *admin { "admin" } else { "" });
            let outcome = world.connect_with(&login);
            sessions[*user] = outcome.as_ref().ok().map(|connected| connected.session).or(sessions[*user]);
            outcome.is_err()
        }
        Step::Disconnect(user, lost) => {
            let end = if *lost { LinkEnd::Lost } else { LinkEnd::Closed };
            if let Some(session) = sessions[*user] {
                world.disconnect(session, end);
            }
            false
        }
        Step::Reconnect(user) => {
            let group = world.service.groups().next().expect("there is a group");
            let cursors = [Cursor { group, high_seq: 0 }];
            sessions[*user].is_some_and(|session| world.reconnect(session, None, &cursors).is_err())
        }
        Step::Ask(user, request) => {
            sessions[*user].is_some_and(|session| world.ask(session, request.clone()).is_err())
        }
        Step::Pass(span) => {
            world.pass(*span);
            false
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec(step(small().id()), 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Invariants hold after every step (the world checks), a refusal changes nothing and queues nothing.
    #[test]
    fn refusals_change_nothing_and_invariants_hold(steps in steps()) {
        let mut world = small();
        let mut sessions = begin(&mut world);
        for step in &steps {
            world.take();
            let before = world.service.digest();
            if take(&mut world, &mut sessions, step) {
                assert_eq!(world.service.digest(), before, "{step:?}");
                assert!(world.outputs.is_empty(), "{step:?}");
            }
        }
    }

    /// The same calls give the same bytes, also for a service restored from a snapshot on the way.
    #[test]
    fn twins_stay_twins(steps in steps(), cut in 0..120_usize) {
        let (mut left, mut right) = (small(), small());
        let mut sessions = (begin(&mut left), begin(&mut right));
        for (at, step) in steps.iter().enumerate() {
            if at == cut {
                right.restore();
            }
            let refused = take(&mut left, &mut sessions.0, step);
            assert_eq!(take(&mut right, &mut sessions.1, step), refused, "{step:?}");
            assert_eq!(left.take(), right.take(), "{step:?}");
            assert_eq!(left.service.digest(), right.service.digest(), "{step:?}");
        }
    }
}

#[test]
fn an_application_of_the_same_key_has_the_same_id() {
    let mut world = small();
    let id = world.id();
    assert_eq!(small().id(), id, "the steps above name the application by its ID");
    world.use_new_app(CreateLiveMessageApp::default());
    assert_ne!(world.id(), id);
}
