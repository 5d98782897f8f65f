//! A live show in a test: the documented service, its clock, viewers with inboxes, and the ledger.
//!
//! ```
//! use claque_show::{Duration, Show};
//!
//! let mut show = Show::new().group("g1").join("ada").join("bob");
//! let hello = show.say("ada", "hello");
//! show.advance(Duration::from_secs(1));
//! assert_eq!(show.inbox("bob").texts(), ["hello"]);
//! assert!(!show.is_shed(&hello));
//! ```
//!
//! Everything is in the test's process. Time stands still until [`Show::advance`]; the same calls give the same show.
//! What has no method of its own goes through [`Show::call`] (the back end's side) and [`Show::ask`] (a viewer's side),
//! with the types of `claque_core`, which this crate hands on as [`core`].
//!
//! Methods that a test needs at every turn panic where they are refused, and say which call and why. Those that may be
//! refused on purpose give a `Result`.
#![forbid(unsafe_code)]

mod inbox;
mod show;

pub use claque_core as core;
pub use claque_core::{Duration, Instant, Priority, Shed, Text};

pub use inbox::{Inbox, InboxItem};
pub use show::{COMMENT, OWNER, Show};
