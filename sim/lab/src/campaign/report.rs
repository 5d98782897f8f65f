//! The report of a campaign.

use std::collections::BTreeMap;
use std::fmt;

use claque_core::Rule;
use claque_oracle::liveness::PendingObligations;
use claque_oracle::{Judged, UnknownCounts};
use claque_scenario::swarm::Dimension;
use claque_sim::input_coverage::InputCoverage;

use super::beyond::beyond;
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
    /// By rule: runs in which it decided something, and how often it did.
    pub(super) marks: BTreeMap<Rule, (u64, u64)>,
    /// By dimension and choice.
    pub(super) drawn: BTreeMap<String, BTreeMap<String, Drawn>>,
}

impl CampaignReport {
    pub(super) fn count(&mut self, ending: &Ending, drawn: &[Dimension]) {
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

/// How many of a list are printed.
const SHOWN: usize = 12;

impl fmt::Display for CampaignReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { runs, events, deliveries, users, virtual_seconds, .. } = self;
        // No wall time in here: the summary of the same seeds is the same text on every machine, and tests compare it.
        let each = |all: u64| all.checked_div(*runs).unwrap_or(0);
        writeln!(f, "runs        {runs}, {} failed", self.failures.len())?;
        writeln!(f, "users       {users}, {} a run", each(*users))?;
        writeln!(f, "events      {events}, {} a run", each(*events))?;
        writeln!(f, "deliveries  {deliveries}, {} a run", each(*deliveries))?;
        writeln!(f, "virtual     {virtual_seconds} s")?;
        writeln!(f, "run twice   {}, {} came out differently", self.twice, self.parted.len())?;
        self.write_marks(f)?;
        writeln!(f, "restarts    {} out of a journal", self.restarts)?;
        writeln!(f, "still owed  {}", self.pending)?;
        self.write_unknown(f)?;
        self.write_values(f)?;
        let holes = self.never_drawn();
        write!(f, "holes       {} choices were never drawn", holes.len())?;
        write_list(f, holes.iter().map(String::as_str))?;
        self.write_suppressors(f)?;
        for twice in self.parted.values().take(SHOWN) {
            writeln!(f, "differs     {}", twice.identity)?;
            writeln!(f, "  {:016x} {:016x} {}", twice.hashes.0, twice.hashes.1, twice.parted)?;
        }
        self.write_failures(f)
    }
}

impl CampaignReport {
    /// The rules under which the model did not know at times, and how often.
    fn write_unknown(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut open: Vec<_> = self.unknown.iter().collect();
        // Rules that were always decided say nothing: what counts is where the model could not tell.
        open.retain(|(_, judged)| judged.unknown > 0);
        writeln!(f, "unknown     under {} rules", open.len())?;
        for (rule, Judged { asked, unknown }) in open {
            writeln!(f, "  {} {unknown} of {asked}", rule.id())?;
        }
        Ok(())
    }

    fn write_values(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (holes, uncalled) = (self.values.never_drawn(), self.values.never_called());
        write!(
            f,
            "values      {} parameters, {} classes were never drawn",
            self.values.parameters(),
            holes.len()
        )?;
        write_list(f, holes.iter().map(String::as_str))?;
        write!(f, "uncalled    {} operations", uncalled.len())?;
        write_list(f, uncalled.into_iter())
    }

    fn write_marks(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let marks = self.marks();
        let of = |wanted: CoverageMark| {
            marks.iter().filter(move |(_, mark)| *mark == wanted).map(|(rule, _)| rule.id())
        };
        let reached = of(CoverageMark::Often).count() + of(CoverageMark::Rare).count();
        let owed = self.owed_marks();
        // Of those within a run's reach: of all rules a campaign would never reach all.
        writeln!(f, "rules       {reached} reached of {} that a run can reach", reached + owed.len())?;
        write!(f, "rare        {} in fewer than one run of a hundred", of(CoverageMark::Rare).count())?;
        write_list(f, of(CoverageMark::Rare))?;
        write!(f, "never       {}", owed.len())?;
        write_list(f, owed.iter().map(|rule| rule.id()))?;
        let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
        for (rule, _) in marks.iter().filter(|(_, mark)| *mark == CoverageMark::Never) {
            if let Some(reason) = beyond(*rule) {
                *reasons.entry(reason).or_default() += 1;
            }
        }
        writeln!(f, "beyond      {} rules", reasons.values().sum::<u64>())?;
        reasons.iter().try_for_each(|(reason, count)| writeln!(f, "  {count:>2} {reason}"))
    }

    fn write_suppressors(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without failures every share is nought, and the strongest of them says nothing.
        if self.failures.is_empty() {
            return Ok(());
        }
        writeln!(f, "what moves the share of failing runs:")?;
        for it in self.suppressors().into_iter().take(SHOWN) {
            writeln!(
                f,
                "  {:<52} {:>4} of {:>5} failed, {:>4} of {:>5} otherwise",
                it.choice, it.failed, it.runs, it.failed_otherwise, it.runs_otherwise
            )?;
        }
        Ok(())
    }

    fn write_failures(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (class, (count, seed)) in self.classes() {
            writeln!(f, "broken      {} in {count} runs; the smallest:", class.word())?;
            if let Some(failed) = self.failures.get(&seed) {
                writeln!(f, "  {}\n  {}", failed.identity, failed.evidence)?;
            }
        }
        Ok(())
    }
}

fn write_list<'w>(f: &mut fmt::Formatter<'_>, words: impl Iterator<Item = &'w str>) -> fmt::Result {
    let words: Vec<&str> = words.collect();
    for word in words.iter().take(SHOWN * 4) {
        write!(f, "\n  {word}")?;
    }
    if words.len() > SHOWN * 4 {
        write!(f, "\n  and {} more", words.len() - SHOWN * 4)?;
    }
    writeln!(f)
}
