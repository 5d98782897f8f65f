//! The journal as the driver uses it: inputs written down, made durable in groups, compacted beside; and what is
//! refused while the disk takes nothing.
//!
//! A commit that the disk refuses ends nothing. What had been applied stays pending and is tried again four times a
//! second and with every batch; until that succeeds its outputs wait, its callers are answered `ServerError` (which
//! leaves open whether it happened), calls that change something are refused before they are applied, and reading goes
//! on. So that a full disk is noticed before anything was applied, room is set aside ahead of each batch.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use claque_core::journal::{self, Entry, Mark, Replaced, StateDigest, TooLong, Unwritten, UsedNonce};
use claque_core::{Input, Instant};
use claque_wire::sign::replay::ReplayCache;
use tokio::sync::{mpsc, oneshot};

use crate::clock::Wall;
use crate::journal::{DiskJournal, JournalDisk};
use crate::machine::{Machine, Worker};
use crate::service::LiveService;

type StagedJournal = journal::Staged<JournalDisk>;

/// The nonces that were used up, shared with the check of signatures.
pub(crate) type Nonces = Arc<Mutex<ReplayCache>>;

/// Room set aside ahead of a batch. Unit: bytes.
// More than 256 ordinary commands write, so that as a rule a full disk is found here and not by the commit.
const BATCH_BYTES: u64 = 1 << 20;
/// Bytes that may wait for a disk that takes nothing. Unit: bytes.
// Beyond it a restart from the durable part is better than memory that grows until the system kills the
// process.
const PENDING_BYTES_MAX: usize = 64 << 20;
/// Records that change nothing but nonces wait for others, up to so many bytes.
const LAZY_BYTES_MAX: usize = 64 << 10;
/// Inputs between two digests of the state.
// A digest walks the whole state: often enough to find a divergence near its cause, and rarely enough to cost
// nothing.
const DIGEST_INPUTS: u32 = 4_096;
/// A journal that began longer than this has a state too large to be hashed while others wait: then only at the end.
/// Unit: bytes.
const DIGEST_BYTES_MAX: u64 = 8 << 20;
/// A compaction copies on its own until so little is left to be copied while others wait. Unit: bytes.
// Copied in a few milliseconds while the driver stands still.
const REST_BYTES: u64 = 128 << 10;
/// Rounds of copying after which the rest is taken as it is.
// Writers can be as fast as the copying thread: then it would never come to an end.
const ROUNDS_MAX: u32 = 20;

/// The outcome of a compaction: bytes before and after, or why not.
pub(crate) type Compacted = Result<(u64, u64), String>;

/// A compacted journal as its thread leaves it.
pub(crate) type PreparedJournal = Result<StagedJournal, String>;

/// The outcome of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Committed {
    /// Everything applied is durable; bytes that went out.
    All(usize),
    /// The disk refused; it is tried again.
    Refused,
}

/// The journal of a running server.
pub(crate) struct Durable {
    journal: DiskJournal,
    path: PathBuf,
    nonces: Nonces,
    compact_bytes: u64,
    snapshot_bytes_max: usize,
    machine: Machine,
    /// Why the disk takes nothing.
    stalled: Option<String>,
    /// Why the journal takes nothing ever again.
    ended: Option<String>,
    /// Whether something waits that somebody waits for.
    urgent: bool,
    inputs: u32,
    /// The durable end, for the thread that compacts.
    reached: Arc<AtomicU64>,
    cancelled: Arc<AtomicBool>,
    compacting: Option<Worker>,
    waiting: Vec<oneshot::Sender<Compacted>>,
    prepared: mpsc::UnboundedSender<PreparedJournal>,
    /// After a compaction that failed the next waits until the journal is this long. Unit: bytes.
    not_before: u64,
}

impl std::fmt::Debug for Durable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Durable").field("path", &self.path).finish_non_exhaustive()
    }
}

