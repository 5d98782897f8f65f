//! The script of a scenario: acts at fixed times, whatever chance brings.

use claque_core::{Duration, Priority};
use claque_document::units::{Between, Rate, Skew};

use super::awkward::AwkwardAct;
use super::names::ActionName;
use super::people::MessageKind;
use super::{AppNumber, GroupNumber};

/// One act of the script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptEvent {
    /// Its name, the stable name of its randomness; `do@at` unless the scenario gives one.
    pub name: String,
    /// When it begins. Unit: show time.
    pub at: Duration,
    /// The groups it is about, each on its own; empty for acts that are about no group.
    pub groups: Vec<GroupNumber>,
    /// The act itself.
    pub action: ScriptAction,
}

/// An act of the script, with its parameters.
///
/// Counts of members and rates are absolute: they are about documented thresholds, so they do not scale with the
/// number of users. Where there are fewer users than a count asks for, all there are take part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScriptAction {
    /// `awkward`: users and calls of its own beside the crowd do what stands on an edge. Keys: `group` `what` `count`.
    Awkward {
        /// What.
        what: AwkwardAct,
        /// How many, or how often.
        count: u32,
    },
    /// `budget-burst`: the back end sends messages in the last millisecond of a second, and as many in the first of the
    /// next. Keys: `group` `messages`.
    BudgetBurst {
        /// How many on each side of the edge.
        messages: u32,
    },
    /// `change-admins`: the back end gives the group other administrators, members drawn by chance. Keys: `group` `users`.
    ChangeAdmins {
        /// How many; none takes all away.
        users: u32,
    },
    /// `create-group`: the back end creates the group. Keys: `group`.
    CreateGroup,
    /// `delete-group`: the back end deletes the group. Keys: `group`.
    DeleteGroup,
    /// `delete-during-send`: the back end sends messages and deletes the group in the middle of them, all in one
    /// moment. Keys: `group` `messages`.
    DeleteDuringSend {
        /// How many before the deletion, and how many after it.
        messages: u32,
    },
    /// `disable-app`: the back end disables an application. Keys: `app`.
    DisableApp(AppNumber),
    /// `drain-group`: every member leaves, and stays away until the group is reopened. Keys: `group` `over`.
    DrainGroup {
        /// The time over which they leave.
        over: Duration,
    },
    /// `enable-app`: the back end enables an application. Keys: `app`.
    EnableApp(AppNumber),
    /// `join-wave`: users join until the group has so many members. Keys: `group` `to` `over`.
    JoinWave {
        /// Members at the end of it.
        to: u32,
        /// The time over which they join.
        over: Duration,
    },
    /// `kick`: an administrator removes members drawn by chance. Keys: `group` `users`.
    Kick {
        /// How many.
        users: u32,
    },
    /// `leave-wave`: members leave until the group has so many. Keys: `group` `to` `over`.
    LeaveWave {
        /// Members at the end of it.
        to: u32,
        /// The time over which they leave.
        over: Duration,
    },
    /// `messages`: messages at a given rate, whatever the users' habits. Keys: `group` `kind` `rate` `for` `from`
    /// `arrivals` `body-bytes` `level`.
    Messages(MessageStream),
    /// `modify-group`: the back end changes the extension information. Keys: `group` `info-bytes`.
    ModifyGroup {
        /// Its new length. Unit: bytes.
        info_bytes: u32,
    },
    /// `mute-all`: the back end mutes the group. Keys: `group`.
    MuteAll,
    /// `mute-users`: the back end mutes members drawn by chance, and unmutes them later. Keys: `group` `users` `for`.
    MuteUsers {
        /// How many.
        users: u32,
        /// For how long.
        lasts: Duration,
    },
    /// `quota-burst`: the back end calls an operation in the last millisecond of a second, and as often again in the
    /// first of the next. Keys: `group` `calls`.
    QuotaBurst {
        /// How often on each side of the edge.
        calls: u32,
    },
    /// `recall`: an administrator takes recent messages back. Keys: `group` `messages`.
    Recall {
        /// How many.
        messages: u32,
    },
    /// `reopen-group`: users join a group that lost its members: drained, or deleted and restored. Keys: `group` `users` `over`.
    ReopenGroup {
        /// How many.
        users: u32,
        /// The time over which they join.
        over: Duration,
    },
    /// `restore-at-edge`: the back end deletes the group, and restores it thirty days later, but for a difference.
    /// Keys: `group` `by`.
    RestoreAtEdge {
        /// The difference.
        by: Skew,
    },
    /// `restore-group`: the back end restores the deleted group. Keys: `group`.
    RestoreGroup,
    /// `retention-edge`: the back end sends a message, and lists the group's messages as long after as they are kept,
    /// but for a difference. Keys: `group` `by`.
    RetentionEdge {
        /// The difference.
        by: Skew,
    },
    /// `time-jump`: the service's clock moves on while no user acts. Keys: `by`.
    TimeJump {
        /// How far.
        by: Duration,
    },
    /// `unmute-all`: the back end unmutes the group. Keys: `group`.
    UnmuteAll,
}

