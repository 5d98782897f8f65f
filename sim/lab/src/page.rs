//! A run as one page: summary, plots over virtual time, faults, and for a failure the steps that it depends on.
//!
//! The page is self-contained: style and script stand in it, pictures are SVG, nothing is fetched. It reads on a
//! telephone and on a wide screen, by day and by night, and without a mouse: each plot can be focused and read with the
//! arrow keys.

mod campaign;
mod chart;
mod comparison;
mod moment;
mod sequence;

use std::fmt::Write as _;

use claque_core::{Duration, Rule};
use claque_document::units::format_duration;
use claque_oracle::verdict::Verdict;
use claque_plot::{SCRIPT as PLOT_SCRIPT, STYLE as PLOT_STYLE};
use claque_scenario::{Scenario, ScriptEvent};
use claque_sim::run::{ByLevel, RunReport};

use crate::amount::{counted, grouped as count};
use crate::story::{LevelSeries, Slice, Story};
use chart::{Axis, Chart, ChartLine};

pub use campaign::{BrokenRule, CampaignPage, CampaignTiming, Pace, RuleRuns, UnitPace, campaign_to_html};
pub use comparison::comparison_to_html;
pub use moment::moment_to_html;

const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/script.js");

/// Groups that are plotted: those with the most members.
const GROUPS: usize = 6;
/// Steps that the diagram of a failure shows besides those that the evidence names.
const STEPS: usize = 60;

/// The material of a page.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'s> {
    /// The line that runs it again.
    pub identity: &'s str,
    /// The scenario that was played.
    pub scenario: &'s Scenario,
    /// The report of the run; none when it panicked.
    pub report: Option<&'s RunReport>,
    /// The verdict in words, also of a run that panicked.
    pub verdict: &'s str,
    /// The story that was collected on the way.
    pub story: &'s Story,
}

impl Shown<'_> {
    fn is_failed(&self) -> bool {
        // By the words, since a run that panicked has no report to ask.
        self.verdict.starts_with("fail") || self.verdict.starts_with("panic")
    }

    /// The verdict in one word, and the class of its style.
    #[must_use]
    pub fn badge(&self) -> (&'static str, &'static str) {
        match (self.is_failed(), self.report.map(|report| &report.verdict)) {
            (true, _) => ("bad", "broken"),
            (false, Some(Verdict::Unknown)) => ("dim", "unjudged"),
            (false, _) => ("good", "pass"),
        }
    }
}

/// The page of a run.
#[must_use]
pub fn to_html(shown: &Shown<'_>) -> String {
    let mut page = String::new();
    head(
        &mut page,
        &PageHead {
            mark: "claque run",
            name: &shown.scenario.name,
            badge: shown.badge(),
            says: &shown.scenario.says,
            line: shown.identity,
        },
    );
    page.push_str(&results_to_html(shown));
    foot(
        &mut page,
        "Times are show time: time jumps are not counted. Run the line above to have the same run again.",
    );
    page
}

/// The results alone, for a page that has a head, the style and the script of its own.
#[must_use]
pub fn results_to_html(shown: &Shown<'_>) -> String {
    let mut page = String::new();
    if shown.is_failed() {
        failure(&mut page, shown);
    }
    summary(&mut page, shown);
    plots(&mut page, shown.story, None);
    timeline(&mut page, shown.scenario, shown.story);
    rules(&mut page, shown);
    page
}

/// What stands at the top of a page.
struct PageHead<'s> {
    mark: &'s str,
    name: &'s str,
    /// Class and word.
    badge: (&'s str, &'s str),
    says: &'s str,
    /// The command that gives the same again.
    line: &'s str,
}

fn head(page: &mut String, shown: &PageHead<'_>) {
    let (class, word) = shown.badge;
    put(
        page,
        format_args!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>{word}: {name}</title>\n\
             <style>\n{PLOT_STYLE}{STYLE}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">To the results</a>\n\
             <header><p class=\"mark\">{mark}</p><h1>{name} <span class=\"badge {class}\">{word}</span></h1>\n\
             <p class=\"says\">{says}</p>\n<div class=\"line\"><code id=\"identity\">{line}</code>\
             <button type=\"button\" data-copy=\"identity\">Copy</button></div></header>\n<main id=\"main\">\n",
            mark = shown.mark,
            name = escape(shown.name),
            says = escape(shown.says),
            line = escape(shown.line),
        ),
    );
}

fn foot(page: &mut String, says: &str) {
    put(
        page,
        format_args!(
            "</main>\n<footer>{says}</footer>\n<script>\n{SCRIPT}{PLOT_SCRIPT}</script>\n</body>\n</html>\n"
        ),
    );
}

