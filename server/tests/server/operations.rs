//! Every documented operation answers, with the documented body.

use serde_json::{Value, json};

use crate::support::{App, World};

/// Whether a value has a documented shape: `s` text, `i` integer, `b` boolean, `[x]` list, objects by field; a question
/// mark: or nothing.
#[track_caller]
fn shaped(value: &Value, shape: &Value, path: &str) {
    match shape {
        Value::String(kind) => {
            let plain = kind.trim_end_matches('?');
            let absent = value.is_null() && plain.len() < kind.len();
            let fits = absent
                || match plain {
                    "s" => value.is_string(),
                    "i" => value.is_i64() || value.is_u64(),
                    "b" => value.is_boolean(),
                    "map" => value.is_object(),
                    other => panic!("no shape {other}"),
                };
            assert!(fits, "{path} is {value}, expected {kind}");
        }
        Value::Array(items) => {
            let list = value.as_array().unwrap_or_else(|| panic!("{path} is {value}, expected a list"));
            for item in list {
                shaped(item, &items[0], &format!("{path}[]"));
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                shaped(&value[name], field, &format!("{path}.{name}"));
            }
        }
        Value::Bool(_) | Value::Null | Value::Number(_) => panic!("no shape {shape}"),
    }
}

struct Asked<'a> {
    world: &'a World,
    answered: Vec<String>,
}

impl Asked<'_> {
    async fn ask(&mut self, action: &str, with: Value, shape: Value) -> Value {
        let body = self.world.call(action, with).await;
        assert!(body["RequestId"].is_string() && body["Code"].is_null(), "{action}: {body}");
        shaped(&body, &shape, action);
        self.answered.push(action.to_owned());
        body
    }
}

async fn live_apps(asked: &mut Asked<'_>, app: &App) {
    let id = json!({ "AppId": app.id });
    let described = json!({
        "AppId": "s", "AppKey": "s", "AppName": "s", "AppSign": "s", "AuditType": "i", "CreateTime": "i",
        "DataCenter": "s", "Disable": "b", "ModifyTime": "i", "MsgLifeCycle": "i",
    });
    asked.ask("DescribeLiveMessageApp", id.clone(), described).await;
    let listed = json!({
        "AppId": "s", "AppKey": "s", "AppName": "s", "AppSign": "s", "CreateTime": "i", "DataCenter": "s",
        "Disable": "s", "ModifyTime": "i", "MsgLifeCycle": "i",
    });
    let shape = json!({ "AppList": [listed], "HasMore": "b", "NextPageToken": "i?" });
    asked.ask("ListLiveMessageApps", json!({ "SortType": 1 }), shape).await;
    let with = json!({ "AppId": app.id, "AuditType": 0 });
    asked
        .ask("ModifyLiveMessageAppAudit", with, json!({ "AppId": "s", "AppSign": "s", "AuditType": "i" }))
        .await;
    let with = json!({ "AppId": app.id, "EventCallbackUrl": "http://127.0.0.1:9/" });
    let shape = json!({ "AppId": "s", "AppSign": "s", "EventCallbackNeedAuthentication": "b", "EventCallbackUrl": "s" });
    asked.ask("ModifyLiveMessageAppCallback", with, shape).await;
    asked
        .world
        .call("ModifyLiveMessageAppCallback", json!({ "AppId": app.id, "EventCallbackUrl": "" }))
        .await;
    let with = json!({ "AppId": app.id, "Disable": false });
    asked
        .ask("ModifyLiveMessageAppDisable", with, json!({ "AppId": "s", "AppSign": "s", "Disable": "b" }))
        .await;
}

