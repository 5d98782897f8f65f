//! Server-side messages to one user.

use alloc::sync::Arc;

use crate::call::check::Validated;
use crate::message::pipeline::{Accepted, SendDeclined};
use crate::message::review::Review;
use crate::message::tickets::declined_refusal;
use crate::mutants::{Mutant, Mutants};
use crate::state::direct::DirectMessage;
use crate::state::service::Service;
use crate::state::tickets::Asker;
use crate::words::account::Caller;
use crate::words::message::Origin;
use crate::words::operation::Operation;
use crate::words::refusal::Refusal;
use crate::words::request::SendLiveMessageUser;
use crate::words::response::{Reply, Response};
use crate::words::rule::Rule;
use crate::words::text::{Extra, Text};
use crate::words::tracer::Tracer;

impl<T: Tracer, D: Mutants> Service<T, D> {
    pub(crate) fn send_live_message_user(
        &mut self,
        caller: &Caller,
        mut call: SendLiveMessageUser,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_user_send(&mut call);
        let center = call.data_center.as_deref();
        let ((body, kind, tid), app) =
            self.enter(caller, Operation::SendLiveMessageUser, &call.app_id, center, checked)?;
        let receiver = self.find_user(app, &call.receiver_id);
        let reachable = self.is_reachable(receiver);
        let receiver = match receiver {
            Some(user) if reachable => user,
            Some(_) | None if self.mutants.has(Mutant::OfflineReceiverAccepted) => {
                return Ok(Reply::Done(Response::MessageSent(self.next_tid(tid))));
            }
            Some(_) | None => return Err(self.offline_refusal()),
        };
        // Only a receiver who is online is worth a review.
        let review = self.review(app, &body, Origin::Live, false);
        if review == (Review::Reject { openly: true }) {
            return Err(declined_refusal(SendDeclined::Rejected, Origin::Live));
        }
        let sender = self.intern_user(app, &call.sender_id);
        let direct = DirectMessage {
            number: self.next_number(),
            sent: self.state.now,
            receiver,
            tid: self.next_tid(tid),
            kind,
            origin: Origin::Live,
            sender,
            sender_id: self.user_text(sender),
            sender_info: call.sender_info.as_deref().map_or_else(|| self.user_info(sender), Extra::from),
            body,
            reliable: call.high_reliability == Some(true),
            stored: call.storage == Some(true),
        };
        Ok(match self.dispatch_direct(direct, review, Asker::Server) {
            Accepted::Pending(ticket) => Reply::Pending(ticket),
            Accepted::Sent(tid) => Reply::Done(Response::MessageSent(tid)),
        })
    }

    fn check_user_send(
        &mut self,
        call: &mut SendLiveMessageUser,
    ) -> Validated<(Arc<str>, i64, Option<Text>)> {
        self.check_receiver(&call.receiver_id)?;
        self.check_sender(&call.sender_id)?;
        if let Some(info) = &call.sender_info {
            self.check_sender_info(info, "SenderInfo")?;
        }
        let (body, kind) = self.check_content(call.body.take(), call.msg_type)?;
        let tid = self.check_msg_tid(call.msg_tid.take())?;
        self.hit(Rule::HistoryUserMessageUnstored);
        Ok((body, kind, tid))
    }
}
