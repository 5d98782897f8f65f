//! `claque campaign --out`: the units of a campaign that have no result yet, one for each thread at a time.

use std::collections::BTreeSet;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use claque_document::units::Permille;
use claque_lab::amount::{grouped, humane};
use claque_lab::campaign::CampaignOptions;
use claque_lab::unit::{
    CampaignRecord, CampaignUnit, RECORD, ResultStore, SCHEMA, UNIT_SEEDS_MAX, UNITS, UnitResult,
    UnitTrailer, keep, keep_void, run_unit, seeds_a_core_hour, unit_of_name,
};
use serde_json::{Value, json};

use super::folder::FolderStore;
use super::{EndedEarly, SEEDS, TWICE, array, machine, options, permille, status};
use crate::number::{COUNT_MAX, number};
use crate::output::{line, remark};
use crate::progress::Progress;
use crate::run_plan::PreparedRun;
use crate::simulate::stopwatch;
use crate::{CommandFailure, Done};

/// Seeds of a unit where nothing is said of it: ten seconds of a core.
const UNIT_SEEDS: u64 = 400;
/// How many units of a thousand two machines are to run, where nothing is said of it.
const DOUBLE: u16 = 10;
/// Most units of a campaign: what the names of their files have digits for.
const UNITS_MAX: u64 = 9_999_999_999;

/// What part of a campaign this process runs, and where it keeps the results.
#[derive(clap::Args)]
#[command(next_help_heading = "Over many machines")]
pub(super) struct UnitArguments {
    /// Divides the seeds into units, and keeps each unit's result as a file in this folder. Units that have a result are not run
    /// again. If the folder has a campaign already, its options hold unless you give others
    #[arg(long, value_name = "DIR", conflicts_with_all = ["shard", "demand"])]
    pub(super) out: Option<String>,
    /// Only these units, such as 0..8 or 3..5,9..10
    #[arg(long, value_name = "A..B", requires = "out", value_parser = unit_ranges)]
    units: Option<UnitRanges>,
    /// How many seeds a unit has [default: 400, some ten seconds]
    #[arg(long, value_name = "N", requires = "out", value_parser = number::<u64>("number of seeds", 1..=UNIT_SEEDS_MAX.into()))]
    unit_seeds: Option<u64>,
    /// How many units of a thousand two machines are to run; `claque campaign reconcile` lists them [default: 10]
    #[arg(long, value_name = "PERMILLE", requires = "out", value_parser = permille)]
    double: Option<u16>,
    /// Only the units of this task of a job array: auto (what the engine says in the environment), the name of an engine,
    /// or I/N with I from 0
    #[arg(long, value_name = "auto|ENGINE|I/N", requires = "out")]
    array: Option<String>,
    /// Tasks of the job array, where its engine does not say it [default: the environment's CLAQUE_ARRAY_COUNT]
    #[arg(long, value_name = "N", requires = "array", value_parser = number::<u64>("number of tasks", 1..=COUNT_MAX))]
    array_count: Option<u64>,
    /// Runs also units that have a result, and keeps the new result beside the old one
    #[arg(long, requires = "out")]
    again: bool,
}

/// Some units by their numbers.
#[derive(Clone, Debug)]
struct UnitRanges(Vec<Range<u64>>);

/// Reads `3..5,9..10`.
fn unit_ranges(word: &str) -> Result<UnitRanges, String> {
    let range = |part: &str| {
        let (first, end) = part.split_once("..")?;
        let (first, end) = (first.trim().parse().ok()?, end.trim().parse().ok()?);
        (first < end).then_some(first..end)
    };
    let parts: Option<Vec<Range<u64>>> = word.split(',').map(range).collect();
    parts.map(UnitRanges).ok_or_else(|| {
        format!(
            "`{word}` names no units: write A..B with A below B, or several with commas, such as 3..5,9..10"
        )
    })
}

/// A campaign whose units can be run here.
struct Prepared {
    record: CampaignRecord,
    options: CampaignOptions,
    store: FolderStore,
}

