//! A message: written once, shared by every delivery, list and cache.

use alloc::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::words::id::{GroupIx, MessageNumber, UserIx};
use crate::words::text::{Extra, Text};
use crate::words::time::Instant;

/// The priority level of a group message. `Normal` is the LOWEST of the three.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Priority {
    /// Likes. The lowest level. Rule: `priority.levels.order`
    #[default]
    Normal,
    /// Ordinary text, such as live comments.
    Medium,
    /// Red packets and gifts: preferred while shedding, and pulled after a reconnect.
    High,
}

impl Priority {
    /// From lowest to highest.
    pub const ALL: [Self; 3] = [Self::Normal, Self::Medium, Self::High];

    /// The documented word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "NORMAL",
            Self::Medium => "MEDIUM",
            Self::High => "HIGH",
        }
    }
}

/// Where a message came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Origin {
    /// A client's send.
    Client,
    /// The console.
    Console,
    /// A server-side operation of the `LiveMessage` family.
    Live,
    /// A server-side operation of the old family.
    Old,
}

/// A message that the service accepted and did not shed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Message {
    /// Counted over the whole service in the order of sending: what lists of messages are sorted by.
    pub number: MessageNumber,
    /// The group; none for a message between users.
    pub group: Option<GroupIx>,
    /// Per group, strictly increasing over delivered messages, from 1.
    pub seq: u64,
    /// For HIGH messages: counts the HIGH messages of the group from 1, without gaps; otherwise 0.
    pub high_index: u64,
    /// The message ID.
    pub tid: Text,
    /// The message type.
    pub kind: i64,
    /// The priority level.
    pub level: Priority,
    /// Where it came from.
    pub origin: Origin,
    /// The sender.
    pub sender: UserIx,
    /// The sender's ID.
    pub sender_id: Text,
    /// The sender's extension information as of sending.
    pub sender_info: Extra,
    /// The body.
    pub body: Arc<str>,
    /// When it was sent: its time stamp. Earlier than the delivery where it waited for a review or a slot.
    pub sent: Instant,
    /// When the service delivered it.
    pub at: Instant,
    /// Running total of its type at this message.
    pub total: u64,
    /// The amount that it added to that total.
    pub increase: i64,
    /// Whether it is kept in the history.
    pub stored: bool,
    /// Whether it is kept in the recent list.
    pub cached: bool,
}
