//! A run with forks: the same run up to its first fork, played again from its line, shrunk, explained and kept; and the
//! campaign that makes such runs.

use std::ops::ControlFlow;

use claque_core::{Duration, Mutant};
use claque_document::units::Permille;
use claque_lab::bugbase::{Bug, BugNotes, BugReplay};
use claque_lab::campaign::{CampaignOptions, FailureClass, GuidedReport, Shard, end_of, guided};
use claque_lab::cause::cause;
use claque_lab::golden::plan_of;
use claque_lab::shrink::shrink;
use claque_lab::transcript::{Lines, transcript};
use claque_scenario::Scenario;

use claque_scenario::identity::{Fork, IdentityRequest};
use claque_scenario::plan::Plan;
use claque_sim::run::{QueueKind, RunOptions};

fn plan(line: &str) -> Plan {
    plan_of(line).expect(line).1
}

/// The lines of the trace up to a moment; all of them where none is given.
fn lines(plan: &Plan, until: Option<Duration>) -> Vec<String> {
    transcript(plan, RunOptions::default(), &Lines { until, ..Lines::default() }).1
}

#[test]
fn up_to_its_first_fork_a_run_is_the_one_without_forks() {
    for seed in 0..6 {
        for scenario in ["--scenario smoke", "--scenario swarm --swarm --users 120"] {
            let line = format!("--seed {seed} {scenario}");
            let (one, other) = (plan(&line), plan(&format!("{line} --fork 30s=99 --fork 50s=7")));
            // Traces are by the service's clock, which the time jumps of a script set forward: counted in lines, the
            // common part is everything before the first event at the fork or later.
            let (one, other) = (lines(&one, None), lines(&other, None));
            let common = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
            let (mut begun, mut jumped) = (0, 0);
            for line in one.iter().take(common) {
                let seconds: i64 = line.trim().split('.').next().and_then(|it| it.parse().ok()).unwrap_or(0);
                // More than an hour at once is a jump.
                if seconds > begun + 3_600 {
                    jumped += seconds - begun;
                }
                begun = seconds;
            }
            assert!(common > 100 && common < one.len(), "{line}: {common} lines");
            assert!(begun - jumped >= 28, "{line}: parted after {} s", begun - jumped);
            let parted = [&one, &other].map(|it| it.get(common).map_or("", |line| line.trim()));
            let at = |line: &str| line.split('.').next().and_then(|it| it.parse::<i64>().ok());
            assert!(
                parted.iter().all(|line| at(line).is_none_or(|at| at - jumped >= 30)),
                "{line}: {parted:?}"
            );
        }
    }
}

#[test]
fn a_second_fork_leaves_what_lies_between_the_first_and_it() {
    let line = "--seed 3 --scenario smoke --fork 20s=99";
    let (one, both) = (plan(line), plan(&format!("{line} --fork 40s=5")));
    let until = Some(Duration::from_micros(39_999_999));
    assert_eq!(lines(&one, until), lines(&both, until));
    assert_ne!(lines(&one, None), lines(&both, None));
}

/// A forked run that reveals a mutant under its own rule, where the run without the fork passes.
fn revealing() -> (String, Plan, Mutant) {
    let mutant = Mutant::from_id("reopening-untold-in-interval").expect("a mutant");
    let class = Some(FailureClass::Rule(mutant.rule()));
    for seed in 0..40 {
        let line = format!("--seed {seed} --scenario swarm --swarm");
        if end_of(&plan(&line), Some(mutant), QueueKind::Wheel).class.is_some() {
            continue;
        }
        for fork in seed * 8..seed * 8 + 8 {
            let forked = format!("{line} --fork 10s={fork} --fork 119s=1");
            let found = plan(&forked);
            if end_of(&found, Some(mutant), QueueKind::Wheel).class == class {
                return (forked, found, mutant);
            }
        }
    }
    panic!("no fork reveals it");
}

