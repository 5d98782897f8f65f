//! The users: what each one's client library remembers, a few bytes a user.
//!
//! State is kept in columns, since most users do nothing most of the time. A user's randomness is named by population
//! and number, so no other user's presence moves it.

use std::collections::BTreeMap;

use claque_core::{SessionId, UserIx};
use claque_engine::Actor;
use claque_scenario::{GroupNumber, Population, PopulationKind, PopulationNumber, Scenario};

use crate::network::{LinkClass, user_actor, user_key};

/// No user, no membership, no group.
pub(crate) const NONE: u32 = u32::MAX;
/// Groups that one user can be in.
const GROUPS_MAX: usize = 8;

/// Where a client stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientPresence {
    /// Not logged on.
    Away,
    /// Logged on, link up.
    Online,
    /// Logged on as far as it knows; the link is down and it tries to get back.
    Down,
    /// Logged on and still reached, while nothing that it sends arrives.
    Muffled,
}

/// The columns, by user number.
#[derive(Debug, Default)]
pub(crate) struct Users {
    population: Vec<u16>,
    /// By population: its first user.
    first: Vec<u32>,
    /// The group that the user comes for, by number in the scenario; [`NONE`] for staff without a group.
    home: Vec<u32>,
    /// Groups beyond the first.
    others: BTreeMap<u32, Vec<u32>>,
    /// Names for per-delivery draws.
    pub(crate) key: Vec<u32>,
    pub(crate) presence: Vec<ClientPresence>,
    /// The service's number of the user; [`NONE`] before the first logon.
    core: Vec<u32>,
    /// Counts the logons: the generation of the session that the client believes in.
    generation: Vec<u32>,
    /// Counts the lives of a client; what was scheduled in an earlier one is void.
    pub(crate) epoch: Vec<u16>,
    /// Draws made so far.
    position: Vec<u32>,
    /// Attempts to get back since the link broke.
    pub(crate) attempts: Vec<u8>,
    /// Expiry of the token. Unit: UNIX seconds.
    pub(crate) expiry: Vec<u64>,
    /// The first of the user's memberships.
    pub(crate) membership: Vec<u32>,
    /// Bit j: joined the j-th of the groups the user goes to.
    pub(crate) joined: Vec<u8>,
    pub(crate) device: Vec<u8>,
    /// The faults that hit the user, by bit.
    pub(crate) faults: Vec<u32>,
    /// The simulator's number, by the service's.
    by_core: Vec<u32>,
}

#[expect(clippy::indexing_slicing, reason = "user numbers are dense and made here")]
#[expect(clippy::as_conversions, reason = "u32 fits usize")]
impl Users {
    /// Everybody in a scenario. `takes_second` draws whether a user goes to a second group.
    pub(crate) fn of(scenario: &Scenario, takes_second: impl Fn(&Population, u32) -> bool) -> Self {
        let mut users = Self::default();
        for (number, population) in (0u32..).zip(&scenario.populations) {
            users.first.push(users.len());
            let number = PopulationNumber(number);
            match population.kind {
                PopulationKind::Audience => {
                    // Group by group: those who come for one group are a range of numbers, which the script draws from.
                    for membership in scenario.attendance(number) {
                        for _ in 0..membership.users {
                            users.add(number, population, membership.group.0);
                        }
                    }
                    users.fill(number, population);
                }
                PopulationKind::Hosts | PopulationKind::Administrators => users.fill(number, population),
            }
        }
        users.add_staff_groups(scenario);
        users.add_second_groups(scenario, takes_second);
        users
    }

    fn add(&mut self, number: PopulationNumber, population: &Population, home: u32) {
        let first = self.first.last().copied().unwrap_or(0);
        // The name and the number within the population, never the number in the world: a population that is taken out
        // must not move the draws of those that stay.
        self.key.push(user_key(&population.name, self.len() - first));
        self.population.push(u16::try_from(number.0).expect("fewer than 65,536 populations"));
        self.home.push(home);
        self.presence.push(ClientPresence::Away);
        self.core.push(NONE);
        self.generation.push(0);
        self.epoch.push(0);
        self.position.push(0);
        self.attempts.push(0);
        self.expiry.push(0);
        self.membership.push(NONE);
        self.joined.push(0);
        self.device.push(0);
        self.faults.push(0);
    }

    /// Adds the users of a population who have no home.
    fn fill(&mut self, number: PopulationNumber, population: &Population) {
        let first = self.first.last().copied().unwrap_or(0);
        while self.len() - first < population.users {
            self.add(number, population, NONE);
        }
    }

    fn add_staff_groups(&mut self, scenario: &Scenario) {
        for group in 0..u32::try_from(scenario.groups.len()).unwrap_or(0) {
            let number = GroupNumber(group);
            let staff = scenario.administrators(number).into_iter().chain(scenario.owner(number));
            for user in staff.collect::<Vec<_>>() {
                // The first of their groups stands for a home, so that staff have an application to log on to.
                if self.home[user as usize] == NONE {
                    self.home[user as usize] = group;
                } else {
                    self.add_group(scenario, user, group);
                }
            }
        }
    }

