//! Recordings that tell the alternatives of an open point apart: of each one an audit infers what the recorded service did.
//!
//! `CLAQUE_WRITE=1 cargo test -p claque-conformance --test recordings` writes them anew, from the smallest cases that show it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

use claque_conformance::audit::{Assumed, Recording, audit};
use claque_conformance::spread::spread;
use claque_conformance::trust::{Trust, text};
use claque_core::Readings;

/// So many open points have such recordings.
const POINTS_MIN: usize = 60;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/recordings/readings")
}

/// Every alternative of every open point.
fn alternatives() -> Vec<(&'static str, &'static str)> {
    let all = Readings::default();
    all.iter().flat_map(|choice| choice.alternatives.iter().map(move |value| (choice.id, *value))).collect()
}

fn write() {
    let trust = Trust::new(1).expect("the suite is there");
    drop(fs::remove_dir_all(folder()));
    for ((id, value), lines) in
        alternatives().into_iter().zip(spread(&alternatives(), |(id, value)| trust.telling(id, value)))
    {
        let Some(lines) = lines else { continue };
        let path = folder().join(id);
        fs::create_dir_all(&path).expect("a folder can be made");
        fs::write(path.join(format!("{value}.jsonl")), text(&lines)).expect("a file can be written");
    }
}

#[test]
fn the_page_counts_the_points_that_are_told_apart_and_says_why_the_others_are_not() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/audit-format.md"));
    let page = page.expect("the page is there");
    let all = Readings::default();
    let points: Vec<(&str, usize)> = all
        .iter()
        .filter(|choice| choice.alternatives.len() > 1)
        .map(|choice| {
            let recorded = |value: &&&str| folder().join(choice.id).join(format!("{value}.jsonl")).exists();
            (choice.id, choice.alternatives.iter().filter(recorded).count())
        })
        .collect();
    let others: Vec<&str> = points.iter().filter(|(_, recorded)| *recorded < 2).map(|(id, _)| *id).collect();
    let says = format!("{} of {} open points are told apart", points.len() - others.len(), points.len());
    assert!(page.contains(&says), "{says}; not told apart: {others:?}");
    let (_, table) = page.split_once("| point | why no recording").expect("the table is there");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with("| `"));
    let mut listed: Vec<&str> = rows.filter_map(|line| line.split('`').nth(1)).collect();
    let mut wanted = others;
    listed.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(listed, wanted);
}

#[test]
fn each_recording_tells_how_its_service_reads_the_open_point() {
    if env::var_os("CLAQUE_WRITE").is_some() {
        write();
    }
    let there: Vec<(&str, &str)> = alternatives()
        .into_iter()
        .filter(|(id, value)| folder().join(id).join(format!("{value}.jsonl")).exists())
        .collect();
    let inferred = spread(&there, |(id, value)| {
        let text = fs::read(folder().join(id).join(format!("{value}.jsonl"))).expect("it is there");
        let mut recording = Recording::default();
        recording.read(0, &*text).unwrap_or_else(|error| panic!("{id} = {value}: {error}"));
        recording.finish();
        let findings = audit(&recording, &Assumed::default());
        assert_eq!(findings.broken().collect::<Vec<_>>(), [], "{id} = {value}");
        findings.inferred(id)
    });
    let mut explained: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for ((id, value), inferred) in there.iter().zip(inferred) {
        assert_eq!(inferred, Some(*value), "{id}");
        explained.entry(id).or_default().insert(value);
    }
    let apart = explained.values().filter(|values| values.len() > 1).count();
    assert!(apart >= POINTS_MIN, "{apart} open points differ: {explained:?}");
}
