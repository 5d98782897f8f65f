//! Server-side operations on groups: create, describe, modify, delete, restore.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::call::check::{Validated, invalid};
use crate::call::enter::no_group;
use crate::group::lifecycle::{Creation, NewGroup};
use crate::mutants::{Mutant, Mutants, RuleChange};
use crate::state::group::GroupStanding;
use crate::state::service::Service;
use crate::words::account::Caller;
use crate::words::id::GroupIx;
use crate::words::operation::Operation;
use crate::words::output::Notice;
use crate::words::reading::{
    CreateDeletedFlags, DeletionDeleteMissing, DeletionRestoreLive, GroupFlagWithoutValue,
};
use crate::words::refusal::{Fault, Refusal};
use crate::words::request::{
    CreateLiveMessageGroup, DeleteLiveMessageGroup, DescribeLiveMessageGroup, ModifyLiveMessageGroup,
    RecoverLiveMessageDeletedGroup,
};
use crate::words::response::{Deletion, GroupCreated, GroupView, Reply, Response};
use crate::words::rule::Rule;
use crate::words::tracer::Tracer;

impl<T: Tracer, D: Mutants> Service<T, D> {
    pub(crate) fn create_live_message_group(
        &mut self,
        caller: &Caller,
        call: CreateLiveMessageGroup,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_new_group(&call);
        let (new, app) = self.enter(
            caller,
            Operation::CreateLiveMessageGroup,
            &call.app_id,
            call.data_center.as_deref(),
            checked,
        )?;
        let (group, creation) = self.create_group(app, new)?;
        self.hit(Rule::GroupCreateResponse);
        let flags = self.config.readings.create_deleted_flags;
        let (mut already_exists, already_delete) = match creation {
            Creation::Fresh => (false, false),
            Creation::Existing => (true, false),
            Creation::Deleted => {
                (flags == CreateDeletedFlags::Both, !self.mutants.has(Mutant::CreateDeletedUntold))
            }
            Creation::Purged => (false, true),
        };
        if self.mutants.has(Mutant::CreateRepeatUntold) {
            already_exists = false;
        }
        let created =
            GroupCreated { group_id: Arc::clone(self.group_id(group)), already_exists, already_delete };
        Ok(Reply::Done(Response::GroupCreated(created)))
    }

    fn check_new_group(&mut self, call: &CreateLiveMessageGroup) -> Validated<NewGroup> {
        self.check_group_id(&call.group_id)?;
        match &call.group_name {
            Some(name) => self.check_group_name(name)?,
            None if self.is_group_name_wanted_by_mutant() => {
                return Err(invalid("GroupName", Fault::Missing, Rule::GroupNameOptional));
            }
            None => self.hit(Rule::GroupNameOptional),
        }
        match &call.group_info {
            Some(info) => self.check_group_info(info)?,
            None if self.mutants.has(Mutant::GroupInfoDemanded) => {
                return Err(invalid("GroupInfo", Fault::Missing, Rule::GroupInfoOptional));
            }
            None => self.hit(Rule::GroupInfoOptional),
        }
        if call.administrators.is_empty() {
            self.hit(Rule::GroupAdminsOptional);
            if self.mutants.has(Mutant::AdminsDemanded) {
                return Err(invalid("Administrators", Fault::Missing, Rule::GroupAdminsOptional));
            }
        }
        let admins = self.check_admins(&call.administrators, "Administrators")?;
        match call.creator_id.as_deref() {
            None | Some("") if self.mutants.has(Mutant::CreatorDemanded) => {
                return Err(invalid("CreatorId", Fault::Missing, Rule::GroupCreatorOptional));
            }
            None | Some("") => self.hit(Rule::GroupCreatorOptional),
            Some(creator) => self.check_user_id(creator, "CreatorId", Rule::GroupCreatorFormat)?,
        }
        let text = |given: &Option<String>| match given.as_deref() {
            None | Some("") => Arc::default(),
            Some(text) => Arc::from(text),
        };
        Ok(self.filled_in_by_mutant(NewGroup {
            id: Arc::from(call.group_id.as_str()),
            name: text(&call.group_name),
            info: text(&call.group_info),
            creator: text(&call.creator_id),
            admins,
        }))
    }

    pub(crate) fn describe_live_message_group(
        &mut self,
        caller: &Caller,
        call: DescribeLiveMessageGroup,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_group_id(&call.group_id);
        let ((), app) = self.enter(
            caller,
            Operation::DescribeLiveMessageGroup,
            &call.app_id,
            call.data_center.as_deref(),
            checked,
        )?;
        let group = self.known_group(app, &call.group_id, Rule::ErrorResourceNotExistCode)?;
        self.hit(Rule::GroupDescribeFields);
        Ok(Reply::Done(Response::Group(self.group_view(group))))
    }

