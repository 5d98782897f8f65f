//! A message to a group between the call that sends it and what becomes of it.

use std::cmp::Reverse;
use std::sync::Arc;

use claque_core::{GroupIx, Instant, Priority, SessionId, Text, UserIx};

/// What decides between messages of one second: level, weight, the earlier arrival.
pub(crate) type Rank = (Priority, i64, Reverse<u64>);

/// A message that somebody sends, as far as the model reads it.
#[derive(Clone, Debug)]
pub(crate) struct SentMessage {
    /// When, and its place in the order of sending.
    pub(crate) at: Instant,
    pub(crate) turn: u64,
    pub(crate) group: GroupIx,
    pub(crate) kind: i64,
    pub(crate) level: Priority,
    pub(crate) weight: i64,
    pub(crate) body: Arc<str>,
    pub(crate) sender: Option<UserIx>,
    /// Whether it is shaped.
    pub(crate) shaped: bool,
    /// The ID that the caller chose.
    pub(crate) tid: Option<Text>,
    /// The session that sent it; none: a back end.
    pub(crate) session: Option<SessionId>,
    /// What it adds to the counter of its type.
    pub(crate) increase: i64,
    /// Whether the review that the service makes itself stops it.
    pub(crate) forbidden: bool,
    /// Whether it is to be kept, and shown in the recent list.
    pub(crate) stored: bool,
    pub(crate) cached: bool,
    /// What its caller gave of the sender; none: what the service knows of the user.
    pub(crate) sender_info: Option<Arc<str>>,
}

/// A message whose sender was answered with success, and which was neither delivered nor shed yet.
#[derive(Clone, Debug)]
pub(crate) struct WaitingMessage {
    pub(crate) sent: SentMessage,
    pub(crate) arrival: u64,
    /// Since when.
    pub(crate) since: Instant,
}

impl WaitingMessage {
    pub(crate) const fn rank(&self) -> Rank {
        (self.sent.level, self.sent.weight, Reverse(self.arrival))
    }
}

/// A message that the running call sent on its way.
pub(crate) struct Fresh {
    pub(crate) group: GroupIx,
    pub(crate) tid: Text,
    /// Whether the budget had room for it.
    pub(crate) room: bool,
}

/// A message that was accepted while there was room, and not delivered at once.
#[derive(Clone, Debug)]
pub(crate) struct HeldBack {
    pub(crate) tid: Text,
    pub(crate) since: Instant,
    /// What its group had delivered in that second, and all groups together.
    pub(crate) used: (u32, u32),
}
