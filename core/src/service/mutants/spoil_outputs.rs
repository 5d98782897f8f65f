//! Damage of mutants to answers and notices to clients, and to what goes to the back end. An arm names one mutant.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::mutants::{Mutant, Mutants};
use crate::service::mutants::spoil_answers::{EIGHT, TEN, first_kilobyte, low, low_count, plain};
use crate::state::service::Service;
use crate::words::client::{ClientReply, Connected, GroupState};
use crate::words::message::{Message, Origin, Priority};
use crate::words::output::{Callback, CallbackEvent, Notice, NoticeTo, Output};
use crate::words::refusal::ClientRefusal;
use crate::words::roll::{NameList, Roll};
use crate::words::text::Extra;
use crate::words::tracer::Tracer;

/// Members that a mutant tells of the end of their group.
const THOUSAND: usize = 1_000;

fn first_ten(names: &NameList) -> NameList {
    names.iter().take(TEN).cloned().collect::<Roll>().list().clone()
}

fn spoil_state(mutant: Mutant, state: &mut GroupState) {
    match mutant {
        Mutant::JoinTypesTen => state.counters.msg_amount.truncate(TEN),
        Mutant::JoinTotalsCut => {
            state.counters.msg_amount.iter_mut().for_each(|amount| amount.1 = low_count(amount.1));
        }
        Mutant::JoinAdminsLost => Arc::make_mut(&mut state.facts).admins = Vec::new(),
        Mutant::JoinInfoAsciiOnly => {
            let info = plain(&state.facts.info);
            Arc::make_mut(&mut state.facts).info = info;
        }
        _ => {}
    }
}

fn spoil_listed(mutant: Mutant, message: &mut Arc<Message>) {
    match mutant {
        Mutant::ClientHistorySenderInfoLost => Arc::make_mut(message).sender_info = Extra::none(),
        Mutant::ClientHistoryTypeCut => {
            let kind = low(message.kind);
            Arc::make_mut(message).kind = kind;
        }
        _ => {}
    }
}

fn spoil_delivered(mutant: Mutant, message: &mut Arc<Message>) {
    let spoilt = match mutant {
        Mutant::DeliveredTotalCut => Message { total: low_count(message.total), ..(**message).clone() },
        Mutant::DeliveredTypeCut => Message { kind: low(message.kind), ..(**message).clone() },
        Mutant::DeliveredBodyAsciiOnly => Message { body: plain(&message.body), ..(**message).clone() },
        Mutant::DeliveredConsoleInfoLost if message.origin == Origin::Console => {
            Message { sender_info: Extra::none(), ..(**message).clone() }
        }
        Mutant::DeliveredClientInfoLost if message.origin == Origin::Client => {
            Message { sender_info: Extra::none(), ..(**message).clone() }
        }
        _ => return,
    };
    *message = Arc::new(spoilt);
}

fn spoil_notice(mutant: Mutant, notice: &mut Notice) {
    match (mutant, notice) {
        (Mutant::InfoNoticeCut, Notice::InfoChange { info, .. }) => *info = first_kilobyte(info),
        (Mutant::InfoNoticeAsciiOnly, Notice::InfoChange { info, .. }) => *info = plain(info),
        (Mutant::MuteNoticeExceptionsLost, Notice::MuteChange { except, .. }) => {
            *except = Roll::default().list().clone();
        }
        (Mutant::MuteNoticeTen, Notice::MuteChange { users, .. }) => *users = first_ten(users),
        (Mutant::StatisticsNoticeSwapped, Notice::Statistics { online, joins }) => {
            core::mem::swap(online, joins);
        }
        _ => {}
    }
}

