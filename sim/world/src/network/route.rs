//! The route of one message: where its deliveries go, how long each takes, and which never arrive; and the time that slow
//! readers add.

use std::collections::BTreeMap;

use super::link::{LinkClass, UserLink};

/// A reader that is further behind than this many messages is cut off.
const BACKLOG_MAX: u64 = 64;

/// Where the deliveries of one message go. Used again for every message.
#[derive(Debug, Default)]
pub(crate) struct FanoutRoute {
    /// Memberships that the message reaches.
    pub(crate) memberships: Vec<u32>,
    /// How long each takes, beside `memberships`. Unit: microseconds.
    pub(crate) latencies: Vec<u32>,
    /// Memberships that the network keeps it from, of all parts.
    pub(crate) lost: Vec<u32>,
    /// Memberships that it reaches a second time, of all parts.
    pub(crate) twice: Vec<u32>,
    /// How long the second ones take, beside `twice`.
    pub(crate) twice_latencies: Vec<u32>,
    /// The longest latency of all.
    pub(crate) longest: u32,
    /// The links that occurred, by class.
    pub(super) links: Vec<(LinkClass, UserLink)>,
    /// Latencies before anything happened to them.
    pub(super) drawn: Vec<u32>,
}

impl FanoutRoute {
    /// Begins the way of a message.
    pub(crate) fn begin(&mut self) {
        // Once for a message, and not for each part of it: what was lost and doubled is settled after all parts are
        // routed. Links are forgotten too, since a clog's link depends on the moment.
        self.lost.clear();
        self.twice.clear();
        self.twice_latencies.clear();
        self.links.clear();
    }

    pub(super) fn begin_part(&mut self) {
        self.memberships.clear();
        self.latencies.clear();
        self.longest = 0;
    }
}

/// When slow readers will have read what they were sent, by user. Unit: microseconds.
#[derive(Debug, Default)]
pub(crate) struct ReadingLists(BTreeMap<u32, u64>);

impl ReadingLists {
    /// When a user has read a message that arrives at a time; none when the user is too far behind.
    pub(crate) fn read(&mut self, user: u32, arrives: u64, each: u64) -> Option<u64> {
        let free = self.0.entry(user).or_default();
        let begins = arrives.max(*free);
        if begins - arrives > each.saturating_mul(BACKLOG_MAX) {
            // The reader is cut off, and comes back with nothing to read.
            *free = 0;
            return None;
        }
        *free = begins + each;
        Some(*free)
    }
}

impl FanoutRoute {
    /// Delays each delivery by its receiver's reading: `reads` gives how long after the sending each has read it, none
    /// when it is lost.
    pub(crate) fn read(&mut self, mut reads: impl FnMut(u32, u32) -> Option<u32>) {
        let (memberships, latencies) =
            (std::mem::take(&mut self.memberships), std::mem::take(&mut self.latencies));
        for (membership, latency) in memberships.into_iter().zip(latencies) {
            match reads(membership, latency) {
                Some(latency) => {
                    self.memberships.push(membership);
                    self.latencies.push(latency);
                    self.longest = self.longest.max(latency);
                }
                None => self.lost.push(membership),
            }
        }
    }

    /// Takes a membership out, wherever the message was on its way to it; whether it would have arrived.
    pub(crate) fn withhold(&mut self, membership: u32) -> bool {
        // Both copies, or a doubled delivery would bring the sender what is kept from it.
        if let Some(at) = self.twice.iter().position(|other| *other == membership) {
            self.twice.remove(at);
            self.twice_latencies.remove(at);
        }
        let found = self.memberships.iter().position(|other| *other == membership);
        if let Some(at) = found {
            self.memberships.remove(at);
            self.latencies.remove(at);
        }
        found.is_some()
    }
}
