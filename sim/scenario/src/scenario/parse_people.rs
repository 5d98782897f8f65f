//! Reads the populations of a scenario.

use claque_core::{Duration, Priority};
use claque_document::diagnostic::Diagnostic;
use claque_document::table::{FromValue, Table, Value};
use claque_document::units::{Between, Permille};

use super::known_names::KnownNames;
use super::parse_bounds::{counted, entries, not_empty, text_lengths};
use super::people::{Churn, ClockSpread, Duty, DutyKind, Habit, MessageKind, Population, PopulationKind};
use super::{GroupSetup, Latency, LatencyShape, USERS_MAX};

/// Messages in one bout of a user.
const BURST_MAX: u32 = 100_000;
/// How long tokens last, unless the scenario says.
// Longer than the shows themselves: tokens end in a jump of the clock, or where a scenario asks for shorter ones.
const TOKEN: Duration = Duration::from_days(1);
/// The words of the three levels.
pub(super) const LEVELS: [(&str, Priority); 3] =
    [("high", Priority::High), ("medium", Priority::Medium), ("normal", Priority::Normal)];

pub(super) fn populations(
    file: &Table<'_>,
    names: &mut KnownNames,
    groups: &[GroupSetup],
    shape: LatencyShape,
) -> Result<Vec<Population>, Diagnostic> {
    let mut populations = Vec::new();
    let mut users: u32 = 0;
    for table in entries(file.tables("population")?, "population")? {
        let name = table.need_value("name")?;
        let population = population(&table, names, groups, shape)?;
        table.finish()?;
        names.add_population(&name, &population.name, populations.len())?;
        users = users
            // Each number is within its bound; their sum need not be.
            .checked_add(population.users)
            .filter(|users| *users <= USERS_MAX)
            .ok_or_else(|| table.refuse(format!("there are more than {USERS_MAX} users")))?;
        populations.push(population);
    }
    if users == 0 {
        return Err(file.refuse("a scenario has at least one user: add [[population]] with `users`"));
    }
    Ok(populations)
}

fn population(
    table: &Table<'_>,
    names: &KnownNames,
    groups: &[GroupSetup],
    shape: LatencyShape,
) -> Result<Population, Diagnostic> {
    let name = stem(&table.need_value("name")?)?;
    let kinds = [
        ("administrators", PopulationKind::Administrators),
        ("audience", PopulationKind::Audience),
        ("hosts", PopulationKind::Hosts),
    ];
    let kind = table.need_value("kind")?.choice("kind", &kinds)?;
    let users = counted(table, "users", 0..=USERS_MAX, None)?;
    let selected = match table.value("group") {
        Some(value) => names.groups(&value)?,
        None => {
            let all = names.all_groups();
            // Said or not, a selection counts: ten thousand populations that say nothing mean as many groups as ten
            // thousand times `"all"`.
            names.select(all.len()).map_err(|said| table.refuse(said))?;
            all
        }
    };
    let weighs = |number: &super::GroupNumber| {
        usize::try_from(number.0)
            .ok()
            .and_then(|index| groups.get(index))
            .is_some_and(|group| group.weight > 0)
    };
    // The weights divide the audience. Of hosts and administrators the groups say who they are.
    if kind == PopulationKind::Audience && !selected.iter().any(weighs) {
        return Err(table.refuse(format!("all groups that `{name}` comes for have weight 0")));
    }
    let arrive: Between<Duration> = table.or("arrive", Between::default())?;
    let stay = span(table, "stay")?;
    let mut habits = Vec::new();
    // In the order of the kinds and not of the file. The order of habits decides which draw belongs to which: two
    // files that say the same must give the same run.
    for (key, kind) in MessageKind::WORDS {
        habits.extend(table.value(key).map(|value| habit(&value, key, kind)).transpose()?);
    }
    // Not read for an audience, so that a duty of a viewer is refused as an unknown key.
    let duties = if kind == PopulationKind::Audience { Vec::new() } else { duties(table)? };
    let latency = table.find::<Between<Duration>>("latency")?.map(|range| Latency { range, shape });
    Ok(Population {
        name,
        kind,
        users,
        groups: selected,
        second_group: table.or("second-group", Permille::default())?,
        lurk: table.or("lurk", Permille::default())?,
        two_devices: table.or("two-devices", Permille::default())?,
        arrive_at: arrive.least(),
        arrive_over: Duration::from_micros(arrive.most().as_micros() - arrive.least().as_micros()),
        stay,
        churn: churn(table)?,
        habits,
        duties,
        clock: clock(table)?,
        token: span(table, "token")?.unwrap_or(TOKEN),
        latency,
    })
}

