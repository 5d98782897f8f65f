//! Another beginning, written beside a journal that goes on: a restored state takes the place of everything, and nobody waits
//! while it is written.
//!
//! A [`Renewal`] writes a file of its own ([`Renewal::write`]); the journal puts it in its place with the few entries that came
//! up meanwhile ([`Journal::renew`]). Its sequence numbers begin so far ahead that whatever is appended until then stays
//! below them.

use alloc::vec::Vec;

use super::compact::Staged;
use super::frame::Writer;
use super::give_back::give_back;
use super::store::{Journal, JournalMutant, Replaced};
use super::{Disk, Entry, RESTORED_NAME};
use crate::words::time::Instant;

/// Sequence numbers that are left to what is appended while another beginning is written.
const HEADROOM: u64 = 1 << 32;

/// Another beginning that is to be written.
#[derive(Clone, Debug)]
pub struct Renewal<D: Disk> {
    disk: D,
    first: u64,
    mutant: Option<JournalMutant>,
}

/// Another beginning that is written and synced, and has not taken the journal's place.
#[derive(Debug)]
pub struct Renewed<D: Disk> {
    disk: D,
    file: D::File,
    first: u64,
    writer: Writer,
    end: u64,
}

impl<D: Disk> Renewal<D> {
    /// Writes the first entry of another journal. Only one may be under way in a directory.
    ///
    /// # Errors
    /// When the disk refuses, or the entry is too long. The journal goes on.
    pub fn write(mut self, entry: &Entry) -> Result<Renewed<D>, Replaced<D::Error>> {
        let (mut bytes, mut writer) = Writer::begin(self.first);
        writer.append(&mut bytes, entry).map_err(Replaced::TooLong)?;
        let written = Staged::write(&mut self.disk, RESTORED_NAME, &bytes, self.mutant);
        let end = bytes.len() as u64;
        give_back(bytes);
        match written {
            Ok(file) => {
                let Self { disk, first, .. } = self;
                Ok(Renewed { disk, file, first, writer, end })
            }
            Err(error) => {
                drop(self.disk.remove(RESTORED_NAME));
                Err(Replaced::Kept(error))
            }
        }
    }
}

impl<D: Disk> Renewed<D> {
    /// Abandons the renewal: the journal goes on.
    pub fn discard(mut self) {
        drop(self.disk.remove(RESTORED_NAME));
    }

    /// Adds entries, and syncs them.
    fn append(&mut self, entries: &[Entry]) -> Result<(), Replaced<D::Error>> {
        let mut bytes = Vec::new();
        for entry in entries {
            self.writer.append(&mut bytes, entry).map_err(Replaced::TooLong)?;
        }
        if !bytes.is_empty() {
            self.disk.write_at(&self.file, self.end, &bytes).map_err(Replaced::Kept)?;
            self.disk.sync(&self.file).map_err(Replaced::Kept)?;
            self.end += bytes.len() as u64;
        }
        Ok(())
    }
}

impl<D: Disk> Journal<D> {
    /// Another beginning to be written beside; none when the journal has ended.
    #[must_use]
    pub fn renewal(&self) -> Option<Renewal<D>> {
        // What is appended meanwhile keeps its own numbers, which stay below: numbers must never be given twice, not
        // even to records that are thrown away.
        let first = self.writer.next + HEADROOM;
        (!self.is_ended()).then(|| Renewal { disk: self.disk.clone(), first, mutant: self.mutant })
    }

    /// Puts another beginning in the place of everything, with entries behind it; pending records are dropped.
    pub fn renew(&mut self, mut renewed: Renewed<D>, more: &[Entry], wall: Instant) -> Replaced<D::Error> {
        if self.is_ended() {
            renewed.discard();
            return Replaced::Ended;
        }
        // Two renewals, or a journal that grew by four billion records: the numbers would overlap.
        if renewed.first < self.writer.next {
            renewed.discard();
            return Replaced::Outdated;
        }
        let begun = renewed.end;
        if let Err(replaced) = renewed.append(more) {
            renewed.discard();
            return replaced;
        }
        let Renewed { file, writer, end, .. } = renewed;
        self.take(RESTORED_NAME, file, writer, (begun, end), wall)
    }
}
