//! The types that cross the border of the service: requests, answers, and the words in which both are said.
//!
//! Nothing here knows the state, and nothing decides.

pub(crate) mod account;
pub mod address;
pub(crate) mod client;
pub(crate) mod config;
pub(crate) mod data_center;
pub(crate) mod id;
pub(crate) mod input;
pub(crate) mod json;
pub mod limits;
pub(crate) mod message;
pub(crate) mod operation;
pub(crate) mod output;
pub mod reading;
pub(crate) mod refusal;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod roll;
pub(crate) mod rule;
pub(crate) mod text;
pub(crate) mod time;
pub mod token;
pub(crate) mod tracer;
