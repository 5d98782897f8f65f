//! Users and their sessions.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::mem;
use core::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::state::exits::Exits;
use crate::words::id::{AppIx, GroupIx, MemberSlot, SessionId, UserIx};
use crate::words::text::{Extra, Text};
use crate::words::time::{Duration, Instant};

/// The link of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum SessionLink {
    /// Up.
    Up,
    /// Down since; the session is logged off at `until` unless the client is back.
    Down { since: Instant, until: Instant },
}

/// A live session.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct LiveSession {
    link: SessionLink,
    pub(crate) heartbeat_timeout: Duration,
    /// Expiry of the token. Unit: UNIX seconds.
    pub(crate) token_expiry: u64,
    pub(crate) device: u32,
    pub(crate) admin: bool,
    pub(crate) acknowledges: bool,
}

impl LiveSession {
    /// A session whose link is up.
    pub(crate) const fn new(
        heartbeat_timeout: Duration,
        token_expiry: u64,
        device: u32,
        (admin, acknowledges): (bool, bool),
    ) -> Self {
        Self { link: SessionLink::Up, heartbeat_timeout, token_expiry, device, admin, acknowledges }
    }

    /// Whether the link is up.
    #[inline]
    pub(crate) const fn is_up(&self) -> bool {
        matches!(self.link, SessionLink::Up)
    }

    /// The link was lost; the session is logged off at `until` unless the client is back.
    pub(crate) fn lose_link(&mut self, since: Instant, until: Instant) {
        // A second loss must not move the end: the client has been silent since the first.
        assert!(self.is_up(), "a link that is down cannot be lost");
        self.link = SessionLink::Down { since, until };
    }

    /// The client is back.
    pub(crate) const fn take_link_up(&mut self) {
        self.link = SessionLink::Up;
    }

    /// Whether the link is down and the client's time to come back is over.
    pub(crate) fn is_overdue(&self, now: Instant) -> bool {
        matches!(self.link, SessionLink::Down { until, .. } if until <= now)
    }
}

/// A user of an application. Known from the first logon, join or mention on.
///
/// Two lines of memory, the first of which is all that a send, join or leave looks at besides the link.
#[derive(Clone, Debug, Hash, Serialize, Deserialize)]
#[repr(C, align(64))]
pub(crate) struct User {
    pub(crate) app: AppIx,
    /// Logons so far: the generation of the newest session.
    logons: u32,
    /// The ID, for messages.
    pub(crate) id: Text,
    /// The groups that the user is in, sorted by group.
    memberships: Memberships,
    session: Option<LiveSession>,
    /// Extension information.
    pub(crate) info: Extra,
    /// Groups that ended for the user, until the session ends.
    pub(crate) ended: Exits,
}

impl User {
    pub(crate) const fn new(app: AppIx, id: Text) -> Self {
        Self {
            app,
            logons: 0,
            id,
            memberships: Memberships::new(),
            session: None,
            info: Extra::none(),
            ended: Exits::none(),
        }
    }

    /// The live session.
    #[inline]
    pub(crate) const fn session(&self) -> Option<&LiveSession> {
        self.session.as_ref()
    }

    /// The live session, to be changed.
    pub(crate) const fn session_mut(&mut self) -> Option<&mut LiveSession> {
        self.session.as_mut()
    }

    /// The live session, if it is that of the given logon.
    #[inline]
    pub(crate) fn session_of_logon(&self, generation: u32) -> Option<&LiveSession> {
        self.session.as_ref().filter(|_| self.logons == generation)
    }

    /// Logs the user on; gives the generation of the new session.
    pub(crate) fn open_session(&mut self, session: LiveSession) -> u32 {
        // Counted and never reused: a late event of a former session must not meet this one.
        self.logons += 1;
        self.session = Some(session);
        self.logons
    }

    /// Logs the user off.
    pub(crate) fn end_session(&mut self) {
        self.session = None;
    }

    /// Logons so far: the generation of the newest session.
    pub(crate) const fn logons(&self) -> u32 {
        self.logons
    }

    /// The groups that the user is in, by group, and the slot in each.
    pub(crate) fn memberships(&self) -> &[(GroupIx, MemberSlot)] {
        &self.memberships
    }

    /// Adds a membership at the position that [`Self::membership`] gave.
    pub(crate) fn add_membership(&mut self, at: usize, group: GroupIx, slot: MemberSlot) {
        debug_assert!(self.membership(group) == Err(at), "memberships are sorted, each group once");
        self.memberships.insert(at, (group, slot));
    }

