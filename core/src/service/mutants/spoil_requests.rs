//! Damage of mutants to requests, before the service looks at them: IDs in lower case, numbers of 32 bits, the first ten of a
//! list, texts that lose something. An arm names one mutant.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::mutants::{Mutant, Mutants};
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

fn spoil_send(mutant: Mutant, call: &mut SendLiveMessageGroup) {
    match mutant {
        Mutant::SendFoldsGroupId => fold(&mut call.group_id),
        Mutant::MsgTidFolded => call.msg_tid.iter_mut().for_each(|tid| fold(tid)),
        Mutant::SendTypeCut => call.msg_type = call.msg_type.map(low),
        Mutant::SendIncreaseCut => call.statics_increase = call.statics_increase.map(low),
        Mutant::SendWeightCut => call.weight = call.weight.map(low),
        Mutant::BodyTrimmed => call.body.iter_mut().for_each(trim),
        Mutant::BodyOneLine => call.body.iter_mut().for_each(|body| *body = body.replace('\n', " ")),
        _ => {}
    }
}

fn spoil_group_call(mutant: Mutant, request: &mut Request) {
    match (mutant, request) {
        (Mutant::DescribeFoldsGroupId, Request::DescribeLiveMessageGroup(call)) => fold(&mut call.group_id),
        (Mutant::CreateFoldsGroupId, Request::CreateLiveMessageGroup(call)) => fold(&mut call.group_id),
        (Mutant::DeleteFoldsGroupId, Request::DeleteLiveMessageGroup(call)) => fold(&mut call.group_id),
        (Mutant::AdminsFolded, Request::CreateLiveMessageGroup(call)) => fold_all(&mut call.administrators),
        (Mutant::NameTrimmed, Request::CreateLiveMessageGroup(call)) => {
            call.group_name.iter_mut().for_each(trim);
        }
        (Mutant::InfoTrimmed, Request::CreateLiveMessageGroup(call)) => {
            call.group_info.iter_mut().for_each(trim);
        }
        (Mutant::ModifyInfoAsciiOnly, Request::ModifyLiveMessageGroup(call)) => {
            call.group_info.iter_mut().for_each(|info| *info = String::from(&*plain(info)));
        }
        (Mutant::ModifyEmptyInfoIgnored, Request::ModifyLiveMessageGroup(call)) => {
            if call.group_info.as_deref().is_none_or(str::is_empty) {
                call.modify_info = None;
            }
        }
        (Mutant::ModifyEmptyAdminsIgnored, Request::ModifyLiveMessageGroup(call)) => {
            if call.admin_list.as_ref().is_none_or(Vec::is_empty) {
                call.modify_admin = None;
            }
        }
        (Mutant::RecallFoldsId, Request::DeleteLiveMessageGroupMessage(call)) => fold(&mut call.message_id),
        (Mutant::ListTypeCut, Request::ListLiveMessageGroupMessages(call)) => {
            call.msg_type = call.msg_type.map(low);
        }
        (Mutant::ListTimesCut, Request::ListLiveMessageGroupMessages(call)) => {
            call.begin_time = call.begin_time.map(low);
            call.end_time = call.end_time.map(low);
        }
        (_, Request::SendLiveMessageGroup(call)) => spoil_send(mutant, call),
        (_, request) => spoil_user_call(mutant, request),
    }
}

