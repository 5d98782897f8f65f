//! Delivery: a draft becomes a message, is numbered, counted, kept and sent to everybody in the group.
//!
//! Constant work, whatever the size of the group: the fan-out is one output, which the driver carries out.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::mutants::{Mutant, Mutants};
use crate::state::draft::Draft;
use crate::state::service::Service;
use crate::words::id::{GroupIx, SessionId, UserIx};
use crate::words::message::{Message, Priority};
use crate::words::output::{Fanout, Output};
use crate::words::reading::SendOwnCopy;
use crate::words::rule::Rule;
use crate::words::time::Instant;
use crate::words::tracer::Tracer;

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Delivers a message to everybody who is in the group at this moment, or to the members it is for.
    #[inline(always)]
    pub(crate) fn deliver(&mut self, group: GroupIx, mut draft: Draft) {
        // Before it is written: from here on the history answers for the ID, and two answers could disagree.
        self.release_tid(group, &draft);
        // Rare (one operation of the old family), and out of line, so that the common way carries no loop.
        if let Some(receivers) = draft.receivers.take() {
            return self.deliver_to(group, draft, &receivers);
        }
        let message = self.write(group, draft, true);
        self.hit(Rule::MessageDeliverAllMembers);
        if self.is_undelivered_by_mutant(&message)
            || (self.mutants.has(Mutant::DeliverySkipsSome) && message.seq.is_multiple_of(64))
        {
            return;
        }
        let record = &self.state.groups[group.at()];
        // The driver may carry the fan-out out later, and sees by it whether the audience is still the one of this
        // moment.
        let generation = record.audience.generation();
        let withheld = self.config.readings.send_own_copy == SendOwnCopy::Withheld;
        // Left to the driver, which walks the audience anyway: a list without the sender would be a copy of all
        // members.
        let withhold = withheld.then_some(message.sender);
        if self.mutants.has(Mutant::DeliveryTwice) && message.seq.is_multiple_of(64) {
            let message = Arc::clone(&message);
            self.push(Output::Deliver(Fanout { group, generation, message, withhold }));
        }
        self.push(Output::Deliver(Fanout { group, generation, message, withhold }));
    }

    /// Delivers a message to those of the chosen users who are in the group.
    #[cold]
    #[inline(never)]
    fn deliver_to(&mut self, group: GroupIx, draft: Draft, receivers: &[UserIx]) {
        let message = self.write(group, draft, true);
        // Members at the moment of delivery, not of the send: a review may lie between, and who has left receives
        // nothing more.
        let present = |user: &&UserIx| self.state.users[user.at()].slot_in(group).is_some();
        let sessions: Vec<SessionId> =
            receivers.iter().filter(present).filter_map(|user| self.session_of(*user)).collect();
        // The message was numbered and counted all the same: it was sent, though nobody who was chosen is there.
        if !sessions.is_empty() {
            self.push(Output::DeliverTo(sessions, message));
        }
    }

    /// Numbers, counts and keeps a message.
    #[inline(always)]
    pub(crate) fn write(&mut self, group: GroupIx, draft: Draft, counts: bool) -> Arc<Message> {
        self.hit(Rule::StatisticsDeliveryTotal);
        // Counted before it is numbered, since the message carries the total that includes itself.
        let increase = if counts { self.counted_increase(&draft) } else { 0 };
        let mut total = self.count(group, draft.kind, increase);
        if self.mutants.has(Mutant::TotalStale) {
            total = total.saturating_sub(increase.unsigned_abs());
        }
        if self.mutants.has(Mutant::TotalOfAllTypes) {
            total = self.total_of_all(group);
        }
        let (stored, cached) = self.keeps(&draft);
        let sent = self.time_stamp(draft.sent, false);
        let at = self.state.now;
        let record = &mut self.state.groups[group.at()];
        // Numbered here and only here: sequence numbers follow the order of delivery without a hole, so that a client
        // can see what it missed.
        let high = draft.level == Priority::High;
        // A second row of numbers, of HIGH messages only: a client that was away learns from it whether anything it is
        // owed is missing.
        let (seq, high_index) = record.next_numbers(high);
        // One allocation for the message, shared by its deliveries, the history and the recent list; nothing is copied
        // for each member.
        let message = Arc::new(Message {
            number: draft.number,
            group: Some(group),
            seq,
            high_index,
            tid: draft.tid,
            kind: draft.kind,
            level: draft.level,
            origin: draft.origin,
            sender: draft.sender,
            sender_id: draft.sender_id,
            sender_info: draft.sender_info,
            body: draft.body,
            sent,
            at,
            total,
            increase,
            stored,
            cached,
        });
        if stored {
            record.history.store(Arc::clone(&message));
            // One timer for a group, not for a message: it is for the oldest, and sets itself again while something is
            // kept.
            if record.history.armed().is_none() {
                self.arm_retention(group);
            }
        }
        // After the history: the recent list weighs a message by whether the history holds it too.
        if self.enters_recent(group, cached) {
            let max = self.recent_max();
            self.state.groups[group.at()].history.cache(Arc::clone(&message), max);
        }
        message
    }

    /// The time stamp of a message that was sent at a time and is delivered now.
    pub(super) fn time_stamp(&mut self, sent: Instant, direct: bool) -> Instant {
        // The stamp is that of the send, as documented, also when a review or a wait for a slot lay between.
        if sent < self.state.now {
            self.hit(Rule::MessageTimestampSending);
        }
        let mutant = if direct { Mutant::DirectStampOfDelivery } else { Mutant::TimestampOfDelivery };
        if self.mutants.has(mutant) { self.state.now } else { sent }
    }

    /// Whether a message enters the history, and whether it enters the recent list.
    fn keeps(&mut self, draft: &Draft) -> (bool, bool) {
        if !draft.stored {
            self.hit(Rule::HistoryNoStorageSkips);
        }
        if !draft.cached {
            self.hit(Rule::MessageNoCacheSkipsRecent);
        }
        (
            (draft.stored && (draft.cached || !self.mutants.has(Mutant::NoCacheUnstored)))
                || self.mutants.has(Mutant::NoStorageIgnored),
            draft.cached || self.mutants.has(Mutant::NoCacheIgnored),
        )
    }
}
