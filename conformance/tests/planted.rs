//! Defects that show only where several things meet are the simulator's business: no case of a rule reveals them.

use std::sync::atomic::{AtomicUsize, Ordering};

use claque_conformance::mutants::{Mutant, cases_that_notice};
use claque_conformance::suite::Suite;
use claque_core::Mutation;

#[test]
fn no_case_reveals_a_defect_in_which_several_things_meet() {
    let suite = Suite::embedded().expect("the suite is there");
    let next = AtomicUsize::new(0);
    let noticed: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut noticed = Vec::new();
                    while let Some(mutation) = Mutation::SEVERAL.get(next.fetch_add(1, Ordering::Relaxed)) {
                        for case in cases_that_notice(&suite, Mutant::Core(*mutation)) {
                            noticed.push(format!("{}: {case}", mutation.id()));
                        }
                    }
                    noticed
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("no case panics here")).collect()
    });
    assert_eq!(noticed, Vec::<String>::new());
}
