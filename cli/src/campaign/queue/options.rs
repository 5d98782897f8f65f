//! The options that name a queue, and the way to it.

use std::path::PathBuf;

use claque_core::Duration;
use claque_document::units::parse_duration;

use crate::number::number;

/// A queue, and who asks it. Passwords come from the environment only: options are seen by everybody on a machine.
#[derive(clap::Args)]
#[command(next_help_heading = "Over a queue (NATS JetStream; a program built with --features queue)")]
pub(in crate::campaign) struct QueueArguments {
    /// Takes units from a queue, and puts results there besides the files: addresses of NATS servers, such as
    /// nats://10.0.0.1:4222, tls://…, several with commas
    #[arg(long, value_name = "URL", value_delimiter = ',')]
    pub(in crate::campaign) nats: Vec<String>,
    /// The name of the queue; each holds one campaign [default: claque]
    #[arg(long, value_name = "NAME", requires = "nats", value_parser = queue_name)]
    queue: Option<String>,
    /// How many servers keep each message, where the streams are made: 1, 3 or 5 [default: 1]
    #[arg(long, value_name = "N", requires = "nats", value_parser = number::<usize>("number of servers", 1..=5))]
    replicas: Option<usize>,
    /// How long a unit is a worker's after it was last heard of; read where the streams are made [default: 1m]
    #[arg(long, value_name = "SPAN", requires = "nats", value_parser = parse_duration)]
    lease: Option<Duration>,
    /// How long servers may not answer, or have lost the queue, before the process gives up [default: 1m]
    #[arg(long, value_name = "SPAN", requires = "nats", value_parser = parse_duration)]
    patience: Option<Duration>,
    /// A file of credentials, as NATS's nsc writes it
    #[arg(long, value_name = "FILE", env = "CLAQUE_NATS_CREDENTIALS")]
    nats_credentials: Option<PathBuf>,
    /// The user; the password is CLAQUE_NATS_PASSWORD, and a token without a user CLAQUE_NATS_TOKEN
    #[arg(long, value_name = "NAME", env = "CLAQUE_NATS_USER")]
    nats_user: Option<String>,
    /// Certificates of the authorities to believe, besides the system's; asks for TLS
    #[arg(long, value_name = "FILE", env = "CLAQUE_NATS_CA")]
    nats_ca: Option<PathBuf>,
    /// This client's own certificate; asks for TLS
    #[arg(long, value_name = "FILE", requires = "nats_key", env = "CLAQUE_NATS_CERTIFICATE")]
    nats_certificate: Option<PathBuf>,
    /// The key of --nats-certificate
    #[arg(long, value_name = "FILE", requires = "nats_certificate", env = "CLAQUE_NATS_KEY")]
    nats_key: Option<PathBuf>,
}

/// Reads the name of a queue, of which the names of streams and subjects are made.
fn queue_name(word: &str) -> Result<String, String> {
    let sound = (1..=64).contains(&word.len())
        && word.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_');
    if sound {
        Ok(word.to_owned())
    } else {
        Err(format!("`{word}` is no name of a queue: 1 to 64 of a-z A-Z 0-9 - _"))
    }
}

/// Which queue's results, and where to.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  claque campaign collect DIR --nats nats://10.0.0.1:4222

Results that are there stay. What a queue has lost is in the folders of the workers: `claque campaign merge` brings those
together, and `claque campaign reconcile` says what is missing.")]
pub(in crate::campaign) struct CollectArguments {
    /// The folder that gets the files.
    #[arg(value_name = "DIR")]
    pub(super) into: String,
    #[command(flatten)]
    pub(super) queue: QueueArguments,
}

#[cfg(feature = "queue")]
/// The end of a command whose queue failed it.
pub(super) fn failure(error: &claque_fleet::QueueError) -> crate::CommandFailure {
    match error {
        claque_fleet::QueueError::Refused(said) => crate::CommandFailure::Usage(said.clone()),
        claque_fleet::QueueError::Failed(said) => crate::campaign::status::try_again(said),
    }
}

/// How long a unit is a worker's after it was last heard of.
#[cfg(feature = "queue")]
const LEASE: Duration = Duration::from_secs(60);
/// How long servers may not answer.
#[cfg(feature = "queue")]
const PATIENCE: Duration = Duration::from_secs(60);

#[cfg(feature = "queue")]
impl QueueArguments {
    /// Connects to the queue.
    pub(super) fn connect(&self) -> Result<claque_fleet::UnitQueue, crate::CommandFailure> {
        let span = |asked: Option<Duration>, usual: Duration| {
            std::time::Duration::from_micros(asked.unwrap_or(usual).as_micros())
        };
        let secret = |name: &str| std::env::var(name).ok();
        let password = || secret("CLAQUE_NATS_PASSWORD").unwrap_or_default();
        let access = claque_fleet::QueueAccess {
            credentials: self.nats_credentials.clone(),
            user: self.nats_user.clone().map(|user| (user, password())),
            token: secret("CLAQUE_NATS_TOKEN"),
            authorities: self.nats_ca.clone(),
            certificate: self.nats_certificate.clone().zip(self.nats_key.clone()),
        };
        let options = claque_fleet::QueueOptions {
            servers: self.nats.clone(),
            name: self.queue.clone().unwrap_or_else(|| "claque".to_owned()),
            replicas: self.replicas.unwrap_or(1),
            lease: span(self.lease, LEASE),
            patience: span(self.patience, PATIENCE),
            access,
        };
        claque_fleet::UnitQueue::connect(options).map_err(|error| failure(&error))
    }
}
