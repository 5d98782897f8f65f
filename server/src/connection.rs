//! One connection: requests one after the other, each to the API, the control API, or an audience link.
//!
//! A request is judged by its head first. A refusal is sent before the body is read; what then comes of the body cannot
//! be distinguished from a next request, so the connection ends. It stays open only where it is certain where the
//! request ended.

use std::net::IpAddr;
use std::sync::Arc;

use claque_wire::http::HttpRequest;
use claque_wire::transport::Transport;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use crate::api;
use crate::audience_link;
use crate::connections::Visit;
use crate::control::{self, STREAM_PATH};
use crate::http::{Framing, Head, HttpResponse, HttpStream, ReadError, linger, send};
use crate::origin;
use crate::paths::{AUDIENCE_PATH, CONTROL_PREFIX};
use crate::server_state::{ServerState, stop_requested};
use crate::world::LiveWorld;
use crate::worlds::{self, NoWorld};

/// Where a state is restored: the only call with long bodies.
const RESTORE_PATH: &str = "/_claque/restore";
const CHAT_PATH: &str = "/_claque/crowd/chat";

/// Where worlds are created, with what they begin with.
const WORLDS_PATH: &str = "/_claque/worlds";

/// Where a request goes that may be sent.
enum RequestRoute {
    /// To the documented operations.
    Operations,
    /// To the control API, with a body of at most so many bytes.
    Control(usize),
    /// To the control API's stream.
    Stream,
    /// It becomes an audience link; the answer to its handshake.
    Audience(String),
}

/// Runs one connection to its end. When the server stops, the request at hand is answered first.
pub(crate) async fn serve<S>(
    link: S,
    peer: IpAddr,
    shared: Arc<ServerState>,
    visit: &Visit,
    mut stopping: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut stream = HttpStream::new(link, shared.http, Arc::clone(&shared.connections));
    loop {
        // On each round: a connection that was answered and has shown no right is again one that may be asked
        // to give way.
        visit.waits();
        let next = tokio::select! {
            // A request that has come is answered even when the server is asked to stop in the same moment.
            biased;
            next = stream.head() => next,
            () = stop_requested(&mut stopping) => return,
        };
        let mut head = match next {
            Ok(head) => head,
            Err(ReadError::Closed | ReadError::Broken) => return,
            Err(ReadError::Refused(why)) => return end(stream, &turned_away(&shared, &why), stopping).await,
        };
        // Ahead of every check: the path in the world is the one that the rules for paths are about. Without
        // a control API there is but one world.
        let named = shared.control.as_ref().and_then(|_| worlds::named(&mut head.request));
        let world = match named {
            None => Ok(Arc::clone(shared.worlds.default_world())),
            Some(name) => shared.worlds.find(&name),
        };
        // The refusal goes before an unknown world: a caller without a right does not learn which worlds
        // there are.
        let judged = judge(&head, peer, &shared, visit);
        let (response, open) = match judged.and_then(|way| Ok((way, world.map_err(|why| no_world(&why))?))) {
            // Behind a refused request without a body the next one begins for certain; with a body nobody
            // knows where.
            Err(response) => (response, head.framing == Framing::Empty),
            Ok((RequestRoute::Audience(answer), world)) => {
                // Boxed: links are the many and the long-lived; their state must not be part of every
                // request's future.
                return Box::pin(audience(stream, head, answer, (&world, &shared), visit)).await;
            }
            Ok((RequestRoute::Stream, world)) => {
                let Some(control) = &shared.control else { return };
                let link = (stream.link, peer);
                return Box::pin(control.stream(&head.request, link, (&world, &shared), &mut stopping)).await;
            }
            Ok((way, world)) => {
                let bound =
                    if let RequestRoute::Control(bound) = way { bound } else { shared.http.body_bytes_max };
                match stream.body(&mut head, bound).await {
                    Ok(()) => {}
                    Err(ReadError::Closed | ReadError::Broken) => return,
                    Err(ReadError::Refused(why)) => {
                        return end(stream, &refused(&shared, &head.request, &why), stopping).await;
                    }
                }
                // Behind the body and ahead of the call: a connection that gives way must not have its call
                // applied and then lose the answer.
                if !visit.is_heard() {
                    return;
                }
                // In a place of its own, so that connections that last are not as large as the longest answer needs.
                let Some(response) =
                    Box::pin(answer(&way, &mut head.request, peer, (&world, &shared), visit)).await
                else {
                    return;
                };
                (response, true)
            }
        };
        if !open {
            return end(stream, &response, stopping).await;
        }
        // Looked at after the answer was made: a server that is asked to stop meanwhile says so, and the
        // client opens no next request here.
        let keep_alive = head.keep_alive && !*stopping.borrow();
        let head_only = head.request.method == "HEAD";
        // The request is not needed any more, and an answer can be long.
        drop(head);
        let written = write(&mut stream, &response, keep_alive, head_only).await;
        response.give_back();
        if !written {
            return;
        }
        if !keep_alive {
            return lingering(&mut stream, stopping).await;
        }
    }
}

