//! What can notice a change: cases, the suite's negative control, runs of the simulator.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use claque_conformance::mutants::{SubjectMutant, try_mutants};
use claque_conformance::runner::{not_applicable, run};
use claque_conformance::subject::CoreSubject;
use claque_conformance::suite::Suite;
use claque_conformance::verdict::Verdict;
use claque_document::units::Permille;
use claque_lab::campaign::{CampaignOptions, FailureClass, Shard, end_of};
use claque_lab::golden::Golden;
use claque_scenario::Scenario;
use claque_scenario::identity::IdentityRequest;
use claque_scenario::plan::Plan;
use claque_sim::run::QueueKind;
use serde::{Deserialize, Serialize};

/// Seeds of the smoke: the gate runs two hundred, and the first few notice what all of them do.
const SMOKE_SEEDS: u64 = 30;

/// Seeds of the swarm: restarts from the journal, every fault, drawn readings.
const SWARM_SEEDS: u64 = 24;

/// One thing that is done, and may notice.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Trial {
    /// A case of the suite, by its position.
    Case(usize),
    /// A named mutant that the suite must still catch, by its position.
    Named(usize),
    /// A seed of the smoke.
    Smoke(u64),
    /// A seed of the swarm.
    Swarm(u64),
    /// A run whose hash is written down, by its position.
    Golden(usize),
}

/// What a trial came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// Whether it is as it must be.
    pub sound: bool,
    /// What was shown, such as the transcript, in short.
    pub shown: u64,
}

/// Everything that trials need.
pub struct Bench {
    suite: Suite,
    mutants: Vec<SubjectMutant>,
    smoke: CampaignOptions,
    swarm: CampaignOptions,
    golden: Vec<Golden>,
}

impl Bench {
    /// The suite and the recorded runs of a folder with the layout of `fixtures/`, and the scenarios that are built in.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub fn new(fixtures: &Path) -> Result<Self, String> {
        let suite = Suite::load(fixtures).map_err(|fault| fault.to_string())?;
        let file = fixtures.join("golden.toml");
        let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let golden =
            Golden::read_all(&file.display().to_string(), &text).map_err(|fault| fault.to_string())?;
        let smoke = options("smoke", "--scenario smoke")?;
        let swarm = options("swarm", "--scenario swarm --swarm")?;
        Ok(Self { suite, mutants: SubjectMutant::all(), smoke, swarm, golden })
    }

    /// Every trial that there is.
    pub fn trials(&self) -> Vec<Trial> {
        let here = |case: &usize| not_applicable(&self.suite.cases[*case], &CoreSubject::sound()).is_none();
        let cases = (0..self.suite.cases.len()).filter(here).map(Trial::Case);
        let named = (0..self.mutants.len()).map(Trial::Named);
        let smoke = (0..SMOKE_SEEDS).map(Trial::Smoke);
        let swarm = (0..SWARM_SEEDS).map(Trial::Swarm);
        let golden = (0..self.golden.len()).map(Trial::Golden);
        cases.chain(named).chain(smoke).chain(swarm).chain(golden).collect()
    }

    /// The cases, and so many seeds of the swarm.
    pub fn examination(&self, seeds: u64) -> Vec<Trial> {
        let cases = self.trials().into_iter().filter(|trial| matches!(trial, Trial::Case(_)));
        cases.chain((0..seeds).map(Trial::Swarm)).collect()
    }

    /// The rules of a case, by their names in core; none for other trials.
    pub fn rules(&self, trial: &Trial) -> Vec<String> {
        match trial {
            Trial::Case(at) => self.suite.cases[*at].rules.iter().map(|rule| format!("{rule:?}")).collect(),
            Trial::Named(_) | Trial::Smoke(_) | Trial::Swarm(_) | Trial::Golden(_) => Vec::new(),
        }
    }

    /// Runs a seed of the swarm. Gives the rule that it fails under, if it fails and if there is one.
    pub fn run_swarm(&self, seed: u64) -> Option<Option<String>> {
        match end_of(&self.swarm.plan(seed).0, None, QueueKind::Wheel).class? {
            FailureClass::Rule(rule) => Some(Some(format!("{rule:?}"))),
            FailureClass::Invariant | FailureClass::Panic => Some(None),
        }
    }

    /// What a trial is called.
    pub fn name(&self, trial: &Trial) -> String {
        match trial {
            Trial::Case(at) => self.suite.cases[*at].test_name(),
            Trial::Named(at) => format!("mutant {}", self.mutants[*at].id()),
            Trial::Smoke(seed) => format!("smoke, seed {seed}"),
            Trial::Swarm(seed) => format!("swarm, seed {seed}"),
            Trial::Golden(at) => format!("recorded run {}", self.golden[*at].run),
        }
    }

    /// Does it. A panic is an end that is not sound.
    pub fn play(&self, trial: &Trial) -> Ending {
        let nothing = Ending { sound: false, shown: 0 };
        catch_unwind(AssertUnwindSafe(|| self.play_unguarded(trial))).unwrap_or(nothing)
    }

    fn play_unguarded(&self, trial: &Trial) -> Ending {
        match trial {
            Trial::Case(at) => {
                let played = run(&self.suite.cases[*at], &mut CoreSubject::sound());
                let mut hasher = DefaultHasher::new();
                played.transcript.hash(&mut hasher);
                Ending { sound: played.verdict == Verdict::Pass, shown: hasher.finish() }
            }
            Trial::Named(at) => {
                let rows = try_mutants(&self.suite, &self.mutants[*at..=*at]);
                Ending { sound: rows.iter().all(|row| row.caught_by.is_some()), shown: 0 }
            }
            Trial::Smoke(seed) => ran(&self.smoke, *seed),
            Trial::Swarm(seed) => ran(&self.swarm, *seed),
            Trial::Golden(at) => {
                let checked = self.golden[*at].check(QueueKind::Wheel);
                Ending { sound: checked.is_ok_and(|checked| checked.is_same()), shown: 0 }
            }
        }
    }
}

/// A run of the simulator is judged by its oracles alone: its hash is not compared with anything.
fn ran(options: &CampaignOptions, seed: u64) -> Ending {
    let ending = end_of(&options.plan(seed).0, None, QueueKind::Wheel);
    Ending { sound: ending.class.is_none(), shown: 0 }
}

fn options(scenario: &str, line: &str) -> Result<CampaignOptions, String> {
    let scenario = Scenario::builtin(scenario).map_err(|fault| fault.to_string())?;
    let asked = IdentityRequest::parse(line).map_err(|fault| fault.to_string())?;
    let identity = asked.resolve(&scenario, None, None).map_err(|fault| fault.to_string())?;
    Ok(CampaignOptions {
        identity,
        model: Plan::new(scenario.clone(), 0),
        scenario,
        seeds: 0..0,
        shard: Shard::WHOLE,
        threads: 1,
        twice: Permille::default(),
    })
}
