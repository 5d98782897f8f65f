//! Other ways in which a program may write down what the format has another way for.

use serde_json::{Map, Value as Json};

use crate::log::VERSION;

/// A callback as it is judged: a body that was written down as text is what the text says.
pub(super) fn read_request(mut request: Json) -> Json {
    let body = request.get("body").and_then(Json::as_str);
    let read = body.and_then(|body| serde_json::from_str::<Json>(body).ok());
    if let Some(read) = read.filter(Json::is_object) {
        request["body"] = read;
    }
    request
}

/// Whether a field's name is spelled as the documents spell all of them; a client library's own are not.
pub(super) fn is_documented(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
}

/// Parameters as they go over the wire.
pub(super) fn pairs(parameters: &Map<String, Json>) -> Vec<(String, String)> {
    let mut pairs = Vec::with_capacity(parameters.len());
    for (name, value) in parameters {
        match value {
            Json::Null => {}
            Json::String(text) => pairs.push((name.clone(), text.clone())),
            Json::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let text = item.as_str().map_or_else(|| item.to_string(), str::to_owned);
                    pairs.push((format!("{name}.{}", index + 1), text));
                }
            }
            other @ (Json::Bool(_) | Json::Number(_) | Json::Object(_)) => {
                pairs.push((name.clone(), other.to_string()));
            }
        }
    }
    pairs
}

/// Why a line cannot be read, and how it should be.
pub(super) fn unreadable(line: &[u8], error: &serde_json::Error) -> String {
    let text = line.trim_ascii();
    if text.starts_with(b"{") {
        error.to_string()
    } else if text.first().is_some_and(u8::is_ascii) && !text.starts_with(b"[") {
        format!(
            "this is no JSON ({error}); a line is one JSON object, such as {{\"source\":\"back end\",\"header\":{{\"version\":{VERSION}}}}}"
        )
    } else {
        format!(
            "this is no recording ({error}); a recording is JSON Lines in UTF-8, one object a line (docs/audit-format.md)"
        )
    }
}
