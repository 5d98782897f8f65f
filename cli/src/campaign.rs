//! `claque campaign`: many seeds of one scenario, over all cores; and with `--out` over many machines.

mod array;
mod folder;
mod guided;
mod machine;
mod merge;
mod page;
mod place;
mod queue;
mod reconcile;
mod source;
mod status;
mod units;
mod verify;

use std::ops::{ControlFlow, Range};

use claque_core::Duration;
use claque_document::units::Permille;
use claque_lab::amount::{counted, per_second};
use claque_lab::campaign::{CampaignOptions, CampaignReport, CoverageMark, Shard};
use claque_lab::page::Pace;
use serde_json::{Value, json};

use crate::output::{line, micros, print, took};
use crate::progress::Progress;
use crate::run_plan::{PreparedRun, RunArguments};
use crate::simulate::{judge_expected, stopwatch};
use crate::{CommandFailure, Done};
use queue::QueueArguments;
use units::UnitArguments;

/// Which runs.
#[derive(clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  claque campaign --seeds 0..2000 --demand       and fail if something was never tried
  claque campaign --seeds 0..20000 --shard 2/4
  claque campaign --seeds 0..500 --coverage --page campaign.html
  claque campaign --scenario smoke --seeds 0..200
  claque campaign --seeds 0..2000 --search guided              fork the runs that do something new
  claque campaign --seeds 0..1000000 --for 10m --stop-on-first
  claque campaign --seeds 0..1000000 --out DIR                 a million seeds, a file for each 400 of them
  claque campaign --out DIR                                    continue a campaign that was ended or killed
  claque campaign --seeds 0..1000000 --out DIR --array auto    one task of a job array: its part of the units
  claque campaign --seeds 0..1000000 --out DIR --nats URL --feed   put its units into a queue, and run none
  claque campaign --out DIR --nats URL                         one of its workers
  claque campaign reconcile DIR                                what is missing, and the command that runs it

Ctrl-C ends a campaign with what is known so far, and status 130.
Without --scenario each seed draws its own run, as with --scenario swarm --swarm.
Which shard a seed is in depends on the seed alone, so the shards of different machines together are the whole.
docs/fleet.md leads from one laptop to a hundred machines, and has the table of exit statuses."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    part: Option<Part>,
    #[command(flatten)]
    run: RunArguments,
    /// The seeds from A up to B, without B itself [default: 0..100]
    #[arg(long, value_name = "A..B", value_parser = seeds)]
    seeds: Option<Range<u64>>,
    /// Runs only the K-th of N parts of the seeds: one part for each machine.
    #[arg(long, value_name = "K/N")]
    shard: Option<String>,
    #[command(flatten)]
    search: guided::SearchArguments,
    /// How many threads work [default: one for each core]
    #[arg(long, value_parser = crate::threads::threads)]
    threads: Option<usize>,
    /// How many runs of a thousand are done a second time on the reference queue, which must give the same hash
    /// [default: 50]
    #[arg(long, value_name = "PERMILLE", value_parser = permille)]
    twice: Option<u16>,
    /// Fails also if something was never tried: a rule that never decided anything, or an operation, a class of values or a choice
    /// of the swarm that was never drawn. Needs some thousand seeds.
    #[arg(long)]
    demand: bool,
    /// Begins no further run after the first that fails.
    #[arg(long)]
    stop_on_first: bool,
    /// Begins no further run after this time, such as 10m.
    #[arg(long = "for", value_name = "SPAN", value_parser = claque_document::units::parse_duration)]
    at_most: Option<Duration>,
    /// Lists all that was reached rarely or never: rules, classes of values, operations, choices of the swarm.
    #[arg(long, conflicts_with_all = ["json", "out"])]
    coverage: bool,
    /// Writes a page: failures with their commands, curves of failures and coverage by seed, rare rules, pace. With --out it is
    /// `claque campaign merge DIR --page FILE`.
    #[arg(long, value_name = "FILE", conflicts_with = "out")]
    page: Option<std::path::PathBuf>,
    /// Machine output: one JSON object (docs/schemas/campaign.json).
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    units: UnitArguments,
    #[command(flatten)]
    queue: QueueArguments,
}

/// What is done with the results of a campaign of units.
#[derive(clap::Subcommand)]
enum Part {
    /// Writes the results in a queue as files.
    Collect(queue::CollectArguments),
    /// Reports on the results in one folder or several folders of a campaign.
    Merge(merge::Arguments),
    /// Lists the units that are missing, void or contradictory, with the commands that run them.
    Reconcile(reconcile::Arguments),
    /// Compares the results of two builds, and shows the first event in which they differ.
    Verify(verify::Arguments),
}

