//! Long work ends early when it is asked to, with what is known so far.

use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// More seeds than anybody waits for.
const MANY: &str = "0..100000000";

fn campaign(options: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claque"));
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).args(["campaign", "--scenario", "smoke"]);
    command.args(options).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

/// Whether the process has said what becomes of SIGINT.
fn catches_interrupts(process: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 2 > 0)
}

/// Sends Ctrl-C once the process takes it, and waits for its end.
fn interrupt(mut command: Command) -> Output {
    let child = command.spawn().expect("the binary runs");
    // Before that a signal would end the process, as it ends any.
    while !catches_interrupts(child.id()) {
        std::thread::yield_now();
    }
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
    child.wait_with_output().expect("it ends")
}

#[test]
fn an_interrupted_run_reports_what_happened_until_then() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claque"));
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).args(["simulate", "--json"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = interrupt(command);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("partial: interrupted after ") && said.contains(" virtual seconds"), "{said}");
    let report = report(&output);
    assert_eq!(
        (&report["partial"], &report["verdict"]),
        (&Value::Bool(true), &Value::from("unknown: not judged")),
        "{report}"
    );
}

#[test]
fn an_interrupted_suite_reports_the_cases_that_it_played() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_claque"));
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    command.arg("conform").arg("--report-dir").arg(folder.path());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = interrupt(command);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("partial: interrupted after ") && said.contains(" cases"), "{said}");
    let report = std::fs::read_to_string(folder.path().join("report.jsonl")).expect("a report");
    let cases = report.lines().filter(|line| line.contains("\"verdict\"")).count();
    assert!(said.contains(&format!("after {cases} of ")), "{cases} cases in the report: {said}");
}

#[test]
fn interrupted_work_on_mutants_reports_those_that_were_tried() {
    for command_line in [&["selftest", "--json"][..], &["hunt", "--json"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_claque"));
        command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).args(command_line);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = interrupt(command);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{said}");
        let report = report(&output);
        let tried =
            report.as_array().or_else(|| report["mutants"].as_array()).expect("a list of mutants").len();
        assert!(said.contains(&format!("partial: interrupted after {tried} of ")), "{tried} tried: {said}");
    }
}

#[test]
fn an_interrupted_campaign_reports_what_it_has_and_says_that_it_is_partial() {
    for json in [true, false] {
        let options = ["--seeds", MANY, "--json"];
        let output = interrupt(campaign(&options[..if json { 3 } else { 2 }]));
        assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
        if json {
            let report = report(&output);
            assert_eq!(report["partial"], "interrupted");
            assert!(
                report["runs"].as_u64() > Some(0) && report["failures"].as_array().is_some_and(Vec::is_empty)
            );
        } else {
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(said.starts_with("partial     interrupted: "), "{said}");
            assert!(said.contains("\nruns        "), "{said}");
        }
    }
}

#[test]
fn a_campaign_ends_with_its_first_failure_or_when_its_time_is_up() {
    let failing =
        ["--seeds", MANY, "--threads", "1", "--json", "--stop-on-first", "--mutant", "budget-plus-one"];
    let output = campaign(&failing).output().expect("the binary runs");
    let first = report(&output);
    assert_eq!((output.status.code(), &first["partial"]), (Some(1), &Value::from("first failure")));
    let failures = first["failures"].as_array().expect("a list");
    assert!(!failures.is_empty() && first["runs"].as_u64() < Some(1_000), "{first}");

    let output = campaign(&["--seeds", MANY, "--json", "--for", "1ms"]).output().expect("the binary runs");
    assert_eq!((output.status.code(), &report(&output)["partial"]), (Some(0), &Value::from("time is up")));

    let output = campaign(&["--seeds", "0..2", "--json", "--for", "1h"]).output().expect("the binary runs");
    assert_eq!((output.status.code(), &report(&output)["partial"]), (Some(0), &Value::Null));
}

fn claque(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claque"));
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).args(words);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn an_interrupted_shrinker_gives_the_smallest_run_so_far() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let small = folder.path().join("small.toml");
    let small = small.to_str().expect("a path");
    let failing = ["--scenario", "smoke", "--seed", "1", "--mutant", "supergroup-notice-four-seconds"];
    let output = interrupt(claque(&[&["shrink", "--json", "--out", small], &failing[..]].concat()));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    let report = report(&output);
    let number = |size: &str| report[size]["events"].as_u64().expect("a number");
    assert_eq!(report["partial"], true, "{report}");
    assert!(number("after") <= number("before") && number("after") > 0, "{report}");
    assert!(said.contains(&format!("partial: interrupted after {} of 6,000 runs", report["runs"])), "{said}");
    // What was asked for is there, and still fails in the same way.
    let again = ["--scenario", small, "--mutant", "supergroup-notice-four-seconds"];
    let seed = report["seed"].to_string();
    let output = claque(&[&["simulate", "--json", "--seed", &seed], &again[..]].concat()).output();
    let output = output.expect("the binary runs");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let breaks = report["breaks"].as_str().expect("a rule");
    assert!(String::from_utf8_lossy(&output.stdout).contains(breaks));
}

/// A recording that takes seconds to read.
fn long_recording(lines: u64) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    let mut text = "{\"source\":\"phone\",\"header\":{\"version\":1}}\n".to_owned();
    for number in 0..lines {
        let frame = format!(
            r#"{{"event":"recvgroupmessage","groupId":"stage","message":{{"messageId":"m{number}","type":10001,"sender":{{"userId":"host"}},"data":"welcome","timestamp":1764014410,"level":0,"seqnum":{number}}}}}"#
        );
        let at = 1_764_014_410_000_000 + number * 100_000;
        text.push_str(&format!(
            "{{\"source\":\"phone\",\"at\":{at},\"client\":{{\"id\":\"ada-1\",\"app\":\"live\",\"user\":\"ada\",\"received\":{frame}}}}}\n"
        ));
    }
    std::io::Write::write_all(&mut file, text.as_bytes()).expect("it is written");
    file
}

#[test]
fn an_interrupted_audit_says_that_it_is_partial() {
    let log = long_recording(100_000);
    let output = interrupt(claque(&["audit", "--json", log.path().to_str().expect("a path")]));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert_eq!(report(&output)["partial"], true);

    let output = interrupt(claque(&["audit", "--trust", "100000"]));
    let (said, printed) = (String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    assert_eq!(output.status.code(), Some(130), "{said}");
    let after = said.split("interrupted after ").nth(1).and_then(|rest| rest.split(' ').next());
    let sessions: u64 = after.and_then(|word| word.parse().ok()).expect("a number of sessions");
    assert!(sessions < 100_000 && printed.contains(&format!("  {sessions} sessions, ")), "{said}\n{printed}");
}
