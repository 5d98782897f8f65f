//! Who may talk: mutes of single users and of everybody, and what is told of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use claque_core::reading::{MuteExceptedIndividual, MuteModifyLists, MuteSecondBan};
use claque_core::{
    ClientRefusal, ClientReply, ClientRequest, ClientSend, Defects, GroupIx, Input, Notice, NoticeTo,
    Outcome, Output, Request, Response, Rule, SessionId,
};

use super::{Model, Seen};

/// The mute state of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mutes {
    pub(super) all: bool,
    pub(super) users: BTreeSet<Arc<str>>,
    pub(super) except: BTreeSet<Arc<str>>,
}

impl Mutes {
    /// Whether mutes silence a user who is not staff.
    fn silence(&self, user: &str, exception_frees: bool) -> bool {
        let excepted = self.except.contains(user);
        let single = self.users.contains(user) && !(excepted && self.all && exception_frees);
        single || (self.all && !excepted)
    }
}

fn ids(list: &[String]) -> impl Iterator<Item = Arc<str>> + '_ {
    list.iter().map(|id| id.as_str().into())
}

impl Model {
    /// Follows mutes, and judges that members are told when something changes.
    pub(super) fn follow_mutes<D: Defects>(&mut self, seen: &Seen<'_, D>) {
        let readings = self.config.readings;
        let Some((group, before)) = self.muted_group(seen) else { return };
        let Some(place) = self.groups.get_mut(group) else { return };
        if let Input::Client(session, _) = seen.input
            && !place.is_staff(seen.service.user_id(session.user))
        {
            let evidence = format!("user {} is no staff of group {} and mutes", session.user.0, group.0);
            return self.refute(seen.now, Some(Rule::MuteClientRights), evidence);
        }
        let mutes = &mut place.mutes;
        match seen.input {
            Input::Client(_, ClientRequest::MuteAll(_)) => {
                mutes.all = true;
                if readings.mute_second_ban == MuteSecondBan::Replaces {
                    mutes.except.clear();
                }
            }
            Input::Client(_, ClientRequest::CancelMuteAll(_))
            | Input::Request(_, Request::UnbanLiveMessageGroup(_)) => {
                mutes.all = false;
                mutes.except.clear();
            }
            Input::Client(_, ClientRequest::MuteUsers(_, users)) => mutes.users.extend(users.iter().cloned()),
            Input::Client(_, ClientRequest::CancelMuteUsers(_, users)) => {
                mutes.users.retain(|user| !users.contains(user));
            }
            Input::Request(_, request) => change(mutes, request, &readings),
            _ => {}
        }
        let told = seen.outputs.iter().any(|output| {
            matches!(output, Output::Notice(NoticeTo::Group(of), Notice::MuteChange { all, .. }, _)
                if *of == group && *all == mutes.all)
        });
        if *mutes != before && place.is_active() {
            let evidence = || format!("the mutes of group {} changed, and its members are not told", group.0);
            self.expect_notice(seen.now, Rule::MuteChangeNotified, told, evidence);
        }
    }

    /// The group whose mutes a call changed, with what they were.
    fn muted_group<D: Defects>(&self, seen: &Seen<'_, D>) -> Option<(GroupIx, Mutes)> {
        let group = match (seen.input, seen.outcome) {
            (
                Input::Client(
                    session,
                    ClientRequest::MuteAll(key)
                    | ClientRequest::CancelMuteAll(key)
                    | ClientRequest::MuteUsers(key, _)
                    | ClientRequest::CancelMuteUsers(key, _),
                ),
                Outcome::Client(Ok(_)),
            ) => seen.group(session.user, key)?,
            (Input::Request(_, request), Outcome::Request(Ok(_))) => match request {
                Request::AddLiveMessageGroupBand(call) => seen.group_of(&call.app_id, &call.group_id)?,
                Request::RemoveLiveMessageGroupBand(call) => seen.group_of(&call.app_id, &call.group_id)?,
                Request::BanLiveMessageGroup(call) => seen.group_of(&call.app_id, &call.group_id)?,
                Request::UnbanLiveMessageGroup(call) => seen.group_of(&call.app_id, &call.group_id)?,
                Request::ModifyLiveMessageGroupBand(call) => seen.group_of(&call.app_id, &call.group_id)?,
                _ => return None,
            },
            _ => return None,
        };
        let place = self.groups.get(group).filter(|place| place.is_live())?;
        Some((group, place.mutes.clone()))
    }

