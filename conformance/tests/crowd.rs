//! A case ends among a crowd as it does alone: nothing that others do, and nothing that goes wrong for them, changes it.

use claque_conformance::runner::run;
use claque_conformance::spread::spread;
use claque_conformance::subject::{CoreSubject, Subject};
use claque_conformance::suite::Suite;
use claque_conformance::verdict::Verdict;
use claque_core::Mutant;
use claque_scenario::plan::Plan;
use claque_sim::bystanders;

/// The plan of a crowd, for the whole of this process.
fn plan(seed: u64) -> &'static Plan {
    Box::leak(Box::new(bystanders::plan(seed)))
}

/// The cases whose name holds a text and that end otherwise among the crowd of a seed than alone.
fn changed(filter: Option<&str>, seed: u64) -> (usize, Vec<String>) {
    let plan = plan(seed);
    let suite = Suite::embedded().expect("the suite is there");
    let cases: Vec<_> = suite.matching(filter).collect();
    let rows = spread(&cases, |case| {
        let alone = run(case, &mut CoreSubject::sound()).verdict;
        let among = run(case, &mut CoreSubject::among(plan, None)).verdict;
        (alone != among).then(|| format!("{}: {alone} alone, {among} among others", case.test_name()))
    });
    (cases.len(), rows.into_iter().flatten().collect())
}

#[test]
fn no_verdict_changes_among_a_crowd() {
    let (cases, changed) = changed(None, 1);
    assert!(cases > 600, "{cases} cases");
    assert_eq!(changed, Vec::<String>::new());
}

#[test]
fn neither_does_it_among_another_crowd() {
    for seed in 2..4 {
        let (_, changed) = changed(Some("shaper::"), seed);
        assert_eq!(changed, Vec::<String>::new(), "seed {seed}");
    }
}

/// The crowd's own negative control: other tenants eat up the slots of a group. No case alone has other tenants who send; that
/// the whole suite is silent about it is what `planted.rs` holds.
#[test]
fn a_leak_between_accounts_shows_in_a_crowd_only() {
    let mutant = Mutant::BudgetSharedWithStrangers;
    let suite = Suite::embedded().expect("the suite is there");
    let plan = plan(1);
    let cases: Vec<_> = suite.cases.iter().filter(|case| case.rules.contains(&mutant.rule())).collect();
    let failing = |subject: &mut dyn Subject| {
        let failed = cases.iter().filter(|case| matches!(run(case, subject).verdict, Verdict::Fail(_)));
        failed.map(|case| case.test_name()).collect::<Vec<_>>()
    };
    assert_eq!(failing(&mut CoreSubject::mutated(mutant)), Vec::<String>::new());
    assert_eq!(failing(&mut CoreSubject::among(plan, None)), Vec::<String>::new());
    let noticed = failing(&mut CoreSubject::among(plan, Some(mutant)));
    let few_messages_are_enough = [
        "counts-all-users-of-one-group",
        "full-second-stays-full",
        "full-second-stays-full-through-a-restore",
        "limit-of-one-group",
        "limits-outlive-a-restart",
        "senders-under-mobile-originated",
        "what-waits-outlives-comings-and-goings",
        "what-waits-outlives-the-change-to-a-supergroup",
    ];
    assert_eq!(noticed, few_messages_are_enough.map(|case| format!("conformance::shaper::{case}")));
}

#[test]
fn a_crowd_says_which_rules_it_cannot_tell_of() {
    let suite = Suite::embedded().expect("the suite is there");
    let plan = plan(1);
    let mut crowd = CoreSubject::among(plan, None);
    let case = suite.cases.first().expect("there are cases");
    let played = run(case, &mut crowd);
    assert_eq!((played.verdict, played.hits.is_none()), (Verdict::Pass, true), "{}", played.transcript);
    assert_eq!(crowd.name(), "crowd");
}
