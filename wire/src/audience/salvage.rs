//! The ID of a request that cannot be read otherwise, so that its refusal finds the request that waits for it.
//!
//! A form that cuts a text in the middle of a character, or lets a control character through, makes JSON that no reader
//! takes. The client still waits for an answer under the ID that it gave, and that ID is as a rule intact.

use serde::Deserialize;
use serde_json::Value;

/// Longest ID that is repeated. Unit: bytes.
const ID_BYTES_MAX: usize = 1_024;

/// The value of the outermost object's `id`, where one can be read; null otherwise. One pass over the text.
#[must_use]
pub fn id(text: &str) -> Value {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0_u32, 0);
    // A name stands behind a brace or a comma; a text elsewhere is a value.
    let mut named = false;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let end = string_end(bytes, at);
                if depth == 1
                    && named
                    && text.get(at..end) == Some("\"id\"")
                    && let Some(found) = value_behind(&text[end..])
                {
                    return found;
                }
                named = false;
                at = end;
                continue;
            }
            b'{' | b'[' => {
                depth = depth.saturating_add(1);
                named = *byte == b'{';
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => named = true,
            byte if byte.is_ascii_whitespace() => {}
            _ => named = false,
        }
        at += 1;
    }
    Value::Null
}

/// Where a string that begins at `from` ends, whatever stands in it.
fn string_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The value behind a colon, if it is one that an ID may be.
fn value_behind(rest: &str) -> Option<Value> {
    let rest = rest.trim_ascii_start().strip_prefix(':')?;
    let mut reader = serde_json::Deserializer::from_str(rest);
    let value = Value::deserialize(&mut reader).ok()?;
    let fits = match &value {
        Value::String(text) => text.len() <= ID_BYTES_MAX,
        Value::Number(_) => true,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
    };
    fits.then_some(value)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::id;

    #[test]
    fn an_id_is_found_before_and_behind_what_is_broken() {
        for (text, wanted) in [
            (r#"{"id":7,"method":"m","params":{"data":"half \ud83d"}}"#, json!(7)),
            ("{\"id\":7,\"params\":{\"data\":\"bell \u{7}\"}}", json!(7)),
            ("{\"params\":{\"data\":\"tab\t and line\n\"},\"id\":8}", json!(8)),
            (r#"{"params":{"data":"\ud83d","id":1},"method":"m","id":"a-2"}"#, json!("a-2")),
            (r#"{ "id" : -3 , "method": oops }"#, json!(-3)),
            (r#"{"id":9,"method":"sendGroupMessage","params":{"data":"cut of"#, json!(9)),
            (r#"{"data":"\"id\":1","id":2"#, json!(2)),
            (r#"{"x":[{"id":1}],"id":5,"#, json!(5)),
            (r#"{"a":1,,"id":6}"#, json!(6)),
            (r#"{"id":1e3,"x":NaN}"#, json!(1e3)),
            (r#"{"\u0069d":3,"id":4,"#, json!(4)),
        ] {
            assert_eq!(id(text), wanted, "{text}");
        }
    }

    #[test]
    fn nothing_is_made_up() {
        for text in [
            "",
            "no JSON",
            "[1,2",
            r#"{"params":{"id":1"#,
            r#"{"method":"id","x":"id"}"#,
            r#"{"id""#,
            r#"{"id":"#,
            r#"{"id":"\ud83d"}"#,
            r#"{"id":{"a":1},"#,
            r#"["id",1]"#,
            "\"",
            "{\"",
            "{\"\\",
            r#"{"method":"id":1}"#,
        ] {
            assert_eq!(id(text), Value::Null, "{text}");
        }
    }
}
