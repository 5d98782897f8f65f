//! A campaign as one page: what failed and how to see it again, how failures and coverage grew by seed, rare rules, and the pace.
//!
//! But for the section of the pace, the page of the same seeds is the same file on every machine and for every number of threads.

use std::collections::BTreeMap;
use std::ops::Range;

use super::chart::{Axis, Chart, ChartLine};
use super::{PageHead, cards, escape, foot, head, put};
use crate::amount::{counted, grouped, humane, per_second};
use crate::campaign::Growth;

/// Places on the axis of a plot, at the most.
const PLACES: u64 = 240;
/// Slices of wall time, at the most: fewer than places, so that most hold the end of some run.
const SLICES: u64 = 60;
/// Classes of failures that have a line of their own in the plot.
const CLASSES: usize = 5;

/// Runs that failed in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenRule {
    /// A rule's id, `invariant`, `panic` or `queues-differ`.
    pub class: String,
    /// Seeds that failed so, in rising order.
    pub seeds: Vec<u64>,
    /// The command that runs the one with the fewest events again.
    pub identity: String,
    /// The sentence about it, where it was kept.
    pub evidence: Option<String>,
}

/// A rule, and in how many runs it decided something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleRuns {
    /// The rule's id.
    pub id: String,
    /// Runs in which it decided something.
    pub runs: u64,
    /// Why no run can reach it; none where one can.
    pub beyond: Option<&'static str>,
}

/// Runs and events over wall time, in a bounded number of slices, which grow as time passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The length of a slice. Unit: microseconds.
    slice: u64,
    /// Runs that ended in each slice, and their events.
    slices: Vec<(u64, u64)>,
}

impl Default for Pace {
    fn default() -> Self {
        Self { slice: 100_000, slices: Vec::new() }
    }
}

impl Pace {
    /// Counts a run that ended so many microseconds after the campaign began.
    pub fn count(&mut self, at: u64, events: u64) {
        while at / self.slice >= SLICES {
            self.slice *= 2;
            self.slices = self.slices.chunks(2).map(sum).collect();
        }
        // Less than the slices: it fits.
        let place = usize::try_from(at / self.slice).unwrap_or(0);
        if place >= self.slices.len() {
            self.slices.resize(place + 1, (0, 0));
        }
        self.slices[place].0 += 1;
        self.slices[place].1 += events;
    }
}

fn sum(some: &[(u64, u64)]) -> (u64, u64) {
    some.iter().fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1))
}

/// The events of a unit, and the processor time that they took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitPace {
    /// The unit's first seed.
    pub seed: u64,
    /// Deliveries and control events.
    pub events: u64,
    /// Unit: microseconds of a processor.
    pub micros: u64,
}

/// How quickly a campaign went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CampaignTiming {
    /// Of one process: over its wall time, with its length in microseconds.
    Wall(Pace, u64),
    /// Of units on any number of machines, in the order of their seeds.
    Units(Vec<UnitPace>),
}

/// The material of a campaign's page.
#[derive(Clone, Debug)]
pub struct CampaignPage<'s> {
    /// The name of the scenario.
    pub scenario: &'s str,
    /// The command that runs the campaign again.
    pub command: &'s str,
    /// Why it ended before its last seed, or which part of it this is; none where it is whole.
    pub partial: Option<String>,
    /// Its seeds.
    pub seeds: Range<u64>,
    /// Runs that were made.
    pub runs: u64,
    /// Numbers with a name and a remark.
    pub facts: Vec<(&'static str, String, String)>,
    /// The failures, in the order of their classes.
    pub broken: Vec<BrokenRule>,
    /// Seeds that came out differently on the reference queue, with the commands that show it.
    pub parted: Vec<(u64, String)>,
    /// The first seeds of rules and pairs of rules.
    pub growth: &'s Growth,
    /// The rules.
    pub rules: Vec<RuleRuns>,
    /// How quickly it went.
    pub timing: CampaignTiming,
}

/// The page of a campaign.
#[must_use]
pub fn campaign_to_html(shown: &CampaignPage<'_>) -> String {
    let failed: u64 = shown.broken.iter().map(|broken| broken.seeds.len() as u64).sum();
    let clean = failed == 0 && shown.parted.is_empty();
    let badge = match (clean, shown.runs) {
        (true, 0) => ("dim", "no run"),
        (true, _) => ("good", "pass"),
        (false, _) => ("bad", "fail"),
    };
    let mut says = format!(
        "{} of {} failed; seeds {} up to {}, without the last.",
        grouped(failed),
        counted(shown.runs, "run"),
        grouped(shown.seeds.start),
        grouped(shown.seeds.end)
    );
    if let Some(partial) = &shown.partial {
        says.push_str(&format!(" Partial: {partial}."));
    }
    let mut page = String::new();
    let name = format!("campaign of {}", shown.scenario);
    head(
        &mut page,
        &PageHead { mark: "claque campaign", name: &name, badge, says: &says, line: shown.command },
    );
    if !clean {
        failures(&mut page, shown);
    }
    cards(&mut page, "Summary", &shown.facts);
    growth(&mut page, shown);
    rare(&mut page, shown);
    timing(&mut page, &shown.timing);
    foot(
        &mut page,
        "The same seeds give the same page, but for the pace. A place of a plot stands for the seeds up to it.",
    );
    page
}

