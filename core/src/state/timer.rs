//! Deadlines, earliest first; at one instant by kind and then by number, no matter which was set first. Never cancelled: the
//! code that handles one checks whether it still applies.

use alloc::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::words::id::{AppIx, GroupIx, MemberSlot, SessionId, Ticket, UserIx};
use crate::words::time::Instant;

/// A kind of deadline. At one instant, what stands first here goes first.
///
/// The second of a shaper ends before anything else: what waited for the slots of the next one takes them before whatever
/// arrives in it, such as a message whose review is over at that very instant.
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
    /// An individual mute of the old family ends.
    MuteEnd(GroupIx, UserIx),
    /// The next slice of the sessions of an application ends, from that user on.
    SessionsEnd(AppIx, UserIx),
    /// The next slice of the groups of a deleted application is forgotten.
    GroupsEnd(AppIx),
    /// The next slice of the members of a deleted group is out, from that slot on.
    MembersEnd(GroupIx, MemberSlot),
}

/// The deadlines of a service. Every operation is O(log n) in the number of deadlines.
#[derive(Clone, Debug, Default, Hash, Serialize, Deserialize)]
pub(crate) struct Timers {
    due: BTreeSet<(Instant, Timer)>,
}

impl Timers {
    /// Adds a deadline; the same one twice is one.
    pub(crate) fn set(&mut self, at: Instant, timer: Timer) {
        // An ordered set and no heap: its order is canonical, so that equal states hash alike, and the earliest is read
        // without a change.
        self.due.insert((at, timer));
    }

    /// Forgets every deadline but those that are wanted.
    pub(crate) fn retain(&mut self, wanted: impl Fn(&Timer) -> bool) {
        self.due.retain(|(_, timer)| wanted(timer));
    }

    /// Whether a deadline of that kind is set.
    pub(crate) fn holds(&self, wanted: impl Fn(&Timer) -> bool) -> bool {
        self.due.iter().any(|(_, timer)| wanted(timer))
    }

    /// The earliest deadline.
    pub(crate) fn earliest(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    /// The slices of what ends that are due at an instant.
    pub(crate) fn endings(&self, at: Instant) -> impl Iterator<Item = &Timer> {
        let first = Timer::SessionsEnd(AppIx(0), UserIx(0));
        let last = Timer::MembersEnd(GroupIx(u32::MAX), MemberSlot(u32::MAX));
        // The kinds of endings stand last in the enum, side by side: one range holds them.
        self.due.range((at, first)..=(at, last)).map(|(_, timer)| timer)
    }

    /// Takes the earliest deadline that is not later than `now`.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<(Instant, Timer)> {
        if self.earliest()? > now {
            return None;
        }
        self.due.pop_first()
    }
}
