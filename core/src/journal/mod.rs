//! The inputs of a service, kept on a disk: the format, and the journal itself over a small file layer. Sans-IO: the server
//! gives it a real disk, the simulator one that tears, reorders and fails.
//!
//! # The files of a data directory
//! | name | what it holds |
//! |---|---|
//! | `inputs.journal` | header, then records: a beginning (what the service was made with, or a snapshot), then one per input |
//! | `inputs.journal.synced` | how far the journal was synced when it last was: two slots, written in turn |
//! | `inputs.journal.new`, `.compacted`, `.restored` | a journal that will take the other's place; what is left of one is removed at the start |
//! | `inputs.journal.cut-N` | a torn tail, kept beside: it was cut where record N should have begun |
//!
//! # What is promised
//! An acknowledgement follows [`Journal::commit`]; what was acknowledged is found again after any crash. The reasoning:
//!
//! - *Appending* writes all pending bytes at the end that is known to be durable, then syncs. After an error the bytes stay
//!   pending, and the next commit writes **the same bytes to the same place** before it syncs again. A second sync alone would
//!   not do: kernels mark pages clean whose writing failed. And a record is never written twice.
//! - *Replacing* (compaction, reset, restore) writes a new file and syncs it, renames it over the old one, goes on with the
//!   new one, and syncs the directory. An error before the rename leaves the old journal, which goes on. An error after it
//!   leaves nobody knowing which of the two a power failure would bring back: the journal takes nothing more.
//! - *Opening* trusts no page that it did not write: what was not known to be durable is written again and synced before
//!   anything is answered from it.
//! - *A torn tail* (a crash while records were written that nobody was answered for) is cut. *Damage* to what was acknowledged
//!   is refused. The two look alike: only knowing what was synced tells them apart. It is known in two ways. Each record says
//!   how many records before it were not yet synced when it was written, so that any later batch proves the earlier ones. For
//!   the last batch the side file `inputs.journal.synced` does: it is written after each sync and not itself synced before
//!   the answer, which would double the cost of every commit. It survives a killed process always; a power failure may
//!   bring back an older slot, which proves less and never too much. Cut bytes are kept beside in any case.
//! - Sequence numbers go on across replacements, so a journal that lacks acknowledged records at its end, or is missing
//!   altogether, is refused too.
//!
//! Assumed of the disk: a sync that reports success is true; a sector of 512 bytes is written whole or not at all; a rename
//! happens or does not; a directory whose sync failed keeps its changes to itself until a later sync or a crash.
//!
//! # What is written down
//! Inputs that changed the service: accepted calls, logons, lost links, verdicts, changed bounds. Not operations that only read, and
//! nothing that was refused: a refusal changes nothing but the caller's quota, quotas are of single seconds, and no restart
//! is that quick. So a full disk stops no reader, and a replay refuses nothing: it counts fewer calls, never more.
//!
//! # The format
//! ```text
//! header   4   "CLQJ"
//!          2   format version (u16 LE)
//!          2   zero
//!          32  product and version that began the file, UTF-8, filled up with zeroes
//!          8   sequence number of the first record (u64 LE)
//!          12  zero
//!          4   CRC-32 (IEEE) of what precedes it: the file's seed
//! record   4   chain: CRC-32 of the sixteen bytes that follow and the payload, xor the chain before, which is rotated to
//!              the left by one bit: it stands for everything since the header
//!          4   bytes of the payload (u32 LE), at least 1
//!          8   sequence number (u64 LE)
//!          4   sequence numbers since the last record that was known to be durable (u32 LE)
//!          4   check: CRC-32 of the sixteen bytes before, xor the seed: a damaged length must not look like a torn tail
//!          …   payload: an `Entry`, postcard
//! ```

mod compact;
mod disk;
mod frame;
mod give_back;
mod keep;
pub mod old;
mod reader;
mod renewal;
mod store;
mod synced;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::words::config::Config;
use crate::words::input::Input;
use crate::words::time::Instant;

pub use compact::{Plan, Staged};
pub use disk::{Disk, DiskCall};
pub use frame::{HEADER_BYTES, Header, TooLong, Writer};
pub use give_back::give_back;
pub use reader::{Reader, Record, read};
pub use renewal::{Renewal, Renewed};
pub use store::{Cut, Journal, JournalMutant, Mark, OpenError, Opened, Replaced, Unwritten};
pub use synced::Synced;

