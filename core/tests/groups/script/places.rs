//! The parts of the script about applications, groups and who is in them.

use claque_core::{
    CheckLiveMessageUsersInGroup, CheckLiveMessageUsersOnline, ConsoleRequest, CreateLiveMessageApp,
    CreateLiveMessageGroup, DescribeLiveMessageApp, Duration, KickLiveMessageGroupUser, LinkEnd,
    ListLiveMessageApps, ModifyLiveMessageAppAudit, ModifyLiveMessageAppCallback,
    ModifyLiveMessageAppDisable, ModifyLiveMessageGroup, ModifyLiveMessageUserInfo,
};

use super::stage::{Script, Setup, texts};

pub(super) fn applications(setup: Setup) -> Script {
    let mut script = Script::new(setup, |config| {
        config.limits.account_apps_max = 6;
        config.limits.list_page_size = 2;
    });
    let first = script.world.id();
    for name in ["a", "ab", "sixteen letters!", "seventeen letters", "äöüäöüäöüäöüäöüä"] {
        script.call(CreateLiveMessageApp { app_name: Some(name.into()), ..Default::default() });
    }
    for (kind, url) in [(2, None), (3, None), (2, Some("http://10.0.0.1/")), (2, Some("https://ok.example/"))]
    {
        let audit_url = url.map(Into::into);
        script.call(CreateLiveMessageApp { audit_type: Some(kind), audit_url, ..Default::default() });
    }
    let urls = ["http://ok.example:80/", "http://192.168.0.1/", "http://ok.example/hook"];
    for url in urls {
        let app_id = first.clone();
        let event_callback_url = Some(url.into());
        script.call(ModifyLiveMessageAppCallback { app_id, event_callback_url, ..Default::default() });
    }
    script.call(CreateLiveMessageApp { msg_life_cycle: Some(3), ..Default::default() });
    script.call(CreateLiveMessageApp { data_center: Some("us-west-1".into()), ..Default::default() });
    for sort in [1, 2] {
        for token in [None, Some(-1), Some(2)] {
            let request =
                ListLiveMessageApps { sort_type: Some(sort), next_page_token: token, ..Default::default() };
            script.call(request);
        }
    }
    script.pass(Duration::from_secs(3));
    let change = ModifyLiveMessageAppAudit { app_id: first.clone(), ..Default::default() };
    script.call(ModifyLiveMessageAppAudit { audit_type: Some(1), ..change.clone() });
    let audit_url = Some("https://review.example/".into());
    script.call(ModifyLiveMessageAppAudit { audit_type: Some(2), audit_url, ..change });
    script.call(DescribeLiveMessageApp { app_id: first.clone(), ..Default::default() });
    script.call(DescribeLiveMessageApp { app_id: first, data_center: Some("ap-southeast-1".into()) });
    script.call(DescribeLiveMessageApp { app_id: String::new(), ..Default::default() });
    script.call(DescribeLiveMessageApp { app_id: "nope".into(), ..Default::default() });
    script.call(CreateLiveMessageApp { msg_life_cycle: Some(2), ..Default::default() });
    let last = script.world.id();
    script.call(ModifyLiveMessageAppAudit {
        app_id: last.clone(),
        audit_type: Some(1),
        ..Default::default()
    });
    script.call(DescribeLiveMessageApp { app_id: last.clone(), ..Default::default() });
    script.call(CreateLiveMessageApp::default());
    script.call(CreateLiveMessageApp::default());
    script.console(ConsoleRequest::DeleteApp { app_id: last.clone() });
    script.call(DescribeLiveMessageApp { app_id: last, ..Default::default() });
    script.call(ListLiveMessageApps { sort_type: Some(2), ..Default::default() });
    script
}

/// An application is changed, disabled and enabled again.
pub(super) fn switches(setup: Setup) -> Script {
    let mut script = Script::new(setup, |_| {});
    let first = script.world.id();
    script.call(ModifyLiveMessageAppCallback { app_id: first.clone(), ..Default::default() });
    script.pass(Duration::from_secs(1));
    script.call(ModifyLiveMessageAppCallback { app_id: first.clone(), ..Default::default() });
    script.call(DescribeLiveMessageApp { app_id: first, ..Default::default() });
    script.create("show");
    let ada = script.connect("ada", "");
    script.join(ada, "show");
    let id = script.world.id();
    let disable = ModifyLiveMessageAppDisable { app_id: id, disable: Some(true), ..Default::default() };
    script.call(disable.clone());
    script.create("other");
    script.connect("bob", "");
    script.call(DescribeLiveMessageApp { app_id: script.world.id(), ..Default::default() });
    script.call(ModifyLiveMessageAppDisable { disable: Some(false), ..disable });
    script.create("other");
    script
}

