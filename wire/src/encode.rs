//! From the state machine's answer to the documented JSON fields.
//!
//! Spelling and types are copied with their irregularities: `Hasmore` beside `HasMore`, `NextpageToken` as text, `Disable` as
//! text in one list, a list where every other operation has an object. A field that has nothing to say is absent where the
//! documents let it be absent, and never null.

use claque_core::reading::{CreateFreshFlags, DeletionDeletorAbsent, ListDisableType};
use claque_core::{
    AppAudit, AppCallback, AppCreated, AppPage, AppView, Band, Family, GroupCreated, GroupCursorPage,
    GroupNumberPage, GroupView, MessagePage, MessageView, OldApp, OldGroup, OldMember, OldMemberDetail,
    OldMessage, OldOnline, OldPage, OldToken, Operation, Presence, Readings, Response, UserInfoOutcome,
    UserPage, UserView,
};
use serde_json::{Map, Value, json};

use crate::argument::free_map;

/// The fields of an answer besides `RequestId`, under the readings that choose between spellings.
///
/// # Panics
///
/// If the state machine answers an operation with another operation's response.
#[must_use]
pub fn encode(readings: &Readings, operation: Operation, response: &Response) -> Map<String, Value> {
    let result = |value: Value| json!({ "Result": value });
    let value = match response {
        Response::Empty => json!({}),
        Response::AppCreated(app) => created_app(app),
        Response::App(app) => described_app(app),
        Response::Apps(page) => apps(readings, page),
        Response::AppAudit(audit) => app_audit(audit),
        Response::AppCallback(callback) => app_callback(callback),
        Response::AppDisable(app) => {
            json!({ "AppId": app.app_id, "AppSign": app.app_sign, "Disable": app.disable })
        }
        Response::GroupCreated(group) => created_group(readings, group),
        Response::Group(group) => described_group(readings, group),
        Response::GroupId(group) => json!({ "GroupId": group }),
        Response::Groups(page) => groups_by_cursor(page),
        Response::GroupsByPage(page) => groups_by_number(page),
        Response::Users(page) => users(page),
        Response::UsersInGroup(users) => json!({ "Users": list(users, presence) }),
        Response::UsersOnline(users) => json!({ "UserList": list(users, presence) }),
        Response::MessageSent(id) => sent(operation, id),
        Response::MessageDeleted(message) => {
            json!({ "GroupId": message.group_id, "MessageId": message.message_id })
        }
        Response::Messages(page) => messages(page),
        Response::UserInfo(outcome) => user_info(outcome),
        Response::Band(band) => described_band(band),
        Response::OldAppCreated(app) => result(json!({ "AppId": app })),
        Response::OldSuccess(success) => result(json!({ "Success": success })),
        Response::OldApp(app) => result(old_app(app)),
        Response::OldApps(page) => result(old_page("AppList", page, old_app, Some("Total"))),
        Response::OldAppsFound(page) => {
            result(json!([old_page("AppList", page, old_app, Some("TotalCount"))]))
        }
        Response::OldGroupCreated(group) => {
            result(json!({ "Extension": free_map(&group.extension), "GroupId": group.group_id }))
        }
        Response::OldGroup(group) => result(described_old_group(group)),
        Response::OldGroups(page) => result(old_page("GroupList", page, listed_old_group, Some("Total"))),
        Response::OldMembers(page) => result(old_page("UserList", page, listed_old_member, Some("Total"))),
        Response::OldMembersById(page) => result(old_page("UserList", page, old_member, Some("Total"))),
        Response::OldMuted(page) => {
            result(old_page("UserList", page, |user| json!({ "UserId": user }), Some("Total")))
        }
        Response::OldOnline(users) => result(json!({ "OnlineUsers": list(users, old_online) })),
        Response::OldLikes(likes) => result(json!({ "LikeCount": likes })),
        Response::OldMessages(page) => result(old_page("MessageList", page, old_message, None)),
        Response::OldToken(token) => result(old_token(token)),
    };
    let Value::Object(fields) = value else { unreachable!("an answer is an object") };
    fields
}

fn list<T>(items: &[T], one: impl Fn(&T) -> Value) -> Value {
    Value::Array(items.iter().map(one).collect())
}

/// The object with those of the fields that have something to say.
fn with_some<const N: usize>(mut object: Value, fields: [(&str, Option<Value>); N]) -> Value {
    for (name, value) in fields {
        if let Some(value) = value {
            object[name] = value;
        }
    }
    object
}

fn created_app(app: &AppCreated) -> Value {
    json!({
        "AppId": app.app_id, "AppKey": app.app_key, "AppSign": app.app_sign, "DataCenter": app.data_center.as_str(),
    })
}

