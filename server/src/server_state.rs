//! The state that all connections of a server share, and the sign that the server is to stop.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::watch;

use crate::connections::Connections;
use crate::limits::HttpLimits;
use crate::shows::ShowReader;
use crate::worlds::Worlds;

/// The control API.
#[derive(Debug)]
pub(crate) struct ControlApi {
    pub(crate) token: Option<String>,
}

/// The state that all connections of a server share.
#[derive(Debug)]
pub(crate) struct ServerState {
    pub(crate) worlds: Worlds,
    pub(crate) control: Option<ControlApi>,
    pub(crate) http: HttpLimits,
    pub(crate) connections: Arc<Connections>,
    /// Where the server listens, and whether with TLS.
    pub(crate) address: SocketAddr,
    pub(crate) tls: bool,
    /// Reads recorded chats and scenarios; none: this server reads none.
    pub(crate) shows: Option<Arc<dyn ShowReader>>,
}

/// Returns once the server is asked to stop, or is gone.
pub(crate) async fn stop_requested(stopping: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, which is a stop as well.
    drop(stopping.wait_for(|stopping| *stopping).await);
}
