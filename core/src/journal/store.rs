//! The journal over a disk: opening, appending, replacing.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::compact::{Plan, Staged};
use super::frame::{HEADER_BYTES, TooLong, Writer};
use super::reader::{Reader, Record};
use super::synced::Synced;
use super::{COMPACTED_NAME, Disk, Entry, FILE_NAME, JournalError, NEW_NAME, RESTORED_NAME, SYNCED_NAME};
use crate::words::time::Instant;

/// Room that is set aside beyond the end at once. Unit: bytes.
const RESERVE_BYTES: u64 = 1 << 20;
/// Cut tails of one place that are kept.
const CUTS_MAX: u32 = 1_000;

/// Why a journal could not be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenError<E> {
    /// The disk refused.
    Disk(E),
    /// The journal does not read.
    Journal(JournalError),
    /// There is no journal, and there was one.
    Gone {
        /// The last record that was acknowledged.
        acknowledged: u64,
    },
}

impl<E> From<E> for OpenError<E> {
    fn from(error: E) -> Self {
        Self::Disk(error)
    }
}

/// Why appended records are not durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unwritten<E> {
    /// The disk refused; the records wait for the next commit.
    Disk(E),
    /// A replacement failed after its rename, or was never begun: the journal takes nothing more.
    Ended,
}

/// The result of replacing a journal, or of failing to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replaced<E> {
    /// The new journal is the journal. Unit: bytes before, bytes after.
    Done(u64, u64),
    /// The disk refused before the rename: the old journal goes on.
    Kept(E),
    /// The disk refused at or after the rename: which of the two a power failure would bring back is not known. The journal
    /// takes nothing more.
    Unknown(E),
    /// The journal had ended before.
    Ended,
    /// The first entry is too long for a record: the old journal goes on.
    TooLong(TooLong),
    /// The copied records do not read: the old journal goes on.
    Unreadable(JournalError),
    /// The compaction began from a journal that was replaced since: the present one goes on.
    Outdated,
    /// Records wait for a commit: the old journal goes on.
    Pending,
}

/// A torn tail that was cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Where it is kept.
    pub name: String,
    /// How long it is. Unit: bytes.
    pub bytes: usize,
}

/// The journal that was opened, and its state.
#[derive(Debug)]
pub struct Opened<D: Disk> {
    /// The journal, ready to append.
    pub journal: Journal<D>,
    /// Its records, oldest first; none: it is to begin, with [`Journal::replace`].
    pub records: Vec<Record>,
    /// Product and version that began the file.
    pub product: String,
    /// A tail that was cut.
    pub cut: Option<Cut>,
    /// The machine's time when records were last made durable, if that was kept.
    pub wall: Option<Instant>,
}

/// A place in what is pending: [`Journal::rewind`] goes back to it.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    pending: usize,
    writer: Writer,
}

/// A deliberate fault of the journal: the crash test must find each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalMutant {
    /// Acknowledges before the sync.
    AcknowledgesBeforeSync,
    /// Replaces without syncing the directory.
    NoDirectorySync,
    /// Goes on with the old file when the directory does not sync after the rename.
    OldFileAfterRename,
    /// After a failed sync appends the records once more.
    RetryAppendsAgain,
    /// After a failed sync only syncs again.
    RetryOnlySyncs,
    /// Takes damage to acknowledged records for a torn tail.
    CutsAcknowledged,
    /// Throws cut bytes away.
    CutIsNotKept,
    /// Renames a new journal that was not synced.
    NewIsNotSynced,
    /// Replaces by a compacted journal without what was appended meanwhile.
    CompactionForgetsTail,
    /// Trusts what it finds at the start without writing it again.
    TrustsFoundPages,
    /// Takes a journal that is gone for one that was never begun.
    BeginsAfresh,
    /// Says that records are synced before they are.
    SyncedTooEarly,
}

impl JournalMutant {
    /// Every one.
    pub const ALL: &'static [Self] = &[
        Self::AcknowledgesBeforeSync,
        Self::NoDirectorySync,
        Self::OldFileAfterRename,
        Self::RetryAppendsAgain,
        Self::RetryOnlySyncs,
        Self::CutsAcknowledged,
        Self::CutIsNotKept,
        Self::NewIsNotSynced,
        Self::CompactionForgetsTail,
        Self::TrustsFoundPages,
        Self::BeginsAfresh,
        Self::SyncedTooEarly,
    ];
}

