//! What defects spoil in what is asked, before the service looks at it: IDs in lower case, numbers of 32 bits, the first ten of a
//! list, texts that lose something. An arm names one defect.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::mutants::{Defects, Mutation};
use crate::service::mutants::spoil_answers::{TEN, low, plain};
use crate::state::service::Service;
use crate::words::account::Caller;
use crate::words::client::ClientRequest;
use crate::words::id::GroupKey;
use crate::words::refusal::Refusal;
use crate::words::request::{Request, SendLiveMessageGroup};
use crate::words::response::Reply;
use crate::words::tracer::Tracer;

fn fold(id: &mut str) {
    id.make_ascii_lowercase();
}

fn fold_all(ids: &mut [String]) {
    ids.iter_mut().for_each(|id| fold(id));
}

fn trim(text: &mut String) {
    *text = String::from(text.trim());
}

fn spoil_send(defect: Mutation, call: &mut SendLiveMessageGroup) {
    match defect {
        Mutation::SendFoldsGroupId => fold(&mut call.group_id),
        Mutation::MsgTidFolded => call.msg_tid.iter_mut().for_each(|tid| fold(tid)),
        Mutation::SendTypeCut => call.msg_type = call.msg_type.map(low),
        Mutation::SendIncreaseCut => call.statics_increase = call.statics_increase.map(low),
        Mutation::SendWeightCut => call.weight = call.weight.map(low),
        Mutation::BodyTrimmed => call.body.iter_mut().for_each(trim),
        Mutation::BodyOneLine => call.body.iter_mut().for_each(|body| *body = body.replace('\n', " ")),
        _ => {}
    }
}

fn spoil_group_call(defect: Mutation, request: &mut Request) {
    match (defect, request) {
        (Mutation::DescribeFoldsGroupId, Request::DescribeLiveMessageGroup(call)) => fold(&mut call.group_id),
        (Mutation::CreateFoldsGroupId, Request::CreateLiveMessageGroup(call)) => fold(&mut call.group_id),
        (Mutation::DeleteFoldsGroupId, Request::DeleteLiveMessageGroup(call)) => fold(&mut call.group_id),
        (Mutation::AdminsFolded, Request::CreateLiveMessageGroup(call)) => fold_all(&mut call.administrators),
        (Mutation::NameTrimmed, Request::CreateLiveMessageGroup(call)) => {
            call.group_name.iter_mut().for_each(trim);
        }
        (Mutation::InfoTrimmed, Request::CreateLiveMessageGroup(call)) => {
            call.group_info.iter_mut().for_each(trim);
        }
        (Mutation::ModifyInfoAsciiOnly, Request::ModifyLiveMessageGroup(call)) => {
            call.group_info.iter_mut().for_each(|info| *info = String::from(&*plain(info)));
        }
        (Mutation::ModifyEmptyInfoIgnored, Request::ModifyLiveMessageGroup(call)) => {
            if call.group_info.as_deref().is_none_or(str::is_empty) {
                call.modify_info = None;
            }
        }
        (Mutation::ModifyEmptyAdminsIgnored, Request::ModifyLiveMessageGroup(call)) => {
            if call.admin_list.as_ref().is_none_or(Vec::is_empty) {
                call.modify_admin = None;
            }
        }
        (Mutation::RecallFoldsId, Request::DeleteLiveMessageGroupMessage(call)) => fold(&mut call.message_id),
        (Mutation::ListTypeCut, Request::ListLiveMessageGroupMessages(call)) => {
            call.msg_type = call.msg_type.map(low);
        }
        (Mutation::ListTimesCut, Request::ListLiveMessageGroupMessages(call)) => {
            call.begin_time = call.begin_time.map(low);
            call.end_time = call.end_time.map(low);
        }
        (_, Request::SendLiveMessageGroup(call)) => spoil_send(defect, call),
        (_, request) => spoil_user_call(defect, request),
    }
}

