//! Whole runs of built-in scenarios, through the public surface.

use std::num::NonZeroU32;

use claque_oracle::verdict::Verdict;
use claque_scenario::Scenario;
use claque_scenario::plan::{Oracle, Plan};
use claque_sim::run::{QueueKind, RunOptions, RunReport, run, run_with};

fn smoke(seed: u64) -> Plan {
    Plan::new(Scenario::builtin("smoke").expect("a built-in scenario"), seed)
}

fn passes(plan: &Plan) -> RunReport {
    let report = run(plan);
    assert_eq!(report.verdict, Verdict::Pass, "seed {}: {}", plan.seed, report.verdict);
    report
}

#[test]
fn a_small_evening_passes_and_much_happens_in_it() {
    let report = passes(&smoke(1));
    assert!(report.joins > 250 && report.links_lost > 20 && report.reconnects > 10, "{report:?}");
    assert!(report.notices > 1_000, "{report:?}");
    assert!(report.supergroups.upgrades > 0 && report.supergroups.shutdowns > 0, "{report:?}");
    assert!(report.deliveries > 10_000 && report.shed.total() > 0 && report.recovered > 0, "{report:?}");
}

#[test]
fn the_same_seed_gives_the_same_hash_and_another_seed_another() {
    let (one, again, other) = (run(&smoke(3)), run(&smoke(3)), run(&smoke(4)));
    assert_eq!((one.trace_hash, one.events), (again.trace_hash, again.events));
    assert_ne!(one.trace_hash, other.trace_hash);
}

#[test]
fn asking_for_the_scenarios_own_number_of_users_changes_nothing() {
    let mut scaled = smoke(3);
    scaled.scenario.scale(NonZeroU32::new(scaled.scenario.users()).expect("users"));
    assert_eq!(run(&smoke(3)).trace_hash, run(&scaled).trace_hash);
    scaled.scenario.scale(NonZeroU32::new(120).expect("users"));
    assert_ne!(run(&smoke(3)).trace_hash, passes(&scaled).trace_hash);
}

#[test]
fn the_plain_heap_gives_the_same_hash() {
    for seed in 0..8 {
        let wheel = run(&smoke(seed));
        let heap = run_with(&smoke(seed), RunOptions { queue: QueueKind::Heap, ..RunOptions::default() });
        assert_eq!((wheel.trace_hash, wheel.events), (heap.trace_hash, heap.events), "seed {seed}");
    }
}

#[test]
fn on_every_scenario_the_plain_heap_gives_the_same_hash() {
    for name in Scenario::builtin_names() {
        let mut scenario = Scenario::builtin(name).expect("a built-in scenario");
        scenario.scale(NonZeroU32::new(400).expect("users"));
        let plan = Plan::new(scenario, 1);
        let wheel = run(&plan);
        let heap = run_with(&plan, RunOptions { queue: QueueKind::Heap, ..RunOptions::default() });
        assert_eq!((wheel.trace_hash, wheel.events), (heap.trace_hash, heap.events), "{name}");
        assert!(wheel.deliveries > 1_000 || name == "recorded-chat", "{name}: {wheel:?}");
    }
}

#[test]
fn watching_changes_nothing() {
    let watched = run(&smoke(5));
    let unwatched = run(&Plan { oracle: Oracle::None, ..smoke(5) });
    assert_eq!(watched.trace_hash, unwatched.trace_hash);
    assert_eq!(unwatched.verdict, Verdict::Unknown);
}

#[test]
fn a_sender_whose_own_copy_is_withheld_misses_nothing_that_is_owed() {
    let mut plan = smoke(2);
    plan.scenario.readings.set("send.own-copy", "withheld").expect("a reading");
    let withheld = passes(&plan);
    assert!(withheld.deliveries > 10_000, "{withheld:?}");
}
