//! Additions of a seed to a scenario: faults and acts of the script that it has not.

use claque_core::{Duration, Family, limits};
use claque_document::units::{Between, Permille, Ppm, Rate, Skew};

use super::choices::WeightedChoices;
use crate::scenario::{
    ActionName, AppNumber, AwkwardAct, Direction, FaultKind, FaultName, GroupNumber, MessageStream, Scenario,
    ScheduledFault, ScriptAction, ScriptEvent, StreamOrigin, Target,
};
use crate::scenario::{Arrivals, MessageKind};

/// The longest that an added fault lasts.
const FAULT_MAX: Duration = Duration::from_secs(20);
/// Jumps around the edges of the documented spans of days.
// Seven days are the window of a deleted group's messages, thirty the time in which it can be restored, and 30, 90
// and 180 the retentions. A millisecond on either side tells an edge that is off by one.
const JUMPS: [(&str, Duration); 6] = [
    ("1h", Duration::from_secs(3_600)),
    ("7d", Duration::from_days(7)),
    ("30d-1ms", Duration::from_millis(30 * 86_400_000 - 1)),
    ("30d+1ms", Duration::from_millis(30 * 86_400_000 + 1)),
    ("90d", Duration::from_days(90)),
    ("181d", Duration::from_days(181)),
];

pub(super) fn faults(weighted: &mut WeightedChoices, scenario: &mut Scenario) {
    let off = weighted.share_off("extra-fault").clamp(20, 980);
    for kind in FaultName::ALL {
        let word = kind.word();
        let name = format!("swarm-{word}");
        let choices = [("absent", 1_000), ("present", (1_000 - off) / 4)];
        // Drawn before anything can rule the fault out, so that each seed has the dimension. The scenario may have a
        // fault of that name: it may be one that was drawn before and kept.
        if weighted.choose(&format!("extra-fault:{word}"), &choices) == 0
            || scenario.faults.iter().any(|fault| fault.name == name)
        {
            continue;
        }
        let kind = fault_kind(weighted, &name, *kind);
        let show = scenario.duration;
        let lasts = if kind.is_momentary() {
            Duration::ZERO
        } else {
            weighted.span(&name, 1, kind.stability(), FAULT_MAX.min(show).max(kind.stability()))
        };
        // Some faults have a least length, and a show may be shorter.
        if lasts > show {
            continue;
        }
        let last = Duration::from_micros(show.as_micros() - lasts.as_micros());
        // In whole milliseconds it may lie beyond a show that does not end on one.
        let at = weighted.span(&name, 0, Duration::ZERO, last).min(last);
        let target = if kind.hits_service() { Target::default() } else { target(weighted, &name, scenario) };
        scenario.faults.push(ScheduledFault { name, at, lasts, target, kind });
    }
    // In the order in which a file is read, so that the drawn scenario equals the one that its file gives.
    scenario.faults.sort_by_key(|fault| fault.at);
}

fn target(weighted: &WeightedChoices, name: &str, scenario: &Scenario) -> Target {
    let share = weighted.one_of(name, 2, [1_000, 500, 100, 20]);
    // Position 4 is the group's whether or not there is one: the positions behind it belong to other things.
    let one_group = weighted.below(name, 3, 3) == 0;
    let groups = one_group.then(|| vec![any_group(weighted, name, 4, scenario)]);
    Target { share: Permille::new(share).unwrap_or(Permille::ALL), groups, populations: None }
}

