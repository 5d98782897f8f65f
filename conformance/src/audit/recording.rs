//! A recording in memory, read and checked.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::BufRead;
use std::sync::{Arc, LazyLock};

use claque_core::Operation;
use claque_wire::param::ParamMap;
use claque_wire::recorded::app_of_answer;
use foldhash::fast::FixedState;
use hashbrown::HashSet;
use memchr::memmem::Finder;
use serde_json::{Map, Value as Json};

use super::clocks::{self, GRAIN_UNSEEN};
use super::window::Window;
use super::written::{is_documented, pairs, read_request, unreadable};
use crate::log::{CallLine, ClientLine, Complete, ConsoleLine, Header, Line, LinkState, ReviewLine, VERSION};

/// Opens a file of a recording by its number: each is read twice where the recording is long.
pub type Open<'a> = &'a dyn Fn(usize) -> std::io::Result<Box<dyn BufRead>>;

/// A longer line is refused. Bytes. The longest legal parameter takes 98,300.
const LINE_BYTES_MAX: usize = 4 << 20;
/// How a text in UTF-8 may begin.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// Of a longer recording deliveries are not kept. Lines; no longer one is done again with the reference.
pub(super) const LINES_KEPT_MAX: u64 = 20_000;

/// Where an observation stands: the number of the file, from 0, and of the line in it, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Which file of the recording.
    pub file: usize,
    /// Which line of it.
    pub line: usize,
}

/// Why a recording cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub struct RecordingError {
    /// Where.
    pub place: Place,
    /// The mistake, and how it should be.
    pub says: String,
}

impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.place.line, self.says)
    }
}

impl std::error::Error for RecordingError {}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Accepted, with the fields of its answer.
    Accepted(Map<String, Json>),
    /// Refused: status and code.
    Refused(u16, String),
    /// Its answer is no documented one; the status.
    Unreadable(u16),
    /// Nobody saw.
    Unseen,
}

/// A call.
#[derive(Debug)]
pub(super) struct CallSeen {
    pub place: Place,
    /// From its sending to its answer: what it did, it did within.
    pub window: Window,
    /// How long it took by the source's own clock; none while it has no answer.
    pub sent: Window,
    pub operation: Operation,
    pub params: ParamMap,
    pub ended: Ended,
    /// The body of the answer, as it is.
    pub answer: Option<Map<String, Json>>,
    /// The parameters as they stand in the line.
    pub given: Map<String, Json>,
    /// When the answer came, by the source's own clock.
    pub answered_at: Option<u64>,
}

impl CallSeen {
    /// A parameter that is a text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.params.text(name).ok().flatten()
    }

    /// The application that it made: the older family tells it one level deeper.
    pub(super) fn made_app(&self) -> Option<&str> {
        let made = matches!(self.operation, Operation::CreateLiveMessageApp | Operation::CreateMessageApp);
        match &self.ended {
            Ended::Accepted(answer) if made => app_of_answer(answer),
            Ended::Accepted(_) | Ended::Refused(..) | Ended::Unreadable(_) | Ended::Unseen => None,
        }
    }

    pub(super) const fn accepted(&self) -> bool {
        matches!(self.ended, Ended::Accepted(_))
    }
}

/// A client's view.
#[derive(Debug)]
pub(super) enum FrameSeen {
    Sent(Map<String, Json>),
    Received(Map<String, Json>),
    /// Its link came up, or was lost.
    Link(LinkState),
}

/// One client: everything that it saw, in its own order.
#[derive(Debug, Default)]
pub(super) struct ClientSeen {
    pub app: Option<String>,
    pub user: Option<String>,
    pub frames: Vec<(Place, Window, FrameSeen)>,
    /// How long frames are under way at the most, where that is known.
    pub delay_max: Option<u64>,
    /// Its number by first appearance.
    pub number: usize,
    /// The source that saw it, and when it did so last by that source's clock.
    pub source: Option<usize>,
    last: u64,
}

/// One line, in the order in which its source saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scripted {
    pub place: Place,
    /// The number of its source.
    pub source: usize,
    /// By the source's own clock.
    pub at: u64,
    pub window: Window,
    pub what: Kind,
}

