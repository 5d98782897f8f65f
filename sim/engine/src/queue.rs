//! The production queue: a ring of buckets, each put in order when its time comes.
//!
//! Deliveries of the next half second or more lie in a ring of buckets some milliseconds wide, in
//! chunks from a pool: to append one costs a shift and a store. When a bucket becomes current, one
//! stable counting sort puts it in order, exactly, because a bucket has few ticks. What does not
//! fit the ring is rare and lies elsewhere:
//!
//! - **far** deliveries, beyond the ring, lie in lists half a ring long, poured into the ring before
//!   anything can be inserted there directly, which keeps the order of insertion;
//! - **late** deliveries, into the bucket that is already sorted, lie in a small heap;
//! - **control events** lie in another heap, whatever their time.
//!
//! Nothing here is allocated per delivery: chunks, the sorted run and the counts are used again.
//! The queue never looks at what a delivery means.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BinaryHeap};

use super::ring::{QueueCounts, RING_BITS, Ring};
use super::{Batch, Delivery, MEMBER_BITS, MEMBER_SLOTS_MAX, MESSAGE_SLOTS_MAX, Queue, TICK_BITS};

/// Deliveries looked at together to decide whether they fit the ring.
const SPAN: usize = 1024;

/// A ring of buckets with the order of the [engine's rule](super).
#[derive(Debug)]
pub struct Wheel<C> {
    now: u64,
    /// The bucket in `sorted`: the number of its time.
    open: u64,
    ring: Ring,
    /// The deliveries of the open bucket in order: `sorted[cursor..sorted_count]` are pending.
    sorted: Vec<Delivery>,
    sorted_count: usize,
    cursor: usize,
    counts: Box<QueueCounts>,
    // By number of the half ring. Ordered, because the lists are poured into the ring in the order of their times.
    far: BTreeMap<u64, Vec<(u64, u64)>>,
    // Lists that were poured out, with their capacity: a steady stream of far deliveries allocates nothing.
    far_spare: Vec<Vec<(u64, u64)>>,
    late: BinaryHeap<Reverse<(u64, u64, u64)>>,
    // A batch borrows a slice, and a late delivery has left its heap by then.
    late_run: [Delivery; 1],
    controls: BinaryHeap<Reverse<QueuedControl<C>>>,
    // Counts late deliveries and control events only: a heap is not stable. The sort of a bucket is, so the
    // deliveries of the ring carry no number.
    inserted: u64,
    deliveries_pending: u64,
    handed_out: HandedOut,
}

/// The kind of the last batch, and the time before it: both are restored when it is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HandedOut {
    /// A control event, nothing, or a run already given back.
    Final,
    /// The run that begins at this place of `sorted`, and the time before it.
    Sorted(usize, u64),
    /// The late delivery with this key, and the time before it.
    Late((u64, u64, u64), u64),
}

#[derive(Debug)]
struct QueuedControl<C> {
    at: u64,
    inserted: u64,
    control: C,
}

impl<C> PartialEq for QueuedControl<C> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<C> Eq for QueuedControl<C> {}

impl<C> PartialOrd for QueuedControl<C> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<C> Ord for QueuedControl<C> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.inserted).cmp(&(other.at, other.inserted))
    }
}

#[expect(clippy::as_conversions, clippy::indexing_slicing, reason = "the cursor never passes the sorted run")]
impl<C> Wheel<C> {
    /// Creates an empty queue whose time is `start`, in microseconds, for a moderate load.
    #[must_use]
    pub fn new(start: u64) -> Self {
        Self::with_bucket_width(start, 12)
    }

    /// Creates an empty queue with buckets fit for about so many deliveries per second of its time.
    ///
    /// The order does not depend on it, only the speed: a bucket should fit the second cache.
    #[must_use]
    pub fn for_rate(start: u64, deliveries_per_second: u64) -> Self {
        // Wide buckets sort more deliveries at once, as long as a bucket fits the cache: at 20 million deliveries a
        // second buckets of 4 ms cost 15 % more than buckets of 1 ms; below that, narrow ones bring nothing.
        Self::with_bucket_width(start, if deliveries_per_second < 10_000_000 { 12 } else { 10 })
    }

