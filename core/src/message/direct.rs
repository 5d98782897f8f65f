//! Messages to one user: to a user who is online, acknowledged on request, never shaped.

use alloc::boxed::Box;
use alloc::sync::Arc;

use crate::call::check::invalid;
use crate::message::pipeline::{Accepted, SendDeclined};
use crate::message::review::Review;
use crate::message::tickets::TicketFailure;
use crate::mutants::{Mutant, Mutants};
use crate::state::direct::DirectMessage;
use crate::state::service::Service;
use crate::state::tickets::{Asker, Pending};
use crate::state::timer::Timer;
use crate::words::id::{SessionId, Ticket, UserIx};
use crate::words::limits::ACK_WITHIN;
use crate::words::message::{Message, Priority};
use crate::words::output::{Moderation, Output};
use crate::words::reading::UserSendOfflineCode;
use crate::words::refusal::{Fault, Missing, Refusal};
use crate::words::rule::Rule;
use crate::words::text::Text;
use crate::words::time::{Duration, Instant};
use crate::words::tracer::Tracer;

/// The fate of a message to one user.
enum DirectOutcome {
    /// Its receiver has to acknowledge first.
    Awaited {
        receiver: SessionId,
    },
    Sent,
}

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Whether a user can receive a message now.
    pub(super) fn is_reachable(&mut self, receiver: Option<UserIx>) -> bool {
        self.hit(Rule::MessageUserSendReceiverOnline);
        // A session and not a link: a user whose link is lost is online until the heartbeat timeout has passed.
        receiver.is_some_and(|user| self.session_of(user).is_some())
    }

    /// The refusal of a message to a user who is not online.
    pub(super) const fn offline_refusal(&self) -> Refusal {
        let rule = Rule::MessageUserSendReceiverOnline;
        match self.config.readings.user_send_offline_code {
            UserSendOfflineCode::ResourceNotExist => Refusal::NotExist { what: Missing::Receiver, rule },
            UserSendOfflineCode::InputInvalid => {
                Refusal::InputInvalid(invalid("ReceiverId", Fault::NotAllowed, rule))
            }
        }
    }

    /// Sends a message to one user after its review came to `review`, which did not refuse it.
    pub(super) fn dispatch_direct(
        &mut self,
        direct: DirectMessage,
        review: Review,
        asker: Asker,
    ) -> Accepted {
        // Copied out, because every way below consumes the message and still has to answer with its ID.
        let (tid, sent) = (direct.tid.clone(), direct.sent);
        match review {
            Review::Ask(url) => {
                let app = self.state.users[direct.receiver.at()].app;
                let content = Arc::clone(&direct.body);
                let within = self.config.limits.moderation_within;
                let ticket = self.open_ticket(Pending::Direct { message: Box::new(direct), asker }, within);
                self.push(Output::Moderate(Moderation { ticket, app, url, content }));
                Accepted::Pending(ticket)
            }
            // The callers have refused what the sender is to learn of; what arrives here is dropped in silence.
            Review::Reject { .. } => Accepted::Sent(tid),
            Review::Pass => {
                // Counted up only when it is used: a ticket that nobody waits for would leave a hole in the row that
                // answers are matched by.
                let ticket = self.state.tickets.next();
                match self.post(direct, ticket) {
                    Some(DirectOutcome::Awaited { receiver }) => {
                        self.await_receipt(ticket, receiver, tid, sent);
                        Accepted::Pending(ticket)
                    }
                    Some(DirectOutcome::Sent) | None => Accepted::Sent(tid),
                }
            }
        }
    }

    /// Goes on with a message to one user after its review.
    pub(super) fn settle_direct(
        &mut self,
        ticket: Ticket,
        direct: DirectMessage,
        asker: Asker,
        review: &Review,
    ) {
        let (tid, sent) = (direct.tid.clone(), direct.sent);
        let review = if self.mutants.has(Mutant::RejectedLettersDelivered) { &Review::Pass } else { review };
        let outcome = match review {
            Review::Reject { openly: true } => {
                Err(TicketFailure::Declined(SendDeclined::Rejected, direct.origin))
            }
            Review::Reject { openly: false } => Ok(tid),
            Review::Ask(_) | Review::Pass => match self.post(direct, ticket) {
                Some(DirectOutcome::Awaited { receiver }) => {
                    return self.await_receipt(ticket, receiver, tid, sent);
                }
                Some(DirectOutcome::Sent) => Ok(tid),
                None => Err(TicketFailure::ReceiverOffline),
            },
        };
        self.answer(ticket, asker, outcome);
    }

    fn await_receipt(&mut self, ticket: Ticket, receiver: SessionId, tid: Text, sent: Instant) {
        let mut within = ACK_WITHIN;
        if self.mutants.has(Mutant::AckWithinFiveSeconds) {
            within = Duration::from_secs(5);
        }
        if self.mutants.has(Mutant::AckWithinTwoSeconds) {
            within = Duration::from_secs(2);
        }
        within = self.ack_within_by_mutant(within, sent);
        // From the delivery and not from the send: a review may have taken its time before, which the receiver cannot
        // help.
        let due = self.state.now + within;
        self.state.tickets.wait(ticket, Pending::Receipt { receiver, tid, due });
        self.state.timers.set(due, Timer::Ticket(ticket));
    }

    /// Hands a message to its receiver's session; none when the receiver is not online.
    fn post(&mut self, direct: DirectMessage, ticket: Ticket) -> Option<DirectOutcome> {
        // Asked again: between the send and the verdict the receiver may have gone.
        let receiver = self.session_of(direct.receiver)?;
        // Not shaped and not numbered: the limit, the sequence and the counters are a group's.
        self.hit(Rule::ShaperScopeGroupMessages);
        self.hit(Rule::HistoryUserMessageUnstored);
        let message = Arc::new(Message {
            number: direct.number,
            group: None,
            seq: 0,
            high_index: 0,
            tid: direct.tid,
            kind: direct.kind,
            level: Priority::Normal,
            origin: direct.origin,
            sender: direct.sender,
            sender_id: direct.sender_id,
            sender_info: direct.sender_info,
            body: direct.body,
            sent: self.time_stamp(direct.sent, true),
            at: self.state.now,
            total: 0,
            increase: 0,
            stored: direct.stored,
            cached: false,
        });
        self.take_slots_by_mutant(direct.receiver, direct.origin);
        if self.is_direct_lost_by_mutant(direct.receiver, direct.origin) {
            return Some(DirectOutcome::Sent);
        }
        if !direct.reliable {
            self.push(Output::Direct(receiver, message, None));
            return Some(DirectOutcome::Sent);
        }
        self.hit(Rule::MessageUserSendHighReliability);
        // A client that is too old to acknowledge would make every such send fail: for it nobody waits.
        let acknowledges = self.live_session(receiver).is_some_and(|live| live.acknowledges);
        if !acknowledges {
            self.hit(Rule::MessageUserSendOldClient);
        }
        let waits = (acknowledges && !self.mutants.has(Mutant::AckNotAwaited))
            || (!acknowledges && self.mutants.has(Mutant::OldClientAwaited));
        if acknowledges || !self.mutants.has(Mutant::OldClientUndelivered) {
            self.push(Output::Direct(receiver, message, waits.then_some(ticket)));
        }
        Some(if waits { DirectOutcome::Awaited { receiver } } else { DirectOutcome::Sent })
    }

    /// A session acknowledges a message. Anything that does not wait for it is ignored.
    pub(crate) fn acknowledge(&mut self, session: SessionId, ticket: Ticket) {
        let Some(Pending::Receipt { receiver, tid, .. }) = self.state.tickets.get(ticket) else { return };
        // Another session's ticket: only who received the message can say so, and a guess must not complete somebody's
        // send.
        if *receiver != session {
            return;
        }
        let tid = tid.clone();
        self.state.tickets.take(ticket);
        self.hit(Rule::MessageUserSendHighReliability);
        self.answer(ticket, Asker::Server, Ok(tid));
    }
}
