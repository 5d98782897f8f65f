//! The numbers of a scenario that can be lowered: amounts, rates, times and lengths.
//!
//! Each number is lowered on its own. A step that lowers several at once is refused as soon as one of them is needed, and the
//! others stay as large as they were.

use claque_core::Duration;
use claque_document::units::{Between, Permille, Rate};
use claque_scenario::{LimitValue, Population, Scenario, ScriptAction};

use super::parts::{TIGHT, tighten};

/// A number of a scenario, or a few that only make sense together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    /// The time after the show.
    Settle,
    /// How long a frame is under way.
    Latency,
    /// Callers of every back end.
    Callers,
    /// All times at once.
    Everything,
    /// Arrivals of all populations.
    AllArrivals,
    /// How often all calls are made.
    AllCalls,
    /// How often one call of a back end is made.
    Call(usize, usize),
    /// A changed limit.
    Limit(usize),
    /// A limit that has its documented value, which only a crowd reaches.
    DocumentedLimit(&'static str),
    /// What an act of the script counts: messages, users, calls.
    EventAmount(usize),
    /// When an act of the script begins.
    EventTime(usize),
    /// How long it lasts.
    EventLength(usize),
    /// When a fault begins.
    FaultTime(usize),
    /// How long it lasts.
    FaultLength(usize),
    /// Administrators and information of a group.
    Group(usize),
    /// Whether a population says nothing.
    Silence(usize),
    /// When a population arrives.
    Arrivals(usize),
    /// Messages that a habit sends in a row, and their length.
    HabitBurst(usize, usize),
    /// How often it sends them.
    HabitEvery(usize, usize),
}

/// The scenario with its `nth` number lowered a step; the scenario itself where that number is at its least, and nothing
/// past the last number.
///
/// With `limits` the documented limits are numbers too.
pub(super) fn lowered(scenario: &Scenario, nth: usize, limits: bool) -> Option<Scenario> {
    let number = numbers(scenario, limits).into_iter().nth(nth)?;
    let mut less = scenario.clone();
    number.lower(&mut less);
    Some(less)
}

/// All numbers, in the order in which lowering them pays most.
fn numbers(scenario: &Scenario, limits: bool) -> Vec<Number> {
    use Number::{
        AllArrivals, AllCalls, Arrivals, Call, Callers, DocumentedLimit, EventAmount, EventLength, EventTime,
        Everything, FaultLength, FaultTime, Group, HabitBurst, HabitEvery, Latency, Limit, Settle, Silence,
    };
    let mut all = vec![Settle, Latency, Callers, Everything, AllCalls, AllArrivals];
    all.extend((0..scenario.limits.len()).map(Limit));
    // Before the amounts: a burst cannot become smaller than the limit that it must exceed.
    let tight = TIGHT.concat().into_iter().map(|(name, _)| name).filter(|_| limits);
    let documented = tight.filter(|name| scenario.limits.iter().all(|limit| limit.name != *name));
    all.extend(documented.map(DocumentedLimit));
    all.extend((0..scenario.events.len()).flat_map(|at| [EventAmount(at), EventLength(at), EventTime(at)]));
    all.extend((0..scenario.faults.len()).flat_map(|at| [FaultLength(at), FaultTime(at)]));
    all.extend((0..scenario.groups.len()).map(Group));
    for (at, population) in scenario.populations.iter().enumerate() {
        all.extend([Silence(at), Arrivals(at)]);
        all.extend(
            (0..population.habits.len()).flat_map(|habit| [HabitBurst(at, habit), HabitEvery(at, habit)]),
        );
    }
    for (at, backend) in scenario.backends.iter().enumerate() {
        all.extend((0..backend.calls.len()).map(|call| Call(at, call)));
    }
    all
}