fn fault_kind(weighted: &WeightedChoices, name: &str, kind: FaultName) -> FaultKind {
    let millis = |low, high| Between::new(Duration::from_millis(low), Duration::from_millis(high));
    // Everything is drawn, though a kind uses one or two of these. Each has its position, so that a kind that takes
    // another parameter some day keeps the draws that it has.
    let chance = Ppm::new(weighted.one_of(name, 5, [2_000, 50_000, 400_000])).unwrap_or_default();
    let share = Permille::new(weighted.one_of(name, 6, [100, 500, 1_000])).unwrap_or_default();
    let direction = weighted.one_of(name, 7, [Direction::Both, Direction::Down, Direction::Up]);
    let by = Skew(weighted.one_of(name, 8, [-3_600_000_000, -2_000_000, 2_000_000, 86_400_000_000]));
    match kind {
        FaultName::BrownOut => FaultKind::BrownOut { add: millis(100, 1_500), loss: chance },
        FaultName::CallbackFailing => FaultKind::CallbackFailing { share },
        FaultName::CallbackFlapping => {
            FaultKind::CallbackFlapping { every: span(weighted, name, 500, 4_000) }
        }
        FaultName::CallbackSlow => FaultKind::CallbackSlow { delay: millis(500, 6_000) },
        FaultName::ClockDrift => FaultKind::ClockDrift { ppm: if by.0 < 0 { -40_000 } else { 40_000 } },
        FaultName::ClockOffset => FaultKind::ClockOffset { by },
        FaultName::ClockStep => FaultKind::ClockStep { by },
        FaultName::ClockWander => FaultKind::ClockWander {
            by: Duration::from_micros(by.0.unsigned_abs()),
            every: span(weighted, name, 500, 4_000),
        },
        FaultName::Clog => FaultKind::Clog { direction },
        FaultName::Crash => FaultKind::Crash { torn: weighted.below(name, 9, 2) == 1 },
        FaultName::Disconnect => FaultKind::Disconnect { reconnect: millis(100, 3_000) },
        FaultName::Duplicate => FaultKind::Duplicate { chance },
        FaultName::FanOutDelay => FaultKind::FanOutDelay { add: millis(50, 2_000) },
        FaultName::Kill => FaultKind::Kill,
        FaultName::Latency => FaultKind::Latency { add: millis(100, 3_000) },
        FaultName::Loss => FaultKind::Loss { chance },
        FaultName::LostReply => FaultKind::LostReply { chance },
        FaultName::ModerationFailing => FaultKind::ModerationFailing { share },
        FaultName::ModerationRefusing => FaultKind::ModerationRefusing { share },
        FaultName::ModerationSlow => FaultKind::ModerationSlow { delay: millis(500, 6_000) },
        FaultName::Outage => FaultKind::Outage,
        FaultName::Partition => FaultKind::Partition { direction },
        FaultName::Pause => FaultKind::Pause,
        FaultName::Reorder => FaultKind::Reorder { chance, by: millis(10, 1_500) },
        FaultName::SlowReader => {
            FaultKind::SlowReader { rate: Rate::per_second(narrow(weighted.below(name, 10, 8)) + 1) }
        }
    }
}

pub(super) fn events(weighted: &mut WeightedChoices, scenario: &mut Scenario) {
    let off = weighted.share_off("extra-event").clamp(20, 980);
    // Awkward acts are drawn one by one below, each with a share of its own.
    for kind in ActionName::ALL.iter().filter(|kind| **kind != ActionName::Awkward) {
        let word = kind.word();
        let name = format!("swarm-{word}");
        let choices = [("absent", 1_000), ("present", (1_000 - off) / 3)];
        let number = weighted.choose(&format!("extra-event:{word}"), &choices);
        if number == 0 || scenario.events.iter().any(|event| event.name == name) {
            continue;
        }
        let action = action(weighted, &name, *kind, scenario);
        let Some(room) = scenario.duration.as_micros().checked_sub(action.lasts().as_micros()) else {
            continue;
        };
        let room = Duration::from_micros(room);
        let at = weighted.span(&name, 0, Duration::ZERO, room).min(room);
        let groups =
            if action.is_about_group() { vec![any_group(weighted, &name, 1, scenario)] } else { Vec::new() };
        scenario.events.push(ScriptEvent { name, at, groups, action });
    }
    awkward(weighted, scenario);
    scenario.events.sort_by_key(|event| event.at);
}

/// Awkward acts: each is drawn for itself, most of them in some runs of ten, the dear ones in a few of a thousand.
fn awkward(weighted: &mut WeightedChoices, scenario: &mut Scenario) {
    for what in AwkwardAct::ALL.iter().copied() {
        let name = format!("swarm-{}", what.word());
        let choices = [("absent", 1_000 - what.share()), ("present", what.share())];
        let absent = weighted.choose(&format!("extra-event:{}", what.word()), &choices) == 0;
        if absent || scenario.events.iter().any(|event| event.name == name) {
            continue;
        }
        let (least, most) = what.amounts();
        let count = least + narrow(weighted.below(&name, 1, u64::from(most - least) + 1));
        let action = ScriptAction::Awkward { what, count };
        let Some(room) = scenario.duration.as_micros().checked_sub(action.lasts().as_micros()) else {
            continue;
        };
        let room = Duration::from_micros(room);
        let at = weighted.span(&name, 0, Duration::ZERO, room).min(room);
        let groups = vec![any_group(weighted, &name, 2, scenario)];
        scenario.events.push(ScriptEvent { name, at, groups, action });
    }
}