pub(super) fn groups(setup: Setup) -> Script {
    let mut script = Script::new(setup, |config| {
        config.limits.app_groups_max = 3;
        config.limits.list_page_size = 2;
    });
    let request = CreateLiveMessageGroup { app_id: script.world.id(), ..Default::default() };
    for id in ["one", "two", "three", "four", "one"] {
        let creator_id = Some("zoe".into());
        script.call(CreateLiveMessageGroup { group_id: id.into(), creator_id, ..request.clone() });
    }
    let ada = script.connect("ada", "");
    script.join(ada, "two");
    let id = script.world.id();
    let change = ModifyLiveMessageGroup { app_id: id.clone(), group_id: "two".into(), ..Default::default() };
    let new = Some("new".into());
    script.call(ModifyLiveMessageGroup { group_info: new.clone(), ..change.clone() });
    script.call(ModifyLiveMessageGroup { modify_info: Some(true), group_info: new, ..change.clone() });
    let admin_list = Some(texts(&["bob", "eve"]));
    script.call(ModifyLiveMessageGroup { modify_admin: Some(true), admin_list, ..change.clone() });
    script.describe("two");
    script.call(CreateLiveMessageGroup {
        app_id: id,
        group_id: "two".into(),
        group_name: Some("again".into()),
        ..Default::default()
    });
    script.describe("two");
    script.delete("two", "eve");
    script.delete("two", "bob");
    script.describe("two");
    script.join(ada, "two");
    script.call(ModifyLiveMessageGroup { modify_info: Some(true), ..change });
    script.create("four");
    script.create("two");
    script.recover("two");
    for status in [0, 1, 2] {
        for sort in [1, 2] {
            script.list_groups(status, sort, Some(-1));
            script.list_groups(status, sort, None);
            script.list_groups(status, sort, Some(2));
        }
    }
    script.page_groups(Some(2), Some(2));
    script.page_groups(None, None);
    script.pass(Duration::from_days(8));
    script.delete("four", "bob");
    script.recover("two");
    script.describe("two");
    script.delete("two", "eve");
    script.pass(Duration::from_micros(29 * 86_400_000_000 + 1));
    script.describe("two");
    script.pass(Duration::from_days(1));
    script.describe("two");
    script.create("two");
    script.recover("missing");
    script.delete("missing", "eve");
    script.call(CreateLiveMessageApp::default());
    script.create("one");
    script
}

pub(super) fn forms(setup: Setup) -> Script {
    let mut script = Script::new(setup, |_| {});
    let id = script.world.id();
    let base = CreateLiveMessageGroup { app_id: id.clone(), group_id: "g".into(), ..Default::default() };
    let (b64, b65) = ("a".repeat(64), "a".repeat(65));
    for group_id in ["", "a b", &b64, &b65] {
        script.call(CreateLiveMessageGroup { group_id: group_id.into(), ..base.clone() });
    }
    for creator in [&b64, &b65, "a/b"] {
        let group_id = "creator".into();
        script.call(CreateLiveMessageGroup { group_id, creator_id: Some(creator.into()), ..base.clone() });
    }
    for name in ["ö".repeat(64), "ö".repeat(65)] {
        script.call(CreateLiveMessageGroup { group_id: "n".into(), group_name: Some(name), ..base.clone() });
    }
    for bytes in [32_768, 32_769] {
        let group_info = Some("i".repeat(bytes));
        script.call(CreateLiveMessageGroup { group_id: "i".into(), group_info, ..base.clone() });
    }
    for admins in [&["a", "b", "c"][..], &["a", "b", "c", "d"], &["a b"], &["a", "", "a"]] {
        let administrators = texts(admins);
        script.call(CreateLiveMessageGroup { group_id: "adm".into(), administrators, ..base.clone() });
    }
    script.call(CreateLiveMessageGroup { data_center: Some("mars".into()), ..base.clone() });
    script.call(CreateLiveMessageGroup { app_id: "nope".into(), group_id: "a b".into(), ..base });
    for size in [9, 10, 50, 51] {
        script.list_users("n", 1, size);
    }
    for (number, size) in [(0, 1), (10_000, 1), (10_001, 1), (1, 50), (1, 51), (1, 0)] {
        script.page_groups(Some(number), Some(size));
    }
    for bytes in [512, 513] {
        script.call(ModifyLiveMessageUserInfo {
            app_id: id.clone(),
            user_id: "ada".into(),
            user_meta_info: Some("x".repeat(bytes)),
            ..Default::default()
        });
    }
    for at in 0..12 {
        script.create(&format!("more{at}"));
    }
    script.page_groups(None, None);
    script.delete("g", &b65);
    script
}

