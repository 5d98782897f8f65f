//! The five seconds within which the newest message of each type is delivered.

use std::collections::{BTreeSet, VecDeque};

use claque_core::reading::ShaperFloor;
use claque_core::{Duration, Instant, Text, limits};

/// The five seconds of a message type.
#[derive(Clone, Debug, Default)]
pub(crate) struct Floor {
    pub(crate) last: Option<Instant>,
    /// The first message that has waited since, and the newest.
    pub(crate) waits: Option<(Instant, Text)>,
    /// Arrival and time of every accepted message that nothing as new has followed out; the oldest first.
    pub(crate) owed: VecDeque<(u64, Instant)>,
    /// Something of the type may wait that the model does not know of.
    pub(crate) unclear_newest: bool,
}

impl Floor {
    /// Nobody is there: nothing is owed, but the last delivery still counts.
    pub(crate) fn rest(&mut self) {
        self.waits = None;
        self.owed.clear();
    }

    /// Something newer may wait unseen: what is owed cannot be known.
    pub(crate) fn make_unknown(&mut self) {
        self.waits = None;
        self.owed.clear();
        self.unclear_newest = true;
    }

    /// Only messages that still wait are owed: one that a recalled message had replaced is gone with it.
    pub(crate) fn keep_owed(&mut self, waits: &BTreeSet<u64>) {
        self.owed.retain(|(arrival, _)| waits.contains(arrival));
    }

    /// When the newest message must have been delivered.
    ///
    /// Five seconds after a message was sent it, or a newer one of its type, has gone out. Where they count from the
    /// last delivery: five seconds after that or the first wait, and not before the second is over in which the type
    /// was heard again.
    pub(crate) fn deadline(&self, reading: ShaperFloor) -> Option<Instant> {
        if reading == ShaperFloor::Sent {
            return self.owed.front().map(|(_, sent)| *sent + limits::TYPE_FLOOR);
        }
        let (first, _) = self.waits.as_ref()?;
        let next_second = first.second_start() + Duration::from_secs(1);
        Some((self.last.unwrap_or(*first) + limits::TYPE_FLOOR).max(next_second))
    }
}
