//! The feed: the latest events, by number, for the console and other observers.

use std::collections::VecDeque;
use std::sync::Arc;

use claque_core::{
    Callback, CallbackEvent, ClientRequest, Fanout, GroupIx, Instant, LogoffReason, Message, Notice,
    NoticeTo, Operation, SessionId, Shed, Text, UserIx,
};
use claque_wire::audience::SessionMethod;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::service::LiveService;

/// Events kept; the oldest give way.
pub(crate) const FEED_EVENTS_MAX: usize = 2_000;
/// Recovered messages whose bodies the feed shows.
const RECOVERED_SHOWN_MAX: usize = 20;
/// Characters of a body that the feed shows.
const BODY_CHARS_MAX: usize = 120;

/// Something that happened.
#[derive(Clone, Debug)]
pub(crate) enum FeedEvent {
    /// A server-side call, and the code that refused it; of an accepted message its ID; the call's number in the log.
    Call(Operation, Option<&'static str>, Option<Text>, Option<u64>),
    /// A callback that an application is owed.
    Callback(Arc<str>, &'static str),
    /// A client's request, and the code that refused it; of an accepted message its ID; the request's number in the log.
    Client(UserIx, &'static str, Option<u16>, Option<Text>, Option<u64>),
    /// A group message on its way to so many members.
    Delivered(SeenMessage, u32),
    /// A message to one user.
    Direct(SeenMessage),
    /// A session ended.
    Logoff(UserIx, LogoffReason),
    /// A session began, or its link is back.
    Logon(UserIx, bool),
    /// A group was notified of a change.
    Noticed(Option<GroupIx>, &'static str, Option<u64>),
    /// HIGH messages pulled by a session that was away.
    Recovered(UserIx, GroupIx, Vec<SeenMessage>),
    /// A message that was shed.
    Shed(Box<Shed>),
    /// A fault struck a call, which never reached the service unless it only waits.
    Struck { name: &'static str, caller: Arc<str>, fault: u64, effect: String, call: Option<u64> },
}

impl FeedEvent {
    /// Its memory beside its own size. Unit: bytes.
    fn held_bytes(&self) -> usize {
        match self {
            Self::Delivered(message, _) | Self::Direct(message) => message.bytes(),
            Self::Recovered(_, _, messages) => messages.iter().map(SeenMessage::bytes).sum(),
            Self::Shed(shed) => size_of_val(&**shed) + shed.body.len(),
            Self::Struck { caller, effect, .. } => caller.len() + effect.capacity(),
            // IDs are short, or shared with the state.
            Self::Call(..)
            | Self::Callback(..)
            | Self::Client(..)
            | Self::Logoff(..)
            | Self::Logon(..)
            | Self::Noticed(..) => 0,
        }
    }

    pub(crate) fn callback(callback: &Callback) -> Self {
        let kind = match &callback.event {
            CallbackEvent::Logon => "logon",
            CallbackEvent::Logoff(_) => "logoff",
            CallbackEvent::Join(_) => "join",
            CallbackEvent::Leave(_) => "leave",
            CallbackEvent::Reconnect(_) => "reconnect",
        };
        Self::Callback(Arc::clone(&callback.user_id), kind)
    }

    pub(crate) fn client(user: UserIx, request: &ClientRequest, number: Option<u64>) -> Self {
        Self::Client(user, SessionMethod::of(request).name(), None, None, number)
    }

    pub(crate) fn shed(shed: &Shed) -> Self {
        let body = cut(&shed.body).unwrap_or_else(|| Arc::clone(&shed.body));
        Self::Shed(Box::new(Shed { body, ..shed.clone() }))
    }

    pub(crate) fn delivered(fanout: &Fanout, audience: &[UserIx]) -> Self {
        Self::Delivered(SeenMessage::of(&fanout.message), u32::try_from(audience.len()).unwrap_or(u32::MAX))
    }

    /// A message on its way to chosen members.
    pub(crate) fn delivered_to(message: &Arc<Message>, sessions: &[SessionId]) -> Self {
        Self::Delivered(SeenMessage::of(message), u32::try_from(sessions.len()).unwrap_or(u32::MAX))
    }

    /// A notice on its way.
    pub(crate) const fn noticed(to: NoticeTo, notice: &Notice) -> Self {
        let group = match to {
            NoticeTo::Group(group) | NoticeTo::Users(group) => Some(group),
            NoticeTo::Session(_) => None,
        };
        let (kind, count) = match notice {
            Notice::MemberChange { count, .. } => ("memberchange", Some(*count)),
            Notice::Exit(_) => ("exit", None),
            Notice::InfoChange { .. } => ("infochange", None),
            Notice::MuteChange { .. } => ("mutechange", None),
            Notice::MessageDeleted { .. } => ("deletemessage", None),
            Notice::Likes(likes) => ("like", Some(*likes)),
            Notice::Statistics { online, .. } => ("statistics", Some(*online)),
        };
        Self::Noticed(group, kind, count)
    }

    fn object(&self, service: &LiveService) -> Value {
        let user = |user: &UserIx| &**service.user_id(*user);
        let group = |group: GroupIx| &**service.group_id(group);
        match self {
            Self::Call(operation, code, message, number) => json!({
                "kind": "call",
                "operation": operation.name(),
                "code": code,
                "messageId": message.as_deref(),
                "call": number,
            }),
            Self::Callback(user, event) => json!({ "kind": "callback", "user": &**user, "event": event }),
            Self::Client(from, method, code, message, number) => json!({
                "kind": "client",
                "user": user(from),
                "method": method,
                "code": code,
                "messageId": message.as_deref(),
                "call": number,
            }),
            Self::Delivered(message, members) => {
                let message = &message.0;
                let mut object = message_object(message, "delivered");
                object["app"] = message.group.map(|of| &**service.app_id(service.app_of_group(of))).into();
                object["group"] = message.group.map(group).into();
                object["members"] = (*members).into();
                object
            }
            Self::Direct(message) => message_object(&message.0, "direct"),
            Self::Logoff(who, reason) => {
                json!({ "kind": "logoff", "user": user(who), "reason": reason.callback_number() })
            }
            Self::Logon(who, back) => {
                json!({ "kind": if *back { "reconnect" } else { "logon" }, "user": user(who) })
            }
            Self::Noticed(of, notice, count) => {
                json!({ "kind": "notice", "group": of.map(group), "notice": notice, "count": count })
            }
            Self::Recovered(who, of, messages) => {
                let bodies = messages.iter().take(RECOVERED_SHOWN_MAX).map(|message| shown(&message.0.body));
                let ids = messages.iter().map(|message| &*message.0.tid);
                json!({
                    "kind": "recovered",
                    "user": user(who),
                    "group": group(*of),
                    "messages": messages.len(),
                    "messageIds": ids.collect::<Vec<_>>(),
                    "bodies": bodies.collect::<Vec<_>>(),
                })
            }
            Self::Shed(shed) => json!({
                "kind": "shed",
                "app": &**service.app_id(service.app_of_group(shed.group)),
                "group": group(shed.group),
                "user": user(&shed.sender),
                "body": shown(&shed.body),
                "weight": shed.weight,
                "submittedMicros": shed.submitted.as_micros(),
                "messageId": &*shed.tid,
                "type": shed.kind,
                "level": shed.level.as_str(),
                "rule": shed.rule.id(),
                "winner": shed.winner.as_deref(),
            }),
            Self::Struck { name, caller, fault, effect, call } => json!({
                "kind": "fault", "name": name, "user": &**caller, "fault": fault, "effect": effect, "call": call,
            }),
        }
    }
}

/// A message as far as the feed shows it.
// A long body is cut when it comes and not when it is shown: the feed remembers thousands, a body may have tens of kilobytes,
// and would outlive the message, however often that expires or is deleted. A short message is shared.
#[derive(Clone, Debug)]
pub(crate) struct SeenMessage(Arc<Message>);

impl SeenMessage {
    pub(crate) fn of(message: &Arc<Message>) -> Self {
        match cut(&message.body) {
            None => Self(Arc::clone(message)),
            Some(body) => Self(Arc::new(Message { body, ..(**message).clone() })),
        }
    }

    fn bytes(&self) -> usize {
        size_of::<Message>() + self.0.body.len()
    }
}

/// The shown part of a body that is longer than what is worth sharing.
fn cut(body: &str) -> Option<Arc<str>> {
    (body.len() > 4 * BODY_CHARS_MAX).then(|| shown(body).into())
}

fn shown(body: &str) -> String {
    body.chars().take(BODY_CHARS_MAX).collect()
}

fn message_object(message: &Message, kind: &str) -> Value {
    let body = shown(&message.body);
    json!({
        "kind": kind,
        "messageId": &*message.tid,
        "user": &*message.sender_id,
        "type": message.kind,
        "level": message.level.as_str(),
        "seq": message.seq,
        "sentMicros": message.sent.as_micros(),
        "body": body,
    })
}

/// The newest events, numbered from 1 without gaps.
#[derive(Debug)]
pub(crate) struct Feed {
    events: VecDeque<(Instant, FeedEvent)>,
    /// Number of the newest event; 0: none yet.
    newest: u64,
    published: watch::Sender<u64>,
}

impl Default for Feed {
    fn default() -> Self {
        Self { events: VecDeque::new(), newest: 0, published: watch::Sender::new(0) }
    }
}

impl Feed {
    pub(crate) fn keep(&mut self, at: Instant, event: FeedEvent) {
        if self.events.len() == FEED_EVENTS_MAX {
            self.events.pop_front();
        }
        self.events.push_back((at, event));
        self.newest += 1;
    }

    /// Its memory, about: at most, where a message is kept by somebody else, too. Unit: bytes.
    pub(crate) fn bytes(&self) -> u64 {
        let events = self.events.capacity() * size_of::<(Instant, FeedEvent)>();
        let held: usize = self.events.iter().map(|(_, event)| event.held_bytes()).sum();
        (events + held) as u64
    }

    /// Wakes the observers that wait for events.
    pub(crate) fn publish(&self) {
        // Called after each batch; without the comparison every watcher would wake for batches that only
        // read.
        if *self.published.borrow() != self.newest {
            self.published.send_replace(self.newest);
        }
    }

    /// Numbers as they are published.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.published.subscribe()
    }

    /// Forgets the events, not their numbers: indices in them mean nothing to a service that starts over.
    pub(crate) fn clear(&mut self) {
        // The numbers go on: a watcher that asks for what is behind number 500 would otherwise be shown
        // nothing until the 501st event.
        self.events.clear();
    }

    /// The newest number, and the events behind a number, oldest first, at most so many of the newest.
    pub(crate) fn since(&self, after: u64, count_max: usize, service: &LiveService) -> (u64, Vec<Value>) {
        let first = self.newest - self.events.len() as u64 + 1;
        let fresh = usize::try_from(self.newest.saturating_sub(after)).unwrap_or(usize::MAX);
        let skip = self.events.len() - fresh.min(count_max).min(self.events.len());
        let events = self.events.iter().enumerate().skip(skip).map(|(at, (time, event))| {
            let mut object = event.object(service);
            object["number"] = (first + at as u64).into();
            object["atMicros"] = time.as_micros().into();
            object
        });
        (self.newest, events.collect())
    }
}