/// Numbers with a name and a remark.
fn cards(page: &mut String, title: &str, cards: &[(&str, String, String)]) {
    put(page, format_args!("<section><h2>{}</h2><dl class=\"cards\">\n", escape(title)));
    for (name, value, more) in cards {
        put(
            page,
            format_args!("<div><dt>{name}</dt><dd>{value}<small>{}</small></dd></div>\n", escape(more)),
        );
    }
    page.push_str("</dl></section>\n");
}

fn failure(page: &mut String, shown: &Shown<'_>) {
    put(
        page,
        format_args!(
            "<section class=\"failure\"><h2>What broke</h2><p class=\"evidence\">{}</p>\n",
            escape(shown.verdict)
        ),
    );
    let slice = shown.story.causal_slice(STEPS);
    if slice.steps.is_empty() {
        page.push_str("<p>No step is named by the verdict.</p></section>\n");
        return;
    }
    put(
        page,
        format_args!(
            "<p>{} of {} of this run. {} are what the evidence names, marked with a bar; the others are what \
             they depend on: a step depends on the last ones that changed what it reads. {}</p>\n",
            slice.steps.len(),
            counted(shown.story.steps.len() as u64, "step"),
            slice.named.len(),
            match slice.left_out {
                0 => "None is left out.".to_owned(),
                left_out => format!(
                    "{left_out} earlier ones are left out: <code>--trace FILE</code> writes every step down."
                ),
            }
        ),
    );
    sequence::draw(page, shown.story, &slice, shown.verdict);
    page.push_str("</section>\n");
}

fn summary(page: &mut String, shown: &Shown<'_>) {
    let Some(report) = shown.report else { return };
    let level = |level: &ByLevel| {
        format!("HIGH {}, MEDIUM {}, NORMAL {}", count(level.high), count(level.medium), count(level.normal))
    };
    let millis = |span: Duration| format!("{} ms", span.as_millis());
    let facts: [(&str, String, String); 10] = [
        (
            "users",
            count(report.users),
            format!("{}, largest {}", counted(report.groups, "group"), count(report.members_peak)),
        ),
        (
            "accepted",
            count(report.accepted),
            format!(
                "{} refused, {} throttled, {} unspoken for want of a link",
                count(report.refused),
                count(report.throttled),
                count(report.unspoken)
            ),
        ),
        ("shed", count(report.shed.total()), level(&report.shed)),
        ("delivered", count(report.delivered.total()), level(&report.delivered)),
        (
            "deliveries",
            count(report.deliveries),
            format!("{} lost, {}", count(report.lost), counted(report.duplicates, "duplicate")),
        ),
        ("links lost", count(report.links_lost), format!("{} taken up again", count(report.reconnects))),
        ("HIGH recovered", count(report.recovered), "pulled after a reconnect".to_owned()),
        (
            "latency",
            millis(report.latencies.median),
            format!("p99 {}, most {}", millis(report.latencies.p99), millis(report.latencies.max)),
        ),
        (
            "supergroups",
            count(report.supergroups.upgrades),
            format!("{} shut down, {} reopened", report.supergroups.shutdowns, report.supergroups.reopenings),
        ),
        (
            "events",
            count(report.events),
            format!("{} of show time, hash {:016x}", format_duration(report.show_time), report.trace_hash),
        ),
    ];
    cards(page, "Summary", &facts);
}

/// The plots of a story; `end` is where their axis ends if the story has not come so far. Unit: microseconds.
fn plots(page: &mut String, story: &Story, end: Option<u64>) {
    let series = &story.series;
    if series.slices.is_empty() {
        return;
    }
    let faults = &story.faults;
    let draw = |page: &mut String, title: &str, says: &str, unit: &str, lines: Vec<ChartLine>| {
        let (from, step, places) = (0, series.slice, series.slices.len());
        Chart { title, says, unit, axis: Axis::Time, from, step, places, end, lines, bands: faults }
            .draw(page);
    };
    page.push_str("<section><h2>Over virtual time</h2><div class=\"charts\">\n");
    let mut groups: Vec<(u32, &str, Vec<u32>)> = series
        .members
        .iter()
        .map(|(group, (name, _))| (series.members_of(*group), name.as_str()))
        .map(|(members, name)| (members.iter().copied().max().unwrap_or(0), name, members))
        .collect();
    groups.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(other.1)));
    let all = groups.len();
    // More lines than colours that can be told apart are no picture.
    groups.truncate(GROUPS);
    let (all, shown) = (counted(all as u64, "group"), groups.len());
    let says = format!("Members at the end of each slice, the {shown} largest of {all}.");
    let lines = groups.into_iter().map(|(_, name, members)| ChartLine {
        name: name.to_owned(),
        values: members.into_iter().map(u64::from).collect(),
    });
    draw(page, "Members", &says, "members", lines.collect());
    let of = |pick: &dyn Fn(&Slice) -> u64| series.slices.iter().map(pick).collect::<Vec<u64>>();
    let levels = |pick: fn(&Slice) -> LevelSeries| {
        [("HIGH", 0), ("MEDIUM", 1), ("NORMAL", 2)].map(|(name, at)| ChartLine {
            name: name.to_owned(),
            values: of(&|slice| {
                let level = pick(slice);
                [level.high, level.medium, level.normal][at]
            }),
        })
    };
    let slice = format_duration(Duration::from_millis((series.slice / 1_000).max(1)));
    let says = format!("Messages whose sender was answered with success, for each {slice}.");
    draw(page, "Accepted", &says, "messages", levels(|slice| slice.accepted).into());
    let says = format!(
        "Messages that gave way to others, for each {slice}. Their senders were answered with success too."
    );
    draw(page, "Shed", &says, "messages", levels(|slice| slice.shed).into());
    let latency = |name: &str, permille: u32| ChartLine {
        name: name.to_owned(),
        values: of(&|slice| u64::from(slice.latencies.percentile(permille)) / 1_000),
    };
    let lines = vec![latency("median", 500), latency("p99", 990), latency("slowest", 1_000)];
    draw(page, "Delivery latency", "From the service to the client, of messages that arrived.", "ms", lines);
    let lines = vec![
        ChartLine { name: "as sent".to_owned(), values: of(&|slice| slice.high_direct) },
        ChartLine { name: "pulled".to_owned(), values: of(&|slice| slice.high_recovered) },
        ChartLine { name: "links lost".to_owned(), values: of(&|slice| slice.links_lost) },
    ];
    let says = format!(
        "HIGH messages that reached clients as they were sent, and those pulled after a reconnect, for each {slice}."
    );
    draw(page, "HIGH recovery", &says, "deliveries", lines);
    page.push_str("</div></section>\n");
}

