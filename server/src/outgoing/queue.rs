//! Calls that wait for their turn: bounded per receiver and in all, callbacks of one user one after the other.
//!
//! A receiver is scheme, host and port of an address: callbacks and reviews that go to the same one share its places,
//! for they find the same machine. A receiver that is not known to answer is given few connections, and all those
//! together a part of what there is: hundreds that are down hold up none that is well.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::time::Instant;

use crate::limits::OutgoingLimits;

/// Tries in a row without any answer after which a receiver is taken to be down.
// One lost packet is no outage; a receiver that is down must not hold connections for each of ten thousand
// callbacks.
const SILENT_TRIES_MAX: u32 = 3;
/// Connections to a receiver that has never answered, or is down.
// Two, so that a receiver which comes back is noticed although one probe still waits for its timeout.
const PROBES_MAX: u32 = 2;
/// Receivers that are remembered without anything waiting for them.
const REMEMBERED_MAX: usize = 4_096;

/// A lane, whose callbacks go one after the other: those of a user, over all sessions; one that is sent again stands alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lane {
    User(u32),
    Again(u64),
}

/// Something to send, and what the queue must know of it.
#[derive(Debug)]
pub(super) struct WaitingCall<T> {
    /// Scheme, host and port of the address.
    pub(super) receiver: Arc<str>,
    /// None: a review, which waits for nothing before it.
    pub(super) lane: Option<Lane>,
    /// Its size. Unit: bytes.
    pub(super) bytes: usize,
    /// Later than this it is not begun any more.
    pub(super) until: Instant,
    pub(super) what: T,
}

/// Why nothing more is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct QueueFull;

/// The next step of the sender.
#[derive(Debug)]
pub(super) enum QueueTurn<T> {
    /// It has a connection; [`Queues::tried`] gives it back.
    Send(WaitingCall<T>),
    /// It has waited too long.
    Expired(WaitingCall<T>),
}

/// The calls, connections and health of one receiver.
#[derive(Debug)]
struct ReceiverQueue<T> {
    reviews: VecDeque<WaitingCall<T>>,
    callbacks: VecDeque<WaitingCall<T>>,
    /// The last turn was a review's.
    reviewed: bool,
    /// Everything that counts against its bound: what waits, what is on its way, what will be tried again.
    held: usize,
    bytes: usize,
    connections: u32,
    /// Tries without an answer since the last one with; none: it has never answered.
    silent: Option<u32>,
}

impl<T> Default for ReceiverQueue<T> {
    fn default() -> Self {
        Self {
            reviews: VecDeque::new(),
            callbacks: VecDeque::new(),
            reviewed: false,
            held: 0,
            bytes: 0,
            connections: 0,
            silent: None,
        }
    }
}

impl<T> ReceiverQueue<T> {
    fn is_ready(&self) -> bool {
        !self.reviews.is_empty() || !self.callbacks.is_empty()
    }

    /// Whether it is known to be well.
    fn answers(&self) -> bool {
        self.silent.is_some_and(|silent| silent < SILENT_TRIES_MAX)
    }

    fn is_down(&self) -> bool {
        self.silent.is_some_and(|silent| silent >= SILENT_TRIES_MAX)
    }

    /// Reviews and callbacks by turns: somebody waits for a review, but callbacks must not starve behind them.
    fn pop(&mut self) -> Option<WaitingCall<T>> {
        let review = !self.reviews.is_empty() && (self.callbacks.is_empty() || !self.reviewed);
        self.reviewed = review;
        if review { self.reviews.pop_front() } else { self.callbacks.pop_front() }
    }
}

/// Everything that waits.
#[derive(Debug)]
pub(super) struct Queues<T> {
    limits: OutgoingLimits,
    receivers: BTreeMap<Arc<str>, ReceiverQueue<T>>,
    /// Receivers with something to send, each once, in the order of their turns.
    turns: VecDeque<Arc<str>>,
    /// Behind the callback of a lane that is ready or on its way.
    lanes: BTreeMap<Lane, VecDeque<WaitingCall<T>>>,
    waiting: usize,
    bytes: usize,
    /// The same of all worlds.
    bytes_of_all: Arc<AtomicUsize>,
    connections: u32,
    /// Of those, to receivers that are not known to answer, and to those that are known not to.
    connections_unproven: u32,
    connections_down: u32,
    epoch: u64,
}

