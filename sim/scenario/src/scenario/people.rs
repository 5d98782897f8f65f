//! The populations of a show: who comes, and what they do there.

use claque_core::{Duration, Priority};
use claque_document::units::{Between, Permille};

use super::{GroupNumber, Latency};

/// Virtual users of one kind who behave alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Population {
    /// Its name: letters and digits, the stem of its users' names.
    pub name: String,
    /// The part that its users play in their groups.
    pub kind: PopulationKind,
    /// How many users it has.
    pub users: u32,
    /// The groups they come for, divided by the groups' weights.
    pub groups: Vec<GroupNumber>,
    /// The share of users who join a second group, the next one in the list.
    pub second_group: Permille,
    /// The share of users who only ever read.
    pub lurk: Permille,
    /// The share of users who log on with a second device some time.
    pub two_devices: Permille,
    /// When the first of them arrives. Unit: show time.
    pub arrive_at: Duration,
    /// The time over which they arrive, evenly by chance.
    ///
    /// Empty together with `arrive_at` means: in place when the show begins, and not part of what is measured.
    pub arrive_over: Duration,
    /// The mean time after which a user leaves for good; `None` stays to the end.
    pub stay: Option<Duration>,
    /// Who comes and goes.
    pub churn: Option<Churn>,
    /// Messages that users send again and again, unless they lurk.
    pub habits: Vec<Habit>,
    /// Acts of hosts and administrators.
    pub duties: Vec<Duty>,
    /// How wrong their clocks are.
    pub clock: ClockSpread,
    /// How long a token lasts when a user is given one.
    pub token: Duration,
    /// A latency of their own; `None` has the network's.
    pub latency: Option<Latency>,
}

/// The part that the users of a population play in their groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PopulationKind {
    /// Administrators of groups, dealt out in turn.
    Administrators,
    /// Viewers.
    Audience,
    /// Owners of groups, dealt out in turn.
    Hosts,
}

/// Users who leave their group and come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Churn {
    /// The share of the population that does so.
    pub share: Permille,
    /// The mean time in the group.
    pub stay: Duration,
    /// The mean time away.
    pub away: Duration,
}

/// Something a user sends again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Habit {
    /// The kind of the messages.
    pub kind: MessageKind,
    /// The mean gap between two bouts of one user.
    pub every: Duration,
    /// Messages in one bout: above 1 it is a storm of one user.
    pub burst: u32,
    /// The gap between two messages of a bout.
    pub gap: Duration,
    /// The length of the body. Unit: bytes.
    pub body_bytes: Between<u32>,
    /// The level it is sent with.
    pub level: Priority,
}

/// The kind of a message: it fixes the level and the type, unless a scenario says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageKind {
    /// Ordinary text: MEDIUM.
    Comment,
    /// A gift or red packet: HIGH.
    Gift,
    /// A like: NORMAL.
    Like,
}

impl MessageKind {
    /// Every kind with the word that scenarios and chats use.
    pub const WORDS: [(&'static str, Self); 3] =
        [("comment", Self::Comment), ("gift", Self::Gift), ("like", Self::Like)];

    /// The word of the kind.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Gift => "gift",
            Self::Like => "like",
        }
    }

    /// The level that the documents mean for such messages.
    #[must_use]
    #[inline]
    pub const fn level(self) -> Priority {
        match self {
            Self::Comment => Priority::Medium,
            Self::Gift => Priority::High,
            Self::Like => Priority::Normal,
        }
    }

    /// The message type that virtual users give it: a custom type, above 10,000.
    #[must_use]
    #[inline]
    pub const fn message_type(self) -> u32 {
        match self {
            // Apart from one another, since the frequency control owes each type its newest message.
            Self::Comment => 10_001,
            Self::Gift => 10_002,
            Self::Like => 10_003,
        }
    }
}

/// Something a host or an administrator does again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duty {
    /// The kind of act.
    pub kind: DutyKind,
    /// The mean gap between two acts of one user.
    pub every: Duration,
    /// How long a mute lasts until it is taken back; empty for acts that do not last.
    pub lasts: Duration,
}

/// An act of a host or an administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DutyKind {
    /// Does in the console what no operation does: a limit of the group's own for a while, names, retention, a message.
    Console,
    /// Removes a member from the group.
    Kick,
    /// Changes the extension information of the group.
    Modify,
    /// Mutes some members, and unmutes them later.
    Mute,
    /// Mutes the whole group, and unmutes it later.
    MuteAll,
    /// Takes a message back.
    Recall,
}

/// How wrong the clocks of a population are; each user draws a value from both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClockSpread {
    /// The most a clock is ahead or behind.
    pub offset: Duration,
    /// The most a clock runs fast or slow. Unit: parts per million.
    pub drift_ppm: u32,
}