    fn with_bucket_width(start: u64, width_bits: u32) -> Self {
        debug_assert!((10..=TICK_BITS).contains(&width_bits));
        Self {
            now: start,
            open: start >> width_bits,
            ring: Ring::new(width_bits),
            sorted: Vec::new(),
            sorted_count: 0,
            cursor: 0,
            counts: Box::default(),
            far: BTreeMap::new(),
            far_spare: Vec::new(),
            late: BinaryHeap::new(),
            late_run: [Delivery::default()],
            controls: BinaryHeap::new(),
            inserted: 0,
            deliveries_pending: 0,
            handed_out: HandedOut::Final,
        }
    }

    /// The first bucket that may not be inserted into directly: far deliveries may lie from there on.
    const fn far_bucket(&self) -> u64 {
        // At most a ring ahead of the open bucket, or two buckets would share a place; and at least half a ring, so
        // that no usual latency is far.
        ((self.open >> (RING_BITS - 1)) + 2) << (RING_BITS - 1)
    }

    /// Inserts deliveries of which some do not fit the ring.
    fn append_scattered(&mut self, identity: u64, sent: u64, members: &[u32], latencies: &[u32]) {
        let width = self.ring.width_bits;
        for (&member, &latency) in members.iter().zip(latencies) {
            let at = sent + u64::from(latency);
            let bucket = at >> width;
            let identity = identity | u64::from(member);
            if bucket <= self.open {
                self.inserted += 1;
                self.late.push(Reverse((at, self.inserted, identity)));
            } else if bucket < self.far_bucket() {
                self.ring.append_one(at, identity);
            } else {
                let spare = &mut self.far_spare;
                let list = self.far.entry(bucket >> (RING_BITS - 1));
                list.or_insert_with(|| spare.pop().unwrap_or_default()).push((at, identity));
            }
        }
    }

    /// The next bucket to open, when no sorted or late delivery is pending; the last one when none is.
    fn next_bucket(&self) -> u64 {
        if self.deliveries_pending == 0 {
            return u64::MAX;
        }
        self.ring.next_occupied(self.open).unwrap_or_else(|| {
            // Whatever lies far pours into the ring on the eve of its first bucket.
            let far = self.far.first_key_value().map(|(number, _)| (number << (RING_BITS - 1)) - 1);
            far.expect("a pending delivery lies in the ring or far")
        })
    }

    /// Makes a bucket current. Nothing may be pending before it.
    fn advance(&mut self, bucket: u64) {
        debug_assert!(bucket > self.open && self.cursor == self.sorted_count && self.late.is_empty());
        self.open = bucket;
        // Before the bucket is sorted, and before anything is inserted into the part of the ring that has just come
        // into reach: what was inserted first must lie first.
        let first_far = self.far_bucket() >> (RING_BITS - 1);
        while let Some(entry) = self.far.first_entry() {
            if *entry.key() >= first_far {
                break;
            }
            let mut list = entry.remove();
            for (at, identity) in list.drain(..) {
                self.ring.append_one(at, identity);
            }
            self.far_spare.push(list);
        }
        self.cursor = 0;
        self.sorted_count = self.ring.sort(bucket, &mut self.sorted, &mut self.counts);
    }

    /// The run of the open bucket that ends before the deliveries later than `latest`.
    fn run(&mut self, latest: u64) -> Batch<'_, C> {
        let width = self.ring.width_bits;
        let start = self.open << width;
        let first = self.cursor;
        // Mostly no control event lies within the bucket, and no search is needed.
        self.cursor = if latest >= start + ((1 << width) - 1) {
            self.sorted_count
        } else {
            let pending = &self.sorted[first..self.sorted_count];
            first + pending.partition_point(|delivery| delivery.at(start) <= latest)
        };
        self.handed_out = HandedOut::Sorted(first, self.now);
        let events = &self.sorted[first..self.cursor];
        self.deliveries_pending -= events.len() as u64;
        if let Some(last) = events.last() {
            self.now = last.at(start);
        }
        Batch::Deliveries { start, events }
    }

    fn late_delivery(&mut self) -> Option<Batch<'_, C>> {
        let Reverse(key) = self.late.pop()?;
        let start = self.open << self.ring.width_bits;
        self.handed_out = HandedOut::Late(key, self.now);
        self.deliveries_pending -= 1;
        self.now = key.0;
        self.late_run = [Delivery::from_parts(key.0 - start, key.2)];
        Some(Batch::Deliveries { start, events: &self.late_run })
    }

    fn control(&mut self) -> Option<Batch<'_, C>> {
        let Reverse(QueuedControl { at, control, .. }) = self.controls.pop()?;
        self.handed_out = HandedOut::Final;
        self.now = at;
        Some(Batch::Control { at, control })
    }
}

