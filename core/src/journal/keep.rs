//! The inputs that are written down: the module's head says why.

use crate::words::client::ClientRequest;
use crate::words::input::{Input, Outcome};
use crate::words::operation::Access;

impl Input {
    /// Whether it can change nothing that a restart must find again, whatever comes of it.
    #[must_use]
    pub const fn only_reads(&self) -> bool {
        match self {
            Self::Malformed(..) => true,
            Self::Client(_, request) => request.only_reads(),
            Self::Request(_, request) => matches!(request.operation().access(), Access::Reads),
            Self::Connect(_)
            | Self::Console(..)
            | Self::Disconnect(..)
            | Self::Reconnect(..)
            | Self::SetLimits(_)
            | Self::SetReadings(_)
            | Self::Timeout
            | Self::Verdict(..) => false,
        }
    }
}

impl Outcome {
    /// Whether the input was refused, and so changed nothing that a restart must find again.
    #[must_use]
    pub const fn is_refused(&self) -> bool {
        match self {
            Self::Client(answer) => answer.is_err(),
            Self::Connected(answer) => answer.is_err(),
            Self::Request(answer) => answer.is_err(),
            Self::Quiet => false,
        }
    }
}

impl ClientRequest {
    /// Whether it asks for nothing but an answer.
    #[must_use]
    pub const fn only_reads(&self) -> bool {
        match self {
            Self::ListGroupUsers { .. }
            | Self::ListHistory { .. }
            | Self::ListMuteUsers(_)
            | Self::ListRecentGroupUsers(_)
            | Self::ListRecentMessages { .. }
            | Self::QueryGroup(_) => true,
            Self::Acknowledge(_)
            | Self::CancelMuteAll(_)
            | Self::CancelMuteUsers(..)
            | Self::CloseGroup(_)
            | Self::CreateGroup { .. }
            | Self::DeleteMessage(..)
            | Self::Join(_)
            | Self::Leave(_)
            | Self::Logout
            | Self::ModifyGroup { .. }
            | Self::MuteAll(_)
            | Self::MuteUsers(..)
            | Self::Send(..)
            | Self::SendToUser { .. } => false,
        }
    }
}
