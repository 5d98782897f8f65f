//! Data for the page's script: rules, cases and transcripts, each once.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::{CaseRow, Evidence, Report};
use super::Rule;
use crate::registry::Registry;

/// Everything behind the cells.
#[derive(Debug, Serialize)]
pub(super) struct Page<'r> {
    runs: Vec<&'r str>,
    /// The readings of each run that are not the default.
    under: Vec<BTreeMap<&'r str, &'r str>>,
    rules: Vec<RuleData<'r>>,
    cases: Vec<CaseData<'r>>,
    /// Transcripts, referred to by position: each the positions of its lines.
    texts: Vec<Vec<usize>>,
    /// Lines of the transcripts, each once: the suite's 41,000 lines are 11,000 different ones.
    lines: Vec<&'r str>,
}

#[derive(Debug, Serialize)]
struct RuleData<'r> {
    id: &'r str,
    says: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'r str>,
    /// Kind, level, status and place of decision, in words.
    about: Vec<String>,
    sources: Vec<SourceData<'r>>,
    readings: Vec<ReadingData<'r>>,
}

#[derive(Debug, Serialize)]
struct SourceData<'r> {
    title: &'r str,
    publisher: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'r str>,
    /// Date or version.
    #[serde(skip_serializing_if = "Option::is_none")]
    edition: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    section: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quote: Option<&'r str>,
}

#[derive(Debug, Serialize)]
struct ReadingData<'r> {
    id: &'r str,
    default: &'r str,
    question: &'r str,
}

#[derive(Debug, Serialize)]
struct CaseData<'r> {
    name: &'r str,
    summary: &'r str,
    file: &'r str,
    /// Positions of the rules that it shows.
    rules: Vec<usize>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    readings: &'r BTreeMap<String, String>,
    /// How it ended, by position of the run.
    ended: BTreeMap<usize, EndedData<'r>>,
}

#[derive(Debug, Serialize)]
struct EndedData<'r> {
    verdict: &'r str,
    #[serde(skip_serializing_if = "str::is_empty")]
    detail: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<&'r Evidence>,
    /// How often each of the case's rules decided, in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided: Option<Vec<u64>>,
    attempts: u32,
    virtual_micros: u64,
    wall_micros: u64,
    text: usize,
}

impl<'r> Page<'r> {
    pub(super) fn new(
        reports: &'r [Report],
        names: &'r [String],
        rules: &'r [Rule<'r>],
        registry: &'r Registry,
    ) -> Self {
        let at: BTreeMap<&str, usize> =
            rules.iter().enumerate().map(|(position, rule)| (rule.id.as_str(), position)).collect();
        let (mut texts, mut lines) = (Kept::default(), Kept::default());
        let mut cases: BTreeMap<&str, CaseData<'r>> = BTreeMap::new();
        for (run, report) in reports.iter().enumerate() {
            for row in &report.cases {
                let text = texts.position(&row.transcript);
                let case = cases.entry(row.case.as_str()).or_insert_with(|| CaseData {
                    name: row.short(),
                    summary: &row.summary,
                    file: &row.file,
                    rules: row.rules.iter().filter_map(|id| at.get(id.as_str()).copied()).collect(),
                    readings: &row.readings,
                    ended: BTreeMap::new(),
                });
                case.ended.insert(run, ended(row, text));
            }
        }
        Self {
            runs: names.iter().map(String::as_str).collect(),
            under: reports.iter().map(|report| report.changed_readings().into_iter().collect()).collect(),
            rules: rules.iter().map(|rule| rule_data(rule, registry)).collect(),
            cases: cases.into_values().collect(),
            texts: texts
                .values
                .iter()
                .map(|text| text.split('\n').map(|line| lines.position(line)).collect())
                .collect(),
            lines: lines.values,
        }
    }
}

/// Texts that are each kept once, in the order of their first appearance.
#[derive(Default)]
struct Kept<'r> {
    values: Vec<&'r str>,
    at: BTreeMap<&'r str, usize>,
}

impl<'r> Kept<'r> {
    fn position(&mut self, text: &'r str) -> usize {
        *self.at.entry(text).or_insert_with(|| {
            self.values.push(text);
            self.values.len() - 1
        })
    }
}

fn ended(row: &CaseRow, text: usize) -> EndedData<'_> {
    let of_rules = |decided: &BTreeMap<String, u64>| {
        row.rules.iter().map(|id| decided.get(id).copied().unwrap_or_default()).collect()
    };
    EndedData {
        verdict: row.verdict.word(),
        detail: if row.evidence.is_some() && !row.verdict.is_good() { "" } else { &row.detail },
        evidence: row.evidence.as_ref(),
        decided: row.decided.as_ref().map(of_rules),
        attempts: row.attempts,
        virtual_micros: row.virtual_micros,
        wall_micros: row.wall_micros,
        text,
    }
}

fn rule_data<'r>(rule: &'r Rule<'r>, registry: &'r Registry) -> RuleData<'r> {
    let Some(entry) = rule.entry else {
        let (sources, readings) = (Vec::new(), Vec::new());
        return RuleData {
            id: &rule.id,
            says: rule.says(),
            value: None,
            about: Vec::new(),
            sources,
            readings,
        };
    };
    let sources = entry.sources.iter().filter_map(|citation| {
        let source = registry.source(&citation.doc)?;
        Some(SourceData {
            title: &source.title,
            publisher: &source.publisher,
            url: source.url.as_deref(),
            edition: source.date.as_deref().or(source.version.as_deref()),
            section: citation.section.as_deref(),
            quote: citation.quote.as_deref(),
        })
    });
    let readings = entry.readings.iter().filter_map(|id| {
        let reading = registry.reading(id)?;
        Some(ReadingData { id: &reading.id, default: &reading.default, question: &reading.question })
    });
    RuleData {
        id: &rule.id,
        says: &entry.says,
        value: entry.value.as_deref(),
        about: vec![
            entry.kind.to_string(),
            entry.level.to_string(),
            entry.status.to_string(),
            format!("decided by {}", entry.decided),
        ],
        sources: sources.collect(),
        readings: readings.collect(),
    }
}
