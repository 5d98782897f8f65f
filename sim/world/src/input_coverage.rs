//! Classes of parameter values: what a generator must have drawn before anybody may say that it tried an operation.
//!
//! Each parameter of each operation has classes by its kind: for a text absent, empty, shortest, longest, one byte too
//! long, and of many-byte characters; for a number absent, below, least, most and above; and so on. Requests are looked
//! at as they are sent, from any caller, and what was never drawn is a hole of the generator.

use std::collections::BTreeMap;

use claque_core::{Operation, Request, limits};
use serde_json::{Map, Value};

/// The kind of a parameter, with its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ParameterKind {
    /// A text of at most so many bytes.
    Text(usize),
    /// A number between two bounds, both inclusive.
    Number(i64, i64),
    /// True or false.
    Switch,
    /// At most so many texts.
    List(usize),
    /// Names and values.
    Table,
}

/// The kind of a parameter, by its name: the same name means the same in every operation.
///
/// # Panics
/// For a name without a kind: taken for a short text, a new number or list would be drawn as what no caller sends, and
/// count as tried. A test asks for the kind of each parameter of each operation.
fn kind_of(name: &str) -> ParameterKind {
    match name {
        "body" | "data" => ParameterKind::Text(bytes(limits::MESSAGE_BODY_BYTES_MAX)),
        "group_info" => ParameterKind::Text(bytes(limits::GROUP_INFO_BYTES_MAX)),
        "group_name" => ParameterKind::Text(bytes(limits::GROUP_NAME_BYTES_MAX)),
        "deleter_info" | "sender_info" | "sender_meta_info" | "user_meta_info" => {
            ParameterKind::Text(bytes(limits::USER_INFO_BYTES_MAX))
        }
        "app_name" => ParameterKind::Text(16),
        "audit_url" | "event_callback_url" => ParameterKind::Text(256),
        "group_status" => ParameterKind::Number(0, 2),
        "sort_type" => ParameterKind::Number(1, 2),
        "audit_type" | "msg_life_cycle" | "broadcast_type" => ParameterKind::Number(0, 2),
        "page_size" => ParameterKind::Number(10, 50),
        "page_number" => ParameterKind::Number(1, 10_000),
        "page_num" => ParameterKind::Number(1, 100_000),
        "weight" => ParameterKind::Number(1, 1_000_000),
        "statics_increase" | "msg_type" | "kind" | "mute_time" => ParameterKind::Number(0, 1_000_000),
        "next_page_token" | "begin_time" | "end_time" => ParameterKind::Number(-1, i64::from(u32::MAX)),
        "administrators" | "admin_list" => ParameterKind::List(3),
        "banned_users" | "bannned_users" | "except_users" | "unbanned_users" => {
            ParameterKind::List(bytes(limits::MUTE_USERS_MAX))
        }
        "user_ids" | "user_id_list" | "receiver_id_list" | "mute_user_list" | "cancel_mute_user_list" => {
            ParameterKind::List(20)
        }
        "app_config" | "extension" => ParameterKind::Table,
        "banned_all"
        | "broadcast_statistics"
        | "disable"
        | "high_reliability"
        | "modify_admin"
        | "modify_info"
        | "no_cache"
        | "no_storage"
        | "skip_audit"
        | "storage" => ParameterKind::Switch,
        "app_id" | "count" | "creator_id" | "data_center" | "deleter_id" | "device_id" | "device_type"
        | "group_id" | "kickoff_user" | "message_id" | "msg_tid" | "operator_id" | "operator_user_id"
        | "receiver_id" | "sender_id" | "user_id" => ParameterKind::Text(bytes(limits::ID_BYTES_MAX)),
        unlisted => panic!("{unlisted}: give the parameter its kind, in `kind_of` of {}", file!()),
    }
}

fn bytes(bound: u32) -> usize {
    usize::try_from(bound).unwrap_or(usize::MAX)
}

