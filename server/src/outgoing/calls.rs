//! The calls that the service makes, as driver, control API and sender share them.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use claque_core::{Callback, HitCounts, Moderation, Readings, Rule, Tracer};
use claque_wire::{callback, reached};
use serde_json::{Value, json};
use tokio::sync::{Notify, Semaphore, SemaphorePermit, watch};
use tokio::time::Instant;
use tokio_rustls::rustls::ClientConfig;

use super::http::OutgoingRoute;
use super::log::{CallbackEntry, CallbackLog};
use super::queue::{Lane, QueueFull, Queues, WaitingCall};
use crate::limits::OutgoingLimits;
use crate::machine::Machine;
use crate::service::LiveService;

/// The bounds that all worlds of a server share on their ways to receivers.
#[derive(Debug)]
pub(crate) struct Abroad {
    /// One for each connection.
    connections: Semaphore,
    /// Bytes that wait.
    waiting_bytes: Arc<AtomicUsize>,
}

impl Abroad {
    pub(crate) fn new(connections_max: u32) -> Self {
        let places = usize::try_from(connections_max).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        Self { connections: Semaphore::new(places), waiting_bytes: Arc::default() }
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

/// Counters of deliveries and reviews.
#[derive(Debug, Default)]
pub(super) struct DeliveryCounts {
    pub(super) delivered: AtomicU64,
    pub(super) given_up: AtomicU64,
    pub(super) overflowed: AtomicU64,
    pub(super) reviews_answered: AtomicU64,
    pub(super) reviews_unavailable: AtomicU64,
    pub(super) reviews_overflowed: AtomicU64,
}

/// Deliveries and reviews so far, and the load of the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeliveryTotals {
    /// Callbacks taken.
    pub(crate) delivered: u64,
    /// Callbacks given up, those that found no place included.
    pub(crate) given_up: u64,
    /// Of those, callbacks that found no place, or waited too long for a connection.
    pub(crate) overflowed: u64,
    /// Reviews answered with a verdict.
    pub(crate) reviews_answered: u64,
    /// Reviews that were unavailable, those that found no place included.
    pub(crate) reviews_unavailable: u64,
    /// Of those, reviews that found no place, or waited too long for a connection.
    pub(crate) reviews_overflowed: u64,
    /// Callbacks and reviews that wait, are on their way or will be tried again.
    pub(crate) waiting: usize,
    /// Connections that are open.
    pub(crate) connections: u32,
    /// Receivers that do not answer.
    pub(crate) receivers_down: usize,
    /// Callbacks that the log has no room for any more.
    pub(crate) log_dropped: u64,
}

impl DeliveryTotals {
    pub(crate) fn object(&self) -> Value {
        json!({
            "callbacksDelivered": self.delivered,
            "callbacksGivenUp": self.given_up,
            "callbacksOverflowed": self.overflowed,
            "reviewsAnswered": self.reviews_answered,
            "reviewsUnavailable": self.reviews_unavailable,
            "reviewsOverflowed": self.reviews_overflowed,
            "waiting": self.waiting,
            "connections": self.connections,
            "receiversDown": self.receivers_down,
            "logDropped": self.log_dropped,
        })
    }
}

/// A callback or a review to be sent.
#[derive(Debug)]
pub(super) enum OutgoingCall {
    Callback { number: u64, entry: Arc<CallbackEntry>, tries: u32 },
    Review { moderation: Moderation, at: claque_core::Instant, key: Arc<str>, readings: Readings },
}

/// The shared state of calls, wherever they are looked at: in the driver, in the control API, on their way.
#[derive(Debug)]
pub(crate) struct Calls {
    pub(super) limits: OutgoingLimits,
    pub(super) log: CallbackLog,
    /// Rules that decided here and not in the state machine.
    // Locks for an instant and never held across a wait; the driver's thread takes them too, and must not
    // wait for a receiver.
    marks: Mutex<HitCounts>,
    way_out: Mutex<WayOut>,
    public_only: AtomicBool,
    trust: Arc<ClientConfig>,
    pub(super) machine: Machine,
    abroad: Arc<Abroad>,
    queues: Mutex<Queues<OutgoingCall>>,
    /// Something may have its turn.
    pub(super) woken: Notify,
    pub(super) counts: DeliveryCounts,
}

impl Calls {
    pub(super) fn queues(&self) -> MutexGuard<'_, Queues<OutgoingCall>> {
        self.queues.lock().expect("no holder of this lock can panic")
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

    pub(super) fn way_out(&self) -> WayOut {
        *self.way_out.lock().expect("no holder of this lock can panic")
    }

