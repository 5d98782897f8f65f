//! What each second of a group delivered and shed, by rank.

use std::collections::BTreeMap;

use claque_core::{Instant, Priority};

use super::message::Rank;

/// Seconds for which the books are not judged after something went by that they cannot hold: it is delivered or shed by
/// then.
const UNCLEAR_FOR: u64 = 10;

/// Level and weight.
pub(crate) type RankMerit = (Priority, i64);

/// A message that waited, delivered as a second began.
pub(crate) struct LateRank {
    pub(crate) rank: Option<Rank>,
    /// When it was accepted.
    pub(crate) since: Option<Instant>,
    /// It may have had a slot as the newest of its type.
    pub(crate) newest: bool,
}

/// What one call of the service delivered and shed in a group.
#[derive(Default)]
pub(crate) struct Round {
    pub(crate) delivered: Vec<LateRank>,
    pub(crate) outranked: Vec<Rank>,
}

/// A second of a group: how many of each merit it delivered, and how many of those sent in it were shed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Second {
    pub(crate) at: u64,
    pub(crate) delivered: BTreeMap<RankMerit, usize>,
    pub(crate) shed: BTreeMap<RankMerit, usize>,
}

/// The running second of a group and the one before.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ranks {
    pub(crate) running: Second,
    pub(crate) before: Second,
    pub(crate) unclear_until: u64,
}

pub(crate) const fn merit((level, weight, _): Rank) -> RankMerit {
    (level, weight)
}

impl Ranks {
    /// Something takes slots, or is taken out, that the books do not hold.
    pub(crate) fn unclear(&mut self, now: Instant) {
        self.unclear_until = now.unix_seconds() + UNCLEAR_FOR;
    }

    fn turn(&mut self, now: Instant) {
        let at = now.unix_seconds();
        if self.running.at != at {
            self.before = std::mem::take(&mut self.running);
            self.running.at = at;
        }
    }

    pub(crate) fn delivered(&mut self, now: Instant, rank: Option<Rank>) {
        self.turn(now);
        match rank {
            Some(rank) => *self.running.delivered.entry(merit(rank)).or_default() += 1,
            // A message that the books did not know to wait has taken a slot: whom it outranked cannot be asked.
            None => self.unclear(now),
        }
    }

    pub(crate) fn shed(&mut self, now: Instant, since: Instant, rank: Rank) {
        self.turn(now);
        let seconds = [&mut self.running, &mut self.before];
        // By the second in which it was sent: each is laid against what its own second delivered, also when it is
        // taken out in the next.
        if let Some(second) = seconds.into_iter().find(|second| second.at == since.unix_seconds()) {
            *second.shed.entry(merit(rank)).or_default() += 1;
        }
    }
}
