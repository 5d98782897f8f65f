//! The disk under a journal: a directory of the machine's, or one that a simulator keeps in memory.

use std::fmt::Debug;
use std::io;
use std::sync::Arc;

use claque_core::journal::Disk;

use super::{Directory, OpenFile};

/// A directory that a simulator keeps. The calls are those of [`Disk`]; a file is a number that the directory gave.
#[expect(clippy::missing_errors_doc, reason = "as the calls of Disk: when the disk refuses")]
pub trait SimulatedDirectory: Debug + Send + Sync {
    /// [`Disk::open`].
    fn open(&self, name: &str) -> io::Result<Option<usize>>;
    /// [`Disk::create`].
    fn create(&self, name: &str) -> io::Result<usize>;
    /// [`Disk::read`].
    fn read(&self, file: usize, from: u64, to: Option<u64>) -> io::Result<Vec<u8>>;
    /// [`Disk::write_at`].
    fn write_at(&self, file: usize, at: u64, bytes: &[u8]) -> io::Result<()>;
    /// [`Disk::reserve`].
    fn reserve(&self, file: usize, to: u64) -> io::Result<()>;
    /// [`Disk::truncate`].
    fn truncate(&self, file: usize, length: u64) -> io::Result<()>;
    /// [`Disk::sync`].
    fn sync(&self, file: usize) -> io::Result<()>;
    /// [`Disk::sync_directory`].
    fn sync_directory(&self) -> io::Result<()>;
    /// [`Disk::rename`].
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// [`Disk::is_named`].
    fn is_named(&self, name: &str, file: usize) -> io::Result<bool>;
    /// [`Disk::remove`].
    fn remove(&self, name: &str) -> io::Result<()>;
}

/// The directory of a journal.
#[derive(Clone, Debug)]
pub enum JournalDisk {
    /// On the machine's disk.
    Real(Directory),
    /// In a simulator's memory.
    Simulated(Arc<dyn SimulatedDirectory>),
}

/// An open file of a [`JournalDisk`].
#[derive(Clone, Debug)]
pub enum JournalFile {
    /// On the machine's disk.
    Real(OpenFile),
    /// By its number.
    Simulated(usize),
}

/// A file of another disk than its directory's.
const FOREIGN: &str = "a file is used with the disk that opened it";

impl JournalFile {
    fn real(&self) -> &OpenFile {
        match self {
            Self::Real(file) => file,
            Self::Simulated(_) => unreachable!("{FOREIGN}"),
        }
    }

    fn simulated(&self) -> usize {
        match self {
            Self::Real(_) => unreachable!("{FOREIGN}"),
            Self::Simulated(file) => *file,
        }
    }
}

impl Disk for JournalDisk {
    type File = JournalFile;
    type Error = io::Error;

    fn open(&mut self, name: &str) -> io::Result<Option<JournalFile>> {
        match self {
            Self::Real(disk) => Ok(disk.open(name)?.map(JournalFile::Real)),
            Self::Simulated(disk) => Ok(disk.open(name)?.map(JournalFile::Simulated)),
        }
    }

    fn create(&mut self, name: &str) -> io::Result<JournalFile> {
        match self {
            Self::Real(disk) => disk.create(name).map(JournalFile::Real),
            Self::Simulated(disk) => disk.create(name).map(JournalFile::Simulated),
        }
    }

    fn read(&mut self, file: &JournalFile, from: u64, to: Option<u64>) -> io::Result<Vec<u8>> {
        match self {
            Self::Real(disk) => disk.read(file.real(), from, to),
            Self::Simulated(disk) => disk.read(file.simulated(), from, to),
        }
    }

    fn write_at(&mut self, file: &JournalFile, at: u64, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Real(disk) => disk.write_at(file.real(), at, bytes),
            Self::Simulated(disk) => disk.write_at(file.simulated(), at, bytes),
        }
    }

    fn reserve(&mut self, file: &JournalFile, to: u64) -> io::Result<()> {
        match self {
            Self::Real(disk) => disk.reserve(file.real(), to),
            Self::Simulated(disk) => disk.reserve(file.simulated(), to),
        }
    }

    fn truncate(&mut self, file: &JournalFile, length: u64) -> io::Result<()> {
        match self {
            Self::Real(disk) => disk.truncate(file.real(), length),
            Self::Simulated(disk) => disk.truncate(file.simulated(), length),
        }
    }

    fn sync(&mut self, file: &JournalFile) -> io::Result<()> {
        match self {
            Self::Real(disk) => disk.sync(file.real()),
            Self::Simulated(disk) => disk.sync(file.simulated()),
        }
    }

    fn sync_directory(&mut self) -> io::Result<()> {
        match self {
            Self::Real(disk) => disk.sync_directory(),
            Self::Simulated(disk) => disk.sync_directory(),
        }
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        match self {
            Self::Real(disk) => disk.rename(from, to),
            Self::Simulated(disk) => disk.rename(from, to),
        }
    }

    fn is_named(&mut self, name: &str, file: &JournalFile) -> io::Result<bool> {
        match self {
            Self::Real(disk) => disk.is_named(name, file.real()),
            Self::Simulated(disk) => disk.is_named(name, file.simulated()),
        }
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        match self {
            Self::Real(disk) => disk.remove(name),
            Self::Simulated(disk) => disk.remove(name),
        }
    }
}
