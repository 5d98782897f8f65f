//! A plan: everything that decides a run. A scenario, a seed, where there is one a recorded chat, and the oracle.
//!
//! A plan gives exactly one run. A smaller plan is a plan whose scenario has entries taken out; because every draw
//! belongs to a name, what is left in it draws what it drew before.

use std::sync::Arc;

use claque_core::{Duration, Priority};

use crate::identity::Fork;
use crate::scenario::Scenario;

/// Everything that decides a run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The scenario: everything that decides the run apart from chance.
    pub scenario: Scenario,
    /// The seed that all randomness is keyed with.
    pub seed: u64,
    /// A recorded chat that the scenario's chat group replays from the start of the show.
    pub chat: Option<Arc<[ChatLine]>>,
    /// The oracle that follows the run.
    pub oracle: Oracle,
    /// How often the service checks its invariants; none: at the end only. Unit: show time.
    pub check_interval: Option<Duration>,
    /// Moments from which on other seeds decide, in order of time; none: the seed itself does to the end.
    pub forks: Vec<Fork>,
}

impl Plan {
    /// The plan of a scenario and a seed, with the full oracle.
    #[must_use]
    pub const fn new(scenario: Scenario, seed: u64) -> Self {
        Self {
            scenario,
            seed,
            chat: None,
            oracle: Oracle::Full,
            // The check visits the whole state: too much for each event, and at the end alone it would not say when
            // an invariant broke.
            check_interval: Some(Duration::from_secs(300)),
            forks: Vec::new(),
        }
    }
}

/// The oracle that follows a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Oracle {
    /// The reference model, the checker of what clients saw, and the service's invariants.
    #[default]
    Full,
    /// None: the run is only counted and hashed.
    None,
}

/// One recorded message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatLine {
    /// When, counted from the beginning of the replay.
    pub at: Duration,
    /// Who, numbered in order of appearance. The group's users speak for them in turn.
    // A number and not the name: a recording has names that no ID can be, and five million messages.
    pub author: u32,
    /// The message type.
    pub kind: i64,
    /// The level.
    pub level: Priority,
    /// The text.
    pub body: Arc<str>,
}
