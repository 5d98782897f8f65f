//! The books as one number: what two states must agree in, so that the model goes on in the same way from both.

use std::fmt::{self, Write};

use claque_engine::mix;

use super::Model;

/// Hashes what is written to it.
struct Fingerprint(u64);

impl Write for Fingerprint {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for chunk in text.as_bytes().chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = mix(self.0.rotate_left(29) ^ u64::from_le_bytes(word));
        }
        Ok(())
    }
}

impl Model {
    /// A hash of the books: two models of equal fingerprint judge what comes next in the same way. O(books).
    ///
    /// The calls of the running second and how often the model did not know are not part of it, so it tells states apart only
    /// where calls are not counted (`Limits::call_quotas`).
    ///
    /// # Panics
    /// Never: what is written to goes into a hash.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        // Every field by name, so that a new one must say whether it counts.
        let Self {
            apps,
            groups,
            people,
            sids,
            last_transaction,
            direct,
            pending,
            walks,
            user_walks,
            message_walks,
            mute_ends,
            creations,
            arrivals,
            dismissals,
            last,
            seconds_looked_at,
            counts_looked_at,
            absent,
            notified,
            unnotified,
            failure,
            // The configuration is the run's; names only grow, with the objects that are in the other books.
            config: _,
            names: _,
            // Counts of calls: that of all of them orders messages, and a call that changes nothing else must not make a state
            // of its own.
            calls: _,
            sends: _,
            history_calls: _,
            unknown: _,
            // Set anew by each call, before it is judged.
            just_deleted: _,
            recalls: _,
            sending: _,
            leapt: _,
        } = self;
        let mut hash = Fingerprint(0);
        // By what they print, because the books have many types, and every one of them prints all of its fields.
        let written = write!(
            hash,
            "{apps:?}{groups:?}{people:?}{sids:?}{last_transaction:?}{direct:?}{pending:?}{walks:?}{user_walks:?}\
             {message_walks:?}{mute_ends:?}{creations:?}{arrivals:?}{dismissals:?}{last:?}{seconds_looked_at:?}{counts_looked_at:?}{absent:?}\
             {notified:?}{unnotified:?}{failure:?}"
        );
        written.expect("a hash takes everything");
        mix(hash.0)
    }
}
