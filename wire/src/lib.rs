//! The documented HTTP surface of the messaging service, as plain data and pure functions.
//!
//! Nothing here opens a socket, reads a clock or draws a random number: time, nonces and request ids are arguments. One
//! [`http::HttpRequest`] goes in, one JSON body comes out, and the state machine of `claque-core` decides what it says.

pub mod argument;
pub mod callback;
pub mod client;
pub mod decode;
pub mod encode;
pub mod envelope;
pub mod http;
pub mod operation;
pub mod param;
pub mod reached;
pub mod receive;
pub mod schema;
pub mod sign;
mod table;
pub mod url;
