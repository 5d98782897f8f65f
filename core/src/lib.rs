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

mod account;
pub mod address;
mod admission;
mod app;
mod audience;
mod callback;
mod check;
mod client;
mod config;
mod delivery;
mod digest;
mod direct;
mod draft;
mod drive;
mod ending;
mod exits;
mod group;
mod history;
mod id;
mod input;
mod invariant;
pub mod journal;
mod json;
mod lifecycle;
pub mod limits;
mod look_ahead;
mod membership;
mod memory;
mod message;
mod moderation;
mod mutation;
mod mute;
mod name;
mod notice;
mod operation;
mod ops;
mod output;
mod pending;
mod quota;
pub mod reading;
mod recall;
mod recovery;
mod refusal;
mod request;
mod response;
mod roll;
mod rule;
mod secret;
mod send;
mod service;
mod session;
mod shaper;
mod snapshot;
mod text;
mod time;
mod timer;
pub mod token;
mod tracer;
mod user;

pub use account::{Caller, Effect, Policy, Statement, action_matches};
pub use app::DataCenter;
pub use audience::Member;
pub use client::{
    ClientReply, ClientRequest, ClientSend, Connected, Cursor, GroupFacts, GroupState, LinkEnd, Login,
};
pub use config::Config;
pub use drive::Violation;
pub use id::{AccountIx, AppIx, GroupIx, GroupKey, MemberSlot, MessageNumber, SessionId, Ticket, UserIx};
pub use input::{Input, Outcome};
pub use limits::Limits;
pub use memory::Memory;
pub use message::{Message, Origin, Priority};
pub use mutation::{Broken, Change, Damage, Defects, Moment, Mutation, Reach, Slip, Sound};
pub use operation::{Access, Family, Operation, ResourceKind};
pub use output::{
    Callback, CallbackEvent, ExitReason, Fanout, LogoffReason, Moderation, Notice, NoticeTo, Output, Overdue,
    Shed, Verdict,
};
pub use reading::{ReadingChoice, ReadingError, Readings};
pub use refusal::{ClientRefusal, ErrorCode, Fault, Full, InputInvalid, Missing, Refusal};
pub use request::*;
pub use response::*;
pub use roll::NameList;
pub use rule::Rule;
pub use service::Service;
pub use session::SessionState;
pub use snapshot::{NotASnapshot, Snapshot};
pub use text::{Extra, Text};
pub use time::{Duration, Instant, NotADuration};
pub use token::client_token;
pub use tracer::{HitCounts, NoTrace, Tracer};
