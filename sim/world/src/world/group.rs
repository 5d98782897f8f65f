//! Group views: what the world knows of each group, and how a message of the service becomes deliveries.

use std::collections::VecDeque;

use claque_core::{Member, Text};
use claque_engine::{ArrivalWindow, mix};

use crate::network::group_key;
use crate::user::{NONE, Users};
use crate::world::membership::{FreeMemberships, MembershipOwner, MembershipTable};

/// Message IDs that a group remembers for users who recall or repeat one.
const RECENT_TIDS: usize = 16;

/// The member on one of the service's slots.
#[derive(Clone, Copy, Debug)]
struct AudienceSlot {
    /// The membership; [`NONE`] when the slot is free.
    membership: u32,
    /// The slot's generation.
    tenancy: u32,
    /// The user's name for draws.
    key: u32,
}

/// A group as the world sees it.
#[derive(Debug)]
pub(crate) struct WorldGroup {
    /// Its number in the scenario; [`NONE`] for groups that callers made.
    pub(crate) number: u32,
    /// Its name for draws.
    pub(crate) key: u64,
    /// Fan-outs so far, of messages and notices.
    pub(crate) fanouts: u64,
    /// The generation of the audience that the lists below show; none: never looked.
    generation: Option<u64>,
    /// By the service's slot: the member there.
    slots: Vec<AudienceSlot>,
    /// The memberships of the audience, and beside them the names of their users for draws.
    pub(crate) memberships: Vec<u32>,
    pub(crate) keys: Vec<u32>,
    /// Members, and a sum over them that tells two audiences apart.
    pub(crate) audience_sum: u64,
    /// Messages delivered so far.
    pub(crate) delivered: u32,
    /// The service's sequence number of each HIGH message.
    pub(crate) high_seqs: Vec<u64>,
    /// Where in that list the group begins that has the ID today: one that was purged may be created anew.
    pub(crate) high_from: u32,
    /// The service's sequence number of the newest message.
    pub(crate) seq: u64,
    /// When the last delivery that is on its way lands.
    pub(crate) lands_until: u64,
    pub(crate) free: FreeMemberships,
    /// Message IDs sent lately.
    pub(crate) tids: VecDeque<Text>,
}

#[expect(clippy::indexing_slicing, reason = "slots and memberships are dense")]
#[expect(clippy::as_conversions, reason = "u32 fits usize")]
impl WorldGroup {
    pub(crate) fn new(id: &str, number: u32) -> Self {
        Self {
            number,
            key: group_key(id),
            fanouts: 0,
            generation: None,
            slots: Vec::new(),
            memberships: Vec::new(),
            keys: Vec::new(),
            audience_sum: 0,
            delivered: 0,
            high_seqs: Vec::new(),
            high_from: 0,
            seq: 0,
            lands_until: 0,
            free: FreeMemberships::default(),
            tids: VecDeque::new(),
        }
    }

    /// The index of the newest HIGH message; 0 when there is none.
    pub(crate) fn high(&self) -> u32 {
        u32::try_from(self.high_seqs.len()).unwrap_or(u32::MAX)
    }

    /// The sequence number of the n-th HIGH message; 0 for those of a group that had the ID before.
    pub(crate) fn high_seq(&self, nth: u32) -> u64 {
        let at = nth.checked_sub(1).filter(|at| *at >= self.high_from);
        at.map_or(0, |at| self.high_seqs[at as usize])
    }

    /// Which of the HIGH messages has a sequence number.
    pub(crate) fn nth_high(&self, seq: u64) -> Option<u32> {
        // A group that has the ID anew counts from the beginning: only its own part of the list is in order.
        let found = self.high_seqs[self.high_from as usize..].binary_search(&seq);
        found.ok().and_then(|at| u32::try_from(at + 1).ok()).map(|nth| nth + self.high_from)
    }

    /// Remembers a message ID.
    pub(crate) fn remember(&mut self, tid: &Text) {
        if self.tids.len() == RECENT_TIDS {
            self.tids.pop_front();
        }
        self.tids.push_back(tid.clone());
    }

