//! Rules that depend on the past: the recording is done again with the reference service, line by line, under readings of
//! the open points.
//!
//! The reference is asked nothing that the recording does not say. It takes what was done, in the order in which it was done, and
//! what was answered and sent is held against what it answers and sends; names that a service makes may be others. Readings are
//! tried: the one that goes on longest is taken, until the recording is explained, or no reading and no two of them explain its next
//! line. That line breaks a rule.
//!
//! Only a recording of which nothing is missing can be done again: each application in it is complete from its creation on, and what
//! was done in it has one certain order. Where nothing was under way and the clock is right (a recording of virtual time), everything
//! is compared, and the line is broken. Elsewhere what hangs on when exactly something was done is not compared, and a line that is not
//! explained has no verdict: another moment within a call might explain it.

mod compare;
mod model;
mod moments;
mod play;

use std::panic::{AssertUnwindSafe, catch_unwind};

use claque_core::{Readings, Rule};

use super::assumed::Assumed;
use super::findings::Findings;
use super::recording::{LINES_KEPT_MAX, Place, Recording};
use super::stop::Stop;
use crate::mutants::SubjectMutant;
use crate::subject::CoreSubject;
use moments::Moments;
use play::{End, Script};

/// So many ways to place what was done agree before a line is certain.
const AGREE_MIN: usize = 20;
/// Under each alternative only shorter ones are. Lines.
const LINES_OF_ALTERNATIVES_MAX: usize = 3_000;
/// So many readings other than assumed are found at the most.
const CHANGES_MAX: usize = 12;

/// One alternative of one open point.
type Choice = (&'static str, &'static str);

pub(super) fn judge(recording: &Recording, assumed: &Assumed, findings: &mut Findings, stop: Stop<'_>) {
    if recording.is_deferred() || recording.script.len() as u64 > LINES_KEPT_MAX {
        findings.undone = Some(format!("it has {} lines, more than {LINES_KEPT_MAX}", recording.lines()));
        return;
    }
    let script = match Script::of(recording) {
        Ok(script) => script,
        Err(why) => {
            findings.undone = Some(why);
            return;
        }
    };
    let mut trial =
        Trial { script: &script, assumed, findings, stop, moments: Moments::SENT, left: Vec::new() };
    trial.run();
}

struct Trial<'a> {
    script: &'a Script<'a>,
    assumed: &'a Assumed,
    findings: &'a mut Findings,
    stop: Stop<'a>,
    /// Those that explain most so far.
    moments: Moments,
    /// Readings that explained most at first, and less than those that came behind them.
    left: Vec<Readings>,
}

