//! The client library's part of a case, the same in the process and over a link: a client makes its token, keeps its session,
//! and remembers how far it has come in each group, so that a reconnect pulls what it missed. It acknowledges nothing unless its
//! case says so.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;

use claque_core::{Duration, Login};
use claque_wire::audience::{EVENTS, Event, EventName, SessionMethod, reconnect_params};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::words::{ClientMade, Outcome, SubjectError};
use crate::case::{Channel, ClientVerb};

/// How long a token lasts when a case does not say: longer than any case. Unit: seconds.
const TOKEN_SECONDS: u64 = 10 * 365 * 86_400;

/// A client's knowledge of its session.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The service's ID of the session.
    session: String,
    /// The newest sequence number that arrived, by group.
    cursors: BTreeMap<String, u64>,
    /// Tickets of messages that wait to be acknowledged.
    owes: VecDeque<Arc<str>>,
}

impl Memory {
    /// That of a client whose logon was answered with these fields.
    pub(super) fn of(fields: &Map<String, Json>) -> Self {
        let session = fields.get("session").and_then(Json::as_str).unwrap_or_default().to_owned();
        Self { session, cursors: BTreeMap::new(), owes: VecDeque::new() }
    }

    /// The service's ID of the session.
    pub(super) fn session(&self) -> &str {
        &self.session
    }

    /// The ticket of the oldest message that waits for the client of this name to acknowledge it.
    pub(super) fn ticket(&mut self, client: &str) -> Result<Arc<str>, SubjectError> {
        let ticket = self.owes.pop_front();
        ticket.ok_or_else(|| SubjectError(format!("{client} has nothing to acknowledge")))
    }

    /// The parameters of a request. What a case leaves out of a message is 0 or empty. `shown`: the ticket that is
    /// acknowledged, where it is another client's.
    pub(super) fn params(
        &mut self,
        method: SessionMethod,
        action: &ClientMade,
        shown: Option<Arc<str>>,
    ) -> Result<Json, SubjectError> {
        let mut params = action.with.clone();
        if let Some(group) = &action.group {
            params.insert("groupId".to_owned(), json!(group));
        }
        if method == SessionMethod::Acknowledge {
            params.remove("of");
            // Who says which one is acknowledged means that one, and not the oldest.
            if let Some(named) = params.get("ticket").and_then(Json::as_str) {
                self.owes.retain(|owed| **owed != *named);
            } else {
                let ticket = shown.map_or_else(|| self.ticket(&action.client), Ok)?;
                params.insert("ticket".to_owned(), json!(*ticket));
            }
        }
        if matches!(method, SessionMethod::SendC2cMessage | SessionMethod::SendGroupMessage) {
            params.entry("type").or_insert_with(|| json!(0));
            params.entry("data").or_insert_with(|| json!(""));
        }
        Ok(Json::Object(params))
    }

    /// The parameters with which the client comes back, having come as far as it remembers, or as its case says of some groups (an
    /// object), or as was recorded of all (a list, as a request has it).
    pub(super) fn comeback(&self, with: &Map<String, Json>, fresh: Option<&Login>) -> Json {
        let mut cursors = self.cursors.clone();
        match with.get("cursors") {
            Some(Json::Object(said)) => {
                cursors.extend(said.iter().filter_map(|(group, seq)| Some((group.clone(), seq.as_u64()?))));
            }
            Some(Json::Array(recorded)) => {
                let one = |cursor: &Json| {
                    let group = cursor.get("groupId")?.as_str()?;
                    Some((group.to_owned(), cursor.get("seqnum")?.as_u64()?))
                };
                cursors = recorded.iter().filter_map(one).collect();
            }
            Some(Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_)) | None => {}
        }
        reconnect_params(&self.session, cursors.iter().map(|(group, seq)| (group.as_str(), *seq)), fresh)
    }

    /// A request was answered: a client that joins has come as far as the group has.
    pub(super) fn answered(&mut self, method: SessionMethod, outcome: &Outcome) {
        if let (SessionMethod::JoinGroup, Outcome::Accepted { fields, .. }) = (method, outcome) {
            let group = fields.get("groupId").and_then(Json::as_str).unwrap_or_default();
            let seq = fields.get("seqnum").and_then(Json::as_u64).unwrap_or(0);
            self.cursors.insert(group.to_owned(), seq);
        }
    }

    /// The client has heard something.
    pub(super) fn note(&mut self, heard: &Heard) {
        self.owes.extend(heard.ticket.iter().cloned());
        for body in &heard.bodies {
            let Some(group) = body.get("groupId").and_then(Json::as_str) else { continue };
            if heard.exit {
                // A client that learns that it is out of a group names the group no longer when it comes back.
                self.cursors.remove(group);
            } else if let Some(seq) = body.get("seqnum").and_then(Json::as_u64) {
                match self.cursors.get_mut(group) {
                    Some(cursor) => *cursor = seq.max(*cursor),
                    None => drop(self.cursors.insert(group.to_owned(), seq)),
                }
            }
        }
    }
}

/// An event, as a case looks at it.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    /// The way in which it was sent.
    pub(super) channel: Channel,
    /// The frame; of messages what it carries, each by itself.
    pub(super) bodies: Vec<Arc<Json>>,
    /// The ID that an acknowledgement names.
    pub(super) ticket: Option<Arc<str>>,
    /// The client is out of the group.
    exit: bool,
}

impl Heard {
    /// Takes an event of the service in the process apart.
    pub(super) fn event(event: &Event<'_>) -> Self {
        Self::of(event.value()).expect("an event is written with a name of the table")
    }