fn failures(page: &mut String, shown: &CampaignPage<'_>) {
    page.push_str("<section class=\"failure\"><h2>What broke</h2>\n");
    for (number, broken) in shown.broken.iter().enumerate() {
        let first = broken.seeds.first().copied().unwrap_or(0);
        put(
            page,
            format_args!(
                "<h3>{}</h3><p>In {}, first under seed {}. The run with the fewest events:</p>\n",
                escape(&broken.class),
                counted(broken.seeds.len() as u64, "run"),
                grouped(first)
            ),
        );
        repeat(page, &format!("broken-{number}"), &broken.identity);
        if let Some(evidence) = &broken.evidence {
            put(page, format_args!("<p class=\"evidence\">{}</p>\n", escape(evidence)));
        }
    }
    for (seed, identity) in &shown.parted {
        let seed_text = grouped(*seed);
        put(
            page,
            format_args!(
                "<h3>queues differ</h3><p>Seed {seed_text} gave another run on the reference queue:</p>\n"
            ),
        );
        repeat(page, &format!("parted-{seed}"), identity);
    }
    page.push_str("</section>\n");
}

fn repeat(page: &mut String, id: &str, command: &str) {
    put(
        page,
        format_args!(
            "<div class=\"line\"><code id=\"{id}\">{}</code><button type=\"button\" data-copy=\"{id}\">Copy</button></div>\n",
            escape(command)
        ),
    );
}

/// The axis of seeds: its step, and how many places.
fn axis(seeds: &Range<u64>) -> (u64, usize) {
    let span = seeds.end.saturating_sub(seeds.start).saturating_sub(1);
    let step = span.div_ceil(PLACES - 1).max(1);
    (step, usize::try_from(span.div_ceil(step)).expect("at most the places") + 1)
}

/// How many of some seeds, in rising order, are not beyond each place of the axis.
fn cumulated(found: &[u64], seeds: &Range<u64>) -> Vec<u64> {
    let (step, places) = axis(seeds);
    let at = |place: usize| seeds.start.saturating_add(step.saturating_mul(place as u64));
    (0..places).map(|place| found.partition_point(|seed| *seed <= at(place)) as u64).collect()
}

fn growth(page: &mut String, shown: &CampaignPage<'_>) {
    let (step, places) = axis(&shown.seeds);
    let draw = |page: &mut String, title: &str, says: &str, unit: &str, lines: Vec<ChartLine>| {
        let from = shown.seeds.start;
        Chart { title, says, unit, axis: Axis::Seed, from, step, places, end: None, lines, bands: &[] }
            .draw(page);
    };
    let line = |name: &str, found: &[u64]| ChartLine {
        name: name.to_owned(),
        values: cumulated(found, &shown.seeds),
    };
    page.push_str("<section><h2>By seed</h2><div class=\"charts\">\n");
    if shown.broken.is_empty() {
        page.push_str("<p>No run failed, so there is no curve of failures.</p>\n");
    } else {
        let mut all: Vec<u64> = shown.broken.iter().flat_map(|broken| broken.seeds.iter().copied()).collect();
        all.sort_unstable();
        let mut by_size: Vec<&BrokenRule> = shown.broken.iter().collect();
        // The sort is stable: classes of the same size stay in their order.
        by_size.sort_by_key(|broken| std::cmp::Reverse(broken.seeds.len()));
        let mut lines = vec![line("all", &all)];
        // One class alone is the same line again.
        if by_size.len() > 1 {
            lines.extend(by_size.iter().take(CLASSES).map(|broken| line(&broken.class, &broken.seeds)));
        }
        let says = format!(
            "Runs that failed, of the seeds up to each; the {} with the most.",
            match lines.len() {
                0..=2 => "class".to_owned(),
                more => counted(more as u64 - 1, "class"),
            }
        );
        draw(page, "Failures found", &says, "runs", lines);
    }
    let says = "Rules that decided something in at least one run of the seeds up to each.";
    draw(page, "Rules reached", says, "rules", vec![line("rules", &shown.growth.rules())]);
    let says = "Pairs of rules that decided something in the same run. The curve still rises when that of rules is flat.";
    draw(page, "Rule pairs reached", says, "pairs", vec![line("pairs", &shown.growth.pairs())]);
    page.push_str("</div></section>\n");
}

