//! Messages as they are sent: what the model reads out of a call, and what is rightly not sent although it was accepted.

use std::sync::Arc;

use claque_core::reading::{
    LegacyShaping, PriorityWeight, SendDuplicateMsgTid, SendNoStorageCount, SendServerModeration,
    ShaperSenders,
};
use claque_core::{AppIx, ClientRequest, Config, ConsoleRequest, Instant, Mutants, Priority, Rule, Text};

use super::calls::{CallInput, Effect, MessageSend};
use super::{Model, Observed};
use crate::books::floor::Floor;
use crate::books::kept::TidTrace;
use crate::books::message::SentMessage;
use crate::evidence;

impl Model {
    /// The message that this call sends to a group, whatever came of it.
    pub(super) fn sent<D: Mutants>(&self, seen: &Observed<'_, D>) -> Option<SentMessage> {
        match CallInput::of(seen.input) {
            Some(CallInput::Client(session, ClientRequest::Send(key, send))) => Some(SentMessage {
                at: seen.now,
                // Stored messages are listed by the time of sending, which ties within a burst; the call's number
                // breaks them.
                turn: self.sends,
                group: seen.group(session.user, key)?,
                kind: send.kind,
                level: send.level,
                // Clients name a level and back ends a weight, and both compete for the same slots: a level stands
                // for the weight that the documents suggest for it.
                weight: match send.level {
                    Priority::Normal => 1,
                    Priority::Medium => 5,
                    Priority::High => 1_000_000,
                },
                body: Arc::clone(&send.body),
                sender: Some(session.user),
                shaped: true,
                tid: None,
                session: Some(session),
                increase: self.counted(i64::from(send.repeat), send.no_storage),
                stored: !send.no_storage,
                cached: !send.no_cache,
                sender_info: Some(self.people.info_of(session.user)),
                forbidden: self.forbids(seen, seen.app_of(session.user), &send.body, false)
                    && !(send.skip_audit
                        && self.people.session(session.user).is_some_and(|session| session.admin)),
            }),
            Some(CallInput::Server(request)) => {
                let Effect::Send(send) = request.into() else { return None };
                self.sent_by_request(seen, send)
            }
            Some(CallInput::Console(ConsoleRequest::SendMessage {
                app_id,
                group_id,
                sender_id,
                sender_info,
                kind,
                body,
            })) => {
                let sent = self.sent_by_server(seen, (app_id, group_id), sender_id, body)?;
                let sender_info = Some(sender_info.as_str().into());
                Some(SentMessage { kind: kind.parse().ok()?, sender_info, ..sent })
            }
            Some(CallInput::Client(..) | CallInput::Console(_)) | None => None,
        }
    }

    /// The message that a back end's request sends to a group whole.
    fn sent_by_request<D: Mutants>(
        &self,
        seen: &Observed<'_, D>,
        send: MessageSend<'_>,
    ) -> Option<SentMessage> {
        match send {
            MessageSend::SendLiveMessageGroup(call) => {
                let weight = call.weight.unwrap_or(1);
                let body = call.body.as_deref().unwrap_or_default();
                let sent =
                    self.sent_by_server(seen, (&call.app_id, &call.group_id), &call.sender_id, body)?;
                Some(SentMessage {
                    kind: call.msg_type.unwrap_or(0),
                    level: level_of(weight, self.config.readings.priority_weight),
                    weight,
                    tid: call.msg_tid.as_deref().filter(|tid| !tid.is_empty()).map(Text::from),
                    increase: self.counted(call.statics_increase.unwrap_or(1), call.no_storage == Some(true)),
                    stored: call.no_storage != Some(true),
                    cached: call.no_cache != Some(true),
                    sender_info: call
                        .sender_meta_info
                        .as_deref()
                        .map(Arc::from)
                        .or_else(|| sent.sender_info.clone()),
                    ..sent
                })
            }
            MessageSend::SendMessageToGroup(call) => {
                let books = (call.app_id.as_str(), call.group_id.as_str());
                let sent = self.sent_by_server(seen, books, &call.operator_user_id, &call.data)?;
                let shaped = self.config.readings.legacy_shaping == LegacyShaping::Shaped;
                Some(SentMessage {
                    kind: call.kind.unwrap_or(0).into(),
                    shaped: sent.shaped && shaped,
                    forbidden: sent.forbidden && call.skip_audit != Some(true),
                    ..sent
                })
            }
            // To one user (`direct`), and to chosen members, which no output shows (`note_chosen`).
            MessageSend::SendLiveMessageUser(_) | MessageSend::SendMessageToGroupUsers(_) => None,
        }
    }

    /// What all messages have in common that no client sends. Without a weight, they have the lowest level.
    fn sent_by_server<D: Mutants>(
        &self,
        seen: &Observed<'_, D>,
        (app_id, group_id): (&str, &str),
        sender: &str,
        body: &str,
    ) -> Option<SentMessage> {
        Some(SentMessage {
            at: seen.now,
            turn: self.sends,
            group: seen.group_of(app_id, group_id)?,
            kind: 0,
            level: Priority::Normal,
            weight: 1,
            body: body.into(),
            sender: seen.user_of(app_id, sender),
            shaped: self.config.readings.shaper_senders == ShaperSenders::All,
            tid: None,
            session: None,
            increase: 1,
            forbidden: self.forbids(seen, seen.app(app_id), body, true),
            stored: true,
            cached: true,
            // What is known of the sender, where the call says nothing.
            sender_info: Some(
                seen.user_of(app_id, sender).map(|user| self.people.info_of(user)).unwrap_or_default(),
            ),
        })
    }