/// The campaign of the folder, which must be the one that is asked for; or a new one.
fn prepare(arguments: &super::Arguments, out: &str) -> Result<Prepared, CommandFailure> {
    let store = FolderStore::new(Path::new(out));
    let failed = |error: io::Error| status::try_again(&format!("{out}/{RECORD}: {error}"));
    let there = store.get(RECORD).map_err(failed)?;
    let read = |text: &str| {
        let wrong = |said: String| CommandFailure::Usage(format!("{out}/{RECORD}: {said}"));
        CampaignRecord::read(text).map_err(wrong)
    };
    let there = there.as_deref().map(read).transpose()?;
    let run = match &there {
        Some(record) if arguments.run.is_silent() => PreparedRun::of_line(&record.run)?,
        Some(_) | None => arguments.run.or_swarm().prepare()?,
    };
    let asked = asked(arguments, &run, there.as_ref())?;
    let known = match there {
        Some(known) => known,
        None if store.put_new(RECORD, &asked.to_text()).map_err(failed)? => asked.clone(),
        // Another task of the same array was quicker. Its campaign must be this one.
        None => read(&store.get(RECORD).map_err(failed)?.unwrap_or_default())?,
    };
    if let Some(said) = known.difference(&asked) {
        let text = format!(
            "{out} holds another campaign, by {said}; another --out keeps them apart, and without options of the run \
             the campaign that is there goes on"
        );
        return Err(CommandFailure::Usage(text));
    }
    let mut options = options(run, asked.first_seed..asked.end_seed, arguments.threads);
    options.twice = Permille::new(asked.twice).unwrap_or_default();
    Ok(Prepared { record: asked, options, store })
}

/// The campaign that is asked for. What is not said is as it is in the folder.
fn asked(
    arguments: &super::Arguments,
    run: &PreparedRun,
    there: Option<&CampaignRecord>,
) -> Result<CampaignRecord, CommandFailure> {
    let seeds =
        arguments.seeds.clone().or_else(|| there.map(|it| it.first_seed..it.end_seed)).unwrap_or(SEEDS);
    let units = &arguments.units;
    let record = CampaignRecord {
        schema: SCHEMA,
        run: run.identity.clone().with_seed(seeds.start).to_string(),
        source: machine::SOURCE.to_owned(),
        first_seed: seeds.start,
        end_seed: seeds.end,
        unit_seeds: units.unit_seeds.or_else(|| there.map(|it| it.unit_seeds)).unwrap_or(UNIT_SEEDS),
        twice: arguments.twice.or_else(|| there.map(|it| it.twice)).unwrap_or(TWICE),
        double: units.double.or_else(|| there.map(|it| it.double)).unwrap_or(DOUBLE),
        rules: CampaignRecord::rules_of_this_version(),
    };
    if record.units() > UNITS_MAX {
        let units = record.units();
        let text = format!(
            "the campaign would have {units} units, and {UNITS_MAX} are the most: --unit-seeds makes them larger"
        );
        return Err(CommandFailure::Usage(text));
    }
    Ok(record)
}

/// The units that are asked for.
fn wanted(arguments: &super::Arguments, record: &CampaignRecord) -> Result<BTreeSet<u64>, CommandFailure> {
    let units = &arguments.units;
    let whole = 0..record.units();
    let ranges = match &units.units {
        Some(UnitRanges(ranges)) => ranges.as_slice(),
        None => std::slice::from_ref(&whole),
    };
    if let Some(range) = ranges.iter().find(|range| range.end > record.units()) {
        let (Range { start, end }, all) = (range, record.units());
        let text = format!("--units {start}..{end}: the campaign has the units 0..{all}");
        return Err(CommandFailure::Usage(text));
    }
    let lookup = |name: &str| std::env::var(name).ok();
    let task = |word: &String| array::task(word, units.array_count, &lookup);
    let task = units.array.as_ref().map(task).transpose();
    let task = task.map_err(|said| CommandFailure::Usage(format!("--array {said}")))?;
    let of_task = |unit: &u64| task.is_none_or(|task| task.has(*unit));
    Ok(ranges.iter().flat_map(Clone::clone).filter(of_task).collect())
}

/// A seed that failed.
struct FoundSeed {
    seed: u64,
    class: String,
    events: u64,
}

/// A unit that was run.
struct Ran {
    unit: u64,
    seeds: u64,
    processor_micros: u64,
    found: Vec<FoundSeed>,
    kept: Outcome,
}

