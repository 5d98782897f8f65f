//! The model's books on one group.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use claque_core::reading::{DeletionPurge, GroupActive, SupergroupReopening};
use claque_core::{AppIx, Duration, Instant, Readings, Text, UserIx, limits};
use foldhash::quality::FixedState;
use hashbrown::{HashMap, HashSet};

use super::budget::HeldBack;
use super::facts::NewFacts;
use super::kept::{Forgotten, KeptMessage};
use super::messages::Floor;
use super::mutes::MuteBooks;
use super::ranks::Ranks;
use super::recent::RecentList;
use super::send::WaitingMessage;

/// Whether a group exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GroupExistence {
    Live,
    /// When and by whom it was deleted.
    Deleted(Instant, Arc<str>),
    Purged,
}

/// IDs of messages. The order in which such a set is walked is fixed, and nothing walks it.
type TidSet = HashSet<Text, FixedState>;

/// What a member adds to the sum over an audience.
fn audience_mark(user: UserIx) -> u64 {
    // Plus one, because 0 mixes to 0: user 0 would add nothing to any sum.
    claque_engine::mix(u64::from(user.0) + 1)
}

/// The model's books on one group.
#[derive(Debug)]
pub(super) struct GroupBooks {
    pub(super) standing: GroupExistence,
    /// Whether it takes messages from the first join on, the users who are left.
    ever: bool,
    /// Whether purges wait for midnight.
    daily: bool,
    /// The application, and its place in the order of creation.
    pub(super) app: Option<AppIx>,
    pub(super) serial: u64,
    pub(super) name: Arc<str>,
    /// When it was created. Unit: UNIX seconds.
    pub(super) created: u64,
    pub(super) creator: Arc<str>,
    pub(super) admins: Vec<Arc<str>>,
    pub(super) info: Arc<str>,
    pub(super) mutes: MuteBooks,
    /// Who is in it, each with a number that orders them by joining.
    pub(super) members: BTreeMap<UserIx, u64>,
    /// A sum over the members that tells two audiences apart.
    pub(super) members_sum: u64,
    pub(super) supergroup: bool,
    /// Its own limit of messages a second.
    pub(super) limit: Option<u32>,
    /// Whether a supergroup that lost everybody waits to be created again.
    pub(super) shut: bool,
    /// Whether that is what opens one again.
    shuts: bool,
    /// Changes of a supergroup's membership since the last notice.
    pub(super) unnamed: usize,
    pub(super) joins: u64,
    pub(super) openings: u64,
    pub(super) last_notice: Option<Instant>,
    /// Since when the count of a supergroup differs from the last notified one.
    pub(super) unnotified: Option<Instant>,
    pub(super) seq: u64,
    pub(super) high_index: u64,
    pub(super) totals: BTreeMap<i64, u64>,
    /// Types whose counter may be higher: something was taken out that may count.
    pub(super) perhaps_counted: BTreeSet<i64>,
    /// The running second and what was delivered in it.
    pub(super) second: (u64, u32),
    /// The last second in which something was held back or shed.
    pub(super) held: u64,
    /// Up to this second slots may be taken that the model does not count.
    pub(super) full: u64,
    /// A second in which more was delivered than it may, and how much, until it is over.
    pub(super) excess: Option<(Instant, u32)>,
    /// The first message that was not delivered at once although there was room for it, until it shows what became of
    /// it.
    pub(super) late: Option<HeldBack>,
    pub(super) waiting: HashMap<Text, WaitingMessage, FixedState>,
    /// Those on their way under IDs that nobody was notified of: their senders were gone when the review passed them.
    pub(super) incognito: Vec<WaitingMessage>,
    /// Whether one of those was shed, of which the ledger shows neither body nor an ID that anybody knows.
    pub(super) shed_unseen: bool,
    /// IDs that were given again after the group may have forgotten them: sent again, or not.
    pub(super) unsure: TidSet,
    pub(super) floors: BTreeMap<i64, Floor>,
    pub(super) ranks: Ranks,
    pub(super) kept: VecDeque<KeptMessage>,
    /// Up to where old messages were forgotten here: nothing is known of them but their IDs.
    pub(super) forgotten: Option<Forgotten>,
    /// Whether something came here unknown, which has no place in the order of sending.
    pub(super) unordered: bool,
    pub(super) was_restored: bool,
    /// Something was sent to chosen members, which nobody may have seen: its numbers and lists are not known.
    pub(super) chosen: bool,
    pub(super) recent: RecentList,
    /// The last second in which the limit was changed.
    pub(super) limited_at: u64,
    pub(super) recalled: TidSet,
    pub(super) delivered: TidSet,
}

