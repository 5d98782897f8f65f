//! The ledger: every message that the frequency control took out in silence, with the rule and the winner, and every newest
//! message of a type that was delivered too late because there were more types than slots.

use std::collections::VecDeque;

use claque_core::{GroupIx, Instant, Overdue, Shed};
use serde_json::{Value, json};

use crate::service::LiveService;

/// Entries of each list kept; the oldest give way.
pub(crate) const LEDGER_ENTRIES_MAX: usize = 100_000;

/// Bytes of an entry without its text: some dozen names and values. Unit: bytes.
// Measured: a JSON object of a dozen keys takes about that with its map and its strings. It counts towards
// --memory-max.
const ENTRY_BYTES: usize = 1_400;

/// The newest entries of a kind.
#[derive(Clone, Debug, Default)]
struct LedgerList {
    /// Each with the bytes that its text has.
    entries: VecDeque<(Value, usize)>,
    /// Bytes of all their texts.
    texts: usize,
    dropped: u64,
}

impl LedgerList {
    fn keep(&mut self, entry: Value, text: usize) {
        if self.entries.len() == LEDGER_ENTRIES_MAX
            && let Some((_, text)) = self.entries.pop_front()
        {
            self.texts -= text;
            self.dropped += 1;
        }
        self.texts += text;
        self.entries.push_back((entry, text));
    }
}

/// A choice of entries, by application and group.
#[derive(Clone, Debug, Default)]
pub(crate) struct LedgerFilter {
    /// Only this application's.
    pub(crate) app_id: Option<String>,
    /// Only this group's. Groups of several applications may bear one name.
    pub(crate) group_id: Option<String>,
}

impl LedgerFilter {
    fn admits(&self, entry: &Value) -> bool {
        let is = |key: &str, wanted: &Option<String>| wanted.as_ref().is_none_or(|id| entry[key] == **id);
        is("appId", &self.app_id) && is("groupId", &self.group_id)
    }
}

/// The newest shed messages, and the newest late ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    shed: LedgerList,
    overdue: LedgerList,
}

/// The names of a group's application and of the group.
fn names(group: GroupIx, service: &LiveService) -> (&str, &str) {
    (service.app_id(service.app_of_group(group)), service.group_id(group))
}

impl Ledger {
    /// `at` is when it was shed.
    pub(crate) fn keep(&mut self, at: Instant, shed: &Shed, service: &LiveService) {
        // Names and not indices: the entry must still be readable when the group is gone and its place is
        // another's.
        let (app, group) = names(shed.group, service);
        let entry = json!({
            "atMicros": at.as_micros(),
            "submittedMicros": shed.submitted.as_micros(),
            "appId": app,
            "groupId": group,
            "messageId": &*shed.tid,
            "type": shed.kind,
            "level": shed.level.as_str(),
            "weight": shed.weight,
            "sender": &**service.user_id(shed.sender),
            "data": &*shed.body,
            "rule": shed.rule.id(),
            "winner": shed.winner.as_deref(),
        });
        self.shed.keep(entry, shed.body.len());
    }

    /// `at` is when it went out.
    pub(crate) fn keep_overdue(&mut self, at: Instant, late: &Overdue, service: &LiveService) {
        let (app, group) = names(late.group, service);
        let entry = json!({
            "atMicros": at.as_micros(),
            "submittedMicros": late.submitted.as_micros(),
            "dueMicros": late.due.as_micros(),
            "appId": app,
            "groupId": group,
            "messageId": &*late.tid,
            "type": late.kind,
        });
        self.overdue.keep(entry, 0);
    }

    /// The entries that the filter admits, oldest first, as the control API answers them.
    pub(crate) fn object(&self, filter: &LedgerFilter) -> Value {
        let of = |list: &LedgerList| -> Vec<Value> {
            list.entries
                .iter()
                .map(|(entry, _)| entry)
                .filter(|entry| filter.admits(entry))
                .cloned()
                .collect()
        };
        json!({
            "shed": of(&self.shed),
            "overdue": of(&self.overdue),
            "dropped": self.shed.dropped,
            "overdueDropped": self.overdue.dropped,
        })
    }

    /// The memory of the entries, about. Unit: bytes.
    pub(crate) fn bytes(&self) -> u64 {
        let of = |list: &LedgerList| list.entries.len() * ENTRY_BYTES + list.texts;
        (of(&self.shed) + of(&self.overdue)) as u64
    }

    /// Entries of shed messages kept so far, those that gave way included.
    pub(crate) fn kept(&self) -> u64 {
        self.shed.entries.len() as u64 + self.shed.dropped
    }
}
