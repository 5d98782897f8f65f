//! Calls that the service makes: event callbacks and custom reviews, over real HTTP.
//!
//! Callbacks of one session arrive in order: a session's next callback waits for the one before it. A callback that is
//! not answered with 200 within five seconds is tried again, at most five times, a second apart, under the same
//! transaction ID. A review that does not answer in time passes the message: the service's own deadline decides.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use claque_core::{Callback, Moderation, Readings, Verdict};
use claque_wire::callback;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::client::{self, Posted};
use crate::clock::wall_now;
use crate::driver::{Handle, LiveService};

/// Tries after the first.
pub const CALLBACK_RETRIES_MAX: u32 = 5;
const CALLBACK_WITHIN: Duration = Duration::from_secs(5);
const CALLBACK_SPACING: Duration = Duration::from_secs(1);
const REVIEW_WITHIN: Duration = Duration::from_secs(10);
/// Callbacks kept in the log; the oldest give way.
pub const CALLBACK_LOG_MAX: usize = 10_000;

/// One callback and what became of it.
#[derive(Clone, Debug)]
pub(crate) struct Logged {
    url: Arc<str>,
    key: Arc<str>,
    readings: Readings,
    body: Value,
    tries: Vec<String>,
    done: bool,
}

impl Logged {
    fn object(&self, number: u64) -> Value {
        json!({ "number": number, "url": &*self.url, "body": self.body, "tries": self.tries, "delivered": self.done })
    }
}

/// The newest callbacks, by number.
#[derive(Debug, Default)]
pub(crate) struct CallbackLog {
    entries: Mutex<VecDeque<(u64, Logged)>>,
}

impl CallbackLog {
    fn locked(&self) -> std::sync::MutexGuard<'_, VecDeque<(u64, Logged)>> {
        self.entries.lock().expect("no holder of this lock can panic")
    }

    fn keep(&self, number: u64, logged: Logged) {
        let mut entries = self.locked();
        if entries.len() == CALLBACK_LOG_MAX {
            entries.pop_front();
        }
        entries.push_back((number, logged));
    }

    fn note(&self, number: u64, outcome: String, done: bool) {
        let mut entries = self.locked();
        if let Ok(at) = entries.binary_search_by_key(&number, |(number, _)| *number) {
            let logged = &mut entries[at].1;
            logged.tries.push(outcome);
            logged.done |= done;
        }
    }

    /// Everything in the log, oldest first.
    pub(crate) fn objects(&self) -> Vec<Value> {
        self.locked().iter().map(|(number, logged)| logged.object(*number)).collect()
    }

    fn find(&self, number: u64) -> Option<Logged> {
        let entries = self.locked();
        let at = entries.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        Some(entries[at].1.clone())
    }
}

#[derive(Debug)]
struct Queued {
    number: u64,
    session: SessionKey,
    logged: Logged,
}

/// User index and session ID: callbacks of one session keep their order.
type SessionKey = (u32, String);

/// Where calls leave.
#[derive(Debug)]
pub(crate) struct Outgoing {
    callbacks: mpsc::UnboundedSender<Queued>,
    reviews: mpsc::UnboundedSender<(Moderation, Arc<str>, Readings)>,
    pub(crate) log: Arc<CallbackLog>,
    next: u64,
}

/// The receiving ends, to be run once the driver's handle exists.
#[derive(Debug)]
pub(crate) struct OutgoingTasks {
    callbacks: mpsc::UnboundedReceiver<Queued>,
    reviews: mpsc::UnboundedReceiver<(Moderation, Arc<str>, Readings)>,
    log: Arc<CallbackLog>,
}

impl Outgoing {
    pub(crate) fn new() -> (Self, OutgoingTasks) {
        let (callbacks, queued) = mpsc::unbounded_channel();
        let (reviews, asked) = mpsc::unbounded_channel();
        let log = Arc::new(CallbackLog::default());
        let tasks = OutgoingTasks { callbacks: queued, reviews: asked, log: Arc::clone(&log) };
        (Self { callbacks, reviews, log, next: 1 }, tasks)
    }

