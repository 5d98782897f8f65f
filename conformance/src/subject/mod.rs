//! Subjects: anything that takes calls, lets audience clients in, and says what it sent to whom.
//!
//! A subject never knows what a case expects. It does what a case asks, at the time that it is asked for,
//! and reports outcomes and [`Event`]s in the documents' words, as JSON with the documented field names.

mod audience;
pub mod descriptor;
mod forge;
mod http;
mod in_process;
mod post;
mod recorded;
mod remembered;
mod words;

pub(crate) use self::audience::made_token;
pub use self::http::{Callers, HttpSubject};
pub use self::in_process::CoreSubject;
pub use self::recorded::Recorded;
pub(crate) use self::recorded::{client_frame, given};
pub(crate) use self::words::REQUEST_ID;
pub use self::words::{
    AppKeys, CallMade, CallerName, Capabilities, ClientMade, Event, Happening, Outcome, Pace, Shared,
    Subject, SubjectError,
};
