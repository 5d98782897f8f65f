//! The deliveries of a second, by merit: how many there are that a message may outrank.

use alloc::vec::Vec;
use core::iter;

use serde::{Deserialize, Serialize};

use super::candidate::MessageMerit;
use crate::mutants::{Mutant, Mutants};
use crate::words::message::Priority;

/// How many messages of each merit were delivered in the running second.
///
/// Counts, not messages: viewers know three levels, so that three entries serve a group of any budget.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct MeritTally {
    /// The worst first; each merit once.
    counts: Vec<(MessageMerit, u32)>,
}

impl MeritTally {
    /// Counts a delivered message. Allocates only for a merit that the second has not seen, and the room is kept.
    #[inline]
    pub(super) fn add(&mut self, merit: MessageMerit) {
        // Ordered insertion into a list of mostly three: a map would allocate for each merit, every second anew.
        for at in 0..self.counts.len() {
            let (other, count) = &mut self.counts[at];
            if *other == merit {
                *count += 1;
                return;
            }
            if *other > merit {
                self.counts.insert(at, (merit, 1));
                return;
            }
        }
        self.counts.push((merit, 1));
    }

    /// How many were delivered.
    pub(super) fn count(&self) -> u32 {
        self.counts.iter().map(|(_, count)| count).sum()
    }

    /// Forgets the second.
    #[inline]
    pub(super) fn clear(&mut self) {
        // Cleared and not replaced, so that the next second finds the room and allocates nothing.
        self.counts.clear();
    }

    /// How many of these merits, the best first, outrank a delivered message each.
    ///
    /// The best is laid against the worst. Since one side falls and the other rises, nothing after the first that outranks
    /// nothing can outrank anything either, and no other pairing carries more.
    pub(super) fn outranked_by(
        &self,
        best_first: impl Iterator<Item = MessageMerit>,
        mutants: &impl Mutants,
    ) -> usize {
        if mutants.has(Mutant::CarriesNothing) {
            return 0;
        }
        let worst = self.counts.first().map(|(merit, _)| *merit);
        let delivered = self.counts.iter().flat_map(|(merit, count)| iter::repeat_n(*merit, *count as usize));
        best_first
            // Lazily: the walk ends at the first pair in which nothing is outranked, and in most seconds that is the
            // first.
            .zip(delivered)
            .take_while(|(merit, _)| merit.0 == Priority::High || !mutants.has(Mutant::PreferenceForHighOnly))
            .take_while(|(merit, delivered)| {
                merit > delivered
                    || (mutants.has(Mutant::CarriesEquals) && merit == delivered)
                    || (mutants.has(Mutant::CarriesAllThatOutrankOne)
                        && worst.is_some_and(|worst| *merit > worst))
            })
            .count()
    }
}
