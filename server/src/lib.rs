//! The service on localhost: the documented operations over HTTP, audience connections over WebSocket, a clock that the
//! tester holds, and a journal that loses nothing it acknowledged.
//!
//! One thread owns the state machine of a world (`driver`), and there may be many worlds (`worlds`); everything else
//! turns bytes into inputs and outcomes into bytes. Time comes from [`clock`] alone.
#![forbid(unsafe_code)]

mod accept;
mod api;
mod audience;
mod audience_link;
mod call_log;
pub mod clock;
mod connection;
mod connections;
mod control;
mod crowd;
mod descriptors;
mod driver;
mod faults;
mod feed;
mod http;
pub mod journal;
mod ledger;
mod limits;
pub mod machine;
pub mod memory;
mod options;
mod origin;
mod outgoing;
mod paths;
mod rates;
pub mod recorder;
mod replay;
mod server;
mod server_state;
mod service;
mod shows;
mod start_error;
pub mod tls;
mod world;
mod world_file;
mod worlds;

pub use descriptors::TooFew;
pub use limits::{HttpLimits, OutgoingLimits};
pub use options::{AccessKey, Options};
pub use paths::{AUDIENCE_PATH, CONTROL_PREFIX};
pub use replay::{ReplayError, replay, replay_with};
pub use server::{Awaited, Recovered, Running, start, start_simulated};
pub use service::LiveService;
pub use shows::{ChatReplay, RecordedLine, RecordedLines, ScenarioSteps, ShowReader};
pub use start_error::StartError;
pub use world_file::WorldFile;
