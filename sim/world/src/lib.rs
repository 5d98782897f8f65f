//! The simulator: virtual users, a virtual network and faults around the documented service, driven by one seed.
#![forbid(unsafe_code)]

pub mod bugbase;
pub mod bystanders;
pub mod campaign;
pub mod cause;
pub mod disk;
pub mod divergence;
pub mod golden;
pub mod hunt;
mod network;
pub mod page;
pub mod perfetto;
pub mod record;
pub mod run;
pub mod selftest;
pub mod shrink;
pub mod story;
pub mod trace;
pub mod transcript;
mod user;
pub mod values;
pub mod watch;
mod world;
