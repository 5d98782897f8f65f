//! A copy of everything that a service remembers.

mod sound;

use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::mutants::{Mutant, Mutants};
use crate::service::mutants::support::{forget_lost_links, forget_reviews};
use crate::state::service::{Service, ServiceState};
use crate::words::config::Config;
use crate::words::tracer::Tracer;

/// Everything that a service remembers, its secrets too: keep it where the secrets may lie.
#[derive(Clone, Debug, Hash, Serialize, Deserialize)]
pub struct Snapshot(ServiceState);

/// The bytes are no snapshot of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotASnapshot;

impl fmt::Display for NotASnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a snapshot that this version can read")
    }
}

impl core::error::Error for NotASnapshot {}

impl Snapshot {
    /// The snapshot as bytes, without a checksum: the journal's framing adds it. O(state).
    ///
    /// # Panics
    /// Never: everything in a snapshot serialises.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_allocvec(&self.0).expect("a state serialises")
    }

    /// Reads what [`Self::to_bytes`] wrote, and looks at every index and number in it before anything uses one. O(state).
    ///
    /// Whether what it says can be true together is asked of the service that is made of it:
    /// [`Service::check_invariants`].
    ///
    /// # Errors
    /// When the bytes are none of a snapshot, more follow, or an index or number in it cannot be.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotASnapshot> {
        match postcard::take_from_bytes(bytes) {
            // Nothing may follow, since a longer input was not written by this version; and every index is looked at
            // before anybody may use one.
            Ok((state, [])) if sound::check(&state).is_ok() => Ok(Self(state)),
            Ok(_) | Err(_) => Err(NotASnapshot),
        }
    }
}

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// A copy of the state between two calls. O(state).
    ///
    /// # Panics
    /// When outputs wait: they are not part of a snapshot, so drain them first.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        // Kept in release: an output that waits is in no snapshot, and would silently never be carried out.
        assert!(!self.has_outputs(), "drain the outputs before a snapshot");
        Snapshot(self.state.clone())
    }

    /// The bytes of a snapshot, without a copy of the state in between. O(state).
    ///
    /// # Panics
    /// When outputs wait, as for [`Self::snapshot`].
    #[must_use]
    pub fn snapshot_bytes(&self) -> Vec<u8> {
        assert!(!self.has_outputs(), "drain the outputs before a snapshot");
        postcard::to_allocvec(&self.state).expect("a state serialises")
    }

    /// A service that goes on where a snapshot was taken.
    ///
    /// The configuration must be the one of the service that the snapshot was taken of; only then does the same
    /// follow from the same calls.
    #[must_use]
    pub fn restore(snapshot: Snapshot, config: Config, tracer: T, mutants: D) -> Self {
        // Taken whole. Quotas too: within the second a restored service must not give its callers a fresh allowance.
        let mut state = snapshot.0;
        if mutants.has(Mutant::RestartForgetsLostLinks) {
            forget_lost_links(&mut state);
        }
        if mutants.has(Mutant::RestartForgetsReviews) {
            forget_reviews(&mut state);
        }
        if mutants.has(Mutant::RestartRepeatsIds) {
            state.sequences.repeat_tids_by_mutant();
        }
        Self::from_state(state, config, tracer, mutants)
    }
}
