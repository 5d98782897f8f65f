//! The run of a unit.

use super::canary::Canary;
use super::record::CampaignUnit;
use super::result::{CanaryResult, QUEUES_DIFFER, SeedLine, coverage_word, digest_of};
use crate::campaign::{CampaignOptions, FailureClass};

/// A unit that was run: all of its result that is a function of the unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RanUnit {
    /// A line for each seed, in order.
    pub lines: Vec<SeedLine>,
    /// Their digest.
    pub digest: String,
    /// The canary.
    pub canary: CanaryResult,
}

/// Runs a unit on the thread that calls it.
#[must_use]
pub fn run_unit(options: &CampaignOptions, unit: &CampaignUnit) -> RanUnit {
    // The canary first: a program that notices nothing need not run the rest, but the rest is cheap to compare.
    let canary = Canary::of_unit(unit.number).run();
    let lines: Vec<SeedLine> = unit.seeds.clone().map(|seed| run_seed(options, seed)).collect();
    RanUnit { digest: digest_of(&lines), lines, canary }
}

/// The line of one seed.
fn run_seed(options: &CampaignOptions, seed: u64) -> SeedLine {
    let run = options.run_seed(seed);
    let broken = run.ending.class.map(FailureClass::word);
    let class = broken.or_else(|| run.differs().map(|_| QUEUES_DIFFER)).map(str::to_owned);
    let report = run.ending.report.as_ref();
    SeedLine {
        seed,
        hash: format!("{:016x}", report.map_or(0, |report| report.trace_hash)),
        users: report.map_or(0, |report| report.users),
        events: report.map_or(0, |report| report.events),
        class,
        coverage: report.map_or(String::new(), |report| coverage_word(&report.rules)),
    }
}