fn app_callback(callback: &AppCallback) -> Value {
    let fields = json!({
        "AppId": callback.app_id, "AppSign": callback.app_sign,
        "EventCallbackNeedAuthentication": callback.event_callback_need_authentication,
    });
    with_some(fields, [("EventCallbackUrl", callback.event_callback_url.as_ref().map(|url| json!(url)))])
}

fn groups_by_cursor(page: &GroupCursorPage) -> Value {
    let fields =
        json!({ "GroupList": list(&page.groups, listed_group), "Hasmore": page.next_page_token.is_some() });
    with_some(fields, [("NextpageToken", page.next_page_token.map(|token| json!(token.to_string())))])
}

fn groups_by_number(page: &GroupNumberPage) -> Value {
    json!({
        "GroupList": list(&page.groups, listed_group), "PageNumber": page.page_number,
        "PageSize": page.page_size, "TotalCount": page.total_count,
    })
}

fn users(page: &UserPage) -> Value {
    json!({
        "GroupId": page.group_id, "Hasmore": page.next_page_token != 0, "NextPageToken": page.next_page_token,
        "UserList": list(&page.users, user),
    })
}

fn messages(page: &MessagePage) -> Value {
    json!({
        "GroupId": page.group_id, "Hasmore": page.next_page_token != 0,
        "MessageList": list(&page.messages, message), "NextPageToken": page.next_page_token,
    })
}

/// The ID of an accepted message: both families answer with it, each in its own way.
fn sent(operation: Operation, id: &str) -> Value {
    match operation.family() {
        Family::Live => json!({ "MsgTid": id }),
        Family::Old => json!({ "Result": { "MessageId": id } }),
    }
}

fn described_app(app: &AppView) -> Value {
    let fields = json!({
        "AppId": app.app_id, "AppKey": app.app_key, "AppName": app.app_name, "AppSign": app.app_sign,
        "AuditType": app.audit_type, "CreateTime": app.create_time, "DataCenter": app.data_center.as_str(),
        "Disable": app.disable, "EventCallbackUrl": app.event_callback_url, "ModifyTime": app.modify_time,
        "MsgLifeCycle": app.msg_life_cycle,
    });
    with_some(fields, [("AuditUrl", app.audit_url.as_ref().map(|url| json!(url)))])
}

fn app_audit(audit: &AppAudit) -> Value {
    let fields = json!({
        "AppId": audit.app_id, "AppSign": audit.app_sign,
        "AuditNeedAuthentication": audit.audit_need_authentication, "AuditType": audit.audit_type,
    });
    with_some(fields, [("AuditUrl", audit.audit_url.as_ref().map(|url| json!(url)))])
}

fn apps(readings: &Readings, page: &AppPage) -> Value {
    let disable = |disable: bool| match readings.list_disable_type {
        ListDisableType::Boolean => json!(disable),
        ListDisableType::String => json!(disable.to_string()),
    };
    let listed = |app: &AppView| {
        json!({
            "AppId": app.app_id, "AppKey": app.app_key, "AppName": app.app_name, "AppSign": app.app_sign,
            "CreateTime": app.create_time, "DataCenter": app.data_center.as_str(), "Disable": disable(app.disable),
            "ModifyTime": app.modify_time, "MsgLifeCycle": app.msg_life_cycle,
        })
    };
    let fields = json!({ "AppList": list(&page.apps, listed), "HasMore": page.next_page_token.is_some() });
    with_some(fields, [("NextPageToken", page.next_page_token.map(|token| json!(token)))])
}

fn created_group(readings: &Readings, group: &GroupCreated) -> Value {
    let fresh = !group.already_exists && !group.already_delete;
    if fresh && readings.create_fresh_flags == CreateFreshFlags::Absent {
        return json!({ "GroupId": group.group_id });
    }
    json!({
        "AlreadyDelete": group.already_delete, "AlreadyExists": group.already_exists, "GroupId": group.group_id,
    })
}

fn listed_group(group: &GroupView) -> Value {
    json!({
        "AdminList": group.admin_list, "Createtime": group.create_time, "CreatorId": group.creator_id,
        "Delete": group.deleted.is_some(), "GroupId": group.group_id, "GroupInfo": group.group_info,
        "GroupName": group.group_name,
    })
}

