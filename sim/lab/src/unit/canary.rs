//! Canaries: runs of mutants that are known to fail. A unit whose canary passes was run by something that notices nothing.

use claque_core::Mutant;
use claque_scenario::Scenario;
use claque_scenario::plan::Plan;
use claque_scenario::swarm::swarm;
use claque_sim::run::QueueKind;

use super::result::CanaryResult;
use crate::campaign::{FailureClass, end_of};

/// A mutant, and a seed of the swarm that reveals it under its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Canary {
    /// The mutant's id.
    pub mutant: &'static str,
    /// The seed.
    pub seed: u64,
}

const fn canary(mutant: &'static str, seed: u64) -> Canary {
    Canary { mutant, seed }
}

/// The canaries: the planted bugs that only an interaction reveals, and mutants of rules from every area of the registry,
/// each with the first seed that reveals it. Where a seed gives another run than it did, `claque hunt` says the new one.
pub const CANARIES: &[Canary] = &[
    canary("anyone-closes", 0),
    canary("anyone-mutes", 0),
    canary("budget-shared", 0),
    canary("budget-shared-with-strangers", 0),
    canary("callback-leave-missing", 0),
    canary("client-history-rate-off", 0),
    canary("create-repeat-makes-second", 0),
    canary("cursor-skips-after-purge", 5),
    canary("deleted-group-unlisted", 0),
    canary("deletion-untold", 0),
    canary("exit-under-way-lost", 6),
    canary("families-listed-together", 0),
    canary("floors-take-twice", 1),
    canary("group-sort-reversed", 0),
    canary("join-hides-counters", 0),
    canary("kick-untold", 0),
    canary("member-notice-count-stale", 0),
    canary("muted-may-talk", 0),
    canary("muted-talks-on-second-device", 18),
    canary("older-reaches-newer", 0),
    canary("presence-is-online", 0),
    canary("rank-ignores-level", 0),
    canary("recovery-anew-with-token", 0),
    canary("recovery-off", 0),
    canary("recovery-short-in-supergroup", 0),
    canary("rejected-told-sent", 0),
    canary("restart-forgets-reviews", 40),
    canary("restart-repeats-ids", 2),
    canary("review-passes-full-second", 6),
    canary("second-device-over-lost-link-untold", 2),
    canary("second-device-untold", 0),
    canary("second-loss-times-out-early", 2),
    canary("shed-refused", 0),
    canary("status-filter-ignored", 0),
    canary("supergroup-notice-lists", 0),
    canary("timestamp-of-delivery", 0),
    canary("total-stale", 0),
    canary("upgrade-drops-waiting", 8),
    canary("user-list-never-ends", 0),
];

impl Canary {
    /// The canary of a unit: they take turns by the unit's number.
    ///
    /// # Panics
    ///
    /// Never: there are some.
    #[must_use]
    pub fn of_unit(number: u64) -> Self {
        let canaries = u64::try_from(CANARIES.len()).expect("a table is short");
        let turn = usize::try_from(number % canaries).expect("less than the table's length");
        CANARIES[turn]
    }

    /// Runs it.
    ///
    /// # Panics
    ///
    /// When the table names a mutant that does not exist, which a test rules out.
    #[must_use]
    pub fn run(self) -> CanaryResult {
        // Always of the swarm and never of the campaign's own scenario: what that can reveal nobody knows.
        let scenario = Scenario::builtin(Scenario::DEFAULT_FOR_SWARM).expect("the scenario is built in");
        let mut plan = Plan::new(scenario.clone(), self.seed);
        plan.scenario = swarm(&scenario, self.seed, &[], &[]).scenario;
        let mutant = Mutant::from_id(self.mutant).expect("the table names mutants that exist");
        let ending = end_of(&plan, Some(mutant), QueueKind::Wheel);
        let found = ending.class == Some(FailureClass::Rule(mutant.rule()));
        CanaryResult { mutant: self.mutant.to_owned(), seed: self.seed, found }
    }
}
