//! Short names for what the service makes, and values in one line.

use std::collections::{BTreeMap, BTreeSet};

use claque_wire::argument::{Argument, Arguments};
use serde_json::{Map, Value as Json};

use crate::case::ZERO;

/// Characters of a text that are shown.
const TEXT_SHOWN: usize = 48;
/// Entries of a list that are shown.
const ITEMS_SHOWN: usize = 12;
/// Seconds around the moment zero that are written as a distance: 20 years.
const NEAR_SECONDS: i64 = 20 * 365 * 86_400;

/// Fields that hold names which the service makes, with the letter that their short names begin with.
const MADE: &[(&str, &str)] = &[
    ("AccessToken", "token"),
    ("AppId", "app"),
    ("AppKey", "key"),
    ("AppSign", "sign"),
    ("GroupId", "g"),
    ("MessageId", "m"),
    ("MsgTid", "m"),
    ("RefreshToken", "token"),
    ("appid", "app"),
    ("groupId", "g"),
    ("messageId", "m"),
    ("session", "session"),
    ("sid", "s"),
    ("transactionid", "t"),
    ("winner", "m"),
];

/// Fields that hold moments. Unit: UNIX seconds.
const MOMENTS: &[&str] = &[
    "CreateTime",
    "Createtime",
    "Deletatime",
    "JoinTime",
    "ModifyTime",
    "Timestamp",
    "createTime",
    "timestamp",
];

/// Fields that differ between equal runs of different builds, or say nothing.
const HIDDEN: &[&str] = &["Ali-Live-Signature", "Recommend"];

/// Short names for those that the service makes.
#[derive(Clone, Debug, Default)]
pub struct Names {
    short: BTreeMap<String, String>,
    /// Texts that the case itself wrote: they are their own names.
    literal: BTreeSet<String>,
    made: BTreeMap<&'static str, u32>,
}

impl Names {
    /// Shortens a name that the service made.
    pub fn give(&mut self, made: &str, short: &str) {
        self.short.insert(made.to_owned(), short.to_owned());
    }

    /// Arguments in one line; their texts are literal from here on.
    pub fn arguments(&mut self, arguments: &Arguments) -> String {
        let mut words = Vec::new();
        for (name, argument) in arguments.iter() {
            let value = match argument {
                Argument::Boolean(truth) => truth.to_string(),
                Argument::Integer(number) => self.value(name, &Json::from(*number)),
                Argument::List(items) => {
                    self.literal.extend(items.iter().filter(|item| !self.short.contains_key(*item)).cloned());
                    self.value(name, &Json::from(items.clone()))
                }
                Argument::Map(map) => format!("{{{}}}", self.compact_fields(map)),
                Argument::Text(text) => {
                    self.literal(text);
                    self.value(name, &Json::from(text.as_str()))
                }
            };
            words.push(format!("{name}={value}"));
        }
        words.join(" ")
    }

    /// A client's arguments, in one line; their texts are literal from here on.
    pub fn client_arguments(&mut self, with: &Map<String, Json>) -> String {
        with.values().for_each(|value| self.written(value));
        self.compact_fields(with)
    }

    fn written(&mut self, value: &Json) {
        match value {
            Json::String(text) => self.literal(text),
            Json::Array(items) => items.iter().for_each(|item| self.written(item)),
            Json::Object(fields) => fields.values().for_each(|field| self.written(field)),
            Json::Bool(_) | Json::Null | Json::Number(_) => {}
        }
    }

    /// Takes a text for literal: it was written by the case, and not made by the service.
    pub fn literal(&mut self, text: &str) {
        if !self.short.contains_key(text) {
            self.literal.insert(text.to_owned());
        }
    }

    /// The short name of a text that the service made; any other text is its own.
    #[must_use]
    pub fn short<'n>(&'n self, text: &'n str) -> &'n str {
        self.short.get(text).map_or(text, String::as_str)
    }

