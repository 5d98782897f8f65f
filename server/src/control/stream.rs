//! The feed as it happens: server-sent events, for the console and for `curl -N`.

use std::net::IpAddr;
use std::time::Duration;

use claque_wire::http::HttpRequest;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::sync::watch;

use super::{Control, Refused, overview, query};
use crate::connection::{Shared, told};
use crate::driver::Stopped;
use crate::http::{Response, send};
use crate::world::World;

/// Where it is.
pub(crate) const STREAM_PATH: &str = "/_claque/stream";
/// Events that one frame carries at most; the oldest give way.
const EVENTS_MAX: usize = 500;
/// Shortest span between two frames of events.
const PAUSE: Duration = Duration::from_millis(80);
/// Span after which the state of the moment is looked at again.
const STATE_EVERY: Duration = Duration::from_millis(700);

/// What a stream has told already.
struct Told {
    newest: u64,
    state: String,
}

impl Control {
    /// Answers a request for the stream, until its reader goes or the server stops.
    pub(crate) async fn stream<S>(
        &self,
        request: &HttpRequest,
        (mut link, peer): (S, IpAddr),
        (world, shared): (&World, &Shared),
        stopping: &mut watch::Receiver<bool>,
    ) where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let after = self.admit(request, peer).and_then(|()| after(request));
        let told = match after {
            Ok(newest) => Told { newest, state: String::new() },
            Err(Refused(status, text)) => {
                let refused = Response::json(status, &json!({ "error": text }));
                drop(send(&mut link, &refused.bytes(false, false), &shared.http).await);
                return;
            }
        };
        // A reader that goes, and a server that stops, end a stream; neither is an error of anybody.
        if let Err(error) = flow(told, &mut link, (world, shared), stopping).await
            && error.kind() == std::io::ErrorKind::TimedOut
        {
            shared.connections.counts.writes_timed_out.add();
            tracing::warn!("a stream ends: its reader takes nothing");
        }
    }
}

fn after(request: &HttpRequest) -> Result<u64, Refused> {
    let text = query(request, "after")?.unwrap_or_default();
    let bad = |_| Refused::bad(format!("after: {text:?} is no number"));
    if text.is_empty() { Ok(0) } else { text.parse().map_err(bad) }
}

async fn flow<S>(
    mut told_so_far: Told,
    link: &mut S,
    (world, shared): (&World, &Shared),
    stopping: &mut watch::Receiver<bool>,
) -> std::io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\
        Cache-Control: no-store\r\nConnection: close\r\n\r\n";
    send(link, head.as_bytes(), &shared.http).await?;
    let stopped = |_: Stopped| std::io::Error::other("the server is stopping");
    let mut numbers = world.driver.with(|driver| driver.feed.watch()).await.map_err(stopped)?;
    loop {
        let frames = frames(&mut told_so_far, world).await.map_err(stopped)?;
        send(link, frames.as_bytes(), &shared.http).await?;
        // A pause behind each frame: a busy group would else send a frame for each message, faster than a
        // page can draw.
        tokio::time::sleep(PAUSE).await;
        let newest = told_so_far.newest;
        let mut byte = [0; 1];
        tokio::select! {
            // Whatever it sends: a reader of events has nothing to say but that it is gone.
            _ = link.read(&mut byte) => return Ok(()),
            () = told(stopping) => return Ok(()),
            _ = numbers.wait_for(|number| *number > newest) => {}
            () = tokio::time::sleep(STATE_EVERY) => {}
        }
    }
}

/// What is new: events, and the state of the moment where it changed.
async fn frames(told: &mut Told, world: &World) -> Result<String, Stopped> {
    let after = told.newest;
    let (state, (newest, events)) = world
        .driver
        .with(move |driver| (overview::object(driver), driver.feed.since(after, EVENTS_MAX, &driver.service)))
        .await?;
    let mut frames = String::new();
    if newest > told.newest {
        told.newest = newest;
        frames.push_str(&frame("feed", &json!({ "newest": newest, "events": events })));
    }
    // Compared as text: the state is sent when something in it can be seen to differ, and a quiet server
    // costs a byte.
    let state_frame = frame("state", &state);
    if state_frame != told.state {
        frames.push_str(&state_frame);
        told.state = state_frame;
    }
    if frames.is_empty() {
        // A comment: a reader that is gone is noticed by it.
        frames.push_str(":\n\n");
    }
    Ok(frames)
}

fn frame(event: &str, value: &Value) -> String {
    format!("event: {event}\ndata: {value}\n\n")
}
