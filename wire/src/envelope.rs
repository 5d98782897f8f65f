//! The answer on the wire: status, headers and JSON body, for success and for each kind of refusal.
//!
//! Two clients decide by the body alone: any `Code` makes an answer an error whatever its status, and its absence makes a
//! success of it. So a success never carries `Code`, and an error always does.

use core::fmt;

use claque_core::reading::{AuthRamCode, QuotaThrottleStatus, WireMissingCode};
use claque_core::{Fault, InputInvalid, Instant, Readings, Refusal};
use serde_json::{Map, Value, json};

use crate::sign::AuthError;

/// The ID of one call, as the service prints it: 32 upper-case hexadecimal digits in five groups.
///
/// The number is the caller's business: unpredictable in a server, counted in a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u128);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let group = |shift: u32, bits: u32| (self.0 >> shift) & ((1 << bits) - 1);
        let (a, b, c, d, e) = (group(96, 32), group(80, 16), group(64, 16), group(48, 16), group(0, 48));
        write!(f, "{a:08X}-{b:04X}-{c:04X}-{d:04X}-{e:012X}")
    }
}

/// The media type of every answer.
pub const JSON_TYPE: &str = "application/json; charset=utf-8";

/// A complete answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The HTTP status.
    pub status: u16,
    /// Headers besides those of the transport (length, date, connection).
    pub headers: Vec<(&'static str, String)>,
    /// The JSON body.
    pub body: String,
}

/// The answer to an accepted call: `RequestId`, then the fields.
///
/// # Panics
///
/// If the fields hold `Code`, which some clients take for an error.
#[must_use]
pub fn accepted(id: RequestId, fields: Map<String, Value>) -> HttpAnswer {
    assert!(!fields.contains_key("Code"), "a success never carries Code");
    let mut body = Map::new();
    let id = id.to_string();
    body.insert("RequestId".to_owned(), Value::String(id.clone()));
    body.extend(fields);
    HttpAnswer { status: 200, headers: headers(id), body: Value::Object(body).to_string() }
}

/// The HTTP status and the code of a refusal, under the readings that choose between codes.
///
/// Rules: `error.input-invalid.code`, `error.no-auth.code`, `error.resource-not-exist.code`,
/// `error.too-many-groups.code`, `error.server-error.code`, `quota.throttle.code`
#[must_use]
pub fn code_of(readings: &Readings, refusal: &Refusal) -> (u16, String) {
    let code = refusal.code();
    let plain = (code.status(), code.as_str().to_owned());
    match refusal {
        Refusal::InputInvalid(InputInvalid { parameter, fault: Fault::Missing, .. }) => {
            match readings.wire_missing_code {
                WireMissingCode::InputInvalid => plain,
                WireMissingCode::Missing => (400, format!("Missing{parameter}")),
            }
        }
        Refusal::NoAuth { .. } => match readings.auth_ram_code {
            AuthRamCode::ForbiddenRam => (403, "Forbidden.RAM".to_owned()),
            AuthRamCode::NoAuth => plain,
        },
        Refusal::Throttled { .. } => match readings.quota_throttle_status {
            QuotaThrottleStatus::BadRequest => plain,
            QuotaThrottleStatus::TooManyRequests => (429, plain.1),
        },
        Refusal::InputInvalid(_)
        | Refusal::NotExist { .. }
        | Refusal::Full { .. }
        | Refusal::ServerError { .. } => plain,
    }
}

/// The answer to a call that the state machine refused.
///
/// A throttled call learns when to come back, in milliseconds, from the two headers that clients read.
/// Rules: `wire.error.envelope`, `quota.throttle.headers`
#[must_use]
pub fn refused(
    readings: &Readings,
    now: Instant,
    id: RequestId,
    host: &str,
    refusal: &Refusal,
) -> HttpAnswer {
    refused_with(readings, now, (id, host), refusal, None)
}

