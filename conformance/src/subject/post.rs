//! The post of the in-process subject: callbacks on their way to a receiver that the case answers for.
//!
//! It has a time of its own, which passes only while somebody waits for it, as the wall's does beside a server whose clock
//! stands. Callbacks of one user go one after the other, those of different users side by side.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use claque_core::UserIx;
use claque_wire::callback;
use claque_wire::delivery::{self, Delivery, Next, Posting};
use serde_json::{Map, Value as Json, json};

use super::words::SubjectError;
use crate::case::Unwilling;

/// A callback on its way.
#[derive(Debug)]
pub(super) struct QueuedCallback {
    pub(super) url: Arc<str>,
    pub(super) transaction: Arc<str>,
    pub(super) key: String,
    pub(super) posting: Posting,
    /// The request of every try after the first.
    pub(super) again: Posting,
    /// Tries so far.
    pub(super) before: u32,
    /// When the last of them ended, and how long it was waited for.
    pub(super) last: Option<(Duration, Duration)>,
    /// When the next one is due; none: the last one never ends.
    pub(super) due: Option<Duration>,
}

/// A try that has reached the receiver.
#[derive(Debug)]
pub(super) struct Arrived {
    /// The request, as a case sees it.
    pub(super) posted: Json,
    /// It is the first of its callback: address, key, timestamp and signature.
    pub(super) first: Option<[String; 4]>,
}

/// Refusals by receivers; all other callbacks they take.
#[derive(Debug, Default)]
pub(super) struct Refusing(Vec<CallbackRefusal>);

/// One thing that receivers do.
#[derive(Debug)]
struct CallbackRefusal {
    with: Unwilling,
    /// How many callbacks more.
    times: u32,
    /// Part of the addresses that it is about.
    of: String,
}

impl Refusing {
    /// From now on receivers do this to the next so many callbacks to addresses with this in them.
    pub(super) fn add(&mut self, with: Unwilling, times: u32, of: &str) {
        self.0.retain(|refusal| refusal.of != of);
        self.0.push(CallbackRefusal { with, times, of: of.to_owned() });
    }

    /// The refusal of a callback to an address; none: it is taken.
    pub(super) fn next(&mut self, url: &str) -> Option<Unwilling> {
        let about = |refusal: &&mut CallbackRefusal| refusal.times > 0 && url.contains(&refusal.of);
        let refusal = self.0.iter_mut().rev().find(about)?;
        refusal.times -= 1;
        Some(refusal.with)
    }
}

/// Everything on its way, and what the receiver does.
#[derive(Debug, Default)]
pub(super) struct Post {
    delivery: Delivery,
    pub(super) lanes: BTreeMap<UserIx, VecDeque<QueuedCallback>>,
    refusing: Refusing,
    pub(super) now: Duration,
}

impl Post {
    /// A post that delivers in this way.
    pub(super) fn new(delivery: Delivery) -> Self {
        Self { delivery, ..Self::default() }
    }

    /// Fails to take the next so many callbacks to some addresses.
    pub(super) fn refuse(&mut self, with: Unwilling, times: u32, of: &str) {
        self.refusing.add(with, times, of);
    }

    /// Makes every try that is due by now.
    pub(super) fn go(&mut self) -> Vec<Arrived> {
        self.go_until(self.now)
    }

    /// Advances time until every callback was taken or given up.
    pub(super) fn settle(&mut self) -> Result<Vec<Arrived>, SubjectError> {
        let arrived = self.go_until(Duration::MAX);
        if self.lanes.is_empty() {
            Ok(arrived)
        } else {
            Err(SubjectError("a callback is neither taken nor given up".to_owned()))
        }
    }

    fn go_until(&mut self, until: Duration) -> Vec<Arrived> {
        let mut arrived = Vec::new();
        loop {
            let fronts = self.lanes.iter().filter_map(|(user, lane)| Some((lane.front()?.due?, *user)));
            let Some((due, user)) = fronts.min().filter(|(due, _)| *due <= until) else { return arrived };
            self.now = self.now.max(due);
            arrived.extend(self.attempt(user));
        }
    }

    /// The next try of the first callback of a user.
    fn attempt(&mut self, user: UserIx) -> Option<Arrived> {
        let (now, delivery) = (self.now, self.delivery);
        let lane = self.lanes.get_mut(&user)?;
        let queued = lane.front_mut()?;
        let arrived = queued.arrive(now);
        let (answer, waited) = match self.refusing.next(&queued.url) {
            None => (Some(delivery::CALLBACK_TAKEN), Some(Duration::ZERO)),
            Some(Unwilling::Status(status)) => (Some(status), Some(Duration::ZERO)),
            Some(Unwilling::Silence) => (None, delivery.within),
            Some(Unwilling::Breaks) => (delivery.broken, Some(Duration::ZERO)),
        };
        let ended = waited.map(|waited| now + waited);
        queued.last = ended.zip(waited);
        match delivery.next(queued.before, answer) {
            Next::Again(after) => {
                queued.before += 1;
                queued.due = ended.map(|ended| ended + after);
            }
            Next::Taken | Next::GivenUp => {
                let over = lane.pop_front();
                match lane.front_mut() {
                    Some(next) => next.due = ended,
                    None => drop((over, self.lanes.remove(&user))),
                }
            }
        }
        Some(arrived)
    }
}

impl QueuedCallback {
    fn arrive(&self, now: Duration) -> Arrived {
        let Posting { method, headers, body } = if self.before == 0 { &self.posting } else { &self.again };
        let sent = |wanted: &str| {
            let value = headers.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.clone());
            value.unwrap_or_default()
        };
        let signed = [sent(callback::TIMESTAMP_HEADER), sent(callback::SIGNATURE_HEADER)];
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value)));
        let headers: Map<String, Json> = headers.collect();
        // What is no JSON in UTF-8 is nothing to its receiver.
        let body: Json = serde_json::from_slice(body).unwrap_or(Json::Null);
        let mut posted = json!({
            "method": method, "url": *self.url, "headers": headers, "body": body,
            "transactionid": *self.transaction,
        });
        if let Some((ended, waited)) = self.last {
            posted["waited"] = json!(whole_seconds(waited));
            posted["after"] = json!(whole_seconds(now.saturating_sub(ended)));
        }
        let [timestamp, signature] = signed;
        let first =
            (self.before == 0).then(|| [self.url.to_string(), self.key.clone(), timestamp, signature]);
        Arrived { posted, first }
    }
}

/// A span in whole seconds, to the nearest.
pub(super) const fn whole_seconds(span: Duration) -> u64 {
    (span.as_millis() as u64 + 500) / 1_000
}

/// A request as the callback that it is: its body, and beside it address and headers.
pub(super) fn as_callback(posted: &Json) -> Json {
    let mut body = posted["body"].clone();
    if body.is_object() {
        body["headers"] = posted["headers"].clone();
        body["url"] = posted["url"].clone();
    }
    body
}
