//! The simulator: virtual users, a virtual network and faults around the documented service, driven by one seed.
#![forbid(unsafe_code)]

pub mod bystanders;
pub mod disk;
mod network;
mod report;
pub mod run;
pub mod trace;
mod user;
pub mod values;
pub mod watch;
mod world;

pub use world::{preparation_time, service_config};
