//! Reads the scenario format: the head of the file, applications, groups, network, limits, readings, expectations.

use claque_core::reading::Families;
use claque_core::{DataCenter, Duration, Family, Instant, Limits, Operation, ReadingError, Readings, Rule};
use claque_document::diagnostic::Diagnostic;
use claque_document::table::{FromValue, Table, Value, read};
use claque_document::units::Permille;

use super::known_names::{KnownNames, count, insert};
use super::parse_bounds::{TEXT_MAX, at_most, counted, not_empty};
use super::{
    AppNumber, AppSetup, Backend, GroupNumber, GroupSetup, Latency, LatencyShape, LimitChange, LimitValue,
    ModerationMode, NetworkSetup, Scenario,
};
use super::{parse_people, parse_timeline};

/// The longest show, and the longest time to settle.
// An act of the script jumps over longer times. A show of more than a month is hardly meant, and would simulate every
// second of it.
const SHOW_MAX: Duration = Duration::from_days(31);
/// Callers of one back end.
const CALLERS_MAX: u32 = 10_000;
/// The largest weight of a group, and the largest number that the first of several groups may have.
const WEIGHT_MAX: u32 = 1_000_000;
/// Groups that a scenario may have: more than an application may hold, so that the bound can be crossed.
const GROUPS_MAX: usize = 20_000;
/// When shows begin, unless the scenario says: 2025-06-20T11:00:00Z.
const START: Instant = Instant::from_unix_seconds(1_750_417_200);

/// Calls that all callers of all back ends repeat: the simulator numbers them with 16 bits.
// Seventy thousand ended the simulator once, long after the file had been read.
const CALLS_MAX: u32 = 65_535;
/// Shows begin a day after the beginning of time at the earliest: applications and groups are made before them.
const START_MIN: Instant = Instant::from_unix_seconds(86_400);

pub(super) fn parse(name: &str, text: &str) -> Result<Scenario, Diagnostic> {
    read(name, text, |file| {
        let mut names = KnownNames::default();
        let says = file.need("says")?;
        // A fixed day and no other: a scenario that says nothing about its start must give the same run tomorrow.
        let start = file.or("start", START)?;
        if let Some(value) = file.value("start").filter(|_| start < START_MIN) {
            return Err(value.refuse("a show begins on 1970-01-02T00:00:00Z at the earliest"));
        }
        let duration_value = file.need_value("duration")?;
        let duration = Duration::from_value(&duration_value)?;
        if duration == Duration::ZERO {
            return Err(duration_value.refuse("a show lasts longer than nothing"));
        }
        at_most(&duration_value, duration, SHOW_MAX)?;
        let settle = file.or("settle", Duration::from_secs(120))?;
        if let Some(value) = file.value("settle") {
            at_most(&value, settle, SHOW_MAX)?;
        }
        // In the order in which they refer to one another, whatever the order of the tables in the file.
        let apps = apps(file, &mut names)?;
        let groups = groups(file, &mut names)?;
        let chat = match file.value("chat") {
            Some(value) => names.group(&value)?,
            None => GroupNumber(0),
        };
        let network = network(file)?;
        // The shape of latencies is the network's alone. A population may only have another range.
        let populations = parse_people::populations(file, &mut names, &groups, network.latency.shape)?;
        let backends = backends(file)?;
        let faults = parse_timeline::faults(file, &names, duration)?;
        let events = parse_timeline::events(file, &names, duration)?;
        let limits = limits(file)?;
        let readings = readings(file)?;
        // Only now: the number of applications that are allowed depends on a limit and on a reading, which come later
        // in the file.
        check_apps(file, &apps, &limits, readings.families)?;
        let expect = expectations(file)?;
        let name = name.to_owned();
        Ok(Scenario {
            name,
            says,
            start,
            duration,
            settle,
            chat,
            apps,
            groups,
            populations,
            backends,
            network,
            faults,
            events,
            limits,
            readings,
            expect,
        })
    })
}