impl GroupBooks {
    pub(super) fn new(
        facts: NewFacts,
        app: Option<AppIx>,
        (serial, created): (u64, u64),
        readings: &Readings,
    ) -> Self {
        let NewFacts { name, info, creator, admins } = facts;
        Self {
            standing: GroupExistence::Live,
            ever: readings.group_active == GroupActive::Ever,
            daily: readings.deletion_purge == DeletionPurge::Daily,
            app,
            serial,
            name,
            created,
            creator,
            admins,
            info,
            mutes: MuteBooks::default(),
            members: BTreeMap::new(),
            members_sum: 0,
            supergroup: false,
            limit: None,
            shut: false,
            shuts: readings.supergroup_reopening == SupergroupReopening::Create,
            unnamed: 0,
            joins: 0,
            openings: 0,
            last_notice: None,
            unnotified: None,
            seq: 0,
            high_index: 0,
            totals: BTreeMap::new(),
            perhaps_counted: BTreeSet::new(),
            second: (0, 0),
            held: 0,
            full: 0,
            excess: None,
            late: None,
            waiting: HashMap::default(),
            incognito: Vec::new(),
            shed_unseen: false,
            unsure: TidSet::default(),
            floors: BTreeMap::new(),
            ranks: Ranks::default(),
            kept: VecDeque::new(),
            forgotten: None,
            unordered: false,
            was_restored: false,
            chosen: false,
            recent: RecentList::default(),
            limited_at: 0,
            recalled: TidSet::default(),
            delivered: TidSet::default(),
        }
    }

    /// When what was deleted at a time is gone for good: after 30 days, or at the midnight that follows.
    fn purge_at(&self, deleted: Instant) -> Instant {
        let exact = deleted + limits::GROUP_RESTORE_WINDOW;
        let day = Duration::from_days(1).as_micros();
        if self.daily { Instant::from_micros(exact.as_micros().div_ceil(day) * day) } else { exact }
    }

    /// Whether it exists at a time.
    pub(super) fn standing(&self, now: Instant) -> GroupExistence {
        match &self.standing {
            GroupExistence::Deleted(at, _) if now >= self.purge_at(*at) => GroupExistence::Purged,
            standing => standing.clone(),
        }
    }

    /// Whether it exists.
    pub(super) fn is_live(&self) -> bool {
        self.standing == GroupExistence::Live
    }

    /// Whether this is the very instant of the purge, which belongs to neither side.
    pub(super) fn is_at_purge(&self, now: Instant) -> bool {
        let GroupExistence::Deleted(at, _) = &self.standing else { return false };
        now == self.purge_at(*at)
    }

    /// Whether it exists and somebody is in it.
    pub(super) fn is_active(&self) -> bool {
        self.is_live() && !self.members.is_empty()
    }

    /// Whether it takes messages: while somebody is in it, or, by a reading, once somebody was.
    pub(super) fn takes(&self) -> bool {
        self.is_live() && (!self.members.is_empty() || (self.ever && self.joins > 0))
    }

    /// Members.
    pub(super) fn count(&self) -> u64 {
        u64::try_from(self.members.len()).unwrap_or(u64::MAX)
    }

    /// Whether a user is its creator.
    pub(super) fn is_creator(&self, user_id: &str) -> bool {
        *self.creator == *user_id
    }

    /// Whether a user is its creator or an administrator.
    pub(super) fn is_staff(&self, user_id: &str) -> bool {
        self.is_creator(user_id) || self.admins.iter().any(|admin| **admin == *user_id)
    }

    /// Somebody comes in; the member past the bound makes a supergroup, the first after a shutdown a normal group.
    pub(super) fn join(&mut self, user: UserIx, members_max: u32) -> bool {
        if self.members.contains_key(&user) {
            return false;
        }
        if self.members.is_empty() {
            self.supergroup = false;
            self.openings += 1;
        }
        self.members_sum = self.members_sum.wrapping_add(audience_mark(user));
        self.joins += 1;
        self.members.insert(user, self.joins);
        self.supergroup |= self.count() > u64::from(members_max);
        true
    }

    /// Somebody goes out; nothing can be received once the last has gone, unless a group once joined goes on.
    pub(super) fn leave(&mut self, user: UserIx) -> bool {
        let was = self.members.remove(&user).is_some();
        if was {
            self.members_sum = self.members_sum.wrapping_sub(audience_mark(user));
        }
        if self.members.is_empty() {
            self.shut |= was && self.supergroup && self.shuts;
            // By this reading an empty group still delivers, to nobody: what waits goes out or is shed as ever, and
            // only the promise of the floors has nobody to be kept to.
            if self.ever {
                self.floors.values_mut().for_each(Floor::rest);
            } else {
                self.rest();
            }
        }
        was
    }

    /// Nobody is there: nothing that waits is owed to anybody.
    pub(super) fn rest(&mut self) {
        self.waiting.clear();
        self.incognito.clear();
        self.floors.values_mut().for_each(Floor::rest);
    }

    /// Slots taken in a second.
    pub(super) const fn used_in(&self, second: u64) -> u32 {
        if self.second.0 == second { self.second.1 } else { 0 }
    }

    /// A message goes out: it takes a slot of its second, unless it is exempt.
    pub(super) fn take_slot(&mut self, at: Instant, exempt: bool) {
        let second = at.unix_seconds();
        if self.second.0 != second {
            self.second = (second, 0);
        }
        self.second.1 += u32::from(!exempt);
    }

    /// Something of a type was taken out that counts, or does not.
    pub(super) fn count_perhaps(&mut self, kind: i64, counted: bool) {
        if counted {
            self.totals.entry(kind).or_default();
            self.perhaps_counted.insert(kind);
        }
    }
}
