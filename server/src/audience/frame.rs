//! Events and answers, as JSON. Every function gives one frame.

use std::sync::Arc;

use claque_core::{
    ClientRefusal, ClientReply, Connected, Duration, ExitReason, GroupCounters, GroupState, LogoffReason,
    Message, Notice, Priority, SessionId, Ticket, UserIx,
};
use serde_json::{Map, Value, json};

use crate::driver::LiveService;

/// The number of a level: NORMAL 0 and HIGH 1 as the documented client has them, MEDIUM 2 as ours.
pub(super) const fn level_number(level: Priority) -> u8 {
    match level {
        Priority::Normal => 0,
        Priority::High => 1,
        Priority::Medium => 2,
    }
}

/// A message as the documented client shows it.
pub(super) fn message_object(message: &Message, group_id: &str) -> Value {
    let mut object = json!({
        "messageId": &*message.tid,
        "type": message.kind,
        "sender": { "userId": &*message.sender_id, "userExtension": &*message.sender_info },
        "data": &*message.body,
        "timestamp": message.sent.unix_seconds(),
        "level": level_number(message.level),
    });
    if message.group.is_some() {
        object["groupId"] = group_id.into();
        object["seqnum"] = message.seq.into();
        object["highIndex"] = message.high_index.into();
        object["repeatCount"] = message.increase.into();
        object["totalMsgs"] = message.total.into();
    }
    object
}

pub(super) fn message(message: &Message, group_id: &str) -> String {
    let object = message_object(message, group_id);
    json!({ "event": "recvgroupmessage", "groupId": group_id, "message": object }).to_string()
}

pub(super) fn direct(message: &Message, ticket: Option<Ticket>) -> String {
    let object = message_object(message, "");
    let mut frame = json!({ "event": "recvc2cmessage", "message": object });
    if let Some(Ticket(number)) = ticket {
        frame["acknowledge"] = number.to_string().into();
    }
    frame.to_string()
}

pub(super) fn recovered(messages: &[Arc<Message>], group_id: &str) -> String {
    let list: Vec<Value> = messages.iter().map(|message| message_object(message, group_id)).collect();
    json!({ "event": "recovered", "groupId": group_id, "messages": list }).to_string()
}

pub(super) fn disconnect(reason: LogoffReason) -> String {
    let code = match reason {
        LogoffReason::Normal => 1,
        LogoffReason::AppDisabled => 2,
        LogoffReason::Timeout => 3,
        LogoffReason::OtherDevice => 4,
    };
    json!({ "event": "disconnect", "code": code }).to_string()
}

pub(super) fn token_expired() -> String {
    json!({ "event": "tokenexpired" }).to_string()
}

pub(super) fn notice(notice: &Notice, group_id: Option<&Arc<str>>, service: &LiveService) -> String {
    let names = |users: &[UserIx]| -> Vec<Value> {
        users.iter().map(|user| json!({ "userId": &**service.user_id(*user) })).collect()
    };
    let mut frame = match notice {
        Notice::MemberChange { count, joined, left, supergroup } => json!({
            "event": "memberchange",
            "memberCount": count,
            "joinUsers": names(joined),
            "leaveUsers": names(left),
            "isBigGroup": supergroup,
        }),
        Notice::Exit(reason) => {
            let reason = match reason {
                ExitReason::GroupDeleted => 1,
                ExitReason::Kicked => 2,
            };
            json!({ "event": "exit", "reason": reason })
        }
        Notice::InfoChange { info, admins } => {
            json!({ "event": "infochange", "info": { "groupMeta": &**info, "adminList": texts(admins) } })
        }
        Notice::MuteChange { all, users, except } => json!({
            "event": "mutechange",
            "status": { "muteAll": all, "muteUserList": texts(users.iter()), "whiteUserList": texts(except.iter()) },
        }),
        Notice::MessageDeleted { tid } => {
            // The documented client names only the event of groups; the other is ours.
            let event = if group_id.is_some() { "deletegroupmessage" } else { "deletec2cmessage" };
            json!({ "event": event, "messageId": &**tid })
        }
        Notice::Likes(likes) => json!({ "event": "like", "likeCount": likes }),
        Notice::Statistics { online, joins } => {
            json!({ "event": "statistics", "onlineCount": online, "pv": joins })
        }
    };
    if let Some(group_id) = group_id {
        frame["groupId"] = (&**group_id).into();
    }
    frame.to_string()
}

