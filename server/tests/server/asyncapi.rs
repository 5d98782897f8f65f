//! The AsyncAPI document and the code say the same: methods, events, codes, references, and the fields of real frames.

use std::collections::BTreeSet;

use claque_server::{AUDIENCE_PATH, CODES, EVENTS, METHODS, OWN_METHODS};
use serde_json::Value;

const TEXT: &str = include_str!("../../../docs/asyncapi.yaml");

/// The document.
fn document() -> Value {
    serde_saphyr::from_str(TEXT).unwrap_or_else(|error| panic!("docs/asyncapi.yaml: {error}"))
}

fn keys(object: &Value) -> BTreeSet<&str> {
    object.as_object().expect("an object").keys().map(String::as_str).collect()
}

fn methods() -> BTreeSet<&'static str> {
    METHODS.iter().chain(OWN_METHODS).copied().collect()
}

/// The place that a reference names.
fn place<'a>(document: &'a Value, reference: &str) -> Option<&'a Value> {
    document.pointer(reference.strip_prefix('#')?)
}

fn each_reference<'a>(value: &'a Value, seen: &mut Vec<&'a str>) {
    match value {
        Value::Object(map) => {
            if let Some(reference) = map.get("$ref") {
                seen.push(reference.as_str().expect("a reference is a text"));
                assert_eq!(map.len(), 1, "nothing beside a reference counts: {value}");
            }
            map.values().for_each(|inner| each_reference(inner, seen));
        }
        Value::Array(list) => list.iter().for_each(|inner| each_reference(inner, seen)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether a value has the fields that a schema of the document asks for, and no others where it says so.
fn fits(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return fits(document, place(document, reference).expect("checked by a test"), value);
    }
    let right = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_u64() || value.is_i64(),
        Some("boolean") => value.is_boolean(),
        Some(other) => return Err(format!("type {other:?}")),
        None => true,
    };
    if !right {
        return Err(format!("{value} is no {}", schema["type"]));
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        let name = name.as_str().expect("a name");
        if value.get(name).is_none() {
            return Err(format!("{name} is missing in {value}"));
        }
    }
    let open = schema["properties"].is_null() || schema["type"] != "object";
    for (name, inner) in value.as_object().into_iter().flatten() {
        match schema["properties"].get(name) {
            Some(schema) => fits(document, schema, inner).map_err(|error| format!("{name}: {error}"))?,
            None if open => {}
            None => return Err(format!("{name} is not documented")),
        }
    }
    for inner in value.as_array().into_iter().flatten() {
        fits(document, &schema["items"], inner)?;
    }
    if schema.get("const").is_some_and(|only| only != value) {
        return Err(format!("{value} is not {}", schema["const"]));
    }
    let listed = schema["enum"].as_array();
    if listed.is_some_and(|listed| !listed.contains(value)) {
        return Err(format!("{value} is none of {}", schema["enum"]));
    }
    Ok(())
}

/// Holds an event, as a client got it, to the document.
pub(crate) fn assert_event(frame: &Value) {
    let document = document();
    let event = frame["event"].as_str().expect("an event");
    let schema = &document["components"]["messages"][event]["payload"];
    fits(&document, schema, frame).unwrap_or_else(|error| panic!("{event}: {error}"));
}

/// Holds the parameters of a request, and the result, to the document.
pub(crate) fn assert_exchange(method: &str, params: &Value, result: &Value) {
    let document = document();
    let schemas = &document["components"]["schemas"];
    if !params.is_null() {
        let schema = &schemas[format!("{method}Params")];
        fits(&document, schema, params).unwrap_or_else(|error| panic!("parameters of {method}: {error}"));
    }
    let schema = &document["operations"][method]["x-result"];
    fits(&document, schema, result).unwrap_or_else(|error| panic!("result of {method}: {error}"));
}

