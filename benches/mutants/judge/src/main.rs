//! Tries the changes that stand behind switches, and counts who notices.
//!
//! `claque-mutants-judge CHANGES OUT [TEST...]`: CHANGES is what `claque-mutants-make` wrote, OUT gets who noticed each
//! change, each TEST is a program of core's own tests, for what nobody else noticed. `CLAQUE_ONLY` names a file with names of
//! changes, one a line: no others are tried. With `CLAQUE_SEEDS` each change is shown to the suite and to so many seeds of the
//! swarm, whether or not the other has noticed it ([`exam`]).
//!
//! `claque-mutants-judge table OUT` prints the table of such an examination again.

mod exam;
mod parent;
mod trial;
mod worker;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::trial::Bench;
use crate::worker::Judgement;

/// Silence for so long means that a trial hangs, whatever trials take.
const PATIENCE_LEAST: Duration = Duration::from_secs(5);

/// A trial may take so many times as long as the slowest does without any change.
const PATIENCE_FACTOR: u32 = 6;

#[derive(Deserialize)]
struct Listed {
    number: u32,
    name: String,
    fate: String,
    #[serde(default)]
    rules: Vec<String>,
}

/// What became of a change.
#[derive(Serialize)]
struct Row {
    name: String,
    /// The judge and its part that noticed; none: nobody did.
    caught: Option<String>,
    /// How many trials ask for it.
    trials: usize,
}

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    // A change makes many things panic, and each is counted already.
    std::panic::set_hook(Box::new(|_| {}));
    let done = match arguments.as_slice() {
        [word, survey] if word.as_os_str() == "work" => {
            Bench::new(&fixtures()).and_then(|bench| worker::work(&bench, survey))
        }
        [word, survey] if word.as_os_str() == "examine" => {
            Bench::new(&fixtures()).and_then(|bench| exam::work(&bench, survey))
        }
        [word, out] if word.as_os_str() == "table" => {
            read(out).and_then(|text| exam::read(&text)).map(|rows| print!("{}", exam::table(&rows)))
        }
        [changes, out, tests @ ..] => judge(changes, out, tests),
        _ => Err("claque-mutants-judge CHANGES OUT [TEST...]".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(said) => {
            eprintln!("{said}");
            ExitCode::FAILURE
        }
    }
}

/// Read when it runs, not when it is built: a new case is tried without building anything.
fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fixtures")
}

fn judge(changes: &Path, out: &Path, tests: &[PathBuf]) -> Result<(), String> {
    let listed: Vec<Listed> = serde_json::from_str(&read(changes)?).map_err(|error| error.to_string())?;
    let mut fates: BTreeMap<&str, usize> = BTreeMap::new();
    listed.iter().for_each(|change| *fates.entry(change.fate.as_str()).or_default() += 1);
    let only = std::env::var_os("CLAQUE_ONLY").filter(|file| !file.is_empty());
    let only = only.map(|file| read(Path::new(&file))).transpose()?;
    let only: Option<BTreeSet<&str>> = only.as_ref().map(|names| names.lines().collect());
    let wanted = |change: &&Listed| only.as_ref().is_none_or(|only| only.contains(change.name.as_str()));
    let tried: Vec<&Listed> =
        listed.iter().filter(|change| change.fate == "switched").filter(wanted).collect();
    let seeds = std::env::var("CLAQUE_SEEDS").ok().filter(|word| !word.is_empty());
    let seeds: Option<u64> = seeds
        .map(|word| word.parse().map_err(|_| format!("CLAQUE_SEEDS is {word:?}, and not a number of seeds")))
        .transpose()?;
    let bench = Bench::new(&fixtures())?;
    let trials = seeds.map_or_else(|| bench.trials(), |seeds| bench.examination(seeds));
    let survey = worker::survey(&bench, trials)?;
    let slowest = survey.rows.iter().map(|row| row.micros).max().unwrap_or_default();
    let all: u64 = survey.rows.iter().map(|row| row.micros).sum();
    eprintln!("{} trials take {} s, the slowest {} ms", survey.rows.len(), all / 1_000_000, slowest / 1_000);
    let patience = PATIENCE_LEAST.max(Duration::from_micros(slowest) * PATIENCE_FACTOR);
    let notes = out.with_extension("survey.json");
    write(&notes, &survey)?;
    if seeds.is_some() {
        let rows = exam::examine(&survey, &notes, patience, &tried, out)?;
        print!("{}", exam::table(&rows));
        return Ok(());
    }
    let rows = run(&survey, &notes, patience, (&tried, tests), out)?;
    print(&fates, &rows);
    Ok(())
}

