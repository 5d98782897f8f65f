//! Journals: whatever the bytes, the reader gives records or says where it stopped; what it gives writes back to the same
//! bytes; and a cut inside the last record is a torn tail, never corruption.
//!
//! Input: an even first byte: the rest is a journal; an odd one: the rest is payloads, one length byte before each, which are
//! framed with the right lengths and checksums first.
#![no_main]

use claque_core::Snapshot;
use claque_core::journal::{Entry, HEADER_BYTES, JournalError, Reader, Writer};
use libfuzzer_sys::fuzz_target;

/// Bytes of a record before its payload.
const FRAME_BYTES: usize = 24;

fn framed(mut rest: &[u8]) -> Vec<u8> {
    let (mut bytes, _) = Writer::begin(1);
    let seed = u32::from_le_bytes(bytes[HEADER_BYTES - 4..].try_into().expect("four bytes"));
    let mut chain = seed;
    for sequence in 1_u64.. {
        let [length, more @ ..] = rest else { break };
        let (payload, behind) = more.split_at(more.len().min(usize::from(*length)));
        rest = behind;
        if payload.is_empty() {
            break;
        }
        let mut head = u32::try_from(payload.len()).expect("one byte says it").to_le_bytes().to_vec();
        head.extend_from_slice(&sequence.to_le_bytes());
        head.extend_from_slice(&1_u32.to_le_bytes());
        let check = crc32fast::hash(&head) ^ seed;
        chain = crc32fast::hash(&[&head, payload].concat()) ^ chain.rotate_left(1);
        head.extend_from_slice(&check.to_le_bytes());
        bytes.extend_from_slice(&chain.to_le_bytes());
        assert_eq!(head.len() + 4, FRAME_BYTES);
        bytes.extend_from_slice(&head);
        bytes.extend_from_slice(payload);
    }
    bytes
}

fn check(bytes: &[u8]) {
    let Ok(mut reader) = Reader::new(bytes) else { return };
    let first = reader.header().first;
    if first == 0 || first > u64::MAX / 2 {
        return;
    }
    let (mut written, mut writer) = Writer::begin(first);
    let mut last = None;
    for record in reader.by_ref() {
        match record {
            Ok(record) => {
                assert!(record.offset < bytes.len());
                if let Entry::Snapshot(_, state, _) = &record.entry {
                    drop(Snapshot::from_bytes(state));
                }
                last = Some(record.offset);
                writer.append(&mut written, &record.entry).expect("it was read");
            }
            Err(JournalError::TornTail { offset, bytes: rest }) => assert_eq!(offset + rest, bytes.len()),
            Err(JournalError::Corrupt { offset, .. }) => assert!(offset < bytes.len()),
            Err(
                error @ (JournalError::Header { .. }
                | JournalError::Version { .. }
                | JournalError::Missing { .. }),
            ) => {
                unreachable!("the header was read, and nothing is known: {error}")
            }
        }
    }
    // Numbers have one spelling of ours; a longer one reads the same.
    let again: Result<Vec<_>, _> = Reader::new(&written).expect("our own header").collect();
    let again = again.expect("what was written reads");
    let before: Vec<_> = Reader::new(bytes).expect("read above").map_while(Result::ok).collect();
    assert!(again.iter().map(|record| &record.entry).eq(before.iter().map(|record| &record.entry)));
    let (Some(last), end) = (last, reader.offset()) else { return };
    let cut = last + (end - last) / 2;
    let torn = Reader::new(&bytes[..cut]).expect("the header is whole").last();
    // The first record is never torn.
    let told = matches!(torn, Some(Err(JournalError::TornTail { offset, .. })) if offset == last)
        || last == HEADER_BYTES && matches!(torn, Some(Err(JournalError::Corrupt { .. })));
    assert!(cut == last || told);
}

fuzz_target!(|bytes: &[u8]| {
    let [kind, bytes @ ..] = bytes else { return };
    if kind & 1 == 0 {
        check(bytes);
    } else {
        check(&framed(bytes));
    }
});
