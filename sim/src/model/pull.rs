//! Recovery: what a client that is back is owed, and that it gets exactly that.

use std::collections::BTreeSet;
use std::sync::Arc;

use claque_core::reading::{RecoveryReach, SendOwnCopy};
use claque_core::{
    Connected, Cursor, Defects, GroupIx, Input, Message, Outcome, Output, Priority, Rule, SessionId,
};

use super::{Model, Seen};

impl Model {
    /// After a reconnect, each group gives the HIGH messages beyond the client's cursor, oldest first, once.
    pub(super) fn judge_pulls<D: Defects>(&mut self, seen: &Seen<'_, D>) {
        let mut given: BTreeSet<GroupIx> = BTreeSet::new();
        let asked = match (seen.input, seen.outcome) {
            (Input::Reconnect(session, _, cursors), Outcome::Connected(Ok(connected))) => {
                self.judge_groups_kept(seen, *session, connected);
                cursors.as_slice()
            }
            _ => &[],
        };
        for output in seen.outputs {
            let Output::Recover(session, group, messages) = output else { continue };
            let Some(cursor) = asked.iter().find(|cursor| cursor.group == *group) else {
                let evidence =
                    format!("user {} is given messages of group {} unasked", session.user.0, group.0);
                self.refute(seen.now, Some(Rule::RecoveryPullByClient), evidence);
                continue;
            };
            given.insert(*group);
            self.judge_pull(seen, *cursor, messages);
        }
        for cursor in asked.iter().filter(|cursor| !given.contains(&cursor.group)) {
            self.judge_pull(seen, *cursor, &[]);
        }
    }

    fn judge_groups_kept<D: Defects>(
        &mut self,
        seen: &Seen<'_, D>,
        session: SessionId,
        connected: &Connected,
    ) {
        let told: BTreeSet<GroupIx> = connected.groups.iter().map(|state| state.group).collect();
        let mine: BTreeSet<GroupIx> = self.people.groups_of(session.user).iter().copied().collect();
        if told != mine {
            let evidence = format!(
                "user {} is back and told of {} groups of {}",
                session.user.0,
                told.len(),
                mine.len()
            );
            self.refute(seen.now, Some(Rule::RecoveryHighAfterReconnect), evidence);
        }
    }

    fn judge_pull<D: Defects>(&mut self, seen: &Seen<'_, D>, cursor: Cursor, messages: &[Arc<Message>]) {
        let Input::Reconnect(session, ..) = seen.input else { return };
        let recent = self.config.limits.recent_messages_max as usize;
        let reach = self.config.readings.recovery_reach;
        let withheld = self.config.readings.send_own_copy == SendOwnCopy::Withheld;
        let Some(place) = self.groups.get(&cursor.group) else { return };
        if !place.is_live() || !place.members.contains(&session.user) {
            if !messages.is_empty() {
                let evidence =
                    format!("user {} pulls from group {}, where it is not", session.user.0, cursor.group.0);
                self.refute(seen.now, Some(Rule::RecoveryHighAfterReconnect), evidence);
            }
            return;
        }
        let retention = self.retention(seen.service.app_of(session.user));
        let after = place.kept.partition_point(|kept| kept.seq <= cursor.high_seq);
        // How long a recent list reaches when some of its messages were recalled is open: sure, or at most.
        let owed = |surely: bool| -> Vec<u64> {
            let high = place.kept.range(after..).enumerate().filter(|(_, kept)| kept.high_index > 0);
            high.filter(|(_, kept)| !(withheld && kept.sender == session.user))
                .filter(|(_, kept)| !kept.recalled && seen.now.since(kept.at) < retention)
                .filter(|(at, kept)| {
                    let cached = || kept.cached && place.is_recent(after + at, recent, surely);
                    match reach {
                        RecoveryReach::CacheOrStorage => kept.stored || cached(),
                        RecoveryReach::StorageOnly => kept.stored,
                        RecoveryReach::CacheOnly => cached(),
                    }
                })
                .map(|(_, kept)| kept.seq)
                .collect()
        };
        let (least, most) = (owed(true), owed(false));
        let got: Vec<u64> = messages.iter().map(|message| message.seq).collect();
        let all_high = messages.iter().all(|message| message.level == Priority::High);
        let in_order = got.windows(2).all(|pair| pair.first() < pair.last());
        let whole = least.iter().all(|seq| got.contains(seq)) && got.iter().all(|seq| most.contains(seq));
        if !all_high || !in_order || !whole {
            let evidence = format!(
                "user {} pulls beyond {} of group {}: owed {least:?}, got {got:?}, all HIGH: {all_high}",
                session.user.0, cursor.high_seq, cursor.group.0
            );
            self.refute(seen.now, Some(Rule::RecoveryHighAfterReconnect), evidence);
        }
    }
}
