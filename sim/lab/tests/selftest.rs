//! The oracle bites, and bites nobody who is innocent.

use claque_core::Mutant;
use claque_lab::selftest::{SCENARIO, hunt};
use claque_oracle::verdict::Verdict;
use claque_scenario::Scenario;
use claque_scenario::plan::Plan;
use claque_sim::run::run;

fn scenario() -> Scenario {
    Scenario::builtin(SCENARIO).expect("a built-in scenario")
}

#[test]
fn every_defect_that_a_crowd_can_reveal_is_found_within_fifty_seeds() {
    // A broken service may break its own assertions: that is being found out, and no news for the terminal.
    std::panic::set_hook(Box::new(|_| {}));
    let crowd = Mutant::ALL.iter().filter(|mutation| mutation.crowd());
    let escaped: Vec<&str> = crowd
        .filter(|mutation| hunt(**mutation, &scenario(), 0..50).is_none())
        .map(|mutation| mutation.id())
        .collect();
    drop(std::panic::take_hook());
    assert!(escaped.is_empty(), "not found: {escaped:?}");
}

#[test]
fn the_sound_service_passes_under_two_hundred_seeds() {
    for seed in 0..200 {
        let report = run(&Plan::new(scenario(), seed));
        assert_eq!(report.verdict, Verdict::Pass, "seed {seed}: {}", report.verdict);
    }
}
