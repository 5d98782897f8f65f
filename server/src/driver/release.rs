//! The effects that wait for the commit, and where they go then.

use std::sync::Arc;

use claque_core::{
    ClientRefusal, ClientReply, Fanout, GroupIx, Instant, NoticeTo, Output, SessionId, UserIx,
};
use claque_wire::audience;

use super::effect::{Asking, Attaching, Declined, HeldEffect};
use super::state::{Driver, NOT_DURABLE};
use crate::feed::{FeedEvent, SeenMessage};

impl Driver {
    pub(super) fn collect(&mut self) {
        while let Some(output) = self.service.poll_output() {
            let audience = self.audience_of(&output);
            self.effects.push_back(HeldEffect::Output(Box::new(output), self.service.now(), audience));
        }
    }

    /// The audience of this moment: a member that joins later in the same batch must not see the output.
    pub(super) fn audience_of(&mut self, output: &Output) -> Option<Arc<[UserIx]>> {
        match output {
            Output::Deliver(Fanout { group, .. }) | Output::Notice(NoticeTo::Group(group), ..) => {
                Some(self.audience(*group))
            }
            Output::Answer(..)
            | Output::Callback(_)
            | Output::ClientAnswer(..)
            | Output::Close(..)
            | Output::DeliverTo(..)
            | Output::Direct(..)
            | Output::Log(_)
            | Output::Moderate(_)
            | Output::Notice(..)
            | Output::Overdue(_)
            | Output::Recover(..)
            | Output::Shed(_) => None,
        }
    }

    /// The members of a group, listed anew only when somebody came or went.
    fn audience(&mut self, group: GroupIx) -> Arc<[UserIx]> {
        let generation = self.service.audience_generation(group);
        // A list of a hundred thousand members is shared by all messages between two changes of the
        // membership.
        if let Some((known, members)) = self.audiences.get(&group)
            && *known == generation
        {
            return Arc::clone(members);
        }
        let slots = self.service.audience(group).iter();
        let members: Arc<[UserIx]> =
            slots.filter(|member| member.is_taken()).map(|member| member.user).collect();
        self.audiences.insert(group, (generation, Arc::clone(&members)));
        members
    }

    /// Releases the effects that waited for the commit, in order.
    pub(super) fn release(&mut self) {
        while let Some(effect) = self.effects.pop_front() {
            // The caller may have gone; then nobody misses the answer.
            match effect {
                HeldEffect::Answer(reply, answer, _) => drop(reply.send(answer)),
                HeldEffect::ClientAnswer(asking, answer, _) => self.answer_client(*asking, &answer, None),
                HeldEffect::Attach(attaching) => self.attach(*attaching),
                HeldEffect::LogonRefused(reply, refusal) => drop(reply.send(Err(refusal))),
                HeldEffect::Malformed(reply, refusal) => drop(reply.send(refusal)),
                HeldEffect::Output(output, at, audience) => {
                    self.let_out(*output, at, audience.as_deref().unwrap_or_default());
                }
                HeldEffect::Tell(telling, _) => telling(),
            }
        }
    }

    /// Answers everybody while what was applied is not durable: who asked for a change learns that it is not known to have
    /// happened, who only read is answered. Outputs and logons wait.
    pub(super) fn release_unwritten(&mut self) {
        let now = self.service.now();
        for effect in std::mem::take(&mut self.effects) {
            match effect {
                HeldEffect::Answer(reply, _, true) => drop(reply.send(Err(Declined::bare(NOT_DURABLE, now)))),
                HeldEffect::Answer(reply, answer, false) => drop(reply.send(answer)),
                HeldEffect::ClientAnswer(asking, _, true) => {
                    self.answer_client(*asking, &Err(ClientRefusal::Temporary), None);
                }
                HeldEffect::ClientAnswer(asking, answer, false) => self.answer_client(*asking, &answer, None),
                HeldEffect::LogonRefused(reply, refusal) => drop(reply.send(Err(refusal))),
                HeldEffect::Malformed(reply, refusal) => drop(reply.send(refusal)),
                // The caller learns that there is no answer.
                HeldEffect::Tell(telling, true) => drop(telling),
                HeldEffect::Tell(telling, false) => telling(),
                // A message that was seen and is then lost by a restart would break the order of its group; a
                // logon that is lost leaves a link without a session.
                waits @ (HeldEffect::Attach(_) | HeldEffect::Output(..)) => self.effects.push_back(waits),
            }
        }
    }

