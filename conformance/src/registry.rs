//! The registry: every documented rule with its sources, and every open point with its reading.
//!
//! The data is `fixtures/`: `sources.toml`, `readings.toml` and one file of rules for each area. [`Registry::embedded`]
//! reads the copy inside the binary, so that a report can be made anywhere; [`Registry::load`] reads a folder.
//! Both refuse a file that contradicts itself, another file, or core: an entry that is read is sound.
//!
//! This module must never judge a service, and holds no behaviour of its own.

mod read;
mod words;

use std::fs;
use std::path::Path;

use claque_core::Rule;
use claque_document::diagnostic::{Diagnostic, nearest};
use xxhash_rust::xxh3::Xxh3;

use crate::file::{WRITTEN_BYTES_MAX, read_text};

pub use words::{Charset, Decided, Kind, Level, Status, Tier};

/// Statements found in the sources, before those that say the same were merged into one rule.
///
/// Unit: statements of the tiers [`Tier::Seed`] and [`Tier::Public`].
pub const RAW_STATEMENTS: [(Tier, u32); 2] = [(Tier::Seed, 112), (Tier::Public, 191)];

macro_rules! areas {
    ($($area:literal)+) => {
        /// The areas of rules, each with the text of its file.
        const AREAS: &[(&str, &str)] = &[
            $(($area, include_str!(concat!("../../fixtures/rules/", $area, ".toml"))),)+
        ];
    };
}

areas! {
    "app" "auth" "callback" "deletion" "error" "group" "history" "legacy" "list" "membership" "message" "moderation"
    "mute" "priority" "quota" "recall" "recovery" "shaper" "statistics" "supergroup" "token" "user" "wire"
}

/// All sources, rules and readings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry {
    sources: Vec<Source>,
    readings: Vec<ReadingEntry>,
    undecided: Vec<UndecidedPoint>,
    rules: Vec<RuleEntry>,
    fingerprint: u64,
}

/// A document or library that rules are taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The short name that citations use.
    pub id: String,
    /// The title of the document.
    pub title: String,
    /// Who published it.
    pub publisher: String,
    /// Where it can be read; absent for documents that are known by title and date only.
    pub url: Option<String>,
    /// The day of its last update, `YYYY-MM-DD`; absent where the document shows none.
    pub date: Option<String>,
    /// The version, for libraries and repositories.
    pub version: Option<String>,
    /// How much it weighs against another.
    pub tier: Tier,
}

/// A place in a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citation {
    /// The id of the [`Source`].
    pub doc: String,
    /// The heading under which the statement stands.
    pub section: Option<String>,
    /// A few words of the source, where the wording matters.
    pub quote: Option<String>,
}

/// A documented number, as a machine reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The number. It belongs to the legal range: one more breaks the rule.
    pub most: u64,
    /// The least legal number, where the documents name one.
    pub least: Option<u64>,
    /// The unit that is counted, such as `bytes`, `members` or `days`.
    pub unit: String,
    /// The constant of `claque_core::limits` that holds [`Bound::most`].
    pub constant: Option<String>,
    /// The constant of `claque_core::limits` that holds [`Bound::least`].
    pub constant_least: Option<String>,
    /// Whether it bounds free text, so that characters of several bytes tell bytes from characters.
    pub text: bool,
    /// The characters that the bounded text may hold, where they are restricted.
    pub charset: Option<Charset>,
}

/// One documented rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleEntry {
    /// The stable id, `area.subject.behaviour`.
    pub id: String,
    /// The rule as code knows it; absent when [`RuleEntry::decided`] is [`Decided::None`].
    pub rule: Option<Rule>,
    /// The sort of statement.
    pub kind: Kind,
    /// How binding it is.
    pub level: Level,
    /// The weightiest of its sources.
    pub tier: Tier,
    /// How directly the sources say it.
    pub status: Status,
    /// Which part of the project decides it.
    pub decided: Decided,
    /// Whether a caller or client can see the rule kept or broken.
    pub observable: bool,
    /// Why it is not observable or not decided by code.
    pub reason: Option<String>,
    /// The statement in plain words.
    pub says: String,
    /// The documented value as people read it.
    pub value: Option<String>,
    /// The documented value as machines read it.
    pub bound: Option<Bound>,
    /// The documented parameters it speaks of.
    pub params: Vec<String>,
    /// The documented operations whose parameters those are.
    pub operations: Vec<String>,
    /// Where it is said.
    pub sources: Vec<Citation>,
    /// The ids of the readings it depends on.
    pub readings: Vec<String>,
    /// The statements of the weightiest sources that were merged into it.
    pub raw_seed: Vec<String>,
    /// The statements of public sources that were merged into it.
    pub raw_public: Vec<String>,
}

