//! Outputs of the service as what receivers see: JSON with the names that the client library and the callback pages use.

use claque_core::{ClientReply, ExitReason, GroupState, LogoffReason, Message, Notice, Shed};
use serde_json::{Map, Value as Json, json};

/// A message, as a client receives or lists it.
#[must_use]
pub(super) fn message(message: &Message, group: Option<&str>) -> Json {
    let mut frame = json!({
        "messageId": message.tid,
        "type": message.kind,
        "data": message.body,
        "sender": { "userId": message.sender_id, "userExtension": message.sender_info },
        "timestamp": message.sent.unix_seconds(),
    });
    if let Some(group) = group {
        frame["groupId"] = json!(group);
        frame["level"] = json!(message.level.as_str());
        frame["seqnum"] = json!(message.seq);
        frame["totalMsgs"] = json!(message.total);
        frame["repeatCount"] = json!(message.increase);
    }
    frame
}

/// A notice, as a client receives it. `names` finds a user's ID.
#[must_use]
pub(super) fn notice<'n>(
    notice: &Notice,
    group: &str,
    names: impl Fn(claque_core::UserIx) -> &'n str,
) -> Json {
    match notice {
        Notice::MemberChange { count, joined, left, supergroup } => json!({
            "event": "memberchange",
            "groupId": group,
            "memberCount": count,
            "joinUsers": joined.iter().map(|user| names(*user)).collect::<Vec<_>>(),
            "leaveUsers": left.iter().map(|user| names(*user)).collect::<Vec<_>>(),
            "isBigGroup": supergroup,
        }),
        Notice::Exit(reason) => json!({ "event": "exit", "groupId": group, "reason": exit_number(*reason) }),
        Notice::InfoChange { info, admins } => json!({
            "event": "infochange", "groupId": group, "info": { "groupMeta": info, "adminList": admins },
        }),
        Notice::MuteChange { all, users, except } => json!({
            "event": "mutechange",
            "groupId": group,
            "status": { "muteAll": all, "muteUserList": users, "whiteUserList": except },
        }),
        Notice::MessageDeleted { tid } => {
            json!({ "event": "deletegroupmessage", "groupId": group, "msgId": tid })
        }
        Notice::Likes(likes) => json!({ "event": "like", "groupId": group, "likeCount": likes }),
        Notice::Statistics { online, joins } => json!({
            "event": "statistics", "groupId": group, "statistics": { "onlineCount": online, "pv": joins },
        }),
    }
}

/// The documented number of an exit.
const fn exit_number(reason: ExitReason) -> u8 {
    match reason {
        ExitReason::GroupDeleted => 1,
        ExitReason::Kicked => 2,
    }
}

/// The code that a client's disconnect event carries.
#[must_use]
pub(super) const fn disconnect_code(reason: LogoffReason) -> u8 {
    match reason {
        LogoffReason::Normal => 1,
        LogoffReason::AppDisabled => 2,
        LogoffReason::Timeout => 3,
        LogoffReason::OtherDevice => 4,
    }
}

/// An entry of the ledger.
#[must_use]
pub(super) fn shed(shed: &Shed, app: &str, group: &str, sender: &str) -> Json {
    json!({
        "appId": app,
        "groupId": group,
        "messageId": shed.tid,
        "type": shed.kind,
        "level": shed.level.as_str(),
        "sender": sender,
        "data": shed.body,
        "rule": shed.rule.id(),
        "winner": shed.winner,
    })
}

/// What a client learns of a group.
#[must_use]
pub(super) fn group_state(state: &GroupState) -> Json {
    let amounts = state.counters.msg_amount.iter().map(|(kind, amount)| (kind.to_string(), json!(amount)));
    json!({
        "groupId": state.group_id,
        "groupName": state.name,
        "groupMeta": state.info,
        "createTime": state.created,
        "creator": state.creator,
        "admins": state.admins,
        "statistics": {
            "pv": state.counters.total_times,
            "onlineCount": state.counters.online_user_counts,
            "msgAmount": Json::Object(amounts.collect()),
        },
        "muteStatus": { "muteAll": state.muted_all, "mute": state.muted_self },
        "isBigGroup": state.supergroup,
    })
}

/// The answer to a client's request. `group` names the group of listed messages.
#[must_use]
pub(super) fn reply(reply: &ClientReply, group: &str) -> Map<String, Json> {
    let value = match reply {
        ClientReply::Done | ClientReply::Pending(_) => json!({}),
        ClientReply::Sent(tid) => json!({ "messageId": tid }),
        ClientReply::GroupCreated { group_id, already_exists, .. } => {
            json!({ "groupId": group_id, "alreadyExist": already_exists })
        }
        ClientReply::Group(state) => group_state(state),
        ClientReply::Users { users, total, next } => json!({
            "total": total, "userList": users, "nextPageToken": next, "hasMore": *next != 0,
        }),
        ClientReply::Messages(messages, next) => {
            let listed: Vec<Json> = messages.iter().map(|listed| message(listed, Some(group))).collect();
            json!({ "messageList": listed, "nextPageToken": next, "hasMore": *next != 0 })
        }
        ClientReply::Mutes { all, users, except } => {
            json!({ "muteAll": all, "muteUserList": users, "whiteUserList": except })
        }
    };
    match value {
        Json::Object(fields) => fields,
        Json::Array(_) | Json::Bool(_) | Json::Null | Json::Number(_) | Json::String(_) => Map::new(),
    }
}
