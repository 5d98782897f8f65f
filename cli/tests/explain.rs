//! What became of something: five sources, one story.

use std::process::{Command, Output};

use serde_json::Value;

fn claque(words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claque"));
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).args(words);
    command.output().expect("the binary runs")
}

fn story_of(words: &[&str]) -> Value {
    let output = claque(&[words, &["--json"]].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{words:?}: {said}");
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

const RUN: [&str; 4] = ["--scenario", "smoke", "--seed", "3"];

fn words_of(story: &Value) -> Vec<&str> {
    story["events"].as_array().expect("events").iter().filter_map(|event| event["what"].as_str()).collect()
}

/// A run and the trace that it writes: the trace's own lines say how often each thing happened.
#[test]
fn a_trace_and_its_run_tell_one_story() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("run.txt");
    let path = path.to_str().expect("a path");
    assert_eq!(claque(&[&["simulate", "--trace", path], &RUN[..]].concat()).status.code(), Some(0));
    let trace = std::fs::read_to_string(path).expect("a trace");
    let count = |sign: &str, word: &str| {
        let lines = trace.lines().filter(|line| line.contains(sign) && line.contains(word));
        lines.filter(|line| line.split([' ', '#']).any(|name| name == "g1")).count() as u64
    };
    let run = story_of(&[&["explain", "group:g1"], &RUN[..]].concat());
    let written = story_of(&["explain", "group:g1", path]);
    for (word, lines) in [("delivered", count(" < ", " deliver ")), ("shed", count(" < ", " shed "))] {
        assert!(lines > 0, "{word}");
        assert_eq!(
            (&run["counts"][word], &written["counts"][word]),
            (&Value::from(lines), &Value::from(lines)),
            "{word}"
        );
    }
    assert_eq!((&run["source"], &written["source"]), (&Value::from("run"), &Value::from("trace")));
    assert_eq!(
        run["left_out"].as_u64().map(|left| left > 0),
        Some(true),
        "sixty events are shown: {}",
        run["counts"]
    );

    // A message by its first characters, as somebody copies it from a line.
    let shed = trace.lines().find(|line| line.contains(" < shed ")).expect("one is shed");
    let words: Vec<&str> = shed.split_whitespace().collect();
    let (id, rule) = (words[3], words[8]);
    let story = story_of(&["explain", &id[..8], path]);
    assert_eq!((&story["name"], &story["fate"]["end"]), (&Value::from(id), &Value::from("shed")), "{story}");
    assert_eq!(story["fate"]["rule"], rule);
    assert!(words_of(&story).contains(&"accepted"), "{story}");
}

#[test]
fn a_bug_tells_what_its_transcript_has() {
    let story = story_of(&["explain", "raider1", "fixtures/bugs/supergroup-notice-early"]);
    assert_eq!((&story["source"], &story["kind"]), (&Value::from("bug"), &Value::from("user")));
    let words = words_of(&story);
    assert_eq!(words, ["logged_on", "joined", "requested", "logged_off"], "{story}");
    let group = story_of(&["explain", "g3", "fixtures/bugs/supergroup-notice-early"]);
    let last = group["events"].as_array().and_then(|events| events.last()).expect("events");
    assert_eq!(
        (&last["what"], &last["rule"]),
        (&Value::from("broken"), &Value::from("supergroup.notice.interval"))
    );
}

/// "Where did m2 go?" Line 6 of the recording accepts m1, and a client receives it; nobody receives m2.
#[test]
fn a_recording_tells_who_received_a_message_and_which_rule_it_breaks() {
    let log = "fixtures/recordings/lost-gift.jsonl";
    let story = story_of(&["explain", "m1", log]);
    assert_eq!(
        (&story["source"], &story["fate"]["end"]),
        (&Value::from("recording"), &Value::from("received"))
    );
    assert_eq!(words_of(&story), ["accepted", "received"], "{story}");
    let lost = story_of(&["explain", "m2", log]);
    let broken = lost["events"].as_array().expect("events").iter().find(|event| event["what"] == "broken");
    assert_eq!(broken.expect("it breaks a rule")["rule"], "shaper.floor.latest-per-type", "{lost}");
    assert!(!words_of(&lost).contains(&"received"), "{lost}");
}

#[test]
fn a_running_server_tells_what_became_of_a_message() {
    let script = r#"
        set -e
        app=$("$CLAQUE" ctl app create --name show | sed -n 's/.*"AppId": "\(.*\)",/\1/p')
        "$CLAQUE" ctl group create --app "$app" --group stage --owner host >&2
        "$CLAQUE" ctl crowd --app "$app" --group stage --join 7 >&2
        "$CLAQUE" call SendLiveMessageGroup AppId="$app" GroupId=stage SenderId=host Body=hello MsgType=10001 MsgTid=m17 >&2
        "$CLAQUE" explain m17 --live --json
        "$CLAQUE" explain m71 --live --json || true
    "#;
    let mut command = Command::new(env!("CARGO_BIN_EXE_claque"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--exec", script]);
    let output = command.env("CLAQUE", env!("CARGO_BIN_EXE_claque")).output().expect("the binary runs");
    let (printed, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let story = printed.lines().find(|line| line.starts_with('{') && line.contains("\"fate\""));
    let story: Value =
        serde_json::from_str(story.unwrap_or_else(|| panic!("{printed}{said}"))).expect("one object");
    // The crowd of seven are the members; the owner is none of them.
    assert_eq!(
        (&story["fate"]["end"], &story["fate"]["delivered"]),
        (&Value::from("delivered"), &Value::from(7)),
        "{story}"
    );
    assert_eq!(words_of(&story), ["accepted", "delivered"], "{story}");
    assert!(said.contains("did you mean message:m17"), "{said}");
}

#[test]
fn what_cannot_be_told_is_an_error_with_the_way_out() {
    let cases: [(&[&str], &str); 6] = [
        (&["explain", "veiwer7"], "did you mean user:viewer7"),
        (&["explain", "group:viewer7"], "nothing here is called \"viewer7\""),
        (&["explain", ""], "a name is missing"),
        (&["explain", "viewer7", "README.md"], "no line of a trace"),
        (&["explain", "viewer7", "fixtures"], "no bug \"fixtures\""),
        (&["explain", "m17", "nowhere.txt"], "nowhere.txt"),
    ];
    for (words, says) in cases {
        let output = if words.len() == 2 { claque(&[words, &RUN[..]].concat()) } else { claque(words) };
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {said}");
        assert!(said.contains(says), "{words:?}: {said}");
    }
    let nowhere = claque(&["explain", "viewer7"]);
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("where was it seen?"));
}
