//! Groups: what is stored of one, and its life cycle.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::sync::Arc;
use core::ops::{Deref, DerefMut};

use serde::{Deserialize, Serialize};

use crate::state::audience::MemberTable;
use crate::state::counters::TypeCounters;
use crate::state::draft::Draft;
use crate::state::history::History;
use crate::state::mutes::GroupMutes;
use crate::state::notices::Notices;
use crate::state::shaper::Shaper;
use crate::words::client::GroupFacts;
use crate::words::id::AppIx;
use crate::words::message::Priority;
use crate::words::text::Text;
use crate::words::time::Instant;

/// Whether a group exists.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum GroupStanding {
    /// It exists.
    Live,
    /// Deleted; can be restored until the window passes.
    Deleted { at: Instant, by: Arc<str> },
    /// Gone for good; the ID stays taken.
    Purged,
}

/// Whether somebody is in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum GroupActivity {
    /// Nobody is in: no message can be received. A supergroup keeps its flag until somebody joins.
    Closed { supergroup: bool },
    /// Somebody is in.
    Open { supergroup: bool },
}

/// The facts that only administration and lists look at.
#[derive(Clone, Debug, Hash, Serialize, Deserialize)]
pub(crate) struct GroupMeta {
    pub(crate) facts: Arc<GroupFacts>,
    /// Orders creations over the whole service, from 1: the position that group lists count in.
    pub(crate) serial: u64,
    mutes: GroupMutes,
    pub(crate) old_extension: BTreeMap<String, String>,
    /// Likes of the old family.
    pub(crate) likes: u64,
    /// Message IDs chosen by callers, while the message waits for a review or a slot.
    given_tids: BTreeSet<Text>,
}

impl GroupMeta {
    pub(crate) fn new(facts: Arc<GroupFacts>, serial: u64) -> Self {
        Self {
            facts,
            serial,
            mutes: GroupMutes::default(),
            old_extension: BTreeMap::new(),
            likes: 0,
            given_tids: BTreeSet::new(),
        }
    }
}

impl Deref for GroupMeta {
    type Target = GroupFacts;

    fn deref(&self) -> &GroupFacts {
        &self.facts
    }
}

impl DerefMut for GroupMeta {
    /// The facts, to be changed: answers and notices that hold the old ones keep those.
    fn deref_mut(&mut self) -> &mut GroupFacts {
        // Copied only while somebody holds the old ones, such as a join that was answered and not sent yet.
        Arc::make_mut(&mut self.facts)
    }
}

/// A group. What a send looks at comes first and lies together: a service has thousands of groups.
#[derive(Clone, Debug, Hash, Serialize, Deserialize)]
#[repr(C, align(64))]
pub(crate) struct Group {
    pub(crate) app: AppIx,
    activity: GroupActivity,
    /// Somebody may be muted: while nobody is, a send does not look at the mutes.
    muted: bool,
    /// Sequence number of the newest delivered message.
    seq: u64,
    /// Index of the newest delivered HIGH message.
    high_index: u64,
    pub(crate) types: TypeCounters,
    pub(crate) audience: MemberTable,
    pub(crate) shaper: Shaper<Box<Draft>>,
    standing: GroupStanding,
    pub(crate) meta: Box<GroupMeta>,
    pub(crate) history: History,
    pub(crate) notices: Notices,
    /// Times that the group opened: somebody joined while nobody was in.
    openings: u64,
    /// Who took the last slot that was taken: the ID of the message, and its level.
    pub(crate) last_slot: Option<(Text, Priority)>,
    /// Messages that it delivers in a second; none: as many as any group.
    pub(crate) limit: Option<u32>,
    /// It was a supergroup when its last member left, and waits to be created again (reading `supergroup.reopening`).
    pub(crate) shut: bool,
}

impl Group {
    /// A new group that nobody is in.
    pub(crate) fn new(app: AppIx, meta: GroupMeta) -> Self {
        Self {
            app,
            standing: GroupStanding::Live,
            activity: GroupActivity::Closed { supergroup: false },
            openings: 0,
            last_slot: None,
            limit: None,
            shut: false,
            audience: MemberTable::default(),
            shaper: Shaper::default(),
            history: History::default(),
            types: TypeCounters::default(),
            seq: 0,
            high_index: 0,
            notices: Notices::default(),
            muted: false,
            meta: Box::new(meta),
        }
    }

    /// Whether somebody may be muted: a send looks at the mutes only then.
    #[inline]
    pub(crate) const fn may_mute(&self) -> bool {
        self.muted
    }

    /// Who may not talk.
    pub(crate) const fn mutes(&self) -> &GroupMutes {
        &self.meta.mutes
    }

