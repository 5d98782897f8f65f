//! What a seed does to the parts that a scenario has.

use claque_core::{Duration, Family, Readings};
use claque_document::units::{Permille, Ppm};

use super::choices::WeightedChoices;
use crate::scenario::{
    Churn, ClockSpread, LatencyShape, LimitChange, LimitValue, ModerationMode, Population, PopulationKind,
    Scenario,
};

pub(super) fn apps(weighted: &mut WeightedChoices, scenario: &mut Scenario) {
    for app in scenario.apps.iter_mut().filter(|app| app.family == Family::Live) {
        if weighted.choose(&format!("app:{}:callbacks", app.name), &[("own", 7), ("other", 3)]) == 1 {
            app.callbacks = !app.callbacks;
        }
        let choices = [("own", 6), ("off", 2), ("built-in", 1), ("custom", 1)];
        match weighted.choose(&format!("app:{}:moderation", app.name), &choices) {
            1 => app.moderation = ModerationMode::Off,
            2 => app.moderation = ModerationMode::BuiltIn,
            3 => app.moderation = ModerationMode::Custom,
            _ => {}
        }
        let choices = [("own", 7), ("90d", 2), ("180d", 1)];
        match weighted.choose(&format!("app:{}:retention", app.name), &choices) {
            1 => app.retention = Duration::from_days(90),
            2 => app.retention = Duration::from_days(180),
            _ => {}
        }
    }
}

pub(super) fn populations(weighted: &mut WeightedChoices, scenario: &mut Scenario) {
    let off = weighted.share_off("population");
    let habits_off = weighted.share_off("habit");
    let sizes: Vec<u32> = scenario.populations.iter().map(|population| population.users).collect();
    for population in &mut scenario.populations {
        size(weighted, population, off);
        habits(weighted, population, habits_off);
        traits(weighted, population);
    }
    if scenario.users() == 0 {
        for (population, users) in scenario.populations.iter_mut().zip(sizes) {
            population.users = users;
        }
    }
}

fn size(weighted: &mut WeightedChoices, population: &mut Population, off: u32) {
    let own = population.users;
    let none = off.clamp(20, 980) / 4;
    let choices = [("own", 500), ("none", none), ("one", 40), ("quarter", 150), ("half", 150), ("more", 100)];
    population.users = match weighted.choose(&format!("population:{}", population.name), &choices) {
        1 => 0,
        2 => own.min(1),
        3 => own / 4,
        4 => own / 2,
        5 if population.kind == PopulationKind::Audience => own.saturating_add(own / 2),
        _ => own,
    };
}

fn habits(weighted: &mut WeightedChoices, population: &mut Population, off: u32) {
    let name = population.name.clone();
    let off = off.clamp(20, 980);
    let mut habits = Vec::new();
    for mut habit in population.habits.drain(..) {
        let choices = [("own", 1_000 - off), ("off", off), ("fast", 150), ("storm", 80)];
        match weighted.choose(&format!("habit:{name}:{}", habit.kind.word()), &choices) {
            1 => continue,
            2 => habit.every = Duration::from_micros((habit.every.as_micros() / 4).max(1)),
            3 => habit.burst = habit.burst.saturating_add(20),
            _ => {}
        }
        habits.push(habit);
    }
    population.habits = habits;
    let mut duties = Vec::new();
    for duty in population.duties.drain(..) {
        if weighted.stays(&format!("duty:{name}:{:?}", duty.kind), off) {
            duties.push(duty);
        }
    }
    population.duties = duties;
}

fn traits(weighted: &mut WeightedChoices, population: &mut Population) {
    let name = population.name.clone();
    let dimension = |what: &str| format!("{what}:{name}");
    match weighted.choose(&dimension("churn"), &[("own", 6), ("off", 3), ("wild", 2)]) {
        1 => population.churn = None,
        2 => {
            population.churn = Some(Churn {
                share: Permille::new(700).unwrap_or(Permille::ALL),
                stay: Duration::from_secs(6),
                away: Duration::from_secs(2),
            });
        }
        _ => {}
    }
    match weighted.choose(&dimension("two-devices"), &[("own", 6), ("off", 3), ("many", 1)]) {
        1 => population.two_devices = Permille::default(),
        2 => population.two_devices = Permille::new(500).unwrap_or_default(),
        _ => {}
    }
    match weighted.choose(&dimension("second-group"), &[("own", 6), ("off", 3), ("all", 1)]) {
        1 => population.second_group = Permille::default(),
        2 => population.second_group = Permille::ALL,
        _ => {}
    }
    match weighted.choose(&dimension("stay"), &[("own", 7), ("for-good", 2), ("short", 1)]) {
        1 => population.stay = None,
        2 => population.stay = Some(Duration::from_secs(15)),
        _ => {}
    }
    match weighted.choose(&dimension("clock"), &[("own", 6), ("right", 2), ("wrong", 2)]) {
        1 => population.clock = ClockSpread::default(),
        2 => population.clock = ClockSpread { offset: Duration::from_secs(600), drift_ppm: 50_000 },
        _ => {}
    }
    match weighted.choose(&dimension("token"), &[("own", 8), ("minute", 1), ("half-minute", 1)]) {
        1 => population.token = Duration::from_secs(60),
        2 => population.token = Duration::from_secs(30),
        _ => {}
    }
}

