//! The back end: signed calls over a few connections, and the answers to them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use claque_server::Running;
use serde_json::Value as Json;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use crate::pipe::{self, Choppy};
use crate::plan::{PacketCut, PlanShape};
use crate::seen::{HowSent, SharedLog, Sight};

/// An answer is waited for so long: longer than any review or acknowledgement takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);
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
        let (mut reader, mut writer) = tokio::io::split(connection.link);
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
        let mut closes = false;
        for (call, _) in &calls {
            match timeout(PATIENCE, answer(&mut reader, &mut connection.ahead)).await {
                Ok(Some((status, body, close))) => {
                    shared.note(Sight::Answered(*call, status, body));
                    closes |= close;
                }
                Ok(None) => {
                    shared.note(Sight::Lost(*call, "the connection ended without an answer"));
                    closes = true;
                }
                Err(_) => {
                    shared.note(Sight::Lost(*call, "no answer came in time"));
                    closes = true;
                }
            }
        }
        if let Ok(writer) = writing.await
            && !closes
        {
            connection.link = reader.unsplit(writer);
            open = Some((connection, Instant::now()));
        }
    }
}

struct Connection {
    link: DuplexStream,
    ahead: Vec<u8>,
}

/// One answer: status, body, and whether the connection ends behind it. None: it broke off.
async fn answer<R: tokio::io::AsyncRead + Unpin>(
    link: &mut R,
    ahead: &mut Vec<u8>,
) -> Option<(u16, Json, bool)> {
    loop {
        let mut slots = [httparse::EMPTY_HEADER; 32];
        let mut head = httparse::Response::new(&mut slots);
        if let Ok(httparse::Status::Complete(length)) = head.parse(ahead) {
            let value = |name: &str| {
                let found = head.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
                found.map(|header| String::from_utf8_lossy(header.value).into_owned())
            };
            let wanted: usize = value("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
            let closes = value("connection").is_some_and(|text| text == "close");
            let status = head.code.unwrap_or(0);
            while ahead.len() < length + wanted {
                if link.read_buf(ahead).await.ok()? == 0 {
                    return None;
                }
            }
            let rest = ahead.split_off(length + wanted);
            let body = serde_json::from_slice(&ahead[length..]).unwrap_or(Json::Null);
            *ahead = rest;
            return Some((status, body, closes));
        }
        if link.read_buf(ahead).await.ok()? == 0 {
            return None;
        }
    }
}
