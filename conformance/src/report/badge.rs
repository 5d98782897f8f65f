//! The report as a badge: the JSON that a badge endpoint of shields.io reads.
//!
//! That endpoint refuses every key that it does not know, so that what a run was stands in the two texts of the badge:
//! subject, suite and registry on the left, cases and readings on the right.

use serde_json::json;

use super::Report;
use crate::verdict::VerdictKind;

/// How much of the registry's hash a badge has room for. Unit: hexadecimal digits.
const HASH_DIGITS: usize = 8;

/// Writes the badge of a run: how many of the cases that could be judged passed, of what, by what, under which readings.
#[must_use]
pub fn write(report: &Report) -> String {
    let totals = report.totals();
    let color = if !totals.good {
        "red"
    } else if totals.judged() == 0 {
        "lightgrey"
    } else if known(report) > 0 {
        "yellow"
    } else {
        "brightgreen"
    };
    let badge = json!({
        "schemaVersion": 1,
        "label": label(report),
        "message": message(report),
        "color": color,
        "isError": !totals.good,
    });
    format!("{badge}\n")
}

fn label(report: &Report) -> String {
    let run = &report.run;
    let hash = run.registry.get(..HASH_DIGITS).unwrap_or(&run.registry);
    format!("conformance of {} · claque {} · registry {hash}", run.subject, run.suite)
}

fn message(report: &Report) -> String {
    let totals = report.totals();
    let mut message = format!("{}/{} cases", totals.passed(), totals.judged());
    let known = known(report);
    if known > 0 {
        message.push_str(&format!(", {known} known"));
    }
    if let Some(filter) = &report.run.filter {
        message.push_str(&format!(" · only {filter}"));
    }
    message.push_str(&format!(" · readings: {}", report.readings_said()));
    message
}

/// Cases that failed as the subject's lists say.
fn known(report: &Report) -> u64 {
    let totals = report.totals();
    totals.count(VerdictKind::KnownFailing) + totals.count(VerdictKind::KnownFlaky)
}
