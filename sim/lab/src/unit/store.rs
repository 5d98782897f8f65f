//! Where results are kept: names, and the few things that a store must be able to do.

use std::io;

use super::record::{CampaignRecord, CampaignUnit};
use super::result::UnitResult;

/// The name of the campaign's record.
pub const RECORD: &str = "campaign.json";
/// The folder of results.
pub const UNITS: &str = "units";
/// The folder of results whose canary was not found. Nothing is counted of them.
pub const VOID: &str = "void";

/// A place where files are kept under names, for all machines of a campaign. Nothing is ever changed or taken away: a
/// store that gives an old listing, or none of what was just written, costs a unit that is run twice.
pub trait ResultStore: Send + Sync {
    /// The names of the files in a folder, in any order; none where there is no such folder.
    ///
    /// # Errors
    ///
    /// What the store says.
    fn list(&self, folder: &str) -> io::Result<Vec<String>>;

    /// The text of a file; none where there is no such file.
    ///
    /// # Errors
    ///
    /// What the store says; that the file is no text.
    fn get(&self, name: &str) -> io::Result<Option<String>>;

    /// Writes a file as a whole, unless there is one of that name; whether it did. Once it has, the file outlives a crash
    /// of the machine, and nobody ever sees a part of it.
    ///
    /// # Errors
    ///
    /// What the store says.
    fn put_new(&self, name: &str, text: &str) -> io::Result<bool>;

    /// How many files were begun and never finished: of processes at work, or of such as were killed. None in a store that
    /// shows whole files only.
    fn count_unfinished(&self) -> usize {
        0
    }
}

/// The name of a result: the unit's number, and which result of it this is, counted from 1.
#[must_use]
pub fn unit_name(folder: &str, unit: u64, result: u32) -> String {
    // Ten digits: names sort as numbers do, in every tool that lists them.
    format!("{folder}/{unit:010}.{result}.jsonl")
}

/// The unit that a name says it is the result of.
#[must_use]
pub fn unit_of_name(name: &str) -> Option<u64> {
    let file = name.rsplit('/').next()?;
    let (unit, result) = file.strip_suffix(".jsonl")?.split_once('.')?;
    let unit: u64 = unit.parse().ok()?;
    let result: u32 = result.parse().ok()?;
    // Only as it is written: a copy that somebody made is another file.
    (name.ends_with(&unit_name("", unit, result)) && result > 0).then_some(unit)
}

/// Most results of one unit.
const RESULTS_MAX: u32 = 1_000;

/// Keeps the result of a unit, and says under which name; none where an equal result is there already and no other is
/// asked for.
///
/// # Errors
///
/// What the store says.
pub fn keep(
    store: &dyn ResultStore,
    record: &CampaignRecord,
    unit: &CampaignUnit,
    result: &UnitResult,
    again: bool,
) -> io::Result<Option<String>> {
    let text = result.to_text(record, unit);
    for number in 1..=RESULTS_MAX {
        let name = unit_name(UNITS, unit.number, number);
        if store.put_new(&name, &text)? {
            return Ok(Some(name));
        }
        // Somebody else was quicker. An equal result says nothing new; one that differs stands beside it, or nobody
        // would ever see that two machines disagree.
        let there = store.get(&name)?.unwrap_or_default();
        let equal = UnitResult::read(&there, record, unit)
            .is_ok_and(|there| there.trailer.digest == result.trailer.digest);
        if equal && !again {
            return Ok(None);
        }
    }
    Err(io::Error::other(format!("unit {} has {RESULTS_MAX} results already", unit.number)))
}

/// Keeps a result whose canary was not found, apart from the others, and says under which name.
///
/// # Errors
///
/// What the store says.
pub fn keep_void(
    store: &dyn ResultStore,
    record: &CampaignRecord,
    unit: &CampaignUnit,
    result: &UnitResult,
) -> io::Result<String> {
    let text = result.to_text(record, unit);
    for number in 1..=RESULTS_MAX {
        let name = unit_name(VOID, unit.number, number);
        if store.put_new(&name, &text)? {
            return Ok(name);
        }
    }
    Err(io::Error::other(format!("unit {} was void {RESULTS_MAX} times already", unit.number)))
}
