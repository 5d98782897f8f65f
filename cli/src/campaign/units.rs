//! `claque campaign --out`: the units of a campaign that have no result yet, one for each thread at a time.

use std::collections::BTreeSet;
use std::io;
use std::ops::Range;
use std::sync::mpsc;

use claque_document::units::Permille;
use claque_lab::amount::{counted, grouped, humane};
use claque_lab::campaign::CampaignOptions;
use claque_lab::unit::{
    CampaignRecord, CampaignUnit, RECORD, ResultStore, SCHEMA, UNIT_SEEDS_MAX, UNITS, UnitResult,
    UnitTrailer, keep, keep_void, run_unit, seeds_a_core_hour, unit_of_name,
};
use serde_json::{Value, json};

use super::place::CampaignPlace;
use super::source::{ListedUnits, UnitSource};
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
    #[arg(long, value_name = "auto|ENGINE|I/N", requires = "out", conflicts_with = "nats")]
    array: Option<String>,
    /// Tasks of the job array, where its engine does not say it [default: the environment's CLAQUE_ARRAY_COUNT]
    #[arg(long, value_name = "N", requires = "array", value_parser = number::<u64>("number of tasks", 1..=COUNT_MAX))]
    array_count: Option<u64>,
    /// Runs also units that have a result, and keeps the new result beside the old one
    #[arg(long, requires = "out", conflicts_with = "nats")]
    again: bool,
    /// Puts the units that have no result here into the queue of --nats, and runs none. To feed a queue once more changes
    /// nothing, and after a loss of its store it is how the campaign goes on
    #[arg(long, requires = "out", requires = "nats")]
    feed: bool,
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
    store: CampaignPlace,
}

