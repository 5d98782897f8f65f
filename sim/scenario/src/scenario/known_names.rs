//! The names that parts of a scenario file give and other parts refer to, and the selectors made of them.

use std::cell::Cell;
use std::collections::BTreeMap;

use claque_core::Family;
use claque_document::diagnostic::Diagnostic;
use claque_document::table::{Table, Value};

use super::{AppNumber, GroupNumber, PopulationNumber};

/// Groups that all selectors of a file mean together.
// Ten thousand entries of `group = "all"` in a file of twenty thousand groups would otherwise be eight hundred
// megabytes of group numbers, out of a file of half a megabyte.
const SELECTED_MAX: usize = 4_000_000;

/// The names that other parts of a file refer to.
#[derive(Debug, Default)]
pub(super) struct KnownNames {
    /// Groups that selectors have meant so far.
    // A cell, because the readers of faults and events share the names and count while they read.
    selected: Cell<usize>,
    pub(super) apps: BTreeMap<String, (AppNumber, Family)>,
    pub(super) groups: BTreeMap<String, GroupNumber>,
    populations: BTreeMap<String, PopulationNumber>,
}

impl KnownNames {
    /// An application that clients can be in: of the newer family.
    pub(super) fn live_app(&self, value: &Value<'_>) -> Result<AppNumber, Diagnostic> {
        let word = value.as_text()?;
        let known = self.apps.keys().map(String::as_str);
        match self.apps.get(word) {
            Some((app, Family::Live)) => Ok(*app),
            // CreateMessageApp answers without a key, and the clients of a scenario make their tokens from one.
            Some((_, Family::Old)) => {
                Err(value.refuse(format!("`{word}` is an application of the older family")).help(
                    "no audience is there, and its back ends make its groups: name one of the newer family",
                ))
            }
            None => Err(value.unknown("application", word, known)),
        }
    }

    /// The first application, unless it is none for clients.
    pub(super) fn first_live_app(&self, table: &Table<'_>) -> Result<AppNumber, Diagnostic> {
        let first = self.apps.values().find(|(app, _)| *app == AppNumber(0));
        match first {
            Some((app, Family::Live)) => Ok(*app),
            Some((_, Family::Old)) | None => Err(table
                .refuse("the first application is one of the older family: name the group's own with `app`")),
        }
    }

    pub(super) fn group(&self, value: &Value<'_>) -> Result<GroupNumber, Diagnostic> {
        let word = value.as_text()?;
        self.groups.get(word).copied().ok_or_else(|| value.unknown("group", word, self.group_names()))
    }

    fn group_names(&self) -> impl Iterator<Item = &str> {
        self.groups.keys().map(String::as_str)
    }

    /// Every group, in file order.
    pub(super) fn all_groups(&self) -> Vec<GroupNumber> {
        (0..count(self.groups.len())).map(GroupNumber).collect()
    }

    /// Counts groups that a selector means. `Err`: all selectors together mean too many.
    pub(super) fn select(&self, many: usize) -> Result<(), String> {
        self.selected.set(self.selected.get() + many);
        let most = || format!("populations, faults and events mean more than {SELECTED_MAX} groups together");
        if self.selected.get() > SELECTED_MAX { Err(most()) } else { Ok(()) }
    }

    /// The groups that a selector means, in file order, each once.
    pub(super) fn groups(&self, value: &Value<'_>) -> Result<Vec<GroupNumber>, Diagnostic> {
        let mut selected = Vec::new();
        if value.is_list() {
            let items = value.items()?;
            // Before the items are looked at: each may mean all groups.
            if items.len() > self.groups.len() {
                let (items, groups) = (items.len(), self.groups.len());
                return Err(value.refuse(format!("a list of {items} for the {groups} groups there are")));
            }
            for item in items {
                selected.extend(self.group_range(&item)?);
                // A list may name all groups many times.
                if selected.len() > 2 * self.groups.len() {
                    selected.sort_unstable();
                    selected.dedup();
                }
            }
        } else {
            selected = self.group_range(value)?;
        }
        selected.sort_unstable();
        selected.dedup();
        self.select(selected.len()).map_err(|said| value.refuse(said))?;
        if selected.is_empty() { Err(value.refuse("no group is selected")) } else { Ok(selected) }
    }

    fn group_range(&self, value: &Value<'_>) -> Result<Vec<GroupNumber>, Diagnostic> {
        let word = value.as_text()?;
        if word == "all" {
            return Ok(self.all_groups());
        }
        let end = |name: &str| {
            let known = self.group_names();
            self.groups.get(name).copied().ok_or_else(|| value.unknown("group", name, known))
        };
        // Two dots never stand in a name: those are letters and digits.
        let (from, to) = word.split_once("..").unwrap_or((word, word));
        let (from, to) = (end(from)?, end(to)?);
        if from > to {
            return Err(value.refuse(format!("`{word}` runs downwards")));
        }
        Ok((from.0..=to.0).map(GroupNumber).collect())
    }

    /// Makes a population known.
    pub(super) fn add_population(
        &mut self,
        value: &Value<'_>,
        name: &str,
        number: usize,
    ) -> Result<(), Diagnostic> {
        insert(&mut self.populations, value, name, PopulationNumber(count(number)), "population")
    }

    /// The populations that a selector means, in file order, each once.
    pub(super) fn populations(&self, value: &Value<'_>) -> Result<Vec<PopulationNumber>, Diagnostic> {
        let one = |value: &Value<'_>| {
            let word = value.as_text()?;
            let known = self.populations.keys().map(String::as_str);
            self.populations.get(word).copied().ok_or_else(|| value.unknown("population", word, known))
        };
        let mut selected = if value.is_list() {
            value.items()?.iter().map(one).collect::<Result<Vec<_>, _>>()?
        } else {
            vec![one(value)?]
        };
        selected.sort_unstable();
        selected.dedup();
        if selected.is_empty() { Err(value.refuse("no population is selected")) } else { Ok(selected) }
    }
}

/// Adds a name, unless it is taken.
pub(super) fn insert<N>(
    names: &mut BTreeMap<String, N>,
    value: &Value<'_>,
    name: &str,
    number: N,
    what: &str,
) -> Result<(), Diagnostic> {
    match names.insert(name.to_owned(), number) {
        None => Ok(()),
        Some(_) => Err(value.refuse(format!("there is another {what} `{name}`"))),
    }
}

/// The length of a list as the number type of scenarios.
pub(super) fn count(length: usize) -> u32 {
    u32::try_from(length).expect("no list of a scenario has over four thousand million items")
}
