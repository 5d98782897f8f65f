//! Units by way of a queue: NATS JetStream hands them out to workers that come and go.

#[cfg(not(feature = "queue"))]
mod absent;
#[cfg(feature = "queue")]
mod collect;
mod options;
#[cfg(feature = "queue")]
mod work;

#[cfg(not(feature = "queue"))]
pub(super) use absent::{campaign_of, collect, feed, source};
#[cfg(feature = "queue")]
pub(super) use collect::collect;
pub(super) use options::{CollectArguments, QueueArguments};
#[cfg(feature = "queue")]
pub(super) use work::{campaign_of, feed, source};
