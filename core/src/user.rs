//! Users and their sessions.

use alloc::sync::Arc;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::id::{AppIx, GroupIx, MemberSlot, SessionId, UserIx};
use crate::time::{Duration, Instant};

/// The link of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Link {
    /// Up.
    Up,
    /// Down since; the session is logged off at `until` unless the client is back.
    Down { since: Instant, until: Instant },
}

/// A live session.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct LiveSession {
    pub(crate) link: Link,
    pub(crate) heartbeat_timeout: Duration,
    /// Expiry of the token. Unit: UNIX seconds.
    pub(crate) token_expiry: u64,
    pub(crate) device: u32,
    pub(crate) admin: bool,
    pub(crate) acknowledges: bool,
}

/// A user of an application. Known from the first logon, join or mention on.
#[derive(Clone, Debug, Hash, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) app: AppIx,
    /// Logons so far: the generation of the newest session.
    pub(crate) logons: u32,
    pub(crate) session: Option<LiveSession>,
    /// Extension information; none: empty.
    pub(crate) info: Option<Arc<str>>,
    /// The groups that the user is in, sorted by group.
    pub(crate) memberships: Vec<(GroupIx, MemberSlot)>,
    /// Groups that were deleted while the user was in, until the session ends.
    pub(crate) ended: Vec<GroupIx>,
}

impl User {
    pub(crate) const fn new(app: AppIx) -> Self {
        Self { app, logons: 0, session: None, info: None, memberships: Vec::new(), ended: Vec::new() }
    }

    /// The live session's ID.
    pub(crate) fn session_id(&self, user: UserIx) -> Option<SessionId> {
        self.session.as_ref().map(|_| SessionId { user, generation: self.logons })
    }

    /// Where the user sits in a group. O(log n) in the user's own groups.
    pub(crate) fn slot_in(&self, group: GroupIx) -> Option<MemberSlot> {
        self.membership(group).ok().map(|at| self.memberships[at].1)
    }

    /// The position of a group among the memberships, or where it would be.
    pub(crate) fn membership(&self, group: GroupIx) -> Result<usize, usize> {
        self.memberships.binary_search_by_key(&group, |(group, _)| *group)
    }

    /// Forgets a membership because the group was deleted.
    pub(crate) fn lose(&mut self, group: GroupIx) {
        if let Ok(at) = self.membership(group) {
            self.memberships.remove(at);
            if !self.ended.contains(&group) {
                self.ended.push(group);
            }
        }
    }
}
