//! Transcripts: the trace of a run held in memory, cut to what somebody wants to see.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Write};
use std::rc::Rc;

use claque_core::Duration;
use claque_scenario::plan::Plan;
use claque_sim::run::{RunOptions, RunReport, run_with};
use claque_sim::trace::Trace;

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
        // Whole words, or `viewer1` would bring all that `viewer12` does.
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
    // Without a window the lines before the show are shown as well, where applications and groups are made.
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
                // Dropped as they come, so that the last sixty lines of a million cost the memory of sixty.
                kept.pop_front();
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use claque_core::Duration;

    use super::{Lines, transcript};
    use claque_scenario::Scenario;
    use claque_scenario::plan::Plan;
    use claque_sim::run::RunOptions;

    fn plan() -> Plan {
        let mut scenario = Scenario::builtin("smoke").expect("built in");
        scenario.cut(Duration::from_secs(20));
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
    fn names_are_whole_words() {
        let wanted = Lines { user: Some("viewer1".to_owned()), ..Lines::default() };
        assert!(wanted.wants("1.0 > viewer1#2 join g1  ok\n") && wanted.wants("1.0 > viewer1 log-on\n"));
        assert!(!wanted.wants("1.0 > viewer12#2 join g1  ok\n"));
    }
}
