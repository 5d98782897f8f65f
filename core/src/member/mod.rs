//! Users in groups: sessions, joining and leaving, and what members are notified of.

mod exits;
pub(crate) mod membership;
pub(crate) mod notice;
mod ops;
pub(crate) mod session;