fn spoil_recovered(mutant: Mutant, missed: &mut Vec<Arc<Message>>) {
    match mutant {
        Mutant::RecoverFiveOnly => missed.truncate(TEN / 2),
        Mutant::RecoverInfoLost => {
            missed.iter_mut().for_each(|message| Arc::make_mut(message).sender_info = Extra::none());
        }
        _ => {}
    }
}

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// Spoils the answer to a client's request as the mutant has it. Sound, it is the answer.
    #[inline(always)]
    pub(crate) fn spoil_client_answer(&self, outcome: &mut Result<ClientReply, ClientRefusal>) {
        let Some(mutant) = self.mutants.on() else { return };
        match outcome {
            Ok(ClientReply::Group(state)) => spoil_state(mutant, state),
            Ok(ClientReply::Users { users, total, .. }) if mutant == Mutant::ClientUsersTotalOfPage => {
                *total = users.len() as u64;
            }
            Ok(ClientReply::Messages(messages, _)) => {
                messages.iter_mut().for_each(|message| spoil_listed(mutant, message));
            }
            Ok(ClientReply::Mutes { users, .. }) if mutant == Mutant::ClientMutesTen => {
                *users = first_ten(users);
            }
            Ok(_) | Err(_) => {}
        }
    }

    /// Spoils what a client learns on its return. Sound, it is just that.
    #[inline(always)]
    pub(crate) fn spoil_connected(&self, outcome: &mut Result<Connected, ClientRefusal>) {
        let Some(mutant) = self.mutants.on() else { return };
        let Ok(connected) = outcome else { return };
        match mutant {
            Mutant::ResumeEightGroups => connected.groups.truncate(EIGHT),
            Mutant::ResumeInSupergroupUnmuted => {
                let large = connected.groups.iter_mut().filter(|state| state.supergroup);
                large.for_each(|state| state.muted_self = false);
            }
            _ => {}
        }
    }

    fn is_callback_lost_by_mutant(&self, mutant: Mutant, callback: &Callback) -> bool {
        match mutant {
            Mutant::LogonCallbackSecondUntold => {
                callback.event == CallbackEvent::Logon && self.state.users[callback.user.at()].logons() > 1
            }
            Mutant::TimeoutLeavesUntold => {
                let away = self.is_link_lost(callback.user);
                matches!(callback.event, CallbackEvent::Leave(_)) && away
            }
            _ => false,
        }
    }

    /// Spoils an output; false: it is not put out at all.
    #[inline(always)]
    pub(crate) fn spoil_output(&self, output: &mut Output) -> bool {
        let Some(mutant) = self.mutants.on() else { return true };
        match output {
            Output::Callback(callback) => {
                if let CallbackEvent::Reconnect(groups) = &mut callback.event
                    && mutant == Mutant::ReconnectEightGroups
                {
                    groups.truncate(EIGHT);
                }
                return !self.is_callback_lost_by_mutant(mutant, callback);
            }
            Output::Deliver(fanout) => spoil_delivered(mutant, &mut fanout.message),
            Output::DeliverTo(_, message) => spoil_delivered(mutant, message),
            Output::Direct(_, message, _) if mutant == Mutant::DirectTypeCut => {
                let kind = low(message.kind);
                Arc::make_mut(message).kind = kind;
            }
            Output::Moderate(asked) if mutant == Mutant::ReviewCut => {
                asked.content = first_kilobyte(&asked.content);
            }
            Output::Moderate(asked) if mutant == Mutant::ReviewAsciiOnly => {
                asked.content = plain(&asked.content);
            }
            Output::Notice(to, notice, users) => {
                spoil_notice(mutant, notice);
                if matches!(notice, Notice::Exit(_)) && mutant == Mutant::ExitThousandOnly {
                    users.truncate(THOUSAND);
                }
                let recalled = matches!(notice, Notice::MessageDeleted { .. });
                if let NoticeTo::Group(group) = to
                    && recalled
                    && mutant == Mutant::RecallUntoldInSupergroup
                {
                    return !self.state.groups[group.at()].is_supergroup();
                }
            }
            Output::Recover(_, _, missed) => spoil_recovered(mutant, missed),
            Output::Shed(shed)
                if mutant == Mutant::ShedWinnerOfHighUntold && shed.level == Priority::High =>
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
