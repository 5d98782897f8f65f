//! HTTP/1.1 as the official client libraries speak it. Written on `httparse` instead of a framework for one reason: a
//! legal call may have a request target of 98,000 characters, and common servers refuse anything over 65,534.

mod read;
mod write;

pub(crate) use read::{ReadError, Stream};
pub(crate) use write::Response;

/// Bounds of one connection.
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
    pub idle: std::time::Duration,
    /// A request that has begun must be complete within this span.
    pub request: std::time::Duration,
    /// An audience link must log on within this span.
    pub logon: std::time::Duration,
    /// Connections open at once; one more is answered with 503 and closed.
    pub connections_max: usize,
    /// What may wait for one audience link; a slower reader is cut. Unit: bytes.
    pub outbox_bytes_max: usize,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            target_bytes_max: 320 * 1_024,
            head_bytes_max: 400 * 1_024,
            headers_max: 100,
            body_bytes_max: 1_024 * 1_024,
            restore_bytes_max: claque_core::journal::PAYLOAD_BYTES_MAX,
            idle: std::time::Duration::from_secs(75),
            request: std::time::Duration::from_secs(30),
            logon: std::time::Duration::from_secs(15),
            connections_max: 16_384,
            outbox_bytes_max: 8 * 1_024 * 1_024,
        }
    }
}
