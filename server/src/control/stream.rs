//! The feed as it happens: server-sent events, for the console and for `curl -N`.

use std::net::IpAddr;
use std::time::Duration;

use claque_wire::http::HttpRequest;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::sync::watch;

use super::{ControlApi, Refused, overview, query};
use crate::driver::Stopped;
use crate::http::{HttpResponse, send};
use crate::server_state::{ServerState, stop_requested};
use crate::world::LiveWorld;

/// Where it is.
pub(crate) const STREAM_PATH: &str = "/_claque/stream";
/// Events that one frame carries at most; the oldest give way.
const EVENTS_MAX: usize = 500;
/// Shortest span between two frames of events.
const PAUSE: Duration = Duration::from_millis(80);
/// Span after which the state of the moment is looked at again.
const STATE_EVERY: Duration = Duration::from_millis(700);

/// How far a stream has come: the newest event and the state that were sent.
struct StreamPosition {
    newest: u64,
    state: String,
}

impl ControlApi {
    /// Answers a request for the stream, until its reader goes or the server stops.
    pub(crate) async fn stream<S>(
        &self,
        request: &HttpRequest,
        (mut link, peer): (S, IpAddr),
        (world, shared): (&LiveWorld, &ServerState),
        stopping: &mut watch::Receiver<bool>,
    ) where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let after = self.admit(request, peer).and_then(|()| after(request));
        let position = match after {
            Ok(newest) => StreamPosition { newest, state: String::new() },
            Err(Refused(status, text)) => {
                let refused = HttpResponse::json(status, &json!({ "error": text }));
                drop(send(&mut link, &refused.bytes(false, false), &shared.http).await);
                return;
            }
        };
        // A reader that goes, and a server that stops, end a stream; neither is an error of anybody.
        if let Err(error) = flow(position, &mut link, (world, shared), stopping).await
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
    mut position: StreamPosition,
    link: &mut S,
    (world, shared): (&LiveWorld, &ServerState),
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
        let frames = frames(&mut position, world).await.map_err(stopped)?;
        send(link, frames.as_bytes(), &shared.http).await?;
        // A pause behind each frame: a busy group would else send a frame for each message, faster than a
        // page can draw.
        tokio::time::sleep(PAUSE).await;
        let newest = position.newest;
        let mut byte = [0; 1];
        tokio::select! {
            // Whatever it sends: a reader of events has nothing to say but that it is gone.
            _ = link.read(&mut byte) => return Ok(()),
            () = stop_requested(stopping) => return Ok(()),
            _ = numbers.wait_for(|number| *number > newest) => {}
            () = tokio::time::sleep(STATE_EVERY) => {}
        }
    }
}

/// The frames of new events, and of the state of the moment where it changed.
async fn frames(position: &mut StreamPosition, world: &LiveWorld) -> Result<String, Stopped> {
    let after = position.newest;
    let (state, (newest, events)) = world
        .driver
        .with(move |driver| (overview::object(driver), driver.feed.since(after, EVENTS_MAX, &driver.service)))
        .await?;
    let state = overview::whole(world, state);
    let mut frames = String::new();
    if newest > position.newest {
        position.newest = newest;
        frames.push_str(&frame("feed", &json!({ "newest": newest, "events": events })));
    }
    // Compared as text: the state is sent when something in it can be seen to differ, and a quiet server
    // costs a byte.
    let state_frame = frame("state", &state);
    if state_frame != position.state {
        frames.push_str(&state_frame);
        position.state = state_frame;
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