fn apps(file: &Table<'_>, names: &mut KnownNames) -> Result<Vec<AppSetup>, Diagnostic> {
    let mut apps = Vec::new();
    for table in file.tables("app")? {
        let value = table.need_value("name")?;
        let name = app_name(&value)?;
        let families = [("live", Family::Live), ("old", Family::Old)];
        let family = match table.value("family") {
            Some(value) => value.choice("family", &families)?,
            None => Family::Live,
        };
        if family == Family::Old {
            refuse_live_keys(&table)?;
        }
        let centers = [DataCenter::Shanghai, DataCenter::Singapore].map(|center| (center.as_str(), center));
        let data_center = match table.value("data-center") {
            Some(value) => value.choice("data center", &centers)?,
            None => DataCenter::default(),
        };
        let days = [30, 90, 180].map(|days| (days, Duration::from_days(days)));
        let kept = days.map(|(days, span)| (format!("{days}d"), span));
        let retention = match table.value("retention") {
            Some(value) => {
                let choices: Vec<(&str, Duration)> =
                    kept.iter().map(|(word, span)| (word.as_str(), *span)).collect();
                value.choice("retention", &choices)?
            }
            None => Duration::from_days(30),
        };
        let modes = [
            ("built-in", ModerationMode::BuiltIn),
            ("custom", ModerationMode::Custom),
            ("off", ModerationMode::Off),
        ];
        let moderation = match table.value("moderation") {
            Some(value) => value.choice("moderation", &modes)?,
            None => ModerationMode::Off,
        };
        let callbacks = table.or("callbacks", false)?;
        table.finish()?;
        insert(&mut names.apps, &value, &name, (AppNumber(count(apps.len())), family), "application")?;
        apps.push(AppSetup { name, family, data_center, retention, callbacks, moderation });
    }
    if apps.is_empty() {
        return Err(file.refuse("a scenario has at least one application: add [[app]]"));
    }
    Ok(apps)
}

/// Refuses the keys that an application of the older family has not: its creation takes a name and maps.
fn refuse_live_keys(table: &Table<'_>) -> Result<(), Diagnostic> {
    for key in ["data-center", "retention", "callbacks", "moderation"] {
        if let Some(value) = table.value(key) {
            let said = format!(
                "CreateMessageApp, which creates an application of the older family, takes no `{key}`"
            );
            return Err(value.refuse(said).help("leave the key out, or `family = \"old\"`"));
        }
    }
    Ok(())
}

fn groups(file: &Table<'_>, names: &mut KnownNames) -> Result<Vec<GroupSetup>, Diagnostic> {
    let mut groups: Vec<GroupSetup> = Vec::new();
    for table in file.tables("group")? {
        let value = table.need_value("name")?;
        let stem = identifier(&value)?;
        // Without a count the name has no number, with `count = 1` it has: `g` and `g1`.
        let many = table.find::<u32>("count")?;
        let first = counted(&table, "first", 0..=WEIGHT_MAX, Some(1))?;
        let app = match table.value("app") {
            Some(value) => names.live_app(&value)?,
            None => names.first_live_app(&table)?,
        };
        let weights = weights(&table, many.unwrap_or(1))?;
        let admins_value = table.value("admins");
        let admins = admins_value.as_ref().map(|value| value.as_integer(0, 3)).transpose()?.unwrap_or(0);
        let admins = u8::try_from(admins).expect("the number was checked against the bounds");
        let owned = table.or("owned", true)?;
        let info_bytes = counted(&table, "info-bytes", 0..=TEXT_MAX, Some(0))?;
        let open = table.or("open", true)?;
        table.finish()?;
        let last = first.saturating_add(count(weights.len())).saturating_sub(1);
        // As wide as the last number, so that names sort as numbers do and `g07..g12` reads as it means.
        let digits = last.to_string().len();
        for (number, weight) in (first..).zip(weights) {
            let name = if many.is_some() { format!("{stem}{number:0digits$}") } else { stem.clone() };
            // For each group and not once for the table: several tables may be too many together.
            if groups.len() == GROUPS_MAX {
                return Err(value.refuse(format!("there are more than {GROUPS_MAX} groups")));
            }
            insert(&mut names.groups, &value, &name, GroupNumber(count(groups.len())), "group")?;
            groups.push(GroupSetup { name, app, weight, admins, owned, info_bytes, open });
        }
    }
    if groups.is_empty() {
        return Err(file.refuse("a scenario has at least one group: add [[group]]"));
    }
    Ok(groups)
}

