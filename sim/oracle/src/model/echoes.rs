//! What answers repeat of the call that they answer, and whether they say that it was done.

use claque_core::{
    ClientReply, ClientRequest, GroupKey, Input, Mutants, Outcome, Reply, Request, Response, Rule,
};

use super::calls::{Effect, MemberChange, MuteChange};
use super::{Model, Observed, WrongAnswer};
use crate::evidence;

impl Model {
    /// An answer is about what was asked for.
    pub(super) fn judge_echoes<D: Mutants>(&mut self, seen: &Observed<'_, D>) {
        let wrong = match (seen.input, seen.outcome) {
            (Input::Request(_, request), Outcome::Request(Ok(Reply::Done(response)))) => {
                wrong_echo(request, response).or_else(|| self.wrong_success(seen, request, response))
            }
            (
                Input::Client(session, ClientRequest::Join(key) | ClientRequest::QueryGroup(key)),
                Outcome::Client(Ok(ClientReply::Group(state))),
            ) => {
                let other = match key {
                    GroupKey::Index(group) => *group != state.group,
                    GroupKey::Name(_) => seen.group(session.user, key).is_some_and(|it| it != state.group),
                };
                other.then(|| (Rule::GroupInfoOnJoin, evidence!("it is the state of another group")))
            }
            (Input::Reconnect(session, ..), Outcome::Connected(Ok(connected))) => {
                let other = connected.session != *session;
                other.then(|| (Rule::MembershipResumeStates, evidence!("another session is taken up")))
            }
            _ => None,
        };
        if let Some((rule, said)) = wrong {
            self.refute(seen.now, Some(rule), evidence!("an answer is not about what was asked for: ", said));
        }
    }

    /// The older family's change that is answered with success was made, and one that is not was not.
    fn wrong_success<D: Mutants>(
        &self,
        seen: &Observed<'_, D>,
        request: &Request,
        response: &Response,
    ) -> WrongAnswer {
        let Response::OldSuccess(success) = response else { return None };
        let creator = |app_id: &str, group_id: &str, operator: &Option<String>| {
            let books = seen.group_of(app_id, group_id).and_then(|group| self.groups.get(group));
            books
                .filter(|books| books.is_live())
                .map(|books| operator.as_deref().is_some_and(|operator| books.is_creator(operator)))
        };
        let owed = match request.into() {
            Effect::Mutes(MuteChange::CancelMuteAllGroupUser(call)) => {
                creator(&call.app_id, &call.group_id, &call.operator_user_id)?
            }
            Effect::Mutes(MuteChange::CancelMuteGroupUser(call)) => {
                creator(&call.app_id, &call.group_id, &call.operator_user_id)?
            }
            Effect::Mutes(MuteChange::MuteAllGroupUser(call)) => {
                creator(&call.app_id, &call.group_id, &call.operator_user_id)?
            }
            Effect::Mutes(MuteChange::MuteGroupUser(call)) => {
                creator(&call.app_id, &call.group_id, &call.operator_user_id)?
            }
            Effect::App(_) | Effect::Older(_) | Effect::Members(MemberChange::JoinMessageGroup(_)) => true,
            // Whether somebody left shows after the call only in that nobody is there (`sessions`); the others are of the
            // newer family, or answer with more.
            Effect::Members(_)
            | Effect::Mutes(_)
            | Effect::Group(_)
            | Effect::People(_)
            | Effect::Recall(_)
            | Effect::Send(_)
            | Effect::Reads
            | Effect::Unfollowed => return None,
        };
        (*success != owed).then(|| {
            let said = evidence!(request.operation().name(), " says that it was done: ", *success);
            (Rule::LegacyResponseEnvelope, said)
        })
    }
}

/// What an answer repeats wrong.
fn wrong_echo(request: &Request, response: &Response) -> WrongAnswer {
    let (rule, same) = match (request, response) {
        (Request::CreateLiveMessageGroup(call), Response::GroupCreated(made)) => {
            (Rule::GroupCreateResponse, call.group_id == *made.group_id)
        }
        (Request::DeleteLiveMessageGroup(call), Response::GroupId(id)) => {
            (Rule::DeletionGroupIdempotent, call.group_id == **id)
        }
        (Request::RecoverLiveMessageDeletedGroup(call), Response::GroupId(id)) => {
            (Rule::DeletionRestoreResponse, call.group_id == **id)
        }
        (Request::DescribeLiveMessageGroupBand(call), Response::Band(band)) => {
            (Rule::MuteDescribeLists, call.group_id == *band.group_id)
        }
        (Request::ListLiveMessageGroupUsers(call), Response::Users(page)) => {
            (Rule::ListUsersFields, call.group_id == *page.group_id)
        }
        (Request::DeleteLiveMessageGroupMessage(call), Response::MessageDeleted(deleted)) => {
            let same = call.group_id == *deleted.group_id && call.message_id == *deleted.message_id;
            (Rule::RecallMessageByMsgTid, same)
        }
        (Request::CheckLiveMessageUsersInGroup(call), Response::UsersInGroup(list)) => {
            let named = list.iter().map(|presence| &*presence.user_id);
            (Rule::UserCheckInGroup, named.eq(call.user_ids.iter().map(String::as_str)))
        }
        (Request::CheckLiveMessageUsersOnline(call), Response::UsersOnline(list)) => {
            let named = list.iter().map(|presence| &*presence.user_id);
            (Rule::UserCheckOnline, named.eq(call.user_ids.iter().map(String::as_str)))
        }
        _ => return None,
    };
    (!same).then(|| (rule, evidence!(request.operation().name(), " names another group, message or user")))
}
