//! Journals: whatever the bytes, the reader gives records or says where it stopped; what it gives writes back to the same
//! bytes; and a cut inside the last record is a torn tail, never corruption.
//!
//! Input: an even first byte: the rest is a journal; an odd one: the rest is payloads, one length byte before each, which are
//! framed with the right lengths and checksums first.
#![no_main]

use claque_core::Snapshot;
use claque_core::journal::{self, Entry, JournalError, Reader};
use libfuzzer_sys::fuzz_target;

fn framed(mut rest: &[u8]) -> Vec<u8> {
    let mut bytes = journal::header().to_vec();
    while let [length, more @ ..] = rest {
        let (payload, behind) = more.split_at(more.len().min(usize::from(*length)));
        rest = behind;
        if payload.is_empty() {
            continue;
        }
        let length = u32::try_from(payload.len()).expect("one byte says it").to_le_bytes();
        bytes.extend_from_slice(&length);
        bytes.extend_from_slice(&crc32fast::hash(&length).to_le_bytes());
        bytes.extend_from_slice(&crc32fast::hash(payload).to_le_bytes());
        bytes.extend_from_slice(payload);
    }
    bytes
}

fn check(bytes: &[u8]) {
    let Ok(mut reader) = Reader::new(bytes) else { return };
    let mut written = journal::header().to_vec();
    let mut last = None;
    for record in reader.by_ref() {
        match record {
            Ok(record) => {
                assert!(record.offset < bytes.len());
                if let Entry::Snapshot(_, state) = &record.entry {
                    drop(Snapshot::from_bytes(state));
                }
                last = Some(record.offset);
                journal::append(&mut written, &record.entry);
            }
            Err(JournalError::TornTail { offset, bytes: rest }) => assert_eq!(offset + rest, bytes.len()),
            Err(JournalError::Corrupt { offset, .. }) => assert!(offset < bytes.len()),
            Err(JournalError::Header { .. }) => unreachable!("the header was read"),
        }
    }
    // Numbers have one spelling of ours; a longer one reads the same.
    let again: Result<Vec<_>, _> = Reader::new(&written).expect("our own header").collect();
    let again = again.expect("what was written reads");
    let first: Vec<_> = Reader::new(bytes).expect("read above").map_while(Result::ok).collect();
    assert!(again.iter().map(|record| &record.entry).eq(first.iter().map(|record| &record.entry)));
    let (Some(last), end) = (last, reader.offset()) else { return };
    let cut = last + (end - last) / 2;
    let torn = Reader::new(&bytes[..cut]).expect("the header is whole").last();
    assert!(
        cut == last || matches!(torn, Some(Err(JournalError::TornTail { offset, .. })) if offset == last)
    );
}

fuzz_target!(|bytes: &[u8]| {
    let [kind, bytes @ ..] = bytes else { return };
    if kind & 1 == 0 {
        check(bytes);
    } else {
        check(&framed(bytes));
    }
});
