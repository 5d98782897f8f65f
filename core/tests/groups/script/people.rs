//! The parts of the script about sessions, mutes, quotas, permissions and the old family.

use std::sync::Arc;

use claque_core::{
    AccountIx, AddLiveMessageGroupBand, BanLiveMessageGroup, BatchGetOnlineUsers, Caller,
    CancelMuteAllGroupUser, CancelMuteGroupUser, ClientRequest, CreateLiveMessageGroup, CreateMessageApp,
    CreateMessageGroup, DeleteMessageApp, DescribeLiveMessageApp, DescribeLiveMessageGroup,
    DescribeLiveMessageGroupBand, Duration, Effect, GetMessageApp, GetMessageGroup, GetMessageToken,
    GroupKey, JoinMessageGroup, LeaveMessageGroup, LinkEnd, ListLiveMessageApps, ListMessageApp,
    ListMessageGroup, ListMessageGroupUser, ListMessageGroupUserById, ListMuteGroupUser, Login,
    ModifyLiveMessageAppCallback, ModifyLiveMessageGroupBand, MuteAllGroupUser, MuteGroupUser, Policy,
    QueryMessageApp, RemoveLiveMessageGroupBand, Response, SendLike, Statement, UnbanLiveMessageGroup,
    UpdateMessageApp, UpdateMessageGroup, client_token,
};

use super::stage::{Script, Setup, numbered, texts};

pub(super) fn sessions(setup: Setup) -> Script {
    let mut script = Script::new(setup, |_| {});
    let url = Some("https://hooks.example/".into());
    let app_id = script.world.id();
    script.call(ModifyLiveMessageAppCallback { app_id, event_callback_url: url, ..Default::default() });
    script.create("show");
    let ada = script.connect("ada", "");
    script.join(ada, "show");
    let second = script.connect("ada", "");
    script.join(ada, "show");
    script.join(second, "show");
    script.disconnect(second, LinkEnd::Lost);
    script.pass(Duration::from_secs(98));
    script.reconnect(second, &[]);
    script.disconnect(second, LinkEnd::Lost);
    script.pass(Duration::from_secs(99));
    script.describe("show");
    script.reconnect(second, &[]);
    let good = script.world.login("eve", "admin");
    let (long, longer) = ("n".repeat(64), "n".repeat(65));
    let resign = |mut login: Login, key: &Arc<str>| {
        let (app, user, nonce) = (&login.app_id, &login.user_id, &login.nonce);
        login.token = client_token(app, key, user, nonce, login.timestamp, &login.role).into();
        login
    };
    let key = script.world.app_key.clone();
    let soon = script.world.now.unix_seconds() + 10;
    for login in [
        Login { token: "0".repeat(64).into(), ..good.clone() },
        Login { role: "".into(), ..good.clone() },
        Login { app_sign: "wrong".into(), ..good.clone() },
        resign(Login { nonce: long.into(), ..good.clone() }, &key),
        resign(Login { nonce: longer.clone().into(), ..good.clone() }, &key),
        resign(Login { user_id: longer.into(), ..good.clone() }, &key),
        resign(Login { timestamp: 5, ..good.clone() }, &key),
        Login { heartbeat_timeout: Some(Duration::from_secs(14)), ..good.clone() },
        Login { heartbeat_timeout: Some(Duration::from_secs(121)), ..good.clone() },
        Login { heartbeat_timeout: Some(Duration::from_secs(15)), ..good.clone() },
        resign(Login { timestamp: soon, ..good }, &key),
    ] {
        let outcome = script.world.connect_with(&login);
        script.tell(&format!("{outcome:?}"));
        let Ok(connected) = outcome else { continue };
        if login.timestamp == soon {
            script.disconnect(Some(connected.session), LinkEnd::Lost);
            script.pass(Duration::from_secs(11));
            script.reconnect(Some(connected.session), &[]);
        }
    }
    let bob = script.connect("bob", "");
    let made = || ClientRequest::CreateGroup { group_id: None, name: "n".into(), info: "i".into() };
    script.ask(bob, made());
    let chief = script.connect("chief", "admin");
    script.ask(chief, made());
    script.ask(chief, ClientRequest::CloseGroup(GroupKey::from("show")));
    script.ask(chief, ClientRequest::Logout);
    script
}

