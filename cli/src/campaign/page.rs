//! The page of a campaign: of one process, or of the results of units.

use std::collections::BTreeMap;
use std::path::Path;

use claque_core::Rule;
use claque_lab::amount::{counted, grouped, humane};
use claque_lab::campaign::{CampaignOptions, CampaignReport, Growth, beyond};
use claque_lab::page::{
    BrokenRule, CampaignPage, CampaignTiming, Pace, RuleRuns, UnitPace, campaign_to_html,
};
use claque_lab::unit::{CampaignRecord, CampaignSummary, UnitResult};

use crate::output::remark;
use crate::run_plan::{PreparedRun, write};
use crate::{CommandFailure, Done};

/// The command of a campaign, from the line of a run of it.
fn command(run: &str, seeds: &std::ops::Range<u64>) -> String {
    // A line begins with command and seed; the rest is the same for every seed.
    let rest = run.strip_prefix("claque simulate --seed ").unwrap_or(run);
    let rest = rest.split_once(' ').map_or("", |(_, rest)| rest);
    format!("claque campaign --seeds {}..{} {rest}", seeds.start, seeds.end).trim_end().to_owned()
}

/// Writes the page of a campaign of this process.
pub(super) fn write_page(
    path: &Path,
    options: &CampaignOptions,
    report: &CampaignReport,
    (pace, wall): (Pace, u64),
    part: Option<&str>,
) -> Done {
    let identity = options.identity.clone().with_seed(options.seeds.start).to_string();
    let each = |all: u64| format!("{} a run", grouped(all.checked_div(report.runs).unwrap_or(0)));
    let mut seeds: BTreeMap<_, Vec<u64>> = BTreeMap::new();
    for (seed, failed) in &report.failures {
        seeds.entry(failed.class).or_default().push(*seed);
    }
    let smallest = report.classes();
    let broken = seeds.into_iter().filter_map(|(class, seeds)| {
        let failed = report.failures.get(&smallest.get(&class)?.1)?;
        let (identity, evidence) = (failed.identity.clone(), Some(failed.evidence.clone()));
        Some(BrokenRule { class: class.word().to_owned(), seeds, identity, evidence })
    });
    let virtual_time = humane(report.virtual_seconds.saturating_mul(1_000_000));
    let rules = report.runs_by_rule().into_iter();
    let shown = CampaignPage {
        scenario: &options.scenario.name,
        command: &command(&identity, &options.seeds),
        partial: part.map(str::to_owned),
        seeds: options.seeds.clone(),
        runs: report.runs,
        facts: vec![
            ("runs", grouped(report.runs), format!("{} failed", grouped(report.failures.len() as u64))),
            ("users", grouped(report.users), each(report.users)),
            ("events", grouped(report.events), each(report.events)),
            ("deliveries", grouped(report.deliveries), each(report.deliveries)),
            ("virtual time", virtual_time, "of all runs".to_owned()),
            (
                "run twice",
                grouped(report.twice),
                format!("{} came out differently", grouped(report.parted.len() as u64)),
            ),
            ("restarts", grouped(report.restarts), "out of a journal".to_owned()),
        ],
        broken: broken.collect(),
        parted: report.parted.iter().map(|(seed, twice)| (*seed, twice.identity.clone())).collect(),
        growth: &report.growth,
        rules: rules
            .map(|(rule, runs)| RuleRuns { id: rule.id().to_owned(), runs, beyond: beyond(rule) })
            .collect(),
        timing: CampaignTiming::Wall(pace, wall),
    };
    put(path, &shown)
}

fn put(path: &Path, shown: &CampaignPage<'_>) -> Done {
    write(path, &campaign_to_html(shown))?;
    remark(&format!("page: {}", path.display()));
    Ok(())
}

/// What the page of a campaign of units needs besides the summary: collected only when a page is asked for.
#[derive(Default)]
pub(super) struct UnitsPage {
    growth: Growth,
    failed: BTreeMap<String, Vec<u64>>,
    paces: BTreeMap<u64, UnitPace>,
}

impl UnitsPage {
    pub(super) fn add(&mut self, result: &UnitResult) {
        let mut events = 0;
        for line in &result.lines {
            self.growth.add(line.seed, &line.reached().collect::<Vec<_>>());
            events += line.events;
            if let Some(class) = &line.class {
                self.failed.entry(class.clone()).or_default().push(line.seed);
            }
        }
        let seed = result.lines.first().map_or(0, |line| line.seed);
        let micros = result.trailer.processor_micros;
        self.paces.insert(result.unit, UnitPace { seed, events, micros });
    }

    /// Writes the page of the units that were read.
    pub(super) fn write(
        mut self,
        path: &Path,
        record: &CampaignRecord,
        summary: &CampaignSummary,
    ) -> Result<(), CommandFailure> {
        let scenario = PreparedRun::of_line(&record.run)?.plan.scenario.name;
        let smallest = |class: &String| summary.failed.get(class).map(|failed| record.run_of(failed.seed));
        // Units are read in any order, and the lines of one in the order of their seeds.
        self.failed.values_mut().for_each(|seeds| seeds.sort_unstable());
        let broken = self.failed.into_iter().map(|(class, seeds)| BrokenRule {
            identity: smallest(&class).unwrap_or_default(),
            class,
            seeds,
            evidence: None,
        });
        let missing = record.units() - summary.units;
        let runs_of = |place: usize| summary.reached.get(place).copied().unwrap_or(0);
        let rules = record.rules.iter().enumerate().map(|(place, id)| RuleRuns {
            id: id.clone(),
            runs: runs_of(place),
            beyond: Rule::from_id(id).and_then(beyond),
        });
        let seeds = record.seeds();
        let machines = format!("by {}", counted(summary.places.len() as u64, "machine"));
        let shown = CampaignPage {
            scenario: &scenario,
            command: &command(&record.run, &seeds),
            partial: (missing > 0).then(|| format!("{} missing", counted(missing, "unit"))),
            seeds,
            runs: summary.seeds,
            facts: vec![
                ("runs", grouped(summary.seeds), format!("{} failed", grouped(summary.failures()))),
                ("users", grouped(summary.users), "of all runs".to_owned()),
                ("events", grouped(summary.events), "of all runs".to_owned()),
                ("units", grouped(summary.units), format!("of {}, {machines}", grouped(record.units()))),
            ],
            broken: broken.collect(),
            parted: Vec::new(),
            growth: &self.growth,
            rules: rules.collect(),
            timing: CampaignTiming::Units(self.paces.into_values().collect()),
        };
        put(path, &shown)
    }
}
