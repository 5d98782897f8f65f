//! What a seed adds to a scenario: faults and acts of the script that it has not.

use claque_core::{Duration, Family, limits};
use claque_document::units::{Between, Permille, Ppm, Rate, Skew};

use super::choices::WeightedChoices;
use crate::scenario::{
    AppNumber, Direction, FaultKind, GroupNumber, MessageStream, Scenario, ScheduledFault, ScriptAction,
    ScriptEvent, StreamOrigin, Target,
};
use crate::scenario::{Arrivals, MessageKind};

/// The longest that an added fault lasts.
const FAULT_MAX: Duration = Duration::from_secs(20);
/// Around the edges of what the documents give days for.
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
    for word in FaultKind::WORDS {
        let name = format!("swarm-{word}");
        let choices = [("absent", 1_000), ("present", (1_000 - off) / 4)];
        if weighted.choose(&format!("extra-fault:{word}"), &choices) == 0
            || scenario.faults.iter().any(|fault| fault.name == name)
        {
            continue;
        }
        let kind = kind(weighted, &name, word);
        let show = scenario.duration;
        let lasts = match kind {
            FaultKind::ClockStep { .. } => Duration::ZERO,
            _ => weighted.span(&name, 1, kind.stability(), FAULT_MAX.min(show).max(kind.stability())),
        };
        if lasts > show {
            continue;
        }
        let last = Duration::from_micros(show.as_micros() - lasts.as_micros());
        let at = weighted.span(&name, 0, Duration::ZERO, last).min(last);
        let target = if kind.hits_service() { Target::default() } else { target(weighted, &name, scenario) };
        scenario.faults.push(ScheduledFault { name, at, lasts, target, kind });
    }
    scenario.faults.sort_by_key(|fault| fault.at);
}

fn target(weighted: &WeightedChoices, name: &str, scenario: &Scenario) -> Target {
    let share = [1_000, 500, 100, 20].get(index(weighted.below(name, 2, 4))).copied().unwrap_or(1_000);
    let group = match weighted.below(name, 3, 3) {
        0 => Some(vec![any_group(weighted, name, 4, scenario)]),
        _ => None,
    };
    Target { share: Permille::new(share).unwrap_or(Permille::ALL), groups: group, populations: None }
}

fn kind(weighted: &WeightedChoices, name: &str, word: &str) -> FaultKind {
    let millis = |low, high| Between::new(Duration::from_millis(low), Duration::from_millis(high));
    let chance =
        Ppm::new([2_000, 50_000, 400_000].get(index(weighted.below(name, 5, 3))).copied().unwrap_or(0))
            .unwrap_or_default();
    let share = Permille::new([100, 500, 1_000].get(index(weighted.below(name, 6, 3))).copied().unwrap_or(0))
        .unwrap_or_default();
    let direction = match weighted.below(name, 7, 3) {
        0 => Direction::Both,
        1 => Direction::Down,
        _ => Direction::Up,
    };
    let by = [-3_600_000_000, -2_000_000, 2_000_000, 86_400_000_000];
    let by = Skew(by.get(index(weighted.below(name, 8, 4))).copied().unwrap_or(0));
    match word {
        "brown-out" => FaultKind::BrownOut { add: millis(100, 1_500), loss: chance },
        "callback-failing" => FaultKind::CallbackFailing { share },
        "callback-flapping" => FaultKind::CallbackFlapping { every: span(weighted, name, 500, 4_000) },
        "callback-slow" => FaultKind::CallbackSlow { delay: millis(500, 6_000) },
        "clock-drift" => FaultKind::ClockDrift { ppm: if by.0 < 0 { -40_000 } else { 40_000 } },
        "clock-offset" => FaultKind::ClockOffset { by },
        "clock-step" => FaultKind::ClockStep { by },
        "clock-wander" => FaultKind::ClockWander {
            by: Duration::from_micros(by.0.unsigned_abs()),
            every: span(weighted, name, 500, 4_000),
        },
        "clog" => FaultKind::Clog { direction },
        "crash" => FaultKind::Crash { torn: weighted.below(name, 9, 2) == 1 },
        "disconnect" => FaultKind::Disconnect { reconnect: millis(100, 3_000) },
        "duplicate" => FaultKind::Duplicate { chance },
        "fan-out-delay" => FaultKind::FanOutDelay { add: millis(50, 2_000) },
        "kill" => FaultKind::Kill,
        "latency" => FaultKind::Latency { add: millis(100, 3_000) },
        "loss" => FaultKind::Loss { chance },
        "lost-reply" => FaultKind::LostReply { chance },
        "moderation-failing" => FaultKind::ModerationFailing { share },
        "moderation-refusing" => FaultKind::ModerationRefusing { share },
        "moderation-slow" => FaultKind::ModerationSlow { delay: millis(500, 6_000) },
        "outage" => FaultKind::Outage,
        "partition" => FaultKind::Partition { direction },
        "pause" => FaultKind::Pause,
        "reorder" => FaultKind::Reorder { chance, by: millis(10, 1_500) },
        _ => FaultKind::SlowReader { rate: Rate::per_second(narrow(weighted.below(name, 10, 8)) + 1) },
    }
}