enum Outcome {
    /// By this process, or meanwhile by another with an equal result.
    Kept,
    /// Its canary, a mutant, was not found.
    Void(String),
    /// What the store said.
    Lost(io::Error),
}

/// Runs a unit and keeps its result.
fn run_one(prepared: &Prepared, unit: &CampaignUnit, again: bool) -> Ran {
    let Prepared { record, options, store } = prepared;
    let began = machine::processor_micros();
    let ran = run_unit(options, unit);
    let processor_micros = machine::processor_micros() - began;
    let trailer = UnitTrailer {
        digest: ran.digest,
        build: machine::build(),
        canary: ran.canary,
        processor_micros,
        place: machine::place(),
    };
    let result = UnitResult { unit: unit.number, lines: ran.lines, trailer };
    let kept = if result.trailer.canary.found {
        keep(store, record, unit, &result, again).map_or_else(Outcome::Lost, |_| Outcome::Kept)
    } else {
        let mutant = result.trailer.canary.mutant.clone();
        keep_void(store, record, unit, &result).map_or_else(Outcome::Lost, |_| Outcome::Void(mutant))
    };
    let found = result.lines.iter().filter_map(|line| {
        Some(FoundSeed { seed: line.seed, class: line.class.clone()?, events: line.events })
    });
    let seeds = unit.seeds.end - unit.seeds.start;
    Ran { unit: unit.number, seeds, processor_micros, found: found.collect(), kept }
}

/// What the units of this process came to.
#[derive(Default)]
struct Tally {
    wanted: usize,
    there: usize,
    ran: u64,
    seeds: u64,
    processor_micros: u64,
    found: Vec<FoundSeed>,
    /// Units and their canaries.
    void: Vec<(u64, String)>,
    lost: Option<String>,
}

impl Tally {
    fn count(&mut self, ran: Ran) {
        match ran.kept {
            Outcome::Kept => self.ran += 1,
            Outcome::Void(mutant) => {
                self.void.push((ran.unit, mutant));
                // Nothing that a blind program says is counted.
                return;
            }
            Outcome::Lost(error) => {
                self.lost.get_or_insert_with(|| {
                    format!("the result of unit {} cannot be kept: {error}", ran.unit)
                });
                return;
            }
        }
        self.seeds += ran.seeds;
        self.processor_micros += ran.processor_micros;
        self.found.extend(ran.found);
    }
}

pub(super) fn run(arguments: &super::Arguments, out: &str) -> Done {
    let prepared = prepare(arguments, out)?;
    let record = &prepared.record;
    let wanted = wanted(arguments, record)?;
    let listed = prepared.store.list(UNITS);
    let listed = listed.map_err(|error| status::try_again(&format!("{out}/{UNITS}: {error}")))?;
    let there: BTreeSet<u64> = listed.iter().filter_map(|name| unit_of_name(name)).collect();
    let is_due = |unit: &&u64| arguments.units.again || !there.contains(unit);
    let due: Vec<u64> = wanted.iter().filter(is_due).copied().collect();
    let mut tally = Tally { wanted: wanted.len(), there: wanted.len() - due.len(), ..Tally::default() };
    let early = work(&prepared, &due, arguments, &mut tally);
    if arguments.json {
        line(&object(record, &tally, early).to_string());
    } else {
        tell(record, &tally, early);
    }
    end(&tally, early)
}

/// Runs what is due. Why it ended before the last of it, where it did.
fn work(
    prepared: &Prepared,
    due: &[u64],
    arguments: &super::Arguments,
    tally: &mut Tally,
) -> Option<EndedEarly> {
    let mut bar = Progress::new("units", u64::try_from(due.len()).unwrap_or(u64::MAX));
    let started = stopwatch();
    let (next, mut early) = (AtomicUsize::new(0), None);
    let (sender, receiver) = mpsc::channel();
    crate::interrupt::watch_units();
    std::thread::scope(|scope| {
        // A unit for each thread: no thread waits for another, and processor time is that of the thread.
        for _ in 0..prepared.options.threads.min(due.len()) {
            let (next, sender) = (&next, sender.clone());
            scope.spawn(move || {
                while let Some(unit) = due.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // Here too, and not by the loop below alone: it hears of the end of a unit only.
                    if crate::interrupt::asked() {
                        return;
                    }
                    let unit = prepared.record.unit(*unit).expect("units that are due are the campaign's");
                    // Nobody listens any more: the unit is kept all the same.
                    let _sent = sender.send(run_one(prepared, &unit, arguments.units.again));
                }
            });
        }
        drop(sender);
        let mut finished = 0;
        for ran in receiver {
            finished += 1;
            tally.count(ran);
            bar.step(1);
            let ended = || arguments.enough(!tally.found.is_empty(), started.elapsed());
            early = early.or_else(ended).filter(|_| finished < due.len());
            // One that cannot be kept is enough: every other would be lost as well.
            if early.is_some() || tally.lost.is_some() {
                next.fetch_max(due.len(), Ordering::Relaxed);
            }
        }
        if finished < due.len() && crate::interrupt::asked() {
            early = Some(EndedEarly::Interrupted);
        }
    });
    bar.finish();
    early
}