fn described_group(readings: &Readings, group: &GroupView) -> Value {
    let mut fields = listed_group(group);
    fields["SuperLargeGroup"] = json!(group.super_large_group);
    let deletion = group.deleted.as_ref();
    let omitted = readings.deletion_deletor_absent == DeletionDeletorAbsent::Omitted;
    let deletor = deletion.map(|deletion| &deletion.by).filter(|by| !(omitted && by.is_empty()));
    let amounts = |amounts: &[(i64, u64)]| {
        let entries = amounts.iter().map(|(kind, amount)| (kind.to_string(), json!(amount)));
        Value::Object(entries.collect())
    };
    let live = group.live.as_ref();
    with_some(
        fields,
        [
            ("Deletatime", deletion.map(|deletion| json!(deletion.at))),
            ("Deletor", deletor.map(|by| json!(by))),
            ("MsgAmount", live.map(|counters| amounts(&counters.msg_amount))),
            ("OnlineUserCounts", live.map(|counters| json!(counters.online_user_counts))),
            ("TotalTimes", live.map(|counters| json!(counters.total_times))),
        ],
    )
}

fn user(user: &UserView) -> Value {
    json!({ "UserId": user.user_id, "UserInfo": user.user_info })
}

fn presence(presence: &Presence) -> Value {
    json!({ "Online": presence.online, "UserId": presence.user_id })
}

fn message(message: &MessageView) -> Value {
    json!({
        "Body": message.body, "MsgTid": message.msg_tid, "MsgType": message.msg_type, "Sender": user(&message.sender),
        "SeqNumber": message.seq_number, "Timestamp": message.timestamp, "TotalMessages": message.total_messages,
    })
}

fn user_info(outcome: &UserInfoOutcome) -> Value {
    let failed = outcome.failed.iter().map(|failure| {
        json!({ "Code": failure.code, "GroupId": failure.group_id, "Reason": failure.reason, "Success": false })
    });
    let succeeded = outcome.succeeded.iter().map(|group| json!({ "GroupId": group, "Success": true }));
    json!({ "FailList": failed.collect::<Vec<_>>(), "SuccessList": succeeded.collect::<Vec<_>>() })
}

fn described_band(band: &Band) -> Value {
    json!({
        "BannedUserList": band.banned_users, "GroupId": band.group_id, "IsbannedAll": band.is_banned_all,
        "UnbannedUserList": band.unbanned_users,
    })
}

fn old_app(app: &OldApp) -> Value {
    json!({
        "AppConfig": free_map(&app.app_config), "AppId": app.app_id, "AppName": app.app_name, "CreateTime": app.create_time,
        "Extension": free_map(&app.extension), "Status": app.status,
    })
}

fn listed_old_group(group: &OldGroup) -> Value {
    json!({
        "AppId": group.app_id, "CreateTime": group.create_time, "CreatorId": group.creator_id,
        "Extension": free_map(&group.extension), "GroupId": group.group_id, "Status": group.status,
    })
}

fn described_old_group(group: &OldGroup) -> Value {
    json!({
        "CreateTime": group.create_time, "CreatorId": group.creator_id, "Extension": free_map(&group.extension),
        "GroupId": group.group_id, "IsMuteAll": group.is_mute_all, "Status": group.status,
    })
}

fn listed_old_member(member: &OldMember) -> Value {
    json!({ "JoinTime": member.join_time, "UserId": member.user_id })
}

fn old_online(user: &OldOnline) -> Value {
    json!({ "JoinTime": user.join_time, "Online": user.online, "UserId": user.user_id })
}

fn old_token(token: &OldToken) -> Value {
    json!({
        "AccessToken": token.access_token, "AccessTokenExpiredTime": token.access_token_expired_time,
        "RefreshToken": token.refresh_token,
    })
}

fn old_member(member: &OldMemberDetail) -> Value {
    let by = [("group", member.muted_by_group), ("user", member.muted_by_user)];
    let by: Vec<&str> = by.into_iter().filter(|(_, muted)| *muted).map(|(name, _)| name).collect();
    json!({
        "IsMute": member.is_mute, "MuteBy": by, "UserAvatar": "", "UserExtension": member.user_extension,
        "UserId": member.user_id, "UserNick": "",
    })
}

fn old_message(message: &OldMessage) -> Value {
    json!({
        "Data": message.data, "GroupId": message.group_id, "MessageId": message.message_id,
        "SenderId": message.sender_id, "Type": message.kind,
    })
}

/// A page of the old family under its documented names; the message list has no total.
fn old_page<T>(items: &str, page: &OldPage<T>, one: impl Fn(&T) -> Value, total: Option<&str>) -> Value {
    let mut fields = Map::new();
    fields.insert(items.to_owned(), list(&page.items, one));
    fields.insert("HasMore".to_owned(), json!(page.has_more));
    if let Some(total) = total {
        fields.insert(total.to_owned(), json!(page.total));
    }
    Value::Object(fields)
}
