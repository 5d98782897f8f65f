//! The control API of a subject that has one: clock, reset, callers, console, and what it knows of itself.

use std::cell::RefCell;

use claque_core::{HitCounts, Instant, Rule, Tracer as _};
use claque_wire::http::HttpRequest;
use serde_json::{Value as Json, json};

use super::exchange::{Answer, Endpoint, Exchange, IDLE_MAX, PATIENCE, Pieces, Stream};
use super::stopwatch::Stopwatch;
use crate::case::Setup;
use crate::subject::words::SubjectError;

/// Counts of what is under way in the service, and of all since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct UnderWay {
    pub(super) calls: u64,
    pub(super) client_calls: u64,
    pub(super) links: u64,
    pub(super) shed: u64,
    pub(super) reviews: u64,
}

/// The status of a server that has no journal to compact.
const NOTHING_TO_COMPACT: u16 = 409;

/// The control API.
#[derive(Debug)]
pub(super) struct Control {
    endpoint: Endpoint,
    idle: RefCell<Option<(Stream, Stopwatch)>>,
}

impl Control {
    pub(super) const fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, idle: RefCell::new(None) }
    }

    /// Asks, over the connection of the last time if it still stands.
    pub(super) fn answer(&self, method: &str, path: &str, body: &Json) -> Result<Answer, SubjectError> {
        let body = if method == "GET" { Vec::new() } else { body.to_string().into_bytes() };
        self.send(method, path, body)
    }

    fn send(&self, method: &str, path: &str, body: Vec<u8>) -> Result<Answer, SubjectError> {
        let headers = vec![
            ("host".to_owned(), self.endpoint.host.clone()),
            ("content-type".to_owned(), "application/json".to_owned()),
        ];
        let request = HttpRequest::new(method, &format!("/_claque/{path}"), headers, body);
        let failed = |error: String| SubjectError(format!("{method} /_claque/{path}: {error}"));
        let stream = match self.idle.take() {
            Some((stream, since)) if since.passed() < IDLE_MAX => stream,
            Some(_) | None => self.endpoint.connect().map_err(failed)?,
        };
        let mut exchange =
            Exchange::send(stream, &self.endpoint.prefix, &request, Pieces::default()).map_err(failed)?;
        let answer =
            exchange.poll(PATIENCE).map_err(failed)?.ok_or_else(|| failed("no answer".to_owned()))?;
        if answer.keeps {
            self.idle.replace(Some((exchange.into_stream(), Stopwatch::start())));
        }
        Ok(answer)
    }

    /// Asks for JSON; anything but success is an error with the server's own words.
    pub(super) fn ask(&self, method: &str, path: &str, body: &Json) -> Result<Json, SubjectError> {
        let answer = self.answer(method, path, body)?;
        let said: Json = serde_json::from_slice(&answer.body).unwrap_or(Json::Null);
        if answer.status == 200 {
            return Ok(said);
        }
        let why = said.get("error").and_then(Json::as_str).unwrap_or("no reason");
        Err(SubjectError(format!("{method} /_claque/{path}: status {}: {why}", answer.status)))
    }

    /// Makes the service anew, its clock standing still.
    pub(super) fn reset(&self, now: Instant, setup: &Setup, accounts: &[&str]) -> Result<(), SubjectError> {
        self.ask("POST", "clock", &json!({ "freeze": true }))?;
        let limits = serde_json::to_value(&setup.limits)
            .map_err(|error| SubjectError(format!("the limits cannot be written: {error}")))?;
        let readings: Json =
            setup.readings.iter().map(|choice| (choice.id.to_owned(), choice.value)).collect();
        let body = json!({
            "unixSeconds": now.unix_seconds(), "accounts": accounts, "limits": limits, "readings": readings,
            "refusedWords": setup.refused_words,
        });
        self.ask("POST", "reset", &body).map(drop)
    }

    /// Makes it compact what it has kept. A server that keeps no journal has nothing to compact.
    pub(super) fn compact(&self) -> Result<(), SubjectError> {
        let answer = self.answer("POST", "compact", &Json::Null)?;
        if matches!(answer.status, 200 | NOTHING_TO_COMPACT) {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&answer.body).into_owned();
        Err(SubjectError(format!("not compacted: status {}: {said}", answer.status)))
    }

    /// All that it remembers.
    pub(super) fn snapshot(&self) -> Result<Vec<u8>, SubjectError> {
        let kept = self.answer("GET", "snapshot", &Json::Null)?;
        if kept.status == 200 {
            Ok(kept.body)
        } else {
            Err(SubjectError(format!("no snapshot: status {}", kept.status)))
        }
    }

    /// Makes it go on from a snapshot, or from where a journal leads.
    pub(super) fn go_on_from(&self, kept: Vec<u8>) -> Result<(), SubjectError> {
        let back = self.send("POST", "restore", kept)?;
        if back.status == 200 {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&back.body).into_owned();
        Err(SubjectError(format!("not restored: status {}: {said}", back.status)))
    }

    /// Changes the clock, or nothing; everything due has been sent when this returns.
    pub(super) fn clock(&self, change: &Json) -> Result<UnderWay, SubjectError> {
        Self::under_way(&self.ask("POST", "clock", change)?)
    }

    /// The same, of this moment.
    pub(super) fn read_clock(&self) -> Result<UnderWay, SubjectError> {
        Self::under_way(&self.ask("GET", "clock", &Json::Null)?)
    }

    fn under_way(answer: &Json) -> Result<UnderWay, SubjectError> {
        let count = |name: &str| answer.get("underWay").and_then(|way| way.get(name)).and_then(Json::as_u64);
        let missing = || SubjectError("the clock does not say what is under way".to_owned());
        Ok(UnderWay {
            calls: count("calls").ok_or_else(missing)?,
            client_calls: count("clientCalls").ok_or_else(missing)?,
            links: count("links").ok_or_else(missing)?,
            shed: count("shed").ok_or_else(missing)?,
            reviews: count("reviews").ok_or_else(missing)?,
        })
    }

    /// How often each rule has decided.
    pub(super) fn hits(&self) -> Option<HitCounts> {
        let answer = self.ask("GET", "rules", &Json::Null).ok()?;
        let mut hits = HitCounts::default();
        for (id, count) in answer.get("rules")?.as_object()? {
            let rule = Rule::from_id(id)?;
            (0..count.as_u64()?).for_each(|_| hits.hit(rule));
        }
        Some(hits)
    }
}
