//! The ring of buckets: where a delivery lies until its bucket is opened, and how a bucket is put in order.
//!
//! A bucket is a list of chunks from one pool, so that the ring holds as many deliveries as are pending and no more,
//! wherever they fall. Opening a bucket empties it: its chunks go back to the pool, its deliveries lie sorted elsewhere.

use super::{Delivery, TICK_BITS};

/// Deliveries in a chunk.
// A chunk is a kibibyte. The free space in the last one of each bucket is what a pending delivery takes beyond its
// eight bytes: 0.4 on average (docs/performance.md, Memory).
const CHUNK: usize = 128;
/// Buckets in the ring.
const RING: usize = 1 << RING_BITS;
// A ring of the narrowest buckets, 1 ms, reaches at least half a second ahead: beyond the latencies of a network in
// which nothing is wrong.
pub(super) const RING_BITS: u32 = 10;
/// No chunk.
const NONE: u32 = u32::MAX;
/// Deliveries up to which a bucket is sorted by insertion.
// Fewer than a chunk holds, because such a bucket is copied from its first chunk alone.
const INSERTION_MAX: usize = 24;
/// Slots of a counting sort for each delivery, where there are that many ticks.
// 16 need more instructions to clear and sum than the insertions that they save. 4 need fewer, and were not faster:
// the processor predicts the insertions badly (docs/performance.md).
const SLOTS_PER_DELIVERY: usize = 8;
/// Ticks of the widest bucket.
const TICKS_MAX: usize = 1 << TICK_BITS;

/// Counters of a counting sort: per slot, how many deliveries it has, and then where its next one goes.
#[derive(Debug)]
pub(super) struct QueueCounts {
    // Four counters of sixteen bits are summed by one multiplication. Only a bucket of more than 65,535 deliveries
    // needs the wide ones.
    narrow: [u16; TICKS_MAX],
    wide: [u32; TICKS_MAX],
}

impl Default for QueueCounts {
    fn default() -> Self {
        Self { narrow: [0; TICKS_MAX], wide: [0; TICKS_MAX] }
    }
}

/// The buckets and the chunks they consist of.
#[derive(Debug)]
pub(super) struct Ring {
    pub(super) width_bits: u32,
    /// Per bucket, the place of its next delivery in `deliveries`. A multiple of `CHUNK`: none left.
    // Apart from the other lists: to append a delivery reads and writes this one alone, and its 4 KiB stay in the
    // cache.
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
    pub(super) fn new(width_bits: u32) -> Self {
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
    pub(super) fn append(&mut self, identity: u64, sent: u64, members: &[u32], latencies: &[u32]) {
        let width = self.width_bits;
        let ticks = (1u64 << width) - 1;
        let mut pairs = members.iter().zip(latencies);
        // The outer loop runs once for each new chunk: the inner one then sees fixed slices.
        'chunk: loop {
            let deliveries = self.deliveries.as_mut_slice();
            let tails = &mut *self.tails;
            for (&member, &latency) in pairs.by_ref() {
                // The queue has checked the sum of the longest latency.
                let at = sent.wrapping_add(u64::from(latency));
                let place = (at >> width) as usize % RING;
                let tail = tails[place];
                let rest = identity | u64::from(member);
                // One test for both cases: an empty bucket has the tail 0, and a full chunk ends where the next would
                // begin.
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

    pub(super) fn append_one(&mut self, at: u64, identity: u64) {
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
    // Once in 128 deliveries: inlined, it would take the registers that the loop needs for the other 127.
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
    pub(super) fn next_occupied(&self, open: u64) -> Option<u64> {
        let first = (open + 1) as usize % RING;
        let words = self.occupied.len();
        // The word of `first` is looked at twice: its upper bits first, its lower ones at the end of the round.
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
    pub(super) fn sort(
        &mut self,
        bucket: u64,
        sorted: &mut Vec<Delivery>,
        counts: &mut QueueCounts,
    ) -> usize {
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
            // Never smaller again, and larger in powers of two: after the fullest bucket nothing is allocated any
            // more.
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
        // Only the slots that are used: to clear and sum 4,096 counters costs more than to sort a bucket of thirty.
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
        // Strictly above: equal ticks keep the order of insertion, which is the rule of the queue.
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
