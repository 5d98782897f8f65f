//! Two runs beside each other: the counts that differ, the rules that only one of them reached, and the first event in which they part.

use claque_core::Rule;
use claque_sim::run::RunReport;

use super::{count, escape, put};
use crate::divergence::Divergence;

/// What changed from one run to another.
#[must_use]
pub fn comparison_to_html(one: &RunReport, other: &RunReport, parted: &Divergence) -> String {
    let mut page = String::from("<section class=\"comparison\"><h2>What changed</h2>\n");
    if parted.event.is_none() {
        page.push_str("<p>Nothing: the two runs are the same, event by event.</p></section>\n");
        return page;
    }
    verdicts(&mut page, one, other);
    let rows: Vec<Row> = counts(one)
        .into_iter()
        .zip(counts(other))
        .map(|((name, before), (_, after))| Row { name, before, after })
        .collect();
    table(&mut page, "count", &rows);
    let rules = Rule::ALL.iter().map(|rule| Row {
        name: rule.id(),
        before: one.rules.of(*rule),
        after: other.rules.of(*rule),
    });
    // Of rules that both reached, the counts differ with everything else, and say nothing by themselves.
    let rules: Vec<Row> = rules.filter(|row| (row.before == 0) != (row.after == 0)).collect();
    if !rules.is_empty() {
        page.push_str("<h3>Rules that only one of them reached</h3>\n");
        table(&mut page, "rule", &rules);
    }
    put(
        &mut page,
        format_args!(
            "<h3>Where they part</h3><div class=\"scroll\" tabindex=\"0\" role=\"region\" \
             aria-label=\"The first event in which they differ\"><pre>{}</pre></div></section>\n",
            escape(&parted.to_string())
        ),
    );
    page
}

struct Row {
    name: &'static str,
    before: u64,
    after: u64,
}

fn verdicts(page: &mut String, one: &RunReport, other: &RunReport) {
    let (before, after) = (one.verdict.to_string(), other.verdict.to_string());
    let words = if before == after {
        format!("<p>Both end with the verdict <b>{}</b>.</p>\n", escape(&before))
    } else {
        format!("<p>Verdict before: <b>{}</b>. Now: <b>{}</b>.</p>\n", escape(&before), escape(&after))
    };
    page.push_str(&words);
}

/// The rows that differ, and how many do not.
fn table(page: &mut String, what: &str, rows: &[Row]) {
    let same = rows.iter().filter(|row| row.before == row.after).count();
    put(
        page,
        format_args!(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"What differs by {what}\"><table><thead><tr>\
             <th scope=\"col\">{what}</th><th scope=\"col\">before</th><th scope=\"col\">now</th>\
             <th scope=\"col\">difference</th></tr></thead><tbody>\n"
        ),
    );
    for Row { name, before, after } in rows.iter().filter(|row| row.before != row.after) {
        let sign = if after > before { "+" } else { "−" };
        put(
            page,
            format_args!(
                "<tr><td>{name}</td><td>{}</td><td>{}</td><td>{sign}{}</td></tr>\n",
                count(*before),
                count(*after),
                count(before.abs_diff(*after))
            ),
        );
    }
    page.push_str("</tbody></table></div>\n");
    if same > 0 {
        put(page, format_args!("<p>{same} of {} are the same.</p>\n", rows.len()));
    }
}

/// The counts of a run, by name.
fn counts(report: &RunReport) -> [(&'static str, u64); 29] {
    [
        ("users", report.users),
        ("groups", report.groups),
        ("members of the largest group", report.members_peak),
        ("logons", report.logons),
        ("joins", report.joins),
        ("leaves", report.leaves),
        ("links lost", report.links_lost),
        ("links taken up again", report.reconnects),
        ("messages accepted", report.accepted),
        ("sends refused", report.refused),
        ("calls throttled", report.throttled),
        ("messages unspoken", report.unspoken),
        ("shed HIGH", report.shed.high),
        ("shed MEDIUM", report.shed.medium),
        ("shed NORMAL", report.shed.normal),
        ("delivered HIGH", report.delivered.high),
        ("delivered MEDIUM", report.delivered.medium),
        ("delivered NORMAL", report.delivered.normal),
        ("deliveries to members", report.deliveries),
        ("notices to members", report.notices),
        ("deliveries lost", report.lost),
        ("duplicates", report.duplicates),
        ("HIGH recovered", report.recovered),
        ("callbacks", report.callbacks),
        ("supergroups", report.supergroups.upgrades),
        ("latency, median, ms", report.latencies.median.as_millis()),
        ("latency, p99, ms", report.latencies.p99.as_millis()),
        ("latency, slowest, ms", report.latencies.max.as_millis()),
        ("events", report.events),
    ]
}
