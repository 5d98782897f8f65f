//! What only the console offers.

use alloc::string::String;

use serde::{Deserialize, Serialize};

/// A console action.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ConsoleRequest {
    /// Deletes an application for good.
    DeleteApp {
        /// The application ID.
        app_id: String,
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
        /// The message type, a number.
        kind: i64,
        /// The body, at most 15 KB.
        body: String,
    },
}
