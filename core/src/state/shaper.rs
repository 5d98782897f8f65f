//! The frequency control of a group: which messages are delivered at once, which wait, and which are shed.
//!
//! A pure state machine. It knows whole seconds of the service's clock, levels, weights and types, and nothing of
//! groups, members or outputs. It must never deliver more than the budget in a whole second, and only its caller learns what it takes out.
//!
//! # The default reading of the second
//! While fewer than the budget were delivered in the running second, a message is delivered at once. Past it, the
//! message is excess. When the second ends, the excess is ranked by level, weight and arrival and laid against what the
//! second delivered, the best against the worst, the second best against the second worst, and so on: a message is
//! carried into the next second while it outranks, by level and then weight, the delivered message that it is laid
//! against ([`MeritTally`]). The carried ones use the next second's slots, best first; the rest is shed. So each carried
//! message stands for one that should have waited for it, and a second over its limit always loses something.
//!
//! # The floor of a type
//! The newest message of each type is not shed by rank. It stays until a newer one of its type takes its place or is
//! delivered; it is due five seconds after the first message of its type was sent that nothing newer has followed out
//! ([`floor`]). When a second opens there are three rounds, and each takes slots of the one budget:
//!
//! 1. *Reserved*: as many kept messages, the first due first, as must go now so that all others can still go in time
//!    ([`floor::reserved`]).
//! 2. *Carried*: the best of the second before.
//! 3. *Free*: whatever slots are left go to kept messages, the first due first.
//!
//! So the bound holds while no more types wait than five seconds have slots. Past that the longest waiting goes first,
//! and the caller learns what was late.
//!
//! # Bounds
//! At most the budget of ranked messages and one message per type wait, whatever arrives: a message that does not beat
//! the worst of a full ranking can never be delivered by rank, and is shed before the second ends. Nothing is allocated
//! while the budget lasts, but for the first message of a type or rank that a group ever sees.

mod candidate;
mod floor;
mod tally;

use alloc::vec::Vec;
use core::mem;

use serde::{Deserialize, Serialize};

use crate::mutants::{Mutant, Mutants, half_seconds, just_before, taken_twice};
use crate::words::reading::{ShaperFloor, ShaperWindow};
use crate::words::time::Instant;
pub(crate) use candidate::{Candidate, Loss, LossCause, MessageMerit, ShaperTerms};
use candidate::{SECOND, merit_by_mutant};
use floor::{Newest, Type};
use tally::MeritTally;

/// Whether a message goes out at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Admission<P> {
    /// It does, and supersedes an older one of its type that was waiting for its reserved slot.
    Now(Option<Candidate<P>>),
    /// It has to wait.
    Wait,
}

/// By what a message that waited goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SlotKind {
    /// By a slot that was reserved for its type, which was due then.
    Reserved(Instant),
    /// By its rank.
    Ranked,
    /// As the newest of its type, by a slot that nothing else took; the type was due then.
    Free(Instant),
}

/// The result of a second's start: deliveries in order, and losses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Opening<P> {
    /// Reserved ones first, then the best, then free ones.
    pub(crate) delivered: Vec<(Candidate<P>, SlotKind)>,
    pub(crate) lost: Vec<Loss<P>>,
}

/// The state of a group's frequency control.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Shaper<P> {
    /// The second that `delivered` and `tally` are of, since the epoch.
    second: u64,
    delivered: u32,
    arrivals: u64,
    /// Best first.
    ranked: Vec<Candidate<P>>,
    types: Vec<Type<P>>,
    tally: MeritTally,
    /// When the caller's timer goes off.
    armed: Option<Instant>,
}

impl<P> Default for Shaper<P> {
    fn default() -> Self {
        Self {
            second: 0,
            delivered: 0,
            arrivals: 0,
            ranked: Vec::new(),
            types: Vec::new(),
            tally: MeritTally::default(),
            armed: None,
        }
    }
}

