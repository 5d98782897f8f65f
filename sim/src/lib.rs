//! The simulator: virtual users, a virtual network and faults around the documented service, driven by one seed.

pub mod diagnostic;
pub mod document;
pub mod engine;
pub mod identity;
mod model;
mod network;
pub mod plan;
pub mod recorded;
pub mod run;
pub mod scenario;
pub mod selftest;
pub mod trace;
pub mod units;
mod user;
pub mod verdict;
mod world;
