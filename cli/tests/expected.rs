//! What a scenario expects, and what is asked of a subject: nothing passes by not being looked at.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("expected-{name}"));
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("an old folder can be removed");
    }
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

/// Exit status, standard output and standard error.
fn claque(arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claque"));
    let output = command.args(arguments).output().expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it speaks UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// A short show of thirty people, which no rule about supergroups decides anything in.
fn show(folder: &Path, rules: &str) -> String {
    let text = format!(
        "says = \"x\"\nduration = \"5s\"\nsettle = \"1m\"\n[[app]]\nname = \"show\"\n[[group]]\nname = \"g\"\n\
         [[population]]\nname = \"viewer\"\nkind = \"audience\"\nusers = 30\ncomment = \"1s\"\n[expect]\nrules = [{rules}]\n"
    );
    let file = folder.join("show.toml");
    fs::write(&file, text).expect("written");
    file.display().to_string()
}

const UNREACHED: &str =
    "1 of 1 rules that the scenario expects were not reached: supergroup.threshold.members";

#[test]
fn a_run_and_a_campaign_fail_without_the_rules_that_their_scenario_expects() {
    let file = show(&folder("unreached"), "\"supergroup.threshold.members\"");
    for arguments in
        [&["simulate", "--scenario", &file][..], &["campaign", "--seeds", "0..2", "--scenario", &file]]
    {
        let (status, _, said) = claque(arguments);
        assert_eq!(status, Some(1), "{arguments:?}: {said}");
        assert!(said.contains(UNREACHED) && said.contains("[expect]"), "{arguments:?}: {said}");
    }
    let (status, printed, _) = claque(&["simulate", "--scenario", &file, "--json"]);
    assert_eq!(status, Some(1), "{printed}");
    assert!(printed.contains("\"expected_unreached\":[\"supergroup.threshold.members\"]"), "{printed}");
}

#[test]
fn another_show_than_the_scenarios_only_names_them() {
    let file = show(&folder("waived"), "\"supergroup.threshold.members\"");
    for (arguments, why) in [
        (&["simulate", "--users", "20", "--scenario", &file][..], "--users"),
        (&["simulate", "--swarm", "--scenario", &file], "--swarm"),
        (&["simulate", "--reading", "shaper.window=window-close", "--scenario", &file], "--reading"),
        (&["campaign", "--seeds", "0..4", "--shard", "1/2", "--scenario", &file], "--shard"),
    ] {
        let (status, _, said) = claque(arguments);
        assert_eq!(status, Some(0), "{arguments:?}: {said}");
        let because = format!("this is not demanded here, because {why}");
        assert!(said.contains(UNREACHED) && said.contains(&because), "{arguments:?}: {said}");
    }
}

#[test]
fn the_parts_of_a_campaign_are_held_to_it_when_they_are_together() {
    let folder = folder("units");
    let file = show(&folder, "\"supergroup.threshold.members\"");
    let out = folder.join("out").display().to_string();
    let (status, _, said) =
        claque(&["campaign", "--seeds", "0..2", "--unit-seeds", "1", "--scenario", &file, "--out", &out]);
    assert_eq!(status, Some(0), "a unit alone cannot know: {said}");
    let (status, _, said) = claque(&["campaign", "merge", &out]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains(UNREACHED), "{said}");
}

#[test]
fn built_in_scenarios_reach_what_they_expect() {
    // The three larger ones are run by the gate's own build.
    for name in ["smoke", "selftest", "swarm"] {
        let (status, _, said) = claque(&["simulate", "--scenario", name]);
        assert_eq!((status, said.contains("not reached")), (Some(0), false), "{name}: {said}");
    }
}

#[test]
fn a_subject_that_is_not_there_is_no_success() {
    let folder = folder("dead");
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("bound");
    let file = folder.join("dead.toml");
    let text = format!(
        "name = \"dead\"\nendpoint = \"http://{free}\"\ncredentials = {{ id-env = \"PATH\", secret-env = \"PATH\" }}\n"
    );
    fs::write(&file, text).expect("written");
    let file = file.display().to_string();
    let (status, printed, said) = claque(&["conform", "group.admins.max", "--subject", &file]);
    assert_eq!(status, Some(2), "{printed}{said}");
    assert!(said.contains(&format!("cannot connect to {free}")) && said.contains("`endpoint`"), "{said}");
}

#[test]
fn a_run_that_judged_nothing_is_no_success() {
    let lists = folder("skipped").join("lists.toml");
    fs::write(&lists, "[[skipped]]\ncases = [\"shaper::*\"]\nreason = \"It is said to be slow.\"\n")
        .expect("written");
    let lists = lists.display().to_string();
    let (status, _, said) = claque(&["conform", "shaper::", "--lists", &lists]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("no case was judged") && said.contains("skipped"), "{said}");
    let (status, _, said) = claque(&["conform", "check", &folder("empty").display().to_string()]);
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("no case file"), "{said}");
}
