//! Reviews: sends that wait for a verdict, how they end, and messages that go their way without an answer.

use std::collections::{BTreeSet, VecDeque};

use claque_core::reading::{ShaperFloor, ShaperWindow};
use claque_core::{
    ClientReply, Input, Instant, Message, Mutants, Output, Response, Rule, SessionId, Shed, Text, Ticket,
    Verdict,
};

use super::messages::differs_from_sent;
use super::{Model, Observed};
use crate::books::group::GroupBooks;
use crate::books::message::{SentMessage, WaitingMessage};
use crate::evidence;

impl Model {
    /// Reviews that end in this call without an answer, in the order in which they end.
    pub(super) fn unanswered<D: Mutants>(&self, seen: &Observed<'_, D>) -> VecDeque<Ticket> {
        let answers: BTreeSet<Ticket> = seen.outputs.iter().filter_map(answered).collect();
        let mut ended = if let Input::Verdict(ticket, _) = seen.input {
            vec![*ticket]
        } else {
            // Any call: the service handles what is due before it does what it is asked.
            self.overdue_reviews(seen.now)
        };
        ended.retain(|ticket| !answers.contains(ticket));
        // As the service ends them, by deadline and then by ticket: which message arrived earlier decides between
        // equal ranks.
        ended.sort_by_key(|ticket| self.turn_of(*ticket));
        ended.into()
    }

    /// What orders the ends of reviews.
    pub(super) fn turn_of(&self, ticket: Ticket) -> (Option<Instant>, Ticket) {
        (self.pending.get(&ticket).map(|(due, _)| *due), ticket)
    }

    /// A pending send is answered.
    pub(super) fn follow_answer<D: Mutants>(&mut self, seen: &Observed<'_, D>, output: &Output) {
        let Some(ticket) = answered(output) else { return };
        // By ticket: the call that brings one verdict may find other reviews overdue, which let their messages
        // through.
        let refused = matches!(seen.input, Input::Verdict(its, Verdict::Refuse(_)) if *its == ticket);
        let tid = if let Output::Answer(_, Ok(Response::MessageSent(tid)))
        | Output::ClientAnswer(_, _, Ok(ClientReply::Sent(tid))) = output
        {
            Some(tid)
        } else {
            None
        };
        if let Some(tid) = tid.filter(|_| refused) {
            let evidence =
                evidence!("the sender of the rejected message ", tid, " is answered that it was sent");
            self.refute(seen.now, Some(Rule::ModerationRejectedRefused), evidence);
        }
        self.on_answer(seen.now, ticket, tid);
    }

    /// Whose session is gone is not answered: the message goes its way under an ID that nobody was notified of.
    ///
    /// Gives the message that has passed so.
    pub(super) fn on_unanswered<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        ticket: Ticket,
    ) -> Option<SentMessage> {
        let (due, sent) = self.pending.remove(&ticket)?;
        let lives =
            |session: SessionId| self.people.session(session.user).is_some_and(|known| known.id == session);
        // The very session, and not the user: one who has logged on again since is not answered for a send of the
        // session before.
        if sent.session.is_none_or(lives) {
            let group = sent.group.0;
            let evidence = evidence!(
                "the review of a message to group ",
                group,
                " is over, and its sender is not answered"
            );
            self.refute(seen.now, Some(Rule::ModerationFailureOpen), evidence);
        }
        if matches!(seen.input, Input::Verdict(_, Verdict::Refuse(_))) {
            return None;
        }
        self.on_passed_untold(due.min(seen.now), sent.clone());
        Some(sent)
    }

    /// A message is owed though its sender has gone: one that nothing came of has reached nobody, unless its second was
    /// full.
    pub(super) fn judge_passed_untold<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        sent: Option<SentMessage>,
    ) {
        let Some(sent) = sent else { return };
        let second = seen.now.unix_seconds();
        let Some(books) = self.groups.get(sent.group).filter(|books| books.takes()) else { return };
        let free = books.full < second
            && books.limited_at != second
            && books.used_in(second) < self.budget_of(sent.group)
            && self.config.readings.shaper_window != ShaperWindow::WindowClose
            // Slots may be kept for types whose five seconds slide, and a message waits although its second has room.
            && self.config.readings.shaper_floor != ShaperFloor::Sliding;
        // Another that waits may be better, or have a slot kept for its type.
        let delivers = |output: &Output| matches!(output, Output::Deliver(it) if it.group == sent.group);
        let alone =
            books.waiting.is_empty() && books.incognito.len() <= 1 && !seen.outputs.iter().any(delivers);
        let surely = books.totals.contains_key(&sent.kind) && alone && (free || !sent.shaped) && !self.leapt;
        if !self.unknown.count(Rule::ModerationFailureOpen, !surely) {
            let said = evidence!(
                "a message to group ",
                sent.group,
                " has passed its review, its sender has gone, and nobody receives it"
            );
            self.refute(seen.now, Some(Rule::ModerationFailureOpen), said);
        }
    }

    /// Reviews whose time is up.
    fn overdue_reviews(&self, now: Instant) -> Vec<Ticket> {
        let due = self.pending.iter().filter(|(_, (due, _))| *due <= now);
        due.map(|(ticket, _)| *ticket).collect()
    }

    fn on_passed_untold(&mut self, now: Instant, sent: SentMessage) {
        self.arrivals += 1;
        let arrival = self.arrivals;
        let Some(books) = self.groups.get_mut(sent.group).filter(|books| books.takes()) else { return };
        // Nobody learned its ID, so that no later output can be laid against it by name: what is newest of its type
        // is open until something of the type goes out.
        books.floors.entry(sent.kind).or_default().make_unknown();
        books.ranks.unclear(now);
        books.incognito.push(WaitingMessage { sent, arrival, since: now });
    }

    /// A pending send is answered: when with success, the message is on its way.
    fn on_answer(&mut self, now: Instant, ticket: Ticket, tid: Option<&Text>) {
        let Some((_, sent)) = self.pending.remove(&ticket) else { return };
        if let Some(tid) = tid
            && !self.is_dropped(now, &sent, tid)
        {
            let placed = self.groups.get(sent.group).is_some_and(|books| books.delivered.contains(tid));
            if !placed {
                self.on_accepted(now, tid, sent);
            } else if let Some(books) = self.groups.get_mut(sent.group) {
                // Under an ID that was delivered before: it may wait, and then it is the newest of its type.
                books.floors.entry(sent.kind).or_default().make_unknown();
                books.ranks.unclear(now);
            }
        }
    }
}

