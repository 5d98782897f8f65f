//! `claque campaign verify`: the results of two builds, which must have the same digests; and where they do not, the first
//! event in which the runs of a seed differ.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use claque_lab::amount::counted;
use claque_lab::unit::{CampaignRecord, Reconciliation, SeedLine, UnitResult};
use serde_json::{Value, json};

use super::place::CampaignPlace;
use super::{merge, status};
use crate::output::line;
use crate::{CommandFailure, Done};

/// Which folders.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque campaign verify of-release of-debug
  claque campaign verify of-x86 of-arm --by target/debug/claque     and the first event that differs

Both folders hold the same campaign, run by two builds, of the same sources or of others. Status 1 when a seed differs:
one of the two is wrong, or depends on what it must not. The trace of the seed is then written by this program for the
first folder, and by the program of --by for the second.")]
pub(super) struct Arguments {
    /// The folder of the first build, which should be this program's.
    #[arg(value_name = "A")]
    one: String,
    /// The folder of the second build.
    #[arg(value_name = "B")]
    other: String,
    /// The program of the second build: both runs of the first seed that differs are traced and compared.
    #[arg(long, value_name = "PROGRAM")]
    by: Option<PathBuf>,
    /// Machine output: one JSON object.
    #[arg(long)]
    json: bool,
}

/// A seed that is not the same in both folders.
struct Differing {
    unit: u64,
    seed: u64,
    one: SeedLine,
    other: SeedLine,
}

/// The first event in which two runs of a seed differ.
struct FirstEvent {
    /// The line of the trace, counted from 1.
    number: u64,
    /// The lines before that both have.
    before: Vec<String>,
    one: String,
    other: String,
}

/// Two folders, compared.
#[derive(Default)]
struct Comparison {
    units: u64,
    seeds: u64,
    differing: Vec<Differing>,
}

/// That both folders are of one campaign, but for the sources of the programs.
fn check_same(one: &CampaignRecord, other: &CampaignRecord) -> Result<(), CommandFailure> {
    // The rules and the version follow from the sources, and two builds may be of two sources. Of the line only the
    // version at its end is left out.
    let run = |record: &CampaignRecord| record.run.split(" --made-by ").next().unwrap_or_default().to_owned();
    let alike = CampaignRecord {
        run: run(other),
        source: one.source.clone(),
        rules: one.rules.clone(),
        double: one.double,
        ..other.clone()
    };
    let first = CampaignRecord { run: run(one), ..one.clone() };
    let said = first.difference(&alike);
    said.map_or(Ok(()), |said| {
        let text = format!("two campaigns are compared that differ in {said} by the second");
        Err(CommandFailure::Usage(text))
    })
}

/// The first sound result of each unit of a folder, by the name of its file.
fn results(folder: &CampaignPlace, record: &CampaignRecord) -> Result<BTreeMap<u64, String>, CommandFailure> {
    let read = Reconciliation::read(record, &**folder, &mut |_| {});
    let read = read.map_err(|error| status::try_again(&format!("{folder}: {error}")))?;
    Ok(read.kept.into_iter().filter_map(|(unit, kept)| Some((unit, kept.into_iter().next()?.name))).collect())
}

/// A result that was read before.
fn again(
    folder: &CampaignPlace,
    record: &CampaignRecord,
    unit: u64,
    name: &str,
) -> Result<UnitResult, CommandFailure> {
    let failed = |said: String| status::try_again(&format!("{folder}/{name}: {said}"));
    let text = folder.get(name).map_err(|error| failed(error.to_string()))?;
    let unit = record.unit(unit).ok_or_else(|| failed("it is the result of no unit".to_owned()))?;
    UnitResult::read(&text.unwrap_or_default(), record, &unit).map_err(|reason| failed(reason.to_string()))
}

fn compare(arguments: &Arguments) -> Result<(CampaignRecord, Comparison), CommandFailure> {
    let (one, other) = (&CampaignPlace::open(&arguments.one)?, &CampaignPlace::open(&arguments.other)?);
    let (record_one, record_other) = (merge::record(one)?, merge::record(other)?);
    check_same(&record_one, &record_other)?;
    let (of_one, of_other) = (results(one, &record_one)?, results(other, &record_other)?);
    // The places of rules mean something in lists that are equal only.
    let covers = record_one.rules == record_other.rules;
    let mut comparison = Comparison::default();
    for (unit, name) in &of_one {
        let Some(their_name) = of_other.get(unit) else { continue };
        comparison.units += 1;
        let ours = again(one, &record_one, *unit, name)?;
        let theirs = again(other, &record_other, *unit, their_name)?;
        for (ours, theirs) in ours.lines.into_iter().zip(theirs.lines) {
            comparison.seeds += 1;
            let key = |line: &SeedLine| SeedLine { coverage: String::new(), ..line.clone() };
            let same = if covers { ours == theirs } else { key(&ours) == key(&theirs) };
            if !same {
                comparison.differing.push(Differing {
                    unit: *unit,
                    seed: ours.seed,
                    one: ours,
                    other: theirs,
                });
            }
        }
    }
    if comparison.units == 0 {
        let text = format!("{one} and {other} have no unit in common");
        return Err(CommandFailure::Usage(text));
    }
    Ok((record_one, comparison))
}

