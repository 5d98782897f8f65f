//! The frequency control of a group: which messages are delivered at once, which wait, and which are shed.
//!
//! A pure state machine. It knows whole seconds of the service's clock, levels, weights and types, and nothing of
//! groups, members or outputs. It must never deliver more than the budget in a whole second, and never tell anybody
//! but its caller what it takes out.
//!
//! # The default reading
//! While fewer than the budget were delivered in the running second, a message is delivered at once. Past it, the
//! message waits. At the end of the second those that wait are ranked by level, weight and arrival; the best take the
//! slots of the next second, at its start, and the rest is shed.
//!
//! # The floor of a type
//! The newest message of each type is not shed by rank. It stays until a newer one of its type takes its place or is
//! delivered, and it has a reserved slot at the start of the second in which its deadline lies: five seconds after the
//! last delivery of its type, or after its first submission when there was none. A type that was silent for longer has
//! its slot at the start of the next second. So the newest message of a type is delivered within five seconds of the
//! last delivery, or at the end of the second in which the type was heard again, whichever is later. Reserved slots
//! count against the budget, go first, and are deliveries like any other. With a budget smaller than the number of
//! overdue types, the longest overdue go first and the others follow in the seconds after.
//!
//! # Bounds
//! At most the budget of ranked messages and one message per type wait, whatever arrives: a message that does not beat
//! the worst of a full ranking can never be delivered by rank. Nothing is allocated while the budget lasts.

use alloc::vec::Vec;
use core::cmp::Reverse;
use core::mem;

use serde::{Deserialize, Serialize};

use crate::limits::TYPE_FLOOR;
use crate::message::Priority;
use crate::mutation::{Defects, Mutation, half_seconds, taken_twice};
use crate::reading::{ShaperFloor, ShaperWindow};
use crate::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);

/// What a group is held to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
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
    /// Greater is better: level, then weight, then the earlier arrival.
    fn rank<D: Defects>(&self, defects: &D) -> (Priority, i64, Reverse<u64>) {
        let mut level = self.level;
        if defects.has(Mutation::RankIgnoresLevel) {
            return (Priority::Normal, 0, Reverse(self.arrival));
        }
        if defects.has(Mutation::RankSwapsLowLevels) {
            level = match level {
                Priority::Normal => Priority::Medium,
                Priority::Medium => Priority::Normal,
                Priority::High => Priority::High,
            };
        }
        let weight = if defects.has(Mutation::RankIgnoresWeight) { 0 } else { self.weight };
        (level, weight, Reverse(self.arrival))
    }
}

/// Why a message was taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Better ones took the slots.
    Outranked,
    /// A newer one of its type took its place.
    Replaced,
}

/// A message that was taken out.
pub(crate) type Loss<P> = (Candidate<P>, Cause);

/// Whether a message goes out at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Admission<P> {
    /// It does, and supersedes an older one of its type that was waiting for its reserved slot.
    Now(Option<Candidate<P>>),
    /// It has to wait.
    Wait,
}

/// What the start of a second brings: deliveries in order, and losses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Opening<P> {
    /// Reserved ones first, then the best.
    pub(crate) delivered: Vec<Candidate<P>>,
    /// How many of them had a reserved slot.
    pub(crate) reserved: usize,
    pub(crate) lost: Vec<Loss<P>>,
}

/// The newest message of a type, while it was not delivered.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Newest<P> {
    /// It was delivered, or there is none.
    Delivered,
    /// It is among the ranked, under that arrival.
    Ranked(u64),
    /// It lost by rank and waits for its reserved slot.
    Kept(Candidate<P>),
}

/// What the floor knows of a type.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Type<P> {
    kind: i64,
    last: Option<Instant>,
    /// The first message that had to wait since the last delivery.
    first: Option<Instant>,
    newest: Newest<P>,
}

impl<P> Type<P> {
    const fn new(kind: i64) -> Self {
        Self { kind, last: None, first: None, newest: Newest::Delivered }
    }

    fn waits(&self) -> bool {
        !matches!(self.newest, Newest::Delivered)
    }

    /// When the newest message must have been delivered.
    fn deadline(&self, terms: &Terms, defects: &impl Defects) -> Instant {
        if defects.has(Mutation::FloorOff) {
            return Instant::MAX;
        }
        let mut span = TYPE_FLOOR;
        if defects.has(Mutation::FloorSevenSeconds) {
            span = Duration::from_secs(7);
        }
        let first = self.first.or(self.last).unwrap_or(Instant::EPOCH);
        match terms.floor {
            ShaperFloor::Sliding => self.last.unwrap_or(first) + span,
            ShaperFloor::Fixed => {
                let interval = |at: Instant| at.as_micros() / span.as_micros();
                let served = self.last.is_some_and(|last| interval(last) >= interval(first));
                let served_in = self.last.map_or(0, interval);
                let ends = if served { served_in + 2 } else { interval(first) + 1 };
                Instant::from_micros(ends.saturating_mul(span.as_micros()).saturating_sub(1))
            }
        }
    }
}

