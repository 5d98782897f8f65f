//! The data directory: the journal of core on a real disk, and what a start finds in it.
//!
//! The promises and the format are those of [`claque_core::journal`]. A directory belongs to one server at a time: the
//! lock is on the directory itself, so that removing a file does not open it to another.

mod directory;
mod faults;
mod layer;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use claque_core::Instant;
use claque_core::journal::{self as format, Cut, JournalError, Record};

pub use claque_core::journal::{DiskCall, FILE_NAME, read};
pub use directory::{Directory, OpenFile};
pub use faults::{DiskEffect, DiskFault, DiskFaults};
pub use layer::{JournalDisk, JournalFile, SimulatedDirectory};

/// A journal as the server keeps it.
pub type DiskJournal = format::Journal<JournalDisk>;

/// Why a journal could not be opened.
#[derive(Debug)]
pub enum JournalOpenError {
    /// The file system refused.
    Io(PathBuf, io::Error),
    /// The journal does not read.
    Journal(PathBuf, JournalError),
    /// The journal is gone.
    Gone(PathBuf, u64),
    /// Another server has the directory open.
    Locked(PathBuf),
}

impl std::fmt::Display for JournalOpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(path, error) if error.kind() == io::ErrorKind::NotFound => write!(
                f,
                "{}: there is no such folder, and none can be made there; --data names another",
                path.display()
            ),
            Self::Io(path, error)
                if matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory) =>
            {
                write!(
                    f,
                    "{}: this is a file, and the journal needs a folder; --data names another",
                    path.display()
                )
            }
            Self::Io(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Journal(path, error) => {
                write!(f, "{}: {error}. Nothing was changed. ", path.display())?;
                let path = path.display();
                match error {
                    JournalError::Version { found: format::old::FORMAT_VERSION } => {
                        write!(
                            f,
                            "`claque journal salvage {path} --to DIR` copies it into a new data directory"
                        )
                    }
                    JournalError::Version { .. } => f.write_str("Start the version of claque that wrote it"),
                    JournalError::Header { .. }
                    | JournalError::TornTail { .. }
                    | JournalError::Corrupt { .. }
                    | JournalError::Missing { .. } => write!(
                        f,
                        "`claque journal inspect {path}` shows what is intact, `claque journal salvage {path} --to DIR` \
                         copies it to a new data directory to go on with"
                    ),
                }
            }
            Self::Gone(path, acknowledged) => write!(
                f,
                "{0}: there is no journal, and {acknowledged} records were acknowledged ({1} says so). Put it back, or remove \
                 {1} too to begin with nothing",
                path.display(),
                format::SYNCED_NAME
            ),
            Self::Locked(path) => write!(
                f,
                "{}: another server has this directory open; stop it, or name another directory with --data",
                path.display()
            ),
        }
    }
}

impl std::error::Error for JournalOpenError {}

/// An open data directory, and what was found in it.
#[derive(Debug)]
pub struct OpenedDirectory {
    /// The journal, ready to append.
    pub journal: DiskJournal,
    /// Its records, oldest first; none: it is to begin.
    pub records: Vec<Record>,
    /// Product and version that began the file.
    pub product: String,
    /// A torn tail that was cut, and is kept beside.
    pub cut: Option<Cut>,
    /// The machine's time when records were last made durable, if that was kept.
    pub wall: Option<Instant>,
    /// Whether others than its owner may look into the directory.
    pub open_to_others: bool,
}

/// Opens the journal of a data directory, which is created if it is not there.
///
/// # Errors
/// When the file system refuses, another server has the directory, or what is there is not all that was acknowledged.
pub fn open(path: &Path) -> Result<OpenedDirectory, JournalOpenError> {
    open_failing(path, DiskFaults::default())
}

/// Opens the journal of a data directory whose disk fails as planned.
///
/// # Errors
/// As [`open`].
pub fn open_failing(path: &Path, faults: DiskFaults) -> Result<OpenedDirectory, JournalOpenError> {
    let io = |error| JournalOpenError::Io(path.to_owned(), error);
    let directory = Directory::failing(path, faults).map_err(io)?;
    // Ahead of opening, which repairs a torn tail: two servers that repair one file would destroy it.
    if !directory.lock().map_err(io)? {
        return Err(JournalOpenError::Locked(path.to_owned()));
    }
    let open_to_others = directory.is_open_to_others().map_err(io)?;
    Ok(OpenedDirectory { open_to_others, ..open_on(JournalDisk::Real(directory), path)? })
}

/// Opens the journal of a simulated data directory, which errors name by a path.
///
/// # Errors
/// As [`open`].
pub fn open_simulated(
    disk: &Arc<dyn SimulatedDirectory>,
    path: &Path,
) -> Result<OpenedDirectory, JournalOpenError> {
    open_on(JournalDisk::Simulated(Arc::clone(disk)), path)
}

fn open_on(disk: JournalDisk, path: &Path) -> Result<OpenedDirectory, JournalOpenError> {
    let file = path.join(FILE_NAME);
    let opened = DiskJournal::open(disk).map_err(|error| match error {
        format::OpenError::Disk(error) => JournalOpenError::Io(file.clone(), error),
        format::OpenError::Journal(error) => JournalOpenError::Journal(file.clone(), error),
        format::OpenError::Gone { acknowledged } => JournalOpenError::Gone(file.clone(), acknowledged),
    })?;
    let format::Opened { journal, records, product, cut, wall } = opened;
    Ok(OpenedDirectory { journal, records, product, cut, wall, open_to_others: false })
}
