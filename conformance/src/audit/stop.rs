//! How whoever asked for an audit ends it early.

/// Whether the judge is to end with what it has found so far.
pub type Stop<'s> = &'s dyn Fn() -> bool;
