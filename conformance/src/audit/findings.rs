//! What an audit found.

use std::collections::BTreeMap;

use claque_core::Rule;

use super::Place;

/// Breaches of one rule that are kept with their lines; further ones are counted.
const KEPT_MAX: usize = 20;

/// One proof that a rule was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// What happened, in a sentence.
    pub says: String,
    /// The lines that show it: the fewest that prove it.
    pub lines: Vec<Place>,
}

/// What a recording says of one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// So many observations fit the rule, and none breaks it.
    Kept(u64),
    /// So many break it; the first of them with their lines.
    Broken(u64, &'a [Breach]),
    /// Nothing in the recording shows it; what would.
    NotObservable(&'static str),
}

/// What a recording says of one alternative of an open point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// Observations that this alternative explains and another does not.
    pub explained: u64,
    /// The first line that it cannot explain.
    pub refuted: Option<Place>,
}

/// Everything that an audit found.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    kept: BTreeMap<Rule, u64>,
    broken: BTreeMap<Rule, (u64, Vec<Breach>)>,
    /// Of each open point on which something hangs in this recording, what it says of each alternative.
    pub(super) readings: BTreeMap<(&'static str, &'static str), Explanation>,
}

impl Findings {
    pub(super) fn keep(&mut self, rule: Rule) {
        *self.kept.entry(rule).or_default() += 1;
    }

    pub(super) fn break_rule(&mut self, rule: Rule, says: String, lines: Vec<Place>) {
        let (count, kept) = self.broken.entry(rule).or_default();
        *count += 1;
        if kept.len() < KEPT_MAX {
            kept.push(Breach { says, lines });
        }
    }

    /// What the recording says of a rule.
    #[must_use]
    pub fn verdict(&self, rule: Rule) -> Verdict<'_> {
        if let Some((count, breaches)) = self.broken.get(&rule) {
            return Verdict::Broken(*count, breaches);
        }
        match self.kept.get(&rule) {
            Some(count) => Verdict::Kept(*count),
            None => Verdict::NotObservable(wanted(rule)),
        }
    }

    /// Every rule that was broken.
    pub fn broken(&self) -> impl Iterator<Item = Rule> + '_ {
        self.broken.keys().copied()
    }

    /// Every alternative of an open point that the recording says something about: reading, alternative, what it says.
    pub fn readings(&self) -> impl Iterator<Item = (&'static str, &'static str, Explanation)> + '_ {
        self.readings.iter().map(|((id, value), explanation)| (*id, *value, *explanation))
    }

    /// The alternative of an open point that alone explains the recording; none where several do, or none does.
    #[must_use]
    pub fn inferred(&self, id: &str) -> Option<&'static str> {
        let mut left =
            self.readings().filter(|(of, _, explanation)| *of == id && explanation.refuted.is_none());
        let (_, value, explanation) = left.next()?;
        (left.next().is_none() && explanation.explained > 0).then_some(value)
    }
}

/// What would have to be recorded for a rule to be seen.
fn wanted(rule: Rule) -> &'static str {
    match rule.area() {
        "callback" => "callbacks as their receiver got them (no judge looks at them yet)",
        "moderation" => "the reviewer's side of a review (no judge looks at it yet)",
        "shaper" | "recovery" | "membership" | "supergroup" | "priority" => {
            "frames of clients, complete for a client and for the application"
        }
        "wire" | "auth" | "token" => "requests as they were signed; an audit sees parameters only",
        "quota" | "error" => "calls at the limit",
        _ => "calls and frames on the subject of this rule, or more of them in a certain order",
    }
}
