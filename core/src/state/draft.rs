//! A group message that was accepted and not delivered yet: on its way to review, to the frequency control, to a slot.

use alloc::boxed::Box;
use alloc::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::words::id::{MessageNumber, UserIx};
use crate::words::message::{Origin, Priority};
use crate::words::text::{Extra, Text};
use crate::words::time::Instant;

/// The suggested weight of ordinary text, and the least that stands for MEDIUM.
pub(crate) const WEIGHT_MEDIUM: i64 = 5;
/// The suggested weight of gifts, and the least that stands for HIGH.
pub(crate) const WEIGHT_HIGH: i64 = 1_000_000;
/// The weight of a message without one, and the suggested weight of likes.
pub(crate) const WEIGHT_DEFAULT: i64 = 1;

/// A group message before its delivery.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Draft {
    /// Its place in the order of sending.
    pub(crate) number: MessageNumber,
    /// When it was sent.
    pub(crate) sent: Instant,
    pub(crate) tid: Text,
    /// The caller chose the ID.
    pub(crate) given: bool,
    pub(crate) stored: bool,
    pub(crate) cached: bool,
    pub(crate) origin: Origin,
    pub(crate) level: Priority,
    pub(crate) kind: i64,
    pub(crate) weight: i64,
    pub(crate) sender: UserIx,
    pub(crate) sender_id: Text,
    pub(crate) sender_info: Extra,
    pub(crate) body: Arc<str>,
    /// The amount that it adds to the counter of its type.
    pub(crate) increase: i64,
    /// The chosen members; none: everybody in the group.
    pub(crate) receivers: Option<Box<[UserIx]>>,
}

/// The weight that ranks a client's message, which names a level: the suggested weight of that level.
pub(crate) const fn weight_of(level: Priority) -> i64 {
    match level {
        Priority::Normal => WEIGHT_DEFAULT,
        Priority::Medium => WEIGHT_MEDIUM,
        Priority::High => WEIGHT_HIGH,
    }
}
