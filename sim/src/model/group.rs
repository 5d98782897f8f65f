//! What the model keeps of a group, and its life: created, deleted, restored, purged; normal, super, shut down.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use claque_core::{
    ClientReply, ClientRequest, Defects, ExitReason, GroupIx, Input, Instant, Notice, NoticeTo, Outcome,
    Output, Refusal, Reply, Request, Response, Rule, UserIx, limits,
};

use super::traffic::{Floor, Waiting};
use super::{Model, Seen};

/// Whether a group exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Live,
    Deleted(Instant),
}

/// A message that was delivered and is kept.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) seq: u64,
    pub(super) tid: Arc<str>,
    /// Its number among the HIGH messages, from 1; 0 for other levels.
    pub(super) high_index: u64,
    pub(super) stored: bool,
    pub(super) cached: bool,
    pub(super) at: Instant,
}

/// What a member adds to the sum over an audience.
pub(crate) const fn audience_mark(user: UserIx) -> u64 {
    crate::engine::mix(user.0 as u64 + 1)
}

/// The model's books on one group.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) standing: Standing,
    pub(super) members: BTreeSet<UserIx>,
    /// A sum over the members that tells two audiences apart.
    pub(super) members_sum: u64,
    pub(super) supergroup: bool,
    pub(super) joins: u64,
    /// The members as the notices of a normal group have told them.
    pub(super) told: BTreeSet<UserIx>,
    pub(super) last_notice: Option<Instant>,
    pub(super) seq: u64,
    pub(super) high_index: u64,
    pub(super) totals: BTreeMap<i64, u64>,
    /// The running second and what was delivered in it.
    pub(super) second: (u64, u32),
    pub(super) waiting: BTreeMap<Arc<str>, Waiting>,
    pub(super) floors: BTreeMap<i64, Floor>,
    pub(super) kept: VecDeque<Kept>,
    pub(super) recalled: BTreeSet<Arc<str>>,
    pub(super) delivered: BTreeSet<Arc<str>>,
}

impl Group {
    fn new() -> Self {
        Self {
            standing: Standing::Live,
            members: BTreeSet::new(),
            members_sum: 0,
            supergroup: false,
            joins: 0,
            told: BTreeSet::new(),
            last_notice: None,
            seq: 0,
            high_index: 0,
            totals: BTreeMap::new(),
            second: (0, 0),
            waiting: BTreeMap::new(),
            floors: BTreeMap::new(),
            kept: VecDeque::new(),
            recalled: BTreeSet::new(),
            delivered: BTreeSet::new(),
        }
    }

    /// Whether it exists and somebody is in it.
    pub(super) fn is_active(&self) -> bool {
        self.standing == Standing::Live && !self.members.is_empty()
    }

    /// Somebody comes in; the member past the bound makes a supergroup, the first after a shutdown a normal group.
    pub(super) fn join(&mut self, user: UserIx, members_max: u32) -> bool {
        if self.members.is_empty() {
            self.supergroup = false;
            self.told.clear();
        }
        if !self.members.insert(user) {
            return false;
        }
        self.members_sum = self.members_sum.wrapping_add(audience_mark(user));
        self.joins += 1;
        self.supergroup |= self.members.len() > members_max as usize;
        true
    }

    /// Somebody goes out; nothing can be received once the last has gone.
    pub(super) fn leave(&mut self, user: UserIx) -> bool {
        let was = self.members.remove(&user);
        if was {
            self.members_sum = self.members_sum.wrapping_sub(audience_mark(user));
        }
        if self.members.is_empty() {
            self.rest();
        }
        was
    }

    /// Whether a HIGH message between two indices is kept nowhere, so that nobody can pull it.
    pub(super) fn is_unreachable(&self, done: u64, owed: u64) -> bool {
        let kept = self.kept.iter().filter(|kept| kept.high_index > done && kept.high_index <= owed);
        let reachable = kept.filter(|kept| kept.stored && !self.recalled.contains(&kept.tid)).count();
        u64::try_from(reachable).is_ok_and(|reachable| reachable < owed - done)
    }

    /// Nobody is there: nothing that waits is owed to anybody.
    fn rest(&mut self) {
        self.floors.clear();
    }
}