/// A new journal is in place, and the disk did not say that this lasts: a power failure may bring the old one back.
fn unknown(error: &dyn std::fmt::Display) -> io::Error {
    io::Error::other(format!("a new journal was put in place, and whether that lasts is not known: {error}"))
}

impl Durable {
    /// A journal that was opened, and where the results of compactions arrive.
    pub(crate) fn new(
        journal: DiskJournal,
        path: PathBuf,
        nonces: Nonces,
        (compact_bytes, snapshot_bytes_max): (u64, usize),
        machine: Machine,
    ) -> (Self, mpsc::UnboundedReceiver<PreparedJournal>) {
        let (prepared, results) = mpsc::unbounded_channel();
        let reached = Arc::new(AtomicU64::new(journal.bytes()));
        let durable = Self {
            journal,
            path,
            nonces,
            compact_bytes,
            snapshot_bytes_max,
            machine,
            stalled: None,
            ended: None,
            urgent: false,
            inputs: 0,
            reached,
            cancelled: Arc::default(),
            compacting: None,
            waiting: Vec::new(),
            prepared,
            not_before: 0,
        };
        (durable, results)
    }

    pub(crate) const fn bytes(&self) -> u64 {
        self.journal.bytes()
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Why the disk takes nothing; none: it does.
    pub(crate) fn stalled(&self) -> Option<&str> {
        self.stalled.as_deref()
    }

    /// Whether something was applied that is not durable.
    pub(super) const fn has_unwritten(&self) -> bool {
        self.urgent
    }

    /// Writes an input down, and gives it back with the place to go back to when it is refused.
    pub(super) fn write(
        &mut self,
        at: Instant,
        nonce: Option<UsedNonce>,
        input: Input,
    ) -> Result<(Mark, Input), TooLong> {
        // Written down before it is applied: an input that is applied and then finds no room could not be
        // taken back.
        let mark = self.journal.mark();
        let entry = match nonce {
            None => Entry::Input(at, input),
            Some(nonce) => Entry::Signed(at, nonce, input),
        };
        self.journal.append(&entry)?;
        // The input is lent to the entry and taken back, because a body of a megabyte should not be copied to
        // be written.
        let (Entry::Input(_, input) | Entry::Signed(_, _, input)) = entry else { unreachable!("just made") };
        Ok((mark, input))
    }

    /// The input that was written last has happened.
    pub(super) const fn keep(&mut self) {
        self.urgent = true;
        self.inputs = self.inputs.saturating_add(1);
    }

    /// The input that was written last was refused: it is taken back.
    pub(super) fn take_back(&mut self, mark: Mark) {
        self.journal.rewind(mark);
    }

    /// A signed call changed nothing, and its nonce is used up all the same. It is written with what comes next, at the
    /// latest at the end: the same question asked twice does no harm.
    pub(super) fn note_nonce(&mut self, nonce: UsedNonce) {
        // Not while the disk takes nothing: nonces of reads would pile up there, and the cache in memory
        // knows them as long as the process lives.
        if self.stalled.is_none() {
            self.journal.append(&Entry::Nonce(nonce)).expect("a nonce is short");
        }
    }

    /// Notes the state's digest when it is time, or when it is the end.
    pub(super) fn note_digest(&mut self, service: &mut LiveService, last: bool) {
        // Both sizes: a journal can begin small and come to hold a large state, and hashing that holds up
        // everybody.
        let small =
            self.journal.begun_bytes() <= DIGEST_BYTES_MAX && self.journal.bytes() <= 2 * self.compact_bytes;
        let due = last && self.inputs > 0 || small && self.inputs >= DIGEST_INPUTS;
        // A digest behind records that the disk may refuse would be retried with a state that has gone on
        // since.
        if !due || self.stalled.is_some() {
            return;
        }
        let digest = service.lasting_digest();
        let entry = StateDigest { at: service.now(), digest, product: journal::PRODUCT.to_owned() };
        self.journal.append(&Entry::Digest(entry)).expect("a digest is short");
        self.inputs = 0;
    }

    /// Makes everything applied so far durable.
    ///
    /// # Errors
    /// When the journal has ended, or too much waits: the server must stop.
    pub(super) fn commit(&mut self, last: bool) -> io::Result<Committed> {
        if let Some(why) = &self.ended {
            return Err(unknown(why));
        }
        // A batch of questions costs no sync: only nonces were written, and nobody is promised that they
        // last.
        if !self.urgent && !last && self.journal.pending_bytes() < LAZY_BYTES_MAX {
            return Ok(Committed::All(0));
        }
        let committed = match self.journal.commit(self.machine.wall.now()) {
            Ok(written) => {
                self.urgent = false;
                // Release: the compacting thread that reads this length reads the file up to it.
                self.reached.store(self.journal.bytes(), Ordering::Release);
                Committed::All(written)
            }
            Err(Unwritten::Ended) => return Err(unknown(&"it had ended before")),
            // The one fault of a disk that ends the server: everything else may pass when somebody makes
            // room.
            Err(Unwritten::Disk(error)) if self.journal.pending_bytes() > PENDING_BYTES_MAX => {
                return Err(error);
            }
            Err(Unwritten::Disk(error)) => {
                self.stall(&error);
                Committed::Refused
            }
        };
        Ok(committed)
    }

    /// Before a batch: tries again what the disk refused, and sets room aside for the batch.
    pub(super) fn prepare(&mut self) -> io::Result<()> {
        // Retried before room is asked for: what was applied comes first, and reserving may succeed on a disk
        // that still refuses writes.
        if self.stalled.is_some() && self.commit(self.journal.pending_bytes() > 0)? == Committed::Refused {
            return Ok(());
        }
        match self.journal.reserve(BATCH_BYTES) {
            Ok(()) => {
                if self.stalled.take().is_some() {
                    tracing::warn!(path = %self.path.display(), "the journal is written again: calls are taken as before");
                }
            }
            Err(error) => self.stall(&error),
        }
        Ok(())
    }

    fn stall(&mut self, error: &io::Error) {
        // Once and not with each retry: four lines a second would fill the log, which may be on the same
        // disk.
        if self.stalled.is_none() {
            tracing::error!(
                %error, path = %self.path.display(),
                "the journal cannot be written: what changes something is refused with ServerError until it can, reading goes on"
            );
        }
        self.stalled = Some(error.to_string());
    }

    /// Puts another beginning in the place of everything that was written.
    pub(super) fn replace(&mut self, first: &Entry) -> io::Result<()> {
        // The nonces outlive a reset: a call that was signed before it must not be taken a second time after
        // it.
        let entries = [vec![first.clone()], self.used_nonces()].concat();
        let replaced = self.journal.replace(&entries, self.machine.wall.now());
        self.replaced(replaced)
    }

    /// Another beginning, to be written beside.
    pub(super) fn renewal(&self) -> Option<journal::Renewal<JournalDisk>> {
        self.journal.renewal()
    }

    /// Puts a beginning that was written beside in the place of everything.
    pub(super) fn renew(&mut self, renewed: journal::Renewed<JournalDisk>) -> io::Result<()> {
        let nonces = self.used_nonces();
        let replaced = self.journal.renew(renewed, &nonces, self.machine.wall.now());
        self.replaced(replaced)
    }

    fn used_nonces(&self) -> Vec<Entry> {
        let used = self.nonces.lock().expect("no holder of this lock can panic").used();
        let entry =
            |(access_key_id, nonce, signed_at)| Entry::Nonce(UsedNonce { access_key_id, nonce, signed_at });
        used.into_iter().map(entry).collect()
    }

    fn replaced(&mut self, replaced: Replaced<io::Error>) -> io::Result<()> {
        match replaced {
            Replaced::Done(..) => {
                // The new file holds everything: what waited belonged to the state that was replaced.
                (self.urgent, self.inputs, self.not_before) = (false, 0, 0);
                self.reached.store(self.journal.bytes(), Ordering::Release);
                Ok(())
            }
            Replaced::Unknown(error) => {
                self.ended = Some(error.to_string());
                Err(unknown(&error))
            }
            other => Err(io::Error::other(reason(&other))),
        }
    }

    /// Whether the journal is so long that a snapshot should take its place.
    pub(super) const fn is_long(&self) -> bool {
        let bytes = self.journal.bytes();
        self.compacting.is_none()
            && bytes > self.compact_bytes
            // Twice the beginning: a large state would else be compacted again as soon as it was written.
            && bytes / 2 > self.journal.begun_bytes()
            && bytes >= self.not_before
    }

    /// Begins to compact, unless that is under way. Every caller that waits gets the outcome.
    pub(super) fn compact(&mut self, waits: Option<oneshot::Sender<Compacted>>) {
        self.waiting.extend(waits);
        // One at a time, and later callers share its outcome: two would write the same file beside the
        // journal.
        if self.compacting.is_some() {
            return;
        }
        let Some(plan) = self.plan() else {
            self.put_off("records wait for the disk".to_owned());
            return;
        };
        let (reached, cancelled) = (Arc::clone(&self.reached), Arc::clone(&self.cancelled));
        let (results, bytes_max) = (self.prepared.clone(), self.snapshot_bytes_max);
        let wall = self.machine.wall;
        let work = move || {
            // The receiver is gone when the server has stopped.
            drop(results.send(prepare(plan, (&reached, &cancelled), wall, bytes_max)));
        };
        match self.machine.workers.begin("compaction", work) {
            Ok(worker) => self.compacting = Some(worker),
            Err(error) => self.put_off(format!("no thread for it: {error}")),
        }
    }

    /// Puts a compacted journal in the place of this one.
    ///
    /// # Errors
    /// When the new journal is in place and whether that lasts is not known: the server must stop.
    pub(super) fn adopt(&mut self, prepared: PreparedJournal) -> io::Result<()> {
        // Not joined: the thread has sent its result, and then gives a state's memory back to the system, which
        // takes a tenth of a second.
        self.compacting = None;
        let staged = match prepared {
            Ok(staged) => staged,
            Err(why) => {
                self.put_off(why);
                return Ok(());
            }
        };
        // What nobody waits for goes out first: a journal is replaced between commits.
        self.commit(true)?;
        match self.journal.adopt(staged, self.machine.wall.now()) {
            Replaced::Done(before, after) => {
                self.reached.store(self.journal.bytes(), Ordering::Release);
                self.not_before = 0;
                tracing::info!(before, after, "journal compacted");
                self.tell(&Ok((before, after)));
            }
            // The rename was reported as failed and may have happened: going on would append to a file that a
            // power failure makes the wrong one.
            Replaced::Unknown(error) => {
                self.ended = Some(error.to_string());
                return Err(unknown(&error));
            }
            Replaced::Ended => return Err(unknown(&"it had ended before")),
            other => self.put_off(reason(&other)),
        }
        Ok(())
    }

    /// A compaction that failed is tried again when the journal has grown by a quarter.
    fn put_off(&mut self, why: String) {
        tracing::warn!(why, path = %self.path.display(), "the journal was not compacted and goes on; it is tried again later");
        // By growth and not by time: an idle server must not try a failing disk again and again.
        self.not_before = self.journal.bytes() / 4 * 5;
        self.tell(&Err(why));
    }

    fn tell(&mut self, compacted: &Compacted) {
        for waits in self.waiting.drain(..) {
            drop(waits.send(compacted.clone()));
        }
    }

    /// A copy of the durable part, to be replayed elsewhere; none while something waits for the disk.
    pub(super) fn plan(&mut self) -> Option<journal::Plan<JournalDisk>> {
        self.commit(true).ok().filter(|committed| *committed != Committed::Refused)?;
        self.journal.plan()
    }

    /// Ends: everything applied is made durable, with its digest.
    pub(super) fn finish(&mut self, service: &mut LiveService) -> io::Result<()> {
        // Ahead of the join: a stop must not wait until a gibibyte was replayed for a file that nobody will
        // use.
        self.cancelled.store(true, Ordering::Relaxed);
        if let Some(worker) = self.compacting.take() {
            worker.join();
        }
        self.prepare()?;
        self.note_digest(service, true);
        let committed = self.commit(true)?;
        // Behind the commit: the side file says how many records were acknowledged, and must not say more
        // than the journal holds.
        self.journal.close();
        match (committed, self.urgent) {
            // Nonces and a digest alone are no loss; an input that was applied and is not on the disk is.
            (Committed::Refused, true) => Err(io::Error::other(self.stalled.clone().unwrap_or_default())),
            (Committed::Refused | Committed::All(_), _) => Ok(()),
        }
    }
}

/// Why a replacement did not happen, in words.
pub(crate) fn reason(replaced: &Replaced<io::Error>) -> String {
    match replaced {
        Replaced::Done(..) => "it did".to_owned(),
        Replaced::Kept(error) | Replaced::Unknown(error) => error.to_string(),
        Replaced::Ended => "the journal had ended before".to_owned(),
        Replaced::TooLong(error) => error.to_string(),
        Replaced::Unreadable(error) => error.to_string(),
        Replaced::Outdated => "the journal was begun again meanwhile".to_owned(),
        Replaced::Pending => "records wait for the disk".to_owned(),
    }
}

/// Replays the durable part of a journal on a thread of its own, and writes the snapshot of what comes of it.
fn prepare(
    mut plan: journal::Plan<JournalDisk>,
    (reached, cancelled): (&AtomicU64, &AtomicBool),
    wall: Wall,
    bytes_max: usize,
) -> PreparedJournal {
    let bytes = plan.bytes().map_err(|error| error.to_string())?;
    let first = snapshot_of(&bytes, wall, Some(cancelled), bytes_max)?;
    let mut staged = plan.stage(&bytes, &first).map_err(|replaced| reason(&replaced))?;
    // The journal's bytes and the snapshot are of the size of the state each: they must not lie there while
    // the rest is copied.
    journal::give_back(bytes);
    first.give_back();
    for _ in 0..ROUNDS_MAX {
        let end = reached.load(Ordering::Acquire);
        // Acquire above pairs with the commit's Release; the flag decides nothing that another read depends
        // on.
        if end.saturating_sub(staged.copied()) < REST_BYTES || cancelled.load(Ordering::Relaxed) {
            break;
        }
        staged.catch_up(end).map_err(|replaced| reason(&replaced))?;
    }
    Ok(staged)
}

/// The state that a journal's bytes lead to, as a first entry.
pub(crate) fn snapshot_of(
    bytes: &[u8],
    wall: Wall,
    cancelled: Option<&AtomicBool>,
    bytes_max: usize,
) -> Result<Entry, String> {
    let (records, _) = journal::read(bytes).map_err(|error| error.to_string())?;
    let nonces = crate::replay::fresh_nonces(&records, wall.now());
    let going_on = || cancelled.is_none_or(|cancelled| !cancelled.load(Ordering::Relaxed));
    // Ended early and not with an error from inside: replay consumes an iterator, and the check below throws
    // away what it led to.
    let entries = records.into_iter().map(|record| record.entry).take_while(|_| going_on());
    let service = crate::replay::replay(entries).map_err(|error| error.to_string())?;
    if !going_on() {
        return Err("the server is stopping".to_owned());
    }
    let state = service.snapshot_bytes();
    within_bound(state.len(), bytes_max)?;
    Ok(Entry::Snapshot(service.config().clone(), state, nonces))
}

/// Holds a state to the one bound of snapshots.
pub(crate) fn within_bound(bytes: usize, bytes_max: usize) -> Result<(), String> {
    if bytes <= bytes_max {
        return Ok(());
    }
    Err(format!(
        "the state takes {bytes} bytes, and a snapshot at most {bytes_max}: delete what is not needed any more, or let it expire"
    ))
}
