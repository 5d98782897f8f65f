//! Who may talk: mutes of single users and of everybody, and the notifications of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use claque_core::limits::LEGACY_MUTE_DEFAULT;
use claque_core::reading::{MuteExceptedIndividual, MuteModifyLists, MuteSecondBan};
use claque_core::{
    ClientRefusal, ClientReply, ClientRequest, ClientSend, Duration, Family, GroupIx, Input, Instant,
    ListMuteGroupUser, Mutants, Notice, NoticeTo, Outcome, Output, Reply, Response, Rule, SessionId,
};

use super::calls::{CallInput, Effect, MuteChange, OlderMuteAnswer, Shown};
use super::older::shown_page;
use super::{Model, Observed};
use crate::books::mutes::MuteBooks;
use crate::evidence;

fn ids(list: &[String]) -> impl Iterator<Item = Arc<str>> + '_ {
    list.iter().map(|id| id.as_str().into())
}

impl Model {
    /// Follows mutes, and judges that members are notified when something changes.
    pub(super) fn follow_mutes<D: Mutants>(&mut self, seen: &Observed<'_, D>) {
        let readings = self.config.readings;
        let Some((group, before)) = self.muted_group(seen) else { return };
        let Some(books) = self.groups.get_mut(group) else { return };
        if let Input::Client(session, _) = seen.input
            && !books.is_staff(&seen.user_id(session.user))
        {
            let evidence = evidence!("user ", session.user, " is no staff of group ", group, " and mutes");
            return self.refute(seen.now, Some(Rule::MuteClientRights), evidence);
        }
        let mutes = &mut books.mutes;
        let older =
            matches!(seen.input, Input::Request(_, request) if request.operation().family() == Family::Old);
        match CallInput::of(seen.input) {
            Some(CallInput::Client(_, ClientRequest::MuteAll(_))) => {
                mutes.all = true;
                if readings.mute_second_ban == MuteSecondBan::Replaces {
                    mutes.except.clear();
                }
            }
            Some(CallInput::Client(_, ClientRequest::CancelMuteAll(_))) => {
                mutes.all = false;
                mutes.except.clear();
            }
            Some(CallInput::Client(_, ClientRequest::MuteUsers(_, users))) => {
                mutes.mute(users.iter().cloned(), None);
            }
            Some(CallInput::Client(_, ClientRequest::CancelMuteUsers(_, users))) => {
                users.iter().for_each(|user| mutes.lift(user));
            }
            Some(CallInput::Server(request)) => {
                if let Effect::Mutes(asked) = request.into() {
                    change(mutes, asked, &readings, seen.now);
                }
            }
            Some(CallInput::Client(..) | CallInput::Console(_)) | None => {}
        }
        // Ends that were moved or lifted stay in the set: what ends at a time is asked of the group itself.
        self.mute_ends.extend(mutes.ends.values().map(|end| (*end, group)));
        let notified = seen.outputs.iter().any(|output| {
            matches!(output, Output::Notice(NoticeTo::Group(of), Notice::MuteChange { all, .. }, _)
                if *of == group && *all == mutes.all)
        });
        // Of an older one the caller chooses who is notified. A mute of the older family that gets another end, or none, is no
        // change: no list shows an end.
        if !mutes.shows_as(&before) && books.is_active() && !older {
            let evidence =
                || evidence!("the mutes of group ", group, " changed, and its members are not notified");
            self.expect_notice(seen.now, Rule::MuteChangeNotified, notified, evidence);
        }
    }

    /// Lifts the mutes of the older family whose time is over.
    pub(super) fn expire_mutes(&mut self, now: Instant) {
        while let Some((_, group)) = self.mute_ends.first().copied().filter(|(end, _)| *end <= now) {
            self.mute_ends.pop_first();
            if let Some(books) = self.groups.get_mut(group) {
                books.mutes.expire(now);
            }
        }
    }

