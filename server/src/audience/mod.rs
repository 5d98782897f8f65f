//! Audience connections: WebSocket, JSON frames whose methods and events carry the documented client's names.
//!
//! The vendor's own wire protocol is not public; this is Claque's, written down in `docs/asyncapi.yaml`.

mod frame;
mod method;
mod socket;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use claque_core::{Fanout, LogoffReason, Notice, NoticeTo, Output, SessionId, UserIx};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Utf8Bytes;

pub(crate) use socket::{accept, is_upgrade, serve};

use crate::driver::LiveService;

/// Frames that may wait for one slow reader before its link is cut.
pub(crate) const OUTBOX_FRAMES_MAX: usize = 512;

static NEXT_LINK: AtomicU64 = AtomicU64::new(1);

/// What goes to one link.
#[derive(Clone, Debug)]
pub(crate) enum Frame {
    /// An event.
    Text(Utf8Bytes),
    /// The link ends: WebSocket close code and reason.
    Close(u16, &'static str),
}

/// The way to one link's writer.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    pub(crate) link: u64,
    frames: mpsc::Sender<Frame>,
}

impl Outbox {
    pub(crate) fn new() -> (Self, mpsc::Receiver<Frame>) {
        let (frames, receiver) = mpsc::channel(OUTBOX_FRAMES_MAX);
        (Self { link: NEXT_LINK.fetch_add(1, Ordering::Relaxed), frames }, receiver)
    }
}

/// A session's link, if it is up.
#[derive(Debug)]
struct Link {
    session: SessionId,
    outbox: Outbox,
}

/// Every link that is up, by user.
#[derive(Debug, Default)]
pub(crate) struct Links {
    by_user: Vec<Option<Link>>,
    up: usize,
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

    pub(crate) fn attach(&mut self, session: SessionId, outbox: Outbox) {
        let at = session.user.at();
        if self.by_user.len() <= at {
            self.by_user.resize_with(at + 1, || None);
        }
        if self.by_user[at].replace(Link { session, outbox }).is_none() {
            self.up += 1;
        }
    }

    /// Forgets a link; whether it was still the session's.
    pub(crate) fn detach(&mut self, session: SessionId, link: u64) -> bool {
        let Some(place) = self.by_user.get_mut(session.user.at()) else { return false };
        if place.as_ref().is_none_or(|up| up.session != session || up.outbox.link != link) {
            return false;
        }
        *place = None;
        self.up -= 1;
        true
    }

    /// Ends every link: the service starts over.
    pub(crate) fn close_all(&mut self) {
        for place in &mut self.by_user {
            if let Some(link) = place.take() {
                // A full outbox ends when its sender is dropped.
                let _ = link.outbox.frames.try_send(Frame::Close(1012, "the service was reset"));
            }
        }
        self.up = 0;
    }

    fn send(&mut self, user: UserIx, frame: &Frame) {
        let Some(place) = self.by_user.get_mut(user.at()) else { return };
        let Some(link) = place else { return };
        match link.outbox.frames.try_send(frame.clone()) {
            Ok(()) => self.delivered += 1,
            Err(_) => {
                // Dropping the sender ends the writer, whose task reports the loss; the session may come back.
                tracing::warn!(user = user.0, frames = OUTBOX_FRAMES_MAX, "slow reader cut");
                self.cut += 1;
                link.outbox.frames = mpsc::channel(1).0;
            }
        }
    }

    pub(crate) fn deliver(&mut self, fanout: &Fanout, service: &LiveService) {
        let frame = Frame::Text(frame::message(&fanout.message, service.group_id(fanout.group)).into());
        self.to_group(fanout.group, &frame, service);
    }

    fn to_group(&mut self, group: claque_core::GroupIx, frame: &Frame, service: &LiveService) {
        for member in service.audience(group) {
            if member.is_taken() {
                self.send(member.user, frame);
            }
        }
    }

    pub(crate) fn let_out(&mut self, output: &Output, service: &LiveService) {
        match output {
            Output::Close(session, reason) => self.close(*session, *reason),
            Output::DeliverTo(sessions, message) => {
                let group = message.group.map(|group| Arc::clone(service.group_id(group)));
                let frame = Frame::Text(frame::message(message, group.as_deref().unwrap_or("")).into());
                for session in sessions {
                    self.send(session.user, &frame);
                }
            }
            Output::Direct(session, message, ticket) => {
                self.send(session.user, &Frame::Text(frame::direct(message, *ticket).into()));
            }
            Output::Notice(to, notice, users) => self.notify(*to, notice, users, service),
            Output::Recover(session, group, messages) => {
                let text = frame::recovered(messages, service.group_id(*group));
                self.send(session.user, &Frame::Text(text.into()));
            }
            Output::Answer(..)
            | Output::Callback(_)
            | Output::ClientAnswer(..)
            | Output::Deliver(_)
            | Output::Log(_)
            | Output::Moderate(_)
            | Output::Shed(_) => {}
        }
    }

    fn notify(&mut self, to: NoticeTo, notice: &Notice, users: &[UserIx], service: &LiveService) {
        match to {
            NoticeTo::Group(group) => {
                let text = frame::notice(notice, Some(service.group_id(group)), service);
                self.to_group(group, &Frame::Text(text.into()), service);
            }
            NoticeTo::Users(group) => {
                let frame = Frame::Text(frame::notice(notice, Some(service.group_id(group)), service).into());
                for user in users {
                    self.send(*user, &frame);
                }
            }
            NoticeTo::Session(session) => {
                let text = frame::notice(notice, None, service);
                self.send(session.user, &Frame::Text(text.into()));
            }
        }
    }

    fn close(&mut self, session: SessionId, reason: LogoffReason) {
        let Some(place) = self.by_user.get_mut(session.user.at()) else { return };
        if place.as_ref().is_some_and(|link| link.session == session) {
            let link = place.take().expect("just seen");
            self.up -= 1;
            let _ = link.outbox.frames.try_send(Frame::Text(frame::disconnect(reason).into()));
            let _ = link.outbox.frames.try_send(Frame::Close(1000, "logged off"));
        }
    }
}
