//! The way to one link's writer: frames wait in order, within a bound of bytes. A link whose peer reads too slowly is cut.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use bytes::Bytes;
use tokio::sync::{Notify, mpsc, oneshot};

use super::write::text_frame;

/// Bytes of a waiting frame besides its text.
const FRAME_OVERHEAD_BYTES: usize = 64;

/// The last frame to a reader that was too slow. The code is the protocol's for a broken rule.
const TOO_SLOW: Frame = Frame::Close(1008, "too much waited: read faster");

static NEXT_LINK: AtomicU64 = AtomicU64::new(1);

/// A unit of output to one link.
#[derive(Debug)]
pub(crate) enum Frame {
    /// An event or an answer, as it goes over the link.
    Bytes(Bytes),
    /// The link ends: WebSocket close code and reason.
    Close(u16, &'static str),
    /// The link ends, and its peer knows.
    End,
    /// Tells when everything before it was handed to the operating system.
    Flushed(oneshot::Sender<()>),
}

impl Frame {
    fn bytes(&self) -> usize {
        FRAME_OVERHEAD_BYTES
            + match self {
                Self::Bytes(bytes) => bytes.len(),
                Self::Close(..) | Self::End | Self::Flushed(_) => 0,
            }
    }
}

#[derive(Debug)]
struct OutboxLoad {
    // An atomic and not a lock: the driver puts frames for everybody, and must never wait for one link's
    // writer.
    bytes: AtomicUsize,
    bytes_max: AtomicUsize,
    /// The bound from the logon on.
    bytes_max_after: usize,
    cut: Notify,
    /// The cut is for reading too slowly: what waits is lost but for the reason.
    too_slow: AtomicBool,
}

/// The sending end.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    pub(crate) link: u64,
    frames: mpsc::UnboundedSender<Frame>,
    waiting: Arc<OutboxLoad>,
}

/// The writer's end.
#[derive(Debug)]
pub(crate) struct Inbox {
    frames: mpsc::UnboundedReceiver<Frame>,
    waiting: Arc<OutboxLoad>,
}

/// Both ends of a new link, with what may wait before its logon and after.
pub(crate) fn pair(bytes_max: usize, bytes_max_after: usize) -> (Outbox, Inbox) {
    // Unbounded by count because it is bounded by bytes; a bounded channel would take its room for each link
    // from the start.
    let (sender, frames) = mpsc::unbounded_channel();
    let waiting = Arc::new(OutboxLoad {
        bytes: AtomicUsize::new(0),
        bytes_max: AtomicUsize::new(bytes_max),
        bytes_max_after,
        cut: Notify::new(),
        too_slow: AtomicBool::new(false),
    });
    let link = NEXT_LINK.fetch_add(1, Ordering::Relaxed);
    (Outbox { link, frames: sender, waiting: Arc::clone(&waiting) }, Inbox { frames, waiting })
}

impl Outbox {
    /// Puts a frame behind all others. False: the link is gone, or so much waits already that it is cut here.
    pub(crate) fn put(&self, frame: Frame) -> bool {
        let bytes = frame.bytes();
        // Added first and looked at then, so that two senders cannot both find room for the same bytes.
        // Relaxed: the channel orders the frames.
        let before = self.waiting.bytes.fetch_add(bytes, Ordering::Relaxed);
        if before + bytes > self.waiting.bytes_max.load(Ordering::Relaxed) {
            // Not given back: the link is at its end, and every later frame must be refused too.
            self.waiting.too_slow.store(true, Ordering::Relaxed);
            self.waiting.cut.notify_one();
            return false;
        }
        self.frames.send(frame).is_ok()
    }

    /// The link belongs to a session: more may wait for it.
    pub(crate) fn widen(&self) {
        self.waiting.bytes_max.store(self.waiting.bytes_max_after, Ordering::Relaxed);
    }

    /// Cuts the link: what waits is lost.
    pub(crate) fn cut(&self) {
        self.waiting.cut.notify_one();
    }

    /// Puts a text behind all others.
    pub(crate) fn text(&self, text: impl AsRef<str>) -> bool {
        self.put(Frame::Bytes(text_frame(text.as_ref())))
    }
}

impl Inbox {
    /// The next frame, once there is one; none when nobody sends any more. A reader that was too slow gets the reason
    /// instead.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        // Ahead of what waits: megabytes that a slow reader would have to take first would keep the reason
        // from it.
        if self.waiting.too_slow.load(Ordering::Relaxed) {
            return Some(TOO_SLOW);
        }
        let frame = self.frames.recv().await?;
        self.waiting.bytes.fetch_sub(frame.bytes(), Ordering::Relaxed);
        Some(frame)
    }

    /// The next frame, if one waits.
    pub(crate) fn waiting(&mut self) -> Option<Frame> {
        if self.waiting.too_slow.load(Ordering::Relaxed) {
            return Some(TOO_SLOW);
        }
        let frame = self.frames.try_recv().ok()?;
        self.waiting.bytes.fetch_sub(frame.bytes(), Ordering::Relaxed);
        Some(frame)
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Returns when the link is to be cut; whether its reader may learn why.
    pub(crate) fn cut(&self) -> impl Future<Output = bool> + use<> {
        let waiting = Arc::clone(&self.waiting);
        async move {
            waiting.cut.notified().await;
            waiting.too_slow.load(Ordering::Relaxed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Frame, pair};

    #[tokio::test]
    async fn a_full_outbox_cuts_the_link() {
        let (outbox, mut inbox) = pair(1_000, 1_000);
        let text = "x".repeat(400);
        assert!(outbox.text(&text) && outbox.text(&text));
        assert!(!outbox.text(&text), "1,401 bytes would wait");
        assert!(inbox.cut().await, "it may learn why");
        assert!(matches!(inbox.next().await, Some(Frame::Close(1008, _))), "what waited is lost");
    }

    #[tokio::test]
    async fn more_may_wait_after_a_logon() {
        let (outbox, inbox) = pair(1_000, 2_000);
        let text = "x".repeat(600);
        assert!(outbox.text(&text));
        outbox.widen();
        assert!(outbox.text(&text));
        assert!(!outbox.text(text.repeat(2)));
        drop(inbox);
    }

    #[tokio::test]
    async fn a_link_that_is_lost_on_purpose_says_nothing() {
        let (outbox, inbox) = pair(1_000, 1_000);
        outbox.cut();
        assert!(!inbox.cut().await);
    }

    #[tokio::test]
    async fn what_was_taken_out_no_longer_waits() {
        let (outbox, mut inbox) = pair(500, 500);
        for _ in 0..100 {
            assert!(outbox.text("x".repeat(400)));
            assert!(inbox.next().await.is_some());
        }
        assert!(inbox.is_empty());
    }
}