/// The seeds where none are named.
const SEEDS: Range<u64> = 0..100;
/// How many runs of a thousand are done twice where nothing is said of it.
const TWICE: u16 = 50;

/// Why a campaign ended before its last seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EndedEarly {
    Interrupted,
    TimeIsUp,
    FirstFailure,
}

impl EndedEarly {
    /// What is said about it, to people and to machines.
    const fn word(self) -> &'static str {
        match self {
            Self::Interrupted => "interrupted",
            Self::TimeIsUp => "time is up",
            Self::FirstFailure => "first failure",
        }
    }
}

impl Arguments {
    /// Whether no further run is begun, and why.
    fn enough(&self, failed: bool, passed: std::time::Duration) -> Option<EndedEarly> {
        let at_most = self.at_most.map(|span| std::time::Duration::from_micros(span.as_micros()));
        if crate::interrupt::asked() {
            Some(EndedEarly::Interrupted)
        } else if failed && self.stop_on_first {
            Some(EndedEarly::FirstFailure)
        } else if at_most.is_some_and(|span| passed >= span) {
            Some(EndedEarly::TimeIsUp)
        } else {
            None
        }
    }
}

/// The latest end of a range of seeds: each thread counts once past it.
const SEEDS_END_MAX: u64 = u64::MAX - 1_024;

/// Reads how many of a thousand.
fn permille(word: &str) -> Result<u16, String> {
    let number = word.parse().ok().filter(|number| *number <= 1_000);
    number.ok_or_else(|| format!("`{word}` is not a number of a thousand: write 0 to 1000, such as 50"))
}

/// Reads `a..b`.
pub(crate) fn seeds(word: &str) -> Result<Range<u64>, String> {
    let parts = word.split_once("..").and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
    match parts {
        Some((_, to)) if to > SEEDS_END_MAX => {
            Err(format!("seeds end at {SEEDS_END_MAX} at the latest, not at {to}"))
        }
        Some((from, to)) if from < to => Ok(from..to),
        _ => Err(format!("`{word}` is not a range of seeds: write A..B with A below B, such as 0..100")),
    }
}

/// The options of a campaign, from a run's.
pub(crate) fn options(prepared: PreparedRun, seeds: Range<u64>, threads: Option<usize>) -> CampaignOptions {
    CampaignOptions {
        identity: prepared.identity,
        scenario: prepared.plan.scenario.clone(),
        model: prepared.plan,
        seeds,
        shard: Shard::WHOLE,
        threads: threads.unwrap_or_else(crate::threads::cores),
        twice: Permille::default(),
    }
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    match (&arguments.part, &arguments.units.out) {
        (Some(Part::Collect(arguments)), _) => queue::collect(arguments),
        (Some(Part::Merge(arguments)), _) => merge::run(arguments),
        (Some(Part::Reconcile(arguments)), _) => reconcile::run(arguments),
        (Some(Part::Verify(arguments)), _) => verify::run(arguments),
        (None, Some(out)) => {
            arguments.search.check_units()?;
            units::run(arguments, out)
        }
        (None, None) => {
            arguments.search.check_corpus()?;
            run_here(arguments)
        }
    }
}

