//! The parameters of a session's methods: JSON to core's input.

use std::fmt;
use std::sync::Arc;

use claque_core::{ClientRequest, ClientSend, GroupKey, Priority, Ticket};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::asked::BadFrame;
use super::method::SessionMethod;
use super::object::level_number;

pub(super) fn take<T: DeserializeOwned>(params: Value) -> Result<T, BadFrame> {
    let params = if params.is_null() { Value::Object(Map::new()) } else { params };
    serde_json::from_value(params).map_err(|error| BadFrame { code: 400, text: error.to_string() })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InGroup {
    group_id: Arc<str>,
}

fn in_group(params: Value) -> Result<GroupKey, BadFrame> {
    Ok(GroupKey::Name(take::<InGroup>(params)?.group_id))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfUsers {
    group_id: Arc<str>,
    user_list: Vec<Arc<str>>,
}

fn of_users(params: Value) -> Result<(GroupKey, Vec<Arc<str>>), BadFrame> {
    let of: OfUsers = take(params)?;
    Ok((GroupKey::Name(of.group_id), of.user_list))
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

impl SessionMethod {
    /// The request that its parameters make.
    ///
    /// # Errors
    /// Code 400: one is missing, or is something else.
    pub fn read(self, params: Value) -> Result<ClientRequest, BadFrame> {
        Ok(match self {
            Self::Acknowledge => acknowledge(&take::<Acknowledge>(params)?.ticket)?,
            Self::CancelMuteAll => ClientRequest::CancelMuteAll(in_group(params)?),
            Self::CancelMuteUser => {
                let (group, users) = of_users(params)?;
                ClientRequest::CancelMuteUsers(group, users)
            }
            Self::CloseGroup => ClientRequest::CloseGroup(in_group(params)?),
            Self::CreateGroup => {
                let Create { group_id, group_name, group_meta } = take(params)?;
                ClientRequest::CreateGroup { group_id, name: group_name, info: group_meta }
            }
            Self::DeleteMessage => {
                let of = take::<OfMessage>(params)?;
                ClientRequest::DeleteMessage(GroupKey::Name(of.group_id), (&of.message_id).into())
            }
            Self::JoinGroup => ClientRequest::Join(in_group(params)?),
            Self::LeaveGroup => ClientRequest::Leave(in_group(params)?),
            Self::ListGroupUser => take::<Page>(params)?.of_users(),
            Self::ListHistoryMessage => take::<Page>(params)?.of_messages(false),
            Self::ListMessage => take::<Page>(params)?.of_messages(true),
            Self::ListMuteUsers => ClientRequest::ListMuteUsers(in_group(params)?),
            Self::ListRecentGroupUser => ClientRequest::ListRecentGroupUsers(in_group(params)?),
            Self::ListRecentMessage => take::<Recent>(params)?.into(),
            Self::Logout => ClientRequest::Logout,
            Self::ModifyGroup => {
                let Modify { group_id, group_meta, admins } = take(params)?;
                ClientRequest::ModifyGroup { group: GroupKey::Name(group_id), info: group_meta, admins }
            }
            Self::MuteAll => ClientRequest::MuteAll(in_group(params)?),
            Self::MuteUser => {
                let (group, users) = of_users(params)?;
                ClientRequest::MuteUsers(group, users)
            }
            Self::QueryGroup => ClientRequest::QueryGroup(in_group(params)?),
            Self::SendC2cMessage => take::<ToUser>(params)?.into(),
            Self::SendGroupMessage => take::<ToGroup>(params)?.into(),
        })
    }
}

fn acknowledge(ticket: &str) -> Result<ClientRequest, BadFrame> {
    let number = ticket.parse();
    let number = number.map_err(|_| BadFrame { code: 400, text: format!("{ticket:?} is no ticket") })?;
    Ok(ClientRequest::Acknowledge(Ticket(number)))
}

impl From<Recent> for ClientRequest {
    fn from(recent: Recent) -> Self {
        Self::ListRecentMessages {
            group: GroupKey::Name(recent.group_id),
            before: recent.seqnum,
            page_size: recent.page_size.unwrap_or(50),
        }
    }
}

impl Page {
    fn of_users(self) -> ClientRequest {
        ClientRequest::ListGroupUsers {
            group: GroupKey::Name(self.group_id),
            descending: self.sort_type == Order::Descending,
            token: self.next_page_token,
            page_size: self.page_size.unwrap_or(50),
        }
    }

    fn of_messages(self, staff: bool) -> ClientRequest {
        ClientRequest::ListHistory {
            group: GroupKey::Name(self.group_id),
            staff,
            kind: self.kind,
            descending: self.sort_type == Order::Descending,
            token: self.next_page_token,
            page_size: self.page_size.unwrap_or(10),
            begin: self.begin_time,
            end: self.end_time,
        }
    }
}

impl From<ToUser> for ClientRequest {
    fn from(send: ToUser) -> Self {
        Self::SendToUser {
            receiver: send.receiver_id,
            kind: send.kind,
            body: send.data,
            skip_audit: send.skip_audit,
        }
    }
}

impl From<ToGroup> for ClientRequest {
    fn from(send: ToGroup) -> Self {
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
        Self::Send(GroupKey::Name(send.group_id), message)
    }
}