/// The state of a group's frequency control.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Shaper<P> {
    /// The second that `delivered` counts, since the epoch.
    second: u64,
    delivered: u32,
    arrivals: u64,
    /// Best first.
    ranked: Vec<Candidate<P>>,
    types: Vec<Type<P>>,
    /// When the caller's timer goes off.
    pub(crate) armed: Option<Instant>,
}

impl<P> Default for Shaper<P> {
    fn default() -> Self {
        Self { second: 0, delivered: 0, arrivals: 0, ranked: Vec::new(), types: Vec::new(), armed: None }
    }
}

impl<P> Shaper<P> {
    fn turn(&mut self, now: Instant, defects: &impl Defects) {
        let mut second = now.unix_seconds();
        if defects.has(Mutation::BudgetTwiceASecond) {
            second = half_seconds(now);
        }
        if second != self.second {
            self.second = second;
            self.delivered = 0;
        }
    }

    /// Asks for a slot in the running second. Some allocation-free instructions while the budget lasts.
    #[inline]
    pub(crate) fn admit(
        &mut self,
        now: Instant,
        terms: &Terms,
        kind: i64,
        defects: &impl Defects,
    ) -> Admission<P> {
        self.turn(now, defects);
        if terms.window == ShaperWindow::WindowClose || self.delivered >= terms.budget {
            return Admission::Wait;
        }
        self.delivered += 1;
        let place = self.type_at(kind);
        let known = &mut self.types[place];
        known.last = Some(now);
        known.first = None;
        match mem::replace(&mut known.newest, Newest::Delivered) {
            Newest::Kept(superseded) => Admission::Now(Some(superseded)),
            Newest::Delivered | Newest::Ranked(_) => Admission::Now(None),
        }
    }

    /// The place of a type in the table, which it enters when it is new.
    fn type_at(&mut self, kind: i64) -> usize {
        if let Some(at) = self.types.iter().position(|known| known.kind == kind) {
            return at;
        }
        self.types.push(Type::new(kind));
        self.types.len() - 1
    }

    /// Lets a message wait that was not admitted. Gives up to two that it pushes out.
    pub(crate) fn wait(
        &mut self,
        now: Instant,
        terms: &Terms,
        mut candidate: Candidate<P>,
        defects: &impl Defects,
    ) -> [Option<Loss<P>>; 2] {
        self.turn(now, defects);
        self.arrivals += 1;
        candidate.arrival = self.arrivals;
        let place = self.type_at(candidate.kind);
        let known = &mut self.types[place];
        known.first.get_or_insert(now);
        if defects.has(Mutation::FloorKeepsOldest) && matches!(known.newest, Newest::Kept(_)) {
            return [Some((candidate, Cause::Replaced)), None];
        }
        let replaced = match mem::replace(&mut known.newest, Newest::Delivered) {
            Newest::Kept(older) => Some((older, Cause::Replaced)),
            Newest::Delivered | Newest::Ranked(_) => None,
        };
        if terms.window == ShaperWindow::ImmediateOnly {
            known.newest = Newest::Kept(candidate);
            return [replaced, None];
        }
        let full = self.ranked.len() >= terms.budget as usize;
        let rank = candidate.rank(defects);
        if full && self.ranked.last().is_none_or(|worst| worst.rank(defects) > rank) {
            known.newest = Newest::Kept(candidate);
            return [replaced, None];
        }
        known.newest = Newest::Ranked(candidate.arrival);
        let pushed_out = if full { self.ranked.pop() } else { None };
        let at = self.ranked.partition_point(|other| other.rank(defects) > rank);
        self.ranked.insert(at, candidate);
        [replaced, pushed_out.and_then(|worst| self.keep_or_lose(worst))]
    }

    /// Keeps the newest of its type for its reserved slot; anything else is lost by rank.
    fn keep_or_lose(&mut self, candidate: Candidate<P>) -> Option<Loss<P>> {
        let place = self.type_at(candidate.kind);
        let known = &mut self.types[place];
        if matches!(known.newest, Newest::Ranked(arrival) if arrival == candidate.arrival) {
            known.newest = Newest::Kept(candidate);
            None
        } else {
            Some((candidate, Cause::Outranked))
        }
    }

    /// Opens the second that begins at `now`: reserved slots first, then the best of those that waited.
    pub(crate) fn open(&mut self, now: Instant, terms: &Terms, defects: &impl Defects) -> Opening<P> {
        self.turn(now, defects);
        let mut delivered = self.open_reserved(now, terms, defects);
        let reserved = delivered.len();
        if defects.has(Mutation::FloorsTakeTwice) {
            self.delivered = self.delivered.saturating_add(taken_twice(reserved));
        }
        if defects.has(Mutation::FloorBeyondBudget) {
            self.delivered = 0;
        }
        let mut lost = Vec::new();
        for candidate in mem::take(&mut self.ranked) {
            if self.delivered < terms.budget {
                self.delivered += 1;
                self.served(now, &candidate);
                delivered.push(candidate);
            } else {
                lost.extend(self.keep_or_lose(candidate));
            }
        }
        Opening { delivered, reserved, lost }
    }