    pub(crate) fn call_back(&mut self, callback: Callback, service: &LiveService) {
        let number = self.next;
        self.next += 1;
        let logged = Logged {
            url: Arc::clone(&callback.url),
            key: Arc::clone(service.app_key(callback.app)),
            readings: service.config().readings.clone(),
            body: callback::body(&callback),
            tries: Vec::new(),
            done: false,
        };
        self.log.keep(number, logged.clone());
        let session = (callback.user.0, callback.sid.to_string());
        // The receiver lives as long as the server.
        let _ = self.callbacks.send(Queued { number, session, logged });
    }

    pub(crate) fn moderate(&self, moderation: Moderation, service: &LiveService) {
        let key = Arc::clone(service.app_key(moderation.app));
        let _ = self.reviews.send((moderation, key, service.config().readings.clone()));
    }

    /// Sends a logged callback once more, as it was.
    pub(crate) fn replay(&self, number: u64) -> bool {
        let Some(logged) = self.log.find(number) else { return false };
        let session = (u32::MAX, number.to_string());
        self.callbacks.send(Queued { number, session, logged }).is_ok()
    }
}

impl OutgoingTasks {
    /// Runs until the driver is gone.
    pub(crate) async fn run(self, driver: Handle) {
        let Self { callbacks, reviews, log } = self;
        tokio::join!(run_callbacks(callbacks, log), run_reviews(reviews, driver));
    }
}

async fn run_callbacks(mut queue: mpsc::UnboundedReceiver<Queued>, log: Arc<CallbackLog>) {
    let mut waiting: BTreeMap<SessionKey, VecDeque<Queued>> = BTreeMap::new();
    let (done, mut finished) = mpsc::unbounded_channel::<SessionKey>();
    let start = |queued: Queued, log: Arc<CallbackLog>, done: mpsc::UnboundedSender<SessionKey>| {
        tokio::spawn(async move {
            try_callback(&queued, &log).await;
            let _ = done.send(queued.session);
        });
    };
    loop {
        tokio::select! {
            next = queue.recv() => {
                let Some(queued) = next else { return };
                // A key in the map is a session with a callback on its way.
                if let Some(behind) = waiting.get_mut(&queued.session) {
                    behind.push_back(queued);
                } else {
                    waiting.insert(queued.session.clone(), VecDeque::new());
                    start(queued, Arc::clone(&log), done.clone());
                }
            }
            session = finished.recv() => {
                let Some(session) = session else { return };
                match waiting.get_mut(&session).and_then(VecDeque::pop_front) {
                    Some(next) => start(next, Arc::clone(&log), done.clone()),
                    None => drop(waiting.remove(&session)),
                }
            }
        }
    }
}

async fn try_callback(queued: &Queued, log: &CallbackLog) {
    let Logged { url, key, readings, body, .. } = &queued.logged;
    let body = body.to_string();
    for attempt in 0..=CALLBACK_RETRIES_MAX {
        if attempt > 0 {
            tokio::time::sleep(CALLBACK_SPACING).await;
        }
        let headers = callback::headers(readings, url, wall_now().unix_seconds(), key);
        let outcome = client::post(url, &headers, body.clone(), CALLBACK_WITHIN).await;
        let done = matches!(&outcome, Ok(Posted { status: 200, .. }));
        let text = outcome.map_or_else(|error| error, |posted| posted.status.to_string());
        log.note(queued.number, text, done);
        if done {
            return;
        }
    }
    tracing::warn!(url = &**url, tries = CALLBACK_RETRIES_MAX + 1, "callback given up");
}

async fn run_reviews(mut asked: mpsc::UnboundedReceiver<(Moderation, Arc<str>, Readings)>, driver: Handle) {
    while let Some((moderation, key, readings)) = asked.recv().await {
        let driver = driver.clone();
        tokio::spawn(async move {
            let body = callback::moderation_request(&moderation.content);
            let headers = callback::headers(&readings, &moderation.url, wall_now().unix_seconds(), &key);
            let verdict = match client::post(&moderation.url, &headers, body, REVIEW_WITHIN).await {
                Ok(posted) => callback::moderation_verdict(&readings, posted.status, &posted.body),
                Err(error) => {
                    tracing::info!(url = &*moderation.url, %error, "review not available");
                    Verdict::Unavailable
                }
            };
            driver.verdict(moderation.ticket, verdict).await;
        });
    }
}