/// One open point of the documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadingEntry {
    /// The stable id, such as `shaper.window`.
    pub id: String,
    /// The numbers of the open points it settles, from 1 to 91.
    pub points: Vec<u32>,
    /// The open question.
    pub question: String,
    /// The statement of the documents.
    pub says: String,
    /// Where they say it.
    pub sources: Vec<Citation>,
    /// Whether a run can choose another alternative than the default.
    pub switch: bool,
    /// Why there is no switch.
    pub reason: Option<String>,
    /// The word of the alternative that holds when nothing is chosen.
    pub default: String,
    /// The alternatives, the default first.
    pub alternatives: Vec<Alternative>,
}

/// One answer to an open point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// The word that chooses it.
    pub value: String,
    /// Its meaning.
    pub says: String,
}

/// An open point that touches no behaviour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndecidedPoint {
    /// Its number, from 1 to 91.
    pub point: u32,
    /// Its topic.
    pub topic: String,
    /// Why code has nothing to decide.
    pub reason: String,
}

impl RuleEntry {
    /// The first segment of the id.
    #[must_use]
    pub fn area(&self) -> &str {
        self.id.split_once('.').map_or(self.id.as_str(), |(area, _)| area)
    }
}

impl Registry {
    /// Reads the registry that was compiled in.
    ///
    /// # Errors
    ///
    /// The first fault of a file, with its place.
    pub fn embedded() -> Result<Self, Diagnostic> {
        let mut reader = RegistryReader::new(
            ("sources.toml", include_str!("../../fixtures/sources.toml")),
            ("readings.toml", include_str!("../../fixtures/readings.toml")),
        )?;
        for (area, text) in AREAS {
            reader.area(&format!("rules/{area}.toml"), area, text)?;
        }
        reader.finish()
    }

    /// Reads a registry from a folder that holds `sources.toml`, `readings.toml` and `rules/`.
    ///
    /// # Errors
    ///
    /// The first fault of a file, with its place; or the name of a file that cannot be read.
    pub fn load(root: &Path) -> Result<Self, Diagnostic> {
        let text = |path: &Path| {
            read_text(path, WRITTEN_BYTES_MAX)
                .map_err(|said| Diagnostic::whole(&path.display().to_string(), said))
        };
        let (sources, readings) = (root.join("sources.toml"), root.join("readings.toml"));
        let mut reader = RegistryReader::new(
            (&sources.display().to_string(), &text(&sources)?),
            (&readings.display().to_string(), &text(&readings)?),
        )?;
        let folder = root.join("rules");
        let unreadable =
            |error| Diagnostic::whole(&folder.display().to_string(), format!("cannot be read: {error}"));
        let mut files = Vec::new();
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                files.push(path);
            }
        }
        files.sort();
        for path in files {
            let area = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            reader.area(&path.display().to_string(), &area, &text(&path)?)?;
        }
        reader.finish()
    }

    /// All rules in the order of their ids.
    #[must_use]
    pub fn rules(&self) -> &[RuleEntry] {
        &self.rules
    }

    /// All readings in the order of their ids.
    #[must_use]
    pub fn readings(&self) -> &[ReadingEntry] {
        &self.readings
    }

    /// All sources in the order of the file, the weightiest first.
    #[must_use]
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The open points that touch no behaviour.
    #[must_use]
    pub fn undecided(&self) -> &[UndecidedPoint] {
        &self.undecided
    }

    /// Finds the rule with this id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&RuleEntry> {
        self.rules.binary_search_by(|rule| rule.id.as_str().cmp(id)).ok().and_then(|at| self.rules.get(at))
    }

    /// The entry of a rule that code decides.
    ///
    /// # Panics
    ///
    /// Never on a registry that was read: reading refuses one that lacks a rule of core.
    #[must_use]
    pub fn entry(&self, rule: Rule) -> &RuleEntry {
        self.rule(rule.id()).expect("every rule of core has an entry, which reading the registry checked")
    }

    /// Finds the reading with this id.
    #[must_use]
    pub fn reading(&self, id: &str) -> Option<&ReadingEntry> {
        self.readings
            .binary_search_by(|entry| entry.id.as_str().cmp(id))
            .ok()
            .and_then(|at| self.readings.get(at))
    }

    /// Finds the source with this id.
    #[must_use]
    pub fn source(&self, id: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.id == id)
    }

    /// Finds the id of a rule that looks most like a word nobody knows.
    #[must_use]
    pub fn nearest_rule(&self, word: &str) -> Option<&str> {
        nearest(word, self.rules.iter().map(|rule| rule.id.as_str()))
    }

    /// A number that changes whenever a file of the registry does; reports carry it.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }
}

/// A registry in the making: sources and readings first, because rules refer to them.
struct RegistryReader {
    made: Registry,
    hash: Xxh3,
}

