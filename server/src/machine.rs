//! Everything that a server takes from the machine that it runs on: the wall's clock, threads, random bytes, a disk, the way to
//! receivers. A simulator gives its own, and then the server's code runs unchanged in a run that a seed decides.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::pin::Pin;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::AbortHandle;

use crate::clock::Wall;
use crate::journal::SimulatedDirectory;

/// What a server takes from its machine.
#[derive(Clone, Debug)]
pub struct Machine {
    /// The wall's clock.
    pub wall: Wall,
    /// Where long work is done.
    pub workers: Workers,
    /// The source of keys.
    pub random: RandomBytes,
    /// The data directory; none: the one that the options name, on the machine's own disk.
    pub disk: Option<Arc<dyn SimulatedDirectory>>,
    /// The way to receivers of callbacks and reviews; none: TCP.
    pub dial: Option<Arc<dyn Dial>>,
}

impl Machine {
    /// The machine itself.
    ///
    /// # Errors
    /// When it gives no random bytes.
    pub fn real() -> io::Result<Self> {
        Ok(Self {
            wall: Wall::Machine,
            workers: Workers::Threads,
            random: RandomBytes::system()?,
            disk: None,
            dial: None,
        })
    }
}

/// A source of random bytes; clones share it.
#[derive(Clone)]
pub struct RandomBytes(Arc<FillBytes>);

type FillBytes = dyn Fn(&mut [u8]) -> io::Result<()> + Send + Sync;

impl fmt::Debug for RandomBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RandomBytes")
    }
}

impl RandomBytes {
    fn system() -> io::Result<Self> {
        let source = File::open("/dev/urandom")?;
        Ok(Self::given(move |bytes| (&source).read_exact(bytes)))
    }

    /// A source that fills what it is given.
    #[must_use]
    pub fn given(fill: impl Fn(&mut [u8]) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self(Arc::new(fill))
    }

    pub(crate) fn draw<const BYTES: usize>(&self) -> io::Result<[u8; BYTES]> {
        let mut bytes = [0; BYTES];
        (self.0)(&mut bytes)?;
        Ok(bytes)
    }
}

/// A connection of whatever kind.
pub trait Link: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Link for S {}

/// A connection that is on its way.
pub type Dialled = Pin<Box<dyn Future<Output = io::Result<Box<dyn Link>>> + Send>>;

/// A way to receivers that is not TCP.
pub trait Dial: fmt::Debug + Send + Sync {
    /// Connects to a host and port.
    fn dial(&self, host: &str, port: u16) -> Dialled;
}

/// Where long work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workers {
    /// On threads of its own.
    Threads,
    /// On the thread of everything else, so much later by the runtime's clock: a simulated run has one thread.
    Tasks(Duration),
}

/// Work that has begun.
#[derive(Debug)]
pub(crate) enum Worker {
    Thread(JoinHandle<()>),
    Task(AbortHandle),
}

impl Worker {
    /// Waits for its end, where it does not stand in the way of it.
    pub(crate) fn join(self) {
        match self {
            Self::Thread(thread) => drop(thread.join()),
            // It has not begun, or is over: nothing else runs while the caller does.
            Self::Task(task) => task.abort(),
        }
    }
}

impl Workers {
    /// Begins work that nobody waits for.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub(crate) fn begin(self, name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<Worker> {
        match self {
            Self::Threads => thread::Builder::new().name(name.to_owned()).spawn(work).map(Worker::Thread),
            Self::Tasks(after) => {
                let task = tokio::spawn(async move {
                    tokio::time::sleep(after).await;
                    work();
                });
                Ok(Worker::Task(task.abort_handle()))
            }
        }
    }

    /// Does work off the threads that serve others, and waits for it.
    ///
    /// # Errors
    /// A sentence, when it panicked.
    pub(crate) async fn run<T, W>(self, work: W) -> Result<T, String>
    where
        T: Send + 'static,
        W: FnOnce() -> T + Send + 'static,
    {
        match self {
            Self::Threads => tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string()),
            Self::Tasks(after) => {
                tokio::time::sleep(after).await;
                Ok(work())
            }
        }
    }

    /// Runs a future to its end on a thread of its own, with a runtime that has timers and nothing else.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub(crate) fn drive(self, future: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        match self {
            Self::Threads => {
                // A world costs no pool of threads and no poller.
                let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
                thread::Builder::new().name("state".to_owned()).spawn(move || runtime.block_on(future))?;
            }
            Self::Tasks(_) => drop(tokio::spawn(future)),
        }
        Ok(())
    }
}
