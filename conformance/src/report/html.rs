//! The report as one page: rules against subjects, with every transcript behind its cell.
//!
//! The page needs no network and no server: table, styles, script and data are one file, and its own policy forbids it to
//! load anything. The table is plain HTML, so that it can be read where scripts do not run; transcripts, sources and
//! filters need the script. Transcripts that several runs share are kept once.

use std::collections::BTreeMap;

use super::{Report, Totals};
use crate::registry::{Registry, RuleEntry};
use crate::verdict::VerdictKind;

mod data;

const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

/// Writes the page of one or more runs, in the order given.
///
/// # Panics
/// Never: everything in the page's data can be written as JSON.
#[must_use]
pub fn write(reports: &[Report], registry: &Registry) -> String {
    let rules = rules(reports, registry);
    let names = names(reports);
    let mut page = String::with_capacity(1 << 20);
    let title = match reports {
        [only] => format!("Conformance of {}", only.run.subject),
        _ => format!("Conformance of {} runs", reports.len()),
    };
    page.push_str("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.push_str("<meta name=\"color-scheme\" content=\"light dark\">\n");
    page.push_str(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">\n",
    );
    push(&mut page, &format!("<title>{}</title>\n<link rel=\"icon\" href=\"data:,\">", escape(&title)));
    push(&mut page, &format!("<style>\n{STYLE}</style>\n</head>\n<body>"));
    push(&mut page, "<a class=\"skip\" href=\"#matrix\">Skip to the matrix</a>");
    head(&mut page, &title, (reports, &names), (registry, rules.len()));
    controls(&mut page, reports, &rules);
    matrix(&mut page, &names, &rules);
    push(&mut page, FOOT);
    let data = data::Page::new(reports, &names, &rules, registry);
    let json =
        serde_json::to_string(&data).expect("the page's data is texts, numbers and maps keyed by text");
    // A `<` in the data must not end the element that holds it.
    push(
        &mut page,
        &format!("<script id=\"data\" type=\"application/json\">{}</script>", json.replace('<', "\\u003c")),
    );
    push(&mut page, &format!("<script>\n{SCRIPT}</script>\n</body>\n</html>"));
    page
}

/// What stands below the matrix.
const FOOT: &str = "<noscript><p class=\"note\">Transcripts, sources and filters need scripts; the table does not.</p></noscript>
<footer>
<p class=\"keys\"><kbd>/</kbd> search <kbd>&larr;</kbd><kbd>&uarr;</kbd><kbd>&darr;</kbd><kbd>&rarr;</kbd> move between cells \
<kbd>Enter</kbd> open <kbd>[</kbd><kbd>]</kbd> rule before, after <kbd>Esc</kbd> close</p>
</footer>
<dialog id=\"detail\" aria-labelledby=\"detail-title\"></dialog>";

/// Runs that fit beside the rules; more are scrolled sideways.
const RUNS_FIT: usize = 6;

/// A row of the matrix.
#[derive(Debug)]
struct Rule<'r> {
    id: String,
    entry: Option<&'r RuleEntry>,
    cells: Vec<Cell>,
}

/// What one run says of one rule: how many of the cases that name it ended how.
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

/// What the page calls each run: its subject, with a number where several runs have the same.
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
    page: &mut String,
    title: &str,
    (reports, names): (&[Report], &[String]),
    (registry, rules): (&Registry, usize),
) {
    push(page, "<header class=\"top\">");
    push(page, &format!("<div><h1>{}</h1>", escape(title)));
    let cases: std::collections::BTreeSet<&str> =
        reports.iter().flat_map(|report| report.cases.iter().map(|row| row.case.as_str())).collect();
    push(
        page,
        &format!(
            "<p class=\"lead\">{rules} documented rules, {} cases. A cell opens its transcripts and the rule's sources.</p></div>",
            cases.len()
        ),
    );
    push(page, "<button id=\"theme\" type=\"button\" hidden>Theme: auto</button>\n</header>");
    push(page, "<section class=\"runs\" aria-label=\"Runs\">");
    let own = format!("{:016x}", registry.fingerprint());
    reports.iter().zip(names).for_each(|(report, name)| run(page, report, name, &own));
    push(page, "</section>");
}

