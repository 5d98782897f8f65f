//! Reads the two time lines of a scenario: what breaks, and what the script does.

use claque_core::{Duration, limits};
use claque_document::diagnostic::Diagnostic;
use claque_document::table::Table;
use claque_document::units::{Permille, Rate, format_duration};

use super::USERS_MAX;
use super::awkward::AwkwardAct;
use super::fault::{Direction, FaultKind, ScheduledFault, Target};
use super::known_names::KnownNames;
use super::names::{ActionName, FaultName};
use super::parse_bounds::{TEXT_MAX, counted, entries, not_empty, text_lengths, within};
use super::parse_people::{body_bytes, level};
use super::people::MessageKind;
use super::timeline::{Arrivals, MessageStream, ScriptAction, ScriptEvent, StreamOrigin};

/// Messages or calls of one act of the script, at most.
const AT_ONCE_MAX: u32 = 100_000;
/// Streams of messages, one for each group of each act: the simulator numbers them with 16 bits.
const STREAMS_MAX: usize = 65_535;
/// The highest rate. Unit: a second.
// One for each tick of the clock, which counts microseconds.
const RATE_MAX: u32 = 1_000_000;

pub(super) fn faults(
    file: &Table<'_>,
    names: &KnownNames,
    show: Duration,
) -> Result<Vec<ScheduledFault>, Diagnostic> {
    let mut faults: Vec<ScheduledFault> = Vec::new();
    for table in entries(file.tables("fault")?, "fault")? {
        let kind_value = table.need_value("kind")?;
        let word = kind_value.as_text()?;
        let at = within(&table.need_value("at")?, table.need("at")?, show)?;
        let name = FaultName::from_word(word)
            .ok_or_else(|| kind_value.unknown("kind of fault", word, FaultName::words()))?;
        let kind = fault_kind(&table, name)?;
        let lasts = fault_lasts(&table, kind, at, show)?;
        // Not read for faults of the service: a target of theirs is refused as an unknown key, and not ignored.
        let target = if kind.hits_service() { Target::default() } else { target(&table, names)? };
        let name = table.or("name", format!("{word}@{}", format_duration(at)))?;
        table.finish()?;
        if faults.iter().any(|other| other.name == name) {
            return Err(table.refuse(format!("two faults are called `{name}`; give one of them a `name`")));
        }
        faults.push(ScheduledFault { name, at, lasts, target, kind });
    }
    // Stable: of two that begin at the same time the first in the file begins first.
    faults.sort_by_key(|fault| fault.at);
    Ok(faults)
}

fn fault_lasts(
    table: &Table<'_>,
    kind: FaultKind,
    at: Duration,
    show: Duration,
) -> Result<Duration, Diagnostic> {
    let least = kind.stability();
    if kind.is_momentary() {
        return Ok(Duration::ZERO);
    }
    let value = table.need_value("for")?;
    let lasts: Duration = table.need("for")?;
    if lasts < least {
        let (word, lasts, least) = (kind.word(), format_duration(lasts), format_duration(least));
        return Err(value.refuse(format!("a fault `{word}` lasts at least {least}, not {lasts}")));
    }
    within(&value, at + lasts, show)?;
    Ok(lasts)
}

fn target(table: &Table<'_>, names: &KnownNames) -> Result<Target, Diagnostic> {
    Ok(Target {
        share: table.or("share", Permille::ALL)?,
        groups: table.value("group").map(|value| names.groups(&value)).transpose()?,
        populations: table.value("population").map(|value| names.populations(&value)).transpose()?,
    })
}

