//! The books of the model: what it remembers of applications, groups, sessions and messages. They store and look up; what
//! the rules make of it is decided in `model`, which these know nothing of.

pub(crate) mod app;
pub(crate) mod direct;
pub(crate) mod floor;
pub(crate) mod group;
pub(crate) mod kept;
pub(crate) mod message;
pub(crate) mod mutes;
pub(crate) mod names;
pub(crate) mod ranks;
pub(crate) mod recent;
pub(crate) mod sessions;
pub(crate) mod unknown;
pub(crate) mod walks;
