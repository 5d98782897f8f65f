//! One caller of a back end between two calls.

use claque_core::{Duration, ListLiveMessageGroups, Operation};
use claque_engine::Actor;

/// One operation that one caller calls again and again.
#[derive(Clone, Debug)]
pub(crate) struct CallerState {
    /// The back end, by place in the scenario.
    pub(crate) backend: usize,
    pub(crate) actor: Actor,
    pub(crate) position: u32,
    pub(crate) operation: Operation,
    pub(crate) every: Duration,
    /// The list that is being walked through: the call for its next page.
    pub(crate) next_page: Option<ListLiveMessageGroups>,
}
