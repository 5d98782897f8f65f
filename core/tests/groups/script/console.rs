//! The parts of the script about the console, the characters of names, and what clients may do by right.

use claque_core::{
    ClientRequest, ConsoleRequest, CreateLiveMessageApp, CreateLiveMessageGroup, DescribeLiveMessageApp,
    Duration, LinkEnd,
};

use super::stage::{Script, Setup, texts};

/// What was chosen at a creation is changed in the console.
pub(super) fn changes(setup: Setup) -> Script {
    let mut script = Script::new(setup, |config| config.refused_words.push("rude".into()));
    script.call(CreateLiveMessageApp { audit_type: Some(1), ..Default::default() });
    let app_id = script.world.id();
    let request =
        CreateLiveMessageGroup { app_id: app_id.clone(), group_id: "show".into(), ..Default::default() };
    script.call(CreateLiveMessageGroup { creator_id: Some("ada".into()), ..request });
    let ada = script.connect("ada", "");
    script.join(ada, "show");
    script.say(ada, 10_001, "rude");
    let describe = DescribeLiveMessageApp { app_id: app_id.clone(), ..Default::default() };
    for (app_name, msg_life_cycle) in [(Some("renamed"), None), (None, Some(2)), (None, Some(3))] {
        let (app_id, app_name) = (app_id.clone(), app_name.map(Into::into));
        script.console(ConsoleRequest::ModifyApp { app_id, app_name, msg_life_cycle });
        script.call(describe.clone());
    }
    let change = |name: Option<&str>, owner: Option<&str>| ConsoleRequest::ModifyGroup {
        app_id: app_id.clone(),
        group_id: "show".into(),
        group_name: name.map(Into::into),
        creator_id: owner.map(Into::into),
        administrators: Some(texts(&["bob"])),
        group_info: Some("new".into()),
    };
    for change in [change(Some("stage"), None), change(None, Some("eve")), change(None, None)] {
        script.console(change);
        script.describe("show");
    }
    script
}

/// Names with other characters than letters and digits, everywhere.
pub(super) fn characters(setup: Setup) -> Script {
    let mut script = Script::new(setup, |_| {});
    for id in ["a_b", "a-b"] {
        script.create(id);
        let session = script.connect(id, "");
        script.join(session, id);
    }
    script
}

/// What owner, administrator, role and anybody else may do in a group.
pub(super) fn rights(setup: Setup) -> Script {
    let mut script = Script::new(setup, |_| {});
    let app_id = script.world.id();
    for (group, owner, admin) in [("show", "ada", "bob"), ("other", "eve", "gil")] {
        script.call(CreateLiveMessageGroup {
            app_id: app_id.clone(),
            group_id: group.into(),
            creator_id: Some(owner.into()),
            administrators: texts(&[admin]),
            ..Default::default()
        });
    }
    for (user, role) in [("ada", ""), ("bob", ""), ("host", "admin"), ("gil", ""), ("kim", "")] {
        let session = script.connect(user, role);
        script.join(session, "show");
        let info = Some(user.into());
        script.ask(session, ClientRequest::ModifyGroup { group: "show".into(), info, admins: None });
        script.ask(session, ClientRequest::ListMuteUsers("show".into()));
        let users =
            |group| ClientRequest::ListGroupUsers { group, descending: false, token: 0, page_size: 10 };
        script.ask(session, users("show".into()));
    }
    script
}

/// Who is listed while links are lost, and what opens a supergroup again.
pub(super) fn returns(setup: Setup) -> Script {
    let mut script = Script::new(setup, |config| config.limits.group_members_max = 2);
    script.create("show");
    let all = ["ada", "bob", "eve", "gil"].map(|user| script.connect(user, ""));
    script.join(all[0], "show");
    script.join(all[1], "show");
    script.disconnect(all[1], LinkEnd::Lost);
    script.list_users("show", 1, 10);
    script.reconnect(all[1], &[]);
    script.list_users("show", 1, 10);
    for session in &all[2..] {
        script.join(*session, "show");
    }
    script.leave(all[2], "show");
    script.pass(Duration::from_secs(6));
    for session in [all[0], all[1], all[3]] {
        script.leave(session, "show");
    }
    script.join(all[0], "show");
    script.create("show");
    script.join(all[0], "show");
    script.describe("show");
    script
}