fn spoil_user_call(defect: Mutation, request: &mut Request) {
    match (defect, request) {
        (Mutation::MuteFoldsUsers, Request::AddLiveMessageGroupBand(call)) => {
            fold_all(&mut call.banned_users);
        }
        (Mutation::MuteTenOnly, Request::AddLiveMessageGroupBand(call)) => call.banned_users.truncate(TEN),
        (Mutation::UnmuteFoldsUsers, Request::RemoveLiveMessageGroupBand(call)) => {
            fold_all(&mut call.unbanned_users);
        }
        (Mutation::UnmuteTenOnly, Request::RemoveLiveMessageGroupBand(call)) => {
            call.unbanned_users.truncate(TEN);
        }
        (Mutation::ExceptTenOnly, Request::BanLiveMessageGroup(call)) => call.except_users.truncate(TEN),
        (Mutation::ModifyBandTenOnly, Request::ModifyLiveMessageGroupBand(call)) => {
            call.bannned_users.iter_mut().for_each(|users| users.truncate(TEN));
        }
        (Mutation::KickFoldsUser, Request::KickLiveMessageGroupUser(call)) => fold(&mut call.kickoff_user),
        (Mutation::OnlineFoldsUsers, Request::CheckLiveMessageUsersOnline(call)) => {
            fold_all(&mut call.user_ids);
        }
        (Mutation::InGroupFoldsUsers, Request::CheckLiveMessageUsersInGroup(call)) => {
            fold_all(&mut call.user_ids);
        }
        (Mutation::ReceiverFolded, Request::SendLiveMessageUser(call)) => fold(&mut call.receiver_id),
        (Mutation::InfoFoldsUser, Request::ModifyLiveMessageUserInfo(call)) => fold(&mut call.user_id),
        (Mutation::UserInfoTrimmed, Request::ModifyLiveMessageUserInfo(call)) => {
            call.user_meta_info.iter_mut().for_each(trim);
        }
        (Mutation::OldReceiversTen, Request::SendMessageToGroupUsers(call)) => {
            call.receiver_id_list.truncate(TEN);
        }
        _ => {}
    }
}

fn spoil_client(defect: Mutation, request: &mut ClientRequest) {
    match (defect, request) {
        (Mutation::JoinFoldsGroupId, ClientRequest::Join(GroupKey::Name(id))) => {
            *id = id.to_ascii_lowercase().into();
        }
        (Mutation::ClientMuteTenOnly, ClientRequest::MuteUsers(_, users)) => users.truncate(TEN),
        (Mutation::ClientTypeCut, ClientRequest::Send(_, send)) => send.kind = low(send.kind),
        (Mutation::RepeatCountByte, ClientRequest::Send(_, send)) => send.repeat &= 0xff,
        (Mutation::ClientBodyTrimmed, ClientRequest::Send(_, send)) => {
            send.body = Arc::from(send.body.trim());
        }
        (Mutation::ClientListTypeCut, ClientRequest::ListHistory { kind, .. }) => *kind = kind.map(low),
        (Mutation::ClientAdminsEmptyIgnored, ClientRequest::ModifyGroup { admins, .. }) => {
            *admins = admins.take().filter(|admins| !admins.is_empty());
        }
        _ => {}
    }
}

impl<T: Tracer, D: Defects> Service<T, D> {
    /// Does what a call asks, as the defect has it.
    pub(crate) fn route_by_defect(&mut self, caller: &Caller, request: Request) -> Result<Reply, Refusal> {
        let request = self.spoil_request(request);
        let seen = self.watch_request(&request);
        let mut outcome = self.route(caller, request);
        self.slip(seen, outcome.is_ok());
        self.spoil_answer(&mut outcome);
        outcome
    }

    /// A call as the defect takes it. Sound, it is the call.
    #[inline(always)]
    pub(crate) fn spoil_request(&self, mut request: Request) -> Request {
        if let Some(defect) = self.defects.on() {
            spoil_group_call(defect, &mut request);
        }
        request
    }

    /// A client's request as the defect takes it. Sound, it is the request.
    #[inline(always)]
    pub(crate) fn spoil_client_request(&self, mut request: ClientRequest) -> ClientRequest {
        if let Some(defect) = self.defects.on() {
            spoil_client(defect, &mut request);
        }
        request
    }

    /// Whether a defect ignores new information of a user that is empty.
    #[inline(always)]
    pub(crate) fn is_info_ignored_by_defect(&self, info: &str) -> bool {
        info.is_empty() && self.defects.has(Mutation::UserInfoEmptyIgnored)
    }
}
