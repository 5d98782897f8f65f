//! An input is written down, applied, and taken back where it is refused; what it leads to waits for the commit.

use claque_core::journal::UsedNonce;
use claque_core::{Input, Instant, Outcome};

use super::state::Driver;

impl Driver {
    /// Writes an input down and applies it. Its outputs wait for the commit.
    pub(crate) fn apply(&mut self, input: Input) -> Outcome {
        self.apply_at(self.now(), input)
    }

    /// Writes an input down and applies it, at a time not earlier than the last one's.
    pub(crate) fn apply_at(&mut self, at: Instant, input: Input) -> Outcome {
        self.apply_signed(at, input, None)
    }

    /// Writes an input down, with the nonce that it used up, and applies it. What only reads is not written down, and
    /// what is refused is taken back: neither changes anything that a restart must find again.
    pub(super) fn apply_signed(&mut self, at: Instant, input: Input, nonce: Option<UsedNonce>) -> Outcome {
        // A clock that a reset or a restore has set back must not turn the order of what is written down.
        let at = at.max(self.service.now());
        if let Input::SetReadings(readings) = &input {
            self.readings.send_replace(*readings);
        }
        if let Input::SetLimits(limits) = &input {
            self.outgoing.public_only(limits.public_urls_only);
        }
        self.counters.inputs += 1;
        let Some(journal) = &mut self.journal else {
            let outcome = self.service.apply(at, input);
            self.collect();
            self.mind_endings();
            return outcome;
        };
        // What only reads is most of the traffic: writing it down would make each question cost a sync.
        let lasting = (!input.only_reads()).then(|| nonce.clone());
        let (mark, input) = match lasting {
            None => (None, input),
            Some(nonce) => {
                let (mark, input) =
                    journal.write(at, nonce, input).expect("the edge bounds every input far below");
                (Some(mark), input)
            }
        };
        let outcome = self.service.apply(at, input);
        match mark {
            // Refused inputs change nothing, so that a flood of bad calls does not fill the disk.
            Some(_) if !outcome.is_refused() => {
                journal.keep();
                self.wrote = true;
                self.fell_due = false;
            }
            taken_back => {
                if let Some(mark) = taken_back {
                    journal.take_back(mark);
                }
                if let Some(nonce) = nonce {
                    journal.note_nonce(nonce);
                }
            }
        }
        // Before the next input, which may change who is in a group: an output is bound to its audience here.
        self.collect();
        self.mind_endings();
        outcome
    }
}
