//! Messages to one user: handed to the receiver's session at once, and, where the sender asked for it, owed until that
//! very session acknowledges them or three seconds have passed.

use std::sync::Arc;

use claque_core::{
    ClientReply, ClientRequest, Input, Message, Missing, Mutants, Outcome, Output, Refusal, Reply, Response,
    Rule, SessionId, Text, Ticket, limits,
};

use super::calls::{CallInput, Effect, MessageSend};
use super::{Model, Observed};
use crate::books::direct::{DirectSent, Receipt};
use crate::evidence;
use crate::evidence::Evidence;

impl Model {
    /// Follows messages to one user through a call and what came of it.
    pub(super) fn follow_direct<D: Mutants>(&mut self, seen: &Observed<'_, D>) {
        let mut sent = self.direct_sent(seen);
        self.judge_reachable(seen, sent.as_ref());
        let mut handed: Option<DirectSent> = None;
        match (seen.outcome, sent.take()) {
            (
                Outcome::Request(Ok(Reply::Pending(ticket)))
                | Outcome::Client(Ok(ClientReply::Pending(ticket))),
                Some(sent),
            ) => {
                let asks =
                    |output: &Output| matches!(output, Output::Moderate(review) if review.ticket == *ticket);
                if seen.outputs.iter().any(asks) {
                    self.direct.reviewed.insert(*ticket, sent);
                } else {
                    handed = Some(sent);
                }
            }
            (
                Outcome::Request(Ok(Reply::Done(Response::MessageSent(_))))
                | Outcome::Client(Ok(ClientReply::Sent(_))),
                Some(sent),
            ) => handed = Some(sent),
            _ => {}
        }
        let must = handed.is_some() && !self.is_stopped(seen);
        for output in seen.outputs {
            match output {
                Output::Direct(session, message, ticket) => {
                    let reviewed = self.review_that_ends(seen, *ticket, *session, message);
                    let at_once = handed.take();
                    self.judge_direct_id(seen, at_once.as_ref(), message);
                    self.on_handed(seen, (*session, message, *ticket), at_once.or(reviewed));
                }
                Output::Answer(ticket, answer) => self.on_direct_answer(seen, *ticket, answer.as_ref()),
                Output::ClientAnswer(_, ticket, _) => {
                    self.direct.reviewed.remove(ticket);
                }
                _ => {}
            }
        }
        if let Some(sent) = handed.filter(|_| must) {
            let said = evidence!("a message to user ", sent.receiver, " is accepted and handed to nobody");
            self.refute(seen.now, Some(Rule::MessageUserSendReceiverOnline), said);
        }
        self.judge_unacknowledged(seen);
    }

    /// Whether the service's own review stops the message in silence.
    fn is_stopped<D: Mutants>(&self, seen: &Observed<'_, D>) -> bool {
        match CallInput::of(seen.input) {
            Some(CallInput::Server(request)) => {
                let Effect::Send(MessageSend::SendLiveMessageUser(call)) = request.into() else {
                    return false;
                };
                self.forbids(seen, seen.app(&call.app_id), call.body.as_deref().unwrap_or_default(), true)
            }
            Some(CallInput::Client(session, ClientRequest::SendToUser { body, .. })) => {
                self.forbids(seen, seen.app_of(session.user), body, false)
            }
            Some(CallInput::Client(..) | CallInput::Console(_)) | None => false,
        }
    }