impl ParameterKind {
    /// The classes of its values, but for `absent`.
    const fn classes(self) -> &'static [&'static str] {
        match self {
            Self::Text(_) => &["empty", "shortest", "between", "longest", "too-long", "many-byte"],
            Self::Number(least, most) if most - least > 1 => &["below", "least", "between", "most", "above"],
            // There is nothing between the two.
            Self::Number(..) => &["below", "least", "most", "above"],
            Self::Switch => &["false", "true"],
            Self::List(_) => &["empty", "one", "some", "most", "too-many"],
            Self::Table => &["empty", "some"],
        }
    }

    /// The class of a value.
    fn class_of(self, value: &Value) -> &'static str {
        match (self, value) {
            (_, Value::Null) => "absent",
            (Self::Text(most), Value::String(text)) => match text.len() {
                0 => "empty",
                len if len > most => "too-long",
                // Before the lengths: a text of many-byte characters is what tells a limit in bytes from one in
                // characters.
                _ if !text.is_ascii() => "many-byte",
                1 => "shortest",
                len if len == most => "longest",
                _ => "between",
            },
            (Self::Number(least, most), Value::Number(number)) => match number.as_i64().unwrap_or(i64::MAX) {
                number if number < least => "below",
                number if number > most => "above",
                number if number == least => "least",
                number if number == most => "most",
                _ => "between",
            },
            (Self::Switch, Value::Bool(on)) => {
                if *on {
                    "true"
                } else {
                    "false"
                }
            }
            (Self::List(most), Value::Array(items)) => match items.len() {
                0 => "empty",
                1 => "one",
                len if len > most => "too-many",
                len if len == most => "most",
                _ => "some",
            },
            (_, Value::Object(table)) if table.is_empty() => "empty",
            _ => "some",
        }
    }

    /// A value of a class.
    fn value(self, class: &str) -> Value {
        let text = |len: usize| Value::from("a".repeat(len));
        let list = |len: usize| Value::from((0..len).map(|nth| format!("user{nth}")).collect::<Vec<_>>());
        match (self, class) {
            (_, "absent") => Value::Null,
            (Self::Text(_), "empty") => text(0),
            (Self::Text(_), "shortest") => text(1),
            (Self::Text(most), "longest") => text(most),
            (Self::Text(most), "too-long") => text(most + 1),
            (Self::Text(_), "many-byte") => Value::from("\u{e9}\u{4e2d}\u{1f680}"),
            (Self::Text(most), _) => text((most / 2).min(12)),
            (Self::Number(least, _), "below") => Value::from(least - 1),
            (Self::Number(least, _), "least") => Value::from(least),
            (Self::Number(_, most), "most") => Value::from(most),
            (Self::Number(_, most), "above") => Value::from(most + 1),
            (Self::Number(least, _), _) => Value::from(least + 1),
            (Self::Switch, class) => Value::from(class == "true"),
            (Self::List(_), "empty") => list(0),
            (Self::List(_), "one") => list(1),
            (Self::List(most), "most") => list(most),
            (Self::List(most), "too-many") => list(most + 1),
            (Self::List(_), _) => list(2),
            (Self::Table, "empty") => Value::Object(Map::new()),
            (Self::Table, _) => serde_json::json!({ "Key": "value" }),
        }
    }
}

/// A request with its parameters by name.
fn parameters(request: &Request) -> Option<(String, Map<String, Value>)> {
    let Value::Object(whole) = serde_json::to_value(request).ok()? else { return None };
    let (name, Value::Object(fields)) = whole.into_iter().next()? else { return None };
    Some((name, fields))
}

/// A request with one parameter of another class, both by draws; as it was where the parameter takes no such value.
pub(crate) fn bent(request: Request, parameter: u64, class: u64) -> Request {
    let Some((name, mut fields)) = parameters(&request) else { return request };
    let at =
        |draw: u64, len: usize| usize::try_from(draw % u64::try_from(len.max(1)).unwrap_or(1)).unwrap_or(0);
    // Without its application a call says nothing of the rest: it would be refused before anything else is looked at.
    let names: Vec<String> = fields.keys().filter(|name| *name != "app_id").cloned().collect();
    let Some(field) = names.get(at(parameter, names.len())) else { return request };
    let kind = kind_of(field);
    let mut classes = kind.classes().to_vec();
    classes.push("absent");
    let Some(class) = classes.get(at(class, classes.len())) else { return request };
    fields.insert(field.clone(), kind.value(class));
    let mut whole = Map::new();
    whole.insert(name, Value::Object(fields));
    // A parameter that may not be absent does not read back: the request goes out as it was.
    serde_json::from_value(Value::Object(whole)).unwrap_or(request)
}