    /// Brings memberships and lists in line with the audience that the service shows. O(slots), when it changed.
    pub(crate) fn sync(
        &mut self,
        group: u32,
        now: u64,
        generation: u64,
        audience: &[Member],
        memberships: &mut MembershipTable,
        users: &mut Users,
    ) {
        if self.generation == Some(generation) {
            return;
        }
        self.generation = Some(generation);
        if self.slots.len() < audience.len() {
            self.slots.resize(audience.len(), AudienceSlot { membership: NONE, tenancy: 0, key: 0 });
        }
        self.memberships.clear();
        self.keys.clear();
        let mut sum = 0u64;
        for (at, member) in audience.iter().enumerate() {
            let mut slot = self.slots[at];
            // Since the last look one member may have left a slot and another taken it: the generation alone tells.
            if slot.tenancy != member.generation || (slot.membership == NONE) == member.is_taken() {
                slot = self.change(group, now, slot, member, memberships, users);
                self.slots[at] = slot;
            }
            if slot.membership != NONE {
                // A sum, since the model knows who is in and not on which slot; mixed, so that two wrong users do not
                // make up for each other.
                sum = sum.wrapping_add(mix(u64::from(member.user.0) + 1));
                self.memberships.push(slot.membership);
                self.keys.push(slot.key);
            }
        }
        // A group that was deleted has given its slots back: the users in them are members no more.
        for at in audience.len()..self.slots.len() {
            let slot = self.slots[at];
            if slot.membership != NONE {
                self.vacate(slot.membership, memberships, users);
                self.slots[at].membership = NONE;
            }
        }
        self.audience_sum = sum;
    }

    /// Brings a slot in line with its member: the membership of the user who left ends, that of a newcomer begins.
    fn change(
        &mut self,
        group: u32,
        now: u64,
        slot: AudienceSlot,
        member: &Member,
        memberships: &mut MembershipTable,
        users: &mut Users,
    ) -> AudienceSlot {
        if slot.membership != NONE {
            self.vacate(slot.membership, memberships, users);
        }
        if !member.is_taken() {
            return AudienceSlot { membership: NONE, tenancy: member.generation, key: 0 };
        }
        let user = users.find(member.user);
        let membership = self.membership(group, now, user, memberships, users);
        // A member that no client plays, as back ends put them into groups, gets its deliveries too, by the service's
        // number.
        let key = user.map_or(member.user.0, |user| users.key[user as usize]);
        AudienceSlot { membership, tenancy: member.generation, key }
    }

    fn membership(
        &mut self,
        group: u32,
        now: u64,
        user: Option<u32>,
        memberships: &mut MembershipTable,
        users: &mut Users,
    ) -> u32 {
        let hears = user.is_some_and(|user| users.hears(user));
        // A back end may have joined the user while its link was down: nothing is accepted until the client listens.
        let window = if hears { ArrivalWindow::open } else { ArrivalWindow::closed };
        let owner = MembershipOwner { user: user.unwrap_or(NONE), next: NONE, group };
        let high = self.high();
        let membership = memberships.take(&mut self.free, now, owner, window(self.delivered), high);
        if let Some(user) = user {
            memberships.link(&mut users.membership[user as usize], membership);
        }
        membership
    }

    fn vacate(&mut self, membership: u32, memberships: &mut MembershipTable, users: &mut Users) {
        let user = memberships.owner[membership as usize].user;
        if user != NONE {
            memberships.unlink(&mut users.membership[user as usize], membership);
        }
        // Not used again before everything in flight has landed: a delivery names the membership, and must not find
        // another member there.
        memberships.give_up(&mut self.free, membership, self.lands_until + 1, self.delivered);
    }

    /// Checks every membership at the end of a run, when nothing is on its way any more.
    pub(crate) fn settle_all(&mut self, memberships: &mut MembershipTable) {
        // Nothing is in flight any more, so those that were given up need not rest.
        memberships.settle(&mut self.free, u64::MAX);
        for AudienceSlot { membership, .. } in std::mem::take(&mut self.slots) {
            if membership != NONE {
                memberships.check(membership, self.delivered);
            }
        }
    }

    /// The membership of a user, when the audience lists show one.
    pub(crate) fn membership_of(
        &self,
        group: u32,
        user: u32,
        memberships: &MembershipTable,
        users: &Users,
    ) -> Option<u32> {
        let _ = self;
        memberships
            .of(users.membership[user as usize])
            .find(|membership| memberships.owner[*membership as usize].group == group)
    }
}
