//! Compaction beside a journal that goes on: a snapshot takes the place of what was written, without anybody waiting.
//!
//! A compaction reads the durable part of the journal ([`Plan::bytes`]), replays it to a service of its own, and writes that
//! service's snapshot to a new file ([`Plan::stage`]). Then it copies the records that were appended meanwhile
//! ([`Staged::catch_up`]), as often as it likes; the journal copies the last few itself when it takes the new file
//! ([`Journal::adopt`](super::Journal::adopt)). So the time for which nobody is answered does not grow with the state.

use alloc::vec::Vec;

use super::frame::{FRAME_BYTES, FrameHead, HEADER_BYTES, Writer};
use super::give_back::give_back;
use super::reader::Reader;
use super::store::{JournalMutant, Replaced};
use super::{COMPACTED_NAME, Disk, Entry, JournalError};

/// The durable part of a journal, to be replayed and staged.
#[derive(Clone, Debug)]
pub struct Plan<D: Disk> {
    pub(super) disk: D,
    pub(super) file: D::File,
    pub(super) end: u64,
    pub(super) mutant: Option<JournalMutant>,
}

impl<D: Disk> Plan<D> {
    /// The journal's bytes up to the end of what was durable.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn bytes(&mut self) -> Result<Vec<u8>, D::Error> {
        self.disk.read(&self.file, 0, Some(self.end))
    }

    /// Writes a new journal that begins with an entry in place of everything that was read. `read` is [`Self::bytes`].
    ///
    /// # Errors
    /// When the disk refuses, or the entry is too long. The old journal goes on.
    pub fn stage(mut self, read: &[u8], first: &Entry) -> Result<Staged<D>, Replaced<D::Error>> {
        let mut reader = Reader::new(read).map_err(Replaced::Unreadable)?;
        // Read once more, although the service was made of it: what is thrown away afterwards must have been whole.
        for record in reader.by_ref() {
            record.map_err(Replaced::Unreadable)?;
        }
        let old = reader.writer();
        // The first record stands for the last one that it replaces: the next keeps its number.
        let (mut bytes, mut writer) = Writer::begin(old.next - 1);
        writer.append(&mut bytes, first).map_err(Replaced::TooLong)?;
        let staged = Self::written(&mut self, &bytes);
        let begun = bytes.len() as u64;
        give_back(bytes);
        match staged {
            Ok(file) => {
                let Self { disk, file: from, end: copied, mutant } = self;
                Ok(Staged { disk, from, file, old, copied, writer, begun, end: begun, mutant })
            }
            Err(error) => {
                drop(self.disk.remove(COMPACTED_NAME));
                Err(Replaced::Kept(error))
            }
        }
    }

    fn written(&mut self, bytes: &[u8]) -> Result<D::File, D::Error> {
        Staged::write(&mut self.disk, COMPACTED_NAME, bytes, self.mutant)
    }
}

/// A compacted journal that is written, and lacks only what was appended since.
#[derive(Debug)]
pub struct Staged<D: Disk> {
    disk: D,
    from: D::File,
    file: D::File,
    /// Where the copying stands in the old journal.
    old: Writer,
    copied: u64,
    writer: Writer,
    begun: u64,
    end: u64,
    mutant: Option<JournalMutant>,
}

impl<D: Disk> Staged<D> {
    /// Writes the bytes of a new journal beside the old one, and syncs them.
    pub(super) fn write(
        disk: &mut D,
        name: &str,
        bytes: &[u8],
        mutant: Option<JournalMutant>,
    ) -> Result<D::File, D::Error> {
        let file = disk.create(name)?;
        disk.write_at(&file, 0, bytes)?;
        if mutant != Some(JournalMutant::NewIsNotSynced) {
            disk.sync(&file)?;
        }
        Ok(file)
    }

    /// Bytes of the old journal that were copied, or are in the snapshot.
    #[must_use]
    pub const fn copied(&self) -> u64 {
        self.copied
    }

    /// Which file is being copied.
    pub(super) const fn seed(&self) -> u32 {
        self.old.seed
    }

    /// Copies what the old journal has appended up to an end that is durable.
    ///
    /// # Errors
    /// When the disk refuses, or the old journal does not read: it goes on all the same.
    pub fn catch_up(&mut self, end: u64) -> Result<(), Replaced<D::Error>> {
        if end <= self.copied {
            return Ok(());
        }
        // Up to an end that is durable: bytes behind it may still be taken back.
        let read = self.disk.read(&self.from, self.copied, Some(end)).map_err(Replaced::Kept)?;
        let mut bytes = Vec::new();
        // Copies, put in place only when everything went well: a catch-up that fails may be tried again.
        let (mut old, mut writer, mut at) = (self.old, self.writer, 0);
        while at < read.len() {
            // Each record is checked while it is copied: the new journal must not carry damage on under a good
            // checksum.
            let payload = old.follow(&read[at..]).map_err(|what| {
                let offset = usize::try_from(self.copied).unwrap_or(usize::MAX).saturating_add(at);
                Replaced::Unreadable(JournalError::Corrupt { offset, what: what.into() })
            })?;
            writer.append_payload(&mut bytes, payload).map_err(Replaced::TooLong)?;
            at += FRAME_BYTES + payload.len();
        }
        self.disk.write_at(&self.file, self.end, &bytes).map_err(Replaced::Kept)?;
        // Synced each time, so that the last catch-up, for which everybody waits, has little left to sync.
        if self.mutant != Some(JournalMutant::NewIsNotSynced) {
            self.disk.sync(&self.file).map_err(Replaced::Kept)?;
        }
        (self.old, self.writer, self.copied) = (old, writer, end);
        self.end += bytes.len() as u64;
        self.writer.durable = self.writer.next - 1;
        Ok(())
    }

    pub(super) fn parts(self) -> (D::File, Writer, u64, u64) {
        (self.file, self.writer, self.begun, self.end)
    }
}

impl Writer {
    /// Checks the record that comes next in a journal that is being copied, and gives its payload.
    fn follow<'a>(&mut self, rest: &'a [u8]) -> Result<&'a [u8], &'static str> {
        let head = FrameHead::read(self.seed, rest).filter(|head| head.sequence == self.next);
        let head = head.ok_or("a record that is to be copied does not check")?;
        let record = rest.get(..FRAME_BYTES + head.payload_bytes);
        let record = record.ok_or("a record that is to be copied is incomplete")?;
        let chained = head.follows(self.chain, record);
        self.chain = chained.ok_or("a record that is to be copied does not match its checksum")?;
        self.next += 1;
        Ok(&record[FRAME_BYTES..])
    }
}

/// A header is the least that a journal has.
const _: () = assert!(HEADER_BYTES == 64, "the table in the module's head says so");
