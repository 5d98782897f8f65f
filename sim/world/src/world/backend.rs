//! Back ends: callers of the server-side operations, each operation at a rate of its own.

use claque_core::{
    AddLiveMessageGroupBand, BanLiveMessageGroup, CheckLiveMessageUsersInGroup, CheckLiveMessageUsersOnline,
    CreateLiveMessageGroup, DeleteLiveMessageGroup, DeleteLiveMessageGroupMessage, DescribeLiveMessageApp,
    DescribeLiveMessageGroup, DescribeLiveMessageGroupBand, Input, KickLiveMessageGroupUser,
    ListLiveMessageApps, ListLiveMessageGroupByPage, ListLiveMessageGroupMessages, ListLiveMessageGroupUsers,
    ListLiveMessageGroups, ListMessage, ModifyLiveMessageGroup, ModifyLiveMessageUserInfo, Mutants,
    Operation, Outcome, RecoverLiveMessageDeletedGroup, Refusal, RemoveLiveMessageGroupBand, Reply, Request,
    Response, SendLiveMessageGroup, SendLiveMessageUser, SendMessageToGroup, UnbanLiveMessageGroup,
};
use claque_engine::{Actor, Draws, Queue, exponential};

use crate::input_coverage::bent;
use crate::world::backend_call::{BackendCall, GroupCall, ReadCall, SendCall};
use crate::world::credentials::REFUSED_WORD;
use crate::world::state::caller::CallerState;
use crate::world::{ControlEvent, ERRAND, World, index};

/// Groups of its own that a back end creates, deletes and restores.
const OWN_GROUPS: u64 = 6;

/// The subject of a call: application, group, and the draws for the rest.
pub(super) struct Errand<'e> {
    pub(super) app_id: String,
    pub(super) data_center: Option<String>,
    /// The group, by number in the scenario.
    pub(super) group: u32,
    pub(super) group_id: String,
    /// A group of the back end's own.
    pub(super) own: String,
    pub(super) draws: &'e mut Draws,
}

