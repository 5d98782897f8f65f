//! A world: one service with everything that is its own, its thread, clock, state, readings, ledger, faults and callbacks.
//!
//! Each world has a thread of its own. A thread that waits costs a few pages; in return a world that catches up with a year
//! takes nobody else's turn, and the driver stays what it is when there is only one.

use std::sync::{Arc, Mutex};

use claque_core::{Config, Input};
use tokio::sync::{oneshot, watch};
use tokio_rustls::rustls::ClientConfig;

use crate::api::Api;
use crate::call_log::CallLog;
use crate::clock::Clock;
use crate::driver::{Driver, Goodbye, Handle, Kept, Nonces, Together};
use crate::limits::OutgoingLimits;
use crate::machine::Machine;
use crate::outgoing::{self, Abroad, Calls, Outgoing};
use crate::service::LiveService;

/// How the thread of a world ends.
pub(crate) type Driving = oneshot::Receiver<std::io::Result<()>>;

/// The things that the worlds of a server have in common.
#[derive(Debug)]
pub(crate) struct Common {
    pub(crate) outgoing: OutgoingLimits,
    pub(crate) trust: Arc<ClientConfig>,
    /// The bounds of what all of them send and keep.
    pub(crate) abroad: Arc<Abroad>,
    pub(crate) together: Arc<Together>,
    pub(crate) snapshot_bytes_max: usize,
    /// Whether somebody may ask which rules decided.
    pub(crate) marks: bool,
    pub(crate) machine: Machine,
}

/// The beginning of a world.
pub(crate) struct Beginning {
    pub(crate) service: LiveService,
    /// The configuration that the service is made with again after a reset.
    pub(crate) made_with: Config,
    pub(crate) clock: Clock,
    pub(crate) journal: Option<Kept>,
    pub(crate) nonces: Nonces,
    /// Applied before anybody asks anything.
    pub(crate) first: Vec<Input>,
    /// The source of the IDs of its requests.
    pub(crate) random: [u64; 2],
}

impl Beginning {
    /// The beginning of a world that is kept in memory alone.
    pub(crate) fn in_memory(service: LiveService, clock: Clock, nonces: Nonces, random: [u64; 2]) -> Self {
        Self {
            made_with: service.config().clone(),
            service,
            clock,
            journal: None,
            nonces,
            first: Vec::new(),
            random,
        }
    }
}

/// One world.
#[derive(Debug)]
pub(crate) struct LiveWorld {
    pub(crate) name: String,
    pub(crate) api: Api,
    pub(crate) driver: Handle,
    pub(crate) calls: Arc<Calls>,
    pub(crate) machine: Machine,
    ending: watch::Sender<Goodbye>,
    halt: watch::Sender<bool>,
    driving: Mutex<Option<Driving>>,
}

impl LiveWorld {
    /// Begins a world: its thread runs from here on.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub(crate) fn begin(name: String, common: &Common, beginning: Beginning) -> std::io::Result<Arc<Self>> {
        let Beginning { service, made_with, clock, journal, nonces, first, random } = beginning;
        let (outgoing, sending) = Outgoing::new(
            common.outgoing,
            Arc::clone(&common.trust),
            common.machine.clone(),
            Arc::clone(&common.abroad),
        );
        let calls = Arc::clone(&outgoing.calls);
        let durable = journal.is_some();
        let bounds = (Arc::clone(&common.together), common.snapshot_bytes_max);
        // Without a control API nobody can read it, and nothing is noted.
        let log = Arc::new(CallLog::new(common.marks));
        let leaving = (outgoing, Arc::clone(&log));
        // The handle exists before the thread does: an early caller waits in the queue.
        let (mut driver, handle) = Driver::new(service, made_with, clock, journal, leaving, bounds);
        for input in first {
            driver.apply(input);
        }
        let readings = driver.readings();
        let (ending, ends) = watch::channel(None);
        let (halt, halted) = watch::channel(false);
        let (ended, driving) = oneshot::channel();
        // A thread of its own: however long it works at something, connections are served beside it. What it has to say at its
        // end is dropped where nobody waits for it any more.
        common.machine.workers.drive(async move { drop(ended.send(driver.run(ends, halted).await)) })?;
        // Behind the thread, which may not be had: a task without a driver would wait for ever. It ends when
        // the driver drops its sender.
        tokio::spawn(outgoing::run(sending, handle.clone()));
        let marks = common.marks.then(|| Arc::clone(&calls));
        let api = Api::new(handle.clone(), readings, marks, (nonces, durable), random, log);
        let driving = Mutex::new(Some(driving));
        let machine = common.machine.clone();
        Ok(Arc::new(Self { name, api, driver: handle, calls, machine, ending, halt, driving }))
    }

    /// How its thread ends, for the one who waits for that.
    pub(crate) fn take_driving(&self) -> Option<Driving> {
        self.driving.lock().expect("no holder of this lock can panic").take()
    }

    /// Ends its links, with the reason in their close frames. What is under way is still answered.
    pub(crate) fn say_goodbye(&self, why: &'static str) {
        self.ending.send_replace(Some(why));
    }

    /// Ends its thread, behind what it is at.
    pub(crate) fn halt(&self) {
        self.halt.send_replace(true);
    }

    /// Ends it and waits for the end of its thread, which gives its memory back.
    pub(crate) async fn end(&self, why: &'static str) {
        self.say_goodbye(why);
        // Behind the goodbye: the driver looks at both in one turn, and closes the links first.
        self.halt();
        if let Some(driving) = self.take_driving() {
            // A world in memory has no disk that could refuse anything.
            drop(driving.await);
        }
    }

    /// Tells when its links are to end.
    pub(crate) fn ends(&self) -> watch::Receiver<Goodbye> {
        self.ending.subscribe()
    }
}