/// Writes the trace of a run down.
fn trace(program: &Path, identity: &str, file: &Path) -> io::Result<()> {
    let options = identity.strip_prefix("claque simulate ").unwrap_or(identity);
    // Through a shell: the line quotes its words for one.
    let script = format!("exec \"$0\" simulate {options} --trace \"$1\"");
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).arg(program).arg(file).stdin(Stdio::null()).stdout(Stdio::null());
    let status = command.stderr(Stdio::null()).status()?;
    // A run that fails is traced as well as any.
    if matches!(status.code(), Some(0 | 1)) {
        return Ok(());
    }
    Err(io::Error::other(format!("{} cannot trace `{identity}`: {status}", program.display())))
}

/// Lines before the first different one that are shown.
const CONTEXT: usize = 4;

/// The first line in which two traces differ.
fn first_event(one: &Path, other: &Path) -> io::Result<Option<FirstEvent>> {
    let lines = |path: &Path| io::Result::Ok(BufReader::new(File::open(path)?).lines());
    let (mut one, mut other) = (lines(one)?, lines(other)?);
    let mut before = VecDeque::new();
    for number in 1.. {
        let (ours, theirs) = (one.next().transpose()?, other.next().transpose()?);
        if ours != theirs {
            let or_end = |line: Option<String>| line.unwrap_or_else(|| "the run has ended".to_owned());
            let before = before.into();
            return Ok(Some(FirstEvent { number, before, one: or_end(ours), other: or_end(theirs) }));
        }
        let Some(both) = ours else { return Ok(None) };
        before.push_back(both);
        if before.len() > CONTEXT {
            before.pop_front();
        }
    }
    Ok(None)
}

/// Traces the seed by both programs; none where their traces are equal.
fn find_event(by: &Path, identity: &str) -> io::Result<Option<FirstEvent>> {
    let folder = std::env::temp_dir().join(format!("claque-verify-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let (one, other) = (folder.join("one.txt"), folder.join("other.txt"));
    let found = std::env::current_exe()
        .and_then(|program| trace(&program, identity, &one))
        .and_then(|()| trace(by, identity, &other))
        .and_then(|()| first_event(&one, &other));
    std::fs::remove_dir_all(&folder)?;
    found
}

pub(super) fn run(arguments: &Arguments) -> Done {
    let (record, comparison) = compare(arguments)?;
    // The seed with the fewest events: its trace is written and read soonest.
    let first = comparison.differing.iter().min_by_key(|it| (it.one.events.min(it.other.events), it.seed));
    let mut event = None;
    if let (Some(first), Some(by)) = (first, &arguments.by) {
        let identity = record.run_of(first.seed);
        let found = find_event(by, &identity);
        event = Some(found.map_err(|error| CommandFailure::Usage(format!("--by: {error}")))?);
    }
    if arguments.json {
        line(&object(&record, &comparison, first, event.as_ref()).to_string());
    } else {
        tell(&record, &comparison, first, event.as_ref());
    }
    if comparison.differing.is_empty() {
        return Ok(());
    }
    let (differing, seeds) = (comparison.differing.len(), comparison.seeds);
    Err(status::found(format!("{differing} of {} differ between the two builds", counted(seeds, "seed"))))
}

fn word(line: &SeedLine) -> String {
    let class = line.class.as_deref().unwrap_or("nothing failed");
    let (users, events) = (counted(line.users, "user"), counted(line.events, "event"));
    format!("hash {}, {users}, {events}, {class}", line.hash)
}

fn tell(
    record: &CampaignRecord,
    comparison: &Comparison,
    first: Option<&Differing>,
    event: Option<&Option<FirstEvent>>,
) {
    line(&format!("units       {} are in both folders", comparison.units));
    line(&format!("seeds       {}, {} differ", comparison.seeds, comparison.differing.len()));
    let Some(Differing { unit, seed, one, other }) = first else { return };
    line(&format!("first       seed {seed} of unit {unit}:"));
    line(&format!("  - {}\n  + {}", word(one), word(other)));
    line(&format!("  {}", record.run_of(*seed)));
    match event {
        None => {
            line("--by PROGRAM, with the program of the second folder, finds the first event that differs");
        }
        Some(None) => {
            line("both programs write the same trace: they differ in single deliveries, or not any more");
        }
        Some(Some(event)) => {
            line(&format!("event       line {} of the trace is the first that differs:", event.number));
            event.before.iter().for_each(|before| line(&format!("    {before}")));
            line(&format!("  - {}\n  + {}", event.one, event.other));
        }
    }
}

fn object(
    record: &CampaignRecord,
    comparison: &Comparison,
    first: Option<&Differing>,
    event: Option<&Option<FirstEvent>>,
) -> Value {
    let event = event.and_then(Option::as_ref).map(|event| {
        json!({ "line": event.number, "before": event.before, "one": event.one, "other": event.other })
    });
    json!({
        "schema": 1,
        "units": comparison.units,
        "seeds": comparison.seeds,
        "differ": comparison.differing.iter().map(|it| it.seed).collect::<Vec<_>>(),
        "first": first.map(|it| json!({
            "unit": it.unit,
            "seed": it.seed,
            "one": it.one,
            "other": it.other,
            "identity": record.run_of(it.seed),
        })),
        "event": event,
    })
}
