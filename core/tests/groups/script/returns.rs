//! The parts of the script about what a client learns on its return, who closes a group, and the two families apart.

use claque_core::reading::Families;
use claque_core::{
    BanLiveMessageGroup, ClientRequest, CreateLiveMessageApp, CreateLiveMessageGroup, CreateMessageApp,
    Cursor, DescribeLiveMessageApp, Duration, GetMessageApp, GetMessageToken, JoinMessageGroup,
    KickLiveMessageGroupUser, LinkEnd, ListLiveMessageApps, ListMessageApp, Login, ModifyLiveMessageGroup,
    Response,
};

use super::stage::{Script, Setup, texts};

fn kick(script: &mut Script, group_id: &str) {
    script.call(KickLiveMessageGroupUser {
        app_id: script.world.id(),
        group_id: group_id.into(),
        kickoff_user: "ada".into(),
        ..Default::default()
    });
}

/// A client whose link is down while groups end, change and take it back.
pub(super) fn returns(setup: Setup) -> Script {
    let mut script = Script::new(setup, |_| {});
    let (ada, bob) = (script.connect("ada", ""), script.connect("bob", ""));
    for group in ["deleted", "kicked", "heard", "again", "kept"] {
        script.create(group);
        script.join(ada, group);
        script.join(bob, group);
    }
    kick(&mut script, "heard");
    let heard = script.world.service.find_group(script.world.app(), "heard").expect("it was created");
    script.disconnect(ada, LinkEnd::Lost);
    script.pass(Duration::from_secs(1));
    script.delete("deleted", "host");
    for group in ["kicked", "again"] {
        kick(&mut script, group);
    }
    let app_id = script.world.id();
    let back = JoinMessageGroup { app_id: app_id.clone(), group_id: "again".into(), ..Default::default() };
    script.call(JoinMessageGroup { user_id: "ada".into(), ..back });
    script.call(BanLiveMessageGroup {
        app_id: app_id.clone(),
        group_id: "kept".into(),
        ..Default::default()
    });
    script.call(ModifyLiveMessageGroup {
        app_id,
        group_id: "kept".into(),
        modify_info: Some(true),
        group_info: Some("on air".into()),
        ..Default::default()
    });
    script.reconnect(ada, &[]);
    for cursors in [vec![], vec![Cursor { group: heard, high_seq: 0 }]] {
        script.disconnect(ada, LinkEnd::Lost);
        script.pass(Duration::from_secs(1));
        script.reconnect(ada, &cursors);
    }
    script
}

/// Everybody tries to close a group.
pub(super) fn closing(setup: Setup) -> Script {
    let mut script = Script::new(setup, |_| {});
    for (name, role) in [("ada", ""), ("amy", ""), ("bob", ""), ("chief", "admin")] {
        script.call(CreateLiveMessageGroup {
            app_id: script.world.id(),
            group_id: name.into(),
            creator_id: Some("ada".into()),
            administrators: texts(&["amy"]),
            ..Default::default()
        });
        let session = script.connect(name, role);
        script.ask(session, ClientRequest::CloseGroup(name.into()));
    }
    script
}

/// Each family looks for what the other made.
pub(super) fn families(setup: Setup) -> Script {
    let mut script = Script::new(setup, |config| {
        config.readings.families = Families::Separate;
        config.limits.account_apps_max = 2;
    });
    let older = CreateMessageApp { app_name: "older".into(), ..Default::default() };
    script.call(older.clone());
    script.call(CreateLiveMessageApp::default());
    script.call(older);
    let newer = script.world.id();
    script.call(GetMessageApp { app_id: newer });
    let mine = |app: &claque_core::AppIx| script.world.service.app_id(*app).to_string();
    let older = mine(&claque_core::AppIx(1));
    script.call(DescribeLiveMessageApp { app_id: older.clone(), ..Default::default() });
    log_on_with_an_access_token(&mut script, &older);
    script.call(ListLiveMessageApps { sort_type: Some(1), ..Default::default() });
    script.call(ListMessageApp { page_num: Some(1), page_size: Some(10), sort_type: None });
    script
}

/// The right user, another one, and the right one after the token has ended.
fn log_on_with_an_access_token(script: &mut Script, older: &str) {
    let token = script.world.call(GetMessageToken {
        app_id: older.to_owned(),
        user_id: "bob".into(),
        device_id: "d1".into(),
        device_type: "web".into(),
    });
    let Ok(Response::OldToken(token)) = token else { return script.tell(&format!("{token:?}")) };
    for (user, later) in [("bob", 0), ("cid", 0), ("bob", 2)] {
        script.pass(Duration::from_days(later));
        let login = Login {
            app_id: older.into(),
            user_id: user.into(),
            token: token.access_token.clone(),
            ..Login::default()
        };
        let outcome = script.world.connect_with(&login);
        script.tell(&format!("{user} after {later} days: {outcome:?}"));
    }
}
