//! The memory of the state, by its purpose: counted from its lists, without asking the allocator.

use core::ops::AddAssign;

use crate::mutants::Mutants;
use crate::state::app::App;
use crate::state::audience::Member;
use crate::state::counters::TypeCounters;
use crate::state::draft::Draft;
use crate::state::footprint::{SHARED, length, size};
use crate::state::group::{Group, GroupMeta};
use crate::state::service::Service;
use crate::state::tickets::Pending;
use crate::state::user::User;
use crate::words::id::{AppIx, GroupIx};
use crate::words::tracer::Tracer;

/// A name in a table of names: its text, its place, its part of the hash table.
const NAME: u64 = 64;
/// A group besides its two structures: facts, creator, the lists and timers that it stands in.
const GROUP: u64 = 600;
/// When a mute ends: its place among the group's, and a deadline.
const MUTE_END: u64 = 96;
/// A name on a list of mutes: its leaf of the tree, its part of the index, and its text where the user is not known.
const MUTED: u64 = 62;

/// Bytes that a service's state takes, by what they are for. An estimate, which `benches/tests/memory.rs` compares with what
/// is asked of the allocator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Applications.
    pub apps: u64,
    /// Groups without what follows, deleted ones too.
    pub groups: u64,
    /// Users, with and without a session.
    pub users: u64,
    /// Members of groups.
    pub memberships: u64,
    /// Stored and recent messages.
    pub messages: u64,
    /// Names on lists of mutes.
    pub mutes: u64,
    /// Messages that wait for a slot or a review.
    pub waiting: u64,
}

impl Memory {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.by_name().iter().map(|(_, bytes)| bytes).sum()
    }

    /// Each with its name.
    #[must_use]
    pub const fn by_name(&self) -> [(&'static str, u64); 7] {
        [
            ("applications", self.apps),
            ("groups", self.groups),
            ("users", self.users),
            ("memberships", self.memberships),
            ("messages", self.messages),
            ("mutes", self.mutes),
            ("waiting", self.waiting),
        ]
    }
}

impl AddAssign for Memory {
    fn add_assign(&mut self, other: Self) {
        self.apps += other.apps;
        self.groups += other.groups;
        self.users += other.users;
        self.memberships += other.memberships;
        self.messages += other.messages;
        self.mutes += other.mutes;
        self.waiting += other.waiting;
    }
}

fn of_draft(draft: &Draft) -> u64 {
    size::<Draft>() + 2 * SHARED + length(&draft.body)
}

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// The memory of the whole state. O(applications + groups + waiting messages).
    #[must_use]
    pub fn memory(&self) -> Memory {
        let mut memory = Memory {
            apps: self.state.apps.len() as u64 * (size::<App>() + NAME),
            users: self.state.users.len() as u64 * (size::<User>() + NAME),
            ..Memory::default()
        };
        for group in &self.state.groups {
            memory += of_group(group);
        }
        for pending in self.state.tickets.waiting() {
            memory.waiting += match pending {
                Pending::Group { draft, .. } => of_draft(draft),
                // Few and short-lived: an estimate by their own size will do.
                Pending::Direct { .. } | Pending::Receipt { .. } => size::<Pending>() + SHARED,
            };
        }
        memory
    }

    /// The memory of one application and its groups; its users are not counted. O(its groups).
    #[must_use]
    pub fn memory_of_app(&self, app: AppIx) -> Memory {
        let mut memory = Memory { apps: size::<App>() + NAME, ..Memory::default() };
        for group in &self.state.apps[app.at()].groups {
            memory += self.memory_of_group(*group);
        }
        memory
    }

    /// The memory of one group.
    #[must_use]
    pub fn memory_of_group(&self, group: GroupIx) -> Memory {
        of_group(&self.state.groups[group.at()])
    }

    /// The applications.
    pub fn apps(&self) -> impl Iterator<Item = AppIx> + '_ {
        (0..self.state.apps.len()).map(AppIx::from_at)
    }
}

fn of_group(group: &Group) -> Memory {
    let meta = &group.meta;
    let mutes = group.mutes();
    let texts = length(&meta.name) + length(&meta.info);
    let own = size::<Group>() + size::<GroupMeta>() + NAME + GROUP;
    Memory {
        apps: 0,
        groups: own + texts + group.types.len() as u64 * TypeCounters::ENTRY_BYTES,
        users: 0,
        memberships: group.audience.slots().len() as u64 * size::<Member>(),
        messages: group.history.bytes(),
        mutes: (mutes.users().list().len() + mutes.except().list().len()) as u64 * MUTED
            + mutes.ends().len() as u64 * MUTE_END,
        waiting: group.shaper.waiting().map(|waiting| of_draft(&waiting.payload)).sum(),
    }
}
