//! How many messages of each group were delivered and shed in each second of the service's time.

use std::collections::{BTreeMap, VecDeque};

use claque_core::{GroupIx, Instant};
use serde_json::{Value, json};

/// Seconds with messages that are kept of a group; the oldest give way.
const SECONDS_MAX: usize = 600;
/// Groups that are counted: those that spoke first. The others show what was delivered in all.
const GROUPS_MAX: usize = 2_000;

/// A second in which a group had messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SecondCount {
    /// UNIX seconds.
    second: u64,
    delivered: u32,
    shed: u32,
}

/// The newest seconds of each group. Seconds without a message take nothing: a clock that was moved over a year costs no more.
#[derive(Debug, Default)]
pub(crate) struct GroupRates {
    groups: BTreeMap<GroupIx, VecDeque<SecondCount>>,
}

impl GroupRates {
    /// The count of a second; none where there are too many groups.
    fn second(&mut self, at: Instant, group: GroupIx) -> Option<&mut SecondCount> {
        if self.groups.len() >= GROUPS_MAX && !self.groups.contains_key(&group) {
            return None;
        }
        let seconds = self.groups.entry(group).or_default();
        let second = at.unix_seconds();
        if seconds.back().is_none_or(|last| last.second != second) {
            if seconds.len() == SECONDS_MAX {
                seconds.pop_front();
            }
            seconds.push_back(SecondCount { second, delivered: 0, shed: 0 });
        }
        seconds.back_mut()
    }

    pub(crate) fn delivered(&mut self, at: Instant, group: GroupIx) {
        if let Some(count) = self.second(at, group) {
            count.delivered += 1;
        }
    }

    pub(crate) fn shed(&mut self, at: Instant, group: GroupIx) {
        if let Some(count) = self.second(at, group) {
            count.shed += 1;
        }
    }

    /// The seconds of a group, oldest first, without those that had no message.
    pub(crate) fn object(&self, group: GroupIx) -> Value {
        let seconds = self.groups.get(&group).into_iter().flatten();
        seconds.map(|it| json!({ "second": it.second, "delivered": it.delivered, "shed": it.shed })).collect()
    }

    /// Its memory, about. Unit: bytes.
    pub(crate) fn bytes(&self) -> u64 {
        let seconds: usize = self.groups.values().map(VecDeque::capacity).sum();
        // Twice the entries: nodes of the map are half empty at worst.
        let groups = self.groups.len() * 2 * size_of::<(GroupIx, VecDeque<SecondCount>)>();
        (seconds * size_of::<SecondCount>() + groups) as u64
    }

    pub(crate) fn clear(&mut self) {
        self.groups.clear();
    }
}

#[cfg(test)]
mod tests {
    use claque_core::{GroupIx, Instant};
    use serde_json::json;

    use super::{GroupRates, SECONDS_MAX};

    #[test]
    fn messages_are_counted_by_second_and_group() {
        let mut rates = GroupRates::default();
        let at = |second: u64| Instant::from_unix_seconds(second);
        for (second, group) in [(10, 0), (10, 0), (10, 1), (3_000_000, 0)] {
            rates.delivered(at(second), GroupIx(group));
        }
        rates.shed(at(3_000_000), GroupIx(0));
        let expected = json!([
            { "second": 10, "delivered": 2, "shed": 0 }, { "second": 3_000_000, "delivered": 1, "shed": 1 },
        ]);
        assert_eq!(rates.object(GroupIx(0)), expected);
        assert_eq!(rates.object(GroupIx(7)), json!([]));
        for second in 0..2 * SECONDS_MAX as u64 {
            rates.delivered(at(second), GroupIx(1));
        }
        assert_eq!(rates.object(GroupIx(1)).as_array().map(Vec::len), Some(SECONDS_MAX));
    }
}
