//! The simulator put to the test: every mutant must be found out, and the sound service must not.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use claque_core::{Mutant, Rule};
use claque_oracle::verdict::Verdict;
use claque_scenario::Scenario;
use claque_scenario::plan::Plan;
use claque_sim::run::{RunOptions, run_with};

/// The built-in scenario that is made for finding out mutants.
pub const SCENARIO: &str = "selftest";

/// The run that found a mutant out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detection {
    /// The seed of the run that did it.
    pub seed: u64,
    /// The rule that the run says is broken; none when the mutant broke an assertion or invariant.
    pub rule: Option<Rule>,
    /// The evidence: what was expected, and what was seen.
    pub evidence: String,
}

/// Runs a mutant under one seed after the other until a run fails.
///
/// A mutant may break its own assertions: that counts as found out.
#[must_use]
pub fn hunt(mutation: Mutant, scenario: &Scenario, seeds: Range<u64>) -> Option<Detection> {
    for seed in seeds {
        let plan = Plan::new(scenario.clone(), seed);
        let options = RunOptions { mutation: Some(mutation), ..RunOptions::default() };
        match catch_unwind(AssertUnwindSafe(|| run_with(&plan, options).verdict)) {
            // The service's own assertions are kept in release: they notice some mutants before the oracle can.
            Err(_) => {
                let evidence = "the service broke one of its own assertions".to_owned();
                return Some(Detection { seed, rule: None, evidence });
            }
            Ok(Verdict::Fail(failure)) => {
                return Some(Detection { seed, rule: failure.rule, evidence: failure.sentence() });
            }
            Ok(Verdict::Pass | Verdict::Unknown) => {}
        }
    }
    None
}
