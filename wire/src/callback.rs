//! The service's own calls: event callbacks, the custom moderation exchange, and the signature both carry.
//!
//! Bodies and headers are made here; sending, retrying and ordering are the driver's. How the newer family signs is not
//! published: the formula is formed like its published siblings, stands in one function, and is a reading.

use core::fmt;
use std::sync::Arc;

use claque_core::reading::{CallbackSignField, ModerationUnreadable};
use claque_core::{Callback, CallbackEvent, Readings, Verdict};
use md5::{Digest, Md5};
use serde_json::{Map, Value, json};
use subtle::ConstantTimeEq;

use crate::sign::hex;
use crate::url::{Spelling, encode_pairs};

/// The media type of callback and moderation bodies.
pub const CALLBACK_TYPE: &str = "application/json; charset=utf-8";
/// The header with the time of the call, in UNIX seconds.
pub const TIMESTAMP_HEADER: &str = "Ali-Live-Timestamp";
/// The header with the signature of the call.
pub const SIGNATURE_HEADER: &str = "Ali-Live-Signature";
/// The old family's header with the time of the call, in UNIX seconds.
pub const OLD_TIMESTAMP_HEADER: &str = "ALI-IM-TIMESTAMP";
/// The old family's header with the signature of the call.
pub const OLD_SIGNATURE_HEADER: &str = "ALI-IM-SIGNATURE";

/// Seconds after which a receiver refuses a callback's timestamp.
///
/// Unit: seconds, inclusive; the documents give five minutes as an example.
/// Rule: `callback.sign.freshness`
pub const CALLBACK_AGE_SECONDS_MAX: u64 = 5 * 60;

/// The JSON body of an event callback: one session, one event.
///
/// Rule: `callback.body.shape`
#[must_use]
pub fn body(callback: &Callback) -> Value {
    let entry = json!({ "uid": callback.user_id, "sid": callback.sid, "events": [event(&callback.event)] });
    json!({ "transactionid": callback.transaction, "appid": callback.app_id, "eves": [entry] })
}

/// One event; only the field that belongs to its code stands in it.
///
/// Rule: `callback.event.codes`
fn event(event: &CallbackEvent) -> Value {
    match event {
        CallbackEvent::Logon => json!({ "e": 1 }),
        CallbackEvent::Logoff(reason) => json!({ "e": 2, "r": reason }),
        CallbackEvent::Join(group) => json!({ "e": 3, "g": group }),
        CallbackEvent::Leave(group) => json!({ "e": 4, "g": group }),
        CallbackEvent::Reconnect(groups) => json!({ "e": 5, "gs": groups }),
    }
}

/// One event of a callback's body, as its receiver reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedEvent {
    /// ID of the callback, equal over its retries.
    pub transaction: String,
    /// The application ID.
    pub app_id: String,
    /// The user ID.
    pub user_id: String,
    /// The session's ID.
    pub sid: String,
    /// The event.
    pub event: CallbackEvent,
}

/// Reads the events of a callback's body, in order.
///
/// # Errors
///
/// The path of the first field that is absent, has another type or contradicts its event's code.
pub fn read_body(body: &Value) -> Result<Vec<ReceivedEvent>, String> {
    let mut events = Vec::new();
    let transaction = text(body, "transactionid", "")?;
    let app_id = text(body, "appid", "")?;
    for (index, session) in list(body, "eves", "")?.iter().enumerate() {
        let path = format!("eves[{index}].");
        let (user_id, sid) = (text(session, "uid", &path)?, text(session, "sid", &path)?);
        for (index, event) in list(session, "events", &path)?.iter().enumerate() {
            let path = format!("{path}events[{index}].");
            let event = read_event(event, &path)?;
            let (transaction, app_id) = (transaction.clone(), app_id.clone());
            events.push(ReceivedEvent {
                transaction,
                app_id,
                user_id: user_id.clone(),
                sid: sid.clone(),
                event,
            });
        }
    }
    Ok(events)
}

fn read_event(event: &Value, path: &str) -> Result<CallbackEvent, String> {
    let code = event["e"].as_u64().ok_or_else(|| format!("{path}e"))?;
    for (name, codes) in [("r", [2, 2]), ("g", [3, 4]), ("gs", [5, 5])] {
        if event.get(name).is_some() != codes.contains(&code) {
            return Err(format!("{path}{name}"));
        }
    }
    match code {
        1 => Ok(CallbackEvent::Logon),
        2 => {
            let reason = event["r"].as_u64().and_then(|reason| u8::try_from(reason).ok());
            reason.map(CallbackEvent::Logoff).ok_or_else(|| format!("{path}r"))
        }
        3 => Ok(CallbackEvent::Join(text(event, "g", path)?.into())),
        4 => Ok(CallbackEvent::Leave(text(event, "g", path)?.into())),
        5 => {
            let groups = list(event, "gs", path)?.iter().map(|group| group.as_str().map(Arc::from));
            groups.collect::<Option<_>>().map(CallbackEvent::Reconnect).ok_or_else(|| format!("{path}gs"))
        }
        _ => Err(format!("{path}e")),
    }
}

fn text(object: &Value, name: &str, path: &str) -> Result<String, String> {
    object[name].as_str().map(str::to_owned).ok_or_else(|| format!("{path}{name}"))
}

fn list<'a>(object: &'a Value, name: &str, path: &str) -> Result<&'a Vec<Value>, String> {
    object[name].as_array().ok_or_else(|| format!("{path}{name}"))
}