/// The exit status: what another try may mend comes before what it cannot.
fn end(tally: &Tally, early: Option<EndedEarly>) -> Done {
    if let Some(lost) = &tally.lost {
        return Err(status::try_again(&format!(
            "{lost}; run the same command again: finished units are kept"
        )));
    }
    if let Some((unit, mutant)) = tally.void.first() {
        let count = tally.void.len();
        let text = format!(
            "{count} units are void, the first is {unit}: its canary `{mutant}` was not found; run it on another \
             machine, or by another build"
        );
        return Err(status::try_again(&text));
    }
    if early == Some(EndedEarly::Interrupted) {
        return Err(CommandFailure::Status(
            crate::interrupt::asked_status().unwrap_or(crate::interrupt::INTERRUPTED),
        ));
    }
    if tally.found.is_empty() {
        return Ok(());
    }
    Err(status::found(format!("{} of {} runs failed", tally.found.len(), tally.seeds)))
}

fn tell(record: &CampaignRecord, tally: &Tally, early: Option<EndedEarly>) {
    let failed = tally.found.len() as u64;
    let word = if failed == 0 { "pass" } else { "fail" };
    line(&format!("verdict     {word}: {} of {} runs failed", grouped(failed), grouped(tally.seeds)));
    let mut shown = BTreeSet::new();
    for found in &tally.found {
        if shown.insert(&found.class) {
            let alike = tally.found.iter().filter(|other| other.class == found.class);
            let count = alike.clone().count() as u64;
            let smallest =
                alike.min_by_key(|other| (other.events, other.seed)).map_or(found.seed, |it| it.seed);
            line(&format!("broken      {} in {} runs; the smallest:", found.class, grouped(count)));
            line(&format!("  {}", record.run_of(smallest)));
        }
    }
    line(&format!("campaign    {}, {} units", record.hash(), grouped(record.units())));
    line(&format!("run         {}", record.run));
    if let Some(early) = early {
        line(&format!("partial     {}", early.word()));
    }
    let [ran, there, wanted] = [tally.ran, tally.there as u64, tally.wanted as u64].map(grouped);
    line(&format!("units       {ran} run, {there} were there, of {wanted}"));
    line(&format!("runs        {}, {} failed", grouped(tally.seeds), grouped(failed)));
    if let Some(rate) = seeds_a_core_hour(tally.seeds, tally.processor_micros) {
        let took = humane(tally.processor_micros);
        line(&format!("processor   {took}, {} seeds a core-hour", grouped(rate)));
    }
    if early.is_some() {
        remark("the same command goes on where it ended");
    }
}

fn object(record: &CampaignRecord, tally: &Tally, early: Option<EndedEarly>) -> Value {
    let found = tally.found.iter().map(|found| {
        json!({ "seed": found.seed, "breaks": found.class, "events": found.events, "identity": record.run_of(found.seed) })
    });
    let void = tally.void.iter().map(|(unit, mutant)| json!({ "unit": unit, "canary": mutant }));
    json!({
        "schema": 1,
        "campaign": record.hash(),
        "run": record.run,
        "partial": early.map(EndedEarly::word),
        "units": record.units(),
        "units_asked_for": tally.wanted,
        "units_there": tally.there,
        "units_run": tally.ran,
        "void": void.collect::<Vec<_>>(),
        "runs": tally.seeds,
        "processor_micros": tally.processor_micros,
        "failures": found.collect::<Vec<_>>(),
    })
}
