//! The recent list of a group: the newest messages that may be cached.

use std::collections::VecDeque;
use std::sync::Arc;

use claque_core::{Duration, Instant, Message, Origin, Text};

/// What a recent list holds, the oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct RecentList {
    pub(crate) messages: VecDeque<Arc<Message>>,
    /// Something may be in it, or out of it, that the model cannot know of.
    pub(crate) unknown: bool,
}

impl RecentList {
    /// A message is delivered, and takes the place of the oldest of a full list.
    pub(crate) fn add(&mut self, message: &Arc<Message>, max: usize) {
        if message.cached {
            self.messages.push_back(Arc::clone(message));
            self.fit(max);
        }
    }

    /// The list may hold so many from here on.
    pub(crate) fn fit(&mut self, max: usize) {
        while self.messages.len() > max {
            self.messages.pop_front();
        }
    }

    /// A message is recalled. Whatever left the list to make place for it does not come back.
    pub(crate) fn recall(&mut self, tid: &Text) {
        self.messages.retain(|message| message.tid != *tid);
    }

    /// The group is deleted.
    pub(crate) fn clear(&mut self) {
        self.messages.clear();
    }

    /// The message of an ID, if the list surely holds it.
    pub(crate) fn holds(&self, tid: &Text) -> bool {
        !self.unknown && self.messages.iter().any(|message| message.tid == *tid)
    }

    /// What outlived the former retention is gone, and a longer one does not bring it back. Where the two families keep
    /// for different spans, one message may hide another that is freed behind it.
    pub(crate) fn outlive(&mut self, now: Instant, spans: (Duration, Duration)) {
        let before = self.messages.len();
        self.messages.retain(|message| is_kept(message, now, spans));
        self.unknown |= spans.0 != spans.1 && self.messages.len() != before;
    }
}

/// Whether a message is young enough, by the span of all and that of the newer family's operations.
pub(crate) fn is_kept(message: &Message, now: Instant, (span, span_of_live): (Duration, Duration)) -> bool {
    message.sent + (if message.origin == Origin::Live { span_of_live } else { span }) > now
}