    /// The message that a call sends to one user whom the model knows.
    fn direct_sent<D: Mutants>(&self, seen: &Observed<'_, D>) -> Option<DirectSent> {
        match CallInput::of(seen.input) {
            Some(CallInput::Server(request)) => {
                let Effect::Send(MessageSend::SendLiveMessageUser(call)) = request.into() else {
                    return None;
                };
                let sender = seen.user_of(&call.app_id, &call.sender_id);
                let known = || sender.map(|user| self.people.info_of(user)).unwrap_or_default();
                Some(DirectSent {
                    at: seen.now,
                    sender,
                    sender_info: call.sender_info.as_deref().map_or_else(known, Arc::from),
                    receiver: seen.user_of(&call.app_id, &call.receiver_id)?,
                    kind: call.msg_type.unwrap_or(0),
                    body: call.body.as_deref().unwrap_or_default().into(),
                    tid: call.msg_tid.as_deref().filter(|tid| !tid.is_empty()).map(Text::from),
                    reliable: call.high_reliability == Some(true),
                })
            }
            Some(CallInput::Client(session, ClientRequest::SendToUser { receiver, kind, body, .. })) => {
                let receiver =
                    seen.app_of(session.user).and_then(|app| seen.names.user(seen.service, app, receiver))?;
                Some(DirectSent {
                    at: seen.now,
                    sender: Some(session.user),
                    sender_info: self.people.info_of(session.user),
                    receiver,
                    kind: *kind,
                    body: Arc::clone(body),
                    tid: None,
                    reliable: false,
                })
            }
            Some(CallInput::Client(..) | CallInput::Console(_)) | None => None,
        }
    }

    /// Who has a session can be sent to, though the link be lost; nobody else can.
    fn judge_reachable<D: Mutants>(&mut self, seen: &Observed<'_, D>, sent: Option<&DirectSent>) {
        let Some(sent) = sent else { return };
        let online = self.people.session(sent.receiver).is_some();
        let said = match seen.outcome {
            Outcome::Request(Ok(_)) | Outcome::Client(Ok(_)) if !online => "is not online, and is sent to",
            Outcome::Request(Err(Refusal::NotExist { what: Missing::Receiver, .. }))
            | Outcome::Client(Err(claque_core::ClientRefusal::ReceiverOffline))
                if online =>
            {
                "is online, and cannot be sent to"
            }
            Outcome::Client(_) | Outcome::Connected(_) | Outcome::Quiet | Outcome::Request(_) => return,
        };
        let said = evidence!("user ", sent.receiver, " ", said);
        self.refute(seen.now, Some(Rule::MessageUserSendReceiverOnline), said);
    }

    /// The message whose review ends by handing it over.
    fn review_that_ends<D: Mutants>(
        &self,
        seen: &Observed<'_, D>,
        ticket: Option<Ticket>,
        session: SessionId,
        message: &Message,
    ) -> Option<DirectSent> {
        let named = if let Input::Verdict(ticket, _) = seen.input { Some(*ticket) } else { ticket };
        let alike = |sent: &&DirectSent| {
            (sent.receiver, sent.at, &sent.body) == (session.user, message.sent, &message.body)
        };
        let by_ticket = named.and_then(|ticket| self.direct.reviewed.get(&ticket));
        by_ticket.or_else(|| self.direct.reviewed.values().find(alike)).cloned()
    }

