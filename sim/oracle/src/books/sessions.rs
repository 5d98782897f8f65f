//! The books on sessions and memberships: who is logged on, who is in which group, and which ends of groups a user
//! has still to hear of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use claque_core::{Duration, ExitReason, GroupIx, Instant, LogoffReason, SessionId, UserIx};

use crate::dense::Dense;

/// A live session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenSession {
    pub(crate) id: SessionId,
    pub(crate) heartbeat: Duration,
    /// Expiry of the token. Unit: UNIX seconds.
    pub(crate) expiry: u64,
    /// When it is logged off unless the client is back; none while the link is up.
    pub(crate) until: Option<Instant>,
    /// Whether the token names the role `admin`.
    pub(crate) admin: bool,
}

/// Why a membership changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MembershipCause {
    /// The client asked for it.
    Client,
    /// The session ended.
    SessionEnd,
    /// The application was disabled: nobody is notified.
    Disabled,
    /// The back end removed the user.
    Kick,
    /// The back end put the user in or took the user out (old family).
    BackEnd,
}

/// A change of membership, in the order in which it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MembershipChange {
    pub(crate) group: GroupIx,
    pub(crate) user: UserIx,
    pub(crate) joined: bool,
    pub(crate) cause: MembershipCause,
    /// Members after it.
    pub(crate) count: u64,
    /// Whether the group is a supergroup after it.
    pub(crate) supergroup: bool,
}

/// A logoff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Logoff {
    pub(crate) session: SessionId,
    pub(crate) reason: LogoffReason,
}

/// What one call did to sessions and memberships.
#[derive(Clone, Debug, Default)]
pub(crate) struct Comings {
    pub(crate) changes: Vec<MembershipChange>,
    pub(crate) logoffs: Vec<Logoff>,
}

/// A group that ended for a user whose session goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exit {
    group: GroupIx,
    reason: ExitReason,
    /// The link was up, or it was notified on a return.
    notified: bool,
}

/// Everybody: sessions, and who is where.
#[derive(Clone, Debug, Default)]
pub(crate) struct SessionBooks {
    pub(crate) sessions: Dense<UserIx, OpenSession>,
    /// The groups of each user, sorted.
    pub(crate) groups: Dense<UserIx, Vec<GroupIx>>,
    /// Who has ever logged on.
    pub(crate) logged_on: Dense<UserIx, ()>,
    /// The extension information of the users who have some. Apart from `logged_on`, because in a show of a million
    /// hardly anybody has any, and a place for it took each user 23 bytes.
    infos: BTreeMap<UserIx, Arc<str>>,
    /// Groups that ended for each user, until its session ends.
    pub(crate) exits: Dense<UserIx, Vec<Exit>>,
    /// When sessions whose link is lost must be logged off.
    pub(crate) overdue: BTreeSet<(Instant, UserIx)>,
}

impl SessionBooks {
    /// The live session of a user.
    pub(crate) fn session(&self, user: UserIx) -> Option<&OpenSession> {
        self.sessions.get(user)
    }

    /// The groups that a user is in.
    pub(crate) fn groups_of(&self, user: UserIx) -> &[GroupIx] {
        self.groups.get(user).map(Vec::as_slice).unwrap_or_default()
    }

    /// The extension information of a user; empty where none was given.
    pub(crate) fn info_of(&self, user: UserIx) -> Arc<str> {
        self.infos.get(&user).cloned().unwrap_or_default()
    }

    /// Takes down the extension information of a user; an empty one takes it away.
    pub(crate) fn set_info(&mut self, user: UserIx, info: Arc<str>) {
        if info.is_empty() {
            self.infos.remove(&user);
        } else {
            self.infos.insert(user, info);
        }
    }

    /// The groups that ended for a user by a deletion, as far as its session has seen them end.
    pub(crate) fn deleted_for(&self, user: UserIx) -> impl Iterator<Item = GroupIx> + '_ {
        let exits = self.exits.get(user).map(Vec::as_slice).unwrap_or_default();
        exits.iter().filter(|exit| exit.reason == ExitReason::GroupDeleted).map(|exit| exit.group)
    }

    pub(crate) fn enter(&mut self, user: UserIx, group: GroupIx) {
        let groups = self.groups.or_default(user);
        if let Err(at) = groups.binary_search(&group) {
            groups.insert(at, group);
        }
    }

    pub(crate) fn exit(&mut self, user: UserIx, group: GroupIx) {
        if let Some(groups) = self.groups.get_mut(user)
            && let Ok(at) = groups.binary_search(&group)
        {
            groups.remove(at);
            if groups.is_empty() {
                self.groups.remove(user);
            }
        }
    }
}

impl SessionBooks {
    /// A group ended for a user.
    pub(crate) fn note_exit(&mut self, user: UserIx, group: GroupIx, reason: ExitReason) {
        let Some(session) = self.session(user) else { return };
        // By the link at that moment. One that breaks with the notice under way is taken for notified here; its
        // client then still names the group when it returns.
        let notified = session.until.is_none();
        // The latest end only: a user who joined again and was removed again is notified of the second, and of one.
        self.forget_exit(user, group);
        self.exits.or_default(user).push(Exit { group, reason, notified });
    }

    /// The user is in the group again.
    pub(crate) fn forget_exit(&mut self, user: UserIx, group: GroupIx) {
        if let Some(exits) = self.exits.get_mut(user) {
            exits.retain(|exit| exit.group != group);
        }
    }

    /// Takes the ends that a user who is back has to be notified of: those it could not hear, and those of groups that
    /// its client still takes for its own.
    pub(crate) fn take_owed(
        &mut self,
        user: UserIx,
        named: impl Fn(GroupIx) -> bool,
    ) -> Vec<(GroupIx, ExitReason)> {
        let Some(exits) = self.exits.get_mut(user) else { return Vec::new() };
        let mut owed = Vec::new();
        for exit in exits {
            if !exit.notified || named(exit.group) {
                // Once: membership.resume.exits has the member notified one time, and the next return owes nothing
                // unless the client names the group again.
                exit.notified = true;
                owed.push((exit.group, exit.reason));
            }
        }
        owed
    }
}

/// The IDs of users' sessions as events print them: of the one before, where the model knows it, and of the last.
pub(crate) type SidBooks = Dense<UserIx, (Option<Arc<str>>, Arc<str>)>;
