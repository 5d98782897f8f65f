//! Headers and records as bytes.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::{Entry, FORMAT_VERSION, JournalError, PAYLOAD_BYTES_MAX, PRODUCT};

pub(super) const MAGIC: [u8; 4] = *b"CLQJ";
/// Bytes of the header.
pub const HEADER_BYTES: usize = 64;
pub(super) const FRAME_BYTES: usize = 24;
const PRODUCT_BYTES: usize = 32;

/// The content of a journal's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Product and version that began the file.
    pub product: String,
    /// Sequence number of the first record.
    pub first: u64,
    /// The header's checksum, which every record's depends on: a record of another file does not check in this one.
    pub seed: u32,
}

impl Header {
    fn bytes(first: u64) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..6].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
        let product = &PRODUCT.as_bytes()[..PRODUCT.len().min(PRODUCT_BYTES)];
        bytes[8..8 + product.len()].copy_from_slice(product);
        bytes[40..48].copy_from_slice(&first.to_le_bytes());
        let seed = crc32fast::hash(&bytes[..60]);
        bytes[60..].copy_from_slice(&seed.to_le_bytes());
        bytes
    }

    /// Reads a header. Nothing is ever torn in it: a journal gets its name only when its beginning is whole.
    ///
    /// # Errors
    /// [`JournalError::Header`], [`JournalError::Version`], or [`JournalError::Corrupt`] when it is cut short or does not check.
    pub fn read(bytes: &[u8]) -> Result<Self, JournalError> {
        let begin = &bytes[..bytes.len().min(8)];
        // By as many bytes as there are: a file that was cut within its first word is a cut journal, and not another
        // kind of file.
        if !begin.starts_with(&MAGIC[..begin.len().min(4)]) {
            return Err(JournalError::Header { found: alloc::format!("{begin:02x?}") });
        }
        let corrupt = |what: &str| JournalError::Corrupt { offset: 0, what: what.into() };
        if let Some([low, high]) = bytes.get(4..6).and_then(|two| <[u8; 2]>::try_from(two).ok()) {
            let found = u16::from_le_bytes([low, high]);
            // Before the checksum, which another version may place elsewhere: another version is not damage.
            if found != FORMAT_VERSION {
                return Err(JournalError::Version { found });
            }
        }
        let Some(header) = bytes.get(..HEADER_BYTES) else {
            return Err(corrupt("the header is cut short, and it never is when a server wrote it"));
        };
        let seed = u32_at(header, 60);
        if crc32fast::hash(&header[..60]) != seed {
            return Err(corrupt("the header does not check"));
        }
        let text = header[8..8 + PRODUCT_BYTES].split(|byte| *byte == 0).next().unwrap_or_default();
        let product = String::from_utf8_lossy(text).into_owned();
        Ok(Self { product, first: u64_at(header, 40), seed })
    }
}

/// An entry is longer than a record may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong {
    /// Bytes of the entry.
    pub bytes: usize,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "an entry of {} bytes; the longest that a journal takes has {PAYLOAD_BYTES_MAX}",
            self.bytes
        )
    }
}

impl core::error::Error for TooLong {}

/// Where in a journal the next record is written. `Clone`: going back to an earlier place is forgetting what came after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Writer {
    pub(super) seed: u32,
    /// Sequence number of the next record.
    pub(super) next: u64,
    pub(super) chain: u32,
    /// Sequence number of the last record that is known to be durable.
    pub(super) durable: u64,
}

impl Writer {
    /// Begins a journal: its header, and a writer whose first record has that sequence number.
    #[must_use]
    pub fn begin(first: u64) -> (Vec<u8>, Self) {
        let header = Header::bytes(first);
        let seed = u32_at(&header, 60);
        let durable = first.saturating_sub(1);
        (header.to_vec(), Self { seed, next: first, chain: seed, durable })
    }

    /// Appends one record to a buffer.
    ///
    /// # Errors
    /// When the entry is too long; nothing has changed then.
    ///
    /// # Panics
    /// Never: entries serialise.
    pub fn append(&mut self, buffer: &mut Vec<u8>, entry: &Entry) -> Result<(), TooLong> {
        let start = buffer.len();
        // Room for the frame, filled in when the payload is known: no second buffer, and no copy.
        buffer.extend_from_slice(&[0; FRAME_BYTES]);
        *buffer = postcard::to_extend(entry, core::mem::take(buffer)).expect("entries serialise");
        self.sealed(buffer, start)
    }

