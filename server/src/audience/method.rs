//! Methods: JSON parameters to a client request.

use std::fmt;
use std::sync::Arc;

use claque_core::{ClientRequest, ClientSend, GroupKey, Priority, Ticket};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::frame::level_number;

/// Why a frame is no request: a documented client code and a sentence.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadFrame {
    pub(super) code: u16,
    pub(super) text: String,
}

/// The methods that concern the link itself.
pub const OWN_METHODS: &[&str] = &["heartbeat", "login", "reconnect"];

/// Every event that a client may be told.
pub const EVENTS: &[&str] = &[
    "deletec2cmessage",
    "deletegroupmessage",
    "disconnect",
    "exit",
    "infochange",
    "like",
    "memberchange",
    "mutechange",
    "recovered",
    "recvc2cmessage",
    "recvgroupmessage",
    "statistics",
    "tokenexpired",
];

/// Every method of a client that has logged on.
pub const METHODS: &[&str] = &[
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

pub(super) fn take<T: DeserializeOwned>(params: Value) -> Result<T, BadFrame> {
    let params = if params.is_null() { Value::Object(Map::new()) } else { params };
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

/// An order by name or, as the documented client has it, by number.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "NameOrNumber")]
enum Order {
    #[default]
    Ascending,
    Descending,
}

/// A level by name or, as the documented client has it, by number.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "NameOrNumber")]
struct Level(Priority);

impl Default for Level {
    fn default() -> Self {
        Self(Priority::Normal)
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum NameOrNumber {
    Name(String),
    Number(i64),
}

impl fmt::Display for NameOrNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "{name:?}"),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

impl TryFrom<NameOrNumber> for Order {
    type Error = String;

    fn try_from(given: NameOrNumber) -> Result<Self, String> {
        match &given {
            NameOrNumber::Number(0) => Ok(Self::Ascending),
            NameOrNumber::Number(1) => Ok(Self::Descending),
            NameOrNumber::Name(name) if name == "ASC" => Ok(Self::Ascending),
            NameOrNumber::Name(name) if name == "DESC" => Ok(Self::Descending),
            NameOrNumber::Name(_) | NameOrNumber::Number(_) => {
                Err(format!("sortType is {given}, allowed 0 (ASC), 1 (DESC)"))
            }
        }
    }
}

impl TryFrom<NameOrNumber> for Level {
    type Error = String;

    fn try_from(given: NameOrNumber) -> Result<Self, String> {
        let levels = [Priority::Normal, Priority::High, Priority::Medium];
        let named = levels.into_iter().find(|level| match &given {
            NameOrNumber::Number(number) => i64::from(level_number(*level)) == *number,
            NameOrNumber::Name(name) => level.as_str() == name,
        });
        let none = || format!("level is {given}, allowed 0 (NORMAL), 1 (HIGH), 2 (MEDIUM)");
        named.map(Self).ok_or_else(none)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    group_id: Arc<str>,
    #[serde(default)]
    sort_type: Order,
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
    level: Level,
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
            ClientRequest::DeleteMessage(key(of.group_id), (&of.message_id).into())
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
                "no method {unknown:?}; there are {}, {}",
                OWN_METHODS.join(", "),
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
    let (group, descending) = (GroupKey::Name(page.group_id), page.sort_type == Order::Descending);
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
        staff: method == "listMessage",
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
    let message = ClientSend {
        kind: send.kind,
        level: send.level.0,
        body: send.data,
        repeat: send.repeat_count.unwrap_or(1),
        no_storage: send.no_storage,
        no_cache: send.no_cache,
        skip_audit: send.skip_audit,
        skip_mute_check: send.skip_mute_check,
    };
    Ok(ClientRequest::Send(GroupKey::Name(send.group_id), message))
}

/// The method that makes such a request.
pub(crate) const fn name_of(request: &ClientRequest) -> &'static str {
    match request {
        ClientRequest::Acknowledge(_) => "acknowledge",
        ClientRequest::CancelMuteAll(_) => "cancelMuteAll",
        ClientRequest::CancelMuteUsers(..) => "cancelMuteUser",
        ClientRequest::CloseGroup(_) => "closeGroup",
        ClientRequest::CreateGroup { .. } => "createGroup",
        ClientRequest::DeleteMessage(..) => "deleteMessage",
        ClientRequest::Join(_) => "joinGroup",
        ClientRequest::Leave(_) => "leaveGroup",
        ClientRequest::ListGroupUsers { .. } => "listGroupUser",
        ClientRequest::ListHistory { staff: false, .. } => "listHistoryMessage",
        ClientRequest::ListHistory { staff: true, .. } => "listMessage",
        ClientRequest::ListMuteUsers(_) => "listMuteUsers",
        ClientRequest::ListRecentGroupUsers(_) => "listRecentGroupUser",
        ClientRequest::ListRecentMessages { .. } => "listRecentMessage",
        ClientRequest::Logout => "logout",
        ClientRequest::ModifyGroup { .. } => "modifyGroup",
        ClientRequest::MuteAll(_) => "muteAll",
        ClientRequest::MuteUsers(..) => "muteUser",
        ClientRequest::QueryGroup(_) => "queryGroup",
        ClientRequest::Send(..) => "sendGroupMessage",
        ClientRequest::SendToUser { .. } => "sendC2cMessage",
    }
}
