//! The documented server operations, one method each, grouped by what they are about.

pub(crate) mod app;
mod client;
mod client_message;
mod console;
mod direct;
mod group;
pub(crate) mod listing;
mod mute;
pub(crate) mod old_app;
pub(crate) mod old_group;
mod query;
mod recall;
mod send;
mod user;

use crate::account::Caller;
use crate::mutation::Defects;
use crate::refusal::Refusal;
use crate::request::Request;
use crate::response::Reply;
use crate::service::Service;
use crate::tracer::Tracer;

impl<T: Tracer, D: Defects> Service<T, D> {
    pub(crate) fn route(&mut self, caller: &Caller, request: Request) -> Result<Reply, Refusal> {
        match request {
            Request::AddLiveMessageGroupBand(call) => self.add_live_message_group_band(caller, *call),
            Request::BanLiveMessageGroup(call) => self.ban_live_message_group(caller, *call),
            Request::CheckLiveMessageUsersInGroup(call) => {
                self.check_live_message_users_in_group(caller, *call)
            }
            Request::CheckLiveMessageUsersOnline(call) => self.check_live_message_users_online(caller, *call),
            Request::CreateLiveMessageApp(call) => self.create_live_message_app(caller, *call),
            Request::CreateLiveMessageGroup(call) => self.create_live_message_group(caller, *call),
            Request::DeleteLiveMessageGroup(call) => self.delete_live_message_group(caller, *call),
            Request::DeleteLiveMessageGroupMessage(call) => {
                self.delete_live_message_group_message(caller, *call)
            }
            Request::DeleteLiveMessageUserMessage(call) => {
                self.delete_live_message_user_message(caller, *call)
            }
            Request::DescribeLiveMessageApp(call) => self.describe_live_message_app(caller, *call),
            Request::DescribeLiveMessageGroup(call) => self.describe_live_message_group(caller, *call),
            Request::DescribeLiveMessageGroupBand(call) => {
                self.describe_live_message_group_band(caller, *call)
            }
            Request::KickLiveMessageGroupUser(call) => self.kick_live_message_group_user(caller, *call),
            Request::ListLiveMessageApps(call) => self.list_live_message_apps(caller, *call),
            Request::ListLiveMessageGroupByPage(call) => self.list_live_message_group_by_page(caller, *call),
            Request::ListLiveMessageGroupMessages(call) => {
                self.list_live_message_group_messages(caller, *call)
            }
            Request::ListLiveMessageGroupUsers(call) => self.list_live_message_group_users(caller, *call),
            Request::ListLiveMessageGroups(call) => self.list_live_message_groups(caller, *call),
            Request::ModifyLiveMessageAppAudit(call) => self.modify_live_message_app_audit(caller, *call),
            Request::ModifyLiveMessageAppCallback(call) => {
                self.modify_live_message_app_callback(caller, *call)
            }
            Request::ModifyLiveMessageAppDisable(call) => self.modify_live_message_app_disable(caller, *call),
            Request::ModifyLiveMessageGroup(call) => self.modify_live_message_group(caller, *call),
            Request::ModifyLiveMessageGroupBand(call) => self.modify_live_message_group_band(caller, *call),
            Request::ModifyLiveMessageUserInfo(call) => self.modify_live_message_user_info(caller, *call),
            Request::RecoverLiveMessageDeletedGroup(call) => {
                self.recover_live_message_deleted_group(caller, *call)
            }
            Request::RemoveLiveMessageGroupBand(call) => self.remove_live_message_group_band(caller, *call),
            Request::SendLiveMessageGroup(call) => self.send_live_message_group(caller, *call),
            Request::SendLiveMessageUser(call) => self.send_live_message_user(caller, *call),
            Request::UnbanLiveMessageGroup(call) => self.unban_live_message_group(caller, *call),
            Request::CreateMessageApp(call) => self.create_message_app(caller, *call),
            Request::CreateMessageGroup(call) => self.create_message_group(caller, *call),
            Request::DeleteMessageApp(call) => self.delete_message_app(caller, *call),
            Request::GetMessageApp(call) => self.get_message_app(caller, *call),
            Request::GetMessageGroup(call) => self.get_message_group(caller, *call),
            Request::GetMessageToken(call) => self.get_message_token(caller, *call),
            Request::JoinMessageGroup(call) => self.join_message_group(caller, *call),
            Request::LeaveMessageGroup(call) => self.leave_message_group(caller, *call),
            Request::ListMessage(call) => self.list_message(caller, *call),
            Request::ListMessageApp(call) => self.list_message_app(caller, *call),
            Request::ListMessageGroup(call) => self.list_message_group(caller, *call),
            Request::ListMessageGroupUser(call) => self.list_message_group_user(caller, *call),
            Request::ListMessageGroupUserById(call) => self.list_message_group_user_by_id(caller, *call),
            Request::QueryMessageApp(call) => self.query_message_app(caller, *call),
            Request::SendMessageToGroup(call) => self.send_message_to_group(caller, *call),
            Request::SendMessageToGroupUsers(call) => self.send_message_to_group_users(caller, *call),
            Request::UpdateMessageApp(call) => self.update_message_app(caller, *call),
            Request::UpdateMessageGroup(call) => self.update_message_group(caller, *call),
        }
    }
}
