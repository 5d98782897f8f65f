//! `claque hunt`: how many seeds the simulator needs to catch each mutant.

use std::ops::ControlFlow;

use claque_core::Mutant;
use claque_lab::amount::{counted, grouped, humane};
use claque_lab::campaign::{CampaignReport, campaign};
use claque_lab::mutation_score::{MutantScore, hunt};
use serde_json::{Value, json};

use crate::campaign::options;
use crate::number::{COUNT_MAX, number};
use crate::output::{count, line, print, quietly, took};
use crate::progress::Progress;
use crate::run_plan::RunArguments;
use crate::simulate::stopwatch;
use crate::{CommandFailure, Done};

/// Which mutants, and how far to look.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque hunt
  claque hunt --sound 20000                      and how often does the service without a mutant fail?
  claque hunt --mutant budget-plus-one
  claque hunt --scenario selftest --seeds 50

Without --scenario each seed draws its own run, as with --scenario swarm --swarm. A mutant is caught when a run fails \
under the rule that the mutant breaks; a run that fails under another rule does not count. docs/planted-bugs.md lists \
the mutants and the results of hunts.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    run: RunArguments,
    /// The most seeds that are tried for each mutant, counted from 0.
    #[arg(long, default_value_t = 500, value_parser = number::<u64>("number of seeds", 1..=COUNT_MAX))]
    seeds: u64,
    /// Also runs the sound service (the one without a mutant) with this many seeds: each failure is a false alarm.
    #[arg(long, default_value_t = 0, value_name = "SEEDS", value_parser = number::<u64>("number of seeds", 0..=COUNT_MAX))]
    sound: u64,
    /// How many threads work [default: one for each core]
    #[arg(long, value_parser = crate::threads::threads)]
    threads: Option<usize>,
    /// Machine output: one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let drawn = arguments.run.or_swarm();
    let prepared = drawn.prepare()?;
    let mutants: Vec<Mutant> = match prepared.mutation {
        Some(mutation) => vec![mutation],
        None => Mutant::every().filter(|mutation| mutation.crowd()).collect(),
    };
    let options = options(prepared, 0..arguments.seeds, arguments.threads);
    let mut bar = Progress::failing("mutants", mutants.len() as u64, "escaped");
    let started = stopwatch();
    let clock = || u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    crate::interrupt::watch();
    let wanted = || !crate::interrupt::asked();
    let mut ended = |score: &MutantScore| {
        bar.fail(usize::from(score.caught.is_none()));
        bar.step(1);
    };
    let found = quietly(|| hunt(&options, &mutants, (&clock, &wanted), &mut ended));
    bar.finish();
    let wall = started.elapsed();
    let sound = if wanted() { try_sound(arguments)? } else { None };
    if arguments.json {
        line(&object(&found, sound.as_ref(), wall).to_string());
    } else {
        tell(&found, sound.as_ref(), wall);
    }
    if found.len() < mutants.len() {
        return Err(crate::interrupt::partial(found.len(), &count(mutants.len(), "mutant")));
    }
    if sound.as_ref().is_some_and(|report| report.runs < arguments.sound) {
        return Err(CommandFailure::Status(crate::interrupt::INTERRUPTED));
    }
    let escaped = found.iter().filter(|score| score.caught.is_none()).count();
    let alarms = sound.as_ref().map_or(0, |report| report.failures.len());
    match (escaped, alarms) {
        (0, 0) => Ok(()),
        (0, alarms) => Err(CommandFailure::No(count(alarms, "false alarm"))),
        (escaped, _) => {
            let (mutants, seeds) = (count(escaped, "mutant"), counted(arguments.seeds, "seed"));
            Err(CommandFailure::No(format!("{mutants} escaped {seeds}")))
        }
    }
}

