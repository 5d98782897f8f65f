//! Recordings as outsiders write them, by hand: those of a sound service are not condemned, however they are cut, copied and written;
//! those of a broken one are, with the lines that prove it.

use std::fs;
use std::path::{Path, PathBuf};

use claque_conformance::audit::{Assumed, Findings, Recording, RecordingError, Verdict, audit};

/// Each broken recording, the rule that it breaks, and the lines that show it.
const BROKEN: [(&str, &str, &[usize]); 16] = [
    ("delivered-twice", "message.deliver.all-members", &[10, 11]),
    ("after-leaving", "membership.leave.ends-delivery", &[10, 12]),
    ("after-kick", "user.kick.removes", &[10, 12]),
    ("never-joined", "message.deliver.all-members", &[5, 10]),
    ("muted-passes", "mute.send.blocked", &[9, 10, 11]),
    ("lists-one-who-left", "list.users.connected", &[9, 10, 11]),
    ("callback-missing", "callback.event.kinds", &[4, 8, 9]),
    ("wrong-order", "list.messages.sort", &[9]),
    ("recovered-again", "recovery.high.after-reconnect", &[10, 15]),
    ("deleted-group-used", "deletion.group.unavailable", &[9, 10]),
    ("expired-token", "token.expiry.instant", &[3, 4]),
    ("lost-in-a-quiet-group", "message.deliver.all-members", &[8, 9, 13]),
    ("speaks-after-leaving", "message.client-send.member-only", &[9, 11, 12]),
    ("recalled-is-listed", "recall.message.by-msg-tid", &[9, 10, 11]),
    ("kicked-by-nobody", "user.kick.removes", &[7, 9]),
    ("notices-too-close", "supergroup.notice.interval", &[3, 4]),
];

fn folder(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/recordings").join(kind)
}

/// The sound recordings, by their names.
fn sound() -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = fs::read_dir(folder("sound"))
        .expect("the folder is there")
        .map(|entry| {
            let path = entry.expect("it can be listed").path();
            let name = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).expect("it can be read"))
        })
        .collect();
    all.sort();
    all
}

fn audited(text: &[u8]) -> Result<Findings, RecordingError> {
    let mut recording = Recording::default();
    recording.read(0, text)?;
    recording.finish();
    Ok(audit(&recording, &Assumed::default()))
}

fn is_about_sources(line: &str) -> bool {
    line.contains("\"header\"") || line.contains("\"complete\"")
}