fn timeline(page: &mut String, scenario: &Scenario, story: &Story) {
    // In-flight messages land after the time to settle: the axis is as long as the run was.
    let whole = (scenario.duration + scenario.settle).as_micros().max(story.ended).max(1);
    let place = |at: u64| at.min(whole) * 10_000 / whole;
    // Whole numbers throughout: the page of a run is the same file on every machine.
    let percent = |hundredths: u64| format!("{}.{:02}", hundredths / 100, hundredths % 100);
    let begun = |event: &&ScriptEvent| event.at.as_micros() <= story.ended;
    if story.faults.is_empty() && !scenario.events.iter().any(|event| begun(&event)) {
        return;
    }
    page.push_str("<section><h2>Faults and script</h2><div class=\"gantt\" role=\"list\">\n");
    let mut row = |name: &str, from: u64, until: u64, class: &str| {
        let (left, right) = (place(from), place(until));
        let (when, until) = (clock(from), clock(until));
        let span = if class == "act" { format!("at {when}") } else { format!("{when} to {until}") };
        put(
            page,
            format_args!(
                "<div role=\"listitem\"><span class=\"name\">{name}</span><span class=\"when\">{span}</span>\
                 <span class=\"track\"><span class=\"{class}\" style=\"left:{}%;width:{}%\"></span></span></div>\n",
                percent(left),
                percent(right.saturating_sub(left)),
                name = escape(name),
            ),
        );
    };
    for fault in &story.faults {
        row(&fault.what, fault.from, fault.until, "fault");
    }
    for event in scenario.events.iter().filter(begun) {
        row(&event.name, event.at.as_micros(), event.at.as_micros(), "act");
    }
    page.push_str("</div></section>\n");
}

fn rules(page: &mut String, shown: &Shown<'_>) {
    let Some(report) = shown.report else { return };
    let mut reached: Vec<(Rule, u64)> = report.rules.iter().collect();
    reached.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    put(
        page,
        format_args!(
            "<section><h2>Rules</h2><details><summary>{} of {} rules decided something</summary>\
             <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Rules that decided something\"><table>\
             <thead><tr><th>rule</th><th>times</th></tr></thead><tbody>\n",
            reached.len(),
            Rule::COUNT
        ),
    );
    for (rule, times) in reached {
        put(page, format_args!("<tr><td>{}</td><td>{}</td></tr>\n", rule.id(), count(times)));
    }
    page.push_str("</tbody></table></div></details></section>\n");
}

/// A show time as a clock shows it: minutes and seconds, hours where there are any, parts of a second where they count.
fn clock(micros: u64) -> String {
    let (seconds, millis) = (micros / 1_000_000, micros / 1_000 % 1_000);
    let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let part = if millis == 0 { String::new() } else { format!(".{millis:03}") };
    if hours > 0 {
        format!("{hours}:{minutes:02}:{rest:02}{part}")
    } else {
        format!("{minutes}:{rest:02}{part}")
    }
}

/// Text as it may stand in HTML.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// Appends to a page; a string takes everything.
fn put(page: &mut String, words: std::fmt::Arguments<'_>) {
    page.write_fmt(words).expect("a string takes everything");
}
