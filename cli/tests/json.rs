//! What a command says to a program.

use std::process::{Command, Output};

use serde_json::Value;

fn claque(words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claque"));
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).args(words);
    command.output().expect("the binary runs")
}

/// The error of a command: the last line of standard error.
fn error(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().last().unwrap_or_default();
    serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {said}"))
}

#[test]
fn an_error_is_json_where_the_answer_would_be() {
    let cases: [(&[&str], u8, &str); 5] = [
        (&["simulate", "--json", "--sede", "7"], 2, "--sede"),
        (&["simulate", "--json", "--scenario", "smok"], 2, "smoke"),
        (&["explain", "--json", "nobody", "--scenario", "smoke"], 2, "nobody"),
        (
            &["simulate", "--json", "--scenario", "smoke", "--mutant", "budget-plus-one", "--seed", "3"],
            1,
            "shaper.budget",
        ),
        (&["audit", "--json", "fixtures/recordings/lost-gift.jsonl"], 1, "a rule is broken"),
    ];
    for (words, status, names) in cases {
        let output = claque(words);
        let error = error(&output);
        let said = &error["error"];
        assert_eq!(output.status.code(), Some(i32::from(status)), "{error}");
        assert_eq!((&said["status"], &said["schema"]), (&Value::from(status), &Value::from(1)), "{error}");
        assert_eq!(said["kind"], if status == 1 { "no" } else { "usage" }, "{error}");
        assert!(said["message"].as_str().is_some_and(|text| text.contains(names)), "{names}: {error}");
        // What was found before the answer became no is one object of its own.
        let found = serde_json::from_slice::<Value>(&output.stdout).is_ok();
        assert_eq!(found, status == 1, "{words:?}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn the_virtual_time_of_a_broken_run_ends_where_it_broke() {
    let run = ["simulate", "--json", "--scenario", "smoke", "--seed", "3"];
    let report = |more: &[&str]| -> Value {
        let output = claque(&[&run[..], more].concat());
        serde_json::from_slice(&output.stdout).expect("one object")
    };
    let broken = report(&["--mutant", "budget-plus-one"]);
    let (ended, broke) = (broken["virtual_micros"].as_u64(), broken["failure"]["at_micros"].as_u64());
    let [ended, broke] = [ended, broke].map(|at| at.expect("a time"));
    // What a whole second held is judged when it is over.
    assert!(broke <= ended && ended - broke < 1_000_000, "{broken}");
    let whole = report(&[]);
    assert!(whole["failure"].is_null(), "{whole}");
    assert!(
        broken["virtual_micros"].as_u64() < whole["virtual_micros"].as_u64().map(|whole| whole / 2),
        "{broken}"
    );
}

#[test]
fn without_json_an_error_is_a_sentence_and_help_stays_help() {
    let output = claque(&["simulate", "--scenario", "smok"]);
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: "));
    let help = claque(&["simulate", "--json", "--help"]);
    assert_eq!(help.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&help.stdout).contains("Examples:"));
}

/// What is wrong with a value by a schema, as far as the schemas of `docs/schemas` go: type, const, enum, minimum, properties,
/// required, additionalProperties and items. Any other word in a schema is an error, so that none goes unread.
fn wrong(schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let mut wrongs = Vec::new();
    let words = schema.as_object().unwrap_or_else(|| panic!("{at}: a schema is an object"));
    for (word, said) in words {
        match word.as_str() {
            "type" => {
                let kinds: Vec<&str> = said
                    .as_array()
                    .map_or_else(|| vec![said], |all| all.iter().collect())
                    .into_iter()
                    .filter_map(Value::as_str)
                    .collect();
                if !kinds.iter().any(|kind| is_a(kind, value)) {
                    wrongs.push(format!("{at}: {value} is no {said}"));
                }
            }
            "const" if value != said => wrongs.push(format!("{at}: {value} is not {said}")),
            "enum" if !said.as_array().is_some_and(|all| all.contains(value)) => {
                wrongs.push(format!("{at}: {value} is none of {said}"));
            }
            "minimum" if value.as_i64().is_some_and(|it| Some(it) < said.as_i64()) => {
                wrongs.push(format!("{at}: {value} is less than {said}"));
            }
            "required" => {
                let names = said.as_array().into_iter().flatten().filter_map(Value::as_str);
                let missing =
                    names.filter(|name| value.as_object().is_some_and(|object| !object.contains_key(*name)));
                wrongs.extend(missing.map(|name| format!("{at}: {name} is missing")));
            }
            "items" => {
                let items = value.as_array().into_iter().flatten().enumerate();
                wrongs.extend(items.flat_map(|(number, item)| wrong(said, item, &format!("{at}[{number}]"))));
            }
            "properties" => {
                for (name, within) in value.as_object().into_iter().flatten() {
                    let place = format!("{at}.{name}");
                    match (&said[name], &schema["additionalProperties"]) {
                        (Value::Null, Value::Bool(false)) => {
                            wrongs.push(format!("{place}: the schema has no such key"));
                        }
                        (Value::Null, _) => {}
                        (known, _) => wrongs.extend(wrong(known, within, &place)),
                    }
                }
            }
            "additionalProperties" if said.is_object() && schema["properties"].is_null() => {
                let entries = value.as_object().into_iter().flatten();
                wrongs
                    .extend(entries.flat_map(|(name, within)| wrong(said, within, &format!("{at}.{name}"))));
            }
            "const" | "enum" | "minimum" | "additionalProperties" | "$schema" | "title" => {}
            other => panic!("{at}: this check does not know {other}"),
        }
    }
    wrongs
}

fn is_a(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("no type {other}"),
    }
}