    /// Takes out the membership at a position; gives its slot, which is freed elsewhere.
    pub(crate) fn remove_membership(&mut self, at: usize) -> MemberSlot {
        self.memberships.remove(at).1
    }

    /// Takes out all memberships, whose slots are freed elsewhere.
    pub(crate) fn take_memberships(&mut self) -> Memberships {
        mem::take(&mut self.memberships)
    }

    /// The live session's ID.
    pub(crate) fn session_id(&self, user: UserIx) -> Option<SessionId> {
        self.session.as_ref().map(|_| SessionId { user, generation: self.logons })
    }

    /// The user's slot in a group. O(log n) in the user's own groups.
    pub(crate) fn slot_in(&self, group: GroupIx) -> Option<MemberSlot> {
        self.membership(group).ok().map(|at| self.memberships[at].1)
    }

    /// The position of a group among the memberships, or where it would be.
    pub(crate) fn membership(&self, group: GroupIx) -> Result<usize, usize> {
        self.memberships.binary_search_by_key(&group, |(group, _)| *group)
    }

    /// Forgets a membership, whose slot is freed elsewhere.
    pub(crate) fn lose(&mut self, group: GroupIx) {
        if let Ok(at) = self.membership(group) {
            self.memberships.remove(at);
        }
    }
}

/// Groups that a user may be in before they need memory of their own.
const FEW: usize = 2;

/// The groups that a user is in, and the slot in each. Read as a slice.
#[derive(Clone)]
pub(crate) enum Memberships {
    Few(u8, [(GroupIx, MemberSlot); FEW]),
    #[expect(clippy::box_collection, reason = "a word instead of three in every user")]
    Many(Box<Vec<(GroupIx, MemberSlot)>>),
}

const NOWHERE: (GroupIx, MemberSlot) = (GroupIx(u32::MAX), MemberSlot(u32::MAX));

impl Memberships {
    const fn new() -> Self {
        Self::Few(0, [NOWHERE; FEW])
    }

    /// Adds a membership before the one at a position.
    fn insert(&mut self, at: usize, membership: (GroupIx, MemberSlot)) {
        match self {
            Self::Few(len, few) if usize::from(*len) < FEW => {
                // Two in place, since nearly every viewer is in one group: a join then allocates nothing.
                few.copy_within(at..usize::from(*len), at + 1);
                few[at] = membership;
                *len += 1;
            }
            Self::Few(_, few) => {
                let mut many = few.to_vec();
                many.insert(at, membership);
                *self = Self::Many(Box::new(many));
            }
            Self::Many(many) => many.insert(at, membership),
        }
    }

    /// Takes the membership at a position out.
    fn remove(&mut self, at: usize) -> (GroupIx, MemberSlot) {
        match self {
            Self::Few(len, few) => {
                let removed = few[..usize::from(*len)][at];
                few.copy_within(at + 1..usize::from(*len), at);
                *len -= 1;
                // Cleared, so that equal lists are equal whatever they held before.
                few[usize::from(*len)] = NOWHERE;
                removed
            }
            Self::Many(many) => many.remove(at),
        }
    }
}

impl Default for Memberships {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for Memberships {
    type Target = [(GroupIx, MemberSlot)];

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Few(len, few) => &few[..usize::from(*len)],
            Self::Many(many) => many,
        }
    }
}

impl fmt::Debug for Memberships {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl Hash for Memberships {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl Serialize for Memberships {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Memberships {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let all = Vec::<(GroupIx, MemberSlot)>::deserialize(deserializer)?;
        let mut memberships = Self::new();
        for (at, membership) in all.into_iter().enumerate() {
            memberships.insert(at, membership);
        }
        Ok(memberships)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_two_lines_of_memory() {
        assert_eq!(size_of::<User>(), 128);
        assert_eq!(size_of::<Memberships>(), 24);
    }

    #[test]
    fn memberships_are_a_list_whether_few_or_many() {
        let entry = |group: u32| (GroupIx(group), MemberSlot(10 * group));
        let (mut memberships, mut list) = (Memberships::new(), Vec::new());
        for (at, group) in [(0, 5), (0, 1), (1, 3), (3, 9), (0, 0)] {
            memberships.insert(at, entry(group));
            list.insert(at, entry(group));
            assert_eq!(*memberships, *list);
        }
        for at in [4, 1, 0, 1, 0] {
            assert_eq!(memberships.remove(at), list.remove(at));
            assert_eq!(*memberships, *list);
        }
        memberships = Memberships::new();
        memberships.insert(0, entry(4));
        memberships.insert(1, entry(6));
        assert_eq!((memberships.remove(0), memberships.remove(0)), (entry(4), entry(6)));
        assert!(memberships.is_empty());
    }
}
