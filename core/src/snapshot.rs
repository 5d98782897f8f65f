//! A copy of everything that a service remembers.

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::mutation::Defects;
use crate::service::{Service, State};
use crate::tracer::Tracer;

/// Everything that a service remembers, its secrets too: keep it where the secrets may lie.
#[derive(Clone, Debug, Hash, Serialize, Deserialize)]
pub struct Snapshot(State);

impl<T: Tracer, D: Defects> Service<T, D> {
    /// A copy of the state between two calls. O(state).
    ///
    /// # Panics
    /// When outputs wait: they are not part of a snapshot, so drain them first.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        assert!(!self.has_outputs(), "drain the outputs before a snapshot");
        Snapshot(self.state.clone())
    }

    /// A service that goes on where a snapshot was taken.
    ///
    /// The configuration must be the one of the service that the snapshot was taken of; only then does the same
    /// follow from the same calls.
    #[must_use]
    pub fn restore(snapshot: Snapshot, config: Config, tracer: T, defects: D) -> Self {
        Self::from_state(snapshot.0, config, tracer, defects)
    }
}
