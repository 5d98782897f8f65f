//! Which rules a script of calls does not answer for.

use std::collections::BTreeMap;
use std::panic::{UnwindSafe, catch_unwind};

use claque_core::Mutant;

/// The rules of these mutants none of which changes what a script sees. A script that a mutant ends by a panic has
/// noticed it, and of a rule that is noticed nothing more is tried.
pub(crate) fn rules<S: PartialEq>(
    mutants: impl Iterator<Item = Mutant>,
    sound: &S,
    noted: impl Fn(Mutant) -> S + Copy + UnwindSafe,
) -> Vec<&'static str> {
    let mut noticed: BTreeMap<&str, bool> = BTreeMap::new();
    for mutant in mutants {
        let noticed = noticed.entry(mutant.rule().id()).or_default();
        if !*noticed {
            *noticed = catch_unwind(move || noted(mutant)).map_or(true, |noted| noted != *sound);
        }
    }
    noticed.into_iter().filter(|(_, noticed)| !noticed).map(|(rule, _)| rule).collect()
}