/// The same, with something that the caller must know besides at the message's end: the reason of a reviewer, say.
#[must_use]
pub fn refused_with(
    readings: &Readings,
    now: Instant,
    (id, host): (RequestId, &str),
    refusal: &Refusal,
    note: Option<&str>,
) -> HttpAnswer {
    let (status, code) = code_of(readings, refusal);
    let message = note.map_or_else(|| refusal.message(), |note| format!("{refusal}: {note}."));
    let mut answer = failed(id, host, status, &code, &message);
    if let Refusal::Throttled { bound, retry_after_micros, .. } = refusal {
        let millis = retry_after_micros.div_ceil(1_000).max(1);
        let reset = (now.as_micros() + retry_after_micros).div_ceil(1_000_000);
        answer.headers.push(("x-acs-retry-after", millis.to_string()));
        let window = format!("Limit:{bound},Remain:0,TimeLeft:{millis},Reset:{reset}");
        answer.headers.push(("X-RateLimit-User-API", window));
    }
    answer
}

/// The answer to a call that could not be attributed to a caller.
#[must_use]
pub fn unauthenticated(id: RequestId, host: &str, error: &AuthError) -> HttpAnswer {
    failed(id, host, error.status(), error.code(), &error.message())
}

/// An error answer with any status, code and message.
///
/// `host` is the endpoint's name, repeated as `HostId`.
#[must_use]
pub fn failed(id: RequestId, host: &str, status: u16, code: &str, message: &str) -> HttpAnswer {
    let recommend = format!("https://api.aliyun.com/troubleshoot?q={code}&product=live&requestId={id}");
    let body = json!({
        "RequestId": id.to_string(), "HostId": host, "Code": code, "Message": message, "Recommend": recommend,
    });
    HttpAnswer { status, headers: headers(id.to_string()), body: body.to_string() }
}

fn headers(id: String) -> Vec<(&'static str, String)> {
    vec![("Content-Type", JSON_TYPE.to_owned()), ("x-acs-request-id", id)]
}

/// An answer as its caller reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The call was accepted.
    Accepted {
        /// The ID of the call; empty if the answer had none.
        request_id: String,
        /// The fields besides `RequestId`.
        fields: Map<String, Value>,
    },
    /// The call was refused.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The error code.
        code: String,
        /// The message; empty if the answer had none.
        message: String,
        /// The ID of the call; empty if the answer had none.
        request_id: String,
    },
    /// The body is no JSON object, or an error without a code.
    Unreadable {
        /// The HTTP status.
        status: u16,
    },
}

/// Reads an answer as a strict client does: the status and the code must agree.
#[must_use]
pub fn read(status: u16, body: &[u8]) -> Outcome {
    let Ok(Value::Object(mut fields)) = serde_json::from_slice(body) else {
        return Outcome::Unreadable { status };
    };
    let mut take = |name: &str| match fields.shift_remove(name) {
        Some(Value::String(text)) => Some(text),
        Some(other) => Some(other.to_string()),
        None => None,
    };
    let request_id = take("RequestId").unwrap_or_default();
    if (200..300).contains(&status) {
        return if fields.contains_key("Code") {
            Outcome::Unreadable { status }
        } else {
            Outcome::Accepted { request_id, fields }
        };
    }
    match take("Code") {
        Some(code) => {
            Outcome::Refused { status, code, message: take("Message").unwrap_or_default(), request_id }
        }
        None => Outcome::Unreadable { status },
    }
}

#[cfg(test)]
mod tests {
    use claque_core::{Full, Missing, Operation, Rule};

    use super::*;

    const ID: RequestId = RequestId(0x0123_4567_89AB_CDEF_0123_4567_89AB_CDEF);

    #[test]
    fn a_request_id_reads_like_the_services() {
        assert_eq!(ID.to_string(), "01234567-89AB-CDEF-0123-456789ABCDEF");
        assert_eq!(RequestId(1).to_string(), "00000000-0000-0000-0000-000000000001");
    }

    #[test]
    fn a_success_begins_with_its_id_and_has_no_code() {
        let answer = accepted(ID, Map::from_iter([("GroupId".to_owned(), json!("g"))]));
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body, r#"{"RequestId":"01234567-89AB-CDEF-0123-456789ABCDEF","GroupId":"g"}"#);
        let fields = Map::from_iter([("GroupId".to_owned(), json!("g"))]);
        assert_eq!(
            read(200, answer.body.as_bytes()),
            Outcome::Accepted { request_id: ID.to_string(), fields }
        );
    }

