//! Server-side operations on mutes.

use crate::call::check::{Validated, invalid};
use crate::mutants::{Mutant, Mutants};
use crate::state::service::Service;
use crate::words::account::Caller;
use crate::words::limits::MUTE_USERS_MAX;
use crate::words::operation::Operation;
use crate::words::reading::MuteEmptyList;
use crate::words::refusal::{Fault, Refusal};
use crate::words::request::{
    AddLiveMessageGroupBand, BanLiveMessageGroup, DescribeLiveMessageGroupBand, ModifyLiveMessageGroupBand,
    RemoveLiveMessageGroupBand, UnbanLiveMessageGroup,
};
use crate::words::response::{Band, Reply, Response};
use crate::words::roll::Roll;
use crate::words::rule::Rule;
use crate::words::tracer::Tracer;

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// A group and 1 to 30 users.
    fn check_muting(
        &mut self,
        group_id: &str,
        users: &[String],
        parameter: &'static str,
        rule: Rule,
    ) -> Validated<Vec<Arc<str>>> {
        self.check_group_id(group_id)?;
        // Checked apart from the bound: whether a call that mutes nobody is illegal is a reading.
        if users.is_empty() && self.config.readings.mute_empty_list == MuteEmptyList::Refused {
            self.hit(rule);
            return Err(invalid(parameter, Fault::Missing, rule));
        }
        self.check_named_users(users, MUTE_USERS_MAX, parameter, rule)
    }

    pub(crate) fn add_live_message_group_band(
        &mut self,
        caller: &Caller,
        call: AddLiveMessageGroupBand,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_muting(&call.group_id, &call.banned_users, "BannedUsers", Rule::MuteAddMax);
        let center = call.data_center.as_deref();
        let (users, app) =
            self.enter(caller, Operation::AddLiveMessageGroupBand, &call.app_id, center, checked)?;
        let group = self.live_group(app, &call.group_id, Rule::ErrorResourceNotExistCode)?;
        self.mute_users(group, users);
        Ok(Reply::Done(Response::Empty))
    }

    pub(crate) fn remove_live_message_group_band(
        &mut self,
        caller: &Caller,
        call: RemoveLiveMessageGroupBand,
    ) -> Result<Reply, Refusal> {
        let checked =
            self.check_muting(&call.group_id, &call.unbanned_users, "UnbannedUsers", Rule::MuteRemoveMax);
        let center = call.data_center.as_deref();
        let (users, app) =
            self.enter(caller, Operation::RemoveLiveMessageGroupBand, &call.app_id, center, checked)?;
        let group = self.live_group(app, &call.group_id, Rule::ErrorResourceNotExistCode)?;
        self.unmute_users(group, &users);
        Ok(Reply::Done(Response::Empty))
    }

    pub(crate) fn ban_live_message_group(
        &mut self,
        caller: &Caller,
        call: BanLiveMessageGroup,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_group_id(&call.group_id).and_then(|()| {
            self.check_named_users(
                &call.except_users,
                MUTE_USERS_MAX,
                "ExceptUsers",
                Rule::MuteBanExceptionsMax,
            )
        });
        let center = call.data_center.as_deref();
        let (except, app) =
            self.enter(caller, Operation::BanLiveMessageGroup, &call.app_id, center, checked)?;
        let group = self.group_to_mute(app, &call.group_id)?;
        self.mute_all(group, except);
        Ok(Reply::Done(Response::Empty))
    }

    pub(crate) fn unban_live_message_group(
        &mut self,
        caller: &Caller,
        call: UnbanLiveMessageGroup,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_group_id(&call.group_id);
        let center = call.data_center.as_deref();
        let ((), app) =
            self.enter(caller, Operation::UnbanLiveMessageGroup, &call.app_id, center, checked)?;
        let group = self.live_group(app, &call.group_id, Rule::ErrorResourceNotExistCode)?;
        self.unmute_all(group);
        Ok(Reply::Done(Response::Empty))
    }

    pub(crate) fn modify_live_message_group_band(
        &mut self,
        caller: &Caller,
        call: ModifyLiveMessageGroupBand,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_group_id(&call.group_id).and_then(|()| {
            let users = self.check_band_list(call.bannned_users.as_deref(), "BannnedUsers")?;
            let except = self.check_band_list(call.except_users.as_deref(), "ExceptUsers")?;
            self.check_together_by_mutant(users.as_deref(), except.as_deref())?;
            Ok((users, except))
        });
        let center = call.data_center.as_deref();
        let ((users, except), app) =
            self.enter(caller, Operation::ModifyLiveMessageGroupBand, &call.app_id, center, checked)?;
        let group = self.live_group(app, &call.group_id, Rule::ErrorResourceNotExistCode)?;
        self.set_mutes(group, call.banned_all, users, except);
        Ok(Reply::Done(Response::Empty))
    }

    fn check_band_list(
        &mut self,
        users: Option<&[String]>,
        parameter: &'static str,
    ) -> Validated<Option<Vec<Arc<str>>>> {
        // Absent leaves a list alone, where an empty one clears it.
        let Some(users) = users else { return Ok(None) };
        self.check_named_users(users, MUTE_USERS_MAX, parameter, Rule::MuteModifyMax).map(Some)
    }

    pub(crate) fn describe_live_message_group_band(
        &mut self,
        caller: &Caller,
        call: DescribeLiveMessageGroupBand,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_group_id(&call.group_id);
        let center = call.data_center.as_deref();
        let ((), app) =
            self.enter(caller, Operation::DescribeLiveMessageGroupBand, &call.app_id, center, checked)?;
        let group = self.live_group(app, &call.group_id, Rule::ErrorResourceNotExistCode)?;
        self.hit(Rule::MuteDescribeLists);
        let record = &self.state.groups[group.at()];
        let mutes = record.mutes();
        let (mut banned, mut unbanned) = (mutes.users(), mutes.except());
        let nobody = Roll::default();
        if self.mutants.has(Mutant::BandExceptHidden) {
            unbanned = &nobody;
        }
        if self.mutants.has(Mutant::BandListsSwapped) {
            (banned, unbanned) = (unbanned, banned);
        }
        Ok(Reply::Done(Response::Band(Band {
            group_id: Arc::clone(&record.meta.group_id),
            is_banned_all: mutes.all() && !self.mutants.has(Mutant::BandAllHidden),
            banned_users: banned.list().iter().cloned().collect(),
            unbanned_users: unbanned.list().iter().cloned().collect(),
        })))
    }
}