pub(super) fn members(setup: Setup) -> Script {
    let mut script = Script::new(setup, |_| {});
    let id = script.world.id();
    let url = Some("https://hooks.example/".into());
    script.call(ModifyLiveMessageAppCallback {
        app_id: id.clone(),
        event_callback_url: url,
        ..Default::default()
    });
    let group_info = Some("welcome".into());
    let request =
        CreateLiveMessageGroup { app_id: id.clone(), group_id: "show".into(), ..Default::default() };
    script.call(CreateLiveMessageGroup { group_info, creator_id: Some("ada".into()), ..request });
    let (ada, bob, eve) = (script.connect("ada", ""), script.connect("bob", ""), script.connect("eve", ""));
    for session in [ada, bob, eve] {
        script.join(session, "show");
    }
    let info = ModifyLiveMessageUserInfo { app_id: id.clone(), user_id: "bob".into(), ..Default::default() };
    script.call(ModifyLiveMessageUserInfo { user_meta_info: Some("tall".into()), ..info.clone() });
    script.call(ModifyLiveMessageUserInfo { user_id: "nobody".into(), ..info.clone() });
    script.list_users("show", 1, 10);
    script.list_users("show", 2, 10);
    let fay = script.connect("fay", "");
    script.join(fay, "show");
    script.leave(fay, "show");
    let ids = texts(&["ada", "bob", "fay", "nobody"]);
    let group_id = "show".to_owned();
    script.call(CheckLiveMessageUsersInGroup {
        app_id: id.clone(),
        group_id: group_id.clone(),
        user_ids: ids.clone(),
        ..Default::default()
    });
    script.disconnect(fay, LinkEnd::Closed);
    script.call(CheckLiveMessageUsersOnline { app_id: id.clone(), user_ids: ids, ..Default::default() });
    script.call(KickLiveMessageGroupUser {
        app_id: id.clone(),
        group_id,
        kickoff_user: "eve".into(),
        ..Default::default()
    });
    script.describe("show");
    script.delete("show", "ada");
    script.call(ModifyLiveMessageUserInfo { user_meta_info: Some("small".into()), ..info });
    let clear = ModifyLiveMessageAppCallback { app_id: id, event_callback_url: None, ..Default::default() };
    script.pass(Duration::from_secs(1));
    script.call(clear);
    script.connect("gil", "");
    script.call(CreateLiveMessageApp::default());
    script.connect("gil", "");
    script
}

pub(super) fn supergroups(setup: Setup) -> Script {
    let mut script = Script::new(setup, |config| config.limits.group_members_max = 3);
    script.create("big");
    let all: Vec<_> = (0..7).map(|at| script.connect(&format!("u{at}"), "")).collect();
    for session in &all[..3] {
        script.join(*session, "big");
    }
    script.describe("big");
    script.join(all[3], "big");
    script.list_users("big", 1, 10);
    script.describe("big");
    let user_ids = texts(&["u0", "u6"]);
    let (app_id, group_id) = (script.world.id(), "big".to_owned());
    script.call(CheckLiveMessageUsersInGroup { app_id, group_id, user_ids, ..Default::default() });
    script.join(all[4], "big");
    script.join(all[5], "big");
    script.pass(Duration::from_millis(4_500));
    script.join(all[6], "big");
    script.pass(Duration::from_secs(5));
    for session in &all[..5] {
        script.leave(*session, "big");
    }
    script.pass(Duration::from_secs(5));
    script.list_users("big", 1, 10);
    script.describe("big");
    for session in &all[5..] {
        script.leave(*session, "big");
    }
    script.describe("big");
    script.join(all[0], "big");
    script.describe("big");
    script.list_users("big", 2, 10);
    script
}
