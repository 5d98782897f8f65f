//! Looking at what an action led to: waits until everything under way has arrived, then takes it in.

use std::sync::Arc;
use std::time::Duration;

use claque_wire::callback;
use serde_json::{Map, Value as Json, json};

use super::HttpSubject;
use super::audience::Heard;
use super::control::UnderWay;
use super::exchange::PATIENCE;
use super::receiver::Posted;
use super::stopwatch::{Stopwatch, sleep};
use crate::case::Channel;
use crate::subject::post::{as_callback, whole_seconds};
use crate::subject::words::{Happening, SubjectError};

/// The headers of callbacks as the documents spell them.
const SPELLINGS: [&str; 3] = ["Content-Type", callback::TIMESTAMP_HEADER, callback::SIGNATURE_HEADER];
/// Longest wait for a callback to be taken or given up: six tries of five seconds, a second apart, and some.
const CALLBACK_PATIENCE: Duration = Duration::from_secs(45);

/// The longest that a receiver which is well is waited for while another says nothing.
const WELL_WITHIN: Duration = Duration::from_secs(2);

impl HttpSubject {
    /// Takes in everything that the actions so far led to.
    pub(super) fn look(&mut self) -> Result<(), SubjectError> {
        self.stirred = false;
        if self.control.is_none() {
            sleep(self.descriptor.settle());
            self.hear()?;
            return self.take_late_answers(None);
        }
        self.await_links()?;
        self.hear()?;
        // Links that ended while they were read are known to both sides only after a second look.
        let way = self.await_links()?;
        self.await_well()?;
        self.take_callbacks()?;
        self.take_reviews(way)?;
        self.take_shed(way)?;
        self.take_late_answers(Some(way))
    }

    fn under_way(&self) -> Result<UnderWay, SubjectError> {
        match (&self.control, &self.silent) {
            (None, _) => Ok(UnderWay::default()),
            (Some(control), None) => control.clock(&json!({})),
            // Changing the clock waits for every receiver.
            (Some(control), Some(_)) => control.read_clock(),
        }
    }

