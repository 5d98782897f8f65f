//! What calls said and were told, for the ledger and for the signatures of callbacks.

use std::collections::BTreeMap;

use claque_wire::argument::Argument;
use serde_json::{Map, Value as Json};

use super::CallMade;

/// The texts of messages and the keys of applications that went by.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    /// By message ID.
    bodies: BTreeMap<String, String>,
    /// By application ID.
    keys: BTreeMap<String, String>,
}

impl Remembered {
    /// What a message said; nothing, if nobody saw it.
    pub(super) fn body(&self, message: &str) -> &str {
        self.bodies.get(message).map_or("", String::as_str)
    }

    /// The key of an application; nothing, if nobody saw it.
    pub(super) fn key(&self, app: &str) -> &str {
        self.keys.get(app).map_or("", String::as_str)
    }

    /// Notes a message that a client sent.
    pub(super) fn sent(&mut self, message: String, body: String) {
        self.bodies.insert(message, body);
    }

    /// A message that its caller named can be shed at once: its text is noted before the call is made.
    pub(super) fn asked(&mut self, call: &CallMade) {
        if let (Some(Argument::Text(tid)), Some(body)) = (call.arguments.get("MsgTid"), body_of(call)) {
            self.bodies.insert(tid.clone(), body);
        }
    }

    /// The text of a message that the service named, and the key of an application that it made.
    pub(super) fn answered(&mut self, call: &CallMade, fields: &Map<String, Json>) {
        let text = |name: &str| fields.get(name).and_then(Json::as_str);
        let nested = fields.get("Result").and_then(|result| result.get("MessageId")).and_then(Json::as_str);
        if let (Some(tid), Some(body)) = (text("MsgTid").or(nested), body_of(call)) {
            self.bodies.insert(tid.to_owned(), body);
        }
        if let (Some(id), Some(key)) = (text("AppId"), text("AppKey")) {
            self.keys.insert(id.to_owned(), key.to_owned());
        }
    }
}

fn body_of(call: &CallMade) -> Option<String> {
    match call.arguments.get("Body").or_else(|| call.arguments.get("Data")) {
        Some(Argument::Text(body)) => Some(body.clone()),
        Some(Argument::Boolean(_) | Argument::Integer(_) | Argument::List(_) | Argument::Map(_)) | None => {
            None
        }
    }
}