impl Model {
    /// Follows creation, deletion and restoring.
    pub(super) fn follow_groups<D: Defects>(&mut self, seen: &Seen<'_, D>) {
        match (seen.input, seen.outcome) {
            (
                Input::Request(_, Request::CreateLiveMessageGroup(call)),
                Outcome::Request(Ok(Reply::Done(reply))),
            ) => {
                if let Response::GroupCreated(made) = reply {
                    let known = seen.group_of(&call.app_id, &call.group_id);
                    self.on_created(seen.now, known, made.already_exists, made.already_delete);
                }
            }
            (
                Input::Request(_, Request::CreateMessageGroup(call)),
                Outcome::Request(Ok(Reply::Done(reply))),
            ) => {
                if let Response::OldGroupCreated(made) = reply {
                    let known = seen.group_of(&call.app_id, &made.group_id);
                    self.on_created(seen.now, known, false, false);
                }
            }
            (Input::Client(_, ClientRequest::CreateGroup { .. }), Outcome::Client(Ok(reply))) => {
                if let ClientReply::GroupCreated { group, already_exists, .. } = reply {
                    self.on_created(seen.now, Some(*group), *already_exists, false);
                }
            }
            (Input::Request(_, Request::DeleteLiveMessageGroup(call)), Outcome::Request(Ok(_))) => {
                if let Some(group) = seen.group_of(&call.app_id, &call.group_id) {
                    self.on_deleted(seen, group);
                }
            }
            (Input::Client(session, ClientRequest::CloseGroup(key)), Outcome::Client(Ok(_))) => {
                if let Some(group) = seen.group(session.user, key) {
                    self.on_deleted(seen, group);
                }
            }
            (Input::Request(_, Request::RecoverLiveMessageDeletedGroup(call)), Outcome::Request(answer)) => {
                if let Some(group) = seen.group_of(&call.app_id, &call.group_id) {
                    self.on_restored(seen.now, group, answer.as_ref().map(drop).map_err(|refusal| *refusal));
                }
            }
            _ => {}
        }
    }

    fn on_created(&mut self, now: Instant, group: Option<GroupIx>, exists: bool, deleted: bool) {
        let Some(group) = group else { return };
        match self.groups.get(&group).map(|place| place.standing) {
            None if exists || deleted => {
                let evidence = format!("group {} is new, but its creation says it is not", group.0);
                self.refute(now, Some(Rule::GroupCreateResponse), evidence);
            }
            None => {
                self.groups.insert(group, Group::new());
            }
            Some(Standing::Live) if !exists || deleted => {
                let evidence = format!("group {} exists, but creating it again does not say so", group.0);
                self.refute(now, Some(Rule::GroupCreateAlreadyExists), evidence);
            }
            Some(Standing::Deleted(_)) if !deleted => {
                let evidence = format!("group {} is deleted, but creating it again does not say so", group.0);
                self.refute(now, Some(Rule::GroupCreateAlreadyDeleted), evidence);
            }
            Some(Standing::Live | Standing::Deleted(_)) => {}
        }
    }

    /// Everybody in a deleted group is told once that it has ended.
    fn on_deleted<D: Defects>(&mut self, seen: &Seen<'_, D>, group: GroupIx) {
        let Some(place) = self.groups.get_mut(&group) else { return };
        if place.standing != Standing::Live {
            return;
        }
        place.standing = Standing::Deleted(seen.now);
        let members = std::mem::take(&mut place.members);
        place.members_sum = 0;
        place.supergroup = false;
        place.told.clear();
        place.waiting.clear();
        place.floors.clear();
        place.last_notice = None;
        let mut told: Vec<UserIx> = Vec::new();
        for output in seen.outputs {
            if let Output::Notice(NoticeTo::Users(of), Notice::Exit(ExitReason::GroupDeleted), users) = output
                && *of == group
            {
                told.extend(users);
            }
        }
        told.sort_unstable();
        if !told.iter().eq(members.iter()) {
            let evidence = format!(
                "group {} was deleted with {} members; {} notices say that it ended",
                group.0,
                members.len(),
                told.len()
            );
            self.refute(seen.now, Some(Rule::DeletionGroupNotifies), evidence);
        }
    }

    /// A deleted group can be restored for 30 days, without members; afterwards it is gone.
    fn on_restored(&mut self, now: Instant, group: GroupIx, answer: Result<(), Refusal>) {
        let Some(place) = self.groups.get_mut(&group) else { return };
        let Standing::Deleted(at) = place.standing else { return };
        let within = now.since(at) < limits::GROUP_RESTORE_WINDOW;
        match answer {
            Ok(()) if within => place.standing = Standing::Live,
            Err(Refusal::NotExist { .. }) if within => {
                let evidence =
                    format!("group {} cannot be restored {} after its deletion", group.0, now.since(at));
                self.refute(now, Some(Rule::DeletionWindowRestore), evidence);
            }
            Ok(()) if now.since(at) > limits::GROUP_RESTORE_WINDOW => {
                let evidence = format!("group {} is restored {} after its deletion", group.0, now.since(at));
                self.refute(now, Some(Rule::DeletionWindowPurge), evidence);
            }
            Ok(()) | Err(_) => {}
        }
    }
}