    #[test]
    fn a_refusal_has_the_five_documented_fields() {
        let refusal = Refusal::NotExist { what: Missing::Group, rule: Rule::ErrorResourceNotExistCode };
        let answer = refused(&Readings::default(), Instant::EPOCH, ID, "127.0.0.1:8787", &refusal);
        assert_eq!(answer.status, 404);
        let body: Value = serde_json::from_str(&answer.body).expect("the body is JSON");
        let names: Vec<&String> = body.as_object().expect("an object").keys().collect();
        assert_eq!(names, ["RequestId", "HostId", "Code", "Message", "Recommend"]);
        assert_eq!((&body["Code"], &body["HostId"]), (&json!("ResourceNotExist"), &json!("127.0.0.1:8787")));
        assert!(answer.headers.iter().all(|(name, _)| *name != "x-acs-retry-after"));
        let read = read(404, answer.body.as_bytes());
        assert!(matches!(read, Outcome::Refused { status: 404, code, .. } if code == "ResourceNotExist"));
    }

    #[test]
    fn a_throttled_call_learns_when_to_come_back() {
        let now = Instant::from_micros(1_700_000_000_250_001);
        let operation = Operation::SendLiveMessageGroup;
        let refusal = Refusal::Throttled { operation, bound: 50, retry_after_micros: 749_999 };
        let answer = refused(&Readings::default(), now, ID, "h", &refusal);
        assert_eq!(answer.status, 400);
        assert!(answer.headers.contains(&("x-acs-retry-after", "750".to_owned())));
        let window = "Limit:50,Remain:0,TimeLeft:750,Reset:1700000001".to_owned();
        assert!(answer.headers.contains(&("X-RateLimit-User-API", window)));
        assert!(answer.body.contains("\"Throttling.User\""));
    }

    #[test]
    fn readings_choose_between_codes() {
        let operation = Operation::CreateLiveMessageApp;
        let rule = Rule::ErrorInputInvalidCode;
        let missing = InputInvalid { parameter: "GroupId", fault: Fault::Missing, rule };
        let throttled = Refusal::Throttled { operation, bound: 50, retry_after_micros: 1 };
        let full = Refusal::Full { what: Full::Groups, bound: 1, rule };
        for (refusal, default, reading, other) in [
            (
                Refusal::InputInvalid(missing),
                (400, "InputInvalid"),
                ("wire.missing-code", "missing"),
                (400, "MissingGroupId"),
            ),
            (
                Refusal::NoAuth { operation, rule },
                (403, "NoAuth"),
                ("auth.ram-code", "forbidden-ram"),
                (403, "Forbidden.RAM"),
            ),
            (throttled, (400, "Throttling.User"), ("quota.throttle-status", "429"), (429, "Throttling.User")),
            (
                full,
                (400, "ErrorTooManyGroups"),
                ("auth.ram-code", "forbidden-ram"),
                (400, "ErrorTooManyGroups"),
            ),
            (
                Refusal::ServerError { rule },
                (500, "ServerError"),
                ("wire.missing-code", "missing"),
                (500, "ServerError"),
            ),
        ] {
            let mut readings = Readings::default();
            assert_eq!(code_of(&readings, &refusal), (default.0, default.1.to_owned()));
            readings.set(reading.0, reading.1).expect("the reading exists");
            assert_eq!(code_of(&readings, &refusal), (other.0, other.1.to_owned()));
        }
    }

    #[test]
    fn what_no_client_could_understand_is_unreadable() {
        assert_eq!(read(200, b""), Outcome::Unreadable { status: 200 });
        assert_eq!(read(200, b"[]"), Outcome::Unreadable { status: 200 });
        assert_eq!(read(200, br#"{"Code":"InputInvalid"}"#), Outcome::Unreadable { status: 200 });
        assert_eq!(read(502, b"<html>"), Outcome::Unreadable { status: 502 });
        assert_eq!(read(400, br#"{"Message":"m"}"#), Outcome::Unreadable { status: 400 });
    }
}
