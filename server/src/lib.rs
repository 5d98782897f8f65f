//! The service on localhost: the documented operations over HTTP, audience connections over WebSocket, a clock that the
//! tester holds, and a journal that loses nothing it acknowledged.
//!
//! One task owns the state machine (`driver`); everything else turns bytes into inputs and outcomes into bytes. Time
//! comes from [`clock`] alone.
#![forbid(unsafe_code)]

pub mod clock;
mod http;
pub mod journal;

pub use http::HttpLimits;