fn fault_kind(table: &Table<'_>, name: FaultName) -> Result<FaultKind, Diagnostic> {
    Ok(match name {
        FaultName::BrownOut => FaultKind::BrownOut { add: table.need("add")?, loss: table.need("loss-ppm")? },
        FaultName::CallbackFailing => FaultKind::CallbackFailing { share: table.need("permille")? },
        FaultName::CallbackFlapping => FaultKind::CallbackFlapping {
            every: not_empty(&table.need_value("every")?, table.need("every")?)?,
        },
        FaultName::CallbackSlow => FaultKind::CallbackSlow { delay: table.need("delay")? },
        FaultName::ClockDrift => FaultKind::ClockDrift { ppm: table.need("ppm")? },
        FaultName::ClockOffset => FaultKind::ClockOffset { by: table.need("by")? },
        FaultName::ClockStep => FaultKind::ClockStep { by: table.need("by")? },
        FaultName::ClockWander => FaultKind::ClockWander {
            by: table.need("by")?,
            every: not_empty(&table.need_value("every")?, table.need("every")?)?,
        },
        FaultName::Clog => FaultKind::Clog { direction: direction(table)? },
        FaultName::Crash => FaultKind::Crash { torn: table.or("torn", false)? },
        FaultName::Disconnect => FaultKind::Disconnect { reconnect: table.need("reconnect")? },
        FaultName::Duplicate => FaultKind::Duplicate { chance: table.need("ppm")? },
        FaultName::FanOutDelay => FaultKind::FanOutDelay { add: table.need("add")? },
        FaultName::Kill => FaultKind::Kill,
        FaultName::Latency => FaultKind::Latency { add: table.need("add")? },
        FaultName::Loss => FaultKind::Loss { chance: table.need("ppm")? },
        FaultName::LostReply => FaultKind::LostReply { chance: table.need("ppm")? },
        FaultName::ModerationFailing => FaultKind::ModerationFailing { share: table.need("permille")? },
        FaultName::ModerationRefusing => FaultKind::ModerationRefusing { share: table.need("permille")? },
        FaultName::ModerationSlow => FaultKind::ModerationSlow { delay: table.need("delay")? },
        FaultName::Outage => FaultKind::Outage,
        FaultName::Partition => FaultKind::Partition { direction: direction(table)? },
        FaultName::Pause => FaultKind::Pause,
        FaultName::Reorder => FaultKind::Reorder { chance: table.need("ppm")?, by: table.need("by")? },
        FaultName::SlowReader => FaultKind::SlowReader { rate: rate(table)? },
    })
}

fn direction(table: &Table<'_>) -> Result<Direction, Diagnostic> {
    let known = [("both", Direction::Both), ("down", Direction::Down), ("up", Direction::Up)];
    match table.value("direction") {
        Some(value) => value.choice("direction", &known),
        None => Ok(Direction::Both),
    }
}

pub(super) fn events(
    file: &Table<'_>,
    names: &KnownNames,
    show: Duration,
) -> Result<Vec<ScriptEvent>, Diagnostic> {
    let mut events: Vec<ScriptEvent> = Vec::new();
    let mut streams = 0;
    for table in entries(file.tables("event")?, "event")? {
        let what = table.need_value("do")?;
        let word = what.as_text()?;
        let at_value = table.need_value("at")?;
        let at = within(&at_value, table.need("at")?, show)?;
        let name =
            ActionName::from_word(word).ok_or_else(|| what.unknown("act", word, ActionName::words()))?;
        let action = action(&table, names, name, Duration::from_micros(show.as_micros() - at.as_micros()))?;
        let groups =
            if action.is_about_group() { names.groups(&table.need_value("group")?)? } else { Vec::new() };
        if matches!(action, ScriptAction::Messages(_)) {
            // Counted by group: each has a stream with draws of its own.
            streams += groups.len();
            if streams > STREAMS_MAX {
                return Err(table.refuse(format!(
                    "`messages` go to more than {STREAMS_MAX} groups, each counted as often"
                )));
            }
        }
        let name = table.or("name", format!("{word}@{}", format_duration(at)))?;
        table.finish()?;
        // After the end the world settles: what is left of an act would not happen, and nothing would say so.
        within(&at_value, at + action.lasts(), show)?;
        if events.iter().any(|other| other.name == name) {
            return Err(table.refuse(format!("two events are called `{name}`; give one of them a `name`")));
        }
        events.push(ScriptEvent { name, at, groups, action });
    }
    events.sort_by_key(|event| event.at);
    Ok(events)
}

