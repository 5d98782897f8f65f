//! `claque hunt`: how many seeds it takes the simulator to catch each deliberate defect.

use claque_core::Mutation;
use claque_sim::hunt::{Quarry, hunt};

use crate::campaign::options;
use crate::output::line;
use crate::progress::Progress;
use crate::run_plan::RunArguments;
use crate::simulate::stopwatch;
use crate::{Done, Failure};

/// Which defects, and how far to look.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque hunt
  claque hunt --mutant budget-plus-one
  claque hunt --scenario selftest --seeds 50")]
pub(crate) struct Arguments {
    #[command(flatten)]
    run: RunArguments,
    /// The most seeds for each defect, counted from 0.
    #[arg(long, default_value_t = 500)]
    seeds: u64,
    /// Threads at work [default: one for each core]
    #[arg(long)]
    threads: Option<usize>,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let prepared = arguments.run.or_swarm().prepare()?;
    let defects: Vec<Mutation> = match prepared.mutation {
        Some(mutation) => vec![mutation],
        None => Mutation::every().filter(|mutation| mutation.crowd()).collect(),
    };
    let options = options(prepared, 0..arguments.seeds, arguments.threads);
    let mut bar = Progress::new("defects", u64::try_from(defects.len()).unwrap_or(u64::MAX));
    let started = stopwatch();
    let clock = || u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    let found = hunt(&options, &defects, &clock, &mut |_| bar.step(1));
    bar.finish();
    line(&format!("{:40} {:>5} {:>5} {:>8}  rule", "defect", "seed", "runs", "seconds"));
    for quarry in &found {
        line(&row(quarry));
    }
    let mut runs: Vec<u64> = found.iter().filter(|it| it.caught.is_some()).map(|it| it.runs).collect();
    let mut micros: Vec<u64> = found.iter().filter(|it| it.caught.is_some()).map(|it| it.micros).collect();
    let (runs, micros) = (median(&mut runs), median(&mut micros));
    let caught = found.iter().filter(|it| it.caught.is_some()).count();
    line(&format!(
        "{caught} of {} caught; median {runs} seeds, {} s; {:.1} s in all",
        found.len(),
        seconds(micros),
        started.elapsed().as_secs_f64()
    ));
    if caught == found.len() {
        return Ok(());
    }
    Err(Failure::No(format!("{} defects escaped {} seeds", found.len() - caught, arguments.seeds)))
}

fn row(quarry: &Quarry) -> String {
    let rule = quarry.mutation.rule().id();
    let (seed, told) = match (&quarry.caught, &quarry.astray) {
        (Some((seed, _)), _) => (seed.to_string(), rule.to_owned()),
        (None, Some((seed, class))) => {
            ("-".to_owned(), format!("{rule}: escaped; seed {seed} fails under {}", class.word()))
        }
        (None, None) => ("-".to_owned(), format!("{rule}: escaped")),
    };
    format!("{:40} {seed:>5} {:>5} {:>8}  {told}", quarry.mutation.id(), quarry.runs, seconds(quarry.micros))
}

fn seconds(micros: u64) -> String {
    format!("{}.{:02}", micros / 1_000_000, micros / 10_000 % 100)
}

fn median(values: &mut [u64]) -> u64 {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or(0)
}