/// What the sound service comes to, where that is asked for.
fn try_sound(arguments: &Arguments) -> Result<Option<CampaignReport>, CommandFailure> {
    if arguments.sound == 0 {
        return Ok(None);
    }
    let sound = arguments.run.sound().or_swarm().prepare()?;
    let options = options(sound, 0..arguments.sound, arguments.threads);
    let mut bar = Progress::failing("runs of the sound service", arguments.sound, "failed");
    let report = campaign(&options, &mut |count, ended| {
        bar.fail(usize::from(ended.failed));
        bar.reach(count);
        if crate::interrupt::asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    bar.finish();
    Ok(Some(report))
}

/// The middle, the tenth from the top and the largest of some numbers.
#[derive(Default)]
struct Spread {
    median: u64,
    ninety: u64,
    most: u64,
}

impl Spread {
    fn of(numbers: impl Iterator<Item = u64>) -> Self {
        let mut sorted: Vec<u64> = numbers.collect();
        sorted.sort_unstable();
        let at = |place: usize| sorted.get(place).copied().unwrap_or(0);
        let last = sorted.len().saturating_sub(1);
        Self { median: at(sorted.len() / 2), ninety: at(last * 9 / 10), most: at(last) }
    }
}

fn caught(found: &[MutantScore]) -> impl Iterator<Item = &MutantScore> {
    found.iter().filter(|score| score.caught.is_some())
}

fn tell(found: &[MutantScore], sound: Option<&CampaignReport>, wall: std::time::Duration) {
    line(&format!("{:40} {:>5} {:>5} {:>8}  rule", "mutant", "seed", "runs", "seconds"));
    for score in found {
        line(&row(score));
    }
    let runs = Spread::of(caught(found).map(|score| score.runs));
    let micros = Spread::of(caught(found).map(|score| score.micros));
    let (all, some) = (grouped(found.len() as u64), grouped(caught(found).count() as u64));
    line(&format!("{some} of {all} caught; {} in all", took(wall)));
    line(&format!(
        "seeds       median {}, nine of ten within {}, at most {}",
        grouped(runs.median),
        grouped(runs.ninety),
        grouped(runs.most)
    ));
    line(&format!(
        "time        median {}, nine of ten within {}, at most {}",
        humane(micros.median),
        humane(micros.ninety),
        humane(micros.most)
    ));
    if let Some(report) = sound {
        let alarms = counted(report.failures.len() as u64, "false alarm");
        line(&format!("sound       {}, {alarms}", counted(report.runs, "run")));
        for failed in report.failures.values() {
            print(&format!("  {}\n  {}\n", failed.identity, failed.evidence));
        }
    }
}

fn row(score: &MutantScore) -> String {
    let rule = score.mutation.rule().id();
    let (seed, found) = match (&score.caught, &score.elsewhere) {
        (Some((seed, _)), _) => (seed.to_string(), rule.to_owned()),
        (None, Some((seed, class))) => {
            ("-".to_owned(), format!("{rule}: escaped; seed {seed} fails under {}", class.word()))
        }
        (None, None) => ("-".to_owned(), format!("{rule}: escaped")),
    };
    format!("{:40} {seed:>5} {:>5} {:>8}  {found}", score.mutation.id(), score.runs, seconds(score.micros))
}

fn seconds(micros: u64) -> String {
    format!("{}.{:02}", micros / 1_000_000, micros / 10_000 % 100)
}

fn object(found: &[MutantScore], sound: Option<&CampaignReport>, wall: std::time::Duration) -> Value {
    let runs = Spread::of(caught(found).map(|score| score.runs));
    let micros = Spread::of(caught(found).map(|score| score.micros));
    let mutants: Vec<Value> = found
        .iter()
        .map(|score| {
            json!({
                "mutant": score.mutation.id(),
                "rule": score.mutation.rule().id(),
                "seed": score.caught.as_ref().map(|(seed, _)| seed),
                "evidence": score.caught.as_ref().map(|(_, evidence)| evidence),
                "elsewhere": score.elsewhere.map(|(seed, class)| json!({ "seed": seed, "breaks": class.word() })),
                "runs": score.runs,
                "micros": score.micros,
            })
        })
        .collect();
    json!({
        "schema": 1,
        "mutants": mutants,
        "caught": caught(found).count(),
        "median_runs": runs.median,
        "most_runs": runs.most,
        "median_micros": micros.median,
        "most_micros": micros.most,
        "wall_seconds": wall.as_secs_f64(),
        "sound": sound.map(|report| json!({
            "runs": report.runs,
            "false_alarms": report.failures.values().map(|failed| &failed.identity).collect::<Vec<_>>(),
        })),
    })
}
