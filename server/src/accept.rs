//! Takes connections, as many as there are places; whoever comes above that learns it at once.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use claque_wire::transport::Transport;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsAcceptor;

use crate::connection::{self, Shared, told};
use crate::connections::{Room, STRANGER_MIN};
use crate::http::{HttpLimits, Stream, linger, send};

/// Connections that the system completes before they are taken.
const BACKLOG: u32 = 1_024;
/// A newcomer waits so long for the place of a stranger that gives way.
const PLACE_WITHIN: Duration = Duration::from_millis(500);
/// A newcomer without a place has so long to ask for the server's health.
const ASK_WITHIN: Duration = Duration::from_millis(250);
/// It has so long to take its answer, and to end.
const TAKE_WITHIN: Duration = Duration::from_secs(1);
/// Pauses after connections that could not be taken: the first and the longest.
const PAUSE_MIN: Duration = Duration::from_millis(5);
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// Listens at an address.
pub(crate) fn listen(at: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if at.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A server that starts again takes its port back from connections that are still ending.
    socket.set_reuseaddr(true)?;
    socket.bind(at)?;
    socket.listen(BACKLOG)
}

/// Everything that a connection is given.
#[derive(Clone)]
struct Given {
    peer: IpAddr,
    shared: Arc<Shared>,
    tls: Option<TlsAcceptor>,
    stopping: watch::Receiver<bool>,
}

/// Takes connections until the server stops; gives the places back, all of which are free once every connection ended.
pub(crate) async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    mut stopping: watch::Receiver<bool>,
) -> Arc<Semaphore> {
    let all = Arc::clone(&shared.connections);
    let mut pause = PAUSE_MIN;
    loop {
        let (link, peer) = tokio::select! {
            () = told(&mut stopping) => return Arc::clone(&all.places),
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Mostly for want of descriptors. A stranger's is worth more than none; then nothing but time helps.
                    if pause == PAUSE_MIN {
                        tracing::warn!(%error, "a connection could not be accepted");
                    }
                    all.counts.accept_errors.add();
                    all.make_room(Duration::ZERO);
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(PAUSE_MAX);
                    continue;
                }
            },
        };
        pause = PAUSE_MIN;
        all.counts.accepted.add();
        // Small answers must not wait for more to send.
        drop(link.set_nodelay(true));
        let given = Given {
            peer: peer.ip(),
            shared: Arc::clone(&shared),
            tls: tls.clone(),
            stopping: stopping.clone(),
        };
        if let Ok(place) = Arc::clone(&all.places).try_acquire_owned() {
            tokio::spawn(take(link, given, place));
        } else if let Ok(step) = Arc::clone(&all.doorstep).try_acquire_owned() {
            tokio::spawn(take_in_turn(link, given, step));
        } else {
            all.counts.turned_away.add();
            // There is no room even to wait for what it asks. What fits into the socket's own buffer costs nothing.
            let response = connection::turned_away(&shared, &full(&shared));
            drop(link.try_write(&response.bytes(false, false)));
        }
    }
}

fn full(shared: &Shared) -> Transport {
    Transport::TooManyConnections { bound: shared.connections.places_max }
}

/// Serves a connection that has a place.
async fn take(link: TcpStream, given: Given, place: OwnedSemaphorePermit) {
    let Given { peer, shared, tls, stopping } = given;
    let visit = shared.connections.visit();
    let head = shared.http.head;
    let serve = async {
        match tls {
            None => connection::serve(link, peer, shared, &visit, stopping).await,
            Some(tls) => match tokio::time::timeout(head, tls.accept(link)).await {
                Ok(Ok(link)) => Box::pin(connection::serve(link, peer, shared, &visit, stopping)).await,
                Ok(Err(error)) => tracing::info!(%error, "no TLS"),
                Err(_) => tracing::info!("no TLS in time"),
            },
        }
    };
    tokio::select! {
        biased;
        () = serve => {}
        () = visit.gives_way() => tracing::debug!("a stranger gave way"),
    }
    drop(place);
}

/// Waits for the place of a stranger that gives way; without one, says that there is none.
async fn take_in_turn(link: TcpStream, given: Given, step: OwnedSemaphorePermit) {
    let all = Arc::clone(&given.shared.connections);
    let due = Instant::now() + PLACE_WITHIN;
    loop {
        match all.make_room(STRANGER_MIN) {
            Room::Soon(span) if Instant::now() + span < due => tokio::time::sleep(span).await,
            Room::Soon(_) | Room::None => break,
            Room::Made => {
                let Ok(Ok(place)) = timeout_at(due, Arc::clone(&all.places).acquire_owned()).await else {
                    break;
                };
                drop(step);
                return take(link, given, place).await;
            }
        }
    }
    all.counts.turned_away.add();
    match given.tls.clone() {
        None => turn_away(link, &given.shared).await,
        Some(tls) => {
            if let Ok(Ok(link)) = tokio::time::timeout(TAKE_WITHIN, tls.accept(link)).await {
                Box::pin(turn_away(link, &given.shared)).await;
            }
        }
    }
}

/// Tells a connection without a place that there is none; whoever watches the server's health is answered all the same.
async fn turn_away<S: AsyncRead + AsyncWrite + Unpin>(link: S, shared: &Shared) {
    let limits = HttpLimits {
        idle: ASK_WITHIN,
        head: ASK_WITHIN,
        grace: TAKE_WITHIN,
        linger: TAKE_WITHIN,
        linger_max: TAKE_WITHIN,
        ..shared.http
    };
    let mut stream = Stream::new(link, limits, Arc::clone(&shared.connections));
    let health = stream.head().await.ok().and_then(|head| connection::health(&head.request, shared));
    let response = health.unwrap_or_else(|| connection::turned_away(shared, &full(shared)));
    if send(&mut stream.link, &response.bytes(false, false), &limits).await.is_ok() {
        linger(&mut stream.link, &limits).await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    /// Nobody takes them: the system completes as many as it was asked to. 128 is what it is asked for by default.
    #[tokio::test]
    async fn a_thousand_clients_connect_before_one_is_taken() {
        let listener = super::listen(([127, 0, 0, 1], 0).into()).expect("a port");
        let address = listener.local_addr().expect("an address");
        let mut links = Vec::new();
        for number in 0..1_000 {
            let link = tokio::net::TcpStream::connect(address);
            let link = tokio::time::timeout(Duration::from_secs(5), link).await;
            links.push(link.unwrap_or_else(|_| panic!("client {number} waits")).expect("a connection"));
        }
    }
}
