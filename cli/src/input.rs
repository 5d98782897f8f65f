//! Files that somebody names, with whose fault it is that one cannot be read.

use std::path::Path;

use claque_conformance::file::{self, FILE_BYTES_MAX, WRITTEN_BYTES_MAX};
use claque_core::Duration;
use claque_scenario::identity::Seed;

use crate::CommandFailure;

/// A span of time as an option's value: a mistake in it is found without a server.
pub(crate) fn span(text: &str) -> Result<String, String> {
    text.parse::<Duration>().map(|_| text.to_owned()).map_err(|error| error.to_string())
}

/// A point in UNIX seconds as an option's value.
pub(crate) fn unix_seconds(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is no time in UNIX seconds: write a whole number, such as 1750420800");
    text.parse().map_err(|_| wrong())
}

/// A seed as an option's value: a number, or a git hash.
pub(crate) fn seed(text: &str) -> Result<u64, String> {
    text.parse::<Seed>().map(Seed::value)
}

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
