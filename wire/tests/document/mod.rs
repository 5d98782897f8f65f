//! The AsyncAPI document, and what it holds frames to. The tests of the server hold real frames to it with the same file.

use serde_json::Value;

const TEXT: &str = include_str!("../../../docs/asyncapi.yaml");

/// The document.
pub(crate) fn document() -> Value {
    serde_saphyr::from_str(TEXT).unwrap_or_else(|error| panic!("docs/asyncapi.yaml: {error}"))
}

/// The place that a reference names.
pub(crate) fn place<'a>(document: &'a Value, reference: &str) -> Option<&'a Value> {
    document.pointer(reference.strip_prefix('#')?)
}

/// Whether a value has the fields that a schema of the document asks for, and no others where it says so.
pub(crate) fn fits(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
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
    if !params.is_null() {
        let schema = &document["components"]["schemas"][format!("{method}Params")];
        fits(&document, schema, params).unwrap_or_else(|error| panic!("parameters of {method}: {error}"));
    }
    let schema = &document["operations"][method]["x-result"];
    fits(&document, schema, result).unwrap_or_else(|error| panic!("result of {method}: {error}"));
}
