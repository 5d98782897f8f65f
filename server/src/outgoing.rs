//! Calls that the service makes: event callbacks and custom reviews, over real HTTP.
//!
//! Callbacks of one session arrive in order: a session's next callback waits for the one before it. A callback that is
//! not answered with 200 in time is tried again under the same transaction ID, a few times. A review that does not
//! answer in time passes the message: the service's own deadline decides. Waiting is by the wall's clock: receivers live
//! in it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use claque_core::{Callback, HitCounts, Instant, Moderation, Readings, Rule, Tracer, Verdict};
use claque_wire::{callback, reached};
use serde_json::{Value, json};
use tokio::sync::{Notify, Semaphore, mpsc};

use crate::client::{self, Posted};
use crate::clock::wall_now;
use crate::driver::{Handle, LiveService};

/// Bounds of callbacks and reviews.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutgoingLimits {
    /// A callback must be answered within this span.
    pub callback_within: Duration,
    /// Tries after the first.
    pub callback_retries_max: u32,
    /// Time between two tries.
    pub callback_spacing: Duration,
    /// Callbacks on their way at once, over all sessions.
    pub callbacks_at_once_max: u32,
    /// A review's connection is given up after this span; the service's own deadline is usually shorter.
    pub review_within: Duration,
}

impl Default for OutgoingLimits {
    fn default() -> Self {
        Self {
            callback_within: Duration::from_secs(5),
            callback_retries_max: 5,
            callback_spacing: Duration::from_secs(1),
            callbacks_at_once_max: 256,
            review_within: Duration::from_secs(10),
        }
    }
}

/// How callbacks and reviews leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct WayOut {
    /// The HTTP proxy that everything leaves through; none: straight to its receiver.
    pub(crate) proxy: Option<SocketAddr>,
    /// Whether the receiver lives in the service's time, so that signatures are stamped with it, and not in the wall's.
    pub(crate) service_time: bool,
}

/// Callbacks kept in the log; the oldest give way.
const CALLBACK_LOG_MAX: usize = 10_000;

/// One callback and what became of it.
#[derive(Clone, Debug)]
pub(crate) struct Logged {
    url: Arc<str>,
    key: Arc<str>,
    at: Instant,
    readings: Readings,
    body: Value,
    tries: Vec<String>,
    /// It was taken.
    done: bool,
    /// It was given up.
    given_up: bool,
}

impl Logged {
    fn object(&self, number: u64) -> Value {
        json!({ "number": number, "url": &*self.url, "body": self.body, "tries": self.tries, "delivered": self.done, "givenUp": self.given_up })
    }
}

/// The newest callbacks, by number.
#[derive(Debug, Default)]
pub(crate) struct CallbackLog {
    inner: Mutex<LogEntries>,
    tried: Notify,
    /// Rules that decided here and not in the state machine.
    marks: Mutex<HitCounts>,
    /// The HTTP proxy that everything leaves through, if any, and whether receivers live in the service's time.
    way_out: Mutex<WayOut>,
    /// Counts the times that everything was forgotten; what was queued before is not sent.
    era: AtomicU64,
}

#[derive(Debug, Default)]
struct LogEntries {
    entries: VecDeque<(u64, Logged)>,
    /// Numbers without a single try so far.
    untried: BTreeSet<u64>,
}

impl LogEntries {
    fn at(&self, number: u64) -> Option<usize> {
        self.entries.binary_search_by_key(&number, |(number, _)| *number).ok()
    }
}

