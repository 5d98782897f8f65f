//! The entry of every server-side call: its parameters, its caller, its quota, its application.

pub(crate) mod check;
pub(crate) mod enter;
pub(crate) mod paging;
mod policy;
mod quota;