/// The ticket that an output answers.
pub(super) const fn answered(output: &Output) -> Option<Ticket> {
    if let Output::Answer(ticket, _) | Output::ClientAnswer(_, ticket, _) = output {
        Some(*ticket)
    } else {
        None
    }
}

/// Whether what waits under an ID that nobody knows may be a message that is delivered.
fn alike(waiting: &WaitingMessage, message: &Message) -> bool {
    let sent = &waiting.sent;
    (sent.kind, sent.level, &sent.body) == (message.kind, message.level, &message.body)
        && sent.sender.is_none_or(|sender| sender == message.sender)
}

fn stamped(waiting: &WaitingMessage, message: &Message) -> bool {
    alike(waiting, message) && waiting.sent.at == message.sent
}

impl GroupBooks {
    /// The place of a message that is delivered under an ID that nobody was notified of.
    pub(super) fn unnamed(&self, message: &Message) -> Option<usize> {
        // Of several alike, the one that was sent when its time stamp says, as nothing but what goes out.
        let same = |waiting: &WaitingMessage| {
            stamped(waiting, message) && differs_from_sent(&waiting.sent, message).is_none()
        };
        let first = |fits: &dyn Fn(&WaitingMessage) -> bool| self.incognito.iter().position(fits);
        first(&same)
            .or_else(|| first(&|waiting| stamped(waiting, message)))
            .or_else(|| first(&|waiting| alike(waiting, message)))
    }

    /// Takes out the message that is delivered under an ID that nobody was notified of.
    pub(super) fn reveal(&mut self, message: &Message) -> Option<WaitingMessage> {
        let at = self.unnamed(message)?;
        // Which of those that nothing tells apart it is nobody knows, and so not which was sent first.
        self.unordered |= self.incognito.iter().filter(|waiting| stamped(waiting, message)).count() > 1;
        let mut waiting = self.incognito.remove(at);
        self.shed_unseen &= !self.incognito.is_empty();
        // Of two alike that were let through at once, the one taken for shed may be the one that is delivered.
        waiting.sent.at = message.sent;
        Some(waiting)
    }

    fn hidden_at(&self, shed: &Shed) -> Option<usize> {
        self.incognito.iter().position(|waiting| {
            let sent = &waiting.sent;
            (sent.kind, sent.level, waiting.since) == (shed.kind, shed.level, shed.submitted)
                && sent.sender.is_none_or(|sender| sender == shed.sender)
                && sent.body == shed.body
        })
    }

    /// The message that is shed under an ID that nobody was notified of.
    pub(super) fn hidden(&self, shed: &Shed) -> Option<&WaitingMessage> {
        self.hidden_at(shed).map(|at| &self.incognito[at])
    }

    /// Takes out the message that is shed under an ID that nobody was notified of.
    pub(super) fn reveal_shed(&mut self, shed: &Shed) -> Option<WaitingMessage> {
        let taken = self.incognito.remove(self.hidden_at(shed)?);
        // While another waits that the ledger would show in the same words, the wrong one may have been taken.
        self.shed_unseen |= self.hidden_at(shed).is_some();
        self.shed_unseen &= !self.incognito.is_empty();
        Some(taken)
    }
}
