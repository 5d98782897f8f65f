//! The journal on disk: inputs are appended, made durable, and only then answered.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use claque_core::journal::{self, Entry, JournalError, Reader, Record};

/// Name of the journal inside a data directory.
pub const FILE_NAME: &str = "inputs.journal";

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
                "{}: {error}. Nothing was changed. `claque journal inspect {}` shows what is intact; to go on with \
                 that, cut the file there or start with another --data directory",
                path.display(),
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

/// A journal open for appending. Holds an exclusive lock on its file.
#[derive(Debug)]
pub struct JournalFile {
    file: File,
    path: PathBuf,
    buffer: Vec<u8>,
    bytes: u64,
}

impl JournalFile {
    /// Opens the journal of a data directory, which is created if it is not there; a torn tail is cut.
    ///
    /// # Errors
    /// When the file system refuses, another server holds the lock, or the journal is corrupt before its tail.
    pub fn open(directory: &Path) -> Result<Opened, OpenError> {
        let path = directory.join(FILE_NAME);
        let io = |error| OpenError::Io(path.clone(), error);
        std::fs::create_dir_all(directory).map_err(io)?;
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = options.map_err(io)?;
        file.try_lock().map_err(|_| OpenError::Locked(directory.to_owned()))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(io)?;
        let (records, intact) = read(&bytes).map_err(|error| OpenError::Journal(path.clone(), error))?;
        let torn_bytes = bytes.len() - intact;
        if torn_bytes > 0 {
            file.set_len(intact as u64).map_err(io)?;
        }
        let mut journal = Self { file, path: path.clone(), buffer: Vec::new(), bytes: intact as u64 };
        journal.file.seek(SeekFrom::Start(intact as u64)).map_err(io)?;
        if intact == 0 {
            journal.buffer.extend_from_slice(&journal::header());
        }
        journal.commit().map_err(io)?;
        // The entry of a new file must survive too.
        File::open(directory).and_then(|directory| directory.sync_all()).map_err(io)?;
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
            self.file.write_all(&self.buffer)?;
            self.file.sync_data()?;
            self.bytes += written as u64;
            self.buffer.clear();
        }
        Ok(written)
    }

    /// Throws everything away and begins again with one entry.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn restart(&mut self, first: &Entry) -> io::Result<()> {
        self.buffer.clear();
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.bytes = 0;
        self.buffer.extend_from_slice(&journal::header());
        self.append(first);
        self.commit().map(drop)
    }

    /// Bytes that are durable.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
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