fn schema(name: &str) -> Value {
    let path = format!("{}/../docs/schemas/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).expect("a schema is JSON")
}

#[test]
fn what_commands_of_many_runs_print_is_what_their_schemas_say() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let at = |name: &str| folder.path().join(name).to_str().expect("a path of words").to_owned();
    let (one, two) = (at("one"), at("two"));
    let small = ["--scenario", "smoke", "--users", "20"];
    let broken = ["--scenario", "smoke", "--mutant", "budget-plus-one"];
    // Two folders of one campaign, which can be merged and compared.
    let units = ["campaign", "--json", "--seeds", "0..2", "--unit-seeds", "1", "--double", "0", "--out"];
    let same = |words: &[&str], more: &[&str]| -> Vec<String> {
        words.iter().chain(more).map(|word| (*word).to_owned()).collect()
    };
    let commands: [(&str, Vec<String>); 13] = [
        ("campaign", same(&["campaign", "--json", "--seeds", "0..3"], &broken)),
        ("campaign", same(&["campaign", "--json", "--seeds", "0..4", "--for", "1ms"], &small)),
        ("campaign", same(&["campaign", "--json", "--seeds", "0..4", "--search", "guided"], &small)),
        ("campaign-units", same(&units, &[&[one.as_str()], &small[..]].concat())),
        ("campaign-units", same(&units, &[&[two.as_str()], &small[..]].concat())),
        ("campaign-merge", same(&["campaign", "merge", "--json"], &[&one, &two])),
        ("campaign-reconcile", same(&["campaign", "reconcile", "--json"], &[&one])),
        ("campaign-verify", same(&["campaign", "verify", "--json"], &[&one, &two])),
        ("cause", same(&["cause", "--json", "fixtures/bugs/budget-plus-one", "--futures", "2"], &[])),
        ("chat-inspect", same(&["chat", "inspect", "--json", "fixtures/chats/evening.log"], &[])),
        (
            "hunt",
            same(&["hunt", "--json", "--seeds", "8", "--sound", "1", "--mutant", "budget-plus-one"], &[]),
        ),
        ("replay-all", same(&["replay", "--all", "--json"], &[])),
        ("selftest", same(&["selftest", "--json", "--mutant", "budget-plus-one", "--seeds", "8"], &[])),
    ];
    for (name, words) in &commands {
        hold(name, &words.iter().map(String::as_str).collect::<Vec<_>>());
    }
    // An object for each case, a line each.
    let lines = hold_lines("conform", &["conform", "--json", "--rule", "shaper.budget.per-group"]);
    assert!(lines > 2, "{lines}");
}

