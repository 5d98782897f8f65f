//! What the receiver of callbacks has got, and what waits to be sent to it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use claque_core::{AppIx, Callback, CallbackEvent};
use claque_oracle::evidence;
use claque_oracle::evidence::Evidence;

/// A session as the receiver's callbacks describe it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionStory {
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
    pub(crate) lines: BTreeMap<u32, VecDeque<Callback>>,
    /// Transactions that were received.
    pub(crate) got: BTreeSet<Arc<str>>,
    pub(crate) stories: BTreeMap<Arc<str>, SessionStory>,
    /// Applications whose callbacks were switched during the show: of a session it may get the end only.
    pub(crate) switched: BTreeSet<AppIx>,
    /// Calls that were received a second time.
    pub(crate) repeated: u64,
    /// Calls that were tried again.
    pub(crate) retried: u64,
    /// Calls that were given up.
    pub(crate) given_up: u64,
}

impl CallbackReceiver {
    /// Takes a call; what is wrong with the story of its session.
    pub(crate) fn receive(&mut self, callback: &Callback) -> Option<Evidence> {
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
