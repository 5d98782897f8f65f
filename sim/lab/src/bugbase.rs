//! The bug base: what was found once and must not come back.
//!
//! A bug is a folder. `bug.toml` says what it is, `plan.toml` is the scenario as the seed had drawn it when the bug was
//! found, `shrunk.toml` the shrunk one, `trace.txt` the last lines of the shrunk run. A bug that is a mutant names it:
//! with the mutant both runs must fail under the rule, without it the shrunk one must pass. Any other bug has been
//! mended: its run must pass.
//!
//! | key of `bug.toml` | value |
//! |---|---|
//! | `says` | one sentence |
//! | `found` | the identity line of the run that found it |
//! | `plan-seed` | the seed of the run that found it |
//! | `seed` | the seed of the shrunk run |
//! | `plan-forks`, `forks` | the forks of the two runs, each `MOMENT=SEED`; left away where there are none |
//! | `mutant` | the mutant, when the bug is one |
//! | `breaks` | the rule's id, or `invariant`, or `panic` |
//! | `[[history]]` | `version`, `commit`, `verdict`: what which version made of it, the oldest first |

use std::ops::ControlFlow;

use claque_core::Mutant;
use claque_document::diagnostic::Diagnostic;
use claque_document::table::{Table, Value, quote, read};
use claque_scenario::Scenario;
use claque_scenario::identity::{Fork, VERSION, forks_in_order};

use claque_scenario::plan::Plan;
use claque_sim::run::{QueueKind, RunOptions};

use crate::campaign::{FailureClass, end_of};
use crate::shrink::{Shrunk, shrink};
use crate::transcript::{Lines, transcript};

/// Lines of the trace that a bug keeps.
const WINDOW: usize = 60;

/// A bug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bug {
    /// The name of its folder: lower-case letters, digits and hyphens.
    pub id: String,
    /// One sentence about it.
    pub says: String,
    /// The identity line of the run that found it.
    pub found: String,
    /// The seed of the run that found it.
    pub plan_seed: u64,
    /// The seed of the shrunk run.
    pub seed: u64,
    /// The forks of the run that found it, in order of time.
    pub plan_forks: Vec<Fork>,
    /// The forks of the shrunk run, in order of time.
    pub forks: Vec<Fork>,
    /// The mutant that the bug is, unless it was a bug of the service itself.
    pub mutant: Option<Mutant>,
    /// The rule that it breaks, or its kind of failure.
    pub breaks: FailureClass,
    /// The scenario of the run that found it, with whatever its seed had drawn.
    pub found_in: Scenario,
    /// The shrunk scenario.
    pub scenario: Scenario,
    /// The verdict of each version on it, the oldest first.
    pub history: Vec<BugEntry>,
}

/// The verdict of a version on a bug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BugEntry {
    /// The version.
    pub version: String,
    /// The commit, abbreviated; `unknown` outside of a repository.
    pub commit: String,
    /// The verdict on the shrunk run.
    pub verdict: String,
}

/// The name of a bug, and how it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BugNotes {
    /// The name of its folder.
    pub id: String,
    /// One sentence about it.
    pub says: String,
    /// The identity line of the run that found it.
    pub found: String,
    /// The commit that it was found in.
    pub commit: String,
}

/// The result of running a bug again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BugReplay {
    /// As it should: a mutant is caught, a mended one is gone.
    Right(String),
    /// The bug is back, or is no longer caught, or the sound service fails.
    Wrong(String),
}

impl Bug {
    /// The bug that a shrunk run shows.
    #[must_use]
    pub fn new(named: BugNotes, plan: &Plan, shrunk: &Shrunk, mutant: Option<Mutant>) -> Self {
        let BugNotes { id, says, found, commit } = named;
        let mut bug = Self {
            id,
            says,
            found,
            plan_seed: plan.seed,
            seed: shrunk.plan.seed,
            plan_forks: plan.forks.clone(),
            forks: shrunk.plan.forks.clone(),
            mutant,
            breaks: shrunk.class,
            found_in: plan.scenario.clone(),
            scenario: shrunk.plan.scenario.clone(),
            history: Vec::new(),
        };
        // The verdict of today is the first entry, so that the next version has something to differ from.
        bug.record(commit, shrunk.evidence.clone());
        bug
    }

    /// Adds what this version made of it, unless that is what stands there last.
    pub fn record(&mut self, commit: String, verdict: String) {
        let entry = BugEntry { version: VERSION.to_owned(), commit, verdict };
        if self
            .history
            .last()
            // The commit alone is no news: every run of the base would add an entry.
            .is_none_or(|last| (&last.version, &last.verdict) != (&entry.version, &entry.verdict))
        {
            self.history.push(entry);
        }
    }