fn spoil_user_call(mutant: Mutant, request: &mut Request) {
    match (mutant, request) {
        (Mutant::MuteFoldsUsers, Request::AddLiveMessageGroupBand(call)) => {
            fold_all(&mut call.banned_users);
        }
        (Mutant::MuteTenOnly, Request::AddLiveMessageGroupBand(call)) => call.banned_users.truncate(TEN),
        (Mutant::UnmuteFoldsUsers, Request::RemoveLiveMessageGroupBand(call)) => {
            fold_all(&mut call.unbanned_users);
        }
        (Mutant::UnmuteTenOnly, Request::RemoveLiveMessageGroupBand(call)) => {
            call.unbanned_users.truncate(TEN);
        }
        (Mutant::ExceptTenOnly, Request::BanLiveMessageGroup(call)) => call.except_users.truncate(TEN),
        (Mutant::ModifyBandTenOnly, Request::ModifyLiveMessageGroupBand(call)) => {
            call.bannned_users.iter_mut().for_each(|users| users.truncate(TEN));
        }
        (Mutant::KickFoldsUser, Request::KickLiveMessageGroupUser(call)) => fold(&mut call.kickoff_user),
        (Mutant::OnlineFoldsUsers, Request::CheckLiveMessageUsersOnline(call)) => {
            fold_all(&mut call.user_ids);
        }
        (Mutant::InGroupFoldsUsers, Request::CheckLiveMessageUsersInGroup(call)) => {
            fold_all(&mut call.user_ids);
        }
        (Mutant::ReceiverFolded, Request::SendLiveMessageUser(call)) => fold(&mut call.receiver_id),
        (Mutant::InfoFoldsUser, Request::ModifyLiveMessageUserInfo(call)) => fold(&mut call.user_id),
        (Mutant::UserInfoTrimmed, Request::ModifyLiveMessageUserInfo(call)) => {
            call.user_meta_info.iter_mut().for_each(trim);
        }
        (Mutant::OldReceiversTen, Request::SendMessageToGroupUsers(call)) => {
            call.receiver_id_list.truncate(TEN);
        }
        _ => {}
    }
}

fn spoil_client(mutant: Mutant, request: &mut ClientRequest) {
    match (mutant, request) {
        (Mutant::JoinFoldsGroupId, ClientRequest::Join(GroupKey::Name(id))) => {
            *id = id.to_ascii_lowercase().into();
        }
        (Mutant::ClientMuteTenOnly, ClientRequest::MuteUsers(_, users)) => users.truncate(TEN),
        (Mutant::ClientTypeCut, ClientRequest::Send(_, send)) => send.kind = low(send.kind),
        (Mutant::RepeatCountByte, ClientRequest::Send(_, send)) => send.repeat &= 0xff,
        (Mutant::ClientBodyTrimmed, ClientRequest::Send(_, send)) => {
            send.body = Arc::from(send.body.trim());
        }
        (Mutant::ClientListTypeCut, ClientRequest::ListHistory { kind, .. }) => *kind = kind.map(low),
        (Mutant::ClientAdminsEmptyIgnored, ClientRequest::ModifyGroup { admins, .. }) => {
            *admins = admins.take().filter(|admins| !admins.is_empty());
        }
        _ => {}
    }
}

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Does what a call asks, as the mutant has it.
    pub(crate) fn route_by_mutant(&mut self, caller: &Caller, request: Request) -> Result<Reply, Refusal> {
        let request = self.spoil_request(request);
        let seen = self.watch_request(&request);
        let mut outcome = self.route(caller, request);
        self.slip(seen, outcome.is_ok());
        self.spoil_answer(&mut outcome);
        outcome
    }

    /// A call as the mutant takes it. Sound, it is the call.
    #[inline(always)]
    fn spoil_request(&self, mut request: Request) -> Request {
        if let Some(mutant) = self.mutants.on() {
            spoil_group_call(mutant, &mut request);
        }
        request
    }

    /// A client's request as the mutant takes it. Sound, it is the request.
    #[inline(always)]
    pub(crate) fn spoil_client_request(&self, mut request: ClientRequest) -> ClientRequest {
        if let Some(mutant) = self.mutants.on() {
            spoil_client(mutant, &mut request);
        }
        request
    }

    /// Whether a mutant ignores new information of a user that is empty.
    #[inline(always)]
    pub(crate) fn is_info_ignored_by_mutant(&self, info: &str) -> bool {
        info.is_empty() && self.mutants.has(Mutant::UserInfoEmptyIgnored)
    }
}
