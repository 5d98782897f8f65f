//! How a case ended.

use std::fmt;

use claque_core::Duration;

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every expectation was met.
    Pass,
    /// Every expectation was met, some of them under another reading that the case allows.
    PassLenient(String),
    /// An expectation was not met.
    Fail(Failure),
    /// The suite could not judge: a given could not be made, or no answer came.
    Error(String),
    /// The subject does not offer the operation at all.
    Unimplemented(String),
    /// The subject lacks a capability that the case needs.
    NotApplicable(String),
    /// The subject lists the case as skipped, with this reason.
    Skipped(String),
    /// The subject lists the case as failing, with this reason, and it failed.
    KnownFailing(String),
    /// The subject lists the case as flaky, with this reason, and it failed.
    KnownFlaky(String),
    /// The subject lists the case as failing, with this reason, and it passed.
    Stale(String),
}

/// The first expectation that was not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The step, counted from 1; 0 for what must hold throughout.
    pub step: usize,
    /// The line of the step in its file; 0 for generated cases.
    pub line: usize,
    /// When, counted from the moment zero.
    pub at: Duration,
    /// What was looked at: `refused`, `answer.GroupId`, `delivered.bob.0`.
    pub what: String,
    /// What the case demands.
    pub expected: String,
    /// What there was.
    pub actual: String,
}

impl Verdict {
    /// Whether the run as a whole may be called good with this verdict in it.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        match self {
            Self::Pass
            | Self::PassLenient(_)
            | Self::NotApplicable(_)
            | Self::Skipped(_)
            | Self::KnownFailing(_)
            | Self::KnownFlaky(_) => true,
            Self::Fail(_) | Self::Error(_) | Self::Unimplemented(_) | Self::Stale(_) => false,
        }
    }

    /// The word that reports use.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::PassLenient(_) => "pass-lenient",
            Self::Fail(_) => "fail",
            Self::Error(_) => "error",
            Self::Unimplemented(_) => "unimplemented",
            Self::NotApplicable(_) => "not-applicable",
            Self::Skipped(_) => "skipped",
            Self::KnownFailing(_) => "known-failing",
            Self::KnownFlaky(_) => "known-flaky",
            Self::Stale(_) => "stale",
        }
    }

    /// What there is to say beside the word; empty for a pass.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::Pass => String::new(),
            Self::Fail(failure) => failure.to_string(),
            Self::PassLenient(said)
            | Self::Error(said)
            | Self::Unimplemented(said)
            | Self::NotApplicable(said)
            | Self::Skipped(said)
            | Self::KnownFailing(said)
            | Self::KnownFlaky(said)
            | Self::Stale(said) => said.clone(),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let detail = self.detail();
        if detail.is_empty() { f.write_str(self.word()) } else { write!(f, "{}: {detail}", self.word()) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {}", self.step)?;
        if self.line > 0 {
            write!(f, " (line {})", self.line)?;
        }
        let Self { at, what, expected, actual, .. } = self;
        write!(f, " at {at}: {what}: expected {expected}, got {actual}")
    }
}