    /// The group whose mutes a call changed, with what they were.
    fn muted_group<D: Mutants>(&self, seen: &Observed<'_, D>) -> Option<(GroupIx, MuteBooks)> {
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
            (Input::Request(_, request), Outcome::Request(Ok(_))) => {
                let Effect::Mutes(change) = request.into() else { return None };
                match change {
                    MuteChange::AddLiveMessageGroupBand(call) => {
                        seen.group_of(&call.app_id, &call.group_id)?
                    }
                    MuteChange::RemoveLiveMessageGroupBand(call) => {
                        seen.group_of(&call.app_id, &call.group_id)?
                    }
                    MuteChange::BanLiveMessageGroup(call) => seen.group_of(&call.app_id, &call.group_id)?,
                    MuteChange::UnbanLiveMessageGroup(call) => seen.group_of(&call.app_id, &call.group_id)?,
                    MuteChange::ModifyLiveMessageGroupBand(call) => {
                        seen.group_of(&call.app_id, &call.group_id)?
                    }
                    MuteChange::MuteGroupUser(call) => seen.group_of(&call.app_id, &call.group_id)?,
                    MuteChange::CancelMuteGroupUser(call) => seen.group_of(&call.app_id, &call.group_id)?,
                    MuteChange::MuteAllGroupUser(call) => seen.group_of(&call.app_id, &call.group_id)?,
                    MuteChange::CancelMuteAllGroupUser(call) => {
                        seen.group_of(&call.app_id, &call.group_id)?
                    }
                }
            }
            _ => return None,
        };
        // By a reading (legacy.mute-operator) this is how the older family refuses: nothing was changed.
        if let Outcome::Request(Ok(Reply::Done(Response::OldSuccess(false)))) = seen.outcome {
            return None;
        }
        let books = self.groups.get(group).filter(|books| books.is_live())?;
        Some((group, books.mutes.clone()))
    }

    /// Somebody muted cannot send; whoever is not muted is not refused for it.
    pub(super) fn judge_talk<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        session: SessionId,
        group: GroupIx,
        send: &ClientSend,
        answer: &Result<ClientReply, ClientRefusal>,
    ) {
        let frees = self.config.readings.mute_excepted_individual == MuteExceptedIndividual::Free;
        let user_id = &seen.user_id(session.user);
        let role = self.people.session(session.user).is_some_and(|session| session.admin);
        let Some(books) = self.groups.get(group).filter(|books| books.is_active()) else { return };
        // The flag alone frees nobody: a client could set it as it likes.
        let exempt = books.is_staff(user_id) || (send.skip_mute_check && role);
        let muted = books.mutes.silence(user_id, frees) && !exempt;
        let (rule, said) = match answer {
            Ok(_) if muted => (Rule::MuteSendBlocked, "is muted and sends"),
            Err(ClientRefusal::Muted) if !muted && books.is_staff(user_id) => {
                (Rule::MuteStaffExempt, "is staff and is refused as muted")
            }
            Err(ClientRefusal::Muted) if !muted => {
                (Rule::MuteSendBlocked, "is not muted and is refused as such")
            }
            Ok(_) | Err(_) => return,
        };
        self.refute(seen.now, Some(rule), evidence!(session.user, " ", said, " in group ", group));
    }

    /// The description of mutes shows what was set.
    pub(super) fn judge_mute_lists<D: Mutants>(
        &mut self,
        seen: &Observed<'_, D>,
        group: GroupIx,
        response: &Response,
    ) {
        let (Some(books), Response::Band(band)) = (self.groups.get(group), response) else { return };
        let users: BTreeSet<Arc<str>> = band.banned_users.iter().cloned().collect();
        let except: BTreeSet<Arc<str>> = band.unbanned_users.iter().cloned().collect();
        // The description shows no ends; those of the books are put in so that they compare equal.
        let shown = MuteBooks { all: band.is_banned_all, users, except, ends: books.mutes.ends.clone() };
        if shown != books.mutes {
            let evidence = evidence!(
                "the mutes of group ",
                group,
                " read ",
                format!("{shown:?}"),
                ", set were ",
                format!("{:?}", books.mutes)
            );
            let rule = if shown.users != books.mutes.users && shown.all == books.mutes.all {
                Rule::MuteIndividualSeparate
            } else {
                Rule::MuteDescribeLists
            };
            self.refute(seen.now, Some(rule), evidence);
        }
    }
}

