//! Statistics over the runs of a campaign: rules reached, and choices that move the share of failures.

use claque_core::Rule;

use super::report::CampaignReport;

/// How often a rule decided something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoverageMark {
    /// In no run.
    Never,
    /// In fewer than one run of a hundred.
    Rare,
    /// In more.
    Often,
}

/// A choice of the swarm with the runs that drew it, against those that drew another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppressor {
    /// Dimension and choice, such as `fault:outage@45s=off`.
    pub choice: String,
    /// Runs that drew it.
    pub runs: u64,
    /// Those that failed.
    pub failed: u64,
    /// Runs that drew another choice of the dimension.
    pub runs_otherwise: u64,
    /// Those that failed.
    pub failed_otherwise: u64,
}

impl Suppressor {
    /// How far the two shares of failures are apart, weighed by how many runs tell so. Positive: failures are more
    /// frequent with the choice. Unit: none, only the order means something.
    #[must_use]
    pub fn strength(&self) -> i128 {
        let [runs, failed, others, failed_others] =
            [self.runs, self.failed, self.runs_otherwise, self.failed_otherwise].map(i128::from);
        // A choice that all runs drew, or none, has nothing to be compared with.
        if runs == 0 || others == 0 {
            return 0;
        }
        // The difference of the shares times the square root of the smaller number of runs.
        let root = i128::from(self.runs.min(self.runs_otherwise).isqrt());
        // In whole numbers: the order of the list is printed, and must be the same on every machine.
        (failed * others - failed_others * runs) * 1_000_000 / (runs * others) * root
    }
}

pub(super) fn marks(report: &CampaignReport) -> Vec<(Rule, CoverageMark)> {
    Rule::ALL
        .iter()
        .map(|rule| {
            let runs = report.marks.get(rule).map_or(0, |(runs, _)| *runs);
            let mark = match runs {
                0 => CoverageMark::Never,
                _ if runs * 100 < report.runs => CoverageMark::Rare,
                _ => CoverageMark::Often,
            };
            (*rule, mark)
        })
        .collect()
}

pub(super) fn suppressors(report: &CampaignReport) -> Vec<Suppressor> {
    let mut all = Vec::new();
    for (name, choices) in &report.drawn {
        let runs: u64 = choices.values().map(|choice| choice.runs).sum();
        let failed: u64 = choices.values().map(|choice| choice.failed).sum();
        for (word, choice) in choices {
            all.push(Suppressor {
                choice: format!("{name}={word}"),
                runs: choice.runs,
                failed: choice.failed,
                // Against the other choices of the same dimension: against all runs, a choice that most of them drew
                // would be compared with itself.
                runs_otherwise: runs - choice.runs,
                failed_otherwise: failed - choice.failed,
            });
        }
    }
    all.retain(|it| it.strength() != 0);
    all.sort_by(|one, other| {
        // In either direction: a choice that hides failures says as much as one that brings them about.
        other.strength().abs().cmp(&one.strength().abs()).then_with(|| one.choice.cmp(&other.choice))
    });
    all
}

pub(super) fn never_drawn(report: &CampaignReport) -> Vec<String> {
    let mut holes = Vec::new();
    for (name, choices) in &report.drawn {
        for (word, choice) in choices {
            if choice.runs == 0 {
                holes.push(format!("{name}={word}"));
            }
        }
    }
    holes
}

#[cfg(test)]
mod tests {
    use super::super::{CampaignReport, Ending, FailureClass};
    use super::CoverageMark;
    use claque_scenario::swarm::Dimension;

    fn drawn(drawn: usize) -> Vec<Dimension> {
        let choices = ["on", "off", "odd"].map(str::to_owned).to_vec();
        vec![Dimension { name: "fault:x".to_owned(), choices, drawn }]
    }

    #[test]
    fn a_feature_that_hides_failures_is_named_first_and_holes_are_listed() {
        let mut report = CampaignReport::default();
        for number in 0..40 {
            let off = number % 2;
            let class = (off == 1 && number % 4 == 1).then_some(FailureClass::Panic);
            let ending = Ending { class, kind: None, evidence: String::new(), report: None };
            report.count(number as u64, &ending, &drawn(off));
        }
        let first = report.suppressors().into_iter().next().expect("a suppressor");
        assert_eq!((first.failed + first.failed_otherwise, first.runs + first.runs_otherwise), (10, 40));
        let off = report.suppressors().into_iter().find(|it| it.choice == "fault:x=off").expect("off");
        assert!(off.strength() > 0 && off.failed == 10 && off.failed_otherwise == 0);
        assert_eq!(report.never_drawn(), ["fault:x=odd"]);
        assert!(report.marks().iter().all(|(_, mark)| *mark == CoverageMark::Never));
    }
}
