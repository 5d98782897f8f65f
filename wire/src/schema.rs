//! Whether a JSON body has the documented shape of an operation's answer.

use core::fmt;

use serde_json::{Map, Value};

use crate::operation::{Field, FieldKind};

/// How a body differs from the documented shape, at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Where: names joined by dots, list positions in brackets.
    pub path: String,
    /// The fault there.
    pub problem: MismatchKind,
}

/// A fault at one place of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MismatchKind {
    /// A field that is always there is absent.
    Absent,
    /// The value has another type.
    NotA(&'static str),
    /// No document names the field; clients ignore it.
    Unknown,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problem {
            MismatchKind::Absent => write!(f, "{} is absent", self.path),
            MismatchKind::NotA(expected) => write!(f, "{} is not {expected}", self.path),
            MismatchKind::Unknown => write!(f, "{} is not a documented field", self.path),
        }
    }
}

/// Every place at which an object differs from its documented fields; empty if it fits.
///
/// `RequestId` is not looked at: the envelope has it.
#[must_use]
pub fn mismatches(fields: &[Field], object: &Map<String, Value>) -> Vec<Mismatch> {
    let mut found = Vec::new();
    check_object(fields, object, "", &mut found);
    found.retain(|mismatch| mismatch.path != "RequestId");
    found
}

fn check_object(fields: &[Field], object: &Map<String, Value>, prefix: &str, found: &mut Vec<Mismatch>) {
    let mut report = |name: &str, problem| found.push(Mismatch { path: format!("{prefix}{name}"), problem });
    for name in object.keys() {
        if !fields.iter().any(|field| field.name == name) {
            report(name, MismatchKind::Unknown);
        }
    }
    for field in fields {
        match object.get(field.name) {
            Some(value) => check_value(field.kind, value, &format!("{prefix}{}", field.name), found),
            None if field.optional => {}
            None => {
                let path = format!("{prefix}{}", field.name);
                found.push(Mismatch { path, problem: MismatchKind::Absent });
            }
        }
    }
}

fn check_value(kind: FieldKind, value: &Value, path: &str, found: &mut Vec<Mismatch>) {
    let is_integer = |value: &Value| value.is_i64() || value.is_u64();
    let (fits, expected) = match kind {
        FieldKind::Boolean => (value.is_boolean(), "a boolean"),
        FieldKind::CountMap => {
            (value.as_object().is_some_and(|map| map.values().all(is_integer)), "an object of integers")
        }
        FieldKind::Integer => (is_integer(value), "an integer"),
        FieldKind::Object(_) => (value.is_object(), "an object"),
        FieldKind::ObjectList(_) => {
            (value.as_array().is_some_and(|items| items.iter().all(Value::is_object)), "a list of objects")
        }
        FieldKind::Text => (value.is_string(), "a text"),
        FieldKind::TextList => {
            (value.as_array().is_some_and(|items| items.iter().all(Value::is_string)), "a list of texts")
        }
        FieldKind::TextMap => (value.is_object(), "an object"),
    };
    if !fits {
        found.push(Mismatch { path: path.to_owned(), problem: MismatchKind::NotA(expected) });
        return;
    }
    match (kind, value) {
        (FieldKind::Object(fields), Value::Object(object)) => {
            check_object(fields, object, &format!("{path}."), found);
        }
        (FieldKind::ObjectList(fields), Value::Array(items)) => {
            for (position, item) in items.iter().enumerate() {
                if let Value::Object(object) = item {
                    check_object(fields, object, &format!("{path}[{position}]."), found);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use claque_core::Operation;
    use serde_json::json;

    use super::*;
    use crate::operation::OperationSpec;

    fn found(operation: Operation, body: &Value) -> Vec<String> {
        let object = body.as_object().expect("the body is an object");
        mismatches(OperationSpec::of(operation).fields, object).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_documented_body_fits() {
        let body =
            json!({ "RequestId": "1", "GroupId": "g", "AlreadyExists": false, "AlreadyDelete": false });
        assert_eq!(found(Operation::CreateLiveMessageGroup, &body), Vec::<String>::new());
    }

    #[test]
    fn each_difference_is_named_with_its_place() {
        let body = json!({
            "GroupId": 7, "Hasmore": true, "Extra": 1,
            "UserList": [{ "UserId": "u", "UserInfo": "" }, { "UserId": null }],
        });
        let expected = [
            "Extra is not a documented field",
            "GroupId is not a text",
            "NextPageToken is absent",
            "UserList[1].UserId is not a text",
            "UserList[1].UserInfo is absent",
        ];
        assert_eq!(found(Operation::ListLiveMessageGroupUsers, &body), expected);
    }

    #[test]
    fn an_object_where_a_list_is_documented_does_not_fit() {
        let body = json!({ "Result": { "AppList": [], "HasMore": false, "TotalCount": 0 } });
        assert_eq!(found(Operation::QueryMessageApp, &body), ["Result is not a list of objects"]);
    }
}
