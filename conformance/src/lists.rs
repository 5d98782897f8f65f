//! A subject's own lists: cases that are known to fail, known to be flaky, or skipped, each entry with a reason.
//!
//! A list never hides anything. A case that is known to fail is run, and must fail: once it passes, the entry is
//! stale and the run is bad until the entry is gone. An entry that means no case is refused when the lists are read.
//! `fixtures/README.md` specifies the format.

use std::collections::BTreeMap;

use claque_document::diagnostic::{Diagnostic, nearest};
use claque_document::table::{Table, Value, read};

use crate::case::Case;
use crate::suite::Suite;
use crate::verdict::Verdict;

/// Most attempts that a flaky case gets.
const ATTEMPTS_MAX: i64 = 20;
/// Attempts that a flaky case gets when its entry does not say.
const ATTEMPTS: u32 = 3;

/// The three lists of a subject.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    file: String,
    entries: Vec<Entry>,
    /// Entries by the test name of each case that they mean.
    of: BTreeMap<String, usize>,
}

/// Which list an entry stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum List {
    /// The case is run and must fail.
    KnownFailing,
    /// The case is run several times, and may fail every time.
    KnownFlaky,
    /// The case is not run.
    Skipped,
}

impl List {
    /// The lists, with the keys of their tables.
    pub const ALL: [Self; 3] = [Self::KnownFailing, Self::KnownFlaky, Self::Skipped];

    /// The key of its tables in the file, and the word that reports use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::KnownFailing => "known-failing",
            Self::KnownFlaky => "known-flaky",
            Self::Skipped => "skipped",
        }
    }
}

/// One entry of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The list.
    pub list: List,
    /// Names or patterns of cases: `area::name`, where `*` stands for any characters.
    pub cases: Vec<String>,
    /// Why it is there.
    pub reason: String,
    /// Where the reason is followed up: an address or a ticket.
    pub issue: Option<String>,
    /// How often a flaky case is tried before it counts as failed.
    pub attempts: u32,
}

impl Entry {
    /// The reason, and where it is followed up.
    #[must_use]
    pub fn why(&self) -> String {
        match &self.issue {
            Some(issue) => format!("{} ({issue})", self.reason),
            None => self.reason.clone(),
        }
    }

    /// The verdict under this entry.
    ///
    /// Not being able to judge counts as failing, and so does an operation that is not offered; a case that the
    /// subject's capabilities rule out stays so.
    #[must_use]
    pub fn judge(&self, verdict: Verdict) -> Verdict {
        let failed = matches!(verdict, Verdict::Fail(_) | Verdict::Error(_) | Verdict::Unimplemented(_));
        let passed = matches!(verdict, Verdict::Pass | Verdict::PassLenient(_));
        match self.list {
            List::KnownFailing if failed => Verdict::KnownFailing(self.why()),
            List::KnownFailing if passed => Verdict::Stale(self.why()),
            List::KnownFlaky if failed => Verdict::KnownFlaky(self.why()),
            List::Skipped => Verdict::Skipped(self.why()),
            List::KnownFailing | List::KnownFlaky => verdict,
        }
    }
}

impl Lists {
    /// Reads lists; every entry must mean at least one case of the suite, and a case may stand in one entry only.
    ///
    /// # Errors
    /// The first complaint, at its place in the file.
    pub fn read(file: &str, text: &str, suite: &Suite) -> Result<Self, Diagnostic> {
        read(file, text, |table| {
            let mut made = Self { file: file.to_owned(), ..Self::default() };
            for list in List::ALL {
                for entry in table.tables(list.word())? {
                    made.add(list, &entry, suite)?;
                    entry.finish()?;
                }
            }
            Ok(made)
        })
    }

    /// The file that the lists were read from; empty for none.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Every entry, in the order of the lists.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry that means a case.
    #[must_use]
    pub fn entry(&self, case: &Case) -> Option<&Entry> {
        self.of.get(&case.test_name()).and_then(|at| self.entries.get(*at))
    }

    fn add(&mut self, list: List, table: &Table<'_>, suite: &Suite) -> Result<(), Diagnostic> {
        let reason = table.need_value("reason")?;
        if reason.as_text()?.trim().len() < 3 {
            return Err(reason.refuse("an entry says why it is there"));
        }
        let attempts = match (list, table.value("attempts")) {
            (_, None) => ATTEMPTS,
            (List::KnownFlaky, Some(value)) => {
                u32::try_from(value.as_integer(1, ATTEMPTS_MAX)?).expect("bounds were checked")
            }
            (List::KnownFailing | List::Skipped, Some(value)) => {
                return Err(value.refuse("only a flaky case has several attempts"));
            }
        };
        let named = table.need_value("cases")?;
        let patterns = named.items()?;
        if patterns.is_empty() {
            return Err(named.refuse("an entry means at least one case"));
        }
        let mut entry = Entry {
            list,
            cases: Vec::new(),
            reason: reason.as_text()?.to_owned(),
            issue: table.find("issue")?,
            attempts,
        };
        for pattern in &patterns {
            self.claim(pattern, suite)?;
            entry.cases.push(pattern.as_text()?.to_owned());
        }
        self.entries.push(entry);
        Ok(())
    }

    /// Takes the cases of a pattern for the entry that is being read.
    fn claim(&mut self, value: &Value<'_>, suite: &Suite) -> Result<(), Diagnostic> {
        let pattern = value.as_text()?;
        let position = self.entries.len();
        let mut meant = 0;
        for case in suite.cases.iter().filter(|case| means(pattern, case)) {
            meant += 1;
            let before = self.of.insert(case.test_name(), position);
            let Some(before) = before.filter(|before| *before != position) else { continue };
            let other = self.entries.get(before).map_or("this list", |entry| entry.list.word());
            let name = case.test_name();
            return Err(value.refuse(format!("{name} stands in {other} already: a case stands in one entry")));
        }
        if meant > 0 { Ok(()) } else { Err(unknown_case(value, pattern, suite)) }
    }
}

fn unknown_case(value: &Value<'_>, pattern: &str, suite: &Suite) -> Diagnostic {
    let names: Vec<String> = suite.cases.iter().map(short_name).collect();
    let bare = pattern.strip_prefix(PREFIX).unwrap_or(pattern);
    let what = if pattern.contains('*') { "no case fits" } else { "no case is called" };
    let made = value.refuse(format!("{what} `{pattern}`")).word(pattern);
    match nearest(bare, names.iter().map(String::as_str)) {
        Some(near) => made.help(format!("did you mean `{near}`? `claque conform --list` names all")),
        None => made.help("a case is called `area::name`; `claque conform --list` names all"),
    }
}

/// The first segment of the names of tests.
const PREFIX: &str = "conformance::";

/// The name of a case without what all names begin with.
fn short_name(case: &Case) -> String {
    format!("{}::{}", case.area, case.name)
}

/// Whether a pattern means a case.
fn means(pattern: &str, case: &Case) -> bool {
    fits(pattern.strip_prefix(PREFIX).unwrap_or(pattern), &short_name(case))
}

/// Whether a text fits a pattern in which `*` stands for any characters.
///
/// Work: the length of the text times the number of stars.
#[must_use]
pub fn fits(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut rest) = text.strip_prefix(head) else { return false };
    let mut parts: Vec<&str> = tail.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

#[cfg(test)]
#[path = "lists_tests.rs"]
mod tests;