/// The signature of a callback or a moderation call, under the application's key.
///
/// MD5 in lower-case hexadecimal over the address, the time in UNIX seconds and the key, joined by bars. Whether the address
/// is the whole URL or its host is the reading `callback.sign-field`.
/// Rule: `callback.sign.formula`
#[must_use]
pub fn signature(readings: &Readings, url: &str, seconds: u64, key: &str) -> String {
    let address = match readings.callback_sign_field {
        CallbackSignField::Host => host(url),
        CallbackSignField::Url => url,
    };
    bar_md5(address, seconds, key)
}

/// The signature of an old-family callback: MD5 over the address, the time in UNIX seconds and the key, joined by bars.
///
/// Rule: `legacy.callback.signature`
#[must_use]
pub fn old_signature(url: &str, seconds: u64, key: &str) -> String {
    bar_md5(url, seconds, key)
}

fn bar_md5(address: &str, seconds: u64, key: &str) -> String {
    hex(&Md5::digest(format!("{address}|{seconds}|{key}")))
}

/// The host of an address, without scheme, user, port and path.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if authority.starts_with('[') {
        authority.split_inclusive(']').next().unwrap_or(authority)
    } else {
        authority.split(':').next().unwrap_or(authority)
    }
}

/// The headers of a signed callback or moderation call.
///
/// Rule: `callback.auth.headers`
#[must_use]
pub fn headers(readings: &Readings, url: &str, seconds: u64, key: &str) -> [(&'static str, String); 3] {
    [
        ("Content-Type", CALLBACK_TYPE.to_owned()),
        (TIMESTAMP_HEADER, seconds.to_string()),
        (SIGNATURE_HEADER, signature(readings, url, seconds, key)),
    ]
}

/// Why a receiver does not trust a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallbackDistrust {
    /// The timestamp is no number of UNIX seconds.
    Malformed,
    /// The timestamp is more than five minutes away.
    Stale,
    /// The signature is not the one computed from address, timestamp and key.
    WrongSignature,
}

impl fmt::Display for CallbackDistrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the callback's timestamp is not a number of UNIX seconds",
            Self::Stale => "the callback's timestamp is more than 300 seconds away",
            Self::WrongSignature => "the callback's signature does not match its address, timestamp and key",
        })
    }
}

impl core::error::Error for CallbackDistrust {}

/// Checks a callback's two headers as its receiver should: signature first, then age.
///
/// # Errors
///
/// The first reason for distrust, in the order above.
pub fn verify(
    readings: &Readings,
    now_seconds: u64,
    (url, key): (&str, &str),
    (timestamp, given): (&str, &str),
) -> Result<(), CallbackDistrust> {
    let seconds: u64 = timestamp.parse().map_err(|_| CallbackDistrust::Malformed)?;
    let computed = signature(readings, url, seconds, key);
    if !bool::from(computed.as_bytes().ct_eq(given.as_bytes())) {
        return Err(CallbackDistrust::WrongSignature);
    }
    if now_seconds.abs_diff(seconds) > CALLBACK_AGE_SECONDS_MAX {
        return Err(CallbackDistrust::Stale);
    }
    Ok(())
}

/// The body that asks a custom moderation about a text.
///
/// Rule: `moderation.request.content`
#[must_use]
pub fn moderation_request(content: &str) -> String {
    json!({ "content": content }).to_string()
}

/// The verdict in a custom moderation's answer.
///
/// Any status but 200 means that the review is unavailable. A 200 without a readable `pass` is the reading
/// `moderation.unreadable`.
/// Rules: `moderation.verdict.pass`, `moderation.failure.open`
#[must_use]
pub fn moderation_verdict(readings: &Readings, status: u16, body: &[u8]) -> Verdict {
    if status != 200 {
        return Verdict::Unavailable;
    }
    let answer: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    match answer.get("pass").and_then(Value::as_bool) {
        Some(true) => Verdict::Pass,
        Some(false) => {
            let reason = answer.get("reason").and_then(Value::as_str).unwrap_or_default();
            Verdict::Refuse(reason.into())
        }
        None => match readings.moderation_unreadable {
            ModerationUnreadable::Blocked => Verdict::Refuse("the review's answer has no pass".into()),
            ModerationUnreadable::Passed => Verdict::Unavailable,
        },
    }
}

/// The content of an old-family callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OldEvent<'a> {
    /// Whether the user joined; else left.
    pub joined: bool,
    /// The application ID.
    pub app_id: &'a str,
    /// The group ID.
    pub group_id: &'a str,
    /// The user ID.
    pub user_id: &'a str,
    /// When, in UNIX milliseconds.
    pub at_millis: u64,
}

/// The address that an old-family callback gets: the configured one with the event in its query.
///
/// Rule: `legacy.callback.get`
#[must_use]
pub fn old_target(url: &str, event: &OldEvent<'_>) -> String {
    let time = event.at_millis.to_string();
    let pairs = [
        ("action", if event.joined { "join_group" } else { "leave_group" }),
        ("appId", event.app_id),
        ("time", time.as_str()),
        ("groupId", event.group_id),
        ("userId", event.user_id),
    ];
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}{}", encode_pairs(pairs, Spelling::Canonical))
}

/// The headers of an old-family callback.
#[must_use]
pub fn old_headers(url: &str, seconds: u64, key: &str) -> [(&'static str, String); 2] {
    [(OLD_TIMESTAMP_HEADER, seconds.to_string()), (OLD_SIGNATURE_HEADER, old_signature(url, seconds, key))]
}

/// Whether an old-family callback was taken: its receiver answers `{"code":200}`.
#[must_use]
pub fn old_taken(body: &[u8]) -> bool {
    let answer: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    answer.get("code").and_then(Value::as_u64) == Some(200)
}
