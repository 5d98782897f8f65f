//! The results of a run of the suite, as data; the formats it is written in are made of nothing else.
//!
//! [`jsonl`] is the truth: it is read back, compared and merged. The other formats are views for one purpose each.
//! `docs/report-schema.md` specifies it; a test holds the two together.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::verdict::{Verdict, VerdictKind};

pub mod badge;
pub mod compare;
pub mod html;
pub mod jsonl;
pub mod junit;
pub mod summary;

/// The version of the report's schema. A reader refuses every other.
pub const SCHEMA: u32 = 1;

/// A run of the suite, or of a part of it, against one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Suite, subject and conditions of the run.
    pub run: RunHead,
    /// How each case ended, in the order of the suite.
    pub cases: Vec<CaseRow>,
}

/// Suite, subject and conditions of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunHead {
    /// The version of the schema: [`SCHEMA`].
    pub schema: u32,
    /// The version of the suite.
    pub suite: String,
    /// The hash of the registry of rules: 16 hexadecimal digits.
    pub registry: String,
    /// The subject's name.
    pub subject: String,
    /// The subject's capabilities.
    pub capabilities: BTreeMap<String, bool>,
    /// The readings in force for cases that choose none of their own, by id.
    pub readings: BTreeMap<String, String>,
    /// The file of the subject's lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lists: Option<String>,
    /// The filter of the cases; absent for all of the suite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
}

/// How one case ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaseRow {
    /// The name of the test: `conformance::area::name`.
    pub case: String,
    /// The summary of the case, in one sentence.
    pub summary: String,
    /// The case file below the folder of cases; the registry for generated ones.
    pub file: String,
    /// The rules that it shows.
    pub rules: Vec<String>,
    /// The readings that the case chooses itself.
    pub readings: BTreeMap<String, String>,
    /// How it ended.
    pub verdict: VerdictKind,
    /// A remark beside the verdict; for a listed case the reason of its entry.
    pub detail: String,
    /// The first expectation that was not met, or what kept the suite from judging; for listed cases too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// How often each rule decided; absent when the subject cannot tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<BTreeMap<String, u64>>,
    /// How often the case was played: 0 when it was skipped.
    pub attempts: u32,
    /// The virtual time that passed. Unit: microseconds.
    pub virtual_micros: u64,
    /// The time that it took. Unit: microseconds of the wall; differs from run to run and is never compared.
    pub wall_micros: u64,
    /// The transcript, line by line.
    pub transcript: String,
}

/// The evidence of a failed case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// The step, counted from 1; 0 for what is no step.
    pub step: u64,
    /// The line of the step in its file; 0 for generated cases.
    pub line: u64,
    /// When, counted from the moment zero. Unit: microseconds.
    pub at_micros: u64,
    /// The path of the value; empty when the suite could not judge.
    pub what: String,
    /// The demand of the case.
    pub expected: String,
    /// The value that was there.
    pub actual: String,
}

impl Evidence {
    /// The evidence behind a verdict; none for one that needs none.
    #[must_use]
    pub fn of(verdict: &Verdict) -> Option<Self> {
        let said = |expected: &str, actual: &str| Self {
            step: 0,
            line: 0,
            at_micros: 0,
            what: String::new(),
            expected: expected.to_owned(),
            actual: actual.to_owned(),
        };
        match verdict {
            Verdict::Fail(failure) => Some(Self {
                step: failure.step as u64,
                line: failure.line as u64,
                at_micros: failure.at.as_micros(),
                what: failure.what.clone(),
                expected: failure.expected.clone(),
                actual: failure.actual.clone(),
            }),
            Verdict::Error(why) => Some(said("a run that can be judged", why)),
            Verdict::Unimplemented(operation) => {
                Some(said(&format!("{operation} is offered"), "it is unknown"))
            }
            Verdict::PassLenient(why) => Some(said("what the case prefers", why)),
            Verdict::Pass
            | Verdict::Unknown(_)
            | Verdict::NotApplicable(_)
            | Verdict::Skipped(_)
            | Verdict::KnownFailing(_)
            | Verdict::KnownFlaky(_)
            | Verdict::Stale(_) => None,
        }
    }
}

impl CaseRow {
    /// The area: the second part of the name.
    #[must_use]
    pub fn area(&self) -> &str {
        self.short().split("::").next().unwrap_or_default()
    }

    /// The name without what all names begin with.
    #[must_use]
    pub fn short(&self) -> &str {
        self.case.strip_prefix("conformance::").unwrap_or(&self.case)
    }

    /// The row without what differs from run to run.
    #[must_use]
    pub fn without_times(&self) -> Self {
        Self { wall_micros: 0, ..self.clone() }
    }
}

/// How many cases ended how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// All cases.
    pub cases: u64,
    /// Cases by verdict; verdicts that no case has are left out.
    pub verdicts: BTreeMap<VerdictKind, u64>,
    /// Whether the run may be called good: no fail, error, stale or unimplemented in it.
    pub good: bool,
}

impl Totals {
    /// Counts rows.
    #[must_use]
    pub fn of<'r>(rows: impl IntoIterator<Item = &'r CaseRow>) -> Self {
        let mut totals = Self { good: true, ..Self::default() };
        for row in rows {
            totals.cases += 1;
            *totals.verdicts.entry(row.verdict).or_default() += 1;
            totals.good &= row.verdict.is_good();
        }
        totals
    }

    /// How many cases ended so.
    #[must_use]
    pub fn count(&self, kind: VerdictKind) -> u64 {
        self.verdicts.get(&kind).copied().unwrap_or_default()
    }

    /// How many cases met every expectation, leniently or not.
    #[must_use]
    pub fn passed(&self) -> u64 {
        self.count(VerdictKind::Pass) + self.count(VerdictKind::PassLenient)
    }

    /// How many cases could be judged: all but those that were skipped, do not apply, or took too long to show anything.
    #[must_use]
    pub fn judged(&self) -> u64 {
        self.cases
            - self.count(VerdictKind::Skipped)
            - self.count(VerdictKind::Unknown)
            - self.count(VerdictKind::NotApplicable)
    }

    /// How many cases make the run bad.
    #[must_use]
    pub fn bad(&self) -> u64 {
        self.verdicts.iter().filter(|(kind, _)| !kind.is_good()).map(|(_, count)| count).sum()
    }
}

impl Report {
    /// Counts its cases.
    #[must_use]
    pub fn totals(&self) -> Totals {
        Totals::of(&self.cases)
    }

    /// The readings that differ from the defaults.
    #[must_use]
    pub fn changed_readings(&self) -> Vec<(&str, &str)> {
        let documented: BTreeMap<&str, &str> =
            claque_core::Readings::default().iter().map(|choice| (choice.id, choice.default)).collect();
        let chosen = self.run.readings.iter().map(|(id, value)| (id.as_str(), value.as_str()));
        chosen.filter(|(id, value)| documented.get(id) != Some(value)).collect()
    }

    /// The readings in words: those that differ from the defaults, or that none does.
    #[must_use]
    pub fn readings_said(&self) -> String {
        let changed = self.changed_readings();
        if changed.is_empty() {
            return "every default".to_owned();
        }
        changed.iter().map(|(id, value)| format!("{id} = {value}")).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
#[path = "report/tests.rs"]
mod tests;
