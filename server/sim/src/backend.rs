//! The back end: signed calls over a few connections, and the answers to them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use claque_server::Running;
use serde_json::Value as Json;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use crate::pipe::{self, Choppy};
use crate::plan::{PacketCut, PlanShape, RequestForm};
use crate::seen::{HowSent, SharedLog, Sight};

/// An answer is waited for so long: longer than any review or acknowledgement takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);
/// Why a call was lost that stood behind one whose refusal ended the connection, as it may: such a call is made again.
pub(crate) const CLOSED_BEFORE: &str = "its connection ended behind a refusal before it";
/// A client waits so long to learn that it may go on.
const GO_ON_WITHIN: Duration = Duration::from_secs(5);
/// The end of a connection in the older version of HTTP comes so soon behind the answer.
const ENDS_WITHIN: Duration = Duration::from_secs(5);
/// A connection is not used again after so long: the server closes one that says nothing.
const IDLE: Duration = Duration::from_secs(50);

/// The server of the moment, and how its connections are made.
#[derive(Clone)]
pub(crate) struct CallGate {
    pub(crate) running: Arc<Mutex<Option<Running>>>,
    pub(crate) shape: PlanShape,
    pub(crate) draws: Arc<Mutex<claque_engine::Draws>>,
    pub(crate) dead: Arc<std::sync::atomic::AtomicBool>,
}

impl CallGate {
    /// Connects to the server; a server that has ended drops its end.
    pub(crate) fn connect(&self) -> DuplexStream {
        let (peer, link) = self.pair();
        if let Some(running) = &*self.running.lock().expect("no holder of this lock can panic") {
            running.connect(link);
        }
        peer
    }

    fn pair(&self) -> (DuplexStream, Choppy) {
        let mut draws = self.draws.lock().expect("no holder of this lock can panic");
        let seed = draws.draw();
        let own = claque_engine::Randomness::new(seed);
        let purpose = claque_engine::DrawPurpose::named("pieces");
        pipe::pair(self.shape, own.draws(purpose, claque_engine::Actor::named("link"), 0), &self.dead)
    }
}

/// Calls that are written one behind the other.
#[derive(Debug)]
pub(crate) struct CallBatch {
    /// The numbers of the calls, each with its bytes.
    pub(crate) calls: Vec<(usize, Vec<u8>)>,
    pub(crate) cut: PacketCut,
}

/// Serves one connection's worth of calls until nobody asks any more.
pub(crate) async fn slot(gate: CallGate, shared: SharedLog, mut batches: mpsc::UnboundedReceiver<CallBatch>) {
    let mut open: Option<(Connection, Instant)> = None;
    while let Some(CallBatch { calls, cut }) = batches.recv().await {
        let fresh = open.take().filter(|(_, used)| used.elapsed() < IDLE);
        let mut connection =
            fresh.map_or_else(|| Connection { link: gate.connect(), ahead: Vec::new() }, |(link, _)| link);
        let broken = cut != PacketCut::Never;
        let how = match (broken, calls.len()) {
            (true, _) => HowSent::Broken,
            (false, 0 | 1) => HowSent::Alone,
            (false, _) => HowSent::AmongOthers,
        };
        calls.iter().for_each(|(call, _)| shared.note(Sight::Sent(*call, how)));
        let mut bytes: Vec<u8> = calls.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect();
        if cut == PacketCut::Within {
            bytes.truncate(bytes.len() / 2);
        }
        let form = calls.first().map_or(RequestForm::Plain, |(call, _)| shared.locked().calls[*call].form);
        let (mut reader, mut writer) = tokio::io::split(connection.link);
        if let (HowSent::Alone, RequestForm::Expects(_), [(call, whole)]) = (how, form, calls.as_slice()) {
            let head = whole.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4);
            if head < whole.len() {
                drop(writer.write_all(&whole[..head]).await);
                bytes = goes_on(&shared, *call, (&mut reader, &mut connection.ahead), &whole[head..]).await;
            }
        }
        // Written beside the reading: the answer to the first call may have to be taken before the last is.
        let writing = tokio::spawn(async move {
            drop(writer.write_all(&bytes).await);
            writer
        });
        if broken {
            drop(timeout(PATIENCE, writing).await);
            calls.iter().for_each(|(call, _)| shared.note(Sight::Lost(*call, "its connection was broken")));
            continue;
        }
        let numbers: Vec<usize> = calls.iter().map(|(call, _)| *call).collect();
        let stays = answers(&shared, &numbers, (&mut reader, &mut connection.ahead)).await;
        let Ok(writer) = writing.await else { continue };
        if form == RequestForm::Older {
            let mut more = [0; 1];
            if !matches!(timeout(ENDS_WITHIN, reader.read(&mut more)).await, Ok(Ok(0) | Err(_))) {
                let says =
                    format!("the connection of call {} in HTTP/1.0 went on behind its answer", calls[0].0);
                shared.note(Sight::Unstandard(says));
            }
            continue;
        }
        if stays {
            connection.link = reader.unsplit(writer);
            open = Some((connection, Instant::now()));
        }
    }
}

