//! The ledger: every message that the frequency control took out in silence, with the rule and the winner.

use std::collections::VecDeque;

use claque_core::Shed;
use serde_json::{Value, json};

use crate::driver::LiveService;

/// Entries kept; the oldest give way.
pub(crate) const LEDGER_ENTRIES_MAX: usize = 100_000;

/// The newest shed messages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    entries: VecDeque<Value>,
    dropped: u64,
}

impl Ledger {
    pub(crate) fn keep(&mut self, shed: &Shed, service: &LiveService) {
        if self.entries.len() == LEDGER_ENTRIES_MAX {
            self.entries.pop_front();
            self.dropped += 1;
        }
        self.entries.push_back(json!({
            "atMicros": service.now().as_micros(),
            "submittedMicros": shed.submitted.as_micros(),
            "groupId": &**service.group_id(shed.group),
            "messageId": &*shed.tid,
            "type": shed.kind,
            "level": shed.level.as_str(),
            "weight": shed.weight,
            "sender": &**service.user_id(shed.sender),
            "rule": shed.rule.id(),
            "winner": shed.winner.as_deref(),
        }));
    }

    /// The entries of a group, or all; oldest first.
    pub(crate) fn entries<'a>(&'a self, group_id: Option<&'a str>) -> impl Iterator<Item = &'a Value> {
        self.entries.iter().filter(move |entry| group_id.is_none_or(|id| entry["groupId"] == id))
    }

    /// Entries kept so far, those that gave way included.
    pub(crate) fn kept(&self) -> u64 {
        self.entries.len() as u64 + self.dropped
    }

    /// Entries that gave way to newer ones.
    pub(crate) const fn dropped(&self) -> u64 {
        self.dropped
    }
}
