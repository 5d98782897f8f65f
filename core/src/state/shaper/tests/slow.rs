//! The rules once more, slowly: everything is remembered, every second is looked at, nothing is bounded, and what must be
//! reserved is found by trying.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::{Send, Way};
use crate::state::shaper::{MessageMerit, ShaperTerms};
use crate::words::reading::{ShaperFloor, ShaperWindow};

type Delivered = BTreeMap<usize, (u64, Way)>;

pub(super) fn merit(send: &Send) -> MessageMerit {
    (send.2, send.3)
}

/// A type that waits: when it is due, its place in the order of first uses, its newest message.
type Waiting = (u64, usize, usize);

struct Slow<'a> {
    terms: &'a ShaperTerms,
    sends: &'a [Send],
    /// How many of the sends have happened.
    next: usize,
    delivered: Delivered,
    waiting: Vec<usize>,
}

/// When each message is delivered, and by what.
pub(super) fn model(terms: &ShaperTerms, sends: &[Send]) -> Delivered {
    let mut slow = Slow { terms, sends, next: 0, delivered: BTreeMap::new(), waiting: Vec::new() };
    let last_second = sends.last().map_or(0, |send| send.0 / 1_000) + 12 * 10;
    for second in 0..=last_second {
        slow.second(second);
    }
    slow.delivered
}

