//! The engine: what happens next, and with which random numbers.
//!
//! Time is an integer count of microseconds. The engine holds two kinds of events:
//!
//! - **deliveries**: one message reaching one member. There are hundreds of millions of them, so
//!   each is a word of eight bytes ([`Delivery`]) that names its tick, a message slot and a member
//!   slot. They are appended a fan-out at a time and handed out as flat slices.
//! - **control events**: everything else (sends, joins, timers, faults). There are few, and they
//!   carry whatever type the caller likes.
//!
//! # The order, exactly
//!
//! Of everything pending, the earliest comes next. At an equal tick, deliveries come before control
//! events; among deliveries, and among control events, what was inserted first comes first. The rule
//! is a rule about the pending set, so it also covers what is inserted while events are handled: a
//! delivery inserted at the current tick precedes the control events still pending at that tick.
//!
//! Two queues obey it: [`Wheel`], the one that runs, and [`HeapQueue`], the reference queue: a plain
//! binary heap that is obviously right. A run gives the same [`TraceHash`] on both.
//!
//! # The loop
//!
//! ```
//! use claque_engine::{Batch, Queue, Wheel};
//!
//! let mut queue: Wheel<&str> = Wheel::new(0);
//! queue.schedule(20_000, "send");
//! queue.append_fanout(0, 0, &[7, 8], &[30_000, 10_000]);
//! let mut story = Vec::new();
//! while let Some(batch) = queue.next_batch() {
//!     match batch {
//!         Batch::Deliveries { start, events } => {
//!             for event in events {
//!                 story.push(format!("{} member {}", event.at(start), event.member()));
//!             }
//!         }
//!         Batch::Control { at, control } => story.push(format!("{at} {control}")),
//!     }
//! }
//! assert_eq!(story, ["10000 member 8", "20000 send", "30000 member 7"]);
//! ```
//!
//! A run of deliveries is handed out as a whole, up to the next control event. A caller for whom
//! a delivery causes something new must stop after that delivery, call [`Queue::give_back`] with
//! the number of deliveries left, and only then insert: so causes keep preceding their effects,
//! and the hot loop contains no check of the queue.
#![forbid(unsafe_code)]

mod digest;
mod heap;
mod histogram;
mod queue;
mod ring;
mod slots;
mod stream;
mod window;

#[cfg(test)]
mod queue_tests;

pub use digest::TraceHash;
pub use heap::HeapQueue;
pub use histogram::LatencyHistogram;
pub use queue::Wheel;
pub use slots::MessageSlots;
pub use stream::{Actor, DeliveryDraws, DrawPurpose, Draws, MessageDraws, Randomness};
pub use stream::{below, exponential, is_hit_permille, is_hit_ppm, mix};
pub use window::{Arrival, ArrivalWindow, Rare};

/// Bits of a delivery that hold its tick within its bucket.
// The three widths make up one word. Events of sixteen bytes were tried: with 100,000 members, where what is in
// flight no longer fits the cache, a delivery took a quarter more time.
const TICK_BITS: u32 = 12;
/// Bits of a delivery that hold its message slot.
const MESSAGE_BITS: u32 = 22;
/// Bits of a delivery that hold its member slot.
const MEMBER_BITS: u32 = 30;

/// Message slots that can be in flight at once.
///
/// Unit: slots; a slot is below this number.
pub const MESSAGE_SLOTS_MAX: u32 = 1 << MESSAGE_BITS;

/// Member slots of a whole world, all groups together.
///
/// Unit: slots; a slot is below this number, so one group may have a billion members.
pub const MEMBER_SLOTS_MAX: u32 = 1 << MEMBER_BITS;

/// One message reaching one member: eight bytes.
///
/// The word is `tick in bucket (12 bits) | message slot (22) | member slot (30)`. The tick is
/// relative to the start that comes with the batch, see [`Delivery::at`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct Delivery(u64);

impl Delivery {
    #[inline]
    const fn from_parts(tick: u64, rest: u64) -> Self {
        Self(tick << (MESSAGE_BITS + MEMBER_BITS) | rest)
    }

    /// Message and member slot as one word: what a delivery is, without when it is.
    #[inline]
    #[must_use]
    pub const fn identity(self) -> u64 {
        self.0 & ((1 << (MESSAGE_BITS + MEMBER_BITS)) - 1)
    }

