//! An examination: each change is shown to the suite and to a campaign, whether or not the other has noticed it.
//!
//! A case notices by failing. A transcript that differs while every expectation is met is counted apart: it says that something
//! changed, not that a rule was broken. *Under its own rule* means that the failing case belongs to a rule, or the failing run
//! names a rule, that the changed function names too; most functions of wire name none.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Listed;
use crate::parent::{Said, Worker};
use crate::trial::{Bench, Trial};
use crate::worker::{JudgedTrial, Judgement};

/// What a worker is asked.
#[derive(Debug, Serialize, Deserialize)]
struct Question {
    number: u32,
    rules: Vec<String>,
    /// Not where the suite has hung or died of the change already.
    suite: bool,
}

/// What a worker says, a line each.
#[derive(Debug, Serialize, Deserialize)]
enum Reply {
    /// It begins a trial; the parent learns of what the worker died.
    Trying { name: String, swarm: bool },
    /// All expectations are met, and the transcript is another.
    Transcript(String),
    /// A case fails.
    Case(Noticed),
    /// A run of the swarm fails.
    Seed(Noticed),
    /// There is nothing more to try.
    End,
}

/// Who noticed, and the rules that this is about.
#[derive(Debug, Serialize, Deserialize)]
pub struct Noticed {
    /// The case or the seed.
    pub by: String,
    /// By their names in core; none for a run that hangs, or breaks an invariant alone.
    pub rules: Vec<String>,
}

/// What became of a change.
#[derive(Debug, Serialize, Deserialize)]
pub struct Examined {
    /// The change.
    pub name: String,
    /// The rules that its function names.
    pub rules: Vec<String>,
    /// How many trials run the changed place.
    pub trials: usize,
    /// The case that failed.
    pub case: Option<Noticed>,
    /// The case whose transcript differed, where none failed.
    pub transcript: Option<String>,
    /// The first seed that failed.
    pub seed: Option<Noticed>,
}

impl Examined {
    /// Whether one of its own rules is among those of `noticed`.
    pub fn is_right(&self, noticed: &Noticed) -> bool {
        noticed.rules.iter().any(|rule| self.rules.contains(rule))
    }
}

/// Answers questions until no more come.
///
/// # Errors
/// When the survey cannot be read, or nobody listens.
pub fn work(bench: &Bench, survey: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(survey).map_err(|error| error.to_string())?;
    let survey: Judgement = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let by_change = survey.by_change();
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| error.to_string())?;
        let question: Question = serde_json::from_str(&line).map_err(|error| error.to_string())?;
        let rows = by_change.get(&question.number).map_or(&[][..], Vec::as_slice);
        if question.suite {
            examine_suite(bench, &question, rows)?;
        }
        examine_swarm(bench, &question, rows)?;
        claque_switch::choose(claque_switch::NONE);
        say(&Reply::End)?;
    }
    Ok(())
}

fn say(reply: &Reply) -> Result<(), String> {
    let line = serde_json::to_string(reply).map_err(|error| error.to_string())?;
    let mut out = std::io::stdout();
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(|error| error.to_string())
}

fn examine_suite(bench: &Bench, question: &Question, rows: &[&JudgedTrial]) -> Result<(), String> {
    let is_own = |row: &JudgedTrial| row.rules.iter().any(|rule| question.rules.contains(rule));
    let cases = || rows.iter().filter(|row| matches!(row.trial, Trial::Case(_)));
    // Cases of the changed function's rules first: whether one of them fails is asked too.
    let own = cases().filter(|row| is_own(row));
    let mut transcript = None;
    for row in own.chain(cases().filter(|row| !is_own(row))) {
        // A change that has turns counts them within one trial.
        claque_switch::choose(question.number);
        say(&Reply::Trying { name: row.name.clone(), swarm: false })?;
        let ending = bench.play(&row.trial);
        if !ending.sound {
            return say(&Reply::Case(Noticed { by: row.name.clone(), rules: row.rules.clone() }));
        }
        if ending != row.ending && transcript.is_none() {
            transcript = Some(row.name.clone());
        }
    }
    transcript.map_or(Ok(()), |name| say(&Reply::Transcript(name)))
}

fn examine_swarm(bench: &Bench, question: &Question, rows: &[&JudgedTrial]) -> Result<(), String> {
    let seeds = rows.iter().filter_map(|row| match row.trial {
        Trial::Swarm(seed) => Some((seed, row)),
        Trial::Case(_) | Trial::Named(_) | Trial::Smoke(_) | Trial::Golden(_) => None,
    });
    let mut seeds: Vec<(u64, &&JudgedTrial)> = seeds.collect();
    seeds.sort_by_key(|(seed, _)| *seed);
    for (seed, row) in seeds {
        claque_switch::choose(question.number);
        say(&Reply::Trying { name: row.name.clone(), swarm: true })?;
        if let Some(rule) = bench.run_swarm(seed) {
            return say(&Reply::Seed(Noticed { by: row.name.clone(), rules: rule.into_iter().collect() }));
        }
    }
    Ok(())
}

