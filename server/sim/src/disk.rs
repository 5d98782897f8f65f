//! The simulated disk as a server's data directory.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use claque_core::journal::Disk;
use claque_server::journal::SimulatedDirectory;
use claque_sim::disk::{DiskError, SimDisk};

/// A directory of a simulated disk.
#[derive(Clone, Debug)]
pub(crate) struct DataDirectory {
    pub(crate) disk: SimDisk,
    /// The process is gone: what is left of it until its runtime ends reaches nothing.
    pub(crate) dead: Arc<AtomicBool>,
}

/// The error as the system numbers it.
fn numbered(error: DiskError) -> io::Error {
    io::Error::from_raw_os_error(match error {
        DiskError::Io | DiskError::Dead => 5,
        DiskError::NoSpace => 28,
        DiskError::TooManyOpen => 24,
    })
}

impl DataDirectory {
    /// A handle of its own: clones share the disk, and calls need one that may change.
    fn disk(&self) -> io::Result<SimDisk> {
        if self.dead.load(Ordering::Relaxed) { Err(numbered(DiskError::Dead)) } else { Ok(self.disk.clone()) }
    }
}

impl SimulatedDirectory for DataDirectory {
    fn open(&self, name: &str) -> io::Result<Option<usize>> {
        self.disk()?.open(name).map_err(numbered)
    }

    fn create(&self, name: &str) -> io::Result<usize> {
        self.disk()?.create(name).map_err(numbered)
    }

    fn read(&self, file: usize, from: u64, to: Option<u64>) -> io::Result<Vec<u8>> {
        self.disk()?.read(&file, from, to).map_err(numbered)
    }

    fn write_at(&self, file: usize, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.disk()?.write_at(&file, at, bytes).map_err(numbered)
    }

    fn reserve(&self, file: usize, to: u64) -> io::Result<()> {
        self.disk()?.reserve(&file, to).map_err(numbered)
    }

    fn truncate(&self, file: usize, length: u64) -> io::Result<()> {
        self.disk()?.truncate(&file, length).map_err(numbered)
    }

    fn sync(&self, file: usize) -> io::Result<()> {
        self.disk()?.sync(&file).map_err(numbered)
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.disk()?.sync_directory().map_err(numbered)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk()?.rename(from, to).map_err(numbered)
    }

    fn is_named(&self, name: &str, file: usize) -> io::Result<bool> {
        self.disk()?.is_named(name, &file).map_err(numbered)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk()?.remove(name).map_err(numbered)
    }
}
