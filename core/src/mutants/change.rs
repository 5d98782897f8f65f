//! What a mutant can do to a limit or an order.
//!
//! A row of the table of mutants names a change after `by`, and the one check that judges the rule asks for it. So a further
//! mutant of a limit is one row, and the sound service, for which every question is answered at compile time, pays nothing.

/// A change of the limit or order that a rule states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleChange {
    /// The largest legal number is one more.
    OneMore,
    /// The largest legal number is one less.
    OneLess,
    /// The smallest legal number is one more.
    LeastOneMore,
    /// The smallest legal number is one less.
    LeastOneLess,
    /// There is no largest number.
    Unbounded,
    /// What is beyond the bound is moved to it, in silence.
    Cut,
    /// Bytes are counted, whatever is documented.
    InBytes,
    /// Characters are counted, whatever is documented.
    InCharacters,
    /// Units of UTF-16 are counted, whatever is documented.
    InUtf16,
    /// Every character is legal.
    AnyCharacter,
    /// An underscore is legal besides letters and digits.
    Underscore,
    /// Letters and digits alone are legal.
    PlainCharacters,
    /// A parameter of this name is not checked, where others are.
    Skips(&'static str),
    /// Of several items the first alone is checked.
    FirstOnly,
    /// Something may be left out that must be there; for an order that is the ascending one.
    Optional,
    /// What stands for nothing in the documents is taken for the ascending order.
    AnyOrder,
    /// The order is the other one.
    Reversed,
    /// What is left out has another value.
    OtherDefault,
    /// The order goes by something else than documented.
    OtherKey,
    /// It is judged once it has been done.
    TooLate,
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use crate::mutants::{Mutant, Mutants, RuleChange, Sound};
    use crate::words::rule::Rule;

    #[test]
    fn a_rule_is_changed_in_one_way_by_one_mutant() {
        let changes: Vec<(Rule, RuleChange)> =
            Mutant::ALL.iter().filter_map(|mutant| Some((mutant.rule(), mutant.change()?))).collect();
        for (at, change) in changes.iter().enumerate() {
            assert!(!changes[..at].contains(change), "{change:?} is there twice");
            assert!(!Sound.changes(change.0, change.1), "a sound service has no mutant");
        }
    }
}
