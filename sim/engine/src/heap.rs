//! The reference queue: one binary heap, obviously in order.
//!
//! It owns the meaning of "in order": [`Wheel`](super::Wheel) is right when it does what this one
//! does. It hands out deliveries one at a time and must never be made clever.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::{Batch, Delivery, MEMBER_BITS, MEMBER_SLOTS_MAX, MESSAGE_SLOTS_MAX, Queue, TICK_BITS};

/// A binary heap with the order of the [engine's rule](super).
#[derive(Debug)]
pub struct HeapQueue<C> {
    pending: BinaryHeap<Reverse<HeapEntry<C>>>,
    inserted: u64,
    now: u64,
    handed_out: Option<(HeapEntry<C>, [Delivery; 1])>,
    /// The time before the run handed out last, to return to when it is given back.
    before: u64,
}

#[derive(Clone, Debug)]
enum HeapEvent<C> {
    Delivery(u64),
    Control(C),
}

#[derive(Clone, Debug)]
struct HeapEntry<C> {
    at: u64,
    inserted: u64,
    event: HeapEvent<C>,
}

impl<C> HeapEntry<C> {
    const fn key(&self) -> (u64, bool, u64) {
        // `false` orders before `true`: at an equal tick deliveries precede control events.
        (self.at, matches!(self.event, HeapEvent::Control(_)), self.inserted)
    }
}

impl<C> PartialEq for HeapEntry<C> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<C> Eq for HeapEntry<C> {}

impl<C> PartialOrd for HeapEntry<C> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<C> Ord for HeapEntry<C> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl<C> HeapQueue<C> {
    /// Creates an empty queue whose time is `start`, in microseconds.
    #[must_use]
    pub const fn new(start: u64) -> Self {
        Self { pending: BinaryHeap::new(), inserted: 0, now: start, handed_out: None, before: start }
    }

    fn insert(&mut self, at: u64, event: HeapEvent<C>) {
        assert!(at >= self.now, "an event at {at} would lie before the present, {}", self.now);
        self.inserted += 1;
        self.pending.push(Reverse(HeapEntry { at, inserted: self.inserted, event }));
    }
}

impl<C> Queue<C> for HeapQueue<C> {
    fn now(&self) -> u64 {
        self.now
    }

    #[expect(clippy::as_conversions, reason = "a usize fits in 64 bits")]
    fn pending_count(&self) -> u64 {
        self.pending.len() as u64
    }

    fn schedule(&mut self, at: u64, control: C) {
        self.insert(at, HeapEvent::Control(control));
    }

    fn append_fanout(&mut self, message: u32, sent: u64, members: &[u32], latencies: &[u32]) {
        assert_eq!(members.len(), latencies.len(), "each member has one latency");
        assert!(message < MESSAGE_SLOTS_MAX, "message slot {message} is not below {MESSAGE_SLOTS_MAX}");
        for (&member, &latency) in members.iter().zip(latencies) {
            assert!(member < MEMBER_SLOTS_MAX, "member slot {member} is not below {MEMBER_SLOTS_MAX}");
            let identity = u64::from(message) << MEMBER_BITS | u64::from(member);
            self.insert(sent + u64::from(latency), HeapEvent::Delivery(identity));
        }
    }

    fn next_batch(&mut self) -> Option<Batch<'_, C>> {
        self.handed_out = None;
        let Reverse(entry) = self.pending.pop()?;
        self.before = self.now;
        self.now = entry.at;
        match entry.event {
            HeapEvent::Control(control) => Some(Batch::Control { at: entry.at, control }),
            HeapEvent::Delivery(identity) => {
                // A delivery has room for a tick of twelve bits, so its run begins less than 4,096 before it.
                let tick = entry.at & ((1 << TICK_BITS) - 1);
                let delivery = Delivery::from_parts(tick, identity);
                let (_, events) = self.handed_out.insert((entry, [delivery]));
                Some(Batch::Deliveries { start: self.now - tick, events })
            }
        }
    }

    fn give_back(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        assert_eq!(count, 1, "a run of this queue has one delivery");
        let (entry, _) = self.handed_out.take().expect("only a run of deliveries can be given back");
        self.now = self.before;
        self.pending.push(Reverse(entry));
    }
}