async fn live_groups(asked: &mut Asked<'_>, app: &App) {
    let in_group = json!({ "AppId": app.id, "GroupId": "g" });
    let group = |more: Value| {
        let mut with = in_group.clone();
        with.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        with
    };
    let with = group(
        json!({ "CreatorId": "host", "GroupName": "The show", "GroupInfo": "i", "Administrators": ["ada"] }),
    );
    asked
        .ask(
            "CreateLiveMessageGroup",
            with,
            json!({ "AlreadyDelete": "b", "AlreadyExists": "b", "GroupId": "s" }),
        )
        .await;
    for user in ["ada", "bob"] {
        asked.world.post("join", json!({ "app": app.id, "group": "g", "user": user })).await;
    }
    let shape = json!({
        "AdminList": ["s"], "Createtime": "i", "CreatorId": "s", "Delete": "b", "GroupId": "s", "GroupInfo": "s",
        "GroupName": "s", "MsgAmount": "map", "OnlineUserCounts": "i", "SuperLargeGroup": "b", "TotalTimes": "i",
    });
    let seen = asked.ask("DescribeLiveMessageGroup", in_group.clone(), shape).await;
    assert_eq!((&seen["OnlineUserCounts"], &seen["SuperLargeGroup"]), (&json!(2), &json!(false)));
    let listed = json!({
        "AdminList": ["s"], "Createtime": "i", "CreatorId": "s", "Delete": "b", "GroupId": "s", "GroupInfo": "s",
        "GroupName": "s",
    });
    let shape = json!({ "GroupList": [listed], "Hasmore": "b", "NextpageToken": "s?" });
    asked.ask("ListLiveMessageGroups", json!({ "AppId": app.id, "SortType": 1 }), shape).await;
    let with = json!({ "AppId": app.id, "SortType": 1, "PageNumber": 1, "PageSize": 10 });
    let shape = json!({ "GroupList": [listed], "PageNumber": "i", "PageSize": "i", "TotalCount": "i" });
    let page = asked.ask("ListLiveMessageGroupByPage", with, shape).await;
    assert_eq!(page["TotalCount"], 1);
    let with =
        group(json!({ "ModifyInfo": true, "GroupInfo": "j", "ModifyAdmin": true, "AdminList": ["bob"] }));
    asked.ask("ModifyLiveMessageGroup", with, json!({})).await;
    let shape =
        json!({ "GroupId": "s", "Hasmore": "b", "NextPageToken": "i?", "UserList": [{ "UserId": "s" }] });
    asked.ask("ListLiveMessageGroupUsers", group(json!({ "SortType": 1, "PageSize": 10 })), shape).await;
    let with = group(json!({ "UserIds": ["ada", "eve"] }));
    let seen = asked
        .ask("CheckLiveMessageUsersInGroup", with, json!({ "Users": [{ "Online": "b", "UserId": "s" }] }))
        .await;
    assert_eq!(seen["Users"][0]["Online"], true);
    let with = json!({ "AppId": app.id, "UserIds": ["ada", "eve"] });
    asked
        .ask("CheckLiveMessageUsersOnline", with, json!({ "UserList": [{ "Online": "b", "UserId": "s" }] }))
        .await;
    let with = json!({ "AppId": app.id, "UserId": "ada", "UserMetaInfo": "gold" });
    let shape = json!({ "SuccessList": [{ "GroupId": "s", "Success": "b" }] });
    asked.ask("ModifyLiveMessageUserInfo", with, shape).await;
}

async fn live_mutes(asked: &mut Asked<'_>, app: &App) {
    let id = json!({ "AppId": app.id, "GroupId": "g" });
    let with = json!({ "AppId": app.id, "GroupId": "g", "BannedUsers": ["bob"] });
    asked.ask("AddLiveMessageGroupBand", with, json!({})).await;
    let shape =
        json!({ "BannedUserList": ["s"], "GroupId": "s", "IsbannedAll": "b", "UnbannedUserList": ["s"] });
    let seen = asked.ask("DescribeLiveMessageGroupBand", id.clone(), shape).await;
    assert_eq!(seen["BannedUserList"], json!(["bob"]));
    let with = json!({ "AppId": app.id, "GroupId": "g", "UnbannedUsers": ["bob"] });
    asked.ask("RemoveLiveMessageGroupBand", with, json!({})).await;
    let with = json!({ "AppId": app.id, "GroupId": "g", "ExceptUsers": ["ada"] });
    asked.ask("BanLiveMessageGroup", with, json!({})).await;
    asked.ask("UnbanLiveMessageGroup", id, json!({})).await;
    let with = json!({ "AppId": app.id, "GroupId": "g", "BannedAll": false, "BannnedUsers": ["bob"] });
    asked.ask("ModifyLiveMessageGroupBand", with, json!({})).await;
}

