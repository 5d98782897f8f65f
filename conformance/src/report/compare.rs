//! Two runs side by side: what was fixed, what broke, what is new, what is gone.
//!
//! Times are never compared. Cases are the same when their names are.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::{CaseRow, Report};
use crate::verdict::VerdictKind;

/// How the cases of two runs differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison<'r> {
    /// The older run.
    pub old: &'r Report,
    /// The newer run.
    pub new: &'r Report,
    /// Good before, bad after.
    pub broken: Vec<(&'r CaseRow, &'r CaseRow)>,
    /// Bad before, good after.
    pub fixed: Vec<(&'r CaseRow, &'r CaseRow)>,
    /// As good or bad as before, under another verdict.
    pub changed: Vec<(&'r CaseRow, &'r CaseRow)>,
    /// The same verdict for another reason: other evidence than before.
    pub moved: Vec<(&'r CaseRow, &'r CaseRow)>,
    /// Only in the newer run.
    pub added: Vec<&'r CaseRow>,
    /// Only in the older run.
    pub gone: Vec<&'r CaseRow>,
    /// The same verdict for the same reason.
    pub unchanged: u64,
}

/// A comparison in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// [`Comparison::broken`].
    pub broken: u64,
    /// [`Comparison::fixed`].
    pub fixed: u64,
    /// [`Comparison::changed`].
    pub changed: u64,
    /// [`Comparison::moved`].
    pub moved: u64,
    /// [`Comparison::added`].
    pub new: u64,
    /// [`Comparison::gone`].
    pub gone: u64,
    /// [`Comparison::unchanged`].
    pub unchanged: u64,
}

/// Compares two runs.
#[must_use]
pub fn compare<'r>(old: &'r Report, new: &'r Report) -> Comparison<'r> {
    let mut before: BTreeMap<&str, &CaseRow> = old.cases.iter().map(|row| (row.case.as_str(), row)).collect();
    let mut made = Comparison {
        old,
        new,
        broken: Vec::new(),
        fixed: Vec::new(),
        changed: Vec::new(),
        moved: Vec::new(),
        added: Vec::new(),
        gone: Vec::new(),
        unchanged: 0,
    };
    for row in &new.cases {
        let Some(was) = before.remove(row.case.as_str()) else {
            made.added.push(row);
            continue;
        };
        match (was.verdict.is_good(), row.verdict.is_good()) {
            (true, false) => made.broken.push((was, row)),
            (false, true) => made.fixed.push((was, row)),
            _ if was.verdict != row.verdict => made.changed.push((was, row)),
            _ if was.evidence != row.evidence => made.moved.push((was, row)),
            _ => made.unchanged += 1,
        }
    }
    made.gone = old.cases.iter().filter(|row| before.contains_key(row.case.as_str())).collect();
    made
}

impl Comparison<'_> {
    /// Whether nothing broke.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        self.broken.is_empty()
    }

    /// The comparison in numbers.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        Counts {
            broken: self.broken.len() as u64,
            fixed: self.fixed.len() as u64,
            changed: self.changed.len() as u64,
            moved: self.moved.len() as u64,
            new: self.added.len() as u64,
            gone: self.gone.len() as u64,
            unchanged: self.unchanged,
        }
    }

    /// The comparison as Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = String::from("# Conformance: two runs compared\n\n");
        self.heads(&mut text);
        self.verdicts(&mut text);
        let pairs = [
            ("Broken", "Good before, bad after.", &self.broken),
            ("Fixed", "Bad before, good after.", &self.fixed),
            ("Changed", "As good or bad as before, under another verdict.", &self.changed),
            ("Moved", "The same verdict, for another reason than before.", &self.moved),
        ];
        for (title, says, rows) in pairs {
            if rows.is_empty() {
                continue;
            }
            push(&mut text, &format!("\n## {title}: {}\n\n{says}\n", rows.len()));
            push(&mut text, "| case | before | after | what | rules |\n|---|---|---|---|---|");
            for (was, row) in rows {
                let cells =
                    [row.short(), was.verdict.word(), row.verdict.word(), &what(row), &row.rules.join(", ")];
                push(&mut text, &table_row(&cells));
            }
        }
        for (title, says, rows) in
            [("New", "Only in the newer run.", &self.added), ("Gone", "Only in the older run.", &self.gone)]
        {
            if rows.is_empty() {
                continue;
            }
            push(&mut text, &format!("\n## {title}: {}\n\n{says}\n", rows.len()));
            push(&mut text, "| case | verdict | what | rules |\n|---|---|---|---|");
            for row in rows {
                let cells = [row.short(), row.verdict.word(), &what(row), &row.rules.join(", ")];
                push(&mut text, &table_row(&cells));
            }
        }
        text
    }

    fn heads(&self, text: &mut String) {
        push(text, "| | before | after |\n|---|---|---|");
        let (old, new) = (&self.old.run, &self.new.run);
        for (name, was, is) in [
            ("subject", &old.subject, &new.subject),
            ("suite", &old.suite, &new.suite),
            ("registry", &old.registry, &new.registry),
        ] {
            push(text, &table_row(&[name, was, is]));
        }
        push(text, &table_row(&["readings", &self.old.readings_said(), &self.new.readings_said()]));
        for (id, value) in &new.readings {
            if let Some(was) = old.readings.get(id).filter(|was| *was != value) {
                push(text, &table_row(&[&format!("reading {id}"), was, value]));
            }
        }
        let Counts { broken, fixed, changed, moved, new, gone, unchanged } = self.counts();
        let said = format!(
            "\n**{broken} broken, {fixed} fixed, {changed} changed, {moved} moved, {new} new, {gone} gone, \
             {unchanged} unchanged.**"
        );
        push(text, &said);
    }

    fn verdicts(&self, text: &mut String) {
        let (old, new) = (self.old.totals(), self.new.totals());
        push(text, "\n| verdict | before | after | change |\n|---|---:|---:|---:|");
        for kind in VerdictKind::ALL {
            let (was, is) = (old.count(kind), new.count(kind));
            if was + is > 0 {
                push(text, &table_row(&[kind.word(), &was.to_string(), &is.to_string(), &change(was, is)]));
            }
        }
        push(
            text,
            &table_row(&[
                "all",
                &old.cases.to_string(),
                &new.cases.to_string(),
                &change(old.cases, new.cases),
            ]),
        );
    }
}

fn change(was: u64, is: u64) -> String {
    match is.checked_sub(was) {
        Some(0) => "0".to_owned(),
        Some(more) => format!("+{more}"),
        None => format!("-{}", was - is),
    }
}

/// Why a row ended as it did, in one line.
pub(super) fn what(row: &CaseRow) -> String {
    match &row.evidence {
        Some(evidence) if !evidence.what.is_empty() => {
            format!("{}: expected {}, got {}", evidence.what, evidence.expected, evidence.actual)
        }
        Some(evidence) => evidence.actual.clone(),
        None => row.detail.clone(),
    }
}

pub(super) fn table_row(cells: &[&str]) -> String {
    let mut row = String::from("|");
    for cell in cells {
        let plain = cell.replace('|', "\\|").replace(['\n', '\r'], " ");
        write!(row, " {plain} |").expect("writing to a string succeeds");
    }
    row
}

pub(super) fn push(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}
