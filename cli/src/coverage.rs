//! `claque rules --coverage`: what the suite covers, computed from a run of all of it.

use claque_conformance::coverage::{Coverage, RuleCoverage, Totals, set_aside};
use claque_conformance::mutants::{SubjectMutant, try_mutants};
use serde_json::{Value, json};

use crate::Done;
use crate::output::{line, quietly};

/// Runs the suite and its mutants, and prints a Markdown table by area and what is not covered, each with a reason.
pub(crate) fn run(machine: bool) -> Done {
    let suite = crate::suite::suite()?;
    // Rules about how callbacks travel decide in a server only.
    let mut beyond = crate::subject::own_server()?;
    let mut coverage = Coverage::of(&suite, beyond.subject.as_mut());
    let rows = quietly(|| try_mutants(&suite, &SubjectMutant::all()));
    coverage.add_mutants(&rows);
    if machine {
        line(&object(&coverage).to_string());
        return Ok(());
    }
    line("| area | observable rules | declared | executed | broken on purpose | killed |");
    line("|---|---:|---:|---:|---:|---:|");
    for (area, totals) in coverage.by_area() {
        line(&row(area, &totals));
    }
    let totals = coverage.totals();
    line(&row("**all**", &totals));
    line(&format!(
        "\nOf {} observable rules: declared {}, executed {}, killed {}.",
        totals.rules,
        permille(totals.declared, totals.rules),
        permille(totals.executed, totals.rules),
        permille(totals.killed, totals.rules)
    ));
    tell("Observable, and not covered in full", coverage.rules.iter().filter(|rule| !rule.covered()), lacks);
    tell(
        "Not counted: nobody can observe them",
        coverage.rules.iter().filter(|rule| !rule.observable),
        |rule| rule.reason.clone().unwrap_or_default(),
    );
    Ok(())
}

fn tell<'c>(
    title: &str,
    rules: impl Iterator<Item = &'c RuleCoverage>,
    said: impl Fn(&RuleCoverage) -> String,
) {
    let rules: Vec<&RuleCoverage> = rules.collect();
    if rules.is_empty() {
        return;
    }
    line(&format!("\n{title} ({}):\n", rules.len()));
    for rule in rules {
        line(&format!("- `{}`: {}", rule.id, said(rule)));
    }
}

/// What an observable rule lacks, and why.
fn lacks(rule: &RuleCoverage) -> String {
    let escaped = rule.mutants.iter().filter(|(_, by)| by.is_none()).map(|(mutant, _)| mutant.id());
    let escaped: Vec<&str> = escaped.collect();
    let lack = if !rule.declared() {
        "no case".to_owned()
    } else if !rule.executed() {
        "not executed by its cases".to_owned()
    } else if escaped.is_empty() {
        "no mutant".to_owned()
    } else {
        format!("not killed: {}", escaped.join(", "))
    };
    format!("{lack}: {}", set_aside(&rule.id).unwrap_or("**without a reason**"))
}

fn row(area: &str, totals: &Totals) -> String {
    let Totals { rules, declared, executed, broken, killed } = totals;
    format!("| {area} | {rules} | {declared} | {executed} | {broken} | {killed} |")
}

/// A share in percent, with one digit, rounded down.
fn permille(part: u32, whole: u32) -> String {
    let share = u64::from(part) * 1_000 / u64::from(whole.max(1));
    format!("{part} ({}.{} %)", share / 10, share % 10)
}

fn object(coverage: &Coverage) -> Value {
    let rules: Vec<Value> = coverage
        .rules
        .iter()
        .map(|rule| {
            json!({
                "rule": rule.id, "observable": rule.observable, "declared": rule.declared(),
                "executed": rule.executed(), "killed": rule.killed(), "covered": rule.covered(),
                "reason": rule.reason.as_deref().or_else(|| if rule.covered() { None } else { set_aside(&rule.id) }),
                "cases": rule.cases, "executedBy": rule.executed_by, "hits": rule.hits,
                "mutants": rule.mutants.iter().map(|(mutant, by)| json!({ "id": mutant.id(), "caughtBy": by })).collect::<Vec<_>>(),
            })
        })
        .collect();
    let areas: Vec<Value> =
        coverage.by_area().into_iter().map(|(area, totals)| counts(area, &totals)).collect();
    json!({ "schema": 1, "all": counts("all", &coverage.totals()), "areas": areas, "rules": rules })
}

fn counts(area: &str, totals: &Totals) -> Value {
    json!({
        "area": area, "observable": totals.rules, "declared": totals.declared, "executed": totals.executed,
        "broken": totals.broken, "killed": totals.killed,
    })
}
