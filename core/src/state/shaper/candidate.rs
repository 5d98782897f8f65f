//! A message that waits, as far as ranking goes, and what a group is held to.

use core::cmp::Reverse;

use serde::{Deserialize, Serialize};

use crate::mutants::{Mutant, Mutants};
use crate::state::draft::weight_of;
use crate::words::message::Priority;
use crate::words::reading::{ShaperFloor, ShaperWindow};
use crate::words::time::{Duration, Instant};

pub(super) const SECOND: Duration = Duration::from_secs(1);

/// The worth of a message against another: its level, then its weight.
pub(crate) type MessageMerit = (Priority, i64);

/// The terms that a group is held to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShaperTerms {
    /// Messages that a whole second may deliver, at least 1.
    pub(crate) budget: u32,
    pub(crate) window: ShaperWindow,
    pub(crate) floor: ShaperFloor,
}

/// A message that waits, as far as ranking goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Candidate<P> {
    pub(crate) level: Priority,
    pub(crate) weight: i64,
    pub(crate) kind: i64,
    pub(crate) submitted: Instant,
    /// Counts the messages that had to wait; the shaper sets it.
    pub(crate) arrival: u64,
    pub(crate) payload: P,
}

impl<P> Candidate<P> {
    pub(super) fn merit(&self, mutants: &impl Mutants) -> MessageMerit {
        merit_by_mutant((self.level, self.weight), mutants)
    }

    /// Greater is better: level, then weight, then the earlier arrival.
    pub(super) fn rank(&self, mutants: &impl Mutants) -> (MessageMerit, Reverse<u64>) {
        // Of two equals the one that came first goes first: a later one that could pass it would let a sender gain by
        // repeating itself.
        let late_first = mutants.has(Mutant::RankLaterFirst);
        let arrival = if late_first { u64::MAX - self.arrival } else { self.arrival };
        (self.merit(mutants), Reverse(arrival))
    }
}

/// A merit as a mutant sees it. Sound, it is the merit.
#[inline(always)]
pub(super) fn merit_by_mutant((level, weight): MessageMerit, mutants: &impl Mutants) -> MessageMerit {
    if mutants.has(Mutant::RankIgnoresLevel) {
        return (Priority::Normal, 0);
    }
    if mutants.has(Mutant::RankMediumAsHigh) && level == Priority::Medium {
        return (Priority::High, weight_of(Priority::High));
    }
    if mutants.has(Mutant::RankNormalAsMedium) && level == Priority::Normal {
        return (Priority::Medium, weight_of(Priority::Medium));
    }
    let level = match level {
        Priority::Normal if mutants.has(Mutant::RankSwapsLowLevels) => Priority::Medium,
        Priority::Medium if mutants.has(Mutant::RankSwapsLowLevels) => Priority::Normal,
        Priority::Normal | Priority::Medium | Priority::High => level,
    };
    (level, if mutants.has(Mutant::RankIgnoresWeight) { 0 } else { weight })
}

/// Why a message was taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LossCause {
    /// Its second had no slot for it, and it outranks too little of what had one.
    Excess,
    /// The message that has just come to wait beats it, and there are enough such.
    Displaced,
    /// Its slot in the next second was reserved for another type.
    Reserved,
    /// It was kept as the newest of its type, and a newer one took its place.
    Replaced,
}

/// A message that was taken out.
pub(crate) type Loss<P> = (Candidate<P>, LossCause);
