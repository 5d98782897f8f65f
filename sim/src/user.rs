//! The users: what each one's client library remembers, a few bytes a user.
//!
//! State is kept in columns, since most users do nothing most of the time. A user's randomness is named by crowd and
//! number, so no other user's presence moves it.

use claque_core::{SessionId, UserIx};

use crate::engine::Actor;
use crate::network::{user_actor, user_key};
use crate::plan::{CrowdPlan, Plan};

/// No user, no seat.
pub(crate) const NONE: u32 = u32::MAX;

/// Where a client stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// Not logged on.
    Away,
    /// Logged on, link up.
    Online,
    /// Logged on as far as it knows; the link is down and it tries to get back.
    Down,
    /// Logged on and still reached, while nothing that it sends arrives.
    Muffled,
}

/// What a crowd is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Audience,
    Host,
    Administrator,
}

/// A crowd with its users' numbers.
#[derive(Clone, Debug)]
pub(crate) struct Crowd {
    pub(crate) plan: CrowdPlan,
    pub(crate) role: Role,
    /// The first of its users; the others follow.
    pub(crate) first: u32,
}

/// The columns, by user number.
#[derive(Debug, Default)]
pub(crate) struct Users {
    /// The crowds: audience first, then staff.
    pub(crate) crowds: Vec<Crowd>,
    crowd: Vec<u16>,
    /// Names for per-delivery draws.
    pub(crate) key: Vec<u32>,
    pub(crate) presence: Vec<Presence>,
    /// The service's number of the user; [`NONE`] before the first logon.
    core: Vec<u32>,
    /// Counts the logons: the generation of the session that the client believes in.
    generation: Vec<u32>,
    /// Counts the lives of a client; what was scheduled in an earlier one is void.
    pub(crate) epoch: Vec<u16>,
    /// Draws made so far.
    pub(crate) position: Vec<u32>,
    /// Attempts to get back since the link broke.
    pub(crate) attempts: Vec<u8>,
    /// Expiry of the token. Unit: UNIX seconds.
    pub(crate) expiry: Vec<u64>,
    /// The first of the user's seats.
    pub(crate) seat: Vec<u32>,
    /// Bit j: joined the j-th of the groups the user goes to.
    pub(crate) joined: Vec<u8>,
    pub(crate) device: Vec<u8>,
    /// The faults that hit the user, by bit.
    pub(crate) class: Vec<u32>,
    /// The simulator's number, by the service's.
    by_core: Vec<u32>,
}

#[expect(clippy::indexing_slicing, reason = "user numbers are dense and made here")]
#[expect(clippy::as_conversions, reason = "u32 fits usize")]
impl Users {
    /// Everybody that a plan names: the crowds, then hosts and administrators.
    pub(crate) fn of(plan: &Plan) -> Self {
        let mut users = Self::default();
        for crowd in &plan.crowds {
            users.add(crowd.clone(), Role::Audience);
        }
        let mut hosts = Vec::new();
        let mut admins = Vec::new();
        for (at, group) in (0u32..).zip(&plan.groups) {
            if group.host {
                hosts.push(at);
            }
            admins.extend(std::iter::repeat_n(at, usize::from(group.admins)));
        }
        users.add(staff("host", hosts), Role::Host);
        users.add(staff("admin", admins), Role::Administrator);
        users
    }

    fn add(&mut self, plan: CrowdPlan, role: Role) {
        let count = if plan.groups.is_empty() { 0 } else { plan.users };
        let first = u32::try_from(self.key.len()).expect("fewer than 2^32 users");
        let crowd = u16::try_from(self.crowds.len()).expect("fewer than 65,536 crowds");
        for number in 0..count {
            self.crowd.push(crowd);
            self.key.push(user_key(&plan.name, number));
        }
        let len = self.key.len();
        self.presence.resize(len, Presence::Away);
        self.core.resize(len, NONE);
        self.generation.resize(len, 0);
        self.epoch.resize(len, 0);
        self.position.resize(len, 0);
        self.attempts.resize(len, 0);
        self.expiry.resize(len, 0);
        self.seat.resize(len, NONE);
        self.joined.resize(len, 0);
        self.device.resize(len, 0);
        self.class.resize(len, 0);
        self.crowds.push(Crowd { plan, role, first });
    }

