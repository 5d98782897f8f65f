//! The receiver of callbacks and reviews: an HTTP proxy on the loopback, so that whatever address a case names leads here.

use std::collections::{BTreeMap, VecDeque};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use claque_wire::delivery::CALLBACK_TAKEN;
use serde_json::Value as Json;

use super::exchange::PATIENCE;
use super::stopwatch::Stopwatch;
use crate::case::Unwilling;
use crate::subject::post::Refusing;

/// Longest request that is taken. Unit: bytes.
const REQUEST_BYTES_MAX: usize = 1 << 20;

/// The longest silence.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// A request as it arrived.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Posted {
    pub(super) method: String,
    /// The whole address that it was meant for.
    pub(super) url: String,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    /// The body; null when it is no JSON.
    pub(super) body: Json,
    /// Of a callback that is sent again: how long the try before it was waited for, and how long ago that ended.
    pub(super) before: Option<[Duration; 2]>,
}

impl Posted {
    /// The transaction of a callback, empty where there is none.
    pub(super) fn transaction(&self) -> String {
        self.body.get("transactionid").and_then(Json::as_str).unwrap_or_default().to_owned()
    }

    /// The value of a header, empty where there is none.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(its, _)| its.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
    }
}

#[derive(Debug, Default)]
struct State {
    callbacks: Vec<Posted>,
    /// Reviews asked for since the last look, and those that wait for their answer.
    reviews: Vec<Posted>,
    waiting: VecDeque<mpsc::Sender<(u16, String)>>,
    reviews_seen: u64,
    refusing: Refusing,
    /// The newest try of each callback, by its transaction.
    tries: BTreeMap<String, Try>,
}

/// A try that came.
#[derive(Debug)]
struct Try {
    came: Stopwatch,
    /// How long it was waited for, and since when it is over.
    ended: Option<(Duration, Stopwatch)>,
}

impl State {
    /// A callback has come; what it is answered.
    fn callback(&mut self, posted: Posted) -> Option<Unwilling> {
        let transaction = posted.transaction();
        let last = self.tries.insert(transaction, Try { came: Stopwatch::start(), ended: None });
        let before = last.map(|last| match last.ended {
            Some((waited, since)) => [waited, since.passed()],
            None => [last.came.passed(), Duration::ZERO],
        });
        let unwilling = self.refusing.next(&posted.url);
        self.callbacks.push(Posted { before, ..posted });
        unwilling
    }

    /// A try is over.
    fn over(&mut self, transaction: &str) {
        if let Some(last) = self.tries.get_mut(transaction) {
            last.ended = Some((last.came.passed(), Stopwatch::start()));
        }
    }
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    arrived: Condvar,
}

impl Shared {
    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A receiver that listens until the process ends.
#[derive(Debug)]
pub(super) struct Receiver {
    pub(super) address: SocketAddr,
    shared: Arc<Shared>,
}

impl Receiver {
    /// Listens on any free port of the loopback.
    pub(super) fn listen() -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("no port for callbacks: {error}");
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        thread::spawn(move || {
            for link in listener.incoming().flatten() {
                let shared = Arc::clone(&theirs);
                thread::spawn(move || take(link, &shared));
            }
        });
        Ok(Self { address, shared })
    }

    /// Forgets everything; a review that waits for an answer gets none.
    pub(super) fn forget(&self) {
        *self.shared.locked() = State::default();
    }

    /// Fails to take the next so many callbacks to some addresses.
    pub(super) fn refuse(&self, with: Unwilling, times: u32, of: &str) {
        self.shared.locked().refusing.add(with, times, of);
    }

    /// The service was restarted: it counts its reviews anew, and has given up those that wait.
    pub(super) fn restarted(&self) {
        let mut state = self.shared.locked();
        (state.reviews_seen, state.waiting) = (0, VecDeque::new());
    }

