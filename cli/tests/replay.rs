//! Stepping through a run, with commands from standard input, as a person or a script gives them.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// Runs `claque` in the root of the repository; what it prints, and its exit status.
fn claque(options: &[&str], input: &str) -> (String, Option<i32>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_claque"))
        .args(options)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary is there");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).expect("it reads");
    drop(stdin);
    let ended = child.wait_with_output().expect("it ends");
    (String::from_utf8(ended.stdout).expect("text"), ended.status.code())
}

const RUN: [&str; 8] = ["replay", "--scenario", "smoke", "--users", "20", "--seed", "1", "--step"];

#[test]
fn a_run_is_stepped_through_and_shows_state_between_events() {
    let (said, status) = claque(&RUN, "\nt 5s\np viewer1\np g1\np nobody\nf\nt 1s\nx\nq\n");
    assert_eq!(status, Some(0), "{said}");
    for part in [
        "event 1:",
        "event 2:",
        "at 5.",
        "user viewer1: ",
        "group g1 of ",
        "no user and no group is called nobody",
        "no fault is on",
        "a run goes forward only",
        "Enter, n         the next event",
        "unknown",
    ] {
        assert!(said.contains(part), "{part} is missing:\n{said}");
    }
}

#[test]
fn stops_can_be_asked_for_by_time_and_by_name() {
    let mut by_name = RUN.to_vec();
    by_name.extend(["--user", "viewer1"]);
    let (said, _) = claque(&by_name, "u viewer1\nq\n");
    let stops: Vec<&str> = said.split("\nat ").collect();
    assert!(stops.len() >= 3, "two stops: {said}");
    assert!(stops.iter().take(2).all(|stop| stop.contains("viewer1")), "{said}");
    let mut by_time = RUN.to_vec();
    by_time.extend(["--until", "30s"]);
    let (said, _) = claque(&by_time, "q\n");
    assert!(said.contains("\nat 30.") || said.contains("\nat 31."), "{said}");
}

#[test]
fn two_runs_of_one_line_do_not_part_and_a_mutant_shows_where_they_do() {
    let (said, status) =
        claque(&["replay", "--scenario", "smoke", "--users", "20", "--seed", "1", "--twice"], "");
    assert!(said.contains("the runs are the same") && status == Some(0), "{said}");
    let (said, status) = claque(
        &["replay", "--scenario", "smoke", "--users", "60", "--seed", "1", "--against", "recovery-off"],
        "",
    );
    assert!(said.contains("the runs differ from event ") && status == Some(0), "{said}");
    assert!(said.contains("\n  - ") && said.contains("\n  + "), "{said}");
}

#[test]
fn the_bug_base_is_as_it_should_be() {
    let (said, status) = claque(&["replay", "--all"], "");
    assert_eq!(status, Some(0), "{said}");
    assert!(said.ends_with(" bugs, 0 wrong\n") && !said.starts_with("0 bugs"), "{said}");
}
