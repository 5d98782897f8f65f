//! What the model keeps of a group, and its life: created, deleted, restored, purged; normal, super, shut down.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use claque_core::reading::{
    CreateQuotaDeleted, CreateRepeat, DeletionLateRestore, DeletionMessageWindow, DeletionPurge, GroupActive,
    MuteAfterRestore, SupergroupReopening,
};
use claque_core::{
    AppIx, ClientReply, ClientRequest, Duration, ExitReason, Full, GroupIx, Input, Instant, Missing, Mutants,
    Notice, NoticeTo, Outcome, Output, Readings, Refusal, Reply, Request, Response, Rule, Text, UserIx,
    limits,
};
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
use super::{Model, Observed};
use crate::evidence;

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

/// Members that are notified of the end of their group in one call; of those beyond, some may wait for the next.
const DISMISSED_AT_ONCE: usize = 1_000;

/// What a member adds to the sum over an audience.
fn audience_mark(user: UserIx) -> u64 {
    // Plus one, because 0 mixes to 0: user 0 would add nothing to any sum.
    claque_engine::mix(u64::from(user.0) + 1)
}

/// The model's books on one group.
#[derive(Debug)]
pub(super) struct GroupBooks {
    standing: GroupExistence,
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
    fn new(facts: NewFacts, app: Option<AppIx>, (serial, created): (u64, u64), readings: &Readings) -> Self {
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
    fn rest(&mut self) {
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

impl Model {
    /// Follows creation, deletion, restoring and changes.
    pub(super) fn follow_groups<D: Mutants>(&mut self, seen: &Observed<'_, D>) {
        self.just_deleted = None;
        match (seen.input, seen.outcome) {
            (Input::Request(_, request), Outcome::Request(answer)) => {
                self.follow_request(seen, request, answer.as_ref().map_err(|refusal| *refusal));
            }
            (Input::Client(session, request), Outcome::Client(Ok(reply))) => match (request, reply) {
                (
                    ClientRequest::CreateGroup { name, info, .. },
                    ClientReply::GroupCreated { group, already_exists, group_id },
                ) => {
                    let app = seen.app_of(session.user);
                    let creator = seen.user_id(session.user);
                    let (name, info) = (Arc::clone(name), Arc::clone(info));
                    let facts = NewFacts { name, info, creator, admins: Vec::new() };
                    if let Some(app) = app {
                        seen.group_in(app, group_id);
                    }
                    self.on_created(seen, Some(*group), facts, app, (*already_exists, false));
                }
                (ClientRequest::CloseGroup(key), _) => {
                    if let Some(group) = seen.group(session.user, key) {
                        self.judge_closing(seen, *session, group);
                        self.on_deleted(seen, group, seen.user_id(session.user));
                    }
                }
                (ClientRequest::ModifyGroup { group, info, admins }, _) => {
                    if let Some(group) = seen.group(session.user, group) {
                        self.on_modified(seen, group, info.clone(), admins.clone());
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }

    fn follow_request<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        request: &Request,
        answer: Result<&Reply, Refusal>,
    ) {
        match (request, answer) {
            (Request::CreateLiveMessageGroup(call), Ok(Reply::Done(Response::GroupCreated(made)))) => {
                let known = seen.group_of(&call.app_id, &call.group_id);
                let app = seen.app(&call.app_id);
                let facts = self.facts_of(call);
                self.on_created(seen, known, facts, app, (made.already_exists, made.already_delete));
            }
            (Request::CreateMessageGroup(call), Ok(Reply::Done(Response::OldGroupCreated(made)))) => {
                let known = seen.group_of(&call.app_id, &made.group_id);
                let facts = NewFacts { creator: call.creator_id.as_str().into(), ..NewFacts::default() };
                self.on_created(seen, known, facts, seen.app(&call.app_id), (false, false));
            }
            (Request::CreateLiveMessageGroup(call), Err(Refusal::Full { what: Full::Groups, .. })) => {
                self.judge_quota(seen.now, seen.app(&call.app_id), true);
            }
            (Request::DeleteLiveMessageGroup(call), Ok(_)) => {
                if let Some(group) = seen.group_of(&call.app_id, &call.group_id) {
                    self.on_deleted(seen, group, call.operator_id.as_deref().unwrap_or_default().into());
                }
            }
            (Request::RecoverLiveMessageDeletedGroup(call), answer) => {
                if let Some(group) = seen.group_of(&call.app_id, &call.group_id) {
                    self.on_restored(seen.now, group, answer.map(drop));
                }
            }
            (Request::ModifyLiveMessageGroup(call), Ok(_)) => {
                if let Some(group) = seen.group_of(&call.app_id, &call.group_id) {
                    let info = call.modify_info.filter(|modify| *modify);
                    let info = info.map(|_| Arc::from(call.group_info.as_deref().unwrap_or_default()));
                    let admins = call.modify_admin.filter(|modify| *modify);
                    let given = call.admin_list.as_deref().unwrap_or_default();
                    let admins = admins.map(|_| self.admins_of(given));
                    self.on_modified(seen, group, info, admins);
                }
            }
            _ => {}
        }
    }

    fn add_group(&mut self, now: Instant, group: GroupIx, facts: NewFacts, app: Option<AppIx>) {
        self.creations += 1;
        let born = (self.creations, now.unix_seconds());
        self.groups.insert(group, GroupBooks::new(facts, app, born, &self.config.readings));
    }

    fn on_created<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        group: Option<GroupIx>,
        facts: NewFacts,
        app: Option<AppIx>,
        (exists, deleted): (bool, bool),
    ) {
        let now = seen.now;
        let Some(group) = group else {
            // Whatever the answer says of it: another application's group is none of this one.
            let evidence = evidence!("a creation was answered, and the application has no group of that ID");
            return self.refute(now, Some(Rule::GroupIdUnique), evidence);
        };
        let Some(books) = self.groups.get(group) else {
            self.judge_quota(now, app, false);
            if exists || deleted {
                let evidence = evidence!("group ", group, " is new, but its creation says it is not");
                self.refute(now, Some(Rule::GroupCreateResponse), evidence);
            }
            self.add_group(now, group, facts, app);
            return;
        };
        let (members, seq) = (seen.service.member_count(group), seen.service.group_seq(group));
        // A second group of the name would begin empty, with numbers of its own; the answer alone shows no
        // difference.
        let second = (u64::from(members), seq) != (books.count(), books.seq);
        let wrong = match books.standing(now) {
            GroupExistence::Live if !exists && second => {
                Some((Rule::GroupIdUnique, "exists, and creating it again has made a second"))
            }
            GroupExistence::Live if !exists || deleted => {
                Some((Rule::GroupCreateAlreadyExists, "exists, but creating it again does not say so"))
            }
            GroupExistence::Deleted(..) if !deleted => {
                Some((Rule::GroupCreateAlreadyDeleted, "is deleted, but creating it again does not say so"))
            }
            GroupExistence::Live | GroupExistence::Deleted(..) | GroupExistence::Purged => None,
        };
        if let Some((rule, said)) = wrong {
            self.refute(now, Some(rule), evidence!("group ", group, " ", said));
        } else if self.groups.get(group).is_some_and(|books| books.standing(now) == GroupExistence::Purged)
            && !deleted
        {
            self.judge_quota(now, app, false);
            self.add_group(now, group, facts, app);
        } else if exists && !deleted {
            self.on_created_again(group, facts);
        }
    }

    /// Judges an application's quota of groups: before one more comes in, or after one more was refused.
    fn judge_quota(&mut self, now: Instant, app: Option<AppIx>, refused: bool) {
        let with_deleted = self.config.readings.create_quota_deleted == CreateQuotaDeleted::Counted;
        let held =
            self.groups.values().filter(|books| books.app == app).filter(|books| match books.standing(now) {
                GroupExistence::Live => true,
                GroupExistence::Deleted(..) => with_deleted,
                GroupExistence::Purged => false,
            });
        let (held, bound) = (held.count(), self.config.limits.app_groups_max);
        let full = u64::try_from(held).is_ok_and(|held| held >= u64::from(bound));
        if full != refused {
            let said = if refused { "is refused" } else { "is let in" };
            let evidence =
                evidence!("one more group ", said, " where an application has ", held, " of ", bound);
            self.refute(now, Some(Rule::QuotaGroupsPerApp), evidence);
        }
    }

    /// By a reading, creating a group again replaces what is given.
    fn on_created_again(&mut self, group: GroupIx, facts: NewFacts) {
        if let Some(books) = self.groups.get_mut(group).filter(|books| books.shut) {
            (books.shut, books.supergroup) = (false, false);
        }
        let Some(books) = self.groups.get_mut(group) else { return };
        if self.config.readings.create_repeat != CreateRepeat::Updates || !books.is_live() {
            return;
        }
        // What is absent or empty is not given, and stays.
        let NewFacts { name, info, creator, admins } = facts;
        let texts = [(&mut books.name, name), (&mut books.info, info), (&mut books.creator, creator)];
        for (stored, given) in texts.into_iter().filter(|(_, given)| !given.is_empty()) {
            *stored = given;
        }
        if !admins.is_empty() {
            books.admins = admins;
        }
    }

    /// Everybody in a deleted group is notified once that it has ended.
    fn on_deleted<D: Mutants>(&mut self, seen: &Observed<'_, D>, group: GroupIx, by: Arc<str>) {
        let Some(books) = self.groups.get_mut(group) else { return };
        // deletion.group.idempotent: time and operator of the first deletion stay.
        if !books.is_live() {
            return;
        }
        books.standing = GroupExistence::Deleted(seen.now, by);
        let members = std::mem::take(&mut books.members);
        books.members_sum = 0;
        (books.supergroup, books.shut) = (false, false);
        books.rest();
        // Whether the five seconds between two notices outlast a deletion and a restore is told nowhere.
        books.last_notice = None;
        books.recent.clear();
        let mut notified: Vec<UserIx> = Vec::new();
        for output in seen.outputs {
            if let Output::Notice(NoticeTo::Users(of), Notice::Exit(ExitReason::GroupDeleted), users) = output
                && *of == group
            {
                notified.extend(users);
            }
        }
        notified.sort_unstable();
        let left = seen.service.member_count(group);
        if left > 0 {
            let evidence = evidence!("group ", group, " was deleted, and ", left, " members are in it");
            self.refute(seen.now, Some(Rule::DeletionGroupSessionOver), evidence);
        }
        // A large group is dismissed in slices: who is not notified yet is owed it within a second.
        let first = notified.iter().all(|user| members.contains_key(user));
        if first && notified.len() >= DISMISSED_AT_ONCE && notified.len() < members.len() {
            let told: BTreeSet<UserIx> = notified.iter().copied().collect();
            let untold = members.keys().filter(|user| !told.contains(user)).copied().collect();
            self.dismissals.insert(group, (seen.now, untold));
        } else if !notified.iter().eq(members.keys()) {
            let evidence = evidence!(
                "group ",
                group,
                " was deleted with ",
                members.len(),
                " members; ",
                notified.len(),
                " are told that it ended"
            );
            self.refute(seen.now, Some(Rule::DeletionGroupNotifies), evidence);
        }
        for member in members.keys() {
            self.people.exit(*member, group);
            self.people.note_exit(*member, group, ExitReason::GroupDeleted);
        }
        self.just_deleted = Some((group, members.into_keys().collect()));
    }

    /// A deleted group can be restored for 30 days, without members; afterwards it is gone.
    fn on_restored(&mut self, now: Instant, group: GroupIx, answer: Result<(), Refusal>) {
        let readings = self.config.readings;
        let window = match readings.deletion_message_window {
            DeletionMessageWindow::SevenDays => limits::GROUP_DELETED_MESSAGES_WINDOW,
            DeletionMessageWindow::ThirtyDays => limits::GROUP_RESTORE_WINDOW,
        };
        let Some(books) = self.groups.get_mut(group) else { return };
        // Whether the thirtieth day ends before or after a call at that very instant is told nowhere: whatever is
        // answered holds.
        if books.is_at_purge(now) {
            if answer.is_ok() {
                books.standing = GroupExistence::Live;
            }
            return;
        }
        let (app, was_deleted) = (books.app, matches!(books.standing(now), GroupExistence::Deleted(..)));
        if was_deleted
            && readings.create_quota_deleted == CreateQuotaDeleted::NotCounted
            && matches!(answer, Ok(()) | Err(Refusal::Full { .. }))
        {
            self.judge_quota(now, app, answer.is_err());
        }
        let Some(books) = self.groups.get_mut(group) else { return };
        match (books.standing(now), answer) {
            (GroupExistence::Deleted(at, _), Ok(())) => {
                books.standing = GroupExistence::Live;
                if readings.mute_after_restore == MuteAfterRestore::Cleared {
                    books.mutes = MuteBooks::default();
                }
                if now.since(at) >= window && readings.deletion_late_restore == DeletionLateRestore::Gone {
                    books.kept.clear();
                    books.forgotten = None;
                    books.recent.clear();
                }
                books.was_restored = true;
            }
            (GroupExistence::Deleted(at, _), Err(Refusal::NotExist { what: Missing::Group, .. })) => {
                let evidence =
                    evidence!("group ", group, " cannot be restored ", now.since(at), " after its deletion");
                self.refute(now, Some(Rule::DeletionWindowPurge), evidence);
            }
            (GroupExistence::Purged, Ok(())) => {
                let evidence = evidence!("group ", group, " is restored although its time has passed");
                self.refute(now, Some(Rule::DeletionWindowPurge), evidence);
            }
            (
                GroupExistence::Live | GroupExistence::Deleted(..) | GroupExistence::Purged,
                Ok(()) | Err(_),
            ) => {}
        }
    }

    /// Members of a group are notified when its information changes.
    pub(super) fn on_modified<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        group: GroupIx,
        info: Option<Arc<str>>,
        admins: Option<Vec<Arc<str>>>,
    ) {
        let Some(books) = self.groups.get_mut(group) else { return };
        let changes = info.as_ref().is_some_and(|info| *info != books.info)
            || admins.as_ref().is_some_and(|admins| *admins != books.admins);
        if let Some(info) = info {
            books.info = info;
        }
        if let Some(admins) = admins {
            books.admins = admins;
        }
        let notified = seen.outputs.iter().any(|output| {
            matches!(output, Output::Notice(NoticeTo::Group(of), Notice::InfoChange { info, .. }, _)
                if *of == group && *info == books.info)
        });
        // Setting what is set changes nothing, and a notice of it is neither owed nor wrong.
        if changes && books.is_active() {
            let evidence = || evidence!("group ", group, " was changed, and its members are not told");
            self.expect_notice(seen.now, Rule::GroupInfoNotified, notified, evidence);
        }
    }
}
