//! The parts of a scenario that can be taken out.

use std::ops::Range;

use claque_core::Duration;
use claque_document::units::{Permille, Ppm};
use claque_scenario::{
    ClockSpread, GroupNumber, LimitChange, LimitValue, ModerationMode, PopulationNumber, Scenario,
};

/// A list in a scenario whose entries can be taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScenarioPart {
    /// What breaks.
    Faults,
    /// What the script does.
    Events,
    /// Calls of back ends, one after the other.
    Calls,
    /// Virtual users of one kind.
    Populations,
    /// Habits and duties of populations, one after the other.
    Habits,
    /// Whatever else makes a population or the network more than plain.
    Traits,
    /// Groups.
    Groups,
    /// Changed limits.
    Limits,
    /// Readings that are not the default.
    Readings,
}

/// Traits of one population.
const TRAITS: usize = 8;
/// Traits of the network and of applications.
const COMMON: usize = 4;

impl ScenarioPart {
    /// All parts, in the order in which taking them out pays most.
    pub(super) const ALL: [Self; 9] = [
        Self::Faults,
        Self::Events,
        Self::Calls,
        Self::Populations,
        Self::Habits,
        Self::Traits,
        Self::Groups,
        Self::Limits,
        Self::Readings,
    ];

    /// Whether its entries are things that happen.
    pub(super) const fn is_step(self) -> bool {
        matches!(self, Self::Faults | Self::Events | Self::Calls | Self::Habits)
    }

    /// How many entries there are.
    pub(super) fn len(self, scenario: &Scenario) -> usize {
        match self {
            Self::Faults => scenario.faults.len(),
            Self::Events => scenario.events.len(),
            Self::Calls => scenario.backends.iter().map(|backend| backend.calls.len()).sum(),
            Self::Populations => scenario.populations.len(),
            Self::Habits => scenario.populations.iter().map(|it| it.habits.len() + it.duties.len()).sum(),
            Self::Traits => scenario.populations.len() * TRAITS + COMMON,
            Self::Groups => scenario.groups.len(),
            Self::Limits => scenario.limits.len(),
            Self::Readings => scenario.readings.iter().filter(|choice| !choice.is_default()).count(),
        }
    }

    /// The scenario without some of the entries.
    pub(super) fn without(self, scenario: &Scenario, range: Range<usize>) -> Scenario {
        let mut less = scenario.clone();
        match self {
            Self::Faults => drop(less.faults.drain(range)),
            Self::Events => drop(less.events.drain(range)),
            Self::Calls => {
                let mut place = 0..;
                for backend in &mut less.backends {
                    backend.calls.retain(|_| place.next().is_none_or(|place| !range.contains(&place)));
                }
                less.backends.retain(|backend| !backend.calls.is_empty());
            }
            Self::Populations => without_populations(&mut less, &range),
            Self::Habits => {
                let mut place = 0..;
                for population in &mut less.populations {
                    population.habits.retain(|_| place.next().is_none_or(|place| !range.contains(&place)));
                    population.duties.retain(|_| place.next().is_none_or(|place| !range.contains(&place)));
                }
            }
            Self::Traits => range.for_each(|number| plain(&mut less, number)),
            Self::Groups => without_groups(&mut less, &range),
            Self::Limits => drop(less.limits.drain(range)),
            Self::Readings => {
                let changed = scenario.readings.iter().filter(|choice| !choice.is_default());
                for (_, choice) in changed.enumerate().filter(|(place, _)| range.contains(place)) {
                    let set = less.readings.set(choice.id, choice.default);
                    debug_assert!(set.is_ok(), "the default is an alternative");
                }
            }
        }
        less
    }
}

/// Takes populations out; entries that named only them are taken out too.
fn without_populations(scenario: &mut Scenario, range: &Range<usize>) {
    let gone = |number: PopulationNumber| range.contains(&index(number.0));
    let moved = |number: PopulationNumber| match index(number.0) {
        place if place < range.start => number,
        _ => PopulationNumber(number.0 - narrow(range.len())),
    };
    scenario.populations.drain(range.clone());
    scenario.faults.retain_mut(|fault| {
        let Some(named) = &mut fault.target.populations else { return true };
        named.retain(|number| !gone(*number));
        named.iter_mut().for_each(|number| *number = moved(*number));
        !named.is_empty()
    });
}