impl<P> Shaper<P> {
    #[inline(always)]
    fn turn(&mut self, now: Instant, mutants: &impl Mutants) {
        let mut second = now.unix_seconds();
        if mutants.has(Mutant::BudgetTwiceASecond) {
            second = half_seconds(now);
        }
        // The second turns when it is first looked at, and not by a timer: a group that is silent costs nothing, and a
        // clock that jumps over many seconds forgets them all at once.
        if second != self.second {
            self.second = second;
            self.delivered = 0;
            self.tally.clear();
        }
    }

    /// Asks for a slot in the running second. Some instructions while the budget lasts.
    #[inline]
    pub(crate) fn admit(
        &mut self,
        now: Instant,
        terms: &ShaperTerms,
        kind: i64,
        merit: MessageMerit,
        mutants: &impl Mutants,
    ) -> Admission<P> {
        self.turn(if mutants.has(Mutant::BudgetSecondBeginsLate) { just_before(now) } else { now }, mutants);
        // Under the reading that collects a whole second nothing goes at once: who is best is known only when the
        // second is over.
        if terms.window == ShaperWindow::WindowClose || self.delivered >= terms.budget {
            return Admission::Wait;
        }
        self.take_slot(merit, mutants);
        let place = self.type_at(kind, mutants);
        // What was kept of this type is superseded even though the budget lasts: the floor owes the newest message, and
        // this is it.
        match self.types[place].follow(now) {
            Newest::Kept(superseded) => Admission::Now(Some(superseded)),
            Newest::Delivered | Newest::Ranked(_) => Admission::Now(None),
        }
    }

    #[inline(always)]
    fn take_slot(&mut self, merit: MessageMerit, mutants: &impl Mutants) {
        // No check of the budget here: every caller has just made it, and the reserved slots are counted before they
        // are taken.
        self.delivered += 1;
        self.tally.add(merit_by_mutant(merit, mutants));
    }

    /// The place of a type in the table, which it enters when it is new.
    fn type_at(&mut self, mut kind: i64, mutants: &impl Mutants) -> usize {
        if mutants.has(Mutant::FloorOfAllTypes) {
            kind = 0;
        }
        // A linear search: a group may see thirty types at most, and chats use three or four, so that the first compare
        // mostly hits.
        if let Some(at) = self.types.iter().position(|known| known.kind == kind) {
            return at;
        }
        self.types.push(Type::new(kind));
        self.types.len() - 1
    }

    /// Takes a message to wait that was not admitted. Gives up to two that it pushes out.
    pub(crate) fn wait(
        &mut self,
        now: Instant,
        terms: &ShaperTerms,
        mut candidate: Candidate<P>,
        mutants: &impl Mutants,
    ) -> [Option<Loss<P>>; 2] {
        self.turn(now, mutants);
        // Counted over the life of the group and not of the second: what is carried keeps its place before what comes
        // later.
        self.arrivals += 1;
        candidate.arrival = self.arrivals;
        let place = self.type_at(candidate.kind, mutants);
        let known = &mut self.types[place];
        // The five seconds of the type begin here, before anything is decided about this message: shed or ranked, the
        // type has waited since now.
        known.begin_to_wait(now);
        if mutants.has(Mutant::FloorKeepsOldest) && known.keeps() {
            return [Some((candidate, LossCause::Replaced)), None];
        }
        // Before the ranking, since a type has one newest message: the one kept until now loses its claim to the floor,
        // whatever becomes of the new one.
        let replaced = known.replace(now);
        // Under this reading excess is shed at once, so that nothing is ranked; only the floor keeps it.
        if terms.window == ShaperWindow::ImmediateOnly {
            known.newest = Newest::Kept(candidate);
            return [replaced, None];
        }
        let full = self.ranked.len() >= terms.budget as usize;
        let rank = candidate.rank(mutants);
        // A full ranking already holds as many as the next second has slots: what does not beat its worst can never go
        // by rank. Shedding it now is what bounds the memory of a flooded group.
        if full && self.ranked.last().is_none_or(|worst| worst.rank(mutants) > rank) {
            known.newest = Newest::Kept(candidate);
            return [replaced, None];
        }
        // The arrival and not a position: positions move with every insertion, arrivals never.
        known.newest = Newest::Ranked(candidate.arrival);
        // Taken out before the new one is put in, so that the list never grows beyond the budget and never allocates
        // for it.
        let pushed_out = if full { self.ranked.pop() } else { None };
        let at = self.ranked.partition_point(|other| other.rank(mutants) > rank);
        self.ranked.insert(at, candidate);
        [replaced, pushed_out.and_then(|worst| self.keep_or_lose(worst, LossCause::Displaced, mutants))]
    }

