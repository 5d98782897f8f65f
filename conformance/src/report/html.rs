//! The report as one page: rules against subjects, with every transcript behind its cell.
//!
//! The page needs no network and no server: table, styles, script and data are one file, and its own policy forbids it to
//! load anything. The table is plain HTML, so that it can be read where scripts do not run; transcripts, sources and
//! filters need the script. Transcripts that several runs share are kept once.

use std::collections::BTreeMap;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Report, Totals};
use crate::registry::{Registry, RuleEntry};
use crate::verdict::VerdictKind;

mod data;

const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

/// Content policy of the page: it may load nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; \
    form-action 'none'";

/// Writes the page of one or more runs, in the order given.
///
/// # Panics
/// Never: everything in the page's data can be written as JSON.
#[must_use]
pub fn write(reports: &[Report], registry: &Registry) -> String {
    let rules = rules(reports, registry);
    let names = names(reports);
    let title = match reports {
        [only] => format!("Conformance of {}", only.run.subject),
        _ => format!("Conformance of {} runs", reports.len()),
    };
    let data = data::Page::new(reports, &names, &rules, registry);
    let json =
        serde_json::to_string(&data).expect("the page's data is texts, numbers and maps keyed by text");
    // A `<` in the data must not end the element that holds it.
    let json = json.replace('<', "\\u003c");
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (title) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#matrix" { "Skip to the matrix" }
                (head(&title, (reports, &names), (registry, rules.len())))
                (controls(reports, &rules))
                (matrix(&names, &rules))
                (foot())
                script id="data" type="application/json" { (PreEscaped(json)) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string() + "\n"
}

/// The part below the matrix.
fn foot() -> Markup {
    html! {
        noscript {
            p.note { "Transcripts, sources and filters need scripts; the table does not." }
        }
        footer {
            p.keys {
                kbd { "/" } " search "
                kbd { "←" } kbd { "↑" } kbd { "↓" } kbd { "→" } " move between cells "
                kbd { "Enter" } " open "
                kbd { "[" } kbd { "]" } " rule before, after "
                kbd { "Esc" } " close"
            }
        }
        dialog id="detail" aria-labelledby="detail-title" {}
    }
}

/// Runs that fit beside the rules; more are scrolled sideways.
const RUNS_FIT: usize = 6;

/// A row of the matrix.
#[derive(Debug)]
struct Rule<'r> {
    id: String,
    entry: Option<&'r RuleEntry>,
    cells: Vec<Cell>,
}

/// The result of one run for one rule: how many of the cases that name it ended how.
#[derive(Clone, Debug, Default)]
struct Cell(BTreeMap<VerdictKind, u64>);

impl Cell {
    fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// The verdict that matters most, and how many cases have it.
    fn worst(&self) -> Option<(VerdictKind, u64)> {
        self.0.iter().next().map(|(kind, count)| (*kind, *count))
    }
}

impl Rule<'_> {
    fn area(&self) -> &str {
        self.id.split('.').next().unwrap_or_default()
    }

    fn says(&self) -> &str {
        self.entry.map_or("This version's registry has no such rule.", |entry| entry.says.as_str())
    }

    /// Whether anybody could see it kept or broken.
    fn counts(&self) -> bool {
        self.entry.is_none_or(|entry| entry.observable)
    }

    /// Whether the runs disagree.
    fn differs(&self) -> bool {
        let mut kinds = self.cells.iter().map(|cell| cell.worst().map(|(kind, _)| kind));
        let first = kinds.next();
        kinds.any(|kind| Some(kind) != first)
    }
}

/// The name of each run on the page: its subject, with a number where several runs have the same.
fn names(reports: &[Report]) -> Vec<String> {
    let of =
        |subject: &str, reports: &[Report]| reports.iter().filter(|it| it.run.subject == subject).count();
    let name = |(position, report): (usize, &Report)| {
        let subject = report.run.subject.as_str();
        let before = reports.get(..position).unwrap_or_default();
        if of(subject, reports) == 1 {
            subject.to_owned()
        } else {
            format!("{subject} ({})", of(subject, before) + 1)
        }
    };
    reports.iter().enumerate().map(name).collect()
}

/// Every rule of the registry, and those that only a run knows.
fn rules<'r>(reports: &[Report], registry: &'r Registry) -> Vec<Rule<'r>> {
    let blank = || vec![Cell::default(); reports.len()];
    let known = registry.rules().iter();
    let mut rules: BTreeMap<String, Rule<'r>> = known
        .map(|entry| (entry.id.clone(), Rule { id: entry.id.clone(), entry: Some(entry), cells: blank() }))
        .collect();
    for (position, report) in reports.iter().enumerate() {
        for row in &report.cases {
            for id in &row.rules {
                let rule = rules.entry(id.clone()).or_insert_with(|| Rule {
                    id: id.clone(),
                    entry: None,
                    cells: blank(),
                });
                if let Some(cell) = rule.cells.get_mut(position) {
                    *cell.0.entry(row.verdict).or_default() += 1;
                }
            }
        }
    }
    rules.into_values().collect()
}

