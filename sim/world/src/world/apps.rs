//! What a back end does besides running the show: it creates, changes and deletes applications, and calls the operations
//! of the old family.

use std::collections::BTreeMap;

use claque_core::{
    CreateLiveMessageApp, CreateMessageApp, CreateMessageGroup, DeleteLiveMessageUserMessage,
    DeleteMessageApp, GetMessageApp, GetMessageGroup, GetMessageToken, JoinMessageGroup, LeaveMessageGroup,
    ListMessageApp, ListMessageGroup, ListMessageGroupUser, ListMessageGroupUserById,
    ModifyLiveMessageAppAudit, ModifyLiveMessageAppCallback, ModifyLiveMessageAppDisable,
    ModifyLiveMessageGroupBand, Mutants, Outcome, QueryMessageApp, Reply, Request, Response,
    SendMessageToGroupUsers, UpdateMessageApp, UpdateMessageGroup,
};
use claque_engine::{Draws, Queue};

use crate::world::backend::Errand;
use crate::world::backend_call::{AppCall, OlderCall};
use crate::world::setup::{CALLBACK_URL, REVIEW_URL};
use crate::world::{ControlEvent, World};

/// Applications without users that are kept in mind, the newest.
const SPARE_MAX: usize = 6;

/// Names and values to go with something.
fn extension(draws: &mut Draws) -> Option<BTreeMap<String, String>> {
    let table = BTreeMap::from([("note".to_owned(), format!("{}", draws.below(1_000)))]);
    draws.chance_permille(500).then_some(table)
}

/// A small whole number.
fn small(draws: &mut Draws, below: u64) -> i32 {
    i32::try_from(draws.below(below)).unwrap_or(0)
}

