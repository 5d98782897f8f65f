//! Everything that those around a server saw of it in one run, in order.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard};

use claque_server::clock::Wall;
use serde_json::{Map, Value as Json};
use xxhash_rust::xxh3::Xxh3;

use crate::plan::{LifeEnd, RequestForm, SpoiltFrame, Treatment};

/// One thing that was seen.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// By the wall of the run. Microseconds since the UNIX epoch.
    pub at: u64,
    /// The number of the server's life, from 0.
    pub life: usize,
    /// What.
    pub what: Sight,
}

/// What was seen.
#[derive(Clone, Debug)]
pub enum Sight {
    /// A call was written, by its number.
    Sent(usize, HowSent),
    /// It was answered: status and body.
    Answered(usize, u16, Json),
    /// No answer came.
    Lost(usize, &'static str),
    /// A viewer sent a frame over its link.
    Frame(usize, u32, Json),
    /// A viewer received one.
    Received(usize, u32, Json),
    /// A viewer received bytes that are no frame of the protocol.
    Garbled(usize, u32, String),
    /// A viewer's link stands.
    Up(usize, u32),
    /// A viewer's link is gone; the server's close code, where the server ended it.
    Down(usize, u32, LinkOver),
    /// A viewer reads nothing for so many microseconds, from here on.
    Paused(usize, u64),
    /// A viewer sends no heartbeats any more.
    Silent(usize),
    /// A viewer sent a frame that its link cannot outlive.
    Spoilt(usize, SpoiltFrame),
    /// Something was not as the standards of HTTP and WebSockets have it.
    Unstandard(String),
    /// From here on a receiver treats callbacks like this.
    Treats(usize, Treatment),
    /// A callback came to a receiver.
    Posted(PostedCallback),
    /// A review was asked for: its content.
    Reviewed(String),
    /// A server is asked to end.
    Ends(LifeEnd),
    /// A server began.
    Began,
    /// A server did not begin, or ended by itself.
    Failed(String),
}

/// How a call was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HowSent {
    /// Nothing else is on its connection.
    Alone,
    /// With others, one behind the other.
    AmongOthers,
    /// Its connection was broken on purpose.
    Broken,
}

/// How a link ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkOver {
    /// The viewer ended it.
    ByViewer,
    /// The server ended it, with a code where it gave one.
    ByServer(Option<u16>),
    /// It ended with the server.
    WithServer,
}

/// A callback as it came.
#[derive(Clone, Debug)]
pub struct PostedCallback {
    /// Which receiver.
    pub receiver: usize,
    /// The address.
    pub url: String,
    /// The method.
    pub method: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Json,
    /// How it was treated.
    pub treatment: Treatment,
}

/// A call of the back end, or of the control API.
#[derive(Clone, Debug)]
pub struct MadeCall {
    /// The operation, or the path of the control API.
    pub name: String,
    /// The parameters, or the body.
    pub parameters: Map<String, Json>,
    /// It is a documented operation.
    pub documented: bool,
    /// The world that its key leads into is the other one.
    pub elsewhere: bool,
    /// The bytes of an earlier one are sent again.
    pub repeats: Option<usize>,
    /// How it was written.
    pub form: RequestForm,
    /// What was written.
    pub bytes: Vec<u8>,
}

/// Everything that was seen.
#[derive(Debug, Default)]
pub struct Log {
    /// In order.
    pub seen: Vec<Sighting>,
    /// Calls by number.
    pub calls: Vec<MadeCall>,
    pub(crate) life: usize,
    /// The server of this life was asked to end.
    pub(crate) ended: bool,
}

/// The log of a run, shared by all who see something.
#[derive(Clone, Debug)]
pub(crate) struct SharedLog {
    log: Arc<Mutex<Log>>,
    wall: Wall,
}

impl SharedLog {
    pub(crate) const fn new(log: Arc<Mutex<Log>>, wall: Wall) -> Self {
        Self { log, wall }
    }

    pub(crate) fn locked(&self) -> MutexGuard<'_, Log> {
        self.log.lock().expect("no holder of this lock can panic")
    }

    pub(crate) fn now(&self) -> u64 {
        self.wall.now().as_micros()
    }

    pub(crate) fn note(&self, what: Sight) {
        let at = self.now();
        let mut log = self.locked();
        let life = log.life;
        // Nothing that is seen behind the end is judged. In which order connections end then is nobody's promise, and the
        // runtime's own affair.
        if log.ended && !matches!(what, Sight::Failed(_)) {
            return;
        }
        log.ended = matches!(what, Sight::Ends(_));
        log.seen.push(Sighting { at, life, what });
    }
}

impl Log {
    /// What a call was answered, null where it was lost; none: it is under way.
    pub(crate) fn outcome(&self, number: usize) -> Option<Json> {
        self.seen.iter().rev().find_map(|seen| match &seen.what {
            Sight::Answered(call, _, body) if *call == number => Some(body.clone()),
            Sight::Lost(call, _) if *call == number => Some(Json::Null),
            Sight::Answered(..)
            | Sight::Lost(..)
            | Sight::Sent(..)
            | Sight::Frame(..)
            | Sight::Received(..)
            | Sight::Garbled(..)
            | Sight::Up(..)
            | Sight::Down(..)
            | Sight::Paused(..)
            | Sight::Silent(_)
            | Sight::Spoilt(..)
            | Sight::Unstandard(_)
            | Sight::Treats(..)
            | Sight::Posted(_)
            | Sight::Reviewed(_)
            | Sight::Ends(_)
            | Sight::Began
            | Sight::Failed(_) => None,
        })
    }

    /// A hash of everything that was seen: equal for equal runs.
    ///
    /// # Panics
    /// Never: a text takes everything.
    #[must_use]
    pub fn hash(&self) -> u64 {
        let mut hash = Xxh3::new();
        let mut text = String::new();
        for seen in &self.seen {
            text.clear();
            write!(text, "{seen:?}").expect("a text takes everything");
            hash.update(text.as_bytes());
        }
        hash.digest()
    }
}