#[test]
fn what_lists_and_checks_print_is_what_their_schemas_say() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let report = folder.path().to_str().expect("a path of words");
    let made = claque(&["conform", "--rule", "shaper.budget.per-group", "--report-dir", report]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let report = format!("{report}/report.jsonl");
    let commands: [(&str, &[&str]); 9] = [
        ("conform-compare", &["conform", "compare", "--json", &report, &report]),
        ("conform-sweep", &["conform", "--sweep", "--json", "--rule", "shaper.budget.per-group"]),
        ("rules", &["rules", "--json"]),
        ("rules", &["rules", "--json", "shaper.floor.latest-per-type"]),
        ("rules-coverage", &["rules", "--coverage", "--json"]),
        ("readings", &["readings", "--json"]),
        ("mutants", &["mutants", "--json"]),
        ("mutants", &["mutants", "--json", "budget"]),
        ("golden", &["golden", "--json"]),
    ];
    for (name, words) in commands {
        hold(name, words);
    }
    // With a mutant something is found, and a finding has keys of its own.
    let broken = ["explore", "--json", "--depth", "2", "--scope", "group", "--mutant", "leave-keeps-seat"];
    assert_eq!(hold_lines("explore", &broken[..6]), 1);
    assert_eq!(hold_lines("explore", &broken), 1);
    assert_eq!(
        hold_lines(
            "explore-steps",
            &[
                "explore",
                "--json",
                "--scope",
                "group",
                "--mutant",
                "leave-keeps-seat",
                "--steps",
                "ada-leaves"
            ]
        ),
        1
    );
}

