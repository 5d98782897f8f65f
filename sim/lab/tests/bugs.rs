//! The bug base: every bug in it is as it should be.

use std::fs;
use std::path::Path;

use claque_lab::bugbase::{Bug, BugReplay, is_id};
use claque_lab::campaign::end_of;
use claque_sim::run::QueueKind;

fn bugs() -> Vec<Bug> {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/bugs");
    let folders = fs::read_dir(&base).expect("the bug base is there").filter_map(Result::ok);
    let mut bugs = Vec::new();
    for folder in folders.map(|entry| entry.path()).filter(|path| path.is_dir()) {
        let id = folder.file_name().expect("a name").to_string_lossy().into_owned();
        assert!(is_id(&id), "{id} is no name of a bug");
        let text = |name: &str| {
            fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{id}/{name}: {error}"))
        };
        let bug = Bug::read(&id, &text("bug.toml"), &text("plan.toml"), &text("shrunk.toml"));
        let bug = bug.unwrap_or_else(|said| panic!("{said}"));
        assert!(!bug.history.is_empty() && bug.says.ends_with('.'), "{id}: history, and a sentence");
        assert!(!text("trace.txt").is_empty(), "{id}: the end of the trace");
        bugs.push(bug);
    }
    bugs
}

#[test]
fn every_bug_is_caught_with_its_defect_and_gone_without() {
    let bugs = bugs();
    assert!(bugs.len() >= 2);
    for bug in bugs {
        assert!(
            matches!(bug.replay(), BugReplay::Right(_)),
            "{}: {:?}; after a change of what seeds mean: `claque bug renew --all`",
            bug.id,
            bug.replay()
        );
    }
}

#[test]
fn what_is_kept_is_small_and_part_of_what_was_found() {
    for bug in bugs() {
        let events =
            |plan| end_of(&plan, bug.mutant, QueueKind::Wheel).report.map_or(0, |report| report.events);
        let (shrunk, found) = (events(bug.plan()), events(bug.found_plan()));
        assert!(shrunk * 10 <= found || shrunk <= 20, "{}: {shrunk} of {found} events", bug.id);
        assert!(bug.scenario.users() <= 12, "{}: {} users", bug.id, bug.scenario.users());
    }
}

/// The exported test that stands in this folder compiles, so an export that equals it does.
#[test]
fn an_exported_test_is_the_one_that_stands_here() {
    let bugs = bugs();
    let bug = bugs.iter().find(|bug| bug.id == "supergroup-notice-early").expect("it is in the base");
    assert_eq!(bug.to_rust_test(), include_str!("supergroup_notice_early.rs"));
}
