//! Ranks: what a second lost is laid against what it delivered.
//!
//! Two properties hold whatever is carried and when, newest messages of types aside, which any slot may go to. Of one
//! second's messages none is shed for a lower one: each lower one that was delivered in its second is made up for by
//! one that was carried and is as good at least. And nothing is carried without need: laid against what its second
//! delivered, the best against the worst, each that was carried outranks its counterpart.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use claque_core::reading::ShaperWindow;
use claque_core::{GroupIx, Instant, Priority, Rule};

use super::Model;
use crate::books::message::Rank;
use crate::books::ranks::{LateRank, RankMerit, Ranks, Round, merit};
use crate::evidence;
use crate::evidence::{Evidence, Part};

impl Ranks {
    /// What is wrong with the second that has ended as this round began, if anything.
    fn wrong(&self, now: Instant, round: &Round) -> Option<(Rule, Evidence)> {
        let ended = now.unix_seconds().checked_sub(1)?;
        // What was carried goes out as the next second begins; later deliveries of that second competed for nothing
        // in the one before.
        if now != now.second_start() || self.before.at != ended || now.unix_seconds() < self.unclear_until {
            return None;
        }
        let of_it =
            |late: &&LateRank| !late.newest && late.since.is_some_and(|since| since.unix_seconds() == ended);
        let mut carried: Vec<RankMerit> =
            round.delivered.iter().filter(of_it).filter_map(|late| late.rank.map(merit)).collect();
        carried.sort_unstable_by_key(|merit| Reverse(*merit));
        let aside = round.delivered.iter().filter(|late| late.newest).count();
        self.carried_without_need(&carried).or_else(|| self.shed_for_lower(&carried, aside))
    }

    fn carried_without_need(&self, carried: &[RankMerit]) -> Option<(Rule, Evidence)> {
        let expand = |(merit, count): (&RankMerit, &usize)| std::iter::repeat_n(*merit, *count);
        let mut worst_first = self.before.delivered.iter().flat_map(expand);
        for better in carried {
            let worse = worst_first.next();
            if worse.is_none_or(|worse| *better <= worse) {
                let said = evidence!(
                    "carries a ",
                    words(*better),
                    " into the second from ",
                    Part::Second(Instant::from_unix_seconds(self.before.at + 1)),
                    " that outranks nothing left"
                );
                let swapped =
                    // A service that takes NORMAL for the middle level carries it past a MEDIUM; habit of other
                    // products says so, and the page does not (reading priority.normal-lowest).
                    better.0 == Priority::Normal && worse.is_some_and(|(level, _)| level == Priority::Medium);
                let rule = if swapped { Rule::PriorityLevelsOrder } else { Rule::ShaperOverloadDiscards };
                return Some((rule, said));
            }
        }
        None
    }

    fn shed_for_lower(&self, carried: &[RankMerit], aside: usize) -> Option<(Rule, Evidence)> {
        self.before.shed.keys().rev().find_map(|lost| {
            let lower: usize = self.before.delivered.range(..*lost).map(|(_, count)| count).sum();
            let instead = carried.iter().filter(|better| *better >= lost).count() + aside;
            (lower > instead).then(|| {
                let worst = self.before.delivered.first_key_value().map_or(*lost, |(worst, _)| *worst);
                let rule = match (worst.0, lost.0) {
                    (Priority::Normal, Priority::Medium) if !carried.is_empty() => Rule::PriorityLevelsOrder,
                    (worst, lost) if worst == lost => Rule::PriorityWeightLevels,
                    _ => Rule::PriorityHighFirst,
                };
                let (lost, worst) = (words(*lost), words(worst));
                let said = evidence!(
                    "sheds a ",
                    lost,
                    " of the second from ",
                    Part::Second(Instant::from_unix_seconds(self.before.at)),
                    ", which delivered ",
                    lower,
                    " lower ones, such as a ",
                    worst,
                    "; ",
                    instead,
                    " were carried"
                );
                (rule, said)
            })
        })
    }
}

/// The rule that says which of two is the better, by their levels.
pub(super) fn ranking_rule(worst: Priority, best: Priority) -> Rule {
    match (worst, best) {
        (Priority::Normal, Priority::Medium) => Rule::PriorityLevelsOrder,
        (worst, best) if worst == best => Rule::PriorityWeightLevels,
        _ => Rule::PriorityHighFirst,
    }
}

fn words((level, weight): RankMerit) -> Evidence {
    evidence!(level.as_str().to_owned(), " message of weight ", weight)
}

impl Model {
    /// At the end of a second nothing is shed for the sake of something lower, newest messages of types aside.
    pub(super) fn judge_ranks(&mut self, now: Instant, rounds: &BTreeMap<GroupIx, Round>) {
        let window = self.config.readings.shaper_window;
        if window == ShaperWindow::ImmediateOnly {
            return;
        }
        for (group, round) in rounds {
            if let Some((rule, said)) = wrong_order(round) {
                self.refute(now, Some(rule), evidence!("group ", *group, ": ", said));
            }
            // The two properties above are of the default reading. The others rank what waited, and no more.
            let books = self.groups.get(*group).filter(|_| window == ShaperWindow::Outrank);
            if let Some(books) = books.filter(|_| now == now.second_start()) {
                let unclear = now.unix_seconds() < books.ranks.unclear_until;
                self.unknown.count(Rule::PriorityHighFirst, unclear);
            }
            if let Some((rule, said)) = books.and_then(|books| books.ranks.wrong(now, round)) {
                self.refute(now, Some(rule), evidence!("group ", *group, " ", said));
            }
        }
    }
}

/// What is wrong among those that waited for the same second, if anything.
fn wrong_order(round: &Round) -> Option<(Rule, Evidence)> {
    let best = round.outranked.iter().max().copied()?;
    let ranked = round.delivered.iter().filter(|late| !late.newest);
    let worst = ranked.filter_map(|late| late.rank).min().filter(|worst| *worst < best)?;
    let rule = ranking_rule(worst.0, best.0);
    let words = |rank: Rank| evidence!(words(merit(rank)), ", arrival ", rank.2.0);
    Some((rule, evidence!("[", words(worst), "] is delivered and [", words(best), "] is shed")))
}