    /// A group as the documents show it.
    pub(super) fn group_view(&mut self, group: GroupIx) -> GroupView {
        // Times and counters never stand side by side: the documents show the ones of a live group, the others of a
        // deleted one.
        let (live, deleted) = match self.state.groups[group.at()].standing() {
            GroupStanding::Live => (true, self.deletion_remembered_by_mutant(group)),
            GroupStanding::Deleted { .. } if self.mutants.has(Mutant::DeletionHidden) => (false, None),
            GroupStanding::Deleted { at, by } => {
                (false, Some(Deletion { at: at.unix_seconds(), by: Arc::clone(by) }))
            }
            GroupStanding::Purged => (false, None),
        };
        self.hit(if live { Rule::GroupDescribeLiveOnly } else { Rule::GroupDescribeDeletedOnly });
        self.hit(Rule::SupergroupFlagDescribed);
        let idle = self.mutants.has(Mutant::IdleGroupCountersHidden)
            && self.state.groups[group.at()].audience.count() == 0;
        let counted = (live && !idle) || self.mutants.has(Mutant::DeletedGroupCounters);
        let live = counted.then(|| self.counters(group));
        let record = &self.state.groups[group.at()];
        let meta = &record.meta;
        GroupView {
            group_id: Arc::clone(&meta.group_id),
            group_name: Arc::clone(&meta.name),
            group_info: Arc::clone(&meta.info),
            creator_id: Arc::clone(&meta.creator),
            admin_list: meta.admins.clone(),
            create_time: meta.created,
            deleted,
            live,
            super_large_group: self.is_shown_large(record),
        }
    }

    pub(crate) fn modify_live_message_group(
        &mut self,
        caller: &Caller,
        call: ModifyLiveMessageGroup,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_group_changes(&call);
        let ((admins, info), app) = self.enter(
            caller,
            Operation::ModifyLiveMessageGroup,
            &call.app_id,
            call.data_center.as_deref(),
            checked,
        )?;
        let group = self.live_group(app, &call.group_id, Rule::ErrorResourceNotExistCode)?;
        self.hit(Rule::GroupModifyNoName);
        self.change_group(group, admins, info);
        Ok(Reply::Done(Response::Empty))
    }

    /// The new administrators and information, where their flags are set.
    #[expect(clippy::type_complexity, reason = "two optional values, used once")]
    fn check_group_changes(
        &mut self,
        call: &ModifyLiveMessageGroup,
    ) -> Validated<(Option<Vec<Arc<str>>>, Option<Arc<str>>)> {
        self.check_group_id(&call.group_id)?;
        let given_admins = match &call.admin_list {
            Some(list) => Some(self.check_admins(list, "AdminList")?),
            None => None,
        };
        if let Some(info) =
            call.group_info.as_ref().filter(|_| !self.skips(Rule::GroupInfoBytes, "GroupInfo"))
        {
            self.check_group_info(info)?;
        }
        self.hit(Rule::GroupModifyFlags);
        let refused = self.config.readings.group_flag_without_value == GroupFlagWithoutValue::Refused;
        let always = self.mutants.has(Mutant::ModifyWithoutFlag);
        let untrue = self.mutants.has(Mutant::ModifyFlagFalseTaken).then_some(false);
        // A value without its flag is ignored, and a flag without a value clears: the flag says what is meant.
        let flag_admin = call.modify_admin == Some(true);
        let flag_info = call.modify_info == Some(true) || (call.modify_info == untrue && untrue.is_some());
        if refused && flag_admin && given_admins.is_none() {
            return Err(invalid("AdminList", Fault::Missing, Rule::GroupModifyFlags));
        }
        if refused && flag_info && call.group_info.is_none() {
            return Err(invalid("GroupInfo", Fault::Missing, Rule::GroupModifyFlags));
        }
        let info = call.group_info.as_deref();
        let admins =
            (flag_admin || (always && given_admins.is_some())).then(|| given_admins.unwrap_or_default());
        let always = always || self.mutants.has(Mutant::ModifyInfoWithoutFlag);
        let info = (flag_info || (always && info.is_some())).then(|| Arc::from(info.unwrap_or_default()));
        Ok((admins, info))
    }