    /// Keeps the newest of its type for the floor; anything else is lost.
    fn keep_or_lose(
        &mut self,
        candidate: Candidate<P>,
        cause: LossCause,
        mutants: &impl Mutants,
    ) -> Option<Loss<P>> {
        let place = self.type_at(candidate.kind, mutants);
        let known = &mut self.types[place];
        // Only the newest has the floor to fall back on: an older message of the type, even of higher rank, is not owed
        // by it.
        if matches!(known.newest, Newest::Ranked(arrival) if arrival == candidate.arrival) {
            known.newest = Newest::Kept(candidate);
            None
        } else {
            Some((candidate, cause))
        }
    }

    /// Opens the second that begins at `now`: reserved slots first, then the best of those that waited, then whatever
    /// else is kept.
    pub(crate) fn open(&mut self, now: Instant, terms: &ShaperTerms, mutants: &impl Mutants) -> Opening<P> {
        // Before the second turns: the tally is of the one that ends.
        let mut carried = self.carried(terms, mutants);
        self.turn(now, mutants);
        let mut opening = Opening { delivered: Vec::new(), lost: Vec::new() };
        // The types that wait are listed before any slot is given: the reservation is about all of them together, and
        // giving one slot changes what the others need.
        let due = floor::due(&self.types, terms.floor, mutants);
        // All of the budget: the timer goes before whatever arrives in its second (`timer.rs`). A state that was read
        // has promised nothing, hence the saturation.
        let room = terms.budget.saturating_sub(self.delivered);
        let reserved = floor::reserved(&due, now, terms, mutants).min(room as usize);
        for &(due, place) in &due[..reserved] {
            // A ranked message that goes by its reserved slot leaves the ranking: were it counted as carried still, the
            // next best would inherit a right that it does not have.
            carried -= usize::from(self.ranked_place(place).is_some_and(|at| at < carried));
            self.deliver_newest(now, place, SlotKind::Reserved(due), &mut opening, mutants);
        }
        if mutants.has(Mutant::FloorBeyondBudget) {
            self.delivered = 0;
        }
        for (at, candidate) in mem::take(&mut self.ranked).into_iter().enumerate() {
            // In the order of rank, so that a budget that the reserved ones have cut short is lost by the worst of the
            // carried.
            if at < carried && self.delivered < terms.budget {
                self.take_slot((candidate.level, candidate.weight), mutants);
                let place = self.type_at(candidate.kind, mutants);
                // Not `follow`: something newer of the type may wait, and its five seconds are still to be counted.
                self.types[place].served(now, &candidate);
                opening.delivered.push((candidate, SlotKind::Ranked));
            } else {
                // No more are carried than a second has slots: only reserved ones can have taken them.
                let cause = if at < carried { LossCause::Reserved } else { LossCause::Excess };
                opening.lost.extend(self.keep_or_lose(candidate, cause, mutants));
            }
        }
        // Under the other two readings a kept message waits for its own moment, and a slot that is free before that
        // stays free.
        if terms.floor == ShaperFloor::Sent && !mutants.has(Mutant::FloorOff) {
            self.open_free(now, terms, &mut opening, mutants);
        }
        if mutants.has(Mutant::FloorsTakeTwice) {
            let of_floor = opening.delivered.iter().filter(|(_, slot)| *slot != SlotKind::Ranked);
            self.delivered = self.delivered.saturating_add(taken_twice(of_floor.count()));
        }
        opening
    }

    /// How many of the ranked may take slots of the next second.
    fn carried(&self, terms: &ShaperTerms, mutants: &impl Mutants) -> usize {
        if terms.window != ShaperWindow::Outrank {
            // The other readings carry whatever waits; what the next second cannot take is lost when it opens.
            return self.ranked.len();
        }
        self.tally.outranked_by(self.ranked.iter().map(|candidate| candidate.merit(mutants)), mutants)
    }

