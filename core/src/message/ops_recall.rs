//! Server-side recall of messages.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::call::check::{Validated, invalid};
use crate::call::enter::no_group;
use crate::mutants::{Mutant, Mutants};
use crate::state::service::Service;
use crate::words::account::Caller;
use crate::words::operation::Operation;
use crate::words::output::{Notice, NoticeTo, Output};
use crate::words::reading::RecallDeleter;
use crate::words::refusal::{Fault, Refusal};
use crate::words::request::{DeleteLiveMessageGroupMessage, DeleteLiveMessageUserMessage};
use crate::words::response::{MessageDeleted, Reply, Response};
use crate::words::rule::Rule;
use crate::words::text::Text;
use crate::words::tracer::Tracer;

impl<T: Tracer, D: Mutants> Service<T, D> {
    pub(crate) fn delete_live_message_group_message(
        &mut self,
        caller: &Caller,
        call: DeleteLiveMessageGroupMessage,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_group_recall(&call);
        let center = call.data_center.as_deref();
        let ((), app) =
            self.enter(caller, Operation::DeleteLiveMessageGroupMessage, &call.app_id, center, checked)?;
        let group = self.live_group(app, &call.group_id, Rule::ErrorResourceNotExistCode)?;
        // The answer does not say whether there was one: recalls are idempotent.
        let found = self.recall(group, &call.message_id);
        if self.is_recall_refused_by_mutant(found) {
            return Err(no_group(Rule::RecallMessageIdempotent));
        }
        let group_id = Arc::clone(self.group_id(group));
        let message_id = Text::from(&*call.message_id);
        Ok(Reply::Done(Response::MessageDeleted(MessageDeleted { group_id, message_id })))
    }

    fn check_group_recall(&mut self, call: &DeleteLiveMessageGroupMessage) -> Validated {
        self.check_group_id(&call.group_id)?;
        self.check_recalled_id(&call.message_id)?;
        match call.deleter_id.as_deref() {
            None | Some("") if self.config.readings.recall_deleter == RecallDeleter::Required => {
                self.hit(Rule::RecallDeleterFormat);
                return Err(invalid("DeleterId", Fault::Missing, Rule::RecallDeleterFormat));
            }
            None | Some("") => {}
            Some(deleter) => self.check_deleter(deleter)?,
        }
        self.check_deleter_info(call.deleter_info.as_deref())
    }

    fn check_recalled_id(&mut self, id: &str) -> Validated {
        self.hit(Rule::RecallMessageIdFormat);
        if self.is_unchecked_by_mutant(id, Mutant::RecallIdUnchecked) {
            return Ok(());
        }
        self.check_message_id(id, "MessageId", Rule::RecallMessageIdFormat)
    }

    fn check_deleter(&mut self, id: &str) -> Validated {
        self.hit(Rule::RecallDeleterFormat);
        if self.mutants.has(Mutant::DeleterUnchecked) {
            return Ok(());
        }
        self.check_user_id(id, "DeleterId", Rule::RecallDeleterFormat)
    }

    fn check_deleter_info(&mut self, info: Option<&str>) -> Validated {
        self.hit(Rule::RecallDeleterInfoBytes);
        match info {
            Some(info) if !self.mutants.has(Mutant::DeleterInfoUnbounded) => {
                self.check_user_info(info, "DeleterInfo", Rule::RecallDeleterInfoBytes)
            }
            Some(_) | None => Ok(()),
        }
    }

    pub(crate) fn delete_live_message_user_message(
        &mut self,
        caller: &Caller,
        call: DeleteLiveMessageUserMessage,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_user_recall(&call);
        let center = call.data_center.as_deref();
        let ((), app) =
            self.enter(caller, Operation::DeleteLiveMessageUserMessage, &call.app_id, center, checked)?;
        self.hit(Rule::RecallUserMessageReceiverNotified);
        // Messages to users are not stored: a user who is offline has nothing to take back, and the call succeeds all the
        // same.
        let receiver = self.find_user(app, &call.receiver_id).and_then(|user| self.session_of(user));
        if let Some(session) = receiver
            && !self.mutants.has(Mutant::UserRecallUntold)
        {
            let unnamed = self.mutants.has(Mutant::UserRecallUnnamed);
            let notice =
                Notice::MessageDeleted { tid: Text::from(if unnamed { "" } else { &*call.message_id }) };
            self.push(Output::Notice(NoticeTo::Session(session), notice, Vec::new()));
        }
        Ok(Reply::Done(Response::Empty))
    }

    fn check_user_recall(&mut self, call: &DeleteLiveMessageUserMessage) -> Validated {
        self.check_recalled_id(&call.message_id)?;
        self.check_receiver(&call.receiver_id)?;
        self.hit(Rule::RecallUserMessageDeleterRequired);
        match call.deleter_id.as_deref() {
            None | Some("") if self.is_recall_anonymous_by_mutant(&call.receiver_id) => {}
            None | Some("") => {
                let rule = Rule::RecallUserMessageDeleterRequired;
                return Err(invalid("DeleterId", Fault::Missing, rule));
            }
            Some(deleter) => self.check_deleter(deleter)?,
        }
        self.check_deleter_info(call.deleter_info.as_deref())
    }

    /// The receiver's ID: letters and digits, at most 64 bytes.
    pub(super) fn check_receiver(&mut self, id: &str) -> Validated {
        self.hit(Rule::MessageReceiverFormat);
        if self.is_unchecked_by_mutant(id, Mutant::ReceiverUnchecked) {
            return Ok(());
        }
        self.check_user_id(id, "ReceiverId", Rule::MessageReceiverFormat)
    }
}