pub(super) fn mutes(setup: Setup) -> Script {
    let mut script = Script::new(setup, |_| {});
    let (app_id, group_id) = (script.world.id(), "show".to_owned());
    let request = CreateLiveMessageGroup { app_id, group_id, ..Default::default() };
    script.call(CreateLiveMessageGroup { creator_id: Some("ada".into()), ..request.clone() });
    let (ada, bob) = (script.connect("ada", ""), script.connect("bob", ""));
    script.join(ada, "show");
    let (app_id, group_id) = (request.app_id, request.group_id);
    let add = AddLiveMessageGroupBand { app_id, group_id, ..Default::default() };
    let (app_id, group_id) = (add.app_id.clone(), add.group_id.clone());
    let ban = BanLiveMessageGroup { app_id, group_id, ..Default::default() };
    let (app_id, group_id) = (add.app_id.clone(), add.group_id.clone());
    let unban = UnbanLiveMessageGroup { app_id, group_id, ..Default::default() };
    let (app_id, group_id) = (add.app_id.clone(), add.group_id.clone());
    let remove = RemoveLiveMessageGroupBand { app_id, group_id, ..Default::default() };
    let (app_id, group_id) = (add.app_id.clone(), add.group_id.clone());
    let modify = ModifyLiveMessageGroupBand { app_id, group_id, ..Default::default() };
    let (app_id, group_id) = (add.app_id.clone(), add.group_id.clone());
    let show = DescribeLiveMessageGroupBand { app_id, group_id, ..Default::default() };
    script.call(AddLiveMessageGroupBand { banned_users: texts(&["bob", "eve"]), ..add.clone() });
    script.join(bob, "show");
    script.call(BanLiveMessageGroup { except_users: texts(&["gil"]), ..ban.clone() });
    script.join(bob, "show");
    script.call(show.clone());
    script.call(RemoveLiveMessageGroupBand { unbanned_users: texts(&["eve"]), ..remove.clone() });
    script.call(show.clone());
    script.call(unban);
    script.call(show.clone());
    script.leave(bob, "show");
    script.call(show.clone());
    script.call(ModifyLiveMessageGroupBand {
        banned_all: Some(true),
        bannned_users: Some(texts(&["kim"])),
        except_users: Some(texts(&["liz"])),
        ..modify.clone()
    });
    script.call(show);
    for count in [0, 30, 31] {
        script.call(AddLiveMessageGroupBand { banned_users: numbered(count), ..add.clone() });
        script.call(RemoveLiveMessageGroupBand { unbanned_users: numbered(count), ..remove.clone() });
        script.call(BanLiveMessageGroup { except_users: numbered(count), ..ban.clone() });
        script.call(ModifyLiveMessageGroupBand { bannned_users: Some(numbered(count)), ..modify.clone() });
    }
    script.ask(bob, ClientRequest::MuteAll("show".into()));
    script.ask(ada, ClientRequest::CancelMuteAll("show".into()));
    script.ask(ada, ClientRequest::MuteUsers("show".into(), vec!["bob".into()]));
    script.ask(ada, ClientRequest::ListMuteUsers("show".into()));
    script
}

