//! The run that a page shows.

use std::cell::RefCell;
use std::rc::Rc;

use claque_core::Duration;
use claque_document::diagnostic::Diagnostic;
use claque_lab::golden::plan_of;
use claque_lab::page::{Shown, moment_to_html, results_to_html};
use claque_lab::story::Story;
use claque_scenario::Scenario;
use claque_sim::observer::{Flow, Observer};
use claque_sim::run::{RunOptions, run_with};
use serde_json::{Value, json};

/// Pieces that are shown of a run that goes on, at the most.
const PIECES: u64 = 120;

/// Holds the last run.
#[derive(Debug, Default)]
pub struct Playground {
    kept: Option<(Scenario, Story)>,
}

impl Playground {
    /// Nothing has been run.
    #[must_use]
    pub const fn new() -> Self {
        Self { kept: None }
    }

    /// Runs the line and keeps its story: `identity`, `name`, `says`, `badge` (class and word), `hash`, `slice` and `length` of the
    /// run in microseconds of show time, and `html`, its results. `grown` is given now and then `passed`, `length` and `html`: the
    /// run until then.
    ///
    /// # Errors
    ///
    /// The error in the line; that it names a file. The run kept before is then still there.
    pub fn run(&mut self, line: &str, grown: &mut dyn FnMut(&Value)) -> Result<Value, Diagnostic> {
        let (identity, plan, mutation) = plan_of(line)?;
        let scenario = &plan.scenario;
        let story = Rc::new(RefCell::new(Story::of(scenario)));
        let whole = (scenario.duration + scenario.settle).as_micros().max(1);
        let mut due = 0;
        let mut progress = |passed: Duration| {
            let passed = passed.as_micros();
            if passed >= due {
                due = passed + whole / PIECES;
                let html = moment_to_html(scenario, &story.borrow(), passed);
                grown(&json!({ "passed": passed, "length": whole, "html": html }));
            }
            Flow::GoOn
        };
        let observer = Some(Box::new(Rc::clone(&story)) as Box<dyn Observer>);
        let options =
            RunOptions { mutation, observer, progress: Some(&mut progress), ..RunOptions::default() };
        let report = run_with(&plan, options);
        let mut story = story.take();
        story.close(scenario, Some(&report.verdict));
        let (line, verdict) = (identity.to_string(), report.verdict.to_string());
        let shown =
            Shown { identity: &line, scenario, report: Some(&report), verdict: &verdict, story: &story };
        let answer = json!({
            "identity": line,
            "name": scenario.name,
            "says": scenario.says,
            "badge": shown.badge(),
            "hash": format!("{:016x}", report.trace_hash),
            "slice": story.series.slice,
            "length": story.ended,
            "html": results_to_html(&shown),
        });
        self.kept = Some((plan.scenario, story));
        Ok(answer)
    }

    /// The run as it was at a moment; none when nothing has been run. Unit: microseconds of show time.
    #[must_use]
    pub fn moment(&self, at: u64) -> Option<String> {
        self.kept.as_ref().map(|(scenario, story)| moment_to_html(scenario, story, at))
    }
}

#[cfg(test)]
mod tests {
    use super::Playground;

    const LINE: &str = "claque simulate --seed 3 --scenario smoke --users 60";

    #[test]
    fn a_run_grows_and_can_be_looked_at_at_any_moment() {
        let mut playground = Playground::new();
        assert_eq!(playground.moment(1), None);
        let mut pieces = Vec::new();
        let run = playground.run(LINE, &mut |piece| pieces.push(piece.clone())).expect("a line");
        assert_eq!(
            run["hash"],
            format!("{:016x}", crate::hash(LINE).expect("a line")),
            "watching changes nothing"
        );
        assert_eq!(run["badge"], serde_json::json!(["good", "pass"]));
        assert!(!pieces.is_empty());
        // What was shown of the run on the way is what can be seen of it afterwards.
        for piece in &pieces {
            let at = piece["passed"].as_u64().expect("a number");
            assert_eq!(playground.moment(at).as_deref(), piece["html"].as_str(), "at {at}");
        }
        let slice = run["slice"].as_u64().expect("a number");
        let moment = playground.moment(slice * 100).expect("a run");
        assert!(moment.contains("The last 20 steps before") && moment.contains("data-end="), "{moment}");
        assert_eq!(moment.matches("<tr>").count() % 101, 0, "a head and 100 slices for each plot");
    }

    #[test]
    fn a_forked_run_is_the_same_up_to_its_fork_and_another_after_it() {
        let mut playground = Playground::new();
        let whole = playground.run(LINE, &mut |_| ()).expect("a line");
        let slice = whole["slice"].as_u64().expect("a number");
        // At the end of a slice, where the page's slider stops: the script has acts at just such moments, and the fork draws them.
        let (at, later) = (slice * 60, slice * 120);
        let (before, after) = (playground.moment(at), playground.moment(later));
        let forked = crate::fork(LINE, &format!("{at}us=99")).expect("a fork");
        let other = playground.run(forked["identity"].as_str().expect("a line"), &mut |_| ()).expect("a run");
        assert_ne!(other["hash"], whole["hash"]);
        assert_eq!(playground.moment(at), before);
        assert_ne!(playground.moment(later), after);
    }

    #[test]
    fn a_mutant_is_shown_with_what_it_broke_and_a_wrong_line_keeps_the_run() {
        let mut playground = Playground::new();
        let broken =
            playground.run(&format!("{LINE} --mutant budget-plus-one"), &mut |_| ()).expect("a line");
        assert_eq!(broken["badge"], serde_json::json!(["bad", "broken"]));
        assert!(broken["html"].as_str().is_some_and(|html| html.contains("What broke")));
        assert!(playground.run("--scenario nowhere", &mut |_| ()).is_err());
        assert!(playground.moment(1_000_000).is_some());
    }
}
