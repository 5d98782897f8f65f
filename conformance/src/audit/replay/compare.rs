//! The recording beside the reference: the same, but for names that each service makes itself.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

/// Fields that hold what a service made up: IDs, secrets, tokens of pages.
const MADE: [&str; 21] = [
    "AppId",
    "AppKey",
    "AppSign",
    "GroupId",
    "MsgTid",
    "MessageId",
    "messageId",
    "groupId",
    "session",
    "sid",
    "RequestId",
    "AccessToken",
    "RefreshToken",
    "transactionid",
    "TaskId",
    "X-Sign",
    "x-live-signature",
    "NextPageToken",
    "nextPageToken",
    "acknowledge",
    "msgtid",
];

/// Names that both services made, each its own for the same thing.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// From the recording's to the reference's.
    to_model: BTreeMap<String, String>,
    from_model: BTreeMap<String, String>,
    /// In the order in which they were found: a comparison that fails takes back what it has concluded.
    found: Vec<(String, String)>,
}

impl Names {
    /// The reference's name for what the recording calls so.
    pub(super) fn model(&self, recorded: &str) -> String {
        self.to_model.get(recorded).map_or_else(|| recorded.to_owned(), Clone::clone)
    }

    /// The recording's name for what the reference calls so.
    pub(super) fn recorded(&self, model: &str) -> String {
        self.from_model.get(model).map_or_else(|| model.to_owned(), Clone::clone)
    }

    /// Whether the reference made this name, and the recording has one for it.
    pub(super) fn is_model(&self, model: &str) -> bool {
        self.from_model.contains_key(model)
    }

    /// The same, of every text in a value.
    pub(super) fn in_value(&self, value: &Json) -> Json {
        match value {
            Json::String(text) => Json::String(self.model(text)),
            Json::Array(items) => items.iter().map(|item| self.in_value(item)).collect(),
            Json::Object(fields) => Json::Object(self.in_fields(fields)),
            Json::Null | Json::Bool(_) | Json::Number(_) => value.clone(),
        }
    }

    pub(super) fn in_fields(&self, fields: &Map<String, Json>) -> Map<String, Json> {
        fields.iter().map(|(name, value)| (name.clone(), self.in_value(value))).collect()
    }

    /// Forgets the names that were found since there were so many.
    fn forget(&mut self, kept: usize) {
        for (recorded, model) in self.found.drain(kept..) {
            self.to_model.remove(&recorded);
            self.from_model.remove(&model);
        }
    }

    /// Whether two texts name the same thing; two that neither side has used yet do from now on.
    fn same(&mut self, recorded: &str, model: &str) -> bool {
        match (self.to_model.get(recorded), self.from_model.get(model)) {
            (Some(known), _) => known == model,
            (None, Some(_)) => false,
            (None, None) => {
                // What nobody made is the same word on both sides: an empty one, a name that a caller chose.
                self.to_model.insert(recorded.to_owned(), model.to_owned());
                self.from_model.insert(model.to_owned(), recorded.to_owned());
                self.found.push((recorded.to_owned(), model.to_owned()));
                true
            }
        }
    }
}

/// How closely two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Closely {
    /// Times too: nothing was under way, and the clock is right.
    pub times: bool,
    /// What hangs on other applications of the account.
    pub account: bool,
}

/// A field whose value is a time, or hangs on when exactly something was done.
fn is_time(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["time", "stamp", "duration", "expire", "date", "after", "waited"].iter().any(|word| name.contains(word))
}

/// Which of several values of the reference a recorded one is; else the first of the same kind, or of all, and its difference to it.
pub(super) fn find(
    recorded: &Json,
    of: &mut dyn Iterator<Item = &Json>,
    names: &mut Names,
    closely: Closely,
) -> Result<usize, Option<(usize, String)>> {
    let kept = names.found.len();
    let like = |model: &Json| recorded.get("event") == model.get("event");
    let mut first: Option<(usize, String, bool)> = None;
    for (index, model) in of.enumerate() {
        let Some(wrong) = difference(recorded, model, names, closely) else { return Ok(index) };
        names.forget(kept);
        if first.as_ref().is_none_or(|(_, _, alike)| !alike && like(model)) {
            first = Some((index, wrong, like(model)));
        }
    }
    Err(first.map(|(index, wrong, _)| (index, wrong)))
}