/// Shows every change to both, and writes a line for each into `out`.
///
/// # Errors
/// When no worker can be started, or `out` cannot be written.
pub fn examine(
    survey: &Judgement,
    notes: &Path,
    patience: Duration,
    tried: &[&Listed],
    out: &Path,
) -> Result<Vec<Examined>, String> {
    let by_change = survey.by_change();
    let mut file = File::create(out).map_err(|error| format!("{}: {error}", out.display()))?;
    let mut worker = Worker::start("examine", notes)?;
    let mut rows = Vec::new();
    for change in tried {
        let trials = by_change.get(&change.number).map_or(0, Vec::len);
        let row = Examined {
            name: change.name.clone(),
            rules: change.rules.clone(),
            trials,
            case: None,
            transcript: None,
            seed: None,
        };
        let (row, next) = examine_one(worker, notes, patience, change.number, row)?;
        worker = next;
        let line = serde_json::to_string(&row).map_err(|error| error.to_string())?;
        writeln!(file, "{line}").map_err(|error| error.to_string())?;
        rows.push(row);
        if rows.len().is_multiple_of(50) {
            eprintln!("{} of {} tried", rows.len(), tried.len());
        }
    }
    worker.end();
    Ok(rows)
}

fn examine_one(
    mut worker: Worker,
    notes: &Path,
    patience: Duration,
    number: u32,
    mut row: Examined,
) -> Result<(Examined, Worker), String> {
    let ask = |worker: &mut Worker, suite| {
        let question = Question { number, rules: row.rules.clone(), suite };
        worker.ask(&serde_json::to_string(&question).map_err(|error| error.to_string())?)
    };
    ask(&mut worker, true)?;
    let mut doing = ("nothing".to_owned(), false);
    loop {
        let line = match worker.listen(patience) {
            Said::Line(line) => line,
            Said::Nothing(how) => {
                worker.end();
                worker = Worker::start("examine", notes)?;
                let noticed = Noticed { by: format!("{} {how}", doing.0), rules: Vec::new() };
                if doing.1 {
                    row.seed = Some(noticed);
                    return Ok((row, worker));
                }
                ask(&mut worker, false)?;
                row.case = Some(noticed);
                doing.1 = true;
                continue;
            }
        };
        match serde_json::from_str(&line).map_err(|error| format!("{line}: {error}"))? {
            Reply::Trying { name, swarm } => doing = (name, swarm),
            Reply::Transcript(name) => row.transcript = Some(name),
            Reply::Case(noticed) => row.case = Some(noticed),
            Reply::Seed(noticed) => row.seed = Some(noticed),
            Reply::End => return Ok((row, worker)),
        }
    }
}

/// The table of what was noticed, by kind of mistake, with what is held out apart.
pub fn table(rows: &[Examined]) -> String {
    let mut kinds: BTreeMap<(bool, &str), [usize; 8]> = BTreeMap::new();
    for row in rows {
        let kind = row.name.split_once(" (").and_then(|(_, rest)| rest.split_once(") in "));
        let kind = kind.map_or("no kind", |(kind, _)| kind);
        let right = |noticed: &Option<Noticed>| noticed.as_ref().is_some_and(|noticed| row.is_right(noticed));
        let (case, seed) = (row.case.is_some(), row.seed.is_some());
        let named = !row.rules.is_empty() && (case || seed);
        let counts = [
            true,
            case,
            !case && row.transcript.is_some(),
            seed,
            case || seed,
            named,
            named && (right(&row.case) || right(&row.seed)),
            row.trials == 0,
        ];
        let held_out = claque_switch::is_held_out(&row.name);
        for key in [(held_out, kind), (held_out, "~ all")] {
            let into = kinds.entry(key).or_default();
            into.iter_mut().zip(counts).for_each(|(sum, count)| *sum += usize::from(count));
        }
    }
    let mut text = String::from(
        "| kind of mistake | held out | changes | a case fails | only a transcript differs | a seed fails | \
         case or seed | under its own rule | nobody runs it |\n|---|---|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for ((held_out, kind), counts) in kinds {
        let [all, case, transcript, seed, either, named, right, unreached] = counts;
        let (held_out, kind) = (if held_out { "yes" } else { "no" }, kind.trim_start_matches("~ "));
        text.push_str(&format!(
            "| {kind} | {held_out} | {all} | {case} | {transcript} | {seed} | {either} | {right} of {named} | {unreached} |\n"
        ));
    }
    text
}

/// Reads what [`examine`] wrote.
///
/// # Errors
/// What is wrong with it.
pub fn read(text: &str) -> Result<Vec<Examined>, String> {
    text.lines().map(|line| serde_json::from_str(line).map_err(|error| format!("{line}: {error}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::{read, table};

    #[test]
    fn a_table_counts_by_kind_and_holds_a_tenth_apart() {
        let line = |nth: u32, case: &str| {
            format!(
                r#"{{"name":"core/src/a.rs:1:1: one more (boundary) in f{nth}: 2","rules":["Ab"],"trials":3,"case":{case},"transcript":null,"seed":null}}"#
            )
        };
        let caught = r#"{"by":"conformance::a","rules":["Ab"]}"#;
        let lines: Vec<String> =
            (0..100).map(|nth| line(nth, if nth < 50 { caught } else { "null" })).collect();
        let rows = read(&lines.join("\n")).expect("it reads");
        let held_out = rows.iter().filter(|row| claque_switch::is_held_out(&row.name)).count();
        let text = table(&rows);
        assert!(text.contains(&format!("| boundary | no | {} |", 100 - held_out)), "{text}");
        assert!(text.contains(&format!("| boundary | yes | {held_out} |")), "{text}");
        let right = rows.iter().filter(|row| row.case.as_ref().is_some_and(|noticed| row.is_right(noticed)));
        assert_eq!(right.count(), 50);
    }
}
