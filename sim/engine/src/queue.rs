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

use super::{Batch, Delivery, MEMBER_BITS, MEMBER_SLOTS_MAX, MESSAGE_SLOTS_MAX, Queue, TICK_BITS};

/// Deliveries in a chunk.
const CHUNK: usize = 128;
/// Buckets in the ring.
const RING: usize = 1 << RING_BITS;
const RING_BITS: u32 = 10;
/// No chunk.
const NONE: u32 = u32::MAX;
/// Deliveries up to which a bucket is sorted by insertion.
const INSERTION_MAX: usize = 24;
/// Slots of a counting sort for each delivery, where there are that many ticks.
const SLOTS_PER_DELIVERY: usize = 8;
/// Ticks of the widest bucket.
const TICKS_MAX: usize = 1 << TICK_BITS;
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
    far: BTreeMap<u64, Vec<(u64, u64)>>,
    far_spare: Vec<Vec<(u64, u64)>>,
    late: BinaryHeap<Reverse<(u64, u64, u64)>>,
    late_run: [Delivery; 1],
    controls: BinaryHeap<Reverse<QueuedControl<C>>>,
    inserted: u64,
    deliveries_pending: u64,
    handed_out: HandedOut,
}

/// What the last batch was, for the caller that gives it back.
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
struct QueueCounts {
    narrow: [u16; TICKS_MAX],
    wide: [u32; TICKS_MAX],
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
            counts: Box::new(QueueCounts { narrow: [0; TICKS_MAX], wide: [0; TICKS_MAX] }),
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
        for (members, latencies) in members.chunks(SPAN).zip(latencies.chunks(SPAN)) {
            let (mut shortest, mut longest, mut bits) = (u32::MAX, 0, 0);
            for (&member, &latency) in members.iter().zip(latencies) {
                shortest = shortest.min(latency);
                longest = longest.max(latency);
                bits |= member;
            }
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
            HandedOut::Final => panic!("only a run of deliveries can be given back"),
        }
        self.deliveries_pending += count as u64;
        self.handed_out = HandedOut::Final;
    }
}

/// The buckets and the chunks they consist of.
#[derive(Debug)]
struct Ring {
    width_bits: u32,
    /// Per bucket, the place of its next delivery in `deliveries`. A multiple of `CHUNK`: none left.
    tails: Box<[u32; RING]>,
    /// Per bucket, its first chunk.
    heads: Box<[u32; RING]>,
    /// Per bucket, the full chunks before its last.
    full: Box<[u32; RING]>,
    /// A bit for each bucket that has a delivery.
    occupied: [u64; RING / 64],
    /// All chunks, one after the other.
    deliveries: Vec<Delivery>,
    /// Per chunk, the chunk after it in its bucket.
    links: Vec<u32>,
    /// Chunks not in use. The one used last is used next, since it is still in the cache.
    free: Vec<u32>,
}

#[expect(
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "the hot path: ring places are masked, chunk places come from the pool"
)]
impl Ring {
    fn new(width_bits: u32) -> Self {
        Self {
            width_bits,
            tails: Box::new([0; RING]),
            heads: Box::new([NONE; RING]),
            full: Box::new([0; RING]),
            occupied: [0; RING / 64],
            deliveries: Vec::new(),
            links: Vec::new(),
            free: Vec::new(),
        }
    }

