//! Virtual members that chat on their own, on the service's time: a frozen clock silences them, an advanced one makes
//! them say everything that was due.

use claque_core::{ClientRequest, ClientSend, Duration, GroupIx, GroupKey, Instant, SessionId};

/// Messages that the chats of a server may still hold in store.
pub(crate) const CHAT_MESSAGES_MAX: u64 = 10_000_000;

/// One line, at its time.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) at: Instant,
    pub(crate) session: SessionId,
    pub(crate) request: ClientRequest,
}

/// Members of one group who speak in turn at a steady rate.
#[derive(Clone, Debug)]
pub(crate) struct Chat {
    pub(crate) group: GroupIx,
    pub(crate) speakers: Vec<SessionId>,
    pub(crate) message: ClientSend,
    pub(crate) every: Duration,
    pub(crate) next: Instant,
    pub(crate) left: u64,
}

/// The chats that go on.
#[derive(Debug, Default)]
pub(crate) struct Chats {
    list: Vec<Chat>,
}

impl Chats {
    /// Begins a chat.
    ///
    /// # Errors
    /// How many messages may be in store, when there would be more.
    pub(crate) fn begin(&mut self, chat: Chat) -> Result<(), u64> {
        let stored: u64 = self.list.iter().map(|chat| chat.left).sum();
        if stored.saturating_add(chat.left) > CHAT_MESSAGES_MAX {
            return Err(CHAT_MESSAGES_MAX);
        }
        if chat.left > 0 && !chat.speakers.is_empty() {
            self.list.push(chat);
        }
        Ok(())
    }

    /// Ends the chats of a group, or all.
    pub(crate) fn end(&mut self, group: Option<GroupIx>) {
        self.list.retain(|chat| group.is_some_and(|group| chat.group != group));
    }

    /// When the next line is due.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.list.iter().map(|chat| chat.next).min()
    }

    /// The earliest line that is due by `now`.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<Line> {
        let at = self.next_due().filter(|at| *at <= now)?;
        let position = self.list.iter().position(|chat| chat.next == at)?;
        let chat = &mut self.list[position];
        let turn = usize::try_from(chat.left).unwrap_or(0) % chat.speakers.len();
        let request = ClientRequest::Send(GroupKey::Index(chat.group), chat.message.clone());
        let line = Line { at, session: chat.speakers[turn], request };
        chat.left -= 1;
        chat.next = at + chat.every;
        if chat.left == 0 {
            self.list.remove(position);
        }
        Some(line)
    }
}
