//! What a run proved.

use std::fmt;

use claque_core::{Instant, Rule};

use crate::evidence::{Evidence, EvidenceNames, Subject};

/// A rule that the service broke, when, and how one can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refutation {
    /// The rule; none where the service broke an expectation that is no documented rule.
    pub rule: Option<Rule>,
    /// The virtual time at which it showed.
    pub at: Instant,
    /// When the show began, where one knows.
    pub began: Option<Instant>,
    /// What was expected and what was seen, with the values.
    pub evidence: Evidence,
    /// The evidence as a sentence with names, once somebody knew them.
    sentence: Option<String>,
    /// What the evidence is about, by name, once somebody knew the names.
    pub subjects: Vec<Subject>,
}

impl Refutation {
    /// A rule that is broken, or an expectation, with the service's own numbers.
    #[must_use]
    pub const fn new(rule: Option<Rule>, at: Instant, evidence: Evidence) -> Self {
        Self { rule, at, began: None, evidence, sentence: None, subjects: Vec::new() }
    }

    /// The same in names, and in time since the show began.
    #[must_use]
    pub fn named(self, names: &dyn EvidenceNames) -> Self {
        // Written now, because names live in the world, which is gone when a report is printed.
        let (sentence, subjects) = (self.evidence.render(names), self.evidence.subjects(names));
        Self { began: names.began(), sentence: Some(sentence), subjects, ..self }
    }

    /// The evidence as a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        self.sentence.clone().unwrap_or_else(|| self.evidence.to_string())
    }
}

/// The verdict on a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything that was watched went by the rules.
    Pass,
    /// A rule was broken; the first time is kept.
    Fail(Refutation),
    /// Nobody watched.
    Unknown,
}

impl Verdict {
    /// Whether a rule was broken.
    #[must_use]
    pub const fn is_fail(&self) -> bool {
        matches!(self, Self::Fail(_))
    }
}

impl fmt::Display for Refutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = self.rule.map_or("invariant", Rule::id);
        write!(f, "{rule} broken at ")?;
        match self.began {
            // As in a trace, what happens while the scene is set is negative.
            Some(began) if self.at >= began => write!(f, "{}", self.at.since(began))?,
            Some(began) => write!(f, "-{}", began.since(self.at))?,
            None => write!(f, "{}", self.at)?,
        }
        write!(f, ": {}", self.sentence())
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pass => f.write_str("pass"),
            Self::Fail(failure) => write!(f, "fail: {failure}"),
            Self::Unknown => f.write_str("unknown: not judged"),
        }
    }
}