fn action(
    table: &Table<'_>,
    names: &KnownNames,
    name: ActionName,
    rest: Duration,
) -> Result<ScriptAction, Diagnostic> {
    Ok(match name {
        ActionName::Awkward => ScriptAction::Awkward {
            what: table.need_value("what")?.choice("awkward act", AwkwardAct::WORDS)?,
            count: counted(table, "count", 0..=AT_ONCE_MAX, Some(1))?,
        },
        ActionName::BudgetBurst => {
            ScriptAction::BudgetBurst { messages: counted(table, "messages", 0..=AT_ONCE_MAX, None)? }
        }
        ActionName::ChangeAdmins => ScriptAction::ChangeAdmins { users: admins(table)? },
        ActionName::CreateGroup => ScriptAction::CreateGroup,
        ActionName::DeleteDuringSend => {
            ScriptAction::DeleteDuringSend { messages: counted(table, "messages", 0..=AT_ONCE_MAX, Some(1))? }
        }
        ActionName::DeleteGroup => ScriptAction::DeleteGroup,
        ActionName::DisableApp => ScriptAction::DisableApp(names.live_app(&table.need_value("app")?)?),
        ActionName::DrainGroup => ScriptAction::DrainGroup { over: table.or("over", Duration::ZERO)? },
        ActionName::EnableApp => ScriptAction::EnableApp(names.live_app(&table.need_value("app")?)?),
        ActionName::JoinWave => ScriptAction::JoinWave {
            to: counted(table, "to", 0..=USERS_MAX, None)?,
            over: table.or("over", Duration::ZERO)?,
        },
        ActionName::Kick => ScriptAction::Kick { users: counted(table, "users", 0..=USERS_MAX, Some(1))? },
        ActionName::LeaveWave => ScriptAction::LeaveWave {
            to: counted(table, "to", 0..=USERS_MAX, None)?,
            over: table.or("over", Duration::ZERO)?,
        },
        ActionName::Messages => ScriptAction::Messages(stream(table, rest)?),
        ActionName::ModifyGroup => {
            ScriptAction::ModifyGroup { info_bytes: counted(table, "info-bytes", 0..=TEXT_MAX, Some(64))? }
        }
        ActionName::MuteAll => ScriptAction::MuteAll,
        ActionName::MuteUsers => ScriptAction::MuteUsers {
            users: counted(table, "users", 0..=USERS_MAX, Some(1))?,
            lasts: table.need("for")?,
        },
        ActionName::QuotaBurst => {
            ScriptAction::QuotaBurst { calls: counted(table, "calls", 0..=AT_ONCE_MAX, None)? }
        }
        ActionName::Recall => {
            ScriptAction::Recall { messages: counted(table, "messages", 0..=AT_ONCE_MAX, Some(1))? }
        }
        ActionName::ReopenGroup => ScriptAction::ReopenGroup {
            users: counted(table, "users", 0..=USERS_MAX, None)?,
            over: table.or("over", Duration::ZERO)?,
        },
        ActionName::RestoreAtEdge => ScriptAction::RestoreAtEdge { by: table.need("by")? },
        ActionName::RestoreGroup => ScriptAction::RestoreGroup,
        ActionName::RetentionEdge => ScriptAction::RetentionEdge { by: table.need("by")? },
        ActionName::TimeJump => {
            ScriptAction::TimeJump { by: not_empty(&table.need_value("by")?, table.need("by")?)? }
        }
        ActionName::UnmuteAll => ScriptAction::UnmuteAll,
    })
}

/// A rate that a run can keep up with.
fn rate(table: &Table<'_>) -> Result<Rate, Diagnostic> {
    let rate: Rate = table.need("rate")?;
    // Not the count alone: `1000/1ms` is a million a second, too.
    let each_second = u128::from(rate.count()) * 1_000_000 / u128::from(rate.per().as_micros().max(1));
    if each_second > u128::from(RATE_MAX) {
        return Err(table.need_value("rate")?.refuse(format!("a rate is at most {RATE_MAX} a second")));
    }
    Ok(rate)
}

/// How many administrators a group is given: as many as the documents allow.
fn admins(table: &Table<'_>) -> Result<u32, Diagnostic> {
    let users = table.need("users")?;
    if users > limits::GROUP_ADMINS_MAX {
        let most = limits::GROUP_ADMINS_MAX;
        return Err(table.need_value("users")?.refuse(format!("a group has at most {most} administrators")));
    }
    Ok(users)
}

/// The keys of `messages`; without `for` they last to the end of the show.
fn stream(table: &Table<'_>, rest: Duration) -> Result<MessageStream, Diagnostic> {
    let kind = table.need_value("kind")?.choice("kind of message", &MessageKind::WORDS)?;
    let origins = [
        ("audience", StreamOrigin::Audience),
        ("backend", StreamOrigin::Backend),
        ("owner", StreamOrigin::Owner),
    ];
    let arrivals = [("even", Arrivals::Even), ("poisson", Arrivals::Poisson)];
    Ok(MessageStream {
        kind,
        rate: rate(table)?,
        lasts: table.or("for", rest)?,
        from: match table.value("from") {
            Some(value) => value.choice("sender", &origins)?,
            None => StreamOrigin::Audience,
        },
        arrivals: match table.value("arrivals") {
            Some(value) => value.choice("arrivals", &arrivals)?,
            None => Arrivals::Poisson,
        },
        body_bytes: text_lengths(table, body_bytes(kind))?,
        level: level(table)?.unwrap_or_else(|| kind.level()),
    })
}