    /// A value in one line.
    pub fn compact(&mut self, value: &Json) -> String {
        match value {
            Json::Object(fields) => self.compact_fields(fields),
            Json::Array(_) | Json::Bool(_) | Json::Null | Json::Number(_) | Json::String(_) => {
                self.value("", value)
            }
        }
    }

    /// The fields of an object in one line.
    pub fn compact_fields(&mut self, fields: &Map<String, Json>) -> String {
        let shown = fields.iter().filter(|(name, _)| !HIDDEN.contains(&name.as_str()));
        let words: Vec<String> =
            shown.map(|(name, value)| format!("{name}={}", self.value(name, value))).collect();
        words.join(" ")
    }

    fn value(&mut self, field: &str, value: &Json) -> String {
        match value {
            Json::String(text) => self.text(field, text),
            Json::Number(number) => match number.as_i64() {
                Some(seconds) if MOMENTS.contains(&field) => moment(seconds),
                Some(_) | None => number.to_string(),
            },
            Json::Bool(_) | Json::Null => value.to_string(),
            Json::Array(items) => {
                let shown: Vec<String> =
                    items.iter().take(ITEMS_SHOWN).map(|item| self.value(field, item)).collect();
                let more = if items.len() > ITEMS_SHOWN {
                    format!(", … {} in all", items.len())
                } else {
                    String::new()
                };
                format!("[{}{more}]", shown.join(", "))
            }
            Json::Object(fields) => format!("{{{}}}", self.compact_fields(fields)),
        }
    }

    fn text(&mut self, field: &str, text: &str) -> String {
        if let Some(short) = self.short.get(text) {
            return short.clone();
        }
        let made = MADE.iter().find(|(name, _)| *name == field).map(|(_, letter)| *letter);
        if let Some(letter) = made.filter(|_| !text.is_empty() && !self.literal.contains(text)) {
            let count = self.made.entry(letter).or_default();
            *count += 1;
            let short = format!("{letter}{count}");
            self.give(text, &short);
            return short;
        }
        quoted(text)
    }
}

/// A moment as its distance from the moment zero.
fn moment(seconds: i64) -> String {
    let zero = i64::try_from(ZERO.unix_seconds()).expect("the moment zero fits 64 bits");
    let distance = seconds - zero;
    if distance.abs() > NEAR_SECONDS { seconds.to_string() } else { format!("@{distance}s") }
}

/// A text, quoted where it is not one plain word, cut where it is long.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | ':' | '@');
    if text.chars().count() > TEXT_SHOWN {
        let head: String = text.chars().take(8).collect();
        return format!("\"{head}…\" ({} bytes)", text.len());
    }
    if !text.is_empty() && text.chars().all(plain) { text.to_owned() } else { format!("{text:?}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Names;

    #[test]
    fn names_that_the_service_makes_are_shortened_in_order_of_appearance() {
        let mut names = Names::default();
        names.give("k2m4", "app");
        names.literal("mine");
        let answer =
            json!({ "AppId": "k2m4", "MsgTid": "zz9", "GroupId": "mine", "CreateTime": 1_750_420_805 });
        assert_eq!(names.compact(&answer), "AppId=app MsgTid=m1 GroupId=mine CreateTime=@5s");
        assert_eq!(names.compact(&json!({ "messageId": "zz9", "winner": null })), "messageId=m1 winner=null");
    }

    #[test]
    fn names_that_a_client_writes_are_their_own() {
        let mut names = Names::default();
        let with = json!({ "messageId": "t_1", "type": 1 });
        let fields = with.as_object().expect("an object");
        assert_eq!(names.client_arguments(fields), "messageId=t_1 type=1");
        assert_eq!(names.compact(&json!({ "messageId": "zz9" })), "messageId=m1");
    }

    #[test]
    fn long_and_odd_texts_are_cut_and_quoted() {
        let mut names = Names::default();
        let odd = json!({ "Body": "a b", "Empty": "", "Long": "é".repeat(50) });
        assert_eq!(names.compact(&odd), "Body=\"a b\" Empty=\"\" Long=\"éééééééé…\" (100 bytes)");
    }
}
