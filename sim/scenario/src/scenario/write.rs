//! Writes a scenario in the format that [`Scenario::parse`] reads.
//!
//! A written scenario reads back as the same one, name included when it is read under the same name. Groups that a file
//! declared by a count are written one by one, and names that a file left to the reader are written out: an entry can
//! then be taken out without a change of the other names, so their randomness stays.

use std::fmt::{self, Write as _};

use claque_core::{Duration, Family, Priority};
use claque_document::calendar::date_time;
use claque_document::table::quote;
use claque_document::units::{Between, Permille, format_duration};

use super::fault::{Direction, FaultKind, ScheduledFault, Target};
use super::people::{Duty, DutyKind, Habit, Population, PopulationKind};
use super::timeline::{Arrivals, MessageStream, ScriptAction, ScriptEvent, StreamOrigin};
use super::{
    Backend, GroupNumber, LatencyShape, LimitValue, ModerationMode, NetworkSetup, PopulationNumber, Scenario,
};

impl Scenario {
    /// Writes the scenario as the text of a file.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut page = TomlPage { text: String::new() };
        page.head(self);
        page.apps(self);
        page.groups(self);
        for population in &self.populations {
            page.population(self, population);
        }
        for backend in &self.backends {
            page.backend(backend);
        }
        page.network(&self.network);
        for fault in &self.faults {
            page.fault(self, fault);
        }
        for event in &self.events {
            page.event(self, event);
        }
        page.tail(self);
        page.text
    }
}

/// The text so far.
struct TomlPage {
    text: String,
}

impl TomlPage {
    fn put(&mut self, words: fmt::Arguments<'_>) {
        self.text.write_fmt(words).expect("a string takes everything");
        self.text.push('\n');
    }

    fn title(&mut self, title: &str) {
        self.text.push('\n');
        self.put(format_args!("{title}"));
    }

    fn word(&mut self, key: &str, word: &str) {
        self.put(format_args!("{key} = {}", quote(word)));
    }

    fn span(&mut self, key: &str, span: Duration) {
        self.put(format_args!("{key} = \"{}\"", format_duration(span)));
    }

    fn spans(&mut self, key: &str, range: Between<Duration>) {
        self.put(format_args!("{key} = \"{}\"", spans(range)));
    }

    fn number(&mut self, key: &str, number: impl Into<i64>) {
        let number: i64 = number.into();
        self.put(format_args!("{key} = {number}"));
    }

    fn switch(&mut self, key: &str, on: bool) {
        self.put(format_args!("{key} = {on}"));
    }

    fn share(&mut self, key: &str, share: Permille) {
        if share != Permille::default() {
            self.number(key, share.as_u16());
        }
    }

    fn head(&mut self, scenario: &Scenario) {
        self.word("says", &scenario.says);
        self.put(format_args!("start = {}", date_time(scenario.start)));
        self.span("duration", scenario.duration);
        self.span("settle", scenario.settle);
        self.word("chat", &scenario.group(scenario.chat).name);
    }

    fn apps(&mut self, scenario: &Scenario) {
        for app in &scenario.apps {
            self.title("[[app]]");
            self.word("name", &app.name);
            // The reader refuses the other keys of such an application: CreateMessageApp does not take them.
            if app.family == Family::Old {
                self.word("family", "old");
                continue;
            }
            self.word("data-center", app.data_center.as_str());
            self.span("retention", app.retention);
            self.switch("callbacks", app.callbacks);
            self.word("moderation", moderation_word(app.moderation));
        }
    }

    fn groups(&mut self, scenario: &Scenario) {
        for group in &scenario.groups {
            self.title("[[group]]");
            self.word("name", &group.name);
            let app = scenario.apps.get(usize::try_from(group.app.0).unwrap_or(usize::MAX));
            self.word("app", &app.expect("application numbers come from the scenario").name);
            // A weight for each group, never `count` with `weights`: the shrinker takes groups out one by one.
            self.number("weight", group.weight);
            self.number("admins", group.admins);
            self.switch("owned", group.owned);
            self.number("info-bytes", group.info_bytes);
            self.switch("open", group.open);
        }
    }