    /// How many users there are.
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.key.len()).expect("fewer than 2^32 users")
    }

    /// Every user number.
    pub(crate) fn all(&self) -> std::ops::Range<u32> {
        0..self.len()
    }

    /// The crowd of a user.
    pub(crate) fn crowd(&self, user: u32) -> &Crowd {
        &self.crowds[usize::from(self.crowd[user as usize])]
    }

    /// The number of a user within the crowd.
    pub(crate) fn number(&self, user: u32) -> u32 {
        user - self.crowd(user).first
    }

    /// The ID that a user logs on with.
    pub(crate) fn id(&self, user: u32) -> String {
        member_id(&self.crowd(user).plan.name, self.number(user))
    }

    /// Whom the user's draws belong to.
    pub(crate) fn actor(&self, user: u32) -> Actor {
        user_actor(&self.crowd(user).plan.name, self.number(user))
    }

    /// Takes the next position among the user's draws.
    pub(crate) fn next_position(&mut self, user: u32) -> u32 {
        let position = self.position[user as usize];
        self.position[user as usize] = position.wrapping_add(1);
        position
    }

    /// The j-th of the groups that a user goes to, by position in the plan.
    pub(crate) fn home(&self, user: u32, nth: u8) -> u32 {
        let groups = &self.crowd(user).plan.groups;
        groups[(self.number(user) as usize + usize::from(nth)) % groups.len()]
    }

    /// How many groups a user goes to.
    pub(crate) fn homes(&self, user: u32) -> u8 {
        let plan = &self.crowd(user).plan;
        plan.joins.clamp(1, 8).min(u8::try_from(plan.groups.len()).unwrap_or(8))
    }

    /// The session that a user's client believes in.
    pub(crate) fn session(&self, user: u32) -> SessionId {
        SessionId { user: UserIx(self.core[user as usize]), generation: self.generation[user as usize] }
    }

    /// Takes note of a logon.
    pub(crate) fn log_on(&mut self, user: u32, session: SessionId) {
        self.core[user as usize] = session.user.0;
        self.generation[user as usize] = session.generation;
        self.know(session.user, user);
    }

    fn know(&mut self, core: UserIx, user: u32) {
        let at = core.at();
        if self.by_core.len() <= at {
            self.by_core.resize(at + 1, NONE);
        }
        self.by_core[at] = user;
    }

    /// The user that the service knows under a number; none for users who never logged on.
    pub(crate) fn find(&self, core: UserIx) -> Option<u32> {
        self.by_core.get(core.at()).copied().filter(|user| *user != NONE)
    }

    /// Whether the client is in the j-th of its groups, as far as it knows.
    pub(crate) fn is_in(&self, user: u32, nth: u8) -> bool {
        self.joined[user as usize] >> nth & 1 == 1
    }

    /// Which of the user's groups this is, by position in the plan.
    pub(crate) fn nth_of(&self, user: u32, group: u32) -> Option<u8> {
        (0..self.homes(user)).find(|nth| self.home(user, *nth) == group)
    }

    /// Bytes that a user takes here, all columns together.
    pub(crate) const fn bytes_per_user() -> usize {
        2 + 4 + 1 + 4 + 4 + 2 + 4 + 1 + 8 + 4 + 1 + 1 + 4 + 4
    }
}

/// The ID of the user with this number in a crowd.
pub(crate) fn member_id(crowd: &str, number: u32) -> String {
    format!("{crowd}x{number}")
}

/// The crowd of hosts or of administrators: they come first and stay.
fn staff(name: &str, groups: Vec<u32>) -> CrowdPlan {
    use claque_core::Duration;

    CrowdPlan {
        name: name.to_owned(),
        users: u32::try_from(groups.len()).expect("fewer than 2^32 staff"),
        groups,
        joins: 1,
        arrive_at: Duration::ZERO,
        arrive_within: Duration::from_secs(1),
        stay: None,
        away: None,
        logs_off: false,
        habits: Vec::new(),
        link_loss: None,
        second_device: 0,
        token: Duration::from_days(1),
        heartbeat: None,
        acknowledges: 1_000,
    }
}
