//! Transcripts: the trace of a run held in memory, cut to what somebody wants to see, and compared with another.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Write};
use std::rc::Rc;

use claque_core::Duration;
use xxhash_rust::xxh3::xxh3_64;

use crate::plan::Plan;
use crate::run::{RunOptions, RunReport, run_with};
use crate::trace::Trace;

/// Lines that one checkpoint of a comparison stands for.
const BLOCK: usize = 1_024;

/// Which lines of a trace are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// From this virtual time since the start on; from the beginning when absent.
    pub from: Option<Duration>,
    /// Up to this virtual time since the start; to the end when absent.
    pub until: Option<Duration>,
    /// Only lines that name this user.
    pub user: Option<String>,
    /// Only lines that name this group.
    pub group: Option<String>,
    /// Only the last so many of them; all when absent.
    pub last: Option<usize>,
}

impl Lines {
    /// Whether a line names what is wanted. Names are whole words, ended by a space, `#` or `@`.
    #[must_use]
    pub fn wants(&self, line: &str) -> bool {
        let names = |wanted: &Option<String>| {
            wanted.as_ref().is_none_or(|wanted| line.split([' ', '#', '@', '\n']).any(|word| word == wanted))
        };
        names(&self.user) && names(&self.group)
    }
}

/// Runs a plan and gives the wanted lines of its trace, each with its line feed.
///
/// Memory: the lines that are given.
#[must_use]
pub fn transcript(plan: &Plan, options: RunOptions<'_>, wanted: &Lines) -> (RunReport, Vec<String>) {
    let kept = Rc::new(RefCell::new(VecDeque::new()));
    let sink = Keep { wanted: wanted.clone(), kept: Rc::clone(&kept) };
    let from = wanted.from.unwrap_or(Duration::ZERO);
    let until = wanted.until.unwrap_or(Duration::from_days(36_500));
    let mut trace = Trace::new(plan.scenario.start, Box::new(sink));
    if wanted.from.is_some() || wanted.until.is_some() {
        trace = trace.window(from, until);
    }
    let report = run_with(plan, RunOptions { trace: Some(trace), ..options });
    let lines = kept.borrow_mut().drain(..).collect();
    (report, lines)
}

struct Keep {
    wanted: Lines,
    kept: Rc<RefCell<VecDeque<String>>>,
}

