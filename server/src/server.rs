//! Start and stop.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use claque_core::journal::{self as format, Entry, Replaced, UsedNonce};
use claque_core::{Config, HitCounts, Input, Instant, Service, Sound};
use claque_wire::sign::replay::ReplayCache;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot::error::RecvError;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ClientConfig;

use crate::accept::{accept, admit, listen};
use crate::clock::Clock;
use crate::connections::Connections;
use crate::descriptors::{self, Shares};
use crate::driver::{Driver, Durable, Kept, Nonces, Together, reason};
use crate::journal::{DiskJournal, FILE_NAME, JournalOpenError};
use crate::machine::{Machine, RandomBytes};
use crate::options::{AccessKey, Options};
use crate::outgoing::Abroad;
use crate::replay::{fresh_nonces, replay};
use crate::server_state::{ControlApi, ServerState, stop_requested};
use crate::service::LiveService;
use crate::start_error::StartError;
use crate::world::{Beginning, Common, Driving, LiveWorld};
use crate::world_file::WorldFile;
use crate::worlds::{self, Worlds};

/// The findings of a start in the data directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Inputs replayed.
    pub inputs: usize,
    /// Bytes of a torn tail that were cut.
    pub torn_bytes: usize,
    /// Remarks for the operator: a cut tail, a clock that stepped back, a directory that others may look into.
    pub remarks: Vec<String>,
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
    /// The recovery; none: the server runs in memory.
    pub recovered: Option<Recovered>,
    stopping: watch::Sender<bool>,
    worlds: Living,
    accepting: JoinHandle<Arc<Semaphore>>,
    /// None once it has ended by itself.
    driving: Option<Driving>,
    connections_max: u32,
    #[cfg(test)]
    pub(crate) driver: crate::driver::Handle,
}

/// The worlds of a server, which end with it, however that ends: links keep worlds in memory, and worlds keep links.
#[derive(Debug)]
struct Living(Arc<ServerState>);

impl Living {
    fn all(&self) -> Vec<Arc<LiveWorld>> {
        self.0.worlds.all()
    }
}

impl Drop for Living {
    fn drop(&mut self) {
        for world in self.all() {
            world.say_goodbye(STOPPING);
            world.halt();
        }
    }
}

/// The reason in the close frames at the end.
const STOPPING: &str = "the server is stopping";

/// Open connections may finish within this span after the server was asked to stop.
const GRACE: std::time::Duration = std::time::Duration::from_secs(5);

impl Running {
    /// Serves a connection of this machine's that came without a listener.
    pub fn connect<S>(&self, link: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let here = std::net::Ipv4Addr::LOCALHOST.into();
        admit(link, here, Arc::clone(&self.worlds.0), self.stopping.subscribe());
    }

    /// Stops: takes no more connections, ends audience links, answers the requests at hand (for five seconds at most),
    /// and makes the journal durable.
    ///
    /// # Errors
    /// When the journal could not be written.
    #[must_use]
    pub fn stop(self) -> Awaited<'static, std::io::Result<()>> {
        Box::pin(self.stopped())
    }

    async fn stopped(self) -> std::io::Result<()> {
        // Accepting ends before links do: a client that reconnects at once finds no port, and not a
        // server about to end.
        self.stopping.send_replace(true);
        for world in self.worlds.all() {
            world.say_goodbye(STOPPING);
        }
        // All permits back means that every connection has ended; waiting for the tasks themselves would need
        // a list of them.
        if let Ok(places) = self.accepting.await {
            let all = places.acquire_many(self.connections_max);
            if tokio::time::timeout(GRACE, all).await.is_err() {
                tracing::warn!("some connections did not end in time");
            }
        }
        for world in self.worlds.all() {
            // Only behind the connections: the answers that they wait for come from these threads.
            world.end(STOPPING).await;
        }
        match self.driving {
            Some(driving) => ended(driving.await),
            // The caller of `failed` has had the error.
            None => Ok(()),
        }
    }

    /// Waits until the driver ends by itself, which it does only when the journal cannot be written, and once.
    ///
    /// # Errors
    /// Why the journal could not be written.
    pub async fn failed(&mut self) -> std::io::Result<()> {
        // Pending and not an error: a caller selects on this beside other things, and the end was reported
        // once.
        let Some(driving) = &mut self.driving else { return std::future::pending().await };
        let ended = driving.await;
        self.driving = None;
        self::ended(ended)
    }
}