/// A journal open for appending.
pub struct Journal<D: Disk> {
    pub(super) disk: D,
    /// None: there is no journal yet.
    pub(super) file: Option<D::File>,
    synced: D::File,
    slot: bool,
    pub(super) writer: Writer,
    /// Records that are not known to be durable.
    pending: Vec<u8>,
    /// Where they go: the end of what is known to be durable.
    pub(super) end: u64,
    begun_bytes: u64,
    reserved: u64,
    /// The last commit failed after it had written everything.
    unsynced: bool,
    /// A replacement failed after its rename.
    ended: bool,
    pub(super) mutant: Option<JournalMutant>,
}

impl<D: Disk> fmt::Debug for Journal<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal")
            .field("end", &self.end)
            .field("writer", &self.writer)
            .finish_non_exhaustive()
    }
}

impl<D: Disk> Journal<D> {
    /// Opens the journal of a directory, which nobody else may have open. Leftovers are removed, a torn tail is cut and kept
    /// beside, and everything that is read is durable afterwards. Without a journal it begins with [`Self::replace`].
    ///
    /// # Errors
    /// When the disk refuses, or what is there is not all that was acknowledged; then nothing was changed.
    pub fn open(disk: D) -> Result<Opened<D>, OpenError<D::Error>> {
        Self::open_with(disk, None)
    }