    /// Somebody muted cannot send; whoever is not muted is not refused for it.
    pub(super) fn judge_talk<D: Defects>(
        &mut self,
        seen: &Seen<'_, D>,
        session: SessionId,
        group: GroupIx,
        send: &ClientSend,
        answer: &Result<ClientReply, ClientRefusal>,
    ) {
        let frees = self.config.readings.mute_excepted_individual == MuteExceptedIndividual::Free;
        let user_id = seen.service.user_id(session.user);
        let role = self.people.session(session.user).is_some_and(|session| session.admin);
        let Some(place) = self.groups.get(group).filter(|place| place.is_active()) else { return };
        let exempt = place.is_staff(user_id) || (send.skip_mute_check && role);
        let muted = place.mutes.silence(user_id, frees) && !exempt;
        let (rule, said) = match answer {
            Ok(_) if muted => (Rule::MuteSendBlocked, "is muted and sends"),
            Err(ClientRefusal::Muted) if !muted && place.is_staff(user_id) => {
                (Rule::MuteStaffExempt, "is staff and is refused as muted")
            }
            Err(ClientRefusal::Muted) if !muted => {
                (Rule::MuteSendBlocked, "is not muted and is refused as such")
            }
            Ok(_) | Err(_) => return,
        };
        self.refute(seen.now, Some(rule), format!("{user_id} {said} in group {}", group.0));
    }

    /// The description of mutes shows what was set.
    pub(super) fn judge_mute_lists<D: Defects>(
        &mut self,
        seen: &Seen<'_, D>,
        group: GroupIx,
        response: &Response,
    ) {
        let (Some(place), Response::Band(band)) = (self.groups.get(group), response) else { return };
        let users: BTreeSet<Arc<str>> = band.banned_users.iter().cloned().collect();
        let except: BTreeSet<Arc<str>> = band.unbanned_users.iter().cloned().collect();
        let shown = Mutes { all: band.is_banned_all, users, except };
        if shown != place.mutes {
            let evidence =
                format!("the mutes of group {} read {shown:?}, set were {:?}", group.0, place.mutes);
            let rule = if shown.users != place.mutes.users && shown.all == place.mutes.all {
                Rule::MuteIndividualSeparate
            } else {
                Rule::MuteDescribeLists
            };
            self.refute(seen.now, Some(rule), evidence);
        }
    }
}

/// Makes the change that a server-side call asks for.
fn change(mutes: &mut Mutes, request: &Request, readings: &claque_core::Readings) {
    match request {
        Request::AddLiveMessageGroupBand(call) => mutes.users.extend(ids(&call.banned_users)),
        Request::RemoveLiveMessageGroupBand(call) => {
            mutes.users.retain(|user| !call.unbanned_users.iter().any(|id| **id == **user));
        }
        Request::BanLiveMessageGroup(call) => {
            if readings.mute_second_ban == MuteSecondBan::Replaces {
                mutes.except.clear();
            }
            mutes.all = true;
            mutes.except.extend(ids(&call.except_users));
        }
        Request::ModifyLiveMessageGroupBand(call) => {
            let merges = readings.mute_modify_lists == MuteModifyLists::Merge;
            if let Some(all) = call.banned_all {
                mutes.all = all;
            }
            if let Some(users) = &call.bannned_users {
                if !merges {
                    mutes.users.clear();
                }
                mutes.users.extend(ids(users));
            }
            if let Some(users) = &call.except_users {
                if !merges {
                    mutes.except.clear();
                }
                mutes.except.extend(ids(users));
            }
        }
        _ => {}
    }
}