/// Writes an answer; whether it was taken.
async fn write<S>(
    stream: &mut HttpStream<S>,
    response: &HttpResponse,
    keep_alive: bool,
    head_only: bool,
) -> bool
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // An answer waits for its reader, so that it counts among the bytes that all share: a thousand slow
    // readers of a long list would take gigabytes.
    if stream.hold(response.body.len()).await.is_err() {
        return false;
    }
    let limits = stream.limits;
    match response.send(&mut stream.link, (keep_alive, head_only), &limits).await {
        Ok(()) => true,
        Err(error) => {
            if error.kind() == std::io::ErrorKind::TimedOut {
                stream.connections.counts.writes_timed_out.add();
            }
            false
        }
    }
}

/// Answers a request that is refused, and ends the connection so that the answer arrives.
async fn end<S>(mut stream: HttpStream<S>, response: &HttpResponse, stopping: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    if write(&mut stream, response, false, false).await {
        lingering(&mut stream, stopping).await;
    }
}

async fn lingering<S>(stream: &mut HttpStream<S>, mut stopping: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let limits = stream.limits;
    tokio::select! {
        biased;
        () = linger(&mut stream.link, &limits) => {}
        // A stop does not wait out a peer that goes on sending what nobody reads.
        () = stop_requested(&mut stopping) => {}
    }
}

/// Makes an audience link of a connection.
async fn audience<S>(
    mut stream: HttpStream<S>,
    head: Head,
    answer: String,
    (world, shared): (&LiveWorld, &ServerState),
    visit: &Visit,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    // Ahead of the handshake's answer: an audience link without a logon is bounded from its first byte on.
    visit.waits_for_logon();
    if send(&mut stream.link, answer.as_bytes(), &shared.http).await.is_ok() {
        // A link lasts for hours: it keeps nothing of the request that began it.
        drop((head, answer));
        let (link, ahead) = stream.into_parts();
        let api = &world.api;
        let service = (world.driver.clone(), Arc::clone(&api.faults), Arc::clone(&api.calls));
        let mut ends = world.ends();
        // Also for links without a session, which the driver does not know and cannot close.
        let gone = async {
            drop(ends.wait_for(Option::is_some).await);
            // A link with a logon gets the reason from the driver; the others are owed nothing.
            tokio::time::sleep(shared.http.goodbye).await;
        };
        tokio::select! {
            biased;
            () = audience_link::serve(link, ahead, service, (shared.http, visit)) => {}
            () = gone => {}
        }
    }
}

/// The answer to a request that never became a call, and of which no more is known.
pub(crate) fn turned_away(shared: &ServerState, why: &Transport) -> HttpResponse {
    shared.connections.counts.requests_refused.add();
    shared.worlds.default_world().api.turned_away(None, why).into()
}

/// The answer to a request that never became a call. The control API has a form of its own.
fn refused(shared: &ServerState, request: &HttpRequest, why: &Transport) -> HttpResponse {
    shared.connections.counts.requests_refused.add();
    let answer: HttpResponse = shared.worlds.default_world().api.turned_away(Some(request), why).into();
    // With the control API off nothing under its prefix exists, so that not even the form of an answer
    // betrays it.
    if shared.control.is_some() && request.path.starts_with(CONTROL_PREFIX) {
        return HttpResponse::json(answer.status, &serde_json::json!({ "error": why.to_string() }));
    }
    answer
}

/// There is no such world.
fn no_world(why: &NoWorld) -> HttpResponse {
    HttpResponse::json(404, &serde_json::json!({ "error": why.to_string() }))
}

/// The answer to a health check, if the request is one; it waits for nothing.
pub(crate) fn health(request: &HttpRequest, shared: &ServerState) -> Option<HttpResponse> {
    let asked = matches!(request.method.as_str(), "GET" | "HEAD") && request.path == "/_claque/health";
    (asked && shared.control.is_some())
        .then(|| HttpResponse::json(200, &serde_json::json!({ "status": "ok" })))
}

