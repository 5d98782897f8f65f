//! Faults: each is an item with a time, a length, a target and the parameters of its kind.

use claque_core::Duration;
use claque_document::units::{Between, Permille, Ppm, Rate, Skew};

use super::names::FaultName;
use super::{GroupNumber, PopulationNumber};

/// One thing that breaks for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduledFault {
    /// Its name, the stable name of its randomness; `kind@at` unless the scenario gives one.
    pub name: String,
    /// When it begins. Unit: show time.
    pub at: Duration,
    /// How long it lasts; never below [`FaultKind::stability`].
    pub lasts: Duration,
    /// The users that it hits; the whole service for faults of the service.
    pub target: Target,
    /// The kind, with its parameters.
    pub kind: FaultKind,
}

/// The users that a fault hits.
///
/// The share is drawn once per fault: the same users from its beginning to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The share of the selected users.
    pub share: Permille,
    /// Only those who came for one of these groups; `None` takes everyone.
    pub groups: Option<Vec<GroupNumber>>,
    /// Only those of these populations; `None` takes everyone.
    pub populations: Option<Vec<PopulationNumber>>,
}

impl Default for Target {
    fn default() -> Self {
        Self { share: Permille::ALL, groups: None, populations: None }
    }
}

/// Which way frames are stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Both ways.
    #[default]
    Both,
    /// From the service to the user.
    Down,
    /// From the user to the service.
    Up,
}

/// A kind of fault, with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// `brown-out`: links get slow and lossy but do not break. Keys: `add`, `loss-ppm`.
    BrownOut {
        /// Extra time that a frame is under way.
        add: Between<Duration>,
        /// Extra chance that a frame is lost.
        loss: Ppm,
    },
    /// `callback-failing`: the callback receiver answers with an error. Key: `permille`.
    CallbackFailing {
        /// The share of callbacks that fail.
        share: Permille,
    },
    /// `callback-flapping`: the callback receiver answers and fails by turns, beginning with failing. Key: `every`.
    CallbackFlapping {
        /// How long each turn lasts.
        every: Duration,
    },
    /// `callback-slow`: the callback receiver takes its time. Key: `delay`.
    CallbackSlow {
        /// The time it takes.
        delay: Between<Duration>,
    },
    /// `clock-drift`: the users' clocks run fast (positive) or slow. Key: `ppm`.
    ClockDrift {
        /// How much. Unit: parts per million.
        ppm: i32,
    },
    /// `clock-offset`: the users' clocks are wrong by a fixed amount, and right again at the end. Key: `by`.
    ClockOffset {
        /// How wrong.
        by: Skew,
    },
    /// `clock-step`: the users' clocks are set once, and stay so. Key: `by`.
    ClockStep {
        /// How far.
        by: Skew,
    },
    /// `clock-wander`: the users' clocks are wrong by an amount that changes again and again. Keys: `by`, `every`.
    ClockWander {
        /// The most that they are ahead or behind.
        by: Duration,
        /// How long each amount stays.
        every: Duration,
    },
    /// `clog`: frames are held back, and arrive together at the end; requests too. Key: `direction`.
    Clog {
        /// Which way.
        direction: Direction,
    },
    /// `crash`: the service is down, then restarts from its journal. Key: `torn`.
    Crash {
        /// Whether the last journal record is half written.
        torn: bool,
    },
    /// `disconnect`: links are lost over the time of the fault, and users reconnect at will. Key: `reconnect`.
    Disconnect {
        /// How long each user waits before reconnecting: narrow is a reconnect storm.
        reconnect: Between<Duration>,
    },
    /// `duplicate`: frames arrive twice. Key: `ppm`.
    Duplicate {
        /// The chance.
        chance: Ppm,
    },
    /// `fan-out-delay`: the service delivers late. Key: `add`.
    FanOutDelay {
        /// How late.
        add: Between<Duration>,
    },
    /// `kill`: client programs die without a word, and return at the end with the token they had.
    Kill,
    /// `latency`: frames are under way for longer. Key: `add`.
    Latency {
        /// Extra time.
        add: Between<Duration>,
    },
    /// `loss`: frames are lost. Key: `ppm`.
    Loss {
        /// The chance.
        chance: Ppm,
    },
    /// `lost-reply`: replies are lost, and users send again. Key: `ppm`.
    LostReply {
        /// The chance.
        chance: Ppm,
    },
    /// `moderation-failing`: the moderation service answers with an error. Key: `permille`.
    ModerationFailing {
        /// The share of requests that fail.
        share: Permille,
    },
    /// `moderation-refusing`: the moderation service refuses messages. Key: `permille`.
    ModerationRefusing {
        /// The share of messages that are refused.
        share: Permille,
    },
    /// `moderation-slow`: the moderation service takes its time. Key: `delay`.
    ModerationSlow {
        /// The time it takes.
        delay: Between<Duration>,
    },
    /// `outage`: a gateway is gone: all links of its users break at once, and none connects until the end.
    Outage,
    /// `partition`: frames vanish while links seem open. Key: `direction`.
    Partition {
        /// Which way.
        direction: Direction,
    },
    /// `pause`: client programs stand still, as in a background tab: they neither read nor send a heartbeat.
    Pause,
    /// `reorder`: some frames are overtaken by later ones. Keys: `ppm`, `by`.
    Reorder {
        /// The chance.
        chance: Ppm,
        /// How long an overtaken frame is held back.
        by: Between<Duration>,
    },
    /// `slow-reader`: users read slower than messages come; a user who falls too far behind is cut off. Key: `rate`.
    SlowReader {
        /// How fast they read.
        rate: Rate,
    },
}

