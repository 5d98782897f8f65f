//! docs/openapi.yaml is what the control API is: a server is asked for its routes and for the fields of every body, and its
//! answers are held to the document.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::document::{fits, place};
use crate::support::{World, options};

const TEXT: &str = include_str!("../../../docs/openapi.yaml");

fn document() -> Value {
    serde_saphyr::from_str(TEXT).unwrap_or_else(|error| panic!("docs/openapi.yaml: {error}"))
}

/// What a value is, or what its reference names.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => place(document, reference).unwrap_or_else(|| panic!("{reference} names nothing")),
        None => value,
    }
}

fn keys(object: &Value) -> BTreeSet<String> {
    object.as_object().map(|object| object.keys().cloned().collect()).unwrap_or_default()
}

/// The paths of the document as the server spells them.
fn documented(document: &Value) -> BTreeSet<String> {
    let paths = document["paths"].as_object().expect("paths");
    let routes = paths.iter().flat_map(|(path, item)| {
        let methods = ["get", "post", "delete", "put", "patch"]
            .into_iter()
            .filter(|method| item.get(*method).is_some());
        methods.map(move |method| {
            format!("{} {}", method.to_uppercase(), path.trim_start_matches('/').replace("{name}", "NAME"))
        })
    });
    routes.collect()
}

/// What the server lists where a path is none of them: `GET a, b; POST c; …`.
fn listed(said: &str) -> BTreeSet<String> {
    let (_, list) = said.split_once("there are ").expect("it lists its routes");
    let mut routes = BTreeSet::new();
    for part in list.split("; ") {
        let part = part.strip_prefix("and ").unwrap_or(part);
        let mut methods: Vec<&str> = Vec::new();
        for word in part.split([' ', ',']).filter(|word| !word.is_empty()) {
            if part.starts_with("of one world") {
                break;
            }
            match word {
                "GET" | "POST" | "DELETE" => methods.push(word),
                path => routes.extend(methods.iter().map(|method| format!("{method} {path}"))),
            }
        }
    }
    routes
}

/// The names between back quotes behind `expected`, where a body has a field that no route reads.
fn expected(said: &str) -> BTreeSet<String> {
    let (_, list) = said.split_once("expected").unwrap_or_else(|| panic!("it lists its fields: {said}"));
    list.split('`').skip(1).step_by(2).map(ToOwned::to_owned).collect()
}

fn body_schema<'a>(document: &'a Value, route: &'a Value) -> &'a Value {
    let body = resolved(document, &route["requestBody"]);
    resolved(document, &body["content"]["application/json"]["schema"])
}

