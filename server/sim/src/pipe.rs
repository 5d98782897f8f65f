//! A connection in memory whose server's end takes and gives bytes in pieces that a seed decides.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use claque_engine::Draws;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

use crate::plan::PlanShape;

/// The most that is read at once. Bytes.
const READ_MAX: usize = 4_096;

/// The server's end.
#[derive(Debug)]
pub(crate) struct Choppy {
    link: DuplexStream,
    draws: Draws,
    piece_max: u64,
    /// The process is gone: nothing moves any more.
    dead: Arc<AtomicBool>,
}

/// Both ends of a connection: the peer's, and the server's.
pub(crate) fn pair(shape: PlanShape, draws: Draws, dead: &Arc<AtomicBool>) -> (DuplexStream, Choppy) {
    let (peer, link) = tokio::io::duplex(shape.room);
    (peer, Choppy { link, draws, piece_max: shape.piece_max as u64, dead: Arc::clone(dead) })
}

impl Choppy {
    fn piece(&mut self, of: usize) -> usize {
        let piece = usize::try_from(self.draws.between(1, self.piece_max)).unwrap_or(1);
        piece.min(of)
    }

    fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }
}

impl AsyncRead for Choppy {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_dead() {
            return Poll::Pending;
        }
        let mut piece = [0; READ_MAX];
        let length = self.piece(buffer.remaining().min(READ_MAX));
        let mut read = ReadBuf::new(&mut piece[..length]);
        ready!(Pin::new(&mut self.link).poll_read(context, &mut read))?;
        buffer.put_slice(read.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Choppy {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_dead() {
            return Poll::Pending;
        }
        let length = self.piece(bytes.len());
        Pin::new(&mut self.link).poll_write(context, &bytes[..length])
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.link).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.link).poll_shutdown(context)
    }
}
