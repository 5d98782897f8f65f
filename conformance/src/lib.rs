//! The conformance suite: every documented rule, traced from a sentence to a verdict.

pub mod registry;
