//! Scenario files, raw or built in and changed at a few tokens: refused at a place, or a scenario that is written as a file
//! that reads the same, and whose stage can be set up.
//!
//! Input: an even first byte: the rest is a file; an odd one: which built-in scenario (u16 LE), then three bytes for each
//! change.
#![no_main]

mod tokens;

use std::num::NonZeroU32;
use std::sync::OnceLock;

use claque_core::Duration;
use claque_scenario::Scenario;
use claque_scenario::plan::{Oracle, Plan};
use claque_sim::run::run;
use libfuzzer_sys::fuzz_target;

fn builtin() -> &'static [&'static str] {
    static BUILTIN: OnceLock<Vec<&'static str>> = OnceLock::new();
    BUILTIN.get_or_init(|| Scenario::builtin_names().filter_map(Scenario::builtin_text).collect())
}

/// Sets the stage for the first milliseconds of a show with a few users.
fn set_up(mut scenario: Scenario) {
    scenario.scale(NonZeroU32::new(6).expect("six"));
    scenario.duration = Duration::from_millis(5);
    scenario.settle = Duration::ZERO;
    scenario.faults.clear();
    scenario.events.clear();
    scenario.backends.clear();
    scenario.expect.clear();
    for population in &mut scenario.populations {
        population.habits.clear();
        population.duties.clear();
        population.churn = None;
    }
    let plan = Plan { oracle: Oracle::None, ..Plan::new(scenario, 1) };
    drop(run(&plan));
}

fuzz_target!(|bytes: &[u8]| {
    let [kind, rest @ ..] = bytes else { return };
    let text = if kind & 1 == 0 {
        String::from_utf8_lossy(rest).into_owned()
    } else {
        let Some((text, edits)) = tokens::chosen(builtin(), rest) else { return };
        tokens::changed(text, edits)
    };
    match Scenario::parse("show.toml", &text) {
        Err(complaint) => assert!(!complaint.to_string().is_empty()),
        Ok(scenario) => {
            let written = scenario.to_toml();
            let again = Scenario::parse("show.toml", &written).expect("what is written reads");
            assert_eq!(again, scenario, "{written}");
            if scenario.groups.len() <= 30 && scenario.apps.len() <= 30 {
                set_up(scenario);
            }
        }
    }
});
