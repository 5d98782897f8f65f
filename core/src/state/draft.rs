//! A group message that was accepted and not delivered yet: on its way to review, to the frequency control, to a slot.

use alloc::boxed::Box;
use alloc::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::mutants::Defects;
use crate::state::service::Service;
use crate::words::id::{MessageNumber, UserIx};
use crate::words::message::{Origin, Priority};
use crate::words::reading::PriorityWeight;
use crate::words::rule::Rule;
use crate::words::text::{Extra, Text};
use crate::words::time::Instant;
use crate::words::tracer::Tracer;

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
    /// What it adds to the counter of its type.
    pub(crate) increase: i64,
    /// The chosen members; none: everybody in the group.
    pub(crate) receivers: Option<Box<[UserIx]>>,
}

impl<T: Tracer, D: Defects> Service<T, D> {
    /// The place of the next message in the order of sending. Only for a message that nothing refuses any more.
    #[inline]
    pub(crate) fn next_number(&mut self) -> MessageNumber {
        self.state.messages += 1;
        MessageNumber(self.state.messages)
    }

    /// The level that a weight stands for.
    pub(crate) fn level_of(&mut self, weight: i64) -> Priority {
        self.hit(Rule::PriorityWeightLevels);
        self.hit(Rule::PriorityLevelsOrder);
        if let Some(level) = self.level_by_defect(weight) {
            return level;
        }
        match (self.config.readings.priority_weight, weight) {
            (PriorityWeight::Thresholds, WEIGHT_HIGH..) => Priority::High,
            (PriorityWeight::Thresholds, WEIGHT_MEDIUM..) => Priority::Medium,
            (PriorityWeight::Exact, WEIGHT_HIGH) => Priority::High,
            (PriorityWeight::Exact, WEIGHT_MEDIUM) => Priority::Medium,
            (PriorityWeight::Thresholds | PriorityWeight::Exact, _) => Priority::Normal,
        }
    }
}

/// The weight that ranks a client's message, which names a level: the suggested weight of that level.
pub(crate) const fn weight_of(level: Priority) -> i64 {
    match level {
        Priority::Normal => WEIGHT_DEFAULT,
        Priority::Medium => WEIGHT_MEDIUM,
        Priority::High => WEIGHT_HIGH,
    }
}