/// Takes the answers to calls in their order; gives whether the connection stays.
async fn answers<R: AsyncRead + Unpin>(
    shared: &SharedLog,
    calls: &[usize],
    (link, ahead): (&mut R, &mut Vec<u8>),
) -> bool {
    let mut stays = true;
    let mut refused = false;
    for call in calls {
        if !stays && refused {
            shared.note(Sight::Lost(*call, CLOSED_BEFORE));
            continue;
        }
        let head_alone = shared.locked().calls[*call].name.starts_with("HEAD ");
        match timeout(PATIENCE, answer(link, ahead, head_alone)).await {
            Ok(Ok(Answer { status, body, close, length })) => {
                if status == 204 && length {
                    let says = format!("the answer to call {call} has no body by its status, and a length");
                    shared.note(Sight::Unstandard(says));
                }
                shared.note(Sight::Answered(*call, status, body));
                stays &= !close;
                refused = status >= 400;
            }
            Ok(Err(why)) => {
                shared.note(Sight::Lost(*call, why));
                stays = false;
            }
            Err(_) => {
                shared.note(Sight::Lost(*call, "no answer came in time"));
                stays = false;
            }
        }
    }
    stays
}

struct Connection {
    link: DuplexStream,
    ahead: Vec<u8>,
}

/// Waits until a call may go on; gives what is still to be written: nothing, where it was answered already.
async fn goes_on<R: AsyncRead + Unpin>(
    shared: &SharedLog,
    call: usize,
    (link, ahead): (&mut R, &mut Vec<u8>),
    rest: &[u8],
) -> Vec<u8> {
    let may = async {
        while ahead.len() < 12 {
            if matches!(link.read_buf(ahead).await, Ok(0) | Err(_)) {
                break;
            }
        }
        ahead.starts_with(b"HTTP/1.1 100")
    };
    match timeout(GO_ON_WITHIN, may).await {
        Ok(true) => rest.to_vec(),
        Ok(false) => Vec::new(),
        Err(_) => {
            shared.note(Sight::Unstandard(format!(
                "call {call} did not learn that it may go on with its body"
            )));
            rest.to_vec()
        }
    }
}

/// An answer.
struct Answer {
    status: u16,
    body: Json,
    /// The connection ends behind it.
    close: bool,
    /// It names the length of a body.
    length: bool,
}

/// The next answer, or why there is none; a request for the head alone is answered without a body.
async fn answer<R: AsyncRead + Unpin>(
    link: &mut R,
    ahead: &mut Vec<u8>,
    head_alone: bool,
) -> Result<Answer, &'static str> {
    const BROKE_OFF: &str = "the connection ended without an answer";
    loop {
        let mut slots = [httparse::EMPTY_HEADER; 32];
        let mut head = httparse::Response::new(&mut slots);
        let parsed = head.parse(ahead).map_err(|_| "what came is no answer")?;
        if let httparse::Status::Complete(length) = parsed {
            if head.code.is_some_and(|code| code < 200) {
                ahead.drain(..length);
                continue;
            }
            let value = |name: &str| {
                let found = head.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
                found.map(|header| String::from_utf8_lossy(header.value).into_owned())
            };
            let named: Option<usize> = value("content-length").and_then(|text| text.parse().ok());
            let wanted = named.filter(|_| !head_alone).unwrap_or(0);
            let close = value("connection").is_some_and(|text| text == "close");
            let status = head.code.unwrap_or(0);
            while ahead.len() < length + wanted {
                if matches!(link.read_buf(ahead).await, Ok(0) | Err(_)) {
                    return Err(BROKE_OFF);
                }
            }
            let rest = ahead.split_off(length + wanted);
            let body = serde_json::from_slice(&ahead[length..]).unwrap_or(Json::Null);
            *ahead = rest;
            return Ok(Answer { status, body, close, length: named.is_some() });
        }
        if matches!(link.read_buf(ahead).await, Ok(0) | Err(_)) {
            return Err(BROKE_OFF);
        }
    }
}