async fn live_messages(asked: &mut Asked<'_>, app: &App) {
    let with = json!({
        "AppId": app.id, "GroupId": "g", "SenderId": "host", "Body": "hello", "MsgType": 10_001, "Weight": 5,
    });
    let sent = asked.ask("SendLiveMessageGroup", with, json!({ "MsgTid": "s" })).await;
    let id = json!({ "AppId": app.id, "GroupId": "g", "MsgType": 10_001, "SortType": 1, "PageSize": 10 });
    let message = json!({
        "Body": "s", "MsgTid": "s", "MsgType": "i", "Sender": { "UserId": "s" }, "SeqNumber": "i", "Timestamp": "i",
        "TotalMessages": "i",
    });
    let shape = json!({ "GroupId": "s", "Hasmore": "b", "MessageList": [message], "NextPageToken": "i?" });
    let listed = asked.ask("ListLiveMessageGroupMessages", id, shape).await;
    assert_eq!(listed["MessageList"][0]["Body"], "hello");
    let with = json!({ "AppId": app.id, "GroupId": "g", "MessageId": sent["MsgTid"], "DeleterId": "host" });
    asked.ask("DeleteLiveMessageGroupMessage", with, json!({ "GroupId": "s", "MessageId": "s" })).await;
    let with = json!({
        "AppId": app.id, "SenderId": "host", "ReceiverId": "ada", "Body": "psst", "MsgType": 10_001,
    });
    let sent = asked.ask("SendLiveMessageUser", with, json!({ "MsgTid": "s" })).await;
    let with =
        json!({ "AppId": app.id, "ReceiverId": "ada", "MessageId": sent["MsgTid"], "DeleterId": "host" });
    asked.ask("DeleteLiveMessageUserMessage", with, json!({})).await;
}

async fn live_ends(asked: &mut Asked<'_>, app: &App) {
    let with = json!({ "AppId": app.id, "GroupId": "g", "KickoffUser": "bob" });
    asked.ask("KickLiveMessageGroupUser", with, json!({})).await;
    let with = json!({ "AppId": app.id, "GroupId": "g", "OperatorId": "host" });
    asked.ask("DeleteLiveMessageGroup", with, json!({ "GroupId": "s" })).await;
    let with = json!({ "AppId": app.id, "GroupId": "g" });
    asked.ask("RecoverLiveMessageDeletedGroup", with, json!({ "GroupId": "s" })).await;
}

async fn old_family(asked: &mut Asked<'_>) {
    let done = json!({ "Result": { "Success": "b" } });
    let with = json!({ "AppName": "oldshow", "AppConfig": { "k": "v" }, "Extension": {} });
    let made = asked.ask("CreateMessageApp", with, json!({ "Result": { "AppId": "s" } })).await;
    let app = made["Result"]["AppId"].clone();
    let app_shape = json!({
        "AppConfig": "map", "AppId": "s", "AppName": "s", "CreateTime": "i", "Extension": "map", "Status": "i",
    });
    asked.ask("GetMessageApp", json!({ "AppId": app }), json!({ "Result": app_shape })).await;
    let page = json!({ "PageNum": 1, "PageSize": 10, "SortType": 1 });
    let shape = json!({ "Result": { "AppList": [app_shape], "HasMore": "b", "Total": "i" } });
    asked.ask("ListMessageApp", page.clone(), shape).await;
    let with = json!({ "AppId": app, "AppName": "oldshow", "PageNum": 1, "PageSize": 10, "SortType": 1 });
    let shape = json!({ "Result": [{ "AppList": [app_shape], "HasMore": "b", "TotalCount": "i" }] });
    asked.ask("QueryMessageApp", with, shape).await;
    let with = json!({ "AppId": app, "AppName": "newname" });
    asked.ask("UpdateMessageApp", with, done.clone()).await;
    let with = json!({ "AppId": app, "CreatorId": "host", "Extension": { "a": "b" } });
    let made = asked.ask("CreateMessageGroup", with, json!({ "Result": { "GroupId": "s" } })).await;
    let group = made["Result"]["GroupId"].clone();
    let token = json!({ "AppId": app, "DeviceId": "d1", "DeviceType": "web", "UserId": "ada" });
    let shape =
        json!({ "Result": { "AccessToken": "s", "AccessTokenExpiredTime": "i", "RefreshToken": "s" } });
    asked.ask("GetMessageToken", token, shape).await;
    let with = json!({ "AppId": app, "GroupId": group, "UserId": "ada" });
    asked.ask("JoinMessageGroup", with.clone(), done.clone()).await;
    let id = json!({ "AppId": app, "GroupId": group });
    let shape = json!({
        "Result": { "CreateTime": "i", "CreatorId": "s", "Extension": "map", "GroupId": "s", "IsMuteAll": "b", "Status": "i" },
    });
    asked.ask("GetMessageGroup", id.clone(), shape).await;
    let with_page = json!({ "AppId": app, "UserId": "ada", "PageNum": 1, "PageSize": 10, "SortType": 1 });
    let listed = json!({ "AppId": "s", "CreateTime": "i", "CreatorId": "s", "Extension": "map", "GroupId": "s", "Status": "i" });
    let shape = json!({ "Result": { "GroupList": [listed], "HasMore": "b", "Total": "i" } });
    asked.ask("ListMessageGroup", with_page, shape).await;
    let with_page = json!({ "AppId": app, "GroupId": group, "PageNum": 1, "PageSize": 10, "SortType": 1 });
    let shape = json!({ "Result": { "HasMore": "b", "Total": "i", "UserList": [{ "JoinTime": "i", "UserId": "s" }] } });
    asked.ask("ListMessageGroupUser", with_page.clone(), shape).await;
    let with_ids = json!({ "AppId": app, "GroupId": group, "UserIdList": ["ada"] });
    let shape =
        json!({ "Result": { "HasMore": "b", "Total": "i", "UserList": [{ "IsMute": "b", "UserId": "s" }] } });
    asked.ask("ListMessageGroupUserById", with_ids, shape).await;
    let with_data =
        json!({ "AppId": app, "GroupId": group, "OperatorUserId": "ada", "Data": "{}", "Type": 12_000 });
    let sent = json!({ "Result": { "MessageId": "s" } });
    asked.ask("SendMessageToGroup", with_data.clone(), sent.clone()).await;
    let mut to_users = with_data;
    to_users["ReceiverIdList"] = json!(["ada"]);
    asked.ask("SendMessageToGroupUsers", to_users, sent).await;
    let mut with_type = with_page;
    with_type["Type"] = json!(12_000);
    let message = json!({ "Data": "s", "GroupId": "s", "MessageId": "s", "SenderId": "s", "Type": "i" });
    let shape = json!({ "Result": { "HasMore": "b", "MessageList": [message] } });
    asked.ask("ListMessage", with_type, shape).await;
    asked
        .ask(
            "UpdateMessageGroup",
            json!({ "AppId": app, "GroupId": group, "Extension": { "c": "d" } }),
            done.clone(),
        )
        .await;
    old_mutes(asked, &app, &group).await;
    asked.ask("LeaveMessageGroup", with, done.clone()).await;
    asked.ask("DeleteMessageApp", json!({ "AppId": app }), done).await;
}

