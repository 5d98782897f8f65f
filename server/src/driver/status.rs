//! Whether the driver keeps up: the part of its state that is read without asking it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration as Span, Instant as Monotonic};

use claque_core::Instant;
use serde_json::{Value, json};

use crate::clock::monotonic;

/// A driver whose oldest command has waited longer is not ready.
const READY_WITHIN: Span = Span::from_secs(2);

/// The part of the driver's state that is read without asking the driver.
#[derive(Debug)]
pub(crate) struct Status {
    began: Monotonic,
    /// When the commands before those at hand were taken: what is at hand came later. 0: nothing is at hand. Unit:
    /// milliseconds since the beginning, plus 1.
    since: AtomicU64,
    /// When the commands at hand were taken. Same unit.
    taken: AtomicU64,
    /// Acts and deadlines done of what is being caught up with.
    done: AtomicU64,
    /// The service's time, while there is something to catch up with. Unit: microseconds.
    at: AtomicU64,
    /// The time to catch up with; 0: none. Same unit.
    goal: AtomicU64,
    /// Sessions, groups and memberships that are still to end.
    left: AtomicU64,
    /// Bytes of the state, as they were counted last.
    kept: AtomicU64,
}

impl Default for Status {
    fn default() -> Self {
        let zero = AtomicU64::default;
        Self {
            began: monotonic(),
            since: zero(),
            taken: zero(),
            done: zero(),
            at: zero(),
            goal: zero(),
            left: zero(),
            kept: zero(),
        }
    }
}

impl Status {
    fn millis(&self) -> u64 {
        u64::try_from(monotonic().duration_since(self.began).as_millis()).unwrap_or(u64::MAX - 1) + 1
    }

    /// Nothing is at hand.
    pub(super) fn rest(&self) {
        // Relaxed for the whole of this status: one thread writes it, and a reader that sees half of a step
        // is wrong for a millisecond.
        self.since.store(0, Ordering::Relaxed);
    }

    /// Commands were taken, or something fell due.
    pub(super) fn work(&self) {
        let now = self.millis();
        let before = self.taken.swap(now, Ordering::Relaxed);
        let rested = self.since.load(Ordering::Relaxed) == 0;
        // The time before last: the batch at hand may hold a command that came just behind the one before it
        // was taken.
        self.since.store(if rested { now } else { before }, Ordering::Relaxed);
    }

    /// Notes what is kept. Unit: bytes.
    pub(super) fn keep(&self, bytes: u64) {
        self.kept.store(bytes, Ordering::Relaxed);
    }

    /// Bytes of the state, as they were counted last.
    pub(crate) fn kept(&self) -> u64 {
        self.kept.load(Ordering::Relaxed)
    }

    pub(super) fn tell(&self, done: u64, at: Instant, goal: Option<Instant>, left: u64) {
        self.left.store(left, Ordering::Relaxed);
        self.done.store(done, Ordering::Relaxed);
        self.at.store(at.as_micros(), Ordering::Relaxed);
        self.goal.store(goal.map_or(0, Instant::as_micros), Ordering::Relaxed);
    }

    /// Whether the driver is ready, and what there is to know: commands that wait, how long the oldest has waited at the
    /// most, and what is being caught up with.
    pub(crate) fn read(&self, waiting: usize) -> (bool, Value) {
        let since = self.since.load(Ordering::Relaxed);
        let oldest = if since == 0 { 0 } else { self.millis().saturating_sub(since) };
        let ready = u128::from(oldest) <= READY_WITHIN.as_millis();
        let goal = self.goal.load(Ordering::Relaxed);
        let catching_up = (goal > 0).then(|| {
            json!({
                "done": self.done.load(Ordering::Relaxed),
                "nowMicros": self.at.load(Ordering::Relaxed),
                "toMicros": goal,
                "leftToEnd": self.left.load(Ordering::Relaxed),
            })
        });
        let object = json!({
            "status": if ready { "ready" } else { "behind" },
            "waiting": waiting,
            "oldestWaitMillis": oldest,
            "catchingUp": catching_up,
        });
        (ready, object)
    }
}
