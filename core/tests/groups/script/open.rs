//! The parts of the script that walk where the documents leave a point open.

use claque_core::{
    AddLiveMessageGroupBand, BanLiveMessageGroup, ClientRequest, CreateLiveMessageApp,
    CreateLiveMessageGroup, CreateMessageApp, DescribeLiveMessageApp, DescribeLiveMessageGroupBand, Duration,
    KickLiveMessageGroupUser, ListMessageApp, Login, ModifyLiveMessageAppCallback,
    ModifyLiveMessageAppDisable, ModifyLiveMessageGroup, ModifyLiveMessageGroupBand, client_token,
};

use super::stage::{Script, Setup, texts};

pub(super) fn names(setup: Setup) -> Script {
    let mut script = Script::new(setup, |_| {});
    let app_id = script.world.id();
    let emoji = "\u{1f600}".repeat(9);
    script.call(CreateLiveMessageApp { app_name: Some(emoji), ..Default::default() });
    let url = Some("https://ok.example:443/".into());
    let request = ModifyLiveMessageAppCallback { app_id: app_id.clone(), ..Default::default() };
    script.call(ModifyLiveMessageAppCallback { event_callback_url: url, ..request });
    let audit_url = Some("https://ok.example/".into());
    script.call(CreateLiveMessageApp { audit_type: Some(1), audit_url, ..Default::default() });
    let base = CreateLiveMessageGroup { app_id, ..Default::default() };
    for (group_id, creator) in [("a", "a_b"), ("b", "a-b")] {
        let (group_id, creator_id) = (group_id.into(), Some(creator.into()));
        script.call(CreateLiveMessageGroup { group_id, creator_id, ..base.clone() });
    }
    for (group_id, info) in [("c", "i".repeat(32_500)), ("d", "\u{e4}".repeat(20_000))] {
        let (group_id, group_info) = (group_id.into(), Some(info));
        script.call(CreateLiveMessageGroup { group_id, group_info, ..base.clone() });
    }
    let mut login = Login { nonce: "AK-1".into(), ..script.world.login("ada", "") };
    let key = script.world.app_key.clone();
    login.token = client_token(&login.app_id, &key, "ada", "AK-1", login.timestamp, "").into();
    let outcome = script.world.connect_with(&login);
    script.tell(&format!("{outcome:?}"));
    script
}

pub(super) fn groups(setup: Setup) -> Script {
    let mut script = Script::new(setup, |config| config.limits.app_groups_max = 2);
    let app_id = script.world.id();
    let url = Some("https://hooks.example/".into());
    let request = ModifyLiveMessageAppCallback { app_id: app_id.clone(), ..Default::default() };
    script.call(ModifyLiveMessageAppCallback { event_callback_url: url, ..request });
    script.create("one");
    let (ada, bob) = (script.connect("ada", ""), script.connect("bob", ""));
    script.join(ada, "one");
    script.leave(ada, "one");
    script.join(ada, "one");
    script.join(bob, "one");
    script.pass(Duration::from_secs(1));
    script.describe("one");
    let group_id = "one".to_owned();
    let kick = KickLiveMessageGroupUser { app_id: app_id.clone(), group_id, ..Default::default() };
    for user in ["bob", "bob"] {
        script.call(KickLiveMessageGroupUser { kickoff_user: user.into(), ..kick.clone() });
    }
    script.recover("one");
    let change = ModifyLiveMessageGroup { app_id, group_id: "one".into(), ..Default::default() };
    script.call(ModifyLiveMessageGroup { modify_info: Some(true), ..change.clone() });
    script.delete("never", "eve");
    script.delete("one", "eve");
    script.call(ModifyLiveMessageGroup { modify_info: Some(true), ..change });
    script.create("two");
    script.create("three");
    script.create("one");
    script.recover("one");
    script.describe("three");
    script.pass(Duration::from_days(30));
    script.describe("one");
    script.pass(Duration::from_days(2));
    script.delete("two", "eve");
    script.create("one");
    script.describe("one");
    script
}

pub(super) fn mutes(setup: Setup) -> Script {
    let mut script = Script::new(setup, |_| {});
    script.create("show");
    let (app_id, group_id) = (script.world.id(), "show".to_owned());
    let add = AddLiveMessageGroupBand { app_id, group_id, ..Default::default() };
    let (app_id, group_id) = (add.app_id.clone(), add.group_id.clone());
    let ban = BanLiveMessageGroup { app_id, group_id, ..Default::default() };
    let (app_id, group_id) = (add.app_id.clone(), add.group_id.clone());
    let show = DescribeLiveMessageGroupBand { app_id, group_id, ..Default::default() };
    script.call(AddLiveMessageGroupBand { banned_users: Vec::new(), ..add.clone() });
    script.call(AddLiveMessageGroupBand { banned_users: texts(&["bob"]), ..add.clone() });
    script.call(BanLiveMessageGroup { except_users: texts(&["eve"]), ..ban.clone() });
    script.call(BanLiveMessageGroup { except_users: texts(&["gil"]), ..ban });
    script.call(show.clone());
    script.call(ModifyLiveMessageGroupBand {
        app_id: add.app_id,
        group_id: add.group_id,
        bannned_users: Some(texts(&["kim"])),
        ..Default::default()
    });
    script.call(show.clone());
    script.delete("show", "eve");
    script.recover("show");
    script.call(show);
    let ada = script.connect("ada", "");
    script.ask(ada, ClientRequest::MuteUsers("show".into(), Vec::new()));
    script
}

pub(super) fn scopes(setup: Setup) -> Script {
    let mut script = Script::new(setup, |_| {});
    script.create("show");
    let home = script.world.id();
    let far = Some("ap-southeast-1".to_owned());
    script.call(CreateLiveMessageApp { data_center: far.clone(), ..Default::default() });
    let abroad = script.world.id();
    script.call(DescribeLiveMessageApp { app_id: abroad.clone(), ..Default::default() });
    script.call(DescribeLiveMessageApp { app_id: abroad.clone(), data_center: far.clone() });
    let group_id = "show".into();
    script.call(CreateLiveMessageGroup { app_id: abroad, data_center: far, group_id, ..Default::default() });
    script.call(CreateMessageApp { app_name: "old".into(), ..Default::default() });
    script.call(ListMessageApp::default());
    let disable = ModifyLiveMessageAppDisable { app_id: home, disable: Some(true), ..Default::default() };
    script.world.app_id = disable.app_id.as_str().into();
    script.call(disable.clone());
    script.describe("show");
    script.create("other");
    script.call(ModifyLiveMessageAppDisable { disable: Some(false), ..disable });
    script
}
