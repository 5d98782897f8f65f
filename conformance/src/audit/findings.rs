//! The findings of an audit.

use std::collections::BTreeMap;

use claque_core::{Readings, Rule};

use super::recording::Place;

/// Breaches of one rule that are kept with their lines; further ones are counted.
const KEPT_MAX: usize = 20;

/// One proof that a rule was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The event, in a sentence.
    pub says: String,
    /// The lines that show it: the fewest that prove it.
    pub lines: Vec<Place>,
    /// Rules that it may break instead: they decide the same line. None where the rule is certain.
    pub or: Vec<Rule>,
}

/// The verdict of a recording on one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// So many observations fit the rule, and none breaks it.
    Kept(u64),
    /// So many break it; the first of them with their lines.
    Broken(u64, &'a [Breach]),
    /// Nothing in the recording shows it; what would.
    NotObservable(&'static str),
}

/// The verdict of a recording on one alternative of an open point.
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
    /// The readings under which it was done again and went furthest.
    pub(super) read_as: Option<Readings>,
    /// Why the recording could not be done again with the reference.
    pub(super) undone: Option<String>,
    /// Two lines that no service can have brought about: one of their clocks is wrong by more than is said of it.
    contradiction: Option<(String, Vec<Place>)>,
    /// Whether the judge was stopped before it was done.
    pub(super) stopped: bool,
    /// A line that no reading explains, and that times may: no verdict.
    pub(super) unexplained: Option<(String, Vec<Place>)>,
}

impl Findings {
    pub(super) fn keep(&mut self, rule: Rule) {
        *self.kept.entry(rule).or_default() += 1;
    }

    /// So many observations fit a rule.
    pub(super) fn keep_times(&mut self, rule: Rule, times: u64) {
        if times > 0 {
            *self.kept.entry(rule).or_default() += times;
        }
    }

    /// A line fits a rule, or breaks it.
    pub(super) fn hold(&mut self, fits: bool, rule: Rule, place: Place, says: impl FnOnce() -> String) {
        if fits {
            self.keep(rule);
        } else {
            self.break_rule(rule, says(), vec![place]);
        }
    }

    pub(super) fn break_rule(&mut self, rule: Rule, says: String, lines: Vec<Place>) {
        self.break_rule_or(rule, Vec::new(), says, lines);
    }

    /// A rule was broken, or one of some others.
    pub(super) fn break_rule_or(&mut self, rule: Rule, or: Vec<Rule>, says: String, lines: Vec<Place>) {
        let (count, kept) = self.broken.entry(rule).or_default();
        *count += 1;
        if kept.len() < KEPT_MAX {
            kept.push(Breach { says, lines, or });
        }
    }

    /// Two lines contradict each other, whatever the service did.
    pub(super) fn contradict(&mut self, says: String, lines: Vec<Place>) {
        self.contradiction.get_or_insert((says, lines));
    }

    /// Nothing is concluded from a recording whose clocks are not what is said of them.
    pub(super) fn settle(&mut self) {
        if self.contradiction.is_some() {
            self.broken.clear();
            self.readings.clear();
            self.unexplained = None;
        }
    }

    /// The first two lines that contradict each other, so that nothing is judged: a clock is wrong by more than its header says.
    #[must_use]
    pub fn contradiction(&self) -> Option<(&str, &[Place])> {
        self.contradiction.as_ref().map(|(says, lines)| (says.as_str(), lines.as_slice()))
    }

    /// Whether the judge was stopped before it was done: what is kept or not observable may yet be broken.
    #[must_use]
    pub const fn is_partial(&self) -> bool {
        self.stopped
    }

    /// The verdict of the recording on a rule.
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

    /// Why what hangs on the past was not judged by doing the recording again with the reference; none where it was.
    #[must_use]
    pub fn undone(&self) -> Option<&str> {
        self.undone.as_deref()
    }

    /// The readings that explain most of the recording; none where it was not done again.
    #[must_use]
    pub const fn read_as(&self) -> Option<Readings> {
        self.read_as
    }

    /// A line that no reading explains and that the times of others may: what is odd about it, and its lines. No verdict.
    #[must_use]
    pub fn unexplained(&self) -> Option<(&str, &[Place])> {
        self.unexplained.as_ref().map(|(says, lines)| (says.as_str(), lines.as_slice()))
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

/// The recording that would show a rule.
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
