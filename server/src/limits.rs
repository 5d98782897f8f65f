//! The bounds of a server: what a connection may take, and what the service's own calls may.

use std::time::Duration;

use claque_wire::delivery::{self, Delivery};

/// Longest frame that a client may send. Unit: bytes. The longest legal body, escaped, fits.
pub(crate) const FRAME_BYTES_MAX: usize = 256 * 1_024;

/// Bounds of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpLimits {
    /// Longest request target. Unit: bytes. The longest legal one is about 98,300.
    pub target_bytes_max: usize,
    /// Longest head: request line and headers together. Unit: bytes.
    pub head_bytes_max: usize,
    /// Headers of one request.
    pub headers_max: usize,
    /// Longest body. Unit: bytes.
    pub body_bytes_max: usize,
    /// Longest body of a control call that restores a state. Unit: bytes.
    pub restore_bytes_max: usize,
    /// A connection that says nothing for so long is closed.
    pub idle: Duration,
    /// A head that has begun must be complete within this span, and so must a TLS handshake.
    pub head: Duration,
    /// Bodies and answers may be slower than the least rate for so long.
    pub grace: Duration,
    /// The least rate at which a body comes and an answer is taken. Unit: bytes a second.
    pub rate_min: u64,
    /// A refused client may go on sending what nobody reads; the connection is closed after so long a silence.
    pub linger: Duration,
    /// The same, however much it goes on sending.
    pub linger_max: Duration,
    /// An audience link must log on within this span.
    pub logon: Duration,
    /// An audience link that takes nothing of what is written to it for so long is cut.
    pub link_stall: Duration,
    /// An audience link that ends has so long to answer the goodbye.
    pub goodbye: Duration,
    /// Connections open at once, if the process may have as many descriptors; one more is answered with 503 and closed.
    pub connections_max: usize,
    /// Audience links on which nobody has logged on; the oldest gives way to one more.
    pub links_without_logon_max: usize,
    /// Bytes that may wait for one audience link; a slower reader is cut. Unit: bytes.
    pub outbox_bytes_max: usize,
    /// The same before its logon. Unit: bytes.
    pub outbox_bytes_before_logon_max: usize,
    /// Bytes that all requests and answers together may take, besides 4 KiB for each connection and what is beyond the
    /// first 16 MiB of long ones, which only those have who may restore or take a snapshot; such bytes are bounded by
    /// the longest one. Unit: bytes. Never less than the longest ordinary body takes.
    pub buffer_bytes_max: usize,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            target_bytes_max: 320 * 1_024,
            head_bytes_max: 400 * 1_024,
            headers_max: 100,
            body_bytes_max: 1_024 * 1_024,
            restore_bytes_max: claque_core::journal::SNAPSHOT_FILE_BYTES_MAX,
            idle: Duration::from_secs(75),
            head: Duration::from_secs(10),
            grace: Duration::from_secs(10),
            rate_min: 16 * 1_024,
            linger: Duration::from_secs(5),
            linger_max: Duration::from_secs(30),
            logon: Duration::from_secs(15),
            link_stall: Duration::from_secs(30),
            goodbye: Duration::from_secs(5),
            connections_max: 65_536,
            links_without_logon_max: 4_096,
            outbox_bytes_max: 8 * 1_024 * 1_024,
            outbox_bytes_before_logon_max: 64 * 1_024,
            buffer_bytes_max: 384 * 1_024 * 1_024,
        }
    }
}

/// Bounds of callbacks and reviews.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutgoingLimits {
    /// A callback must be answered within this span.
    pub callback_within: Duration,
    /// Tries after the first.
    pub callback_retries_max: u32,
    /// Time between two tries.
    pub callback_spacing: Duration,
    /// A review's connection is given up after this span; the service's own deadline is usually shorter.
    pub review_within: Duration,
    /// Connections to all receivers together.
    pub connections_max: u32,
    /// Connections to one receiver.
    pub connections_per_receiver_max: u32,
    /// Callbacks and reviews of one receiver that wait, are on their way or will be tried again.
    pub waiting_per_receiver_max: usize,
    /// Bytes of all waiting calls together.
    pub waiting_bytes_max: usize,
    /// A callback is not begun later than this after it came to be.
    pub waiting_within: Duration,
}

impl Default for OutgoingLimits {
    fn default() -> Self {
        Self {
            callback_within: delivery::CALLBACK_WITHIN,
            callback_retries_max: delivery::CALLBACK_RETRIES_MAX,
            callback_spacing: delivery::CALLBACK_SPACING,
            review_within: Duration::from_secs(10),
            connections_max: 256,
            connections_per_receiver_max: 64,
            waiting_per_receiver_max: 10_000,
            waiting_bytes_max: 64 * 1_024 * 1_024,
            waiting_within: Duration::from_secs(300),
        }
    }
}

impl OutgoingLimits {
    /// How callbacks are delivered.
    pub(crate) fn delivery(&self) -> Delivery {
        Delivery {
            within: Some(self.callback_within),
            retries_max: self.callback_retries_max,
            spacing: self.callback_spacing,
            ..Delivery::default()
        }
    }
}
