//! Delivered messages as far as they are remembered, and what is forgotten of them.

use std::sync::Arc;

use claque_core::{Instant, Message, Text, UserIx};

/// Delivered messages that the model remembers of a group, for pulls and lists. What is older is unknown: whatever is
/// judged by these asks `GroupBooks::forgotten` first.
pub(crate) const KEPT_MAX: usize = 50_000;

/// A message that was delivered and is kept.
#[derive(Clone, Debug)]
pub(crate) struct KeptMessage {
    pub(crate) seq: u64,
    pub(crate) tid: Text,
    pub(crate) sender: UserIx,
    /// Whether the newer family's operations sent it.
    pub(crate) live: bool,
    /// Its number among the HIGH messages, from 1; 0 for other levels.
    pub(crate) high_index: u64,
    pub(crate) stored: bool,
    pub(crate) cached: bool,
    /// When it was sent, and its place in the order of sending.
    pub(crate) at: Instant,
    pub(crate) turn: u64,
    pub(crate) recalled: bool,
    /// As it was delivered: what every list shows of it.
    pub(crate) message: Arc<Message>,
}

/// The newest message that the model has forgotten of a group; all before it are forgotten, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Forgotten {
    /// Its sequence number.
    pub(crate) seq: u64,
    /// When the latest of them was sent.
    pub(crate) at: Instant,
}

/// Whether a group still knows a message ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TidTrace {
    /// It never saw it.
    Unknown,
    /// It did, and may have forgotten it: recalled, unstored, or old.
    MayBeForgotten,
    /// It keeps the message, or lets it wait.
    Kept,
}