/// Where a request goes, or the answer to one that may not be sent: all that its head tells.
fn judge(
    head: &Head,
    peer: IpAddr,
    shared: &ServerState,
    visit: &Visit,
) -> Result<RequestRoute, HttpResponse> {
    let request = &head.request;
    let no = |why: &Transport| Err(refused(shared, request, why));
    // The order of these checks is from the most to the least privileged path: none may be reached by a
    // spelling that a later one would take.
    if let Some(path) = request.path.strip_prefix(CONTROL_PREFIX) {
        let Some(control) = &shared.control else {
            let there_is = "the control API is off (--no-control)".to_owned();
            return no(&Transport::Path { path: request.path.clone(), there_is });
        };
        // By the head alone: a page of another site must not have a body of gibibytes read in its name.
        if let Some(response) = control.refusal(request, peer) {
            return Err(response);
        }
        if matches!(path, "health" | "ready") || control::asks_for_page(request) {
            // Everybody's, and therefore nobody's to send a body to.
            return Ok(RequestRoute::Control(0));
        }
        // Behind the refusal: only a right that was shown keeps a connection from giving way.
        visit.is_let_in();
        return Ok(match request.path.as_str() {
            // By GET alone: an answer to HEAD that has a body would be read as the next one's beginning.
            STREAM_PATH if request.method == "GET" => RequestRoute::Stream,
            RESTORE_PATH => RequestRoute::Control(shared.http.restore_bytes_max),
            CHAT_PATH => RequestRoute::Control(shared.http.body_bytes_max.max(control::CHAT_BYTES_MAX)),
            WORLDS_PATH => RequestRoute::Control(shared.http.body_bytes_max.max(control::WORLD_BYTES_MAX)),
            _ => RequestRoute::Control(shared.http.body_bytes_max),
        });
    }
    if request.path == AUDIENCE_PATH {
        // A handshake with a body would have the body read as frames: two readings of one stream of bytes. HTTP/1.0
        // knows no other protocol, so that its proxies would not either.
        let may = head.framing == Framing::Empty && !head.old;
        let answer = if may { audience_link::accept(request) } else { None };
        return answer.map_or_else(|| no(&Transport::Upgrade), |answer| Ok(RequestRoute::Audience(answer)));
    }
    if request.method == "CONNECT" {
        return no(&Transport::Tunnel);
    }
    // Host and address differ only where a proxy or an attacker is at work: which of them names the server is
    // not for us to guess.
    if request.path.contains("://") {
        let host = request.header("host").unwrap_or("nothing, or twice");
        let said = format!(
            "the request line asks for {}, the Host header says {host}: they must agree",
            request.path
        );
        return no(&Transport::Malformed(said));
    }
    if request.path != "/" {
        let there_is = format!(
            "the documented operations are at /, audience connections at {AUDIENCE_PATH}, the console at {CONTROL_PREFIX}"
        );
        return no(&Transport::Path { path: request.path.clone(), there_is });
    }
    if !matches!(request.method.as_str(), "GET" | "POST") {
        return no(&Transport::Method);
    }
    // What a browser's address line asks for; a call has a query or a body, and no client library wants HTML.
    if shared.control.is_some() && asks_for_start(head) {
        let console = HttpResponse::new(303, "text/plain; charset=utf-8", "the console is at /_claque/\n");
        return Err(console.with("Location", CONTROL_PREFIX));
    }
    // Signed or not: a page can have a user's browser send a call that was signed elsewhere.
    if let Some(text) = origin::refused_page(request) {
        return no(&Transport::Forbidden(text));
    }
    // The key that everybody knows is for callers that use a name of this machine's own: no foreign DNS server gives one.
    let host = request.header("host").unwrap_or("");
    if shared.worlds.is_open() && origin::is_public(origin::host_name(host)) {
        let text = "the development key is known to everybody and not taken from callers of";
        return no(&Transport::Forbidden(format!("{text} {host}; start with --access-key ID:SECRET")));
    }
    Ok(RequestRoute::Operations)
}

/// Whether somebody opened the server's address in a browser.
fn asks_for_start(head: &Head) -> bool {
    let request = &head.request;
    let wants_page = request.header_values("accept").any(|value| value.contains("text/html"));
    request.method == "GET" && request.query.is_empty() && head.framing == Framing::Empty && wants_page
}

async fn answer(
    way: &RequestRoute,
    request: &mut HttpRequest,
    peer: IpAddr,
    (world, shared): (&Arc<LiveWorld>, &ServerState),
    visit: &Visit,
) -> Option<HttpResponse> {
    match way {
        RequestRoute::Operations => api::answer(&shared.worlds, request, visit).await.map(HttpResponse::from),
        RequestRoute::Control(_) | RequestRoute::Stream | RequestRoute::Audience(_) => {
            match &shared.control {
                Some(control) => Some(control.answer(request, peer, (world, shared)).await),
                None => None,
            }
        }
    }
}
