//! Changes of a seed to the parts that a scenario has.

use claque_core::{Duration, Family, Readings};
use claque_document::units::{Permille, Ppm};

use super::choices::WeightedChoices;
use crate::scenario::{
    Churn, ClockSpread, Habit, LatencyShape, LimitChange, LimitValue, ModerationMode, Population,
    PopulationKind, Scenario,
};

pub(super) fn apps(weighted: &mut WeightedChoices, scenario: &mut Scenario) {
    // An application of the older family takes none of these keys.
    for app in scenario.apps.iter_mut().filter(|app| app.family == Family::Live) {
        let switches = [("own", 7, app.callbacks), ("other", 3, !app.callbacks)];
        app.callbacks = weighted.pick(&format!("app:{}:callbacks", app.name), switches);
        let modes = [
            ("own", 6, app.moderation),
            ("off", 2, ModerationMode::Off),
            ("built-in", 1, ModerationMode::BuiltIn),
            ("custom", 1, ModerationMode::Custom),
        ];
        app.moderation = weighted.pick(&format!("app:{}:moderation", app.name), modes);
        let spans = [
            ("own", 7, app.retention),
            ("90d", 2, Duration::from_days(90)),
            ("180d", 1, Duration::from_days(180)),
        ];
        app.retention = weighted.pick(&format!("app:{}:retention", app.name), spans);
    }
}

pub(super) fn populations(weighted: &mut WeightedChoices, scenario: &mut Scenario) {
    let off = weighted.share_off("population");
    let habits_off = weighted.share_off("habit");
    // A scenario has at least one user. Where every population was drawn away, all of them come back.
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
    // A show has no more hosts for a larger audience; the word is drawn all the same, since the choice belongs to
    // each population.
    let more = if population.kind == PopulationKind::Audience { own.saturating_add(own / 2) } else { own };
    let sizes = [
        ("own", 500, own),
        ("none", none, 0),
        ("one", 40, own.min(1)),
        ("quarter", 150, own / 4),
        ("half", 150, own / 2),
        ("more", 100, more),
    ];
    population.users = weighted.pick(&format!("population:{}", population.name), sizes);
}

fn habits(weighted: &mut WeightedChoices, population: &mut Population, off: u32) {
    let name = population.name.clone();
    let off = off.clamp(20, 980);
    let mut habits = Vec::new();
    for habit in population.habits.drain(..) {
        // At least a microsecond: a habit without a gap is refused by the reader, and would never let time pass.
        let fast = Habit { every: Duration::from_micros((habit.every.as_micros() / 4).max(1)), ..habit };
        let storm = Habit { burst: habit.burst.saturating_add(20), ..habit };
        let rows = [
            ("own", 1_000 - off, Some(habit)),
            ("off", off, None),
            ("fast", 150, Some(fast)),
            ("storm", 80, Some(storm)),
        ];
        habits.extend(weighted.pick(&format!("habit:{name}:{}", habit.kind.word()), rows));
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
    let wild = Churn {
        share: Permille::new(700).unwrap_or(Permille::ALL),
        stay: Duration::from_secs(6),
        away: Duration::from_secs(2),
    };
    let rows = [("own", 6, population.churn), ("off", 3, None), ("wild", 2, Some(wild))];
    population.churn = weighted.pick(&dimension("churn"), rows);
    let half = Permille::new(500).unwrap_or_default();
    let rows = [("own", 6, population.two_devices), ("off", 3, Permille::default()), ("many", 1, half)];
    population.two_devices = weighted.pick(&dimension("two-devices"), rows);
    let rows =
        [("own", 6, population.second_group), ("off", 3, Permille::default()), ("all", 1, Permille::ALL)];
    population.second_group = weighted.pick(&dimension("second-group"), rows);
    let short = Duration::from_secs(15);
    let rows = [("own", 7, population.stay), ("for-good", 2, None), ("short", 1, Some(short))];
    population.stay = weighted.pick(&dimension("stay"), rows);
    // Off by more than the shortest tokens last: a client then takes a good token for one that has ended, and the
    // other way round.
    let wrong = ClockSpread { offset: Duration::from_secs(600), drift_ppm: 50_000 };
    let rows = [("own", 6, population.clock), ("right", 2, ClockSpread::default()), ("wrong", 2, wrong)];
    population.clock = weighted.pick(&dimension("clock"), rows);
    let (minute, half_minute) = (Duration::from_secs(60), Duration::from_secs(30));
    let rows = [("own", 8, population.token), ("minute", 1, minute), ("half-minute", 1, half_minute)];
    population.token = weighted.pick(&dimension("token"), rows);
}

pub(super) fn backends(weighted: &mut WeightedChoices, scenario: &mut Scenario) {
    let off = weighted.share_off("call").clamp(20, 980);
    for backend in &mut scenario.backends {
        let mut calls = Vec::new();
        for (operation, every) in backend.calls.drain(..) {
            let fast = Duration::from_micros((every.as_micros() / 8).max(1_000));
            let rows = [("own", 1_000 - off, Some(every)), ("off", off, None), ("fast", 120, Some(fast))];
            let every = weighted.pick(&format!("call:{}:{}", backend.name, operation.name()), rows);
            calls.extend(every.map(|every| (operation, every)));
        }
        backend.calls = calls;
        let many = Permille::new(300).unwrap_or_default();
        let rows = [("own", 6, backend.odd), ("none", 3, Permille::default()), ("many", 1, many)];
        backend.odd = weighted.pick(&format!("odd:{}", backend.name), rows);
    }
}

pub(super) fn network(weighted: &mut WeightedChoices, scenario: &mut Scenario) {
    let network = &mut scenario.network;
    let shapes = [
        ("own", 6, network.latency.shape),
        ("uniform", 1, LatencyShape::Uniform),
        ("tailed", 1, LatencyShape::Tailed),
    ];
    network.latency.shape = weighted.pick("network:shape", shapes);
    let high = Ppm::new(50_000).unwrap_or_default();
    for (name, chance) in [("network:loss", &mut network.loss), ("network:duplicate", &mut network.duplicate)]
    {
        *chance = weighted.pick(name, [("own", 5, *chance), ("none", 4, Ppm::default()), ("high", 1, high)]);
    }
    // A file has one shape for all, and a population with a range of its own takes it from there.
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
// Low ones, since an edge of 2,000 members or 50 messages is out of reach for a crowd of 400 in two minutes; and the
// documented ones, for scenarios that have lowered them.
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
        // Never nothing, whatever is off: a choice that cannot be drawn would be a hole.
        let share = (1_000 - off) / 5 + 10;
        let mut choices = vec![("own", 1_000)];
        choices.extend(words.iter().map(|word| (word.as_str(), share)));
        let number = weighted.choose(&format!("limit:{name}"), &choices);
        let Some(value) = number.checked_sub(1).and_then(|index| values.get(index)) else { continue };
        scenario.limits.retain(|change| change.name != name);
        // A limit at its documented value is no change, and is none after the scenario was written and read.
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
        // Without a draw: `--reading` fixes it, and there is nothing to choose.
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