/// The weights of `many` groups: one for all, one for each, or the first one's divided by the rank.
fn weights(table: &Table<'_>, many: u32) -> Result<Vec<u32>, Diagnostic> {
    let (weight, each, zipf) = (table.value("weight"), table.value("weights"), table.value("zipf"));
    // One more than there may be, at most: a count of four thousand million must reach the complaint about groups
    // without a list of that length.
    let long = usize::try_from(many).unwrap_or(usize::MAX).min(GROUPS_MAX + 1);
    match (weight, each, zipf) {
        (None, None, None) => Ok(vec![1; long]),
        (Some(value), None, None) => Ok(vec![weight_of(&value)?; long]),
        (None, Some(each), None) => {
            let weights = each.items()?.iter().map(weight_of).collect::<Result<Vec<u32>, _>>()?;
            if weights.len() == long {
                Ok(weights)
            } else {
                Err(each.refuse(format!("{} weights for {many} groups", weights.len())))
            }
        }
        (None, None, Some(zipf)) => {
            let first = weight_of(&zipf)?;
            // Never 0: a group without weight gets no audience, which nobody means by a rank.
            Ok((1..=many).take(long).map(|rank| (first / rank).max(1)).collect())
        }
        (_, Some(value), _) | (_, None, Some(value)) => {
            Err(value.refuse("give only one of `weight`, `weights` and `zipf`"))
        }
    }
}

fn network(file: &Table<'_>) -> Result<NetworkSetup, Diagnostic> {
    let mut network = NetworkSetup::default();
    let Some(table) = file.table("network")? else { return Ok(network) };
    let range = table.or("latency", network.latency.range)?;
    let shapes = [("tailed", LatencyShape::Tailed), ("uniform", LatencyShape::Uniform)];
    let shape = match table.value("shape") {
        Some(value) => value.choice("shape", &shapes)?,
        None => LatencyShape::Uniform,
    };
    network.latency = Latency { range, shape };
    network.loss = table.or("loss-ppm", network.loss)?;
    network.duplicate = table.or("duplicate-ppm", network.duplicate)?;
    table.finish()?;
    Ok(network)
}

fn backends(file: &Table<'_>) -> Result<Vec<Backend>, Diagnostic> {
    let mut backends: Vec<Backend> = Vec::new();
    let mut together: u32 = 0;
    for table in file.tables("backend")? {
        let value = table.need_value("name")?;
        let name = identifier(&value)?;
        if backends.iter().any(|other| other.name == name) {
            return Err(value.refuse(format!("two back ends are called `{name}`")));
        }
        let callers = counted(&table, "callers", 0..=CALLERS_MAX, Some(1))?;
        let odd = table.or("odd", Permille::default())?;
        let mut calls = Vec::new();
        let named = table.need_value("calls")?.as_table("`calls` in [[backend]]".to_owned())?;
        for (value, name) in named.entries() {
            let known = || Operation::ALL.iter().map(|known| known.name());
            let operation =
                Operation::from_name(name).ok_or_else(|| named.unknown_name("operation", name, known()))?;
            let every = Duration::from_value(&value)?;
            calls.push((operation, not_empty(&value, every)?));
        }
        table.finish()?;
        together = together.saturating_add(callers.saturating_mul(count(calls.len())));
        if together > CALLS_MAX {
            let said = format!("callers times calls are more than {CALLS_MAX} in all back ends together");
            return Err(table.refuse(said));
        }
        backends.push(Backend { name, callers, odd, calls });
    }
    Ok(backends)
}

