//! Answers: a result, or a refusal, under the ID of the request.

use claque_core::{ClientRefusal, ClientReply, Connected, Duration, Message};
use serde::Serialize;
use serde_json::Value;

use super::event::MuteLists;
use super::logon::session_text;
use super::object::{GroupObject, MessageObject, Names, UserObject};

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Fields<'a> {
    Done { id: &'a Value, result: Outcome<'a> },
    Refused { id: &'a Value, error: Refusal<'a> },
}

#[derive(Debug, Serialize)]
struct Refusal<'a> {
    code: u16,
    message: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum Outcome<'a> {
    Nothing {},
    Connected { session: String, sid: &'a str, heartbeat_timeout: u64, groups: Vec<GroupObject<'a>> },
    Sent { message_id: &'a str },
    Created { group_id: &'a str, already_exist: bool },
    Group(Box<GroupObject<'a>>),
    Users { user_list: Vec<UserObject<'a>>, total: u64, next_page_token: i64, has_more: bool },
    Messages { message_list: Vec<MessageObject<'a>>, next_page_token: i64, has_more: bool },
    Mutes(MuteLists<'a>),
}

/// The answer to one request, ready to be written: as a text, or as a value for a reader in the process.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Answer<'a>(Fields<'a>);

impl<'a> Answer<'a> {
    /// Done, and there is nothing to tell.
    #[must_use]
    pub const fn done(id: &'a Value) -> Self {
        Self(Fields::Done { id, result: Outcome::Nothing {} })
    }

    /// To a logon or reconnect of a user, who is named by the IDs of application and user; `heartbeat_timeout` is the
    /// session's own.
    #[must_use]
    pub fn connected(
        id: &'a Value,
        connected: &'a Connected,
        whose: (&str, &str),
        heartbeat_timeout: Duration,
    ) -> Self {
        let result = Outcome::Connected {
            session: session_text(connected, whose),
            sid: &connected.sid,
            heartbeat_timeout: heartbeat_timeout.as_secs(),
            groups: connected.groups.iter().map(GroupObject::from).collect(),
        };
        Self(Fields::Done { id, result })
    }

    /// To a request of a session that was accepted.
    #[must_use]
    pub fn accepted(id: &'a Value, reply: &'a ClientReply, names: &'a impl Names) -> Self {
        let message = |message: &'a Message| {
            MessageObject::of(message, message.group.map(|group| names.group_id(group)))
        };
        let result = match reply {
            ClientReply::Done | ClientReply::Pending(_) => Outcome::Nothing {},
            ClientReply::Sent(tid) => Outcome::Sent { message_id: tid },
            ClientReply::GroupCreated { group_id, already_exists, .. } => {
                Outcome::Created { group_id, already_exist: *already_exists }
            }
            ClientReply::Group(state) => Outcome::Group(Box::new(GroupObject::from(&**state))),
            ClientReply::Users { users, total, next } => Outcome::Users {
                user_list: users.iter().map(|user| UserObject { user_id: user }).collect(),
                total: *total,
                next_page_token: *next,
                has_more: *next != 0,
            },
            ClientReply::Messages(messages, next) => Outcome::Messages {
                message_list: messages.iter().map(|listed| message(listed)).collect(),
                next_page_token: *next,
                has_more: *next != 0,
            },
            ClientReply::Mutes { all, users, except } => {
                Outcome::Mutes(MuteLists::new(*all, users.iter(), except.iter()))
            }
        };
        Self(Fields::Done { id, result })
    }

    /// A refusal with a documented code and a sentence.
    #[must_use]
    pub const fn refused(id: &'a Value, code: u16, message: &'a str) -> Self {
        Self(Fields::Refused { id, error: Refusal { code, message } })
    }

    /// The sentence of a refusal; a reviewer's reason goes with the refusal that it led to.
    #[must_use]
    pub fn sentence(refusal: ClientRefusal, reason: Option<&str>) -> String {
        reason.map_or_else(|| refusal.to_string(), |reason| format!("{refusal}: {reason}"))
    }

    /// The frame, as a text.
    ///
    /// # Panics
    /// Never: texts and numbers can always be written.
    #[must_use]
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers can be written")
    }

    /// The frame, as a value.
    ///
    /// # Panics
    /// Never: texts and numbers can always be written.
    #[must_use]
    pub fn value(&self) -> Value {
        serde_json::to_value(self).expect("texts and numbers can be written")
    }
}
