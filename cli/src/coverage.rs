//! `claque rules --coverage`: what the suite covers, computed from a run of all of it.

use claque_conformance::coverage::{Coverage, Totals};
use claque_conformance::mutants::{Mutant, try_mutants};
use serde_json::{Value, json};

use crate::Done;
use crate::output::line;

/// Runs the suite and its mutants, and prints a Markdown table by area and what is not covered.
pub(crate) fn run(machine: bool) -> Done {
    let suite = crate::conform::suite()?;
    let mut coverage = Coverage::of(&suite);
    coverage.add_mutants(&try_mutants(&suite, &Mutant::all()));
    if machine {
        line(&json(&coverage).to_string());
        return Ok(());
    }
    line("| area | observable rules | declared | executed | broken on purpose | killed |");
    line("|---|---:|---:|---:|---:|---:|");
    for (area, totals) in coverage.by_area() {
        line(&row(area, &totals));
    }
    line(&row("**all**", &coverage.totals()));
    for rule in coverage.rules.iter().filter(|rule| rule.observable) {
        if !rule.declared() {
            line(&format!("no case: {}", rule.id));
        } else if !rule.executed() {
            line(&format!("not executed: {}", rule.id));
        }
        for (mutant, by) in &rule.mutants {
            if by.is_none() {
                line(&format!("not killed: {} breaks {}", mutant.id(), rule.id));
            }
        }
        if rule.killed().is_none() {
            line(&format!("no mutant: {}", rule.id));
        }
    }
    for rule in coverage.rules.iter().filter(|rule| !rule.observable) {
        line(&format!("not counted: {}: {}", rule.id, rule.reason.as_deref().unwrap_or("not observable")));
    }
    Ok(())
}

fn row(area: &str, totals: &Totals) -> String {
    let Totals { rules, declared, executed, broken, killed } = totals;
    format!("| {area} | {rules} | {declared} | {executed} | {broken} | {killed} |")
}

fn json(coverage: &Coverage) -> Value {
    let rules: Vec<Value> = coverage
        .rules
        .iter()
        .map(|rule| {
            json!({
                "rule": rule.id, "observable": rule.observable, "reason": rule.reason, "cases": rule.cases,
                "executedBy": rule.executed_by, "hits": rule.hits,
                "mutants": rule.mutants.iter().map(|(mutant, by)| json!({ "id": mutant.id(), "caughtBy": by })).collect::<Vec<_>>(),
            })
        })
        .collect();
    Value::Array(rules)
}