impl<D: Mutants, Q: Queue<ControlEvent>> World<'_, D, Q> {
    pub(crate) fn add_callers(&mut self) {
        for (backend, plan) in self.scenario.backends.iter().enumerate() {
            for caller in 0..plan.callers {
                for (operation, every) in &plan.calls {
                    let actor =
                        Actor::numbered(&format!("{}.{}", plan.name, operation.name()), caller.into());
                    self.callers.push(CallerState {
                        backend,
                        actor,
                        position: 0,
                        operation: *operation,
                        every: *every,
                        next_page: None,
                    });
                }
            }
        }
        for number in 0..u16::try_from(self.callers.len()).expect("fewer than 65,536 callers") {
            self.plan_call(number);
        }
    }

    fn plan_call(&mut self, number: u16) {
        let caller = &mut self.callers[usize::from(number)];
        let draw = self.randomness.draw(ERRAND, caller.actor, caller.position);
        caller.position += 1;
        // Poisson, as calls of many users through one back end are; never zero, or a caller could call for ever in one
        // instant.
        let after = exponential(draw, caller.every.as_micros()).max(1);
        self.schedule(self.now + after, ControlEvent::Call(number));
    }

    pub(crate) fn on_call(&mut self, number: u16) {
        if self.settling {
            return;
        }
        let mut caller = self.callers[usize::from(number)].clone();
        let mut draws = self.randomness.draws(ERRAND, caller.actor, caller.position);
        let crashed = |kind| matches!(kind, claque_scenario::FaultKind::Crash { .. });
        // No call is made while the service is down; the caller's draws stand still, and the next call is planned all
        // the same.
        if !self.network.active().any(|(_, fault)| crashed(fault.kind)) {
            // Walks through a list are given up now and then, so that services meet tokens that nobody comes back for.
            let request = match caller.next_page.take().filter(|_| draws.chance_permille(800)) {
                Some(call) => call.into(),
                None => self.errand(&caller, &mut draws),
            };
            let odd = self.scenario.backends.get(caller.backend).map_or(0, |backend| backend.odd.as_u16());
            let request = if odd > 0 && draws.chance_permille(u32::from(odd)) {
                bent(request, draws.draw(), draws.draw())
            } else {
                request
            };
            let outcome = self.call(Input::Request(self.owner.clone(), request.clone()));
            self.keep_spare(&outcome);
            self.keep_switch(&request, &outcome);
            self.keep_older_group(&request, &outcome);
            self.callers[usize::from(number)].next_page = next_page(request, &outcome);
            if let Outcome::Request(Err(Refusal::Throttled { .. })) = outcome {
                self.counts.throttled += 1;
            }
            if matches!(
                caller.operation,
                Operation::SendLiveMessageGroup
                    | Operation::SendLiveMessageUser
                    | Operation::SendMessageToGroup
            ) {
                self.count_send(&outcome);
            }
        }
        self.callers[usize::from(number)].position = draws.position();
        self.plan_call(number);
    }

    fn errand(&self, caller: &CallerState, draws: &mut Draws) -> Request {
        let groups = u64::try_from(self.scenario.groups.len()).unwrap_or(1);
        let group = u32::try_from(draws.below(groups)).unwrap_or(0);
        let (app_id, mut group_id) = self.name_group(group);
        if draws.chance_permille(20) {
            group_id.push_str("Missing");
        }
        let backend = self.scenario.backends.get(caller.backend).map_or("", |backend| &backend.name);
        // Drawn here also for operations that have no use for it: seeds mean this order of draws.
        let own = format!("{backend}Own{}", draws.below(OWN_GROUPS));
        let data_center = self.data_center(group);
        let errand = self.aim(caller.operation, Errand { app_id, data_center, group, group_id, own, draws });
        match BackendCall::of(caller.operation) {
            BackendCall::App(call) => self.manage(call, errand),
            BackendCall::Group(call) => self.change(call, errand),
            BackendCall::Older(call) => self.serve_old(call, errand),
            BackendCall::OlderMute(call) => self.mute_old(call, errand),
            BackendCall::Read(call) => self.look(call, errand),
            BackendCall::Send(call) => self.say(call, errand),
        }
    }

    /// The ID of somebody.
    pub(super) fn somebody(&self, draws: &mut Draws) -> String {
        let count = u64::from(self.users.len());
        let user = u32::try_from(draws.below(count.max(1))).unwrap_or(0);
        if count == 0 { "nobody".to_owned() } else { self.scenario.user_name(user) }
    }

    fn look(&self, call: ReadCall, errand: Errand<'_>) -> Request {
        let Errand { app_id, data_center, group_id, own, draws, .. } = errand;
        let group_id = if draws.chance_permille(250) { own } else { group_id };
        let sort_type = Some(if draws.chance_permille(500) { 1 } else { 2 });
        let page_size = Some(i32::try_from(draws.between(10, 50)).unwrap_or(10));
        let group_status = Some(i32::try_from(draws.below(3)).unwrap_or(0));
        match call {
            ReadCall::DescribeGroup => DescribeLiveMessageGroup { app_id, data_center, group_id }.into(),
            ReadCall::ListGroups => {
                ListLiveMessageGroups { app_id, data_center, group_status, sort_type, next_page_token: None }
                    .into()
            }
            ReadCall::ListGroupsByPage => ListLiveMessageGroupByPage {
                app_id,
                data_center,
                group_status,
                sort_type,
                page_size,
                page_number: Some(1),
            }
            .into(),
            ReadCall::ListMessages => ListLiveMessageGroupMessages {
                app_id,
                data_center,
                group_id,
                page_size,
                sort_type,
                ..Default::default()
            }
            .into(),
            ReadCall::ListUsers => ListLiveMessageGroupUsers {
                app_id,
                data_center,
                group_id,
                page_size,
                sort_type,
                next_page_token: None,
            }
            .into(),
            ReadCall::UsersInGroup => {
                let user_ids = (0..3).map(|_| self.somebody(draws)).collect();
                CheckLiveMessageUsersInGroup { app_id, data_center, group_id, user_ids }.into()
            }
            ReadCall::UsersOnline => {
                let user_ids = (0..3).map(|_| self.somebody(draws)).collect();
                CheckLiveMessageUsersOnline { app_id, data_center, user_ids }.into()
            }
            ReadCall::DescribeMutes => DescribeLiveMessageGroupBand { app_id, data_center, group_id }.into(),
            ReadCall::ListApps => {
                ListLiveMessageApps { data_center, sort_type, next_page_token: None }.into()
            }
            ReadCall::ListOldMessages => ListMessage { app_id, group_id, ..Default::default() }.into(),
            ReadCall::DescribeApp => DescribeLiveMessageApp { app_id, data_center }.into(),
        }
    }

    fn say(&self, call: SendCall, errand: Errand<'_>) -> Request {
        let Errand { app_id, data_center, group, group_id, draws, .. } = errand;
        let weight = Some([1, 5, 1_000_000].get(index(low(draws.below(3)))).copied().unwrap_or(1));
        let recent = self.recent_tid(group, draws.draw());
        let body = if draws.chance_permille(20) { REFUSED_WORD } else { "said by the back end" };
        match call {
            SendCall::ToUser => SendLiveMessageUser {
                app_id,
                data_center,
                receiver_id: self.somebody(draws),
                sender_id: "backend".to_owned(),
                body: Some(body.to_owned()),
                msg_type: Some(20_001),
                high_reliability: Some(draws.chance_permille(500)),
                ..Default::default()
            }
            .into(),
            SendCall::ToOldGroup => SendMessageToGroup {
                app_id,
                group_id,
                operator_user_id: "backend".to_owned(),
                kind: Some(20_010),
                data: "{}".to_owned(),
                skip_audit: Some(draws.chance_permille(500)),
            }
            .into(),
            SendCall::Recall => DeleteLiveMessageGroupMessage {
                app_id,
                data_center,
                group_id,
                message_id: recent.map_or_else(|| "unknown".to_owned(), |tid| tid.to_string()),
                ..Default::default()
            }
            .into(),
            SendCall::ToGroup => SendLiveMessageGroup {
                app_id,
                data_center,
                group_id,
                sender_id: if draws.chance_permille(20) { "not a name" } else { "backend" }.to_owned(),
                body: Some(body.to_owned()),
                msg_type: Some(20_000 + i64::from(low(draws.below(4)))),
                msg_tid: recent.filter(|_| draws.chance_permille(50)).map(|tid| tid.to_string()),
                statics_increase: Some(i64::from(low(draws.below(4)))),
                weight,
                no_storage: Some(draws.chance_permille(100)),
                no_cache: Some(draws.chance_permille(100)),
                ..Default::default()
            }
            .into(),
        }
    }

    fn change(&self, call: GroupCall, errand: Errand<'_>) -> Request {
        let Errand { app_id, data_center, group_id, own, draws, .. } = errand;
        let user = self.somebody(draws);
        match call {
            GroupCall::Create => {
                // A group of the show may be created a second time, which updates it. Deleting and restoring are for
                // the back end's own groups: the show's are the script's.
                let group_id = if draws.chance_permille(200) { group_id } else { own };
                CreateLiveMessageGroup { app_id, data_center, group_id, ..Default::default() }.into()
            }
            GroupCall::Delete => {
                let operator_id = Some(format!("operator{}", draws.below(3)));
                DeleteLiveMessageGroup { app_id, data_center, group_id: own, operator_id }.into()
            }
            GroupCall::Restore => {
                RecoverLiveMessageDeletedGroup { app_id, data_center, group_id: own }.into()
            }
            GroupCall::Kick => {
                KickLiveMessageGroupUser { app_id, data_center, group_id, kickoff_user: user }.into()
            }
            GroupCall::Mute => {
                AddLiveMessageGroupBand { app_id, data_center, group_id, banned_users: vec![user] }.into()
            }
            GroupCall::Unmute => {
                RemoveLiveMessageGroupBand { app_id, data_center, group_id, unbanned_users: vec![user] }
                    .into()
            }
            GroupCall::MuteAll => {
                BanLiveMessageGroup { app_id, data_center, group_id, except_users: vec![user] }.into()
            }
            GroupCall::UnmuteAll => UnbanLiveMessageGroup { app_id, data_center, group_id }.into(),
            GroupCall::ModifyUserInfo => ModifyLiveMessageUserInfo {
                app_id,
                data_center,
                user_id: user,
                user_meta_info: Some(format!("meta {}", draws.below(1_000))),
            }
            .into(),
            GroupCall::Modify => ModifyLiveMessageGroup {
                app_id,
                data_center,
                group_id,
                modify_info: Some(true),
                group_info: Some(format!("info {}", draws.below(1_000))),
                ..Default::default()
            }
            .into(),
        }
    }
}

/// The call for the page that follows, where there is one.
fn next_page(request: Request, outcome: &Outcome) -> Option<ListLiveMessageGroups> {
    let (Request::ListLiveMessageGroups(call), Outcome::Request(Ok(Reply::Done(Response::Groups(page))))) =
        (request, outcome)
    else {
        return None;
    };
    page.next_page_token
        .is_some()
        .then_some(ListLiveMessageGroups { next_page_token: page.next_page_token, ..*call })
}

/// A small number.
fn low(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
