//! What of a campaign is there: what is missing, void or contradictory, and what is still to be run twice.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::record::CampaignRecord;
use super::result::{BuildId, UnitResult, VoidReason};
use super::store::{ResultStore, UNITS, VOID, unit_of_name};

/// A result that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The name of its file.
    pub name: String,
    /// Its digest.
    pub digest: String,
    /// What built the program that ran it.
    pub build: BuildId,
    /// The machine that ran it.
    pub place: String,
}

/// Every file of a campaign's folder, held to the campaign.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciliation {
    /// How many units the campaign has.
    pub units: u64,
    /// The sound results, by unit.
    pub kept: BTreeMap<u64, Vec<Kept>>,
    /// Files that are not the result that their name says, and why, by unit.
    pub void: BTreeMap<u64, Vec<(String, VoidReason)>>,
    /// Names that no unit of the campaign has.
    pub others: Vec<String>,
    /// Units whose canary was not found, and how often. They were kept apart, and may have been run again since.
    pub blind: BTreeMap<u64, u64>,
    /// Units that are to be run by two machines, and have been run by one.
    pub single: Vec<u64>,
}

impl Reconciliation {
    /// Reads everything that a store has of a campaign. `visit` is given the first sound result of each unit, in order.
    ///
    /// Work: one listing, and each file is read once. Memory: some words for each file.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub fn read(
        record: &CampaignRecord,
        store: &dyn ResultStore,
        visit: &mut dyn FnMut(&UnitResult),
    ) -> io::Result<Self> {
        let mut whole = Self { units: record.units(), ..Self::default() };
        let mut names = store.list(UNITS)?;
        // Stores list in whatever order they like.
        names.sort();
        for name in names {
            let unit = unit_of_name(&name).and_then(|number| record.unit(number));
            let Some(unit) = unit else {
                whole.others.push(name);
                continue;
            };
            let text = match store.get(&name) {
                Ok(text) => text.unwrap_or_default(),
                // A file of bytes that are no text: what is wrong with it is the file, not the store.
                Err(error) if error.kind() == io::ErrorKind::InvalidData => String::new(),
                Err(error) => return Err(error),
            };
            match UnitResult::read(&text, record, &unit) {
                Ok(result) => {
                    let kept = whole.kept.entry(unit.number).or_default();
                    if kept.is_empty() {
                        visit(&result);
                    }
                    let trailer = result.trailer;
                    kept.push(Kept {
                        name,
                        digest: trailer.digest,
                        build: trailer.build,
                        place: trailer.place,
                    });
                }
                Err(reason) => whole.void.entry(unit.number).or_default().push((name, reason)),
            }
        }
        for unit in store.list(VOID)?.iter().filter_map(|name| unit_of_name(name)) {
            *whole.blind.entry(unit).or_default() += 1;
        }
        let doubles = record.doubles();
        let single = |(unit, kept): &(&u64, &Vec<Kept>)| kept.len() == 1 && doubles(**unit);
        whole.single = whole.kept.iter().filter(single).map(|(unit, _)| *unit).collect();
        Ok(whole)
    }

    /// Units without any file.
    #[must_use]
    pub fn missing(&self) -> Vec<u64> {
        (0..self.units)
            .filter(|unit| !self.kept.contains_key(unit) && !self.void.contains_key(unit))
            .collect()
    }

    /// Units that have files, and no sound one.
    #[must_use]
    pub fn spoilt(&self) -> Vec<u64> {
        self.void.keys().filter(|unit| !self.kept.contains_key(unit)).copied().collect()
    }

    /// Units whose sound results differ: two machines or builds disagree about what a seed does.
    #[must_use]
    pub fn contradictory(&self) -> Vec<u64> {
        let differ = |kept: &Vec<Kept>| kept.iter().any(|one| one.digest != kept[0].digest);
        self.kept.iter().filter(|(_, kept)| differ(kept)).map(|(unit, _)| *unit).collect()
    }

    /// How many units have results that differ in something, such as what built the program.
    pub fn of_two<T: Ord>(&self, what: impl Fn(&Kept) -> &T) -> usize {
        let two = |kept: &&Vec<Kept>| kept.iter().map(&what).collect::<BTreeSet<_>>().len() > 1;
        self.kept.values().filter(two).count()
    }

    /// Whether every unit has a sound result, and as many as it should, and none contradicts another.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.kept.len() == usize::try_from(self.units).unwrap_or(usize::MAX)
            && self.single.is_empty()
            && self.contradictory().is_empty()
    }
}

/// Numbers as ranges, such as `3..5,9..10`: what `--units` takes.
#[must_use]
pub fn ranges(numbers: &[u64]) -> String {
    let mut parts: Vec<(u64, u64)> = Vec::new();
    for number in numbers {
        match parts.last_mut() {
            Some((_, end)) if *end == *number => *end += 1,
            Some(_) | None => parts.push((*number, number + 1)),
        }
    }
    let words: Vec<String> = parts.iter().map(|(first, end)| format!("{first}..{end}")).collect();
    words.join(",")
}