    /// Waits a moment until every callback to a receiver that is well was tried: those that say nothing must not hold it up.
    fn await_well(&self) -> Result<(), SubjectError> {
        let Some(silent) = &self.silent else { return Ok(()) };
        let began = Stopwatch::start();
        let tried = |logged: &Json| {
            logged["url"].as_str().is_some_and(|url| url.contains(silent))
                || logged["tries"].as_array().is_some_and(|tries| !tries.is_empty())
        };
        while !self.callback_log()?.iter().all(tried) && began.passed() < WELL_WITHIN {
            sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Waits until the service knows of every link that ended, and of no other.
    fn await_links(&mut self) -> Result<UnderWay, SubjectError> {
        let mut began = Stopwatch::start();
        let mut last = None;
        loop {
            let way = self.under_way()?;
            let counts = (way.links, self.audience.up());
            if counts.0 == counts.1 {
                return Ok(way);
            }
            // Ten thousand links take a busy machine longer to end than one: patience is for those of which none ends.
            if last.replace(counts) != Some(counts) {
                began = Stopwatch::start();
            }
            if way.links < self.audience.up() {
                // The service ended some: what it said last is still to be read.
                self.hear()?;
            } else {
                sleep(Duration::from_millis(1));
            }
            if began.passed() > PATIENCE {
                let (knows, up) = (way.links, self.audience.up());
                return Err(SubjectError(format!("the service knows of {knows} links, the clients of {up}")));
            }
        }
    }

    /// Takes in what reached the clients.
    fn hear(&mut self) -> Result<(), SubjectError> {
        for (client, heard) in self.audience.take_heard()? {
            match heard {
                Heard::Event(event) => {
                    for body in event.bodies {
                        let to = Some(Arc::clone(&client));
                        self.push(Happening::Sent {
                            channel: event.channel,
                            to,
                            body,
                            ticket: event.ticket.clone(),
                        });
                    }
                }
                Heard::Answered(number, outcome) => {
                    if let Some(number) = self.client_waiting.remove(&(client, number)) {
                        self.push(Happening::Answer(number, outcome));
                    }
                }
            }
        }
        Ok(())
    }

    /// Takes in the callbacks that came, in the order in which the service made them.
    fn take_callbacks(&mut self) -> Result<(), SubjectError> {
        let Some(receiver) = &self.receiver else { return Ok(()) };
        let mut came = receiver.take_callbacks();
        if came.len() > 1 {
            // Callbacks of different sessions leave side by side and may overtake each other.
            let order = self.callback_order()?;
            came.sort_by_key(|posted| order.iter().position(|id| *id == posted.transaction()));
        }
        for posted in came {
            let again = !self.transactions.insert(posted.transaction());
            let request = as_posted(&posted);
            let body = as_callback(&request);
            self.push(Happening::Sent {
                channel: Channel::Posted,
                to: None,
                body: Arc::new(request),
                ticket: None,
            });
            if again {
                continue;
            }
            self.newest_callback = Some(posted);
            self.push(Happening::Sent {
                channel: Channel::Callbacks,
                to: None,
                body: Arc::new(body),
                ticket: None,
            });
        }
        Ok(())
    }

    /// Transaction IDs of callbacks, in the order in which the service made them.
    fn callback_order(&self) -> Result<Vec<String>, SubjectError> {
        let id = |logged: &Json| logged["body"]["transactionid"].as_str().map(str::to_owned);
        Ok(self.callback_log()?.iter().filter_map(id).collect())
    }

    fn callback_log(&self) -> Result<Vec<Json>, SubjectError> {
        let Some(control) = &self.control else { return Ok(Vec::new()) };
        let log = control.ask("GET", "callbacks", &Json::Null)?;
        Ok(log.get("callbacks").and_then(Json::as_array).cloned().unwrap_or_default())
    }

    /// Waits until every callback was taken or given up.
    pub(super) fn await_callbacks(&self) -> Result<(), SubjectError> {
        let began = Stopwatch::start();
        let over = |logged: &Json| logged["delivered"] == json!(true) || logged["givenUp"] == json!(true);
        while !self.callback_log()?.iter().all(over) {
            if began.passed() > CALLBACK_PATIENCE {
                return Err(SubjectError("a callback is neither taken nor given up".to_owned()));
            }
            sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn take_reviews(&mut self, way: UnderWay) -> Result<(), SubjectError> {
        let Some(receiver) = &self.receiver else { return Ok(()) };
        for posted in receiver.take_reviews(way.reviews).map_err(SubjectError)? {
            let mut body = posted.body.clone();
            if body.is_object() {
                body["headers"] = Json::Object(headers(&posted));
                body["url"] = json!(posted.url);
            }
            self.push(Happening::Sent {
                channel: Channel::Moderated,
                to: None,
                body: Arc::new(body),
                ticket: None,
            });
        }
        Ok(())
    }

    /// Waits until the verdict on a review has done what it does: its sender waits no more.
    pub(super) fn await_verdict(&self, before: usize) -> Result<(), SubjectError> {
        let began = Stopwatch::start();
        while began.passed() < PATIENCE {
            let way = self.under_way()?;
            if way.calls + way.client_calls < before as u64 {
                return Ok(());
            }
            sleep(Duration::from_millis(2));
            // A verdict that comes too late, or lets nobody off, changes nothing that could be waited for.
            if began.passed() > Duration::from_millis(300) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Takes in the entries that the ledger has gained.
    fn take_shed(&mut self, way: UnderWay) -> Result<(), SubjectError> {
        if way.shed == self.shed_seen as u64 {
            return Ok(());
        }
        let Some(control) = &self.control else { return Ok(()) };
        let ledger = control.ask("GET", "ledger", &Json::Null)?;
        let entries = ledger.get("shed").and_then(Json::as_array).cloned().unwrap_or_default();
        for entry in entries.into_iter().skip(self.shed_seen) {
            self.shed_seen += 1;
            self.push(Happening::Sent {
                channel: Channel::Shed,
                to: None,
                body: Arc::new(entry),
                ticket: None,
            });
        }
        Ok(())
    }

    /// Takes in the answers of calls that were owed one. With a control API, as many as are owed none any more.
    fn take_late_answers(&mut self, way: Option<UnderWay>) -> Result<(), SubjectError> {
        let began = Stopwatch::start();
        loop {
            let mut still = Vec::new();
            for mut waiting in std::mem::take(&mut self.waiting) {
                let polled = waiting.exchange.poll(Duration::from_millis(2)).map_err(SubjectError)?;
                match polled {
                    None => still.push(waiting),
                    Some(answer) => {
                        let outcome = self.answered(&waiting.operation, answer, None);
                        self.push(Happening::Answer(waiting.number, outcome));
                    }
                }
            }
            self.waiting = still;
            if way.is_none_or(|way| self.waiting.len() as u64 <= way.calls) {
                return Ok(());
            }
            if began.passed() > PATIENCE {
                return Err(SubjectError("an answer that is owed no more does not come".to_owned()));
            }
        }
    }
}

/// The headers of a callback, spelled as documented.
fn headers(posted: &Posted) -> Map<String, Json> {
    let spelled = |name: &str| {
        let known = SPELLINGS.iter().find(|known| known.eq_ignore_ascii_case(name));
        known.map_or_else(|| name.to_owned(), |known| (*known).to_owned())
    };
    posted.headers.iter().map(|(name, value)| (spelled(name), json!(value))).collect()
}

/// A callback as the request that it is.
fn as_posted(posted: &Posted) -> Json {
    let mut request = json!({
        "method": posted.method, "url": posted.url, "headers": headers(posted), "body": posted.body,
        "transactionid": posted.transaction(),
    });
    if let Some([waited, after]) = posted.before {
        request["waited"] = json!(whole_seconds(waited));
        request["after"] = json!(whole_seconds(after));
    }
    request
}
