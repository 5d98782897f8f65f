//! The documented messaging service as a deterministic state machine.
#![no_std]

pub mod reading;
mod rule;

pub use reading::{ReadingChoice, ReadingError, Readings};
pub use rule::Rule;