impl Number {
    fn lower(self, scenario: &mut Scenario) {
        let show = scenario.duration;
        match self {
            Self::Settle => scenario.settle = half(scenario.settle),
            Self::Latency => {
                let least = Duration::from_millis(1);
                scenario.network.latency.range = Between::new(least, least);
            }
            Self::Callers => {
                scenario.backends.iter_mut().for_each(|backend| backend.callers = backend.callers.min(1));
            }
            Self::Everything => squeeze(scenario),
            Self::AllArrivals => scenario.populations.iter_mut().for_each(arrive_at_once),
            Self::AllCalls => {
                let calls = scenario.backends.iter_mut().flat_map(|backend| &mut backend.calls);
                calls.for_each(|(_, every)| rarer(every, show));
            }
            Self::Call(backend, call) => {
                let calls = scenario.backends.get_mut(backend).map(|backend| &mut backend.calls);
                if let Some((_, every)) = calls.and_then(|calls| calls.get_mut(call)) {
                    rarer(every, show);
                }
            }
            Self::Limit(at) => {
                if let Some(LimitValue::Count(count)) = scenario.limits.get_mut(at).map(|it| &mut it.value) {
                    *count = (*count / 2).max(1);
                }
            }
            Self::DocumentedLimit(name) => tighten(scenario, &[(name, 2)]),
            Self::EventAmount(at) => {
                scenario.events.get_mut(at).into_iter().for_each(|event| lower_action(&mut event.action));
            }
            Self::EventTime(at) => {
                scenario.events.get_mut(at).into_iter().for_each(|event| event.at = half(event.at));
                // In order of time, as a reader puts them: the file must say what was run.
                scenario.events.sort_by_key(|event| event.at);
            }
            Self::EventLength(at) => {
                scenario.events.get_mut(at).into_iter().for_each(|event| shorten_action(&mut event.action));
            }
            Self::FaultTime(at) => {
                scenario.faults.get_mut(at).into_iter().for_each(|fault| fault.at = half(fault.at));
                scenario.faults.sort_by_key(|fault| fault.at);
            }
            Self::FaultLength(at) => {
                if let Some(fault) = scenario.faults.get_mut(at).filter(|it| !it.kind.is_momentary()) {
                    fault.lasts = half(fault.lasts).max(fault.kind.stability()).min(fault.lasts);
                }
            }
            Self::Group(at) => {
                let group = scenario.groups.get_mut(at);
                group.into_iter().for_each(|group| (group.admins, group.info_bytes) = (0, 0));
            }
            Self::Silence(at) => {
                let population = scenario.populations.get_mut(at);
                population.into_iter().for_each(|population| population.lurk = Permille::ALL);
            }
            Self::Arrivals(at) => scenario.populations.get_mut(at).into_iter().for_each(arrive_at_once),
            Self::HabitBurst(at, habit) => {
                if let Some(habit) = scenario.populations.get_mut(at).and_then(|it| it.habits.get_mut(habit))
                {
                    habit.burst = habit.burst.div_ceil(2);
                    habit.body_bytes = Between::new(1, 1);
                }
            }
            Self::HabitEvery(at, habit) => {
                if let Some(habit) = scenario.populations.get_mut(at).and_then(|it| it.habits.get_mut(habit))
                {
                    rarer(&mut habit.every, show);
                }
            }
        }
    }
}

fn half(span: Duration) -> Duration {
    Duration::from_millis(span.as_millis() / 2)
}

fn arrive_at_once(population: &mut Population) {
    (population.arrive_at, population.arrive_over) = (Duration::ZERO, Duration::ZERO);
}

/// Lets something happen half as often, as long as it happens within the show.
fn rarer(every: &mut Duration, show: Duration) {
    if *every < show {
        *every = *every + *every;
    }
}

/// Lets everything happen in half the time.
fn squeeze(scenario: &mut Scenario) {
    for fault in &mut scenario.faults {
        fault.at = half(fault.at);
        fault.lasts = half(fault.lasts).max(fault.kind.stability());
    }
    scenario.events.iter_mut().for_each(|event| event.at = half(event.at));
    for population in &mut scenario.populations {
        population.arrive_at = half(population.arrive_at);
        population.arrive_over = half(population.arrive_over);
    }
    let shorter = half(scenario.duration);
    if shorter > Duration::ZERO {
        scenario.cut(shorter);
    }
}

