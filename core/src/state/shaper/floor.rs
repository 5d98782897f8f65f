//! The floor of a message type: when its newest message is due, and how many slots must be reserved for that.
//!
//! A kept message is due five seconds after the first message of its type was sent that nothing newer has followed out. Counted
//! from there and not from the newest, a type whose messages keep replacing each other is not put off for ever; and counted
//! from sending and not from the type's last delivery, each message has its own five seconds.
//!
//! # The reservation
//! Deliveries of kept messages fall on the starts of seconds, of which a message sent within second *n* can take those of
//! *n* + 1 to *n* + 5. Until the second *m* has begun there are (*m* − *now*) × budget slots in the seconds after this one.
//! Whatever of the messages due by *m* exceeds that must go now, or one of them will be late whatever is done. The greatest
//! such excess over all *m* is what is reserved now: fewer make a later second impossible, and more would take slots from
//! messages of higher rank without need. A message that begins to wait later is due after all that wait already, so that
//! it adds to no excess but the last: while no more types wait than five seconds have slots, nothing is ever late.

use alloc::vec::Vec;
use core::mem;

use serde::{Deserialize, Serialize};

use super::candidate::{Candidate, Loss, LossCause, SECOND, ShaperTerms};
use crate::mutants::{Mutant, Mutants};
use crate::words::limits::TYPE_FLOOR;
use crate::words::message::Priority;
use crate::words::reading::ShaperFloor;
use crate::words::time::{Duration, Instant};

/// The newest message of a type, while it was not delivered.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Newest<P> {
    /// It was delivered, or there is none.
    Delivered,
    /// It is among the ranked, under that arrival.
    Ranked(u64),
    /// It is not carried by rank, and waits for a free or reserved slot.
    Kept(Candidate<P>),
}

/// The floor's knowledge of a type.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Type<P> {
    pub(super) kind: i64,
    last: Option<Instant>,
    /// When the first message was sent that has to wait and that nothing newer of the type has followed out.
    first: Option<Instant>,
    pub(super) newest: Newest<P>,
}

impl<P> Type<P> {
    pub(super) const fn new(kind: i64) -> Self {
        Self { kind, last: None, first: None, newest: Newest::Delivered }
    }

    pub(super) const fn waits(&self) -> bool {
        !matches!(self.newest, Newest::Delivered)
    }

    pub(super) const fn keeps(&self) -> bool {
        matches!(self.newest, Newest::Kept(_))
    }

    pub(super) const fn was_delivered(&self) -> bool {
        self.last.is_some()
    }

    /// A message of the type has to wait from now on.
    pub(super) fn begin_to_wait(&mut self, now: Instant) {
        // The first of a row that waits starts the clock, and later ones do not restart it: a type in which every
        // message replaces the one before would never be due.
        self.first.get_or_insert(now);
    }

    /// Gives up what is kept, since a newer message of the type has come: what lost by rank in this very second is
    /// excess, and only what the floor alone has kept since a former one is replaced.
    pub(super) fn replace(&mut self, now: Instant) -> Option<Loss<P>> {
        match mem::replace(&mut self.newest, Newest::Delivered) {
            Newest::Kept(older) if older.submitted.second_start() == now.second_start() => {
                Some((older, LossCause::Excess))
            }
            Newest::Kept(older) => Some((older, LossCause::Replaced)),
            Newest::Delivered | Newest::Ranked(_) => None,
        }
    }

    /// The newest message goes out, or one that is newer still. Gives what waited as the newest.
    #[inline]
    pub(super) fn follow(&mut self, now: Instant) -> Newest<P> {
        // Also for a message that did not wait: the sliding and the fixed reading count from the last delivery,
        // whichever way it went.
        self.last = Some(now);
        self.forget()
    }

    /// Nothing of the type waits any more. Gives what waited as the newest.
    #[inline]
    pub(super) fn forget(&mut self) -> Newest<P> {
        self.first = None;
        mem::replace(&mut self.newest, Newest::Delivered)
    }

    /// A message of the type goes out by its rank.
    pub(super) fn served(&mut self, now: Instant, candidate: &Candidate<P>) {
        self.last = Some(now);
        // An older message of the type may go by its rank while the newest waits on; then the floor still owes the
        // newest.
        if matches!(self.newest, Newest::Ranked(arrival) if arrival == candidate.arrival) {
            self.newest = Newest::Delivered;
        }
        // Whatever waits was sent later: its time began when the newest of those that went out was sent, or after that.
        let first = self.first.map_or(candidate.submitted, |first| first.max(candidate.submitted));
        self.first = self.waits().then_some(first);
    }