/// How the driver ended: an error says whether its journal failed, or it did itself.
fn ended(ended: Result<std::io::Result<()>, RecvError>) -> std::io::Result<()> {
    match ended {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            Err(std::io::Error::new(error.kind(), format!("the journal could not be written: {error}")))
        }
        // Its end of the channel is dropped without a word by a panic alone.
        Err(_) => Err(std::io::Error::other(
            "the thread of the state machine panicked, which is a fault of Claque: the lines above say where. With --data \
             everything that was acknowledged is in the journal",
        )),
    }
}

/// Something of a server that is waited for.
// Boxed: what awaits an `async fn` compiles its body, and all that it starts, once more; here that would be the server.
pub type Awaited<'r, T> = Pin<Box<dyn Future<Output = T> + Send + 'r>>;

/// Starts a server, with TLS when an acceptor is given.
///
/// # Errors
/// When the address or the data directory is not to be had.
#[must_use]
pub fn start(options: Options, tls: Option<TlsAcceptor>) -> Awaited<'static, Result<Running, StartError>> {
    Box::pin(start_on_machine(options, tls))
}

async fn start_on_machine(options: Options, tls: Option<TlsAcceptor>) -> Result<Running, StartError> {
    check(&options)?;
    let opened = Opened::of(&options, Machine::real().map_err(StartError::Random)?)?;
    // Behind the journal, whose descriptors are among those that are set aside, and ahead of the listener,
    // which must not take connections that nothing is left for.
    let shares = descriptors::share_out(options.http.connections_max).map_err(StartError::Descriptors)?;
    let listener = listen(options.listen);
    let listener = listener.map_err(|error| StartError::Listen(options.listen, error))?;
    let address = listener.local_addr().map_err(|error| StartError::Listen(options.listen, error))?;
    let begun = opened.begin(options, shares, (address, tls.is_some())).await?;
    let (shared, stop) = (Arc::clone(&begun.worlds.0), begun.stopping.subscribe());
    Ok(begun.running(tokio::spawn(accept(listener, tls, shared, stop))))
}

/// Starts a server without a listener on a machine that a simulator gives: connections come by [`Running::connect`].
///
/// # Errors
/// When the data directory is not to be had.
#[must_use]
pub fn start_simulated(options: Options, machine: Machine) -> Awaited<'static, Result<Running, StartError>> {
    Box::pin(start_without_listener(options, machine))
}

async fn start_without_listener(options: Options, machine: Machine) -> Result<Running, StartError> {
    check(&options)?;
    let opened = Opened::of(&options, machine)?;
    let (address, shares) = (options.listen, Shares::unbounded(options.http.connections_max));
    let begun = opened.begin(options, shares, (address, false)).await?;
    let places = Arc::clone(&begun.worlds.0.connections.places);
    let mut stop = begun.stopping.subscribe();
    Ok(begun.running(tokio::spawn(async move {
        stop_requested(&mut stop).await;
        places
    })))
}

/// A machine on which nothing is in the way of a start: its data directory is open.
struct Opened {
    machine: Machine,
    trust: Arc<ClientConfig>,
    nonces: Nonces,
    service: LiveService,
    journal: Option<DiskJournal>,
    recovered: Option<Recovered>,
}

