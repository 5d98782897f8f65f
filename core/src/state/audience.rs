//! The members of a group: dense slots that a driver reads as a slice, reused under a new generation.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::words::id::{MemberSlot, UserIx};
use crate::words::time::Instant;

/// A slot of a group's audience.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Member {
    /// The member; [`Member::NOBODY`] in a free slot.
    pub user: UserIx,
    /// Counts the members that this slot has had, so that a late event can tell them apart.
    pub generation: u32,
    /// When the member joined.
    pub joined: Instant,
    /// Orders joins of the same instant. Of no meaning in a free slot.
    pub order: u64,
}

impl Member {
    /// The user of a free slot.
    pub const NOBODY: UserIx = UserIx(u32::MAX);

    /// Whether a member has it.
    #[must_use]
    pub const fn is_taken(&self) -> bool {
        self.user.0 != u32::MAX
    }
}

/// The audience of one group. Join and leave are O(1).
#[derive(Clone, Debug, Default, Hash, Serialize, Deserialize)]
pub(crate) struct MemberTable {
    slots: Vec<Member>,
    /// The slot freed last, as its index plus one; 0: none is free. Each free slot names the next in its order.
    free: u32,
    count: u32,
    generation: u64,
    joins: u64,
}

impl MemberTable {
    /// Members.
    pub(crate) const fn count(&self) -> u32 {
        self.count
    }

    /// Changes so far.
    pub(crate) const fn generation(&self) -> u64 {
        self.generation
    }

    /// Joins so far, over all openings of the group.
    pub(crate) const fn joins(&self) -> u64 {
        self.joins
    }

    /// The slot freed last, counted from 1, which names the one freed before it; 0: none is free.
    pub(crate) const fn first_free(&self) -> u32 {
        self.free
    }

    /// Every slot, free ones too.
    pub(crate) fn slots(&self) -> &[Member] {
        &self.slots
    }

    /// Adds a user, who must not be a member already, in the slot freed last or a new one.
    pub(crate) fn join(&mut self, now: Instant, user: UserIx) -> MemberSlot {
        self.joins += 1;
        self.count += 1;
        // Also for a join that reuses a slot: a driver that holds an older generation must read the audience again.
        self.generation += 1;
        // Later than any that a slot of this number had before the list was made compact: the first slot knows.
        let generation = self.slots.first().map_or(0, |first| first.generation);
        let member = Member { user, generation, joined: now, order: self.joins };
        // The slot freed last: it is the most likely to be in a cache still.
        if self.free > 0 {
            let at = self.free - 1;
            let slot = &mut self.slots[at as usize];
            debug_assert!(!slot.is_taken(), "a free slot has no member");
            self.free = u32::try_from(slot.order).expect("a free slot names a slot");
            *slot = Member { generation: slot.generation + 1, ..member };
            return MemberSlot(at);
        }
        self.slots.push(member);
        MemberSlot::from_at(self.slots.len() - 1)
    }

    /// Frees a slot.
    ///
    /// # Panics
    /// When no member has it.
    pub(crate) fn leave(&mut self, slot: MemberSlot) {
        let member = &mut self.slots[slot.at()];
        assert!(member.is_taken(), "slot {} holds no member", slot.0);
        member.user = Member::NOBODY;
        // The list of free slots lies in the slots themselves: it costs no memory, and no allocation when a million
        // leave at once.
        member.order = u64::from(self.free);
        self.free = slot.0 + 1;
        self.count -= 1;
        self.generation += 1;
    }

    /// Frees the memory of all slots but one, which keeps in mind how many members a slot has had. There may be no member.
    /// O(slots).
    pub(crate) fn compact(&mut self) {
        assert!(self.count == 0, "an audience that is made compact has no members");
        let last = self.slots.iter().map(|slot| slot.generation).max();
        let free = |generation| Member { user: Member::NOBODY, generation, joined: Instant::EPOCH, order: 0 };
        self.slots = last.map(|generation| alloc::vec![free(generation)]).unwrap_or_default();
        self.free = u32::from(last.is_some());
        self.generation += 1;
    }

    /// Forgets how often users joined: the group begins anew. There may be no member.
    pub(crate) fn begin_anew(&mut self) {
        assert!(self.count == 0, "a group that begins anew has no members");
        self.joins = 0;
    }

    /// Lowers the count of joins to the members that are there, where a mutant has it so.
    pub(crate) fn forget_joins_by_mutant(&mut self) {
        self.joins = u64::from(self.count);
    }

    /// Counts one more join of somebody who is there, where a mutant has it so.
    pub(crate) const fn count_join_by_mutant(&mut self) {
        self.joins += 1;
    }

    /// Who is in, in the order of the slots. O(slots).
    pub(crate) fn users(&self) -> Vec<UserIx> {
        self.slots.iter().filter(|member| member.is_taken()).map(|member| member.user).collect()
    }

    /// Members in order of joining. O(n log n); for groups small enough to be listed.
    pub(crate) fn by_joining(&self) -> Vec<Member> {
        let mut members: Vec<Member> =
            self.slots.iter().filter(|member| member.is_taken()).copied().collect();
        // By order and not by time: many join in one microsecond.
        members.sort_unstable_by_key(|member| member.order);
        members
    }
}