/// Where the rest of a line is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A call: of the recording's account if it is judged.
    Call,
    /// A call of somebody else.
    Foreign(usize),
    /// A frame: the number of the client by first appearance, and of its frame.
    Client(usize, usize),
    Console(usize),
    Callback(usize),
    Review(usize),
}

/// Everything that was recorded.
#[derive(Debug, Default)]
pub struct Recording {
    pub(super) calls: Vec<CallSeen>,
    pub(super) clients: BTreeMap<Arc<str>, ClientSeen>,
    /// Spans in which an application, or a client, is complete.
    pub(super) complete_apps: BTreeMap<String, Vec<Window>>,
    pub(super) complete_clients: BTreeMap<String, Vec<Window>>,
    pub(super) complete_account: Vec<Window>,
    /// Spans in which no callback of an application is missing.
    pub(super) complete_callbacks: BTreeMap<String, Vec<Window>>,
    /// Claims with their sources, until the clocks are known.
    pub(super) claims: Vec<(usize, Complete)>,
    /// Every line that is more than a claim.
    pub(super) script: Vec<Scripted>,
    /// Names of clients in the order of first appearance.
    pub(super) client_names: Vec<Arc<str>>,
    /// Calls of other accounts, of RAM users, and of operations that are not documented.
    pub(super) foreign: Vec<CallLine>,
    pub(super) consoles: Vec<ConsoleLine>,
    pub(super) callbacks: Vec<Json>,
    pub(super) reviews: Vec<ReviewLine>,
    /// Lines that no judge looks at.
    pub(super) unjudged: u64,
    pub(super) headers: Vec<Header>,
    /// Of each source the coarsest power of ten that divides its times.
    pub(super) grains: Vec<u64>,
    /// Clients whose lines are those of several programs.
    pub(super) shared_clients: BTreeSet<Arc<str>>,
    sources: BTreeMap<String, usize>,
    lines: u64,
    /// Lines that were there already: they are taken once.
    repeated: u64,
    /// By these a line that comes again is known.
    fingerprints: HashSet<u64, FixedState>,
    /// Deliveries that were not kept.
    deferred: u64,
}

/// What becomes of the deliveries of a recording that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KeptDeliveries {
    /// They are kept, if there are no more lines than that.
    UpTo(u64),
    /// They are counted, and read again.
    Nothing,
}

/// The event's name with its quotes: within a text these would be escaped.
static EVENT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"recvgroupmessage\""));

/// Whether a line holds the delivery of a message, and so need not be kept.
pub(super) fn is_deferred(line: &[u8]) -> bool {
    EVENT.find(line).is_some_and(|at| {
        let before = line[..at].trim_ascii_end().strip_suffix(b":").map(<[u8]>::trim_ascii_end);
        before.is_some_and(|before| before.ends_with(b"\"event\""))
    })
}

/// Is given a line and its place, and says whether it wants the next one; an error is about this line.
pub type TakeLine<'t> = dyn FnMut(Place, &[u8]) -> Result<bool, String> + 't;