impl Opened {
    fn of(options: &Options, machine: Machine) -> Result<Self, StartError> {
        // Ahead of the journal: authorities that cannot be read must not leave a new data directory behind.
        let trust = crate::tls::trust(options.callback_ca.as_deref()).map_err(StartError::CallbackCa)?;
        let nonces = Nonces::default();
        let key = drawn(&machine.random)?;
        let (service, journal, recovered) = open(options, &machine, key, &nonces).map_err(|error| *error)?;
        Ok(Self { machine, trust, nonces, service, journal, recovered })
    }

    async fn begin(
        self,
        options: Options,
        shares: Shares,
        (address, tls): (SocketAddr, bool),
    ) -> Result<Begun, StartError> {
        let Self { machine, trust, nonces, service, journal, recovered } = self;
        let mut to_receivers = options.outgoing;
        // A receiver that hangs must not take the descriptors of clients.
        to_receivers.connections_max = to_receivers.connections_max.min(shares.outgoing);
        let snapshot_bytes_max = options.snapshot_bytes_max.min(format::SNAPSHOT_BYTES_MAX);
        let random = &machine.random;
        let beginning = Beginning {
            made_with: Config { key: service.config().key, ..configured(&options) },
            // A journal may be ahead of the wall, because a tester moved its clock on: time never goes back.
            clock: Clock::new(machine.wall.now().max(service.now()), options.pace),
            first: insist(&service, &options)?,
            journal: kept(&options, journal, &nonces, (snapshot_bytes_max, &machine)),
            service,
            nonces,
            random: [u64::from_le_bytes(drawn(random)?), u64::from_le_bytes(drawn(random)?)],
        };
        let common = Common {
            outgoing: to_receivers,
            trust,
            abroad: Arc::new(Abroad::new(to_receivers.connections_max)),
            together: Arc::new(Together::new(options.memory_max)),
            snapshot_bytes_max,
            marks: options.control,
            machine,
        };
        let default =
            LiveWorld::begin(worlds::DEFAULT.to_owned(), &common, beginning).map_err(StartError::Thread)?;
        // Ahead of the first connection, so that no client sees a world half made.
        seed(&default, options.world.clone().unwrap_or_default()).await?;
        let driving = default.take_driving();
        #[cfg(test)]
        let driver = default.driver.clone();
        let made_with = (configured(&options), options.pace);
        let of_default = (default, options.access_keys);
        let shared = Arc::new(ServerState {
            worlds: Worlds::new(of_default, common, made_with, options.worlds_max),
            control: options.control.then(|| ControlApi::new(options.control_token)),
            http: options.http,
            connections: Arc::new(Connections::new(
                &options.http,
                shares.connections,
                shares.doorstep,
                shares.all,
            )),
            address,
            tls,
            shows: options.shows,
        });
        Ok(Begun {
            recovered,
            stopping: watch::Sender::new(false),
            // Held by a guard and not by `Running` alone: a start that is dropped half way must end the threads of
            // its worlds too.
            worlds: Living(shared),
            driving,
            connections_max: u32::try_from(shares.connections).unwrap_or(u32::MAX),
            #[cfg(test)]
            driver,
        })
    }
}

/// A server whose worlds live, and that takes no connections yet.
struct Begun {
    recovered: Option<Recovered>,
    stopping: watch::Sender<bool>,
    worlds: Living,
    driving: Option<Driving>,
    connections_max: u32,
    #[cfg(test)]
    driver: crate::driver::Handle,
}

impl Begun {
    fn running(self, accepting: JoinHandle<Arc<Semaphore>>) -> Running {
        Running {
            address: self.worlds.0.address,
            recovered: self.recovered,
            stopping: self.stopping,
            worlds: self.worlds,
            accepting,
            driving: self.driving,
            connections_max: self.connections_max,
            #[cfg(test)]
            driver: self.driver,
        }
    }
}