impl Model {
    /// The creator alone mutes in an older group and sees who is muted, and the list names them.
    pub(super) fn judge_older_mutes<D: Mutants>(&mut self, seen: &Observed<'_, D>) {
        let Input::Request(_, request) = seen.input else { return };
        let Outcome::Request(Ok(Reply::Done(response))) = seen.outcome else { return };
        let Shown::OlderMutes(answer) = request.into() else { return };
        let (app_id, group_id, operator) = match answer {
            OlderMuteAnswer::MuteGroupUser(call) => (&call.app_id, &call.group_id, &call.operator_user_id),
            OlderMuteAnswer::CancelMuteGroupUser(call) => {
                (&call.app_id, &call.group_id, &call.operator_user_id)
            }
            OlderMuteAnswer::MuteAllGroupUser(call) => (&call.app_id, &call.group_id, &call.operator_user_id),
            OlderMuteAnswer::CancelMuteAllGroupUser(call) => {
                (&call.app_id, &call.group_id, &call.operator_user_id)
            }
            OlderMuteAnswer::ListMuteGroupUser(call) => {
                (&call.app_id, &call.group_id, &call.operator_user_id)
            }
        };
        let Some(group) = seen.group_of(app_id, group_id) else { return };
        let Some(books) = self.groups.get(group).filter(|books| books.is_live()) else { return };
        let creator = operator.as_deref().is_some_and(|operator| books.is_creator(operator));
        let (rule, evidence) = match (answer, response) {
            _ if !creator && *response != Response::OldSuccess(false) => (
                Rule::LegacyMuteOperatorCreator,
                evidence!(format!("{operator:?}"), " did not create group ", group, ", and is served"),
            ),
            (OlderMuteAnswer::ListMuteGroupUser(call), Response::OldMuted(page)) if creator => {
                let muted = &books.mutes.users;
                let whole = call_is_whole(call, muted.len());
                let shown: BTreeSet<Arc<str>> = page.items.iter().cloned().collect();
                let (number, size) = shown_page(call.page_num, call.page_size);
                let before = number.saturating_sub(1).saturating_mul(size);
                let on_page = muted.len().saturating_sub(before).min(size);
                let more = on_page > 0 && before + on_page < muted.len();
                let right = (page.items.len(), page.has_more) == (on_page, more);
                if page.total as usize == muted.len()
                    && right
                    && (!whole || shown == *muted)
                    && shown.is_subset(muted)
                {
                    return;
                }
                (
                    Rule::LegacyMuteList,
                    evidence!(
                        "the list of group ",
                        group,
                        " names ",
                        format!("{shown:?}"),
                        ", muted are ",
                        format!("{muted:?}")
                    ),
                )
            }
            _ => return,
        };
        self.refute(seen.now, Some(rule), evidence);
    }
}

/// Whether one page holds a list whole.
fn call_is_whole(call: &ListMuteGroupUser, count: usize) -> bool {
    call.page_num.unwrap_or(1) == 1
        && usize::try_from(call.page_size.unwrap_or(20)).is_ok_and(|size| size >= count)
}

/// Makes the change that a server-side call asks for.
fn change(mutes: &mut MuteBooks, change: MuteChange<'_>, readings: &claque_core::Readings, now: Instant) {
    match change {
        MuteChange::AddLiveMessageGroupBand(call) => mutes.mute(ids(&call.banned_users), None),
        MuteChange::RemoveLiveMessageGroupBand(call) => {
            call.unbanned_users.iter().for_each(|user| mutes.lift(user));
        }
        MuteChange::MuteGroupUser(call) => {
            let seconds = call.mute_time.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(0);
            // legacy.mute.default-duration: absent and 0 are one day, not for ever and not at all.
            let lasts = if seconds == 0 { LEGACY_MUTE_DEFAULT } else { Duration::from_secs(seconds) };
            mutes.mute(ids(&call.mute_user_list), Some(now + lasts));
        }
        MuteChange::CancelMuteGroupUser(call) => {
            call.cancel_mute_user_list.iter().for_each(|user| mutes.lift(user));
        }
        MuteChange::MuteAllGroupUser(_) => mutes.all = true,
        MuteChange::CancelMuteAllGroupUser(_) => mutes.all = false,
        MuteChange::BanLiveMessageGroup(call) => {
            if readings.mute_second_ban == MuteSecondBan::Replaces {
                mutes.except.clear();
            }
            mutes.all = true;
            mutes.except.extend(ids(&call.except_users));
        }
        MuteChange::ModifyLiveMessageGroupBand(call) => {
            let merges = readings.mute_modify_lists == MuteModifyLists::Merge;
            if let Some(all) = call.banned_all {
                mutes.all = all;
            }
            if let Some(users) = &call.bannned_users {
                if !merges {
                    mutes.users.clear();
                    mutes.ends.clear();
                }
                mutes.mute(ids(users), None);
            }
            if let Some(users) = &call.except_users {
                if !merges {
                    mutes.except.clear();
                }
                mutes.except.extend(ids(users));
            }
        }
        MuteChange::UnbanLiveMessageGroup(_) => {
            mutes.all = false;
            mutes.except.clear();
        }
    }
}
