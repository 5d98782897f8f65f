//! Requests that wait for an answer from elsewhere, and who waits for it.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::state::direct::DirectMessage;
use crate::state::draft::Draft;
use crate::words::id::{GroupIx, SessionId, Ticket};
use crate::words::text::Text;
use crate::words::time::Instant;

/// Who waits for the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Asker {
    /// A client.
    Client(SessionId),
    /// A server-side caller.
    Server,
}

/// The request that waits behind a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Pending {
    /// A group message under review.
    Group { group: GroupIx, draft: Box<Draft>, asker: Asker },
    /// A message to one user under review.
    Direct { message: Box<DirectMessage>, asker: Asker },
    /// A message to one user that the session must acknowledge.
    Receipt { receiver: SessionId, tid: Text, due: Instant },
}

/// Requests that wait for an answer, by ticket.
#[derive(Clone, Debug, Default, Hash, Serialize, Deserialize)]
pub(crate) struct Tickets {
    waiting: BTreeMap<Ticket, Pending>,
    /// Tickets given out so far.
    given: u64,
}

impl Tickets {
    /// The ticket that is given out next.
    pub(crate) const fn next(&self) -> Ticket {
        Ticket(self.given + 1)
    }

    /// The ticket that was given out last; 0: none was.
    pub(crate) const fn last(&self) -> Ticket {
        Ticket(self.given)
    }

    /// Puts something behind a ticket: one that was given out and waits for nothing any more, or the next.
    pub(crate) fn wait(&mut self, ticket: Ticket, pending: Pending) {
        assert!(ticket <= self.next(), "tickets are given out in a row");
        // Never reused: an answer that comes late must find nothing, and not another message.
        self.given = self.given.max(ticket.0);
        let before = self.waiting.insert(ticket, pending);
        assert!(before.is_none(), "one thing waits behind a ticket");
    }

    /// What waits behind a ticket.
    pub(crate) fn get(&self, ticket: Ticket) -> Option<&Pending> {
        self.waiting.get(&ticket)
    }

    /// Takes out what waits behind a ticket.
    pub(crate) fn take(&mut self, ticket: Ticket) -> Option<Pending> {
        self.waiting.remove(&ticket)
    }

    /// Everything that waits, the oldest ticket first.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &Pending> {
        self.waiting.values()
    }

    /// The newest ticket behind which something waits.
    pub(crate) fn newest(&self) -> Option<Ticket> {
        self.waiting.last_key_value().map(|(ticket, _)| *ticket)
    }

    /// Forgets what is not wanted, where a mutant has it so.
    pub(crate) fn retain_by_mutant(&mut self, wanted: impl Fn(&Pending) -> bool) {
        self.waiting.retain(|_, pending| wanted(pending));
    }
}