impl FaultKind {
    /// The kind, without its parameters.
    #[must_use]
    pub const fn name(self) -> FaultName {
        match self {
            Self::BrownOut { .. } => FaultName::BrownOut,
            Self::CallbackFailing { .. } => FaultName::CallbackFailing,
            Self::CallbackFlapping { .. } => FaultName::CallbackFlapping,
            Self::CallbackSlow { .. } => FaultName::CallbackSlow,
            Self::ClockDrift { .. } => FaultName::ClockDrift,
            Self::ClockOffset { .. } => FaultName::ClockOffset,
            Self::ClockStep { .. } => FaultName::ClockStep,
            Self::ClockWander { .. } => FaultName::ClockWander,
            Self::Clog { .. } => FaultName::Clog,
            Self::Crash { .. } => FaultName::Crash,
            Self::Disconnect { .. } => FaultName::Disconnect,
            Self::Duplicate { .. } => FaultName::Duplicate,
            Self::FanOutDelay { .. } => FaultName::FanOutDelay,
            Self::Kill => FaultName::Kill,
            Self::Latency { .. } => FaultName::Latency,
            Self::Loss { .. } => FaultName::Loss,
            Self::LostReply { .. } => FaultName::LostReply,
            Self::ModerationFailing { .. } => FaultName::ModerationFailing,
            Self::ModerationRefusing { .. } => FaultName::ModerationRefusing,
            Self::ModerationSlow { .. } => FaultName::ModerationSlow,
            Self::Outage => FaultName::Outage,
            Self::Partition { .. } => FaultName::Partition,
            Self::Pause => FaultName::Pause,
            Self::Reorder { .. } => FaultName::Reorder,
            Self::SlowReader { .. } => FaultName::SlowReader,
        }
    }

    /// The word of the kind.
    #[must_use]
    pub const fn word(self) -> &'static str {
        self.name().word()
    }

    /// Whether the fault happens at once and has no length.
    #[must_use]
    pub const fn is_momentary(self) -> bool {
        matches!(self, Self::ClockStep { .. })
    }

    /// Whether the fault hits the service as a whole, so that it has no target.
    #[must_use]
    pub const fn hits_service(self) -> bool {
        match self {
            Self::CallbackFailing { .. }
            | Self::CallbackFlapping { .. }
            | Self::CallbackSlow { .. }
            | Self::Crash { .. }
            | Self::FanOutDelay { .. }
            | Self::ModerationFailing { .. }
            | Self::ModerationRefusing { .. }
            | Self::ModerationSlow { .. } => true,
            Self::BrownOut { .. }
            | Self::ClockDrift { .. }
            | Self::ClockOffset { .. }
            | Self::ClockStep { .. }
            | Self::ClockWander { .. }
            | Self::Clog { .. }
            | Self::Disconnect { .. }
            | Self::Duplicate { .. }
            | Self::Kill
            | Self::Latency { .. }
            | Self::Loss { .. }
            | Self::LostReply { .. }
            | Self::Outage
            | Self::Partition { .. }
            | Self::Pause
            | Self::Reorder { .. }
            | Self::SlowReader { .. } => false,
        }
    }

    /// The least time the fault lasts, so that the state it makes is reached before it heals.
    ///
    /// A step of the clock takes no time; a link's fault lasts a few round trips; a crash lasts a second.
    #[must_use]
    pub const fn stability(self) -> Duration {
        match self {
            // A link that is lost is lost at once: the length of this fault is only the time over which links are
            // lost.
            Self::ClockStep { .. } | Self::Disconnect { .. } => Duration::ZERO,
            Self::Duplicate { .. }
            | Self::FanOutDelay { .. }
            | Self::Latency { .. }
            | Self::Loss { .. }
            | Self::LostReply { .. }
            | Self::Reorder { .. } => Duration::from_millis(500),
            Self::BrownOut { .. }
            | Self::CallbackFailing { .. }
            | Self::CallbackFlapping { .. }
            | Self::CallbackSlow { .. }
            | Self::ClockDrift { .. }
            | Self::ClockOffset { .. }
            | Self::ClockWander { .. }
            | Self::Clog { .. }
            | Self::Crash { .. }
            | Self::Kill
            | Self::ModerationFailing { .. }
            | Self::ModerationRefusing { .. }
            | Self::ModerationSlow { .. }
            | Self::Outage
            | Self::Partition { .. }
            | Self::Pause
            | Self::SlowReader { .. } => Duration::from_secs(1),
        }
    }
}
