//! Counts over the whole life of the service, so that nothing that it names is ever named twice.

use serde::{Deserialize, Serialize};

use crate::words::id::MessageNumber;

/// Counters that only grow. Each is counted when nothing refuses any more: a refused call changes nothing.
#[derive(Clone, Debug, Default, Hash, Serialize, Deserialize)]
pub(crate) struct Sequences {
    /// Messages accepted so far.
    messages: u64,
    /// Message IDs made so far, those of shed messages too.
    tids: u64,
    /// Callback transactions made so far.
    transactions: u64,
    /// Groups created so far.
    group_serials: u64,
    /// Group IDs made so far, for groups created without one.
    group_ids: u64,
    /// Client tokens of the old family issued so far.
    old_tokens: u64,
}

impl Sequences {
    /// The place of the next message in the order of sending.
    #[inline]
    pub(crate) const fn next_message(&mut self) -> MessageNumber {
        self.messages += 1;
        MessageNumber(self.messages)
    }

    /// Messages accepted so far.
    pub(crate) const fn messages(&self) -> u64 {
        self.messages
    }

    /// The position that the next message ID is made of.
    #[inline]
    pub(crate) const fn next_tid(&mut self) -> u64 {
        self.tids += 1;
        self.tids - 1
    }

    /// The position that the next callback transaction is made of.
    pub(crate) const fn next_transaction(&mut self) -> u64 {
        self.transactions += 1;
        self.transactions
    }

    /// The place of the next group in the order of creation.
    pub(crate) const fn next_group_serial(&mut self) -> u64 {
        self.group_serials += 1;
        self.group_serials
    }

    /// Group IDs made so far.
    pub(crate) const fn group_ids(&self) -> u64 {
        self.group_ids
    }

    /// Takes note of group IDs that were made. Not with each: some are drawn and found to be taken, and the create may be
    /// refused after all.
    pub(crate) fn use_group_ids(&mut self, made: u64) {
        assert!(made >= self.group_ids, "an ID that was made is not made again");
        self.group_ids = made;
    }

    /// The number of the next client token of the old family.
    pub(crate) const fn next_old_token(&mut self) -> u64 {
        self.old_tokens += 1;
        self.old_tokens - 1
    }

    /// Makes message IDs anew that were made before, where a mutant has it so.
    pub(crate) const fn repeat_tids_by_mutant(&mut self) {
        self.tids /= 2;
    }
}