    /// Takes the frame of an event apart.
    ///
    /// # Errors
    /// A frame whose event the protocol does not have: taken for a notice, it would be judged by rules of notices.
    pub(super) fn of(mut frame: Json) -> Result<Self, SubjectError> {
        let ticket = frame.get("acknowledge").and_then(Json::as_str).map(Arc::from);
        let name = frame.get("event").and_then(Json::as_str).and_then(EventName::find);
        let Some(name) = name else {
            return Err(SubjectError(format!(
                "a client was sent a frame that is no answer and whose `event` is none of {}: {frame}",
                EVENTS.join(", ")
            )));
        };
        let exit = name == EventName::Exit;
        let (channel, part) = match name {
            EventName::Delivered => (Channel::Delivered, Some("message")),
            EventName::Direct => (Channel::Direct, Some("message")),
            EventName::Recovered => (Channel::Recovered, Some("messages")),
            EventName::Disconnect => (Channel::Closed, None),
            EventName::Deleted
            | EventName::DirectDeleted
            | EventName::Exit
            | EventName::InfoChange
            | EventName::Like
            | EventName::MemberChange
            | EventName::MuteChange
            | EventName::Statistics
            | EventName::TokenExpired => (Channel::Notices, None),
        };
        let body = match part {
            Some(part) => frame.get_mut(part).map(Json::take).unwrap_or_default(),
            None => frame,
        };
        let bodies = match body {
            Json::Array(items) => items.into_iter().map(Arc::new).collect(),
            body @ (Json::Bool(_) | Json::Null | Json::Number(_) | Json::Object(_) | Json::String(_)) => {
                vec![Arc::new(body)]
            }
        };
        Ok(Self { channel, bodies, ticket, exit })
    }
}

/// How a request ended, by the frame of its answer.
pub(super) fn outcome(mut frame: Json) -> Outcome {
    if let Some(error) = frame.get("error") {
        let code = error.get("code").and_then(Json::as_u64).unwrap_or(0);
        return Outcome::Refused {
            status: u16::try_from(code).unwrap_or(0),
            code: code.to_string(),
            message: error.get("message").and_then(Json::as_str).unwrap_or_default().to_owned(),
            about: None,
            headers: Map::new(),
        };
    }
    match frame.get_mut("result").map(Json::take) {
        Some(Json::Object(result)) => Outcome::accepted(result),
        Some(Json::Array(_) | Json::Bool(_) | Json::Null | Json::Number(_) | Json::String(_)) | None => {
            Outcome::Unreadable { status: 0, body: frame.to_string() }
        }
    }
}

/// The client whose message an acknowledgement is about, where that is another than the one that sends it.
pub(super) fn shown_by(action: &ClientMade) -> Option<&str> {
    let acknowledges = action.verb == ClientVerb::Ask(SessionMethod::Acknowledge);
    action.with.get("of").and_then(Json::as_str).filter(|_| acknowledges)
}

/// Whether a client that comes back shows a token anew.
pub(super) fn proves(action: &ClientMade) -> bool {
    action.with.keys().any(|name| name != "cursors")
}

/// A logon with a token made from the very values it presents, unless the case forges some of them afterwards.
pub(super) fn login(action: &ClientMade, now_seconds: u64) -> Login {
    let text = |name: &str| argument_text(&action.with, name);
    let with = &action.with;
    let timestamp = with.get("timestamp").and_then(Json::as_u64).unwrap_or(now_seconds + TOKEN_SECONDS);
    let (nonce, role) = (text("nonce"), text("role"));
    let made =
        made_token(&[&action.app.id, &action.app.key, &action.user, &nonce, &timestamp.to_string(), &role]);
    let forged = |name: &str, made: String| {
        with.get("forged")
            .and_then(|forged| forged.get(name))
            .and_then(Json::as_str)
            .map_or(made, str::to_owned)
    };
    let forged_time = with.get("forged").and_then(|forged| forged.get("timestamp")).and_then(Json::as_u64);
    let sign = with.get("appSign").and_then(Json::as_str).unwrap_or(&action.app.sign);
    let given = with.get("token").and_then(Json::as_str);
    Login {
        app_id: forged("appId", action.app.id.clone()).into(),
        app_sign: sign.into(),
        user_id: forged("userId", action.user.clone()).into(),
        user_info: text("userExtension").into(),
        nonce: forged("nonce", nonce).into(),
        role: forged("role", role).into(),
        timestamp: forged_time.unwrap_or(timestamp),
        token: given.map_or_else(|| made.into(), Into::into),
        heartbeat_timeout: with.get("heartbeatTimeout").and_then(Json::as_u64).map(Duration::from_secs),
        acknowledges: with.get("acknowledges").and_then(Json::as_bool).unwrap_or(true),
        device: action.device,
    }
}

/// The token of the documented formula: SHA-256 over the parts without separators, in lower-case hexadecimal.
pub(crate) fn made_token(parts: &[&str]) -> String {
    let digest = Sha256::digest(parts.concat());
    digest.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string succeeds");
        hex
    })
}

fn argument_text(with: &Map<String, Json>, name: &str) -> String {
    with.get(name).and_then(Json::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn unknown_event_is_named_and_no_notice() {
        let heard = super::Heard::of(serde_json::json!({ "event": "applause", "groupId": "g" }));
        let error = heard.expect_err("the protocol has no such event").to_string();
        assert!(error.contains("applause") && error.contains("memberchange"), "{error}");
    }

    #[test]
    fn token_is_the_computed_vector() {
        let made = super::made_token(&["demo", "appkey123", "uid1", "AK-nonce", "1700000000", "admin"]);
        assert_eq!(made, "1ffa9025713e96302f8d3c011ae71ac21b50f5463072241640a7083f79a3bc5f");
    }
}