impl Trial<'_> {
    fn play(&self, readings: Readings) -> End {
        self.play_at(readings, self.moments)
    }

    fn play_at(&self, readings: Readings, moments: Moments) -> End {
        self.script.play(self.assumed, readings, moments, Box::new(CoreSubject::sound()))
    }

    /// Rules of which a known way to break them explains the line at hand and goes furthest behind it.
    ///
    /// A service that was broken on purpose is only a way to say which rule decides; that the line is broken is certain without it.
    fn suspects(&self, readings: Readings, at: usize, (rules, ever): (&[Rule], &[Rule])) -> Vec<Rule> {
        let near = |mutant: &SubjectMutant| rules.contains(&mutant.rule()) || ever.contains(&mutant.rule());
        let mut known = SubjectMutant::all();
        known.retain(|mutant| !self.assumed.unsuspected.contains(&mutant.id()));
        let (nearer, further): (Vec<SubjectMutant>, Vec<SubjectMutant>) = known.into_iter().partition(near);
        let mut reached = self.explaining(readings, at, &nearer);
        if reached.is_empty() {
            reached = self.explaining(readings, at, &further);
        }
        let furthest = reached.iter().map(|(reached, _)| *reached).max();
        // In the order of the rules: the most particular first.
        let named = |rule: &&Rule| reached.iter().any(|(far, of)| Some(*far) == furthest && of == *rule);
        // Before all others those that decided in the step, then those that decided before it.
        let before = ever.iter().chain(Rule::ALL);
        let mut suspects: Vec<Rule> = Vec::new();
        for rule in rules.iter().chain(before).filter(named) {
            if !suspects.contains(rule) {
                suspects.push(*rule);
            }
        }
        suspects
    }

    fn run(&mut self) {
        let mut readings = self.assumed.readings;
        let mut end = self.play(readings);
        let whole = self.script.len() <= LINES_OF_ALTERNATIVES_MAX;
        let mut others = if whole { self.alternatives(readings) } else { Vec::new() };
        let mut changed = 0;
        while let End::Differs { at, .. } = &end
            && !(self.stop)()
        {
            if changed == CHANGES_MAX {
                break;
            }
            if let Some(better) = self.better(readings, *at, &end, &others) {
                self.left.push(readings);
                readings = better;
            } else if let Some(moments) = self.better_moments(readings, *at) {
                self.moments = moments;
            } else {
                break;
            }
            changed += 1;
            end = self.play(readings);
            others = self.alternatives(readings);
        }
        if (self.stop)() {
            // Not condemned: an alternative that was not tried may explain the line.
            self.findings.undone = Some("it was interrupted".to_owned());
            self.findings.stopped = true;
            return;
        }
        self.tell(&end, &others, readings);
        self.findings.read_as = Some(readings);
        match &end {
            End::Differs { .. } => self.condemn(&end, readings),
            End::Lost { at, why } => {
                self.findings.undone = Some(format!("of its {at} first lines one: {why}"));
            }
            End::Explained { .. } => self.findings.undone = self.script.open().map(str::to_owned),
        }
    }

    /// How far each of some broken services explains the recording: those that go beyond a line.
    fn explaining(&self, readings: Readings, at: usize, mutants: &[SubjectMutant]) -> Vec<(usize, Rule)> {
        let mut reached = Vec::new();
        for mutant in mutants.iter().take_while(|_| !(self.stop)()) {
            // A broken service may break its own assertions: then it explains nothing.
            let played = catch_unwind(AssertUnwindSafe(|| {
                self.script.play(self.assumed, readings, self.moments, mutant.subject())
            }));
            if let Ok(end) = played
                && end.reached() > at
            {
                reached.push((end.reached(), mutant.rule()));
            }
        }
        reached
    }

    /// How far each alternative goes with the other points as they are.
    fn alternatives(&self, readings: Readings) -> Vec<(Choice, End)> {
        let mut all = Vec::new();
        for choice in readings.iter() {
            let others = choice.alternatives.iter().filter(|value| **value != choice.value);
            for value in others.take_while(|_| !(self.stop)()) {
                let mut other = readings;
                if other.set(choice.id, value).is_ok() {
                    all.push(((choice.id, *value), self.play(other)));
                }
            }
        }
        all
    }

    /// Readings that explain more than these do: with one alternative, or with two where one alone changes what happens only.
    fn better(&self, readings: Readings, at: usize, end: &End, others: &[(Choice, End)]) -> Option<Readings> {
        let with = |mut readings: Readings, (id, value): Choice| {
            readings.set(id, value).ok()?;
            Some(readings)
        };
        let furthest = others.iter().max_by_key(|(_, end)| end.reached());
        if let Some((choice, _)) = furthest.filter(|(_, end)| end.reached() > at) {
            return with(readings, *choice);
        }
        let moving: Vec<Choice> =
            others.iter().filter(|(_, other)| other != end).map(|(choice, _)| *choice).collect();
        for (index, first) in moving.iter().enumerate() {
            for second in moving[index + 1..].iter().filter(|second| second.0 != first.0) {
                let both = with(readings, *first).and_then(|readings| with(readings, *second));
                let Some(both) = both.filter(|_| !(self.stop)()) else { continue };
                if self.play(both).reached() > at {
                    return Some(both);
                }
            }
        }
        None
    }

    /// Moments that explain more than those so far do, where time passed.
    fn better_moments(&self, readings: Readings, at: usize) -> Option<Moments> {
        let mut tried = self.other_moments(at).into_iter().take_while(|_| !(self.stop)());
        tried.find(|moments| self.play_at(readings, *moments).reached() > at)
    }

    /// None where none can be other, and where the recording is too long for all of them.
    fn other_moments(&self, at: usize) -> Vec<Moments> {
        if self.script.is_exact() || self.script.len() > LINES_OF_ALTERNATIVES_MAX {
            return Vec::new();
        }
        Moments::all(&self.script.acts_before(at))
    }

    /// Whether a line comes out otherwise than it was recorded, and in the same way, whenever what was done before it took effect.
    ///
    /// Not all moments can be tried. Those that do not explain what stands before the line are not the recording's, and tell nothing;
    /// of the others there must be many, and all must agree. What a group passes in a second that is full hangs on moments too
    /// finely to be tried.
    fn is_certain(&self, readings: Readings, at: usize, line: (Place, &str), ever: &[Rule]) -> bool {
        // When something was heard, and whether a token still held, hangs on moments finer than those that are tried.
        let unsure = !self.script.is_single() || !self.script.is_call(line.0);
        if unsure || ever.iter().any(hangs_on_moments) {
            return false;
        }
        let mut agree = 0;
        for moments in self.other_moments(at) {
            if (self.stop)() {
                return false;
            }
            match self.play_at(readings, moments) {
                End::Differs { ever, .. } if ever.iter().any(hangs_on_moments) => return false,
                End::Differs { place, says, .. } if (place, &*says) == line => agree += 1,
                End::Differs { at: other, .. } if other < at => {}
                End::Differs { .. } | End::Explained { .. } | End::Lost { .. } => return false,
            }
        }
        if agree < AGREE_MIN {
            return false;
        }
        // So may readings that were given up because at some moments they explained less.
        let explains = |readings: Readings| {
            let mut all = self.other_moments(at).into_iter();
            all.any(|moments| (self.stop)() || self.play_at(readings, moments).reached() > at)
        };
        if self.left.iter().any(|readings| explains(*readings)) {
            return false;
        }
        // Another reading may explain it at other moments.
        Moments::FEW.into_iter().all(|moments| {
            readings.iter().all(|choice| {
                let mut others = choice.alternatives.iter().filter(|value| **value != choice.value);
                others.all(|value| {
                    let mut other = readings;
                    !(self.stop)()
                        && (other.set(choice.id, value).is_err()
                            || self.play_at(other, moments).reached() <= at)
                })
            })
        })
    }

    /// The verdict of the recording on each open point: an alternative that goes as far as the best is consistent, one that
    /// stops before is refuted.
    fn tell(&mut self, end: &End, others: &[(Choice, End)], readings: Readings) {
        let reached = end.reached();
        for choice in readings.iter() {
            let mine = others.iter().filter(|((id, _), _)| *id == choice.id);
            if !mine.clone().any(|(_, other)| other.reached() < reached) {
                continue;
            }
            let known = |value: &'static str| (choice.id, value);
            self.findings.readings.entry(known(choice.value)).or_default().explained += 1;
            for ((_, value), other) in mine {
                let refuted = match other {
                    End::Differs { at, place, .. } => {
                        Some(*place).filter(|_| self.refutes(readings, known(value), *at, reached))
                    }
                    End::Explained { .. } | End::Lost { .. } => None,
                };
                let explanation = self.findings.readings.entry(known(value)).or_default();
                explanation.refuted = explanation.refuted.or(refuted);
                explanation.explained += u64::from(refuted.is_none());
            }
        }
    }

    /// Whether an alternative stops at a line before what the recording reaches, whatever the moments.
    fn refutes(&self, mut readings: Readings, (id, value): Choice, at: usize, reached: usize) -> bool {
        if at >= reached || readings.set(id, value).is_err() {
            return false;
        }
        let mut others = self.other_moments(at).into_iter();
        others.all(|moments| !(self.stop)() && self.play_at(readings, moments).reached() < reached)
    }

    /// A line that no reading explains: broken, if it is whatever the times.
    fn condemn(&mut self, end: &End, readings: Readings) {
        let End::Differs { at, place, says, lines, rules, ever } = end else { return };
        // Where time passes between asking and being answered, another moment may explain what these moments do not.
        let certain = self.script.is_exact()
            || !rules.iter().any(ends_at_a_moment) && self.is_certain(readings, *at, (*place, says), ever);
        let suspects =
            if certain { self.suspects(readings, end.reached(), (rules, ever)) } else { Vec::new() };
        let others = rules.iter().filter(|rule| !suspects.contains(rule));
        let mut named = suspects.iter().chain(others).copied();
        let Some(first) = named.next().filter(|_| certain) else {
            self.findings.unexplained = Some((says.clone(), lines.clone()));
            return;
        };
        self.findings.break_rule_or(first, named.collect(), says.clone(), lines.clone());
    }
}