#[test]
fn an_answer_of_the_service_is_printed_as_it_came() {
    let calls = "\"$claque\" call ListLiveMessageApps SortType=1 --json >&2; \"$claque\" call DescribeLiveMessageApp AppId=none --json >&2 || true";
    let mut command = Command::new(env!("CARGO_BIN_EXE_claque"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--frozen", "--exec", calls]);
    for name in ["CLAQUE_CONTROL_TOKEN", "CLAQUE_WORLD", "ALIBABA_CLOUD_ACCESS_KEY_ID"] {
        command.env_remove(name);
    }
    let command = command.env("RUST_LOG", "error").env("claque", env!("CARGO_BIN_EXE_claque"));
    let said = String::from_utf8(command.output().expect("the binary runs").stderr).expect("text");
    let answers: Vec<Value> = said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert_eq!(answers.len(), 2, "an answer and a refusal: {said}");
    for answer in answers {
        assert_eq!(wrong(&schema("call"), &answer, "call"), Vec::<String>::new());
    }
}

/// A command prints values, one a line, each of which its schema allows; how many there are.
fn hold_lines(name: &str, words: &[&str]) -> usize {
    let output = claque(words);
    let said = String::from_utf8_lossy(&output.stderr);
    let lines = String::from_utf8(output.stdout).expect("text");
    for line in lines.lines() {
        let row: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{words:?}: {error}: {line}: {said}"));
        assert_eq!(wrong(&schema(name), &row, name), Vec::<String>::new(), "{words:?}");
    }
    lines.lines().count()
}

/// A command prints one value, which its schema allows.
fn hold(name: &str, words: &[&str]) {
    let output = claque(words);
    let said = String::from_utf8_lossy(&output.stderr);
    let printed: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{words:?}: {error}: {said}"));
    let wrongs = wrong(&schema(name), &printed, name);
    assert!(wrongs.is_empty(), "{words:?}: {wrongs:#?}");
}

#[test]
fn what_a_run_prints_is_what_its_schema_says() {
    let commands: [(&str, &[&str]); 10] = [
        ("simulate", &["simulate", "--json", "--scenario", "smoke", "--users", "60"]),
        (
            "simulate",
            &["simulate", "--json", "--scenario", "smoke", "--mutant", "budget-plus-one", "--seed", "3"],
        ),
        ("simulate", &["simulate", "--json", "--chat", "fixtures/chats/evening.log", "--users", "50"]),
        (
            "shrink",
            &[
                "shrink",
                "--json",
                "--scenario",
                "smoke",
                "--mutant",
                "supergroup-notice-four-seconds",
                "--budget",
                "20",
            ],
        ),
        (
            "explain",
            &["explain", "--json", "group:g1", "--scenario", "smoke", "--seed", "3", "--last", "100000"],
        ),
        ("explain", &["explain", "--json", "m2", "fixtures/recordings/lost-gift.jsonl"]),
        ("doctor", &["doctor", "--json", "--listen", "127.0.0.1:0"]),
        ("audit", &["audit", "--json", "--readings", "fixtures/recordings/lost-gift.jsonl"]),
        ("audit-trust", &["audit", "--trust", "10", "--json"]),
        ("server-campaign", &["server-campaign", "--json", "--seeds", "0..1"]),
    ];
    for (name, words) in commands {
        hold(name, words);
    }
    let refused = claque(&["simulate", "--json", "--sede"]);
    assert_eq!(wrong(&schema("error"), &error(&refused), "error"), Vec::<String>::new());
}

#[test]
fn one_session_of_the_audit_of_the_audit_is_judged_and_kept() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("session.jsonl");
    let kept = path.to_str().expect("a path of words");
    let judged = claque(&["audit", "--session", "3", "--seed", "7", "--json", "--keep", kept]);
    let judged: Value = serde_json::from_slice(&judged.stdout).expect("JSON");
    assert_eq!(wrong(&schema("audit"), &judged, "audit"), Vec::<String>::new());
    let lines = std::fs::read_to_string(&path).expect("the recording was written").lines().count();
    assert_eq!(judged["lines"], lines);
    let again: Value = serde_json::from_slice(&claque(&["audit", "--json", kept]).stdout)
        .expect("a recording like any other");
    assert_eq!(again["lines"], lines);
}

#[test]
fn a_value_that_its_schema_rules_out_is_noticed() {
    let schema = schema("doctor");
    let sound = serde_json::json!({ "schema": 1, "version": "0.1.0", "failed": 0, "findings": [
        { "what": "port", "state": "ok", "says": "free", "way_out": null } ] });
    assert_eq!(wrong(&schema, &sound, "doctor"), Vec::<String>::new());
    let changes: [(&str, Value); 5] = [
        ("/schema", 2.into()),
        ("/failed", "0".into()),
        ("/failed", (-1).into()),
        ("/findings/0/state", "good".into()),
        ("/findings/0", serde_json::json!({ "what": "port", "more": 1 })),
    ];
    for (place, value) in changes {
        let mut broken = sound.clone();
        *broken.pointer_mut(place).expect("it is there") = value;
        assert!(!wrong(&schema, &broken, "doctor").is_empty(), "{place}: {broken}");
    }
}

#[test]
fn every_schema_is_held_by_a_command_here_and_stands_in_the_page() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let page = std::fs::read_to_string(format!("{root}/docs/json.md")).expect("the page");
    let here = include_str!("json.rs");
    for file in std::fs::read_dir(format!("{root}/docs/schemas")).expect("a folder").flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        assert!(page.contains(&format!("`docs/schemas/{name}`")), "docs/json.md does not name {name}");
        let name = name.trim_end_matches(".json");
        let held = here.contains(&format!("\"{name}\",")) || here.contains(&format!("schema(\"{name}\")"));
        assert!(held, "no command here is held to docs/schemas/{name}.json");
    }
}