    /// Gives the slots that nothing has taken to the newest messages of types, the first due first.
    fn open_free(
        &mut self,
        now: Instant,
        terms: &ShaperTerms,
        opening: &mut Opening<P>,
        mutants: &impl Mutants,
    ) {
        // Listed anew: the reserved and the carried ones that went out wait no longer.
        for (due, place) in floor::due(&self.types, terms.floor, mutants) {
            if self.delivered >= terms.budget {
                return;
            }
            self.deliver_newest(now, place, SlotKind::Free(due), opening, mutants);
        }
    }

    /// Where the newest message of a type stands among the ranked, if it does.
    fn ranked_place(&self, place: usize) -> Option<usize> {
        let Newest::Ranked(arrival) = self.types[place].newest else { return None };
        self.ranked.iter().position(|other| other.arrival == arrival)
    }

    fn deliver_newest(
        &mut self,
        now: Instant,
        place: usize,
        slot: SlotKind,
        opening: &mut Opening<P>,
        mutants: &impl Mutants,
    ) {
        // Looked up first: `follow` forgets the arrival by which the message is found.
        let ranked = self.ranked_place(place).map(|at| self.ranked.remove(at));
        let candidate = match self.types[place].follow(now) {
            Newest::Kept(candidate) => Some(candidate),
            Newest::Delivered | Newest::Ranked(_) => ranked,
        };
        // Not while ranking and types agree, which a state that was read has yet to show.
        let Some(candidate) = candidate else { return };
        self.take_slot((candidate.level, candidate.weight), mutants);
        opening.delivered.push((candidate, slot));
    }

    /// When the shaper must be opened next, after a call at `now`; none while nothing waits.
    pub(crate) fn due(&self, now: Instant, terms: &ShaperTerms, mutants: &impl Mutants) -> Option<Instant> {
        let next = now.second_start() + SECOND;
        // Ranked messages want the very next second; only what the floor keeps could wait longer.
        if !self.ranked.is_empty() {
            let longer = mutants.has(Mutant::CarriedTooLong);
            return Some(if longer { next + SECOND } else { next });
        }
        // The end of time stands for a floor that is off: a timer for it would never fire and always be in the way.
        let first = floor::first_due(&self.types, terms.floor, mutants).filter(|due| *due < Instant::MAX)?;
        Some(match terms.floor {
            // The next second may have a free slot.
            ShaperFloor::Sent => next,
            // Never within the running second: its slots are gone, and opening it twice would deliver beyond the
            // budget.
            ShaperFloor::Sliding | ShaperFloor::Fixed => first.second_start().max(next),
        })
    }

    /// Notes the time at which the caller's timer will go off, unless an earlier one is noted; whether it does.
    pub(crate) fn arm(&mut self, due: Instant) -> bool {
        // The later timer that is set already is not cancelled: when it fires it is not the one noted, and does
        // nothing.
        let earlier = self.armed.is_none_or(|armed| armed > due);
        if earlier {
            self.armed = Some(due);
        }
        earlier
    }

    /// Whether the timer that goes off at `now` is the one noted last, which is noted no longer then.
    pub(crate) fn disarm(&mut self, now: Instant) -> bool {
        // By equality, so that of several timers that were set for one group only the one noted last opens the second.
        self.armed.take_if(|armed| *armed == now).is_some()
    }

    /// When the caller's timer goes off.
    pub(crate) const fn armed(&self) -> Option<Instant> {
        self.armed
    }

    /// Whether the running second has no slot left.
    pub(crate) const fn is_full(&self, terms: &ShaperTerms) -> bool {
        self.delivered >= terms.budget
    }

    /// Takes out everything that waits, in order of arrival. What was delivered stays counted.
    pub(crate) fn drain(&mut self) -> Vec<Candidate<P>> {
        let mut waiting = mem::take(&mut self.ranked);
        for known in &mut self.types {
            // Ranked ones were taken with the ranking; taking the newest by its type too would give them twice.
            if let Newest::Kept(candidate) = known.forget() {
                waiting.push(candidate);
            }
        }
        // A type that nothing was ever delivered of does not count against the thirty: nobody has seen it, and its
        // message is gone.
        self.types.retain(Type::was_delivered);
        self.armed = None;
        // Arrivals are unique, so that an unstable sort has one result. The ledger lists losses in the order in which
        // they were sent.
        waiting.sort_unstable_by_key(|candidate| candidate.arrival);
        waiting
    }

