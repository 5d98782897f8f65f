//! The process in which changes are in force, one after the other.
//!
//! It may hang or die of a change: then its parent starts another. It reads numbers of changes and says, a line each, what
//! it does (`try`) and how it ended (`caught NAME`, `missed`).

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::trial::{Bench, Ending, Trial};

/// What every trial does without any change.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Judgement {
    /// A row a trial.
    pub rows: Vec<JudgedTrial>,
}

/// What a trial does without any change.
#[derive(Debug, Serialize, Deserialize)]
pub struct JudgedTrial {
    /// The trial.
    pub trial: Trial,
    /// What it is called.
    pub name: String,
    /// What it came to.
    pub ending: Ending,
    /// How long it took.
    pub micros: u64,
    /// The rules of a case, by their names in core.
    pub rules: Vec<String>,
    /// The changes that can matter to it.
    pub asked: Vec<u32>,
}

/// Does every trial without any change.
///
/// # Errors
/// When a trial fails: then nothing can be learnt from it.
#[expect(clippy::disallowed_methods, reason = "a stopwatch: the quickest trial goes first")]
pub fn survey(bench: &Bench, trials: Vec<Trial>) -> Result<Judgement, String> {
    let mut survey = Judgement::default();
    for trial in trials {
        let started = Instant::now();
        let (ending, asked) = claque_switch::watch(|| bench.play(&trial));
        let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        let name = bench.name(&trial);
        if !ending.sound {
            return Err(format!("{name} fails without any change"));
        }
        let rules = bench.rules(&trial);
        survey.rows.push(JudgedTrial { trial, name, ending, micros, rules, asked });
    }
    Ok(survey)
}

impl Judgement {
    /// For each change the trials that can notice it: cases before mutants before runs, the quickest of each first.
    pub fn by_change(&self) -> BTreeMap<u32, Vec<&JudgedTrial>> {
        let mut rows: Vec<&JudgedTrial> = self.rows.iter().collect();
        rows.sort_by_key(|row| (stage(&row.trial), row.micros));
        let mut by_change: BTreeMap<u32, Vec<&JudgedTrial>> = BTreeMap::new();
        for row in rows {
            row.asked.iter().for_each(|change| by_change.entry(*change).or_default().push(row));
        }
        by_change
    }
}

/// Which of the judges a trial belongs to.
pub const fn stage(trial: &Trial) -> u8 {
    match trial {
        Trial::Case(_) => 0,
        Trial::Named(_) => 1,
        Trial::Smoke(_) => 2,
        Trial::Swarm(_) => 3,
        Trial::Golden(_) => 4,
    }
}

/// Answers numbers of changes until no more come.
///
/// # Errors
/// When the survey cannot be read, or nobody listens.
pub fn work(bench: &Bench, survey: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(survey).map_err(|error| error.to_string())?;
    let survey: Judgement = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let by_change = survey.by_change();
    let mut out = std::io::stdout();
    let mut say = |line: &str| {
        let said = writeln!(out, "{line}").and_then(|()| out.flush());
        said.map_err(|error| error.to_string())
    };
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| error.to_string())?;
        let change: u32 = line.parse().map_err(|_| format!("{line:?} is no number"))?;
        let mut caught = None;
        for row in by_change.get(&change).into_iter().flatten() {
            // A change that has turns counts them within one trial.
            claque_switch::choose(change);
            say(&format!("try {}", row.name))?;
            if bench.play(&row.trial) != row.ending {
                caught = Some(&row.name);
                break;
            }
        }
        claque_switch::choose(claque_switch::NONE);
        match caught {
            Some(name) => say(&format!("caught {name}"))?,
            None => say("missed")?,
        }
    }
    Ok(())
}
