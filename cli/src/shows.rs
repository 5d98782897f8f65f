//! Recorded chats and scenarios for a running server, as the simulator reads them.
//!
//! What becomes of a scenario: who comes to its chat group and when, who leaves it or comes and goes, what they say and
//! how often, and the streams, waves and drains of its timeline. What is the tester's own hands on a server (faults, the
//! clock, back-end calls, limits, readings) is left out, and said so. Rates are spread evenly: chance belongs to the
//! simulator.

use std::str::FromStr;
use std::sync::Arc;

use claque_core::{ClientSend, Duration, Priority};
use claque_scenario::recorded::{ChatEntry, ChatOptions, ChatTimes, RecordedChat, Speed};
use claque_scenario::{Habit, MessageKind, Population, PopulationKind, Scenario, ScriptAction};
use claque_server::{ChatReplay, RecordedLine, RecordedLines, ScenarioSteps, ShowReader};
use serde_json::{Value, json};

/// Reads them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shows;

impl ShowReader for Shows {
    fn chat(&self, bytes: &[u8], how: &ChatReplay) -> Result<RecordedLines, String> {
        let times = ChatTimes { start: parsed("start", &how.start)?, unit: parsed("unit", &how.unit)? };
        let speed = parsed::<Speed>("speed", &how.speed)?.unwrap_or_default();
        let options = ChatOptions { times, strict: how.strict };
        let mut chat = RecordedChat::read_as(&how.file, bytes, options).map_err(|said| said.to_string())?;
        chat.compress(speed);
        let line = |entry: &ChatEntry| RecordedLine {
            at: entry.at,
            user: entry.user,
            message: ClientSend::new(
                i64::from(entry.message_type),
                entry.level,
                Arc::<str>::from(&*entry.body),
            ),
        };
        Ok(RecordedLines {
            format: chat.format.name.to_owned(),
            users: chat.users.len(),
            notes: chat.notes.iter().map(|note| format!("{}: {note}", note.sort.word())).collect(),
            lines: chat.entries.iter().map(line).collect(),
        })
    }

    fn scenario(&self, name: &str, text: Option<&str>, users: Option<u32>) -> Result<ScenarioSteps, String> {
        let scenario = match text {
            Some(text) => Scenario::parse(name, text),
            None => Scenario::builtin(name),
        };
        let (steps, left_out) = script(&scenario.map_err(|said| said.to_string())?, users);
        Ok(ScenarioSteps { steps, left_out })
    }

    fn scenario_names(&self) -> Vec<&'static str> {
        Scenario::builtin_names().collect()
    }
}

fn parsed<T: FromStr>(name: &str, text: &Option<String>) -> Result<Option<T>, String>
where
    T::Err: std::fmt::Display,
{
    text.as_deref().map(|text| text.parse::<T>().map_err(|error| format!("{name}: {error}"))).transpose()
}

/// The steps of a script for a crowd, and what of the scenario is left out.
fn script(scenario: &Scenario, users: Option<u32>) -> (Vec<Value>, Vec<&'static str>) {
    let all: u64 = audience(scenario).map(|it| u64::from(it.users)).sum();
    let share = Share { users: users.map_or(all, u64::from), of: all.max(1) };
    let mut steps: Vec<Value> = audience(scenario).flat_map(|it| steps_of(it, scenario, share)).collect();
    let speakers = audience(scenario).max_by_key(|it| it.users).map_or("crowd", |it| it.name.as_str());
    let mut left_out: Vec<&'static str> = Vec::new();
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
                    audience(scenario).filter_map(|it| {
                        step("leave", &it.name, event.at, over, share.of(u64::from(it.users)))
                    }),
                );
            }
            other => left_out.push(other.word()),
        }
    }
    left_out.extend((!scenario.faults.is_empty()).then_some("faults"));
    left_out.extend((!scenario.limits.is_empty()).then_some("limits"));
    left_out.sort_unstable();
    left_out.dedup();
    (steps, left_out)
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
    use claque_scenario::Scenario;

    use super::script;

    #[test]
    fn every_built_in_scenario_with_an_audience_gives_a_script() {
        for name in Scenario::builtin_names() {
            let scenario = Scenario::builtin(name).unwrap_or_else(|error| panic!("{name}: {error}"));
            let (steps, _) = script(&scenario, Some(100));
            assert!(!steps.is_empty(), "{name}: nobody comes");
            for step in steps {
                let of = |what: &str| step[what].as_u64().unwrap_or(0);
                assert!(of("join") + of("leave") + of("send") > 0, "{name}: {step}");
            }
        }
    }

    #[test]
    fn users_scale_and_what_they_say_is_what_the_scenario_says() {
        let scenario = Scenario::builtin("evening-show").expect("it is built in");
        let (steps, left_out) = script(&scenario, Some(50));
        let joins: u64 = steps.iter().filter_map(|step| step["join"].as_u64()).sum();
        assert!(joins >= 50, "{joins}");
        let levels: Vec<&str> = steps.iter().filter_map(|step| step["level"].as_str()).collect();
        assert!(levels.contains(&"HIGH"), "gifts are HIGH: {levels:?}");
        assert!(left_out.contains(&"faults"), "{left_out:?}");
    }
}