/// The campaign of the folder, which must be the one that is asked for; or a new one.
fn prepare(arguments: &super::Arguments, out: &str) -> Result<Prepared, CommandFailure> {
    let store = CampaignPlace::open(out)?;
    let failed = |error: io::Error| status::try_again(&format!("{out}/{RECORD}: {error}"));
    let there = store.get(RECORD).map_err(failed)?;
    let read = |text: &str| {
        let wrong = |said: String| CommandFailure::Usage(format!("{out}/{RECORD}: {said}"));
        CampaignRecord::read(text).map_err(wrong)
    };
    let there = match there.as_deref() {
        Some(text) => Some(read(text)?),
        None => campaign_of_queue(arguments)?,
    };
    let run = match &there {
        Some(record) if arguments.run.is_silent() => PreparedRun::of_line(&record.run)?,
        Some(_) | None => arguments.run.or_swarm().prepare()?,
    };
    let asked = asked(arguments, &run, there.as_ref())?;
    let known = match store.get(RECORD).map_err(failed)? {
        Some(known) => read(&known)?,
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

/// The campaign of the queue, for a worker with no other option: it may be a machine that has just joined.
fn campaign_of_queue(arguments: &super::Arguments) -> Result<Option<CampaignRecord>, CommandFailure> {
    if arguments.queue.nats.is_empty() || arguments.units.feed {
        return Ok(None);
    }
    super::queue::campaign_of(&arguments.queue).map(Some)
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
    /// Another machine has another result of the unit, and both are kept. The two sides.
    Differs(String),
    /// Its canary, a mutant, was not found.
    Void(String),
    /// It could not be kept, or the queue does not hear of it. What the store or the queue said.
    Lost(String),
}

/// Two results of one unit that differ, in words.
fn both(ours: &UnitResult, theirs: &UnitResult) -> String {
    let side = |result: &UnitResult| {
        let UnitTrailer { digest, build, place, .. } = &result.trailer;
        format!("{digest} on {place} by {build}")
    };
    let seed = ours.lines.iter().zip(&theirs.lines).find(|(ours, theirs)| ours != theirs);
    let seed = seed.map(|(ours, _)| format!(", from seed {} on", ours.seed)).unwrap_or_default();
    format!("unit {}{seed}: {}, and {}", ours.unit, side(ours), side(theirs))
}

/// Runs a unit and keeps its result.
fn run_one(prepared: &Prepared, unit: &CampaignUnit, again: bool, source: &dyn UnitSource) -> Ran {
    let Prepared { record, options, store } = prepared;
    let store: &dyn ResultStore = &**store;
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
    let not_kept = |error: io::Error| format!("the result of unit {} cannot be kept: {error}", unit.number);
    let filed = if result.trailer.canary.found {
        keep(store, record, unit, &result, again).map(|_| Outcome::Kept)
    } else {
        let mutant = result.trailer.canary.mutant.clone();
        keep_void(store, record, unit, &result).map(|_| Outcome::Void(mutant))
    };
    // The source hears of it last, and only of what is kept: a file that nobody heard of is found by its name, and a
    // unit that is done without a file would be lost.
    let kept = filed.map_err(not_kept).and_then(|outcome| {
        let other = source.finish(unit.number, &result)?;
        Ok(other.map_or(outcome, |other| Outcome::Differs(both(&result, &other))))
    });
    let kept = kept.unwrap_or_else(Outcome::Lost);
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
    /// Results that differ from those of other machines.
    differing: Vec<String>,
    lost: Option<String>,
}

impl Tally {
    fn count(&mut self, ran: Ran) {
        match ran.kept {
            Outcome::Kept => self.ran += 1,
            Outcome::Differs(sides) => {
                self.ran += 1;
                self.differing.push(sides);
            }
            Outcome::Void(mutant) => {
                self.void.push((ran.unit, mutant));
                // Nothing that a blind program says is counted.
                return;
            }
            Outcome::Lost(said) => {
                self.lost.get_or_insert(said);
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
    if !arguments.queue.nats.is_empty() && !arguments.units.feed {
        return run_queued(&prepared, arguments);
    }
    let wanted = wanted(arguments, &prepared.record)?;
    let listed = prepared.store.list(UNITS);
    let listed = listed.map_err(|error| status::try_again(&format!("{out}/{UNITS}: {error}")))?;
    let there: BTreeSet<u64> = listed.iter().filter_map(|name| unit_of_name(name)).collect();
    let is_due = |unit: &&u64| arguments.units.again || !there.contains(unit);
    let due: Vec<u64> = wanted.iter().filter(is_due).copied().collect();
    if arguments.units.feed {
        return super::queue::feed(&arguments.queue, &prepared.record, &due);
    }
    let mut tally = Tally { wanted: wanted.len(), there: wanted.len() - due.len(), ..Tally::default() };
    let early = work(&prepared, &ListedUnits::new(&due), due.len(), arguments, &mut tally);
    report(&prepared.record, &tally, early, arguments.json)
}

/// Works at what a queue hands out.
fn run_queued(prepared: &Prepared, arguments: &super::Arguments) -> Done {
    if arguments.units.units.is_some() {
        let text =
            "--units with --nats says what is put into the queue, by --feed; a worker takes what it is given";
        return Err(CommandFailure::Usage(text.to_owned()));
    }
    let Prepared { record, store, .. } = prepared;
    let source = super::queue::source(&arguments.queue, record, store)?;
    let mut tally = Tally::default();
    let most = usize::try_from(record.units()).unwrap_or(usize::MAX);
    let early = work(prepared, &source, most, arguments, &mut tally);
    tally.wanted = usize::try_from(tally.ran).unwrap_or(usize::MAX) + tally.void.len();
    report(record, &tally, early, arguments.json)
}

fn report(record: &CampaignRecord, tally: &Tally, early: Option<EndedEarly>, as_json: bool) -> Done {
    if as_json {
        line(&object(record, tally, early).to_string());
    } else {
        tell(record, tally, early);
    }
    end(tally, early)
}

/// What a thread says of its work.
enum ThreadReport {
    Ran(Box<Ran>),
    /// The source hands out nothing any more.
    Failed(String),
}

/// Runs what the source hands out, `most` units at the most. Why it ended before the last of it, where it did.
fn work(
    prepared: &Prepared,
    source: &dyn UnitSource,
    most: usize,
    arguments: &super::Arguments,
    tally: &mut Tally,
) -> Option<EndedEarly> {
    let mut bar = Progress::failing("units", most as u64, "failed runs");
    let started = stopwatch();
    let mut early = None;
    let (sender, receiver) = mpsc::channel();
    crate::interrupt::watch_units();
    std::thread::scope(|scope| {
        // A unit for each thread: no thread waits for another, and processor time is that of the thread.
        for _ in 0..prepared.options.threads.min(most) {
            let sender = sender.clone();
            scope.spawn(move || work_alone(prepared, source, arguments.units.again, &sender));
        }
        drop(sender);
        let mut finished = 0;
        for said in receiver {
            match said {
                ThreadReport::Ran(ran) => {
                    finished += 1;
                    let before = tally.found.len();
                    tally.count(*ran);
                    bar.fail(tally.found.len() - before);
                    bar.step(1);
                }
                ThreadReport::Failed(said) => drop(tally.lost.get_or_insert(said)),
            }
            let found = !(tally.found.is_empty() && tally.differing.is_empty());
            let ended = || arguments.enough(found, started.elapsed());
            early = early.or_else(ended).filter(|_| !source.is_done_after(finished));
            // One that cannot be kept is enough: every other would be lost as well.
            if early.is_some() || tally.lost.is_some() {
                source.close();
            }
        }
        if !source.is_done_after(finished) && crate::interrupt::asked() {
            early = Some(EndedEarly::Interrupted);
        }
    });
    bar.finish();
    early
}

/// The work of one thread.
fn work_alone(
    prepared: &Prepared,
    source: &dyn UnitSource,
    again: bool,
    sender: &mpsc::Sender<ThreadReport>,
) {
    // Here too, and not by the loop that listens alone: it hears of the end of a unit only.
    while !crate::interrupt::asked() {
        // Where nobody listens any more, a unit is kept all the same.
        match source.take() {
            Ok(None) => return,
            Ok(Some(unit)) => {
                let unit = prepared.record.unit(unit).expect("units that are handed out are the campaign's");
                let _sent = sender.send(ThreadReport::Ran(Box::new(run_one(prepared, &unit, again, source))));
            }
            Err(said) => {
                let _sent = sender.send(ThreadReport::Failed(said));
                return;
            }
        }
    }
}

/// The exit status: what another try may mend comes before what it cannot.
fn end(tally: &Tally, early: Option<EndedEarly>) -> Done {
    if let Some(lost) = &tally.lost {
        return Err(status::try_again(&format!(
            "{lost}; run the same command again: finished units are kept"
        )));
    }
    if let Some((unit, mutant)) = tally.void.first() {
        let void = counted(tally.void.len() as u64, "void unit");
        let text = format!(
            "{void}, the first is {unit}: its canary `{mutant}` was not found; run it on another \
             machine, or by another build"
        );
        return Err(status::try_again(&text));
    }
    if early == Some(EndedEarly::Interrupted) {
        return Err(CommandFailure::Status(
            crate::interrupt::asked_status().unwrap_or(crate::interrupt::INTERRUPTED),
        ));
    }
    if let Some(sides) = tally.differing.first() {
        let differing = counted(tally.differing.len() as u64, "result");
        return Err(status::found(format!(
            "{differing} unlike what another machine found; the first is {sides}"
        )));
    }
    if tally.found.is_empty() {
        return Ok(());
    }
    Err(status::found(format!("{} of {} failed", tally.found.len(), counted(tally.seeds, "run"))))
}

fn tell(record: &CampaignRecord, tally: &Tally, early: Option<EndedEarly>) {
    let failed = tally.found.len() as u64;
    let word = if failed == 0 && tally.differing.is_empty() { "pass" } else { "fail" };
    line(&format!("verdict     {word}: {} of {} failed", grouped(failed), counted(tally.seeds, "run")));
    let mut shown = BTreeSet::new();
    for found in &tally.found {
        if shown.insert(&found.class) {
            let alike = tally.found.iter().filter(|other| other.class == found.class);
            let count = alike.clone().count() as u64;
            let smallest =
                alike.min_by_key(|other| (other.events, other.seed)).map_or(found.seed, |it| it.seed);
            line(&format!("broken      {} in {}; the smallest:", found.class, counted(count, "run")));
            line(&format!("  {}", record.run_of(smallest)));
        }
    }
    for sides in &tally.differing {
        line(&format!("differ      {sides}"));
    }
    line(&format!("campaign    {}, {}", record.hash(), counted(record.units(), "unit")));
    line(&format!("run         {}", record.run));
    if let Some(early) = early {
        line(&format!("partial     {}", early.word()));
    }
    let [ran, there, wanted] = [tally.ran, tally.there as u64, tally.wanted as u64].map(grouped);
    line(&format!("units       {ran} run, {there} were there, of {wanted}"));
    line(&format!("runs        {}, {} failed", grouped(tally.seeds), grouped(failed)));
    if let Some(rate) = seeds_a_core_hour(tally.seeds, tally.processor_micros) {
        let took = humane(tally.processor_micros);
        line(&format!("processor   {took}, {} a core-hour", counted(rate, "seed")));
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
        "differing": tally.differing,
        "runs": tally.seeds,
        "processor_micros": tally.processor_micros,
        "failures": found.collect::<Vec<_>>(),
    })
}
