//! Recovery: what a client that is back is owed, and that it gets exactly that.

use std::collections::BTreeSet;
use std::sync::Arc;

use claque_core::reading::RecoveryReach;
use claque_core::{
    Connected, Cursor, Defects, GroupIx, Input, Message, Outcome, Output, Priority, Rule, SessionId,
};

use super::group::{Group, Standing};
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
        let mine: BTreeSet<GroupIx> = self
            .groups
            .iter()
            .filter(|(_, place)| place.members.contains(&session.user))
            .map(|(group, _)| *group)
            .collect();
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
        let Some(place) = self.groups.get(&cursor.group) else { return };
        if place.standing != Standing::Live || !place.members.contains(&session.user) {
            if !messages.is_empty() {
                let evidence =
                    format!("user {} pulls from group {}, where it is not", session.user.0, cursor.group.0);
                self.refute(seen.now, Some(Rule::RecoveryHighAfterReconnect), evidence);
            }
            return;
        }
        let owed = owed(place, cursor.high_seq, reach, recent);
        let got: Vec<u64> = messages.iter().map(|message| message.seq).collect();
        let all_high = messages.iter().all(|message| message.level == Priority::High);
        if !all_high || got != owed {
            let evidence = format!(
                "user {} pulls beyond {} of group {}: owed {owed:?}, got {got:?}, all HIGH: {all_high}",
                session.user.0, cursor.high_seq, cursor.group.0
            );
            self.refute(seen.now, Some(Rule::RecoveryHighAfterReconnect), evidence);
        }
    }
}

/// Sequence numbers of the HIGH messages beyond a cursor that are found where the reading looks.
fn owed(place: &Group, after: u64, reach: RecoveryReach, recent: usize) -> Vec<u64> {
    let cached: BTreeSet<u64> =
        place.kept.iter().rev().filter(|kept| kept.cached).take(recent).map(|kept| kept.seq).collect();
    place
        .kept
        .iter()
        .filter(|kept| kept.high_index > 0 && kept.seq > after && !place.recalled.contains(&kept.tid))
        .filter(|kept| match reach {
            RecoveryReach::CacheOrStorage => kept.stored || cached.contains(&kept.seq),
            RecoveryReach::StorageOnly => kept.stored,
            RecoveryReach::CacheOnly => cached.contains(&kept.seq),
        })
        .map(|kept| kept.seq)
        .collect()
}
