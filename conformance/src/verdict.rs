//! How a case ended.

use std::fmt;

use claque_core::Duration;
use serde::{Deserialize, Serialize};

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
    /// An expectation was not met, and the time that the case took explains it: the documented service may do the same.
    Unknown(String),
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
    /// The path of the value: `refused`, `answer.GroupId`, `delivered.bob.0`.
    pub what: String,
    /// The demand of the case.
    pub expected: String,
    /// The value that was there.
    pub actual: String,
}

/// How a case ended, without what there is to say about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictKind {
    /// [`Verdict::Fail`].
    Fail,
    /// [`Verdict::Error`].
    Error,
    /// [`Verdict::Stale`].
    Stale,
    /// [`Verdict::Unimplemented`].
    Unimplemented,
    /// [`Verdict::KnownFailing`].
    KnownFailing,
    /// [`Verdict::KnownFlaky`].
    KnownFlaky,
    /// [`Verdict::PassLenient`].
    PassLenient,
    /// [`Verdict::Pass`].
    Pass,
    /// [`Verdict::Skipped`].
    Skipped,
    /// [`Verdict::Unknown`].
    Unknown,
    /// [`Verdict::NotApplicable`].
    NotApplicable,
}

impl VerdictKind {
    /// Every kind, the one that matters most to a reader first.
    pub const ALL: [Self; 11] = [
        Self::Fail,
        Self::Error,
        Self::Stale,
        Self::Unimplemented,
        Self::KnownFailing,
        Self::KnownFlaky,
        Self::PassLenient,
        Self::Pass,
        Self::Skipped,
        Self::Unknown,
        Self::NotApplicable,
    ];

    /// Whether a run may be called good with this verdict in it.
    #[must_use]
    pub const fn is_good(self) -> bool {
        !matches!(self, Self::Fail | Self::Error | Self::Stale | Self::Unimplemented)
    }

    /// The word that reports use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::PassLenient => "pass-lenient",
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Unimplemented => "unimplemented",
            Self::Unknown => "unknown",
            Self::NotApplicable => "not-applicable",
            Self::Skipped => "skipped",
            Self::KnownFailing => "known-failing",
            Self::KnownFlaky => "known-flaky",
            Self::Stale => "stale",
        }
    }

    /// Its meaning, in one sentence.
    #[must_use]
    pub const fn says(self) -> &'static str {
        match self {
            Self::Pass => "Every expectation was met.",
            Self::PassLenient => {
                "Every expectation was met, some under another reading that the case allows."
            }
            Self::Fail => "An expectation was not met.",
            Self::Error => "The suite could not judge: a given could not be made, or no answer came.",
            Self::Unimplemented => "The subject does not offer the operation at all.",
            Self::Unknown => "It took so long that the documented service may end it in the same way.",
            Self::NotApplicable => "The subject lacks a capability that the case needs.",
            Self::Skipped => "The subject's lists set the case aside.",
            Self::KnownFailing => "It failed, as the subject's lists say it must.",
            Self::KnownFlaky => "It failed in every attempt, as the subject's lists say it may.",
            Self::Stale => "The subject's lists say it fails, but it passed.",
        }
    }
}

impl fmt::Display for VerdictKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Verdict {
    /// How the case ended, without the rest.
    #[must_use]
    pub const fn kind(&self) -> VerdictKind {
        match self {
            Self::Pass => VerdictKind::Pass,
            Self::PassLenient(_) => VerdictKind::PassLenient,
            Self::Fail(_) => VerdictKind::Fail,
            Self::Error(_) => VerdictKind::Error,
            Self::Unimplemented(_) => VerdictKind::Unimplemented,
            Self::Unknown(_) => VerdictKind::Unknown,
            Self::NotApplicable(_) => VerdictKind::NotApplicable,
            Self::Skipped(_) => VerdictKind::Skipped,
            Self::KnownFailing(_) => VerdictKind::KnownFailing,
            Self::KnownFlaky(_) => VerdictKind::KnownFlaky,
            Self::Stale(_) => VerdictKind::Stale,
        }
    }

    /// Whether the run as a whole may be called good with this verdict in it.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        self.kind().is_good()
    }

    /// The word that reports use.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        self.kind().word()
    }

    /// A remark beside the word; empty for a pass.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::Pass => String::new(),
            Self::Fail(failure) => failure.to_string(),
            Self::PassLenient(said)
            | Self::Error(said)
            | Self::Unimplemented(said)
            | Self::Unknown(said)
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
