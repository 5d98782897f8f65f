//! The kept messages of a group: the stored history and the recent list.
//!
//! A message is written once and shared. Both lists stand in the order of delivery, so that sequence numbers and times
//! are found by bisection. Pages of the history go by the time of sending, which differs where a message waited; what a
//! group's messages waited at the most bounds how far the two orders lie apart. The recent list goes by sequence number,
//! as its pages do. Messages expire by their own age: reads skip what has expired, and a timer frees it.
//!
//! A stored message costs 185 bytes and its body, however many others share it: 176 for the message with its counts and an ID
//! that the service made, 8 and a share of its block for its place in the list. Nothing else is kept for it until somebody asks for messages by ID.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::hash::{BuildHasher, Hash, Hasher};

use foldhash::quality::FixedState;
use hashbrown::HashTable;
use serde::{Deserialize, Serialize};

use crate::state::blocks::{Blocks, Place};
use crate::state::footprint::of_message;
use crate::words::message::{Message, Origin};
use crate::words::time::{Duration, Instant};

/// How coarsely the timer frees memory. Reads are exact.
pub(crate) const FREEING: Duration = Duration::from_secs(3_600);

/// The stored messages of a group by sequence number, and its recent list.
#[derive(Clone, Debug, Default, Hash, Serialize, Deserialize)]
pub(crate) struct History {
    stored: Blocks<Arc<Message>>,
    recent: VecDeque<Arc<Message>>,
    /// The memory of the messages of both lists.
    bytes: Bytes,
    /// The longest that a stored message of this group waited between sending and delivery.
    longest_wait: Duration,
    /// When the retention timer goes off.
    armed: Option<Instant>,
    #[serde(skip)]
    index: TidIndex,
}

/// Memory that is taken. No part of what a state is: a message takes less of it on a machine of 32 bits, and a digest must not.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Bytes(u64);

impl Hash for Bytes {
    fn hash<H: Hasher>(&self, _state: &mut H) {}
}

/// Which messages are kept at a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keeping {
    pub(crate) now: Instant,
    pub(crate) span: Duration,
    /// For messages of the `LiveMessage` operations.
    pub(crate) span_of_live: Duration,
}

impl Keeping {
    /// When a message expires.
    pub(crate) fn expiry(&self, message: &Message) -> Instant {
        message.sent + if message.origin == Origin::Live { self.span_of_live } else { self.span }
    }

    /// When a message expires at the latest, whichever family sent it.
    pub(crate) fn latest_expiry(&self, message: &Message) -> Instant {
        message.sent + self.span.max(self.span_of_live)
    }

    pub(crate) fn keeps(&self, message: &Message) -> bool {
        self.expiry(message) > self.now
    }
}

/// Which stored messages are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Query {
    pub(crate) descending: bool,
    /// Number of the last message of the page before; 0: the first page.
    pub(crate) after: u64,
    pub(crate) size: usize,
    pub(crate) kind: Option<i64>,
    /// UNIX seconds, inclusive.
    pub(crate) begin: Option<u64>,
    /// UNIX seconds, inclusive.
    pub(crate) end: Option<u64>,
}

impl Query {
    /// Whether a message lies in the window of sending times and beyond the page before.
    fn admits(&self, message: &Message) -> bool {
        let second = message.sent.unix_seconds();
        let number = message.number.0;
        self.begin.is_none_or(|begin| second >= begin)
            && self.end.is_none_or(|end| second <= end)
            && (self.after == 0 || if self.descending { number < self.after } else { number > self.after })
            && self.kind.is_none_or(|kind| message.kind == kind)
    }
}

impl History {
    /// Adds a delivered message to the history.
    pub(crate) fn store(&mut self, message: Arc<Message>) {
        self.bytes.0 += of_message(&message);
        // It never falls while the history lives: too wide a window only costs a page some reads, too narrow a one
        // loses messages.
        self.longest_wait = self.longest_wait.max(message.at.since(message.sent));
        self.stored.push_back(message);
    }

    /// Adds a message to the recent list, which holds at most `max`.
    pub(crate) fn cache(&mut self, message: Arc<Message>, max: usize) {
        self.bytes.0 += of_recent(&message);
        self.recent.push_back(message);
        self.fit_recent(max);
    }

    /// Drops the oldest of the recent list until it holds at most `max`.
    pub(crate) fn fit_recent(&mut self, max: usize) {
        while self.recent.len() > max
            && let Some(message) = self.recent.pop_front()
        {
            self.bytes.0 -= of_recent(&message);
        }
    }

    /// The stored messages, in order of delivery.
    pub(crate) const fn stored(&self) -> &Blocks<Arc<Message>> {
        &self.stored
    }

    /// The recent list, in order of delivery.
    pub(crate) const fn recent(&self) -> &VecDeque<Arc<Message>> {
        &self.recent
    }