    fn served(&mut self, now: Instant, candidate: &Candidate<P>) {
        let place = self.type_at(candidate.kind);
        let known = &mut self.types[place];
        known.last = Some(now);
        if matches!(known.newest, Newest::Ranked(arrival) if arrival == candidate.arrival) {
            known.newest = Newest::Delivered;
        }
        known.first = known.waits().then_some(now);
    }

    /// Takes the slots of the types whose deadline lies before the end of the second; the longest overdue first.
    fn open_reserved(&mut self, now: Instant, terms: &Terms, defects: &impl Defects) -> Vec<Candidate<P>> {
        let end = now.second_start() + SECOND;
        let mut due: Vec<(Instant, usize)> = Vec::new();
        for (at, known) in self.types.iter().enumerate() {
            let deadline = known.deadline(terms, defects);
            if known.waits() && deadline < end {
                due.push((deadline, at));
            }
        }
        due.sort_unstable();
        let room = terms.budget.saturating_sub(self.delivered) as usize;
        due.truncate(room);
        due.into_iter().filter_map(|(_, at)| self.serve_reserved(now, at)).collect()
    }

    fn serve_reserved(&mut self, now: Instant, at: usize) -> Option<Candidate<P>> {
        let known = &mut self.types[at];
        let candidate = match mem::replace(&mut known.newest, Newest::Delivered) {
            Newest::Delivered => return None,
            Newest::Kept(candidate) => candidate,
            Newest::Ranked(arrival) => {
                let at = self.ranked.iter().position(|other| other.arrival == arrival)?;
                self.ranked.remove(at)
            }
        };
        let known = &mut self.types[at];
        known.last = Some(now);
        known.first = None;
        self.delivered += 1;
        Some(candidate)
    }

    /// When the shaper must be opened next, after a call at `now`; none while nothing waits.
    pub(crate) fn due(&self, now: Instant, terms: &Terms, defects: &impl Defects) -> Option<Instant> {
        let next = now.second_start() + SECOND;
        if !self.ranked.is_empty() {
            return Some(next);
        }
        let waiting = self.types.iter().filter(|known| known.waits());
        let deadlines = waiting.map(|known| known.deadline(terms, defects).second_start());
        deadlines.min().map(|at| at.max(next)).filter(|at| *at < Instant::MAX.second_start())
    }

    /// Takes out everything that waits, in order of arrival. What was delivered stays counted.
    pub(crate) fn drain(&mut self) -> Vec<Candidate<P>> {
        let mut waiting = mem::take(&mut self.ranked);
        for known in &mut self.types {
            known.first = None;
            if let Newest::Kept(candidate) = mem::replace(&mut known.newest, Newest::Delivered) {
                waiting.push(candidate);
            }
        }
        self.types.retain(|known| known.last.is_some());
        self.armed = None;
        waiting.sort_unstable_by_key(|candidate| candidate.arrival);
        waiting
    }

    /// Fits what is there into another budget. Gives what no longer has a place.
    pub(crate) fn fit(&mut self, budget: u32) -> Vec<Loss<P>> {
        self.delivered = self.delivered.min(budget);
        let surplus = self.ranked.split_off(self.ranked.len().min(budget as usize));
        surplus.into_iter().filter_map(|candidate| self.keep_or_lose(candidate)).collect()
    }

    /// Takes out one message that waits. O(waiting).
    pub(crate) fn withdraw(&mut self, is_it: impl Fn(&P) -> bool) -> Option<Candidate<P>> {
        if let Some(at) = self.ranked.iter().position(|candidate| is_it(&candidate.payload)) {
            let candidate = self.ranked.remove(at);
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
        let newest = of_type.map(|candidate| candidate.arrival).max();
        let place = self.type_at(kind);
        let known = &mut self.types[place];
        if matches!(known.newest, Newest::Kept(_)) {
            return;
        }
        if matches!(known.newest, Newest::Ranked(arrival) if arrival != withdrawn) {
            return;
        }
        match newest {
            Some(arrival) => known.newest = Newest::Ranked(arrival),
            None => {
                known.newest = Newest::Delivered;
                known.first = None;
                if known.last.is_none() {
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
        self.types.iter().filter(|known| known.last.is_none() && known.waits()).map(|known| known.kind)
    }

    /// Messages delivered in the second of `now`.
    pub(crate) const fn delivered_in(&self, now: Instant) -> u32 {
        if self.second == now.unix_seconds() { self.delivered } else { 0 }
    }

    /// One value of each line of memory, for looking ahead.
    pub(crate) fn touch(&self) -> u64 {
        self.second.wrapping_add(u64::from(self.armed.is_some()))
    }

    /// One value of the table of types, for looking ahead.
    pub(crate) fn touch_types(&self) -> u64 {
        self.types.first().map_or(0, |known| u64::from(known.last.is_some()))
    }

    /// How many messages are ranked.
    pub(crate) const fn ranked(&self) -> usize {
        self.ranked.len()
    }
}

#[cfg(test)]
mod tests;