    /// Appends deliveries that all lie in the ring.
    fn append(&mut self, identity: u64, sent: u64, members: &[u32], latencies: &[u32]) {
        let width = self.width_bits;
        let ticks = (1u64 << width) - 1;
        let mut pairs = members.iter().zip(latencies);
        // The outer loop runs once for each new chunk: the inner one then sees fixed slices.
        'chunk: loop {
            let deliveries = self.deliveries.as_mut_slice();
            let tails = &mut *self.tails;
            for (&member, &latency) in pairs.by_ref() {
                let at = sent.wrapping_add(u64::from(latency));
                let place = (at >> width) as usize % RING;
                let tail = tails[place];
                let rest = identity | u64::from(member);
                if (tail as usize).is_multiple_of(CHUNK) {
                    self.append_chunk(place, Delivery::from_parts(at & ticks, rest));
                    continue 'chunk;
                }
                deliveries[tail as usize] = Delivery::from_parts(at & ticks, rest);
                tails[place] = tail.wrapping_add(1);
            }
            return;
        }
    }

    fn append_one(&mut self, at: u64, identity: u64) {
        let place = (at >> self.width_bits) as usize % RING;
        let delivery = Delivery::from_parts(at & ((1 << self.width_bits) - 1), identity);
        let tail = self.tails[place] as usize;
        if tail.is_multiple_of(CHUNK) {
            self.append_chunk(place, delivery);
        } else {
            self.deliveries[tail] = delivery;
            self.tails[place] += 1;
        }
    }

    /// Appends a delivery to a bucket that needs a chunk for it.
    #[cold]
    #[inline(never)]
    fn append_chunk(&mut self, place: usize, delivery: Delivery) {
        let chunk = self.free.pop().unwrap_or_else(|| {
            self.deliveries.resize(self.deliveries.len() + CHUNK, Delivery::default());
            self.links.push(NONE);
            self.links.len() as u32 - 1
        });
        let bit = 1 << (place % 64);
        if self.occupied[place / 64] & bit == 0 {
            self.occupied[place / 64] |= bit;
            self.heads[place] = chunk;
            self.full[place] = 0;
        } else {
            let last = (self.tails[place] as usize - 1) / CHUNK;
            self.links[last] = chunk;
            self.full[place] += 1;
        }
        self.links[chunk as usize] = NONE;
        let first = chunk as usize * CHUNK;
        self.deliveries[first] = delivery;
        self.tails[place] = first as u32 + 1;
    }

    /// The first bucket after `open` that has a delivery.
    fn next_occupied(&self, open: u64) -> Option<u64> {
        let first = (open + 1) as usize % RING;
        let words = self.occupied.len();
        for step in 0..=words {
            let word = (first / 64 + step) % words;
            let mut bits = self.occupied[word];
            if step == 0 {
                bits &= u64::MAX << (first % 64);
            }
            if bits != 0 {
                let place = word * 64 + bits.trailing_zeros() as usize;
                let distance = place.wrapping_sub(first) % RING;
                return Some(open + 1 + distance as u64);
            }
        }
        None
    }

    /// Moves a bucket to `sorted`, in order; returns the number of its deliveries.
    fn sort(&mut self, bucket: u64, sorted: &mut Vec<Delivery>, counts: &mut QueueCounts) -> usize {
        let place = bucket as usize % RING;
        let bit = 1 << (place % 64);
        if self.occupied[place / 64] & bit == 0 {
            return 0;
        }
        self.occupied[place / 64] &= !bit;
        let last = (self.tails[place] as usize - 1) % CHUNK + 1;
        let count = self.full[place] as usize * CHUNK + last;
        self.tails[place] = 0;
        if sorted.len() < count {
            sorted.resize(count.next_power_of_two(), Delivery::default());
        }
        let sorted = &mut sorted[..count];
        if count <= INSERTION_MAX {
            let first = self.heads[place] as usize * CHUNK;
            sorted.copy_from_slice(&self.deliveries[first..first + count]);
            insertion_sort(sorted);
        } else if count <= usize::from(u16::MAX) {
            self.counting_sort(self.heads[place], sorted, &mut counts.narrow);
        } else {
            self.counting_sort(self.heads[place], sorted, &mut counts.wide);
        }
        self.release(self.heads[place]);
        count
    }

    /// Puts the chunks from `head` on in order: counts per slot, places per slot, then moves.
    ///
    /// A slot is a tick, or some ticks when there are many more ticks than deliveries: then the few
    /// deliveries that share a slot are put in order by insertion.
    fn counting_sort<T: QueueTally>(&self, head: u32, sorted: &mut [Delivery], counts: &mut [T; TICKS_MAX]) {
        let slot_bits = ((sorted.len() * SLOTS_PER_DELIVERY).ilog2()).min(self.width_bits);
        let shift = self.width_bits - slot_bits;
        counts[..1 << slot_bits].fill(T::default());
        let (mut chunk, mut left) = (head as usize, sorted.len());
        while left > 0 {
            let part = left.min(CHUNK);
            for delivery in &self.deliveries[chunk * CHUNK..][..part] {
                counts[(delivery.tick() >> shift) as usize].increment();
            }
            left -= part;
            chunk = self.links[chunk] as usize;
        }
        T::to_places(&mut counts[..1 << slot_bits]);
        (chunk, left) = (head as usize, sorted.len());
        while left > 0 {
            let part = left.min(CHUNK);
            for delivery in &self.deliveries[chunk * CHUNK..][..part] {
                sorted[counts[(delivery.tick() >> shift) as usize].increment()] = *delivery;
            }
            left -= part;
            chunk = self.links[chunk] as usize;
        }
        if shift > 0 {
            insertion_sort(sorted);
        }
    }

    /// Returns the chunks from `head` on to the pool.
    fn release(&mut self, head: u32) {
        let mut chunk = head;
        while chunk != NONE {
            self.free.push(chunk);
            chunk = self.links[chunk as usize];
        }
    }
}

/// Puts deliveries in order that nearly are.
#[expect(clippy::indexing_slicing, reason = "places are below the length")]
fn insertion_sort(sorted: &mut [Delivery]) {
    for index in 1..sorted.len() {
        let delivery = sorted[index];
        let mut place = index;
        while place > 0 && sorted[place - 1].tick() > delivery.tick() {
            sorted[place] = sorted[place - 1];
            place -= 1;
        }
        if place != index {
            sorted[place] = delivery;
        }
    }
}

/// A count per slot that then becomes the place of the slot's next delivery.
trait QueueTally: Copy + Default {
    /// Adds one; returns what it was.
    fn increment(&mut self) -> usize;
    /// Replaces each count by the sum of those before it.
    fn to_places(counts: &mut [Self]);
}

impl QueueTally for u16 {
    #[inline]
    fn increment(&mut self) -> usize {
        let count = *self;
        *self = count.wrapping_add(1);
        usize::from(count)
    }

    /// Four lanes of a word at a time: multiplying by 1 in each lane adds up the lanes below.
    #[expect(clippy::as_conversions, reason = "lanes of a word")]
    fn to_places(counts: &mut [Self]) {
        const ONES: u64 = 0x0001_0001_0001_0001;
        let (lanes, rest) = counts.as_chunks_mut::<4>();
        debug_assert!(rest.is_empty(), "a power of two above 4");
        let mut before = 0u64;
        for lane in lanes {
            let word = lane.iter().rev().fold(0, |word, &count| word << 16 | u64::from(count));
            let sums = word.wrapping_mul(ONES);
            let places = (sums << 16).wrapping_add(before.wrapping_mul(ONES));
            *lane = [places as Self, (places >> 16) as Self, (places >> 32) as Self, (places >> 48) as Self];
            before = before.wrapping_add(sums >> 48);
        }
    }
}

impl QueueTally for u32 {
    #[inline]
    #[expect(clippy::as_conversions, reason = "widening")]
    fn increment(&mut self) -> usize {
        let count = *self;
        *self = count.wrapping_add(1);
        count as usize
    }

    fn to_places(counts: &mut [Self]) {
        let mut sum = 0;
        for count in counts {
            sum += std::mem::replace(count, sum);
        }
    }
}
