//! What waits for an answer from elsewhere, and who waits for it.

use alloc::boxed::Box;

use serde::{Deserialize, Serialize};

use crate::state::direct::DirectMessage;
use crate::state::draft::Draft;
use crate::words::id::{GroupIx, SessionId};
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

/// What waits behind a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Pending {
    /// A group message under review.
    Group { group: GroupIx, draft: Box<Draft>, asker: Asker },
    /// A message to one user under review.
    Direct { message: Box<DirectMessage>, asker: Asker },
    /// A message to one user that the session must acknowledge.
    Receipt { receiver: SessionId, tid: Text, due: Instant },
}
