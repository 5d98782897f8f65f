//! The state of the service: one file for each thing that is stored, and [`Service`], which owns all of it.
//!
//! Stored things have no rules of the service, but for those that it cannot be without: a shaper never exceeds its budget,
//! whatever its caller does.

pub(crate) mod app;
pub(crate) mod audience;
pub(crate) mod blocks;
pub(crate) mod counters;
pub(crate) mod direct;
pub(crate) mod draft;
pub(crate) mod exits;
pub(crate) mod footprint;
pub(crate) mod group;
pub(crate) mod history;
pub(crate) mod mutes;
pub(crate) mod name;
pub(crate) mod notices;
pub(crate) mod quota;
pub(crate) mod secret;
pub(crate) mod sequences;
pub(crate) mod service;
pub(crate) mod shaper;
pub(crate) mod tickets;
pub(crate) mod timer;
pub(crate) mod user;

pub use service::Service;
