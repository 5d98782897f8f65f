//! The keys of applications that answers have shown, for the signatures of callbacks.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

/// The keys of applications that went by.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    /// By application ID.
    keys: BTreeMap<String, String>,
}

impl Remembered {
    /// The key of an application; nothing, if nobody saw it.
    pub(super) fn key(&self, app: &str) -> &str {
        self.keys.get(app).map_or("", String::as_str)
    }

    /// Notes the key of an application that a call made.
    pub(super) fn answered(&mut self, fields: &Map<String, Json>) {
        let text = |name: &str| fields.get(name).and_then(Json::as_str);
        if let (Some(id), Some(key)) = (text("AppId"), text("AppKey")) {
            self.keys.insert(id.to_owned(), key.to_owned());
        }
    }
}