/// Calls something with each line of a file that holds more than spaces, until it says no; gives whether it did not.
pub(super) fn each_line(
    (file, open): (usize, Open<'_>),
    take: &mut TakeLine<'_>,
) -> Result<bool, RecordingError> {
    let unread =
        |error: std::io::Error| RecordingError { place: Place { file, line: 0 }, says: error.to_string() };
    read_lines(file, open(file).map_err(unread)?, take)
}

/// Calls something with each line that holds more than spaces, until it says no; gives whether it did not. `file` is the
/// file's number.
///
/// # Errors
/// At a line that is refused, cannot be read, or has more than 4 MiB.
pub fn read_lines(
    file: usize,
    mut from: impl BufRead,
    take: &mut TakeLine<'_>,
) -> Result<bool, RecordingError> {
    let mut bytes = Vec::new();
    for line in 1.. {
        let place = Place { file, line };
        let wrong = |says: String| RecordingError { place, says };
        bytes.clear();
        let read = read_line(&mut from, &mut bytes).map_err(|error| wrong(error.to_string()))?;
        if read == 0 {
            break;
        }
        // Some editors begin a file, and whoever joins files a line, with a mark of the encoding.
        if bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
        }
        if bytes.len() > LINE_BYTES_MAX {
            return Err(wrong(format!("it is longer than {LINE_BYTES_MAX} bytes")));
        }
        if !bytes.iter().all(u8::is_ascii_whitespace) && !take(place, &bytes).map_err(wrong)? {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Recording {
    /// Reads one more file of the recording. `file` is its number.
    ///
    /// # Errors
    /// At the first line that is not of the format.
    pub fn read(&mut self, file: usize, from: impl BufRead) -> Result<(), RecordingError> {
        read_lines(file, from, &mut |place, bytes| self.take_bytes(place, bytes)).map(drop)
    }

    /// Reads a recording of some files; the deliveries of a long one are counted and not kept.
    pub(super) fn of_files(files: usize, open: Open<'_>) -> Result<Self, RecordingError> {
        if let Some(recording) = Self::keeping(KeptDeliveries::UpTo(LINES_KEPT_MAX), files, open)? {
            return Ok(recording);
        }
        Self::keeping(KeptDeliveries::Nothing, files, open).map(Option::unwrap_or_default)
    }

    /// None where it is longer than what is kept.
    fn keeping(
        keeping: KeptDeliveries,
        files: usize,
        open: Open<'_>,
    ) -> Result<Option<Self>, RecordingError> {
        let mut recording = Self::default();
        for file in 0..files {
            let whole = each_line((file, open), &mut |place, bytes| match keeping {
                KeptDeliveries::UpTo(lines) => {
                    recording.take_bytes(place, bytes).map(|_| recording.script.len() as u64 <= lines)
                }
                KeptDeliveries::Nothing if is_deferred(bytes) => {
                    recording.lines += 1;
                    recording.deferred += 1;
                    Ok(true)
                }
                KeptDeliveries::Nothing => recording.take_bytes(place, bytes),
            })?;
            if !whole {
                return Ok(None);
            }
        }
        recording.finish();
        Ok(Some(recording))
    }

    fn take_bytes(&mut self, place: Place, bytes: &[u8]) -> Result<bool, String> {
        let line: Line = serde_json::from_slice(bytes).map_err(|error| unreadable(bytes, &error))?;
        // A file that was written on, or shipped, twice holds the same lines again: what happened once is not to count twice. Where time is
        // virtual two things may happen at one moment.
        let source = self.sources.get(&line.source).copied();
        let observes = line.header.is_none() && line.complete.is_none();
        let real = source.is_some_and(|source| !self.headers[source].is_virtual());
        if observes && real && !self.fingerprints.insert(clocks::fingerprint(bytes)) {
            self.lines += 1;
            self.repeated += 1;
            return Ok(true);
        }
        self.take(place, line).map(|()| true)
    }

    /// Whether deliveries of it were not kept.
    #[must_use]
    pub const fn is_deferred(&self) -> bool {
        self.deferred > 0
    }

    /// The number of a source.
    pub(super) fn number_of(&self, source: &str) -> Result<usize, String> {
        self.sources.get(source).copied().ok_or_else(|| {
            format!("the source {source:?} has no header before it: {{\"source\":{source:?},\"header\":{{\"version\":{VERSION}}}}}")
        })
    }

    /// Puts what was read in the order of time. To be called once, behind the last file.
    pub fn finish(&mut self) {
        self.settle_clocks();
        self.find_shared_clients();
        self.fingerprints = HashSet::default();
        // Stable: what one source saw at one time stays in its order.
        self.calls.sort_by_key(|call| call.window.earliest);
    }

    /// Observations that were read.
    #[must_use]
    pub const fn lines(&self) -> u64 {
        self.lines
    }

    /// Whether nobody saw anything: there are headers and claims at the most.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.script.is_empty() && self.deferred == 0
    }

    /// Lines that stand in it more than once, and were taken once.
    #[must_use]
    pub const fn repeated(&self) -> u64 {
        self.repeated
    }

    /// Calls, frames of clients, and lines that no judge looks at.
    #[must_use]
    pub fn counts(&self) -> (u64, u64, u64) {
        let frames: usize = self.clients.values().map(|client| client.frames.len()).sum();
        (self.calls.len() as u64, frames as u64 + self.deferred, self.unjudged)
    }

    /// Whether everything that was done to an application stands in the recording, from its creation up to the end of a window.
    pub(super) fn is_whole(&self, app: &str, until: Window) -> bool {
        let created = self.calls.iter().find(|call| call.made_app() == Some(app)).map(|call| call.window);
        let spans = self.complete_apps.get(app);
        created.is_some_and(|created| created.until(until).is_within(spans))
    }

    fn take(&mut self, place: Place, line: Line) -> Result<(), String> {
        self.lines += 1;
        let Line { source, at, header, call, client, console, callback, review, complete } = line;
        let kinds = [
            header.is_some(),
            call.is_some(),
            client.is_some(),
            console.is_some(),
            callback.is_some(),
            review.is_some(),
            complete.is_some(),
        ];
        if kinds.iter().filter(|there| **there).count() != 1 {
            let says = "it needs exactly one of header, call, client, console, callback, review and complete";
            return Err(says.to_owned());
        }
        if let Some(header) = header {
            return self.take_header(source, header);
        }
        let number = self.number_of(&source)?;
        if let Some(complete) = complete {
            return self.take_complete(number, complete);
        }
        let at = at.ok_or("it has no `at`: microseconds since the UNIX epoch, by the source's clock")?;
        clocks::check_unit("at", at)?;
        self.grains[number] = clocks::coarsest(self.grains[number], at);
        // How wide it is shows when all lines are there.
        let window = Window::around(at, 0);
        let what = if let Some(call) = call {
            self.take_call(place, number, at, call)?
        } else if let Some(client) = client {
            self.take_client((place, number), at, client)?
        } else if let Some(console) = console {
            self.consoles.push(console);
            Kind::Console(self.consoles.len() - 1)
        } else if let Some(review) = review {
            if review.asked.is_some() == review.status.is_some() {
                return Err("review needs exactly one of asked and status".to_owned());
            }
            self.reviews.push(review);
            Kind::Review(self.reviews.len() - 1)
        } else {
            self.callbacks.push(read_request(callback.unwrap_or_default()));
            Kind::Callback(self.callbacks.len() - 1)
        };
        self.script.push(Scripted { place, source: number, at, window, what });
        Ok(())
    }

    fn take_header(&mut self, source: String, header: Header) -> Result<(), String> {
        if header.version != VERSION {
            return Err(format!("version {} is not known; this program reads {VERSION}", header.version));
        }
        if self.sources.contains_key(&source) {
            return Err(format!(
                "the source {source:?} has a header already: if this is another process, give it another name, as {:?} in all its \
                 lines; if it is the same one, leave this header out",
                format!("{source} 2")
            ));
        }
        self.sources.insert(source, self.headers.len());
        self.headers.push(header);
        self.grains.push(GRAIN_UNSEEN);
        Ok(())
    }

    fn take_complete(&mut self, source: usize, claim: Complete) -> Result<(), String> {
        let (from, to) = (claim.from, claim.to);
        clocks::check_unit("from", from)?;
        clocks::check_unit("to", to)?;
        if from > to {
            return Err(format!("complete from {from} to {to}: the end lies before the beginning"));
        }
        let named = [claim.app.is_some(), claim.client.is_some(), claim.callbacks.is_some()];
        let whole = claim.account == Some(true);
        let one = named.iter().filter(|there| **there).count() + usize::from(whole) == 1;
        if !one || (claim.account.is_some() && !whole) {
            return Err("complete needs exactly one of app, client, callbacks and account".to_owned());
        }
        self.claims.push((source, claim));
        Ok(())
    }

    fn take_call(&mut self, place: Place, source: usize, at: u64, call: CallLine) -> Result<Kind, String> {
        if let Some(answered) = call.answered_at {
            clocks::check_unit("answeredAt", answered)?;
            if answered < at {
                return Err(format!("the call was sent at {at} and answered before, at {answered}"));
            }
            self.grains[source] = clocks::coarsest(self.grains[source], answered);
        }
        let known = Operation::from_name(&call.operation);
        let operation = known.filter(|_| call.account.is_none() && call.ram_user.is_none());
        let Some(operation) = operation else {
            self.unjudged += 1;
            self.foreign.push(call);
            return Ok(Kind::Foreign(self.foreign.len() - 1));
        };
        let CallLine { parameters, answered_at, status, answer, .. } = call;
        let ended = ended(status, answer.as_ref());
        let params = ParamMap::from_pairs(pairs(&parameters));
        let window = Window::around(at, 0);
        let given = parameters;
        self.calls.push(CallSeen {
            place,
            window: window.open(),
            sent: window,
            operation,
            params,
            ended,
            answer,
            given,
            answered_at,
        });
        Ok(Kind::Call)
    }

    fn take_client(
        &mut self,
        (place, source): (Place, usize),
        at: u64,
        line: ClientLine,
    ) -> Result<Kind, String> {
        let ClientLine { id, app, user, sent, received, link } = line;
        let frame = match (sent, received, link) {
            (Some(frame), None, None) => FrameSeen::Sent(frame),
            (None, Some(frame), None) => FrameSeen::Received(frame),
            (None, None, Some(link)) => FrameSeen::Link(link),
            (_, _, _) => return Err("client needs exactly one of sent, received and link".to_owned()),
        };
        let delay_max = self.headers[source].delay_max_micros;
        let id: Arc<str> = id.into();
        let names = &mut self.client_names;
        let seen = self.clients.entry(Arc::clone(&id)).or_insert_with_key(|id| {
            names.push(Arc::clone(id));
            let number = names.len() - 1;
            ClientSeen { delay_max, number, source: Some(source), ..ClientSeen::default() }
        });
        if seen.source != Some(source) {
            return Err(format!(
                "client {id:?} was seen by another source before: only one clock orders what a client sees, so give what this source \
                 saw another client id, or leave one of the two out"
            ));
        }
        clocks::check_order(&id, seen.last, at)?;
        seen.last = seen.last.max(at);
        seen.app = app.or_else(|| seen.app.take()).or_else(|| logon(&frame, &["appId"]));
        seen.user = user.or_else(|| seen.user.take()).or_else(|| logon(&frame, &["user", "userId"]));
        seen.frames.push((place, Window::around(at, 0), frame));
        Ok(Kind::Client(seen.number, seen.frames.len() - 1))
    }
}

/// A text in the parameters of a logon.
fn logon(frame: &FrameSeen, path: &[&str]) -> Option<String> {
    let FrameSeen::Sent(frame) = frame else { return None };
    if frame.get("method").and_then(Json::as_str) != Some("login") {
        return None;
    }
    let mut value = frame.get("params")?;
    for name in path {
        value = value.get(name)?;
    }
    value.as_str().map(str::to_owned)
}

pub(super) fn ended(status: Option<u16>, answer: Option<&Map<String, Json>>) -> Ended {
    let Some(status) = status else { return Ended::Unseen };
    let code = answer.and_then(|answer| answer.get("Code")).and_then(Json::as_str);
    match (status, code, answer) {
        // Its body was not written down, or is no JSON, such as XML that the caller asked for.
        (_, None, None) => Ended::Unseen,
        // Documented fields begin with a capital: this is another writing of an answer, such as a client library's own.
        (_, None, Some(answer)) if !answer.is_empty() && !answer.keys().any(|name| is_documented(name)) => {
            Ended::Unseen
        }
        // A gateway between the two speaks for itself.
        (502..=504, None, _) => Ended::Unseen,
        (200..300, None, Some(answer)) => Ended::Accepted(answer.clone()),
        (300.., Some(code), _) => Ended::Refused(status, code.to_owned()),
        (_, _, _) => Ended::Unreadable(status),
    }
}

/// Reads up to the end of a line, and no more than one byte beyond the longest.
fn read_line(from: &mut impl BufRead, bytes: &mut Vec<u8>) -> std::io::Result<usize> {
    std::io::Read::take(from, (LINE_BYTES_MAX as u64) + 2).read_until(b'\n', bytes)
}

#[cfg(test)]
mod tests {
    use super::is_deferred;

    #[test]
    fn a_delivery_is_told_from_a_text_that_quotes_one() {
        assert!(is_deferred(br#"{"received":{"event":"recvgroupmessage"}}"#));
        assert!(is_deferred(br#"{"received":{"event" : "recvgroupmessage"}}"#), "spaces are nobody's matter");
        assert!(!is_deferred(br#"{"data":"{\"event\":\"recvgroupmessage\"}"}"#));
        assert!(!is_deferred(br#"{"data":"recvgroupmessage"}"#));
        assert!(!is_deferred(br#"{"event":"recvc2cmessage"}"#));
    }
}