/// Messages that the script sends at a given rate to each of an event's groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageStream {
    /// The kind of the messages.
    pub kind: MessageKind,
    /// How often, in each group.
    pub rate: Rate,
    /// For how long.
    pub lasts: Duration,
    /// Who sends it.
    pub from: StreamOrigin,
    /// How the messages are spaced.
    pub arrivals: Arrivals,
    /// The length of the body. Unit: bytes.
    pub body_bytes: Between<u32>,
    /// The level it is sent with.
    pub level: Priority,
}

/// Who sends the messages of a script.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamOrigin {
    /// A member drawn by chance for each message.
    #[default]
    Audience,
    /// The back end, by the server operation.
    Backend,
    /// The owner of the group.
    Owner,
}

/// How the messages of a script are spaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arrivals {
    /// At equal gaps.
    Even,
    /// At gaps drawn from the exponential distribution: a Poisson process.
    #[default]
    Poisson,
}

impl ScriptAction {
    /// The kind, without its parameters.
    #[must_use]
    pub const fn name(self) -> ActionName {
        match self {
            Self::Awkward { .. } => ActionName::Awkward,
            Self::BudgetBurst { .. } => ActionName::BudgetBurst,
            Self::ChangeAdmins { .. } => ActionName::ChangeAdmins,
            Self::CreateGroup => ActionName::CreateGroup,
            Self::DeleteDuringSend { .. } => ActionName::DeleteDuringSend,
            Self::DeleteGroup => ActionName::DeleteGroup,
            Self::DisableApp(_) => ActionName::DisableApp,
            Self::DrainGroup { .. } => ActionName::DrainGroup,
            Self::EnableApp(_) => ActionName::EnableApp,
            Self::JoinWave { .. } => ActionName::JoinWave,
            Self::Kick { .. } => ActionName::Kick,
            Self::LeaveWave { .. } => ActionName::LeaveWave,
            Self::Messages(_) => ActionName::Messages,
            Self::ModifyGroup { .. } => ActionName::ModifyGroup,
            Self::MuteAll => ActionName::MuteAll,
            Self::MuteUsers { .. } => ActionName::MuteUsers,
            Self::QuotaBurst { .. } => ActionName::QuotaBurst,
            Self::Recall { .. } => ActionName::Recall,
            Self::ReopenGroup { .. } => ActionName::ReopenGroup,
            Self::RestoreAtEdge { .. } => ActionName::RestoreAtEdge,
            Self::RestoreGroup => ActionName::RestoreGroup,
            Self::RetentionEdge { .. } => ActionName::RetentionEdge,
            Self::TimeJump { .. } => ActionName::TimeJump,
            Self::UnmuteAll => ActionName::UnmuteAll,
        }
    }

    /// How long it lasts, to be changed; none where it is over at once.
    pub const fn lasts_mut(&mut self) -> Option<&mut Duration> {
        match self {
            Self::DrainGroup { over }
            | Self::JoinWave { over, .. }
            | Self::LeaveWave { over, .. }
            | Self::ReopenGroup { over, .. } => Some(over),
            Self::Messages(stream) => Some(&mut stream.lasts),
            Self::MuteUsers { lasts, .. } => Some(lasts),
            Self::Awkward { .. }
            | Self::BudgetBurst { .. }
            | Self::ChangeAdmins { .. }
            | Self::CreateGroup
            | Self::DeleteDuringSend { .. }
            | Self::DeleteGroup
            | Self::DisableApp(_)
            | Self::EnableApp(_)
            | Self::Kick { .. }
            | Self::ModifyGroup { .. }
            | Self::MuteAll
            | Self::QuotaBurst { .. }
            | Self::Recall { .. }
            | Self::RestoreAtEdge { .. }
            | Self::RestoreGroup
            | Self::RetentionEdge { .. }
            | Self::TimeJump { .. }
            | Self::UnmuteAll => None,
        }
    }

    /// The word of the action.
    #[must_use]
    pub const fn word(self) -> &'static str {
        self.name().word()
    }

    /// Whether the act is about groups, so that an event with it names some.
    #[must_use]
    pub const fn is_about_group(self) -> bool {
        match self.name() {
            ActionName::DisableApp | ActionName::EnableApp | ActionName::TimeJump => false,
            ActionName::Awkward
            | ActionName::BudgetBurst
            | ActionName::ChangeAdmins
            | ActionName::CreateGroup
            | ActionName::DeleteDuringSend
            | ActionName::DeleteGroup
            | ActionName::DrainGroup
            | ActionName::JoinWave
            | ActionName::Kick
            | ActionName::LeaveWave
            | ActionName::Messages
            | ActionName::ModifyGroup
            | ActionName::MuteAll
            | ActionName::MuteUsers
            | ActionName::QuotaBurst
            | ActionName::Recall
            | ActionName::ReopenGroup
            | ActionName::RestoreAtEdge
            | ActionName::RestoreGroup
            | ActionName::RetentionEdge
            | ActionName::UnmuteAll => true,
        }
    }

    /// How long the act itself lasts: zero for acts of one moment.
    #[must_use]
    pub const fn lasts(mut self) -> Duration {
        // Bursts take a second that nobody may change.
        let burst = matches!(self, Self::Awkward { .. } | Self::BudgetBurst { .. } | Self::QuotaBurst { .. });
        match self.lasts_mut() {
            Some(lasts) => *lasts,
            None if burst => Duration::from_secs(1),
            None => Duration::ZERO,
        }
    }
}
