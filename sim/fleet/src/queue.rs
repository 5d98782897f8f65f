//! Two streams of NATS JetStream: one of units that are to be run, one of results.

mod access;
mod lease;
mod names;
mod patience;

use std::error::Error as _;
use std::fmt;
use std::time::Duration;

use async_nats::ToServerAddrs as _;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull};
use async_nats::jetstream::context::{PublishErrorKind, traits::Publisher as _};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{
    Config, DiscardPolicy, LastRawMessageErrorKind, RetentionPolicy, StorageType, Stream,
};
use async_nats::jetstream::{self, Context};
use bytes::Bytes;
use claque_lab::unit::{CampaignRecord, CampaignUnit, UnitResult};
use futures_util::StreamExt as _;
use tokio::runtime::{Builder, Runtime};

use names::{QueueNames, WORKERS};
use patience::Patience;

pub use access::QueueAccess;
pub use lease::Lease;

/// Which queue, and how it is used.
#[derive(Clone, Debug)]
pub struct QueueOptions {
    /// Addresses of servers. One is enough to find the others.
    pub servers: Vec<String>,
    /// The name of the queue: a campaign each.
    pub name: String,
    /// How many servers keep each message.
    pub replicas: usize,
    /// How long a unit is a worker's after it was last heard of.
    pub lease: Duration,
    /// How long servers may not answer, or have no such streams.
    pub patience: Duration,
    /// Credentials and certificates.
    pub access: QueueAccess,
}

/// Why a queue does not do what it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueueError {
    /// It cannot be, however often it is tried.
    Refused(String),
    /// Another try may do it.
    Failed(String),
}

impl fmt::Display for QueueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(said) | Self::Failed(said) => f.write_str(said),
        }
    }
}

impl std::error::Error for QueueError {}

/// What became of units that were put into the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fed {
    /// New in the queue.
    pub queued: u64,
    /// In the queue already, or at a worker.
    pub were_queued: u64,
}

/// What became of a result that was put into the stream of results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Published {
    /// It is the unit's first.
    First,
    /// The stream has an equal one, and refused this one.
    Equal,
    /// The stream has one with another digest, and refused this one: both are kept. The text of the first.
    Differs(String),
}

/// What a worker is given when it asks for a unit.
enum NextUnit {
    Unit(Lease),
    /// None at this moment, but others hold some and may die.
    NotNow,
    /// The queue is empty, and nobody holds a unit.
    Nothing,
}

/// A queue of the units of a campaign, and the results of those that were run.
pub struct UnitQueue {
    runtime: Runtime,
    context: Context,
    names: QueueNames,
    options: QueueOptions,
}

impl fmt::Debug for UnitQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnitQueue").field("options", &self.options).finish_non_exhaustive()
    }
}

fn failed(what: &str) -> impl Fn(&dyn fmt::Display) -> String + '_ {
    move |error| format!("{what}: {error}")
}

impl UnitQueue {
    /// Connects to a server.
    ///
    /// # Errors
    ///
    /// An address or a file of credentials that cannot be read; no server that answers while the patience lasts.
    pub fn connect(options: QueueOptions) -> Result<Self, QueueError> {
        let refused = |error: std::io::Error| QueueError::Refused(error.to_string());
        // One thread: it only carries messages, and the cores are for the units.
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().map_err(refused)?;
        let servers = options.servers.as_slice().to_server_addrs().map_err(refused)?;
        let servers: Vec<_> = servers.collect();
        let context = runtime.block_on(async {
            let mut patience = Patience::new(options.patience);
            loop {
                let connecting = options.access.options().await.map_err(refused)?;
                match connecting.connect(&servers).await {
                    Ok(client) => return Ok(jetstream::new(client)),
                    Err(error) => {
                        // The kind alone does not say what is wrong with a certificate.
                        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
                        let servers = options.servers.join(",");
                        patience.after(format!("no server of {servers} answers: {error}{cause}")).await?;
                    }
                }
            }
        })?;
        let names = QueueNames(options.name.clone());
        Ok(Self { runtime, context, names, options })
    }