/// Runs a campaign in this process alone, and keeps no files.
fn run_here(arguments: &Arguments) -> Done {
    let seeds = arguments.seeds.clone().unwrap_or(SEEDS);
    let prepared = arguments.run.or_swarm().prepare()?;
    let expected = prepared.expected.clone();
    let mut options = options(prepared, seeds, arguments.threads);
    options.twice = Permille::new(arguments.twice.unwrap_or(TWICE)).unwrap_or_default();
    if let Some(word) = &arguments.shard {
        arguments.search.check_shard()?;
        options.shard = word.parse().map_err(|said| CommandFailure::Usage(format!("--shard: {said}")))?;
    }
    let mut bar = Progress::failing("runs", options.seeds.end - options.seeds.start, "failed");
    let started = stopwatch();
    let mut early = None;
    crate::interrupt::watch();
    let mut pace = Pace::default();
    let (report, found) = arguments.search.run(&options, &mut |count, ended| {
        bar.fail(usize::from(ended.failed));
        bar.reach(count);
        pace.count(micros(started.elapsed()), ended.events);
        early = early.or_else(|| arguments.enough(ended.failed, started.elapsed()));
        early.map_or(ControlFlow::Continue(()), |_| ControlFlow::Break(()))
    });
    let wall = started.elapsed();
    bar.finish();
    // Runs under way when it was ended may have been the last ones.
    let early = early
        .filter(|_| options.shard != Shard::WHOLE || report.runs < options.seeds.end - options.seeds.start);
    // Some other seed may reach what these seeds did not.
    let part = match (early, options.shard == Shard::WHOLE) {
        (Some(_), _) => Some("the campaign ended early"),
        (None, false) => Some("--shard runs a part of the seeds"),
        (None, true) => None,
    };
    let unreached = expected.waived_for(part).unreached(|rule| report.reached(rule));
    if arguments.json {
        let mut object = object(&report, wall, early);
        object["expected_unreached"] = unreached.rules().iter().map(|rule| rule.id()).collect();
        object["search"] = guided::object(found.as_ref());
        line(&object.to_string());
    } else {
        if let Some(early) = early {
            let (word, Range { start, end }) = (early.word(), &options.seeds);
            line(&format!("partial     {word}: {} of seeds {start}..{end}", counted(report.runs, "run")));
        }
        tell(&report, wall, arguments.coverage);
        guided::tell(found.as_ref());
    }
    arguments.search.write_kept(found.as_ref())?;
    if let Some(path) = &arguments.page {
        page::write_page(path, &options, &report, (pace, micros(wall)), part)?;
    }
    if early == Some(EndedEarly::Interrupted) {
        return Err(CommandFailure::Status(crate::interrupt::INTERRUPTED));
    }
    let untried = report.untried();
    if report.is_clean() && arguments.demand && !untried.is_empty() {
        let (never, first) = (counted(untried.len() as u64, "thing"), &untried[0]);
        return Err(CommandFailure::No(format!(
            "no run failed, but {never} never tried, the first: {first}"
        )));
    }
    if report.is_clean() {
        return judge_expected(&unreached);
    }
    let (failed, parted) = (report.failures.len(), report.parted.len());
    Err(CommandFailure::No(format!(
        "{failed} of {} failed, {parted} came out differently",
        counted(report.runs, "run")
    )))
}

/// The verdict, what was run, and what that reached.
fn tell(report: &CampaignReport, wall: std::time::Duration, coverage: bool) {
    print(&report.verdict_text());
    print(&report.totals_text());
    let rate = counted(per_second(report.events, micros(wall)), "event");
    line(&format!("wall        {}, {rate} a second", took(wall)));
    if coverage {
        return print(&report.coverage_text());
    }
    print(&report.coverage_summary());
    line("coverage    --coverage lists all that is counted here, and why");
}

/// How often the model did not know, by rule.
fn unknown(report: &CampaignReport) -> serde_json::Map<String, Value> {
    let judged = |(rule, judged): (claque_core::Rule, claque_oracle::Judged)| {
        (rule.id().to_owned(), json!({ "asked": judged.asked, "unknown": judged.unknown }))
    };
    report.unknown.iter().map(judged).collect()
}

fn object(report: &CampaignReport, wall: std::time::Duration, early: Option<EndedEarly>) -> Value {
    let ids = |wanted: CoverageMark| {
        let of_kind = report.marks().into_iter().filter(|(_, mark)| *mark == wanted);
        of_kind.map(|(rule, _)| rule.id()).collect::<Vec<_>>()
    };
    let failures: Vec<Value> = report
        .failures
        .iter()
        .map(|(seed, failed)| {
            json!({
                "seed": seed,
                "identity": failed.identity,
                "breaks": failed.class.word(),
                "evidence": failed.evidence,
                "events": failed.events,
            })
        })
        .collect();
    let parted: Vec<&String> = report.parted.values().map(|twice| &twice.identity).collect();
    json!({
        "schema": 1,
        "partial": early.map(EndedEarly::word),
        "runs": report.runs,
        "users": report.users,
        "events": report.events,
        "deliveries": report.deliveries,
        "virtual_seconds": report.virtual_seconds,
        "wall_seconds": wall.as_secs_f64(),
        "run_twice": report.twice,
        "came_out_differently": parted,
        "failures": failures,
        "rules": { "often": ids(CoverageMark::Often), "rare": ids(CoverageMark::Rare), "never": ids(CoverageMark::Never) },
        "rules_owed": report.owed_marks().iter().map(|rule| rule.id()).collect::<Vec<_>>(),
        "never_drawn": report.never_drawn(),
        "values_never_drawn": report.values.never_drawn(),
        "operations_never_called": report.values.never_called(),
        "restarts": report.restarts,
        "still_owed": report.pending.to_string(),
        "unknown": unknown(report),
        "suppressors": report.suppressors().into_iter().take(50).map(|it| json!({
            "choice": it.choice,
            "runs": it.runs,
            "failed": it.failed,
            "runs_otherwise": it.runs_otherwise,
            "failed_otherwise": it.failed_otherwise,
        })).collect::<Vec<_>>(),
    })
}
