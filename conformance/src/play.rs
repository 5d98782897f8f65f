//! Plays many cases against one subject under its lists, and makes the report of the run.
//!
//! This module decides nothing about a case: [`run_with`] does, and the lists say what that means.

use std::ops::ControlFlow;

use claque_core::{Readings, Rule};

use crate::case::{Case, Setup};
use crate::lists::{List, Lists};
use crate::render::Transcript;
use crate::report::{CaseRow, Evidence, Report, RunHead, SCHEMA};
use crate::runner::{Run, run_with};
use crate::subject::Subject;
use crate::suite::{Suite, VERSION};
use crate::sweep::bound_to_default;
use crate::verdict::Verdict;

/// The conditions of a run.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// The readings of cases that do not choose their own.
    pub readings: Readings,
    /// The subject's lists.
    pub lists: Lists,
    /// The filter of the cases; none for all of the suite.
    pub filter: Option<String>,
}

/// Somebody who looks on while cases are played, and who may hold a stopwatch.
pub trait Onlooker {
    /// Microseconds on a stopwatch that never runs backwards; 0 without one.
    fn stopwatch(&mut self) -> u64 {
        0
    }

    /// Sees a case that was played, and says whether the next one is to be played.
    fn played(&mut self, case: &Case, row: &CaseRow) -> ControlFlow<()> {
        let _ = (case, row);
        ControlFlow::Continue(())
    }
}

/// Nobody looks on.
impl Onlooker for () {}

/// Plays cases in order and reports on them: all, or those up to the one after which the onlooker breaks off.
///
/// Work: that of the cases; of a case that is known to be flaky, up to its attempts.
pub fn play(
    suite: &Suite,
    cases: &[&Case],
    subject: &mut dyn Subject,
    terms: &Terms,
    onlooker: &mut dyn Onlooker,
) -> Report {
    let run = head(suite, subject, terms);
    let mut rows = Vec::with_capacity(cases.len());
    for case in cases {
        let row = play_one(case, subject, terms, onlooker);
        let next = onlooker.played(case, &row);
        rows.push(row);
        if next.is_break() {
            break;
        }
    }
    Report { run, cases: rows }
}

fn head(suite: &Suite, subject: &dyn Subject, terms: &Terms) -> RunHead {
    let named = |(word, has): (&str, bool)| (word.to_owned(), has);
    RunHead {
        schema: SCHEMA,
        suite: VERSION.to_owned(),
        registry: format!("{:016x}", suite.registry.fingerprint()),
        subject: subject.name().to_owned(),
        capabilities: subject.capabilities().named().into_iter().map(named).collect(),
        readings: terms
            .readings
            .iter()
            .map(|choice| (choice.id.to_owned(), choice.value.to_owned()))
            .collect(),
        lists: Some(terms.lists.file().to_owned()).filter(|file| !file.is_empty()),
        filter: terms.filter.clone(),
    }
}

/// The set-up of a case in a run: what the case chooses itself stays.
///
/// # Panics
/// Never on a case that was read: reading checked what it chooses.
#[must_use]
pub fn setup_under(case: &Case, readings: &Readings) -> Setup {
    let mut setup = case.setup.clone();
    setup.readings = *readings;
    for (id, value) in &case.chosen {
        setup.readings.set(id, value).expect("reading the case checked what it chooses");
    }
    setup
}

fn play_one(case: &Case, subject: &mut dyn Subject, terms: &Terms, onlooker: &mut dyn Onlooker) -> CaseRow {
    let entry = terms.lists.entry(case);
    let attempts_max = match entry {
        Some(entry) if entry.list == List::Skipped => 0,
        Some(entry) if entry.list == List::KnownFlaky => entry.attempts,
        Some(_) | None => 1,
    };
    let setup = setup_under(case, &terms.readings);
    let bound = bound_to_default(case, &terms.readings);
    let began = onlooker.stopwatch();
    let mut attempts = 0;
    let mut run = None;
    while attempts < attempts_max {
        attempts += 1;
        let played = match &bound {
            None => run_with(case, subject, &setup),
            Some(why) => unplayed(case, Verdict::NotApplicable(why.clone())),
        };
        let settled = !matches!(played.verdict, Verdict::Fail(_) | Verdict::Error(_));
        run = Some(played);
        if settled {
            break;
        }
    }
    let run = run.unwrap_or_else(|| unplayed(case, Verdict::Skipped(String::new())));
    let wall_micros = onlooker.stopwatch().saturating_sub(began);
    let evidence = Evidence::of(&run.verdict);
    let verdict = match entry {
        Some(entry) => entry.judge(run.verdict),
        None => run.verdict,
    };
    CaseRow {
        case: case.test_name(),
        summary: case.summary.clone(),
        file: case.file.clone(),
        rules: case.rules.iter().map(|rule| rule.id().to_owned()).collect(),
        readings: case.chosen.iter().cloned().collect(),
        verdict: verdict.kind(),
        detail: verdict.detail(),
        evidence,
        decided: run.hits.map(|hits| {
            hits.iter()
                .filter(|(_, count)| *count > 0)
                .map(|(rule, count): (Rule, u64)| (rule.id().to_owned(), count))
                .collect()
        }),
        attempts,
        virtual_micros: run.virtual_time.as_micros(),
        wall_micros,
        transcript: run.transcript,
    }
}

fn unplayed(case: &Case, verdict: Verdict) -> Run {
    let transcript = Transcript::new(case).finish();
    Run { verdict, transcript, hits: None, virtual_time: claque_core::Duration::ZERO }
}

#[cfg(test)]
#[path = "play_tests.rs"]
mod tests;