/// Whether a rule decides by how much came within one second: a message that waits or is shed, a call that is one too many.
const fn hangs_on_moments(rule: &Rule) -> bool {
    matches!(rule, Rule::ShaperBudgetPerSecond | Rule::ShaperOverloadDiscards | Rule::QuotaThrottleCode)
}

/// Whether a rule says when something ends: on which side of that moment a call came nobody knows.
fn ends_at_a_moment(rule: &Rule) -> bool {
    let ends = ["retention", "window", "duration", "timeout", "expire", "heartbeat"];
    rule.id().split(['.', '-']).any(|word| ends.iter().any(|end| word.starts_with(end)))
}

/// Places of one line and of what led to it.
fn places(cause: Option<Place>, place: Place) -> Vec<Place> {
    cause.into_iter().filter(|cause| *cause != place).chain([place]).collect()
}

/// The rules that decided in a step, the most particular first: one that decides everywhere says little.
fn ranked(deciding: &[(Rule, u64)], accepted: bool, about: Option<Rule>) -> Vec<Rule> {
    let mut rules: Vec<(u64, Rule)> = deciding
        .iter()
        .map(|(rule, before)| {
            // Envelopes, quotas and routes decide in every call.
            let everywhere = matches!(rule.area(), "quota" | "wire") && !accepted;
            let rank = if Some(*rule) == about { 0 } else { before + 1 };
            (if everywhere && rank > 0 { rank + 1_000_000 } else { rank }, *rule)
        })
        .collect();
    rules.sort();
    rules.into_iter().map(|(_, rule)| rule).collect()
}
