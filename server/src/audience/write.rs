//! The writing half of a link. A text is encoded once for all its readers; the frames that wait for one link leave in
//! one write.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{BufMut, Bytes, BytesMut};
use claque_wire::audience::Event;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};

use super::outbox::{Frame, Inbox, Outbox};
use crate::connections::{Connections, Held};
use crate::http::send;
use crate::limits::{FRAME_BYTES_MAX, HttpLimits};

/// Bytes that leave in one write, as long as several frames wait.
const WRITE_BYTES: usize = 64 * 1_024;

const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;

/// A text frame as a server sends it: unmasked, final, its length in as few bytes as can be.
pub(super) fn text_frame(text: &str) -> Bytes {
    encode(TEXT, text.as_bytes())
}

/// An event as the frame that goes out to all its readers.
pub(super) fn event_frame(event: &Event<'_>) -> Bytes {
    text_frame(&event.text())
}

fn close_frame(code: u16, reason: &str) -> Bytes {
    encode(CLOSE, &[&code.to_be_bytes(), reason.as_bytes()].concat())
}

fn encode(kind: u8, payload: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(payload.len() + 10);
    frame.put_u8(kind);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short @ 0..=125), _) => frame.put_u8(short),
        (_, Ok(middle)) => {
            frame.put_u8(126);
            frame.put_u16(middle);
        }
        (_, Err(_)) => {
            frame.put_u8(127);
            frame.put_u64(payload.len() as u64);
        }
    }
    frame.put_slice(payload);
    frame.freeze()
}

/// Writes frames in order until one ends the link.
///
/// # Errors
/// The link broke, or its peer takes too little: [`io::ErrorKind::TimedOut`].
pub(crate) async fn write<W: AsyncWrite + Unpin>(
    mut link: W,
    mut inbox: Inbox,
    limits: HttpLimits,
) -> io::Result<()> {
    // Longer than for an answer: a phone in an outage takes nothing for a while and then everything.
    let limits = HttpLimits { grace: limits.link_stall, ..limits };
    while let Some(mut frame) = inbox.next().await {
        let mut batch = BytesMut::new();
        loop {
            match frame {
                // The usual case, one frame at a time, is written from the shared bytes without a copy.
                Frame::Bytes(bytes) if batch.is_empty() && inbox.is_empty() => {
                    send(&mut link, &bytes, &limits).await?;
                }
                Frame::Bytes(bytes) => batch.put_slice(&bytes),
                end @ (Frame::Close(..) | Frame::End) => {
                    if let Frame::Close(code, reason) = end {
                        batch.put_slice(&close_frame(code, reason));
                    }
                    send(&mut link, &batch, &limits).await?;
                    // The half is closed, not dropped: the peer reads the close frame before the end.
                    return link.shutdown().await;
                }
                Frame::Flushed(done) => {
                    send(&mut link, &batch, &limits).await?;
                    batch.clear();
                    // The caller may have given up waiting.
                    let _ = done.send(());
                }
            }
            let next = if batch.len() < WRITE_BYTES { inbox.waiting() } else { None };
            let Some(next) = next else { break };
            frame = next;
        }
        if !batch.is_empty() {
            send(&mut link, &batch, &limits).await?;
        }
    }
    Ok(())
}

/// The reading half of a link, for a WebSocket: what the protocol itself answers (a pong, a close) goes the way of all
/// frames, and a long message counts among the bytes that all connections share.
#[derive(Debug)]
pub(crate) struct Reading<R> {
    pub(crate) half: R,
    outbox: Outbox,
    connections: Arc<Connections>,
    /// Bytes since the last whole message.
    came: usize,
    /// The link's share of the bytes.
    held: Held,
}

impl<R> Reading<R> {
    pub(crate) fn new(half: R, outbox: Outbox, connections: Arc<Connections>) -> Self {
        Self { half, outbox, connections, came: 0, held: Held::default() }
    }

    /// A message is whole.
    pub(crate) fn message_came(&mut self) {
        self.came = 0;
        // A long one's share is given back with the link alone, because the WebSocket keeps the buffer for the next one.
        // Short ones are what every viewer sends: their shares would be all that there is.
        if self.held.is_small() {
            self.held.release();
        }
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Reading<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        // A message is never longer, however many empty pieces it comes in.
        let bytes = (this.came + buffer.remaining()).min(FRAME_BYTES_MAX);
        // Ahead of the read: memory that is not granted is not taken.
        if !this.connections.try_hold(&mut this.held, bytes) {
            return Poll::Ready(Err(io::ErrorKind::OutOfMemory.into()));
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.half).poll_read(context, buffer);
        this.came = this.came.saturating_add(buffer.filled().len() - before);
        read
    }
}

impl<R: Unpin> AsyncWrite for Reading<R> {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        // Copied, since tungstenite lends its buffer; pongs and closes are a few bytes. One writer for all
        // keeps frames whole.
        let put = self.outbox.put(Frame::Bytes(Bytes::copy_from_slice(bytes)));
        Poll::Ready(if put { Ok(bytes.len()) } else { Err(io::ErrorKind::BrokenPipe.into()) })
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio_tungstenite::tungstenite::Message;
    use tokio_tungstenite::tungstenite::protocol::{Role, WebSocket};

    use super::super::outbox::{Frame, pair};
    use super::{HttpLimits, close_frame, text_frame, write};

    #[test]
    fn frames_of_every_length_are_read_by_another_implementation() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 70_000] {
            let text = "é".repeat(length / 2) + &"x".repeat(length % 2);
            let bytes = [text_frame(&text), close_frame(1001, "bye")].concat();
            let mut socket = WebSocket::from_raw_socket(std::io::Cursor::new(bytes), Role::Client, None);
            assert_eq!(socket.read().expect("a frame"), Message::text(text));
            let Message::Close(Some(close)) = socket.read().expect("a frame") else { panic!("a close") };
            assert_eq!((u16::from(close.code), close.reason.as_str()), (1001, "bye"));
        }
    }

    #[tokio::test]
    async fn what_waits_leaves_in_order_and_a_close_ends_it() {
        let (outbox, inbox) = pair(10_000_000, 10_000_000);
        let mut expected = Vec::new();
        for number in 0..1_000 {
            let text = number.to_string().repeat(100);
            expected.extend_from_slice(&text_frame(&text));
            outbox.text(&text);
        }
        let (done, flushed) = tokio::sync::oneshot::channel();
        outbox.put(Frame::Flushed(done));
        outbox.put(Frame::Close(1000, "enough"));
        outbox.text("never");
        expected.extend_from_slice(&close_frame(1000, "enough"));
        let mut written = Vec::new();
        write(&mut written, inbox, HttpLimits::default()).await.expect("a buffer takes everything");
        assert!(written == expected, "{} bytes, expected {}", written.len(), expected.len());
        flushed.await.expect("flushed");
    }
}
