//! The events of a world besides deliveries, and the purposes of its draws.

use claque_engine::DrawPurpose;

/// Decisions of users.
pub(crate) const BEHAVIOUR: DrawPurpose = DrawPurpose::named("user.behaviour");

/// Arrivals of users.
pub(crate) const ARRIVAL: DrawPurpose = DrawPurpose::named("user.arrival");

/// Calls of back ends: when, which parameters.
pub(crate) const ERRAND: DrawPurpose = DrawPurpose::named("caller.errand");

/// Acts of the script.
pub(crate) const SCRIPT: DrawPurpose = DrawPurpose::named("script.event");

/// The course of faults, and of what they hit.
pub(crate) const FAULT: DrawPurpose = DrawPurpose::named("fault.course");

/// The disk's choices when the service goes down.
pub(crate) const CRASH: DrawPurpose = DrawPurpose::named("service.crash");

/// The custom moderation's delay and answer.
pub(crate) const REVIEW: DrawPurpose = DrawPurpose::named("moderation.review");

/// An event that is not a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ControlEvent {
    /// The service has something due.
    Timeout,
    /// The next user of a population arrives.
    Arrival(u16),
    /// A user acts, unless that life of the client is over.
    User(u32, u16, Act),
    /// The next message of a stream.
    Stream(u16),
    /// A back end's next call.
    Call(u16),
    /// An act of the script.
    Event(u16),
    /// A fault of the scenario begins.
    FaultBegins(u16),
    /// The fault behind a bit ends.
    FaultEnds(u8),
    /// The next line of the recorded chat.
    Chat,
    /// Something arrives that carries more than an event can.
    InFlight(u32),
    /// A user learns that a group has ended for the user.
    Exit(u32, u32),
    /// The service checks its invariants.
    Check,
    /// A fork of the plan: chance is another from here on.
    Fork(u16),
    /// The tenant's moment has come.
    Halt,
    /// The show is over: everything heals and settles.
    Settle,
}

/// An act of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Logs on, and joins.
    Come,
    /// Joins the n-th of the user's groups.
    Join(u8),
    /// Begins a bout of a habit.
    Speak(u8),
    /// Sends out of a habit, and so many times more.
    Burst(u8, u32),
    /// Leaves the n-th of the user's groups.
    Leave(u8),
    /// Leaves all groups and logs off for good.
    GoHome,
    /// Leaves the groups, to come back some time.
    StepOut,
    /// Loses the link.
    Lose,
    /// Tries to take the link up again.
    Retry,
    /// Logs on with a second device.
    Device,
    /// Does what hosts and administrators do: the n-th of the population's duties.
    Duty(u8),
}

impl Act {
    /// Whether it is given up once the show is over: what brings links and memberships in order is not.
    pub(crate) const fn is_of_the_show(self) -> bool {
        match self {
            Self::Come | Self::Join(_) | Self::Leave(_) | Self::Retry => false,
            Self::Burst(..)
            | Self::Device
            | Self::Duty(_)
            | Self::GoHome
            | Self::Lose
            | Self::Speak(_)
            | Self::StepOut => true,
        }
    }
}

/// The result of a turn.
pub(crate) enum WorldTurn {
    /// Nothing is pending any more.
    Over,
    /// Deliveries landed, or it was too late for anything to happen.
    Passed,
    /// This happened.
    Handled(ControlEvent),
}

/// A dense number as a place in a table.
#[expect(clippy::as_conversions, reason = "u32 fits usize")]
pub(crate) const fn index(number: u32) -> usize {
    number as usize
}
