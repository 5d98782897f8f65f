//! What the units of a campaign came to together.

use std::collections::BTreeMap;

use claque_core::Rule;

use super::record::CampaignRecord;
use super::result::{UnitResult, covered};
use crate::campaign::beyond;

/// A class of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailedSeeds {
    /// How many seeds failed so.
    pub count: u64,
    /// The one with the fewest events.
    pub seed: u64,
    /// Its events.
    pub events: u64,
}

/// What the sound results of a campaign came to, one result for each unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CampaignSummary {
    /// Units.
    pub units: u64,
    /// Seeds.
    pub seeds: u64,
    /// Virtual users.
    pub users: u64,
    /// Deliveries and control events.
    pub events: u64,
    /// Processor time. Unit: microseconds.
    pub processor_micros: u64,
    /// Failures by class.
    pub failed: BTreeMap<String, FailedSeeds>,
    /// Units by what built the program that ran them.
    pub builds: BTreeMap<String, u64>,
    /// Units and processor time (unit: microseconds) by machine.
    pub places: BTreeMap<String, (u64, u64)>,
    /// By rule, in the campaign's order: seeds in which it decided something.
    pub reached: Vec<u64>,
}

impl CampaignSummary {
    /// Adds the result of a unit.
    pub fn add(&mut self, result: &UnitResult) {
        self.units += 1;
        self.processor_micros += result.trailer.processor_micros;
        *self.builds.entry(result.trailer.build.to_string()).or_default() += 1;
        let place = self.places.entry(result.trailer.place.clone()).or_default();
        place.0 += 1;
        place.1 += result.trailer.processor_micros;
        for line in &result.lines {
            self.seeds += 1;
            self.users += line.users;
            self.events += line.events;
            for rule in covered(&line.coverage) {
                if rule >= self.reached.len() {
                    self.reached.resize(rule + 1, 0);
                }
                self.reached[rule] += 1;
            }
            let Some(class) = &line.class else { continue };
            let (seed, events) = (line.seed, line.events);
            let failed = self.failed.entry(class.clone()).or_insert(FailedSeeds { count: 0, seed, events });
            failed.count += 1;
            // The run with the fewest events is the one to begin with; of two such the one with the smaller seed, so that
            // the order in which units are added changes nothing.
            if (events, seed) < (failed.events, failed.seed) {
                (failed.seed, failed.events) = (seed, events);
            }
        }
    }

    /// Seeds that failed.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.failed.values().map(|failed| failed.count).sum()
    }

    /// Whether a rule decided something in at least one seed.
    #[must_use]
    pub fn has_reached(&self, record: &CampaignRecord, rule: Rule) -> bool {
        let place = record.rules.iter().position(|id| id == rule.id());
        place.and_then(|place| self.reached.get(place)).is_some_and(|seeds| *seeds > 0)
    }

    /// Rules that a run can reach and that fewer than one seed of a hundred reached, with how many did, in the campaign's
    /// order.
    #[must_use]
    pub fn rare(&self, record: &CampaignRecord) -> Vec<(String, u64)> {
        let reached = |place: usize| self.reached.get(place).copied().unwrap_or(0);
        let rules = record.rules.iter().enumerate().map(|(place, rule)| (rule, reached(place)));
        // A rule that this version does not know is listed: it cannot be said that no run reaches it.
        let owed = |rule: &str| Rule::from_id(rule).is_none_or(|rule| beyond(rule).is_none());
        let rare = rules.filter(|(rule, seeds)| seeds * 100 < self.seeds && (*seeds > 0 || owed(rule)));
        rare.map(|(rule, seeds)| (rule.clone(), seeds)).collect()
    }
}

/// Seeds that an hour of one core runs, of seeds that took so many microseconds; none while nothing was measured.
#[must_use]
pub fn seeds_a_core_hour(seeds: u64, micros: u64) -> Option<u64> {
    let rate = (u128::from(seeds) * 3_600_000_000).checked_div(u128::from(micros));
    rate.and_then(|rate| u64::try_from(rate).ok())
}
