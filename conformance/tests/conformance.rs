//! The suite over the in-process core: one test for each case, and the recorded transcript of each.
//!
//! A filter selects by a part of the test's name or of the id of one of its rules:
//! `cargo test conformance -- shaper.budget`.

use claque_conformance::case::Case;
use claque_conformance::runner::run;
use claque_conformance::subject::CoreSubject;
use claque_conformance::suite::Suite;
use claque_conformance::verdict::Verdict;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let mut arguments = Arguments::from_args();
    let suite = match Suite::embedded() {
        Ok(suite) => suite,
        Err(fault) => panic!("{fault}"),
    };
    let mut cases = suite.cases;
    if let Some(filter) = arguments.filter.take_if(|_| !arguments.exact) {
        cases.retain(|case| case.matches(&filter));
    }
    let trials = cases.into_iter().map(|case| Trial::test(case.test_name(), move || play(&case))).collect();
    libtest_mimic::run(&arguments, trials).exit();
}

fn play(case: &Case) -> Result<(), Failed> {
    let played = run(case, &mut CoreSubject::sound());
    if played.verdict != Verdict::Pass {
        let Case { file, summary, .. } = case;
        return Err(format!("{file}\n{summary}\n{}\n\n{}", played.verdict, played.transcript).into());
    }
    Ok(())
}