pub(super) fn backends(weighted: &mut WeightedChoices, scenario: &mut Scenario) {
    let off = weighted.share_off("call").clamp(20, 980);
    for backend in &mut scenario.backends {
        let mut calls = Vec::new();
        for (operation, every) in backend.calls.drain(..) {
            let choices = [("own", 1_000 - off), ("off", off), ("fast", 120)];
            match weighted.choose(&format!("call:{}:{}", backend.name, operation.name()), &choices) {
                1 => {}
                2 => calls.push((operation, Duration::from_micros((every.as_micros() / 8).max(1_000)))),
                _ => calls.push((operation, every)),
            }
        }
        backend.calls = calls;
        match weighted.choose(&format!("odd:{}", backend.name), &[("own", 6), ("none", 3), ("many", 1)]) {
            1 => backend.odd = Permille::default(),
            2 => backend.odd = Permille::new(300).unwrap_or_default(),
            _ => {}
        }
    }
}

pub(super) fn network(weighted: &mut WeightedChoices, scenario: &mut Scenario) {
    let network = &mut scenario.network;
    match weighted.choose("network:shape", &[("own", 6), ("uniform", 1), ("tailed", 1)]) {
        1 => network.latency.shape = LatencyShape::Uniform,
        2 => network.latency.shape = LatencyShape::Tailed,
        _ => {}
    }
    let ppm = |number| Ppm::new(number).unwrap_or_default();
    for (name, chance) in [("network:loss", &mut network.loss), ("network:duplicate", &mut network.duplicate)]
    {
        match weighted.choose(name, &[("own", 5), ("none", 4), ("high", 1)]) {
            1 => *chance = Ppm::default(),
            2 => *chance = ppm(50_000),
            _ => {}
        }
    }
    let shape = network.latency.shape;
    for latency in scenario.populations.iter_mut().filter_map(|population| population.latency.as_mut()) {
        latency.shape = shape;
    }
}

/// Switches faults and acts of the script off.
pub(super) fn timelines(weighted: &mut WeightedChoices, scenario: &mut Scenario) {
    let off = weighted.share_off("fault");
    scenario.faults.retain(|fault| weighted.stays(&format!("fault:{}", fault.name), off));
    let off = weighted.share_off("event");
    scenario.events.retain(|event| weighted.stays(&format!("event:{}", event.name), off));
}

/// For each limit, other values that make its edge near.
const EDGES: [(&str, &[LimitValue]); 9] = [
    ("account-apps-max", &[LimitValue::Count(3)]),
    ("app-groups-max", &[LimitValue::Count(8), LimitValue::Count(12)]),
    ("call-quotas", &[LimitValue::Switch(false)]),
    ("group-members-max", &[LimitValue::Count(5), LimitValue::Count(20), LimitValue::Count(2_000)]),
    ("group-messages-per-second", &[LimitValue::Count(1), LimitValue::Count(3), LimitValue::Count(50)]),
    ("group-types-max", &[LimitValue::Count(2), LimitValue::Count(3)]),
    (
        "heartbeat-timeout",
        &[LimitValue::Span(Duration::from_secs(5)), LimitValue::Span(Duration::from_secs(99))],
    ),
    ("list-page-size", &[LimitValue::Count(2), LimitValue::Count(7)]),
    ("recent-messages-max", &[LimitValue::Count(1), LimitValue::Count(5)]),
];

pub(super) fn limits(weighted: &mut WeightedChoices, scenario: &mut Scenario) {
    let off = weighted.share_off("limit").clamp(20, 980);
    for (name, values) in EDGES {
        let words: Vec<String> = values.iter().map(limit_word).collect();
        let share = (1_000 - off) / 5 + 10;
        let mut choices = vec![("own", 1_000)];
        choices.extend(words.iter().map(|word| (word.as_str(), share)));
        let number = weighted.choose(&format!("limit:{name}"), &choices);
        let Some(value) = number.checked_sub(1).and_then(|index| values.get(index)) else { continue };
        scenario.limits.retain(|change| change.name != name);
        if LimitChange::documented(name) != Some(*value) {
            scenario.limits.push(LimitChange { name, value: *value });
        }
    }
    scenario.limits.sort_by_key(|change| change.name);
}

fn limit_word(value: &LimitValue) -> String {
    match value {
        LimitValue::Count(count) => count.to_string(),
        LimitValue::Span(span) => claque_document::units::format_duration(*span),
        LimitValue::Switch(on) => on.to_string(),
    }
}

pub(super) fn readings(weighted: &mut WeightedChoices, scenario: &mut Scenario, kept: &[(&str, &str)]) {
    let off = weighted.share_off("reading").clamp(20, 980);
    let mut readings: Readings = scenario.readings;
    for choice in scenario.readings.iter() {
        if kept.iter().any(|(id, _)| *id == choice.id) {
            continue;
        }
        let others: Vec<&str> =
            choice.alternatives.iter().copied().filter(|word| *word != choice.value).collect();
        let mut choices = vec![(choice.value, 1_000)];
        choices.extend(others.iter().map(|word| (*word, (1_000 - off) / 4)));
        let number = weighted.choose(&format!("reading:{}", choice.id), &choices);
        if let Some(word) = number.checked_sub(1).and_then(|index| others.get(index)) {
            let set = readings.set(choice.id, word);
            debug_assert!(set.is_ok(), "an alternative of the reading was chosen");
        }
    }
    scenario.readings = readings;
}
