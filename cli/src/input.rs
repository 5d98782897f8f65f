//! Files that somebody names, with whose fault it is that one cannot be read.

use std::path::Path;

use claque_conformance::file::{self, FILE_BYTES_MAX, WRITTEN_BYTES_MAX};

use crate::CommandFailure;

/// The bytes of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, CommandFailure> {
    read_at_most(path, FILE_BYTES_MAX)
}

/// The bytes of a file that has at most `most` of them.
pub(crate) fn read_at_most(path: &Path, most: u64) -> Result<Vec<u8>, CommandFailure> {
    file::read(path, most).map_err(CommandFailure::Usage)
}

/// The text of a file.
pub(crate) fn read_text(path: &Path) -> Result<String, CommandFailure> {
    file::read_text(path, FILE_BYTES_MAX).map_err(CommandFailure::Usage)
}

/// The text of a file that somebody wrote by hand.
pub(crate) fn read_written(path: &Path) -> Result<String, CommandFailure> {
    file::read_text(path, WRITTEN_BYTES_MAX).map_err(CommandFailure::Usage)
}
