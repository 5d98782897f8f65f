//! Files and numbers that no command can take: refused at once, with where and what the bound is, and nothing is allocated.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// Far more than any of these needs, and far less than what they would take unbounded.
const PATIENCE: Duration = Duration::from_secs(60);
/// The most memory that a command may ask for here. Unit: KiB, as `ulimit` has it.
const MEMORY_KIB: u32 = 2 << 20;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("inputs-{name}"));
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("an old folder can be removed");
    }
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

/// Runs the binary with little memory, and ends it where it does not end by itself; what it said.
fn claque(arguments: &[&str]) -> Output {
    let script = format!("ulimit -v {MEMORY_KIB}; exec \"$0\" \"$@\"");
    let child = Command::new("sh")
        .current_dir(root())
        .args(["-c", &script, env!("CARGO_BIN_EXE_claque")])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    in_time(child, arguments)
}

/// The same with as much memory as there is.
fn claque_unbounded(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claque"));
    command.current_dir(root()).args(arguments).env("claque", env!("CARGO_BIN_EXE_claque"));
    command.env("RUST_LOG", "warn").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    in_time(command.spawn().expect("the binary runs"), arguments)
}

fn in_time(child: Child, arguments: &[&str]) -> Output {
    let id = child.id().to_string();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = receiver.recv_timeout(PATIENCE) else {
        drop(Command::new("kill").args(["-KILL", &id]).status());
        panic!("{arguments:?} does not end");
    };
    output.expect("it can be waited for")
}

/// The command is refused as asked wrongly, and says all of this.
fn refused(arguments: &[&str], parts: &[&str]) {
    let output = claque(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    for part in parts {
        assert!(said.contains(part), "{arguments:?} does not say {part:?}: {said}");
    }
}

/// Every place where somebody names a file.
fn readers(file: &str) -> Vec<Vec<String>> {
    let lines = [
        "simulate --scenario FILE",
        "simulate --chat FILE",
        "audit FILE",
        "campaign --seeds 0..1 --scenario FILE",
        "chat inspect FILE",
        "conform --lists FILE",
        "conform compare FILE FILE",
        "golden --file FILE",
        "serve --listen 127.0.0.1:0 --exec true --config FILE",
        "serve --listen 127.0.0.1:0 --exec true --callback-ca FILE",
        "ctl restore --from FILE",
        "ctl --ca FILE version",
        "journal verify FILE",
        "journal inspect FILE",
        "journal salvage FILE --to nowhere",
    ];
    let words = |line: &str| line.split(' ').map(|word| word.replace("FILE", file)).collect();
    lines.into_iter().map(words).collect()
}

#[test]
fn a_device_a_pipe_and_a_folder_are_no_input() {
    let folder = folder("devices");
    let pipe = folder.join("pipe").to_string_lossy().into_owned();
    let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs");
    assert!(made.success());
    for file in ["/dev/zero", pipe.as_str()] {
        for arguments in readers(file) {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            refused(&arguments, &[file, "ordinary file"]);
        }
    }
    refused(&["chat", "inspect", "/dev/urandom"], &["/dev/urandom", "ordinary file"]);
    refused(&["simulate", "--scenario", "fixtures"], &["fixtures", "ordinary file"]);
    // Those whose names must end in a certain way.
    for (name, arguments) in [
        ("show.toml", ["conform", "check", "PATH"].as_slice()),
        ("subject.toml", ["conform", "--subject", "PATH"].as_slice()),
        ("ca.toml", ["conform", "--ca", "PATH", "--subject", "http"].as_slice()),
        ("plan.toml", ["replay", "FOLDER"].as_slice()),
    ] {
        let link = folder.join(name);
        std::os::unix::fs::symlink("/dev/zero", &link).expect("a link");
        if name == "plan.toml" {
            fs::write(folder.join("bug.toml"), "").expect("written");
        }
        let path = link.to_string_lossy().into_owned();
        let words: Vec<String> = arguments
            .iter()
            .map(|word| word.replace("PATH", &path).replace("FOLDER", &folder.to_string_lossy()))
            .collect();
        let output = claque(&words.iter().map(String::as_str).collect::<Vec<_>>());
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(!output.status.success() && said.contains("ordinary file"), "{words:?}: {said}");
    }
}

#[test]
fn a_recording_in_which_nobody_saw_anything_is_no_recording() {
    let folder = folder("recordings");
    let header = "{\"source\":\"s\",\"header\":{\"version\":1}}\n";
    for (name, text) in [("empty.jsonl", ""), ("spaces.jsonl", " \n\n"), ("header.jsonl", header)] {
        let path = folder.join(name);
        fs::write(&path, text).expect("written");
        refused(
            &["audit", &path.to_string_lossy()],
            &[name, "nothing to judge, 0 observations", "audit-format.md"],
        );
    }
}

#[test]
fn numbers_of_the_command_line_have_bounds() {
    for (arguments, bound) in [
        ("simulate --users 4294967295", "10000000"),
        ("simulate --users 10000001", "10000000"),
        ("campaign --users 4294967295 --seeds 0..1", "10000000"),
        ("campaign --seeds 0..1 --threads 18446744073709551615", "1024"),
        ("campaign --seeds 0..1 --threads 0", "1 to 1024"),
        ("campaign --seeds 0..18446744073709551615", "18446744073709550591"),
        ("hunt --threads 4294967295", "1024"),
        ("journal schedules --count 18446744073709551615", "1000000000000"),
        ("journal schedules --first 18446744073709551615", "1000000000000000"),
        ("hunt --seeds x", "`x` is not a number of seeds: write a whole number from 1 to 1000000000000"),
        ("replay --last x", "`x` is not a number of lines: write a whole number from 0 to"),
        ("serve --worlds-max x", "`x` is not a number of worlds"),
        (
            "audit --limit 0",
            "`0` is not a number of messages a second: write a whole number from 1 to 1000000",
        ),
    ] {
        refused(&arguments.split(' ').collect::<Vec<_>>(), &[bound]);
    }
}

#[test]
fn a_scenario_whose_application_has_no_fitting_name_is_refused_where_it_stands() {
    let folder = folder("names");
    for name in ["", "a", "0123456789abcdefg"] {
        let show = format!(
            "says = \"x\"\nduration = \"1m\"\n[[app]]\nname = \"{name}\"\n[[group]]\nname = \"g\"\n\
             [[population]]\nname = \"viewer\"\nkind = \"audience\"\nusers = 5\n"
        );
        let file = folder.join("show.toml");
        fs::write(&file, show).expect("written");
        let file = file.to_string_lossy().into_owned();
        refused(&["simulate", "--scenario", &file], &["show.toml:4:8", "2 to 16"]);
    }
}

#[test]
fn a_case_that_asks_for_more_than_there_is_memory_is_refused_where_it_stands() {
    let folder = folder("case").join("group");
    fs::create_dir_all(&folder).expect("a folder can be made");
    let file = folder.join("it-shows.toml");
    for (step, given, bound) in [
        ("{ call = \"DescribeLiveMessageApp\", with = { AppId = { ids = 4294967295 } } }", "", "100000"),
        ("{}", "{ group = \"g\", crowd = 4294967295 }", "100000"),
    ] {
        let case = format!(
            "rules = [\"group.admins.max\"]\nsummary = \"It shows.\"\ngiven = [{given}]\nsteps = [{step}]\n"
        );
        fs::write(&file, case).expect("written");
        let path = file.to_string_lossy().into_owned();
        let output = claque(&["conform", "check", &path]);
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("it-shows.toml:") && said.contains(bound), "{said}");
    }
}