    /// The callbacks that came since the last look.
    pub(super) fn take_callbacks(&self) -> Vec<Posted> {
        std::mem::take(&mut self.shared.locked().callbacks)
    }

    /// The reviews that were asked for since the last look, once so many have come in all.
    pub(super) fn take_reviews(&self, in_all: u64) -> Result<Vec<Posted>, String> {
        let state = self.shared.locked();
        let (mut state, late) = self
            .shared
            .arrived
            .wait_timeout_while(state, PATIENCE, |state| state.reviews_seen < in_all)
            .unwrap_or_else(PoisonError::into_inner);
        if late.timed_out() {
            return Err(format!("{in_all} reviews were asked for, {} came", state.reviews_seen));
        }
        Ok(std::mem::take(&mut state.reviews))
    }

    /// Answers the oldest review that waits, or breaks its connection; false when none does.
    pub(super) fn review(&self, answer: Option<(u16, &str)>) -> bool {
        let waiting = self.shared.locked().waiting.pop_front();
        // The service may have given up: the answer then reaches nobody, as it would be in life.
        waiting.is_some_and(|waiting| {
            if let Some((status, body)) = answer {
                drop(waiting.send((status, body.to_owned())));
            }
            true
        })
    }
}

/// Takes one request and answers it. A connection that breaks has nobody to tell.
fn take(mut link: TcpStream, shared: &Shared) {
    if link.set_read_timeout(Some(PATIENCE)).is_err() {
        return;
    }
    let Some(posted) = read(&mut link) else { return };
    let (status, body) = if posted.body.get("content").is_some() && posted.body.get("eves").is_none() {
        let (sender, answer) = mpsc::channel();
        let mut state = shared.locked();
        state.waiting.push_back(sender);
        state.reviews.push(posted);
        state.reviews_seen += 1;
        drop(state);
        shared.arrived.notify_all();
        let Ok(answer) = answer.recv_timeout(Duration::from_secs(60)) else { return };
        answer
    } else {
        let transaction = posted.transaction();
        let unwilling = shared.locked().callback(posted);
        if unwilling == Some(Unwilling::Silence) {
            wait_for_end(&mut link);
        }
        // An answer is there when it is sent, as seen from here.
        shared.locked().over(&transaction);
        let status = match unwilling {
            None => CALLBACK_TAKEN,
            Some(Unwilling::Status(status)) => status,
            Some(Unwilling::Silence | Unwilling::Breaks) => return,
        };
        (status, String::new())
    };
    let answer =
        format!("HTTP/1.1 {status} so\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    drop(link.write_all(answer.as_bytes()));
}

/// Says nothing until the other side has had enough.
fn wait_for_end(link: &mut TcpStream) {
    let mut piece = [0; 64];
    if link.set_read_timeout(Some(SILENCE_MAX)).is_ok() {
        while link.read(&mut piece).is_ok_and(|count| count > 0) {}
    }
}

fn read(link: &mut TcpStream) -> Option<Posted> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4_096];
    loop {
        if let Some(posted) = parse(&bytes) {
            return Some(posted);
        }
        let count = link.read(&mut piece).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(piece.get(..count)?);
        if bytes.len() > REQUEST_BYTES_MAX {
            return None;
        }
    }
}

fn parse(bytes: &[u8]) -> Option<Posted> {
    let mut headers = [httparse::EMPTY_HEADER; 50];
    let mut head = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(start) = head.parse(bytes).ok()? else { return None };
    let headers: Vec<(String, String)> = head
        .headers
        .iter()
        .map(|header| {
            (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).trim().to_owned())
        })
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(Some(0), |(_, length)| length.parse().ok())?;
    let body = bytes.get(start..start.checked_add(length)?)?;
    Some(Posted {
        method: head.method?.to_owned(),
        url: head.path?.to_owned(),
        headers,
        body: serde_json::from_slice(body).unwrap_or(Json::Null),
        before: None,
    })
}