    /// A connection's place among those of all worlds; one world alone never waits for it.
    pub(super) async fn place(&self) -> SemaphorePermit<'_> {
        // Fair: among many worlds the one that asked first has the next connection, however many the others
        // ask for.
        self.abroad.connections.acquire().await.expect("the semaphore is never closed")
    }

    pub(super) fn way(&self, whole: bool) -> OutgoingRoute {
        OutgoingRoute {
            proxy: self.way_out().proxy,
            public_only: self.public_only.load(Ordering::Relaxed),
            trust: Arc::clone(&self.trust),
            dial: self.machine.dial.clone(),
            whole,
        }
    }

    /// The memory of the log, about. Unit: bytes.
    pub(crate) fn log_bytes(&self) -> u64 {
        self.log.bytes()
    }

    /// The newest callbacks of the log, oldest first.
    pub(crate) fn log(&self, count_max: usize) -> Value {
        self.log.object(count_max)
    }

    /// Counts the changes of the log.
    pub(crate) fn log_revision(&self) -> u64 {
        self.log.revision()
    }

    /// Checks the headers that a receiver saw with a callback, as it should. None: no such callback is in the log.
    pub(crate) fn check(&self, number: u64, timestamp: &str, signature: &str) -> Option<Value> {
        let entry = self.log.entry(number)?;
        let (readings, url, key) = (&entry.readings, &*entry.url, &*entry.key);
        let now = if self.way_out().service_time { entry.at } else { self.machine.wall.now() };
        let given = (timestamp, signature);
        let verdict = callback::verify(readings, now.unix_seconds(), (url, key), given);
        let expected = timestamp.parse().ok().map(|at| callback::signature(readings, url, at, key));
        Some(json!({
            "genuine": verdict.is_ok(), "why": verdict.err().map(|why| why.to_string()), "expected": expected,
        }))
    }

    /// Waits until every callback so far was tried at least once, or given up.
    pub(crate) async fn settled(&self) {
        self.log.settled().await;
    }

    /// Counters of deliveries and reviews.
    pub(crate) fn totals(&self) -> DeliveryTotals {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let queues = self.queues();
        DeliveryTotals {
            delivered: read(&self.counts.delivered),
            given_up: read(&self.counts.given_up),
            overflowed: read(&self.counts.overflowed),
            reviews_answered: read(&self.counts.reviews_answered),
            reviews_unavailable: read(&self.counts.reviews_unavailable),
            reviews_overflowed: read(&self.counts.reviews_overflowed),
            waiting: queues.waiting(),
            connections: queues.connections(),
            receivers_down: queues.down(),
            log_dropped: self.log.dropped(),
        }
    }

    /// Puts a callback in store, or gives it up where too much waits already.
    fn store(&self, number: u64, lane: Lane, entry: Arc<CallbackEntry>) {
        let waiting = WaitingCall {
            receiver: receiver_of(&entry.url),
            lane: Some(lane),
            bytes: entry.body.len() + entry.url.len() + OVERHEAD_BYTES,
            until: Instant::now() + self.limits.waiting_within,
            what: OutgoingCall::Callback { number, entry, tries: 0 },
        };
        // The guard ends with this line: the log below has a lock of its own, and two held at once could be
        // taken in the other order.
        let stored = self.queues().push(waiting);
        match stored {
            Ok(()) => self.woken.notify_one(),
            Err((QueueFull, _)) => {
                self.no_place(number, "too many calls wait for this receiver already");
            }
        }
    }

    pub(super) fn no_place(&self, number: u64, why: &str) {
        // The first one says it, and then every ten thousandth: a flood must not flood the log too.
        let before = self.counts.overflowed.fetch_add(1, Ordering::Relaxed);
        self.counts.given_up.fetch_add(1, Ordering::Relaxed);
        if before.is_multiple_of(10_000) {
            tracing::warn!(given_up = before + 1, why, "callbacks are given up without a try");
        }
        self.log.give_up(number, why.to_owned());
    }
}

/// Bytes of a waiting call besides its texts. Unit: bytes.
const OVERHEAD_BYTES: usize = 512;

/// Scheme, host and port of an address, in one spelling: the bounds of a receiver are not to be had twice by writing its
/// address in another way.
fn receiver_of(url: &str) -> Arc<str> {
    // Not parsed as an address: one that cannot be parsed has a queue too, and fails where it is sent.
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
    let numbered = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    let (host, port) = place.rsplit_once(':').filter(|(_, port)| numbered(port)).unwrap_or((place, ""));
    let scheme = scheme.to_ascii_lowercase();
    let port = match (port.trim_start_matches('0'), &*scheme) {
        ("", "https") => "443",
        ("", _) => "80",
        (port, _) => port,
    };
    format!("{scheme}://{}:{port}", host.trim_end_matches('.').to_ascii_lowercase()).into()
}