pub(super) fn texts<'a>(list: impl IntoIterator<Item = &'a Arc<str>>) -> Vec<Value> {
    list.into_iter().map(|text| (&**text).into()).collect()
}

/// The state of a group as the documented client shows it.
pub(super) fn group_object(state: &GroupState) -> Value {
    json!({
        "groupId": &*state.group_id,
        "groupName": &*state.name,
        "groupMeta": &*state.info,
        "createTime": state.created,
        "creator": &*state.creator,
        "admins": texts(&state.admins),
        "statistics": statistics(&state.counters),
        "muteStatus": { "muteAll": state.muted_all, "muteSelf": state.muted_self },
        "isBigGroup": state.supergroup,
        "seqnum": state.seq,
        "highIndex": state.high_index,
    })
}

fn statistics(counters: &GroupCounters) -> Value {
    let amounts: Map<String, Value> =
        counters.msg_amount.iter().map(|(kind, total)| (kind.to_string(), (*total).into())).collect();
    json!({ "pv": counters.total_times, "onlineCount": counters.online_user_counts, "msgAmount": amounts })
}

/// A session as clients hold it: user index, generation, and the secret that only its own client was told.
fn session_text(connected: &Connected) -> String {
    let SessionId { user, generation } = connected.session;
    format!("{}-{generation}-{}", user.0, connected.sid)
}

/// The answer to a logon or reconnect.
pub(crate) fn connected(id: &Value, connected: &Connected, heartbeat_timeout: Duration) -> String {
    let groups: Vec<Value> = connected.groups.iter().map(group_object).collect();
    let result = json!({
        "session": session_text(connected),
        "sid": &*connected.sid,
        "heartbeatTimeout": heartbeat_timeout.as_micros() / 1_000_000,
        "groups": groups,
    });
    json!({ "id": id, "result": result }).to_string()
}

/// The answer to a request. A reviewer's reason goes with the refusal that it led to.
pub(crate) fn answered(
    id: &Value,
    outcome: &Result<ClientReply, ClientRefusal>,
    reason: Option<&str>,
    service: &LiveService,
) -> String {
    let group_of = |message: &Message| message.group.map_or("", |group| &**service.group_id(group));
    let result = match outcome {
        Err(refusal) => {
            let text = reason.map_or_else(|| refusal.to_string(), |reason| format!("{refusal}: {reason}"));
            return refused(id, refusal.code(), &text);
        }
        Ok(ClientReply::Done | ClientReply::Pending(_)) => json!({}),
        Ok(ClientReply::Sent(tid)) => json!({ "messageId": &**tid }),
        Ok(ClientReply::GroupCreated { group_id, already_exists, .. }) => {
            json!({ "groupId": &**group_id, "alreadyExist": already_exists })
        }
        Ok(ClientReply::Group(state)) => group_object(state),
        Ok(ClientReply::Users { users, total, next }) => json!({
            "userList": users.iter().map(|user| json!({ "userId": &**user })).collect::<Vec<_>>(),
            "total": total,
            "nextPageToken": next,
            "hasMore": *next != 0,
        }),
        Ok(ClientReply::Messages(messages, next)) => json!({
            "messageList": messages
                .iter()
                .map(|message| message_object(message, group_of(message)))
                .collect::<Vec<_>>(),
            "nextPageToken": next,
            "hasMore": *next != 0,
        }),
        Ok(ClientReply::Mutes { all, users, except }) => {
            json!({ "muteAll": all, "muteUserList": texts(users.iter()), "whiteUserList": texts(except.iter()) })
        }
    };
    json!({ "id": id, "result": result }).to_string()
}

/// The refusal of a request.
pub(crate) fn refused(id: &Value, code: u16, text: &str) -> String {
    json!({ "id": id, "error": { "code": code, "message": text } }).to_string()
}