    /// Changes administrators and information of a live group, and tells its members when something changed.
    pub(crate) fn change_group(
        &mut self,
        group: GroupIx,
        admins: Option<Vec<Arc<str>>>,
        info: Option<Arc<str>>,
    ) {
        self.hit(Rule::GroupModifyAllowed);
        if self.mutants.has(Mutant::ModifyIgnored) {
            return;
        }
        let touches_creator = self.mutants.has(Mutant::ModifyClearsCreator);
        let supergroup = self.state.groups[group.at()].is_supergroup();
        let unnotified = supergroup && self.mutants.has(Mutant::InfoChangeUntoldInSupergroup);
        let meta = &mut self.state.groups[group.at()].meta;
        let mut changed = false;
        let former = self.mutants.has(Mutant::InfoChangeOldText).then(|| Arc::clone(&meta.info));
        if let Some(admins) = admins.filter(|_| !self.mutants.has(Mutant::ModifyAdminsIgnored)) {
            // Compared before it is replaced: members are notified of changes, not of calls.
            changed |= meta.admins != admins;
            meta.admins = admins;
        }
        if let Some(info) = info {
            changed |= meta.info != info;
            meta.info = info;
        }
        if touches_creator {
            meta.creator = Arc::from("");
        }
        if self.mutants.has(Mutant::ModifyClearsName) {
            meta.name = Arc::from("");
        }
        // One notice for both, since a client takes information and administrators as one state.
        if changed {
            let info = former.unwrap_or_else(|| Arc::clone(&meta.info));
            let notice = Notice::InfoChange { info, admins: meta.admins.clone() };
            self.hit(Rule::GroupInfoNotified);
            if !unnotified && !self.mutants.has(Mutant::InfoChangeUntold) {
                self.notify_group(group, notice);
            }
        }
    }

    pub(crate) fn delete_live_message_group(
        &mut self,
        caller: &Caller,
        call: DeleteLiveMessageGroup,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_deletion(&call);
        if checked.is_err() && self.mutants.changes(Rule::DeletionOperatorFormat, RuleChange::TooLate) {
            self.delete_although_refused(&call);
        }
        let (by, app) = self.enter(
            caller,
            Operation::DeleteLiveMessageGroup,
            &call.app_id,
            call.data_center.as_deref(),
            checked,
        )?;
        // Found and not required: deleting what is deleted or missing succeeds, by the answer's own description.
        let group = self.find_group(app, &call.group_id);
        match group.map(|group| (group, self.state.groups[group.at()].is_live())) {
            Some((group, true)) => self.delete_group(group, by),
            Some((group, false)) if self.mutants.has(Mutant::SecondDeleteRestamps) => {
                let at = self.state.now;
                self.state.groups[group.at()].delete(at, by);
            }
            missing => {
                self.hit(Rule::DeletionGroupIdempotent);
                if self.config.readings.deletion_delete_missing == DeletionDeleteMissing::Refused {
                    return Err(no_group(Rule::DeletionGroupIdempotent));
                }
                debug_assert!(missing.is_none_or(|(_, live)| !live), "nothing is deleted twice");
                self.delete_again_by_mutant(app, group, &by);
            }
        }
        Ok(Reply::Done(Response::GroupId(Arc::from(call.group_id.as_str()))))
    }

    fn check_deletion(&mut self, call: &DeleteLiveMessageGroup) -> Validated<Arc<str>> {
        self.check_group_id(&call.group_id)?;
        match call.operator_id.as_deref() {
            None | Some("") => Ok(Arc::from("")),
            Some(operator) => {
                self.check_user_id(operator, "OperatorId", Rule::DeletionOperatorFormat)?;
                Ok(Arc::from(operator))
            }
        }
    }

    pub(crate) fn recover_live_message_deleted_group(
        &mut self,
        caller: &Caller,
        call: RecoverLiveMessageDeletedGroup,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_group_id(&call.group_id);
        let ((), app) = self.enter(
            caller,
            Operation::RecoverLiveMessageDeletedGroup,
            &call.app_id,
            call.data_center.as_deref(),
            checked,
        )?;
        let group = self.known_group(app, &call.group_id, Rule::ErrorResourceNotExistCode)?;
        self.hit(Rule::DeletionWindowRestore);
        // A live group needs no restore, and a repeated call must not fail.
        if !self.state.groups[group.at()].is_live() {
            if self.mutants.has(Mutant::RestoreWeekOnly) && self.deleted_for_a_week(group) {
                return Err(no_group(Rule::DeletionWindowRestore));
            }
            self.restore_group(group)?;
        } else if self.config.readings.deletion_restore_live == DeletionRestoreLive::Refused {
            return Err(no_group(Rule::DeletionWindowRestore));
        }
        self.hit(Rule::DeletionRestoreResponse);
        Ok(Reply::Done(Response::GroupId(Arc::clone(self.group_id(group)))))
    }
}
