//! A journal gives back exactly what went in, and says where it is torn or damaged.

use alloc::vec::Vec;

use super::{Entry, HEADER_BYTES, JournalError, Reader, append, header};
use crate::account::Caller;
use crate::client::LinkEnd;
use crate::config::Config;
use crate::id::{AccountIx, SessionId, UserIx};
use crate::input::Input;
use crate::operation::Operation;
use crate::time::Instant;

fn entries() -> Vec<Entry> {
    let input = |at, input| Entry::Input(Instant::from_micros(at), input);
    alloc::vec![
        Entry::Genesis(Instant::EPOCH, Config::default()),
        input(1, Input::Malformed(Caller::account(AccountIx(0)), Operation::SendLiveMessageGroup)),
        input(2, Input::Disconnect(SessionId { user: UserIx(7), generation: 3 }, LinkEnd::Lost)),
        Entry::Snapshot(Config::default(), alloc::vec![1, 2, 3]),
    ]
}

fn journal() -> (Vec<u8>, Vec<usize>) {
    let mut bytes = header().to_vec();
    let mut ends = Vec::new();
    for entry in &entries() {
        append(&mut bytes, entry);
        ends.push(bytes.len());
    }
    (bytes, ends)
}

#[test]
fn records_come_back_in_order() {
    let (bytes, _) = journal();
    let read: Result<Vec<_>, _> = Reader::new(&bytes).expect("a header").collect();
    let read = read.expect("every record is intact");
    assert_eq!(read.iter().map(|record| record.entry.clone()).collect::<Vec<_>>(), entries());
}

#[test]
fn a_cut_at_every_byte_loses_only_the_record_it_cuts() {
    let (bytes, ends) = journal();
    for cut in HEADER_BYTES..bytes.len() {
        let whole = ends.iter().filter(|end| **end <= cut).count();
        let boundary = cut == HEADER_BYTES || ends.contains(&cut);
        let read: Vec<_> = Reader::new(&bytes[..cut]).expect("a header").collect();
        assert_eq!(read.iter().filter(|record| record.is_ok()).count(), whole, "cut at {cut}");
        let torn = matches!(read.last(), Some(Err(JournalError::TornTail { .. })));
        assert_eq!(torn, !boundary, "cut at {cut}");
    }
}

#[test]
fn a_changed_byte_before_the_last_record_is_corruption_and_names_the_offset() {
    let (bytes, ends) = journal();
    for at in HEADER_BYTES..ends[0] {
        let mut changed = bytes.clone();
        changed[at] ^= 0x40;
        let first = Reader::new(&changed).expect("a header").next().expect("a record");
        let error = first.expect_err("the checksum notices");
        assert!(matches!(error, JournalError::Corrupt { offset: HEADER_BYTES, .. }), "byte {at}: {error}");
    }
}

#[test]
fn another_format_version_is_refused() {
    let (mut bytes, _) = journal();
    bytes[4] = 9;
    assert!(matches!(Reader::new(&bytes), Err(JournalError::Header { .. })));
}
