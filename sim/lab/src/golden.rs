//! Golden hashes: runs whose hash is written down, so that nobody changes what a seed means without noticing.
//!
//! `fixtures/golden.toml` holds identity lines of built-in scenarios, each with the hash of its run. A test runs them
//! all unoptimised, `claque golden` runs them in whatever profile it was built in: as both compare with the same file,
//! the profiles agree. Where a hash changes, old seeds reproduce nothing any more: that is done deliberately, with
//! `claque golden --write` and a line in the changelog.

use claque_core::Mutant;
use claque_document::diagnostic::Diagnostic;
use claque_document::table::{quote, read};
use claque_scenario::Scenario;
use claque_scenario::identity::{Identity, IdentityRequest};
use claque_scenario::plan::Plan;
use claque_scenario::swarm::swarm;
use claque_sim::run::{QueueKind, RunOptions, RunReport, run_with};

/// How many there are.
pub const COUNT: usize = 32;

/// A run whose hash is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Golden {
    /// Its identity line.
    pub run: String,
    /// The hash.
    pub hash: u64,
}

/// The result of running one again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoldenCheck {
    /// The canonical identity line, by this version.
    pub run: String,
    /// The hash that was written down.
    pub golden: u64,
    /// The hash of the run.
    pub hash: u64,
    /// The verdict, where it is not what one expects: a hash says nothing about rules. Empty otherwise.
    pub trouble: String,
}

impl GoldenCheck {
    /// Whether the hash is the one that was written down.
    #[must_use]
    pub const fn is_same(&self) -> bool {
        self.golden == self.hash
    }
}

/// Makes the plan of an identity line that names nothing but built-in scenarios.
///
/// # Errors
///
/// The error in the line; that it names a recorded chat or a file.
pub fn plan_of(line: &str) -> Result<(Identity, Plan, Option<Mutant>), Diagnostic> {
    let asked = IdentityRequest::parse(line)?;
    // A recorded chat is a file beside the line: the hash would say that the file is the same, not the meaning of a
    // seed.
    if asked.chat.is_some() {
        return Err(Diagnostic::whole(
            line,
            "a recorded chat is a file, and this line is run without files; `claque simulate` reads it",
        ));
    }
    let mut scenario = Scenario::builtin(&asked.scenario_word().path)?;
    let identity = asked.resolve(&scenario, None, None)?;
    identity.apply(&mut scenario);
    if identity.is_swarm() {
        scenario = swarm(&scenario, identity.seed(), identity.forks(), identity.readings()).scenario;
    }
    let mutation = identity.mutant().and_then(Mutant::from_id);
    let plan = Plan { forks: identity.forks().to_vec(), ..Plan::new(scenario, identity.seed()) };
    Ok((identity, plan, mutation))
}

impl Golden {
    /// Reads `fixtures/golden.toml`.
    ///
    /// # Errors
    ///
    /// The error in it, at its place.
    pub fn read_all(file: &str, text: &str) -> Result<Vec<Self>, Diagnostic> {
        read(file, text, |root| {
            let mut all = Vec::new();
            for table in root.tables("golden")? {
                let (run, word): (String, String) = (table.need("run")?, table.need("hash")?);
                let hash = u64::from_str_radix(&word, 16).map_err(|_| {
                    Diagnostic::whole(file, format!("`{word}` is no hash: write 16 hexadecimal digits"))
                })?;
                table.finish()?;
                all.push(Self { run, hash });
            }
            Ok(all)
        })
    }

    /// Runs it again.
    ///
    /// # Errors
    ///
    /// The error in its line.
    pub fn check(&self, queue: QueueKind) -> Result<GoldenCheck, Diagnostic> {
        let (identity, plan, mutation) = plan_of(&self.run)?;
        let report: RunReport = run_with(&plan, RunOptions { queue, mutation, ..RunOptions::default() });
        // A hash says that nothing changed, not that it is right: a golden run of a mutant must fail, and any other
        // must not.
        let unexpected = report.verdict.is_fail() != mutation.is_some();
        let trouble = if unexpected { report.verdict.to_string() } else { String::new() };
        Ok(GoldenCheck { run: identity.to_string(), golden: self.hash, hash: report.trace_hash, trouble })
    }
}

/// The text of `fixtures/golden.toml` with the hashes of runs that were just made.
#[must_use]
pub fn to_toml(all: &[GoldenCheck]) -> String {
    let mut text = HEAD.to_owned();
    for checked in all {
        text.push_str(&format!(
            "\n[[golden]]\nrun = {}\nhash = \"{:016x}\"\n",
            quote(&checked.run),
            checked.hash
        ));
    }
    text
}

const HEAD: &str = "\
# Runs whose hash is written down. A hash that changes means that old seeds reproduce nothing any more: do that on
# purpose only, with `claque golden --write`, and say so in the changelog as a reproduction break.
";
