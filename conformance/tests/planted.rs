//! Defects that show only where several things meet are the simulator's business: no case of a rule reveals them.

use claque_conformance::mutants::{Mutant, cases_that_notice};
use claque_conformance::spread::spread;
use claque_conformance::suite::Suite;
use claque_core::Mutation;

#[test]
fn no_case_reveals_a_defect_in_which_several_things_meet() {
    let suite = Suite::embedded().expect("the suite is there");
    let noticed: Vec<String> = spread(Mutation::SEVERAL, |mutation| {
        let cases = cases_that_notice(&suite, Mutant::Core(*mutation));
        cases.into_iter().map(|case| format!("{}: {case}", mutation.id())).collect::<Vec<_>>()
    })
    .concat();
    assert_eq!(noticed, Vec::<String>::new());
}
