//! The users of a scenario: their number, their names, and the groups that they come for.

use std::num::NonZeroU32;

use claque_document::units::{Rate, apportion};

use super::{GroupNumber, PopulationKind, PopulationNumber, Scenario, ScriptAction};

/// Users of a population who come for one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attendance {
    /// The group.
    pub group: GroupNumber,
    /// How many come for it.
    pub users: u32,
}

impl Scenario {
    /// All virtual users of the scenario.
    #[must_use]
    pub fn users(&self) -> u32 {
        self.populations.iter().fold(0, |sum, population| sum.saturating_add(population.users))
    }

    /// Changes the number of users, and keeps the proportions as far as whole users allow.
    ///
    /// With fewer users every population shrinks alike, but keeps one user while there are enough to go round. With
    /// more users only the audience grows: a show has no more hosts for a larger audience. Counts and rates of the
    /// script stay as they are. The scenario's own number changes nothing.
    pub fn scale(&mut self, users: NonZeroU32) {
        let (wanted, own) = (users.get(), self.users());
        if wanted == own {
            return;
        }
        let has_audience =
            self.populations.iter().any(|it| it.kind == PopulationKind::Audience && it.users > 0);
        // Without an audience there is nothing else that could grow.
        let grows = |kind| wanted < own || !has_audience || kind == PopulationKind::Audience;
        let weights: Vec<u64> =
            self.populations.iter().map(|it| if grows(it.kind) { it.users.into() } else { 0 }).collect();
        let fixed: u32 = self.populations.iter().filter(|it| !grows(it.kind)).map(|it| it.users).sum();
        let mut parts = apportion(u64::from(wanted.saturating_sub(fixed)), &weights);
        // Even a small run needs a host who mutes and an administrator who kicks, or the rules about them are not
        // reached.
        keep_one_each(&mut parts, &weights);
        for (population, part) in self.populations.iter_mut().zip(parts) {
            if grows(population.kind) {
                population.users = narrow(part);
            }
        }
    }

    /// The users of an audience by the group they come for, in the order of the groups, without groups that have no
    /// audience.
    ///
    /// Users are assigned in their order: the first `users` of them to the first group, and so on. Owners and
    /// administrators come where [`Scenario::owner`] and [`Scenario::administrators`] say.
    #[must_use]
    pub fn attendance(&self, population: PopulationNumber) -> Vec<Attendance> {
        let population = self.population(population);
        let weights: Vec<u64> =
            population.groups.iter().map(|group| u64::from(self.group(*group).weight)).collect();
        let parts = apportion(population.users.into(), &weights);
        population
            .groups
            .iter()
            .zip(parts)
            .filter(|(_, part)| *part > 0)
            .map(|(group, part)| Attendance { group: *group, users: narrow(part) })
            .collect()
    }

    /// The deliveries a second that the script asks for, estimated: every stream at once, with all users in the groups
    /// that they come for.
    #[must_use]
    pub fn deliveries_per_second(&self) -> u64 {
        let mut members = vec![0u64; self.groups.len()];
        for number in (0u32..).map(PopulationNumber).take(self.populations.len()) {
            for attendance in self.attendance(number) {
                if let Some(count) =
                    members.get_mut(usize::try_from(attendance.group.0).unwrap_or(usize::MAX))
                {
                    *count += u64::from(attendance.users);
                }
            }
        }
        // More than the budget of a group is never delivered, whatever its streams send.
        let budget = u64::from(self.changed_limits().group_messages_per_second);
        let group_rate = |group: GroupNumber| {
            let streams = self.events.iter().filter(|event| event.groups.contains(&group));
            let rates = streams.filter_map(|event| {
                let ScriptAction::Messages(stream) = &event.action else { return None };
                Some(stream.rate)
            });
            let per_second =
                |rate: Rate| (u64::from(rate.count()) * 1_000_000).div_ceil(rate.per().as_micros().max(1));
            rates.map(per_second).sum::<u64>().min(budget)
        };
        (0u32..).zip(members).map(|(group, count)| count * group_rate(GroupNumber(group))).sum()
    }