    /// Reads a bug from the texts of `bug.toml`, `plan.toml` and `shrunk.toml`.
    ///
    /// # Errors
    ///
    /// The error in one of the files, at its place.
    pub fn read(id: &str, bug: &str, plan: &str, shrunk: &str) -> Result<Self, Diagnostic> {
        let found_in = Scenario::parse(&format!("{id}/plan.toml"), plan)?;
        let scenario = Scenario::parse(&format!("{id}/shrunk.toml"), shrunk)?;
        read(&format!("{id}/bug.toml"), bug, |file| {
            let breaks = file.need_value("breaks")?;
            let word = breaks.as_text()?;
            let known = claque_core::Rule::ALL.iter().map(|rule| rule.id()).chain(["invariant", "panic"]);
            let breaks = FailureClass::from_word(word)
                .ok_or_else(|| breaks.unknown("rule", word, known.collect::<Vec<_>>()))?;
            let mutant = match file.value("mutant") {
                None => None,
                Some(value) => {
                    let word = value.as_text()?;
                    let known = Mutant::every().map(Mutant::id);
                    Some(Mutant::from_id(word).ok_or_else(|| value.unknown("mutant", word, known))?)
                }
            };
            let mut history = Vec::new();
            for table in file.tables("history")? {
                history.push(BugEntry {
                    version: table.need("version")?,
                    commit: table.need("commit")?,
                    verdict: table.need("verdict")?,
                });
                table.finish()?;
            }
            Ok(Self {
                id: id.to_owned(),
                says: file.need("says")?,
                found: file.need("found")?,
                plan_seed: file.need("plan-seed")?,
                seed: file.need("seed")?,
                plan_forks: read_forks(file, "plan-forks")?,
                forks: read_forks(file, "forks")?,
                mutant,
                breaks,
                found_in: found_in.clone(),
                scenario: scenario.clone(),
                history,
            })
        })
    }

    /// The text of `bug.toml`.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = format!("says = {}\nfound = {}\n", quote(&self.says), quote(&self.found));
        text.push_str(&format!("plan-seed = {}\nseed = {}\n", self.plan_seed, self.seed));
        for (key, forks) in [("plan-forks", &self.plan_forks), ("forks", &self.forks)] {
            let words: Vec<String> = forks.iter().map(|fork| quote(&fork.to_string())).collect();
            if !words.is_empty() {
                text.push_str(&format!("{key} = [{}]\n", words.join(", ")));
            }
        }
        if let Some(mutant) = self.mutant {
            text.push_str(&format!("mutant = {}\n", quote(mutant.id())));
        }
        text.push_str(&format!("breaks = {}\n", quote(self.breaks.word())));
        for BugEntry { version, commit, verdict } in &self.history {
            text.push_str(&format!(
                "\n[[history]]\nversion = {}\ncommit = {}\nverdict = {}\n",
                quote(version),
                quote(commit),
                quote(verdict)
            ));
        }
        text
    }

    /// The plan of the shrunk run.
    #[must_use]
    pub fn plan(&self) -> Plan {
        Plan { forks: self.forks.clone(), ..Plan::new(self.scenario.clone(), self.seed) }
    }

    /// The plan of the run that found it.
    #[must_use]
    pub fn found_plan(&self) -> Plan {
        Plan { forks: self.plan_forks.clone(), ..Plan::new(self.found_in.clone(), self.plan_seed) }
    }

    /// Finds it again and shrinks it anew, where seeds have come to mean something else: the run that found it under
    /// this seed, or else the first of the next `seeds`. Nothing when none of them reveals it, or when it is no mutant.
    #[must_use]
    pub fn renew(&self, seeds: u64, budget: u32, commit: String) -> Option<Self> {
        let mutant = Some(self.mutant?);
        // Its own seed first: as long as that still reveals the bug, the history stays about one run.
        let plan = (0..=seeds).map(|more| self.plan_seed.wrapping_add(more)).find_map(|seed| {
            let plan = Plan { seed, ..self.found_plan() };
            (end_of(&plan, mutant, QueueKind::Wheel).class == Some(self.breaks)).then_some(plan)
        })?;
        let shrunk = shrink(&plan, mutant, budget, &mut |_, _| ControlFlow::Continue(()))?;
        let named =
            BugNotes { id: self.id.clone(), says: self.says.clone(), found: self.found.clone(), commit };
        let fresh = Self::new(named, &plan, &shrunk, mutant);
        let mut history = self.history.clone();
        // A bug that is found anew is the same bug: its history goes on.
        history.extend(
            fresh.history.iter().filter(|entry| !history.contains(entry)).cloned().collect::<Vec<_>>(),
        );
        Some(Self { history, ..fresh })
    }

    /// The last lines of the failing run's trace; empty when the run panics.
    #[must_use]
    pub fn trace(&self) -> String {
        // The run would end this process as it ended the last.
        if self.breaks == FailureClass::Panic {
            return String::new();
        }
        let options = RunOptions { mutation: self.mutant, ..RunOptions::default() };
        let wanted = Lines { last: Some(WINDOW), ..Lines::default() };
        transcript(&self.plan(), options, &wanted).1.concat()
    }

    /// Runs it again.
    #[must_use]
    pub fn replay(&self) -> BugReplay {
        // The sound service first: a run that fails without the mutant too says nothing of it, however well the mutant
        // is caught.
        let sound = end_of(&self.plan(), None, QueueKind::Wheel);
        if let Some(class) = sound.class {
            let what = if self.mutant.is_some() { "the sound service fails" } else { "it is back" };
            return BugReplay::Wrong(format!("{what}: {} ({})", sound.evidence, class.word()));
        }
        if self.mutant.is_none() {
            return BugReplay::Right("mended: the run passes".to_owned());
        }
        let found = end_of(&self.found_plan(), self.mutant, QueueKind::Wheel);
        // Both runs: a shrunk one that still fails under a seed that no longer finds the bug shows that seeds mean
        // something else now.
        if found.class != Some(self.breaks) {
            return BugReplay::Wrong(format!(
                "the run that found it no longer breaks {}",
                self.breaks.word()
            ));
        }
        let broken = end_of(&self.plan(), self.mutant, QueueKind::Wheel);
        match broken.class {
            Some(class) if class == self.breaks => BugReplay::Right(format!("caught: {}", broken.evidence)),
            Some(_) => BugReplay::Wrong(format!("caught under another rule: {}", broken.evidence)),
            None => BugReplay::Wrong(format!("no longer caught under {}", self.breaks.word())),
        }
    }

    /// A Rust test that replays the bug from its folder.
    #[must_use]
    pub fn to_rust_test(&self) -> String {
        let Self { id, says, .. } = self;
        let name = id.replace('-', "_");
        format!(
            "//! {says}\n\nuse claque_lab::bugbase::{{Bug, BugReplay}};\n\n#[test]\nfn {name}() {{\n    \
             let bug = Bug::read(\n        \"{id}\",\n        \
             include_str!(\"../../../fixtures/bugs/{id}/bug.toml\"),\n        \
             include_str!(\"../../../fixtures/bugs/{id}/plan.toml\"),\n        \
             include_str!(\"../../../fixtures/bugs/{id}/shrunk.toml\"),\n    )\n    \
             .expect(\"the bug base is readable\");\n    \
             assert!(matches!(bug.replay(), BugReplay::Right(_)), \"{{:?}}\", bug.replay());\n}}\n"
        )
    }
}

