//! The oracle: what a run must look like, and what is said when it does not.
//!
//! A [`Model`] is shown each call of the service with its outcome and outputs, keeps its own books by the rules, and
//! compares. What it cannot decide, because a rule leaves it open or its time has not come, goes into a
//! [`liveness::PendingObligations`]; what it refutes becomes a [`verdict::Verdict`].
//!
//! That it is written from the rules, and neither from the service nor for one world, is a fact of the build: it sees
//! core alone, and no user, network or fault of a simulation.
#![forbid(unsafe_code)]

mod books;
mod dense;
pub mod evidence;
pub mod liveness;
mod model;
pub mod verdict;

pub use books::unknown::{Judged, UnknownCounts};
pub use model::Model;
