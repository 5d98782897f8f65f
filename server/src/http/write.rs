//! One answer onto a connection, and the end of a connection.

use std::io;

use claque_core::journal::give_back;
use claque_wire::envelope::HttpAnswer;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};

use super::LeastRate;
use super::pace::TURN_BYTES_MAX;
use crate::limits::HttpLimits;

/// A longer body is written where it lies, behind its head.
const COPIED_BYTES_MAX: usize = 64 << 10;

/// An answer with its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HttpResponse {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl HttpResponse {
    /// An answer of one media type.
    pub(crate) fn new(status: u16, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![("Content-Type".to_owned(), media_type.to_owned())], body: body.into() }
    }

    /// A JSON answer.
    pub(crate) fn json(status: u16, value: &serde_json::Value) -> Self {
        Self::new(status, "application/json; charset=utf-8", value.to_string())
    }

    /// It is done, and there is nothing to say.
    pub(crate) const fn done() -> Self {
        Self { status: 204, headers: Vec::new(), body: Vec::new() }
    }

    /// The same with one header more.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The answer as bytes; `head_only` leaves the body out, as HEAD asks.
    pub(crate) fn bytes(&self, keep_alive: bool, head_only: bool) -> Vec<u8> {
        let mut bytes = self.head(keep_alive);
        if !head_only {
            bytes.extend_from_slice(&self.body);
        }
        bytes
    }

    /// Status line and headers, and the empty line behind them.
    fn head(&self, keep_alive: bool) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(256);
        let line = |bytes: &mut Vec<u8>, parts: [&str; 4]| {
            parts.iter().for_each(|part| bytes.extend_from_slice(part.as_bytes()));
        };
        line(&mut bytes, ["HTTP/1.1 ", &self.status.to_string(), " ", reason(self.status)]);
        for (name, value) in &self.headers {
            line(&mut bytes, ["\r\n", name, ": ", value]);
        }
        let connection = if keep_alive { "keep-alive" } else { "close" };
        // The standard allows no length where there can be no body.
        if self.status != 204 {
            line(&mut bytes, ["\r\n", "Content-Length", ": ", &self.body.len().to_string()]);
        }
        line(&mut bytes, ["\r\n", "Connection", ": ", connection]);
        bytes.extend_from_slice(b"\r\n\r\n");
        bytes
    }

    /// Writes the answer, at the least rate at least; `head_only` leaves the body out, as HEAD asks.
    ///
    /// # Errors
    /// As [`send`].
    pub(crate) async fn send<S: AsyncWrite + Unpin>(
        &self,
        link: &mut S,
        (keep_alive, head_only): (bool, bool),
        limits: &HttpLimits,
    ) -> io::Result<()> {
        // What is short goes out in one packet. A body of a gibibyte is not copied: the thread that did it
        // serves others, too.
        if head_only || self.body.len() <= COPIED_BYTES_MAX {
            return send(link, &self.bytes(keep_alive, head_only), limits).await;
        }
        send(link, &self.head(keep_alive), limits).await?;
        send(link, &self.body, limits).await
    }

    /// Frees the answer; a long one beside the threads that serve others.
    pub(crate) fn give_back(self) {
        if self.body.len() > COPIED_BYTES_MAX {
            drop(tokio::task::spawn_blocking(move || give_back(self.body)));
        }
    }
}

impl From<HttpAnswer> for HttpResponse {
    fn from(answer: HttpAnswer) -> Self {
        let headers = answer.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { status: answer.status, headers, body: answer.body.into_bytes() }
    }
}

/// Writes bytes, at the least rate at least.
///
/// # Errors
/// The link broke, or its peer takes too little: [`io::ErrorKind::TimedOut`].
pub(crate) async fn send<S: AsyncWrite + Unpin>(
    link: &mut S,
    bytes: &[u8],
    limits: &HttpLimits,
) -> io::Result<()> {
    let pace = LeastRate::new(limits);
    let mut written = 0;
    while written < bytes.len() {
        let due = pace.due(written);
        let taken =
            // `write` and not `write_all`, which would hide how far a slow reader has come.
            timeout_at(due, link.write(&bytes[written..bytes.len().min(written + TURN_BYTES_MAX)])).await.map_err(|_| io::ErrorKind::TimedOut)??;
        if taken == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        written += taken;
    }
    // For TLS, which keeps the last record until it is flushed.
    timeout_at(pace.due(written), link.flush()).await.map_err(|_| io::ErrorKind::TimedOut)?
}

/// Ends a connection so that what was written last arrives: says that no more comes, then reads on and throws away until
/// the peer has ended too. A connection that is closed over unread bytes is reset instead, and its peer loses what it has
/// not read.
pub(crate) async fn linger<S: AsyncRead + AsyncWrite + Unpin>(link: &mut S, limits: &HttpLimits) {
    // Two bounds: one for silence, one for a peer that never stops sending.
    let due = Instant::now() + limits.linger_max;
    // Our half is closed first: many clients read until the end and would not close theirs before it.
    if !matches!(timeout(limits.linger, link.shutdown()).await, Ok(Ok(()))) {
        return;
    }
    let mut nowhere = Vec::with_capacity(16 * 1_024);
    loop {
        nowhere.clear();
        let next = timeout(limits.linger, link.read_buf(&mut nowhere));
        match timeout_at(due, next).await {
            Ok(Ok(Ok(bytes))) if bytes > 0 => {}
            _ => return,
        }
    }
}

const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        413 => "Content Too Large",
        414 => "URI Too Long",
        417 => "Expectation Failed",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        507 => "Insufficient Storage",
        505 => "HTTP Version Not Supported",
        _ => "Status",
    }
}
