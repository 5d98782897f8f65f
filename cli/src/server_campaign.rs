//! `claque server-campaign`: many seeds of the server itself, under virtual time and without a network.

use std::ops::{ControlFlow, Range};

use claque_lab::amount::counted;
use claque_server_sim::{BrokenPromise, SeedOutcome, ServerPlan, campaign, shrink, try_plan};
use serde_json::{Value, json};

use crate::number::{COUNT_MAX, number};
use crate::output::line;
use crate::progress::Progress;
use crate::simulate::stopwatch;
use crate::{CommandFailure, Done};

/// Which runs.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque server-campaign --seeds 0..1000
  claque server-campaign --seeds 7..8 --shrink          the fewest steps of seed 7 that fail
  claque server-campaign --seeds 7..8 --steps 0,3,12    those steps alone

A run executes the server's own code for connections, audience links, callbacks, worlds and the journal, with virtual time \
and everything around it in memory. The seed decides what callers, viewers and receivers do. Each run is done twice, and both \
must give the same result.
Ctrl-C ends a campaign with what is known so far, and status 130.")]
pub(crate) struct Arguments {
    /// The seeds from A up to B, without B itself.
    #[arg(long, value_name = "A..B", default_value = "0..100", value_parser = crate::campaign::seeds)]
    seeds: Range<u64>,
    /// Runs only the steps with these numbers; for a range of one seed.
    #[arg(long, value_name = "N,N…", value_delimiter = ',', value_parser = number::<usize>("number of a step", 0..=COUNT_MAX))]
    steps: Option<Vec<usize>>,
    /// Makes the first failing run smaller, and shows its steps.
    #[arg(long)]
    shrink: bool,
    /// Threads at work [default: one for each core]
    #[arg(long, value_parser = crate::threads::threads)]
    threads: Option<usize>,
    /// Begins no further run after the first that fails.
    #[arg(long)]
    stop_on_first: bool,
    /// Machine output: one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let seeds = arguments.seeds.clone();
    if let Some(steps) = &arguments.steps {
        if seeds.end - seeds.start != 1 {
            let text = "--steps is about one seed: write --seeds 7..8 for seed 7".to_owned();
            return Err(CommandFailure::Usage(text));
        }
        let whole = ServerPlan::of(seeds.start);
        let known = whole.numbers();
        if let Some(step) = steps.iter().find(|step| !known.contains(step)) {
            let (seed, last) = (seeds.start, known.last().copied().unwrap_or_default());
            return Err(CommandFailure::Usage(format!(
                "--steps: seed {seed} has no step {step}; its steps are 0 to {last}"
            )));
        }
        let plan = whole.only(steps);
        return report(arguments, &[(plan.clone(), try_plan(&plan, true))], 1);
    }
    let threads = arguments.threads.unwrap_or_else(crate::threads::cores);
    let mut bar = Progress::failing("runs", seeds.end - seeds.start, "failed");
    crate::interrupt::watch();
    let started = stopwatch();
    let mut runs = 0;
    let mut failed = Vec::new();
    campaign(seeds, threads, &mut |seed, outcome| {
        runs += 1;
        let fails = !outcome.findings.is_empty();
        bar.fail(usize::from(fails));
        bar.reach(runs);
        if fails {
            failed.push((ServerPlan::of(seed), outcome));
        }
        let enough = crate::interrupt::asked() || fails && arguments.stop_on_first;
        if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    bar.finish();
    failed.sort_by_key(|(plan, _)| plan.seed);
    if !arguments.json {
        line(&format!("runs        {runs} in {:.1} s, each of them twice", started.elapsed().as_secs_f64()));
    }
    let outcome = report(arguments, &failed, runs);
    if crate::interrupt::asked() {
        return Err(CommandFailure::Status(crate::interrupt::INTERRUPTED));
    }
    outcome
}

/// Tells what failed.
fn report(arguments: &Arguments, runs: &[(ServerPlan, SeedOutcome)], of: u64) -> Done {
    let failed: Vec<&(ServerPlan, SeedOutcome)> =
        runs.iter().filter(|(_, outcome)| !outcome.findings.is_empty()).collect();
    let smaller = if arguments.shrink {
        failed.first().and_then(|(plan, outcome)| Smaller::of(plan, outcome))
    } else {
        None
    };
    if arguments.json {
        let failures: Vec<Value> = failed.iter().map(|(plan, outcome)| object(plan, outcome)).collect();
        let shrunk = smaller.as_ref().map(Smaller::object);
        let partial = crate::interrupt::asked();
        let report =
            json!({ "schema": 1, "runs": of, "partial": partial, "failures": failures, "shrunk": shrunk });
        line(&report.to_string());
    } else {
        for (plan, outcome) in &failed {
            for BrokenPromise { class, says } in &outcome.findings {
                line(&format!("seed {:<6} {class}: {says}", plan.seed));
            }
        }
    }
    if let Some(smaller) = smaller.filter(|_| !arguments.json) {
        smaller.tell();
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(CommandFailure::No(format!("{} of {} failed", failed.len(), counted(of, "run"))))
}

/// The first failing run with the fewest steps that were found to fail in the same way.
struct Smaller {
    plan: ServerPlan,
    class: &'static str,
    /// Steps that the run had before.
    of: usize,
    /// Runs that it took.
    tries: usize,
}

impl Smaller {
    fn of(plan: &ServerPlan, outcome: &SeedOutcome) -> Option<Self> {
        let class = outcome.findings.first()?.class;
        let (small, tries) = shrink(plan, class);
        Some(Self { plan: small, class, of: plan.steps.len(), tries })
    }

    /// The command that does these steps alone.
    fn again(&self) -> String {
        let numbers: Vec<String> = self.plan.numbers().iter().map(ToString::to_string).collect();
        let (seed, after) = (self.plan.seed, self.plan.seed + 1);
        format!("claque server-campaign --seeds {seed}..{after} --steps {}", numbers.join(","))
    }

    fn tell(&self) {
        let Self { plan, class, of, tries } = self;
        line(&format!(
            "shrunk      {} of {}, after {}; {class}:",
            plan.steps.len(),
            counted(*of as u64, "step"),
            counted(*tries as u64, "run")
        ));
        for step in &plan.steps {
            line(&format!("  {:>3}  {:>5} ms later  {:?}", step.number, step.wait, step.act));
        }
        line(&format!("again       {}", self.again()));
    }

    fn object(&self) -> Value {
        let steps = self.plan.steps.iter().map(|step| {
            json!({ "number": step.number, "wait_millis": step.wait, "act": format!("{:?}", step.act) })
        });
        json!({
            "seed": self.plan.seed, "breaks": self.class, "steps": steps.collect::<Vec<_>>(), "steps_before": self.of,
            "runs": self.tries, "again": self.again(),
        })
    }
}

fn object(plan: &ServerPlan, outcome: &SeedOutcome) -> Value {
    let findings =
        outcome.findings.iter().map(|finding| json!({ "breaks": finding.class, "evidence": finding.says }));
    json!({ "seed": plan.seed, "findings": findings.collect::<Vec<_>>() })
}
