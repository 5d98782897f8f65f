//! Every connection that is open, and what all of them together may take: places, and bytes of requests and answers.
//!
//! A connection is unauthenticated while nobody has shown a right on it: no signed call, no logon, no control call.
//! When places or bytes run short, the unauthenticated one that has waited longest gives way, so that connections that
//! say nothing keep nobody out. A connection never gives way while a request of its own is being answered, and never
//! again once a right was shown.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use claque_wire::transport::Transport;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use crate::limits::HttpLimits;

/// Bytes that each connection may take of its own. Unit: bytes.
pub(crate) const FREE_BYTES: usize = 4 * 1_024;
/// Bytes above that are shared in pieces of this size, so that a request does not ask for each read anew.
const PIECE_BYTES: usize = 16 * 1_024;
/// So many pieces of each request come out of what ordinary requests share; the rest of a longer one comes out of a pool
/// of its own. Only those who may restore or take a snapshot have longer ones: whoever has shown no right can fill the
/// ordinary pool at most, and that is small.
const ORDINARY_PIECES_MAX: usize = 16 * 1_024 * 1_024 / PIECE_BYTES;
/// A request waits so long for its share of the bytes.
const SHARE_WITHIN: Duration = Duration::from_secs(1);
/// An unauthenticated connection has at least so long to say something before it gives way.
pub(crate) const UNAUTHENTICATED_MIN: Duration = Duration::from_millis(250);

/// Something that is counted.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self) {
        // Relaxed, as for every counter of this file: nothing is read on the strength of it.
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Counters that an operator looks at when clients complain.
#[derive(Debug, Default)]
pub(crate) struct ConnectionCounts {
    pub(crate) accepted: Count,
    pub(crate) accept_errors: Count,
    pub(crate) turned_away: Count,
    pub(crate) gave_way: Count,
    pub(crate) requests_refused: Count,
    pub(crate) reads_timed_out: Count,
    pub(crate) writes_timed_out: Count,
    pub(crate) links_stalled: Count,
}

/// The state of a connection: waiting, and may have to give way; being answered, and may not; giving way.
const WAITS: u8 = 0;
const HEARD: u8 = 1;
const GONE: u8 = 2;

#[derive(Debug)]
struct YieldState {
    at: AtomicU8,
    gives_way: Notify,
}

