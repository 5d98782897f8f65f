//! The steps that a failure shows in: those that its evidence names, by user, group, message or time.

use std::collections::BTreeSet;

use claque_core::Instant;
use claque_oracle::evidence::Subject;

use super::dependencies::DependencyLedger;
use super::{Party, Story, StoryStep};

/// The things that a failure is about.
#[derive(Clone, Debug, Default)]
pub(super) struct Witnesses {
    /// Users, groups and messages, by number in the ledger.
    keys: Vec<u32>,
    /// Those of them that are messages.
    messages: Vec<u32>,
    /// Groups, by ID.
    groups: Vec<Party>,
    moments: BTreeSet<Instant>,
    /// Whole seconds. Unit: UNIX seconds.
    seconds: BTreeSet<u64>,
}

/// The steps that a failure depends on, by number and in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CausalSlice {
    /// All of them.
    pub steps: Vec<usize>,
    /// Those that the evidence names.
    pub named: BTreeSet<usize>,
    /// The step at which the rule broke, where it is one of them.
    pub broke: Option<usize>,
    /// How many earlier ones were left out.
    pub left_out: usize,
}

impl Witnesses {
    /// The things that evidence is about.
    pub(super) fn of(subjects: &[Subject], ledger: &DependencyLedger) -> Self {
        let is_message = |subject: &&Subject| matches!(subject, Subject::Message(_));
        let messages: Vec<Subject> = subjects.iter().filter(is_message).cloned().collect();
        let (keys, messages) = (ledger.named(subjects), ledger.named(&messages));
        let mut witnesses = Self { keys, messages, ..Self::default() };
        for subject in subjects {
            match subject {
                Subject::Moment(at) => drop(witnesses.moments.insert(*at)),
                Subject::Second(at) => drop(witnesses.seconds.insert(at.unix_seconds())),
                Subject::Group(id) => witnesses.groups.push(Party::Group(id.clone())),
                Subject::User(_) | Subject::Message(_) => {}
            }
        }
        witnesses
    }

    /// Whether the evidence names a step by its time.
    fn names_time_of(&self, step: &StoryStep) -> bool {
        if self.moments.contains(&step.clock) && self.keys.iter().any(|key| step.concerns(*key)) {
            return true;
        }
        // Of a whole second only the messages of the group count: in a second a group of thousands does much else.
        self.seconds.contains(&step.clock.unix_seconds())
            && step.sent.iter().any(|sent| sent.of.as_ref().is_some_and(|group| self.groups.contains(group)))
    }
}

impl Story {
    /// The groups that the evidence of the failure names.
    #[must_use]
    pub fn groups_named(&self) -> &[Party] {
        &self.witnesses.groups
    }

    /// The steps that the failure depends on; of those that the evidence does not name at most so many, the nearest.
    ///
    /// A step depends on the last ones before it that changed what it reads: a send on its sender's session and
    /// membership, a delivery on its send, a notice on the join that it tells. The failure depends on the users, groups,
    /// messages and times that its evidence names.
    #[must_use]
    pub fn causal_slice(&self, limit: usize) -> CausalSlice {
        // A run that panicked: the step that did it never came back, what came before it did.
        let Some((failure, noticed)) = &self.failure else {
            return CausalSlice {
                steps: self.steps.len().checked_sub(1).into_iter().collect(),
                ..CausalSlice::default()
            };
        };
        let until = self.steps.len().min(noticed + 1);
        let named = (0..until)
            .filter(|at| self.steps.get(*at).is_some_and(|step| self.witnesses.names_time_of(step)));
        // Users and groups by their last change; each message by all of its own, from its delivery to what became of it.
        let changed = self.witnesses.keys.iter().filter_map(|key| self.last_change(*key, until));
        let changed = changed.chain(self.witnesses.messages.iter().flat_map(|key| self.changes(*key, until)));
        // The step that showed it, where it showed at once: the answer that is wrong, the notice that is missing.
        let shows =
            (*noticed..until).filter(|at| self.steps.get(*at).is_some_and(|step| step.clock == failure.at));
        let mut named: BTreeSet<usize> = named.chain(changed).chain(shows).collect();
        if named.is_empty() {
            // What a restart forgot has no name: until the last step before it everything was as it should be.
            let before = |at: &usize| self.steps.get(*at).is_some_and(|step| step.clock <= failure.at);
            named.extend((0..until).rev().find(before));
        }
        let ancestors =
            self.ancestors(named.iter().copied().chain((*noticed < self.steps.len()).then_some(*noticed)));
        let others: Vec<usize> = ancestors.into_iter().filter(|step| !named.contains(step)).collect();
        // The last ones are kept, which are nearest to the failure.
        let left_out = others.len().saturating_sub(limit);
        let steps: BTreeSet<usize> = named.iter().copied().chain(others.into_iter().skip(left_out)).collect();
        let steps: Vec<usize> = steps.into_iter().collect();
        let by_then = |step: &&usize| self.steps.get(**step).is_some_and(|step| step.clock <= failure.at);
        let broke = steps.iter().rev().find(by_then).copied();
        CausalSlice { steps, named, broke, left_out }
    }
}