    /// Changes who may not talk; gives what the change gives.
    pub(crate) fn change_mutes<R>(&mut self, change: impl FnOnce(&mut GroupMutes) -> R) -> R {
        let given = change(&mut self.meta.mutes);
        // A copy in the line that a send reads anyway: the mutes themselves lie behind a pointer, in no cache.
        self.muted = self.meta.mutes.any();
        given
    }

    /// Lifts the mute of everybody.
    pub(crate) fn forget_mutes(&mut self) {
        self.change_mutes(|mutes| *mutes = GroupMutes::default());
    }

    /// Whether a message of that ID, which a caller chose, is in flight.
    pub(crate) fn holds_tid(&self, tid: &str) -> bool {
        self.meta.given_tids.contains(tid)
    }

    /// The IDs of messages in flight that callers chose.
    pub(crate) fn held_tids(&self) -> impl Iterator<Item = &Text> {
        self.meta.given_tids.iter()
    }

    /// A message of an ID that a caller chose waits for a review or a slot.
    pub(crate) fn hold_tid(&mut self, tid: &Text) {
        self.meta.given_tids.insert(tid.clone());
    }

    /// The message of that ID waits no longer.
    pub(crate) fn release_tid(&mut self, tid: &Text) {
        self.meta.given_tids.remove(tid);
    }

    /// Forgets the messages in flight, where a mutant has it so.
    pub(crate) fn forget_tids_by_mutant(&mut self) {
        self.meta.given_tids = BTreeSet::new();
    }

    /// Whether somebody is in.
    #[inline]
    pub(crate) const fn activity(&self) -> GroupActivity {
        self.activity
    }

    /// Whether somebody is in.
    pub(crate) const fn is_open(&self) -> bool {
        matches!(self.activity, GroupActivity::Open { .. })
    }

    /// Somebody joins while nobody is in.
    pub(crate) fn open(&mut self, supergroup: bool) {
        assert!(!self.is_open(), "a group opens once");
        self.activity = GroupActivity::Open { supergroup };
        self.openings += 1;
    }

    /// Nobody is in any more, or everybody is about to be taken out.
    pub(crate) const fn close(&mut self, supergroup: bool) {
        self.activity = GroupActivity::Closed { supergroup };
    }

    /// Makes an open group a supergroup or a normal one.
    pub(crate) fn set_supergroup(&mut self, supergroup: bool) {
        assert!(self.is_open(), "only an open group changes its kind");
        self.activity = GroupActivity::Open { supergroup };
    }

    /// Times that the group opened.
    pub(crate) const fn openings(&self) -> u64 {
        self.openings
    }

    /// Sequence number of the newest delivered message.
    #[inline]
    pub(crate) const fn seq(&self) -> u64 {
        self.seq
    }

    /// Index of the newest delivered HIGH message.
    pub(crate) const fn high_index(&self) -> u64 {
        self.high_index
    }

    /// Numbers a message that is delivered: its sequence number, and its index among the HIGH ones, of which others have 0.
    #[inline(always)]
    pub(crate) fn next_numbers(&mut self, high: bool) -> (u64, u64) {
        self.seq += 1;
        self.high_index += u64::from(high);
        (self.seq, if high { self.high_index } else { 0 })
    }

    /// Whether the group exists.
    pub(crate) const fn standing(&self) -> &GroupStanding {
        &self.standing
    }

    /// When a group was deleted that can be restored.
    pub(crate) const fn deleted_at(&self) -> Option<Instant> {
        match self.standing {
            GroupStanding::Deleted { at, .. } => Some(at),
            GroupStanding::Live | GroupStanding::Purged => None,
        }
    }

    /// The group is deleted, and can be restored.
    pub(crate) fn delete(&mut self, at: Instant, by: Arc<str>) {
        self.standing = GroupStanding::Deleted { at, by };
    }

    /// The group exists again.
    pub(crate) fn restore(&mut self) {
        self.standing = GroupStanding::Live;
    }

    /// The group is gone for good.
    pub(crate) fn purge(&mut self) {
        self.standing = GroupStanding::Purged;
    }

    /// Whether the group is gone for good.
    pub(crate) const fn is_purged(&self) -> bool {
        matches!(self.standing, GroupStanding::Purged)
    }

    /// Who deleted the group, to be changed where a mutant has it so.
    pub(crate) const fn deletor_by_mutant(&mut self) -> Option<&mut Arc<str>> {
        match &mut self.standing {
            GroupStanding::Deleted { by, .. } => Some(by),
            GroupStanding::Live | GroupStanding::Purged => None,
        }
    }

    /// Whether the group exists.
    pub(crate) const fn is_live(&self) -> bool {
        matches!(self.standing, GroupStanding::Live)
    }

    /// Whether the group is a supergroup, also while closed.
    pub(crate) const fn is_supergroup(&self) -> bool {
        matches!(
            self.activity,
            GroupActivity::Open { supergroup: true } | GroupActivity::Closed { supergroup: true }
        )
    }
}
