//! Every documented operation answers, with the documented body: the story that the official SDKs play (`tests/sdk`), played by
//! signed requests, and each answer held to the fields of the operation's row.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use claque_wire::operation::OperationSpec;
use claque_wire::schema::mismatches;
use serde_json::Value;

use crate::support::World;

/// A value of a step with what earlier steps have saved in the place of its `$names`.
fn filled(value: &Value, known: &BTreeMap<String, Value>) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix('$') {
            Some(name) => known.get(name).unwrap_or_else(|| panic!("nothing is saved as {name}")).clone(),
            None => value.clone(),
        },
        Value::Object(fields) => {
            fields.iter().map(|(name, inner)| (name.clone(), filled(inner, known))).collect()
        }
        Value::Array(_) | Value::Bool(_) | Value::Null | Value::Number(_) => value.clone(),
    }
}

/// The field at a path such as `UserList.0.UserId`.
fn field<'b>(body: &'b Value, path: &str) -> &'b Value {
    path.split('.').fold(body, |within, name| match name.parse::<usize>() {
        Ok(place) => &within[place],
        Err(_) => &within[name],
    })
}

fn entries(step: &Value, key: &str) -> Vec<(String, Value)> {
    let object = step[key].as_object().into_iter().flatten();
    object.map(|(path, value)| (path.clone(), value.clone())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_answers_with_the_documented_body() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/sdk/story.json");
    let steps: Vec<Value> =
        serde_json::from_slice(&fs::read(path).expect("the story is there")).expect("a list of steps");
    let world = World::new().await;
    let (mut known, mut answered) = (BTreeMap::new(), BTreeSet::new());
    for step in &steps {
        let with = filled(&step["with"], &known);
        let Some(action) = step["call"].as_str() else {
            world.post(step["control"].as_str().expect("a call or a control call"), with).await;
            continue;
        };
        if let Value::Object(refused) = &step["refused"] {
            let (status, code) = world.refused(action, with).await;
            assert_eq!(
                (Value::from(status), Value::from(code)),
                (refused["status"].clone(), refused["code"].clone())
            );
            continue;
        }
        let body = world.call(action, with).await;
        assert!(body["RequestId"].is_string() && body["Code"].is_null(), "{action}: {body}");
        let spec = OperationSpec::named(action).expect("a documented operation");
        let wrong = mismatches(spec.fields, body.as_object().expect("an object"));
        assert!(wrong.is_empty(), "{action}: {wrong:?} in {body}");
        for (path, expected) in entries(step, "expect") {
            assert_eq!(*field(&body, &path), filled(&expected, &known), "{action}: {path} of {body}");
        }
        for (name, path) in entries(step, "save") {
            let path = path.as_str().expect("a path");
            known.insert(name, field(&body, path).clone());
        }
        answered.insert(action.to_owned());
    }
    let mut missing: Vec<&str> =
        claque_core::Operation::ALL.iter().map(|operation| operation.name()).collect();
    missing.retain(|name| !answered.contains(*name));
    assert!(missing.is_empty(), "not in the story: {missing:?}");
}