    fn add_second_groups(&mut self, scenario: &Scenario, takes_second: impl Fn(&Population, u32) -> bool) {
        for user in 0..self.len() {
            let population = &scenario.populations[usize::from(self.population[user as usize])];
            let home = self.home[user as usize];
            if population.kind != PopulationKind::Audience
                || !takes_second(population, self.key[user as usize])
            {
                continue;
            }
            let at = population.groups.iter().position(|group| group.0 == home).unwrap_or(0);
            let next = population.groups[(at + 1) % population.groups.len()].0;
            self.add_group(scenario, user, next);
        }
    }

    /// Adds a group that a user goes to, unless it belongs to another application; whether the user goes there.
    pub(crate) fn add_group(&mut self, scenario: &Scenario, user: u32, group: u32) -> bool {
        if self.nth_of(user, group).is_some() {
            return true;
        }
        let home = self.home[user as usize];
        let app = |group: u32| scenario.group(GroupNumber(group)).app;
        // A token is good for one application.
        if home == NONE || app(home) != app(group) {
            return false;
        }
        let others = self.others.entry(user).or_default();
        let free = others.len() + 1 < GROUPS_MAX;
        if free {
            others.push(group);
        }
        free
    }

    /// How many users there are.
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.key.len()).expect("fewer than 2^32 users")
    }

    /// The number of a user's population.
    pub(crate) fn population(&self, user: u32) -> usize {
        usize::from(self.population[user as usize])
    }

    /// The number of a user within the population.
    pub(crate) fn number(&self, user: u32) -> u32 {
        user - self.first[self.population(user)]
    }

    /// The users of a population.
    pub(crate) fn of_population(&self, population: usize) -> std::ops::Range<u32> {
        let end = self.first.get(population + 1).copied().unwrap_or_else(|| self.len());
        self.first[population]..end
    }

    /// The link of a user.
    pub(crate) fn class(&self, user: u32) -> LinkClass {
        LinkClass { population: self.population[user as usize], faults: self.faults[user as usize] }
    }

    /// Whom the user's draws belong to.
    pub(crate) fn actor(&self, scenario: &Scenario, user: u32) -> Actor {
        user_actor(&scenario.populations[self.population(user)].name, self.number(user))
    }

    /// Takes the next position among the user's draws.
    pub(crate) fn next_position(&mut self, user: u32) -> u32 {
        let position = self.position[user as usize];
        self.position[user as usize] = position.wrapping_add(1);
        position
    }

    /// The j-th of the groups that a user goes to, by number in the scenario.
    pub(crate) fn group(&self, user: u32, nth: u8) -> Option<u32> {
        let group = match nth.checked_sub(1) {
            None => Some(self.home[user as usize]),
            Some(other) => self.others.get(&user).and_then(|others| others.get(usize::from(other))).copied(),
        };
        group.filter(|group| *group != NONE)
    }

    /// How many groups a user goes to.
    pub(crate) fn groups(&self, user: u32) -> u8 {
        if self.home[user as usize] == NONE {
            return 0;
        }
        1 + self.others.get(&user).map_or(0, |others| u8::try_from(others.len()).unwrap_or(0))
    }

    /// Which of the user's groups this is, by number in the scenario.
    pub(crate) fn nth_of(&self, user: u32, group: u32) -> Option<u8> {
        if self.home[user as usize] == group {
            return Some(0);
        }
        let at = self.others.get(&user)?.iter().position(|other| *other == group)?;
        u8::try_from(at + 1).ok()
    }

    /// The session that a user's client believes in.
    pub(crate) fn session(&self, user: u32) -> SessionId {
        SessionId { user: UserIx(self.core[user as usize]), generation: self.generation[user as usize] }
    }

    /// Takes note of a logon.
    pub(crate) fn log_on(&mut self, user: u32, session: SessionId) {
        self.core[user as usize] = session.user.0;
        self.generation[user as usize] = session.generation;
        // The service numbers users by their first mention, be it as the sender in a back end's call: in between are
        // numbers that no client has.
        let at = session.user.at();
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

    /// Whether what the service sends reaches the client.
    pub(crate) fn hears(&self, user: u32) -> bool {
        matches!(self.presence[user as usize], ClientPresence::Online | ClientPresence::Muffled)
    }

    /// Bytes that a user takes here, all columns together.
    pub(crate) const fn bytes_per_user() -> usize {
        // In the order of the columns, by hand: the size of a vector says nothing about its elements. A column that is
        // new must be added, or the report promises less memory than a user takes.
        2 + 4 + 4 + 1 + 4 + 4 + 2 + 4 + 1 + 8 + 4 + 1 + 1 + 4 + 4
    }
}
