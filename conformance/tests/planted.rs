//! Defects that show only where several things meet are the simulator's business: no case of a rule reveals them, but those that
//! a restart alone brings out.

use std::collections::BTreeSet;

use claque_conformance::mutants::{Mutant, cases_that_notice};
use claque_conformance::spread::spread;
use claque_conformance::suite::Suite;
use claque_core::Mutation;

/// Defects of a restart: cases restart the service, too.
const OF_A_RESTART: [Mutation; 3] =
    [Mutation::RestartForgetsLostLinks, Mutation::RestartForgetsReviews, Mutation::RestartRepeatsIds];

#[test]
fn no_case_reveals_a_defect_in_which_several_things_meet() {
    let suite = Suite::embedded().expect("the suite is there");
    let noticed: Vec<Vec<String>> =
        spread(Mutation::SEVERAL, |mutation| cases_that_notice(&suite, Mutant::Core(*mutation)));
    let noticed = Mutation::SEVERAL.iter().zip(noticed).filter(|(_, cases)| !cases.is_empty());
    let noticed: BTreeSet<Mutation> = noticed.map(|(mutation, _)| *mutation).collect();
    assert_eq!(noticed, BTreeSet::from(OF_A_RESTART));
}
