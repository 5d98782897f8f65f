//! What a judge of a recording takes for granted.

use claque_core::{Limits, Readings};

/// Assumptions about the service.
#[derive(Clone, Debug, Default)]
pub struct Assumed {
    /// The reading of each open point.
    pub readings: Readings,
    /// The bounds: the documented ones by default.
    pub limits: Limits,
    /// No group has a limit of its own: the caller knows it.
    pub limit_is_known: bool,
    /// Words that the built-in moderation refuses.
    pub refused_words: Vec<String>,
    /// Known ways to break a rule that are not tried when a broken line is given a name: for a measurement of how well it is named.
    pub unsuspected: Vec<&'static str>,
}
