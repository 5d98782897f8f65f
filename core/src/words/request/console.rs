//! Requests that only the console offers.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::words::operation::Operation;

/// A console action.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ConsoleRequest {
    /// Deletes an application for good.
    DeleteApp {
        /// The application ID.
        app_id: String,
    },
    /// Sets a limit for one group alone, which is a default otherwise.
    LimitMessages {
        /// The application ID.
        app_id: String,
        /// The group ID.
        group_id: String,
        /// Messages that the group delivers in a second, at least 1; none: the default again.
        messages_per_second: Option<i64>,
    },
    /// Changes parameters of an application that no operation changes. What is absent stays.
    ModifyApp {
        /// The application ID.
        app_id: String,
        /// The name, 2 to 16 characters.
        app_name: Option<String>,
        /// How long messages are kept: 0, 1, 2 for 30, 90, 180 days.
        msg_life_cycle: Option<i32>,
    },
    /// Changes parameters of a group. What is absent stays; what is empty is cleared.
    ModifyGroup {
        /// The application ID.
        app_id: String,
        /// The group ID.
        group_id: String,
        /// The display name, at most 128 bytes.
        group_name: Option<String>,
        /// The owner: as the creator at a creation.
        creator_id: Option<String>,
        /// Administrators, at most three.
        administrators: Option<Vec<String>>,
        /// The extension information, at most 32 KB.
        group_info: Option<String>,
    },
    /// Sends a message to a group.
    SendMessage {
        /// The application ID.
        app_id: String,
        /// The group ID.
        group_id: String,
        /// The sender: letters and digits, at most 64 bytes.
        sender_id: String,
        /// Extension information of the sender, at most 512 bytes.
        sender_info: String,
        /// The message type as it was typed: it must be a number.
        kind: String,
        /// The body, at most 15 KB.
        body: String,
    },
}

impl ConsoleRequest {
    /// The documented operation that is closest to it: its refusals are worded alike.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        match self {
            Self::DeleteApp { .. } => Operation::DeleteMessageApp,
            Self::ModifyApp { .. } => Operation::ModifyLiveMessageAppAudit,
            Self::LimitMessages { .. } | Self::ModifyGroup { .. } => Operation::ModifyLiveMessageGroup,
            Self::SendMessage { .. } => Operation::SendLiveMessageGroup,
        }
    }
}
