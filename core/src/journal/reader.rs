//! Reading a journal's bytes: records, and where they stop being right.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::frame::{FRAME_BYTES, FrameHead, HEADER_BYTES, Header, Writer};
use super::{Entry, JournalError, PRODUCT};

/// A record as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where it begins. Unit: bytes from the start of the file.
    pub offset: usize,
    /// Its sequence number.
    pub sequence: u64,
    /// Its content.
    pub entry: Entry,
}

/// Reads the records of a whole journal, in order. Ends after the first error.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    header: Header,
    writer: Writer,
    offset: usize,
    /// The last record that is known, from outside of the journal, to have been acknowledged.
    acknowledged: u64,
    ended: bool,
}

impl<'a> Reader<'a> {
    /// Opens a journal.
    ///
    /// # Errors
    /// When the header is not that of this format.
    pub fn new(bytes: &'a [u8]) -> Result<Self, JournalError> {
        let header = Header::read(bytes)?;
        let writer = Writer {
            seed: header.seed,
            next: header.first,
            chain: header.seed,
            durable: header.first.saturating_sub(1),
        };
        Ok(Self { bytes, header, writer, offset: HEADER_BYTES, acknowledged: 0, ended: false })
    }

    /// Tells the reader which records were acknowledged: it takes no damage to them for a torn tail.
    #[must_use]
    pub const fn knowing(mut self, acknowledged: u64) -> Self {
        self.acknowledged = acknowledged;
        self
    }

    /// The content of the header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Where the next record begins: after the last one read without error.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// A writer that goes on after the last record read without error.
    #[must_use]
    pub const fn writer(&self) -> Writer {
        self.writer
    }

    /// A record that does not check is torn, unless it was acknowledged: what came after it may prove that.
    fn broken(&self, what: &str) -> JournalError {
        let (offset, expected) = (self.offset, self.writer.next);
        let rest = &self.bytes[offset..];
        let corrupt = |why: String| JournalError::Corrupt { offset, what: format!("{what}, {why}") };
        // The first record is synced before the file gets its name, so that no crash can tear it.
        if expected == self.header.first {
            return corrupt("and the first record is never torn when a server wrote it".into());
        }
        // Who was answered for it must find it again: cutting it would break the one promise that a journal makes.
        if self.acknowledged >= expected {
            return corrupt(format!("and record {expected} was acknowledged"));
        }
        // Byte by byte: behind damage nobody knows where a record begins, but a head that checks is found wherever it
        // stands.
        let proved = (0..rest.len().saturating_sub(FRAME_BYTES - 1)).find_map(|at| {
            // Cheap before dear: hardly any eight bytes look like a sequence number of this place.
            let sequence = FrameHead::sequence_at(&rest[at..]);
            let near = sequence >= expected && sequence - expected <= rest.len() as u64;
            let head = near.then(|| FrameHead::read(self.header.seed, &rest[at..])).flatten()?;
            (head.proves() >= expected).then_some(head.sequence)
        });
        match proved {
            Some(later) => corrupt(format!("and record {later} behind it says that it was acknowledged")),
            None => JournalError::TornTail { offset, bytes: rest.len() },
        }
    }

    fn read(&mut self) -> Result<Record, JournalError> {
        let (offset, expected) = (self.offset, self.writer.next);
        let rest = &self.bytes[offset..];
        let Some(head) = FrameHead::read(self.header.seed, rest) else {
            let short = rest.len() < FRAME_BYTES;
            return Err(self.broken(if short {
                "the record is incomplete"
            } else {
                "the length does not check"
            }));
        };
        // Its head checks, so that it was written like this and is in the wrong place: no crash does that.
        if head.sequence != expected {
            let found = head.sequence;
            let what = format!(
                "record {found} stands where record {expected} belongs: records were removed, doubled or swapped"
            );
            return Err(JournalError::Corrupt { offset, what });
        }
        let end = FRAME_BYTES + head.payload_bytes;
        let Some(record) = rest.get(..end) else { return Err(self.broken("the record is incomplete")) };
        // The chain and not the payload alone: a record that was taken out or swapped shows in the next one.
        let Some(chain) = head.follows(self.writer.chain, record) else {
            return Err(self.broken("the checksum does not match"));
        };
        // Only what checks is decoded: a decoder must not be the first to look at damaged bytes.
        let entry = postcard::from_bytes(&record[FRAME_BYTES..]).map_err(|_| JournalError::Corrupt {
            offset,
            what: format!(
                "the checksum matches, but the payload does not decode: {} began the file, this is {PRODUCT}",
                self.header.product
            ),
        })?;
        self.writer.next += 1;
        self.writer.chain = chain;
        // A record proves what it says, and never less than one before it.
        self.writer.durable = self.writer.durable.max(head.proves());
        self.offset += end;
        Ok(Record { offset, sequence: expected, entry })
    }
}

impl Iterator for Reader<'_> {
    type Item = Result<Record, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        if self.offset == self.bytes.len() {
            self.ended = true;
            let last = self.writer.next - 1;
            // An end at a record's border looks whole. Only the side file knows that there were more.
            let missing = JournalError::Missing { last, acknowledged: self.acknowledged };
            return (self.acknowledged > last).then_some(Err(missing));
        }
        let record = self.read();
        self.ended = record.is_err();
        Some(record)
    }
}

/// The records of a journal's bytes and how many bytes they fill; a torn tail is left out.
///
/// # Errors
/// When the journal is corrupt before its tail, or has no record.
pub fn read(bytes: &[u8]) -> Result<(Vec<Record>, usize), JournalError> {
    let mut reader = Reader::new(bytes)?;
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
