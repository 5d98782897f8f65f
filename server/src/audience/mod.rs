//! Audience connections: links over WebSocket that speak the protocol of [`claque_wire::audience`].

mod outbox;
mod write;

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use claque_core::{
    Fanout, GroupIx, Instant, LogoffReason, Message, Notice, NoticeTo, SessionId, SessionState, Ticket,
    UserIx,
};
use claque_wire::audience::Event;
use tokio::sync::oneshot;

pub(crate) use outbox::{Frame, Outbox, pair};
pub(crate) use write::{Reading, write};

use self::write::event_frame;
use crate::service::LiveService;

/// A session's link, if it is up.
#[derive(Debug)]
struct LiveLink {
    session: SessionId,
    outbox: Outbox,
    /// Expiry of the session's token, until the client was notified of it. Unit: UNIX seconds.
    expiry: Option<u64>,
    /// Too much waited for it.
    cut: bool,
}

/// Every link that is up, by user.
#[derive(Debug, Default)]
pub(crate) struct Links {
    by_user: Vec<Option<LiveLink>>,
    up: usize,
    /// When tokens expire whose sessions have or had a link.
    expiries: BTreeSet<(u64, UserIx)>,
    cut: u64,
    delivered: u64,
}

impl Links {
    /// Links that are up.
    pub(crate) const fn up(&self) -> usize {
        self.up
    }

    /// Slow readers cut so far.
    pub(crate) const fn cut(&self) -> u64 {
        self.cut
    }

    /// Frames handed to links so far.
    pub(crate) const fn delivered(&self) -> u64 {
        self.delivered
    }

    /// Attaches a link to a session. O(log n).
    pub(crate) fn attach(&mut self, state: &SessionState, outbox: Outbox) {
        let (session, expiry) = (state.session, state.token_expiry);
        let at = session.user.at();
        if self.by_user.len() <= at {
            // A vector by index: a fan-out looks each member up, and a tree would be walked a hundred
            // thousand times.
            self.by_user.resize_with(at + 1, || None);
        }
        let former = self.by_user[at].replace(LiveLink { session, outbox, expiry: Some(expiry), cut: false });
        self.up += 1;
        if let Some(former) = former {
            // A lost network is noticed by one side first: the old link may live for minutes beside the new
            // one.
            former.outbox.put(Frame::Close(1000, "the session has a newer link"));
            self.forget(&former);
        }
        // Behind the former link's, which may be the same.
        self.expiries.insert((expiry, session.user));
    }

    /// A link is no longer a session's.
    fn forget(&mut self, link: &LiveLink) {
        self.up -= 1;
        if let Some(expiry) = link.expiry {
            self.expiries.remove(&(expiry, link.session.user));
        }
    }

    /// When the next token expires.
    pub(crate) fn next_expiry(&self) -> Option<Instant> {
        self.expiries.first().map(|(expiry, _)| Instant::from_unix_seconds(*expiry))
    }

    /// Tells every client whose token has expired by now, once. Its link stays up; coming back needs a fresh token.
    pub(crate) fn expire(&mut self, now: Instant) {
        while let Some((expiry, user)) = self.expiries.first().copied() {
            if expiry > now.unix_seconds() {
                return;
            }
            self.expiries.pop_first();
            let link = self.by_user.get_mut(user.at()).and_then(Option::as_mut);
            // A client that came back with a fresh token has a later expiry.
            if link.and_then(|link| link.expiry.take_if(|its| *its == expiry)).is_some() {
                self.send([user], &Event::token_expired());
            }
        }
    }

    /// Whether a link is the session's.
    pub(crate) fn speaks_for(&self, session: SessionId, link: u64) -> bool {
        // Both are compared: the end of an old link may be reported when the same session has a new one
        // already.
        let up = self.by_user.get(session.user.at()).and_then(Option::as_ref);
        up.is_some_and(|up| up.session == session && up.outbox.link == link)
    }

    /// Forgets a link; whether it was still the session's.
    pub(crate) fn detach(&mut self, session: SessionId, link: u64) -> bool {
        if !self.speaks_for(session, link) {
            return false;
        }
        let link = self.by_user[session.user.at()].take().expect("just seen");
        self.forget(&link);
        true
    }

