//! Start and stop.

use std::net::SocketAddr;
use std::sync::Arc;

use claque_core::journal::Entry;
use claque_core::{Config, HitCounts, Service, Sound};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::api::Api;
use crate::clock::{Clock, wall_now};
use crate::connection::{self, Shared};
use crate::control::Control;
use crate::driver::{Driver, LiveService};
use crate::http::Response;
use crate::journal::{JournalFile, OpenError};
use crate::options::Options;
use crate::outgoing::Outgoing;

/// Why a server did not start.
#[derive(Debug)]
pub enum StartError {
    /// The address cannot be listened on.
    Listen(SocketAddr, std::io::Error),
    /// The journal cannot be opened.
    Journal(OpenError),
    /// The journal opens, but does not begin with what the service was made with.
    NoGenesis,
    /// The machine gives no random bytes.
    Random(std::io::Error),
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Listen(address, error) => write!(f, "cannot listen on {address}: {error}"),
            Self::Journal(error) => write!(f, "{error}"),
            Self::NoGenesis => f.write_str("the journal does not begin with a service's configuration"),
            Self::Random(error) => write!(f, "no random bytes for keys: {error}"),
        }
    }
}

impl std::error::Error for StartError {}

/// What a start found in the data directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Inputs replayed.
    pub inputs: usize,
    /// Bytes of a torn tail that were cut.
    pub torn_bytes: usize,
}

/// A server that is running.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// What was recovered; none: the server runs in memory.
    pub recovered: Option<Recovered>,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
    driving: JoinHandle<std::io::Result<()>>,
}

impl Running {
    /// Stops taking connections, lets the driver finish, and waits for it.
    ///
    /// # Errors
    /// When the journal could not be written.
    pub async fn stop(self) -> std::io::Result<()> {
        // Fails only when the server is gone already.
        let _ = self.stop.send(true);
        let _ = self.accepting.await;
        self.driving.await.unwrap_or_else(|error| Err(std::io::Error::other(error)))
    }

    /// Waits until the driver ends by itself, which it does only when the journal cannot be written.
    ///
    /// # Errors
    /// Why the journal could not be written.
    pub async fn failed(&mut self) -> std::io::Result<()> {
        (&mut self.driving).await.unwrap_or_else(|error| Err(std::io::Error::other(error)))
    }
}

/// Starts a server, with TLS when an acceptor is given.
///
/// # Errors
/// When the address or the data directory is not to be had.
pub async fn start(options: Options, tls: Option<TlsAcceptor>) -> Result<Running, StartError> {
    let random = random().await.map_err(StartError::Random)?;
    let (service, journal, recovered) = open(&options, random).map_err(|error| *error)?;
    let listener = TcpListener::bind(options.listen).await;
    let listener = listener.map_err(|error| StartError::Listen(options.listen, error))?;
    let address = listener.local_addr().map_err(|error| StartError::Listen(options.listen, error))?;
    let (outgoing, calls) = Outgoing::new();
    let callbacks = Arc::clone(&outgoing.log);
    let clock = Clock::new(wall_now().max(service.now()), options.pace);
    let (driver, handle) = Driver::new(service, clock, journal, outgoing);
    let readings = driver.readings();
    let (stop, stopped) = watch::channel(false);
    let driving = tokio::spawn(driver.run(stopped.clone()));
    tokio::spawn(calls.run(handle.clone()));
    let word = |at: usize| u64::from_le_bytes(random[at..at + 8].try_into().expect("eight bytes"));
    let shared = Arc::new(Shared {
        api: Arc::new(Api::new(handle.clone(), readings, options.access_keys, [word(32), word(40)])),
        control: options.control.then(|| Control::new(options.control_token, callbacks)),
        driver: handle,
        http: options.http,
    });
    let accepting = tokio::spawn(accept(listener, tls, shared, stopped));
    Ok(Running { address, recovered, stop, accepting, driving })
}

type Opened = (LiveService, Option<JournalFile>, Option<Recovered>);

fn open(options: &Options, random: [u8; 48]) -> Result<Opened, Box<StartError>> {
    let mut config = options.config.clone();
    if config.key == Config::default().key {
        config.key.copy_from_slice(&random[..32]);
    }
    let fresh = |config: Config| Service::new(wall_now(), config, HitCounts::default(), Sound);
    let Some(directory) = &options.data else {
        return Ok((fresh(config), None, None));
    };
    let opened = JournalFile::open(directory).map_err(|error| Box::new(StartError::Journal(error)))?;
    let mut journal = opened.journal;
    let recovered =
        Recovered { inputs: opened.records.len().saturating_sub(1), torn_bytes: opened.torn_bytes };
    if opened.records.is_empty() {
        let now = wall_now();
        journal.append(&Entry::Genesis(now, config.clone()));
        let commit = journal.commit();
        commit.map_err(|error| {
            Box::new(StartError::Journal(OpenError::Io(journal.path().to_owned(), error)))
        })?;
        let service = Service::new(now, config, HitCounts::default(), Sound);
        return Ok((service, Some(journal), Some(recovered)));
    }
    let entries = opened.records.into_iter().map(|record| record.entry);
    let service = replay(entries).ok_or_else(|| Box::new(StartError::NoGenesis))?;
    Ok((service, Some(journal), Some(recovered)))
}

/// The service that a journal's entries lead to; none when they do not begin with a genesis.
pub fn replay(entries: impl IntoIterator<Item = Entry>) -> Option<LiveService> {
    let mut entries = entries.into_iter();
    let Entry::Genesis(at, config) = entries.next()? else { return None };
    let mut service = Service::new(at, config, HitCounts::default(), Sound);
    service.subscribe_ledger(true);
    for entry in entries {
        match entry {
            Entry::Genesis(at, config) => service = Service::new(at, config, HitCounts::default(), Sound),
            Entry::Input(at, input) => drop(service.apply(at.max(service.now()), input)),
        }
        // Everything here went out before the restart, or waits for a client that is gone.
        while service.poll_output().is_some() {}
    }
    Some(service)
}

async fn random() -> std::io::Result<[u8; 48]> {
    let mut bytes = [0; 48];
    tokio::fs::File::open("/dev/urandom").await?.read_exact(&mut bytes).await?;
    Ok(bytes)
}

async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    mut stopped: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(shared.http.connections_max));
    loop {
        let (mut link, peer) = tokio::select! {
            _ = stopped.changed() => return,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            let text = "too many connections";
            tokio::spawn(async move { Response::text(503, text).write(&mut link, false, false).await });
            continue;
        };
        // Small answers must not wait for more to send.
        let _ = link.set_nodelay(true);
        let (shared, tls, mut stopped) = (Arc::clone(&shared), tls.clone(), stopped.clone());
        tokio::spawn(async move {
            let serving = async {
                match tls {
                    None => connection::serve(link, peer.ip(), shared).await,
                    Some(tls) => match tls.accept(link).await {
                        Ok(link) => connection::serve(link, peer.ip(), shared).await,
                        Err(error) => tracing::info!(%error, "no TLS"),
                    },
                }
            };
            tokio::select! {
                () = serving => {}
                _ = stopped.changed() => {}
            }
            drop(place);
        });
    }
}
