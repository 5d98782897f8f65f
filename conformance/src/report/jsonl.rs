//! The report as JSON Lines: a `run` line, a `case` line each, an `end` line. Several runs may follow one another.
//!
//! The end line has the counts, so that a file that was cut off differs from a whole one.

use claque_document::diagnostic::Diagnostic;
use serde::{Deserialize, Serialize};

use super::{CaseRow, Report, RunHead, SCHEMA, Totals};

/// One line.
#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
enum JsonLine {
    Run(RunHead),
    Case(Box<CaseRow>),
    End(Totals),
}

/// Writes a report.
#[must_use]
pub fn write(report: &Report) -> String {
    let mut text = head_line(&report.run);
    for row in &report.cases {
        text.push_str(&case_line(row));
    }
    text.push_str(&end_line(&report.totals()));
    text
}

/// The first line of a report.
#[must_use]
pub fn head_line(run: &RunHead) -> String {
    line(&JsonLine::Run(run.clone()))
}

/// The line of a case.
#[must_use]
pub fn case_line(row: &CaseRow) -> String {
    line(&JsonLine::Case(Box::new(row.clone())))
}

/// The last line of a report.
#[must_use]
pub fn end_line(totals: &Totals) -> String {
    line(&JsonLine::End(totals.clone()))
}

fn line(line: &JsonLine) -> String {
    let mut text = serde_json::to_string(line).expect("a line holds texts, numbers and maps keyed by text");
    text.push('\n');
    text
}

/// Reads the reports of a file. Keys that this version does not know are ignored; empty lines too.
///
/// # Errors
/// The first complaint at its line: no JSON, another schema, a case outside of a run, or a run that was cut off.
pub fn read(file: &str, text: &str) -> Result<Vec<Report>, Diagnostic> {
    let mut whole = Vec::new();
    let mut open: Option<Report> = None;
    let mut base = 0;
    for piece in text.split_inclusive('\n') {
        let span = base..base + piece.trim_end().len();
        base += piece.len();
        if piece.trim().is_empty() {
            continue;
        }
        let refuse = |said: String| Diagnostic::at(file, text, span.start..span.start + 1, said);
        let line: JsonLine = serde_json::from_str(piece)
            .map_err(|error| Diagnostic::from_json(file, text, span.start, &error))?;
        match (line, open.as_mut()) {
            (JsonLine::Run(run), None) if run.schema == SCHEMA => {
                open = Some(Report { run, cases: Vec::new() });
            }
            (JsonLine::Run(run), None) => {
                let said = format!("the report has schema {}; this version reads {SCHEMA}", run.schema);
                return Err(
                    refuse(said).help("make the report again, or read it with the version that made it")
                );
            }
            (JsonLine::Run(_), Some(_)) => {
                return Err(refuse("a run begins before the one above has ended".into()));
            }
            (JsonLine::Case(row), Some(report)) => report.cases.push(*row),
            (JsonLine::Case(_) | JsonLine::End(_), None) => {
                return Err(refuse("the report does not begin with a `run` line".into()));
            }
            (JsonLine::End(totals), Some(report)) => {
                if totals != report.totals() {
                    let said = "the end line does not count the cases above it: the report is damaged";
                    return Err(refuse(said.into()));
                }
                whole.extend(open.take());
            }
        }
    }
    match (open, whole.is_empty()) {
        (Some(report), _) => {
            let said = format!("the run of {} has no end line: it was cut off", report.run.subject);
            Err(Diagnostic::whole(file, said))
        }
        (None, true) => Err(Diagnostic::whole(file, "there is no report in it")),
        (None, false) => Ok(whole),
    }
}