#[test]
fn a_failure_behind_a_fork_is_shrunk_explained_and_kept_as_any_other() {
    let (line, found, mutant) = revealing();
    let (first, again) =
        (end_of(&found, Some(mutant), QueueKind::Wheel), end_of(&plan(&line), Some(mutant), QueueKind::Heap));
    assert_eq!(
        (first.class, &first.evidence),
        (again.class, &again.evidence),
        "the line gives the run again"
    );

    let shrunk = shrink(&found, Some(mutant), 400, &mut |_, _| ControlFlow::Continue(())).expect("it fails");
    assert!(shrunk.after.events < shrunk.before.events, "{shrunk:?}");
    // The fork of the show's last second decides nothing, and the failure lies before it.
    let late = Fork { at: Duration::from_secs(119), seed: 1 };
    assert!(found.forks.contains(&late) && !shrunk.plan.forks.contains(&late), "{:?}", shrunk.plan.forks);

    let caused = cause(&found, Some(mutant), 2, 1, &mut |_| {}).expect("it fails");
    assert_eq!((caused.class, &caused.evidence), (FailureClass::Rule(mutant.rule()), &first.evidence));

    let [id, says, commit] = ["forked", "says", "commit"].map(str::to_owned);
    let bug = Bug::new(BugNotes { id, says, found: line, commit }, &found, &shrunk, Some(mutant));
    let read = Bug::read("forked", &bug.to_toml(), &bug.found_in.to_toml(), &bug.scenario.to_toml());
    let read = read.expect("readable");
    assert_eq!(read.plan_forks, found.forks);
    assert!(matches!(read.replay(), BugReplay::Right(_)), "{:?}", read.replay());
}

fn options(line: &str, runs: u64) -> CampaignOptions {
    let asked = IdentityRequest::parse(line).expect("a line");
    let scenario = Scenario::builtin(&asked.scenario_word().path).expect("built in");
    let identity = asked.resolve(&scenario, None, None).expect("right");
    let mut drawn_from = scenario;
    identity.apply(&mut drawn_from);
    CampaignOptions {
        identity,
        model: Plan::new(drawn_from.clone(), 0),
        scenario: drawn_from,
        seeds: 0..runs,
        shard: Shard::WHOLE,
        threads: 2,
        twice: Permille::new(200).expect("in range"),
    }
}

fn search(options: &CampaignOptions) -> GuidedReport {
    guided(options, &mut |_, _| ControlFlow::Continue(()))
}

#[test]
fn of_a_guided_campaign_the_number_of_threads_changes_nothing_and_forks_do_new_things() {
    let two = options("--scenario smoke --users 60 --swarm", 80);
    let one = CampaignOptions { threads: 1, ..two.clone() };
    let (one, two) = (search(&one), search(&two));
    assert_eq!(one.report.to_string(), two.report.to_string());
    assert_eq!((one.kept, one.transitions), (two.kept.clone(), two.transitions));
    assert!(two.forked > 10 && two.transitions_by_forks > 0, "{two:?}");
    assert_eq!(two.report.runs, 80);
    assert!(two.report.is_clean(), "{}", two.report);
    assert!(two.kept.iter().any(|line| line.contains(" --fork ")), "{:?}", two.kept);
    two.kept.iter().for_each(|line| assert!(plan_of(line).is_ok(), "{line}"));
}

#[test]
fn a_failure_that_a_guided_campaign_finds_is_found_again_by_its_line() {
    let mutant = "deleted-group-joinable";
    let found = search(&options(&format!("--scenario swarm --users 60 --swarm --mutant {mutant}"), 96));
    let forked = found.report.failures.values().filter(|failed| failed.identity.contains(" --fork "));
    let forked: Vec<_> = forked.collect();
    assert!(!forked.is_empty(), "{}", found.report);
    for failed in forked {
        let (_, plan, mutation) = plan_of(&failed.identity).expect("a line");
        let again = end_of(&plan, mutation, QueueKind::Wheel);
        assert_eq!((again.class, again.evidence), (Some(failed.class), failed.evidence.clone()));
    }
}

#[test]
fn a_guided_campaign_that_is_broken_off_ends_with_its_round() {
    let whole = options("--scenario smoke --users 60 --swarm", 1_000_000);
    let ended = guided(&whole, &mut |_, _| ControlFlow::Break(()));
    assert!((1..200).contains(&ended.report.runs), "{} runs", ended.report.runs);
}

#[test]
fn a_mute_without_end_on_one_that_ends_is_no_change_that_members_are_notified_of() {
    // A false alarm that forks have found: both families share their groups in this run.
    let line = "--seed 378 --scenario swarm --users 370 --fork 40s=5 --fork 80s=12345 --swarm";
    assert_eq!(end_of(&plan(line), None, QueueKind::Wheel).class, None);
}
