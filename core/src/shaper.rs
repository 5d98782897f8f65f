//! The frequency control of a group.

use serde::{Deserialize, Serialize};

use crate::id::GroupIx;
use crate::mutation::Defects;
use crate::service::Service;
use crate::tracer::Tracer;

/// The state of a group's frequency control.
#[derive(Clone, Debug, Default, Hash, Serialize, Deserialize)]
pub(crate) struct Shaper {}

impl<T: Tracer, D: Defects> Service<T, D> {
    /// A group closed, was deleted or forgotten: nothing waits for delivery any more.
    pub(crate) fn end_delivery(&mut self, group: GroupIx) {
        self.state.groups[group.at()].shaper = Shaper::default();
    }
}
