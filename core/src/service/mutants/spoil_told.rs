//! What defects spoil in what clients are answered and told, and in what goes to the back end. An arm names one defect.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::mutants::{Defects, Mutation};
use crate::service::mutants::spoil_answers::{EIGHT, TEN, first_kilobyte, low, low_count, plain};
use crate::state::service::Service;
use crate::words::client::{ClientReply, Connected, GroupState};
use crate::words::message::{Message, Origin, Priority};
use crate::words::output::{Callback, CallbackEvent, Notice, NoticeTo, Output};
use crate::words::refusal::ClientRefusal;
use crate::words::roll::{NameList, Roll};
use crate::words::text::Extra;
use crate::words::tracer::Tracer;

/// Members that a defect tells of the end of their group.
const THOUSAND: usize = 1_000;

fn first_ten(names: &NameList) -> NameList {
    names.iter().take(TEN).cloned().collect::<Roll>().list().clone()
}

fn spoil_state(defect: Mutation, state: &mut GroupState) {
    match defect {
        Mutation::JoinTypesTen => state.counters.msg_amount.truncate(TEN),
        Mutation::JoinTotalsCut => {
            state.counters.msg_amount.iter_mut().for_each(|amount| amount.1 = low_count(amount.1));
        }
        Mutation::JoinAdminsLost => Arc::make_mut(&mut state.facts).admins = Vec::new(),
        Mutation::JoinInfoAsciiOnly => {
            let info = plain(&state.facts.info);
            Arc::make_mut(&mut state.facts).info = info;
        }
        _ => {}
    }
}

fn spoil_listed(defect: Mutation, message: &mut Arc<Message>) {
    match defect {
        Mutation::ClientHistorySenderInfoLost => Arc::make_mut(message).sender_info = Extra::none(),
        Mutation::ClientHistoryTypeCut => {
            let kind = low(message.kind);
            Arc::make_mut(message).kind = kind;
        }
        _ => {}
    }
}

fn spoil_delivered(defect: Mutation, message: &mut Arc<Message>) {
    let spoilt = match defect {
        Mutation::DeliveredTotalCut => Message { total: low_count(message.total), ..(**message).clone() },
        Mutation::DeliveredTypeCut => Message { kind: low(message.kind), ..(**message).clone() },
        Mutation::DeliveredBodyAsciiOnly => Message { body: plain(&message.body), ..(**message).clone() },
        Mutation::DeliveredConsoleInfoLost if message.origin == Origin::Console => {
            Message { sender_info: Extra::none(), ..(**message).clone() }
        }
        Mutation::DeliveredClientInfoLost if message.origin == Origin::Client => {
            Message { sender_info: Extra::none(), ..(**message).clone() }
        }
        _ => return,
    };
    *message = Arc::new(spoilt);
}

fn spoil_notice(defect: Mutation, notice: &mut Notice) {
    match (defect, notice) {
        (Mutation::InfoNoticeCut, Notice::InfoChange { info, .. }) => *info = first_kilobyte(info),
        (Mutation::InfoNoticeAsciiOnly, Notice::InfoChange { info, .. }) => *info = plain(info),
        (Mutation::MuteNoticeExceptionsLost, Notice::MuteChange { except, .. }) => {
            *except = Roll::default().list().clone();
        }
        (Mutation::MuteNoticeTen, Notice::MuteChange { users, .. }) => *users = first_ten(users),
        (Mutation::StatisticsNoticeSwapped, Notice::Statistics { online, joins }) => {
            core::mem::swap(online, joins);
        }
        _ => {}
    }
}

fn spoil_recovered(defect: Mutation, missed: &mut Vec<Arc<Message>>) {
    match defect {
        Mutation::RecoverFiveOnly => missed.truncate(TEN / 2),
        Mutation::RecoverInfoLost => {
            missed.iter_mut().for_each(|message| Arc::make_mut(message).sender_info = Extra::none());
        }
        _ => {}
    }
}

