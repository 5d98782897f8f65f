//! Holds what a step expects against what happened.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::case::{Channel, Expect, OutcomeExpected, SentExpected};
use crate::matcher::{Difference, Matcher, shown};
use crate::subject::{Capabilities, Event, Happening, Outcome};
use crate::template::Scope;

/// The events since the step before.
#[derive(Debug)]
pub(crate) struct Seen<'s> {
    /// How each repetition ended; none for steps that have no outcome.
    pub(crate) outcomes: &'s [Outcome],
    /// The subject's sends, oldest first.
    pub(crate) events: &'s [Event],
    /// The subject's capabilities.
    pub(crate) capabilities: Capabilities,
    /// The values that templates refer to.
    pub(crate) scope: &'s Scope,
}

/// The first expectation that is not met.
pub(crate) fn first_difference(expect: &Expect, seen: &Seen<'_>) -> Option<Difference> {
    let reported = seen.outcomes.iter().enumerate().find_map(|(position, outcome)| {
        let mut scope = seen.scope.clone();
        scope.number = u32::try_from(position + 1).unwrap_or(u32::MAX);
        let found = outcome_difference(expect, outcome, &scope, seen.capabilities)?;
        Some(if seen.outcomes.len() == 1 {
            found
        } else {
            found.inside(&format!("repetition {}", position + 1))
        })
    });
    reported.or_else(|| {
        let sent = expect.sent.iter().filter(|(channel, _)| visible(*channel, seen.capabilities));
        sent.into_iter()
            .find_map(|(channel, sent)| Some(sent_difference(*channel, sent, seen)?.inside(channel.word())))
    })
}

/// Whether the subject shows what goes over a channel.
fn visible(channel: Channel, capabilities: Capabilities) -> bool {
    match channel {
        Channel::Callbacks | Channel::Moderated => capabilities.callbacks,
        Channel::Posted => capabilities.transport,
        Channel::Shed => capabilities.ledger,
        Channel::Closed | Channel::Delivered | Channel::Direct | Channel::Notices | Channel::Recovered => {
            capabilities.audience
        }
    }
}

fn differs(path: &str, expected: impl Into<String>, actual: impl Into<String>) -> Option<Difference> {
    Some(Difference { path: path.to_owned(), expected: expected.into(), actual: actual.into() })
}

fn outcome_difference(
    expect: &Expect,
    outcome: &Outcome,
    scope: &Scope,
    capabilities: Capabilities,
) -> Option<Difference> {
    let headers_differ = |headers: &Map<String, Json>| {
        let wanted = expect.headers.as_ref()?;
        Some(wanted.difference(Some(&Json::Object(headers.clone())), scope)?.inside("headers"))
    };
    match (&expect.outcome, outcome) {
        (OutcomeExpected::Accepted, Outcome::Accepted { fields, headers }) => {
            let wanted = expect.answer.as_ref();
            let answer =
                wanted.and_then(|wanted| wanted.difference(Some(&Json::Object(fields.clone())), scope));
            answer.map(|found| found.inside("answer")).or_else(|| headers_differ(headers))
        }
        (OutcomeExpected::Pending, Outcome::Pending(_)) => None,
        (OutcomeExpected::Refused { codes, status, about }, Outcome::Refused { .. }) => {
            refusal_difference((codes, *status, about.as_deref()), outcome, capabilities).or_else(|| {
                match outcome {
                    Outcome::Refused { headers, .. } => headers_differ(headers),
                    Outcome::Accepted { .. } | Outcome::Pending(_) | Outcome::Unreadable { .. } => None,
                }
            })
        }
        (OutcomeExpected::Accepted, _) => differs("outcome", "accepted", describe(outcome)),
        (OutcomeExpected::Pending, _) => differs("outcome", "an answer that is owed", describe(outcome)),
        (OutcomeExpected::Refused { codes, .. }, _) => {
            differs("outcome", format!("refused {}", codes.join(" or ")), describe(outcome))
        }
    }
}