    /// When the retention timer goes off.
    #[inline]
    pub(crate) const fn armed(&self) -> Option<Instant> {
        self.armed
    }

    /// The retention timer was set; one before is none any more.
    pub(crate) fn arm(&mut self, at: Instant) {
        self.armed = Some(at);
    }

    /// Whether the retention timer that goes off now is the one that was set last. None is set afterwards.
    pub(crate) fn disarm(&mut self, now: Instant) -> bool {
        let due = self.armed == Some(now);
        if due {
            self.armed = None;
        }
        due
    }

    /// Forgets the retention timer, which will go off and find that it is none any more.
    pub(crate) const fn forget_timer(&mut self) {
        self.armed = None;
    }

    /// Drops the recent list, and all memory that the stored messages do not need: the group was deleted.
    pub(crate) fn forget_recent(&mut self) {
        self.fit_recent(0);
        self.recent = VecDeque::new();
        // A deleted group is kept for thirty days and written to by nobody.
        self.stored.shrink_to_fit();
        self.index = TidIndex::default();
    }

    /// The memory of the messages of both lists. Unit: bytes.
    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes.0
    }

    /// The same, counted anew.
    pub(crate) fn count_bytes(&self) -> u64 {
        let stored = self.stored.iter().map(|message| of_message(message));
        stored.chain(self.recent.iter().map(|message| of_recent(message))).sum()
    }

    /// One value of each line of memory, for prefetching.
    pub(crate) fn touch(&self) -> u64 {
        u64::from(self.stored.end() > Place::START)
            + self.recent.len() as u64
            + u64::from(self.armed.is_some())
    }

    /// A kept message of that ID. Amortised O(1), besides the recent list.
    pub(crate) fn find(&mut self, tid: &str) -> Option<Arc<Message>> {
        if let Some(seq) = self.index.seq_of(&self.stored, tid) {
            return at_seq(&self.stored, seq).cloned();
        }
        self.recent.iter().find(|message| *message.tid == *tid).cloned()
    }

    /// Takes a kept message out of both lists. O(distance to the nearer end).
    pub(crate) fn remove(&mut self, seq: u64) {
        // By number, which grows along both lists, whatever was removed before.
        let stored = self.stored.find_by_key(&seq, |message| message.seq);
        if let Some(message) = stored.and_then(|place| self.stored.remove(place)) {
            self.bytes.0 -= of_message(&message);
        }
        let recent = self.recent.binary_search_by_key(&seq, |message| message.seq);
        if let Some(message) = recent.ok().and_then(|at| self.recent.remove(at)) {
            self.bytes.0 -= of_recent(&message);
        }
    }

    /// Drops expired messages from the front; whether there were any.
    pub(crate) fn expire(&mut self, keeping: &Keeping) -> bool {
        let before = self.bytes.0;
        // From the front only. A message behind one that is kept longer waits for it: reads skip it meanwhile.
        while let Some(message) = self.stored.pop_front_if(|message| !keeping.keeps(message)) {
            self.bytes.0 -= of_message(&message);
        }
        while let Some(message) = self.recent.pop_front_if(|message| !keeping.keeps(message)) {
            self.bytes.0 -= of_recent(&message);
        }
        self.bytes.0 < before
    }

    /// Drops every expired message, also behind one that is kept longer. O(messages).
    pub(crate) fn purge(&mut self, keeping: &Keeping) {
        self.expire(keeping);
        let gone = |message: &&Arc<Message>| !keeping.keeps(message);
        let all = self.stored.iter().filter(gone).chain(self.recent.iter().filter(gone));
        let hidden: Vec<u64> = all.map(|message| message.seq).collect();
        for seq in hidden {
            self.remove(seq);
        }
    }

    /// A page of the kept messages by time of sending, and the number to go on after (0: there is no more).
    ///
    /// Work: O(log n), the page, and what was delivered within twice the longest wait; with a type also the messages of
    /// other types between.
    pub(crate) fn page(&self, query: &Query, keeping: &Keeping) -> (Vec<Arc<Message>>, u64) {
        let wanted = |message: &&Arc<Message>| query.admits(message) && keeping.keeps(message);
        let range = self.stored.range(self.reach(query));
        // One more than the page tells whether there is a next one.
        let owed = query.size + 1;
        let mut page: Vec<Arc<Message>> = if query.descending {
            self.first_of(range.rev().filter(wanted), owed)
        } else {
            self.first_of(range.filter(wanted), owed)
        };
        if query.descending {
            // By the order of sending, which is what pages are in; numbers are unique, so that the sort has one result.
            page.sort_unstable_by_key(|message| core::cmp::Reverse(message.number));
        } else {
            page.sort_unstable_by_key(|message| message.number);
        }
        let more = page.len() > query.size;
        page.truncate(query.size);
        let next = page.last().filter(|_| more).map_or(0, |message| message.number.0);
        (page, next)
    }

    /// Where the messages that a query asks for can stand in the order of delivery.
    ///
    /// A message that was delivered more than the longest wait after another was also sent after it. Numbers are sorted
    /// but for that, so that a bisection by number ends at most so far from every message that it must find.
    fn reach(&self, query: &Query) -> core::ops::Range<Place> {
        let wait = self.longest_wait;
        let bisect =
            |before: &dyn Fn(&Message) -> bool| self.stored.partition_point(|message| before(message));
        let mut from =
            query.begin.map_or(Place::START, |begin| bisect(&|message| message.at.unix_seconds() < begin));
        // A message sent before the end may have been delivered later by the longest wait, and by the rest of a second.
        let reaches = |end: u64| end.saturating_add(wait.as_secs() + 1);
        let mut to = query.end.map_or_else(
            || self.stored.end(),
            |end| bisect(&|message| message.at.unix_seconds() <= reaches(end)),
        );
        if query.after > 0 && query.descending {
            let at = bisect(&|message| message.number.0 < query.after);
            if let Some(bound) = self.stored.get(at).map(|message| message.at + wait) {
                to = to.min(bisect(&|message| message.at <= bound));
            }
        } else if query.after > 0 {
            let at = bisect(&|message| message.number.0 <= query.after);
            if let Some(last) = self.stored.before(at) {
                let bound = last.at;
                from = from.max(bisect(&|message| message.at + wait < bound));
            }
        }
        // A window that ends before it begins is empty, and must not be a panic.
        from..to.max(from)
    }

    /// The first messages of a walk in the order of delivery, in one of its directions, and those that may have been sent
    /// before one of them although they were delivered after it.
    fn first_of<'m>(&self, walk: impl Iterator<Item = &'m Arc<Message>>, owed: usize) -> Vec<Arc<Message>> {
        let mut found: Vec<Arc<Message>> = Vec::new();
        let mut last = None;
        for message in walk {
            if let Some(last) = last
                && (self.longest_wait == Duration::ZERO
                    || message.at.since(last).max(last.since(message.at)) > self.longest_wait)
            {
                break;
            }
            found.push(Arc::clone(message));
            if found.len() == owed {
                last = Some(message.at);
            }
        }
        found
    }
}

