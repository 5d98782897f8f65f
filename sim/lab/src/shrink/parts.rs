//! The parts of a scenario that can be taken out, and the numbers that can be lowered.

use std::ops::Range;

use claque_core::{Duration, Priority};
use claque_document::units::{Between, Permille, Ppm, Rate};
use claque_scenario::{
    ClockSpread, GroupNumber, LimitChange, LimitValue, ModerationMode, PopulationNumber, Scenario,
    ScriptAction,
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

/// The scenario with its `number`-th number lowered a step; the scenario itself where that number is at its least, and
/// nothing past the last number.
pub(super) fn lowered(scenario: &Scenario, number: usize) -> Option<Scenario> {
    let mut less = scenario.clone();
    let Some(place) = number.checked_sub(COMMON_NUMBERS) else {
        lower_common(&mut less, number);
        return Some(less);
    };
    if let Some(limit) = less.limits.get_mut(place) {
        if let LimitValue::Count(count) = &mut limit.value {
            *count = (*count / 2).max(1);
        }
        return Some(less);
    }
    let place = place - less.limits.len();
    if let Some(event) = less.events.get_mut(place) {
        lower_action(&mut event.action);
        return Some(less);
    }
    let place = place - less.events.len();
    if let Some(group) = less.groups.get_mut(place) {
        (group.admins, group.info_bytes) = (0, 0);
        return Some(less);
    }
    let place = place - less.groups.len();
    let show = less.duration;
    let population = less.populations.get_mut(place / POPULATION_NUMBERS)?;
    match place % POPULATION_NUMBERS {
        0 => {
            for habit in &mut population.habits {
                habit.burst = habit.burst.div_ceil(2);
                habit.body_bytes = Between::new(1, 1);
            }
        }
        1 => population.lurk = Permille::ALL,
        2 => population.habits.iter_mut().for_each(|habit| rarer(&mut habit.every, show)),
        3 => (population.arrive_at, population.arrive_over) = (Duration::ZERO, Duration::ZERO),
        beyond => unreachable!("a population has {POPULATION_NUMBERS} numbers, and none has number {beyond}"),
    }
    Some(less)
}

/// Numbers that a scenario has once.
const COMMON_NUMBERS: usize = 6;
/// Numbers of one population.
const POPULATION_NUMBERS: usize = 4;

/// Lets something happen half as often, as long as it happens within the show.
fn rarer(every: &mut Duration, show: Duration) {
    if *every < show {
        *every = *every + *every;
    }
}

/// Lets everything happen in half the time.
fn squeeze(scenario: &mut Scenario) {
    let half = |span: Duration| Duration::from_millis(span.as_millis() / 2);
    for fault in &mut scenario.faults {
        fault.at = half(fault.at);
        fault.lasts = half(fault.lasts).max(fault.kind.stability());
    }
    scenario.events.iter_mut().for_each(|event| event.at = half(event.at));
    for population in &mut scenario.populations {
        population.arrive_at = half(population.arrive_at);
        population.arrive_over = half(population.arrive_over);
    }
    let shorter = half(scenario.duration);
    if shorter > Duration::ZERO {
        scenario.cut(shorter);
    }
}

/// The scenario with limits so low that a few users reach them.
pub(super) fn tighten(scenario: &mut Scenario) {
    for (name, count) in [("group-members-max", 2), ("group-messages-per-second", 2)] {
        let value = LimitValue::Count(count);
        match scenario.limits.iter_mut().find(|limit| limit.name == name) {
            Some(limit) => limit.value = value,
            None => scenario.limits.push(LimitChange { name, value }),
        }
    }
}

fn lower_common(scenario: &mut Scenario, number: usize) {
    match number {
        0 => scenario.settle = Duration::from_millis(scenario.settle.as_millis() / 2),
        1 => {
            scenario.network.latency.range = Between::new(Duration::from_millis(1), Duration::from_millis(1));
        }
        2 => scenario.backends.iter_mut().for_each(|backend| backend.callers = backend.callers.min(1)),
        3 => squeeze(scenario),
        4 => {
            let show = scenario.duration;
            let calls = scenario.backends.iter_mut().flat_map(|backend| &mut backend.calls);
            calls.for_each(|(_, every)| rarer(every, show));
        }
        5 => {
            for population in &mut scenario.populations {
                population.arrive_at = Duration::ZERO;
                population.arrive_over = Duration::ZERO;
            }
        }
        beyond => {
            unreachable!("a scenario has {COMMON_NUMBERS} common numbers, and none has number {beyond}")
        }
    }
}

fn lower_action(action: &mut ScriptAction) {
    match action {
        ScriptAction::Messages(stream) => {
            let half = Rate::new(stream.rate.count().div_ceil(2), stream.rate.per());
            stream.rate = half.unwrap_or(stream.rate);
            stream.body_bytes = Between::new(1, 1);
            if stream.level == Priority::High && stream.rate.count() == 1 {
                stream.lasts = Duration::from_millis(stream.lasts.as_millis().div_ceil(2));
            }
        }
        ScriptAction::Awkward { count, .. } => *count = count.div_ceil(2),
        ScriptAction::DrainGroup { over } => *over = Duration::ZERO,
        ScriptAction::JoinWave { to: users, over } | ScriptAction::ReopenGroup { users, over } => {
            (*users, *over) = (users.div_ceil(2), Duration::ZERO);
        }
        ScriptAction::Kick { users } | ScriptAction::MuteUsers { users, .. } => *users = users.div_ceil(2),
        ScriptAction::LeaveWave { over, .. } => *over = Duration::ZERO,
        ScriptAction::QuotaBurst { calls } => *calls = calls.div_ceil(2),
        ScriptAction::BudgetBurst { messages }
        | ScriptAction::DeleteDuringSend { messages }
        | ScriptAction::Recall { messages } => {
            *messages = messages.div_ceil(2);
        }
        ScriptAction::ChangeAdmins { users } => *users /= 2,
        ScriptAction::ModifyGroup { info_bytes } => *info_bytes = info_bytes.div_ceil(2),
        ScriptAction::CreateGroup
        | ScriptAction::DeleteGroup
        | ScriptAction::DisableApp(_)
        | ScriptAction::EnableApp(_)
        | ScriptAction::MuteAll
        | ScriptAction::RestoreAtEdge { .. }
        | ScriptAction::RestoreGroup
        | ScriptAction::RetentionEdge { .. }
        | ScriptAction::TimeJump { .. }
        | ScriptAction::UnmuteAll => {}
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
    use super::{Scenario, ScenarioPart, lowered};

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

    #[test]
    fn lowering_numbers_comes_to_an_end() {
        for mut scenario in scenarios() {
            let (mut number, mut steps) = (0, 0);
            while let Some(less) = lowered(&scenario, number) {
                steps += 1;
                assert!(steps < 2_000, "number {number} never reaches its least");
                if less == scenario {
                    number += 1;
                } else {
                    scenario = less;
                }
            }
        }
    }
}
