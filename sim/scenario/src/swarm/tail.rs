//! The rest of a timeline, drawn anew from the moment of a fork on.

use super::choices::WeightedChoices;
use super::{extra, shape};
use crate::identity::Fork;
use crate::scenario::Scenario;

/// Draws again, from the seed of a fork, the faults and acts that begin at its moment or later.
///
/// `given` is the scenario that `drawn` was drawn from. Populations, limits, readings and the network stay: they decide
/// what happened before the fork, and a run has one of each.
pub(super) fn redraw(given: &Scenario, drawn: &mut Scenario, fork: Fork) {
    let mut weighted = WeightedChoices::new(fork.seed);
    let mut tail = Scenario { faults: given.faults.clone(), events: given.events.clone(), ..drawn.clone() };
    shape::timelines(&mut weighted, &mut tail);
    extra::faults(&mut weighted, &mut tail);
    extra::events(&mut weighted, &mut tail);
    drawn.faults.retain(|fault| fault.at < fork.at);
    for mut fault in tail.faults.into_iter().filter(|fault| fault.at >= fork.at) {
        fault.name = free_name(fault.name, |name| drawn.faults.iter().any(|other| other.name == name));
        drawn.faults.push(fault);
    }
    drawn.events.retain(|event| event.at < fork.at);
    for mut event in tail.events.into_iter().filter(|event| event.at >= fork.at) {
        event.name = free_name(event.name, |name| drawn.events.iter().any(|other| other.name == name));
        drawn.events.push(event);
    }
    // Each part is in order, and all of the first is earlier: the file that the scenario makes reads back the same.
}

/// The name, or the name with a number: what is added to a seed happens once, and behind a fork a second time.
fn free_name(name: String, is_taken: impl Fn(&str) -> bool) -> String {
    if !is_taken(&name) {
        return name;
    }
    let mut numbered = (2u32..).map(|number| format!("{name}-{number}"));
    numbered.find(|name| !is_taken(name)).expect("one of so many numbers is free")
}
