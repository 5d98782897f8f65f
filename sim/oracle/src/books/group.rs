//! The books on one group.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use claque_core::reading::{DeletionPurge, GroupActive, SupergroupReopening};
use claque_core::{AppIx, Duration, Instant, Message, Origin, Readings, Text, UserIx, limits};
use foldhash::quality::FixedState;
use hashbrown::{HashMap, HashSet};

use super::floor::Floor;
use super::kept::{Forgotten, KEPT_MAX, KeptMessage, TidTrace};
use super::message::{HeldBack, WaitingMessage};
use super::mutes::MuteBooks;
use super::ranks::Ranks;
use super::recent::RecentList;

/// Whether a group exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GroupExistence {
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

/// What a group is created with.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewFacts {
    pub(crate) name: Arc<str>,
    pub(crate) info: Arc<str>,
    pub(crate) creator: Arc<str>,
    pub(crate) admins: Vec<Arc<str>>,
}

/// A membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Membership {
    /// Its number among all joins of the group.
    pub(crate) order: u64,
    pub(crate) since: Instant,
    /// The group's newest message when it began: sequence number.
    pub(crate) after: u64,
}

/// The model's books on one group.
#[derive(Clone, Debug)]
pub(crate) struct GroupBooks {
    pub(crate) standing: GroupExistence,
    /// Whether it takes messages from the first join on, the users who are left.
    ever: bool,
    /// Whether purges wait for midnight.
    daily: bool,
    /// The application, and its place in the order of creation.
    pub(crate) app: Option<AppIx>,
    pub(crate) serial: u64,
    pub(crate) name: Arc<str>,
    /// When it was created. Unit: UNIX seconds.
    pub(crate) created: u64,
    pub(crate) creator: Arc<str>,
    pub(crate) admins: Vec<Arc<str>>,
    pub(crate) info: Arc<str>,
    pub(crate) mutes: MuteBooks,
    /// What the older family keeps of it: its extension, and its likes.
    pub(crate) extension: BTreeMap<String, String>,
    pub(crate) likes: u64,
    /// Who is in it.
    pub(crate) members: BTreeMap<UserIx, Membership>,
    /// A sum over the members that tells two audiences apart.
    pub(crate) members_sum: u64,
    pub(crate) supergroup: bool,
    /// Its own limit of messages a second.
    pub(crate) limit: Option<u32>,
    /// Whether a supergroup that lost everybody waits to be created again.
    pub(crate) shut: bool,
    /// Whether that is what opens one again.
    shuts: bool,
    /// Changes of a supergroup's membership since the last notice.
    pub(crate) unnamed: usize,
    pub(crate) joins: u64,
    pub(crate) openings: u64,
    pub(crate) last_notice: Option<Instant>,
    /// Since when the count of a supergroup differs from the last notified one.
    pub(crate) unnotified: Option<Instant>,
    pub(crate) seq: u64,
    pub(crate) high_index: u64,
    pub(crate) totals: BTreeMap<i64, u64>,
    /// Types whose counter may be higher: something was taken out that may count.
    pub(crate) perhaps_counted: BTreeSet<i64>,
    /// The running second and what was delivered in it.
    pub(crate) second: (u64, u32),
    /// The last second in which something was held back or shed.
    pub(crate) held: u64,
    /// Up to this second slots may be taken that the model does not count.
    pub(crate) full: u64,
    /// A second in which more was delivered than it may, and how much, until it is over.
    pub(crate) excess: Option<(Instant, u32)>,
    /// The first message that was not delivered at once although there was room for it, until it shows what became of
    /// it.
    pub(crate) late: Option<HeldBack>,
    pub(crate) waiting: HashMap<Text, WaitingMessage, FixedState>,
    /// Those on their way under IDs that nobody was notified of: their senders were gone when the review passed them.
    pub(crate) incognito: Vec<WaitingMessage>,
    /// Whether one of those was shed while another waits that the ledger would show in the same words.
    pub(crate) shed_unseen: bool,
    /// IDs that were given again after the group may have forgotten them: sent again, or not.
    pub(crate) unsure: TidSet,
    pub(crate) floors: BTreeMap<i64, Floor>,
    pub(crate) ranks: Ranks,
    pub(crate) kept: VecDeque<KeptMessage>,
    /// Up to where old messages were forgotten here: nothing is known of them but their IDs.
    pub(crate) forgotten: Option<Forgotten>,
    /// Whether something came here unknown, which has no place in the order of sending.
    pub(crate) unordered: bool,
    pub(crate) was_restored: bool,
    /// Something was sent to chosen members, which nobody may have seen: its numbers and lists are not known.
    pub(crate) chosen: bool,
    pub(crate) recent: RecentList,
    /// The last second in which the limit was changed.
    pub(crate) limited_at: u64,
    /// The highest limit that held in that second.
    pub(crate) limited_most: u32,
    pub(crate) recalled: TidSet,
    pub(crate) delivered: TidSet,
}