fn churn(table: &Table<'_>) -> Result<Option<Churn>, Diagnostic> {
    let Some(table) = table.table("churn")? else { return Ok(None) };
    let share = table.need("share")?;
    let stay = not_empty(&table.need_value("stay")?, table.need("stay")?)?;
    let away = not_empty(&table.need_value("away")?, table.need("away")?)?;
    table.finish()?;
    Ok(Some(Churn { share, stay, away }))
}

fn clock(table: &Table<'_>) -> Result<ClockSpread, Diagnostic> {
    let Some(table) = table.table("clock")? else { return Ok(ClockSpread::default()) };
    let offset = table.or("offset", Duration::ZERO)?;
    let drift = table.value("drift-ppm").map(|value| value.as_integer(0, 100_000)).transpose()?.unwrap_or(0);
    let drift_ppm = u32::try_from(drift).expect("the number was checked against the bounds");
    table.finish()?;
    Ok(ClockSpread { offset, drift_ppm })
}

/// `comment = "40m"`, or a table with more to say.
fn habit(value: &Value<'_>, key: &str, kind: MessageKind) -> Result<Habit, Diagnostic> {
    let mut habit = Habit {
        kind,
        every: Duration::ZERO,
        burst: 1,
        gap: Duration::from_millis(100),
        body_bytes: body_bytes(kind),
        level: kind.level(),
    };
    if value.is_text() {
        habit.every = not_empty(value, Duration::from_value(value)?)?;
        return Ok(habit);
    }
    let table = value.as_table(format!("`{key}` of [[population]]"))?;
    habit.every = not_empty(&table.need_value("every")?, table.need("every")?)?;
    habit.burst = counted(&table, "burst", 0..=BURST_MAX, Some(habit.burst))?;
    habit.gap = table.or("gap", habit.gap)?;
    habit.body_bytes = text_lengths(&table, habit.body_bytes)?;
    habit.level = level(&table)?.unwrap_or(habit.level);
    table.finish()?;
    if habit.burst == 0 {
        return Err(table.refuse("a bout has at least one message: `burst` is 1 or more"));
    }
    Ok(habit)
}

/// The length of a message's body, unless the scenario says.
pub(super) fn body_bytes(kind: MessageKind) -> Between<u32> {
    match kind {
        MessageKind::Comment => Between::new(4, 60),
        MessageKind::Gift => Between::new(20, 40),
        MessageKind::Like => Between::new(1, 1),
    }
}

/// The level of a table's messages, where it names one.
pub(super) fn level(table: &Table<'_>) -> Result<Option<Priority>, Diagnostic> {
    table.value("level").map(|value| value.choice("level", &LEVELS)).transpose()
}

fn duties(table: &Table<'_>) -> Result<Vec<Duty>, Diagnostic> {
    let known = [
        ("console", DutyKind::Console),
        ("kick", DutyKind::Kick),
        ("modify", DutyKind::Modify),
        ("mute", DutyKind::Mute),
        ("mute-all", DutyKind::MuteAll),
        ("recall", DutyKind::Recall),
    ];
    let mut duties = Vec::new();
    for (key, kind) in known {
        let Some(value) = table.value(key) else { continue };
        let lasting = matches!(kind, DutyKind::Console | DutyKind::Mute | DutyKind::MuteAll);
        let mut duty = Duty { kind, every: Duration::ZERO, lasts: Duration::ZERO };
        if lasting {
            duty.lasts = Duration::from_secs(60);
        }
        if value.is_text() {
            duty.every = not_empty(&value, Duration::from_value(&value)?)?;
        } else {
            let inner = value.as_table(format!("`{key}` of [[population]]"))?;
            duty.every = not_empty(&inner.need_value("every")?, inner.need("every")?)?;
            if lasting {
                duty.lasts = inner.or("for", duty.lasts)?;
            }
            inner.finish()?;
        }
        duties.push(duty);
    }
    Ok(duties)
}

fn span(table: &Table<'_>, key: &'static str) -> Result<Option<Duration>, Diagnostic> {
    let Some(value) = table.value(key) else { return Ok(None) };
    not_empty(&value, Duration::from_value(&value)?).map(Some)
}

/// The stem of user names: letters only, so that no two populations make the same name.
fn stem(value: &Value<'_>) -> Result<String, Diagnostic> {
    let word = value.as_text()?;
    // A user's ID is the stem and a number, which has at most 8 digits; the service takes IDs of 64 bytes.
    if word.is_empty() || word.len() > 48 || !word.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Err(value.refuse(format!("`{word}` is not a name of 1 to 48 letters")));
    }
    Ok(word.to_owned())
}
