//! Mutants that show only where several things meet are the simulator's business. The suite reveals those that a restart alone
//! brings out, and a few whose meeting a case plays on purpose; which they are is written down here.

use std::collections::BTreeSet;

use claque_conformance::mutants::{SubjectMutant, cases_that_notice};
use claque_conformance::spread::spread;
use claque_conformance::suite::Suite;
use claque_core::Mutant;

/// Those of a restart, and those whose meeting a case plays.
const REVEALED: [Mutant; 7] = [
    Mutant::FloorsTakeTwice,
    Mutant::RecoveryShortInSupergroup,
    Mutant::RestartForgetsLostLinks,
    Mutant::RestartForgetsReviews,
    Mutant::RestartRepeatsIds,
    Mutant::SecondDeviceOverLostLinkUntold,
    Mutant::SecondLossTimesOutEarly,
];

#[test]
fn the_suite_reveals_these_mutants_in_which_several_things_meet() {
    let suite = Suite::embedded().expect("the suite is there");
    let noticed: Vec<Vec<String>> =
        spread(Mutant::SEVERAL, |mutation| cases_that_notice(&suite, SubjectMutant::Core(*mutation)));
    let noticed = Mutant::SEVERAL.iter().zip(noticed).filter(|(_, cases)| !cases.is_empty());
    let noticed: BTreeSet<Mutant> = noticed.map(|(mutation, _)| *mutation).collect();
    assert_eq!(noticed, BTreeSet::from(REVEALED));
}
