//! Units: a campaign cut into parts that any machine can run, and whose results need nobody who keeps books.
//!
//! The range of seeds is the truth. A *unit* is a campaign and a part of its seeds; its result is one file that never
//! changes ([`UnitResult`]), kept under a name that follows from the unit's number. So there is no database: to go on is to
//! list the names that are there, to merge is to copy files into one folder, and what is missing is found by counting
//! ([`Reconciliation`]). No queue is trusted: an engine that loses work, or does it twice, costs time and nothing else.
//!
//! A unit's *digest* covers what its runs came to and nothing of where, when or how fast: two machines, two engines and
//! two builds of the same sources give the same digest.
//!
//! Each unit also runs a *canary*: a mutant whose seed is known to reveal it. A machine or build that does not find it
//! judges nothing, and the unit is void.

mod canary;
mod reconcile;
mod record;
mod result;
mod run;
mod store;
mod summary;

#[cfg(test)]
mod tests;

pub use canary::{CANARIES, Canary};
pub use reconcile::{Kept, Reconciliation, ranges};
pub use record::{CampaignRecord, CampaignUnit, SCHEMA, UNIT_SEEDS_MAX};
pub use result::{BuildId, CanaryResult, SeedLine, UnitResult, UnitTrailer, VoidReason};
pub use run::{RanUnit, run_unit};
pub use store::{RECORD, ResultStore, UNITS, VOID, keep, keep_void, unit_name, unit_of_name};
pub use summary::{CampaignSummary, FailedSeeds, seeds_a_core_hour};
