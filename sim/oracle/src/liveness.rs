//! Liveness, the second phase: what is still owed when everything has had its time, and why that may be.
//!
//! While the show lasts nothing may be wrong. After it the world heals, but for a part that a seed may draw, and
//! whatever is owed has a bounded time to come. What has not come by then is an obligation, and each obligation needs a
//! waiver: one that a rule allows. An obligation without a waiver is a failure; the others are counted by kind and
//! waiver.

use std::collections::BTreeMap;
use std::fmt;

/// What can still be owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Obligation {
    /// An event is to be called back.
    Callback,
    /// A HIGH message is to reach a member.
    High,
    /// A user's link is to be up again.
    Link,
    /// The count of a supergroup is to be notified.
    Notice,
    /// The end of a review is to be answered.
    Review,
    /// The newest message of a type is to be delivered.
    Type,
}

/// Why something may still be owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Waiver {
    /// The application is disabled: nobody gets in.
    AppDisabled,
    /// The receiver fails: it is tried a few times and then given up.
    GivenUp,
    /// Its time is not up yet.
    NotDue,
    /// The user is in the part of the world that did not heal.
    NotHealed,
    /// No storage keeps it any more: recalled, expired, or never stored.
    NotKept,
    /// The client does not know that it is in the group: its back end put it there.
    Unaware,
}

impl Obligation {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Callback => "callback",
            Self::High => "high-message",
            Self::Link => "link",
            Self::Notice => "notice",
            Self::Review => "review",
            Self::Type => "type",
        }
    }
}

impl Waiver {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::AppDisabled => "app-disabled",
            Self::GivenUp => "given-up",
            Self::NotDue => "not-due",
            Self::NotHealed => "not-healed",
            Self::NotKept => "not-kept",
            Self::Unaware => "unaware",
        }
    }
}

/// What was still owed at the end of a run, by kind and waiver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PendingObligations(BTreeMap<(Obligation, Waiver), u64>);

impl PendingObligations {
    /// Waives so many obligations.
    pub fn waive(&mut self, obligation: Obligation, waiver: Waiver, count: u64) {
        // A row of nothing would make reports of equal runs differ by which judgement was asked.
        if count > 0 {
            *self.0.entry((obligation, waiver)).or_default() += count;
        }
    }

    /// Every kind with its waiver and how many there were.
    pub fn iter(&self) -> impl Iterator<Item = (Obligation, Waiver, u64)> + '_ {
        // In the order of the map, which reports print: two runs of one seed must read alike.
        self.0.iter().map(|((obligation, waiver), count)| (*obligation, *waiver, *count))
    }

    /// Adds those of another run.
    pub fn merge(&mut self, other: &Self) {
        for (obligation, waiver, count) in other.iter() {
            self.waive(obligation, waiver, count);
        }
    }
}

impl fmt::Display for PendingObligations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("nothing owed");
        }
        for (nth, (obligation, waiver, count)) in self.iter().enumerate() {
            let comma = if nth == 0 { "" } else { ", " };
            write!(f, "{comma}{} {} {count}", obligation.word(), waiver.word())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Obligation, PendingObligations, Waiver};

    #[test]
    fn waivers_add_up_and_print_in_one_order() {
        let mut one = PendingObligations::default();
        one.waive(Obligation::High, Waiver::NotKept, 2);
        one.waive(Obligation::Callback, Waiver::GivenUp, 0);
        let mut other = PendingObligations::default();
        other.waive(Obligation::Callback, Waiver::GivenUp, 1);
        other.waive(Obligation::High, Waiver::NotKept, 3);
        other.merge(&one);
        assert_eq!(one.to_string(), "high-message not-kept 2");
        assert_eq!(other.to_string(), "callback given-up 1, high-message not-kept 5");
        assert_eq!(PendingObligations::default().to_string(), "nothing owed");
    }
}
