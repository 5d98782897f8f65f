//! A campaign's report in words: the verdict first, then the totals, then the coverage.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use claque_oracle::Judged;

use super::beyond::beyond;
use super::report::CampaignReport;
use super::statistics::CoverageMark;
use crate::amount::{counted, grouped, humane};

/// How many of a list are printed.
const SHOWN: usize = 12;
/// How many of a list are named where the coverage is given in short.
const NAMED: usize = 2;

impl fmt::Display for CampaignReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.verdict_text(), self.totals_text(), self.coverage_text())
    }
}

/// What is printed; a string takes everything.
fn text_of(write: impl FnOnce(&mut String) -> fmt::Result) -> String {
    let mut text = String::new();
    write(&mut text).expect("a string takes everything");
    text
}

impl CampaignReport {
    /// Whether anything failed, what, and the commands that show it again.
    #[must_use]
    pub fn verdict_text(&self) -> String {
        text_of(|f| {
            let runs = counted(self.runs, "run");
            match (self.is_clean(), self.runs, self.failures.len() as u64) {
                (true, 0, _) => writeln!(f, "verdict     none: no run ended")?,
                (true, ..) => writeln!(f, "verdict     pass: {runs}, none failed")?,
                (false, _, failed) => {
                    writeln!(f, "verdict     fail: {} of {runs} failed", grouped(failed))?;
                }
            }
            self.write_failures(f)?;
            for twice in self.parted.values().take(SHOWN) {
                writeln!(f, "differs     {}", twice.identity)?;
                writeln!(f, "  {:016x} {:016x} {}", twice.hashes.0, twice.hashes.1, twice.parted)?;
            }
            Ok(())
        })
    }

    /// How much was run. No wall time is in here: for the same seeds it is the same text on every machine.
    #[must_use]
    pub fn totals_text(&self) -> String {
        let each = |all: u64| grouped(all.checked_div(self.runs).unwrap_or(0));
        text_of(|f| {
            let parted = self.parted.len() as u64;
            writeln!(
                f,
                "runs        {}, {} failed",
                grouped(self.runs),
                grouped(self.failures.len() as u64)
            )?;
            writeln!(f, "users       {}, {} a run", grouped(self.users), each(self.users))?;
            writeln!(f, "events      {}, {} a run", grouped(self.events), each(self.events))?;
            writeln!(f, "deliveries  {}, {} a run", grouped(self.deliveries), each(self.deliveries))?;
            writeln!(f, "virtual     {}", humane(self.virtual_seconds.saturating_mul(1_000_000)))?;
            writeln!(f, "run twice   {}, {} came out differently", grouped(self.twice), grouped(parted))
        })
    }

    /// What the runs reached and drew, a line for each kind: 13 at the most. [`Self::coverage_text`] has the lists.
    #[must_use]
    pub fn coverage_summary(&self) -> String {
        text_of(|f| {
            self.write_reached(f)?;
            writeln!(
                f,
                "rare        {}",
                in_short(&self.of_mark(CoverageMark::Rare), |rare| format!(
                    "{rare} in fewer than one run of a hundred"
                ))
            )?;
            let owed: Vec<String> = self.owed_marks().iter().map(|rule| rule.id().to_owned()).collect();
            writeln!(f, "never       {}", in_short(&owed, |never| format!("{never} in no run")))?;
            writeln!(
                f,
                "beyond      {} that no run can reach",
                counted(self.beyond_by_reason().values().sum::<u64>(), "rule")
            )?;
            self.write_owed(f)?;
            writeln!(f, "unknown     under {}", counted(self.left_open().len() as u64, "rule"))?;
            let holes = in_short(&self.values.never_drawn(), |count| {
                format!("{} never drawn", counted(count, "class"))
            });
            let parameters = counted(self.values.parameters() as u64, "parameter");
            writeln!(f, "values      {parameters}; {holes}")?;
            let uncalled: Vec<String> = self.values.never_called().into_iter().map(str::to_owned).collect();
            writeln!(f, "uncalled    {}", in_short(&uncalled, |count| counted(count, "operation")))?;
            writeln!(
                f,
                "holes       {}",
                in_short(&self.never_drawn(), |count| format!("{} never drawn", counted(count, "choice")))
            )?;
            if let Some(it) = self.suppressors().first().filter(|_| !self.failures.is_empty()) {
                let (failed, runs) = (it.failed, it.runs);
                let (others, otherwise) = (it.failed_otherwise, it.runs_otherwise);
                let choice = &it.choice;
                writeln!(
                    f,
                    "moves       {choice}: {failed} of {runs} failed, {others} of {otherwise} otherwise"
                )?;
            }
            Ok(())
        })
    }

    /// What the runs reached and drew, with every list.
    #[must_use]
    pub fn coverage_text(&self) -> String {
        text_of(|f| {
            self.write_reached(f)?;
            let rare = self.of_mark(CoverageMark::Rare);
            write!(f, "rare        {} in fewer than one run of a hundred", rare.len())?;
            write_list(f, rare.iter().map(String::as_str))?;
            let owed = self.owed_marks();
            write!(f, "never       {}", owed.len())?;
            write_list(f, owed.iter().map(|rule| rule.id()))?;
            let reasons = self.beyond_by_reason();
            writeln!(f, "beyond      {}", counted(reasons.values().sum::<u64>(), "rule"))?;
            reasons.iter().try_for_each(|(reason, count)| writeln!(f, "  {count:>2} {reason}"))?;
            self.write_owed(f)?;
            let open = self.left_open();
            writeln!(f, "unknown     under {}", counted(open.len() as u64, "rule"))?;
            for (rule, Judged { asked, unknown }) in open {
                writeln!(f, "  {rule} {} of {}", grouped(unknown), grouped(asked))?;
            }
            self.write_values(f)?;
            let holes = self.never_drawn();
            write!(f, "holes       {} never drawn", counted(holes.len() as u64, "choice"))?;
            write_list(f, holes.iter().map(String::as_str))?;
            self.write_suppressors(f)
        })
    }

