//! Groups: their life, their mutes, and the operations on them.

pub(crate) mod lifecycle;
mod mute;
mod ops;
mod ops_client;
pub(crate) mod ops_listing;
mod ops_mute;
pub(crate) mod ops_old;
mod ops_old_mute;