impl Slow<'_> {
    fn used(&self, second: u64) -> usize {
        self.delivered.values().filter(|(at, _)| at / 1_000 == second).count()
    }

    fn room(&self, second: u64) -> usize {
        (self.terms.budget as usize).saturating_sub(self.used(second))
    }

    fn deliver(&mut self, number: usize, at: u64, way: Way) {
        self.delivered.insert(number, (at, way));
        self.waiting.retain(|other| *other != number);
    }

    fn second(&mut self, second: u64) {
        let start = second * 1_000;
        let carried = self.carried(second);
        let types = self.types();
        for (_, _, number) in &types[..self.reserved(&types, second)] {
            self.deliver(*number, start, Way::Reserved);
        }
        for number in carried {
            if self.room(second) > 0 && !self.delivered.contains_key(&number) {
                self.deliver(number, start, Way::Ranked);
            }
        }
        if self.terms.floor == ShaperFloor::Sent {
            for (_, _, number) in self.types() {
                if self.room(second) > 0 {
                    self.deliver(number, start, Way::Free);
                }
            }
        }
        while self.next < self.sends.len() && self.sends[self.next].0 < start + 1_000 {
            let (number, send) = (self.next, self.sends[self.next]);
            self.next += 1;
            if self.terms.window != ShaperWindow::WindowClose && self.room(second) > 0 {
                // An older one of the type has no floor any more, and no rank either.
                self.waiting.retain(|other| self.sends[*other].1 != send.1);
                self.deliver(number, send.0, Way::AtOnce);
            } else {
                self.waiting.push(number);
            }
        }
    }

    /// Messages of the second before that may take slots by rank, the best first.
    fn carried(&self, second: u64) -> Vec<usize> {
        let before = |at: u64| at / 1_000 + 1 == second;
        let mut fresh: Vec<usize> =
            self.waiting.iter().copied().filter(|number| before(self.sends[*number].0)).collect();
        fresh.sort_by_key(|number| (Reverse(merit(&self.sends[*number])), *number));
        match self.terms.window {
            ShaperWindow::ImmediateOnly => fresh.clear(),
            ShaperWindow::RankedExcess | ShaperWindow::WindowClose => {
                fresh.truncate(self.terms.budget as usize);
            }
            ShaperWindow::Outrank => {
                let of_second = self.delivered.iter().filter(|(_, (at, _))| before(*at));
                let mut worst_first: Vec<MessageMerit> =
                    of_second.map(|(number, _)| merit(&self.sends[*number])).collect();
                worst_first.sort_unstable();
                let pairs = fresh.iter().zip(&worst_first);
                let outranking =
                    pairs.take_while(|(number, worst)| merit(&self.sends[**number]) > **worst).count();
                fresh.truncate(outranking);
            }
        }
        fresh
    }

    /// The types that wait, the first due first.
    fn types(&self) -> Vec<Waiting> {
        let kinds: Vec<i64> = self.sends[..self.next].iter().map(|send| send.1).collect();
        let mut types = Vec::new();
        for (order, kind) in first_uses(&kinds).into_iter().enumerate() {
            let of_kind = |number: &&usize| self.sends[**number].1 == kind;
            let Some(newest) = self.waiting.iter().rev().find(of_kind).copied() else { continue };
            if self.delivered.keys().filter(of_kind).any(|number| *number > newest) {
                continue;
            }
            types.push((self.due(kind), order, newest));
        }
        types.sort_unstable();
        types
    }

    fn due(&self, kind: i64) -> u64 {
        let of_kind = |number: &&usize| self.sends[**number].1 == kind;
        let last = self.delivered.iter().filter(|(number, _)| of_kind(number)).map(|(_, (at, _))| *at).max();
        match self.terms.floor {
            ShaperFloor::Sent => self.first_unanswered(kind) + 5_000,
            ShaperFloor::Sliding => last.unwrap_or_else(|| self.first_wait(kind, last)) + 5_000,
            ShaperFloor::Fixed => {
                // Milliseconds since the base, which begins an interval.
                let first = self.first_wait(kind, last);
                let served = last.filter(|last| last / 5_000 >= first / 5_000);
                served.map_or(first / 5_000 + 1, |last| last / 5_000 + 2) * 5_000 - 1
            }
        }
    }

    /// When the first message of a type was sent that nothing newer has followed out. Where one went out by its rank while
    /// newer ones waited, when that was sent: which of the newer was the first is not remembered.
    fn first_unanswered(&self, kind: i64) -> u64 {
        let of_kind = |number: &usize| self.sends[*number].1 == kind;
        let newest = self.delivered.iter().rfind(|(number, _)| of_kind(number));
        let after = newest.map_or(0, |(number, _)| number + 1);
        let first = (after..self.next).find(of_kind).map_or(0, |number| self.sends[number].0);
        match newest {
            Some((number, (at, Way::Ranked))) if first < *at => self.sends[*number].0,
            Some(_) | None => first,
        }
    }

    /// When a type began to wait: its first send that found no slot since its last delivery, or that delivery itself when
    /// something newer than every delivered message was waiting already.
    fn first_wait(&self, kind: i64, last: Option<u64>) -> u64 {
        let newest_delivered = self.delivered.keys().filter(|number| self.sends[**number].1 == kind).max();
        for (number, send) in self.sends[..self.next].iter().enumerate().filter(|(_, send)| send.1 == kind) {
            let at_once = self.delivered.get(&number).is_some_and(|(_, way)| *way == Way::AtOnce);
            if at_once || last.is_some_and(|last| send.0 < last && newest_delivered >= Some(&number)) {
                continue;
            }
            return send.0.max(last.unwrap_or(0));
        }
        last.unwrap_or(0)
    }

    /// How many types must go now.
    fn reserved(&self, types: &[Waiting], second: u64) -> usize {
        let room = self.room(second);
        match self.terms.floor {
            ShaperFloor::Sent => {
                let dues: Vec<u64> = types.iter().map(|(due, ..)| due / 1_000).collect();
                (0..=room).find(|now| can_hold(&dues, *now, second, room)).unwrap_or(room)
            }
            ShaperFloor::Sliding | ShaperFloor::Fixed => {
                types.iter().filter(|(due, ..)| *due < (second + 1) * 1_000).count().min(room)
            }
        }
        .min(types.len())
    }
}

/// Whether all are in time when so many go now, the first due first, and as many as the budget in each second after.
pub(super) fn can_hold(dues: &[u64], now: usize, second: u64, budget: usize) -> bool {
    let rest = dues.get(now..).unwrap_or_default();
    rest.iter().enumerate().all(|(at, due)| second + 1 + (at / budget) as u64 <= *due)
}

/// Types in the order of their first use.
fn first_uses(kinds: &[i64]) -> Vec<i64> {
    let mut seen = Vec::new();
    for kind in kinds {
        if !seen.contains(kind) {
            seen.push(*kind);
        }
    }
    seen
}
