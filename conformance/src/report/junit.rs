//! The report as JUnit XML, for build servers.
//!
//! JUnit knows three endings; the verdict itself stands in a property. Everything that makes the run bad is a failure
//! or an error, everything that was set aside or failed as expected is skipped, with the reason.

use std::fmt::Write as _;

use super::{CaseRow, Report, Totals};
use crate::verdict::VerdictKind;

/// Writes reports: one suite for each run and area.
#[must_use]
pub fn write(reports: &[Report]) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let all = Totals::of(reports.iter().flat_map(|report| &report.cases));
    let micros = reports.iter().flat_map(|report| &report.cases).map(|row| row.wall_micros).sum();
    open(&mut text, 0, "testsuites", &[("name", "claque conformance")], Some((&all, micros)));
    for report in reports {
        let mut rest = report.cases.as_slice();
        while let Some(first) = rest.first() {
            let area = first.area();
            let length = rest.iter().take_while(|row| row.area() == area).count();
            let (rows, tail) = rest.split_at(length);
            suite(&mut text, report, area, rows);
            rest = tail;
        }
    }
    text.push_str("</testsuites>\n");
    text
}

fn suite(text: &mut String, report: &Report, area: &str, rows: &[CaseRow]) {
    let name = format!("{}: {area}", report.run.subject);
    let micros = rows.iter().map(|row| row.wall_micros).sum();
    open(text, 1, "testsuite", &[("name", &name)], Some((&Totals::of(rows), micros)));
    text.push_str("    <properties>\n");
    let run = &report.run;
    for (name, value) in [("suite", &run.suite), ("registry", &run.registry), ("subject", &run.subject)] {
        property(text, 6, name, value);
    }
    property(text, 6, "readings", &report.readings_said());
    text.push_str("    </properties>\n");
    rows.iter().for_each(|row| case(text, row));
    text.push_str("  </testsuite>\n");
}

fn case(text: &mut String, row: &CaseRow) {
    let class = format!("conformance.{}", row.area());
    let name = row.short().split_once("::").map_or_else(|| row.short(), |(_, name)| name);
    let time = seconds(row.wall_micros);
    open(
        text,
        2,
        "testcase",
        &[("classname", &class), ("name", name), ("time", &time), ("file", &row.file)],
        None,
    );
    text.push_str("      <properties>\n");
    property(text, 8, "verdict", row.verdict.word());
    row.rules.iter().for_each(|rule| property(text, 8, "rule", rule));
    text.push_str("      </properties>\n");
    let said = match &row.evidence {
        Some(evidence) if row.verdict.is_good() => {
            format!("{}; expected {}, got {}", row.detail, evidence.expected, evidence.actual)
        }
        Some(_) | None => row.detail.clone(),
    };
    match row.verdict {
        VerdictKind::Pass | VerdictKind::PassLenient => {}
        VerdictKind::Fail | VerdictKind::Stale | VerdictKind::Unimplemented => {
            element(text, "failure", row, &said);
        }
        VerdictKind::Error => element(text, "error", row, &said),
        VerdictKind::KnownFailing
        | VerdictKind::KnownFlaky
        | VerdictKind::Unknown
        | VerdictKind::NotApplicable
        | VerdictKind::Skipped => {
            let message = escape(&format!("{}: {said}", row.verdict));
            writeln!(text, "      <skipped message=\"{message}\"/>").expect("writing to a string succeeds");
        }
    }
    if row.verdict != VerdictKind::Pass {
        writeln!(text, "      <system-out>{}</system-out>", escape(&row.transcript))
            .expect("writing to a string succeeds");
    }
    text.push_str("    </testcase>\n");
}

fn element(text: &mut String, name: &str, row: &CaseRow, said: &str) {
    let message = escape(said);
    let body = escape(&format!("{}\n{}\nfile: {}", row.summary, said, row.file));
    writeln!(text, "      <{name} type=\"{}\" message=\"{message}\">{body}</{name}>", row.verdict)
        .expect("writing to a string succeeds");
}

fn property(text: &mut String, indent: usize, name: &str, value: &str) {
    let (name, value) = (escape(name), escape(value));
    writeln!(text, "{:indent$}<property name=\"{name}\" value=\"{value}\"/>", "")
        .expect("writing to a string succeeds");
}

/// Writes an opening tag, with counts where there are some.
fn open(
    text: &mut String,
    depth: usize,
    tag: &str,
    attributes: &[(&str, &str)],
    counts: Option<(&Totals, u64)>,
) {
    write!(text, "{:1$}<{tag}", "", depth * 2).expect("writing to a string succeeds");
    for (name, value) in attributes {
        write!(text, " {name}=\"{}\"", escape(value)).expect("writing to a string succeeds");
    }
    if let Some((totals, micros)) = counts {
        let errors = totals.count(VerdictKind::Error);
        let failures = totals.bad() - errors;
        let skipped = totals.cases - totals.bad() - totals.passed();
        write!(
            text,
            " tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"{}\"",
            totals.cases,
            seconds(micros)
        )
        .expect("writing to a string succeeds");
    }
    text.push_str(">\n");
}

/// Microseconds as decimal seconds.
fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// Text as XML 1.0 may hold it, in elements and in attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push_str("&#9;"),
            '\u{FFFE}' | '\u{FFFF}' => escaped.push('\u{FFFD}'),
            _ if character.is_control() => escaped.push('\u{FFFD}'),
            _ => escaped.push(character),
        }
    }
    escaped
}