impl<D: Mutants, Q: Queue<ControlEvent>> World<'_, D, Q> {
    /// Keeps an application in mind that a back end has created.
    pub(crate) fn keep_spare(&mut self, outcome: &Outcome) {
        let Outcome::Request(Ok(Reply::Done(response))) = outcome else { return };
        let made = if let Response::AppCreated(made) = response {
            &made.app_id
        } else if let Response::OldAppCreated(app_id) = response {
            app_id
        } else {
            return;
        };
        self.spare_apps.push(made.to_string());
        // The newest are kept: the chance that a call meets an application must not fall as a run creates more.
        if self.spare_apps.len() > SPARE_MAX {
            self.spare_apps.remove(0);
        }
    }

    /// Notes with the receiver of callbacks that it may not have been notified of everything that an application's users
    /// do.
    pub(crate) fn keep_switch(&mut self, request: &Request, outcome: &Outcome) {
        if let (Request::ModifyLiveMessageAppCallback(call), Outcome::Request(Ok(_))) = (request, outcome)
            && let Some(app) = self.service.find_app(&call.app_id)
        {
            self.receiver.note_switch(app);
        }
    }

    /// An application that a back end has created, deleted or not; an unknown one where there is none.
    fn spare_app(&self, draws: &mut Draws) -> String {
        let count = u64::try_from(self.spare_apps.len()).unwrap_or(0);
        let at = usize::try_from(draws.below(count.max(1))).unwrap_or(0);
        self.spare_apps.get(at).cloned().unwrap_or_else(|| "no-such-app".to_owned())
    }

    /// Calls about applications.
    pub(super) fn manage(&self, call: AppCall, errand: Errand<'_>) -> Request {
        let Errand { app_id, data_center, draws, .. } = errand;
        // Drawn for every call, whether it has a use for them or not: moved to where they are used, the draws would
        // come in another order, and every stored seed would mean another run.
        let spare = self.spare_app(draws);
        let any = if draws.chance_permille(500) { app_id } else { spare.clone() };
        let audit = small(draws, 3);
        let audit_url = (audit == 2).then(|| REVIEW_URL.to_owned());
        let url = draws.chance_permille(500).then(|| CALLBACK_URL.to_owned());
        let page = (Some(1), Some(small(draws, 50) + 1), Some(small(draws, 2)));
        match call {
            AppCall::Create => CreateLiveMessageApp {
                app_name: Some(format!("spare {}", draws.below(100))),
                audit_type: Some(audit),
                audit_url,
                data_center,
                event_callback_url: url,
                msg_life_cycle: Some(small(draws, 3)),
            }
            .into(),
            AppCall::ModifyAudit => {
                let audit_type = Some(audit);
                ModifyLiveMessageAppAudit { app_id: any, data_center, audit_type, audit_url }.into()
            }
            AppCall::ModifyCallback => {
                ModifyLiveMessageAppCallback { app_id: any, data_center, event_callback_url: url }.into()
            }
            // The script disables applications that have users.
            AppCall::ModifyDisable => {
                let disable = Some(draws.chance_permille(500));
                ModifyLiveMessageAppDisable { app_id: spare, data_center, disable }.into()
            }
            AppCall::CreateOld => CreateMessageApp {
                app_name: format!("old {}", draws.below(100)),
                app_config: extension(draws),
                extension: extension(draws),
            }
            .into(),
            AppCall::DeleteOld => DeleteMessageApp { app_id: spare }.into(),
            AppCall::GetOld => GetMessageApp { app_id: any }.into(),
            AppCall::UpdateOld => UpdateMessageApp {
                app_id: any,
                app_name: draws.chance_permille(500).then(|| format!("named {}", draws.below(100))),
                app_config: extension(draws),
                extension: extension(draws),
            }
            .into(),
            AppCall::QueryOld => {
                let (page_num, page_size, sort_type) = page;
                let app_id = draws.chance_permille(500).then_some(any);
                QueryMessageApp { app_id, app_name: None, page_num, page_size, sort_type }.into()
            }
            AppCall::ListOld => {
                let (page_num, page_size, sort_type) = page;
                ListMessageApp { page_num, page_size, sort_type }.into()
            }
        }
    }

    /// Calls of the old family about groups and their members, and those of the newer one for which there is no other
    /// place.
    pub(super) fn serve_old(&self, call: OlderCall, errand: Errand<'_>) -> Request {
        let Errand { app_id, data_center, group, group_id, own, draws } = errand;
        let user_id = self.somebody(draws);
        let (page_num, page_size, sort_type) = (Some(1), Some(small(draws, 50) + 1), Some(small(draws, 2)));
        let broadcast_type = Some(small(draws, 3));
        let broadcast_statistics = Some(draws.chance_permille(500));
        match call {
            OlderCall::CreateGroup => {
                CreateMessageGroup { app_id, creator_id: user_id, extension: extension(draws) }.into()
            }
            OlderCall::GetGroup => GetMessageGroup { app_id, group_id }.into(),
            OlderCall::UpdateGroup => {
                UpdateMessageGroup { app_id, group_id, extension: extension(draws) }.into()
            }
            OlderCall::GetToken => {
                let device_id = format!("device{}", draws.below(3));
                GetMessageToken { app_id, user_id, device_id, device_type: "web".to_owned() }.into()
            }
            OlderCall::JoinGroup => {
                JoinMessageGroup { app_id, group_id, user_id, broadcast_type, broadcast_statistics }.into()
            }
            // Its own groups, which no client is in: the crowd's do not know yet that a back end took them out.
            OlderCall::LeaveGroup => {
                let group_id = own;
                LeaveMessageGroup { app_id, group_id, user_id, broadcast_type, broadcast_statistics }.into()
            }
            OlderCall::ListGroups => {
                let user_id = draws.chance_permille(500).then_some(user_id);
                ListMessageGroup { app_id, user_id, page_num, page_size, sort_type }.into()
            }
            OlderCall::ListUsers => {
                ListMessageGroupUser { app_id, group_id, page_num, page_size, sort_type }.into()
            }
            OlderCall::ListUsersById => {
                let user_id_list = (0..3).map(|_| self.somebody(draws)).collect();
                ListMessageGroupUserById { app_id, group_id, user_id_list }.into()
            }
            // Only its own groups, which no client is in: the model does not follow what reaches chosen members only.
            OlderCall::SendToUsers => SendMessageToGroupUsers {
                app_id,
                group_id: own,
                operator_user_id: "backend".to_owned(),
                receiver_id_list: (0..2).map(|_| self.somebody(draws)).collect(),
                kind: Some(20_011),
                data: "{}".to_owned(),
                skip_audit: Some(draws.chance_permille(500)),
            }
            .into(),
            OlderCall::DeleteUserMessage => {
                let recent = self.recent_tid(group, draws.draw());
                DeleteLiveMessageUserMessage {
                    app_id,
                    data_center,
                    message_id: recent.map_or_else(|| "unknown".to_owned(), |tid| tid.to_string()),
                    receiver_id: user_id,
                    ..Default::default()
                }
                .into()
            }
            OlderCall::ModifyMutes => ModifyLiveMessageGroupBand {
                app_id,
                data_center,
                group_id,
                banned_all: Some(draws.chance_permille(100)),
                bannned_users: Some(vec![user_id]),
                except_users: Some(vec![self.somebody(draws)]),
            }
            .into(),
        }
    }
}