    fn population(&mut self, scenario: &Scenario, population: &Population) {
        self.title("[[population]]");
        self.word("name", &population.name);
        self.word(
            "kind",
            match population.kind {
                PopulationKind::Administrators => "administrators",
                PopulationKind::Audience => "audience",
                PopulationKind::Hosts => "hosts",
            },
        );
        self.number("users", population.users);
        self.selected(scenario, &population.groups);
        self.share("second-group", population.second_group);
        self.share("lurk", population.lurk);
        self.share("two-devices", population.two_devices);
        let arrive = Between::new(population.arrive_at, population.arrive_at + population.arrive_over);
        self.spans("arrive", arrive);
        if let Some(stay) = population.stay {
            self.span("stay", stay);
        }
        if let Some(churn) = population.churn {
            self.put(format_args!(
                "churn = {{ share = {}, stay = \"{}\", away = \"{}\" }}",
                churn.share.as_u16(),
                format_duration(churn.stay),
                format_duration(churn.away)
            ));
        }
        for habit in &population.habits {
            self.habit(habit);
        }
        for duty in &population.duties {
            self.duty(duty);
        }
        let clock = population.clock;
        if clock.offset != Duration::ZERO || clock.drift_ppm != 0 {
            let (offset, drift) = (format_duration(clock.offset), clock.drift_ppm);
            self.put(format_args!("clock = {{ offset = \"{offset}\", drift-ppm = {drift} }}"));
        }
        self.span("token", population.token);
        if let Some(latency) = population.latency {
            self.spans("latency", latency.range);
        }
    }

    fn habit(&mut self, habit: &Habit) {
        self.put(format_args!(
            "{} = {{ every = \"{}\", burst = {}, gap = \"{}\", body-bytes = \"{}\", level = \"{}\" }}",
            habit.kind.word(),
            format_duration(habit.every),
            habit.burst,
            format_duration(habit.gap),
            bytes(habit.body_bytes),
            level_word(habit.level),
        ));
    }

    fn duty(&mut self, duty: &Duty) {
        let (word, lasting) = match duty.kind {
            DutyKind::Console => ("console", true),
            DutyKind::Kick => ("kick", false),
            DutyKind::Modify => ("modify", false),
            DutyKind::Mute => ("mute", true),
            DutyKind::MuteAll => ("mute-all", true),
            DutyKind::Recall => ("recall", false),
        };
        let (every, lasts) = (format_duration(duty.every), format_duration(duty.lasts));
        if lasting {
            self.put(format_args!("{word} = {{ every = \"{every}\", for = \"{lasts}\" }}"));
        } else {
            self.put(format_args!("{word} = \"{every}\""));
        }
    }

    fn backend(&mut self, backend: &Backend) {
        self.title("[[backend]]");
        self.word("name", &backend.name);
        self.number("callers", backend.callers);
        self.number("odd", backend.odd.as_u16());
        // Written even when it is empty: the key is required, and a back end whose calls were all taken out is still
        // one.
        self.put(format_args!("[backend.calls]"));
        for (operation, every) in &backend.calls {
            self.span(operation.name(), *every);
        }
    }

    fn network(&mut self, network: &NetworkSetup) {
        self.title("[network]");
        self.spans("latency", network.latency.range);
        self.word(
            "shape",
            match network.latency.shape {
                LatencyShape::Tailed => "tailed",
                LatencyShape::Uniform => "uniform",
            },
        );
        self.number("loss-ppm", network.loss.as_u32());
        self.number("duplicate-ppm", network.duplicate.as_u32());
    }

    fn fault(&mut self, scenario: &Scenario, fault: &ScheduledFault) {
        self.title("[[fault]]");
        self.word("name", &fault.name);
        self.word("kind", fault.kind.word());
        self.span("at", fault.at);
        if !fault.kind.is_momentary() {
            self.span("for", fault.lasts);
        }
        self.fault_kind(fault.kind);
        if !fault.kind.hits_service() {
            self.target(scenario, &fault.target);
        }
    }

