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
    let (said, status) = claque(&RUN, "\nt 5s\np viewer1\np g1\np nobody\nf\nx\nq\n");
    assert_eq!(status, Some(0), "{said}");
    for part in [
        "event 1:",
        "event 2:",
        "at 5.",
        "user viewer1: ",
        "group g1 of ",
        "no user and no group is called nobody",
        "no fault is on",
        "Enter, n         the next event",
        "unknown",
    ] {
        assert!(said.contains(part), "{part} is missing:\n{said}");
    }
}

/// The stops of a session: the number of the event at each.
fn stops(said: &str) -> Vec<u64> {
    let numbers =
        said.lines().filter_map(|line| line.strip_prefix("at ")?.split_once("event ")?.1.split(':').next());
    numbers.filter_map(|number| number.parse().ok()).collect()
}

#[test]
fn a_run_is_stepped_back_to_what_it_was() {
    let (said, status) = claque(&RUN, "t 5s\np g1\nb 3\np g1\nb\nn\nt 1s\nq\n");
    assert_eq!(status, Some(0), "{said}");
    let at = stops(&said);
    let [first, late, three, four, again, early] = at.as_slice() else { panic!("{at:?}: {said}") };
    assert_eq!((*first, *three, *four, *again), (1, late - 3, late - 4, late - 3), "{said}");
    assert!(early < three && said.contains("\nat 1."), "{said}");
    // The same event shows the same lines, whichever way one came to it.
    let shown: Vec<&str> = said.lines().filter(|line| line.contains(&format!("event {three}:"))).collect();
    assert!(shown.len() == 2 && shown[0] == shown[1], "{shown:?}");
}

#[test]
fn a_condition_stops_where_it_first_holds() {
    let run = ["replay", "--scenario", "smoke", "--seed", "3", "--step"];
    let (said, _) = claque(&run, "until joined(viewer7)\nq\n");
    assert_eq!(stops(&said).len(), 2, "the first event, and the one that is waited for: {said}");
    let joins = said.lines().filter(|line| line.contains("viewer7#1 join g")).count();
    assert_eq!(joins, 1, "{said}");
    let (said, _) = claque(&run, "until shed\nq\n");
    assert!(said.lines().any(|line| line.contains(" < shed ")), "{said}");
    let (said, _) = claque(&run, "until shet(g1)\nuntil shed(\nq\n");
    assert!(said.contains("did you mean shed?") && said.contains("a name stands in parentheses"), "{said}");
}

#[test]
fn two_seeds_and_two_readings_are_shown_side_by_side() {
    let run = ["replay", "--scenario", "smoke", "--users", "60", "--seed", "3", "--against"];
    let (said, status) = claque(&[&run[..], &["seed=4"]].concat(), "");
    assert!(said.contains("the runs differ from event ") && said.contains("side by side:"), "{said}");
    assert_eq!(status, Some(0));
    let (said, status) = claque(&[&run[..], &["seed=3"]].concat(), "");
    assert!(said.contains("the runs are the same") && status == Some(0), "{said}");
    let (said, status) = claque(&[&run[..], &["shaper.window=window-close"]].concat(), "");
    assert!(said.contains("the runs differ from event ") && status == Some(0), "{said}");
    let (_, status) = claque(&[&run[..], &["shaper.windo=window-close"]].concat(), "");
    assert_eq!(status, Some(2));
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

#[test]
fn a_user_or_a_group_that_the_run_does_not_have_is_an_error() {
    for (option, name) in [("--user", "veiwer1"), ("--user", ""), ("--group", "g99")] {
        let (said, status) =
            claque(&["replay", "--scenario", "smoke", "--users", "20", "--seed", "1", option, name], "");
        assert_eq!(status, Some(2), "{option} {name}: {said}");
    }
    // One that it has, and that does nothing in the window, is none.
    let window = [
        "replay",
        "--scenario",
        "smoke",
        "--users",
        "20",
        "--seed",
        "1",
        "--user",
        "viewer1",
        "--until",
        "1us",
    ];
    let (said, status) = claque(&window, "");
    assert_eq!(status, Some(0), "{said}");
}
