//! In-flight messages: what is on its way to one receiver and carries more than an event can.

use std::sync::Arc;

use claque_core::{GroupIx, Input, LogoffReason, Message, SessionId, Ticket};

/// Something on its way.
#[derive(Debug)]
pub(crate) enum InFlight {
    /// HIGH messages that a session missed.
    Recover(SessionId, GroupIx, Vec<Arc<Message>>),
    /// A message between users; with a ticket, it is to be acknowledged.
    Direct(SessionId, Option<Ticket>),
    /// The service ended a session.
    Close(SessionId, LogoffReason),
    /// A callback of a line is tried again, after so many tries.
    Callback(u32, Arc<str>, u8),
    /// The receiver's answer to a callback, or the end of the time it had.
    Answered(u32, Arc<str>),
    /// Something to be done to the service, from any origin.
    Input(Box<Input>),
}

/// Everything in flight, by number. Numbers are used again.
#[derive(Debug, Default)]
pub(crate) struct InFlightStore {
    slots: Vec<Option<InFlight>>,
    free: Vec<u32>,
}

impl InFlightStore {
    /// Takes a message in.
    pub(crate) fn put(&mut self, in_flight: InFlight) -> u32 {
        if let Some(number) = self.free.pop()
            && let Some(slot) = self.slots.get_mut(super::index(number))
        {
            *slot = Some(in_flight);
            return number;
        }
        self.slots.push(Some(in_flight));
        u32::try_from(self.slots.len() - 1).expect("fewer than 2^32 messages in flight")
    }

    /// Hands a message out.
    pub(crate) fn take(&mut self, number: u32) -> Option<InFlight> {
        let in_flight = self.slots.get_mut(super::index(number))?.take()?;
        self.free.push(number);
        Some(in_flight)
    }
}