/// What a subject's `start` says, or does not say, first.
#[test]
fn a_subject_that_never_says_ready_is_given_up() {
    let folder = folder("ready");
    let file = folder.join("subject.toml");
    for (start, part) in [
        ("exec sleep 1000", "within 1 s,"),
        ("sleep 1000; true", "within 1 s,"),
        ("exec cat /dev/zero", "its first line is"),
        ("exec true", "its first line is \\\"\\\""),
        ("echo hello; exec sleep 1000", "hello"),
    ] {
        let text = format!(
            "name = \"x\"\nstart = \"{start}\"\nready-seconds = 1\n[credentials]\nid-env = \"X_ID\"\nsecret-env = \"X_SECRET\"\n"
        );
        fs::write(&file, text).expect("written");
        let path = file.to_string_lossy().into_owned();
        let output = claque(&["conform", "--subject", &path, "group::"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{start}: {said}");
        assert!(said.contains(&part.replace("\\\"", "\"")) && said.contains("start: "), "{start}: {said}");
        if part.starts_with("within") {
            assert!(said.contains("ready-seconds"), "it says what gives it more time: {said}");
        }
    }
}

/// A disk that is full, as Linux has one to try.
const FULL: &str = "/dev/full";

/// Runs that are broken, and end soon.
const BROKEN: &str = "--scenario smoke --users 60 --seed 3 --mutant budget-plus-one --budget 4";

/// Commands that write a file or a folder, with FULL for it; and what they say.
fn writers() -> Vec<(String, &'static str)> {
    let full = "the disk is full";
    let rows = [
        ("simulate --scenario smoke --users 20 --trace FULL", "No space left"),
        ("simulate --scenario smoke --users 20 --html FULL", full),
        ("simulate --scenario smoke --users 20 --perfetto FULL", full),
        ("replay --scenario smoke --users 20 --html FULL", full),
        ("replay --scenario smoke --users 20 --perfetto FULL", full),
        ("campaign --scenario smoke --users 20 --seeds 0..1 --page FULL", full),
        ("campaign --scenario smoke --users 20 --seeds 0..2 --search guided --corpus FULL", full),
        ("campaign --scenario smoke --users 20 --seeds 0..1 --out FULL", "Not a directory"),
        ("conform --rule group.admins.max --report-dir FULL", "the folder cannot be made"),
        ("audit fixtures/recordings/lost-gift.jsonl --write-readings FULL", full),
        ("audit --session 17 --keep FULL", full),
        ("shrink BROKEN --out FULL", full),
        ("shrink BROKEN --bug x --base FULL", "Not a directory"),
        ("bug export fixtures/bugs/budget-plus-one --out FULL", full),
        ("man --out FULL", "the folder cannot be written"),
        ("init --language python --into FULL", "cannot be written"),
        ("record --callbacks 127.0.0.1:0 -o FULL", "it is there already"),
        ("serve --listen 127.0.0.1:0 --exec true --data FULL", "needs a folder"),
        ("serve --listen 127.0.0.1:0 --exec true --tls self-signed --tls-ca FULL", "No space left"),
    ];
    rows.map(|(line, says)| (line.replace("BROKEN", BROKEN), says)).into()
}

#[test]
fn a_file_that_cannot_be_written_is_an_error() {
    for (line, says) in writers() {
        let words = line.replace("FULL", FULL);
        let output = claque_unbounded(&words.split(' ').collect::<Vec<_>>());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code().is_some_and(|status| status > 0), "{line}: {:?} {said}", output.status);
        assert!(said.contains(FULL) && said.contains(says), "{line}: {said}");
    }
    for verb in ["ctl snapshot", "world export"] {
        let command = format!("\"$claque\" {verb} --to {FULL}");
        let output = claque_unbounded(&["serve", "--listen", "127.0.0.1:0", "--exec", &command]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains(FULL), "{verb}: {said}");
    }
}

#[test]
fn a_report_of_which_one_file_cannot_be_written_is_an_error() {
    for file in ["badge.json", "junit.xml", "report.html", "report.jsonl", "summary.md"] {
        let folder = folder("report");
        std::os::unix::fs::symlink(FULL, folder.join(file)).expect("a link");
        let output = claque_unbounded(&[
            "conform",
            "--rule",
            "group.admins.max",
            "--report-dir",
            &folder.to_string_lossy(),
        ]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{file}: {said}");
        assert!(said.contains(file) && said.contains("the disk is full"), "{file}: {said}");
    }
}

/// Commands that print.
const PRINTERS: [&str; 26] = [
    "--help",
    "--version",
    "rules --help",
    "rules",
    "rules --markdown",
    "rules --json",
    "readings",
    "mutants",
    "simulate --scenario smoke --users 20",
    "simulate --scenario smoke --users 20 --json",
    "campaign --scenario smoke --users 20 --seeds 0..2 --json",
    "campaign --scenario smoke --users 20 --seeds 0..2",
    "conform --list",
    "conform --rule group.admins.max",
    "conform check fixtures/cases/group",
    "audit fixtures/recordings/lost-gift.jsonl",
    "chat inspect fixtures/chats/market-day.jsonl",
    "explain viewer1 --scenario smoke --users 20",
    "replay --scenario smoke --users 20",
    "explore --list",
    "hunt --scenario smoke --mutant budget-plus-one --seeds 2",
    "server-campaign --seeds 0..1",
    "completions bash",
    "doctor",
    "call --operations",
    "bug export fixtures/bugs/budget-plus-one",
];

#[test]
fn an_output_that_cannot_be_written_is_an_error() {
    for line in PRINTERS.iter().copied().chain([format!("shrink {BROKEN}").as_str()]) {
        let full = fs::OpenOptions::new().write(true).open(FULL).expect("Linux has it");
        let arguments: Vec<&str> = line.split(' ').collect();
        let mut child = Command::new(env!("CARGO_BIN_EXE_claque"));
        child.current_dir(root()).args(&arguments).stdin(Stdio::null()).stdout(full).stderr(Stdio::piped());
        let output = in_time(child.spawn().expect("the binary runs"), &arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{line}: {said}");
        assert!(said.contains("the output cannot be written: No space left"), "{line}: {said}");
    }
}

#[test]
fn what_names_nothing_is_refused_with_what_there_is() {
    refused(
        &["serve", "--listen", "127.0.0.1:0", "--exec", " "],
        &["the command is empty", "leave --exec out"],
    );
    refused(
        &["server-campaign", "--seeds", "7..8", "--steps", "0,99999"],
        &["seed 7 has no step 99999; its steps are 0 to "],
    );
    let lists = folder("lists").join("lists.toml");
    fs::write(&lists, "[[skipt]]\n").expect("written");
    refused(&["conform", "shaper::", "--lists", &lists.display().to_string()], &["skipt"]);
}
