//! A session as several parties see it: each by its own clock, some of it not at all, in files that are merged in any order.
//!
//! A recording of one process that saw everything at once goes in ([`Recorded`](crate::subject::Recorded)), and a recording comes
//! out as a back end, a console, a receiver and each client would have kept it. All of it is true: clocks are off by no more than
//! the headers say, and nothing is claimed to be complete that is not. What an audit says of it must hold of the session.

use std::collections::{BTreeMap, BTreeSet};

use claque_engine::{Actor, DrawPurpose, Randomness, below};
use serde_json::Value as Json;

use super::line::{Complete, Header, Line, VERSION};

/// How much is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Decides everything that is left open here.
    pub seed: u64,
    /// Of a thousand observations, so many are missing.
    pub dropped_permille: u64,
    /// How far a clock is off at the most. Microseconds.
    pub clock_micros: u64,
    /// How long a call or a frame is under way at the most. Microseconds.
    pub delay_micros: u64,
}

/// A number below `bound`, by purpose and number: another draw moves none of these.
pub(crate) fn drawn(draws: &Randomness, purpose: &str, which: u64, bound: u64) -> u64 {
    below(draws.draw(DrawPurpose::named(purpose), Actor::numbered("audit", which), 0), bound)
}

/// One party with its clock and its distance.
struct Party {
    source: String,
    error: u64,
    /// How far its clock is ahead, from minus the error to plus the error; kept as what is added to `time - error`.
    ahead: u64,
    up: u64,
    down: u64,
    lines: Vec<Line>,
}

impl Party {
    fn clock(&self, at: u64) -> u64 {
        (at + self.ahead).saturating_sub(self.error)
    }
}

/// The views of a session's parties.
#[must_use]
pub fn observe(session: &[Line], loss: Loss) -> Vec<Line> {
    let draws = &Randomness::new(loss.seed);
    let mut parties: BTreeMap<String, Party> = BTreeMap::new();
    let mut missing = Missing::default();
    for (number, seen) in session.iter().enumerate() {
        let Some(at) = seen.at else { continue };
        let number = number as u64;
        if drawn(draws, "drop", number, 1_000) < loss.dropped_permille {
            missing.note(seen);
            continue;
        }
        let name = party_of(seen);
        let known = parties.len() as u64;
        let party = parties.entry(name.clone()).or_insert_with(|| Party {
            error: loss.clock_micros,
            ahead: drawn(draws, "clock", known, 2 * loss.clock_micros + 1),
            up: drawn(draws, "up", known, loss.delay_micros + 1),
            down: drawn(draws, "down", known, loss.delay_micros + 1),
            source: name,
            lines: Vec::new(),
        });
        let mut line = seen.clone();
        line.source.clone_from(&party.source);
        if let Some(call) = &mut line.call {
            // Each call takes its own time on the way there and back.
            let up = drawn(draws, "call-up", number, loss.delay_micros + 1);
            let down = drawn(draws, "call-down", number, loss.delay_micros + 1);
            call.answered_at = call.answered_at.map(|at| party.clock(at + down));
            line.at = Some(party.clock(at.saturating_sub(up)));
        } else if line.client.as_ref().is_some_and(|client| client.received.is_none()) {
            line.at = Some(party.clock(at.saturating_sub(party.up)));
        } else {
            line.at = Some(party.clock(at + party.down));
        }
        party.lines.push(line);
    }
    for claim in session.iter().filter_map(|line| line.complete.as_ref()) {
        missing.claim(claim, &mut parties, draws);
    }
    merge(parties.into_values().collect(), loss, draws)
}

fn party_of(line: &Line) -> String {
    if let Some(client) = &line.client {
        format!("client {}", client.id)
    } else if line.console.is_some() {
        "console".to_owned()
    } else if line.callback.is_some() || line.review.is_some() {
        "receiver".to_owned()
    } else {
        "back-end".to_owned()
    }
}

/// The applications and clients that are not complete any more.
#[derive(Default)]
struct Missing {
    apps: BTreeSet<String>,
    clients: BTreeSet<String>,
    /// Something is missing of which nobody can say to which application it was done.
    anywhere: bool,
}

impl Missing {
    fn note(&mut self, line: &Line) {
        if let Some(client) = &line.client {
            self.clients.insert(client.id.clone());
        }
        match app_of(line) {
            Some(app) => drop(self.apps.insert(app)),
            None => self.anywhere |= line.callback.is_none(),
        }
    }

    /// Passes a claim on where it still holds, and now and then not even then.
    fn claim(&self, claim: &Complete, parties: &mut BTreeMap<String, Party>, draws: &Randomness) {
        let holds = match (&claim.app, &claim.client) {
            (Some(app), _) => !self.anywhere && !self.apps.contains(app),
            (None, Some(client)) => !self.clients.contains(client),
            (None, None) => !self.anywhere && self.apps.is_empty(),
        };
        let kept = drawn(draws, "claim", claim.from ^ claim.to, 4) != 0;
        let Some(party) = parties.values_mut().next().filter(|_| holds && kept) else { return };
        let (from, to) = (party.clock(claim.from), party.clock(claim.to));
        let claim = Complete { from, to, ..claim.clone() };
        party.lines.push(Line { complete: Some(claim), ..Line::of(&party.source) });
    }
}

/// The application that a line is about.
fn app_of(line: &Line) -> Option<String> {
    let text = |value: Option<&Json>| value.and_then(Json::as_str).map(str::to_owned);
    if let Some(client) = &line.client {
        return client.app.clone();
    }
    if let Some(console) = &line.console {
        return text(console.parameters.get("AppId"));
    }
    let call = line.call.as_ref()?;
    text(call.parameters.get("AppId"))
        .or_else(|| text(call.answer.as_ref().and_then(|answer| answer.get("AppId"))))
}

/// Files of each source, merged by chance; each keeps its own order.
fn merge(mut parties: Vec<Party>, loss: Loss, draws: &Randomness) -> Vec<Line> {
    for party in &mut parties {
        // What a client sent and received has moved by different spans.
        party.lines.sort_by_key(|line| line.at.unwrap_or(u64::MAX));
        party.lines.reverse();
        let delay_max_micros = Some(loss.delay_micros).filter(|_| loss.seed & 1 == 0);
        let header = Header { version: VERSION, clock_error_micros: Some(party.error), delay_max_micros };
        party.lines.push(Line { header: Some(header), ..Line::of(&party.source) });
    }
    let mut merged = Vec::new();
    while !parties.is_empty() {
        let turn = merged.len() as u64;
        let next = drawn(draws, "turn", turn, parties.len() as u64);
        let Ok(next) = usize::try_from(next) else { break };
        let run = drawn(draws, "run", turn, 20) + 1;
        for _ in 0..run {
            merged.extend(parties[next].lines.pop());
        }
        if parties[next].lines.is_empty() {
            parties.swap_remove(next);
        }
    }
    merged
}
