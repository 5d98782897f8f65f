//! Recorded chats from the command line: what is said of a file, of messages that nobody could send, and of a run that is too long.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value as Json;

fn claque(arguments: &[&str]) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let command = Command::new(env!("CARGO_BIN_EXE_claque")).current_dir(root).args(arguments).output();
    command.expect("the binary runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

fn file(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).expect("a file can be written");
    path
}

fn line(at_ms: u64) -> String {
    format!("{{\"at_ms\":{at_ms},\"user\":\"ada\",\"type\":\"comment\",\"body\":\"hello\"}}\n")
}

/// What the file holds was counted by hand: the lines of `harbour.xml` say what each is.
#[test]
fn inspect_tells_what_is_read_and_what_is_not_and_where() {
    let output = claque(&["chat", "inspect", "fixtures/chats/harbour.xml"]);
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    for row in [
        "format         danmaku XML",
        "messages       12",
        "users          6",
        "from           0:00:00",
        "to             0:00:11",
        "most a second  2, at 0:00:07",
        "read as comment 4 comments",
        "read as gift   3 gifts",
        "read as gift   2 guards",
        "read as gift   2 super chats",
        "read as gift   1 toasts of guards",
        "said by        3 ada",
        "mended         read all the same: 1 × texts with a raw `<` (at line 7, column 3)",
        "unread         not part of the chat: 1 × elements <s> of type `entrance` (at line 16, column 3)",
        "unread         not part of the chat: 1 × elements <like> (at line 17, column 3)",
        "lost           left out: 1 × times with a decimal comma (at line 19, column 9)",
        "lost           left out: 1 × messages that are cut off (at line 21, column 48)",
        "0:00:06        0",
        "0:00:07        2 ####",
    ] {
        assert!(said.lines().any(|line| line.trim_start().starts_with(row)), "no {row:?} in\n{said}");
    }
}

/// One message a second for a minute, and no gateway from 20 s to 40 s.
#[test]
fn messages_that_nobody_with_a_link_could_send_are_counted_and_shown() {
    let chat = file("unspoken.jsonl", &(0..60).map(|second| line(second * 1_000)).collect::<String>());
    let show = |fault: &str| {
        format!(
            "says = \"A gateway is gone.\"\nduration = \"1m\"\nsettle = \"2m\"\nchat = \"room\"\n\
             [[app]]\nname = \"replay\"\n[[group]]\nname = \"room\"\n\
             [[population]]\nname = \"viewer\"\nkind = \"audience\"\nusers = 30\n{fault}"
        )
    };
    let outage = "[[fault]]\nkind = \"outage\"\nat = \"20s\"\nfor = \"20s\"\n";
    for (name, fault, breaks) in [("calm.toml", "", false), ("outage.toml", outage, true)] {
        let scenario = file(name, &show(fault));
        let run = ["simulate", "--chat", &chat.to_string_lossy(), "--scenario", &scenario.to_string_lossy()];
        let json = claque(&[run.as_slice(), &["--json"]].concat());
        let report: Json = serde_json::from_slice(&json.stdout).expect("JSON");
        let count = |key: &str| report[key].as_u64().unwrap_or_else(|| panic!("no {key}: {report}"));
        let (unspoken, accepted) = (count("unspoken"), count("accepted"));
        assert_eq!(unspoken + accepted, 60, "each is sent, or counted as unspoken");
        // The link is lost at once, and taken up again within seconds of the gateway's return.
        let owed = if breaks { 20..=30 } else { 0..=0 };
        assert!(owed.contains(&unspoken), "{name}: {unspoken}");
        let text = said(&claque(&run));
        let row = format!("unspoken             {unspoken} (nobody with a link could send them)");
        assert!(text.contains(&row), "{text}");
    }
}

#[test]
fn a_run_that_is_longer_than_any_is_refused_before_it_starts() {
    let days_20 = 20 * 24 * 3_600_000;
    let chat = file("slow.jsonl", &[line(0), line(days_20)].concat());
    let arguments = ["simulate", "--chat", &chat.to_string_lossy(), "--chat-unit", "ms", "--speed", "1/10"];
    let output = claque(&arguments);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    for part in ["the run would last", "at most 62d are run", "--chat-start", "--speed"] {
        assert!(said.contains(part), "{said}");
    }
}
