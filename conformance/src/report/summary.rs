//! The report as a page of Markdown: counts, and every case that did not simply pass.

use super::Report;
use super::compare::{push, table_row, what};
use crate::verdict::VerdictKind;

/// Writes reports, one section a run.
#[must_use]
pub fn write(reports: &[Report]) -> String {
    let mut text = String::from("# Conformance\n");
    reports.iter().for_each(|report| section(&mut text, report));
    text
}

fn section(text: &mut String, report: &Report) {
    let (run, totals) = (&report.run, report.totals());
    push(text, &format!("\n## {}\n", run.subject));
    let word = if totals.good { "Good" } else { "Bad" };
    push(
        text,
        &format!(
            "{word}: {} of {} judged cases pass. Suite {}, registry {}, readings: {}.",
            totals.passed(),
            totals.judged(),
            run.suite,
            run.registry,
            report.readings_said()
        ),
    );
    push(text, "\n| verdict | cases | |\n|---|---:|---|");
    for (kind, count) in &totals.verdicts {
        push(text, &table_row(&[kind.word(), &count.to_string(), kind.says()]));
    }
    let shown: Vec<_> = report.cases.iter().filter(|row| row.verdict != VerdictKind::Pass).collect();
    if shown.is_empty() {
        return;
    }
    push(text, "\n| case | verdict | what | rules |\n|---|---|---|---|");
    for row in shown {
        push(text, &table_row(&[row.short(), row.verdict.word(), &what(row), &row.rules.join(", ")]));
    }
}
