//! The setup of a show: applications, groups, back ends, network, and the numbers by which they name each other.

use claque_core::{DataCenter, Duration, Family, Operation};
use claque_document::units::{Between, Permille, Ppm};

/// The number of an application in [`Scenario::apps`](crate::Scenario::apps).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
// Types of their own and not plain numbers: an event names a group, an application and populations, and the three are
// easily mixed up.
pub struct AppNumber(pub u32);

/// The number of a group in [`Scenario::groups`](crate::Scenario::groups).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupNumber(pub u32);

/// The number of a population in [`Scenario::populations`](crate::Scenario::populations).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PopulationNumber(pub u32);

/// Users that a run may have.
// At 759 bytes each (docs/performance.md) so many users take 7 GiB.
pub const USERS_MAX: u32 = 10_000_000;

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
    /// Its administrators, 0 to 3; who they are says [`Scenario::administrators`](crate::Scenario::administrators).
    pub admins: u8,
    /// Whether it has an owner; who that is says [`Scenario::owner`](crate::Scenario::owner).
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