/// Nothing is broken, and nothing contradicts itself.
fn holds(name: &str, text: &[u8]) -> Findings {
    let findings = audited(text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let broken: Vec<String> =
        findings.broken().map(|rule| format!("{}: {:?}", rule.id(), findings.verdict(rule))).collect();
    assert!(broken.is_empty() && findings.contradiction().is_none(), "{name}: {broken:?}");
    findings
}

#[test]
fn no_sound_recording_is_condemned() {
    let all = sound();
    assert!(all.len() >= 12, "{} recordings", all.len());
    for (name, text) in &all {
        holds(name, text.as_bytes());
        let marked = [b"\xef\xbb\xbf".as_slice(), text.replace('\n', "\r\n").as_bytes()].concat();
        holds(&format!("{name}, with marks of other systems"), &marked);
    }
}

#[test]
fn a_recording_that_begins_late_or_ends_early_is_not_condemned() {
    for (name, text) in sound() {
        let lines: Vec<&str> = text.lines().collect();
        for cut in 0..lines.len() {
            let begin = lines[..cut].join("\n");
            holds(&format!("{name}, its first {cut} lines"), begin.as_bytes());
            // Only its second logon tells that two programs share an id.
            if name == "two-programs" {
                continue;
            }
            // What is missing then is no longer complete.
            let end: Vec<&str> = lines
                .iter()
                .enumerate()
                .filter(|(index, line)| {
                    line.contains("\"header\"") || (*index >= cut && !is_about_sources(line))
                })
                .map(|(_, line)| *line)
                .collect();
            holds(&format!("{name}, from line {cut}"), end.join("\n").as_bytes());
        }
    }
}

#[test]
fn a_line_that_is_there_twice_is_taken_once() {
    for (name, text) in sound() {
        let again: Vec<&str> = text.lines().filter(|line| !is_about_sources(line)).collect();
        let twice = format!("{text}{}\n", again.join("\n"));
        let (once, twice) = (holds(&name, text.as_bytes()), holds(&name, twice.as_bytes()));
        for rule in claque_core::Rule::ALL {
            assert_eq!(once.verdict(*rule), twice.verdict(*rule), "{name}: {}", rule.id());
        }
    }
}

#[test]
fn each_broken_recording_is_condemned_by_its_lines() {
    for (name, rule, lines) in BROKEN {
        let text = fs::read(folder("broken").join(format!("{name}.jsonl"))).expect("it is there");
        let findings = audited(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let broken: Vec<&str> = findings.broken().map(claque_core::Rule::id).collect();
        assert_eq!(broken, [rule], "{name}: {findings:#?}");
        let found = findings.broken().next().map(|rule| findings.verdict(rule));
        let Some(Verdict::Broken(_, [breach, ..])) = found else { panic!("{name}: {found:?}") };
        let seen: Vec<usize> = breach.lines.iter().map(|place| place.line).collect();
        assert_eq!(seen, lines, "{name}: {}", breach.says);
    }
    let files = fs::read_dir(folder("broken")).expect("the folder is there").count();
    assert_eq!(files, BROKEN.len(), "each file is in the list");
}

#[test]
fn what_cannot_be_read_is_refused_with_its_line_and_a_way_out() {
    let header = "{\"source\":\"s\",\"header\":{\"version\":1}}\n";
    let frame =
        |at: u64| format!("{{\"source\":\"s\",\"at\":{at},\"client\":{{\"id\":\"ada\",\"link\":\"up\"}}}}\n");
    let micros = 1_764_000_000_000_000;
    for (text, line, says) in [
        (format!("{header}{}", frame(1_764_000_000)), 2, "times 1000000"),
        (format!("{header}{}", frame(1_764_000_000_000)), 2, "times 1000"),
        (format!("{header}{}", frame(1_764_000_000_000_000_000)), 2, "divided by 1000"),
        (format!("{header}{}{}", frame(micros), frame(micros - 3_000_000)), 3, "sort them by `at`"),
        (format!("{header}{header}"), 2, "give it another name"),
        (
            format!(
                "{header}{}{}{}",
                frame(micros),
                header.replace("\"s\"", "\"t\""),
                frame(micros + 1).replace("\"s\"", "\"t\"")
            ),
            4,
            "another client id",
        ),
        ("time,operation\n".to_owned(), 1, "one JSON object"),
        ("[]\n".to_owned(), 1, "JSON Lines"),
        ("\u{feff}\u{feff}x\n".to_owned(), 1, "JSON"),
    ] {
        let error = audited(text.as_bytes()).expect_err(&text);
        assert_eq!(error.place.line, line, "{text}: {error}");
        assert!(error.says.contains(says), "{text}: {error}");
    }
}

#[test]
fn clocks_that_contradict_each_other_condemn_nobody() {
    let text = fs::read_to_string(folder("broken").join("delivered-twice.jsonl")).expect("it is there");
    // The phone's clock is ten seconds behind, and its header says 0.2.
    let behind: String = text
        .lines()
        .map(|line| {
            let mut line: serde_json::Value = serde_json::from_str(line).expect("JSON");
            if let Some(at) = line["at"].as_u64().filter(|_| line["source"] == "phone") {
                line["at"] = serde_json::json!(at - 10_000_000);
            }
            format!("{line}\n")
        })
        .collect();
    let findings = audited(behind.as_bytes()).expect("a recording");
    assert_eq!(findings.broken().count(), 0, "{findings:#?}");
    let (says, lines) = findings.contradiction().expect("a message came before it was sent");
    assert!(says.contains("before it was sent"), "{says}");
    assert_eq!(lines.iter().map(|place| place.line).collect::<Vec<_>>(), [9, 10]);
}
