//! Answers that are owed: a moderation verdict, or a receiver's acknowledgement, must come first.
//!
//! A send that waits here survives the deletion of its group and the end of its session; it is checked again when its turn
//! comes, and fails if there is nothing left to send to.

use crate::call::check::invalid;
use crate::call::enter::no_group;
use crate::message::pipeline::SendDeclined;
use crate::message::review::Review;
use crate::mutants::{Mutant, Mutants};
use crate::state::draft::Draft;
use crate::state::service::Service;
use crate::state::tickets::{Asker, Pending};
use crate::state::timer::Timer;
use crate::words::client::ClientReply;
use crate::words::id::{GroupIx, Ticket};
use crate::words::message::Origin;
use crate::words::output::{Output, Verdict};
use crate::words::reading::{SendInactiveCode, SendTypeOverflow, UserSendSilentCode};
use crate::words::refusal::{ClientRefusal, Fault, Missing, Refusal};
use crate::words::response::Response;
use crate::words::rule::Rule;
use crate::words::text::Text;
use crate::words::time::Duration;
use crate::words::tracer::Tracer;
use alloc::sync::Arc;

/// The way of a group message whose sender is answered with success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Settled {
    /// It is sent on its way.
    Submit,
    /// It goes nowhere.
    Drop,
}