    #[inline]
    const fn tick(self) -> u64 {
        self.0 >> (MESSAGE_BITS + MEMBER_BITS)
    }

    /// The time of arrival, in microseconds, given the start that came with the batch.
    #[inline]
    #[must_use]
    pub const fn at(self, start: u64) -> u64 {
        // Overflow checks are on in release. The sum was checked when the delivery was inserted; here the check would
        // stand in the loop that runs once for each delivery.
        start.wrapping_add(self.tick())
    }

    /// The slot of the message, as given to [`Queue::append_fanout`].
    #[inline]
    #[must_use]
    #[expect(clippy::as_conversions, reason = "22 bits fit")]
    pub const fn message(self) -> u32 {
        (self.0 >> MEMBER_BITS) as u32 & (MESSAGE_SLOTS_MAX - 1)
    }

    /// The slot of the member, as given to [`Queue::append_fanout`].
    #[inline]
    #[must_use]
    #[expect(clippy::as_conversions, reason = "30 bits fit")]
    pub const fn member(self) -> u32 {
        self.0 as u32 & (MEMBER_SLOTS_MAX - 1)
    }
}

/// One answer of a queue: a run of deliveries, or one control event.
#[derive(Debug, PartialEq, Eq)]
pub enum Batch<'q, C> {
    /// Deliveries in order, none later than the next control event. Never empty.
    Deliveries {
        /// The time the deliveries' ticks count from, in microseconds.
        start: u64,
        /// The run.
        events: &'q [Delivery],
    },
    /// One control event.
    Control {
        /// When it is due, in microseconds.
        at: u64,
        /// The event, as it was scheduled.
        control: C,
    },
}

/// A queue of deliveries and control events in the exact order of the [module's rule](self).
pub trait Queue<C> {
    /// The time of the last event handed out and not given back, in microseconds.
    fn now(&self) -> u64;

    /// Deliveries and control events not handed out yet.
    fn pending_count(&self) -> u64;

    /// Inserts a control event.
    ///
    /// Unit: microseconds. Work: O(log c) for c pending control events.
    ///
    /// # Panics
    ///
    /// When `at` lies before [`Queue::now`].
    fn schedule(&mut self, at: u64, control: C);

    /// Inserts one delivery of a message for each member, `latencies[i]` after `sent`.
    ///
    /// Unit: microseconds. A member may occur more than once: that is a duplicate. Deliveries of the
    /// same tick keep the order of the slice. Work: O(members).
    ///
    /// # Panics
    ///
    /// When the slices differ in length, `sent` lies before [`Queue::now`], or a slot is not below
    /// [`MESSAGE_SLOTS_MAX`] or [`MEMBER_SLOTS_MAX`].
    fn append_fanout(&mut self, message: u32, sent: u64, members: &[u32], latencies: &[u32]);

    /// Takes the next run of deliveries or the next control event; `None` when nothing is pending.
    fn next_batch(&mut self) -> Option<Batch<'_, C>>;

    /// Returns the last `count` deliveries of the run handed out last, which were not handled.
    ///
    /// # Panics
    ///
    /// When that run was shorter, or the batch handed out last was a control event.
    fn give_back(&mut self, count: usize);
}

impl<C> core::fmt::Debug for dyn Queue<C> + '_ {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Queue")
            .field("now", &self.now())
            .field("pending_count", &self.pending_count())
            .finish_non_exhaustive()
    }
}

/// A queue of whichever kind: a call for each batch costs nothing beside the batch.
impl<C, Q: Queue<C> + ?Sized> Queue<C> for Box<Q> {
    fn now(&self) -> u64 {
        (**self).now()
    }

    fn pending_count(&self) -> u64 {
        (**self).pending_count()
    }

    fn schedule(&mut self, at: u64, control: C) {
        (**self).schedule(at, control);
    }

    fn append_fanout(&mut self, message: u32, sent: u64, members: &[u32], latencies: &[u32]) {
        (**self).append_fanout(message, sent, members, latencies);
    }

    fn next_batch(&mut self) -> Option<Batch<'_, C>> {
        (**self).next_batch()
    }

    fn give_back(&mut self, count: usize) {
        (**self).give_back(count);
    }
}