/// Who is heard while users, or everybody, are muted.
pub(super) fn silence(setup: Setup) -> Script {
    let mut script = Script::new(setup, |config| config.refused_words.push("rude".into()));
    let (app_id, group_id) = (script.world.id(), "show".to_owned());
    let request = CreateLiveMessageGroup { app_id, group_id, ..Default::default() };
    script.call(CreateLiveMessageGroup { creator_id: Some("ada".into()), ..request.clone() });
    let users = ["ada", "bob", "eve", "gil"].map(|user| script.connect(user, ""));
    let [ada, bob, ..] = users;
    for user in users {
        script.join(user, "show");
    }
    script.ask(ada, ClientRequest::MuteUsers("show".into(), vec!["bob".into(), "ada".into(), "gil".into()]));
    for (user, kind) in users.into_iter().zip(10_001..) {
        script.say(user, kind, "hello");
    }
    let (app_id, group_id) = (request.app_id, request.group_id);
    let ban = BanLiveMessageGroup { app_id, group_id, ..Default::default() };
    script.call(BanLiveMessageGroup { except_users: texts(&["eve", "gil"]), ..ban });
    for (user, kind) in users.into_iter().zip(10_001..) {
        script.say(user, kind, "hello");
    }
    script.describe("show");
    script.say(ada, 10_001, "rude");
    script.leave(bob, "show");
    script.join(bob, "show");
    script.delete("show", "ada");
    script.recover("show");
    script.describe("show");
    script
}

pub(super) fn quotas(setup: Setup) -> Script {
    let mut script = Script::new(setup, |config| config.limits.call_quotas = true);
    let app_id = script.world.id();
    let user = Policy {
        statements: vec![Statement {
            effect: Effect::Allow,
            actions: texts(&["live:*"]),
            resources: texts(&["*"]),
        }],
    };
    let user = Caller::ram_user(AccountIx(0), Arc::new(user));
    for at in 0..51 {
        let caller = if at == 50 { user.clone() } else { script.world.caller.clone() };
        script.call_as(&caller, DescribeLiveMessageApp { app_id: app_id.clone(), ..Default::default() });
    }
    for _ in 0..2 {
        script.call(DescribeLiveMessageApp { app_id: app_id.clone(), ..Default::default() });
    }
    script.pass(Duration::from_millis(1_000));
    script.call(DescribeLiveMessageApp { app_id: app_id.clone(), ..Default::default() });
    script.pass(Duration::from_secs(1));
    for _ in 0..50 {
        script.call(DescribeLiveMessageApp::default());
    }
    script.call(DescribeLiveMessageApp { app_id: app_id.clone(), ..Default::default() });
    for _ in 0..12 {
        let group_id = "nope".into();
        script.call(UnbanLiveMessageGroup { app_id: app_id.clone(), group_id, ..Default::default() });
    }
    for _ in 0..102 {
        script.call(GetMessageApp { app_id: app_id.clone() });
    }
    for _ in 0..202 {
        let (group_id, user_id) = ("nope".into(), "bob".into());
        script.call(JoinMessageGroup { app_id: app_id.clone(), group_id, user_id, ..Default::default() });
    }
    script
}

pub(super) fn policies(setup: Setup) -> Script {
    let mut script = Script::new(setup, |_| {});
    let app_id = script.world.id();
    let mine = format!("acs:live::1000:rtc/{app_id}");
    let (allow, deny) = (Effect::Allow, Effect::Deny);
    let cases: &[&[(Effect, &str, &str)]] = &[
        &[],
        &[(allow, "live:*", "*")],
        &[(allow, "live:DescribeLiveMessageApp", &mine)],
        &[(allow, "live:DescribeLiveMessageApp", "acs:live::1000:rtc/other")],
        &[(allow, "live:Describe*", "acs:live:*:1000:domain/example.com")],
        &[(allow, "live:*", "*"), (deny, "live:Describe*", "*")],
        &[(allow, "live:ListLiveMessageApps", &mine)],
        &[(allow, "live:CreateLiveMessageApp", "*"), (allow, "live:ListLiveMessageApps", "*")],
    ];
    for case in cases {
        let statement = |(effect, action, resource): &(Effect, &str, &str)| Statement {
            effect: *effect,
            actions: texts(&[action]),
            resources: texts(&[resource]),
        };
        let policy = Policy { statements: case.iter().map(statement).collect() };
        let caller = Caller::ram_user(AccountIx(0), Arc::new(policy));
        script.call_as(&caller, DescribeLiveMessageApp { app_id: app_id.clone(), ..Default::default() });
        script.call_as(&caller, ListLiveMessageApps { sort_type: Some(1), ..Default::default() });
    }
    let nobody = Caller::ram_user(AccountIx(0), Arc::new(Policy::default()));
    script
        .call_as(&nobody, DescribeLiveMessageGroup { app_id, group_id: "a b".into(), ..Default::default() });
    script
}