/// The forks of a key, in order of time; none where the key is absent.
fn read_forks(file: &Table<'_>, key: &'static str) -> Result<Vec<Fork>, Diagnostic> {
    let Some(value) = file.value(key) else { return Ok(Vec::new()) };
    let read = |item: &Value<'_>| item.as_text()?.parse().map_err(|said: String| item.refuse(said));
    let forks = value.items()?.iter().map(read).collect::<Result<_, _>>()?;
    forks_in_order(forks).map_err(|said| value.refuse(said))
}

/// Whether a word can name a bug's folder.
#[must_use]
pub fn is_id(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
}

#[cfg(test)]
mod tests {
    use super::{Bug, BugEntry, BugReplay, FailureClass, Mutant, Scenario, is_id};

    fn bug() -> Bug {
        let mut scenario = Scenario::builtin("smoke").expect("built in");
        scenario.cut(claque_core::Duration::from_secs(5));
        let mut found_in = scenario.clone();
        found_in.name = "first/plan.toml".to_owned();
        scenario.name = "first/shrunk.toml".to_owned();
        Bug {
            id: "first".to_owned(),
            says: "A \"quoted\" bug.".to_owned(),
            found: "claque simulate --seed 1".to_owned(),
            plan_seed: 2,
            seed: 1,
            plan_forks: vec![],
            forks: vec![],
            mutant: None,
            breaks: FailureClass::Invariant,
            found_in,
            scenario,
            history: vec![BugEntry {
                version: "0.1.0".to_owned(),
                commit: "unknown".to_owned(),
                verdict: "fail: x".to_owned(),
            }],
        }
    }

    #[test]
    fn bugs_read_back_as_they_were_written() {
        for mutant in [None, Mutant::ALL.first().copied()] {
            let bug = Bug { mutant, ..bug() };
            assert_eq!(
                Bug::read("first", &bug.to_toml(), &bug.found_in.to_toml(), &bug.scenario.to_toml()),
                Ok(bug)
            );
        }
    }

    #[test]
    fn a_mended_bug_passes_and_a_mutant_that_is_not_caught_is_reported() {
        assert!(matches!(bug().replay(), BugReplay::Right(_)), "{:?}", bug().replay());
        let quiet = Mutant::ALL.iter().copied().find(|it| !it.crowd());
        let uncaught = Bug { mutant: quiet, ..bug() };
        assert_eq!(
            uncaught.replay(),
            BugReplay::Wrong("the run that found it no longer breaks invariant".to_owned())
        );
    }

    #[test]
    fn unknown_rules_are_named() {
        let bug = bug();
        let text = bug.to_toml().replace("breaks = \"invariant\"", "breaks = \"invarint\"");
        let said =
            Bug::read("first", &text, &bug.found_in.to_toml(), &bug.scenario.to_toml()).expect_err("unknown");
        assert_eq!((said.offending(), said.suggestion()), (Some("invarint"), Some("invariant")));
    }

    #[test]
    fn names_of_folders_are_plain() {
        assert!(is_id("kick-races-reconnect-2") && !is_id("") && !is_id("../x") && !is_id("A"));
    }
}