    /// Repeats a question until it is answered, or the patience is over.
    fn patiently<T>(&self, ask: impl AsyncFn() -> Result<T, String>) -> Result<T, QueueError> {
        self.runtime.block_on(async {
            let mut patience = Patience::new(self.options.patience);
            loop {
                match ask().await {
                    Ok(answer) => return Ok(answer),
                    Err(said) => patience.after(said).await?,
                }
            }
        })
    }

    async fn results(&self) -> Result<Stream, String> {
        let stream = self.context.get_stream(self.names.results_stream()).await;
        stream.map_err(|error| failed("the stream of results")(&error))
    }

    /// The record of the queue's campaign, waited for while the patience lasts.
    ///
    /// # Errors
    ///
    /// There is none: nobody has fed the queue, or its store is lost.
    pub fn campaign(&self) -> Result<CampaignRecord, QueueError> {
        let subject = self.names.campaign();
        let text = self.patiently(async || {
            let message = self.results().await?.get_last_raw_message_by_subject(&subject).await;
            message.map(|it| it.payload).map_err(|error| failed("the record of the campaign")(&error))
        })?;
        let text = String::from_utf8_lossy(&text);
        CampaignRecord::read(&text)
            .map_err(|said| QueueError::Refused(format!("the queue's campaign: {said}")))
    }

    /// Makes the streams, where there are none, and names the campaign that they are for.
    ///
    /// # Errors
    ///
    /// The queue is another campaign's; the servers do not answer, or refuse the streams.
    pub fn open(&self, record: &CampaignRecord) -> Result<(), QueueError> {
        let text = record.to_text();
        self.patiently(async || {
            let stream = self.context.get_or_create_stream(self.units_config()).await;
            let stream = stream.map_err(|error| failed("the stream of units")(&error))?;
            let made = stream.get_or_create_consumer(WORKERS, self.workers_config()).await;
            let _consumer = made.map_err(|error| failed("the consumer of units")(&error))?;
            let made = self.context.get_or_create_stream(self.results_config()).await;
            let _stream = made.map_err(|error| failed("the stream of results")(&error))?;
            let sent = self.publish_first(&self.names.campaign(), None, text.clone().into()).await;
            sent.map(drop)
        })?;
        match record.difference(&self.campaign()?) {
            None => Ok(()),
            Some(said) => Err(QueueError::Refused(format!(
                "the queue `{}` holds another campaign, by {said} by the queue; another --queue keeps them apart",
                self.options.name
            ))),
        }
    }

    /// A stream on disk that keeps the first message of each subject and refuses a second one by itself: a unit is in the queue
    /// once, however often it is fed, and has one result.
    fn first_of_each(&self, name: String, subjects: Vec<String>) -> Config {
        Config {
            name,
            subjects,
            max_messages_per_subject: 1,
            discard: DiscardPolicy::New,
            discard_new_per_subject: true,
            storage: StorageType::File,
            num_replicas: self.options.replicas,
            ..Config::default()
        }
    }

    fn units_config(&self) -> Config {
        Config {
            // A unit that was acknowledged is gone.
            retention: RetentionPolicy::WorkQueue,
            ..self.first_of_each(self.names.units_stream(), vec![self.names.all_units()])
        }
    }

