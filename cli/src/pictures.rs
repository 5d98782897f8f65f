//! Pictures of a run: a page and a timeline, collected only when somebody asks for them.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::rc::Rc;

use claque_lab::page::{Shown, to_html};
use claque_lab::perfetto::to_json;
use claque_lab::story::Story;
use claque_scenario::plan::Plan;
use claque_sim::observer::Observer;
use claque_sim::run::{RunOptions, RunReport, run_with};

use crate::CommandFailure;
use crate::output::remark;
use crate::run_plan::write;

/// Which pictures, and where they go.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Pictures {
    /// Writes a page: summary, plots, faults, and for a failure the steps that it depends on.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Writes a timeline for the Perfetto UI.
    #[arg(long, value_name = "FILE")]
    perfetto: Option<PathBuf>,
}

impl Pictures {
    /// Whether any is wanted.
    pub(crate) const fn are_wanted(&self) -> bool {
        self.html.is_some() || self.perfetto.is_some()
    }

    /// Runs a plan and draws what is wanted of it. A panic of a broken service is drawn too, and then goes on.
    pub(crate) fn run(
        &self,
        identity: &str,
        plan: &Plan,
        options: RunOptions<'_>,
    ) -> Result<RunReport, CommandFailure> {
        if !self.are_wanted() {
            return Ok(run_with(plan, options));
        }
        let story = Rc::new(RefCell::new(Story::of(&plan.scenario)));
        let observer = Some(Box::new(Rc::clone(&story)) as Box<dyn Observer>);
        let ended = catch_unwind(AssertUnwindSafe(|| run_with(plan, RunOptions { observer, ..options })));
        story.borrow_mut().close(&plan.scenario, ended.as_ref().ok().map(|report| &report.verdict));
        let story = story.borrow();
        let verdict = ended.as_ref().map_or_else(
            |_| "panic: the service broke one of its own assertions".to_owned(),
            |report| report.verdict.to_string(),
        );
        if let Some(path) = &self.html {
            let report = ended.as_ref().ok();
            let shown =
                Shown { identity, scenario: &plan.scenario, report, verdict: &verdict, story: &story };
            write(path, &to_html(&shown))?;
            remark(&format!("page: {}", path.display()));
        }
        if let Some(path) = &self.perfetto {
            write(path, &to_json(&plan.scenario, &story))?;
            remark(&format!("timeline: {}, to be opened at ui.perfetto.dev", path.display()));
        }
        ended.or_else(|thrown| std::panic::resume_unwind(thrown))
    }
}
