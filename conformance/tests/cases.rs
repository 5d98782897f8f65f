//! Cases, rules, readings, mutants and transcripts hang together in both directions.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use claque_conformance::boundary;
use claque_conformance::coverage::{Coverage, set_aside, undecided};
use claque_conformance::mutants::{SubjectMutant, try_mutants};
use claque_conformance::registry::Decided;
use claque_conformance::runner::{run, run_with};
use claque_conformance::subject::CoreSubject;
use claque_conformance::suite::Suite;
use claque_conformance::verdict::Verdict;
use claque_core::{HitCounts, Readings, Rule};

static SUITE: LazyLock<Suite> = LazyLock::new(|| Suite::embedded().unwrap_or_else(|fault| panic!("{fault}")));

#[test]
fn every_observable_rule_has_a_case() {
    let named: BTreeSet<Rule> = SUITE.cases.iter().flat_map(|case| case.rules.iter().copied()).collect();
    for entry in SUITE.registry.rules().iter().filter(|entry| entry.observable) {
        let Some(rule) = entry.rule else { continue };
        assert!(named.contains(&rule), "{rule} has no case");
    }
}

#[test]
fn cases_name_observable_rules_only() {
    for case in &SUITE.cases {
        for rule in &case.rules {
            let entry = SUITE.registry.entry(*rule);
            assert!(entry.observable, "{} names {rule}, which nobody can see", case.file);
        }
    }
}

/// A case that never reaches the deciding line of a rule shows nothing about it. A generated case within its bound need not
/// reach it, but one of the cases around the bound must.
#[test]
fn cases_hit_the_rules_they_name() {
    let mut around = HitCounts::default();
    let mut missed = Vec::new();
    for case in &SUITE.cases {
        let played = run(case, &mut CoreSubject::sound());
        let Some(hits) = played.hits else {
            // What only a server decides is played against one, by `claque rules --coverage` and the tests of the binary.
            let mut rules = case.rules.iter();
            let servers = rules.all(|rule| SUITE.registry.entry(*rule).decided == Decided::Server);
            assert!(servers, "{}: {}", case.file, played.verdict);
            continue;
        };
        if case.area == boundary::AREA {
            around.merge(&hits);
            continue;
        }
        missed.extend(undecided(case, &hits).into_iter().map(|rule| (case.file.clone(), rule)));
    }
    let generated = SUITE.cases.iter().filter(|case| case.area == boundary::AREA);
    missed.extend(
        generated.flat_map(|case| undecided(case, &around).into_iter().map(|rule| (case.file.clone(), rule))),
    );
    missed.retain(|(_, rule)| SUITE.registry.entry(*rule).decided != Decided::Server);
    assert!(missed.is_empty(), "{missed:?}");
}

#[test]
fn every_alternative_of_a_reading_has_a_case() {
    let chosen: BTreeSet<(&str, &str)> = SUITE
        .cases
        .iter()
        .flat_map(|case| case.chosen.iter().map(|(id, value)| (id.as_str(), value.as_str())))
        .collect();
    for choice in Readings::default().iter() {
        let entry = SUITE.registry.reading(choice.id).expect("core and registry hold the same readings");
        let seen =
            SUITE.registry.rules().iter().any(|rule| rule.observable && rule.readings.contains(&entry.id));
        for value in choice.alternatives.iter().filter(|value| **value != choice.default && seen) {
            assert!(chosen.contains(&(choice.id, value)), "no case chooses {} = {value}", choice.id);
        }
    }
}

/// A case that chooses a reading must fail under the default: else it does not tell the two apart.
#[test]
fn cases_under_a_reading_fail_under_the_default() {
    let mut alike = Vec::new();
    for case in SUITE.cases.iter().filter(|case| !case.chosen.is_empty()) {
        let mut setup = case.setup.clone();
        setup.readings = Readings::default();
        if run_with(case, &mut CoreSubject::sound(), &setup).verdict == Verdict::Pass {
            alike.push(case.file.as_str());
        }
    }
    assert!(alike.is_empty(), "{alike:#?}");
}

#[test]
fn every_mutant_is_caught_under_its_own_rule() {
    let mutants: Vec<SubjectMutant> = SubjectMutant::all()
        .into_iter()
        .filter(|mutant| SUITE.registry.entry(mutant.rule()).observable)
        .collect();
    let silent = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let rows = try_mutants(&SUITE, &mutants);
    std::panic::set_hook(silent);
    let survived: Vec<&str> =
        rows.iter().filter(|row| row.caught_by.is_none()).map(|row| row.mutant.id()).collect();
    assert!(survived.is_empty(), "{survived:#?}");
    let mut coverage = Coverage::of(&SUITE, &mut CoreSubject::sound());
    coverage.add_mutants(&rows);
    for rule in &coverage.rules {
        let aside = set_aside(&rule.id).is_some();
        assert!(
            rule.covered() != aside,
            "{}: covered in full or set aside with a reason, and not both",
            rule.id
        );
    }
}
