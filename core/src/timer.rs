//! Deadlines, earliest first; equal deadlines in the order they were set. Never cancelled: whoever set one checks,
//! when it fires, whether it still means anything.

use alloc::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::{GroupIx, SessionId, Ticket};
use crate::time::Instant;

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum Timer {
    /// The second of a group's shaper ends.
    ShaperWindow(GroupIx),
    /// A supergroup's or batched group's membership notice may go out.
    MembershipNotice(GroupIx),
    /// A session without heartbeats is logged off.
    SessionTimeout(SessionId),
    /// A deleted group is purged.
    GroupPurge(GroupIx),
    /// The oldest stored message of a group expires.
    Retention(GroupIx),
    /// A moderation verdict or an acknowledgement is overdue.
    Ticket(Ticket),
}

/// The deadlines of a service. Every operation is O(log n) in the number of deadlines.
#[derive(Clone, Debug, Default, Hash, Serialize, Deserialize)]
pub(crate) struct Timers {
    due: BTreeSet<(Instant, u64, Timer)>,
    next: u64,
}

impl Timers {
    /// Adds a deadline.
    pub(crate) fn set(&mut self, at: Instant, timer: Timer) {
        self.due.insert((at, self.next, timer));
        self.next += 1;
    }

    /// Forgets every deadline but those that are wanted.
    pub(crate) fn retain(&mut self, wanted: impl Fn(&Timer) -> bool) {
        self.due.retain(|(_, _, timer)| wanted(timer));
    }

    /// The earliest deadline.
    pub(crate) fn earliest(&self) -> Option<Instant> {
        self.due.first().map(|(at, _, _)| *at)
    }

    /// Takes the earliest deadline that is not later than `now`.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<(Instant, Timer)> {
        if self.earliest()? > now {
            return None;
        }
        self.due.pop_first().map(|(at, _, timer)| (at, timer))
    }
}
