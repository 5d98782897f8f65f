//! One connection: requests one after the other, each to the API, the control API, or an audience link.

use std::net::IpAddr;
use std::sync::Arc;

use claque_wire::http::HttpRequest;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;

use crate::api::SharedApi;
use crate::audience;
use crate::control::{Control, STREAM_PATH};
use crate::driver::Handle;
use crate::http::{HttpLimits, ReadError, Response, Stream};
use crate::origin;

/// Path of audience connections.
pub const AUDIENCE_PATH: &str = "/audience";
/// Everything that is not of the documented service.
pub const CONTROL_PREFIX: &str = "/_claque/";

/// Where a state is restored: the only call with long bodies.
const RESTORE_PATH: &str = "/_claque/restore";

/// What every connection needs.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) api: SharedApi,
    pub(crate) control: Option<Control>,
    pub(crate) driver: Handle,
    pub(crate) http: HttpLimits,
}

/// Runs one connection to its end. When the server stops, the request at hand is answered first.
pub(crate) async fn serve<S>(link: S, peer: IpAddr, shared: Arc<Shared>, mut stopping: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut stream = Stream::new(link, shared.http);
    if shared.control.as_ref().is_some_and(|control| control.may_reach(peer)) {
        stream.allow_long(RESTORE_PATH);
    }
    loop {
        let next = tokio::select! {
            biased;
            next = stream.next() => next,
            () = told(&mut stopping) => return,
        };
        let incoming = match next {
            Ok(incoming) => incoming,
            Err(ReadError::Closed | ReadError::Broken) => return,
            Err(ReadError::Refused(status, text)) => {
                drop(Response::text(status, text).write(&mut stream.link, false, false).await);
                return;
            }
        };
        let (request, mut keep_alive) = (incoming.request, incoming.keep_alive);
        if request.path == AUDIENCE_PATH {
            match handshake(&request) {
                Ok(answer) => {
                    if stream.link.write_all(answer.as_bytes()).await.is_ok() {
                        // A link lasts for hours: it keeps nothing of the request that began it.
                        drop(request);
                        let (link, ahead) = stream.into_parts();
                        let service = (shared.driver.clone(), Arc::clone(&shared.api.faults.clients));
                        audience::serve(link, ahead, service, shared.http).await;
                    }
                    return;
                }
                Err(response) => {
                    drop(response.write(&mut stream.link, false, false).await);
                    return;
                }
            }
        }
        if request.path == STREAM_PATH
            && let Some(control) = &shared.control
        {
            return Box::pin(control.stream(&request, (stream.link, peer), &shared, &mut stopping)).await;
        }
        // In a place of its own, so that connections that last are not as large as the longest answer needs.
        let Some(response) = Box::pin(answer(&request, peer, &shared)).await else { return };
        let head_only = request.method == "HEAD";
        keep_alive &= !*stopping.borrow();
        let written = response.write(&mut stream.link, keep_alive, head_only).await;
        if written.is_err() || !keep_alive {
            return;
        }
    }
}

/// Returns once the server is told to stop, or is gone.
pub(crate) async fn told(stopping: &mut watch::Receiver<bool>) {
    drop(stopping.wait_for(|stopping| *stopping).await);
}

fn handshake(request: &HttpRequest) -> Result<String, Response> {
    if audience::is_upgrade(request) {
        return audience::accept(request);
    }
    Err(Response::text(426, "audience connections are WebSockets").with("Upgrade", "websocket"))
}

async fn answer(request: &HttpRequest, peer: IpAddr, shared: &Shared) -> Option<Response> {
    if request.path.starts_with(CONTROL_PREFIX) {
        return Some(match &shared.control {
            Some(control) => control.answer(request, peer, shared).await,
            None => Response::text(404, "the control API is off (--no-control)"),
        });
    }
    if request.path != "/" {
        return Some(Response::text(
            404,
            format!(
                "nothing at {}: the documented operations are at /, audience connections at {AUDIENCE_PATH}, the \
                 console at {CONTROL_PREFIX}",
                request.path
            ),
        ));
    }
    if let Some(text) = origin::refused_page(request) {
        return Some(Response::text(403, text));
    }
    // The key that everybody knows is for whoever calls this machine by a name of its own: no stranger's DNS gives one.
    let host = request.header("host").unwrap_or("");
    if shared.api.is_open() && origin::is_public(origin::host_name(host)) {
        let text = "the development key is known to everybody and not taken from callers of";
        return Some(Response::text(403, format!("{text} {host}; start with --access-key ID:SECRET")));
    }
    let answer = shared.api.answer(request).await?;
    let headers = answer.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Some(Response { status: answer.status, headers, body: answer.body.into_bytes() })
}
