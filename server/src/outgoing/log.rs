//! The log of callbacks: the newest ones, and what became of each.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use claque_core::{Instant, Readings};
use claque_wire::callback;
use serde_json::{Value, json};
use tokio::sync::Notify;

/// Callbacks kept in the log; the oldest give way, and are counted.
const CALLBACK_LOG_MAX: usize = 10_000;
/// Tries kept of one callback that is sent again and again; the oldest give way.
const TRIES_KEPT_MAX: usize = 24;
/// Longest outcome that is kept of a try. Unit: characters.
const OUTCOME_CHARS_MAX: usize = 300;

/// A callback as it is sent.
#[derive(Debug)]
pub(super) struct CallbackEntry {
    pub(super) url: Arc<str>,
    pub(super) key: Arc<str>,
    pub(super) at: Instant,
    pub(super) readings: Readings,
    pub(super) body: String,
}

/// One callback and what became of it.
#[derive(Clone, Debug)]
struct Logged {
    entry: Arc<CallbackEntry>,
    tries: VecDeque<String>,
    /// It was taken.
    done: bool,
    /// Why it was given up.
    given_up: Option<String>,
    /// The time that the last try was signed with. Unit: UNIX seconds.
    signed_at: Option<u64>,
}

impl Logged {
    fn object(&self, number: u64) -> Value {
        let entry = &self.entry;
        let body: Value = serde_json::from_str(&entry.body).unwrap_or_default();
        let signed = self.signed_at.map(|at| {
            json!({ "timestamp": at, "signature": callback::signature(&entry.readings, &entry.url, at, &entry.key) })
        });
        json!({
            "number": number, "atMicros": entry.at.as_micros(), "signed": signed, "url": &*self.entry.url, "body": body, "tries": self.tries, "delivered": self.done,
            "givenUp": self.given_up.is_some(), "why": self.given_up,
        })
    }
}

/// Bytes of an entry without its body: addresses, a handful of tries. Unit: bytes.
const ENTRY_BYTES: usize = 600;

/// The newest callbacks, by number.
#[derive(Debug, Default)]
pub(crate) struct CallbackLog {
    inner: Mutex<Entries>,
    tried: Notify,
}

#[derive(Debug, Default)]
struct Entries {
    entries: VecDeque<(u64, Logged)>,
    /// Bytes of their bodies.
    bodies: usize,
    /// Numbers without a single try so far.
    untried: BTreeSet<u64>,
    dropped: u64,
    /// Counts the changes, so that a watcher need not compare them.
    revision: u64,
}

impl Entries {
    fn find(&mut self, number: u64) -> Option<&mut Logged> {
        // Numbers only rise, so that the deque is sorted and needs no index beside it.
        let at = self.entries.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        Some(&mut self.entries[at].1)
    }
}

impl CallbackLog {
    fn locked(&self) -> MutexGuard<'_, Entries> {
        self.inner.lock().expect("no holder of this lock can panic")
    }

    pub(super) fn keep(&self, number: u64, entry: Arc<CallbackEntry>) {
        let mut log = self.locked();
        log.revision += 1;
        if log.entries.len() == CALLBACK_LOG_MAX
            && let Some((_, oldest)) = log.entries.pop_front()
        {
            log.bodies -= oldest.entry.body.len();
            log.dropped += 1;
        }
        log.bodies += entry.body.len();
        let logged = Logged { entry, tries: VecDeque::new(), done: false, given_up: None, signed_at: None };
        log.entries.push_back((number, logged));
        log.untried.insert(number);
    }

    /// It will not be tried any more.
    pub(super) fn give_up(&self, number: u64, why: String) {
        let mut log = self.locked();
        log.revision += 1;
        log.untried.remove(&number);
        if let Some(logged) = log.find(number) {
            logged.given_up = Some(why);
        }
        // Ahead of waking: who is woken asks for the same lock.
        drop(log);
        self.tried.notify_waiters();
    }

    pub(super) fn note(&self, number: u64, outcome: &str, (done, signed_at): (bool, u64)) {
        let mut log = self.locked();
        log.revision += 1;
        log.untried.remove(&number);
        if let Some(logged) = log.find(number) {
            if logged.tries.len() == TRIES_KEPT_MAX {
                logged.tries.pop_front();
            }
            logged.tries.push_back(outcome.chars().take(OUTCOME_CHARS_MAX).collect());
            logged.done |= done;
            logged.signed_at = Some(signed_at);
            // A replay that is taken makes up for an earlier failure, while `done` stays true whatever a
            // later replay comes to.
            if done {
                logged.given_up = None;
            }
        }
        drop(log);
        self.tried.notify_waiters();
    }

    /// Waits until every callback so far was tried at least once, or given up.
    pub(super) async fn settled(&self) {
        let newest = self.locked().untried.last().copied();
        let Some(newest) = newest else { return };
        loop {
            // Made before the look: `notify_waiters` reaches those that exist, so that a try in between is
            // not missed.
            let tried = self.tried.notified();
            if self.locked().untried.first().is_none_or(|first| *first > newest) {
                return;
            }
            tried.await;
        }
    }

    /// Counts the changes.
    pub(super) fn revision(&self) -> u64 {
        self.locked().revision
    }

    /// The newest callbacks of the log, oldest first, and how many were there before it.
    pub(super) fn object(&self, count_max: usize) -> Value {
        // Rendered outside of the lock: senders must not wait for a reader of the log.
        let (entries, dropped) = {
            let log = self.locked();
            let skip = log.entries.len().saturating_sub(count_max);
            (log.entries.iter().skip(skip).cloned().collect::<Vec<_>>(), log.dropped)
        };
        let list: Vec<Value> = entries.iter().map(|(number, logged)| logged.object(*number)).collect();
        json!({ "callbacks": list, "dropped": dropped })
    }

    /// The memory of the entries, about. Unit: bytes.
    pub(super) fn bytes(&self) -> u64 {
        let log = self.locked();
        (log.entries.len() * ENTRY_BYTES + log.bodies) as u64
    }

    pub(super) fn dropped(&self) -> u64 {
        self.locked().dropped
    }

    pub(super) fn entry(&self, number: u64) -> Option<Arc<CallbackEntry>> {
        self.locked().find(number).map(|logged| Arc::clone(&logged.entry))
    }

    pub(super) fn clear(&self) {
        let mut log = self.locked();
        *log = Entries { revision: log.revision + 1, ..Entries::default() };
        drop(log);
        self.tried.notify_waiters();
    }
}
