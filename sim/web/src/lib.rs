//! The simulator for a web page: identity lines in, JSON with pieces of HTML out.
//!
//! [`Playground`] holds the last run, so that a page can ask for any moment of it. All else is a function of its text. Nothing here
//! knows of a browser: the tests run on the machine that builds it, and `abi.rs` is the only part that exists for wasm32 alone.
//!
//! | call | gives |
//! |---|---|
//! | [`hash`] | the hash of a run, without its page: for comparing machines |
//! | [`Playground::run`] | a run with its page, and on the way how far it is |
//! | [`Playground::moment`] | that run as it was at a moment |
//! | [`compare`] | what differs between two runs, and from which event on |
//! | [`fork`] | the line of the same run that another seed continues from a moment on |
//! | [`readings`] | all readings, each with what a line has chosen |
#![deny(unsafe_code)]

#[cfg(target_arch = "wasm32")]
pub mod abi;
mod answer;
mod playground;

pub use answer::{compare, fork, hash, readings};
pub use playground::Playground;