    fn fault_kind(&mut self, kind: FaultKind) {
        match kind {
            FaultKind::BrownOut { add, loss } => {
                self.spans("add", add);
                self.number("loss-ppm", loss.as_u32());
            }
            FaultKind::CallbackFailing { share }
            | FaultKind::ModerationFailing { share }
            | FaultKind::ModerationRefusing { share } => self.number("permille", share.as_u16()),
            FaultKind::CallbackFlapping { every } => self.span("every", every),
            FaultKind::CallbackSlow { delay } | FaultKind::ModerationSlow { delay } => {
                self.spans("delay", delay);
            }
            FaultKind::ClockDrift { ppm } => self.number("ppm", ppm),
            FaultKind::ClockOffset { by } | FaultKind::ClockStep { by } => {
                self.word("by", &by.to_string());
            }
            FaultKind::ClockWander { by, every } => {
                self.span("by", by);
                self.span("every", every);
            }
            FaultKind::Clog { direction } | FaultKind::Partition { direction } => {
                self.word("direction", direction_word(direction));
            }
            FaultKind::Crash { torn } => self.switch("torn", torn),
            FaultKind::Disconnect { reconnect } => self.spans("reconnect", reconnect),
            FaultKind::Duplicate { chance }
            | FaultKind::Loss { chance }
            | FaultKind::LostReply { chance } => self.number("ppm", chance.as_u32()),
            FaultKind::FanOutDelay { add } | FaultKind::Latency { add } => self.spans("add", add),
            FaultKind::Reorder { chance, by } => {
                self.number("ppm", chance.as_u32());
                self.spans("by", by);
            }
            FaultKind::SlowReader { rate } => self.word("rate", &rate.to_string()),
            FaultKind::Kill | FaultKind::Outage | FaultKind::Pause => {}
        }
    }

    fn target(&mut self, scenario: &Scenario, target: &Target) {
        // A key that is left out means all users, in each of the three.
        if target.share != Permille::ALL {
            self.number("share", target.share.as_u16());
        }
        if let Some(groups) = &target.groups {
            self.selected(scenario, groups);
        }
        if let Some(populations) = &target.populations {
            let name = |number: &PopulationNumber| quote(&scenario.population(*number).name);
            let names: Vec<String> = populations.iter().map(name).collect();
            self.put(format_args!("population = [{}]", names.join(", ")));
        }
    }

    fn event(&mut self, scenario: &Scenario, event: &ScriptEvent) {
        self.title("[[event]]");
        self.word("name", &event.name);
        self.word("do", event.action.word());
        self.span("at", event.at);
        if !event.groups.is_empty() {
            self.selected(scenario, &event.groups);
        }
        self.action(scenario, event.action);
    }

    fn action(&mut self, scenario: &Scenario, action: ScriptAction) {
        match action {
            ScriptAction::Awkward { what, count } => {
                self.word("what", what.word());
                self.number("count", count);
            }
            ScriptAction::DisableApp(app) | ScriptAction::EnableApp(app) => {
                let app = scenario.apps.get(usize::try_from(app.0).unwrap_or(usize::MAX));
                self.word("app", &app.expect("application numbers come from the scenario").name);
            }
            ScriptAction::ChangeAdmins { users } => self.number("users", users),
            ScriptAction::DrainGroup { over } => self.span("over", over),
            ScriptAction::JoinWave { to, over } | ScriptAction::LeaveWave { to, over } => {
                self.number("to", to);
                self.span("over", over);
            }
            ScriptAction::Kick { users } => self.number("users", users),
            ScriptAction::Messages(stream) => self.stream(&stream),
            ScriptAction::ModifyGroup { info_bytes } => self.number("info-bytes", info_bytes),
            ScriptAction::MuteUsers { users, lasts } => {
                self.number("users", users);
                self.span("for", lasts);
            }
            ScriptAction::QuotaBurst { calls } => self.number("calls", calls),
            ScriptAction::RestoreAtEdge { by } | ScriptAction::RetentionEdge { by } => {
                self.word("by", &by.to_string());
            }
            ScriptAction::BudgetBurst { messages }
            | ScriptAction::DeleteDuringSend { messages }
            | ScriptAction::Recall { messages } => {
                self.number("messages", messages);
            }
            ScriptAction::ReopenGroup { users, over } => {
                self.number("users", users);
                self.span("over", over);
            }
            ScriptAction::TimeJump { by } => self.span("by", by),
            ScriptAction::CreateGroup
            | ScriptAction::DeleteGroup
            | ScriptAction::MuteAll
            | ScriptAction::RestoreGroup
            | ScriptAction::UnmuteAll => {}
        }
    }