impl GroupBooks {
    pub(crate) fn new(
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
            extension: BTreeMap::new(),
            likes: 0,
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
            limited_most: 0,
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
    pub(crate) fn standing(&self, now: Instant) -> GroupExistence {
        match &self.standing {
            GroupExistence::Deleted(at, _) if now >= self.purge_at(*at) => GroupExistence::Purged,
            standing => standing.clone(),
        }
    }

    /// Whether it exists.
    pub(crate) fn is_live(&self) -> bool {
        self.standing == GroupExistence::Live
    }

    /// Whether this is the very instant of the purge, which belongs to neither side.
    pub(crate) fn is_at_purge(&self, now: Instant) -> bool {
        let GroupExistence::Deleted(at, _) = &self.standing else { return false };
        now == self.purge_at(*at)
    }

    /// Whether it exists and somebody is in it.
    pub(crate) fn is_active(&self) -> bool {
        self.is_live() && !self.members.is_empty()
    }

    /// Whether it takes messages: while somebody is in it, or, by a reading, once somebody was.
    pub(crate) fn takes(&self) -> bool {
        self.is_live() && (!self.members.is_empty() || (self.ever && self.joins > 0))
    }

    /// Members.
    pub(crate) fn count(&self) -> u64 {
        u64::try_from(self.members.len()).unwrap_or(u64::MAX)
    }

    /// Whether a user is its creator.
    pub(crate) fn is_creator(&self, user_id: &str) -> bool {
        *self.creator == *user_id
    }

    /// Whether a user is its creator or an administrator.
    pub(crate) fn is_staff(&self, user_id: &str) -> bool {
        self.is_creator(user_id) || self.admins.iter().any(|admin| **admin == *user_id)
    }

    /// Somebody comes in; the member past the bound makes a supergroup, the first after a shutdown a normal group.
    pub(crate) fn join(&mut self, now: Instant, user: UserIx, members_max: u32) -> bool {
        if self.members.contains_key(&user) {
            return false;
        }
        if self.members.is_empty() {
            self.supergroup = false;
            self.openings += 1;
        }
        self.members_sum = self.members_sum.wrapping_add(audience_mark(user));
        self.joins += 1;
        self.members.insert(user, Membership { order: self.joins, since: now, after: self.seq });
        self.supergroup |= self.count() > u64::from(members_max);
        true
    }

    /// Somebody goes out; nothing can be received once the last has gone, unless a group once joined goes on.
    pub(crate) fn leave(&mut self, user: UserIx) -> bool {
        let was = self.members.remove(&user).is_some();
        if was {
            self.members_sum = self.members_sum.wrapping_sub(audience_mark(user));
        }
        if self.members.is_empty() {
            self.shut |= was && self.supergroup && self.shuts;
            // By this reading an empty group still delivers, to nobody: what waits goes out or is shed as ever, and
            // only the promise of the floors has nobody to be kept to.
            if self.ever {
                self.floors.values_mut().for_each(Floor::make_unknown);
            } else {
                self.rest();
            }
        }
        was
    }

    /// Nobody is there: nothing that waits is owed to anybody.
    pub(crate) fn rest(&mut self) {
        self.waiting.clear();
        self.incognito.clear();
        self.shed_unseen = false;
        self.floors.values_mut().for_each(Floor::rest);
    }

    /// Slots taken in a second.
    pub(crate) const fn used_in(&self, second: u64) -> u32 {
        if self.second.0 == second { self.second.1 } else { 0 }
    }

    /// Notes a second in which more went out than the highest limit that held in it.
    pub(crate) fn note_excess(&mut self, at: Instant, budget: u32) {
        let second = at.unix_seconds();
        let most = if self.limited_at == second { self.limited_most } else { budget };
        if self.second.1 > most && self.excess.is_none_or(|(at, _)| at.unix_seconds() == second) {
            self.excess = Some((at, self.second.1));
        }
    }

    /// A message goes out: it takes a slot of its second, unless it is exempt.
    pub(crate) fn take_slot(&mut self, at: Instant, exempt: bool) {
        let second = at.unix_seconds();
        if self.second.0 != second {
            self.second = (second, 0);
        }
        self.second.1 += u32::from(!exempt);
    }

    /// Something of a type was taken out that counts, or does not.
    pub(crate) fn count_perhaps(&mut self, kind: i64, counted: bool) {
        if counted {
            self.totals.entry(kind).or_default();
            self.perhaps_counted.insert(kind);
        }
    }

    /// What the model knows of a message ID.
    pub(crate) fn trace_of(&self, now: Instant, tid: &Text) -> TidTrace {
        if self.waiting.contains_key(tid) {
            return TidTrace::Kept;
        }
        if !self.delivered.contains(tid) {
            return TidTrace::Unknown;
        }
        // From the newest: where an ID may be used again, the last message under it is the one that a send, a recall
        // or a list meets.
        let kept = self.kept.iter().rev().find(|kept| kept.tid == *tid);
        // A day short of 30 days, the shortest retention under any tier and reading: close to the edge, whether an ID
        // is free again is left open.
        let young = |kept: &&KeptMessage| now.since(kept.at).as_secs() < 86_400 * 29;
        match kept.filter(|kept| kept.stored && !kept.recalled).filter(young) {
            Some(_) => TidTrace::Kept,
            None => TidTrace::MayBeForgotten,
        }
    }

    /// The message of a sequence number, if the model remembers it.
    pub(crate) fn kept_of(&self, seq: u64) -> Option<&KeptMessage> {
        let at = self.kept.partition_point(|kept| kept.seq < seq);
        self.kept.get(at).filter(|kept| kept.seq == seq)
    }

    /// Keeps a delivered message for pulls and lists.
    ///
    /// What came unknown has no place in the order of sending: lists of such a group cannot be judged.
    pub(crate) fn keep(&mut self, message: &Arc<Message>, turn: Option<u64>) {
        self.unordered |= turn.is_none();
        self.kept.push_back(KeptMessage {
            seq: message.seq,
            tid: message.tid.clone(),
            sender: message.sender,
            live: message.origin == Origin::Live,
            high_index: message.high_index,
            stored: message.stored,
            cached: message.cached,
            at: message.sent,
            turn: turn.unwrap_or_default(),
            recalled: false,
            message: Arc::clone(message),
        });
        // Bounded, because a stadium delivers millions. What is dropped is booked as forgotten: taken for never
        // delivered, it condemned groups of more than 50,000 deliveries when a client pulled from there.
        if self.kept.len() > KEPT_MAX
            && let Some(KeptMessage { seq, at, .. }) = self.kept.pop_front()
        {
            // What waited was sent before some that were delivered earlier.
            let at = self.forgotten.map_or(at, |forgotten| forgotten.at.max(at));
            self.forgotten = Some(Forgotten { seq, at });
        }
    }
}