/// Version of the record format. A server opens no other; [`old`] reads the one before.
pub const FORMAT_VERSION: u16 = 3;
/// Product and version, as a journal names them.
pub const PRODUCT: &str = concat!("claque ", env!("CARGO_PKG_VERSION"));
/// Longest state that is written as a snapshot: by a compaction, a control route or a command. Unit: bytes.
pub const SNAPSHOT_BYTES_MAX: usize = 2 << 30;
/// Longest payload of a record: a snapshot with its configuration. Unit: bytes. A longer length field is damage.
pub const PAYLOAD_BYTES_MAX: usize = SNAPSHOT_BYTES_MAX + (64 << 20);
/// Longest file of a snapshot: a journal whose only record is as long as may be. What writes such a file and what reads one
/// have this bound. Unit: bytes.
pub const SNAPSHOT_FILE_BYTES_MAX: usize = HEADER_BYTES + frame::FRAME_BYTES + PAYLOAD_BYTES_MAX;

/// Name of the journal inside its directory.
pub const FILE_NAME: &str = "inputs.journal";
/// Name of the file that says how far it was synced.
pub const SYNCED_NAME: &str = "inputs.journal.synced";
/// Name of a journal that is to take the other's place.
pub const NEW_NAME: &str = "inputs.journal.new";
/// Name of a compacted journal that is to take the other's place. Not the same: it is written while the other may be replaced.
pub const COMPACTED_NAME: &str = "inputs.journal.compacted";
/// Name of a restored journal that is to take the other's place. A third, because it is written while the others may be.
pub const RESTORED_NAME: &str = "inputs.journal.restored";

/// The content of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// A service was made. Only ever the first record.
    Genesis(Instant, Config),
    /// Something happened to it.
    Input(Instant, Input),
    /// A service goes on where it was, with the configuration it had: [`Snapshot::to_bytes`](crate::Snapshot::to_bytes), and
    /// the nonces that may not come again. Only ever the first record: a compacted journal begins with it.
    Snapshot(Config, Vec<u8>, Vec<UsedNonce>),
    /// Something happened to it by a signed call.
    Signed(Instant, UsedNonce, Input),
    /// A signed call changed nothing; its nonce may not come again all the same.
    Nonce(UsedNonce),
    /// The state at a time, as a digest: a replay that leads to another is not the same service.
    Digest(StateDigest),
}

/// A nonce that was used up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UsedNonce {
    /// The key that signed.
    pub access_key_id: String,
    /// The nonce.
    pub nonce: String,
    /// When the call was signed, as it says. Unit: seconds since the UNIX epoch.
    pub signed_at: u64,
}

/// A digest of a state, by which two are compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateDigest {
    /// When.
    pub at: Instant,
    /// [`Service::lasting_digest`](crate::Service::lasting_digest) then.
    pub digest: u64,
    /// Who says so: product and version.
    pub product: String,
}

/// Why a journal cannot be read on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JournalError {
    /// The header is not that of a journal.
    Header {
        /// The content that was found.
        found: String,
    },
    /// A journal of another format version.
    Version {
        /// Its version.
        found: u16,
    },
    /// The last record is incomplete: cut the file at `offset`.
    TornTail {
        /// Where the record begins. Unit: bytes from the start of the file.
        offset: usize,
        /// Bytes after it.
        bytes: usize,
    },
    /// A record does not check, and tearing does not explain it.
    Corrupt {
        /// Where the record begins. Unit: bytes from the start of the file.
        offset: usize,
        /// The mistake.
        what: String,
    },
    /// The journal reads to its end, and that is too early.
    Missing {
        /// The last record that is there.
        last: u64,
        /// The last record that was acknowledged.
        acknowledged: u64,
    },
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header { found } => {
                write!(f, "not a journal or a snapshot of Claque: the file begins with {found}")
            }
            Self::Version { found } => write!(
                f,
                "a journal of format version {found}; this is {PRODUCT}, which writes version {FORMAT_VERSION}"
            ),
            Self::TornTail { offset, bytes } => {
                write!(f, "the last record is torn: {bytes} bytes from offset {offset} on")
            }
            Self::Corrupt { offset, what } => {
                write!(f, "corrupt at offset {offset}: {what}; what precedes the offset is intact")
            }
            Self::Missing { last, acknowledged } => write!(
                f,
                "the journal ends with record {last}, and records up to {acknowledged} were acknowledged \
                 ({SYNCED_NAME} says so)"
            ),
        }
    }
}

impl core::error::Error for JournalError {}

#[cfg(test)]
mod tests;