pub(super) fn events(weighted: &mut WeightedChoices, scenario: &mut Scenario) {
    let off = weighted.share_off("extra-event").clamp(20, 980);
    for word in ScriptAction::WORDS {
        let name = format!("swarm-{word}");
        let choices = [("absent", 1_000), ("present", (1_000 - off) / 3)];
        let number = weighted.choose(&format!("extra-event:{word}"), &choices);
        if number == 0 || scenario.events.iter().any(|event| event.name == name) {
            continue;
        }
        let action = action(weighted, &name, word, scenario);
        let Some(room) = scenario.duration.as_micros().checked_sub(action.lasts().as_micros()) else {
            continue;
        };
        let room = Duration::from_micros(room);
        let at = weighted.span(&name, 0, Duration::ZERO, room).min(room);
        let groups = match action {
            ScriptAction::DisableApp(_) | ScriptAction::EnableApp(_) | ScriptAction::TimeJump { .. } => {
                Vec::new()
            }
            _ => vec![any_group(weighted, &name, 1, scenario)],
        };
        scenario.events.push(ScriptEvent { name, at, groups, action });
    }
    scenario.events.sort_by_key(|event| event.at);
}

fn action(weighted: &mut WeightedChoices, name: &str, word: &str, scenario: &Scenario) -> ScriptAction {
    let over = Duration::from_millis(weighted.below(name, 2, 5_000));
    let few = narrow(weighted.below(name, 3, 20)) + 1;
    let many = narrow(weighted.below(name, 4, 150)) + 1;
    let stages: Vec<u32> =
        (0..).zip(&scenario.apps).filter(|(_, app)| app.family == Family::Live).map(|(at, _)| at).collect();
    let drawn = weighted.below(name, 5, u64::try_from(stages.len()).unwrap_or(1));
    let drawn = usize::try_from(drawn).ok().and_then(|at| stages.get(at));
    let app = AppNumber(drawn.copied().unwrap_or(0));
    match word {
        "budget-burst" => ScriptAction::BudgetBurst { messages: few * 2 },
        "change-admins" => ScriptAction::ChangeAdmins { users: few % (limits::GROUP_ADMINS_MAX + 1) },
        "create-group" => ScriptAction::CreateGroup,
        "delete-during-send" => ScriptAction::DeleteDuringSend { messages: few },
        "delete-group" => ScriptAction::DeleteGroup,
        "disable-app" => ScriptAction::DisableApp(app),
        "drain-group" => ScriptAction::DrainGroup { over },
        "enable-app" => ScriptAction::EnableApp(app),
        "join-wave" => ScriptAction::JoinWave { to: many, over },
        "kick" => ScriptAction::Kick { users: few },
        "leave-wave" => ScriptAction::LeaveWave { to: many, over },
        "messages" => ScriptAction::Messages(stream(weighted, name, few)),
        "modify-group" => ScriptAction::ModifyGroup { info_bytes: few },
        "mute-all" => ScriptAction::MuteAll,
        "mute-users" => ScriptAction::MuteUsers { users: few, lasts: Duration::from_millis(1_000) + over },
        "quota-burst" => ScriptAction::QuotaBurst { calls: many / 2 + 1 },
        "recall" => ScriptAction::Recall { messages: few },
        "reopen-group" => ScriptAction::ReopenGroup { users: many, over },
        "restore-at-edge" => ScriptAction::RestoreAtEdge { by: edge(weighted, word) },
        "restore-group" => ScriptAction::RestoreGroup,
        "retention-edge" => ScriptAction::RetentionEdge { by: edge(weighted, word) },
        "time-jump" => {
            let choices = JUMPS.map(|(word, _)| (word, 1));
            let number = weighted.choose("extra-event:time-jump:by", &choices);
            ScriptAction::TimeJump { by: JUMPS.get(number).map_or(Duration::from_days(1), |(_, by)| *by) }
        }
        _ => ScriptAction::UnmuteAll,
    }
}

/// How far from an edge.
fn edge(weighted: &mut WeightedChoices, word: &str) -> Skew {
    let choices = [("-1ms", 3), ("+1ms", 3), ("+0s", 1)];
    let number = weighted.choose(&format!("extra-event:{word}:by"), &choices);
    Skew([-1_000, 1_000, 0].get(number).copied().unwrap_or(0))
}

fn span(weighted: &WeightedChoices, name: &str, least: u64, most: u64) -> Duration {
    weighted.span(name, 11, Duration::from_millis(least), Duration::from_millis(most))
}

fn stream(weighted: &WeightedChoices, name: &str, few: u32) -> MessageStream {
    let kind = [MessageKind::Comment, MessageKind::Gift, MessageKind::Like];
    let kind = kind.get(index(weighted.below(name, 6, 3))).copied().unwrap_or(MessageKind::Comment);
    let from = [StreamOrigin::Audience, StreamOrigin::Backend, StreamOrigin::Owner];
    MessageStream {
        kind,
        rate: Rate::per_second(few * 3),
        lasts: Duration::from_millis(1_000 + weighted.below(name, 7, 9_000)),
        from: from.get(index(weighted.below(name, 8, 3))).copied().unwrap_or_default(),
        arrivals: if weighted.below(name, 9, 2) == 0 { Arrivals::Even } else { Arrivals::Poisson },
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

fn index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