impl<T: Tracer, D: Defects> Service<T, D> {
    /// Spoils the answer to a client's request as the defect has it. Sound, it is the answer.
    #[inline(always)]
    pub(crate) fn spoil_client_answer(&self, outcome: &mut Result<ClientReply, ClientRefusal>) {
        let Some(defect) = self.defects.on() else { return };
        match outcome {
            Ok(ClientReply::Group(state)) => spoil_state(defect, state),
            Ok(ClientReply::Users { users, total, .. }) if defect == Mutation::ClientUsersTotalOfPage => {
                *total = users.len() as u64;
            }
            Ok(ClientReply::Messages(messages, _)) => {
                messages.iter_mut().for_each(|message| spoil_listed(defect, message));
            }
            Ok(ClientReply::Mutes { users, .. }) if defect == Mutation::ClientMutesTen => {
                *users = first_ten(users);
            }
            Ok(_) | Err(_) => {}
        }
    }

    /// Spoils what a client learns on its return. Sound, it is just that.
    #[inline(always)]
    pub(crate) fn spoil_connected(&self, outcome: &mut Result<Connected, ClientRefusal>) {
        let Some(defect) = self.defects.on() else { return };
        let Ok(connected) = outcome else { return };
        match defect {
            Mutation::ResumeEightGroups => connected.groups.truncate(EIGHT),
            Mutation::ResumeInSupergroupUnmuted => {
                let large = connected.groups.iter_mut().filter(|state| state.supergroup);
                large.for_each(|state| state.muted_self = false);
            }
            _ => {}
        }
    }

    fn is_callback_lost_by_defect(&self, defect: Mutation, callback: &Callback) -> bool {
        match defect {
            Mutation::LogonCallbackSecondUntold => {
                callback.event == CallbackEvent::Logon && self.state.users[callback.user.at()].logons() > 1
            }
            Mutation::TimeoutLeavesUntold => {
                let away = self.is_link_lost(callback.user);
                matches!(callback.event, CallbackEvent::Leave(_)) && away
            }
            _ => false,
        }
    }

    /// Spoils what is told; false: it is not told at all. Sound, everything is told as it is.
    #[inline(always)]
    pub(crate) fn spoil_told(&self, output: &mut Output) -> bool {
        let Some(defect) = self.defects.on() else { return true };
        match output {
            Output::Callback(callback) => {
                if let CallbackEvent::Reconnect(groups) = &mut callback.event
                    && defect == Mutation::ReconnectEightGroups
                {
                    groups.truncate(EIGHT);
                }
                return !self.is_callback_lost_by_defect(defect, callback);
            }
            Output::Deliver(fanout) => spoil_delivered(defect, &mut fanout.message),
            Output::DeliverTo(_, message) => spoil_delivered(defect, message),
            Output::Direct(_, message, _) if defect == Mutation::DirectTypeCut => {
                let kind = low(message.kind);
                Arc::make_mut(message).kind = kind;
            }
            Output::Moderate(asked) if defect == Mutation::ReviewCut => {
                asked.content = first_kilobyte(&asked.content);
            }
            Output::Moderate(asked) if defect == Mutation::ReviewAsciiOnly => {
                asked.content = plain(&asked.content);
            }
            Output::Notice(to, notice, users) => {
                spoil_notice(defect, notice);
                if matches!(notice, Notice::Exit(_)) && defect == Mutation::ExitThousandOnly {
                    users.truncate(THOUSAND);
                }
                let recalled = matches!(notice, Notice::MessageDeleted { .. });
                if let NoticeTo::Group(group) = to
                    && recalled
                    && defect == Mutation::RecallUntoldInSupergroup
                {
                    return !self.state.groups[group.at()].is_supergroup();
                }
            }
            Output::Recover(_, _, missed) => spoil_recovered(defect, missed),
            Output::Shed(shed)
                if defect == Mutation::ShedWinnerOfHighUntold && shed.level == Priority::High =>
            {
                shed.winner = None;
            }
            Output::Answer(..)
            | Output::ClientAnswer(..)
            | Output::Close(..)
            | Output::Direct(..)
            | Output::Moderate(_)
            | Output::Shed(_)
            | Output::Overdue(_)
            | Output::Log(_) => {}
        }
        true
    }
}