fn action(weighted: &mut WeightedChoices, name: &str, kind: ActionName, scenario: &Scenario) -> ScriptAction {
    // As with faults: each amount has its position, whether or not the act uses it.
    let over = Duration::from_millis(weighted.below(name, 2, 5_000));
    let few = narrow(weighted.below(name, 3, 20)) + 1;
    let many = narrow(weighted.below(name, 4, 150)) + 1;
    // Applications of the older family cannot be disabled by an act: the file format refuses them there.
    let live: Vec<u32> =
        (0..).zip(&scenario.apps).filter(|(_, app)| app.family == Family::Live).map(|(at, _)| at).collect();
    let drawn = weighted.below(name, 5, u64::try_from(live.len()).unwrap_or(1));
    let drawn = usize::try_from(drawn).ok().and_then(|at| live.get(at));
    let app = AppNumber(drawn.copied().unwrap_or(0));
    match kind {
        // The cheapest one: where amounts matter, the swarm draws awkward acts by their own shares.
        ActionName::Awkward => ScriptAction::Awkward { what: AwkwardAct::Bounce, count: few },
        ActionName::BudgetBurst => ScriptAction::BudgetBurst { messages: few * 2 },
        // None to as many as the documents allow: the reader refuses a fourth.
        ActionName::ChangeAdmins => {
            ScriptAction::ChangeAdmins { users: few % (limits::GROUP_ADMINS_MAX + 1) }
        }
        ActionName::CreateGroup => ScriptAction::CreateGroup,
        ActionName::DeleteDuringSend => ScriptAction::DeleteDuringSend { messages: few },
        ActionName::DeleteGroup => ScriptAction::DeleteGroup,
        ActionName::DisableApp => ScriptAction::DisableApp(app),
        ActionName::DrainGroup => ScriptAction::DrainGroup { over },
        ActionName::EnableApp => ScriptAction::EnableApp(app),
        ActionName::JoinWave => ScriptAction::JoinWave { to: many, over },
        ActionName::Kick => ScriptAction::Kick { users: few },
        ActionName::LeaveWave => ScriptAction::LeaveWave { to: many, over },
        ActionName::Messages => ScriptAction::Messages(stream(weighted, name, few)),
        ActionName::ModifyGroup => ScriptAction::ModifyGroup { info_bytes: few },
        ActionName::MuteAll => ScriptAction::MuteAll,
        ActionName::MuteUsers => {
            ScriptAction::MuteUsers { users: few, lasts: Duration::from_millis(1_000) + over }
        }
        ActionName::QuotaBurst => ScriptAction::QuotaBurst { calls: many / 2 + 1 },
        ActionName::Recall => ScriptAction::Recall { messages: few },
        ActionName::ReopenGroup => ScriptAction::ReopenGroup { users: many, over },
        ActionName::RestoreAtEdge => ScriptAction::RestoreAtEdge { by: edge(weighted, kind) },
        ActionName::RestoreGroup => ScriptAction::RestoreGroup,
        ActionName::RetentionEdge => ScriptAction::RetentionEdge { by: edge(weighted, kind) },
        ActionName::TimeJump => {
            let jumps = JUMPS.map(|(word, by)| (word, 1, by));
            ScriptAction::TimeJump { by: weighted.pick("extra-event:time-jump:by", jumps) }
        }
        ActionName::UnmuteAll => ScriptAction::UnmuteAll,
    }
}

/// The distance from an edge.
fn edge(weighted: &mut WeightedChoices, kind: ActionName) -> Skew {
    let rows = [("-1ms", 3, Skew(-1_000)), ("+1ms", 3, Skew(1_000)), ("+0s", 1, Skew(0))];
    weighted.pick(&format!("extra-event:{}:by", kind.word()), rows)
}

fn span(weighted: &WeightedChoices, name: &str, least: u64, most: u64) -> Duration {
    weighted.span(name, 11, Duration::from_millis(least), Duration::from_millis(most))
}

fn stream(weighted: &WeightedChoices, name: &str, few: u32) -> MessageStream {
    let kind = weighted.one_of(name, 6, [MessageKind::Comment, MessageKind::Gift, MessageKind::Like]);
    MessageStream {
        kind,
        rate: Rate::per_second(few * 3),
        lasts: Duration::from_millis(1_000 + weighted.below(name, 7, 9_000)),
        from: weighted.one_of(name, 8, [StreamOrigin::Audience, StreamOrigin::Backend, StreamOrigin::Owner]),
        arrivals: weighted.one_of(name, 9, [Arrivals::Even, Arrivals::Poisson]),
        body_bytes: Between::new(1, few),
        level: kind.level(),
    }
}

fn any_group(weighted: &WeightedChoices, name: &str, position: u32, scenario: &Scenario) -> GroupNumber {
    let all = u64::try_from(scenario.groups.len()).unwrap_or(1);
    GroupNumber(narrow(weighted.below(name, position, all)))
}

fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
