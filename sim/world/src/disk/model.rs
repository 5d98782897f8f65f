//! The model of a journal: a list of numbers, and how many of them were acknowledged.

use claque_core::Config;
use claque_core::journal::{Entry, Record, UsedNonce};

/// The state that a journal leads to: its beginning, and the numbers written since.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ModelState {
    pub(super) begun: u64,
    pub(super) numbers: Vec<u64>,
}

impl ModelState {
    pub(super) fn of(records: &[Record]) -> Result<Self, String> {
        let mut state = Self::default();
        for record in records {
            match &record.entry {
                Entry::Genesis(at, _) => state.begun = at.as_micros(),
                Entry::Snapshot(_, bytes, _) => {
                    let mut words =
                        bytes.chunks(8).filter_map(|word| word.try_into().ok()).map(u64::from_le_bytes);
                    state = Self { begun: words.next().unwrap_or(0), numbers: words.collect() };
                }
                Entry::Nonce(nonce) => state.numbers.push(nonce.signed_at),
                Entry::Input(..) | Entry::Signed(..) | Entry::Digest(_) => {
                    return Err("an entry that nobody wrote".to_owned());
                }
            }
        }
        Ok(state)
    }

    pub(super) fn snapshot(&self) -> Entry {
        let words = [self.begun].into_iter().chain(self.numbers.iter().copied());
        Entry::Snapshot(Config::default(), words.flat_map(u64::to_le_bytes).collect(), Vec::new())
    }
}

/// A number as an entry, so many bytes long besides.
pub(super) fn entry(number: u64, length: u64) -> Entry {
    // A used nonce, since of all entries it has a number and a length that the journal does not look into.
    let (access_key_id, nonce) = (String::new(), "x".repeat(usize::try_from(length).unwrap_or(0)));
    Entry::Nonce(UsedNonce { access_key_id, nonce, signed_at: number })
}

/// The states that a restart may find: this one, or any prefix of it that has so many numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Allowed {
    pub(super) state: ModelState,
    pub(super) acknowledged: usize,
}

impl Allowed {
    /// A state of which everything is acknowledged.
    pub(super) const fn whole(state: ModelState) -> Self {
        Self { acknowledged: state.numbers.len(), state }
    }

    pub(super) fn takes(&self, found: &ModelState) -> bool {
        found.begun == self.state.begun
            && found.numbers.len() >= self.acknowledged
            && self.state.numbers.starts_with(&found.numbers)
    }
}