fn refusal_difference(
    (codes, status, about): (&[String], Option<u16>, Option<&str>),
    outcome: &Outcome,
    capabilities: Capabilities,
) -> Option<Difference> {
    let Outcome::Refused { status: got_status, code, about: got_about, .. } = outcome else { return None };
    if !codes.iter().any(|wanted| wanted == code || wanted == "*") {
        return differs("refused", codes.join(" or "), describe(outcome));
    }
    if let Some(wanted) = status.filter(|wanted| wanted != got_status) {
        return differs("status", wanted.to_string(), got_status.to_string());
    }
    let wanted = about.filter(|_| capabilities.reasons)?;
    if got_about.as_deref() == Some(wanted) {
        return None;
    }
    differs("about", wanted, got_about.clone().unwrap_or_else(|| describe(outcome)))
}

/// An outcome in few words.
pub(crate) fn describe(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Accepted { .. } => "accepted".to_owned(),
        Outcome::Pending(_) => "an answer that is owed".to_owned(),
        Outcome::Refused { code, message, .. } => format!("refused {code} ({message})"),
        Outcome::Unreadable { status, body } => format!("status {status} with the unreadable body {body}"),
    }
}

fn sent_difference(channel: Channel, sent: &SentExpected, seen: &Seen<'_>) -> Option<Difference> {
    let all: Vec<(Option<&Arc<str>>, &Json)> = seen
        .events
        .iter()
        .filter_map(|event| match &event.what {
            Happening::Sent { channel: over, to, body, .. } if *over == channel => {
                Some((to.as_ref(), &**body))
            }
            Happening::Sent { .. } | Happening::Answer(..) => None,
        })
        .collect();
    match sent {
        SentExpected::Count(_) | SentExpected::Fits(_) | SentExpected::List(_) => {
            let bodies: Vec<&Json> = all.iter().map(|(_, body)| *body).collect();
            amount_difference(channel, sent, &bodies, seen.scope)
        }
        SentExpected::Clients(clients) => clients.iter().find_map(|(client, sent)| {
            let theirs = all.iter().filter(|(to, _)| to.is_some_and(|to| **to == **client));
            let bodies: Vec<&Json> = theirs.map(|(_, body)| *body).collect();
            Some(amount_difference(channel, sent, &bodies, seen.scope)?.inside(client))
        }),
    }
}

fn amount_difference(
    channel: Channel,
    sent: &SentExpected,
    bodies: &[&Json],
    scope: &Scope,
) -> Option<Difference> {
    let summary = || {
        let shown: Vec<String> = bodies.iter().take(6).map(|body| main_value(channel, body)).collect();
        let more = if bodies.len() > shown.len() { ", …" } else { "" };
        format!("{}: [{}{more}]", bodies.len(), shown.join(", "))
    };
    match sent {
        SentExpected::Count(count) if bodies.len() as u64 == *count => None,
        SentExpected::Count(count) => differs("", count.to_string(), summary()),
        SentExpected::List(wanted) => {
            if wanted.len() != bodies.len() {
                return differs("", format!("{} entries", wanted.len()), summary());
            }
            wanted.iter().zip(bodies).enumerate().find_map(|(position, (matcher, body))| {
                Some(entry_difference(channel, matcher, body, scope)?.inside(&position.to_string()))
            })
        }
        SentExpected::Fits(matcher) => {
            let main =
                bodies.iter().map(|body| body.pointer(channel.main_field()).cloned().unwrap_or(Json::Null));
            let main: Json = main.collect();
            let found = matcher.difference(Some(&main), scope)?;
            Some(Difference { actual: summary(), ..found })
        }
        SentExpected::Clients(_) => None,
    }
}

/// A plain value is compared to the field that matters most; an object to the whole.
fn entry_difference(channel: Channel, matcher: &Matcher, body: &Json, scope: &Scope) -> Option<Difference> {
    let whole = matches!(matcher, Matcher::Object(_));
    let value = if whole { Some(body) } else { body.pointer(channel.main_field()) };
    matcher.difference(value, scope)
}

fn main_value(channel: Channel, body: &Json) -> String {
    shown(body.pointer(channel.main_field()))
}