    fn answer_client(
        &self,
        asking: Asking,
        answer: &Result<ClientReply, ClientRefusal>,
        reason: Option<&str>,
    ) {
        let text = match answer {
            Ok(reply) => audience::Answer::accepted(&asking.id, reply, &self.service).text(),
            Err(refusal) => {
                let sentence = audience::Answer::sentence(*refusal, reason);
                audience::Answer::refused(&asking.id, refusal.code(), &sentence).text()
            }
        };
        asking.log.answered(answer.as_ref().err().map_or(200, |refusal| refusal.code()), &text);
        asking.outbox.text(text);
        drop(asking.place);
    }

    fn attach(&mut self, attaching: Attaching) {
        let Attaching { connected, outbox, id, reply } = attaching;
        let session: SessionId = connected.session;
        let state = self.service.session_state(session);
        let timeout = state
            .map_or_else(|| self.service.config().limits.heartbeat_timeout, |state| state.heartbeat_timeout);
        // The answer and everything after it is a session's.
        outbox.widen();
        let user_id = self.service.user_id(session.user);
        let app_id = self.service.app_of(session.user).map_or("", |app| self.service.app_id(app));
        outbox.text(audience::Answer::connected(&id, &connected, (app_id, user_id), timeout).text());
        let link = outbox.link;
        // A logon later in the same batch may have ended this session already.
        if let Some(state) = state {
            self.links.attach(&state, outbox);
        }
        if reply.send(Ok((session, timeout))).is_err() {
            // The connection went while the logon was on its way: nobody else reports the loss.
            self.orphans.push((session, link));
        }
    }

    /// `at` is when the service said it: by now its clock may have gone on, over days where somebody moved it.
    fn let_out(&mut self, output: Output, at: Instant, audience: &[UserIx]) {
        match output {
            Output::Answer(ticket, answer) => {
                let reason = self.reasons.remove(&ticket);
                if let Some(reply) = self.answers.remove(&ticket) {
                    drop(reply.send(answer.map_err(|refusal| self.declined(refusal, reason))));
                }
            }
            Output::ClientAnswer(_, ticket, answer) => {
                let reason = self.reasons.remove(&ticket);
                if let Some(asking) = self.client_answers.remove(&ticket) {
                    self.answer_client(asking, &answer, reason.as_deref());
                }
            }
            Output::Callback(callback) => {
                self.feed.keep(at, FeedEvent::callback(&callback));
                // Behind the commit like everything else: a callback about what a restart does not know could
                // never be explained.
                self.outgoing.call_back(&callback, &self.service);
            }
            Output::Moderate(moderation) => {
                let ticket = moderation.ticket;
                if !self.outgoing.moderate(moderation, &self.service) {
                    self.unreviewed.push(ticket);
                }
            }
            Output::Shed(shed) => {
                self.counters.shed += 1;
                self.rates.shed(at, shed.group);
                self.feed.keep(at, FeedEvent::shed(&shed));
                self.ledger.keep(at, &shed, &self.service);
            }
            Output::Overdue(late) => self.ledger.keep_overdue(at, &late, &self.service),
            Output::Log(line) => tracing::info!("{line}"),
            Output::Deliver(fanout) => {
                self.counters.delivered += 1;
                self.rates.delivered(at, fanout.group);
                self.feed.keep(at, FeedEvent::delivered(&fanout, audience));
                self.links.deliver(&fanout, audience, &self.service);
            }
            Output::Close(session, reason) => {
                self.feed.keep(at, FeedEvent::Logoff(session.user, reason));
                self.links.close(session, reason);
            }
            Output::DeliverTo(sessions, message) => {
                self.feed.keep(at, FeedEvent::delivered_to(&message, &sessions));
                self.links.deliver_to(&sessions, &message, &self.service);
            }
            Output::Direct(session, message, ticket) => {
                self.feed.keep(at, FeedEvent::Direct(SeenMessage::of(&message)));
                self.links.direct(session, &message, ticket);
            }
            Output::Notice(to, notice, users) => {
                self.feed.keep(at, FeedEvent::noticed(to, &notice));
                self.links.notify((to, &notice), &users, audience, &self.service);
            }
            Output::Recover(session, group, messages) => {
                self.links.recover(session, group, &messages, &self.service);
                let seen = messages.iter().map(SeenMessage::of).collect();
                self.feed.keep(at, FeedEvent::Recovered(session.user, group, seen));
            }
        }
    }
}
