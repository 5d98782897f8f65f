//! The suite's negative control: services that are broken on purpose, each under one rule, and the cases that notice.
//!
//! A mutant of wire is played through the [`Endpoint`](claque_wire::endpoint::Endpoint) that the server runs.

use claque_core::{Mutant, Rule};
use claque_wire::mutation::WireMutation;

use crate::case::Case;
use crate::runner::run;
use crate::spread::spread;
use crate::subject::{CoreSubject, Subject};
use crate::suite::Suite;
use crate::verdict::Verdict;

/// A service that is broken in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectMutant {
    /// The state machine is broken.
    Core(Mutant),
    /// The wire around a sound state machine is broken.
    Wire(WireMutation),
}

impl SubjectMutant {
    /// Every mutant, those of the state machine first.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let core = Mutant::ALL.iter().copied().map(Self::Core);
        core.chain(WireMutation::ALL.iter().copied().map(Self::Wire)).collect()
    }

    /// Its name.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Core(mutation) => mutation.id(),
            Self::Wire(mutation) => mutation.id(),
        }
    }

    /// The rule it breaks.
    #[must_use]
    pub const fn rule(self) -> Rule {
        match self {
            Self::Core(mutation) => mutation.rule(),
            Self::Wire(mutation) => mutation.rule(),
        }
    }

    /// Its damage, in one sentence.
    #[must_use]
    pub const fn says(self) -> &'static str {
        match self {
            Self::Core(mutation) => mutation.says(),
            Self::Wire(mutation) => mutation.says(),
        }
    }

    /// Whether a crowd of well-behaved users can reveal it, so that the simulator must.
    #[must_use]
    pub const fn crowd(self) -> bool {
        match self {
            Self::Core(mutation) => mutation.crowd(),
            Self::Wire(_) => false,
        }
    }

    /// The broken service.
    #[must_use]
    pub fn subject(self) -> Box<dyn Subject> {
        match self {
            Self::Core(mutation) => Box::new(CoreSubject::mutated(mutation)),
            Self::Wire(mutation) => Box::new(CoreSubject::miswired(mutation)),
        }
    }
}

/// The result of a mutant's run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MutantRow {
    /// The mutant.
    pub mutant: SubjectMutant,
    /// How many cases name its rule.
    pub cases: usize,
    /// The first case that names its rule and fails.
    pub caught_by: Option<String>,
    /// How that case failed.
    pub how: Option<String>,
}

/// Runs mutants through the cases that name their rules, on as many threads as there are processors.
///
/// A mutant is caught by the first such case that fails; a panic of the broken service counts as a failure.
#[must_use]
pub fn try_mutants(suite: &Suite, mutants: &[SubjectMutant]) -> Vec<MutantRow> {
    try_mutants_while(suite, mutants, &|| true, &|_| {})
}

/// The same as long as somebody wants it: what is not yet begun then has no row. `ended` is given each row as it comes.
#[must_use]
pub fn try_mutants_while(
    suite: &Suite,
    mutants: &[SubjectMutant],
    wanted: &(dyn Fn() -> bool + Sync),
    ended: &(dyn Fn(&MutantRow) + Sync),
) -> Vec<MutantRow> {
    let rows = spread(mutants, |mutant| {
        let row = wanted().then(|| try_mutant(suite, *mutant));
        row.iter().for_each(ended);
        row
    });
    rows.into_iter().flatten().collect()
}

fn try_mutant(suite: &Suite, mutant: SubjectMutant) -> MutantRow {
    let mut cases: Vec<&Case> =
        suite.cases.iter().filter(|case| case.rules.contains(&mutant.rule())).collect();
    // Short cases first: most mutants fall to one of them.
    cases.sort_by_key(|case| case.steps.iter().map(|step| u64::from(step.repeat)).sum::<u64>());
    let mut row = MutantRow { mutant, cases: cases.len(), caught_by: None, how: None };
    for case in cases {
        if let Some(how) = noticed(mutant, case) {
            row.caught_by = Some(case.test_name());
            row.how = Some(how);
            break;
        }
    }
    row
}

/// Every case that fails on a mutant, whatever rule it names.
#[must_use]
pub fn cases_that_notice(suite: &Suite, mutant: SubjectMutant) -> Vec<String> {
    let noticing = suite.cases.iter().filter(|case| noticed(mutant, case).is_some());
    noticing.map(Case::test_name).collect()
}

/// How a case fails on a mutant; none when it does not notice.
fn noticed(mutant: SubjectMutant, case: &Case) -> Option<String> {
    let played = std::panic::catch_unwind(|| run(case, mutant.subject().as_mut()).verdict);
    match played {
        Err(_) => Some("the broken service breaks one of its own assertions".to_owned()),
        Ok(Verdict::Fail(failure)) => Some(failure.to_string()),
        Ok(Verdict::Error(said)) => Some(said),
        Ok(Verdict::Unimplemented(operation)) => Some(format!("{operation} is not offered")),
        Ok(_) => None,
    }
}
