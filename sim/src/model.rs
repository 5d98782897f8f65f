//! The reference model: what the service must do, written from the rules.

use claque_core::{Config, Defects, GroupIx, HitCounts, Input, Instant, Outcome, Output, Rule, Service};

use crate::verdict::{Failure, Verdict};

/// The model of one service.
#[derive(Debug)]
pub(crate) struct Model {
    failure: Option<Failure>,
}

impl Model {
    pub(crate) fn new(_config: &Config) -> Self {
        Self { failure: None }
    }

    pub(crate) fn observe<D: Defects>(
        &mut self,
        _now: Instant,
        _input: &Input,
        _outcome: &Outcome,
        _outputs: &[Output],
        _service: &Service<HitCounts, D>,
    ) {
    }

    pub(crate) fn check_audience(&mut self, _group: GroupIx, _members: usize, _sum: u64) {}

    pub(crate) fn check_recovered(&mut self, _group: GroupIx, _done: u32, _began: u32, _reached: usize) {}

    pub(crate) fn refute(&mut self, at: Instant, rule: Option<Rule>, evidence: String) {
        if self.failure.is_none() {
            self.failure = Some(Failure { rule, at, evidence });
        }
    }

    pub(crate) fn finish(&mut self, _now: Instant) {}

    pub(crate) const fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    pub(crate) fn verdict(&self) -> Verdict {
        self.failure.clone().map_or(Verdict::Pass, Verdict::Fail)
    }
}