fn rare(page: &mut String, shown: &CampaignPage<'_>) {
    let is_rare = |rule: &&RuleRuns| rule.runs * 100 < shown.runs && (rule.runs > 0 || rule.beyond.is_none());
    let mut rare: Vec<&RuleRuns> = shown.rules.iter().filter(is_rare).collect();
    rare.sort_by(|one, other| one.runs.cmp(&other.runs).then_with(|| one.id.cmp(&other.id)));
    let mut beyond: BTreeMap<&str, u64> = BTreeMap::new();
    for reason in shown.rules.iter().filter(|rule| rule.runs == 0).filter_map(|rule| rule.beyond) {
        *beyond.entry(reason).or_default() += 1;
    }
    page.push_str("<section><h2>Rare rules</h2>\n");
    if rare.is_empty() {
        page.push_str(
            "<p>Every rule that a run can reach decided something in one run of a hundred, or in more.</p>\n",
        );
    } else {
        page.push_str(
            "<p>Rules that a run can reach, and that decided something in fewer than one run of a hundred, or in none.</p>\n\
             <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Rare rules\"><table><thead><tr><th>rule</th>\
             <th>runs</th></tr></thead><tbody>\n",
        );
        for rule in rare {
            put(
                page,
                format_args!("<tr><td>{}</td><td>{}</td></tr>\n", escape(&rule.id), grouped(rule.runs)),
            );
        }
        page.push_str("</tbody></table></div>\n");
    }
    if !beyond.is_empty() {
        page.push_str("<details><summary>Rules that no run can reach</summary><ul>\n");
        for (reason, count) in beyond {
            put(page, format_args!("<li>{}: {}</li>\n", counted(count, "rule"), escape(reason)));
        }
        page.push_str("</ul></details>\n");
    }
    page.push_str("</section>\n");
}

fn timing(page: &mut String, timing: &CampaignTiming) {
    page.push_str("<section id=\"pace\"><h2>Pace</h2>\n");
    match timing {
        CampaignTiming::Wall(pace, wall) => {
            let all = sum(&pace.slices);
            put(
                page,
                format_args!(
                    "<p>{}, {} a second, {} a minute.</p>\n<div class=\"charts\">",
                    humane(*wall),
                    counted(per_second(all.1, *wall), "event"),
                    counted(per_second(all.0.saturating_mul(60), *wall), "run")
                ),
            );
            let of = |name: &str, values: Vec<u64>| ChartLine { name: name.to_owned(), values };
            let events = pace.slices.iter().map(|slice| per_second(slice.1, pace.slice)).collect();
            let runs = pace.slices.iter().map(|slice| per_second(slice.0, pace.slice)).collect();
            let (step, places) = (pace.slice, pace.slices.len());
            Chart {
                title: "Events and runs",
                says: "Of the runs that ended in each slice of wall time.",
                unit: "a second",
                axis: Axis::WallTime,
                from: 0,
                step,
                places,
                end: None,
                lines: vec![of("events", events), of("runs", runs)],
                bands: &[],
            }
            .draw(page);
        }
        CampaignTiming::Units(units) => units_pace(page, units),
    }
    page.push_str("</div></section>\n");
}

fn units_pace(page: &mut String, units: &[UnitPace]) {
    let (events, micros) =
        units.iter().fold((0_u64, 0_u64), |all, unit| (all.0 + unit.events, all.1 + unit.micros));
    let rate = counted(per_second(events, micros), "event");
    put(
        page,
        format_args!(
            "<p>{} of processors, {rate} in a second of one.</p>\n<div class=\"charts\">",
            humane(micros)
        ),
    );
    let (Some(first), Some(last)) = (units.first(), units.last()) else { return };
    let seeds = first.seed..last.seed.saturating_add(1);
    let (step, places) = axis(&seeds);
    let mut sums = vec![(0_u64, 0_u64); places];
    for unit in units {
        let place = usize::try_from((unit.seed - first.seed) / step).expect("at most the places");
        sums[place].0 += unit.events;
        sums[place].1 += unit.micros;
    }
    let values =
        sums.iter().map(|(events, micros)| if *micros == 0 { 0 } else { per_second(*events, *micros) });
    Chart {
        title: "Events of one processor",
        says: "Of the units that begin with the seeds from each place on; 0 where none does.",
        unit: "a second",
        axis: Axis::Seed,
        from: first.seed,
        step,
        places,
        end: None,
        lines: vec![ChartLine { name: "events".to_owned(), values: values.collect() }],
        bands: &[],
    }
    .draw(page);
}

#[cfg(test)]
mod tests {
    use super::{Pace, axis, cumulated};

    #[test]
    fn a_long_campaign_has_a_bounded_number_of_slices() {
        let mut pace = Pace::default();
        for second in 0..10_000 {
            pace.count(second * 1_000_000, 3);
        }
        assert!(pace.slices.len() <= 60 && pace.slices.len() >= 30, "{}", pace.slices.len());
        assert_eq!(super::sum(&pace.slices), (10_000, 30_000));
    }

    #[test]
    fn a_curve_ends_at_all_that_was_found() {
        for seeds in [5..6, 0..240, 0..241, 7..1_000_000] {
            let found = [seeds.start, seeds.start, seeds.end - 1];
            let curve = cumulated(&found, &seeds);
            let (step, places) = axis(&seeds);
            assert!(places <= 240 && step >= 1 && curve.len() == places);
            assert_eq!(curve.last(), Some(&3));
            assert!(curve.first() == Some(&2) || places == 1);
        }
    }
}