/// The memory of a message in the recent list: hardly anything where the history holds it anyway.
fn of_recent(message: &Message) -> u64 {
    if message.stored { size_of::<Arc<Message>>() as u64 } else { of_message(message) }
}

/// The message of a sequence number.
fn at_seq(list: &Blocks<Arc<Message>>, seq: u64) -> Option<&Arc<Message>> {
    list.find_by_key(&seq, |message| message.seq).and_then(|place| list.get(place))
}

/// From message ID to sequence number, caught up when it is asked: a group that nobody asks pays nothing.
///
/// A view of the stored messages and no state of its own: it takes no part in hashes and snapshots.
#[derive(Clone, Debug, Default)]
struct TidIndex {
    /// Hash of the ID, sequence number. Entries of messages that are gone stay until the next rebuild.
    table: HashTable<(u64, u64)>,
    /// Sequence number up to which the index is complete.
    upto: u64,
}

impl Hash for TidIndex {
    fn hash<H: Hasher>(&self, _state: &mut H) {}
}

impl TidIndex {
    fn seq_of(&mut self, stored: &Blocks<Arc<Message>>, tid: &str) -> Option<u64> {
        // Entries of messages that are gone are not taken out one by one; once they are most of the table it is made
        // anew.
        if self.table.len() > 2 * stored.len() + 64 {
            *self = Self::default();
        }
        // Caught up from where it stopped: a group that nobody asks by ID pays nothing for the index.
        let from = stored.partition_point(|message| message.seq <= self.upto);
        for message in stored.range(from..stored.end()) {
            let hash = FixedState::with_seed(0).hash_one(&*message.tid);
            self.table.insert_unique(hash, (hash, message.seq), |entry| entry.0);
            self.upto = message.seq;
        }
        let hash = FixedState::with_seed(0).hash_one(tid);
        let same = |entry: &(u64, u64)| {
            // The hash alone may agree by chance; the message itself decides.
            entry.0 == hash && at_seq(stored, entry.1).is_some_and(|message| *message.tid == *tid)
        };
        self.table.find(hash, same).map(|entry| entry.1)
    }
}

#[cfg(test)]
mod tests {
    use crate::words::message::Message;

    #[test]
    fn a_stored_message_costs_what_the_manual_says() {
        let counts = 2 * size_of::<usize>();
        assert!(size_of::<Message>() + counts <= 176, "a message has {} bytes", size_of::<Message>());
    }
}