    /// The rules under which the model did not know at times. Rules that were always decided say nothing.
    fn left_open(&self) -> Vec<(&'static str, Judged)> {
        let open = self.unknown.iter().filter(|(_, judged)| judged.unknown > 0);
        open.map(|(rule, judged)| (rule.id(), judged)).collect()
    }

    fn of_mark(&self, wanted: CoverageMark) -> Vec<String> {
        let of_mark = self.marks().into_iter().filter(|(_, mark)| *mark == wanted);
        of_mark.map(|(rule, _)| rule.id().to_owned()).collect()
    }

    /// Of the rules that no run can reach: how many, by the reason.
    fn beyond_by_reason(&self) -> BTreeMap<&'static str, u64> {
        let mut reasons = BTreeMap::new();
        for (rule, _) in self.marks().iter().filter(|(_, mark)| *mark == CoverageMark::Never) {
            if let Some(reason) = beyond(*rule) {
                *reasons.entry(reason).or_default() += 1;
            }
        }
        reasons
    }

    fn write_reached(&self, f: &mut String) -> fmt::Result {
        let reached = self.marks().iter().filter(|(_, mark)| *mark != CoverageMark::Never).count();
        // Of those within a run's reach: of all rules a campaign would never reach all.
        let reachable = reached + self.owed_marks().len();
        writeln!(f, "rules       {reached} reached of {reachable} that a run can reach")
    }

    fn write_owed(&self, f: &mut String) -> fmt::Result {
        writeln!(f, "restarts    {} out of a journal", grouped(self.restarts))?;
        writeln!(f, "still owed  {}", self.pending)
    }

    fn write_values(&self, f: &mut String) -> fmt::Result {
        let (holes, uncalled) = (self.values.never_drawn(), self.values.never_called());
        let parameters = counted(self.values.parameters() as u64, "parameter");
        write!(f, "values      {parameters}, {} never drawn", counted(holes.len() as u64, "class"))?;
        write_list(f, holes.iter().map(String::as_str))?;
        write!(f, "uncalled    {}", counted(uncalled.len() as u64, "operation"))?;
        write_list(f, uncalled.into_iter())
    }

    fn write_suppressors(&self, f: &mut String) -> fmt::Result {
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

    fn write_failures(&self, f: &mut String) -> fmt::Result {
        for (class, (count, seed)) in self.classes() {
            writeln!(f, "broken      {} in {}; the smallest:", class.word(), counted(count, "run"))?;
            if let Some(failed) = self.failures.get(&seed) {
                writeln!(f, "  {}\n  {}", failed.identity, failed.evidence)?;
            }
        }
        Ok(())
    }
}

/// How many, and the first of them by name.
fn in_short(words: &[String], count: impl Fn(u64) -> String) -> String {
    let count = count(words.len() as u64);
    let named = words.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match words.len() {
        0 => count,
        all if all <= NAMED => format!("{count}: {named}"),
        all => format!("{count}: {named} and {} more", all - NAMED),
    }
}

fn write_list<'w>(f: &mut String, words: impl Iterator<Item = &'w str>) -> fmt::Result {
    let words: Vec<&str> = words.collect();
    for word in words.iter().take(SHOWN * 4) {
        write!(f, "\n  {word}")?;
    }
    if words.len() > SHOWN * 4 {
        write!(f, "\n  and {} more", words.len() - SHOWN * 4)?;
    }
    writeln!(f)
}

#[cfg(test)]
mod tests {
    use super::super::{CampaignReport, Ending, FailureClass};

    #[test]
    fn the_verdict_stands_first_and_the_coverage_has_fifteen_lines_at_most() {
        let mut report = CampaignReport::default();
        assert_eq!(report.verdict_text(), "verdict     none: no run ended\n");
        for seed in 0..1_500 {
            let ending = Ending { class: None, kind: None, evidence: String::new(), report: None };
            report.count(seed, &ending, &[]);
        }
        assert_eq!(report.verdict_text(), "verdict     pass: 1,500 runs, none failed\n");
        let class = Some(FailureClass::Panic);
        let failed = super::super::Failed {
            identity: "claque simulate --seed 7".to_owned(),
            class: FailureClass::Panic,
            evidence: "panic: no words".to_owned(),
            events: 3,
        };
        report.count(7, &Ending { class, kind: None, evidence: String::new(), report: None }, &[]);
        report.failures.insert(7, failed);
        let said = report.to_string();
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(
            lines[..5],
            [
                "verdict     fail: 1 of 1,501 runs failed",
                "broken      panic in 1 run; the smallest:",
                "  claque simulate --seed 7",
                "  panic: no words",
                "runs        1,501, 1 failed",
            ]
        );
        let short = report.coverage_summary();
        assert!(short.lines().count() <= 13, "{short}");
        assert!(report.coverage_text().lines().count() > 40, "no run was made, so that every list is long");
        let never = report.owed_marks().len();
        assert!(short.contains(&format!("never       {never} in no run: ")), "{short}");
        assert!(short.contains(&format!(" and {} more\n", never - 2)), "{short}");
    }
}