async fn old_mutes(asked: &mut Asked<'_>, app: &Value, group: &Value) {
    let with = |more: Value| {
        let mut with = json!({ "AppId": app, "GroupId": group, "OperatorUserId": "host" });
        for (name, value) in more.as_object().expect("an object") {
            with[name] = value.clone();
        }
        with
    };
    let done = json!({ "Result": { "Success": "b" } });
    asked.ask("MuteAllGroupUser", with(json!({})), done.clone()).await;
    asked.ask("CancelMuteAllGroupUser", with(json!({})), done.clone()).await;
    asked.ask("MuteGroupUser", with(json!({ "MuteUserList": ["ada"] })), done.clone()).await;
    let page = json!({ "Result": { "HasMore": "b", "Total": "i", "UserList": [{ "UserId": "s" }] } });
    asked.ask("ListMuteGroupUser", with(json!({ "PageNum": 1, "PageSize": 10 })), page).await;
    asked.ask("CancelMuteGroupUser", with(json!({ "CancelMuteUserList": ["ada"] })), done).await;
    asked.ask("SendLike", with(json!({ "Count": "2" })), json!({ "Result": { "LikeCount": "i" } })).await;
    let online = json!({ "Result": { "OnlineUsers": [{ "JoinTime": "i", "Online": "b", "UserId": "s" }] } });
    let whom = json!({ "AppId": app, "GroupId": group, "UserIds": ["ada"] });
    asked.ask("BatchGetOnlineUsers", whom, online).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_answers_with_the_documented_body() {
    let world = World::new().await;
    let mut asked = Asked { world: &world, answered: Vec::new() };
    let app = world.app().await;
    asked.answered.push("CreateLiveMessageApp".to_owned());
    live_apps(&mut asked, &app).await;
    live_groups(&mut asked, &app).await;
    live_mutes(&mut asked, &app).await;
    live_messages(&mut asked, &app).await;
    live_ends(&mut asked, &app).await;
    old_family(&mut asked).await;
    let mut missing: Vec<&str> =
        claque_core::Operation::ALL.iter().map(|operation| operation.name()).collect();
    missing.retain(|name| !asked.answered.iter().any(|answered| answered == name));
    assert!(missing.is_empty(), "not asked: {missing:?}");
}
