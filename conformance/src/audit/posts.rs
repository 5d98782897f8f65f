//! Callbacks and reviews, as their receivers got them.

use std::collections::{BTreeMap, BTreeSet};

use claque_core::reading::CallbackSignField;
use claque_core::{Readings, Rule};
use claque_wire::callback::{SIGNATURE_HEADER, TIMESTAMP_HEADER, read_body, signature};
use serde_json::Value as Json;

use super::findings::Findings;
use super::logons;
use super::recording::{Kind, Place, Recording};

/// A callback is tried so often at the most.
const TRIES_MAX: usize = 6;

/// A receiver answers within that, or the callback is sent again. Microseconds.
const ANSWERED_WITHIN: u64 = 5_000_000;

/// One try of a callback.
struct Try<'a> {
    place: Place,
    at: u64,
    request: &'a Json,
}

pub(super) fn judge(recording: &Recording, findings: &mut Findings) {
    let keys = logons::keys(recording);
    let addresses = addresses(recording);
    // What two receivers wrote down may be one try.
    let mut tries: BTreeMap<(&str, usize), Vec<Try<'_>>> = BTreeMap::new();
    for line in &recording.script {
        match line.what {
            Kind::Callback(index) => {
                let request = &recording.callbacks[index];
                let Some(body) = body(request) else {
                    // One of the older family is a GET without a body; and a body need not be written down.
                    if text(request, "method") == Some("POST")
                        && request.get("body").is_some_and(|it| !it.is_null())
                    {
                        let says = "the body of a callback is no JSON".to_owned();
                        findings.break_rule(Rule::CallbackTransportPostJson, says, vec![line.place]);
                    }
                    continue;
                };
                // Whoever knows an address can send something to it.
                if !["transactionid", "appid", "eves"].iter().any(|name| body.get(name).is_some()) {
                    continue;
                }
                callback((&keys, &addresses), (request, body), line.place, findings);
                if let Some(id) = body.get("transactionid").and_then(Json::as_str) {
                    let one = Try { place: line.place, at: line.at, request };
                    tries.entry((id, line.source)).or_default().push(one);
                }
            }
            Kind::Review(index) => {
                let Some(asked) = &recording.reviews[index].asked else { continue };
                let keeps = asked.get("content").is_some_and(Json::is_string);
                findings.hold(keeps, Rule::ModerationRequestContent, line.place, || {
                    "a review holds no text".to_owned()
                });
            }
            Kind::Call | Kind::Foreign(_) | Kind::Client(..) | Kind::Console(_) => {}
        }
    }
    for ((id, source), mut tries) in tries {
        tries.sort_by_key(|one| one.at);
        again(id, &tries, recording.clock(source).grain, findings);
    }
}

/// The body: of a request, or what was written down alone.
fn body(request: &Json) -> Option<&Json> {
    let body = if request.get("method").is_some() { request.get("body")? } else { request };
    body.is_object().then_some(body)
}

/// The addresses that callbacks were asked for at, as far as the recording tells.
fn addresses(recording: &Recording) -> BTreeSet<&str> {
    let given = recording.calls.iter().filter_map(|call| call.text("EventCallbackUrl"));
    let answered =
        recording.calls.iter().filter_map(|call| text_of(call.answer.as_ref()?, "EventCallbackUrl"));
    given.chain(answered).collect()
}

fn text_of<'a>(fields: &'a serde_json::Map<String, Json>, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Json::as_str)
}

fn text<'a>(value: &'a Json, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Json::as_str)
}

fn callback(
    (keys, addresses): (&BTreeMap<&str, Option<&str>>, &BTreeSet<&str>),
    (request, body): (&Json, &Json),
    place: Place,
    findings: &mut Findings,
) {
    match read_body(body) {
        Ok(_) => findings.keep(Rule::CallbackBodyShape),
        Err(path) => {
            let says = format!("{path} of a callback is missing, or is something else");
            // Which event has which fields is said of each of them.
            let rule = match path.rsplit('.').next() {
                Some("e") => Rule::CallbackEventCodes,
                Some("r") => Rule::CallbackLogoffReasons,
                Some("g") => Rule::CallbackFieldGroup,
                Some("gs") => Rule::CallbackFieldGroups,
                Some(_) | None => Rule::CallbackBodyShape,
            };
            findings.break_rule(rule, says, vec![place]);
        }
    }
    let Some(method) = text(request, "method") else { return };
    findings.hold(method == "POST", Rule::CallbackTransportPostJson, place, || {
        "a callback is no POST".to_owned()
    });
    let Some(headers) = request.get("headers").and_then(Json::as_object) else { return };
    let header = |wanted: &str| {
        let found = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.and_then(|(_, value)| value.as_str())
    };
    let (Some(timestamp), Some(signed)) = (header(TIMESTAMP_HEADER), header(SIGNATURE_HEADER)) else {
        // Of the headers only some may have been written down: one of the two without the other is certain, and so are all of them.
        let all = [TIMESTAMP_HEADER, SIGNATURE_HEADER, "host"].iter().any(|name| header(name).is_some());
        if !all {
            return;
        }
        return findings.break_rule(
            Rule::CallbackAuthHeaders,
            "a callback lacks time stamp or signature".to_owned(),
            vec![place],
        );
    };
    findings.keep(Rule::CallbackAuthHeaders);
    let app = body.get("appid").and_then(Json::as_str).unwrap_or_default();
    let (Some(key), Some(url)) =
        (keys.get(app).copied().flatten(), request.get("url").and_then(Json::as_str))
    else {
        return;
    };
    let Ok(seconds) = timestamp.parse::<u64>() else {
        return findings.break_rule(
            Rule::CallbackAuthHeaders,
            "the time stamp of a callback is no time".to_owned(),
            vec![place],
        );
    };
    // Behind a proxy an address is not the one that was signed.
    if !addresses.contains(url) {
        return;
    }
    // Whether the address is the whole one or the host is open.
    let right = [CallbackSignField::Url, CallbackSignField::Host].into_iter().any(|callback_sign_field| {
        signature(&Readings { callback_sign_field, ..Readings::default() }, url, seconds, key) == signed
    });
    findings
        .hold(right, Rule::CallbackSignFormula, place, || "the signature of a callback is wrong".to_owned());
}

/// A callback that was taken is not sent again, and one that is not is given up at last.
fn again(id: &str, tries: &[Try<'_>], grain: u64, findings: &mut Findings) {
    if tries.len() > TRIES_MAX {
        let says = format!("callback {id} was sent {} times", tries.len());
        findings.break_rule(Rule::CallbackDeliveryRetries, says, tries.iter().map(|one| one.place).collect());
        return;
    }
    for pair in tries.windows(2) {
        let [first, second] = pair else { continue };
        let taken = first.request.get("answered").and_then(Json::as_u64) == Some(200);
        // When it was answered nobody says: one that follows later may come of an answer that took longer than the service waits.
        let soon = second.at.saturating_sub(first.at).saturating_add(grain) < ANSWERED_WITHIN;
        if taken && soon && first.at < second.at {
            let says = format!("callback {id} was sent again after it had been answered with 200");
            findings.break_rule(Rule::CallbackDeliveryRetries, says, vec![first.place, second.place]);
        } else {
            findings.keep(Rule::CallbackDeliveryRetries);
        }
    }
}
