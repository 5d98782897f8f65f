//! The life of a group in the model: created, deleted, restored, purged; normal, super, shut down.

use std::collections::BTreeSet;
use std::sync::Arc;

use claque_core::reading::{
    CreateQuotaDeleted, CreateRepeat, DeletionLateRestore, DeletionMessageWindow, MuteAfterRestore,
};
use claque_core::{
    AppIx, ClientReply, ClientRequest, ExitReason, Full, GroupIx, Input, Instant, Missing, Mutants, Notice,
    NoticeTo, Outcome, Output, Refusal, Reply, Request, Response, Rule, UserIx, limits,
};

use super::calls::{Effect, GroupChange};
use super::{Model, Observed};
use crate::books::group::{GroupBooks, GroupExistence, NewFacts};
use crate::books::mutes::MuteBooks;
use crate::evidence;

/// Members that are notified of the end of their group in one call; of those beyond, some may wait for the next.
const DISMISSED_AT_ONCE: usize = 1_000;

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
        let Effect::Group(change) = request.into() else { return };
        match (change, answer) {
            (GroupChange::CreateLiveMessageGroup(call), Ok(Reply::Done(Response::GroupCreated(made)))) => {
                let known = seen.group_of(&call.app_id, &call.group_id);
                let app = seen.app(&call.app_id);
                let facts = self.facts_of(call);
                self.on_created(seen, known, facts, app, (made.already_exists, made.already_delete));
            }
            (GroupChange::CreateMessageGroup(call), Ok(Reply::Done(Response::OldGroupCreated(made)))) => {
                let known = seen.group_of(&call.app_id, &made.group_id);
                let facts = NewFacts { creator: call.creator_id.as_str().into(), ..NewFacts::default() };
                self.on_created(seen, known, facts, seen.app(&call.app_id), (false, false));
            }
            (GroupChange::CreateLiveMessageGroup(call), Err(Refusal::Full { what: Full::Groups, .. })) => {
                self.judge_quota(seen.now, seen.app(&call.app_id), true);
            }
            (GroupChange::DeleteLiveMessageGroup(call), Ok(_)) => {
                if let Some(group) = seen.group_of(&call.app_id, &call.group_id) {
                    self.on_deleted(seen, group, call.operator_id.as_deref().unwrap_or_default().into());
                }
            }
            (GroupChange::RecoverLiveMessageDeletedGroup(call), answer) => {
                if let Some(group) = seen.group_of(&call.app_id, &call.group_id) {
                    self.on_restored(seen.now, group, answer.map(drop));
                }
            }
            (GroupChange::ModifyLiveMessageGroup(call), Ok(_)) => {
                if let Some(group) = seen.group_of(&call.app_id, &call.group_id) {
                    let info = call.modify_info.filter(|modify| *modify);
                    let info = info.map(|_| Arc::from(call.group_info.as_deref().unwrap_or_default()));
                    let admins = call.modify_admin.filter(|modify| *modify);
                    let given = call.admin_list.as_deref().unwrap_or_default();
                    let admins = admins.map(|_| self.admins_of(given));
                    self.on_modified(seen, group, info, admins);
                }
            }
            (
                GroupChange::CreateLiveMessageGroup(_)
                | GroupChange::CreateMessageGroup(_)
                | GroupChange::DeleteLiveMessageGroup(_)
                | GroupChange::ModifyLiveMessageGroup(_),
                _,
            ) => {}
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
        // Whether the five seconds between two notices outlast a deletion and a restore is stated nowhere.
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
            let heard: BTreeSet<UserIx> = notified.iter().copied().collect();
            let unheard = members.keys().filter(|user| !heard.contains(user)).copied().collect();
            self.dismissals.insert(group, (seen.now, unheard));
            self.just_deleted = Some((group, notified.clone()));
        } else if !notified.iter().eq(members.keys()) {
            let evidence = evidence!(
                "group ",
                group,
                " was deleted with ",
                members.len(),
                " members; ",
                notified.len(),
                " are notified that it ended"
            );
            self.refute(seen.now, Some(Rule::DeletionGroupNotifies), evidence);
        }
        for member in members.keys() {
            self.people.exit(*member, group);
            self.people.note_exit(*member, group, ExitReason::GroupDeleted);
        }
        // Events are owed of those alone whom the first slice ends.
        if self.just_deleted.is_none() {
            self.just_deleted = Some((group, members.into_keys().collect()));
        }
    }

    /// A deleted group can be restored for 30 days, without members; afterwards it is gone.
    fn on_restored(&mut self, now: Instant, group: GroupIx, answer: Result<(), Refusal>) {
        let readings = self.config.readings;
        let window = match readings.deletion_message_window {
            DeletionMessageWindow::SevenDays => limits::GROUP_DELETED_MESSAGES_WINDOW,
            DeletionMessageWindow::ThirtyDays => limits::GROUP_RESTORE_WINDOW,
        };
        let Some(books) = self.groups.get_mut(group) else { return };
        // Whether the thirtieth day ends before or after a call at that very instant is stated nowhere: whatever is
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
            let evidence = || evidence!("group ", group, " was changed, and its members are not notified");
            self.expect_notice(seen.now, Rule::GroupInfoNotified, notified, evidence);
        }
    }
}
