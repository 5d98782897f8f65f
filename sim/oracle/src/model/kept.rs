//! Delivered messages as far as the model remembers them, and what it has forgotten.

use std::sync::Arc;

use claque_core::{Instant, Message, Origin, Text, UserIx};

use super::books::GroupBooks;

/// Delivered messages that the model remembers of a group, for pulls and lists. What is older is unknown: whatever is
/// judged by these asks [`GroupBooks::forgotten`] first.
pub(super) const KEPT_MAX: usize = 50_000;

/// A message that was delivered and is kept.
#[derive(Clone, Debug)]
pub(super) struct KeptMessage {
    pub(super) seq: u64,
    pub(super) tid: Text,
    pub(super) sender: UserIx,
    /// Whether the newer family's operations sent it.
    pub(super) live: bool,
    /// Its number among the HIGH messages, from 1; 0 for other levels.
    pub(super) high_index: u64,
    pub(super) stored: bool,
    pub(super) cached: bool,
    /// When it was sent, and its place in the order of sending.
    pub(super) at: Instant,
    pub(super) turn: u64,
    pub(super) recalled: bool,
    /// As it was delivered: what every list shows of it.
    pub(super) message: Arc<Message>,
}

/// The newest message that the model has forgotten of a group; all before it are forgotten, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Forgotten {
    /// Its sequence number.
    pub(super) seq: u64,
    /// When the latest of them was sent.
    pub(super) at: Instant,
}

/// Whether a group still knows a message ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TidTrace {
    /// It never saw it.
    Unknown,
    /// It did, and may have forgotten it: recalled, unstored, or old.
    MayBeForgotten,
    /// It keeps the message, or lets it wait.
    Kept,
}

impl GroupBooks {
    /// What the model knows of a message ID.
    pub(super) fn trace_of(&self, now: Instant, tid: &Text) -> TidTrace {
        if self.waiting.contains_key(tid) {
            return TidTrace::Kept;
        }
        if !self.delivered.contains(tid) {
            return TidTrace::Unknown;
        }
        // From the newest: where an ID may be used again, the last message under it is the one that a send, a recall
        // or a list meets.
        let kept = self.kept.iter().rev().find(|kept| kept.tid == *tid);
        // A day short of 30 days, the shortest retention under any tier and reading: close to the edge, whether an ID
        // is free again is left open.
        let young = |kept: &&KeptMessage| now.since(kept.at).as_secs() < 86_400 * 29;
        match kept.filter(|kept| kept.stored && !kept.recalled).filter(young) {
            Some(_) => TidTrace::Kept,
            None => TidTrace::MayBeForgotten,
        }
    }

    /// The message of a sequence number, if the model remembers it.
    pub(super) fn kept_of(&self, seq: u64) -> Option<&KeptMessage> {
        let at = self.kept.partition_point(|kept| kept.seq < seq);
        self.kept.get(at).filter(|kept| kept.seq == seq)
    }

    /// Keeps a delivered message for pulls and lists.
    ///
    /// What came unknown has no place in the order of sending: lists of such a group cannot be judged.
    pub(super) fn keep(&mut self, message: &Arc<Message>, turn: Option<u64>) {
        self.unordered |= turn.is_none();
        self.kept.push_back(KeptMessage {
            seq: message.seq,
            tid: message.tid.clone(),
            sender: message.sender,
            live: message.origin == Origin::Live,
            high_index: message.high_index,
            stored: message.stored,
            cached: message.cached,
            at: message.sent,
            turn: turn.unwrap_or_default(),
            recalled: false,
            message: Arc::clone(message),
        });
        // Bounded, because a stadium delivers millions. What is dropped is booked as forgotten: taken for never
        // delivered, it condemned groups of more than 50,000 deliveries when a client pulled from there.
        if self.kept.len() > KEPT_MAX
            && let Some(KeptMessage { seq, at, .. }) = self.kept.pop_front()
        {
            // What waited was sent before some that were delivered earlier.
            let at = self.forgotten.map_or(at, |forgotten| forgotten.at.max(at));
            self.forgotten = Some(Forgotten { seq, at });
        }
    }
}