    /// Opens a journal that has a fault, or none.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with(mut disk: D, mutant: Option<JournalMutant>) -> Result<Opened<D>, OpenError<D::Error>> {
        let side = disk.open(SYNCED_NAME)?;
        let written = match &side {
            Some(side) => disk.read(side, 0, None)?,
            None => Vec::new(),
        };
        // Read before the journal itself: only what was acknowledged tells damage from a torn tail.
        let newest = Synced::newest(&written);
        let known = newest.map(|(_, known)| known);
        let acknowledged =
            known.filter(|_| mutant != Some(JournalMutant::CutsAcknowledged)).map_or(0, |it| it.sequence);
        // No file is a beginning only if nothing was ever acknowledged here; otherwise somebody has lost it, and
        // starting afresh would hide that.
        let Some(file) = disk.open(FILE_NAME)? else {
            if acknowledged > 0 && mutant != Some(JournalMutant::BeginsAfresh) {
                return Err(OpenError::Gone { acknowledged });
            }
            Self::clear(&mut disk)?;
            let side = Self::side(&mut disk, side, written.len())?;
            // Numbers go on across journals, so that a record of a former one can never pass for one of this.
            let (_, writer) = Writer::begin(acknowledged + 1);
            let journal = Self::made(disk, side, writer, mutant);
            return Ok(Opened {
                journal,
                records: Vec::new(),
                product: String::new(),
                cut: None,
                wall: None,
            });
        };
        let bytes = disk.read(&file, 0, None)?;
        let mut reader = Reader::new(&bytes).map_err(OpenError::Journal)?.knowing(acknowledged);
        let mut records = Vec::new();
        for record in reader.by_ref() {
            match record {
                Ok(record) => records.push(record),
                // Nobody was answered for it: the crash came before the sync. Whatever else does not check was
                // acknowledged, and is refused.
                Err(JournalError::TornTail { .. }) => break,
                Err(error) => return Err(OpenError::Journal(error)),
            }
        }
        // A journal gets its name only when its first record is whole and synced: none at all is damage, even with
        // nothing acknowledged.
        if records.is_empty() {
            let what = "there is no first record, and a journal never is without one".into();
            return Err(OpenError::Journal(JournalError::Corrupt { offset: reader.offset(), what }));
        }
        // From here on the journal is good, and what is not needed may go.
        Self::clear(&mut disk)?;
        let side = Self::side(&mut disk, side, written.len())?;
        let mut journal = Self::made(disk, side, reader.writer(), mutant);
        journal.end = reader.offset() as u64;
        journal.begun_bytes = records.get(1).map_or_else(|| reader.offset(), |second| second.offset) as u64;
        // Cut before anything is appended: a later record behind torn bytes would be read by nobody.
        let torn = &bytes[reader.offset()..];
        let cut = if torn.is_empty() { None } else { Some(journal.cut(&file, torn)?) };
        // Of this very file only: the side file may still speak of one that was replaced since.
        let trusted =
            known.filter(|it| it.seed == reader.header().seed).map_or(0, |it| it.end).min(journal.end);
        let untrusted = &bytes[usize::try_from(trusted).unwrap_or(0)..reader.offset()];
        // A page whose writing failed once may be clean and not on the disk: only writing it again makes a sync of it true.
        if !untrusted.is_empty() && mutant != Some(JournalMutant::TrustsFoundPages) {
            journal.disk.write_at(&file, trusted, untrusted)?;
        }
        // Before anything is answered from what was read: it must not be known to a client and lost by the next crash.
        journal.disk.sync(&file)?;
        // The name too. A journal that was renamed just before the crash may not have kept it.
        journal.disk.sync_directory()?;
        // All that was read is synced now, so that the next record may say so of it.
        journal.writer.durable = journal.writer.next - 1;
        journal.file = Some(file);
        // The slot that says most is overwritten last.
        journal.slot = newest.is_some_and(|(second, _)| !second);
        // The machine's clock then: a start after it has gone back must not hand out times that were used.
        let wall = known.map(|it| it.wall);
        journal.note(wall.unwrap_or(Instant::EPOCH), journal.end);
        let product = reader.header().product.clone();
        Ok(Opened { journal, records, product, cut, wall: wall.filter(|at| *at > Instant::EPOCH) })
    }

    /// Removes what was to take the journal's place.
    fn clear(disk: &mut D) -> Result<(), D::Error> {
        [NEW_NAME, COMPACTED_NAME, RESTORED_NAME].into_iter().try_for_each(|name| disk.remove(name))
    }

    /// The side file, with both slots allocated: a disk that is full later takes a note all the same.
    fn side(disk: &mut D, side: Option<D::File>, length: usize) -> Result<D::File, D::Error> {
        let side = match side {
            Some(side) => side,
            None => disk.create(SYNCED_NAME)?,
        };
        // Both slots at once, while the disk has room: noting how far it is synced must not fail when it is full.
        if length < Synced::FILE_BYTES {
            disk.write_at(&side, length as u64, &alloc::vec![0; Synced::FILE_BYTES - length])?;
        }
        Ok(side)
    }

    const fn made(disk: D, synced: D::File, writer: Writer, mutant: Option<JournalMutant>) -> Self {
        Self {
            disk,
            file: None,
            synced,
            slot: false,
            writer,
            pending: Vec::new(),
            end: 0,
            begun_bytes: 0,
            reserved: 0,
            unsynced: false,
            ended: false,
            mutant,
        }
    }

    /// Keeps a torn tail beside, then cuts it.
    fn cut(&mut self, file: &D::File, torn: &[u8]) -> Result<Cut, D::Error> {
        let name = self.free_name(torn)?;
        if self.mutant != Some(JournalMutant::CutIsNotKept) {
            let kept = self.disk.create(&name)?;
            self.disk.write_at(&kept, 0, torn)?;
            self.disk.sync(&kept)?;
            self.disk.sync_directory()?;
        }
        // After the copy is durable: cut bytes may be all that an operator has to find out what happened.
        self.disk.truncate(file, self.end)?;
        self.disk.sync(file)?;
        Ok(Cut { name, bytes: torn.len() })
    }

    /// A name for cut bytes: one that is free, or holds part of the same bytes because a crash came in between.
    fn free_name(&mut self, torn: &[u8]) -> Result<String, D::Error> {
        let first = format!("{FILE_NAME}.cut-{}", self.writer.next);
        let mut name = first.clone();
        for turn in 2..CUTS_MAX {
            match self.disk.open(&name)? {
                None => break,
                Some(kept) if torn.starts_with(&self.disk.read(&kept, 0, None)?) => break,
                Some(_) => name = format!("{first}.{turn}"),
            }
        }
        Ok(name)
    }

    /// Writes an entry down; durable only after [`Self::commit`].
    ///
    /// # Errors
    /// When it is too long; nothing is written then.
    pub fn append(&mut self, entry: &Entry) -> Result<(), TooLong> {
        // Into memory only: many inputs go out with one write and one sync, which is what makes durability cheap enough
        // to be on.
        self.writer.append(&mut self.pending, entry)
    }

    /// The place after what was appended last.
    #[must_use]
    pub const fn mark(&self) -> Mark {
        Mark { pending: self.pending.len(), writer: self.writer }
    }

    /// Forgets what was appended since a place; there may have been no commit in between.
    pub fn rewind(&mut self, mark: Mark) {
        // Record and numbers go back together: the chain would not hold with a record left out.
        debug_assert!(
            mark.pending <= self.pending.len(),
            "no commit lies between a mark and going back to it"
        );
        self.pending.truncate(mark.pending);
        self.writer = mark.writer;
    }

    /// Makes everything appended so far durable. `wall` is the machine's time, to be found at the next start. Returns how many
    /// bytes went out.
    ///
    /// # Errors
    /// When the disk refuses: nothing since the last commit may be acknowledged. What was appended waits for the next commit.
    pub fn commit(&mut self, wall: Instant) -> Result<usize, Unwritten<D::Error>> {
        if self.ended {
            return Err(Unwritten::Ended);
        }
        // Nothing to sync, and no note: a server that only answers reads writes nothing to its disk.
        if self.pending.is_empty() {
            return Ok(0);
        }
        let Some(file) = self.file.clone() else { return Err(Unwritten::Ended) };
        if self.mutant == Some(JournalMutant::SyncedTooEarly) {
            self.note(wall, self.end + self.pending.len() as u64);
        }
        // After an error the same bytes go to the same place again: a record is there once, and a page that the kernel gave up
        // is dirty again, so that the sync speaks of it.
        if !(self.unsynced && self.mutant == Some(JournalMutant::RetryOnlySyncs)) {
            self.disk.write_at(&file, self.end, &self.pending).map_err(Unwritten::Disk)?;
        }
        // From here until the sync succeeds the bytes may be there or not, and nobody may be answered.
        self.unsynced = true;
        if self.mutant != Some(JournalMutant::AcknowledgesBeforeSync)
            && let Err(error) = self.disk.sync(&file)
        {
            if self.mutant == Some(JournalMutant::RetryAppendsAgain) {
                self.end += self.pending.len() as u64;
            }
            return Err(Unwritten::Disk(error));
        }
        self.unsynced = false;
        let written = self.pending.len();
        // Only after the sync: until then the next attempt writes to the same place.
        self.end += written as u64;
        self.writer.durable = self.writer.next - 1;
        self.pending.clear();
        self.note(wall, self.end);
        Ok(written)
    }

    /// Notes how far the journal is synced. Knowing too little is safe, so that a disk that refuses this does no harm.
    fn note(&mut self, wall: Instant, end: u64) {
        // Two slots in turn, so that a torn write never loses the note before.
        let synced = Synced { seed: self.writer.seed, sequence: self.writer.next - 1, end, wall };
        let (at, bytes) = synced.slot(self.slot);
        self.slot = !self.slot;
        // Its failure is no failure of the commit: a note that lags only makes the next start write a little more
        // again.
        drop(self.disk.write_at(&self.synced, at, &bytes));
    }

    /// Sets room aside for so many more bytes, before anything is appended that cannot be taken back.
    ///
    /// # Errors
    /// When the disk has no room.
    pub fn reserve(&mut self, bytes: u64) -> Result<(), D::Error> {
        // Asked for before the service applies an input: an input that was applied and cannot be written down could be
        // acknowledged by nobody.
        let needed = self.end + self.pending.len() as u64 + bytes;
        let Some(file) = &self.file else { return Ok(()) };
        if needed > self.reserved {
            // Ahead, so that it is seldom asked for; and where there is no room for that, as much as is needed.
            let ahead = needed + RESERVE_BYTES;
            self.reserved = match self.disk.reserve(file, ahead) {
                Ok(()) => ahead,
                Err(_) => self.disk.reserve(file, needed).map(|()| needed)?,
            };
        }
        Ok(())
    }

    /// Begins, or begins again with other entries in place of everything; pending records are dropped. Whatever interrupts it,
    /// either the old journal or the new one is there, whole.
    pub fn replace(&mut self, entries: &[Entry], wall: Instant) -> Replaced<D::Error> {
        if self.ended {
            return Replaced::Ended;
        }
        // Built in memory first: an entry that is too long must be found before the disk is touched.
        let (mut bytes, mut writer) = Writer::begin(self.writer.next);
        let mut begun = HEADER_BYTES;
        for (at, entry) in entries.iter().enumerate() {
            if let Err(error) = writer.append(&mut bytes, entry) {
                return Replaced::TooLong(error);
            }
            if at == 0 {
                begun = bytes.len();
            }
        }
        match Staged::write(&mut self.disk, NEW_NAME, &bytes, self.mutant) {
            Ok(file) => self.take(NEW_NAME, file, writer, (begun as u64, bytes.len() as u64), wall),
            Err(error) => self.keep(NEW_NAME, error),
        }
    }

    /// The old journal goes on; what was prepared in its place is removed now, or at the next start.
    fn keep(&mut self, name: &str, error: D::Error) -> Replaced<D::Error> {
        // What cannot be removed now goes at the next start, which removes leftovers first of all.
        drop(self.disk.remove(name));
        Replaced::Kept(error)
    }

    /// Puts a new file, written and synced, in the place of the journal.
    pub(super) fn take(
        &mut self,
        name: &str,
        file: D::File,
        writer: Writer,
        (begun, end): (u64, u64),
        wall: Instant,
    ) -> Replaced<D::Error> {
        // The one step that makes the new journal the journal; everything before it can be given up without harm.
        if let Err(error) = self.disk.rename(name, FILE_NAME) {
            // A rename that reports an error may have happened.
            match self.disk.is_named(FILE_NAME, &file) {
                Ok(false) => return self.keep(name, error),
                Ok(true) => {}
                Err(_) => {
                    self.ended = true;
                    return Replaced::Unknown(error);
                }
            }
        }
        // The old file has no name any more: whatever comes, nothing is written to it.
        // For the answer only: how much smaller a compaction has made it.
        let before = self.end;
        if self.mutant != Some(JournalMutant::NoDirectorySync)
            && let Err(error) = self.disk.sync_directory()
        {
            if self.mutant == Some(JournalMutant::OldFileAfterRename) {
                return Replaced::Kept(error);
            }
            self.ended = true;
            return Replaced::Unknown(error);
        }
        assert!(begun <= end, "a journal ends after its first record");
        self.file = Some(file);
        (self.writer, self.begun_bytes, self.end, self.reserved) = (writer, begun, end, 0);
        self.writer.durable = self.writer.next - 1;
        // What was pending belongs to the state that was replaced: no caller of it was answered.
        self.pending.clear();
        self.unsynced = false;
        // Not synced itself, which would double the cost of a commit: an older note proves less and never too much.
        self.note(wall, self.end);
        Replaced::Done(before, end)
    }

    /// The start of a compaction; none while records wait for a commit, or there is no journal.
    #[must_use]
    pub fn plan(&self) -> Option<Plan<D>> {
        // Not while records wait: a compaction stands on what is durable, and what waits may still be taken back.
        let file = self.file.clone().filter(|_| !self.ended && self.pending.is_empty())?;
        Some(Plan { disk: self.disk.clone(), file, end: self.end, mutant: self.mutant })
    }

    /// Puts a compacted journal in the place of this one, with what was appended meanwhile.
    pub fn adopt(&mut self, mut staged: Staged<D>, wall: Instant) -> Replaced<D::Error> {
        if self.ended {
            return Replaced::Ended;
        }
        // A reset or a restore came in between: the compacted journal is one of a state that is gone.
        if staged.seed() != self.writer.seed {
            drop(self.disk.remove(COMPACTED_NAME));
            return Replaced::Outdated;
        }
        // It lacks them, and they are in nobody's hand but this journal's.
        if !self.pending.is_empty() {
            drop(self.disk.remove(COMPACTED_NAME));
            return Replaced::Pending;
        }
        if self.mutant != Some(JournalMutant::CompactionForgetsTail)
            && let Err(replaced) = staged.catch_up(self.end)
        {
            drop(self.disk.remove(COMPACTED_NAME));
            return replaced;
        }
        let (file, writer, begun, end) = staged.parts();
        self.take(COMPACTED_NAME, file, writer, (begun, end), wall)
    }

    /// Whether it takes nothing more.
    pub(super) const fn is_ended(&self) -> bool {
        self.ended
    }

    /// Bytes that are durable.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.end
    }

    /// Bytes of the header and the first record: what a journal that was compacted at that moment took.
    #[must_use]
    pub const fn begun_bytes(&self) -> u64 {
        self.begun_bytes
    }

    /// Bytes that wait for a commit.
    #[must_use]
    pub const fn pending_bytes(&self) -> usize {
        self.pending.len()
    }

    /// Sequence number of the record that is appended next.
    #[must_use]
    pub const fn next_sequence(&self) -> u64 {
        self.writer.next
    }

    /// Makes the side file durable too: for an orderly end.
    pub fn close(&mut self) {
        // Worth a sync at an orderly end only: the next start then has nothing to write again.
        drop(self.disk.sync(&self.synced));
    }
}