#[test]
fn methods_events_and_codes_are_those_of_the_code() {
    let document = document();
    assert_eq!(document["asyncapi"], "3.0.0");
    assert_eq!(document["channels"]["audience"]["address"], AUDIENCE_PATH);
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    let mut operations = methods();
    operations.insert("tell");
    assert_eq!(keys(&document["operations"]), operations);
    let mut messages = methods();
    messages.extend(EVENTS);
    messages.extend(["result", "error"]);
    assert_eq!(keys(&document["components"]["messages"]), messages);
    assert_eq!(keys(&document["channels"]["audience"]["messages"]), messages);
    let numbers: Vec<Value> = CODES.iter().map(|code| code.number.into()).collect();
    let schema = &document["components"]["schemas"]["Code"];
    assert_eq!(schema["enum"], Value::Array(numbers));
    assert_eq!(keys(&schema["x-codes"]).len(), CODES.len());
    for code in CODES {
        let told = &schema["x-codes"][code.number.to_string()];
        assert_eq!(told["from"], code.origin.as_str(), "{}", code.number);
        assert_eq!(told["meaning"], code.meaning, "{}", code.number);
    }
}

#[test]
fn the_page_by_example_tells_every_code() {
    let page = include_str!("../../../docs/audience.md");
    let table = page.split_once("| code | says | when |").expect("a table of codes").1;
    let table = table.split_once("\n\n").expect("an end of the table").0;
    for code in CODES {
        let row = table.lines().find(|row| {
            row.split('|').nth(1).is_some_and(|numbers| {
                numbers.split(',').any(|number| number.trim() == code.number.to_string())
            })
        });
        let row = row.unwrap_or_else(|| panic!("docs/audience.md does not tell {}", code.number));
        assert_eq!(row.split('|').nth(2).map(str::trim), Some(code.origin.as_str()), "{}", code.number);
    }
}

#[test]
fn every_message_bears_its_name_and_every_reference_leads_somewhere() {
    let document = document();
    let messages = &document["components"]["messages"];
    for method in methods() {
        let payload = &messages[method]["payload"];
        assert_eq!(payload["properties"]["method"]["const"], method);
        let operation = &document["operations"][method];
        assert_eq!(operation["action"], "receive");
        let sent = operation["messages"][0]["$ref"].as_str();
        assert_eq!(sent, Some(&*format!("#/channels/audience/messages/{method}")));
        assert!(operation["summary"].as_str().is_some_and(|summary| summary.ends_with('.')));
    }
    let tell = &document["operations"]["tell"];
    assert_eq!(tell["action"], "send");
    let told: BTreeSet<&str> = tell["messages"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|message| message["$ref"].as_str()?.rsplit('/').next())
        .collect();
    assert_eq!(told, EVENTS.iter().copied().collect());
    for event in EVENTS {
        assert_eq!(messages[event]["payload"]["properties"]["event"]["const"], *event);
    }
    let mut references = Vec::new();
    each_reference(&document, &mut references);
    assert!(references.len() > 100, "{}", references.len());
    for reference in references {
        assert!(place(&document, reference).is_some(), "{reference} leads nowhere");
    }
}

/// What clients send on the page: the lines behind `>`, each with those that go on with it.
fn sent_on_the_page(page: &str) -> Vec<String> {
    let mut frames: Vec<String> = Vec::new();
    let mut open = false;
    for line in page.lines() {
        if let Some(begin) = line.strip_prefix("> ") {
            frames.push(begin.to_owned());
            open = true;
        } else if let Some(more) = line.strip_prefix("   ").filter(|_| open) {
            frames.last_mut().expect("one is open").push_str(more);
        } else {
            open = false;
        }
    }
    frames
}

#[test]
fn every_frame_that_a_client_sends_on_the_page_can_be_sent() {
    let frames = sent_on_the_page(include_str!("../../../docs/audience.md"));
    assert!(frames.len() >= 6, "{frames:?}");
    for frame in &frames {
        let checked = claque_server::check_frame(frame);
        // A session of the page is made up, and cut short.
        let made_up = frame.contains("\"session\":\"0-1-…\"");
        assert!(checked.is_ok() || made_up, "{frame}: {checked:?}");
    }
    assert!(frames.iter().any(|frame| frame.contains("\"acknowledge\"") && frame.contains("\"ticket\"")));
}
