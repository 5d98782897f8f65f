//! The documented messaging service as a deterministic state machine.
#![no_std]

mod rule;

pub use rule::Rule;