impl CallbackLog {
    fn locked(&self) -> std::sync::MutexGuard<'_, LogEntries> {
        self.inner.lock().expect("no holder of this lock can panic")
    }

    fn keep(&self, number: u64, logged: Logged) {
        let mut log = self.locked();
        if log.entries.len() == CALLBACK_LOG_MAX {
            log.entries.pop_front();
        }
        log.entries.push_back((number, logged));
        log.untried.insert(number);
    }

    /// Marks rules that decided outside of the state machine.
    pub(crate) fn mark(&self, rules: &[Rule]) {
        let mut marks = self.marks.lock().expect("no holder of this lock can panic");
        rules.iter().for_each(|rule| marks.hit(*rule));
    }

    /// The rules that decided outside of the state machine since it began.
    pub(crate) fn marks(&self) -> HitCounts {
        self.marks.lock().expect("no holder of this lock can panic").clone()
    }

    /// Sends everything another way from here on.
    pub(crate) fn send_through(&self, way_out: WayOut) {
        *self.way_out.lock().expect("no holder of this lock can panic") = way_out;
    }

    fn way_out(&self) -> WayOut {
        *self.way_out.lock().expect("no holder of this lock can panic")
    }

    fn give_up(&self, number: u64) {
        let mut log = self.locked();
        if let Some(at) = log.at(number) {
            log.entries[at].1.given_up = true;
        }
    }

    fn note(&self, number: u64, outcome: String, done: bool) {
        let mut log = self.locked();
        log.untried.remove(&number);
        if let Some(at) = log.at(number) {
            let logged = &mut log.entries[at].1;
            logged.tries.push(outcome);
            logged.done |= done;
        }
        drop(log);
        self.tried.notify_waiters();
    }

    /// Waits until every callback so far was tried at least once.
    pub(crate) async fn settled(&self) {
        let newest = self.locked().untried.last().copied();
        let Some(newest) = newest else { return };
        loop {
            let tried = self.tried.notified();
            if self.locked().untried.first().is_none_or(|first| *first > newest) {
                return;
            }
            tried.await;
        }
    }

    /// Everything in the log, oldest first.
    pub(crate) fn objects(&self) -> Vec<Value> {
        self.locked().entries.iter().map(|(number, logged)| logged.object(*number)).collect()
    }

    fn find(&self, number: u64) -> Option<Logged> {
        let log = self.locked();
        log.at(number).map(|at| log.entries[at].1.clone())
    }
}

/// A review to ask for.
#[derive(Debug)]
struct Review {
    moderation: Moderation,
    key: Arc<str>,
    readings: Readings,
    era: u64,
}

#[derive(Debug)]
struct Queued {
    number: u64,
    era: u64,
    session: SessionKey,
    logged: Logged,
}

/// User index and session ID: callbacks of one session keep their order.
type SessionKey = (u32, String);

/// Where calls leave.
#[derive(Debug)]
pub(crate) struct Outgoing {
    callbacks: mpsc::UnboundedSender<Queued>,
    reviews: mpsc::UnboundedSender<Review>,
    pub(crate) log: Arc<CallbackLog>,
    next: u64,
    asked: u64,
}

/// The receiving ends, to be run once the driver's handle exists.
#[derive(Debug)]
pub(crate) struct OutgoingTasks {
    callbacks: mpsc::UnboundedReceiver<Queued>,
    reviews: mpsc::UnboundedReceiver<Review>,
    log: Arc<CallbackLog>,
    limits: OutgoingLimits,
}

impl Outgoing {
    pub(crate) fn new(limits: OutgoingLimits) -> (Self, OutgoingTasks) {
        let (callbacks, queued) = mpsc::unbounded_channel();
        let (reviews, asked) = mpsc::unbounded_channel();
        let log = Arc::new(CallbackLog::default());
        let tasks = OutgoingTasks { callbacks: queued, reviews: asked, log: Arc::clone(&log), limits };
        (Self { callbacks, reviews, log, next: 1, asked: 0 }, tasks)
    }

    pub(crate) fn call_back(&mut self, callback: Callback, service: &LiveService) {
        let number = self.next;
        self.next += 1;
        self.log.mark(&reached::by_callback(&callback.event));
        let logged = Logged {
            url: Arc::clone(&callback.url),
            key: Arc::clone(service.app_key(callback.app)),
            at: callback.at,
            readings: service.config().readings,
            body: callback::body(&callback),
            tries: Vec::new(),
            done: false,
            given_up: false,
        };
        self.log.keep(number, logged.clone());
        self.queue(number, (callback.user.0, callback.sid.to_string()), logged);
    }

    pub(crate) fn moderate(&mut self, moderation: Moderation, service: &LiveService) {
        self.asked += 1;
        self.log.mark(&reached::by_moderation());
        let key = Arc::clone(service.app_key(moderation.app));
        let review = Review { moderation, key, readings: service.config().readings, era: self.era() };
        // The receiver lives as long as the server.
        drop(self.reviews.send(review));
    }

    /// Counts the times that everything was forgotten.
    pub(crate) fn era(&self) -> u64 {
        self.log.era.load(Ordering::Relaxed)
    }

    /// Reviews asked for in this era.
    pub(crate) const fn reviews(&self) -> u64 {
        self.asked
    }

    /// Sends a logged callback once more, as it was.
    pub(crate) fn replay(&self, number: u64) -> bool {
        let Some(logged) = self.log.find(number) else { return false };
        self.queue(number, (u32::MAX, number.to_string()), logged);
        true
    }