impl Write for Keep {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(bytes);
        if self.wanted.wants(&line) {
            let mut kept = self.kept.borrow_mut();
            kept.push_back(line.into_owned());
            if self.wanted.last.is_some_and(|last| kept.len() > last) {
                kept.pop_front();
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where two runs of one plan part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// The number of the first line that differs, from 1; none when the traces agree and only the hashes differ, as
    /// deliveries are hashed and not written.
    pub line: Option<usize>,
    /// That line of the first run; empty when it had ended.
    pub one: String,
    /// That line of the second run; empty when it had ended.
    pub other: String,
}

/// Finds the first line in which two runs of a plan differ.
///
/// Both are run twice: the first time for a hash of each 1,024 lines, the second time for the lines of the first block
/// that differs. Memory: 8 bytes for each block, and one block of lines for each run.
#[must_use]
pub fn first_divergence(
    plan: &Plan,
    one: &dyn Fn() -> RunOptions<'static>,
    other: &dyn Fn() -> RunOptions<'static>,
) -> Divergence {
    let (left, right) = (blocks(plan, one()), blocks(plan, other()));
    let parted = (0..left.len().max(right.len())).find(|block| left.get(*block) != right.get(*block));
    let Some(block) = parted else {
        return Divergence { line: None, one: String::new(), other: String::new() };
    };
    let (left, right) = (lines_of(plan, one(), block), lines_of(plan, other(), block));
    let row = (0..left.len().max(right.len())).find(|row| left.get(*row) != right.get(*row));
    let row = row.unwrap_or(0);
    let line = |lines: &[String]| lines.get(row).map_or(String::new(), |line| line.trim_end().to_owned());
    Divergence { line: Some(block * BLOCK + row + 1), one: line(&left), other: line(&right) }
}

fn blocks(plan: &Plan, options: RunOptions<'_>) -> Vec<u64> {
    let state = Rc::new(RefCell::new((Vec::new(), 0_u64, 0_usize)));
    let sink = Each(Rc::clone(&state), |state: &mut (Vec<u64>, u64, usize), line: &[u8]| {
        state.1 = state.1.rotate_left(5) ^ xxh3_64(line);
        state.2 += 1;
        if state.2.is_multiple_of(BLOCK) {
            state.0.push(state.1);
        }
    });
    let trace = Trace::new(plan.scenario.start, Box::new(sink));
    drop(run_with(plan, RunOptions { trace: Some(trace), ..options }));
    let mut state = state.borrow_mut();
    let rest = state.1;
    state.0.push(rest);
    std::mem::take(&mut state.0)
}

fn lines_of(plan: &Plan, options: RunOptions<'_>, block: usize) -> Vec<String> {
    let state = Rc::new(RefCell::new((Vec::new(), 0_usize)));
    let sink = Each(Rc::clone(&state), move |state: &mut (Vec<String>, usize), line: &[u8]| {
        if state.1 / BLOCK == block {
            state.0.push(String::from_utf8_lossy(line).into_owned());
        }
        state.1 += 1;
    });
    let trace = Trace::new(plan.scenario.start, Box::new(sink));
    drop(run_with(plan, RunOptions { trace: Some(trace), ..options }));
    std::mem::take(&mut state.borrow_mut().0)
}

/// Folds each line into a state.
struct Each<S, F>(Rc<RefCell<S>>, F);

impl<S, F: FnMut(&mut S, &[u8])> Write for Each<S, F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (self.1)(&mut self.0.borrow_mut(), bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use claque_core::Duration;

    use super::{Divergence, Lines, first_divergence, transcript};
    use crate::plan::Plan;
    use crate::run::{QueueKind, RunOptions};
    use crate::scenario::Scenario;

    fn plan() -> Plan {
        let mut scenario = Scenario::builtin("smoke").expect("built in");
        crate::shrink::cut(&mut scenario, Duration::from_secs(20));
        Plan::new(scenario, 3)
    }

    #[test]
    fn a_window_holds_only_lines_of_its_time_and_names() {
        let wanted = Lines {
            from: Some(Duration::from_secs(5)),
            until: Some(Duration::from_secs(9)),
            group: Some("g1".to_owned()),
            ..Lines::default()
        };
        let (_, lines) = transcript(&plan(), RunOptions::default(), &wanted);
        assert!(!lines.is_empty());
        for line in &lines {
            let seconds: u32 = line.trim_start().split('.').next().expect("a time").parse().expect("seconds");
            assert!((5..=9).contains(&seconds), "{line}");
            assert!(line.contains("g1"), "{line}");
        }
        let (_, last) = transcript(&plan(), RunOptions::default(), &Lines { last: Some(3), ..wanted });
        assert_eq!(last, lines[lines.len() - 3..]);
    }

    #[test]
    fn two_runs_with_different_queues_do_not_part() {
        let wheel = || RunOptions::default();
        let heap = || RunOptions { queue: QueueKind::Heap, ..RunOptions::default() };
        let same = Divergence { line: None, one: String::new(), other: String::new() };
        assert_eq!(first_divergence(&plan(), &wheel, &heap), same);
    }

    #[test]
    fn the_first_line_that_differs_is_found() {
        let sound = || RunOptions::default();
        let plan = plan();
        let hash = |mutation| {
            crate::run::run_with(&plan, RunOptions { mutation, ..RunOptions::default() }).trace_hash
        };
        let right = hash(None);
        let mut crowd = claque_core::Mutation::ALL.iter().copied().filter(|it| it.crowd());
        let mutation = crowd.find(|mutation| hash(Some(*mutation)) != right);
        assert!(mutation.is_some(), "some defect shows in twenty seconds");
        let broken = || RunOptions { mutation, ..RunOptions::default() };
        let parted = first_divergence(&plan, &sound, &broken);
        assert!(parted.line.is_none() || parted.one != parted.other);
    }

    #[test]
    fn names_are_whole_words() {
        let wanted = Lines { user: Some("viewer1".to_owned()), ..Lines::default() };
        assert!(wanted.wants("1.0 > viewer1#2 join g1  ok\n") && wanted.wants("1.0 > viewer1 log-on\n"));
        assert!(!wanted.wants("1.0 > viewer12#2 join g1  ok\n"));
    }
}
