//! The receiver of callbacks: how it answers, how calls are tried again, and what it makes of what it gets.
//!
//! Callbacks of one user go one after the other. One that is not answered within five seconds, or answered with an
//! error, is tried again a second later, up to five times, under the same transaction; then it is given up. A receiver
//! that is slow has got the call all the same: it sees it again and knows it by its transaction.
//!
//! What the receiver got tells a story about each session: it begins with a logon, ends with a logoff, and everything
//! else lies in between. A session of which a call was given up tells nothing.

use std::collections::VecDeque;
use std::sync::Arc;

use claque_core::{Callback, Mutants, Rule};
use claque_engine::{Actor, Queue};

use crate::world::fault_concern::{CallbackFault, FaultConcern};
use crate::world::in_flight::InFlight;
use crate::world::state::callbacks::SessionStory;
use crate::world::{ControlEvent, FAULT, World};

/// A call must be answered in this time. Unit: microseconds.
const WITHIN: u64 = 5_000_000;
/// Between the failure of a call and its repetition. Unit: microseconds.
const SPACING: u64 = 1_000_000;
/// Repetitions of a call.
const RETRIES_MAX: u8 = 5;
/// How long a call takes when nothing is wrong. Unit: microseconds.
const TAKES_LEAST: u64 = 5_000;
const TAKES_MOST: u64 = 80_000;

impl<D: Mutants, Q: Queue<ControlEvent>> World<'_, D, Q> {
    /// Puts a callback at the end of its user's line.
    pub(crate) fn queue_callback(&mut self, callback: &Callback) {
        let user = callback.user.0;
        let line = self.receiver.lines.entry(user).or_default();
        line.push_back(callback.clone());
        // Callbacks of one user go one after the other, so one that finds a line must wait for its turn.
        if line.len() == 1 {
            self.try_callback(user, 0);
        }
    }

    /// Sends the first callback of a line, after so many tries.
    pub(crate) fn try_callback(&mut self, line: u32, tried: u8) {
        let Some(callback) = self.receiver.lines.get(&line).and_then(VecDeque::front).cloned() else {
            return;
        };
        let actor = Actor::named(&callback.transaction);
        // Eight draws of room for each attempt: a fault more during one of them moves no draw of the next.
        let mut draws = self.randomness.draws(FAULT, actor, u32::from(tried) * 8);
        let mut takes = draws.between(TAKES_LEAST, TAKES_MOST);
        let mut word = || u32::try_from(draws.draw() >> 32).unwrap_or(0);
        let mut fails = false;
        for (_, fault) in self.network.active() {
            let FaultConcern::Callbacks(wrong) = FaultConcern::of(fault.kind) else { continue };
            match wrong {
                CallbackFault::Failing(share) => fails |= share.takes(word()),
                CallbackFault::Flapping { every } => {
                    let turns = (self.now - fault.began).checked_div(every.as_micros());
                    fails |= turns.is_some_and(|turns| turns % 2 == 0);
                }
                CallbackFault::Slow(delay) => takes += delay.uniform(word()).as_micros(),
            }
        }
        self.hash.control(self.now, 34, takes ^ u64::from(tried) << 40 ^ u64::from(fails) << 48);
        let answered = !fails && takes <= WITHIN;
        // A receiver that is slow has got the call all the same. One that fails has not.
        if !fails
            && let Some(wrong) = self.receiver.receive(&callback)
            && let Some(model) = &mut self.model
        {
            model.refute(callback.at, Some(Rule::CallbackEventKinds), wrong);
        }
        let (after, in_flight) = if answered {
            (takes, InFlight::Answered(line, callback.transaction))
        } else if tried < RETRIES_MAX {
            self.receiver.retried += 1;
            (takes.min(WITHIN) + SPACING, InFlight::Callback(line, callback.transaction, tried + 1))
        } else {
            self.receiver.given_up += 1;
            self.counts.callbacks_failed += 1;
            if !self.receiver.got.contains(&callback.transaction) {
                self.receiver.stories.insert(Arc::clone(&callback.sid), SessionStory::Torn);
            }
            (takes.min(WITHIN), InFlight::Answered(line, callback.transaction))
        };
        let number = self.in_flight.put(in_flight);
        self.schedule(self.now + after, ControlEvent::InFlight(number));
    }

    /// Tries a callback again, unless it was lost meanwhile.
    pub(crate) fn retry_callback(&mut self, line: u32, transaction: &str, tried: u8) {
        let first = self.receiver.lines.get(&line).and_then(VecDeque::front);
        if first.is_some_and(|first| *first.transaction == *transaction) {
            self.try_callback(line, tried);
        }
    }

    /// A callback is done with: the next of its line is tried.
    pub(crate) fn on_answered(&mut self, line: u32, transaction: &str) {
        let Some(callbacks) = self.receiver.lines.get_mut(&line) else { return };
        // The line may have been lost in a crash since, and another callback may stand first in a new one.
        if callbacks.front().is_none_or(|first| *first.transaction != *transaction) {
            return;
        }
        callbacks.pop_front();
        if callbacks.is_empty() {
            self.receiver.lines.remove(&line);
        } else {
            self.try_callback(line, 0);
        }
    }
}