    /// Drops every callback that is not on its way yet, and the log.
    pub(crate) fn forget(&mut self) {
        self.asked = 0;
        self.log.era.fetch_add(1, Ordering::Relaxed);
        *self.log.marks.lock().expect("no holder of this lock can panic") = HitCounts::default();
        *self.log.locked() = LogEntries::default();
        self.log.tried.notify_waiters();
    }

    fn queue(&self, number: u64, session: SessionKey, logged: Logged) {
        let era = self.log.era.load(Ordering::Relaxed);
        // The receiver lives as long as the server.
        drop(self.callbacks.send(Queued { number, era, session, logged }));
    }
}

impl OutgoingTasks {
    /// Runs until the driver is gone.
    pub(crate) async fn run(self, driver: Handle) {
        let Self { callbacks, reviews, log, limits } = self;
        let reviewed = run_reviews(reviews, driver, Arc::clone(&log), limits);
        tokio::join!(run_callbacks(callbacks, log, limits), reviewed);
    }
}

async fn run_callbacks(
    mut queue: mpsc::UnboundedReceiver<Queued>,
    log: Arc<CallbackLog>,
    limits: OutgoingLimits,
) {
    let mut waiting: BTreeMap<SessionKey, VecDeque<Queued>> = BTreeMap::new();
    let (done, mut finished) = mpsc::unbounded_channel::<SessionKey>();
    let places = Arc::new(Semaphore::new(limits.callbacks_at_once_max as usize));
    let start = |queued: Queued| {
        let (log, done, places) = (Arc::clone(&log), done.clone(), Arc::clone(&places));
        tokio::spawn(async move {
            let place = places.acquire().await;
            try_callback(&queued, &log, &limits).await;
            drop(place);
            drop(done.send(queued.session));
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
                    start(queued);
                }
            }
            session = finished.recv() => {
                let Some(session) = session else { return };
                match waiting.get_mut(&session).and_then(VecDeque::pop_front) {
                    Some(next) => start(next),
                    None => drop(waiting.remove(&session)),
                }
            }
        }
    }
}

async fn try_callback(queued: &Queued, log: &CallbackLog, limits: &OutgoingLimits) {
    let Logged { url, key, at, readings, body, .. } = &queued.logged;
    let body = body.to_string();
    for attempt in 0..=limits.callback_retries_max {
        if attempt > 0 {
            tokio::time::sleep(limits.callback_spacing).await;
        }
        if log.era.load(Ordering::Relaxed) != queued.era {
            return;
        }
        let WayOut { proxy, service_time } = log.way_out();
        let stamp = if service_time { *at } else { wall_now() };
        let headers = callback::headers(readings, url, stamp.unix_seconds(), key);
        log.mark(&[if attempt == 0 {
            Rule::CallbackTransportPostJson
        } else {
            Rule::CallbackDeliveryRetries
        }]);
        let outcome = client::post(url, proxy, &headers, body.clone(), limits.callback_within).await;
        let done = matches!(&outcome, Ok(Posted { status: 200, .. }));
        let text = outcome.map_or_else(|error| error, |posted| posted.status.to_string());
        log.note(queued.number, text, done);
        if done {
            return;
        }
    }
    log.give_up(queued.number);
    tracing::warn!(url = &**url, tries = limits.callback_retries_max + 1, "callback given up");
}

async fn run_reviews(
    mut asked: mpsc::UnboundedReceiver<Review>,
    driver: Handle,
    log: Arc<CallbackLog>,
    limits: OutgoingLimits,
) {
    while let Some(Review { moderation, key, readings, era }) = asked.recv().await {
        let (driver, way_out) = (driver.clone(), log.way_out());
        tokio::spawn(async move {
            let body = callback::moderation_request(&moderation.content);
            let headers = callback::headers(&readings, &moderation.url, wall_now().unix_seconds(), &key);
            let verdict = match client::post(
                &moderation.url,
                way_out.proxy,
                &headers,
                body,
                limits.review_within,
            )
            .await
            {
                Ok(posted) => callback::moderation_verdict(&readings, posted.status, &posted.body),
                Err(error) => {
                    tracing::info!(url = &*moderation.url, %error, "review not available");
                    Verdict::Unavailable
                }
            };
            driver.verdict(moderation.ticket, verdict, era).await;
        });
    }
}
