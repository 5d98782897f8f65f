//! Start and stop.

use std::net::SocketAddr;
use std::sync::Arc;

use claque_core::journal::Entry;
use claque_core::{Config, HitCounts, Input, NotASnapshot, Outcome, Output, Service, Snapshot, Sound};
use tokio::io::AsyncReadExt;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::accept::{accept, listen};
use crate::api::Api;
use crate::clock::{Clock, wall_now};
use crate::connection::Shared;
use crate::connections::Connections;
use crate::control::Control;
use crate::descriptors::{self, TooFew};
use crate::driver::{Driver, LiveService};
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
    /// The journal opens, but leads to no service.
    Replay(ReplayError),
    /// The journal was begun with other accounts, which its applications belong to by position.
    OtherAccounts {
        /// Those of the options.
        wanted: Vec<String>,
        /// Those of the journal.
        kept: Vec<String>,
    },
    /// A reading that there is not.
    Reading(String),
    /// The machine gives no random bytes.
    Random(std::io::Error),
    /// The process may have too few files open.
    Descriptors(TooFew),
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Listen(address, error) if error.kind() == std::io::ErrorKind::AddrInUse => write!(
                f,
                "cannot listen on {address}: another process does; --listen names another port, and port 0 any free one"
            ),
            Self::Listen(address, error) => write!(f, "cannot listen on {address}: {error}"),
            Self::Journal(error) => write!(f, "{error}"),
            Self::Replay(error) => write!(f, "{error}; start with another --data directory"),
            Self::OtherAccounts { wanted, kept } => write!(
                f,
                "the data directory belongs to accounts {}, not {}: name those, or start with another --data directory",
                kept.join(", "),
                wanted.join(", ")
            ),
            Self::Reading(error) => f.write_str(error),
            Self::Random(error) => write!(f, "no random bytes for keys: {error}"),
            Self::Descriptors(error) => write!(f, "{error}"),
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
    /// Hash of the state that the journal led to.
    pub digest: u64,
    /// The journal was begun with other refused words than the options name, and keeps them.
    pub other_words: bool,
}

/// A server that is running.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// What was recovered; none: the server runs in memory.
    pub recovered: Option<Recovered>,
    stopping: watch::Sender<bool>,
    halt: watch::Sender<bool>,
    accepting: JoinHandle<Arc<Semaphore>>,
    /// None once it has ended by itself.
    driving: Option<JoinHandle<std::io::Result<()>>>,
    connections_max: u32,
}

/// Open connections may finish within this span after the server was told to stop.
const GRACE: std::time::Duration = std::time::Duration::from_secs(5);

impl Running {
    /// Stops: takes no more connections, ends audience links, answers the requests at hand (for five seconds at most),
    /// and makes the journal durable.
    ///
    /// # Errors
    /// When the journal could not be written.
    pub async fn stop(self) -> std::io::Result<()> {
        self.stopping.send_replace(true);
        if let Ok(places) = self.accepting.await {
            let all = places.acquire_many(self.connections_max);
            if tokio::time::timeout(GRACE, all).await.is_err() {
                tracing::warn!("some connections did not end in time");
            }
        }
        self.halt.send_replace(true);
        match self.driving {
            Some(driving) => driving.await.unwrap_or_else(|error| Err(std::io::Error::other(error))),
            // Whoever waited for that end has been told why.
            None => Ok(()),
        }
    }

    /// Waits until the driver ends by itself, which it does only when the journal cannot be written, and once.
    ///
    /// # Errors
    /// Why the journal could not be written.
    pub async fn failed(&mut self) -> std::io::Result<()> {
        let Some(driving) = &mut self.driving else { return std::future::pending().await };
        let ended = driving.await;
        self.driving = None;
        ended.unwrap_or_else(|error| Err(std::io::Error::other(error)))
    }
}

/// Starts a server, with TLS when an acceptor is given.
///
/// # Errors
/// When the address or the data directory is not to be had.
pub async fn start(options: Options, tls: Option<TlsAcceptor>) -> Result<Running, StartError> {
    let random = random().await.map_err(StartError::Random)?;
    let (service, journal, recovered) = open(&options, random.0).map_err(|error| *error)?;
    let shares = descriptors::share_out(options.http.connections_max).map_err(StartError::Descriptors)?;
    let listener = listen(options.listen);
    let listener = listener.map_err(|error| StartError::Listen(options.listen, error))?;
    let address = listener.local_addr().map_err(|error| StartError::Listen(options.listen, error))?;
    let (outgoing, calls) = Outgoing::new(options.outgoing);
    let callbacks = Arc::clone(&outgoing.log);
    let clock = Clock::new(wall_now().max(service.now()), options.pace);
    let made_with = Config { key: service.config().key, ..configured(&options) };
    let (mut driver, handle) =
        Driver::new(service, made_with, clock, journal, outgoing, options.compact_bytes);
    insist(&mut driver, &options)?;
    let readings = driver.readings();
    let (stopping, stop) = watch::channel(false);
    let (halt, halted) = watch::channel(false);
    let driving = tokio::spawn(driver.run(stop.clone(), halted));
    tokio::spawn(calls.run(handle.clone()));
    let shared = Arc::new(Shared {
        api: Arc::new(Api::new(
            handle.clone(),
            readings,
            options.access_keys,
            options.control.then(|| Arc::clone(&callbacks)),
            random.1,
        )),
        control: options.control.then(|| Control::new(options.control_token, callbacks)),
        driver: handle,
        http: options.http,
        connections: Arc::new(Connections::new(
            &options.http,
            shares.connections,
            shares.doorstep,
            shares.all,
        )),
    });
    let connections_max = u32::try_from(shares.connections).unwrap_or(u32::MAX);
    let accepting = tokio::spawn(accept(listener, tls, shared, stop));
    let driving = Some(driving);
    Ok(Running { address, recovered, stopping, halt, accepting, driving, connections_max })
}

