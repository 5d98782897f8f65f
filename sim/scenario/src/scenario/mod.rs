//! A scenario: everything that decides a run apart from chance. Applications, groups, users, network, faults, script.

mod awkward;
mod builtin;
mod cut;
mod fault;
mod known_names;
mod limits;
mod names;
mod parse;
mod parse_people;
mod parse_timeline;
mod people;
mod scale;
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

use claque_core::{DataCenter, Duration, Family, Instant, Limits, Operation, Readings, Rule};
use claque_document::diagnostic::Diagnostic;
use claque_document::units::{Between, Permille, Ppm};

pub use awkward::AwkwardAct;
pub use fault::{Direction, FaultKind, ScheduledFault, Target};
pub use limits::{LimitChange, LimitValue};
pub use names::{ActionName, FaultName};
pub use people::{Churn, ClockSpread, Duty, DutyKind, Habit, MessageKind, Population, PopulationKind};
pub use scale::Attendance;
pub use timeline::{Arrivals, MessageStream, ScriptAction, ScriptEvent, StreamOrigin};

/// The number of an application in [`Scenario::apps`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
// Types of their own and not plain numbers: an event names a group, an application and populations, and the three are
// easily mixed up.
pub struct AppNumber(pub u32);

/// The number of a group in [`Scenario::groups`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupNumber(pub u32);

/// The number of a population in [`Scenario::populations`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PopulationNumber(pub u32);

/// Users that a run may have.
// At 759 bytes each (docs/performance.md) so many users take 7 GiB.
pub const USERS_MAX: u32 = 10_000_000;

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

/// An application of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppSetup {
    /// Its name, 2 to 16 characters.
    pub name: String,
    /// The family of operations that creates it. One of the older family is its back ends' alone: no audience is
    /// there, its groups are named by the service, and nothing else of it can be chosen.
    pub family: Family,
    /// Where it lives.
    pub data_center: DataCenter,
    /// How long its messages are kept: 30, 90 or 180 days.
    pub retention: Duration,
    /// Whether it has an address for event callbacks.
    pub callbacks: bool,
    /// How its messages are moderated.
    pub moderation: ModerationMode,
}

/// How an application has its messages moderated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ModerationMode {
    /// By the service itself.
    BuiltIn,
    /// By a service of the application's owner.
    Custom,
    /// Not at all.
    #[default]
    Off,
}

/// A group of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupSetup {
    /// Its ID: letters and digits, at most 64 bytes.
    pub name: String,
    /// The application it belongs to.
    pub app: AppNumber,
    /// Its share of the audience, against the weights of the other groups.
    pub weight: u32,
    /// Its administrators, 0 to 3; who they are says [`Scenario::administrators`].
    pub admins: u8,
    /// Whether it has an owner; who that is says [`Scenario::owner`].
    pub owned: bool,
    /// The length of its extension information. Unit: bytes.
    pub info_bytes: u32,
    /// Whether it exists when the show begins; otherwise an event or a caller creates it.
    pub open: bool,
}

/// Callers of server operations: the back end of the show's owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    /// Its name, the stable name of its randomness.
    pub name: String,
    /// Callers at work side by side.
    pub callers: u32,
    /// The share of calls that have one parameter of another class: empty, too long, above its bound, and so on.
    pub odd: Permille,
    /// The operations each caller calls, with the mean gap between two calls of one caller.
    pub calls: Vec<(Operation, Duration)>,
}

/// The network between a user and the service, the same in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkSetup {
    /// How long a frame is under way.
    pub latency: Latency,
    /// The chance that a frame is lost.
    pub loss: Ppm,
    /// The chance that a frame arrives twice.
    pub duplicate: Ppm,
}

/// How long a frame is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latency {
    /// The shortest and the longest time.
    pub range: Between<Duration>,
    /// How the time is distributed in between.
    pub shape: LatencyShape,
}

/// How latencies are distributed over their range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LatencyShape {
    /// Most frames are fast, few are slow: the cube of a uniform draw.
    Tailed,
    /// Every latency is equally likely.
    #[default]
    Uniform,
}

impl Latency {
    /// The latency that a uniform 32-bit word stands for.
    #[must_use]
    #[inline]
    pub fn draw(self, word: u32) -> Duration {
        match self.shape {
            LatencyShape::Uniform => self.range.uniform(word),
            LatencyShape::Tailed => {
                let wide = u128::from(word);
                // The cube stays in integers: one word gives the same latency on every machine.
                self.range.uniform(u32::try_from((wide * wide * wide) >> 64).unwrap_or(u32::MAX))
            }
        }
    }
}

impl Default for NetworkSetup {
    fn default() -> Self {
        // That of the reference workloads, so that a scenario that says nothing about its network can be compared
        // with them.
        let range = Between::new(Duration::from_millis(20), Duration::from_millis(200));
        Self {
            latency: Latency { range, shape: LatencyShape::Uniform },
            loss: Ppm::default(),
            duplicate: Ppm::default(),
        }
    }
}

impl Scenario {
    /// The scenario a name stands for among those of the binary.
    ///
    /// # Errors
    ///
    /// That no built-in scenario has the name, with those that exist.
    pub fn builtin(name: &str) -> Result<Self, Diagnostic> {
        let text = builtin::text(name).ok_or_else(|| {
            // Whoever writes a path has misspelled a path, and is not helped by a list of names.
            // A word that looks like a path is a misspelt path. A list of names would not help.
            if name.contains(['/', '\\']) || name.ends_with(".toml") {
                return Diagnostic::whole(name, "there is no such file");
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