/// Where calls leave: the driver's end.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) calls: Arc<Calls>,
    next: u64,
    asked: u64,
    /// Closed with the driver, which ends the sending.
    _open: watch::Sender<()>,
}

/// The sending task, to be run once the driver's handle exists.
#[derive(Debug)]
pub(crate) struct OutgoingTask {
    pub(super) calls: Arc<Calls>,
    pub(super) closed: watch::Receiver<()>,
}

impl Outgoing {
    pub(crate) fn new(
        limits: OutgoingLimits,
        trust: Arc<ClientConfig>,
        machine: Machine,
        abroad: Arc<Abroad>,
    ) -> (Self, OutgoingTask) {
        let calls = Arc::new(Calls {
            limits,
            log: CallbackLog::default(),
            marks: Mutex::default(),
            way_out: Mutex::default(),
            public_only: AtomicBool::new(false),
            trust,
            machine,
            queues: Mutex::new(Queues::new(limits, Arc::clone(&abroad.waiting_bytes))),
            abroad,
            woken: Notify::new(),
            counts: DeliveryCounts::default(),
        });
        let (open, closed) = watch::channel(());
        let task = OutgoingTask { calls: Arc::clone(&calls), closed };
        (Self { calls, next: 1, asked: 0, _open: open }, task)
    }

    /// Whether only public addresses may be connected to, from here on.
    pub(crate) fn public_only(&self, public_only: bool) {
        self.calls.public_only.store(public_only, Ordering::Relaxed);
    }

    pub(crate) fn call_back(&mut self, callback: &Callback, service: &LiveService) {
        let number = self.next;
        self.next += 1;
        self.calls.mark(&reached::by_callback(&callback.event));
        let entry = Arc::new(CallbackEntry {
            url: Arc::clone(&callback.url),
            key: Arc::clone(service.app_key(callback.app)),
            at: callback.at,
            readings: service.config().readings,
            body: callback::body(callback).to_string(),
        });
        // In the log before it is in store: it may be on its way, and have an outcome to note, a moment
        // later.
        self.calls.log.keep(number, Arc::clone(&entry));
        self.calls.store(number, Lane::User(callback.user.0), entry);
    }

    /// Asks for a review. False: there is no place, and it is unavailable at once.
    pub(crate) fn moderate(&mut self, moderation: Moderation, service: &LiveService) -> bool {
        self.asked += 1;
        self.calls.mark(&reached::by_moderation());
        let waiting = WaitingCall {
            receiver: receiver_of(&moderation.url),
            lane: None,
            bytes: moderation.content.len() + moderation.url.len() + OVERHEAD_BYTES,
            until: Instant::now() + self.calls.limits.review_within,
            what: OutgoingCall::Review {
                at: service.now(),
                key: Arc::clone(service.app_key(moderation.app)),
                readings: service.config().readings,
                moderation,
            },
        };
        let stored = self.calls.queues().push(waiting).is_ok();
        if stored {
            self.calls.woken.notify_one();
        } else {
            self.calls.counts.reviews_overflowed.fetch_add(1, Ordering::Relaxed);
            self.calls.counts.reviews_unavailable.fetch_add(1, Ordering::Relaxed);
        }
        stored
    }

    /// Counts the times that everything was forgotten.
    pub(crate) fn epoch(&self) -> u64 {
        self.calls.queues().epoch()
    }

    /// Reviews asked for in this epoch.
    pub(crate) const fn reviews(&self) -> u64 {
        self.asked
    }

    /// Sends a logged callback once more, as it was.
    pub(crate) fn replay(&self, number: u64) -> bool {
        let Some(entry) = self.calls.log.entry(number) else { return false };
        self.calls.store(number, Lane::Again(number), entry);
        true
    }

    /// Drops every callback that is not on its way yet, and the log.
    pub(crate) fn forget(&mut self) {
        self.asked = 0;
        // Ahead of the log: what is still under way finds another epoch, and notes nothing under a number
        // that is given out again.
        self.calls.queues().clear();
        *self.calls.marks.lock().expect("no holder of this lock can panic") = HitCounts::default();
        self.calls.log.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::receiver_of;

    #[test]
    fn a_receiver_is_scheme_host_and_port() {
        for (url, receiver) in [
            ("http://Example.com/a?b", "http://example.com:80"),
            ("https://example.com:8443", "https://example.com:8443"),
            ("https://example.com", "https://example.com:443"),
            ("http://[::1]:80/x", "http://[::1]:80"),
            ("http://[::1]", "http://[::1]:80"),
            ("http://a?b", "http://a:80"),
            ("HTTP://one@a:080/", "http://a:80"),
            ("http://two:b@a.:", "http://a:80"),
            ("a", "://a:80"),
        ] {
            assert_eq!(&*receiver_of(url), receiver);
        }
    }
}
