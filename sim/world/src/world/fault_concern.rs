//! The part of the world that a fault concerns. Each part matches the kinds that concern it, all of them; a kind that is
//! new must be placed here before the world compiles.

use claque_core::Duration;
use claque_document::units::{Between, Permille, Ppm, Skew};
use claque_scenario::FaultKind;

/// A fault, with the part of the world that it concerns while it is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FaultConcern {
    /// The receiver of callbacks.
    Callbacks(CallbackFault),
    /// The own clocks of users.
    Clocks(ClockFault),
    /// The answers to what clients send.
    Replies(Ppm),
    /// The custom moderation.
    Reviews(ReviewFault),
    /// The links of users and the service itself: the network knows them.
    Links,
}

/// How the receiver of callbacks misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallbackFault {
    Failing(Permille),
    Flapping { every: Duration },
    Slow(Between<Duration>),
}

/// How a user's own clock is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClockFault {
    Drift {
        ppm: i32,
    },
    Offset(Skew),
    /// Set once when the fault begins, and remembered with the user from then on.
    Step(Skew),
    Wander {
        by: Duration,
        every: Duration,
    },
}

/// How the custom moderation misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReviewFault {
    Failing(Permille),
    Refusing(Permille),
    Slow(Between<Duration>),
}

impl FaultConcern {
    pub(super) const fn of(kind: FaultKind) -> Self {
        match kind {
            FaultKind::CallbackFailing { share } => Self::Callbacks(CallbackFault::Failing(share)),
            FaultKind::CallbackFlapping { every } => Self::Callbacks(CallbackFault::Flapping { every }),
            FaultKind::CallbackSlow { delay } => Self::Callbacks(CallbackFault::Slow(delay)),
            FaultKind::ClockDrift { ppm } => Self::Clocks(ClockFault::Drift { ppm }),
            FaultKind::ClockOffset { by } => Self::Clocks(ClockFault::Offset(by)),
            FaultKind::ClockStep { by } => Self::Clocks(ClockFault::Step(by)),
            FaultKind::ClockWander { by, every } => Self::Clocks(ClockFault::Wander { by, every }),
            FaultKind::LostReply { chance } => Self::Replies(chance),
            FaultKind::ModerationFailing { share } => Self::Reviews(ReviewFault::Failing(share)),
            FaultKind::ModerationRefusing { share } => Self::Reviews(ReviewFault::Refusing(share)),
            FaultKind::ModerationSlow { delay } => Self::Reviews(ReviewFault::Slow(delay)),
            FaultKind::BrownOut { .. }
            | FaultKind::Clog { .. }
            | FaultKind::Crash { .. }
            | FaultKind::Disconnect { .. }
            | FaultKind::Duplicate { .. }
            | FaultKind::FanOutDelay { .. }
            | FaultKind::Kill
            | FaultKind::Latency { .. }
            | FaultKind::Loss { .. }
            | FaultKind::Outage
            | FaultKind::Partition { .. }
            | FaultKind::Pause
            | FaultKind::Reorder { .. }
            | FaultKind::SlowReader { .. } => Self::Links,
        }
    }
}