fn old_mutes(script: &mut Script, app_id: &str, group_id: &str) {
    for operator in ["ada", "bob"] {
        let operator_user_id = Some(operator.to_owned());
        let (app_id, group_id) = (app_id.to_owned(), group_id.to_owned());
        let mute = MuteGroupUser { app_id, group_id, operator_user_id, ..Default::default() };
        let MuteGroupUser { app_id, group_id, operator_user_id, .. } = mute.clone();
        for (users, time) in
            [(texts(&["bob"]), Some(60)), (texts(&["bob", "eve"]), None), (texts(&[]), Some(-1))]
        {
            script.call(MuteGroupUser { mute_user_list: users, mute_time: time, ..mute.clone() });
        }
        let list = ListMuteGroupUser { app_id, group_id, operator_user_id, ..Default::default() };
        script.call(list.clone());
        let ListMuteGroupUser { app_id, group_id, operator_user_id, .. } = list;
        script.call(MuteAllGroupUser { app_id, group_id, operator_user_id, broadcast_type: Some(2) });
        let MuteGroupUser { app_id, group_id, operator_user_id, .. } = mute.clone();
        let cancel_mute_user_list = texts(&["eve"]);
        let lift = CancelMuteGroupUser {
            app_id,
            group_id,
            operator_user_id,
            cancel_mute_user_list,
            broadcast_type: Some(1),
        };
        script.call(lift);
        let MuteGroupUser { app_id, group_id, operator_user_id, .. } = mute;
        script.call(CancelMuteAllGroupUser { app_id, group_id, operator_user_id, broadcast_type: None });
    }
    let (app, group) = (app_id.to_owned(), group_id.to_owned());
    let operator_user_id = Some("ada".to_owned());
    let mute = MuteGroupUser { app_id: app, group_id: group, operator_user_id, ..Default::default() };
    for (name, time) in [("eve", Some(60)), ("fay", None), ("gil", Some(0))] {
        script.call(MuteGroupUser { mute_user_list: texts(&[name]), mute_time: time, ..mute.clone() });
    }
    for _ in 0..3 {
        let MuteGroupUser { app_id, group_id, operator_user_id, .. } = mute.clone();
        script.call(ListMuteGroupUser { app_id, group_id, operator_user_id, ..Default::default() });
        script.pass(Duration::from_secs(43_500));
    }
    for count in ["3", "x", ""] {
        let (app_id, group_id) = (app_id.to_owned(), group_id.to_owned());
        script.call(SendLike { app_id, group_id, count: count.to_owned(), ..Default::default() });
    }
    let (app_id, group_id) = (app_id.to_owned(), group_id.to_owned());
    let ask = BatchGetOnlineUsers { app_id, group_id, user_ids: texts(&["bob", "fay", "nobody"]) };
    for count in [20, 21, 22] {
        script.call(BatchGetOnlineUsers { user_ids: numbered(count), ..ask.clone() });
    }
    script.call(ask);
}

