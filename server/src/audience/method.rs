//! Methods: JSON parameters to a client request, its reply to JSON.

use std::sync::Arc;

use claque_core::{ClientRefusal, ClientReply, ClientRequest, ClientSend, GroupKey, Priority, Ticket};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::frame::{group_object, message_object, texts};

/// Why a frame is no request: a documented client code and a sentence.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadFrame {
    pub(super) code: u16,
    pub(super) text: String,
}

/// Every method but `login`, `reconnect` and `heartbeat`, which concern the link itself.
pub(super) const METHODS: &[&str] = &[
    "acknowledge",
    "cancelMuteAll",
    "cancelMuteUser",
    "closeGroup",
    "createGroup",
    "deleteMessage",
    "joinGroup",
    "leaveGroup",
    "listGroupUser",
    "listHistoryMessage",
    "listMessage",
    "listMuteUsers",
    "listRecentGroupUser",
    "listRecentMessage",
    "logout",
    "modifyGroup",
    "muteAll",
    "muteUser",
    "queryGroup",
    "sendC2cMessage",
    "sendGroupMessage",
];

fn take<T: DeserializeOwned>(params: Value) -> Result<T, BadFrame> {
    serde_json::from_value(params).map_err(|error| BadFrame { code: 400, text: error.to_string() })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InGroup {
    group_id: Arc<str>,
}

impl InGroup {
    fn key(self) -> GroupKey {
        GroupKey::Name(self.group_id)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfUsers {
    group_id: Arc<str>,
    user_list: Vec<Arc<str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Create {
    group_id: Option<Arc<str>>,
    group_name: Arc<str>,
    group_meta: Arc<str>,
}

impl Default for Create {
    fn default() -> Self {
        Self { group_id: None, group_name: "".into(), group_meta: "".into() }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Modify {
    group_id: Arc<str>,
    group_meta: Option<Arc<str>>,
    admins: Option<Vec<Arc<str>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfMessage {
    group_id: Arc<str>,
    message_id: Arc<str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    group_id: Arc<str>,
    #[serde(default)]
    sort_type: u8,
    #[serde(default)]
    next_page_token: i64,
    page_size: Option<u32>,
    #[serde(rename = "type")]
    kind: Option<i64>,
    #[serde(default)]
    begin_time: u64,
    #[serde(default)]
    end_time: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recent {
    group_id: Arc<str>,
    #[serde(default)]
    seqnum: u64,
    page_size: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToGroup {
    group_id: Arc<str>,
    #[serde(rename = "type")]
    kind: i64,
    data: Arc<str>,
    #[serde(default)]
    level: u8,
    #[serde(default)]
    skip_mute_check: bool,
    #[serde(default)]
    skip_audit: bool,
    #[serde(default)]
    no_storage: bool,
    #[serde(default)]
    no_cache: bool,
    repeat_count: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToUser {
    receiver_id: Arc<str>,
    #[serde(rename = "type")]
    kind: i64,
    data: Arc<str>,
    #[serde(default)]
    skip_audit: bool,
}

#[derive(Deserialize)]
struct Acknowledge {
    ticket: String,
}

/// The request that a frame makes.
pub(super) fn request(method: &str, params: Value) -> Result<ClientRequest, BadFrame> {
    let key = |group_id: Arc<str>| GroupKey::Name(group_id);
    Ok(match method {
        "acknowledge" => {
            let text = take::<Acknowledge>(params)?.ticket;
            let number =
                text.parse().map_err(|_| BadFrame { code: 400, text: format!("{text:?} is no ticket") })?;
            ClientRequest::Acknowledge(Ticket(number))
        }
        "cancelMuteAll" => ClientRequest::CancelMuteAll(take::<InGroup>(params)?.key()),
        "cancelMuteUser" => {
            let of = take::<OfUsers>(params)?;
            ClientRequest::CancelMuteUsers(key(of.group_id), of.user_list)
        }
        "closeGroup" => ClientRequest::CloseGroup(take::<InGroup>(params)?.key()),
        "createGroup" => {
            let Create { group_id, group_name, group_meta } = take(params)?;
            ClientRequest::CreateGroup { group_id, name: group_name, info: group_meta }
        }
        "deleteMessage" => {
            let of = take::<OfMessage>(params)?;
            ClientRequest::DeleteMessage(key(of.group_id), of.message_id)
        }
        "joinGroup" => ClientRequest::Join(take::<InGroup>(params)?.key()),
        "leaveGroup" => ClientRequest::Leave(take::<InGroup>(params)?.key()),
        "listMuteUsers" => ClientRequest::ListMuteUsers(take::<InGroup>(params)?.key()),
        "listRecentGroupUser" => ClientRequest::ListRecentGroupUsers(take::<InGroup>(params)?.key()),
        "logout" => ClientRequest::Logout,
        "modifyGroup" => {
            let Modify { group_id, group_meta, admins } = take(params)?;
            ClientRequest::ModifyGroup { group: key(group_id), info: group_meta, admins }
        }
        "muteAll" => ClientRequest::MuteAll(take::<InGroup>(params)?.key()),
        "muteUser" => {
            let of = take::<OfUsers>(params)?;
            ClientRequest::MuteUsers(key(of.group_id), of.user_list)
        }
        "queryGroup" => ClientRequest::QueryGroup(take::<InGroup>(params)?.key()),
        "listGroupUser" | "listHistoryMessage" | "listMessage" | "listRecentMessage" => list(method, params)?,
        "sendC2cMessage" | "sendGroupMessage" => send(method, params)?,
        unknown => {
            let text = format!(
                "no method {unknown:?}; there are login, reconnect, heartbeat, {}",
                METHODS.join(", ")
            );
            return Err(BadFrame { code: 400, text });
        }
    })
}

fn list(method: &str, params: Value) -> Result<ClientRequest, BadFrame> {
    if method == "listRecentMessage" {
        let Recent { group_id, seqnum, page_size } = take(params)?;
        let group = GroupKey::Name(group_id);
        return Ok(ClientRequest::ListRecentMessages {
            group,
            before: seqnum,
            page_size: page_size.unwrap_or(50),
        });
    }
    let page: Page = take(params)?;
    let (group, descending) = (GroupKey::Name(page.group_id), page.sort_type == 1);
    if method == "listGroupUser" {
        let page_size = page.page_size.unwrap_or(50);
        return Ok(ClientRequest::ListGroupUsers {
            group,
            descending,
            token: page.next_page_token,
            page_size,
        });
    }
    Ok(ClientRequest::ListHistory {
        group,
        kind: page.kind,
        descending,
        token: page.next_page_token,
        page_size: page.page_size.unwrap_or(10),
        begin: page.begin_time,
        end: page.end_time,
    })
}

fn send(method: &str, params: Value) -> Result<ClientRequest, BadFrame> {
    if method == "sendC2cMessage" {
        let ToUser { receiver_id, kind, data, skip_audit } = take(params)?;
        return Ok(ClientRequest::SendToUser { receiver: receiver_id, kind, body: data, skip_audit });
    }
    let send: ToGroup = take(params)?;
    let level = match send.level {
        0 => Priority::Normal,
        1 => Priority::High,
        2 => Priority::Medium,
        other => {
            let text = format!("level is {other}, allowed 0 (NORMAL), 1 (HIGH), 2 (MEDIUM)");
            return Err(BadFrame { code: 400, text });
        }
    };
    let message = ClientSend {
        kind: send.kind,
        level,
        body: send.data,
        repeat: send.repeat_count.unwrap_or(1),
        no_storage: send.no_storage,
        no_cache: send.no_cache,
        skip_audit: send.skip_audit,
        skip_mute_check: send.skip_mute_check,
    };
    Ok(ClientRequest::Send(GroupKey::Name(send.group_id), message))
}

/// The frame that answers a request.
pub(super) fn reply(
    id: &Value,
    outcome: Result<ClientReply, ClientRefusal>,
    group_of: impl Fn(&claque_core::Message) -> String,
) -> String {
    let result = match outcome {
        Err(refusal) => return error(id, refusal.code(), &refusal.to_string()),
        Ok(ClientReply::Done | ClientReply::Pending(_)) => json!({}),
        Ok(ClientReply::Sent(tid)) => json!({ "messageId": &*tid }),
        Ok(ClientReply::GroupCreated { group_id, already_exists, .. }) => {
            json!({ "groupId": &*group_id, "alreadyExist": already_exists })
        }
        Ok(ClientReply::Group(state)) => group_object(&state),
        Ok(ClientReply::Users { users, total, next }) => json!({
            "userList": users.iter().map(|user| json!({ "userId": &**user })).collect::<Vec<_>>(),
            "total": total,
            "nextPageToken": next,
            "hasMore": next != 0,
        }),
        Ok(ClientReply::Messages(messages, next)) => json!({
            "messageList": messages
                .iter()
                .map(|message| message_object(message, &group_of(message)))
                .collect::<Vec<_>>(),
            "nextPageToken": next,
            "hasMore": next != 0,
        }),
        Ok(ClientReply::Mutes { all, users, except }) => {
            json!({ "muteAll": all, "muteUserList": texts(&users), "whiteUserList": texts(&except) })
        }
    };
    json!({ "id": id, "result": result }).to_string()
}

/// The frame that refuses a request.
pub(super) fn error(id: &Value, code: u16, text: &str) -> String {
    json!({ "id": id, "error": { "code": code, "message": text } }).to_string()
}
