//! Calls of the control API: path, parameters, body.

use serde_json::{Map, Value};

use crate::CommandFailure;

/// Method, path and body of a call.
pub(super) type ControlCall = (&'static str, String, Option<Value>);

/// A path with the parameters that have a value.
pub(super) fn query(path: &str, chosen: &[(&str, Option<&str>)]) -> String {
    let given = chosen.iter().filter_map(|(name, value)| Some((name, (*value)?)));
    let pairs: Vec<String> =
        given.map(|(name, value)| format!("{name}={}", claque_wire::url::canonical(value))).collect();
    let mark = if pairs.is_empty() { "" } else { "?" };
    format!("{path}{mark}{}", pairs.join("&"))
}

/// A value of a body: JSON where the text is some, else the text.
pub(super) fn number_or_text(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

/// Values by name, as NAME=VALUE gives them.
pub(super) fn pairs(set: &[String], value: impl Fn(&str) -> Value) -> Result<Value, CommandFailure> {
    let mut object = Map::new();
    for pair in set {
        let Some((name, text)) = pair.split_once('=') else {
            return Err(CommandFailure::Usage(format!("{pair:?}: write NAME=VALUE")));
        };
        object.insert(name.to_owned(), value(text));
    }
    Ok(Value::Object(object))
}
