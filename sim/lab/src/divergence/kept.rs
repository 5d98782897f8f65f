//! A run beside a trace that is kept in a file, or that another program wrote.
//!
//! A trace has no hashes, so nothing is bisected: the run is done once, and each of its lines is held against the next
//! line of the trace.

use std::collections::VecDeque;
use std::fmt;
use std::io::{BufRead, Lines};

use claque_scenario::plan::Plan;
use claque_sim::observer::{Flow, ObservedCall, Observer, Scene};
use claque_sim::run::RunOptions;

use super::{BESIDE, CONTEXT, Divergence, watched};
use crate::explain::{TraceError, is_trace_line};

/// Finds the first line in which a run and a trace differ, and the event of the run that it belongs to.
///
/// The run ends there. Memory: a few lines of each.
///
/// # Errors
///
/// At a line that is none of a trace, and where there is no line.
pub fn divergence_from_trace(
    plan: &Plan,
    options: RunOptions<'static>,
    trace: Box<dyn BufRead>,
) -> Result<Divergence, TraceError> {
    let beside = Beside {
        trace: Some(trace.lines()),
        taken: 0,
        wrong: None,
        before: VecDeque::new(),
        events: 0,
        parted: None,
        rows: Vec::new(),
    };
    watched(plan, options, beside).take().end()
}

/// Holds each line of a run against the next one of a trace.
#[derive(Default)]
struct Beside {
    /// What is still to be read; none once it has ended.
    trace: Option<Lines<Box<dyn BufRead>>>,
    /// Lines read so far.
    taken: usize,
    wrong: Option<TraceError>,
    /// The last lines that both have.
    before: VecDeque<String>,
    /// Events that the run has handled.
    events: u64,
    /// The event in which they part.
    parted: Option<u64>,
    /// The lines of both from there on.
    rows: Vec<(String, String)>,
}

impl fmt::Debug for Beside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Beside")
            .field("taken", &self.taken)
            .field("parted", &self.parted)
            .finish_non_exhaustive()
    }
}

impl Beside {
    /// The next line of the trace; none where it has ended or is wrong.
    fn next(&mut self) -> Option<String> {
        let Some(read) = self.trace.as_mut()?.next() else {
            self.trace = None;
            return None;
        };
        self.taken += 1;
        let says = match read {
            Ok(line) if is_trace_line(&line) => return Some(line),
            Ok(line) => format!(
                "`{}` is no line of a trace: a time, `>` or `<`, and words, as `claque simulate --trace` writes them",
                line.chars().take(60).collect::<String>()
            ),
            Err(error) => error.to_string(),
        };
        self.trace = None;
        self.wrong = Some(TraceError { line: self.taken, says });
        None
    }

    fn is_done(&self) -> bool {
        self.wrong.is_some() || self.rows.len() >= BESIDE
    }

    /// Takes a line of the run, or that it has no more of them.
    fn take(&mut self, own: Option<String>) {
        let other = self.next();
        if self.is_done() || (own.is_none() && other.is_none()) {
            return;
        }
        match own {
            Some(own) if self.parted.is_none() && other.as_deref() == Some(own.as_str()) => {
                self.before.push_back(own);
                if self.before.len() > CONTEXT {
                    self.before.pop_front();
                }
            }
            own => {
                // What an event does is shown before the event is counted.
                self.parted.get_or_insert(self.events + 1);
                self.rows.push((own.unwrap_or_default(), other.unwrap_or_default()));
            }
        }
    }

    fn end(mut self) -> Result<Divergence, TraceError> {
        // What only the trace has.
        while self.trace.is_some() && !self.is_done() {
            self.take(None);
        }
        if let Some(wrong) = self.wrong {
            return Err(wrong);
        }
        if self.taken == 0 {
            return Err(TraceError { line: 0, says: "there is no line of a trace in it".to_owned() });
        }
        let (one, other) = self.rows.first().cloned().unwrap_or_default();
        Ok(Divergence { event: self.parted, before: self.before.into(), one, other, beside: self.rows })
    }
}

impl Observer for Beside {
    fn on_call(&mut self, call: &ObservedCall<'_>, scene: &dyn Scene) {
        for line in scene.lines(call) {
            if !self.is_done() {
                self.take(Some(line.trim_end_matches('\n').to_owned()));
            }
        }
    }

    fn on_event(&mut self, _event: &dyn fmt::Display, scene: &dyn Scene) -> Flow {
        self.events = scene.events();
        if self.is_done() { Flow::Stop } else { Flow::GoOn }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use claque_core::{Duration, Mutant};
    use claque_scenario::Scenario;
    use claque_scenario::plan::Plan;
    use claque_sim::run::RunOptions;

    use super::{BESIDE, Divergence, divergence_from_trace};
    use crate::transcript::{Lines, transcript};

    fn plan(seed: u64) -> Plan {
        let mut scenario = Scenario::builtin("smoke").expect("built in");
        scenario.cut(Duration::from_secs(20));
        Plan::new(scenario, seed)
    }

    fn broken(mutation: Option<Mutant>) -> RunOptions<'static> {
        RunOptions { mutation, ..RunOptions::default() }
    }

    fn lines(seed: u64) -> Vec<String> {
        transcript(&plan(seed), broken(None), &Lines::default()).1
    }

    fn beside(trace: &[String]) -> Divergence {
        let trace = Box::new(Cursor::new(trace.concat()));
        divergence_from_trace(&plan(3), broken(None), trace).expect("a trace")
    }

    #[test]
    fn a_run_and_its_own_trace_do_not_part() {
        let own = lines(3);
        assert!(own.len() > 500);
        assert_eq!(beside(&own).event, None);
    }

    #[test]
    fn they_part_at_the_changed_the_missing_and_the_additional_line() {
        let own = lines(3);
        let at = own.len() / 2;
        let mut changed = own.clone();
        changed[at] = own[at].replace("  ", " ").replace(" > ", " < ");
        let parted = beside(&changed);
        assert!(parted.event.is_some_and(|event| event > 10), "{parted}");
        assert_eq!((parted.one.as_str(), parted.beside.len()), (own[at].trim_end_matches('\n'), BESIDE));
        assert_eq!(parted.before.last().map(String::as_str), Some(own[at - 1].trim_end_matches('\n')));
        // A trace that was cut off, and one that goes on where the run has ended.
        let cut = beside(&own[..at]);
        assert_eq!((cut.one.as_str(), cut.other.as_str()), (own[at].trim_end_matches('\n'), ""));
        let longer = beside(&[&own[..], &own[at..at + 3]].concat());
        assert_eq!((longer.one.as_str(), longer.beside.len()), ("", 3), "{longer}");
        assert!(longer.event > cut.event, "{longer}");
    }

    #[test]
    fn what_is_no_trace_is_an_error_at_its_line() {
        let mut wrong = lines(3);
        wrong[4] = "{\"at\":1}\n".to_owned();
        for (trace, line) in [(wrong.concat(), 5), (String::new(), 0), ("\0".to_owned(), 1)] {
            let said = divergence_from_trace(&plan(3), broken(None), Box::new(Cursor::new(trace)));
            assert_eq!(said.map_err(|error| error.line), Err(line));
        }
    }
}
