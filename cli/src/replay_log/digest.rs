//! What a service answered, as one number: two services that answered the same give the same.
//!
//! Left out is what a service makes anew each time: times, IDs of requests, secrets, texts for people. Names that it makes, such as an
//! application's ID, count by the order of their first appearance.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::MADE;

/// Fields that two runs never share.
const FRESH: [&str; 8] =
    ["RequestId", "HostId", "Message", "Recommend", "AppKey", "AppSign", "AccessToken", "RefreshToken"];

/// FNV-1a: begin and factor, as published.
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

/// The answers so far.
pub(super) struct AnswersDigest {
    state: u64,
    names: BTreeMap<String, usize>,
}

impl AnswersDigest {
    pub(super) const fn new() -> Self {
        Self { state: OFFSET, names: BTreeMap::new() }
    }

    /// Takes the next answer.
    pub(super) fn take(&mut self, operation: &str, status: u16, answer: &Map<String, Value>) {
        let mut text = format!("{operation} {status} ");
        self.write_fields(answer, &mut text);
        for byte in text.bytes() {
            self.state = (self.state ^ u64::from(byte)).wrapping_mul(PRIME);
        }
    }

    pub(super) const fn value(&self) -> u64 {
        self.state
    }

    fn write_fields(&mut self, fields: &Map<String, Value>, text: &mut String) {
        let mut sorted: Vec<(&String, &Value)> = fields.iter().collect();
        sorted.sort_by_key(|(name, _)| *name);
        text.push('{');
        for (name, value) in sorted {
            if FRESH.contains(&name.as_str()) || is_time(name) {
                continue;
            }
            let _ = write!(text, "{name:?}:");
            match value {
                Value::String(made) if MADE.contains(&name.as_str()) => {
                    let next = self.names.len();
                    self.names.entry(made.clone()).or_insert(next);
                    self.write(value, text);
                }
                // A token says where the next page begins, if there is one.
                Value::Number(token) if name == "NextPageToken" => {
                    let _ = write!(text, "{}", token.as_i64() != Some(0));
                }
                other => self.write(other, text),
            }
            text.push(',');
        }
        text.push('}');
    }

    fn write(&mut self, value: &Value, text: &mut String) {
        match value {
            Value::String(word) => match self.names.get(word) {
                Some(number) => drop(write!(text, "name {number}")),
                None => drop(write!(text, "{word:?}")),
            },
            Value::Array(items) => {
                text.push('[');
                for item in items {
                    self.write(item, text);
                    text.push(',');
                }
                text.push(']');
            }
            Value::Object(fields) => self.write_fields(fields, text),
            Value::Null | Value::Bool(_) | Value::Number(_) => drop(write!(text, "{value}")),
        }
    }
}

/// A field that tells when something was, or for how long it goes on.
fn is_time(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["time", "stamp", "expire", "duration"].iter().any(|word| name.contains(word)) && name != "totaltimes"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn digest(answers: &[Value]) -> u64 {
        let mut digest = AnswersDigest::new();
        for answer in answers {
            digest.take("Call", 200, answer.as_object().expect("an object"));
        }
        digest.value()
    }

    #[test]
    fn answers_are_the_same_but_for_what_a_service_makes_anew() {
        let made = |app: &str, at: u64| {
            [
                json!({ "AppId": app, "CreateTime": at, "RequestId": app }),
                json!({ "List": [{ "AppId": app, "Name": "x" }], "Total": 1 }),
            ]
        };
        assert_eq!(digest(&made("a1", 1)), digest(&made("b7", 9)));
        let mut other = made("a1", 1);
        other[1]["List"][0]["AppId"] = json!("another");
        assert_ne!(digest(&made("a1", 1)), digest(&other));
        let mut total = made("a1", 1);
        total[1]["Total"] = json!(2);
        assert_ne!(digest(&made("a1", 1)), digest(&total));
    }
}
