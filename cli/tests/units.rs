//! Campaigns of units: killed and gone on with, shared out among tasks, reconciled, merged and compared. Each with the real
//! program.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use claque_lab::unit::{CampaignRecord, UnitResult, unit_of_name};
use serde_json::Value;
use tempfile::TempDir;

/// The run of every test: a minute of a small show.
const RUN: [&str; 4] = ["--scenario", "smoke", "--users", "20"];

fn claque(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claque"));
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).args(words);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of words")
}

/// A campaign of units of two seeds.
fn campaign(out: &Path, seeds: &str, more: &[&str]) -> Command {
    let mut command = claque(&["campaign"]);
    command
        .args(RUN)
        .args(["--seeds", seeds, "--unit-seeds", "2", "--double", "0", "--out", text(out)])
        .args(more);
    command
}

fn done(mut command: Command, status: i32) -> Output {
    let output = command.output().expect("the binary runs");
    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(status), "{said}{complained}");
    output
}

fn object(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

fn record(folder: &Path) -> CampaignRecord {
    let record = std::fs::read_to_string(folder.join("campaign.json")).expect("a record");
    CampaignRecord::read(&record).expect("a sound record")
}

/// The results of a folder by the name of their file: everything of them that the digest covers, and the digest.
fn results(folder: &Path) -> BTreeMap<String, (String, String)> {
    let record = record(folder);
    let entries = std::fs::read_dir(folder.join("units")).expect("results").flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let sound = names.filter(|name| !name.starts_with('.')).map(|name| {
        let text = std::fs::read_to_string(folder.join("units").join(&name)).expect("text");
        let unit = unit_of_name(&format!("units/{name}")).and_then(|unit| record.unit(unit)).expect("a unit");
        let result = UnitResult::read(&text, &record, &unit).unwrap_or_else(|void| panic!("{name}: {void}"));
        let trailer = text.rfind("{\"digest\":").expect("a trailer");
        (name, (text.get(..trailer).unwrap_or_default().to_owned(), result.trailer.digest))
    });
    sound.collect()
}

/// Processor time of a process, its threads included. Unit: hundredths of a second.
fn processor(process: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |place: usize| fields.get(place)?.parse::<u64>().ok();
    Some(number(11)? + number(12)?)
}

/// Kills a process once it has used so much processor time; whether it was still at work.
fn kill_after(child: &mut Child, hundredths: u64) -> bool {
    while child.try_wait().expect("it can be waited for").is_none() {
        if processor(child.id()).is_none_or(|used| used >= hundredths) {
            child.kill().expect("it can be killed");
            break;
        }
        std::thread::yield_now();
    }
    !child.wait().expect("it ends").success()
}

#[test]
fn a_campaign_that_is_killed_twenty_times_comes_to_the_same_files() {
    let (calm, killed) = (TempDir::new().expect("a folder"), TempDir::new().expect("a folder"));
    done(campaign(calm.path(), "0..320", &[]), 0);
    let mut draw = 0x5EED_u64;
    let mut kills = 0;
    for _ in 0..20 {
        draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut child =
            campaign(killed.path(), "0..320", &["--threads", "2"]).spawn().expect("the binary runs");
        // Up to a fifth of a second of work: from before the first unit to after a dozen.
        kills += u32::from(kill_after(&mut child, (draw >> 33) % 20));
    }
    assert!(kills >= 15, "only {kills} of twenty were still at work when their time was up");
    // Going on needs no options: the folder says what the campaign is.
    done(claque(&["campaign", "--out", text(killed.path())]), 0);
    done(claque(&["campaign", "reconcile", text(killed.path())]), 0);
    let (calm, killed) = (results(calm.path()), results(killed.path()));
    assert_eq!(calm.len(), 160);
    assert_eq!(calm, killed);
}

#[test]
fn tasks_of_an_array_share_the_units_and_come_to_what_one_machine_comes_to() {
    let (alone, shared) = (TempDir::new().expect("a folder"), TempDir::new().expect("a folder"));
    done(campaign(alone.path(), "7..20", &[]), 0);
    for task in ["1", "2", "3"] {
        let mut command = campaign(shared.path(), "7..20", &["--array", "auto", "--json"]);
        command
            .env("SLURM_ARRAY_TASK_ID", task)
            .env("SLURM_ARRAY_TASK_COUNT", "3")
            .env("SLURM_ARRAY_TASK_MIN", "1");
        let report = object(&done(command, 0));
        let units = if task == "1" { 3 } else { 2 };
        assert_eq!(
            (&report["units_asked_for"], &report["units_run"]),
            (&units.into(), &units.into()),
            "{report}"
        );
    }
    done(claque(&["campaign", "reconcile", text(shared.path())]), 0);
    assert_eq!(results(alone.path()), results(shared.path()));
    // Again there is nothing to do.
    let report = object(&done(campaign(shared.path(), "7..20", &["--json"]), 0));
    assert_eq!((&report["units_there"], &report["units_run"]), (&7.into(), &0.into()), "{report}");
    let output = done(campaign(shared.path(), "7..20", &["--array", "auto"]), 2);
    assert!(String::from_utf8_lossy(&output.stderr).contains("none of these variables is set"));
}

#[test]
fn what_reconcile_prints_runs_what_is_missing_and_void() {
    let folder = TempDir::new().expect("a folder");
    done(campaign(folder.path(), "0..12", &[]), 0);
    let before = results(folder.path());
    let file = |unit: u64| folder.path().join(format!("units/{unit:010}.1.jsonl"));
    std::fs::remove_file(file(1)).expect("it is there");
    let torn = std::fs::read_to_string(file(4)).expect("it is there");
    std::fs::write(file(4), torn.get(..200).expect("longer")).expect("written");
    let found = object(&done(claque(&["campaign", "reconcile", text(folder.path()), "--json"]), 75));
    assert_eq!((&found["sound"], &found["missing"]), (&4.into(), &serde_json::json!([1])), "{found}");
    assert_eq!(found["void"][0]["why"], "it ends before its trailer", "{found}");
    let commands = found["commands"].as_array().expect("a list");
    assert_eq!(commands.len(), 2, "{found}");
    for command in commands.iter().filter_map(Value::as_str) {
        let options = command.strip_prefix("claque ").expect("a command of this program");
        let words: Vec<&str> = options.split(' ').collect();
        let report = object(&done(claque(&[&words[..], &["--json"]].concat()), 0));
        assert_eq!(report["units_run"], 1, "{command}: {report}");
    }
    std::fs::remove_file(file(4)).expect("the torn one");
    std::fs::rename(folder.path().join("units/0000000004.2.jsonl"), file(4)).expect("the new one");
    done(claque(&["campaign", "reconcile", text(folder.path())]), 0);
    assert_eq!(results(folder.path()), before);
}

#[test]
fn units_for_two_machines_are_asked_for_until_they_were_run_twice() {
    let folder = TempDir::new().expect("a folder");
    let out = text(folder.path());
    let options = ["--seeds", "0..4", "--unit-seeds", "2", "--double", "1000", "--out", out];
    done(claque(&[&["campaign"], &RUN[..], &options].concat()), 0);
    let found = object(&done(claque(&["campaign", "reconcile", out, "--json"]), 75));
    assert_eq!(found["to_be_run_by_another"], serde_json::json!([0, 1]), "{found}");
    done(claque(&["campaign", "--out", out, "--again", "--units", "0..2"]), 0);
    let found = object(&done(claque(&["campaign", "reconcile", out, "--json"]), 0));
    assert_eq!((&found["sound"], &found["differ"]), (&2.into(), &serde_json::json!([])), "{found}");
}

#[test]
fn parts_of_a_campaign_are_merged_and_a_failure_is_told_with_its_line() {
    let (one, other, whole) = (
        TempDir::new().expect("a folder"),
        TempDir::new().expect("a folder"),
        TempDir::new().expect("a folder"),
    );
    let broken = ["--mutant", "delivery-twice"];
    for (folder, task) in [(&one, "0/2"), (&other, "1/2")] {
        // Something was found, which no other try mends: status 1.
        done(campaign(folder.path(), "0..8", &[&broken[..], &["--array", task]].concat()), 1);
    }
    let into = whole.path().join("new");
    let words = ["campaign", "merge", text(one.path()), text(other.path()), "--into", text(&into), "--json"];
    let merged = object(&done(claque(&words), 1));
    assert_eq!((&merged["units_counted"], &merged["runs"]), (&4.into(), &8.into()), "{merged}");
    let failure = &merged["failures"][0];
    assert_eq!(failure["breaks"], "message.deliver.all-members", "{merged}");
    let line = failure["identity"].as_str().expect("a line").strip_prefix("claque ").expect("a command");
    done(claque(&line.split(' ').collect::<Vec<_>>()), 1);
    done(claque(&["campaign", "reconcile", text(&into)]), 0);
    // A second time nothing is new, and the folders say the same without being copied.
    let again = object(&done(claque(&words), 1));
    assert_eq!(again, merged);
    let read =
        object(&done(claque(&["campaign", "merge", text(one.path()), text(other.path()), "--json"]), 1));
    assert_eq!(read["failures"], merged["failures"]);
}

#[test]
fn two_builds_that_differ_are_shown_with_seed_and_event() {
    let (sound, broken) = (TempDir::new().expect("a folder"), TempDir::new().expect("a folder"));
    done(campaign(sound.path(), "0..8", &[]), 0);
    let verify = |more: &[&str]| {
        claque(&[&["campaign", "verify", text(sound.path()), text(broken.path()), "--json"], more].concat())
    };
    // A build with a bug: it runs the mutant and takes it for the sound service.
    done(campaign(broken.path(), "0..8", &["--mutant", "delivery-twice"]), 1);
    let theirs = record(broken.path());
    let as_sound = CampaignRecord { source: "another".to_owned(), ..record(sound.path()) };
    std::fs::write(broken.path().join("campaign.json"), as_sound.to_text()).expect("written");
    for number in 0..theirs.units() {
        let unit = theirs.unit(number).expect("in range");
        let file = broken.path().join(format!("units/{number:010}.1.jsonl"));
        let result = UnitResult::read(&std::fs::read_to_string(&file).expect("text"), &theirs, &unit);
        std::fs::write(file, result.expect("sound").to_text(&as_sound, &unit)).expect("written");
    }
    let program = broken.path().join("claque");
    let script = format!("#!/bin/sh\nexec {} \"$@\" --mutant delivery-twice\n", env!("CARGO_BIN_EXE_claque"));
    std::fs::write(&program, script).expect("written");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("permitted");
    let found = object(&done(verify(&["--by", text(&program)]), 1));
    assert_eq!(found["units"], 4);
    let differ = found["differ"].as_array().expect("a list");
    assert!(!differ.is_empty() && differ.contains(&found["first"]["seed"]), "{found}");
    assert_ne!(found["first"]["one"]["hash"], found["first"]["other"]["hash"]);
    let event = &found["event"];
    assert!(event["line"].as_u64() > Some(1) && event["one"] != event["other"], "{found}");
    assert!(event["before"].as_array().is_some_and(|before| before.len() == 4), "{found}");
    // A folder agrees with itself, and with nothing that it does not share a unit with.
    done(claque(&["campaign", "verify", text(sound.path()), text(sound.path())]), 0);
    std::fs::remove_dir_all(broken.path().join("units")).expect("they are there");
    done(verify(&[]), 2);
}

#[test]
fn each_way_to_end_has_its_status() {
    let folder = TempDir::new().expect("a folder");
    // Asked to make room, as engines ask: the units under way are kept.
    let child = campaign(folder.path(), "0..100000", &["--json"]).spawn().expect("the binary runs");
    while std::fs::read_dir(folder.path().join("units")).map_or(0, Iterator::count) == 0 {
        std::thread::yield_now();
    }
    let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(143), "{}", String::from_utf8_lossy(&output.stderr));
    let report = object(&output);
    assert_eq!(report["partial"], "interrupted", "{report}");
    assert_eq!(
        report["units_run"].as_u64().and_then(|it| usize::try_from(it).ok()),
        Some(results(folder.path()).len())
    );
    // Another campaign in the same folder is a mistake of whoever asks.
    let output = done(campaign(folder.path(), "0..99", &[]), 2);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("the seeds: it has 0..100000, and 0..99 is asked for"), "{said}");
    let output = done(campaign(folder.path(), "0..100000", &["--units", "0..50001"]), 2);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("--units 0..50001: the campaign has the units 0..50000"), "{said}");
    // A store that cannot be written may be written by another machine.
    let file = folder.path().join("file");
    std::fs::write(&file, "no folder").expect("written");
    done(campaign(&file.join("below"), "0..2", &[]), 75);
    for wrong in ["merge", "reconcile"] {
        let output = done(claque(&["campaign", wrong, text(&folder.path().join("units"))]), 2);
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("this is no folder of `claque campaign --out`")
        );
    }
}
