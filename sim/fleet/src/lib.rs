//! Units of a campaign over engines that need a client library: a queue that hands them out, and a store of objects that keeps
//! their results.
//!
//! Neither is trusted with the result. The range of seeds and the files of results are the truth ([`claque_lab::unit`]): work
//! that a queue loses is found by counting files, and work that it hands out twice gives an equal result, or a finding.
//!
//! The interface is blocking, because what calls it computes: each thread of a worker runs a unit for seconds, and then asks
//! for another one.
#![forbid(unsafe_code)]

#[cfg(feature = "objects")]
mod objects;
#[cfg(feature = "queue")]
mod queue;

#[cfg(feature = "objects")]
pub use objects::{ObjectFolder, SCHEME};
#[cfg(feature = "queue")]
pub use queue::{Fed, Lease, Published, QueueAccess, QueueError, QueueOptions, UnitQueue};