fn run(page: &mut String, report: &Report, name: &str, own: &str) {
    let totals = report.totals();
    let state = if totals.good { "good" } else { "bad" };
    push(page, &format!("<article class=\"run {state}\">\n<h2>{}</h2>", escape(name)));
    let word = if totals.good { "Good" } else { "Bad" };
    push(
        page,
        &format!(
            "<p class=\"sum\"><b>{word}</b>: {} of {} judged cases pass</p>",
            totals.passed(),
            totals.judged()
        ),
    );
    bar(page, &totals);
    let run = &report.run;
    if !report.changed_readings().is_empty() {
        push(page, &format!("<p class=\"under\">Under {}</p>", escape(&report.readings_said())));
    }
    push(page, "<details><summary>Version, readings, capabilities</summary>\n<dl>");
    let mut facts = vec![("Suite", run.suite.clone()), ("Registry", run.registry.clone())];
    if run.registry != own {
        facts.push(("Note", format!("statements and sources on this page are those of registry {own}")));
    }
    let lacks: Vec<&str> =
        run.capabilities.iter().filter(|(_, has)| !**has).map(|(word, _)| word.as_str()).collect();
    let has: Vec<&str> =
        run.capabilities.iter().filter(|(_, has)| **has).map(|(word, _)| word.as_str()).collect();
    facts.push(("Can", if has.is_empty() { "only take calls".to_owned() } else { has.join(", ") }));
    if !lacks.is_empty() {
        facts.push(("Cannot", lacks.join(", ")));
    }
    facts.push(("Readings", report.readings_said()));
    facts.extend(run.lists.iter().map(|file| ("Lists", file.clone())));
    facts.extend(run.filter.iter().map(|filter| ("Only", filter.clone())));
    for (name, value) in facts {
        push(page, &format!("<dt>{name}</dt><dd>{}</dd>", escape(&value)));
    }
    push(page, "</dl></details>\n</article>");
}

/// The verdicts of a run, as widths and as words.
fn bar(page: &mut String, totals: &Totals) {
    push(page, "<div class=\"bar\" aria-hidden=\"true\">");
    for (kind, count) in &totals.verdicts {
        push(page, &format!("<i class=\"{kind}\" style=\"flex-grow:{count}\"></i>"));
    }
    push(page, "</div>\n<ul class=\"legend\">");
    for (kind, count) in &totals.verdicts {
        let says = escape(kind.says());
        push(
            page,
            &format!("<li title=\"{says}\"><i class=\"{kind}\">{}</i> {count} {kind}</li>", mark(*kind)),
        );
    }
    push(page, "</ul>");
}