    fn workers_config(&self) -> pull::Config {
        pull::Config {
            durable_name: Some(WORKERS.to_owned()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: self.options.lease,
            // A unit is handed out until it is done: who gives up on one is a person, by the files.
            max_deliver: -1,
            max_ack_pending: LEASES_MAX,
            ..pull::Config::default()
        }
    }

    fn results_config(&self) -> Config {
        self.first_of_each(self.names.results_stream(), self.names.all_results())
    }

    /// Publishes a message unless its subject has one; whether it did.
    async fn publish_first(&self, subject: &str, id: Option<&str>, payload: Bytes) -> Result<bool, String> {
        let mut message = PublishMessage::build().payload(payload).expected_last_subject_sequence(0);
        if let Some(id) = id {
            message = message.message_id(id);
        }
        let sent = self.context.publish_message(message.outbound_message(subject.to_owned())).await;
        let acknowledged = match sent {
            Ok(waiting) => waiting.await,
            Err(error) => Err(error),
        };
        match acknowledged {
            Ok(ack) => Ok(!ack.duplicate),
            Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => Ok(false),
            Err(error) if error.kind() == PublishErrorKind::MaxPayloadExceeded => {
                Err(format!("{subject}: {error}; a smaller --unit-seeds makes smaller results"))
            }
            Err(error) => Err(failed(subject)(&error)),
        }
    }

    /// Puts units into the queue.
    ///
    /// # Errors
    ///
    /// The servers do not answer. Units that were put there are.
    pub fn feed(&self, units: &[u64]) -> Result<Fed, QueueError> {
        let mut fed = Fed::default();
        for together in units.chunks(FED_TOGETHER) {
            let sent = self.runtime.block_on(async {
                let feeding = together.iter().map(|unit| self.feed_one(*unit));
                futures_util::future::join_all(feeding).await
            });
            for new in sent {
                if new? {
                    fed.queued += 1;
                } else {
                    fed.were_queued += 1;
                }
            }
        }
        Ok(fed)
    }

    async fn feed_one(&self, unit: u64) -> Result<bool, QueueError> {
        let mut patience = Patience::new(self.options.patience);
        loop {
            match self.publish_first(&self.names.unit(unit), None, unit.to_string().into()).await {
                Ok(new) => return Ok(new),
                Err(said) => patience.after(said).await?,
            }
        }
    }

    /// The next unit for a worker; none when there are no more, or it is to stop. Waits while others hold units, whose
    /// leases may end.
    ///
    /// # Errors
    ///
    /// The servers do not answer, or have no such queue, for longer than the patience lasts.
    pub fn take(&self, is_stopped: &dyn Fn() -> bool) -> Result<Option<Lease>, QueueError> {
        self.runtime.block_on(async {
            let mut patience = Patience::new(self.options.patience);
            while !is_stopped() {
                match self.try_take().await {
                    Ok(NextUnit::Unit(lease)) => return Ok(Some(lease)),
                    Ok(NextUnit::Nothing) => return Ok(None),
                    Ok(NextUnit::NotNow) => patience.restore(),
                    Err(said) => patience.after(said).await?,
                }
            }
            Ok(None)
        })
    }

    async fn try_take(&self) -> Result<NextUnit, String> {
        // Asked for each time: a consumer that was lost with its store must be noticed, and its successor found.
        let consumer: PullConsumer = (self.context)
            .get_consumer_from_stream(WORKERS, self.names.units_stream())
            .await
            .map_err(|error| failed("the queue of units")(&error))?;
        let info = consumer.cached_info();
        if info.num_pending == 0 && info.num_ack_pending == 0 {
            // An empty queue that never handed out a unit is a new one, it may be in the place of one that was lost.
            return if info.delivered.consumer_sequence == 0 {
                Err("the queue of units: nobody has fed it yet".to_owned())
            } else {
                Ok(NextUnit::Nothing)
            };
        }
        let batch = consumer.batch().max_messages(1).expires(ASK).messages().await;
        let mut batch = batch.map_err(|error| failed("the queue of units")(&error))?;
        let Some(message) = batch.next().await else { return Ok(NextUnit::NotNow) };
        let message = message.map_err(|error| failed("the queue of units")(&error))?;
        let text = String::from_utf8_lossy(&message.payload);
        let unit = text.parse().map_err(|_| format!("a message of the queue names no unit: `{text}`"))?;
        Ok(NextUnit::Unit(Lease::of(unit, message, self.options.lease)))
    }

    /// Says that a unit is done: its result is kept. A failure costs a second run.
    ///
    /// # Errors
    ///
    /// What the servers say.
    pub fn done(&self, lease: Lease) -> Result<(), String> {
        self.runtime.block_on(lease.done())
    }

    /// Gives a unit back, for another worker.
    ///
    /// # Errors
    ///
    /// What the servers say.
    pub fn give_back(&self, lease: Lease) -> Result<(), String> {
        self.runtime.block_on(lease.give_back())
    }

    /// Puts a result into the stream of results, which takes one of a unit.
    ///
    /// # Errors
    ///
    /// The servers do not answer, or have no such stream, for longer than the patience lasts.
    pub fn publish(
        &self,
        record: &CampaignRecord,
        unit: &CampaignUnit,
        result: &UnitResult,
    ) -> Result<Published, QueueError> {
        let (number, digest) = (unit.number, &result.trailer.digest);
        let text = result.to_text(record, unit);
        let id = format!("{}-{number}-{digest}", record.hash());
        self.patiently(async || {
            let subject = self.names.result(number);
            if self.publish_first(&subject, Some(&id), text.clone().into()).await? {
                return Ok(Published::First);
            }
            // Refused: as a second result, or as the very same that arrived before its acknowledgement was lost.
            let first = match self.results().await?.get_last_raw_message_by_subject(&subject).await {
                Ok(first) => String::from_utf8_lossy(&first.payload).into_owned(),
                Err(error) if matches!(error.kind(), LastRawMessageErrorKind::NoMessageFound) => {
                    return Err(format!(
                        "{subject}: the server refuses a result as the second, and has no first"
                    ));
                }
                Err(error) => return Err(failed(&subject)(&error)),
            };
            let first_digest = UnitResult::read(&first, record, unit).map(|first| first.trailer.digest);
            if first_digest.as_ref() == Ok(digest) {
                return Ok(Published::Equal);
            }
            let differing = self.names.differing(number, digest);
            let _refused_as_known = self.publish_first(&differing, None, text.clone().into()).await?;
            Ok(Published::Differs(first))
        })
    }

    /// Reads all results of the stream, with the number of the unit of each.
    ///
    /// # Errors
    ///
    /// The servers do not answer; what `visit` says.
    pub fn collect(&self, visit: &mut dyn FnMut(u64, &str) -> Result<(), String>) -> Result<(), QueueError> {
        let failed = |error: &dyn fmt::Display| QueueError::Failed(format!("the stream of results: {error}"));
        let consumer = self.patiently(async || {
            let reads = pull::Config {
                deliver_policy: DeliverPolicy::All,
                ack_policy: AckPolicy::None,
                inactive_threshold: Duration::from_secs(60),
                ..pull::Config::default()
            };
            self.results().await?.create_consumer(reads).await.map_err(|error| error.to_string())
        })?;
        self.runtime.block_on(async {
            // What is added meanwhile is for the next time: a campaign under way would never end to be read.
            let mut left = consumer.cached_info().num_pending;
            while left > 0 {
                let batch = consumer.batch().max_messages(READ_TOGETHER).expires(ASK).messages().await;
                let mut batch = batch.map_err(|error| failed(&error))?;
                let before = left;
                while let Some(message) = batch.next().await {
                    let message = message.map_err(|error| failed(&error))?;
                    left = left.saturating_sub(1);
                    if let Some(unit) = self.names.unit_of_result(&message.subject) {
                        let text = String::from_utf8_lossy(&message.payload);
                        visit(unit, &text).map_err(QueueError::Failed)?;
                    }
                }
                if left == before {
                    return Err(failed(&format!("messages that do not come: {left}")));
                }
            }
            Ok(())
        })
    }
}

/// Most units that are at workers at one time: of a thousand machines with a hundred cores each.
const LEASES_MAX: i64 = 100_000;
/// Units that are put into the queue before the first is waited for.
const FED_TOGETHER: usize = 256;
/// Results that are asked for at one time.
const READ_TOGETHER: usize = 64;
/// How long a worker's question waits at the server: it looks at the clock and at the state of the queue this often.
const ASK: Duration = Duration::from_secs(2);
