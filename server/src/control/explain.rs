//! The texts behind names: rules, readings, limits, operations, client methods, codes. The console and other programs show them.

use std::sync::OnceLock;

use claque_core::{ErrorCode, Family, Limits};
use claque_wire::audience::{CODES, Method, sayable};
use claque_wire::operation::OperationSpec;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Answered, Refused};
use crate::http::HttpResponse;
use crate::server_state::ServerState;

macro_rules! areas {
    ($($area:literal)+) => {
        /// The files of rules.
        const AREAS: &[&str] = &[$(include_str!(concat!("../../../fixtures/rules/", $area, ".toml"))),+];
    };
}

areas! {
    "app" "auth" "callback" "deletion" "error" "group" "history" "legacy" "list" "membership" "message" "moderation"
    "mute" "priority" "quota" "recall" "recovery" "shaper" "statistics" "supergroup" "token" "user" "wire"
}

#[derive(Deserialize)]
struct RuleFile {
    rule: Vec<RuleText>,
}

#[derive(Deserialize)]
struct RuleText {
    id: String,
    says: String,
}

#[derive(Deserialize)]
struct ReadingFile {
    reading: Vec<ReadingText>,
}

#[derive(Deserialize)]
struct ReadingText {
    id: String,
    question: String,
    says: String,
    #[serde(default)]
    alternatives: Vec<AlternativeText>,
}

#[derive(Deserialize)]
struct AlternativeText {
    value: String,
    says: String,
}

/// Name, unit and meaning of each limit.
const LIMITS: [(&str, &str, &str); 11] = [
    ("account_apps_max", "applications", "Live applications that an account may hold."),
    ("app_groups_max", "groups", "Live groups that an application may hold; deleted ones do not count."),
    ("group_members_max", "members", "Members above which a group becomes a supergroup."),
    ("group_types_max", "types", "Distinct message types that one group may see."),
    (
        "group_messages_per_second",
        "messages a second",
        "Messages that a group delivers in one second; what is above waits, or is shed. A group may have another limit.",
    ),
    ("recent_messages_max", "messages", "Messages that the recent list of a group holds."),
    ("list_page_size", "items", "Items on a page of the lists that have no parameter for it."),
    (
        "heartbeat_timeout",
        "microseconds",
        "Time without a sign of life after which a session is logged off, unless its client asked for another.",
    ),
    (
        "moderation_within",
        "microseconds",
        "Time that a moderation service has to answer; afterwards the message passes unreviewed.",
    ),
    ("call_quotas", "yes or no", "Whether calls are counted against the documented calls per second."),
    (
        "public_urls_only",
        "yes or no",
        "Whether callback and review addresses obey the documented rule: no port, no private address.",
    ),
];

fn rules() -> Result<Map<String, Value>, toml::de::Error> {
    let mut texts = Map::new();
    for text in AREAS {
        let file: RuleFile = toml::from_str(text)?;
        texts.extend(file.rule.into_iter().map(|rule| (rule.id, rule.says.into())));
    }
    Ok(texts)
}

fn readings() -> Result<Map<String, Value>, toml::de::Error> {
    let file: ReadingFile = toml::from_str(include_str!("../../../fixtures/readings.toml"))?;
    let texts = file.reading.into_iter().map(|it| {
        let alternatives: Map<String, Value> =
            it.alternatives.into_iter().map(|other| (other.value, other.says.into())).collect();
        (it.id, json!({ "question": it.question, "says": it.says, "alternatives": alternatives }))
    });
    Ok(texts.collect())
}

fn limits() -> Map<String, Value> {
    let defaults = serde_json::to_value(Limits::default()).unwrap_or_default();
    let texts = LIMITS.iter().map(|(name, unit, says)| {
        ((*name).to_owned(), json!({ "unit": unit, "says": says, "default": defaults[name] }))
    });
    texts.collect()
}

fn operation(spec: &OperationSpec) -> Value {
    let parameters = spec.parameters.iter().map(
        |it| json!({ "name": it.name, "kind": it.kind.name(), "required": it.required, "says": it.doc }),
    );
    json!({
        "name": spec.name(),
        "family": match spec.operation.family() {
            Family::Live => "live",
            Family::Old => "old",
        },
        "says": spec.doc,
        "callsPerSecond": spec.operation.calls_per_second(),
        "parameters": parameters.collect::<Vec<_>>(),
    })
}

fn object() -> Result<Value, toml::de::Error> {
    let methods = Method::all().map(|it| json!({ "name": it.name(), "parameters": it.parameters() }));
    let codes = CODES.iter().filter(|code| sayable(code.number).is_some());
    let codes = codes.map(|code| json!({ "number": code.number, "says": code.meaning }));
    Ok(json!({
        "rules": rules()?,
        "readings": readings()?,
        "limits": limits(),
        "operations": OperationSpec::all().map(operation).collect::<Vec<_>>(),
        "methods": methods.collect::<Vec<_>>(),
        "failures": ErrorCode::ALL.map(ErrorCode::as_str),
        "codes": codes.collect::<Vec<_>>(),
    }))
}

/// Answers with all of it.
pub(super) fn read(shared: &ServerState) -> Answered {
    // Read from a dozen files once: a console asks for it each time that it is opened.
    static TEXTS: OnceLock<Result<Value, String>> = OnceLock::new();
    let texts = TEXTS.get_or_init(|| object().map_err(|error| error.to_string()));
    let mut object = texts.clone().map_err(|error| Refused(500, error))?;
    object["scenarios"] =
        shared.shows.as_ref().map(|shows| shows.scenario_names()).unwrap_or_default().into();
    Ok(HttpResponse::json(200, &object))
}

#[cfg(test)]
mod tests {
    use claque_core::{Limits, Readings, Rule};

    use super::object;

    #[test]
    fn every_rule_reading_limit_and_operation_has_its_text() {
        let object = object().expect("the files read");
        let says = |area: &str, id: &str| !object[area][id].is_null();
        for rule in Rule::ALL {
            assert!(says("rules", rule.id()), "{}", rule.id());
        }
        for choice in Readings::default().iter() {
            assert!(says("readings", choice.id), "{}", choice.id);
            let alternatives = &object["readings"][choice.id]["alternatives"];
            assert!(alternatives[choice.default].is_string(), "{}: {}", choice.id, choice.default);
        }
        let limits = serde_json::to_value(Limits::default()).expect("an object");
        for name in limits.as_object().expect("an object").keys() {
            assert!(says("limits", name), "{name}");
        }
        assert_eq!(object["operations"].as_array().map(Vec::len), Some(54));
    }
}
