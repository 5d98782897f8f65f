//! One request off a connection: its head, and its body once it may be sent.

use std::sync::Arc;

use bytes::{Buf, BytesMut};
use claque_wire::transport::{Slow, Transport};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::time::{Instant, timeout_at};

use super::LeastRate;
use super::head::{Head, Scan};
use crate::connections::{Connections, FREE_BYTES, Held};
use crate::limits::HttpLimits;

/// Bytes that one read asks for at first: a signed call fits, and ten thousand idle connections hold 40 MiB.
const READ_BYTES: usize = FREE_BYTES;
/// Bytes that one read asks for at most.
const READ_BYTES_MAX: usize = 64 * 1_024;

/// Why no request came off a connection.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// The peer closed, or said nothing for too long, between requests: the normal end.
    Closed,
    /// The peer broke off, or the link failed.
    Broken,
    /// The request is refused; the connection closes.
    Refused(Transport),
}

impl From<Transport> for ReadError {
    fn from(refusal: Transport) -> Self {
        Self::Refused(refusal)
    }
}

/// A connection and what was read ahead of it.
#[derive(Debug)]
pub(crate) struct HttpStream<S> {
    pub(crate) link: S,
    pub(super) ahead: BytesMut,
    pub(super) scan: Scan,
    pub(crate) limits: HttpLimits,
    pub(crate) connections: Arc<Connections>,
    /// This connection's share of the bytes of requests and answers.
    pub(super) held: Held,
}

impl<S: AsyncRead + AsyncWrite + Unpin> HttpStream<S> {
    pub(crate) fn new(link: S, limits: HttpLimits, connections: Arc<Connections>) -> Self {
        let held = Held::default();
        Self { link, ahead: BytesMut::new(), scan: Scan::default(), limits, connections, held }
    }

    /// The connection, and what was read ahead of it.
    pub(crate) fn into_parts(self) -> (S, Vec<u8>) {
        (self.link, self.ahead.to_vec())
    }

    /// The head of the next request. Waits at most the idle span for its first byte and the head's span for its last.
    pub(crate) async fn head(&mut self) -> Result<Head, ReadError> {
        // Given back here and not behind the answer, which may still wait in the socket's buffer for its
        // reader.
        self.held.release();
        if self.ahead.is_empty() {
            if self.ahead.capacity() > READ_BYTES {
                // What the last request needed is not kept for an idle connection.
                self.ahead = BytesMut::new();
            }
            let due = Instant::now() + self.limits.idle;
            // `read_buf` has taken nothing where the time runs out: no byte is lost by giving up on it.
            match timeout_at(due, self.fill(READ_BYTES)).await {
                Ok(Ok(0)) | Err(_) => return Err(ReadError::Closed),
                Ok(Ok(_)) => {}
                Ok(Err(_)) => return Err(ReadError::Broken),
            }
        }
        // From the first byte on, and not anew for each: a head that comes byte by byte has the same span as
        // any other.
        let due = Instant::now() + self.limits.head;
        let head_bytes = loop {
            if let Some(bytes) = self.scan.find(&self.ahead, &self.limits)? {
                break bytes;
            }
            self.more(due, Slow::Head(self.limits.head.as_secs()), 0).await?;
        };
        let head = self.scan.parse(&self.ahead[..head_bytes], &self.limits)?;
        self.ahead.advance(head_bytes);
        Ok(head)
    }

    /// Holds what an answer takes until it is written.
    pub(crate) async fn hold(&mut self, bytes: usize) -> Result<(), Transport> {
        self.connections.hold(&mut self.held, bytes).await
    }

    /// Reads on, until an instant at most. `besides` is what the request takes already, besides what is read ahead.
    pub(super) async fn more(&mut self, due: Instant, slow: Slow, besides: usize) -> Result<(), ReadError> {
        // Twice what there is: a long request is copied a few times and not once for each piece.
        let room = self.ahead.len().clamp(READ_BYTES, READ_BYTES_MAX);
        // Ahead of the buffer's growth: memory that is not granted is not taken.
        self.hold(besides + self.ahead.len() + room).await?;
        match timeout_at(due, self.fill(room)).await {
            Ok(Ok(0) | Err(_)) => Err(ReadError::Broken),
            Ok(Ok(_)) => Ok(()),
            Err(_) => {
                self.connections.counts.reads_timed_out.add();
                Err(ReadError::Refused(Transport::TooSlow(slow)))
            }
        }
    }

    async fn fill(&mut self, room: usize) -> std::io::Result<usize> {
        self.ahead.reserve(room);
        self.link.read_buf(&mut self.ahead).await
    }
}

impl LeastRate {
    /// The refusal of a body that does not keep pace.
    pub(super) const fn slow(limits: &HttpLimits) -> Slow {
        Slow::Body(limits.rate_min)
    }
}

#[cfg(test)]
mod tests;