/// Takes groups out; entries that named only them are taken out too.
fn without_groups(scenario: &mut Scenario, range: &Range<usize>) {
    let gone = |number: GroupNumber| range.contains(&index(number.0));
    let moved = |number: GroupNumber| match index(number.0) {
        place if place < range.start => number,
        _ => GroupNumber(number.0 - narrow(range.len())),
    };
    let keep = |named: &mut Vec<GroupNumber>| {
        named.retain(|number| !gone(*number));
        named.iter_mut().for_each(|number| *number = moved(*number));
        !named.is_empty()
    };
    scenario.groups.drain(range.clone());
    scenario.chat = if gone(scenario.chat) { GroupNumber(0) } else { moved(scenario.chat) };
    scenario.faults.retain_mut(|fault| fault.target.groups.as_mut().is_none_or(keep));
    scenario.events.retain_mut(|event| event.groups.is_empty() || keep(&mut event.groups));
    let mut empty = Vec::new();
    for (place, population) in scenario.populations.iter_mut().enumerate() {
        if !keep(&mut population.groups) {
            empty.push(place);
        }
    }
    for place in empty.into_iter().rev() {
        without_populations(scenario, &(place..place + 1));
    }
}

/// Makes one trait plain.
fn plain(scenario: &mut Scenario, number: usize) {
    let Some(population) = scenario.populations.get_mut(number / TRAITS) else {
        match number - scenario.populations.len() * TRAITS {
            0 => scenario.network.loss = Ppm::default(),
            1 => scenario.network.duplicate = Ppm::default(),
            2 => scenario.apps.iter_mut().for_each(|app| app.moderation = ModerationMode::Off),
            3 => scenario.apps.iter_mut().for_each(|app| app.callbacks = false),
            beyond => unreachable!("a scenario has {COMMON} common traits, and none has number {beyond}"),
        }
        return;
    };
    match number % TRAITS {
        0 => population.churn = None,
        1 => population.two_devices = Permille::default(),
        2 => population.second_group = Permille::default(),
        3 => population.lurk = Permille::default(),
        4 => population.clock = ClockSpread::default(),
        5 => population.latency = None,
        6 => population.token = Duration::from_days(1),
        7 => population.stay = None,
        beyond => unreachable!("a population has {TRAITS} traits, and none has number {beyond}"),
    }
}

/// The scenario with a shorter show: what would begin after it, or end after it, is cut.
pub(super) fn shorter(scenario: &Scenario, duration: Duration) -> Scenario {
    let mut less = scenario.clone();
    less.cut(duration);
    less
}

/// Limits so low that a few users reach them: none, those that a crowd reaches, and those that only many messages reach.
pub(super) const TIGHT: [&[(&str, u32)]; 3] = [
    &[],
    &[("group-members-max", 2), ("group-messages-per-second", 2)],
    &[("group-messages-per-second", 2), ("recent-messages-max", 2), ("list-page-size", 2)],
];

/// The scenario with some limits that low.
pub(super) fn tighten(scenario: &mut Scenario, limits: &[(&'static str, u32)]) {
    for &(name, count) in limits {
        let value = LimitValue::Count(count);
        match scenario.limits.iter_mut().find(|limit| limit.name == name) {
            Some(limit) => limit.value = value,
            None => scenario.limits.push(LimitChange { name, value }),
        }
    }
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Scenario, ScenarioPart};

    fn scenarios() -> Vec<Scenario> {
        ["smoke", "evening-show"].into_iter().map(|name| Scenario::builtin(name).expect(name)).collect()
    }

    #[test]
    fn whatever_is_taken_out_the_rest_is_a_scenario_unless_it_lacks_users_or_groups() {
        for scenario in scenarios() {
            for part in ScenarioPart::ALL {
                for place in 0..part.len(&scenario) {
                    let less = part.without(&scenario, place..place + 1);
                    let text = less.to_toml();
                    let back = Scenario::parse(&less.name, &text)
                        .unwrap_or_else(|said| panic!("{part:?} {place}: {said}\n{text}"));
                    assert_eq!(back, less, "{part:?} {place}");
                }
            }
        }
    }
}
