//! The swarm: each seed makes a scenario of its own out of a given one.
//!
//! A run with everything on is the average of all runs, and averages hide: a feature that is always on can keep a bug
//! from showing. So a seed switches populations, habits, calls, faults and acts of the script off, adds faults and acts
//! of its own, changes sizes, limits and readings. How much of each class is off is drawn first, so that some runs have
//! nearly everything and some have nearly nothing.
//!
//! Each choice is a named draw: a new dimension moves no other. What was drawn is kept, dimension by dimension, for the
//! campaign's statistics, and prints as one line. A run with `--swarm` is a function of its identity line as ever.

mod choices;
mod extra;
mod shape;
mod tail;

use std::fmt;

use crate::identity::Fork;
use crate::scenario::Scenario;
pub use choices::Dimension;
use choices::WeightedChoices;

/// A scenario that a seed has made, with what was drawn for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swarm {
    /// The scenario to run.
    pub scenario: Scenario,
    /// The dimensions, in the order of drawing.
    pub drawn: Vec<Dimension>,
}

impl fmt::Display for Swarm {
    /// One line: every dimension that the seed has changed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("swarm:")?;
        for dimension in self.drawn.iter().filter(|dimension| dimension.drawn != 0) {
            write!(f, " {}={}", dimension.name, dimension.choice())?;
        }
        Ok(())
    }
}

/// Draws the scenario of a seed, with the forks of the run in order of time: behind each the rest of the timeline is its
/// seed's. What a fork draws is not among the dimensions, which are those of the run from its beginning.
///
/// The readings named in `kept` stay as the scenario has them: a reading that was asked for stays. Rules that the
/// scenario expects are expected no longer.
#[must_use]
pub fn swarm(scenario: &Scenario, seed: u64, forks: &[Fork], kept: &[(&str, &str)]) -> Swarm {
    let mut weighted = WeightedChoices::new(seed);
    let mut drawn = scenario.clone();
    // What would lead to them may be drawn off.
    drawn.expect.clear();
    // What the scenario has comes before what a seed adds, or an added fault could be switched off again. For the
    // draws the order means nothing: each is found by its name.
    shape::apps(&mut weighted, &mut drawn);
    shape::populations(&mut weighted, &mut drawn);
    shape::backends(&mut weighted, &mut drawn);
    shape::network(&mut weighted, &mut drawn);
    shape::timelines(&mut weighted, &mut drawn);
    extra::faults(&mut weighted, &mut drawn);
    extra::events(&mut weighted, &mut drawn);
    shape::limits(&mut weighted, &mut drawn);
    shape::readings(&mut weighted, &mut drawn, kept);
    for fork in forks {
        tail::redraw(scenario, &mut drawn, *fork);
    }
    Swarm { scenario: drawn, drawn: weighted.into_drawn() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Scenario, swarm};

    fn smoke() -> Scenario {
        Scenario::builtin("smoke").expect("built in")
    }

    #[test]
    // A failing seed is kept as `plan.toml` in the bug base: what a file cannot hold could not be kept.
    fn every_drawn_scenario_is_one_that_a_file_can_hold() {
        for seed in 0..300 {
            let drawn = swarm(&smoke(), seed, &[], &[]).scenario;
            let text = drawn.to_toml();
            let back = Scenario::parse(&drawn.name, &text)
                .unwrap_or_else(|said| panic!("seed {seed} draws no scenario: {said}\n{text}"));
            assert_eq!(back, drawn, "seed {seed}");
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_and_another_seed_another() {
        let line = |seed| swarm(&smoke(), seed, &[], &[]).to_string();
        assert_eq!(line(7), line(7));
        assert_ne!(line(7), line(8));
    }

    #[test]
    // A choice that no seed draws is a hole that a campaign with `--demand` would never stop to complain about.
    fn every_choice_of_every_dimension_is_drawn_some_time() {
        let mut missing = BTreeSet::new();
        let mut seen = BTreeSet::new();
        for seed in 0..2_000 {
            for dimension in swarm(&smoke(), seed, &[], &[]).drawn {
                for (number, choice) in dimension.choices.iter().enumerate() {
                    let name = format!("{}={choice}", dimension.name);
                    if number == dimension.drawn {
                        missing.remove(&name);
                        seen.insert(name);
                    } else if !seen.contains(&name) {
                        missing.insert(name);
                    }
                }
            }
        }
        assert_eq!(missing, BTreeSet::new());
    }

    #[test]
    // A scenario that gains or loses an entry keeps what its old seeds draw for all the others.
    fn taking_a_fault_out_moves_no_other_draw() {
        let (whole, mut less) = (smoke(), smoke());
        less.faults.remove(0);
        let name = format!("fault:{}", whole.faults[0].name);
        for seed in 0..50 {
            let mut all = swarm(&whole, seed, &[], &[]).drawn;
            all.retain(|dimension| dimension.name != name);
            assert_eq!(all, swarm(&less, seed, &[], &[]).drawn, "seed {seed}");
        }
    }

    #[test]
    fn behind_a_fork_the_timeline_is_another_and_before_it_and_in_all_else_the_same() {
        let mut renamed = 0;
        for seed in 0..200 {
            let plain = swarm(&smoke(), seed, &[], &[]);
            let forks = ["20s=5", "40s=9"].map(|word| word.parse().expect("a fork"));
            let forked = swarm(&smoke(), seed, &forks, &[]);
            assert_eq!(forked.drawn, plain.drawn);
            let (mut one, mut other) = (plain.scenario.clone(), forked.scenario.clone());
            assert_ne!((&one.faults, &one.events), (&other.faults, &other.events), "seed {seed}");
            for scenario in [&mut one, &mut other] {
                scenario.faults.retain(|fault| fault.at < forks[0].at);
                scenario.events.retain(|event| event.at < forks[0].at);
            }
            assert_eq!(one, other, "seed {seed}");
            renamed += forked.scenario.events.iter().filter(|event| event.name.ends_with("-2")).count();
            let text = forked.scenario.to_toml();
            assert_eq!(Scenario::parse(&forked.scenario.name, &text), Ok(forked.scenario), "seed {seed}");
        }
        assert!(renamed > 0, "something happens a second time");
    }

    #[test]
    fn a_reading_that_was_asked_for_stays() {
        let mut scenario = smoke();
        let id = "shaper.window";
        let word = *claque_core::Readings::alternatives(id).expect("known").last().expect("some");
        scenario.readings.set(id, word).expect("known");
        for seed in 0..40 {
            let drawn = swarm(&scenario, seed, &[], &[(id, word)]).scenario;
            let found = drawn.readings.iter().find(|choice| choice.id == id).expect("known");
            assert_eq!(found.value, word);
        }
    }
}
