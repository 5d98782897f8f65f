//! The simulator: virtual users, a virtual network and faults around the documented service, driven by one seed.

pub mod diagnostic;
pub mod document;
pub mod engine;
pub mod scenario;
pub mod units;
