//! HIGH messages that a reconnected session missed.

use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::mutants::{Mutant, Mutants};
use crate::state::service::Service;
use crate::words::client::Cursor;
use crate::words::id::SessionId;
use crate::words::message::{Message, Priority};
use crate::words::output::Output;
use crate::words::reading::{RecoveryReach, SendOwnCopy};
use crate::words::rule::Rule;
use crate::words::time::{Duration, Instant};
use crate::words::tracer::Tracer;

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Queues the HIGH messages that a session missed in each group beyond its cursor: each once, in order.
    ///
    /// Groups that the session is no longer in are passed over, and so is what was delivered before the member joined.
    /// Work: the messages kept since the cursor.
    pub(crate) fn recover(&mut self, session: SessionId, cursors: &[Cursor]) {
        let mut named = BTreeSet::new();
        for (at, cursor) in cursors.iter().enumerate() {
            // A client may name a group twice, or a hundred thousand times; the first cursor holds, or it would receive messages
            // twice.
            if !named.insert(cursor.group) {
                continue;
            }
            // Not an error: the group may have ended while the client was away, of which it hears by a notice of its
            // own.
            let Some(slot) = self.state.users[session.user.at()].slot_in(cursor.group) else { continue };
            // Its membership is still in the tables, but for everybody it ended with the deletion.
            if self.is_dismissing(cursor.group)
                || (at > 0 && self.mutants.has(Mutant::RecoveryFirstGroupOnly))
            {
                continue;
            }
            self.hit(Rule::RecoveryHighAfterReconnect);
            if self.mutants.has(Mutant::RecoveryOff) {
                continue;
            }
            // The cursor is the client's word. What was delivered before this membership began is not owed, whatever
            // the cursor says.
            let joined = self.state.groups[cursor.group.at()].audience.slots()[slot.at()].joined;
            let mut missed = self.missed(session, cursor, joined);
            if self.mutants.has(Mutant::RecoveryShortInSupergroup)
                && self.state.groups[cursor.group.at()].is_supergroup()
            {
                missed.drain(..missed.len().saturating_sub(1));
            }
            // No empty output: a reconnect of a million clients who missed nothing must not fill the queue.
            if !missed.is_empty() {
                self.push(Output::Recover(session, cursor.group, missed));
            }
        }
    }

    fn missed(&self, session: SessionId, cursor: &Cursor, joined: Instant) -> Vec<Arc<Message>> {
        let record = &self.state.groups[cursor.group.at()];
        // Asked of the rule and not of the timer: memory is freed by the hour, and what has expired is owed to nobody
        // the second it does.
        let keeping = self.keeping(record.app);
        let reach = self.config.readings.recovery_reach;
        let withheld = self.config.readings.send_own_copy == SendOwnCopy::Withheld
            || self.mutants.has(Mutant::RecoveryWithoutOwn);
        let mut seen = cursor.high_seq;
        if self.mutants.has(Mutant::RecoveryRepeats) {
            seen = seen.saturating_sub(1);
        }
        let all_levels = self.mutants.has(Mutant::RecoveryAllLevels);
        let minute_only = self.mutants.has(Mutant::RecoveryMinuteOnly);
        let now = self.state.now;
        let mut missed: Vec<Arc<Message>> = Vec::new();
        // Both conditions grow along the lists, so that a walk from the newest back sees nothing that is not new.
        let fresh = |message: &&Arc<Message>| message.seq > seen && message.at >= joined;
        let owed = |message: &&Arc<Message>| {
            (message.level == Priority::High || all_levels)
                && keeping.keeps(message)
                && !(minute_only && now.since(message.at) > Duration::from_secs(60))
                && !(withheld && message.sender == session.user)
        };
        if reach != RecoveryReach::CacheOnly {
            missed.extend(record.history.stored().iter().rev().take_while(fresh).filter(owed).cloned());
        }
        if reach != RecoveryReach::StorageOnly {
            missed.extend(record.history.recent().iter().rev().take_while(fresh).filter(owed).cloned());
        }
        // The two lists overlap; by number they become one row, in which the same message stands side by side.
        missed.sort_by_key(|message| message.seq);
        missed.dedup_by_key(|message| message.seq);
        if self.mutants.has(Mutant::RecoveryReversed) {
            missed.reverse();
        }
        missed
    }
}