    /// What is handed over at once has the ID that its sender is answered with.
    fn judge_direct_id<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        sent: Option<&DirectSent>,
        message: &Message,
    ) {
        let (Outcome::Request(Ok(Reply::Done(Response::MessageSent(tid))))
        | Outcome::Client(Ok(ClientReply::Sent(tid)))) = seen.outcome
        else {
            return;
        };
        if sent.is_some() && *tid != message.tid {
            let said = evidence!("message ", &message.tid, " is answered under another ID, ", tid);
            self.refute(seen.now, Some(Rule::MessageMsgTidGenerated), said);
        }
    }

    /// A message is handed to a session.
    fn on_handed<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        (session, message, ticket): (SessionId, &Message, Option<Ticket>),
        sent: Option<DirectSent>,
    ) {
        let live = self.people.session(session.user).is_some_and(|known| known.id == session);
        let wrong: Option<(Rule, Evidence)> = match &sent {
            None => {
                Some((Rule::MessageUserSendReceiverOnline, evidence!("is handed over, and nobody sent it")))
            }
            Some(sent) if sent.receiver != session.user || !live => {
                let said = evidence!("to user ", sent.receiver, " goes to user ", session.user);
                Some((Rule::MessageUserSendReceiverOnline, said))
            }
            Some(sent)
                if (sent.kind, &sent.body) != (message.kind, &message.body)
                    || *sent.sender_info != *message.sender_info =>
            {
                Some((Rule::MessageUserSendReceiverOnline, evidence!("differs from what was sent")))
            }
            Some(sent)
                if sent.sender.is_some_and(|sender| sender != message.sender)
                    || *seen.user_id(message.sender) != *message.sender_id =>
            {
                Some((Rule::MessageUserSendReceiverOnline, evidence!("comes from another than sent it")))
            }
            Some(sent) if sent.at != message.sent => Some((
                Rule::MessageTimestampSending,
                evidence!("is stamped ", message.sent, ", sent at ", sent.at),
            )),
            Some(sent) if sent.tid.as_ref().is_some_and(|tid| *tid != message.tid) => {
                Some((Rule::MessageMsgTidUnique, evidence!("has another ID than its sender gave it")))
            }
            Some(sent) if ticket.is_some() && !sent.reliable => Some((
                Rule::MessageUserSendHighReliability,
                evidence!("waits for an acknowledgement unasked"),
            )),
            Some(_) => None,
        };
        if let Some((rule, said)) = wrong {
            self.refute(seen.now, Some(rule), evidence!("message ", &message.tid, " ", said));
        }
        if let Some(ticket) = ticket {
            self.direct.reviewed.remove(&ticket);
            // From the delivery on, which a call that comes late may carry out for an earlier moment.
            let due = message.at + limits::ACK_WITHIN;
            self.direct.wait(ticket, Receipt { receiver: session, tid: message.tid.clone(), due });
        }
    }

    /// A call that waited is answered: because its receiver's session acknowledged, or because the time is up.
    fn on_direct_answer<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        ticket: Ticket,
        answer: Result<&Response, &Refusal>,
    ) {
        self.direct.reviewed.remove(&ticket);
        let Some(receipt) = self.direct.done(ticket) else { return };
        let Receipt { receiver, tid, due } = receipt;
        let acknowledged = match (seen.input, seen.outcome) {
            (Input::Client(session, ClientRequest::Acknowledge(its)), Outcome::Client(Ok(_))) => {
                (*session, *its) == (receiver, ticket)
            }
            _ => false,
        };
        let said = match answer {
            Ok(_) if !acknowledged => {
                "was not acknowledged by the session that has it, and its sender is answered that it was"
            }
            Ok(Response::MessageSent(its)) if *its != tid => "is answered under another ID",
            Err(_) if acknowledged => "was acknowledged, and its sender is answered that it was not",
            Err(_) if seen.now < due => "has time to be acknowledged, and is given up",
            Ok(_) | Err(_) => return,
        };
        let said = evidence!("message ", &tid, " to user ", receiver.user, " ", said);
        self.refute(seen.now, Some(Rule::MessageUserSendHighReliability), said);
    }

    /// An acknowledgement is answered for at once, and one that does not come is given up in time.
    fn judge_unacknowledged<D: Mutants>(&mut self, seen: &Observed<'_, D>) {
        if let (Input::Client(session, ClientRequest::Acknowledge(ticket)), Outcome::Client(Ok(_))) =
            (seen.input, seen.outcome)
            && self.direct.receipts.get(ticket).is_some_and(|receipt| receipt.receiver == *session)
        {
            let said = evidence!("user ", session.user, " acknowledges, and the sender is not answered");
            self.refute(seen.now, Some(Rule::MessageUserSendHighReliability), said);
        }
        let late = self.direct.due.first().filter(|(due, _)| *due < seen.now && !self.leapt);
        if let Some((due, _)) = late.copied() {
            let said = evidence!("a message to a user was to be acknowledged by ", due, ", and waits");
            self.refute(seen.now, Some(Rule::MessageUserSendHighReliability), said);
        }
    }
}
