//! The effect of each open point: every alternative of every reading is tried once, and the cases that tell it apart are
//! named.
//!
//! The service in this process is the reference: it keeps every alternative. A case that it does not meet under an
//! alternative is bound to the default, and means nothing to a service that reads the documents otherwise.

use claque_core::Readings;

use crate::case::Case;
use crate::play::setup_under;
use crate::runner::run_with;
use crate::spread::spread;
use crate::subject::CoreSubject;
use crate::suite::Suite;
use crate::verdict::Verdict;

/// The results of the cases under one alternative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// The reading.
    pub id: &'static str,
    /// The alternative, which is not the default.
    pub value: &'static str,
    /// Cases that choose it themselves, and are not met under the default.
    pub own: Vec<String>,
    /// Cases that choose nothing here, and are not met under it: they are bound to the default.
    pub changed: Vec<String>,
}

impl Alternative {
    /// Whether some case can tell a service that reads so from one that does not.
    #[must_use]
    pub const fn told_apart(&self) -> bool {
        !self.own.is_empty() || !self.changed.is_empty()
    }
}

/// Why a case means nothing under other readings than the default ones; none where it does.
///
/// Work: that of the case under both, and none at all where all readings are the defaults.
#[must_use]
pub fn bound_to_default(case: &Case, readings: &Readings) -> Option<String> {
    if *readings == Readings::default() || meets(case, readings) {
        return None;
    }
    // A case that is not even met under its own readings is broken, which is not for this to hide.
    if !meets(case, &Readings::default()) {
        return None;
    }
    let chosen = |id: &str| case.chosen.iter().any(|(own, _)| own == id);
    let others = readings.iter().filter(|choice| choice.value != choice.default && !chosen(choice.id));
    let others: Vec<String> =
        others.map(|choice| format!("{} = {}, not {}", choice.id, choice.default, choice.value)).collect();
    Some(format!("it holds under the default: {}", others.join("; ")))
}

/// Tries every alternative, with the cases that `of_interest` picks for a reading, on as many threads as there are
/// processors.
///
/// Work: that of these cases, once an alternative.
pub fn sweep(suite: &Suite, of_interest: impl Fn(&Case, &str) -> bool + Sync) -> Vec<Alternative> {
    let mut tried: Vec<(&'static str, &'static str)> = Vec::new();
    for choice in Readings::default().iter() {
        let others = choice.alternatives.iter().filter(|value| **value != choice.default);
        tried.extend(others.map(|value| (choice.id, *value)));
    }
    spread(&tried, |choice| alternative(suite, *choice, &of_interest))
}

fn alternative(
    suite: &Suite,
    (id, value): (&'static str, &'static str),
    of_interest: impl Fn(&Case, &str) -> bool,
) -> Alternative {
    let mut readings = Readings::default();
    readings.set(id, value).expect("the readings name their own alternatives");
    let mut row = Alternative { id, value, own: Vec::new(), changed: Vec::new() };
    for case in suite.cases.iter().filter(|case| of_interest(case, id)) {
        match case.chosen.iter().find(|(own, _)| own == id) {
            Some((_, own)) if own == value => {
                let mut setup = case.setup.clone();
                setup.readings.set(id, default_of(id)).expect("a default is an alternative");
                if played(case, &setup) != Verdict::Pass {
                    row.own.push(case.test_name());
                }
            }
            Some(_) => {}
            None if meets(case, &readings) => {}
            None => row.changed.push(case.test_name()),
        }
    }
    row
}

fn default_of(id: &str) -> &'static str {
    let readings = Readings::default();
    let choice = readings.iter().find(|choice| choice.id == id).map(|choice| choice.default);
    choice.expect("the reading is one of them")
}

/// Whether the reference meets a case under readings, or cannot be asked.
fn meets(case: &Case, readings: &Readings) -> bool {
    matches!(played(case, &setup_under(case, readings)), Verdict::Pass | Verdict::NotApplicable(_))
}

fn played(case: &Case, setup: &crate::case::Setup) -> Verdict {
    run_with(case, &mut CoreSubject::sound(), setup).verdict
}

#[cfg(test)]
mod tests {
    use claque_core::Readings;

    use super::{bound_to_default, sweep};
    use crate::suite::Suite;

    fn suite() -> Suite {
        Suite::embedded().unwrap_or_else(|fault| panic!("{fault}"))
    }

    #[test]
    fn every_alternative_that_anybody_can_see_is_told_apart() {
        let suite = suite();
        let concerns = |case: &crate::case::Case, id: &str| {
            let chosen = case.chosen.iter().any(|(own, _)| own == id);
            let mut rules = case.rules.iter().map(|rule| suite.registry.entry(*rule));
            chosen || rules.any(|entry| entry.readings.iter().any(|reading| reading == id))
        };
        let rows = sweep(&suite, concerns);
        assert!(rows.len() > 50, "{} alternatives were tried", rows.len());
        for row in rows {
            let mut rules = suite.registry.rules().iter();
            let seen = rules.any(|rule| rule.observable && rule.readings.iter().any(|id| id == row.id));
            assert!(row.told_apart() || !seen, "{} = {} is like the default", row.id, row.value);
        }
    }

    #[test]
    fn a_case_that_another_reading_breaks_is_bound_to_the_default() {
        let suite = suite();
        let mut other = Readings::default();
        other.set("shaper.window", "window-close").expect("there is such a reading");
        let bound: Vec<String> =
            suite.cases.iter().filter_map(|case| bound_to_default(case, &other)).collect();
        assert!(!bound.is_empty(), "nothing depends on when a second is judged");
        assert!(bound.iter().all(|why| why.contains("shaper.window")), "{bound:?}");
        let free = suite.cases.iter().filter(|case| bound_to_default(case, &Readings::default()).is_some());
        assert_eq!(free.count(), 0, "under the defaults nothing is bound");
    }
}