fn controls(page: &mut String, reports: &[Report], rules: &[Rule<'_>]) {
    push(page, "<form class=\"controls\" role=\"search\" hidden>");
    push(
        page,
        "<label class=\"find\"><span>Search</span><input id=\"find\" type=\"search\" autocomplete=\"off\" \
         spellcheck=\"false\" placeholder=\"rule, statement or case\"></label>",
    );
    push(page, "<label><span>Area</span><select id=\"area\"><option value=\"\">all</option>");
    let mut areas: Vec<&str> = rules.iter().map(Rule::area).collect();
    areas.dedup();
    for area in areas {
        push(page, &format!("<option>{}</option>", escape(area)));
    }
    push(page, "</select></label>\n<div class=\"chips\" role=\"group\" aria-label=\"Verdicts\">");
    let all = Totals::of(reports.iter().flat_map(|report| &report.cases));
    for kind in all.verdicts.keys() {
        let says = escape(kind.says());
        push(
            page,
            &format!(
                "<button type=\"button\" class=\"chip\" data-kind=\"{kind}\" aria-pressed=\"false\" title=\"{says}\"><i class=\"{kind}\">{}</i>{kind}</button>",
                mark(*kind)
            ),
        );
    }
    push(page, "</div>");
    if reports.len() > 1 {
        push(
            page,
            "<label class=\"tick\"><input id=\"differs\" type=\"checkbox\">Only where runs differ</label>",
        );
    }
    let aside = rules.iter().filter(|rule| !rule.counts()).count();
    if aside > 0 {
        push(
            page,
            &format!(
                "<label class=\"tick\"><input id=\"aside\" type=\"checkbox\">With {aside} rules that nobody can observe</label>"
            ),
        );
    }
    push(page, "<output id=\"shown\" aria-live=\"polite\"></output>\n</form>");
}

fn matrix(page: &mut String, names: &[String], rules: &[Rule<'_>]) {
    let many = if names.len() > RUNS_FIT { " class=\"many\"" } else { "" };
    push(
        page,
        &format!(
            "<main id=\"matrix\" tabindex=\"-1\"{many}>\n<table role=\"table\" style=\"--runs:{}\">",
            names.len()
        ),
    );
    push(
        page,
        "<caption>Rules against subjects</caption>\n<thead role=\"rowgroup\"><tr role=\"row\"><th role=\"columnheader\" scope=\"col\">Rule</th>",
    );
    for name in names {
        push(page, &format!("<th role=\"columnheader\" scope=\"col\">{}</th>", escape(name)));
    }
    push(page, "</tr></thead>");
    let mut rest = rules;
    let mut number = 0;
    while let Some(first) = rest.first() {
        let length = rest.iter().take_while(|rule| rule.area() == first.area()).count();
        let (group, tail) = rest.split_at(length);
        let area = escape(first.area());
        push(
            page,
            &format!(
                "<tbody role=\"rowgroup\" data-area=\"{area}\">\n<tr role=\"row\" class=\"area\"><th role=\"rowheader\" scope=\"rowgroup\">{area}<span></span></th>"
            ),
        );
        for position in 0..names.len() {
            push(page, &format!("<td role=\"cell\">{}</td>", area_sum(group, position)));
        }
        push(page, "</tr>");
        for rule in group {
            row(page, names, rule, number);
            number += 1;
        }
        push(page, "</tbody>");
        rest = tail;
    }
    push(page, "</table>\n<p id=\"none\" class=\"note\" hidden>No rule fits.</p>\n</main>");
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
    if asked == 0 { "&ndash;".to_owned() } else { format!("{kept}/{asked}") }
}

fn row(page: &mut String, names: &[String], rule: &Rule<'_>, number: usize) {
    let mut kinds: Vec<&str> =
        rule.cells.iter().flat_map(|cell| cell.0.keys().map(|kind| kind.word())).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let aside = if rule.counts() { "" } else { " class=\"aside\"" };
    let differs = if rule.differs() { " data-differs" } else { "" };
    let kinds = kinds.join(" ");
    let id = escape(&rule.id);
    push(page, &format!("<tr role=\"row\"{aside} data-rule=\"{number}\" data-kinds=\"{kinds}\"{differs}>"));
    let reason = rule.entry.and_then(|entry| entry.reason.as_deref());
    let reason = reason
        .map_or_else(String::new, |reason| format!("<small>Not observable: {}</small>", escape(reason)));
    push(
        page,
        &format!(
            "<th role=\"rowheader\" scope=\"row\"><code>{id}</code><span>{}</span>{reason}</th>",
            escape(rule.says())
        ),
    );
    for (position, (cell, name)) in rule.cells.iter().zip(names).enumerate() {
        let Some((kind, count)) = cell.worst() else {
            push(
                page,
                "<td role=\"cell\"><span class=\"empty\" title=\"no case was run\">&middot;</span></td>",
            );
            continue;
        };
        let total = cell.total();
        let shown = if count == total { count.to_string() } else { format!("{count}/{total}") };
        let subject = escape(name);
        push(
            page,
            &format!(
                "<td role=\"cell\"><button type=\"button\" class=\"cell {kind}\" data-run=\"{position}\" aria-label=\"{id} on {subject}: {count} of {total} cases {kind}\"><b>{}</b>{shown}</button></td>",
                mark(kind)
            ),
        );
    }
    push(page, "</tr>");
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

fn push(page: &mut String, line: &str) {
    page.push_str(line);
    page.push('\n');
}

/// Text as HTML holds it, in elements and in quoted attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}