/// The first difference, as a path and what stands on both sides; none where the recording says what the reference does.
///
/// Further fields of the recording are ignored: they may be new.
pub(super) fn difference(
    recorded: &Json,
    model: &Json,
    names: &mut Names,
    closely: Closely,
) -> Option<String> {
    differ(recorded, model, (names, closely), "")
}

fn differ(
    recorded: &Json,
    model: &Json,
    (names, closely): (&mut Names, Closely),
    at: &str,
) -> Option<String> {
    let leaf =
        at.rsplit('.').next().unwrap_or(at).trim_end_matches(|letter: char| "[]0123456789".contains(letter));
    if !closely.times && is_time(leaf) {
        return None;
    }
    match (recorded, model) {
        (Json::Object(recorded), Json::Object(model)) => {
            for (name, value) in model {
                let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                let Some(seen) = recorded.get(name) else {
                    // Who is not to be acknowledged need not be written down with a ticket.
                    if name == "acknowledge" {
                        continue;
                    }
                    return Some(format!("{path} is missing"));
                };
                if let Some(difference) = differ(seen, value, (names, closely), &path) {
                    return Some(difference);
                }
            }
            None
        }
        (Json::Array(recorded), Json::Array(model)) => {
            for (index, (seen, value)) in recorded.iter().zip(model).enumerate() {
                let path = format!("{at}[{index}]");
                if let Some(difference) = differ(seen, value, (names, closely), &path) {
                    return Some(difference);
                }
            }
            (recorded.len() != model.len())
                .then(|| format!("{at} has {} entries, not {}", recorded.len(), model.len()))
        }
        (Json::String(seen), Json::String(value)) if MADE.contains(&leaf) && !seen.is_empty() => {
            (value.is_empty() || !names.same(seen, value))
                .then(|| format!("{at} is {recorded}, which names something else than {model}"))
        }
        (Json::String(seen), Json::String(value)) => (names.model(seen) != *value)
            .then(|| format!("{at} is {}, not {}", short(recorded), short(model))),
        (Json::Number(_), Json::Number(_)) if MADE.contains(&leaf) && !closely.times => None,
        (_, _) => (recorded != model).then(|| format!("{at} is {}, not {}", short(recorded), short(model))),
    }
}

/// A value as a sentence can hold it.
fn short(value: &Json) -> String {
    let mut text = value.to_string();
    if text.len() > 80 {
        let end = (0..=77).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_that_a_service_makes_may_differ_but_not_change() {
        let (mut names, closely) = (Names::default(), Closely { times: true, account: true });
        let mut differ = |recorded: Json, model: Json| difference(&recorded, &model, &mut names, closely);
        assert_eq!(differ(json!({ "AppId": "x" }), json!({ "AppId": "m" })), None);
        assert_eq!(differ(json!({ "AppId": "x", "More": 1 }), json!({ "AppId": "m" })), None);
        assert!(differ(json!({ "AppId": "y" }), json!({ "AppId": "m" })).is_some());
        assert!(differ(json!({ "GroupName": "y" }), json!({ "GroupName": "m" })).is_some());
        assert_eq!(
            differ(json!({ "list": [1] }), json!({ "list": [1, 2] })).as_deref(),
            Some("list has 1 entries, not 2")
        );
        assert_eq!(differ(json!({}), json!({ "Total": 1 })).as_deref(), Some("Total is missing"));
    }

    #[test]
    fn times_are_compared_only_where_they_are_known() {
        let (seen, said) = (json!({ "CreateTime": 1 }), json!({ "CreateTime": 2 }));
        let mut names = Names::default();
        assert!(difference(&seen, &said, &mut names, Closely { times: true, account: true }).is_some());
        assert_eq!(difference(&seen, &said, &mut names, Closely { times: false, account: true }), None);
    }
}