impl<T> Queues<T> {
    pub(super) fn new(limits: OutgoingLimits, bytes_of_all: Arc<AtomicUsize>) -> Self {
        Self {
            limits,
            receivers: BTreeMap::new(),
            turns: VecDeque::new(),
            lanes: BTreeMap::new(),
            waiting: 0,
            bytes: 0,
            bytes_of_all,
            connections: 0,
            connections_unproven: 0,
            connections_down: 0,
            epoch: 0,
        }
    }

    /// Counts the times that everything was forgotten.
    pub(super) const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Calls that wait, are on their way or will be tried again.
    pub(super) const fn waiting(&self) -> usize {
        self.waiting
    }

    /// Connections that are open.
    pub(super) const fn connections(&self) -> u32 {
        self.connections
    }

    /// Receivers that have not answered lately.
    pub(super) fn down(&self) -> usize {
        self.receivers.values().filter(|receiver| receiver.is_down()).count()
    }

    /// Takes a call, unless too much waits already. O(log n).
    pub(super) fn push(&mut self, call: WaitingCall<T>) -> Result<(), (QueueFull, T)> {
        let known = self.receivers.get(&call.receiver);
        let (held, bytes) = known.map_or((0, 0), |receiver| (receiver.held, receiver.bytes));
        // A quarter each: one receiver alone cannot use up what all share.
        let share = self.limits.waiting_bytes_max / 4;
        if held >= self.limits.waiting_per_receiver_max
            // Bytes and not only calls: bodies differ by a factor of a thousand.
            || bytes + call.bytes > share
            // Relaxed, and not reserved: worlds that push in the same instant may exceed the bound by a call
            // each.
            || self.bytes_of_all.load(Ordering::Relaxed) + call.bytes > self.limits.waiting_bytes_max
        {
            return Err((QueueFull, call.what));
        }
        // Here and not when a call is over: only a new receiver can make the map longer.
        self.forget_idle();
        let receiver = self.receivers.entry(Arc::clone(&call.receiver)).or_default();
        receiver.held += 1;
        receiver.bytes += call.bytes;
        self.waiting += 1;
        self.bytes += call.bytes;
        self.bytes_of_all.fetch_add(call.bytes, Ordering::Relaxed);
        match call.lane {
            None => self.make_ready(call, false),
            // A lane that exists has a callback ready or on its way.
            Some(lane) => {
                if let Some(behind) = self.lanes.get_mut(&lane) {
                    behind.push_back(call);
                } else {
                    self.lanes.insert(lane, VecDeque::new());
                    self.make_ready(call, false);
                }
            }
        }
        Ok(())
    }

    fn make_ready(&mut self, call: WaitingCall<T>, first: bool) {
        let name = Arc::clone(&call.receiver);
        let receiver = self.receivers.entry(Arc::clone(&name)).or_default();
        // Each receiver stands in the round once, whatever waits for it: a flood for one takes no turns from
        // the others.
        if !receiver.is_ready() {
            self.turns.push_back(name);
        }
        match (call.lane, first) {
            (None, _) => receiver.reviews.push_back(call),
            (Some(_), false) => receiver.callbacks.push_back(call),
            // A retry goes ahead: callbacks of one user must arrive in order, and this one holds up its lane.
            (Some(_), true) => receiver.callbacks.push_front(call),
        }
    }

    /// The next call that may have a connection. O(receivers with something to send), as a rule O(1).
    pub(super) fn next(&mut self, now: Instant) -> Option<QueueTurn<T>> {
        // One round at the most: those without a free connection go to the back, and are looked at when one
        // is given back.
        for _ in 0..self.turns.len() {
            let name = self.turns.pop_front()?;
            let Some(receiver) = self.receivers.get_mut(&name) else { continue };
            let (answers, down) = (receiver.answers(), receiver.is_down());
            let all = self.limits.connections_max;
            let bound = if answers { self.limits.connections_per_receiver_max } else { PROBES_MAX };
            // Half of all is for those that are well, and a quarter for those that nobody knows yet.
            let free = receiver.connections < bound
                && self.connections < all
                && (answers || self.connections_unproven < (all / 2).max(1))
                && (!down || self.connections_down < (all / 4).max(1));
            let late = |call: Option<&WaitingCall<T>>| call.is_some_and(|call| call.until < now);
            // Looked at even without a free connection: what waits for a receiver that is down must come to
            // its end.
            let expired = late(receiver.reviews.front()) || late(receiver.callbacks.front());
            if !free && !expired {
                self.turns.push_back(name);
                continue;
            }
            let call = if late(receiver.reviews.front()) {
                receiver.reviews.pop_front()
            } else if late(receiver.callbacks.front()) {
                receiver.callbacks.pop_front()
            } else {
                receiver.pop()
            };
            if receiver.is_ready() {
                self.turns.push_back(Arc::clone(&name));
            }
            let Some(call) = call else { continue };
            if expired {
                return Some(QueueTurn::Expired(call));
            }
            receiver.connections += 1;
            self.connections += 1;
            self.connections_unproven += u32::from(!answers);
            self.connections_down += u32::from(down);
            return Some(QueueTurn::Send(call));
        }
        None
    }

