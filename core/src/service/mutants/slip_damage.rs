//! The damages of slips. Each leaves a state that could be a sound service's, only not at that moment.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::member::membership::Notify;
use crate::mutants::{Damage, DamageReach, Mutants};
use crate::service::mutants::slip_watch::SlipContext;
use crate::state::app::{Audit, LifeCycle};
use crate::state::counters::TypeCounters;
use crate::state::group::GroupActivity;
use crate::state::history::History;
use crate::state::mutes::GroupMutes;
use crate::state::service::Service;
use crate::state::shaper::Shaper;
use crate::state::tickets::Pending;
use crate::words::client::GroupFacts;
use crate::words::id::{AppIx, GroupIx, UserIx};
use crate::words::text::Extra;
use crate::words::time::Instant;
use crate::words::tracer::Tracer;

/// The object of a damage.
enum DamageTarget {
    App,
    Group,
    User,
}

const fn subject(damage: Damage) -> DamageTarget {
    match damage {
        Damage::CallbackUrl | Damage::Review | Damage::AppName | Damage::Retention | Damage::ModifyTime => {
            DamageTarget::App
        }
        Damage::UserInfo
        | Damage::Role
        | Damage::Heartbeat
        | Damage::Acknowledges
        | Damage::OtherGroups
        | Damage::TokenEnd
        | Damage::Exits
        | Damage::OwnMute => DamageTarget::User,
        Damage::MutedUsers
        | Damage::MuteOfAll
        | Damage::Exceptions
        | Damage::MuteEnds
        | Damage::Silence
        | Damage::Recent
        | Damage::Stored
        | Damage::Oldest
        | Damage::Counters
        | Damage::FirstCounter
        | Damage::Joins
        | Damage::Likes
        | Damage::Name
        | Damage::Info
        | Damage::Admins
        | Damage::Creator
        | Damage::Created
        | Damage::Limit
        | Damage::Waiting
        | Damage::Second
        | Damage::Reviews
        | Damage::GivenIds
        | Damage::Interval
        | Damage::Size
        | Damage::Place
        | Damage::Members => DamageTarget::Group,
    }
}

/// Whom it reaches.
impl<T: Tracer, D: Mutants> Service<T, D> {
    pub(super) fn damage(&mut self, seen: &SlipContext, damage: Damage, reach: DamageReach) {
        match subject(damage) {
            DamageTarget::Group => {
                for group in self.groups_reached(seen, reach) {
                    self.damage_group(group, damage);
                }
            }
            DamageTarget::User => {
                for user in self.users_reached(seen, reach) {
                    self.damage_user(user, seen, damage);
                }
            }
            DamageTarget::App => {
                let apps = (0..self.state.apps.len()).map(AppIx::from_at);
                let own = |app: &AppIx| (Some(*app) == seen.app) == (reach == DamageReach::Own);
                for app in apps.filter(own).collect::<Vec<_>>() {
                    self.damage_app(app, damage);
                }
            }
        }
    }

    fn groups_reached(&self, seen: &SlipContext, reach: DamageReach) -> Vec<GroupIx> {
        let own: Vec<GroupIx> = seen.groups().collect();
        let reached = |group: &GroupIx| {
            let same_app = Some(self.app_of_group(*group)) == seen.app;
            match reach {
                DamageReach::Own => own.contains(group),
                DamageReach::Neighbours => same_app && !own.contains(group),
                DamageReach::Namesakes => {
                    !same_app && own.iter().any(|own| self.group_id(*own) == self.group_id(*group))
                }
            }
        };
        self.groups().filter(reached).collect()
    }

    fn users_reached(&self, seen: &SlipContext, reach: DamageReach) -> Vec<UserIx> {
        let Some(own) = seen.user else { return Vec::new() };
        let reached = |user: &UserIx| {
            let same_app = self.app_of(*user) == seen.app;
            match reach {
                DamageReach::Own => *user == own,
                DamageReach::Neighbours => same_app && *user != own,
                DamageReach::Namesakes => !same_app && self.user_id(*user) == self.user_id(own),
            }
        };
        (0..self.state.users.len()).map(UserIx::from_at).filter(reached).collect()
    }
}

/// The damages.
impl<T: Tracer, D: Mutants> Service<T, D> {
    fn damage_mutes(mutes: &mut GroupMutes, damage: Damage) {
        if damage == Damage::MutedUsers {
            mutes.set_users(Vec::new());
        }
        if damage == Damage::MuteOfAll {
            mutes.set_all(false);
        }
        if damage == Damage::Silence {
            mutes.set_all(true);
        }
        if damage == Damage::Exceptions {
            mutes.set_exceptions(Vec::new());
        }
        if damage == Damage::MuteEnds {
            mutes.forget_ends_by_mutant();
        }
    }

