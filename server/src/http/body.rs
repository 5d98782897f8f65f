//! The body of a request: by length or in chunks, within a bound, at a least rate.

use bytes::Buf;
use claque_wire::transport::Transport;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::time::timeout_at;

use super::chunk::Chunks;
use super::pace::TURN_BYTES_MAX;
use super::{Framing, Head, HttpStream, LeastRate, ReadError, send};

impl<S: AsyncRead + AsyncWrite + Unpin> HttpStream<S> {
    /// Reads the body that a head announces into its request; at most so many bytes.
    pub(crate) async fn body(&mut self, head: &mut Head, bound: usize) -> Result<(), ReadError> {
        if let Framing::Length(bytes) = head.framing
            // By the announced length, before a byte of it is read or held: the refusal costs as little as
            // the announcement.
            && bytes > bound as u64
        {
            return Err(Transport::BodyTooLong { bytes: Some(bytes), bound }.into());
        }
        if head.framing == Framing::Empty {
            return Ok(());
        }
        // Not where the body has begun to come: the client did not wait, and has no use for the word.
        if head.expects_continue && self.ahead.is_empty() {
            let go_on = b"HTTP/1.1 100 Continue\r\n\r\n";
            send(&mut self.link, go_on, &self.limits).await.map_err(|_| ReadError::Broken)?;
        }
        head.request.body = match head.framing {
            Framing::Empty => Vec::new(),
            Framing::Length(bytes) => self.long(usize::try_from(bytes).unwrap_or(bound)).await?,
            Framing::Chunked => self.chunks(bound).await?,
        };
        Ok(())
    }

    async fn long(&mut self, bytes: usize) -> Result<Vec<u8>, ReadError> {
        let here = bytes.min(self.ahead.len());
        let mut body = self.ahead[..here].to_vec();
        self.ahead.advance(here);
        let pace = LeastRate::new(&self.limits);
        while body.len() < bytes {
            if body.len() == body.capacity() {
                // No more than has come is set aside for what is still to come: announcing costs nothing.
                let room = body.len().max(16 * 1_024).min(bytes - body.len());
                self.hold(body.len() + room).await?;
                // Exact, since doubling would take twice what was counted among the bytes that all share.
                body.reserve_exact(room);
            }
            // Never beyond the body: what follows is the next request, and belongs into `ahead`.
            let rest = (bytes - body.len()).min(TURN_BYTES_MAX) as u64;
            let mut part = (&mut self.link).take(rest);
            match timeout_at(pace.due(body.len()), part.read_buf(&mut body)).await {
                Ok(Ok(0) | Err(_)) => return Err(ReadError::Broken),
                Ok(Ok(_)) => {}
                Err(_) => {
                    self.connections.counts.reads_timed_out.add();
                    return Err(Transport::TooSlow(LeastRate::slow(&self.limits)).into());
                }
            }
        }
        Ok(body)
    }

    async fn chunks(&mut self, bound: usize) -> Result<Vec<u8>, ReadError> {
        let pace = LeastRate::new(&self.limits);
        let (mut chunks, mut body) = (Chunks::new(bound), Vec::new());
        while !chunks.take(&mut self.ahead, &mut body)? {
            // Only what is of the body counts: endless sizes and trailers are no pace.
            self.more(pace.due(body.len()), LeastRate::slow(&self.limits), body.capacity()).await?;
        }
        Ok(body)
    }
}