    /// What a message adds to its counter, by the reading on unstored ones.
    pub(super) fn counted(&self, increase: i64, unstored: bool) -> i64 {
        let counts = self.config.readings.send_no_storage_count == SendNoStorageCount::Counted;
        if unstored && !counts { 0 } else { increase }
    }

    /// Whether the service's own review stops a text.
    pub(super) fn forbids<D: Mutants>(
        &self,
        seen: &Observed<'_, D>,
        app: Option<AppIx>,
        body: &str,
        server: bool,
    ) -> bool {
        let _ = seen;
        let exempt = server && self.config.readings.send_server_moderation == SendServerModeration::Exempt;
        // Only the service's own review: what a custom reviewer says comes as a verdict, in a call of its own.
        let reviewed = app.and_then(|app| self.apps.get(&app)).is_some_and(|app| app.audit == 1);
        reviewed && !exempt && has_refused_word(&self.config, body)
    }

    /// Whether an accepted message is rightly not sent: its ID was used before, or its type is one too many. What is
    /// not sent need not be reviewed either.
    pub(super) fn is_dropped(&mut self, now: Instant, sent: &SentMessage, tid: &Text) -> bool {
        let dropped = self.is_one_too_many(now, sent, tid);
        // What is dropped for its ID or type is never read by a review, and success is its answer.
        if sent.forbidden && !dropped {
            let evidence = evidence!(
                "the sender of ",
                tid,
                ", which holds a refused word, is answered that it was sent"
            );
            self.refute(now, Some(Rule::ModerationRejectedRefused), evidence);
        }
        dropped || sent.forbidden
    }

    fn is_one_too_many(&mut self, now: Instant, sent: &SentMessage, tid: &Text) -> bool {
        // What is being reviewed holds its ID, too.
        let same = |other: &SentMessage| other.group == sent.group && other.tid == sent.tid;
        let reviewed = sent.tid.is_some() && self.pending.values().any(|(_, other)| same(other));
        let Some(books) = self.groups.get_mut(sent.group) else { return true };
        let again = self.config.readings.send_duplicate_msg_tid == SendDuplicateMsgTid::Delivered;
        if sent.tid.is_some() && again {
            // By this reading it is sent again. Two messages of one ID are in the group then, and no output says
            // which of them it is about.
            if reviewed || books.trace_of(now, tid) != TidTrace::Unknown {
                books.unsure.insert(tid.clone());
                books.ranks.unclear(now);
            }
        } else if sent.tid.is_some() {
            if reviewed {
                return true;
            }
            match books.trace_of(now, tid) {
                TidTrace::Unknown => {}
                // message.msg-tid.unique: success for its sender, and nothing is delivered or stored.
                TidTrace::Kept => return true,
                TidTrace::MayBeForgotten => {
                    books.unsure.insert(tid.clone());
                    // If it is sent again, it is the newest of its type.
                    books.floors.entry(sent.kind).or_default().make_unknown();
                    books.ranks.unclear(now);
                    return true;
                }
            }
        }
        let types_max = u64::from(self.config.limits.group_types_max);
        let known = |kind: &i64| books.totals.contains_key(kind);
        // message.types.max stops a 31st type only; the first thirty keep working in a full group.
        if known(&sent.kind) {
            return false;
        }
        let fresh = |surely: bool| {
            let waits = |(kind, floor): &(&i64, &Floor)| {
                (floor.waits.is_some() || (floor.unclear_newest && !surely)) && !known(kind)
            };
            let (count, same) = books
                .floors
                .iter()
                .filter(waits)
                .fold((0, false), |(count, same), (kind, _)| (count + 1, same || *kind == sent.kind));
            let types = u64::try_from(books.totals.len() + count).unwrap_or(u64::MAX);
            // What waits and was never delivered counts like what was: its type has been let in.
            types >= types_max && !same
        };
        let (surely, possibly) = (fresh(true), fresh(false));
        if surely != possibly || books.floors.get(&sent.kind).is_some_and(|floor| floor.unclear_newest) {
            // Whether types that the model does not know of wait is open, and so whether this one is let in.
            books.unsure.insert(tid.clone());
            books.floors.entry(sent.kind).or_default().make_unknown();
            books.ranks.unclear(now);
            return true;
        }
        surely
    }
}

/// The level that a weight stands for.
const fn level_of(weight: i64, reading: PriorityWeight) -> Priority {
    match (reading, weight) {
        (PriorityWeight::Thresholds, 1_000_000..) | (PriorityWeight::Exact, 1_000_000) => Priority::High,
        (PriorityWeight::Thresholds, 5..) | (PriorityWeight::Exact, 5) => Priority::Medium,
        (PriorityWeight::Thresholds | PriorityWeight::Exact, _) => Priority::Normal,
    }
}

/// Whether a text holds a word that the service's own review refuses, whatever its case.
fn has_refused_word(config: &Config, body: &str) -> bool {
    let folded = body.to_lowercase();
    config.refused_words.iter().any(|word| folded.contains(&word.to_lowercase()))
}