#[expect(clippy::as_conversions, clippy::indexing_slicing, reason = "the cursor never passes the sorted run")]
impl<C> Queue<C> for Wheel<C> {
    fn now(&self) -> u64 {
        self.now
    }

    fn pending_count(&self) -> u64 {
        self.deliveries_pending + self.controls.len() as u64
    }

    fn schedule(&mut self, at: u64, control: C) {
        // Kept in release: a caller that schedules into the past would turn the clock back, and every time after it
        // would be wrong without a sign.
        assert!(at >= self.now, "an event at {at} would lie before the present, {}", self.now);
        self.inserted += 1;
        self.controls.push(Reverse(QueuedControl { at, inserted: self.inserted, control }));
    }

    fn append_fanout(&mut self, message: u32, sent: u64, members: &[u32], latencies: &[u32]) {
        assert_eq!(members.len(), latencies.len(), "each member has one latency");
        assert!(message < MESSAGE_SLOTS_MAX, "message slot {message} is not below {MESSAGE_SLOTS_MAX}");
        assert!(sent >= self.now, "a message sent at {sent} would lie before the present, {}", self.now);
        let identity = u64::from(message) << MEMBER_BITS;
        let width = self.ring.width_bits;
        // In spans, so that one slow member sends a thousand others the slow way and not the whole audience.
        for (members, latencies) in members.chunks(SPAN).zip(latencies.chunks(SPAN)) {
            let (mut shortest, mut longest, mut bits) = (u32::MAX, 0, 0);
            for (&member, &latency) in members.iter().zip(latencies) {
                shortest = shortest.min(latency);
                longest = longest.max(latency);
                bits |= member;
            }
            // One check for the whole span: the bound is a power of two, so all slots together exceed it exactly when
            // one does.
            assert!(bits < MEMBER_SLOTS_MAX, "a member slot is not below {MEMBER_SLOTS_MAX}");
            let first = (sent + u64::from(shortest)) >> width;
            let last = (sent + u64::from(longest)) >> width;
            if first > self.open && last < self.far_bucket() {
                self.ring.append(identity, sent, members, latencies);
            } else {
                self.append_scattered(identity, sent, members, latencies);
            }
            self.deliveries_pending += members.len() as u64;
        }
    }

    fn next_batch(&mut self) -> Option<Batch<'_, C>> {
        let width = self.ring.width_bits;
        let control_at = self.controls.peek().map(|Reverse(control)| control.at);
        let latest = control_at.unwrap_or(u64::MAX);
        // The queue looks at the next control event once per batch. The caller's loop over deliveries needs no look
        // at the queue at all.
        loop {
            let late_at = self.late.peek().map_or(u64::MAX, |Reverse(key)| key.0);
            if self.cursor < self.sorted_count {
                let at = self.sorted[self.cursor].at(self.open << width);
                // At an equal tick the sorted delivery was inserted before the late one.
                if at <= latest && at <= late_at {
                    return Some(self.run(latest.min(late_at)));
                }
            }
            if !self.late.is_empty() && late_at <= latest {
                return self.late_delivery();
            }
            if self.cursor < self.sorted_count || !self.late.is_empty() {
                return self.control();
            }
            let next = self.next_bucket();
            match control_at {
                // The calendar follows control events, too. After a jump of days without deliveries everything that
                // they send would lie far otherwise.
                Some(at) if at >> width <= next.saturating_sub(1) => {
                    if at >> width > self.open {
                        self.advance(at >> width);
                    }
                    return self.control();
                }
                None if next == u64::MAX => return None,
                _ => self.advance(next),
            }
        }
    }

    fn give_back(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        match self.handed_out {
            HandedOut::Sorted(first, before) => {
                let run = self.cursor - first;
                assert!(count <= run, "{count} deliveries given back of a run of {run}");
                self.cursor -= count;
                self.now = if count == run {
                    before
                } else {
                    self.sorted[self.cursor - 1].at(self.open << self.ring.width_bits)
                };
            }
            HandedOut::Late(key, before) => {
                assert_eq!(count, 1, "{count} deliveries given back of a run of 1");
                self.late.push(Reverse(key));
                self.now = before;
            }
            // A control event was moved out to the caller, who holds the only copy.
            HandedOut::Final => panic!("only a run of deliveries can be given back"),
        }
        self.deliveries_pending += count as u64;
        self.handed_out = HandedOut::Final;
    }
}
