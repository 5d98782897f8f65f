//! `claque cause`: when a failure became inevitable.

use claque_core::Duration;
use claque_lab::amount::counted;
use claque_lab::cause::{FailureCause, ForkMoment, cause};
use claque_lab::transcript::{Lines, transcript};
use claque_sim::run::RunOptions;
use serde_json::json;

use crate::number::{COUNT_MAX, number};
use crate::output::{line, print, remark, took};
use crate::replay::chosen;
use crate::run_plan::RunArguments;
use crate::simulate::stopwatch;
use crate::{CommandFailure, Done};

/// Which run, and how many futures.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque cause fixtures/bugs/budget-plus-one
  claque cause --scenario smoke --seed 3 --mutant budget-plus-one --futures 40

The run is repeated up to a moment, and continued from there with other seeds. Each continuation is a future. \
The share of futures that fail in the same way tells how likely the failure was at that moment. Messages that are \
already under way at the moment stay as they are. The output shows what happened between the last moment at which some \
future still passed and the first at which none did.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    run: RunArguments,
    /// The folder of a bug.
    #[arg(value_name = "DIR")]
    bug: Option<std::path::PathBuf>,
    /// How many futures are tried at each moment.
    #[arg(long, default_value_t = 16, value_parser = number::<u32>("number of futures", 1..=10_000))]
    futures: u32,
    /// How many threads work [default: one for each core]
    #[arg(long, value_parser = crate::threads::threads)]
    threads: Option<usize>,
    /// Shows at most this many lines of what happened between these two moments.
    #[arg(long, value_name = "LINES", default_value_t = 30, value_parser = number::<usize>("number of lines", 0..=COUNT_MAX))]
    last: usize,
    /// Prints one JSON object; times in microseconds of the show.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let (plan, mutation) = chosen(arguments.bug.as_deref(), &arguments.run, !arguments.json)?;
    let threads = arguments.threads.unwrap_or_else(crate::threads::cores);
    let started = stopwatch();
    let found = cause(&plan, mutation, arguments.futures, threads, &mut |moment| {
        remark(&format!("at {}: {} of {} fail", seconds(moment.at), moment.failed, moment.futures));
    });
    let Some(found) = found else {
        return Err(CommandFailure::No("the run does not fail, so nothing caused it".to_owned()));
    };
    if arguments.json {
        print(&json_of(&found, arguments.futures));
        return Ok(());
    }
    line(&found.evidence);
    line(&format!("noticed at {} of the show, under {}", seconds(found.failed_at), found.class.word()));
    line("");
    line(&format!("  {:>14}  {:>9}  {:>9}  ", "at", "same", "otherwise"));
    for moment in &found.moments {
        line(&row(moment));
    }
    line("");
    let (low, high) = found.turn;
    let sure = 100 - (300 / arguments.futures).min(100);
    match low {
        None => line(&format!(
            "inevitable from the beginning: all {} fail (at least {sure} % would, at 95 %)",
            counted(arguments.futures.into(), "future")
        )),
        Some(low) => {
            line(&format!(
                "inevitable from {} on: all {} fail (at least {sure} % would, at 95 %); at {} not yet",
                seconds(high),
                counted(arguments.futures.into(), "future"),
                seconds(low)
            ));
            line("in between:");
            let wanted = Lines {
                from: Some(virtual_time(&plan, low)),
                until: Some(virtual_time(&plan, high)),
                last: Some(arguments.last),
                ..Lines::default()
            };
            let options = RunOptions { mutation, ..RunOptions::default() };
            print(&transcript(&plan, options, &wanted).1.concat());
        }
    }
    line(&format!("took {}", took(started.elapsed())));
    Ok(())
}

fn json_of(found: &FailureCause, futures: u32) -> String {
    let moment = |moment: &ForkMoment| {
        json!({
            "at": moment.at.as_micros(), "futures": moment.futures, "same": moment.failed, "otherwise": moment.elsewhere,
        })
    };
    let (open, closed) = found.turn;
    let object = json!({
        "schema": 1,
        "breaks": found.class.word(),
        "evidence": found.evidence,
        "noticed_at": found.failed_at.as_micros(),
        "futures": futures,
        "moments": found.moments.iter().map(moment).collect::<Vec<_>>(),
        "not_yet_at": open.map(Duration::as_micros),
        "inevitable_from": closed.as_micros(),
    });
    format!("{object:#}\n")
}

/// The time that traces show for a show time: the script's time jumps are added.
fn virtual_time(plan: &claque_scenario::plan::Plan, at: Duration) -> Duration {
    let jumps = plan.scenario.events.iter().filter(|event| event.at < at).map(|event| match event.action {
        claque_scenario::ScriptAction::TimeJump { by } => by,
        _ => Duration::ZERO,
    });
    jumps.fold(at, |sum, by| sum + by)
}

/// A show time as traces write it.
pub(crate) fn seconds(at: Duration) -> String {
    format!("{}.{:06} s", at.as_micros() / 1_000_000, at.as_micros() % 1_000_000)
}

fn row(moment: &ForkMoment) -> String {
    let tenths = usize::try_from(moment.failed * 20 / moment.futures.max(1)).unwrap_or(0);
    format!(
        "  {:>14}  {:>4} of {:<3} {:>9}  {}",
        seconds(moment.at),
        moment.failed,
        moment.futures,
        moment.elsewhere,
        "#".repeat(tenths)
    )
}
