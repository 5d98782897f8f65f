//! Calls that the service makes: event callbacks and custom reviews, over real HTTP.
//!
//! Callbacks of one user arrive in order, whatever the session: the next waits for the one before it. A callback that is
//! not answered with 200 in time is tried again under the same transaction ID, a few times; what stands in the answer
//! behind its status is nobody's business. A review that does not answer in time passes the message: the service's own
//! deadline decides. Waiting is by the wall's clock: receivers live in it.
//!
//! Waiting calls are bounded (`queue`), and so are the connections. Beyond the bound the documented outcome is taken at
//! once: a callback is given up, a review is unavailable; both are counted and shown.

mod calls;
mod http;
mod log;
mod queue;
mod send;

pub(crate) use calls::{Abroad, Calls, DeliveryTotals, Outgoing, WayOut};
pub(crate) use send::{Verdicts, run};