impl RegistryReader {
    fn new(sources: (&str, &str), readings: (&str, &str)) -> Result<Self, Diagnostic> {
        let mut hash = Xxh3::new();
        hash.update(sources.1.as_bytes());
        hash.update(readings.1.as_bytes());
        let sources = read::sources(sources.0, sources.1)?;
        let (readings, undecided) = read::readings(readings.0, readings.1, &sources)?;
        let made = Registry { sources, readings, undecided, rules: Vec::new(), fingerprint: 0 };
        Ok(Self { made, hash })
    }

    fn area(&mut self, file: &str, area: &str, text: &str) -> Result<(), Diagnostic> {
        self.hash.update(text.as_bytes());
        let rules = read::rules(file, area, text, &self.made)?;
        self.made.rules.extend(rules);
        Ok(())
    }

    fn finish(mut self) -> Result<Registry, Diagnostic> {
        self.made.rules.sort_by(|a, b| a.id.cmp(&b.id));
        self.made.fingerprint = self.hash.digest();
        match Rule::ALL.iter().find(|rule| self.made.rule(rule.id()).is_none()) {
            Some(rule) => Err(Diagnostic::whole(
                &format!("rules/{}.toml", rule.area()),
                format!("no entry for the rule {rule}, which code decides"),
            )),
            None => Ok(self.made),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Registry, RegistryReader, read};

    const SOURCES: &str = "[[source]]\nid = \"page\"\ntitle = \"A page\"\npublisher = \"P\"\ndate = \"2026-01-21\"\ntier = \"seed\"\n";

    fn rule(change: (&str, &str)) -> String {
        let entry = "[[rule]]\nid = \"group.name.bytes\"\nkind = \"limit\"\nlevel = \"must\"\ntier = \"seed\"\n\
            status = \"stated\"\ndecided = \"core\"\nobservable = true\nsays = \"A name has at most 128 bytes.\"\n\
            value = \"128 bytes\"\nbound = 128\nunit = \"bytes\"\nsources = [{ doc = \"page\" }]\nraw-seed = []\n";
        assert!(entry.contains(change.0), "the entry holds {}", change.0);
        entry.replacen(change.0, change.1, 1)
    }

    /// Reads one rule into an otherwise empty registry and gives the complaint as text.
    fn complaint(change: (&str, &str)) -> String {
        let sources = read::sources("sources.toml", SOURCES).unwrap();
        let registry = Registry {
            sources,
            readings: Vec::new(),
            undecided: Vec::new(),
            rules: Vec::new(),
            fingerprint: 0,
        };
        match read::rules("group.toml", "group", &rule(change), &registry) {
            Ok(_) => String::new(),
            Err(fault) => fault.to_string(),
        }
    }

    #[test]
    fn an_entry_of_this_form_is_sound() {
        assert_eq!(complaint(("must", "must")), "");
    }

    #[test]
    fn faults_name_their_place_and_word() {
        let said = complaint(("kind = \"limit\"", "kind = \"limits\""));
        assert!(
            said.contains("group.toml:3:8")
                && said.contains("limits")
                && said.contains("did you mean `limit`"),
            "{said}"
        );
        let said = complaint(("doc = \"page\"", "doc = \"pages\""));
        assert!(said.contains("group.toml:13:20") && said.contains("unknown source `pages`"), "{said}");
        let said = complaint(("observable", "observabel"));
        assert!(said.contains("group.toml:8:1") && said.contains("observable"), "{said}");
    }

    #[test]
    fn entries_that_contradict_core_are_refused() {
        assert!(complaint(("group.name.bytes", "group.name.bites")).contains("core has no rule of this id"));
        assert!(complaint(("group.name.bytes", "message.body.bytes")).contains("`group.subject.behaviour`"));
        assert!(complaint(("\"core\"", "\"none\"")).contains("core has this rule"));
        assert!(complaint(("bound = 128\nunit = \"bytes\"\n", "")).contains("a limit needs its `bound`"));
        assert!(complaint(("observable = true", "observable = false")).contains("has a reason"));
        assert!(complaint(("[{ doc = \"page\" }]", "[]")).contains("at least one source"));
        assert!(
            complaint(("raw-", "readings = [\"shaper.windo\"]\nraw-"))
                .contains("unknown reading `shaper.windo`")
        );
    }

    #[test]
    fn an_incomplete_registry_names_what_is_missing() {
        let readings = include_str!("../../fixtures/readings.toml");
        let reader = RegistryReader::new(
            ("sources.toml", include_str!("../../fixtures/sources.toml")),
            ("readings.toml", readings),
        );
        let fault = reader.unwrap_or_else(|fault| panic!("{fault}")).finish().unwrap_err();
        assert!(fault.to_string().contains("no entry for the rule app."), "{fault}");
    }

    #[test]
    fn nearest_ids_help_with_a_slip() {
        let registry = Registry::embedded().unwrap_or_else(|fault| panic!("{fault}"));
        assert_eq!(registry.nearest_rule("shaper.budget.per-secnd"), Some("shaper.budget.per-second"));
    }
}
