//! Damage of mutants to answers of server-side calls: a fact that is right where it is kept, and wrong at one entrance.
//!
//! The arms name one mutant each. Whatever mutant an arm does not name leaves the answer alone.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::mutants::{Mutant, Mutants};
use crate::state::service::Service;
use crate::words::data_center::DataCenter;
use crate::words::refusal::Refusal;
use crate::words::response::{AppView, GroupView, MessageView, Presence, Reply, Response};
use crate::words::tracer::Tracer;

/// The length that mutants take for enough of a list.
pub(super) const TEN: usize = 10;
/// The same, of groups.
pub(super) const EIGHT: usize = 8;
/// The length that mutants take for a long text.
const KILOBYTE: usize = 1_024;

/// A text with question marks where it is not ASCII.
pub(super) fn plain(text: &str) -> Arc<str> {
    text.chars()
        .map(|character| if character.is_ascii() { character } else { '?' })
        .collect::<String>()
        .into()
}

/// The first kilobyte of a text.
pub(super) fn first_kilobyte(text: &str) -> Arc<str> {
    let end = (0..=KILOBYTE.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.get(..end).unwrap_or_default().into()
}

/// The low 32 bits of a number.
pub(super) const fn low(number: i64) -> i64 {
    number & 0xffff_ffff
}

/// The low 32 bits of a count.
pub(super) const fn low_count(number: u64) -> u64 {
    number & 0xffff_ffff
}

fn nothing() -> Arc<str> {
    Arc::from("")
}

fn spoil_listed_group(mutant: Mutant, group: &mut GroupView) {
    match mutant {
        Mutant::ListedGroupsWithoutInfo => group.group_info = nothing(),
        Mutant::ListedGroupsOneAdmin => group.admin_list.truncate(1),
        _ => {}
    }
}

fn spoil_numbered_group(mutant: Mutant, group: &mut GroupView) {
    match mutant {
        Mutant::NumberedGroupsWithoutInfo => group.group_info = nothing(),
        Mutant::NumberedGroupsOneAdmin => group.admin_list.truncate(1),
        _ => {}
    }
}

fn spoil_described_group(mutant: Mutant, group: &mut GroupView) {
    match mutant {
        Mutant::DescribedDeletedNameless if group.deleted.is_some() => group.group_name = nothing(),
        Mutant::DescribedDeletedWithoutAdmins if group.deleted.is_some() => group.admin_list = Vec::new(),
        Mutant::DescribedTypesTen => {
            group.live.iter_mut().for_each(|live| live.msg_amount.truncate(TEN));
        }
        Mutant::DescribedTotalsCut => {
            let amounts = group.live.iter_mut().flat_map(|live| live.msg_amount.iter_mut());
            amounts.for_each(|amount| amount.1 = low_count(amount.1));
        }
        _ => {}
    }
}

fn spoil_listed_app(mutant: Mutant, app: &mut AppView) {
    match mutant {
        Mutant::ListedAppsDefaultTier => app.msg_life_cycle = 0,
        Mutant::ListedAppsDefaultCenter => app.data_center = DataCenter::default(),
        Mutant::ListedAppsUnmodified => app.modify_time = app.create_time,
        Mutant::ListedAppsEnabled => app.disable = false,
        _ => {}
    }
}

fn spoil_message(mutant: Mutant, message: &mut MessageView) {
    match mutant {
        Mutant::ListedBodyCut => message.body = first_kilobyte(&message.body),
        Mutant::ListedBodyAsciiOnly => message.body = plain(&message.body),
        Mutant::ListedSenderInfoLost => message.sender.user_info = nothing(),
        Mutant::ListedTotalCut => message.total_messages = low_count(message.total_messages),
        Mutant::ListedTypeCut => message.msg_type = low(message.msg_type),
        _ => {}
    }
}

fn spoil_presence(users: &mut Vec<Presence>, each_once: bool) {
    if each_once {
        let all = core::mem::take(users);
        for user in all {
            if !users.iter().any(|other| other.user_id == user.user_id) {
                users.push(user);
            }
        }
    } else {
        users.iter_mut().skip(TEN).for_each(|user| user.online = false);
    }
}

fn spoil_old(mutant: Mutant, response: &mut Response) {
    match (mutant, response) {
        (Mutant::OldByIdTen, Response::OldMembersById(page)) => page.items.truncate(TEN),
        (Mutant::OldByIdInfoLost, Response::OldMembersById(page)) => {
            page.items.iter_mut().for_each(|user| user.user_extension = nothing());
        }
        (Mutant::OldOnlineTen, Response::OldOnline(users)) => users.truncate(TEN),
        (Mutant::OldMutedTotalOfPage, Response::OldMuted(page)) => {
            page.total = u32::try_from(page.items.len()).unwrap_or(u32::MAX);
        }
        (Mutant::OldMutedTen, Response::OldMuted(page)) => page.items.truncate(TEN),
        _ => {}
    }
}

fn spoil(mutant: Mutant, response: &mut Response) {
    match response {
        Response::Groups(page) => {
            page.groups.iter_mut().for_each(|group| spoil_listed_group(mutant, group));
        }
        Response::GroupsByPage(page) => {
            page.groups.iter_mut().for_each(|group| spoil_numbered_group(mutant, group));
        }
        Response::Group(group) => spoil_described_group(mutant, group),
        Response::Apps(page) => page.apps.iter_mut().for_each(|app| spoil_listed_app(mutant, app)),
        Response::Messages(page) => {
            page.messages.iter_mut().for_each(|message| spoil_message(mutant, message));
        }
        Response::Users(page) if mutant == Mutant::UserInfoBeyondTenHidden => {
            page.users.iter_mut().skip(TEN).for_each(|user| user.user_info = nothing());
        }
        Response::Users(page) if mutant == Mutant::UserInfoAsciiOnly => {
            page.users.iter_mut().for_each(|user| user.user_info = plain(&user.user_info));
        }
        Response::UsersOnline(users) if mutant == Mutant::OnlineBeyondTenFalse => {
            spoil_presence(users, false);
        }
        Response::UsersOnline(users) if mutant == Mutant::PresenceEachOnce => spoil_presence(users, true),
        Response::UsersInGroup(users) if mutant == Mutant::InGroupBeyondTenFalse => {
            spoil_presence(users, false);
        }
        Response::UserInfo(outcome) if mutant == Mutant::UserInfoEightGroups => {
            outcome.succeeded.truncate(EIGHT);
        }
        Response::UserInfo(outcome) if mutant == Mutant::UserInfoOneFailure => outcome.failed.truncate(1),
        Response::Band(band) if mutant == Mutant::DescribedMutesTen => band.banned_users.truncate(TEN),
        Response::Band(band) if mutant == Mutant::DescribedExceptionsTen => {
            band.unbanned_users.truncate(TEN);
        }
        old => spoil_old(mutant, old),
    }
}

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Spoils the answer to a call as the mutant has it. Sound, it is the answer.
    #[inline(always)]
    pub(super) fn spoil_answer(&self, outcome: &mut Result<Reply, Refusal>) {
        if let Some(mutant) = self.mutants.on()
            && let Ok(Reply::Done(response)) = outcome
        {
            spoil(mutant, response);
        }
    }
}
