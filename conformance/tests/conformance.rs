//! The suite over the in-process core: one test for each case, and the recorded transcript of each.
//!
//! A filter selects by a part of the test's name or of the id of one of its rules:
//! `cargo test conformance -- shaper.budget`.

use std::collections::BTreeSet;
use std::panic::catch_unwind;
use std::path::Path;

use claque_conformance::case::Case;
use claque_conformance::runner::{not_applicable, run};
use claque_conformance::subject::CoreSubject;
use claque_conformance::suite::Suite;
use claque_conformance::verdict::Verdict;
use libtest_mimic::{Arguments, Failed, Trial};

/// Where the transcripts are recorded.
const SNAPSHOTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots");

fn main() {
    let mut arguments = Arguments::from_args();
    let suite = match Suite::embedded() {
        Ok(suite) => suite,
        Err(fault) => panic!("{fault}"),
    };
    let mut cases = suite.cases;
    let names = cases.iter().map(|case| format!("{}/{}", case.area, case.name)).collect();
    if let Some(filter) = arguments.filter.take_if(|_| !arguments.exact) {
        cases.retain(|case| case.matches(&filter));
    }
    // What the in-process core cannot be asked shows as ignored; a server is asked, by the tests of the binary.
    let trial = |case: Case| {
        let elsewhere = not_applicable(&case, &CoreSubject::sound()).is_some();
        Trial::test(case.test_name(), move || play(&case)).with_ignored_flag(elsewhere)
    };
    let mut trials: Vec<Trial> = cases.into_iter().map(trial).collect();
    trials.push(Trial::test("conformance::snapshots::each-has-its-case", move || each_has_its_case(&names)));
    libtest_mimic::run(&arguments, trials).exit();
}

fn play(case: &Case) -> Result<(), Failed> {
    let played = run(case, &mut CoreSubject::sound());
    if played.verdict != Verdict::Pass {
        let Case { file, summary, .. } = case;
        return Err(format!("{file}\n{summary}\n{}\n\n{}", played.verdict, played.transcript).into());
    }
    let compared = catch_unwind(|| {
        let mut settings = insta::Settings::new();
        settings.set_snapshot_path(Path::new(SNAPSHOTS).join(&case.area));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(case.name.as_str(), played.transcript));
    });
    compared.map_err(|_| {
        let way = "the transcript differs from the recorded one; read both against the rule, then accept it with \
                   INSTA_UPDATE=always";
        format!("{}: {way}\n\n{}", case.file, played.transcript).into()
    })
}

/// A recorded transcript whose case is gone says nothing about anything.
fn each_has_its_case(names: &BTreeSet<String>) -> Result<(), Failed> {
    let mut strays = Vec::new();
    for area in std::fs::read_dir(SNAPSHOTS)? {
        let area = area?.path();
        for file in std::fs::read_dir(&area)? {
            let file = file?.path();
            let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let area = area.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if !names.contains(&format!("{area}/{name}")) {
                strays.push(file.display().to_string());
            }
        }
    }
    if strays.is_empty() { Ok(()) } else { Err(format!("no case for {strays:?}").into()) }
}
