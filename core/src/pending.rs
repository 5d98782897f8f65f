//! Answers that are owed: a moderation verdict, or a receiver's acknowledgement, must come first.

use serde::{Deserialize, Serialize};

/// What waits behind a ticket.
#[derive(Clone, Debug, Hash, Serialize, Deserialize)]
pub(crate) enum Pending {}
