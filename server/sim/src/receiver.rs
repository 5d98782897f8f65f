//! The receivers of callbacks and the reviewing service, reached without a network.

use std::io;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use claque_engine::{Actor, DrawPurpose, Randomness};
use claque_server::machine::{Dial, Dialled, Link};
use serde_json::{Value as Json, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use crate::pipe;
use crate::plan::{PlanShape, Treatment};
use crate::seen::{PostedCallback, SharedLog, Sight};

const PIECES: DrawPurpose = DrawPurpose::named("outgoing pieces");

/// Longer than anybody waits.
const FOR_EVER: Duration = Duration::from_secs(3_600);

/// Why the reviewing service refuses.
pub(crate) const REASON: &str = "no such words";

/// The host of the reviewing service.
pub(crate) const REVIEWER: &str = "review.example.com";

/// The address of a receiver of callbacks.
pub(crate) fn address(receiver: usize) -> String {
    format!("http://receiver{receiver}.example.com/callbacks")
}

/// Everybody whom the server calls.
#[derive(Debug)]
pub(crate) struct Receivers {
    pub(crate) shared: SharedLog,
    pub(crate) treatments: Arc<Mutex<Vec<Treatment>>>,
    pub(crate) shape: PlanShape,
    pub(crate) randomness: Randomness,
    pub(crate) dead: Arc<AtomicBool>,
    /// Connections so far.
    pub(crate) dialled: Mutex<u32>,
}

impl Receivers {
    fn treatment(&self, receiver: usize) -> Treatment {
        let treatments = self.treatments.lock().expect("no holder of this lock can panic");
        treatments.get(receiver).copied().unwrap_or(Treatment::Takes)
    }

    fn pair(&self) -> (DuplexStream, pipe::Choppy) {
        let mut dialled = self.dialled.lock().expect("no holder of this lock can panic");
        *dialled += 1;
        let draws = self.randomness.draws(PIECES, Actor::named("receiver"), *dialled);
        pipe::pair(self.shape, draws, &self.dead)
    }
}

impl Dial for Receivers {
    fn dial(&self, host: &str, _port: u16) -> Dialled {
        let (peer, link) = self.pair();
        let shared = self.shared.clone();
        if host == REVIEWER {
            tokio::spawn(review(peer, shared));
        } else {
            let name = host.trim_start_matches("receiver").split('.').next().unwrap_or_default();
            let receiver = name.parse().unwrap_or(usize::MAX);
            let treatment = self.treatment(receiver);
            if treatment == Treatment::Refuses {
                return Box::pin(async { Err(io::ErrorKind::ConnectionRefused.into()) });
            }
            tokio::spawn(receive(peer, shared, receiver, treatment));
        }
        Box::pin(async move { Ok(Box::new(link) as Box<dyn Link>) })
    }
}

/// A request as it came.
struct Came {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// Reads one request; none when it breaks off.
async fn request(link: &mut DuplexStream) -> Option<Came> {
    let mut bytes = Vec::new();
    loop {
        let mut slots = [httparse::EMPTY_HEADER; 32];
        let mut head = httparse::Request::new(&mut slots);
        if let Ok(httparse::Status::Complete(length)) = head.parse(&bytes) {
            let headers: Vec<(String, String)> = head
                .headers
                .iter()
                .map(|header| {
                    let value = String::from_utf8_lossy(header.value).into_owned();
                    (header.name.to_ascii_lowercase(), value)
                })
                .collect();
            let value =
                |name: &str| headers.iter().find(|(its, _)| its == name).map(|(_, value)| value.as_str());
            let wanted: usize = value("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
            let url =
                format!("http://{}{}", value("host").unwrap_or_default(), head.path.unwrap_or_default());
            let method = head.method.unwrap_or_default().to_owned();
            let mut body = bytes.split_off(length);
            while body.len() < wanted {
                if link.read_buf(&mut body).await.ok()? == 0 {
                    return None;
                }
            }
            return Some(Came { method, url, headers, body });
        }
        if link.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// Takes one callback, or does not.
async fn receive(mut link: DuplexStream, shared: SharedLog, receiver: usize, treatment: Treatment) {
    let Some(came) = request(&mut link).await else { return };
    let body: Json = serde_json::from_slice(&came.body).unwrap_or_default();
    let Came { method, url, headers, .. } = came;
    shared.note(Sight::Posted(PostedCallback { receiver, url, method, headers, body, treatment }));
    let answer = |status: u16| format!("HTTP/1.1 {status} Said\r\nContent-Length: 0\r\n\r\n");
    let text = match treatment {
        Treatment::Takes => answer(200),
        Treatment::TakesLate(millis) => {
            tokio::time::sleep(Duration::from_millis(millis)).await;
            answer(200)
        }
        Treatment::Answers(status) => answer(status),
        Treatment::BreaksOff => return,
        Treatment::BreaksWithin => "HTTP/1.1 20".to_owned(),
        Treatment::Hangs | Treatment::Refuses => {
            tokio::time::sleep(FOR_EVER).await;
            return;
        }
    };
    drop(link.write_all(text.as_bytes()).await);
    drop(link.shutdown().await);
}

/// Reviews one text as the text itself asks for.
async fn review(mut link: DuplexStream, shared: SharedLog) {
    let Some(came) = request(&mut link).await else { return };
    let body: Json = serde_json::from_slice(&came.body).unwrap_or_default();
    let content = body["content"].as_str().unwrap_or_default().to_owned();
    shared.note(Sight::Reviewed(content.clone()));
    if content.starts_with("hangs") {
        tokio::time::sleep(FOR_EVER).await;
        return;
    }
    // Not all in the same moment: verdicts come in another order than they were asked for.
    tokio::time::sleep(Duration::from_millis(content.len() as u64 % 50)).await;
    let verdict = json!({ "pass": !content.starts_with("refuses"), "reason": REASON }).to_string();
    let text = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{verdict}",
        verdict.len()
    );
    drop(link.write_all(text.as_bytes()).await);
    drop(link.shutdown().await);
}
