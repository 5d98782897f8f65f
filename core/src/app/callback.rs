//! Event callbacks: what an application's address hears of what its users do.
//!
//! A membership that ends raises a leave event, also when a logoff ends it; the deletion of a group raises none
//! (reading `callback.group-delete`). What the back end does on its own raises no event, a kick aside (reading
//! `callback.kick`).

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::mutants::{Mutant, Mutants};
use crate::state::secret::SecretPurpose;
use crate::state::service::Service;
use crate::words::id::{AppIx, GroupIx, SessionId, UserIx};
use crate::words::output::{Callback, CallbackEvent, LogoffReason, Output};
use crate::words::rule::Rule;
use crate::words::tracer::Tracer;

/// A kind of event that an application would be called back for: mutants call back for one kind where they must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happened {
    /// A logon, or the return of a lost link.
    Arrival,
    Join,
    /// A leave, or a logoff.
    End,
}

impl<T: Tracer, D: Mutants> Service<T, D> {
    /// The ID of a session as callbacks print it.
    pub fn sid(&self, session: SessionId) -> Arc<str> {
        let position = u64::from(session.user.0) << 24 | u64::from(session.generation & 0x00ff_ffff);
        self.state.secrets.text(SecretPurpose::SessionSid, position, 24)
    }

    /// Tells of a logon.
    pub(crate) fn call_back_logon(&mut self, session: SessionId) {
        if session.generation > 1 && self.mutants.has(Mutant::CallbackFirstLogonOnly) {
            return;
        }
        if self.calls_back(session.user, Happened::Arrival) {
            self.call_back(session, CallbackEvent::Logon);
        }
    }

    /// Tells of a logoff, where the documents have a reason number.
    pub(crate) fn call_back_logoff(&mut self, session: SessionId, reason: LogoffReason) {
        let documented = reason.callback_number();
        let Some(mut number) =
            documented.or_else(|| self.mutants.has(Mutant::CallbackOnDisable).then_some(1))
        else {
            return;
        };
        if self.calls_back(session.user, Happened::End) {
            self.hit(Rule::CallbackLogoffReasons);
            let elsewhere = reason == LogoffReason::OtherDevice;
            if (elsewhere && self.mutants.has(Mutant::LogoffReasonDeviceNormal))
                || self.mutants.has(Mutant::LogoffReasonAlwaysNormal)
            {
                number = 1;
            }
            self.call_back(session, CallbackEvent::Logoff(number));
        }
    }

    /// Tells of a join or a leave.
    pub(crate) fn call_back_membership(&mut self, session: SessionId, group: GroupIx, joined: bool) {
        if !self.calls_back(session.user, if joined { Happened::Join } else { Happened::End }) {
            return;
        }
        self.hit(Rule::CallbackFieldGroup);
        if self.leave_unnotified_by_mutant(joined) {
            return;
        }
        let id = Arc::clone(self.group_id(group));
        self.call_back(session, if joined { CallbackEvent::Join(id) } else { CallbackEvent::Leave(id) });
    }

    /// Tells that a lost link is back, and of the groups that the session is in.
    pub(crate) fn call_back_reconnect(&mut self, session: SessionId) {
        if !self.calls_back(session.user, Happened::Arrival) {
            return;
        }
        self.hit(Rule::CallbackFieldGroups);
        let groups: Vec<_> =
            // In the order of groups, and none that is being dismissed: a reconnection lists where the client is, not
            // where it was.
            self.groups_of(session.user).map(|group| Arc::clone(self.group_id(group))).collect();
        self.call_back(session, CallbackEvent::Reconnect(groups));
    }

    fn calls_back(&mut self, user: UserIx, happened: Happened) -> bool {
        let AppIx(app) = self.state.users[user.at()].app;
        // An address is the switch: there is no other, and no event is kept for an application that gives one later.
        let off = self.state.apps[app as usize].callback_url.is_empty();
        if off {
            self.hit(Rule::CallbackUrlAbsentOff);
            self.hit(Rule::CallbackSwitchNeedsUrl);
        }
        !off || self.calls_back_by_mutant(&self.state.apps[app as usize], happened)
    }

    fn call_back(&mut self, session: SessionId, event: CallbackEvent) {
        self.hit(Rule::CallbackEventKinds);
        self.hit(Rule::CallbackEventCodes);
        self.hit(Rule::CallbackSourceClientActions);
        // Counted for every event, so that IDs never repeat; drawn from the key, so that a replay makes the same.
        let position = self.state.sequences.next_transaction();
        let user = session.user;
        let app = self.state.users[user.at()].app;
        let transaction = self.state.secrets.uuid(SecretPurpose::Transaction, position);
        let callback = Callback {
            app,
            app_id: Arc::clone(&self.state.apps[app.at()].id),
            // The address of this moment: a change must not redirect events that happened before it.
            url: Arc::clone(&self.state.apps[app.at()].callback_url),
            transaction,
            user,
            user_id: Arc::clone(self.user_id(user)),
            sid: self.sid(session),
            event,
            at: self.state.now,
        };
        self.push(Output::Callback(callback));
    }
}