    /// Whether a mutant keeps no slot for the type.
    fn is_passed_over(&self, mutants: &impl Mutants) -> bool {
        let normal = matches!(&self.newest, Newest::Kept(kept) if kept.level == Priority::Normal);
        (mutants.has(Mutant::FloorForHigherOnly) && normal)
            || (mutants.has(Mutant::FloorOnce) && self.was_delivered())
    }

    /// When the newest message must have been delivered.
    fn due(&self, floor: ShaperFloor, mutants: &impl Mutants) -> Instant {
        // The end of time and not an option: a type that is never due sorts last, and all comparisons stay as they are.
        if mutants.has(Mutant::FloorOff) {
            return Instant::MAX;
        }
        let span = span(mutants);
        // A state that was read may have neither. It is due at once then: early is always allowed.
        let first = self.first.or(self.last).unwrap_or(Instant::EPOCH);
        match floor {
            ShaperFloor::Sent if mutants.has(Mutant::FloorCountsFromDelivery) => {
                self.last.map_or(first, |last| last.max(first)) + span
            }
            ShaperFloor::Sent => first + span,
            ShaperFloor::Sliding => self.last.unwrap_or(first) + span,
            ShaperFloor::Fixed => {
                // Intervals are counted from the epoch, the same for all types and groups: this reading has no memory
                // of its own.
                let interval = |at: Instant| at.as_micros() / span.as_micros();
                let served = self.last.is_some_and(|last| interval(last) >= interval(first));
                let served_in = self.last.map_or(0, interval);
                // Served in this interval already: the claim begins with the next, whose end is two intervals after the
                // start of this.
                let ends = if served { served_in + 2 } else { interval(first) + 1 };
                // The last microsecond of the interval, since a deadline at its end would already lie in the next.
                // Saturating, because a state that was read may hold any time.
                Instant::from_micros(ends.saturating_mul(span.as_micros()).saturating_sub(1))
            }
        }
    }
}

fn span(mutants: &impl Mutants) -> Duration {
    if mutants.has(Mutant::FloorFiveAndAHalfSeconds) {
        return Duration::from_millis(5_500);
    }
    if mutants.has(Mutant::FloorSixSeconds) {
        return Duration::from_secs(6);
    }
    if mutants.has(Mutant::FloorSevenSeconds) { Duration::from_secs(7) } else { TYPE_FLOOR }
}

/// The types that wait by their places, the first due first; of those due at once, the one that was heard first.
pub(super) fn due<P>(types: &[Type<P>], floor: ShaperFloor, mutants: &impl Mutants) -> Vec<(Instant, usize)> {
    let mut due: Vec<(Instant, usize)> = Vec::new();
    for (place, known) in types.iter().enumerate() {
        if known.waits() && !known.is_passed_over(mutants) {
            due.push((known.due(floor, mutants), place));
        }
    }
    // Places are unique, so that the order is total: no two runs can differ. Types that are due at once go in the order
    // in which the group first saw them.
    due.sort_unstable();
    if mutants.has(Mutant::FloorLatestFirst) {
        due.reverse();
    }
    due
}

/// When the first of the types that wait is due.
pub(super) fn first_due<P>(types: &[Type<P>], floor: ShaperFloor, mutants: &impl Mutants) -> Option<Instant> {
    types.iter().filter(|known| known.waits()).map(|known| known.due(floor, mutants)).min()
}

/// How many of the types that wait, the first due first, must have a slot of the second that begins now.
pub(super) fn reserved(
    due: &[(Instant, usize)],
    now: Instant,
    terms: &ShaperTerms,
    mutants: &impl Mutants,
) -> usize {
    let this = now.unix_seconds();
    match terms.floor {
        ShaperFloor::Sent => {
            // The greatest excess over all deadlines, not the sum: one slot given now serves every later deadline too.
            let mut must = 0;
            for (at, (due, _)) in due.iter().enumerate() {
                // Slots of the seconds after this one, up to the one of the deadline. A deadline that has passed has
                // none left, hence the saturation.
                let mut slots = due.unix_seconds().saturating_sub(this).saturating_mul(terms.budget.into());
                if mutants.has(Mutant::FloorReservesTooLate) && slots > 0 {
                    slots = u64::MAX;
                }
                // So many types are due by then, this one included; what the slots until then cannot take must go now.
                must = must.max((at + 1).saturating_sub(usize::try_from(slots).unwrap_or(usize::MAX)));
            }
            must
        }
        ShaperFloor::Sliding | ShaperFloor::Fixed => {
            // These readings reserve for what is due within this very second: by the next its interval would be over.
            let end = now.second_start() + SECOND;
            due.iter().filter(|(due, _)| *due < end).count()
        }
    }
}