/// Has a world begin with a file, unless it has begun already: a data directory keeps what came of it.
async fn seed(world: &LiveWorld, file: WorldFile) -> Result<(), StartError> {
    let play = move |driver: &mut Driver| {
        // Asked on the driver's own thread: an answer from anywhere else could be old by the time the file is
        // applied.
        let begun = driver.service.apps().next().is_some();
        if begun { Ok(()) } else { file.play(driver) }
    };
    let stopped = |_| StartError::World("the world ended before it began".to_owned());
    world.driver.with(play).await.map_err(stopped)?.map_err(StartError::World)
}

/// Random bytes of the machine.
fn drawn<const BYTES: usize>(source: &RandomBytes) -> Result<[u8; BYTES], StartError> {
    source.draw().map_err(StartError::Random)
}

/// The journal as the default world keeps it.
fn kept(
    options: &Options,
    journal: Option<DiskJournal>,
    nonces: &Nonces,
    (snapshot_bytes_max, machine): (usize, &Machine),
) -> Option<Kept> {
    let (journal, directory) = journal.zip(options.data.as_deref())?;
    let path = directory.join(FILE_NAME);
    let bounds = (options.compact_bytes, snapshot_bytes_max);
    Some(Durable::new(journal, path, Arc::clone(nonces), bounds, machine.clone()))
}

/// Refuses what would leave the doors open.
fn check(options: &Options) -> Result<(), StartError> {
    let known = options.access_keys.contains(&AccessKey::development());
    // Canonical, because a dual-stack listener writes 127.0.0.1 as ::ffff:127.0.0.1.
    if known && !options.insecure && !options.listen.ip().to_canonical().is_loopback() {
        return Err(StartError::KnownKey(options.listen));
    }
    if options.control_token.as_deref() == Some("") {
        return Err(StartError::EmptyToken);
    }
    Ok(())
}

type StartedService = (LiveService, Option<DiskJournal>, Option<Recovered>);

/// The configuration that the options ask for.
fn configured(options: &Options) -> Config {
    let mut config = options.config.clone();
    config.limits.public_urls_only = options.public_urls_only;
    config
}

/// The inputs that hold a service to the options named at this start: a journal may have kept something else.
fn insist(service: &LiveService, options: &Options) -> Result<Vec<Input>, StartError> {
    let (mut readings, mut limits) = (service.config().readings, service.config().limits.clone());
    for (id, value) in &options.readings {
        // Compared with the journal's readings below: an input that changes nothing would lengthen the
        // journal at each start.
        readings.set(id, value).map_err(|error| StartError::Reading(error.to_string()))?;
    }
    let mut first = Vec::new();
    if readings != service.config().readings {
        first.push(Input::SetReadings(readings));
    }
    // One way only: without the option, a journal that was begun with the rule keeps it.
    if options.public_urls_only && !limits.public_urls_only {
        limits.public_urls_only = true;
        first.push(Input::SetLimits(limits));
    }
    Ok(first)
}

fn open(
    options: &Options,
    machine: &Machine,
    key: [u8; 32],
    nonces: &Mutex<ReplayCache>,
) -> Result<StartedService, Box<StartError>> {
    let mut config = configured(options);
    // The default key is in the source, so that secrets derived from it would be known to everybody.
    if config.key == Config::default().key {
        config.key = key;
    }
    let now = machine.wall.now();
    let Some(directory) = &options.data else {
        return Ok((Service::new(now, config, HitCounts::default(), Sound), None, None));
    };
    let wrong = |error| Box::new(StartError::Journal(error));
    let opened = match &machine.disk {
        None => crate::journal::open_failing(directory, options.disk.clone()),
        Some(disk) => crate::journal::open_simulated(disk, directory),
    };
    let mut opened = opened.map_err(wrong)?;
    let used = fresh_nonces(&opened.records, now);
    let mut entries: Vec<Entry> =
        std::mem::take(&mut opened.records).into_iter().map(|record| record.entry).collect();
    if entries.is_empty() {
        let first = Entry::Genesis(now, config);
        // Replaced and not appended: a crash in between leaves no journal at all, and never one without its
        // beginning.
        let begun = opened.journal.replace(std::slice::from_ref(&first), now);
        if !matches!(begun, Replaced::Done(..)) {
            let error = std::io::Error::other(reason(&begun));
            return Err(wrong(JournalOpenError::Io(directory.join(FILE_NAME), error)));
        }
        entries.push(first);
        return begin(options, opened, entries, now);
    }
    let mut known = nonces.lock().expect("no holder of this lock can panic");
    for UsedNonce { access_key_id, nonce, signed_at } in &used {
        // A nonce that is there twice was used up all the same.
        drop(known.remember(now.unix_seconds(), access_key_id, nonce, *signed_at));
    }
    begin(options, opened, entries, now)
}

