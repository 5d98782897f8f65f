//! The suite that was built in.

use claque_conformance::suite::Suite;

use crate::CommandFailure;

/// The suite that was built in.
pub(crate) fn suite() -> Result<Suite, CommandFailure> {
    Suite::embedded().map_err(|diagnostic| CommandFailure::No(diagnostic.to_string()))
}
