//! Who may talk in a group. Individual mutes and the mute of everybody are independent; neither expires, but for individual
//! mutes of the older family.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::mutants::{Mutant, Mutants};
use crate::state::mutes::GroupMutes;
use crate::state::service::Service;
use crate::state::timer::Timer;
use crate::words::id::{GroupIx, UserIx};
use crate::words::output::Notice;
use crate::words::reading::{MuteExceptedIndividual, MuteModifyLists, MuteSecondBan};
use crate::words::rule::Rule;
use crate::words::time::Instant;
use crate::words::tracer::Tracer;

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Whether a user is the creator or an administrator of a group.
    pub(crate) fn is_staff(&self, group: GroupIx, user: UserIx) -> bool {
        let id = self.user_id(user);
        let meta = &self.state.groups[group.at()].meta;
        meta.creator == *id || meta.admins.contains(id)
    }

    /// Whether a user may send to a group, as far as mutes go.
    pub(crate) fn may_talk(&mut self, group: GroupIx, user: UserIx) -> bool {
        if self.is_muted_elsewhere_by_mutant(group, user) {
            return false;
        }
        let record = &self.state.groups[group.at()];
        // Before the names are compared: a group in which nobody is muted, which is most of them, costs a send no look
        // at its mutes.
        if !record.may_mute() || self.are_mutes_over_by_mutant(group) {
            return true;
        }
        let mutes = record.mutes();
        let id = self.user_id(user);
        let singled_out = mutes.users().contains(id);
        // Asked for one by one, since by reading an exception frees from the mute of everybody only, or from both.
        let excepted = mutes.except().contains(id) && !self.mutants.has(Mutant::MuteExceptionsIgnored);
        let all = mutes.all();
        let freed =
            excepted && all && self.config.readings.mute_excepted_individual == MuteExceptedIndividual::Free;
        let muted = (singled_out && !freed) || (all && !excepted);
        if !muted {
            return true;
        }
        // Staff last, and only for who is muted: comparing with four names is dearer than not being on a list.
        if self.is_staff(group, user) && !self.is_staff_muted_by_mutant(group, user, singled_out) {
            self.hit(Rule::MuteStaffExempt);
            return true;
        }
        self.hit(Rule::MuteSendBlocked);
        self.may_talk_by_mutant(user, all)
    }

    /// Mutes users individually, and tells the group when something changed.
    pub(super) fn mute_users(&mut self, group: GroupIx, users: Vec<Arc<str>>) {
        self.hit(Rule::MuteDurationNone);
        // The texts of known users are shared with their records, so that a list of a hundred thousand names holds no
        // second copy of each.
        let users = self.known_by_name(group, users);
        self.forget_exceptions_by_mutant(group);
        let ends = self.mutants.has(Mutant::MuteKeepsOldEnd);
        self.change_mutes(
            group,
            |mutes| {
                if ends { mutes.keep_ends_by_mutant(users) } else { mutes.mute(users) }
            },
        );
    }

    /// Mutes users individually until a time; whether somebody is muted who was not.
    pub(super) fn mute_users_until(&mut self, group: GroupIx, users: &[UserIx], until: Instant) -> bool {
        let names: Vec<Arc<str>> = users.iter().map(|user| Arc::clone(self.user_id(*user))).collect();
        let until = self.mute_end_by_mutant(group, users, until);
        // A deadline for each, which fires even if the mute was lifted: it is checked then.
        for user in users {
            self.state.timers.set(until, Timer::MuteEnd(group, *user));
        }
        self.alter_mutes(group, |mutes| mutes.mute_until(names, until))
    }

    /// The time of an individual mute may be over: unless it was lifted, or given another time, meanwhile.
    pub(crate) fn on_mute_end(&mut self, group: GroupIx, user: UserIx) {
        // Not notified: no page has members notified when a mute ends by itself.
        let id = Arc::clone(self.user_id(user));
        let now = self.state.now;
        self.alter_mutes(group, |mutes| mutes.end(&id, now));
    }

    /// Lifts individual mutes; whether there were any.
    pub(crate) fn lift_mutes(&mut self, group: GroupIx, users: &[impl AsRef<str>]) -> bool {
        self.alter_mutes(group, |mutes| mutes.lift_each(users))
    }

    /// Mutes everybody or lifts that mute; whether it changed.
    pub(super) fn set_mute_of_all(&mut self, group: GroupIx, all: bool) -> bool {
        self.alter_mutes(group, |mutes| mutes.set_all(all))
    }

    /// The same names, those of known users shared with them.
    fn known_by_name(&self, group: GroupIx, names: Vec<Arc<str>>) -> Vec<Arc<str>> {
        let app = self.state.groups[group.at()].app;
        let known = |name: Arc<str>| match self.find_user(app, &name) {
            Some(user) => Arc::clone(self.user_id(user)),
            None => name,
        };
        names.into_iter().map(known).collect()
    }

    /// Lifts individual mutes.
    pub(crate) fn unmute_users(&mut self, group: GroupIx, users: &[Arc<str>]) {
        self.hit(Rule::MuteIndividualSeparate);
        let also_all = self.mutants.has(Mutant::UnmuteLiftsBan);
        self.change_mutes(group, |mutes| {
            let lifted = mutes.lift_each(users);
            // Individual mutes and the mute of everybody are independent: lifting one leaves the other.
            let all = mutes.all() && !also_all;
            mutes.set_all(all) || lifted
        });
    }

    /// Mutes everybody but staff and the exceptions.
    pub(super) fn mute_all(&mut self, group: GroupIx, except: Vec<Arc<str>>) {
        self.hit(Rule::MuteIndividualSeparate);
        let merges = self.config.readings.mute_second_ban == MuteSecondBan::Merges;
        let except = self.known_by_name(group, except);
        let lifts = self.mutants.has(Mutant::BanLiftsUsers);
        self.change_mutes(group, |mutes| {
            if lifts {
                mutes.set_users(Vec::new());
            }
            let changed = if merges { mutes.add_exceptions(except) } else { mutes.set_exceptions(except) };
            mutes.set_all(true) || changed
        });
    }

    /// Lifts the mute of everybody; individual mutes stay.
    pub(super) fn unmute_all(&mut self, group: GroupIx) {
        self.hit(Rule::MuteUnbanKeepsIndividual);
        let also_users = self.mutants.has(Mutant::UnbanLiftsIndividual);
        self.change_mutes(group, |mutes| {
            let excepted = mutes.set_exceptions(Vec::new());
            let freed = also_users && mutes.clear_users_by_mutant();
            mutes.set_all(false) || excepted || freed
        });
    }

    /// Sets what is given of the whole mute state at once.
    pub(super) fn set_mutes(
        &mut self,
        group: GroupIx,
        all: Option<bool>,
        users: Option<Vec<Arc<str>>>,
        except: Option<Vec<Arc<str>>>,
    ) {
        self.hit(Rule::MuteModifyCombined);
        let replaces = self.config.readings.mute_modify_lists == MuteModifyLists::Replace
            && !self.mutants.has(Mutant::BandListsMerged);
        let [users, except] =
            [users, except].map(|given| given.map(|names| self.known_by_name(group, names)));
        let all = all.filter(|_| !self.mutants.has(Mutant::BandModifyFlagIgnored));
        let clears = self.mutants.has(Mutant::BandModifyUnnamedCleared);
        let clears_exceptions = except.is_none() && self.mutants.has(Mutant::BandFalseClearsExceptions);
        self.change_mutes(group, |mutes| {
            let mut changed = all.is_some_and(|all| mutes.set_all(all));
            match users {
                Some(users) if replaces => changed |= mutes.set_users(users),
                Some(users) => changed |= mutes.mute(users),
                None if clears && replaces => changed |= mutes.clear_users_by_mutant(),
                None => {}
            }
            match except {
                Some(except) if replaces => changed |= mutes.set_exceptions(except),
                Some(except) => changed |= mutes.add_exceptions(except),
                None if clears && replaces => changed |= mutes.set_exceptions(Vec::new()),
                None => {}
            }
            changed |= all == Some(false) && clears_exceptions && mutes.set_exceptions(Vec::new());
            changed
        });
    }

    /// Changes mutes, and tells the group when they are no longer the same. O(log n) in who is muted for each user of
    /// the call: the notices share the lists.
    fn change_mutes(&mut self, group: GroupIx, change: impl FnOnce(&mut GroupMutes) -> bool) {
        // A change that changes nothing is not notified: a back end that repeats its calls would flood the group.
        if !self.alter_mutes(group, change) {
            return;
        }
        self.hit(Rule::MuteChangeNotified);
        if !self.is_mute_change_unnotified_by_mutant(group) {
            self.notify_group(group, self.mute_notice(group));
        }
    }

    /// The notice of a change of mutes.
    pub(super) fn mute_notice(&self, group: GroupIx) -> Notice {
        let mutes = self.state.groups[group.at()].mutes();
        // Shared lists: a notice to a million members holds two counters, whatever the number of names.
        let (users, except) = (mutes.users().list().clone(), mutes.except().list().clone());
        Notice::MuteChange { all: mutes.all(), users, except }
    }

    /// Changes mutes, and notes whether a send has to look at them; whether they changed.
    fn alter_mutes(&mut self, group: GroupIx, change: impl FnOnce(&mut GroupMutes) -> bool) -> bool {
        self.state.groups[group.at()].change_mutes(change)
    }
}