    /// Appends one record whose payload is known.
    pub(super) fn append_payload(&mut self, buffer: &mut Vec<u8>, payload: &[u8]) -> Result<(), TooLong> {
        let start = buffer.len();
        buffer.extend_from_slice(&[0; FRAME_BYTES]);
        buffer.extend_from_slice(payload);
        self.sealed(buffer, start)
    }

    /// Fills in the frame of the record that begins at `start`, or takes the record out again.
    fn sealed(&mut self, buffer: &mut Vec<u8>, start: usize) -> Result<(), TooLong> {
        let sealed = self.seal(&mut buffer[start..]);
        if sealed.is_err() {
            buffer.truncate(start);
        }
        sealed
    }

    /// Fills in the frame before a payload.
    fn seal(&mut self, record: &mut [u8]) -> Result<(), TooLong> {
        let bytes = record.len() - FRAME_BYTES;
        // Checked when it is written: a record that no reader takes must not get into a journal.
        let length = match u32::try_from(bytes) {
            Ok(length) if bytes <= PAYLOAD_BYTES_MAX => length,
            Ok(_) | Err(_) => return Err(TooLong { bytes }),
        };
        record[4..8].copy_from_slice(&length.to_le_bytes());
        record[8..16].copy_from_slice(&self.next.to_le_bytes());
        // Cut to what the field holds: claiming less than is known is always safe.
        let behind = u32::try_from(self.next - self.durable).unwrap_or(u32::MAX);
        record[16..20].copy_from_slice(&behind.to_le_bytes());
        let head = head_sum(record);
        // With the file's seed, so that a record of another file does not check in this one, whatever is copied
        // together.
        let check = head.clone().finalize() ^ self.seed;
        record[20..24].copy_from_slice(&check.to_le_bytes());
        self.chain = chain(self.chain, head, record);
        record[..4].copy_from_slice(&self.chain.to_le_bytes());
        self.next += 1;
        Ok(())
    }

    /// Sequence number of the next record.
    #[must_use]
    pub const fn next_sequence(&self) -> u64 {
        self.next
    }
}

/// The head of a record that checks.
pub(super) struct FrameHead {
    pub(super) payload_bytes: usize,
    pub(super) sequence: u64,
    behind: u32,
    chain: u32,
    /// Of the head itself.
    sum: crc32fast::Hasher,
}

impl FrameHead {
    /// Reads the head of a record; none when it is incomplete or does not check.
    pub(super) fn read(seed: u32, rest: &[u8]) -> Option<Self> {
        let head = rest.get(..FRAME_BYTES)?;
        let payload_bytes = usize::try_from(u32_at(head, 4)).ok()?;
        // Before the sum: a length that cannot be is damage whatever the checksum says, and must not make anybody
        // allocate.
        if !(1..=PAYLOAD_BYTES_MAX).contains(&payload_bytes) {
            return None;
        }
        let sum = head_sum(head);
        (sum.clone().finalize() ^ seed == u32_at(head, 20)).then(|| Self {
            payload_bytes,
            sequence: Self::sequence_at(head),
            behind: u32_at(head, 16),
            chain: u32_at(head, 0),
            sum,
        })
    }

    /// The number at the place where a head has its sequence number, checked or not.
    ///
    /// # Panics
    /// When the bytes are fewer than a head's.
    pub(super) fn sequence_at(head: &[u8]) -> u64 {
        u64_at(head, 8)
    }

    /// The last record that was known to be durable when this one was written.
    pub(super) fn proves(&self) -> u64 {
        self.sequence.saturating_sub(u64::from(self.behind))
    }

    /// The chain after a record, if it follows from the chain before.
    pub(super) fn follows(&self, before: u32, record: &[u8]) -> Option<u32> {
        (chain(before, self.sum.clone(), record) == self.chain).then_some(self.chain)
    }
}

/// The checksum of a record's head, to be ended there or gone on with: finding out what the processor can costs as much as a
/// head does, and is done once a record.
fn head_sum(record: &[u8]) -> crc32fast::Hasher {
    let mut sum = crc32fast::Hasher::new();
    sum.update(&record[4..20]);
    sum
}

/// The chain after a record.
fn chain(before: u32, mut head_sum: crc32fast::Hasher, record: &[u8]) -> u32 {
    head_sum.update(&record[FRAME_BYTES..]);
    // Rotated, since plain xor would let two records change places unnoticed.
    head_sum.finalize() ^ before.rotate_left(1)
}

/// # Panics
/// When the bytes end before it.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

/// # Panics
/// When the bytes end before it.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}
