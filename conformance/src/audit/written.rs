//! Other ways in which a program may write down what the format has another way for.

use serde_json::Value as Json;

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
