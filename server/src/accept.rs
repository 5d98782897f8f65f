//! Takes connections, as many as there are places; a connection above that is answered at once.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use claque_wire::transport::Transport;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsAcceptor;

use crate::connection;
use crate::connections::{Connections, MadeRoom, UNAUTHENTICATED_MIN};
use crate::http::{HttpStream, linger, send};
use crate::limits::HttpLimits;
use crate::server_state::{ServerState, stop_requested};

/// Connections that the system completes before they are taken.
// Several times what a burst of viewers opens between two turns of the accepting task; the system caps it by
// somaxconn.
const BACKLOG: u32 = 1_024;
/// A newcomer waits so long for the place of an unauthenticated connection that gives way.
const PLACE_WITHIN: Duration = Duration::from_millis(500);
/// One waits so long for a newcomer before it to make room.
const STEP_WITHIN: Duration = Duration::from_millis(20);
/// A newcomer without a place has so long to say something.
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
struct AcceptedLink {
    peer: IpAddr,
    shared: Arc<ServerState>,
    tls: Option<TlsAcceptor>,
    stopping: watch::Receiver<bool>,
}

/// Takes connections until the server stops; gives the places back, all of which are free once every connection ended.
pub(crate) async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    shared: Arc<ServerState>,
    mut stopping: watch::Receiver<bool>,
) -> Arc<Semaphore> {
    let all = Arc::clone(&shared.connections);
    let mut pause = PAUSE_MIN;
    loop {
        let (link, peer) = tokio::select! {
            // The listener is dropped with this future, so that what is in the backlog is refused by the
            // system and not left hanging.
            () = stop_requested(&mut stopping) => return Arc::clone(&all.places),
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Mostly for want of descriptors. An unauthenticated connection may give its own back;
                    // then nothing but time helps.
                    if pause == PAUSE_MIN {
                        tracing::warn!(%error, "a connection could not be accepted");
                    }
                    all.counts.accept_errors.add();
                    // No patience here: without a descriptor nobody is served, however long the others have waited.
                    all.make_room(Duration::ZERO);
                    tokio::time::sleep(pause).await;
                    // `accept` fails at once while descriptors are short: without a pause the loop would take
                    // a whole core.
                    pause = (pause * 2).min(PAUSE_MAX);
                    continue;
                }
            },
        };
        pause = PAUSE_MIN;
        all.counts.accepted.add();
        // Small answers must not wait for more to send.
        drop(link.set_nodelay(true));
        let given = AcceptedLink {
            peer: peer.ip(),
            shared: Arc::clone(&shared),
            tls: tls.clone(),
            stopping: stopping.clone(),
        };
        // Tried and not awaited: this loop alone hears newcomers, among them the health checks of an
        // orchestrator.
        if let Ok(place) = Arc::clone(&all.places).try_acquire_owned() {
            tokio::spawn(take(link, given, place));
        } else if let Some(step) = step_of(&all).await {
            tokio::spawn(on_the_doorstep(link, given, step));
        } else {
            tell_in_passing(&link, &shared, given.tls.is_some());
        }
    }
}

fn full(shared: &ServerState) -> Transport {
    Transport::TooManyConnections { bound: shared.connections.places_max }
}

/// Serves a connection that came without a listener, if there is a place for it; what is not served is dropped.
pub(crate) fn admit<S>(link: S, peer: IpAddr, shared: Arc<ServerState>, stopping: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    shared.connections.counts.accepted.add();
    if let Ok(place) = Arc::clone(&shared.connections.places).try_acquire_owned() {
        tokio::spawn(take(link, AcceptedLink { peer, shared, tls: None, stopping }, place));
    }
}

/// Serves a connection that has a place.
async fn take<S>(link: S, given: AcceptedLink, place: OwnedSemaphorePermit)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let AcceptedLink { peer, shared, tls, stopping } = given;
    let visit = shared.connections.visit();
    let head = shared.http.head;
    let serve = async {
        match tls {
            None => connection::serve(link, peer, shared, &visit, stopping).await,
            // A handshake is a wait for the peer like any other; a peer that opens and says nothing would
            // hold a place for ever.
            Some(tls) => match timeout(head, tls.accept(link)).await {
                // Boxed, because a future is as large as its largest branch, and plain connections are most
                // of all.
                Ok(Ok(link)) => Box::pin(connection::serve(link, peer, shared, &visit, stopping)).await,
                Ok(Err(error)) => tracing::info!(%error, "no TLS"),
                Err(_) => tracing::info!("no TLS in time"),
            },
        }
    };
    tokio::select! {
        // A connection that ends by itself in the same moment must not be counted as one that was closed to
        // make room.
        biased;
        () = serve => {}
        () = visit.gives_way() => tracing::debug!("a connection without a right was closed to make room"),
    }
    // Named, so that it stays here: the place must not be free while the connection is still open.
    drop(place);
}

/// The fate of a newcomer without a place.
enum DoorstepOutcome {
    /// It gets the place of an unauthenticated connection.
    Place(OwnedSemaphorePermit),
    /// It asks for the server's health, or has asked in vain for something else.
    Heard,
    /// It says nothing.
    Silent,
    /// It has to make room for newcomers.
    GivesWay,
}

