//! The simulator: virtual users, a virtual network and faults around the documented service, driven by one seed.
#![forbid(unsafe_code)]

pub mod bystanders;
pub mod disk;
pub mod input_coverage;
mod network;
pub mod observer;
mod report;
pub mod run;
pub mod trace;
mod user;
mod world;

pub use world::{first_difference, preparation_time, service_config};