#[tokio::test(flavor = "multi_thread")]
async fn the_routes_are_those_of_the_document() {
    let document = document();
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    let world = World::new().await;
    let said = world.control_reply("GET", "nothing", None).await.json();
    let routes = listed(said["error"].as_str().expect("a text"));
    assert!(routes.len() >= 40, "{routes:?}");
    assert_eq!(routes, documented(&document));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_body_has_the_fields_of_the_document() {
    let document = document();
    let world = World::new().await;
    let mut seen = 0;
    for (path, item) in document["paths"].as_object().expect("paths") {
        let properties = keys(&body_schema(&document, &item["post"])["properties"]);
        // Readings go by their IDs, a console's action by its own list of fields, and limits are described by another text.
        if properties.is_empty() || path == "/limits" {
            continue;
        }
        let reply =
            world.control_reply("POST", path.trim_start_matches('/'), Some(&json!({ "zzz": 1 }))).await;
        assert_eq!(reply.status, 400, "{path}");
        assert_eq!(expected(reply.json()["error"].as_str().expect("a text")), properties, "{path}");
        seen += 1;
    }
    assert!(seen > 9, "{seen} bodies were seen");
    let console = body_schema(&document, &document["paths"]["/console"]["post"])["oneOf"].clone();
    let mut actions = BTreeSet::new();
    for action in console.as_array().expect("a list") {
        let schema = resolved(&document, action);
        let name = schema["properties"]["action"]["const"].as_str().expect("a name");
        let reply =
            world.control_reply("POST", "console", Some(&json!({ "action": name, "zzz": 1 }))).await.json();
        let mut fields = expected(reply["error"].as_str().expect("a text"));
        fields.insert("action".to_owned());
        assert_eq!(fields, keys(&schema["properties"]), "{name}");
        actions.insert(name.to_owned());
    }
    let reply = world.control_reply("POST", "console", Some(&json!({ "action": "zzz" }))).await.json();
    assert_eq!(expected(reply["error"].as_str().expect("a text")), actions);
    let mut limits = keys(&world.get("limits").await);
    limits.extend(["app", "group"].map(ToOwned::to_owned));
    assert_eq!(limits, keys(&document["components"]["schemas"]["LimitsAsked"]["properties"]));
    let step = json!({ "app": "a", "group": "g", "steps": [{ "zzz": 1 }] });
    let reply = world.control_reply("POST", "crowd/script", Some(&step)).await.json();
    let fields = expected(reply["error"].as_str().expect("a text"));
    assert_eq!(fields, keys(&document["components"]["schemas"]["CrowdStep"]["properties"]));
}

/// Holds an answer to the schema of its route.
fn hold(document: &Value, method: &str, path: &str, status: &str, answer: &Value) {
    let route = &document["paths"][format!("/{path}")][method];
    let response = resolved(document, &route["responses"][status]);
    let schema = &response["content"]["application/json"]["schema"];
    assert!(schema.is_object(), "{method} {path}: no schema for {status}");
    fits(document, schema, answer).unwrap_or_else(|error| panic!("{method} {path}: {error}\n{answer}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_have_the_fields_of_the_document() {
    let document = document();
    let directory = tempfile::tempdir().expect("a folder");
    let mut kept = options();
    kept.data = Some(directory.path().to_owned());
    let world = World::with(kept).await;
    let app = world.show().await;
    let (app_id, group) = (app.id.as_str(), "g");
    let of = |more: Value| {
        let mut body = json!({ "app": app_id, "group": group });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        body
    };
    for (path, body) in [
        ("crowd", of(json!({ "join": 3 }))),
        ("crowd", of(json!({ "send": 60 }))),
        ("crowd/script", of(json!({ "steps": [{ "join": 1 }] }))),
        ("crowd/scenario", of(json!({ "scenario": "smoke", "users": 3 }))),
        ("join", of(json!({ "user": "ada" }))),
        ("say", of(json!({ "user": "ada", "body": "hello" }))),
        (
            "call",
            json!({ "operation": "DescribeLiveMessageGroup", "parameters": { "AppId": app_id, "GroupId": group } }),
        ),
        ("leave", of(json!({ "user": "ada" }))),
        ("clock", json!({ "advance": "2s" })),
        ("faults", json!({ "operation": "ListLiveMessageApps", "fail": "ServerError" })),
        (
            "faults",
            json!({
                "method": "joinGroup", "delay": "1ms..2ms", "tail": true, "caller": "ada", "group": "h", "type": 7,
                "percent": 30, "next": 4,
            }),
        ),
        ("readings", json!({ "shaper.window": "window-close" })),
        ("limits", json!({ "app_groups_max": 7 })),
        ("limits", of(json!({ "group_messages_per_second": 7 }))),
        ("keys", json!({ "id": "k", "secret": "s" })),
        ("outgoing", json!({})),
        ("console", json!({ "action": "ModifyApp", "AppId": app_id, "AppName": "other" })),
        ("compact", json!({})),
    ] {
        hold(&document, "post", path, "200", &world.post(path, body).await);
    }
    let machine = ["health", "ready", "version", "memory", "digest", "clock"];
    let happened = ["feed", "calls", "reference", "sessions", "groups", "ledger", "callbacks", "faults"];
    let settings = ["readings", "limits", "rules", "overview", "worlds"];
    for path in machine.iter().chain(&happened).chain(&settings).copied() {
        hold(&document, "get", path, "200", &world.get(path).await);
    }
    assert!(!world.get("ledger").await["shed"].as_array().expect("a list").is_empty(), "a schema was tried");
    hold(&document, "get", "group", "200", &world.get(&format!("group?app={app_id}&group={group}")).await);
    let made = world.control_reply("POST", "worlds", Some(&json!({ "name": "w1" }))).await;
    assert_eq!(made.status, 201);
    hold(&document, "post", "worlds", "201", &made.json());
    hold(&document, "get", "worlds/{name}", "200", &world.get("worlds/w1").await);
    hold(&document, "post", "reset", "200", &world.post("reset", json!({})).await);
    let refused = world.control_reply("POST", "clock", Some(&json!({ "advance": "soon" }))).await;
    hold(&document, "post", "clock", "default", &refused.json());
}