fn limits(file: &Table<'_>) -> Result<Vec<LimitChange>, Diagnostic> {
    let mut limits = Vec::new();
    let Some(table) = file.table("limits")? else { return Ok(limits) };
    for (value, name) in table.entries() {
        let known = LimitChange::NAMES.into_iter().find(|known| *known == name);
        let (Some(name), Some(documented)) = (known, LimitChange::documented(name)) else {
            return Err(table.unknown_name("limit", name, LimitChange::NAMES));
        };
        let value = match documented {
            LimitValue::Count(_) => LimitValue::Count(u32::from_value(&value)?),
            LimitValue::Span(_) => LimitValue::Span(Duration::from_value(&value)?),
            LimitValue::Switch(_) => LimitValue::Switch(bool::from_value(&value)?),
        };
        // So that writing what was read gives the same scenario: a limit at its documented value is no change.
        if value != documented {
            limits.push(LimitChange { name, value });
        }
    }
    Ok(limits)
}

/// Refuses applications that the account may not have: their groups and audience would have none. Each family has a
/// limit of its own, unless they share.
fn check_apps(
    file: &Table<'_>,
    apps: &[AppSetup],
    limits: &[LimitChange],
    families: Families,
) -> Result<(), Diagnostic> {
    let mut allowed = Limits::default();
    limits.iter().for_each(|change| change.apply(&mut allowed));
    let most = allowed.account_apps_max;
    for (at, (table, app)) in file.tables("app")?.iter().zip(apps).enumerate() {
        let together = |other: &&AppSetup| families == Families::Shared || other.family == app.family;
        // Counted up to each application, so that the complaint stands at the first one too many.
        let held = apps.iter().take(at + 1).filter(together).count();
        if count(held) > most {
            let of = match families {
                Families::Separate => "applications of a family",
                Families::Shared => "applications",
            };
            return Err(table.refuse(format!("the account may have {most} {of} (account-apps-max)")));
        }
    }
    Ok(())
}

fn readings(file: &Table<'_>) -> Result<Readings, Diagnostic> {
    let mut readings = Readings::default();
    let Some(table) = file.table("readings")? else { return Ok(readings) };
    for (value, id) in table.entries() {
        let word = value.as_text()?;
        readings.set(id, word).map_err(|error| match error {
            ReadingError::UnknownReading => {
                table.unknown_name("reading", id, Readings::ids().iter().copied())
            }
            ReadingError::UnknownValue { id, alternatives } => {
                value.unknown(&format!("alternative of `{id}`"), word, alternatives.iter().copied())
            }
        })?;
    }
    Ok(readings)
}

fn expectations(file: &Table<'_>) -> Result<Vec<Rule>, Diagnostic> {
    let mut rules = Vec::new();
    let Some(table) = file.table("expect")? else { return Ok(rules) };
    for value in table.need_value("rules")?.items()? {
        let id = value.as_text()?;
        let rule = Rule::from_id(id)
            .ok_or_else(|| value.unknown("rule", id, Rule::ALL.iter().map(|rule| rule.id())))?;
        if rules.contains(&rule) {
            return Err(value.refuse(format!("`{id}` is expected twice")));
        }
        rules.push(rule);
    }
    table.finish()?;
    Ok(rules)
}

/// A name that the service takes as an ID, with room for a number behind it.
fn identifier(value: &Value<'_>) -> Result<String, Diagnostic> {
    let word = value.as_text()?;
    if word.is_empty() || word.len() > 48 || !word.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(value.refuse(format!("`{word}` is not a name of 1 to 48 letters and digits")));
    }
    Ok(word.to_owned())
}

fn weight_of(value: &Value<'_>) -> Result<u32, Diagnostic> {
    let number = value.as_integer(0, WEIGHT_MAX.into())?;
    Ok(u32::try_from(number).expect("the number was checked against the bounds"))
}

/// The name of an application, as long as the documents allow.
fn app_name(value: &Value<'_>) -> Result<String, Diagnostic> {
    let word = value.as_text()?;
    let length = word.chars().count();
    if !(2..=16).contains(&length) {
        return Err(
            value.refuse(format!("the name of an application has 2 to 16 characters, this one {length}"))
        );
    }
    Ok(word.to_owned())
}
