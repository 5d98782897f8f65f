//! Recall: a message is no longer kept, and everybody who is in the group is notified once.

use alloc::vec::Vec;

use crate::mutants::{Mutant, Mutants};
use crate::state::service::Service;
use crate::words::id::{GroupIx, UserIx};
use crate::words::output::Notice;
use crate::words::rule::Rule;
use crate::words::text::Text;
use crate::words::tracer::Tracer;

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Who sent the message of that ID, while the group keeps it or it waits for a slot.
    pub(super) fn sender_of(&mut self, group: GroupIx, tid: &str) -> Option<UserIx> {
        // Mutable, because the index by ID is caught up when it is asked.
        let record = &mut self.state.groups[group.at()];
        let waiting = record.shaper.waiting().find(|waiting| *waiting.payload.tid == *tid);
        let waiting = waiting.map(|waiting| waiting.payload.sender);
        let waiting = waiting.filter(|_| !self.mutants.has(Mutant::AnyoneRecallsWaiting));
        // What waits first: it is the newer one, where a caller was allowed to use an ID twice.
        waiting.or_else(|| record.history.find(tid).map(|message| message.sender))
    }

    /// Recalls the message of that ID; whether there was one.
    ///
    /// A message that waits for a slot is taken out without a notice: nobody has seen it.
    pub(crate) fn recall(&mut self, group: GroupIx, tid: &str) -> bool {
        self.recall_elsewhere_by_mutant(group, tid);
        let mut found = None;
        let mut found_recent = None;
        let kept = self.mutants.has(Mutant::RecallKeepsMessage);
        let stored_only = self.mutants.has(Mutant::RecallStoredOnly);
        let record = &mut self.state.groups[group.at()];
        // A loop, since under one reading several messages may have the same ID; all of them are recalled.
        while let Some(message) = record.history.find(tid).filter(|message| message.stored || !stored_only) {
            found = Some(message.tid.clone());
            if kept {
                break;
            }
            record.history.remove(message.seq);
            if message.cached && self.mutants.has(Mutant::RecallKeepsRecent) {
                found_recent = Some(message);
            }
        }
        let mut withdrawn = Vec::new();
        // Also what waits for a slot: delivered afterwards, it would be a message that its sender believes to be gone.
        while let Some(candidate) = record.shaper.withdraw(|draft| *draft.tid == *tid) {
            withdrawn.push(candidate);
        }
        if let Some(message) = found_recent {
            record.history.cache(message, usize::MAX);
        }
        let waited = !withdrawn.is_empty();
        self.hit(Rule::RecallMessageByMsgTid);
        for candidate in withdrawn {
            // To the ledger it is shed, under the rule of the recall: no member ever saw it, so that no notice goes
            // out.
            self.record_shed(group, candidate, Rule::RecallMessageByMsgTid, None);
        }
        // Nothing was kept. A recall succeeds all the same and tells nobody, however often it is repeated.
        let Some(tid) = found else {
            self.hit(Rule::RecallMessageIdempotent);
            if self.mutants.has(Mutant::RecallMissingTold) {
                self.notify_group(group, Notice::MessageDeleted { tid: Text::from(tid) });
            }
            return waited;
        };
        self.hit(Rule::RecallNoticeMembers);
        if !self.mutants.has(Mutant::RecallUntold) {
            self.notify_group(group, Notice::MessageDeleted { tid: tid.clone() });
        }
        if self.mutants.has(Mutant::RecallToldTwice) {
            self.notify_group(group, Notice::MessageDeleted { tid });
        }
        true
    }
}
