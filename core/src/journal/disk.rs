//! The file layer: all that a journal asks of a disk.

use alloc::vec::Vec;
use core::fmt;

/// The calls of a disk, by name: faults are planned by them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DiskCall {
    /// [`Disk::open`].
    Open,
    /// [`Disk::create`].
    Create,
    /// [`Disk::read`].
    Read,
    /// [`Disk::write_at`].
    Write,
    /// [`Disk::reserve`].
    Reserve,
    /// [`Disk::truncate`].
    Truncate,
    /// [`Disk::sync`].
    Sync,
    /// [`Disk::sync_directory`].
    SyncDirectory,
    /// [`Disk::rename`].
    Rename,
    /// [`Disk::is_named`].
    IsNamed,
    /// [`Disk::remove`].
    Remove,
}

/// One directory of a disk. Every call may fail at any time, and the journal must be right when it does.
///
/// Handles are shared when they are cloned: a compaction reads and writes beside the journal.
pub trait Disk: Clone {
    /// An open file.
    type File: Clone + fmt::Debug;
    /// Why the disk refused.
    type Error: fmt::Debug;

    /// Opens a file for reading and writing; none when there is none of that name.
    ///
    /// # Errors
    /// When the disk refuses.
    fn open(&mut self, name: &str) -> Result<Option<Self::File>, Self::Error>;

    /// Makes an empty file, or empties the one of that name. Nobody but its owner may read it.
    ///
    /// # Errors
    /// When the disk refuses.
    fn create(&mut self, name: &str) -> Result<Self::File, Self::Error>;

    /// The bytes of a file from an offset on, up to another, or to its end.
    ///
    /// # Errors
    /// When the disk refuses.
    fn read(&mut self, file: &Self::File, from: u64, to: Option<u64>) -> Result<Vec<u8>, Self::Error>;

    /// Writes all bytes at an offset. An error leaves any part of them written.
    ///
    /// # Errors
    /// When the disk refuses.
    fn write_at(&mut self, file: &Self::File, at: u64, bytes: &[u8]) -> Result<(), Self::Error>;

    /// Sets room aside up to an offset, so that writing there does not fail for want of it. A disk that cannot promise that
    /// does nothing.
    ///
    /// # Errors
    /// When there is no room.
    fn reserve(&mut self, file: &Self::File, to: u64) -> Result<(), Self::Error>;

    /// Cuts a file.
    ///
    /// # Errors
    /// When the disk refuses.
    fn truncate(&mut self, file: &Self::File, length: u64) -> Result<(), Self::Error>;

    /// Makes durable what was written to a file. After an error nothing is known of it.
    ///
    /// # Errors
    /// When the disk refuses, or the file has no name any more: what is written to it would be found by nobody.
    fn sync(&mut self, file: &Self::File) -> Result<(), Self::Error>;

    /// Makes the names of the directory durable.
    ///
    /// # Errors
    /// When the disk refuses.
    fn sync_directory(&mut self) -> Result<(), Self::Error>;

    /// Renames a file, in place of the file that has the name.
    ///
    /// # Errors
    /// When the disk refuses. Whether it happened is asked with [`Self::is_named`].
    fn rename(&mut self, from: &str, to: &str) -> Result<(), Self::Error>;

    /// Whether a name is that of this file.
    ///
    /// # Errors
    /// When the disk refuses.
    fn is_named(&mut self, name: &str, file: &Self::File) -> Result<bool, Self::Error>;

    /// Takes a name away; nothing happens when there is none.
    ///
    /// # Errors
    /// When the disk refuses.
    fn remove(&mut self, name: &str) -> Result<(), Self::Error>;
}
