//! A directory of a real disk. Every name is looked up from its handle: who renames or replaces the path changes nothing.

use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt};
use std::path::Path;
use std::sync::Arc;

use claque_core::journal::{Disk, DiskCall};
use rustix::fs::{AtFlags, FallocateFlags, Mode, OFlags};
use rustix::io::Errno;

use super::DiskFaults;

const OWNER_ONLY: Mode = Mode::RUSR.union(Mode::WUSR);
// The journal has the secrets that applications sign with: group and others are kept out.
const OTHERS: u32 = 0o077;

/// An open directory; clones share it.
#[derive(Clone, Debug)]
pub struct Directory {
    handle: Arc<File>,
    faults: DiskFaults,
}

impl Directory {
    /// Opens a directory, which is made for its owner alone when it is not there.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::failing(path, DiskFaults::default())
    }

    /// Opens a directory whose disk fails as planned, from the first file on.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn failing(path: &Path, faults: DiskFaults) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        let directory = File::open(path)?;
        // An empty one was made for this, and nobody else needs to look into it.
        if std::fs::read_dir(path)?.next().is_none() {
            rustix::fs::fchmod(&directory, OWNER_ONLY | Mode::XUSR)?;
        }
        Ok(Self { handle: Arc::new(directory), faults })
    }

    /// Takes the directory for this process. False: another has it.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn lock(&self) -> io::Result<bool> {
        match self.handle.try_lock() {
            Ok(()) => Ok(true),
            // Tried and not waited for: a second server on the same directory is a mistake, and should say
            // so.
            Err(std::fs::TryLockError::WouldBlock) => Ok(false),
            Err(std::fs::TryLockError::Error(error)) => Err(error),
        }
    }

    /// Whether others than the owner may look into it.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn is_open_to_others(&self) -> io::Result<bool> {
        Ok(rustix::fs::fstat(&*self.handle)?.st_mode & OTHERS != 0)
    }

    fn open_file(&self, name: &str, flags: OFlags) -> io::Result<OpenFile> {
        // No link is followed: somebody who may write into the directory could have the journal truncate any
        // file of its owner.
        let flags = flags | OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let file = File::from(rustix::fs::openat(&*self.handle, name, flags, OWNER_ONLY)?);
        // A journal holds secrets, also where somebody else made the file.
        if rustix::fs::fstat(&file)?.st_mode & OTHERS != 0 {
            rustix::fs::fchmod(&file, OWNER_ONLY)?;
        }
        Ok(OpenFile(Arc::new(Closing(Some(file)))))
    }
}

/// An open file of a [`Directory`]; clones share it.
#[derive(Clone, Debug)]
pub struct OpenFile(Arc<Closing>);

#[derive(Debug)]
struct Closing(Option<File>);

impl std::ops::Deref for OpenFile {
    type Target = File;

    fn deref(&self) -> &File {
        self.0.0.as_ref().expect("it is there until it is closed")
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        let Some(file) = self.0.take() else { return };
        let nameless = rustix::fs::fstat(&file).is_ok_and(|status| status.st_nlink == 0);
        // The last handle of a file without a name frees its blocks: most of a second for a gigabyte, in which the thread
        // that replaced a journal would serve nobody. Where no thread can be had, the file is closed here.
        if nameless {
            drop(std::thread::Builder::new().name("close".to_owned()).spawn(move || drop(file)));
        }
    }
}

impl Disk for Directory {
    type File = OpenFile;
    type Error = io::Error;

    fn open(&mut self, name: &str) -> io::Result<Option<OpenFile>> {
        self.faults.whole(DiskCall::Open, || match self.open_file(name, OFlags::empty()) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        })
    }

    fn create(&mut self, name: &str) -> io::Result<OpenFile> {
        self.faults.whole(DiskCall::Create, || self.open_file(name, OFlags::CREATE | OFlags::TRUNC))
    }

    fn read(&mut self, file: &OpenFile, from: u64, to: Option<u64>) -> io::Result<Vec<u8>> {
        self.faults.whole(DiskCall::Read, || {
            let length = file.metadata()?.len();
            let span = to.unwrap_or(length).min(length).saturating_sub(from);
            let mut bytes = vec![0; usize::try_from(span).map_err(io::Error::other)?];
            // Exact: a file that shrank since its length was asked is an error, not a shorter journal.
            file.read_exact_at(&mut bytes, from)?;
            Ok(bytes)
        })
    }

    fn write_at(&mut self, file: &OpenFile, at: u64, bytes: &[u8]) -> io::Result<()> {
        let half = || file.write_all_at(&bytes[..bytes.len() / 2], at);
        self.faults.or(DiskCall::Write, half, || file.write_all_at(bytes, at))
    }

    fn reserve(&mut self, file: &OpenFile, to: u64) -> io::Result<()> {
        let reserved = || rustix::fs::fallocate(&**file, FallocateFlags::KEEP_SIZE, 0, to);
        self.faults.whole(DiskCall::Reserve, || match reserved() {
            // A file system that sets no room aside has promised nothing, and writing tells.
            Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL | Errno::FBIG) => Ok(()),
            Err(error) => Err(error.into()),
        })
    }

    fn truncate(&mut self, file: &OpenFile, length: u64) -> io::Result<()> {
        self.faults.whole(DiskCall::Truncate, || file.set_len(length))
    }

    fn sync(&mut self, file: &OpenFile) -> io::Result<()> {
        self.faults.whole(DiskCall::Sync, || {
            // Data alone: the length is part of what `fdatasync` makes durable, times are not, and those
            // would cost a second write.
            file.sync_data()?;
            if rustix::fs::fstat(&**file)?.st_nlink == 0 {
                return Err(io::Error::other(
                    "the file was removed while it was written: nobody would find it again",
                ));
            }
            Ok(())
        })
    }

    fn sync_directory(&mut self) -> io::Result<()> {
        self.faults.whole(DiskCall::SyncDirectory, || self.handle.sync_all())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.faults
            // Both names from the handle: a directory that was moved meanwhile stays the one that is locked.
            .whole(DiskCall::Rename, || Ok(rustix::fs::renameat(&*self.handle, from, &*self.handle, to)?))
    }

    fn is_named(&mut self, name: &str, file: &OpenFile) -> io::Result<bool> {
        self.faults.whole(DiskCall::IsNamed, || {
            let named = match rustix::fs::statat(&*self.handle, name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(named) => named,
                Err(Errno::NOENT) => return Ok(false),
                Err(error) => return Err(error.into()),
            };
            let open = rustix::fs::fstat(&**file)?;
            // Device and inode: a name may lead to another file of the same length, put there by a restore
            // from a backup.
            Ok((named.st_dev, named.st_ino) == (open.st_dev, open.st_ino))
        })
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        let removed = || rustix::fs::unlinkat(&*self.handle, name, AtFlags::empty());
        self.faults.whole(DiskCall::Remove, || match removed() {
            // Gone is what was asked for: a clean-up that is run twice must not fail the second time.
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        })
    }
}
