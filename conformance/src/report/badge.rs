//! The report as a badge: the JSON that a badge endpoint of shields.io reads.

use serde_json::json;

use super::Report;
use crate::verdict::VerdictKind;

/// Writes the badge of a run: how many of the cases that could be judged passed.
#[must_use]
pub fn write(report: &Report) -> String {
    let totals = report.totals();
    let (passed, judged) = (totals.passed(), totals.judged());
    let known = totals.count(VerdictKind::KnownFailing) + totals.count(VerdictKind::KnownFlaky);
    let mut message = format!("{passed}/{judged} cases");
    if known > 0 {
        message.push_str(&format!(", {known} known"));
    }
    let color = if !totals.good {
        "red"
    } else if judged == 0 {
        "lightgrey"
    } else if known > 0 {
        "yellow"
    } else {
        "brightgreen"
    };
    let badge = json!({
        "schemaVersion": 1,
        "label": "conformance",
        "message": message,
        "color": color,
        "isError": !totals.good,
    });
    format!("{badge}\n")
}