    /// Ends a session's link without a goodbye, as a lost network does.
    pub(crate) fn cut_off(&mut self, session: SessionId) {
        let Some(place) = self.by_user.get_mut(session.user.at()) else { return };
        if let Some(link) = place.take_if(|link| link.session == session) {
            // No close frame: a client must see the silence of a lost network, and come back as it would
            // then.
            link.outbox.cut();
            self.forget(&link);
        }
    }

    /// Ends every link, for a reason that a WebSocket close code tells.
    pub(crate) fn close_all(&mut self, code: u16, reason: &'static str) {
        for place in &mut self.by_user {
            if let Some(link) = place.take() {
                link.outbox.put(Frame::Close(code, reason));
            }
        }
        // Not by `forget` for each: with a hundred thousand links that would be as many removals from the
        // tree.
        self.up = 0;
        self.expiries.clear();
    }

    /// Tells when everything sent so far was handed to the operating system; a link that ends tells too.
    pub(crate) fn flushed(&self) -> Vec<oneshot::Receiver<()>> {
        let links = self.by_user.iter().flatten();
        links
            .map(|link| {
                let (done, flushed) = oneshot::channel();
                link.outbox.put(Frame::Flushed(done));
                flushed
            })
            .collect()
    }

    fn send(&mut self, users: impl IntoIterator<Item = UserIx>, event: &Event<'_>) {
        // Encoded once, whatever the size of the audience, and not at all where nobody has a link.
        let mut frame = None;
        for user in users {
            let Some(link) = self.by_user.get_mut(user.at()).and_then(Option::as_mut) else { continue };
            // Its task has not noticed yet: frames that are put now would only be counted.
            if link.cut {
                continue;
            }
            let bytes: &Bytes = frame.get_or_insert_with(|| event_frame(event));
            if link.outbox.put(Frame::Bytes(bytes.clone())) {
                self.delivered += 1;
            } else {
                // Its task reports the loss; the session may come back.
                tracing::warn!(user = user.0, link = link.outbox.link, "slow reader cut");
                link.cut = true;
                self.cut += 1;
            }
        }
    }

    pub(crate) fn deliver(&mut self, fanout: &Fanout, audience: &[UserIx], service: &LiveService) {
        let event = Event::delivered(&fanout.message, service.group_id(fanout.group));
        // By the audience of the moment of sending, not by who is up: a member without a link pulls it when
        // it comes back.
        let users = audience.iter().copied().filter(|user| Some(*user) != fanout.withhold);
        self.send(users, &event);
    }

    /// Sends a message to chosen members.
    pub(crate) fn deliver_to(&mut self, sessions: &[SessionId], message: &Message, service: &LiveService) {
        let group = message.group.map_or("", |group| &**service.group_id(group));
        self.send(sessions.iter().map(|session| session.user), &Event::delivered(message, group));
    }

    /// Sends a message to one user.
    pub(crate) fn direct(&mut self, session: SessionId, message: &Message, ticket: Option<Ticket>) {
        self.send([session.user], &Event::direct(message, ticket));
    }

    /// Sends a notice: to the audience where it goes to a whole group.
    pub(crate) fn notify(
        &mut self,
        (to, notice): (NoticeTo, &Notice),
        users: &[UserIx],
        audience: &[UserIx],
        service: &LiveService,
    ) {
        let (group, users) = match &to {
            NoticeTo::Group(group) => (Some(*group), audience),
            NoticeTo::Users(group) => (Some(*group), users),
            NoticeTo::Session(session) => (None, std::slice::from_ref(&session.user)),
        };
        let group = group.map(|group| &**service.group_id(group));
        self.send(users.iter().copied(), &Event::notice(notice, group, service));
    }

    /// Sends the messages that a reconnected session had missed in a group.
    pub(crate) fn recover(
        &mut self,
        session: SessionId,
        group: GroupIx,
        messages: &[Arc<Message>],
        service: &LiveService,
    ) {
        self.send([session.user], &Event::recovered(messages, service.group_id(group)));
    }

    /// Ends a session's link, with the event that says why.
    pub(crate) fn close(&mut self, session: SessionId, reason: LogoffReason) {
        let Some(place) = self.by_user.get_mut(session.user.at()) else { return };
        if place.as_ref().is_some_and(|link| link.session == session) {
            let link = place.take().expect("just seen");
            self.forget(&link);
            // The event first: a WebSocket close code cannot say which of the documented reasons it is.
            link.outbox.put(Frame::Bytes(event_frame(&Event::disconnect(reason))));
            link.outbox.put(Frame::Close(1000, "logged off"));
        }
    }
}