    fn stream(&mut self, stream: &MessageStream) {
        self.word("kind", stream.kind.word());
        self.word("rate", &stream.rate.to_string());
        self.span("for", stream.lasts);
        self.word(
            "from",
            match stream.from {
                StreamOrigin::Audience => "audience",
                StreamOrigin::Backend => "backend",
                StreamOrigin::Owner => "owner",
            },
        );
        self.word(
            "arrivals",
            match stream.arrivals {
                Arrivals::Even => "even",
                Arrivals::Poisson => "poisson",
            },
        );
        self.word("body-bytes", &bytes(stream.body_bytes));
        self.word("level", level_word(stream.level));
    }

    /// The groups that a key selects: all of them, or a list of names and runs of names.
    fn selected(&mut self, scenario: &Scenario, groups: &[GroupNumber]) {
        // By the number of groups alone: each is selected once, as the reader leaves them.
        if groups.len() == scenario.groups.len() {
            self.word("group", "all");
            return;
        }
        let mut runs: Vec<(GroupNumber, GroupNumber)> = Vec::new();
        for group in groups {
            match runs.last_mut() {
                // Runs, because a scenario of thousands of groups would list them all in every fault.
                Some((_, last)) if last.0 + 1 == group.0 => *last = *group,
                _ => runs.push((*group, *group)),
            }
        }
        let name = |group: GroupNumber| scenario.group(group).name.as_str();
        let words: Vec<String> = runs
            .into_iter()
            .map(|(first, last)| match first == last {
                true => quote(name(first)),
                false => quote(&format!("{}..{}", name(first), name(last))),
            })
            .collect();
        self.put(format_args!("group = [{}]", words.join(", ")));
    }

    fn tail(&mut self, scenario: &Scenario) {
        if !scenario.limits.is_empty() {
            self.title("[limits]");
        }
        for change in &scenario.limits {
            match change.value {
                LimitValue::Count(count) => self.number(change.name, count),
                LimitValue::Span(span) => self.span(change.name, span),
                LimitValue::Switch(on) => self.switch(change.name, on),
            }
        }
        // The defaults are left out. A reading that is added later does not make old files say something about it.
        let chosen: Vec<_> = scenario.readings.iter().filter(|choice| !choice.is_default()).collect();
        if !chosen.is_empty() {
            self.title("[readings]");
        }
        for choice in chosen {
            self.put(format_args!("{} = {}", quote(choice.id), quote(choice.value)));
        }
        if !scenario.expect.is_empty() {
            self.title("[expect]");
            let ids: Vec<String> =
                scenario.expect.iter().map(|rule| format!("    {},\n", quote(rule.id()))).collect();
            self.put(format_args!("rules = [\n{}]", ids.concat()));
        }
    }
}

fn spans(range: Between<Duration>) -> String {
    format!("{}..{}", format_duration(range.least()), format_duration(range.most()))
}

fn bytes(range: Between<u32>) -> String {
    format!("{}..{}", range.least(), range.most())
}

const fn level_word(level: Priority) -> &'static str {
    match level {
        Priority::High => "high",
        Priority::Medium => "medium",
        Priority::Normal => "normal",
    }
}

const fn direction_word(direction: Direction) -> &'static str {
    match direction {
        Direction::Both => "both",
        Direction::Down => "down",
        Direction::Up => "up",
    }
}

const fn moderation_word(mode: ModerationMode) -> &'static str {
    match mode {
        ModerationMode::BuiltIn => "built-in",
        ModerationMode::Custom => "custom",
        ModerationMode::Off => "off",
    }
}

#[cfg(test)]
mod tests {
    use super::Scenario;

    fn round_trip(scenario: &Scenario) {
        let text = scenario.to_toml();
        let back = Scenario::parse(&scenario.name, &text)
            .unwrap_or_else(|said| panic!("{} is not read back: {said}\n{text}", scenario.name));
        assert_eq!(&back, scenario, "{text}");
    }

    #[test]
    fn every_scenario_of_the_binary_reads_back_as_it_was() {
        for name in Scenario::builtin_names() {
            round_trip(&Scenario::builtin(name).expect(name));
        }
    }

    #[test]
    fn every_kind_of_fault_and_act_reads_back_as_it_was() {
        round_trip(&Scenario::parse("zoo", ZOO).expect("the zoo is right"));
    }

    /// One of everything that a scenario can hold.
    const ZOO: &str = include_str!("zoo.toml");
}