/// How often each class of each parameter was drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InputCoverage(BTreeMap<(Operation, String), BTreeMap<&'static str, u64>>);

impl InputCoverage {
    /// Takes note of a request.
    pub(crate) fn note(&mut self, request: &Request) {
        let Some((_, fields)) = parameters(request) else { return };
        for (name, value) in fields {
            let class = kind_of(&name).class_of(&value);
            *self.0.entry((request.operation(), name)).or_default().entry(class).or_default() += 1;
        }
    }

    /// Adds those of another run.
    pub fn merge(&mut self, other: &Self) {
        for (parameter, classes) in &other.0 {
            let mine = self.0.entry(parameter.clone()).or_default();
            for (class, count) in classes {
                *mine.entry(class).or_default() += count;
            }
        }
    }

    /// Parameters that were looked at.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.0.len()
    }

    /// Classes that no request of an operation had, such as `SendLiveMessageGroup.body=too-long`.
    #[must_use]
    pub fn never_drawn(&self) -> Vec<String> {
        let mut holes = Vec::new();
        for ((operation, name), classes) in &self.0 {
            // The application is what a run is about: it is never bent.
            if name == "app_id" {
                continue;
            }
            for class in kind_of(name).classes() {
                if !classes.contains_key(class) {
                    holes.push(format!("{}.{name}={class}", operation.name()));
                }
            }
        }
        holes
    }

    /// Operations that no request called.
    #[must_use]
    pub fn never_called(&self) -> Vec<&'static str> {
        let called = |operation: &Operation| self.0.keys().any(|(known, _)| known == operation);
        Operation::ALL.iter().filter(|it| !called(it)).map(|it| it.name()).collect()
    }
}

#[cfg(test)]
mod tests {
    use claque_core::{Operation, Request, SendLiveMessageGroup};
    use serde_json::{Map, Value, json};

    use super::{InputCoverage, bent, kind_of, parameters};

    /// A request with nothing but what it needs, which its own type says.
    fn least_request(operation: Operation) -> Request {
        let mut needed = Map::new();
        loop {
            let error = match serde_json::from_value(json!({ operation.name(): needed })) {
                Ok(request) => return request,
                Err(error) => error.to_string(),
            };
            let name = error.split('`').nth(1).filter(|_| error.starts_with("missing field"));
            let name = name.unwrap_or_else(|| panic!("{}: {error}", operation.name())).to_owned();
            let value = kind_of(&name).value("some");
            assert_eq!(needed.insert(name, value), None, "{}", operation.name());
        }
    }

    #[test]
    fn every_parameter_of_every_operation_takes_values_of_its_kind() {
        for operation in Operation::ALL {
            let (variant, fields) = parameters(&least_request(*operation)).expect("a request has fields");
            for name in fields.keys() {
                let mut fields = fields.clone();
                fields.insert(name.clone(), kind_of(name).value("some"));
                let made: Result<Request, _> =
                    serde_json::from_value(json!({ &*variant: Value::Object(fields) }));
                assert!(made.is_ok(), "{variant}.{name}: {made:?}");
            }
        }
    }

    #[test]
    fn every_class_of_every_parameter_can_be_made() {
        let request: Request = SendLiveMessageGroup::default().into();
        let mut values = InputCoverage::default();
        for parameter in 0..40 {
            for class in 0..40 {
                values.note(&bent(request.clone(), parameter, class));
            }
        }
        assert_eq!(values.never_drawn(), Vec::<String>::new());
    }

    #[test]
    fn what_was_not_drawn_is_named() {
        let mut values = InputCoverage::default();
        values.note(&SendLiveMessageGroup { body: Some("a".to_owned()), ..Default::default() }.into());
        let holes = values.never_drawn();
        assert!(holes.contains(&"SendLiveMessageGroup.body=too-long".to_owned()), "{holes:?}");
        assert!(!holes.contains(&"SendLiveMessageGroup.body=shortest".to_owned()), "{holes:?}");
        assert!(values.never_called().contains(&"ListMessage"));
    }
}
