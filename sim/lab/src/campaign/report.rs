//! The report of a campaign.

use std::collections::BTreeMap;

use claque_core::Rule;
use claque_oracle::UnknownCounts;
use claque_oracle::liveness::PendingObligations;
use claque_scenario::swarm::Dimension;
use claque_sim::input_coverage::InputCoverage;

use super::beyond::beyond;
use super::growth::Growth;
use super::statistics::{self, CoverageMark, Suppressor};
use super::{Ending, FailureClass};
use crate::divergence::Divergence;

/// A run that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The line that runs it again.
    pub identity: String,
    /// The class of the failure.
    pub class: FailureClass,
    /// The sentence about it.
    pub evidence: String,
    /// Deliveries and control events until then.
    pub events: u64,
}

/// A run that came out differently on the plain queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twice {
    /// The line that runs it again.
    pub identity: String,
    /// The trace hashes of both runs.
    pub hashes: (u64, u64),
    /// Their first difference.
    pub parted: Divergence,
}

/// How often something was drawn, and how often the run failed then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Drawn {
    pub(super) runs: u64,
    pub(super) failed: u64,
}

/// The report of a campaign, or of a part of one. Printed, it is a summary without times, the same for the same seeds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CampaignReport {
    /// Runs.
    pub runs: u64,
    /// Deliveries and control events of all runs.
    pub events: u64,
    /// Deliveries of messages that arrived, of all runs.
    pub deliveries: u64,
    /// Virtual users of all runs.
    pub users: u64,
    /// Virtual time of all runs. Unit: seconds.
    pub virtual_seconds: u64,
    /// The runs that failed, by seed.
    pub failures: BTreeMap<u64, Failed>,
    /// Runs that were done a second time.
    pub twice: u64,
    /// Those that came out differently, by seed.
    pub parted: BTreeMap<u64, Twice>,
    /// How often the service came back out of its journal, in all runs.
    pub restarts: u64,
    /// Obligations still pending at the end of runs, with their waivers.
    pub pending: PendingObligations,
    /// How often the model did not know, by rule.
    pub unknown: UnknownCounts,
    /// Classes of values that the parameters of server-side calls had.
    pub values: InputCoverage,
    /// The first seed that reached each rule and each pair of rules.
    pub growth: Growth,
    /// By rule: runs in which it decided something, and how often it did.
    pub(super) marks: BTreeMap<Rule, (u64, u64)>,
    /// By dimension and choice.
    pub(super) drawn: BTreeMap<String, BTreeMap<String, Drawn>>,
}

impl CampaignReport {
    pub(super) fn count(&mut self, seed: u64, ending: &Ending, drawn: &[Dimension]) {
        self.runs += 1;
        if let Some(report) = &ending.report {
            self.events += report.events;
            self.deliveries += report.deliveries;
            self.users += report.users;
            self.virtual_seconds += report.virtual_time.as_secs();
            self.restarts += report.restarts;
            self.pending.merge(&report.pending);
            self.unknown.merge(&report.unknown);
            self.values.merge(&report.values);
            for (rule, count) in report.rules.iter() {
                let mark = self.marks.entry(rule).or_default();
                mark.0 += 1;
                mark.1 += count;
            }
            let all = Rule::ALL.iter().enumerate();
            let reached = all.filter(|(_, rule)| report.rules.of(**rule) > 0).map(|(place, _)| place);
            self.growth.add(seed, &reached.collect::<Vec<_>>());
        }
        for dimension in drawn {
            let choices = self.drawn.entry(dimension.name.clone()).or_default();
            for (number, word) in dimension.choices.iter().enumerate() {
                let choice = choices.entry(word.clone()).or_default();
                // Choices that were not drawn get an entry of none: only so is a hole of the generator seen.
                if number == dimension.drawn {
                    choice.runs += 1;
                    choice.failed += u64::from(ending.class.is_some());
                }
            }
        }
    }

    /// Whether a rule decided something in at least one run.
    #[must_use]
    pub fn reached(&self, rule: Rule) -> bool {
        self.marks.contains_key(&rule)
    }

    /// Adds another part: the order of parts does not matter.
    pub fn merge(&mut self, other: Self) {
        self.runs += other.runs;
        self.events += other.events;
        self.deliveries += other.deliveries;
        self.users += other.users;
        self.virtual_seconds += other.virtual_seconds;
        self.restarts += other.restarts;
        self.pending.merge(&other.pending);
        self.unknown.merge(&other.unknown);
        self.values.merge(&other.values);
        self.growth.merge(&other.growth);
        self.failures.extend(other.failures);
        self.twice += other.twice;
        self.parted.extend(other.parted);
        for (rule, (runs, hits)) in other.marks {
            let mark = self.marks.entry(rule).or_default();
            mark.0 += runs;
            mark.1 += hits;
        }
        for (name, choices) in other.drawn {
            let mine = self.drawn.entry(name).or_default();
            for (word, theirs) in choices {
                let choice = mine.entry(word).or_default();
                choice.runs += theirs.runs;
                choice.failed += theirs.failed;
            }
        }
    }

    /// Whether nothing failed and nothing came out differently.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.failures.is_empty() && self.parted.is_empty()
    }

    /// Failing runs by what broke: how many, and the seed of the one with the fewest events.
    #[must_use]
    pub fn classes(&self) -> BTreeMap<FailureClass, (u64, u64)> {
        let mut classes: BTreeMap<FailureClass, (u64, u64)> = BTreeMap::new();
        for (seed, failed) in &self.failures {
            let class = classes.entry(failed.class).or_insert((0, *seed));
            class.0 += 1;
            // The run with the fewest events is the one to begin with: it is read and made smaller soonest.
            if self.failures.get(&class.1).is_some_and(|best| failed.events < best.events) {
                class.1 = *seed;
            }
        }
        classes
    }

    /// How often each rule decided something: every rule, in the order of their ids.
    #[must_use]
    pub fn marks(&self) -> Vec<(Rule, CoverageMark)> {
        statistics::marks(self)
    }

    /// In how many runs each rule decided something: every rule, in the order of their ids.
    #[must_use]
    pub fn runs_by_rule(&self) -> Vec<(Rule, u64)> {
        let runs = |rule: &Rule| self.marks.get(rule).map_or(0, |(runs, _)| *runs);
        Rule::ALL.iter().map(|rule| (*rule, runs(rule))).collect()
    }

    /// Rules that some run should have reached and none did.
    #[must_use]
    pub fn owed_marks(&self) -> Vec<Rule> {
        let never = self.marks().into_iter().filter(|(_, mark)| *mark == CoverageMark::Never);
        never.map(|(rule, _)| rule).filter(|rule| beyond(*rule).is_none()).collect()
    }

    /// Everything that no run has tried and some should have: rules, choices of the swarm, operations, classes of values.
    #[must_use]
    pub fn untried(&self) -> Vec<String> {
        let mut untried: Vec<String> = self.owed_marks().iter().map(|rule| rule.id().to_owned()).collect();
        untried.extend(self.never_drawn());
        untried.extend(self.values.never_called().into_iter().map(str::to_owned));
        untried.extend(self.values.never_drawn());
        untried
    }

    /// Choices whose runs fail most above or below the average, the strongest first.
    #[must_use]
    pub fn suppressors(&self) -> Vec<Suppressor> {
        statistics::suppressors(self)
    }

    /// Choices that no seed drew: holes of the generator.
    #[must_use]
    pub fn never_drawn(&self) -> Vec<String> {
        statistics::never_drawn(self)
    }
}
