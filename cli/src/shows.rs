//! From a simulator's scenario to a script for a running server's crowd.
//!
//! What becomes of the scenario: who comes to its chat group and when, who leaves it or comes and goes, what they say and
//! how often, and the streams, waves and drains of its timeline. What is the tester's own hands on a server (faults, the
//! clock, back-end calls, limits, readings) is left out, and said so. Rates are spread evenly: chance belongs to the
//! simulator.

use std::num::NonZeroU32;
use std::path::Path;

use claque_core::{Duration, Priority};
use claque_scenario::{Habit, MessageKind, Population, PopulationKind, Scenario, ScriptAction};
use serde_json::{Value, json};

use crate::CommandFailure;
use crate::output::remark;
use crate::run_plan::refused;

/// The body of `POST /_claque/crowd/script`.
pub(crate) fn script(
    name: &str,
    users: Option<NonZeroU32>,
    app: &str,
    group: &str,
) -> Result<Value, CommandFailure> {
    let scenario = if Scenario::builtin_text(name).is_none() && Path::new(name).exists() {
        let text = crate::input::read_text(Path::new(name))?;
        Scenario::parse(name, &text).map_err(|it| refused(&it))?
    } else {
        Scenario::builtin(name).map_err(|it| refused(&it))?
    };
    let all: u64 = audience(&scenario).map(|it| u64::from(it.users)).sum();
    let share = Share { users: users.map_or(all, |users| u64::from(users.get())), of: all.max(1) };
    let mut steps: Vec<Value> = audience(&scenario).flat_map(|it| steps_of(it, &scenario, share)).collect();
    let speakers = audience(&scenario).max_by_key(|it| it.users).map_or("crowd", |it| it.name.as_str());
    let mut left_out: Vec<&str> = Vec::new();
    for event in scenario.events.iter().filter(|event| event.groups.contains(&scenario.chat)) {
        match event.action {
            ScriptAction::Messages(stream) => {
                let count = stream.rate.occurrences(stream.lasts);
                let what = (stream.kind, stream.level);
                steps.extend(said(speakers, what, event.at, stream.lasts, count));
            }
            ScriptAction::JoinWave { to, over } | ScriptAction::ReopenGroup { users: to, over } => {
                let already = share.of(all);
                let more = u64::from(to).saturating_sub(already);
                steps.extend(step("join", &format!("{}wave", event.name), event.at, over, more));
            }
            ScriptAction::DrainGroup { over } => {
                steps.extend(
                    audience(&scenario).filter_map(|it| {
                        step("leave", &it.name, event.at, over, share.of(u64::from(it.users)))
                    }),
                );
            }
            other => left_out.push(other.word()),
        }
    }
    left_out.extend((!scenario.faults.is_empty()).then_some("faults"));
    left_out.extend((!scenario.limits.is_empty()).then_some("limits"));
    if !left_out.is_empty() {
        left_out.sort_unstable();
        left_out.dedup();
        remark(&format!("left out, as they are in your hands on a server: {}", left_out.join(", ")));
    }
    Ok(json!({ "app": app, "group": group, "steps": steps }))
}

/// The viewers of the scenario's chat group.
fn audience(scenario: &Scenario) -> impl Iterator<Item = &Population> {
    let comes = |it: &&Population| {
        it.kind == PopulationKind::Audience && (it.groups.is_empty() || it.groups.contains(&scenario.chat))
    };
    scenario.populations.iter().filter(comes)
}

/// The users asked for, out of those that the scenario has.
#[derive(Clone, Copy)]
struct Share {
    users: u64,
    of: u64,
}

impl Share {
    fn of(self, count: u64) -> u64 {
        let scaled = (u128::from(count) * u128::from(self.users)).div_ceil(u128::from(self.of));
        u64::try_from(scaled).unwrap_or(u64::MAX)
    }
}

fn micros(span: Duration) -> String {
    format!("{}us", span.as_micros())
}

fn step(what: &str, prefix: &str, at: Duration, over: Duration, count: u64) -> Option<Value> {
    let mut step = json!({ "at": micros(at), "over": micros(over), "prefix": prefix });
    step[what] = count.into();
    (count > 0).then_some(step)
}

fn said(
    prefix: &str,
    (kind, level): (MessageKind, Priority),
    at: Duration,
    over: Duration,
    count: u64,
) -> Option<Value> {
    let mut step = step("send", prefix, at, over, count)?;
    step["type"] = kind.message_type().into();
    step["level"] = level.as_str().into();
    step["body"] = kind.word().into();
    Some(step)
}

/// How often something happens that each of `users` does every so often. Nothing where the span is empty.
fn occurrences(users: u64, every: Duration, over: Duration) -> u64 {
    let all = u128::from(users) * u128::from(over.as_micros());
    u64::try_from(all.checked_div(u128::from(every.as_micros())).unwrap_or(0)).unwrap_or(u64::MAX)
}

fn steps_of(it: &Population, scenario: &Scenario, share: Share) -> Vec<Value> {
    let users = share.of(u64::from(it.users));
    let here = it.arrive_at + it.arrive_over;
    let during = Duration::from_micros(scenario.duration.as_micros().saturating_sub(here.as_micros()));
    let mut steps: Vec<Value> =
        step("join", &it.name, it.arrive_at, it.arrive_over, users).into_iter().collect();
    if let Some(churn) = it.churn {
        let cycle = churn.stay + churn.away;
        let times = occurrences(churn.share.of(users), cycle, during);
        steps.extend(step("leave", &it.name, here, during, times));
        steps.extend(step("join", &it.name, here + churn.away, during, times));
    }
    if let Some(stay) = it.stay {
        steps.extend(step("leave", &it.name, here, during, occurrences(users, stay, during).min(users)));
    }
    let speakers = users - it.lurk.of(users).min(users);
    steps.extend(it.habits.iter().filter_map(|habit: &Habit| {
        let count = occurrences(speakers, habit.every, during) * u64::from(habit.burst);
        said(&it.name, (habit.kind, habit.level), here, during, count)
    }));
    steps
}

#[cfg(test)]
mod tests {
    use super::script;

    #[test]
    fn every_built_in_scenario_with_an_audience_gives_a_script() {
        for name in claque_scenario::Scenario::builtin_names() {
            let Ok(script) = script(name, std::num::NonZeroU32::new(100), "app", "g") else {
                panic!("{name} gives a script");
            };
            let steps = script["steps"].as_array().expect("a list");
            assert!(!steps.is_empty(), "{name}: nobody comes");
            for step in steps {
                let of = |what: &str| step[what].as_u64().unwrap_or(0);
                assert!(of("join") + of("leave") + of("send") > 0, "{name}: {step}");
            }
        }
    }

    #[test]
    fn users_scale_and_what_they_say_is_what_the_scenario_says() {
        let Ok(script) = script("evening-show", std::num::NonZeroU32::new(50), "app", "g") else {
            panic!("a script");
        };
        let steps = script["steps"].as_array().expect("a list");
        let joins: u64 = steps.iter().filter_map(|step| step["join"].as_u64()).sum();
        assert!(joins >= 50, "{joins}");
        let levels: Vec<&str> = steps.iter().filter_map(|step| step["level"].as_str()).collect();
        assert!(levels.contains(&"HIGH"), "gifts are HIGH: {levels:?}");
    }
}
