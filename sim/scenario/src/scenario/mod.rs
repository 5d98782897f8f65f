//! A scenario: everything that decides a run apart from chance. Applications, groups, users, network, faults, script.

mod awkward;
mod builtin;
mod cut;
mod fault;
mod known_names;
mod limits;
mod names;
mod parse;
mod parse_bounds;
mod parse_people;
mod parse_timeline;
mod people;
mod scale;
mod setup;
mod timeline;
mod write;

#[cfg(test)]
mod bound_tests;
#[cfg(test)]
mod complaint_tests;
#[cfg(test)]
mod older_tests;
#[cfg(test)]
mod tests;

use claque_core::{Duration, Instant, Limits, Readings, Rule};
use claque_document::diagnostic::Diagnostic;

pub use awkward::AwkwardAct;
pub use fault::{Direction, FaultKind, ScheduledFault, Target};
pub use limits::{LimitChange, LimitValue};
pub use names::{ActionName, FaultName};
pub use people::{Churn, ClockSpread, Duty, DutyKind, Habit, MessageKind, Population, PopulationKind};
pub use scale::Attendance;
pub use setup::{
    AppNumber, AppSetup, Backend, GroupNumber, GroupSetup, Latency, LatencyShape, ModerationMode,
    NetworkSetup, PopulationNumber, USERS_MAX,
};
pub use timeline::{Arrivals, MessageStream, ScriptAction, ScriptEvent, StreamOrigin};

/// Everything that decides a run apart from chance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// The name it was called by: a built-in name, or the path of a file.
    pub name: String,
    /// One sentence about it.
    pub says: String,
    /// When the show begins, by the service's clock.
    pub start: Instant,
    /// How long the show lasts. Unit: show time.
    pub duration: Duration,
    /// Time after the show, with every fault healed, in which everything owed must have settled.
    pub settle: Duration,
    /// The group whose messages a recorded chat replaces.
    pub chat: GroupNumber,
    /// The applications, at least one.
    pub apps: Vec<AppSetup>,
    /// The groups, at least one, in file order.
    pub groups: Vec<GroupSetup>,
    /// The virtual users, in file order.
    pub populations: Vec<Population>,
    /// The callers of server operations.
    pub backends: Vec<Backend>,
    /// The network between users and service.
    pub network: NetworkSetup,
    /// Faults, in order of time, then of the file.
    pub faults: Vec<ScheduledFault>,
    /// Acts of the script, in order of time, then of the file.
    pub events: Vec<ScriptEvent>,
    /// Limits that differ from the documented ones.
    pub limits: Vec<LimitChange>,
    /// Readings, with the scenario's choices made.
    pub readings: Readings,
    /// Rules that a run with at least the scenario's own number of users must reach.
    pub expect: Vec<Rule>,
}

impl Scenario {
    /// The scenario a name stands for among those of the binary.
    ///
    /// # Errors
    ///
    /// That no built-in scenario has the name, with those that exist.
    pub fn builtin(name: &str) -> Result<Self, Diagnostic> {
        let text = builtin::text(name).ok_or_else(|| {
            // A word that looks like a path is a misspelt path. A list of names would not help.
            if name.contains(['/', '\\']) || name.ends_with(".toml") {
                return Diagnostic::whole(name, "there is no such file")
                    .help("check the name, and the folder that the command was started in");
            }
            Diagnostic::whole(name, format!("unknown scenario `{name}`"))
                .word(name)
                .allowed(builtin::names())
                .help("give one of these names, or the path of a scenario file")
        })?;
        Self::parse(name, text)
    }

    /// The names of the scenarios that are part of the binary, the default first.
    pub fn builtin_names() -> impl Iterator<Item = &'static str> {
        builtin::names()
    }

    /// The scenario that runs when none is named.
    pub const DEFAULT: &'static str = builtin::DEFAULT;

    /// The scenario that replays a recorded chat when none is named.
    pub const DEFAULT_FOR_CHAT: &'static str = builtin::DEFAULT_FOR_CHAT;

    /// The scenario that the seeds of a campaign draw their runs from when none is named.
    pub const DEFAULT_FOR_SWARM: &'static str = builtin::DEFAULT_FOR_SWARM;

    /// The text of a built-in scenario, as it stands in its file.
    #[must_use]
    pub fn builtin_text(name: &str) -> Option<&'static str> {
        builtin::text(name)
    }

    /// Reads a scenario; `name` is what complaints and the identity line call it.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it, at its place.
    pub fn parse(name: &str, text: &str) -> Result<Self, Diagnostic> {
        parse::parse(name, text)
    }

    /// The group with a number.
    ///
    /// # Panics
    ///
    /// When the number is not of this scenario.
    #[must_use]
    #[inline]
    pub fn group(&self, number: GroupNumber) -> &GroupSetup {
        usize::try_from(number.0)
            .ok()
            .and_then(|index| self.groups.get(index))
            .expect("group numbers come from the scenario that they are used with")
    }

    /// The population with a number.
    ///
    /// # Panics
    ///
    /// When the number is not of this scenario.
    #[must_use]
    #[inline]
    pub fn population(&self, number: PopulationNumber) -> &Population {
        usize::try_from(number.0)
            .ok()
            .and_then(|index| self.populations.get(index))
            .expect("population numbers come from the scenario that they are used with")
    }

    /// The documented limits with the scenario's changes made.
    #[must_use]
    pub fn changed_limits(&self) -> Limits {
        // Always the documented ones first: a scenario that changes one limit keeps the others at the documents'
        // values, whatever these become.
        let mut limits = Limits::default();
        for change in &self.limits {
            change.apply(&mut limits);
        }
        limits
    }
}
