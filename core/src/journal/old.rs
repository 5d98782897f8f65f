//! Journals of format version 1, which no server opens any more: `claque journal salvage` copies one into the present format.
//!
//! Header: "CLQJ", version (u16 LE), zero (u16). Record: length (u32 LE), CRC-32 of the length, CRC-32 of the payload, payload.
//! Nothing chains its records, so what was removed or swapped in it is not found.

use alloc::vec::Vec;

use serde::Deserialize;

use super::frame::{MAGIC, u32_at};
use super::{Entry, PAYLOAD_BYTES_MAX};
use crate::words::config::Config;
use crate::words::input::Input;
use crate::words::time::Instant;

/// The version that is read here.
pub const FORMAT_VERSION: u16 = 1;
const HEADER_BYTES: usize = 8;
const FRAME_BYTES: usize = 12;

#[derive(Deserialize)]
enum OldEntry {
    Genesis(Instant, Config),
    Input(Instant, Input),
    Snapshot(Config, Vec<u8>),
}

/// The entries of a journal of version 1 up to the first that does not read, and how many bytes they fill.
#[must_use]
pub fn read(bytes: &[u8]) -> (Vec<Entry>, usize) {
    let mut entries = Vec::new();
    let [low, high] = FORMAT_VERSION.to_le_bytes();
    let header = [MAGIC[0], MAGIC[1], MAGIC[2], MAGIC[3], low, high, 0, 0];
    if !bytes.starts_with(&header) {
        return (entries, 0);
    }
    let mut at = HEADER_BYTES;
    // As far as it goes: this is salvage, and the caller says how many bytes were left.
    while let Some((entry, length)) = record(&bytes[at..]) {
        entries.push(entry);
        at += length;
    }
    (entries, at)
}

fn record(rest: &[u8]) -> Option<(Entry, usize)> {
    let head = rest.get(..FRAME_BYTES)?;
    let length = usize::try_from(u32_at(head, 0)).ok().filter(|length| *length <= PAYLOAD_BYTES_MAX)?;
    let payload = rest.get(FRAME_BYTES..FRAME_BYTES + length)?;
    let checks =
        crc32fast::hash(&head[..4]) == u32_at(head, 4) && crc32fast::hash(payload) == u32_at(head, 8);
    let entry = match postcard::from_bytes(payload).ok().filter(|_| checks)? {
        OldEntry::Genesis(at, config) => Entry::Genesis(at, config),
        OldEntry::Input(at, input) => Entry::Input(at, input),
        OldEntry::Snapshot(config, state) => Entry::Snapshot(config, state, Vec::new()),
    };
    Some((entry, FRAME_BYTES + length))
}