fn head(
    title: &str,
    (reports, names): (&[Report], &[String]),
    (registry, rules): (&Registry, usize),
) -> Markup {
    let cases: std::collections::BTreeSet<&str> =
        reports.iter().flat_map(|report| report.cases.iter().map(|row| row.case.as_str())).collect();
    let own = format!("{:016x}", registry.fingerprint());
    html! {
        header.top {
            div {
                h1 { (title) }
                p.lead {
                    (rules) " documented rules, " (cases.len())
                    " cases. A cell opens its transcripts and the rule's sources."
                }
            }
            button id="theme" type="button" hidden { "Theme: auto" }
        }
        section.runs aria-label="Runs" {
            @for (report, name) in reports.iter().zip(names) {
                (run(report, name, &own))
            }
        }
    }
}

fn run(report: &Report, name: &str, own: &str) -> Markup {
    let totals = report.totals();
    let (state, word) = if totals.good { ("good", "Good") } else { ("bad", "Bad") };
    html! {
        article.run.(state) {
            h2 { (name) }
            p.sum { b { (word) } ": " (totals.passed()) " of " (totals.judged()) " judged cases pass" }
            (bar(&totals))
            @if !report.changed_readings().is_empty() {
                p.under { "Under " (report.readings_said()) }
            }
            details {
                summary { "Version, readings, capabilities" }
                dl {
                    @for (name, value) in facts(report, own) {
                        dt { (name) }
                        dd { (value) }
                    }
                }
            }
        }
    }
}

/// The conditions of a run, by name.
fn facts(report: &Report, own: &str) -> Vec<(&'static str, String)> {
    let run = &report.run;
    let mut facts = vec![("Suite", run.suite.clone()), ("Registry", run.registry.clone())];
    if run.registry != own {
        facts.push(("Note", format!("statements and sources on this page are those of registry {own}")));
    }
    let that = |can: bool| -> Vec<&str> {
        run.capabilities.iter().filter(|(_, has)| **has == can).map(|(word, _)| word.as_str()).collect()
    };
    let (has, lacks) = (that(true), that(false));
    facts.push(("Can", if has.is_empty() { "only take calls".to_owned() } else { has.join(", ") }));
    if !lacks.is_empty() {
        facts.push(("Cannot", lacks.join(", ")));
    }
    facts.push(("Readings", report.readings_said()));
    facts.extend(run.lists.iter().map(|file| ("Lists", file.clone())));
    facts.extend(run.filter.iter().map(|filter| ("Only", filter.clone())));
    facts
}

/// The verdicts of a run, as widths and as words.
fn bar(totals: &Totals) -> Markup {
    html! {
        div.bar aria-hidden="true" {
            @for (kind, count) in &totals.verdicts {
                i class=(kind) style=(format!("flex-grow:{count}")) {}
            }
        }
        ul.legend {
            @for (kind, count) in &totals.verdicts {
                li title=(kind.says()) {
                    i class=(kind) { (mark(*kind)) }
                    " " (count) " " (kind)
                }
            }
        }
    }
}

