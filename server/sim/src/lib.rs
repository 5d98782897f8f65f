//! The server itself under a seed: its own driver, journal, connections, audience links, callbacks and worlds, on a runtime whose
//! time is virtual and with nothing of the machine's, judged by what those around it saw.
//!
//! A [`ServerPlan`] is drawn from a seed: calls of a back end over connections that are cut into pieces, broken or shared by several calls
//! at once; viewers who come, lose their links and come back; receivers of callbacks that break off, hang or answer with an error;
//! compactions, and ends of the server of every kind. [`run`] does what it says, and gives a [`Log`] of everything that was seen from
//! outside. [`judge`] holds that log to what a caller, a viewer and a receiver may rely on; the [`claque_conformance::audit`] of
//! recorded traffic judges it besides.
//!
//! A run is a pure function of its plan, so a failure is found again from the seed, and made smaller ([`shrink`]) by leaving out steps.
#![forbid(unsafe_code)]

mod ask;
mod backend;
mod campaign;
mod disk;
mod judge;
mod pipe;
pub mod plan;
mod receiver;
mod recording;
mod run;
pub mod seen;
mod shrink;
mod viewer;

pub use campaign::{SeedOutcome, campaign, try_plan};
pub use judge::{BrokenPromise, judge};
pub use plan::ServerPlan;
pub use run::run;
pub use seen::Log;
pub use shrink::shrink;