fn run(
    survey: &Judgement,
    notes: &Path,
    patience: Duration,
    (tried, tests): (&[&Listed], &[PathBuf]),
    out: &Path,
) -> Result<Vec<Row>, String> {
    let by_change = survey.by_change();
    let numbers: Vec<u32> = tried.iter().map(|change| change.number).collect();
    let mut rows: Vec<Row> = Vec::new();
    let mut file = File::create(out).map_err(|error| format!("{}: {error}", out.display()))?;
    parent::try_all(notes, patience, &numbers, |number, noticed| {
        let caught = match noticed {
            Some(name) => Some(name),
            None => parent::try_tests(tests, patience, number)?,
        };
        let name = tried[rows.len()].name.clone();
        let row = Row { name, caught, trials: by_change.get(&number).map_or(0, Vec::len) };
        let line = serde_json::to_string(&row).map_err(|error| error.to_string())?;
        writeln!(file, "{line}").map_err(|error| error.to_string())?;
        rows.push(row);
        if rows.len().is_multiple_of(100) {
            let caught = rows.iter().filter(|row| row.caught.is_some()).count();
            eprintln!("{} tried, {caught} caught", rows.len());
        }
        Ok(())
    })?;
    Ok(rows)
}

/// The judges, in order, and how their words begin.
const JUDGES: [(&str, &[&str]); 5] = [
    ("cases of the suite", &["conformance::"]),
    ("and the named mutants that the suite must still catch", &["mutant "]),
    ("and the simulator's smoke and swarm", &["smoke, ", "swarm, "]),
    ("and the runs whose hash is written down", &["recorded run "]),
    ("and core's own tests", &["core's"]),
];

fn print(fates: &BTreeMap<&str, usize>, rows: &[Row]) {
    for (fate, count) in fates {
        println!("{count} {fate}");
    }
    println!("\n| judged by | caught | of {} |\n|---|---:|---:|", rows.len());
    let mut caught = 0;
    for (judge, beginnings) in JUDGES {
        let by = |row: &&Row| {
            let word = row.caught.as_deref().unwrap_or_default();
            beginnings.iter().any(|beginning| word.starts_with(beginning))
        };
        caught += rows.iter().filter(by).count();
        let permille = (caught * 1_000 + rows.len() / 2) / rows.len().max(1);
        println!("| {judge} | {caught} | {}.{} % |", permille / 10, permille % 10);
    }
    println!();
    print_kinds(rows);
    // What is held out is counted and never shown: who reads what was missed writes cases for it.
    let missed = rows.iter().filter(|row| row.caught.is_none() && !claque_switch::is_held_out(&row.name));
    println!();
    missed.for_each(|row| println!("missed ({} trials ask for it): {}", row.trials, row.name));
}

/// By kind of mistake, for changes of our own operators: caught by the suite, by anybody; what is held out apart.
fn print_kinds(rows: &[Row]) {
    let kind = |row: &Row| Some(row.name.split_once(" (")?.1.split_once(") in ")?.0.to_owned());
    let mut kinds: BTreeMap<(bool, String), [usize; 3]> = BTreeMap::new();
    for row in rows {
        let Some(kind) = kind(row) else { continue };
        let held_out = claque_switch::is_held_out(&row.name);
        let by_suite = row.caught.as_deref().is_some_and(|word| word.starts_with("conformance::"));
        let counts = [1, usize::from(by_suite), usize::from(row.caught.is_some())];
        for key in [(held_out, kind), (held_out, "all".to_owned())] {
            let into = kinds.entry(key).or_default();
            into.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
    }
    println!("| kind of mistake | held out | changes | caught by cases | caught |\n|---|---|---:|---:|---:|");
    for ((held_out, kind), [all, by_suite, caught]) in kinds {
        println!("| {kind} | {} | {all} | {by_suite} | {caught} |", if held_out { "yes" } else { "no" });
    }
}

fn read(file: &Path) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

fn write(file: &Path, value: &impl Serialize) -> Result<(), String> {
    let text = serde_json::to_string(value).map_err(|error| error.to_string())?;
    std::fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))
}
