//! What events and reviews carry besides their kind: where they go, whom they name, and when.

use std::sync::Arc;

use claque_core::{
    Callback, CallbackEvent, ClientRequest, ConsoleRequest, Input, Mutants, Outcome, Output, Request, Rule,
};

use super::calls::{CallInput, Effect, MessageSend};
use super::{Model, Observed};
use crate::evidence;

/// What a request says in a message, if it sends one.
fn body_of(request: &Request) -> Option<&str> {
    let Effect::Send(send) = request.into() else { return None };
    Some(match send {
        MessageSend::SendLiveMessageGroup(call) => call.body.as_deref().unwrap_or_default(),
        MessageSend::SendLiveMessageUser(call) => call.body.as_deref().unwrap_or_default(),
        MessageSend::SendMessageToGroup(call) => &call.data,
        MessageSend::SendMessageToGroupUsers(call) => &call.data,
    })
}

impl Model {
    /// Takes note of the ID of a session that begins, where its events are called back.
    pub(super) fn follow_sids<D: Mutants>(&mut self, seen: &Observed<'_, D>) {
        let Outcome::Connected(Ok(connected)) = seen.outcome else { return };
        let user = connected.session.user;
        if !seen.app_of(user).is_some_and(|app| self.is_called_back(app)) {
            self.sids.remove(user);
            return;
        }
        let sid = Arc::clone(&connected.sid);
        match (seen.input, self.sids.get_mut(user)) {
            (Input::Connect(_), Some(known)) => {
                known.0 = Some(std::mem::replace(&mut known.1, sid));
            }
            (_, None) => {
                self.sids.insert(user, (None, sid));
            }
            (_, Some(known)) if known.1 != sid => {
                let said = evidence!("user ", user, " is back in the same session under another ID");
                self.refute(seen.now, Some(Rule::CallbackBodyShape), said);
            }
            (_, Some(_)) => {}
        }
    }

    /// Each event goes to the address of its application, and names user, session and time.
    pub(super) fn judge_callback_fields<D: Mutants>(&mut self, seen: &Observed<'_, D>) {
        for output in seen.outputs {
            let Output::Callback(callback) = output else { continue };
            if let Some(what) = self.wrong_callback(seen, callback) {
                let said = evidence!("an event of user ", callback.user, " carries another ", what);
                self.refute(seen.now, Some(Rule::CallbackBodyShape), said);
            }
            self.last_transaction = Arc::clone(&callback.transaction);
        }
    }

    fn wrong_callback<D: Mutants>(
        &self,
        seen: &Observed<'_, D>,
        callback: &Callback,
    ) -> Option<&'static str> {
        let app = seen.app_of(callback.user)?;
        let began =
            matches!(seen.input, Input::Connect(_)) && !matches!(callback.event, CallbackEvent::Logon);
        let sid = self.sids.get(callback.user);
        let sid = sid.and_then(|known| if began { known.0.as_ref() } else { Some(&known.1) });
        // What falls due meanwhile happens at its own time.
        let late = matches!(seen.input, Input::Timeout) && callback.at < seen.now;
        let books = self.apps.get(&app);
        if callback.app != app || self.names.of_app(app).is_some_and(|id| id != callback.app_id) {
            Some("application")
        } else if callback.user_id != seen.user_id(callback.user) {
            Some("name")
        } else if books
            .is_some_and(|books| !books.callback_url.is_empty() && books.callback_url != callback.url)
        {
            Some("address")
        } else if callback.at != seen.now && !late {
            Some("time")
        } else if sid.is_some_and(|sid| *sid != callback.sid) {
            Some("session")
        } else if callback.transaction == self.last_transaction {
            Some("transaction, which is that of the one before")
        } else {
            None
        }
    }

    /// A reviewer is asked at the application's address, about what was sent.
    pub(super) fn judge_review_requests<D: Mutants>(&mut self, seen: &Observed<'_, D>) {
        for output in seen.outputs {
            let Output::Moderate(review) = output else { continue };
            let said = match CallInput::of(seen.input) {
                Some(CallInput::Client(
                    _,
                    ClientRequest::Send(_, claque_core::ClientSend { body, .. })
                    | ClientRequest::SendToUser { body, .. },
                )) => Some(&**body),
                Some(CallInput::Server(request)) => body_of(request),
                Some(CallInput::Console(ConsoleRequest::SendMessage { body, .. })) => Some(&**body),
                Some(CallInput::Client(..) | CallInput::Console(_)) | None => None,
            };
            let address = self.apps.get(&review.app).and_then(|app| app.audit_url.as_ref());
            let what = if said.is_none_or(|said| said != &*review.content) {
                "about what nobody sent"
            } else if address.is_none_or(|address| *address != review.url) {
                "at another address than the application's"
            } else {
                continue;
            };
            let evidence = evidence!("a reviewer is asked ", what);
            self.refute(seen.now, Some(Rule::ModerationRequestContent), evidence);
        }
    }
}