impl YieldState {
    /// Goes from one state to another; false: it was not in the first.
    fn turn(&self, from: u8, to: u8) -> bool {
        // One exchange decides between an answer and giving way, without a lock. Relaxed: no other data is
        // passed on by it, and the wake-up is the Notify's.
        self.at.compare_exchange(from, to, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

#[derive(Debug)]
struct Unauthenticated {
    since: Instant,
    yielding: Arc<YieldState>,
}

/// Connections in the order in which they came.
// A tree and not a deque: a connection leaves from the middle when it speaks, and numbers are given in the
// order of arrival.
type WaitingList = Mutex<BTreeMap<u64, Unauthenticated>>;

/// The outcome of asking the longest waiting unauthenticated connection to give way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MadeRoom {
    /// It goes.
    Made,
    /// It has not waited long enough; it will have after this span.
    Soon(Duration),
    /// No connection is unauthenticated.
    None,
}

/// All connections of a server.
#[derive(Debug)]
pub(crate) struct Connections {
    /// One for each connection that may be open.
    pub(crate) places: Arc<Semaphore>,
    pub(crate) places_max: usize,
    /// One for each connection above that, which is answered that there is no place.
    pub(crate) doorstep: Arc<Semaphore>,
    /// Connections on the doorstep, until they are answered.
    newcomers: WaitingList,
    unauthenticated: WaitingList,
    /// Unauthenticated connections that are audience links.
    without_logon: WaitingList,
    without_logon_max: usize,
    /// Bytes of ordinary requests, and of the beginnings of long ones.
    ordinary: PiecePool,
    /// Bytes of long requests beyond their beginnings.
    long: PiecePool,
    next: AtomicU64,
    descriptors: u64,
    pub(crate) counts: ConnectionCounts,
}

/// Pieces of bytes that requests share.
#[derive(Debug)]
struct PiecePool {
    /// One for each piece that is free.
    free: Arc<Semaphore>,
    all: usize,
}

impl PiecePool {
    fn new(bytes: usize) -> Self {
        let all = bytes.div_ceil(PIECE_BYTES).min(Semaphore::MAX_PERMITS);
        Self { free: Arc::new(Semaphore::new(all)), all }
    }

    fn bytes_held(&self) -> usize {
        (self.all - self.free.available_permits()) * PIECE_BYTES
    }
}

/// A share of one pool.
#[derive(Debug, Default)]
struct PieceShare(Option<OwnedSemaphorePermit>);

impl PieceShare {
    fn pieces(&self) -> usize {
        self.0.as_ref().map_or(0, OwnedSemaphorePermit::num_permits)
    }

    fn add(&mut self, more: OwnedSemaphorePermit) {
        match &mut self.0 {
            // Merged and never split: what is held goes back at once, when the next request begins.
            Some(so_far) => so_far.merge(more),
            none @ None => *none = Some(more),
        }
    }
}

/// A share of the bytes.
#[derive(Debug, Default)]
pub(crate) struct Held {
    ordinary: PieceShare,
    long: PieceShare,
}

impl Held {
    /// Whether it is no more than one piece.
    pub(crate) fn is_small(&self) -> bool {
        self.ordinary.pieces() <= 1
    }

    /// Pieces that so many bytes need besides those that are held: ordinary ones, and those of a long request.
    fn missing(&self, bytes: usize) -> (usize, usize) {
        // The first 4 KiB are not counted: an ordinary call then never touches a semaphore that all
        // connections share.
        let pieces = bytes.saturating_sub(FREE_BYTES).div_ceil(PIECE_BYTES);
        let ordinary = pieces.min(ORDINARY_PIECES_MAX);
        (
            ordinary.saturating_sub(self.ordinary.pieces()),
            (pieces - ordinary).saturating_sub(self.long.pieces()),
        )
    }

    pub(crate) fn release(&mut self) {
        *self = Self::default();
    }
}

impl Connections {
    /// `descriptors` is what the process may have open, for the metric alone.
    pub(crate) fn new(limits: &HttpLimits, places_max: usize, doorstep: usize, descriptors: u64) -> Self {
        // The longest body fits, whatever was asked for.
        // 64 pieces above it: the request's head and the reading buffer are held beside the body.
        let whole = |body: usize| body.saturating_add(64 * PIECE_BYTES);
        let longest = whole(limits.restore_bytes_max.max(limits.body_bytes_max));
        let beginning = longest.min(ORDINARY_PIECES_MAX * PIECE_BYTES);
        let ordinary = limits.buffer_bytes_max.max(beginning);
        Self {
            places: Arc::new(Semaphore::new(places_max)),
            places_max,
            doorstep: Arc::new(Semaphore::new(doorstep)),
            newcomers: Mutex::default(),
            unauthenticated: Mutex::default(),
            without_logon: Mutex::default(),
            without_logon_max: limits.links_without_logon_max.max(1),
            ordinary: PiecePool::new(ordinary),
            long: PiecePool::new(longest - beginning),
            next: AtomicU64::new(0),
            descriptors,
            counts: ConnectionCounts::default(),
        }
    }

    /// A connection that has come.
    pub(crate) fn visit(self: &Arc<Self>) -> Visit {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let visit = Visit {
            connections: Arc::clone(self),
            id,
            yielding: Arc::new(YieldState { at: AtomicU8::new(WAITS), gives_way: Notify::new() }),
            known: AtomicBool::new(false),
        };
        visit.waits();
        visit
    }

    /// A connection that has come without there being a place for it.
    pub(crate) fn newcomer(self: &Arc<Self>) -> Newcomer {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let yielding = Arc::new(YieldState { at: AtomicU8::new(WAITS), gives_way: Notify::new() });
        enter(&self.newcomers, id, &yielding);
        Newcomer { connections: Arc::clone(self), id, yielding }
    }

    /// Makes the newcomer that waits longest give way.
    pub(crate) fn newcomer_gives_way(&self) {
        first_gives_way(&self.newcomers, Duration::ZERO);
    }

    /// Makes the unauthenticated connection that has waited longest give way, if it has waited for a span.
    pub(crate) fn make_room(&self, waited_min: Duration) -> MadeRoom {
        first_gives_way(&self.unauthenticated, waited_min)
    }

    /// As [`Self::hold`], for a reader that cannot wait: false where there is no room in this moment.
    pub(crate) fn try_hold(&self, held: &mut Held, bytes: usize) -> bool {
        let (ordinary, long) = held.missing(bytes);
        for (pool, share, more) in
            [(&self.ordinary, &mut held.ordinary, ordinary), (&self.long, &mut held.long, long)]
        {
            if more == 0 {
                continue;
            }
            let count = u32::try_from(more).unwrap_or(u32::MAX);
            let Ok(granted) = Arc::clone(&pool.free).try_acquire_many_owned(count) else {
                self.make_room(UNAUTHENTICATED_MIN);
                return false;
            };
            share.add(granted);
        }
        true
    }

    /// Raises what is held to the share that so many bytes need; it is never lowered.
    pub(crate) async fn hold(&self, held: &mut Held, bytes: usize) -> Result<(), Transport> {
        let (ordinary, long) = held.missing(bytes);
        self.hold_of(&self.ordinary, &mut held.ordinary, ordinary).await?;
        self.hold_of(&self.long, &mut held.long, long).await
    }

    async fn hold_of(&self, pool: &PiecePool, share: &mut PieceShare, more: usize) -> Result<(), Transport> {
        if more == 0 {
            return Ok(());
        }
        let full = || Transport::TooManyBytes { bound: pool.all * PIECE_BYTES };
        let count = u32::try_from(more).map_err(|_| full())?;
        // Tried first: as a rule there is room, and then neither a timer nor a place in the queue is needed.
        let granted = match Arc::clone(&pool.free).try_acquire_many_owned(count) {
            Ok(granted) => granted,
            Err(_) => {
                // What holds the bytes may be a connection that sends a body slowly and has shown no right.
                self.make_room(UNAUTHENTICATED_MIN);
                let granted = Arc::clone(&pool.free).acquire_many_owned(count);
                // A short wait and then 503: a request that waits holds its own share, and two of them could
                // wait for each other.
                let granted = timeout(SHARE_WITHIN, granted).await.map_err(|_| full())?;
                granted.expect("the semaphore is never closed")
            }
        };
        share.add(granted);
        Ok(())
    }

    /// For a scraper: how many there are, how many there may be, and what was done about too many.
    pub(crate) fn metrics(&self) -> String {
        self.rows_of_places()
            .iter()
            .chain(&self.rows_of_requests())
            .map(|(name, kind, help, value)| {
                format!("# HELP claque_{name} {help}\n# TYPE claque_{name} {kind}\nclaque_{name} {value}\n")
            })
            .collect()
    }

    #[rustfmt::skip]
    fn rows_of_places(&self) -> [MetricRow; 9] {
        let of = |queue: &WaitingList| queue.lock().expect("no holder of this lock can panic").len() as u64;
        let open = self.places_max - self.places.available_permits();
        let counts = &self.counts;
        [
            ("connections", "gauge", "Connections that are open.", open as u64),
            ("connections_max", "gauge", "Connections that may be open.", self.places_max as u64),
            ("connections_strangers", "gauge", "Waiting connections without a signed call, logon or control call.", of(&self.unauthenticated)),
            ("connections_accepted_total", "counter", "Connections accepted.", counts.accepted.get()),
            ("connections_turned_away_total", "counter", "Connections answered with 503 for want of a place.", counts.turned_away.get()),
            ("connections_gave_way_total", "counter", "Connections without a right that were closed to make room.", counts.gave_way.get()),
            ("accept_errors_total", "counter", "Connections that could not be accepted.", counts.accept_errors.get()),
            ("descriptors_max", "gauge", "Descriptors that the process may have open.", self.descriptors),
            ("links_without_logon", "gauge", "Audience links on which nobody has logged on.", of(&self.without_logon)),
        ]
    }

    #[rustfmt::skip]
    fn rows_of_requests(&self) -> [MetricRow; 6] {
        let held = self.ordinary.bytes_held() + self.long.bytes_held();
        let held_max = (self.ordinary.all + self.long.all) * PIECE_BYTES;
        let counts = &self.counts;
        [
            ("links_stalled_total", "counter", "Audience links cut because they took nothing for too long.", counts.links_stalled.get()),
            ("requests_refused_total", "counter", "Requests refused before they became calls.", counts.requests_refused.get()),
            ("reads_timed_out_total", "counter", "Requests that came too slowly.", counts.reads_timed_out.get()),
            ("writes_timed_out_total", "counter", "Answers that were taken too slowly.", counts.writes_timed_out.get()),
            ("buffer_bytes", "gauge", "Bytes of requests and answers beyond 4 KiB a connection.", held as u64),
            ("buffer_bytes_max", "gauge", "The most that these may be.", held_max as u64),
        ]
    }
}

/// Name, kind, help and value of a metric.
pub(crate) type MetricRow = (&'static str, &'static str, &'static str, u64);

fn first_gives_way(queue: &WaitingList, waited_min: Duration) -> MadeRoom {
    let mut queue = queue.lock().expect("no holder of this lock can panic");
    while let Some(first) = queue.first_entry() {
        let waited = first.get().since.elapsed();
        if waited < waited_min {
            return MadeRoom::Soon(waited_min - waited);
        }
        let yielding = first.remove().yielding;
        // It may have been heard between its entry and now; then it stays, and the next one is asked.
        if yielding.turn(WAITS, GONE) {
            // `notify_one` keeps its permit, so that a task which does not wait yet finds it later.
            yielding.gives_way.notify_one();
            return MadeRoom::Made;
        }
    }
    MadeRoom::None
}

fn enter(queue: &WaitingList, id: u64, yielding: &Arc<YieldState>) {
    let waiting = Unauthenticated { since: Instant::now(), yielding: Arc::clone(yielding) };
    queue.lock().expect("no holder of this lock can panic").insert(id, waiting);
}

/// A connection without a place.
#[derive(Debug)]
pub(crate) struct Newcomer {
    connections: Arc<Connections>,
    id: u64,
    yielding: Arc<YieldState>,
}

impl Newcomer {
    /// Returns when it has to give way.
    pub(crate) async fn gives_way(&self) {
        self.yielding.gives_way.notified().await;
    }
}

impl Drop for Newcomer {
    fn drop(&mut self) {
        self.connections.newcomers.lock().expect("no holder of this lock can panic").remove(&self.id);
    }
}

/// One connection, from its coming to its end.
#[derive(Debug)]
pub(crate) struct Visit {
    connections: Arc<Connections>,
    id: u64,
    yielding: Arc<YieldState>,
    known: AtomicBool,
}

impl Visit {
    /// Waits for the next request: from here on it may have to give way, unless a right was shown.
    pub(crate) fn waits(&self) {
        if !self.is_known() {
            // Ahead of the entry: one that stands in the queue while it is still HEARD would be dropped from
            // it and never asked again.
            self.yielding.turn(HEARD, WAITS);
            enter(&self.connections.unauthenticated, self.id, &self.yielding);
        }
    }

    /// Has its request, and is not to be disturbed until it is answered. False: it gives way already.
    pub(crate) fn is_heard(&self) -> bool {
        if self.is_known() {
            return true;
        }
        // Out of the queues first: from here on it is counted as one that is being answered, and the gauge
        // says so.
        self.leave();
        self.yielding.turn(WAITS, HEARD)
    }

    /// A right was shown.
    pub(crate) fn is_let_in(&self) {
        // Once: the queues' locks are everybody's, and a busy connection shows its right with each call.
        if !self.known.swap(true, Ordering::Relaxed) {
            self.leave();
            self.yielding.turn(WAITS, HEARD);
        }
    }

    /// Became an audience link without a logon; the first of too many gives way.
    pub(crate) fn waits_for_logon(&self) {
        self.waits();
        enter(&self.connections.without_logon, self.id, &self.yielding);
        // The lock is not held over the next step, which takes it again; one link too many for a moment does
        // no harm.
        let count = self.connections.without_logon.lock().expect("no holder of this lock can panic").len();
        if count > self.connections.without_logon_max {
            first_gives_way(&self.connections.without_logon, Duration::ZERO);
        }
    }

    /// All connections.
    pub(crate) fn all(&self) -> Arc<Connections> {
        Arc::clone(&self.connections)
    }

    /// As an audience link, took nothing for too long.
    pub(crate) fn stalled(&self) {
        self.connections.counts.links_stalled.add();
    }

    /// Returns when it has to give way.
    pub(crate) async fn gives_way(&self) {
        self.yielding.gives_way.notified().await;
        self.connections.counts.gave_way.add();
    }

    fn is_known(&self) -> bool {
        self.known.load(Ordering::Relaxed)
    }

    fn leave(&self) {
        for queue in [&self.connections.unauthenticated, &self.connections.without_logon] {
            queue.lock().expect("no holder of this lock can panic").remove(&self.id);
        }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        // A connection that was let in has left already, and the queues are locked by everybody.
        if !self.is_known() {
            self.leave();
        }
    }
}

#[cfg(test)]
mod tests;
