//! What a tenant of the service is owed, apart from what the world is.

use std::collections::{BTreeSet, VecDeque};

use claque_core::{ClientReply, Outcome, Output, Reply, Ticket};

/// Outputs and answers, told apart by whether they are the tenant's or the world's.
#[derive(Debug, Default)]
pub(crate) struct Tenant {
    /// Outputs for the tenant, oldest first.
    pub(crate) outputs: VecDeque<Output>,
    /// Answers that are owed to the world.
    pub(crate) owed_to_world: BTreeSet<Ticket>,
    /// The moment for which a halt is scheduled. Unit: microseconds since the UNIX epoch.
    pub(crate) halts_at: Option<u64>,
}

impl Tenant {
    /// Takes note of an answer that the world is owed.
    pub(crate) fn note(&mut self, outcome: &Outcome) {
        if let Outcome::Request(Ok(Reply::Pending(ticket)))
        | Outcome::Client(Ok(ClientReply::Pending(ticket))) = outcome
        {
            self.owed_to_world.insert(*ticket);
        }
    }
}