    fn damage_facts(facts: &mut GroupFacts, now: Instant, damage: Damage) {
        if damage == Damage::Name {
            facts.name = Arc::from("");
        }
        if damage == Damage::Info {
            facts.info = Arc::from("");
        }
        if damage == Damage::Creator {
            facts.creator = Arc::from("");
        }
        if damage == Damage::Admins {
            facts.admins = Vec::new();
        }
        if damage == Damage::Created {
            facts.created = now.unix_seconds();
        }
    }

    fn damage_group(&mut self, group: GroupIx, damage: Damage) {
        let now = self.state.now;
        let record = &mut self.state.groups[group.at()];
        match damage {
            Damage::MutedUsers
            | Damage::MuteOfAll
            | Damage::Silence
            | Damage::Exceptions
            | Damage::MuteEnds => {
                record.change_mutes(|mutes| Self::damage_mutes(mutes, damage));
            }
            Damage::Recent => record.history.fit_recent(0),
            Damage::Stored => {
                let recent = record.history.recent().clone();
                record.history = History::default();
                for message in &recent {
                    record.history.cache(Arc::clone(message), usize::MAX);
                }
            }
            Damage::Oldest => {
                if let Some(oldest) = record.history.stored().front().map(|message| message.seq) {
                    record.history.remove(oldest);
                }
            }
            Damage::Counters => record.types = TypeCounters::default(),
            Damage::FirstCounter => record.types.keep_first_by_mutant(),
            Damage::Joins => record.audience.forget_joins_by_mutant(),
            Damage::Likes => record.meta.likes = 0,
            Damage::Name | Damage::Info | Damage::Creator | Damage::Admins | Damage::Created => {
                Self::damage_facts(&mut record.meta, now, damage);
            }
            Damage::Limit => record.limit = None,
            Damage::Waiting => {
                for candidate in record.shaper.drain() {
                    record.release_tid(&candidate.payload.tid);
                }
            }
            Damage::Second if record.shaper.waiting().next().is_none() => record.shaper = Shaper::default(),
            Damage::Reviews => self.state.tickets.retain_by_mutant(
                |pending| !matches!(pending, Pending::Group { group: reviewed, .. } if *reviewed == group),
            ),
            Damage::GivenIds => record.forget_tids_by_mutant(),
            Damage::Interval => record.notices.forget_last_by_mutant(),
            Damage::Size if record.activity() == (GroupActivity::Open { supergroup: true }) => {
                record.set_supergroup(false);
            }
            Damage::Place => record.meta.serial = self.state.sequences.next_group_serial(),
            Damage::Members => {
                for user in record.audience.users() {
                    self.remove_member(user, group, Notify::Nobody);
                }
            }
            // Those of users and applications (`subject`), and what is not there to be damaged.
            _ => {}
        }
    }

    fn damage_user(&mut self, user: UserIx, seen: &SlipContext, damage: Damage) {
        let (now, heartbeat) = (self.state.now, self.config.limits.heartbeat_timeout);
        let entry = &mut self.state.users[user.at()];
        if damage == Damage::UserInfo {
            entry.info = Extra::none();
        }
        if damage == Damage::Exits {
            entry.ended.clear();
        }
        if let Some(live) = entry.session_mut() {
            match damage {
                Damage::Role => live.admin = false,
                Damage::Heartbeat => live.heartbeat_timeout = heartbeat,
                Damage::Acknowledges => live.acknowledges = false,
                Damage::TokenEnd => live.token_expiry = now.unix_seconds(),
                // Those of groups and applications, and of a user without a session.
                _ => {}
            }
        }
        if damage == Damage::OtherGroups {
            let others: Vec<GroupIx> =
                self.groups_of(user).filter(|group| !seen.groups().any(|own| own == *group)).collect();
            for group in others {
                self.remove_member(user, group, Notify::Nobody);
            }
        }
        if damage == Damage::OwnMute {
            let id = Arc::clone(self.user_id(user));
            for group in seen.groups() {
                self.lift_mutes(group, &[&id]);
            }
        }
    }

    fn damage_app(&mut self, app: AppIx, damage: Damage) {
        let now = self.state.now;
        let entry = &mut self.state.apps[app.at()];
        match damage {
            Damage::CallbackUrl => entry.callback_url = Arc::from(""),
            Damage::Review => entry.audit = Audit::Off,
            Damage::AppName => entry.name = Arc::from(""),
            Damage::Retention => entry.life_cycle = LifeCycle::Days30,
            Damage::ModifyTime => entry.modified = now,
            // Those of groups and users.
            _ => {}
        }
    }
}
