//! The books on messages to one user.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use claque_core::{Instant, SessionId, Text, Ticket, UserIx};

/// A message to one user, as it was sent.
#[derive(Clone, Debug)]
pub(crate) struct DirectSent {
    pub(crate) at: Instant,
    /// None: a name that the service has not heard yet.
    pub(crate) sender: Option<UserIx>,
    pub(crate) sender_info: Arc<str>,
    pub(crate) receiver: UserIx,
    pub(crate) kind: i64,
    pub(crate) body: Arc<str>,
    pub(crate) tid: Option<Text>,
    pub(crate) reliable: bool,
}

/// An acknowledgement that is owed.
#[derive(Clone, Debug)]
pub(crate) struct Receipt {
    pub(crate) receiver: SessionId,
    pub(crate) tid: Text,
    pub(crate) due: Instant,
}

/// Messages to users that are under way.
#[derive(Clone, Debug, Default)]
pub(crate) struct DirectBooks {
    /// Under review.
    pub(crate) reviewed: BTreeMap<Ticket, DirectSent>,
    pub(crate) receipts: BTreeMap<Ticket, Receipt>,
    /// When acknowledgements must have come.
    pub(crate) due: BTreeSet<(Instant, Ticket)>,
}

impl DirectBooks {
    pub(crate) fn wait(&mut self, ticket: Ticket, receipt: Receipt) {
        self.due.insert((receipt.due, ticket));
        self.receipts.insert(ticket, receipt);
    }

    pub(crate) fn done(&mut self, ticket: Ticket) -> Option<Receipt> {
        let receipt = self.receipts.remove(&ticket)?;
        self.due.remove(&(receipt.due, ticket));
        Some(receipt)
    }
}
