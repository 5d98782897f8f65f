//! A message to one user that was accepted and not delivered yet.

use crate::words::id::{MessageNumber, UserIx};
use crate::words::message::Origin;
use crate::words::text::{Extra, Text};
use crate::words::time::Instant;
use alloc::sync::Arc;
use serde::{Deserialize, Serialize};

/// A message to one user before it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct DirectMessage {
    /// Its place in the order of sending.
    pub(crate) number: MessageNumber,
    /// When it was sent.
    pub(crate) sent: Instant,
    pub(crate) receiver: UserIx,
    pub(crate) tid: Text,
    pub(crate) kind: i64,
    pub(crate) origin: Origin,
    pub(crate) sender: UserIx,
    pub(crate) sender_id: Text,
    pub(crate) sender_info: Extra,
    pub(crate) body: Arc<str>,
    /// Sent only once the receiver has acknowledged.
    pub(crate) reliable: bool,
    pub(crate) stored: bool,
}