fn begin(
    options: &Options,
    opened: crate::journal::OpenedDirectory,
    entries: Vec<Entry>,
    now: Instant,
) -> Result<StartedService, Box<StartError>> {
    // Digests and nonces are left out: an operator compares this number with the calls that were made.
    let is_input = |entry: &&Entry| matches!(entry, Entry::Input(..) | Entry::Signed(..));
    let inputs = entries.iter().filter(is_input).count();
    let mut service = replay(entries).map_err(|error| Box::new(StartError::Replay(error)))?;
    // Applications refer to their account by its position: another list would give them to other owners in
    // silence.
    if service.config().accounts != options.config.accounts {
        let (wanted, kept) = (options.config.accounts.clone(), service.config().accounts.clone());
        return Err(Box::new(StartError::OtherAccounts { wanted, kept }));
    }
    let other_words = service.config().refused_words != options.config.refused_words;
    let mut remarks = clock_remarks(opened.wall, now, service.now());
    if let Some(cut) = &opened.cut {
        remarks.push(format!(
            "a torn tail of {} bytes was cut: a write was under way when the last server ended. It is kept as {}",
            cut.bytes, cut.name
        ));
    }
    if opened.open_to_others {
        let path = options.data.as_deref().unwrap_or_else(|| std::path::Path::new(""));
        remarks.push(format!("{0}: others may look into this directory; chmod 700 {0}", path.display()));
    }
    let recovered = Recovered {
        inputs,
        torn_bytes: opened.cut.map_or(0, |cut| cut.bytes),
        remarks,
        digest: service.lasting_digest(),
        other_words,
    };
    Ok((service, Some(opened.journal), Some(recovered)))
}

/// A service clock that is further ahead than this is worth a remark. Unit: microseconds.
const AHEAD_MICROS: u64 = 60_000_000;

/// Remarks on the clocks: the machine's now and at the last commit, and the service's.
fn clock_remarks(last: Option<Instant>, now: Instant, service: Instant) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(last) = last.filter(|last| *last > now) {
        remarks.push(format!(
            "this machine's clock stepped back by {}: the journal was last written at {} UNIX seconds, and it is {} now",
            span(last.since(now).as_micros()),
            last.unix_seconds(),
            now.unix_seconds()
        ));
    }
    if service > now && service.since(now).as_micros() > AHEAD_MICROS {
        remarks.push(format!(
            "the service's clock is {} ahead of this machine's, and goes on from there: time never goes back. It was moved \
             on, or this machine's clock was wrong; `claque ctl reset` begins anew",
            span(service.since(now).as_micros())
        ));
    }
    remarks
}

/// A span of time for people, in its largest unit that says anything.
fn span(micros: u64) -> String {
    let seconds = micros / 1_000_000;
    match seconds {
        0..120 => format!("{seconds} seconds"),
        120..7_200 => format!("{} minutes", seconds / 60),
        7_200..172_800 => format!("{} hours", seconds / 3_600),
        172_800..63_072_000 => format!("{} days", seconds / 86_400),
        _ => format!("{} years", seconds / 31_536_000),
    }
}