    /// Gives a connection back; whether the receiver said anything at all.
    pub(super) fn tried(&mut self, receiver: &str, answered: bool) {
        let Some(receiver) = self.receivers.get_mut(receiver) else { return };
        // All connections of a receiver change sides with it, those that are still on their way too.
        let (unproven, down) = (!receiver.answers(), receiver.is_down());
        self.connections_unproven -= u32::from(unproven) * receiver.connections;
        self.connections_down -= u32::from(down) * receiver.connections;
        receiver.connections -= 1;
        self.connections -= 1;
        receiver.silent = Some(match (answered, receiver.silent) {
            (true, _) => 0,
            (false, Some(silent)) => silent.saturating_add(1),
            // A receiver that has never answered is down at once: a mistyped address would else be given
            // three timeouts.
            (false, None) => SILENT_TRIES_MAX,
        });
        let (unproven, down) = (!receiver.answers(), receiver.is_down());
        self.connections_unproven += u32::from(unproven) * receiver.connections;
        self.connections_down += u32::from(down) * receiver.connections;
    }

    /// A callback that was not taken goes before everything else of its receiver: it is older.
    pub(super) fn again(&mut self, epoch: u64, call: WaitingCall<T>) {
        if epoch == self.epoch {
            self.make_ready(call, true);
        }
    }

    /// A call is over, one way or the other: the next of its lane may go.
    pub(super) fn done(
        &mut self,
        epoch: u64,
        (receiver, lane, bytes): (&str, Option<Lane>, usize),
        now: Instant,
    ) {
        // Its counts were reset with everything else: taking it off again would go below zero.
        if epoch != self.epoch {
            return;
        }
        if let Some(receiver) = self.receivers.get_mut(receiver) {
            receiver.held -= 1;
            receiver.bytes -= bytes;
        }
        self.waiting -= 1;
        self.bytes -= bytes;
        self.bytes_of_all.fetch_sub(bytes, Ordering::Relaxed);
        let Some(lane) = lane else { return };
        match self.lanes.get_mut(&lane).and_then(VecDeque::pop_front) {
            Some(next) => {
                // What it waited for until now was its own user's earlier callback, not a connection.
                let until = now + self.limits.waiting_within;
                self.make_ready(WaitingCall { until, ..next }, false);
            }
            None => drop(self.lanes.remove(&lane)),
        }
    }

    /// Drops everything that is not on its way.
    pub(super) fn clear(&mut self) {
        self.epoch += 1;
        for receiver in self.receivers.values_mut() {
            // Connections stay counted: they are open until their calls give them back, whatever was
            // forgotten meanwhile.
            (receiver.held, receiver.bytes) = (0, 0);
            receiver.reviews.clear();
            receiver.callbacks.clear();
        }
        self.turns.clear();
        self.lanes.clear();
        self.bytes_of_all.fetch_sub(self.bytes, Ordering::Relaxed);
        (self.waiting, self.bytes) = (0, 0);
    }

    /// Forgets receivers that nothing waits for, when there are many.
    fn forget_idle(&mut self) {
        if self.receivers.len() >= REMEMBERED_MAX {
            // Only when there are many: what is known of a receiver's health is worth more than its few
            // bytes.
            self.receivers.retain(|_, receiver| receiver.held > 0 || receiver.connections > 0);
        }
    }
}

impl<T> Drop for Queues<T> {
    fn drop(&mut self) {
        self.bytes_of_all.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