pub(super) fn old(setup: Setup) -> Script {
    let mut script = Script::new(setup, |_| {});
    let url = Some("https://hooks.example/".into());
    let app_id = script.world.id();
    let hooks = ModifyLiveMessageAppCallback { app_id, event_callback_url: url, ..Default::default() };
    script.call(hooks.clone());
    let app_id = hooks.app_id;
    let mut made = Vec::new();
    for creator in ["ada".to_owned(), "c".repeat(36), "c".repeat(37), "a b".to_owned()] {
        let request = CreateMessageGroup { app_id: app_id.clone(), creator_id: creator, extension: None };
        if let Some(Response::OldGroupCreated(created)) = script.call(request) {
            made.push(created.group_id.to_string());
        }
    }
    let Some(group_id) = made.first().cloned() else { return script };
    let bob = script.connect("bob", "");
    script.join(bob, &group_id);
    let join = JoinMessageGroup { app_id: app_id.clone(), group_id: group_id.clone(), ..Default::default() };
    script.connect("eve", "");
    for (user, kind, statistics) in
        [("eve", 0, false), ("fay", 1, true), ("gil", 2, false), ("hal", 3, false)]
    {
        script.call(JoinMessageGroup {
            user_id: user.into(),
            broadcast_type: Some(kind),
            broadcast_statistics: Some(statistics),
            ..join.clone()
        });
    }
    for user in ["Bob", "a-b", &"u".repeat(32), &"u".repeat(33)] {
        script.call(JoinMessageGroup { user_id: user.into(), ..join.clone() });
    }
    script.call(JoinMessageGroup { group_id: "missing".into(), user_id: "eve".into(), ..join });
    let (app, group) = (app_id.clone(), group_id.clone());
    let page = ListMessageGroupUser { app_id: app, group_id: group, ..Default::default() };
    script.call(page);
    let (app, group) = (app_id.clone(), group_id.clone());
    let banned_users = texts(&["eve"]);
    script.call(AddLiveMessageGroupBand { app_id: app, group_id: group, banned_users, ..Default::default() });
    script.call(ListMessageGroupUserById {
        app_id: app_id.clone(),
        group_id: group_id.clone(),
        user_id_list: texts(&["eve", "fay", "nobody"]),
    });
    old_mutes(&mut script, &app_id, &group_id);
    let leave = LeaveMessageGroup { app_id: app_id.clone(), group_id, ..Default::default() };
    script.call(LeaveMessageGroup { user_id: "eve".into(), broadcast_type: Some(2), ..leave.clone() });
    script.call(LeaveMessageGroup { user_id: "eve".into(), ..leave });
    let token =
        GetMessageToken { app_id, user_id: "bob".into(), device_id: "d1".into(), device_type: "web".into() };
    script.call(token.clone());
    script.call(GetMessageToken { device_type: "tv".into(), ..token.clone() });
    script.call(GetMessageToken { device_id: "D".into(), ..token });
    script
}

pub(super) fn old_apps(setup: Setup) -> Script {
    let mut script = Script::new(setup, |_| {});
    let app_id = script.world.id();
    for app_name in ["", "x", "good name"] {
        script.call(CreateMessageApp { app_name: app_name.into(), ..Default::default() });
    }
    for (number, size, sort) in
        [(1, 20, 0), (1, 20, 1), (100_000, 1, 0), (100_001, 1, 0), (1, 51, 0), (1, 1, 2)]
    {
        let (page_num, page_size) = (Some(number), Some(size));
        script.call(ListMessageApp { page_num, page_size, sort_type: Some(sort) });
    }
    script.call(QueryMessageApp { app_name: Some("good name".into()), ..Default::default() });
    script.call(QueryMessageApp { app_id: Some(app_id.clone()), ..Default::default() });
    let app_name = Some("better name".into());
    script.call(UpdateMessageApp { app_id: app_id.clone(), app_name, ..Default::default() });
    script.call(GetMessageApp { app_id: app_id.clone() });
    script.create("show");
    let ada = script.connect("ada", "");
    script.join(ada, "show");
    let group_id = "show".to_owned();
    let extension = Some([("k".to_owned(), "v".to_owned())].into());
    script.call(UpdateMessageGroup { app_id: app_id.clone(), group_id: group_id.clone(), extension });
    script.call(GetMessageGroup { app_id: app_id.clone(), group_id });
    for user_id in [None, Some("ada".to_owned()), Some("bob".to_owned())] {
        script.call(ListMessageGroup { app_id: app_id.clone(), user_id, ..Default::default() });
    }
    script.call(DeleteMessageApp { app_id: app_id.clone() });
    script.call(GetMessageApp { app_id });
    script
}
