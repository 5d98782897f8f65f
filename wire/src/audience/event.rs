//! Events: what a client is sent without asking.

use std::sync::Arc;

use claque_core::{ExitReason, LogoffReason, Message, Notice, Ticket, UserIx};
use serde::Serialize;

use super::object::{MessageObject, Names, UserObject};

/// The table: each event's name, and its fields in the order in which they are written.
macro_rules! events {
    ($($(#[$about:meta])* $name:ident = $word:literal { $($(#[$on:meta])* $field:ident: $holds:ty,)* })+) => {
        /// The names of all events.
        pub const EVENTS: &[&str] = &[$($word),+];

        /// An event by its name alone, as a reader of frames tells them apart.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum EventName { $($(#[$about])* $name,)+ }

        impl EventName {
            /// The one of that name.
            #[must_use]
            pub fn find(name: &str) -> Option<Self> {
                match name {
                    $($word => Some(Self::$name),)+
                    _ => None,
                }
            }
        }

        #[derive(Debug, Serialize)]
        #[serde(tag = "event", rename_all_fields = "camelCase")]
        enum Fields<'a> {
            $($(#[$about])* #[serde(rename = $word)] $name { $($(#[$on])* $field: $holds,)* },)+
        }
    };
}

events! {
    /// A message to this user was recalled. The documented client names only the event of groups; this one is ours.
    DirectDeleted = "deletec2cmessage" {
        message_id: &'a str,
    }
    /// A group's message was recalled.
    Deleted = "deletegroupmessage" {
        message_id: &'a str,
        group_id: &'a str,
    }
    /// The session has ended.
    Disconnect = "disconnect" {
        code: u8,
    }
    /// The user is out of a group without having left it.
    Exit = "exit" {
        reason: u8,
        #[serde(skip_serializing_if = "Option::is_none")]
        group_id: Option<&'a str>,
    }
    /// Information or administrators of a group have changed.
    InfoChange = "infochange" {
        info: Info<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        group_id: Option<&'a str>,
    }
    /// Likes of a group.
    Like = "like" {
        like_count: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        group_id: Option<&'a str>,
    }
    /// Users came or went.
    MemberChange = "memberchange" {
        member_count: u64,
        join_users: Vec<UserObject<'a>>,
        leave_users: Vec<UserObject<'a>>,
        is_big_group: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        group_id: Option<&'a str>,
    }
    /// Mutes of a group have changed.
    MuteChange = "mutechange" {
        status: MuteLists<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        group_id: Option<&'a str>,
    }
    /// The messages that a client that is back had missed.
    Recovered = "recovered" {
        group_id: &'a str,
        messages: Vec<MessageObject<'a>>,
    }
    /// A message to this user.
    Direct = "recvc2cmessage" {
        message: MessageObject<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        acknowledge: Option<String>,
    }
    /// A group's message.
    Delivered = "recvgroupmessage" {
        group_id: &'a str,
        message: MessageObject<'a>,
    }
    /// Counters of a group.
    Statistics = "statistics" {
        online_count: u64,
        pv: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        group_id: Option<&'a str>,
    }
    /// The session's token has expired.
    TokenExpired = "tokenexpired" {}
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Info<'a> {
    group_meta: &'a str,
    admin_list: &'a [Arc<str>],
}

/// The mutes of a group.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MuteLists<'a> {
    mute_all: bool,
    mute_user_list: Vec<&'a str>,
    white_user_list: Vec<&'a str>,
}

impl<'a> MuteLists<'a> {
    pub(super) fn new(
        mute_all: bool,
        users: impl Iterator<Item = &'a Arc<str>>,
        except: impl Iterator<Item = &'a Arc<str>>,
    ) -> Self {
        let mute_user_list = users.map(|user| &**user).collect();
        let white_user_list = except.map(|user| &**user).collect();
        Self { mute_all, mute_user_list, white_user_list }
    }
}

/// One event, ready to be written: as a text, or as a value for a reader in the process.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Event<'a>(Fields<'a>);

impl<'a> Event<'a> {
    /// A group's message.
    #[must_use]
    pub fn delivered(message: &'a Message, group_id: &'a str) -> Self {
        let message = MessageObject::of(message, message.group.map(|_| group_id));
        Self(Fields::Delivered { group_id, message })
    }

    /// A message to one user; with a ticket it waits to be acknowledged.
    #[must_use]
    pub fn direct(message: &'a Message, ticket: Option<Ticket>) -> Self {
        let acknowledge = ticket.map(|Ticket(number)| number.to_string());
        Self(Fields::Direct { message: MessageObject::of(message, None), acknowledge })
    }

    /// The messages that a client that is back had missed in a group.
    #[must_use]
    pub fn recovered(messages: &'a [Arc<Message>], group_id: &'a str) -> Self {
        let messages = messages.iter().map(|message| MessageObject::of(message, Some(group_id))).collect();
        Self(Fields::Recovered { group_id, messages })
    }

    /// The session has ended.
    #[must_use]
    pub const fn disconnect(reason: LogoffReason) -> Self {
        let code = match reason {
            LogoffReason::Normal => 1,
            LogoffReason::AppDisabled => 2,
            LogoffReason::Timeout => 3,
            LogoffReason::OtherDevice => 4,
        };
        Self(Fields::Disconnect { code })
    }

    /// The session's token has expired.
    #[must_use]
    pub const fn token_expired() -> Self {
        Self(Fields::TokenExpired {})
    }

    /// A notice, about a group unless it is about a message to one user.
    #[must_use]
    pub fn notice(notice: &'a Notice, group_id: Option<&'a str>, names: &'a impl Names) -> Self {
        let users = |users: &[UserIx]| -> Vec<UserObject<'a>> {
            users.iter().map(|user| UserObject { user_id: names.user_id(*user) }).collect()
        };
        Self(match notice {
            Notice::MemberChange { count, joined, left, supergroup } => Fields::MemberChange {
                member_count: *count,
                join_users: users(joined),
                leave_users: users(left),
                is_big_group: *supergroup,
                group_id,
            },
            Notice::Exit(reason) => {
                let reason = match reason {
                    ExitReason::GroupDeleted => 1,
                    ExitReason::Kicked => 2,
                };
                Fields::Exit { reason, group_id }
            }
            Notice::InfoChange { info, admins } => {
                Fields::InfoChange { info: Info { group_meta: info, admin_list: admins }, group_id }
            }
            Notice::MuteChange { all, users, except } => {
                Fields::MuteChange { status: MuteLists::new(*all, users.iter(), except.iter()), group_id }
            }
            Notice::MessageDeleted { tid } => match group_id {
                Some(group_id) => Fields::Deleted { message_id: tid, group_id },
                None => Fields::DirectDeleted { message_id: tid },
            },
            Notice::Likes(likes) => Fields::Like { like_count: *likes, group_id },
            Notice::Statistics { online, joins } => {
                Fields::Statistics { online_count: *online, pv: *joins, group_id }
            }
        })
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
    pub fn value(&self) -> serde_json::Value {
        serde_json::to_value(self).expect("texts and numbers can be written")
    }
}