    /// Fits what is there into another budget. Gives what no longer has a place.
    pub(crate) fn fit(&mut self, budget: u32, mutants: &impl Mutants) -> Vec<Loss<P>> {
        // What went out stays out, and no more slots are taken than there are. The tally remembers them all: a limit that is
        // raised again gives no second helping.
        self.delivered = self.tally.count().min(budget);
        // The ranking is best first: what is cut off is the worst.
        let surplus = self.ranked.split_off(self.ranked.len().min(budget as usize));
        surplus
            .into_iter()
            .filter_map(|candidate| self.keep_or_lose(candidate, LossCause::Excess, mutants))
            .collect()
    }

    /// Takes out one message that waits. O(waiting).
    pub(crate) fn withdraw(&mut self, is_it: impl Fn(&P) -> bool) -> Option<Candidate<P>> {
        if let Some(at) = self.ranked.iter().position(|candidate| is_it(&candidate.payload)) {
            let candidate = self.ranked.remove(at);
            // The message before it becomes the newest again: a recall must not make the type lose its floor.
            self.name_newest(candidate.kind, candidate.arrival);
            return Some(candidate);
        }
        let kept = |known: &&mut Type<P>| matches!(&known.newest, Newest::Kept(kept) if is_it(&kept.payload));
        let known = self.types.iter_mut().find(kept)?;
        let Newest::Kept(candidate) = mem::replace(&mut known.newest, Newest::Delivered) else { return None };
        self.name_newest(candidate.kind, candidate.arrival);
        Some(candidate)
    }

    /// After a withdrawal, the newest of its type among the ranked is the type's newest.
    fn name_newest(&mut self, kind: i64, withdrawn: u64) {
        let of_type = self.ranked.iter().filter(|candidate| candidate.kind == kind);
        // By arrival and not by rank: the floor owes the newest, which may rank lowest.
        let newest = of_type.map(|candidate| candidate.arrival).max();
        let Some(place) = self.types.iter().position(|known| known.kind == kind) else { return };
        let known = &mut self.types[place];
        if known.keeps() {
            return;
        }
        if matches!(known.newest, Newest::Ranked(arrival) if arrival != withdrawn) {
            return;
        }
        match newest {
            Some(arrival) => known.newest = Newest::Ranked(arrival),
            None => {
                // Nothing of the type waits: its five seconds must not run on for a message that is not there.
                known.forget();
                if !known.was_delivered() {
                    self.types.remove(place);
                }
            }
        }
    }

    /// Everything that waits.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &Candidate<P>> {
        let kept = self.types.iter().filter_map(|known| match &known.newest {
            Newest::Kept(candidate) => Some(candidate),
            Newest::Delivered | Newest::Ranked(_) => None,
        });
        self.ranked.iter().chain(kept)
    }

    /// Types that wait and were never delivered.
    pub(crate) fn fresh_types(&self) -> impl Iterator<Item = i64> {
        self.types.iter().filter(|known| !known.was_delivered() && known.waits()).map(|known| known.kind)
    }

    /// Messages delivered in the second of `now`.
    pub(crate) const fn delivered_in(&self, now: Instant) -> u32 {
        if self.second == now.unix_seconds() { self.delivered } else { 0 }
    }

    /// One value of each line of memory, for prefetching.
    pub(crate) fn touch(&self) -> u64 {
        self.second.wrapping_add(u64::from(self.armed.is_some()))
    }

    /// One value of the table of types, for prefetching.
    pub(crate) fn touch_types(&self) -> u64 {
        self.types.first().map_or(0, |known| u64::from(known.was_delivered()))
    }

    /// How many messages are ranked.
    pub(crate) const fn ranked(&self) -> usize {
        self.ranked.len()
    }
}

#[cfg(test)]
mod tests;
