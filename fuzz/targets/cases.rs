//! Cases of the suite changed at a few tokens: refused with a sentence, or played to a verdict, whatever it is.
//!
//! Input: which case (u16 LE), then three bytes for each change: a token (u16 LE), and what stands there instead.
#![no_main]

mod tokens;

use std::cell::RefCell;
use std::path::Path;
use std::sync::OnceLock;

use claque_conformance::case::{Case, Given};
use claque_conformance::case_file::read_case;
use claque_conformance::runner::run;
use claque_conformance::subject::CoreSubject;
use claque_core::Duration;
use libfuzzer_sys::fuzz_target;

/// Every case file: its name, and its text.
fn cases() -> &'static [(String, String)] {
    static CASES: OnceLock<Vec<(String, String)>> = OnceLock::new();
    CASES.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/cases");
        let mut found = Vec::new();
        for area in std::fs::read_dir(&root).expect("the cases are there") {
            let area = area.expect("an area").path();
            for file in std::fs::read_dir(&area).expect("a folder") {
                let file = file.expect("a case").path();
                let name = file.strip_prefix(&root).expect("below the root").to_string_lossy().into_owned();
                found.push((name, std::fs::read_to_string(&file).expect("it reads")));
            }
        }
        found.sort();
        found
    })
}

/// Whether a case is over soon.
fn is_short(case: &Case) -> bool {
    let crowded = case.given.iter().any(|given| matches!(given, Given::Group { crowd, .. } if *crowd > 50));
    let repeated: u64 = case.steps.iter().map(|step| u64::from(step.repeat)).sum();
    let late = case.steps.iter().any(|step| {
        let every = step.every.as_micros().saturating_mul(u64::from(step.repeat));
        step.at > Duration::from_days(200) || every > Duration::from_days(200).as_micros()
    });
    !crowded && repeated <= 100 && !late
}

thread_local! {
    static SUBJECT: RefCell<CoreSubject> = RefCell::new(CoreSubject::sound());
}

fuzz_target!(|bytes: &[u8]| {
    let Some(((name, text), edits)) = tokens::chosen(cases(), bytes) else { return };
    match read_case(name, &tokens::changed(text, edits)) {
        Err(complaint) => assert!(!complaint.to_string().is_empty()),
        Ok(case) if is_short(&case) => {
            let played = SUBJECT.with_borrow_mut(|subject| run(&case, subject));
            assert!(!played.transcript.is_empty());
        }
        Ok(_) => {}
    }
});