/// Lowers what an act counts.
fn lower_action(action: &mut ScriptAction) {
    match action {
        ScriptAction::Messages(stream) => {
            let half = Rate::new(stream.rate.count().div_ceil(2), stream.rate.per());
            stream.rate = half.unwrap_or(stream.rate);
            stream.body_bytes = Between::new(1, 1);
        }
        ScriptAction::Awkward { count, .. } => *count = count.div_ceil(2),
        ScriptAction::JoinWave { to: users, .. }
        | ScriptAction::ReopenGroup { users, .. }
        | ScriptAction::Kick { users }
        | ScriptAction::MuteUsers { users, .. } => *users = users.div_ceil(2),
        ScriptAction::QuotaBurst { calls } => *calls = calls.div_ceil(2),
        ScriptAction::BudgetBurst { messages }
        | ScriptAction::DeleteDuringSend { messages }
        | ScriptAction::Recall { messages } => *messages = messages.div_ceil(2),
        ScriptAction::ChangeAdmins { users } => *users /= 2,
        ScriptAction::ModifyGroup { info_bytes } => *info_bytes = info_bytes.div_ceil(2),
        ScriptAction::CreateGroup
        | ScriptAction::DeleteGroup
        | ScriptAction::DisableApp(_)
        | ScriptAction::DrainGroup { .. }
        | ScriptAction::EnableApp(_)
        | ScriptAction::LeaveWave { .. }
        | ScriptAction::MuteAll
        | ScriptAction::RestoreAtEdge { .. }
        | ScriptAction::RestoreGroup
        | ScriptAction::RetentionEdge { .. }
        | ScriptAction::TimeJump { .. }
        | ScriptAction::UnmuteAll => {}
    }
}

/// Lets an act last half as long, or happen at once.
fn shorten_action(action: &mut ScriptAction) {
    if let ScriptAction::Messages(stream) = action {
        // Whatever the rate: a stream may be needed as dense as it is, and only for a moment.
        stream.lasts = Duration::from_millis(stream.lasts.as_millis().div_ceil(2));
    } else if !matches!(action, ScriptAction::MuteUsers { .. })
        && let Some(over) = action.lasts_mut()
    {
        // A mute keeps its length, which decides when it ends.
        *over = Duration::ZERO;
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Scenario, ScriptAction, lowered};

    #[test]
    fn lowering_numbers_comes_to_an_end() {
        for name in ["smoke", "evening-show"] {
            let mut scenario = Scenario::builtin(name).expect(name);
            let (mut number, mut steps) = (0, 0);
            while let Some(less) = lowered(&scenario, number, true) {
                steps += 1;
                assert!(steps < 5_000, "number {number} never reaches its least");
                if less == scenario {
                    number += 1;
                } else {
                    scenario = less;
                }
            }
            let late = scenario.events.iter().find(|event| event.at > Duration::ZERO);
            assert!(late.is_none(), "{late:?} begins as early as it can");
        }
    }

    #[test]
    fn a_stream_gets_shorter_though_its_rate_is_needed() {
        let scenario = Scenario::builtin("smoke").expect("built in");
        let stream = |scenario: &Scenario| {
            scenario.events.iter().find_map(|event| match event.action {
                ScriptAction::Messages(stream) => Some(stream),
                _ => None,
            })
        };
        let before = stream(&scenario).expect("the script sends messages");
        let steps = (0..).map_while(|number| lowered(&scenario, number, true));
        let shorter = steps.filter_map(|less| stream(&less)).find(|now| now.lasts < before.lasts);
        assert_eq!(shorter.map(|now| now.rate), Some(before.rate));
    }

    #[test]
    fn a_lowered_scenario_is_what_its_file_says() {
        let scenario = Scenario::builtin("smoke").expect("built in");
        for less in (0..).map_while(|number| lowered(&scenario, number, true)) {
            let back = Scenario::parse(&less.name, &less.to_toml()).expect("a scenario");
            assert_eq!(back, less);
        }
    }
}
