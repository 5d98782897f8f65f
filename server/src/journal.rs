//! The journal on disk: inputs are appended, made durable, and only then answered.
//!
//! A data directory holds `inputs.journal`, `lock` (held while a server has the directory), and for a moment
//! `inputs.journal.new`, which takes the journal's place when it is written whole. So the first record is never torn:
//! where it does not check, the journal is damaged, and not to be begun afresh.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use claque_core::journal::{self, Entry, JournalError, Reader, Record};

/// Name of the journal inside a data directory.
pub const FILE_NAME: &str = "inputs.journal";
const NEW_FILE_NAME: &str = "inputs.journal.new";
const LOCK_NAME: &str = "lock";

/// Why a journal could not be opened.
#[derive(Debug)]
pub enum OpenError {
    /// The file system refused.
    Io(PathBuf, io::Error),
    /// The journal does not read.
    Journal(PathBuf, JournalError),
    /// Another server has the directory open.
    Locked(PathBuf),
}

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Journal(path, error) => write!(
                f,
                "{0}: {error}. Nothing was changed. `claque journal inspect {0}` shows what is intact, `claque journal \
                 salvage {0} --to DIR` copies it to a new data directory to go on with",
                path.display()
            ),
            Self::Locked(path) => write!(f, "{}: another server has this directory open", path.display()),
        }
    }
}

impl std::error::Error for OpenError {}

/// What opening a journal found.
#[derive(Debug)]
pub struct Opened {
    /// The journal, ready to append.
    pub journal: JournalFile,
    /// Its records, oldest first.
    pub records: Vec<Record>,
    /// Bytes of a torn tail that were cut; 0: none.
    pub torn_bytes: usize,
}

/// A journal open for appending. Holds its directory's lock.
#[derive(Debug)]
pub struct JournalFile {
    /// None: there is no journal yet.
    file: Option<File>,
    directory: PathBuf,
    path: PathBuf,
    buffer: Vec<u8>,
    bytes: u64,
    begun_bytes: u64,
    /// Gives the lock back when it is dropped.
    _lock: File,
}

impl JournalFile {
    /// Opens the journal of a data directory, which is created if it is not there; a torn tail is cut. A journal without
    /// records is new: it begins with [`Self::restart`].
    ///
    /// # Errors
    /// When the file system refuses, another server holds the lock, or the journal is corrupt before its tail.
    pub fn open(directory: &Path) -> Result<Opened, OpenError> {
        let path = directory.join(FILE_NAME);
        let io = |error| OpenError::Io(path.clone(), error);
        std::fs::create_dir_all(directory).map_err(io)?;
        let options =
            |create| OpenOptions::new().read(true).write(true).create(create).truncate(false).clone();
        let lock = options(true).open(directory.join(LOCK_NAME)).map_err(io)?;
        lock.try_lock().map_err(|_| OpenError::Locked(directory.to_owned()))?;
        let mut journal = Self {
            file: None,
            directory: directory.to_owned(),
            path: path.clone(),
            buffer: Vec::new(),
            bytes: 0,
            begun_bytes: 0,
            _lock: lock,
        };
        let mut file = match options(false).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Opened { journal, records: Vec::new(), torn_bytes: 0 });
            }
            Err(error) => return Err(io(error)),
        };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(io)?;
        let (records, intact) = read(&bytes).map_err(|error| OpenError::Journal(path.clone(), error))?;
        if records.is_empty() {
            let what = "the first record is incomplete, and it never is when a server wrote it";
            let error = JournalError::Corrupt { offset: intact, what };
            return Err(OpenError::Journal(path, error));
        }
        let torn_bytes = bytes.len() - intact;
        if torn_bytes > 0 {
            file.set_len(intact as u64).map_err(io)?;
            file.sync_data().map_err(io)?;
        }
        file.seek(SeekFrom::Start(intact as u64)).map_err(io)?;
        journal.file = Some(file);
        journal.bytes = intact as u64;
        journal.begun_bytes = records.get(1).map_or(intact, |second| second.offset) as u64;
        Ok(Opened { journal, records, torn_bytes })
    }

    /// Writes an entry down; durable only after [`Self::commit`].
    pub fn append(&mut self, entry: &Entry) {
        journal::append(&mut self.buffer, entry);
    }

    /// Makes everything appended so far durable. Returns how many bytes went out.
    ///
    /// # Errors
    /// When the file system refuses: nothing since the last commit may be answered, and the server must stop.
    pub fn commit(&mut self) -> io::Result<usize> {
        let written = self.buffer.len();
        if written > 0 {
            let file = self.file.as_mut().ok_or_else(|| io::Error::other("the journal was not begun"))?;
            file.write_all(&self.buffer)?;
            file.sync_data()?;
            self.bytes += written as u64;
            self.buffer.clear();
        }
        Ok(written)
    }

    /// Begins, or begins again with one entry in place of everything: whatever interrupts it, either the old journal or the new
    /// one is there, whole.
    ///
    /// # Errors
    /// When the file system refuses; the old journal is still there then, and the server must stop.
    pub fn restart(&mut self, first: &Entry) -> io::Result<()> {
        self.buffer.clear();
        let mut bytes = journal::header().to_vec();
        journal::append(&mut bytes, first);
        let new_path = self.directory.join(NEW_FILE_NAME);
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&new_path)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        std::fs::rename(&new_path, &self.path)?;
        sync_directory(&self.directory)?;
        self.file = Some(file);
        self.bytes = bytes.len() as u64;
        self.begun_bytes = self.bytes;
        Ok(())
    }

    /// Bytes that are durable.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Bytes of the header and the first record: what a journal that was compacted at that moment took.
    #[must_use]
    pub const fn begun_bytes(&self) -> u64 {
        self.begun_bytes
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory).and_then(|directory| directory.sync_all())
}

/// The records of a journal's bytes and how many bytes they fill; a torn tail is left out.
///
/// # Errors
/// When the journal is corrupt before its tail.
pub fn read(bytes: &[u8]) -> Result<(Vec<Record>, usize), JournalError> {
    let mut reader = match Reader::new(bytes) {
        Ok(reader) => reader,
        Err(JournalError::TornTail { .. }) => return Ok((Vec::new(), 0)),
        Err(error) => return Err(error),
    };
    let mut records = Vec::new();
    for record in reader.by_ref() {
        match record {
            Ok(record) => records.push(record),
            Err(JournalError::TornTail { .. }) => break,
            Err(error) => return Err(error),
        }
    }
    Ok((records, reader.offset()))
}
