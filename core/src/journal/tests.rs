//! A journal gives back exactly what went in, tells a torn tail from damage, and finds what was removed, doubled or swapped.

use alloc::vec::Vec;

use super::{Entry, HEADER_BYTES, JournalError, Reader, Writer, old};
use crate::words::account::Caller;
use crate::words::client::LinkEnd;
use crate::words::config::Config;
use crate::words::id::{AccountIx, SessionId, UserIx};
use crate::words::input::Input;
use crate::words::operation::Operation;
use crate::words::time::Instant;

fn entries() -> Vec<Entry> {
    let input = |at, input| Entry::Input(Instant::from_micros(at), input);
    alloc::vec![
        Entry::Genesis(Instant::EPOCH, Config::default()),
        input(1, Input::Malformed(Caller::account(AccountIx(0)), Operation::SendLiveMessageGroup)),
        input(2, Input::Disconnect(SessionId { user: UserIx(7), generation: 3 }, LinkEnd::Lost)),
        input(3, Input::Disconnect(SessionId { user: UserIx(8), generation: 3 }, LinkEnd::Lost)),
        input(4, Input::Timeout),
    ]
}

/// A journal, and where each record ends. One batch, as if nothing had been synced since the first record.
fn journal() -> (Vec<u8>, Vec<usize>) {
    let (mut bytes, mut writer) = Writer::begin(1);
    let mut ends = Vec::new();
    for entry in &entries() {
        writer.append(&mut bytes, entry).expect("a short entry");
        ends.push(bytes.len());
    }
    (bytes, ends)
}

fn last(bytes: &[u8], acknowledged: u64) -> Option<JournalError> {
    Reader::new(bytes).expect("a header").knowing(acknowledged).find_map(Result::err)
}

#[test]
fn records_come_back_in_order() {
    let (bytes, _) = journal();
    let read: Result<Vec<_>, _> = Reader::new(&bytes).expect("a header").collect();
    let read = read.expect("every record is intact");
    assert_eq!(read.iter().map(|record| record.entry.clone()).collect::<Vec<_>>(), entries());
    assert!(Reader::new(&bytes).expect("a header").header().product.starts_with("claque "));
}

#[test]
fn a_cut_at_every_byte_loses_only_the_record_it_cuts_and_is_damage_where_that_was_acknowledged() {
    let (bytes, ends) = journal();
    for cut in ends[0]..bytes.len() {
        let whole = ends.iter().filter(|end| **end <= cut).count();
        let boundary = ends.contains(&cut);
        let read: Vec<_> = Reader::new(&bytes[..cut]).expect("a header").collect();
        assert_eq!(read.iter().filter(|record| record.is_ok()).count(), whole, "cut at {cut}");
        let torn = matches!(read.last(), Some(Err(JournalError::TornTail { .. })));
        assert_eq!(torn, !boundary, "cut at {cut}");
        let found = last(&bytes[..cut], whole as u64 + 1);
        let damage = matches!(found, Some(JournalError::Corrupt { .. } | JournalError::Missing { .. }));
        assert!(damage, "cut at {cut}: {found:?}");
    }
    for cut in 0..ends[0] {
        let damaged = Reader::new(&bytes[..cut])
            .and_then(|mut reader| reader.find_map(Result::err).map_or(Ok(()), Err));
        let damaged = damaged.is_err() || cut == HEADER_BYTES;
        assert!(damaged, "the beginning is never torn, cut at {cut}");
    }
}

#[test]
fn a_changed_bit_of_an_acknowledged_record_is_damage_and_names_the_offset() {
    let (bytes, ends) = journal();
    let all = entries().len() as u64;
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let Ok(reader) = Reader::new(&changed) else {
            assert!(bit / 8 < HEADER_BYTES, "bit {bit}");
            continue;
        };
        let begins = ends.iter().rev().find(|end| **end <= bit / 8).copied().unwrap_or(HEADER_BYTES);
        let error = reader.knowing(all).find_map(Result::err).expect("the checksum notices");
        assert!(
            matches!(error, JournalError::Corrupt { offset, .. } if offset == begins),
            "bit {bit}, record at {begins}: {error}"
        );
    }
}

#[test]
fn a_later_batch_proves_the_earlier_ones() {
    let (mut bytes, mut writer) = Writer::begin(1);
    let entries = entries();
    let mut ends = Vec::new();
    for entry in &entries {
        writer.append(&mut bytes, entry).expect("a short entry");
        ends.push(bytes.len());
        // Each is synced before the next is written.
        writer.durable = writer.next - 1;
    }
    let mut changed = bytes.clone();
    changed[ends[1] + 26] ^= 1;
    assert!(matches!(last(&changed, 0), Some(JournalError::Corrupt { offset, .. }) if offset == ends[1]));
    let mut newest = bytes;
    let at = ends[3] + 26;
    newest[at] ^= 1;
    assert!(matches!(last(&newest, 0), Some(JournalError::TornTail { offset, .. }) if offset == ends[3]));
    assert!(matches!(last(&newest, 5), Some(JournalError::Corrupt { offset, .. }) if offset == ends[3]));
}

#[test]
fn removed_doubled_and_swapped_records_are_found() {
    let (bytes, ends) = journal();
    let record = |at: usize| &bytes[ends[at - 1]..ends[at]];
    let before = &bytes[..ends[1]];
    let without = [before, record(3), record(4)].concat();
    let doubled = [before, record(2), record(2), record(3)].concat();
    let swapped = [before, record(3), record(2), record(4)].concat();
    for (what, changed) in [("removed", without), ("doubled", doubled), ("swapped", swapped)] {
        let found = last(&changed, 0);
        assert!(matches!(found, Some(JournalError::Corrupt { .. })), "{what}: {found:?}");
    }
    assert_eq!(record(2).len(), record(3).len(), "a swap moves nothing else");
}

#[test]
fn a_record_of_another_journal_does_not_check() {
    let (bytes, ends) = journal();
    let (mut other, mut writer) = Writer::begin(2);
    writer.append(&mut other, &entries()[0]).expect("a short entry");
    other.extend_from_slice(&bytes[ends[1]..]);
    assert!(last(&other, 0).is_some());
}

#[test]
fn another_format_version_is_refused_as_such() {
    let (mut bytes, _) = journal();
    bytes[4] = 9;
    assert_eq!(Reader::new(&bytes).map(drop), Err(JournalError::Version { found: 9 }));
}

#[test]
fn a_journal_of_the_first_format_can_be_copied() {
    let mut bytes = b"CLQJ\x01\x00\x00\x00".to_vec();
    for entry in &entries() {
        let payload = postcard::to_allocvec(entry).expect("it serialises");
        let length = (payload.len() as u32).to_le_bytes();
        bytes.extend_from_slice(&length);
        bytes.extend_from_slice(&crc32fast::hash(&length).to_le_bytes());
        bytes.extend_from_slice(&crc32fast::hash(&payload).to_le_bytes());
        bytes.extend_from_slice(&payload);
    }
    let whole = bytes.len();
    assert_eq!(Reader::new(&bytes).map(drop), Err(JournalError::Version { found: old::FORMAT_VERSION }));
    bytes.extend_from_slice(b"torn");
    assert_eq!(old::read(&bytes), (entries(), whole));
}