/// A place on the doorstep: that of the newcomer that waits longest, if all are taken.
async fn step_of(all: &Connections) -> Option<OwnedSemaphorePermit> {
    if let Ok(step) = Arc::clone(&all.doorstep).try_acquire_owned() {
        return Some(step);
    }
    // The oldest newcomer, since it has had its time to speak; turning the newest away would let silent ones
    // keep the doorstep.
    all.newcomer_gives_way();
    timeout(STEP_WITHIN, Arc::clone(&all.doorstep).acquire_owned()).await.ok()?.ok()
}

/// A newcomer that says something gets the place of an unauthenticated connection, or the answer that there is none.
/// A health check is answered at once.
async fn on_the_doorstep(link: TcpStream, given: AcceptedLink, step: OwnedSemaphorePermit) {
    let all = Arc::clone(&given.shared.connections);
    let newcomer = all.newcomer();
    let turn = tokio::select! {
        // A newcomer that has spoken is served even if it was chosen to give way in the same moment.
        biased;
        turn = turn(&link, &given) => turn,
        () = newcomer.gives_way() => DoorstepOutcome::GivesWay,
    };
    if let DoorstepOutcome::Place(place) = turn {
        // Given back before it is served: a connection lasts for hours, and the doorstep is for seconds.
        drop((newcomer, step));
        return take(link, given, place).await;
    }
    let AcceptedLink { shared, tls, .. } = given;
    let ending = async {
        match (turn, tls) {
            (DoorstepOutcome::Heard, None) => turn_away(link, &shared).await,
            (DoorstepOutcome::Heard, Some(tls)) => match timeout(TAKE_WITHIN, tls.accept(link)).await {
                Ok(Ok(link)) => Box::pin(turn_away(link, &shared)).await,
                Ok(Err(_)) | Err(_) => all.counts.turned_away.add(),
            },
            (_, tls) => tell_in_passing(&link, &shared, tls.is_some()),
        }
    };
    tokio::select! {
        biased;
        () = ending => {}
        () = newcomer.gives_way() => {}
    }
}

async fn turn(link: &TcpStream, given: &AcceptedLink) -> DoorstepOutcome {
    let all = &given.shared.connections;
    let mut first = [0; 32];
    // Peeked and not read: the bytes are still to be parsed, or to begin a TLS handshake.
    let heard = timeout(ASK_WITHIN, link.peek(&mut first)).await;
    let Ok(Ok(bytes @ 1..)) = heard else { return DoorstepOutcome::Silent };
    // Health first: a server that is full is not dead, and an orchestrator that thinks so restarts it into
    // the same load.
    let watches = [&b"GET /_claque/health "[..], b"HEAD /_claque/health "];
    if watches.iter().any(|asked| first[..bytes].starts_with(asked)) {
        return DoorstepOutcome::Heard;
    }
    let due = Instant::now() + PLACE_WITHIN;
    loop {
        // Only a newcomer that has said something displaces another: opening sockets alone gains nothing.
        match all.make_room(UNAUTHENTICATED_MIN) {
            MadeRoom::Soon(span) if Instant::now() + span < due => tokio::time::sleep(span).await,
            MadeRoom::Soon(_) | MadeRoom::None => return DoorstepOutcome::Heard,
            MadeRoom::Made => {
                let place = timeout_at(due, Arc::clone(&all.places).acquire_owned()).await;
                return place
                    .ok()
                    .and_then(Result::ok)
                    .map_or(DoorstepOutcome::Heard, DoorstepOutcome::Place);
            }
        }
    }
}

/// Tells without waiting for anything: what fits into the socket's own buffer costs nothing.
fn tell_in_passing(link: &TcpStream, shared: &ServerState, tls: bool) {
    shared.connections.counts.turned_away.add();
    if !tls {
        // Dropped: a peer whose buffer takes nothing cannot be answered, and nothing is owed to it. A TLS peer
        // could not read plain text.
        drop(link.try_write(&connection::turned_away(shared, &full(shared)).bytes(false, false)));
    }
}

/// Tells a connection without a place that there is none; a request for the server's health is answered all the same.
async fn turn_away<S: AsyncRead + AsyncWrite + Unpin>(link: S, shared: &ServerState) {
    // All waits short: the doorstep is what keeps a full server reachable, so that nobody may stay on it.
    let limits = HttpLimits {
        idle: ASK_WITHIN,
        head: ASK_WITHIN,
        grace: TAKE_WITHIN,
        linger: TAKE_WITHIN,
        linger_max: TAKE_WITHIN,
        ..shared.http
    };
    let mut stream = HttpStream::new(link, limits, Arc::clone(&shared.connections));
    let health = stream.head().await.ok().and_then(|head| connection::health(&head.request, shared));
    let response = health.unwrap_or_else(|| {
        shared.connections.counts.turned_away.add();
        connection::turned_away(shared, &full(shared))
    });
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