type Opened = (LiveService, Option<JournalFile>, Option<Recovered>);

/// The configuration that the options ask for.
fn configured(options: &Options) -> Config {
    let mut config = options.config.clone();
    config.limits.public_urls_only = options.public_urls_only;
    config
}

/// Holds a service to what was asked for by name at this start: a journal may have kept something else.
fn insist(driver: &mut Driver, options: &Options) -> Result<(), StartError> {
    let (mut readings, mut limits) =
        (driver.service.config().readings, driver.service.config().limits.clone());
    for (id, value) in &options.readings {
        readings.set(id, value).map_err(|error| StartError::Reading(error.to_string()))?;
    }
    if readings != driver.service.config().readings {
        driver.apply(Input::SetReadings(readings));
    }
    if options.public_urls_only && !limits.public_urls_only {
        limits.public_urls_only = true;
        driver.apply(Input::SetLimits(limits));
    }
    Ok(())
}

fn open(options: &Options, key: [u8; 32]) -> Result<Opened, Box<StartError>> {
    let mut config = configured(options);
    if config.key == Config::default().key {
        config.key = key;
    }
    let Some(directory) = &options.data else {
        return Ok((Service::new(wall_now(), config, HitCounts::default(), Sound), None, None));
    };
    let opened = JournalFile::open(directory).map_err(|error| Box::new(StartError::Journal(error)))?;
    let (mut journal, torn_bytes) = (opened.journal, opened.torn_bytes);
    let mut entries: Vec<Entry> = opened.records.into_iter().map(|record| record.entry).collect();
    if entries.is_empty() {
        let first = Entry::Genesis(wall_now(), config);
        journal.restart(&first).map_err(|error| {
            Box::new(StartError::Journal(OpenError::Io(journal.path().to_owned(), error)))
        })?;
        entries.push(first);
    }
    let inputs = entries.len() - 1;
    let service = replay(entries).map_err(|error| Box::new(StartError::Replay(error)))?;
    if service.config().accounts != options.config.accounts {
        let (wanted, kept) = (options.config.accounts.clone(), service.config().accounts.clone());
        return Err(Box::new(StartError::OtherAccounts { wanted, kept }));
    }
    let other_words = service.config().refused_words != options.config.refused_words;
    let recovered = Recovered { inputs, torn_bytes, digest: service.digest(), other_words };
    Ok((service, Some(journal), Some(recovered)))
}

/// Why a journal's entries lead to no service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplayError {
    /// The first entry does not say what the service was made with.
    NoBeginning,
    /// An entry other than the first says what a service was made with.
    TwoBeginnings,
    /// The snapshot is none of this version.
    NotASnapshot,
    /// The snapshot reads, but what it holds cannot be.
    Impossible(String),
}

impl std::fmt::Display for ReplayError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoBeginning => f.write_str("the journal does not begin with what a service was made with"),
            Self::TwoBeginnings => f.write_str("the journal begins a second time in its middle"),
            Self::NotASnapshot => NotASnapshot.fmt(f),
            Self::Impossible(what) => write!(f, "the snapshot cannot be true: {what}"),
        }
    }
}

impl std::error::Error for ReplayError {}

/// The service that a journal's entries lead to.
///
/// # Errors
/// When they do not begin with what a service was made with, or a snapshot.
pub fn replay(entries: impl IntoIterator<Item = Entry>) -> Result<LiveService, ReplayError> {
    replay_with(entries, |_, _, _, _| {})
}

/// The service that a journal's entries lead to, shown after each input, with what came of it and what went out.
///
/// # Errors
/// When they do not begin with what a service was made with, or a snapshot.
pub fn replay_with(
    entries: impl IntoIterator<Item = Entry>,
    mut each: impl FnMut(&LiveService, &Entry, &Outcome, &[Output]),
) -> Result<LiveService, ReplayError> {
    let mut entries = entries.into_iter();
    let mut service = match entries.next() {
        Some(Entry::Genesis(at, config)) => Service::new(at, config, HitCounts::default(), Sound),
        Some(Entry::Snapshot(config, bytes)) => {
            let snapshot = Snapshot::from_bytes(&bytes).map_err(|NotASnapshot| ReplayError::NotASnapshot)?;
            let service = Service::restore(snapshot, config, HitCounts::default(), Sound);
            service.check_invariants().map_err(|violation| ReplayError::Impossible(violation.what))?;
            service
        }
        Some(Entry::Input(..)) | None => return Err(ReplayError::NoBeginning),
    };
    service.subscribe_ledger(true);
    let mut outputs = Vec::new();
    for entry in entries {
        let Entry::Input(at, input) = &entry else { return Err(ReplayError::TwoBeginnings) };
        let outcome = service.apply((*at).max(service.now()), input.clone());
        // Everything here went out before the restart, or waits for a client that is gone.
        outputs.clear();
        outputs.extend(std::iter::from_fn(|| service.poll_output()));
        each(&service, &entry, &outcome, &outputs);
    }
    Ok(service)
}

/// A key for IDs and secrets, and one for request IDs.
async fn random() -> std::io::Result<([u8; 32], [u64; 2])> {
    let mut source = tokio::fs::File::open("/dev/urandom").await?;
    let mut key = [0; 32];
    source.read_exact(&mut key).await?;
    Ok((key, [source.read_u64_le().await?, source.read_u64_le().await?]))
}
