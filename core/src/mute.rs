//! Who may talk in a group. Individual mutes and the mute of everybody are independent; neither expires.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::group::Mutes;
use crate::id::{GroupIx, UserIx};
use crate::mutation::{Defects, Mutation};
use crate::output::Notice;
use crate::reading::{MuteExceptedIndividual, MuteModifyLists, MuteSecondBan};
use crate::rule::Rule;
use crate::service::Service;
use crate::tracer::Tracer;

/// Adds the users that are not in a list yet.
fn add(list: &mut Vec<Arc<str>>, users: Vec<Arc<str>>) {
    for user in users {
        if !list.contains(&user) {
            list.push(user);
        }
    }
}

impl<T: Tracer, D: Defects> Service<T, D> {
    /// Whether a user is the creator or an administrator of a group.
    pub(crate) fn is_staff(&self, group: GroupIx, user: UserIx) -> bool {
        let id = self.user_id(user);
        let meta = &self.state.groups[group.at()].meta;
        meta.creator == *id || meta.admins.contains(id)
    }

    /// Whether a user may send to a group, as far as mutes go.
    pub(crate) fn may_talk(&mut self, group: GroupIx, user: UserIx) -> bool {
        let place = &self.state.groups[group.at()];
        if !place.muted || self.are_mutes_over_by_defect(group) {
            return true;
        }
        let mutes = &place.meta.mutes;
        let id = self.user_id(user);
        let singled_out = mutes.users.contains(id);
        let excepted = mutes.except.contains(id) && !self.defects.has(Mutation::MuteExceptionsIgnored);
        let all = mutes.all;
        let freed =
            excepted && all && self.config.readings.mute_excepted_individual == MuteExceptedIndividual::Free;
        let muted = (singled_out && !freed) || (all && !excepted);
        if !muted {
            return true;
        }
        if self.is_staff(group, user) && !self.defects.has(Mutation::MuteHoldsForStaff) {
            self.hit(Rule::MuteStaffExempt);
            return true;
        }
        self.hit(Rule::MuteSendBlocked);
        self.may_talk_by_defect(user, all)
    }

    /// Mutes users individually, and tells the group when something changed.
    pub(crate) fn mute_users(&mut self, group: GroupIx, users: Vec<Arc<str>>) {
        self.hit(Rule::MuteDurationNone);
        self.change_mutes(group, |mutes| add(&mut mutes.users, users));
    }

    /// Lifts individual mutes.
    pub(crate) fn unmute_users(&mut self, group: GroupIx, users: &[Arc<str>]) {
        self.hit(Rule::MuteIndividualSeparate);
        let also_all = self.defects.has(Mutation::UnmuteLiftsBan);
        self.change_mutes(group, |mutes| {
            mutes.users.retain(|user| !users.contains(user));
            mutes.all &= !also_all;
        });
    }

    /// Mutes everybody but staff and the exceptions.
    pub(crate) fn mute_all(&mut self, group: GroupIx, except: Vec<Arc<str>>) {
        self.hit(Rule::MuteIndividualSeparate);
        let merges = self.config.readings.mute_second_ban == MuteSecondBan::Merges;
        self.change_mutes(group, |mutes| {
            if !merges {
                mutes.except.clear();
            }
            mutes.all = true;
            add(&mut mutes.except, except);
        });
    }

    /// Lifts the mute of everybody; individual mutes stay.
    pub(crate) fn unmute_all(&mut self, group: GroupIx) {
        self.hit(Rule::MuteUnbanKeepsIndividual);
        let also_users = self.defects.has(Mutation::UnbanLiftsIndividual);
        self.change_mutes(group, |mutes| {
            mutes.all = false;
            mutes.except.clear();
            if also_users {
                mutes.users.clear();
            }
        });
    }

    /// Sets what is given of the whole mute state at once.
    pub(crate) fn set_mutes(
        &mut self,
        group: GroupIx,
        all: Option<bool>,
        users: Option<Vec<Arc<str>>>,
        except: Option<Vec<Arc<str>>>,
    ) {
        self.hit(Rule::MuteModifyCombined);
        let replaces = self.config.readings.mute_modify_lists == MuteModifyLists::Replace
            && !self.defects.has(Mutation::BandListsMerged);
        self.change_mutes(group, |mutes| {
            if let Some(all) = all {
                mutes.all = all;
            }
            for (list, given) in [(&mut mutes.users, users), (&mut mutes.except, except)] {
                let Some(given) = given else { continue };
                if replaces {
                    list.clear();
                }
                add(list, given);
            }
        });
    }

    fn change_mutes(&mut self, group: GroupIx, change: impl FnOnce(&mut Mutes)) {
        let mutes = &mut self.state.groups[group.at()].meta.mutes;
        let before = mutes.clone();
        change(mutes);
        if *mutes == before {
            return;
        }
        let Mutes { all, users, except } = mutes.clone();
        self.state.groups[group.at()].muted = all || !users.is_empty();
        self.hit(Rule::MuteChangeNotified);
        if !self.defects.has(Mutation::MuteChangeUntold) {
            self.tell_group(group, Notice::MuteChange { all, users, except });
        }
    }
}
