//! The receiver of callbacks: how it answers, how calls are tried again, and what it makes of what it gets.
//!
//! Callbacks of one user go one after the other. One that is not answered within five seconds, or answered with an
//! error, is tried again a second later, up to five times, under the same transaction; then it is given up. A receiver
//! that is slow has got the call all the same: it sees it again and knows it by its transaction.
//!
//! What the receiver got tells a story about each session: it begins with a logon, ends with a logoff, and everything
//! else lies in between. A session of which a call was given up tells nothing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use claque_core::{AppIx, Callback, CallbackEvent, Mutants, Rule};
use claque_engine::{Actor, Queue};
use claque_oracle::evidence;
use claque_oracle::evidence::Evidence;

use crate::world::fault_concern::{CallbackFault, FaultConcern};
use crate::world::in_flight::InFlight;
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

/// A session as the receiver's callbacks describe it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SessionStory {
    /// It is logged on.
    Open,
    /// It has logged off.
    Over,
    /// Something of it was given up.
    Torn,
}

/// The sender's lines of callbacks, and what the receiver has got.
#[derive(Debug, Default)]
pub(crate) struct CallbackReceiver {
    /// By user; the first of each line is being tried.
    lines: BTreeMap<u32, VecDeque<Callback>>,
    /// Transactions that were received.
    got: BTreeSet<Arc<str>>,
    stories: BTreeMap<Arc<str>, SessionStory>,
    /// Applications whose callbacks were switched during the show: of a session it may get the end only.
    switched: BTreeSet<AppIx>,
    /// Calls that were received a second time.
    pub(crate) repeated: u64,
    /// Calls that were tried again.
    pub(crate) retried: u64,
    /// Calls that were given up.
    pub(crate) given_up: u64,
}

impl CallbackReceiver {
    /// Takes a call; what is wrong with the story of its session.
    fn receive(&mut self, callback: &Callback) -> Option<Evidence> {
        // A call that was answered too late is tried again: the receiver has got it, and knows it by its transaction.
        if !self.got.insert(Arc::clone(&callback.transaction)) {
            self.repeated += 1;
            return None;
        }
        let known = self.stories.get(&callback.sid).copied();
        let (wrong, next) = match (known, &callback.event) {
            // What was given up may have been any part of the story: nothing that is missing can be held against the
            // service.
            (Some(SessionStory::Torn), _) => (None, SessionStory::Torn),
            (None, CallbackEvent::Logon) => (None, SessionStory::Open),
            // The logon fell into a time in which the application had no callbacks.
            (None, _) if self.switched.contains(&callback.app) => (None, SessionStory::Torn),
            (Some(SessionStory::Open | SessionStory::Over), CallbackEvent::Logon) => {
                (Some("logs on a second time"), SessionStory::Open)
            }
            (None, _) => (Some("does something before its logon"), SessionStory::Open),
            (Some(SessionStory::Over), _) => (Some("does something after its logoff"), SessionStory::Over),
            (Some(SessionStory::Open), CallbackEvent::Logoff(_)) => (None, SessionStory::Over),
            (
                Some(SessionStory::Open),
                CallbackEvent::Join(_) | CallbackEvent::Leave(_) | CallbackEvent::Reconnect(_),
            ) => (None, SessionStory::Open),
        };
        self.stories.insert(Arc::clone(&callback.sid), next);
        wrong.map(|wrong| {
            let event = format!("{:?}", callback.event);
            evidence!(
                "as callbacks of user ",
                callback.user,
                " tell, session ",
                &callback.sid,
                " ",
                wrong,
                ": ",
                event
            )
        })
    }

    /// The callbacks of an application are switched on or off.
    pub(crate) fn note_switch(&mut self, app: AppIx) {
        self.switched.insert(app);
    }

    /// Calls that nobody answered yet.
    pub(crate) fn waiting(&self) -> usize {
        self.lines.values().map(VecDeque::len).sum()
    }

    /// The service went down: calls that were not answered yet are lost with it.
    pub(crate) fn lose_all(&mut self) {
        for callback in std::mem::take(&mut self.lines).into_values().flatten() {
            self.given_up += 1;
            self.stories.insert(callback.sid, SessionStory::Torn);
        }
    }
}

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
