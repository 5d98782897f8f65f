//! Which rules a script of calls does not answer for.

use std::collections::BTreeMap;
use std::panic::{UnwindSafe, catch_unwind};

use claque_core::Mutation;

/// The rules of these defects none of which changes what a script is notified. A script that a defect ends by a panic has
/// noticed it, and of a rule that is noticed nothing more is tried.
pub(crate) fn rules<S: PartialEq>(
    defects: impl Iterator<Item = Mutation>,
    sound: &S,
    noted: impl Fn(Mutation) -> S + Copy + UnwindSafe,
) -> Vec<&'static str> {
    let mut noticed: BTreeMap<&str, bool> = BTreeMap::new();
    for defect in defects {
        let noticed = noticed.entry(defect.rule().id()).or_default();
        if !*noticed {
            *noticed = catch_unwind(move || noted(defect)).map_or(true, |noted| noted != *sound);
        }
    }
    noticed.into_iter().filter(|(_, noticed)| !noticed).map(|(rule, _)| rule).collect()
}
