//! Messages: the way from a send to its delivery, what is kept of them, and the operations on them.

mod delivery;
pub(crate) mod direct;
mod keeping;
mod ops_client;
mod ops_direct;
mod ops_query;
mod ops_recall;
pub(crate) mod ops_server;
pub(crate) mod pipeline;
mod recall;
mod recovery;
pub(crate) mod review;
pub(crate) mod tickets;
