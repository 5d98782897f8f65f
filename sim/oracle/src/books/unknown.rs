//! How often the model does not know: what it was asked to judge, and where its books say that either may be right.

use std::cell::RefCell;
use std::collections::BTreeMap;

use claque_core::Rule;

/// Judgements under a rule, and those of them in which the model did not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// All of them.
    pub asked: u64,
    /// Those left open.
    pub unknown: u64,
}

/// Judgements of those rules under which the model may not know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnknownCounts(BTreeMap<Rule, Judged>);

impl UnknownCounts {
    /// Every rule under which something was judged, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (Rule, Judged)> + '_ {
        self.0.iter().map(|(rule, judged)| (*rule, *judged))
    }

    /// Adds those of another run.
    pub fn merge(&mut self, other: &Self) {
        for (rule, Judged { asked, unknown }) in other.iter() {
            let judged = self.0.entry(rule).or_default();
            judged.asked += asked;
            judged.unknown += unknown;
        }
    }
}

/// Counts while judging, which changes nothing else.
#[derive(Clone, Debug, Default)]
pub(crate) struct UnknownBooks(RefCell<UnknownCounts>);

impl UnknownBooks {
    /// Something is judged under a rule, or left open; gives back which.
    pub(crate) fn count(&self, rule: Rule, unknown: bool) -> bool {
        // A cell, so that judgements can stay functions of books that they only read: counting is not a reason to let
        // them change what they judge.
        let mut counts = self.0.borrow_mut();
        let judged = counts.0.entry(rule).or_default();
        judged.asked += 1;
        // Counted, because a campaign that passes says little about a rule under which the model mostly did not know.
        judged.unknown += u64::from(unknown);
        unknown
    }

    pub(crate) fn counts(&self) -> UnknownCounts {
        self.0.borrow().clone()
    }
}

#[cfg(test)]
mod tests {
    use claque_core::Rule;

    use super::{Judged, UnknownBooks};

    #[test]
    fn what_is_left_open_is_counted_beside_what_was_asked() {
        let books = UnknownBooks::default();
        assert!(books.count(Rule::ListMessagesSort, true));
        assert!(!books.count(Rule::ListMessagesSort, false));
        let mut all = books.counts();
        all.merge(&books.counts());
        let judged = Judged { asked: 4, unknown: 2 };
        assert_eq!(all.iter().collect::<Vec<_>>(), [(Rule::ListMessagesSort, judged)]);
    }
}
