//! The configuration of the service, and the time before the show, as a scenario decides them.

use claque_core::{Config, Duration, Family};
use claque_engine::{Actor, DrawPurpose, Randomness};
use claque_scenario::{AwkwardAct, Scenario, ScriptAction, ScriptEvent};

use crate::world::credentials::REFUSED_WORD;

/// Distance of two creations before the show, so that they keep within the documented rate.
pub(super) const CREATION_INTERVAL: Duration = Duration::from_millis(25);

/// The configuration of the service: the scenario's, with a key drawn from the seed.
#[must_use]
pub fn service_config(scenario: &Scenario, randomness: &Randomness) -> Config {
    let mut config = Config {
        limits: scenario.changed_limits(),
        readings: scenario.readings,
        refused_words: vec![REFUSED_WORD.to_owned()],
        ..Config::default()
    };
    let others = |event: &ScriptEvent| {
        matches!(event.action, ScriptAction::Awkward { what: AwkwardAct::OtherAccount, .. })
    };
    if scenario.events.iter().any(others) {
        config.accounts.push("2000".to_owned());
    }
    let mut draws = randomness.draws(DrawPurpose::named("service.key"), Actor::named("service"), 0);
    // The key decides what IDs and secrets look like. Drawn from the seed it is the same in every run of a line, where
    // a server takes a random one.
    for part in config.key.chunks_exact_mut(8) {
        part.copy_from_slice(&draws.draw().to_le_bytes());
    }
    config
}

/// How long before the show the first application is created. Unit: microseconds.
#[must_use]
pub fn preparation_time(scenario: &Scenario) -> u64 {
    let older = scenario.apps.iter().filter(|app| app.family == Family::Old).count();
    let creations = scenario.apps.len() + older + scenario.groups.len() + 2;
    // Before the show and not in it: the scenario's own times count from its start, however much there is to create.
    (creations as u64).saturating_mul(CREATION_INTERVAL.as_micros())
}