fn controls(reports: &[Report], rules: &[Rule<'_>]) -> Markup {
    let mut areas: Vec<&str> = rules.iter().map(Rule::area).collect();
    areas.dedup();
    let all = Totals::of(reports.iter().flat_map(|report| &report.cases));
    let aside = rules.iter().filter(|rule| !rule.counts()).count();
    html! {
        form.controls role="search" hidden {
            label.find {
                span { "Search" }
                input id="find" type="search" autocomplete="off" spellcheck="false" placeholder="rule, statement or case";
            }
            label {
                span { "Area" }
                select id="area" {
                    option value="" { "all" }
                    @for area in areas {
                        option { (area) }
                    }
                }
            }
            div.chips role="group" aria-label="Verdicts" {
                @for kind in all.verdicts.keys() {
                    button.chip type="button" data-kind=(kind) aria-pressed="false" title=(kind.says()) {
                        i class=(kind) { (mark(*kind)) }
                        (kind)
                    }
                }
            }
            @if reports.len() > 1 {
                label.tick {
                    input id="differs" type="checkbox";
                    "Only where runs differ"
                }
            }
            @if aside > 0 {
                label.tick {
                    input id="aside" type="checkbox";
                    "With " (aside) " rules that nobody can observe"
                }
            }
            output id="shown" aria-live="polite" {}
        }
    }
}

fn matrix(names: &[String], rules: &[Rule<'_>]) -> Markup {
    let areas = rules.chunk_by(|one, next| one.area() == next.area());
    let numbered = areas.scan(0, |next, group| {
        let first = *next;
        *next += group.len();
        Some((first, group))
    });
    html! {
        main id="matrix" tabindex="-1" class=[(names.len() > RUNS_FIT).then_some("many")] {
            table role="table" style=(format!("--runs:{}", names.len())) {
                caption { "Rules against subjects" }
                thead role="rowgroup" {
                    tr role="row" {
                        th role="columnheader" scope="col" { "Rule" }
                        @for name in names {
                            th role="columnheader" scope="col" { (name) }
                        }
                    }
                }
                @for (first, group) in numbered {
                    (area(names, group, first))
                }
            }
            p.note id="none" hidden { "No rule fits." }
        }
    }
}

/// The rules of one area, the first of which has a number.
fn area(names: &[String], group: &[Rule<'_>], first: usize) -> Markup {
    let name = group.first().map_or("", Rule::area);
    html! {
        tbody role="rowgroup" data-area=(name) {
            tr.area role="row" {
                th role="rowheader" scope="rowgroup" { (name) span {} }
                @for position in 0..names.len() {
                    td role="cell" { (area_sum(group, position)) }
                }
            }
            @for (number, rule) in (first..).zip(group) {
                (row(names, rule, number))
            }
        }
    }
}

/// How many of the rules of an area a run keeps, of those that it could be asked about.
fn area_sum(group: &[Rule<'_>], position: usize) -> String {
    let worst = |rule: &Rule<'_>| rule.cells.get(position).and_then(Cell::worst).map(|(kind, _)| kind);
    let kinds: Vec<VerdictKind> = group.iter().filter_map(worst).collect();
    let set_aside = |kind: &&VerdictKind| {
        matches!(kind, VerdictKind::Skipped | VerdictKind::Unknown | VerdictKind::NotApplicable)
    };
    let asked = kinds.len() - kinds.iter().filter(set_aside).count();
    let kept =
        kinds.iter().filter(|kind| matches!(kind, VerdictKind::Pass | VerdictKind::PassLenient)).count();
    if asked == 0 { "–".to_owned() } else { format!("{kept}/{asked}") }
}

fn row(names: &[String], rule: &Rule<'_>, number: usize) -> Markup {
    let mut kinds: Vec<&str> =
        rule.cells.iter().flat_map(|cell| cell.0.keys().map(|kind| kind.word())).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let aside = (!rule.counts()).then_some("aside");
    html! {
        tr role="row" class=[aside] data-rule=(number) data-kinds=(kinds.join(" ")) data-differs[rule.differs()] {
            th role="rowheader" scope="row" {
                code { (rule.id) }
                span { (rule.says()) }
                @if let Some(reason) = rule.entry.and_then(|entry| entry.reason.as_deref()) {
                    small { "Not observable: " (reason) }
                }
            }
            @for (position, (cell, subject)) in rule.cells.iter().zip(names).enumerate() {
                td role="cell" { (cell_button(&rule.id, cell, (position, subject))) }
            }
        }
    }
}

/// The result of one run for one rule, with a link to what is behind it.
fn cell_button(id: &str, cell: &Cell, (position, subject): (usize, &str)) -> Markup {
    let Some((kind, count)) = cell.worst() else {
        return html! { span.empty title="no case was run" { "·" } };
    };
    let total = cell.total();
    let shown = if count == total { count.to_string() } else { format!("{count}/{total}") };
    let label = format!("{id} on {subject}: {count} of {total} cases {kind}");
    html! {
        button type="button" class=(format!("cell {kind}")) data-run=(position) aria-label=(label) {
            b { (mark(kind)) }
            (shown)
        }
    }
}

/// The sign of a verdict, so that colour is never alone.
const fn mark(kind: VerdictKind) -> &'static str {
    match kind {
        VerdictKind::Fail => "✕",
        VerdictKind::Error => "!",
        VerdictKind::Stale => "↺",
        VerdictKind::Unimplemented => "∅",
        VerdictKind::KnownFailing => "✕",
        VerdictKind::KnownFlaky => "~",
        VerdictKind::PassLenient => "≈",
        VerdictKind::Pass => "✓",
        VerdictKind::Skipped => "»",
        VerdictKind::Unknown => "?",
        VerdictKind::NotApplicable => "–",
    }
}
