//! The older family's applications: what back ends make in them, and calls that name one of the other family.

use claque_core::reading::Families;
use claque_core::{
    AppIx, BatchGetOnlineUsers, CancelMuteAllGroupUser, CancelMuteGroupUser, CreateMessageApp,
    CreateMessageGroup, Family, Input, ListMuteGroupUser, Mutants, MuteAllGroupUser, MuteGroupUser,
    Operation, Outcome, Reply, Request, Response, SendLike,
};
use claque_engine::Queue;
use claque_scenario::AppSetup;

use crate::world::backend::Errand;
use crate::world::backend_call::OlderMuteCall;
use crate::world::credentials::AppCredentials;
use crate::world::{ControlEvent, World, index};

/// The share of the older family's calls that are about a newer application: the service must not find it.
const OLDER_TO_NEWER: u32 = 100;
/// That share where the families share: a newer application is as good as an older one.
const OLDER_SHARED: u32 = 500;
/// The share of the newer family's calls that are about an older application.
const NEWER_TO_OLDER: u32 = 20;
/// Who creates the groups of older applications that a run begins with.
const CREATOR: &str = "backend";
/// The share of mutes that somebody else than that creator asks for.
const OTHERS_MUTE: u32 = 200;
/// Groups of older applications that are kept in mind, the newest.
const GROUPS_MAX: usize = 6;

/// The call that creates an application of the older family.
pub(super) fn create_app(app: &AppSetup) -> Request {
    CreateMessageApp { app_name: app.name.clone(), app_config: None, extension: None }.into()
}

impl<D: Mutants, Q: Queue<ControlEvent>> World<'_, D, Q> {
    /// An application that was created with no key that a client could use.
    pub(super) fn keyless(&self, app_id: std::sync::Arc<str>) -> AppCredentials {
        AppCredentials {
            app: self.service.find_app(&app_id).unwrap_or(AppIx(0)),
            app_id,
            app_key: self.no_text.clone(),
            app_sign: self.no_text.clone(),
        }
    }

    /// Creates a group of an older application.
    pub(super) fn create_older_group(&mut self, app_id: &str) {
        let call =
            CreateMessageGroup { app_id: app_id.to_owned(), creator_id: CREATOR.to_owned(), extension: None };
        let request: Request = call.into();
        let outcome = self.call(Input::Request(self.owner.clone(), request.clone()));
        self.keep_older_group(&request, &outcome);
    }

    /// Keeps in mind a group that the service has named.
    pub(super) fn keep_older_group(&mut self, request: &Request, outcome: &Outcome) {
        let (
            Request::CreateMessageGroup(call),
            Outcome::Request(Ok(Reply::Done(Response::OldGroupCreated(made)))),
        ) = (request, outcome)
        else {
            return;
        };
        // Groups in spare applications are left out: those may be deleted at any time, and every call about them would
        // be a refusal.
        if self.older_apps().any(|app_id| *call.app_id == *app_id) {
            self.older_groups.push((call.app_id.clone(), made.group_id.to_string()));
            if self.older_groups.len() > GROUPS_MAX {
                self.older_groups.remove(0);
            }
        }
    }

    /// The IDs of the scenario's applications of the older family.
    fn older_apps(&self) -> impl Iterator<Item = &str> {
        let both = self.scenario.apps.iter().zip(&self.credentials);
        both.filter(|(app, _)| app.family == Family::Old).map(|(_, known)| &*known.app_id)
    }

    /// Turns a call of the older family to an application of its own, and now and then a call of either family to one
    /// of the other's. Nothing is drawn where the scenario has no older application.
    pub(super) fn aim<'e>(&self, operation: Operation, errand: Errand<'e>) -> Errand<'e> {
        // Before any draw: scenarios without an older application were there first, and their seeds mean what they
        // meant.
        let Some(first) = self.older_apps().next() else { return errand };
        let older = match operation.family() {
            Family::Live => errand.draws.chance_permille(NEWER_TO_OLDER),
            Family::Old => {
                let shared = self.scenario.readings.families == Families::Shared;
                !errand.draws.chance_permille(if shared { OLDER_SHARED } else { OLDER_TO_NEWER })
            }
        };
        if !older {
            return errand;
        }
        let count = u64::try_from(self.older_groups.len()).unwrap_or(0);
        let drawn = u32::try_from(errand.draws.below(count.max(1))).unwrap_or(0);
        let (app_id, group_id) = match self.older_groups.get(index(drawn)) {
            Some((app_id, group_id)) => (app_id.clone(), group_id.clone()),
            None => (first.to_owned(), "none".to_owned()),
        };
        Errand { app_id, data_center: None, own: group_id.clone(), group_id, ..errand }
    }

    /// Mutes, likes and presence of the older family, in groups that no client is in.
    pub(super) fn mute_old(&self, call: OlderMuteCall, errand: Errand<'_>) -> Request {
        let Errand { app_id, own: group_id, draws, .. } = errand;
        let user = self.somebody(draws);
        let operator = if draws.chance_permille(OTHERS_MUTE) { user.clone() } else { CREATOR.to_owned() };
        let operator_user_id = Some(operator);
        let broadcast_type = Some(i32::try_from(draws.below(3)).unwrap_or(0));
        match call {
            OlderMuteCall::MuteAll => {
                MuteAllGroupUser { app_id, group_id, operator_user_id, broadcast_type }.into()
            }
            OlderMuteCall::CancelMuteAll => {
                CancelMuteAllGroupUser { app_id, group_id, operator_user_id, broadcast_type }.into()
            }
            OlderMuteCall::Mute => {
                let mute_user_list = vec![user, self.somebody(draws)];
                let seconds = i32::try_from(draws.below(30)).unwrap_or(0);
                let mute_time = draws.chance_permille(800).then_some(seconds);
                MuteGroupUser {
                    app_id,
                    group_id,
                    operator_user_id,
                    mute_user_list,
                    mute_time,
                    broadcast_type,
                }
                .into()
            }
            OlderMuteCall::CancelMute => {
                let cancel_mute_user_list = vec![user];
                CancelMuteGroupUser {
                    app_id,
                    group_id,
                    operator_user_id,
                    cancel_mute_user_list,
                    broadcast_type,
                }
                .into()
            }
            OlderMuteCall::ListMuted => {
                let (page_num, page_size) = (Some(1), Some(i32::try_from(draws.below(50)).unwrap_or(0) + 1));
                ListMuteGroupUser { app_id, group_id, operator_user_id, page_num, page_size }.into()
            }
            OlderMuteCall::Like => {
                let count = draws.below(1_000).to_string();
                SendLike { app_id, group_id, operator_user_id, count, broadcast_type }.into()
            }
            OlderMuteCall::Online => {
                BatchGetOnlineUsers { app_id, group_id, user_ids: vec![user, self.somebody(draws)] }.into()
            }
        }
    }
}
