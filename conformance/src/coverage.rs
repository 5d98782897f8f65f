//! Three coverages of each rule, computed from runs: declared (a case names it), executed (it decided while such a case
//! ran), killed (a service that breaks it is caught by such a case).

use std::collections::BTreeMap;

use claque_core::{HitCounts, Rule};

use crate::mutants::SubjectMutant;
use crate::registry::{RuleEntry, Tier};
use crate::runner::{Run, not_applicable, run};
use crate::subject::{CoreSubject, Subject};
use crate::suite::Suite;

/// Coverage of every rule.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// One row a rule, in the order of the registry.
    pub rules: Vec<RuleCoverage>,
}

/// Coverage of one rule.
#[derive(Clone, Debug)]
pub struct RuleCoverage {
    /// The rule's id.
    pub id: String,
    /// Whether anybody can see it kept or broken: others are not counted.
    pub observable: bool,
    /// Why it is not observable, or not decided by code.
    pub reason: Option<String>,
    /// Where it comes from.
    pub tier: Tier,
    /// The cases that name it.
    pub cases: Vec<String>,
    /// The cases that name it and in which it decided.
    pub executed_by: Vec<String>,
    /// How often it decided over the whole suite.
    pub hits: u64,
    /// Mutants that break it, each with the case that caught it under this rule; empty when nothing was broken on purpose.
    pub mutants: Vec<(SubjectMutant, Option<String>)>,
}

impl RuleCoverage {
    /// Whether a case names it.
    #[must_use]
    pub const fn declared(&self) -> bool {
        !self.cases.is_empty()
    }

    /// Whether it decided while a case ran that names it.
    #[must_use]
    pub const fn executed(&self) -> bool {
        !self.executed_by.is_empty()
    }

    /// Whether nothing is missing: it is declared, executed and killed, or nobody can observe it.
    #[must_use]
    pub fn covered(&self) -> bool {
        !self.observable || (self.declared() && self.executed() && self.killed() == Some(true))
    }

    /// Whether it has mutants and each of them was caught under it; none when it has none.
    #[must_use]
    pub fn killed(&self) -> Option<bool> {
        if self.mutants.is_empty() { None } else { Some(self.mutants.iter().all(|(_, by)| by.is_some())) }
    }
}

/// Counts over an area, or over everything. Unit: observable rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Rules that can be observed.
    pub rules: u32,
    /// Of these: a case names it.
    pub declared: u32,
    /// Of these: it decided in such a case.
    pub executed: u32,
    /// Of these: something breaks it on purpose.
    pub broken: u32,
    /// Of these: every such mutant was caught under it.
    pub killed: u32,
}

impl Totals {
    fn add(&mut self, rule: &RuleCoverage) {
        if !rule.observable {
            return;
        }
        self.rules += 1;
        self.declared += u32::from(rule.declared());
        self.executed += u32::from(rule.executed());
        self.broken += u32::from(rule.killed().is_some());
        self.killed += u32::from(rule.killed() == Some(true));
    }
}

impl Coverage {
    /// Declared and executed coverage, from one run of each case: in this process where that can be, and else against a
    /// subject that can do more.
    #[must_use]
    pub fn of(suite: &Suite, beyond: &mut dyn Subject) -> Self {
        let runs = suite.cases.iter().map(|case| {
            let mut core = CoreSubject::sound();
            match not_applicable(case, &core) {
                None => run(case, &mut core),
                Some(_) => run(case, beyond),
            }
        });
        let runs: Vec<Run> = runs.collect();
        Self::from_runs(suite, &runs)
    }

    /// Declared and executed coverage, from the runs of all cases in the suite's order.
    #[must_use]
    pub fn from_runs(suite: &Suite, runs: &[Run]) -> Self {
        let mut all = HitCounts::default();
        runs.iter().filter_map(|run| run.hits.as_ref()).for_each(|hits| all.merge(hits));
        let rules = suite.registry.rules().iter().map(|entry| {
            let mut made = row(entry);
            let Some(rule) = entry.rule else { return made };
            made.hits = all.of(rule);
            for (case, run) in suite.cases.iter().zip(runs).filter(|(case, _)| case.rules.contains(&rule)) {
                made.cases.push(case.test_name());
                if run.hits.as_ref().is_some_and(|hits| hits.of(rule) > 0) {
                    made.executed_by.push(case.test_name());
                }
            }
            made
        });
        Self { rules: rules.collect() }
    }

    /// Adds what became of the mutants.
    pub fn add_mutants(&mut self, rows: &[crate::mutants::MutantRow]) {
        for row in rows {
            let id = row.mutant.rule().id();
            if let Some(rule) = self.rules.iter_mut().find(|rule| rule.id == id) {
                rule.mutants.push((row.mutant, row.caught_by.clone()));
            }
        }
    }

    /// Counts by area, in alphabetical order.
    #[must_use]
    pub fn by_area(&self) -> Vec<(&str, Totals)> {
        let mut areas: BTreeMap<&str, Totals> = BTreeMap::new();
        for rule in &self.rules {
            let area = rule.id.split_once('.').map_or(rule.id.as_str(), |(area, _)| area);
            areas.entry(area).or_default().add(rule);
        }
        areas.into_iter().collect()
    }

    /// Counts over everything.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        self.rules.iter().for_each(|rule| totals.add(rule));
        totals
    }
}

fn row(entry: &RuleEntry) -> RuleCoverage {
    RuleCoverage {
        id: entry.id.clone(),
        observable: entry.observable,
        reason: entry.reason.clone(),
        tier: entry.tier,
        cases: Vec::new(),
        executed_by: Vec::new(),
        hits: 0,
        mutants: Vec::new(),
    }
}

/// Observable rules that this suite does not cover in full, each with the reason. A test holds the list to the coverage.
const SET_ASIDE: &[(&str, &str)] = &[
    (
        "callback.sign.freshness",
        "the receiver of callbacks decides it, so that no broken service can break it",
    ),
    ("recovery.pull.by-client", "the client decides it, so that no broken service can break it"),
];

/// Why an observable rule is not covered in full.
#[must_use]
pub fn set_aside(id: &str) -> Option<&'static str> {
    SET_ASIDE.iter().find(|(known, _)| *known == id).map(|(_, reason)| *reason)
}

/// The rules that a case names and in which they did not decide.
#[must_use]
pub fn undecided(case: &crate::case::Case, hits: &HitCounts) -> Vec<Rule> {
    case.rules.iter().copied().filter(|rule| hits.of(*rule) == 0).collect()
}