/// Why something that waited failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TicketFailure {
    /// The group has too many types, or the content was refused.
    Declined(SendDeclined, Origin),
    /// Nobody is in the group any more.
    Inactive,
    /// The group is gone.
    NoGroup,
    /// The receiver is not online any more.
    ReceiverOffline,
    /// The receiver did not acknowledge in time.
    Silent,
}

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Puts something behind a ticket, at most for a span.
    pub(super) fn open_ticket(&mut self, pending: Pending, within: Duration) -> Ticket {
        let ticket = self.state.tickets.next();
        self.state.tickets.wait(ticket, pending);
        // Never cancelled when the answer comes: the timer then finds no ticket, which costs less than a search for the
        // timer.
        self.state.timers.set(self.state.now + within, Timer::Ticket(ticket));
        ticket
    }

    /// Takes the verdict on a text.
    pub(crate) fn verdict(&mut self, ticket: Ticket, verdict: Verdict) {
        let waits = self.state.tickets.get(ticket);
        // Looked at before it is taken out: a verdict on a ticket that waits for an acknowledgement is a driver's
        // mistake, and must not use the ticket up.
        if !waits.is_some_and(|pending| matches!(pending, Pending::Group { .. } | Pending::Direct { .. })) {
            return;
        }
        let Some(pending) = self.state.tickets.take(ticket) else { return };
        // Only a verdict can stop a message. A reviewer that fails, answers nonsense or is late lets it through.
        if verdict != Verdict::Unavailable {
            self.hit(Rule::ModerationVerdictPass);
        }
        let review = match verdict {
            Verdict::Pass => Review::Pass,
            Verdict::Refuse(_) if self.mutants.has(Mutant::RejectedDelivered) => Review::Pass,
            Verdict::Refuse(_) => self.rejection(),
            Verdict::Unavailable => {
                self.hit(Rule::ModerationFailureOpen);
                if self.mutants.has(Mutant::ReviewFailsClosed) { self.rejection() } else { Review::Pass }
            }
        };
        match pending {
            Pending::Group { group, draft, asker } => {
                // Before the draft is consumed: the sender is answered with the ID whatever becomes of the message.
                let tid = draft.tid.clone();
                let settled = self.settle_group(group, &draft, &review);
                // Answered before it is submitted: the sender learns of the success before anybody, itself included,
                // receives the message.
                self.answer(ticket, asker, settled.map(|_| tid));
                if settled == Ok(Settled::Submit) {
                    self.submit_reviewed(group, *draft);
                }
            }
            Pending::Direct { message, asker } => self.settle_direct(ticket, *message, asker, &review),
            Pending::Receipt { .. } => {}
        }
    }

    /// Goes on with a group message after its review.
    fn settle_group(
        &mut self,
        group: GroupIx,
        draft: &Draft,
        review: &Review,
    ) -> Result<Settled, TicketFailure> {
        // The review is over, whichever way it went: a message that waits on holds its ID again in the shaper.
        self.release_tid(group, draft);
        match review {
            Review::Reject { openly: true } => {
                return Err(TicketFailure::Declined(SendDeclined::Rejected, draft.origin));
            }
            Review::Reject { openly: false } => return Ok(Settled::Drop),
            Review::Ask(_) | Review::Pass => {}
        }
        // All that was checked when it was sent is checked again: seconds have passed, and group, members and types may
        // have gone.
        if !self.state.groups[group.at()].is_live() {
            self.hit(Rule::DeletionGroupUnavailable);
            return Err(TicketFailure::NoGroup);
        }
        if !self.is_active(group) {
            return Err(TicketFailure::Inactive);
        }
        if !self.admits_type(group, draft.kind) {
            return match self.config.readings.send_type_overflow {
                SendTypeOverflow::Refused => {
                    Err(TicketFailure::Declined(SendDeclined::TooManyTypes, draft.origin))
                }
                SendTypeOverflow::Dropped => Ok(Settled::Drop),
            };
        }
        if self.mutants.has(Mutant::ShedRefusedAfterReview) && self.is_exhausted(group) {
            return Err(TicketFailure::Inactive);
        }
        Ok(Settled::Submit)
    }

    fn submit_reviewed(&mut self, group: GroupIx, mut draft: Draft) {
        if self.mutants.has(Mutant::TimestampOfVerdict) {
            draft.sent = self.state.now;
        }
        if self.mutants.has(Mutant::ReviewPassesFullSecond) && self.is_exhausted(group) {
            self.deliver(group, draft);
        } else {
            self.submit(group, draft);
        }
    }

    /// Answers the caller or client that waited. A client whose session is over is not answered.
    pub(crate) fn answer(&mut self, ticket: Ticket, asker: Asker, outcome: Result<Text, TicketFailure>) {
        match asker {
            Asker::Server => {
                let outcome =
                    outcome.map(Response::MessageSent).map_err(|failure| self.failure_refusal(failure));
                if let Err(refusal) = &outcome {
                    self.hit(refusal.rule());
                    self.hit(refusal.code_rule());
                }
                self.push(Output::Answer(ticket, outcome));
            }
            Asker::Client(session) => {
                // By session and not by user: a user who has logged on anew did not send this message, and knows no
                // such ticket.
                if self.live_session(session).is_some() {
                    let outcome =
                        outcome.map(ClientReply::Sent).or_else(|failure| self.failure_of_client(failure));
                    self.push(Output::ClientAnswer(session, ticket, outcome));
                }
            }
        }
    }

    /// The answer to a client for a failure.
    fn failure_of_client(&self, failure: TicketFailure) -> Result<ClientReply, ClientRefusal> {
        let rejected = matches!(failure, TicketFailure::Declined(SendDeclined::Rejected, _));
        if rejected && self.mutants.has(Mutant::RejectedToldSentToClients) {
            return Ok(ClientReply::Sent(Text::from("0")));
        }
        Err(failure_of_client(failure))
    }

    /// The refusal of a server-side call for what a failure says.
    fn failure_refusal(&self, failure: TicketFailure) -> Refusal {
        match failure {
            TicketFailure::Declined(declined, origin) => declined_refusal(declined, origin),
            TicketFailure::Inactive => self.inactive_refusal(),
            TicketFailure::NoGroup => no_group(Rule::DeletionGroupUnavailable),
            TicketFailure::ReceiverOffline => self.offline_refusal(),
            TicketFailure::Silent => {
                let rule = Rule::MessageUserSendHighReliability;
                match self.config.readings.user_send_silent_code {
                    UserSendSilentCode::ServerError => Refusal::ServerError { rule },
                    UserSendSilentCode::ResourceNotExist => {
                        Refusal::NotExist { what: Missing::Receiver, rule }
                    }
                }
            }
        }
    }

    /// The refusal of a send to a group that nobody is in.
    pub(super) const fn inactive_refusal(&self) -> Refusal {
        let rule = Rule::MessageSendNeedsActive;
        match self.config.readings.send_inactive_code {
            SendInactiveCode::ResourceNotExist => Refusal::NotExist { what: Missing::ActiveGroup, rule },
            SendInactiveCode::InputInvalid => {
                Refusal::InputInvalid(invalid("GroupId", Fault::NotAllowed, rule))
            }
        }
    }

    /// A verdict or an acknowledgement is overdue, unless it came.
    pub(crate) fn on_ticket_timeout(&mut self, ticket: Ticket) {
        match self.state.tickets.get(ticket) {
            // The answer came in time: the common case, since no timer is ever cancelled.
            None => {}
            Some(Pending::Group { .. } | Pending::Direct { .. }) => {
                let silent = self.mutants.has(Mutant::ReviewSilenceCloses);
                let verdict = if silent { Verdict::Refuse(Arc::from("")) } else { Verdict::Unavailable };
                self.verdict(ticket, verdict);
            }
            // A ticket may have waited for a review first, whose timer this is; the time of the receipt runs from the
            // delivery.
            Some(Pending::Receipt { due, .. }) if *due > self.state.now => {}
            Some(Pending::Receipt { tid, .. }) => {
                let succeeds = self.mutants.has(Mutant::UnacknowledgedSucceeds);
                let outcome = if succeeds { Ok(tid.clone()) } else { Err(TicketFailure::Silent) };
                // Taken out before the answer is queued: an acknowledgement that comes after it must find nothing.
                self.state.tickets.take(ticket);
                self.hit(Rule::MessageUserSendHighReliability);
                self.answer(ticket, Asker::Server, outcome);
            }
        }
    }
}

/// The refusal of a server-side send, in the words of its family.
pub(super) const fn declined_refusal(declined: SendDeclined, origin: Origin) -> Refusal {
    let old = matches!(origin, Origin::Old);
    let (parameter, fault, rule) = match declined {
        SendDeclined::Duplicate => ("MsgTid", Fault::Conflict, Rule::MessageMsgTidUnique),
        SendDeclined::Rejected => {
            (if old { "Data" } else { "Body" }, Fault::Rejected, Rule::ModerationVerdictPass)
        }
        SendDeclined::TooManyTypes => {
            (if old { "Type" } else { "MsgType" }, Fault::TooManyTypes, Rule::MessageTypesMax)
        }
    };
    Refusal::InputInvalid(invalid(parameter, fault, rule))
}

const fn failure_of_client(failure: TicketFailure) -> ClientRefusal {
    match failure {
        TicketFailure::Declined(..) => ClientRefusal::BadParameter,
        TicketFailure::Inactive => ClientRefusal::NotJoined,
        TicketFailure::NoGroup => ClientRefusal::GroupDeleted,
        TicketFailure::ReceiverOffline => ClientRefusal::ReceiverOffline,
        TicketFailure::Silent => ClientRefusal::Temporary,
    }
}
