//! The documented service of live-stream interactive messaging as a deterministic state machine.
//!
//! [`Service`] owns all state and does no input or output. A driver tells it what happened (`handle_*`, always with the
//! time as first argument) and then drains what is to be done ([`Service::poll_output`]); [`Service::poll_timeout`]
//! says when it wants to be called again.
//!
//! ```
//! use claque_core::{Caller, Config, Instant, NoTrace, Request, Service, Sound, AccountIx, CreateLiveMessageApp};
//!
//! let mut service = Service::new(Instant::EPOCH, Config::default(), NoTrace, Sound);
//! let caller = Caller::account(AccountIx(0));
//! let request = Request::from(CreateLiveMessageApp { app_name: Some("show".into()), ..Default::default() });
//! let reply = service.handle_request(Instant::EPOCH, &caller, request);
//! # let _ = reply;
//! while let Some(output) = service.poll_output() {
//!     // send, call back, notify …
//! #   let _ = output;
//! }
//! ```
//!
//! # Laws
//! 1. `now` never decreases; asserted.
//! 2. Outputs are drained after every `handle_*`, so that queues have a bound; asserted in debug builds.
//! 3. `Err` changes nothing and queues nothing, but for the caller's quota.
//! 4. After `handle_timeout(t)`, `poll_timeout()` is none or later than `t`.
//! 5. Work per call is bounded; each method says by what.
//! 6. The same configuration and the same calls give the same bytes.
//! 7. No clock, no entropy, no hash order, no float.
#![no_std]
#![forbid(unsafe_code)]
#![warn(clippy::float_arithmetic)]

extern crate alloc;

mod app;
mod call;
mod group;
pub mod journal;
mod member;
mod message;
mod mutants;
mod service;
mod snapshot;
mod state;
mod words;

pub use member::session::SessionState;
pub use mutants::{Damage, DamageReach, Mutant, Mutants, Mutated, RuleChange, Slip, SlipMoment, Sound};
pub use service::drive::Violation;
pub use service::memory::Memory;
pub use snapshot::{NotASnapshot, Snapshot};
pub use state::Service;
pub use state::audience::Member;
pub use words::account::{Caller, Effect, Policy, Statement, action_matches};
pub use words::client::{
    ClientReply, ClientRequest, ClientSend, Connected, Cursor, GroupFacts, GroupState, LinkEnd, Login,
};
pub use words::config::Config;
pub use words::data_center::DataCenter;
pub use words::id::{
    AccountIx, AppIx, GroupIx, GroupKey, MemberSlot, MessageNumber, SessionId, Ticket, UserIx,
};
pub use words::input::{Input, Outcome};
pub use words::limits::Limits;
pub use words::message::{Message, Origin, Priority};
pub use words::operation::{Access, Family, Operation, OperationSubject, ResourceKind};
pub use words::output::{
    Callback, CallbackEvent, ExitReason, Fanout, LogoffReason, Moderation, Notice, NoticeTo, Output, Overdue,
    Shed, Verdict,
};
pub use words::reading::{ReadingChoice, ReadingError, Readings};
pub use words::refusal::{ClientRefusal, ErrorCode, Fault, Full, InputInvalid, Missing, Refusal};
pub use words::request::*;
pub use words::response::*;
pub use words::roll::NameList;
pub use words::rule::Rule;
pub use words::text::{Extra, Text};
pub use words::time::{Duration, Instant, NotADuration};
pub use words::token::client_token;
pub use words::tracer::{HitCounts, NoTrace, Tracer};
pub use words::{address, limits, reading, token};
