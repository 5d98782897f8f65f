//! The objects that answers and events are made of: messages, groups, users.
//!
//! They are written from what they borrow, without a tree of values in between. A text for many is made once, but that once lies
//! between a message and all its deliveries.

use claque_core::{GroupCounters, GroupIx, GroupState, Message, Mutants, Priority, Service, Tracer, UserIx};
use serde::{Serialize, Serializer};

/// Finds the IDs that stand behind dense numbers.
pub trait Names {
    /// The ID of a group.
    fn group_id(&self, group: GroupIx) -> &str;

    /// The ID of a user.
    fn user_id(&self, user: UserIx) -> &str;
}

impl<T: Tracer, D: Mutants> Names for Service<T, D> {
    fn group_id(&self, group: GroupIx) -> &str {
        self.group_id(group)
    }

    fn user_id(&self, user: UserIx) -> &str {
        self.user_id(user)
    }
}

/// The number of a level: NORMAL 0 and HIGH 1 as the documented client has them, MEDIUM 2 as ours.
#[must_use]
pub const fn level_number(level: Priority) -> u8 {
    match level {
        Priority::Normal => 0,
        Priority::High => 1,
        Priority::Medium => 2,
    }
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SenderObject<'a> {
    user_id: &'a str,
    user_extension: &'a str,
}

/// A user who is listed or named by ID alone.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserObject<'a> {
    pub(super) user_id: &'a str,
}

/// A message as the documented client shows it; those to one user have no place in a group.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MessageObject<'a> {
    message_id: &'a str,
    #[serde(rename = "type")]
    kind: i64,
    sender: SenderObject<'a>,
    data: &'a str,
    timestamp: u64,
    level: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seqnum: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    high_index: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeat_count: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_msgs: Option<u64>,
}

impl<'a> MessageObject<'a> {
    pub(super) fn of(message: &'a Message, group_id: Option<&'a str>) -> Self {
        let in_group = |number: u64| group_id.map(|_| number);
        Self {
            message_id: &message.tid,
            kind: message.kind,
            sender: SenderObject { user_id: &message.sender_id, user_extension: &message.sender_info },
            data: &message.body,
            timestamp: message.sent.unix_seconds(),
            level: level_number(message.level),
            group_id,
            seqnum: in_group(message.seq),
            high_index: in_group(message.high_index),
            repeat_count: group_id.map(|_| message.increase),
            total_msgs: in_group(message.total),
        }
    }
}

/// The state of a group as the documented client shows it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GroupObject<'a> {
    group_id: &'a str,
    group_name: &'a str,
    group_meta: &'a str,
    create_time: u64,
    creator: &'a str,
    admins: Vec<&'a str>,
    statistics: StatisticsObject<'a>,
    mute_status: MuteStatus,
    is_big_group: bool,
    seqnum: u64,
    high_index: u64,
}

impl<'a> From<&'a GroupState> for GroupObject<'a> {
    fn from(state: &'a GroupState) -> Self {
        Self {
            group_id: &state.group_id,
            group_name: &state.name,
            group_meta: &state.info,
            create_time: state.created,
            creator: &state.creator,
            admins: state.admins.iter().map(|admin| &**admin).collect(),
            statistics: StatisticsObject::from(&state.counters),
            mute_status: MuteStatus { mute_all: state.muted_all, mute_self: state.muted_self },
            is_big_group: state.supergroup,
            seqnum: state.seq,
            high_index: state.high_index,
        }
    }
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MuteStatus {
    mute_all: bool,
    mute_self: bool,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StatisticsObject<'a> {
    pv: u64,
    online_count: u64,
    msg_amount: Amounts<'a>,
}

impl<'a> From<&'a GroupCounters> for StatisticsObject<'a> {
    fn from(counters: &'a GroupCounters) -> Self {
        Self {
            pv: counters.total_times,
            online_count: counters.online_user_counts,
            msg_amount: Amounts(&counters.msg_amount),
        }
    }
}

/// Counters of types: an object whose names are the types.
#[derive(Clone, Copy, Debug)]
struct Amounts<'a>(&'a [(i64, u64)]);

impl Serialize for Amounts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(kind, amount)| (kind, amount)))
    }
}
