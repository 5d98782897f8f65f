//! `claque conform` as a user meets it: formats, lists, comparison, drafts, and what it says when something is wrong.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder of its own for each test, empty at the start.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("conform-{name}"));
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("an old folder can be removed");
    }
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

/// Runs `claque conform` and gives exit code, standard output and standard error.
fn conform(arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claque"));
    let output = command.arg("conform").args(arguments).output().expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it speaks UTF-8");
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_string_lossy().into_owned()
}

#[test]
fn a_run_is_written_in_every_format_and_compared() {
    let folder = folder("formats");
    let (good, bad) = (path(&folder, "good"), path(&folder, "bad"));
    let (code, printed, _) = conform(&["shaper.window", "--report-dir", &good]);
    assert_eq!((code, printed.contains(" 0 bad")), (2, false), "no case has this in its name: {printed}");
    let (code, printed, _) = conform(&["shaper::", "--report-dir", &good]);
    assert_eq!(code, 0, "{printed}");
    for name in ["report.jsonl", "report.html", "junit.xml", "summary.md", "badge.json"] {
        assert!(
            fs::metadata(Path::new(&good).join(name)).is_ok_and(|file| file.len() > 50),
            "{name} is written"
        );
    }
    let lists = path(&folder, "lists.toml");
    fs::write(&lists, "[[known-failing]]\ncases = [\"shaper::*\"]\nreason = \"It is said to fail.\"\n")
        .expect("written");
    let (code, printed, complaint) = conform(&[
        "shaper::",
        "--reading",
        "shaper.window=immediate-only",
        "--lists",
        &lists,
        "--report-dir",
        &bad,
    ]);
    assert_eq!(code, 1, "a known failure that passes is an error: {printed}");
    assert!(printed.contains("not-applicable"), "what holds under the default is not judged: {printed}");
    assert!(complaint.contains("cases are bad"), "{complaint}");
    let (old, new) = (path(Path::new(&good), "report.jsonl"), path(Path::new(&bad), "report.jsonl"));
    let (code, printed, _) = conform(&["compare", &old, &new]);
    assert_eq!(code, 1, "something broke");
    assert!(
        printed.contains("## Broken: ")
            && printed.contains("| reading shaper.window | outrank | immediate-only |"),
        "{printed}"
    );
    let (code, printed, _) = conform(&["compare", &new, &old]);
    assert_eq!((code, printed.contains("## Fixed: ")), (0, true), "{printed}");
    let (code, printed, _) = conform(&["compare", &old, &old]);
    assert_eq!(
        (code, printed.contains("**0 broken, 0 fixed, 0 changed, 0 moved, 0 new, 0 gone")),
        (0, true),
        "{printed}"
    );
    let both = path(&folder, "both");
    let (code, printed, _) = conform(&["report", &old, &new, "--out", &both]);
    assert_eq!(code, 0, "{printed}");
    let page = fs::read_to_string(Path::new(&both).join("report.html")).expect("the page is written");
    assert!(page.contains("Conformance of 2 runs") && page.contains("Only where runs differ"));
}

#[test]
fn what_is_asked_wrongly_is_said_and_ends_with_two() {
    for (arguments, said) in [
        (&["group/four-th"][..], "no case matches"),
        (&["app/separates-equal-name"], "did you mean app::separates-equal-names?"),
        (&["--seed", "5"], "it goes with --subject crowd"),
        (&["--sweep", "--subject", "crowd"], "cannot be used with"),
        (&["--fixtures", "nowhere"], "nowhere is no folder"),
        (&["--subject", "http", "--endpoint", "127.0.0.1:1"], "cannot connect to 127.0.0.1:1"),
        (&["check", "nowhere.toml"], "nowhere.toml: there is no such file"),
    ] {
        let (code, _, complaint) = conform(arguments);
        assert_eq!((code, complaint.contains(said)), (2, true), "{arguments:?}: {complaint}");
    }
}

#[test]
fn lists_hold_a_subject_to_its_word() {
    let folder = folder("lists");
    let lists = path(&folder, "lists.toml");
    fs::write(&lists, "[[known-failing]]\ncases = [\"shaper::*\"]\nreason = \"It is said to fail.\"\n")
        .expect("written");
    let (code, printed, _) = conform(&["shaper::", "--lists", &lists]);
    assert_eq!(code, 1, "a known failure that passes is an error");
    assert!(
        printed.contains("stale          conformance::shaper::") && printed.contains("It is said to fail."),
        "{printed}"
    );
    fs::write(&lists, "[[skipped]]\ncases = [\"shapper::*\"]\nreason = \"It is a slip.\"\n")
        .expect("written");
    let (code, _, complaint) = conform(&["shaper::", "--lists", &lists]);
    assert_eq!(code, 2, "the lists are wrong, and nothing is judged by them");
    assert!(
        complaint.contains("no case fits `shapper::*`") && complaint.contains("lists.toml:2:10"),
        "{complaint}"
    );
}

#[test]
fn a_draft_is_written_once_and_fails_until_it_is_finished() {
    let folder = folder("draft");
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    copy(&fixtures.join("rules"), &folder.join("rules"));
    for name in ["readings.toml", "sources.toml"] {
        fs::copy(fixtures.join(name), folder.join(name)).expect("a fixture can be copied");
    }
    fs::create_dir_all(folder.join("cases/group")).expect("a folder can be made");
    let root = folder.to_string_lossy();
    let new = |rule: &str| conform(&["new", "group/four-are-too-many", "--rule", rule, "--fixtures", &root]);
    let (code, _, complaint) = new("group.admins.mx");
    assert_eq!((code, complaint.contains("did you mean group.admins.max?")), (2, true), "{complaint}");
    let (code, printed, complaint) = new("group.admins.max");
    assert_eq!(code, 0, "{complaint}");
    assert!(printed.contains("four-are-too-many.toml is written"), "{printed}");
    let (code, _, complaint) = new("group.admins.max");
    assert!(code != 0 && complaint.contains("is there already"), "it is not written over: {complaint}");
    let cases = path(&folder, "cases");
    let (code, printed, _) = conform(&["check", &cases]);
    assert_eq!((code, printed.as_str()), (0, "1 case file read, 0 with errors\n"));
    let (code, printed, _) = conform(&["group::four-are-too-many", "--fixtures", &root]);
    assert_eq!(code, 1, "a draft fails");
    assert!(printed.contains("expected refused Write.WhatTheRuleDemands"), "{printed}");
    let file = folder.join("cases/group/four-are-too-many.toml");
    let text = fs::read_to_string(&file).expect("it was written").replace("summary", "sumary");
    fs::write(&file, text).expect("it can be changed");
    let (code, printed, _) = conform(&["check", &cases]);
    assert_eq!(code, 1);
    assert!(
        printed.contains("unknown key `sumary`") && printed.contains("did you mean `summary`?"),
        "{printed}"
    );
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("the fixtures are there").flatten() {
        fs::copy(entry.path(), to.join(entry.file_name())).expect("a fixture can be copied");
    }
}
