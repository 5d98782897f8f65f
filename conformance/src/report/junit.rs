//! The report as JUnit XML, for build servers.
//!
//! JUnit knows three endings; the verdict itself stands in a property. Everything that makes the run bad is a failure
//! or an error, everything that was set aside or failed as expected is skipped, with the reason.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};

use super::{CaseRow, Report};
use crate::verdict::VerdictKind;

/// Writes reports: one suite for each run and area.
///
/// # Panics
/// Never: a text takes whatever is written to it, and what XML cannot hold is left out of names and messages.
#[must_use]
pub fn write(reports: &[Report]) -> String {
    let mut all = quick_junit::Report::new("claque conformance");
    for report in reports {
        for rows in report.cases.chunk_by(|one, next| one.area() == next.area()) {
            all.add_test_suite(suite(report, rows));
        }
    }
    all.set_time(time_of(reports.iter().flat_map(|report| &report.cases)));
    all.to_string().expect("a text takes whatever is written to it")
}

fn suite(report: &Report, rows: &[CaseRow]) -> TestSuite {
    let run = &report.run;
    let area = rows.first().map_or("", CaseRow::area);
    let mut suite = TestSuite::new(format!("{}: {area}", run.subject));
    suite.set_time(time_of(rows));
    for (name, value) in [("suite", &run.suite), ("registry", &run.registry), ("subject", &run.subject)] {
        suite.add_property((name, value.as_str()));
    }
    suite.add_property(("readings", report.readings_said().as_str()));
    suite.add_test_cases(rows.iter().map(case));
    suite
}

fn case(row: &CaseRow) -> TestCase {
    let name = row.short().split_once("::").map_or_else(|| row.short(), |(_, name)| name);
    let mut case = TestCase::new(name, status(row));
    case.set_classname(format!("conformance.{}", row.area()))
        .set_time(Duration::from_micros(row.wall_micros));
    case.extra.insert("file".into(), row.file.as_str().into());
    case.add_property(("verdict", row.verdict.word()));
    case.add_properties(row.rules.iter().map(|rule| Property::new("rule", rule.as_str())));
    if row.verdict != VerdictKind::Pass {
        case.set_system_out(row.transcript.as_str());
    }
    case
}

fn status(row: &CaseRow) -> TestCaseStatus {
    let said = match &row.evidence {
        Some(evidence) if row.verdict.is_good() => {
            format!("{}; expected {}, got {}", row.detail, evidence.expected, evidence.actual)
        }
        Some(_) | None => row.detail.clone(),
    };
    let failed = |kind| {
        let mut status = TestCaseStatus::non_success(kind);
        status.set_description(format!("{}\n{said}\nfile: {}", row.summary, row.file));
        status.set_type(row.verdict.word()).set_message(said.as_str());
        status
    };
    match row.verdict {
        VerdictKind::Pass | VerdictKind::PassLenient => TestCaseStatus::success(),
        VerdictKind::Fail | VerdictKind::Stale | VerdictKind::Unimplemented => {
            failed(NonSuccessKind::Failure)
        }
        VerdictKind::Error => failed(NonSuccessKind::Error),
        VerdictKind::KnownFailing
        | VerdictKind::KnownFlaky
        | VerdictKind::Unknown
        | VerdictKind::NotApplicable
        | VerdictKind::Skipped => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(format!("{}: {said}", row.verdict));
            status
        }
    }
}

fn time_of<'r>(rows: impl IntoIterator<Item = &'r CaseRow>) -> Duration {
    Duration::from_micros(rows.into_iter().map(|row| row.wall_micros).sum())
}
