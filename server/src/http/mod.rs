//! HTTP/1.1 as the official client libraries speak it. Written on `httparse` instead of a framework for one reason: a
//! legal call may have a request target of 98,000 characters, and common servers refuse anything over 65,534.
//!
//! A request comes in two steps, [`HttpStream::head`] and [`HttpStream::body`], so that a client that may not send a
//! body, or not such a long one, learns it before any of it is held. Every wait has an end: a head comes within a span,
//! bodies and answers move at a least rate. What has begun to be refused is read on and thrown away for a while
//! ([`linger`]), because a connection that is closed over unread bytes is reset, and a reset takes the refusal with it.

mod body;
mod chunk;
mod forward;
mod head;
mod pace;
mod read;
mod write;

use std::time::Duration;

pub(crate) use forward::forward;
pub(crate) use head::{Framing, Head};
pub(crate) use pace::LeastRate;
pub(crate) use read::{HttpStream, ReadError};
pub(crate) use write::{HttpResponse, linger, send};

/// A connection moves no more bytes than this between two looks at whose turn it is: the runtime counts steps, however
/// long they are, and whoever is served by the same thread would wait for a hundred of them. Unit: bytes.
const TURN_BYTES_MAX: usize = 64 << 10;

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
    /// Bytes that all requests and answers together may take, besides 4 KiB for each connection. Unit: bytes. Never
    /// less than the longest body takes.
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