    /// The number of the first user of a population.
    #[must_use]
    pub fn first_user(&self, population: PopulationNumber) -> u32 {
        let before = usize::try_from(population.0).unwrap_or(usize::MAX);
        self.populations.iter().take(before).map(|it| it.users).sum()
    }

    /// The population of a user, and the user's number in it from zero; `None` when there is no such user.
    #[must_use]
    pub fn population_of(&self, user: u32) -> Option<(PopulationNumber, u32)> {
        let mut first = 0;
        for (number, population) in (0..).zip(&self.populations) {
            if user - first < population.users {
                return Some((PopulationNumber(number), user - first));
            }
            first += population.users;
        }
        None
    }

    /// The ID of a user: the population's name and a number from 1.
    ///
    /// # Panics
    ///
    /// When there is no such user.
    #[must_use]
    pub fn user_name(&self, user: u32) -> String {
        let (population, number) =
            self.population_of(user).expect("user numbers are below the number of users");
        format!("{}{}", self.population(population).name, u64::from(number) + 1)
    }

    /// The owner of a group: owned groups are dealt to the hosts in turn. `None` without hosts, or for a group without
    /// owner.
    #[must_use]
    pub fn owner(&self, group: GroupNumber) -> Option<u32> {
        if !self.group(group).owned {
            return None;
        }
        let before = usize::try_from(group.0).ok()?;
        // Turns are counted over the groups that have an owner: a group without one takes nobody's turn, and does not
        // move the owners of those behind it.
        let turn = self.groups.iter().take(before).filter(|it| it.owned).count();
        self.nth_of(PopulationKind::Hosts, u64::try_from(turn).ok()?)
    }

    /// The administrators of a group, each named once: groups take as many as they have, in turn.
    #[must_use]
    pub fn administrators(&self, group: GroupNumber) -> Vec<u32> {
        let before = usize::try_from(group.0).unwrap_or(usize::MAX);
        let first: u64 = self.groups.iter().take(before).map(|it| u64::from(it.admins)).sum();
        let mut named: Vec<u32> = Vec::new();
        for turn in 0..u64::from(self.group(group).admins) {
            if let Some(user) = self.nth_of(PopulationKind::Administrators, first + turn)
                // With fewer administrators than a group wants the turn comes round to the same user.
                && !named.contains(&user)
            {
                named.push(user);
            }
        }
        named
    }

    /// The user of a kind whose turn it is when users of the kind take turns.
    fn nth_of(&self, kind: PopulationKind, turn: u64) -> Option<u32> {
        let all: u64 =
            self.populations.iter().filter(|it| it.kind == kind).map(|it| u64::from(it.users)).sum();
        let mut turn = u32::try_from(turn.checked_rem(all)?).ok()?;
        let mut first = 0;
        for population in &self.populations {
            if population.kind == kind {
                if turn < population.users {
                    return Some(first + turn);
                }
                turn -= population.users;
            }
            first += population.users;
        }
        None
    }
}

fn narrow(part: u64) -> u32 {
    u32::try_from(part).expect("a part is at most the whole, which is 32 bits")
}

/// Hands one to each part that got none but has weight, from the largest part, while that has more than one.
fn keep_one_each(parts: &mut [u64], weights: &[u64]) {
    for index in 0..parts.len() {
        if parts.get(index) != Some(&0) || weights.get(index).is_none_or(|weight| *weight == 0) {
            continue;
        }
        // From the largest, which is changed least by it.
        let Some(largest) = parts.iter_mut().max_by_key(|part| **part).filter(|part| **part > 1) else {
            return;
        };
        *largest -= 1;
        if let Some(part) = parts.get_mut(index) {
            *part = 1;
        }
    }
}
