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

/// The run of a line beside that of another program, which is a script here: what it writes, and how it ends.
#[test]
fn another_version_and_a_kept_trace_are_shown_beside_the_run() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let run = ["--scenario", "smoke", "--users", "60", "--seed", "3"];
    let (mine, other) = (folder.path().join("mine.txt"), folder.path().join("other.txt"));
    let kept = |path: &std::path::Path, options: &[&str]| {
        let path = path.to_str().expect("text");
        claque(&[&["simulate"], &run[..], options, &["--trace", path]].concat(), "")
    };
    assert_eq!(kept(&mine, &[]).1, Some(0));
    kept(&other, &["--mutant", "recovery-off"]);
    let against = |word: &str| claque(&[&["replay"], &run[..], &["--against", word]].concat(), "");
    let (said, status) = against(&format!("trace={}", mine.display()));
    assert!(said.contains("the runs are the same") && status == Some(0), "{said}");
    let (said, status) = against(&format!("trace={}", other.display()));
    assert!(said.contains("the runs differ from event ") && said.contains("side by side:"), "{said}");
    assert_eq!(status, Some(0));
    // The event of a trace's first difference is that of the runs themselves, or a later one that has a line.
    let event = |said: &str| -> u64 {
        let rest = said.split_once("from event ").expect("it differs").1;
        rest.split(' ').next().expect("a number").parse().expect("a number")
    };
    assert!(event(&said) >= event(&against("recovery-off").0), "{said}");

    let (said, status) = against(concat!("program=", env!("CARGO_BIN_EXE_claque")));
    assert!(said.contains("the runs are the same") && status == Some(0), "{said}");
    let program = |text: &str| {
        use std::os::unix::fs::PermissionsExt as _;
        let path = folder.path().join("old-claque");
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
        against(&format!("program={}", path.display()))
    };
    let binary = env!("CARGO_BIN_EXE_claque");
    let (said, status) = program(&format!("exec {binary} \"$@\" --mutant recovery-off"));
    assert!(said.contains("the runs differ from event ") && status == Some(0), "{said}");
}

#[test]
fn what_cannot_be_compared_is_an_error_that_says_why() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = |name: &str, text: &str| {
        use std::os::unix::fs::PermissionsExt as _;
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
        path.display().to_string()
    };
    // The last word of the line of options is the file that the trace is written to.
    let other = "#!/bin/sh\nfor last; do :; done\necho '{\"at\":1}' > \"$last\"\n";
    for (word, part) in [
        ("program=/nowhere/claque".to_owned(), "there is no program \"/nowhere/claque\""),
        (
            format!("program={}", path("refuses", "#!/bin/sh\necho what is --made-by >&2\nexit 2\n")),
            "what is --made-by",
        ),
        (format!("program={}", path("dies", "#!/bin/sh\nkill -KILL $$\n")), "wrote no trace (signal: 9"),
        (
            format!("program={}", path("silent", "#!/bin/sh\n")),
            "wrote no trace (exit status: 0); it said: nothing",
        ),
        (format!("program={}", path("other-form", other)), "is no line of a trace"),
        ("trace=nowhere.txt".to_owned(), "nowhere.txt: there is no such file"),
        (format!("trace={}", path("empty.txt", "")), "there is no line of a trace in it"),
        (format!("trace={}", path("prose.txt", "hello\n")), "line 1: `hello` is no line of a trace"),
        ("trace=/dev/zero".to_owned(), "no ordinary file"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_claque"))
            .args(["replay", "--scenario", "smoke", "--users", "20", "--seed", "1", "--against", &word])
            .output()
            .expect("the binary runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{word}: {said}");
        assert!(said.contains(part), "{word}: {said}");
    }
}
