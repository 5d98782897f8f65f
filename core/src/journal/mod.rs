//! The journal's format: a header, then framed records: what the service was made with, or a snapshot of it, then one
//! per input. Sans-IO: bytes in, bytes out.
//!
//! ```text
//! header   8 bytes   "CLQJ", format version (u16 LE), zero (u16)
//! record   length    u32 LE, bytes of the payload, at least 1
//!          check     u32 LE, CRC-32 (IEEE) of the four length bytes: a damaged length must not look like a torn tail
//!          checksum  u32 LE, CRC-32 (IEEE) of the payload
//!          payload   an `Entry`, postcard
//! ```
//!
//! A file that ends inside a record has a *torn tail*: the crash happened while it was written, nothing of it was
//! acknowledged, and it is cut. Anything else that does not check is *corrupt* and stops the reader with its offset.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::input::Input;
use crate::time::Instant;

/// Version of the record format. A reader refuses any other.
pub const FORMAT_VERSION: u16 = 1;
/// Bytes of the header.
pub const HEADER_BYTES: usize = 8;
/// Longest payload: 1 GiB, for snapshots. Unit: bytes. A longer length field is corruption, not a record.
pub const PAYLOAD_BYTES_MAX: usize = 1 << 30;

const MAGIC: [u8; 4] = *b"CLQJ";
const FRAME_BYTES: usize = 12;

/// The header of a new journal.
#[must_use]
pub fn header() -> [u8; HEADER_BYTES] {
    let [low, high] = FORMAT_VERSION.to_le_bytes();
    [MAGIC[0], MAGIC[1], MAGIC[2], MAGIC[3], low, high, 0, 0]
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// A service was made. Only ever the first record.
    Genesis(Instant, Config),
    /// Something happened to it.
    Input(Instant, Input),
    /// A service goes on where it was, with the configuration it had: [`Snapshot::to_bytes`](crate::Snapshot::to_bytes).
    /// Only ever the first record: a compacted journal begins with it.
    Snapshot(Config, Vec<u8>),
}

/// Appends one record to a buffer.
///
/// # Panics
/// When the entry is longer than [`PAYLOAD_BYTES_MAX`]; the edge refuses such inputs long before.
pub fn append(buffer: &mut Vec<u8>, entry: &Entry) {
    let start = buffer.len();
    buffer.extend_from_slice(&[0; FRAME_BYTES]);
    let mut whole = postcard::to_extend(entry, core::mem::take(buffer)).expect("entries serialise");
    let payload_bytes = whole.len() - start - FRAME_BYTES;
    assert!(
        payload_bytes <= PAYLOAD_BYTES_MAX,
        "an entry of {payload_bytes} bytes, limit {PAYLOAD_BYTES_MAX}"
    );
    let length = u32::try_from(payload_bytes).expect("bounded above").to_le_bytes();
    let checksum = crc32fast::hash(&whole[start + FRAME_BYTES..]).to_le_bytes();
    whole[start..start + 4].copy_from_slice(&length);
    whole[start + 4..start + 8].copy_from_slice(&crc32fast::hash(&length).to_le_bytes());
    whole[start + 8..start + FRAME_BYTES].copy_from_slice(&checksum);
    *buffer = whole;
}

/// Why a journal cannot be read on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JournalError {
    /// The header is not that of a journal, or of another version.
    Header {
        /// What was found.
        found: String,
    },
    /// The last record is incomplete: cut the file at `offset`.
    TornTail {
        /// Where the record begins. Unit: bytes from the start of the file.
        offset: usize,
        /// Bytes after it.
        bytes: usize,
    },
    /// A record does not check and more follows it.
    Corrupt {
        /// Where the record begins. Unit: bytes from the start of the file.
        offset: usize,
        /// What is wrong.
        what: &'static str,
    },
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header { found } => {
                write!(f, "not a journal of format version {FORMAT_VERSION}: the file begins with {found}")
            }
            Self::TornTail { offset, bytes } => {
                write!(
                    f,
                    "the last record is torn: {bytes} bytes from offset {offset} on were never acknowledged"
                )
            }
            Self::Corrupt { offset, what } => {
                write!(f, "corrupt at offset {offset}: {what}; what precedes the offset is intact")
            }
        }
    }
}

impl core::error::Error for JournalError {}

/// A record as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where it begins. Unit: bytes from the start of the file.
    pub offset: usize,
    /// What it says.
    pub entry: Entry,
}

/// Reads the records of a whole journal, in order. Ends after the first error.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
    ended: bool,
}

impl<'a> Reader<'a> {
    /// Opens a journal.
    ///
    /// # Errors
    /// [`JournalError::Header`] when the header is not that of this format, [`JournalError::TornTail`] at offset 0
    /// when it is incomplete.
    pub fn new(bytes: &'a [u8]) -> Result<Self, JournalError> {
        let expected = header();
        let Some(found) = bytes.get(..HEADER_BYTES) else {
            if expected.starts_with(bytes) {
                return Err(JournalError::TornTail { offset: 0, bytes: bytes.len() });
            }
            return Err(JournalError::Header { found: alloc::format!("{bytes:02x?}") });
        };
        if found != expected {
            return Err(JournalError::Header { found: alloc::format!("{found:02x?}") });
        }
        Ok(Self { bytes, offset: HEADER_BYTES, ended: false })
    }

    /// Where the next record begins: after the last one read without error.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    fn read(&mut self) -> Result<Record, JournalError> {
        let offset = self.offset;
        let rest = &self.bytes[offset..];
        let torn = JournalError::TornTail { offset, bytes: rest.len() };
        let (Some(length), Some(check), Some(sum)) = (word(rest, 0), word(rest, 4), word(rest, 8)) else {
            return Err(torn);
        };
        // Zeroes to the end are a tail that the file system allocated and nobody wrote.
        let unwritten = rest.iter().all(|byte| *byte == 0);
        let payload_bytes = usize::try_from(u32::from_le_bytes(length)).expect("32 bits fit");
        let plausible = (1..=PAYLOAD_BYTES_MAX).contains(&payload_bytes);
        if !plausible || crc32fast::hash(&length) != u32::from_le_bytes(check) {
            let what = "the length does not check";
            return Err(if unwritten { torn } else { JournalError::Corrupt { offset, what } });
        }
        let Some(payload) = rest.get(FRAME_BYTES..FRAME_BYTES + payload_bytes) else { return Err(torn) };
        if crc32fast::hash(payload) != u32::from_le_bytes(sum) {
            // Blocks of a torn write may reach the disk out of order: a last record of the right length can be torn.
            let last = rest.len() == FRAME_BYTES + payload_bytes;
            let what = "the checksum does not match";
            return Err(if last { torn } else { JournalError::Corrupt { offset, what } });
        }
        let entry = postcard::from_bytes(payload).map_err(|_| JournalError::Corrupt {
            offset,
            what: "the checksum matches, but the payload does not decode",
        })?;
        self.offset += FRAME_BYTES + payload_bytes;
        Ok(Record { offset, entry })
    }
}

fn word(bytes: &[u8], at: usize) -> Option<[u8; 4]> {
    bytes.get(at..at + 4)?.try_into().ok()
}

impl Iterator for Reader<'_> {
    type Item = Result<Record, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended || self.offset == self.bytes.len() {
            return None;
        }
        let record = self.read();
        self.ended = record.is_err();
        Some(record)
    }
}

#[cfg(test)]
mod tests;
