//! Evidence in names: the model keeps its books by the service's numbers, and the reader of a verdict knows names.

use claque_core::{GroupIx, Instant, Mutants, UserIx};
use claque_engine::Queue;
use claque_oracle::evidence::EvidenceNames;
use claque_oracle::verdict::Verdict;

use crate::world::{ControlEvent, World, index};

impl<D: Mutants, Q: Queue<ControlEvent>> World<'_, D, Q> {
    /// A verdict in the words of the show: its names, and time since it began.
    pub(crate) fn in_words(&self, verdict: Verdict) -> Verdict {
        match verdict {
            Verdict::Fail(refutation) => Verdict::Fail(refutation.named(self)),
            Verdict::Pass | Verdict::Unknown => verdict,
        }
    }
}

impl<D: Mutants, Q: Queue<ControlEvent>> EvidenceNames for World<'_, D, Q> {
    fn user(&self, user: UserIx) -> Option<String> {
        self.service.app_of(user)?;
        Some(self.service.user_id(user).to_string())
    }

    fn group(&self, group: GroupIx) -> Option<String> {
        // A mutant may have named a number that no group has.
        (index(group.0) < self.service.groups().count()).then(|| self.service.group_id(group).to_string())
    }

    fn began(&self) -> Option<Instant> {
        Some(self.scenario.start)
    }
}
